"""From pairs to things: who belongs with whom, what a person decides, what a person decided.

The best pair is taken first, and each row once. A row that finds its partner taken joins it
only if it is plainly another part of the same thing (直流区 beside 交流区); else a person is asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.matching.evidence import LIKENESS, Read, compare
from layers.matching.weights import BACKING

Verdict = Literal["same", "decide", "different"]
Why = Literal["score", "unbacked", "taken", "part", "person", "changed"]
"""score: the bits alone; unbacked: one has no place and too little else speaks for the pair;
taken: better pairs have one or both rows (`first_with`, `second_with` are their partners);
part: another part of a thing found; person: as decided; changed: decided once, on facts that
have changed since."""

BACKINGS = 2
OTHERS = ("contradict", "differs")
PARTS_OF_ONE = 3  # of the marks: current, level, zone tell parts; phase and number tell things
ANSWERS: dict[bool, Verdict] = {True: "same", False: "different"}


@dataclass(frozen=True)
class Decision:
    """What a person said of two rows, with the hashes of what stood in them then."""

    first_id: str
    second_id: str
    is_same: bool
    first_facts: str
    second_facts: str


@dataclass(frozen=True)
class Entity:
    """One thing, by the rows of each list that mean it; `open_pairs` wait for a person.

    >>> Entity(("R1",), ("P7", "P8")).is_on_both_sides
    True
    """

    first_ids: tuple[str, ...]
    second_ids: tuple[str, ...]
    open_pairs: tuple[tuple[str, str], ...] = ()

    @property
    def is_on_both_sides(self) -> bool:
        """Return whether both lists have it."""
        return bool(self.first_ids and self.second_ids)

    @property
    def is_settled(self) -> bool:
        """Return whether no pair of its rows waits for a person."""
        return not self.open_pairs


@dataclass(frozen=True)
class Bounds:
    """From how many bits two rows are one, from how many a person decides, who may be split."""

    same_from: float
    decide_from: float
    may_split: tuple[bool, bool]
    split_within_m: float


def settle(
    pairs: pd.DataFrame, sides: tuple[Read, Read], bounds: Bounds, decisions: Iterable[Decision]
) -> pd.DataFrame:
    """Return the pairs with `verdict`, `why`, who else has the rows, what was `decided` before."""
    told = _judged(pairs, bounds)
    told = _as_decided(told, decisions)
    linked = _Links(told, sides, bounds)
    order = _best_first(told)
    for row in order:
        linked.add(row)
    for row in order:
        linked.add_part(row)
    return linked.result()


def _judged(pairs: pd.DataFrame, bounds: Bounds) -> pd.DataFrame:
    """Return the pairs with the verdict of their bits; without a place two things must agree."""
    bits = pairs["bits"].to_numpy()
    verdict = np.select(
        [bits >= bounds.same_from, bits >= bounds.decide_from], ["same", "decide"], "different"
    ).astype(object)
    backed = sum((pairs[part] == level).to_numpy().astype(int) for part, level in sorted(BACKING))
    is_unbacked = (pairs["distance"] == "unknown").to_numpy() & (backed < BACKINGS)
    is_held = is_unbacked & (verdict == "same")
    return pairs.assign(
        verdict=np.where(is_held, "decide", verdict),
        why=np.where(is_held, "unbacked", "score"),
        first_with="",
        second_with="",
        decided="",
    )


def _as_decided(pairs: pd.DataFrame, decisions: Iterable[Decision]) -> pd.DataFrame:
    """Return the pairs with what people said; of two decisions on one pair the later counts."""
    said = {(one.first_id, one.second_id): one for one in decisions}
    if not said:
        return pairs
    told = pairs.copy()
    ids = list(zip(pairs["first_id"], pairs["second_id"], strict=True))
    for row in (row for row, pair in enumerate(ids) if pair in said):
        one = said[ids[row]]
        facts = (one.first_facts, one.second_facts)
        is_current = facts == tuple(pairs.loc[row, ["first_facts", "second_facts"]])
        told.loc[row, "decided"] = ANSWERS[one.is_same]
        told.loc[row, "verdict"] = ANSWERS[one.is_same] if is_current else "decide"
        told.loc[row, "why"] = "person" if is_current else "changed"
    return told


def _best_first(pairs: pd.DataFrame) -> list[int]:
    """Return the rows that are the same, best first, in an order that no side decides."""
    asked = pairs[pairs["verdict"] == "same"]
    low, high = (np.minimum, np.maximum)
    ids = asked["first_id"].to_numpy(object), asked["second_id"].to_numpy(object)
    keys = pd.DataFrame(
        {
            "is_decided": asked["why"] != "person",
            "bits": -asked["bits"],
            "distance_m": asked["distance_m"].fillna(np.inf),
            "low": low(*ids) if len(asked) else ids[0],
            "high": high(*ids) if len(asked) else ids[0],
        },
        index=asked.index,
    )
    order: list[int] = keys.sort_values(list(keys.columns), kind="stable").index.tolist()
    return order


class _Links:
    """The pairs taken so far: which rows of the other side each row is linked with."""

    def __init__(self, pairs: pd.DataFrame, sides: tuple[Read, Read], bounds: Bounds) -> None:
        self._pairs, self._sides, self._bounds = pairs, sides, bounds
        self._rows = tuple(pairs[name].tolist() for name in ("first_row", "second_row"))
        self._partners: tuple[dict[int, list[int]], dict[int, list[int]]] = ({}, {})
        self._is_person = (pairs["why"] == "person").tolist()
        is_other = pairs["operator"].isin(OTHERS) | (pairs["mark"] == "contradict")
        self._is_other = is_other.tolist()
        self._one_thing = {
            (side, *pair)
            for side in (0, 1)
            if bounds.may_split[side]
            for pair in _parts_of_one(sides[side], self._siblings(side), bounds.split_within_m)
        }
        self._linked: set[int] = set()
        self._parts: set[int] = set()

    def add(self, pair: int) -> None:
        """Link a pair if a person said so, or if neither of its rows is linked yet."""
        if self._is_person[pair] or not any(self._taken(pair)):
            self._link(pair)

    def add_part(self, pair: int) -> None:
        """Link a row that is free to a partner that is not, as a further part of it."""
        if pair in self._linked or all(self._taken(pair)):
            return
        free = self._taken(pair).index(False)
        row, partner = self._rows[free][pair], self._rows[1 - free][pair]
        siblings = self._partners[1 - free][partner]
        is_other = self._is_other[pair]
        if self._bounds.may_split[free] and not is_other and self._are_parts(free, row, siblings):
            self._link(pair)
            self._parts.add(pair)

    def _siblings(self, side: int) -> list[tuple[int, int]]:
        """Return the rows of a side that are the same as one row of the other, two by two."""
        is_same = (self._pairs["verdict"] == "same").to_numpy()
        rows: dict[int, list[int]] = {}
        for pair in np.flatnonzero(is_same).tolist():
            rows.setdefault(self._rows[1 - side][pair], []).append(self._rows[side][pair])
        return sorted(
            {pair for several in rows.values() for pair in combinations(sorted(several), 2)}
        )

    def _taken(self, pair: int) -> tuple[bool, bool]:
        return (
            self._rows[0][pair] in self._partners[0],
            self._rows[1][pair] in self._partners[1],
        )

    def _link(self, pair: int) -> None:
        i, j = self._rows[0][pair], self._rows[1][pair]
        self._partners[0].setdefault(i, []).append(j)
        self._partners[1].setdefault(j, []).append(i)
        self._linked.add(pair)

    def _are_parts(self, side: int, row: int, siblings: list[int]) -> bool:
        """Return whether a row is another part of the thing that all its siblings are."""
        return all((side, *sorted((row, one))) in self._one_thing for one in siblings)

    def result(self) -> pd.DataFrame:
        """Return the pairs with what became of them, and who took the partner."""
        told = self._pairs.copy()
        verdict, why = (told[name].to_numpy(object).copy() for name in ("verdict", "why"))
        others: tuple[list[str], list[str]] = ([""] * len(told), [""] * len(told))
        for pair in self._parts:
            why[pair] = "part"
        is_asked = np.isin(verdict.astype(str), ["same", "decide"])
        for pair in np.flatnonzero(is_asked & (why != "person") & (why != "changed")).tolist():
            taken = self._taken(pair)
            if pair in self._linked or not any(taken):
                continue
            if all(taken) or verdict[pair] == "same":
                verdict[pair] = "different" if all(taken) else "decide"
                why[pair] = "taken"
                for side in np.flatnonzero(taken).tolist():
                    others[side][pair] = self._partner(pair, side)
        return told.assign(verdict=verdict, why=why, first_with=others[0], second_with=others[1])

    def _partner(self, pair: int, side: int) -> str:
        """Return the id of the row that a row of a pair was linked with first."""
        partner = self._partners[side][self._rows[side][pair]][0]
        return str(self._sides[1 - side].ids[partner])


def _parts_of_one(
    read: Read, pairs: list[tuple[int, int]], within_m: float
) -> set[tuple[int, int]]:
    """Return which rows of one list lie together, under one name, and are parts of one thing."""
    if not pairs:
        return set()
    one, other = np.array(pairs).T
    told = compare(read, read, one, other)
    is_together = (
        (told["distance_m"] <= within_m)
        & (told["name_likeness"] >= LIKENESS["close"])
        & ~told["operator"].isin(OTHERS)
        & (told["venue"] != "contradict")
    )
    has_operator = (told["operator"] == "agree").tolist()
    return {
        pairs[at]
        for at in np.flatnonzero(is_together.to_numpy()).tolist()
        if _are_other_parts(read, *pairs[at], has_operator=has_operator[at])
    }


def _are_other_parts(read: Read, row: int, sibling: int, *, has_operator: bool) -> bool:
    """Return whether both tell a part, each another; or one operator has them and one tells a part.

    Under one operator the same name twice is one thing too.
    """
    names, marks = read.parts["whole_name"], read.parts["marks"]
    one, other = marks[row], marks[sibling]
    if one[PARTS_OF_ONE:] != other[PARTS_OF_ONE:]:
        return False
    parts = one[:PARTS_OF_ONE], other[:PARTS_OF_ONE]
    if parts[0] != parts[1] and (has_operator or (any(parts[0]) and any(parts[1]))):
        return True
    return has_operator and bool(names[row] == names[sibling])


def gather(pairs: pd.DataFrame, sides: tuple[Read, Read]) -> tuple[Entity, ...]:
    """Return every row of both lists in the thing it belongs to, in the order of their ids."""
    many = len(sides[0].ids)
    group = np.arange(many + len(sides[1].ids))
    is_same = (pairs["verdict"] == "same").to_numpy()
    links = zip(
        pairs.loc[is_same, "first_row"], pairs.loc[is_same, "second_row"] + many, strict=True
    )
    for i, j in links:
        _join(group, int(i), int(j))
    found: dict[int, tuple[list[str], list[str], list[tuple[str, str]]]] = {}
    ids = np.concatenate([sides[0].ids, sides[1].ids])
    for row, one in enumerate(ids.tolist()):
        found.setdefault(_root(group, row), ([], [], []))[int(row >= many)].append(one)
    asked = pairs[pairs["verdict"] == "decide"]
    for i, j, a, b in asked[["first_row", "second_row", "first_id", "second_id"]].itertuples(
        index=False
    ):
        for root in dict.fromkeys((_root(group, i), _root(group, j + many))):
            found[root][2].append((a, b))
    return tuple(Entity(tuple(a), tuple(b), tuple(c)) for a, b, c in found.values())


def _root(group: NDArray[np.int64], row: int) -> int:
    while group[row] != row:
        group[row] = group[group[row]]
        row = int(group[row])
    return row


def _join(group: NDArray[np.int64], one: int, other: int) -> None:
    low, high = sorted((_root(group, one), _root(group, other)))
    group[high] = low
