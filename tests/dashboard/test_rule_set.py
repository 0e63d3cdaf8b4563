"""The page of rules names everything the rule set holds, in both languages, on screen and paper."""

import re
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import reads
from dashboard.reports.rule_drawing import draw_life_cycle, stages_of
from dashboard.reports.rule_page import RulePage
from dashboard.text import say
from geodata.rule_set import UNSURE, rule_set_ids

MAIN = str(Path(__file__).parents[2] / "dashboard" / "main.py")
LANGUAGES = ("zh", "en")
IDS = rule_set_ids()


@pytest.fixture(scope="module", autouse=True)
def installation(tmp_path_factory):
    """An installation of its own, with demonstration data."""
    folder = tmp_path_factory.mktemp("rules")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("PIM_DATA_FOLDER", raising=False)
        patch.delenv("PIM_TARGETS_FILE", raising=False)
        reads.settings.clear()
        reads.stores.clear()
        yield
        reads.settings.clear()
        reads.stores.clear()


def screen(language, rules=""):
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.query_params.update({"screen": "rule_set", "lang": language})
    if rules:
        app.query_params["rules"] = rules
    app.run()
    assert not app.exception
    return app


def words_of(app):
    return unescape(" ".join(str(one.proto.body) for one in app.get("html")))


def page_of(rules_id, language):
    rules = reads.rule_set(rules_id)
    return RulePage(rules, reads.naming_under(rules, language), reads.rules())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rules_id", IDS)
def test_the_screen_names_every_stage_entry_deadline_and_code(language, rules_id):
    rules, words = reads.rule_set(rules_id), words_of(screen(language, rules_id))
    named = [*rules.stages.values(), *rules.facts.values(), *rules.deadlines]
    named += [code for codes in rules.entries.values() for code in codes.values()]
    missing = [one.id for one in named if one.title.says(language) not in words]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_draft_warns_that_it_is_none_and_is_compared(language):
    warning, comparison = say("rule_set.draft", language), say("rule_set.comparison", language)
    draft, law = screen(language, "cn-draft-2026"), screen(language)
    assert warning in words_of(draft)
    assert warning not in words_of(law)
    assert comparison in [tab.label for tab in draft.tabs]
    assert comparison not in [tab.label for tab in law.tabs]


def test_another_version_is_chosen_on_the_page_and_stands_in_the_address():
    app = screen("zh")
    app.segmented_control(key="rules").set_value("cn-draft-2026").run()
    assert app.query_params["rules"] in ("cn-draft-2026", ["cn-draft-2026"])
    assert say("rule_set.draft", "zh") in words_of(app)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_unsure_is_marked_in_words_and_by_a_sign(language):
    page = page_of("cn-2021", language)
    ours = [one for one in page.rules.facts.values() if one.certainty in UNSURE]
    table = "".join(page.entries(category) for category in ("fact", "activity", "file"))
    marks = re.findall(r"▲ ([^<]+)", table)
    assert len(marks) == len(ours) > 0
    wanted = {say(f"rule_set.certainty.{one.certainty}", language) for one in ours}
    assert {unescape(mark) for mark in marks} == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_deadlines_that_are_nobodys_fault_or_our_own_targets_say_so(language):
    page = page_of("cn-2021", language)
    table = page.deadlines()
    for key, count in (
        ("never_overdue", sum(one.never_overdue for one in page.rules.deadlines)),
        ("internal_target", sum(one.internal_target for one in page.rules.deadlines)),
    ):
        assert table.count(f'pim-mark">{say(f"rule_set.{key}", language)}') == count > 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rules_id", IDS)
def test_the_page_to_print_stands_alone(language, rules_id):
    page = page_of(rules_id, language).whole().decode()
    assert page.startswith("<!doctype html>")
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    assert "<script" not in page
    assert "@page" in page
    assert page.count("data:image/svg+xml") == len(reads.rules().codes["case_kinds"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(reads.rules().codes["case_kinds"]))
def test_the_drawing_holds_the_stages_of_its_table_and_is_sound(language, kind):
    rules = reads.rules()
    names = reads.naming_under(rules, language)
    drawn = ET.fromstring(draw_life_cycle(rules, kind, names))  # noqa: S314 - our own
    boxes = [one for one in drawn.iter() if one.tag.endswith("rect")]
    stages = stages_of(rules, kind)
    assert len(boxes) == len(stages)
    assert all(stage.fits(kind) for stage in stages)
    words = re.sub(r"\W", "", "".join(drawn.itertext()))
    for stage in stages:
        assert re.sub(r"\W", "", names.title(stage.title)) in words
    width = float(drawn.get("width", "0"))
    assert all(float(one.get("x", "0")) + float(one.get("width", "0")) <= width for one in boxes)


def test_every_part_attribute_list_and_certainty_has_words():
    for rules_id in IDS:
        for language in LANGUAGES:
            page = page_of(rules_id, language)
            assert page.comparison()
            for name in page.code_lists():
                assert say(f"rule_set.list.{name}", language)
