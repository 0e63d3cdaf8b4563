"""Plans of visits and shortlists of people, kept in the journal."""

from datetime import UTC, date, datetime, time

import pytest

from geodata.errors import StaleEntry
from geodata.journal import open_journal
from layers.planning import Day, Errand, Hours, Lock, Search, Team, Wish, plan_visits
from layers.visit_plans import (
    KeptPlan,
    find_plan,
    keep_plan,
    keep_shortlist,
    kept_plans,
    next_plan_id,
    shortlist_of,
)

NOW = datetime(2025, 12, 17, 8, tzinfo=UTC)
DAY = date(2025, 12, 18)


@pytest.fixture(params=["memory", "sqlite"])
def journal(request, tmp_path):
    return open_journal(
        {"memory": "memory:", "sqlite": f"sqlite:{tmp_path / 'j.sqlite'}"}[request.param]
    )


@pytest.fixture(scope="module")
def wish():
    teams = (
        Team(
            "一", (103.62, 36.10), names=("王某", "李某"), days_off=frozenset({date(2025, 12, 22)})
        ),
        Team("二", (103.62, 36.10), end=(103.7, 36.1), members=3, returns=False),
    )
    errands = tuple(
        Errand(f"charging_stations:{n}", (103.5 + n / 50, 36.1), 200, deadline=DAY)
        for n in range(6)
    )
    opened = Errand(
        "river_segments:R1", (103.9, 36.0), 30, (Hours(time(9), time(11)),), frozenset({6})
    )
    gone = Errand("charging_stations:X", None)
    return Wish(
        teams,
        (Day(DAY), Day(date(2025, 12, 19), Hours(time(9), time(12)))),
        (*errands, opened, gone),
        (Lock("charging_stations:1", "一", DAY, 1),),
        Search(patience=50, steps=500, explained=2),
    )


def a_plan(wish, title="三区走访", **facts):
    return KeptPlan("2025-12-17-01", title, wish, plan_visits(wish), "王某", NOW, **facts)


def test_a_plan_comes_back_as_it_was_kept_with_its_wish_and_what_was_left_out(journal, wish):
    kept = keep_plan(journal, a_plan(wish))
    assert kept.seen == 1
    assert kept.plan.tours
    assert {type(fact) for one in kept.plan.left_out for _, fact in one.facts} >= {int, date, str}
    assert any(one.changes for one in kept.plan.left_out)
    assert find_plan(journal, "2025-12-17-01") == kept
    assert find_plan(journal, "2025-12-17-02") is None


def test_who_has_not_seen_the_newest_plan_does_not_replace_it(journal, wish):
    mine = keep_plan(journal, a_plan(wish))
    keep_plan(journal, a_plan(wish, "改过", seen=mine.seen))
    with pytest.raises(StaleEntry):
        keep_plan(journal, a_plan(wish, "旧的", seen=mine.seen))
    assert [one.title for one in kept_plans(journal)] == ["改过"]
    assert kept_plans(journal)[0].seen == 2


def test_plans_are_numbered_by_day_and_listed_the_newest_first(journal, wish):
    assert next_plan_id(journal, NOW.date()) == "2025-12-17-01"
    keep_plan(journal, a_plan(wish))
    assert next_plan_id(journal, NOW.date()) == "2025-12-17-02"
    assert next_plan_id(journal, DAY) == "2025-12-18-01"
    other = KeptPlan("2025-12-17-02", "b", wish, plan_visits(wish), "李某", NOW)
    keep_plan(journal, other)
    assert [one.id for one in kept_plans(journal)] == ["2025-12-17-02", "2025-12-17-01"]


def test_each_person_has_a_shortlist_of_their_own_and_the_last_one_counts(journal):
    assert shortlist_of(journal, "王某") == ()
    keep_shortlist(journal, "王某", ["a:1", "b:2"], NOW)
    keep_shortlist(journal, "李某", ["c:3"], NOW)
    keep_shortlist(journal, "王某", ["b:2"], NOW)
    assert shortlist_of(journal, "王某") == ("b:2",)
    assert shortlist_of(journal, "李某") == ("c:3",)
