"""The printed map: true to scale, true to the screen's vocabulary, and signed."""

import re
from datetime import date
from io import BytesIO
from itertools import combinations
from pathlib import Path

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.ft2font import FT2Font
from PIL import Image
from pyproj import Geod
from shapely import LineString, Point, box

from dashboard import PRINT_FONTS
from geodata.city import open_city, read_outlines
from geodata.rule_set import load_rule_set
from layers.catalog import all_layers
from layers.drawing import glyphs
from layers.drawing.counts import show_count, show_total
from layers.drawing.fonts import NoChineseFont, find_lettering, split_after, width_em, wrap
from layers.drawing.frame import extent_of, extent_of_district, frame_map
from layers.drawing.legend import LegendWords
from layers.drawing.paper import Paper, lay_sheet
from layers.drawing.printmap import Edition, compose_map, draw_map, find_seen
from layers.drawing.symbols import COLOUR_BY, OVERDUE_COLOUR, STATUS_SIGNS
from layers.imprint import imprint_of

CITY = open_city()
GEOD = Geod(ellps="GRS80")
WORDS = {
    "zh": LegendWords("图层", "案件状态", "有期限超期", "尚无案件"),
    "en": LegendWords("Layers", "Case status", "Overdue", "No case yet"),
}
SMALL = Paper(width_px=900, height_px=600, dpi=100)
XIGU = (103.45, 36.05, 103.65, 36.15)


def edition(language="zh", colour_by="status", *, is_demonstration=False):
    imprint = imprint_of(CITY, date(2025, 12, 17), "abc123", is_demonstration=is_demonstration)
    groups = load_rule_set().groups
    return Edition(CITY, all_layers(), groups, WORDS[language], imprint, language, colour_by)


def features(*rows):
    """Return features as a Situation has them; each row is layer, geometry, and what differs."""
    facts = [
        {
            "ref": f"{layer}:{number}",
            "layer": layer,
            "jurisdiction": "LZ-XG",
            "group": "recommendation",
            "is_overdue": False,
            "count": 1,
            "geometry": geometry,
            **more,
        }
        for number, (layer, geometry, more) in enumerate(rows)
    ]
    columns = ["ref", "layer", "jurisdiction", "group", "is_overdue", "count", "geometry"]
    return gpd.GeoDataFrame(facts, columns=columns, geometry="geometry", crs=4490)


def station(lon, lat, **more):
    return ("charging_stations", Point(lon, lat), more)


def pixels(png):
    return np.asarray(Image.open(BytesIO(png)).convert("RGB")).astype(int)


def texts_on(sheet):
    return [text.get_text() for axes in sheet.figure.axes for text in axes.texts]


def composed(shown, language="zh", colour_by="status", **more):
    is_demonstration = more.pop("is_demonstration", False)
    sheet = lay_sheet(SMALL, find_lettering(PRINT_FONTS["regular"]), language)
    this = edition(language, colour_by, is_demonstration=is_demonstration)
    compose_map(sheet, shown, this, **more)
    return texts_on(sheet)


# ------------------------------------------------------------------ scale and shape


@pytest.mark.parametrize("extent", [CITY.bounds, XIGU, (103.6, 36.1, 103.6, 36.1)])
def test_the_scale_bar_is_as_long_as_the_earth_is_at_the_centre(extent):
    frame = frame_map(extent, aspect=1.5)
    length_m, drawn_m = frame.scale_bar()
    assert drawn_m == pytest.approx(length_m, rel=1e-4)
    assert re.fullmatch(r"[125]0*\.0", str(length_m))
    assert 0.1 < length_m / frame.width_m <= 0.25


def test_a_square_on_the_ground_is_a_square_on_paper_and_north_is_up():
    frame = frame_map(XIGU, aspect=1.5)
    lon, lat = frame.centre
    corners = [GEOD.fwd(lon, lat, azimuth, 5_000)[:2] for azimuth in (0, 90, 180, 270)]
    north, east, south, west = frame.flatten(gpd.GeoSeries(map(Point, corners), crs=4490))
    assert (north.x, south.x) == pytest.approx((0, 0), abs=0.01)
    assert north.y - south.y == pytest.approx(10_000, abs=1)
    assert east.x - west.x == pytest.approx(10_000, abs=1)


def test_areas_on_paper_are_those_of_the_ellipsoid():
    outlines = read_outlines(CITY.id).geometry
    flat = frame_map(CITY.bounds, aspect=1.5).flatten(outlines)
    # The edges are straight lines in degrees for one, and in metres for the other.
    true_m2 = [abs(GEOD.geometry_area_perimeter(shape)[0]) for shape in outlines]
    assert list(flat.area) == pytest.approx(true_m2, rel=1e-3)


def test_everything_asked_for_is_inside_the_frame_with_a_margin():
    shown = features(station(102.7, 36.9), station(104.4, 35.7))
    frame = frame_map(extent_of(shown, CITY), aspect=1.5)
    edge_m = 0.05 * frame.height_m
    inner = frame.box.buffer(-edge_m)
    assert frame.flatten(shown.geometry).within(inner).all()
    assert frame.width_m / frame.height_m == pytest.approx(1.5)


def test_what_is_only_counted_is_framed_on_its_district():
    counted = features(("elder_allowance", None, {"jurisdiction": "LZ-HG"}))
    outlines = read_outlines(CITY.id).set_index("office").geometry
    assert extent_of(counted, CITY) == outlines["LZ-HG"].bounds
    west, south, east, north = extent_of_district("LZ-XQ", CITY)  # it has no outline
    lon, lat = dict(CITY.badges)["LZ-XQ"]
    assert west < lon < east
    assert south < lat < north
    assert extent_of(features(), CITY) == CITY.bounds


def test_a_sign_stands_where_its_feature_lies():
    west, south, east, north = XIGU
    shown = features(station((west + east) / 2, (south + north) / 2))
    picture = pixels(draw_map(shown, edition(), extent=XIGU, paper=SMALL))
    picture = picture[:560, :700]  # without legend and foot
    orange = (picture == (0xC7, 0x77, 0x00)).all(axis=2)
    border = np.abs(picture - (0x52, 0x60, 0x6D)).max(axis=2) < 60  # blurred where it is thin
    down, across = (places.mean() for places in np.nonzero(orange))
    assert across == pytest.approx(np.nonzero(border[300])[0][[0, -1]].mean(), abs=2)
    assert down == pytest.approx(np.nonzero(border[:, 300])[0][[0, -1]].mean(), abs=2)


# ------------------------------------------------------------------ signs


@pytest.mark.parametrize("shape", glyphs.SHAPES)
def test_each_status_leaves_another_part_of_a_sign_white(shape):
    marks = {
        sign.mark: (
            glyphs.white_part(shape, sign.mark),
            sign.mark in glyphs.LIGHT_MARKS,
            glyphs.EDGE_DASHES.get(sign.mark),
        )
        for sign in STATUS_SIGNS.values()
    }
    assert len(marks) == len(STATUS_SIGNS)
    for (one, one_light, one_dash), (other, other_light, other_dash) in combinations(
        marks.values(), 2
    ):
        differs = one.symmetric_difference(other).area > 0.05
        assert differs or one_light != other_light or one_dash != other_dash


def test_every_shape_of_a_layer_has_an_outline_that_is_no_other_ones():
    for layer in all_layers():
        assert layer.style.shape in glyphs.SHAPES
    for one, other in combinations(glyphs.SHAPES.values(), 2):
        assert one.symmetric_difference(other).area > 0.1


@pytest.mark.parametrize(
    "geometry",
    [
        Point(103.55, 36.1),
        LineString([(103.5, 36.1), (103.6, 36.1)]),
        box(103.5, 36.08, 103.6, 36.12),
    ],
    ids=["point", "line", "area"],
)
def test_what_is_overdue_has_a_rim_that_nothing_else_has(geometry):
    layers = {"Point": "charging_stations", "LineString": "river_segments"}
    layer = layers.get(geometry.geom_type, "occupied_farmland")
    rim = tuple(bytes.fromhex(OVERDUE_COLOUR.removeprefix("#")))
    found = {
        late: (pixels(
            draw_map(features((layer, geometry, {"is_overdue": late})), edition(), paper=SMALL)
        )[:, :600] == rim).all(axis=2).sum()
        for late in (False, True)
    }  # fmt: skip
    assert found[False] == 0
    assert found[True] > 10


@pytest.mark.parametrize("colour_by", COLOUR_BY)
@pytest.mark.parametrize(
    "layer", [one for one in all_layers() if one.has_places], ids=lambda one: one.id
)
def test_every_layer_can_be_printed_in_every_status(layer, colour_by):
    geometries = {
        "point": Point(103.55, 36.1),
        "line": LineString([(103.5, 36.1), (103.6, 36.12)]),
        "polygon": box(103.5, 36.08, 103.6, 36.12).difference(box(103.52, 36.09, 103.58, 36.11)),
    }
    place = geometries[layer.schema.geometry]
    rows = [(layer.id, place, {"group": group, "is_overdue": True}) for group in STATUS_SIGNS]
    shown = features(*rows)
    assert pixels(draw_map(shown, edition("zh", colour_by), paper=SMALL)).shape == (600, 900, 3)


# ------------------------------------------------------------------ what stands on the map


def test_the_map_names_the_offices_and_gives_the_new_area_a_badge():
    texts = composed(features(), extent=CITY.bounds)
    for office in CITY.jurisdictions:
        assert office.short.zh in texts


def test_the_legend_counts_what_is_in_the_frame_and_nothing_else():
    shown = features(
        station(103.50, 36.10),
        station(103.60, 36.10, group="closed", is_overdue=True),
        station(104.40, 35.70, group="in_court"),
    )
    texts = composed(shown, extent=XIGU)
    assert "充电设施 2" in texts
    assert "建议（公告）已发 1" in texts
    assert "已结 1" in texts
    assert "有期限超期 1" in texts
    assert not [text for text in texts if "诉讼中" in text or "二次供水" in text]


def test_a_feature_without_a_place_is_said_to_be_missing_from_the_map():
    shown = features(station(103.5, 36.1), ("charging_stations", None, {}), station(0, 0))
    shown.loc[2, "geometry"] = Point()
    texts = composed(shown, extent=XIGU)
    assert "位置不明，未画出：2" in texts


def test_a_count_stands_on_its_district_and_a_small_one_is_not_told():
    def counted(office, count):
        return ("elder_allowance", None, {"jurisdiction": office, "count": count})

    shown = features(counted("LZ-HG", 30), counted("LZ-HG", 14), counted("LZ-XQ", 2))
    texts = composed(shown, extent=CITY.bounds)
    assert "高龄津贴 44" in texts
    assert "高龄津贴 <3" in texts
    assert "高龄津贴 ≥44" in texts  # the legend: a full total would give the small count away
    assert not [text for text in texts if "46" in text]


@pytest.mark.parametrize(
    ("counts", "shown"), [([12, 5], "17"), ([12, 2], "≥12"), ([1], "<3"), ([2, 1], "<3"), ([], "0")]
)
def test_a_total_never_gives_a_small_count_away(counts, shown):
    assert show_total(counts) == shown


def test_counts_of_one_and_two_look_the_same():
    assert show_count(1) == show_count(2) != show_count(3)
    assert show_count(0) == "0"


def test_a_layer_that_is_no_longer_on_offer_is_left_out():
    shown = features(("no_such_layer", Point(103.55, 36.1), {}), station(103.5, 36.1))
    frame = frame_map(XIGU, aspect=1.5)
    assert list(find_seen(shown, frame, CITY, all_layers())["layer"]) == ["charging_stations"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_map_says_its_sources_its_day_its_revision_and_its_datum(language):
    # Lines are broken to fit the paper.
    said = "".join(composed(features(), language)).replace("\n", "")
    for words in ("2025-12-17", "abc123", "CGCS2000", "GS（2024）0650号", "GSHHG"):
        assert words in said
    assert {"zh": "内部使用", "en": "Internal use"}[language] in said


@pytest.mark.parametrize(
    ("language", "mark"),
    [("zh", "演示数据 · 均为虚构"), ("en", "Demonstration data · all invented")],
)
def test_invented_data_is_marked_below_and_across_the_map_and_real_data_is_not(language, mark):
    assert composed(features(), language, is_demonstration=True).count(mark) == 5
    assert composed(features(), language).count(mark) == 0


def test_a_map_of_a_small_place_shows_where_in_the_city_it_lies():
    def axes_of(extent):
        sheet = lay_sheet(SMALL, find_lettering(PRINT_FONTS["regular"]), "zh")
        compose_map(sheet, features(), edition(), extent=extent)
        return len(sheet.figure.axes)

    assert axes_of(XIGU) == axes_of(CITY.bounds) + 1


def test_a_long_title_is_wrapped_and_kept_whole():
    title = "督促整治西固区电动汽车充电设施安全隐患行政公益诉讼案" * 4
    texts = composed(features(), title=title)
    assert title in [text.replace("\n", "") for text in texts]


def test_the_picture_has_the_size_and_the_resolution_that_was_asked_for():
    picture = Image.open(BytesIO(draw_map(features(), edition(), paper=Paper(1200, 700, 150))))
    assert picture.size == (1200, 700)
    assert picture.info["dpi"] == pytest.approx((150, 150), abs=0.1)


def test_the_same_map_is_the_same_picture_every_time():
    shown = features(station(103.55, 36.1))
    one, other = (draw_map(shown, edition(), paper=SMALL) for _ in range(2))
    assert one == other


def test_drawing_leaves_no_mark_on_the_settings_of_matplotlib():
    before = dict(mpl.rcParams)
    draw_map(features(station(103.55, 36.1)), edition(), paper=SMALL)
    assert dict(mpl.rcParams) == before


# ------------------------------------------------------------------ letters


def test_every_letter_that_is_printed_has_a_glyph():
    font = FT2Font(find_lettering(PRINT_FONTS["regular"]).regular.get_file())
    for language in ("zh", "en"):
        shown = features(station(103.55, 36.1, is_overdue=True), ("elder_allowance", None, {}))
        texts = composed(shown, language, is_demonstration=True, title="督促履行职责案")
        missing = {
            one for one in "".join(texts) if one != "\n" and not font.get_char_index(ord(one))
        }
        assert missing == set()


def test_a_font_without_chinese_is_refused_by_name(monkeypatch):
    latin = Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    monkeypatch.setenv("PIM_FONT", str(latin))
    with pytest.raises(NoChineseFont) as refused:
        find_lettering(PRINT_FONTS["regular"])
    assert refused.value.facts["asked"] == str(latin)


def test_a_font_named_in_the_settings_comes_first(monkeypatch):
    given = find_lettering(PRINT_FONTS["regular"]).regular.get_file()
    monkeypatch.setenv("PIM_FONT", given)
    chosen = find_lettering(Path("no/such/font.ttf"))
    assert chosen.regular.get_file() == chosen.bold.get_file() == given


words = st.text(st.sampled_from("兰州检察建议，。“”（）《》abc -12/"), max_size=60)


@given(words, st.integers(4, 30))
def test_wrapping_keeps_every_letter_and_every_line_within_the_room(text, room_em):
    lines = wrap(text, room_em)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        # Punctuation that must not begin a line may hang over its end.
        assert width_em(line.rstrip("，。”）》/-")) <= room_em


@given(words, st.integers(4, 30), st.integers(0, 5))
def test_a_text_split_after_some_lines_is_whole_again_when_joined(text, room_em, count):
    first, rest = split_after(text, count, room_em)
    assert "".join((first + rest).split()) == "".join(text.split())
    assert len(wrap(first, room_em)) <= max(count, 1)
