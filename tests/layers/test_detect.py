"""A rule runs when its lists are there and fresh, says why when they are not, and explains hits."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from geodata import RevisionNote, open_cases, open_features
from geodata.errors import BadParameter, UnknownRule
from geodata.sample import SAMPLE_ON, sample_lists, write_sample
from layers.catalog import all_rules, find_rule, find_table
from layers.detect import check_numbers, detect, oldest_day
from layers.reasons import explain

RULE = find_rule("yards_on_farmland")


def note(data_on: date = SAMPLE_ON) -> RevisionNote:
    return RevisionNote("test", "test", datetime(2026, 1, 5, tzinfo=UTC), data_on=data_on)


@pytest.fixture(scope="module")
def store():
    features = open_features("memory:")
    write_sample(features, open_cases("memory:"))
    return features


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_every_rule_names_lists_that_exist_and_words_for_all_it_finds(rule):
    for need in rule.needs:
        assert find_table(need.table).schema.columns
    for outcome in rule.outcomes:
        assert all((outcome.title.zh, outcome.title.en, outcome.why.zh, outcome.why.en))
    assert len({one.id for one in rule.outcomes}) == len(rule.outcomes)
    assert rule.legal_basis


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_on_the_demonstration_every_rule_runs_and_leaves_no_place_of_a_sentence_blank(rule, store):
    run = detect(rule, store, SAMPLE_ON)
    assert run.has_run, run.lacks
    assert run.findings or rule.id.startswith("back_after_closing_")  # one for each of many layers
    for finding in run.findings:
        for language in ("zh", "en"):
            for sentence in explain(finding, rule, run.numbers, language):
                assert sentence
                assert not {"{", "}"} & set(sentence)


def test_a_list_that_is_missing_stops_the_rule_and_is_named(store):
    bare = open_features("memory:")
    bare.write("yards", sample_lists()["yards"], note())
    run = detect(RULE, bare, SAMPLE_ON)
    assert not run.has_run
    assert [(lack.role, lack.reason) for lack in run.lacks if lack.is_required] == [
        ("parcels", "missing")
    ]
    assert run.findings == ()


def test_a_list_that_is_too_old_stops_the_rule_and_says_since_when():
    old = open_features("memory:")
    for table, frame in sample_lists().items():
        old.write(table, frame, note(data_on=date(2023, 12, 16)))
    run = detect(RULE, old, SAMPLE_ON)
    assert {lack.reason for lack in run.lacks} == {"old"}
    assert {lack.limit_on for lack in run.lacks} == {date(2023, 12, 17)}
    assert oldest_day(SAMPLE_ON, 0) is None


def test_a_list_without_rows_is_not_the_same_as_nothing_found():
    empty = open_features("memory:")
    lists = sample_lists()
    empty.write("yards", lists["yards"].iloc[:0], note())
    empty.write("land_parcels", lists["land_parcels"], note())
    run = detect(RULE, empty, SAMPLE_ON)
    assert not run.has_run
    assert run.lacks[0].reason == "empty"


def test_a_need_that_is_not_required_lets_the_rule_run_and_is_still_named(store):
    extra = replace(RULE.needs[0], role="more", table="nowhere", is_required=False)
    run = detect(replace(RULE, needs=(*RULE.needs, extra)), store, SAMPLE_ON)
    assert run.has_run
    assert [lack.role for lack in run.lacks] == ["more"]
    assert run.findings


def test_a_parameter_out_of_range_names_its_bounds(store):
    with pytest.raises(BadParameter) as refused:
        detect(RULE, store, SAMPLE_ON, {"permanent_mu": 0})
    facts = refused.value.facts
    assert (facts["name"], facts["minimum"], facts["maximum"]) == ("permanent_mu", 0.1, 1000)
    with pytest.raises(BadParameter):
        check_numbers(RULE, {"nonsense": 1})


def test_a_changed_parameter_changes_the_answer_and_the_run_says_so(store):
    usual = detect(RULE, store, SAMPLE_ON)
    stricter = detect(RULE, store, SAMPLE_ON, {"permanent_mu": 15})
    assert usual.changed == ()
    assert stricter.changed == ("permanent_mu",)
    assert sum("permanent_check" in one.flags for one in usual.findings) == 3
    assert not any("permanent_check" in one.flags for one in stricter.findings)


def test_the_same_rows_are_the_same_findings_on_another_day_and_other_facts_are_not(store):
    first = detect(RULE, store, SAMPLE_ON).findings
    later = detect(RULE, store, date(2026, 3, 1)).findings
    assert [one.facts_id for one in first] == [one.facts_id for one in later]
    other = replace(first[0], facts=(("occupied_m2", 1.0),))
    assert (other.id, other.facts_id != first[0].facts_id) == (first[0].id, True)


def test_an_unknown_rule_names_those_there_are():
    with pytest.raises(UnknownRule, match="yards_on_farmland"):
        find_rule("nonsense")


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_what_a_rule_states_is_declared_with_its_name_and_unit(rule, store):
    declared = {one.id for one in rule.facts}
    for finding in detect(rule, store, SAMPLE_ON).findings:
        assert {name for name, _ in finding.facts} <= declared


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_no_two_findings_of_a_run_bear_the_same_number(rule, store):
    findings = detect(rule, store, SAMPLE_ON).findings
    assert len({one.id for one in findings}) == len(findings)


def test_a_table_that_is_not_read_whole_is_given_with_the_rows_that_the_answers_name(store):
    given = []

    def judge(asked):
        given.append(asked)
        return ()

    detect(replace(RULE, judge=judge), store, SAMPLE_ON)
    (asked,) = given
    met = set(asked.answers["ground"]["second_id"])
    assert set(asked.tables["parcels"]["id"]) == met
    assert len(met) < store.count("land_parcels")


DEMONSTRATED = {
    "works_in_river_zone": {
        *"pile occupy build dig unsorted perhaps_inside by_buffer in_doubt bank_in_doubt".split(),
        *"at_border area_major area_critical volume_major not_in_ledger".split(),
        *"closed_in_ledger permit_stated".split(),
    },
    "ledger_in_river_zone": {"pile", "occupy", "dig", "unsorted", "past_due", "by_buffer"},
    "river_blind_stretches": {
        *"blind_stretch unwatched camera_offline view_unstated disorder_unseen at_border".split()
    },
    "yards_on_farmland": {
        *"occupied permanent_check cultivated_check grassland_check forest_check".split(),
        *"grassland_again_check forest_public_check stated_differs approval_check".split(),
        *"restored restored_more parcels_overlap class_unstated".split(),
    },
    "waste_on_farmland": {"occupied"},
}


@pytest.mark.parametrize("rule", DEMONSTRATED)
def test_the_demonstration_shows_the_outcomes_of_rivers_and_farmland(rule, store):
    findings = detect(find_rule(rule), store, SAMPLE_ON).findings
    shown = {name for one in findings for name in (one.outcome, *one.flags)}
    assert DEMONSTRATED[rule] <= shown
