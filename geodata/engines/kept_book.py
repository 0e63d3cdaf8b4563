"""The casebook that a store keeps, and how it grows by the lines that are new since.

An engine writes its new rows as lines of CSV, which become columns here without a Python
object per cell, and are put in the book's order.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import union_categoricals
from pyarrow import csv

from geodata.casebook import CASE_FACTS, ENTRY_FACTS, Casebook, casebook_of

CODE = pa.dictionary(pa.int32(), pa.string())
CASE_LINE: dict[str, pa.DataType] = {
    "entered": pa.int64(),
    **dict.fromkeys(CASE_FACTS, pa.string()),
    "is_demonstration": pa.bool_(),
}
LINK_LINE: dict[str, pa.DataType] = {"case": pa.int64(), "place": pa.int32(), "ref": pa.string()}
ENTRY_LINE: dict[str, pa.DataType] = {
    "case": pa.int64(),
    "number": pa.int32(),
    "kind": CODE,
    "occurred_on": pa.timestamp("s"),
    "recorded_at": pa.timestamp("us"),
    "due_on": pa.timestamp("s"),
    "ground": CODE,
    "corrects": pa.int32(),
    "ref": CODE,
}
"""What stands on a line: `case` is the `entered` of a case, the rest as in a casebook."""


@dataclass(frozen=True, eq=False)
class KeptBook:
    """A book, `entered` of the case at each of its positions, and how far it has been read.

    `read_to` are the highest `entered` of cases and of events that it holds.
    """

    book: Casebook
    entered: np.ndarray
    read_to: tuple[int, int]


@dataclass(frozen=True)
class NewLines:
    """Lines of CSV in the columns of CASE_LINE, LINK_LINE and ENTRY_LINE, each in some pieces.

    Texts are quoted; nothing stands for no day. `read_to` is as in KeptBook.
    """

    cases: Iterable[bytes | None]
    links: Iterable[bytes | None]
    entries: Iterable[bytes | None]
    read_to: tuple[int, int]


def empty_book() -> KeptBook:
    """Return the book of a store from which nothing has been read."""
    return KeptBook(casebook_of(()), np.array([], "int64"), (0, 0))


def grow(kept: KeptBook, lines: NewLines) -> KeptBook:
    """Return the book with new lines in their places; the old one stays as it is."""
    old = kept.book
    new_cases = _frame(lines.cases, CASE_LINE)
    cases, entered, place = _put_cases(kept, new_cases)
    at = np.zeros(entered.max(initial=0) + 1, "int32")
    at[entered] = np.arange(len(entered), dtype="int32")
    links = _frame(lines.links, LINK_LINE)
    entries = _frame(lines.entries, ENTRY_LINE)
    if len(links):
        links = links.sort_values(["case", "place"]).drop_duplicates(["case", "ref"])
    links["case"] = at[links["case"].to_numpy()]
    entries["case"] = at[entries["case"].to_numpy()]
    both_links = _join(_moved(old.links, place), links[["case", "ref"]])
    both_entries = _join(_moved(old.entries, place), entries[list(ENTRY_FACTS)])
    return KeptBook(
        Casebook(
            cases=cases,
            links=_sorted(both_links, both_links["case"].to_numpy("int64")),
            entries=_sorted(
                both_entries,
                (both_entries["case"].to_numpy("int64") << 32) + both_entries["number"].to_numpy(),
            ),
        ),
        entered,
        lines.read_to,
    )


def _put_cases(
    kept: KeptBook, new: pd.DataFrame
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray | None]:
    """Return the cases by id, their `entered`, and where those of the old book stand now."""
    if new.empty:
        return kept.book.cases, kept.entered, None
    both = pd.concat([kept.book.cases, new[list(CASE_FACTS)]], ignore_index=True)
    entered = np.concatenate([kept.entered, new["entered"].to_numpy()])
    order = pa.array(both["id"], pa.string()).to_numpy(zero_copy_only=False).argsort(kind="stable")
    place = np.empty(len(order), "int32")
    place[order] = np.arange(len(order), dtype="int32")
    return both.iloc[order].reset_index(drop=True), entered[order], place


def _moved(frame: pd.DataFrame, place: np.ndarray | None) -> pd.DataFrame:
    return frame if place is None else frame.assign(case=place[frame["case"].to_numpy()])


def _join(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return both one below the other; a column of codes knows the codes of both, sorted."""
    if new.empty:
        return old
    columns = {}
    for name in old.columns:
        both = [frame[name] for frame in (old, new) if len(frame)]
        if isinstance(old[name].dtype, pd.CategoricalDtype):
            columns[name] = pd.Series(union_categoricals(both, sort_categories=True))
        else:
            columns[name] = pd.concat(both, ignore_index=True)
    return pd.DataFrame(columns)


def _sorted(frame: pd.DataFrame, keys: np.ndarray) -> pd.DataFrame:
    if (keys[1:] >= keys[:-1]).all():
        return frame
    return frame.iloc[keys.argsort(kind="stable")].reset_index(drop=True)


def _frame(pieces: Iterable[bytes | None], types: dict[str, pa.DataType]) -> pd.DataFrame:
    whole = b"\n".join(piece for piece in pieces if piece)
    if not whole:
        return pa.table({name: pa.array([], kind) for name, kind in types.items()}).to_pandas()
    return csv.read_csv(
        io.BytesIO(whole),
        read_options=csv.ReadOptions(column_names=list(types)),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=types, strings_can_be_null=False),
    ).to_pandas()
