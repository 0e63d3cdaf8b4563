"""What is counted for one figure: which cases, documents or places, and which of them count.

A tally keeps its lists as columns; a figure that opens shows the very rows it was made of.
Days are counted as whole numbers (days since 1970), as in `geodata.casebook`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.case_file import number_in
from geodata.casebook import NONE, Casebook
from geodata.lifecycle import OFFICE_TIME
from geodata.model import FOREIGN, Case
from geodata.rule_set import RuleSet
from geodata.standing import Standing

Timing = Literal["period", "stock"]
Shape = Literal["count", "rate", "sum", "median", "mean", "none"]

COUNTED, TAKEN_OF, LEFT_OUT = 1, 0, -1
"""What part a row has: in the numerator, in the denominator alone, in neither (and said so)."""

TOLD_KINDS = frozenset(
    {"outcome_stated", "agency_replied", "item_replied", "first_instance_judgment"}
)
"""The entries whose details figures are counted from, beyond what a casebook keeps."""

TOLD_FACTS = (
    *("case", "number", "outcome", "outcome_state", "amount", "land_class"),
    *("item", "answer", "judgment"),
)


@dataclass(frozen=True)
class Figure:
    """One figure: its unit, whether it is of a period or of a day, and what it counts.

    `unit` is a key of the locales (case, document, meeting, place, m2, tonne, yuan, day, none).
    `lists` says what its rows are; `by` names what it is broken down by, "" for nothing: a code
    list of the rule set, or "stages" or "layers". `certainty` is as in a rule set; `part_of`
    names the figure under which it is shown.
    """

    id: str
    unit: str
    timing: Timing
    shape: Shape = "count"
    lists: Literal["cases", "documents", "hazards"] = "cases"
    by: str = ""
    certainty: str = "proposal"
    part_of: str = ""


@dataclass(frozen=True)
class Value:
    """What a figure says: the number in its unit (a share for a rate), and of how many rows.

    `number` is None where there is nothing to divide by or to take the middle of; `of` is the
    denominator of a rate.
    """

    number: float | None
    count: int
    of: int | None = None


@dataclass(frozen=True, eq=False)
class Tally:
    """The rows of one figure, as columns of one length.

    `case` is the position in the book, `row` the place in `book.entries` of the entry that
    makes it count (-1 where none does), `part` is COUNTED, TAKEN_OF or LEFT_OUT, `amount` is in
    the unit of the figure (NaN where there is none), `group` is a code, `office` whose row it
    is, `ref` the hazard ("layer:id") of figures that list hazards. `many` is how many features
    of a large layer a row stands for, which are counted without being listed; None for one each.
    """

    figure: Figure
    book: Casebook
    case: np.ndarray
    row: np.ndarray
    part: np.ndarray
    amount: np.ndarray
    group: np.ndarray
    office: np.ndarray
    ref: np.ndarray
    many: np.ndarray | None = None

    def __len__(self) -> int:
        """Return how many rows there are, those left out among them."""
        return len(self.part)

    def within(self, offices: Collection[str]) -> "Tally":
        """Return the tally of some offices alone; of none named, of all."""
        return self.where(np.isin(self.office, list(offices))) if offices else self

    def where(self, keep: np.ndarray) -> "Tally":
        """Return the tally without the other rows."""
        names = ["case", "row", "part", "amount", "group", "office", "ref"]
        names += [] if self.many is None else ["many"]
        return replace(self, **{name: getattr(self, name)[keep] for name in names})

    @property
    def counts(self) -> np.ndarray:
        """Return for how many things each row stands."""
        return np.ones(len(self), np.int64) if self.many is None else self.many

    @property
    def ids(self) -> np.ndarray:
        """Return what each row is: a case's id, "case:entry" for a document, or a hazard."""
        if self.figure.lists == "hazards":
            return self.ref
        ids = self.book.cases["id"].to_numpy(object)[self.case]
        if self.figure.lists == "cases":
            return np.asarray(ids)
        numbers = self.book.entries["number"].to_numpy()[self.row]
        pairs = zip(ids, numbers.tolist(), strict=True)
        return np.array([f"{one}:{number}" for one, number in pairs], object)

    @property
    def counted(self) -> tuple[str, ...]:
        """Return the ids of the numerator, or of everything that is counted."""
        return tuple(self.ids[self.part == COUNTED])

    @property
    def of(self) -> tuple[str, ...]:
        """Return the ids of the denominator."""
        return tuple(self.ids[self.part >= TAKEN_OF])

    @property
    def left_out(self) -> tuple[str, ...]:
        """Return the ids that are in neither, because they are not due or not entered."""
        return tuple(self.ids[self.part == LEFT_OUT])

    @property
    def value(self) -> Value:
        """Return what the figure says."""
        counted = int(self.counts[self.part == COUNTED].sum())
        of = int(self.counts[self.part >= TAKEN_OF].sum())
        shape = self.figure.shape
        if shape == "none":
            return Value(None, 0)
        if shape == "rate":
            return Value(counted / of if of else None, counted, of)
        if shape == "sum":
            return Value(float(self.amount[self.part == COUNTED].sum()), counted)
        if shape == "median":
            amounts = self.amount[self.part == COUNTED]
            return Value(float(np.median(amounts)) if counted else None, counted)
        if shape == "mean":
            return Value(float(self.amount.mean()) if of else None, counted, of)
        return Value(float(counted), counted)

    def by_group(self) -> dict[str, Value]:
        """Return what the figure says for each code that it is broken down by."""
        groups = dict.fromkeys(sorted(set(self.group.tolist())))
        return {one: self.where(self.group == one).value for one in groups}

    @property
    def days(self) -> np.ndarray:
        """Return the day of the entry of each row, NONE where there is none."""
        found = np.full(len(self), NONE, np.int64)
        has = self.row >= 0
        found[has] = self.book.days["occurred_on"][self.row[has]]
        return found

    @property
    def recorded(self) -> np.ndarray:
        """Return when the entry of each row was made (UTC, datetime64[us]), NaT where none is."""
        found = np.full(len(self), np.datetime64("NaT"), "datetime64[us]")
        has = self.row >= 0
        stamps = self.book.entries["recorded_at"].to_numpy().astype("datetime64[us]")
        found[has] = stamps[self.row[has]]
        return found


LIST_COLUMNS = (
    *("id", "part", "case", "number", "title_zh", "title_en", "office", "agency"),
    *("on", "recorded_on", "amount", "group", "ref", "is_demonstration", "many"),
)


def tabulate(tally: Tally) -> pd.DataFrame:
    """Return the rows of a tally with what stands in the book, in LIST_COLUMNS.

    `on` is the day of the entry that makes it count and `recorded_on` the day (of the offices'
    clocks) on which that was entered, None where there is no entry; what is not of a case has
    no case, title or agency. Numerator first, then the rest, each by id.
    """
    has_case, has_row = tally.case >= 0, tally.row >= 0
    cases = tally.book.cases.iloc[tally.case[has_case]]
    numbers = np.full(len(tally), None, object)
    numbers[has_row] = tally.book.entries["number"].to_numpy()[tally.row[has_row]]
    recorded = pd.Series(tally.recorded).dt.tz_localize("UTC").dt.tz_convert(OFFICE_TIME)
    columns: dict[str, object] = {
        "id": tally.ids,
        "part": tally.part,
        "number": numbers,
        "office": tally.office,
        "on": [
            None if one == NONE else date(1970, 1, 1) + timedelta(int(one)) for one in tally.days
        ],
        "recorded_on": recorded.dt.date.astype(object).where(recorded.notna(), None).to_numpy(),
        "amount": tally.amount,
        "group": tally.group,
        "ref": tally.ref,
        "many": tally.counts,
    }
    for name, fact in (
        *(("case", "id"), ("title_zh", "title_zh"), ("title_en", "title_en")),
        *(("agency", "agency"), ("is_demonstration", "is_demonstration")),
    ):
        column = np.full(len(tally), "", object)
        column[has_case] = cases[fact].to_numpy(object)
        columns[name] = column
    frame = pd.DataFrame(columns, columns=list(LIST_COLUMNS))
    return frame.sort_values(["part", "id"], ascending=[False, True], ignore_index=True)


@dataclass(frozen=True, eq=False)
class Ground:
    """All that figures are counted from: the book on a day, and the period that ends on it.

    `last` is the cut-off, both ends are in the period. `told` has TOLD_FACTS (`find_told`),
    `features` are the known ones of `layers.situation`, needed by figures of hazards alone, and
    `crowd` counts those of large layers that are not among them.
    `judge_on` says how all cases stood on a day, with the same knowledge (`known_at`).
    Cases of other regions are examples and are on no ground.
    """

    book: Casebook
    first: date
    last: date
    rules_of: Callable[[str], RuleSet]
    judge_on: Callable[[date], Standing]
    told: pd.DataFrame
    features: gpd.GeoDataFrame | None = None
    known_at: datetime | None = None
    crowd: pd.DataFrame | None = None

    @cached_property
    def standing(self) -> Standing:
        """Return how every case stood on the last day."""
        return self.judge_on(self.last)

    @cached_property
    def is_own(self) -> np.ndarray:
        """Return for every case whether it is one of the city's."""
        return ~self.book.cases["jurisdiction"].str.startswith(FOREIGN).to_numpy(bool)

    @cached_property
    def rows(self) -> np.ndarray:
        """Return where the entries in effect by the last day stand, by case and day."""
        rows = self.book.in_effect(self.known_at)
        is_there = self.book.days["occurred_on"][rows] <= day_number(self.last)
        return np.asarray(rows[is_there & self.is_own[self._cases[rows]]])

    @cached_property
    def _cases(self) -> np.ndarray:
        return self.book.entries["case"].to_numpy()

    @cached_property
    def _rows_of_kind(self) -> Mapping[str, np.ndarray]:
        kinds = self.book.entries["kind"].cat
        codes = kinds.codes.to_numpy()[self.rows]
        order = np.argsort(codes, kind="stable")
        bounds = np.searchsorted(codes[order], np.arange(len(kinds.categories) + 1))
        return {
            kind: self.rows[np.sort(order[begins:ends])]
            for kind, begins, ends in zip(kinds.categories, bounds, bounds[1:], strict=False)
        }

    @cached_property
    def _rank(self) -> np.ndarray:
        rank = np.full(len(self.book.entries), -1)
        rank[self.rows] = np.arange(len(self.rows))
        return rank

    def of(self, *kinds: str) -> np.ndarray:
        """Return where the entries of some kinds stand, by case and day."""
        found = [self._rows_of_kind[one] for one in kinds if one in self._rows_of_kind]
        together = np.concatenate([np.empty(0, np.int64), *found])
        return np.asarray(together[np.argsort(self._rank[together], kind="stable")])

    def case(self, rows: np.ndarray) -> np.ndarray:
        """Return the position of the case of some entries."""
        return np.asarray(self._cases[rows])

    def day(self, rows: np.ndarray) -> np.ndarray:
        """Return the days of some entries."""
        return np.asarray(self.book.days["occurred_on"][rows])

    def in_period(self, rows: np.ndarray) -> np.ndarray:
        """Return those of some entries that happened in the period."""
        return np.asarray(rows[self.day(rows) >= day_number(self.first)])

    def first_of(self, rows: np.ndarray) -> np.ndarray:
        """Return for every case where the first of some entries stands, -1 where none does."""
        found = np.full(len(self.book), -1, np.int64)
        found[self.case(rows[::-1])] = rows[::-1]
        return found

    def last_of(self, rows: np.ndarray) -> np.ndarray:
        """Return for every case where the last of some entries stands, -1 where none does."""
        found = np.full(len(self.book), -1, np.int64)
        found[self.case(rows)] = rows
        return found

    def days_of(self, found: np.ndarray) -> np.ndarray:
        """Return the days of entries of which some are -1: NONE there."""
        days = np.full(len(found), NONE, np.int64)
        days[found >= 0] = self.day(found[found >= 0])
        return days

    def facts(self, name: str) -> np.ndarray:
        """Return a column of the cases as objects."""
        return np.asarray(self.book.cases[name].to_numpy(object))

    def told_of(self, rows: np.ndarray) -> pd.DataFrame:
        """Return what some entries tell in their details, a row for each, in TOLD_FACTS."""
        numbers = self.book.entries["number"].to_numpy()[rows]
        asked = pd.DataFrame({"case": self.case(rows), "number": numbers})
        found = asked.merge(self.told, on=["case", "number"], how="left")
        words = [name for name in TOLD_FACTS if name not in {"case", "number", "amount"}]
        return found.assign(**{name: found[name].fillna("").astype(object) for name in words})

    def tally(
        self,
        figure: Figure,
        case: np.ndarray,
        row: np.ndarray,
        part: np.ndarray | int = COUNTED,
        *,
        amount: np.ndarray | None = None,
        group: np.ndarray | None = None,
    ) -> Tally:
        """Return the tally of some cases, each with the entry that makes it count."""
        size = len(case)
        return Tally(
            figure=figure,
            book=self.book,
            case=np.asarray(case, np.int64),
            row=np.asarray(row, np.int64),
            part=np.full(size, part, np.int8) if isinstance(part, int) else part.astype(np.int8),
            amount=np.full(size, np.nan) if amount is None else amount.astype(float),
            group=np.full(size, "", object) if group is None else group,
            office=self.facts("jurisdiction")[case],
            ref=np.full(size, "", object),
        )

    def tally_rows(
        self, figure: Figure, rows: np.ndarray, group: np.ndarray | None = None
    ) -> Tally:
        """Return the tally in which every one of some entries counts."""
        return self.tally(figure, self.case(rows), rows, group=group)


def day_number(day: date) -> int:
    """Return a day as the number of days since 1970.

    >>> day_number(date(1970, 1, 11))
    10
    """
    return (day - date(1970, 1, 1)).days


def empty_told() -> pd.DataFrame:
    """Return the table of details of no entry."""
    return told_frame(())


def find_told(cases: Iterable[Case], positions: Mapping[str, int]) -> pd.DataFrame:
    """Return what the entries of TOLD_KINDS say in their details, a row each, in TOLD_FACTS.

    `positions` are those of the book; an amount that is no number is NaN.
    """
    return told_frame(
        (positions[case.id], number, *told_in(event.details))
        for case in cases
        for number, event in enumerate(case.events)
        if event.kind in TOLD_KINDS
    )


def told_in(details: Sequence[tuple[str, str]]) -> tuple[object, ...]:
    """Return what an entry's details say, in TOLD_FACTS without case and number."""
    told = dict(details)
    return (
        told.get("outcome", ""),
        told.get("outcome_state", ""),
        _amount(told.get("amount", "")),
        told.get("land_class", ""),
        told.get("item", "").strip(),
        told.get("answer", ""),
        told.get("judgment", ""),
    )


def told_frame(rows: Iterable[tuple[object, ...]]) -> pd.DataFrame:
    """Return rows in TOLD_FACTS as a table."""
    frame = pd.DataFrame(list(rows), columns=list(TOLD_FACTS), dtype=object)
    return frame.astype({"case": "int64", "number": "int64", "amount": "float64"})


def _amount(text: str) -> float:
    number = number_in(text)
    return float("nan") if number is None else number
