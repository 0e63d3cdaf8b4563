"""The gate before every path: who is not known gets no page, no socket and no file.

On one's own machine it opens for that machine alone. It also puts on record every file that is
taken away, whichever screen offered it: all of them leave through one path of Streamlit's. A file
that was offered to others, and a session of others, are answered as such that do not exist.
"""

import time
from email.message import Message as Header
from threading import Lock
from urllib.parse import quote

from cachetools import TTLCache
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.doors import acts
from dashboard.doors.access import NOBODY, Visitor, may
from dashboard.doors.offered import is_offered
from dashboard.doors.visitors import (
    BY_COOKIE,
    NOT_LOCAL,
    account_of_session,
    asked,
    is_local,
    listens_locally,
    who_is,
)
from dashboard.routes.plain_pages import language_of_page, plain_page, refusal_page
from dashboard.routes.sign_in import home
from dashboard.text import say_error
from geodata import GeodataError

OPEN = (
    *("/healthz", "/_stcore/health", "/_stcore/host-config", "/sign-in", "/sign-out", "/guest"),
    *("/browser/", "/base/", "/static/", "/favicon", "/component/", "/oauth2callback"),
)
"""What anybody may ask for who reaches this server: no data in any of it."""

OWN_GUARD = ("/tiles/", "/shown/", "/evidence/", "/stage/")
"""What asks for a signed pass itself, and says in one word why it refuses."""

MEDIA, UPLOAD = "/media/", "/_stcore/upload_file/"
NOT_THERE = "0" * 32
"""The name of a file and of a session that never was: asked for in place of what is another's."""
POLICY_VIOLATION = 1008


class Gate:
    """ASGI middleware: lets through whoever may come, and notes what they take along."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, or refuse."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        asker = HTTPConnection(scope)
        path = _path_of(scope)
        refusal, who = await _let_in(asker, path)
        if refusal is not None:
            await _refuse(refusal, scope, receive, send)
        elif scope["type"] == "http" and not _is_theirs(path, who):
            await self.app(_to_nothing(scope, path), receive, send)
        elif scope["type"] == "http" and path.startswith(MEDIA) and scope["method"] == "GET":
            await self.app(scope, receive, _noting(send, who))
        else:
            await self.app(scope, receive, send)


async def _let_in(asker: HTTPConnection, path: str) -> tuple[Response | None, Visitor]:
    """Return why somebody is refused (None if they are not), and who they are."""
    try:
        way = asked().sign_in
        if way == "none":
            return _check_place(asker, path), who_is({}, {}, 0)
        if path.startswith((*OPEN, *OWN_GUARD)):
            return None, NOBODY
        who = await run_in_threadpool(who_is, asker.headers, asker.cookies, time.time())
    except GeodataError as trouble:
        return (None if path.startswith(OPEN) else _broken(asker, trouble)), NOBODY
    return _refusal_of(asker, path, who), who


def _refusal_of(asker: HTTPConnection, path: str, who: Visitor) -> Response | None:
    if not who.is_known:
        return _turned_away(asker, who)
    if path.startswith(MEDIA) and not may(who, "export"):
        return JSONResponse({"reason": "not_allowed"}, 403)
    return None


def _is_theirs(path: str, who: Visitor) -> bool:
    """Return whether a file was offered to somebody, and whether a session is theirs."""
    if who.way == "none":
        return True
    if path.startswith(MEDIA):
        return is_offered(path, who.account)
    if path.startswith(UPLOAD):
        session = path.removeprefix(UPLOAD).partition("/")[0]
        return account_of_session(session) == who.account
    return True


def _to_nothing(scope: Scope, path: str) -> Scope:
    """Return the same question about what is not there, so that the answer is that, too."""
    start = scope["path"].removesuffix(path)
    there = f"{MEDIA}{NOT_THERE}" if path.startswith(MEDIA) else f"{UPLOAD}{NOT_THERE}/{NOT_THERE}"
    return {**scope, "path": f"{start}{there}", "raw_path": f"{start}{there}".encode()}


def _broken(asker: HTTPConnection, trouble: GeodataError) -> Response:
    language = language_of_page(asker.query_params.get("lang", ""))
    return plain_page(say_error(trouble, language), "", language, status=503)


def _turned_away(asker: HTTPConnection, who: Visitor) -> Response:
    """Return what somebody gets who is not known: the way to the form, or why there is none."""
    if "text/html" not in asker.headers.get("accept", ""):
        return JSONResponse({"reason": who.refusal}, 401)
    if who.way not in BY_COOKIE:
        language = language_of_page(asker.query_params.get("lang", ""))
        return refusal_page(who.refusal, language, home())
    query = str(asker.url.query)
    to = f"?to={quote(f'/?{query}', safe='')}" if query else ""
    return RedirectResponse(f"{home()}sign-in{to}", 303)


def _check_place(asker: HTTPConnection, path: str) -> Response | None:
    """Return the refusal of a server without signing in that is open to other machines."""
    client = asker.client.host if asker.client else ""
    if path.startswith(("/healthz", "/_stcore/health")):
        return None
    if listens_locally() and is_local(client, asker.headers):
        return None
    language = language_of_page(asker.query_params.get("lang", ""))
    return refusal_page(NOT_LOCAL, language, home())


def _path_of(scope: Scope) -> str:
    """Return the path of a request below the base path."""
    path: str = scope.get("path", "")
    base = home().rstrip("/")
    return path.removeprefix(base) if base else path


async def _refuse(refusal: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
    else:
        await refusal(scope, receive, send)


def _noting(send: Send, who: Visitor) -> Send:
    """Return what sends a file on only once it is on record that it was taken."""
    is_held = False

    async def send_noted(message: Message) -> None:
        nonlocal is_held
        if message["type"] == "http.response.start" and message["status"] in {200, 206}:
            headers = {name.lower(): value for name, value in message["headers"]}
            name = file_name(headers.get(b"content-disposition", b"").decode("latin-1"))
            told = {"bytes": headers.get(b"content-length", b"").decode("latin-1")}
            is_noted = not name or await run_in_threadpool(_note_once, name, told, who)
            if not is_noted and who.way != "none":
                is_held = True
                body = b'{"reason":"not_on_record"}'
                length = str(len(body)).encode()
                kept = [(b"content-type", b"application/json"), (b"content-length", length)]
                await send({"type": "http.response.start", "status": 503, "headers": kept})
                await send({"type": "http.response.body", "body": body})
                return
        if not is_held:
            await send(message)

    return send_noted


_NOTED: TTLCache[tuple[str, str, str], bool] = TTLCache(10_000, ttl=5.0)
"""What was just put on record: a browser may ask for one file twice, or in parts."""

_LOCK = Lock()


def _note_once(name: str, told: dict[str, str], who: Visitor) -> bool:
    """Put on record that somebody takes a file, once where they ask again at once."""
    key = (who.account, name, told["bytes"])
    with _LOCK:
        if key not in _NOTED and acts.attempt("file_taken", f"file:{name}", told, who):
            _NOTED[key] = True
        return key in _NOTED


def file_name(disposition: str) -> str:
    """Return the name of a file that is to be kept, blank for what is only shown.

    >>> file_name("attachment; filename*=utf-8''%E6%95%B0%E6%8D%AE.xlsx"), file_name("inline")
    ('数据.xlsx', '')
    """
    header = Header()
    header["Content-Disposition"] = disposition
    if header.get_content_disposition() != "attachment":
        return ""
    return header.get_filename() or "?"
