"""What a map asks of a layer's rows, in a narrow table of its own, brought up after each write.

The table follows from `feature_rows`: rows that left since it was last brought up are taken out,
rows that entered are put in. Shapes are in EPSG:3857, moved to the centimetre that the embedded
index keeps too, so that both engines count a feature in the same cell.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.crs import have_numbers
from geodata.engines.connections import Connection, Connections, sql
from geodata.schema import UNPLACED
from geodata.selection import TEXT_COLUMNS
from geodata.tiles import BYTES_OF_FEATURE, BYTES_OF_VERTEX, GREATEST_ZOOM, MOST_BYTES, ROOM

WRITING = 4490
"""The class of the advisory locks of layers."""

PATIENCE: LiteralString = "set local lock_timeout = '120s'"
"""How long a writer waits for those before it on the same layer."""

MERCATOR = 3857
SQUARE_M = 2 * np.pi * 6_378_137.0
"""The side of the Mercator square, in the metres of EPSG:3857."""

WORLD_BITS = 32
BATCH = 50_000
ANALYZED_FROM = 1_000
"""With so many new rows the planner's figures are taken anew."""

BETWEEN = "\x1f"
"""Stands between the words of a row, so that a search finds none across two columns."""


@dataclass(frozen=True)
class Drawn:
    """A layer as a map sees it: its table, the revision that it shows, when shapes begin."""

    number: int
    revision: int
    detail_from: int

    @property
    def table(self) -> sql.Identifier:
        """Return the name of the layer's table."""
        return sql.Identifier(f"feature_drawn_{self.number}")


@contextmanager
def writing(connections: Connections, layer_id: str) -> Iterator[Connection]:
    """Yield a connection in a transaction that holds the lock of a layer."""
    with connections.one() as database, database.transaction():
        database.execute(PATIENCE)
        database.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", (WRITING, layer_id))
        yield database


def find_drawn(database: Connection, layer_id: str) -> Drawn | None:
    """Return a layer whose table is brought up, None for any other."""
    row = database.execute(
        "select number, drawn_at, detail_from from feature_layers where layer = %(layer)s and"
        " drawn_at = (select max(number) from feature_revisions where layer = %(layer)s)",
        {"layer": layer_id},
    ).fetchone()
    return Drawn(*row) if row else None


def bring_up(database: Connection, layer_id: str) -> None:
    """Have a layer's table show its newest revision, within a transaction that writes to it."""
    row = database.execute(
        "select number, drawn_at, detail_from, (select max(number) from feature_revisions"
        " where layer = %(layer)s) from feature_layers where layer = %(layer)s",
        {"layer": layer_id},
    ).fetchone()
    if row is None or row[1] == row[3]:
        return
    number, drawn_at, guess, newest = row
    drawn = Drawn(number, newest, 0)
    if drawn_at is None:
        _run(database, MAKE, drawn)
    else:
        _run(database, TAKE_OUT, drawn, (layer_id, drawn_at))
    entered = _put_in(database, drawn, layer_id, drawn_at or 0)
    if drawn_at is None:
        for one in INDEXES:
            _run(database, one, drawn)
    if entered >= ANALYZED_FROM:
        _run(database, "analyze {table}", drawn)
    database.execute(
        sql.SQL(
            "update feature_layers set drawn_at = %s, detail_from = %s,"
            " held = (select count(*) from {table}) where layer = %s"
        ).format(table=drawn.table),
        (newest, _detail_from(database, drawn, guess), layer_id),
    )


MAKE: LiteralString = """
    drop table if exists {table};
    create table {table} (like feature_drawn including storage)
"""
INDEXES: tuple[LiteralString, ...] = (
    "alter table {table} add primary key (number)",
    "create index on {table} (id)",
    "create index on {table} using gist (shape)",
)
"""Made after a table is filled: many times quicker than row by row."""

TAKE_OUT: LiteralString = """
    delete from {table} where number in
        (select seq from feature_rows where layer = %s and left_at > %s)
"""
ROWS: LiteralString = """
    select seq, id, jurisdiction, hazard_kinds, found_on, facts ->> 'verified_on',
        facts ->> 'relapsed_on', facts ->> 'geometry_status',
        coalesce(facts ->> 'is_demonstration' = 'true', false), facts ->> 'name',
        facts ->> 'township', facts ->> 'source', st_asbinary(place)
    from feature_rows
    where layer = %s and entered > %s and left_at is null and not is_closed
    order by place, seq
"""
"""PostGIS orders shapes along a Hilbert curve, so that neighbours lie on one page of the disk."""

assert TEXT_COLUMNS == ("id", "name", "township", "source"), "those that ROWS asks for"


def _run(
    database: Connection, script: LiteralString, drawn: Drawn, values: Sequence[Any] = ()
) -> None:
    database.execute(sql.SQL(script).format(table=drawn.table), values or None)


def _put_in(database: Connection, drawn: Drawn, layer_id: str, since: int) -> int:
    """Put in the rows that entered after a revision and hold; return how many."""
    put_in = sql.SQL("copy {table} from stdin").format(table=drawn.table)
    count = 0
    with database.cursor("entering") as entering:
        entering.execute(ROWS, (layer_id, since), binary=True)
        while rows := entering.fetchmany(BATCH):
            count += len(rows)
            with database.cursor() as cursor, cursor.copy(put_in) as lines:
                for line in _lines(rows):
                    lines.write_row(line)
    return count


def _lines(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Yield rows as the table has them."""
    with np.errstate(invalid="ignore"):  # a shape may have lost its numbers
        places = np.array(shapely.from_wkb([row[-1] for row in rows]), object)
    shapes = to_mercator(places)
    for row, *told in zip(
        rows, shapes.kind, shapes.vertices, shapes.x, shapes.y, shapes.wkb, strict=True
    ):
        seq, name, office, kinds, found, verified, relapsed, status, is_invented, *texts, _ = row
        yield (
            seq,
            name,
            office,
            None if kinds is None else [one for one in kinds.split(";") if one],
            found,
            _day(verified),
            _day(relapsed),
            status in UNPLACED,
            is_invented,
            BETWEEN.join(one or "" for one in (name, *texts)).casefold(),
            *told,
        )


def _day(text: str | None) -> date | None:
    """Return the day that a fact says, none where it says something else."""
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def _detail_from(database: Connection, drawn: Drawn, guess: int | None) -> int:
    """Return the zoom from which every tile holds its features one by one: tried near a guess."""
    question = sql.SQL(
        "select coalesce(max(weight), 0) from (select sum(%s + %s * vertices) as weight"
        " from {table} where kind > 0 group by x >> %s, y >> %s) as tiles"
    ).format(table=drawn.table)

    def has_room(z: int) -> bool:
        shift = WORLD_BITS - z
        told = database.execute(question, (BYTES_OF_FEATURE, BYTES_OF_VERTEX, shift, shift))
        return bool((told.fetchone() or (0,))[0] <= MOST_BYTES * ROOM)

    zooms = range(GREATEST_ZOOM)
    if guess is not None:
        below = guess > 0 and has_room(guess - 1)
        if not below and (guess == GREATEST_ZOOM or has_room(guess)):
            return guess
        zooms = range(guess - 1) if below else range(guess + 1, GREATEST_ZOOM)
    return zooms.start + bisect_left(zooms, True, key=has_room)  # noqa: FBT003 (False is less)


# ------------------------------------------------------------------------------ shapes


@dataclass(frozen=True, eq=False)
class MercatorShapes:
    """Shapes in EPSG:3857 as EWKB in hexadecimal, None for those without a place.

    `kind` is MVT's number, 0 for no place; `vertices` leave out where rings close; `x`, `y` are
    the middles of the boxes in the square of 2^32.
    """

    wkb: list[str | None]
    kind: list[int]
    vertices: list[int]
    x: list[int]
    y: list[int]


def to_mercator(places: NDArray[np.object_]) -> MercatorShapes:
    """Return shapes in EPSG:4490 as a map has them.

    Of a collection the parts of the highest dimension count, of a place its longitude and
    latitude; what lies beyond the Mercator square is moved to its edge, what is no valid shape is
    made one. A shape without numbers has no place.
    """
    from geodata.layer_index import to_world  # compiled loops: only where they are asked for

    count = len(places)
    kind, vertices = np.zeros(count, np.int64), np.zeros(count, np.int64)
    x, y = np.zeros(count, np.int64), np.zeros(count, np.int64)
    wkb = np.full(count, None, object)
    usable = ~shapely.is_missing(places) & ~shapely.is_empty(places)
    usable[usable] &= have_numbers(places[usable])
    at = np.flatnonzero(usable)
    if len(at):
        shapes = shapely.force_2d(_of_one_kind(places[at]))
        kind[at] = shapely.get_dimensions(shapes) + 1
        degrees, of_shape = shapely.get_coordinates(shapes, return_index=True)
        world = to_world(degrees).astype(np.int64)
        first = np.flatnonzero(np.diff(of_shape, prepend=-1))
        low, high = np.minimum.reduceat(world, first), np.maximum.reduceat(world, first)
        x[at], y[at] = ((low + high) >> 1).T
        vertices[at] = np.diff(np.append(first, len(world))) - _rings(shapes)
        shapes = _valid(shapely.set_coordinates(shapes, to_metres(world)))
        shapes = shapely.set_srid(shapes, MERCATOR)
        wkb[at] = shapely.to_wkb(shapes, hex=True, include_srid=True)
    return MercatorShapes(wkb.tolist(), kind.tolist(), vertices.tolist(), x.tolist(), y.tolist())


def to_metres(world: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return places of the square of 2^32 in the metres of EPSG:3857.

    >>> to_metres(np.array([[1 << 31, 0]])).round(1).tolist()
    [[0.0, 20037508.3]]
    """
    return (world / (1 << WORLD_BITS) * SQUARE_M - SQUARE_M / 2) * [1, -1] + 0.0  # no minus zero


def _of_one_kind(places: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return shapes of which each collection has been made points, lines or areas alone."""
    is_mixed = shapely.get_type_id(places) == shapely.GeometryType.GEOMETRYCOLLECTION
    if not is_mixed.any():
        return places
    single = places.copy()
    for at in np.flatnonzero(is_mixed).tolist():
        parts = shapely.get_parts(places[at])
        while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
            parts = shapely.get_parts(parts)
        sizes = shapely.get_dimensions(parts)
        highest = parts[(sizes == sizes.max()) & ~shapely.is_empty(parts)]
        gather = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)
        single[at] = gather[sizes.max()](highest)
    return single


def _rings(shapes: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return of how many rings each shape is made."""
    parts, of_shape = shapely.get_parts(shapes, return_index=True)
    is_area = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings = np.where(is_area, shapely.get_num_interior_rings(parts) + 1, 0)
    return np.bincount(of_shape, rings, len(shapes)).astype(np.int64)


def _valid(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return areas that cross themselves as valid ones, those without an inside as they are."""
    is_wrong = ~shapely.is_valid(shapes)
    if is_wrong.any():
        mended = shapely.make_valid(shapes[is_wrong], method="structure", keep_collapsed=False)
        has_inside = shapely.area(mended) > 0
        shapes[np.flatnonzero(is_wrong)[has_inside]] = mended[has_inside]
    return shapes
