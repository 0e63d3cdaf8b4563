"""Features and cases held in memory: for tests, and as the plainest answer to every question."""

import threading
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from geodata.casebook import Casebook, casebook_of
from geodata.engines.case_rows import apply_changes, check_storable, id_of
from geodata.errors import LaterWrites, UnknownLayer, UnknownRevision
from geodata.model import Case, CaseEvent, Overlay, RevisionNote, Scope
from geodata.overlay import Met, Told, meet, untold
from geodata.revisions import (
    Aside,
    Revision,
    State,
    Step,
    after_take_back,
    after_write,
    compare,
    is_same_source,
    later_than,
    name_aside,
    touched,
)
from geodata.selection import select, select_case
from geodata.store import Change, Detailed, FeatureStore, NewCase, NewEntry
from geodata.tiles import Look, Signs, Span, TileAddress

if TYPE_CHECKING:
    from geodata.engines.memory_findings import MemoryFindings
    from geodata.layer_index import LayerIndex


class MemoryFeatures:
    """A feature store that is gone when the process ends."""

    def __init__(self) -> None:
        """Start empty."""
        self._states: dict[str, dict[str, State]] = {}
        self._revisions: list[Revision] = []
        self._aside: dict[str, bytes] = {}
        self._lock = threading.RLock()
        self._indices: dict[str, tuple[State, LayerIndex]] = {}

    def layers(self) -> tuple[str, ...]:
        """Return the ids of the layers that have been written."""
        return tuple(sorted(self._states))

    def read(
        self, layer_id: str, scope: Scope = Scope(), as_of: date | None = None
    ) -> gpd.GeoDataFrame:
        """Return the features of a layer within a scope; raise UnknownLayer."""
        return select(self.state(layer_id).on(as_of), scope).copy()

    def pairs(self, overlay: Overlay, scope: Scope = Scope(), told: Told = untold) -> Met:
        """Return which features of two layers meet now, and how much."""
        del told  # it does not take long
        return meet(self.read(overlay.first, scope), self.read(overlay.second), overlay)

    def tally(self, layer_id: str, by: tuple[str, ...]) -> pd.DataFrame:
        """Return the number of features per combination of columns, column `count`."""
        return tally_frame(self.read(layer_id), by)

    def count(self, layer_id: str) -> int:
        """Return how many features of a layer hold now."""
        return len(self.state(layer_id).current)

    def rows(self, layer_id: str, ids: Iterable[str]) -> gpd.GeoDataFrame:
        """Return the features of a layer with some ids; unknown ids are passed over."""
        frame = self.state(layer_id).current
        return frame[frame["id"].isin(list(ids))].copy()

    def tile(self, layer_id: str, address: TileAddress, look: Look, signs: Signs) -> bytes:
        """Return a vector tile of a layer; raise UnknownLayer."""
        return self._index(layer_id).tile(address, look, signs)

    def census(self, layer_id: str, look: Look, signs: Signs) -> pd.DataFrame:
        """Return how many features of a look there are of each sort."""
        return self._index(layer_id).census(look, signs)

    def page(
        self, layer_id: str, look: Look, signs: Signs, first: int, most: int
    ) -> gpd.GeoDataFrame:
        """Return some features of a look, from the `first` in the order they are kept in."""
        rows = self._index(layer_id).rows(look, signs)[first : first + most]
        return self.state(layer_id).current.iloc[rows].copy()

    def span(self, layer_id: str) -> Span:
        """Return the first day of finding, and the last of what is not invented."""
        return self._index(layer_id).span()

    def named(self, layer_id: str, number: int) -> tuple[str, str] | None:
        """Return id and name of the feature with a number in this layer's tiles."""
        return self._index(layer_id).named(number)

    def _index(self, layer_id: str) -> "LayerIndex":
        from geodata.layer_index import index_frame  # compiled loops: only where they are asked for

        state = self.state(layer_id)
        with self._lock:
            kept = self._indices.get(layer_id)
            if kept is None or kept[0] is not state:
                kept = self._indices[layer_id] = (state, index_frame(state.current))
            return kept[1]

    def write(
        self, layer_id: str, frame: gpd.GeoDataFrame, note: RevisionNote, *, replace: bool = False
    ) -> str:
        """Add features, newer ones in the place of older ones; return the revision or nothing."""
        with self._lock:
            old = self.state(layer_id) if layer_id in self._states else None
            step = after_write(old, frame, note, replace=replace)
            known = (is_same_source(one.note, note) for one in self.revisions(layer_id))
            if step.is_still and any(known):
                return ""
            return self._commit(layer_id, step, note)

    def revisions(self, layer_id: str | None = None) -> tuple[Revision, ...]:
        """Return the writes to a layer, or all, the oldest first."""
        return tuple(one for one in self._revisions if layer_id in {None, one.layer})

    def state(self, layer_id: str, revision: str = "") -> State:
        """Return all rows of a layer, now or after a write; raise UnknownRevision."""
        if layer_id not in self._states:
            raise UnknownLayer(layer_id, self.layers())
        states = self._states[layer_id]
        if not revision:
            return next(reversed(states.values()))
        everything = [str(number) for number in range(len(self._revisions) + 1)]
        found = find_state(states, revision, everything)
        nothing = next(iter(states.values())).current.iloc[:0]
        return states[found] if found else State(nothing, nothing)

    def compare(self, layer_id: str, before: str, after: str) -> pd.DataFrame:
        """Return the rows added, changed and removed between two revisions, by id."""
        return compare(self.state(layer_id, before).current, self.state(layer_id, after).current)

    def take_back(self, revision: str, note: RevisionNote) -> str:
        """Bring back the state before a write as a new revision; return that."""
        with self._lock:
            step, layer_id = undo(self, revision)
            return self._commit(layer_id, step, note, revision)

    def adopt(self, revision: Revision, state: State) -> str:
        """Store a state as it is, as the next revision; return its id."""
        step = Step(state, revision.added, revision.changed, revision.closed)
        with self._lock:
            return self._commit(revision.layer, step, revision.note, revision.takes_back)

    def _commit(self, layer_id: str, step: Step, note: RevisionNote, takes_back: str = "") -> str:
        number = str(len(self._revisions) + 1)
        counts = (step.added, step.changed, step.closed)
        self._states.setdefault(layer_id, {})[number] = step.state
        self._revisions.append(Revision(number, layer_id, note, *counts, takes_back))
        return number

    def set_aside(self, layer_id: str, rows: pd.DataFrame, note: RevisionNote) -> str:
        """Keep rows that could not be taken; return what they are kept by."""
        name = name_aside(layer_id, note)
        self._aside[name] = rows.to_csv(index=False).encode("utf-8-sig")
        return f"memory:{name}"

    def kept_aside(self) -> tuple[Aside, ...]:
        """Return the rows that were set aside, in the order of their names."""
        return tuple(Aside(*one) for one in sorted(self._aside.items()))

    def keep_aside(self, aside: Aside) -> None:
        """Keep rows set aside under the name that they have elsewhere."""
        self._aside[aside.name] = aside.content

    def revision(self) -> str:
        """Return the number of writes so far."""
        return str(len(self._revisions))

    def notes(self) -> dict[str, RevisionNote]:
        """Return the note of the newest write of each layer."""
        return {one.layer: one.note for one in self._revisions}


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

    def details(
        self, kinds: Collection[str], ids: Collection[str] | None = None
    ) -> tuple[Detailed, ...]:
        """Return the details of every entry of some kinds, of all cases or of some."""
        return tuple(
            Detailed(case.id, number, event.details)
            for case in self.find()
            if ids is None or case.id in ids
            for number, event in enumerate(case.events)
            if event.kind in kinds
        )

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


def find_state(states: Iterable[str], revision: str, known: Sequence[str]) -> str:
    """Return the newest write to a layer up to a revision, blank if it came before the first.

    Raises UnknownRevision for a revision that the store has not.
    """
    if revision not in known:
        raise UnknownRevision(revision, known[1:])
    return max((one for one in states if int(one) <= int(revision)), key=int, default="")


def look_up(store: FeatureStore, revision: str) -> Revision:
    """Return a write by its id; raise UnknownRevision."""
    told = {one.id: one for one in store.revisions()}
    if revision not in told:
        raise UnknownRevision(revision, told)
    return told[revision]


def undo(store: FeatureStore, revision: str) -> tuple[Step, str]:
    """Return the step that takes a write back, and the layer; raise LaterWrites naming them."""
    taken = look_up(store, revision)
    before = store.state(taken.layer, str(int(revision) - 1))
    after, now = store.state(taken.layer, revision), store.state(taken.layer)
    step = after_take_back(before, after, now)
    if step is not None:
        return step, taken.layer
    ids, later, last = touched(before, after), [], after
    hit: set[str] = set()
    for one in later_than(store.revisions(taken.layer), taken):
        state = store.state(one.layer, one.id)
        rows = ids & touched(last, state)
        hit, last = hit | rows, state
        later += [one.id] if rows else []
    shown = ", ".join(sorted(hit)[:20])
    raise LaterWrites(revision=revision, layer=taken.layer, later=", ".join(later), rows=shown)


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


def open_finding_store(place: str) -> "MemoryFindings":
    """Return an empty store in memory; the place has no meaning here."""
    from geodata.engines.memory_findings import MemoryFindings

    del place
    return MemoryFindings()
