"""Connections to a PostgreSQL database: taken, given back, and what goes wrong in our words."""

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

from geodata.errors import BrokenStore, DriverMissing

try:
    import psycopg
    from psycopg import conninfo, sql
except ImportError as missing:
    raise DriverMissing(driver="psycopg", hint='pip install "psycopg[binary]>=3.2"') from missing

__all__ = ["Connection", "Connections", "sql"]

Connection = psycopg.Connection[tuple[Any, ...]]

WAIT_S = 10
IDLE = 4
"""Connections that are kept open when nobody uses them."""

MOST = 8
"""Connections of one store at a time: whoever comes later waits WAIT_S for one. A server has a
hundred in all (`max_connections`), for all programs and both stores of each."""

PATIENCE = {
    "connect_timeout": WAIT_S,
    "keepalives_idle": 3 * WAIT_S,
    "tcp_user_timeout": 3 * WAIT_S * 1000,
}
"""When a server that says nothing counts as gone, unless the URL says otherwise."""

SETTINGS: LiteralString = f"""
    set lock_timeout = '{WAIT_S}s';
    set datestyle = 'ISO, YMD';
    set default_transaction_isolation = 'read committed';
"""
UNAVAILABLE: dict[type[psycopg.Error], str] = {
    psycopg.errors.LockNotAvailable: "busy",
    psycopg.errors.DeadlockDetected: "busy",
    psycopg.errors.DiskFull: "full",
    psycopg.errors.ReadOnlySqlTransaction: "read_only",
    psycopg.errors.InsufficientPrivilege: "read_only",
    psycopg.errors.InvalidSchemaName: "unclear_address",
    psycopg.OperationalError: "unreachable",
    psycopg.InterfaceError: "unreachable",
}
"""What the driver says of a database that cannot be used now; the first that fits counts."""


class Connections:
    """The connections of one store, MOST at a time; `begin` is what is done with each new one.

    A thread that holds one gets another at once: it would wait for itself.
    """

    def __init__(
        self,
        url: str,
        unavailable: type[BrokenStore],
        damaged: str,
        begin: Callable[[Connection], None] = lambda _: None,
    ) -> None:
        """Raise `unavailable` for a URL that is none; `damaged` is said of tables not ours."""
        self.name = _shown(url, unavailable)
        self._url, self._unavailable, self._damaged, self._begin = url, unavailable, damaged, begin
        self._idle: list[Connection] = []
        self._taking = threading.Lock()
        self._room = threading.BoundedSemaphore(MOST)
        self._here = threading.local()
        weakref.finalize(self, _close, self._idle)

    @contextmanager
    def one(self) -> Iterator[Connection]:
        """Yield a connection that nobody else uses; in words of ours what goes wrong."""
        try:
            with self._having_room():
                database = self._take()
                try:
                    yield database
                finally:
                    self._put_back(database)
        except tuple(UNAVAILABLE) as gone:
            reason = next(why for kind, why in UNAVAILABLE.items() if isinstance(gone, kind))
            raise self._unavailable(store=self.name, reason=reason) from gone
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as other:
            raise BrokenStore(store=self.name, reason=self._damaged) from other

    @contextmanager
    def _having_room(self) -> Iterator[None]:
        """Wait until fewer than MOST are taken; raise what says busy if that takes too long."""
        if getattr(self._here, "holds", False):
            yield
            return
        if not self._room.acquire(timeout=WAIT_S):
            raise psycopg.errors.LockNotAvailable
        self._here.holds = True
        try:
            yield
        finally:
            self._here.holds = False
            self._room.release()

    def _take(self) -> Connection:
        """Return an idle connection that still answers, or a new one."""
        while True:
            with self._taking:
                database = self._idle.pop() if self._idle else None
            if database is None:
                break
            try:
                database.execute("")
            except psycopg.Error:
                database.close()
            else:
                return database
        asked = PATIENCE | conninfo.conninfo_to_dict(self._url) | {"client_encoding": "utf8"}
        database = psycopg.connect(conninfo.make_conninfo("", **asked), autocommit=True)
        database.execute(SETTINGS)
        self._begin(database)
        return database

    def _put_back(self, database: Connection) -> None:
        is_idle = database.info.transaction_status is psycopg.pq.TransactionStatus.IDLE
        with self._taking:
            if is_idle and len(self._idle) < IDLE:
                self._idle.append(database)
                return
        database.close()


def _close(idle: list[Connection]) -> None:
    """Close the connections of a store that nobody holds any more."""
    for database in idle:
        database.close()


def _shown(url: str, unavailable: type[BrokenStore]) -> str:
    """Return what may be shown of a URL: never a password."""
    try:
        told = conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError as unclear:
        raise unavailable(store="postgresql:", reason="unclear_address") from unclear
    return f"postgresql://{told.get('host', '')}/{told.get('dbname', '')}"
