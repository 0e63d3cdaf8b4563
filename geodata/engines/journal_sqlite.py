"""The journal in one SQLite file: rows that are only added."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from geodata.chains import Head
from geodata.engines.sqlite import opened, prepare_plain
from geodata.errors import BrokenStore, JournalUnavailable
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
TABLES = (Path(__file__).parent / "journal.sql").read_text("utf-8")
ADD = "insert into journal_entries (entered, subject, kind, told, chain) values (?, ?, ?, ?, ?)"


class SqliteJournal:
    """A journal in one file, safe for several writers on one machine."""

    def __init__(self, file: Path) -> None:
        """Open or make the file; raise BrokenStore if its folder is missing or it is not ours."""
        if not file.absolute().parent.is_dir():
            raise BrokenStore(store=str(file.parent), reason="missing")
        self.file = file
        with self._opened(mode="rwc") as database:
            prepare_plain(
                database,
                str(file),
                version=VERSION,
                tables=TABLES,
                probe="journal_entries",
                unavailable=JournalUnavailable,
                damaged=UNREADABLE,
            )

    def entries(
        self, *, subject: str = "", kind: str = "", after: int = 0
    ) -> tuple[JournalEntry, ...]:
        """Return the entries on a subject, of a kind, behind a number, in their order."""
        asked = {"subject": subject, "kind": kind}
        wanted = {name: value for name, value in asked.items() if value}
        within = "".join(f" and {name} = :{name}" for name in wanted)
        with self._opened() as database:
            rows = database.execute(
                "select entered, told, chain from journal_entries"  # noqa: S608 - names of ours
                f" where entered > :after{within} order by entered",
                {**wanted, "after": after},
            ).fetchall()
        return tuple(map(entry_of, rows))

    def append(
        self, drafts: Sequence[Draft], seen: Mapping[str, int] = NOTHING_SEEN
    ) -> tuple[JournalEntry, ...]:
        """Add entries in one transaction."""
        with self._opened() as database:
            database.execute("begin immediate")
            with database:
                check_seen(seen, {one: _count(database, one) for one in seen})
                rows = list(rows_after(_head(database), drafts))
                _add(database, rows)
        return tuple(map(entry_of, rows))

    def head(self) -> Head:
        """Return where the journal ends."""
        with self._opened() as database:
            return _head(database)

    def damage(self) -> tuple[str, ...]:
        """Return the numbers of entries that do not follow from those before them."""
        with self._opened() as database:
            return find_damage(
                database.execute(
                    "select entered, told, chain, subject, kind from journal_entries"
                    " order by entered"
                )
            )

    def rows(self) -> tuple[Row, ...]:
        """Return every entry as it is kept, in order."""
        with self._opened() as database:
            return tuple(
                database.execute(
                    "select entered, told, chain from journal_entries order by entered"
                )
            )

    def adopt(self, rows: Sequence[Row]) -> None:
        """Add entries as they are kept elsewhere, in one transaction."""
        with self._opened() as database:
            database.execute("begin immediate")
            with database:
                check_behind(_head(database), rows)
                _add(database, rows)

    def _opened(self, mode: str = "rw") -> AbstractContextManager[sqlite3.Connection]:
        return opened(self.file, mode, JournalUnavailable, UNREADABLE)


def _add(database: sqlite3.Connection, rows: Iterable[Row]) -> None:
    database.executemany(
        ADD, ((number, *filed_under(text), text, chain) for number, text, chain in rows)
    )


def _head(database: sqlite3.Connection) -> Head:
    row = database.execute(
        "select entered, chain from journal_entries order by entered desc limit 1"
    ).fetchone()
    return Head(*row) if row else Head()


def _count(database: sqlite3.Connection, subject: str) -> int:
    counted: int = database.execute(
        "select count(*) from journal_entries where subject = ?", (subject,)
    ).fetchone()[0]
    return counted


def open_journal(place: str) -> SqliteJournal:
    """Return the journal in a file; raise BrokenStore if its folder is missing."""
    return SqliteJournal(Path(place))
