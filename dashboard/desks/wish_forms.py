"""A wish of visits as the tables of a form, and back; a cell that means nothing is named.

Teams and stops are rows; what a person typed into a cell becomes a fact of the wish, or a
`BadCell` with the row, the column and what stood there.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pandas as pd

from layers.planning import Day, Errand, Hours, Team, Wish
from layers.planning.wish import MEMBERS_AT_LEAST, Pause
from layers.routing import Place

SEPARATORS = str.maketrans("，；;,/ \t", "、、、、、、、")
TEAM_COLUMNS = ("team", "members", "names", "start", "end", "returns", "days_off")
STOP_COLUMNS = (
    *("ref", "name", "layer", "minutes", "opens", "closes", "deadline"),
    *("priority", "together", "first", "last"),
)
PLACE_DIGITS = 5
SATURDAY = 5
WHOLE_DAY = Hours(time.min, time(23, 59))


@dataclass(frozen=True)
class BadCell:
    """A cell that means nothing: the table, its row as people know it, the column, the value."""

    table: str
    row: str
    column: str
    value: str


class _Reading:
    """Reads the cells of one row and notes those that mean nothing."""

    def __init__(self, table: str, row: str, cells: Mapping[str, Any], bad: list[BadCell]) -> None:
        self.table, self.row, self.cells, self.bad = table, row, cells, bad

    def text(self, column: str) -> str:
        value = self.cells.get(column)
        return "" if _is_blank(value) else str(value).strip()

    def number(self, column: str, otherwise: int) -> int:
        value: Any = self.cells.get(column)
        if _is_blank(value):
            return otherwise
        try:
            return int(value)
        except (TypeError, ValueError):
            self.note(column, value)
            return otherwise

    def flag(self, column: str, *, otherwise: bool = False) -> bool:
        value = self.cells.get(column)
        return otherwise if _is_blank(value) else bool(value)

    def place(self, column: str) -> Place | None:
        said = self.text(column)
        if not said:
            return None
        try:
            lon, lat = (float(one) for one in said.translate(SEPARATORS).split("、") if one)
        except ValueError:
            self.note(column, said)
            return None
        if not (abs(lon) <= 180 and abs(lat) <= 90):  # noqa: PLR2004 - degrees
            self.note(column, said)
            return None
        return lon, lat

    def day(self, column: str) -> date | None:
        value = self.cells.get(column)
        if _is_blank(value):
            return None
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value).strip()[:10])
        except ValueError:
            self.note(column, value)
            return None

    def days(self, column: str) -> frozenset[date]:
        found = set()
        for one in split_names(self.text(column)):
            try:
                found.add(date.fromisoformat(one))
            except ValueError:
                self.note(column, one)
        return frozenset(found)

    def clock(self, column: str) -> time | None:
        value = self.cells.get(column)
        if _is_blank(value):
            return None
        if isinstance(value, time):
            return value.replace(tzinfo=None, second=0, microsecond=0)
        try:
            return time.fromisoformat(str(value).strip())
        except ValueError:
            self.note(column, value)
            return None

    def note(self, column: str, value: object) -> None:
        self.bad.append(BadCell(self.table, self.row, column, str(value)))


# -------------------------------------------------------------------------- teams


def teams_table(teams: Sequence[Team]) -> pd.DataFrame:
    """Return teams as the rows of a form."""
    rows = [
        (
            team.id,
            team.members,
            "、".join(team.names),
            say_place(team.start),
            say_place(team.end),
            team.returns,
            "、".join(sorted(day.isoformat() for day in team.days_off)),
        )
        for team in teams
    ]
    return pd.DataFrame(rows, columns=list(TEAM_COLUMNS))


def teams_from(
    rows: Iterable[Mapping[str, Any]], start: Place
) -> tuple[tuple[Team, ...], tuple[BadCell, ...]]:
    """Return the teams of a form, and the cells that mean nothing; `start` where none is told.

    A row without a name is called by its number; a row with nothing in it is none.
    """
    bad: list[BadCell] = []
    teams = []
    for number, cells in enumerate(rows, start=1):
        if all(_is_blank(cells.get(one)) for one in TEAM_COLUMNS if one != "returns"):
            continue
        name = "" if _is_blank(cells.get("team")) else str(cells["team"]).strip()
        read = _Reading("teams", name or str(number), cells, bad)
        names = tuple(split_names(read.text("names")))
        teams.append(
            Team(
                id=name or str(number),
                start=read.place("start") or start,
                end=read.place("end"),
                members=read.number("members", max(len(names), MEMBERS_AT_LEAST)),
                names=names,
                returns=read.flag("returns", otherwise=True),
                days_off=read.days("days_off"),
            )
        )
    return tuple(teams), tuple(bad)


# -------------------------------------------------------------------------- stops


def stops_table(
    errands: Sequence[Errand], names: Mapping[str, str], layers: Mapping[str, str]
) -> pd.DataFrame:
    """Return stops as the rows of a form; `names` and `layers` are by ref."""
    rows = []
    for one in errands:
        hours = one.opening[0] if one.opening else None
        rows.append(
            (
                one.ref,
                names.get(one.ref, one.ref),
                layers.get(one.ref, ""),
                one.minutes,
                hours.opens if hours else None,
                hours.closes if hours else None,
                one.deadline,
                one.priority,
                one.together,
                one.is_first,
                one.is_last,
            )
        )
    return pd.DataFrame(rows, columns=list(STOP_COLUMNS)).astype({"deadline": object})


def stops_from(
    rows: Iterable[Mapping[str, Any]], errands: Sequence[Errand]
) -> tuple[tuple[Errand, ...], tuple[BadCell, ...]]:
    """Return stops as a form has them now, and the cells that mean nothing."""
    bad: list[BadCell] = []
    told = {str(cells["ref"]): cells for cells in rows}
    return tuple(
        _errand(one, _Reading("stops", str(told[one.ref]["name"]), told[one.ref], bad))
        if one.ref in told
        else one
        for one in errands
    ), tuple(bad)


def _errand(before: Errand, read: _Reading) -> Errand:
    opens, closes = read.clock("opens"), read.clock("closes")
    hours = Hours(opens or WHOLE_DAY.opens, closes or WHOLE_DAY.closes)
    return replace(
        before,
        minutes=read.number("minutes", before.minutes),
        opening=(hours, *before.opening[1:]) if opens or closes else (),
        deadline=read.day("deadline"),
        priority=read.number("priority", before.priority),
        together=read.text("together"),
        is_first=read.flag("first"),
        is_last=read.flag("last"),
    )


def fit_to_stops(wish: Wish, errands: Sequence[Errand]) -> Wish:
    """Return a wish for these stops: what was wished of those that stay, stays."""
    known = {one.ref: one for one in wish.errands}
    kept = tuple(
        replace(known[one.ref], place=one.place) if one.ref in known else one for one in errands
    )
    refs = {one.ref for one in kept}
    return replace(wish, errands=kept, locks=tuple(one for one in wish.locks if one.ref in refs))


# --------------------------------------------------------------------------- days


def days_from(
    first: date, count: int, hours: Hours, *, weekends: bool, pause: Pause | None = None
) -> tuple[Day, ...]:
    """Return so many days from one on; Saturdays and Sundays are passed over unless wished."""
    days: list[Day] = []
    on = first
    while len(days) < count:
        if weekends or on.weekday() < SATURDAY:
            days.append(Day(on, hours, pause))
        on += timedelta(days=1)
    return tuple(days)


def split_names(said: str) -> list[str]:
    """Return several names told in one cell, however they are set apart.

    >>> split_names("王某，李某; 张某")
    ['王某', '李某', '张某']
    """
    return [one for one in said.translate(SEPARATORS).split("、") if one]


def say_place(place: Place | None) -> str:
    """Return a place as it is typed: longitude and latitude in degrees of CGCS2000."""
    return "" if place is None else f"{place[0]:.{PLACE_DIGITS}f},{place[1]:.{PLACE_DIGITS}f}"


def _is_blank(value: object) -> bool:
    is_nan = isinstance(value, float) and math.isnan(value)
    return value is None or value is pd.NaT or value is pd.NA or value == "" or is_nan
