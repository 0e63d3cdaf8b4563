"""Every problem is found at once, named with its row, column, value and reason; good rows stay."""

from dataclasses import replace
from datetime import date, datetime

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata import Column, Schema, Title, open_city, read_outlines
from geodata.checks import as_text, check, find_offices
from geodata.problems import REMEDIES, WARNINGS, Problem

SITE = {"indoor": Title("室内", "Indoor"), "outdoor": Title("室外", "Outdoor")}
KINDS = {"unfiled": Title("未备案", "Not filed"), "other": Title("其他", "Other")}
STATIONS = Schema(
    geometry="point",
    hazard_kinds=KINDS,
    own=(
        Column("operator", Title("运营单位", "Operator"), required=True),
        Column("piles", Title("桩数", "Piles"), "whole", minimum=0, maximum=2000),
        Column("power_kw", Title("总功率", "Power"), "number", unit="kW", minimum=0),
        Column("site", Title("场地", "Site"), "code", codes=SITE),
        Column("is_public", Title("公用", "Public"), "yes_no"),
    ),
)
XIGU = shapely.Point(103.62, 36.10)
QILIHE = shapely.Point(103.79, 36.03)
SHENZHEN = shapely.Point(114.0, 22.6)


def a_table(*rows):
    """Return rows as the intake lays them out, numbered from 2 as in a sheet."""
    stands = [shapely.Point(XIGU.x + number * 1e-4, XIGU.y) for number in range(len(rows))]
    cells = pd.DataFrame(
        [
            {"operator": "某公司", "place": stand, **row}
            for stand, row in zip(stands, rows, strict=True)
        ]
    )
    cells.index += 2
    places = cells.pop("place")
    said = shapely.to_wkt(places.to_numpy(), trim=True)
    said = pd.Series(said, cells.index).str.replace(r"POINT( EMPTY| \(|)|\)", "", regex=True)
    frame = gpd.GeoDataFrame(cells, geometry=gpd.GeoSeries(places))
    return frame.assign(place_original=cells.get("place_original", said).fillna(""))


def checked(*rows, schema=STATIONS, system="EPSG:4490"):
    return check(
        a_table(*rows), schema, system=system, city=open_city(), outlines=read_outlines()
    )  # fmt: skip


def reasons(*rows, **options):
    return [(one.row, one.column, one.reason) for one in checked(*rows, **options).problems]


def values(column, *cells):
    good = checked(*({column: cell} for cell in cells)).good
    return good[column].tolist()


# ---------------------------------------------------------------------- columns


def test_a_clean_row_goes_in_with_every_column_of_its_schema():
    result = checked({"id": "S1", "piles": "4", "site": "室外"})
    assert result.problems == ()
    assert list(result.good.columns) == [*(one.id for one in STATIONS.columns), "geometry"]
    assert result.good.crs == 4490
    assert result.good.loc[2, ["piles", "site", "found_on"]].tolist() == [4, "outdoor", None]


def test_all_problems_of_all_rows_are_named_at_once_and_good_rows_stay():
    result = checked(
        {"id": "S1", "piles": "4"},
        {"id": "S2", "piles": "-3", "found_on": "2025-13-40", "site": "天上"},
        {"id": "S1", "operator": " ", "place": None},
        {"id": "S4", "power_kw": "很大", "jurisdiction": "火星院"},
    )
    assert [(one.row, one.column, one.value, one.reason) for one in result.problems] == [
        (3, "found_on", "2025-13-40", "not_date"),
        (3, "piles", "-3", "below_minimum"),
        (3, "site", "天上", "unknown_code"),
        (4, "operator", "", "missing"),
        (4, "id", "S1", "duplicate_id"),
        (4, "geometry", "", "place_missing"),
        (5, "jurisdiction", "火星院", "unknown_office"),
        (5, "power_kw", "很大", "not_number"),
    ]
    assert list(result.good.index) == [2]
    assert result.refused == (3, 4, 5)


def test_a_problem_says_the_limit_the_known_values_or_the_first_row():
    facts = {
        one.reason: dict(one.facts)
        for one in checked(
            {"id": "S1", "piles": "2001"}, {"id": "S1", "site": "天上", "piles": "-1"}
        ).problems
    }
    assert facts["above_maximum"] == {"limit": "2000"}
    assert facts["below_minimum"] == {"limit": "0"}
    assert facts["unknown_code"]["known"] == "indoor 室内, outdoor 室外"
    assert facts["unknown_code"]["known_en"] == "indoor Indoor, outdoor Outdoor"
    assert facts["duplicate_id"] == {"first_row": "2"}


@pytest.mark.parametrize(
    "cell",
    [
        *("2025-11-03", "2025/11/3", "2025.11.3", "2025年11月3日", "20251103"),
        *("2025-11-03 08:30:00", "2025-11-03T08:30:00Z", "２０２５-１１-０３"),
        datetime(2025, 11, 3),  # noqa: DTZ001  cells have no zone
        pd.Timestamp(2025, 11, 3),
        date(2025, 11, 3),
    ],
)
def test_a_date_is_read_however_it_is_written(cell):
    assert values("found_on", cell) == [date(2025, 11, 3)]


@pytest.mark.parametrize("cell", ["2025-02-30", "去年", "2025-11", "45964", "03/11/2025"])
def test_a_date_that_is_not_certain_is_refused(cell):
    assert reasons({"found_on": cell}) == [(2, "found_on", "not_date")]


def test_whole_numbers_are_read_from_text_and_cells_of_every_kind():
    assert values("piles", "4", "4.0", 4, 4.0, "1,234", "１２", "") == [4, 4, 4, 4, 1234, 12, pd.NA]
    assert reasons({"piles": "4.5"}) == [(2, "piles", "not_whole")]
    assert reasons({"piles": "inf"}) == [(2, "piles", "not_whole")]


@given(st.lists(st.floats(width=64) | st.integers(-(10**6), 10**6).map(float), max_size=30))
def test_numbers_become_the_same_text_by_column_as_one_by_one(numbers):
    texts = as_text(pd.Series(numbers, dtype="float64"))
    assert texts.tolist() == [as_text(pd.Series([one], dtype=object))[0] for one in numbers]


def test_yes_and_no_are_read_in_both_languages():
    cells = "是", "Yes", "1", "true", "否", "no", "×", ""
    assert values("is_public", *cells) == [True] * 4 + [False] * 3 + [pd.NA]
    assert reasons({"is_public": "也许"}) == [(2, "is_public", "not_yes_no")]


def test_codes_are_taken_by_id_and_by_title_in_either_language():
    assert values("site", "outdoor", "室外", "OUTDOOR", " 室内 ", "") == [
        *("outdoor", "outdoor", "outdoor", "indoor", ""),
    ]
    assert values("hazard_kinds", "未备案；其他", "unfiled,other", "其他、其他", "") == [
        *("unfiled;other", "unfiled;other", "other", ""),
    ]
    assert reasons({"hazard_kinds": "未备案;不存在"}) == [(2, "hazard_kinds", "unknown_code")]


@pytest.mark.parametrize("cell", ["LZ-XG", "西固", "西固区", "兰州市西固区人民检察院", "620104"])
def test_an_office_is_known_by_its_id_its_name_and_its_district(cell):
    assert values("jurisdiction", cell) == ["LZ-XG"]


# ----------------------------------------------------------------------- places


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (None, "place_missing"),
        (shapely.Point(), "place_missing"),
        (shapely.Point(0, 0), "place_zero"),
        (shapely.Point(36.10, 103.62), "axes_swapped"),
        (shapely.Point(190, 36), "outside_world"),
        (shapely.Point(-3.7, 11.2), "outside_system"),
        (shapely.LineString([(103.6, 36), (103.7, 36.1)]), "wrong_geometry_kind"),
        (shapely.MultiPoint([(103.6, 36), (103.7, 36.1)]), "wrong_geometry_kind"),
    ],
)
def test_a_place_that_cannot_be_is_refused_for_one_reason(place, reason):
    assert reasons({"place": place}) == [(2, "geometry", reason)]


def test_what_stood_for_a_place_that_cannot_be_read_is_shown():
    (problem,) = checked({"place": None, "place_original": "东经一百零三度"}).problems
    assert (problem.reason, problem.value) == ("place_unreadable", "东经一百零三度")


def test_swapped_survey_coordinates_are_suspected_too():
    east, north = gpd.GeoSeries([XIGU], crs=4490).to_crs(4544).iloc[0].coords[0]
    swapped = {"place": shapely.Point(north, east)}
    assert reasons(swapped, system="EPSG:4544") == [(2, "geometry", "axes_swapped")]
    assert reasons({"place": shapely.Point(east, north)}, system="EPSG:4544") == []


def test_degrees_under_the_name_of_a_survey_zone_are_refused():
    assert reasons({}, system="EPSG:4544") == [(2, "geometry", "outside_system")]


def test_a_multipoint_of_one_point_is_that_point():
    good = checked({"place": shapely.MultiPoint([XIGU])}).good
    assert good.geometry.iloc[0].equals(XIGU)


def test_a_ring_that_crosses_itself_is_refused_and_says_where():
    bow = shapely.Polygon([(103.6, 36.1), (103.7, 36.2), (103.7, 36.1), (103.6, 36.2)])
    (problem,) = checked({"place": bow}, schema=replace(STATIONS, geometry="polygon")).problems
    assert problem.reason == "geometry_invalid"
    assert dict(problem.facts)["why"].startswith("Self-intersection")


# ---------------------------------------------------------------------- offices


def test_an_office_that_is_not_stated_is_found_from_the_place():
    assert checked({}, {"place": QILIHE}).good["jurisdiction"].tolist() == ["LZ-XG", "LZ-QLH"]


def test_a_place_in_no_office_is_flagged_and_goes_in_with_a_blank_office():
    result = checked({"place": SHENZHEN})
    assert result.good["jurisdiction"].tolist() == [""]
    (problem,) = result.problems
    assert (problem.reason, problem.value) == ("outside_city", "114 22.6")
    assert (problem.severity, problem.remedy) == ("warning", "check_office")


def test_a_place_outside_the_stated_office_is_flagged_and_keeps_the_office_stated():
    result = checked({"place": QILIHE, "jurisdiction": "西固"})
    assert result.good["jurisdiction"].tolist() == ["LZ-XG"]
    (problem,) = result.problems
    assert (problem.reason, dict(problem.facts)) == ("outside_office", {"found": "LZ-QLH"})


def test_a_place_on_the_edge_of_its_office_is_no_cause_for_alarm():
    outlines = read_outlines().set_index("office").geometry
    edge = shapely.Point(outlines["LZ-XG"].exterior.coords[0])
    assert reasons({"place": edge, "jurisdiction": "西固"}) == []


def test_a_town_of_the_new_area_belongs_to_it_whatever_outline_it_lies_in():
    inside_yongdeng = shapely.Point(103.62, 36.53)
    good = checked({"township": "中川镇", "place": inside_yongdeng}).good
    assert good["jurisdiction"].tolist() == ["LZ-XQ"]


def test_a_line_belongs_where_most_of_it_lies():
    line = shapely.LineString([(103.45, 36.12), (103.70, 36.09)])
    lengths = shapely.length(read_outlines().set_index("office").intersection(line))
    found = find_offices(gpd.GeoSeries([line]), read_outlines())
    assert found.tolist() == [lengths.idxmax()]


def test_a_layer_without_places_needs_an_office_and_takes_no_place():
    counted = Schema(geometry="none", own=(Column("count", Title("数量", "Count"), "whole"),))
    rows = {"jurisdiction": "红古", "count": "12"}, {"count": "3"}, {"jurisdiction": "红古"}
    result = checked(*rows, schema=counted)
    assert [(one.row, one.column, one.reason) for one in result.problems] == [
        (3, "jurisdiction", "missing"),
        (4, "count", "missing"),
    ]
    assert result.good.geometry.tolist() == [None]


# --------------------------------------------------------------------- problems


def test_every_reason_has_a_remedy_and_knows_its_gravity():
    for reason, remedy in REMEDIES.items():
        problem = Problem(2, "piles", "x", reason)
        assert problem.remedy == remedy
        assert problem.severity == ("warning" if reason in WARNINGS else "error")
