"""Plans of site visits: worked by hand where they are small, held to their rules at random."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import ImpossibleWish
from layers.planning import (
    Day,
    Errand,
    Hours,
    Lock,
    Pause,
    Progress,
    Search,
    Team,
    Wish,
    check_wish,
    errands_for,
    hold,
    move,
    plan_visits,
    replan,
)
from layers.planning.bound import bound_driving
from layers.planning.solving import Model
from layers.planning.timetable import Board, ask_ways
from layers.routing import Stop
from layers.travel import Ways

MONDAY = date(2026, 3, 2)
TUESDAY = MONDAY + timedelta(days=1)
MORNING = Hours(time(9), time(12))
QUICK = Search(patience=150, steps=2_000)
OFFICE = (0.0, 0.0)


def on_a_road(spots):
    """Places are minutes along one straight road: x is the minute, y is not looked at."""
    at = np.array([spot.place[0] for spot in spots])
    seconds = np.abs(at[:, None] - at[None, :]) * 60
    return Ways(np.rint(seconds), seconds * 10, is_estimate=False, source="road")


def on_a_plain(spots):
    """Places are minutes on a plane, driven along its streets (x, then y)."""
    at = np.array([spot.place for spot in spots])
    seconds = np.abs(at[:, None, :] - at[None, :, :]).sum(axis=2) * 60
    return Ways(np.rint(seconds), seconds * 10, is_estimate=False, source="plain")


def stop(minute, name=None, **wished):
    return Errand(name or f"wells:{minute}", (float(minute), 0.0), **{"minutes": 10, **wished})


DAYS = (Day(MONDAY, MORNING),)
TEAMS = (Team("A", OFFICE),)


def wish(*errands, days=DAYS, teams=TEAMS, **more):
    return Wish(teams, tuple(days), tuple(errands), **{"search": QUICK, **more})


def planned(*errands, **more):
    return plan_visits(wish(*errands, **more), on_a_road)


def left(plan):
    return {one.ref: one for one in plan.left_out}


def codes(problems):
    return [problem.code for problem in problems]


# ------------------------------------------------------------- worked by hand


def test_three_stops_along_a_road_are_a_timetable_to_the_minute():
    plan = planned(stop(30), stop(10), stop(20))
    tour = plan.tours[0]
    assert [call.ref for call in tour.calls] in (
        ["wells:10", "wells:20", "wells:30"],
        ["wells:30", "wells:20", "wells:10"],
    )
    assert plan.driving_s == 60 * 60
    assert (tour.departs, tour.ends) == (time(9), time(10, 30))
    first = tour.calls[0]
    assert first.leg_s == first.place[0] * 60
    assert first.leg_m == first.place[0] * 600
    assert tour.driving_m == 36_000
    assert plan.left_out == ()
    assert not plan.is_estimate
    assert plan.bound_s == pytest.approx(3600, rel=0.001)  # there and back again, nothing shorter
    assert plan.gap == pytest.approx(0, abs=0.001)


def test_a_door_that_opens_late_is_waited_for_at_home_if_it_is_the_first():
    plan = planned(stop(10, opening=(Hours(time(10), time(11)),)))
    tour = plan.tours[0]
    assert tour.departs == time(9, 50)
    assert (tour.calls[0].arrives, tour.calls[0].begins) == (time(10), time(10))
    assert tour.calls[0].leaves == time(10, 10)


def test_a_stop_with_two_openings_is_seen_in_the_one_that_fits():
    noon = stop(10, opening=(Hours(time(9), time(9, 15)), Hours(time(11), time(11, 30))))
    plan = planned(noon)
    assert plan.tours[0].calls[0].begins == time(11)


def test_a_whole_visit_lies_within_the_opening_hours():
    short = stop(10, minutes=20, opening=(Hours(time(9), time(9, 25)),))
    reason = left(planned(short))["wells:10"]
    assert reason.reason == "out_of_reach"


def test_a_deadline_puts_a_stop_on_the_day_before_it():
    days = (Day(MONDAY, MORNING), Day(TUESDAY, MORNING))
    closed = stop(30, closed_on=frozenset({MONDAY}))
    plan = planned(closed, stop(31, deadline=MONDAY), days=days)
    assert plan.tour_of("wells:31").on == MONDAY
    assert plan.tour_of("wells:30").on == TUESDAY


def test_a_team_that_does_not_return_is_free_after_its_last_stop():
    plan = planned(stop(80), stop(100), teams=(Team("A", OFFICE, returns=False),))
    tour = plan.tours[0]
    assert [call.ref for call in tour.calls] == ["wells:80", "wells:100"]
    assert (tour.back_s, tour.end, tour.ends) == (None, None, time(11))
    assert plan.bound_s <= plan.driving_s == 6000


def test_a_team_may_end_elsewhere_than_it_began():
    plan = planned(stop(60), teams=(Team("A", OFFICE, end=(100.0, 0.0)),))
    assert plan.tours[0].back_s == 40 * 60
    assert plan.tours[0].end == (100.0, 0.0)


def test_teams_that_start_apart_see_what_is_near_to_each():
    teams = (Team("A", OFFICE), Team("B", (100.0, 0.0)))
    plan = planned(stop(5), stop(95), stop(10), stop(90), teams=teams)
    by_team = {tour.team: {call.ref for call in tour.calls} for tour in plan.tours}
    assert by_team == {"A": {"wells:5", "wells:10"}, "B": {"wells:90", "wells:95"}}


def test_a_first_and_a_last_stop_stand_where_they_must():
    plan = planned(stop(10, is_last=True), stop(20), stop(30, is_first=True))
    assert [call.ref for call in plan.tours[0].calls] == ["wells:30", "wells:20", "wells:10"]


NOON = Pause(60, time(12), time(13, 30))
LONG_DAY = Day(MONDAY, Hours(time(9), time(17)), NOON)


def test_a_visit_that_runs_into_noon_is_ended_before_the_pause():
    long = stop(60, minutes=140, is_first=True)
    plan = planned(long, stop(70, minutes=30), days=(LONG_DAY,))
    tour = plan.tours[0]
    assert tour.calls[0].leaves == time(12, 20)
    assert tour.pause == (time(12, 20), time(13, 20))
    assert (tour.calls[1].arrives, tour.calls[1].begins) == (time(13, 30), time(13, 30))


def test_a_pause_that_would_begin_too_late_is_taken_before_the_visit():
    # It begins at 10:30 at the earliest and would end at 12:40: the pause could not begin by 12:30.
    late = stop(90, minutes=130)
    tour = planned(late, days=(LONG_DAY,)).tours[0]
    assert tour.calls[0].begins == time(13)
    assert tour.pause == (time(12), time(13)) or tour.departs >= time(13)
    assert tour.ends == time(16, 40)


def test_a_door_closed_at_noon_is_paused_before():
    early = stop(10, opening=(Hours(time(9), time(10)),))
    after = stop(20, opening=(Hours(time(14), time(15)),), minutes=30)
    tour = planned(early, after, days=(LONG_DAY,)).tours[0]
    assert tour.calls[1].begins == time(14)
    assert tour.pause is not None
    assert tour.calls[0].leaves <= tour.pause[0] < tour.pause[1] <= tour.calls[1].begins


def test_a_team_that_is_home_by_noon_rests_there():
    tour = planned(stop(10), days=(LONG_DAY,)).tours[0]
    assert tour.pause is None
    assert tour.ends == time(9, 30)


def test_a_team_that_sets_out_after_its_pause_rested_at_home():
    tour = planned(stop(10, opening=(Hours(time(14), time(16)),)), days=(LONG_DAY,)).tours[0]
    assert tour.pause is None
    assert tour.departs == time(13, 50)


def test_a_pause_costs_the_stops_that_have_no_more_room_and_says_so():
    crowd = [stop(1, f"wells:{n}", minutes=60) for n in range(8)]
    free = planned(*crowd[:7], days=(replace(LONG_DAY, pause=None),))
    rested = planned(*crowd[:7], days=(LONG_DAY,))
    assert len(free.visited) == 7
    assert len(rested.visited) == 6
    assert rested.left_out[0].reason == "no_time"
    assert dict(rested.left_out[0].facts)["left_minutes"] == 480 - 60 - 360 - 2
    assert "hour" in [change.kind for change in rested.left_out[0].changes]


def test_what_is_out_of_reach_for_want_of_the_pause_says_how_long_a_day_is_without_it():
    far = left(planned(stop(180, minutes=65), days=(LONG_DAY,)))["wells:180"]
    assert far.reason == "out_of_reach"
    assert dict(far.facts) == {"needed_minutes": 425, "longest_minutes": 420}


def test_a_day_that_ends_before_the_pause_must_begin_needs_none():
    half = Day(MONDAY, Hours(time(9), time(12, 20)), NOON)
    plan = planned(stop(10, minutes=90), stop(11, minutes=88), days=(half,))
    assert len(plan.visited) == 2
    assert plan.tours[0].pause is None
    assert plan.tours[0].ends == time(12, 20)


def test_stops_that_belong_together_are_seen_by_one_team_on_one_day():
    teams = (Team("A", OFFICE), Team("B", (100.0, 0.0)))
    plan = planned(
        stop(5, together="pair"),
        stop(95, together="pair"),
        stop(6),
        stop(94),
        teams=teams,
        days=(Day(MONDAY, Hours(time(8), time(18))),),
    )
    assert plan.tour_of("wells:5") == plan.tour_of("wells:95")
    assert plan.left_out == ()


def test_a_group_that_fits_nowhere_is_left_out_whole():
    plan = planned(stop(60, together="pair", minutes=50), stop(61, together="pair", minutes=50))
    assert {one.ref for one in plan.left_out} == {"wells:60", "wells:61"}
    assert plan.visited == ()


def test_a_group_with_a_stop_that_nobody_can_see_is_left_out_and_says_because_of_which():
    nowhere = Errand("wells:x", None, together="pair")
    plan = planned(stop(5, together="pair"), nowhere)
    assert dict(left(plan)["wells:5"].facts) == {"because_of": "wells:x"}
    assert left(plan)["wells:x"].reason == "no_place"
    assert left(plan)["wells:5"].changes == ()


# ------------------------------------------------- why a stop is left out


def test_every_reason_has_its_facts():
    plan = planned(
        stop(1),
        Errand("wells:nowhere", None),
        stop(2, "wells:past", deadline=MONDAY - timedelta(days=1)),
        stop(3, "wells:shut", closed_weekdays=frozenset({0})),
        stop(4, "wells:night", opening=(Hours(time(20), time(22)),)),
        stop(5, "wells:long", minutes=300),
        stop(200, "wells:far"),
    )
    reasons = {ref: one.reason for ref, one in left(plan).items()}
    assert reasons == {
        "wells:nowhere": "no_place",
        "wells:past": "deadline_passed",
        "wells:shut": "closed",
        "wells:night": "closed",
        "wells:long": "too_long",
        "wells:far": "out_of_reach",
    }
    assert dict(left(plan)["wells:far"].facts) == {"needed_minutes": 410, "longest_minutes": 180}
    assert left(plan)["wells:past"].changes == ()
    assert plan.visited == ("wells:1",)


def test_a_stop_to_which_no_road_leads_says_so():
    def an_island(spots):
        ways = on_a_road(spots)
        ways.seconds[0, 1:] = ways.seconds[1:, 0] = np.nan
        return ways

    plan = plan_visits(wish(stop(10), stop(20)), an_island)
    assert left(plan)["wells:10"].reason == "no_way"
    assert plan.visited == ("wells:20",)


def test_a_stop_without_room_says_what_it_needs_what_is_left_and_what_would_do():
    # 180 minutes: 120 on the road and 50 on site leave 10, and the other needs 50 of them.
    plan = planned(stop(60, minutes=50, priority=2), stop(60, "wells:other", minutes=50))
    other = left(plan)["wells:other"]
    assert other.reason == "no_time"
    facts = dict(other.facts)
    assert (facts["needed_minutes"], facts["left_minutes"]) == (50, 10)
    assert [(one.kind, one.person_hours) for one in other.changes] == [
        ("hour", 2.0),
        ("day", 6.0),
        ("team", 6.0),
    ]
    assert other.changes[0].extra == (("A", MONDAY),)
    assert other.changes[1].extra == (("A", TUESDAY),)


def test_what_a_change_promises_is_kept_when_it_is_made():
    asked = wish(*(stop(20 + n, minutes=40) for n in range(5)))
    plan = plan_visits(asked, on_a_road)
    assert plan.left_out
    for one in plan.left_out:
        for change in one.changes:
            days, teams = asked.days, asked.teams
            if change.kind == "hour":
                days = (Day(MONDAY, Hours(time(9), time(13))),)
            elif change.kind == "day":
                days = (*days, Day(change.extra[0][1], MORNING))
            else:
                teams = (*teams, Team("+1", OFFICE))
            seen = [asked.errand(ref) for ref in (*plan.visited, one.ref)]
            again = plan_visits(
                replace(asked, days=days, teams=teams, errands=tuple(seen)), on_a_road
            )
            assert again.left_out == (), change


def test_an_hour_that_would_not_do_is_not_offered():
    plan = planned(stop(60, minutes=50, priority=2), stop(60, "wells:other", minutes=110))
    kinds = [change.kind for change in left(plan)["wells:other"].changes or ()]
    assert "hour" not in kinds
    assert "day" not in kinds  # 120 on the road and 110 on site are more than a morning
    assert left(plan)["wells:other"].reason == "out_of_reach"


def test_further_days_are_weekdays_unless_they_are_named():
    friday = Day(date(2026, 3, 6), MORNING)
    one, other = stop(60, minutes=50, priority=2), stop(60, "wells:other", minutes=50)
    change = next(
        c
        for c in left(planned(one, other, days=(friday,)))["wells:other"].changes
        if c.kind == "day"
    )
    assert change.extra[0][1] == date(2026, 3, 9)
    spare = (Day(date(2026, 3, 7), MORNING),)
    plan = planned(one, other, days=(friday,), spare_days=spare)
    change = next(c for c in left(plan)["wells:other"].changes if c.kind == "day")
    assert change.extra[0][1] == date(2026, 3, 7)


def test_what_matters_more_is_seen_first():
    plan = planned(stop(60, minutes=50), stop(60, "wells:other", minutes=50, priority=2))
    assert plan.visited == ("wells:other",)
    plan = planned(stop(60, minutes=50), stop(60, "wells:other", minutes=50, deadline=MONDAY))
    assert plan.visited == ("wells:other",)


# --------------------------------------------------------- impossible wishes


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (wish(stop(1), teams=()), "no_teams"),
        (wish(stop(1), days=()), "no_days"),
        (wish(stop(1), teams=(Team("A", OFFICE, members=1),)), "few_people"),
        (
            wish(stop(1), teams=(Team("A", OFFICE, names=("a", "b", "c")),)),
            "more_names_than_people",
        ),
        (wish(stop(1), teams=(Team("A", (float("nan"), 0.0)),)), "team_without_place"),
        (wish(stop(1), teams=(Team("A", OFFICE), Team("A", OFFICE))), "team_twice"),
        (
            wish(stop(1), teams=(Team("A", OFFICE, days_off=frozenset({MONDAY})),)),
            "team_always_off",
        ),
        (wish(stop(1), days=(Day(MONDAY, Hours(time(12), time(9))),)), "day_without_hours"),
        (wish(stop(1), days=(Day(MONDAY), Day(MONDAY, MORNING))), "day_twice"),
        (wish(stop(1), days=(Day(MONDAY, pause=Pause(0)),)), "pause_without_minutes"),
        (wish(stop(1), days=(Day(MONDAY, pause=Pause(91)),)), "pause_too_long"),
        (wish(stop(1), stop(1)), "stop_twice"),
        (wish(stop(1, minutes=-1)), "minutes_negative"),
        (wish(stop(1, priority=0)), "priority_under_one"),
        (wish(stop(1, is_first=True, is_last=True)), "first_and_last"),
        (wish(stop(1, opening=(Hours(time(9), time(9)),))), "opening_reversed"),
        (wish(stop(1), locks=(Lock("wells:1"), Lock("wells:1"))), "locked_twice"),
        (wish(stop(1), locks=(Lock("wells:2"),)), "lock_unknown_stop"),
        (wish(stop(1), locks=(Lock("wells:1", "Z"),)), "lock_unknown_team"),
        (wish(stop(1), locks=(Lock("wells:1", on=TUESDAY),)), "lock_unknown_day"),
        (
            wish(
                stop(1),
                days=(Day(MONDAY), Day(TUESDAY)),
                locks=(Lock("wells:1", "A", MONDAY),),
                teams=(Team("A", OFFICE, days_off=frozenset({MONDAY})),),
            ),
            "lock_on_day_off",
        ),
        (wish(stop(1), locks=(Lock("wells:1", "A", None, 1),)), "position_without_day"),
        (wish(stop(1), locks=(Lock("wells:1", "A", MONDAY, 2),)), "position_after_gap"),
        (
            wish(
                stop(1),
                stop(2),
                locks=(Lock("wells:1", "A", MONDAY, 1), Lock("wells:2", "A", MONDAY, 1)),
            ),
            "position_shared",
        ),
        (
            wish(
                stop(1),
                stop(2, is_first=True),
                locks=(Lock("wells:1", "A", MONDAY, 1), Lock("wells:2", "A", MONDAY, 2)),
            ),
            "first_not_first",
        ),
        (
            wish(
                stop(1, is_last=True),
                stop(2),
                locks=(Lock("wells:1", "A", MONDAY, 1), Lock("wells:2", "A", MONDAY, 2)),
            ),
            "last_not_last",
        ),
        (
            wish(
                stop(1, together="x"),
                stop(2, together="x"),
                days=(Day(MONDAY), Day(TUESDAY)),
                locks=(Lock("wells:1", on=MONDAY), Lock("wells:2", on=TUESDAY)),
            ),
            "together_locked_apart",
        ),
        (
            wish(stop(1, together="x", is_first=True), stop(2, together="x", is_first=True)),
            "together_several_first",
        ),
        (
            wish(stop(1, together="x", is_last=True), stop(2, together="x", is_last=True)),
            "together_several_last",
        ),
    ],
)
def test_an_impossible_wish_is_named_and_refused(asked, code):
    assert code in codes(check_wish(asked))
    with pytest.raises(ImpossibleWish) as refused:
        plan_visits(asked, on_a_road)
    assert code in codes(refused.value.facts["problems"])


def test_all_impossible_wishes_are_named_at_once():
    asked = wish(
        stop(1, minutes=-5),
        stop(2, deadline=MONDAY - timedelta(days=9)),
        teams=(Team("A", OFFICE, members=1),),
    )
    found = check_wish(asked)
    assert {"few_people", "minutes_negative", "deadline_passed"} <= set(codes(found))
    few = next(one for one in found if one.code == "few_people")
    assert (few.fact("team"), few.fact("members"), few.fact("least")) == ("A", 1, 2)
    assert not next(one for one in found if one.code == "deadline_passed").stops


def test_a_wish_without_stops_is_an_empty_plan():
    plan = planned()
    assert (plan.tours, plan.left_out, plan.gap) == ((), (), None)


# ------------------------------------------------------------ locks, replanned


def test_a_locked_stop_stays_with_its_team_and_day():
    teams = (Team("A", OFFICE), Team("B", (100.0, 0.0)))
    days = (Day(MONDAY, MORNING), Day(TUESDAY, MORNING))
    asked = wish(
        stop(20), stop(80), teams=teams, days=days, locks=(Lock("wells:20", "B", TUESDAY),)
    )
    tour = plan_visits(asked, on_a_road).tour_of("wells:20")
    assert (tour.team, tour.on) == ("B", TUESDAY)
    assert tour.calls[[call.ref for call in tour.calls].index("wells:20")].is_locked


def test_stops_locked_to_the_first_positions_come_first_in_that_order():
    locks = (Lock("wells:30", "A", MONDAY, 1), Lock("wells:10", "A", MONDAY, 2))
    plan = planned(stop(10), stop(20), stop(30), locks=locks)
    assert [call.ref for call in plan.tours[0].calls] == ["wells:30", "wells:10", "wells:20"]


def test_a_stop_dragged_to_a_place_is_there_and_the_rest_is_planned_anew():
    asked = wish(*map(stop, (10, 20, 30)))
    plan = plan_visits(asked, on_a_road)
    wanted = move(asked, plan, plan.visited[-1], team="A", on=MONDAY, position=1)
    again = plan_visits(wanted, on_a_road)
    assert again.visited[0] == plan.visited[-1]
    assert set(again.visited) == set(plan.visited)


def test_what_is_kept_stays_when_the_wish_changes():
    asked = wish(*map(stop, (10, 20, 30)), days=(Day(MONDAY, MORNING), Day(TUESDAY, MORNING)))
    plan = plan_visits(asked, on_a_road)
    grown = replace(asked, errands=(*asked.errands, stop(25), stop(5)))
    kept = plan.visited[:2]
    again = replan(grown, plan, kept, on_a_road)
    for ref in kept:
        assert (again.tour_of(ref).team, again.tour_of(ref).on) == ("A", plan.tour_of(ref).on)
    assert again.tour_of(kept[0]).calls[0].ref == kept[0]
    assert hold(asked, plan, kept)[0].position == 1
    assert len(again.visited) == 5


# --------------------------------------------------------------- how it searches


def test_days_and_teams_alike_are_one_kind_and_hours_are_told_once_for_all_days():
    twice = (Hours(time(9), time(10)), Hours(time(11), time(12)))
    days = tuple(Day(MONDAY + timedelta(days=n), MORNING) for n in range(4))
    teams = (Team("A", OFFICE), Team("B", OFFICE))
    asked = wish(stop(10, opening=twice), stop(20), days=days, teams=teams)
    data = Model(Board(asked, ask_ways(asked, on_a_road)), [0, 1]).data
    assert [kind.num_available for kind in data.vehicle_types()] == [8]
    assert data.num_clients == 3
    urgent = replace(asked, errands=(*asked.errands, stop(30, deadline=TUESDAY)))
    data = Model(Board(urgent, ask_ways(urgent, on_a_road)), [0, 1, 2]).data
    assert [kind.num_available for kind in data.vehicle_types()] == [4, 4]
    assert data.num_clients == 4


def test_a_plan_made_anew_leaves_each_stop_its_day_where_days_are_alike():
    days = tuple(Day(MONDAY + timedelta(days=n), MORNING) for n in range(3))
    asked = wish(*(stop(20 + 5 * n, minutes=50) for n in range(5)), days=days)
    plan = plan_visits(asked, on_a_road)
    assert len({tour.on for tour in plan.tours}) == 3
    again = replan(asked, plan, (), on_a_road)
    for ref in plan.visited:
        assert again.tour_of(ref).on == plan.tour_of(ref).on


def test_an_earlier_plan_with_a_visit_that_the_solver_does_not_see_is_not_lost():
    # Open only while the solver's clock stands still; the timetable puts the pause after it.
    noon = stop(10, minutes=15, opening=(Hours(time(12, 5), time(12, 25)),))
    asked = wish(noon, stop(20), days=(LONG_DAY,))
    plan = plan_visits(asked, on_a_road)
    assert plan.tour_of(noon.ref).pause == (time(12, 20), time(13, 20))
    again = replan(asked, plan, (), on_a_road)
    assert set(again.visited) == set(plan.visited) == {"wells:10", "wells:20"}


def test_a_search_tells_how_far_it_is():
    told: list[Progress] = []
    plan_visits(wish(stop(1), stop(2)), on_a_road, told.append)
    shares = [one.share for one in told]
    assert told[0].steps == 0
    assert all(0 <= share <= 1 for share in shares)
    assert shares[-1] > shares[0]


def test_a_search_that_the_clock_ends_says_so():
    slow = Search(patience=10**9, steps=10**9, seconds=0.05)
    plan = planned(stop(1), stop(2), search=slow)
    assert plan.ended_by == "clock"
    assert set(plan.visited) == {"wells:1", "wells:2"}


def test_a_shortlist_becomes_errands_with_the_minutes_of_its_layers():
    found = errands_for([Stop("river_segments:7", OFFICE), Stop("odd:1", None)])
    assert [one.minutes for one in found] == [45, 30]


# ------------------------------------------------------------------ at random

openings = st.lists(
    st.tuples(st.integers(8, 15), st.integers(1, 4)).map(
        lambda h: Hours(time(h[0]), time(h[0] + h[1]))
    ),
    max_size=2,
).map(tuple)
spots = st.tuples(st.integers(-60, 60).map(float), st.integers(-60, 60).map(float))


pauses = st.sampled_from(
    [None, None, NOON, Pause(30, time(11, 40), time(12, 10)), Pause(90, time(8), time(14))]
)
hours_of_work = st.sampled_from(
    [Hours(time(8, 30), time(17, 30)), Hours(time(8), time(12, 10)), Hours(time(12, 20), time(18))]
)


@st.composite
def wishes(draw):
    count = draw(st.integers(0, 8))
    days = tuple(
        Day(MONDAY + timedelta(days=n), draw(hours_of_work), draw(pauses))
        for n in range(draw(st.integers(1, 2)))
    )
    teams = tuple(
        Team(f"T{n}", draw(spots), draw(st.none() | spots), returns=draw(st.booleans()))
        for n in range(draw(st.integers(1, 2)))
    )
    errands = tuple(
        Errand(
            f"wells:{n}",
            draw(spots),
            draw(st.sampled_from([0, 15, 60, 150])),
            draw(openings),
            deadline=draw(st.sampled_from([None, None, MONDAY, MONDAY - timedelta(days=1)])),
            priority=draw(st.integers(1, 3)),
            together=draw(st.sampled_from(["", "", "", "x", "y"])),
            is_first=draw(st.sampled_from([False, False, False, False, n == 0])),
        )
        for n in range(count)
    )
    locked = draw(st.lists(st.sampled_from(range(count)), max_size=2, unique=True)) if count else []
    locks = tuple(
        Lock(f"wells:{n}", draw(st.sampled_from(["", teams[0].id])), days[0].on) for n in locked
    )
    return Wish(teams, days, errands, locks, Search(patience=60, steps=300, explained=1))


@given(wishes())
@settings(max_examples=20, deadline=None)
def test_a_plan_keeps_every_rule_of_its_wish(asked):
    if any(problem.stops for problem in check_wish(asked)):
        return
    plan = plan_visits(asked, on_a_plain)
    _holds_every_stop_once(asked, plan)
    for tour in plan.tours:
        _holds_its_hours(asked, tour)
    shifts = [(tour.team, tour.on) for tour in plan.tours]
    assert len(set(shifts)) == len(shifts)  # nobody is in two places
    for group in {errand.together for errand in asked.errands} - {""}:
        members = {errand.ref for errand in asked.errands if errand.together == group}
        seen = [tour for tour in plan.tours if members & {call.ref for call in tour.calls}]
        assert not seen or members <= {call.ref for call in seen[0].calls}
    for lock in asked.locks:
        if lock.ref in plan.visited:
            assert plan.tour_of(lock.ref).on == lock.on
            assert lock.team in {"", plan.tour_of(lock.ref).team}
    assert plan.bound_s <= plan.driving_s
    assert plan_visits(asked, on_a_plain) == plan


@given(wishes(), st.data())
@settings(max_examples=20, deadline=None)
def test_what_a_person_kept_of_a_plan_is_where_it_was(asked, data):
    if any(problem.stops for problem in check_wish(asked)):
        return
    plan = plan_visits(asked, on_a_plain)
    kept = data.draw(st.sets(st.sampled_from(plan.visited))) if plan.visited else set()
    again = replan(asked, plan, kept, on_a_plain)
    _holds_every_stop_once(asked, again)
    for lock in hold(asked, plan, kept):
        if lock.ref in kept:
            tour = again.tour_of(lock.ref)
            assert (tour.team, tour.on) == (lock.team, lock.on)
            assert lock.position is None or tour.calls[lock.position - 1].ref == lock.ref
    for tour in again.tours:
        _holds_its_hours(asked, tour)


def _holds_every_stop_once(asked, plan):
    told = [*plan.visited, *(one.ref for one in plan.left_out)]
    assert sorted(told) == sorted(errand.ref for errand in asked.errands)
    assert all(one.reason for one in plan.left_out)


def _holds_its_hours(asked, tour):
    day = next(day for day in asked.days if day.on == tour.on)
    team = next(team for team in asked.teams if team.id == tour.team)
    assert tour.on not in team.days_off
    assert day.hours.opens <= tour.departs <= tour.ends <= day.hours.closes
    now, here = tour.departs, team.start
    for position, call in enumerate(tour.calls, start=1):
        errand = asked.errand(call.ref)
        assert call.position == position
        assert call.leg_s == (abs(call.place[0] - here[0]) + abs(call.place[1] - here[1])) * 60
        assert _drives(now, call.leg_s, call.arrives, call.begins, tour.pause)
        assert _later(call.begins, errand.minutes * 60) == call.leaves
        assert _is_open(errand.opening_on(tour.on), call.begins, call.leaves)
        assert position == 1 or not errand.is_first
        now, here = call.leaves, call.place
    assert _drives(now, tour.back_s or 0, tour.ends, tour.ends, tour.pause)
    assert _rests(day.pause, tour)


def _drives(now, leg_s, arrives, begins, pause):
    """The way takes as long as it does, and besides only what is rested on it or before it."""
    if pause is None or pause[1] <= now or pause[0] >= begins:
        return _later(now, leg_s) == arrives <= begins
    is_on_the_way = now <= pause[0] and pause[1] <= arrives
    rested_s = (_minute(pause[1]) - _minute(pause[0])) * 60 if is_on_the_way else 0
    return (
        now <= pause[0] < pause[1] <= begins
        and _later(now, leg_s + rested_s) == arrives <= begins
        and (is_on_the_way or arrives <= pause[0])
    )


def _rests(pause, tour):
    """No visit overlaps the pause, which has its length, within its window, or lies at home."""
    if pause is None:
        return tour.pause is None
    if tour.pause is None:
        is_back = _later(tour.ends, pause.minutes * 60) <= pause.until
        return is_back or tour.departs >= _later(pause.since, pause.minutes * 60)
    begins, ends = tour.pause
    return (
        _later(begins, pause.minutes * 60) == ends
        and pause.since <= begins
        and ends <= pause.until
        and tour.departs <= begins
        and ends <= tour.ends
        and all(call.leaves <= begins or ends <= call.begins for call in tour.calls)
    )


def _minutes_at_best(board, rows, pause, opens, closes):
    """The end of an order if the pause begins at whatever minute is best, None if none would do.

    One minute after another: the pause lies where it lies, a visit before or after it.
    """
    length, ends = pause.minutes, []
    for at in range(_minute(pause.since), _minute(pause.until) - length + 1):
        here, clock_ = board.start(0), max(opens, at + length) if at < opens else opens
        for row in [*rows, None]:
            there = board.end(0) if row is None else row
            leg = int(board.seconds[here, there]) // 60
            begins = clock_ + leg + (length if clock_ <= at < clock_ + leg else 0)
            if row is None:
                ends.append(begins)
                break
            errand = board.errands[row]
            minutes = errand.minutes
            stretches = errand.opening_on(MONDAY)
            fits = (
                m
                for m in range(begins, closes - minutes + 1)
                if not (m < at + length and at < m + minutes) and not at <= m < at + length
                if _is_open(stretches, time(*divmod(m, 60)), time(*divmod(m + minutes, 60)))
            )
            begins = next(fits, None)
            if begins is None:
                break
            clock_, here = begins + minutes, row
    return min((end for end in ends if end <= closes), default=None)


@given(st.lists(st.tuples(spots, st.sampled_from([0, 15, 60, 150]), openings), max_size=4), pauses)
@settings(max_examples=20, deadline=None)
def test_no_pause_at_any_other_minute_would_end_a_tour_sooner(stops, pause):
    pause = pause or NOON
    day = Day(MONDAY, Hours(time(8), time(18)), pause)
    asked = wish(
        *(Errand(f"wells:{n}", *one) for n, one in enumerate(stops)),
        days=(day,),
    )
    board = Board(asked, ask_ways(asked, on_a_plain))
    rows = list(range(len(stops)))
    timed = board.time(board.shifts[0], rows)
    best = _minutes_at_best(board, rows, pause, 8 * 60, 18 * 60)
    assert (timed and timed.ends_s // 60) == best


def _is_open(opening, begins, leaves):
    """Two stretches that touch are one: nobody is sent out between them."""
    minutes = {
        m for hours in opening for m in range(_minute(hours.opens), _minute(hours.closes) + 1)
    }
    return set(range(_minute(begins), _minute(leaves) + 1)) <= minutes


def _minute(clock_):
    return clock_.hour * 60 + clock_.minute


def _later(clock_, seconds):
    return (datetime.combine(MONDAY, clock_) + timedelta(seconds=seconds)).time()


@given(
    st.lists(spots, min_size=1, max_size=5),
    st.lists(spots, min_size=1, max_size=2),
    st.integers(1, 3),
    st.booleans(),
)
@settings(max_examples=20, deadline=None)
def test_no_routes_at_all_are_shorter_than_the_bound(stops, starts, most, is_one_way):
    def minutes(a, b):
        uphill = 1.5 if is_one_way and b[1] > a[1] else 1.0
        return (abs(a[0] - b[0]) + abs(a[1] - b[1])) * uphill

    between = np.array([[minutes(a, b) for b in stops] for a in stops])
    out = np.array([min(minutes(start, stop) for start in starts) for stop in stops])
    back = np.array([min(minutes(stop, start) for start in starts) for stop in stops])
    shortest = min(_all_splits(between, out, back, most))
    assert bound_driving(between, out, back, most=most) <= shortest


def _all_splits(between, out, back, most):
    """Yield the length of every way to see all stops in at most so many routes."""
    rows = range(len(out))
    for order in permutations(rows):
        for cuts in range(2 ** (len(order) - 1)):
            if cuts.bit_count() < most:
                length = out[order[0]] + back[order[-1]]
                for at, (a, b) in enumerate(pairwise(order)):
                    is_cut = cuts >> at & 1
                    length += back[a] + out[b] if is_cut else between[a, b]
                yield length


def test_the_bound_of_one_route_is_near_the_shortest_of_all():
    rng = np.random.default_rng(3)
    for _ in range(5):
        stops, office = rng.uniform(0, 100, (7, 2)), np.array([50.0, 50.0])
        between = np.hypot(*(stops[:, None] - stops[None, :]).transpose(2, 0, 1))
        out = np.hypot(*(stops - office).T)
        shortest = min(
            out[order[0]] + sum(between[a, b] for a, b in pairwise(order)) + out[order[-1]]
            for order in permutations(range(7))
        )
        reached = bound_driving(between, out, out, most=1)
        assert 0.97 * shortest <= reached <= shortest


def test_plans_of_seven_stops_are_as_short_as_the_shortest_of_all():
    rng = np.random.default_rng(8)
    places = [tuple(map(float, place)) for place in rng.integers(-40, 40, (7, 2))]
    asked = wish(
        *(Errand(f"wells:{n}", place, 5) for n, place in enumerate(places)),
        days=(Day(MONDAY, Hours(time(0), time(23))),),
    )
    plan = plan_visits(asked, on_a_plain)
    shortest = min(
        sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairwise([OFFICE, *order, OFFICE]))
        for order in permutations(places)
    )
    assert plan.driving_s == shortest * 60
    assert plan.bound_s <= plan.driving_s
