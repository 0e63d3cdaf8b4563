"""Polygonal features as flat arrays: what the overlap kernel works on.

A feature is a row of well-known binary (WKB), as GeoParquet and shapely have it. Boxes are
read from it for every row, corners only for the rows that are asked for.
"""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from geodata.kernels import laea, meeting, overlap, wkb

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]

PART = 16_384
"""Rows or pairs that one thread takes at a time."""

_WARMING = threading.Lock()


@dataclass(frozen=True)
class Flat:
    """Polygonal features: corners (n, 2) in a plane or in degrees, rings, features.

    `rings` and `features` hold where each ring's corners and each feature's rings start and,
    last, where the last one ends. `is_hole` is that of rings.
    """

    corners: Numbers
    rings: Places
    features: Places
    is_hole: Flags

    def __len__(self) -> int:
        """Return the number of features."""
        return len(self.features) - 1


@dataclass(frozen=True)
class Described:
    """Flat features and what the kernel must know of them: turns, boxes, blocks of edges."""

    flat: Flat
    turns: NDArray[np.int8]
    boxes: Numbers
    blocks: Places
    around: Numbers
    first_block: Places

    @property
    def arrays(self) -> tuple[Any, ...]:
        """Return the arrays in the order that the kernel takes them."""
        flat = self.flat
        return (
            flat.corners,
            flat.rings,
            self.turns,
            self.boxes,
            self.blocks,
            self.around,
            self.first_block,
            flat.features,
        )


def cores() -> int:
    """Return how many threads to use: one for each core that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_parts(many: int, threads: int, work: Callable[[slice], object], each: int = PART) -> None:
    """Do a piece of work over all parts of a range, in threads where there are several."""
    parts = [slice(start, min(start + each, many)) for start in range(0, many, each)]
    if threads == 1 or len(parts) == 1:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, parts):
            pass


# ------------------------------------------------------------------------ from WKB


def buffers_of(binary: pa.Array) -> tuple[NDArray[np.uint8], Places]:
    """Return the bytes of a column of binary, and where each row starts; a missing one has none."""
    column = binary.cast(pa.large_binary())
    if column.null_count:
        column = column.fill_null(b"")
    _, starts, data = column.buffers()
    # Copied, and empty bytes made as others are: a kernel is compiled once for each kind of array.
    read = np.array(np.frombuffer(starts, np.int64, len(column) + 1, offset=8 * column.offset))
    held = np.frombuffer(data if data is not None and data.size else b"\0", np.uint8)
    return held, read


def plain_wkb(shapes: NDArray[np.object_]) -> pa.Array:
    """Return geometries as WKB of two dimensions, little endian, what is missing as missing."""
    told = shapely.to_wkb(shapes, output_dimension=2, byte_order=1)
    return pa.array(told, pa.large_binary())


def flatten(
    binary: pa.Array, rows: Places | None = None, threads: int = 1
) -> tuple[Flat, Numbers, Flags]:
    """Return rows of WKB as flat features, their boxes, and which were read.

    All rows, or those numbered. A row that is missing, no polygon, or not plain
    (`geodata.kernels.wkb`) has no corners; the missing one counts as read. Boxes are west,
    south, east and north, NaN where there is nothing.
    """
    data, starts, ends = _places_in(binary, rows)
    said, rings, points, boxes = _measured(data, starts, ends, threads)
    was_read = said == wkb.READ
    rings[~was_read] = points[~was_read] = 0
    features, first_corner = _starts(rings), _starts(points)
    corners = np.empty((first_corner[-1], 2))
    first_of_ring, is_hole = np.empty(features[-1] + 1, np.int64), np.empty(features[-1], bool)
    first_of_ring[-1] = first_corner[-1]
    as_bytes = corners.reshape(-1).view(np.uint8)

    def copy(part: slice) -> None:
        marks = features[part.start : part.stop + 1]
        wkb.flatten(data, starts[part], marks, first_corner[part], as_bytes, first_of_ring, is_hole)

    in_parts(len(starts), threads, copy)
    return Flat(corners, first_of_ring, features, is_hole), boxes, was_read


def _places_in(binary: pa.Array, rows: Places | None) -> tuple[NDArray[np.uint8], Places, Places]:
    data, marks = buffers_of(binary)
    if rows is None:
        return data, marks[:-1], marks[1:]
    return data, marks[rows], marks[1:][rows]


def _measured(
    data: NDArray[np.uint8], starts: Places, ends: Places, threads: int
) -> tuple[NDArray[np.int8], Places, Places, Numbers]:
    many = len(starts)
    said, boxes = np.empty(many, np.int8), np.empty((many, 4))
    rings, points = np.empty(many, np.int64), np.empty(many, np.int64)

    def measure(part: slice) -> None:
        wkb.measure(
            data, starts[part], ends[part], said[part], rings[part], points[part], boxes[part]
        )

    in_parts(many, threads, measure)
    return said, rings, points, boxes


def boxes_of(binary: pa.Array, threads: int) -> tuple[Numbers, Flags]:
    """Return the boxes of rows of WKB, and which rows are plain polygons."""
    said, _, _, boxes = _measured(*_places_in(binary, None), threads)
    return boxes, said == wkb.READ


def _starts(counts: Places) -> Places:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


# ------------------------------------------------------------------------ for the kernel


def project(degrees: Numbers, centre: tuple[float, float], threads: int) -> Numbers:
    """Return degrees of EPSG:4490 in metres of the equal-area plane around a centre."""
    metres = np.empty_like(degrees)
    lon, lat = centre

    def move(part: slice) -> None:
        laea.project(degrees[part], lon, lat, RADIUS_M, E2, metres[part])

    in_parts(len(degrees), threads, move, each=16 * PART)
    return metres


RADIUS_M, FLATTENING = 6_378_137.0, 1 / 298.257_222_101
E2 = FLATTENING * (2 - FLATTENING)
"""The ellipsoid of CGCS2000, which is GRS80."""


def shapes_of(flat: Flat, rows: Places) -> NDArray[np.object_]:
    """Return flat features as shapes, for GEOS to judge; those without corners are empty."""
    shapes = np.full(len(rows), shapely.Polygon(), object)
    for place, row in enumerate(rows):
        parts: list[list[Numbers]] = []
        for ring in range(flat.features[row], flat.features[row + 1]):
            corners = flat.corners[flat.rings[ring] : flat.rings[ring + 1]]
            if flat.is_hole[ring]:
                parts[-1].append(corners)
            else:
                parts.append([corners])
        polygons = [shapely.Polygon(shell, holes) for shell, *holes in parts]
        shapes[place] = polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    return shapes


def with_corners(flat: Flat, corners: Numbers) -> Flat:
    """Return the same features with corners elsewhere."""
    return Flat(corners, flat.rings, flat.features, flat.is_hole)


def describe(flat: Flat) -> Described:
    """Return flat features with turns, boxes and blocks."""
    many = len(flat)
    turns, boxes = np.empty(len(flat.rings) - 1, np.int8), np.empty((many, 4))
    overlap.describe(flat.corners, flat.rings, flat.features, flat.is_hole, turns, boxes)
    first_block = np.empty(many + 1, np.int64)
    overlap.count_blocks(flat.rings, flat.features, first_block)
    blocks = np.empty((first_block[-1], 3), np.int64)
    around = np.empty((first_block[-1], 4))
    overlap.cut_blocks(flat.corners, flat.rings, flat.features, first_block, blocks, around)
    return Described(flat, turns, boxes, blocks, around, first_block)


def are_sound(flat: Flat, threads: int) -> Flags:
    """Return which features are one simple ring beyond doubt; the others are for GEOS to judge."""
    flags = np.empty(len(flat), bool)

    def judge(part: slice) -> None:
        features = flat.features[part.start : part.stop + 1]
        overlap.are_sound(flat.corners, flat.rings, features, flags[part])

    in_parts(len(flat), threads, judge)
    return flags


def overlap_areas(
    first: Described, second: Described, pairs: Sequence[Places], threads: int
) -> tuple[Numbers, Flags]:
    """Return the area that each pair shares, and which pairs GEOS must decide."""
    firsts, seconds = pairs
    areas, is_doubtful = np.empty(len(firsts)), np.empty(len(firsts), bool)

    def measure(part: slice) -> None:
        overlap.overlap_areas(
            first.arrays,
            second.arrays,
            firsts[part],
            seconds[part],
            areas[part],
            is_doubtful[part],
        )

    in_parts(len(firsts), threads, measure)
    return areas, is_doubtful


# ------------------------------------------------------------------------ which boxes meet

CELLS_EACH = 8
"""Cells in which a box of the grid may stand on average; large boxes make the grid coarser."""


def meeting_boxes(first: Numbers, second: Numbers, threads: int) -> tuple[Places, Places]:
    """Return the pairs of boxes that meet or touch, by their numbers, in no order that counts.

    A box is west, south, east, north; one of NaN meets nothing.
    """
    if len(first) > len(second):
        asking, held = first, second
    else:
        asking, held = second, first
    if not len(held) or not np.isfinite(held).any():
        return np.empty(0, np.int64), np.empty(0, np.int64)
    index = _grid_over(held)
    parts: dict[int, Places] = {}

    def ask(part: slice) -> None:
        found = np.empty((4 * (part.stop - part.start), 2), np.int64)
        total = meeting.find_meeting(asking[part], part.start, held, *index, found)
        if total > len(found):
            found = np.empty((total, 2), np.int64)
            meeting.find_meeting(asking[part], part.start, held, *index, found)
        parts[part.start] = found[:total]

    in_parts(len(asking), threads, ask)
    pairs = np.concatenate([parts[start] for start in sorted(parts)] or [np.empty((0, 2), int)])
    askers, others = np.ascontiguousarray(pairs.T)
    return (askers, others) if asking is first else (others, askers)


def _grid_over(boxes: Numbers) -> tuple[Numbers, Places, Places, Places]:
    """Return a grid with about one cell for each box: its place, its shape, its cells."""
    west, south = np.nanmin(boxes[:, 0]), np.nanmin(boxes[:, 1])
    wide = max(np.nanmax(boxes[:, 2]) - west, 1e-12)
    high = max(np.nanmax(boxes[:, 3]) - south, 1e-12)
    cells = float(len(boxes))
    while True:
        columns = max(1, min(int(np.sqrt(cells * wide / high)), int(cells)))
        rows = max(1, int(cells / columns))
        grid = np.array([west, south, wide / columns, high / rows])
        across = (boxes[:, 2] - boxes[:, 0]) / grid[2] + 1
        up = (boxes[:, 3] - boxes[:, 1]) / grid[3] + 1
        if cells <= 1 or np.nansum(across * up) <= CELLS_EACH * len(boxes):
            break
        cells /= 2
    shape, nothing = np.array([columns, rows]), np.empty(0, np.int64)
    starts = np.zeros(columns * rows + 1, np.int64)
    meeting.fill_cells(boxes, grid, shape, starts, nothing)
    starts = np.cumsum(starts)
    held = np.empty(starts[-1], np.int64)
    meeting.fill_cells(boxes, grid, shape, starts.copy(), held)
    return grid, shape, starts, held


# ------------------------------------------------------------------------ compiled in time

_is_warm = False


def warm_up() -> None:
    """Have every kernel compiled by this thread, once in a process, before threads use them."""
    global _is_warm  # noqa: PLW0603 - what a process has compiled is one fact of that process
    with _WARMING:
        if _is_warm:
            return
        squares = plain_wkb(shapely.box([0, 0.5], 0, [1, 1.5], 1))
        flat, boxes, _ = flatten(squares)
        metres = Flat(project(flat.corners, (0.0, 0.0), 1), flat.rings, flat.features, flat.is_hole)
        told = describe(metres)
        are_sound(metres, 1)
        overlap_areas(told, told, meeting_boxes(boxes, boxes, 1), 1)
        _is_warm = True
