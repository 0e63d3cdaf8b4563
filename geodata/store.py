"""The doors to stored data: three small protocols, and the engine that a URL chooses.

`file:` a folder of GeoParquet (features), `sqlite:` cases, `memory:` both, for tests.
"""

from importlib import import_module
from typing import Protocol

import geopandas as gpd
import pandas as pd

from geodata.errors import UnknownStore
from geodata.model import Case, CaseEvent, RevisionNote, Scope


class FeatureStore(Protocol):
    """Where the features of layers are kept, in EPSG:4490."""

    def layers(self) -> tuple[str, ...]:
        """Return the ids of the layers that have been written."""
        ...

    def read(self, layer_id: str, scope: Scope = ...) -> gpd.GeoDataFrame:
        """Return the current features of a layer within a scope, in EPSG:4490.

        Of the scope, jurisdictions, hazard kinds, dates, text and `within` are
        answered here. Raises UnknownLayer naming the stored ones.
        """
        ...

    def tally(self, layer_id: str, by: tuple[str, ...]) -> pd.DataFrame:
        """Return the number of features per combination of columns, column `count`."""
        ...

    def write(
        self, layer_id: str, frame: gpd.GeoDataFrame, note: RevisionNote, *, replace: bool = False
    ) -> str:
        """Add features (those with a known id take the old one's place); return the revision."""
        ...

    def set_aside(self, layer_id: str, rows: pd.DataFrame, note: RevisionNote) -> str:
        """Keep rows that could not be taken, with their reasons; return where they are kept."""
        ...

    def revision(self) -> str:
        """Return the revision of the whole store; it changes with every write."""
        ...

    def notes(self) -> dict[str, RevisionNote]:
        """Return the note of the newest write of each layer."""
        ...


class CaseStore(Protocol):
    """Where cases and their events are kept."""

    def get(self, case_id: str) -> Case:
        """Return one case with its history; raise KeyError if there is none."""
        ...

    def find(self, scope: Scope = ...) -> tuple[Case, ...]:
        """Return the cases of a scope (jurisdictions, fields, text), by id."""
        ...

    def add(self, case: Case) -> None:
        """Store a new case whole; raise ValueError if the id is taken."""
        ...

    def record(self, case_id: str, event: CaseEvent, seen: int) -> Case:
        """Append one event and return the case; raise StaleEdit if `seen` is not its revision."""
        ...

    def revision(self) -> str:
        """Return the revision of the whole store; it changes with every write."""
        ...


ENGINES: dict[str, str] = {
    "memory": "geodata.engines.memory",
    "file": "geodata.engines.folder",
    "sqlite": "geodata.engines.sqlite",
}


def open_features(url: str) -> FeatureStore:
    """Return the feature store behind a URL such as `file:data/features`.

    Raises UnknownStore naming the known schemes.
    """
    scheme, place = _split(url, ("file", "memory"))
    store: FeatureStore = import_module(ENGINES[scheme]).open_feature_store(place)
    return store


def open_cases(url: str) -> CaseStore:
    """Return the case store behind a URL such as `sqlite:data/cases.sqlite`.

    Raises UnknownStore naming the known schemes.
    """
    scheme, place = _split(url, ("sqlite", "memory"))
    store: CaseStore = import_module(ENGINES[scheme]).open_case_store(place)
    return store


def _split(url: str, known: tuple[str, ...]) -> tuple[str, str]:
    scheme, _, place = url.partition(":")
    if scheme not in known:
        raise UnknownStore(url, (f"{name}:" for name in known))
    return scheme, place
