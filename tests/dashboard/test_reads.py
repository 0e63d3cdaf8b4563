"""The cached questions: the same answers as plain Python, for any day and state of knowledge."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
import streamlit as st

from dashboard import reads
from dashboard.actions import cases as case_actions
from geodata import CaseEvent, Scope, hazards_of, load_rule_set
from geodata.sample import SAMPLE_ON
from layers.indicators import count_plainly
from layers.tally import find_told

OFFICE = Scope(jurisdictions=frozenset({"LZ-XG"}))


@pytest.fixture(scope="module", autouse=True)
def _sample(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(tmp_path_factory.mktemp("work"))
        patched.delenv("PIM_DATA_FOLDER", raising=False)
        st.cache_resource.clear()
        yield
        st.cache_resource.clear()


@pytest.fixture
def revision():
    return reads.data_revision()


@pytest.mark.parametrize("scope", [Scope(), OFFICE])
@pytest.mark.parametrize("day", [SAMPLE_ON, date(2025, 3, 31)])
@pytest.mark.parametrize("known_at", [None, datetime(2025, 6, 30, tzinfo=UTC)])
def test_figures_of_any_day_are_those_counted_one_by_one(scope, day, known_at, revision):
    seen = reads.situation(scope, day, revision, known_at)
    plainly = count_plainly(seen, reads.all_cases(revision), load_rule_set, known_at)
    assert reads.indicators(scope, day, revision, known_at) == plainly
    assert tuple(one.id for one in plainly) == reads.INDICATORS


def test_a_day_of_the_address_counts_before_that_of_the_data():
    assert reads.data_state().as_of == SAMPLE_ON
    asked = reads.data_state(date(2025, 3, 31), date(2025, 4, 1))
    assert asked.as_of == date(2025, 3, 31)
    assert asked.known_at == datetime.fromisoformat("2025-04-01T23:59:59.999999+08:00")


def test_a_case_is_read_by_its_id_and_none_by_any_other(revision):
    whole = reads.all_cases(revision)
    assert reads.case(whole[0].id, revision) == whole[0]
    assert reads.case("no-such-case", revision) is None


def test_hazards_and_cases_know_each_other_as_the_cases_say(revision):
    whole = reads.all_cases(revision)
    refs = {str(ref) for case in whole for ref in hazards_of(case)}
    for ref in sorted(refs)[:20]:
        expected = tuple(case for case in whole if ref in map(str, hazards_of(case)))
        assert reads.cases_of(ref, revision) == expected
    with_hazard = next(case for case in whole if case.hazards)
    told = reads.refs_of(f"case:{with_hazard.id}", reads.data_state())
    assert told == tuple(map(str, hazards_of(with_hazard)))


def test_titles_stand_by_office_in_administrative_order(revision):
    names = reads.naming("zh")
    order = names.city.jurisdiction_ids
    whole = {case.id: case for case in reads.all_cases(revision)}
    titles = reads.case_titles(names, revision)
    assert titles == {one: case.title.zh for one, case in whole.items()}
    places = [(order.index(whole[one].jurisdiction), one) for one in titles]
    assert places == sorted(places)


def test_a_hazard_has_the_cases_that_had_begun_and_were_known(revision):
    case = next(one for one in reads.all_cases(revision) if one.hazards)
    ref, begun = str(case.hazards[0]), min(one.occurred_on for one in case.events)
    before = reads.data_state(begun - timedelta(days=1))
    unknown = reads.data_state(begun, date(2000, 1, 1))
    assert case in reads.hazard(ref, reads.data_state(begun)).cases
    assert case not in reads.hazard(ref, before).cases
    assert reads.hazard(ref, unknown).cases == ()


def test_numbers_are_taken_from_the_cases_of_the_moment_without_reading_their_histories(
    monkeypatch,
):
    store = reads.stores()[1]
    monkeypatch.setattr(type(store), "find", lambda *_: pytest.fail("all histories were read"))
    taken = reads.casebook(reads.data_revision()).positions
    proposed = case_actions.next_id("LZ-XG", SAMPLE_ON)
    assert proposed.startswith(f"LZ-XG-{SAMPLE_ON.year}-")
    assert proposed not in taken


def test_a_case_falls_under_the_rules_in_force_on_its_first_day():
    assert reads.rules(date(2022, 1, 1)).id == "cn-2021"
    assert not reads.rules().is_draft


def test_what_figures_are_told_by_details_is_that_of_the_cases_also_after_a_write(revision):
    def expected(revision):
        book = reads.casebook(revision)
        return find_told(reads.all_cases(revision), book.positions)

    pd.testing.assert_frame_equal(reads._told(revision), expected(revision))
    store = reads.stores()[1]
    case = next(one for one in store.find() if any(e.kind == "agency_replied" for e in one.events))
    stated = CaseEvent(
        "outcome_stated",
        SAMPLE_ON,
        datetime(2026, 1, 1, tzinfo=UTC),
        "tester",
        details=(("outcome", "waste_t"), ("outcome_state", "verified"), ("amount", "3")),
    )
    store.record(case.id, stated, case.revision)
    later = reads.data_revision()
    assert later != revision
    pd.testing.assert_frame_equal(reads._told(later), expected(later))
    assert (reads._told(later)["amount"] == 3).sum() == 1
