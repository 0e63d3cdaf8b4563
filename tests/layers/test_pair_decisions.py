"""A person's word on two rows is kept, told to the next run, and sealed with it."""

import pytest

from geodata import open_cases, open_features, open_findings
from geodata.findings import Decision
from geodata.sample import SAMPLE_ON, write_sample
from layers.catalog import find_rule
from layers.night import run_rules
from layers.pair_decisions import as_argument, asks_pair, pair_of, said_on, word_on
from layers.run_records import said_in
from layers.sealing import replay, seal
from tests.layers.finding_runs import NOW, RULE, a_finding

STATIONS = find_rule("stations_compared")


@pytest.fixture(scope="module")
def features():
    store = open_features("memory:")
    write_sample(store, open_cases("memory:"))
    return store


def run(features, store):
    (kept,) = run_rules([STATIONS], features, store, SAMPLE_ON, who="夜", why="", recorded_at=NOW)
    return kept


def asked(kept):
    return {pair_of(one): one for one in kept.run.findings if asks_pair(one)}


@pytest.mark.parametrize("is_same", [True, False])
def test_what_was_said_of_a_pair_is_not_asked_again_until_it_is_reopened(features, is_same):
    store = open_findings("memory:")
    before = asked(run(features, store))
    subject, finding = next(iter(before.items()))
    word = word_on(finding, is_same=is_same, who="王某", when=NOW)
    assert word.kind == ("same" if is_same else "different")
    store.decide([Decision(word, 0)])
    assert subject not in asked(run(features, store))
    (said,) = [one for told in said_on(STATIONS, store.entries()).values() for one in told]
    assert (said.first_facts, said.second_facts) == (
        finding.fact("first_facts"),
        finding.fact("second_facts"),
    )
    reopened = type(word)(**{**vars(word), "kind": "reopened", "why": "复查"})
    store.decide([Decision(reopened, 1)])
    assert subject in asked(run(features, store))


def test_a_run_is_replayed_with_what_it_was_told(features, tmp_path):
    store = open_findings("memory:")
    finding = next(iter(asked(run(features, store)).values()))
    store.decide([Decision(word_on(finding, is_same=True, who="王某", when=NOW), 0)])
    kept = run(features, store)
    record = store.run(kept.run_id)
    assert sum(map(len, said_in(record).values())) == 1
    file = tmp_path / "sealed.zip"
    file.write_bytes(seal(record, store.found(kept.run_id), features))
    assert replay(file).is_same


def test_a_rule_that_asks_no_pairs_is_told_nothing(features):
    assert as_argument(said_on(RULE, ())) == {}
    assert not asks_pair(a_finding())
