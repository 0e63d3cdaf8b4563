"""The map stays: moving it asks nothing of the server, and filters paint on it as it stands."""

import pytest

from geodata import Scope
from tests.browser import demonstration

pytestmark = pytest.mark.browser


def recolour(overview, colour):
    """Have the map painted once more; whatever was sent before has been answered then."""
    repaints = overview.map.repaints()
    overview.turn("colour", colour)
    overview.map.wait("(count) => gis.state.count > count", repaints)
    overview.settle()


def test_panning_and_zooming_ask_nothing_of_the_server_and_the_address_follows(overview):
    overview.open()
    recolour(overview, "hazard")
    sent, repaints = overview.watch.sent, overview.map.repaints()
    places = [overview.map.wait_until_told()]
    overview.map.drag((700, 120), (560, 240))
    places.append(overview.map.wait_until_told())
    zoom, *_ = overview.map.view()
    overview.page.mouse.wheel(0, -300)
    overview.map.wait("(zoom) => window.map.getZoom() > zoom", zoom)
    places.append(overview.map.wait_until_told())
    overview.map.locator(".leaflet-control-zoom-out").click()
    places.append(overview.map.wait_until_told())
    assert len(set(places)) == 4
    assert overview.map.repaints() == repaints
    recolour(overview, "overdue")
    assert overview.watch.sent == sent + 1, "only the change of colour was sent"
    assert overview.map.wait_until_told() == places[-1]


@pytest.mark.thorough
def test_the_address_says_where_the_map_stands_whatever_else_is_done(overview):
    overview.open()
    recolour(overview, "hazard")
    overview.map.drag((700, 120), (560, 240))
    moved = overview.map.wait_until_told()
    overview.button("indicator-leads").click()
    overview.wait_for_part("list")
    overview.settle()
    assert overview.map.wait_until_told() == moved
    overview.turn("screen", "story_board")
    overview.wait_for_part("screen")
    overview.settle()
    assert overview.parts()["at"] == moved
    overview.turn("screen", "overview")
    overview.wait_until_gone("screen")
    assert overview.map.wait_until_told() == moved


def test_filters_selections_and_lists_do_not_rebuild_the_map(overview):
    overview.open()
    overview.map.ask("() => { window.__mark = 'the same map'; }")
    view = overview.map.view()
    overview.pick("layers", "充电设施")
    stations = demonstration.placed(Scope(layers=frozenset({"charging_stations"})))
    overview.map.wait_for(stations)
    overview.button("indicator-leads").click()
    overview.wait_for_part("list")
    recolour(overview, "hazard")
    overview.button("clear-filters").click()
    overview.map.wait_for(demonstration.placed())
    assert overview.map.view() == pytest.approx(view, abs=1e-6)
    overview.list.tick(0)
    overview.map.wait("() => gis.state.selected.length > 0")
    assert overview.map.ask("() => window.__mark") == "the same map"
