"""The register of evidence in a PostgreSQL database: the contract of the SQLite file."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import LiteralString

from geodata.chains import Head
from geodata.engines.connections import Connection, Connections
from geodata.engines.evidence_kept import Row
from geodata.engines.postgres import prepare
from geodata.errors import EvidenceUnavailable
from geodata.evidence_store import CustodyEntry

VERSION = 1
TABLES: LiteralString = (Path(__file__).parent / "evidence_postgres.sql").read_text("utf-8")
"""Our own file, as good as written here."""

DAMAGED = "unreadable_evidence"
LOCK: LiteralString = "select version from evidence_store for update"


class PostgresRegister:
    """A register in a database, safe for writers on several machines."""

    def __init__(self, url: str) -> None:
        """Connect, and make the tables in a database that has none.

        Raises EvidenceUnavailable if no connection can be made, BrokenStore if the tables
        there are not ours.
        """
        connections = Connections(url, EvidenceUnavailable, DAMAGED)
        self._connected = connections.one
        with self._connected() as database:
            prepare(
                database,
                connections.name,
                version=VERSION,
                tables=TABLES,
                names=("evidence_store", "evidence_entries"),
                unavailable=EvidenceUnavailable,
                damaged=DAMAGED,
            )

    def rows(self, item: int | None = None, sha256: str = "") -> Sequence[Row]:
        """Return the rows of one item, of one original, or all, in their order."""
        with self._connected() as database:
            rows = database.execute(
                "select entered, told, chain from evidence_entries"
                " where (%s::bigint is null or item = %s) and (%s = '' or sha256 = %s)"
                " order by entered",
                (item, item, sha256, sha256.replace("\0", "")),
            ).fetchall()
        return [(row[0], row[1], row[2]) for row in rows]

    def head(self) -> Head:
        """Return the last row's number and chain."""
        with self._connected() as database:
            return _head(database)

    def append(self, make: Callable[[Head, int], CustodyEntry], item: int = 0) -> CustodyEntry:
        """Add one entry, in one transaction; writers take turns."""
        with self._connected() as database, database.transaction():
            database.execute(LOCK)
            counted = database.execute(
                "select count(*) from evidence_entries where item = %s", (item,)
            ).fetchone()
            entry = make(_head(database), counted[0] if counted else 0)
            database.execute(
                "insert into evidence_entries (entered, item, sha256, told, chain)"
                " values (%s, %s, %s, %s, %s)",
                (entry.number, entry.item, entry.sha256, entry.told, entry.chain),
            )
        return entry


def _head(database: Connection) -> Head:
    row = database.execute(
        "select entered, chain from evidence_entries order by entered desc limit 1"
    ).fetchone()
    return Head(row[0], row[1]) if row else Head()
