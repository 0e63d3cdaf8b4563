"""What a link passes on: the view of a visitor, read from an address and written into one.

The address holds ids, never words, and is read as from a stranger: what is not known is
left out and named. `at` (the map's position) is written by the map itself in the browser.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

from geodata import HazardRef, Language, Scope
from layers.dossier import FILTERS
from layers.drawing.symbols import COLOUR_BY, STATUS_SIGNS, ColourBy
from layers.drawing.webmap import Position
from layers.rule import SEVERITIES

Screen = Literal[
    "overview",
    "overdue",
    "figures",
    "findings",
    "leads",
    "case_file",
    "site_visits",
    "agencies",
    "evidence",
    "story_board",
    "leaving",
    "documents",
    "intake",
    "rule_set",
    "acts",
    "volunteer",
]

Period = tuple[date, date]
PaperKind = Literal["yearly", "brief", "review", "pack", "map"]
"""The parts of the screen of papers."""

SCREENS: tuple[Screen, ...] = get_args(Screen)
PAPERS: tuple[PaperKind, ...] = get_args(PaperKind)
LANGUAGES: tuple[Language, ...] = ("zh", "en")
CASE = "case"
WHOLE_LAYER = "layer"
"""In place of a case or a hazard, in a wish to go somewhere: all of a layer."""
MOST_STOPS = 300
MOST_CORNERS = 60
MOST_LETTERS = 60
FIRST_YEAR, LAST_YEAR = 1990, 2099
"""Years that a period lies in: the year before the first day of all cannot be told."""

CASE_ID = re.compile(r"[\w.()（）〔〕-]{1,60}")
FINDING_ID = re.compile(r"[0-9a-f]{16}")
PLAN_ID = re.compile(r"\d{4}-\d{2}-\d{2}-\d{2,4}")
LIST_NUMBER = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*-QD\d{4}-\d{3,5}")
INSPECTION_ID = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*-JC\d{4}-\d{3,5}")
ITEM = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class View:
    """Everything that a link passes on.

    `selected` is a hazard as `layer:id` or a case as `case:id`; `listed` is the
    indicator or figure whose list is open; `shortlist` keeps hazards as `layer:id`, `told` the
    ids of the cases of the story. `day` is the day everything is seen from and `known_on`
    the day whose knowledge counts, None for the newest; `period` holds both ends, included.
    `model` is the supervision model that is looked at, `severities` and `standing` which of its
    findings (FILTERS of `layers.dossier`), `finding` the one that is open; `plan` is the kept
    plan of visits, `story` the kept story, `lead` the lead that is open, `batch` the list that
    went to an agency, `inspection` the joint inspection, `item` the number of the piece of evidence
    that is open, 0 for none. `paper` is the part of the screen of papers, `typical` the cases that
    a summary tells as typical, `meeting` the day of the meeting that reviews cases.
    """

    screen: Screen = "overview"
    scope: Scope = Scope()
    language: Language = "zh"
    colour_by: ColourBy = "status"
    selected: str = ""
    listed: str = ""
    shortlist: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    day: date | None = None
    known_on: date | None = None
    period: Period | None = None
    rule_set: str = ""
    model: str = ""
    severities: frozenset[str] = frozenset()
    standing: str = ""
    finding: str = ""
    plan: str = ""
    story: str = ""
    lead: str = ""
    batch: str = ""
    inspection: str = ""
    item: int = 0
    paper: PaperKind = "yearly"
    typical: tuple[str, ...] = ()
    meeting: date | None = None
    at: Position | None = None

    @property
    def selected_case(self) -> str:
        """Return the id of the selected case, or nothing."""
        kind, _, name = self.selected.partition(":")
        return name if kind == CASE else ""

    @property
    def selected_hazard(self) -> str:
        """Return the reference of the selected hazard, or nothing."""
        return "" if self.selected_case else self.selected


@dataclass(frozen=True)
class Known:
    """The ids that an address may name."""

    jurisdictions: Sequence[str]
    layers: Sequence[str]
    hazard_kinds: Sequence[str]
    fields: Sequence[str]
    indicators: Sequence[str]
    groups: Sequence[str] = tuple(STATUS_SIGNS)
    rule_sets: Sequence[str] = ()
    models: Sequence[str] = ()


@dataclass(frozen=True)
class Ignored:
    """One part of an address that meant nothing here."""

    name: str
    value: str


@dataclass
class _Reading:
    """Reads an address part by part and keeps what it could not use."""

    params: Mapping[str, str]
    ignored: list[Ignored] = field(default_factory=list)

    def ids(self, name: str, known: Sequence[str]) -> frozenset[str]:
        asked = [one for one in self.params.get(name, "").split(",") if one]
        for one in asked:
            if one not in known:
                self.ignored.append(Ignored(name, one))
        return frozenset(asked) & frozenset(known)

    def one(self, name: str, known: Sequence[str], default: str) -> str:
        value = self.params.get(name, default)
        if value in known:
            return value
        self.ignored.append(Ignored(name, value))
        return default

    def parsed(self, name: str, parse: Callable[[str], Any], default: Any) -> Any:
        value = self.params.get(name, "")
        if not value:
            return default
        try:
            return parse(value)
        except (ValueError, OverflowError):
            self.ignored.append(Ignored(name, value))
            return default


def parse_view(params: Mapping[str, str], known: Known) -> tuple[View, tuple[Ignored, ...]]:
    """Return the view that an address asks for, and every part of it that meant nothing."""
    asked = _Reading(params)
    scope = Scope(
        jurisdictions=asked.ids("offices", known.jurisdictions),
        layers=asked.ids("layers", known.layers),
        hazard_kinds=asked.ids("kinds", known.hazard_kinds),
        stage_groups=asked.ids("groups", known.groups),
        fields=asked.ids("fields", known.fields),
        from_on=asked.parsed("from", date.fromisoformat, None),
        to_on=asked.parsed("to", date.fromisoformat, None),
        text=params.get("q", "")[:100],
        within=asked.parsed("within", _parse_ring, ()),
    )
    view = View(
        screen=asked.one("screen", SCREENS, "overview"),  # type: ignore[arg-type]
        scope=scope,
        language=asked.one("lang", LANGUAGES, "zh"),  # type: ignore[arg-type]
        colour_by=asked.one("by", COLOUR_BY, "status"),  # type: ignore[arg-type]
        selected=asked.parsed("sel", _parse_ref, ""),
        listed=asked.one("list", ("", *known.indicators), ""),
        shortlist=asked.parsed("stops", _parse_stops, ()),
        told=asked.parsed("cases", _parse_cases, ()),
        day=asked.parsed("day", date.fromisoformat, None),
        known_on=asked.parsed("known", date.fromisoformat, None),
        period=asked.parsed("period", _parse_period, None),
        rule_set=asked.one("rules", ("", *known.rule_sets), ""),
        model=asked.one("model", ("", *known.models), ""),
        severities=asked.ids("severity", tuple(SEVERITIES)),
        standing=asked.one("state", FILTERS, ""),
        finding=asked.parsed("finding", _parse_finding, ""),
        plan=asked.parsed("plan", _parse_plan, ""),
        story=asked.parsed("story", _parse_plan, ""),
        lead=asked.parsed("lead", _parse_plan, ""),
        batch=asked.parsed("batch", _parse_batch, ""),
        inspection=asked.parsed("inspection", _parse_inspection, ""),
        item=asked.parsed("item", _parse_item, 0),
        paper=asked.one("paper", PAPERS, "yearly"),  # type: ignore[arg-type]
        typical=asked.parsed("typical", _parse_cases, ()),
        meeting=asked.parsed("meeting", date.fromisoformat, None),
        at=asked.parsed("at", _parse_position, None),
    )
    asked.ignored += [Ignored(name, params[name]) for name in params if name not in PARTS]
    return view, tuple(asked.ignored)


def write_view(view: View) -> dict[str, str]:
    """Return a view as the parts of an address; what is at its default is left out."""
    scope = view.scope
    parts = {
        "screen": view.screen if view.screen != "overview" else "",
        "lang": view.language if view.language != "zh" else "",
        "offices": ",".join(sorted(scope.jurisdictions)),
        "layers": ",".join(sorted(scope.layers)),
        "kinds": ",".join(sorted(scope.hazard_kinds)),
        "groups": ",".join(sorted(scope.stage_groups)),
        "fields": ",".join(sorted(scope.fields)),
        "from": scope.from_on.isoformat() if scope.from_on else "",
        "to": scope.to_on.isoformat() if scope.to_on else "",
        "q": scope.text,
        "within": ";".join(f"{lon:.5f},{lat:.5f}" for lon, lat in scope.within),
        "by": view.colour_by if view.colour_by != "status" else "",
        "sel": view.selected,
        "list": view.listed,
        "stops": ",".join(view.shortlist),
        "cases": ",".join(view.told),
        "day": view.day.isoformat() if view.day else "",
        "known": view.known_on.isoformat() if view.known_on else "",
        "period": "..".join(end.isoformat() for end in view.period) if view.period else "",
        "rules": view.rule_set,
        "model": view.model,
        "severity": ",".join(sorted(view.severities)),
        "state": view.standing,
        "finding": view.finding,
        "plan": view.plan,
        "story": view.story,
        "lead": view.lead,
        "batch": view.batch,
        "inspection": view.inspection,
        "item": str(view.item) if view.item else "",
        "paper": view.paper if view.paper != "yearly" else "",
        "typical": ",".join(view.typical),
        "meeting": view.meeting.isoformat() if view.meeting else "",
        "at": f"{view.at.zoom:g}/{view.at.lat:.5f}/{view.at.lon:.5f}" if view.at else "",
    }
    return {name: value for name, value in parts.items() if value}


def position_in(text: str) -> Position | None:
    """Return the position that the map wrote into an address, or None.

    >>> position_in("9/36.1/103.8")
    Position(zoom=9.0, lat=36.1, lon=103.8)
    """
    try:
        return _parse_position(text)
    except (ValueError, OverflowError):
        return None


PARTS = frozenset(
    "screen lang offices layers kinds groups fields from to q within by"
    " sel list stops cases day known period rules model severity state finding plan story lead"
    " batch inspection item paper typical meeting at".split()
)


def _parse_ref(text: str) -> str:
    return str(HazardRef.parse(text[:120]))


def _parse_finding(text: str) -> str:
    if not FINDING_ID.fullmatch(text):
        raise ValueError(text)
    return text


def _parse_plan(text: str) -> str:
    if not PLAN_ID.fullmatch(text):
        raise ValueError(text)
    return text


def _parse_batch(text: str) -> str:
    if len(text) > MOST_LETTERS or not LIST_NUMBER.fullmatch(text):
        raise ValueError(text)
    return text


def _parse_inspection(text: str) -> str:
    if len(text) > MOST_LETTERS or not INSPECTION_ID.fullmatch(text):
        raise ValueError(text)
    return text


def _parse_item(text: str) -> int:
    if not ITEM.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _parse_stops(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_parse_ref(one) for one in text.split(",")[:MOST_STOPS]))


def _parse_cases(text: str) -> tuple[str, ...]:
    ids = tuple(dict.fromkeys(text.split(",")[:MOST_STOPS]))
    if not all(CASE_ID.fullmatch(one) for one in ids):
        raise ValueError(text)
    return ids


def _parse_period(text: str) -> Period:
    first, last = (date.fromisoformat(end) for end in text.split(".."))
    if not FIRST_YEAR <= first.year <= last.year <= LAST_YEAR or first > last:
        raise ValueError(text)
    return first, last


def _parse_ring(text: str) -> tuple[tuple[float, float], ...]:
    corners = [one.split(",") for one in text.split(";")[: MOST_CORNERS + 1]]
    ring = tuple((_bounded(lon, 180), _bounded(lat, 90)) for lon, lat in corners)
    if not 3 <= len(ring) <= MOST_CORNERS:  # noqa: PLR2004 - a ring has three corners
        raise ValueError(text)
    return ring


def _parse_position(text: str) -> Position:
    zoom, lat, lon = text.split("/")
    level = float(zoom)
    if not 1 <= level <= 20:  # noqa: PLR2004 - Leaflet's zoom levels
        raise ValueError(text)
    return Position(level, _bounded(lat, 85), _bounded(lon, 180))


def _bounded(text: str, limit: float) -> float:
    number = float(text)
    if not -limit <= number <= limit:
        raise ValueError(text)
    return number
