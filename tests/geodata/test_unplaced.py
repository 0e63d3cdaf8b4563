"""Rows without coordinates are counted where their words say, and never stand at 0,0."""

from datetime import UTC, datetime

import pytest

from geodata import Schema, Title, open_city, open_features
from geodata.intake import import_file
from layers.indicators import is_hazard

STATIONS = Schema(geometry="point", hazard_kinds={"unfiled": Title("未备案", "Not filed")})
LIST = """编号,名称,院,乡镇,经度,纬度,隐患
A,某小区充电站,西固,陈坪街道,,,未备案
B,二十里铺村充电站,,八里镇,,,未备案
C,某站,城关,,,,未备案
D,某站,,,,,未备案
E,实有坐标,西固,,103.62,36.10,未备案
F,零点,西固,,0,0,未备案
"""


@pytest.fixture
def taken(tmp_path):
    file = tmp_path / "list.csv"
    file.write_text(LIST, "utf-8")
    store = open_features("memory:")
    intake = import_file(
        file,
        layer_id="stations",
        schema=STATIONS,
        store=store,
        city=open_city(),
        who="tester",
        why="a test",
        recorded_at=datetime(2025, 12, 17, tzinfo=UTC),
        system="wgs84",
    )
    return intake, store.read("stations").set_index("id")


def test_a_row_without_coordinates_goes_in_with_the_certainty_of_its_name(taken):
    _, rows = taken
    assert rows["geometry_status"].to_dict() == {
        "A": "township_named",
        "B": "village_named",
        "C": "unknown",
        "E": "file",
    }
    assert rows.loc[["A", "B", "C"]].geometry.isna().all()


def test_office_and_township_are_filled_from_a_certain_name_only(taken):
    _, rows = taken
    assert rows.loc["B", ["jurisdiction", "township"]].tolist() == ["LZ-QLH", "八里镇"]
    assert rows.loc["C", ["jurisdiction", "township"]].tolist() == ["LZ-CG", ""]


def test_each_is_flagged_with_what_is_known_and_what_to_do(taken):
    intake, _ = taken
    unknown = {one.row: dict(one.facts) for one in intake.problems if one.reason == "place_unknown"}
    assert unknown == {
        2: {"level": "township", "names": "陈坪街道"},
        3: {"level": "village", "names": "八里镇二十里铺村民委员会"},
        4: {"level": "none", "names": ""},
    }
    assert {one.remedy for one in intake.problems if one.row == 2} == {"put_on_map"}


def test_a_row_of_which_nobody_knows_the_office_and_one_at_zero_stay_out(taken):
    intake, rows = taken
    errors = {one.row: one.reason for one in intake.problems if one.severity == "error"}
    assert errors == {5: "place_missing", 7: "place_zero"}
    assert set(rows.index) == {"A", "B", "C", "E"}


def test_they_count_as_hazards_although_no_map_shows_them(taken):
    _, rows = taken
    assert is_hazard(rows.assign(layer="stations")).tolist() == [True] * 4
