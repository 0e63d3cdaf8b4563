"""A sealed run is the same bytes for the same run, is run again alike, and shows any tampering."""

import json
import subprocess
import zipfile
from dataclasses import replace

import pytest

from geodata import open_findings
from geodata.errors import BrokenSeal
from geodata.revisions import digest
from geodata.sample import SAMPLE_ON, sample_lists
from layers import catalog, run_records, sealing
from layers.code_version import code_sha256, code_version
from layers.detect import detect
from layers.run_records import record_run
from layers.sealing import find_differences, inputs_now, open_seal, replay, seal
from tests.layers.finding_runs import NOW, RULE, a_finding, a_note, kept_run, yards_in


@pytest.fixture(scope="module")
def features():
    return yards_in()


@pytest.fixture(scope="module")
def content(features):
    store, run_id = kept_run(features)
    return seal(store.run(run_id), store.found(run_id), features)


@pytest.fixture
def file(content, tmp_path):
    sealed = tmp_path / "sealed.zip"
    sealed.write_bytes(content)
    return sealed


def changed(file, name, change):
    """Write an archive anew with one part changed; None takes it out."""
    with zipfile.ZipFile(file) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    made = change(parts.get(name, b""))
    parts = {one: content for one, content in parts.items() if one != name}
    with zipfile.ZipFile(file, "w") as archive:
        for one, content in (parts | ({} if made is None else {name: made})).items():
            archive.writestr(one, content)


def resealed(file, name, change):
    """Change a part and the list of hashes with it, as somebody would who knows how."""
    import hashlib

    changed(file, name, change)
    with zipfile.ZipFile(file) as archive:
        sums = "".join(
            f"{hashlib.sha256(archive.read(one)).hexdigest()}  {one}\n"
            for one in sorted(archive.namelist())
            if one != "SHA256SUMS"
        )
    changed(file, "SHA256SUMS", lambda _: sums.encode())


def test_the_same_run_is_sealed_in_the_same_bytes(features, content):
    store, run_id = kept_run(features)
    assert seal(store.run(run_id), store.found(run_id), features) == content


def test_what_was_sealed_is_run_again_without_a_difference(file):
    done = replay(file)
    assert done.is_same
    assert done.run.findings == detect(RULE, yards_in(), SAMPLE_ON).findings != ()
    assert (done.sealed.run.as_of, done.version) == (SAMPLE_ON, RULE.version)
    assert done.code == code_version()


def test_the_parts_can_be_checked_by_anybody_and_read_by_people(file, tmp_path):
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path / "out")
    run = subprocess.run(
        ["sha256sum", "-c", "SHA256SUMS"],
        cwd=tmp_path / "out",
        capture_output=True,
        check=True,
        text=True,
    )
    assert run.stdout.count(": OK") == 4 + len(list((tmp_path / "out" / "inputs").iterdir()))
    listing = (tmp_path / "out" / "LISTING.txt").read_text("utf-8")
    assert "堆场占用耕地草地 / Yards on farmland and grassland" in listing
    rows = len(sample_lists()["land_parcels"])
    assert f"land_parcels: revision 2, 2025-12-17, {rows} rows" in listing
    declared = json.loads((tmp_path / "out" / "declaration.json").read_text("utf-8"))
    assert declared["parameters"][0]["id"] == "least_m2"
    assert b"def judge(" in (tmp_path / "out" / "rule.py").read_bytes()


@pytest.mark.parametrize(
    "name", ["run.json", "rule.py", "LISTING.txt", "declaration.json", "inputs/yards.parquet"]
)
def test_a_part_that_was_changed_is_refused_by_its_name(file, name):
    changed(file, name, lambda content: content[:-5] + b"12345")
    with pytest.raises(BrokenSeal) as refused:
        replay(file)
    assert (refused.value.facts["reason"], refused.value.facts["part"]) == ("changed", name)


@pytest.mark.parametrize("name", ["run.json", "inputs/yards.parquet", "SHA256SUMS", "extra.txt"])
def test_a_part_that_is_missing_or_too_many_is_refused_by_its_name(file, name):
    changed(file, name, lambda content: None if content else b"more")
    with pytest.raises(BrokenSeal) as refused:
        replay(file)
    assert refused.value.facts["part"] == name


def test_rows_that_were_changed_with_their_hash_in_the_list_are_refused_still(file, features):
    from io import BytesIO

    other = features.read("yards").assign(name="别的")
    made = BytesIO()
    other.to_parquet(made, index=False)
    resealed(file, "inputs/yards.parquet", lambda _: made.getvalue())
    with pytest.raises(BrokenSeal) as refused:
        open_seal(file)
    assert refused.value.facts["part"] == "inputs/yards.parquet"


def test_findings_that_were_changed_knowingly_are_shown_fact_by_fact(file):
    def tamper(content):
        told = json.loads(content)
        told["findings"][0]["facts"][0][1] = 1.0
        del told["findings"][1]
        return json.dumps(told).encode()

    resealed(file, "run.json", tamper)
    done = replay(file)
    assert not done.is_same
    told = {one.what: one for one in done.differences}
    assert set(told) == {"changed", "added"}
    (change,) = told["changed"].changes
    assert change.before == 1.0
    assert change.after == told["changed"].finding.fact(change.name)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_seal_is_refused(tmp_path, content):
    file = tmp_path / "x.zip"
    file.write_bytes(content)
    with pytest.raises(BrokenSeal):
        replay(file)
    with pytest.raises(BrokenSeal) as refused:
        replay(tmp_path / "nowhere.zip")
    assert refused.value.facts["reason"] == "missing"


def test_which_lists_have_changed_since_is_told_with_counts(file, features):
    now = yards_in()
    assert {one.state for one in inputs_now(open_seal(file)[0], now)} == {"same"}
    yards = sample_lists()["yards"].iloc[1:]
    now.write("yards", yards.assign(owner="某"), a_note(source_sha256="3"), replace=True)
    told = {one.table: one for one in inputs_now(open_seal(file)[0], now)}
    yards_now = told["yards"]
    counts = (yards_now.state, yards_now.changed, yards_now.removed)
    assert counts == ("changed", len(yards), 1)
    assert told["land_parcels"].state == "same"


def test_a_list_of_persons_is_sealed_by_its_hash_and_replayed_only_beside_its_rows(
    features, tmp_path, monkeypatch
):
    for module in (sealing, run_records):
        monkeypatch.setattr(module, "is_personal", lambda table: table == "yards")
    store = open_findings("memory:")
    run = detect(RULE, features, SAMPLE_ON)
    record, found = record_run(run, who="夜", why="", recorded_at=NOW, code="c")
    assert not any("某煤场" in one.document for one in found), "nobody is named"
    run_id = store.add_run(record, found)
    file = tmp_path / "sealed.zip"
    file.write_bytes(seal(store.run(run_id), store.found(run_id), features))
    with zipfile.ZipFile(file) as archive:
        assert "inputs/yards.parquet" not in archive.namelist()
        whole = b"".join(map(archive.read, archive.namelist()))
    assert "某煤业".encode() not in whole
    assert replay(file).lacking == ("yards",)
    assert replay(file, features).is_same
    other = yards_in()
    other.write("yards", sample_lists()["yards"].assign(owner="某"), a_note(source_sha256="4"))
    assert replay(file, other).is_same, "the store still has the revision"


def test_differences_name_what_is_lost_what_is_added_and_what_a_finding_is_called():
    before = (a_finding("1"), a_finding("2"), a_finding("3"))
    after = (a_finding("1"), replace(a_finding("2"), name="改名"), a_finding("4"))
    told = [(one.what, one.finding.rows[0].id) for one in find_differences(before, after)]
    assert told == [("lost", "3"), ("changed", "2"), ("added", "4")]


def test_the_program_is_known_by_a_hash_of_all_that_judges():
    assert len(code_sha256()) == 64
    assert code_version().endswith(code_sha256()[:12])
    assert not catalog.is_personal("yards")
    assert len(digest(sample_lists()["yards"])) == 64
