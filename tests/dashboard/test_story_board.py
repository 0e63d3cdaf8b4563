"""The story board as people use it: begun, rewritten, kept, refused where stale, withdrawn."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from dashboard import holdings, reads
from dashboard.decks.picture import extent_of_scene
from dashboard.desks import stories as story_desk
from dashboard.text import say
from geodata import Scope
from layers.stories import (
    OwnChart,
    OwnMap,
    OwnPair,
    Place,
    StoryPlan,
    find_story,
    keep_story,
    kept_stories,
)

MAIN = str(Path(__file__).parents[2] / "dashboard" / "main.py")
CASE, OTHER = "LZ-XG-2025-001", "LZ-GL-2025-002"
NOW = datetime(2025, 12, 18, 1, tzinfo=UTC)
WAIT_S = 240


@pytest.fixture(scope="module", autouse=True)
def data(sample, tmp_path_factory):
    """The demonstration in a folder of this module's own."""
    folder = tmp_path_factory.mktemp("stories") / "data"
    shutil.copytree(sample, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIM_DATA_FOLDER", str(folder))
        streamlit.cache_resource.clear()
        streamlit.cache_data.clear()
        yield folder
    streamlit.cache_resource.clear()


def board(**params):
    at = AppTest.from_file(MAIN, default_timeout=WAIT_S)
    for name, value in {"screen": "story_board", **params}.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def press(at, key):
    at.button(key=key).click().run()
    assert not at.exception
    return at


def field(at, start):
    return next(one for one in at.text_input if (one.key or "").startswith(start))


def keep(at, title, who="王某"):
    field(at, "story-writer").set_value(who).run()
    field(at, "story-title").set_value(title).run()
    return press(at, "story-keep")


def said(at):
    return "\n".join(str(one.value) for one in (*at.error, *at.success, *at.warning, *at.info))


def test_a_story_is_begun_changed_kept_refused_where_stale_and_withdrawn():
    at = board(cases=CASE)
    press(at, "scene-after")
    press(at, "scene-toggle")
    press(at, "scene-down")
    keep(at, "充电桩讲述")
    (plan,) = kept_stories(holdings.journal())
    assert (plan.title, plan.who, plan.cases, plan.seen) == ("充电桩讲述", "王某", (CASE,), 1)
    assert plan.place(f"{CASE}/header").is_hidden
    assert [one.id for one in plan.places[1:3]] == [f"{CASE}/days", f"{CASE}/header"]
    assert plan.rule_sets == {CASE: "cn-2021"}
    assert at.query_params["story"] == [plan.id] or at.query_params["story"] == plan.id

    # Somebody else keeps another version; ours is refused and both are shown.
    theirs = replace(find_story(holdings.journal(), plan.id), title="别人的", who="李某", at=NOW)
    keep_story(holdings.journal(), theirs)
    press(at, "scene-toggle")
    keep(at, "我的")
    assert "李某" in said(at)
    assert find_story(holdings.journal(), plan.id).title == "别人的"
    press(at, "story-mine")
    newest = find_story(holdings.journal(), plan.id)
    assert (newest.title, newest.seen, newest.who) == ("我的", 3, "王某")

    field(at, "story-why").set_value("重复").run()
    press(at, "story-withdraw")
    gone = find_story(holdings.journal(), plan.id)
    assert (gone.is_withdrawn, gone.why) == (True, "重复")


def test_a_meeting_is_made_in_one_click_of_the_cases_of_the_scope():
    at = board(offices="LZ-GL")
    press(at, "story-meeting")
    shown = at.dataframe[0].value
    headings = list(shown[say("story_board.column.heading", "zh")])
    assert headings[1] == say("story.agenda.heading", "zh")
    assert headings[2] == "皋兰县人民检察院"
    assert at.multiselect(key="told").value == ["LZ-GL-2025-001", "LZ-GL-2025-002",
                                               "LZ-GL-2025-003"]  # fmt: skip


def test_a_story_whose_case_is_gone_opens_and_says_what_is_missing():
    plan = StoryPlan("2025-12-18-77", "旧讲述", "cases", (OTHER, "LZ-NONE-1"), who="王某", at=NOW,
                     law="cn-2021", revision="old", rule_sets={OTHER: "cn-2021"})  # fmt: skip
    keep_story(holdings.journal(), plan)
    at = board(story=plan.id)
    words = said(at)
    assert "LZ-NONE-1" in words
    assert "old" in words
    marks = at.dataframe[0].value[say("story_board.column.marks", "zh")]
    assert (marks == say("story_board.mark.gone", "zh")).any()


def test_a_link_to_no_story_opens_a_new_one_and_says_so():
    assert "2024-01-01-99" in said(board(story="2024-01-01-99"))


def own(what, language="zh", **place):
    state = reads.data_state()
    return story_desk.own_scene(Place("own/1", own=what, **place), state, language)


def test_a_map_of_ones_own_shows_what_lay_in_its_scope_on_its_day():
    scope = Scope(jurisdictions=frozenset({"LZ-XG"}), layers=frozenset({"charging_stations"}))
    scene = own(OwnMap(scope, "overdue", date(2025, 10, 1), 11.5, 36.1, 103.6), heading="西固桩")
    state = reads.data_state()
    seen = story_desk.supply(state).for_map(scene)
    assert seen.as_of == date(2025, 10, 1)
    assert set(seen.features["layer"]) == {"charging_stations"}
    assert (scene.heading, scene.colour_by, scene.is_own) == ("西固桩", "overdue", True)
    west, south, east, north = extent_of_scene(scene, seen.features, reads.naming("zh"))
    assert west < 103.6 < east
    assert south < 36.1 < north
    assert story_desk.preview_map(scene, state, "zh").startswith(b"\x89PNG")


@pytest.mark.parametrize("by", ["months", "years", "groups"])
def test_a_chart_of_ones_own_says_what_the_figure_says(by):
    state = reads.data_state()
    scene = own(OwnChart("cases_filed", by, frozenset({"LZ-XG"})))
    assert scene.heading == say("figures.title.cases_filed", "zh")
    (series,) = scene.series
    assert len(series.values) == len(scene.categories) > 0
    if by == "years":
        year = (date(state.as_of.year, 1, 1), state.as_of)
        counted = reads.figures(year, state)["cases_filed"].within({"LZ-XG"}).value
        assert series.values[-1] == counted.number
    assert "西固" in scene.note


def test_what_a_scene_of_ones_own_shows_may_be_gone_and_is_said_to_be():
    assert own(OwnChart("no_such_figure")).missing
    pair = own(OwnPair(before=9001, after=9002))
    assert (pair.before, pair.after) == (None, None)
    assert len(pair.missing) == 2
    assert own(OwnPair(case="LZ-NONE-1")).missing
    maps = own(OwnPair(case=CASE, before_on=date(2025, 6, 1)))
    assert (maps.before.on, maps.after.on) == (date(2025, 6, 1), reads.data_state().as_of)
    assert not maps.missing
