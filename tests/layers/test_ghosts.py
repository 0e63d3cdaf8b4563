"""The small map of candidate systems shows the rows wherever they are."""

import pytest

from geodata import open_city
from geodata.detective import Ghost
from layers.drawing.ghosts import _frame, are_near

LANZHOU, SHENZHEN = (103.8, 36.06), (114.05, 22.54)


def ghosts(*places):
    return [
        Ghost(row=row, system=system, lon=lon + shift, lat=lat)
        for row, (lon, lat) in enumerate(places, 1)
        for system, shift in (("EPSG:4490", 0.0), ("gcj02", -0.005))
    ]


@pytest.mark.parametrize(("places", "near"), [([LANZHOU], True), ([SHENZHEN], False)])
def test_the_map_goes_to_the_rows_even_where_they_lie_far_from_the_city(places, near):
    shown = ghosts(*places)
    assert are_near(shown, open_city()) is near
    west, south, east, north = _frame(shown, open_city()).bounds
    assert all(west < one.lon < east and south < one.lat < north for one in shown)


def test_rows_around_the_city_come_before_strays():
    west, south, _, _ = _frame(ghosts(SHENZHEN, LANZHOU), open_city()).bounds
    assert (west, south) > (103.0, 36.0)


def test_no_rows_ask_for_nothing():
    assert _frame([], open_city()) is None
