"""The files of a shortlist, read back with other people's readers."""

from dataclasses import replace
from datetime import date
from io import BytesIO
from xml.etree import ElementTree as ET

import geopandas as gpd
import gpxpy
import pytest
from openpyxl import load_workbook
from shapely import LineString, Point

from geodata.city import open_city
from layers.catalog import all_layers
from layers.handoff import COLUMNS, KML, list_visits, render_gpx, render_kml, render_xlsx
from layers.imprint import imprint_of
from layers.routing import find_stops, order_visits

CITY = open_city()
OFFICE = (103.63, 36.09)
LANGUAGES = ("zh", "en")


def feature(ref, name, geometry, *, is_demonstration=False, **more):
    layer, _, _ = ref.partition(":")
    return {
        "ref": ref,
        "layer": layer,
        "name": name,
        "jurisdiction": "LZ-XG",
        "township": "陈坪街道",
        "hazard_kinds": "",
        "case_ids": "",
        "is_demonstration": is_demonstration,
        "geometry": geometry,
        **more,
    }


def shortlist(*rows, language="zh", returns=False):
    features = gpd.GeoDataFrame(list(rows), geometry="geometry", crs=4490)
    imprint = imprint_of(CITY, date(2025, 12, 17), "abc123", is_demonstration=False)
    tour = order_visits(find_stops(features), OFFICE, returns=returns)
    return list_visits(
        tour, features, city=CITY, layers=all_layers(), imprint=imprint, language=language
    )


@pytest.fixture
def valley():
    """Three places on one road west of the office, and one hazard that is no place."""
    return (
        feature("charging_stations:XG-3", "三号站", Point(103.5, 36.09)),
        feature(
            "charging_stations:XG-1",
            "一号站 <东&西>",
            Point(103.6, 36.09),
            hazard_kinds="unfiled;cable_exposed",
            case_ids="LZ-XG-2025-001;LZ-XG-2025-002",
        ),
        feature("river_segments:XG-H2", "二号河段", LineString([(103.54, 36.09), (103.56, 36.09)])),
        feature("elder_allowance:XG-9", "高龄津贴", None),
    )


def rows_of(visits):
    sheet = load_workbook(BytesIO(render_xlsx(visits))).worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    ids = {column.title.says(visits.language): column.id for column in COLUMNS}
    return [
        dict(zip([ids[head] for head in heads], cells, strict=True))
        for cells in sheet.iter_rows(min_row=2)
    ]


def test_the_workbook_lists_the_stops_in_the_order_of_the_visit(valley):
    rows = rows_of(shortlist(*valley))
    assert [row["order"].value for row in rows] == [1, 2, 3, None]
    assert [row["name"].value for row in rows] == [
        "一号站 <东&西>",
        "二号河段",
        "三号站",
        "高龄津贴",
    ]
    assert rows[0]["layer"].value == "充电设施"
    assert rows[0]["office"].value == "西固"
    assert rows[0]["township"].value == "陈坪街道"
    assert rows[0]["hazards"].value == "未备案、线缆裸露"
    assert rows[0]["cases"].value == "LZ-XG-2025-001、LZ-XG-2025-002"


def test_the_workbook_gives_places_to_six_decimals_and_legs_in_metres(valley):
    first = rows_of(shortlist(*valley))[0]
    assert (first["lon"].value, first["lat"].value) == (103.6, 36.09)
    assert first["lon"].number_format == "0.000000"
    assert first["leg_m"].value == pytest.approx(2701, abs=2)  # 0.03 degrees at this latitude
    assert "估算" in COLUMNS[9].title.zh


@pytest.mark.parametrize("name", ["=1+1", "+86 931", "-1层停车场", "@SUM(A1)", '=HYPERLINK("x")'])
def test_a_name_that_looks_like_a_formula_stays_a_name(name):
    row = rows_of(shortlist(feature("charging_stations:1", name, Point(103.6, 36.1))))[0]
    assert row["name"].value == name
    assert row["name"].data_type == "s"
    assert row["name"].quotePrefix


@pytest.mark.parametrize("render", [render_gpx, render_kml, render_xlsx])
def test_letters_that_no_file_may_hold_are_left_out_of_a_name(render):
    visits = shortlist(feature("charging_stations:1", "站\x0b\x00台", Point(103.6, 36.1)))
    assert visits.rows[0].name == "站台"
    assert render(visits)


@pytest.mark.parametrize("language", LANGUAGES)
def test_gpx_holds_a_waypoint_for_each_stop_and_the_way_there_and_back(valley, language):
    visits = shortlist(*valley, language=language, returns=True)
    gpx = gpxpy.parse(render_gpx(visits).decode())
    assert [point.name for point in gpx.waypoints] == [
        "01 一号站 <东&西>",
        "02 二号河段",
        "03 三号站",
    ]
    way = [(point.longitude, point.latitude) for point in gpx.routes[0].points]
    assert way[0] == way[-1] == OFFICE
    assert way[1] == (103.6, 36.09)
    assert len(way) == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_kml_holds_a_placemark_for_each_stop_and_one_line(valley, language):
    root = parsed(render_kml(shortlist(*valley, language=language)))
    names = [
        one.text for one in root.iterfind(f".//{{{KML}}}Folder/{{{KML}}}Placemark/{{{KML}}}name")
    ]
    assert names == ["01 一号站 <东&西>", "02 二号河段", "03 三号站"]
    line = root.find(f".//{{{KML}}}LineString/{{{KML}}}coordinates").text.split()
    assert len(line) == 4
    assert line[1] == "103.600000,36.090000"


def parsed(kml):
    return ET.fromstring(kml)  # noqa: S314 (these bytes are our own)


def everything_in(visits):
    book = load_workbook(BytesIO(render_xlsx(visits)))
    cells = " ".join(
        str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row
    )
    return {
        "gpx": render_gpx(visits).decode(),
        "kml": render_kml(visits).decode(),
        "xlsx": f"{cells} {book.worksheets[0].oddHeader.center.text}",
    }


@pytest.mark.parametrize("file", ["gpx", "kml", "xlsx"])
def test_every_file_says_its_day_its_revision_its_datum_and_that_legs_are_estimates(valley, file):
    text = everything_in(shortlist(*valley))[file]
    for words in ("2025-12-17", "abc123", "CGCS2000", "GS（2024）0650号", "估算", "高龄津贴"):
        assert words in text
    assert "WGS-84" in text or file == "xlsx"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("file", ["gpx", "kml", "xlsx"])
def test_one_invented_row_marks_the_whole_file(valley, file, language):
    mark = {"zh": "均为虚构", "en": "all invented"}[language]
    invented = {**valley[0], "is_demonstration": True}
    assert mark in everything_in(shortlist(invented, *valley[1:], language=language))[file]
    assert mark not in everything_in(shortlist(*valley, language=language))[file]


def test_the_footer_of_the_workbook_stays_short_enough_for_excel(valley):
    visits = shortlist(*valley)
    many = tuple(replace(source) for source in visits.imprint.sources * 9)
    long = replace(visits, imprint=replace(visits.imprint, sources=many))
    footer = load_workbook(BytesIO(render_xlsx(long))).worksheets[0].oddFooter
    assert len(footer.center.text) < 255


def test_a_shortlist_of_nothing_is_three_sound_files():
    row = feature("elder_allowance:XG-9", "高龄津贴", None)
    visits = shortlist(row)
    assert visits.placed == ()
    assert gpxpy.parse(render_gpx(visits).decode()).waypoints == []
    assert parsed(render_kml(visits)).find(f".//{{{KML}}}LineString") is None
    assert len(rows_of(visits)) == 1
