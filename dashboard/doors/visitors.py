"""Who is there: found out from the request alone, by the way of signing in that was set.

`none` is for one's own machine. `accounts`: a signed cookie that our own route gave out. `oidc`:
the same cookie, given out once a provider of identities has said who came (`routes.provider`).
`header`: a gateway names the user and proves itself by a secret. In all but `none` the account
must be in our file: it says role and office.
"""

import hmac
import ipaddress
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock
from typing import TypeVar

import streamlit as st
from cachetools import LRUCache
from itsdangerous import BadSignature
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.doors.access import NOBODY, OWN_MACHINE, Visitor, offices_seen, roles
from dashboard.routes.tile_pass import PassRefused, TilePass, pass_for, signer
from geodata import GeodataError, Settings, read_settings
from geodata.accounts import Account, Accounts
from geodata.commands_on_record import system_user
from geodata.settings import Way

Made = TypeVar("Made")

SESSION_COOKIE = "pim_session"
SECRET_HEADER = "X-Pim-Secret"  # noqa: S105 - the name of a header, no secret
SALT = "sessions"
LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
FORWARDED = frozenset({"x-forwarded-for", "forwarded", "x-real-ip"})
REMEMBERED_S = 2.0
"""For how long who somebody is need not be asked again: a lock holds from then on."""

BY_COOKIE = frozenset({"accounts", "oidc"})
"""The ways of signing in after which a cookie of ours says who somebody is."""

NOT_LOCAL, NO_SECRET, UNKNOWN, NOT_SIGNED_IN = "not_local", "no_secret", "unknown", "not_signed_in"


@dataclass(frozen=True)
class Session:
    """What a session's cookie says: the account, its epoch, the session's own id, its end."""

    account: str
    epoch: int
    id: str
    until: float


def accounts() -> Accounts:
    """Return the accounts of this installation; raise BrokenStore where they cannot be read."""
    return _accounts(str(asked().accounts_file))


@lru_cache(maxsize=4)
def _accounts(file: str) -> Accounts:
    from pathlib import Path

    return Accounts(Path(file))


def asked() -> Settings:
    """Return the settings, read at each question: tests and tools change the environment."""
    return read_settings()


# ----------------------------------------------------------------- sessions of accounts


def begin_session(account: Account, now: float) -> tuple[str, int]:
    """Return the text of a session's cookie, and for how many seconds it holds."""
    life = int(asked().session_hours * 3600)
    told = [account.account, account.epoch, secrets.token_urlsafe(12), int(now) + life]
    written: str = signer(SALT).dumps(told)
    return written, life


def read_session(cookie: str, now: float) -> Session | None:
    """Return what a cookie says, None for one that is not ours or whose time is over."""
    try:
        account, epoch, number, until = signer(SALT).loads(cookie)
        session = Session(str(account), int(epoch), str(number), float(until))
    except (BadSignature, TypeError, ValueError):
        return None
    return session if now < session.until else None


def end_session(cookie: str, now: float) -> Session | None:
    """End the session of a cookie for good; return what it was."""
    session = read_session(cookie, now)
    if session is not None:
        accounts().end_session(session.id, session.until, now)
        _REMEMBERED.forget()
    return session


# ------------------------------------------------------------------------- who is there


def who_is(headers: Mapping[str, str], cookies: Mapping[str, str], now: float) -> Visitor:
    """Return who sent a request with these headers and cookies; `headers` of any case.

    Raises BrokenStore where accounts cannot be read.
    """
    settings = asked()
    told = {name.lower(): value for name, value in headers.items()}
    if settings.sign_in == "none":
        return own_machine()
    if settings.sign_in == "header":
        return _by_header(told, settings)
    return _by_cookie(cookies.get(SESSION_COOKIE, ""), now, settings.sign_in)


def known_account(names: Iterable[object], way: Way) -> tuple[Account | None, Visitor]:
    """Return the first account that a provider's names lead to, and who that is.

    None, and a visitor who is refused, where no name leads to an account that may come in.
    """
    for name in (str(one).strip().lower() for one in names if one):
        account = accounts().find(name)
        found = _visitor_of(account, way) if account else NOBODY
        if found.is_known:
            return account, found
    return None, Visitor(way=way, refusal=UNKNOWN)


def own_machine() -> Visitor:
    """Return whoever sits at this machine, by the name that the machine knows them by."""
    return Visitor(system_user(), system_user(), OWN_MACHINE, way="none")


def is_local(client: str, headers: Mapping[str, str]) -> bool:
    """Return whether a request came from this machine itself, and through no gateway.

    >>> is_local("127.0.0.1", {}), is_local("10.0.0.7", {}), is_local("::1", {"Forwarded": "x"})
    (True, False, False)
    """
    if FORWARDED & {name.lower() for name in headers}:
        return False
    try:
        return ipaddress.ip_address(client).is_loopback
    except ValueError:
        return False


def listens_locally() -> bool:
    """Return whether the server was told to listen on this machine alone."""
    return (st.get_option("server.address") or "") in LOCAL


def _by_header(told: Mapping[str, str], settings: Settings) -> Visitor:
    given = told.get(SECRET_HEADER.lower(), "")
    if not settings.header_secret:
        return Visitor(way="header", refusal=NO_SECRET)
    if not hmac.compare_digest(given.encode(), settings.header_secret.encode()):
        return Visitor(way="header", refusal=NOT_SIGNED_IN)
    return known_account([told.get(settings.header_user.lower(), "")], "header")[1]


def _by_cookie(cookie: str, now: float, way: Way) -> Visitor:
    session = read_session(cookie, now) if cookie else None
    if session is None:
        return Visitor(way=way, refusal=NOT_SIGNED_IN)
    kept = accounts()
    account = kept.find(session.account)
    if account is None or account.epoch != session.epoch or kept.has_ended(session.id):
        return Visitor(way=way, refusal=NOT_SIGNED_IN)
    return _visitor_of(account, way, session.until)


def _visitor_of(account: Account, way: Way, until: float | None = None) -> Visitor:
    if account.is_locked or account.role not in roles() or account.role == OWN_MACHINE:
        return Visitor(way=way, refusal=UNKNOWN)
    return Visitor(
        account.account,
        account.name,
        account.role,
        account.office,
        way,
        datetime.fromtimestamp(until, UTC) if until else None,
    )


def bearer() -> str:
    """Return the account that passes of this run are written for, blank on one's own machine."""
    return "" if asked().sign_in == "none" else visitor().account


def my_pass() -> TilePass:
    """Return the leave of this visitor to fetch what maps show."""
    return pass_for(offices_seen(visitor()), bearer())


def check_bearer(headers: Mapping[str, str], cookies: Mapping[str, str], named: str) -> Visitor:
    """Return who asks; raise PassRefused unless it is the account that a pass was written for.

    On one's own machine there are no accounts: a pass is held by its signature and its end alone.
    """
    if asked().sign_in == "none":
        return own_machine()
    who = who_is(headers, cookies, time.time())
    if not who.is_known or who.account != named:
        raise PassRefused("pass_foreign")
    return who


# ------------------------------------------------------------------- within the script


class _Remembered:
    """Who some requests came from, for a moment; safe for several threads."""

    def __init__(self) -> None:
        self._known: dict[object, tuple[float, Visitor]] = {}
        self._lock = Lock()

    def get(self, key: object, now: float) -> Visitor | None:
        with self._lock:
            found = self._known.get(key)
        return found[1] if found and 0 <= now - found[0] < REMEMBERED_S else None

    def put(self, key: object, visitor: Visitor, now: float) -> None:
        with self._lock:
            if len(self._known) > 1000:  # noqa: PLR2004 - far more than people at once
                self._known.clear()
            self._known[key] = (now, visitor)

    def forget(self) -> None:
        with self._lock:
            self._known.clear()


_REMEMBERED = _Remembered()


_MAKING_FOR: ContextVar[Visitor | None] = ContextVar("making_for", default=None)


def for_visitor(who: Visitor, make: Callable[[], Made]) -> Made:
    """Return what is made outside of a run of the script for somebody who asked for it in one."""
    before = _MAKING_FOR.set(who)
    try:
        return make()
    finally:
        _MAKING_FOR.reset(before)


def visitor() -> Visitor:
    """Return who this run of the script is for; outside of a run, nobody.

    On one's own machine everybody is who sits there, inside of a run or not.
    """
    settings = asked()
    if settings.sign_in == "none":
        return own_machine()
    made_for = _MAKING_FOR.get()
    if made_for is not None:
        return made_for
    if get_script_run_ctx(suppress_warning=True) is None:
        return NOBODY
    return _of_this_session(_by_request(settings))


def _by_request(settings: Settings) -> Visitor:
    now = time.time()
    headers, cookies = st.context.headers, st.context.cookies
    if settings.sign_in in BY_COOKIE:
        key: object = cookies.get(SESSION_COOKIE, "")
    else:
        key = (headers.get(SECRET_HEADER, ""), headers.get(settings.header_user, ""))
    known = _REMEMBERED.get(key, time.monotonic())
    if known is None or (known.until and known.until.timestamp() <= now):
        known = who_is(headers.to_dict(), cookies.to_dict(), now)
        _REMEMBERED.put(key, known, time.monotonic())
    return known


def _of_this_session(found: Visitor) -> Visitor:
    """Return the visitor, if what was kept in this session is theirs; else throw all of it away.

    A browser that lost its connection may come back into the same session with another cookie.
    """
    before = st.session_state.get("visitor")
    if found.is_known and before not in {None, found.account}:
        for name in list(st.session_state):
            del st.session_state[name]
    if found.is_known:
        st.session_state["visitor"] = found.account
        _note_session(found.account)
    return found


MOST_SESSIONS = 10_000
_SESSIONS: LRUCache[str, str] = LRUCache(MOST_SESSIONS)
"""The account that each session of Streamlit last ran for: the name of a session proves nothing."""

_SESSIONS_LOCK = Lock()


def _note_session(account: str) -> None:
    session = getattr(get_script_run_ctx(suppress_warning=True), "session_id", "")
    if session:
        with _SESSIONS_LOCK:
            _SESSIONS[session] = account


def account_of_session(session: str) -> str:
    """Return the account that a session of Streamlit last ran for, blank for none."""
    with _SESSIONS_LOCK:
        return _SESSIONS.get(session, "")


def attempt_visitor() -> Visitor | GeodataError:
    """Return who is there, or why that cannot be found out."""
    try:
        return visitor()
    except GeodataError as trouble:
        return trouble
