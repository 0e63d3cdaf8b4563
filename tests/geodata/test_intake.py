"""A file goes in at the right place, or says exactly why not; no row is lost and none doubled."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geodata import Column, Schema, Title, open_city
from geodata.engines.folder import create_feature_store
from geodata.errors import ColumnsMissing, SystemNotDeclared, UnknownSystem, UnreadableFile
from geodata.intake import import_file, preview, refused_rows, understand, write
from geodata.store import open_features
from layers.catalog import schema_of

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
with_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the public data is not beside the project"
)
NOW = datetime(2025, 12, 17, 8, 30, tzinfo=UTC)
STATIONS = Schema(
    geometry="point",
    hazard_kinds={"unfiled": Title("未备案", "Not filed")},
    own=(
        Column("piles", Title("桩数", "Piles"), "whole", minimum=0, aliases=("charge_count",)),
        Column("power_kw", Title("总功率", "Power"), "number", unit="kW"),
    ),
)
PARCELS = Schema(
    geometry="polygon",
    own=(Column("area_m2", Title("测算面积", "Area"), "number", unit="m²"),),
)
GOOD = """编号,名称,经度,纬度,桩数,备注
S1,一号站,103.62,36.10,4,甲
S2,二号站,103.63,36.11,2,乙
"""
MIXED = """编号,名称,经度,纬度,桩数,发现日期,隐患
S1,一号站,103.62,36.10,4,2025-11-03,未备案
S2,二号站,103.62,36.10,-3,2025-11-03,
S3,三号站,103.62,36.10,4,十一月,
S4,四号站,103.62,36.10,4,2025-11-03,不存在
S5,五号站,,,4,2025-11-03,
S1,又一号,103.63,36.11,4,2025-11-03,
S7,七号站,103.64,36.12,4,2025-11-03,
"""


@pytest.fixture(params=["memory", "folder"])
def store(request, tmp_path):
    if request.param == "memory":
        return open_features("memory:")
    return create_feature_store(tmp_path / "features")


def a_file(folder, text=GOOD, name="stations.csv"):
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def understood(file, schema=STATIONS, layer_id="stations", **options):
    return understand(file, layer_id=layer_id, schema=schema, city=open_city(), **options)


def imported(file, store, schema=STATIONS, layer_id="stations", **options):
    return import_file(
        file,
        layer_id=layer_id,
        schema=schema,
        store=store,
        city=open_city(),
        who="tester",
        why="a test",
        recorded_at=NOW,
        **options,
    )


# --------------------------------------------------------------------- good rows


def test_a_clean_file_goes_in_whole_and_the_store_says_where_it_came_from(tmp_path, store):
    intake = imported(a_file(tmp_path), store, system="gcj02")
    assert (intake.rows_read, intake.rows_written, intake.problems) == (2, 2, ())
    assert intake.unmapped == ("备注",)
    assert intake.revision == store.revision()
    note = store.notes()["stations"]
    assert (note.source_name, note.system, note.who) == ("stations.csv", "gcj02", "tester")
    assert dict(note.mapping)["经度"] == "x"
    assert len(note.source_sha256) == 64


def test_rows_keep_their_original_values_and_system(tmp_path, store):
    imported(a_file(tmp_path), store, system="gcj02")
    row = store.read("stations").set_index("id").loc["S1"]
    assert (row["system_original"], row["place_original"]) == ("gcj02", "103.62 36.10")
    assert (row["geometry_status"], row["source"]) == ("app_converted", "stations.csv")
    assert (row["valid_from"], row["is_demonstration"]) == (NOW.date(), False)
    assert row.geometry.x == pytest.approx(103.6177, abs=1e-3)
    assert row.geometry.x != 103.62


@pytest.mark.parametrize(
    ("heading", "first", "second"),
    [
        ("经度,纬度", "103.62,36.10", "103.62 36.10"),
        ("经度,纬度", "103°37′12″E,36°06′00″N", "103°37′12″E 36°06′00″N"),
        ("经度,纬度", "东经103度37分12秒,北纬36度6分", "东经103度37分12秒 北纬36度6分"),
        ("经纬度", '"103.62,36.10"', "103.62,36.10"),
        ("坐标", '"（103°37′12″，36°06′00″）"', "（103°37′12″，36°06′00″）"),
    ],
)
def test_a_place_is_taken_in_the_writing_of_the_list_which_stays_on_the_row(
    tmp_path, store, heading, first, second
):
    text = f"编号,名称,{heading}\nS1,一号站,{first}\n"
    assert imported(a_file(tmp_path, text), store, system="wgs84").rows_written == 1
    row = store.read("stations").iloc[0]
    assert (row.geometry.x, row.geometry.y) == (pytest.approx(103.62), pytest.approx(36.10))
    assert row["place_original"] == second


def test_columns_come_in_the_order_of_the_schema_whatever_the_file_says(tmp_path, store):
    imported(a_file(tmp_path), store, system="wgs84")
    assert tuple(store.read("stations").columns) == STATIONS.column_ids
    assert store.read("stations").crs == 4490


def test_the_same_file_twice_doubles_nothing_even_without_numbers(tmp_path, store):
    text = "经度,纬度,名称\n103.62,36.10,甲\n103.62,36.10,乙\n103.63,36.11,丙\n"
    file = a_file(tmp_path, text)
    imported(file, store, system="wgs84")
    first = sorted(store.read("stations")["id"])
    imported(file, store, system="wgs84")
    assert sorted(store.read("stations")["id"]) == first
    assert len(set(first)) == 3
    a_file(tmp_path, text.replace("甲\n", "甲\n103.70,36.15,丁\n"))
    imported(file, store, system="wgs84")
    assert len(store.read("stations")) == 4


def test_the_same_file_twice_is_one_revision_and_said_to_be_repeated(tmp_path, store):
    first = imported(a_file(tmp_path), store, system="EPSG:4490")
    again = imported(a_file(tmp_path), store, system="EPSG:4490")
    assert (first.is_repeated, again.is_repeated, again.revision) == (False, True, "")
    assert len(store.revisions("stations")) == 1


def test_the_area_of_a_parcel_is_measured_where_the_file_has_none(tmp_path, store):
    parcel = shapely.box(104.1, 35.9, 104.11, 35.91)
    frame = gpd.GeoDataFrame({"area_m2": [None, 5.0]}, geometry=[parcel, parcel], crs=4490)
    frame.to_crs(4544).to_file(tmp_path / "parcels.gpkg")
    imported(tmp_path / "parcels.gpkg", store, PARCELS, "parcels")
    areas = sorted(store.read("parcels")["area_m2"])
    assert areas == pytest.approx([5.0, 1_001_100], rel=1e-3)


# ---------------------------------------------------------------------- bad rows


def test_wrong_rows_are_named_and_good_rows_go_in(tmp_path, store):
    intake = imported(a_file(tmp_path, MIXED), store, system="wgs84")
    assert [(one.row, one.column, one.reason) for one in intake.problems] == [
        (3, "piles", "below_minimum"),
        (4, "found_on", "not_date"),
        (5, "hazard_kinds", "unknown_code"),
        (6, "geometry", "place_missing"),
        (7, "id", "duplicate_id"),
    ]
    assert (intake.rows_read, intake.rows_written, intake.rows_refused) == (7, 2, 5)
    assert sorted(store.read("stations")["id"]) == ["S1", "S7"]


def test_wrong_rows_are_kept_as_they_came_and_go_in_once_mended(tmp_path):
    store = create_feature_store(tmp_path / "features")
    aside = Path(imported(a_file(tmp_path, MIXED), store, system="wgs84").set_aside)
    rows = pd.read_csv(aside, dtype=str, keep_default_na=False)
    assert rows["row_in_file"].tolist() == ["3", "4", "5", "6", "7"]
    assert rows.loc[0, ["编号", "桩数", "problems"]].tolist() == [
        *("S2", "-3", "piles below_minimum limit=0"),
    ]
    mended = rows.assign(
        桩数="3", 发现日期="2025-11-03", 隐患="", 编号=["S2", "S3", "S4", "S5", "S6"]
    )
    mended.loc[3, ["经度", "纬度"]] = ["103.62", "36.10"]
    mended.to_csv(tmp_path / "mended.csv", index=False)
    assert imported(tmp_path / "mended.csv", store, system="wgs84").rows_refused == 0
    assert sorted(store.read("stations")["id"]) == [f"S{number}" for number in range(1, 8)]


def test_refused_shapes_can_be_mended_and_read_again(tmp_path):
    bow = shapely.Polygon([(104.1, 35.9), (104.2, 36.0), (104.2, 35.9), (104.1, 36.0)])
    gpd.GeoDataFrame({"编号": ["P1"]}, geometry=[bow], crs=4490).to_file(tmp_path / "p.gpkg")
    result = understood(tmp_path / "p.gpkg", PARCELS, "parcels")
    rows = refused_rows(result, say=lambda one: one.reason)
    assert rows.loc[1, ["编号", "problems"]].tolist() == ["P1", "geometry_invalid"]
    mended = rows.assign(wkt=shapely.to_wkt(shapely.make_valid(bow)))
    mended.to_csv(tmp_path / "mended.csv", index=False)
    again = understood(tmp_path / "mended.csv", PARCELS, "parcels", system="EPSG:4490")
    assert len(again.checked.good) == 1


def test_a_row_with_too_many_cells_is_set_aside_for_that_alone(tmp_path, store):
    intake = imported(
        a_file(tmp_path, GOOD + "S3,三号,站,x,y,1,z,多\n"), store, system="wgs84"
    )  # fmt: skip
    assert [(one.row, one.reason) for one in intake.problems] == [(4, "cells_do_not_fit")]
    assert (intake.rows_written, intake.rows_refused) == (2, 1)


def test_a_file_of_wrong_rows_alone_writes_nothing_and_keeps_them(tmp_path, store):
    intake = imported(a_file(tmp_path, GOOD.replace(".", "度")), store, system="wgs84")
    assert (intake.revision, intake.rows_written) == ("", 0)
    assert intake.set_aside
    assert store.layers() == ()


def test_understanding_a_file_writes_nothing(tmp_path, store):
    result = understood(a_file(tmp_path, MIXED), system="wgs84")
    assert (preview(result).rows_written, preview(result).revision) == (2, "")
    assert store.layers() == ()
    write(result, store, who="tester", why="", recorded_at=NOW)
    assert store.layers() == ("stations",)


# ---------------------------------------------------------------------- columns


def test_columns_are_found_by_heading_in_either_language_and_with_units(tmp_path):
    text = "Number,NAME,Lon,Lat,总功率（kW）,Hazard kinds\nS1,x,103.6,36.1,60,Not filed\n"
    result = understood(a_file(tmp_path, text), system="wgs84")
    assert result.mapping == {
        "Number": "id",
        "NAME": "name",
        "Lon": "x",
        "Lat": "y",
        "总功率（kW）": "power_kw",
        "Hazard kinds": "hazard_kinds",
    }


def test_a_heading_with_another_unit_is_not_taken_for_the_column(tmp_path):
    text = GOOD.replace("备注", "总功率（MW）")
    assert understood(a_file(tmp_path, text), system="wgs84").unmapped == ("总功率（MW）",)


def test_a_mapping_wins_and_can_leave_a_column_out(tmp_path):
    result = understood(
        a_file(tmp_path), system="wgs84", mapping={"备注": "name", "桩数": "", "名称": "township"}
    )
    assert result.checked.good["name"].tolist() == ["甲", "乙"]
    assert result.checked.good["township"].tolist() == ["一号站", "二号站"]
    assert result.unmapped == ("桩数",)


def test_of_two_columns_for_one_field_the_first_is_taken_and_the_other_named(tmp_path):
    result = understood(
        a_file(tmp_path), system="wgs84", mapping={"备注": "name", "名称": "name"}
    )  # fmt: skip
    assert result.checked.good["name"].tolist() == ["甲", "乙"]
    assert result.unmapped == ("名称",)


def test_of_two_columns_for_one_field_one_that_holds_something_comes_first(tmp_path):
    text = "编号,title,名称,经度,纬度\nS1,,一号站,103.62,36.10\n"
    found = understood(a_file(tmp_path, text), system="wgs84")
    assert found.checked.good["name"].tolist() == ["一号站"]
    assert found.unmapped == ("title",)


@pytest.mark.parametrize("mapping", [{"nowhere": "name"}, {"备注": "nothing"}])
def test_a_mapping_of_unknown_columns_names_the_known_ones(tmp_path, mapping):
    with pytest.raises(ColumnsMissing) as caught:
        understood(a_file(tmp_path), system="wgs84", mapping=mapping)
    assert caught.value.facts["missing"] in {"nowhere", "nothing"}


def test_a_table_without_coordinates_says_which_columns_it_lacks(tmp_path):
    with pytest.raises(ColumnsMissing) as caught:
        understood(a_file(tmp_path, GOOD.replace("纬度", "维度")), system="wgs84")
    assert caught.value.facts == {"missing": "y", "present": "编号, 名称, 经度, 维度, 桩数, 备注"}


def test_a_required_column_that_is_absent_is_refused_for_the_whole_file(tmp_path):
    strict = replace(STATIONS, own=(Column("operator", Title("单位", "Operator"), required=True),))
    with pytest.raises(ColumnsMissing, match="operator"):
        understood(a_file(tmp_path), strict, system="wgs84")


def test_a_column_that_numbers_nothing_is_not_taken_for_the_id(tmp_path):
    rows = "".join(f"310,站{one},103.6{one},36.1,1,\n" for one in range(5))
    result = understood(a_file(tmp_path, GOOD.splitlines()[0] + "\n" + rows), system="wgs84")
    assert [(one.row, one.reason) for one in result.checked.problems] == [(0, "id_not_a_key")]
    assert len(result.checked.good) == 5


# ----------------------------------------------------------------------- systems


def test_coordinates_in_a_table_are_never_guessed(tmp_path):
    with pytest.raises(SystemNotDeclared) as caught:
        understood(a_file(tmp_path))
    assert (caught.value.facts["file"], caught.value.facts["hint"]) == ("stations.csv", "csv")
    finding = caught.value.facts["finding"]
    assert finding.verdict == "undecided"  # two points in the middle of a district tell nothing
    assert [one.system for one in finding.candidates] == ["EPSG:4490", "gcj02", "bd09"]


def test_an_unknown_system_is_refused_before_anything_is_written(tmp_path, store):
    with pytest.raises(UnknownSystem):
        imported(a_file(tmp_path), store, system="moon")
    assert store.layers() == ()


def test_a_system_given_against_the_files_own_is_taken_and_said(tmp_path):
    point = gpd.GeoDataFrame({"编号": ["1"]}, geometry=[shapely.Point(103.6, 36.1)], crs=4326)
    point.to_file(tmp_path / "p.geojson")
    result = understood(tmp_path / "p.geojson", system="gcj02")
    assert (result.system, result.declared_system) == ("gcj02", "EPSG:4326")
    (problem,) = result.checked.problems
    assert (problem.row, problem.reason, problem.severity) == (0, "system_overridden", "warning")
    assert understood(tmp_path / "p.geojson", system="cgcs2000").checked.problems == ()


@pytest.mark.parametrize(
    ("east", "north"),
    [("横坐标", "纵坐标"), ("X（m）", "Y（m）"), ("东坐标", "北坐标"), ("坐标X", "坐标Y")],
)
def test_two_survey_columns_with_the_zone_before_the_east_are_found_and_projected(
    tmp_path, east, north
):
    text = f"编号,名称,{east},{north}\nS1,一号站,35391234.5,3998765.4\n"
    found = understood(a_file(tmp_path, text), system="EPSG:4523")
    place = found.checked.good.geometry.iloc[0]
    back = gpd.GeoSeries([place], crs=4490).to_crs(4523).iloc[0]
    assert (round(back.x, 3), round(back.y, 3)) == (35391234.5, 3998765.4)
    assert found.place_original.tolist() == ["35391234.5 3998765.4"]


@pytest.mark.parametrize("names", ["高德经度,高德纬度", "经度(°),纬度(°)", "gcj02_lng,gcj02_lat"])
def test_what_stands_beside_a_heading_of_places_settles_no_system(tmp_path, names):
    file = a_file(tmp_path, f"编号,{names}\nS1,103.62,36.10\n")
    assert set(understood(file, system="gcj02").mapping.values()) == {"id", "x", "y"}
    with pytest.raises(SystemNotDeclared):
        understood(file)


def test_a_place_from_a_map_app_says_no_better_accuracy_than_it_has(tmp_path, store):
    text = "编号,名称,经度,纬度,位置精度\nS1,一号站,103.62,36.10,\nS2,二号站,103.63,36.11,30\n"
    imported(a_file(tmp_path, text), store, system="gcj02")
    assert store.read("stations").set_index("id")["accuracy_m"].to_dict() == {"S1": 5.0, "S2": 30.0}
    imported(a_file(tmp_path, text.replace("S", "T")), store, system="EPSG:4490")
    assert store.read("stations").set_index("id")["accuracy_m"].isna()["T1"]


def test_survey_coordinates_in_a_table_are_projected(tmp_path):
    east, north = gpd.GeoSeries([shapely.Point(103.62, 36.1)], crs=4490).to_crs(4523)[0].coords[0]
    text = f"编号,名称,X,Y\nS1,甲,{east:.3f},{north:.3f}\n"
    good = understood(a_file(tmp_path, text), system="EPSG:4523").checked.good
    assert good.geometry.iloc[0].distance(shapely.Point(103.62, 36.1)) < 1e-7


def test_a_layer_without_places_keeps_none_even_where_the_file_has_coordinates(tmp_path, store):
    counted = Schema(geometry="none", own=(Column("count", Title("数量", "Count"), "whole"),))
    text = "检察院,数量,经度,纬度\n红古,12,102.9,36.3\n"
    intake = imported(a_file(tmp_path, text), store, counted, "counted")
    assert intake.unmapped == ("经度", "纬度")
    row = store.read("counted").iloc[0]
    assert (row.geometry, row["place_original"], row["jurisdiction"]) == (None, "", "LZ-HG")


# ------------------------------------------------------------------- public data


@with_shared
def test_real_charging_stations_in_gcj02_all_go_in(store):
    intake = imported(
        SHARED / "ev_stations/urbanev_inf_raw.csv",
        store,
        schema_of("charging_stations"),
        "charging_stations",
        system="gcj02",
    )
    assert (intake.rows_read, intake.rows_written) == (1587, 1587)
    reasons = Counter(one.reason for one in intake.problems)
    assert set(reasons) == {"outside_city", "duplicate_place"}  # they stand in Shenzhen
    assert 65 <= reasons["duplicate_place"] <= 130  # 130 share a place with another
    stored = store.read("charging_stations").set_index("id")
    assert stored.loc["1001", "piles"] == 20
    assert stored.loc["1001", "place_original"] == "113.784724 22.714121"


@with_shared
def test_real_rivers_in_gbk_without_system_go_in_under_their_chinese_names(store):
    file, schema = SHARED / "rivers/hyd1_4l_gbk_noprj.zip", schema_of("river_segments")
    with pytest.raises(SystemNotDeclared):
        imported(file, store, schema, "river_segments")
    intake = imported(file, store, schema, "river_segments", system="EPSG:4490")
    assert intake.rows_written == 840
    assert {"黄河", "长江", "克鲁伦河"} <= set(store.read("river_segments")["name"])


@with_shared
def test_real_parcels_in_utm_go_in_with_their_geodesic_area(store):
    intake = imported(
        SHARED / "parcels/1_vietnam_areas.gpkg",
        store,
        schema_of("occupied_farmland"),
        "occupied_farmland",
    )
    assert (intake.rows_written, intake.system) == (100, "EPSG:32648")
    source = gpd.read_file(SHARED / "parcels/1_vietnam_areas.gpkg")
    stored = store.read("occupied_farmland")
    # UTM stretches areas by up to 0.1 % away from its central meridian
    assert stored["area_m2"].sum() == pytest.approx(source.area.sum(), rel=2e-3)


@with_shared
def test_real_outlines_in_gcj02_come_to_lie_on_those_that_are_not():
    def outlines(name, **options):
        schema = schema_of("occupied_farmland")
        result = understood(SHARED / "boundaries" / name, schema, "occupied_farmland", **options)
        return result.checked.good.set_index("name").geometry

    true = outlines("lanzhou_districts_amap2025_wgs84.geojson")
    shifted = outlines("lanzhou_districts_amap_gcj02.geojson")
    converted = outlines("lanzhou_districts_amap_gcj02.geojson", system="gcj02")
    for name in ("红古区", "西固区"):
        astray = shifted[name].symmetric_difference(true[name]).area
        settled = converted[name].symmetric_difference(true[name]).area
        assert settled < astray / 5


@with_shared
@pytest.mark.thorough  # test_every_public_file says of each file what it is and how it is taken
@pytest.mark.parametrize("layer_id", ["charging_stations", "river_segments", "elder_allowance"])
@pytest.mark.parametrize("system", [None, "gcj02", "EPSG:4544"])
def test_every_public_file_is_taken_or_refused_with_a_reason(layer_id, system):
    files = [file for file in SHARED.rglob("*") if file.is_file()]
    assert len(files) > 30
    for file in files:
        try:
            result = understood(file, schema_of(layer_id), layer_id, system=system)
        except (UnreadableFile, SystemNotDeclared, ColumnsMissing):
            continue
        rows = len(result.checked.good) + len(result.checked.refused)
        assert rows == len(result.table.frame)
