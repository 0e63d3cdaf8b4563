"""Periods and clocks: dates worked out by hand, and what starts, stops, pauses and moves them."""

from contextlib import nullcontext
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from geodata import clocks
from geodata.clocks import add_months, check_extension, end_of_period
from geodata.errors import ExtensionTooLong
from tests.geodata.histories import RULES, a_case, event

RECEIVED = event("recommendation_received", "2025-06-04")


def clock(case, deadline, as_of):
    found = clocks(case, RULES, date.fromisoformat(as_of))
    return next(one for one in found if one.deadline == deadline)


def names_of(case, as_of):
    return {one.deadline for one in clocks(case, RULES, date.fromisoformat(as_of))}


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2024-12-31", 2, "2025-02-28"),
        ("2023-12-31", 2, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-01-31", 1, "2025-02-28"),
        ("2025-06-30", 2, "2025-08-30"),
        ("2025-08-31", 1, "2025-09-30"),
        ("2025-11-15", 3, "2026-02-15"),
    ],
)
def test_months_run_to_the_corresponding_day_or_the_last_of_a_shorter_month(start, months, end):
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(end)


# Worked by hand with the State Council's arrangements of 2024, 2025 and 2026.
@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        ("2025-03-03", {"days": 15}, "2025-03-18"),  # Tuesday; the first day is not counted
        ("2025-09-20", {"days": 15}, "2025-10-09"),  # 5 October: National Day to the 8th
        ("2025-09-25", {"days": 3}, "2025-09-28"),  # a Sunday worked in exchange
        ("2025-03-04", {"days": 4}, "2025-03-10"),  # Saturday rolls to Monday
        ("2025-11-29", {"months": 2}, "2026-01-29"),
        ("2025-12-17", {"months": 2}, "2026-02-24"),  # Spring Festival 15 to 23 February 2026
        ("2024-12-28", {"months": 1}, "2025-02-05"),  # Spring Festival 28 January to 4 February
        ("2023-12-31", {"months": 2}, "2024-02-29"),  # leap year, a Thursday
        ("2024-12-31", {"months": 2}, "2025-02-28"),  # a Friday
        ("2025-01-31", {"months": 1}, "2025-02-28"),
        ("2025-04-01", {"days": 30}, "2025-05-06"),  # 1 May: Labour Day to the 5th
        ("2025-04-20", {"days": 7}, "2025-04-27"),  # a Sunday worked in exchange
        ("2024-09-11", {"days": 3}, "2024-09-14"),  # a Saturday worked in exchange
        ("2025-03-01", {"months": 3}, "2025-06-03"),  # Sunday, then the Dragon Boat day
        ("2025-05-30", {"days": 5}, "2025-06-04"),
        ("2025-03-03", {"days": 15, "paused_days": 10}, "2025-03-28"),
        ("2025-03-03", {"months": 1, "paused_days": 2}, "2025-04-07"),  # 5 April: Qingming
    ],
)
def test_a_period_ends_on_the_day_worked_out_by_hand(start, length, end):
    assert end_of_period(date.fromisoformat(start), **length) == (date.fromisoformat(end), True)


def test_a_year_without_a_known_holiday_arrangement_says_so_and_does_not_roll():
    assert end_of_period(date(2060, 1, 1), days=15) == (date(2060, 1, 16), False)
    case = a_case(event("case_filed", "2060-01-01", recorded="2061-01-01"))
    assert not clock(case, "serve_filing_decision", "2060-01-02").holidays_known


# Each deadline of the rules once: its start, what stops it, whose move it is, its last day.
@pytest.mark.parametrize(
    ("deadline", "kind", "start", "stop", "actor", "due"),
    [
        ("serve_filing_decision", "admin_pil", ("case_filed", "2025-06-04"),
         "filing_decision_served", "office", "2025-06-11"),
        ("entrusted_inquiry", "admin_pil", ("inquiry_letter_received", "2025-06-04"),
         "inquiry_returned", "entrusted_office", "2025-07-04"),
        ("serve_recommendation", "admin_pil", ("recommendation_decided", "2025-06-04"),
         "recommendation_served", "office", "2025-06-09"),
        ("record_recommendation_up", "admin_pil", ("recommendation_served", "2025-06-04"),
         "recorded_with_superior", "office", "2025-06-09"),
        ("agency_reply_normal", "admin_pil", ("recommendation_received", "2025-06-04"),
         "agency_replied", "agency", "2025-08-04"),
        ("rectification_end", "admin_pil", ("recommendation_received", "2025-06-04"),
         "rectification_verified", "agency", "2025-08-04"),
        ("transferred_case_review", "admin_pil", ("case_received", "2025-06-04"),
         "suit_filed", "office", "2025-07-04"),
        ("transferred_case_review_civil", "civil_pil", ("case_received", "2025-06-04"),
         "suit_filed", "office", "2025-09-04"),
        ("announcement_end", "civil_pil", ("announcement", "2025-06-04"),
         None, "qualified_bodies", "2025-07-04"),
        ("suit_review_kin", "civil_pil", ("review_for_suit", "2025-06-04"),
         "suit_filed", "office", "2025-09-04"),
        ("recusal_decision", "admin_pil", ("recusal_requested", "2025-06-04"),
         "recusal_decided", "office", "2025-06-09"),
        ("recusal_reconsideration_decision", "admin_pil",
         ("recusal_reconsideration", "2025-06-04"),
         "recusal_reconsidered", "office", "2025-06-09"),
        ("record_indictment_up", "admin_pil", ("suit_filed", "2025-06-04"),
         "indictment_recorded_up", "office", "2025-06-09"),
        ("record_incidental_indictment_up", "criminal_incidental_civil_pil",
         ("criminal_incidental_filed", "2025-06-04"),
         "indictment_recorded_up", "office", "2025-06-09"),
        ("court_acceptance", "admin_pil", ("suit_filed", "2025-06-04"),
         "court_accepted", "court", "2025-06-11"),
        ("court_appearance_notice", "admin_pil", ("court_notice_received", "2025-06-04"),
         "appearance_notified", "office", "2025-06-09"),
        ("court_first_instance", "admin_pil", ("first_instance_trial", "2025-06-04"),
         "first_instance_judgment", "court", "2025-12-04"),
        ("withdraw_or_change_claim", "admin_pil", ("claim_change_decided", "2025-06-04"),
         "decision_sent_to_court", "office", "2025-06-09"),
        ("withdrawal_to_court", "admin_pil", ("suit_withdrawn", "2025-06-04"),
         "decision_sent_to_court", "office", "2025-06-09"),
        ("support_withdrawal_to_court", "support_prosecution",
         ("support_withdrawn", "2025-06-04"), "decision_sent_to_court", "office", "2025-06-09"),
        ("report_judgment_up", "admin_pil", ("first_instance_judgment", "2025-06-04"),
         "judgment_reported_up", "office", "2025-06-09"),
        ("appeal_judgment", "admin_pil", ("first_instance_judgment", "2025-06-04"),
         "second_instance", "parties", "2025-06-19"),
        ("report_opponent_appeal_up", "admin_pil", ("opponent_appealed", "2025-06-04"),
         "opponent_appeal_reported_up", "office", "2025-06-09"),
    ],
)  # fmt: skip
def test_a_deadline_runs_from_its_start_to_its_last_day_until_it_is_met(  # noqa: PLR0917
    deadline, kind, start, stop, actor, due
):
    case = a_case(event(*start), kind=kind)
    running = clock(case, deadline, "2025-06-05")
    assert (running.started_on.isoformat(), running.due_on.isoformat()) == (start[1], due)
    assert (running.actor, running.done_on) == (actor, None)
    if stop:
        met = a_case(*case.events, event(stop, "2025-06-06"), kind=kind)
        assert clock(met, deadline, "2025-06-10").done_on == date(2025, 6, 6)


def test_every_deadline_of_the_rules_is_tried_somewhere_here():
    tried = Path(__file__).read_text("utf-8")
    assert [one.id for one in RULES.deadlines if f'"{one.id}"' not in tried] == []


def test_the_reply_clock_starts_at_receipt_and_not_at_service():
    case = a_case(event("recommendation_served", "2025-06-02"), RECEIVED)
    reply = clock(case, "agency_reply_normal", "2025-06-10")
    assert (reply.started_on, reply.due_on) == (date(2025, 6, 4), date(2025, 8, 4))


def test_an_urgent_recommendation_is_answered_and_acted_upon_within_fifteen_days():
    case = a_case(event("recommendation_received", "2025-06-04", ground="urgent"))
    found = {one.deadline: one.due_on for one in clocks(case, RULES, date(2025, 6, 5))}
    assert found == {
        "agency_reply_urgent": date(2025, 6, 19),
        "rectification_end_urgent": date(2025, 6, 19),
    }
    assert clock(case, "suit_review_admin_urgent", "2025-06-20").due_on == date(2025, 7, 21)


def test_the_last_day_itself_is_still_in_time():
    reply = clock(a_case(RECEIVED), "agency_reply_normal", "2025-08-04")
    assert not reply.is_overdue(date(2025, 8, 4))
    assert reply.is_overdue(date(2025, 8, 5))
    assert reply.days_left(date(2025, 8, 1)) == 3


def test_a_reply_stops_the_reply_clock_but_not_the_rectification_period():
    case = a_case(RECEIVED, event("agency_replied", "2025-07-01"))
    assert clock(case, "agency_reply_normal", "2025-12-17").done_on == date(2025, 7, 1)
    assert clock(case, "rectification_end", "2025-12-17").is_overdue(date(2025, 12, 17))


def test_the_rectification_period_ends_on_the_day_written_in_the_document():
    case = a_case(event("recommendation_received", "2025-06-04", due_on="2025-12-30"))
    assert clock(case, "rectification_end", "2025-12-17").due_on == date(2025, 12, 30)
    changed = a_case(
        *case.events, event("rectification_extended", "2025-12-01", due_on="2026-03-31")
    )
    assert clock(changed, "rectification_end", "2025-12-17").due_on == date(2026, 3, 31)


def test_review_for_suit_runs_from_the_end_of_the_rectification_period():
    case = a_case(RECEIVED, event("review_for_suit", "2025-09-22"))
    assert "suit_review_admin" not in names_of(case, "2025-08-04")
    review = clock(case, "suit_review_admin", "2025-08-05")
    assert (review.started_on, review.due_on) == (date(2025, 8, 4), date(2025, 9, 4))
    assert clock(case, "suit_review_admin", "2025-09-30").is_overdue(date(2025, 9, 30))


def test_a_civil_review_runs_three_months_from_the_end_of_the_announcement():
    case = a_case(event("announcement", "2025-06-04"), kind="civil_pil")
    review = clock(case, "suit_review_civil", "2025-07-05")
    assert (review.started_on, review.due_on) == (date(2025, 7, 4), date(2025, 10, 9))


def test_an_extension_gives_the_review_a_new_last_day():
    case = a_case(
        RECEIVED,
        event("review_extended", "2025-09-01", due_on="2025-10-09", document="x",
              extended_by="chief_procurator"),
    )  # fmt: skip
    assert clock(case, "suit_review_admin", "2025-09-10").due_on == date(2025, 10, 9)


def extension(due_on, by, day="2025-09-01"):
    return event("review_extended", day, due_on=due_on, document="x", extended_by=by)


@pytest.mark.parametrize(
    ("earlier", "asked", "is_lawful"),
    [
        ((), extension("2025-10-09", "chief_procurator"), True),  # 4 October is a holiday
        ((), extension("2025-10-10", "chief_procurator"), False),
        ((), extension("2025-12-31", "superior"), True),
        (
            (extension("2025-10-09", "chief_procurator"),),
            extension("2025-10-31", "chief_procurator", "2025-10-08"),
            False,
        ),
    ],
)
def test_the_chief_procurator_gives_one_month_once_and_the_superior_more(earlier, asked, is_lawful):
    case = a_case(RECEIVED, *earlier)
    with nullcontext() if is_lawful else pytest.raises(ExtensionTooLong, match="R47"):
        check_extension(case, asked, RULES)


def test_a_case_that_was_rectified_in_time_has_no_review_clock():
    case = a_case(RECEIVED, event("terminated_after_rectification", "2025-07-04"))
    assert "suit_review_admin" not in names_of(case, "2026-01-01")


def test_suspension_stops_the_period_and_its_days_are_added_after_resumption():
    suspended = a_case(RECEIVED, event("review_suspended", "2025-07-04"))
    paused = clock(suspended, "rectification_end", "2026-06-30")
    assert paused.is_paused
    assert not paused.is_overdue(date(2026, 6, 30))
    resumed = a_case(*suspended.events, event("review_resumed", "2025-09-02"))
    assert clock(resumed, "rectification_end", "2025-09-03").due_on == date(2025, 10, 9)
    assert "suit_review_admin" not in names_of(suspended, "2026-06-30")


def test_the_time_of_an_appraisal_is_outside_the_review_but_not_outside_rectification():
    case = a_case(
        RECEIVED,
        event("appraisal_begun", "2025-08-11"),
        event("appraisal_ended", "2025-08-21"),
    )
    assert clock(case, "rectification_end", "2025-09-30").due_on == date(2025, 8, 4)
    assert clock(case, "suit_review_admin", "2025-09-30").due_on == date(2025, 9, 15)


def test_days_that_are_paused_twice_over_count_once():
    case = a_case(
        RECEIVED,
        event("appraisal_begun", "2025-08-11"),
        event("review_suspended", "2025-08-13"),
        event("appraisal_ended", "2025-08-21"),
        event("review_resumed", "2025-08-25"),
    )
    assert clock(case, "suit_review_admin", "2025-09-30").due_on == date(2025, 9, 18)


def test_a_ruling_is_appealed_within_ten_days_and_a_judgment_within_fifteen():
    ruling = a_case(event("first_instance_judgment", "2025-06-04", ground="ruling"))
    assert clock(ruling, "appeal_ruling", "2025-06-05").due_on == date(2025, 6, 16)
    assert "appeal_judgment" not in names_of(ruling, "2025-06-05")


def test_a_recommendation_withdrawn_leaves_nothing_to_answer():
    case = a_case(RECEIVED, event("recommendation_withdrawn", "2025-06-20", note="撤回"))
    assert all(one.done_on for one in clocks(case, RULES, date(2025, 12, 1)))


def test_no_clock_runs_for_a_lead_or_an_investigation():
    case = a_case(
        event("lead_registered", "2020-01-02"),
        event("lead_evaluation", "2020-01-03"),
        event("case_filed", "2020-03-02"),
        event("filing_decision_served", "2020-03-04"),
        event("investigation", "2020-03-05"),
        event("consultation", "2020-04-01"),
    )
    assert [one for one in clocks(case, RULES, date(2025, 12, 17)) if one.done_on is None] == []


def test_what_the_court_and_the_parties_do_is_a_date_and_nobodys_overdue():
    case = a_case(event("suit_filed", "2025-01-06"), event("first_instance_trial", "2025-01-20"))
    courts = [one for one in clocks(case, RULES, date(2026, 6, 1)) if one.actor != "office"]
    assert courts
    assert not any(one.is_overdue(date(2026, 6, 1)) for one in courts)


def test_a_planned_look_back_is_a_target_of_the_office():
    case = a_case(event("look_back_planned", "2025-03-05", due_on="2025-06-30"))
    planned = clock(case, "look_back_due", "2025-07-01")
    assert planned.is_internal_target
    assert planned.is_overdue(date(2025, 7, 1))


def test_only_what_was_entered_by_then_counts_when_asked_how_it_was_known():
    case = a_case(
        event("recommendation_received", "2025-06-04", recorded="2025-06-05"),
        event("agency_replied", "2025-07-01", recorded="2025-09-01"),
    )
    august = datetime(2025, 8, 10, tzinfo=UTC)
    then = [one for one in clocks(case, RULES, date(2025, 8, 10), august) if one.done_on]
    assert then == []
