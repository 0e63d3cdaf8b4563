"""Revisions, copies, doctor, backup and restore, by the commands that a steward types."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from geodata import HazardRef, NewCase, open_cases, open_features, open_findings
from geodata.__main__ import load_words, main
from geodata.copying import cases_digest, copy_cases, copy_features, findings_digest
from geodata.doctor import CHECKS
from geodata.engines.folder import create_feature_store
from geodata.errors import CopyDiffers
from geodata.evidence_store import EvidenceFacts, open_evidence
from geodata.findings import Decision
from geodata.revisions import digest
from geodata.sample import write_sample
from tests.geodata.histories import a_case, event
from tests.geodata.test_finding_stores import a_run, an_entry, found
from tests.geodata.test_revisions import a_note, rows


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "data"
    write_sample(
        create_feature_store(folder / "features"), open_cases(f"sqlite:{folder / 'cases.sqlite'}")
    )
    return folder


@pytest.fixture
def home(tmp_path, sample, monkeypatch):
    """Return a folder with the demonstration data in `data`, named by the settings."""
    shutil.copytree(sample, tmp_path / "data")
    for name in [name for name in os.environ if name.startswith("PIM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIM_DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    return tmp_path


@pytest.fixture
def run(capsys):
    """Return a runner of commands: exit code, and what was printed, read as JSON if it is."""

    def running(*argv):
        code = main([str(one) for one in argv])
        out, err = capsys.readouterr()
        return code, json.loads(out) if "--json" in argv else out + err

    return running


def features_of(home, folder="data"):
    return open_features(f"file:{home / folder / 'features'}")


def cases_of(home, folder="data"):
    return open_cases(f"sqlite:{home / folder / 'cases.sqlite'}")


def same(one, other):
    """Return whether two data folders hold the same features, revisions and cases."""
    ours, theirs = features_of(*one), features_of(*other)
    return (
        ours.revisions() == theirs.revisions()
        and all(
            digest(ours.state(layer).current) == digest(theirs.state(layer).current)
            and digest(ours.state(layer).closed) == digest(theirs.state(layer).closed)
            for layer in ours.layers()
        )
        and ours.kept_aside() == theirs.kept_aside()
        and cases_of(*one).find() == cases_of(*other).find()
    )


# -------------------------------------------------------------------- revisions


def test_revisions_are_listed_compared_and_taken_back_by_command(home, run):
    store = features_of(home)
    first = store.revision()
    store.write("stations", rows(_1="一", _2="二"), a_note(0))
    store.write("stations", rows(_1="壹", _3="三"), a_note(3))
    code, out = run("revisions", "stations")
    assert code == 0
    assert "2026-03-04 12:00  stations  新增 1 变更 1 终止 0  王某：台账  来源 list.csv" in out
    newest = str(int(first) + 2)
    code, out = run("revisions", "stations", "--compare", int(first) + 1, newest)
    assert "1 变更 name 一 → 壹" in out
    code, told = run("take-back", newest, "--who", "李某", "--why", "错表", "--json")
    assert (code, told["takes_back"], told["changed"], told["closed"]) == (0, newest, 1, 1)
    assert sorted(store.read("stations")["name"]) == ["一", "二"]
    code, out = run("take-back", "999", "--language", "en")
    assert (code, "There is no revision “999”" in out) == (2, True)


def test_what_was_written_since_is_named_when_nothing_can_be_taken_back(home, run):
    store = features_of(home)
    one, two = (
        store.write("stations", rows(_1=name), a_note(day)) for day, name in enumerate("甲乙")
    )
    code, out = run("take-back", one)
    assert code == 2
    assert f"修订 {one} 不能撤回" in out
    assert f"又被修订 {two} 改动（1）" in out


# ------------------------------------------------------------------------ copies


def test_everything_is_copied_and_a_second_copy_goes_on_where_the_first_stopped(home, run):
    store = features_of(home)
    store.write("stations", rows(_1="一"), a_note(0))
    store.write("stations", rows(_1="壹"), a_note(3))
    code, told = run("copy", "here", home / "other", "--json")
    assert (code, told["cases"]) == (0, len(cases_of(home).find()))
    assert told["cases_sha256"] == cases_digest(cases_of(home).find())
    assert same((home,), (home, "other"))
    store.take_back(store.revision(), a_note(4))
    assert run("copy", home / "data", home / "other")[0] == 0
    assert same((home,), (home, "other"))
    features_of(home, "other").write("stations", rows(_8="八"), a_note(9))
    code, out = run("copy", "here", home / "other")
    assert (code, "已有数据，没有覆盖" in out) == (2, True)


def test_features_or_cases_alone_are_copied_where_a_url_takes_only_those(home, run):
    assert run("copy", "here", f"sqlite:{home / 'only.sqlite'}")[0] == 0
    assert open_cases(f"sqlite:{home / 'only.sqlite'}").find() == cases_of(home).find()
    code, told = run("copy", f"file:{home / 'data' / 'features'}", f"file:{home / 'f'}", "--json")
    assert (code, told["cases"]) == (0, 0)
    assert run("copy", f"file:{home / 'f'}", f"sqlite:{home / 'x.sqlite'}")[0] == 2
    assert run("copy", "ftp:there", "here")[0] == 2


def test_rows_set_aside_come_along(home):
    store, target = features_of(home), open_features("memory:")
    store.set_aside("stations", rows(_1="一").drop(columns="geometry"), a_note())
    assert copy_features(store, target, "memory").aside == 1
    assert target.kept_aside() == store.kept_aside()


def test_a_copy_that_loses_something_is_no_copy(home):
    class Forgetful(type(open_cases("memory:"))):
        def write(self, changes):
            return super().write(changes[1:])

    with pytest.raises(CopyDiffers):
        copy_cases(cases_of(home), Forgetful(), "memory")


# --------------------------------------------------------------- backup, restore


def test_a_backup_is_put_back_the_same_in_another_place(home, run, monkeypatch):
    features_of(home).write("stations", rows(_1="一"), a_note(0))
    features_of(home).set_aside("stations", rows(_1="一").drop(columns="geometry"), a_note())
    code, out = run("backup", home / "kept" / "b.zip")
    assert (code, "已回读核对" in out) == (0, True)
    monkeypatch.setenv("PIM_DATA_FOLDER", str(home / "new"))
    code, out = run("restore", home / "kept" / "b.zip")
    assert (code, "恢复并核对" in out) == (0, True)
    assert same((home,), (home, "new"))
    assert sorted(one.name for one in home.iterdir()) == ["data", "kept", "new"]
    assert run("doctor")[0] == 0


def test_nothing_is_written_over_unless_asked_and_then_the_old_is_kept(home, run):
    assert run("backup", home / "b.zip")[0] == 0
    features_of(home).write("stations", rows(_1="一"), a_note(0))
    before = features_of(home).revision()
    code, out = run("restore", home / "b.zip")
    assert (code, "没有覆盖" in out, features_of(home).revision()) == (2, True, before)
    code, told = run("restore", home / "b.zip", "--replace", "--json")
    assert code == 0
    assert "stations" not in features_of(home).layers()
    assert open_features(f"file:{told['moved_to']}/features").revision() == before


def test_a_backup_while_others_write_is_of_one_moment(home, run):
    store, cases, done = features_of(home), cases_of(home), threading.Event()

    def writing():
        number = 0
        while not done.is_set():
            number += 1
            store.write("a", rows(**{f"_{number}": "一"}), a_note(number))
            cases.write([NewCase(a_case(event("lead_registered", "2026-01-05"), id=f"W-{number}"))])

    writer = threading.Thread(target=writing)
    writer.start()
    try:
        codes = [run("backup", home / f"{one}.zip")[0] for one in range(3)]
    finally:
        done.set()
        writer.join()
    assert codes == [0, 0, 0]
    for one in range(3):
        os.environ["PIM_DATA_FOLDER"] = str(home / f"back{one}")  # put back by monkeypatch
        assert run("restore", home / f"{one}.zip")[0] == 0
        back = features_of(home, f"back{one}")
        written = [each for each in back.revisions() if each.layer == "a"]
        assert len(back.read("a") if written else ()) == len(written)


def change_a_byte(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


def cut_short(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def rewritten(change):
    def damage(file):
        with zipfile.ZipFile(file) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        change(parts)
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)

    return damage


def lead_outside(parts):
    told = json.loads(parts["manifest.json"])
    told["parts"]["features/../../evil"] = "0"
    parts["manifest.json"], parts["features/../../evil"] = json.dumps(told), b"x"


@pytest.mark.parametrize(
    "damage",
    [
        change_a_byte,
        cut_short,
        rewritten(lambda parts: parts.pop("cases.sqlite")),
        rewritten(lambda parts: parts.update({"features/more.txt": b"x"})),
        rewritten(lambda parts: parts.pop("manifest.json")),
        rewritten(lambda parts: parts.update({"features/current.json": b"{}"})),
        rewritten(lead_outside),
        lambda file: file.write_bytes(b"no archive"),
        lambda file: file.unlink(),
    ],
)  # fmt: skip
def test_a_damaged_backup_is_refused_before_anything_is_touched(home, run, damage):
    run("backup", home / "b.zip")
    damage(home / "b.zip")
    before = features_of(home).revision()
    code, told = run("restore", home / "b.zip", "--replace", "--json")
    assert (code, told["error"]) == (2, "BrokenArchive")
    assert features_of(home).revision() == before
    assert not [one for one in home.iterdir() if "replaced" in one.name or "evil" in one.name]


# ------------------------------------------------------------------------ doctor


def findings(run):
    code, told = run("doctor", "--json")
    assert all(one["text"] and one["remedy"] for one in told["findings"])
    return code, {one["what"] for one in told["findings"]}


def test_the_demonstration_is_sound(home, run):
    code, out = run("doctor")
    assert (code, "没有错误" in out) == (0, True), out


def test_the_doctor_runs_as_users_start_it(home):
    told = subprocess.run(
        [sys.executable, "-m", "geodata", "doctor", "--language", "en"],
        cwd=home, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert (told.returncode, told.stderr) == (0, "")
    assert "nothing wrong" in told.stdout


def drop_a_layer_file(home):
    next((home / "data" / "features").glob("charging_stations.*.parquet")).write_bytes(b"x")


def forget_a_hazard(home):
    case = a_case(event("lead_registered", "2026-01-05"), hazards=(HazardRef("nowhere", "1"),))
    cases_of(home).add(replace(case, id="D-1"))


def close_a_hazard(home):
    linked = next(one for case in cases_of(home).find() for one in case.hazards)
    store = features_of(home)
    frame = store.read(linked.layer)
    store.write(linked.layer, frame[frame["id"] != linked.id], a_note(), replace=True)


def break_a_history(home):
    cases_of(home).add(a_case(event("case_filed", "2026-01-05"), id="D-2", hazards=()))


def damage_the_cases(home):
    (home / "data" / "cases.sqlite").write_bytes(b"no database" * 1000)


def make_cases_newer(home):
    with closing(sqlite3.connect(home / "data" / "cases.sqlite")) as database:
        database.execute("pragma user_version = 99")


def spoil_rows(home):
    store = features_of(home)
    frame = store.read("charging_stations")
    store.write("charging_stations", frame.assign(hazard_kinds="nonsense").drop(columns="name"),
                a_note(), replace=True)  # fmt: skip


@pytest.mark.parametrize(
    ("harm", "wanted", "ends"),
    [
        (drop_a_layer_file, {"layer", "past"}, 1),
        (forget_a_hazard, {"hazard_missing"}, 1),
        (close_a_hazard, {"hazard_closed"}, 0),
        (break_a_history, {"unlawful"}, 1),
        (damage_the_cases, {"cases"}, 1),
        (make_cases_newer, {"cases"}, 1),
        (spoil_rows, {"columns_missing", "codes_unknown"}, 1),
        (lambda home: (home / "data" / "features" / ".partial-x").touch(), {"leftover"}, 0),
        (lambda home: (home / "data" / "features" / "a.000099.parquet").touch(), {"leftover"}, 0),
        (lambda home: (home / ".restoring-x").mkdir(), {"leftover"}, 0),
        (lambda home: shutil.rmtree(home / "data" / "features"), {"features"}, 1),
        (lambda home: shutil.rmtree(home / "data"), {"data_folder_missing"}, 1),
        (lambda home: (home / "data" / "cases.sqlite").unlink(), {"no_cases_yet"}, 0),
    ],
)  # fmt: skip
def test_the_doctor_finds_what_is_wrong(home, run, harm, wanted, ends):
    harm(home)
    code, found = findings(run)
    assert wanted <= found
    assert code == ends


@pytest.mark.parametrize(
    "wrong",
    [
        ("PIM_AS_OF", "soon", "setting"),
        ("PIM_CITY", "atlantis", "setting"),
        ("PIM_FONT", "/nowhere/font.ttf", "file_missing"),
        ("PIM_TARGETS_FILE", "/nowhere/targets.toml", "file_missing"),
        ("PIM_LAYER_FOLDERS", "/nowhere", "folder_missing"),
        ("PIM_CASES_URL", "postgresql://127.0.0.1:1/none", "cases"),
        ("PIM_FEATURES_URL", "ftp:there", "features"),
        ("PIM_DATA_FODLER", "data", "unknown_setting"),
    ],
)
def test_the_doctor_finds_wrong_settings(home, run, monkeypatch, wrong):
    name, value, wanted = wrong
    monkeypatch.setenv(name, value)
    assert wanted in findings(run)[1]


def test_every_finding_has_words_and_a_remedy_in_both_languages():
    text = Path(sys.modules["geodata.doctor"].__file__).read_text("utf-8")
    for language in ("zh", "en"):
        sections = load_words(language).sections
        assert set(sections["ailments"]) == set(sections["cures"])
        for key in sections["ailments"]:
            above = {"browser_file_missing", "font_missing"}
            assert f'"{key}"' in text or key in above, key


def test_the_parts_above_are_asked_for_by_name():
    (offer,) = entry_points(group=CHECKS)
    assert list(offer.load()()) == []


# ---------------------------------------------------------------- runs and decisions


def with_findings(home):
    store = open_findings(f"sqlite:{home / 'data' / 'findings.sqlite'}")
    store.add_run(a_run(), found("a", "b"))
    store.decide([Decision(an_entry(), 0), Decision(an_entry("reopened"), 1)])
    return store


def test_runs_and_decisions_are_backed_up_restored_and_copied_like_cases(home, run, tmp_path):
    store = with_findings(home)
    code, told = run("backup", tmp_path / "b.zip", "--json")
    assert (code, told["runs"], told["decisions"]) == (0, 1, 2)
    code, told = run("restore", tmp_path / "b.zip", "--replace", "--json")
    assert (code, told["runs"]) == (0, 1)
    back = open_findings(f"sqlite:{home / 'data' / 'findings.sqlite'}")
    assert findings_digest(back) == findings_digest(store)
    code, out = run("copy", "here", tmp_path / "other")
    assert (code, "1 次模型运行 2 条核查意见" in out) == (0, True)
    copied = open_findings(f"sqlite:{tmp_path / 'other' / 'findings.sqlite'}")
    assert findings_digest(copied) == findings_digest(store)
    copied.add_run(a_run(), [])
    code, _ = run("copy", "here", tmp_path / "other")
    assert code == 2, "the copy holds a run of its own"


def test_an_archive_from_before_findings_were_kept_is_still_restored(home, run, tmp_path):
    run("backup", tmp_path / "b.zip")
    old = tmp_path / "old.zip"
    with zipfile.ZipFile(tmp_path / "b.zip") as new, zipfile.ZipFile(old, "w") as archive:
        manifest = json.loads(new.read("manifest.json"))
        for name in ("runs", "decisions", "findings_sha256"):
            del manifest["held"][name]
        for name in manifest["parts"]:
            archive.writestr(name, new.read(name))
        archive.writestr("manifest.json", json.dumps(manifest))
    code, _ = run("restore", old, "--replace")
    assert code == 0


def with_evidence(home):
    store = open_evidence(f"file:{home / 'data' / 'evidence'}")
    facts = EvidenceFacts("照片.jpg", "王某", datetime.now(UTC))
    for content in (b"one", b"two", b"one"):
        store.put(content, facts)
    store.record(2, "handed_over", who="李某", at=datetime.now(UTC))
    return store


def test_evidence_is_backed_up_restored_and_copied_with_its_register(home, run, tmp_path):
    store = with_evidence(home)
    _, told = run("backup", str(tmp_path / "b.zip"), "--json")
    assert (told["evidence"], told["originals"]) == (3, 2)
    run("restore", str(tmp_path / "b.zip"), "--replace")
    back = open_evidence(f"file:{home / 'data' / 'evidence'}")
    assert (back.custody(), back.read(back.item(2).sha256)) == (store.custody(), b"two")
    assert back.verify().troubles == ()
    _, told = run("copy", "here", str(tmp_path / "other"), "--json")
    assert (told["evidence"], told["evidence_sha256"]) == (3, back.head().chain)
    copied = open_evidence(f"file:{tmp_path / 'other' / 'evidence'}")
    assert (copied.custody(), copied.verify().troubles) == (back.custody(), ())
    run("copy", "here", str(tmp_path / "other"))
    assert len(copied.custody()) == 4
    copied.put(b"more", EvidenceFacts("b", "王某", datetime.now(UTC)))
    back.put(b"other", EvidenceFacts("b", "王某", datetime.now(UTC)))
    assert run("copy", "here", str(tmp_path / "other"))[0] == 2


def test_evidence_that_is_kept_elsewhere_is_put_back_there(home, run, tmp_path, monkeypatch):
    store = with_evidence(home)
    run("backup", str(tmp_path / "b.zip"))
    elsewhere = f"file:{tmp_path / 'far'}"
    monkeypatch.setenv("PIM_EVIDENCE_URL", elsewhere)
    monkeypatch.setenv("PIM_DATA_FOLDER", str(tmp_path / "new"))
    assert run("restore", str(tmp_path / "b.zip"))[0] == 0
    assert open_evidence(elsewhere).custody() == store.custody()
    assert not (tmp_path / "new" / "evidence").exists()
    monkeypatch.setenv("PIM_DATA_FOLDER", str(tmp_path / "newer"))
    assert run("restore", str(tmp_path / "b.zip"))[0] == 2
    assert not (tmp_path / "newer").exists()


def test_damaged_evidence_is_named_by_the_doctor_and_not_backed_up(home, run, tmp_path):
    sha256 = with_evidence(home).item(1).sha256
    assert run("doctor")[0] == 0
    original = home / "data" / "evidence" / "originals" / sha256[:2] / sha256
    original.chmod(0o600)
    original.write_bytes(b"other")
    code, told = run("doctor", "--json")
    assert (code, told["evidence"]) == (1, 3)
    assert [sha256 in one["text"] for one in told["findings"]].count(True) == 1
    assert run("backup", str(tmp_path / "b.zip"))[0] == 2
    assert not (tmp_path / "b.zip").exists()


def test_the_doctor_reads_every_run_and_misses_a_case_that_is_gone(home, run):
    store = with_findings(home)
    code, told = run("doctor", "--json")
    assert (code, told["runs"], told["decisions"]) == (0, 1, 2)
    gone = an_entry("became_case", "b", case="LZ-CG-1")
    store.decide([Decision(gone, 0)])
    store.add_run(a_run(document="{"), [])
    code, told = run("doctor", "--json")
    named = {one["what"] for one in told["findings"] if one["severity"] == "error"}
    assert (code, named) == (1, {"finding_case_missing", "run_damaged"})
    (home / "data" / "findings.sqlite").write_bytes(b"nothing of ours" * 300)
    code, told = run("doctor", "--json")
    assert (code, "findings" in {one["what"] for one in told["findings"]}) == (1, True)
