"""Answers to what a map asks of a layer in PostGIS: tiles by ST_AsMVT, cells, counts, numbers.

Shapes are cut and encoded by the database. What does not change from tile to tile of one look (how
many features lie in each cell, which of them bear a code) is asked of it once and kept here, for as
long as the layer's revision holds: some thousand numbers, whatever the layer's size.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, LiteralString

import numpy as np
import pandas as pd
import psycopg
import shapely
from numpy.typing import NDArray
from psycopg.types.numeric import Int8

from geodata.engines.cell_counts import WORLD_BITS, Counted, add_up, along_curve, cells_of
from geodata.engines.connections import Connection, Connections, sql
from geodata.engines.postgis_drawn import Drawn, bring_up, find_drawn, to_metres, writing
from geodata.errors import UnknownLayer
from geodata.tiles import (
    BUFFER_PX,
    CELL_BITS,
    CENSUS_COLUMNS,
    COARSER_BITS,
    EXTENT_BITS,
    FEW,
    MOST_BYTES,
    MOST_CODES,
    MOST_LATE,
    Look,
    Signs,
    Span,
    TileAddress,
    frame_cells,
)

KEPT_ROWS = 4_000_000
"""How many rows of counts and codes are kept in all, of some 50 bytes each."""

LEAST_BYTES = 12
MOST_FEATURES = MOST_BYTES // LEAST_BYTES
"""More features than this fit into no tile, as each takes some bytes."""

QUARTER_STEP_M = float(np.diff(to_metres(np.array([[0, 0], [1, 0]]))[:, 0])[0]) / 4

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Values = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Signed:
    """Features of a layer that bear a code: numbers, codes, middles and boxes (EPSG:3857, m)."""

    number: Ints
    code: Ints
    x: Ints
    y: Ints
    box: NDArray[np.float64]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.number)

    @property
    def is_placed(self) -> Bools:
        """Return which of them have a place."""
        return np.asarray(np.isfinite(self.box).all(axis=1))

    def of(self, rows: Bools) -> "Signed":
        """Return some of them."""
        return Signed(
            self.number[rows], self.code[rows], self.x[rows], self.y[rows], self.box[rows]
        )

    def counted(self, cell_zoom: int) -> Counted:
        """Return them as counts, one for each."""
        shift = WORLD_BITS - cell_zoom
        place = along_curve(self.x >> shift, self.y >> shift)
        ones = np.ones(len(self), np.int64)
        return Counted(place, self.code, ones, self.x, self.y, self.number)


@dataclass(frozen=True, eq=False)
class View:
    """A look at a whole layer: its counts, what of it bears a code, its numbers where few."""

    counted: Counted
    signed: Signed
    numbers: Ints | None

    def __len__(self) -> int:
        """Return how many rows it keeps."""
        return len(self.counted) + len(self.signed)


class DrawnLayers:
    """Answers what a map asks of the layers of a database; safe for several threads."""

    def __init__(self, connections: Connections) -> None:
        """Take the connections of a store of features."""
        self._connections = connections
        self._answers = Answers(KEPT_ROWS)

    @contextmanager
    def reading(self, layer_id: str) -> Iterator[tuple[Connection, Drawn]]:
        """Yield a connection that sees one state, and the layer, brought up; raise UnknownLayer."""
        with self._seeing() as database:
            drawn = find_drawn(database, layer_id)
            if drawn:
                yield database, drawn
                return
            _refuse_unknown(database, layer_id)
        with writing(self._connections, layer_id) as database:
            bring_up(database, layer_id)
        with self._seeing() as database:
            drawn = find_drawn(database, layer_id)
            if drawn is None:  # written to in this very moment by a program of before
                raise psycopg.errors.LockNotAvailable
            yield database, drawn

    @contextmanager
    def _seeing(self) -> Iterator[Connection]:
        with self._connections.one() as database:
            database.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            try:
                with database.transaction():
                    yield database
            finally:
                if not database.closed:
                    database.isolation_level = None

    def tile(self, layer_id: str, address: TileAddress, look: Look, signs: Signs) -> bytes:
        """Return a vector tile of a layer, empty where nothing lies."""
        with self.reading(layer_id) as (database, drawn):
            signed = self._signed(database, drawn, signs)
            if address.z >= drawn.detail_from:
                told = self._features(database, drawn, address, look, signed)
                if told is not None:
                    return told
                return self._near_cells(database, drawn, address, look, signed)
            view = self._view(database, drawn, look, signs)
            if view.numbers is not None:
                told = self._features(database, drawn, address, look, signed, numbers=view.numbers)
                if told is not None:
                    return told
            return _cells(view.counted, _cell_zoom(drawn), address, view.signed)

    def census(self, layer_id: str, look: Look, signs: Signs) -> pd.DataFrame:
        """Return how many features of a look there are of each sort."""
        with self.reading(layer_id) as (database, drawn):
            signed = self._signed(database, drawn, signs)
            where, values = conditions(look)
            values |= _coded(signed, look) | {"last": look.as_of}
            rows = database.execute(
                sql.SQL(CENSUS).format(table=drawn.table, where=where), values, binary=True
            ).fetchall()
        columns = list(zip(*rows, strict=True)) or [()] * len(CENSUS_COLUMNS)
        told = pd.DataFrame(dict(zip(CENSUS_COLUMNS, map(list, columns), strict=True)))
        flags = [name for name in CENSUS_COLUMNS if name.startswith("is_")]
        return told.astype(dict.fromkeys(flags, bool) | dict.fromkeys(("code", "count"), "int64"))

    def numbers(
        self, database: Connection, drawn: Drawn, look: Look, signs: Signs, *, first: int, most: int
    ) -> list[int]:
        """Return numbers of features of a look, from the `first` in the order of rows."""
        where, values = conditions(look)
        values |= _coded(self._signed(database, drawn, signs), look)
        values |= {"first": first, "most": most}
        question = sql.SQL(NUMBERS).format(table=drawn.table, where=where)
        return [number for (number,) in database.execute(question, values, binary=True)]

    def span(self, layer_id: str) -> Span:
        """Return the first day of finding, and the last of what is not invented."""
        with self.reading(layer_id) as (database, drawn):
            row = database.execute(
                sql.SQL(
                    "select min(found_on), max(found_on) filter (where not is_demonstration)"
                    " from {table}"
                ).format(table=drawn.table)
            ).fetchone()
        return Span(*(row or (None, None)))

    # ------------------------------------------------------------------ kept for a revision

    def _signed(self, database: Connection, drawn: Drawn, signs: Signs) -> Signed:
        key = (drawn.number, drawn.revision, signs.key)
        return self._answers.of(key, lambda: _find_signed(database, drawn, signs))

    def _view(self, database: Connection, drawn: Drawn, look: Look, signs: Signs) -> View:
        """Return the counts of a look; those of all its codes are kept apart, without signs."""
        signed = self._signed(database, drawn, signs)

        def make() -> View:
            plain = replace(look, codes=frozenset())
            seen = signed.of(signed.is_placed & self._are_seen(database, drawn, plain, signed))
            wanted = seen.of(_have_codes(seen.code, look))
            if look.codes and 0 not in look.codes:
                counted = add_up([wanted.counted(_cell_zoom(drawn))])
            else:
                every = self._counted(database, drawn, plain)
                counted = _with_codes(every, seen, wanted, _cell_zoom(drawn))
            numbers = None
            if counted.count.sum() <= FEW:
                with_place = _numbers_with_place(database, drawn, look, signed)
                numbers = np.array(with_place, np.int64)
            return View(counted, wanted, numbers)

        return self._answers.of((drawn.number, drawn.revision, look, signs.key), make)

    def _counted(self, database: Connection, drawn: Drawn, plain: Look) -> Counted:
        key = (drawn.number, drawn.revision, plain)
        return self._answers.of(key, lambda: _count(database, drawn, plain, _cell_zoom(drawn)))

    def _are_seen(self, database: Connection, drawn: Drawn, plain: Look, signed: Signed) -> Bools:
        if plain == Look() or not len(signed):
            return np.ones(len(signed), bool)
        where, values = conditions(plain)
        question = sql.SQL(
            "select number from {table} as d where number = any(%(among)s) and {where}"
        )
        rows = database.execute(
            question.format(table=drawn.table, where=where),
            values | {"among": signed.number.tolist()},
            binary=True,
        ).fetchall()
        return np.isin(signed.number, np.array(rows, np.int64).reshape(-1))

    # -------------------------------------------------------------------------------- tiles

    def _features(
        self,
        database: Connection,
        drawn: Drawn,
        address: TileAddress,
        look: Look,
        signed: Signed,
        *,
        numbers: Ints | None = None,
    ) -> bytes | None:
        """Return a tile of features, by numbers where few are known; None if it is too large."""
        west, north, east, south = (float(one) for one in _edges(address))
        margin = (east - west) * BUFFER_PX / 256
        box = signed.box
        near = signed.of(
            (box[:, 0] <= east + margin)
            & (box[:, 2] >= west - margin)
            & (box[:, 1] <= north + margin)
            & (box[:, 3] >= south - margin)
        )
        if look.codes and 0 not in look.codes:
            numbers = near.number[_have_codes(near.code, look)]
        where, values = conditions(look)
        if numbers is not None:
            where = sql.SQL("{} and d.number = any(%(among)s)").format(where)
            values |= {"among": numbers.tolist()}
        shift = WORLD_BITS - address.z
        values |= _coded(near, look) | {
            "west": west,
            "north": north,
            "east": east,
            "south": south,
            "margin": margin,
            "first_x": Int8(address.x << shift),
            "first_y": Int8(address.y << shift),
            "side": Int8(1 << shift),
            "most": MOST_FEATURES + 1,
        }
        for bits in COARSER_BITS:
            step = (east - west) / (1 << bits)
            values |= {
                "extent": 1 << bits,
                "buffer": BUFFER_PX << bits >> 8,
                "step": step,
                "nudge": step / 2 - QUARTER_STEP_M,
            }
            question = sql.SQL(FEATURES).format(table=drawn.table, where=where)
            row = database.execute(question, values, binary=True).fetchone()
            tile, count = row or (b"", 0)
            if count > MOST_FEATURES:
                return None
            if len(tile) <= MOST_BYTES:
                return bytes(tile)
        return None

    def _near_cells(
        self,
        database: Connection,
        drawn: Drawn,
        address: TileAddress,
        look: Look,
        signed: Signed,
    ) -> bytes:
        """Return the cells of a tile that is too full although near: counted for it alone."""
        plain, cell_zoom = replace(look, codes=frozenset()), address.z + CELL_BITS
        shift = WORLD_BITS - address.z
        here = signed.of(
            signed.is_placed & (signed.x >> shift == address.x) & (signed.y >> shift == address.y)
        )
        seen = here.of(self._are_seen(database, drawn, plain, here))
        wanted = seen.of(_have_codes(seen.code, look))
        every = _count(database, drawn, plain, cell_zoom, address)
        return _cells(_with_codes(every, seen, wanted, cell_zoom, look), cell_zoom, address, wanted)


class Answers:
    """What was found out, the newest of it kept; whoever asks for the same at once waits for it."""

    def __init__(self, most: int) -> None:
        """Keep answers of at most so many rows in all, and a few whatever their size."""
        self._most = most
        self._kept: OrderedDict[object, Any] = OrderedDict()
        self._making: dict[object, threading.Lock] = {}
        self._lock = threading.Lock()

    def of(self, key: object, make: Callable[[], Any]) -> Any:
        """Return the answer under a key, made if it is not there."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._kept:
                    return self._kept[key]
            try:
                made = make()
                with self._lock:
                    self._kept[key] = made
                    while len(self._kept) > 1 and self._rows() > self._most:
                        self._kept.popitem(last=False)
            finally:
                with self._lock:
                    self._making.pop(key, None)
            return made

    def _rows(self) -> int:
        return sum(len(one) + 1000 for one in self._kept.values())  # none is for nothing


# ----------------------------------------------------------------------------- questions

FEATURES: LiteralString = """
    with box as (
        select st_makeenvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857) as tile,
            st_makeenvelope(%(west)s - %(margin)s, %(south)s - %(margin)s,
                %(east)s + %(margin)s, %(north)s + %(margin)s, 3857) as reach
    ), drawn as (
        select number, s, shape from (
            select d.number, coalesce(m.code, 0) as s, case
                when d.kind = 1 then st_asmvtgeom(st_translate((
                    select st_collect(p.geom) from st_dump(d.shape) as p
                    where st_x(p.geom) >= %(west)s and st_x(p.geom) < %(east)s
                        and st_y(p.geom) <= %(north)s and st_y(p.geom) > %(south)s
                    ), -%(nudge)s, %(nudge)s), box.tile, %(extent)s, 0, false)
                else coalesce(
                    case when d.kind = 3 then
                        st_asmvtgeom(d.shape, box.tile, %(extent)s, %(buffer)s, true) end,
                    (select l.line from (select st_snaptogrid(st_affine(st_clipbybox2d(
                        case when d.kind = 2 then d.shape else (select
                            st_collect(st_exteriorring(p.geom)) from st_dump(d.shape) as p) end,
                        box.reach), 1 / %(step)s, 0, 0, -1 / %(step)s,
                        -%(west)s / %(step)s, %(north)s / %(step)s), 1) as line
                        ) as l where not st_isempty(l.line)),
                    case when d.x >= %(first_x)s and d.x < %(first_x)s + %(side)s
                        and d.y >= %(first_y)s and d.y < %(first_y)s + %(side)s
                        and st_xmax(d.shape) - st_xmin(d.shape) < 2 * %(step)s
                        and st_ymax(d.shape) - st_ymin(d.shape) < 2 * %(step)s
                    then st_asmvtgeom(st_setsrid(st_makepoint(
                        %(west)s + (d.x - %(first_x)s)::float / %(side)s * (%(east)s - %(west)s)
                            - %(nudge)s,
                        %(north)s - (d.y - %(first_y)s)::float / %(side)s * (%(east)s - %(west)s)
                            + %(nudge)s), 3857), box.tile, %(extent)s, 0, false) end)
                end as shape
            from box cross join {table} as d
            left join unnest(%(numbers)s::bigint[], %(codes)s::integer[]) as m (number, code)
                using (number)
            where d.shape && box.reach and {where} and (%(wanted)s::integer[] is null
                or coalesce(m.code, 0) = any(%(wanted)s))
            offset 0  -- or each shape would be cut twice, once to see whether anything is left
        ) as faces where shape is not null limit %(most)s
    )
    select st_asmvt(drawn, 'features', %(extent)s, 'shape', 'number'), count(*) from drawn
"""
"""An area narrower than the grid is drawn as its outlines, and what is tiny as a point. Lines are
put on the grid here: ST_AsMVTGeom leaves out what goes out and comes back. A point is told by the
one tile that it lies in, at the grid step to the north-west of it."""

IS_HAZARD: LiteralString = (
    "((kind > 0 or waits) and coalesce(cardinality(hazard_kinds) > 0, false))"
)

IS_VERIFIED: LiteralString = """
    (verified_on is not null and verified_on <= coalesce(%(last)s, 'infinity'::date)
        and not (relapsed_on is not null
            and relapsed_on <= coalesce(%(last)s, 'infinity'::date)))
"""

CENSUS: LiteralString = f"""
    select coalesce(jurisdiction, ''), coalesce(m.code, 0), kind > 0, {IS_HAZARD}, {IS_VERIFIED},
        is_demonstration, count(*)
    from {{table}} as d
    left join unnest(%(numbers)s::bigint[], %(codes)s::integer[]) as m (number, code) using (number)
    where {{where}} and (%(wanted)s::integer[] is null or coalesce(m.code, 0) = any(%(wanted)s))
    group by 1, 2, 3, 4, 5, 6
"""  # noqa: S608 (our own words alone)

NUMBERS: LiteralString = """
    select d.number from {table} as d
    left join unnest(%(numbers)s::bigint[], %(codes)s::integer[]) as m (number, code) using (number)
    where {where} and (%(wanted)s::integer[] is null or coalesce(m.code, 0) = any(%(wanted)s))
    order by d.number offset %(first)s limit %(most)s
"""

COUNT: LiteralString = """
    select x >> %(shift)s, y >> %(shift)s, count(*), sum(x), sum(y), sum(number)
    from {table} as d where kind > 0 and {where} group by 1, 2
"""

SIGNED: LiteralString = """
    select o.n, number, x, y, st_xmin(shape), st_ymin(shape), st_xmax(shape), st_ymax(shape)
    from {table} join unnest(%s::text[]) with ordinality as o (id, n) using (id)
    order by number, o.n desc
"""

HERE: LiteralString = """
    and shape && st_makeenvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857)
    and x >= %(first_x)s and x < %(first_x)s + %(side)s
    and y >= %(first_y)s and y < %(first_y)s + %(side)s
"""


def conditions(look: Look) -> tuple[sql.Composable, Values]:
    """Return what rows of a layer's table must fulfil to be looked at, whatever their code."""
    scope = look.scope
    asked: list[tuple[object, LiteralString, str, Any]] = [
        (scope.jurisdictions, "d.jurisdiction = any(%(offices)s)", "offices", None),
        (scope.hazard_kinds, "d.hazard_kinds && %(kinds)s", "kinds", None),
        (scope.from_on, "d.found_on >= %(from_on)s", "from_on", scope.from_on),
        (scope.to_on, "d.found_on <= %(to_on)s", "to_on", scope.to_on),
        (look.as_of, "(d.found_on is null or d.found_on <= %(seen_on)s)", "seen_on", look.as_of),
        (scope.text, "strpos(d.words, %(text)s) > 0", "text", scope.text.casefold()),
        (scope.within, WITHIN, "area", scope.within and _area(scope.within)),
        ("hazard" in look.only, IS_HAZARD, "last", look.as_of),
        ("verified" in look.only, IS_VERIFIED, "last", look.as_of),
        ("unplaced" in look.only, "kind = 0", "last", look.as_of),
    ]
    parts: list[LiteralString] = ["true"]
    values: Values = {}
    for is_asked, condition, name, value in asked:
        if is_asked:
            parts.append(condition)
            values[name] = sorted(is_asked) if isinstance(is_asked, frozenset) else value
    return sql.SQL(" and ").join(map(sql.SQL, parts)), values


WITHIN: LiteralString = """exists (
    select from feature_rows as r where r.seq = d.number
        and st_intersects(r.place, st_setsrid(st_geomfromwkb(%(area)s), 4490)))"""
"""Judged on the stored place: a straight edge in degrees is none in Mercator."""


def _area(ring: Any) -> bytes:
    return bytes(shapely.to_wkb(shapely.make_valid(shapely.Polygon(ring))))


def _coded(signed: Signed, look: Look) -> Values:
    return {
        "numbers": signed.number.tolist(),
        "codes": signed.code.tolist(),
        "wanted": sorted(look.codes) if look.codes else None,
    }


def _find_signed(database: Connection, drawn: Drawn, signs: Signs) -> Signed:
    """Return the features that bear a code; of an id told twice the first code counts."""
    rows: list[tuple[Any, ...]] = []
    if len(signs.ids):
        question = sql.SQL(SIGNED).format(table=drawn.table)
        rows = database.execute(question, (list(signs.ids),), binary=True).fetchall()
    told = {row[1]: row for row in rows}.values()
    ints = np.array([row[:4] for row in told], np.int64).reshape(-1, 4)
    codes = np.minimum(signs.codes, MOST_CODES - 1).astype(np.int64)[ints[:, 0] - 1]
    box = np.array([row[4:] for row in told], np.float64).reshape(-1, 4)
    return Signed(ints[:, 1], codes, ints[:, 2], ints[:, 3], box)


def _numbers_with_place(
    database: Connection, drawn: Drawn, look: Look, signed: Signed
) -> list[int]:
    where, values = conditions(look)
    values |= _coded(signed, look) | {"first": 0, "most": FEW}
    where = sql.SQL("kind > 0 and {}").format(where)
    question = sql.SQL(NUMBERS).format(table=drawn.table, where=where)
    return [number for (number,) in database.execute(question, values, binary=True)]


def _count(
    database: Connection,
    drawn: Drawn,
    plain: Look,
    cell_zoom: int,
    address: TileAddress | None = None,
) -> Counted:
    """Return the counts of a look by cell, of the whole layer or of one tile; all of code 0."""
    where, values = conditions(plain)
    values |= {"shift": WORLD_BITS - cell_zoom}
    if address:
        where = sql.SQL("{}{}").format(where, sql.SQL(HERE))
        shift = WORLD_BITS - address.z
        edges = zip(("west", "north", "east", "south"), _edges(address), strict=True)
        values |= {name: float(edge) for name, edge in edges}
        places = (address.x << shift, address.y << shift, 1 << shift)
        values |= zip(("first_x", "first_y", "side"), map(Int8, places), strict=True)
    rows = database.execute(
        sql.SQL(COUNT).format(table=drawn.table, where=where), values, binary=True
    ).fetchall()
    x, y, *sums = np.array([[int(one) for one in row] for row in rows], np.int64).reshape(-1, 6).T
    place = along_curve(x, y)
    return add_up([Counted(place, np.zeros_like(place), *sums)])


def _with_codes(
    every: Counted, seen: Signed, wanted: Signed, cell_zoom: int, look: Look | None = None
) -> Counted:
    """Return counts of which those of signed features bear their codes, if they are wanted."""
    if look and look.codes and 0 not in look.codes:
        return add_up([wanted.counted(cell_zoom)])
    return add_up([every, seen.counted(cell_zoom).coded(0).less(), wanted.counted(cell_zoom)])


def _cells(counted: Counted, cell_zoom: int, address: TileAddress, signed: Signed) -> bytes:
    """Return a tile of cells, and of late features one by one."""
    shift = WORLD_BITS - address.z
    is_here = (signed.x >> shift == address.x) & (signed.y >> shift == address.y)
    late = signed.of((signed.code & 1 == 1) & is_here)
    step = shift - EXTENT_BITS
    told = [
        (number, code, (x - (address.x << shift)) >> step, (y - (address.y << shift)) >> step)
        for number, code, x, y in zip(
            late.number[:MOST_LATE].tolist(),
            late.code[:MOST_LATE].tolist(),
            late.x[:MOST_LATE].tolist(),
            late.y[:MOST_LATE].tolist(),
            strict=True,
        )
    ]
    return frame_cells(cells_of(counted, cell_zoom, address), told)


def _have_codes(codes: Ints, look: Look) -> Bools:
    return np.isin(codes, list(look.codes)) if look.codes else np.ones(len(codes), bool)


def _cell_zoom(drawn: Drawn) -> int:
    """Return the zoom of the cells of the nearest tiles that are told in cells."""
    return max(0, drawn.detail_from - 1) + CELL_BITS


def _edges(address: TileAddress) -> NDArray[np.float64]:
    """Return west, north, east and south of a tile in the metres of EPSG:3857."""
    corners = np.array([[address.x, address.y], [address.x + 1, address.y + 1]], np.int64)
    return to_metres(corners << (WORLD_BITS - address.z)).reshape(-1)


def _refuse_unknown(database: Connection, layer_id: str) -> None:
    known = [name for (name,) in database.execute("select layer from feature_layers order by 1")]
    if layer_id not in known:
        raise UnknownLayer(layer_id, known)
