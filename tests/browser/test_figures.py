"""No figure without its list: what a button counts, its list holds."""

import pytest
from playwright.sync_api import expect

from dashboard.panels.figures.indicator_row import figure
from dashboard.panels.lists import OFFICE_FIGURES
from dashboard.reads import INDICATORS
from geodata import Scope, open_city
from layers.indicators import count_by_office
from tests.browser import demonstration
from tests.browser.overview import whole

pytestmark = pytest.mark.browser

OFFICES = open_city().jurisdiction_ids


def test_every_figure_is_the_counted_one_and_opens_a_list_with_as_many_rows(overview):
    overview.open()
    expected = {one.id: one for one in demonstration.indicators()}
    assert tuple(expected) == INDICATORS
    for name, indicator in expected.items():
        assert overview.figure(name) == figure(indicator), name
        overview.button(f"indicator-{name}").click()
        overview.wait_for_part("list", name)
        overview.settle()
        rows = whole(overview.figure(name))
        assert rows > 0, f"{name}: the demonstration should show a list"
        expect(overview.list.grid).to_have_attribute("aria-rowcount", str(rows + 1))
        if indicator.of is not None:
            expect(overview.list.grid.locator("th").first).to_have_text("计入")


def test_the_table_of_offices_shows_the_counts_in_administrative_order(overview):
    overview.open()
    counts = count_by_office(demonstration.seen(), OFFICES)
    assert overview.offices.rows() == len(OFFICES) == 9
    for row, office in enumerate(OFFICES):
        assert overview.offices.cell(row, 0) == open_city().jurisdiction(office).short.zh
        shown = [int(overview.offices.cell(row, 1 + n)) for n in range(len(OFFICE_FIGURES))]
        assert shown == list(counts.loc[office, list(OFFICE_FIGURES)])


@pytest.mark.thorough
def test_each_figure_of_an_office_filters_to_the_office_and_opens_the_list_behind_it(overview):
    overview.open()
    row, in_xigu = OFFICES.index("LZ-XG"), Scope(jurisdictions=frozenset({"LZ-XG"}))
    for place, (column, listed) in enumerate(OFFICE_FIGURES.items(), 1):
        shown = int(overview.offices.cell(row, place))
        overview.offices.click(row, place, columns=1 + len(OFFICE_FIGURES))
        overview.wait_for_part("offices", "LZ-XG")
        overview.map.wait_for(demonstration.placed(in_xigu))
        overview.settle()
        assert overview.parts().get("list", "") == listed, column
        rows = whole(overview.figure(listed)) if listed else shown
        if column != "verified":  # a rate lists what it is taken of, and ticks what it counts
            assert rows == shown, column
        expect(overview.list.grid).to_have_attribute("aria-rowcount", str(rows + 1))
        overview.page.go_back()
        overview.wait_until_gone("offices")
        overview.map.wait_for(demonstration.placed())
