"""A large layer as flat columns in the order of a Hilbert curve, made once for each revision.

What a map asks (tiles, counts by sort, the rows of a scope) is answered from these columns without
one shape being built; only what is shown in a list, or lies on the very edge of a drawn area, is
read from where the layer is kept. The columns are plain `.npy` files, so that they can be mapped
into memory: what nobody looks at is never loaded, and processes share what they do look at.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from geodata.crs import have_numbers
from geodata.flat import Flat
from geodata.flat import flatten as flatten_wkb
from geodata.kernels.tiles import (
    AREA,
    LINE,
    OVERFLOW,
    POINT,
    WORLD_BITS,
    boxes_of,
    count_cells,
    encode_features,
    gather,
    hilbert_codes,
)
from geodata.model import Ring
from geodata.schema import UNPLACED
from geodata.selection import TEXT_COLUMNS
from geodata.tiles import (
    BUFFER_PX,
    BYTES_OF_FEATURE,
    BYTES_OF_VERTEX,
    CELL_BITS,
    CELLS,
    CENSUS_COLUMNS,
    COARSER_BITS,
    EXTENT_BITS,
    FEW,
    GREATEST_ZOOM,
    MOST_BYTES,
    MOST_CODES,
    MOST_LATE,
    ROOM,
    Cell,
    Look,
    Signs,
    Span,
    TileAddress,
    frame_cells,
    frame_features,
    within_cell,
)

BLOCK = 64
"""How many features share a box: near neighbours, thanks to their order."""

NO_DAY = np.iinfo(np.int32).min
CODED = ("jurisdiction", "hazard_kinds", "township", "geometry_status")
DAYS = ("found_on", "rectified_on", "verified_on", "relapsed_on")
TEXTS = ("id", "name", "source")
NEEDED = tuple(dict.fromkeys([*TEXTS, *CODED, *DAYS, "is_demonstration"]))
"""The columns of a layer that an index keeps; a layer without one of them has it blank."""

LEAST_OF_RING = 4
"""Corners of the least ring that is one, the first repeated at the end."""

FORM = 1
KEPT_ANSWERS = 16
WORLD = float(1 << WORLD_BITS)
WORLD_MOST = (1 << WORLD_BITS) - 1
STEEPEST = 85.051_128_779_806_59
"""The latitude, in degrees, at which the Mercator square ends."""

Bytes = NDArray[np.uint8]
ReadPlaces = Callable[[NDArray[np.int64]], NDArray[np.object_]]


@dataclass(frozen=True, eq=False)
class Columns:
    """The flat columns of a layer: shapes as `geodata.kernels.tiles` has them, and facts.

    `row` is the place of each feature where the layer is kept. `codes` are the places of a
    feature's words in `words`, -1 for none; `days` are days since 1970, NO_DAY for none.
    Features without a place stand last: the first `placed` have one.
    """

    xy: NDArray[np.uint32]
    ring_at: NDArray[np.int64]
    is_outer: Bytes
    feature_at: NDArray[np.int64]
    kind: Bytes
    box: NDArray[np.uint32]
    row: NDArray[np.int64]
    is_demonstration: Bytes
    codes: Mapping[str, NDArray[np.int32]]
    days: Mapping[str, NDArray[np.int32]]
    words: Mapping[str, tuple[str, ...]]
    texts: pa.Table
    placed: int

    @property
    def features(self) -> int:
        """Return how many features there are."""
        return len(self.kind)


class LayerIndex:
    """Answers what a map asks of a large layer; safe for several threads."""

    def __init__(self, columns: Columns, read_places: ReadPlaces) -> None:
        """Take columns, and a way to read the shapes (EPSG:4490) of rows of the layer."""
        self.columns = columns
        self._read_places = read_places
        self._answers: OrderedDict[object, Future[Bytes]] = OrderedDict()
        self._lock = Lock()

    @cached_property
    def blocks(self) -> NDArray[np.uint32]:
        """Return the box of each BLOCK features that follow one another."""
        box = self.columns.box[: self.columns.placed]
        if not len(box):
            return np.empty((0, 4), np.uint32)
        first = np.arange(0, len(box), BLOCK)
        low = np.minimum.reduceat(box[:, :2], first)
        high = np.maximum.reduceat(box[:, 2:], first)
        return np.ascontiguousarray(np.concatenate([low, high], axis=1))

    @cached_property
    def detail_from(self) -> int:
        """Return the zoom from which every tile holds its features one by one."""
        columns = self.columns
        vertices = np.diff(columns.ring_at[columns.feature_at])[: columns.placed]
        weight = BYTES_OF_FEATURE + BYTES_OF_VERTEX * vertices.astype(np.float64)
        x, y = _middles(columns.box[: columns.placed])
        for z in range(GREATEST_ZOOM):
            shift = np.int64(WORLD_BITS - z)
            tile = ((x >> shift) << z) | (y >> shift)
            begins = np.flatnonzero(np.diff(tile, prepend=-1))
            if not len(begins) or np.add.reduceat(weight, begins).max() <= MOST_BYTES * ROOM:
                return z
        return GREATEST_ZOOM

    def tile(self, address: TileAddress, look: Look, signs: Signs) -> bytes:
        """Return a vector tile, empty where nothing lies; see `geodata.tiles`."""
        mask, codes = self.mask(look, signs), self.codes(signs)
        if address.z >= self.detail_from or self._are_few(look, signs):
            for extent_bits in COARSER_BITS:
                told = self._features(address, mask, codes, extent_bits)
                if told is not None:
                    return told
        return self._cells(address, mask, codes)

    def census(self, look: Look, signs: Signs) -> pd.DataFrame:
        """Return how many features there are of each sort, in CENSUS_COLUMNS."""
        columns, seen = self.columns, self.mask(look, signs).astype(bool)
        office = columns.codes["jurisdiction"]
        sorts = (
            (office + 1, len(columns.words["jurisdiction"]) + 1),
            (self.codes(signs), MOST_CODES),
            (self._is_placed, 2),
            (self._is_hazard, 2),
            (self._is_verified(look.as_of), 2),
            (columns.is_demonstration, 2),
        )
        sort = np.zeros(columns.features, np.int32)
        for column, size in sorts:
            sort = sort * np.int32(size) + column.astype(np.int32)
        sizes = tuple(size for _, size in sorts)
        counts = np.bincount(sort[seen], minlength=int(np.prod(sizes)))
        there = np.flatnonzero(counts)
        place, code, *flags = np.unravel_index(there, sizes)
        offices = np.array(["", *columns.words["jurisdiction"]], object)
        values = (offices[place], code, *(one.astype(bool) for one in flags), counts[there])
        return pd.DataFrame(dict(zip(CENSUS_COLUMNS, values, strict=True)))

    def rows(self, look: Look, signs: Signs) -> NDArray[np.int64]:
        """Return the places of the features of a look where the layer is kept, in their order."""
        return np.sort(self.columns.row[self.mask(look, signs).astype(bool)])

    def rows_of(self, ids: Iterable[str]) -> NDArray[np.int64]:
        """Return the places of the features with some of the ids, in their order."""
        return np.sort(self.columns.row[self._positions(pa.array(list(ids), pa.string())) >= 0])

    def named(self, number: int) -> tuple[str, str] | None:
        """Return id and name of the feature that has a number in this layer's tiles."""
        if not 0 <= number < self.columns.features:
            return None
        told, name = (self.columns.texts[column][number].as_py() for column in ("id", "name"))
        return told, name or ""

    def span(self) -> Span:
        """Return the first day of finding, and the last of what is not invented."""
        days = self.columns.days["found_on"]
        is_known = days != NO_DAY
        is_real = is_known & (self.columns.is_demonstration == 0)
        return Span(_as_day(days[is_known], np.min), _as_day(days[is_real], np.max))

    # ------------------------------------------------------------------ columns of a look

    def codes(self, signs: Signs) -> Bytes:
        """Return the code of every feature."""
        return self._kept(("codes", signs.key), lambda: self._code(signs))

    def mask(self, look: Look, signs: Signs) -> Bytes:
        """Return 1 for every feature that is looked at, 0 for the others."""
        key = ("mask", look, signs.key if look.codes else "")
        return self._kept(key, lambda: self._judge(look, signs))

    def _kept(self, key: object, answer: Callable[[], Bytes]) -> Bytes:
        """Return an answer that is kept, or make it: tiles asked for at once wait for one."""
        with self._lock:
            found = self._answers.get(key)
            if found is None:
                made = self._answers[key] = Future[Bytes]()
                while len(self._answers) > KEPT_ANSWERS:
                    self._answers.popitem(last=False)
            else:
                self._answers.move_to_end(key)
        if found is not None:
            return found.result()
        try:
            made.set_result(answer())
        finally:  # whoever waits for one that could not be made is told so
            if not made.done():
                made.cancel()
                with self._lock:
                    self._answers.pop(key, None)
        return made.result()

    def _code(self, signs: Signs) -> Bytes:
        codes = np.zeros(self.columns.features, np.uint8)
        if len(signs.ids):
            at = self._positions(pa.array(signs.ids, pa.string()))
            codes[at >= 0] = np.minimum(signs.codes, MOST_CODES - 1)[at[at >= 0]]
        return codes

    def _positions(self, ids: pa.Array) -> NDArray[np.int64]:
        """Return for every feature where its id stands among some ids, -1 if it does not."""
        found = pc.index_in(self.columns.texts["id"], value_set=ids)
        return np.asarray(found.fill_null(-1).to_numpy(), np.int64)

    def _judge(self, look: Look, signs: Signs) -> Bytes:
        seen = np.ones(self.columns.features, bool)
        for fits in self._conditions(look, signs):
            seen &= fits
        if look.scope.within:
            seen &= self._meets(look.scope.within, seen)
        return seen.view(np.uint8)

    def _conditions(self, look: Look, signs: Signs) -> Iterator[NDArray[np.bool_]]:
        scope, days = look.scope, self.columns.days["found_on"]
        if scope.jurisdictions:
            yield self._says("jurisdiction", lambda word: word in scope.jurisdictions)
        if scope.hazard_kinds:
            wanted = scope.hazard_kinds
            yield self._says("hazard_kinds", lambda word: not wanted.isdisjoint(word.split(";")))
        if scope.from_on:
            yield days >= _number(scope.from_on)
        if scope.to_on:
            yield (days <= _number(scope.to_on)) & (days != NO_DAY)
        if look.as_of:
            yield days <= _number(look.as_of)
        if look.codes:
            wanted_codes = np.zeros(MOST_CODES, bool)
            wanted_codes[[code for code in look.codes if 0 <= code < MOST_CODES]] = True
            yield wanted_codes[self.codes(signs)]
        if scope.text:
            yield self._mentions(scope.text)
        yield from self._sorts(look)

    def _sorts(self, look: Look) -> Iterator[NDArray[np.bool_]]:
        if "hazard" in look.only:
            yield self._is_hazard
        if "verified" in look.only:
            yield self._is_verified(look.as_of)
        if "unplaced" in look.only:
            yield ~self._is_placed

    def _says(self, column: str, fits: Callable[[str], bool]) -> NDArray[np.bool_]:
        answers = np.array([*map(fits, self.columns.words[column]), False])  # the last for none
        return answers[self.columns.codes[column]]

    def _mentions(self, text: str) -> NDArray[np.bool_]:
        wanted, found = text.casefold(), np.zeros(self.columns.features, bool)
        for column in TEXT_COLUMNS:
            if column in self.columns.codes:
                found |= self._says(column, lambda word: wanted in word.casefold())
            else:
                cells = self.columns.texts[column]
                holds = pc.match_substring(cells, text, ignore_case=True)
                found |= _flags(holds).view(bool)
        return found

    def _meets(self, ring: Ring, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which features meet the inside of a ring; those on its edge are read exactly."""
        columns = self.columns
        area = shapely.make_valid(shapely.Polygon(ring))
        meets = np.zeros(columns.features, bool)
        candidates = np.flatnonzero(asked[: columns.placed] & self._are_near(area))
        if not len(candidates):
            return meets
        boxes = _boxes_in_degrees(columns.box[candidates])
        shapely.prepare(area)
        is_near = shapely.intersects(area, boxes)
        is_inside = is_near & shapely.contains_properly(area, boxes)
        meets[candidates[is_inside]] = True
        edge = candidates[is_near & ~is_inside]
        if len(edge):
            order = np.argsort(columns.row[edge])
            places = self._read_places(columns.row[edge][order])
            meets[edge[order]] = shapely.intersects(area, places)
        return meets

    def _are_near(self, area: shapely.Geometry) -> NDArray[np.bool_]:
        """Return which boxes meet that of an area."""
        west, south, east, north = area.bounds
        (low_x, low_y), (high_x, high_y) = (
            to_world(np.array([[west, north], [east, south]])).astype(np.int64).tolist()
        )
        box = self.columns.box[: self.columns.placed]
        return np.asarray(
            (box[:, 0] <= min(high_x + 1, WORLD_MOST))
            & (box[:, 2] >= max(low_x - 1, 0))
            & (box[:, 1] <= min(high_y + 1, WORLD_MOST))
            & (box[:, 3] >= max(low_y - 1, 0))
        )

    @cached_property
    def _is_placed(self) -> NDArray[np.bool_]:
        return np.arange(self.columns.features) < self.columns.placed

    @cached_property
    def _is_hazard(self) -> NDArray[np.bool_]:
        waits = self._says("geometry_status", lambda word: word in UNPLACED)
        return (self._is_placed | waits) & self._says("hazard_kinds", bool)

    def _is_verified(self, as_of: date | None) -> NDArray[np.bool_]:
        last = _number(as_of) if as_of else np.iinfo(np.int32).max
        verified, relapsed = (self.columns.days[name] for name in ("verified_on", "relapsed_on"))
        return (
            (verified != NO_DAY) & (verified <= last) & ~((relapsed != NO_DAY) & (relapsed <= last))
        )

    # ---------------------------------------------------------------------------- tiles

    def _are_few(self, look: Look, signs: Signs) -> bool:
        return int(np.count_nonzero(self.mask(look, signs)[: self.columns.placed])) <= FEW

    def _features(
        self, address: TileAddress, mask: Bytes, codes: Bytes, extent_bits: int
    ) -> bytes | None:
        """Return a tile of features, None where it would be too large."""
        columns = self.columns
        messages, size, number, greatest = encode_features(
            columns.xy,
            columns.ring_at,
            columns.is_outer,
            columns.feature_at,
            columns.kind,
            columns.box,
            self.blocks,
            BLOCK,
            columns.placed,
            mask,
            codes,
            address.z,
            address.x,
            address.y,
            extent_bits,
            BUFFER_PX << extent_bits >> 8,
            MOST_BYTES - 1_000,  # the frame takes some
        )
        if size == OVERFLOW:
            return None
        return frame_features(messages[:size].tobytes(), greatest, extent_bits) if number else b""

    def _cells(self, address: TileAddress, mask: Bytes, codes: Bytes) -> bytes:
        columns = self.columns
        counts = np.zeros((CELLS * CELLS, MOST_CODES), np.int32)
        sums = np.zeros((CELLS * CELLS, 2))
        one = np.full(CELLS * CELLS, -1, np.int64)
        late = np.empty(MOST_LATE, np.int64)
        found = count_cells(
            columns.box,
            self.blocks,
            BLOCK,
            columns.placed,
            mask,
            codes,
            address.z,
            address.x,
            address.y,
            CELL_BITS,
            counts,
            sums,
            one,
            late,
        )
        step = 1 << (WORLD_BITS - address.z - EXTENT_BITS)
        totals = counts.sum(axis=1)
        cells = [
            Cell(
                *within_cell(n, *(sums[n] / totals[n] / step).tolist()),
                tuple((int(code), int(counts[n, code])) for code in np.flatnonzero(counts[n])),
                int(one[n]) if totals[n] == 1 else None,
            )
            for n in np.flatnonzero(totals).tolist()
        ]
        told = late[: min(found, MOST_LATE)]
        x, y = (
            (middle - (np.int64(at) << (WORLD_BITS - address.z))) // step
            for middle, at in zip(_middles(columns.box[told]), (address.x, address.y), strict=True)
        )
        numbers = (told.tolist(), codes[told].tolist(), x.tolist(), y.tolist())
        return frame_cells(cells, list(zip(*numbers, strict=True)))


# ------------------------------------------------------------------------------- making


def index_frame(frame: gpd.GeoDataFrame) -> LayerIndex:
    """Return the index of a frame in EPSG:4490, in memory."""
    facts = pa.Table.from_pandas(
        pd.DataFrame(frame[[name for name in NEEDED if name in frame]]), preserve_index=False
    )
    places = frame.geometry.to_numpy()
    told = pa.array(shapely.to_wkb(places), pa.large_binary())
    return LayerIndex(make_columns([(facts, told)]), lambda rows: places[rows])


def hilbert_order(places: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return the order of shapes in EPSG:4490 along a Hilbert curve, those without a place last."""
    bounds = shapely.bounds(places)
    is_somewhere = np.isfinite(bounds).all(axis=1)
    middles = np.where(is_somewhere[:, None], (bounds[:, :2] + bounds[:, 2:]) / 2, 0.0)
    world = to_world(middles)
    return np.lexsort((hilbert_codes(world[:, 0].copy(), world[:, 1].copy()), ~is_somewhere))


def make_columns(parts: Iterable[tuple[pa.Table, pa.Array]]) -> Columns:
    """Return the columns of a layer that comes in parts: facts, and shapes (EPSG:4490) in WKB.

    What is no longer needed is let go at once: a large layer is never held three times.
    """
    flats, tables = [], []
    for facts, binary in parts:
        flats.append(_flatten_binary(binary))
        tables.append(_chosen(facts))
    flat = _joined(flats)
    flats.clear()
    table = pa.concat_tables(tables) if tables else _chosen(pa.table({}))
    tables.clear()
    box, is_somewhere = boxes_of(flat.xy, flat.ring_at, flat.feature_at)
    x, y = _middles(box)
    along = hilbert_codes(x.astype(np.uint32), y.astype(np.uint32))
    order = np.lexsort((along, 1 - is_somewhere))
    xy, ring_at, is_outer, feature_at = gather(
        order, flat.xy, flat.ring_at, flat.is_outer, flat.feature_at
    )
    row, kind = flat.row[order], flat.kind[order]
    del flat
    codes, words = _code_words(table, row)
    return Columns(
        xy=xy,
        ring_at=ring_at,
        is_outer=is_outer,
        feature_at=feature_at,
        kind=kind,
        box=box[order],
        row=row,
        is_demonstration=_flags(table["is_demonstration"])[row],
        codes=codes,
        days={name: _days(table[name])[row] for name in DAYS},
        words=words,
        texts=pa.table({name: _taken(table[name], row) for name in TEXTS}),
        placed=int(is_somewhere.sum()),
    )


@dataclass(frozen=True, eq=False)
class _Flat:
    """Shapes as flat arrays, in an order of their own: `row` says which is whose."""

    xy: NDArray[np.uint32]
    ring_at: NDArray[np.int64]
    is_outer: Bytes
    feature_at: NDArray[np.int64]
    kind: Bytes
    row: NDArray[np.int64]


def _flatten_binary(binary: pa.Array) -> _Flat:
    """Return shapes in WKB as flat arrays: polygons that are plain as they are, others by GEOS."""
    plain, _, was_read = flatten_wkb(binary)
    is_plain = was_read & _are_of_rings(plain)
    rows, others = np.flatnonzero(is_plain), np.flatnonzero(~is_plain)
    if len(others):
        plain, _, _ = flatten_wkb(binary, rows)
    stays = np.ones(len(plain.corners), bool)
    stays[plain.rings[1:] - 1] = False  # the last vertex of a ring is the first once more
    polygons = _Flat(
        to_world(plain.corners[stays]),
        _offsets(np.diff(plain.rings) - 1),
        (~plain.is_hole).view(np.uint8),
        plain.features,
        np.full(len(rows), AREA, np.uint8),
        rows,
    )
    if not len(others):
        return polygons
    told = binary.take(pa.array(others)).to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):  # numbers that are none: such a shape has no vertices
        places = np.asarray(shapely.from_wkb(told, on_invalid="ignore"), object)
    by_geos = _flatten(places)
    return _joined([polygons, replace(by_geos, row=others[by_geos.row])], are_numbered=True)


def _are_of_rings(plain: Flat) -> NDArray[np.bool_]:
    """Return which features have rings, all of them closed and of enough corners to be one."""
    is_ring = np.diff(plain.rings) >= LEAST_OF_RING
    first, last = plain.rings[:-1][is_ring], plain.rings[1:][is_ring] - 1
    is_ring[is_ring] = (plain.corners[first] == plain.corners[last]).all(axis=1)
    rings = np.diff(plain.features)
    whose = np.repeat(np.arange(len(plain)), rings)
    return (rings > 0) & (np.bincount(whose[~is_ring], minlength=len(plain)) == 0)


def _flatten(places: NDArray[np.object_]) -> _Flat:
    """Return shapes as flat arrays; one whose numbers are none has no vertices."""
    usable = ~shapely.is_missing(places) & ~shapely.is_empty(places)
    usable[usable] &= have_numbers(places[usable])
    dimension = np.where(usable, shapely.get_dimensions(places), -1)
    told = []
    for kind, wanted in ((0, -1), (POINT, 0), (LINE, 1), (AREA, 2)):
        rows = np.flatnonzero(dimension == wanted)
        if kind and len(rows):
            told.append(_flatten_kind(places[rows], kind, rows))
        elif len(rows):
            nothing = np.zeros(len(rows) + 1, np.int64)
            told.append(
                _Flat(
                    np.empty((0, 2), np.uint32),
                    np.zeros(1, np.int64),
                    np.empty(0, np.uint8),
                    nothing,
                    np.zeros(len(rows), np.uint8),
                    rows,
                )
            )
    return _joined(told, are_numbered=True)


def _flatten_kind(places: NDArray[np.object_], kind: int, rows: NDArray[np.int64]) -> _Flat:
    """Return shapes of one dimension, parts of lesser ones in collections left out."""
    parts, owner = shapely.get_parts(places, return_index=True)
    while (shapely.get_type_id(parts) >= 4).any():  # noqa: PLR2004 (collections within)
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    of_kind = shapely.get_dimensions(parts) == kind - 1
    parts, owner = parts[of_kind], owner[of_kind]
    is_outer = np.ones(len(parts), np.uint8)
    if kind == AREA:
        holes = shapely.get_num_interior_rings(parts)
        rings, of_part = shapely.get_rings(parts, return_index=True)
        is_outer = np.zeros(len(rings), np.uint8)
        is_outer[np.cumsum(holes + 1) - (holes + 1)] = 1
        parts, owner = rings, owner[of_part]
    degrees, of_ring = shapely.get_coordinates(parts, return_index=True)
    counts = np.bincount(of_ring, minlength=len(parts))
    if kind == AREA:  # the last vertex of a ring is the first once more
        stays = np.ones(len(degrees), bool)
        stays[np.cumsum(counts) - 1] = False
        degrees, counts = degrees[stays], counts - 1
    per_feature = np.bincount(owner, minlength=len(places))
    return _Flat(
        to_world(degrees),
        _offsets(counts),
        is_outer,
        _offsets(per_feature),
        np.full(len(places), kind, np.uint8),
        rows,
    )


def _joined(flats: list[_Flat], *, are_numbered: bool = False) -> _Flat:
    """Return flat arrays one after the other; rows of parts go on where the last ended."""
    if not flats:
        flats = [_Flat(
            np.empty((0, 2), np.uint32),
            np.zeros(1, np.int64),
            np.empty(0, np.uint8),
            np.zeros(1, np.int64),
            np.empty(0, np.uint8),
            np.empty(0, np.int64),
        )]  # fmt: skip
    before = _offsets([0 if are_numbered else len(one.row) for one in flats])
    return _Flat(
        np.concatenate([one.xy for one in flats]),
        _offsets(np.concatenate([np.diff(one.ring_at) for one in flats])),
        np.concatenate([one.is_outer for one in flats]),
        _offsets(np.concatenate([np.diff(one.feature_at) for one in flats])),
        np.concatenate([one.kind for one in flats]),
        np.concatenate([one.row + first for one, first in zip(flats, before, strict=False)]),
    )


def to_world(degrees: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Return longitudes and latitudes (degrees) as whole numbers of the Mercator square.

    >>> to_world(np.array([[0.0, 0.0]])).tolist()
    [[2147483648, 2147483648]]
    """
    lat = np.radians(np.clip(degrees[:, 1], -STEEPEST, STEEPEST))
    x = (degrees[:, 0] + 180.0) / 360.0
    y = 0.5 - np.arctanh(np.sin(lat)) / (2.0 * np.pi)
    world = np.rint(np.stack([x, y], axis=1) * WORLD)
    return np.clip(world, 0, WORLD - 1).astype(np.uint32)


def to_degrees(world: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return places of the Mercator square as longitudes and latitudes (degrees)."""
    lon = world[:, 0] / WORLD * 360.0 - 180.0
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1.0 - 2.0 * world[:, 1] / WORLD))))
    return np.stack([lon, lat], axis=1)


def _boxes_in_degrees(box: NDArray[np.uint32]) -> NDArray[np.object_]:
    """Return boxes as shapes, one step wider on each side than they were rounded to."""
    west_north = to_degrees(box[:, :2].astype(np.float64) - 1)
    east_south = to_degrees(box[:, 2:].astype(np.float64) + 1)
    return shapely.box(west_north[:, 0], east_south[:, 1], east_south[:, 0], west_north[:, 1])


def _middles(box: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    wide = box.astype(np.int64)
    return (wide[:, 0] + wide[:, 2]) >> 1, (wide[:, 1] + wide[:, 3]) >> 1


def _offsets(counts: Any) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _chosen(facts: pa.Table) -> pa.Table:
    """Return the columns that are needed, each of its own type, blank where there is none."""
    kinds = dict.fromkeys(DAYS, pa.date32()) | {"is_demonstration": pa.bool_()}
    return pa.table(
        {
            name: facts[name].cast(kinds.get(name, pa.string()), safe=False)
            if name in facts.column_names and not pa.types.is_null(facts[name].type)
            else pa.nulls(facts.num_rows, kinds.get(name, pa.string()))
            for name in NEEDED
        }
    )


def _taken(cells: pa.ChunkedArray, row: NDArray[np.int64]) -> pa.Array:
    return cells.combine_chunks().take(pa.array(row))


def _code_words(
    facts: pa.Table, row: NDArray[np.int64]
) -> tuple[dict[str, NDArray[np.int32]], dict[str, tuple[str, ...]]]:
    codes, words = {}, {}
    for name in CODED:
        coded = facts[name].combine_chunks().dictionary_encode()
        codes[name] = np.asarray(coded.indices.fill_null(-1).to_numpy(), np.int32)[row]
        words[name] = tuple(coded.dictionary.to_pylist())
    return codes, words


def _days(cells: pa.ChunkedArray) -> NDArray[np.int32]:
    return np.asarray(cells.cast(pa.int32()).fill_null(NO_DAY).to_numpy(), np.int32)


def _flags(cells: pa.ChunkedArray) -> Bytes:
    return np.asarray(pc.fill_null(cells, fill_value=False).to_numpy(), bool).view(np.uint8)


def _number(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()


def _as_day(days: NDArray[np.int32], choose: Callable[..., Any]) -> date | None:
    return date.fromordinal(int(choose(days)) + date(1970, 1, 1).toordinal()) if len(days) else None


# ------------------------------------------------------------------------------- keeping

OTHERWISE_KEPT = {"codes", "days", "words", "texts", "placed"}
ARRAYS = tuple(one.name for one in fields(Columns) if one.name not in OTHERWISE_KEPT)


def save_columns(columns: Columns, folder: Path) -> None:
    """Write columns into an empty folder."""
    for name in ARRAYS:
        np.save(folder / f"{name}.npy", getattr(columns, name))
    for name in CODED:
        np.save(folder / f"{name}.code.npy", columns.codes[name])
    for name in DAYS:
        np.save(folder / f"{name}.day.npy", columns.days[name])
    with pa.OSFile(str(folder / "texts.arrow"), "wb") as sink:  # noqa: SIM117 (each needs its own)
        with pa.ipc.new_file(sink, columns.texts.schema) as writer:
            writer.write_table(columns.texts)
    told = {"form": FORM, "placed": columns.placed, "words": dict(columns.words)}
    (folder / "index.json").write_text(json.dumps(told, ensure_ascii=False), "utf-8")


def load_columns(folder: Path) -> Columns | None:
    """Return the columns in a folder, mapped into memory; None if they are of another form."""
    told = json.loads((folder / "index.json").read_text("utf-8"))
    if told["form"] != FORM:
        return None
    mapped = pa.memory_map(str(folder / "texts.arrow"))
    return Columns(
        **{name: _mapped(folder / f"{name}.npy") for name in ARRAYS},
        codes={name: _mapped(folder / f"{name}.code.npy") for name in CODED},
        days={name: _mapped(folder / f"{name}.day.npy") for name in DAYS},
        words={name: tuple(words) for name, words in told["words"].items()},
        texts=pa.ipc.open_file(mapped).read_all(),
        placed=told["placed"],
    )


def _mapped(file: Path) -> NDArray[Any]:
    if file.stat().st_size and np.load(file, mmap_mode="r").size:
        return np.asarray(np.load(file, mmap_mode="r"))
    return np.load(file)  # an empty file cannot be mapped
