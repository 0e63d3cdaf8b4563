"""Stations on three lists: a handful of rows whose findings a person has worked out."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import open_cases, open_features
from geodata.errors import BadParameter, BadSetting
from geodata.sample import SAMPLE_ON, sample_features, write_sample
from layers.catalog import find_rule
from layers.detect import decision_of, detect, unsaid
from layers.reasons import explain
from tests.layers.written_lists import DAY, at, house, stored, told, written

RULE = find_rule("stations_compared")

REGISTRY = """
id | name              | address   | operator     | filing_no
R1 | 万达广场充电站     | 福利路12号 | 国网甘肃电力  | 备1
R2 | 某医院充电站       | 康乐路5号  | 特来电        | 备2
R3 | 某学院停车场充电站 | 学府路30号 | 星星充电      | 备3
R4 | 某公园充电站       | 公园路8号  | 云快充        | 备4
R5 | 某商业中心充电站   |            |              | 备5
"""
POINTS = """
id | name                       | address          | operator | accuracy_m
P1 | 国家电网充电站（万达广场店） | 西固区福利路12号  | 国家电网  | 5
P2 | 特来电充电站(某医院)        | 康乐路45号        | 特来电    | 8
P3 | 星星充电站(某学院停车场)     | 学府路30号        | 星星充电  | 8
P5 | 某商业中心充电站            | 环路10号          |          | 8
P6 | 小桔充电站(某建材市场)      | 建材路1号         | 小桔充电  | 8
"""
PLACES = {
    "R1": at(0),
    "P1": at(20),
    "R2": at(1000),
    "P2": at(1030),
    "R3": at(2000),  # P3 lies 250 m away
    "P3": at(2000, -250),
    "R4": at(3000),
    "P5": at(4040),  # R5 has no place, and only its name is that of P5
    "P6": at(5000),
}
# 12 months before the day of the list is 2024-06-30
VISITS = """
id | name                 | address   | operator | filing_no | inspected_on
V1 |                      |           |          | 备1       | 2024-06-30
V2 | 特来电充电站(某医院)  | 康乐路5号  | 特来电    |           | 2024-06-29
V3 | 特来电充电站(某医院)  | 康乐路5号  | 特来电    |           | 2023-02-01
V4 | 某学院停车场充电站    | 学府路30号 | 星星充电  |           | 2025-05-05
V5 |                      |           |          | 备5       | 2025-05-06
V6 | 某商业中心充电站      | 环路10号   |          |           | 2025-05-06
V7 |                      |           |          | 备4       | 2025-07-01
"""
# the wall of the first house lies 4 m east of P6, that of the second 6.5 m north of P1
HOUSES = """
id | name
H1 | 1号楼
H2 | 2号楼
"""
GROUNDS = {"H1": house(5004, -6), "H2": house(14, 6.5)}

EXPECTED = {
    ("unfiled", "P6"),
    ("filed_not_found", "R4"),
    ("address_mismatch", "R2", "P2"),  # another house number in one street
    ("address_mismatch", "R3", "P3"),  # 250 m apart
    ("no_inspection_12m", "R2", "P2", "V2"),
    ("no_inspection_12m", "R4"),  # its visit is of the day after the list
    ("no_inspection_12m", "P6"),
    ("near_dwellings", "P6", "H1"),
    ("same_station_to_decide", "R5", "P5"),
}


@pytest.fixture
def lists():
    return {
        "charging_registry": written("charging_registry", REGISTRY, PLACES),
        "charging_points": written("charging_points", POINTS, PLACES),
        "fire_inspections": written("fire_inspections", VISITS),
        "dwellings": written("dwellings", HOUSES, GROUNDS),
    }


def test_the_findings_are_those_worked_out_by_hand(lists):
    assert told(detect(RULE, stored(**lists), DAY)) == EXPECTED


def test_a_finding_says_why_its_rows_are_one_station(lists):
    found = {
        one.outcome + one.rows[0].id: one for one in detect(RULE, stored(**lists), DAY).findings
    }
    moved = found["address_mismatchR3"]
    assert moved.fact("pair_distance_m") == pytest.approx(250, abs=1)
    assert moved.fact("pair_operator") == "agree"
    assert moved.fact("pair_distance") == "within_300"
    assert moved.fact("pair_bits") > 2
    assert found["near_dwellingsP6"].fact("distance_m") == pytest.approx(4, abs=0.05)
    assert "备1" not in str(found["unfiledP6"].facts)


def test_places_that_differ_as_by_the_shift_of_gcj02_are_told_to_be_doubtful(lists):
    shifted = {**PLACES, "P3": at(2250)}
    lists["charging_points"] = written("charging_points", POINTS, shifted)
    found = told(detect(RULE, stored(**lists), DAY))
    assert ("address_mismatch", "datum_doubtful", "R3", "P3") in found


def test_dwellings_may_be_points_as_well_as_outlines(lists):
    lists["dwellings"] = written("dwellings", HOUSES, {"H1": at(5004), "H2": at(0, 100)})
    assert told(detect(RULE, stored(**lists), DAY)) == EXPECTED


def test_a_pair_in_the_band_is_asked_and_neither_of_its_rows_accused(lists):
    run = detect(RULE, stored(**lists), DAY)
    (asked,) = [one for one in run.findings if one.outcome == "same_station_to_decide"]
    assert {one.outcome for one in run.findings if {"R5", "P5"} & {row.id for row in one.rows}} == {
        "same_station_to_decide"
    }
    assert "某商业中心充电站" in explain(asked, RULE, run.numbers, "zh")[0]


def decided(lists, *, is_same):
    run = detect(RULE, stored(**lists), DAY)
    (asked,) = [one for one in run.findings if one.outcome == "same_station_to_decide"]
    question = RULE.outcome(asked.outcome).decides
    return {question: (decision_of(asked, is_same=is_same),)}


def test_a_decision_is_remembered_and_not_asked_again(lists):
    said = decided(lists, is_same=True)
    after = told(detect(RULE, stored(**lists), DAY, decisions=said))
    ours = {one for one in after if {"R5", "P5"} & set(one)}
    assert ours == set()
    said = decided(lists, is_same=False)
    after = told(detect(RULE, stored(**lists), DAY, decisions=said))
    assert {("unfiled", "P5"), ("filed_not_found", "R5")} <= after
    assert not [one for one in after if one[0] == "same_station_to_decide"]


def test_a_decision_is_asked_again_once_the_rows_say_something_else(lists):
    said = decided(lists, is_same=False)
    lists["charging_points"] = written(
        "charging_points", POINTS.replace("环路10号", "环路12号"), PLACES
    )
    again = told(detect(RULE, stored(**lists), DAY, decisions=said))
    assert ("same_station_to_decide", "R5", "P5") in again


def test_only_a_finding_that_asks_can_be_decided(lists):
    run = detect(RULE, stored(**lists), DAY)
    other = next(one for one in run.findings if one.outcome == "unfiled")
    with pytest.raises(BadSetting):
        decision_of(other, is_same=True)


@pytest.mark.parametrize(
    ("numbers", "gone", "new"),
    [
        ({"apart_m": 251}, {("address_mismatch", "R3", "P3")}, set()),
        ({"dwelling_m": 3.5}, {("near_dwellings", "P6", "H1")}, set()),
        ({"dwelling_m": 7}, set(), {("near_dwellings", "R1", "P1", "H2")}),
        ({"inspection_months": 11}, set(), {("no_inspection_12m", "R1", "P1", "V1")}),
        ({"inspection_months": 13}, {("no_inspection_12m", "R2", "P2", "V2")}, set()),
    ],
)
def test_each_parameter_moves_its_own_line(lists, numbers, gone, new):
    assert told(detect(RULE, stored(**lists), DAY, numbers)) == (EXPECTED - gone) | new


@pytest.mark.parametrize("one", RULE.parameters, ids=lambda one: one.id)
def test_a_parameter_beyond_its_bounds_is_refused(lists, one):
    for number in (one.minimum - 0.5, one.maximum + 0.5):
        with pytest.raises(BadParameter):
            detect(RULE, stored(**lists), DAY, {one.id: number})


@pytest.mark.parametrize(
    ("without", "outcomes"),
    [
        ("fire_inspections", {"no_inspection_12m", "inspection_unsure"}),
        ("dwellings", {"near_dwellings"}),
    ],
)
def test_without_an_optional_list_the_rule_runs_and_says_what_it_cannot(lists, without, outcomes):
    del lists[without]
    run = detect(RULE, stored(**lists), DAY)
    assert {one.id for one in unsaid(RULE, run)} == outcomes
    assert told(run) == {one for one in EXPECTED if one[0] not in outcomes}


@pytest.mark.parametrize("without", ["charging_registry", "charging_points"])
def test_without_the_registry_or_the_points_it_does_not_run(lists, without):
    del lists[without]
    assert not detect(RULE, stored(**lists), DAY).has_run


def test_nothing_is_missing_from_a_list_that_does_not_speak_of_the_office(lists):
    elsewhere = POINTS + "P9 | 蔚来换电站(某机场) | 机场路1号 | 蔚来 | 8\n"
    frame = written("charging_points", elsewhere, {**PLACES, "P9": at(20_000)})
    frame.loc[frame["id"] == "P9", "jurisdiction"] = "LZ-YD"
    lists["charging_points"] = frame
    assert told(detect(RULE, stored(**lists), DAY)) == EXPECTED


def test_a_visit_that_may_be_of_the_station_is_told_beside_the_finding(lists):
    more = VISITS + "V8 | 某建材批发市场充电站 | 建材路1号 | | | 2025-05-05\n"
    lists["fire_inspections"] = written("fire_inspections", more)
    found = told(detect(RULE, stored(**lists), DAY))
    assert ("no_inspection_12m", "inspection_unsure", "P6", "V8") in found


def test_the_demonstration_gives_the_45_stations_that_the_layer_holds():
    features = open_features("memory:")
    write_sample(features, open_cases("memory:"))
    run = detect(RULE, features, SAMPLE_ON)
    found = [one for one in run.findings if one.outcome != "same_station_to_decide"]
    assert len({one.rows[0] for one in found}) == 45
    layer = sample_features()["charging_stations"]
    points = features.read("charging_points").set_index("id")["name"]
    unfiled = {points[one.rows[0].id] for one in found if one.outcome == "unfiled"}
    assert len(unfiled) == (layer["filing_no"] == "").sum()
    near = [one for one in found if one.outcome == "near_dwellings"]
    assert len(near) >= layer["hazard_kinds"].str.contains("fire_distance_short").sum() > 0
    assert sum(one.outcome == "same_station_to_decide" for one in run.findings) == 2


@given(
    numbers=st.lists(st.integers(20, 400), min_size=1, max_size=3, unique=True),
    is_filed=st.booleans(),
    day=st.dates(date(2020, 1, 1), date(2025, 6, 30)),
)
@settings(max_examples=5, deadline=None)
def test_more_stations_far_away_take_no_finding_away(numbers, is_filed, day):
    places = PLACES | {f"{side}{n}": at(n * 1000, 9000) for n in numbers for side in "RP"}
    registry = REGISTRY + "".join(
        f"R{n} | 第{n}停车场充电站 | 远方{n}路{n}号 | 云快充 | 备{n}\n" for n in numbers if is_filed
    )
    points = POINTS + "".join(
        f"P{n} | 云快充充电站(第{n}停车场) | 远方{n}路{n}号 | 云快充 | 8\n" for n in numbers
    )
    visits = VISITS + "".join(f"V{n} | | | | 备{n} | {day}\n" for n in numbers)
    few, many = (
        stored(
            charging_registry=written("charging_registry", filed, places),
            charging_points=written("charging_points", found, places),
            fire_inspections=written("fire_inspections", seen),
        )
        for filed, found, seen in ((REGISTRY, POINTS, VISITS), (registry, points, visits))
    )
    before, after = (detect(RULE, store, DAY).findings for store in (few, many))
    assert {one.facts_id for one in before} <= {one.facts_id for one in after}
