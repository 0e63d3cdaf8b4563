"""What is asked of a large layer, and what a vector tile says: the nouns, and the tile's frame.

A tile (Mapbox Vector Tile 2.1) has one of two faces. Near at hand it holds the layer `features`:
every feature with its shape, its number as id and its code under the key `s`. Further off, where
that would be too many bytes, it holds `cells` (4 x 4 to a tile): points with `n`, how many features
lie there, and `0`, `1`, ... how many of them bear each code, and `late`, single late features as
points. A feature is counted in exactly one cell of one tile at every zoom, so the cells of a zoom
add up to the layer; nothing is ever left out to save bytes.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geodata.errors import NoSuchTile
from geodata.model import Scope

TILED_FROM = 5_000
"""A layer of more features than this travels as tiles, and is counted without being read."""

MOST_BYTES = 150_000
"""No tile is larger, at any zoom, before compression."""

GREATEST_ZOOM = 20
"""Up to here a step of the grid is finer than the centimetre that coordinates are kept to."""

EXTENT_BITS = 12
COARSER_BITS = (12, 10)
"""The grids of shapes: 4096 steps a side, and a coarser one where that takes too many bytes."""

BUFFER_PX = 16
"""How far beyond a tile of 256 px lines and areas go on; a point is told by its own tile alone."""

CELL_BITS = 2
CELLS = 1 << CELL_BITS
MOST_LATE = 256
"""How many late features of a tile of cells are told one by one; all are counted in the cells."""

MOST_CODES = 32

FEW = 2_000
"""Up to so many features in the whole view are drawn with their shapes at every zoom."""

BYTES_OF_FEATURE, BYTES_OF_VERTEX = 24, 3
"""What a feature takes in a tile, and each of its vertices: an estimate that chooses a zoom."""

ROOM = 0.8
"""The share of a tile's bytes that the estimate may fill."""


@dataclass(frozen=True)
class TileAddress:
    """One square of the Web Mercator pyramid, counted from the north-west; raises NoSuchTile."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        """Refuse a square that is not there."""
        side = 1 << max(0, min(self.z, GREATEST_ZOOM))
        if not (0 <= self.z <= GREATEST_ZOOM and 0 <= self.x < side and 0 <= self.y < side):
            raise NoSuchTile(z=self.z, x=self.x, y=self.y, greatest=GREATEST_ZOOM)


def tile_of(zoom: int, lon: float, lat: float) -> TileAddress:
    """Return the address of the tile in which a place lies, degrees of EPSG:4490.

    >>> tile_of(10, 103.83, 36.06)
    TileAddress(z=10, x=807, y=401)
    """
    sine, side = math.sin(math.radians(lat)), 1 << zoom
    down = 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)
    return TileAddress(zoom, int((lon + 180) / 360 * side), int(down * side))


@dataclass(frozen=True, eq=False)
class Signs:
    """What the features of a layer bear: a code (0 to 31) for some ids, 0 for all others.

    An odd code says that something is late. Equal `key`s mean equal signs: answers are kept by it.
    """

    key: str
    ids: NDArray[np.object_]
    codes: NDArray[np.uint8]


NO_SIGNS = Signs("", np.empty(0, object), np.empty(0, np.uint8))
"""What a layer bears of which no feature is on a case."""


Sort = Literal["hazard", "verified", "unplaced"]


@dataclass(frozen=True)
class Look:
    """Which features of a layer are looked at: a scope, the day it is seen from, some codes.

    What was found after the day is not there. Of the scope, jurisdictions, hazard kinds, dates,
    text and `within` count, as in `FeatureStore.read`; an empty set of codes means all. `only`
    leaves what a census says of its features: hazards, verified ones, those without a place.
    """

    scope: Scope = Scope()
    as_of: date | None = None
    codes: frozenset[int] = frozenset()
    only: frozenset[Sort] = frozenset()


CENSUS_COLUMNS = (
    "jurisdiction",
    "code",
    "is_placed",
    "is_hazard",
    "is_verified",
    "is_demonstration",
    "count",
)
"""A census has a row for each combination there is: office (blank if none), code, whether the
feature has a place, a hazard, a verification on site that still holds, is invented; how many."""


@dataclass(frozen=True)
class Span:
    """The first day on which a feature was found, the last of those that are not invented."""

    first: date | None
    newest: date | None


# ------------------------------------------------------------------------------ the frame


@dataclass(frozen=True)
class Cell:
    """One cell of a tile: where its features lie on average, how many bear each code.

    `number` is the feature itself where there is but one.
    """

    x: int
    y: int
    counts: tuple[tuple[int, int], ...]
    number: int | None = None

    @property
    def total(self) -> int:
        """Return how many features lie in the cell."""
        return sum(count for _, count in self.counts)


def within_cell(cell: int, x: float, y: float) -> tuple[int, int]:
    """Return where a cell's sign stands: the middle of its features, kept off the cell's edge."""
    side = (1 << EXTENT_BITS) // CELLS
    row, column = divmod(cell, CELLS)
    return _kept_within(x, column * side, side), _kept_within(y, row * side, side)


def _kept_within(value: float, first: int, side: int) -> int:
    return round(min(max(value, first + 0.3 * side), first + 0.7 * side))


def frame_features(messages: bytes, greatest_code: int, extent_bits: int) -> bytes:
    """Return a tile of features whose messages are encoded already."""
    body = messages + _text(3, "s") + b"".join(_value(code) for code in range(greatest_code + 1))
    return _layer("features", body, 1 << extent_bits)


def frame_cells(cells: Sequence[Cell], late: Sequence[tuple[int, int, int, int]]) -> bytes:
    """Return a tile of cells and of late features: number, code, x and y in steps of 4096."""
    codes = sorted({code for cell in cells for code, _ in cell.counts})
    keys = ["n", *map(str, codes)]
    place = {code: n for n, code in enumerate(codes, 1)}
    numbers = sorted({n for cell in cells for n in (cell.total, *(c for _, c in cell.counts))})
    at = {number: n for n, number in enumerate(numbers)}
    body = b"".join(
        _point(
            cell.number,
            [0, at[cell.total], *(n for c, count in cell.counts for n in (place[c], at[count]))],
            cell.x,
            cell.y,
        )
        for cell in cells
    )
    body += b"".join(_text(3, key) for key in keys) + b"".join(map(_value, numbers))
    told = _layer("cells", body, 1 << EXTENT_BITS) if cells else b""
    if not late:
        return told
    greatest = max(code for _, code, _, _ in late)
    body = b"".join(_point(number, [0, code], x, y) for number, code, x, y in late)
    body += _text(3, "s") + b"".join(_value(code) for code in range(greatest + 1))
    return told + _layer("late", body, 1 << EXTENT_BITS)


def _layer(name: str, body: bytes, extent: int) -> bytes:
    whole = _text(1, name) + body + b"\x28" + _varint(extent) + b"\x78\x02"
    return b"\x1a" + _varint(len(whole)) + whole


def _point(number: int | None, tags: Sequence[int], x: int, y: int) -> bytes:
    told = b"" if number is None else b"\x08" + _varint(number)
    packed = b"".join(map(_varint, tags))
    place = b"\x09" + _varint(_zigzag(x)) + _varint(_zigzag(y))
    told += b"\x12" + _varint(len(packed)) + packed + b"\x18\x01"
    told += b"\x22" + _varint(len(place)) + place
    return b"\x12" + _varint(len(told)) + told


def _text(field: int, text: str) -> bytes:
    raw = text.encode()
    return bytes([field << 3 | 2]) + _varint(len(raw)) + raw


def _value(number: int) -> bytes:
    """Return a value of a layer: an unsigned whole number."""
    told = b"\x28" + _varint(number)
    return b"\x22" + _varint(len(told)) + told


def _varint(number: int) -> bytes:
    return bytes(_sevens(number))


def _sevens(number: int) -> Iterator[int]:
    while number > 0x7F:  # noqa: PLR2004 (seven bits a byte)
        yield number & 0x7F | 0x80
        number >>= 7
    yield number


def _zigzag(number: int) -> int:
    return number << 1 ^ number >> 63
