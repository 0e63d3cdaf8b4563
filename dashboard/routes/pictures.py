"""Hands pictures of evidence to the browser: small for lists, larger for looking, copies in work.

    /evidence/{sha256}/thumb.jpg?pass=...   as it stands in a list
    /evidence/{sha256}/large.jpg?pass=...   as it is looked at
    /evidence/made/{name}.jpg?pass=...      a copy that is being made and not kept yet

A run of the script sends an address; the bytes come by themselves, once. They are made of the
original, upright and without EXIF: what leaves the store for a screen tells no position.
"""

import hashlib
import time
from collections.abc import Callable
from io import BytesIO
from threading import Lock
from urllib.parse import urlencode

from cachetools import LRUCache
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard import holdings
from dashboard.doors import acts
from dashboard.doors.visitors import bearer, check_bearer
from dashboard.routes.picture_pass import check_picture_pass, write_picture_pass
from dashboard.routes.tile_pass import PassRefused
from geodata import GeodataError
from geodata.derived_pictures import shrunk

SIZES = {"thumb": 200, "large": 1400}
"""The longest side in pixels, by what a picture is for."""

LARGE = "large"
"""The size at which a picture is looked at: that is put on record, small ones in a list are not."""

MADE = "made"
KEPT_BYTES = 64_000_000
KEPT_S = 600


class _Pictures:
    """Pictures by their names, the oldest forgotten; safe for several threads."""

    def __init__(self) -> None:
        self._pictures: LRUCache[str, bytes] = LRUCache(KEPT_BYTES, getsizeof=len)
        self._lock = Lock()

    def get(self, name: str, draw: Callable[[], bytes] | None = None) -> bytes | None:
        """Return a picture, drawn if it is not at hand."""
        with self._lock:
            found = self._pictures.get(name)
        if found is None and draw is not None:
            found = draw()
            self.put(name, found)
        return found

    def put(self, name: str, picture: bytes) -> None:
        with self._lock:
            if len(picture) <= KEPT_BYTES:
                self._pictures[name] = picture


PICTURES = _Pictures()


def picture_address(sha256: str, size: str) -> str:
    """Return the address of the picture of an original, seen from the app's root."""
    return _address(f"{sha256}/{size}")


def hand_over_copy(picture: bytes) -> str:
    """Keep a copy that is being made for the browser; return its address."""
    name = f"{MADE}/{hashlib.sha256(picture).hexdigest()[:40]}"
    PICTURES.put(name, shrunk(BytesIO(picture), SIZES["large"]))
    return _address(name)


def picture_routes() -> list[BaseRoute]:
    """Return the routes."""
    return [Route("/evidence/{kept}/{name}.jpg", give_picture)]


def give_picture(request: Request) -> Response:
    """Return one picture to whoever has the leave for it."""
    kept, named = request.path_params["kept"], request.path_params["name"]
    name = f"{kept}/{named}"
    try:
        named_for = check_picture_pass(request.query_params.get("pass", ""), name, time.time())
        who = check_bearer(request.headers, request.cookies, named_for)
        draw = None if kept == MADE else lambda: _draw(kept, SIZES[named])
        picture = PICTURES.get(name, draw)
    except PassRefused as refused:
        return _refuse(403, refused.reason)
    except (KeyError, GeodataError):
        return _refuse(404, "no_such_picture")
    if picture is None:
        return _refuse(404, "shown_no_more")
    if named == LARGE:
        is_noted = acts.attempt("evidence_seen", f"evidence:{kept[:16]}", {}, who)
        if not is_noted and who.way != "none":
            return _refuse(503, "not_on_record")
    headers = {"Cache-Control": f"private, max-age={KEPT_S}"}
    return Response(picture, media_type="image/jpeg", headers=headers)


def _address(name: str) -> str:
    leave = write_picture_pass(name, time.time(), bearer())
    return f"evidence/{name}.jpg?{urlencode({'pass': leave})}"


def _draw(sha256: str, most_px: int) -> bytes:
    with holdings.evidence().open(sha256) as original:
        return shrunk(original, most_px)


def _refuse(status: int, reason: str) -> Response:
    return JSONResponse({"reason": reason}, status, headers={"Cache-Control": "no-store"})
