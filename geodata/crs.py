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
from pyproj.crs import BoundCRS
from pyproj.crs.coordinate_operation import ToWGS84Transformation
from pyproj.exceptions import CRSError
from pyproj.transformer import TransformerGroup

from geodata.errors import BadSetting, NeedsParameters, UnknownSystem
from geodata.helmert import FORM, Helmert, parse_towgs84
from geodata.rings import flat_rings

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
SQUARE_METRES_PER_MU = 10_000 / 15
"""Fifteen mu (亩) are a hectare."""


SWAPPED = "/yx"
"""What follows the name of a system whose two numbers stand in the other order: north first."""

HELMERT = "+towgs84="
"""What stands between an old system and the seven parameters it is taken with."""


def find_system(name: str, parameters: Helmert | None = None) -> str:
    """Return the name under which a system is kept: `gcj02`, `bd09`, `EPSG:n`, or else its WKT.

    Understands EPSG codes with or without prefix, WKT, the names in ALIASES, and after each
    of them SWAPPED. A datum that PROJ reaches only by a ballpark shift is kept as
    `EPSG:n+towgs84=...` with its parameters. Raises UnknownSystem, NeedsParameters without
    them, and BadSetting for parameters that the system has no use for.
    """
    said, turned = _without_turn(name.strip())
    said, brought = _without_parameters(said)
    parameters = brought or parameters
    plain = re.sub(r"[\s_-]", "", said).casefold()
    asked = ALIASES.get(plain, plain if plain in SHIFTS else said.strip())
    if asked in SHIFTS:
        _refuse_useless(asked, parameters)
        return asked + turned
    try:
        system = pyproj.CRS.from_user_input(int(asked) if asked.isdigit() else asked)
    except CRSError as unknown:
        raise UnknownSystem(name, known_systems()) from unknown
    if not (system.is_geographic or system.is_projected):
        raise UnknownSystem(name, known_systems())
    if not _needs_parameters(system):
        _refuse_useless(system.name, parameters)
        return name_system(system) + turned
    if parameters is None:
        raise NeedsParameters(system=system.name)
    if parameters.datum and parameters.datum not in _datum_of(system):
        _refuse_useless(system.name, parameters)
    if system.to_authority() is None:
        return name_system(_bound(system, parameters)) + turned
    return name_system(system) + HELMERT + parameters.towgs84 + turned


def swap_axes(system: str) -> str:
    """Return the name of a system whose two numbers stand the other way round."""
    return system.removesuffix(SWAPPED) if system.endswith(SWAPPED) else system + SWAPPED


def is_shifted(system: str) -> bool:
    """Return whether a kept name is that of a map app's system, in either order of numbers."""
    return system.removesuffix(SWAPPED) in SHIFTS


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
    if is_shifted(name):
        return CHINA
    base, _ = _without_parameters(_without_turn(name)[0])
    area = pyproj.CRS.from_user_input(base).area_of_use
    return area.bounds if area else None


def to_stored(places: gpd.GeoSeries, system: str) -> gpd.GeoSeries:
    """Return places, given in the plain numbers of a system, in EPSG:4490 and two dimensions.

    Shifted systems are converted vertex by vertex. What cannot be projected becomes
    infinite. Raises UnknownSystem and NeedsParameters.
    """
    kept, given = find_system(system), places.to_numpy()
    if kept in SAME_AS_STORED and not shapely.has_z(given).any():
        return gpd.GeoSeries(given, index=places.index, crs=STORED)
    move = way_to_stored(kept)
    is_point = (shapely.get_type_id(given) == shapely.GeometryType.POINT) & ~shapely.is_empty(given)
    if (is_point | shapely.is_missing(given)).all():
        moved = np.full(len(given), None)
        moved[is_point] = points_of(*move(*shapely.get_coordinates(given[is_point]).T))
    else:
        moved = shapely.transform(given, move, interleaved=False)
    return gpd.GeoSeries(moved, index=places.index, crs=STORED)


def points_of(x: Degrees, y: Degrees) -> NDArray[np.object_]:
    """Return points of two columns of numbers, made in parts, which is quicker."""
    points = np.full(len(x), None)
    for start in range(0, len(x), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        points[part] = shapely.points(np.column_stack([x[part], y[part]]))
    return points


def geodesic_area_m2(places: gpd.GeoSeries) -> NDArray[np.float64]:
    """Return areas in square metres on the GRS80 ellipsoid of places in EPSG:4490.

    Holes count as outside, whichever way rings turn; a missing place gives NaN, as does one
    with corners that are no numbers. Points and lines have none.
    """
    given = places.to_numpy()
    areas = np.full(len(given), np.nan)
    plain = np.flatnonzero(_are_polygons(given))
    areas[plain] = _areas_of_polygons(given[plain])
    other = np.flatnonzero(~_are_polygons(given) & ~shapely.is_missing(given))
    other = other[have_numbers(given[other])]
    parts, whose = shapely.get_parts(given[other], return_index=True)
    is_area = _are_polygons(parts)
    pieces = _areas_of_polygons(parts[is_area])
    areas[other] = np.bincount(whose[is_area], pieces, len(other))
    return areas


def _are_polygons(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    is_polygon: NDArray[np.bool_] = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    return is_polygon & ~shapely.is_empty(shapes)


def _areas_of_polygons(polygons: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return areas in square metres, ring by ring; PROJ is asked about rings of long edges."""
    from geodata.kernels.areas import ring_areas_m2

    if not len(polygons):
        return np.zeros(0)
    xy, ring_at, polygon_at = flat_rings(polygons)
    rings: NDArray[np.float64] = ring_areas_m2(xy, ring_at)
    for ring in np.flatnonzero(np.isnan(rings)):
        x, y = np.ascontiguousarray(xy[ring_at[ring] : ring_at[ring + 1]].T)
        if np.isfinite(x).all() and np.isfinite(y).all():
            rings[ring] = abs(GEOD.polygon_area_perimeter(x, y)[0])
    if len(rings) == len(polygons):
        return rings
    outer = rings[polygon_at[:-1]]
    holes: NDArray[np.float64] = np.add.reduceat(rings, polygon_at[:-1]) - outer
    return np.abs(outer - holes)


def have_numbers(places: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return whether all corners of each place are finite, as of one without corners they are."""
    corners, which = shapely.get_coordinates(places, return_index=True)
    flags = np.ones(len(places), bool)
    flags[which[~np.isfinite(corners).all(axis=1)]] = False
    return flags


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
AT_ONCE = 16_384  # as many as the processor keeps at hand; the answers are the same
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
    if np.size(lon) <= AT_ONCE:
        return _undo_shift(system, lon, lat)
    east, north = np.empty(len(lon)), np.empty(len(lon))
    for start in range(0, len(lon), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        east[part], north[part] = _undo_shift(system, lon[part], lat[part])
    return east, north


def _undo_shift(system: str, lon: Degrees, lat: Degrees) -> Pair:
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
def way_to_stored(system: str) -> Move:
    """Return the function from the two numbers of a kept system to degrees of EPSG:4490.

    What cannot be projected becomes infinite.
    """
    if system.endswith(SWAPPED):
        straight = way_to_stored(system.removesuffix(SWAPPED))
        return lambda north, east: straight(east, north)
    if system in SHIFTS:
        return lambda lon, lat: undo_shift(system, lon, lat)
    if system in SAME_AS_STORED:
        return lambda lon, lat: (lon, lat)
    crs = _crs_of(system)
    # PROJ's own way from a foreign datum to 4490 is a ballpark shift, wrong by up to hundreds
    # of metres; its way to WGS 84 is not, and from there 4490 is the same.
    geodetic = crs.geodetic_crs
    target = STORED if geodetic and name_system(geodetic) == STORED else "EPSG:4326"
    move: Move = pyproj.Transformer.from_crs(crs, target, always_xy=True).transform
    return move


def _crs_of(system: str) -> pyproj.CRS:
    base, parameters = _without_parameters(system)
    crs = pyproj.CRS.from_user_input(base)
    return _bound(crs, parameters) if parameters else crs


def _bound(system: pyproj.CRS, parameters: Helmert) -> pyproj.CRS:
    """Return a system tied to WGS 84 by its parameters, which PROJ then uses and nothing else."""
    tie = ToWGS84Transformation(system.geodetic_crs, *parameters.numbers)
    return BoundCRS(source_crs=system, target_crs=pyproj.CRS(4326), transformation=tie)


def _without_turn(name: str) -> tuple[str, str]:
    is_turned = name.casefold().endswith(SWAPPED)
    return (name[: -len(SWAPPED)], SWAPPED) if is_turned else (name, "")


def _without_parameters(name: str) -> tuple[str, Helmert | None]:
    """Return a name and its parameters; a PROJ string or WKT with its own is left whole."""
    found = re.fullmatch(r"([^\s+\[]+)" + re.escape(HELMERT) + r"(\S+)", name)
    return (found[1], parse_towgs84(found[2])) if found else (name, None)


def _refuse_useless(system: str, parameters: Helmert | None) -> None:
    """Refuse parameters that would be dropped: whoever gives them means another system."""
    if parameters is not None:
        raise BadSetting(name="parameters", value=system, form=FORM)


def _needs_parameters(system: pyproj.CRS) -> bool:
    """Return whether PROJ would only pretend to know the way from this datum."""
    if system.is_bound:  # the file brings its own parameters (TOWGS84)
        return False
    datum = _datum_of(system)
    if any(name in datum for name in LEGACY_DATUMS):
        return True
    ellipsoid = system.ellipsoid
    if ellipsoid and abs(ellipsoid.semi_major_metre - GRS80_RADIUS_M) < 1:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # grids that a better way would need
        ways = TransformerGroup(system, 4326, always_xy=True).transformers
    return not ways or ways[0].accuracy < 0


def _datum_of(system: pyproj.CRS) -> str:
    geodetic = system.geodetic_crs
    return str(geodetic.datum.name).casefold() if geodetic and geodetic.datum else ""
