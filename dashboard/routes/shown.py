"""Hands to the browser what a map shows: made by the script, fetched by the map's frame.

    /shown/{name}.json?pass=...     features, names and legend of one situation
    /base/{city}/{name}.json        outlines and rivers, which anybody may see

So a run of the script sends an address and no geometry, and what the browser has it need not fetch
again: equal contents have equal names. What nobody fetched for long is forgotten; the browser then
asks the page to say it again.
"""

import hashlib
import time
from threading import Lock

from cachetools import LRUCache
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard import holdings
from dashboard.doors.visitors import check_bearer
from dashboard.routes.tile_pass import PassRefused, TilePass, read_pass, write_pass
from layers.drawing.webmap import base_lines, base_name

KEPT_BYTES = 128_000_000
FOREVER = "max-age=31536000, immutable"
JSON = "application/json"


class _Texts:
    """Texts by their names, the oldest forgotten; safe for several threads."""

    def __init__(self) -> None:
        self._texts: LRUCache[str, bytes] = LRUCache(KEPT_BYTES, getsizeof=len)
        self._lock = Lock()

    def put(self, text: bytes, leave: TilePass) -> str:
        """Keep a text for whoever has the same leave; return its name."""
        name = _name_of(text, leave)
        with self._lock:
            if len(text) <= KEPT_BYTES:
                self._texts[name] = text
        return name

    def get(self, name: str) -> bytes | None:
        with self._lock:
            return self._texts.get(name)


TEXTS = _Texts()


def hand_over(text: str, leave: TilePass) -> str:
    """Keep a text for the browser; return its address, seen from the app's root."""
    name = TEXTS.put(text.encode(), leave)
    return f"shown/{name}.json?pass={write_pass(leave, time.time())}"


def shown_routes() -> list[BaseRoute]:
    """Return the routes."""
    return [
        Route("/shown/{name}.json", give_shown),
        Route("/base/{city}/{name}.json", give_base),
    ]


def give_shown(request: Request) -> Response:
    """Return what a map shows to whoever has the leave that it was made for."""
    try:
        leave = read_pass(request.query_params.get("pass", ""), time.time())
        check_bearer(request.headers, request.cookies, leave.bearer)
    except PassRefused as refused:
        return _refuse(403, refused.reason)
    name = request.path_params["name"]
    text = TEXTS.get(name)
    if text is None or name != _name_of(text, leave):
        return _refuse(404, "shown_no_more")
    return Response(text, media_type=JSON, headers={"Cache-Control": f"private, {FOREVER}"})


def give_base(request: Request) -> Response:
    """Return the lines that lie below every map of the city that is shown."""
    city, asked = holdings.city(), request.path_params
    if (asked["city"], asked["name"]) != (city.id, base_name(city)):
        return _refuse(404, "no_such_base")
    return Response(base_lines(city), media_type=JSON, headers={"Cache-Control": FOREVER})


def _name_of(text: bytes, leave: TilePass) -> str:
    told = ",".join([leave.bearer, *sorted(leave.offices)]).encode()
    return hashlib.sha256(told + b"\0" + text).hexdigest()[:40]


def _refuse(status: int, reason: str) -> Response:
    return JSONResponse({"reason": reason}, status, headers={"Cache-Control": "no-store"})
