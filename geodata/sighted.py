"""The stores as some offices may see them: what is theirs, what is shared with them, no more.

A case is seen by its own office and by those it is shared with; a hazard by its own office and by
whoever sees a case that it was ever on. What is not seen is answered as what is not there. Nothing
can be written through what is only shown: writes ask for a right, and go to the stores themselves.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from typing import NoReturn

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.casebook import Casebook
from geodata.errors import NotAllowed
from geodata.model import Case, CaseEvent, Overlay, RevisionNote, Scope
from geodata.overlay import Met, Told
from geodata.revisions import Aside, Revision, State
from geodata.standing import find_links
from geodata.store import CaseStore, Change, Detailed, FeatureStore
from geodata.tiles import MOST_CODES, Look, Signs, Span, TileAddress

Offices = frozenset[str]
Mask = NDArray[np.bool_]

NOTHING = frozenset({MOST_CODES - 1})
"""A code that no feature bears: a look at it sees nothing."""


def is_seen(case: Case, offices: Offices) -> bool:
    """Return whether some offices see a case: their own, or one that is shared with them."""
    return case.jurisdiction in offices or bool(offices & set(case.shared_with))


Touched = Mapping[tuple[str, str], int]
"""How many rows of an office a write added, changed or removed, by office and change."""

CountTouched = Callable[[str, str], Touched]


def count_touched(features: FeatureStore, layer_id: str, revision: str) -> Touched:
    """Return whose rows a write touched; a row that changes hands counts for both offices.

    A write never changes, so this may be asked once for all.
    """
    before = str(int(revision) - 1)
    states = [features.state(layer_id, one).current for one in (before, revision)]
    if not len(states[0]):
        offices = states[1].get("jurisdiction", ())
        return Counter((str(office), "added") for office in offices)
    changes = features.compare(layer_id, before, revision)
    kinds = dict(zip(changes["id"], changes["change"], strict=True))
    told = {
        (str(office), one)
        for state in states
        if "jurisdiction" in state
        for one, office in zip(state["id"], state["jurisdiction"], strict=True)
        if one in kinds
    }
    return Counter((office, kinds[one]) for office, one in told)


def sighted(
    features: FeatureStore,
    cases: CaseStore,
    offices: Offices,
    touched: CountTouched | None = None,
) -> tuple[FeatureStore, CaseStore]:
    """Return both stores as some offices see them, as they are at this revision.

    `touched` says whose rows a write touched, if somebody remembers it (`count_touched`).
    """
    seen = SightedCases(cases, offices)
    linked = frozenset(find_links(seen.casebook())["ref"])
    count = touched or partial(count_touched, features)
    return SightedFeatures(features, offices, linked, count), seen


@dataclass(frozen=True, eq=False)
class SightedCases:
    """The cases that some offices see (`is_seen`)."""

    whole: CaseStore = field(repr=False)
    offices: Offices

    def get(self, case_id: str) -> Case:
        """Return one case; raise KeyError for one that is not there, or not seen."""
        case = self.whole.get(case_id)
        if not is_seen(case, self.offices):
            raise KeyError(case_id)
        return case

    def find(self, scope: Scope = Scope()) -> tuple[Case, ...]:
        """Return the cases of a scope that are seen, by id."""
        return tuple(one for one in self.whole.find(scope) if is_seen(one, self.offices))

    def casebook(self) -> Casebook:
        """Return the cases that are seen, and their entries, as columns."""
        book = self.whole.casebook()
        return cut_book(book, seen_rows(book, self.offices))

    def details(
        self, kinds: Collection[str], ids: Collection[str] | None = None
    ) -> tuple[Detailed, ...]:
        """Return the details of entries of some kinds, of cases that are seen."""
        seen = set(self.casebook().cases["id"])
        wanted = seen if ids is None else seen & set(ids)
        found = self.whole.details(kinds, ids)
        return tuple(one for one in found if one.case_id in wanted)

    def revision(self) -> str:
        """Return the revision of the whole store."""
        return self.whole.revision()

    def add(self, case: Case) -> None:
        """Refuse: nothing is written through what is shown."""
        del case
        _refuse()

    def record(self, case_id: str, event: CaseEvent, seen: int) -> Case:
        """Refuse: nothing is written through what is shown."""
        del case_id, event, seen
        _refuse()

    def write(self, changes: Sequence[Change]) -> tuple[Case, ...]:
        """Refuse: nothing is written through what is shown."""
        del changes
        _refuse()


def seen_rows(book: Casebook, offices: Offices) -> Mask:
    """Return for every case of a book whether some offices see it."""
    own = book.cases["jurisdiction"].isin(offices).to_numpy(bool, copy=True)
    shared = book.cases["shared_with"]
    told = shared.ne("").to_numpy(bool) & ~own
    own[told] = [bool(offices & set(one.split(";"))) for one in shared[told]]
    return own


def cut_book(book: Casebook, rows: Mask) -> Casebook:
    """Return a book of some of its cases alone, numbered anew; nothing else is named in it."""
    if rows.all():
        return book
    place = np.cumsum(rows) - 1
    links = _cut(book.links, rows, place)
    entries = _cut(book.entries, rows, place)
    for name in ("kind", "ground", "ref"):
        entries[name] = entries[name].cat.remove_unused_categories()
    return Casebook(book.cases[rows].reset_index(drop=True), links, entries)


def _cut(table: pd.DataFrame, rows: Mask, place: NDArray[np.int64]) -> pd.DataFrame:
    case = table["case"].to_numpy()
    kept = table[rows[case]].reset_index(drop=True)
    return kept.assign(case=place[kept["case"].to_numpy()].astype("int32"))


@dataclass(frozen=True, eq=False)
class SightedFeatures:
    """The features that some offices see: their own, and those of `linked` (layer:id).

    Rows that belong to no office, and lists without offices, are seen by those who see all.
    """

    whole: FeatureStore = field(repr=False)
    offices: Offices
    linked: frozenset[str] = field(repr=False)
    touched: "CountTouched" = field(repr=False)

    def layers(self) -> tuple[str, ...]:
        """Return the ids of the layers that have been written."""
        return self.whole.layers()

    def read(
        self, layer_id: str, scope: Scope = Scope(), as_of: date | None = None
    ) -> gpd.GeoDataFrame:
        """Return the features of a layer that are seen."""
        return self._seen(layer_id, self.whole.read(layer_id, scope, as_of))

    def rows(self, layer_id: str, ids: Iterable[str]) -> gpd.GeoDataFrame:
        """Return the features with some ids that are seen; others are passed over."""
        return self._seen(layer_id, self.whole.rows(layer_id, ids))

    def pairs(self, overlay: Overlay, scope: Scope = Scope(), told: Told = lambda *_: None) -> Met:
        """Refuse: which features meet is asked of all of them or not at all."""
        del overlay, scope, told
        _refuse()

    def tally(self, layer_id: str, by: tuple[str, ...]) -> pd.DataFrame:
        """Return the number of features that are seen per combination of columns."""
        rows = self.read(layer_id)
        return rows.groupby(list(by), dropna=False, observed=True).size().reset_index(name="count")

    def count(self, layer_id: str) -> int:
        """Return how many features of a layer are seen."""
        return len(self.read(layer_id))

    def tile(self, layer_id: str, address: TileAddress, look: Look, signs: Signs) -> bytes:
        """Return a tile of the offices' own features; what is shared travels as rows."""
        return self.whole.tile(layer_id, address, self._narrow(look), signs)

    def census(self, layer_id: str, look: Look, signs: Signs) -> pd.DataFrame:
        """Return the census of the offices' own features."""
        return self.whole.census(layer_id, self._narrow(look), signs)

    def page(
        self, layer_id: str, look: Look, signs: Signs, first: int, most: int
    ) -> gpd.GeoDataFrame:
        """Return some of the offices' own features of a look."""
        return self.whole.page(layer_id, self._narrow(look), signs, first, most)

    def span(self, layer_id: str) -> Span:
        """Return no days: those of a layer as a whole would tell of what is not seen."""
        del layer_id
        return Span(None, None)

    def named(self, layer_id: str, number: int) -> tuple[str, str] | None:
        """Return id and name of a feature with a number in tiles, None for one not seen."""
        found = self.whole.named(layer_id, number)
        return found if found and len(self.rows(layer_id, [found[0]])) else None

    def revisions(self, layer_id: str | None = None) -> tuple[Revision, ...]:
        """Return the writes that touched the offices' own rows, and how many of these."""
        told = (self._told(one) for one in self.whole.revisions(layer_id))
        return tuple(one for one in told if one is not None)

    def state(self, layer_id: str, revision: str = "") -> State:
        """Return the rows of a layer that are seen, closed ones too."""
        whole = self.whole.state(layer_id, revision)
        return State(self._seen(layer_id, whole.current), self._seen(layer_id, whole.closed))

    def compare(self, layer_id: str, before: str, after: str) -> pd.DataFrame:
        """Return the changes of rows that are seen, before or after."""
        changes = self.whole.compare(layer_id, before, after)
        states = [self.state(layer_id, one).current for one in (before, after)]
        ids = {one for rows in states for one in rows["id"]}
        return changes[changes["id"].isin(ids)].reset_index(drop=True)

    def kept_aside(self) -> tuple[Aside, ...]:
        """Return none: rows that could not be taken do not say reliably whose they are."""
        return ()

    def revision(self) -> str:
        """Return the revision of the whole store."""
        return self.whole.revision()

    def notes(self) -> dict[str, RevisionNote]:
        """Return the note of the newest write of each layer that touched own rows."""
        return {one.layer: one.note for one in self.revisions()}

    def write(
        self, layer_id: str, frame: gpd.GeoDataFrame, note: RevisionNote, *, replace: bool = False
    ) -> str:
        """Refuse: nothing is written through what is shown."""
        del layer_id, frame, note, replace
        _refuse()

    def take_back(self, revision: str, note: RevisionNote) -> str:
        """Refuse: nothing is written through what is shown."""
        del revision, note
        _refuse()

    def adopt(self, revision: Revision, state: State) -> str:
        """Refuse: nothing is written through what is shown."""
        del revision, state
        _refuse()

    def set_aside(self, layer_id: str, rows: pd.DataFrame, note: RevisionNote) -> str:
        """Refuse: nothing is written through what is shown."""
        del layer_id, rows, note
        _refuse()

    def keep_aside(self, aside: Aside) -> None:
        """Refuse: nothing is written through what is shown."""
        del aside
        _refuse()

    def _seen(self, layer_id: str, rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        ids = self._linked_of.get(layer_id, frozenset())
        seen = rows["id"].isin(ids)
        if "jurisdiction" in rows:
            seen |= rows["jurisdiction"].isin(self.offices)
        return rows[seen]

    def _narrow(self, look: Look) -> Look:
        """Return a look at the offices' own features alone."""
        asked = look.scope.jurisdictions
        offices = self.offices & asked if asked else self.offices
        if not offices:
            return replace(look, codes=NOTHING)
        return replace(look, scope=replace(look.scope, jurisdictions=offices))

    def _told(self, revision: Revision) -> Revision | None:
        """Return a write as far as it touched the offices' own rows, None if it did not."""
        touched = self.touched(revision.layer, revision.id)
        number = Counter[str]()
        for (office, change), count in touched.items():
            if office in self.offices:
                number[change] += count
        if not number:
            return None
        return replace(
            revision,
            added=number["added"],
            changed=number["changed"],
            closed=number["removed"],
        )

    @cached_property
    def _linked_of(self) -> Mapping[str, frozenset[str]]:
        ids: dict[str, set[str]] = {}
        for ref in self.linked:
            layer, _, one = ref.partition(":")
            ids.setdefault(layer, set()).add(one)
        return {layer: frozenset(found) for layer, found in ids.items()}


def _refuse() -> NoReturn:
    raise NotAllowed(who="—", office="—")
