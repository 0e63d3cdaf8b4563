"""The demonstration features: the feature file made into the frames of every layer."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.city import open_city
from geodata.crs import STORED, geodesic_area_m2, shift_to_gcj02
from geodata.errors import UnknownCity
from geodata.sample.crowds import CROWDS
from geodata.sample.places import PLACED, Courses, Row, outlines, river_courses
from geodata.schema import COMMON_COLUMNS

SAMPLE_ON = date(2025, 12, 17)
"""The day of the demonstration; nothing in it happened later."""

CITY = "lanzhou"
FILE = Path(__file__).with_name("features.toml")
DTYPES: dict[str, Any] = {"whole": "Int64", "number": "float64", "yes_no": "boolean"}
SYSTEM = "EPSG:4490"


def sample_features(city_id: str = CITY) -> dict[str, gpd.GeoDataFrame]:
    """Return the demonstration features of every layer in EPSG:4490.

    Raises UnknownCity where there is no demonstration for the city.
    """
    if open_city(city_id).id != CITY:
        raise UnknownCity(city_id, (CITY,))
    return {layer_id: frame.copy() for layer_id, frame in _frames().items()}


@cache
def _frames() -> Mapping[str, gpd.GeoDataFrame]:
    told = tomllib.loads(FILE.read_text("utf-8"))
    courses = river_courses(told.pop("courses"), CITY)
    return {layer_id: _frame(layer_id, spec, courses) for layer_id, spec in told.items()}


def _frame(layer_id: str, spec: Row, courses: Courses) -> gpd.GeoDataFrame:
    """Return the rows of one layer as a frame: common columns, own, kept, geometry."""
    rows = [spec["defaults"] | row for row in _rows(layer_id, spec)]
    places = [PLACED[spec["placed"]](row, courses) for row in rows]
    geometry = gpd.GeoSeries(places, crs=STORED)
    kinds = {column.id: column.kind for column in COMMON_COLUMNS} | spec["columns"]
    columns = {name: _column(rows, name, kind) for name, kind in kinds.items()}
    if "area_m2" in columns and spec["placed"] == "box":
        columns["area_m2"] = pd.Series(geodesic_area_m2(geometry).round(1))
    kept = {
        "system_original": [row.get("system_original", SYSTEM) for row in rows],
        "place_original": [_as_given(row, place) for row, place in zip(rows, places, strict=True)],
        "is_demonstration": True,
        "valid_from": columns["found_on"],
        "valid_to": pd.Series([None] * len(rows), dtype=object),
    }
    return gpd.GeoDataFrame({**columns, **kept}, geometry=geometry)


def _rows(layer_id: str, spec: Row) -> Iterator[Row]:
    if layer_id in CROWDS:
        yield from CROWDS[layer_id](spec, outlines(CITY)[spec["office"]])
    for cells in spec["rows"]:
        yield dict(zip(spec["heads"], cells, strict=True))


def _column(rows: list[Row], name: str, kind: str) -> pd.Series:
    held = [row.get(name, "") for row in rows]
    if kind in {"text", "code", "codes"}:
        return pd.Series(held, dtype="str")
    return pd.Series(
        [None if cell == "" else cell for cell in held], dtype=DTYPES.get(kind, object)
    )


def _as_given(row: Row, place: shapely.Geometry | None) -> str:
    """Return the numbers that a map app would have given for a place, or nothing."""
    if row.get("system_original", SYSTEM) == SYSTEM or place is None:
        return ""
    lon, lat = shift_to_gcj02(np.array([place.x]), np.array([place.y]))
    return f"{lon[0]:.6f} {lat[0]:.6f}"
