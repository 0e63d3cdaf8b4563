"""One contract for every engine of features; that of cases is test_case_stores.py."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import geopandas as gpd
import pandas as pd
import psycopg
import pytest
import shapely

from geodata import RevisionNote, Scope, open_features
from geodata.engines.folder import FolderFeatures, create_feature_store
from geodata.errors import BrokenStore, UnknownLayer, UnknownStore
from geodata.schema import COMMON_COLUMNS, KEPT_COLUMNS
from tests.geodata.postgres import running_server

NOTE = RevisionNote("tester", "a test", datetime(2025, 12, 17, tzinfo=UTC), source_name="list.csv")


def some_features(*rows):
    blank = dict.fromkeys([*(one.id for one in COMMON_COLUMNS), *KEPT_COLUMNS])
    frame = pd.DataFrame([{**blank, **row} for row in rows])
    places = [shapely.Point(row.get("lon", 103.8), row.get("lat", 36.05)) for row in rows]
    return gpd.GeoDataFrame(frame.drop(columns=["lon", "lat"], errors="ignore"),
                            geometry=places, crs=4490)  # fmt: skip


VALLEY = some_features(
    {"id": "1", "name": "一号站", "jurisdiction": "LZ-CG", "hazard_kinds": "unfiled;other",
     "found_on": date(2025, 3, 1), "lon": 103.80},
    {"id": "2", "name": "二号站", "jurisdiction": "LZ-XG", "hazard_kinds": "other",
     "found_on": date(2025, 5, 1), "lon": 103.60},
    {"id": "3", "name": "三号站", "jurisdiction": "LZ-XG", "hazard_kinds": "",
     "found_on": None, "lon": 103.50},
)  # fmt: skip


@pytest.fixture(scope="module")
def server():
    with running_server(with_postgis=True) as server:
        yield server


@pytest.fixture(params=["memory", "folder", "postgis"])
def features(request, tmp_path):
    if request.param == "memory":
        return open_features("memory:")
    if request.param == "postgis":
        return open_features(request.getfixturevalue("server").new_url())
    return create_feature_store(tmp_path / "features")


def test_what_is_written_is_read_back_with_its_system_and_its_dates(features):
    features.write("stations", VALLEY, NOTE)
    back = features.read("stations")
    assert back.crs.to_epsg() == 4490
    assert list(back["id"]) == ["1", "2", "3"]
    assert list(back["found_on"]) == [date(2025, 3, 1), date(2025, 5, 1), None]
    assert back.geometry.geom_equals(VALLEY.geometry).all()


def test_reading_an_unknown_layer_names_the_known_ones(features):
    features.write("stations", VALLEY, NOTE)
    with pytest.raises(UnknownLayer, match="stations"):
        features.read("statoins")


def test_a_row_with_a_known_id_takes_the_place_of_the_old_one(features):
    features.write("stations", VALLEY, NOTE)
    features.write("stations", some_features({"id": "2", "name": "新名"}), NOTE)
    back = features.read("stations").set_index("id")
    assert len(back) == 3
    assert back.loc["2", "name"] == "新名"


def test_every_write_changes_the_revision(features):
    before = features.revision()
    features.write("stations", VALLEY, NOTE)
    assert features.revision() != before
    assert features.notes()["stations"] == NOTE


@pytest.mark.parametrize(
    ("scope", "ids"),
    [
        (Scope(), ["1", "2", "3"]),
        (Scope(jurisdictions=frozenset({"LZ-XG"})), ["2", "3"]),
        (Scope(hazard_kinds=frozenset({"unfiled"})), ["1"]),
        (Scope(hazard_kinds=frozenset({"other"})), ["1", "2"]),
        (Scope(from_on=date(2025, 3, 1), to_on=date(2025, 4, 30)), ["1"]),
        (Scope(text="二号"), ["2"]),
        (Scope(within=((103.55, 36.0), (103.9, 36.0), (103.9, 36.1), (103.55, 36.1))), ["1", "2"]),
    ],
)
def test_a_scope_keeps_the_rows_it_looks_at(features, scope, ids):
    features.write("stations", VALLEY, NOTE)
    assert list(features.read("stations", scope)["id"]) == ids


def test_a_tally_adds_up_to_the_number_of_rows(features):
    features.write("stations", VALLEY, NOTE)
    tally = features.tally("stations", ("jurisdiction",))
    assert dict(zip(tally["jurisdiction"], tally["count"], strict=True)) == {
        "LZ-CG": 1, "LZ-XG": 2,
    }  # fmt: skip


def test_writers_at_once_lose_nothing(features):
    def write(number):
        features.write("stations", some_features({"id": str(number), "name": "x"}), NOTE)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(12)))
    assert len(features.read("stations")) == 12


def test_a_write_that_dies_before_its_rename_leaves_the_old_state_whole(tmp_path, monkeypatch):
    store = create_feature_store(tmp_path)
    store.write("stations", VALLEY, NOTE)
    before = store.revision()

    def power_cut(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "_replace", power_cut)
    with pytest.raises(KeyboardInterrupt):
        store.write("stations", some_features({"id": "9"}), NOTE)
    again = FolderFeatures(tmp_path)
    assert again.revision() == before
    assert len(again.read("stations")) == 3
    assert not list(tmp_path.glob(".partial-*"))


def test_a_missing_folder_says_so(tmp_path):
    with pytest.raises(BrokenStore, match="missing"):
        open_features(f"file:{tmp_path / 'nowhere'}")


def test_a_broken_list_and_a_broken_layer_say_so(tmp_path):
    store = create_feature_store(tmp_path)
    store.write("stations", VALLEY, NOTE)
    next(tmp_path.glob("stations.*.parquet")).write_bytes(b"no parquet")
    with pytest.raises(BrokenStore, match="unreadable_layer"):
        store.read("stations")
    (tmp_path / "current.json").write_text("{", "utf-8")
    with pytest.raises(BrokenStore, match="unreadable_list"):
        open_features(f"file:{tmp_path}")


def test_an_unknown_scheme_names_the_known_ones():
    with pytest.raises(UnknownStore, match="file:"):
        open_features("ftp:somewhere")


def test_rows_set_aside_are_kept_with_their_reasons(tmp_path):
    store = create_feature_store(tmp_path)
    place = store.set_aside("stations", pd.DataFrame({"id": ["7"], "reason": ["坐标缺失"]}), NOTE)
    assert "坐标缺失" in pd.read_csv(place, encoding="utf-8-sig").to_string()


def test_a_database_that_has_no_postgis_yet_gets_it_when_it_is_opened(server):
    with psycopg.connect(server.address, autocommit=True) as database:
        database.execute("create database bare")
    bare = server.address.removesuffix("postgres") + "bare"
    assert open_features(bare).layers() == ()
    with psycopg.connect(bare) as database:
        found = database.execute("select extname from pg_extension").fetchall()
    assert ("postgis",) in found
