"""Cases in a PostgreSQL database: the contract of the SQLite file, for several machines.

Writers take turns at one row (`case_store`), so that `entered` grows in the order in which
writes are confirmed and a reader never passes over a number that is still to come. The
schema is that of the URL's `search_path`, the database's own otherwise.
"""

import threading
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

from geodata.casebook import CASE_FACTS, Casebook
from geodata.engines.case_rows import (
    Row,
    apply_changes,
    cases_from,
    check_storable,
    details_from,
    id_of,
    is_text,
    rows_of,
)
from geodata.engines.connections import Connection, Connections, sql
from geodata.engines.kept_book import NewLines, empty_book, grow
from geodata.errors import BrokenStore, CasesUnavailable
from geodata.model import Case, CaseEvent, Scope
from geodata.selection import select_case
from geodata.store import Change, Detailed, NewCase, NewEntry

if TYPE_CHECKING:
    from geodata.engines.postgis import PostgisFeatures
    from geodata.engines.postgres_findings import PostgresFindings

VERSION = 1
TABLES: LiteralString = (Path(__file__).parent / "cases_postgres.sql").read_text("utf-8")
"""Our own file, as good as written here."""

MAKING = 4_490_202_600_000_001
"""The advisory lock under which tables are made: one at a time in a database."""


class PostgresCases:
    """A case store in a database, safe for several writers on several machines."""

    def __init__(self, url: str) -> None:
        """Connect, and make the tables in a database that has none.

        Raises CasesUnavailable if no connection can be made, BrokenStore if the tables
        there are not ours.
        """
        self._connections = Connections(url, CasesUnavailable, "unreadable_cases")
        self._connected = self._connections.one
        self._kept = empty_book()
        self._growing = threading.Lock()
        with self._connected() as database:
            prepare(
                database,
                self._connections.name,
                version=VERSION,
                tables=TABLES,
                names=("case_store", "cases", "links", "events"),
                unavailable=CasesUnavailable,
                damaged="unreadable_cases",
            )

    def get(self, case_id: str) -> Case:
        """Return one case with its history; raise KeyError if there is none."""
        with self._connected() as database:
            cases = _read_cases(database, _case_rows(database, [case_id]))
        if not cases:
            raise KeyError(case_id)
        return cases[0]

    def find(self, scope: Scope = Scope()) -> tuple[Case, ...]:
        """Return the cases of a scope, by id; entries are read of those alone."""
        with self._connected() as database:
            rows = _case_rows(database)
            if scope == Scope():
                return _read_cases(database, rows, are_all=True)
            bare = cases_from(rows, (), ())
            kept = [row for row, case in zip(rows, bare, strict=True) if select_case(case, scope)]
            return _read_cases(database, kept)

    def casebook(self) -> Casebook:
        """Return all cases and entries as columns; only what is new is read again."""
        with self._growing, self._connected() as database:
            read_to = _read_to(database)
            if any(now < then for now, then in zip(read_to, self._kept.read_to, strict=True)):
                self._kept = empty_book()  # the database is another one, such as an older copy
            if read_to != self._kept.read_to:
                self._kept = grow(self._kept, _lines(database, self._kept.read_to, read_to))
            return self._kept.book

    def details(
        self, kinds: Collection[str], ids: Collection[str] | None = None
    ) -> tuple[Detailed, ...]:
        """Return the details of every entry of some kinds, of all cases or of some."""
        asked = [one for one in ids or () if is_text(one)]
        with self._connected() as database:
            rows = database.execute(
                "select cases.id, number, events.facts"
                " from events join cases on cases.entered = case_entered"
                " where events.kind = any(%s) and (%s or cases.id = any(%s))"
                " order by cases.id, number",
                ([*kinds], ids is None, asked),
            ).fetchall()
        return details_from(rows)

    def add(self, case: Case) -> None:
        """Store a new case whole; raise CaseTaken if the id is taken."""
        self.write([NewCase(case)])

    def record(self, case_id: str, event: CaseEvent, seen: int) -> Case:
        """Append one entry and return the case; raise StaleEdit if `seen` is not its revision."""
        return self.write([NewEntry(case_id, event, seen)])[0]

    def write(self, changes: Sequence[Change]) -> tuple[Case, ...]:
        """Make several changes, all or none; return the case of each as it stands after all."""
        check_storable(changes)
        if not changes:
            return ()
        with self._connected() as database, database.transaction():
            database.execute("select version from case_store for update")
            rows = _case_rows(database, [id_of(change) for change in changes])
            stored = {case.id: case for case in _read_cases(database, rows)}
            after = apply_changes(changes, stored)
            known = {row[1]: (row[0], stored[row[1]].revision) for row in rows}
            _insert(database, *rows_of(after.values(), known, _read_to(database)))
        return tuple(after[id_of(change)] for change in changes)

    def revision(self) -> str:
        """Return how many cases and entries there are, as one text."""
        with self._connected() as database:
            return ".".join(map(str, _read_to(database)))


def open_case_store(place: str) -> PostgresCases:
    """Return the store behind what follows `postgresql:` in a URL."""
    return PostgresCases(f"postgresql:{place}")


def open_feature_store(place: str) -> "PostgisFeatures":
    """Return the store of features behind what follows `postgresql:` in a URL."""
    from geodata.engines.postgis import PostgisFeatures

    return PostgisFeatures(f"postgresql:{place}")


def open_finding_store(place: str) -> "PostgresFindings":
    """Return the runs and decisions behind what follows `postgresql:` in a URL."""
    from geodata.engines.postgres_findings import PostgresFindings

    return PostgresFindings(f"postgresql:{place}")


# ------------------------------------------------------------------------ versions


def prepare(
    database: Connection,
    store: str,
    *,
    version: int,
    tables: LiteralString,
    names: Sequence[str],
    unavailable: type[BrokenStore],
    damaged: str,
) -> None:
    """Make the tables where there are none; what is there already is not written to.

    `names` are the table that holds the version, then those that must not stand without it.
    Raises `unavailable` for another version, BrokenStore with the reason `damaged` for tables
    that are not ours.
    """
    holder, *others = names
    found = _version(database, holder)
    if found is None:
        with database.transaction():
            database.execute("select pg_advisory_xact_lock(%s)", (MAKING,))
            if _version(database, holder) is None:
                if are_there(database, *others):
                    raise BrokenStore(store=store, reason=damaged)
                database.execute(tables)
        found = _version(database, holder)
    if found != version:
        raise unavailable(store=store, reason="newer")


def _version(database: Connection, holder: str) -> int | None:
    """Return the version of the tables, or None where there are none."""
    if not are_there(database, holder):
        return None
    asked = sql.SQL("select version from {}").format(sql.Identifier(holder))
    row = database.execute(asked).fetchone()
    return int(row[0]) if row else None


def are_there(database: Connection, *names: str) -> bool:
    """Return whether a table of these names is there, also if just made by somebody else.

    `to_regclass` would answer from what this connection remembers.
    """
    question: LiteralString = (
        "select count(*) from pg_class where relname = any(%s) and pg_table_is_visible(oid)"
    )
    return bool(_one(database, question, (list(names),)))


# ---------------------------------------------------------------------------- rows

CASE_FACT_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, ("entered", *CASE_FACTS)))
CASE_COLUMNS = sql.SQL("{}, facts").format(CASE_FACT_COLUMNS)
ENTRY_COLUMNS = sql.SQL(
    "entered, case_entered, number, kind, occurred_on::text, recorded_at::text, due_on::text,"
    " ground, corrects, ref, facts"
)


def _one(database: Connection, question: LiteralString, values: Sequence[object] = ()) -> Any:
    row = database.execute(question, values).fetchone()
    return row[0] if row else None


def _read_to(database: Connection) -> tuple[int, int]:
    """Return the highest `entered` of cases and of events, of one moment."""
    row = database.execute(
        "select (select coalesce(max(entered), 0) from cases),"
        " (select coalesce(max(entered), 0) from events)"
    ).fetchone()
    return row or (0, 0)


def _case_rows(database: Connection, ids: Iterable[str] | None = None) -> list[Row]:
    """Return the rows of these cases, or of all, by id."""
    question = sql.SQL("select {} from cases").format(CASE_COLUMNS)
    if ids is None:
        return database.execute(question + sql.SQL(" order by id")).fetchall()
    asked = [case_id for case_id in ids if is_text(case_id)]
    return database.execute(
        question + sql.SQL(" where id = any(%s) order by id"), (asked,)
    ).fetchall()


def _read_cases(
    database: Connection, rows: Sequence[Row], *, are_all: bool = False
) -> tuple[Case, ...]:
    within = sql.SQL("true" if are_all else "case_entered = any(%s)")
    values = () if are_all else ([row[0] for row in rows],)
    links = database.execute(
        sql.SQL(
            "select case_entered, place, layer, hazard from links where {}"
            " order by case_entered, place"
        ).format(within),
        values,
    )
    entries = database.execute(
        sql.SQL("select {} from events where {} order by case_entered, number").format(
            ENTRY_COLUMNS, within
        ),
        values,
    )
    return cases_from(rows, links, entries)


def _insert(
    database: Connection,
    cases: Sequence[Row],
    links: Sequence[Row],
    entries: Sequence[Row],
) -> None:
    """Add rows, in the columns' order of cases_postgres.sql."""
    for table, rows in (("cases", cases), ("links", links), ("events", entries)):
        if not rows:
            continue
        put_in = sql.SQL("copy {} from stdin").format(sql.Identifier(table))
        with database.cursor() as cursor, cursor.copy(put_in) as lines:
            for row in rows:
                lines.write_row(row)


# --------------------------------------------------------------------------- lines

CASE_LINES = sql.SQL(
    "copy (select {facts} from cases where entered > {after} and entered <= {to})"
    " to stdout (format csv)"
)
LINK_LINES = sql.SQL(
    "copy (select case_entered, place, layer || ':' || hazard from links"
    " where case_entered > {after} and case_entered <= {to}) to stdout (format csv)"
)
ENTRY_LINES = sql.SQL(
    "copy (select case_entered, number, kind, occurred_on, recorded_at, due_on, ground,"
    " coalesce(corrects, -1), ref from events where entered > {after} and entered <= {to})"
    " to stdout (format csv)"
)


def _lines(database: Connection, after: tuple[int, int], to: tuple[int, int]) -> NewLines:
    """Return the rows after one point up to another as lines of CSV."""

    def of(lines: sql.SQL, part: int) -> list[bytes]:
        if after[part] == to[part]:
            return []
        asked = lines.format(
            facts=CASE_FACT_COLUMNS, after=sql.Literal(after[part]), to=sql.Literal(to[part])
        )
        with database.cursor() as cursor, cursor.copy(asked) as answer:
            return [b"".join(bytes(block) for block in answer)]

    return NewLines(of(CASE_LINES, 0), of(LINK_LINES, 0), of(ENTRY_LINES, 1), to)
