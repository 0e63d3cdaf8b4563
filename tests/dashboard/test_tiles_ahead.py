"""Tiles of a large layer: drawn ahead with both faces, and told what they show once a question."""

import time
from urllib.parse import urlsplit

import pytest
import streamlit as st
from mapbox_vector_tile import decode as read_tile
from starlette.requests import Request

from benchmarks.big_data import make_folder
from dashboard import holdings, reads
from dashboard.naming import Naming
from dashboard.routes import tiles as tile_routes
from dashboard.routes.tile_pass import EVERYTHING
from dashboard.view import View
from geodata import Scope
from geodata.tiles import TILED_FROM, tile_of
from layers.hazards.occupied_farmland import LAYER

AMID = (103.83, 36.2)
OFFICE = Scope(jurisdictions=frozenset({"LZ-GL"}))


@pytest.fixture(scope="module", autouse=True)
def _parcels(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patched:
        folder = tmp_path_factory.mktemp("large") / "data"
        make_folder(folder, TILED_FROM + 1_000)
        patched.setenv("PIM_DATA_FOLDER", str(folder))
        st.cache_resource.clear()
        yield
        st.cache_resource.clear()


def ask(state, zoom, scope=Scope()):
    """Return the tile amid the city, asked for as the page's own address asks."""
    tile = tile_of(zoom, *AMID)
    view = View(scope=scope)
    told = tile_routes.tile_address(LAYER.id, view, state.revision, EVERYTHING, time.time())
    query = urlsplit(told).query.replace("{day}", state.as_of.isoformat())
    path = {"layer": LAYER.id, "revision": state.revision, "z": tile.z, "x": tile.x, "y": tile.y}
    asked = {"type": "http", "query_string": query.encode(), "headers": [], "path_params": path}
    return tile_routes.give_tile(Request(asked)).body


def test_the_tiles_drawn_ahead_have_both_faces(monkeypatch):
    store, _ = holdings.stores()
    drawn, draw = [], store.tile
    monkeypatch.setattr(store, "tile", lambda *asked: drawn.append(draw(*asked)))
    tile_routes.draw_ahead(reads.data_state())
    assert [set(read_tile(one)) - {"late"} for one in drawn] == [{"cells"}, {"features"}]


def test_over_large_layers_no_rule_is_run_before_anybody_asks_for_it():
    assert holdings.crowds(holdings.data_revision()) == (LAYER.id,)
    assert holdings.findings().runs() == ()


def test_many_tiles_of_one_question_ask_once_what_is_shown(monkeypatch):
    state, asked, look = reads.data_state(), [], holdings.tile_question
    monkeypatch.setattr(holdings, "tile_question", lambda *told: asked.append(told) or look(*told))
    assert len({ask(state, zoom, OFFICE) for zoom in (7, 9, 11, 12)}) == 4
    assert [scope for _, scope, _, _ in asked] == [OFFICE]


def test_the_tiles_of_two_questions_are_not_taken_for_one_another():
    state = reads.data_state()
    everywhere, there = (told(ask(state, 7, scope)) for scope in (Scope(), OFFICE))
    assert 0 < there < everywhere


def test_a_page_that_is_made_asks_the_question_of_its_tiles_before_the_browser_does(monkeypatch):
    state, asked, look = reads.data_state(), [], holdings.tile_question
    monkeypatch.setattr(holdings, "tile_question", lambda *told: asked.append(told) or look(*told))
    view = View(scope=Scope(jurisdictions=frozenset({"LZ-YZ"})))
    seen = reads.situation(view.scope, state.as_of, state.revision)
    names = Naming(holdings.city(), reads.rules(), holdings.layers(), "zh")
    tile_routes.tiled(seen, view, state, names, EVERYTHING)
    tile_routes.AHEAD.submit(int).result()  # one after the other: what was begun before is done
    assert [scope for _, scope, _, _ in asked] == [view.scope]
    ask(state, 9, view.scope)
    assert len(asked) == 1


def told(tile):
    """Return how many parcels a tile tells of, one by one or by cell."""
    layers = {name: layer["features"] for name, layer in read_tile(tile).items()}
    counts = [one["properties"]["n"] for one in layers.get("cells", ())]
    return sum(counts) + len(layers.get("features", ()))
