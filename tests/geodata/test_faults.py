"""The night before the meeting: a power cut, a full disk, a database gone, a clock that jumps back.

What holds after each: nothing is half written, nothing that was confirmed is lost, whoever asked is
told in words, and the doctor says how things stand. docs/reliability.md lists the promises.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from geodata import HazardRef, open_cases, open_features, open_findings
from geodata.__main__ import main, schema_of
from geodata.archive import back_up, check_archive, restore
from geodata.copying import cases_digest, findings_digest
from geodata.doctor import examine
from geodata.engines.folder import create_feature_store
from geodata.errors import BrokenStore, FeaturesUnavailable, GeodataError, StaleEdit, StaleEntry
from geodata.evidence_store import EvidenceFacts, open_evidence
from geodata.findings import Decision
from geodata.journal import Draft, open_journal
from geodata.model import CaseEvent
from geodata.revisions import digest
from geodata.settings import Settings
from tests.geodata.histories import a_case, event
from tests.geodata.postgres import running_server
from tests.geodata.test_finding_stores import an_entry
from tests.geodata.test_revisions import a_note, rows
from tests.layers.finding_runs import yards_in

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
HARMLESS = {"no_cases_yet", "leftover", "layer_not_offered", "little_space"}


@pytest.fixture
def plain(monkeypatch):
    for name in [name for name in os.environ if name.startswith("PIM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")


def a_draft(number, subject="plan:1"):
    return Draft(subject, "planned", "王某", NOW, {"stops": number})


def a_home(folder):
    """Return the settings of a small installation with something in every store."""
    asked = Settings(folder)
    create_feature_store(folder / "features").write("a", rows(_1="一", _2="二"), a_note(0))
    hazards = (HazardRef("a", "1"),)
    lead = a_case(event("lead_registered", "2026-01-05", note="排污口" * 20), hazards=hazards)
    open_cases(asked.cases_url).add(lead)
    open_findings(asked.findings_url).decide([Decision(an_entry(), 0)])
    open_journal(asked.journal_url).append([a_draft(n) for n in range(3)])
    facts = EvidenceFacts("a.jpg", "王某", NOW, case="T-1")
    open_evidence(asked.evidence_url).put(b"a picture" * 500, facts)
    return asked


def hash_of(state):
    return digest(state.current), digest(state.closed)


def held(asked):
    """Return a hash of everything that an installation holds."""
    features = open_features(asked.features_url)
    past = tuple(hash_of(features.state(one.layer, one.id)) for one in features.revisions())
    cases = cases_digest(open_cases(asked.cases_url).find())
    findings = findings_digest(open_findings(asked.findings_url))
    evidence = open_evidence(asked.evidence_url)
    shown = tuple(evidence.read(one.sha256) for one in evidence.items())
    journal = open_journal(asked.journal_url).head()
    return past, features.revisions(), cases, findings, evidence.head(), shown, journal


def seeded(number):
    return random.Random(number)  # noqa: S311 - draws moments and places in files


def ills(asked, severity="error"):
    found = examine({"PIM_DATA_FOLDER": str(asked.data_folder)}, schema_of).ailments
    return {one.what for one in found if one.severity == severity}


# ------------------------------------------------------------------------ kill -9


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Return what kills acts on an installation with three lists, and says what they left."""
    folder = tmp_path_factory.mktemp("killed") / "home"
    yards_in(create_feature_store(folder / "data" / "features"))
    lines = "".join(f"{one},站{one},103.{one + 10},36.05\n" for one in range(40))
    (folder / "list.csv").write_text(f"编号,名称,经度,纬度\n{lines}", encoding="utf-8")

    def killing(*asked):
        environment = {one: told for one, told in os.environ.items() if not one.startswith("PIM_")}
        done = subprocess.run(
            [sys.executable, "-m", "tests.geodata.kills", folder, *asked],
            cwd=ROOT, check=False, capture_output=True, text=True, env=environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return killing


def check_what_a_kill_left(told):
    """Hold it against: all of it or nothing, sound, and finished by doing it again."""
    assert len(told) > 0
    for one in told:
        left, then, act = one["left"], one["then"], one["asked"].partition(":")[0]
        assert left["errors"] == [], one
        assert set(left["warnings"]) <= HARMLESS, one
        assert {"yards", "land_parcels", "permanent_farmland"} <= left["rows"].keys(), one
        assert left["revisions"] == len(left["rows"]), one
        assert left["rows"].get("charging_stations", 40) == 40, one
        assert all(said == found for said, found in left["runs"]), one
        assert (one["again"], then["errors"]) == ([0, 0], []), one
        wanted = {
            "import": then["rows"].get("charging_stations") == 40 and then["revisions"] == 4,
            "detect": len(then["runs"]) == len(left["runs"]) + 1,
            "backup": then["backup"],
        }
        assert wanted[act], one


def test_what_is_killed_in_the_midst_leaves_a_sound_state_and_is_finished_by_doing_it_again(killed):
    told = killed("import:12", "import:27", "import:33", "detect:41", "backup:9", "backup:20")
    assert [one["ended"] for one in told] == [-9] * 6, "each of them was in the midst"
    check_what_a_kill_left(told)


@pytest.mark.thorough
def test_whatever_the_moment_of_a_kill_the_state_is_sound(killed):
    """Every moment at which a file is touched, and two hundred moments by the clock."""
    counts = {one["asked"].partition(":")[0]: one["events"]
              for one in killed("import:9999", "detect:9999", "backup:9999")}  # fmt: skip
    assert min(counts.values()) > 20
    chance = seeded(20261129)
    asked = [f"{act}:{number}" for act, most in counts.items() for number in range(1, most + 1)]
    asked += [f"{chance.choice([*counts])}:-{chance.randrange(1, 900)}" for _ in range(200)]
    told = killed(*asked)
    assert sum(one["ended"] == -9 for one in told) > sum(counts.values())
    check_what_a_kill_left(told)


# ------------------------------------------------------------------------ full disk


@contextmanager
def small_disk(place, megabytes):
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        reason = f"a small disk is mounted by root: {done.stderr.strip()}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk):
    """Leave no byte on a disk; return the file that takes them."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    return ballast


def test_a_full_disk_is_said_in_words_and_costs_nothing_that_was_confirmed(plain, tmp_path, capsys):
    with small_disk(tmp_path / "disk", 24) as disk:
        asked = a_home(disk / "data")
        before = held(asked)
        stores = (open_features(asked.features_url), open_cases(asked.cases_url),
                  open_findings(asked.findings_url), open_journal(asked.journal_url),
                  open_evidence(asked.evidence_url))  # fmt: skip
        ballast = fill(disk)
        features, cases, findings, journal, evidence = stores
        long = "某" * 50_000
        lead = a_case(event("lead_registered", "2026-01-05", note=long), id="T-2", hazards=())
        acts = [
            lambda: features.write("a", rows(_3=long), a_note(1)),
            lambda: cases.add(lead),
            lambda: findings.decide([Decision(replace(an_entry(), why=long), 1)]),
            lambda: journal.append([a_draft(long)]),
            lambda: evidence.put(os.urandom(200_000), EvidenceFacts("b.jpg", "王某", NOW)),
        ]
        for number, act in enumerate(acts):
            with pytest.raises(BrokenStore) as refused:
                act()
            assert refused.value.facts["reason"] == "full", number
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PIM_DATA_FOLDER", str(asked.data_folder))
            assert main(["backup", str(disk / "b.zip")]) == 2
        assert re.search("No space left|磁盘或数据库已满", capsys.readouterr().err)
        assert "little_space" in ills(asked, "warning")
        assert len(features.read("a")) == 2, "maps are still drawn"
        ballast.unlink()
        assert held(asked) == before
        for act in acts:
            act()
        assert ills(asked) == set()
        assert not list(disk.rglob(".partial-*"))


# --------------------------------------------------------------- database gone and back


@pytest.fixture(scope="module")
def server():
    with running_server(with_postgis=True) as server:
        yield server


def test_a_database_that_goes_away_is_told_and_serves_again_once_it_is_back(server):
    url = server.new_url()
    features, cases, journal = open_features(url), open_cases(url), open_journal(url)
    findings = open_findings(url)
    features.write("a", rows(_1="一"), a_note(0))
    cases.add(a_case(event("lead_registered", "2026-01-05"), hazards=()))
    journal.append([a_draft(1)])
    findings.decide([Decision(an_entry(), 0)])
    server.stop("immediate")
    try:
        asked = (
            lambda: features.read("a"),
            lambda: features.write("a", rows(_2="二"), a_note(1)),
            cases.find,
            lambda: cases.record("T-1", event("case_filed", "2026-01-06"), seen=1),
            lambda: journal.append([a_draft(2)]),
            findings.entries,
        )
        begun = time.monotonic()
        for act in asked:
            with pytest.raises(BrokenStore):
                act()
        assert time.monotonic() - begun < 20, "nobody waits for a server that is not there"
    finally:
        server.start()
    assert list(features.read("a")["id"]) == ["1"]
    assert (len(cases.find()), len(journal.rows()), len(findings.entries())) == (1, 1, 1)
    features.write("a", rows(_2="二"), a_note(1))
    cases.record("T-1", event("case_filed", "2026-01-06"), seen=1)
    journal.append([a_draft(2)])
    assert (cases.get("T-1").revision, journal.damage()) == (2, ())


def test_connections_cut_under_writers_lose_nothing_that_was_confirmed(server):
    url = server.new_url()
    cases, journal = open_cases(url), open_journal(url)
    cases.add(a_case(event("lead_registered", "2026-01-05"), hazards=()))
    done, confirmed, cut = threading.Event(), [], []

    def write(who):
        number = 0
        while not done.is_set():
            number += 1
            try:
                journal.append([a_draft(f"{who}-{number}-{n}", who) for n in range(3)])
            except GeodataError:
                cut.append(number)
            else:
                confirmed.append(f"{who}-{number}")

    writers = [threading.Thread(target=write, args=(who,)) for who in "ab"]
    for one in writers:
        one.start()
    with psycopg.connect(server.address, autocommit=True) as database:
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            database.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where pid <> pg_backend_pid() and datname = 'postgres'"
            )
            time.sleep(0.05)
    done.set()
    for one in writers:
        one.join()
    kept = [one.told["stops"] for one in journal.entries()]
    assert confirmed
    assert cut, "some were cut off in the midst"
    assert {f"{one}-{n}" for one in confirmed for n in range(3)} <= set(kept)
    assert len(kept) == len(set(kept))
    assert len(kept) % 3 == 0
    assert journal.damage() == ()


# ------------------------------------------------------------ two servers on one store

SERVER = """
import sys
from pathlib import Path
from geodata.settings import Settings
from tests.geodata.test_faults import serve
print(serve(Settings(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])))
"""


def serve(asked, who, turns):
    """Write to every store as one of several servers does; return how often it was too late."""
    features, cases = open_features(asked.features_url), open_cases(asked.cases_url)
    journal, stale = open_journal(asked.journal_url), 0
    for turn in range(turns):
        mine = rows(**{f"_{ord(who) * 100 + turn}": who})
        features.write("a", mine, a_note(turn, f"{who}{turn}"))
        done = False
        while not done:
            seen, told = cases.get("T-1").revision, len(journal.rows())
            entry = event("evidence_collected", "2026-01-06", note=f"{who}{turn}")
            try:
                cases.record("T-1", entry, seen=seen)
                journal.append([a_draft(turn, "shared")], {"shared": told - 3})
                done = True
            except StaleEdit:
                stale += 1
            except StaleEntry:
                stale += 1
                done = True
    return stale


def test_two_servers_on_one_store_lose_nothing_and_refuse_what_is_stale(plain, tmp_path):
    asked, turns = a_home(tmp_path / "data"), 8
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", SERVER, str(asked.data_folder), who, str(turns)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for who in "AB"
    ]  # fmt: skip
    told = [one.communicate(timeout=120) for one in servers]
    assert [one.returncode for one in servers] == [0, 0], told
    ids = set(open_features(asked.features_url).read("a")["id"])
    assert {str(ord(who) * 100 + turn) for who in "AB" for turn in range(turns)} <= ids
    assert len(open_features(asked.features_url).revisions()) == 1 + 2 * turns
    notes = [one.note for one in open_cases(asked.cases_url).get("T-1").events[1:]]
    for who in "AB":
        assert [one for one in notes if one[0] == who] == [f"{who}{n}" for n in range(turns)]
    shared = len(open_journal(asked.journal_url).rows()) - 3
    stale = sum(int(out) for out, _ in told)
    assert 0 < shared <= 2 * turns
    assert shared >= 2 * turns - stale, "what was not refused is there"
    assert open_journal(asked.journal_url).damage() == ()


# --------------------------------------------------------------------- a clock that jumps


def test_a_clock_that_jumps_back_changes_no_order_and_no_deadline(plain, tmp_path):
    asked = a_home(tmp_path / "data")
    cases, journal = open_cases(asked.cases_url), open_journal(asked.journal_url)
    features = open_features(asked.features_url)
    ahead, back = NOW + timedelta(days=400), NOW - timedelta(days=400)
    for number, at in enumerate([ahead, back, NOW]):
        entry = CaseEvent("evidence_collected", NOW.date(), at, "王某", note=str(number))
        cases.record("T-1", entry, seen=1 + number)
        journal.append([replace(a_draft(number), at=at)])
        features.write("a", rows(**{f"_{number + 5}": "x"}), replace(a_note(1, str(number)),
                                                                     recorded_at=at))  # fmt: skip
    again = open_cases(asked.cases_url).get("T-1")
    assert [one.note for one in again.events[1:]] == ["0", "1", "2"]
    assert [one.recorded_at for one in again.events[1:]] == [ahead, back, NOW]
    assert [one.told["stops"] for one in journal.entries()][3:] == [0, 1, 2]
    assert journal.damage() == ()
    assert [one.id for one in features.revisions()] == ["1", "2", "3", "4"]
    with pytest.raises(StaleEdit):
        cases.record("T-1", entry, seen=1)
    back_up(asked, tmp_path / "b.zip", back)
    restore(tmp_path / "b.zip", Settings(tmp_path / "other"), back)
    assert held(Settings(tmp_path / "other")) == held(asked)


# ---------------------------------------------------------------------- a corrupt file

TEXTS = {".sqlite", ".json", ".csv"}
"""Files in which a changed letter may still be a letter: nothing but a backup can tell."""


def spoiled(content, chance):
    """Return the bytes of a file with one bit turned, a page of zeros, or its end gone."""
    way, at = chance.choice(["bit", "zeros", "cut"]), chance.randrange(len(content))
    if way == "cut":
        return way, content[:at]
    if way == "zeros":
        return way, content[:at] + bytes(min(512, len(content) - at)) + content[at + 512 :]
    return way, content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]


def look_after_spoiling(asked, before):
    """Return what a spoiled installation shows: found, refused (an error of ours), same, other."""
    if ills(asked):
        return "found"
    try:
        return "same" if held(asked) == before else "other"
    except GeodataError:
        return "refused"


def spoil(folder, times, seed):
    """Spoil files of an installation one by one; yield which, how, and what then shows."""
    asked = a_home(folder)
    before = held(asked)
    whole = folder.with_name("whole")
    for log in folder.glob("*.sqlite-*"):
        log.unlink()
    shutil.copytree(folder, whole)
    names = sorted(one.relative_to(whole) for one in whole.rglob("*")
                   if one.is_file() and one.stat().st_size and one.name != ".lock")  # fmt: skip
    chance = seeded(seed)
    for number in range(times):
        shutil.rmtree(folder)
        shutil.copytree(whole, folder)
        name = names[number % len(names)]
        way, content = spoiled((whole / name).read_bytes(), chance)
        (folder / name).chmod(0o644)
        (folder / name).write_bytes(content)
        yield name, way, look_after_spoiling(asked, before)


def check_spoiled(told):
    other = [one for one in told if one[2] == "other"]
    assert {one[2] for one in told} >= {"found", "same"}
    beyond = [one for one in other if one[0].suffix not in TEXTS]  # the foot of a layer's file
    assert len(beyond) <= len(told) // 200, "pages of layers and originals of evidence"
    assert [one for one in other if "journal" in one[0].name] == [], "what is chained"
    assert len(other) < len(told) / 4


def test_a_corrupt_file_is_found_or_refused_and_a_backup_brings_everything_back(plain, tmp_path):
    told = list(spoil(tmp_path / "data", 24, 7))
    check_spoiled(told)
    asked = a_home(tmp_path / "again")
    before = held(asked)
    back_up(asked, tmp_path / "b.zip", NOW)
    for one in asked.data_folder.rglob("*.*"):
        if one.is_file():
            one.chmod(0o644)
            one.write_bytes(one.read_bytes()[: one.stat().st_size // 2])
    assert ills(asked)
    check_archive(tmp_path / "b.zip")
    restore(tmp_path / "b.zip", asked, NOW, replace=True)
    assert held(asked) == before
    assert ills(asked) == set()


@pytest.mark.thorough
def test_a_thousand_corrupt_files_are_found_or_refused(plain, tmp_path):
    told = list(spoil(tmp_path / "data", 1000, 20261129))
    check_spoiled(told)
    counts = Counter((name.suffix, way, shown) for name, way, shown in told)
    sys.stdout.write("\n".join(map(str, sorted(counts.items()))))  # shown by -s


def test_every_bit_of_a_layer_that_turns_is_an_error_or_changes_nothing(tmp_path):
    store = create_feature_store(tmp_path)
    store.write("a", rows(**{f"_{one}": f"名称{one}" for one in range(50)}), a_note(0))
    (file,) = tmp_path.glob("a.*.parquet")
    whole, before, chance = file.read_bytes(), hash_of(store.state("a")), seeded(3)
    refused = 0
    for _ in range(120):
        at = chance.randrange(len(whole))
        turned = bytes([whole[at] ^ (1 << chance.randrange(8))])
        file.write_bytes(whole[:at] + turned + whole[at + 1 :])
        try:
            assert hash_of(store.state("a")) == before
        except BrokenStore:
            refused += 1
    assert refused > 40


def test_a_folder_that_may_not_be_written_to_says_so(tmp_path, monkeypatch):
    import errno

    from geodata.engines import folder

    store = create_feature_store(tmp_path)

    def refuse(*_args, **_facts):
        raise OSError(errno.EROFS, "no")

    monkeypatch.setattr(folder.tempfile, "mkstemp", refuse)
    with pytest.raises(FeaturesUnavailable, match="read_only"):
        store.write("a", rows(_1="一"), a_note(0))
