"""Vector tiles from flat coordinates: what of a layer lies in a tile, encoded, and counted by cell.

Coordinates are whole numbers of the Web Mercator square, 2^32 to its side, x to the east and y to
the south (1 cm on the ground). A layer is five flat arrays: `xy` (vertices), `ring_at` (where each
ring, line or point begins in `xy`), `feature_at` (where each feature begins in `ring_at`), `kind`
(MVT's numbers: 1 points, 2 lines, 3 areas, 0 no place) and `box` (west, north, east, south of each
feature). Rings of areas do not repeat their first vertex; `is_outer` tells outlines from holes.

The encoding is that of the Mapbox Vector Tile Specification 2.1, section 4.
"""

import math

import numpy as np
from numpy.typing import NDArray

from geodata.kernels import compiled

POINT, LINE, AREA = 1, 2, 3
CORNERS = 3
TINY = 2.0
"""Grid steps: what is smaller both ways, and has no shape on the grid, is drawn as a point."""

WORLD_BITS = 32
OVERFLOW = -1

Ints = NDArray[np.int64]


@compiled
def hilbert_codes(x: NDArray[np.uint32], y: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Return where points of the 2^32 square lie along a Hilbert curve of order 32."""
    codes = np.empty(len(x), np.uint64)
    for n in range(len(x)):
        px, py, code = np.uint64(x[n]), np.uint64(y[n]), np.uint64(0)
        for bit in range(31, -1, -1):
            side = np.uint64(1) << np.uint64(bit)
            right, low = np.uint64((px & side) != 0), np.uint64((py & side) != 0)
            code = (code << np.uint64(2)) | ((np.uint64(3) * right) ^ low)
            if low == 0:
                if right == 1:
                    px, py = ~px, ~py
                px, py = py, px
        codes[n] = code
    return codes


@compiled
def gather(
    order: Ints,
    xy: NDArray[np.uint32],
    ring_at: Ints,
    is_outer: NDArray[np.uint8],
    feature_at: Ints,
) -> tuple[NDArray[np.uint32], Ints, NDArray[np.uint8], Ints]:
    """Return the flat arrays of a layer with its features in another order."""
    new_xy = np.empty_like(xy)
    new_ring_at = np.empty_like(ring_at)
    new_outer = np.empty_like(is_outer)
    new_feature_at = np.empty_like(feature_at)
    ring, vertex = 0, 0
    new_feature_at[0] = 0
    new_ring_at[0] = 0
    for place in range(len(order)):
        feature = order[place]
        for r in range(feature_at[feature], feature_at[feature + 1]):
            for v in range(ring_at[r], ring_at[r + 1]):
                new_xy[vertex, 0] = xy[v, 0]
                new_xy[vertex, 1] = xy[v, 1]
                vertex += 1
            new_outer[ring] = is_outer[r]
            ring += 1
            new_ring_at[ring] = vertex
        new_feature_at[place + 1] = ring
    return new_xy, new_ring_at, new_outer, new_feature_at


@compiled
def boxes_of(
    xy: NDArray[np.uint32], ring_at: Ints, feature_at: Ints
) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Return west, north, east, south of each feature, and whether it has any vertex."""
    n = len(feature_at) - 1
    box = np.zeros((n, 4), np.uint32)
    is_somewhere = np.zeros(n, np.uint8)
    for f in range(n):
        first, last = ring_at[feature_at[f]], ring_at[feature_at[f + 1]]
        if first == last:
            continue
        west, north = xy[first, 0], xy[first, 1]
        east, south = west, north
        for v in range(first + 1, last):
            west, east = min(west, xy[v, 0]), max(east, xy[v, 0])
            north, south = min(north, xy[v, 1]), max(south, xy[v, 1])
        box[f, 0], box[f, 1], box[f, 2], box[f, 3] = west, north, east, south
        is_somewhere[f] = 1
    return box, is_somewhere


@compiled
def count_cells(
    box: NDArray[np.uint32],
    blocks: NDArray[np.uint32],
    block_size: int,
    placed: int,
    mask: NDArray[np.uint8],
    codes: NDArray[np.uint8],
    z: int,
    x: int,
    y: int,
    cell_bits: int,
    counts: NDArray[np.int32],
    sums: NDArray[np.float64],
    one: Ints,
    late: Ints,
) -> int:
    """Count the features of a tile by cell and code; return how many of them are late.

    A feature belongs to the one cell that holds the middle of its box, so cells add up to the
    layer at every zoom. `counts` (cells, codes) and `sums` (cells, 2; of x and y within the tile)
    are added to, `one` keeps a feature of each cell, `late` as many late ones (odd codes) as fit.
    The first `placed` features are those with a place.
    """
    shift = WORLD_BITS - z
    cell_shift = shift - cell_bits
    west, north = np.int64(x) << shift, np.int64(y) << shift
    east, south = west + (np.int64(1) << shift), north + (np.int64(1) << shift)
    found = 0
    for block in range(len(blocks)):
        if (
            blocks[block, 0] >= east
            or blocks[block, 2] < west
            or blocks[block, 1] >= south
            or blocks[block, 3] < north
        ):
            continue
        for f in range(block * block_size, min(placed, (block + 1) * block_size)):
            if not mask[f]:
                continue
            px = (np.int64(box[f, 0]) + np.int64(box[f, 2])) >> 1
            py = (np.int64(box[f, 1]) + np.int64(box[f, 3])) >> 1
            if px < west or px >= east or py < north or py >= south:
                continue
            cell = (((py - north) >> cell_shift) << cell_bits) | ((px - west) >> cell_shift)
            counts[cell, codes[f]] += 1
            sums[cell, 0] += px - west
            sums[cell, 1] += py - north
            one[cell] = f
            if codes[f] & 1:
                if found < len(late):
                    late[found] = f
                found += 1
    return found


@compiled
def encode_features(
    xy: NDArray[np.uint32],
    ring_at: Ints,
    is_outer: NDArray[np.uint8],
    feature_at: Ints,
    kind: NDArray[np.uint8],
    box: NDArray[np.uint32],
    blocks: NDArray[np.uint32],
    block_size: int,
    placed: int,
    mask: NDArray[np.uint8],
    codes: NDArray[np.uint8],
    z: int,
    x: int,
    y: int,
    extent_bits: int,
    buffer: int,
    limit: int,
) -> tuple[NDArray[np.uint8], int, int, int]:
    """Return the features of a tile as messages of MVT, their bytes, number and greatest code.

    Each has its position as id and its code as the value of the one key. Lines and areas are cut
    `buffer` grid steps outside the tile; one that is smaller than the grid becomes a point, and
    a point is told by the one tile that it lies in. The number of bytes is OVERFLOW where they
    would be more than `limit`.
    """
    out = np.empty(limit, np.uint8)
    message = np.empty(limit, np.uint8)
    longest = 16
    ax, ay, bx, by = np.empty(16), np.empty(16), np.empty(16), np.empty(16)
    gx, gy = np.empty(16, np.int64), np.empty(16, np.int64)

    shift = WORLD_BITS - z
    step_shift = shift - extent_bits
    scale = 1.0 / (np.int64(1) << step_shift)
    extent = np.int64(1) << extent_bits
    west, north = np.int64(x) << shift, np.int64(y) << shift
    margin = np.int64(buffer) << step_shift
    low_x, high_x = west - margin, west + (np.int64(1) << shift) + margin
    low_y, high_y = north - margin, north + (np.int64(1) << shift) + margin
    low, high = np.float64(-buffer), np.float64(extent + buffer)

    at, number, greatest = 0, 0, 0
    for block in range(len(blocks)):
        if (
            blocks[block, 0] > high_x
            or blocks[block, 2] < low_x
            or blocks[block, 1] > high_y
            or blocks[block, 3] < low_y
        ):
            continue
        for f in range(block * block_size, min(placed, (block + 1) * block_size)):
            if not mask[f]:
                continue
            fw, fn = np.int64(box[f, 0]), np.int64(box[f, 1])
            fe, fs = np.int64(box[f, 2]), np.int64(box[f, 3])
            if fw > high_x or fe < low_x or fn > high_y or fs < low_y:
                continue
            is_cut = fw < low_x or fe > high_x or fn < low_y or fs > high_y
            size, cursor_x, cursor_y = 0, np.int64(0), np.int64(0)
            shape = kind[f]
            is_hidden = False  # the outline of a part that is too small takes its holes along
            for r in range(feature_at[f], feature_at[f + 1]):
                first, count = ring_at[r], ring_at[r + 1] - ring_at[r]
                message = _with_room(message, size, count)
                if 6 * count + 16 > longest:  # a cut adds at most half as many, four times
                    longest = 6 * count + 16
                    ax, ay = np.empty(longest), np.empty(longest)
                    bx, by = np.empty(longest), np.empty(longest)
                    gx, gy = np.empty(longest, np.int64), np.empty(longest, np.int64)
                for v in range(count):
                    ax[v] = (np.int64(xy[first + v, 0]) - west) * scale
                    ay[v] = (np.int64(xy[first + v, 1]) - north) * scale
                if shape == AREA:
                    if is_outer[r]:
                        is_hidden = False
                    elif is_hidden:
                        continue
                    left = count
                    if is_cut:
                        left = _cut_ring(ax, ay, left, bx, by, low, high)
                    left = _snap(ax, ay, left, gx, gy)
                    while left > 1 and gx[left - 1] == gx[0] and gy[left - 1] == gy[0]:
                        left -= 1
                    doubled = _doubled_area(gx, gy, left)
                    if left < CORNERS or doubled == 0:
                        is_hidden = is_hidden or is_outer[r] == 1
                        continue
                    is_turned = (doubled > 0) != (is_outer[r] == 1)
                    size, cursor_x, cursor_y = _put_path(
                        message, size, gx, gy, left, cursor_x, cursor_y, is_turned
                    )
                    message[size] = 15  # close the path
                    size += 1
                elif shape == LINE:
                    size, cursor_x, cursor_y = _put_line(
                        message, size, ax, ay, count, bx, by, gx, gy, low, high, cursor_x, cursor_y
                    )
                else:
                    px, py = np.int64(math.floor(ax[0])), np.int64(math.floor(ay[0]))
                    if 0 <= px < extent and 0 <= py < extent:
                        size = _put_varint(message, size, 9)
                        size = _put_varint(message, size, _zigzag(px - cursor_x))
                        size = _put_varint(message, size, _zigzag(py - cursor_y))
                        cursor_x, cursor_y = px, py
            if size == 0 and shape == AREA:  # slivers narrower than the grid are drawn as lines
                for r in range(feature_at[f], feature_at[f + 1]):
                    if not is_outer[r]:
                        continue
                    first, count = ring_at[r], ring_at[r + 1] - ring_at[r]
                    message = _with_room(message, size, count + 1)
                    for v in range(count + 1):
                        ax[v] = (np.int64(xy[first + v % count, 0]) - west) * scale
                        ay[v] = (np.int64(xy[first + v % count, 1]) - north) * scale
                    size, cursor_x, cursor_y = _put_line(
                        message,
                        size,
                        ax,
                        ay,
                        count + 1,
                        bx,
                        by,
                        gx,
                        gy,
                        low,
                        high,
                        cursor_x,
                        cursor_y,
                    )
                shape = LINE if size > 0 else shape
            if size == 0 and shape != POINT:
                px = np.int64(math.floor(((fw + fe) // 2 - west) * scale))
                py = np.int64(math.floor(((fn + fs) // 2 - north) * scale))
                is_tiny = (fe - fw) * scale < TINY and (fs - fn) * scale < TINY
                if is_tiny and 0 <= px < extent and 0 <= py < extent:
                    shape = POINT
                    size = _put_varint(message, size, 9)
                    size = _put_varint(message, size, _zigzag(px))
                    size = _put_varint(message, size, _zigzag(py))
            if size == 0:
                continue
            if shape == POINT and size > 0:
                size = _as_one_command(message, size)
            code = codes[f]
            length = 1 + _varint_length(f) + 4 + 2 + 1 + _varint_length(size) + size
            if at + length + 8 > limit:
                return out, OVERFLOW, 0, 0
            out[at] = 0x12  # a feature of a layer
            at = _put_varint(out, at + 1, length)
            out[at] = 0x08  # its id
            at = _put_varint(out, at + 1, f)
            out[at], out[at + 1], out[at + 2], out[at + 3] = 0x12, 2, 0, code  # key 0, value `code`
            out[at + 4], out[at + 5] = 0x18, shape
            out[at + 6] = 0x22  # its geometry
            at = _put_varint(out, at + 7, size)
            out[at : at + size] = message[:size]
            at += size
            number += 1
            greatest = max(greatest, code)
    return out, at, number, greatest


@compiled
def _with_room(message: NDArray[np.uint8], size: int, count: int) -> NDArray[np.uint8]:
    """Return the message, longer if a path of so many vertices might not fit after `size`."""
    needed = size + 48 * (count + 6)
    if needed <= len(message):
        return message
    longer = np.empty(2 * needed, np.uint8)
    longer[:size] = message[:size]
    return longer


@compiled
def _as_one_command(message: NDArray[np.uint8], size: int) -> int:
    """Return the size of a message of points whose single moves were made one command.

    One point is that already; the moves of several each begin with a 9, which is taken out.
    """
    points, at = 0, 0
    while at < size:
        at += 1  # the 9
        for _ in range(2):
            while message[at] & 128:
                at += 1
            at += 1
        points += 1
    if points == 1:
        return size
    copy = message[:size].copy()
    new, at = _put_varint(message, 0, (points << 3) | 1), 0
    while at < size:
        at += 1
        for _ in range(2):
            while copy[at] & 128:
                message[new] = copy[at]
                new += 1
                at += 1
            message[new] = copy[at]
            new += 1
            at += 1
    return new


@compiled
def _cut_ring(
    ax: NDArray[np.float64],
    ay: NDArray[np.float64],
    count: int,
    bx: NDArray[np.float64],
    by: NDArray[np.float64],
    low: float,
    high: float,
) -> int:
    """Cut a ring to a square, side by side (Sutherland and Hodgman); return what is left of it."""
    for side in range(4):
        if count == 0:
            return 0
        left = 0
        last_x, last_y = ax[count - 1], ay[count - 1]
        last = _depth(last_x, last_y, side, low, high)
        for v in range(count):
            now = _depth(ax[v], ay[v], side, low, high)
            if (now >= 0) != (last >= 0):
                share = last / (last - now)
                bx[left] = last_x + share * (ax[v] - last_x)
                by[left] = last_y + share * (ay[v] - last_y)
                left += 1
            if now >= 0:
                bx[left], by[left] = ax[v], ay[v]
                left += 1
            last_x, last_y, last = ax[v], ay[v], now
        for v in range(left):
            ax[v], ay[v] = bx[v], by[v]
        count = left
    return count


@compiled
def _depth(x: float, y: float, side: int, low: float, high: float) -> float:
    """Return how far inside one side of the square a point lies."""
    if side == 0:
        return x - low
    if side == 1:
        return high - x
    if side == 2:  # noqa: PLR2004 (the third side)
        return y - low
    return high - y


@compiled
def _put_line(
    message: NDArray[np.uint8],
    size: int,
    ax: NDArray[np.float64],
    ay: NDArray[np.float64],
    count: int,
    bx: NDArray[np.float64],
    by: NDArray[np.float64],
    gx: Ints,
    gy: Ints,
    low: float,
    high: float,
    cursor_x: int,
    cursor_y: int,
) -> tuple[int, int, int]:
    """Write the stretches of a line within a square as paths; return size and cursor."""
    left = 0
    for v in range(count - 1):
        begin, end = _stretch_within(ax[v], ay[v], ax[v + 1], ay[v + 1], low, high)
        if begin <= end:
            if left == 0 or begin > 0.0:
                if left > 1:
                    size, cursor_x, cursor_y = _put_stretch(
                        message, size, bx, by, left, gx, gy, cursor_x, cursor_y
                    )
                bx[0] = ax[v] + begin * (ax[v + 1] - ax[v])
                by[0] = ay[v] + begin * (ay[v + 1] - ay[v])
                left = 1
            bx[left] = ax[v] + end * (ax[v + 1] - ax[v])
            by[left] = ay[v] + end * (ay[v + 1] - ay[v])
            left += 1
        if (begin > end or end < 1.0) and left > 0:
            size, cursor_x, cursor_y = _put_stretch(
                message, size, bx, by, left, gx, gy, cursor_x, cursor_y
            )
            left = 0
    if left > 1:
        size, cursor_x, cursor_y = _put_stretch(
            message, size, bx, by, left, gx, gy, cursor_x, cursor_y
        )
    return size, cursor_x, cursor_y


@compiled
def _put_stretch(
    message: NDArray[np.uint8],
    size: int,
    bx: NDArray[np.float64],
    by: NDArray[np.float64],
    left: int,
    gx: Ints,
    gy: Ints,
    cursor_x: int,
    cursor_y: int,
) -> tuple[int, int, int]:
    left = _snap(bx, by, left, gx, gy)
    if left < 2:  # noqa: PLR2004 (a line has two ends)
        return size, cursor_x, cursor_y
    return _put_path(message, size, gx, gy, left, cursor_x, cursor_y, False)  # noqa: FBT003


@compiled
def _stretch_within(
    x0: float, y0: float, x1: float, y1: float, low: float, high: float
) -> tuple[float, float]:
    """Return where a line enters and leaves a square, in shares of its length (Liang, Barsky).

    It enters after it leaves where it stays outside.
    """
    begin, end = 0.0, 1.0
    for axis in range(2):
        start, way = (x0, x1 - x0) if axis == 0 else (y0, y1 - y0)
        if way == 0.0:
            if start < low or start > high:
                return 1.0, 0.0
            continue
        first, second = (low - start) / way, (high - start) / way
        begin, end = max(begin, min(first, second)), min(end, max(first, second))
    return begin, end


@compiled
def _snap(x: NDArray[np.float64], y: NDArray[np.float64], count: int, gx: Ints, gy: Ints) -> int:
    """Round vertices to the grid and leave out those that do not move; return how many stay."""
    left = 0
    for v in range(count):
        px, py = np.int64(math.floor(x[v] + 0.5)), np.int64(math.floor(y[v] + 0.5))
        if left == 0 or px != gx[left - 1] or py != gy[left - 1]:
            gx[left], gy[left] = px, py
            left += 1
    return left


@compiled
def _doubled_area(gx: Ints, gy: Ints, count: int) -> int:
    """Return twice the signed area of a ring, positive if it turns clockwise on screen."""
    area = np.int64(0)
    for v in range(count):
        following = v + 1 if v + 1 < count else 0
        area += gx[v] * gy[following] - gx[following] * gy[v]
    return area


@compiled
def _put_path(
    message: NDArray[np.uint8],
    size: int,
    gx: Ints,
    gy: Ints,
    count: int,
    cursor_x: int,
    cursor_y: int,
    is_turned: bool,  # noqa: FBT001 (compiled code takes its arguments by place)
) -> tuple[int, int, int]:
    """Write one move and the lines after it, backwards if turned; return size and cursor."""
    size = _put_varint(message, size, 9)
    for v in range(count):
        place = count - 1 - v if is_turned else v
        size = _put_varint(message, size, _zigzag(gx[place] - cursor_x))
        size = _put_varint(message, size, _zigzag(gy[place] - cursor_y))
        cursor_x, cursor_y = gx[place], gy[place]
        if v == 0:
            size = _put_varint(message, size, ((count - 1) << 3) | 2)
    return size, cursor_x, cursor_y


@compiled
def _zigzag(number: int) -> int:
    return (number << 1) ^ (number >> 63)


@compiled
def _put_varint(buffer: NDArray[np.uint8], at: int, number: int) -> int:
    while number >= 128:  # noqa: PLR2004 (seven bits a byte)
        buffer[at] = (number & 127) | 128
        number >>= 7
        at += 1
    buffer[at] = number
    return at + 1


@compiled
def _varint_length(number: int) -> int:
    length = 1
    while number >= 128:  # noqa: PLR2004 (seven bits a byte)
        number >>= 7
        length += 1
    return length
