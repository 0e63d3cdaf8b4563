"""Where many places lie among a few areas: a grid tells most of them, the rest must be asked.

A cell that lies wholly inside one area and touches no other answers for every point in it, and
so does a cell that no area touches. Only places in cells that a border runs through are left.
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

LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
KEPT_KINDS = (-1, shapely.GeometryType.POINT, *LINES)  # -1 is nothing


def look_up(shapes: NDArray[np.object_], areas: NDArray[np.object_]) -> Which:
    """Return the number of the only area in which a point inside each shape lies, NOWHERE or ASK.

    Shapes and areas are in one system. What is told of a shape holds for every point in it: all
    cells that its box touches say the same. Few shapes are all left to be asked, as are lines,
    nothing, and what has a corner that is no number.
    """
    told = np.full(len(shapes), ASK, np.int16)
    if len(shapes) < WORTH_IT or not len(areas) or shapely.is_missing(areas).any():
        return told
    boxes = shapely.bounds(shapes)
    is_line = np.isin(shapely.get_type_id(shapes), LINES)
    asked = np.flatnonzero(~is_line & np.isfinite(boxes).all(axis=1))
    cells, bounds = _draw(tuple(shapely.to_wkb(areas).tolist())), shapely.total_bounds(areas)
    (left, low), (right, high) = (
        [_cells_of(boxes[asked, axis], bounds[axis % 2 :: 2], len(cells)) for axis in corner]
        for corner in ((0, 1), (2, 3))
    )
    corners = [cells[row, column] for row in (low, high) for column in (left, right)]
    is_one = (right - left <= 1) & (high - low <= 1)
    for other in corners[1:]:
        is_one &= other == corners[0]
    told[asked[is_one]] = corners[0][is_one]
    return told


def _cells_of(numbers: Numbers, bounds: Numbers, many: int) -> NDArray[np.intp]:
    """Return in which row or column of the grid numbers lie; the first and last are outside."""
    low, high = bounds
    cell = np.floor((numbers - low) / (high - low) * (many - 2)).clip(-1, many - 3) + 1
    return np.where(numbers > high, many - 1, cell).astype(np.intp)


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
    """Return the cells over the bounds of areas, south row first, cut finer along borders.

    A frame of cells that are nowhere lies around them, for what is out of bounds.
    """
    shapes = shapely.from_wkb(list(areas))
    shapely.prepare(shapes)
    bounds = shapely.total_bounds(shapes)
    cells = np.full((ACROSS, ACROSS), ASK, np.int16)
    for cut in range(CUTS + 1):
        if cut:
            cells = cells.repeat(FINER, axis=0).repeat(FINER, axis=1)
        row, column = np.nonzero(cells == ASK)
        cells[row, column] = _judge(_boxes(row, column, len(cells), bounds), shapes)
    framed = np.pad(cells, 1, constant_values=NOWHERE)
    framed.flags.writeable = False
    return framed


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
