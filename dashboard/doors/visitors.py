"""Who is there: found out from the request alone, by the way of signing in that was set.

`none` is for one's own machine. `accounts`: a signed cookie that our own route gave out. `header`:
a gateway names the user and proves itself by a secret. `oidc`: a provider of identities, through
Streamlit. In all but `none` the account must be in our file: it says role and office.
"""

import getpass
import hmac
import ipaddress
import secrets
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock
from typing import TypeVar

import streamlit as st
from itsdangerous import BadSignature
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.doors.access import NOBODY, OWN_MACHINE, Visitor, offices_seen, roles
from dashboard.routes.tile_pass import PassRefused, TilePass, pass_for, signer
from geodata import GeodataError, Settings, read_settings
from geodata.accounts import Account, Accounts

Made = TypeVar("Made")

SESSION_COOKIE = "pim_session"
SECRET_HEADER = "X-Pim-Secret"  # noqa: S105 - the name of a header, no secret
SALT = "sessions"
LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
FORWARDED = frozenset({"x-forwarded-for", "forwarded", "x-real-ip"})
REMEMBERED_S = 2.0
"""For how long who somebody is need not be asked again: a lock holds from then on."""

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

    Raises BrokenStore where accounts cannot be read. Says nothing of `oidc`, whose cookie is
    Streamlit's own: see `visitor`.
    """
    settings = asked()
    told = {name.lower(): value for name, value in headers.items()}
    if settings.sign_in == "none":
        return own_machine()
    if settings.sign_in == "header":
        return _by_header(told, settings)
    if settings.sign_in == "accounts":
        return _by_cookie(cookies.get(SESSION_COOKIE, ""), now)
    return NOBODY


def own_machine() -> Visitor:
    """Return whoever sits at this machine, by the name that the machine knows them by."""
    return Visitor(system_user(), system_user(), OWN_MACHINE, way="none")


@lru_cache(maxsize=1)
def system_user() -> str:
    """Return the name of the user that this process runs as."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run a number without a name
        return "?"


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
    return _known(told.get(settings.header_user.lower(), "").strip().lower(), "header")


def _by_cookie(cookie: str, now: float) -> Visitor:
    session = read_session(cookie, now) if cookie else None
    if session is None:
        return Visitor(way="accounts", refusal=NOT_SIGNED_IN)
    kept = accounts()
    account = kept.find(session.account)
    if account is None or account.epoch != session.epoch or kept.has_ended(session.id):
        return Visitor(way="accounts", refusal=NOT_SIGNED_IN)
    return _visitor_of(account, "accounts", session.until)


def _known(name: str, way: str) -> Visitor:
    account = accounts().find(name) if name else None
    if account is None:
        return Visitor(way=way, refusal=UNKNOWN)  # type: ignore[arg-type]
    return _visitor_of(account, way)


def _visitor_of(account: Account, way: str, until: float | None = None) -> Visitor:
    if account.is_locked or account.role not in roles() or account.role == OWN_MACHINE:
        return Visitor(way=way, refusal=UNKNOWN)  # type: ignore[arg-type]
    return Visitor(
        account.account,
        account.name,
        account.role,
        account.office,
        way,  # type: ignore[arg-type]
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

    On one's own machine there are no accounts, and a provider's cookie is Streamlit's own: there
    a pass is held by its signature and its end alone.
    """
    way = asked().sign_in
    if way == "oidc":
        return Visitor(named, named, way="oidc")
    if way == "none":
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
    found = _by_provider() if settings.sign_in == "oidc" else _by_request(settings)
    return _of_this_session(found)


def _by_request(settings: Settings) -> Visitor:
    now = time.time()
    headers, cookies = st.context.headers, st.context.cookies
    if settings.sign_in == "accounts":
        key: object = cookies.get(SESSION_COOKIE, "")
    else:
        key = (headers.get(SECRET_HEADER, ""), headers.get(settings.header_user, ""))
    known = _REMEMBERED.get(key, time.monotonic())
    if known is None or (known.until and known.until.timestamp() <= now):
        known = who_is(headers.to_dict(), cookies.to_dict(), now)
        _REMEMBERED.put(key, known, time.monotonic())
    return known


def _by_provider() -> Visitor:
    if not st.user.is_logged_in:
        return Visitor(way="oidc", refusal=NOT_SIGNED_IN)
    told = st.user.to_dict()
    is_sure = told.get("email_verified", True) is not False
    named = [told.get("preferred_username"), told.get("email") if is_sure else None]
    for name in (str(one).strip().lower() for one in named if one):
        found = _known(name, "oidc")
        if found.is_known:
            return found
    return Visitor(way="oidc", refusal=UNKNOWN)


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
    return found


def attempt_visitor() -> Visitor | GeodataError:
    """Return who is there, or why that cannot be found out."""
    try:
        return visitor()
    except GeodataError as trouble:
        return trouble
