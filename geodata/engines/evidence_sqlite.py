"""The register of evidence in one SQLite file: rows that are only added."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from geodata.chains import Head
from geodata.engines.evidence_kept import Row
from geodata.engines.sqlite import opened, prepare_plain
from geodata.errors import EvidenceUnavailable
from geodata.evidence_store import CustodyEntry

VERSION = 1
TABLES = (Path(__file__).parent / "evidence.sql").read_text("utf-8")
DAMAGED = "unreadable_evidence"


class SqliteRegister:
    """A register in one file, safe for several writers on one machine."""

    def __init__(self, file: Path) -> None:
        """Open or make the file; raise BrokenStore if it is no database of ours."""
        self.file = file
        with self._opened(mode="rwc") as database:
            prepare_plain(
                database,
                str(file),
                version=VERSION,
                tables=TABLES,
                probe="evidence_entries",
                unavailable=EvidenceUnavailable,
                damaged=DAMAGED,
            )

    def rows(self, item: int | None = None, sha256: str = "") -> Sequence[Row]:
        """Return the rows of one item, of one original, or all, in their order."""
        asked = {"item": item, "sha256": sha256 or None}
        wanted = {name: value for name, value in asked.items() if value is not None}
        within = " and ".join(f"{name} = :{name}" for name in wanted) or "true"
        with self._opened() as database:
            return database.execute(
                "select entered, told, chain from evidence_entries"  # noqa: S608 - names of ours
                f" where {within} order by entered",
                wanted,
            ).fetchall()

    def head(self) -> Head:
        """Return the last row's number and chain."""
        with self._opened() as database:
            return _head(database)

    def append(self, make: Callable[[Head, int], CustodyEntry], item: int = 0) -> CustodyEntry:
        """Add one entry, in one transaction."""
        with self._opened() as database:
            database.execute("begin immediate")
            with database:
                stored = database.execute(
                    "select count(*) from evidence_entries where item = ?", (item,)
                ).fetchone()[0]
                entry = make(_head(database), stored)
                database.execute(
                    "insert into evidence_entries (entered, item, sha256, told, chain)"
                    " values (?, ?, ?, ?, ?)",
                    (entry.number, entry.item, entry.sha256, entry.told, entry.chain),
                )
        return entry

    def _opened(self, mode: str = "rw") -> AbstractContextManager[sqlite3.Connection]:
        return opened(self.file, mode, EvidenceUnavailable, DAMAGED)


def _head(database: sqlite3.Connection) -> Head:
    row = database.execute(
        "select entered, chain from evidence_entries order by entered desc limit 1"
    ).fetchone()
    return Head(*row) if row else Head()
