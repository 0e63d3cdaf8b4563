"""What travels to the browser: every place once, no pin for what is no place, no other host."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from streamlit_folium import _get_feature_group_string, _get_map_string

from geodata import Scope, load_rule_set, open_city
from geodata.sample import SAMPLE_ON, sample_cases, sample_features
from layers.catalog import all_layers
from layers.drawing.legend import LegendWords, build_legend
from layers.drawing.symbols import COLOUR_BY, OVERDUE_COLOUR
from layers.drawing.webmap import GoTo, MapWords, Position, Tiled, build_features, build_map
from layers.situation import collect_features
from tests.layers.pictures import look_at

CITY, RULES, LAYERS = open_city(), load_rule_set(), all_layers()
WORDS = MapWords("图例", "注", "北", "指北针", "来源", {"draw": {}})
LEGEND_WORDS = LegendWords("图层", "状态", "超期", "无案件")


@pytest.fixture(scope="module")
def whole():
    return look_at(collect_features(sample_features()), sample_cases(), as_of=SAMPLE_ON)


def legend_of(situation, colour_by="status"):
    return build_legend(
        situation.features, LAYERS, RULES.groups, colour_by, LEGEND_WORDS,
        language="zh", rim=OVERDUE_COLOUR,
    )  # fmt: skip


def shown(situation, **more):
    """Return what the browser is told, as the component would receive it."""
    options = {"colour_by": "status", "legend": legend_of(situation), "words": WORDS}
    group = build_features(situation, LAYERS, CITY, language="zh", **{**options, **more})
    page_map = build_map(CITY, Position(9, 36.2, 103.6), WORDS, "")
    script = _get_feature_group_string(group, page_map)
    return json.loads(re.search(r"gis\.features\(\w+, (.*)\);", script)[1])


def test_every_place_is_on_the_map_exactly_once(whole):
    refs = [row[0] for row in shown(whole)["features"]]
    placed = whole.features[whole.features.geometry.notna()]
    assert sorted(refs) == sorted(placed["ref"])


def test_what_no_tile_holds_lies_above_the_tiles_before_what_they_hold(whole, monkeypatch):
    layer, offices = "charging_stations", frozenset({"LZ-XG"})
    monkeypatch.setattr("layers.drawing.webmap.MOST_ABOVE", 12)
    rows = whole.features[whole.features["layer"] == layer]
    foreign = rows.index[~rows["is_overdue"].astype(bool)][-7:]
    shared = whole.features.copy()
    shared.loc[foreign, "jurisdiction"] = "LZ-CG"
    told = Tiled(layer, "tiles/{z}/{x}/{y}", "tiles/{number}", offices=offices)
    above = shown(replace(whole, features=shared), tiled=[told])["features"]
    refs = [row[0] for row in above if row[0].startswith(f"{layer}:")]
    assert len(refs) == 12
    assert set(shared.loc[foreign, "ref"]) <= set(refs)


def test_what_is_no_place_is_a_count_on_its_district_and_never_a_pin(whole):
    told = shown(whole)
    chips = {name["text"]: name["counts"] for name in told["names"]}
    assert "高龄津贴 44" in chips["红古"]
    assert not [row for row in told["features"] if row[0].startswith("elder_allowance:")]


def test_a_count_that_would_point_at_people_is_not_shown(whole):
    few = whole.features["layer"].eq("elder_allowance") & whole.features["count"].lt(3)
    assert few.any()
    one = whole.__class__(whole.features[few], whole.cases, whole.as_of)
    assert ["高龄津贴 <3"] in [name["counts"] for name in shown(one)["names"]]


def test_all_nine_offices_are_named_and_the_new_area_bears_a_badge(whole):
    names = {name["text"]: name["isBadge"] for name in shown(whole)["names"]}
    assert list(names) == [one.short.zh for one in CITY.jurisdictions]
    assert [name for name, is_badge in names.items() if is_badge] == ["新区"]


@pytest.mark.parametrize("colour_by", COLOUR_BY)
def test_shape_and_mark_say_layer_and_status_whatever_the_colour(whole, colour_by):
    told = shown(whole, colour_by=colour_by, legend=legend_of(whole, colour_by))
    rows = {row[0]: told["styles"][row[2]] for row in told["features"]}
    facts = whole.features.set_index("ref")
    for ref, style in rows.items():
        assert bool(style["rim"]) == bool(facts.loc[ref, "is_overdue"])
    marks = {facts.loc[ref, "group"]: style["mark"] for ref, style in rows.items()}
    assert len(set(marks.values())) == len(marks), "each group has a mark of its own"


def test_the_legend_adds_up_to_what_is_on_the_map(whole):
    status, layers = legend_of(whole)
    placed = int(whole.features.geometry.notna().sum())
    assert sum(one.count for one in status.entries if not one.sign.rim) == placed
    assert sum(one.count or 0 for one in layers.entries) == placed
    assert "高龄津贴 44" in [one.text for one in layers.entries]


def test_the_legend_holds_only_what_is_on_the_map(whole):
    stations = whole.features[whole.features["layer"] == "charging_stations"]
    _, layers = legend_of(whole.__class__(stations, whole.cases, whole.as_of))
    assert [one.text for one in layers.entries] == ["充电设施"]


def test_the_map_of_a_language_is_the_same_text_whatever_is_filtered(whole):
    office = Scope(jurisdictions=frozenset({"LZ-XG"}))
    few = look_at(collect_features(sample_features()), sample_cases(), office, SAMPLE_ON)

    def script(situation):
        page_map = build_map(CITY, Position(9, 36.2, 103.6), WORDS, "")
        shown(situation)
        return re.sub(r"[0-9a-f]{32}", "", _get_map_string(page_map))

    assert script(whole) == script(few)


def test_the_map_names_no_other_host():
    page_map = build_map(CITY, Position(9, 36.2, 103.6), WORDS, "")
    links = [
        link
        for element in (page_map, *page_map._children.values())
        for link in [*getattr(element, "default_js", []), *getattr(element, "default_css", [])]
    ]
    assert links
    assert all(address.startswith("../../browser/") for _, address in links)
    assert "://" not in _get_map_string(page_map)


def test_a_name_with_markup_closes_no_tag_and_stays_whole(whole):
    features = whole.features.head(1).copy()
    features["name"] = "</script><img src=x onerror=alert(1)>{{ 7*7 }}"
    one = whole.__class__(features, whole.cases, whole.as_of)
    group = build_features(one, LAYERS, CITY, colour_by="status", legend=(), words=WORDS,
                           language="zh")  # fmt: skip
    script = _get_feature_group_string(group, build_map(CITY, Position(9, 36, 103), WORDS, ""))
    assert "</script>" not in script
    assert "</script><img src=x onerror=alert(1)>{{ 7*7 }}" in shown(one)["features"][0][1]


def test_a_wish_to_go_travels_with_its_token_and_the_drawn_area_with_its_corners(whole):
    ring = ((103.5, 36.0), (103.6, 36.0), (103.6, 36.1))
    told = shown(whole, go_to=GoTo("case-1", (103.0, 35.9, 103.9, 36.2)), within=ring)
    bounds = [[35.9, 103.0], [36.2, 103.9]]
    assert told["goTo"] == {"token": "case-1", "bounds": bounds, "closest": 14}
    assert told["within"][0] == [36.0, 103.5]


def test_nothing_in_scope_is_an_empty_map_that_still_names_its_offices():
    nothing = look_at(collect_features({}), (), as_of=date(2025, 1, 1))
    told = shown(nothing)
    assert told["features"] == []
    assert len(told["names"]) == 9
