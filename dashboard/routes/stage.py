"""Opens a story on stage: the same page that is the offline file, for whoever has the leave.

    /stage/{name}.html?pass=...     one story, with everything in it

The script offers a story and gets its address; the page is made when it is first opened, and kept
for a while. It brings its own, stricter policy: nothing may be loaded, not even from here.
"""

import hashlib
import time
from collections.abc import Callable
from html import escape
from threading import Lock
from typing import get_args
from urllib.parse import urlencode

from cachetools import LRUCache
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from dashboard.decks.stage_page import policy
from dashboard.doors.visitors import bearer, check_bearer, for_visitor, visitor
from dashboard.routes.stage_pass import check_stage_pass, write_stage_pass
from dashboard.routes.tile_pass import PassRefused
from dashboard.text import say
from geodata import Language

KEPT_BYTES = 96_000_000
MOST_OFFERED = 64
HTML = "text/html; charset=utf-8"
BARE = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
STYLE = "body{font:22px/1.6 sans-serif;max-width:46rem;margin:12vh auto;padding:0 2rem}"

Make = Callable[[], bytes]


class _Stories:
    """Stories that are offered, and pages that were made of them; safe for several threads."""

    def __init__(self) -> None:
        self._offered: LRUCache[str, Make] = LRUCache(MOST_OFFERED)
        self._pages: LRUCache[str, bytes] = LRUCache(KEPT_BYTES, getsizeof=len)
        self._lock, self._making = Lock(), Lock()

    def offer(self, name: str, make: Make) -> None:
        with self._lock:
            self._offered.setdefault(name, make)

    def page(self, name: str) -> bytes | None:
        """Return a page, made now if it is not at hand; None for a story that is not offered."""
        with self._making:  # two who open at once wait for one page
            with self._lock:
                found, make = self._pages.get(name), self._offered.get(name)
            if found is None and make is not None:
                found = make()
                with self._lock:
                    if len(found) <= KEPT_BYTES:
                        self._pages[name] = found
            return found


STORIES = _Stories()


def offer_stage(made_from: object, make: Make) -> str:
    """Offer a story that `make` makes into a page; return its address, seen from the app's root.

    Whatever is made from equal things has the same name; `made_from` must tell all of them. The
    page is made later, for the eyes of whoever offers it now.
    """
    who = visitor()
    told = repr((made_from, who.account, who.role)) if who.way != "none" else repr(made_from)
    name = hashlib.sha256(told.encode()).hexdigest()[:40]
    STORIES.offer(name, lambda: for_visitor(who, make))
    leave = write_stage_pass(name, time.time(), bearer())
    return f"stage/{name}.html?{urlencode({'pass': leave})}"


def stage_routes() -> list[BaseRoute]:
    """Return the routes."""
    return [Route("/stage/{name}.html", open_stage)]


def open_stage(request: Request) -> Response:
    """Return the page of a story to whoever has the leave for it, else a sentence that says why."""
    name = request.path_params["name"]
    try:
        named = check_stage_pass(request.query_params.get("pass", ""), name, time.time())
        check_bearer(request.headers, request.cookies, named)
    except PassRefused as refused:
        return _refuse(403, "expired" if refused.reason == "pass_expired" else "refused")
    page = STORIES.page(name)
    if page is None:
        return _refuse(404, "gone")
    return _answer(page, 200, f"{policy()}; frame-ancestors 'none'")


def _refuse(status: int, reason: str) -> Response:
    """Return a page with one sentence in every language: no session says which is spoken here."""
    languages: tuple[Language, ...] = get_args(Language)
    told = "".join(f"<p>{escape(say(f'stage.door.{reason}', one))}</p>" for one in languages)
    title = escape(" · ".join(say("stage.door.title", one) for one in languages))
    page = (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><h1>{title}</h1>{told}</body></html>\n"
    )
    return _answer(page.encode(), status, BARE)


def _answer(page: bytes, status: int, allowed: str) -> Response:
    headers = {"Cache-Control": "private, no-store", "Content-Security-Policy": allowed}
    return Response(page, status, media_type=HTML, headers=headers)
