"""Places made coarse for showing outside: a grid or a township, the precision said; counts, too."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely

from geodata.city import City, read_outlines
from geodata.selection import have_place
from layers.disclosure.positions import METRES_A_DEGREE
from layers.drawing.counts import SMALLEST_SHOWN, show_count, show_total

Way = Literal["grid", "township", "district"]
CELL_DEG = 0.02
"""A cell of the grid: its middle is written with two decimals and says no more than it may."""

PRECISION_M = CELL_DEG * METRES_A_DEGREE
"""A cell from south to north; from west to east it is less."""

LEAST_M = 1000.0
FEWEST_IN_TOWNSHIP = 3
SHOWN_COLUMNS = ("layer", "jurisdiction", "hazard_kinds", "status", "is_demonstration")
"""Columns that may go outside; of every other nobody said so, and it stays here."""


NAMING = ("name", "township", "source", "measure_method")
"""Columns that name a place, or say how exactly it was measured."""


@dataclass(frozen=True)
class Coarse:
    """Features made coarse: points in EPSG:4490, the way, and to how many metres they say where.

    `precision_m` is the widest of a cell across, or 0 for districts; it must be printed.
    `left_out` counts the rows without a place, or in a district whose outline is not known.
    """

    features: gpd.GeoDataFrame
    way: Way
    precision_m: float
    left_out: int = 0


def generalise(
    features: gpd.GeoDataFrame,
    way: Way,
    city: City,
    *,
    columns: Iterable[str] = SHOWN_COLUMNS,
) -> Coarse:
    """Return features as points that say no more than a grid, a township or a district.

    Lines and areas become points: an outline names a place. A township with fewer than three
    features is shown by its district, and so is what has no township. Columns that are not
    named are left out, the system and place it came in with among them; rows without a place
    are left out as well.
    """
    placed = features[have_place(features)]
    points = WAYS[way](placed, city)
    kept = [name for name in columns if name in placed]
    made = gpd.GeoDataFrame(placed[kept].copy(), geometry=points, crs=4490)
    made = made[~made.geometry.is_empty].sample(frac=1, random_state=0).reset_index(drop=True)
    precision_m = 0.0 if way == "district" else PRECISION_M
    return Coarse(made, way, precision_m, len(features) - len(made))


def coarsen(features: gpd.GeoDataFrame, way: Way, city: City) -> gpd.GeoDataFrame:
    """Return features with all their rows and columns for a picture, at coarse places.

    For drawing alone: what a map of a situation shows outside. Names and townships are blanked;
    the frame itself is not fit to leave, `generalise` makes one that is.
    """
    made = features.copy()
    has_place = have_place(made)
    if has_place.any():
        points = WAYS[way](made[has_place], city)
        made.loc[has_place, "geometry"] = points
    return made.assign(**{name: "" for name in NAMING if name in made})


def _to_grid(placed: gpd.GeoDataFrame, _city: City) -> gpd.GeoSeries:
    inside = shapely.get_coordinates(shapely.point_on_surface(placed.geometry.to_numpy()))
    return _middles(inside, placed)


def _middles(places: np.ndarray, like: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return the middles of the cells in which places lie, rounded to what they may say."""
    middles = np.round((np.floor(places / CELL_DEG) + 0.5) * CELL_DEG, 2)
    return gpd.GeoSeries(shapely.points(middles), index=like.index, crs=4490)


def _to_township(placed: gpd.GeoDataFrame, city: City) -> gpd.GeoSeries:
    """Return for each feature the cell of the middle of its township's features."""
    inside = shapely.get_coordinates(shapely.point_on_surface(placed.geometry.to_numpy()))
    told = placed.assign(_x=inside[:, 0], _y=inside[:, 1])
    told["township"] = placed["township"].fillna("") if "township" in placed else ""
    by = told.groupby(["jurisdiction", "township"])
    mean = by[["_x", "_y"]].transform("mean").to_numpy()
    enough = (by["_x"].transform("size") >= FEWEST_IN_TOWNSHIP) & told["township"].ne("")
    cells, districts = _middles(mean, placed), _to_district(placed, city)
    return cells.where(enough.to_numpy(), districts)


def _to_district(placed: gpd.GeoDataFrame, city: City) -> gpd.GeoSeries:
    """Return a point inside each feature's district; empty where its outline is not known."""
    outlines = read_outlines(city.id).dissolve("office").geometry.representative_point()
    rounded = {
        office: shapely.Point(round(point.x, 2), round(point.y, 2))
        for office, point in outlines.items()
    }
    points = [rounded.get(office, shapely.Point()) for office in placed["jurisdiction"]]
    return gpd.GeoSeries(points, index=placed.index, crs=4490)


WAYS = {"grid": _to_grid, "township": _to_township, "district": _to_district}


@dataclass(frozen=True)
class ShownCounts:
    """Counts as they may be shown, and their total so that none can be told from it."""

    counts: Mapping[str, str]
    total: str


def suppress(counts: Mapping[str, int]) -> ShownCounts:
    """Return counts as they may be shown: none of one or two, nor any that the total gives away.

    >>> suppress({"甲": 12, "乙": 2}), suppress({"甲": 12, "乙": 5}).total
    (ShownCounts(counts={'甲': '12', '乙': '<3'}, total='≥12'), '17')
    """
    shown = {name: show_count(number) for name, number in counts.items()}
    return ShownCounts(shown, show_total(counts.values()))


def is_too_small(count: float) -> bool:
    """Return whether a count of persons would point at them.

    >>> is_too_small(2), is_too_small(3), is_too_small(0)
    (True, False, False)
    """
    return 0 < count < SMALLEST_SHOWN
