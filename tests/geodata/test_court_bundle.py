"""The bundle for court, checked as a court would: with sha256sum and a reader of tables."""

import csv
import hashlib
import io
import json
import re
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from geodata.__main__ import main
from geodata.court_bundle import write_bundle
from geodata.errors import EmptyBundle, OriginalDamaged, PlaceTaken, UnknownLayer
from geodata.evidence_needs import completeness, needs_of
from geodata.evidence_store import (
    ACTIONS,
    CHOICES,
    HARMLESS,
    EvidenceFacts,
    open_evidence,
)
from geodata.photographs import Kind
from geodata.wording import load_words
from tests.geodata.test_photographs import a_photo

NOW = datetime(2025, 12, 17, 1, 2, 3, tzinfo=UTC)
LANGUAGES = ("zh", "en")
LAYERS = ("charging_stations", "river_segments", "occupied_farmland", "water_supply_points")


def told(name="照片.jpg", **facts):
    base = EvidenceFacts(
        name, "王某", NOW, captured_at=NOW, collectors=("王某", "李某"), collection_place="西固区",
        purpose="photo_north", access_class="P4", case="C1",
    )  # fmt: skip
    return replace(base, **facts)


@pytest.fixture
def store():
    store = open_evidence("memory:")
    store.put("“北面”".encode(), told())
    store.put(b"blurred", told("../../x\\y\n.jpg", derived_from=store.items()[0].sha256,
                               derivation="blurred"))  # fmt: skip
    store.put(b"=cmd|calc", told("=HYPERLINK(1).csv", note="=1+1", collectors=("<b>某",)))
    store.put(b"identity card", told("身份证.jpg", access_class="P0"))
    store.put(b"unclassed", told("未定.jpg", access_class=""))
    store.put("“北面”".encode(), told("again.jpg"))
    return store


def bundle(store, place, language="zh", **asked):
    return write_bundle(store, store.items(), place, load_words(language), title="证据", **asked)


def opened(place, into):
    with zipfile.ZipFile(place) as archive:
        archive.extractall(into)
    return into


def rows_of(folder, name):
    return list(csv.DictReader(io.StringIO((folder / name).read_text("utf-8-sig"), newline="")))


# ------------------------------------------------------------------------ as a court


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ending", [".zip", ""])
def test_sha256sum_verifies_every_file_and_notices_a_change(store, tmp_path, language, ending):
    place = tmp_path / f"bundle{ending}"
    bundle(store, place, language)
    folder = opened(place, tmp_path / "opened") if ending else place
    command = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    checked = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    files = [one for one in folder.rglob("*") if one.is_file() and one.name != "SHA256SUMS"]
    assert checked.stdout.count(": OK") == len(files) == 3 + 4
    victim = next(one for one in files if one.parent.name == "files")
    victim.chmod(0o600)
    victim.write_bytes(b"other")
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


def test_a_bundle_says_how_far_it_is(store, tmp_path):
    heard = []
    bundle(store, tmp_path / "b.zip", told=lambda done, of: heard.append((done, of)))
    assert heard == [(0, 4), (1, 4), (2, 4), (3, 4)]


def test_the_list_tells_each_item_and_its_file_is_byte_for_byte(store, tmp_path):
    bundle(store, tmp_path / "b")
    rows = rows_of(tmp_path / "b", "证据目录.csv")
    assert [row["证据编号"] for row in rows] == ["1", "2", "4", "7"]
    for row in rows:
        content = (tmp_path / "b" / row["包内文件"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row["SHA-256"]
        assert str(len(content)) == row["大小（字节）"]
    assert rows[0]["包内文件"] == rows[3]["包内文件"]  # the same bytes are there once
    assert rows[1]["由哪件制成"] == rows[0]["包内文件"]
    assert (rows[0]["取证人"], rows[0]["取得地点"]) == ("王某; 李某", "西固区")
    assert rows[0]["取得时间"].startswith("2025-12-17 01:02:03")
    assert "第36条" in rows[2]["欠缺"]


def test_anybody_can_follow_the_chain_of_custody_by_the_bundle_alone(store, tmp_path):
    store.record(4, "handed_over", who="赵某", at=NOW, note="移交")
    bundle(store, tmp_path / "b")
    rows = rows_of(tmp_path / "b", "保管记录.csv")
    assert {row["证据编号"] for row in rows} == {"1", "2", "4", "7"}
    assert rows[-1]["经过"] == "移交"
    for row in rows:
        text = f"{row['前一条的链条校验值']}\n{row['本条内容']}"
        assert hashlib.sha256(text.encode()).hexdigest() == row["链条校验值"]
    assert rows[-1]["链条校验值"] in (tmp_path / "b" / "说明.txt").read_text("utf-8-sig")


def test_direct_identity_and_what_nobody_classed_stay_out_unless_asked(store, tmp_path):
    made = bundle(store, tmp_path / "b")
    assert [one.number for one in made.withheld] == [5, 6]
    texts = [one.read_text("utf-8") for one in (tmp_path / "b").glob("*.*")]
    assert not any("身份证" in text or "未定.jpg" in text for text in texts)
    assert all("5, 6" in text for text in texts if "未放入" in text)
    asked = bundle(store, tmp_path / "c", with_classes=["P0"])
    assert [one.number for one in asked.withheld] == [6]


def test_the_same_items_give_the_same_bytes_in_both_languages_each(store, tmp_path):
    for language in LANGUAGES:
        places = [tmp_path / f"{language}{number}.zip" for number in (1, 2)]
        for place in places:
            bundle(store, place, language)
        assert places[0].read_bytes() == places[1].read_bytes()


def test_names_lead_nowhere_else_and_nothing_runs(store, tmp_path):
    bundle(store, tmp_path / "b.zip")
    folder = opened(tmp_path / "b.zip", tmp_path / "o")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        names = archive.namelist()
    for name in names:
        assert re.fullmatch(r"(files/)?[^/\\\n:<>|]+", name), name
        assert ".." not in name.split("/")
    cells = [cell for row in rows_of(folder, "证据目录.csv") for cell in row.values()]
    assert not [one for one in cells if one.startswith(("=", "+", "@"))]
    page = (folder / "证据目录.html").read_text("utf-8")
    assert "&lt;b&gt;某" in page
    assert "场站现状和设备身份" in page
    assert not re.search(r"<script|<b>|https?://|src=", page)


def test_a_damaged_original_gives_no_bundle_and_leaves_nothing(store, tmp_path):
    store._originals.held[store.items()[0].sha256] = b"other"
    with pytest.raises(OriginalDamaged):
        bundle(store, tmp_path / "b.zip")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_bundle_and_a_taken_place_are_refused(store, tmp_path):
    with pytest.raises(EmptyBundle):
        write_bundle(store, store.items()[3:5], tmp_path / "b", load_words("zh"), title="t")
    (tmp_path / "b.zip").write_bytes(b"mine")
    with pytest.raises(PlaceTaken):
        bundle(store, tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_bytes() == b"mine"


# ------------------------------------------------------------- what proves which fact


@pytest.mark.parametrize("layer", LAYERS)
def test_nothing_proves_nothing_and_all_parts_prove_all(layer):
    empty = completeness((), layer)
    assert empty.unmet == empty.needs
    store = open_evidence("memory:")
    for need in needs_of(layer):
        for part in need.parts:
            store.put(part[0].encode(), told(purpose=part[0]))
    found = completeness(store.items(), layer)
    assert found.is_complete
    assert found.met == found.needs
    assert found.elsewhere == ()
    for left_out in store.items():
        rest = [one for one in store.items() if one != left_out]
        (unmet,) = completeness(rest, layer).unmet
        assert left_out.facts.purpose in {one for part in unmet.missing for one in part}


def test_what_is_flawed_elsewhere_derived_or_empty_is_told_apart():
    store = open_evidence("memory:")
    parent = store.put(b"a", told(purpose="licence", collectors=("王某",)))
    store.put(b"b", told(purpose="photo_tank", derived_from=parent, derivation="cropped"))
    store.put(b"", told(purpose="test_report"))
    store.put(b"c", told(purpose="photo_north"))
    found = completeness(store.items(), "water_supply_points")
    assert [one.need.id for one in found.met] == ["licence"]
    assert [(one.number, lacks) for one, lacks in found.flawed] == [(1, ("second_collector",))]
    assert [one.facts.purpose for one in found.elsewhere] == ["photo_north"]


def test_every_need_says_its_certainty_and_a_basis_its_own():
    for layer in LAYERS:
        for need in needs_of(layer):
            assert need.certainty == "proposal"
            assert bool(need.basis) == bool(need.basis_certainty)
            assert need.title.zh
            assert need.proves.en
    with pytest.raises(UnknownLayer):
        needs_of("all")


# ---------------------------------------------------------------------- the commands


@pytest.fixture
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("PIM_DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.delenv("PIM_EVIDENCE_URL", raising=False)
    (tmp_path / "照片.jpg").write_bytes(b"no photograph")
    return tmp_path


WHOLE = [
    "--collector", "王某", "--collector", "李某", "--case", "C1", "--class", "P4", "--purpose",
    "licence", "--place", "西固", "--captured-at", "2025-12-17T10:00:00+08:00",
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_commands_put_list_verify_and_bundle(at_home, capsys, language):
    file, place = str(at_home / "照片.jpg"), str(at_home / "b.zip")
    says = ["--language", language]
    assert main(["evidence", "verify", *says]) == 0
    assert not (at_home / "data").exists()
    assert main(["evidence", "put", file, *WHOLE, *says]) == 0
    assert main(["evidence", "put", file, "--case", "C1", *says]) == 1
    assert main(["evidence", "list", *says]) == 0
    assert main(["evidence", "list", "--layer", "water_supply_points", *says]) == 1
    assert main(["evidence", "bundle", place, "--case", "C1", *says]) == 1  # one has no class
    assert main(["evidence", "bundle", place, "--case", "C1", *says]) == 2  # the place is taken
    assert main(["evidence", "verify", *says]) == 0
    capsys.readouterr()
    assert main(["evidence", "verify", "--json"]) == 0
    told_ = json.loads(capsys.readouterr().out)
    assert (told_["originals"], told_["entries"]) == (1, 3)
    assert main(["evidence", "verify", "--head", told_["head"]["chain"], *says]) == 0
    assert main(["evidence", "verify", "--head", "f" * 64, *says]) == 1
    original = next((at_home / "data" / "evidence" / "originals").rglob("?" * 64))
    original.chmod(0o600)
    original.write_bytes(b"changed")
    capsys.readouterr()
    assert main(["evidence", "verify", *says]) == 1
    assert original.name in capsys.readouterr().out


def test_a_photograph_is_compared_by_command(at_home, capsys):
    (at_home / "照片.jpg").write_bytes(a_photo())
    main(["evidence", "put", str(at_home / "照片.jpg")])
    there = ["--lon", "103.62", "--lat", "36.1", "--arrived", "2025-12-17T09:00:00+08:00"]
    assert main(["evidence", "compare", "1", *there]) == 0
    far = ["--lon", "103.7", "--lat", "36.1", "--language", "en"]
    capsys.readouterr()
    assert main(["evidence", "compare", "1", *far]) == 1
    assert "the place differs: the photograph is 7,2" in capsys.readouterr().out
    assert main(["evidence", "compare", "1", *far, "--arrived", "2025-12-17T09:00:00"]) == 2
    assert main(["evidence", "compare", "9", *there]) == 2


def test_nothing_is_kept_where_one_of_several_files_cannot_be(at_home, capsys):
    good, missing = str(at_home / "照片.jpg"), str(at_home / "none.jpg")
    assert main(["evidence", "put", good, missing]) == 2
    assert main(["evidence", "put", good, "--lon", "103.6"]) == 2
    assert main(["evidence", "put", good, "--captured-at", "yesterday"]) == 2
    capsys.readouterr()
    assert main(["evidence", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["items"] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_that_may_be_asked_for_is_there(language):
    words = load_words(language).sections
    assert set(words["evidence_actions"]) == set(ACTIONS)
    values = {one for name in ("coord_source", "derivation") for one in CHOICES[name].__args__}
    assert values - {""} <= set(words["evidence_states"])
    assert set(words["evidence_compared"]) == set(Kind.__args__)
    assert {"unregistered", "leftover"} == HARMLESS
    assert set(words["evidence_troubles"]) >= HARMLESS
    other = load_words("en" if language == "zh" else "zh").sections
    for section in [name for name in words if name.startswith("evidence")]:
        assert set(words[section]) == set(other[section])
