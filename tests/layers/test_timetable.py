"""The day of a team on paper and as GeoJSON."""

import io
import json
import re
from dataclasses import replace

import geopandas as gpd
import pytest

from geodata.model import Title
from layers.drawing.fonts import find_lettering
from layers.timetable import LINES, render_geojson, render_pdf
from tests.layers import visit_days
from tests.layers.visit_days import RELIC, RIVER, STATION, a_plan

SHORT = Title("文物", "Relics")


def pages_of(pdf):
    return len(re.findall(rb"/Type /Page\b", pdf))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_short_day_is_one_page_and_the_same_bytes_each_time(language):
    pdf = render_pdf(a_plan(), find_lettering(), language)
    assert pdf.startswith(b"%PDF-")
    assert pages_of(pdf) == 1
    assert pdf == render_pdf(a_plan(), find_lettering(), language)


def test_a_long_day_goes_on_over_further_pages():
    stops = tuple(
        replace(visit_days.stop(f"relics:{n}", n, f"站{n}", (103.6, 36.1)), layer_title=SHORT)
        for n in range(1, 46)
    )
    a_page = LINES // 3  # every stop here is two lines, longitude and latitude, and a blank
    assert pages_of(render_pdf(a_plan(stops=stops), find_lettering(), "zh")) == -(-45 // a_page)


def test_geojson_is_read_by_others_with_the_stops_in_order():
    told = render_geojson(a_plan(), "zh")
    frame = gpd.read_file(io.BytesIO(told))
    assert frame.crs.to_epsg() == 4326
    points = frame[frame.geom_type == "Point"]
    assert list(points["ref"]) == [STATION, RIVER]
    assert [(one.x, one.y) for one in points.geometry] == [(103.62, 36.1), (103.64, 36.11)]
    (way,) = frame[frame.geom_type == "LineString"].geometry
    assert list(way.coords) == [(103.62, 36.1), (103.64, 36.11)]


def test_geojson_names_what_has_no_place_and_what_is_invented():
    told = json.loads(render_geojson(a_plan(), "en"))
    assert RELIC not in [one["properties"].get("ref") for one in told["features"]]
    assert told["not_placed"] == ["虚构遗址"]
    assert any("invented" in mark for mark in told["marks"])
    assert told["imprint"]["Data revision"] == "r7"
