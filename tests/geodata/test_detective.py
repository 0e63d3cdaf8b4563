"""What system numbers are in is proposed with its evidence, and never more surely than it is."""

import dataclasses
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import open_city, read_outlines, read_rivers
from geodata.__main__ import load_words, main
from geodata.candidates import look_alikes, speaks_clearly
from geodata.checks import find_offices
from geodata.crs import GEOD, SHIFTS, STORED, SWAPPED, find_system, to_stored
from geodata.detective import MOST_JUDGED, investigate, rows_of_numbers, split
from geodata.errors import ColumnsMissing, NeedsParameters, SystemNotDeclared, UnreadableFile
from geodata.evidence import Ground, ground_of
from geodata.helmert import Helmert
from geodata.intake import _lay_out, import_file, match_columns, propose_systems, understand
from geodata.magnitudes import ABROAD, NOWHERE, ODD, Shape, shapes_of
from geodata.proposals import as_facts, proposal_lines
from geodata.readers import read_table
from geodata.store import open_features
from layers.catalog import schema_of

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
with_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the public data is not beside the project"
)
CITY = open_city()
GROUND = Ground(CITY)
OUTLINES = read_outlines()
DEGREES = ("EPSG:4490", "gcj02", "bd09")
PLANES = ("EPSG:4543", "EPSG:4544", "EPSG:4522", "EPSG:4523", "EPSG:4496", "EPSG:3857")
PARAMETERS = Helmert(-12.5, 113.25, 40.0)
unhurried = settings(deadline=None, max_examples=5)  # of each system and order: some 250 in all
seeds = st.integers(0, 2**32 - 1)


def places_in_lanzhou(count, seed=0):
    """Return longitudes, latitudes and the office of each, all inside the outlines."""
    random = np.random.default_rng(seed)
    west, south, east, north = OUTLINES.total_bounds
    drawn = max(count * 4, 80)  # enough that some lie inside
    lon, lat = random.uniform(west, east, drawn), random.uniform(south, north, drawn)
    places = gpd.GeoSeries.from_xy(lon, lat, crs=STORED)
    offices = find_offices(places, OUTLINES).to_numpy()
    inside = np.flatnonzero(offices != "")[:count]
    return lon[inside], lat[inside], offices[inside]


def numbers_in(system, lon, lat):
    """Return true places as the numbers of a system, by PROJ for whatever it knows."""
    plain = system.removesuffix(SWAPPED)
    if plain in SHIFTS:
        pair = SHIFTS[plain](lon, lat)
    else:
        pair = pyproj.Transformer.from_crs(4490, plain, always_xy=True).transform(lon, lat)
    return pair[::-1] if system.endswith(SWAPPED) else pair


def known_places(lon, lat, ids, **columns):
    places = gpd.GeoSeries.from_xy(lon, lat, crs=STORED)
    return gpd.GeoDataFrame({"id": ids, "name": "", **columns}, geometry=places)


def systems_of(finding):
    return [one.system for one in finding.candidates]


# ---------------------------------------------------------------------- recognised


@pytest.mark.parametrize("turn", ["", SWAPPED])
@pytest.mark.parametrize("system", [*DEGREES, *PLANES])
@unhurried
@given(seed=seeds, count=st.integers(5, 200))
def test_rows_of_lanzhou_are_recognised_in_any_system_and_order(system, turn, seed, count):
    lon, lat, offices = places_in_lanzhou(count, seed)
    rows = rows_of_numbers(*numbers_in(system + turn, lon, lat), jurisdiction=offices)
    finding = investigate(rows, GROUND)
    first = finding.candidates[0]
    assert system + turn in systems_of(finding)
    true = next(one for one in finding.candidates if one.system == system + turn)
    assert (true.explained, true.evidence.in_stated) == (1.0, 1.0)
    assert first.score == true.score or first is true  # nothing fits better than the truth
    assert finding.verdict in {"proposed", "undecided"}
    if finding.verdict == "proposed":
        assert first is true
    if system in PLANES:
        assert finding.verdict == "proposed"


@pytest.mark.parametrize("turn", ["", SWAPPED])
@pytest.mark.parametrize("system", [*DEGREES, *PLANES])
@unhurried
@given(seed=seeds)
def test_rows_already_stored_leave_one_system_alone(system, turn, seed):
    lon, lat, _ = places_in_lanzhou(30, seed)
    ids = [f"S{one}" for one in range(len(lon))]
    ground = Ground(CITY, known_places(lon, lat, ids))
    finding = investigate(rows_of_numbers(*numbers_in(system + turn, lon, lat), id=ids), ground)
    assert (finding.verdict, finding.candidates[0].system) == ("certain", system + turn)
    assert finding.candidates[0].evidence.known_m < 0.1


@pytest.mark.parametrize("system", PLANES)
@unhurried
@given(seed=seeds)
def test_a_survey_without_prefix_is_told_from_the_zone_next_door(system, seed):
    lon, lat, _ = places_in_lanzhou(3, seed)
    finding = investigate(rows_of_numbers(*numbers_in(system, lon, lat)), GROUND)
    assert finding.candidates[0].system == system
    assert all(one.explained == 0 for one in finding.candidates[1:])


def test_map_apps_and_true_degrees_are_not_told_apart_by_a_few_points_inside_the_city():
    lon, lat, _ = places_in_lanzhou(20)
    finding = investigate(rows_of_numbers(*numbers_in("gcj02", lon, lat)), GROUND)
    assert finding.verdict == "undecided"
    assert sorted(systems_of(finding)) == sorted(DEGREES)
    apart = {frozenset(pair): metres for *pair, metres in finding.distances}
    assert apart[frozenset({"EPSG:4490", "gcj02"})] == pytest.approx(220, abs=60)
    assert apart[frozenset({"EPSG:4490", "bd09"})] > 600


@pytest.mark.parametrize("system", DEGREES)
def test_many_rows_with_their_district_tell_map_apps_from_true_degrees(system):
    lon, lat, offices = places_in_lanzhou(4000)
    rows = rows_of_numbers(*numbers_in(system, lon, lat), jurisdiction=offices)
    finding = investigate(rows, GROUND)
    assert (finding.verdict, finding.candidates[0].system) == ("proposed", system)
    for other in finding.candidates[1:]:
        votes_for, votes_against = other.votes
        assert votes_for > 20 > votes_against


def test_a_township_of_the_gazetteer_says_the_district_too():
    lon, lat, offices = places_in_lanzhou(200)
    towns = np.where(offices == "LZ-XG", "陈坪街道", np.where(offices == "LZ-YZ", "和平镇", ""))
    rows = rows_of_numbers(lon, lat, township=towns)
    evidence = investigate(rows, GROUND).candidates[0].evidence
    assert evidence.stated_rows == np.count_nonzero(towns != "")
    assert evidence.in_stated == 1


def test_an_outline_of_a_township_counts_before_its_district():
    box = gpd.GeoDataFrame({"name": ["中川镇"]}, geometry=[shapely.box(103.5, 36.4, 103.7, 36.6)])
    ground = Ground(CITY, townships=box.set_crs(STORED))
    lon, lat = np.full(5, 103.6995), np.linspace(36.45, 36.55, 5)
    rows = rows_of_numbers(*numbers_in("gcj02", lon, lat), township=["中川镇"] * 5)
    shares = {one.system: one.evidence.in_stated for one in investigate(rows, ground).candidates}
    assert (shares["gcj02"], shares["bd09"]) == (1.0, 1.0)
    assert shares["EPSG:4490"] == 0.0


def test_river_reaches_are_held_against_the_river_lines():
    rivers = read_rivers()
    rivers = rivers[rivers.intersects(OUTLINES.union_all())]
    moved = rivers.to_crs(4543)
    rows = gpd.GeoDataFrame(geometry=gpd.GeoSeries(moved.geometry.to_numpy()))
    finding = investigate(rows, GROUND, on_rivers=True)
    assert finding.candidates[0].system == "EPSG:4543"
    assert finding.candidates[0].evidence.river_m < 1


def test_outlines_are_held_against_the_edges_of_the_land():
    places = OUTLINES.geometry.to_numpy()
    for system in DEGREES:
        numbers = shapely.transform(
            places, lambda x, y, into=system: numbers_in(into, x, y), interleaved=False
        )
        finding = investigate(gpd.GeoDataFrame(geometry=gpd.GeoSeries(numbers)), GROUND)
        assert (finding.verdict, finding.candidates[0].system) == ("proposed", system)
        assert finding.candidates[0].evidence.edge_m < 1


# ------------------------------------------------------------------------- honesty


@given(st.integers(0, 60), st.integers(0, 60))
def test_rows_speak_clearly_only_for_the_larger_side_and_beyond_luck(votes_for, votes_against):
    clear = speaks_clearly(votes_for, votes_against)
    assert not (clear and votes_for <= votes_against)
    assert clear or votes_for < 8 or votes_against > 0
    assert not clear or votes_for + votes_against >= 8


@pytest.mark.parametrize(("votes", "clear"), [((700, 600), True), ((660, 640), False)])
def test_with_many_rows_a_small_majority_must_still_be_beyond_luck(votes, clear):
    assert speaks_clearly(*votes) is clear


def test_rows_at_one_place_speak_once():
    lon, lat, offices = places_in_lanzhou(400)
    edge = OUTLINES.set_index("office").geometry["LZ-HG"].representative_point()
    lon, lat = np.r_[lon[:5], np.full(300, edge.x)], np.r_[lat[:5], np.full(300, edge.y)]
    stated = [*offices[:5], *["LZ-YZ"] * 300]
    finding = investigate(rows_of_numbers(lon, lat, jurisdiction=stated), GROUND)
    assert all(sum(one.votes) <= 6 for one in finding.candidates)


def test_numbers_alone_are_never_certain():
    lon, lat, offices = places_in_lanzhou(3000)
    for system in (*DEGREES, *PLANES):
        rows = rows_of_numbers(*numbers_in(system, lon, lat), jurisdiction=offices)
        assert investigate(rows, GROUND).verdict != "certain"


def test_a_few_known_rows_among_many_unknown_make_nothing_certain():
    lon, lat, _ = places_in_lanzhou(100)
    ids = [f"S{one}" for one in range(100)]
    ground = Ground(CITY, known_places(lon[:20], lat[:20], ids[:20]))
    assert investigate(rows_of_numbers(lon, lat, id=ids), ground).verdict == "proposed"


def test_ids_that_mean_other_things_say_nothing():
    lon, lat, _ = places_in_lanzhou(60)
    ids = [str(one) for one in range(30)]
    ground = Ground(CITY, known_places(lon[30:], lat[30:], ids))
    finding = investigate(rows_of_numbers(lon[:30], lat[:30], id=ids), ground)
    assert (finding.verdict, finding.is_mixed) == ("undecided", False)


def test_ids_that_occur_twice_are_not_matched():
    lon, lat, _ = places_in_lanzhou(10)
    ground = Ground(CITY, known_places(lon, lat, ["A"] * 10))
    finding = investigate(rows_of_numbers(lon, lat, id=["A", *["B"] * 9]), ground)
    assert finding.candidates[0].evidence.known_rows == 0


def test_invented_rows_are_no_evidence():
    lon, lat, _ = places_in_lanzhou(10)
    stored = known_places(lon, lat, list("abcdefghij"), is_demonstration=True)
    assert len(ground_of(CITY, stored).known) == 0
    assert len(ground_of(CITY, stored.assign(is_demonstration=False)).known) == 10
    assert len(ground_of(CITY, None).known) == 0


def test_rows_outside_the_city_leave_the_systems_undecided():
    lon, lat = np.array([113.9, 114.0, 114.1]), np.array([22.5, 22.6, 22.7])
    finding = investigate(rows_of_numbers(lon, lat), GROUND)
    assert (finding.verdict, systems_of(finding)) == ("undecided", list(DEGREES))
    assert [one.explained for one in finding.candidates] == [0, 0, 0]


def test_degrees_outside_china_are_wgs_84_in_either_order():
    finding = investigate(rows_of_numbers([33.9, 34.2], [-14.7, -15.1]), GROUND)
    assert finding.verdict == "undecided"
    assert systems_of(finding) == ["EPSG:4326", "EPSG:4326/yx"]
    finding = investigate(rows_of_numbers([151.2], [-33.8]), GROUND)
    assert systems_of(finding) == ["EPSG:4326"]


def test_numbers_of_no_system_are_impossible_and_named():
    finding = investigate(rows_of_numbers([5e9, np.nan, 0.0], [3.0, 4.0, 0.0]), GROUND)
    assert (finding.verdict, finding.candidates, finding.strays) == ("impossible", (), (1,))
    assert (finding.rows, finding.placed) == (3, 1)


def test_no_rows_at_all_are_no_trouble():
    finding = investigate(rows_of_numbers([], []), GROUND)
    assert (finding.verdict, finding.rows, finding.groups) == ("impossible", 0, ())


@given(
    st.lists(
        st.tuples(st.floats(width=32) | st.none(), st.floats(width=32) | st.none()), max_size=12
    )
)
@unhurried
def test_any_numbers_whatever_are_judged_without_a_crash(pairs):
    x = [np.nan if one is None else one for one, _ in pairs]
    y = [np.nan if one is None else one for _, one in pairs]
    finding = investigate(rows_of_numbers(x, y), GROUND)
    assert finding.rows == len(pairs) >= finding.placed
    json.dumps(as_facts(finding), allow_nan=False)
    for language in ("zh", "en"):
        assert proposal_lines(finding, load_words(language).say)


# ------------------------------------------------------------------------ old datums


def test_numbers_of_the_old_datums_are_said_to_look_the_same():
    assert look_alikes("EPSG:4523") == ("EPSG:2359", "EPSG:2411")
    assert look_alikes("EPSG:4490/yx") == ("EPSG:4610", "EPSG:4214")
    assert look_alikes("EPSG:4544") == ("EPSG:2380", "EPSG:2432", "EPSG:2343", "EPSG:21458")
    assert look_alikes("gcj02") == ()
    lon, lat, _ = places_in_lanzhou(10)
    finding = investigate(rows_of_numbers(*numbers_in("EPSG:4523", lon, lat)), GROUND)
    assert finding.candidates[0].look_alikes == ("EPSG:2359", "EPSG:2411")
    assert not set(systems_of(finding)) & {"EPSG:2359", "EPSG:2411"}


def in_xian80(lon, lat):
    """Return places in the numbers of Xi'an 80, zone 35, as PARAMETERS have it."""
    kept = find_system("EPSG:2359", PARAMETERS)
    start = pyproj.Transformer.from_crs(4490, 4523, always_xy=True).transform(lon, lat)
    x, y = np.array(start[0]), np.array(start[1])
    for _ in range(4):
        there = to_stored(gpd.GeoSeries.from_xy(x, y), kept)
        again = pyproj.Transformer.from_crs(4490, 4523, always_xy=True).transform(there.x, there.y)
        x, y = x + start[0] - again[0], y + start[1] - again[1]
    return x, y


def test_a_firm_offset_from_stored_rows_points_to_an_old_datum():
    lon, lat, _ = places_in_lanzhou(30)
    ids = [f"S{one}" for one in range(30)]
    ground = Ground(CITY, known_places(lon, lat, ids))
    finding = investigate(rows_of_numbers(*in_xian80(lon, lat), id=ids), ground)
    assert finding.verdict == "proposed"
    assert finding.candidates[0].evidence.looks_legacy
    text = "\n".join(proposal_lines(finding, load_words("en").say))
    assert "as an old datum would be" in text


def test_with_parameters_an_old_datum_is_a_candidate_like_any_other():
    lon, lat, _ = places_in_lanzhou(30)
    ids = [f"S{one}" for one in range(30)]
    ground = Ground(CITY, known_places(lon, lat, ids))
    rows = rows_of_numbers(*in_xian80(lon, lat), id=ids)
    xian = dataclasses.replace(PARAMETERS, datum="xian")
    finding = investigate(rows, ground, parameters=xian)
    assert finding.candidates[0].system == find_system("EPSG:2359", PARAMETERS)
    assert finding.candidates[0].evidence.known_m < 0.01
    assert not any(one.startswith("EPSG:2411") for one in systems_of(finding))
    both = investigate(rows, ground, parameters=PARAMETERS)
    assert any(one.startswith("EPSG:2411") for one in systems_of(both))


# ---------------------------------------------------------------------------- mixed


def mixed_rows(count=300):
    """Rows in five systems by turns, with their ids, and the system of each."""
    lon, lat, _ = places_in_lanzhou(count)
    names = np.array(["EPSG:4490", "gcj02", "EPSG:4544", "EPSG:4543", "EPSG:4490/yx"])
    which = np.arange(count) % len(names)
    pairs = np.array([numbers_in(name, lon, lat) for name in names])
    x, y = pairs[which, 0, np.arange(count)], pairs[which, 1, np.arange(count)]
    ids = [f"S{one}" for one in range(count)]
    return rows_of_numbers(x, y, id=ids), names[which], known_places(lon, lat, ids)


def test_rows_in_several_systems_are_parted_with_counts():
    rows, names, known = mixed_rows()
    finding = investigate(rows, Ground(CITY, known))
    assert {one.system: one.rows for one in finding.groups} == dict.fromkeys(set(names), 60)
    assert finding.is_mixed
    assert finding.verdict == "proposed"
    assert not any(one.is_estimate for one in finding.groups)
    told = split(rows, Ground(CITY, known), finding)
    assert (told.to_numpy() == names).all()


def test_rows_that_nothing_tells_apart_are_left_to_a_person():
    rows, names, known = mixed_rows()
    ground = Ground(CITY, known.iloc[:150])
    finding = investigate(rows, ground)
    counts = {one.system: one.rows for one in finding.groups}
    assert counts == {
        "": 60,
        "EPSG:4490": 30,
        "gcj02": 30,
        "EPSG:4544": 60,
        "EPSG:4543": 60,
        "EPSG:4490/yx": 60,
    }
    assert finding.verdict == "undecided"
    told = split(rows, ground, finding).to_numpy()
    assert ((told == names) | (told == "")).all()
    assert np.count_nonzero(told == "") == 60


def test_two_survey_zones_without_prefix_are_parted_by_the_outlines_alone():
    lon, lat, _ = places_in_lanzhou(200)
    west, east = numbers_in("EPSG:4543", lon, lat), numbers_in("EPSG:4544", lon, lat)
    first = np.arange(200) < 70
    rows = rows_of_numbers(
        *(np.where(first, one, two) for one, two in zip(west, east, strict=True))
    )
    finding = investigate(rows, GROUND)
    assert [(one.system, one.rows) for one in finding.groups] == [
        ("EPSG:4544", 130),
        ("EPSG:4543", 70),
    ]


def test_rows_that_fit_nothing_are_named():
    lon, lat, _ = places_in_lanzhou(100)
    lon[[3, 7]], lat[[3, 7]] = [5e8, 120.2], [1.0, 30.3]
    finding = investigate(rows_of_numbers(lon, lat), GROUND)
    assert (finding.strays, finding.strays_count) == ((4, 8), 2)


def test_one_stray_row_does_not_make_a_file_mixed():
    lon, lat, _ = places_in_lanzhou(100)
    x, y = (np.array(axis) for axis in numbers_in("EPSG:4544", lon, lat))
    x[5] += 300_000
    finding = investigate(rows_of_numbers(x, y), GROUND)
    assert not finding.is_mixed
    assert finding.strays == (6,)


def test_a_mixture_in_a_large_file_is_counted_by_a_sample_and_said_to_be():
    lon, lat, _ = places_in_lanzhou(20_000)
    west, east = numbers_in("EPSG:4543", lon, lat), numbers_in("EPSG:4544", lon, lat)
    first = np.random.default_rng(1).random(len(lon)) < 0.25
    rows = rows_of_numbers(
        *(np.where(first, one, two) for one, two in zip(west, east, strict=True))
    )
    finding = investigate(rows, GROUND)
    assert finding.judged <= MOST_JUDGED
    assert all(one.is_estimate for one in finding.groups)
    counts = {one.system: one.rows for one in finding.groups}
    assert counts["EPSG:4543"] == pytest.approx(first.sum(), rel=0.1)
    assert sum(counts.values()) == len(lon)
    told = split(rows, GROUND, finding)
    assert (told == np.where(first, "EPSG:4543", "EPSG:4544")).all()


# --------------------------------------------------------------------------- ghosts


def test_ghosts_stand_where_each_system_puts_a_row():
    lon, lat, _ = places_in_lanzhou(30)
    finding = investigate(rows_of_numbers(*numbers_in("gcj02", lon, lat)), GROUND)
    for system in DEGREES:
        ghosts = [one for one in finding.ghosts if one.system == system]
        assert [one.row for one in ghosts] == list(range(1, 31))
        true = to_stored(gpd.GeoSeries.from_xy(*numbers_in("gcj02", lon, lat)), system)
        places = [one.lon for one in ghosts], [one.lat for one in ghosts]
        assert GEOD.inv(*places, true.x, true.y)[2].max() < 0.02


# ----------------------------------------------------------------------- magnitudes


@pytest.mark.parametrize(
    ("pair", "name"),
    [
        ((103.8, 36.0), "degrees"),
        ((36.0, 103.8), "degrees_swapped"),
        ((33.9, -14.7), "degrees_abroad"),
        ((391_869.4, 3_991_758.9), "plane"),
        ((3_991_758.9, 391_869.4), "plane_swapped"),
        ((35_391_869.4, 3_991_758.9), "zone_35"),
        ((3_991_758.9, 18_391_869.4), "zone_18_swapped"),
        ((11_557_000.0, 4_308_000.0), "mercator"),
    ],
)
def test_numbers_have_a_name_by_their_size(pair, name):
    (code,) = shapes_of(np.array([pair[0]]), np.array([pair[1]])).tolist()
    assert Shape.of(code).name == name


def test_a_prefix_that_could_be_web_mercator_is_tried_as_both():
    (code,) = shapes_of(np.array([13_450_000.0]), np.array([4_300_000.0])).tolist()
    assert Shape.of(code).systems == ("EPSG:4491", "EPSG:3857")


def test_no_numbers_zero_and_odd_numbers_are_kept_apart():
    x, y = np.array([np.nan, 0.0, 1e9, np.inf, 10.0]), np.array([1.0, 0.0, 1e9, 2.0, 20.0])
    assert shapes_of(x, y).tolist() == [NOWHERE, NOWHERE, ODD, NOWHERE, ABROAD]


# --------------------------------------------------------------------------- intake

LIST = "编号,名称,经度,纬度\n" + "".join(
    f"S{one},站{one},103.6{one},36.1{one}\n" for one in range(9)
)


def a_list(folder, text=LIST):
    (folder / "list.csv").write_text(text, "utf-8")
    return folder / "list.csv"


def test_an_undeclared_file_is_refused_with_the_candidates(tmp_path):
    for system in (None, "auto"):
        with pytest.raises(SystemNotDeclared) as caught:
            understand(
                a_list(tmp_path),
                layer_id="charging_stations",
                schema=schema_of("charging_stations"),
                city=CITY,
                system=system,
            )
        finding = caught.value.facts["finding"]
        assert (finding.verdict, systems_of(finding)) == ("undecided", list(DEGREES))
        assert "EPSG:4490, gcj02, bd09" in str(caught.value)


def taken_in(file, store, system):
    return import_file(
        file,
        layer_id="charging_stations",
        schema=schema_of("charging_stations"),
        store=store,
        city=CITY,
        who="tester",
        why="",
        recorded_at=datetime(2026, 1, 5, tzinfo=UTC),
        system=system,
    )


def test_auto_is_taken_only_where_stored_rows_leave_one_system_alone(tmp_path):
    store = open_features("memory:")
    taken_in(a_list(tmp_path), store, "gcj02")
    first = store.read("charging_stations").set_index("id").geometry
    assert taken_in(a_list(tmp_path), store, "auto").system == "gcj02"
    again = store.read("charging_stations").set_index("id").geometry
    assert again.geom_equals(first).all()
    swapped = LIST.replace("经度,纬度", "纬度,经度")
    assert taken_in(a_list(tmp_path, swapped), store, "auto").system == "gcj02/yx"
    turned = store.read("charging_stations").set_index("id")
    assert turned.geometry.geom_equals(first).all()
    assert set(turned["geometry_status"]) == {"app_converted"}
    (tmp_path / "own.geojson").write_text(gpd.GeoSeries(first).to_json(), "utf-8")
    assert taken_in(tmp_path / "own.geojson", store, "auto").system == "EPSG:4490"  # its word
    with pytest.raises(SystemNotDeclared):
        taken_in(a_list(tmp_path, LIST.replace("S", "T").replace("站", "所")), store, "auto")


# ---------------------------------------------------------------------- command line


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PIM_DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    return tmp_path


def test_check_prints_the_candidates_with_their_evidence(folder, capsys):
    told = [str(a_list(folder)), "--layer", "charging_stations"]
    assert main(["check", *told]) == 2
    out, err = capsys.readouterr()
    assert "结论：现有依据分辨不出" in out
    assert "1. EPSG:4490：与 EPSG:4326 相同；本市界线内 100.0%" in out
    assert "没有说明坐标系" in err
    assert main(["check", *told, "--crs", "auto", "--language", "en"]) == 2
    assert "no row tells the two apart" in capsys.readouterr().out
    assert not (folder / "data").exists()


def test_json_holds_the_whole_finding(folder, capsys):
    assert main(["check", str(a_list(folder)), "--layer", "charging_stations", "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    finding = told["facts"]["finding"]
    assert (told["error"], finding["verdict"]) == ("SystemNotDeclared", "undecided")
    first = finding["groups"][0]["candidates"][0]
    assert (first["system"], first["evidence"]["in_city"]) == ("EPSG:4490", 1.0)
    assert {one["system"] for one in finding["ghosts"]} == set(DEGREES)


def test_a_file_in_several_systems_is_said_to_be_mixed(folder, capsys):
    lon, lat, _ = places_in_lanzhou(30)
    x, y = numbers_in("EPSG:4523", lon[:12], lat[:12])
    pairs = [*zip(x, y, strict=True), *zip(lat[12:29], lon[12:29], strict=True), (7e8, 1.0)]
    text = "编号,X,Y\n" + "".join(f"S{at},{x},{y}\n" for at, (x, y) in enumerate(pairs))
    assert main(["check", str(a_list(folder, text)), "--layer", "charging_stations"]) == 2
    out = capsys.readouterr().out
    assert "一个文件里混有 2 种坐标系" in out
    assert "经纬度，纬度在前，17 行" in out
    assert "平面坐标，带号 35，12 行" in out
    assert "1 行在任何坐标系中都不在本市及邻县：第 31 行" in out
    assert "EPSG:2359, EPSG:2411" in out


def test_an_old_datum_is_taken_with_a_file_of_parameters(folder, capsys):
    lon, lat, _ = places_in_lanzhou(3)
    x, y = in_xian80(lon, lat)
    text = "编号,X,Y\n" + "".join(f"S{at},{x[at]:.4f},{y[at]:.4f}\n" for at in range(3))
    told = ["import", str(a_list(folder, text)), "--layer", "charging_stations", "--crs", "2359"]
    assert main(told) == 2
    assert "--parameters" in capsys.readouterr().err
    (folder / "seven.toml").write_text("dx_m = -12.5\ndy_m = 113.25\ndz_m = 40.0\n", "utf-8")
    assert main([*told, "--parameters", str(folder / "seven.toml")]) == 0
    stored = open_features(f"file:{folder / 'data' / 'features'}").read("charging_stations")
    stored = stored.sort_values("id")
    assert GEOD.inv(stored.geometry.x, stored.geometry.y, lon, lat)[2].max() < 0.001
    assert set(stored["system_original"]) == {"EPSG:2359+towgs84=-12.5,113.25,40.0,0.0,0.0,0.0,0.0"}
    capsys.readouterr()
    (folder / "seven.toml").write_text("dx = 1", "utf-8")
    assert main([*told, "--parameters", str(folder / "seven.toml"), "--language", "en"]) == 2
    assert "cannot be used as parameters" in capsys.readouterr().err


def test_without_parameters_an_old_datum_is_not_held_against_anything():
    lon, lat, _ = places_in_lanzhou(10)
    rows = rows_of_numbers(*numbers_in("EPSG:4523", lon, lat))
    finding = investigate(rows, GROUND, declared="EPSG:2359")
    assert "EPSG:2359" not in systems_of(finding)
    with pytest.raises(NeedsParameters):
        find_system("EPSG:2359")


# ---------------------------------------------------------------------- public data

UNDECIDED = ("undecided", "EPSG:4490", "")
ABROAD_UNDECIDED = ("undecided", "EPSG:4326", "")
FOUND = {
    # verdict, first candidate, doubt
    "boundaries/lanzhou_and_neighbour_districts_tianditu_wgs84.geojson": (
        *("declared", "EPSG:4490", ""),
    ),
    "boundaries/lanzhou_districts_amap2025_wgs84.geojson": ("declared", "EPSG:4490", ""),
    "boundaries/lanzhou_districts_amap_gcj02.geojson": ("declared", "gcj02", "gcj02"),
    "boundaries/lanzhou_districts_tianditu_wgs84.geojson": ("declared", "EPSG:4490", ""),
    "ev_stations/SZ_districts_epsg3857.zip": ("declared", "EPSG:3857", ""),
    "ev_stations/st_evcdp_information.csv": UNDECIDED,
    "ev_stations/urbanev_inf.csv": UNDECIDED,
    "ev_stations/urbanev_inf_raw.csv": UNDECIDED,
    "parcels/1_vietnam_areas.gpkg": ("declared", "EPSG:32648", ""),
    "parcels/BD_JECAM_CIRAD_2023_feb.zip": ("declared", "EPSG:4326", ""),
    "parcels/brpgewaspercelen_definitief_2023.gpkg": ("declared", "", ""),
    "parcels/jp_field_polygons_2024.parquet": ("declared", "EPSG:6668", ""),
    "rivers/hyd1_4l_gbk_noprj.zip": UNDECIDED,
    "rivers/ngcc1to4m_lanzhou_wgs84.geojson": ("declared", "bd09", ""),  # 1.4 km either way
    "rivers/wdbii_rivers_around_lanzhou_wgs84.geojson": ("declared", "EPSG:4490", ""),
    "ugly_files/ngcc_res2_4m_gbk_noprj.zip": UNDECIDED,
    "ugly_files/pyshp_NullTest.zip": ABROAD_UNDECIDED,
    "ugly_files/pyshp_corrupt_too_long.zip": ABROAD_UNDECIDED,
    "ugly_files/pyshp_latin1.zip": ABROAD_UNDECIDED,
    "water_points/malawi_handpump_inspections.csv": ABROAD_UNDECIDED,
}


def finding_of(file, declare=None):
    """Return what the detective finds in a file; `declare` overrides what the file says."""
    layer_id = "charging_stations"
    if "rivers" in str(file):
        layer_id = "river_segments"
    elif {"boundaries", "parcels"} & set(file.parts):
        layer_id = "occupied_farmland"
    schema = schema_of(layer_id)
    table = read_table(file)
    columns, _ = match_columns(table, schema, {})
    declared = table.declared_system or "" if declare is None else declare
    rows = _lay_out(table, columns)
    return propose_systems(rows, schema, city=CITY, declared=declared)


@with_shared
@pytest.mark.parametrize(("name", "expected"), FOUND.items())
def test_what_is_found_in_a_public_file(name, expected):
    finding = finding_of(SHARED / name)
    first = finding.candidates[0].system if finding.candidates else ""
    assert (finding.verdict, first, finding.doubt) == expected


@with_shared
def test_every_public_file_with_coordinates_has_its_finding_written_down():
    for file in SHARED.rglob("*"):
        name = file.relative_to(SHARED).as_posix()
        if file.is_file() and name not in FOUND:
            with pytest.raises((UnreadableFile, ColumnsMissing)):
                finding_of(file)


@with_shared
def test_real_outlines_without_a_word_of_their_system_are_told_apart():
    shifted = finding_of(SHARED / "boundaries/lanzhou_districts_amap_gcj02.geojson", declare="")
    assert (shifted.verdict, shifted.candidates[0].system) == ("proposed", "gcj02")
    assert shifted.candidates[0].evidence.edge_m < 100 < shifted.candidates[1].evidence.edge_m
    true = finding_of(SHARED / "boundaries/lanzhou_districts_amap2025_wgs84.geojson", declare="")
    # Seven of eight outlines speak for it, which luck alone would do too often.
    assert (true.verdict, true.candidates[0].system) == ("undecided", "EPSG:4490")
    assert true.candidates[1].votes == (7, 0)


@with_shared
@pytest.mark.parametrize("system", DEGREES)
def test_districts_stated_by_other_outlines_than_ours_never_lead_to_a_wrong_proposal(system):
    finer = gpd.read_file(SHARED / "boundaries/lanzhou_districts_amap2025_wgs84.geojson")
    lon, lat, _ = places_in_lanzhou(9000)
    points = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy(lon, lat, crs=4326))
    stated = points.sjoin(finer, how="left")["name"].fillna("").groupby(level=0).first().to_numpy()
    x, y = numbers_in(system, lon, lat)
    for start in range(0, 9000, 600):
        part = slice(start, start + 600)
        rows = rows_of_numbers(x[part], y[part], jurisdiction=stated[part])
        finding = investigate(rows, GROUND)
        assert finding.verdict == "undecided" or finding.candidates[0].system == system


@with_shared
def test_real_rivers_too_coarse_for_it_are_not_told_apart():
    finding = finding_of(SHARED / "rivers/ngcc1to4m_lanzhou_wgs84.geojson", declare="")
    assert finding.verdict == "undecided"


@with_shared
def test_a_real_file_that_contradicts_its_own_declaration_is_doubted_in_words(tmp_path):
    told = subprocess.run(
        [sys.executable, "-m", "geodata", "check", "--layer", "occupied_farmland",
         "--language", "en", str(SHARED / "boundaries/lanzhou_districts_amap_gcj02.geojson")],
        capture_output=True, text=True, encoding="utf-8", check=False,
        env={**os.environ, "PIM_DATA_FOLDER": str(tmp_path)},
    )  # fmt: skip
    assert "declares EPSG:4326, but its rows fit gcj02 better" in told.stdout
    assert told.returncode in {0, 1}
