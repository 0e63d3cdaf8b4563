"""Two lists of the same things: which rows are one, why, and what a person has to decide.

`match` reads names and addresses in parts (`reading`), finds the pairs worth comparing and what
speaks for and against each (`evidence`), adds that up (`weights`), and makes things of pairs
(`entities`). Nothing here reads a file or a clock; the same rows give the same answer in any
order, and whichever list comes first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.city import City, read_outlines
from geodata.crs import SAME_AS_STORED, name_system
from geodata.errors import (
    BadSetting,
    ColumnsMissing,
    EmptyList,
    RepeatedIds,
    SystemNotDeclared,
    UnknownSystem,
)
from layers.matching.entities import Bounds, Decision, Entity, Verdict, Why, gather, settle
from layers.matching.evidence import ROLES, Read, compare, find_candidates, read_rows
from layers.matching.reading import Reader
from layers.matching.weights import PARTS, START, WEIGHTS

__all__ = [
    "PARTS",
    "START",
    "WEIGHTS",
    "Decision",
    "Entity",
    "Matched",
    "Matching",
    "Reason",
    "Side",
    "Verdict",
    "Why",
    "decide",
    "match",
    "region_of",
]

SHOWN_IDS = 20


@dataclass(frozen=True)
class Side:
    """Which column of a list says what; "" for what the list has not.

    `may_split` if one thing may stand in this list more than once, as a station does on a
    map application (直流区, 交流区).
    """

    id: str = "id"
    name: str = "name"
    address: str = "address"
    operator: str = "operator"
    phone: str = ""
    locality: str = ""
    may_split: bool = False

    @property
    def columns(self) -> dict[str, str]:
        """Return the columns that the list must have, by what they say."""
        told = {role: getattr(self, role) for role in ("id", *ROLES)}
        return {role: column for role, column in told.items() if column}


@dataclass(frozen=True)
class Matching:
    """How two lists are matched; distances in metres, `same_from` and `decide_from` in bits.

    `region` are the names that say nothing because everything lies there (see `region_of`),
    `operators` further brands with what they are called. Raises BadSetting.
    """

    first: Side = field(default_factory=Side)
    second: Side = field(default_factory=lambda: Side(may_split=True))
    region: tuple[str, ...] = ()
    operators: tuple[tuple[str, tuple[str, ...]], ...] = ()
    within_m: float = 300.0
    split_within_m: float = 150.0
    same_from: float = 0.0
    decide_from: float = -3.0

    def __post_init__(self) -> None:
        """Refuse bounds that mean nothing."""
        for name in ("within_m", "split_within_m"):
            if not 0 < getattr(self, name) <= LARGEST_M:
                raise BadSetting(name=name, value=getattr(self, name), form=f"0-{LARGEST_M} m")
        if not self.decide_from <= self.same_from:
            raise BadSetting(
                name="decide_from", value=self.decide_from, form=f"<= same_from = {self.same_from}"
            )


LARGEST_M = 5000


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for a pair (bits above 0) or against it; words are in WEIGHTS."""

    part: str
    level: str
    bits: float
    facts: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, eq=False)
class Matched:
    """Two lists matched.

    `pairs`, by the ids: first_id, second_id, verdict (same, decide, different), why, first_with
    and second_with (whom better pairs linked the two rows with, where that decided), decided
    (what a person said before), bits, distance_m, datum_distance_m (if one place is taken for
    GCJ-02, `shifted` being that one), name_likeness (0-100), a level for each of PARTS,
    first_facts and second_facts (hashes of what was compared).
    `entities` hold every row of both lists once. `left_aside` are words of so many pairs that
    they were not followed, `lost` decisions whose rows are there no more.
    """

    pairs: pd.DataFrame
    entities: tuple[Entity, ...]
    left_aside: Mapping[str, int]
    lost: tuple[Decision, ...]
    read: tuple[Read, Read]

    @property
    def to_decide(self) -> pd.DataFrame:
        """Return the pairs that a person decides, the likeliest first."""
        asked = self.pairs[self.pairs["verdict"] == "decide"]
        return asked.sort_values(["bits", "first_id", "second_id"], ascending=[False, True, True])

    def reasons(self, first_id: str, second_id: str) -> tuple[Reason, ...]:
        """Return what speaks for and against a pair, the weightiest first; () if never compared."""
        row = self._row_of.get((first_id, second_id))
        if row is None:
            return ()
        pair = self.pairs.iloc[row].to_dict()
        told = [
            Reason(part, pair[part], WEIGHTS[part][pair[part]].bits, self._facts(part, pair))
            for part in PARTS
        ]
        return tuple(sorted(told, key=lambda one: (-abs(one.bits), one.part)))

    @cached_property
    def _row_of(self) -> dict[tuple[str, str], int]:
        ids = zip(self.pairs["first_id"], self.pairs["second_id"], strict=True)
        return {pair: row for row, pair in enumerate(ids)}

    def _facts(self, part: str, pair: Mapping[Any, Any]) -> tuple[tuple[str, object], ...]:
        """Return the numbers and texts that a level rests on."""
        measures = [(name, pair[name]) for name in MEASURES.get(part, ())]
        sides = zip(("first", "second"), self.read, ("first_row", "second_row"), strict=True)
        texts = [
            (f"{side}_{name}", read.parts[name][pair[row]])
            for side, read, row in sides
            for name in COMPARED.get(part, ())
        ]
        return tuple(
            (name, value)
            for name, value in (*measures, *texts)
            if value is not None and value != "" and value == value  # noqa: PLR0124 - no NaN
        )


MEASURES = {
    "distance": ("distance_m", "datum_distance_m", "shifted"),
    "name": ("name_likeness",),
}
COMPARED = {
    "name": ("core",),
    "landmark": ("landmark",),
    "venue": ("venue",),
    "mark": ("marks",),
    "address": ("streets", "number", "suffix"),
    "operator": ("brands", "company"),
    "phone": ("phone",),
    "locality": ("locality", "districts"),
}


def match(
    first: pd.DataFrame,
    second: pd.DataFrame,
    how: Matching = Matching(),
    decisions: Iterable[Decision] = (),
) -> Matched:
    """Return which rows of two lists are one thing, which are not, and what a person decides.

    Places are in EPSG:4490; a row without one, or a list without geometry, is matched by what
    else it says. Raises EmptyList, ColumnsMissing, RepeatedIds, SystemNotDeclared and
    UnknownSystem, each with the list it speaks of.

    >>> row = {"address": "福利路12号", "operator": ""}
    >>> registry = pd.DataFrame([row | {"id": "R1", "name": "国网西固万达广场充电站"}])
    >>> points = pd.DataFrame([row | {"id": "P9", "name": "国家电网充电站（万达广场店）"}])
    >>> found = match(registry, points, Matching(region=("西固区",)))
    >>> found.entities
    (Entity(first_ids=('R1',), second_ids=('P9',), open_pairs=()),)
    >>> [(one.part, one.level, one.bits) for one in found.reasons("R1", "P9")][:2]
    [('name', 'equal', 5.0), ('operator', 'agree', 5.0)]
    """
    reader = _reader_of(how.region, how.operators)
    sides = (
        _read(first, how.first, "first", reader),
        _read(second, how.second, "second", reader),
    )
    said = tuple(decisions)
    i, j, aside = find_candidates(*sides, how.within_m)
    i, j, lost = _with_decided(i, j, sides, said)
    pairs = _table(sides, i, j)
    bounds = Bounds(
        how.same_from,
        how.decide_from,
        (how.first.may_split, how.second.may_split),
        how.split_within_m,
    )
    told = settle(pairs, sides, bounds, said)
    return Matched(told, gather(told, sides), aside, lost, sides)


def decide(matched: Matched, first_id: str, second_id: str, *, is_same: bool) -> Decision:
    """Return a person's word on two rows, with the facts that stand in them now."""
    facts = (
        read.facts[np.flatnonzero(read.ids == one)[0]]
        for read, one in zip(matched.read, (first_id, second_id), strict=True)
    )
    return Decision(first_id, second_id, is_same, *facts)


def region_of(city: City) -> tuple[str, ...]:
    """Return the names of a city and its districts, which say nothing within it."""
    districts = read_outlines(city.id)["name"].tolist()
    return tuple(dict.fromkeys((city.title.zh, *districts)))


@lru_cache(maxsize=8)
def _reader_of(
    region: tuple[str, ...], operators: tuple[tuple[str, tuple[str, ...]], ...]
) -> Reader:
    return Reader(region, dict(operators))


def _read(frame: pd.DataFrame, side: Side, name: str, reader: Reader) -> Read:
    """Return a list as it is compared, once nothing is wrong with it."""
    if not len(frame):
        raise EmptyList(list=name)
    missing = [column for column in side.columns.values() if column not in frame.columns]
    if missing or not side.name or not side.id:
        raise ColumnsMissing(
            missing=", ".join(missing or ["id", "name"]),
            present=", ".join(map(str, frame.columns)),
            list=name,
        )
    texts = {role: _texts(frame[column]) for role, column in side.columns.items()}
    ids = pd.Series(texts["id"])
    wrong = ids[(ids == "") | ids.duplicated(keep=False)]
    if len(wrong):
        shown = sorted(set(wrong))[:SHOWN_IDS]
        raise RepeatedIds(ids=", ".join(one or "-" for one in shown), count=len(wrong), list=name)
    return read_rows(texts, _places(frame, name), reader)


def _texts(cells: pd.Series) -> list[str]:
    return [
        "" if one is None or one is pd.NA or one != one else str(one).strip()  # noqa: PLR0124 - no NaN
        for one in cells.tolist()
    ]


def _places(frame: pd.DataFrame, name: str) -> gpd.GeoSeries | None:
    """Return the places of a list, None if it has none at all; refuse what is not in degrees."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        return None
    if frame.geometry.isna().all():
        return None
    if frame.crs is None:
        raise SystemNotDeclared(file=name, hint="EPSG:4490", finding="", list=name)
    if name_system(frame.crs) not in SAME_AS_STORED:
        raise UnknownSystem(name_system(frame.crs), sorted(SAME_AS_STORED))
    return frame.geometry


def _with_decided(
    i: np.ndarray, j: np.ndarray, sides: tuple[Read, Read], said: tuple[Decision, ...]
) -> tuple[np.ndarray, np.ndarray, tuple[Decision, ...]]:
    """Return the pairs with those that people decided, and decisions without their rows."""
    rows = [{one: row for row, one in enumerate(side.ids.tolist())} for side in sides]
    known = [one for one in said if one.first_id in rows[0] and one.second_id in rows[1]]
    lost = tuple(one for one in said if one not in known)
    width = len(sides[1].ids)
    decided = [rows[0][one.first_id] * width + rows[1][one.second_id] for one in known]
    code = np.union1d(i * width + j, np.array(decided, np.int64)).astype(np.int64)
    return code // width, code % width, lost


def _table(sides: tuple[Read, Read], i: np.ndarray, j: np.ndarray) -> pd.DataFrame:
    told = compare(*sides, i, j)
    ends = {
        "first_id": sides[0].ids[i],
        "second_id": sides[1].ids[j],
        "first_facts": sides[0].facts[i],
        "second_facts": sides[1].facts[j],
        "first_row": i,
        "second_row": j,
    }
    return pd.concat([pd.DataFrame(ends), told], axis=1)
