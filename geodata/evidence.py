"""How well places fit what is known of a city: outlines, rivers, land edges, rows already stored.

Each kind of evidence gives every row a fit between 0 and 1, so that rows can be counted for one
system and against another. Distances are metres in a plane around the middle of the city.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geodata.city import City, open_city, read_neighbours, read_outlines, read_rivers
from geodata.crs import STORED, have_numbers, way_to_stored
from geodata.errors import UnknownJurisdiction
from geodata.gazetteer import read_gazetteer
from geodata.magnitudes import MOST_LAT, MOST_LON

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Positions = NDArray[np.intp]

OUTLINE_M = 100.0  # the outlines are simplified: 62 to 93 m off in the median
KNOWN_M = 50.0  # two records of one place differ by about as much
RIVER_M = 1500.0  # the river lines at hand differ among themselves by as much
EDGE_M = 150.0
SAME_PLACE_M = 100.0  # a stored row this near is the same place
FOLLOWS_EDGES_M = 300.0  # shapes that lie farther from the edges do not follow them
FOLLOWS_RIVERS_M = 5000.0
REGION_MARGIN_M = 20_000.0
IN_REGION, IN_CHINA = 0.5, 0.1  # the fit of a row in a county next door, and elsewhere in China
CHINA_BOX = (73.0, 17.0, 136.0, 54.0)  # west, south, east, north

WEIGHTS: dict[str, float] = {"known": 4.0, "stated": 2.0, "edges": 2.0, "rivers": 1.0, "place": 1.0}
"""Kinds of evidence, and what a full fit of each counts for; the sharpest counts most."""


@dataclass(frozen=True)
class Ground:
    """What places are held against.

    `known` are rows already stored (columns id and name, EPSG:4490), `townships` outlines of
    townships (column name, EPSG:4490) where anybody has them. Demonstration rows are invented
    and must not be among the known ones.
    """

    city: City
    known: gpd.GeoDataFrame = field(default_factory=lambda: _nothing("id", "name"))
    townships: gpd.GeoDataFrame = field(default_factory=lambda: _nothing("name"))


def ground_of(city: City, stored: gpd.GeoDataFrame | None = None) -> Ground:
    """Return the ground of a city and of the rows a layer has already, invented ones left out."""
    if stored is None or not len(stored):
        return Ground(city)
    real = ~stored["is_demonstration"].astype(bool) if "is_demonstration" in stored else None
    known = stored if real is None else stored[real]
    placed = known[~(known.geometry.isna() | known.geometry.is_empty)]
    return Ground(city, gpd.GeoDataFrame(placed.reset_index(drop=True)))


@dataclass(frozen=True)
class Sample:
    """Some rows of a file, in its own numbers, with what the file says about them.

    `position` counts rows from 0; `is_even` marks those taken at even steps, the others were
    added because a stored row is known. `area` is the stated office or township, -1 for
    none; `known` the stored row of the same id or name, -1 for none. `owner` leads from
    each vertex of the shapes to its row in the sample.
    """

    position: Positions
    is_even: Flags
    x: Numbers
    y: Numbers
    area: Positions
    known: Positions
    owner: Positions
    vertex_x: Numbers
    vertex_y: Numbers

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.position)

    def only(self, which: Flags) -> "Sample":
        """Return the rows that are marked."""
        kept = np.flatnonzero(which)
        renumbered = np.full(len(which), -1)
        renumbered[kept] = np.arange(len(kept))
        held = which[self.owner]
        return Sample(
            position=self.position[kept],
            is_even=self.is_even[kept],
            x=self.x[kept],
            y=self.y[kept],
            area=self.area[kept],
            known=self.known[kept],
            owner=renumbered[self.owner[held]],
            vertex_x=self.vertex_x[held],
            vertex_y=self.vertex_y[held],
        )


@dataclass(frozen=True)
class Fit:
    """Where one system puts the rows of a sample, and how well they fit there.

    `fits` hold a number from 0 to 1 per row, by kind of evidence, NaN where there is none;
    `metres` the distances behind them.
    """

    lon: Numbers
    lat: Numbers
    in_city: Flags
    in_region: Flags
    in_china: Flags
    off_known: Numbers
    fits: Mapping[str, Numbers]
    metres: Mapping[str, Numbers]

    @property
    def is_explained(self) -> Flags:
        """Return which rows lie where rows of this city are expected."""
        at_known = self.metres["known"] <= SAME_PLACE_M
        return np.asarray(self.in_region | at_known)

    def only(self, which: Flags) -> "Fit":
        """Return the rows that are marked."""
        return Fit(
            lon=self.lon[which],
            lat=self.lat[which],
            in_city=self.in_city[which],
            in_region=self.in_region[which],
            in_china=self.in_china[which],
            off_known=self.off_known[which],
            fits={kind: one[which] for kind, one in self.fits.items()},
            metres={kind: one[which] for kind, one in self.metres.items()},
        )


# ------------------------------------------------------------------------- areas


@dataclass(frozen=True)
class _Area:
    shape: shapely.Geometry
    edges: shapely.STRtree

    @classmethod
    def of(cls, shape: shapely.Geometry) -> "_Area":
        shapely.prepare(shape)
        return cls(shape, _segments(np.array([shape], object)))

    def outside_m(self, x: Numbers, y: Numbers) -> Numbers:
        """Return how far points lie outside, 0 inside."""
        out = np.zeros(len(x))
        is_out = ~shapely.contains_xy(self.shape, x, y)
        out[is_out] = _nearest_m(self.edges, x[is_out], y[is_out])
        return out


@dataclass(frozen=True)
class _Land:
    """The outlines of a city and its surroundings in the plane."""

    to_plane: pyproj.Transformer
    city: _Area
    region: _Area
    offices: Mapping[str, _Area]
    edges: shapely.STRtree
    rivers: shapely.STRtree


@cache
def _land_of(city_id: str) -> _Land:
    lon, lat = open_city(city_id).centre
    plane = f"+proj=tmerc +lon_0={lon} +lat_0={lat} +ellps=GRS80 +units=m"
    to_plane = pyproj.Transformer.from_crs(STORED, plane, always_xy=True)
    frames = read_outlines(city_id), read_neighbours(city_id), read_rivers(city_id)
    outlines, neighbours, rivers = (in_plane(one.geometry, to_plane) for one in frames)
    region = np.concatenate([outlines, neighbours])
    return _Land(
        to_plane,
        _Area.of(shapely.union_all(outlines)),
        _Area.of(shapely.union_all(region)),
        dict(zip(frames[0]["office"], map(_Area.of, outlines), strict=True)),
        _segments(region),
        _segments(rivers),
    )


def in_plane(places: gpd.GeoSeries, to_plane: pyproj.Transformer) -> NDArray[np.object_]:
    """Return places of EPSG:4490 in the metres of a plane."""
    moved: NDArray[np.object_] = shapely.transform(
        places.to_numpy(), to_plane.transform, interleaved=False
    )
    return moved


def _segments(shapes: NDArray[np.object_]) -> shapely.STRtree:
    lines = shapely.get_parts(shapely.boundary(shapes) if _are_areas(shapes) else shapes)
    rings = shapely.get_parts(lines)
    points, owner = shapely.get_coordinates(rings, return_index=True)
    follows = owner[1:] == owner[:-1]
    pairs = np.stack([points[:-1][follows], points[1:][follows]], axis=1)
    return shapely.STRtree(shapely.linestrings(pairs))


def _are_areas(shapes: NDArray[np.object_]) -> bool:
    return bool((shapely.get_dimensions(shapes) == 2).all())  # noqa: PLR2004 - areas have two


def _nearest_m(tree: shapely.STRtree, x: Numbers, y: Numbers) -> Numbers:
    """Return the distance of each point to the nearest segment."""
    away = np.full(len(x), np.inf)
    finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if len(finite) and len(tree.geometries):
        points = shapely.points(x[finite], y[finite])
        (which, _), metres = tree.query_nearest(points, return_distance=True, all_matches=False)
        away[finite[which]] = metres
    return away


# ------------------------------------------------------------------- what is said


def stated_areas(rows: pd.DataFrame, ground: Ground) -> Positions:
    """Return the number of the area that each row states, -1 for none.

    The outline of its township, else that of its office, else of the office whose township it is.
    Offices count first, in the order of their outlines, then townships.
    """
    offices = list(_land_of(ground.city.id).offices)
    towns = {name: len(offices) + at for at, name in enumerate(ground.townships["name"])}
    stated = np.full(len(rows), -1)
    if "jurisdiction" in rows:
        known = {
            words: _office_number(words, ground.city, offices)
            for words in rows["jurisdiction"].dropna().astype(str).unique()
        }
        stated = rows["jurisdiction"].astype("str").map(known).fillna(-1).to_numpy(int)
    if "township" in rows and towns:
        told = rows["township"].astype("str").str.strip().map(towns).fillna(-1).to_numpy(int)
        stated = np.where(told >= 0, told, stated)
    if "township" in rows:
        silent = stated < 0
        names = rows["township"][silent].astype("str").str.strip()
        by_town = {name: _office_of_town(name, ground.city, offices) for name in names.unique()}
        stated[silent] = names.map(by_town).to_numpy(int)
    return stated


def _office_of_town(words: str, city: City, offices: list[str]) -> int:
    """Return the number of the office that answers for a township of the gazetteer."""
    found = read_gazetteer(city.id).find(words) if words else None
    office = found.place.office if found and found.place and found.is_certain else ""
    return offices.index(office) if office in offices else -1


def _office_number(words: str, city: City, offices: list[str]) -> int:
    try:
        office = city.find_jurisdiction(words)
    except UnknownJurisdiction:
        return -1
    return offices.index(office) if office in offices else -1


def _area_numbered(number: int, ground: Ground) -> _Area:
    land = _land_of(ground.city.id)
    offices = list(land.offices.values())
    if number < len(offices):
        return offices[number]
    town = ground.townships.geometry.iloc[[number - len(offices)]]
    return _Area.of(in_plane(town, land.to_plane)[0])


def known_rows(rows: pd.DataFrame, ground: Ground) -> Positions:
    """Return the number of the stored row of the same id, or else the same name, -1 for none.

    Ids and names that occur twice on either side say nothing.
    """
    found = np.full(len(rows), -1)
    for column in ("name", "id"):
        if column in rows and column in ground.known and len(ground.known):
            stored = _only_once(ground.known[column])
            numbers = pd.Series(stored.index, index=stored.to_numpy(object))
            given = _only_once(rows[column].reset_index(drop=True))
            same = given.map(numbers).dropna()
            found[same.index.to_numpy(int)] = same.to_numpy(int)
    return found


def _only_once(cells: pd.Series) -> pd.Series:
    text = cells.dropna().astype(str).str.strip().str.removesuffix(".0")
    return text[(text != "") & ~text.duplicated(keep=False)]


# ------------------------------------------------------------------------- places


def row_points(places: NDArray[np.object_]) -> tuple[Numbers, Numbers]:
    """Return two numbers that stand for each place: a point's own, a line's middle vertex,
    a polygon's centroid; NaN where there is none, or a corner is no number.
    """  # noqa: D205 - one sentence
    x, y = shapely.get_x(places), shapely.get_y(places)
    others = np.flatnonzero(np.isnan(x) & ~(shapely.is_missing(places) | shapely.is_empty(places)))
    others = others[have_numbers(places[others])]
    if len(others):
        dimensions = shapely.get_dimensions(places[others])
        middle = shapely.centroid(places[others])
        x[others], y[others] = shapely.get_x(middle), shapely.get_y(middle)
        lines = others[dimensions == 1]
        if len(lines):
            points, owner = shapely.get_coordinates(places[lines], return_index=True)
            counts = np.bincount(owner, minlength=len(lines))
            at = np.cumsum(counts) - counts + counts // 2
            x[lines], y[lines] = points[at].T
    return x, y


def fit(sample: Sample, system: str, ground: Ground, *, on_rivers: bool) -> Fit:
    """Return how well the rows of a sample fit if their numbers are those of a system."""
    land = _land_of(ground.city.id)
    lon, lat = _degrees(system, sample.x, sample.y)
    west, south, east, north = CHINA_BOX
    in_china = (lon > west) & (lon < east) & (lat > south) & (lat < north)
    x, y = _on_plane(land, lon, lat)
    outside_city, outside_region = np.full(len(x), np.inf), np.full(len(x), np.inf)
    near = _around(land, x, y)
    outside_region[near] = land.region.outside_m(x[near], y[near])
    outside_city[near] = land.city.outside_m(x[near], y[near])
    in_region = outside_region <= OUTLINE_M
    lesser = np.where(in_region, IN_REGION, np.where(in_china, IN_CHINA, 0.0))
    known_m, off_known = _to_known(sample, x, y, ground)
    stated_m = _to_stated(sample, x, y, ground)
    metres = {"known": known_m, "stated": stated_m}
    if len(sample.owner):
        metres["edges"] = _to_lines(sample, system, land, land.edges)
    if on_rivers:
        metres["rivers"] = _to_lines(sample, system, land, land.rivers)
    scales = {"known": KNOWN_M, "stated": OUTLINE_M, "edges": EDGE_M, "rivers": RIVER_M}
    fits = {kind: nearness(metres[kind], scales[kind]) for kind in metres}
    fits["place"] = np.maximum(nearness(outside_city, OUTLINE_M), lesser)
    in_city = outside_city <= OUTLINE_M
    return Fit(lon, lat, in_city, in_region, in_china, off_known, fits, metres)


def nearness(metres: Numbers, scale_m: float) -> Numbers:
    """Return 1 for no distance, a half for the scale, next to nothing for ten times that."""
    return np.asarray(1 / (1 + (metres / scale_m) ** 2))


def _degrees(system: str, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    if not len(x):
        return x, y
    with np.errstate(all="ignore"):
        lon, lat = way_to_stored(system)(x, y)
    beyond = (np.abs(lon) > MOST_LON) | (np.abs(lat) > MOST_LAT)
    wrong = ~(np.isfinite(lon) & np.isfinite(lat)) | beyond
    return np.where(wrong, np.nan, lon), np.where(wrong, np.nan, lat)


def _on_plane(land: _Land, lon: Numbers, lat: Numbers) -> tuple[Numbers, Numbers]:
    if not len(lon):
        return lon, lat
    x, y = land.to_plane.transform(lon, lat)
    far = ~(np.isfinite(x) & np.isfinite(y))
    return np.where(far, np.nan, x), np.where(far, np.nan, y)


def _around(land: _Land, x: Numbers, y: Numbers) -> Flags:
    west, south, east, north = shapely.bounds(land.region.shape)
    margin = REGION_MARGIN_M
    inside = (x > west - margin) & (x < east + margin) & (y > south - margin) & (y < north + margin)
    return np.asarray(inside)


def _to_known(sample: Sample, x: Numbers, y: Numbers, ground: Ground) -> tuple[Numbers, Numbers]:
    """Return distances to the stored rows, and the steps east and north that lead there."""
    steps = np.full((len(x), 2), np.nan)
    has = sample.known >= 0
    if has.any():
        lon, lat = row_points(ground.known.geometry.to_numpy()[sample.known[has]])
        there = _on_plane(_land_of(ground.city.id), lon, lat)
        steps[has] = np.column_stack([there[0] - x[has], there[1] - y[has]])
    metres = np.hypot(steps[:, 0], steps[:, 1])
    metres[has & np.isnan(metres)] = np.inf
    return metres, steps


def _to_stated(sample: Sample, x: Numbers, y: Numbers, ground: Ground) -> Numbers:
    metres = np.full(len(x), np.nan)
    for number in np.unique(sample.area[sample.area >= 0]).tolist():
        says = sample.area == number
        away = np.full(int(says.sum()), np.inf)
        near = _around(_land_of(ground.city.id), x[says], y[says])
        area = _area_numbered(number, ground)
        away[near] = area.outside_m(x[says][near], y[says][near])
        metres[says] = away
    return metres


def _to_lines(sample: Sample, system: str, land: _Land, tree: shapely.STRtree) -> Numbers:
    """Return each row's median distance from its vertices, or its point, to the lines."""
    owner, x, y = sample.owner, sample.vertex_x, sample.vertex_y
    if not len(owner):
        owner, x, y = np.arange(len(sample)), sample.x, sample.y
    place = _on_plane(land, *_degrees(system, x, y))
    near = _around(land, *place)
    away = np.full(len(x), np.inf)
    away[near] = _nearest_m(tree, place[0][near], place[1][near])
    medians = pd.Series(away).groupby(owner).median()
    return np.asarray(medians.reindex(range(len(sample))).to_numpy(float))


def _nothing(*columns: str) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame({name: pd.Series(dtype="str") for name in columns}, geometry=[])
    return frame.set_crs(STORED)
