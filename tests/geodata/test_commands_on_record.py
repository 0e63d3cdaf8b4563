"""Commands write acts: who ran what, what it was about; in a backup, a restore and in between."""

import json
import zipfile

import pytest

from geodata import open_cases, open_journal
from geodata.__main__ import main
from geodata.accounts import Accounts
from geodata.commands_on_record import COMMAND_RUN, shown_place, system_user
from geodata.engines.folder import create_feature_store
from geodata.sample import sample_cases
from geodata.settings import read_settings

CASE = sample_cases()[0]
CSV = "name,lon,lat,jurisdiction,hazard_kinds,found_on\n某站,103.6,36.1,LZ-XG,other,2026-01-05\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A small installation with one case, at which the settings point."""
    data = tmp_path / "data"
    create_feature_store(data / "features")
    open_cases(f"sqlite:{data / 'cases.sqlite'}").add(CASE)
    monkeypatch.setenv("PIM_DATA_FOLDER", str(data))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def on_record():
    journal = open_journal(read_settings().journal_url)
    assert journal.damage() == ()
    return journal.entries(kind=COMMAND_RUN)


def run(*words):
    return main([str(one) for one in (*words, "--language", "en")])


def test_each_command_that_writes_or_takes_something_out_is_on_record(folder, capsys):
    (folder / "a.csv").write_text(CSV, "utf-8")
    (folder / "b.txt").write_text("evidence", "utf-8")
    known = ("--who", "somebody else")
    assert run("import", "a.csv", "--layer", "charging_stations", "--crs", "EPSG:4490", *known) < 2
    run("take-back", "1", *known)
    run("cases", "export", "cases.json")
    run("cases", "import", "cases.json", *known)
    run("evidence", "put", "b.txt", "--collector", "a", "--case", CASE.id, *known)
    run("evidence", "list")
    run("evidence", "bundle", "court.zip", "--case", CASE.id)
    run("copy", "here", folder / "elsewhere")
    run("backup", "whole.zip")
    capsys.readouterr()
    told = {one.told["command"]: one for one in on_record()}
    assert set(told) == {
        *("import", "take-back", "cases export", "cases import", "copy", "backup"),
        *("evidence put", "evidence list", "evidence bundle"),
    }
    assert {one.who for one in told.values()} == {system_user()}  # whatever name was given
    assert told["import"].told["layer"] == "charging_stations"
    assert told["import"].told["file"] == "a.csv"
    assert told["evidence put"].told["file"] == "b.txt"


def test_commands_that_write_nothing_or_fail_leave_no_entry_and_make_no_folder(
    folder, monkeypatch, capsys
):
    (folder / "a.csv").write_text(CSV, "utf-8")
    run("check", "a.csv", "--layer", "charging_stations", "--crs", "EPSG:4490")
    assert run("import", "none.csv", "--layer", "charging_stations") == 2
    run("doctor")
    run("revisions")
    assert on_record() == ()
    monkeypatch.setenv("PIM_DATA_FOLDER", str(folder / "not-there"))
    run("evidence", "list")
    assert not (folder / "not-there").exists()
    capsys.readouterr()


def test_a_backup_holds_that_it_was_made_and_no_account_and_a_restore_brings_none_back(
    folder, capsys
):
    accounts = Accounts(folder / "data" / "accounts.sqlite")
    accounts.add("wang", "王某", "prosecutor", "LZ-XG", "correct horse battery")
    accounts.add("gone", "张某", "prosecutor", "LZ-XG", "correct horse battery")
    (folder / "data" / "identity.key").write_text("a key of tests", "utf-8")
    run("backup", "whole.zip")
    with zipfile.ZipFile("whole.zip") as archive:
        assert not [one for one in archive.namelist() if "accounts" in one or "identity" in one]
    accounts.remove("gone")
    run("backup", "later.zip")
    before = open_journal(read_settings().journal_url).head()
    capsys.readouterr()
    assert run("restore", "whole.zip", "--replace", "--json") == 0
    moved = json.loads(capsys.readouterr().out)["moved_to"]
    restored = on_record()
    assert [one.told["command"] for one in restored] == ["backup", "restore"]
    assert restored[-1].told["head"] == f"{before.number} {before.chain}"
    assert restored[-1].told["place"] in moved
    kept = Accounts(folder / "data" / "accounts.sqlite")
    assert [one.account for one in kept.all()] == ["wang"]  # whom somebody removed stays removed
    assert (folder / "data" / "identity.key").read_text("utf-8") == "a key of tests"


def test_no_password_of_a_database_is_put_on_record():
    assert "secret" not in shown_place("postgresql://pim:secret@10.0.0.5/pim?sslmode=require")
