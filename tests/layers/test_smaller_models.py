"""The smaller models: a handful of rows each, whose findings a person has worked out."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import RevisionNote, open_cases, open_features
from geodata.closed_cases import TABLE, read_closed_cases, write_closed_cases
from geodata.errors import BadParameter
from geodata.sample import SAMPLE_ON, sample_features, write_sample
from geodata.sample.handed_over import invented_number
from layers.catalog import all_layers, find_rule
from layers.detect import decision_of, detect
from layers.reasons import explain
from layers.rules.allowance_after_death import HIDDEN, suppress
from tests.layers import written_lists
from tests.layers.written_lists import DAY, at, stored, told, written

RULES = KITCHENS, DRAINS, CABINETS, ALLOWANCES, BACK = tuple(
    find_rule(one)
    for one in (
        "kitchens_licensed",
        "drainage_permitted",
        "cabinets_inspected",
        "allowance_after_death",
        "back_after_closing_water_supply_points",
    )
)


@pytest.fixture(scope="module")
def demonstration():
    features, cases = open_features("memory:"), open_cases("memory:")
    write_sample(features, cases)
    return features, cases


@pytest.mark.parametrize(
    ("rule", "one"),
    [(rule, one) for rule in RULES for one in rule.parameters],
    ids=lambda one: one.id,
)
def test_a_parameter_beyond_its_bounds_is_refused(rule, one):
    for number in (one.minimum - 0.5, one.maximum + 0.5):
        with pytest.raises(BadParameter):
            detect(rule, open_features("memory:"), DAY, {one.id: number})


@pytest.mark.parametrize("rule", RULES, ids=lambda one: one.id)
def test_without_its_lists_a_rule_does_not_run(rule):
    run = detect(rule, open_features("memory:"), DAY)
    assert not run.has_run
    assert {one.role for one in run.lacks} == {one.role for one in rule.needs}


# ---------------------------------------------------------------------------- kitchens

CARE = """
id | name         | licence_no | operator | address   | jurisdiction
K1 | 甲养老院      | JY-001     | 甲公司   | 文化路1号  | LZ-GL
K2 | 乙长者食堂    |            | 乙社区   | 文化路9号  | LZ-GL
K3 | 丙长者食堂    | jy003      |         | 建设路3号  | LZ-GL
K4 | 丁长者食堂    |            | 丁村     | 建设路40号 | LZ-GL
K5 | 幸福院食堂    |            |         |           | LZ-GL
K6 | 己养老院      |            | 己公司   | 民主路2号  | LZ-YZ
"""
FOOD = """
id | name       | licence_no | operator | address   | valid_until | jurisdiction
F1 | 另一个名称  | ＪＹ001    |          |           | 2025-06-30  | LZ-GL
F2 | 乙长者食堂  | JY002      | 乙社区   | 文化路九号 | 2025-06-29  | LZ-GL
F3 | 旧名称      | JY003      |          |           | 2024-01-01  | LZ-GL
F4 | 旧名称      | JY003      |          |           |             | LZ-GL
F5 | 幸福院食堂 | JY005    |          | 解放路5号  | 2027-01-01  | LZ-GL
"""
CARE_FOUND = {
    ("licence_expired", "K2", "F2"),
    ("no_food_licence", "K4"),
    ("licence_to_decide", "K5", "F5"),
}


def kitchens(care=CARE, food=FOOD):
    places = {f"K{n}": at(n * 500) for n in range(1, 99)}
    return stored(
        care_kitchens=written("care_kitchens", care, places),
        food_licences=written("food_licences", food),
    )


def test_kitchens_are_held_against_licences_by_number_and_else_by_name_and_address():
    assert told(detect(KITCHENS, kitchens(), DAY)) == CARE_FOUND
    graced = told(detect(KITCHENS, kitchens(), DAY, {"grace_days": 1}))
    assert graced == CARE_FOUND - {("licence_expired", "K2", "F2")}


def test_a_licence_that_a_person_gave_to_a_kitchen_is_its_own_and_one_that_is_not_is_not():
    (asked,) = [
        one for one in detect(KITCHENS, kitchens(), DAY).findings if "decide" in one.outcome
    ]
    for is_same, left in ((True, set()), (False, {("no_food_licence", "K5")})):
        question = KITCHENS.outcome(asked.outcome).decides
        said = {question: (decision_of(asked, is_same=is_same),)}
        after = told(detect(KITCHENS, kitchens(), DAY, decisions=said))
        assert after == CARE_FOUND - {("licence_to_decide", "K5", "F5")} | left


@given(numbers=st.lists(st.integers(10, 90), min_size=1, max_size=3, unique=True))
@settings(max_examples=8, deadline=None)
def test_more_kitchens_and_licences_take_no_finding_away(numbers):
    care = CARE + "".join(
        f"K{n} | 第{n}养老院 | J{n} | {n}公司 | 远{n}路{n}号 | LZ-GL\n" for n in numbers
    )
    food = FOOD + "".join(
        f"F{n} | 第{n}养老院 | J{n} | {n}公司 | 远{n}路{n}号 | 2024-01-01 | LZ-GL\n"
        for n in numbers
    )
    before, after = (
        detect(KITCHENS, one, DAY).findings for one in (kitchens(), kitchens(care, food))
    )
    assert {one.facts_id for one in before} <= {one.facts_id for one in after}
    assert len(after) == len(before) + len(numbers)


# ---------------------------------------------------------------------------- drainage


def test_only_dischargers_that_need_a_permit_are_asked_for_one():
    users = """
id | name    | kind        | permit_no | operator | address
U1 | 某市场   | market      |           | 甲       | 东路1号
U2 | 某小区   | residential |           | 乙       | 东路3号
U3 | 某餐馆   | catering    | 排1       | 丙       | 东路5号
U4 | 某单位   |             |           | 丁       | 东路7号
U5 | 某诊所   | medical     | 排9       | 戊       | 东路9号
"""
    permits = """
id | name    | permit_no | operator | address | valid_until
X1 | 某餐馆   | 排1       | 丙       | 东路5号  | 2025-01-31
"""
    places = {f"U{n}": at(n * 400) for n in range(1, 6)}
    store = stored(
        drainage_users=written("drainage_users", users, places),
        drainage_permits=written("drainage_permits", permits),
    )
    assert told(detect(DRAINS, store, DAY)) == {
        ("no_drainage_permit", "U1"),
        ("permit_expired", "U3", "X1"),
        ("no_drainage_permit", "U5"),
    }


def test_dischargers_without_any_kind_stop_the_rule():
    users = written("drainage_users", "id | name | kind\nU1 | 某市场 | ", {"U1": at(0)})
    permits = written("drainage_permits", "id | name | valid_until\nX1 | 某 | 2026-01-01")
    run = detect(DRAINS, stored(drainage_users=users, drainage_permits=permits), DAY)
    assert [(one.role, one.reason) for one in run.lacks] == [("users", "blank_columns")]


# ---------------------------------------------------------------------------- cabinets


def test_a_cabinet_needs_a_visit_within_the_interval_under_its_name_and_address():
    cabinets = """
id | name        | operator | address
G1 | 东门换电柜   | 甲换电   | 东路1号
G2 | 西门换电柜   | 甲换电   | 西路2号
G3 | 南门换电柜   | 乙换电   | 南路3号
"""
    visits = """
id | name        | operator | address | inspected_on
V1 | 东门换电柜   | 甲换电   | 东路1号  | 2023-06-01
V2 | 东门换电柜   | 甲换电   | 东路一号 | 2024-06-30
V3 | 西门换电柜   | 甲换电   | 西路2号  | 2024-06-29
"""
    places = {f"G{n}": at(n * 700) for n in (1, 2, 3)}
    store = stored(
        swap_points=written("swap_points", cabinets, places),
        swap_inspections=written("swap_inspections", visits),
    )
    assert told(detect(CABINETS, store, DAY)) == {
        ("not_inspected", "G2", "V3"),
        ("not_inspected", "G3"),
    }


FARTHER = st.lists(st.integers(10, 90), min_size=1, max_size=3, unique=True)


@given(numbers=FARTHER, day=st.dates(date(2020, 1, 1), DAY))
@settings(max_examples=5, deadline=None)
def test_more_cabinets_and_visits_take_no_finding_away(numbers, day):
    heads = "id | name | operator | address"
    places = {f"G{n}": at(n * 700) for n in range(100)}
    cabinets = [f"G{n} | 第{n}换电柜 | {n}公司 | 远{n}路{n}号" for n in (1, 2, *numbers)]
    visits = [f"V{n} | 第{n}换电柜 | {n}公司 | 远{n}路{n}号 | {day}" for n in (2, *numbers)]
    before, after = (
        detect(
            CABINETS,
            stored(
                swap_points=written("swap_points", "\n".join([heads, *some]), places),
                swap_inspections=written(
                    "swap_inspections", "\n".join([f"{heads} | inspected_on", *seen])
                ),
            ),
            DAY,
        ).findings
        for some, seen in ((cabinets[:2], visits[:1]), (cabinets, visits))
    )
    assert {one.facts_id for one in before} <= {one.facts_id for one in after}


@given(numbers=FARTHER, kind=st.sampled_from(["catering", "residential", "medical"]))
@settings(max_examples=5, deadline=None)
def test_more_dischargers_and_permits_take_no_finding_away(numbers, kind):
    places = {f"U{n}": at(n * 400) for n in range(100)}
    users = [f"U{n} | 第{n}餐馆 | {kind} | 排{n} | 远{n}路{n}号" for n in (1, 2, *numbers)]
    permits = [f"X{n} | 第{n}餐馆 | 排{n} | 远{n}路{n}号 | 2024-01-01" for n in (2, *numbers)]
    before, after = (
        detect(
            DRAINS,
            stored(
                drainage_users=written(
                    "drainage_users",
                    "\n".join(["id | name | kind | permit_no | address", *some]),
                    places,
                ),
                drainage_permits=written(
                    "drainage_permits",
                    "\n".join(["id | name | permit_no | address | valid_until", *papers]),
                ),
            ),
            DAY,
        ).findings
        for some, papers in ((users[:2], permits[:1]), (users, permits))
    )
    assert {one.facts_id for one in before} <= {one.facts_id for one in after}


# -------------------------------------------------------------------------- allowances


def people(*rows, head):
    lines = [f"{n} | {town} | {number} | {day}" for n, (town, number, day) in enumerate(rows)]
    return "\n".join([f"id | township | person | {head}", *lines])


def allowances(roster, deaths):
    return stored(
        allowance_roster=written("allowance_roster", people(*roster, head="paid_until")),
        death_records=written("death_records", people(*deaths, head="died_on")),
    )


N = [invented_number(serial) for serial in range(100)]
# grace of one month: a death in April may be paid in May
ROSTER = [
    *(("甲镇", N[n], "2025-06-30") for n in range(5)),
    *(("乙镇", N[n], "2025-06-30") for n in range(5, 7)),
    *(("丙镇", N[n], "2025-06-30") for n in range(7, 11)),
    ("丁镇", N[11], "2025-05-31"),
    ("丁镇", N[12], "2025-06-01"),
    ("丁镇", N[13], "2025-06-30"),
]
DEATHS = [
    *(("", N[n], "2024-11-02") for n in range(11)),
    ("", N[11], "2025-04-01"),
    ("", N[12], "2025-04-30"),
    ("", N[13], "2025-07-02"),  # after the day of the list
    ("", N[0], "2024-11-09"),  # another source, another day: the same person
]


def test_persons_paid_after_death_are_counted_by_township_and_small_counts_hidden():
    run = detect(ALLOWANCES, allowances(ROSTER, DEATHS), DAY)
    found = {
        one.township: (one.fact("persons"), one.fact("office_persons")) for one in run.findings
    }
    # 5, 2, 4, 1: the two under three are hidden, and 4 with them (2 + 1 + 4 = 7, at least 6)
    assert found == {
        "甲镇": ("5", "12"),
        "乙镇": (HIDDEN, "12"),
        "丙镇": (HIDDEN, "12"),
        "丁镇": (HIDDEN, "12"),
    }


def test_a_finding_about_persons_names_its_township_and_no_row():
    run = detect(ALLOWANCES, allowances(ROSTER, DEATHS), DAY)
    for one in run.findings:
        assert (one.rows, one.name, one.lon) == ((), one.township, None)
        shown = str(one) + "".join(explain(one, ALLOWANCES, run.numbers, "zh"))
        assert not any(number in shown for number in N)
        assert not any(written_lists.KEY.seal(number) in shown for number in N)
    assert len({one.id for one in run.findings}) == 4


def test_the_grace_is_counted_in_months_after_that_of_the_death():
    run = detect(ALLOWANCES, allowances(ROSTER, DEATHS), DAY, {"grace_months": 2})
    assert {one.township for one in run.findings} == {"甲镇", "乙镇", "丙镇"}
    run = detect(ALLOWANCES, allowances(ROSTER[11:], DEATHS), DAY, {"grace_months": 0})
    assert [one.fact("persons") for one in run.findings] == [HIDDEN]


def test_other_persons_in_the_same_number_are_other_facts():
    first = detect(ALLOWANCES, allowances(ROSTER[:3], DEATHS), DAY).findings[0]
    other = detect(ALLOWANCES, allowances(ROSTER[1:4], DEATHS), DAY).findings[0]
    again = detect(ALLOWANCES, allowances(ROSTER[:3], DEATHS), date(2025, 9, 1)).findings[0]
    assert first.fact("persons") == other.fact("persons") == "3"
    assert first.id == other.id
    assert first.facts_id == again.facts_id != other.facts_id


def test_lists_sealed_with_two_keys_stop_the_rule_which_would_else_find_nobody():
    roster = written("allowance_roster", people(*ROSTER, head="paid_until"))
    deaths = written("death_records", people(*DEATHS, head="died_on"))
    foreign = deaths.assign(
        person=[one.replace(written_lists.KEY.id, "0" * 8) for one in deaths["person"]]
    )
    run = detect(ALLOWANCES, stored(allowance_roster=roster, death_records=foreign), DAY)
    assert [(one.role, one.reason) for one in run.lacks] == [("deaths", "other_key")]
    assert not run.has_run


@given(counts=st.dictionaries(st.sampled_from("ABCDEFG"), st.integers(1, 12), min_size=1))
@settings(max_examples=120, deadline=None)
def test_no_hidden_count_can_be_reckoned_from_what_is_shown(counts):
    shown, total = suppress(counts)
    hidden = [name for name in counts if shown[name] == HIDDEN]
    assert all(counts[name] >= 3 for name in counts if name not in hidden)
    if not hidden or total == HIDDEN:
        return
    left = int(total) - sum(int(said) for said in shown.values() if said != HIDDEN)
    assert left == sum(counts[name] for name in hidden)
    assert len(hidden) >= 2
    assert left >= 6
    assert left - (len(hidden) - 1) > max(2, *(0,))  # no single one must be under three


@given(more=st.lists(st.integers(20, 99), max_size=6, unique=True))
@settings(max_examples=10, deadline=None)
def test_more_persons_elsewhere_take_no_township_away(more):
    roster = [*ROSTER, *(("戊镇", N[n], "2025-06-30") for n in more)]
    deaths = [*DEATHS, *(("", N[n], "2024-01-01") for n in more)]
    before, after = (
        detect(ALLOWANCES, store, DAY).findings
        for store in (allowances(ROSTER, DEATHS), allowances(roster, deaths))
    )
    assert {one.id for one in before} <= {one.id for one in after}


def test_the_demonstration_gives_the_44_payments_of_the_mission(demonstration):
    run = detect(ALLOWANCES, demonstration[0], SAMPLE_ON)
    layer = sample_features()["elder_allowance"]
    assert {one.fact("office_persons") for one in run.findings} == {"44"}
    assert {one.township for one in run.findings} == set(layer["township"])
    counts = dict(zip(layer["township"], layer["count"], strict=True))
    said = {one.township: one.fact("persons") for one in run.findings}
    assert {town for town, told in said.items() if told == HIDDEN} == {"红古镇", "平安镇"}
    assert all(told == str(counts[town]) for town, told in said.items() if told != HIDDEN)


# ---------------------------------------------------------------- back after closing


def hazards(text):
    return written("water_supply_points", text, {f"H{n}": at(n * 100) for n in range(1, 10)})


HAZARDS = """
id | name | hazard_kinds                 | found_on   | relapsed_on | jurisdiction
H1 | 一   | no_licence                   | 2024-10-01 |             |
H2 | 二   | cleaning_overdue;no_licence  | 2025-03-06 |             |
H3 | 三   | no_licence                   | 2025-03-05 |             |
H4 | 四   | test_failed                  | 2025-04-01 |             |
H5 | 五   | no_licence                   | 2025-04-01 |             |
"""
CLOSED = """
id | case_id | layer               | hazard | hazard_kinds           | agency | closed_on
C1 | 甲案     | water_supply_points | H1     | no_licence;cert_missing | 某局   | 2025-03-05
C2 | 乙案     | swap_cabinets       | Q1     | no_licence              | 某局   | 2025-03-05
"""


def closed_store(text=HAZARDS):
    closed = written(TABLE, CLOSED, {"C1": at(100), "C2": at(400)})
    return stored(water_supply_points=hazards(text), closed_cases=closed)


def test_a_like_hazard_near_a_closed_case_and_later_than_it_is_back():
    # H3 was found on the day of closing, H4 is of another kind, H5 lies 400 m away
    assert told(detect(BACK, closed_store(), DAY)) == {("back", "H2", "C1")}
    assert told(detect(BACK, closed_store(), DAY, {"near_m": 99})) == set()
    wider = told(detect(BACK, closed_store(), DAY, {"near_m": 450}))
    assert wider == {("back", "H2", "C1"), ("back", "H5", "C1")}


def test_the_hazard_of_the_case_itself_is_back_only_if_it_relapsed():
    relapsed = HAZARDS.replace("2024-10-01 |             |", "2024-10-01 | 2025-05-01  |")
    found = detect(BACK, closed_store(relapsed), DAY)
    assert ("back", "H1", "C1") in told(found)
    assert next(one for one in found.findings if one.rows[0].id == "H1").fact("came_on") == date(
        2025, 5, 1
    )


@given(found=st.dates(date(2024, 1, 1), DAY), kind=st.sampled_from(["no_licence", "test_failed"]))
@settings(max_examples=6, deadline=None)
def test_more_hazards_take_no_finding_away(found, kind):
    more = HAZARDS + f"H6 | 六 | {kind} | {found} | |\n"
    before, after = (detect(BACK, closed_store(text), DAY).findings for text in (HAZARDS, more))
    assert {one.facts_id for one in before} <= {one.facts_id for one in after}


def test_closed_cases_are_a_list_made_of_the_two_stores(demonstration):
    features, cases = demonstration
    frame = read_closed_cases(cases, features, SAMPLE_ON)
    older = frame[frame["case_id"] == "LZ-QLH-2024-001"]
    assert len(older) == 20
    assert set(older["closed_on"]) == {date(2025, 3, 5)}
    assert older.geometry.notna().all()
    assert read_closed_cases(cases, features, date(2025, 3, 4))["case_id"].tolist() == []


def test_the_list_of_closed_cases_is_written_again_only_if_it_changed(demonstration):
    features, cases = demonstration
    note = RevisionNote("t", "t", datetime(2026, 1, 5, tzinfo=UTC), data_on=SAMPLE_ON)
    assert write_closed_cases(cases, features, note) == ""
    fresh = open_features("memory:")
    fresh.write("water_supply_points", features.read("water_supply_points"), note)
    assert write_closed_cases(cases, fresh, note)
    assert len(fresh.read(TABLE)) >= 20


def test_lists_are_no_layers_of_the_overview(demonstration):
    assert {layer.id for layer in all_layers()}.isdisjoint(
        {TABLE, "charging_registry", "allowance_roster", "water_tanks"}
    )
