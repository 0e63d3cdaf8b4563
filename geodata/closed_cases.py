"""Closed cases as a list: every hazard of a case that ended with the harm put right, and when.

Rules compare lists; what a case says becomes one like this, made of the two stores by whoever
runs rules. It is stored, so that a finding rests on a revision of it as on any other list.
"""

from collections.abc import Iterator
from datetime import date

import geopandas as gpd
import pandas as pd
import shapely

from geodata.crs import STORED
from geodata.lifecycle import hazards_of, known_on
from geodata.model import Case, HazardRef, RevisionNote, Title, is_foreign
from geodata.schema import LIST_COLUMNS, Column, Schema
from geodata.store import CaseStore, FeatureStore

TABLE = "closed_cases"
PUT_RIGHT = frozenset({"terminated_after_rectification", "closed_by_judgment"})
"""Stages that end a case because the harm is put right; other endings say nothing of the place."""

SCHEMA = Schema(
    geometry="any",
    common=LIST_COLUMNS,
    own=(
        Column("case_id", Title("案号", "Case")),
        Column("layer", Title("图层", "Layer")),
        Column("hazard", Title("隐患编号", "Hazard")),
        Column("hazard_kinds", Title("隐患类型", "Hazard kinds")),
        Column("agency", Title("行政机关", "Agency")),
        Column("closed_on", Title("结案日期", "Closed on"), "date"),
    ),
)
"""Places are those of the hazards; this list is never read from a file."""


def write_closed_cases(cases: CaseStore, features: FeatureStore, note: RevisionNote) -> str:
    """Return the revision under which the list was written, blank if it stands so already.

    `note` says who and why, and of which day the list is (`data_on`); later entries do not count.
    """
    as_of = note.data_on or note.recorded_at.date()
    frame = read_closed_cases(cases, features, as_of)
    if TABLE not in features.layers():
        return features.write(TABLE, frame, note)
    kept = features.read(TABLE)
    names = [one for one in frame.columns if one not in {"valid_from", "geometry"}]
    is_same = (
        kept["id"].tolist() == frame["id"].tolist()
        and kept[names].astype("str").equals(frame[names].astype("str"))
        and shapely.equals_identical(
            kept.geometry.to_numpy(object), frame.geometry.to_numpy(object)
        ).all()
    )
    is_of_day = features.notes()[TABLE].data_on == as_of
    return "" if is_same and is_of_day else features.write(TABLE, frame, note, replace=True)


def read_closed_cases(cases: CaseStore, features: FeatureStore, as_of: date) -> gpd.GeoDataFrame:
    """Return a row for each hazard with a place of each case closed by a day, in EPSG:4490."""
    closed = [
        (case, closed_on, ref)
        for case in cases.find()
        if not is_foreign(case.jurisdiction)
        for closed_on in _closed_on(case, as_of)
        for ref in hazards_of(case, as_of)
    ]
    hazards = _hazards(features, {ref for _, _, ref in closed})
    rows = [
        _row(case, closed_on, ref, hazards[ref])
        for case, closed_on, ref in closed
        if ref in hazards
    ]
    return _frame(sorted(rows, key=lambda row: str(row["id"])), as_of)


def _closed_on(case: Case, as_of: date) -> Iterator[date]:
    """Yield the day on which a case was last closed as put right, if it was."""
    days = [one.occurred_on for one in known_on(case, as_of).events if one.kind in PUT_RIGHT]
    yield from days[-1:]


def _hazards(features: FeatureStore, refs: set[HazardRef]) -> dict[HazardRef, pd.Series]:
    """Return the hazards by their names, those without a place left out: nothing lies near them."""
    there, found = set(features.layers()), {}
    for layer in sorted({ref.layer for ref in refs} & there):
        ids = sorted(ref.id for ref in refs if ref.layer == layer)
        frame = features.rows(layer, ids)
        for _, row in frame[frame.geometry.notna()].iterrows():
            found[HazardRef(layer, str(row["id"]))] = row
    return found


def _row(case: Case, closed_on: date, ref: HazardRef, hazard: pd.Series) -> dict[str, object]:
    same = ("name", "township", "measure_method", "geometry_status", "accuracy_m", "geometry")
    return {
        "id": f"{case.id}:{ref}",
        "jurisdiction": case.jurisdiction,
        "source": case.id,
        **{name: hazard[name] for name in same},
        "case_id": case.id,
        "layer": ref.layer,
        "hazard": ref.id,
        "hazard_kinds": hazard["hazard_kinds"],
        "agency": case.agency,
        "closed_on": closed_on,
        "system_original": hazard["system_original"],
        "place_original": hazard["place_original"],
        "is_demonstration": case.is_demonstration,
    }


def _frame(rows: list[dict[str, object]], as_of: date) -> gpd.GeoDataFrame:
    places = gpd.GeoSeries([row.pop("geometry") for row in rows], crs=STORED)
    table = pd.DataFrame(rows, columns=[one for one in SCHEMA.column_ids if one != "geometry"])
    table = table.assign(valid_from=as_of, valid_to=None)
    table["valid_to"] = table["valid_to"].astype(object)
    for name in table.columns:
        if name == "accuracy_m":
            table[name] = table[name].astype("float64")
        elif name == "is_demonstration":
            table[name] = table[name].astype("bool")
        elif name not in {"closed_on", "valid_from", "valid_to"}:
            table[name] = table[name].fillna("").astype("str")
    return gpd.GeoDataFrame(table, geometry=places)
