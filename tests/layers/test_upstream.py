"""Upstream on networks drawn by hand: tributaries, loops, wrong ways, gaps, and who answers."""

import geopandas as gpd
import pytest

from geodata.city import read_outlines, read_rivers
from layers.chainage import courses_of
from layers.river_network import RiverNetwork
from layers.upstream import duties_at, look_upstream
from tests.layers.valley import box, line, rows_of, spot


def lines(**drawn):
    """Return lines by id; the river is the id's first letter."""
    told = [
        {"id": name, "river": name[0], "flow": "as_drawn", "place": line(*corners)}
        for name, corners in drawn.items()
    ]
    return rows_of("river_lines", *told)


def trace(drawn, start, along_m, **far):
    return RiverNetwork(courses_of(lines(**drawn)), **far).upstream(start, along_m)


def way(told):
    return [(one.course, round(one.distance_up_m, -1), one.depth) for one in told.steps]


def remarks(told):
    return [(one.kind, one.course, one.other, round(one.metres, -1)) for one in told.remarks]


MAIN = ((0, 0), (5000, 0), (10_000, 0))


def test_a_tributary_comes_in_at_its_confluence_and_only_above_the_point():
    drawn = {"A": MAIN, "B": ((3000, 4000), (3000, 10)), "C": ((9000, -3000), (9000, 0))}
    told = trace(drawn, "A", 8000)
    assert way(told) == [("A", 0, 0), ("B", 5000, 1)]
    (join,) = told.confluences
    assert (join.river, join.into, round(join.chainage_m)) == ("B", "A", 3000)
    assert told.remarks == ()
    assert [one.river for one in trace(drawn, "A", 9500).confluences] == ["C", "B"]


def test_a_tributary_of_a_tributary_is_two_confluences_up():
    drawn = {"A": MAIN, "B": ((3000, 4000), (3000, 0)), "C": ((6000, 2000), (3000, 2000))}
    assert way(trace(drawn, "A", 8000)) == [("A", 0, 0), ("B", 5000, 1), ("C", 7000, 2)]


def test_a_river_goes_on_in_the_line_that_ends_where_it_begins():
    drawn = {"A1": ((0, 0), (5000, 0)), "A2": ((5000, 20), (9000, 0))}
    told = trace(drawn, "A2", 4000)
    assert way(told) == [("A2", 0, 0), ("A1", 4000, 0)]
    assert told.confluences == ()


def test_an_arm_round_an_island_is_followed_and_said_to_be_a_loop():
    drawn = {"A": MAIN, "Aarm": ((3000, 0), (4000, 800), (6000, 0))}
    told = trace(drawn, "A", 8000)
    assert ("Aarm", 2000, 0) in way(told)
    assert remarks(told) == [("loop", "A", "", 0)]


def test_a_circle_of_lines_ends():
    drawn = {"A1": ((0, 0), (4000, 0)), "A2": ((4000, 0), (2000, 3000), (0, 0))}
    told = trace(drawn, "A1", 2000)
    assert {one.course for one in told.steps} == {"A1", "A2"}
    assert ("loop", "A1", "", 0) in remarks(told)


def test_a_line_drawn_the_wrong_way_round_is_turned_and_named():
    drawn = {"A1": ((5000, 0), (0, 0)), "A2": ((5000, 0), (9000, 0))}
    told = trace(drawn, "A2", 4000)
    assert way(told) == [("A2", 0, 0), ("A1", 4000, 0)]
    assert remarks(told) == [("drawn_against", "A1", "A2", 0)]
    assert [one.is_sure for one in told.steps] == [True, False]


def test_a_gap_is_measured_named_and_crossed_within_its_bound_only():
    drawn = {"A1": ((0, 0), (5000, 0)), "A2": ((5700, 0), (9000, 0))}
    told = trace(drawn, "A2", 3300, gap_m=1000)
    assert way(told) == [("A2", 0, 0), ("A1", 4000, 0)]
    assert remarks(told) == [("gap", "A2", "A1", 700)]
    assert way(trace(drawn, "A2", 3300, gap_m=500)) == [("A2", 0, 0)]


def test_another_rivers_line_that_begins_here_is_named_and_not_followed():
    drawn = {"A": MAIN, "B": ((3000, 0), (3000, 4000))}
    told = trace(drawn, "A", 8000)
    assert way(told) == [("A", 0, 0)]
    assert remarks(told) == [("branches_off", "B", "A", 0)]


def test_another_rivers_line_that_stops_short_is_named_with_its_distance():
    drawn = {"A": MAIN, "B": ((3000, 4000), (3000, 400))}
    assert remarks(trace(drawn, "A", 8000)) == [("ends_near", "B", "A", 400)]


def test_a_line_of_unknown_flow_is_followed_as_drawn_and_said_so():
    told = lines(A=MAIN)
    told["flow"] = "unknown"
    found = RiverNetwork(courses_of(told)).upstream("A", 8000)
    assert remarks(found) == [("flow_unknown", "A", "", 0)]


def test_an_unknown_line_is_refused():
    with pytest.raises(KeyError):
        trace({"A": MAIN}, "B", 0)


def duties(*rows):
    told = [
        {"id": f"Z{number}", "river": river, "body": body, "chainage_from_m": a, "chainage_to_m": b}
        for number, (river, body, a, b) in enumerate(rows)
    ]
    return rows_of("river_duties", *told)


def test_bodies_answer_nearest_first_for_the_part_that_lies_upstream():
    drawn = lines(A=MAIN, B=((3000, 4000), (3000, 0)))
    place = spot(8000, 30)
    listed = duties(
        ("A", "下游镇", 7000, 10_000),
        ("A", "中游镇", 7000, 2500),
        ("A", "上游镇", 0, 2500),
        ("A", "河口镇", 9000, 10_000),
        ("A", "县水务局", None, None),
        ("B", "支流镇", 0, 4000),
    )
    told = look_upstream(drawn, place.x, place.y, listed)
    assert [
        (one.body, round(one.upper_chainage_m), round(one.lower_chainage_m)) for one in told.bodies
    ] == [
        ("下游镇", 7000, 8000),
        ("县水务局", 0, 8000),
        ("中游镇", 2500, 7000),
        ("支流镇", 0, 4000),
        ("上游镇", 0, 2500),
    ]
    assert [round(one.distance_up_m, -1) for one in told.bodies] == [0, 0, 1000, 5000, 5500]
    assert round(told.distance_m) == 30


def test_offices_answer_for_the_stretch_inside_their_outline():
    outlines = gpd.GeoDataFrame(
        {"office": ["LZ-YD", "LZ-HG"]},
        geometry=[box(4000, -9000, 20_000, 9000), box(-9000, -9000, 4000, 9000)],
        crs=4490,
    )
    place = spot(8000, 0)
    told = look_upstream(lines(A=MAIN), place.x, place.y, outlines=outlines)
    assert [
        (one.office, round(one.upper_chainage_m, -1), round(one.lower_chainage_m, -1))
        for one in told.offices
    ] == [("LZ-YD", 4000, 8000), ("LZ-HG", 0, 4000)]


def test_without_a_line_there_is_nothing_to_tell():
    assert look_upstream(rows_of("river_lines", {"id": "L"}), 103.5, 36.5) is None


def test_a_duty_of_one_bank_is_not_that_of_the_other():
    listed = duties(("A", "左岸镇", 0, 1000), ("A", "右岸镇", 0, 1000))
    listed["bank"] = ["left", "right"]
    assert list(duties_at(listed, "A", 100, 200, "left")["body"]) == ["左岸镇"]
    assert len(duties_at(listed, "A", 100, 200, "both")) == 2
    assert len(duties_at(listed, "A", 2000, 3000)) == 0


def test_on_the_rivers_of_the_city_the_datong_and_the_huangshui_come_down_to_xigu():
    rivers = read_rivers()
    told = gpd.GeoDataFrame(
        {"id": rivers["wdb_id"], "river": rivers["name"], "flow": "as_drawn"},
        geometry=rivers.geometry.to_numpy(),
        crs=4490,
    )
    near, wide = (
        look_upstream(told, 103.62, 36.10, outlines=read_outlines(), snap_m=snap)
        for snap in (50, 500)
    )
    assert [(one.kind, one.course) for one in near.remarks] == [("ends_near", "9977")]
    assert [(one.river, one.into_river) for one in wide.confluences] == [
        ("湟水", "黄河"),
        ("洮河", "黄河"),
        ("大通河", "湟水"),
    ]
    assert [(one.office, one.river) for one in wide.offices] == [
        ("LZ-XG", "黄河"),
        ("LZ-HG", "湟水"),
        ("LZ-HG", "大通河"),
        ("LZ-YD", "大通河"),
    ]
