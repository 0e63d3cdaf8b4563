"""A plan is said in both languages: every problem, reason, change and cell has its words."""

import re
from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest

from dashboard.text import all_words, say_error
from dashboard.words.plan import (
    say_cell,
    say_changes,
    say_left_out,
    say_pause,
    say_problem,
    say_quality,
)
from geodata.errors import BrokenMatrix, ImpossibleWish, TravelUnavailable
from layers import planning, travel
from layers.planning import Change, Day, DayTour, LeftOut, Pause, Plan, Problem
from layers.travel import CellProblem

LANGUAGES = ("zh", "en")
DAY = date(2026, 3, 2)


def sources(*names):
    folder = Path(planning.__file__).parent
    return "".join((folder / name).read_text("utf-8") for name in names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_that_is_raised_is_worded(language):
    raised = set(re.findall(r'Problem\(\s*"(\w+)"', sources("wish_checks.py")))
    worded = {
        key.split(".")[2] for key in all_words(language) if key.startswith("planning.problems.")
    }
    assert raised
    assert worded - {"stop"} == raised


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_to_leave_a_stop_out_is_worded(language):
    told = sources("wish_checks.py", "planner.py")
    worded = {key.split(".")[2] for key in all_words(language) if key.startswith("planning.left.")}
    returned = set(re.findall(r'return "(\w+)", ', told))
    assert returned <= worded
    assert {one for one in worded if f'"{one}"' not in told} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_of_a_table_is_worded(language):
    told = Path(travel.__file__).read_text("utf-8")
    worded = [key.split(".")[2] for key in all_words(language) if key.startswith("planning.cells.")]
    assert [one for one in worded if f'"{one}"' not in told] == []
    assert set(re.findall(r'CellProblem\("(\w+)"', told)) <= set(worded)
    for code in worded:
        assert "{" not in say_cell(CellProblem(code, "a", "b", "-1"), language)


def test_a_stop_is_said_by_its_name_and_an_hour_as_people_write_it():
    problem = Problem(
        "opening_reversed", (("ref", "wells:1"), ("opens", time(9, 30)), ("closes", time(9)))
    )
    assert (
        say_problem(problem, "zh", {"wells:1": "一号站"}) == "一号站 的开放时间 09:30—09:00 不成立"
    )
    past = Problem(
        "deadline_passed", (("ref", "wells:1"), ("deadline", DAY), ("first_day", DAY)), stops=False
    )
    assert say_problem(past, "en").startswith("wells:1: its deadline 2026-03-02")


def test_a_stop_that_is_left_out_says_why_and_what_would_do():
    facts = (("needed_minutes", 50), ("left_minutes", 10), ("team", "A"), ("on", DAY))
    changes = (Change("hour", (("A", DAY),), 2.0), Change("team", (("+1", DAY),), 18.0))
    left = LeftOut("wells:1", "no_time", facts, changes)
    assert "还需 50 分钟，最多剩 10 分钟" in say_left_out(left, "zh")
    assert say_changes(left, "zh") == (
        "A组 2026-03-02 多工作一小时（2 人时）",
        "增加一组：新增组 2026-03-02（18 人时）",
    )
    assert "hour more for team A" in say_changes(left, "en")[0]
    assert say_changes(LeftOut("x", "no_place", changes=()), "en") == (
        all_words("en")["planning.no_change"],
    )
    assert say_changes(LeftOut("x", "no_time"), "zh") == (all_words("zh")["planning.not_tried"],)


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_good_a_plan_is_stands_with_where_its_times_come_from(language):
    assert say_quality(Plan(source="straight_line"), language) == (
        all_words(language)["planning.estimate"],
    )
    said = say_quality(Plan(is_estimate=False, source="osrm", ended_by="clock"), language)
    assert "OSRM" in said[0]
    assert len(said) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_refusals_say_what_to_do(language):
    for error in (
        ImpossibleWish(count=2, problems=()),
        TravelUnavailable(address="http://10.0.0.5:5000", reason="too_slow", told="20"),
        BrokenMatrix(file="ways.csv", count=3, problems=()),
    ):
        said = say_error(error, language)
        assert "—" not in said
        assert "too_slow" not in said


def test_a_pause_is_said_by_its_hours_or_as_one_at_home():
    tour = DayTour("A", DAY, (0.0, 0.0), None, time(9), time(17), (), None, None)
    noon = Day(DAY, pause=Pause())
    assert say_pause(tour, Day(DAY), "zh") == ""
    assert say_pause(tour, noon, "en") == "Rests before setting out or after coming back"
    out = replace(tour, pause=(time(12, 20), time(13, 20)))
    assert say_pause(out, noon, "zh") == "午休 12:20—13:20"
