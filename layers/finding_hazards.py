"""A finding that becomes a case needs its hazard: the row it rests on, or a new one in the layer.

The id of a new one is that of the finding, so that the same finding is the same hazard.
"""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geodata.crs import STORED, geodesic_area_m2
from geodata.model import HazardRef, Title
from layers.catalog import is_personal
from layers.detect import Run
from layers.layer import Layer
from layers.rule import Finding, Rule

SOURCE = Title(
    "监督模型“{title}”（{rule} 第{version}版，运行 {run}，{day}）",
    "Supervision model “{title}” ({rule}, version {version}, run {run}, {day})",
)
MODEL = Title("监督模型比对", "Compared by a supervision model")

DTYPES: Mapping[str, Any] = {"whole": "Int64", "number": "float64", "yes_no": "boolean"}
KINDS = {"Point": "point", "LineString": "line", "Polygon": "polygon"}


def hazard_of(finding: Finding, layer: Layer) -> HazardRef | None:
    """Return the hazard of a finding: its subject where that is one, else one of its own.

    None where there can be none: in a layer without places, and of a list that holds persons.
    """
    if not finding.rows or not layer.has_places:
        return None
    subject = finding.rows[0]
    if subject.table == layer.id:
        return HazardRef(layer.id, subject.id)
    if any(is_personal(row.table) for row in finding.rows):
        return None
    return HazardRef(layer.id, f"F-{finding.id}")


def make_hazard(
    finding: Finding,
    rule: Rule,
    layer: Layer,
    subject: Mapping[str, object],
    *,
    run: Run,
    run_id: str,
) -> gpd.GeoDataFrame:
    """Return the row of a new hazard in every column of the layer, EPSG:4490.

    What the subject says in columns of the same name comes along, and so do facts; a place of
    another kind than the layer's becomes a point inside, or waits to be put on the map.
    """
    hazard = hazard_of(finding, layer)
    if hazard is None:
        raise ValueError(finding.id)
    facts = dict(finding.facts)
    columns = {one.id: one for one in layer.schema.columns}
    told = {name: facts.get(name, subject.get(name)) for name in columns}
    place, origin = _place_of(subject, layer)
    source = {
        "title": rule.title.zh,
        "rule": rule.id,
        "version": finding.version,
        "run": run_id,
        "day": run.as_of.isoformat(),
    }
    told |= {
        "id": hazard.id,
        "name": finding.name,
        "jurisdiction": finding.jurisdiction,
        "township": finding.township,
        "hazard_kinds": _kinds_of(finding, rule, layer),
        "found_on": run.as_of,
        "source": SOURCE.zh.format(**source),
        "measure_method": told.get("measure_method") or MODEL.zh,
        "geometry_status": origin,
    }
    if "area_m2" in columns and place is not None and place.geom_type.endswith("Polygon"):
        measured = geodesic_area_m2(gpd.GeoSeries([place], crs=STORED))
        told["area_m2"] = round(float(measured[0]), 1)
    frame = {name: _column(told.get(name), one.kind) for name, one in columns.items()}
    frame |= {
        "system_original": pd.Series([str(subject.get("system_original") or STORED)], dtype="str"),
        "place_original": pd.Series([str(subject.get("place_original") or "")], dtype="str"),
        "is_demonstration": pd.Series([finding.is_demonstration]),
        "valid_from": pd.Series([run.as_of], dtype=object),
        "valid_to": pd.Series([None], dtype=object),
    }
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries([place], crs=STORED))


def _kinds_of(finding: Finding, rule: Rule, layer: Layer) -> str:
    """Return the hazard codes of what was found and flagged, as far as the layer has them."""
    outcomes = (rule.outcome(one) for one in (finding.outcome, *finding.flags))
    codes = dict.fromkeys(one.hazard_kind for one in outcomes if one.hazard_kind)
    known = [one for one in codes if one in layer.hazard_kinds and one != "other"]
    return ";".join(known) or ("other" if "other" in layer.hazard_kinds else "")


def _place_of(subject: Mapping[str, object], layer: Layer) -> tuple[shapely.Geometry | None, str]:
    """Return where the hazard lies, and the origin of that place."""
    place = subject.get("geometry")
    origin = str(subject.get("geometry_status") or "file")
    if not isinstance(place, shapely.Geometry) or place.is_empty:
        return None, "unknown"
    kind = KINDS.get(place.geom_type.removeprefix("Multi"))
    if kind == layer.schema.geometry:
        return place, origin
    if layer.schema.geometry == "point":
        return place.representative_point(), origin
    return None, "unknown"


def _column(value: object, kind: str) -> pd.Series:
    is_blank = value is None or (not isinstance(value, str) and pd.isna(value))  # type: ignore[call-overload]
    if kind in DTYPES:
        return pd.Series([None if is_blank or value == "" else value], dtype=DTYPES[kind])
    if kind == "date":
        return pd.Series([None if is_blank or value == "" else value], dtype=object)
    return pd.Series(["" if is_blank else str(value)], dtype="str")
