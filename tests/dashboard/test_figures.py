"""The screen of figures: every number opens its list, and a report is held against it."""

from io import BytesIO

import openpyxl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import reads
from dashboard.naming import Naming
from dashboard.panels.figures.reconciling import make_report_xlsx, names_of_figures
from dashboard.panels.figures.table import list_table, make_list_xlsx
from dashboard.panels.figures.trend import draw_trend
from dashboard.panels.figures.words import say_change, say_value
from dashboard.text import all_words
from layers.figures import FIGURES, find_figure
from layers.reconciliation import example_lines, overlap, pairs, reconcile
from layers.tally import Value, tabulate
from layers.yearbook import cut_off, preset_period
from tests.dashboard.test_case_file import MAIN


@pytest.fixture
def state(sample, monkeypatch):
    """The demonstration as it is seen from its own day."""
    monkeypatch.setenv("PIM_DATA_FOLDER", str(sample))
    st.cache_resource.clear()
    yield reads.data_state()
    st.cache_resource.clear()


def opened(**query):
    at = AppTest.from_file(MAIN, default_timeout=60)
    at.query_params.update({"screen": "figures", **query})
    at.run()
    assert not at.exception
    return at


def named(language="zh"):
    return reads.naming(language)


def said(at):
    return "\n".join([one.value for one in at.markdown] + [one.value for one in at.caption])


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("part", ["all", "offices", "report"])
def test_every_part_shows_in_both_languages(state, language, part):
    at = opened(lang=language)
    at.session_state["kept.figures_part"] = part
    at.run()
    assert not at.exception
    assert not at.error


def test_period_and_stock_stand_in_two_blocks_and_every_figure_is_in_one(state):
    at = opened()
    tables = [one.value for one in at.dataframe]
    blocks = [len(one) for one in tables if {"上年同期", "上年同日"} & set(one.columns)]
    assert blocks == [
        sum(one.timing == timing for one in FIGURES) for timing in ("period", "stock")
    ]


def test_a_figure_is_opened_by_the_address_with_its_definition_and_its_list(state):
    at = opened(list="reply_rate")
    assert all_words("zh")["figures.definition.reply_rate"] in said(at)
    tally = reads.figures(preset_period("this_year", state.as_of), state)["reply_rate"]
    assert len(at.dataframe[-1].value) == len(tally)


def test_a_period_and_an_office_in_the_address_are_counted(state):
    whole, one = (
        opened(period="2025-01-01..2025-06-30"),
        opened(period="2025-01-01..2025-06-30", offices="LZ-CG"),
    )
    counts = [int(at.dataframe[0].value.iloc[0, 1]) for at in (whole, one)]
    assert counts[0] > counts[1] > 0


def test_figures_as_they_were_known_then_say_so(state):
    at = opened(day="2025-10-01", known="2025-10-01")
    assert "2025-10-01" in said(at)


def test_offices_stand_in_administrative_order_with_the_whole_city_last(state):
    at = opened()
    at.session_state["kept.figures_part"] = "offices"
    at.run()
    names = named()
    order = [names.office(one) for one in names.city.jurisdiction_ids]
    assert list(at.dataframe[0].value.iloc[:, 0]) == [*order, "全市"]


def test_a_report_that_is_filled_in_is_compared_line_by_line(state):
    at = opened()
    at.session_state["kept.figures_part"] = "report"
    at.run()
    at.button("report-fill").click().run()
    assert not at.exception
    lines = at.session_state["kept.report_lines"]
    assert [one.reported for one in lines] == [67, 50, 12, 2, 1, 54, 7, 30]
    assert any("差（我方−报表）" in one.value.columns for one in at.dataframe)


def test_a_report_typed_is_there_again_after_another_screen(state):
    at = opened()
    at.session_state["kept.figures_part"] = "report"
    at.run()
    at.button("report-fill").click().run()
    at.session_state["view"] = at.session_state["view"].__class__(screen="rule_set")
    at.run()
    at.session_state["view"] = at.session_state["view"].__class__(screen="figures")
    at.run()
    assert [one.reported for one in at.session_state["kept.report_lines"]][:2] == [67, 50]


def test_every_title_is_a_name_that_a_report_may_use(state):
    titles = {one.id: all_words("zh")[f"figures.title.{one.id}"] for one in FIGURES}
    known = names_of_figures()
    assert known["立案"] == known["立案数"] == "cases_filed"
    assert {"cases_filed", "hearings", "suits_admin"} <= set(known.values())
    assert len(set(titles.values()) & {""}) == 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_list_behind_a_figure_leaves_as_a_workbook_that_runs_nothing(state, language):
    names: Naming = named(language)
    for tally in reads.figures(preset_period("this_year", state.as_of), state).values():
        table = list_table(tally.figure, tabulate(tally), {}, names)
        assert len(table) == len(tally)
        book = openpyxl.load_workbook(
            BytesIO(make_list_xlsx(tally, table, names, reads.imprint(state)))
        )
        assert all(cell.data_type != "f" for sheet in book for row in sheet for cell in row)


def test_the_comparison_leaves_as_a_workbook_with_the_list_behind_every_line(state):
    period = cut_off(preset_period("this_year", state.as_of), state.as_of)
    compared = reconcile(example_lines("zh"), reads.figures(period, state), [], period, state.as_of)
    content = make_report_xlsx(
        compared,
        overlap(compared),
        pairs(compared),
        example_lines("zh"),
        names=named(),
        imprint=reads.imprint(state),
    )
    sheets = openpyxl.load_workbook(BytesIO(content)).sheetnames
    assert sheets[:3] == ["对账", "重叠", "两两重叠"]
    assert len(sheets) == 3 + len(compared) + 1


def test_numbers_are_said_with_numerator_and_denominator_and_nothing_as_a_dash(state):
    names = named()
    rate, days = find_figure("reply_rate"), find_figure("time_to_file")
    assert say_value(rate, Value(0.8, 12, 15), names) == "12/15 = 80%"
    assert say_value(rate, Value(None, 0, 0), names) == "—"
    assert say_value(days, Value(None, 0), names) == "—（n=0）"
    assert say_value(find_figure("area_restored"), Value(2000.0, 1), names) == "2,000 m²（3.00 亩）"
    assert say_change(rate, Value(0.8, 12, 15), Value(0.5, 1, 2), names) == "+30.0 个百分点"
    assert say_change(rate, Value(0.8, 12, 15), Value(None, 0, 0), names) == "—"


def test_a_course_leaves_a_gap_where_there_is_nothing_to_divide_by(state):
    picture = draw_trend(find_figure("reply_rate"), ["1", "2", "3"], [0.5, None, 1.0], named())
    assert (picture.count('class="point"'), picture.count("—")) == (2, 1)
    totals = draw_trend(find_figure("leads"), ["1", "2"], [0, 4], named())
    assert ["height:1px" in totals, "height:64px" in totals] == [True, True]
