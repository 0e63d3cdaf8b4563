"""The night job, sealing and replaying by the commands that a steward types."""

import json
import os
from datetime import date

import pytest

from geodata import open_cases, open_features, open_findings
from geodata.engines.folder import create_feature_store
from geodata.sample import sample_lists, write_sample
from geodata.wording import load_words
from layers.__main__ import WORDS, main
from layers.catalog import all_rules
from layers.detect import Reason
from layers.night import usual_day
from tests.layers.finding_runs import a_note, yards_in

RULES = [rule.id for rule in all_rules()]


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PIM_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "data"
    monkeypatch.setenv("PIM_DATA_FOLDER", str(folder))
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.chdir(tmp_path)
    write_sample(
        create_feature_store(folder / "features"), open_cases(f"sqlite:{folder / 'cases.sqlite'}")
    )
    return tmp_path


@pytest.fixture
def run(capsys):
    def running(*argv):
        code = main([str(one) for one in argv])
        out, err = capsys.readouterr()
        return code, json.loads(out) if "--json" in argv else out + err

    return running


def findings_of(home):
    return open_findings(f"sqlite:{home / 'data' / 'findings.sqlite'}")


def test_the_night_job_brings_the_list_of_closed_cases_to_its_day(home, run):
    rule = next(
        one.id for one in all_rules() if "closed_cases" in {need.table for need in one.needs}
    )
    features = open_features(f"file:{home / 'data' / 'features'}")
    later = ("detect", "--rule", rule, "--as-of", "2026-03-01")
    code, out = run(*later, "--trial")
    assert code != 0, "a trial writes nothing, and the list is of another day"
    before = features.notes()["closed_cases"].data_on
    code, out = run(*later)
    assert code == 0, out
    assert before < features.notes()["closed_cases"].data_on == date(2026, 3, 1)


def test_the_night_job_runs_every_rule_keeps_each_run_and_reports(home, run):
    code, out = run("detect", "--all", "--report", "r.txt", "--who", "夜间任务")
    assert code == 0
    assert [one.rule for one in findings_of(home).runs()] == RULES
    assert {one.who for one in findings_of(home).runs()} == {"夜间任务"}
    assert all(one.is_demonstration for one in findings_of(home).runs())
    assert "按演示数据的日期运行" in out
    assert (home / "r.txt").read_text("utf-8").strip() in out
    code, told = run("detect", "--rule", "yards_on_farmland", "--report", "r.json", "--json")
    (rule,) = told["rules"]
    found = len(rule["findings"])
    assert found
    assert (code, rule["unchanged"], rule["new"], rule["gone"]) == (0, found, 0, 0)
    assert json.loads((home / "r.json").read_text("utf-8")) == told


def test_a_list_that_is_too_old_is_reported_and_the_exit_code_says_so(home, run):
    code, out = run("detect", "--rule", "yards_on_farmland", "--as-of", "2030-01-01")
    assert (code, "没有运行，不等于没有发现" in out) == (1, True)
    assert "早于 2028-01-01，已过旧" in out
    code, out = run("seal", "--rule", "yards_on_farmland", "-o", "x.zip", "--language", "en")
    assert (code, "There is no run of yards_on_farmland to be sealed" in out) == (2, True)


def test_parameters_are_set_within_their_bounds_and_the_run_says_which(home, run):
    code, out = run("detect", "--rule", "yards_on_farmland", "--set", "permanent_mu=15", "--trial")
    assert (code, "试算" in out, "permanent_mu=15" in out) == (0, True, True)
    assert not (home / "data" / "findings.sqlite").exists()
    for wrong, said in (
        (("--rule", "yards_on_farmland", "--set", "permanent_mu=0"), "0.1 至 1000 亩"),
        (("--rule", "yards_on_farmland", "--set", "permanent_mu"), "--set 应写成"),
        (("--all", "--set", "permanent_mu=6"), "--set 应写成"),
        (("--all", "--rule", "x"), "请指明 --all"),
        ((), "请指明 --all"),
        (("--rule", "x"), "没有监督模型“x”"),
    ):
        code, out = run("detect", *wrong)
        assert (code, said in out) == (2, True), out


def test_a_run_is_sealed_and_replayed_and_lists_that_changed_since_are_named(home, run):
    run("detect", "--rule", "yards_on_farmland")
    code, out = run("seal", "1", "-o", "s.zip")
    assert (code, "SHA-256" in out) == (0, True)
    code, out = run("replay", "s.zip", "--against", "here")
    inputs = len(json.loads(findings_of(home).run("1").document)["inputs"])
    assert (code, "重放一致" in out, out.count("与封存时相同")) == (0, True, inputs)
    features = open_features(f"file:{home / 'data' / 'features'}")
    features.write("yards", sample_lists()["yards"].iloc[1:], a_note(), replace=True)
    code, told = run("replay", "s.zip", "--against", home / "data", "--json")
    states = {one["table"]: (one["state"], one["removed"]) for one in told["inputs"]}
    assert (code, states["yards"]) == (0, ("changed", 1))
    (home / "s.zip").write_bytes((home / "s.zip").read_bytes().replace(b"LZ-YZ", b"LZ-YD", 1))
    code, out = run("replay", "s.zip", "--language", "en")
    assert (code, "cannot be used" in out) == (2, True)
    code, out = run("seal", "99", "-o", "x.zip", "--language", "en")
    assert (code, "There is no run “99”" in out) == (2, True)


def test_both_languages_say_the_same_things_and_every_lack_has_words():
    zh, en = (load_words(one, more=(WORDS,)).sections for one in ("zh", "en"))
    for section in ("model_help", "models", "lacks", "model_errors"):
        assert zh[section].keys() == en[section].keys()
    assert set(zh["lacks"]) >= set(Reason.__args__)


def test_rules_are_run_for_today_unless_all_is_invented_or_somebody_says_a_day():
    today, fixed = date(2026, 6, 1), date(2026, 1, 1)
    invented = yards_in()
    assert usual_day(invented, None, today) == date(2025, 12, 17)
    assert usual_day(invented, fixed, today) == fixed
    real = a_note(is_demonstration=False, source_sha256="5")
    invented.write("yards", sample_lists()["yards"].iloc[1:], real)
    assert usual_day(invented, None, today) == today
