"""How every case stood, counted by column, is what plain Python says of each case by itself."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import HazardRef, clocks, known_on, load_rule_set, stage_of
from geodata.casebook import casebook_of
from geodata.lifecycle import WITHDRAWN, in_effect
from geodata.model import is_foreign
from geodata.rule_set import rule_set_ids
from geodata.standing import CASE_COLUMNS, CLOCK_COLUMNS, find_links, judge, run_clocks, stand
from tests.geodata.histories import KINDS, RULES, a_case, event, rough_histories, walks

OFFICES = ("LZ-CG", "LZ-XG", "外地:某县人民检察院")
TURNS = (
    [date(2024, 12, 30), date(2024, 12, 31), date(2025, 1, 2), date(2025, 1, 17)]
    + [date(2025, 2, day) for day in (5, 28)]
    + [date(2025, 3, day) for day in (3, 4, 10, 31)]
    + [date(2025, 4, day) for day in (3, 7, 30)]
    + [date(2025, 6, 3)]
)
"""Ends of months, holidays, and days on which periods begun on others of them end."""
DAYS = st.one_of(st.sampled_from(TURNS), st.dates(date(2024, 9, 1), date(2025, 6, 30)))
ANY_DAY = st.dates(date(2019, 1, 1), date(2027, 1, 1))
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 7, 1), timezones=st.just(UTC))  # noqa: DTZ001
CLOCK_KINDS = sorted(
    {kind for one in RULES.deadlines for kind in (one.starts, one.amended_by, *one.stops) if kind}
    | {kind for one in RULES.deadlines for pair in one.pauses for kind in pair}
)
PAUSES = ["review_suspended", "review_resumed", "appraisal_begun", "appraisal_ended"]
RECEIPTS = ["recommendation_received", "rectification_extended", "review_extended"]
LINKS = ["hazard_linked", "hazard_unlinked"]


@st.composite
def wild_histories(draw):
    """Draw entries without any order or law, many of them close together."""
    kinds = [CLOCK_KINDS, PAUSES, RECEIPTS, LINKS, [WITHDRAWN], list(RULES.stages)]
    weighted = st.sampled_from([0, 0, 1, 1, 2, 2, 3, 4, 5]).flatmap(
        lambda which: st.sampled_from(kinds[which])
    )
    events = []
    for _ in range(draw(st.integers(0, 14))):
        kind = draw(weighted)
        facts = {"hazard": draw(st.sampled_from(["a:1", "a:2", "b:1"]))} if kind in LINKS else {}
        due_on = draw(st.none() | DAYS)
        events.append(
            event(
                kind,
                draw(DAYS).isoformat(),
                recorded=draw(DAYS).isoformat(),
                ground=draw(st.sampled_from(["", "", "urgent", "ruling"])),
                due_on=due_on.isoformat() if due_on else None,
                corrects=draw(st.sampled_from([None, None, None, 0, 1, 5])),
                **facts,
            )
        )
    return a_case(*events, kind=draw(st.sampled_from(KINDS)))


def paused_history(chance):
    """Return a period that stands still, overlapping and on its very ends, and is then stopped."""
    kind = chance.choice(["admin_pil", "admin_pil", "civil_pil"])
    opening = "recommendation_received" if kind == "admin_pil" else "announcement"
    start = chance.choice([opening, opening, "case_received"])
    more = [*PAUSES, *PAUSES, start, *RECEIPTS[1:], "agency_replied", "suit_filed"]
    kinds = [start, *chance.choices(more, k=chance.randint(1, 8))]
    entries = (
        event(
            kind,
            chance.choice(TURNS).isoformat(),
            ground=chance.choice(["", "urgent"]),
            due_on=chance.choice([None, None, "2025-03-10", "2025-04-07"]),
        )
        for kind in kinds
    )
    return a_case(*entries, kind=kind)


@st.composite
def many_cases(draw):
    """Draw some cases of any history, office and rule set."""
    histories = (wild_histories(), walks(), rough_histories())
    drawn = draw(st.lists(st.one_of(*histories), max_size=6))
    refs = [HazardRef("a", "1"), HazardRef("b", "1")]
    return tuple(
        replace(
            case,
            id=f"T-{number}",
            jurisdiction=draw(st.sampled_from(OFFICES)),
            rule_set=draw(st.sampled_from(rule_set_ids())),
            hazards=tuple(draw(st.lists(st.sampled_from(refs), unique=True))),
        )
        for number, case in enumerate(drawn)
    )


def plain_hazards(case, as_of, known_at):
    held = dict.fromkeys(str(ref) for ref in case.hazards)
    for _, one in in_effect(case.events, known_at):
        if one.occurred_on <= as_of and one.kind == "hazard_linked":
            held[one.detail("hazard")] = None
        elif one.occurred_on <= as_of and one.kind == "hazard_unlinked":
            held.pop(one.detail("hazard"), None)
    return set(held) - {""}  # a link without a hazard links none


def plain_row(case, at, as_of, known_at):
    """Return what `stand` must say of a case, asked of the case itself."""
    rules = load_rule_set(case.rule_set)
    events = known_on(case, as_of, known_at).events
    stage = stage_of(case, rules, as_of, known_at)
    running = [one for one in clocks(case, rules, as_of, known_at) if one.done_on is None]
    nearest = min(running, key=lambda clock: clock.due_on, default=None)
    first = {one.kind: one.occurred_on for one in reversed(events)}
    terminal = [
        one.occurred_on
        for one in events
        if one.kind in rules.stages and rules.stages[one.kind].is_terminal
    ]
    return {
        "title_zh": case.title.zh,
        "title_en": case.title.en,
        "jurisdiction": case.jurisdiction,
        "kind": case.kind,
        "field": case.field,
        "agency": case.agency,
        "stage": stage.id,
        "group": stage.group,
        "lead_on": first.get("lead_registered"),
        "filed_on": first.get("case_filed") or first.get("criminal_incidental_filed"),
        "closed_on": terminal[0] if terminal else None,
        "served_on": first.get("recommendation_served"),
        "replied_on": first.get("agency_replied"),
        "verified_on": first.get("rectification_verified"),
        "is_overdue": not is_foreign(case.jurisdiction)
        and any(one.is_overdue(as_of) and not one.is_internal_target for one in running),
        "is_suspended": stage.id == "review_suspended",
        "next_deadline": nearest.deadline if nearest else "",
        "next_due_on": nearest.due_on if nearest else None,
        "next_actor": nearest.actor if nearest else "",
        "hazards": len(plain_hazards(case, as_of, known_at)),
        "is_demonstration": case.is_demonstration,
        "is_foreign": is_foreign(case.jurisdiction),
        "rule_set": case.rule_set,
        "case": at,
    }


def plain_clocks(case, at, as_of, known_at):
    """Return what `run_clocks` must say of a case, asked of the case itself."""
    binds = not is_foreign(case.jurisdiction)
    rules = load_rule_set(case.rule_set)
    return [
        {
            "case": at,
            "deadline": one.deadline,
            "started_on": one.started_on,
            "due_on": one.due_on,
            "done_on": one.done_on,
            "actor": one.actor,
            "is_paused": one.is_paused,
            "is_past": one.is_overdue(as_of),
            "is_overdue": one.is_overdue(as_of) and binds and not one.is_internal_target,
            "is_internal_target": one.is_internal_target,
            "holidays_known": one.holidays_known,
        }
        for one in clocks(case, rules, as_of, known_at)
    ]


def by_row(frame):
    days = [name for name, dtype in frame.dtypes.items() if str(dtype).startswith("datetime64")]
    rows = frame.assign(**{
        name: pd.Series([None if pd.isna(day) else day.date() for day in frame[name]], frame.index,
                        dtype=object)
        for name in days
    })  # fmt: skip
    return rows.astype(object).to_dict("records")


@settings(max_examples=6, deadline=None)
@given(st.randoms(use_true_random=True), st.sampled_from(TURNS))
def test_however_often_periods_stand_still_they_end_as_plain_python_says(chance, as_of):
    cases = [replace(paused_history(chance), id=f"T-{number:03}") for number in range(250)]
    found = by_row(run_clocks(casebook_of(cases), load_rule_set, as_of))
    assert found == [
        clock for at, case in enumerate(cases) for clock in plain_clocks(case, at, as_of, None)
    ]


@settings(max_examples=60, deadline=None)
@given(
    many_cases(),
    st.one_of(DAYS, ANY_DAY),
    st.none() | INSTANTS,
)
def test_every_case_stands_as_plain_python_says(cases, as_of, known_at):
    standing = judge(casebook_of(cases), load_rule_set, as_of, known_at)
    begun = [
        (at, case)
        for at, case in enumerate(cases)
        if stage_of(case, load_rule_set(case.rule_set), as_of, known_at)
    ]
    assert list(standing.cases.index) == [case.id for _, case in begun]
    assert by_row(standing.cases) == [plain_row(case, at, as_of, known_at) for at, case in begun]
    assert by_row(standing.clocks) == [
        clock for at, case in enumerate(cases) for clock in plain_clocks(case, at, as_of, known_at)
    ]
    links = {at: set() for at in range(len(cases))}
    for at, ref in standing.links.itertuples(index=False):
        links[at].add(ref)
    assert links == {at: plain_hazards(case, as_of, known_at) for at, case in enumerate(cases)}
    assert len(standing.links) == sum(len(refs) for refs in links.values())
    if known_at is None:
        pd.testing.assert_frame_equal(find_links(standing.book, as_of), standing.links)


def test_a_book_of_nothing_stands_in_the_same_columns():
    book = casebook_of([])
    cases = stand(book, load_rule_set, date(2025, 1, 1))
    running = run_clocks(book, load_rule_set, date(2025, 1, 1))
    assert (cases.empty, tuple(cases.columns)) == (True, CASE_COLUMNS)
    assert (running.empty, tuple(running.columns)) == (True, CLOCK_COLUMNS)


SERVED = ("recommendation_served", "recommendation_received")


@pytest.mark.parametrize(("office", "is_late"), [("LZ-CG", True), ("外地:某县人民检察院", False)])
def test_a_case_of_another_region_is_never_overdue(office, is_late):
    case = a_case(*(event(kind, "2025-01-02") for kind in SERVED), jurisdiction=office)
    standing = judge(casebook_of([case]), load_rule_set, date(2025, 12, 1))
    assert standing.cases["is_overdue"].tolist() == [is_late]
    assert standing.clocks["is_past"].any()
    assert standing.clocks["is_overdue"].any() == is_late


def test_a_late_entry_was_not_known_before_it_was_made():
    late = event("agency_replied", "2025-02-01", recorded="2025-09-01")
    received = [event(kind, "2025-01-02", recorded="2025-01-03") for kind in SERVED]
    book = casebook_of([a_case(*received, late)])
    as_of, then = date(2025, 6, 1), datetime(2025, 6, 1, tzinfo=UTC)
    now_known = stand(book, load_rule_set, as_of)
    then_known = stand(book, load_rule_set, as_of, then)
    assert now_known["replied_on"].tolist() == [date(2025, 2, 1)]
    assert then_known["replied_on"].tolist() == [None]


def test_cases_past_their_day_are_told_by_deadline():
    late = a_case(*(event(kind, "2025-01-02") for kind in SERVED), id="T-1")
    book = casebook_of([a_case(event("lead_registered", "2025-01-02"), id="T-0"), late])
    standing = judge(book, load_rule_set, date(2025, 12, 1))
    assert standing.past("agency_reply_normal", "agency_reply_urgent").tolist() == [1]
    assert standing.past("look_back_due").tolist() == []
