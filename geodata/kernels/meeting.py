"""Which boxes of two lists meet: a grid over one list, asked by each box of the other.

A grid is (west, south, cell width, cell height) and (columns, rows). A pair of boxes that share
several cells is told once, by the cell in which the lower left corner of what they share lies.
"""

from typing import Any

import numpy as np

from geodata.kernels import compiled

Array = Any  # an array of numpy, inside compiled code


@compiled
def _cell(x: float, start: float, size: float, many: int) -> int:
    """Return the cell of a number along one axis; what lies outside belongs to the last one."""
    return int(max(0.0, min(float(many - 1), np.floor((x - start) / size))))


@compiled
def fill_cells(boxes: Array, grid: Array, shape: Array, starts: Array, held: Array) -> None:
    """Note in each cell the boxes that touch it; with `held` empty, only count them.

    `starts` has one number per cell and one more. Counting leaves in `starts[n + 1]` the count
    of cell n; filling needs their running sum and leaves it moved on by one cell.
    """
    columns, rows = shape[0], shape[1]
    for one in range(len(boxes)):
        if not boxes[one, 0] <= boxes[one, 2]:
            continue
        left, right = (
            _cell(boxes[one, 0], grid[0], grid[2], columns),
            _cell(boxes[one, 2], grid[0], grid[2], columns),
        )
        low, high = (
            _cell(boxes[one, 1], grid[1], grid[3], rows),
            _cell(boxes[one, 3], grid[1], grid[3], rows),
        )
        for row in range(low, high + 1):
            for column in range(left, right + 1):
                cell = row * columns + column
                if len(held) == 0:
                    starts[cell + 1] += 1
                else:
                    held[starts[cell]] = one
                    starts[cell] += 1


@compiled
def find_meeting(
    asking: Array,
    first: int,
    boxes: Array,
    grid: Array,
    shape: Array,
    starts: Array,
    held: Array,
    found: Array,
) -> int:
    """Fill in pairs (asking box, box of the grid) that meet; return how many there are.

    `first` is the number of the first asking box. Pairs beyond the room in `found` are counted.
    """
    columns, rows = shape[0], shape[1]
    total = 0
    for one in range(len(asking)):
        west, south, east, north = asking[one, 0], asking[one, 1], asking[one, 2], asking[one, 3]
        if not west <= east:
            continue
        left, right = _cell(west, grid[0], grid[2], columns), _cell(east, grid[0], grid[2], columns)
        low, high = _cell(south, grid[1], grid[3], rows), _cell(north, grid[1], grid[3], rows)
        for row in range(low, high + 1):
            for column in range(left, right + 1):
                cell = row * columns + column
                for place in range(starts[cell], starts[cell + 1]):
                    other = held[place]
                    x, y = max(west, boxes[other, 0]), max(south, boxes[other, 1])
                    if x > min(east, boxes[other, 2]) or y > min(north, boxes[other, 3]):
                        continue
                    if (
                        _cell(x, grid[0], grid[2], columns) != column
                        or _cell(y, grid[1], grid[3], rows) != row
                    ):
                        continue
                    if total < len(found):
                        found[total, 0], found[total, 1] = first + one, other
                    total += 1
    return total
