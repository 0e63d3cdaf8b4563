"""What a list tells an agency of each hazard: what it is, where, since when, and nothing of a case.

The words are Chinese, as the readers of the list are.
"""

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd
import shapely

from geodata.schema import GEOMETRY_STATUS
from layers.agency_lists import ListItem, code_of
from layers.catalog import find_layer

DAYS: Mapping[str, str] = {
    "rectified_on": "称已整改",
    "verified_on": "现场核实整改到位",
    "relapsed_on": "发现反弹",
}
NOTHING_KNOWN = "未见整改记录"
NO_PLACE = "位置不明"


def list_items(
    number: str, rows: gpd.GeoDataFrame, known: Mapping[str, Mapping[str, str]]
) -> tuple[ListItem, ...]:
    """Return the items of a list: features (with `ref` and `layer`) in their order, each coded.

    `known` are the facts of `layers.visit_known` by ref: what the list is held against later.
    """
    return tuple(
        ListItem(
            row=at,
            code=code_of(number, at, row["ref"]),
            ref=row["ref"],
            known=dict(known.get(row["ref"], {})),
            told=told_of(row, known.get(row["ref"], {})),
        )
        for at, row in enumerate(rows.to_dict("records"), start=1)
    )


def told_of(row: Mapping[str, object], known: Mapping[str, str]) -> dict[str, str]:
    """Return the cells of a hazard in words, by the ids of the form's columns."""
    layer = find_layer(str(row["layer"]))
    kinds = [
        layer.hazard_kinds[one].zh
        for one in _text(row.get("hazard_kinds")).split(";")
        if one in layer.hazard_kinds
    ]
    return {
        "ref": _text(row["id"]),
        "layer": layer.title.zh,
        "name": _text(row.get("name")),
        "township": _text(row.get("township")),
        "place": _place(row),
        "hazards": "、".join(kinds),
        "found_on": known.get("found_on", ""),
        "now": _now(known),
    }


def _now(known: Mapping[str, str]) -> str:
    said = [f"{word} {known[name]}" for name, word in DAYS.items() if known.get(name)]
    return "；".join(said) or NOTHING_KNOWN


def _place(row: Mapping[str, object]) -> str:
    shape = row.get("geometry")
    if not isinstance(shape, shapely.Geometry) or shape.is_empty:
        return NO_PLACE
    point = shape.representative_point()
    status = _text(row.get("geometry_status"))
    how = GEOMETRY_STATUS[status].zh if status in GEOMETRY_STATUS else ""
    datum = f"（CGCS2000，{how}）" if how else "（CGCS2000）"
    return f"东经 {point.x:.6f}°，北纬 {point.y:.6f}°{datum}"


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]
