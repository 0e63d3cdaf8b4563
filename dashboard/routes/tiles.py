"""Serves the large layers as vector tiles, and says which feature a number in them names.

    /tiles/{layer}/{revision}/{z}/{x}/{y}.mvt?pass=...   what lies there, as the address asks
    /tiles/{layer}/{revision}/{number}.json?pass=...     reference and title of one feature

The question (offices, kinds, groups of stages, dates, words, day) is that of the page's own
address. An answer is named by everything it depends on, so it may be kept until the next write; a
refusal says why in one word, shows nothing and is kept by nobody.
"""

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock
from urllib.parse import urlencode

import streamlit as st
from cachetools import LRUCache
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard import holdings, reads
from dashboard.doors.visitors import check_bearer
from dashboard.naming import Naming
from dashboard.reads import DataState
from dashboard.routes.tile_pass import PassRefused, TilePass, eyes_of_pass, read_pass, write_pass
from dashboard.view import Known, View, parse_view, write_view
from geodata import GeodataError, Language, Scope
from geodata.errors import NoSuchTile
from geodata.rule_set import rule_set_ids
from geodata.tiles import Look, Signs, TileAddress, tile_of
from layers.catalog import find_layer
from layers.drawing.symbols import GROUPS, NO_CASE
from layers.drawing.webmap import Tiled
from layers.situation import Situation

ASKED = frozenset("lang offices layers kinds groups fields from to q within day known".split())
"""The parts of an address that a tile depends on; any other is a mistake."""

DRAWN_AHEAD = (7, 14)
"""Zooms at which a tile has each of its faces: cells, and features with their shapes."""

AHEAD = ThreadPoolExecutor(1, thread_name_prefix="tiles-ahead")
"""Where a question is prepared while the browser still takes in the page that will ask it."""

KEPT_BYTES = 64_000_000
KEPT_S = 600
MVT = "application/vnd.mapbox-vector-tile"
GONE, FORBIDDEN, MISSING, BAD = 410, 403, 404, 400

_SERVED = {"at": float("-inf")}


@dataclass(frozen=True)
class Question:
    """What a tile is asked: a layer at a revision, looked at with a scope from a day."""

    layer: str
    revision: str
    scope: Scope
    day: date | None
    known_on: date | None
    language: Language
    leave: TilePass


class Refused(Exception):
    """A question that gets no answer: a status and the reason in one word."""

    def __init__(self, status: int, reason: str) -> None:
        """Keep both."""
        self.status, self.reason = status, reason
        super().__init__(reason)


def tiled(
    seen: Situation, view: View, state: DataState, names: Naming, leave: TilePass
) -> tuple[Tiled, ...]:
    """Return the large layers of which a situation shows something, as a browser fetches them."""
    drawn, now = {*seen.crowds, *seen.features["layer"].unique()}, time.time()
    groups = (names.legend.no_case, *(names.group(one) for one in GROUPS if one != NO_CASE))
    large = [one for one in holdings.crowds(state.revision) if one in drawn]
    for one in large:
        AHEAD.submit(_prepare, _question_of(one, view, state, leave))
    return tuple(
        Tiled(
            one,
            tile_address(one, view, state.revision, leave, now),
            name_address(one, view.language, state.revision, leave, now),
            view.known_on,
            groups,
            names.legend.overdue,
            leave.offices,
        )
        for one in large
    )


def tile_address(layer: str, view: View, revision: str, leave: TilePass, now: float) -> str:
    """Return the address of a layer's tiles; {z}, {x}, {y}, {day} and {known} are left open.

    Only what a tile depends on is in it: another colouring or selection asks for nothing anew.
    """
    parts = write_view(View(scope=replace(view.scope, layers=frozenset())))
    told = {name: value for name, value in parts.items() if name in ASKED - {"day", "known"}}
    days = "&day={day}" + ("&known={known}" if view.known_on else "")
    query = urlencode({**told, "pass": write_pass(leave, now)})
    return f"tiles/{layer}/{revision}/{{z}}/{{x}}/{{y}}.mvt?{query}{days}"


def name_address(layer: str, language: Language, revision: str, leave: TilePass, now: float) -> str:
    """Return the address that names a feature of a layer's tiles, with {number} left open."""
    query = urlencode({"lang": language, "pass": write_pass(leave, now)})
    return f"tiles/{layer}/{revision}/{{number}}.json?{query}"


def tile_routes() -> list[BaseRoute]:
    """Return the routes, the general one last: whatever else is asked under /tiles is refused."""
    return [
        Route("/tiles/{layer}/{revision}/{z:int}/{x:int}/{y:int}.mvt", _guarded(give_tile)),
        Route("/tiles/{layer}/{revision}/{number:int}.json", _guarded(give_name)),
        Route("/tiles/{path:path}", _guarded(_nothing)),
    ]


def served_at() -> float:
    """Return when this process served a tile last, on the clock of `time.monotonic`."""
    return _SERVED["at"]


def give_tile(request: Request) -> Response:
    """Return one tile, or that the browser's own is still the one."""
    try:
        return _give_tile(request)
    finally:
        _SERVED["at"] = time.monotonic()


def _give_tile(request: Request) -> Response:
    path = request.path_params
    address = TileAddress(path["z"], path["x"], path["y"])
    question = read_question(request)
    name = hashlib.sha256(repr((question, address)).encode()).hexdigest()[:32]
    headers = {"ETag": f'"{name}"', "Cache-Control": f"private, max-age={KEPT_S}"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(
        KEPT.get(name, lambda: _draw(question, address)), headers=headers, media_type=MVT
    )


def give_name(request: Request) -> Response:
    """Return reference and title of the feature that has a number in a layer's tiles."""
    question = read_question(request)
    store, _ = holdings.seen_stores(question.revision)
    named = store.named(question.layer, request.path_params["number"])
    if named is None or not _may_see(question, named[0]):
        raise Refused(MISSING, "no_such_feature")
    title = find_layer(question.layer).title.says(question.language)
    told = {"ref": f"{question.layer}:{named[0]}", "title": f"{named[1] or named[0]} · {title}"}
    return JSONResponse(told, headers={"Cache-Control": f"private, max-age={KEPT_S}"})


def read_question(request: Request) -> Question:
    """Return what a request asks; raise Refused if it may not, or if there is no such thing."""
    params = dict(request.query_params)
    leave = read_pass(params.pop("pass", ""), time.time())
    layer, revision = request.path_params["layer"], request.path_params["revision"]
    check_bearer(request.headers, request.cookies, leave.bearer)
    own = holdings.revision_for(eyes_of_pass(leave))
    if revision not in {own, holdings.whole_revision()}:
        raise Refused(GONE, "revision_gone")
    if layer not in holdings.crowds(own):
        raise Refused(MISSING, "no_tiles_for_layer")
    view, ignored = parse_view(params, known_ids())
    if ignored or not params.keys() <= ASKED:
        raise Refused(BAD, "unknown_question")
    offices = leave.narrow(view.scope.jurisdictions)
    if offices is None:
        raise Refused(FORBIDDEN, "office_not_allowed")
    return Question(
        layer,
        own,
        replace(view.scope, jurisdictions=offices),
        view.day,
        view.known_on,
        view.language,
        leave,
    )


def known_ids() -> Known:
    """Return every id that the address of a tile may name."""
    layers = holdings.layers()
    return Known(
        jurisdictions=holdings.city().jurisdiction_ids,
        layers=[layer.id for layer in layers],
        hazard_kinds=sorted({code for layer in layers for code in layer.hazard_kinds}),
        fields=list(reads.rules().codes["fields"]),
        indicators=(),
        rule_sets=rule_set_ids(),
    )


def _draw(question: Question, address: TileAddress) -> bytes:
    if question.day is None:  # that of the data moves with the calendar
        question = replace(question, day=reads.data_state(revision=question.revision).as_of)
    look, signs = _look(question)
    store, _ = holdings.seen_stores(question.revision)
    return store.tile(question.layer, address, look, signs)


@st.cache_resource(max_entries=32, show_spinner=False)
def _look(question: Question) -> tuple[Look, Signs]:
    """Return what all tiles of one question are asked: told by a filter, not by a tile."""
    state = reads.data_state(question.day, question.known_on, question.revision)
    seen = reads.situation(question.scope, state.as_of, state.revision, state.known_at)
    return holdings.tile_question(seen, question.scope, question.layer, state.revision)


def _question_of(layer: str, view: View, state: DataState, leave: TilePass) -> Question:
    """Return the question that the address of a view's tiles will ask."""
    offices = leave.narrow(view.scope.jurisdictions)
    scope = replace(view.scope, layers=frozenset(), jurisdictions=offices or frozenset())
    return Question(layer, state.revision, scope, state.as_of, view.known_on, "zh", leave)


def _prepare(question: Question) -> None:
    """Find out what a question shows, by its tile farthest off; whoever asks next waits less."""
    with suppress(GeodataError):  # whoever asks will be told
        _draw(question, tile_of(DRAWN_AHEAD[0], *holdings.city().centre))


def draw_ahead(state: DataState) -> None:
    """Draw a tile far off and one near at hand of each large layer, and forget them.

    What is compiled or mapped into memory at the first tile is so before a visitor waits for it.
    """
    seen = reads.situation(Scope(), state.as_of, state.revision, state.known_at)
    store, _ = holdings.stores()
    for layer in holdings.crowds(state.revision):
        question = holdings.tile_question(seen, Scope(), layer, state.revision)
        for zoom in DRAWN_AHEAD:
            store.tile(layer, tile_of(zoom, *holdings.city().centre), *question)


def _may_see(question: Question, feature: str) -> bool:
    store, _ = holdings.seen_stores(question.revision)
    return bool(len(store.rows(question.layer, [feature])))


def _nothing(request: Request) -> Response:
    read_pass(request.query_params.get("pass", ""), time.time())
    raise Refused(MISSING, "no_such_tile")


def _guarded(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Return an endpoint that turns what is refused into a status and one word."""

    def endpoint(request: Request) -> Response:
        try:
            return answer(request)
        except PassRefused as refused:
            return _refuse(FORBIDDEN, refused.reason)
        except Refused as refused:
            return _refuse(refused.status, refused.reason)
        except NoSuchTile:
            return _refuse(MISSING, "no_such_tile")
        except GeodataError as broken:
            return _refuse(503, type(broken).__name__)

    return endpoint


def _refuse(status: int, reason: str) -> Response:
    return JSONResponse({"reason": reason}, status, headers={"Cache-Control": "no-store"})


def _weight(tile: bytes) -> int:
    return len(tile) + 200  # its name and place take some, too


class _Kept:
    """Tiles that were drawn, by their names, the oldest forgotten; safe for several threads."""

    def __init__(self) -> None:
        self._tiles: LRUCache[str, bytes] = LRUCache(
            KEPT_BYTES, getsizeof=lambda one: len(one) + 200
        )
        self._lock = Lock()

    def get(self, name: str, draw: Callable[[], bytes]) -> bytes:
        with self._lock:
            kept = self._tiles.get(name)
        if kept is None:
            kept = draw()
            with self._lock:
                self._tiles[name] = kept
        return kept


KEPT = _Kept()
