"""Records find their thing, each one thing at most, and a thing may have many."""

import geopandas as gpd
import pytest

from layers.matching import Matching, Side, decide, match
from layers.records import match_records, told_by
from tests.layers.written_lists import at

SAYS = Side(operator="")
HOW = Matching(first=SAYS, second=SAYS)


def frame(*rows):
    """Return a list of rows written as id, name, address and metres east (None for no place)."""
    return gpd.GeoDataFrame(
        [{"id": one, "name": name, "address": address} for one, name, address, _ in rows],
        geometry=[None if east_m is None else at(east_m) for *_, east_m in rows],
        crs=4490,
    )


THINGS = frame(
    ("T1", "万达广场充电站", "福利路12号", 0),
    ("T2", "万达广场西区充电站", "福利路18号", 90),
    ("T3", "某学院充电站", "学府路30号", 4000),
)


def test_several_visits_worded_alike_and_otherwise_are_all_of_one_thing():
    visits = frame(
        ("V1", "万达广场充电站", "福利路12号", None),
        ("V2", "万达广场充电站", "福利路12号", None),
        ("V3", "万达广场电动汽车充电站", "福利路十二号", None),
        ("V4", "某学院充电站", "学府路30号", None),
    )
    found = told_by(match_records(THINGS, visits, HOW).pairs)
    assert found["T1"].sure == ("V1", "V2", "V3")
    assert found["T3"].sure == ("V4",)
    assert "T2" not in found or not found["T2"].sure


def test_a_record_tells_of_one_thing_at_most():
    visits = frame(
        ("V1", "万达广场充电站", "福利路12号", None), ("V2", "万达广场充电站", "福利路18号", None)
    )
    pairs = match_records(THINGS, visits, HOW).pairs
    same = pairs[pairs["verdict"] == "same"]
    assert not same["second_id"].duplicated().any()


def test_a_record_that_fits_two_things_alike_is_put_to_a_person():
    twins = frame(("T1", "某广场充电站", "东路1号", 0), ("T2", "某广场充电站", "东路1号", 1))
    visits = frame(("V1", "某广场充电站", "东路1号", None))
    found = told_by(match_records(twins, visits, HOW).pairs)
    assert {one: told.unsure for one, told in found.items()} == {"T1": ("V1",), "T2": ("V1",)}


@pytest.mark.parametrize("is_same", [True, False])
def test_what_a_person_said_of_one_record_holds_for_those_that_say_the_same(is_same):
    visits = frame(("V1", "某学院充电站", "", None), ("V2", "某学院充电站", "", None))
    asked = match_records(THINGS, visits, HOW)
    assert told_by(asked.pairs)["T3"].unsure == ("V1", "V2")
    said = decide(match(THINGS, visits, HOW), "T3", "V2", is_same=is_same)
    found = told_by(match_records(THINGS, visits, HOW, [said]).pairs)
    if is_same:
        assert found["T3"].sure == ("V1", "V2")
    else:
        assert "T3" not in found


def test_a_record_of_nothing_on_the_list_tells_of_nothing():
    visits = frame(("V1", "某水泥厂", "工业路99号", None))
    assert told_by(match_records(THINGS, visits, HOW).pairs) == {}
