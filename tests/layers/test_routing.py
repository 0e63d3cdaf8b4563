"""Visiting orders, held against every order there is where that can be counted."""

from itertools import pairwise, permutations
from time import process_time

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString, Point, Polygon

from layers.routing import Stop, find_stops, measure_distances, order_visits

GEOD = Geod(ellps="GRS80")
OFFICE = (103.63, 36.09)

places = st.tuples(st.floats(102.6, 104.6), st.floats(35.6, 37.0))


def scattered(count, seed=0):
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(103.3, 104.2, count), rng.uniform(35.9, 36.5, count)
    return [Stop(f"wells:{n}", place) for n, place in enumerate(zip(lon, lat, strict=True))]


def length_m(places):
    return sum(GEOD.inv(*a, *b)[2] for a, b in pairwise(places))


def shortest_by_trying_all(stops, start, returns):
    ends = [start] if start else []
    routes = ([*ends, *(stop.place for stop in order)] for order in permutations(stops))
    return min(length_m([*route, route[0]] if returns else route) for route in routes)


@pytest.mark.parametrize("returns", [False, True])
@pytest.mark.parametrize("start", [None, OFFICE])
@pytest.mark.parametrize("count", [2, 3, 5, 7])
def test_no_other_order_of_a_few_stops_is_shorter(count, start, returns):
    stops = scattered(count, seed=count)
    tour = order_visits(stops, start, returns=returns)
    # The solver counts in decimetres, so that two orders may differ by less than that.
    assert tour.total_m == pytest.approx(shortest_by_trying_all(stops, start, returns), abs=0.1)


def test_no_other_order_of_eight_stops_is_shorter():
    stops = scattered(8, seed=42)
    metres = measure_distances([OFFICE, *(stop.place for stop in stops)])
    orders = np.array(list(permutations(range(1, 9))))
    routes = np.column_stack([np.zeros(len(orders), dtype=int), orders])
    shortest_m = metres[routes[:, :-1], routes[:, 1:]].sum(axis=1).min()
    assert order_visits(stops, OFFICE).total_m == pytest.approx(shortest_m, abs=0.1)


@given(st.lists(places, max_size=12), st.none() | places, st.booleans())
@settings(max_examples=40, deadline=None)
def test_every_stop_is_visited_once_and_the_legs_are_the_ways_between(found, start, returns):
    stops = [Stop(f"wells:{n}", place) for n, place in enumerate(found)]
    tour = order_visits(stops, start, returns=returns)
    assert sorted(visit.stop.ref for visit in tour.visits) == sorted(stop.ref for stop in stops)
    assert [visit.order for visit in tour.visits] == list(range(1, len(stops) + 1))
    if stops:
        way = [*([start] if start else []), *(visit.stop.place for visit in tour.visits)]
        there_and_back = (*way, way[0]) if returns else tuple(way)
        assert tour.places == there_and_back
        assert tour.total_m == pytest.approx(length_m(there_and_back), abs=1e-3)


def test_the_same_shortlist_has_the_same_order_every_time():
    stops = scattered(60)
    assert order_visits(stops, OFFICE) == order_visits(stops, OFFICE)


def test_sixty_stops_are_ordered_within_two_seconds_and_better_than_by_the_nearest_next():
    stops = scattered(60, seed=5)
    began = process_time()
    tour = order_visits(stops, OFFICE)
    took_s = process_time() - began
    left, here, nearest_next_m = [stop.place for stop in stops], OFFICE, 0.0
    while left:
        there = min(left, key=lambda place: length_m([here, place]))
        nearest_next_m += length_m([here, there])
        left.remove(there)
        here = there
    assert took_s < 2
    assert tour.total_m < 0.95 * nearest_next_m


def test_stops_on_a_road_are_taken_one_after_another():
    lon = [103.9, 103.5, 103.7, 103.6, 103.8]
    tour = order_visits([Stop(f"wells:{x}", (x, 36.0)) for x in lon], start=(103.4, 36.0))
    assert [visit.stop.place[0] for visit in tour.visits] == sorted(lon)


def test_of_the_two_ways_round_the_nearer_stop_comes_first():
    lon = [103.9, 103.5, 103.7]
    stops = [Stop(f"wells:{x}", (x, 36.0)) for x in lon]
    tour = order_visits(stops, start=(103.4, 36.0), returns=True)
    assert [visit.stop.place[0] for visit in tour.visits] == sorted(lon)
    assert tour.back_m == pytest.approx(length_m([(103.9, 36.0), (103.4, 36.0)]))


def test_a_tour_of_one_stop_goes_there_and_back():
    stop = Stop("wells:1", (103.5, 36.0))
    assert order_visits([stop]).total_m == 0
    assert order_visits([stop], returns=True).total_m == 0
    there_m = length_m([OFFICE, stop.place])
    assert order_visits([stop], OFFICE, returns=True).total_m == pytest.approx(2 * there_m)


def test_a_stop_without_a_place_is_left_out_by_name():
    unplaced, nowhere = Stop("allowances:1", None), Stop("wells:9", (float("nan"), 36.0))
    tour = order_visits([unplaced, *scattered(2), nowhere])
    assert tour.left_out == (unplaced, nowhere)
    assert len(tour.visits) == 2


def test_a_tour_says_that_its_legs_are_an_estimate():
    tour = order_visits(scattered(2))
    assert tour.is_estimate
    assert tour.measure == "straight_line"


def test_features_become_stops_at_a_place_that_lies_on_them():
    bend = LineString([(103.0, 36.0), (103.5, 36.4), (103.0, 36.4)])
    horseshoe = Polygon([(103, 36), (104, 36), (104, 37), (103.9, 37), (103.9, 36.1), (103, 36.1)])
    features = gpd.GeoDataFrame(
        {"ref": ["wells:1", "rivers:1", "farms:1", "allowances:1", "wells:2"]},
        geometry=[Point(103.8, 36.1), bend, horseshoe, None, Point()],
        crs=4490,
    )
    stops = find_stops(features)
    assert [stop.ref for stop in stops] == list(features["ref"])
    assert stops[0].place == (103.8, 36.1)
    assert bend.distance(Point(stops[1].place)) < 1e-9
    assert horseshoe.contains(Point(stops[2].place))
    assert stops[3].place is None
    assert stops[4].place is None
