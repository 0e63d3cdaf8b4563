"""What this visitor looks at, and nothing else: View <-> address <-> session state.

The address holds ids, never words, and is read as from a stranger: what is not known is
left out and named. `at` (the map's position) is written by the map itself in the browser.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

import streamlit as st

from geodata import HazardRef, Language, Scope
from geodata.model import Ring
from layers.drawing.symbols import COLOUR_BY, STATUS_SIGNS, ColourBy
from layers.drawing.webmap import Position

LANGUAGES: tuple[Language, ...] = ("zh", "en")
CASE = "case"
MOST_STOPS = 300
MOST_CORNERS = 60


@dataclass(frozen=True)
class View:
    """Everything that a link passes on.

    `selected` is a hazard as `layer:id` or a case as `case:id`; `listed` is the
    indicator whose list is open; `shortlist` keeps hazards as `layer:id`.
    """

    scope: Scope = Scope()
    language: Language = "zh"
    colour_by: ColourBy = "status"
    selected: str = ""
    listed: str = ""
    shortlist: tuple[str, ...] = ()
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
class MapEvent:
    """What happened on the map: a hazard was clicked, or an area was drawn."""

    hazard: str = ""
    area: Ring = ()


@dataclass(frozen=True)
class Known:
    """The ids that an address may name."""

    jurisdictions: Sequence[str]
    layers: Sequence[str]
    hazard_kinds: Sequence[str]
    fields: Sequence[str]
    indicators: Sequence[str]
    groups: Sequence[str] = tuple(STATUS_SIGNS)


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
        scope=scope,
        language=asked.one("lang", LANGUAGES, "zh"),  # type: ignore[arg-type]
        colour_by=asked.one("by", COLOUR_BY, "status"),  # type: ignore[arg-type]
        selected=asked.parsed("sel", _parse_ref, ""),
        listed=asked.one("list", ("", *known.indicators), ""),
        shortlist=asked.parsed("stops", _parse_stops, ()),
        at=asked.parsed("at", _parse_position, None),
    )
    asked.ignored += [Ignored(name, params[name]) for name in params if name not in PARTS]
    return view, tuple(asked.ignored)


def write_view(view: View) -> dict[str, str]:
    """Return a view as the parts of an address; what is at its default is left out."""
    scope = view.scope
    parts = {
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
        "at": f"{view.at.zoom:g}/{view.at.lat:.5f}/{view.at.lon:.5f}" if view.at else "",
    }
    return {name: value for name, value in parts.items() if value}


PARTS = frozenset(
    "lang offices layers kinds groups fields from to q within by sel list stops at".split()
)


def open_view(known: Known) -> tuple[View, tuple[Ignored, ...]]:
    """Return the visitor's view: from the address at first, then from the session.

    An address that has changed by other hands (a link pasted, a step back) counts as new.
    """
    state, params = st.session_state, st.query_params.to_dict()
    told = {name: value for name, value in params.items() if name != "at"}
    is_new = "view" not in state or (told and told != state.get("written"))
    if is_new:
        state["view"], state["ignored"] = parse_view(params, known)
        state["written"] = told
        if state["view"].selected and state["view"].at is None:
            go_to(state["view"].selected)
    return state["view"], state.get("ignored", ())


def current() -> View:
    """Return the view of this run."""
    view: View = st.session_state["view"]
    return view


def look(view: View) -> None:
    """Look at something else from now on; the address follows at the end of the run."""
    st.session_state["view"] = view


def change(**parts: Any) -> None:
    """Change parts of the view or of its scope, by their own names."""
    view = current()
    of_scope = {one.name for one in fields(Scope)} & parts.keys()
    scope = replace(view.scope, **{name: parts.pop(name) for name in of_scope})
    look(replace(view, scope=scope, **parts))


def speak(language: Language) -> None:
    """Speak a language from now on."""
    change(language=language)


def select(selected: str) -> None:
    """Select a hazard (`layer:id`) or a case (`case:id`), or nothing."""
    change(selected=selected)


def go_to(selected: str) -> None:
    """Select something and take the map there."""
    select(selected)
    keep("go_to", (selected, count_up("go_to")))


def go_to_case(case_id: str) -> None:
    """Select a case and take the map to its hazards."""
    go_to(f"{CASE}:{case_id}")


def hear_map(event: MapEvent) -> None:
    """Do what was asked for on the map: select the hazard clicked, filter to the area drawn."""
    if event.hazard:
        select(event.hazard)
    else:
        change(within=event.area)


def open_list(indicator: str) -> None:
    """Open the list behind an indicator; asked for again, close it."""
    change(listed="" if indicator == current().listed else indicator)


def look_at_office(jurisdiction: str, indicator: str) -> None:
    """Look at one office, with the list behind one of its figures open."""
    change(jurisdictions=frozenset({jurisdiction}), listed=indicator)


def filter_by(scope: Scope, colour_by: ColourBy) -> None:
    """Look at a scope, coloured in one way."""
    look(replace(current(), scope=scope, colour_by=colour_by))


def toggle_stops(refs: Sequence[str]) -> None:
    """Put hazards on the shortlist, or take them off if all of them are on it."""
    stops = current().shortlist
    others = tuple(one for one in stops if one not in refs)
    change(shortlist=others if set(refs) <= set(stops) else (*others, *refs)[:MOST_STOPS])


def wish_to_go() -> tuple[str, int]:
    """Return what the map should go to, and the number of the wish; nothing asked is ("", 0)."""
    wish: tuple[str, int] = kept("go_to", ("", 0))
    return wish


def write_address() -> None:
    """Put the view into the address, leaving `at` as the map last wrote it."""
    wanted = write_view(current())
    now = st.query_params.to_dict()
    at = now.get("at") or wanted.get("at")
    told = {name: value for name, value in wanted.items() if name != "at"}
    st.session_state["written"] = told
    if told != {name: value for name, value in now.items() if name != "at"}:
        st.query_params.from_dict({**told, **({"at": at} if at else {})})


def start_position() -> Position | None:
    """Return where the map stood when this visitor came; it stays so that no rerun moves it."""
    position: Position | None = st.session_state.setdefault("start_position", current().at)
    return position


def is_news(name: str, value: object) -> bool:
    """Return whether a component reports something it has not reported before."""
    seen = st.session_state.setdefault("reported", {})
    news = seen.get(name) != value
    seen[name] = value
    return bool(news and value)


def count_up(name: str) -> int:
    """Return the next number of a series of this visitor; used as token for one-time wishes."""
    number: int = st.session_state.get(f"series.{name}", 0) + 1
    st.session_state[f"series.{name}"] = number
    return number


def keep(name: str, value: object) -> None:
    """Keep a value for later runs of this visitor."""
    st.session_state[f"kept.{name}"] = value


def kept(name: str, default: Any = None) -> Any:
    """Return a value kept in an earlier run of this visitor."""
    return st.session_state.get(f"kept.{name}", default)


def set_widget(key: str, value: object) -> None:
    """Give a widget its value before it is shown."""
    st.session_state[key] = value


def widget(key: str, default: Any = None) -> Any:
    """Return what a widget holds."""
    return st.session_state.get(key, default)


def _parse_ref(text: str) -> str:
    return str(HazardRef.parse(text[:120]))


def _parse_stops(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_parse_ref(one) for one in text.split(",")[:MOST_STOPS]))


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
