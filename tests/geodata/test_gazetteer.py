"""A name in an address is a township or a village, and never more than it says."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz, process

from geodata.city import open_city
from geodata.gazetteer import VILLAGE_ENDINGS, read_gazetteer

SECOND_LIST = (
    Path(__file__).parents[2].parent / "shared/data/gazetteer/lanzhou_gazetteer_jionlp.csv"
)
PLACES = read_gazetteer()


def found(text, office=""):
    match = PLACES.find(text, office)
    return match.level, match.place.name if match.place else ""


@pytest.mark.parametrize(
    ("text", "office", "level", "name"),
    [
        ("西固区陈坪街道某小区", "", "township", "陈坪街道"),
        ("陈坪街道办事处", "", "township", "陈坪街道"),
        ("兰州市城关区张掖路219号", "", "township", "张掖路街道"),
        ("七里河区八里镇二十里铺村", "", "village", "二十里铺村民委员会"),
        ("八里镇二十里铺", "", "village", "二十里铺村民委员会"),
        ("永登县 中川镇", "", "township", "中川镇"),
        ("陈平街道", "", "like", "陈坪街道"),
        ("某某路口", "", "none", ""),
        ("", "", "none", ""),
    ],
)
def test_a_text_is_understood_as_far_as_its_names_go(text, office, level, name):
    assert found(text, office) == (level, name)


def test_a_road_does_not_make_a_street_of_a_short_name():
    assert found("东方红广场西路12号")[0] == "none"  # 安宁 has a 西路街道


def test_a_name_that_several_places_bear_is_left_to_a_person_and_names_them():
    names = pd.Series([one.name for one in PLACES.places if one.is_village])
    twice = names[names.duplicated()].iloc[0]
    match = PLACES.find(twice)
    assert match.level == "several"
    assert not match.is_certain
    assert len(match.others) >= 2


def test_the_office_decides_between_places_of_one_name():
    villages = [one for one in PLACES.places if one.is_village]
    by_name = pd.Series([one.office for one in villages]).groupby([one.name for one in villages])
    name = by_name.nunique().loc[lambda offices: offices > 1].index[0]
    for office in {one.office for one in villages if one.name == name}:
        held = [one for one in villages if (one.name, one.office) == (name, office)]
        match = PLACES.find(name, office)
        assert match.level == ("village" if len(held) == 1 else "several")


def test_towns_of_the_new_area_belong_to_its_office():
    assert PLACES.find("秦川镇").place.office == "LZ-XQ"


def test_every_place_has_an_office_of_the_city():
    assert {one.office for one in PLACES.places} == set(open_city().jurisdiction_ids)


@given(st.sampled_from([one for one in PLACES.places if not one.is_village]))
def test_every_township_is_found_by_its_own_name(town):
    match = PLACES.find(f"兰州市{town.name}", town.office)
    assert (match.level, match.place) == ("township", town)


@given(st.sampled_from([one for one in PLACES.places if one.is_village]))
def test_every_village_is_found_beside_its_township(village):
    match = PLACES.find(f"{village.township}{village.name}", village.office)
    assert village in {match.place, *match.others}


@given(st.text(max_size=30), st.sampled_from(["", *open_city().jurisdiction_ids]))
def test_any_text_is_answered(text, office):
    PLACES.find(text, office)


def test_a_city_without_a_list_finds_nothing():
    assert read_gazetteer("nowhere").find("陈坪街道").level == "none"


@pytest.mark.skipif(not SECOND_LIST.is_file(), reason="the second list is not beside the project")
def test_nine_in_ten_names_of_another_list_are_found_and_none_in_a_wrong_township():
    rows = pd.read_csv(SECOND_LIST)
    texts = rows["district"] + rows["township"] + rows["village_or_community"]
    matches = PLACES.find_all(texts, pd.Series("", rows.index))
    certain = matches.map(lambda match: match.is_certain)
    assert certain.mean() > 0.9
    towns = matches[certain].map(lambda match: match.place.township)
    stated = rows["township"][certain]
    same = [town[:2] == told[:2] for town, told in zip(towns, stated, strict=True)]
    assert sum(same) / len(same) > 0.97


def _stem(name):
    """Return a name without the words that lists put after it, however many."""
    bare = VILLAGE_ENDINGS.sub("", name)
    return name if bare == name else _stem(bare)


@pytest.mark.skipif(not SECOND_LIST.is_file(), reason="the second list is not beside the project")
def test_likeness_alone_names_another_village_more_often():
    rows = pd.read_csv(SECOND_LIST)
    rows = rows[rows["township"].isin({one.township for one in PLACES.places})]
    villages = {f"{one.township}{one.name}": one for one in PLACES.places if one.is_village}
    ours = likeness = 0
    for town, village in zip(rows["township"], rows["village_or_community"], strict=True):
        found = PLACES.find(town + village)
        ours += found.level == "village" and _stem(found.place.name) != _stem(village)
        best = process.extractOne(
            town + village, list(villages), scorer=fuzz.ratio, score_cutoff=75
        )
        likeness += best is not None and _stem(villages[best[0]].name) != _stem(village)
    assert ours * 5 < likeness
