"""What the grid tells of a place without asking is what asking each one tells."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geodata import grid
from geodata.checks import find_offices
from geodata.city import read_outlines
from geodata.grid import ASK, NOWHERE, look_up

OUTLINES = read_outlines()
AREAS = OUTLINES.geometry.to_numpy()
MANY = 4_000


@pytest.fixture(autouse=True)
def _always_worth_it(monkeypatch):
    monkeypatch.setattr(grid, "WORTH_IT", 0)


def middles(many=MANY):
    """Return places in and around the city, some on corners and edges of the outlines."""
    west, south, east, north = shapely.total_bounds(AREAS)
    chance = np.random.default_rng(3)
    x, y = chance.uniform(west - 0.1, east + 0.1, many), chance.uniform(south - 0.1, north, many)
    corners = shapely.get_coordinates(AREAS)
    x[:200], y[:200] = corners[chance.integers(len(corners), size=200)].T
    x[200:204], y[200:204] = (west, east, west, east), (south, south, north, north)
    return x, y


def squares(size):
    x, y = middles()
    return shapely.box(x - size, y - size, x + size, y + size)


@pytest.mark.parametrize("size", [0.0, 1e-6, 0.0005, 0.003, 0.02, 0.5])
def test_what_is_told_of_a_shape_holds_for_all_of_it(size):
    shapes = squares(size) if size else shapely.points(*middles())
    told = look_up(shapes, AREAS)
    inside = np.flatnonzero(told >= 0)
    assert shapely.covers(AREAS[told[inside]], shapes[inside]).all()
    outside = shapes[told == NOWHERE]
    assert not len(shapely.STRtree(AREAS).query(outside, predicate="intersects")[0])
    if size < 0.001:
        assert (told != ASK).mean() > 0.7


@pytest.mark.parametrize("size", [0.0, 0.0005, 0.02])
def test_offices_are_those_that_asking_each_place_gives(size, monkeypatch):
    places = gpd.GeoSeries(squares(size) if size else shapely.points(*middles()), crs=4490)
    by_grid = find_offices(places, OUTLINES)
    monkeypatch.setattr(grid, "WORTH_IT", 10 * MANY)
    assert by_grid.equals(find_offices(places, OUTLINES))


def test_lines_nothing_and_what_has_no_numbers_are_left_to_be_asked():
    with np.errstate(invalid="ignore"):
        odd = np.array(
            [
                shapely.LineString([(103.8, 36.05), (103.81, 36.06)]),
                None,
                shapely.Point(),
                shapely.Polygon(),
                shapely.Point(np.inf, 36.0),
            ],
            object,
        )
    assert (look_up(odd, AREAS) == ASK).all()
