"""How much two polygonal features overlap, without building the overlap.

Features are flat: `corners` (n, 2) in a plane, the first corner of each ring in `rings`, the
first ring of each feature in `features`, both with one number more at their end. `turns` says
of each ring on which hand its feature lies: 1 left, -1 right. Long rings are cut into blocks of
edges, each with its box, so that only what is near the other feature is looked at.

The area of the overlap is the integral along its border, and the border consists of the parts
of each feature's rings that lie inside the other. Along a straight edge that integral is a
fixed number times the share of the edge that lies inside; shares follow from where edges cross.
So there is nothing to build, to sort or to store but two numbers per edge.

A pair is doubtful where a corner lies so near to the other's edge that rounding could decide
on which side (shared edges, touching corners), or where the overlap is a sliver beside its box.
Doubtful pairs are for GEOS.
"""

from typing import Any

import numpy as np

from geodata.kernels import compiled

Array = Any  # an array of numpy, inside compiled code

BLOCK = 32
"""Edges in a block."""

SURE = 1e-13
"""Share of the products of a sign below which the sign is not sure; rounding makes 1e-15."""

NEAR = 1e-9
"""Share of an edge by which its box is drawn larger when asking what lies on it."""

SLIVER = 1e-5
"""Share of the box that both features share, below which an overlap is left for GEOS."""

LEAST_EDGES = 3
MANY = 64
"""Edges of a ring up to which `are_sound` compares each with each."""


# ------------------------------------------------------------------ what is known of each


@compiled
def describe(
    corners: Array, rings: Array, features: Array, is_hole: Array, turns: Array, boxes: Array
) -> None:
    """Fill in the turn of each ring and the box of each feature (NaN for one without corners)."""
    for one in range(len(features) - 1):
        west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
        for ring in range(features[one], features[one + 1]):
            start, end = rings[ring], rings[ring + 1]
            twice = 0.0
            for k in range(start, end):
                x, y = corners[k, 0], corners[k, 1]
                west, east = min(west, x), max(east, x)
                south, north = min(south, y), max(north, y)
                if k + 1 < end:
                    ax, ay = x - corners[start, 0], y - corners[start, 1]
                    bx, by = (
                        corners[k + 1, 0] - corners[start, 0],
                        corners[k + 1, 1] - corners[start, 1],
                    )
                    twice += ax * by - ay * bx
            turns[ring] = 1 if (twice > 0) != is_hole[ring] else -1
        boxes[one, 0], boxes[one, 1], boxes[one, 2], boxes[one, 3] = west, south, east, north
        if west > east:
            for side in range(4):
                boxes[one, side] = np.nan


@compiled
def count_blocks(rings: Array, features: Array, first_block: Array) -> None:
    """Fill in the number of each feature's first block; the last entry is that of all blocks."""
    total = 0
    for one in range(len(features) - 1):
        first_block[one] = total
        for ring in range(features[one], features[one + 1]):
            total += max(0, rings[ring + 1] - rings[ring] - 1 + BLOCK - 1) // BLOCK
    first_block[len(features) - 1] = total


@compiled
def cut_blocks(
    corners: Array, rings: Array, features: Array, first_block: Array, blocks: Array, around: Array
) -> None:
    """Fill in ring, first edge and last edge (not included) of each block, and its box."""
    for one in range(len(features) - 1):
        number = first_block[one]
        for ring in range(features[one], features[one + 1]):
            end = rings[ring + 1] - 1
            for start in range(rings[ring], end, BLOCK):
                stop = min(start + BLOCK, end)
                blocks[number, 0], blocks[number, 1], blocks[number, 2] = ring, start, stop
                west = east = corners[start, 0]
                south = north = corners[start, 1]
                for k in range(start + 1, stop + 1):
                    west, east = min(west, corners[k, 0]), max(east, corners[k, 0])
                    south, north = min(south, corners[k, 1]), max(north, corners[k, 1])
                around[number, 0], around[number, 1] = west, south
                around[number, 2], around[number, 3] = east, north
                number += 1


@compiled
def are_sound(corners: Array, rings: Array, features: Array, flags: Array) -> None:
    """Fill in whether each feature is one simple ring beyond doubt; other ones may be as well."""
    for one in range(len(features) - 1):
        flags[one] = features[one + 1] - features[one] == 1 and _is_simple(
            corners, rings[features[one]], rings[features[one] + 1]
        )


@compiled
def _is_simple(corners: Array, start: int, end: int) -> bool:
    """Return whether a ring is closed and no edge meets another, beyond doubt."""
    edges = end - start - 1
    if edges < LEAST_EDGES or edges > MANY:
        return False
    if corners[start, 0] != corners[end - 1, 0] or corners[start, 1] != corners[end - 1, 1]:
        return False
    for i in range(edges):
        ax, ay = corners[start + i, 0], corners[start + i, 1]
        bx, by = corners[start + i + 1, 0], corners[start + i + 1, 1]
        west, east, south, north = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
        after = i + 1 if i + 1 < edges else 0
        ex, ey = corners[start + after + 1, 0] - bx, corners[start + after + 1, 1] - by
        turn, size = _side(bx - ax, by - ay, ex, ey)
        goes_on = (bx - ax) * ex + (by - ay) * ey > 0
        if abs(turn) <= SURE * size and not goes_on:
            return False  # a spike, or an edge without length
        for j in range(i + 2, edges - (1 if i == 0 else 0)):
            cx, cy = corners[start + j, 0], corners[start + j, 1]
            dx, dy = corners[start + j + 1, 0], corners[start + j + 1, 1]
            if (
                max(cx, dx) < west
                or min(cx, dx) > east
                or max(cy, dy) < south
                or min(cy, dy) > north
            ):
                continue
            if not (
                _is_beside(ax, ay, bx, by, cx, cy, dx, dy)
                or _is_beside(cx, cy, dx, dy, ax, ay, bx, by)
            ):
                return False
    return True


@compiled
def _side(dx: float, dy: float, x: float, y: float) -> tuple[float, float]:
    """Return twice the area beside a direction, left positive, and the size of its products."""
    return dx * y - dy * x, abs(dx * y) + abs(dy * x)


@compiled
def _is_beside(
    ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float
) -> bool:
    """Return whether c and d lie on one side of the line through a and b, beyond doubt."""
    one, one_size = _side(bx - ax, by - ay, cx - ax, cy - ay)
    two, two_size = _side(bx - ax, by - ay, dx - ax, dy - ay)
    return (one > SURE * one_size and two > SURE * two_size) or (
        -one > SURE * one_size and -two > SURE * two_size
    )


# --------------------------------------------------------------------- a point in a feature


@compiled
def _holds(
    corners: Array,
    blocks: Array,
    around: Array,
    first: int,
    last: int,
    x: float,
    y: float,
) -> int:
    """Return 1 if the blocks of a feature go round a point, 0 if not, -1 if that is not sure."""
    inside = 0
    for number in range(first, last):
        if y < around[number, 1] or y > around[number, 3] or x > around[number, 2]:
            continue
        start, stop = blocks[number, 1], blocks[number, 2]
        if x < around[number, 0]:
            inside ^= (corners[start, 1] > y) != (corners[stop, 1] > y)
            continue
        for k in range(start, stop):
            above, next_above = corners[k, 1] > y, corners[k + 1, 1] > y
            if above == next_above:
                continue
            side, size = _side(
                corners[k + 1, 0] - corners[k, 0],
                corners[k + 1, 1] - corners[k, 1],
                x - corners[k, 0],
                y - corners[k, 1],
            )
            if abs(side) <= SURE * size:
                return -1
            inside ^= (side > 0) == next_above
    return inside


# --------------------------------------------------------------------------- pairs


@compiled
def overlap_areas(
    a: Array,
    b: Array,
    firsts: Array,
    seconds: Array,
    areas: Array,
    is_doubtful: Array,
) -> None:
    """Fill in the area of overlap of each pair, in the square of the plane's unit.

    `a` and `b` are each (corners, rings, turns, boxes, blocks, around, first_block, features);
    `firsts` and `seconds` are the numbers of the features of each pair.
    """
    most_a, most_b = _most_corners(a[1], a[7]), _most_corners(b[1], b[7])
    net_a, share_a = np.zeros(most_a), np.zeros(most_a)
    net_b, share_b = np.zeros(most_b), np.zeros(most_b)
    for pair in range(len(firsts)):
        i, j = firsts[pair], seconds[pair]
        areas[pair], is_doubtful[pair] = _overlap_area(a, b, i, j, net_a, share_a, net_b, share_b)


@compiled
def _most_corners(rings: Array, features: Array) -> int:
    most = 1
    for one in range(len(features) - 1):
        most = max(most, rings[features[one + 1]] - rings[features[one]])
    return most


@compiled
def _overlap_area(
    a: Array,
    b: Array,
    i: int,
    j: int,
    net_a: Array,
    share_a: Array,
    net_b: Array,
    share_b: Array,
) -> tuple[float, bool]:
    """Return the area that feature i of a and feature j of b share, and whether it is doubtful."""
    box_a, box_b = a[3][i], b[3][j]
    west, east = max(box_a[0], box_b[0]), min(box_a[2], box_b[2])
    south, north = max(box_a[1], box_b[1]), min(box_a[3], box_b[3])
    if not (west < east and south < north):
        return 0.0, False
    box = (west, south, east, north)
    _clear(a, i, net_a, share_a)
    _clear(b, j, net_b, share_b)
    crossings, closing, is_sure = _cross(a, b, i, j, box, net_a, share_a, net_b, share_b)
    if not is_sure:
        return 0.0, True
    of_a, is_sure = _walk(a, i, b, j, box, net_a, share_a)
    if not is_sure:
        return 0.0, True
    of_b, is_sure = _walk(b, j, a, i, box, net_b, share_b)
    area = 0.5 * (of_a + of_b + closing)
    if not is_sure:
        return 0.0, True
    if crossings == 0 and of_a == 0.0 and of_b == 0.0:
        return 0.0, False
    return area, area < SLIVER * (east - west) * (north - south)


@compiled
def _clear(a: Array, i: int, net: Array, share: Array) -> None:
    rings, features = a[1], a[7]
    many = rings[features[i + 1]] - rings[features[i]]
    for k in range(many):
        net[k] = share[k] = 0.0


@compiled
def _apart(around: Array, box: tuple[float, float, float, float]) -> bool:
    return around[2] < box[0] or around[0] > box[2] or around[3] < box[1] or around[1] > box[3]


@compiled
def _cross(
    a: Array,
    b: Array,
    i: int,
    j: int,
    box: tuple[float, float, float, float],
    net_a: Array,
    share_a: Array,
    net_b: Array,
    share_b: Array,
) -> tuple[int, float, bool]:
    """Note every crossing at both its edges; return their count, what closes the gaps, is sure.

    An edge that enters the other feature at the share t of its length gets 1 to its net and
    1 - t to its share inside; one that leaves gets the same below zero. A crossing computed
    along one edge and along the other differs by rounding: the gap between the two is closed.
    """
    corners_a, corners_b = a[0], b[0]
    base_a, base_b = a[1][a[7][i]], b[1][b[7][j]]
    west, south, east, north = box
    crossings, closing = 0, 0.0
    for block_a in range(a[6][i], a[6][i + 1]):
        if _apart(a[5][block_a], box):
            continue
        turn_a = a[2][a[4][block_a, 0]]
        for k in range(a[4][block_a, 1], a[4][block_a, 2]):
            ax, ay = corners_a[k, 0], corners_a[k, 1]
            cx, cy = corners_a[k + 1, 0], corners_a[k + 1, 1]
            low_x, high_x, low_y, high_y = min(ax, cx), max(ax, cx), min(ay, cy), max(ay, cy)
            if high_x < west or low_x > east or high_y < south or low_y > north:
                continue
            edge = (low_x, low_y, high_x, high_y)
            dx, dy = cx - ax, cy - ay
            room = NEAR * (abs(dx) + abs(dy))
            for block_b in range(b[6][j], b[6][j + 1]):
                if _apart(b[5][block_b], edge):
                    continue
                turn_b = b[2][b[4][block_b, 0]]
                start = b[4][block_b, 1]
                x1, y1 = corners_b[start, 0], corners_b[start, 1]
                side1, size1 = _side(dx, dy, x1 - ax, y1 - ay)
                unsure1 = abs(side1) <= SURE * size1
                for m in range(start, b[4][block_b, 2]):
                    x2, y2 = corners_b[m + 1, 0], corners_b[m + 1, 1]
                    side2, size2 = _side(dx, dy, x2 - ax, y2 - ay)
                    unsure2 = abs(side2) <= SURE * size2
                    if (
                        unsure1
                        and low_x - room <= x1 <= high_x + room
                        and low_y - room <= y1 <= high_y + room
                    ) or (
                        unsure2
                        and low_x - room <= x2 <= high_x + room
                        and low_y - room <= y2 <= high_y + room
                    ):
                        return 0, 0.0, False
                    if (side1 > 0) != (side2 > 0) or (unsure1 and unsure2):
                        ex, ey = x2 - x1, y2 - y1
                        of_start, start_size = _side(ex, ey, ax - x1, ay - y1)
                        of_end, end_size = _side(ex, ey, cx - x1, cy - y1)
                        near = NEAR * (abs(ex) + abs(ey))
                        unsure_start = abs(of_start) <= SURE * start_size
                        unsure_end = abs(of_end) <= SURE * end_size
                        if (
                            unsure_start
                            and min(x1, x2) - near <= ax <= max(x1, x2) + near
                            and min(y1, y2) - near <= ay <= max(y1, y2) + near
                        ) or (
                            unsure_end
                            and min(x1, x2) - near <= cx <= max(x1, x2) + near
                            and min(y1, y2) - near <= cy <= max(y1, y2) + near
                        ):
                            return 0, 0.0, False
                        if (side1 > 0) != (side2 > 0) and (of_start > 0) != (of_end > 0):
                            if unsure1 or unsure2 or unsure_start or unsure_end:
                                return 0, 0.0, False
                            t, u = of_start / (of_start - of_end), side1 / (side1 - side2)
                            to_left = 1.0 if side2 > 0 else -1.0
                            net_a[k - base_a] -= to_left * turn_b
                            share_a[k - base_a] -= to_left * turn_b * (1.0 - t)
                            net_b[m - base_b] += to_left * turn_a
                            share_b[m - base_b] += to_left * turn_a * (1.0 - u)
                            px, py = ax + t * dx - west, ay + t * dy - south
                            qx, qy = x1 + u * ex - west, y1 + u * ey - south
                            closing += to_left * turn_a * turn_b * (px * qy - py * qx)
                            crossings += 1
                    x1, y1, side1, unsure1 = x2, y2, side2, unsure2
    return crossings, closing, True


@compiled
def _walk(
    a: Array,
    i: int,
    b: Array,
    j: int,
    box: tuple[float, float, float, float],
    net: Array,
    share: Array,
) -> tuple[float, bool]:
    """Return twice the integral along the parts of a feature's rings inside the other, is sure."""
    corners, rings, turns, blocks, around = a[0], a[1], a[2], a[4], a[5]
    base, ring, inside, at_start = rings[a[7][i]], -1, 0.0, 0.0
    total = 0.0
    west, south, east, north = box
    for number in range(a[6][i], a[6][i + 1]):
        if blocks[number, 0] != ring:
            if inside != at_start:
                return 0.0, False
            ring = blocks[number, 0]
            x, y = corners[rings[ring], 0], corners[rings[ring], 1]
            if x < west or x > east or y < south or y > north:
                inside = 0.0
            else:
                inside = float(_holds(b[0], b[4], b[5], b[6][j], b[6][j + 1], x, y))
            if inside < 0:
                return 0.0, False
            at_start = inside
        if _apart(around[number], box):
            if inside != 0:
                return 0.0, False
            continue
        for k in range(blocks[number, 1], blocks[number, 2]):
            lies = inside + share[k - base]
            if lies != 0.0:
                px, py = corners[k, 0] - west, corners[k, 1] - south
                qx, qy = corners[k + 1, 0] - west, corners[k + 1, 1] - south
                total += turns[ring] * lies * (px * qy - py * qx)
            inside += net[k - base]
            if inside != 0.0 and inside != 1.0:
                return 0.0, False
    return total, inside == at_start
