"""A layer too large to be read whole counts, lists, draws and opens as a small one does."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import mapbox_vector_tile
import pandas as pd
import pytest
import shapely
import streamlit as st
from hypothesis import given, settings
from hypothesis import strategies as some
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from dashboard import holdings, reads
from dashboard.actions import cases as case_actions
from dashboard.panels import map_panel
from dashboard.panels.lists import _csv_of
from dashboard.routes import tiles as tile_routes
from dashboard.routes.shown import hand_over
from dashboard.routes.table import routes
from dashboard.routes.tile_pass import EVERYTHING, LIFE_S, TilePass, write_pass
from dashboard.routes.tiles import name_address, tile_address
from dashboard.view import View
from geodata import HazardRef, Scope, open_cases
from geodata.engines.folder import create_feature_store
from geodata.sample import SAMPLE_ON, sample_cases, write_sample
from geodata.tiles import TILED_FROM
from layers.catalog import layer_ids, schema_of
from layers.drawing.legend import count_legend
from layers.drawing.symbols import status_of
from layers.due_list import list_due
from layers.indicators import count_by_office, count_indicators
from layers.situation import collect_features, dress, see
from tests.geodata.test_revisions import a_note
from tests.geodata.test_tiles import middles, parcels, tiles_over

MAIN = str(Path(holdings.__file__).with_name("main.py"))
LAYER = "occupied_farmland"
COUNT = TILED_FROM + 200
ON_CASES = 12
"""So many of the parcels are linked to demonstration cases."""


def large_layer():
    """Return more parcels than are read whole, in the columns of their layer."""
    frame = parcels(COUNT, corners=6)
    days = [date(2025, 1 + n % 12, 1 + n % 28) for n in range(COUNT)]
    frame["found_on"] = [day and other for day, other in zip(frame["found_on"], days, strict=True)]
    for n in range(ON_CASES):  # found beside a place on a case, after everything else
        frame.loc[7 * n + 3, "found_on"] = date(2025, 12, 30)
        frame.loc[7 * n + 3, "hazard_kinds"] = frame.loc[7 * n + 2, "hazard_kinds"] = "coal_yard"
        frame.loc[7 * n + 3, "is_demonstration"] = False
    for column in schema_of(LAYER).column_ids:
        if column not in frame:
            frame[column] = None
    frame.loc[frame.index % 41 == 0, "geometry"] = None
    return frame


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The same data as rows, the way of small layers: what everything here is held against."""
    with pytest.MonkeyPatch.context() as patched:
        folder = tmp_path_factory.mktemp("office") / "data"
        features = create_feature_store(folder / "features")
        write_sample(features, open_cases(f"sqlite:{folder / 'cases.sqlite'}"))
        features.write(LAYER, large_layer(), a_note())
        patched.setenv("PIM_DATA_FOLDER", str(folder))
        st.cache_resource.clear()
        _link_some()
        st.cache_resource.clear()
        yield collect_features({one: features.read(one) for one in layer_ids()})
        st.cache_resource.clear()


def _link_some():
    """Have cases take up parcels, as investigators do."""
    store = holdings.stores()[1]
    closed = sorted(sample_cases(), key=lambda case: "terminated" not in case.events[-1].kind)
    for n, case in enumerate(closed[:ON_CASES]):
        refs = (HazardRef(LAYER, f"P{n * 7 + 1}"), HazardRef(LAYER, f"P{n * 7 + 2}"))
        store.add(replace(case, id=f"LARGE-{n}", hazards=refs))


@dataclass
class Answer:
    status_code: int = 0
    headers: dict = field(default_factory=dict)
    content: bytes = b""

    def json(self):
        return json.loads(self.content)


@dataclass(frozen=True)
class Visitor:
    """Asks the app's own routes, as a browser does, without a port between."""

    app: Starlette

    def get(self, url, headers=()):
        path, _, query = url.partition("?")
        told = [(name.lower().encode(), value.encode()) for name, value in dict(headers).items()]
        asked = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(),
                 "query_string": query.encode(), "headers": told, "scheme": "http",
                 "server": ("127.0.0.1", 80), "root_path": "", "http_version": "1.1"}  # fmt: skip
        answer = Answer()

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            if message["type"] == "http.response.start":
                answer.status_code = message["status"]
                answer.headers = {k.decode(): v.decode() for k, v in message["headers"]}
            else:
                answer.content += message.get("body", b"")

        # In a thread of its own: what drives a browser elsewhere leaves a loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, self.app(asked, receive, send)).result()
        return answer


@pytest.fixture
def visitor(plain):
    return Visitor(Starlette(routes=routes()))


def seen_plainly(plain, scope, day=SAMPLE_ON):
    revision = holdings.data_revision()
    then = reads.standing(day, revision)
    return see(dress(plain, then), then, scope), then


SCOPES = some.builds(
    Scope,
    jurisdictions=some.frozensets(some.sampled_from(["LZ-CG", "LZ-XG", "LZ-QLH"]), max_size=2),
    layers=some.frozensets(some.sampled_from([LAYER, "charging_stations"]), max_size=1),
    hazard_kinds=some.frozensets(some.sampled_from(["coal_yard", "building"]), max_size=1),
    stage_groups=some.frozensets(
        some.sampled_from(["no_case", "lead", "recommendation", "closed"]), max_size=2
    ),
    fields=some.frozensets(some.sampled_from(["work_safety"]), max_size=1),
    text=some.sampled_from(["", "P7", "雨污", "巡查"]),
    from_on=some.none() | some.dates(date(2025, 1, 1), date(2025, 6, 1)),
    within=some.sampled_from([(), ((103.4, 35.9), (103.9, 35.9), (103.9, 36.3), (103.4, 36.3))]),
)


@settings(max_examples=30, deadline=None)
@given(scope=SCOPES, day=some.sampled_from([SAMPLE_ON, date(2025, 6, 30)]))
def test_every_number_of_the_overview_is_that_of_the_rows(plain, scope, day):
    plainly, then = seen_plainly(plain, scope, day)
    revision = holdings.data_revision()
    seen = reads.situation(scope, day, revision)
    wanted = [(one.id, one.number, one.total) for one in count_indicators(plainly, then)]
    found = [(one.id, one.number, one.total) for one in reads.indicators(scope, day, revision)]
    assert found == wanted
    offices = holdings.city().jurisdiction_ids
    assert reads.offices(scope, day, revision).equals(count_by_office(plainly, offices))
    told, ours = count_legend(plainly.features), count_legend(seen.features, seen.crowd)
    assert (dict(ours.groups), ours.overdue, dict(ours.rows)) == (
        dict(told.groups),
        told.overdue,
        dict(told.rows),
    )


def test_only_features_on_a_case_are_held_as_rows(plain):
    revision = holdings.data_revision()
    assert holdings.crowds(revision) == (LAYER,)
    held = holdings.all_features(revision)
    linked = set(reads.case_links(revision)["ref"])
    own = set(held.loc[held["layer"] == LAYER, "ref"])
    assert own == linked & set(plain.loc[plain["layer"] == LAYER, "ref"])
    assert 2 * ON_CASES <= len(own) < 100
    assert len(held) == len(plain) - int((plain["layer"] == LAYER).sum()) + len(own)


@settings(max_examples=10, deadline=None)
@given(scope=SCOPES, zoom=some.sampled_from([7, 9, 12]))
def test_tiles_hold_what_the_scope_looks_at_with_the_status_of_each(plain, scope, zoom):
    plainly, _ = seen_plainly(plain, scope)
    rows = plainly.features
    rows = rows[(rows["layer"] == LAYER) & ~rows.geometry.is_empty & rows.geometry.notna()]
    revision = holdings.data_revision()
    seen = reads.situation(scope, SAMPLE_ON, revision)
    asked = holdings.tile_question(seen, scope, LAYER, revision)
    if scope.text:  # words of a case are not words of its places: those lie above the tiles
        rows = rows[rows["case_ids"] == ""]
    counted: dict[tuple[str, bool], int] = {}
    named = set()
    placed = plain[(plain["layer"] == LAYER) & plain.geometry.notna()]
    for address in tiles_over(zoom, middles(placed)):
        tile = holdings.stores()[0].tile(LAYER, address, *asked)
        told = mapbox_vector_tile.decode(tile) if tile else {}
        for cell in told.get("cells", {"features": []})["features"]:
            for code, number in cell["properties"].items():
                if code != "n":
                    status = status_of(int(code)) if int(code) < 16 else ("no_case", False)
                    counted[status] = counted.get(status, 0) + number
        for one in told.get("features", {"features": []})["features"]:
            named.add((one["id"], one["properties"]["s"]))
    for _, code in named:
        status = status_of(code) if code < 16 else ("no_case", False)
        counted[status] = counted.get(status, 0) + 1
    wanted = rows.groupby(["group", rows["is_overdue"].astype(bool)]).size()
    if scope.text:
        counted = {status: n for status, n in counted.items() if status == ("no_case", False)}
    assert counted == {(group, late): n for (group, late), n in wanted.items()}


def test_the_list_behind_a_figure_holds_all_by_pages(plain):
    state = reads.data_state()
    seen = reads.situation(Scope(), state.as_of, state.revision)
    figures = reads.indicators(Scope(), state.as_of, state.revision)
    figure = next(one for one in figures if one.id == "hazards_verified")
    refs, counted, first = [], set(), 0
    while True:
        page = reads.listed_hazards(figure, seen, Scope(), state, first)
        refs += list(page.rows["ref"])
        counted |= set(page.counted)
        first = page.first + page.shown
        if first >= page.crowd:
            break
    assert len(refs) == len(set(refs)) == figure.total
    assert len(counted & set(refs)) == figure.number
    taken = pd.concat(reads.whole_crowd(seen, Scope(), state))
    assert len(taken) == figure.crowd_of
    assert set(taken["ref"]) < set(refs)
    table = _csv_of(reads.whole_crowd(seen, Scope(), state), reads.naming("zh")).decode("utf-8-sig")
    assert table.count("\n") == figure.crowd_of + 1


def test_a_figure_of_the_day_counts_large_layers_too(plain):
    state = reads.data_state()
    plainly, then = seen_plainly(plain, Scope(), state.as_of)
    tallies = reads.figures((date(2025, 1, 1), state.as_of), state)
    wanted = {one.id: one for one in count_indicators(plainly, then)}
    found = tallies["hazards_found"].value
    assert found.count == wanted["hazards_found"].number
    office = frozenset({"LZ-XG"})
    here, _ = seen_plainly(plain, Scope(jurisdictions=office), state.as_of)
    assert (
        tallies["hazards_found"].within(office).value.count
        == (
            here.features["jurisdiction"].eq("LZ-XG")
            & here.features["ref"].isin(wanted["hazards_found"].counted)
        ).sum()
    )


def test_one_feature_of_a_large_layer_opens_as_any_other(plain):
    state = reads.data_state()
    hazard = reads.hazard(f"{LAYER}:P4000", state)
    assert hazard is not None
    assert hazard.row["name"] == "地块 4000"
    assert hazard.cases == ()
    named = reads.features_named((f"{LAYER}:P4000", f"{LAYER}:P1"), state.as_of, state.revision)
    assert dict(zip(named["ref"], named["case_ids"] != "", strict=True)) == {
        f"{LAYER}:P4000": False,
        f"{LAYER}:P1": True,
    }
    seen = reads.situation(Scope(), state.as_of, state.revision)
    assert reads.place_of((f"{LAYER}:P4000", 1), seen, state) is not None
    more = reads.with_named(seen, (f"{LAYER}:P4000",), state)
    assert len(more.features) == len(seen.features) + 1


def test_what_may_be_linked_to_a_case_is_whatever_is_stored(plain):
    known = case_actions.known_hazards()
    assert f"{LAYER}:P4000" in known
    assert f"{LAYER}:P1" in known
    assert f"{LAYER}:P999999" not in known
    assert "nothing:P1" not in known


def test_days_and_marks_of_the_data_come_from_large_layers_too(plain):
    assert reads.data_state().is_mixed
    assert reads.first_day(holdings.data_revision()) <= date(2025, 1, 1)


def test_features_without_a_place_wait_to_be_put_on_the_map(plain):
    waiting = reads.unplaced(holdings.data_revision())
    own = waiting[waiting["layer"] == LAYER]
    nowhere = plain[(plain["layer"] == LAYER) & plain.geometry.isna()]
    assert set(own["ref"]) == set(nowhere["ref"])


def test_what_comes_back_near_an_old_place_is_found_in_large_layers_too(plain):
    state = reads.data_state()
    then = reads.standing(state.as_of, state.revision)
    cities = holdings.city().jurisdiction_ids
    wanted = list_due(then, reads.rule_set, plain, cities).lists["near_old"]
    found = reads.due_list(Scope(), state.as_of, state.revision).lists["near_old"]
    told = ["case", "old_ref", "new_ref", "distance_m"]
    assert wanted["new_ref"].str.startswith(LAYER).any()
    assert sorted(found[told].itertuples(index=False)) == sorted(
        wanted[told].itertuples(index=False)
    )


# ---------------------------------------------------------------------------------- routes


PLAIN = View()


def address(view=PLAIN, leave=EVERYTHING, *, now=None, z=9, x=403, y=200):
    told = tile_address(LAYER, view, holdings.data_revision(), leave, now or time.time())
    day = SAMPLE_ON.isoformat()
    return "/" + told.format(z=z, x=x, y=y, day=day, known=day)


def some_tile():
    place = shapely.get_coordinates(shapely.centroid(large_layer().geometry[2000]))
    [found] = tiles_over(12, place)
    return {"z": found.z, "x": found.x, "y": found.y}


def refusal(answer):
    assert answer.headers["cache-control"] == "no-store"
    assert list(answer.json()) == ["reason"]
    return answer.status_code, answer.json()["reason"]


def test_a_tile_is_given_to_whoever_has_a_pass_and_not_twice(visitor):
    answer = visitor.get(address(**some_tile()))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert mapbox_vector_tile.decode(answer.content)["features"]["features"]
    again = visitor.get(address(**some_tile()), headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_every_question_has_its_own_name(visitor):
    views = [
        View(),
        View(scope=Scope(jurisdictions=frozenset({"LZ-XG"}))),
        View(scope=Scope(hazard_kinds=frozenset({"building"}))),
        View(scope=Scope(stage_groups=frozenset({"no_case"}))),
        View(known_on=SAMPLE_ON),
    ]
    names = {visitor.get(address(view)).headers["etag"] for view in views}
    leaves = {visitor.get(address(leave=TilePass(frozenset({"LZ-XG"})))).headers["etag"]}
    assert len(names | leaves) == len(views) + 1


@pytest.mark.parametrize(
    ("spoil", "wanted"),
    [
        (lambda url: url.split("?")[0], (403, "pass_missing")),
        (lambda url: url.replace("pass=W", "pass=V"), (403, "pass_foreign")),
        (lambda url: url.replace("pass=", "pass=..."), (403, "pass_foreign")),
        (lambda url: url.replace(LAYER, "streets"), (404, "no_tiles_for_layer")),
        (lambda url: url.replace(LAYER, "charging_stations"), (404, "no_tiles_for_layer")),
        (lambda url: url.replace("/9/403/200", "/9/403/600"), (404, "no_such_tile")),
        (lambda url: url.replace("/9/403/200", "/60/403/200"), (404, "no_such_tile")),
        (lambda url: url.replace("/9/403/200", "/9/-1/200"), (404, "no_such_tile")),
        (lambda url: url.replace("/9/403/200.mvt", "/9"), (404, "no_such_tile")),
        (lambda url: url.replace(holdings.data_revision(), "1-1"), (410, "revision_gone")),
        (lambda url: url + "&offices=LZ-NOWHERE", (400, "unknown_question")),
        (lambda url: url + "&sel=case:1", (400, "unknown_question")),
        (lambda url: url + "&colour=red", (400, "unknown_question")),
    ],
)
def test_a_tile_that_may_not_be_given_is_refused_in_one_word(visitor, spoil, wanted):
    assert refusal(visitor.get(spoil(address()))) == wanted


def test_a_pass_ends(visitor):
    old = address(now=time.time() - 2 * LIFE_S)
    assert refusal(visitor.get(old)) == (403, "pass_expired")


def test_a_pass_of_one_office_shows_that_office_alone(visitor):
    leave = TilePass(frozenset({"LZ-XG"}))
    rows = large_layer().set_index("id")
    told = mapbox_vector_tile.decode(visitor.get(address(leave=leave, **some_tile())).content)
    store = holdings.stores()[0]
    ids = {store.named(LAYER, one["id"])[0] for one in told["features"]["features"]}
    assert ids
    assert set(rows.loc[list(ids), "jurisdiction"]) == {"LZ-XG"}
    other = View(scope=Scope(jurisdictions=frozenset({"LZ-CG"})))
    assert refusal(visitor.get(address(other, leave))) == (403, "office_not_allowed")


def test_a_number_in_a_tile_is_named_to_whoever_may_see_it(visitor):
    told = mapbox_vector_tile.decode(visitor.get(address(**some_tile())).content)
    numbers = [one["id"] for one in told["features"]["features"]]
    rows = large_layer().set_index("id")
    url = "/" + name_address(LAYER, "en", holdings.data_revision(), EVERYTHING, time.time())
    for number in numbers[:5]:
        answer = visitor.get(url.format(number=number)).json()
        feature = answer["ref"].partition(":")[2]
        assert answer["title"] == f"{rows.loc[feature, 'name']} · Occupied farmland"
        office = rows.loc[feature, "jurisdiction"] or "LZ-CG"
        leave = TilePass(frozenset({"LZ-AN" if office != "LZ-AN" else "LZ-CG"}))
        narrow = "/" + name_address(LAYER, "en", holdings.data_revision(), leave, time.time())
        assert refusal(visitor.get(narrow.format(number=number))) == (404, "no_such_feature")
    assert refusal(visitor.get(url.format(number=10**8))) == (404, "no_such_feature")


def test_a_pass_stays_the_same_for_some_minutes():
    now = 1_800_000_000
    assert write_pass(EVERYTHING, now) == write_pass(EVERYTHING, now + 300)
    assert write_pass(EVERYTHING, now) != write_pass(EVERYTHING, now + 700)
    assert write_pass(EVERYTHING, now) != write_pass(TilePass(frozenset({"LZ-XG"})), now)


def test_what_a_map_shows_is_given_to_its_own_visitor_alone(visitor):
    leave = TilePass(frozenset({"LZ-XG"}))
    url = "/" + hand_over(json.dumps({"features": [1]}), leave)
    assert visitor.get(url).json() == {"features": [1]}
    mine = f"?pass={write_pass(EVERYTHING, time.time())}"
    assert refusal(visitor.get(url.split("?")[0] + mine)) == (404, "shown_no_more")
    assert refusal(visitor.get(url.split("?")[0])) == (403, "pass_missing")


def test_lines_below_the_map_are_there_for_anybody_and_for_long(visitor):
    from layers.drawing.webmap import base_name

    city = holdings.city()
    answer = visitor.get(f"/base/{city.id}/{base_name(city)}.json")
    assert set(answer.json()) == {"outlines", "neighbours", "rivers"}
    assert "immutable" in answer.headers["cache-control"]
    assert refusal(visitor.get(f"/base/{city.id}/older.json")) == (404, "no_such_base")


@pytest.fixture
def clock(monkeypatch):
    """A clock that only waiting moves; `waited` is how long a page was held back so far."""

    class Clock:
        waited = 0.0

        def sleep(self, seconds):
            self.waited += seconds

        def now(self):
            return 1e6 + self.waited

    made = Clock()
    monkeypatch.setattr(map_panel, "sleep", made.sleep)
    monkeypatch.setattr(map_panel, "monotonic", made.now)
    return made


def test_the_page_waits_for_the_map_where_tiles_change_and_for_nothing_else(plain, clock):
    page = AppTest.from_file(MAIN, default_timeout=120).run()
    page.button(key="indicator-cases_open").click().run()
    assert clock.waited == 0, "a page that opens and a list that is asked for"
    page.multiselect(key="filter-jurisdictions").set_value(["LZ-XG"]).run()
    assert clock.waited == map_panel.DRAWING_S
    page.multiselect(key="filter-layers").set_value(["charging_stations"]).run()
    assert not page.exception
    assert clock.waited == map_panel.DRAWING_S, "no large layer is left to be drawn"


def test_the_page_waits_longer_while_tiles_are_asked_for_but_not_for_ever(
    plain, clock, monkeypatch
):
    page = AppTest.from_file(MAIN, default_timeout=120).run()
    monkeypatch.setitem(tile_routes._SERVED, "at", clock.now() + 0.35)
    page.multiselect(key="filter-jurisdictions").set_value(["LZ-XG"]).run()
    assert 0.45 <= clock.waited < 0.5
    monkeypatch.setitem(tile_routes._SERVED, "at", float("inf"))
    clock.waited = 0.0
    page.multiselect(key="filter-jurisdictions").set_value([]).run()
    assert map_panel.LONGEST_S <= clock.waited < map_panel.LONGEST_S + map_panel.QUIET_S


def test_a_tile_that_is_served_is_noted(visitor):
    before = tile_routes.served_at()
    visitor.get("/tiles/nothing/0/1/0/0.mvt")
    assert before < tile_routes.served_at() <= time.monotonic()
