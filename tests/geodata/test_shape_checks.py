"""What is doubtful about a place is said, and hinders nobody."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from geodata import Column, Schema, Title
from geodata.checks import check
from geodata.city import open_city, read_outlines, read_second_outlines
from geodata.crs import geodesic_area_m2
from geodata.shape_checks import mend_rings

POINTS = Schema(geometry="point")
PARCELS = Schema(
    geometry="polygon",
    own=(
        Column("area_m2", Title("测算面积", "Area"), "number", unit="m²"),
        Column("area_mu_stated", Title("材料所载面积", "Area as stated"), "number", unit="亩"),
    ),
)
SPIKED = shapely.Polygon(  # a square with a spike of no width
    [(103.60, 36.10), (103.61, 36.10), (103.61, 36.11), (103.61, 36.12), (103.61, 36.11),
     (103.60, 36.11)]
)  # fmt: skip
SQUARE = shapely.box(103.60, 36.10, 103.61, 36.11)


def checked(schema, places, second=None, **columns):
    rows = range(2, 2 + len(places))
    frame = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(places, rows), index=rows)
    return check(
        frame.assign(place_original="x"),
        schema,
        system="EPSG:4490",
        city=open_city(),
        outlines=read_outlines(),
        second_outlines=second,
    )


def doubts(result):
    return {one.row: (one.reason, dict(one.facts)) for one in result.problems}


def test_a_ring_that_can_be_mended_without_changing_its_area_is_and_says_so():
    result = checked(PARCELS, [SPIKED])
    reason, facts = doubts(result)[2]
    assert reason == "geometry_repaired"
    assert facts["before_m2"] == facts["after_m2"]
    assert result.good.geometry.iloc[0].equals(SQUARE)
    assert result.refused == ()


def test_a_bow_whose_area_would_change_is_set_aside_and_not_mended():
    bow = shapely.Polygon([(103.60, 36.10), (103.61, 36.11), (103.61, 36.10), (103.60, 36.11)])
    result = checked(PARCELS, [bow, SQUARE])
    assert result.refused == (2,)
    assert doubts(result)[2][0] == "geometry_invalid"


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=3, max_size=9))
@example([(1, 1), (7, 0), (0, 6), (1, 1), (7, 0), (0, 2), (6, 0)])  # GEOS mends it to invalid rings
def test_what_is_mended_is_valid_and_no_valid_place_is_touched(corners):
    shape = shapely.Polygon([(103.6 + x / 1000, 36.1 + y / 1000) for x, y in corners])
    before = gpd.GeoSeries([shape], crs=4490)
    after, problems = mend_rings(before)
    if problems:
        assert not shape.is_valid
        assert after.is_valid.all()
        areas = [float(one) for name, one in problems[0].facts if name != "why"]
        assert areas[1] == pytest.approx(geodesic_area_m2(after)[0], abs=0.1)
    else:
        assert after.iloc[0] is shape


def test_a_ring_with_a_corner_that_is_no_number_is_set_aside_and_not_mended():
    corners = list(SQUARE.exterior.coords)
    for odd in (float("nan"), float("inf")):
        with np.errstate(invalid="ignore"):
            shape = shapely.Polygon([*corners[:2], (103.61, odd), *corners[2:]])
        places = gpd.GeoSeries([shape], crs=4490)
        assert mend_rings(places)[1] == ()
        assert checked(PARCELS, [shape]).refused == (2,)


def test_a_point_on_top_of_another_names_the_first_and_goes_in():
    here, there = shapely.Point(103.62, 36.10), shapely.Point(103.63, 36.10)
    result = checked(POINTS, [here, there, here])
    assert doubts(result) == {4: ("duplicate_place", {"first_row": "2"})}
    assert len(result.good) == 3


def test_a_stated_area_that_differs_from_the_shape_is_flagged_with_the_measured_one():
    mu = geodesic_area_m2(gpd.GeoSeries([SQUARE], crs=4490))[0] * 15 / 10_000
    result = checked(PARCELS, [SQUARE, SQUARE], area_mu_stated=[f"{mu:.1f}", f"{mu * 1.6:.1f}"])
    reason, facts = doubts(result)[3]
    assert (reason, facts["unit"]) == ("area_differs", "亩")
    assert float(facts["measured"]) == pytest.approx(mu, abs=0.01)
    assert 2 not in doubts(result)


def test_an_area_measured_in_web_mercator_is_noticed():
    mercator = gpd.GeoSeries([SQUARE], crs=4490).to_crs(3857).area.iloc[0]
    assert doubts(checked(PARCELS, [SQUARE], area_m2=[f"{mercator:.0f}"]))[2][0] == "area_differs"


def test_a_place_that_two_sources_give_to_two_offices_is_in_dispute():
    ours = read_outlines()
    turned = ours.assign(office=ours["office"].replace({"LZ-XG": "LZ-AN", "LZ-AN": "LZ-XG"}))
    inside = ours.set_index("office").geometry["LZ-XG"].representative_point()
    result = checked(POINTS, [inside], second=turned.assign(source="another"))
    assert doubts(result) == {2: ("disputed_office", {"other": "LZ-AN", "source": "another"})}
    assert result.good["jurisdiction"].tolist() == ["LZ-XG"]


def test_a_river_through_several_offices_is_in_dispute_only_for_its_greatest_part():
    ours, lines = read_outlines(), Schema(geometry="line")
    areas = ours.set_index("office").geometry
    ends = areas[["LZ-CG", "LZ-YD"]].representative_point()
    river = shapely.LineString(ends.to_list())
    assert areas["LZ-CG"].contains(river.representative_point())  # and most of it lies in 永登
    result = checked(lines, [river], second=ours.assign(source="another"))
    assert (doubts(result), result.good["jurisdiction"].tolist()) == ({}, ["LZ-YD"])
    turned = ours.assign(office=ours["office"].replace({"LZ-YD": "LZ-CG", "LZ-CG": "LZ-YD"}))
    result = checked(lines, [river], second=turned.assign(source="another"))
    assert doubts(result) == {2: ("disputed_office", {"other": "LZ-CG", "source": "another"})}


def test_two_sources_that_differ_only_by_their_accuracy_are_not_in_dispute():
    second = read_second_outlines()
    edge = read_outlines().set_index("office").geometry["LZ-CG"].exterior
    near = [edge.interpolate(share, normalized=True) for share in (0.1, 0.3, 0.5, 0.7, 0.9)]
    inside = [shapely.Point(one.x + 1e-4, one.y) for one in near]
    result = checked(POINTS, inside, second=second)
    assert "disputed_office" not in {reason for reason, _ in doubts(result).values()}


def test_the_second_outlines_name_offices_that_the_city_has():
    second = read_second_outlines()
    assert set(second["office"]) <= set(open_city().jurisdiction_ids)
    assert second.crs == 4490
    assert second.is_valid.all()


def test_a_layer_of_points_measures_no_area():
    odd = replace(PARCELS, geometry="point")
    result = checked(odd, [shapely.Point(103.62, 36.10)], area_mu_stated=["3"])
    assert doubts(result) == {}
