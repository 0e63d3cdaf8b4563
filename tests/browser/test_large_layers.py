"""A layer too large to be sent: circles with numbers far off, shapes near, cards on a click."""

import re

import pytest
from playwright.sync_api import expect

from dashboard.text import say
from geodata import Scope, open_cases
from geodata.engines.folder import create_feature_store
from geodata.sample import SAMPLE_ON, sample_features, write_sample
from geodata.selection import select
from geodata.tiles import TILED_FROM
from layers.catalog import schema_of
from tests.browser.server import running_app
from tests.geodata.test_revisions import a_note
from tests.geodata.test_tiles import parcels

pytestmark = pytest.mark.browser

LAYER = "occupied_farmland"
OWN = len(sample_features()[LAYER])
NEAR = "at=16/{lat:.5f}/{lon:.5f}"
PAINTED = f"""(count) => gis.state.tiled.{LAYER} && gis.state.tiled.{LAYER}.count >= count"""
TOLD = f"() => gis.state.tiled.{LAYER}"
SEEN = """() => {
  const found = [];
  window.map.eachLayer((one) => {
    if (!one.readdress) return;
    Object.values(one._tiles).forEach(({el}) => (el.tile.signs || []).forEach((sign) => {
      if (!sign.counts) return;
      const size = one.getTileSize(), at = el.tile.coords.scaleBy(size)
        .add(L.point(sign.at[0], sign.at[1]).multiplyBy(size.x / sign.extent));
      const point = window.map.latLngToContainerPoint(window.map.unproject(at, el.tile.coords.z));
      found.push({ n: sign.n, x: point.x, y: point.y });
    }));
  });
  return found;
}"""

ONE_BY_ONE = """() => {
  const ids = new Set();
  window.map.eachLayer((one) => {
    if (!one.readdress) return;
    Object.values(one._tiles).forEach(({el}) => {
      const told = el.tile.layers && el.tile.layers.features;
      if (told) told.ids.forEach((id) => ids.add(id));
    });
  });
  return ids.size;
}"""


@pytest.fixture(scope="module")
def rows():
    """More parcels than travel with the page."""
    frame = parcels(TILED_FROM + 300, corners=24)
    for column in schema_of(LAYER).column_ids:
        if column not in frame:
            frame[column] = None
    return frame.assign(found_on=SAMPLE_ON, is_demonstration=True)


@pytest.fixture(scope="module")
def office(browser, tmp_path_factory, rows):
    """The address of an app with a large layer beside the demonstration."""
    here = tmp_path_factory.mktemp("large")
    features = create_feature_store(here / "data" / "features")
    write_sample(features, open_cases(f"sqlite:{here / 'data' / 'cases.sqlite'}"))
    features.write(LAYER, rows, a_note())
    with running_app(here, PIM_DATA_FOLDER=str(here / "data")) as address:
        yield address


def wait_for_tiles(overview, more_than=0):
    """Wait until the tiles in sight are painted once more; return what the map says of them."""
    overview.map.wait(PAINTED, more_than + 1)
    return overview.map.ask(TOLD)


def test_far_off_circles_say_how_many_and_their_sum_is_the_layer(visit, office, rows):
    overview = visit(office).open("/?at=8/36.05/103.85")
    wait_for_tiles(overview)
    circles = overview.map.ask(SEEN)
    assert sum(one["n"] for one in circles) == len(rows) + OWN  # and the demonstration's own
    assert f"{len(rows) + OWN}" in overview.map.text().replace(",", "")
    most = max(circles, key=lambda one: one["n"])
    box = overview.map.box.bounding_box()
    overview.page.mouse.move(box["x"] + most["x"], box["y"] + most["y"])
    tip = overview.map.locator(".leaflet-tooltip")
    expect(tip).to_contain_text(f"{most['n']:,}")
    expect(tip).to_contain_text(say("filters.no_case", "zh"))


def test_a_circle_that_is_clicked_opens_into_what_it_holds(visit, office):
    overview = visit(office).open("/?at=8/36.05/103.85")
    count = wait_for_tiles(overview)["count"]
    most = max(overview.map.ask(SEEN), key=lambda one: one["n"])
    box, zoom = overview.map.box.bounding_box(), overview.map.view()[0]
    overview.page.mouse.click(box["x"] + most["x"], box["y"] + most["y"])
    wait_for_tiles(overview, count)
    assert overview.map.view()[0] > zoom


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.thorough)])
def test_a_parcel_near_at_hand_is_named_and_opens_its_card(visit, office, rows, language):
    place = rows.geometry[1234].centroid
    query = f"lang={language}&{NEAR.format(lat=place.y, lon=place.x)}"
    overview = visit(office).open(f"/?{query}")
    wait_for_tiles(overview)
    pixel = overview.map.ask(
        "({lat, lon}) => { const p = window.map.latLngToContainerPoint([lat, lon]);"
        " return [p.x, p.y]; }",
        lat=place.y,
        lon=place.x,
    )
    box = overview.map.box.bounding_box()
    x, y = box["x"] + pixel[0], box["y"] + pixel[1]
    overview.page.mouse.move(x, y)
    expect(overview.map.locator(".leaflet-tooltip")).to_contain_text("地块 1234")
    overview.page.mouse.click(x, y)
    expect(overview.side).to_contain_text("地块 1234")
    assert overview.wait_for_part("sel") == f"{LAYER}:P1234"
    overview.map.wait("(ref) => gis.state.selected.includes(ref)", f"{LAYER}:P1234")


def test_a_filter_asks_for_other_tiles_and_another_colouring_does_not(visit, office, rows):
    overview = visit(office).open("/?at=8/36.05/103.85")
    before = wait_for_tiles(overview)
    overview.turn("colour", "hazard")
    overview.settle()
    assert overview.map.ask(TOLD)["url"] == before["url"]
    overview.pick("jurisdictions", "西固")
    after = wait_for_tiles(overview, before["count"])
    assert "offices=LZ-XG" in after["url"]
    own = len(select(rows, Scope(jurisdictions=frozenset({"LZ-XG"}))))
    assert overview.map.ask(ONE_BY_ONE) == own  # few enough to be drawn with their shapes


def test_the_list_behind_the_figure_turns_its_pages(visit, office):
    overview = visit(office).open("/?list=hazards_found")
    said = overview.page.get_by_text(re.compile(r"现列第 1–200 处"))
    expect(said).to_be_visible()
    overview.button("list-on").click()
    expect(overview.page.get_by_text(re.compile(r"现列第 201–400 处"))).to_be_visible()
    overview.button("list-back").click()
    expect(said).to_be_visible()
