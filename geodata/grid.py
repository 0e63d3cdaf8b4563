"""Where many points lie among a few areas: a grid tells most of them, the rest must be asked.

A cell that lies wholly inside one area and touches no other answers for every point in it, and
so does a cell that no area touches. Only points in cells that a border runs through are left.
"""

from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Which = NDArray[np.int16]

NOWHERE, ASK = -1, -2
"""In place of an area's number: no area holds the point; a border is near, the grid cannot say."""

WORTH_IT = 20_000  # points below which asking each is quicker than drawing the grid
ACROSS = 32  # cells of the coarsest grid along each axis
FINER = 4  # into how many, along each axis, a cell is cut that a border runs through
CUTS = 2
HAIR = 1e-9  # share of a cell by which it is drawn larger, for points on its edge

KEPT_KINDS = (
    -1,  # nothing
    shapely.GeometryType.POINT,
    shapely.GeometryType.LINESTRING,
    shapely.GeometryType.MULTILINESTRING,
)


def look_up(x: Numbers, y: Numbers, areas: NDArray[np.object_]) -> Which:
    """Return the number of the only area inside which each point lies, NOWHERE or ASK.

    Points and areas are in one system. Few points are all left to be asked, as is one that is
    no number.
    """
    if len(x) < WORTH_IT or not len(areas) or shapely.is_missing(areas).any():
        return np.full(len(x), ASK, np.int16)
    west, south, east, north = shapely.total_bounds(areas)
    cells = _draw(tuple(shapely.to_wkb(areas).tolist()))
    told = np.full(len(x), NOWHERE, np.int16)
    told[~(np.isfinite(x) & np.isfinite(y))] = ASK
    inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    many = len(cells)
    column = np.minimum((x[inside] - west) / (east - west) * many, many - 1).astype(np.intp)
    row = np.minimum((y[inside] - south) / (north - south) * many, many - 1).astype(np.intp)
    told[inside] = cells[row, column]
    return told


def inner_places(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return points and lines as they are, and a point inside of every other shape."""
    kinds = shapely.get_type_id(shapes)
    other = ~np.isin(kinds, KEPT_KINDS)
    if not other.any():
        return shapes
    inner = shapes.copy()
    inner[other] = shapely.point_on_surface(shapes[other])
    return inner


def xy_of(shapes: NDArray[np.object_]) -> tuple[Numbers, Numbers]:
    """Return the two numbers of each point, NaN for what is none."""
    x, y = np.full(len(shapes), np.nan), np.full(len(shapes), np.nan)
    is_point = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT) & ~shapely.is_empty(
        shapes
    )
    x[is_point], y[is_point] = shapely.get_coordinates(shapes[is_point]).T
    return x, y


@lru_cache(maxsize=8)
def _draw(areas: tuple[bytes, ...]) -> Which:
    """Return the cells over the bounds of areas, south row first, cut finer along borders."""
    shapes = shapely.from_wkb(list(areas))
    shapely.prepare(shapes)
    bounds = shapely.total_bounds(shapes)
    cells = np.full((ACROSS, ACROSS), ASK, np.int16)
    for cut in range(CUTS + 1):
        if cut:
            cells = cells.repeat(FINER, axis=0).repeat(FINER, axis=1)
        row, column = np.nonzero(cells == ASK)
        cells[row, column] = _judge(_boxes(row, column, len(cells), bounds), shapes)
    cells.flags.writeable = False
    return cells


def _boxes(
    row: NDArray[np.intp], column: NDArray[np.intp], many: int, bounds: Numbers
) -> NDArray[np.object_]:
    west, south, east, north = bounds
    wide, high = (east - west) / many, (north - south) / many
    left, low = west + column * wide, south + row * high
    across, up = wide * HAIR, high * HAIR
    boxes: NDArray[np.object_] = shapely.box(
        left - across, low - up, left + wide + across, low + high + up
    )
    return boxes


def _judge(boxes: NDArray[np.object_], shapes: NDArray[np.object_]) -> Which:
    touched, held = np.zeros(len(boxes), np.int16), np.full(len(boxes), NOWHERE, np.int16)
    for number, shape in enumerate(shapes):
        touches = shapely.intersects(shape, boxes)
        touched += touches
        inside = np.flatnonzero(touches)
        inside = inside[shapely.contains_properly(shape, boxes[inside])]
        held[inside] = number
    return np.where(touched == 0, NOWHERE, np.where((touched == 1) & (held >= 0), held, ASK))
