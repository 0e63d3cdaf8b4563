"""Two lists of the same things: pairs worked by hand, and what no order of rows may change."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import open_city
from geodata.crs import GEOD, shift_to_gcj02
from geodata.errors import (
    BadSetting,
    ColumnsMissing,
    EmptyList,
    RepeatedIds,
    SystemNotDeclared,
    UnknownSystem,
)
from layers.matching import PARTS, WEIGHTS, Decision, Matching, Side, decide, match, region_of
from layers.matching.reading import Reader, plain

REGION = ("甘肃省", "兰州市", "城关区", "七里河区", "西固区", "安宁区")
HOW = Matching(region=REGION)
READER = Reader(REGION)
HERE = (103.62, 36.10)


def moved(metres: float, azimuth: float = 90.0) -> tuple[float, float]:
    """Return the place so many metres from HERE."""
    lon, lat, _ = GEOD.fwd(*HERE, azimuth, metres)
    return lon, lat


def row(row_id, name, address="", operator="", at=HERE):
    place = None if at is None else shapely.Point(at)
    return {"id": row_id, "name": name, "address": address, "operator": operator, "geometry": place}


def rows(*several):
    return gpd.GeoDataFrame(list(several), geometry="geometry", crs=4490)


def verdict_of(found, first_id="R1", second_id="P1"):
    pairs = found.pairs.set_index(["first_id", "second_id"])
    if (first_id, second_id) not in pairs.index:
        return "different"  # so far apart that they were never compared
    return pairs.loc[(first_id, second_id), "verdict"]


def pairs_of(found, verdict="same"):
    told = found.pairs[found.pairs["verdict"] == verdict]
    return set(zip(told["first_id"], told["second_id"], strict=True))


# ------------------------------------------------------------------------ worked by hand

# registry (name, address, operator), map (name, address, operator), metres apart, verdict
BY_HAND = (
    # one station, written in two ways
    (
        "国网西固万达广场充电站|福利路12号|国网甘肃省电力公司",
        "国家电网充电站（万达广场店）|福利路12号|",
        20,
        "same",
    ),
    ("国家电网西固公园充电站|公园路３号|", "国网充电桩（西固公园）|公园路三号|国网", 60, "same"),
    (
        "兰州特来电新能源有限公司万达广场充电站|福利路一百二十三号|兰州特来电新能源有限公司",
        "特来电万达广场快充站|福利路123号B1层|特来电",
        150,
        "same",
    ),
    (
        "万达广场充电站|甘肃省兰州市西固区福利路12号|星星充电",
        "兰州万达广场充电桩|西固区福利路12号东侧|万帮",
        80,
        "same",
    ),
    (
        "星星充电【兰州西站】充电站|西津西路甲12号|",
        "StarCharge充电站[兰州西站]|西津西路12号甲|",
        40,
        "same",
    ),
    ("翠湖花園充電站|福利路８號|國家電網", "翠湖花园充电站|福利路8号|国家电网", 10, "same"),
    (
        "兰州市佳远新能源科技有限公司翠湖花园充电站|雁滩路5号|兰州市佳远新能源科技有限公司",
        "佳远充电站(翠湖花园)|雁滩路5号院内|",
        30,
        "same",
    ),
    (
        "特来电南滨河东路58号充电站|南滨河东路58号|特来电",
        "特来电充电站（水车博览园店）|南滨河东路58号|特来电",
        25,
        "same",
    ),
    (
        "小桔充电天庆大厦充电站|雁南路20号|小桔充电",
        "天庆大厦地下停车场充电站|雁南路20号地下停车场|滴滴充电",
        45,
        "same",
    ),
    (
        "国网万达广场充电站一期|福利路12号|国网",
        "国网万达广场充电站（一期）|福利路12号|",
        15,
        "same",
    ),
    ("特来电盛达广场充电站||特来电", "特来电盛达广场充电站||特来电", 280, "same"),
    ("云快充兰石豪布斯卡充电站|西津西路198号|云快充", "云快充充电站(兰石豪布斯卡)||", 120, "same"),
    (
        "中石化西固服务区充电站|福利东路66号|中国石化",
        "中石化充电站（西固服务区）|福利东路66-1号|",
        90,
        "same",
    ),
    # plainly two
    (
        "国网西固万达广场充电站|福利路12号|国网",
        "特来电西固万达广场充电站|福利路12号|特来电",
        20,
        "different",
    ),
    (
        "国网万达广场充电站一期|福利路12号|国网",
        "国网万达广场充电站二期|福利路12号|国网",
        20,
        "different",
    ),
    ("翠湖花园充电站|雁滩路5号|国网", "金城大厦充电站|天水路99号|特来电", 40, "different"),
    ("翠湖花园充电站|雁滩路5号|", "金城大厦充电站|天水路99号|", 250, "different"),
    (
        "特来电万达广场充电站|西固区福利路12号|特来电",
        "特来电万达广场充电站|城关区天水路99号|特来电",
        9000,
        "different",
    ),
    ("特来电1号站|福利路12号|特来电", "特来电2号站|福利路12号|特来电", 15, "different"),
    ("国网翠湖花园充电站|雁滩路5号|国网", "翠湖医院充电站|雁南路77号|", 220, "different"),
    ("国网天庆充电站|雁滩路5号|国网", "星星充电盛达充电站|雁滩路105号|星星充电", 90, "different"),
    ("西固公园充电站|公园路3号|国网", "西固公园充电站|公园路3号|南方电网", 260, "different"),
    # for a person: too little, or one thing against the rest
    ("盛达广场充电站||", "盛达公寓充电桩||", 100, "decide"),
    ("国网金城大厦充电站|天水路99号|国网", "国网翠湖花园充电站|天水路99号|国网", 250, "decide"),
    ("国网金城大厦充电站|天水路99号|国网", "国网天水路充电站|天水路11号|国网", 60, "decide"),
    (
        "佳远翠湖花园充电站|雁滩路5号|兰州市佳远能源有限公司",
        "翠湖花园充电站|雁滩路5号|云快充",
        20,
        "decide",
    ),
    ("国网雁南路8号充电站|雁南路8号|国网", "天庆大厦充电站|雁南路8号|", 30, "same"),
)


@pytest.mark.parametrize(("filed", "shown", "metres", "expected"), BY_HAND)
def test_pairs_worked_by_hand(filed, shown, metres, expected):
    first = rows(row("R1", *filed.split("|")))
    second = rows(row("P1", *shown.split("|"), at=moved(metres, 0)))
    assert verdict_of(match(first, second, HOW)) == expected


@pytest.mark.parametrize(
    ("name", "address", "expected"),
    [
        ("国网万达广场充电站", "福利路12号", "same"),  # name, operator and number agree
        ("万达广场充电站", "福利路12号", "same"),  # name and number
        ("万达广场充电站", "福利路", "decide"),  # the name alone
        ("国网充电站", "福利路12号", "same"),  # operator and number
        ("充电站", "福利路12号", "decide"),  # the number alone
        ("金城大厦充电站", "天水路1号", "different"),
    ],
)
def test_without_a_place_two_things_must_agree(name, address, expected):
    filed = row("R1", "国网万达广场充电站", "福利路12号", "国网", at=None)
    found = match(rows(filed), rows(row("P1", name, address)), HOW)
    assert verdict_of(found) == expected


def test_a_list_without_any_places_is_matched_by_its_words():
    first = pd.DataFrame([row("R1", "国网万达广场充电站", "福利路12号")]).drop(columns="geometry")
    second = rows(row("P1", "国家电网（万达广场）", "福利路12号"))
    assert pairs_of(match(first, second, HOW)) == {("R1", "P1")}


def test_a_place_taken_for_another_datum_is_found_and_said():
    lon, lat = (float(one[0]) for one in shift_to_gcj02(*(np.array([one]) for one in HERE)))
    shown = row("P1", "国网充电站(万达广场店)", "福利路12号", "国网", at=(lon, lat))
    found = match(rows(row("R1", "国网万达广场充电站", "福利路12号", "国网")), rows(shown), HOW)
    assert verdict_of(found) == "same"
    reason = next(one for one in found.reasons("R1", "P1") if one.part == "distance")
    assert reason.level == "other_datum"
    facts = dict(reason.facts)
    assert facts["distance_m"] > 150
    assert facts["datum_distance_m"] < 1
    assert facts["shifted"] == "second"


def test_distances_are_geodesic():
    found = match(
        rows(row("R1", "甲乙充电站")), rows(row("P1", "甲乙充电站", at=moved(123.0))), HOW
    )
    assert found.pairs["distance_m"].item() == pytest.approx(123.0, abs=1e-3)


# ------------------------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一百二十三号", "123号"),
        ("１２３号", "123号"),
        ("十号", "10号"),
        ("二十号", "20号"),
        ("一〇五号", "105号"),
        ("三千零五号", "3005号"),
        ("一百一十号", "110号"),
        ("（Ｂ１）", "(b1)"),
        ("七里河", "七里河"),
        ("五一路", "五一路"),
    ],
)
def test_numerals_and_widths_have_one_form(text, expected):
    assert plain(text) == expected


@given(st.integers(1, 9999))
def test_a_number_in_chinese_is_that_number(number):
    assert plain(f"{in_chinese(number)}号") == f"{number}号"


def in_chinese(number):
    digits, units = "零一二三四五六七八九", ("千", "百", "十", "")
    told = "".join(
        digits[int(one)] + (unit if one != "0" else "")
        for one, unit in zip(f"{number:04}", units, strict=True)
    )
    while "零零" in told:
        told = told.replace("零零", "零")
    return told.strip("零")


@pytest.mark.parametrize(
    ("text", "streets", "number", "suffix"),
    [
        ("甘肃省兰州市西固区福利路12号", ("福利路",), 12, ""),
        ("兰州市西固区陈坪街道福利路12-1号", ("福利路",), 12, "1"),
        ("福利路12号附5号", ("福利路",), 12, "5"),
        ("福利路12号之3", ("福利路",), 12, "3"),
        ("西津西路甲12号", ("西津西路",), 12, "甲"),
        ("西津西路12号乙", ("西津西路",), 12, "乙"),
        ("南滨河东路与天水路交叉口", ("南滨河东路", "天水路"), None, ""),
        ("酒泉路街道1号", (), None, ""),
        ("内蒙古路5号院内", ("内蒙古路",), 5, ""),
        ("万达广场B1层", (), None, ""),
        ("", (), None, ""),
    ],
)
def test_addresses_are_read_in_parts(text, streets, number, suffix):
    told = READER.read_address(text)
    assert (told.streets, told.number, told.suffix) == (streets, number, suffix)


def test_a_number_beside_is_not_held_against_a_pair():
    first = rows(row("R1", "国网万达广场充电站", "福利路12号"))
    second = rows(row("P1", "国网万达广场充电站", "福利路88号对面"))
    levels = {one.part: one.level for one in match(first, second, HOW).reasons("R1", "P1")}
    assert levels["address"] == "street_same"


def test_operators_of_the_office_are_told_by_the_matching():
    how = replace(HOW, operators=(("lanpark", ("兰州泊车", "兰泊")),))
    first, second = (
        rows(row("R1", "兰州泊车翠湖充电站")),
        rows(row("P1", "兰泊翠湖充电站")),
    )
    levels = {one.part: one.level for one in match(first, second, how).reasons("R1", "P1")}
    assert levels["operator"] == "agree"


def test_the_region_is_that_of_the_city():
    region = region_of(open_city())
    assert {"兰州市", "西固区", "永登县"} <= set(region)


# ------------------------------------------------------------------------- one row, one thing


def test_each_row_is_taken_once_and_the_better_pair_has_it():
    first = rows(
        row("R1", "国网万达广场充电站", "福利路12号", "国网"),
        row("R2", "国网万达公寓充电站", "福利路14号", "国网", at=moved(60)),
    )
    second = rows(row("P1", "国网充电站(万达广场)", "福利路12号", "国网", at=moved(5)))
    found = match(first, second, HOW)
    assert pairs_of(found) == {("R1", "P1")}
    other = found.pairs.set_index("first_id").loc["R2"]
    assert other["verdict"] in {"decide", "different"}
    assert [one.first_ids for one in found.entities if one.second_ids] == [("R1",)]


def test_a_station_split_on_the_map_is_one_thing():
    filed = row("R1", "特来电万达广场充电站", "福利路12号", "特来电")
    parts = [
        row("P1", "特来电万达广场充电站(直流区)", "福利路12号", "特来电", at=moved(5)),
        row("P2", "特来电万达广场充电站(交流区)", "福利路12号", "特来电", at=moved(25)),
    ]
    found = match(rows(filed), rows(*parts), HOW)
    assert [one.second_ids for one in found.entities] == [("P1", "P2")]
    assert set(found.pairs["why"]) == {"score", "part"}
    turned = match(rows(*parts), rows(filed), replace(HOW, first=HOW.second, second=HOW.first))
    assert [one.first_ids for one in turned.entities] == [("P1", "P2")]


def test_a_list_that_may_not_be_split_leaves_the_second_part_to_a_person():
    filed = row("R1", "特来电万达广场充电站", "福利路12号", "特来电")
    parts = [
        row(f"P{n}", f"特来电万达广场充电站({kind}区)", "福利路12号", "特来电", at=moved(n))
        for n, kind in ((1, "直流"), (20, "交流"))
    ]
    found = match(rows(filed), rows(*parts), replace(HOW, second=Side()))
    assert pairs_of(found) == {("R1", "P1")}
    asked = found.to_decide.iloc[0]
    assert (asked["second_id"], asked["why"], asked["first_with"]) == ("P20", "taken", "P1")


def test_two_unfiled_stations_at_one_mall_do_not_hide_in_a_filed_one():
    filed = row("R1", "国网万达广场充电站", "福利路12号", "国网")
    shown = [
        row("P1", "国网充电站(万达广场)", "福利路12号", "国网", at=moved(5)),
        row("P2", "特来电充电站(万达广场)", "福利路12号", "特来电", at=moved(15)),
        row("P3", "星星充电万达广场充电站", "福利路12号", "", at=moved(25)),
    ]
    found = match(rows(filed), rows(*shown), HOW)
    unfiled = [one.second_ids for one in found.entities if not one.first_ids]
    assert unfiled == [("P2",), ("P3",)]
    assert all(one.is_settled for one in found.entities)


def test_every_row_is_in_one_thing():
    first = rows(*(row(f"R{n}", f"站{n}充电站", at=moved(100 * n)) for n in range(4)))
    second = rows(*(row(f"P{n}", f"站{n}充电站", at=moved(170 * n)) for n in range(4)))
    found = match(first, second, HOW)
    assert sorted(one for thing in found.entities for one in thing.first_ids) == list(first["id"])
    assert sorted(one for thing in found.entities for one in thing.second_ids) == list(second["id"])


# ---------------------------------------------------------------------- reasons and decisions


def test_the_reasons_add_up_to_the_bits_and_have_words():
    found = match(*SMALL, HOW)
    for pair in found.pairs.itertuples():
        reasons = found.reasons(pair.first_id, pair.second_id)
        assert {one.part for one in reasons} == set(PARTS)
        assert sum(one.bits for one in reasons) - 6.0 == pytest.approx(pair.bits)
        for one in reasons:
            title = WEIGHTS[one.part][one.level].title
            assert title.zh
            assert title.en


def test_a_pair_never_compared_has_no_reasons():
    first, second = rows(row("R1", "甲充电站")), rows(row("P1", "乙充电站", at=moved(4000)))
    assert match(first, second, HOW).reasons("R1", "P1") == ()


DOUBTFUL = (
    rows(row("R1", "国网金城大厦充电站", "天水路99号", "国网")),
    rows(row("P1", "国网翠湖花园充电站", "天水路99号", "国网", at=moved(250, 0))),
)


@pytest.mark.parametrize(("is_same", "expected"), [(True, "same"), (False, "different")])
def test_a_decision_holds_and_is_not_asked_again(is_same, expected):
    before = match(*DOUBTFUL, HOW)
    assert verdict_of(before) == "decide"
    said = decide(before, "R1", "P1", is_same=is_same)
    found = match(*DOUBTFUL, HOW, [said])
    assert verdict_of(found) == expected
    assert found.pairs["why"].item() == "person"
    assert len(found.to_decide) == 0


@pytest.mark.parametrize("side", [0, 1])
def test_a_decision_on_facts_that_changed_is_asked_again_and_told(side):
    said = decide(match(*DOUBTFUL, HOW), "R1", "P1", is_same=False)
    changed = list(DOUBTFUL)
    changed[side] = changed[side].assign(address="天水路101号")
    pair = match(*changed, HOW, [said]).pairs.iloc[0]
    assert (pair["verdict"], pair["why"], pair["decided"]) == ("decide", "changed", "different")


def test_a_person_may_join_what_lies_far_apart_or_split_what_agrees():
    first = rows(row("R1", "甲充电站"), row("R2", "国网万达广场充电站", "福利路12号", "国网"))
    second = rows(
        row("P1", "乙充电站", at=moved(9000)),
        row("P2", "国网万达广场充电站", "福利路12号", "国网"),
    )
    plainly = match(first, second, HOW)
    far = decide(plainly, "R1", "P1", is_same=True)
    near = decide(plainly, "R2", "P2", is_same=False)
    assert pairs_of(match(first, second, HOW, [far, near])) == {("R1", "P1")}


def test_a_decision_without_its_rows_is_handed_back():
    lost = Decision("R9", "P1", is_same=True, first_facts="", second_facts="")
    assert match(*DOUBTFUL, HOW, [lost]).lost == (lost,)


def test_what_a_person_joined_is_not_given_to_a_better_pair():
    first = rows(row("R1", "国网万达广场充电站", "福利路12号", "国网"))
    second = rows(
        row("P1", "国网万达广场充电站", "福利路12号", "国网"),
        row("P2", "金城大厦充电站", "福利路12号", "", at=moved(200)),
    )
    said = decide(match(first, second, HOW), "R1", "P2", is_same=True)
    found = match(first, second, HOW, [said])
    assert pairs_of(found) == {("R1", "P2")}
    assert found.pairs.set_index("second_id").loc["P1", "first_with"] == "P2"


# ----------------------------------------------------------------------------- properties

BRANDS = ("国网", "特来电", "星星充电", "")
NAMES = ("万达广场", "万达公寓", "翠湖花园", "金城大厦", "福利路停车场", "西固公园")
MARKS = ("", "(直流区)", "(交流区)", "一期", "二期")
ADDRESSES = ("福利路12号", "福利路14号", "福利路一十二号", "天水路99号", "福利路", "")
PLACES = st.one_of(
    st.none(),
    st.builds(moved, st.integers(0, 700), st.sampled_from([0, 90, 200])),
)
STATIONS = st.builds(
    lambda brand, name, mark, address, operator, at: row(
        "", f"{brand}{name}充电站{mark}", address, operator, at=at
    ),
    *map(st.sampled_from, (BRANDS, NAMES, MARKS, ADDRESSES, BRANDS)),
    PLACES,
)
LISTS = st.lists(STATIONS, min_size=1, max_size=6)


def numbered(letter, stations):
    return [{**one, "id": f"{letter}{n}"} for n, one in enumerate(stations)]


SMALL = (
    rows(*(row(f"R{n}", f"国网{name}充电站", "福利路12号") for n, name in enumerate(NAMES))),
    rows(*(row(f"P{n}", f"{name}充电桩", "福利路14号") for n, name in enumerate(NAMES))),
)


@settings(max_examples=12, deadline=None)
@given(LISTS, LISTS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(one, other, chance):
    first, second = numbered("R", one), numbered("P", other)
    before = match(rows(*first), rows(*second), HOW)
    chance.shuffle(first)
    chance.shuffle(second)
    after = match(rows(*first), rows(*second), HOW)
    pd.testing.assert_frame_equal(before.pairs, after.pairs)
    assert before.entities == after.entities


@settings(max_examples=12, deadline=None)
@given(LISTS, LISTS)
def test_both_ways_round_give_the_same_pairs(one, other):
    first, second = rows(*numbered("R", one)), rows(*numbered("P", other))
    there = match(first, second, HOW).pairs
    back = match(second, first, replace(HOW, first=HOW.second, second=HOW.first)).pairs
    turn = {"first_id": "second_id", "first_with": "second_with"}
    told = back.rename(columns=turn | {new: old for old, new in turn.items()})
    columns = [*turn, *turn.values(), "verdict", "why", "bits", "distance_m"]
    one_way, other_way = (
        frame[columns].sort_values(["first_id", "second_id"], ignore_index=True)
        for frame in (there, told)
    )
    pd.testing.assert_frame_equal(one_way, other_way)


@settings(max_examples=12, deadline=None)
@given(LISTS, LISTS, st.booleans())
def test_a_row_far_away_under_another_name_changes_no_other_thing(one, other, is_first):
    first, second = numbered("R", one), numbered("P", other)
    before = match(rows(*first), rows(*second), HOW)
    far = row("X", "小桔充电皋兰客运站充电站", "名藩大道7号", "小桔充电", at=moved(60_000))
    (first if is_first else second).append(far)
    after = match(rows(*first), rows(*second), HOW)
    others = [one for one in after.entities if "X" not in (*one.first_ids, *one.second_ids)]
    assert tuple(others) == before.entities
    assert len(after.entities) == len(before.entities) + 1


@settings(max_examples=10, deadline=None)
@given(LISTS, LISTS)
def test_a_row_is_in_a_second_pair_only_as_a_part(one, other):
    found = match(rows(*numbered("R", one)), rows(*numbered("P", other)), HOW)
    told = found.pairs[found.pairs["verdict"] == "same"]
    assert not told["second_id"].duplicated().any()  # no point on the map is two filed stations
    for _, several in told.groupby("first_id"):
        assert list(several["why"]).count("score") == 1


@settings(max_examples=10, deadline=None)
@given(STATIONS, STATIONS)
def test_coming_nearer_never_makes_a_pair_less_likely(one, other):
    metres = (800, 500, 250, 120, 60, 10)
    first = rows({**one, "id": "R1", "geometry": shapely.Point(HERE)})
    second = rows(
        *(
            {**other, "id": f"P{n}", "geometry": shapely.Point(moved(far, 0))}
            for n, far in enumerate(metres)
        )
    )
    said = [
        Decision("R1", one, is_same=False, first_facts="", second_facts="") for one in second["id"]
    ]
    pairs = match(first, second, HOW, said).pairs
    plainly = pairs[pairs["distance"] != "other_datum"]  # which is another matter
    assert plainly["bits"].is_monotonic_increasing


# ------------------------------------------------------------------------------ bad input


def test_an_empty_list_is_no_answer():
    with pytest.raises(EmptyList) as told:
        match(SMALL[0].head(0), SMALL[1], HOW)
    assert told.value.facts == {"list": "first"}


def test_missing_columns_are_named_with_those_present():
    with pytest.raises(ColumnsMissing) as told:
        match(SMALL[0], SMALL[1].drop(columns=["address", "operator"]), HOW)
    facts = told.value.facts
    assert (facts["missing"], facts["list"]) == ("address, operator", "second")
    assert "name" in facts["present"]


def test_a_column_that_a_list_has_not_is_left_out_of_the_declaration():
    bare = SMALL[1].drop(columns=["address", "operator"])
    found = match(SMALL[0], bare, replace(HOW, second=Side(address="", operator="")))
    assert set(found.pairs["address"]) <= {"unknown", "street_same", "street_differs"}


@pytest.mark.parametrize(
    ("ids", "named", "count"), [(["R1", "R1"], "R1", 2), (["R1", None], "-", 1), (["", ""], "-", 2)]
)
def test_repeated_and_missing_ids_are_named(ids, named, count):
    first = rows(*(row(one, "国网充电站") for one in ids))
    with pytest.raises(RepeatedIds) as told:
        match(first, SMALL[1], HOW)
    assert (told.value.facts["ids"], told.value.facts["count"]) == (named, count)


def test_a_list_whose_places_are_all_missing_needs_no_system():
    first = gpd.GeoDataFrame([row("R1", "国网万达广场充电站", "福利路12号", at=None)])
    second = rows(row("P1", "国网万达广场充电站", "福利路12号"))
    assert pairs_of(match(first.set_geometry("geometry"), second, HOW)) == {("R1", "P1")}


def test_cells_that_are_no_text_are_read_as_they_stand():
    first = rows({**row(7, "国网万达广场充电站", None), "operator": np.nan})
    second = rows({**row(8, "国网万达广场充电站", pd.NA), "operator": 12})
    assert pairs_of(match(first, second, HOW)) == {("7", "8")}


def test_places_of_no_known_system_are_refused():
    bare = gpd.GeoDataFrame(
        pd.DataFrame(SMALL[0].drop(columns="geometry")), geometry=SMALL[0].geometry.tolist()
    )
    with pytest.raises(SystemNotDeclared):
        match(bare, SMALL[1], HOW)
    with pytest.raises(UnknownSystem):
        match(SMALL[0].to_crs(3857), SMALL[1], HOW)


@pytest.mark.parametrize("wrong", [{"within_m": 0}, {"split_within_m": 1e6}, {"decide_from": 9}])
def test_bounds_that_mean_nothing_are_refused(wrong):
    with pytest.raises(BadSetting):
        Matching(**wrong)


def test_a_word_of_too_many_pairs_is_left_aside_by_name():
    many = [row(f"R{n:03}", f"万达{n}号充电站", at=None) for n in range(150)]
    other = [row(f"P{n:03}", f"万达{n}号充电站", at=None) for n in range(150)]
    found = match(rows(*many), rows(*other), HOW)
    assert found.left_aside["万达"] == 150 * 150


def test_areas_and_empty_shapes_are_places_too():
    first = rows(
        {
            **row("R1", "国网万达广场充电站", "福利路12号"),
            "geometry": shapely.Point(HERE).buffer(1e-4),
        },
        {**row("R2", "甲充电站"), "geometry": shapely.Point()},
    )
    second = rows(row("P1", "国家电网万达广场充电站", "福利路12号"))
    assert pairs_of(match(first, second, HOW)) == {("R1", "P1")}
