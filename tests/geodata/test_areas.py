"""Areas add up: however a shape is cut, turned, begun or pierced, not a part in a million is lost.

An area is that of a shape whose edges are the shortest ways between its corners on the
ellipsoid, while a cut is made in degrees, where edges are straight. The two part by the bow of
the edge, which grows with the square of its length: 2 cm in a kilometre at 36 degrees north.
"""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely.ops import split

from geodata.crs import STORED, geodesic_area_m2, geodesic_length_m

EARTH_RADIUS_M = 6_371_000
CORNERS = 72
"""As many as a surveyed field has; one of 2 km across then has edges of 80 to 300 m."""

longitudes, latitudes = st.floats(74.0, 134.0), st.floats(18.5, 53.0)
in_the_city = st.tuples(st.floats(102.6, 104.5), st.floats(35.6, 37.0))
turns = st.floats(0, np.pi)


def area_of(*shapes):
    """Return the area of all shapes together in square metres."""
    return geodesic_area_m2(gpd.GeoSeries(shapes, crs=STORED)).sum()


@st.composite
def outlines(draw, where=in_the_city):
    """Draw a surveyed outline of 40 m to 2 km across, with bays and corners."""
    lon, lat = draw(where)
    radius = draw(st.floats(0.0002, 0.01))
    shares = draw(st.lists(st.floats(0.8, 1.0), min_size=CORNERS, max_size=CORNERS))
    return star(lon, lat, radius * np.array(shares))


def star(lon, lat, radii):
    angles = np.arange(len(radii)) * 2 * np.pi / len(radii)
    return shapely.Polygon(
        np.transpose([lon + radii * np.cos(angles), lat + radii * np.sin(angles)])
    )


def line_across(shape, turn, aside):
    """Return a line through the extent of a shape, turned and moved aside from its middle."""
    west, south, east, north = shape.bounds
    reach = 2 * max(east - west, north - south)
    along = np.array([np.cos(turn), np.sin(turn)])
    middle = np.array([west + east, south + north]) / 2 + aside * reach * along[::-1] * (-1, 1)
    return shapely.LineString([middle - reach * along, middle + reach * along])


def parts_of(shape, line):
    return list(split(shape, line).geoms)


# -------------------------------------------------------------------------- cuts


@given(outlines(), turns, st.floats(-0.2, 0.2))
def test_the_parts_of_an_outline_cut_by_any_line_sum_to_the_whole(outline, turn, aside):
    parts = parts_of(outline, line_across(outline, turn, aside))
    assume(len(parts) > 1)
    assert area_of(*parts) == pytest.approx(area_of(outline), rel=1e-6)


@given(outlines(st.tuples(longitudes, latitudes)), st.integers(2, CORNERS - 2))
def test_a_cut_from_corner_to_corner_loses_nothing_anywhere_in_china(outline, other):
    ring = np.array(outline.convex_hull.exterior.coords)[:-1]
    other = 2 + other % max(len(ring) - 3, 1)
    assume(other < len(ring) - 1)
    parts = shapely.Polygon(ring[: other + 1]), shapely.Polygon([*ring[other:], ring[0]])
    assert area_of(*parts) == pytest.approx(area_of(shapely.Polygon(ring)), rel=1e-9)


@given(in_the_city, st.floats(0.0005, 0.05), turns, st.floats(-0.2, 0.2))
def test_a_box_of_long_edges_parts_from_its_pieces_by_no_more_than_its_edges_bow(
    where, size, turn, aside
):
    box = shapely.box(where[0] - size, where[1] - size, where[0] + size, where[1] + size)
    parts = parts_of(box, line_across(box, turn, aside))
    assume(len(parts) > 1)
    edge = geodesic_length_m(gpd.GeoSeries([box], crs=STORED))[0] / 4
    bow = edge**2 * np.tan(np.radians(where[1] + size)) / (8 * EARTH_RADIUS_M)
    longest = 1.3  # a box is longer than wide: degrees of latitude are
    assert abs(area_of(*parts) - area_of(box)) <= longest * edge * bow + 1e-3


# ------------------------------------------------------------------ the same shape


@given(outlines(), outlines(), st.integers(0, CORNERS - 1), st.integers(0, CORNERS - 1))
def test_turning_rings_and_beginning_elsewhere_changes_nothing(outline, other, first, second):
    hole = lay_inside(outline, other)
    area = area_of(shapely.Polygon(outline.exterior, [hole.exterior]))
    for turn, hole_turn in ((1, -1), (-1, 1), (-1, -1)):
        outer = begun(outline, first)[::turn]
        inner = begun(hole, second)[::hole_turn]
        assert area_of(shapely.Polygon(outer, [inner])) == pytest.approx(area, rel=1e-10)


@given(outlines(), outlines())
def test_a_hole_takes_away_what_it_measures(outline, other):
    hole = lay_inside(outline, other)
    pierced = shapely.Polygon(outline.exterior, [hole.exterior])
    assert area_of(pierced) == pytest.approx(area_of(outline) - area_of(hole), rel=1e-9)
    filled = shapely.MultiPolygon([pierced, hole])
    assert area_of(filled) == pytest.approx(area_of(outline), rel=1e-9)


@given(st.lists(outlines(), min_size=1, max_size=3))
def test_a_shape_of_several_parts_measures_as_much_as_they_do(parts):
    assert area_of(shapely.MultiPolygon(parts)) == pytest.approx(area_of(*parts), rel=1e-12)


def lay_inside(outline, other):
    """Return another shape made small and laid around the middle of a star, where it fits."""
    (lon, lat), (x, y) = middle_of(outline), middle_of(other)
    scale = 0.2 * reach_of(outline, (lon, lat)) / reach_of(other, (x, y))
    return shapely.transform(other, lambda xy: (xy - (x, y)) * scale + (lon, lat))


def middle_of(shape):
    """Return the point around which a star was drawn, by its first corner and its top."""
    corners = np.array(shape.exterior.coords)
    return corners[CORNERS // 4][0], corners[0][1]


def reach_of(shape, middle):
    return np.hypot(*(np.array(shape.exterior.coords) - middle).T).min()


def begun(shape, corner):
    """Return the closed ring of a shape, beginning at another of its corners."""
    ring = np.roll(np.array(shape.exterior.coords)[:-1], -corner, axis=0)
    return np.vstack([ring, ring[:1]])
