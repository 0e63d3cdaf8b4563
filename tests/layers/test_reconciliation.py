"""A report against our figures: nothing typed is lost, and every difference has its rows."""

from datetime import date
from io import BytesIO

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import UnreadableFile
from layers.figures import FIGURE_IDS, find_figure
from layers.reconciliation import (
    ALIASES,
    EXAMPLE_REPORT,
    ReportLine,
    check_lines,
    comparable,
    days_beside,
    example_lines,
    name_figures,
    overlap,
    pairs,
    plain_name,
    read_number,
    read_report,
    read_report_file,
    reconcile,
)
from layers.tally import Value
from tests.geodata.histories import event
from tests.layers.test_figures import FILED, RECEIVED, SERVED, count, went

PERIOD = (date(2025, 1, 1), date(2025, 12, 17))
NAMED = name_figures(
    {
        "cases_filed": ["立案数（件）", "Cases filed"],
        "hearings": ["听证案件（件）", "Cases with a hearing"],
    }
)
HEARD = event("hearing", "2025-04-01")
TALKED = event("consultation", "2025-04-02")


def compared(cases, *lines, beside=(), reported_on=PERIOD[1]):
    return reconcile(lines, count(cases, *PERIOD), beside, PERIOD, reported_on)


def beside(cases):
    return [count(cases, *days) for days in days_beside(PERIOD)]


# -------------------------------------------------------------------------- comparing


def test_a_line_has_its_difference_and_the_list_behind_our_number():
    cases = [went("A", FILED), went("B", SERVED, more=[RECEIVED])]
    (one,) = compared(cases, ReportLine("立案", "cases_filed", 3))
    assert (one.ours, one.difference, one.tally.counted) == (2, -1, ("A", "B"))


def test_a_line_without_a_number_is_shown_without_a_difference():
    (one,) = compared([went("A", FILED)], ReportLine("立案", "cases_filed"))
    assert (one.ours, one.difference) == (1, None)


def test_what_was_entered_after_the_report_is_named():
    late = event("case_filed", "2025-02-04", recorded="2025-12-20")
    on_the_day = event("case_filed", "2025-02-04", recorded="2025-12-17")
    cases = [
        went("A", ["lead_registered"], more=[late]),
        went("B", ["lead_registered"], more=[on_the_day]),
    ]
    (one,) = compared(cases, ReportLine("", "cases_filed", 1))
    assert (one.tally.counted, one.entered_later) == (("A", "B"), ("A",))


def test_the_day_of_a_report_ends_by_the_offices_clock():
    # 16:00 UTC on the 17th is midnight in China: the 18th has begun.
    recorded = pd.Timestamp("2025-12-17T16:00Z").to_pydatetime()
    filed = event("case_filed", "2025-02-04").__class__(
        "case_filed", date(2025, 2, 4), recorded, "x"
    )
    (one,) = compared(
        [went("A", ["lead_registered"], more=[filed])], ReportLine("", "cases_filed", 0)
    )
    assert one.entered_later == ("A",)


def test_days_at_the_edges_and_just_outside_are_named():
    cases = [
        went(name, ["lead_registered"], more=[event("case_filed", day)])
        for name, day in (
            ("inside", "2025-06-01"),
            ("first", "2025-01-02"),
            ("last", "2025-12-17"),
            ("before", "2024-12-31"),
            ("after", "2025-12-20"),
            ("long after", "2025-12-21"),
        )
    ]
    (one,) = compared(cases, ReportLine("", "cases_filed", 0), beside=beside(cases))
    assert one.at_the_edge == ("first", "last")
    assert set(one.just_outside) == {"before", "after"}


def test_a_case_in_two_categories_is_named_in_both_and_counted_in_the_overlap():
    cases = [
        went("A", SERVED, more=[RECEIVED, HEARD, TALKED]),
        went("B", SERVED, more=[RECEIVED]),
        went("C", FILED),
    ]
    lines = [ReportLine("", one, 0) for one in ("cases_filed", "recommendations", "hearings")]
    found = compared(cases, *lines)
    assert [one.elsewhere_too for one in found] == [("A", "B"), ("A:7", "B:7"), ("A",)]
    together = overlap(found)
    assert together[["figures", "cases", "case_ids"]].to_numpy().tolist() == [
        ["cases_filed;recommendations;hearings", 1, "A"],
        ["cases_filed;recommendations", 1, "B"],
        ["cases_filed", 1, "C"],
    ]
    assert together["cases"].sum() == 3, "every case lies in one combination"
    both = pairs(found)
    assert both.loc["cases_filed", "hearings"] == 1
    assert both.loc["cases_filed", "cases_filed"] == 3
    assert both.equals(both.T)


def test_a_line_whose_figure_is_not_known_is_not_compared_and_is_said():
    lines = (ReportLine("某指标", "", 3), ReportLine("立案", "cases_filed", 1))
    assert len(compared([went("A", FILED)], *lines)) == 1
    assert [one.reason for one in check_lines(lines)] == ["unknown_name"]


def test_nothing_compared_overlaps_in_nothing():
    assert overlap(()).empty
    assert pairs(()).empty


def test_rates_are_compared_in_percent_and_parts_of_a_figure_as_counts():
    assert comparable(find_figure("reply_rate"), Value(0.8, 12, 15)) == 80
    assert comparable(find_figure("reply_rate"), Value(None, 0, 0)) is None
    assert comparable(find_figure("model_leads_filed"), Value(0.1, 7, 54)) == 7
    assert comparable(find_figure("leads"), Value(4.0, 4)) == 4


# ---------------------------------------------------------------------------- reading


def test_the_example_is_the_report_and_every_name_in_it_is_known():
    numbers = {line.figure: line.reported for line in example_lines("zh")}
    assert numbers == {
        "cases_filed": 67, "recommendations": 50, "consultations": 12, "suits_admin": 2,
        "suits_criminal_incidental": 1, "model_leads": 54, "model_leads_filed": 7, "hearings": 30,
    }  # fmt: skip
    for title, figure, _ in EXAMPLE_REPORT:
        assert NAMED[plain_name(title.zh)] == NAMED[plain_name(title.en)] == figure
    assert set(ALIASES.values()) <= set(FIGURE_IDS)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("67", 67),
        ("６７ 件", 67),
        ("1,234份", 1234),
        ("98.5%", 98.5),
        ("约十", None),
        ("", None),
        ("nan", None),
    ],
)
def test_a_number_is_read_whatever_stands_behind_it(text, number):
    assert read_number(text) == number


@pytest.mark.parametrize(
    "name", ["立案数（件）", " 立案 数(件)", "立案", "cases filed", "CASES_FILED"]
)
def test_a_name_is_known_however_it_is_written(name):
    assert NAMED[plain_name(name)] == "cases_filed"


def test_bad_rows_are_listed_with_row_and_column_and_none_is_lost():
    frame = pd.DataFrame(
        [
            ["立案", "67"],
            ["怪名", "5"],
            ["听证", "很多"],
            ["Cases filed", "3"],
            ["", "8"],
            [None, None],
        ],
        columns=["名称", "数字"],
        index=range(2, 8),
    )
    lines, problems = read_report(frame, NAMED)
    assert [(one.name, one.reported) for one in lines] == [
        ("立案", 67), ("怪名", 5), ("听证", None), ("Cases filed", 3), ("", 8),
    ]  # fmt: skip
    assert [(one.row, one.column, one.reason, one.word) for one in problems] == [
        (3, "name", "unknown_name", "怪名"),
        (4, "number", "no_number", "很多"),
        (5, "name", "twice", "Cases filed"),
        (6, "name", "no_name", ""),
    ]


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=8))
def test_whatever_stands_in_a_table_every_row_with_words_becomes_a_line(rows):
    frame = pd.DataFrame(
        rows, columns=["名称", "数字"], index=range(2, len(rows) + 2), dtype=object
    )
    lines, problems = read_report(frame, NAMED)
    assert len(lines) == sum(any(cell.strip() for cell in row) for row in rows)
    assert {one.row for one in problems} <= set(frame.index)


def as_xlsx(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("headed", [True, False])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_file_is_read_with_and_without_headings(form, headed):
    rows = [["名称", "数字"]] * headed + [["立案", 67], ["听证", 30]]
    text = "\n".join(f"{name},{number}" for name, number in rows).encode("gb18030")
    content = as_xlsx(rows) if form == "xlsx" else text
    lines, problems = read_report_file(f"报表.{form}", content, NAMED)
    assert [(one.figure, one.reported) for one in lines] == [("cases_filed", 67), ("hearings", 30)]
    assert problems == ()


@pytest.mark.parametrize(
    ("name", "content"), [("a.xlsx", b"no workbook"), ("a.csv", b""), ("a.exe", b"x")]
)
def test_a_file_that_is_no_table_is_refused_with_its_name(name, content):
    with pytest.raises(UnreadableFile) as refused:
        read_report_file(name, content, NAMED)
    assert refused.value.facts["reason"]
