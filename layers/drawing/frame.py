"""The piece of the earth that a printed map shows, and how it lies flat on the paper.

Flat means the equal-area projection of Lambert (LAEA) on the ellipsoid of CGCS2000, centred
on the map: there north is up, and a metre is a metre in every direction.
"""

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer

from geodata.city import City, read_outlines
from geodata.crs import GEOD
from geodata.selection import have_place

Extent = tuple[float, float, float, float]
"""West, south, east, north in degrees of CGCS2000."""

MARGIN = 0.08
SMALLEST_M = 4_000
BADGE_REACH_DEGREES = 0.12
"""How far around the badge of an office without an outline its map reaches."""

SCREEN_PX, SCREEN_ASPECT, TILE_PX = 900, 0.6, 256
"""How wide a map on screen is, how high for its width, and the width of the world at zoom 0."""


@dataclass(frozen=True)
class Frame:
    """A map's centre in CGCS2000 degrees, its width and its height in metres."""

    centre: tuple[float, float]
    width_m: float
    height_m: float

    @property
    def crs(self) -> CRS:
        """Return the projection of this map, in metres from its centre."""
        return _flat(self.centre)

    @property
    def box(self) -> shapely.Polygon:
        """Return the map's edge in metres from its centre."""
        east, north = self.width_m / 2, self.height_m / 2
        return shapely.box(-east, -north, east, north)

    def flatten(self, shapes: gpd.GeoSeries) -> gpd.GeoSeries:
        """Return geometries in EPSG:4490 as metres from the centre of the map."""
        return shapes.to_crs(self.crs)

    def shows(self, shapes: gpd.GeoSeries) -> pd.Series:
        """Return which geometries in EPSG:4490 are at least in part on the map."""
        return self.flatten(shapes).intersects(self.box)

    def scale_bar(self, share: float = 0.25) -> tuple[float, float]:
        """Return a round length in metres, about a share of the width, and its length on the map.

        The second is measured along the ellipsoid eastwards from the centre.
        """
        length_m = round_length(self.width_m * share)
        lon, lat, _ = GEOD.fwd(*self.centre, 90, length_m)
        east, north = _transformer(self.centre).transform(lon, lat)
        return length_m, math.hypot(east, north)


def frame_map(extent: Extent, aspect: float) -> Frame:
    """Return the frame around an extent with a margin, `aspect` times as wide as high."""
    west, south, east, north = extent
    centre = ((west + east) / 2, (south + north) / 2)
    edge = np.linspace(0, 1, 9)
    lon = np.concatenate([west + (east - west) * edge] * 2 + [np.full(9, west), np.full(9, east)])
    lat = np.concatenate(
        [np.full(9, south), np.full(9, north)] + [south + (north - south) * edge] * 2
    )
    x, y = _transformer(centre).transform(lon, lat)
    room = 1 + 2 * MARGIN
    width_m = max(2 * np.abs(x).max() * room, 2 * np.abs(y).max() * room * aspect, SMALLEST_M)
    return Frame(centre, float(width_m), float(width_m / aspect))


def extent_of(features: gpd.GeoDataFrame, city: City) -> Extent:
    """Return the extent of features, or of their districts where they have no place."""
    has_place = have_place(features)
    boxes = [tuple(features.geometry[has_place].total_bounds)] if has_place.any() else []
    counted = set(features.loc[~has_place, "jurisdiction"])
    return _around_all([*boxes, *_district_boxes(counted, city)]) or city.bounds


def extent_of_district(jurisdiction: str, city: City) -> Extent:
    """Return the extent of one district, or around its badge where it has no outline."""
    return _around_all(_district_boxes({jurisdiction}, city)) or city.bounds


def extent_around(lon: float, lat: float, zoom: float) -> Extent:
    """Return what a map on screen shows around a point at a zoom level, in degrees."""
    reach = SCREEN_PX / 2 * 360 / (TILE_PX * 2**zoom)
    up = reach * math.cos(math.radians(lat)) * SCREEN_ASPECT
    return (lon - reach, lat - up, lon + reach, lat + up)


def round_length(length_m: float) -> float:
    """Return the largest of 1, 2, 5, 10, 20, 50 ... that is no longer than a length.

    >>> round_length(70_000)
    50000.0
    """
    power = 10.0 ** math.floor(math.log10(length_m))
    return power * max(step for step in (1, 2, 5) if step * power <= length_m)


def _district_boxes(offices: AbstractSet[str], city: City) -> list[Extent]:
    outlines = read_outlines(city.id)
    wanted = outlines[outlines["office"].isin(list(offices))]
    badges = {office: place for office, place in city.badges if office in offices}
    bare = badges.keys() - set(wanted["office"])
    return [*(shape.bounds for shape in wanted.geometry), *(_around(badges[one]) for one in bare)]


def _around_all(boxes: Sequence[Extent]) -> Extent | None:
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return (min(west), min(south), max(east), max(north))


def _around(place: tuple[float, float]) -> Extent:
    lon, lat = place
    reach = BADGE_REACH_DEGREES
    return (lon - reach, lat - reach, lon + reach, lat + reach)


@cache
def _flat(centre: tuple[float, float]) -> CRS:
    lon, lat = centre
    return CRS.from_proj4(f"+proj=laea +lon_0={lon} +lat_0={lat} +ellps=GRS80 +units=m")


@cache
def _transformer(centre: tuple[float, float]) -> Transformer:
    return Transformer.from_crs("EPSG:4490", _flat(centre), always_xy=True)
