"""What a finding rests on, row beside row: as the run saw it, as it is now, and how rows lie.

Areas and lengths are geodesic, on the ellipsoid of EPSG:4490. Rows of a list that holds persons
are counted and never given out.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import geopandas as gpd
import pandas as pd
import shapely

from geodata.crs import STORED, geodesic_area_m2, geodesic_length_m
from geodata.errors import GeodataError
from geodata.store import FeatureStore
from layers.catalog import is_personal
from layers.detect import Input, Run
from layers.rule import Filter, Finding, RowRef, Rule

MOST_MEASURED = 40
"""Rows whose place is held against that of the subject; more would hide what is drawn."""

GROUND = frozenset({"id", "name", "jurisdiction", "township", "geometry", "is_demonstration"})
"""What is shown of a row of another office that a finding rests on, besides what its rule asks."""

AREAS = frozenset({"Polygon", "MultiPolygon"})


@dataclass(frozen=True, eq=False)
class EvidenceRow:
    """One row: as the run saw it, and as it is now (None if it is gone); where it came from.

    `then` is None if the store no longer has the state that the run saw.
    """

    ref: RowRef
    given: Input | None
    then: Mapping[str, object] | None
    now: Mapping[str, object] | None

    @property
    def told(self) -> Mapping[str, object]:
        """Return the row as the run saw it, else as it is now, else nothing."""
        return self.then or self.now or {}

    @property
    def place(self) -> shapely.Geometry | None:
        """Return its place in EPSG:4490, None for none."""
        place = self.told.get("geometry")
        has_place = isinstance(place, shapely.Geometry) and not place.is_empty
        return place if has_place else None


@dataclass(frozen=True, eq=False)
class Measured:
    """How a row lies to the subject: the ground shared in m², or the distance in metres."""

    row: RowRef
    kind: Literal["area_m2", "distance_m"]
    value: float
    geometry: shapely.Geometry


@dataclass(frozen=True, eq=False)
class Evidence:
    """The rows of a finding, the subject first, and how they lie; `hidden` counts by table."""

    rows: tuple[EvidenceRow, ...]
    measured: tuple[Measured, ...]
    hidden: Mapping[str, int]


def gather_evidence(finding: Finding, run: Run, features: FeatureStore) -> Evidence:
    """Return what a finding of a run rests on; each list is asked for these rows alone."""
    inputs = {(one.role, one.table): one for one in run.inputs}
    shown = [ref for ref in finding.rows if not is_personal(ref.table)]
    hidden: dict[str, int] = {}
    for ref in finding.rows:
        if is_personal(ref.table):
            hidden[ref.table] = hidden.get(ref.table, 0) + 1
    now, then = (_rows_of(shown, inputs, features, as_seen=as_seen) for as_seen in (False, True))
    rows = tuple(
        EvidenceRow(
            ref,
            inputs.get((ref.role, ref.table)),
            then.get((ref.table, ref.id)),
            now.get((ref.table, ref.id)),
        )
        for ref in shown
    )
    return Evidence(rows, tuple(_measure(rows)), hidden)


def cut_to_ground(
    evidence: Evidence, rule: Rule, is_foreign: Callable[[RowRef, Mapping[str, object]], bool]
) -> Evidence:
    """Return evidence with no more of foreign rows than a finding rests on.

    Those are what the row is called, whose it is, where it lies, and the columns that the rule
    asks for; how it lies to the subject is measured all the same.
    """
    asked = {need.table: set(need.columns) for need in rule.needs}
    tables = {need.role: need.table for need in rule.needs}
    for ask in rule.questions:
        if isinstance(ask.question, Filter):
            table = tables.get(ask.question.table, ask.question.table)
            asked.setdefault(table, set()).update(ask.question.columns)

    def cut(row: EvidenceRow) -> EvidenceRow:
        if not is_foreign(row.ref, row.told):
            return row
        kept = GROUND | asked.get(row.ref.table, set())
        then, now = (
            None if told is None else {name: told[name] for name in told if name in kept}
            for told in (row.then, row.now)
        )
        return replace(row, then=then, now=now)

    return replace(evidence, rows=tuple(map(cut, evidence.rows)))


def _rows_of(
    refs: list[RowRef],
    inputs: Mapping[tuple[str, str], Input],
    features: FeatureStore,
    *,
    as_seen: bool,
) -> dict[tuple[str, str], Mapping[str, object]]:
    """Return rows by table and id, as they are now or as the run saw them."""
    found: dict[tuple[str, str], Mapping[str, object]] = {}
    stored = set(features.layers())
    for table in dict.fromkeys(ref.table for ref in refs):
        ids = sorted({ref.id for ref in refs if ref.table == table})
        given = next((one for (_, name), one in inputs.items() if name == table), None)
        if table not in stored or (as_seen and given is None):
            continue
        frame = _frame_of(table, ids, features, given.revision if as_seen and given else "")
        if frame is not None:
            for row in frame.to_dict("records"):
                found[table, str(row["id"])] = {str(name): cell for name, cell in row.items()}
    return found


def _frame_of(
    table: str, ids: list[str], features: FeatureStore, revision: str
) -> pd.DataFrame | None:
    if not revision or features.revisions(table)[-1].id == revision:
        return features.rows(table, ids)
    try:
        whole = features.state(table, revision).current
    except GeodataError:  # such as a store restored elsewhere: only what is now is left
        return None
    return whole[whole["id"].isin(ids)]


def _measure(rows: tuple[EvidenceRow, ...]) -> Iterator[Measured]:
    """Yield how each row lies to the subject: what both cover, or how far apart they are."""
    if not rows or rows[0].place is None:
        return
    subject = rows[0].place
    for row in rows[1 : MOST_MEASURED + 1]:
        place = row.place
        if place is None:
            continue
        shared = shapely.intersection(shapely.make_valid(subject), shapely.make_valid(place))
        if {subject.geom_type, place.geom_type} <= AREAS and shared.area:
            area_m2 = float(geodesic_area_m2(gpd.GeoSeries([shared], crs=STORED))[0])
            yield Measured(row.ref, "area_m2", area_m2, shared)
        elif shared.is_empty:
            line = shapely.shortest_line(subject, place)
            metres = float(geodesic_length_m(gpd.GeoSeries([line], crs=STORED))[0])
            yield Measured(row.ref, "distance_m", metres, line)
