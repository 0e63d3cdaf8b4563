"""Plain polygons read from WKB into flat arrays, without a geometry object for each.

Only what nearly every row is gets read: polygons and multipolygons of two dimensions, little
endian, finite. Everything else is left for GEOS to read, and said to be.
"""

from typing import Any

import numpy as np

from geodata.kernels import compiled

Array = Any  # an array of numpy, inside compiled code

POLYGON, MULTIPOLYGON = 3, 6
READ, NOT_PLAIN = 0, 1
"""What is said of a row: read (a missing one has no corners), or left for GEOS."""

HEAD = 9  # bytes of order, kind and count
POINT = 16  # bytes of two numbers
LITTLE_ENDIAN = 1


@compiled
def _whole(data: Array, at: int) -> Any:
    """Return the unsigned 32-bit number at a place."""
    return (
        np.int64(data[at])
        | np.int64(data[at + 1]) << 8
        | np.int64(data[at + 2]) << 16
        | np.int64(data[at + 3]) << 24
    )


@compiled
def _kind(data: Array, at: int, end: int) -> int:
    """Return the kind of the geometry at a place, 0 if it is not little endian or cut short."""
    if at + HEAD > end or data[at] != LITTLE_ENDIAN:
        return 0
    return _whole(data, at + 1)


@compiled
def _polygon_size(data: Array, at: int, end: int) -> tuple[int, int, int]:
    """Return where a polygon ends, its rings and its points; the end is 0 if it is not plain."""
    rings, points = _whole(data, at + 5), 0
    place = at + HEAD
    for _ in range(rings):
        if place + 4 > end:
            return 0, 0, 0
        many = _whole(data, place)
        place += 4 + POINT * many
        if place > end:
            return 0, 0, 0
        points += many
    return place, rings, points


@compiled
def measure(
    data: Array, starts: Array, ends: Array, said: Array, rings: Array, points: Array, boxes: Array
) -> None:
    """Fill in, per row of WKB, READ or NOT_PLAIN, the rings, the points, and the box.

    `starts` and `ends` hold where each row starts and ends in `data`. A box is west, south, east
    and north, all NaN for a row that is empty or was not read.
    """
    for row in range(len(starts)):
        at, end = starts[row], ends[row]
        kind = _kind(data, at, end)
        said[row] = NOT_PLAIN
        rings[row] = points[row] = 0
        for side in range(4):
            boxes[row, side] = np.nan
        parts, place = 1, at
        if at == end:  # a missing row
            said[row] = READ
            continue
        if kind == MULTIPOLYGON:
            parts, place = _whole(data, at + 5), at + HEAD
        elif kind != POLYGON:
            continue
        is_plain = True
        for _ in range(parts):
            if _kind(data, place, end) != POLYGON:
                is_plain = False
                break
            after, more_rings, more_points = _polygon_size(data, place, end)
            if after == 0:
                is_plain = False
                break
            rings[row] += more_rings
            points[row] += more_points
            place = after
        if is_plain and _box(data, at, kind, parts, boxes[row]):
            said[row] = READ


@compiled
def _box(data: Array, at: int, kind: int, parts: int, box: Array) -> bool:
    """Fill in the box of a plain row; return whether all its numbers are finite."""
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    corner = np.empty(2)
    as_bytes = corner.view(np.uint8)
    place = at + HEAD if kind == MULTIPOLYGON else at
    for _ in range(parts):
        rings = _whole(data, place + 5)
        place += HEAD
        for _ in range(rings):
            many = _whole(data, place)
            place += 4
            for _ in range(many):
                for byte in range(POINT):
                    as_bytes[byte] = data[place + byte]
                x, y = corner[0], corner[1]
                if not (np.isfinite(x) and np.isfinite(y)):
                    return False
                west, east = min(west, x), max(east, x)
                south, north = min(south, y), max(north, y)
                place += POINT
    if west <= east:
        box[0], box[1], box[2], box[3] = west, south, east, north
    return True


@compiled
def flatten(
    data: Array,
    starts: Array,
    features: Array,
    points: Array,
    corners: Array,
    rings: Array,
    is_hole: Array,
) -> None:
    """Copy the corners of plain rows to where each row's are to stand.

    `features` holds the first ring of each row, `points` its first corner; `corners` are two
    numbers each, seen as bytes; `rings` gets the first corner of each ring.
    """
    for row in range(len(starts)):
        ring, corner, at = features[row], points[row], starts[row]
        parts, place = 1, at
        if features[row] == features[row + 1]:
            continue
        if _whole(data, at + 1) == MULTIPOLYGON:
            parts, place = _whole(data, at + 5), at + HEAD
        for _ in range(parts):
            inner = _whole(data, place + 5)
            place += HEAD
            for number in range(inner):
                many = _whole(data, place)
                place += 4
                rings[ring] = corner
                is_hole[ring] = number > 0
                size = POINT * many
                to = POINT * corner
                for byte in range(size):  # a slice would be compiled ten times as long
                    corners[to + byte] = data[place + byte]
                place += size
                corner += many
                ring += 1
