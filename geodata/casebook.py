"""All cases as three tables: one row per case, per hazard it was opened with, per entry.

A screen's figures ask of a hundred thousand cases at once: they are counted from these
columns (`standing.py`), while one case's file is still read as one value.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from geodata.lifecycle import WITHDRAWN
from geodata.model import Case, CaseEvent

HAZARD_KINDS = frozenset({"hazard_linked", "hazard_unlinked"})
"""The entries that change what hazards a case has; their detail `hazard` names one."""

NONE = 1_000_000_000
"""No day, where days are counted from 1970; later than every day."""

CASE_BITS, NUMBER_BITS = 40, 18
"""Where case, day and number lie in the one number that entries are sorted by."""

CASE_FACTS = (
    "id",
    "title_zh",
    "title_en",
    "jurisdiction",
    "kind",
    "field",
    "secondary_fields",
    "agency",
    "series",
    "shared_with",
    "lead_source",
    "rule_set",
    "came_from",
    "is_demonstration",
)
LINK_FACTS = ("case", "ref")
ENTRY_FACTS = (
    "case",
    "number",
    "kind",
    "occurred_on",
    "recorded_at",
    "due_on",
    "ground",
    "corrects",
    "ref",
)
"""The columns of an entry: what stages, clocks and links are judged by, nothing more."""


@dataclass(frozen=True, eq=False)
class Casebook:
    """Every case, the hazards it was opened with and its entries, as tables to look at.

    `cases`, sorted by id, index 0..n-1; texts are `str` (several codes joined by ";"),
    `is_demonstration` is bool.

    `links`, one row per hazard a case was opened with, in the order of the case: `case` int32
    (the position in `cases`), `ref` str ("layer:id").

    `entries`, sorted by case and number, every number from 0 on there: `case` int32, `number`
    int32, `kind` category, `occurred_on` datetime64[s], `recorded_at` datetime64[us] (UTC,
    without saying so), `due_on` datetime64[s] (NaT where none), `ground` category ("" where
    none), `corrects` int32 (-1 where none), `ref` category ("layer:id" in HAZARD_KINDS, else "").
    """

    cases: pd.DataFrame
    links: pd.DataFrame
    entries: pd.DataFrame

    def __len__(self) -> int:
        """Return how many cases there are."""
        return len(self.cases)

    @cached_property
    def words(self) -> list[str]:
        """Return what each case is found by (id, titles, agency, series), whatever its case."""
        columns = (self.cases[name] for name in ("id", "title_zh", "title_en", "agency", "series"))
        return ["\n".join(row).casefold() for row in zip(*columns, strict=True)]

    @cached_property
    def positions(self) -> dict[str, int]:
        """Return the position of every case by its id."""
        return {case_id: at for at, case_id in enumerate(self.cases["id"])}

    @cached_property
    def days(self) -> dict[str, np.ndarray]:
        """Return `occurred_on` and `due_on` of every entry in days since 1970, or NONE."""
        return {name: _numbered(self.entries[name]) for name in ("occurred_on", "due_on")}

    def in_effect(self, known_at: datetime | None = None) -> np.ndarray:
        """Return the places in `entries` of those that count, by case, day and number.

        As in `lifecycle.in_effect`, a correction stands where what it corrects stood. With
        `known_at`, only what had been entered by that instant counts.
        """
        return self._in_effect_now if known_at is None else _find_in_effect(self, known_at)

    @cached_property
    def _in_effect_now(self) -> np.ndarray:
        return _find_in_effect(self, None)


def casebook_of(cases: Iterable[Case]) -> Casebook:
    """Return the book of some cases, whatever their order; ids must differ."""
    ordered = sorted(cases, key=lambda case: case.id)
    return make_casebook(
        [_case_row(case) for case in ordered],
        [(at, str(ref)) for at, case in enumerate(ordered) for ref in dict.fromkeys(case.hazards)],
        [
            _entry_row(at, number, event)
            for at, case in enumerate(ordered)
            for number, event in enumerate(case.events)
        ],
    )


def make_casebook(
    cases: Sequence[tuple[Any, ...]],
    links: Sequence[tuple[Any, ...]],
    entries: Sequence[tuple[Any, ...]],
) -> Casebook:
    """Return the book of rows in the columns of CASE_FACTS, LINK_FACTS and ENTRY_FACTS.

    Rows stand in the book's order already. A day is a `date` or text (YYYY-MM-DD), None where
    there is none; `recorded_at` is a datetime or text, in UTC without saying so (`in_utc`).
    """
    return Casebook(
        cases=_frame(
            cases, CASE_FACTS, dict.fromkeys(CASE_FACTS, "str") | {"is_demonstration": bool}
        ),
        links=_frame(links, LINK_FACTS, {"case": "int32", "ref": "str"}),
        entries=_frame(
            entries,
            ENTRY_FACTS,
            {
                "case": "int32",
                "number": "int32",
                "kind": "category",
                "occurred_on": "datetime64[s]",
                "recorded_at": "datetime64[us]",
                "due_on": "datetime64[s]",
                "ground": "category",
                "corrects": "int32",
                "ref": "category",
            },
        ),
    )


def _frame(
    rows: Sequence[tuple[Any, ...]], names: Sequence[str], dtypes: dict[str, Any]
) -> pd.DataFrame:
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return pd.DataFrame(
        {name: _column(values, dtypes[name]) for name, values in zip(names, columns, strict=True)}
    )


def _column(values: Sequence[Any], dtype: Any) -> pd.Series:
    if str(dtype).startswith("datetime64"):
        return pd.Series(np.array(values, dtype))
    return pd.Series(list(values), dtype=dtype)


def _case_row(case: Case) -> tuple[Any, ...]:
    return (
        case.id,
        case.title.zh,
        case.title.en,
        case.jurisdiction,
        case.kind,
        case.field,
        ";".join(case.secondary_fields),
        case.agency,
        case.series,
        ";".join(case.shared_with),
        case.lead_source,
        case.rule_set,
        case.came_from,
        case.is_demonstration,
    )


def _entry_row(at: int, number: int, event: CaseEvent) -> tuple[Any, ...]:
    return (
        at,
        number,
        event.kind,
        event.occurred_on,
        in_utc(event.recorded_at),
        event.due_on,
        event.ground,
        -1 if event.corrects is None else event.corrects,
        event.detail("hazard") if event.kind in HAZARD_KINDS else "",
    )


def in_utc(instant: datetime) -> datetime:
    """Return an instant as UTC without its zone, as the entries' column has it.

    >>> in_utc(datetime.fromisoformat("2026-01-01T08:00:00+08:00"))
    datetime.datetime(2026, 1, 1, 0, 0)
    """
    return instant.astimezone(UTC).replace(tzinfo=None)


def _numbered(days: pd.Series) -> np.ndarray:
    stamps = days.to_numpy()
    numbers = stamps.astype("datetime64[D]").astype(np.int64)
    return np.where(np.isnat(stamps), NONE, numbers)


def _find_in_effect(book: Casebook, known_at: datetime | None) -> np.ndarray:
    entries = book.entries
    known = np.ones(len(entries), bool)
    if known_at is not None:
        known = entries["recorded_at"].to_numpy() <= np.datetime64(in_utc(known_at), "us")
    corrects = entries["corrects"].to_numpy() >= 0
    rows = np.flatnonzero(known & ~corrects)
    roots = entries["number"].to_numpy()[rows]
    corrections = np.flatnonzero(known & corrects)
    if len(corrections):
        rows, roots = _correct(entries, rows, corrections)
    days = book.days["occurred_on"][rows]
    case = entries["case"].to_numpy()[rows].astype(np.int64)
    # One number per row sorts quicker than three columns; all rows nearly stand in order already.
    early = days.min(initial=0)
    key = (case << CASE_BITS) + ((days - early) << NUMBER_BITS) + roots
    return np.asarray(rows[np.argsort(key, kind="stable")])


def _correct(
    entries: pd.DataFrame, plain: np.ndarray, corrections: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of entries once corrected, and the numbers under which they stand."""
    case, number = entries["case"].to_numpy(), entries["number"].to_numpy()
    changed = entries.iloc[corrections]
    facts = [changed[name].tolist() for name in ("case", "number", "corrects", "kind")]
    is_plain = np.zeros(len(entries), bool)
    is_plain[plain] = True
    is_replaced = np.zeros(len(entries), bool)
    roots: dict[tuple[int, int], int] = {}
    standing: dict[tuple[int, int], int] = {}
    for row, at, own, corrected, kind in zip(corrections.tolist(), *facts, strict=True):
        root = roots[at, own] = roots.get((at, corrected), corrected)
        original = row - own + root
        is_there = original < len(entries) and case[original] == at and is_plain[original]
        if is_there and root > own:
            continue  # what it corrects was entered only after it, and stands
        standing[at, root] = -1 if kind == WITHDRAWN else row
        if is_there:
            is_replaced[original] = True
    kept = plain[~is_replaced[plain]]
    new = [(row, root) for (_, root), row in standing.items() if row >= 0]
    rows, under = np.array(new, np.int64).reshape(-1, 2).T
    return np.concatenate([kept, rows]), np.concatenate([number[kept], under])
