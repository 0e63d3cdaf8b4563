"""Chainage, bank and distance of a place, against lines drawn by hand and geodesics."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiLineString

from geodata.crs import GEOD
from layers.chainage import courses_of
from tests.layers.valley import line, rows_of, spot


def course(*corners, **cells):
    told = {"id": "L", "river": "甲河", "flow": "as_drawn", "place": line(*corners)} | cells
    return courses_of(rows_of("river_lines", told))[0]


def locate(one, east, north):
    place = spot(east, north)
    return one.locate(np.array([place.x]), np.array([place.y]))[0]


EAST = ((0, 0), (10_000, 0))


@pytest.mark.parametrize(
    ("east", "north", "chainage", "bank", "distance"),
    [
        (2500, 40, 2500, "left", 40),
        (2500, -40, 2500, "right", 40),
        (0.0, 7, 0, "left", 7),
        (9999, -300, 9999, "right", 300),
        (4000, 0, 4000, "", 0),
    ],
)
def test_a_river_running_east_has_its_left_bank_in_the_north(east, north, chainage, bank, distance):
    found = locate(course(*EAST), east, north)
    assert found.chainage_m == pytest.approx(chainage, abs=0.02)
    assert (found.bank, found.is_beyond) == (bank, False)
    assert found.distance_m == pytest.approx(distance, abs=0.01)


def test_a_line_drawn_against_the_flow_is_turned_with_its_banks_and_chainage():
    found = locate(course(*EAST, flow="against"), 2500, 40)
    assert found.bank == "right"
    assert found.chainage_m == pytest.approx(7500, abs=0.02)


def test_without_a_stated_flow_no_bank_is_told():
    assert locate(course(*EAST, flow="unknown"), 2500, 40).bank == ""
    assert locate(course(*EAST, flow=""), 2500, 40).bank == ""


@pytest.mark.parametrize(
    ("east", "north", "bank"), [(1030, -30, "right"), (970, 30, "left"), (1001, -40, "right")]
)
def test_at_a_bend_the_outer_corner_and_the_inner_one_have_their_banks(east, north, bank):
    assert locate(course((0, 0), (1000, 0), (1000, 1000)), east, north).bank == bank


@pytest.mark.parametrize(("east", "north"), [(1030, 20), (1030, -20), (1030, 0)])
def test_off_the_tip_of_a_sharp_bend_to_the_left_is_the_right_bank(east, north):
    assert locate(course((0, 0), (1000, 0), (0, 100)), east, north).bank == "right"


def test_in_a_hairpin_the_nearer_limb_decides():
    hairpin = course((0, 0), (1000, 0), (1000, 200), (0, 200))
    assert locate(hairpin, 500, 60).chainage_m == pytest.approx(500, abs=0.1)
    assert locate(hairpin, 500, 140).chainage_m == pytest.approx(1700, abs=0.1)
    assert locate(hairpin, 500, 60).bank == locate(hairpin, 500, 140).bank == "left"


def test_before_the_line_begins_and_after_it_ends_a_place_lies_beyond():
    assert locate(course(*EAST), -50, 10).is_beyond
    assert locate(course(*EAST), 10_050, 10).is_beyond
    assert not locate(course(*EAST), 50, 10).is_beyond


def test_a_river_may_count_from_its_mouth_and_stated_stakes_stretch_over_the_line():
    counted = course(*EAST, chainage_from_m=20_500, chainage_to_m=10_000)
    assert locate(counted, 2500, 40).chainage_m == pytest.approx(20_500 - 2625, abs=0.1)
    assert counted.along(15_250) == pytest.approx(5000, abs=0.1)
    assert counted.has(15_000)
    assert not counted.has(9000)
    only_first = course(*EAST, chainage_from_m=1000)
    assert locate(only_first, 2500, 40).chainage_m == pytest.approx(3500, abs=0.05)


def test_parts_of_a_line_are_bridged_and_the_missing_metres_told():
    parts = MultiLineString([line((0, 0), (1000, 0)), line((1300, 0), (2000, 0))])
    one = courses_of(rows_of("river_lines", {"id": "L", "flow": "as_drawn", "place": parts}))[0]
    assert one.bridged_m == pytest.approx(300, abs=0.01)
    assert one.length_m == pytest.approx(2000, abs=0.02)


def test_a_row_without_a_line_is_passed_over():
    assert courses_of(rows_of("river_lines", {"id": "L"}, {"id": "P", "place": spot(0, 0)})) == ()


@given(
    bends=st.lists(st.floats(-400, 400), min_size=2, max_size=8),
    share=st.floats(0.1, 0.9),
    offset=st.floats(-60, 60).filter(lambda one: abs(one) > 0.5),
)
@settings(max_examples=60, deadline=None)
def test_what_is_put_beside_a_river_by_geodesics_is_found_where_it_was_put(bends, share, offset):
    # Long gentle edges: a place 60 m aside in the middle of one is nearest to that edge.
    corners = [(number * 2000, north) for number, north in enumerate(bends)]
    one = course(*corners)
    number = int(share * (len(bends) - 1))
    within = 0.3 + 0.4 * share
    start, end = one.ends_m[number], one.ends_m[number + 1]
    along = start + within * (end - start)
    here, ahead = one.point(along - 5), one.point(along + 5)
    lon, lat = one.point(along)
    azimuth, _, _ = GEOD.inv(*here, *ahead)
    lon, lat, _ = GEOD.fwd(lon, lat, azimuth - 90, offset)
    found = one.locate(np.array([lon]), np.array([lat]))[0]
    assert found.along_m == pytest.approx(along, abs=0.2)
    assert found.distance_m == pytest.approx(abs(offset), abs=0.1)
    assert found.bank == ("left" if offset > 0 else "right")
