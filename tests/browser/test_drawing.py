"""An area drawn on the map is a filter: for the map, the figures, the lists and the link."""

import pytest
from playwright.sync_api import expect

from dashboard.panels.figures.indicator_row import figure
from geodata import Scope
from tests.browser import demonstration
from tests.browser.chromium import POLL_MS

pytestmark = pytest.mark.browser

RECTANGLE = (400, 240), (560, 340)
POLYGON = (400, 250), (560, 250), (560, 330), (470, 360)


def scope_of(within: str) -> Scope:
    corners = (corner.split(",") for corner in within.split(";"))
    return Scope(within=tuple((float(lon), float(lat)) for lon, lat in corners))


def draw(overview, shape):
    if shape == "rectangle":
        overview.map.draw_rectangle(*RECTANGLE)
    else:
        overview.map.draw_polygon(POLYGON, finish="完成")


@pytest.mark.parametrize(
    ("shape", "corners"),
    [pytest.param("rectangle", 4, marks=pytest.mark.thorough), ("polygon", len(POLYGON))],
)
def test_everything_follows_a_drawn_area_until_it_is_cleared(overview, shape, corners):
    overview.open()
    draw(overview, shape)
    scope = scope_of(overview.wait_for_part("within"))
    assert len(scope.within) == corners
    expected = demonstration.placed(scope)
    assert 0 < len(expected) < len(demonstration.placed())
    overview.map.wait_for(expected)
    overview.settle()
    for indicator in demonstration.indicators(scope):
        assert overview.figure(indicator.id) == figure(indicator), indicator.id
    assert overview.list.rows() == len(demonstration.seen(scope).cases)
    clear = overview.button("clear-filters")
    expect(clear).to_contain_text("已按所画范围筛选")
    clear.click()
    overview.wait_until_gone("within")
    overview.map.wait_for(demonstration.placed())


@pytest.mark.thorough
def test_an_area_can_be_drawn_once_more_and_over_other_filters(overview):
    overview.open("/?layers=water_supply_points")
    draw(overview, "rectangle")
    first = overview.wait_for_part("within")
    overview.settle()
    draw(overview, "polygon")
    overview.page.wait_for_function(
        "(old) => !location.href.includes(old)", arg=first, polling=POLL_MS
    )
    overview.wait_for_part("layers", "water_supply_points")
    both = Scope(
        within=scope_of(overview.wait_for_part("within")).within,
        layers=frozenset({"water_supply_points"}),
    )
    overview.map.wait_for(demonstration.placed(both))
