"""Where on earth numbers lie: the stored system, the shifted ones of map apps, and true areas.

Everything is stored in CGCS2000 (EPSG:4490), longitude first. WGS 84 is taken for the same:
the two differ by centimetres to decimetres, and PROJ knows no difference between them.
"""

import re
import warnings
from collections.abc import Callable
from functools import cache

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError
from pyproj.transformer import TransformerGroup

from geodata.errors import NeedsParameters, UnknownSystem

STORED = "EPSG:4490"

Degrees = NDArray[np.float64]
Pair = tuple[Degrees, Degrees]
Box = tuple[float, float, float, float]
Move = Callable[[Degrees, Degrees], Pair]

ALIASES: dict[str, str] = {
    "cgcs2000": STORED,
    "国家2000": STORED,
    "2000国家大地坐标系": STORED,
    "wgs84": "EPSG:4326",
    "gps": "EPSG:4326",
    "ogc:crs84": "EPSG:4326",
    "webmercator": "EPSG:3857",
    "gaode": "gcj02",
    "amap": "gcj02",
    "tencent": "gcj02",
    "高德": "gcj02",
    "腾讯": "gcj02",
    "火星坐标": "gcj02",
    "baidu": "bd09",
    "百度": "bd09",
    "xian80": "EPSG:4610",
    "西安80": "EPSG:4610",
    "beijing54": "EPSG:4214",
    "北京54": "EPSG:4214",
}
"""Further names of systems, lower case and without spaces, hyphens and underscores."""

SAME_AS_STORED = frozenset({STORED, "EPSG:4326"})
LEGACY_DATUMS = ("xian", "beijing")
GRS80_RADIUS_M = 6378137.0
GEOD = pyproj.Geod(ellps="GRS80")


def find_system(name: str) -> str:
    """Return the name under which a system is kept: `gcj02`, `bd09`, `EPSG:n`, or else its WKT.

    Understands EPSG codes with or without prefix, WKT and the names in ALIASES. Raises
    UnknownSystem, or NeedsParameters for a datum that PROJ reaches only by a ballpark shift.
    """
    plain = re.sub(r"[\s_-]", "", name).casefold()
    asked = ALIASES.get(plain, plain if plain in SHIFTS else name.strip())
    if asked in SHIFTS:
        return asked
    try:
        system = pyproj.CRS.from_user_input(int(asked) if asked.isdigit() else asked)
    except CRSError as unknown:
        raise UnknownSystem(name, known_systems()) from unknown
    if not (system.is_geographic or system.is_projected):
        raise UnknownSystem(name, known_systems())
    if _needs_parameters(system):
        raise NeedsParameters(system=system.name)
    return name_system(system)


def name_system(system: pyproj.CRS) -> str:
    """Return the shortest text that names a system without loss: authority and code, or its WKT."""
    authority = system.to_authority()
    if authority is None:
        return str(system.to_wkt())
    name = ":".join(authority)
    return ALIASES.get(name.casefold(), name)


def known_systems() -> tuple[str, ...]:
    """Return the names to offer where one was not understood."""
    return ("EPSG:4490", "EPSG:4543", "EPSG:4544", "wgs84", *SHIFTS)


def area_of_use(system: str) -> Box | None:
    """Return west, south, east and north of where a system is meant to be used, in degrees.

    None where the system does not say. Raises UnknownSystem and NeedsParameters.
    """
    name = find_system(system)
    if name in SHIFTS:
        return CHINA
    area = pyproj.CRS.from_user_input(name).area_of_use
    return area.bounds if area else None


def to_stored(places: gpd.GeoSeries, system: str) -> gpd.GeoSeries:
    """Return places, given in the plain numbers of a system, in EPSG:4490 and two dimensions.

    Shifted systems are converted vertex by vertex. What cannot be projected becomes
    infinite. Raises UnknownSystem and NeedsParameters.
    """
    move = _way_to_stored(find_system(system))
    moved = shapely.transform(places.to_numpy(), move, interleaved=False)
    return gpd.GeoSeries(moved, index=places.index, crs=STORED)


def geodesic_area_m2(places: gpd.GeoSeries) -> NDArray[np.float64]:
    """Return areas in square metres on the GRS80 ellipsoid of places in EPSG:4490.

    Holes count as outside, whichever way rings turn; a missing place gives NaN.
    """
    turned = shapely.orient_polygons(places.to_numpy())
    areas = (np.nan if one is None else abs(GEOD.geometry_area_perimeter(one)[0]) for one in turned)
    return np.fromiter(areas, float, len(turned))


def geodesic_length_m(places: gpd.GeoSeries) -> NDArray[np.float64]:
    """Return lengths in metres on the GRS80 ellipsoid of places in EPSG:4490.

    The length of a polygon is that of all its rings; a missing place gives NaN.
    """
    given = places.to_numpy()
    lengths = (np.nan if one is None else GEOD.geometry_length(one) for one in given)
    return np.fromiter(lengths, float, len(given))


# ---------------------------------------------------------------- shifted systems

KRASSOWSKY_RADIUS_M = 6378245.0
KRASSOWSKY_E2 = 0.00669342162296594323
CHINA: Box = (
    72.004,
    0.8293,
    137.8347,
    55.8271,
)  # where the map apps shift: west, south, east, north
RIPPLE = ((20, 6), (20, 2))  # metres, half waves a degree
RIPPLE_EAST = ((20, 1), (40, 1 / 3), (150, 1 / 12), (300, 1 / 30))
RIPPLE_NORTH = ((20, 1), (40, 1 / 3), (160, 1 / 12), (320, 1 / 30))
BAIDU = (0.0065, 0.006)  # degrees east, north
STEPS = 6  # each shrinks the error fiftyfold or more; six leave nanometres


def shift_to_gcj02(lon: Degrees, lat: Degrees) -> Pair:
    """Return GCJ-02 degrees of true ones; unchanged outside China.

    >>> lon, lat = shift_to_gcj02(np.array([103.62]), np.array([36.2]))
    >>> print(lon.round(6), lat.round(6))
    [103.622263] [36.199631]
    """
    x, y = lon - 105, lat - 35
    root, both = np.sqrt(np.abs(x)), _ripple(x, RIPPLE)
    east_m = 300 + x + 2 * y + 0.1 * x * (x + y) + 0.1 * root + both + _ripple(x, RIPPLE_EAST)
    north_m = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * root + both
    north_m = north_m + _ripple(y, RIPPLE_NORTH)
    phi = np.radians(lat)
    flat = 1 - KRASSOWSKY_E2 * np.sin(phi) ** 2
    east = np.degrees(east_m * np.sqrt(flat) / (KRASSOWSKY_RADIUS_M * np.cos(phi)))
    north = np.degrees(north_m * flat**1.5 / (KRASSOWSKY_RADIUS_M * (1 - KRASSOWSKY_E2)))
    inside = _in_china(lon, lat)
    return np.where(inside, lon + east, lon), np.where(inside, lat + north, lat)


def shift_to_bd09(lon: Degrees, lat: Degrees) -> Pair:
    """Return BD-09 degrees of true ones (GCJ-02 and a second shift); unchanged outside China."""
    x, y = shift_to_gcj02(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(np.radians(y * 3000))
    angle = np.arctan2(y, x) + 0.000003 * np.cos(np.radians(x * 3000))
    inside = _in_china(lon, lat)
    east, north = radius * np.cos(angle) + BAIDU[0], radius * np.sin(angle) + BAIDU[1]
    return np.where(inside, east, lon), np.where(inside, north, lat)


SHIFTS: dict[str, Move] = {"gcj02": shift_to_gcj02, "bd09": shift_to_bd09}
"""The shifted systems, and the way from true degrees into each."""


def undo_shift(system: str, lon: Degrees, lat: Degrees) -> Pair:
    """Return the true degrees of shifted ones (`gcj02` or `bd09`), to well below a millimetre."""
    true_lon, true_lat = lon, lat
    for _ in range(STEPS):
        x, y = SHIFTS[system](true_lon, true_lat)
        true_lon, true_lat = true_lon + (lon - x), true_lat + (lat - y)
    return true_lon, true_lat


def _ripple(degrees: Degrees, waves: tuple[tuple[float, float], ...]) -> Degrees:
    sizes_m = [size * 2 / 3 * np.sin(degrees * np.pi * rate) for size, rate in waves]
    return np.sum(sizes_m, axis=0, dtype=float)


def _in_china(lon: Degrees, lat: Degrees) -> NDArray[np.bool_]:
    west, south, east, north = CHINA
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


# ------------------------------------------------------------------ ways to 4490


@cache
def _way_to_stored(system: str) -> Move:
    if system in SHIFTS:
        return lambda lon, lat: undo_shift(system, lon, lat)
    if system in SAME_AS_STORED:
        return lambda lon, lat: (lon, lat)
    crs = pyproj.CRS.from_user_input(system)
    # PROJ's own way from a foreign datum to 4490 is a ballpark shift, wrong by up to hundreds
    # of metres; its way to WGS 84 is not, and from there 4490 is the same.
    geodetic = crs.geodetic_crs
    target = STORED if geodetic and name_system(geodetic) == STORED else "EPSG:4326"
    move: Move = pyproj.Transformer.from_crs(crs, target, always_xy=True).transform
    return move


def _needs_parameters(system: pyproj.CRS) -> bool:
    """Return whether PROJ would only pretend to know the way from this datum."""
    if system.is_bound:  # the file brings its own parameters (TOWGS84)
        return False
    geodetic = system.geodetic_crs
    datum = geodetic.datum.name.casefold() if geodetic and geodetic.datum else ""
    if any(name in datum for name in LEGACY_DATUMS):
        return True
    ellipsoid = system.ellipsoid
    if ellipsoid and abs(ellipsoid.semi_major_metre - GRS80_RADIUS_M) < 1:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # grids that a better way would need
        ways = TransformerGroup(system, 4326, always_xy=True).transformers
    return not ways or ways[0].accuracy < 0
