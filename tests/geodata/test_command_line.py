"""The steward's command does what it says, in both languages, and ends with the right code."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from geodata import open_features
from geodata.__main__ import MOST_SHOWN, language_of, load_words, main
from geodata.engines.folder import FolderFeatures
from geodata.errors import BrokenStore, GeodataError, Unknown
from geodata.problems import REMEDIES
from geodata.readers import REFUSALS
from layers.catalog import layer_ids, list_ids

GOOD = "编号,名称,经度,纬度,桩数\nS1,一号站,103.62,36.10,4\nS2,二号站,103.63,36.11,2\n"
BAD = GOOD + "S3,三号站,103.62,36.10,-3\nS4,四号站,,,4\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PIM_DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    (tmp_path / "good.csv").write_text(GOOD, "utf-8")
    (tmp_path / "bad.csv").write_text(BAD, "utf-8")
    return tmp_path


def run(command, file, *options, layer="charging_stations", crs="EPSG:4490"):
    return main([command, str(file), "--layer", layer, "--crs", crs, *options])


# ---------------------------------------------------------------------- commands


def test_a_clean_file_goes_into_the_default_store_and_ends_with_0(folder, capsys):
    assert run("import", folder / "good.csv", "--who", "王某", "--why", "台账") == 0
    assert "读入 2 行，写入图层 charging_stations 2 行" in capsys.readouterr().out
    store = FolderFeatures(folder / "data" / "features")
    assert sorted(store.read("charging_stations")["id"]) == ["S1", "S2"]
    note = store.notes()["charging_stations"]
    assert (note.who, note.why) == ("王某", "台账")


def test_wrong_rows_are_named_set_aside_and_end_with_1(folder, capsys):
    assert run("import", folder / "bad.csv") == 1
    out = capsys.readouterr().out
    assert "第 4 行 桩数「-3」：小于下限 0。请核对数值。" in out
    assert "第 5 行 位置「」：没有位置。请补坐标。" in out
    (aside,) = (folder / "data" / "features" / "aside").iterdir()
    assert str(aside) in out
    assert "桩数: 小于下限 0" in aside.read_text("utf-8-sig")


def test_checking_writes_nothing(folder, capsys):
    assert run("check", folder / "bad.csv", "--language", "en") == 1
    assert "4 rows read, 2 could go into layer charging_stations" in capsys.readouterr().out
    assert not (folder / "data").exists()


def test_another_store_may_be_named(folder):
    assert run("import", folder / "good.csv", "--store", f"file:{folder / 'elsewhere'}") == 0
    assert open_features(f"file:{folder / 'elsewhere'}").layers() == ("charging_stations",)


def test_columns_may_be_mapped_by_hand(folder):
    assert run("import", folder / "good.csv", "--map", "名称=township", "桩数=") == 0
    stored = FolderFeatures(folder / "data" / "features").read("charging_stations")
    assert set(stored["township"]) == {"一号站", "二号站"}
    assert stored["piles"].isna().all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["good.csv", "--layer", "charging_stations"], "没有说明坐标系"),
        (["good.csv", "--layer", "nothing"], "没有图层“nothing”"),
        (["none.csv", "--layer", "charging_stations"], "文件不存在"),
        (["good.csv", "--layer", "charging_stations", "--crs", "moon"], "不认识坐标系“moon”"),
        (["good.csv", "--layer", "charging_stations", "--crs", "2359"], "没有公开的精确转换参数"),
        (["good.csv", "--layer", "charging_stations", "--map", "名称"], "--map 应写成"),
        (["good.csv", "--layer", "charging_stations", "--map", "经度="], "缺少列：x（经度"),
        (
            ["good.csv", "--layer", "charging_stations", "--crs", "wgs84", "--store", "ftp:x"],
            "不认识存储地址“ftp:x”",
        ),
    ],
)
def test_what_cannot_be_done_is_said_and_ends_with_2(folder, capsys, monkeypatch, options, said):
    monkeypatch.chdir(folder)
    assert main(["import", *options]) == 2
    assert said in capsys.readouterr().err
    assert not (folder / "data").exists()


def test_wrong_usage_ends_with_2(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["import"])
    assert ended.value.code == 2
    assert "--layer" in capsys.readouterr().err


def test_columns_mapped_by_hand_are_remembered_for_the_same_headings(folder, capsys):
    odd = GOOD.replace("名称", "甲列")
    (folder / "odd.csv").write_text(odd, "utf-8")
    (folder / "next.csv").write_text(odd.replace("S", "T"), "utf-8")
    assert run("import", folder / "odd.csv", "--map", "甲列=name", "--who", "王某") == 0
    capsys.readouterr()
    assert run("import", folder / "next.csv") == 0
    assert "王某" in capsys.readouterr().err
    rows = FolderFeatures(folder / "data" / "features").read("charging_stations").set_index("id")
    assert rows.loc["T1", "name"] == "一号站"


@pytest.mark.parametrize("command", ["check", "import"])
def test_bad_rows_are_written_in_the_format_they_came_in(folder, capsys, command):
    assert run(command, folder / "bad.csv", "--bad-rows", str(folder / "bad rows.csv")) == 1
    text = (folder / "bad rows.csv").read_text("utf-8-sig")
    assert "S3,三号站,103.62,36.10,-3,4,bad.csv,桩数: 小于下限 0" in text
    capsys.readouterr()
    assert run(command, folder / "bad.csv", "--bad-rows", str(folder / "x.xlsx")) == 2
    assert ".csv" in capsys.readouterr().err
    assert not (folder / "x.xlsx").exists()
    fine = text.replace(",-3,", ",3,").replace("S4,四号站,,", "S4,四号站,103.64,36.12")
    (folder / "mended.csv").write_text(fine, "utf-8")
    assert run("import", folder / "mended.csv") == 0


def test_a_file_in_several_systems_goes_in_by_its_parts(folder, capsys):
    lines = [f"M{n},站{n},{103.6 + n / 1000:.3f},36.1{n}" for n in range(1, 7)]
    lines += [f"M{n},站{n},3537{n}000.5,399{n}000.5" for n in range(1, 7)]
    table = ["编号,名称,经度,纬度", *(f"{place}{line}" for place, line in enumerate(lines))]
    (folder / "mixed.csv").write_text("\n".join(table), "utf-8")
    assert main(["check", str(folder / "mixed.csv"), "--layer", "charging_stations"]) == 2
    assert "--parts" in capsys.readouterr().out
    asked = ["import", str(folder / "mixed.csv"), "--layer", "charging_stations", "--parts"]
    assert main([*asked, "nothing"]) == 2
    assert "EPSG:4523" in capsys.readouterr().err
    found = re.findall(r"EPSG:4490|gcj02|bd09", _systems_found(folder, capsys))
    assert main([*asked, f"{found[0]}=gcj02", "EPSG:4523"]) == 0
    rows = FolderFeatures(folder / "data" / "features").read("charging_stations")
    assert sorted(set(rows["system_original"])) == ["EPSG:4523", "gcj02"]
    assert len(rows) == len(lines)


def _systems_found(folder, capsys):
    """Return the systems of the groups of a mixed file, as the command names them."""
    mixed = str(folder / "mixed.csv")
    main(["check", mixed, "--layer", "charging_stations", "--json"])
    facts = json.loads(capsys.readouterr().out)
    return " ".join(one["system"] for one in facts["facts"]["finding"]["groups"])


def test_json_holds_every_problem_with_its_facts(folder, capsys):
    assert run("import", folder / "bad.csv", "--json", "--language", "en") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["rows_read"], told["rows_written"], told["rows_refused"]) == (4, 2, 2)
    assert told["problems"][0] == {
        "row": 4,
        "column": "piles",
        "heading": "桩数",
        "value": "-3",
        "reason": "below_minimum",
        "facts": {"limit": "0"},
        "remedy": "check_figure",
        "severity": "error",
        "text": "below the minimum of 0",
    }


def test_json_tells_a_refusal_too(folder, capsys):
    assert main(["check", str(folder / "none.csv"), "--layer", "charging_stations", "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert (told["error"], told["facts"]["reason"]) == ("UnreadableFile", "not_found")


def test_many_problems_of_one_reason_are_counted_not_listed(folder, capsys):
    rows = "".join(f"T{one},站,103.6{one:02},36.1,-1\n" for one in range(MOST_SHOWN + 5))
    (folder / "many.csv").write_text(GOOD + rows, "utf-8")
    run("check", folder / "many.csv", "--language", "en")
    out = capsys.readouterr().out
    assert out.count("below the minimum of 0") == MOST_SHOWN
    assert "... and 5 more" in out


def test_layers_are_listed_with_the_kind_of_their_places(folder, capsys):
    assert main(["layers"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("（")[0] for line in lines] == [*layer_ids(), *list_ids()]
    assert lines[0].startswith("charging_stations（点）：id 编号")
    assert main(["layers", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)) == [*layer_ids(), *list_ids()]


def test_without_layers_on_offer_it_says_how_to_install_them(folder, capsys, monkeypatch):
    monkeypatch.setattr("geodata.__main__.entry_points", lambda **_: ())
    assert run("import", folder / "good.csv") == 2
    assert "pip install -e ." in capsys.readouterr().err


def test_the_command_runs_from_any_folder(folder):
    told = subprocess.run(
        [sys.executable, "-m", "geodata", "check", "good.csv", "--layer", "charging_stations",
         "--crs", "gcj02", "--language", "en"],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert (told.returncode, told.stderr) == (0, "")
    assert "2 rows read" in told.stdout


# ------------------------------------------------------------------------- words


def words_of(language):
    file = Path(load_words.__code__.co_filename).with_name("command_words.toml")
    return tomllib.loads(file.read_text("utf-8"))[language]


def gaps(text):
    return set(re.findall(r"{(\w+)}", text))


def test_both_languages_say_the_same_things_with_the_same_facts():
    zh, en = words_of("zh"), words_of("en")
    assert {section: list(zh[section]) for section in zh} == {one: list(en[one]) for one in en}
    for section, sentences in zh.items():
        for key, sentence in sentences.items():
            assert gaps(sentence) == gaps(en[section][key]), f"{section}.{key}"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_reason_remedy_and_refusal_has_words(language):
    words = words_of(language)
    assert set(words["reasons"]) == set(REMEDIES)
    assert set(words["remedies"]) == set(REMEDIES.values())
    assert set(words["refusals"]) == set(REFUSALS)


def test_an_error_without_words_of_its_own_still_shows_its_facts():
    class Odd(GeodataError):
        pass

    words = load_words("en")
    assert words.say_error(Odd(store="here")) == "Odd: store=here"
    assert "one, two" in words.say_error(type("UnknownLayer", (Unknown,), {})("x", ["one", "two"]))
    assert "its list is broken" in words.say_error(BrokenStore(store="s", reason="unreadable_list"))


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US"}, "zh"),
    ],
)
def test_the_language_is_that_of_the_shell_and_else_chinese(environment, language):
    assert language_of(environment) == language
