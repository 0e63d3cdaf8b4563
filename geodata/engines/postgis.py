"""Features in PostgreSQL with PostGIS: scopes are answered in SQL, every past state is kept.

A write takes the lock of its layer, so that writers of one layer take turns, and last of all
the next number of the store, so that numbers are confirmed in their order. The schema is that
of the URL's `search_path`, the database's own otherwise.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, LiteralString

import geopandas as gpd
import pandas as pd
import psycopg
import shapely

from geodata.engines.connections import Connection, Connections, sql
from geodata.engines.memory import undo
from geodata.engines.postgis_drawn import bring_up, writing
from geodata.engines.postgis_pairs import ask_pairs
from geodata.engines.postgis_tiles import DrawnLayers
from geodata.errors import BrokenStore, UnknownLayer, UnknownRevision
from geodata.model import Overlay, RevisionNote, Scope
from geodata.overlay import Met, Told, check_overlay, untold
from geodata.revisions import (
    FROM,
    TO,
    Aside,
    Revision,
    State,
    Step,
    after_write,
    compare,
    digest,
    is_same_source,
    name_aside,
    note_from_json,
    note_to_json,
    touched,
)
from geodata.selection import TEXT_COLUMNS
from geodata.tiles import Look, Signs, Span, TileAddress

HERE = Path(__file__).parent
MIGRATIONS: tuple[LiteralString, ...] = (
    (HERE / "features_postgis.sql").read_text("utf-8"),
    (HERE / "features_postgis_2.sql").read_text("utf-8"),
)
"""What leads from each version of the tables to the next; ours, as good as written here."""

VERSION = len(MIGRATIONS)
MAKING = 4_490_202_600_000_002
"""The advisory lock under which tables are made or brought up: one at a time in a database."""

COUNT: LiteralString = """
    select case
        when drawn_at = (select max(number) from feature_revisions where layer = %(layer)s)
            then held
        else (select count(*) from feature_rows
            where layer = %(layer)s and left_at is null and not is_closed)
        end
    from feature_layers where layer = %(layer)s
"""
NAMED: LiteralString = """
    select id, coalesce(facts ->> 'name', '') from feature_rows
    where layer = %s and seq = %s and left_at is null and not is_closed
"""

PLANS: LiteralString = "set jit = off; set plan_cache_mode = force_custom_plan"
"""Compiling a question takes longer than the short ones that maps ask, and which index serves a
tile depends on the tile."""

SRID = 4490
Kinds = dict[str, str]


class PostgisFeatures:
    """A feature store in a database, safe for several writers on several machines."""

    def __init__(self, url: str) -> None:
        """Connect, and make the tables in a database that has none, or bring them up.

        Raises BrokenStore if no connection can be made, PostGIS is not there, or the tables
        are not ours.
        """
        self._connections = Connections(url, BrokenStore, "unreadable_layer", self._begin)
        with self._connections.one() as database:
            _prepare(database, self._connections.name)
        self._drawn = DrawnLayers(self._connections)

    def layers(self) -> tuple[str, ...]:
        """Return the ids of the layers that have been written."""
        with self._connections.one() as database:
            return tuple(_kinds_of_all(database))

    def read(
        self, layer_id: str, scope: Scope = Scope(), as_of: date | None = None
    ) -> gpd.GeoDataFrame:
        """Return the features of a layer within a scope, in EPSG:4490; raise UnknownLayer."""
        where, values = _conditions(scope, as_of)
        with self._connections.one() as database, database.transaction():
            kinds = _kinds(database, layer_id)
            return _read(database, layer_id, kinds, where, values)

    def pairs(self, overlay: Overlay, scope: Scope = Scope(), told: Told = untold) -> Met:
        """Return which features of two layers meet now, and how much, joined by the database."""
        del told  # the database does not say
        check_overlay(overlay)
        with self._connections.one() as database, database.transaction():
            _kinds(database, overlay.first)
            kinds = _kinds(database, overlay.second)
            return ask_pairs(database, overlay, _conditions(scope, None), kinds, _column)

    def tally(self, layer_id: str, by: tuple[str, ...]) -> pd.DataFrame:
        """Return the number of features per combination of columns, column `count`."""
        columns = [sql.SQL("coalesce(facts -> {}, 'null')").format(sql.Literal(one)) for one in by]
        question = sql.SQL(
            "select {columns}, count(*) from feature_rows"
            " where layer = %s and left_at is null and not is_closed group by {numbers}"
        ).format(
            columns=sql.SQL(", ").join(columns),
            numbers=sql.SQL(", ").join(sql.Literal(one + 1) for one in range(len(by))),
        )
        with self._connections.one() as database, database.transaction():
            kinds = _kinds(database, layer_id)
            unknown = [one for one in by if one not in kinds]
            if unknown:
                raise KeyError(unknown[0])
            rows = database.execute(question, (layer_id,)).fetchall()
        told = {name: _column((row[n] for row in rows), kinds[name]) for n, name in enumerate(by)}
        counts = pd.Series([row[-1] for row in rows], dtype="int64")
        return pd.DataFrame({**told, "count": counts}).sort_values(list(by), ignore_index=True)

    def count(self, layer_id: str) -> int:
        """Return how many features of a layer hold now; raise UnknownLayer."""
        with self._connections.one() as database:
            row = database.execute(COUNT, {"layer": layer_id}).fetchone()
            if row is None:
                raise UnknownLayer(layer_id, _kinds_of_all(database))
        return int(row[0])

    def rows(self, layer_id: str, ids: Iterable[str]) -> gpd.GeoDataFrame:
        """Return the features of a layer with some ids; unknown ids are passed over."""
        where = sql.SQL("left_at is null and not is_closed and id = any(%s)")
        with self._connections.one() as database, database.transaction():
            kinds = _kinds(database, layer_id)
            return _read(database, layer_id, kinds, where, [list(ids)])

    def tile(self, layer_id: str, address: TileAddress, look: Look, signs: Signs) -> bytes:
        """Return a vector tile of a layer; raise UnknownLayer."""
        return self._drawn.tile(layer_id, address, look, signs)

    def census(self, layer_id: str, look: Look, signs: Signs) -> pd.DataFrame:
        """Return how many features of a look there are of each sort."""
        return self._drawn.census(layer_id, look, signs)

    def page(
        self, layer_id: str, look: Look, signs: Signs, first: int, most: int
    ) -> gpd.GeoDataFrame:
        """Return some features of a look, from the `first` in the order they are kept in."""
        with self._drawn.reading(layer_id) as (database, drawn):
            numbers = self._drawn.numbers(database, drawn, look, signs, first=first, most=most)
            kinds = _kinds(database, layer_id)
            return _read(database, layer_id, kinds, sql.SQL("seq = any(%s)"), [numbers])

    def span(self, layer_id: str) -> Span:
        """Return the first day of finding, and the last of what is not invented."""
        return self._drawn.span(layer_id)

    def named(self, layer_id: str, number: int) -> tuple[str, str] | None:
        """Return id and name of the feature with a number in this layer's tiles."""
        with self._connections.one() as database:
            row = database.execute(NAMED, (layer_id, number)).fetchone()
            if row is None:
                _kinds(database, layer_id)
        return (row[0], row[1]) if row else None

    def write(
        self, layer_id: str, frame: gpd.GeoDataFrame, note: RevisionNote, *, replace: bool = False
    ) -> str:
        """Add features, newer ones in the place of older ones; return the revision or nothing."""
        with writing(self._connections, layer_id) as database:
            kinds = _kinds_of_all(database).get(layer_id)
            old = None
            if kinds is not None:
                ids = [str(one) for one in frame["id"].dropna()]
                among = sql.SQL("left_at is null and (id = any(%s) or %s)")
                old = State(*_read_versions(database, layer_id, kinds, among, [ids, replace]))
            step = after_write(old, frame, note, replace=replace)
            if old is not None and step.is_still and self._knows(database, layer_id, note):
                return ""
            return _commit(database, layer_id, old, step, note)

    def revisions(self, layer_id: str | None = None) -> tuple[Revision, ...]:
        """Return the writes to a layer, or all, the oldest first."""
        with self._connections.one() as database:
            return _revisions(database, layer_id)

    def state(self, layer_id: str, revision: str = "") -> State:
        """Return all rows of a layer, now or after a write; raise UnknownRevision."""
        with self._connections.one() as database, database.transaction():
            return _state_at(database, layer_id, revision)

    def compare(self, layer_id: str, before: str, after: str) -> pd.DataFrame:
        """Return the rows added, changed and removed between two revisions, by id."""
        return compare(self.state(layer_id, before).current, self.state(layer_id, after).current)

    def take_back(self, revision: str, note: RevisionNote) -> str:
        """Bring back the state before a write as a new revision; return that."""
        layers = {one.id: one.layer for one in self.revisions()}
        if revision not in layers:
            raise UnknownRevision(revision, layers)
        with writing(self._connections, layers[revision]) as database:
            step, layer_id = undo(self, revision)
            old = _state_at(database, layer_id, "")
            return _commit(database, layer_id, old, step, note, takes_back=revision)

    def adopt(self, revision: Revision, state: State) -> str:
        """Store a state as it is, as the next revision; return its id."""
        step = Step(state, revision.added, revision.changed, revision.closed)
        with writing(self._connections, revision.layer) as database:
            is_there = revision.layer in _kinds_of_all(database)
            old = _state_at(database, revision.layer, "") if is_there else None
            return _commit(
                database, revision.layer, old, step, revision.note, takes_back=revision.takes_back
            )

    def set_aside(self, layer_id: str, rows: pd.DataFrame, note: RevisionNote) -> str:
        """Keep rows that could not be taken; return the name they are kept by."""
        name = name_aside(layer_id, note)
        self.keep_aside(Aside(name, rows.to_csv(index=False).encode("utf-8-sig")))
        return f"{self._connections.name}#{name}"

    def kept_aside(self) -> tuple[Aside, ...]:
        """Return the rows that were set aside, in the order of their names."""
        with self._connections.one() as database:
            rows = database.execute(
                'select name, content from feature_aside order by name collate "C"'
            )
            return tuple(Aside(name, bytes(content)) for name, content in rows)

    def keep_aside(self, aside: Aside) -> None:
        """Keep rows set aside under the name that they have elsewhere."""
        with self._connections.one() as database:
            database.execute(
                "insert into feature_aside values (%s, %s)"
                " on conflict (name) do update set content = excluded.content",
                (aside.name, aside.content),
            )

    def revision(self) -> str:
        """Return the number of the newest write."""
        with self._connections.one() as database:
            return str(_newest(database))

    def notes(self) -> dict[str, RevisionNote]:
        """Return the note of the newest write of each layer."""
        with self._connections.one() as database:
            rows = database.execute(
                "select distinct on (layer) layer, note from feature_revisions"
                " order by layer, number desc"
            )
            return {layer: note_from_json(note) for layer, note in rows}

    def _knows(self, database: Connection, layer_id: str, note: RevisionNote) -> bool:
        return any(is_same_source(one.note, note) for one in _revisions(database, layer_id))

    def _begin(self, database: Connection) -> None:
        """Have PostGIS found from whatever schema the URL names; make it where it may be made."""
        found = database.execute(
            "select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace"
            " where e.extname = 'postgis'"
        ).fetchone()
        if not found:
            try:
                database.execute("create extension if not exists postgis schema public")
            except psycopg.Error as refused:
                database.close()
                raise BrokenStore(store=self._connections.name, reason="no_postgis") from refused
            found = ("public",)
        database.execute(
            "select set_config('search_path',"
            " current_setting('search_path') || ', ' || quote_ident(%s), false)",
            found,
        )
        database.execute(PLANS)


# ------------------------------------------------------------------------ versions


def _prepare(database: Connection, store: str) -> None:
    """Make the tables or bring them to this version, in one transaction."""
    found = _version(database)
    if found < VERSION:
        with database.transaction():
            database.execute("select pg_advisory_xact_lock(%s)", (MAKING,))
            found = _version(database)  # somebody else may have been quicker
            for number, script in enumerate(MIGRATIONS[found:], found + 1):
                database.execute(script)
                database.execute("update feature_store set version = %s", (number,))
            found = VERSION
    if found > VERSION:
        raise BrokenStore(store=store, reason="newer")


def _version(database: Connection) -> int:
    """Return the version of the tables, 0 where there are none."""
    there = database.execute(
        "select count(*) from pg_class where relname = 'feature_store'"
        " and relnamespace = current_schema()::regnamespace"  # not where PostGIS lies
    ).fetchone()
    if not there or not there[0]:
        return 0
    row = database.execute("select version from feature_store").fetchone()
    return int(row[0]) if row else 0


# ---------------------------------------------------------------------------- reading


def _newest(database: Connection) -> int:
    row = database.execute("select revision from feature_store").fetchone()
    return int(row[0]) if row else 0


def _kinds_of_all(database: Connection) -> dict[str, Kinds]:
    """Return the columns of each layer with their kinds, layers by id."""
    rows = database.execute('select layer, columns from feature_layers order by layer collate "C"')
    return {layer: dict(columns) for layer, columns in rows}


def _kinds(database: Connection, layer_id: str) -> Kinds:
    known = _kinds_of_all(database)
    if layer_id not in known:
        raise UnknownLayer(layer_id, known)
    return known[layer_id]


def _revisions(database: Connection, layer_id: str | None) -> tuple[Revision, ...]:
    rows = database.execute(
        "select number, layer, note, added, changed, closed, takes_back from feature_revisions"
        " where %(layer)s::text is null or layer = %(layer)s order by number",
        {"layer": layer_id},
    )
    return tuple(
        Revision(str(number), layer, note_from_json(note), *rest)
        for number, layer, note, *rest in rows
    )


def _conditions(scope: Scope, as_of: date | None) -> tuple[sql.Composable, list[Any]]:
    """Return what rows must fulfil: to hold, and to lie within the scope."""
    asked: list[LiteralString] = ["left_at is null"]
    values: list[Any] = []
    if as_of is None:
        asked.append("not is_closed")
    else:
        asked.append(
            "(valid_from is null or valid_from <= %s) and (not is_closed or valid_to > %s)"
        )
        values += [as_of, as_of]
    if scope.jurisdictions:
        asked.append("jurisdiction = any(%s)")
        values.append(sorted(scope.jurisdictions))
    if scope.hazard_kinds:
        asked.append("string_to_array(hazard_kinds, ';') && %s")
        values.append(sorted(scope.hazard_kinds))
    if scope.from_on:
        asked.append("found_on >= %s")
        values.append(scope.from_on)
    if scope.to_on:
        asked.append("found_on <= %s")
        values.append(scope.to_on)
    if scope.text:
        asked.append(MENTIONS)
        values += [scope.text] * len(TEXT_COLUMNS)
    if scope.within:
        area = shapely.make_valid(shapely.Polygon(scope.within))
        asked.append("st_intersects(place, st_setsrid(st_geomfromwkb(%s), 4490))")
        values.append(shapely.to_wkb(area))
    return sql.SQL(" and ").join(sql.SQL(one) for one in asked), values


MENTIONS: LiteralString = (
    "(strpos(lower(facts ->> 'id'), lower(%s)) > 0"
    " or strpos(lower(facts ->> 'name'), lower(%s)) > 0"
    " or strpos(lower(facts ->> 'township'), lower(%s)) > 0"
    " or strpos(lower(facts ->> 'source'), lower(%s)) > 0)"
)
"""TEXT_COLUMNS of geodata.selection, one by one."""


def _read(
    database: Connection,
    layer_id: str,
    kinds: Kinds,
    where: sql.Composable,
    values: Sequence[Any],
) -> gpd.GeoDataFrame:
    question = sql.SQL(
        "select facts, st_asbinary(place) from feature_rows where layer = %s and {}"
        " order by is_closed, seq"
    ).format(where)
    rows = database.execute(question, [layer_id, *values], binary=True).fetchall()
    return _frame(rows, kinds)


def _frame(rows: Sequence[tuple[Any, ...]], kinds: Kinds) -> gpd.GeoDataFrame:
    """Return rows of facts and places as a frame, columns in their order and of their kinds."""
    columns = {
        name: _column((row[0].get(name) for row in rows), kind) for name, kind in kinds.items()
    }
    places = shapely.from_wkb([row[1] for row in rows]) if rows else []
    return gpd.GeoDataFrame(columns, geometry=list(places), crs=SRID)


def _read_versions(
    database: Connection,
    layer_id: str,
    kinds: Kinds,
    where: sql.Composable,
    values: Sequence[Any],
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    question = sql.SQL(
        "select facts, st_asbinary(place), is_closed from feature_rows where layer = %s and {}"
        " order by seq"
    ).format(where)
    rows = database.execute(question, [layer_id, *values], binary=True).fetchall()
    return (
        _frame([row for row in rows if not row[2]], kinds),
        _frame([row for row in rows if row[2]], kinds),
    )


def _state_at(database: Connection, layer_id: str, revision: str) -> State:
    kinds = _kinds(database, layer_id)
    if not revision:
        return State(*_read_versions(database, layer_id, kinds, sql.SQL("left_at is null"), []))
    newest = _newest(database)
    if not (revision.isdecimal() and int(revision) <= newest):
        raise UnknownRevision(revision, (str(one + 1) for one in range(newest)))
    then = int(revision)
    where = sql.SQL("entered <= %s and (left_at is null or left_at > %s)")
    return State(*_read_versions(database, layer_id, kinds, where, [then, then]))


# ---------------------------------------------------------------------------- writing


def _commit(
    database: Connection,
    layer_id: str,
    old: State | None,
    step: Step,
    note: RevisionNote,
    *,
    takes_back: str = "",
) -> str:
    """Have rows leave and enter with the next number; closed rows stay if they only grow."""
    new = step.state
    if old is None:
        old = State(new.current.iloc[:0], new.closed.iloc[:0])
    number = _next(database, layer_id, step, note, takes_back)
    _keep_kinds(database, layer_id, new)
    kept = len(old.closed)
    ids = touched(old, new)
    grows = digest(old.closed) == digest(new.closed.iloc[:kept])
    database.execute(
        "update feature_rows set left_at = %s where layer = %s and left_at is null"
        " and id = any(%s) and (not is_closed or %s)",
        (number, layer_id, sorted(ids), not grows),
    )
    closed = new.closed.iloc[kept:] if grows else new.closed[new.closed["id"].isin(ids)]
    _enter(database, layer_id, number, new.current[new.current["id"].isin(ids)], is_closed=False)
    _enter(database, layer_id, number, closed, is_closed=True)
    bring_up(database, layer_id)
    return str(number)


def _next(
    database: Connection, layer_id: str, step: Step, note: RevisionNote, takes_back: str
) -> int:
    row = database.execute(
        "update feature_store set revision = revision + 1 returning revision"
    ).fetchone()
    number = int(row[0]) if row else 0
    told = json.dumps(note_to_json(note), ensure_ascii=False)
    database.execute(
        "insert into feature_revisions values (%s, %s, %s, %s, %s, %s, %s)",
        (number, layer_id, told, step.added, step.changed, step.closed, takes_back),
    )
    return number


def _keep_kinds(database: Connection, layer_id: str, state: State) -> None:
    """Add to a layer's columns those that are new, and widen the kinds that no longer fit."""
    kinds = dict(_kinds_of_all(database).get(layer_id, {}))
    for frame in (state.current, state.closed):
        for name in frame.columns.drop("geometry"):
            kinds[name] = _wider(kinds.get(name, ""), _kind(frame[name]))
    database.execute(
        "insert into feature_layers values (%s, %s)"
        " on conflict (layer) do update set columns = excluded.columns",
        (layer_id, json.dumps(list(kinds.items()), ensure_ascii=False)),
    )


def _enter(
    database: Connection, layer_id: str, number: int, frame: gpd.GeoDataFrame, *, is_closed: bool
) -> None:
    if frame.empty:
        return
    names = list(frame.columns.drop("geometry"))
    cells = [list(_cells(frame[name])) for name in names]
    places = shapely.to_wkb(
        shapely.set_srid(frame.geometry.to_numpy(), SRID), hex=True, include_srid=True
    )
    put_in = (
        "copy feature_rows (layer, id, entered, is_closed, valid_from, valid_to, found_on, facts,"
        " place) from stdin"
    )
    with database.cursor() as cursor, cursor.copy(put_in) as lines:
        for row, place in zip(zip(*cells, strict=True), places, strict=True):
            facts = dict(zip(names, row, strict=True))
            days = (facts.get(FROM), facts.get(TO), facts.get("found_on"))
            told = json.dumps(facts, ensure_ascii=False, allow_nan=False)
            lines.write_row((layer_id, facts["id"], number, is_closed, *days, told, place))


# ------------------------------------------------------------------------------ cells

PLAIN: dict[str, Callable[[Any], Any]] = {
    "whole": int,
    "number": float,
    "yes_no": bool,
    "text": str,
}


def _kind(cells: pd.Series) -> str:
    """Return the kind of a column: blank if it is, `any` if its cells are of several."""
    filled = cells.dropna()
    kinds = {
        "boolean": "yes_no",
        "integer": "whole",
        "floating": "number",
        "mixed-integer-float": "number",
        "date": "date",
        "datetime": "instant",
        "datetime64": "instant",
        "string": "text",
        "empty": "",
    }
    kind = kinds.get(pd.api.types.infer_dtype(filled, skipna=True), "any")
    if filled.empty and pd.api.types.is_float_dtype(cells):
        return ""
    return kind


def _wider(one: str, other: str) -> str:
    if not one or not other or one == other:
        return one or other
    return "number" if {one, other} == {"whole", "number"} else "any"


def _cells(cells: pd.Series) -> Iterator[Any]:
    """Yield the values of a column as JSON has them, blanks as None."""
    plain = PLAIN.get(_kind(cells))
    for one in cells:
        if pd.api.types.is_scalar(one) and pd.isna(one):
            yield None
        elif plain:
            yield plain(one)
        else:
            yield one.isoformat() if hasattr(one, "isoformat") else one


def _column(values: Iterable[Any], kind: str) -> pd.Series:
    """Return a column of values as JSON has them, typed by its kind."""
    cells = list(values)
    if kind == "date":
        days = [one and date.fromisoformat(one) for one in cells]
        return pd.Series(days, dtype=object)
    if kind == "instant":
        return pd.to_datetime(pd.Series(cells, dtype=object))
    if kind in {"", "any"}:
        return pd.Series(cells, dtype=object)
    if kind == "text":
        return pd.Series(cells, dtype="str")
    if kind == "number":
        return pd.Series(cells, dtype="float64")
    return pd.Series(cells)
