"""The settings of an installation, typed, read once from the environment (prefix `PIM_`)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from geodata.errors import BadSetting


@dataclass(frozen=True)
class Settings:
    """Where data lies and what is shown.

    `data_folder` holds `features/` and `cases.sqlite`; `is_chosen` says that somebody
    named it, so that a missing folder is a mistake and not a first start. `as_of`
    fixes the day everything is seen from; `basemap_url` names an intranet tile service;
    `targets_file` holds the deadlines that the office set itself (内部目标);
    `chosen_cases_url` is where the cases are instead (`postgresql://...`, `sqlite:...`);
    `max_file_mb` is how large a file may be that is imported, 0 where nobody said.
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

    @property
    def features_url(self) -> str:
        """Return the URL of the feature store: the chosen one, else a folder in the folder."""
        return self.chosen_features_url or f"file:{self.data_folder / 'features'}"

    @property
    def cases_url(self) -> str:
        """Return the URL of the case store: the one that was chosen, else a file in the folder."""
        return self.chosen_cases_url or f"sqlite:{self.data_folder / 'cases.sqlite'}"


VARIABLES: dict[str, str] = {
    "PIM_DATA_FOLDER": "data_folder",
    "PIM_CITY": "city",
    "PIM_AS_OF": "as_of",
    "PIM_BASEMAP_URL": "basemap_url",
    "PIM_BASEMAP_SOURCE": "basemap_source",
    "PIM_TARGETS_FILE": "targets_file",
    "PIM_CASES_URL": "chosen_cases_url",
    "PIM_FEATURES_URL": "chosen_features_url",
    "PIM_MAX_FILE_MB": "max_file_mb",
    "PIM_OUTLINE_FILE": "(geodata.city) outlines of offices that have none",
    "PIM_FONT": "(layers.drawing.fonts) the font of printed maps",
    "PIM_LAYER_FOLDERS": "(layers.catalog) further folders of layer files",
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
        max_file_mb=_megabytes(given, "PIM_MAX_FILE_MB"),
    )


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
