"""One contract for every engine of runs and decisions: memory, SQLite, PostgreSQL."""

import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import count

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import open_cases, open_findings
from geodata.errors import (
    BrokenStore,
    FindingsUnavailable,
    StaleDecision,
    UnknownRun,
    UnknownStore,
)
from geodata.findings import (
    Decision,
    Entry,
    FoundRecord,
    RunRecord,
    by_subject,
    decided_on,
    decided_pairs,
    finding_subject,
    pair_subject,
    rows_of_pair,
)
from geodata.settings import VARIABLES, read_settings
from tests.geodata.postgres import running_server

ENGINES = ["memory", "sqlite", "postgresql"]
SHARED = ENGINES[1:]
NOW = datetime(2025, 12, 17, 1, 2, 3, 4, tzinfo=UTC)
TABLES = ("finding_runs", "finding_texts", "finding_places", "finding_entries")


@pytest.fixture(scope="module")
def server():
    with running_server() as server:
        yield server


@pytest.fixture
def new_url(request, tmp_path):
    numbers = count()

    def make(engine):
        if engine == "postgresql":
            return request.getfixturevalue("server").new_url()
        return "memory:" if engine == "memory" else f"sqlite:{tmp_path / f'{next(numbers)}.sqlite'}"

    return make


@pytest.fixture(params=ENGINES)
def store(request, new_url):
    return open_findings(new_url(request.param))


@pytest.fixture(params=SHARED)
def url(request, new_url):
    return new_url(request.param)


def a_run(rule="yards", **facts):
    run = RunRecord(
        rule, "1", date(2025, 12, 17), NOW, "王某", "夜间", "0.1 abc", document='{"a":1}'
    )
    return replace(run, **facts)


def found(*names, facts="f1", document='{"甲":"“乙”"}'):
    return [FoundRecord(name, facts, "LZ-YZ", document) for name in names]


def an_entry(kind="rejected", name="a", **facts):
    entry = Entry(finding_subject(name), "f1", kind, NOW, "李某", "现场无堆场\n已复垦", run="1")
    return replace(entry, **facts)


# ------------------------------------------------------------------- reading back


def test_a_run_is_read_back_as_it_was_kept_with_what_it_found_in_its_order(store):
    first = store.add_run(a_run(), found("b", "a"))
    second = store.add_run(a_run("water", has_run=False, is_demonstration=True), [])
    assert (first, second) == ("1", "2")
    assert store.run("1") == a_run(id="1", found=2)
    assert store.runs() == (
        a_run(id="1", found=2, document=""),
        a_run("water", id="2", has_run=False, is_demonstration=True, document=""),
    )
    assert [one.id for one in store.runs("water")] == ["2"]
    assert store.found("1") == tuple(found("b", "a"))
    assert store.found("2") == ()


def test_an_unknown_run_names_those_there_are(store):
    store.add_run(a_run(), [])
    for wrong in ("7", "", "x", "1' or 1=1", "9" * 40):
        for ask in (store.run, store.found):
            with pytest.raises(UnknownRun) as refused:
                ask(wrong)
            assert refused.value.facts["known"] == "1"


def test_a_finding_is_recalled_by_its_facts_as_it_was_told_last(store):
    store.add_run(a_run(), found("a", "b"))
    store.add_run(a_run(), found("a", facts="f2"))
    store.add_run(a_run(), found("a", document="{}"))
    wanted = {("a", "f1"), ("a", "f2"), ("c", "f1")}
    told = store.recall(wanted)
    assert set(told) == {("a", "f1"), ("a", "f2")}
    assert told["a", "f1"].document == "{}"
    assert store.recall([]) == {}


def test_a_finding_that_many_runs_have_is_kept_once(new_url):
    url = new_url("sqlite")
    store = open_findings(url)
    for _ in range(5):
        store.add_run(a_run(), found(*map(str, range(100))))
    with closing(sqlite3.connect(url.removeprefix("sqlite:"))) as database:
        counts = [
            database.execute(f"select count(*) from {one}").fetchone()[0]  # noqa: S608 - ours
            for one in TABLES
        ]
    assert counts == [5, 100, 500, 0]
    assert len(store.found("3")) == 100


def test_an_instant_is_the_same_whatever_zone_it_was_told_in(store):
    there = NOW.astimezone(timezone(timedelta(hours=8)))
    store.add_run(a_run(recorded_at=there), [])
    store.decide([Decision(an_entry(recorded_at=there), 0)])
    assert store.run("1").recorded_at == store.entries()[0].recorded_at == NOW


def test_a_run_with_one_finding_twice_is_a_mistake_of_ours(store):
    with pytest.raises(ValueError, match="twice"):
        store.add_run(a_run(), found("a", "a"))
    assert store.runs() == ()


@pytest.mark.parametrize("wrong", ["a\0b", "\ud800"])
def test_text_that_cannot_be_stored_is_refused_before_anything_is_written(store, wrong):
    with pytest.raises(ValueError):  # noqa: PT011 - two kinds of it
        store.decide([Decision(an_entry(), 0), Decision(an_entry(name="b", why=wrong), 0)])
    with pytest.raises(ValueError):  # noqa: PT011 - two kinds of it
        store.add_run(a_run(document=wrong), [])
    with pytest.raises(ValueError, match="zone"):
        store.decide([Decision(an_entry(recorded_at=NOW.replace(tzinfo=None)), 0)])
    assert (store.entries(), store.runs()) == ((), ())


# ------------------------------------------------------------------------ decisions


def test_entries_come_back_in_the_order_they_were_made_by_subject_too(store):
    entries = [an_entry("confirmed"), an_entry("rejected", "b"), an_entry("reopened", why="复查")]
    for place, one in enumerate(entries):
        store.decide([Decision(one, place // 2)])
    assert store.entries() == tuple(entries)
    assert store.entries([finding_subject("a"), "nobody"]) == (entries[0], entries[2])
    assert store.entries([]) == ()


def test_whoever_has_not_seen_the_newest_entry_is_refused_and_nothing_is_written(store):
    store.decide([Decision(an_entry("confirmed"), 0)])
    before = store.revision()
    with pytest.raises(StaleDecision) as refused:
        store.decide([Decision(an_entry(name="b"), 0), Decision(an_entry(), 0)])
    assert refused.value.facts == {"subject": "finding:a", "seen": 0, "stored": 1}
    assert (store.revision(), len(store.entries())) == (before, 1)


def test_several_entries_of_one_write_see_those_before_them(store):
    store.decide([Decision(an_entry("confirmed"), 0), Decision(an_entry("became_case"), 1)])
    assert [one.kind for one in store.entries()] == ["confirmed", "became_case"]


def test_the_revision_changes_with_every_write(store):
    seen = [store.revision()]
    store.add_run(a_run(), found("a"))
    seen.append(store.revision())
    store.decide([Decision(an_entry(), 0)])
    seen.append(store.revision())
    assert len(set(seen)) == 3


def test_of_many_who_decide_at_once_on_one_finding_one_succeeds(url):
    def decide(number):
        try:
            open_findings(url).decide([Decision(an_entry(recorded_by=str(number)), 0)])
        except StaleDecision:
            return 0
        return 1

    open_findings(url)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(decide, range(12))) == 1
    assert len(open_findings(url).entries()) == 1


# ---------------------------------------------------- what decisions mean, engines apart

KINDS = st.sampled_from(["confirmed", "rejected", "reopened", "became_case"])
COURSES = st.lists(st.tuples(KINDS, st.sampled_from(["f1", "f2", "f3"])), max_size=12)


@given(COURSES, COURSES)
def test_what_was_rejected_stays_so_for_the_same_facts_whatever_is_decided_on_others(before, after):
    entries = [an_entry(kind, facts_id=facts) for kind, facts in before]
    entries.append(an_entry("rejected", facts_id="f1"))
    others = [(kind, facts) for kind, facts in after if facts != "f1" or kind == "became_case"]
    entries += [an_entry(kind, facts_id=facts) for kind, facts in others]
    decision = decided_on("f1", entries)
    assert decision is not None
    assert decision.kind == "rejected"


@given(COURSES)
def test_a_decision_never_holds_for_facts_it_was_not_made_about(course):
    entries = [an_entry(kind, facts_id=facts) for kind, facts in course]
    for facts in ("f1", "f2", "f3", "f4"):
        decision = decided_on(facts, entries)
        assert decision is None or decision.facts_id == facts


def test_a_pair_is_the_same_whichever_row_is_named_first_and_its_decision_is_kept(store):
    one, other = ("poi", 'a:"1"'), ("register", "7")
    subject = pair_subject(one, other)
    assert subject == pair_subject(other, one)
    assert set(rows_of_pair(subject)) == {one, other}
    with pytest.raises(ValueError, match="finding"):
        rows_of_pair("finding:a")
    same, different = (Entry(subject, facts, kind, NOW, "王某")
                       for facts, kind in (("x", "same"), ("y", "different")))  # fmt: skip
    store.decide([Decision(same, 0), Decision(different, 1), Decision(an_entry(), 0)])
    assert decided_pairs(store.entries()) == {(subject, "x"): same, (subject, "y"): different}
    store.decide([Decision(replace(same, kind="reopened"), 2)])
    assert set(decided_pairs(store.entries())) == {(subject, "y")}
    assert set(by_subject(store.entries())) == {subject, "finding:a"}


# ------------------------------------------------------------------ damage and places

DOOMED = """
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from geodata import open_findings
from geodata.findings import Decision, Entry, FoundRecord, RunRecord
store, who = open_findings(sys.argv[1]), sys.argv[2]
run = RunRecord("r", "1", date(2025, 1, 1), datetime.now(UTC), who, document="{}")
for number in range(100000):
    found = [FoundRecord(f"{who}-{number}-{n}", "f", "", "某" * 200) for n in range(50)]
    store.add_run(replace(run, why=str(number)), found)
    entry = Entry("finding:a", "f", "confirmed", datetime.now(UTC), who)
    seen = len(store.entries(["finding:a"]))
    store.decide([Decision(entry, seen), Decision(entry, seen + 1)])
    print(number, flush=True)
"""


def test_a_writer_killed_in_the_middle_leaves_no_half_and_takes_nothing_confirmed(url):
    open_findings(url)
    confirmed = 0
    for turn, after_s in enumerate([0.02, 0.13, 0.07]):
        command = [sys.executable, "-c", DOOMED, url, f"w{turn}"]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        told = [writer.stdout.readline()]
        time.sleep(after_s)
        writer.send_signal(signal.SIGKILL)
        told += writer.stdout.read().splitlines()
        writer.wait()
        writer.stdout.close()
        confirmed += len(told)
    store = open_findings(url)
    runs, entries = store.runs(), store.entries()
    assert confirmed <= len(runs) <= confirmed + 3
    assert 2 * confirmed <= len(entries) <= 2 * confirmed + 6
    assert len(entries) % 2 == 0
    assert all(len(store.found(one.id)) == one.found == 50 for one in runs[-4:])
    store.decide([Decision(an_entry(), len(entries))])
    assert store.add_run(a_run(), found("a")) == str(len(runs) + 1)


@pytest.mark.parametrize("table", TABLES)
def test_stored_rows_can_be_neither_changed_nor_removed(new_url, table):
    url = new_url("sqlite")
    store = open_findings(url)
    store.add_run(a_run(), found("a"))
    store.decide([Decision(an_entry(), 0)])
    with closing(sqlite3.connect(url.removeprefix("sqlite:"))) as database:
        column = "place" if table == "finding_places" else "entered"
        statements = (f"update {table} set {column} = 9", f"delete from {table}")  # noqa: S608
        for statement in statements:
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                database.execute(statement)


def test_nor_can_they_in_postgresql(server):
    url = server.new_url()
    store = open_findings(url)
    store.add_run(a_run(), found("a"))
    with psycopg.connect(url, autocommit=True) as database:
        for table in TABLES:
            with pytest.raises(psycopg.errors.RestrictViolation):
                database.execute(f"delete from {table}")  # noqa: S608 - names of ours


def test_cases_and_findings_live_in_one_database_and_not_in_one_file(server, tmp_path):
    url = server.new_url()
    open_cases(url)
    assert open_findings(url).add_run(a_run(), []) == "1"
    assert open_cases(url).find() == ()
    open_cases(f"sqlite:{tmp_path / 'c.sqlite'}")
    with pytest.raises(BrokenStore) as refused:
        open_findings(f"sqlite:{tmp_path / 'c.sqlite'}")
    assert refused.value.facts["reason"] == "unreadable_findings"


def test_a_place_that_is_missing_or_newer_or_not_ours_is_refused(tmp_path):
    with pytest.raises(BrokenStore) as refused:
        open_findings(f"sqlite:{tmp_path / 'nowhere' / 'f.sqlite'}")
    assert refused.value.facts["reason"] == "missing"
    other = tmp_path / "other.sqlite"
    other.write_bytes(b"no database at all" * 100)
    with pytest.raises(BrokenStore):
        open_findings(f"sqlite:{other}")
    newer = tmp_path / "newer.sqlite"
    with closing(sqlite3.connect(newer)) as database:
        database.execute("pragma user_version = 99")
    with pytest.raises(FindingsUnavailable) as refused:
        open_findings(f"sqlite:{newer}")
    assert refused.value.facts["reason"] == "newer"
    with pytest.raises(UnknownStore):
        open_findings("file:somewhere")
    with pytest.raises(FindingsUnavailable):
        open_findings("postgresql://nobody@127.0.0.1:1/none")


def test_findings_lie_where_the_settings_say_or_beside_the_cases():
    assert VARIABLES["PIM_FINDINGS_URL"] == "chosen_findings_url"
    database = "postgresql://u@h/n"
    urls = {
        "sqlite:d/findings.sqlite": {"PIM_DATA_FOLDER": "d"},
        database: {"PIM_CASES_URL": database},
        "sqlite:x/findings.sqlite": {"PIM_CASES_URL": "sqlite:x/cases.sqlite"},
        "sqlite:y": {"PIM_CASES_URL": database, "PIM_FINDINGS_URL": "sqlite:y"},
    }
    for url, environment in urls.items():
        assert read_settings(environment).findings_url == url
