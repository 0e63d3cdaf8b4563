"""The case file holds what was entered, each fact apart, and nothing that was wrong disappears."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import HazardRef, load_rule_set
from geodata.case_file import (
    documents_of,
    elements_of,
    evidence_of,
    gaps,
    history_of,
    items_of,
    next_item_number,
    number_in,
    outcomes_of,
    people_in,
    reviews_of,
)
from geodata.lifecycle import in_effect
from geodata.sample import SAMPLE_ON, sample_cases
from tests.geodata.histories import RULES, a_case, event, rough_histories

DAY = date(2025, 12, 1)


def test_reply_claim_and_verification_of_an_item_are_separate_facts():
    case = a_case(
        event("item_added", "2025-02-01", item=2, text="清运", hazard="solid_waste:1"),
        event("item_added", "2025-02-01", item=1, text="制定方案"),
        event("item_replied", "2025-03-01", item=2, answer="partly", text="分期"),
        event("item_rectified", "2025-04-01", item=2),
        event("item_verified", "2025-05-01", item=2, result_code="partly", evidence="7;9"),
    )
    first, second = items_of(case, DAY)
    assert (first.number, first.answer, first.verified_on) == ("1", "", None)
    assert second.hazard == HazardRef("solid_waste", "1")
    assert (second.answer, second.answered_on) == ("partly", date(2025, 3, 1))
    assert second.claimed_on == date(2025, 4, 1)
    assert (second.result, second.evidence) == ("partly", (7, 9))
    assert items_of(case, date(2025, 4, 30))[1].result == ""
    assert next_item_number(case, DAY) == "3"


def test_the_latest_verification_of_an_item_counts():
    case = a_case(
        event("item_added", "2025-02-01", item=1, text="清运"),
        event("item_verified", "2025-05-01", item=1, result_code="not_done"),
        event("item_verified", "2025-07-01", item=1, result_code="done"),
    )
    assert [one.result for one in items_of(case, DAY)] == ["done"]


def test_evidence_with_a_single_collector_is_pointed_out():
    case = a_case(
        event("evidence_added", "2025-02-01", text="照片", evidence_kind="electronic"),
        event("evidence_added", "2025-02-02", text="笔录", collectors="张某、李某"),
        event("evidence_verified", "2025-03-01", evidence="1"),
    )
    photo, record = evidence_of(case, DAY)
    assert (photo.number, photo.lacks_collectors, photo.is_verified) == (0, True, False)
    assert (record.number, record.lacks_collectors, record.is_verified) == (1, False, True)


def test_a_corrected_piece_of_evidence_keeps_its_number():
    case = a_case(
        event("evidence_added", "2025-02-01", text="旧", collectors="甲"),
        event("evidence_added", "2025-02-01", text="新", collectors="甲，乙", corrects=0),
    )
    (one,) = evidence_of(case, DAY)
    assert (one.number, one.title, one.lacks_collectors) == (0, "新", False)


def test_documents_are_named_with_their_day_and_the_entry_that_names_them():
    case = a_case(
        event("lead_registered", "2025-01-02"),
        event("case_filed", "2025-02-02", document="立案决定书"),
    )
    (one,) = documents_of(case, DAY)
    assert (one.name, one.on, one.number) == ("立案决定书", date(2025, 2, 2), 1)


def test_the_four_elements_are_always_there_and_nothing_is_summed():
    case = a_case(
        event("evidence_added", "2025-02-01", text="检测报告", element="public_harm_fact"),
        event(
            "element_assessed", "2025-03-01", element="public_harm_fact", state="met", evidence="5"
        ),
        event(
            "element_assessed", "2025-03-01", element="unlawful_link", state="partly", gap="缺台账"
        ),
    )
    found = elements_of(case, RULES, DAY)
    assert [one.id for one in found] == list(RULES.codes["elements"])
    by_id = {one.id: one for one in found}
    assert by_id["proper_party"].state == "not_reviewed"
    assert by_id["public_harm_fact"].evidence == (0, 5)
    assert [one.id for one in gaps(found)] == ["unlawful_link"]


def test_a_review_note_is_open_until_its_correction_is_made():
    case = a_case(
        event(
            "review_noted",
            "2025-05-01",
            merits="取证及时",
            problems="送达回证缺签名",
            correction="补签",
            due_on="2025-06-01",
            responsible="承办检察官",
        ),
        event("review_answered", "2025-05-20", entry=0, note="已补签"),
    )
    (one,) = reviews_of(case, DAY)
    assert (one.due_on, one.answered_on, one.answer) == (
        date(2025, 6, 1),
        date(2025, 5, 20),
        "已补签",
    )
    assert reviews_of(case, date(2025, 5, 10))[0].is_open(date(2025, 5, 10))
    assert not one.is_open(DAY)


def outcome(day, state, amount, land_class=""):
    facts = {"outcome": "area_m2", "outcome_state": state, "amount": amount}
    return event("outcome_stated", day, **facts, land_class=land_class)


def test_the_latest_statement_counts_per_kind_land_class_and_standing():
    case = a_case(
        outcome("2025-03-01", "claimed", 900, "0103"),
        outcome("2025-05-01", "verified", 400, "0103"),
        outcome("2025-04-01", "verified", 300, "0103"),
        outcome("2025-05-01", "verified", 70, "0401"),
        outcome("2025-05-01", "planned", "-"),
    )
    found = {(one.state, one.land_class): one.amount for one in outcomes_of(case, DAY)}
    assert found == {
        ("claimed", "0103"): 900,
        ("verified", "0103"): 400,
        ("verified", "0401"): 70,
    }


def test_what_a_case_brought_along_stands_as_verified_until_an_entry_verifies_it():
    case = a_case(
        outcome("2025-05-01", "verified", 70), outcome=(("area_restored_m2", 50.0), ("x", 1.0))
    )
    early = [(one.kind, one.state, one.amount) for one in outcomes_of(case, date(2025, 4, 1))]
    assert early == [("area_m2", "verified", 50.0), ("x", "verified", 1.0)]
    late = [(one.kind, one.amount) for one in outcomes_of(case, DAY)]
    assert late == [("x", 1.0), ("area_m2", 70.0)]


def test_corrections_late_entries_and_what_was_taken_back_stay_in_the_history():
    case = a_case(
        event("lead_registered", "2025-01-02", recorded="2025-01-02"),
        event("lead_evaluation", "2025-02-02", recorded="2025-02-20"),
        event("lead_evaluation", "2025-02-03", recorded="2025-02-21", corrects=1),
        event("withdrawn", "2025-02-03", recorded="2025-02-22", corrects=2, note="误录"),
    )
    first, wrong, corrected, back = history_of(case)
    assert (first.is_late, wrong.is_late, wrong.days_late) == (False, True, 18)
    assert (wrong.replaced_by, wrong.is_taken_back) == (2, False)
    assert (corrected.corrects, corrected.replaced_by, corrected.is_taken_back) == (1, 3, True)
    assert [one.counts for one in (first, wrong, corrected, back)] == [True, False, False, False]
    then = datetime(2025, 2, 20, 23, tzinfo=UTC)
    assert [one.number for one in history_of(case, then)] == [0, 1]


@given(rough_histories())
def test_what_counts_in_the_history_is_what_is_in_effect(case):
    counting = [one.event for one in history_of(case) if one.counts]
    in_order = sorted(counting, key=repr)
    assert in_order == sorted((one for _, one in in_effect(case.events)), key=repr)
    assert [one.event for one in history_of(case)] == list(case.events)


@given(st.text())
def test_a_detail_of_any_text_is_read_without_harm(text):
    case = a_case(
        event("item_added", "2025-01-01", item=text, text=text),
        event("evidence_added", "2025-01-01", text=text, collectors=text),
        event("evidence_verified", "2025-01-02", evidence=text),
        event("outcome_stated", "2025-01-01", outcome=text, outcome_state=text, amount=text),
    )
    assert len(items_of(case, DAY)) == bool(text.strip())
    assert len(evidence_of(case, DAY)) == 1
    assert len(outcomes_of(case, DAY)) == (number_in(text) is not None)


@pytest.mark.parametrize("text", ["张某、李某", "张某,李某", "张某；李某", " 张某 / 李某 "])
def test_people_are_told_apart_by_any_comma(text):
    assert people_in(text) == ("张某", "李某")


@pytest.mark.parametrize("case", sample_cases(), ids=lambda case: case.id)
def test_every_code_in_the_demonstrations_case_files_is_known(case):
    rules = load_rule_set(case.rule_set)
    assert {one.kind for one in outcomes_of(case, SAMPLE_ON)} <= set(rules.codes["outcome_kinds"])
    assert {one.answer for one in items_of(case, SAMPLE_ON)} <= {"", *rules.codes["item_answers"]}
    assert {one.kind for one in evidence_of(case, SAMPLE_ON)} <= set(rules.codes["evidence_kinds"])
    numbers = {one.number for one in evidence_of(case, SAMPLE_ON)}
    for one in elements_of(case, rules, SAMPLE_ON):
        assert set(one.evidence) <= numbers
        assert one.state in rules.codes["element_states"]
    for item in items_of(case, SAMPLE_ON):
        assert set(item.evidence) <= numbers
        assert item.text
