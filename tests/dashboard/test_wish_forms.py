"""A wish of visits as the tables of a form, and back."""

from datetime import UTC, date, datetime, time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.desks.wish_forms import (
    BadCell,
    days_from,
    fit_to_stops,
    split_names,
    stops_from,
    stops_table,
    teams_from,
    teams_table,
)
from dashboard.panels.visits.plan import find_moved
from layers.planning import Errand, Hours, Lock, Team, Wish

START = (103.83, 36.06)
DAY = date(2026, 3, 5)


def records(table):
    return table.to_dict("records")


def test_teams_come_back_from_their_form_as_they_were():
    teams = (
        Team("一", START, members=3, names=("王某", "李某"), returns=False),
        Team("二", START, end=(103.9, 36.1), days_off=frozenset({DAY})),
    )
    assert teams_from(records(teams_table(teams)), START) == (teams, ())


def test_stops_come_back_from_their_form_as_they_were():
    errands = (
        Errand("a:1", START, 25),
        Errand("a:2", None, 40, (Hours(time(9), time(11)),), deadline=DAY, priority=2),
        Errand("b:3", START, together="甲村", is_first=True),
    )
    table = stops_table(errands, {"a:1": "某站"}, {"a:1": "充电设施"})
    assert list(table["name"]) == ["某站", "a:2", "b:3"]
    assert stops_from(records(table), errands) == (errands, ())


def test_a_row_added_by_hand_is_a_team_and_an_empty_one_is_none():
    nan = float("nan")
    rows = [
        {"team": "甲", "names": "王某，李某；张某", "start": "103.7 36.1", "returns": None},
        {"team": None, "members": nan, "names": None, "start": None, "returns": True},
        {"team": None, "members": 2.0, "start": ""},
    ]
    teams, bad = teams_from(rows, START)
    assert bad == ()
    assert teams[0] == Team("甲", (103.7, 36.1), members=3, names=("王某", "李某", "张某"))
    assert [one.id for one in teams] == ["甲", "3"]
    assert teams[1].start == START


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("start", "somewhere"),
        ("start", "36.1"),
        ("start", "103.7,96"),
        ("end", "103.7,36.1,1500"),
        ("members", "two"),
        ("days_off", "Friday"),
    ],
)
def test_a_cell_that_means_nothing_is_named_with_its_row_and_column(column, value):
    _, bad = teams_from([{"team": "甲", "members": 2, column: value}], START)
    assert [(one.table, one.row, one.column) for one in bad] == [("teams", "甲", column)]


def test_every_bad_cell_of_a_stop_is_named_and_the_rest_is_taken():
    errand = Errand("a:1", START, 25)
    (cells,) = records(stops_table([errand], {"a:1": "某站"}, {}))
    cells |= {"minutes": "long", "opens": "late", "deadline": "Friday", "priority": 3}
    (read,), bad = stops_from([cells], [errand])
    assert bad == (
        BadCell("stops", "某站", "opens", "late"),
        BadCell("stops", "某站", "minutes", "long"),
        BadCell("stops", "某站", "deadline", "Friday"),
    )
    assert (read.minutes, read.priority) == (25, 3)


def test_a_day_may_come_as_a_timestamp_and_an_hour_alone_has_the_other_end_open():
    errand = Errand("a:1", START, 25)
    (cells,) = records(stops_table([errand], {}, {}))
    cells |= {"deadline": pd.Timestamp(2026, 3, 5), "closes": time(11, 30)}
    (read,), bad = stops_from([cells], [errand])
    assert (read.deadline, bad) == (DAY, ())
    assert read.opening == (Hours(time.min, time(11, 30)),)
    cells["deadline"] = datetime(2026, 3, 5, 8, tzinfo=UTC)
    assert stops_from([cells], [errand])[0][0].deadline == DAY


def test_a_shortlist_that_changed_keeps_what_was_wished_of_the_stops_that_stay():
    wish = Wish(
        (Team("一", START),),
        days_from(DAY, 1, Hours(time(9), time(17)), weekends=False),
        (Errand("a:1", START, 99, priority=3), Errand("a:2", START)),
        (Lock("a:1", "一"), Lock("a:2", "一")),
    )
    fitted = fit_to_stops(wish, (Errand("a:1", (104.0, 36.0)), Errand("a:3", START)))
    assert [(one.ref, one.minutes, one.priority) for one in fitted.errands] == [
        ("a:1", 99, 3),
        ("a:3", 30, 1),
    ]
    assert fitted.errand("a:1").place == (104.0, 36.0)
    assert fitted.locks == (Lock("a:1", "一"),)


def test_days_pass_over_the_weekend_unless_it_is_wished():
    hours = Hours(time(9), time(17))
    friday = date(2026, 3, 6)
    assert [one.on.day for one in days_from(friday, 3, hours, weekends=False)] == [6, 9, 10]
    assert [one.on.day for one in days_from(friday, 3, hours, weekends=True)] == [6, 7, 8]


def test_names_are_set_apart_by_whatever_people_type():
    assert split_names(" 王某、李某，张某;赵某/钱某 ") == ["王某", "李某", "张某", "赵某", "钱某"]
    assert split_names("") == []


columns = st.lists(st.integers(0, 30), unique=True, min_size=2, max_size=8)


@given(columns, st.integers(0, 3), st.data())
def test_the_stop_that_was_dragged_is_found_wherever_it_was_dropped(items, cut, data):
    names = [str(one) for one in items]
    cut = min(cut, len(names))
    before = [names[:cut], names[cut:]]
    item = data.draw(st.sampled_from(names))
    after = [[one for one in some if one != item] for some in before]
    column = data.draw(st.integers(0, 1))
    at = data.draw(st.integers(0, len(after[column])))
    after[column].insert(at, item)
    found = find_moved(before, after)
    if after == before:
        assert found is None
        return
    moved, to_column, position = found
    assert after[to_column][position - 1] == moved
    rest = [[one for one in some if one != moved] for some in after]
    assert rest == [[one for one in some if one != moved] for some in before]
