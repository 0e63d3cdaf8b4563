"""A row without a place, put on the map by a person: the same checks as for a file, one row."""

import re
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.checks import check, find_offices
from geodata.city import City, read_outlines, read_second_outlines
from geodata.coordinates import read_degrees, split_pairs
from geodata.crs import CHINA, STORED, find_system, geodesic_area_m2, way_to_stored
from geodata.helmert import Helmert
from geodata.problems import Problem
from geodata.schema import Schema

BY_HAND = "by_hand"


@dataclass(frozen=True)
class Placed:
    """A row with its place, ready to be stored, and what is to be said of it; no row if refused."""

    rows: gpd.GeoDataFrame
    problems: tuple[Problem, ...]

    @property
    def is_refused(self) -> bool:
        """Return whether the place cannot be taken."""
        return self.rows.empty


def read_place(said: str) -> shapely.Geometry | None:
    """Return the place that a text names, two numbers or WKT, in its own numbers; None for none.

    >>> read_place("103.82, 36.06")
    <POINT (103.82 36.06)>
    """
    if re.match(r"\s*[A-Za-z ]+\(", said):
        place: shapely.Geometry | None = shapely.from_wkt(said, on_invalid="ignore")
        return place
    x, y = (read_degrees(axis)[0] for axis in split_pairs(pd.Series([said], dtype="str")))
    return None if pd.isna(x) or pd.isna(y) else shapely.Point(x, y)


def find_place(said: str, system: str) -> tuple[float, float] | None:
    """Return the point that a text names in a system, degrees in EPSG:4490; None for none.

    Numbers that lie in this country only the other way round are turned.

    >>> find_place("36.06, 103.82", "EPSG:4490")
    (103.82, 36.06)
    """
    place, taken = read_place(said), find_system(system)
    if place is None or place.geom_type != "Point":
        return None
    for x, y in ((place.x, place.y), (place.y, place.x)):
        lon, lat = way_to_stored(taken)(np.array([x]), np.array([y]))
        if CHINA[0] <= lon[0] <= CHINA[2] and CHINA[1] <= lat[0] <= CHINA[3]:
            return round(float(lon[0]), 7), round(float(lat[0]), 7)
    return None


def office_at(lon: float, lat: float, city_id: str) -> str:
    """Return the office in whose outline a place (degrees in EPSG:4490) lies, blank for none."""
    place = gpd.GeoSeries([shapely.Point(lon, lat)], crs=STORED)
    return str(find_offices(place, read_outlines(city_id)).iloc[0])


def put_on_map(
    rows: gpd.GeoDataFrame,
    said: str,
    *,
    system: str,
    schema: Schema,
    city: City,
    parameters: Helmert | None = None,
) -> Placed:
    """Return one stored row with the place that a person gave it, or why that is refused.

    `said` is kept on the row beside its system, and its origin becomes BY_HAND. A row without
    an office gets that of the place. Raises UnknownSystem and NeedsParameters.
    """
    taken, place = find_system(system, parameters), read_place(said)
    words = {name: rows[name].fillna("").astype("str") for name in ("id", "name", "township")}
    frame = gpd.GeoDataFrame(
        {**words, "jurisdiction": rows["jurisdiction"].fillna(""), "place_original": said or "-"},
        geometry=gpd.GeoSeries([place] * len(rows), index=rows.index),
        index=rows.index,
    )
    checked = check(
        frame,
        Schema(geometry=schema.geometry),
        system=taken,
        city=city,
        outlines=read_outlines(city.id),
        second_outlines=read_second_outlines(city.id),
    )
    good = checked.good
    placed = rows.loc[good.index].set_geometry(good.geometry, crs=good.crs)
    placed = placed.assign(
        jurisdiction=good["jurisdiction"],
        geometry_status=BY_HAND,
        system_original=taken,
        place_original=said,
    )
    if schema.geometry == "polygon" and "area_m2" in placed:
        measured = pd.Series(geodesic_area_m2(placed.geometry), placed.index)
        placed["area_m2"] = placed["area_m2"].fillna(measured)
    return Placed(placed, checked.problems)
