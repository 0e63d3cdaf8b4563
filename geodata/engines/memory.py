"""Features and cases held in memory: for tests, and as the plainest answer to every question."""

import threading
from collections.abc import Sequence

import geopandas as gpd
import pandas as pd

from geodata.casebook import Casebook, casebook_of
from geodata.engines.case_rows import apply_changes, check_storable, id_of
from geodata.errors import UnknownLayer
from geodata.model import Case, CaseEvent, RevisionNote, Scope
from geodata.selection import select, select_case
from geodata.store import Change, NewCase, NewEntry


class MemoryFeatures:
    """A feature store that is gone when the process ends."""

    def __init__(self) -> None:
        """Start empty."""
        self._frames: dict[str, gpd.GeoDataFrame] = {}
        self._notes: dict[str, RevisionNote] = {}
        self._aside: list[pd.DataFrame] = []
        self._writes = 0
        self._lock = threading.Lock()

    def layers(self) -> tuple[str, ...]:
        """Return the ids of the layers that have been written."""
        return tuple(sorted(self._frames))

    def read(self, layer_id: str, scope: Scope = Scope()) -> gpd.GeoDataFrame:
        """Return the features of a layer within a scope; raise UnknownLayer."""
        if layer_id not in self._frames:
            raise UnknownLayer(layer_id, self.layers())
        return select(self._frames[layer_id], scope).copy()

    def tally(self, layer_id: str, by: tuple[str, ...]) -> pd.DataFrame:
        """Return the number of features per combination of columns, column `count`."""
        return tally_frame(self.read(layer_id), by)

    def write(
        self, layer_id: str, frame: gpd.GeoDataFrame, note: RevisionNote, *, replace: bool = False
    ) -> str:
        """Add features, newer ones in the place of older ones; return the revision."""
        with self._lock:
            old = None if replace else self._frames.get(layer_id)
            self._frames[layer_id] = merge_by_id(old, frame)
            self._notes[layer_id] = note
            self._writes += 1
            return self.revision()

    def set_aside(self, layer_id: str, rows: pd.DataFrame, note: RevisionNote) -> str:
        """Keep rows that could not be taken; return their place in the list."""
        del note
        self._aside.append(rows.assign(layer=layer_id))
        return f"memory:{len(self._aside) - 1}"

    def revision(self) -> str:
        """Return the number of writes so far."""
        return str(self._writes)

    def notes(self) -> dict[str, RevisionNote]:
        """Return the note of the newest write of each layer."""
        return dict(self._notes)


class MemoryCases:
    """A case store that is gone when the process ends."""

    def __init__(self, cases: Sequence[Case] = ()) -> None:
        """Start with the given cases."""
        self._cases = {case.id: case for case in cases}
        self._book: Casebook | None = None
        self._lock = threading.Lock()
        self._writes = 0

    def get(self, case_id: str) -> Case:
        """Return one case; raise KeyError if there is none."""
        return self._cases[case_id]

    def find(self, scope: Scope = Scope()) -> tuple[Case, ...]:
        """Return the cases of a scope, by id."""
        cases = sorted(self._cases.values(), key=lambda case: case.id)
        return tuple(case for case in cases if select_case(case, scope))

    def casebook(self) -> Casebook:
        """Return all cases and entries as columns, made anew after a write."""
        with self._lock:
            if self._book is None:
                self._book = casebook_of(self._cases.values())
            return self._book

    def add(self, case: Case) -> None:
        """Store a new case; raise CaseTaken if the id is taken."""
        self.write([NewCase(case)])

    def record(self, case_id: str, event: CaseEvent, seen: int) -> Case:
        """Append one entry; raise StaleEdit if the case has changed since it was seen."""
        return self.write([NewEntry(case_id, event, seen)])[0]

    def write(self, changes: Sequence[Change]) -> tuple[Case, ...]:
        """Make several changes, all or none; return the case of each as it stands after all."""
        check_storable(changes)
        with self._lock:
            self._cases = apply_changes(changes, self._cases)
            self._writes += bool(changes)
            self._book = None
            return tuple(self._cases[id_of(change)] for change in changes)

    def revision(self) -> str:
        """Return the number of writes so far."""
        return str(self._writes)


def merge_by_id(old: gpd.GeoDataFrame | None, new: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return old and new rows as one frame; a new row takes the place of the old of its id."""
    if old is None or old.empty:
        return new.reset_index(drop=True)
    kept = old[~old["id"].isin(new["id"])]
    if kept.empty:
        return new.reset_index(drop=True)
    return gpd.GeoDataFrame(pd.concat([kept, new], ignore_index=True), crs=new.crs)


def tally_frame(frame: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    """Return the number of rows per combination of columns, column `count`."""
    return frame.groupby(list(by), dropna=False).size().rename("count").reset_index()


def open_feature_store(place: str) -> MemoryFeatures:
    """Return an empty store in memory; the place has no meaning here."""
    del place
    return MemoryFeatures()


def open_case_store(place: str) -> MemoryCases:
    """Return an empty store in memory; the place has no meaning here."""
    del place
    return MemoryCases()
