"""From the map to the road: what is selected becomes stops in order, and files to take along."""

from io import BytesIO
from pathlib import Path

import gpxpy
import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from dashboard.text import say
from geodata.sample import SAMPLE_ON
from layers.routing import find_stops, order_visits
from tests.browser import demonstration
from tests.browser.overview import Table

pytestmark = pytest.mark.browser

STOPS = tuple(sorted(ref for ref in demonstration.placed() if ref.startswith("river_segments:")))


@pytest.fixture
def visits(overview):
    """The screen of site visits with every river segment on the shortlist."""
    return overview.open(f"/?screen=site_visits&stops={','.join(STOPS)}")


def tour():
    features = demonstration.features()
    return order_visits(find_stops(features[features["ref"].isin(STOPS)]))


def take(overview, form) -> tuple[str, bytes]:
    with overview.page.expect_download() as download:
        overview.button(f"download-{form}").click()
    file = Path(download.value.path())
    return download.value.suggested_filename, file.read_bytes()


def test_a_case_goes_onto_the_shortlist_and_off_again(overview):
    overview.open()
    case = next(one for one in demonstration.cases() if one.id == overview.list.cell(0, 0))
    overview.list.tick(0)
    overview.wait_for_part("sel")
    overview.button("shortlist-toggle").click()
    stops = overview.wait_for_part("stops")
    assert set(stops.split(",")) == set(map(str, case.hazards))
    overview.turn("screen", "site_visits")
    overview.wait_for_part("screen", "site_visits")
    overview.map.wait_for(set(map(str, case.hazards)))
    overview.button("clear-shortlist").click()
    overview.wait_until_gone("stops")
    expect(overview.page.get_by_test_id("stAlert")).to_contain_text(say("shortlist.empty", "zh"))


def test_the_shortlist_is_on_the_map_and_in_the_table_in_the_same_order(visits):
    visits.map.wait_for(set(STOPS))
    planned = tour()
    numbers = visits.map.locator(".gis-stop")
    expect(numbers).to_have_text([str(n) for n in range(1, len(planned.places) + 1)])
    table = Table(visits.page, visits.page.get_by_test_id("stDataFrame"))
    assert table.rows() == len(STOPS)
    names = demonstration.features().set_index("ref")["name"]
    for row, one in enumerate(planned.visits[:6]):
        assert table.cell(row, 1) == names[one.stop.ref]
    length = say("shortlist.title", "zh", count=len(STOPS), km=f"{planned.total_m / 1000:.1f}")
    expect(visits.page.get_by_text(length)).to_be_visible()


def test_the_files_to_take_along_hold_the_stops_and_say_that_they_are_invented(visits):
    mark = say("frame.demonstration_short", "zh")
    name, gpx = take(visits, "gpx")
    assert name == say("shortlist.file", "zh", day=SAMPLE_ON, count=len(STOPS), form="gpx")
    assert len(gpxpy.parse(gpx.decode()).waypoints) == len(STOPS)
    _, kml = take(visits, "kml")
    assert kml.count(b"<Point>") == len(STOPS)
    _, xlsx = take(visits, "xlsx")
    sheet = load_workbook(BytesIO(xlsx)).worksheets[0]
    cells = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    names = demonstration.features().set_index("ref")["name"]
    assert {names[ref] for ref in STOPS} <= set(cells)
    assert mark in "".join(cells)
    assert mark in gpx.decode()
    assert mark in kml.decode()


def test_coming_back_to_the_overview_finds_it_as_it_was_left(visits):
    visits.map.wait_for(set(STOPS))
    visits.turn("screen", "overview")
    visits.wait_until_gone("screen")
    visits.map.wait_for(demonstration.placed())
    assert visits.parts()["stops"] == ",".join(STOPS)
