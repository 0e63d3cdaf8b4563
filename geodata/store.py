"""The doors to stored data: two small protocols, and the engine that a URL chooses.

`file:` a folder of GeoParquet (features), `sqlite:` cases, `postgresql:` (features with
PostGIS) and `memory:` both; `dask:` a folder whose overlays are asked of many processes.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Protocol

import geopandas as gpd
import pandas as pd

from geodata.casebook import Casebook
from geodata.errors import UnknownStore
from geodata.model import Case, CaseEvent, Overlay, RevisionNote, Scope
from geodata.overlay import Met, Told
from geodata.revisions import Aside, Revision, State
from geodata.tiles import Look, Signs, Span, TileAddress


class FeatureStore(Protocol):
    """Where the features of layers are kept, in EPSG:4490."""

    def layers(self) -> tuple[str, ...]:
        """Return the ids of the layers that have been written."""
        ...

    def read(
        self, layer_id: str, scope: Scope = ..., as_of: date | None = None
    ) -> gpd.GeoDataFrame:
        """Return the features of a layer that hold now, or held on a day, in EPSG:4490.

        Of the scope, jurisdictions, hazard kinds, dates, text and `within` are
        answered here. Raises UnknownLayer naming the stored ones.
        """
        ...

    def pairs(self, overlay: Overlay, scope: Scope = ..., told: Told = ...) -> Met:
        """Return which features of two layers meet now, and how much, and what is doubtful.

        The scope narrows the first layer; the second is asked whole. `told` hears how far it
        is where there is something to wait for. Raises UnknownLayer,
        and BadSetting for an overlay that means nothing or columns that are not there.
        """
        ...

    def tally(self, layer_id: str, by: tuple[str, ...]) -> pd.DataFrame:
        """Return the number of features per combination of columns, column `count`."""
        ...

    def count(self, layer_id: str) -> int:
        """Return how many features of a layer hold now, at little cost; raise UnknownLayer."""
        ...

    def rows(self, layer_id: str, ids: Iterable[str]) -> gpd.GeoDataFrame:
        """Return the features of a layer with some ids, in EPSG:4490; unknown ids are passed over.

        A large layer is not read whole for them.
        """
        ...

    def tile(self, layer_id: str, address: TileAddress, look: Look, signs: Signs) -> bytes:
        """Return a vector tile of a layer as `geodata.tiles` describes it; raise UnknownLayer."""
        ...

    def census(self, layer_id: str, look: Look, signs: Signs) -> pd.DataFrame:
        """Return how many features of a look there are of each sort, in CENSUS_COLUMNS."""
        ...

    def page(
        self, layer_id: str, look: Look, signs: Signs, first: int, most: int
    ) -> gpd.GeoDataFrame:
        """Return some features of a look, from the `first` in the order they are kept in."""
        ...

    def span(self, layer_id: str) -> Span:
        """Return the first day of finding, and the last of what is not invented."""
        ...

    def named(self, layer_id: str, number: int) -> tuple[str, str] | None:
        """Return id and name of the feature with a number in this layer's tiles, None for none.

        Numbers hold as long as the store's revision.
        """
        ...

    def write(
        self, layer_id: str, frame: gpd.GeoDataFrame, note: RevisionNote, *, replace: bool = False
    ) -> str:
        """Add features; return the revision, or nothing if the same file was written before.

        A row with a known id takes the old one's place, which is closed and kept; one that says
        the same changes nothing. With `replace`, rows that are not in the frame are closed.
        Raises RepeatedIds for rows without an id or with one that another has.
        """
        ...

    def revisions(self, layer_id: str | None = None) -> tuple[Revision, ...]:
        """Return the writes to a layer, or all, the oldest first."""
        ...

    def state(self, layer_id: str, revision: str = "") -> State:
        """Return all rows of a layer, closed ones too, now or after a write.

        Raises UnknownRevision naming those there are; "0" is before the first.
        """
        ...

    def compare(self, layer_id: str, before: str, after: str) -> pd.DataFrame:
        """Return the rows added, changed and removed between two revisions, by id.

        Columns as those of `geodata.revisions.compare`. Raises UnknownRevision.
        """
        ...

    def take_back(self, revision: str, note: RevisionNote) -> str:
        """Bring back the state before a write as a new revision; return that.

        Nothing is erased. Raises UnknownRevision, and LaterWrites naming the writes that have
        touched the same rows since.
        """
        ...

    def adopt(self, revision: Revision, state: State) -> str:
        """Store a state as it is, as the next revision; return its id. For copies."""
        ...

    def set_aside(self, layer_id: str, rows: pd.DataFrame, note: RevisionNote) -> str:
        """Keep rows that could not be taken, with their reasons; return where they are kept."""
        ...

    def kept_aside(self) -> tuple[Aside, ...]:
        """Return the rows that were set aside, in the order of their names."""
        ...

    def keep_aside(self, aside: Aside) -> None:
        """Keep rows set aside under the name that they have elsewhere. For copies."""
        ...

    def revision(self) -> str:
        """Return the revision of the whole store; it changes with every write."""
        ...

    def notes(self) -> dict[str, RevisionNote]:
        """Return the note of the newest write of each layer."""
        ...


@dataclass(frozen=True)
class NewCase:
    """A case to be stored whole, under an id that is not taken."""

    case: Case


@dataclass(frozen=True)
class NewEntry:
    """An entry to be added to a case whose revision was `seen` by whoever made the entry."""

    case_id: str
    event: CaseEvent
    seen: int


Change = NewCase | NewEntry


@dataclass(frozen=True)
class Detailed:
    """What one entry says in its details; `number` is its number in the case."""

    case_id: str
    number: int
    details: tuple[tuple[str, str], ...]


class CaseStore(Protocol):
    """Where cases and their entries are kept; nothing stored is ever changed or removed.

    A store may be used by several threads at once, and its place by several processes.
    Every method raises BrokenStore if the place is damaged and CasesUnavailable, which is
    one, if it cannot be used now; the next call tries anew.
    """

    def get(self, case_id: str) -> Case:
        """Return one case with its history; raise KeyError if there is none."""
        ...

    def find(self, scope: Scope = ...) -> tuple[Case, ...]:
        """Return the cases of a scope (jurisdictions, fields, text), by id."""
        ...

    def casebook(self) -> Casebook:
        """Return all cases and entries as columns; only what is new is read again."""
        ...

    def details(
        self, kinds: Collection[str], ids: Collection[str] | None = None
    ) -> tuple[Detailed, ...]:
        """Return the details of every entry of some kinds, corrected or not, by case and number.

        With `ids`, of these cases alone. No other part of a history is read.
        """
        ...

    def add(self, case: Case) -> None:
        """Store a new case whole; raise CaseTaken if the id is taken."""
        ...

    def record(self, case_id: str, event: CaseEvent, seen: int) -> Case:
        """Append one entry and return the case.

        Raises KeyError if there is no such case, and StaleEdit, with the entries made
        since, if `seen` is not its revision.
        """
        ...

    def write(self, changes: Sequence[Change]) -> tuple[Case, ...]:
        """Make several changes, all or none; return the case of each as it stands after all.

        A change sees those before it: a case may be new and get an entry in one write.
        Raises as `add` and `record` do, and ValueError for text that cannot be stored (a
        NUL, half a surrogate pair) and for an instant that does not say its zone.
        """
        ...

    def revision(self) -> str:
        """Return the revision of the whole store; it changes with every write, at little cost."""
        ...


ENGINES: dict[str, str] = {
    "memory": "geodata.engines.memory",
    "file": "geodata.engines.folder",
    "sqlite": "geodata.engines.sqlite",
    "postgresql": "geodata.engines.postgres",
    "dask": "geodata.engines.dask",
}


def open_features(url: str) -> FeatureStore:
    """Return the feature store behind a URL: `file:data/features`, `postgresql://host/name`.

    Raises UnknownStore naming the known schemes, DriverMissing if the engine's is not there.
    """
    scheme, place = split_url(url, ("file", "postgresql", "dask", "memory"))
    store: FeatureStore = import_module(ENGINES[scheme]).open_feature_store(place)
    return store


def open_cases(url: str) -> CaseStore:
    """Return the case store behind a URL: `sqlite:data/cases.sqlite`, `postgresql://host/name`.

    Raises UnknownStore naming the known schemes, DriverMissing if the engine's is not there.
    """
    scheme, place = split_url(url, ("sqlite", "postgresql", "memory"))
    store: CaseStore = import_module(ENGINES[scheme]).open_case_store(place)
    return store


def split_url(url: str, known: tuple[str, ...]) -> tuple[str, str]:
    """Return scheme and place of a URL; raise UnknownStore naming the known schemes."""
    scheme, _, place = url.partition(":")
    if scheme not in known:
        raise UnknownStore(url, (f"{name}:" for name in known))
    return scheme, place


def may_hold(url: str) -> bool:
    """Return whether there may be a store behind a URL; looking makes no file.

    >>> may_hold("sqlite:nowhere/journal.sqlite"), may_hold("postgresql://host/name")
    (False, True)
    """
    scheme, _, place = url.partition(":")
    return scheme != "sqlite" or Path(place).is_file()
