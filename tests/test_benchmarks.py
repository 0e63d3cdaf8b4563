"""The benchmarks measure what they say, at a size that a test can afford."""

from benchmarks import intake
from benchmarks.cases import FIRST_ON, LAST_ON, RULES, Size, fill, measure, table
from geodata import open_cases
from geodata.lifecycle import check_history

TINY = Size(cases=30, features=10, templates=8, sample=10)


def test_its_cases_are_lawful_and_lie_within_its_years():
    store = open_cases("memory:benchmark")
    fill(store, TINY)
    cases = store.find()
    assert len(cases) == TINY.cases
    assert len({case.jurisdiction for case in cases}) > 1
    for case in cases:
        assert check_history(case, RULES) == ()
        assert all(FIRST_ON <= one.occurred_on <= LAST_ON for one in case.events)


def test_its_table_has_a_line_for_everything_measured():
    found = measure(TINY)
    assert (found.cases, found.features) == (TINY.cases, TINY.features)
    lines = table(found).splitlines()
    assert lines[0].startswith("30 cases, ")
    assert [line.split(" | ")[0] for line in lines[4:]] == [f"| {one.what}" for one in found.lines]


def test_the_intake_is_measured_over_every_file_with_its_bad_rows_refused():
    lines = intake.measure(rows=400)
    assert [(one.file, one.step) for one in lines] == [
        (file, step) for file in intake.FILES for step in intake.STEPS
    ]
    for one in lines:
        bad = 0 if one.step == "bare" else one.refused
        assert one.rows + bad == 400
        assert (one.step == "bare") == (bad == 0)
        assert one.seconds > 0
        assert one.peak_mib > 0
    shown = intake.table(lines).splitlines()
    assert len(shown) == 2 + len(lines)
    assert "| 1.0 |" in shown[2]
