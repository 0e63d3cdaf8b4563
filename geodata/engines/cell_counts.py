"""How many features lie in each cell of a layer, by code, for all the zooms of a look at once.

Cells are those of the finest zoom that is told in cells, along a Z-order curve: the cells of any
tile of any zoom are one stretch of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from geodata.tiles import (
    CELL_BITS,
    CELLS,
    EXTENT_BITS,
    MOST_CODES,
    Cell,
    TileAddress,
    within_cell,
)

WORLD_BITS = 32
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Counted:
    """Rows of counts: where along the curve, of which code, how many, sums of their numbers.

    `x` and `y` are sums of places in the square of 2^32, `number` is that of the features'
    numbers: of one feature alone, its number.
    """

    place: Ints
    code: Ints
    count: Ints
    x: Ints
    y: Ints
    number: Ints

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.place)

    def of(self, rows: NDArray[np.bool_] | slice) -> "Counted":
        """Return some of the rows."""
        return Counted(*(getattr(self, one.name)[rows] for one in fields(self)))

    def less(self) -> "Counted":
        """Return the rows with what they count taken away."""
        return Counted(self.place, self.code, -self.count, -self.x, -self.y, -self.number)

    def coded(self, code: int) -> "Counted":
        """Return the rows as if all bore one code."""
        return Counted(
            self.place, np.full_like(self.code, code), self.count, self.x, self.y, self.number
        )


def add_up(parts: Sequence[Counted]) -> Counted:
    """Return the rows of several counts as one for each cell and code, in their order."""
    columns = [np.concatenate([getattr(one, f.name) for one in parts]) for f in fields(Counted)]
    place, code, *sums = columns
    order = np.lexsort((code, place))
    place, code = place[order], code[order]
    begins = np.flatnonzero((np.diff(place, prepend=-1) != 0) | (np.diff(code, prepend=-1) != 0))
    if not len(begins):
        return Counted(*columns)
    summed = (np.add.reduceat(one[order], begins) for one in sums)
    told = Counted(place[begins], code[begins], *summed)
    return told.of(told.count != 0)


def along_curve(x: Ints, y: Ints) -> Ints:
    """Return where squares lie along a Z-order curve, columns and rows below 2^31.

    >>> along_curve(np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])).tolist()
    [0, 1, 2, 3]
    """
    return _spread(x) | _spread(y) << 1


def _spread(bits: Ints) -> Ints:
    """Return numbers with a zero put before each of their bits."""
    told = bits.astype(np.uint64)
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        told = (told | told << np.uint64(shift)) & np.uint64(mask)
    return told.astype(np.int64)


IN_TILE = np.argsort(along_curve(*np.divmod(np.arange(CELLS * CELLS), CELLS)[::-1]))
"""Which cell of a tile, row by row, is the first, second, ... along the curve."""


def cells_of(counted: Counted, cell_zoom: int, address: TileAddress) -> list[Cell]:
    """Return the cells of a tile from counts, in their order, by cells of a zoom."""
    finer = 2 * (cell_zoom - address.z)
    first = int(along_curve(np.array([address.x]), np.array([address.y]))[0]) << finer
    stretch = slice(*np.searchsorted(counted.place, [first, first + (1 << finer)]).tolist())
    rows = counted.of(stretch)
    cell = IN_TILE[(rows.place - first) >> (finer - 2 * CELL_BITS)]
    size = CELLS * CELLS
    counts = np.zeros((size, MOST_CODES), np.int64)
    sums = np.zeros((3, size), np.int64)
    np.add.at(counts, (cell, rows.code), rows.count)
    for total, column in zip(sums, (rows.x, rows.y, rows.number), strict=True):
        np.add.at(total, cell, column)
    return [
        Cell(
            *within_cell(n, *_middle(sums[:2, n], int(counts[n].sum()), address)),
            tuple((int(code), int(counts[n, code])) for code in np.flatnonzero(counts[n])),
            int(sums[2, n]) if counts[n].sum() == 1 else None,
        )
        for n in np.flatnonzero(counts.sum(axis=1)).tolist()
    ]


def _middle(sums: Ints, count: int, address: TileAddress) -> tuple[float, float]:
    """Return where features lie on average, in grid steps of a tile."""
    shift = WORLD_BITS - address.z
    x, y = (
        (int(one) - count * (at << shift)) / count / (1 << (shift - EXTENT_BITS))
        for one, at in zip(sums, (address.x, address.y), strict=True)
    )
    return x, y
