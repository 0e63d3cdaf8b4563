"""Local accounts: who may sign in, their passwords as Argon2 hashes, and lock-out after failures.

For offices with neither a provider of identities nor a gateway. What an account may do is told by
its role (`dashboard/doors/rights.toml`), never here. An account's epoch goes up whenever its
password, role, office or lock changes: sessions that name an older one have ended.
"""

import ipaddress
import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import BoundedSemaphore
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from geodata.errors import BadAccount, BrokenStore

TABLES = (Path(__file__).parent / "engines" / "accounts.sql").read_text("utf-8")
VERSION = 2
SINCE_2 = ("addresses", "gone")
"""The tables that version 2 has and version 1 has not."""
ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._@-]{0,62}")
SHORTEST, LONGEST = 10, 256
"""Letters of a password: fewer are guessed, more only cost time."""

FREE_TRIES = 5
"""Failures in a row that cost nothing but themselves; each further one doubles the wait."""

FIRST_WAIT_S, LONGEST_WAIT_S = 60, 3600
FORGOTTEN_S = 86_400
"""Failures are forgotten a day after the last one, and at once when somebody signs in."""

ADDRESS_TRIES, ADDRESS_LONGEST_S, ADDRESS_FORGOTTEN_S = 30, 900, 3600
"""Of an address, which a whole office may share: more are free, the wait is shorter, and failures
are forgotten an hour after the last one; but nobody's success makes up for them."""

MOST_FAILED = 20_000
"""Names with failures that are remembered, so that guessing names cannot fill the disk."""

Answer = Literal["ok", "wrong", "wait"]
HASHER = PasswordHasher()
_FEW_AT_ONCE = BoundedSemaphore(2)
"""A hash takes 64 MB and a core for a moment: many at once would stop everybody else."""


@dataclass(frozen=True)
class Account:
    """One account; `has_password` is False where a gateway or a provider lets people in."""

    account: str
    name: str
    role: str
    office: str
    epoch: int = 1
    is_locked: bool = False
    has_password: bool = True


@dataclass(frozen=True)
class SignIn:
    """What became of a try to sign in; of why it failed nothing is said but how long to wait."""

    answer: Answer
    account: Account | None = None
    wait_s: int = 0


class Accounts:
    """The accounts in one SQLite file, safe for several processes of one machine."""

    def __init__(self, file: Path) -> None:
        """Open or make the file; raise BrokenStore if its folder is missing or it is not ours."""
        self.file = file
        if not file.absolute().parent.is_dir():
            raise BrokenStore(store=str(file.parent), reason="missing")
        is_new = not file.exists()
        with self._opened() as database:
            if database.execute("pragma user_version").fetchone()[0] < VERSION:
                database.execute("begin immediate")
                _bring_up(database)
        if is_new:
            file.chmod(0o600)

    def add(self, account: str, name: str, role: str, office: str, password: str = "") -> Account:
        """Add an account, without a password for a gateway's; raise BadAccount naming what is not.

        A name is of small letters, digits and `._@-`; a password has ten letters or more.
        """
        if not ACCOUNT.fullmatch(account):
            raise BadAccount(field="account", value=account, reason="account_form")
        if not name.strip():
            raise BadAccount(field="name", value=name, reason="name_missing")
        sealed = _seal(account, password) if password else ""
        with self._opened() as database:
            # Somebody of that name was here before: their sessions are not those of the new one.
            asked = "select epoch from gone where account = ?"
            before = database.execute(asked, (account,)).fetchone()
            epoch = before[0] + 1 if before else 1
            row = (account, name.strip(), role, office, sealed, epoch, _now())
            try:
                database.execute("insert into accounts values (?, ?, ?, ?, ?, ?, 0, ?)", row)
            except sqlite3.IntegrityError:
                raise BadAccount(field="account", value=account, reason="account_taken") from None
        return self._known(account)

    def find(self, account: str) -> Account | None:
        """Return one account, None if there is none of that name."""
        with self._opened() as database:
            row = database.execute(f"{ASKED} where account = ?", (account,)).fetchone()
        return _account_of(row) if row else None

    def all(self) -> tuple[Account, ...]:
        """Return every account, by name."""
        with self._opened() as database:
            return tuple(map(_account_of, database.execute(f"{ASKED} order by account")))

    def change_password(self, account: str, password: str) -> Account:
        """Give an account another password; its sessions end."""
        return self._change(account, "sealed = ?", _seal(account, password))

    def change_role(self, account: str, role: str, office: str) -> Account:
        """Give an account another role and office; its sessions end."""
        return self._change(account, "role = ?, office = ?", role, office)

    def lock(self, account: str, *, is_locked: bool = True) -> Account:
        """Lock an account, or open it again and forget its failures; its sessions end."""
        changed = self._change(account, "is_locked = ?", int(is_locked))
        with self._opened() as database:
            database.execute("delete from failures where account = ?", (account,))
        return changed

    def remove(self, account: str) -> None:
        """Remove an account; what it did stays on record under its name. Raises BadAccount."""
        epoch = self._known(account).epoch
        with self._opened() as database:
            database.execute("insert or replace into gone values (?, ?)", (account, epoch))
            database.execute("delete from accounts where account = ?", (account,))

    def sign_in(self, account: str, password: str, now: float, address: str = "") -> SignIn:
        """Return whether somebody may come in; an unknown name takes as long as a wrong password.

        After FREE_TRIES failures in a row a name has to wait, whether there is such an account or
        not, and however right the password is; after ADDRESS_TRIES failures an address has to,
        whatever names it tries. `now` in seconds since 1970.
        """
        name, place = account.strip().lower()[:64], place_of(address)
        with self._opened() as database:
            wait = max(_wait_of(database, name, now), _address_wait(database, place, now))
            asked = "select sealed, is_locked from accounts where account = ?"
            row = None if wait else database.execute(asked, (name,)).fetchone()
        if wait:
            return SignIn("wait", wait_s=wait)
        sealed, is_locked = row or ("", 0)
        is_right = _is_right(sealed or _NOBODYS, password[:LONGEST])
        if not (is_right and sealed and not is_locked):
            with self._opened() as database:
                _note_failure(database, name, now)
                _note_address(database, place, now)
            return SignIn("wrong")
        with self._opened() as database:
            database.execute("delete from failures where account = ?", (name,))
        return SignIn("ok", self.find(name))

    def end_session(self, session: str, until: float, now: float) -> None:
        """Note that a session has ended before its time; `until` is when it would have."""
        with self._opened() as database:
            database.execute("delete from ended where until < ?", (now,))
            database.execute("insert or ignore into ended values (?, ?)", (session, until))

    def has_ended(self, session: str) -> bool:
        """Return whether somebody has signed out of a session."""
        with self._opened() as database:
            asked = "select 1 from ended where session = ?"
            return database.execute(asked, (session,)).fetchone() is not None

    def _change(self, account: str, what: str, *values: object) -> Account:
        self._known(account)
        with self._opened() as database:
            database.execute(
                f"update accounts set {what}, epoch = epoch + 1, changed_at = ?"  # noqa: S608
                " where account = ?",
                (*values, _now(), account),
            )
        return self._known(account)

    def _known(self, account: str) -> Account:
        found = self.find(account)
        if found is None:
            raise BadAccount(field="account", value=account, reason="account_unknown")
        return found

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            database = sqlite3.connect(self.file, timeout=10, isolation_level="IMMEDIATE")
            try:
                with database:
                    yield database
            finally:
                database.close()
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as broken:
            raise BrokenStore(store=str(self.file), reason="unreadable_accounts") from broken


ASKED = "select account, name, role, office, epoch, is_locked, sealed <> '' from accounts"
_NOBODYS = HASHER.hash(secrets.token_hex(16))
"""What the password of an unknown account is held against, for the sake of equal time."""


def _account_of(row: tuple[str, str, str, str, int, int, int]) -> Account:
    account, name, role, office, epoch, is_locked, has_password = row
    return Account(account, name, role, office, epoch, bool(is_locked), bool(has_password))


def _seal(account: str, password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadAccount(field="password", value="…", reason="password_short")
    if account in password.lower() or len(set(password)) < SHORTEST // 2:
        raise BadAccount(field="password", value="…", reason="password_plain")
    return HASHER.hash(password)


def _is_right(sealed: str, password: str) -> bool:
    with _FEW_AT_ONCE:
        try:
            return HASHER.verify(sealed, password)
        except (VerificationError, InvalidHashError):
            return False


def place_of(address: str) -> str:
    """Return what failures of an address are counted under: of IPv6 the network that one site has.

    >>> place_of("10.0.0.7"), place_of("2001:db8:1:2:3::4"), place_of("::ffff:10.0.0.7")
    ('10.0.0.7', '2001:db8:1:2::/64', '10.0.0.7')
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _bring_up(database: sqlite3.Connection) -> None:
    """Make the tables, or those that an older version did not have."""
    (version,) = database.execute("pragma user_version").fetchone()
    for statement in filter(str.strip, TABLES.split(";")):
        if version == 0 or any(f"create table {one} " in statement for one in SINCE_2):
            database.execute(statement)
    database.execute(f"pragma user_version = {max(version, VERSION)}")


def _wait_of(database: sqlite3.Connection, name: str, now: float) -> int:
    """Return for how many seconds a name has to wait."""
    asked = "select count, last from failures where account = ?"
    row = database.execute(asked, (name,)).fetchone()
    return _wait_after(row, now, FREE_TRIES, LONGEST_WAIT_S) if row else 0


def _address_wait(database: sqlite3.Connection, place: str, now: float) -> int:
    """Return for how many seconds an address has to wait."""
    asked = "select count, last from addresses where address = ?"
    row = database.execute(asked, (place,)).fetchone() if place else None
    if row is None or now - row[1] > ADDRESS_FORGOTTEN_S:
        return 0
    return _wait_after(row, now, ADDRESS_TRIES, ADDRESS_LONGEST_S)


def _wait_after(row: tuple[int, float], now: float, free: int, longest_s: int) -> int:
    """Return the seconds to wait after so many failures, the last at some time."""
    over = row[0] - free
    wait = min(longest_s, FIRST_WAIT_S * 2**over) if over >= 0 else 0
    since = max(0.0, now - row[1])  # a clock that was put back must lock nobody out for long
    return max(0, int(wait - since + 0.999))


def _note_address(database: sqlite3.Connection, place: str, now: float) -> None:
    if not place:
        return
    database.execute("delete from addresses where last < ?", (now - ADDRESS_FORGOTTEN_S,))
    (known,) = database.execute("select count(*) from addresses").fetchone()
    if known >= MOST_FAILED:
        database.execute(
            "delete from addresses where address in"
            " (select address from addresses order by count, last limit 100)"
        )
    database.execute(
        "insert into addresses values (?, 1, ?) on conflict (address)"
        " do update set count = min(count + 1, 64), last = excluded.last",
        (place, now),
    )


def _note_failure(database: sqlite3.Connection, name: str, now: float) -> None:
    database.execute("delete from failures where last < ?", (now - FORGOTTEN_S,))
    (known,) = database.execute("select count(*) from failures").fetchone()
    if known >= MOST_FAILED:
        database.execute(
            "delete from failures where account in"
            " (select account from failures order by count, last limit 100)"
        )
    database.execute(
        "insert into failures values (?, 1, ?) on conflict (account)"
        " do update set count = min(count + 1, 64), last = excluded.last",
        (name, now),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
