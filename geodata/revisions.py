"""What a write does to a layer: which rows come, change and close, and what the way back is.

A layer's state is its current rows and its closed ones. A row that is changed or taken out is
never lost: it is closed with the day of the write (`valid_to`), and the row in its place begins
on that day (`valid_from`). Engines only keep states; what follows from what is said here.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.errors import RepeatedIds
from geodata.lifecycle import OFFICE_TIME
from geodata.model import RevisionNote

FROM, TO = "valid_from", "valid_to"
Mask = NDArray[np.bool_]
Change = Literal["added", "changed", "removed"]


@dataclass(frozen=True)
class Revision:
    """One write to a layer: who, when, from which file, and how many rows it touched.

    `closed` counts the rows that were taken out; `takes_back` is the id of the revision that
    this one undid, or blank.
    """

    id: str
    layer: str
    note: RevisionNote
    added: int = 0
    changed: int = 0
    closed: int = 0
    takes_back: str = ""


@dataclass(frozen=True)
class Aside:
    """Rows that could not be taken, as the bytes of a CSV file, and the name they are kept by."""

    name: str
    content: bytes


@dataclass(frozen=True)
class State:
    """The rows of a layer after a revision, in EPSG:4490: those that hold, and closed ones.

    A closed row held from `valid_from` up to, and not on, `valid_to`.
    """

    current: gpd.GeoDataFrame
    closed: gpd.GeoDataFrame

    def on(self, day: date | None) -> gpd.GeoDataFrame:
        """Return the rows that held on a day, those that hold now without one."""
        if day is None:
            return self.current
        closed = self.closed[_begun(self.closed, day) & (_days(self.closed, TO) > _stamp(day))]
        return _joined(self.current[_begun(self.current, day)], closed)


@dataclass(frozen=True)
class Step:
    """A state and how many rows were added, changed and closed on the way to it."""

    state: State
    added: int
    changed: int
    closed: int

    @property
    def is_still(self) -> bool:
        """Return whether nothing changed."""
        return not (self.added or self.changed or self.closed)


def name_aside(layer_id: str, note: RevisionNote) -> str:
    """Return the name that rows of a write which were set aside are kept by."""
    stem = re.sub(r"[^\w.-]", "_", Path(note.source_name).stem) or "rows"
    return f"{layer_id}.{stem}.{note.recorded_at.strftime('%Y%m%dT%H%M%S')}.csv"


def day_of(note: RevisionNote) -> date:
    """Return the day of a write, as the office's clock has it."""
    return note.recorded_at.astimezone(OFFICE_TIME).date()


def is_same_source(note: RevisionNote, other: RevisionNote) -> bool:
    """Return whether two writes bring the same file, understood the same way."""
    return (note.source_sha256, note.mapping, note.system) == (
        other.source_sha256,
        other.mapping,
        other.system,
    )


# ------------------------------------------------------------------------- steps


def after_write(
    old: State | None, frame: gpd.GeoDataFrame, note: RevisionNote, *, replace: bool = False
) -> Step:
    """Return the state after rows were written over an older one.

    A row of a known id that says something new takes the old one's place; one that says the
    same leaves it as it is. With `replace`, rows that are not in the frame are closed.
    Raises RepeatedIds if the frame has an id twice or a row without one.
    """
    new = _with_days(frame)
    _refuse_repeated(new)
    if old is None:
        old = State(new.iloc[:0], new.iloc[:0])
    day = _stamp(day_of(note))
    place = pd.Index(old.current["id"]).get_indexer(new["id"])
    is_known = place >= 0
    is_same = np.zeros(len(new), bool)
    if is_known.any():
        known = old.current.iloc[place[is_known]]
        is_same[is_known] = ~differing(known, new[is_known]).any(axis=1)
    entering = new[~is_same]
    leaves = np.full(len(old.current), replace)
    leaves[place[is_known]] = ~is_same[is_known]
    leaving = old.current[leaves]
    until = _not_before(_days(leaving, FROM), day)
    leaving = leaving.assign(**{TO: _as_dates(until)})
    closed = _joined(old.closed, leaving)
    entering = entering.assign(**{FROM: _begin(entering, closed, day), TO: None})
    changed = int((is_known & ~is_same).sum())
    return Step(
        State(_joined(old.current[~leaves], entering), closed),
        added=len(entering) - changed,
        changed=changed,
        closed=int(leaves.sum()) - changed,
    )


def after_take_back(before: State, after: State, now: State) -> Step | None:
    """Return the state in which the step from `before` to `after` is undone, all else kept.

    None if rows of that step have been touched since.
    """
    ids = touched(before, after)
    if not ids.isdisjoint(touched(after, now)):
        return None
    returning = before.current[before.current["id"].isin(ids)]
    leaving = set(now.current["id"]) & ids
    returning_ids = set(returning["id"])
    state = State(
        _joined(now.current[~now.current["id"].isin(ids)], returning),
        _joined(
            now.closed[~now.closed["id"].isin(ids)],
            before.closed[before.closed["id"].isin(ids)],
        ),
    )
    return Step(
        state,
        added=len(returning_ids - leaving),
        changed=len(returning_ids & leaving),
        closed=len(leaving - returning_ids),
    )


def touched(before: State, after: State) -> set[str]:
    """Return the ids whose rows are not the same in two states, the closed ones counted too."""
    old, new = before.current, after.current
    place = pd.Index(old["id"]).get_indexer(new["id"])
    both = place >= 0
    differs = differing(old.iloc[place[both]], new[both], with_days=True).any(axis=1).to_numpy()
    ids = {*new["id"][~both], *new["id"][both][differs], *old["id"][~old["id"].isin(new["id"])]}
    counts = [one.closed["id"].value_counts() for one in (before, after)]
    closed = counts[0].sub(counts[1], fill_value=0)
    return ids | set(closed.index[closed != 0])


def compare(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return what became of rows, by id: columns id, change, columns, before, after.

    `change` is added, changed or removed; of a changed row `columns` names, joined by ";", what
    differs, and `before` and `after` hold the two values of each by name.
    """
    old, new = before.reset_index(drop=True), after.reset_index(drop=True)
    place = pd.Index(old["id"]).get_indexer(new["id"])
    both = place >= 0
    left, right = old.iloc[place[both]], new[both]
    differs = differing(left, right)
    matrix, columns = differs.to_numpy(bool), [str(name) for name in differs]
    rows: list[dict[str, object]] = [
        {"id": one, "change": "removed", "columns": "", "before": {}, "after": {}}
        for one in old["id"][~old["id"].isin(new["id"])]
    ]
    for place_in_both in np.flatnonzero(matrix.any(axis=1)).tolist():
        names = [columns[one] for one in np.flatnonzero(matrix[place_in_both])]
        rows.append(
            {
                "id": right["id"].iloc[place_in_both],
                "change": "changed",
                "columns": ";".join(names),
                "before": {name: _cell(left, name, place_in_both) for name in names},
                "after": {name: _cell(right, name, place_in_both) for name in names},
            }
        )
    rows += [
        {"id": one, "change": "added", "columns": "", "before": {}, "after": {}}
        for one in new["id"][~both]
    ]
    return pd.DataFrame(rows, columns=["id", "change", "columns", "before", "after"])


def differing(
    left: gpd.GeoDataFrame, right: gpd.GeoDataFrame, *, with_days: bool = False
) -> pd.DataFrame:
    """Return per column where two frames of equal length differ, row by row.

    A column that a frame has not is blank in every row of it; days of validity are left out
    unless asked for.
    """
    names = dict.fromkeys([*left.columns, *right.columns])
    if not with_days:
        names = {name: None for name in names if name not in {FROM, TO}}
    return pd.DataFrame({name: _differs(left, right, name) for name in names})


def _differs(left: gpd.GeoDataFrame, right: gpd.GeoDataFrame, name: str) -> Mask:
    if name == "geometry":
        ours, theirs = (shapely.to_wkb(one.geometry.to_numpy()) for one in (left, right))
        return np.array(ours != theirs, bool).reshape(len(left))
    a, b = (
        one[name].reset_index(drop=True) if name in one else pd.Series([None] * len(one))
        for one in (left, right)
    )
    if pd.api.types.is_datetime64_any_dtype(a) != pd.api.types.is_datetime64_any_dtype(b):
        a, b = pd.to_datetime(a), pd.to_datetime(b)
    blank = a.isna().to_numpy(), b.isna().to_numpy()
    differs: Mask = blank[0] != blank[1]
    full = ~(blank[0] | blank[1])
    x, y = (one.astype(object).to_numpy()[full] for one in (a, b))
    differs[full] = np.array(x != y, bool).reshape(len(x))
    return differs


def _cell(frame: gpd.GeoDataFrame, name: str, row: int) -> object:
    """Return a cell as a person reads it: shapes as WKT, blanks as None."""
    value = frame[name].iloc[row] if name in frame else None
    if name == "geometry":
        return None if value is None else shapely.to_wkt(value, rounding_precision=7)
    return None if pd.isna(value) else value


# -------------------------------------------------------------------------- days


def _with_days(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    new = gpd.GeoDataFrame(frame.reset_index(drop=True))
    return new.assign(**{name: None for name in (FROM, TO) if name not in new})


def _days(frame: pd.DataFrame, name: str) -> pd.Series:
    return pd.to_datetime(frame[name]).astype("datetime64[s]")


def _as_dates(stamps: pd.Series) -> pd.Series:
    days = [None if pd.isna(one) else one.date() for one in stamps]
    return pd.Series(days, stamps.index, dtype=object)


def _stamp(day: date) -> pd.Timestamp:
    return pd.Timestamp(day)


def _begun(frame: pd.DataFrame, day: date) -> pd.Series:
    """Return where rows hold already on a day; those that say no beginning always do."""
    begin = _days(frame, FROM)
    return begin.isna() | (begin <= _stamp(day))


def _begin(entering: pd.DataFrame, closed: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    """Return the day from which rows hold: their own or none, the write's after a closed one."""
    if closed.empty:
        return _as_dates(_days(entering, FROM))
    ends = pd.Series(_days(closed, TO).to_numpy(), closed["id"].to_numpy(object))
    last = ends.groupby(level=0).max().reindex(entering["id"].to_numpy(object))
    begin = _days(entering, FROM)
    follows = last.notna().to_numpy()
    begin[follows] = _not_before(last[follows], day).to_numpy()
    return _as_dates(begin)


def _not_before(days: pd.Series, day: pd.Timestamp) -> pd.Series:
    return days.where(days >= day, day)


def _joined(first: gpd.GeoDataFrame, second: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return two frames as one; one without rows leaves the other's columns as they are."""
    if first.empty or second.empty:
        return (first if second.empty else second).reset_index(drop=True)
    return gpd.GeoDataFrame(pd.concat([first, second], ignore_index=True), crs=second.crs)


def _refuse_repeated(frame: pd.DataFrame) -> None:
    ids = frame["id"]
    wrong = ids[ids.isna() | ids.duplicated()]
    if len(wrong):
        shown = ", ".join(dict.fromkeys("-" if pd.isna(one) else str(one) for one in wrong[:20]))
        raise RepeatedIds(ids=shown, count=len(wrong))


# ---------------------------------------------------------------------- contents


def digest(frame: gpd.GeoDataFrame) -> str:
    """Return a SHA-256 of what rows say, in whatever order and engine they are kept.

    A whole number counts as the same decimal one, a missing column as a blank one.
    """
    ordered = frame.sort_values([name for name in ("id", FROM, TO) if name in frame], kind="stable")
    columns = {name: list(_plain(ordered, name)) for name in sorted(ordered.columns)}
    filled = {name: cells for name, cells in columns.items() if any(cells)}
    lines = sorted("\x1f".join(row) for row in zip(*filled.values(), strict=True))
    head = json.dumps([len(frame), *filled], ensure_ascii=False)
    return hashlib.sha256("\x1e".join([head, *lines]).encode("utf-8", "surrogatepass")).hexdigest()


def _plain(frame: gpd.GeoDataFrame, name: str) -> Iterator[str]:
    if name == "geometry":
        yield from (one or "" for one in shapely.to_wkb(frame.geometry.to_numpy(), hex=True))
        return
    for one in frame[name]:
        if pd.api.types.is_scalar(one) and pd.isna(one):
            yield ""
        elif isinstance(one, str):
            yield f"'{one}"
        elif isinstance(one, bool | np.bool_):
            yield str(bool(one))
        elif isinstance(one, int | float | np.number):
            yield repr(float(one))
        elif isinstance(one, datetime):
            is_day = (one.hour, one.minute, one.second, one.microsecond) == (0, 0, 0, 0)
            yield (one.date() if is_day else one).isoformat()
        else:
            yield str(one)


def note_to_json(note: RevisionNote) -> dict[str, Any]:
    """Return a note as plain values."""
    facts = asdict(note)
    facts["recorded_at"] = note.recorded_at.isoformat()
    facts["data_on"] = note.data_on.isoformat() if note.data_on else None
    return facts


def note_from_json(facts: dict[str, Any]) -> RevisionNote:
    """Return the note that plain values hold."""
    return RevisionNote(
        **{
            **facts,
            "recorded_at": datetime.fromisoformat(facts["recorded_at"]),
            "data_on": date.fromisoformat(facts["data_on"]) if facts["data_on"] else None,
            "mapping": tuple((a, b) for a, b in facts["mapping"]),
            "extra": tuple((a, b) for a, b in facts["extra"]),
        }
    )


def later_than(revisions: Iterable[Revision], revision: Revision) -> tuple[Revision, ...]:
    """Return the revisions of the same layer that came after one."""
    same = [one for one in revisions if one.layer == revision.layer]
    return tuple(one for one in same if int(one.id) > int(revision.id))
