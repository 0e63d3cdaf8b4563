"""The demonstration features and lists: two files made into the frames of layers and lists."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
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
from geodata.sample.handed_over import HANDED_OVER
from geodata.sample.places import PLACED, Courses, Row, outlines, river_courses
from geodata.schema import COMMON_COLUMNS, LIST_COLUMNS, Column

SAMPLE_ON = date(2025, 12, 17)
"""The day of the demonstration; nothing in it happened later."""

CITY = "lanzhou"
FILE = Path(__file__).with_name("features.toml")
LISTS = "lists*.toml"
DTYPES: dict[str, Any] = {"whole": "Int64", "number": "float64", "yes_no": "boolean"}
SYSTEM = "EPSG:4490"


def sample_features(city_id: str = CITY) -> dict[str, gpd.GeoDataFrame]:
    """Return the demonstration features of every layer in EPSG:4490.

    Raises UnknownCity where there is no demonstration for the city.
    """
    _check_city(city_id)
    return {layer_id: frame.copy() for layer_id, frame in _frames().items()}


def sample_lists(city_id: str = CITY) -> dict[str, gpd.GeoDataFrame]:
    """Return the demonstration rows of every list that rules compare, in EPSG:4490.

    Raises UnknownCity where there is no demonstration for the city.
    """
    _check_city(city_id)
    return {list_id: frame.copy() for list_id, frame in _lists().items()}


def sample_days() -> dict[str, date]:
    """Return the day of which each demonstration list is: SAMPLE_ON unless its file says."""
    files = sorted(Path(__file__).parent.glob(LISTS))
    told = (item for file in files for item in tomllib.loads(file.read_text("utf-8")).items())
    return {list_id: spec.get("data_on", SAMPLE_ON) for list_id, spec in told}


def _check_city(city_id: str) -> None:
    if open_city(city_id).id != CITY:
        raise UnknownCity(city_id, (CITY,))


@cache
def _frames() -> Mapping[str, gpd.GeoDataFrame]:
    told = tomllib.loads(FILE.read_text("utf-8"))
    courses = river_courses(told.pop("courses"), CITY)
    return {
        layer_id: _frame(layer_id, spec, courses, COMMON_COLUMNS) for layer_id, spec in told.items()
    }


@cache
def _lists() -> Mapping[str, gpd.GeoDataFrame]:
    courses = river_courses(tomllib.loads(FILE.read_text("utf-8"))["courses"], CITY)
    told: dict[str, Row] = {}
    for file in sorted(Path(__file__).parent.glob(LISTS)):
        told |= tomllib.loads(file.read_text("utf-8"))
    return {list_id: _frame(list_id, spec, courses, LIST_COLUMNS) for list_id, spec in told.items()}


def _frame(
    layer_id: str, spec: Row, courses: Courses, common: Sequence[Column]
) -> gpd.GeoDataFrame:
    """Return the rows of one layer or list as a frame: common columns, own, kept, geometry."""
    rows = [spec["defaults"] | row for row in _rows(layer_id, spec)]
    places = [PLACED[spec["placed"]](row, courses) for row in rows]
    geometry = gpd.GeoSeries(places, crs=STORED)
    kinds = {column.id: column.kind for column in common} | spec["columns"]
    columns = {name: _column(rows, name, kind) for name, kind in kinds.items()}
    if "area_m2" in columns and spec["placed"] == "box":
        columns["area_m2"] = pd.Series(geodesic_area_m2(geometry).round(1))
    kept = {
        "system_original": [row.get("system_original", SYSTEM) for row in rows],
        "place_original": [_as_given(row, place) for row, place in zip(rows, places, strict=True)],
        "is_demonstration": True,
        "valid_from": columns.get("found_on", pd.Series([SAMPLE_ON] * len(rows), dtype=object)),
        "valid_to": pd.Series([None] * len(rows), dtype=object),
    }
    return gpd.GeoDataFrame({**columns, **kept}, geometry=geometry)


def _rows(layer_id: str, spec: Row) -> Iterator[Row]:
    if layer_id in CROWDS:
        yield from CROWDS[layer_id](spec, outlines(CITY)[spec["office"]])
    if layer_id in HANDED_OVER:
        yield from HANDED_OVER[layer_id](_frames())
    for cells in spec["rows"]:
        yield dict(zip(spec["heads"], cells, strict=True))


def _column(rows: list[Row], name: str, kind: str) -> pd.Series:
    held = [row.get(name, "") for row in rows]
    if kind in {"text", "code", "codes", "identity"}:
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
