"""Signing in and out: a form or a provider, a check, a cookie, and back to the page asked for.

    /sign-in    GET the form, POST account and password -> a session's cookie, 303 to the page;
                where a provider says who people are, GET the way there (`routes.provider`)
    /sign-out   GET a question, POST the answer -> the session ends for good, 303 to the form

A form is only taken from our own page in the same browser: it brings a token that its cookie must
match, and its Origin must be this host. Where it leads is a query of this app and nothing else.
"""

import hmac
import secrets
import time
from html import escape
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import streamlit as st
from itsdangerous import BadSignature
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.doors import acts
from dashboard.doors.access import Visitor
from dashboard.doors.visitors import (
    BY_COOKIE,
    SESSION_COOKIE,
    accounts,
    asked,
    begin_session,
    end_session,
    who_is,
)
from dashboard.routes.plain_pages import (
    language_of_page,
    local_query,
    paragraphs,
    plain_page,
    refusal_page,
)
from dashboard.routes.tile_pass import signer
from dashboard.text import say, say_error
from geodata import GeodataError, Language
from geodata.accounts import Account, SignIn, place_of

FORM_COOKIE, FORM_SALT, FORM_LIFE_S = "pim_form", "forms", 3600
MOST_BYTES = 8_000
SEE_OTHER = 303


class NotOurForm(Exception):
    """A form that did not come from our own page in the same browser, or too late."""


def sign_in_routes() -> list[BaseRoute]:
    """Return the routes."""
    return [
        Route("/sign-in", show_sign_in, methods=["GET"]),
        Route("/sign-in", take_sign_in, methods=["POST"]),
        Route("/sign-out", show_sign_out, methods=["GET"]),
        Route("/sign-out", take_sign_out, methods=["POST"]),
    ]


async def show_sign_in(request: Request) -> Response:
    """Return the form; whoever followed a link from elsewhere is asked for their cookie first."""
    query, language = query_of(request), language_of(request)
    if asked().sign_in not in BY_COOKIE:
        return to_app(query)
    if request.headers.get("sec-fetch-site") == "cross-site":
        return own_step(f"{home()}sign-in?{request.url.query}", language)
    if (await run_in_threadpool(who_is, request.headers, request.cookies, time.time())).is_known:
        return to_app(query)
    if asked().sign_in == "oidc":
        return provider_door(request, language, query)
    return _form(request, language, query)


def own_step(to: str, language: Language) -> Response:
    """Return a page that goes on by itself to another of ours.

    A strict cookie does not come along from another site; it does with a step of our own.
    """
    title = say("access.sign_in.title", language)
    step = f'<meta http-equiv="refresh" content="0; url={escape(to)}">'
    on = f'<p><a href="{escape(to)}">{escape(say("access.go_on", language))}</a></p>'
    return plain_page(title, step + on, language)


def provider_door(
    request: Request, language: Language, query: str = "", trouble: str = "", status: int = 200
) -> Response:
    """Return the page that leads to the provider; a link, for a form may lead to no other host."""
    wrong = f'<p class="trouble" role="alert">{escape(trouble)}</p>' if trouble else ""
    tail = f"?lang={language}" + (f"&to={as_value(query)}" if query else "")
    body = (
        wrong
        + paragraphs(say("access.provider_about", language))
        + f'<p><a class="button" id="provider" href="{escape(f"{home()}sign-in/provider{tail}")}">'
        + f"{escape(say('access.provider', language))}</a></p>"
    )
    if "out" in request.query_params:
        body = _signed_out(language) + body
    there = "en" if language == "zh" else "zh"
    other = f"{home()}sign-in?lang={there}" + (f"&to={as_value(query)}" if query else "")
    title = say("access.sign_in.title", language)
    return plain_page(title, body, language, status=status, other=other)


def _signed_out(language: Language) -> str:
    """Return that somebody is out of here, and the way out of a provider's own session."""
    if asked().sign_in == "accounts":
        return f'<p class="done" role="status">{escape(say("access.sign_out.done", language))}</p>'
    way = f"{home()}sign-in/provider-out?lang={language}"
    return (
        f'<p class="done" role="status">{escape(say("access.sign_out.done_here", language))}</p>'
        f'<p><a href="{escape(way)}">{escape(say("access.sign_out.there", language))}</a></p>'
    )


async def take_sign_in(request: Request) -> Response:
    """Return the way into the app with a session's cookie, or the form with what was wrong."""
    language, query = language_of(request), query_of(request)
    if asked().sign_in != "accounts":
        return to_app(query)
    try:
        form = await read_form(request)
    except NotOurForm:
        return _form(request, language, query, say("access.sign_in.form_old", language))
    account, password = form.get("account", ""), form.get("password", "")
    try:
        address = request.client.host if request.client else ""
        said = await run_in_threadpool(_try, account, password, address)
    except GeodataError as trouble:
        told = say_error(trouble, language)
        return _form(request, language, query, told, status=503, account=account)
    if said.answer == "ok" and said.account is not None:
        answer = to_app(query)
        give_cookie(answer, said.account, request)
        answer.delete_cookie(FORM_COOKIE, path=home())
        return answer
    wait = max(1, -(-said.wait_s // 60))
    wrong = say(f"access.sign_in.{said.answer}", language, minutes=wait)
    return _form(request, language, query, wrong, status=403, account=account)


def give_cookie(answer: Response, account: Account, request: Request) -> None:
    """Begin a session of an account, and send its cookie with an answer."""
    cookie, life = begin_session(account, time.time())
    answer.set_cookie(SESSION_COOKIE, cookie, max_age=life, **cookie_rules(request))


def _try(account: str, password: str, address: str) -> SignIn:
    """Return what became of a try, put on record; nobody comes in who is not on record.

    The address is the one that the server knows: of a gateway's header only where it stands on
    the server's list (`FORWARDED_ALLOW_IPS`, docs/deploying.md).
    """
    name = account.strip().lower()[:64]
    said = accounts().sign_in(name, password, time.time(), address)
    if said.account is not None:
        known = said.account
        acts.note("signed_in", f"account:{name}", {}, Visitor(
            known.account, known.name, known.role, known.office, "accounts"))  # fmt: skip
        return said
    kind: acts.Kind = "sign_in_held" if said.answer == "wait" else "sign_in_failed"
    known_now = accounts().find(name)
    office = known_now.office if known_now else ""
    told = {"address": place_of(address)}
    acts.note(kind, f"account:{name}", told, Visitor(name, name, "", office, "accounts"))
    return said


async def show_sign_out(request: Request) -> Response:
    """Return the question whether to sign out."""
    language = language_of(request)
    body = (
        paragraphs(say("access.sign_out.about", language))
        + f'<form method="post" action="{home()}sign-out?lang={language}">'
        + f"{{token}}<button>{escape(say('access.sign_out.button', language))}</button></form>"
        + f'<p><a href="{home()}?lang={language}">{escape(say("access.sign_out.stay", language))}'
        + "</a></p>"
    )
    return with_form(request, say("access.sign_out.title", language), body, language)


async def take_sign_out(request: Request) -> Response:
    """End the session and return the way to the form."""
    language = language_of(request)
    try:
        await read_form(request)
    except NotOurForm:
        return refusal_page("form_old", language, f"{home()}sign-out")
    cookie = request.cookies.get(SESSION_COOKIE, "")
    try:
        who = await run_in_threadpool(who_is, request.headers, request.cookies, time.time())
        ended = await run_in_threadpool(end_session, cookie, time.time())
        if ended is not None and who.is_known:
            await run_in_threadpool(acts.attempt, "signed_out", f"account:{ended.account}", {}, who)
    except GeodataError as trouble:
        title = say("access.sign_out.title", language)
        return plain_page(title, paragraphs(say_error(trouble, language)), language, status=503)
    answer = RedirectResponse(f"{home()}sign-in?lang={language}&out=1", SEE_OTHER)
    answer.delete_cookie(SESSION_COOKIE, path=home())
    return answer


# ------------------------------------------------------------------------------ forms


def with_form(
    request: Request, title: str, body: str, language: Language, status: int = 200
) -> Response:
    """Return a page with a form; `{token}` in its HTML becomes the field that proves it ours."""
    nonce = _nonce_of(request) or secrets.token_urlsafe(16)
    token = signer(FORM_SALT).dumps([nonce, int(time.time()) + FORM_LIFE_S])
    field = f'<input type="hidden" name="token" value="{escape(str(token))}">'
    query = request.url.query.replace("lang=zh", "").replace("lang=en", "").strip("&")
    there = "en" if language == "zh" else "zh"
    other = f"{home()}{request.url.path.rsplit('/', 1)[-1]}?lang={there}" + (
        f"&{query}" if query else ""
    )
    page = plain_page(title, body.replace("{token}", field), language, status=status, other=other)
    rules = cookie_rules(request)
    page.set_cookie(FORM_COOKIE, nonce, max_age=FORM_LIFE_S, **rules)
    return page


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form of ours; raise NotOurForm for any other."""
    origin = urlsplit(request.headers.get("origin", ""))
    if not origin.netloc or origin.netloc != request.headers.get("host", ""):
        raise NotOurForm
    told = b""
    async for part in request.stream():
        told += part
        if len(told) > MOST_BYTES:
            raise NotOurForm
    form = {name: values[0] for name, values in parse_qs(told.decode("utf-8", "replace")).items()}
    try:
        nonce, until = signer(FORM_SALT).loads(form.pop("token", ""))
        is_late = time.time() > float(until)
    except (BadSignature, TypeError, ValueError):
        raise NotOurForm from None
    if is_late or not hmac.compare_digest(str(nonce), _nonce_of(request) or "-"):
        raise NotOurForm
    return form


def _form(
    request: Request,
    language: Language,
    query: str,
    trouble: str = "",
    *,
    status: int = 200,
    account: str = "",
) -> Response:
    """Return the form; what was typed as the account stays, the password never does."""
    wrong = f'<p class="trouble" role="alert">{escape(trouble)}</p>' if trouble else ""
    if not wrong and "out" in request.query_params:
        wrong = _signed_out(language)
    typed = escape(account.strip()[:64]).replace("{", "&#123;")  # no place of this page's own
    first, then = ("", " autofocus") if typed else (" autofocus", "")
    action = f"{home()}sign-in?lang={language}" + (
        f"&to={escape(as_value(query))}" if query else ""
    )
    words = {one: escape(say(f"access.sign_in.{one}", language))
             for one in ("account", "password", "button", "about")}  # fmt: skip
    body = (
        f'{wrong}<form method="post" action="{action}">{{token}}'
        f'<label for="account">{words["account"]}</label>'
        '<input type="text" id="account" name="account" autocomplete="username"'
        f' value="{typed}" required{first}>'
        f'<label for="password">{words["password"]}</label>'
        '<input type="password" id="password" name="password" autocomplete="current-password"'
        f" required{then}><button>{words['button']}</button></form>"
        f'<p class="note">{words["about"]}</p>'
    )
    return with_form(request, say("access.sign_in.title", language), body, language, status)


def as_value(query: str) -> str:
    """Return a query of this app as the value of a parameter."""
    return quote(f"/?{query}", safe="")


def _nonce_of(request: Request) -> str:
    nonce = request.cookies.get(FORM_COOKIE, "")
    return nonce if 16 <= len(nonce) <= 64 and nonce.isascii() else ""  # noqa: PLR2004


def query_of(request: Request) -> str:
    """Return the query of the page that somebody wants to go on to, blank for any other place."""
    return local_query(request.query_params.get("to", ""))


def language_of(request: Request) -> Language:
    """Return the language that a request asks for, or that of the page it wants to go on to."""
    told = request.query_params.get("lang", "")
    if not told and "lang=en" in request.query_params.get("to", ""):
        told = "en"
    return language_of_page(told)


def to_app(query: str) -> RedirectResponse:
    """Return the way into the app."""
    return RedirectResponse(f"{home()}{f'?{query}' if query else ''}", SEE_OTHER)


def home() -> str:
    """Return where the app begins on this server: `/`, or the base path with a slash behind it."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}/" if base else "/"


def cookie_rules(request: Request) -> dict[str, Any]:
    """Return what every cookie of ours is kept by: not for scripts, not for other sites."""
    is_secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
    return {"httponly": True, "samesite": "strict", "path": home(), "secure": is_secure}
