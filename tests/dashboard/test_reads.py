"""The cached questions: the same answers as plain Python, for any day and state of knowledge."""

from datetime import UTC, date, datetime

import pytest
import streamlit as st

from dashboard import reads
from geodata import Scope, hazards_of, load_rule_set
from geodata.sample import SAMPLE_ON
from layers.indicators import count_plainly

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
    told = reads.refs_of(f"case:{with_hazard.id}", revision)
    assert told == tuple(map(str, hazards_of(with_hazard)))


def test_titles_stand_by_office_in_administrative_order(revision):
    names = reads.naming("zh")
    order = names.city.jurisdiction_ids
    whole = {case.id: case for case in reads.all_cases(revision)}
    titles = reads.case_titles(names, revision)
    assert titles == {one: case.title.zh for one, case in whole.items()}
    places = [(order.index(whole[one].jurisdiction), one) for one in titles]
    assert places == sorted(places)
