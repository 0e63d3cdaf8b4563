"""The journal in a PostgreSQL database: the contract of the SQLite file."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import LiteralString

from geodata.chains import Head
from geodata.engines.connections import Connection, Connections
from geodata.engines.postgres import prepare
from geodata.errors import JournalUnavailable
from geodata.journal import (
    NOTHING_SEEN,
    UNREADABLE,
    Draft,
    JournalEntry,
    Row,
    check_behind,
    check_seen,
    entry_of,
    filed_under,
    find_damage,
    rows_after,
)

VERSION = 1
TABLES: LiteralString = (Path(__file__).parent / "journal_postgres.sql").read_text("utf-8")
"""Our own file, as good as written here."""

ADD: LiteralString = (
    "insert into journal_entries (entered, subject, kind, told, chain) values (%s, %s, %s, %s, %s)"
)
LOCK: LiteralString = "select version from journal_store for update"


class PostgresJournal:
    """A journal in a database, safe for writers on several machines."""

    def __init__(self, url: str) -> None:
        """Connect, and make the tables in a database that has none.

        Raises JournalUnavailable if no connection can be made, BrokenStore if the tables there
        are not ours.
        """
        connections = Connections(url, JournalUnavailable, UNREADABLE)
        self._connected = connections.one
        with self._connected() as database:
            prepare(
                database,
                connections.name,
                version=VERSION,
                tables=TABLES,
                names=("journal_store", "journal_entries"),
                unavailable=JournalUnavailable,
                damaged=UNREADABLE,
            )

    def entries(
        self, *, subject: str = "", kind: str = "", after: int = 0
    ) -> tuple[JournalEntry, ...]:
        """Return the entries on a subject, of a kind, behind a number, in their order."""
        subject, kind = subject.replace("\0", ""), kind.replace("\0", "")
        with self._connected() as database:
            rows = database.execute(
                "select entered, told, chain from journal_entries"
                " where entered > %s and (%s = '' or subject = %s) and (%s = '' or kind = %s)"
                " order by entered",
                (after, subject, subject, kind, kind),
            ).fetchall()
        return tuple(entry_of((row[0], row[1], row[2])) for row in rows)

    def append(
        self, drafts: Sequence[Draft], seen: Mapping[str, int] = NOTHING_SEEN
    ) -> tuple[JournalEntry, ...]:
        """Add entries in one transaction; writers take turns."""
        with self._connected() as database, database.transaction():
            database.execute(LOCK)
            check_seen(seen, {one: _count(database, one) for one in seen})
            rows = list(rows_after(_head(database), drafts))
            _add(database, rows)
        return tuple(map(entry_of, rows))

    def head(self) -> Head:
        """Return where the journal ends."""
        with self._connected() as database:
            return _head(database)

    def damage(self) -> tuple[str, ...]:
        """Return the numbers of entries that do not follow from those before them."""
        with self._connected() as database:
            rows = database.execute(
                "select entered, told, chain, subject, kind from journal_entries order by entered"
            ).fetchall()
        return find_damage((row[0], row[1], row[2], row[3], row[4]) for row in rows)

    def rows(self) -> tuple[Row, ...]:
        """Return every entry as it is kept, in order."""
        with self._connected() as database:
            rows = database.execute(
                "select entered, told, chain from journal_entries order by entered"
            ).fetchall()
        return tuple((row[0], row[1], row[2]) for row in rows)

    def adopt(self, rows: Sequence[Row]) -> None:
        """Add entries as they are kept elsewhere, in one transaction."""
        with self._connected() as database, database.transaction():
            database.execute(LOCK)
            check_behind(_head(database), rows)
            _add(database, rows)


def _add(database: Connection, rows: Iterable[Row]) -> None:
    with database.cursor() as adding:
        adding.executemany(
            ADD, ((number, *filed_under(text), text, chain) for number, text, chain in rows)
        )


def _head(database: Connection) -> Head:
    row = database.execute(
        "select entered, chain from journal_entries order by entered desc limit 1"
    ).fetchone()
    return Head(row[0], row[1]) if row else Head()


def _count(database: Connection, subject: str) -> int:
    row = database.execute(
        "select count(*) from journal_entries where subject = %s", (subject,)
    ).fetchone()
    return int(row[0]) if row else 0


def open_journal(place: str) -> PostgresJournal:
    """Return the journal in a database whose URL goes on as `place` says."""
    return PostgresJournal(f"postgresql:{place}")
