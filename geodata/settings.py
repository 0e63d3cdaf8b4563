"""The settings of an installation, typed, read once from the environment (prefix `PIM_`)."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from geodata.errors import BadSetting

Way = Literal["none", "accounts", "header", "oidc"]
WAYS: tuple[Way, ...] = get_args(Way)


@dataclass(frozen=True)
class Settings:
    """Where data lies and what is shown.

    `data_folder` holds `features/`, `cases.sqlite`, `findings.sqlite`, `journal.sqlite` and
    `evidence/`; `is_chosen` says that somebody named it, so that a missing folder is a mistake
    and not a first start. `as_of` fixes the day everything is seen from; `basemap_url` names an
    intranet tile service; `targets_file` holds the deadlines that the office set itself
    (内部目标); `chosen_cases_url` is where the cases are instead (`postgresql://...`,
    `sqlite:...`); `max_file_mb` is how large a file may be that is imported, 0 where nobody said.
    """

    data_folder: Path = Path("data")
    is_chosen: bool = False
    city: str = "lanzhou"
    as_of: date | None = None
    basemap_url: str = ""
    basemap_source: str = ""
    targets_file: Path | None = None
    chosen_cases_url: str = ""
    chosen_features_url: str = ""
    max_file_mb: int = 0
    chosen_findings_url: str = ""
    chosen_evidence_url: str = ""
    chosen_journal_url: str = ""
    routes_url: str = ""
    """Where travel times come from (`layers.travel.open_source`), straight lines if nobody said."""
    detour: float = 1.4
    speed_kmh: float = 40.0
    """Of straight lines: own assumptions, nowhere measured."""
    sign_in: Way = "none"
    """How people sign in: none (this machine alone), accounts, header or oidc."""
    chosen_accounts_file: Path | None = None
    header_user: str = "X-Remote-User"
    header_secret: str = field(default="", repr=False)
    """What a gateway proves itself with; without one no header is believed."""
    session_hours: float = 10.0

    @property
    def features_url(self) -> str:
        """Return the URL of the feature store: the chosen one, else a folder in the folder."""
        return self.chosen_features_url or f"file:{self.data_folder / 'features'}"

    @property
    def cases_url(self) -> str:
        """Return the URL of the case store: the one that was chosen, else a file in the folder."""
        return self.chosen_cases_url or f"sqlite:{self.data_folder / 'cases.sqlite'}"

    @property
    def findings_url(self) -> str:
        """Return the URL of the runs of rules and the decisions on what they found.

        The chosen one, else the database that the cases are in, else a file beside them.
        """
        return self.chosen_findings_url or self._beside_the_cases("findings.sqlite")

    @property
    def journal_url(self) -> str:
        """Return the URL of the journal: plans of visits, packs, what they brought home.

        The chosen one, else the database that the cases are in, else a file beside them.
        """
        return self.chosen_journal_url or self._beside_the_cases("journal.sqlite")

    @property
    def accounts_file(self) -> Path:
        """Return the file of accounts: the chosen one, else one in the folder."""
        return self.chosen_accounts_file or self.data_folder / "accounts.sqlite"

    @property
    def evidence_url(self) -> str:
        """Return the URL of the evidence: the chosen one, else a folder in the folder.

        Its register is in the database that the cases are in, where they are in one.
        """
        if self.chosen_evidence_url:
            return self.chosen_evidence_url
        folder = f"file:{self.data_folder / 'evidence'}"
        in_database = self.chosen_cases_url.startswith("postgresql:")
        return f"{folder}?register={self.chosen_cases_url}" if in_database else folder

    def _beside_the_cases(self, name: str) -> str:
        if self.chosen_cases_url.startswith("postgresql:"):
            return self.chosen_cases_url
        cases = Path(self.cases_url.removeprefix("sqlite:"))
        return f"sqlite:{cases.with_name(name)}"


VARIABLES: dict[str, str] = {
    "PIM_DATA_FOLDER": "data_folder",
    "PIM_CITY": "city",
    "PIM_AS_OF": "as_of",
    "PIM_BASEMAP_URL": "basemap_url",
    "PIM_BASEMAP_SOURCE": "basemap_source",
    "PIM_TARGETS_FILE": "targets_file",
    "PIM_CASES_URL": "chosen_cases_url",
    "PIM_FEATURES_URL": "chosen_features_url",
    "PIM_FINDINGS_URL": "chosen_findings_url",
    "PIM_EVIDENCE_URL": "chosen_evidence_url",
    "PIM_JOURNAL_URL": "chosen_journal_url",
    "PIM_MAX_FILE_MB": "max_file_mb",
    "PIM_ROUTES_URL": "routes_url",
    "PIM_DETOUR": "detour",
    "PIM_SPEED_KMH": "speed_kmh",
    "PIM_SIGN_IN": "sign_in",
    "PIM_ACCOUNTS_FILE": "chosen_accounts_file",
    "PIM_HEADER_USER": "header_user",
    "PIM_HEADER_SECRET": "header_secret",
    "PIM_SESSION_HOURS": "session_hours",
    "PIM_SECRET": "(dashboard.routes.tile_pass) signs sessions, guest links and passes",
    "PIM_IDENTITY_KEY_FILE": "(geodata.identity) the key that numbers of persons are sealed with",
    "PIM_OUTLINE_FILE": "(geodata.city) outlines of offices that have none",
    "PIM_FONT": "(layers.drawing.fonts) the font of printed maps",
    "PIM_LAYER_FOLDERS": "(layers.catalog) further folders of layer files",
    "PIM_MAP_LINKS": "(layers.map_links) whether links and codes may carry coordinates",
}
"""Every environment variable that is read, and the setting it fills."""


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of an environment; raise BadSetting naming a value that is no date."""
    given = os.environ if environment is None else environment
    return Settings(
        data_folder=Path(given.get("PIM_DATA_FOLDER") or "data"),
        is_chosen=bool(given.get("PIM_DATA_FOLDER")),
        city=given.get("PIM_CITY") or "lanzhou",
        as_of=_day(given, "PIM_AS_OF"),
        basemap_url=given.get("PIM_BASEMAP_URL", ""),
        basemap_source=given.get("PIM_BASEMAP_SOURCE", ""),
        targets_file=Path(given["PIM_TARGETS_FILE"]) if given.get("PIM_TARGETS_FILE") else None,
        chosen_cases_url=given.get("PIM_CASES_URL", ""),
        chosen_features_url=given.get("PIM_FEATURES_URL", ""),
        chosen_findings_url=given.get("PIM_FINDINGS_URL", ""),
        chosen_evidence_url=given.get("PIM_EVIDENCE_URL", ""),
        chosen_journal_url=given.get("PIM_JOURNAL_URL", ""),
        max_file_mb=_megabytes(given, "PIM_MAX_FILE_MB"),
        routes_url=given.get("PIM_ROUTES_URL", ""),
        detour=_number(given, "PIM_DETOUR", Settings.detour, least=1.0),
        speed_kmh=_number(given, "PIM_SPEED_KMH", Settings.speed_kmh, least=1.0),
        sign_in=_one_of(given, "PIM_SIGN_IN", WAYS),
        chosen_accounts_file=Path(given["PIM_ACCOUNTS_FILE"])
        if given.get("PIM_ACCOUNTS_FILE")
        else None,
        header_user=given.get("PIM_HEADER_USER") or Settings.header_user,
        header_secret=_long_enough(given, "PIM_HEADER_SECRET"),
        session_hours=_number(given, "PIM_SESSION_HOURS", Settings.session_hours, least=0.1),
    )


LEAST_SECRET = 24


def _one_of(given: Mapping[str, str], name: str, known: tuple[Way, ...]) -> Way:
    value = given.get(name, "").strip() or known[0]
    found = next((one for one in known if one == value), None)
    if found is None:
        raise BadSetting(name=name, value=value, form=" | ".join(known))
    return found


def _long_enough(given: Mapping[str, str], name: str) -> str:
    value = given.get(name, "").strip()
    if value and len(value) < LEAST_SECRET:  # the value itself is never told
        raise BadSetting(name=name, value="…", form=f"{LEAST_SECRET}+ (openssl rand -hex 24)")
    return value


def _number(given: Mapping[str, str], name: str, otherwise: float, *, least: float) -> float:
    value = given.get(name, "").strip()
    try:
        number = float(value or otherwise)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= least):
        raise BadSetting(name=name, value=value, form=str(otherwise))
    return number


def _megabytes(given: Mapping[str, str], name: str) -> int:
    value = given.get(name, "").strip()
    if value and not (value.isdecimal() and int(value)):
        raise BadSetting(name=name, value=value, form="200")
    return int(value or 0)


def settings_for_help() -> Settings:
    """Return the settings, or the defaults where a value means nothing: help is always given."""
    try:
        return read_settings()
    except BadSetting:
        return Settings()


def _day(given: Mapping[str, str], name: str) -> date | None:
    value = given.get(name, "")
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as no_day:
        raise BadSetting(name=name, value=value, form="2025-12-17") from no_day
