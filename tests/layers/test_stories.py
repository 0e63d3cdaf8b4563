"""Stories are kept as they were arranged; nobody writes over what they have not seen."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import StaleEntry
from geodata.journal import open_journal
from geodata.model import Scope
from layers.stories import (
    Edit,
    OwnChart,
    OwnMap,
    OwnPair,
    OwnText,
    Place,
    StoryPlan,
    differences,
    find_story,
    keep_story,
    kept_stories,
    next_story_id,
    story_history,
    withdraw_story,
)
from layers.story_changes import (
    add_own,
    arrange_within,
    hide,
    move,
    reorder,
    rewrite,
    take_away,
    tell_cases,
)

NOW = datetime(2025, 12, 17, 8, tzinfo=UTC)
IDS = ("opening", "A/header", "A/map", "B/header", "B/map", "closing")
PLAN = StoryPlan("2025-12-17-01", "讲评", "meeting", ("A", "B"), speakers={"A": "甲"}, who="王某",
                 at=NOW)  # fmt: skip


@pytest.fixture(params=["memory", "sqlite"])
def journal(request, tmp_path):
    return open_journal(
        {"memory": "memory:", "sqlite": f"sqlite:{tmp_path / 'j.sqlite'}"}[request.param]
    )


def test_a_story_comes_back_with_all_that_was_arranged(journal):
    ring = ((103.0, 36.0), (104.0, 36.0), (104.0, 37.0))
    owns = (
        OwnText(),
        OwnMap(Scope(layers=frozenset({"wells"}), within=ring), "overdue", date(2025, 1, 2), 9.5),
        OwnChart("cases_filed", "years", frozenset({"LZ-CG"})),
        OwnPair(before=3, after=7),
        OwnPair(case="A", before_on=date(2025, 1, 2)),
    )
    places = [Place(f"own/{at}", own=one) for at, one in enumerate(owns)]
    edit = Edit("题", "文", "备注", 1.5, (("名", "值"),), "abc")
    drafted = Place("A/map", "A", "图", is_hidden=True, edit=edit)
    kept = keep_story(journal, replace(PLAN, places=(drafted, *places)))
    assert find_story(journal, PLAN.id) == kept
    assert kept.seen == 1
    assert kept_stories(journal) == (kept,)


def test_whoever_did_not_see_the_newest_version_is_refused_and_both_stay(journal):
    first = keep_story(journal, PLAN)
    theirs = keep_story(journal, replace(first, title="他们的", who="李某"))
    with pytest.raises(StaleEntry):
        keep_story(journal, replace(first, title="我的"))
    assert find_story(journal, PLAN.id) == theirs
    assert [one.title for one in story_history(journal, PLAN.id)] == ["讲评", "他们的"]


def test_a_story_off_the_list_stays_on_record_and_can_be_taken_up_again(journal):
    first = keep_story(journal, PLAN)
    gone = withdraw_story(journal, replace(first, why="重复"))
    assert (gone.is_withdrawn, find_story(journal, PLAN.id).why) == (True, "重复")
    again = keep_story(journal, gone)
    assert not find_story(journal, PLAN.id).is_withdrawn
    assert again.seen == 3


def test_each_new_story_of_a_day_has_a_number_of_its_own(journal):
    day = date(2025, 12, 17)
    assert next_story_id(journal, day) == "2025-12-17-01"
    keep_story(journal, PLAN)
    withdraw_story(journal, replace(PLAN, seen=1, why="重复"))
    assert next_story_id(journal, day) == "2025-12-17-02"
    assert next_story_id(journal, date(2025, 12, 18)) == "2025-12-18-01"


def test_two_versions_differ_in_what_somebody_changed_and_in_nothing_else():
    base = reorder(PLAN, IDS)
    mine = rewrite(hide(base, ["A/map"], hidden=True), "B/map", Edit(heading="新题"))
    theirs = reorder(replace(base, title="别的"), (*reversed(IDS),))
    assert differences(mine, theirs) == ("title", "order", "A/map", "B/map")
    assert differences(base, replace(base, revision="9", who="李某", seen=4)) == ()
    assert base.same_as(replace(base, law="other", at=None))
    # A place that says nothing is as good as none.
    assert differences(PLAN, base) == ()


@given(st.permutations(IDS), st.integers(0, len(IDS) - 1), st.integers(-9, 9))
def test_moving_a_scene_keeps_all_others_in_their_order(order, at, by):
    moved = [one.id for one in move(reorder(PLAN, order), order, order[at], by).places]
    assert sorted(moved) == sorted(IDS)
    assert [one for one in moved if one != order[at]] == [o for o in order if o != order[at]]
    assert moved.index(order[at]) == max(0, min(len(order) - 1, at + by))


@given(st.data())
def test_some_scenes_change_places_among_themselves_and_the_others_stay(data):
    some = data.draw(st.lists(st.sampled_from(IDS), unique=True))
    wanted = data.draw(st.permutations(some))
    order = [one.id for one in arrange_within(PLAN, IDS, wanted).places]
    assert [one for one in order if one in some] == wanted
    assert [a for a, b in zip(order, IDS, strict=True) if b not in some] == [
        one for one in IDS if one not in some
    ]


def test_own_scenes_stand_behind_the_open_one_and_only_they_can_be_removed_by_id():
    plan = add_own(PLAN, IDS, OwnText(), heading="导语", after="A/map")
    plan = add_own(plan, [one.id for one in plan.places], OwnText(), heading="结语")
    assert [one.id for one in plan.places] == [*IDS[:3], "own/1", *IDS[3:], "own/2"]
    assert "own/1" not in [one.id for one in take_away(plan, "own/1").places]


def test_a_case_told_no_more_takes_its_scenes_along_and_leaves_own_ones():
    plan = add_own(reorder(PLAN, IDS), IDS, OwnText(), heading="导语", after="A/map")
    plan = replace(plan, places=tuple(replace(one, case_id=one.id[0] if "/" in one.id else "")
                                      for one in plan.places))  # fmt: skip
    left = tell_cases(plan, ["B"])
    assert [one.id for one in left.places] == ["opening", "own/1", "B/header", "B/map", "closing"]
