"""Signing in by OpenID Connect: out to the provider, back with its word, then our own cookie.

    /sign-in/provider      out to the provider, with what proves later that the way began here
    /oauth2callback        back: its word is checked, an account looked for -> a session's cookie
    /sign-in/provider-out  out of the provider's own session, where it offers that

Authlib speaks the protocol (code flow, PKCE, nonce). The cookie is the one of all ways of signing
in (`routes.sign_in`), so every door asks for the same, and a session ends as any other does. What
the provider is asked with stands in `[auth]` of `.streamlit/secrets.toml`.
"""

import hmac
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import streamlit as st
from itsdangerous import BadSignature
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.doors import acts
from dashboard.doors.access import Visitor
from dashboard.doors.visitors import asked, known_account
from dashboard.routes.plain_pages import local_query, paragraphs, plain_page
from dashboard.routes.sign_in import (
    cookie_rules,
    give_cookie,
    home,
    language_of,
    own_step,
    provider_door,
    query_of,
)
from dashboard.routes.tile_pass import signer
from dashboard.text import say, say_error
from geodata import GeodataError, Language
from geodata.accounts import Account

LOGGER = logging.getLogger(__name__)
CALLBACK = "/oauth2callback"
WAY_COOKIE, WAY_SALT, WAY_LIFE_S = "pim_provider", "providers", 600
NEEDED = ("redirect_uri", "client_id", "client_secret", "server_metadata_url")
SEE_OTHER = 303
MOST_LETTERS = 64


class NoProvider(Exception):
    """There is no provider to ask: nothing in `[auth]`, or it does not answer as one."""


@dataclass(frozen=True)
class Way:
    """What is kept of a way out until somebody comes back on it: proofs, page, language."""

    state: str
    nonce: str
    verifier: str
    query: str
    language: Language


def provider_routes() -> list[BaseRoute]:
    """Return the routes; the way back stands before Streamlit's own, whose cookie nobody needs."""
    return [
        Route("/sign-in/provider", go_out, methods=["GET"]),
        Route("/sign-in/provider-out", leave_provider, methods=["GET"]),
        Route(CALLBACK, come_back, methods=["GET"]),
    ]


async def go_out(request: Request) -> Response:
    """Return the way to the provider, and a cookie with what it will be held against."""
    language, query = language_of(request), query_of(request)
    if asked().sign_in != "oidc":
        return RedirectResponse(home(), SEE_OTHER)
    try:
        told = await _begin()
    except NoProvider:
        return _no_provider(request, language, query)
    until = int(time.time()) + WAY_LIFE_S
    kept = [told["state"], told["nonce"], told.get("code_verifier", ""), query, language, until]
    answer = RedirectResponse(told["url"], SEE_OTHER)
    # Not strict: the way back is a step from the provider's site, and has to bring it along.
    rules = cookie_rules(request) | {"samesite": "lax"}
    answer.set_cookie(WAY_COOKIE, signer(WAY_SALT).dumps(kept), max_age=WAY_LIFE_S, **rules)
    return answer


async def come_back(request: Request) -> Response:
    """Return the way in with a cookie for whom the provider names, or why there is none."""
    way = _way_of(request) if asked().sign_in == "oidc" else None
    if way is None:
        said = say("access.provider_void", language_of(request))
        return provider_door(request, language_of(request), "", said, 403)
    try:
        told = await _told_by_provider(request, way)
        account, who = await run_in_threadpool(_let_in, told)
    except NoProvider:
        return _no_provider(request, way.language, way.query)
    except GeodataError as trouble:
        said = say_error(trouble, way.language)
        return provider_door(request, way.language, way.query, said, 503)
    if account is None:
        return _not_let_in(request, way, told, who)
    answer = own_step(f"{home()}{f'?{way.query}' if way.query else ''}", way.language)
    give_cookie(answer, account, request)
    answer.delete_cookie(WAY_COOKIE, path=home())
    return answer


async def leave_provider(request: Request) -> Response:
    """Return the way out of the provider's own session, or back to the door where it has none."""
    if asked().sign_in != "oidc":
        return RedirectResponse(home(), SEE_OTHER)
    try:
        client, told = _client(_auth())
        metadata = await client.load_server_metadata()
        if metadata.get("end_session_endpoint"):
            out = await client.create_logout_url(client_id=told["client_id"])
            return RedirectResponse(out["url"], SEE_OTHER)
    except Exception as broken:  # noqa: BLE001 - whatever it is: there is no such way
        _log(broken)
    return RedirectResponse(f"{home()}sign-in?lang={language_of(request)}", SEE_OTHER)


# ------------------------------------------------------------------------- the protocol


async def _begin() -> Mapping[str, Any]:
    """Return where to send somebody, and what the way back will be held against."""
    try:
        client, told = _client(_auth())
        metadata = await client.load_server_metadata()
        if "S256" in (metadata.get("code_challenge_methods_supported") or ()):
            client.client_kwargs["code_challenge_method"] = "S256"
        begun: Mapping[str, Any] = await client.create_authorization_url(told["redirect_uri"])
    except Exception as broken:
        _log(broken)
        raise NoProvider from broken
    return begun


async def _told_by_provider(request: Request, way: Way) -> Mapping[str, Any] | None:
    """Return what the provider says of who came back, None where it lets nobody in.

    Its word is taken only for this very way: state, nonce, key, issuer and audience must fit.
    """
    code = request.query_params.get("code", "")
    if request.query_params.get("error") or not code:
        return None
    client, told = _client(_auth())
    verifier = {"code_verifier": way.verifier} if way.verifier else {}
    try:
        token = await client.fetch_access_token(
            redirect_uri=told["redirect_uri"], code=code, state=way.state, **verifier
        )
        found: Mapping[str, Any] | None = await client.parse_id_token(token, nonce=way.nonce)
    except Exception as broken:  # noqa: BLE001 - whatever a provider answers: nobody comes in by it
        _log(broken)
        return None
    return found


def _client(auth: tuple[tuple[str, str], ...]) -> tuple[Any, Mapping[str, str]]:
    """Return what speaks to the provider, and what it was made from; raise NoProvider."""
    told = dict(auth)
    if not all(told.get(one) for one in NEEDED):
        raise NoProvider
    return _registered(auth), told


@lru_cache(maxsize=4)
def _registered(auth: tuple[tuple[str, str], ...]) -> Any:
    from authlib.integrations.starlette_client import OAuth

    told = dict(auth)
    return OAuth().register(
        "provider",
        client_id=told["client_id"],
        client_secret=told["client_secret"],
        server_metadata_url=told["server_metadata_url"],
        client_kwargs={"scope": "openid email profile", "prompt": "select_account"},
    )


def _auth() -> tuple[tuple[str, str], ...]:
    """Return what `[auth]` of the secrets says, as far as it is asked for here."""
    try:
        section = st.secrets.get("auth", {})
    except FileNotFoundError:
        return ()
    return tuple((one, str(section.get(one, ""))) for one in NEEDED)


def _way_of(request: Request) -> Way | None:
    """Return the way that somebody comes back on, None unless this browser went out on it."""
    try:
        *kept, until = signer(WAY_SALT).loads(request.cookies.get(WAY_COOKIE, ""))
        state, nonce, verifier, query, language = map(str, kept)
        is_late = time.time() > float(until)
    except (BadSignature, TypeError, ValueError):
        return None
    given = request.query_params.get("state", "")
    if is_late or not hmac.compare_digest(given.encode(), state.encode()):
        return None
    spoken: Language = "en" if language == "en" else "zh"
    return Way(state, nonce, verifier, local_query(f"/?{query}") if query else "", spoken)


# ------------------------------------------------------------------------ who comes in


def _let_in(told: Mapping[str, Any] | None) -> tuple[Account | None, Visitor]:
    """Return the account that a provider's word leads to, put on record; None and who, for none.

    Raises what the record and the file of accounts raise: nobody comes in who is not on record.
    """
    names = _names_in(told or {})
    account, who = known_account(names, "oidc")
    if account is not None:
        acts.note("signed_in", f"account:{account.account}", {}, who)
    else:
        name = next(iter(names), "—")[:MOST_LETTERS]
        acts.note("sign_in_failed", f"account:{name}", {}, Visitor(name, name, way="oidc"))
    return account, who


def _names_in(told: Mapping[str, Any]) -> list[str]:
    """Return the names by which a provider knows somebody; a doubtful address is none.

    >>> _names_in({"preferred_username": "Wang", "email": "w@x", "email_verified": False})
    ['Wang']
    """
    is_sure = told.get("email_verified", True) is not False
    names = (told.get("preferred_username"), told.get("email") if is_sure else None)
    return [str(one) for one in names if one]


def _not_let_in(
    request: Request, way: Way, told: Mapping[str, Any] | None, who: Visitor
) -> Response:
    """Return why somebody does not come in: the provider says no, or we do not know them."""
    language = way.language
    if told is None:
        said = say("access.provider_refused", language)
        return provider_door(request, language, way.query, said, 403)
    out = f"{home()}sign-in/provider-out?lang={language}"
    body = (
        paragraphs(say(f"access.refused.{who.refusal}", language))
        + f'<p><a href="{escape(out)}">{escape(say("access.sign_out.there", language))}</a></p>'
    )
    return plain_page(say("access.refused.title", language), body, language, status=403)


def _no_provider(request: Request, language: Language, query: str) -> Response:
    return provider_door(request, language, query, say("access.no_provider", language), 503)


def _log(broken: Exception) -> None:
    """Tell the log what broke: its kind alone, for an answer may hold tokens."""
    LOGGER.warning("signing in by the provider: %s", type(broken).__name__)
