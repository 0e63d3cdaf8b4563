"""Small runs and findings to test with: a valley of yards, written in a line each."""

from dataclasses import replace
from datetime import UTC, date, datetime

from geodata import RevisionNote, open_features, open_findings
from geodata.sample import SAMPLE_ON, sample_lists
from layers.catalog import find_rule
from layers.detect import Run, detect
from layers.rule import Finding, RowRef
from layers.run_records import record_run

RULE = find_rule("yards_on_farmland")
NOW = datetime(2025, 12, 17, 3, tzinfo=UTC)


def a_finding(name="1", area=20.0, **facts):
    whole = Finding(
        rule=RULE.id,
        version="1",
        layer=RULE.layer,
        outcome="occupied",
        severity="minor",
        rows=(RowRef("yards", "yards", name),),
        facts=(("occupied_m2", area), ("seen_on", date(2025, 5, 1)), ("stated_mu", None)),
        flags=(),
        jurisdiction="LZ-YZ",
        name=f"堆场{name}",
    )
    return replace(whole, **facts)


def keep(store, *findings, at=NOW, **facts):
    """Keep a run that found these findings; return its id."""
    run = Run(RULE.id, "1", SAMPLE_ON, RULE.defaults(), (), (), (), findings)
    record, found = record_run(replace(run, **facts), who="夜", why="", recorded_at=at, code="c")
    return store.add_run(record, found)


def a_note(day=SAMPLE_ON, **facts):
    note = RevisionNote("t", "t", NOW, data_on=day, is_demonstration=True)
    return replace(note, **facts)


def yards_in(features=None):
    """Return a store that holds the demonstration's lists of this rule alone."""
    features, lists = features or open_features("memory:"), sample_lists()
    for table in dict.fromkeys(need.table for need in RULE.needs):
        if table in lists:
            features.write(table, lists[table], a_note())
    return features


def kept_run(features):
    """Return a store in which the rule was run once on these lists, and the id of the run."""
    store = open_findings("memory:")
    run = detect(RULE, features, SAMPLE_ON)
    record, found = record_run(run, who="夜", why="", recorded_at=NOW, code="c")
    return store, store.add_run(record, found)
