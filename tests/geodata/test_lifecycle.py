"""Stages, moves and clocks: the rule set read as data, dates worked by hand, histories replayed."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import Case, CaseEvent, Title, advance, clocks, load_rule_set, stage_of
from geodata.errors import IllegalTransition, UnknownRuleSet, UnknownStage
from geodata.lifecycle import add_months, end_of_period

RULES = load_rule_set()
RECORDED = datetime(2025, 12, 17, tzinfo=UTC)


def event(kind, day, **facts):
    return CaseEvent(kind, date.fromisoformat(day), RECORDED, "tester", **facts)


def a_case(*events, kind="admin_pil"):
    return Case(
        id="T-1",
        title=Title("测试案", "A test case"),
        jurisdiction="LZ-CG",
        kind=kind,
        field="work_safety",
        rule_set="cn-2021",
        events=events,
    )


def clock(case, deadline, as_of):
    found = clocks(case, RULES, date.fromisoformat(as_of))
    return next(one for one in found if one.deadline == deadline)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2024-12-31", 2, "2025-02-28"),
        ("2023-12-31", 2, "2024-02-29"),
        ("2025-01-31", 1, "2025-02-28"),
        ("2025-06-30", 2, "2025-08-30"),
        ("2025-11-15", 3, "2026-02-15"),
    ],
)
def test_months_run_to_the_corresponding_day_or_the_last_of_a_shorter_month(start, months, end):
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(end)


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        ("2025-03-03", {"days": 15}, "2025-03-18"),  # Tuesday; the first day is not counted
        ("2025-09-20", {"days": 15}, "2025-10-09"),  # 5 October lies in the national holiday
        ("2025-11-29", {"months": 2}, "2026-01-29"),
        ("2025-12-17", {"months": 2}, "2026-02-24"),  # 17 February 2026 is Spring Festival
        ("2025-03-04", {"days": 4}, "2025-03-10"),  # Saturday rolls to Monday
        ("2025-09-25", {"days": 3}, "2025-09-28"),  # a Sunday worked in exchange is a work day
    ],
)
def test_a_period_ends_on_the_day_worked_out_by_hand(start, length, end):
    assert end_of_period(date.fromisoformat(start), **length) == (date.fromisoformat(end), True)


def test_a_year_without_a_known_holiday_arrangement_says_so_and_does_not_roll():
    assert end_of_period(date(2060, 1, 1), days=15) == (date(2060, 1, 16), False)


def test_the_reply_clock_starts_at_receipt_and_not_at_service():
    case = a_case(
        event("recommendation_served", "2025-06-02"),
        event("recommendation_received", "2025-06-04"),
    )
    reply = clock(case, "agency_reply_normal", "2025-06-10")
    assert (reply.started_on, reply.due_on) == (date(2025, 6, 4), date(2025, 8, 4))
    assert reply.actor == "agency"


def test_an_urgent_recommendation_is_answered_within_fifteen_days():
    case = a_case(event("recommendation_received", "2025-06-04", ground="urgent"))
    found = {one.deadline: one.due_on for one in clocks(case, RULES, date(2025, 6, 5))}
    assert found["agency_reply_urgent"] == date(2025, 6, 19)
    assert "agency_reply_normal" not in found


def test_the_last_day_itself_is_still_in_time():
    case = a_case(event("recommendation_received", "2025-06-04"))
    reply = clock(case, "agency_reply_normal", "2025-08-04")
    assert not reply.is_overdue(date(2025, 8, 4))
    assert reply.is_overdue(date(2025, 8, 5))
    assert reply.days_left(date(2025, 8, 1)) == 3


def test_a_reply_stops_the_reply_clock_but_not_the_rectification_period():
    case = a_case(
        event("recommendation_received", "2025-06-04"), event("agency_replied", "2025-07-01")
    )
    assert clock(case, "agency_reply_normal", "2025-12-17").done_on == date(2025, 7, 1)
    assert clock(case, "rectification_end", "2025-12-17").is_overdue(date(2025, 12, 17))


def test_the_rectification_period_ends_on_the_day_written_in_the_document():
    case = a_case(event("recommendation_received", "2025-06-04", due_on=date(2025, 12, 30)))
    assert clock(case, "rectification_end", "2025-12-17").due_on == date(2025, 12, 30)


def test_suspension_stops_the_clock_and_its_days_are_added_after_resumption():
    suspended = a_case(
        event("review_for_suit", "2025-03-03"), event("review_suspended", "2025-03-10")
    )
    assert clock(suspended, "suit_review_admin", "2025-06-30").is_paused
    assert not clock(suspended, "suit_review_admin", "2025-06-30").is_overdue(date(2025, 6, 30))
    resumed = replace(suspended, events=(*suspended.events, event("review_resumed", "2025-03-20")))
    assert clock(resumed, "suit_review_admin", "2025-03-21").due_on == date(2025, 4, 13)


def test_no_clock_runs_for_lead_evaluation_or_investigation():
    case = a_case(
        event("lead_registered", "2020-01-02"),
        event("lead_evaluation", "2020-01-03"),
        event("filing_approval", "2020-02-03"),
        event("case_filed", "2020-03-02"),
        event("filing_decision_served", "2020-03-04"),
        event("investigation", "2020-03-05"),
    )
    running = [one for one in clocks(case, RULES, date(2025, 12, 17)) if one.done_on is None]
    assert running == []


def test_a_closed_case_has_no_statutory_clock_left_running():
    case = a_case(
        event("recommendation_received", "2025-06-04"),
        event("terminated_after_rectification", "2025-07-04"),
    )
    assert all(one.done_on for one in clocks(case, RULES, date(2026, 1, 1)))


def test_an_unlawful_move_names_the_lawful_ones():
    case = a_case(event("lead_registered", "2025-01-02"))
    with pytest.raises(IllegalTransition) as raised:
        advance(case, event("suit_filed", "2025-02-02"), RULES)
    assert "lead_evaluation" in str(raised.value.facts["allowed"])


def test_an_event_that_no_rule_knows_is_refused():
    with pytest.raises(UnknownStage):
        advance(a_case(), event("celebrated", "2025-01-01"), RULES)


def test_an_unknown_rule_set_names_the_known_ones():
    with pytest.raises(UnknownRuleSet, match="cn-2021"):
        load_rule_set("cn-1950")


def test_the_past_is_seen_as_it_was():
    case = a_case(event("lead_registered", "2025-01-02"), event("lead_evaluation", "2025-02-03"))
    assert stage_of(case, RULES, date(2025, 1, 1)) is None
    assert stage_of(case, RULES, date(2025, 1, 31)).id == "lead_registered"


def test_every_move_of_the_rule_set_leads_to_a_stage_that_exists_in_a_group_that_exists():
    for stage in RULES.stages.values():
        assert set(stage.next) | set(stage.civil_next) <= set(RULES.stages)
        assert stage.group in RULES.groups
        assert stage.certainty in {"confirmed", "derived", "proposal", "memory"}


def test_every_deadline_is_started_and_stopped_by_events_that_exist():
    events = {*RULES.stages, *RULES.facts}
    for deadline in RULES.deadlines:
        assert {deadline.starts, *deadline.stops, *deadline.paused_by} <= events
        assert deadline.actor in RULES.codes["actors"]
        assert set(deadline.kinds) <= set(RULES.codes["case_kinds"])


@given(st.data())
def test_a_random_walk_of_offered_moves_is_always_lawful_and_every_clock_has_an_end(data):
    kind = data.draw(st.sampled_from(["admin_pil", "civil_pil"]))
    case, day = a_case(event("lead_registered", "2024-01-02"), kind=kind), date(2024, 1, 2)
    for _ in range(data.draw(st.integers(0, 14))):
        stage = stage_of(case, RULES, day)
        moves = stage.allowed_next(kind)
        if not moves:
            assert stage.is_terminal
            break
        day = date.fromordinal(day.toordinal() + data.draw(st.integers(0, 90)))
        case = advance(case, event(data.draw(st.sampled_from(moves)), day.isoformat()), RULES)
    for one in clocks(case, RULES, day):
        assert one.started_on <= one.due_on
        assert one.done_on is None or one.done_on >= one.started_on
