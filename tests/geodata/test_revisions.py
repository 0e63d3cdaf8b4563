"""Revisions of features: what a write did, how to compare it, and the way back from it."""

import json
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import RevisionNote, open_features
from geodata.engines.folder import FolderFeatures, create_feature_store
from geodata.engines.memory import MemoryFeatures
from geodata.errors import LaterWrites, RepeatedIds, UnknownRevision
from geodata.revisions import day_of, digest, note_to_json
from geodata.sample import sample_features
from geodata.schema import COMMON_COLUMNS, KEPT_COLUMNS
from tests.geodata.postgres import running_server

START = datetime(2026, 3, 1, 4, tzinfo=UTC)
BLANK = dict.fromkeys([*(one.id for one in COMMON_COLUMNS), *KEPT_COLUMNS])


def a_note(day=0, sha="", who="王某", **facts):
    return RevisionNote(
        who, "台账", START + timedelta(days=day), "list.csv", sha or f"sha of day {day}", **facts
    )


def rows(**names):
    """Return points by id, each with its name; 1-based ids are written `_1`."""
    frame = pd.DataFrame([{**BLANK, "id": key[1:], "name": name} for key, name in names.items()])
    places = [shapely.Point(103.5 + int(one) / 100, 36) for one in frame["id"]]
    return gpd.GeoDataFrame(frame, geometry=places, crs=4490)


def names(store, as_of=None):
    back = store.read("stations", as_of=as_of)
    return dict(zip(back["id"], back["name"], strict=True))


@pytest.fixture(scope="module")
def server():
    with running_server(with_postgis=True) as server:
        yield server


@pytest.fixture(params=["memory", "folder", "postgis"])
def store(request, tmp_path):
    if request.param == "memory":
        return open_features("memory:")
    if request.param == "postgis":
        return open_features(request.getfixturevalue("server").new_url())
    return create_feature_store(tmp_path / "features")


# ------------------------------------------------------------------------- writes


def test_a_write_is_one_revision_that_says_who_when_from_what_and_how_much(store):
    note = a_note(mapping=(("编号", "id"),), system="EPSG:4490")
    assert store.write("stations", rows(_1="一", _2="二"), note) == "1"
    store.write("others", rows(_1="一"), a_note(1))
    store.write("stations", rows(_2="二号", _3="三"), a_note(2))
    first, last = store.revisions("stations")
    assert (first.id, first.layer, first.note) == ("1", "stations", note)
    assert (first.added, first.changed, first.closed) == (2, 0, 0)
    assert (last.id, last.added, last.changed, last.closed) == ("3", 1, 1, 0)
    assert [one.id for one in store.revisions()] == ["1", "2", "3"]


def test_the_same_file_twice_changes_nothing(store):
    assert store.write("stations", rows(_1="一"), a_note(0, "abc"))
    before = store.revision()
    assert store.write("stations", rows(_1="一"), a_note(5, "abc")) == ""
    assert store.revision() == before
    assert list(store.read("stations")["valid_from"]) == [None]


def test_another_file_that_says_the_same_is_a_revision_without_changed_rows(store):
    store.write("stations", rows(_1="一"), a_note(0, "abc"))
    assert store.write("stations", rows(_1="一"), a_note(5, "xyz")) == "2"
    last = store.revisions()[-1]
    assert (last.added, last.changed, last.closed) == (0, 0, 0)


def test_an_older_file_again_is_a_new_revision_if_rows_have_changed_since(store):
    store.write("stations", rows(_1="一"), a_note(0, "abc"))
    store.write("stations", rows(_1="壹"), a_note(1, "xyz"))
    assert store.write("stations", rows(_1="一"), a_note(2, "abc")) == "3"
    assert names(store) == {"1": "一"}


def test_a_changed_row_is_closed_on_the_day_of_the_write_and_the_new_one_begins(store):
    store.write("stations", rows(_1="一", _2="二"), a_note(0))
    store.write("stations", rows(_1="壹"), a_note(9))
    assert names(store) == {"2": "二", "1": "壹"}
    assert names(store, date(2026, 3, 9)) == {"1": "一", "2": "二"}
    assert names(store, date(2026, 3, 10)) == {"2": "二", "1": "壹"}
    assert names(store, date(2020, 1, 1)) == {"1": "一", "2": "二"}, "since when is not said"
    (closed,) = store.state("stations").closed.to_dict("records")
    assert (closed["name"], closed["valid_from"], closed["valid_to"]) == (
        "一", None, date(2026, 3, 10),
    )  # fmt: skip
    assert store.tally("stations", ("id",))["count"].tolist() == [1, 1]


def test_a_write_just_after_midnight_counts_for_the_day_of_the_office():
    note = RevisionNote("王某", "", datetime(2026, 3, 1, 17, tzinfo=UTC))
    assert day_of(note) == date(2026, 3, 2)


def test_a_replaced_layer_closes_the_rows_that_are_gone(store):
    store.write("stations", rows(_1="一", _2="二"), a_note(0))
    new = rows(_2="二", _3="三").assign(valid_from=date(2026, 3, 5))
    store.write("stations", new, a_note(4), replace=True)
    last = store.revisions()[-1]
    assert (last.added, last.changed, last.closed) == (1, 0, 1)
    assert names(store) == {"2": "二", "3": "三"}
    assert names(store, date(2026, 3, 3)) == {"1": "一", "2": "二"}


def test_a_row_that_comes_back_holds_from_that_day(store):
    store.write("stations", rows(_1="一", _2="二"), a_note(0))
    store.write("stations", rows(_2="二"), a_note(2), replace=True)
    store.write("stations", rows(_1="一"), a_note(6))
    assert names(store, date(2026, 3, 2)) == {"1": "一", "2": "二"}
    assert names(store, date(2026, 3, 4)) == {"2": "二"}
    assert names(store, date(2026, 3, 7)) == {"1": "一", "2": "二"}


def test_a_row_holds_from_the_day_that_it_says_itself(store):
    frame = rows(_1="一").assign(valid_from=[date(2026, 2, 10)])
    store.write("stations", frame, a_note(0))
    assert names(store, date(2026, 2, 9)) == {}
    assert names(store, date(2026, 2, 10)) == {"1": "一"}


def test_rows_without_an_id_of_their_own_are_refused_whole(store):
    twice = pd.concat([rows(_1="一"), rows(_1="壹")])
    with pytest.raises(RepeatedIds, match="ids=1"):
        store.write("stations", gpd.GeoDataFrame(twice, crs=4490), a_note())
    assert store.layers() == ()


def test_a_new_column_and_a_moved_place_are_changes(store):
    store.write("stations", rows(_1="一", _2="二"), a_note(0))
    moved = rows(_1="一", _2="二")
    moved.loc[0, "geometry"] = shapely.Point(103.9, 36.2)
    store.write("stations", moved.assign(guns=[None, 4]), a_note(1))
    change = store.compare("stations", "1", "2").set_index("id")
    assert change["columns"].to_dict() == {"1": "geometry", "2": "guns"}
    assert change.loc["2", "after"] == {"guns": 4}


# ------------------------------------------------------------ comparing, going back


def test_two_revisions_are_compared_row_by_row(store):
    store.write("stations", rows(_1="一", _2="二"), a_note(0))
    store.write("others", rows(_7="七"), a_note(0))
    store.write("stations", rows(_2="二号", _3="三"), a_note(4), replace=True)
    change = store.compare("stations", "2", "3")
    assert list(zip(change["id"], change["change"], strict=True)) == [
        ("1", "removed"), ("2", "changed"), ("3", "added"),
    ]  # fmt: skip
    assert change["before"].iloc[1] == {"name": "二"}
    assert change["after"].iloc[1] == {"name": "二号"}
    assert store.compare("stations", "0", "1")["change"].tolist() == ["added", "added"]
    assert store.compare("stations", "3", "3").empty
    with pytest.raises(UnknownRevision, match="1, 2, 3"):
        store.compare("stations", "1", "4")


def test_a_revision_taken_back_is_a_new_revision_and_nothing_is_erased(store):
    store.write("stations", rows(_1="一", _2="二"), a_note(0))
    store.write("stations", rows(_1="壹", _3="三"), a_note(5))
    store.write("stations", rows(_4="四"), a_note(6))
    assert store.take_back("2", a_note(7)) == "4"
    assert names(store) == {"2": "二", "4": "四", "1": "一"}
    assert names(store, date(2026, 3, 7)) == {"1": "一", "2": "二", "4": "四"}
    last = store.revisions()[-1]
    assert (last.takes_back, last.added, last.changed, last.closed) == ("2", 0, 1, 1)
    assert store.compare("stations", "1", "2")["id"].tolist() == ["1", "3"]
    assert store.take_back("4", a_note(8)) == "5"
    assert names(store) == {"2": "二", "4": "四", "1": "壹", "3": "三"}


def test_a_first_write_can_be_taken_back_and_its_file_put_in_again(store):
    store.write("stations", rows(_1="一"), a_note(0, "abc"))
    store.take_back("1", a_note(1))
    assert names(store) == {}
    assert store.write("stations", rows(_1="一"), a_note(2, "abc")) == "3"
    assert names(store) == {"1": "一"}


def test_a_revision_whose_rows_were_written_since_stays_and_says_by_what(store):
    store.write("stations", rows(_1="一", _2="二"), a_note(0))
    store.write("stations", rows(_1="壹"), a_note(1))
    store.write("stations", rows(_2="贰"), a_note(2))
    store.write("stations", rows(_1="1号"), a_note(3))
    with pytest.raises(LaterWrites) as refused:
        store.take_back("2", a_note(4))
    assert refused.value.facts == {
        "revision": "2", "layer": "stations", "later": "4", "rows": "1",
    }  # fmt: skip
    assert store.revision() == "4"
    store.take_back("4", a_note(5))
    store.take_back("2", a_note(6))
    assert names(store) == {"2": "贰", "1": "一"}
    with pytest.raises(UnknownRevision):
        store.take_back("99", a_note(7))


ACTS = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from("12345"), st.sampled_from("甲乙丙"), min_size=1),
        st.integers(0, 3),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=30, deadline=None)
@given(ACTS, st.randoms(use_true_random=False))
def test_whatever_is_written_a_row_holds_once_a_day_and_every_way_back_is_exact(acts, chance):
    store, day = MemoryFeatures(), 0
    for given_names, days, replace, goes_back in acts:
        day += days
        if goes_back and store.revisions():
            one = chance.choice(store.revisions())
            before, after = (store.state("stations", str(int(one.id) - n)) for n in (1, 0))
            now = store.state("stations")
            try:
                store.take_back(one.id, a_note(day))
            except LaterWrites:
                continue
            if digest(after.current) == digest(now.current):
                assert digest(store.state("stations").current) == digest(before.current)
                assert digest(store.state("stations").closed) == digest(before.closed)
        else:
            frame = rows(**{f"_{key}": name for key, name in given_names.items()})
            store.write("stations", frame, a_note(day), replace=replace)
            assert given_names.items() <= names(store).items()
    everything = store.state("stations")
    for one in range(-1, day + 2):
        held = everything.on(START.date() + timedelta(days=one))
        assert held["id"].is_unique
    last = everything.on(START.date() + timedelta(days=day))
    assert digest(last) == digest(everything.current)


def test_the_demonstration_keeps_its_digest_through_the_folder(tmp_path):
    store = create_feature_store(tmp_path)
    for layer_id, frame in sample_features().items():
        store.write(layer_id, frame, a_note())
        assert digest(store.read(layer_id)) == digest(frame), layer_id


# ------------------------------------------------------------------------- folder


def test_a_folder_of_before_there_were_revisions_still_opens_and_goes_on(tmp_path):
    rows(_1="一").to_parquet(tmp_path / "stations.000001.parquet")
    rows(_1="一", _2="二").to_parquet(tmp_path / "stations.000002.parquet")
    entry = {"file": "stations.000002.parquet", "note": note_to_json(a_note())}
    listed = {"revision": 2, "layers": {"stations": entry}}
    (tmp_path / "current.json").write_text(json.dumps(listed), "utf-8")
    store = FolderFeatures(tmp_path)
    assert names(store) == names(store, date(2020, 1, 1)) == {"1": "一", "2": "二"}
    assert [one.id for one in store.revisions("stations")] == ["1", "2"]
    assert store.compare("stations", "1", "2")["id"].tolist() == ["2"]
    store.write("stations", rows(_2="贰"), a_note(3))
    assert names(store) == {"1": "一", "2": "贰"}
    store.take_back("3", a_note(4))
    assert names(store) == {"1": "一", "2": "二"}


WRITER = """
import sys
from pathlib import Path
from tests.geodata.test_revisions import a_note, rows
from geodata.engines.folder import FolderFeatures

store = FolderFeatures(Path(sys.argv[1]))
number = int(store.revision())
print("ready", flush=True)
while True:
    number += 1
    store.write("stations", rows(**{f"_{n}": f"{number}" for n in range(9)}), a_note(number))
    print(number, flush=True)
"""


def test_a_writer_killed_at_any_moment_leaves_a_whole_state(tmp_path):
    store = create_feature_store(tmp_path / "features")
    store.write("stations", rows(**{f"_{n}": "1" for n in range(9)}), a_note(1))
    chance, reached = random.Random(4), []  # noqa: S311 - moments, no secrets
    for _ in range(8):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(store.folder)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        with writer:
            for _line in ("ready", "one write"):  # however slow the machine is
                writer.stdout.readline()
            time.sleep(chance.uniform(0.02, 0.3))
            writer.send_signal(signal.SIGKILL)
        newest = int(store.revision())
        reached.append(newest)
        assert [one.id for one in store.revisions()] == [f"{n}" for n in range(1, newest + 1)]
        assert set(names(store).values()) <= {f"{newest}"}
        for one in (newest, newest // 2 or newest):
            state = store.state("stations", f"{one}")
            assert set(state.current["name"]) == {f"{one}"}
            assert len(state.closed) == 9 * (one - 1)
    assert reached[-1] > len(reached)
