"""What a leader sees on opening the page: every place, and a map that says what it is."""

import pytest
from playwright.sync_api import expect

from dashboard.text import say
from geodata import open_city
from geodata.sample import SAMPLE_ON
from layers.catalog import all_layers
from tests.browser import demonstration
from tests.browser.chromium import visitor
from tests.browser.overview import Overview

pytestmark = pytest.mark.browser

CITY = open_city()


@pytest.fixture(scope="module")
def first(browser, demonstration_app):
    """The overview as it was opened once, for those who only look at it."""
    with visitor(browser, demonstration_app) as (context, watch):
        yield Overview(context.new_page(), demonstration_app, watch).open()
        assert (watch.foreign, watch.complaints) == ([], [])


def test_the_map_is_painted_with_every_placed_feature_of_the_demonstration(first):
    first.map.wait_for(demonstration.placed())


def test_nine_offices_stand_on_the_map_by_name_and_the_new_area_by_its_badge(first):
    frame = first.map
    names = [one.short.zh for one in CITY.jurisdictions]
    assert len(names) == 9
    expect(frame.locator(".gis-name > span:first-child")).to_have_text(names)
    expect(frame.locator(".gis-badge > span:first-child")).to_have_text(["新区"])
    for count in frame.locator(".gis-count").all():
        assert count.inner_text().split()[0] in {one.title.zh for one in all_layers()}


def test_the_map_bears_legend_scale_north_arrow_sources_and_its_approval_number(first):
    frame = first.map
    legend = frame.locator(".gis-legend")
    expect(legend.locator("summary")).to_have_text("图例")
    shown = demonstration.seen().features.groupby("layer")["count"].sum()
    for layer in all_layers():
        expect(legend).to_contain_text(f"{layer.title.zh} {shown[layer.id]}")
    expect(frame.locator(".leaflet-control-scale-line")).to_have_text("50 km")
    expect(frame.locator(".gis-north")).to_have_text("▲\n北", use_inner_text=True)
    sources = frame.locator(".leaflet-control-attribution")
    expect(sources).to_contain_text(f"审图号：{CITY.outline_source.map_approval_number}")
    expect(sources).to_contain_text(CITY.river_source.title.zh)


def test_page_and_map_say_that_the_data_are_invented_and_of_which_day(first):
    mark = say("frame.demonstration", "zh")
    expect(first.page.locator("h1 .pim-demo")).to_have_text(mark)
    note = first.map.locator(".gis-legend p")
    expect(note).to_contain_text(mark)
    expect(note).to_contain_text(SAMPLE_ON.isoformat())


def test_the_legend_folds_away_and_stays_folded_while_the_map_is_painted_anew(overview):
    overview.open()
    legend = overview.map.locator(".gis-legend details")
    legend.locator("summary").click()
    overview.pick("layers", "充电设施")
    overview.map.wait_for_count(45)
    expect(legend).not_to_have_attribute("open", "")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_map_and_figures_fit_the_first_view_of_a_small_screen(overview, language):
    page = overview.open(f"/?lang={language}").page
    assert overview.page.viewport_size == {"width": 1366, "height": 768}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    main = page.get_by_test_id("stMain")
    assert main.evaluate("(box) => box.scrollWidth <= box.clientWidth")
    for indicator in demonstration.indicators():
        button = overview.button(f"indicator-{indicator.id}")
        expect(button).to_be_in_viewport(ratio=1)
        assert button.evaluate("(box) => box.scrollHeight <= box.clientHeight + 1"), indicator.id
    expect(overview.map.box).to_be_in_viewport(ratio=1)
    for name in ("text", "jurisdictions", "layers", "stage_groups", "colour"):
        expect(overview.keyed(f"filter-{name}")).to_be_in_viewport(ratio=1)
    for choice in overview.keyed("filter-colour").get_by_role("radio").all():
        expect(choice).to_be_in_viewport(ratio=1)
