"""A file of a hotline's tickets: columns found by headings, each row checked, places optional.

Headings and cells are read as those of any layer (`geodata.intake`, `geodata.checks`); a row with
numbers for a place keeps them, one without goes in by its words alone.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geodata.checks import as_text, check
from geodata.city import City, read_outlines
from geodata.crs import STORED
from geodata.errors import ColumnsMissing
from geodata.intake import PAIR, X, Y, propose_columns
from geodata.model import Title
from geodata.placing import find_place
from geodata.problems import Problem, in_order
from geodata.readers import MOST_BYTES, RawTable, read_table
from geodata.schema import Column, Schema
from layers.lead_kinds import LEAD_KINDS
from layers.leads import LEAST_LETTERS, MOST_CONTACT, MOST_LETTERS

KINDS = {one.id: one.title for one in LEAD_KINDS.values()}
COLUMNS = (
    Column(
        "id", Title("工单编号", "Ticket"),
        aliases=("工单号", "编号", "诉求编号", "受理编号", "流水号", "ticket no", "ticket number"),
    ),
    Column(
        "text", Title("反映内容", "What was told"), required=True,
        aliases=("诉求内容", "内容", "问题描述", "诉求", "描述", "主要内容", "content",
                 "description"),
    ),
    Column(
        "seen_on", Title("受理日期", "Received on"), "date",
        aliases=("受理时间", "来电时间", "日期", "诉求时间", "登记时间", "date", "received"),
    ),
    Column(
        "kind", Title("问题种类", "Kind"), "code", codes=KINDS, aliases=("种类", "类别", "类型"),
    ),
    Column(
        "place", Title("地点", "Place"),
        aliases=("地址", "事发地点", "诉求地址", "位置", "address", "location"),
    ),
    Column(
        "contact", Title("联系方式", "Contact"),
        aliases=("联系电话", "电话", "来电号码", "来电人", "手机", "诉求人电话", "phone"),
    ),
)  # fmt: skip
HOTLINE = Schema("none", COLUMNS, common=())
FOR_HEADINGS = Schema("point", COLUMNS, common=())
"""The same columns, with those that bring a place."""

OTHER = "other"


@dataclass(frozen=True)
class Ticket:
    """One row that may go in: its number in the file, and what it tells."""

    row: int
    ticket: str
    text: str
    seen_on: date | None
    kind: str
    place: str
    contact: str
    said: str


@dataclass(frozen=True)
class TicketFile:
    """A file as it was understood: rows that may go in, what is wrong with others, headings used.

    `columns` leads from headings to what they fill, `unused` are those that fill nothing. `rows`
    counts all rows, `with_place` those with numbers for a place; `held` are the rows that stay
    out, as the file has them.
    """

    name: str
    rows: int
    tickets: tuple[Ticket, ...]
    problems: tuple[Problem, ...]
    columns: Mapping[str, str]
    unused: tuple[str, ...]
    held: pd.DataFrame

    @property
    def with_place(self) -> int:
        """Return how many rows bring numbers for a place: their system has to be said."""
        return sum(bool(one.said) for one in self.tickets)


def read_tickets(
    path: Path, name: str, city: City, *, system: str = STORED, most_bytes: int = MOST_BYTES
) -> TicketFile:
    """Return a file of tickets as it was understood, its places taken in a system.

    Raises UnreadableFile, and ColumnsMissing where no column tells what was reported.
    """
    table = read_table(path, source_name=name, most_bytes=most_bytes)
    columns = propose_columns(table, FOR_HEADINGS)
    if "text" not in columns.values():
        raise ColumnsMissing(missing="text", present=", ".join(table.columns))
    frame = _laid_out(table, columns)
    checked = check(frame, HOTLINE, system=STORED, city=city, outlines=read_outlines(city.id))
    said = _places(table, columns)
    wrong = [*checked.problems, *_wrong_rows(frame, said, system)]
    bad = {one.row for one in wrong if one.severity == "error"}
    good = checked.good[~checked.good.index.isin(list(bad))]
    rows = zip(good.index.tolist(), good.to_dict("records"), strict=True)
    tickets = tuple(_ticket(row, facts, said[row]) for row, facts in rows)
    unused = tuple(one for one in table.columns if one not in columns)
    held = pd.DataFrame({one: as_text(table.frame[one]) for one in table.columns})
    held = held[~held.index.isin([one.row for one in tickets])]
    return TicketFile(name, len(frame), tickets, in_order(wrong), columns, unused, held)


def _laid_out(table: RawTable, columns: Mapping[str, str]) -> gpd.GeoDataFrame:
    named = {to: as_text(table.frame[heading]) for heading, to in columns.items()}
    own = {one.id for one in COLUMNS}
    frame = pd.DataFrame({to: cells for to, cells in named.items() if to in own})
    frame["place_original"] = ""
    nowhere = gpd.GeoSeries([None] * len(frame), index=frame.index, crs=STORED)
    return gpd.GeoDataFrame(frame, geometry=nowhere)


def _places(table: RawTable, columns: Mapping[str, str]) -> pd.Series:
    """Return the numbers of each row's place as one text, blank for none."""
    cells = {to: as_text(table.frame[heading]) for heading, to in columns.items()}
    if PAIR in cells:
        return cells[PAIR]
    if X in cells and Y in cells:
        both = cells[X] + ", " + cells[Y]
        return both.where((cells[X] != "") & (cells[Y] != ""), "")
    return pd.Series("", table.frame.index, dtype="str")


def _wrong_rows(frame: gpd.GeoDataFrame, said: pd.Series, system: str) -> list[Problem]:
    """Return what columns alone do not tell: a text that says too little, a place that is none."""
    found = []
    for row, text in zip(frame.index.tolist(), frame["text"], strict=True):
        if text and not LEAST_LETTERS <= len(text) <= MOST_LETTERS:
            limits = (("minimum", str(LEAST_LETTERS)), ("maximum", str(MOST_LETTERS)))
            reason = "below_minimum" if len(text) < LEAST_LETTERS else "above_maximum"
            found.append(Problem(row, "text", text, reason, limits))
    for row, place in zip(said.index.tolist(), said, strict=True):
        if place and find_place(place, system) is None:
            found.append(Problem(row, "geometry", place, "place_unreadable"))
    return found


def _ticket(row: int, facts: Mapping[Hashable, Any], said: str) -> Ticket:
    def told(name: str) -> str:
        value = facts.get(name)
        return "" if value is None or pd.isna(value) else str(value)

    day = facts.get("seen_on")
    return Ticket(
        row,
        told("id")[:MOST_CONTACT],
        told("text"),
        None if day is None or pd.isna(day) else pd.Timestamp(day).date(),
        told("kind") or OTHER,
        told("place")[:MOST_CONTACT],
        told("contact")[:MOST_CONTACT],
        said,
    )
