"""What rules ask of lists of records: whose they are, which is the last, for whom they speak.

A record tells of a thing: a visit, a test, a licence. A list of records says nothing of the days
after it was handed over, and nothing of offices from which it has no row.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.model import Title
from geodata.schema import Column
from layers.matching import PARTS, WEIGHTS, Decision, Matched, Matching, match
from layers.matching.entities import BACKINGS
from layers.matching.weights import BACKING

Row = Mapping[str, Any]

FEWEST_SHOWN = 3
FEW = "few"
"""Stands for one or two persons, who are not told apart from each other."""

FEW_TITLE = {FEW: Title("不足3", "fewer than 3")}


def months_before(day: date, months: float) -> date:
    """Return the day so many whole months before a day.

    >>> months_before(date(2025, 8, 31), 6)
    datetime.date(2025, 2, 28)
    """
    return (pd.Timestamp(day) - pd.DateOffset(months=int(months))).date()


def rows_of(table: pd.DataFrame | None) -> list[Row]:
    """Return the rows of a table by their ids, missing values as None; none without a table."""
    if table is None:
        return []
    cells = pd.DataFrame(table.drop(columns="geometry")).astype(object)
    return as_rows(cells.where(cells.notna(), None).sort_values("id"))


def as_rows(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a frame, each by the names of its columns."""
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in frame.itertuples(index=False, name=None)]


def offices_of(table: pd.DataFrame | None) -> frozenset[str]:
    """Return the offices that a list speaks of: those from which it has a row."""
    return frozenset() if table is None else frozenset(table["jurisdiction"]) - {""}


def is_no(answer: object) -> bool:
    """Return whether a cell says no; one that says nothing does not.

    >>> is_no(False), is_no(None), is_no(True)
    (True, False, False)
    """
    return answer is not None and not answer


def few(number: int) -> str:
    """Return a number of persons as a fact: one and two are not told apart.

    >>> few(0), few(2), few(12)
    ('0', 'few', '12')
    """
    return FEW if 0 < number < FEWEST_SHOWN else str(number)


PERSONS_FACT = Column(
    "persons_sha256", Title("所涉人员指纹（不能还原）", "Fingerprint of the persons (one way)")
)


def fingerprint(persons: Iterable[str]) -> str:
    """Return by what it is noticed that a count is of other persons than before.

    >>> fingerprint(["b", "a"]) == fingerprint(["a", "b"]) != fingerprint(["a"])
    True
    """
    return hashlib.sha256("\x1f".join(sorted(persons)).encode()).hexdigest()[:16]


@dataclass
class Book:
    """Records by the things that they tell of, under every key that a record bears."""

    _by_key: dict[str, list[Row]] = field(default_factory=dict)

    @classmethod
    def by(cls, records: Iterable[Row], *columns: str) -> "Book":
        """Return the book of records by the first of the columns that says anything.

        >>> book = Book.by(
        ...     [{"tank": "T1", "estate": "E"}, {"tank": "", "estate": "E"}], "tank", "estate"
        ... )
        >>> len(book.of("T1", "E")), len(book.of("T2", "E"))
        (2, 1)
        """
        book = cls()
        for record in records:
            told = [(column, record.get(column)) for column in columns]
            key = next(((column, value) for column, value in told if value), None)
            if key is not None:
                book._by_key.setdefault(f"{columns.index(key[0])}:{key[1]}", []).append(record)
        return book

    def of(self, *keys: object) -> list[Row]:
        """Return the records under a thing's keys, one for each column of the book in order."""
        names = [f"{place}:{key}" for place, key in enumerate(keys) if key]
        return [record for name in names for record in self._by_key.get(name, ())]


def last_of(records: Sequence[Row], column: str, by: date | None = None) -> Row | None:
    """Return the record with the latest day in a column, none of them after `by`; None if none."""
    dated = [one for one in records if one[column] is not None and (not by or one[column] <= by)]
    return max(dated, key=lambda one: (one[column], one["id"])) if dated else None


# ------------------------------------------------------------------ records that are matched


def match_records(
    things: gpd.GeoDataFrame,
    records: gpd.GeoDataFrame,
    how: Matching,
    decisions: Iterable[Decision] = (),
) -> Matched:
    """Return which records tell of which things; of one thing there may be many.

    Records that say the same of what they tell are matched once, and each gets that answer.
    Decisions and reasons are of the first of such records, `told_id`; there are no entities.
    """
    says = [name for role, name in how.second.columns.items() if role != "id"]
    keys = records[says].fillna("").astype("str").agg("\x1f".join, axis=1)
    firsts = ~keys.duplicated()
    representative = dict(zip(keys[firsts], records.loc[firsts, how.second.id], strict=True))
    told_as = dict(zip(records[how.second.id], keys.map(representative), strict=True))
    once = records[firsts.to_numpy()]
    said = [replace(one, second_id=told_as.get(one.second_id, one.second_id)) for one in decisions]
    matched = match(
        things,
        gpd.GeoDataFrame(once),
        replace(how, second=replace(how.second, may_split=False)),
        said,
    )
    ids = pd.DataFrame(
        {"told": keys.map(representative).to_numpy(), "record": records[how.second.id].to_numpy()}
    )
    pairs = _one_thing_each(matched.pairs, how).merge(ids, left_on="second_id", right_on="told")
    pairs = pairs.assign(told_id=pairs["second_id"], second_id=pairs["record"])
    ordered = pairs.drop(columns=["told", "record"]).sort_values(["first_id", "second_id"])
    return replace(matched, pairs=ordered.reset_index(drop=True), entities=())


def _one_thing_each(pairs: pd.DataFrame, how: Matching) -> pd.DataFrame:
    """Return pairs of which each record tells of one thing at most, and a thing may have many.

    A person's word comes first, then the bits; of two things that fit equally well a person
    decides. That a thing was taken by another record is no reason.
    """
    table = pairs.reset_index(drop=True)
    is_taken, bits = table["why"] == "taken", table["bits"]
    is_said = (table["why"] == "person") & (table["verdict"] == "same")
    is_own = is_taken & (bits >= how.same_from) & _is_backed(table)
    claims = table[(table["verdict"] == "same") | is_own]
    claims = claims.assign(is_said=is_said[claims.index], bits=bits[claims.index].round(6))
    best = claims.groupby("second_id")[["is_said", "bits"]].transform("max")
    first = claims[claims["is_said"] | (~best["is_said"] & (claims["bits"] == best["bits"]))]
    is_even = first.duplicated("second_id", keep=False) & ~first["is_said"]
    verdict, why = table["verdict"].copy(), table["why"].copy()
    is_open = (verdict == "decide") | (is_taken & (bits >= how.decide_from))
    verdict[is_open], why[is_open & is_taken] = "decide", "score"
    settled = table["second_id"].isin(first["second_id"])
    verdict[settled & (why != "person")], why[settled & (why != "person")] = "different", "taken"
    verdict[first.index] = np.where(is_even, "decide", "same")
    why[first.index] = np.where(first["is_said"], "person", "score")
    return table.assign(verdict=verdict, why=why)


def _is_backed(pairs: pd.DataFrame) -> pd.Series:
    """Return whether two things speak for a pair, which one without a place needs."""
    backed = sum((pairs[part] == level).astype(int) for part, level in sorted(BACKING))
    return (pairs["distance"] != "unknown") | (backed >= BACKINGS)


@dataclass(frozen=True)
class Told:
    """What an answer to a Match says of one row of the first list: its records, and the unsure."""

    sure: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()


def told_by(pairs: pd.DataFrame | None, *, by: str = "first_id") -> dict[str, Told]:
    """Return, by the id of one side, the ids of the other that are the same and those to decide."""
    if pairs is None:
        return {}
    other = "second_id" if by == "first_id" else "first_id"
    asked = pairs[pairs["verdict"].isin(["same", "decide"])].sort_values([by, other])
    found: dict[str, tuple[list[str], list[str]]] = {}
    for one, two, verdict in asked[[by, other, "verdict"]].itertuples(index=False):
        found.setdefault(one, ([], []))[int(verdict == "decide")].append(two)
    return {one: Told(tuple(sure), tuple(unsure)) for one, (sure, unsure) in found.items()}


# -------------------------------------------------------------- why two rows were taken for one

SAID_NOTHING = frozenset({"unknown", "none"})

PAIR_FACTS: tuple[Column, ...] = (
    Column("pair_bits", Title("相符程度", "Agreement"), "number", unit="bit"),
    Column("pair_distance_m", Title("两处位置相距", "Places apart"), "number", unit="m"),
    *(
        Column(
            f"pair_{part}",
            title,
            "code",
            codes={level: weight.title for level, weight in WEIGHTS[part].items()},
        )
        for part, title in PARTS.items()
    ),
    Column("first_facts", Title("第一行比对指纹", "First row as compared")),
    Column("second_facts", Title("第二行比对指纹", "Second row as compared")),
)
"""What a finding may state of the pair of rows that it rests on."""


def pair_facts(pair: Row) -> Iterator[tuple[str, str | float | None]]:
    """Yield what spoke for and against a pair of `Matched.pairs`, and what both rows said."""
    yield "pair_bits", round(float(pair["bits"]), 2)
    apart = pair["distance_m"]
    is_told = apart is not None and not np.isnan(apart)
    yield "pair_distance_m", round(float(apart), 1) if is_told else None
    for part in PARTS:
        if pair[part] not in SAID_NOTHING:
            yield f"pair_{part}", str(pair[part])
    yield "first_facts", str(pair["first_facts"])
    yield "second_facts", str(pair["second_facts"])
