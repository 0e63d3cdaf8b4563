"""The journal beside the other stores: backed up, put back, copied, examined."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest

from geodata import HazardRef, NewCase, open_cases, open_features, open_findings
from geodata.__main__ import main
from geodata.archive import back_up, check_archive, restore
from geodata.engines.folder import create_feature_store
from geodata.errors import PlaceTaken
from geodata.evidence_store import EvidenceFacts, open_evidence
from geodata.findings import Decision
from geodata.journal import Draft, open_journal
from geodata.settings import Settings
from tests.geodata.histories import a_case, event
from tests.geodata.postgres import running_server
from tests.geodata.test_finding_stores import an_entry
from tests.geodata.test_revisions import a_note, rows

LAYER = "a"
"""Nobody offers it; the doctor warns of that, and of nothing else."""

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture(scope="module")
def server():
    with running_server() as server:
        yield server


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return the settings of a small installation: one layer, one case, three entries."""
    for name in [name for name in os.environ if name.startswith("PIM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIM_DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    asked = Settings(tmp_path / "data")
    (asked.data_folder / "features").mkdir(parents=True)
    create_feature_store(asked.data_folder / "features").write(LAYER, rows(_1="一"), a_note(0))
    open_cases(asked.cases_url).add(a_case(event("lead_registered", "2026-01-05"), hazards=()))
    open_journal(asked.journal_url).append([a_draft(n) for n in range(3)])
    return asked


@pytest.fixture
def run(capsys):
    """Return a runner of commands: exit code, and what was printed, read as JSON if it is."""

    def running(*argv):
        code = main([str(one) for one in argv])
        out, err = capsys.readouterr()
        return code, json.loads(out) if "--json" in argv else out + err

    return running


def a_draft(number):
    return Draft(f"plan:{number}", "planned", "王某", NOW, {"stops": number})


def ills(told, *names):
    """Return what the doctor found, without its warning of the layer that nobody offers."""
    found = [one for one in told["findings"] if one["what"] != "layer_not_offered"]
    return [one[name] for one in found for name in names]


def journal_of(asked):
    return open_journal(asked.journal_url)


def beside(asked, name, **chosen):
    """Return the settings of another installation in the same folder."""
    return Settings(asked.data_folder.with_name(name), **chosen)


def alter(asked, statement="update journal_entries set told = replace(told, '1', '7')"):
    """Change an entry as somebody does who goes past the system."""
    file = asked.journal_url.removeprefix("sqlite:")
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("drop trigger journal_entries_are_never_changed")
        database.execute(f"{statement} where entered = 2")


# --------------------------------------------------------------- backup, restore


def test_the_journal_is_put_back_to_the_same_head_on_every_engine(home, server, tmp_path):
    held = back_up(home, tmp_path / "b.zip", NOW).held
    head = journal_of(home).head()
    assert (held["journal"], held["journal_sha256"]) == (3, head.chain)
    in_database = beside(home, "other", chosen_journal_url=server.new_url())
    for target in (in_database, beside(home, "plain")):
        restore(tmp_path / "b.zip", target, NOW)
        assert journal_of(target).head() == head
        assert journal_of(target).rows() == journal_of(home).rows()
    assert not list(in_database.data_folder.glob("journal*")), "it is kept in one place"
    back_up(in_database, tmp_path / "again.zip", NOW)
    third = beside(home, "third")
    restore(tmp_path / "again.zip", third, NOW)
    assert journal_of(third).rows() == journal_of(home).rows()
    with pytest.raises(PlaceTaken):
        restore(tmp_path / "b.zip", replace(in_database, data_folder=tmp_path / "fourth"), NOW)
    assert not (tmp_path / "fourth").exists()


def test_what_is_kept_elsewhere_is_not_left_in_the_folder_as_well(home, tmp_path):
    open_findings(home.findings_url).decide([Decision(an_entry(), 0)])
    back_up(home, tmp_path / "b.zip", NOW)
    (tmp_path / "far").mkdir()
    target = beside(home, "other", chosen_cases_url=f"sqlite:{tmp_path / 'far' / 'c.sqlite'}")
    restore(tmp_path / "b.zip", target, NOW)
    assert [one.name for one in target.data_folder.iterdir()] == ["features"]
    assert journal_of(target).rows() == journal_of(home).rows()
    assert open_cases(target.cases_url).find() == open_cases(home.cases_url).find()
    assert len(open_findings(target.findings_url).entries()) == 1


def test_an_archive_from_before_the_journal_was_kept_is_still_restored(home, run, tmp_path):
    back_up(home, tmp_path / "b.zip", NOW)
    with (
        zipfile.ZipFile(tmp_path / "b.zip") as new,
        zipfile.ZipFile(tmp_path / "old.zip", "w") as old,
    ):
        manifest = json.loads(new.read("manifest.json"))
        del manifest["parts"]["journal.sqlite"]
        for name in ("journal", "journal_damaged", "journal_sha256"):
            del manifest["held"][name]
        for name in manifest["parts"]:
            old.writestr(name, new.read(name))
        old.writestr("manifest.json", json.dumps(manifest))
    code, told = run("restore", tmp_path / "old.zip", "--replace")
    assert (code, "0 条工作记录" in told) == (0, True)
    assert [one.subject for one in journal_of(home).entries()] == ["command:restore"]


def test_looking_for_a_journal_makes_none(home, run, tmp_path):
    (home.data_folder / "journal.sqlite").unlink()
    assert back_up(home, tmp_path / "b.zip", NOW).held["journal"] == 0
    assert "journal.sqlite" not in check_archive(tmp_path / "b.zip").parts
    assert run("doctor")[0] == 0
    assert not list(tmp_path.rglob("journal.sqlite*"))
    assert run("copy", "here", tmp_path / "other")[0] == 0
    assert [one.subject for one in journal_of(home).entries()] == ["command:copy"]


def test_nothing_in_a_backup_names_what_came_after_it(home, tmp_path):
    """Whenever somebody writes while it is taken, and whatever it is that is being taken."""
    features = open_features(home.features_url)
    cases, findings = open_cases(home.cases_url), open_findings(home.findings_url)
    evidence = open_evidence(home.evidence_url)
    numbers = iter(range(10, 100))

    def write(*_):
        one = str(next(numbers))
        features.write(LAYER, rows(**{f"_{one}": "一"}), a_note(1))
        lead = a_case(event("lead_registered", "2026-01-05"), hazards=(HazardRef(LAYER, one),))
        cases.write([NewCase(replace(lead, id=one))])
        evidence.put(one.encode(), EvidenceFacts("a.jpg", "王某", NOW, case=one))
        findings.decide([Decision(an_entry("became_case", one, case=one), 0)])
        journal_of(home).append([Draft("case", "opened", "王某", NOW, {"case": one})])

    back_up(home, tmp_path / "b.zip", NOW, write)
    back = beside(home, "back")
    restore(tmp_path / "b.zip", back, NOW)
    known = {one.id: one for one in open_cases(back.cases_url).find()}
    named = {one.told["case"] for one in journal_of(back).entries(subject="case")}
    decided = {one.case for one in open_findings(back.findings_url).entries()}
    proved = {one.facts.case for one in open_evidence(back.evidence_url).items()}
    there = set(open_features(back.features_url).read(LAYER)["id"])
    assert {one.told["case"] for one in journal_of(home).entries(subject="case")} > named
    assert named
    assert named <= proved <= set(known)
    assert named <= decided <= set(known)
    assert {hazard.id for case in known.values() for hazard in case.hazards} <= there


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_backup_while_others_write_has_a_whole_beginning(home, server, tmp_path, engine):
    asked = replace(home, chosen_journal_url=server.new_url()) if engine != "sqlite" else home
    done = threading.Event()

    def writing():
        while not done.is_set():
            journal_of(asked).append([a_draft(n) for n in range(3)])

    writers = [threading.Thread(target=writing) for _ in range(2)]
    for one in writers:
        one.start()
    try:
        for number in range(3):
            back_up(asked, tmp_path / f"{number}.zip", NOW)
    finally:
        done.set()
        for one in writers:
            one.join()
    everything = journal_of(asked).rows()
    for number in range(3):
        back = beside(home, f"back{number}")
        restore(tmp_path / f"{number}.zip", back, NOW)
        kept = journal_of(back)
        assert kept.rows() == everything[: len(kept.rows())]
        assert (len(kept.rows()) % 3, kept.damage()) == (0, ())


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from geodata.archive import restore
from geodata.settings import Settings

file, folder, wanted, where = sys.argv[1:]

def watch(event, given):
    if event == wanted and given and fnmatch(str(given[0]), where):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
restore(Path(file), Settings(Path(folder)), datetime(2026, 3, 5, tzinfo=UTC), replace=True)
"""
"""Puts an archive back and is killed at what the interpreter is about to do with a file."""


@pytest.mark.parametrize(
    ("event", "where"),
    [
        ("open", "*/journal.sqlite"),  # being unpacked
        ("sqlite3.connect", "*/journal.sqlite*"),  # being verified
        ("os.rename", "{home}/data"),  # whole, and about to take the old one's place
    ],
)
def test_a_restore_that_is_killed_leaves_the_old_state_whole(home, run, tmp_path, event, where):
    back_up(home, tmp_path / "b.zip", NOW)
    journal_of(home).append([a_draft(9)])
    open_features(home.features_url).write(LAYER, rows(_2="二"), a_note(1))
    before = journal_of(home).rows(), open_features(home.features_url).revisions()
    killed(home, tmp_path, event, where.format(home=tmp_path))
    assert (journal_of(home).rows(), open_features(home.features_url).revisions()) == before
    code, told = run("doctor", "--json")
    assert (code, ills(told, "what")) == (0, ["leftover"])
    assert told["journal"] == 4
    restore(tmp_path / "b.zip", home, NOW, replace=True)
    assert journal_of(home).rows() == before[0][:3]


def killed(home, tmp_path, event, where):
    command = [sys.executable, "-c", KILLED, tmp_path / "b.zip", home.data_folder, event, where]
    ended = subprocess.run([str(one) for one in command], check=False)
    assert ended.returncode == -signal.SIGKILL


def test_a_restore_that_is_killed_between_two_renames_is_told_by_the_doctor(home, run, tmp_path):
    back_up(home, tmp_path / "b.zip", NOW)
    journal_of(home).append([a_draft(9)])
    before = journal_of(home).rows()
    killed(home, tmp_path, "os.rename", "*/.restoring-*/data")
    assert not home.data_folder.exists()
    code, told = run("doctor", "--json")
    (renamed,) = tmp_path.glob("data.replaced-*")
    assert (code, *ills(told, "what", "place")) == (1, "restore_broken_off", str(home.data_folder))
    assert str(renamed) in told["findings"][0]["remedy"]
    renamed.rename(home.data_folder)
    assert journal_of(home).rows() == before
    assert run("doctor")[0] == 0


# ------------------------------------------------------------------------- copies


def test_a_journal_is_copied_with_everything_else_and_goes_on_later(home, run, server, tmp_path):
    code, told = run("copy", "here", tmp_path / "other", "--json")
    copy = journal_of(beside(home, "other"))
    assert (code, told["journal"], told["journal_sha256"]) == (0, 4, copy.head().chain)
    journal_of(home).append([a_draft(4)])
    code, out = run("copy", "here", tmp_path / "other")
    assert (code, "6 条工作记录" in out, copy.head().chain in out) == (0, True, True)
    assert copy.rows() == journal_of(home).rows()
    copy.append([a_draft(5)])
    journal_of(home).append([a_draft(6)])
    code, out = run("copy", "here", tmp_path / "other")
    assert (code, "已有数据，没有覆盖" in out) == (2, True)
    assert len(copy.rows()) == 7  # of the three, two copies and two drafts: nothing was added


# -------------------------------------------------------------------------- doctor


@pytest.mark.parametrize(
    "harm",
    [
        "update journal_entries set told = replace(told, '1', '7')",
        "update journal_entries set subject = 'plan:7'",
        "update journal_entries set kind = 'other'",
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_altered_entry_is_named_by_the_doctor(home, run, harm, language):
    assert run("doctor", "--json")[1]["journal"] == 3
    alter(home, harm)
    code, told = run("doctor", "--json", "--language", language)
    assert (code, told["journal"]) == (1, 3)
    assert ills(told, "place", "what") == ["2", "journal_damaged"]
    said = {"zh": "工作记录第 2 条与前后不相接", "en": "entry 2 of the journal does not follow"}
    assert said[language] in run("doctor", "--language", language)[1]


def test_a_damaged_journal_is_kept_as_it_is_and_that_is_said(home, run, tmp_path):
    alter(home)
    said = "工作记录有 1 处与前后不相接"
    rows_before = journal_of(home).rows()
    code, out = run("backup", tmp_path / "b.zip")
    assert (code, said in out) == (0, True)
    code, out = run("restore", tmp_path / "b.zip", "--replace")
    assert (code, said in out) == (0, True)
    assert (journal_of(home).rows()[:3], journal_of(home).damage()) == (rows_before, ("2",))
    acts = [one[1] for one in journal_of(home).rows()[3:]]
    assert ["command:backup" in acts[0], "command:restore" in acts[1]] == [True, True]
    code, out = run("copy", "here", tmp_path / "other")
    assert (code, said in out) == (0, True)
    assert journal_of(beside(home, "other")).damage() == ("2",)


def test_an_altered_entry_in_a_database_is_named_by_the_doctor(home, run, server, monkeypatch):
    url = server.new_url()
    monkeypatch.setenv("PIM_JOURNAL_URL", url)
    open_journal(url).append([a_draft(n) for n in range(3)])
    assert run("doctor", "--json")[1]["journal"] == 3
    with psycopg.connect(url) as database:
        database.execute("alter table journal_entries disable trigger user")
        database.execute("update journal_entries set told = replace(told, '王', '李')")
    code, told = run("doctor", "--json")
    assert (code, ills(told, "place")) == (1, ["1", "2", "3"])


def test_a_journal_that_cannot_be_opened_is_told_with_its_setting(home, run, monkeypatch):
    (home.data_folder / "journal.sqlite").write_bytes(b"nothing of ours" * 300)
    code, told = run("doctor", "--json")
    assert (code, ills(told, "what")) == (1, ["journal"])
    assert "PIM_JOURNAL_URL" in ills(told, "remedy")[0]
    monkeypatch.setenv("PIM_JOURNAL_URL", "ftp:there")
    assert ills(run("doctor", "--json")[1], "what") == ["journal"]
