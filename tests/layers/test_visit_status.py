"""What a visit means for the days of a hazard: verified by two on site, claimed by nobody."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.return_pack import STATUSES
from layers.visit_known import STATUS_DAYS
from layers.visit_status import AS_IT_IS, RULES, StatusChange, status_change

BEFORE, DAY, AFTER = date(2025, 11, 1), date(2025, 12, 18), date(2025, 12, 24)
TODAY = date(2025, 12, 31)
days = st.none() | st.dates(date(2025, 12, 10), date(2025, 12, 28))
rows = st.fixed_dictionaries(dict.fromkeys(STATUS_DAYS, days))


def changed(status, day=DAY, today=TODAY, **row):
    return status_change(row, status, day, today)


def writes(**told):
    return StatusChange(tuple(told.items()))


def left(why):
    return StatusChange(left=why)


@pytest.mark.parametrize(
    ("status", "row", "expected"),
    [
        ("found", {}, writes(found_on=DAY)),
        ("found", {"found_on": BEFORE, "rectified_on": BEFORE}, AS_IT_IS),
        ("found", {"found_on": BEFORE, "verified_on": BEFORE}, left("found_after_verifying")),
        ("found", {"found_on": BEFORE, "verified_on": AFTER}, AS_IT_IS),
        ("found", {"found_on": BEFORE, "verified_on": BEFORE, "relapsed_on": BEFORE}, AS_IT_IS),
        ("not_found", {"found_on": BEFORE}, left("not_found")),
        ("rectified", {"found_on": BEFORE}, writes(verified_on=DAY)),
        ("rectified", {"rectified_on": BEFORE}, writes(verified_on=DAY)),
        ("rectified", {"verified_on": BEFORE}, AS_IT_IS),
        (
            "rectified",
            {"verified_on": BEFORE, "relapsed_on": BEFORE},
            writes(verified_on=DAY, relapsed_on=None),
        ),
        ("rectified", {"verified_on": BEFORE, "relapsed_on": AFTER}, left("later_days")),
        ("relapsed", {"verified_on": BEFORE}, writes(relapsed_on=DAY)),
        ("relapsed", {"rectified_on": BEFORE}, writes(relapsed_on=DAY)),
        ("relapsed", {"verified_on": BEFORE, "relapsed_on": BEFORE}, AS_IT_IS),
        ("relapsed", {"found_on": BEFORE}, left("never_put_right")),
        ("relapsed", {"rectified_on": BEFORE, "verified_on": AFTER}, left("later_days")),
        ("relapsed", {"rectified_on": AFTER}, left("later_days")),
    ],
)
def test_what_a_status_changes(status, row, expected):
    assert changed(status, **row) == expected


def test_a_visit_of_tomorrow_changes_nothing():
    assert changed("rectified", DAY, DAY - timedelta(1)) == left("in_future")


def test_every_status_of_a_visit_has_its_rule():
    assert RULES.keys() == STATUSES


@given(rows, st.sampled_from(sorted(STATUSES)))
def test_said_twice_it_changes_nothing_more(row, status):
    once = changed(status, **row)
    after = {**row, **dict(once.days)}
    assert changed(status, **after).days == ()


@given(rows, st.sampled_from(sorted(STATUSES)))
def test_no_visit_says_what_the_agency_claimed_and_none_touches_a_later_day(row, status):
    for name, told in changed(status, **row).days:
        assert name != "rectified_on"
        assert told in {DAY, None}
        assert row[name] is None or row[name] <= DAY


@given(rows)
def test_what_was_seen_put_right_counts_as_fixed_unless_a_person_must_look(row):
    outcome = changed("rectified", **row)
    after = {**row, **dict(outcome.days)}
    is_fixed = after["verified_on"] is not None and after["relapsed_on"] is None
    assert is_fixed or outcome.left is not None
