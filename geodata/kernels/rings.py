"""Which rings are certainly simple, told from flat columns; the others are for GEOS to judge.

Two edges that do not follow each other must lie apart: their boxes do, or both ends of one lie on
one side of the other. Two that follow each other must not turn back on each other. Sides are told
by the sign of a determinant that is larger than its own rounding error (Shewchuk 1997, filter A);
where it is not, the ring is left in doubt. So nothing is called simple that is not, and a ring
that is simple may be left in doubt.
"""

import math

import numba as nb
import numpy as np
from numpy.typing import NDArray

MOST_EDGES = 96
"""Edges up to which comparing each with each is quicker than asking GEOS."""

LEAST_EDGES = 3
ROUNDING = (3.0 + 16.0 * 2.0**-53) * 2.0**-53
TURN_ROUNDING = 8.0 * 2.0**-53
SMALLEST = 1e-200
"""Products below this may have lost digits by underflow, of which the error bounds know nothing."""

Ints = NDArray[np.int64]
XY = NDArray[np.float64]


@nb.njit(cache=True, nogil=True)
def certainly_simple(xy: XY, ring_at: Ints) -> NDArray[np.bool_]:
    """Return whether each closed ring certainly neither crosses nor touches itself.

    `xy` (vertices, 2) are in any unit, `ring_at` (rings + 1) says where each ring begins; its
    last vertex repeats the first. A ring of more than MOST_EDGES edges, with a vertex that is
    no number, or one told twice in a row, is left in doubt.
    """
    told = np.zeros(len(ring_at) - 1, np.bool_)
    for ring in range(len(told)):
        first, edges = ring_at[ring], ring_at[ring + 1] - ring_at[ring] - 1
        if edges < LEAST_EDGES or edges > MOST_EDGES:
            continue
        told[ring] = _is_simple(xy, first, edges)
    return told


@nb.njit(cache=True, nogil=True)
def _is_simple(xy: XY, first: int, edges: int) -> bool:
    last = first + edges
    if not (xy[first, 0] == xy[last, 0] and xy[first, 1] == xy[last, 1]):
        return False
    for v in range(first, last):
        if not (math.isfinite(xy[v, 0]) and math.isfinite(xy[v, 1])):
            return False
    for one in range(edges):
        a, b = first + one, first + one + 1
        c = first + (one + 2 if one + 2 <= edges else 1)
        if _side(xy, a, b, c) == 0 and not _goes_on(xy, a, b, c):
            return False
        end = edges if one > 0 else edges - 1  # the last edge leads back to the first
        for other in range(one + 2, end):
            if not _lie_apart(xy, a, b, first + other, first + other + 1):
                return False
    return True


@nb.njit(cache=True, nogil=True, inline="always")
def _lie_apart(xy: XY, a: int, b: int, c: int, d: int) -> bool:
    """Return whether two edges certainly have no point in common."""
    if max(xy[a, 0], xy[b, 0]) < min(xy[c, 0], xy[d, 0]):
        return True
    if max(xy[c, 0], xy[d, 0]) < min(xy[a, 0], xy[b, 0]):
        return True
    if max(xy[a, 1], xy[b, 1]) < min(xy[c, 1], xy[d, 1]):
        return True
    if max(xy[c, 1], xy[d, 1]) < min(xy[a, 1], xy[b, 1]):
        return True
    if _side(xy, a, b, c) * _side(xy, a, b, d) > 0:
        return True
    return _side(xy, c, d, a) * _side(xy, c, d, b) > 0


@nb.njit(cache=True, nogil=True, inline="always")
def _side(xy: XY, a: int, b: int, c: int) -> int:
    """Return 1 where c lies left of the line from a to b, -1 where right, 0 in doubt."""
    left = (xy[a, 0] - xy[c, 0]) * (xy[b, 1] - xy[c, 1])
    right = (xy[a, 1] - xy[c, 1]) * (xy[b, 0] - xy[c, 0])
    size = abs(left) + abs(right)
    if not size > SMALLEST:
        return 0
    if left - right > ROUNDING * size:
        return 1
    return -1 if right - left > ROUNDING * size else 0


@nb.njit(cache=True, nogil=True, inline="always")
def _goes_on(xy: XY, a: int, b: int, c: int) -> bool:
    """Return whether the way from a over b to c certainly turns by less than a right angle."""
    east = (xy[b, 0] - xy[a, 0]) * (xy[c, 0] - xy[b, 0])
    north = (xy[b, 1] - xy[a, 1]) * (xy[c, 1] - xy[b, 1])
    size = abs(east) + abs(north)
    return size > SMALLEST and east + north > TURN_ROUNDING * size
