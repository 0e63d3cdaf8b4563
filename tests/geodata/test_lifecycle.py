"""The course of a case: only lawful moves, late entry, corrections, transfers, random lives."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import advance, clocks, hazards_of, known_on, offered_moves, stage_of
from geodata.errors import (
    DateBeforeCause,
    DateInFuture,
    DueBeforeEntry,
    IllegalTransition,
    MissingFacts,
    UnknownGround,
    UnknownStage,
    WrongCaseKind,
)
from geodata.lifecycle import check_history, hand_over, in_effect, way_to
from geodata.model import HazardRef
from tests.geodata.histories import KINDS, RULES, a_case, event, filled, rough_histories, walks

AFTERLIFE = {"look_back", "look_back_passed"}
SERVED = (
    event("lead_registered", "2025-01-02"),
    event("lead_evaluation", "2025-01-06"),
    event("filing_approval", "2025-01-10", document="立案审批表"),
    event("case_filed", "2025-01-13", document="立案决定书"),
    event("investigation", "2025-01-14"),
    event("investigation_concluded", "2025-03-03", document="调查终结报告"),
    event("recommendation_decided", "2025-03-05", document="检察建议书"),
    event("recommendation_served", "2025-03-06", document="送达回证"),
    event("recommendation_received", "2025-03-06"),
)


def walked(*events, **facts):
    case = a_case(**facts)
    for one in events:
        case = advance(case, one, RULES)
    return case


def kinds_of(moves):
    return {move.kind for move in moves}


# ----------------------------------------------------------------- lawful moves


def test_an_unlawful_move_names_the_lawful_ones_and_the_article():
    case = walked(*SERVED[:1])
    with pytest.raises(IllegalTransition) as raised:
        advance(case, event("suit_filed", "2025-02-02", claims="perform_duty", document="x"), RULES)
    assert "lead_evaluation" in raised.value.facts["allowed"]
    assert raised.value.facts["basis"] == "R24-R26"


def test_an_entry_that_no_rule_knows_names_the_known_ones():
    with pytest.raises(UnknownStage, match="lead_registered"):
        advance(a_case(), event("celebrated", "2025-01-01"), RULES)


def test_a_record_begins_with_a_lead():
    assert kinds_of(m for m in offered_moves(a_case(), RULES, date(2025, 1, 1)) if m.leads_on) == {
        "lead_registered"
    }


def test_what_comes_from_elsewhere_is_offered_before_the_record_begins_and_not_after():
    ways_in = {"lead_received_from", "case_received", "handed_back"}
    assert ways_in <= kinds_of(offered_moves(a_case(), RULES, date(2025, 1, 1)))
    begun = offered_moves(walked(*SERVED), RULES, date(2025, 4, 1))
    assert ways_in.isdisjoint(kinds_of(begun))


@pytest.mark.parametrize("case_kind", ["civil_pil", "support_prosecution"])
def test_only_an_administrative_case_urges_an_agency(case_kind):
    case = walked(*SERVED[:6], kind=case_kind)
    with pytest.raises(WrongCaseKind):
        advance(case, SERVED[6], RULES)


@pytest.mark.parametrize(
    ("case_kind", "suit"),
    [
        ("admin_pil", {"suit_filed"}),
        ("civil_pil", {"suit_filed", "support_prosecution"}),
        ("criminal_incidental_civil_pil", {"criminal_incidental_filed"}),
        ("support_prosecution", {"support_prosecution"}),
    ],
)
def test_each_kind_of_case_reaches_court_in_its_own_way(case_kind, suit):
    case = replace(a_case(event("review_for_suit", "2025-05-06")), kind=case_kind)
    offered = kinds_of(offered_moves(case, RULES, date(2025, 6, 1)))
    courts = {"suit_filed", "criminal_incidental_filed", "support_prosecution"}
    assert offered & courts == suit


def test_a_termination_without_a_ground_names_what_is_missing_and_the_article():
    with pytest.raises(MissingFacts) as raised:
        advance(
            walked(*SERVED),
            event("terminated_after_rectification", "2025-06-02", document="终结案件决定书"),
            RULES,
        )
    assert raised.value.facts["missing"] == "ground"
    assert raised.value.facts["basis"] == "R80, R74"


def test_a_ground_that_the_article_does_not_have_lists_those_it_has():
    entry = event(
        "terminated_after_rectification", "2025-06-02", document="x", ground="kin_disagree"
    )
    with pytest.raises(UnknownGround, match="fully_rectified"):
        advance(walked(*SERVED), entry, RULES)


def test_a_reply_before_receipt_is_refused_with_the_day_of_receipt():
    with pytest.raises(DateBeforeCause) as raised:
        advance(walked(*SERVED), event("agency_replied", "2025-03-05"), RULES)
    assert raised.value.facts["cause"] == "recommendation_received"
    assert raised.value.facts["cause_on"] == date(2025, 3, 6)
    assert raised.value.facts["basis"] == "I21"


def test_nothing_can_be_dated_after_the_day_it_is_entered():
    with pytest.raises(DateInFuture):
        advance(a_case(), event("lead_registered", "2025-01-03", recorded="2025-01-02"), RULES)


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("recommendation_received", {}),
        ("look_back_planned", {}),
        ("review_noted", {"merits": "全面", "problems": "无"}),
    ],
)
def test_a_last_day_before_the_entry_that_sets_it_is_refused(kind, facts):
    case = a_case(*SERVED)
    on = max(one.occurred_on for one in case.events) + timedelta(days=1)
    wrong = event(kind, on.isoformat(), due_on=on - timedelta(days=1), **facts)
    with pytest.raises(DueBeforeEntry) as refused:
        advance(case, wrong, RULES)
    assert refused.value.facts["basis"] == RULES.kind(kind).basis
    advance(case, replace(wrong, due_on=on), RULES)


def test_the_day_of_entry_is_the_offices_own_calendar_day():
    late_evening = datetime(2025, 1, 2, 17, tzinfo=UTC)  # one in the morning of the 3rd in China
    entry = replace(event("lead_registered", "2025-01-03"), recorded_at=late_evening)
    assert advance(a_case(), entry, RULES).events == (entry,)


def test_an_activity_moves_no_stage_and_may_come_many_times():
    case = walked(*SERVED, event("consultation", "2025-02-03"), event("consultation", "2025-02-10"))
    assert stage_of(case, RULES, date(2025, 12, 1)).id == "recommendation_served"


# --------------------------------------------------- late entry and corrections


def test_a_step_entered_late_takes_its_place_in_the_history():
    case = walked(*SERVED[:2], *SERVED[2:4])
    late = advance(case, event("preliminary_inquiry", "2025-01-08", recorded="2025-12-01"), RULES)
    order = [one.kind for _, one in in_effect(late.events)]
    assert order.index("preliminary_inquiry") == order.index("filing_approval") - 1
    assert late.events[-1].kind == "preliminary_inquiry"


def test_a_late_step_that_what_followed_does_not_allow_is_refused():
    with pytest.raises(IllegalTransition) as raised:
        advance(walked(*SERVED[:4]), event("lead_diverted", "2025-01-08", recipient="公安"), RULES)
    assert raised.value.facts["to"] == "filing_approval"


def test_a_late_entry_recomputes_what_follows_from_it():
    case = walked(
        *(replace(one, recorded_at=datetime(2025, 3, 6, 8, tzinfo=UTC)) for one in SERVED)
    )
    late = advance(case, event("agency_replied", "2025-04-30", recorded="2025-06-02"), RULES)
    then = {one.deadline: one for one in clocks(late, RULES, date(2025, 6, 3))}
    assert then["agency_reply_normal"].done_on == date(2025, 4, 30)
    before = {
        one.deadline: one
        for one in clocks(late, RULES, date(2025, 6, 1), datetime(2025, 6, 1, tzinfo=UTC))
    }
    assert before["agency_reply_normal"].is_overdue(date(2025, 6, 1))


def test_a_correction_takes_the_place_of_what_it_corrects_and_keeps_it_readable():
    case = walked(*SERVED)
    mended = advance(case, event("recommendation_received", "2025-03-10", corrects=8), RULES)
    assert len(mended.events) == len(case.events) + 1
    assert dict(in_effect(mended.events))[8].occurred_on == date(2025, 3, 10)
    (reply,) = [
        one
        for one in clocks(mended, RULES, date(2025, 4, 1))
        if one.deadline[:12] == "agency_reply"
    ]
    assert reply.due_on == date(2025, 5, 12)  # 10 May 2025 is a Saturday


def test_what_was_not_yet_corrected_is_seen_uncorrected():
    mended = advance(
        walked(*(replace(one, recorded_at=datetime(2025, 3, 6, 8, tzinfo=UTC)) for one in SERVED)),
        event("recommendation_received", "2025-03-10", corrects=8, recorded="2025-06-02"),
        RULES,
    )
    then = known_on(mended, date(2025, 12, 1), datetime(2025, 5, 1, tzinfo=UTC))
    assert then.events[-1].occurred_on == date(2025, 3, 6)


def test_a_correction_of_a_correction_speaks_of_the_same_entry():
    case = walked(*SERVED, event("recommendation_received", "2025-03-10", corrects=8))
    twice = advance(case, event("recommendation_received", "2025-03-11", corrects=9), RULES)
    received = [e for _, e in in_effect(twice.events) if e.kind == "recommendation_received"]
    assert [one.occurred_on for one in received] == [date(2025, 3, 11)]


def test_an_entry_taken_back_counts_no_more_and_what_needs_it_stands_in_the_way():
    case = walked(*SERVED, event("agency_replied", "2025-04-01"))
    gone = advance(case, event("withdrawn", "2025-04-02", corrects=9, note="录错"), RULES)
    assert "agency_replied" not in {one.kind for _, one in in_effect(gone.events)}
    with pytest.raises(DateBeforeCause):
        advance(case, event("withdrawn", "2025-04-02", corrects=8, note="录错"), RULES)


def test_steps_that_were_never_recorded_are_said_and_bridged():
    case = walked(
        SERVED[0],
        event("steps_not_recorded", "2025-03-01", note="立案前各环节未录入"),
        event("recommendation_served", "2025-03-06", document="送达回证"),
    )
    assert stage_of(case, RULES, date(2025, 4, 1)).id == "recommendation_served"
    with pytest.raises(IllegalTransition):  # the gap was bridged once
        advance(case, event("first_instance_trial", "2025-04-01"), RULES)


def test_hazards_are_linked_and_unlinked_by_entries():
    one, two = HazardRef("charging_stations", "1"), HazardRef("charging_stations", "2")
    case = walked(SERVED[0], hazards=(one,))
    case = advance(case, event("hazard_linked", "2025-01-03", hazard=two), RULES)
    assert hazards_of(case) == (one, two)
    gone = advance(case, event("hazard_unlinked", "2025-01-04", hazard=one, note="重复"), RULES)
    assert hazards_of(gone) == (two,)


# -------------------------------------------------------------- between offices


def test_the_hazards_of_a_day_are_those_linked_by_then_and_known_by_then():
    old, new = HazardRef("river_segments", "1"), HazardRef("river_segments", "2")
    linked = event("hazard_linked", "2025-02-01", hazard=str(new))
    dropped = event("hazard_unlinked", "2025-03-01", hazard=str(old), note="登记有误")
    case = a_case(*SERVED, linked, dropped, hazards=(old,))
    assert hazards_of(case, date(2025, 1, 31)) == (old,)
    assert hazards_of(case, date(2025, 2, 1)) == (old, new)
    assert hazards_of(case) == (new,)
    assert hazards_of(case, known_at=linked.recorded_at - timedelta(days=1)) == (old,)


def test_a_lead_handed_over_is_closed_here_and_begins_there():
    case = walked(*SERVED[:2])
    leaving = event("lead_referred", "2025-01-20", office="LZ-YD", document="移送案件线索通知书")
    sender, receiver = hand_over(case, leaving, RULES, "LZ-YD-2025-009")
    assert stage_of(sender, RULES, date(2025, 2, 1)).id == "lead_referred"
    assert sender.events[-1].detail("case") == "LZ-YD-2025-009"
    assert (receiver.jurisdiction, receiver.came_from) == ("LZ-YD", "T-1")
    assert [one.kind for one in receiver.events] == ["lead_received_from", "lead_registered"]
    assert receiver.lead_source == "cross_region_transfer"
    assert check_history(receiver, RULES) == ()


def test_a_case_handed_over_is_reviewed_there_within_its_own_month_from_receipt():
    case = walked(*SERVED, event("review_for_suit", "2025-05-12"))
    leaving = event("case_transferred", "2025-05-20", office="LZ-CG", document="移送清单")
    _, receiver = hand_over(case, leaving, RULES, "N-1")
    (clock,) = clocks(receiver, RULES, date(2025, 5, 21))
    assert (clock.deadline, clock.due_on) == ("transferred_case_review", date(2025, 6, 20))


def test_a_case_can_be_handed_back_again():
    sender, receiver = hand_over(
        walked(*SERVED[:2]),
        event("lead_referred", "2025-01-20", office="LZ-YD", document="x"),
        RULES,
        "A-2",
    )
    evaluated = advance(receiver, event("lead_evaluation", "2025-01-22"), RULES)
    back = event("lead_referred", "2025-02-05", office=sender.jurisdiction, document="x")
    _, again = hand_over(evaluated, back, RULES, "A-3")
    assert (again.jurisdiction, again.came_from) == ("LZ-CG", "A-2")


# ------------------------------------------------------------------ whole lives


@given(walks())
def test_a_random_life_is_lawful_and_replaying_it_gives_the_same_case(case):
    assert check_history(case, RULES) == ()
    again = replace(case, events=())
    for one in case.events:
        again = advance(again, one, RULES)
    assert again == case


@given(walks())
def test_no_case_leaves_its_end_but_to_be_looked_back_at(case):
    reached = [one.kind for _, one in in_effect(case.events) if one.kind in RULES.stages]
    for before, after in itertools.pairwise(reached):
        if RULES.stages[before].is_terminal:
            assert after in AFTERLIFE


@given(walks(), st.dates(date(2019, 1, 1), date(2027, 1, 1)))
def test_every_clock_ends_and_lies_in_the_right_order(case, as_of):
    for clock in clocks(case, RULES, as_of):
        assert clock.started_on <= min(clock.due_on, as_of)
        assert clock.done_on is None or clock.started_on <= clock.done_on <= as_of
        assert RULES.deadline(clock.deadline).basis == clock.basis


@given(walks(), st.integers(0, 400))
def test_what_had_happened_by_a_day_does_not_depend_on_what_came_after(case, days):
    as_of = case.events[0].occurred_on + timedelta(days=days)
    cut = replace(case, events=known_on(case, as_of).events)
    assert stage_of(case, RULES, as_of) == stage_of(cut, RULES, as_of)
    assert clocks(case, RULES, as_of) == clocks(cut, RULES, as_of)


@given(rough_histories(), st.integers(0, 400))
def test_what_was_known_on_a_day_is_the_same_when_asked_again(case, days):
    as_of = case.events[0].occurred_on + timedelta(days=days)
    then = known_on(case, as_of)
    assert known_on(then, as_of) == then
    assert hazards_of(then) == hazards_of(case, as_of)
    assert clocks(then, RULES, as_of) == clocks(case, RULES, as_of)


@given(walks(), st.data())
def test_everything_offered_is_taken_when_what_it_asks_for_is_given(case, data):
    day = max(one.occurred_on for one in case.events)
    move = data.draw(st.sampled_from(offered_moves(case, RULES, day)))
    advance(case, filled(move.fact, day, case), RULES)


@given(walks(), st.data())
def test_no_stage_that_is_not_offered_is_taken(case, data):
    day = max(one.occurred_on for one in case.events)
    offered = kinds_of(offered_moves(case, RULES, day))
    others = sorted(set(RULES.stages) - offered)
    stage = RULES.stages[data.draw(st.sampled_from(others))]
    with pytest.raises((IllegalTransition, WrongCaseKind)):
        advance(case, filled(stage, day, case), RULES)


@given(rough_histories())
def test_any_history_can_be_read_whatever_its_faults(case):
    for as_of in (date(2020, 1, 1), date(2026, 6, 30)):
        clocks(case, RULES, as_of)
        stage_of(case, RULES, as_of)


@pytest.mark.parametrize("case_kind", KINDS)
def test_every_stage_of_a_kind_can_be_reached(case_kind):
    todo, reached = ["lead_registered"], {"lead_registered"}
    while todo:
        stage = RULES.stage(todo.pop())
        fresh = {
            one
            for one in stage.allowed_next(case_kind)
            if RULES.stages[one].fits(case_kind) and one not in reached
        }
        reached |= fresh
        todo += fresh
    dead_ends = [
        one for one in reached if not RULES.stages[one].allowed_next(case_kind)
        and not RULES.stages[one].is_terminal
    ]  # fmt: skip
    assert dead_ends == []
    assert reached & {"closed_by_judgment", "support_withdrawn"}


# ----------------------------------------------------------- what a look-back finds

CLOSED = [one.id for one in RULES.stages.values() if "look_back" in one.next]
VISITED = date(2025, 9, 1)


def enter(case, kinds, on=VISITED):
    for kind in kinds:
        case = advance(case, filled(RULES.kind(kind), on, case), RULES)
    return case


@pytest.mark.parametrize("stage", CLOSED)
def test_a_relapse_after_the_closing_is_the_outcome_of_a_look_back(stage):
    case = a_case(event(stage, "2025-03-03"), kind=(RULES.stages[stage].kinds or KINDS)[0])
    with pytest.raises(DateBeforeCause):
        enter(case, ["relapse_found"])
    way = way_to(case, "relapse_found", RULES, VISITED)
    assert way == ("look_back", "relapse_found")
    entered = enter(case, way)
    assert stage_of(entered, RULES, VISITED).id == "look_back"
    assert way_to(entered, "relapse_found", RULES, VISITED) == ("relapse_found",)


def test_what_was_verified_can_relapse_before_the_case_is_closed():
    verified = walked(*SERVED, event("rectification_verified", "2025-06-03", document="x"))
    assert way_to(verified, "relapse_found", RULES, VISITED) == ("relapse_found",)


def test_a_hazard_that_nobody_verified_cannot_relapse_while_the_case_runs():
    gap = event("steps_not_recorded", "2025-06-03", note="案卷未录")
    for case in (walked(*SERVED), walked(*SERVED, gap), a_case()):
        assert way_to(case, "relapse_found", RULES, VISITED) == ()


def test_a_closed_case_is_not_taken_up_again():
    case = enter(a_case(event(CLOSED[0], "2025-03-03")), ["look_back", "relapse_found"])
    assert kinds_of(m for m in offered_moves(case, RULES, VISITED) if m.leads_on) == {
        "look_back_passed"
    }
    assert way_to(case, "review_resumed", RULES, VISITED) == ()


@given(walks())
def test_a_way_is_lawful_and_where_there_is_none_the_entry_is_not(case):
    on = max(one.occurred_on for one in case.events)
    way = way_to(case, "relapse_found", RULES, on)
    if way:
        enter(case, way, on)
    else:
        with pytest.raises((DateBeforeCause, WrongCaseKind)):
            enter(case, ["relapse_found"], on)
