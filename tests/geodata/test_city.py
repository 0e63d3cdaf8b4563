"""Nine offices in administrative order, their outlines with sources, and one without an outline."""

import geopandas as gpd
import pytest
import shapely

from geodata import open_city, read_outlines
from geodata.city import OUTLINE_FILE
from geodata.errors import UnknownCity, UnknownJurisdiction

CITY = open_city()


def test_the_nine_offices_stand_in_administrative_order():
    assert CITY.jurisdiction_ids == (
        "LZ-CG", "LZ-QLH", "LZ-XG", "LZ-AN", "LZ-HG", "LZ-YD", "LZ-GL", "LZ-YZ", "LZ-XQ",
    )  # fmt: skip


def test_outlines_are_in_cgcs2000_valid_and_in_the_same_order():
    outlines = read_outlines()
    assert outlines.crs.to_epsg() == 4490
    assert outlines.geometry.is_valid.all()
    assert list(outlines["office"]) == list(CITY.jurisdiction_ids[:-1])


def test_the_source_of_the_outlines_bears_a_map_approval_number():
    assert CITY.outline_source.map_approval_number.startswith("GS（")
    assert CITY.outline_source.certainty == "secondary"


def test_the_new_area_says_that_it_has_no_outline_and_names_its_towns():
    office = CITY.jurisdiction("LZ-XQ")
    assert not office.has_outline
    assert office.townships == ("中川镇", "秦川镇", "西岔镇", "上川镇")
    assert all(town.removesuffix("镇") in office.note.zh for town in office.townships)


def test_an_outline_file_named_in_the_settings_gives_it_one(tmp_path, monkeypatch):
    area = gpd.GeoDataFrame(
        {"office": ["兰州新区人民检察院"]},
        geometry=[shapely.box(103.5, 36.4, 103.8, 36.7)],
        crs=4326,
    )
    area.to_file(tmp_path / "new_area.geojson")
    monkeypatch.setenv(OUTLINE_FILE, str(tmp_path / "new_area.geojson"))
    read_outlines.cache_clear()
    try:
        outlines = read_outlines()
    finally:
        read_outlines.cache_clear()
    assert list(outlines["office"]) == list(CITY.jurisdiction_ids)
    assert outlines.iloc[-1]["source"] == "new_area.geojson"


@pytest.mark.parametrize(
    "words", ["LZ-YZ", "榆中县", "榆中", "榆中县人民检察院", "620123", "Yuzhong"]
)
def test_an_office_is_found_by_id_name_or_code(words):
    assert CITY.find_jurisdiction(words) == "LZ-YZ"


def test_an_unknown_office_or_city_names_the_known_ones():
    with pytest.raises(UnknownJurisdiction, match="LZ-CG"):
        CITY.find_jurisdiction("白银区")
    with pytest.raises(UnknownCity, match="lanzhou"):
        open_city("atlantis")
