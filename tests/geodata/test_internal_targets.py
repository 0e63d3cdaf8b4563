"""An office's own deadlines: read from a file, told apart from the law, refused by name."""

import re
from pathlib import Path

import pytest

from geodata.clocks import clocks
from geodata.errors import BrokenTargets
from geodata.rule_set import load_rule_set, rule_set_ids
from geodata.settings import VARIABLES, read_settings
from tests.geodata.histories import a_case, event

DOCUMENT = Path(__file__).parents[2] / "docs" / "internal-targets.md"
GOOD = """
[[deadlines]]
id = "lead_decision"
title = { zh = "线索作出决定", en = "Decide on a lead" }
starts = "lead_registered"
stops = ["case_filed"]
days = 90
"""


def written(tmp_path, text):
    file = tmp_path / "targets.toml"
    file.write_text(text, "utf-8")
    return file


@pytest.fixture
def documented(tmp_path):
    sample = re.search(r"```toml\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    return written(tmp_path, sample[1])


def test_the_setting_names_the_file(tmp_path):
    assert read_settings({}).targets_file is None
    asked = {"PIM_TARGETS_FILE": str(tmp_path / "a.toml")}
    assert read_settings(asked).targets_file == tmp_path / "a.toml"
    assert VARIABLES["PIM_TARGETS_FILE"] == "targets_file"


@pytest.mark.parametrize("rule_set", rule_set_ids())
def test_the_documented_sample_is_read_and_each_of_it_is_an_internal_target(rule_set, documented):
    law, both = load_rule_set(rule_set), load_rule_set(rule_set, documented)
    own = [one for one in both.deadlines if one not in law.deadlines]
    assert [one.id for one in own] == ["lead_decision", "verify_after_reply"]
    assert all(one.internal_target and one.actor == "office" for one in own)
    assert own[0].kinds == tuple(law.codes["case_kinds"])


def test_a_target_runs_beside_the_clocks_of_the_law(documented):
    case = a_case(event("lead_registered", "2025-01-01"))
    rules = load_rule_set("cn-2021", documented)
    (clock,) = clocks(case, rules, event("x", "2025-12-17").occurred_on)
    assert (clock.deadline, clock.is_internal_target) == ("lead_decision", True)
    assert clock.due_on.isoformat() == "2025-04-01"


def test_a_file_without_targets_changes_nothing(tmp_path):
    assert load_rule_set("cn-2021", written(tmp_path, "")).deadlines == load_rule_set().deadlines


@pytest.mark.parametrize(
    ("change", "reason", "word"),
    [
        (("lead_decision", "agency_reply_normal"), "id_taken", "agency_reply_normal"),
        (('"lead_registered"', '"lead_begun"'), "unknown_word", "lead_begun"),
        (('["case_filed"]', '["case_opened"]'), "unknown_word", "case_opened"),
        (("days = 90", 'days = "90"'), "part_missing", "days"),
        (("days = 90", ""), "part_missing", "days"),
        ((', en = "Decide on a lead"', ""), "part_missing", "title"),
        (("days = 90", "days = 90\nactor = '他们'"), "unknown_word", "他们"),
        (("days = 90", "days = 90\nkinds = ['admin']"), "unknown_word", "admin"),
        (("days = 90", "days = 90\npauses = ['review_suspended']"), "part_missing", "pauses"),
        (("days = 90", "days = 90\nday = 1"), "unknown_part", "day"),
        (("[[deadlines]]", "[deadlines]"), "not_toml", "[[deadlines]]"),
    ],
)
def test_a_wrong_target_is_refused_with_its_name_and_the_wrong_word(tmp_path, change, reason, word):
    with pytest.raises(BrokenTargets) as refused:
        load_rule_set("cn-2021", written(tmp_path, GOOD.replace(*change)))
    assert (refused.value.facts["reason"], refused.value.facts["word"]) == (reason, word)


def test_two_targets_of_one_name_are_refused(tmp_path):
    with pytest.raises(BrokenTargets, match="id_taken"):
        load_rule_set("cn-2021", written(tmp_path, GOOD * 2))


@pytest.mark.parametrize("text", ["[[deadlines]", "x = \\", "deadlines = 1"])
def test_what_is_no_list_of_targets_is_refused(tmp_path, text):
    with pytest.raises(BrokenTargets, match="not_toml"):
        load_rule_set("cn-2021", written(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BrokenTargets, match=r"gone\.toml"):
        load_rule_set("cn-2021", tmp_path / "gone.toml")
