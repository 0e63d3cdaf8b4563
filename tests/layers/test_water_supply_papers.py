"""Papers of water supply: a handful of tanks whose findings a person has worked out."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import open_cases, open_features
from geodata.errors import BadParameter
from geodata.sample import SAMPLE_ON, sample_features, write_sample
from layers.catalog import find_rule
from layers.detect import detect, unsaid
from layers.reasons import explain
from layers.rules.water_supply_papers import by_estate
from tests.layers.written_lists import DAY, at, stored, told, written

RULE = find_rule("water_supply_papers")

TANKS = """
id | name     | estate | households | is_covered | is_disinfected | pollution_m | jurisdiction
T1 | 泵房1     | 小区甲  | 100        | yes        | yes            | 30          |
T2 | 泵房2     | 小区甲  | 80         | no         | yes            | 9.5         |
T3 | 泵房3     | 小区乙  | 60         | yes        | no             | 10          |
T4 | 泵房4     | 小区丙  |            |            |                |             |
T5 | 泵房5     | 小区丁  | 40         | yes        | yes            |             | LZ-AN
"""
# T1 by its number, T2 by its estate, T3's ended on the very day of the list, T4 has none
LICENCES = """
id | licence_no | tank_id | estate | valid_until
L1 | 1号         | T1      |        | 2025-06-29
L2 | 2号         | T1      |        | 2026-01-01
L3 | 3号         |         | 小区甲  | 2025-06-29
L4 | 4号         | T3      |        | 2025-06-30
"""
# 12 months before is 2024-06-30: T1 that day, T2 a day before; a day to come does not count
CLEANINGS = """
id | tank_id | estate | cleaned_on
C1 | T1      |        | 2024-06-30
C2 | T2      |        | 2024-06-29
C3 | T2      |        | 2023-01-05
C4 |         | 小区乙  | 2025-05-01
C5 | T4      |        | 2025-07-01
"""
STAFF = """
id | person | tank_id | estate | issued_on  | valid_until
S1 |        | T1      |        | 2024-06-30 |
S2 |        | T2      |        |            | 2025-06-29
S3 |        | T2      |        |            | 2026-06-29
S4 |        | T3      |        |            |
S5 |        | T3      |        |            |
S6 |        | T3      |        |            |
S7 |        |         | 小区丙  | 2025-01-01 |
"""
TESTS = """
id | tank_id | tested_on  | has_passed | failing_indexes | failing_values
W1 | T1      | 2025-01-10 | no         | turbidity       | 1.4 NTU
W2 | T1      | 2025-02-10 | yes        |                 |
W3 | T2      | 2025-02-10 |            | bacteria_count  | 160
W4 | T3      | 2024-06-29 | no         |                 |
"""
ESTATES = """
id | name  | households
E1 | 小区甲 | 200
E2 | 小区乙 | 60
"""


@pytest.fixture
def lists():
    return {
        "water_tanks": written("water_tanks", TANKS, {f"T{n}": at(n * 100) for n in range(1, 6)}),
        "estates": written("estates", ESTATES, {"E1": at(0), "E2": at(50)}),
        "hygiene_licences": written("hygiene_licences", LICENCES),
        "tank_cleanings": written("tank_cleanings", CLEANINGS),
        "water_staff": written("water_staff", STAFF),
        "water_tests": written("water_tests", TESTS),
    }


EXPECTED = {
    ("tank_unsealed", "T2", "E1"),
    ("pollution_near", "T2", "E1"),
    ("disinfection_idle", "T3", "E2"),
    ("licence_expired", "T2", "E1", "L3"),
    ("no_licence", "T4"),
    ("cleaning_overdue", "T2", "E1", "C2"),
    ("cleaning_overdue", "T4"),
    ("cert_missing", "T2", "E1"),
    ("cert_missing", "T3", "E2"),
    ("test_failed", "T2", "E1", "W3"),
    ("test_missing", "T3", "E2", "W4"),
    ("test_missing", "T4"),
}


def test_the_findings_are_those_worked_out_by_hand(lists):
    assert told(detect(RULE, stored(**lists), DAY)) == EXPECTED


def test_it_is_the_day_of_the_list_that_counts_and_not_that_of_the_run(lists):
    later = detect(RULE, stored(**lists), date(2026, 3, 1))
    assert told(later) == EXPECTED
    first = detect(RULE, stored(**lists), DAY)
    assert {one.facts_id for one in first.findings} == {one.facts_id for one in later.findings}


def test_nothing_is_said_of_an_office_from_which_a_list_has_no_row(lists):
    assert not [
        one for one in detect(RULE, stored(**lists), DAY).findings if one.jurisdiction == "LZ-AN"
    ]


@pytest.mark.parametrize(
    ("numbers", "gone", "new"),
    [
        ({"cleaning_months": 13}, {("cleaning_overdue", "T2", "E1", "C2")}, set()),
        ({"cleaning_months": 11}, set(), {("cleaning_overdue", "T1", "E1", "C1")}),
        ({"licence_grace_days": 1}, {("licence_expired", "T2", "E1", "L3")}, set()),
        ({"pollution_m": 9}, {("pollution_near", "T2", "E1")}, set()),
        (
            {"test_months": 13},
            {("test_missing", "T3", "E2", "W4")},
            {("test_failed", "T3", "E2", "W4")},
        ),
        ({"certificate_months": 11}, set(), {("cert_missing", "T1", "E1")}),
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
        ("hygiene_licences", {"no_licence", "licence_expired"}),
        ("tank_cleanings", {"cleaning_overdue"}),
        ("water_staff", {"cert_missing"}),
        ("water_tests", {"test_missing", "test_failed"}),
    ],
)
def test_without_an_optional_list_the_rule_runs_and_says_what_it_cannot(lists, without, outcomes):
    del lists[without]
    run = detect(RULE, stored(**lists), DAY)
    assert {one.id for one in unsaid(RULE, run)} == outcomes
    assert told(run) == {one for one in EXPECTED if one[0] not in outcomes}


def test_without_tanks_it_does_not_run(lists):
    del lists["water_tanks"]
    assert not detect(RULE, stored(**lists), DAY).has_run


def test_persons_are_counted_and_none_is_among_the_rows(lists):
    run = detect(RULE, stored(**lists), DAY)
    found = {one.rows[0].id: one for one in run.findings if one.outcome == "cert_missing"}
    assert {row.table for one in found.values() for row in one.rows} == {"water_tanks", "estates"}
    assert (found["T2"].fact("staff"), found["T2"].fact("staff_without")) == ("few", "few")
    assert (found["T3"].fact("staff"), found["T3"].fact("staff_without")) == ("3", "3")
    assert "不足3 人" in explain(found["T2"], RULE, run.numbers, "zh")[0]


def test_households_are_counted_once_for_each_tank(lists):
    table = by_estate(detect(RULE, stored(**lists), DAY).findings)
    rows = {row.estate: (row.tanks, row.findings, row.households) for row in table.itertuples()}
    assert rows["小区甲"] == (1, 6, 80)
    assert rows["小区乙"] == (1, 3, 60)
    assert rows["小区丙"][:2] == (1, 3)
    assert pd.isna(rows["小区丙"][2])


def test_the_demonstration_gives_the_260_hazards_that_the_layer_holds():
    features = open_features("memory:")
    write_sample(features, open_cases("memory:"))
    run = detect(RULE, features, SAMPLE_ON)
    layer = sample_features()["water_supply_points"]
    ours = layer[layer["jurisdiction"] == "LZ-QLH"]
    expected = set(zip(ours["tank_id"], ours["hazard_kinds"], strict=True))
    assert len(run.findings) == 260
    assert {(one.rows[0].id, one.outcome) for one in run.findings} == expected


@given(
    numbers=st.lists(st.integers(10, 99), min_size=1, max_size=4, unique=True),
    cleaned=st.dates(date(2020, 1, 1), date(2025, 6, 30)),
    covered=st.sampled_from(["yes", "no", ""]),
)
@settings(max_examples=12, deadline=None)
def test_more_tanks_and_records_of_them_take_no_finding_away(numbers, cleaned, covered):
    tanks = TANKS + "".join(
        f"T{n} | 泵房{n} | 小区{n} | 9 | {covered} | yes | 50 |\n" for n in numbers
    )
    cleanings = CLEANINGS + "".join(f"C{n} | T{n} | | {cleaned}\n" for n in numbers)
    places = {f"T{n}": at(n * 100) for n in (1, 2, 3, 4, 5, *numbers)}
    few = stored(
        water_tanks=written("water_tanks", TANKS, places),
        tank_cleanings=written("tank_cleanings", CLEANINGS),
    )
    many = stored(
        water_tanks=written("water_tanks", tanks, places),
        tank_cleanings=written("tank_cleanings", cleanings),
    )
    before, after = (detect(RULE, store, DAY).findings for store in (few, many))
    assert {one.facts_id for one in before} <= {one.facts_id for one in after}


def test_the_wording_asks_to_check_and_accuses_nobody():
    words = " ".join(one.why.zh + one.why.en for one in RULE.outcomes)
    assert not {"违法", "犯罪", "illegal", "guilty"} & set(words.split())
    assert all("核对" in one.why.zh and "check" in one.why.en for one in RULE.outcomes)
