"""One contract for every engine of the journal: memory, SQLite, PostgreSQL."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta, timezone
from itertools import count

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import open_cases
from geodata.chains import Head, chain_of
from geodata.copying import copy_journal
from geodata.engines.journal_memory import MemoryJournal
from geodata.errors import (
    BrokenStore,
    CopyDiffers,
    JournalUnavailable,
    PlaceTaken,
    StaleEntry,
    UnknownStore,
)
from geodata.journal import Draft, entry_of, find_damage, open_journal, rows_after, text_of
from geodata.settings import read_settings
from tests.geodata.postgres import running_server

ENGINES = ["memory", "sqlite", "postgresql"]
SHARED = ENGINES[1:]
NOW = datetime(2025, 12, 17, 1, 2, 3, 4, tzinfo=UTC)


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
def journal(request, new_url):
    return open_journal(new_url(request.param))


@pytest.fixture(params=SHARED)
def url(request, new_url):
    return new_url(request.param)


def a_draft(subject="plan:1", kind="planned", **told):
    return Draft(subject, kind, "王某", NOW, told or {"stops": ["甲", "“乙”\n"]})


# ------------------------------------------------------------------- reading back


def test_entries_are_read_back_as_they_were_told_in_their_order(journal):
    (first,) = journal.append([a_draft()])
    second, third = journal.append([a_draft("plan:2"), a_draft(kind="issued", n=1)])
    assert (first.number, second.number, third.number) == (1, 2, 3)
    assert first.told == {"stops": ["甲", "“乙”\n"]}
    assert (first.who, first.at, first.subject, first.kind) == ("王某", NOW, "plan:1", "planned")
    assert journal.entries() == (first, second, third)
    assert journal.entries(subject="plan:1") == (first, third)
    assert journal.entries(kind="planned") == (first, second)
    assert journal.entries(subject="plan:1", kind="issued") == (third,)
    assert journal.entries(after=2) == (third,)
    assert journal.entries(subject="plan:1' or 1=1") == ()


def test_an_instant_of_another_zone_is_the_same_instant(journal):
    beijing = timezone(timedelta(hours=8))
    (told,) = journal.append([Draft("a", "b", "c", NOW.astimezone(beijing), {})])
    assert told.at == NOW
    assert told.at.utcoffset() == timedelta(0)


def test_what_cannot_be_kept_is_refused_and_leaves_no_trace(journal):
    for wrong in (
        Draft("a", "b", "c", NOW.replace(tzinfo=None), {}),
        Draft("a\0", "b", "c", NOW, {}),
        Draft("a", "b", "c", NOW, {"x": "\ud800"}),
    ):
        with pytest.raises(ValueError, match=r".*"):
            journal.append([a_draft(), wrong])
    assert journal.entries() == ()


def test_a_backslash_before_a_number_of_zeros_is_no_null_character(journal):
    (told,) = journal.append([a_draft(path="C:\\u0000")])
    assert journal.entries() == (told,)
    assert told.told == {"path": "C:\\u0000"}


# ----------------------------------------------------------------------- stale edits


def test_who_has_not_seen_an_entry_adds_nothing(journal):
    journal.append([a_draft()], {"plan:1": 0})
    with pytest.raises(StaleEntry) as refused:
        journal.append([a_draft("plan:2"), a_draft()], {"plan:2": 0, "plan:1": 0})
    assert refused.value.facts == {"subject": "plan:1", "seen": 0, "stored": 1}
    assert len(journal.entries()) == 1
    journal.append([a_draft()], {"plan:1": 1})
    assert len(journal.entries(subject="plan:1")) == 2


def test_of_many_who_write_at_once_one_alone_has_seen_everything(url):
    journal = open_journal(url)

    def write(_):
        try:
            journal.append([a_draft()], {"plan:1": 0})
        except StaleEntry:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(16))) == 1
    assert len(journal.entries()) == 1


def test_writers_at_once_make_one_whole_chain(url):
    journal = open_journal(url)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: journal.append([a_draft(f"s{n}"), a_draft(f"t{n}")]), range(12)))
    assert len(journal.entries()) == 24
    assert journal.damage() == ()


# --------------------------------------------------------------------------- the chain


def test_every_entry_carries_a_hash_of_all_before_it(journal):
    entries = journal.append([a_draft(n=n) for n in range(3)])
    before = Head()
    for one in entries:
        assert one.chain == chain_of(before.chain, one.text)
        before = Head(one.number, one.chain)
    assert journal.head() == before
    assert journal.damage() == ()


@given(st.lists(st.dictionaries(st.text("甲乙ab\\u0\"'", max_size=6), st.integers())), st.data())
def test_an_entry_changed_removed_or_moved_is_noticed(many, data):
    rows = list(rows_after(Head(), [a_draft(f"s{n}", told=one) for n, one in enumerate(many)]))
    assert find_damage(rows) == ()
    assert [entry_of(row).told["told"] for row in rows] == many
    if len(rows) < 2:
        return
    at = data.draw(st.integers(0, len(rows) - 2))
    number, text, chain = rows[at]
    changed = json.dumps({**json.loads(text), "who": "somebody else"}, ensure_ascii=False)
    assert find_damage([*rows[:at], (number, changed, chain), *rows[at + 1 :]])
    assert find_damage([*rows[:at], *rows[at + 1 :]])
    swapped = [*rows[:at], rows[at + 1], rows[at], *rows[at + 2 :]]
    assert find_damage(swapped)


def test_a_database_refuses_to_change_or_remove_an_entry(url):
    open_journal(url).append([a_draft()])
    with pytest.raises((sqlite3.DatabaseError, psycopg.Error), match="append-only"):
        _execute(url, "delete from journal_entries")
    with pytest.raises((sqlite3.DatabaseError, psycopg.Error), match="append-only"):
        _execute(url, "update journal_entries set told = '{}'")


def _execute(url, statement):
    if url.startswith("postgresql:"):
        with psycopg.connect(url) as database:
            database.execute(statement)
    else:
        with closing(sqlite3.connect(url.removeprefix("sqlite:"))) as database, database:
            database.execute(statement)


# -------------------------------------------------------------------------------- copies


@pytest.mark.parametrize("to", ENGINES)
def test_a_copy_has_the_same_texts_and_chains_whatever_the_engines(journal, new_url, to):
    journal.append(
        [a_draft(), a_draft("plan:2", told={10: "ten", 9: 0.1}), a_draft("“丙”", x=None)]
    )
    copy = open_journal(new_url(to))
    held = copy_journal(journal, copy, "there")
    assert (copy.rows(), copy.head(), copy.damage()) == (journal.rows(), journal.head(), ())
    assert copy.entries(subject="plan:2") == journal.entries(subject="plan:2")
    assert (held.journal, held.journal_sha256) == (3, journal.head().chain)
    journal.append([a_draft(n=4)])
    copy_journal(journal, copy, "there")
    assert copy.rows() == journal.rows()
    assert copy.append([a_draft(n=5)])[0].number == 5


def test_a_journal_that_holds_anything_else_is_not_copied_over(journal, new_url):
    journal.append([a_draft(), a_draft()])
    for drafts in ([a_draft(n=1)], [a_draft(), a_draft(), a_draft()]):
        other = open_journal(new_url("memory"))
        other.append(drafts)
        before = other.rows()
        with pytest.raises(PlaceTaken):
            copy_journal(journal, other, "there")
        assert other.rows() == before


def test_what_somebody_wrote_meanwhile_stands_in_the_way_of_a_copy(new_url):
    class Late(MemoryJournal):
        def adopt(self, rows):
            self.append([a_draft("late")])
            super().adopt(rows)

    origin, target = open_journal(new_url("memory")), Late()
    origin.append([a_draft()])
    with pytest.raises(PlaceTaken):
        copy_journal(origin, target, "there")
    assert [one.subject for one in target.entries()] == ["late"]


def test_rows_out_of_their_order_are_not_adopted(journal):
    first, second, third = rows_after(Head(), [a_draft(n=n) for n in range(3)])
    journal.adopt([first])
    for wrong in ([first], [third, second], [second, second], [(0, *second[1:])]):
        with pytest.raises(ValueError, match=r"\d"):
            journal.adopt(wrong)
    assert journal.rows() == (first,)
    journal.adopt([])
    journal.adopt([second, third])
    assert journal.damage() == ()


def test_a_copy_that_loses_an_entry_is_no_copy(journal):
    class Forgetful(MemoryJournal):
        def adopt(self, rows):
            super().adopt(rows[:-1])

    journal.append([a_draft(), a_draft()])
    with pytest.raises(CopyDiffers):
        copy_journal(journal, Forgetful(), "there")


def test_damage_comes_along_and_stays_in_sight(journal, new_url):
    rows = list(rows_after(Head(), [a_draft(n=n) for n in range(4)]))
    rows[1] = (2, "no JSON", rows[1][2])
    journal.adopt([rows[0], rows[1], rows[3]])
    copy = open_journal(new_url("memory"))
    assert copy_journal(journal, copy, "there").journal_damaged == 2
    assert (copy.rows(), copy.damage()) == (journal.rows(), ("2", "3"))
    assert journal.entries(after=2) == copy.entries(after=2) == (entry_of(rows[3]),)
    with pytest.raises(BrokenStore, match="journal 2"):
        journal.entries()


def test_an_entry_that_is_filed_under_another_subject_is_damage(url):
    journal = open_journal(url)
    journal.append([a_draft(n=n) for n in range(3)])
    alter(url, "update journal_entries set subject = 'plan:2' where entered = 2")
    assert journal.damage() == ("2",)
    alter(url, "update journal_entries set kind = 'other' where entered = 3")
    assert journal.damage() == ("2", "3")


def alter(url, statement):
    """Change a row as somebody does who goes past the system."""
    name = "journal_entries_are_never_changed"
    off = f"drop trigger {name} on journal_entries" if url[:1] == "p" else f"drop trigger {name}"
    with suppress(sqlite3.OperationalError, psycopg.errors.UndefinedObject):
        _execute(url, off)
    _execute(url, statement)


def test_a_copy_killed_in_the_middle_has_brought_nothing(url):
    journal = open_journal(url)
    journal.append([a_draft()])
    program = (
        "import os, signal, sys; from datetime import UTC, datetime\n"
        "from geodata.chains import Head\n"
        "from geodata.journal import Draft, open_journal, rows_after\n"
        "class Cut(list):\n"
        "    walks = 0\n"
        "    def __iter__(self):\n"
        "        self.walks += 1\n"
        "        for n, one in enumerate(super().__iter__()):\n"
        "            if self.walks > 1 and n == 4000:\n"
        "                os.kill(os.getpid(), signal.SIGKILL)\n"
        "            yield one\n"
        "journal = open_journal(sys.argv[1])\n"
        "drafts = [Draft(f's{n}', 'k', 'w', datetime.now(UTC), {'n': n}) for n in range(5000)]\n"
        "journal.adopt(Cut(rows_after(journal.head(), drafts)))\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, url], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert (len(journal.rows()), journal.damage()) == (1, ())
    journal.append([a_draft()])


# --------------------------------------------------------------------- places and faults


def test_what_was_kept_is_there_for_whoever_opens_it_next(url):
    told = open_journal(url).append([a_draft()])
    assert open_journal(url).entries() == told


def test_a_writer_killed_in_the_middle_leaves_whole_entries(url):
    open_journal(url)
    program = (
        "import sys; from datetime import UTC, datetime\n"
        "from geodata.journal import Draft, open_journal\n"
        "journal = open_journal(sys.argv[1])\n"
        "n = 0\n"
        "while True:\n"
        "    n += 1\n"
        "    journal.append([Draft(f's{n}', 'k', 'w', datetime.now(UTC), {'n': n})] * 3)\n"
        "    print(n, flush=True)\n"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", program, url], stdout=subprocess.PIPE, text=True
    )
    for _ in range(5):
        confirmed = int(writer.stdout.readline())
    time.sleep(0.05)
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    journal = open_journal(url)
    assert len(journal.entries()) >= 3 * confirmed
    assert len(journal.entries()) % 3 == 0
    assert journal.damage() == ()


def test_a_place_that_is_none_says_so(tmp_path):
    with pytest.raises(UnknownStore, match=r".*"):
        open_journal("ftp:x")
    with pytest.raises(BrokenStore):
        open_journal(f"sqlite:{tmp_path / 'nowhere' / 'journal.sqlite'}")
    with pytest.raises(JournalUnavailable):
        open_journal("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")
    other = tmp_path / "cases.sqlite"
    open_cases(f"sqlite:{other}")
    with pytest.raises(BrokenStore):
        open_journal(f"sqlite:{other}")


def test_the_settings_keep_the_journal_beside_the_cases():
    assert read_settings({"PIM_DATA_FOLDER": "d"}).journal_url == "sqlite:d/journal.sqlite"
    in_database = read_settings({"PIM_CASES_URL": "postgresql://host/name"})
    assert in_database.journal_url == "postgresql://host/name"
    assert read_settings({"PIM_JOURNAL_URL": "memory:"}).journal_url == "memory:"


def test_the_text_of_an_entry_is_the_same_whatever_the_order_of_what_is_told():
    one = Draft("a", "b", "c", NOW, {"x": 1, "y": 2})
    other = Draft("a", "b", "c", NOW, {"y": 2, "x": 1})
    assert text_of(one) == text_of(other)
    assert MemoryJournal().append([one]) == MemoryJournal().append([other])
