"""The engines of features agree: what is written at random is read the same from each."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata import Scope, open_cases, open_features
from geodata.__main__ import main
from geodata.copying import copy_cases, copy_features
from geodata.engines.folder import create_feature_store
from geodata.errors import BrokenStore, LaterWrites
from geodata.revisions import digest
from geodata.sample import sample_cases, sample_features, write_sample
from tests.geodata.postgres import running_server
from tests.geodata.test_revisions import BLANK, a_note, rows


@pytest.fixture(scope="module")
def server():
    with running_server(with_postgis=True) as server:
        yield server


PLACES = st.one_of(
    st.none(),
    st.builds(shapely.Point, st.floats(103, 104), st.floats(36, 37)),
    st.builds(shapely.Point, st.floats(103, 104), st.floats(36, 37), st.floats(0, 99)),
    st.just(shapely.Point()),
    st.just(shapely.box(103.2, 36.2, 103.4, 36.4)),
    st.just(shapely.LineString([(103.1, 36.1), (103.9, 36.9)])),
)
DAYS = st.none() | st.dates(date(2025, 1, 1), date(2026, 12, 31))
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
# JSON knows no minus zero, and no column here means anything by it.
NUMBERS = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from("123456"),
            "name": TEXT | st.none(),
            "township": st.sampled_from(["", "河口镇", "Hekou", None]),
            "jurisdiction": st.sampled_from(["LZ-CG", "LZ-XG", None]),
            "hazard_kinds": st.sampled_from(["", "other", "unfiled;other", None]),
            "found_on": DAYS,
            "valid_from": DAYS,
            "power": st.none() | NUMBERS,
            "guns": st.none() | st.integers(-(2**40), 2**40),
            "is_demonstration": st.booleans(),
            "geometry": PLACES,
        }
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row["id"],
)
SCOPES = st.builds(
    Scope,
    jurisdictions=st.frozensets(st.sampled_from(["LZ-CG", "LZ-XG"])),
    hazard_kinds=st.frozensets(st.sampled_from(["other", "unfiled"])),
    from_on=DAYS,
    to_on=DAYS,
    text=st.sampled_from(["", "hek", "河口", "%", "1"]),
    within=st.sampled_from(
        [
            (),
            ((103.1, 36.1), (103.5, 36.1), (103.5, 36.5), (103.1, 36.5)),
            ((103.1, 36.1), (103.9, 36.9), (103.9, 36.1), (103.1, 36.9)),  # a bow tie
        ]
    ),
)
ACTS = st.lists(
    st.tuples(st.sampled_from(["write", "replace", "back"]), ROWS, st.integers(0, 5)),
    min_size=1,
    max_size=6,
)


def framed(told):
    frame = pd.DataFrame([{**BLANK, **row} for row in told])
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=4490)


def act(store, kind, told, note):
    """Do one thing to a store and return what came of it."""
    if kind != "back":
        return store.write("stations", framed(told), note, replace=kind == "replace")
    revisions = store.revisions()
    try:
        return store.take_back(revisions[len(told) % len(revisions)].id, note)
    except LaterWrites as refused:
        return refused.facts


@pytest.mark.parametrize("engine", ["folder", "postgis"])
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=ACTS, scopes=st.lists(SCOPES, min_size=1, max_size=4), day=DAYS)
def test_an_engine_agrees_with_the_one_in_memory(engine, request, tmp_path, **life):
    acts, scopes, day = life["acts"], life["scopes"], life["day"]
    plain = open_features("memory:")
    if engine == "folder":
        other = create_feature_store(tmp_path / f"f{time.monotonic_ns()}")
    else:
        other = open_features(request.getfixturevalue("server").new_url())
    days = 0
    for kind, told, later in acts:
        days += later
        if kind != "back" or plain.revisions():
            assert act(plain, kind, told, a_note(days)) == act(other, kind, told, a_note(days))
    if not plain.layers():
        return
    assert plain.revisions() == other.revisions()
    for one in ("", *(each.id for each in plain.revisions())):
        ours, theirs = plain.state("stations", one), other.state("stations", one)
        assert list(ours.current["id"]) == list(theirs.current["id"])
        assert digest(ours.current) == digest(theirs.current)
        assert digest(ours.closed) == digest(theirs.closed)
    for scope in (Scope(), *scopes):
        for as_of in (None, day):
            ours, theirs = (one.read("stations", scope, as_of) for one in (plain, other))
            assert digest(ours) == digest(theirs), scope
    for by in (("jurisdiction",), ("hazard_kinds", "is_demonstration")):
        ours, theirs = (one.tally("stations", by) for one in (plain, other))
        assert set(ours.astype(str).itertuples(index=False, name=None)) == set(
            theirs.astype(str).itertuples(index=False, name=None)
        )


# --------------------------------------------------------------------- demonstration


def test_the_demonstration_goes_into_the_database_and_back_the_same(server, tmp_path):
    url = server.new_url()
    for layer_id, frame in sample_features().items():
        open_features(url).write(layer_id, frame, a_note())
        assert digest(open_features(url).read(layer_id)) == digest(frame), layer_id


def test_everything_is_copied_from_folder_to_database_and_back(server, tmp_path):
    folder, url = create_feature_store(tmp_path / "a"), server.new_url()
    write_sample(folder, open_cases(f"sqlite:{tmp_path / 'a.sqlite'}"))
    folder.write("stations", rows(_1="一", _2="二"), a_note(0))
    folder.write("stations", rows(_1="壹"), a_note(1))
    folder.take_back("1", a_note(2))
    folder.set_aside("stations", rows(_1="一").drop(columns="geometry"), a_note())
    there = copy_features(folder, open_features(url), "there")
    back = create_feature_store(tmp_path / "b")
    assert copy_features(open_features(url), back, "back") == there
    assert back.revisions() == folder.revisions()
    assert back.kept_aside() == folder.kept_aside()
    cases = open_cases(f"sqlite:{tmp_path / 'a.sqlite'}")
    copied = copy_cases(cases, open_cases(url), "there")
    assert copied.cases == len(cases.find())


# ------------------------------------------------------------------------ together


def test_writers_at_once_in_several_stores_lose_nothing_and_number_in_order(server):
    url = server.new_url()

    def write(number):
        store = open_features(url)
        store.write(f"layer_{number % 2}", rows(**{f"_{number}": "一"}), a_note(number))
        return store.write("shared", rows(_1=f"{number}"), a_note(number))

    with ThreadPoolExecutor(6) as pool:
        written = list(pool.map(write, range(18)))
    store = open_features(url)
    assert [one.id for one in store.revisions()] == [str(n + 1) for n in range(36)]
    assert len(set(written)) == 18
    assert len(store.read("layer_0")) + len(store.read("layer_1")) == 18
    assert len(store.read("shared")) == 1
    assert len(store.state("shared").closed) == 17


WRITER = """
import sys
from tests.geodata.test_revisions import a_note, rows
from geodata import open_features

store, number = open_features(sys.argv[1]), 0
number = int(store.revision())
print("ready", flush=True)
while True:
    number += 1
    store.write("stations", rows(**{f"_{n}": f"{number}" for n in range(9)}), a_note(number))
"""


def test_a_writer_killed_in_the_middle_leaves_a_whole_state(server):
    url = server.new_url()
    store = open_features(url)
    store.write("stations", rows(**{f"_{n}": "1" for n in range(9)}), a_note(1))
    for pause_s in (0.05, 0.11, 0.2):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, url],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        with writer:
            writer.stdout.readline()
            time.sleep(pause_s)
            writer.send_signal(signal.SIGKILL)
        newest = store.revision()
        state = store.state("stations", newest)
        assert set(state.current["name"]) == {newest}
        assert len(state.closed) == 9 * (int(newest) - 1)


# ------------------------------------------------------------------------ the database


def test_places_lie_in_cgcs2000_under_an_index_that_scopes_use(server):
    url = server.new_url()
    frame = gpd.GeoDataFrame(
        pd.DataFrame([{**BLANK, "id": f"{n}"} for n in range(5000)]),
        geometry=[shapely.Point(100 + n / 1000, 36) for n in range(5000)],
        crs=4490,
    )
    open_features(url).write("many", frame, a_note())
    with psycopg.connect(url) as database:
        assert database.execute(
            "select distinct public.st_srid(place) from feature_rows"
        ).fetchall() == [(4490,)]
        database.execute("analyze feature_rows")
        plan = database.execute(
            "explain select 1 from feature_rows where layer = 'many' and left_at is null and"
            " public.st_intersects(place, public.st_makeenvelope(100, 35, 100.01, 37, 4490))"
        ).fetchall()
    assert "feature_rows_place" in str(plan)
    ring = ((99.9, 35), (100.0095, 35), (100.0095, 37), (99.9, 37))
    assert len(open_features(url).read("many", Scope(within=ring))) == 10


def test_tables_of_a_newer_version_are_left_alone(server):
    url = server.new_url()
    open_features(url)
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("update feature_store set version = 99")
    with pytest.raises(BrokenStore, match="newer"):
        open_features(url)


def test_a_database_that_is_not_there_says_so():
    with pytest.raises(BrokenStore, match="unreachable"):
        open_features("postgresql://postgres@127.0.0.1:1/none")


def test_several_processes_make_the_tables_once(server):
    url = server.new_url()
    with ThreadPoolExecutor(5) as pool:
        stores = list(pool.map(lambda _: open_features(url), range(5)))
    assert {one.revision() for one in stores} == {"0"}


def test_a_backup_of_databases_is_put_back_into_databases_or_a_folder(
    server, tmp_path, monkeypatch, capsys
):
    origin, target = server.new_url(), server.new_url()
    open_features(origin).write("charging_stations", framed_stations(), a_note(0))
    open_cases(origin).add(replace(sample_cases()[0], hazards=()))
    for name in ("PIM_FEATURES_URL", "PIM_CASES_URL"):
        monkeypatch.setenv(name, origin)
    monkeypatch.setenv("PIM_DATA_FOLDER", str(tmp_path / "none"))
    assert main(["backup", str(tmp_path / "b.zip")]) == 0
    assert main(["restore", str(tmp_path / "b.zip"), "--replace"]) == 2, "no database is replaced"
    assert main(["doctor"]) == 0, capsys.readouterr().out
    for name in ("PIM_FEATURES_URL", "PIM_CASES_URL"):
        monkeypatch.setenv(name, target)
    assert main(["restore", str(tmp_path / "b.zip")]) == 0
    for name in ("PIM_FEATURES_URL", "PIM_CASES_URL"):
        monkeypatch.delenv(name)
    assert not (tmp_path / "none").exists()
    assert main(["restore", str(tmp_path / "b.zip")]) == 0
    folder = tmp_path / "none"
    stores = (
        (open_features(target), open_cases(target)),
        (
            open_features(f"file:{folder / 'features'}"),
            open_cases(f"sqlite:{folder / 'cases.sqlite'}"),
        ),
    )
    for features, cases in stores:
        assert features.revisions() == open_features(origin).revisions()
        assert cases.find() == open_cases(origin).find()


def framed_stations():
    return sample_features()["charging_stations"]
