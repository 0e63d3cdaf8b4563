"""What people changed is laid over the draft; nothing written is lost, nothing stale unsaid."""

from dataclasses import replace
from datetime import date

import pytest

from dashboard.naming import Naming
from dashboard.telling.story import (
    Fact,
    FactsScene,
    MapScene,
    PairScene,
    Step,
    Story,
    TableScene,
    TextScene,
    TimelineScene,
    TitleScene,
)
from dashboard.telling.storyline import (
    arranged,
    bad_days,
    check_plan,
    digest_of,
    edit_of,
    lay_out,
    rows_of,
    tell,
)
from geodata import load_rule_set, open_city
from layers.catalog import all_layers
from layers.stories import Edit, OwnText, Place, StoryPlan

NAMES = Naming(open_city(), load_rule_set(), all_layers(), "zh")
TITLE = TitleScene("讲述", id="opening", subheading="城关", minutes=0.5)
MAP = MapScene("甲案", case_id="A", id="A/map", caption="一处")
FACTS = FactsScene(
    "概况",
    case_id="A",
    id="A/header",
    part="header",
    facts=(Fact("院", "城关"), Fact("成效", "案卷未记载", is_missing=True)),
)
DAYS = TimelineScene("时间线", case_id="A", id="A/days",
                     steps=(Step(date(2025, 1, 2), "立案", "决定书", is_stage=True),))  # fmt: skip
DRAFT = Story("讲述", (TITLE, FACTS, MAP, DAYS), "zh", date(2025, 12, 17), "r2")
PLAN = StoryPlan("2025-12-17-01", cases=("A",))


def own(place):
    return TextScene(place.heading, id=place.id, is_own=True)


def laid_out(plan, draft=DRAFT):
    return lay_out(plan, draft, NAMES, own)


def ids(laid):
    return [one.scene.id for one in laid]


def test_a_story_that_nobody_arranged_is_the_draft():
    story = tell(PLAN, DRAFT, laid_out(PLAN))
    assert story.scenes == DRAFT.scenes


def test_the_order_holds_and_what_is_drafted_since_stands_behind_what_it_follows():
    plan = replace(PLAN, places=(Place("A/map"), Place("opening"), Place("A/header")))
    assert ids(laid_out(plan)) == ["A/map", "A/days", "opening", "A/header"]


def test_what_is_hidden_is_not_told_and_stays_on_the_board():
    plan = replace(PLAN, places=(Place("A/map", is_hidden=True),))
    laid = laid_out(plan)
    assert "A/map" in ids(laid)
    assert MAP not in tell(plan, DRAFT, laid).scenes


def test_an_edit_takes_the_place_of_what_was_drafted_and_is_marked():
    edit = edit_of(FACTS, Edit("新题", "", FACTS.notes, 2.0, (("院", "城关区院"),)))
    plan = replace(PLAN, places=(Place("A/header", edit=edit),))
    (scene,) = [one.scene for one in laid_out(plan) if one.scene.id == "A/header"]
    assert (scene.heading, scene.minutes) == ("新题", 2.0)
    assert scene.facts == (Fact("院", "城关区院"),)
    assert set(scene.edited) == {"heading", "minutes", "rows"}
    assert not scene.is_stale


def test_rows_written_too_short_or_too_long_lose_nothing_and_a_wrong_day_is_told():
    table = TableScene("表", case_id="A", id="A/law", columns=("甲", "乙"), rows=(("1", "2"),))
    draft = replace(DRAFT, scenes=(TITLE, table, DAYS))
    edit = edit_of(table, Edit("表", "", "", 0.0, (("只有一格",), ("1", "2", "3"))))
    laid = laid_out(replace(PLAN, places=(Place("A/law", edit=edit),)), draft)
    assert laid[1].scene.rows == (("只有一格", ""), ("1", "2 3"))
    assert bad_days(DAYS, [("2025-01-02", "", "", ""), ("昨天", "", "", "")]) == [(2, "昨天")]


def test_an_edit_that_says_what_is_drafted_is_none():
    same = Edit(DAYS.heading, "", DAYS.notes, DAYS.minutes, rows_of(DAYS))
    assert edit_of(DAYS, same) == Edit()


def test_a_record_that_changed_since_the_edit_is_said_to_and_the_edit_stays():
    plan = replace(PLAN, places=(Place("A/map", edit=edit_of(MAP, Edit("题", "我的话"))),))
    changed = replace(MAP, caption="两处")
    draft = replace(DRAFT, scenes=(TITLE, FACTS, changed, DAYS))
    laid = laid_out(plan, draft)
    (scene,) = [one.scene for one in laid if one.scene.id == "A/map"]
    assert (scene.caption, scene.is_stale) == ("我的话", True)
    said = check_plan(plan, draft, laid, {}, NAMES)
    assert any("改写之后" in one for one in said)
    assert digest_of(MAP) != digest_of(changed)


@pytest.mark.parametrize("places", [(), (Place("A/map", "A", "甲案地图", edit=Edit(text="话")),)])
def test_a_case_that_is_gone_keeps_its_place_and_says_what_is_missing(places):
    plan = replace(PLAN, places=places)
    draft = replace(DRAFT, scenes=(TITLE,))
    laid = laid_out(plan, draft)
    (gone,) = [one for one in laid if one.is_gone]
    assert gone.scene.missing == ("案件 A 已不在库中，这一页保留原位，内容缺失",)
    story = tell(plan, draft, laid)
    assert gone.scene in story.scenes
    if places:
        assert gone.scene.heading == "甲案地图"
        assert "话" in gone.scene.paragraphs
    assert any("已不在库中" in one for one in check_plan(plan, draft, laid, {}, NAMES))


def test_a_story_of_older_rules_or_of_an_older_revision_says_so():
    plan = replace(PLAN, law="cn-draft-2026", revision="r1", rule_sets={"A": "cn-2021"})
    laid = laid_out(plan)
    said = check_plan(plan, DRAFT, laid, {"A": "cn-draft-2026"}, NAMES)
    assert len(said) == 3
    assert "r1" in said[2]
    assert "r2" in said[2]
    current = replace(plan, law=NAMES.rules.id, revision="r2")
    assert check_plan(current, DRAFT, laid, {"A": "cn-2021"}, NAMES) == ()


def test_arranged_scenes_are_remembered_by_their_headings():
    plan = replace(PLAN, places=(Place("own/1", heading="导语", own=OwnText()),))
    kept = arranged(plan, laid_out(plan))
    assert {one.id: one.heading for one in kept.places}["A/map"] == "甲案"
    assert kept.place("own/1").own == OwnText()


def test_a_meeting_tells_the_chief_scenes_and_no_maps_of_two_days():
    table = TableScene("法律", case_id="A", id="A/law", columns=("一",), rows=(("二",),))
    pair = PairScene("前后", case_id="A", id="A/pair")
    draft = replace(DRAFT, scenes=(TITLE, FACTS, MAP, table, pair, DAYS))
    plan = replace(PLAN, kind="meeting")
    shown = [one.id for one in tell(plan, draft, laid_out(plan, draft)).scenes]
    assert shown == ["opening", "A/header", "A/map"]
    asked = replace(plan, places=(Place("A/law", is_hidden=False),))
    assert "A/law" in [one.id for one in tell(asked, draft, laid_out(asked, draft)).scenes]
