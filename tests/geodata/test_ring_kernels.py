"""The compiled loops over rings say what PROJ, GEOS and the geodesic's own equation say.

PROJ's area of a small ring is the difference of areas down to the equator, and keeps some
1e-4 square metres of noise. So small rings are held against the equation of the geodesic itself,
integrated in numbers of 80 bits (Runge and Kutta, shot from corner to corner).
"""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.crs import GEOD, STORED, geodesic_area_m2
from geodata.kernels.areas import E2, HALF_HEIGHT, LONGEST_M, SEMI_MAJOR_M, ring_areas_m2
from geodata.kernels.rings import MOST_EDGES, certainly_simple
from geodata.rings import are_valid

LONG = np.longdouble
STEPS, SHOTS = 12, 5
NOISE_OF_PROJ_M2 = 1e-4  # an edge

longitudes, latitudes = st.floats(74.0, 134.0), st.floats(-54.0, 54.0)
edges_m = st.floats(0, 3.6).map(lambda exponent: 10.0**exponent)  # 1 m to 4 km


def areas_of(*rings):
    """Return what the kernel says of rings of longitudes and latitudes."""
    starts = np.cumsum([0, *(len(ring) for ring in rings)])
    return ring_areas_m2(np.vstack(rings), starts)


@st.composite
def small_rings(draw, most_corners=9):
    """Draw a closed ring of 3 to 9 corners around a place, of edges up to some kilometres."""
    lon, lat, size = draw(longitudes), draw(latitudes), draw(edges_m)
    corners = draw(st.integers(3, most_corners))
    shares = draw(st.lists(st.floats(0.2, 1.0), min_size=corners, max_size=corners))
    thin = draw(st.sampled_from([1.0, 0.3, 0.02]))
    return closed(lon, lat, size / 111_320 / 2 * np.array(shares), thin)


def closed(lon, lat, radii, thin=1.0):
    angles = np.arange(len(radii)) * 2 * np.pi / len(radii)
    x = lon + radii * np.cos(angles) / np.cos(np.radians(lat))
    ring = np.transpose([x, lat + thin * radii * np.sin(angles)])
    return np.vstack([ring, ring[:1]])


# -------------------------------------------------------------------------- areas


@given(small_rings())
@settings(max_examples=40)
def test_the_area_of_a_ring_is_that_between_geodesics_to_a_part_in_a_thousand_million(ring):
    extent = np.ptp(ring, axis=0) * 111_320
    exact = integrated_area_m2(ring)
    # corners are numbers of 64 bits: a ring a metre across is known to 2e-9 of its size
    floor = 1e-9 * extent.max() * max(1.0, extent.min() ** 0.5)
    assert areas_of(ring)[0] == pytest.approx(exact, rel=1e-9, abs=floor)


@given(small_rings())
def test_the_area_of_a_ring_is_projs_but_for_the_noise_of_proj(ring):
    area = abs(GEOD.polygon_area_perimeter(*ring.T)[0])
    assert areas_of(ring)[0] == pytest.approx(area, rel=1e-9, abs=len(ring) * NOISE_OF_PROJ_M2)


@pytest.mark.parametrize("lat", [0.0, 18.0, 36.0, 54.0, 69.0, -36.0])
def test_a_field_of_edges_as_long_as_may_be_is_projs_too(lat):
    corners = np.full(4, 0.99 * LONGEST_M / 2**0.5 / 111_700)
    ring = closed(104.0, lat, corners)
    area = abs(GEOD.polygon_area_perimeter(*ring.T)[0])
    assert areas_of(ring)[0] == pytest.approx(area, rel=2e-10)


@pytest.mark.parametrize(
    "ring",
    [
        closed(104.0, 36.0, np.full(4, 2 * LONGEST_M / 111_320)),
        closed(104.0, 36.0, np.full(400, np.degrees(1.1 * HALF_HEIGHT))),
        closed(104.0, 89.9, np.full(4, 0.0001)),
        np.array([[104.0, 36.0], [np.nan, 36.1], [104.1, 36.1], [104.0, 36.0]]),
        np.array([[104.0, 36.0], [104.0, np.inf], [104.001, 36.1], [104.0, 36.0]]),
        np.array([[104.0, 36.0], [np.inf, 36.0], [104.001, 36.001], [104.0, 36.0]]),
    ],
    ids=["long edges", "high", "at the pole", "no number", "infinite", "infinite east"],
)
def test_a_ring_beyond_the_series_is_left_to_proj(ring):
    assert np.isnan(areas_of(ring)[0])


def test_large_and_small_parts_and_holes_of_a_shape_are_measured_together():
    large = closed(104.0, 36.0, np.full(5, 0.3))
    hole, other = closed(104.0, 36.0, np.full(7, 0.001)), closed(105.0, 36.0, np.full(6, 0.002))
    whole = shapely.MultiPolygon([shapely.Polygon(large, [hole]), shapely.Polygon(other)])
    parts = [abs(GEOD.polygon_area_perimeter(*ring.T)[0]) for ring in (large, hole, other)]
    areas = geodesic_area_m2(
        gpd.GeoSeries([whole, None, shapely.Point(1, 2), shapely.Polygon()], crs=STORED)
    )
    assert areas[0] == pytest.approx(parts[0] - parts[1] + parts[2], rel=1e-10)
    assert np.isnan(areas[1])
    assert areas[2:].tolist() == [0.0, 0.0]


def integrated_area_m2(ring):
    """Return the area between geodesics from corner to corner, all edges at once, in 80 bits."""
    lon, lat = np.radians(LONG(1)) * ring.astype(LONG).T
    lon, middle = lon - lon[0], lat[0]
    dx = (lon[1:] - lon[:-1]) * parallel_m(lat[:-1])
    dy = (lat[1:] - lat[:-1]) * meridian_m(lat[:-1])
    angle, length = np.arctan2(dy, dx), np.hypot(dx, dy)
    for _ in range(SHOTS):
        end_lat, end_lon, _, below = walk(lat[:-1], lon[:-1], angle, length, middle)
        east = (lon[1:] - end_lon) * parallel_m(lat[1:])
        north = (lat[1:] - end_lat) * meridian_m(lat[1:])
        along = east * np.cos(angle) + north * np.sin(angle)
        aside = north * np.cos(angle) - east * np.sin(angle)
        angle, length = angle + aside / np.maximum(length, LONG(1e-9)), length + along
    return float(abs(below.sum()))


def walk(lat, lon, angle, length, middle):
    """Return where geodesics end, how they point there, and the area under them."""
    state, step = [lat, lon, angle, np.zeros_like(lat)], length / STEPS
    for _ in range(STEPS):
        a = slope(state, middle)
        b = slope(moved(state, a, step / 2), middle)
        c = slope(moved(state, b, step / 2), middle)
        d = slope(moved(state, c, step), middle)
        total = [p + 2 * q + 2 * r + s for p, q, r, s in zip(a, b, c, d, strict=True)]
        state = moved(state, total, step / 6)
    return state


def moved(state, slopes, step):
    return [one + step * rate for one, rate in zip(state, slopes, strict=True)]


def slope(state, middle):
    """Return by how much a geodesic changes in a metre; its angle is that from east to north."""
    lat, _, angle, _ = state
    east = np.cos(angle) / parallel_m(lat)
    north = np.sin(angle) / meridian_m(lat)
    return [north, east, -np.sin(lat) * east, (zone_m2(lat) - zone_m2(middle)) * east]


def parallel_m(lat):
    return SEMI_MAJOR_M * np.cos(lat) / np.sqrt(1 - LONG(E2) * np.sin(lat) ** 2)


def meridian_m(lat):
    return SEMI_MAJOR_M * (1 - LONG(E2)) / (1 - LONG(E2) * np.sin(lat) ** 2) ** LONG(1.5)


def zone_m2(lat):
    """Return the area from the equator to a latitude, of a strip one radian wide."""
    e, s = np.sqrt(LONG(E2)), np.sin(lat)
    zone = s / (1 - LONG(E2) * s**2) + np.arctanh(e * s) / e
    return LONG(SEMI_MAJOR_M) ** 2 * (1 - LONG(E2)) / 2 * zone


# ------------------------------------------------------------------------- validity

grid_steps = st.integers(0, 5)
on_a_grid = st.tuples(grid_steps, grid_steps)  # touches and repeats are frequent there
anywhere = st.tuples(st.floats(100, 101), st.floats(36, 37))
nearly = st.tuples(st.floats(-1e-15, 1e-15), st.floats(-1e-15, 1e-15))


@given(
    st.lists(on_a_grid, min_size=3, max_size=9),
    st.sampled_from([1.0, 0.1, 1 / 3, 1e-9]),
    st.sampled_from([0.0, 104.1]),
)
@settings(max_examples=500)
def test_no_ring_is_called_simple_that_geos_calls_invalid(corners, scale, moved_by):
    ring = np.array([*corners, corners[0]], float) * scale + moved_by
    if certain(ring):
        assert shapely.Polygon(ring).is_valid


@given(st.lists(anywhere, min_size=3, max_size=7))
def test_what_is_left_in_doubt_of_rings_in_general_position_is_what_geos_calls_invalid(corners):
    ring = np.array([*corners, corners[0]])
    if certain(ring):
        assert shapely.Polygon(ring).is_valid


@given(st.lists(on_a_grid, min_size=3, max_size=8, unique=True), st.lists(nearly, min_size=8))
@settings(max_examples=300)
def test_no_ring_that_all_but_touches_itself_is_called_simple_wrongly(corners, shaken):
    ring = np.array(corners, float) * 0.7 + 0.1 + np.array(shaken[: len(corners)])
    ring = np.vstack([ring, ring[:1]])
    if certain(ring):
        assert shapely.Polygon(ring).is_valid


@given(longitudes, latitudes, st.lists(st.floats(0.3, 1.0), min_size=3, max_size=MOST_EDGES))
def test_stars_of_up_to_the_most_edges_are_seldom_left_in_doubt(lon, lat, shares):
    assert certain(closed(lon, lat, 0.01 * np.array(shares)))


def test_corners_on_a_straight_edge_leave_no_doubt_and_spikes_do():
    straight = [(0, 0), (1, 0), (2, 0), (2, 2), (0, 2), (0, 0)]
    spike = [(0, 0), (2, 0), (1, 0), (2, 2), (0, 2), (0, 0)]
    assert certain(np.array(straight, float))
    assert not certain(np.array(spike, float))


def test_shapes_with_holes_parts_or_corners_that_are_no_numbers_are_judged_as_geos_does():
    square, inner = shapely.box(0, 0, 4, 4), shapely.box(1, 1, 2, 2)
    with np.errstate(invalid="ignore"):
        not_all_numbers = shapely.Polygon([(0, 0), (np.nan, 1), (1, 0), (0, 1)])
    shapes = np.array(
        [
            square,
            shapely.Polygon(square.exterior, [inner.exterior]),
            shapely.Polygon(square.exterior, [shapely.box(3, 3, 5, 5).exterior]),
            shapely.MultiPolygon([square, shapely.box(5, 5, 6, 6)]),
            shapely.MultiPolygon([square, inner]),
            shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]),
            not_all_numbers,
            shapely.Polygon(),
            shapely.Point(1, 2),
            shapely.Point(np.inf, 2),
            shapely.Point(),
            shapely.LineString([(0, 0), (0, 0)]),
            shapely.LineString([(0, 0), (1, 1)]),
            None,
        ],
        object,
    )
    with np.errstate(invalid="ignore"):
        assert are_valid(shapes).tolist() == shapely.is_valid(shapes).tolist()


def certain(ring):
    return bool(certainly_simple(ring, np.array([0, len(ring)]))[0])
