"""Overlays of many processes: the same answer, whatever dies on the way, and nothing done twice."""

import multiprocessing
import os
import signal

import numpy as np
import psutil
import pyarrow.parquet as pq
import pytest
import shapely

from geodata import Overlay, Scope, open_features, partitions
from geodata.engines import dask as engine
from geodata.engines.dask import Cluster, overlay_files
from geodata.engines.folder import create_feature_store
from geodata.errors import BadSetting, BrokenStore, UnknownStore
from geodata.overlay import MEASURES, totals
from geodata.partitions import cut
from tests.geodata.test_overlay import stars
from tests.geodata.test_overlay_engines import BOW, SPIKE, parcels, yards
from tests.geodata.test_revisions import a_note

YARDS = Overlay("yards", "parcels", by=("class_code", "is_basic"))
ROWS_EACH = 150


@pytest.fixture
def folder(tmp_path):
    """Return a folder with two layers, some of their shapes broken or missing."""
    chance = np.random.default_rng(8)
    store = create_feature_store(tmp_path / "features")
    first = [*stars(400, 60, 3000, chance), None, BOW, shapely.Point(103.8, 36)]
    second = [*stars(1500, 50, 3000, chance), None, BOW, SPIKE]
    store.write("yards", yards(first), a_note(0))
    store.write("parcels", parcels(second), a_note(1))
    return store.folder


@pytest.fixture
def store(folder):
    return open_features(f"dask:{folder}?workers=2&rows_each={ROWS_EACH}")


def is_same(ours, theirs):
    assert ours.pairs.astype(str).equals(theirs.pairs.astype(str))
    order = ["layer", "id", "what", "why"]
    told = [one.doubts[order].sort_values(order, ignore_index=True) for one in (ours, theirs)]
    assert told[0].astype(str).equals(told[1].astype(str))
    return True


def in_this_process(monkeypatch):
    """Have tasks done here, one after the other: what they answer does not hang on where."""

    def run(left, total, cluster, told):
        for task in left:
            engine.do_task(task)

    monkeypatch.setattr(engine, "_run", run)


@pytest.mark.parametrize("relation", MEASURES)
def test_pieces_answer_as_the_whole_does_to_the_last_digit(folder, store, relation, monkeypatch):
    in_this_process(monkeypatch)
    overlay = Overlay("yards", "parcels", relation, 40, by=("class_code", "is_basic"))
    plain = open_features(f"file:{folder}")
    for scope in (Scope(), Scope(jurisdictions=frozenset({"LZ-CG"}))):
        ours, theirs = store.pairs(overlay, scope), plain.pairs(overlay, scope)
        assert is_same(ours, theirs)
    assert len(theirs.pairs) or relation == "inside"
    assert open_features(f"file:{folder}").leftovers() == ()


def test_a_layer_is_cut_into_compact_pieces_that_hold_each_row_once(folder, tmp_path):
    file = open_features(f"file:{folder}").file_of("parcels")
    pieces = cut(file, tmp_path / "cut", ("class_code",), ROWS_EACH)
    tables = [pq.read_table(tmp_path / "cut" / one.file) for one in pieces]
    ids = [one for table in tables for one in table["id"].to_pylist()]
    assert sorted(ids) == sorted(pq.read_table(file)["id"].to_pylist())
    assert [len(table) for table in tables] == [one.rows for one in pieces]
    assert max(one.rows for one in pieces) <= 2 * ROWS_EACH
    assert cut(file, tmp_path / "cut", ("class_code",), ROWS_EACH) == pieces
    whole = shapely.box(
        *np.array([one.box for one in pieces]).min(axis=0)[:2],
        *np.array([one.box for one in pieces]).max(axis=0)[2:],
    ).area
    assert sum(shapely.box(*one.box).area for one in pieces) < 4 * whole


def test_there_are_never_more_pieces_than_files_may_be_open(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(partitions, "MOST_PIECES", 4)
    file = open_features(f"file:{folder}").file_of("parcels")
    pieces = partitions.cut(file, tmp_path / "cut", (), 1)
    assert 1 < len(pieces) <= 4
    assert sum(one.rows for one in pieces) == pq.read_metadata(file).num_rows


def workers():
    """Return the processes of the cluster that this one has started."""
    tracker = multiprocessing.resource_tracker._resource_tracker._pid
    mine = psutil.Process().children()
    return [one for one in mine if one.pid != tracker and "spawn_main" in " ".join(one.cmdline())]


def test_a_worker_killed_in_the_middle_changes_nothing(folder, store, monkeypatch):
    killed = []

    def told(what, done, total):
        if what == "measuring" and 0 < done < total and not killed:
            victim = workers()[0]
            killed.append(victim.pid)
            os.kill(victim.pid, signal.SIGKILL)

    assert is_same(store.pairs(YARDS, told=told), open_features(f"file:{folder}").pairs(YARDS))
    assert len(killed) == 1
    assert not psutil.pid_exists(killed[0]) or workers() == []


def test_a_run_broken_off_takes_up_only_what_is_left(folder, store, monkeypatch):
    in_this_process(monkeypatch)
    done, once = [], engine.do_task

    def do(task):
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(once(task))

    monkeypatch.setattr(engine, "do_task", do)
    with pytest.raises(KeyboardInterrupt):
        store.pairs(YARDS)
    more = []
    monkeypatch.setattr(engine, "do_task", lambda task: more.append(once(task)))
    heard = []
    whole = store.pairs(YARDS, told=lambda *facts: heard.append(facts))
    assert not set(done) & set(more)
    assert is_same(whole, open_features(f"file:{folder}").pairs(YARDS))
    more.clear()
    assert is_same(store.pairs(YARDS), whole)
    assert more == [], "nothing is left to do"
    store.write("parcels", parcels([BOW]), a_note(9))
    changed = store.pairs(YARDS)
    assert more, "a new revision is a new question"
    assert is_same(changed, open_features(f"file:{folder}").pairs(YARDS))


def test_totals_are_summed_piece_by_piece(folder, store, tmp_path, monkeypatch):
    in_this_process(monkeypatch)
    files = [store.file_of(one) for one in ("yards", "parcels")]
    answer = overlay_files(*files, YARDS, tmp_path / "work", Cluster(rows_each=ROWS_EACH))
    ours, theirs = answer.totals(), totals(answer.met().pairs, YARDS)
    assert ours["pairs"].tolist() == theirs["pairs"].tolist()
    assert ours["area_m2"].to_numpy() == pytest.approx(theirs["area_m2"].to_numpy(), rel=1e-12)
    assert ours["class_code"].astype(str).tolist() == theirs["class_code"].astype(str).tolist()


def test_what_an_address_cannot_mean_is_refused(folder, tmp_path, monkeypatch):
    for asked in ("workers=0", "workers=x", "scheduler=here", "colour=red"):
        with pytest.raises(BadSetting, match="scheduler=tcp://HOST:PORT"):
            open_features(f"dask:{folder}?{asked}")
    with pytest.raises(BrokenStore):
        open_features(f"dask:{tmp_path / 'none'}")
    with pytest.raises(UnknownStore, match="dask:"):
        open_features("spark:here")
    store = open_features(f"dask:{folder}")
    with pytest.raises(BadSetting, match="klass"):
        store.pairs(Overlay("yards", "parcels", by=("klass",)))
