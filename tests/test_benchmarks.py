"""The benchmarks measure what they say, at a size that a test can afford."""

import os
from dataclasses import replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pandas as pd
import pytest
from mapbox_vector_tile import decode as read_tile

from benchmarks import big_map, intake, matching, overlay, tile_layers, tiles, visits
from benchmarks.big_data import make_parcels
from benchmarks.big_steps import distinct_tiles
from benchmarks.cases import FIRST_ON, LAST_ON, RULES, Size, fill, measure, table
from benchmarks.matching_data import make_lists
from benchmarks.wire import counted
from geodata import open_cases
from geodata.checks import find_offices
from geodata.city import read_outlines
from geodata.lifecycle import check_history
from geodata.tiles import Look
from layers.catalog import schema_of
from tests.geodata.postgres import running_server

TINY = Size(cases=30, features=10, templates=8, sample=10)


def test_its_cases_are_lawful_and_lie_within_its_years():
    store = open_cases("memory:benchmark")
    fill(store, TINY)
    cases = store.find()
    assert len(cases) == TINY.cases
    assert len({case.jurisdiction for case in cases}) > 1
    for case in cases:
        assert check_history(case, RULES) == ()
        assert all(FIRST_ON <= one.occurred_on <= LAST_ON for one in case.events)


def test_its_table_has_a_line_for_everything_measured():
    found = measure(TINY)
    assert (found.cases, found.features) == (TINY.cases, TINY.features)
    lines = table(found).splitlines()
    assert lines[0].startswith("30 cases, ")
    assert [line.split(" | ")[0] for line in lines[4:]] == [f"| {one.what}" for one in found.lines]


@pytest.mark.thorough
def test_the_intake_is_measured_step_by_step_with_the_bad_rows_of_a_file_refused():
    parcels = intake.FILES[2]
    lines = intake.measure(rows=400, rounds=1, files=(parcels,))
    assert [(one.file, one.step) for one in lines] == [(parcels, step) for step in intake.STEPS]
    for one in lines:
        bad = 0 if one.step == "bare" else one.refused
        assert one.rows + bad == 400
        assert (one.step == "bare") == (bad == 0)
        assert one.seconds > 0
        assert one.peak_mib > 0
    shown = intake.table(lines).splitlines()
    assert len(shown) == 2 + len(lines)
    assert "| 1.0 |" in shown[2]


def test_the_tiles_for_the_browser_hold_every_parcel_as_another_reads_them():
    n, zoom = 2_000, 13
    column, row = tile_layers.tile_at(zoom, *tile_layers.CENTRE)
    parcels = read_tile(tile_layers.make_tile(zoom, column, row, n, 0))["features"]["features"]
    left = read_tile(tile_layers.make_tile(zoom, column, row, n, 1))["features"]["features"]
    assert {one["id"] for one in left} == {
        one["id"] for one in parcels if one["properties"]["s"] > 1
    }
    assert all(len(one["geometry"]["coordinates"][0]) == 21 for one in parcels)


def test_the_cells_for_the_browser_add_up_to_every_parcel():
    n, zoom = 2_000, 9
    column, row = tile_layers.tile_at(zoom, *tile_layers.CENTRE)
    cells = [
        one["properties"]
        for x in range(column - 1, column + 2)
        for y in range(row - 1, row + 2)
        if (read := read_tile(tile_layers.make_tile(zoom, x, y, n, 0)))
        for one in read["cells"]["features"]
    ]
    assert sum(one["n"] for one in cells) == n
    assert all(sum(one.values()) == 2 * one["n"] for one in cells)


def test_a_way_that_fails_is_told_in_the_table():
    view, timing = tile_layers.VIEWS[0], tile_layers.Timing(1, 0.5, 60, 17, 5)
    lines = tile_layers.table({view: {"ours": timing, "svg": None}}).splitlines()
    assert lines[2] == "| 10^6, zoom 14 | ours | 1.00 s | 0.50 s | 60 | 17 ms | 5 MB |"
    assert lines[3] == "| 10^6, zoom 14 | svg | failed | | | | |"


# What mapbox-vector-tile does inside is not ours to change.
WITH_ANOTHER_LIBRARY = pytest.mark.filterwarnings("ignore:.*shapely.ops.transform.*")


@WITH_ANOTHER_LIBRARY
def test_tiles_are_timed_at_every_zoom_and_are_the_same_by_every_way():
    with running_server(with_postgis=True) as server:
        found = tiles.measure(1_500, server.address, tiles=2)
    ways = {one.way for one in found.lines}
    assert ways == {
        "ours, embedded",
        "ours, PostGIS",
        "shapely and mapbox-vector-tile",
        "ST_AsMVT",
    }
    assert {(one.way, one.zoom) for one in found.lines} == {
        (way, zoom) for way in ways for zoom in tiles.ZOOMS
    }
    assert found.compared > 0
    assert all(one.most_bytes > 0 < one.median_ms <= one.p99_ms for one in found.lines)
    shown = tiles.table(found).splitlines()
    assert len(shown) == 4 + len(ways) * len(tiles.SHOWN) + 3 + len(found.made)


@WITH_ANOTHER_LIBRARY
def test_a_way_that_makes_other_tiles_is_told():
    frame = tiles.parcels(200)
    index = tiles.index_frame(frame)
    others = tiles.Others(frame, tiles.coded(frame))
    ways = {
        "ours, embedded": lambda address: index.tile(address, Look(), tiles.coded(frame)),
        "shapely and mapbox-vector-tile": others.tile,
    }
    chance = np.random.default_rng(3)
    assert tiles._compare(index, ways, frame, chance) > 0
    others.codes = [1 + code for code in others.codes]
    with pytest.raises(AssertionError):
        tiles._compare(index, ways, frame, chance)


def test_the_many_parcels_fill_every_column_and_lie_within_their_offices():
    parcels = make_parcels(2_000)
    assert list(parcels.columns) == list(schema_of("occupied_farmland").column_ids)
    assert len(parcels) == parcels["id"].nunique() == 2_000
    assert set(parcels.geometry.count_coordinates()) == {21}
    assert parcels.geometry.is_valid.all()
    found = find_offices(parcels.geometry.representative_point(), read_outlines())
    assert (found == parcels["jurisdiction"]).mean() > 0.99  # a middle may lie across a border
    is_bare = parcels.drop(columns="geometry").isna().all()
    assert set(is_bare[is_bare].index) == {
        *("relapsed_on", "place_original", "valid_from", "valid_to"),
    }


def test_the_tiles_asked_of_the_app_are_distinct_and_of_many_zooms():
    tiles = distinct_tiles(600)
    assert len(set(tiles)) == 600
    assert {zoom for zoom, _, _ in tiles} == set(range(9, 18))


class Echo(BaseHTTPRequestHandler):
    """Answers every request with as many bytes as its path says."""

    def do_GET(self) -> None:
        body = b"x" * int(self.path.removeprefix("/"))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_the_wire_passes_on_and_counts_what_an_app_sends_by_its_kind():
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as app:
        Thread(target=app.serve_forever, daemon=True).start()
        with counted(app.server_port) as wire:
            for size, headers in ((300_000, {}), (7_000, {"Upgrade": "websocket"})):
                line = HTTPConnection("127.0.0.1", wire.port)
                line.request("GET", f"/{size}", headers=headers)
                assert line.getresponse().read() == b"x" * size
                line.close()
            http, websocket = wire.sent["http"], wire.sent["websocket"]
        app.shutdown()
    assert 300_000 < http < 301_000
    assert 7_000 < websocket < 8_000


def test_the_memory_of_a_process_is_what_the_system_says():
    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("only Linux tells the memory of a process in this way")
    told = big_map.memory_of(os.getpid())
    assert 20 < told["pss_mb"] <= told["rss_mb"]


def test_a_size_that_the_stock_way_is_spared_has_no_figures_of_it():
    ours = {line.name: 2.0 for line in big_map.LINES}
    stock = {line.name: 80.0 for line in big_map.LINES if line.name.startswith("city.")}
    found = big_map.Measured({10: ours, 100: ours}, {10: stock}, 1)
    lines = big_map.table(found).splitlines()
    assert lines[0].endswith("| 100 / 10 | goal | stock, 10 | stock / ours, 10 |")
    assert lines[2].endswith("| 2.00 s | 2.00 s | 1.0 | ≤ 3 | 80 s | 40.0 |")
    assert lines[-1].endswith("| 2.00 MB | 2.00 MB | 1.0 | — | — | — |")
    assert "≥ 45 **missed**" in lines[11]


@pytest.mark.thorough
def test_the_overlay_is_measured_each_way_and_all_find_the_same():
    rest = [one for one in overlay.WAYS if "dask" not in one.name]  # dask has tests of its own
    absent = replace(rest[0], name="somebody's", needs="no_such_package")
    lines = tuple(overlay.measure(2000, 300, (*rest, absent)))
    assert [one.way for one in lines] == [*(one.name for one in rest), "somebody's"]
    assert lines[-1].lacks == "not installed: no_such_package"
    ran = [one for one in lines if not one.lacks]
    assert all(one.lacks.startswith("not installed") for one in lines if one.lacks)
    assert len(ran) >= 6
    first = ran[0]
    assert first.pairs > 0
    for one in ran:
        assert one.pairs == pytest.approx(first.pairs, abs=1), "slivers below a square centimetre"
        assert one.area_m2 == pytest.approx(first.area_m2, rel=1e-9)
        assert one.seconds > 0
        assert one.peak_mib > 0
    assert len(overlay.table(lines).splitlines()) == 2 + len(lines)


def some_places(many):
    chance = np.random.default_rng(4)
    return np.column_stack([113.9 + 0.2 * chance.random(many), 22.5 + 0.2 * chance.random(many)])


def test_the_invented_lists_are_those_of_their_seed_and_their_truth_names_their_rows():
    places = some_places(300)
    one, again, other = (make_lists(places, seed) for seed in (3, 3, 4))
    assert one.registry.equals(again.registry)
    assert one.truth == again.truth != other.truth
    ids = set(one.registry["id"]), set(one.points["id"])
    for side in (0, 1):
        told = {pair[side] for pair in one.truth}
        assert told <= ids[side]
        assert 0.8 < len(told) / len(ids[side]) < 0.95, "some are on one side only"
    assert one.registry.geometry.isna().any()
    assert len({pair[1] for pair in one.truth}) > len({pair[0] for pair in one.truth}), "split"


def test_the_matching_is_measured_beside_a_plain_rule_that_is_tuned_alike():
    ways = {matching.RULE: matching.by_rule}
    lines = matching.measure(some_places(200), Path("nowhere"), (1,), 1, ways)
    assert [one.way for one in lines] == [matching.OURS, matching.RULE] * 2
    ours, rule = lines[:2]
    assert ours.f1 > 0.9
    assert ours.f1 > rule.f1 > 0.5
    assert 0 < ours.asked < 0.2
    assert len(matching.table(lines).splitlines()) == 2 + len(lines)


def test_a_bar_takes_each_row_once_or_every_pair_above_it():
    scored = pd.DataFrame(
        {"first_id": ["a", "a", "b"], "second_id": ["x", "y", "x"], "score": [3.0, 2.0, 2.5]}
    )
    assert matching.Bar(2.0, once=True).take(scored) == {("a", "x")}
    assert matching.Bar(2.5, once=False).take(scored) == {("a", "x"), ("b", "x")}
    assert matching.judge({("a", "x"), ("b", "x")}, {("a", "x")}) == (0.5, 1.0, 2 / 3)
    assert matching.judge(set(), {("a", "x")}) == (0.0, 0.0, 0.0)


def test_the_weights_that_the_first_seed_asks_for_are_near_those_in_use():
    told = matching.fit(some_places(200))
    assert told["operator agree"] > 2
    assert told["mark contradict"] < -10
    assert told["phone agree"] == 7.0, "what never occurs keeps its bits"


def test_plans_of_visits_are_held_against_longer_ones_and_against_the_nearest_next(tmp_path):
    days = visits.Days(stops=12, days=2, teams=1, seconds=0.2)
    lines = visits.measure(days_out=[days], folder=tmp_path, long=2, has_peer=False)
    assert [one.beside for one in lines] == ["2 times longer", "nearest next"]
    for one in lines:
        assert one.left + one.other_left < 2 * days.stops
        assert one.bound <= one.cost
    assert len(visits.table(lines).splitlines()) == 2 + len(lines)


@pytest.mark.skipif(not visits.SHARED.exists(), reason="the instances are not part of the project")
def test_the_search_finds_the_best_known_of_a_small_instance():
    lines = visits.measure(seconds=0.5, days_out=(), has_peer=False)
    assert [one.what for one in lines] == ["RC208", "E-n22-k4", "X-n101-50-k13", "PR01"]
    assert lines[1].cost == lines[1].other == 375


def test_vroom_answers_the_same_wish_and_keeps_our_rules_and_pauses():
    pytest.importorskip("vroom", reason="pyvroom is for benchmarks alone")
    days = visits.Days(stops=10, days=2, teams=1, seconds=0.2, pause=visits.NOON)
    answer = visits.visit_peers.plan_days(visits.make_wish(days))
    assert answer.is_lawful
    assert answer.left + sum(len(one.calls) for one in answer.timed) == days.stops
