"""What two layers share: the quick answer is the plain one, and the plain one is the earth's."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import Overlay
from geodata.crs import GEOD, geodesic_area_m2
from geodata.errors import BadSetting
from geodata.overlay import (
    centre_of,
    meet,
    meet_plainly,
    overlap_shapes,
    plane_around,
    to_plane,
    totals,
)

YARDS = Overlay("yards", "parcels", by=("class_code", "is_basic"))
DEG_M = 1e-5  # about a metre


def framed(shapes, prefix="", **columns):
    ids = [f"{prefix}{n}" for n in range(len(shapes))]
    return gpd.GeoDataFrame({"id": ids, **columns}, geometry=list(shapes), crs=4490)


def parcels(shapes):
    many = len(shapes)
    classes = {
        "class_code": [("0101", "0102", "0103")[n % 3] for n in range(many)],
        "is_basic": [n % 2 == 0 for n in range(many)],
    }
    return framed(shapes, "P", **classes)


def stars(many, size_m, extent_m, chance, corners=20):
    """Return star-shaped polygons of so many corners, strewn over a square near Lanzhou."""
    centres = chance.random((many, 1, 2)) * extent_m
    turn = (np.arange(corners) + 0.9 * chance.random((many, corners))) / corners * 2 * np.pi
    radius = size_m * (0.3 + 0.7 * chance.random((many, corners)))
    xy = centres + np.stack([radius * np.cos(turn), radius * np.sin(turn)], -1)
    xy = np.concatenate([xy, xy[:, :1]], axis=1)
    return shapely.polygons(np.array([103.8, 36.0]) + xy * DEG_M)


def is_same(ours, theirs, measure="area_m2", near=1e-9):
    keys = ["first_id", "second_id"]
    assert ours.pairs[keys].equals(theirs.pairs[keys])
    assert list(ours.pairs.columns) == list(theirs.pairs.columns)
    assert ours.pairs[measure].to_numpy() == pytest.approx(
        theirs.pairs[measure].to_numpy(), rel=near, abs=1e-6
    )
    order = ["layer", "id", "what"]
    told = [one.doubts[order].sort_values(order, ignore_index=True) for one in (ours, theirs)]
    assert told[0].equals(told[1])
    return True


# ------------------------------------------------------------------------ overlaps


def test_two_squares_share_a_quarter_by_class_as_worked_by_hand():
    side = 0.001
    yards = framed([shapely.box(103.8, 36.0, 103.8 + side, 36.0 + side)], "Y")
    half = shapely.box(103.8 + side / 2, 36.0 + side / 2, 103.8 + 2 * side, 36.0 + 2 * side)
    found = meet(yards, parcels([half, shapely.box(104, 36, 104.1, 36.1)]), YARDS)
    shared = shapely.box(103.8 + side / 2, 36.0 + side / 2, 103.8 + side, 36.0 + side)
    area = geodesic_area_m2(gpd.GeoSeries([shared], crs=4490))[0]
    row = found.pairs.iloc[0]
    assert len(found.pairs) == 1
    assert (row["first_id"], row["second_id"], row["class_code"]) == ("Y0", "P0", "0101")
    # The corner of the shared square in degrees is not quite where the two longer edges cross.
    assert row["area_m2"] == pytest.approx(area, rel=2e-6)
    told = totals(found.pairs, YARDS)
    assert told.to_dict("records") == [
        {"class_code": "0101", "is_basic": True, "pairs": 1, "area_m2": row["area_m2"]}
    ]


@pytest.mark.parametrize("seed", range(3))
def test_the_quick_answer_is_the_plain_one_on_stars_holes_and_several_parts(seed):
    chance = np.random.default_rng(seed)
    first, second = stars(120, 60, 900, chance), stars(300, 50, 900, chance)
    inner = shapely.transform(second[:100], lambda xy: np.add(xy, (4 * DEG_M, 3 * DEG_M)))
    second[:100] = shapely.difference(second[:100], inner)
    hole = stars(1, 12, 1, chance)[0]
    first[:40] = [
        shapely.difference(
            one, shapely.transform(hole, lambda xy, c=one.centroid: xy - (103.8, 36) + (c.x, c.y))
        )
        for one in first[:40]
    ]
    first[40:60] = shapely.reverse(first[40:60])
    assert is_same(
        meet(framed(first, "Y"), parcels(second), YARDS),
        meet_plainly(framed(first, "Y"), parcels(second), YARDS),
    )


def test_what_only_touches_is_no_overlap_and_what_shares_an_edge_is_measured():
    cells = [
        shapely.box(103.8 + x * 0.001, 36 + y * 0.001, 103.801 + x * 0.001, 36.001 + y * 0.001)
        for x in range(4)
        for y in range(4)
    ]
    yards = framed(cells[:6], "Y")
    found = meet(yards, parcels(cells), YARDS)
    assert is_same(found, meet_plainly(yards, parcels(cells), YARDS))
    assert list(found.pairs["second_id"]) == [f"P{n}" for n in range(6)]


def test_broken_and_missing_shapes_are_mended_or_left_out_and_named():
    bow = shapely.Polygon([(103.8, 36), (103.801, 36.001), (103.801, 36), (103.8, 36.001)])
    spike = shapely.Polygon([(103.8, 36), (103.801, 36), (103.8, 36)])
    odd = [
        bow,
        spike,
        None,
        shapely.Polygon(),
        shapely.Point(103.8, 36),
        shapely.Polygon([(103.8, 36), (np.inf, 36), (103.801, 36.001)]),
    ]
    whole = shapely.box(103.7, 35.9, 103.9, 36.1)
    found = meet(framed(odd, "Y"), parcels([whole, bow]), YARDS)
    told = set(found.doubts[["layer", "id", "what"]].itertuples(index=False, name=None))
    assert told == {
        ("yards", "Y0", "mended"),
        ("yards", "Y1", "mended"),
        ("yards", "Y1", "left_out"),
        *(("yards", f"Y{n}", "left_out") for n in (2, 3, 4, 5)),
        ("parcels", "P1", "mended"),
    }
    assert list(zip(found.pairs["first_id"], found.pairs["second_id"], strict=True)) == [
        ("Y0", "P0"),
        ("Y0", "P1"),
    ]
    true = geodesic_area_m2(gpd.GeoSeries([shapely.make_valid(bow)], crs=4490))[0]
    assert found.pairs["area_m2"].to_numpy() == pytest.approx(true, rel=1e-7)


def test_a_river_of_a_hundred_thousand_corners_meets_its_parcels_as_geos_says():
    turn = np.linspace(0, 12 * np.pi, 50_000)
    x, y = 103.0 + turn * 0.04, 36.0 + 0.05 * np.sin(turn) + 1e-5 * np.sin(900 * turn)
    bank = np.column_stack([x, y])
    river = shapely.Polygon(np.concatenate([bank, np.add(bank[::-1], (0, 0.004))]))
    chance = np.random.default_rng(5)
    near = stars(400, 300, 1, chance)
    places = bank[chance.integers(len(bank), size=400)]
    near = np.array(
        [
            shapely.transform(one, lambda xy, to=to: xy - (103.8, 36.0) + to)
            for one, to in zip(near, places, strict=True)
        ]
    )
    yards = framed([river], "Y")
    found, plain = meet(yards, parcels(near), YARDS), meet_plainly(yards, parcels(near), YARDS)
    assert len(found.pairs) == 400
    assert is_same(found, plain)
    both = meet(
        yards,
        framed([shapely.transform(river, lambda xy: np.add(xy, (0.001, 0.0011)))], "P"),
        Overlay("yards", "parcels"),
    )
    assert len(both.pairs) == 1


@pytest.mark.parametrize("west", [103.8, 87.6, 121.5])
def test_areas_are_those_of_the_ellipsoid(west):
    chance = np.random.default_rng(9)
    shapes = shapely.transform(
        stars(200, 80, 40_000, chance), lambda xy: np.add(xy, (west - 103.8, 0))
    )
    yards = framed([*shapes, shapely.box(103.8, 36, 103.801, 36.001)], "Y")
    cover = framed(
        [
            shapely.box(w, s, w + 0.5, s + 0.5)
            for w in np.arange(west - 1, west + 1, 0.5)
            for s in np.arange(35.5, 37, 0.5)
        ],
        "P",
    )
    found = meet(yards, cover, Overlay("yards", "cover"))
    summed = found.pairs.groupby("first_id")["area_m2"].sum()
    ids = [f"Y{n}" for n in range(200)]
    true = pd.Series(geodesic_area_m2(gpd.GeoSeries(shapes, crs=4490)), ids)
    assert summed[ids].to_numpy() == pytest.approx(true.to_numpy(), rel=1e-7)


@settings(max_examples=40, deadline=None)
@given(
    lon=st.floats(73, 135),
    lat=st.floats(3, 54),
    at=st.tuples(st.floats(-15, 15), st.floats(-10, 10)),
)
def test_the_plane_is_that_of_proj(lon, lat, at):
    centre = centre_of((lon, lat, lon, lat))
    point = shapely.Point(centre[0] + at[0], centre[1] + at[1])
    ours = to_plane(np.array([point]), centre)[0]
    theirs = gpd.GeoSeries([point], crs=4490).to_crs(plane_around(centre))[0]
    assert ours.distance(theirs) < 1e-6


def test_shapes_of_overlaps_are_built_for_the_pairs_named():
    chance = np.random.default_rng(2)
    yards, land = framed(stars(30, 60, 300, chance), "Y"), parcels(stars(40, 60, 300, chance))
    found = meet(yards, land, YARDS).pairs
    few = found.head(20)
    drawn = overlap_shapes(yards, land, few)
    assert list(drawn["first_id"]) == list(few["first_id"])
    assert geodesic_area_m2(drawn.geometry) == pytest.approx(
        few["area_m2"].to_numpy(), rel=1e-6, abs=1e-4
    )


# ------------------------------------------------------------------- inside and near


def test_points_and_lines_inside_areas_are_found_and_lines_measured():
    chance = np.random.default_rng(4)
    land = parcels(stars(60, 80, 600, chance))
    centres = shapely.get_coordinates(shapely.centroid(stars(200, 9, 600, chance)))
    points = shapely.points(centres)
    lines = shapely.linestrings(np.stack([centres[:-1], centres[1:]], axis=1))
    asked = Overlay("stations", "parcels", "inside", by=("class_code",))
    for first in (
        framed(points, "S"),
        framed(lines, "S"),
        framed([*points[:5], *lines[:5], land.geometry[0]], "S"),
    ):
        assert is_same(meet(first, land, asked), meet_plainly(first, land, asked), "length_m")
    across = framed([shapely.LineString([(103.7, 36.0005), (103.9, 36.0005)])], "S")
    square = parcels([shapely.box(103.8, 36, 103.801, 36.001)])
    length = meet(across, square, asked).pairs["length_m"][0]
    assert length == pytest.approx(GEOD.inv(103.8, 36.0005, 103.801, 36.0005)[2], rel=1e-6)


def test_what_lies_near_is_measured_on_the_ellipsoid():
    chance = np.random.default_rng(6)
    stations = framed(
        shapely.points(shapely.get_coordinates(shapely.centroid(stars(150, 9, 3000, chance)))), "S"
    )
    homes = parcels(stars(150, 20, 3000, chance))
    asked = Overlay("stations", "homes", "near", within_m=50)
    found = meet(stations, homes, asked)
    assert is_same(found, meet_plainly(stations, homes, asked), "distance_m")
    assert len(found.pairs) > 0
    pair = framed([shapely.Point(103.8, 36)], "S"), framed([shapely.Point(103.8005, 36)], "P")
    distance = GEOD.inv(103.8, 36, 103.8005, 36)[2]
    for within_m, count in ((distance - 1e-6, 0), (distance + 1e-6, 1)):
        near = meet(*pair, Overlay("stations", "homes", "near", within_m=within_m)).pairs
        assert len(near) == count
    assert near["distance_m"][0] == pytest.approx(distance, rel=1e-9)


# ---------------------------------------------------------------------- bad questions


def test_no_rows_give_no_pairs_with_all_columns():
    nothing = parcels([])
    for relation, measure in (
        ("overlaps", "area_m2"),
        ("inside", "length_m"),
        ("near", "distance_m"),
    ):
        asked = Overlay("yards", "parcels", relation, 5, ("class_code",))
        for first, second in ((nothing, nothing), (nothing, parcels([shapely.box(1, 1, 2, 2)]))):
            found = meet(first, second, asked).pairs
            assert list(found.columns) == ["first_id", "second_id", measure, "class_code"]
            assert found.empty


def test_a_question_that_means_nothing_says_what_would():
    nothing = parcels([])
    with pytest.raises(BadSetting, match="within_m"):
        meet(nothing, nothing, Overlay("a", "b", "near"))
    with pytest.raises(BadSetting, match="overlaps, inside, near"):
        meet(nothing, nothing, Overlay("a", "b", "beside"))
    with pytest.raises(BadSetting, match="class_code"):
        meet(nothing, nothing, Overlay("a", "b", by=("klass",)))
