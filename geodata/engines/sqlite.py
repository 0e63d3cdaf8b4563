"""Cases in one SQLite file: append-only rows, written in one transaction, read by many.

A case is a row of facts; its entries are rows that are only ever added. An edit names
the number of entries it has seen and is refused when the store holds another number.
"""

import json
import shutil
import sqlite3
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from geodata.casebook import CASE_FACTS, Casebook
from geodata.engines.case_rows import (
    CASE_COLUMNS,
    ENTRY_COLUMNS,
    LINK_COLUMNS,
    Row,
    apply_changes,
    cases_from,
    check_storable,
    details_from,
    id_of,
    rows_of,
)
from geodata.engines.kept_book import NewLines, empty_book, grow
from geodata.engines.old_cases import read_old_cases
from geodata.errors import BrokenStore, CasesUnavailable
from geodata.model import Case, CaseEvent, Scope
from geodata.selection import select_case
from geodata.store import Change, Detailed, NewCase, NewEntry

if TYPE_CHECKING:
    from geodata.engines.sqlite_findings import SqliteFindings

VERSION = 1
TABLES = (Path(__file__).parent / "cases.sql").read_text("utf-8")
WAIT_S = 10.0
PIECE = 1 << 16
"""Rows that SQLite turns into lines at a time, without Python in between."""

UNDECODABLE = "Could not decode to UTF-8"
"""What Python says, without a code of SQLite, of a text whose bytes are none."""

ROOM_BYTES = 1 << 20
"""Less than this is a full disk: SQLite's log and its index begin with some tens of kilobytes."""

UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_CANTOPEN: "cannot_open",
}
"""What SQLite says of a file that is whole and cannot be used now."""

DAMAGED = {
    sqlite3.SQLITE_ERROR,  # such as a table that is not there: not our database
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
}


class SqliteCases:
    """A case store in one file, safe for several writers on one machine."""

    def __init__(self, file: Path) -> None:
        """Open or make the file; raise BrokenStore if it is no database of ours.

        A file of the version before is brought to this one, in one transaction.
        """
        self.file = file
        self._kept = empty_book()
        self._growing = threading.Lock()
        if not file.parent.is_dir():
            raise BrokenStore(store=str(file.parent), reason="missing")
        with self._opened(mode="rwc") as database:
            _prepare(database, str(file))

    def get(self, case_id: str) -> Case:
        """Return one case with its history; raise KeyError if there is none."""
        with self._opened() as database:
            cases = _read_cases(database, _case_rows(database, [case_id]))
        if not cases:
            raise KeyError(case_id)
        return cases[0]

    def find(self, scope: Scope = Scope()) -> tuple[Case, ...]:
        """Return the cases of a scope, by id; entries are read of those alone."""
        with self._opened() as database:
            rows = _case_rows(database)
            if scope == Scope():
                return _read_cases(database, rows, are_all=True)
            bare = cases_from(rows, (), ())
            kept = [row for row, case in zip(rows, bare, strict=True) if select_case(case, scope)]
            return _read_cases(database, kept)

    def casebook(self) -> Casebook:
        """Return all cases and entries as columns; only what is new is read again."""
        with self._growing:
            with self._opened() as database:
                read_to = _read_to(database)
            if any(now < then for now, then in zip(read_to, self._kept.read_to, strict=True)):
                self._kept = empty_book()  # the file is another one, such as an older copy
            if read_to != self._kept.read_to:
                self._kept = grow(self._kept, self._lines(self._kept.read_to, read_to))
            return self._kept.book

    def details(
        self, kinds: Collection[str], ids: Collection[str] | None = None
    ) -> tuple[Detailed, ...]:
        """Return the details of every entry of some kinds, of all cases or of some."""
        within = "" if ids is None else " and cases.id in (select value from json_each(?))"
        asked = [json.dumps([*kinds])] + ([] if ids is None else [json.dumps([*ids])])
        with self._opened() as database:
            rows = database.execute(
                "select cases.id, number, events.facts"  # noqa: S608 - words of ours
                " from events join cases on cases.entered = case_entered"
                f" where events.kind in (select value from json_each(?)){within}"
                " order by cases.id, number",
                asked,
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
        with self._opened() as database:
            database.execute("begin immediate")
            with database:
                rows = _case_rows(database, [id_of(change) for change in changes])
                stored = {case.id: case for case in _read_cases(database, rows)}
                after = apply_changes(changes, stored)
                known = {row[1]: (row[0], stored[row[1]].revision) for row in rows}
                _insert(database, *rows_of(after.values(), known, _read_to(database)))
        return tuple(after[id_of(change)] for change in changes)

    def revision(self) -> str:
        """Return how many cases and entries there are, as one text."""
        with self._opened() as database:
            return ".".join(map(str, _read_to(database)))

    def _lines(self, after: tuple[int, int], to: tuple[int, int]) -> NewLines:
        """Return the rows after one point up to another as lines of CSV.

        Rows are never changed and no number before the last is still to come, so pieces
        that are read one after the other still are of one moment.
        """
        return NewLines(
            cases=self._pieces(CASE_LINES, after[0], to[0]),
            links=self._pieces(LINK_LINES, after[0], to[0]),
            entries=self._pieces(ENTRY_LINES, after[1], to[1]),
            read_to=to,
        )

    def _pieces(self, lines: str, after: int, to: int) -> list[bytes | None]:
        with self._opened() as database:
            return [
                database.execute(lines, (first, min(first + PIECE, to))).fetchone()[0]
                for first in range(after, to, PIECE)
            ]

    def _opened(self, mode: str = "rw") -> AbstractContextManager[sqlite3.Connection]:
        return opened(self.file, mode, CasesUnavailable, "unreadable_cases")


@contextmanager
def opened(
    file: Path, mode: str, unavailable: type[BrokenStore], damaged: str
) -> Iterator[sqlite3.Connection]:
    """Yield a connection that commits when told to; in words of ours what goes wrong."""
    address = f"{file.absolute().as_uri()}?mode={mode}"
    try:
        with closing(
            sqlite3.connect(address, uri=True, timeout=WAIT_S, isolation_level=None)
        ) as database:
            database.execute("pragma foreign_keys = on")
            database.execute("pragma synchronous = full")
            yield database
    except sqlite3.DatabaseError as broken:
        code = getattr(broken, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF
        if code == sqlite3.SQLITE_IOERR and _is_full(file):
            code = sqlite3.SQLITE_FULL  # said so of the log beside it, which cannot grow
        if code in UNAVAILABLE:
            raise unavailable(store=str(file), reason=UNAVAILABLE[code]) from broken
        if code in DAMAGED or UNDECODABLE in str(broken):
            raise BrokenStore(store=str(file), reason=damaged) from broken
        raise


def _is_full(file: Path) -> bool:
    """Return whether there is no room left beside a file for what SQLite keeps there."""
    return file.parent.is_dir() and shutil.disk_usage(file.parent).free < ROOM_BYTES


def open_case_store(place: str) -> SqliteCases:
    """Return the store in a file; raise BrokenStore if its folder is missing."""
    return SqliteCases(Path(place))


def open_finding_store(place: str) -> "SqliteFindings":
    """Return the runs and decisions in a file; raise BrokenStore if its folder is missing."""
    from geodata.engines.sqlite_findings import SqliteFindings

    return SqliteFindings(Path(place))


# ------------------------------------------------------------------------ versions


def _prepare(database: sqlite3.Connection, store: str) -> None:
    """Bring a new or older file to this version; a file that has it is not written to."""
    if version_of(database) != VERSION:
        database.execute("begin immediate")
        with database:
            found = version_of(database)  # somebody else may have been quicker
            if found > VERSION:
                raise CasesUnavailable(store=store, reason="newer")
            if found < VERSION:
                _make_tables(database, store)
    write_ahead(database)


def prepare_plain(
    database: sqlite3.Connection,
    store: str,
    *,
    version: int,
    tables: str,
    probe: str,
    unavailable: type[BrokenStore],
    damaged: str,
) -> None:
    """Make the tables of a store that has had one version only; a file that has it is left alone.

    `probe` is a table of the store: the files of other stores have versions, too. Raises
    `unavailable` for a newer file, BrokenStore with the reason `damaged` for one not of ours.
    """
    if version_of(database) != version:
        database.execute("begin immediate")
        with database:
            found = version_of(database)  # somebody else may have been quicker
            if found > version:
                raise unavailable(store=store, reason="newer")
            if database.execute("select count(*) from sqlite_master").fetchone()[0] and not found:
                raise BrokenStore(store=store, reason=damaged)
            if found < version:
                for statement in statements(tables):
                    database.execute(statement)
                database.execute(f"pragma user_version = {version}")
    database.execute(f"select 1 from {probe} limit 1")  # noqa: S608 - a name of ours
    write_ahead(database)


def version_of(database: sqlite3.Connection) -> int:
    """Return the version of the tables in a file, 0 for a new one."""
    version: int = database.execute("pragma user_version").fetchone()[0]
    return version


def _make_tables(database: sqlite3.Connection, store: str) -> None:
    names = {name for (name,) in database.execute("select name from sqlite_master")}
    old: tuple[Case, ...] = ()
    if names:
        if not {"cases", "events"} <= names:
            raise BrokenStore(store=store, reason="unreadable_cases")
        old = read_old_cases(database)
        database.execute("drop table events")
        database.execute("drop table cases")
    for statement in statements(TABLES):
        database.execute(statement)
    _insert(database, *rows_of(old, {}, (0, 0)))
    database.execute(f"pragma user_version = {VERSION}")


def statements(script: str) -> Iterator[str]:
    """Yield the statements of a script one by one: `executescript` would commit before it."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def write_ahead(database: sqlite3.Connection) -> None:
    """Switch to the write-ahead log, which SQLite does only while nobody else reads."""
    give_up = time.monotonic() + WAIT_S
    while True:
        try:
            database.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError as refused:
            is_busy = refused.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > give_up:
                raise
            time.sleep(0.02)
        else:
            return


# ---------------------------------------------------------------------------- rows


def _read_to(database: sqlite3.Connection) -> tuple[int, int]:
    """Return the highest `entered` of cases and of events, of one moment."""
    cases, events = database.execute(
        "select (select ifnull(max(entered), 0) from cases),"
        " (select ifnull(max(entered), 0) from events)"
    ).fetchone()
    return cases, events


def _case_rows(database: sqlite3.Connection, ids: Iterable[str] | None = None) -> list[Row]:
    """Return the rows of these cases, or of all, by id."""
    asked = "" if ids is None else "where id in (select value from json_each(?))"
    values = () if ids is None else (json.dumps([*ids]),)
    return database.execute(
        f"select {', '.join(CASE_COLUMNS)} from cases {asked} order by id",  # noqa: S608 - ours
        values,
    ).fetchall()


def _read_cases(
    database: sqlite3.Connection, rows: Sequence[Row], *, are_all: bool = False
) -> tuple[Case, ...]:
    asked = "" if are_all else "where case_entered in (select value from json_each(?))"
    values = () if are_all else (json.dumps([row[0] for row in rows]),)
    links, events = (
        database.execute(
            f"select {', '.join(columns)} from {table} {asked} order by case_entered, {place}",  # noqa: S608
            values,
        )
        for table, columns, place in (
            ("links", LINK_COLUMNS, "place"),
            ("events", ENTRY_COLUMNS, "number"),
        )
    )
    return cases_from(rows, links, events)


def _insert(
    database: sqlite3.Connection,
    cases: Sequence[Row],
    links: Sequence[Row],
    entries: Sequence[Row],
) -> None:
    for table, columns, rows in (
        ("cases", CASE_COLUMNS, cases),
        ("links", LINK_COLUMNS, links),
        ("events", ENTRY_COLUMNS, entries),
    ):
        database.executemany(
            f"insert into {table} ({', '.join(columns)})"  # noqa: S608 - names of ours
            f" values ({', '.join('?' * len(columns))})",
            rows,
        )


# --------------------------------------------------------------------------- lines


def _lines_of(table: str, within: str, form: str, *columns: str) -> str:
    """Return the question for rows as lines of CSV; `%w` doubles the quotes inside a text."""
    line = f"printf('{form}', {', '.join(columns)})"
    return (
        f"select cast(group_concat({line}, char(10)) as blob) from {table}"  # noqa: S608 - ours
        f" where {within} > ? and {within} <= ?"
    )


CASE_LINES = _lines_of("cases", "entered", "%d" + ',"%w"' * len(CASE_FACTS), "entered", *CASE_FACTS)
LINK_LINES = _lines_of(
    "links", "case_entered", '%d,%d,"%w:%w"', "case_entered", "place", "layer", "hazard"
)
ENTRY_LINES = _lines_of(
    "events",
    "entered",
    '%d,%d,"%w",%s,%s,%s,"%w",%d,"%w"',
    "case_entered",
    "number",
    "kind",
    "occurred_on",
    "recorded_at",
    "due_on",
    "ground",
    "ifnull(corrects, -1)",
    "ref",
)
