"""Where an invented feature lies: on a spot, in a box, along a river, or spread over a quarter."""

import random
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geodata.city import CITIES, open_city, read_rivers
from geodata.crs import GEOD

Spot = tuple[float, float]
Row = dict[str, Any]
Courses = Mapping[tuple[str, str], shapely.LineString]

STEP_M = 20  # between two corners of an outline
SWAY_M = 7  # how far an outline bends, so that it does not look ruled
BEND_M = 38  # along which length it bends
BESIDE_M = 70  # from a river's centre line to a camera
APART_M = 95  # between any two spots of a crowd
METRES_A_DEGREE = (90_000.0, 111_000.0)  # east and north, near 36° N: enough to keep apart
METRES = "+proj=laea +lon_0=103.5 +lat_0=36.5 +ellps=GRS80 +units=m +no_defs"  # strips are laid in
FROM_EDGE_DEG = 0.0015  # the outlines are simplified: stay about 150 m inside


def move(at: Spot, east_m: ArrayLike, north_m: ArrayLike) -> NDArray[np.float64]:
    """Return longitudes and latitudes (n × 2) that lie so many metres east and north of a spot."""
    east, north = np.atleast_1d(east_m), np.atleast_1d(north_m)
    azimuth, distance = np.degrees(np.arctan2(east, north)), np.hypot(east, north)
    start_lon, start_lat = (np.full(east.shape, degrees) for degrees in at)
    lon, lat, _ = GEOD.fwd(start_lon, start_lat, azimuth, distance)
    return np.column_stack([lon, lat]).round(7)


def spot(row: Row, courses: Courses) -> shapely.Point:
    """Return the point at which a row says it lies."""
    del courses
    return shapely.Point(row["at"])


def spot_if_told(row: Row, courses: Courses) -> shapely.Point | None:
    """Return the point at which a row says it lies, None if it does not say."""
    return spot(row, courses) if row.get("at") else None


def house(row: Row, courses: Courses) -> shapely.Polygon:
    """Return a turned box of as many metres as a row says, with straight walls."""
    del courses
    turn = np.radians(row["turn"])
    x, y = shapely.get_coordinates(shapely.box(*row["box"])).T
    east, north = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    return shapely.Polygon(move(row["at"], east, north))


def box(row: Row, courses: Courses) -> shapely.Polygon:
    """Return a bent and turned box of as many metres as a row says; neighbours share an edge."""
    del courses
    at, turn, corners = row["at"], np.radians(row["turn"]), row["box"]
    edge = shapely.get_coordinates(shapely.segmentize(shapely.box(*corners), STEP_M))
    x, y = edge[:, 0] + SWAY_M * np.sin(edge[:, 1] / BEND_M), edge[:, 1]
    east, north = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    return shapely.Polygon(move(at, east, north))


def stretch(row: Row, courses: Courses) -> shapely.LineString:
    """Return the part of a river between the two chainages of a row, in metres from its entry."""
    chainage, line = _chainage(courses[row["jurisdiction"], row["river"]])
    first, last = row["chainage_from_m"], row["chainage_to_m"]
    between = chainage[(chainage > first) & (chainage < last)]
    return shapely.LineString(_along([first, *between, last], chainage, line))


def bankside(row: Row, courses: Courses) -> shapely.Point:
    """Return a point beside a river at the chainage of a row, left unless it says metres right."""
    return _beside(row, row.get("offset_m", BESIDE_M), courses)


def across(row: Row, courses: Courses) -> shapely.LineString:
    """Return a line across a river at the chainage of a row, as far as it says on either side."""
    half = row["half_m"]
    return shapely.LineString([_beside(row, metres, courses) for metres in (-half, half)])


def course(row: Row, courses: Courses) -> shapely.LineString:
    """Return the whole course of a river inside an office."""
    line = courses[row["jurisdiction"], row["river"]]
    return shapely.LineString(shapely.get_coordinates(line).round(7))


def strip(row: Row, courses: Courses) -> shapely.Polygon:
    """Return the ground along a stretch between two offsets in metres, to the left positive."""
    line = gpd.GeoSeries([stretch(row, courses)], crs=4490).to_crs(METRES).iloc[0]
    near, far = (
        shapely.get_coordinates(shapely.offset_curve(line, metres, join_style="mitre"))
        for metres in row["offset_m"]
    )
    ground = gpd.GeoSeries([shapely.Polygon([*near, *far[::-1]])], crs=METRES).to_crs(4490)
    return shapely.Polygon(shapely.get_coordinates(ground.iloc[0]).round(7))


def _beside(row: Row, metres: float, courses: Courses) -> shapely.Point:
    chainage, line = _chainage(courses[row["jurisdiction"], row["river"]])
    here, ahead = _along([row["chainage_m"], row["chainage_m"] + 1], chainage, line)
    azimuth, _, _ = GEOD.inv(here[0], here[1], ahead[0], ahead[1])
    lon, lat, _ = GEOD.fwd(here[0], here[1], azimuth - 90, metres)
    return shapely.Point(round(lon, 7), round(lat, 7))


def nowhere(row: Row, courses: Courses) -> None:
    """Return no geometry: such a row is a count on its township."""
    del row, courses


PLACED: dict[str, Callable[[Row, Courses], shapely.Geometry | None]] = {
    "spot": spot,
    "spot_if_told": spot_if_told,
    "house": house,
    "box": box,
    "stretch": stretch,
    "bankside": bankside,
    "across": across,
    "course": course,
    "strip": strip,
    "nowhere": nowhere,
}
"""The ways in which the feature file puts a row on the ground."""


@cache
def outlines(city_id: str) -> Mapping[str, shapely.Geometry]:
    """Return the published outline of each office in EPSG:4490.

    Outlines supplied in the settings are left aside: the demonstration is the same everywhere.
    """
    office_of = {
        code: one.id for one in open_city(city_id).jurisdictions for code in one.admin_codes
    }
    districts = gpd.read_file(CITIES / city_id / "districts.geojson")
    offices = districts["adcode"].map(office_of)
    return dict(zip(offices, districts.geometry, strict=True))


def river_courses(drawn: list[Row], city_id: str) -> dict[tuple[str, str], shapely.LineString]:
    """Return the longest course of each river inside each office, and the courses drawn by hand."""
    courses = {(one["office"], one["river"]): shapely.LineString(one["line"]) for one in drawn}
    for river, lines in read_rivers(city_id).groupby("name"):
        whole = shapely.line_merge(shapely.union_all(lines.geometry.to_numpy()))
        for office, outline in outlines(city_id).items():
            parts = shapely.get_parts(shapely.intersection(whole, outline))
            if len(parts) and shapely.length(parts).max() > 0:
                courses[office, str(river)] = parts[shapely.length(parts).argmax()]
    return courses


def spread(
    cluster: Row, inside: shapely.Geometry, taken: list[Spot], dice: random.Random
) -> Iterator[Spot]:
    """Yield as many spots as a cluster counts, round its centre and apart from those taken."""
    within = inside.buffer(-FROM_EDGE_DEG)
    left = cluster["count"]
    while left:
        offset = (dice.gauss(0, cluster["spread_m"]), dice.gauss(0, cluster["spread_m"] * 0.7))
        lon, lat = (float(degrees) for degrees in move(cluster["at"], *offset)[0].round(6))
        if shapely.contains_xy(within, lon, lat) and _is_apart((lon, lat), taken):
            taken.append((lon, lat))
            left -= 1
            yield lon, lat


def _is_apart(here: Spot, others: list[Spot]) -> bool:
    offset = (np.array(others).reshape(-1, 2) - here) * METRES_A_DEGREE
    return bool((np.hypot(*offset.T) > APART_M).all())


def _chainage(line: shapely.LineString) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    corners = shapely.get_coordinates(line)
    return np.concatenate([[0.0], np.cumsum(GEOD.line_lengths(*corners.T))]), corners


def _along(
    wanted_m: list[float], chainage: NDArray[np.float64], corners: NDArray[np.float64]
) -> NDArray[np.float64]:
    lon, lat = (np.interp(wanted_m, chainage, numbers) for numbers in corners.T)
    return np.column_stack([lon, lat]).round(7)
