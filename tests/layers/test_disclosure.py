"""Places made coarse, counts suppressed, photographs bare; and our own exports raise no alarm."""

from dataclasses import replace
from datetime import date
from io import BytesIO

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from shapely import LineString, Point, box

from dashboard.words.visit_pack import pack_words
from geodata import open_city
from geodata.errors import BadEvidence
from geodata.sample import SAMPLE_ON, sample_features
from layers.catalog import all_layers
from layers.disclosure import (
    AUDIENCES,
    audience_titles,
    check_export,
    context_for,
    disclosure_classes,
    generalise,
    leak_kinds,
    photo_for_outside,
    suppress,
    traces_of,
)
from layers.disclosure.pictures import UnreadablePicture, is_unreadable
from layers.disclosure.places import CELL_DEG, LEAST_M, SHOWN_COLUMNS
from layers.drawing.fonts import find_lettering
from layers.handoff import list_visits, render_gpx, render_kml
from layers.handoff import render_xlsx as render_visits
from layers.imprint import imprint_of
from layers.routing import find_stops, order_visits
from layers.sheets import render_csv, render_xlsx
from layers.timetable import render_geojson, render_pdf
from layers.transfer_notice import render_docx
from layers.visit_pack import build_pack
from tests.layers.planted import jpeg, png
from tests.layers.test_transfer_notice import draft
from tests.layers.visit_days import a_plan, checklists, vectors

CITY = open_city()
LANGUAGES = ("zh", "en")


def features(*places, **columns):
    frame = {
        "layer": "charging_stations",
        "jurisdiction": "LZ-XG",
        "township": "陈坪街道",
        "name": "某站",
        "place_original": "103.638631 36.081457",
    }
    rows = [{**frame, "geometry": place} for place in places]
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=4490).assign(**columns)


# ------------------------------------------------------------------------------ places

LON, LAT = st.floats(102.6, 104.5), st.floats(35.6, 37.0)


@settings(max_examples=25)
@given(lon=LON, lat=LAT, ahead=st.floats(-0.009, 0.009), way=st.sampled_from(["grid", "township"]))
def test_a_coarse_place_is_written_with_two_decimals_and_tells_no_place_of_its_cell(
    lon, lat, ahead, way
):
    (place,) = generalise(features(Point(lon, lat)), way, CITY).features.geometry
    assert (round(place.x, 2), round(place.y, 2)) == (place.x, place.y)
    if way == "grid":
        middle = np.floor(np.array([lon, lat]) / CELL_DEG) * CELL_DEG + CELL_DEG / 2
        assert (place.x, place.y) == pytest.approx(tuple(middle))
        other = Point(place.x + ahead, place.y - ahead)
        assert generalise(features(other), way, CITY).features.geometry[0] == place


def test_coarse_places_keep_no_column_that_nobody_named_and_no_order():
    many = features(*(Point(103.5 + n / 100, 36.1) for n in range(30)))
    many["hazard_kinds"] = [str(n) for n in range(30)]
    coarse = generalise(many, "grid", CITY)
    assert set(coarse.features.columns) <= {*SHOWN_COLUMNS, "geometry"}
    assert list(coarse.features["hazard_kinds"]) != list(many["hazard_kinds"])
    assert coarse.precision_m >= LEAST_M


def test_lines_and_areas_become_points_since_an_outline_names_a_place():
    shapes = features(LineString([(103.5, 36.1), (103.6, 36.2)]), box(103.5, 36.1, 103.6, 36.2))
    assert set(generalise(shapes, "grid", CITY).features.geom_type) == {"Point"}


def test_a_township_with_few_features_is_shown_by_its_district():
    few = generalise(features(Point(103.6, 36.1), Point(103.62, 36.1)), "township", CITY)
    district = generalise(features(Point(103.6, 36.1)), "district", CITY)
    assert set(few.features.geometry) == set(district.features.geometry)
    many = generalise(features(*[Point(103.6, 36.1)] * 3), "township", CITY)
    assert set(many.features.geometry) != set(district.features.geometry)


def test_a_row_without_a_place_is_left_out_and_counted():
    coarse = generalise(features(Point(), Point(103.6, 36.1)), "grid", CITY)
    assert (len(coarse.features), coarse.left_out) == (1, 1)
    nowhere = generalise(features(Point(103.6, 36.5), jurisdiction="LZ-XQ"), "district", CITY)
    assert (len(nowhere.features), nowhere.left_out) == (0, 1)


@pytest.mark.parametrize("way", ["grid", "township", "district"])
def test_coarse_places_of_the_sample_pass_the_check(way):
    frame = sample_features()["charging_stations"].assign(layer="charging_stations")
    coarse = generalise(frame, way, CITY).features
    told = coarse[["jurisdiction", "geometry"]].to_json().encode()
    context = context_for("outside", CITY, severities={"date_missing": "passes"})
    assert check_export(told, "a.geojson", context) == ()
    exact = frame[["jurisdiction", "geometry"]].to_json().encode()
    assert "position" in {one.kind for one in check_export(exact, "a.geojson", context)}


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 9), min_size=1, max_size=6))
def test_no_count_of_one_or_two_is_shown_or_can_be_told_from_the_total(counts):
    shown = suppress(counts)
    small = [name for name, count in counts.items() if count in {1, 2}]
    assert all(shown.counts[name] == "<3" for name in small)
    if small:
        assert not shown.total.isdigit()


# ------------------------------------------------------------------------- photographs


def a_photo(**more):
    noise = np.random.default_rng(1).integers(0, 255, (200, 300, 3)).astype("uint8")
    file = BytesIO()
    Image.fromarray(noise).save(file, "JPEG", quality=95, **more)
    return file.getvalue()


def exif():
    told = Image.Exif()
    told[0x010F] = "手机".encode()
    told[0x0112] = 6
    told.get_ifd(0x8825).update({1: "N", 2: (36.0, 4.0, 53.2), 3: "E", 4: (103.0, 38.0, 12.1)})
    return told.tobytes()


def test_a_photograph_for_outside_carries_nothing_but_pixels():
    photo = a_photo(exif=exif(), comment=b"who", xmp=b"<x:xmpmeta/>")
    assert {"exif", "gps", "comment", "xmp"} <= {one.kind for one in traces_of(photo)}
    made = photo_for_outside(photo + b"hidden after the end")
    assert traces_of(made) == ()
    assert Image.open(BytesIO(made)).size == (200, 300)  # turned as EXIF said


def test_a_blurred_box_is_gone_from_the_pixels_and_the_rest_is_not():
    photo = a_photo()
    made = photo_for_outside(photo, [(20, 20, 120, 120)])
    assert is_unreadable(made, (20, 20, 120, 120))
    assert not is_unreadable(made, (150, 100, 280, 190))
    assert not is_unreadable(photo, (20, 20, 120, 120))


def test_a_box_outside_of_the_picture_is_refused():
    with pytest.raises(BadEvidence):
        photo_for_outside(a_photo(), [(0, 0, 9999, 20)])


@pytest.mark.parametrize("make", [jpeg, png])
def test_what_follows_the_end_of_a_picture_is_a_trace(make):
    assert traces_of(make()) == ()
    assert [one.kind for one in traces_of(make() + b"PK\x03\x04")] == ["trailing"]
    with pytest.raises(UnreadablePicture):
        traces_of(make()[:-6])


def test_a_picture_of_another_format_tells_its_traces_as_well():
    file = BytesIO()
    Image.new("RGB", (9, 9)).save(file, "WEBP", exif=exif())
    assert {"exif", "gps"} <= {one.kind for one in traces_of(file.getvalue())}


# -------------------------------------------------------------------------------- data


def test_every_kind_of_leak_has_a_class_that_is_told_and_a_severity_for_each_audience():
    known = {*disclosure_classes(), ""}
    assert list(disclosure_classes()) == [f"P{n}" for n in range(7)]
    for kind in leak_kinds().values():
        assert kind.disclosure_class in known
        grades = [("passes", "asks", "stops").index(kind.severity(one)) for one in AUDIENCES]
        if kind.id != "mark_missing":  # outside that mark must not be there
            assert grades == sorted(grades), kind.id
    assert set(audience_titles()) == set(AUDIENCES)


@pytest.mark.parametrize("told", disclosure_classes().values(), ids=lambda one: one.id)
def test_every_class_says_in_both_languages_what_it_covers_and_on_what_it_rests(told):
    for title in (told.title, told.covers, told.outside):
        assert title.zh
        assert title.en
    assert told.basis
    assert told.basis_certainty in {"confirmed", "secondary", "derived", "memory"}


# -------------------------------------------------------------------- our own exports


EXACT = ((103.638631, 36.081457), (103.633633, 36.086971))


def a_day():
    plan = a_plan()
    stops = [replace(one, place=at) for one, at in zip(plan.stops, (*EXACT, None), strict=True)]
    return replace(plan, stops=tuple(stops))


def visits(language):
    frame = features(Point(*EXACT[0]), Point(*EXACT[1])).assign(
        ref=["charging_stations:1", "charging_stations:2"],
        hazard_kinds="",
        case_ids="LZ-XG-2025-001",
        is_demonstration=True,
    )
    imprint = imprint_of(CITY, date(2025, 12, 17), "abc123", is_demonstration=True)
    tour = order_visits(find_stops(frame), (103.63, 36.09))
    return list_visits(
        tour, frame, city=CITY, layers=all_layers(), imprint=imprint, language=language
    )


def a_workbook(language):
    frame = pd.DataFrame({"检察院": ["城关"], "案件数": [3]})
    imprint = imprint_of(CITY, SAMPLE_ON, "r7", is_demonstration=True)
    return render_xlsx({"数据": frame}, imprint, language)


EXPORTS = (
    ("a.xlsx", a_workbook),
    ("v.xlsx", lambda language: render_visits(visits(language))),
    ("v.gpx", lambda language: render_gpx(visits(language))),
    ("v.kml", lambda language: render_kml(visits(language))),
    ("t.pdf", lambda language: render_pdf(a_day(), find_lettering(), language)),
    ("t.geojson", lambda language: render_geojson(a_day(), language)),
    ("a.csv", lambda _: render_csv(pd.DataFrame({"检察院": ["城关"], "案件数": [3]}))),
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "make"), EXPORTS)
def test_what_the_house_exports_raises_no_alarm_inside(name, make, language):
    context = context_for("internal", CITY, is_demonstration=True)
    assert check_export(make(language), name, context) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_visit_pack_with_its_scripts_raises_no_alarm_inside(language):
    plan = a_day()
    pack = build_pack(plan, checklists(), vectors(plan), pack_words(), language)
    context = context_for("internal", CITY, is_demonstration=True)
    assert check_export(pack, "pack.html", context) == ()


def test_a_transfer_notice_carries_nothing_of_its_template():
    context = context_for("outside", CITY)
    kinds = {one.kind for one in check_export(render_docx(draft()), "a.docx", context)}
    assert not kinds & {"thumbnail", "exif", "metadata", "author", "embedded"}


@pytest.mark.parametrize(("name", "make"), EXPORTS[1:-1])
def test_the_same_exports_may_not_go_outside(name, make):
    context = context_for("outside", CITY, is_demonstration=True)
    kinds = {one.kind for one in check_export(make("zh"), name, context)}
    assert {"position", "mark_internal"} <= kinds


def test_the_marks_of_an_imprint_for_outside_do_not_say_internal():
    inside = imprint_of(CITY, SAMPLE_ON, "r7", is_demonstration=True)
    outside = replace(inside, is_internal=False)
    assert inside.marks("zh") == ("演示数据 · 均为虚构", "内部使用")
    assert outside.marks("en") == ("Demonstration data · all invented",)
