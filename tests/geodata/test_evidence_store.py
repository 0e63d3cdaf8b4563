"""One contract for every engine of evidence: memory, folder, folder with PostgreSQL."""

import errno
import hashlib
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.archive import back_up, restore
from geodata.chains import Head
from geodata.engines import evidence_folder, evidence_kept
from geodata.engines.folder import create_feature_store
from geodata.errors import (
    BadEvidence,
    BrokenStore,
    EvidenceUnavailable,
    OriginalDamaged,
    PlaceTaken,
    StaleCustody,
    UnknownEvidence,
    UnknownStore,
)
from geodata.evidence_store import (
    NOT_AVAILABLE,
    Draft,
    EvidenceFacts,
    chained,
    check_chain,
    derivatives_of,
    open_evidence,
)
from geodata.settings import VARIABLES, Settings, read_settings
from tests.geodata.postgres import running_server

ENGINES = ["memory", "file", "postgresql"]
SHARED = ENGINES[1:]
NOW = datetime(2025, 12, 17, 1, 2, 3, tzinfo=UTC)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def server():
    with running_server() as server:
        yield server


@pytest.fixture
def new_url(request, tmp_path):
    numbers = count()

    def make(engine):
        if engine == "memory":
            return "memory:"
        folder = f"file:{tmp_path / f'evidence{next(numbers)}'}"
        if engine == "file":
            return folder
        return f"{folder}?register={request.getfixturevalue('server').new_url()}"

    return make


@pytest.fixture(params=ENGINES)
def store(request, new_url):
    return open_evidence(new_url(request.param))


@pytest.fixture(params=SHARED)
def url(request, new_url):
    return new_url(request.param)


def told(**facts):
    return replace(EvidenceFacts("照片.jpg", "王某", NOW), **facts)


def folder_of(url):
    return Path(url.removeprefix("file:").partition("?")[0])


def file_of(url, sha256):
    return folder_of(url) / "originals" / sha256[:2] / sha256


def change(file, content):
    """Change an original as somebody would who may do anything on the machine."""
    file.chmod(0o600)
    file.write_bytes(content)


# ------------------------------------------------------------------- in and out again


def test_bytes_come_back_as_they_were_under_their_hash(store):
    sha256 = store.put(b"abc", told())
    assert sha256 == hashlib.sha256(b"abc").hexdigest()
    assert store.read(sha256) == b"abc"
    with store.open(sha256) as stream:
        assert (stream.read(1), stream.read()) == (b"a", b"bc")


def test_an_item_is_read_back_with_all_that_was_told(store):
    facts = told(
        captured_at=NOW.astimezone(timezone(timedelta(hours=8))), collectors=("王某", "李某"),
        device="相机 7", collection_place="西固区某小区", lon=103.6, lat=36.1, coord_source="rtk",
        purpose="photo_north", layer="charging_stations", sealed_medium_no="FC-1",
        access_class="P4", case="C1", hazard="charging_stations:7", stop="S2",
        copy_note="“原件”由物业留存\n复制于现场", origin="pack:1", note="雨",
    )  # fmt: skip
    store.put(b"abc", facts)
    (item,) = store.items()
    assert (item.facts, item.number, item.size, item.seen) == (facts, 1, 3, 1)
    assert item.facts.captured_zone == "+08:00"
    assert item.lacks == ()
    assert store.item(1) == item


def test_the_same_bytes_twice_are_one_original_and_two_items(store):
    one, other = store.put(b"abc", told()), store.put(b"abc", told(original_filename="b.jpg"))
    assert one == other
    assert [item.facts.original_filename for item in store.items(sha256=one)] == [
        "照片.jpg", "b.jpg",
    ]  # fmt: skip
    assert store.verify().originals == 1


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=200), max_size=6))
def test_whatever_bytes_in_whatever_order_and_number_come_back_the_same(new_url, contents):
    for engine in ("memory", "file"):
        store = open_evidence(new_url(engine))
        hashes = [store.put(content, told()) for content in contents]
        assert [store.read(one) for one in hashes] == contents
        assert len(store.items()) == len(contents)
        found = store.verify()
        assert (found.originals, found.troubles) == (len(set(contents)), ())
        assert found.size == sum(map(len, set(contents)))


def test_a_stream_and_a_file_are_taken_too_and_a_given_stream_stays_open(store, tmp_path):
    file = tmp_path / "a.bin"
    file.write_bytes(b"abc")
    with file.open("rb") as stream:
        assert store.put(stream, told()) == store.put(file, told())
        assert not stream.closed
    assert file.read_bytes() == b"abc"


def test_items_are_found_by_case_hazard_stop_and_origin(store):
    store.put(b"a", told(case="C1", hazard="h:1"))
    store.put(b"b", told(case="C1", stop="S1", origin="pack:9"))
    store.put(b"c", told(case="C2"))

    def numbers(**asked):
        return [one.number for one in store.items(**asked)]

    assert (numbers(), numbers(case="C1")) == ([1, 2, 3], [1, 2])
    assert (numbers(case="C1", hazard="h:1"), numbers(stop="S1")) == ([1], [2])
    assert (numbers(origin="pack:9"), numbers(case="C3")) == ([2], [])


def test_what_is_not_there_is_named_with_what_is(store):
    sha256 = store.put(b"abc", told())
    for asked in ("0" * 64, "../../etc/passwd", ""):
        with pytest.raises(UnknownEvidence) as unknown:
            store.open(asked)
        assert sha256 in unknown.value.facts["known"]
    with pytest.raises(UnknownEvidence):
        store.item(9)


def test_sm3_stands_beside_or_is_said_not_to_be_available(store, monkeypatch):
    store.put(b"abc", told())
    gb_t_32905 = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert store.item(1).sm3 in {gb_t_32905, NOT_AVAILABLE}
    monkeypatch.setattr(evidence_kept, "_new_sm3", lambda: None)
    store.put(b"abd", told())
    assert store.items()[-1].sm3 == NOT_AVAILABLE
    assert store.verify().troubles == ()


def test_a_large_file_is_never_whole_in_memory(new_url, tmp_path):
    large = tmp_path / "large.mp4"
    with large.open("wb") as file:
        file.write(b"\0\0\0\x18ftypmp42")
        file.truncate(200_000_000)
    store = open_evidence(new_url("file"))
    tracemalloc.start()
    try:
        sha256 = store.put(large, told())
        store.open(sha256).close()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 20_000_000
    assert (store.item(1).size, store.item(1).mime) == (200_000_000, "video/mp4")


# --------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "wrong",
    [
        {"received_at": NOW.replace(tzinfo=None)},
        {"original_filename": " "},
        {"received_by": ""},
        {"note": "a\0b"},
        {"device": "\ud800"},
        {"collectors": ("王某", "王某")},
        {"lon": 103.0},
        {"lon": 103.0, "lat": float("nan"), "coord_source": "rtk"},
        {"lon": 103.0, "lat": 36.0},
        {"access_class": "P6"},
        {"coord_source": "amap"},
        {"derived_from": "0" * 64},
    ],
)
def test_a_fact_that_means_nothing_is_named_and_nothing_is_kept(store, wrong):
    with pytest.raises(BadEvidence) as refused:
        store.put(b"abc", told(**wrong))
    assert refused.value.facts["field"]
    assert (store.items(), store.verify().originals) == ((), 0)


def test_what_the_law_asks_for_and_was_not_told_is_named(store):
    store.put(b"abc", told(captured_at=datetime(2025, 12, 17, 9), collectors=("王某", " ")))  # noqa: DTZ001
    item = store.item(1)
    assert set(item.lacks) == {
        "second_collector", "captured_zone", "place", "purpose", "access_class",
    }  # fmt: skip
    assert item.facts.captured_zone == "unknown"
    assert told().captured_zone == "missing"


# --------------------------------------------------------------------------- custody


def test_who_did_what_when_and_the_hash_after_is_on_record(store):
    sha256 = store.put(b"abc", told())
    store.record(1, "handed_over", who="李某", at=NOW, note="移交承办人")
    received, handed = store.custody(1)
    assert (received.action, received.who, received.at) == ("received", "王某", NOW)
    assert (handed.action, handed.note, handed.sha256_after) == (
        "handed_over", "移交承办人", sha256,
    )  # fmt: skip
    assert store.item(1).seen == 2
    with pytest.raises(BadEvidence):
        store.record(1, "received", who="李某", at=NOW)
    with pytest.raises(BadEvidence):
        store.record(1, "checked", who="李某", at=NOW.replace(tzinfo=None))


def test_what_is_told_anew_stands_and_what_was_told_before_stays_on_record(store):
    store.put(b"abc", told(purpose="photo_north", case="C1"))
    item = store.describe(
        1, who="李某", at=NOW, why="认错方位", seen=1, purpose="photo_south", case="",
        captured_at=NOW, collectors=("王某", "李某"),
    )  # fmt: skip
    assert (item.facts.purpose, item.facts.case, item.seen) == ("photo_south", "", 2)
    assert (item.facts.captured_at, item.facts.collectors) == (NOW, ("王某", "李某"))
    assert json.loads(store.custody(1)[0].told)["facts"]["purpose"] == "photo_north"
    with pytest.raises(StaleCustody) as stale:
        store.describe(1, who="赵某", at=NOW, why="-", seen=1, purpose="x")
    assert stale.value.facts == {"item": 1, "seen": 1, "stored": 2}
    with pytest.raises(BadEvidence):
        store.describe(1, who="赵某", at=NOW, why="-", seen=2, original_filename="x")
    assert len(store.custody()) == 2


def test_a_derivative_has_its_own_hash_and_its_original_tells_of_it(store):
    parent = store.put(PNG, told())
    child = store.put(b"less", told(derived_from=parent, derivation="cropped"))
    assert [one.sha256 for one in derivatives_of(parent, store.items())] == [child]
    assert store.custody(1)[-1].action == "derived"
    assert child in store.custody(1)[-1].note


def test_of_many_who_put_at_once_none_is_lost(url):
    open_evidence(url)

    def put(number):
        return open_evidence(url).put(bytes([number % 4]), told(note=str(number)))

    with ThreadPoolExecutor(4) as pool:
        hashes = list(pool.map(put, range(12)))
    store = open_evidence(url)
    assert sorted(int(one.facts.note) for one in store.items()) == list(range(12))
    assert {one.sha256 for one in store.items()} == set(hashes)
    assert store.verify().troubles == ()


# ------------------------------------------------------------- the chain, engines apart


def a_chain(length):
    head, rows = Head(), []
    for number in range(length):
        entry = chained(Draft("a" * 64, "checked", "王某", NOW, str(number)), head)
        head = Head(entry.number, entry.chain)
        rows.append((entry.number, entry.told, entry.chain))
    return rows, head


@given(st.integers(1, 8), st.data())
def test_any_removal_or_change_or_exchange_is_noticed(length, data):
    rows, head = a_chain(length)
    assert list(check_chain(rows, head)) == []
    place = data.draw(st.integers(0, length - 1))
    how = data.draw(st.sampled_from(["remove", "change", "chain", "number", "swap", "cut"]))
    number, told_, chain = rows[place]
    changed = {
        "remove": [*rows[:place], *rows[place + 1 :]],
        "change": [
            *rows[:place],
            (number, told_.replace("王某", "某王"), chain),
            *rows[place + 1 :],
        ],
        "chain": [*rows[:place], (number, told_, "f" * 64), *rows[place + 1 :]],
        "number": [*rows[:place], (number + 20, told_, chain), *rows[place + 1 :]],
        "swap": [*rows[:place], *rows[place + 1 :], rows[place]],
        "cut": rows[:place],
    }[how]
    assert changed == rows or list(check_chain(changed, head))


@given(st.integers(1, 6), st.integers(0, 5))
def test_a_register_rewritten_from_some_entry_on_does_not_fit_its_end(length, place):
    rows, head = a_chain(length)
    place = min(place, length - 1)
    before = Head(rows[place - 1][0], rows[place - 1][2]) if place else Head()
    forged = rows[:place]
    for number in range(place, length):
        entry = chained(Draft("b" * 64, "checked", "某", NOW, str(number)), before)
        before = Head(entry.number, entry.chain)
        forged.append((entry.number, entry.told, entry.chain))
    assert list(check_chain(forged, None)) == []
    assert [one.kind for one in check_chain(forged, head)] == ["rewritten"]


# ------------------------------------------------------------------ damage and tampering


def test_a_changed_original_is_refused_named_and_put_right_by_the_same_bytes(url):
    store = open_evidence(url)
    sha256 = store.put(b"abc", told())
    change(file_of(url, sha256), b"abd")
    with pytest.raises(OriginalDamaged) as damaged:
        store.read(sha256)
    assert damaged.value.facts["found"] == hashlib.sha256(b"abd").hexdigest()
    with pytest.raises(OriginalDamaged):
        store.record(1, "checked", who="李某", at=NOW)
    (trouble,) = store.verify().troubles
    assert (trouble.kind, trouble.subject) == ("original_changed", sha256)
    assert not store.verify().is_sound
    store.put(b"abc", told())
    assert store.read(sha256) == b"abc"
    assert store.custody()[-1].action == "restored"
    assert [one.read_bytes() for one in (folder_of(url) / "damaged").iterdir()] == [b"abd"]


def test_an_original_that_is_gone_and_a_file_that_is_none_are_named(url):
    store = open_evidence(url)
    sha256 = store.put(b"abc", told())
    file_of(url, sha256).rename(file_of(url, sha256).with_name("notes.txt"))
    with pytest.raises(OriginalDamaged):
        store.read(sha256)
    assert {one.kind for one in store.verify().troubles} == {"original_gone", "strange_file"}


def test_an_original_cannot_be_written_to_and_entries_cannot_be_changed(new_url):
    url = new_url("file")
    store = open_evidence(url)
    sha256 = store.put(b"abc", told())
    assert file_of(url, sha256).stat().st_mode & 0o222 == 0
    with closing(sqlite3.connect(folder_of(url) / "register.sqlite")) as database:
        for statement in ("update evidence_entries set told = ''", "delete from evidence_entries"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                database.execute(statement)


def test_nor_can_they_in_postgresql(server, tmp_path):
    url = server.new_url()
    open_evidence(f"file:{tmp_path / 'e'}?register={url}").put(b"abc", told())
    with psycopg.connect(url, autocommit=True) as database:
        for statement in ("update evidence_entries set told = ''", "truncate evidence_entries"):
            with pytest.raises(psycopg.errors.RestrictViolation):
                database.execute(statement)


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("delete from evidence_entries where entered = 3", "end_gone"),
        ("delete from evidence_entries where entered = 2", "entry_gone"),
        ("update evidence_entries set told = replace(told, '王某', '李某') where entered = 2",
         "entry_changed"),
        ("update evidence_entries set told = 'x' where entered = 1", "entry_changed"),
    ],
)  # fmt: skip
def test_whoever_takes_the_triggers_away_is_noticed_by_the_chain(new_url, statement, kind):
    url = new_url("file")
    store = open_evidence(url)
    for content in (b"a", b"b", b"c"):
        store.put(content, told())
    head = store.head()
    with closing(sqlite3.connect(folder_of(url) / "register.sqlite")) as database:
        database.execute("drop trigger evidence_entries_are_never_changed")
        database.execute("drop trigger evidence_entries_are_never_removed")
        database.execute(statement)
        database.commit()
    assert kind in {one.kind for one in store.verify().troubles}
    assert store.verify().is_sound is False
    (folder_of(url) / "head.json").write_text("{}", "utf-8")
    assert not store.verify().is_sound
    if kind == "end_gone":
        assert "head_unknown" in {one.kind for one in store.verify(head.chain).troubles}


DOOMED = """
import sys
from datetime import UTC, datetime
from geodata.evidence_store import EvidenceFacts, open_evidence
store, who = open_evidence(sys.argv[1]), sys.argv[2]
for number in range(100000):
    content = f"{who}-{number}".encode() * 20000
    print(store.put(content, EvidenceFacts("a.bin", who, datetime.now(UTC))), flush=True)
"""


def test_a_writer_killed_in_the_middle_leaves_the_old_state_whole_and_loses_nothing_confirmed(url):
    open_evidence(url).put(b"before", told())
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", DOOMED, url, name], stdout=subprocess.PIPE, text=True
        )
        for name in ("w0", "w1")
    ]
    confirmed = []
    for writer, after_s in zip(writers, [0.03, 0.11], strict=True):
        lines = [writer.stdout.readline()]
        time.sleep(after_s)
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.read().splitlines()
        writer.wait()
        writer.stdout.close()
        confirmed += [one.strip() for one in lines if len(one.strip()) == 64]
    store = open_evidence(url)
    found = store.verify()
    assert found.is_sound, found.troubles
    assert set(confirmed) <= {one.sha256 for one in store.items()}
    assert len(store.items()) <= len(confirmed) + 3
    assert store.read(hashlib.sha256(b"before").hexdigest()) == b"before"
    store.put(b"after", told())
    assert store.verify().is_sound


def test_a_write_that_fails_half_way_leaves_nothing(new_url):
    url = new_url("file")
    store = open_evidence(url)

    class Failing:
        def __init__(self):
            self.pieces = iter([b"some"])

        def read(self, _size=-1):
            return next(self.pieces, None) or self.fail()

        def fail(self):
            raise OSError("the stick was pulled out")

    with pytest.raises(OSError, match="stick"):
        store.put(Failing(), told())
    assert (store.items(), store.verify().troubles) == ((), ())


@pytest.mark.parametrize(("number", "reason"), [(errno.ENOSPC, "full"), (errno.EROFS, "read_only")])
def test_a_disk_that_is_full_or_read_only_is_said_so_and_nothing_is_kept(
    new_url, monkeypatch, number, reason
):
    store = open_evidence(new_url("file"))

    def refuse(_handle):
        raise OSError(number, "no")

    monkeypatch.setattr(evidence_folder.os, "fsync", refuse)
    with pytest.raises(EvidenceUnavailable) as refused:
        store.put(b"abc", told())
    monkeypatch.undo()
    assert refused.value.facts["reason"] == reason
    assert (store.items(), store.verify().troubles) == ((), ())


def test_an_original_whose_entry_was_never_made_is_named_and_harms_nothing(new_url):
    url = new_url("file")
    store = open_evidence(url)
    store.put(b"a", told())
    store._originals.keep(BytesIO(b"b"))  # as by a put that died
    (trouble,) = store.verify().troubles
    assert trouble.kind == "unregistered"
    assert store.verify().is_sound


# ------------------------------------------------------------------------------ places


def test_a_place_that_is_missing_or_newer_or_not_ours_is_refused(tmp_path):
    with pytest.raises(BrokenStore) as refused:
        open_evidence(f"file:{tmp_path / 'nowhere' / 'e'}")
    assert refused.value.facts["reason"] == "missing"
    with pytest.raises(UnknownStore):
        open_evidence("sqlite:somewhere")
    with pytest.raises(EvidenceUnavailable):
        open_evidence(f"file:{tmp_path / 'e'}?register=postgresql://nobody@127.0.0.1:1/none")
    register = tmp_path / "e" / "register.sqlite"
    register.write_bytes(b"no database at all" * 100)
    with pytest.raises(BrokenStore):
        open_evidence(f"file:{tmp_path / 'e'}")
    register.unlink()
    with closing(sqlite3.connect(register)) as database:
        database.execute("pragma user_version = 99")
    with pytest.raises(EvidenceUnavailable) as newer:
        open_evidence(f"file:{tmp_path / 'e'}")
    assert newer.value.facts["reason"] == "newer"


def test_a_copy_of_the_folder_is_the_whole_store(new_url, tmp_path):
    url = new_url("file")
    sha256 = open_evidence(url).put(b"abc", told())
    shutil.copytree(folder_of(url), tmp_path / "copy")
    copy = open_evidence(f"file:{tmp_path / 'copy'}")
    assert copy.read(sha256) == b"abc"
    assert copy.verify().troubles == ()


def test_evidence_with_its_register_in_a_database_is_backed_up_and_put_back(server, tmp_path):
    def home(name):
        register = f"?register={server.new_url()}"
        url = f"file:{tmp_path / name / 'evidence'}{register}"
        return Settings(tmp_path / name, chosen_evidence_url=url)

    asked = home("data")
    (asked.data_folder / "features").mkdir(parents=True)
    create_feature_store(asked.data_folder / "features")
    store = open_evidence(asked.evidence_url)
    sha256 = store.put(b"abc", told())
    store.record(1, "handed_over", who="李某", at=NOW)
    held = back_up(asked, tmp_path / "b.zip", NOW).held
    assert (held["evidence"], held["originals"]) == (1, 1)
    for target in (home("other"), Settings(tmp_path / "plain")):
        restore(tmp_path / "b.zip", target, NOW)
        back = open_evidence(target.evidence_url)
        assert (back.custody(), back.read(sha256)) == (store.custody(), b"abc")
        assert back.verify().troubles == ()
    taken = replace(home("third"), chosen_evidence_url=asked.evidence_url)
    with pytest.raises(PlaceTaken):
        restore(tmp_path / "b.zip", taken, NOW)
    assert not taken.data_folder.exists()


def test_evidence_lies_where_the_settings_say_or_in_the_data_folder():
    assert VARIABLES["PIM_EVIDENCE_URL"] == "chosen_evidence_url"
    database = "postgresql://u@h/n"
    urls = {
        "file:d/evidence": {"PIM_DATA_FOLDER": "d"},
        f"file:data/evidence?register={database}": {"PIM_CASES_URL": database},
        "file:e": {"PIM_CASES_URL": database, "PIM_EVIDENCE_URL": "file:e"},
    }
    for url, environment in urls.items():
        assert read_settings(environment).evidence_url == url
