"""The months played on the map say of each day what the rest of the page says of that day."""

import json
import re
from datetime import date
from functools import cache
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import Scope, load_rule_set, open_city
from geodata.casebook import casebook_of
from geodata.sample import SAMPLE_ON, sample_cases, sample_features
from geodata.standing import judge
from layers.catalog import all_layers
from layers.drawing.legend import LegendWords, build_legend
from layers.drawing.symbols import COLOUR_BY, NO_CASE, OVERDUE_COLOUR
from layers.drawing.timeline import (
    ABSENT,
    FIGURES,
    Status,
    days_of_run,
    gather_run,
    run_lengths,
    value_at,
)
from layers.drawing.webmap import MapWords, Played, TimeBar, build_features
from layers.indicators import Indicator, count_indicators
from layers.situation import Situation, collect_features, dress, see

CITY, RULES, LAYERS = open_city(), load_rule_set(), all_layers()
WORDS = MapWords("图例", "注", "北", "指北针", "来源", {"draw": {}})
LEGEND_WORDS = LegendWords("图层", "状态", "超期", "无案件")
DAYS = days_of_run(date(2024, 10, 14), SAMPLE_ON)
SCOPES = {
    "everything": Scope(),
    "one office": Scope(jurisdictions=frozenset({"LZ-XG"})),
    "one stage": Scope(stage_groups=frozenset({"recommendation"})),
}
NO_FIGURES = tuple(Indicator(name, ()) for name in FIGURES)


@cache
def book():
    return casebook_of(sample_cases())


@cache
def features():
    return collect_features(sample_features())


@cache
def seen(scope, day):
    standing = judge(book(), load_rule_set, day)
    situation = see(dress(features(), standing), standing, scope)
    return situation, count_indicators(situation, standing)


@cache
def run_of(scope):
    return gather_run([seen(scope, day) for day in DAYS])


def painted(situation, colour_by="status", time=None):
    """Return what the browser is told of a situation."""
    group = build_features(
        situation, LAYERS, CITY, colour_by=colour_by, legend=legend_of(situation, colour_by),
        words=WORDS, language="zh", time=time,
    )  # fmt: skip
    return json.loads(next(iter(group._children.values())).shown)


def legend_of(situation, colour_by):
    return build_legend(
        situation.features, LAYERS, RULES.groups, colour_by, LEGEND_WORDS,
        language="zh", rim=OVERDUE_COLOUR,
    )  # fmt: skip


def statuses(situation):
    there = situation.features[situation.features.geometry.notna()]
    told = zip(there["ref"], there["group"], there["is_overdue"], strict=True)
    return {ref: Status(group, late) for ref, group, late in told}


def at(spans, index):
    """Replay the spans as the browser does, by walking on from the beginning."""
    value = -1
    for day, new in spans:
        if day <= index:
            value = new
    return value


@given(
    st.integers(1, 12).flatmap(
        lambda columns: st.lists(
            st.lists(st.integers(-1, 3), min_size=columns, max_size=columns),
            min_size=1,
            max_size=20,
        )
    )
)
def test_what_was_shortened_is_replayed_as_it_was(rows):
    table = np.array(rows)
    spans = run_lengths(table)
    for index, row in enumerate(rows):
        assert [value_at(one, index) for one in spans] == row
        assert [at(one, index) for one in spans] == row
    for one in spans:
        values = [ABSENT, *(value for _, value in one)]
        assert all(now != after for now, after in pairwise(values))


@st.composite
def any_situations(draw):
    """Draw months in which features come, change, go and come back as they please."""
    group = st.sampled_from([NO_CASE, "lead", "follow_up", "closed"])
    status = st.one_of(st.none(), st.tuples(group, st.booleans()))
    months = draw(st.lists(st.lists(status, min_size=6, max_size=6), min_size=1, max_size=9))
    return [
        situation_of({f"a:{n}": one for n, one in enumerate(month) if one is not None}, number)
        for number, month in enumerate(months, 1)
    ]


def situation_of(told, month=1):
    rows = [
        {"ref": ref, "name": ref, "layer": "a", "jurisdiction": "LZ-XG", "group": group,
         "is_overdue": late, "count": 1}
        for ref, (group, late) in told.items()
    ]  # fmt: skip
    names = ["ref", "name", "layer", "jurisdiction", "group", "is_overdue", "count"]
    places = gpd.GeoSeries([shapely.Point(103, 36)] * len(rows), crs=4490)
    frame = gpd.GeoDataFrame(pd.DataFrame(rows, columns=names), geometry=places, crs=4490)
    return Situation(frame, pd.DataFrame(), date(2025, month, 28))


@settings(max_examples=15)
@given(any_situations())
def test_a_replayed_run_is_the_situation_of_each_month_whatever_happened(situations):
    run = gather_run([(one, NO_FIGURES) for one in situations])
    for index, situation in enumerate(situations):
        assert run.standing_on(index) == statuses(situation)


@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES)
def test_the_run_of_the_demonstration_is_its_situation_month_by_month(scope):
    run = run_of(scope)
    assert run.days == DAYS
    for index, day in enumerate(DAYS):
        situation, indicators = seen(scope, day)
        assert run.standing_on(index) == statuses(situation), day
        numbers = {one.id: len(one.counted) for one in indicators}
        assert run.figures[index] == tuple(numbers[name] for name in FIGURES), day


@pytest.mark.parametrize("colour_by", COLOUR_BY)
def test_each_day_is_painted_as_the_page_of_that_day_would_be(colour_by):
    scope = SCOPES["everything"]
    run, newest = run_of(scope), seen(scope, SAMPLE_ON)[0]
    legends = [legend_of(seen(scope, day)[0], colour_by) for day in DAYS]
    time = TimeBar({}, (), SAMPLE_ON, SAMPLE_ON, Played(1, run, legends))
    told = painted(newest, colour_by, time)
    played, signs = told["time"]["run"], told["styles"]
    kinds = {row[0]: row[3:] for row in told["features"]}
    assert set(kinds) == set(played["spans"])
    for index, day in enumerate(DAYS):
        alone = painted(seen(scope, day)[0], colour_by)
        replayed = {ref: at(spans, index) for ref, spans in played["spans"].items()}
        assert {ref: signs[number] for ref, number in replayed.items() if number >= 0} == {
            row[0]: alone["styles"][row[2]] for row in alone["features"]
        }
        assert all(kinds[row[0]] == row[3:] for row in alone["features"]), "the same place"
        assert played["counts"][index] == [name["counts"] for name in alone["names"]]
        assert [
            {"title": title, "entries": [{"kind": signs[sign]["kind"], "style": signs[sign],
                                          "text": text} for sign, text in entries]}
            for title, entries in played["legends"][index]
        ] == alone["legend"]["parts"]  # fmt: skip


def test_what_left_the_scope_still_has_its_place_on_the_days_on_which_it_was_there():
    scope = SCOPES["one stage"]
    newest, _ = seen(scope, SAMPLE_ON)
    gone = set(run_of(scope).spans) - set(newest.features["ref"])
    assert gone, "some case moved on from this stage"
    legends = [()] * len(DAYS)
    time = TimeBar({}, (), SAMPLE_ON, SAMPLE_ON, Played(1, run_of(scope), legends))
    rows = {row[0]: row for row in painted(newest, time=time)["features"]}
    assert gone <= set(rows)
    assert all(rows[ref][2] == ABSENT and rows[ref][4] for ref in gone)


def test_a_map_without_a_run_offers_one_and_carries_none():
    newest, _ = seen(Scope(), SAMPLE_ON)
    offered = painted(newest, time=TimeBar({"offer": "回放"}, (), SAMPLE_ON, SAMPLE_ON))
    assert (offered["time"]["run"], offered["time"]["newestOn"]) == (None, SAMPLE_ON.isoformat())
    assert painted(newest)["time"] is None


def test_a_run_of_nothing_is_no_error():
    run = gather_run([(situation_of({}), NO_FIGURES)])
    assert (run.spans, run.figures) == ({}, ((0, 0, 0, 0, 0),))


def test_the_run_ends_on_the_newest_day_and_holds_the_day_that_is_seen():
    assert DAYS[-1] == SAMPLE_ON
    assert DAYS[0] == date(2024, 10, 31)
    days = days_of_run(date(2024, 10, 14), SAMPLE_ON, [date(2025, 6, 15), date(2030, 1, 1)])
    assert set(days) - set(DAYS) == {date(2025, 6, 15)}
    assert list(days) == sorted(days)


@given(st.dates(date(1900, 1, 1), date(2025, 1, 1)), st.dates(date(2025, 1, 2), date(2030, 1, 1)))
def test_a_long_history_is_told_by_its_newest_months(first, last):
    days = days_of_run(first, last)
    assert 1 <= len(days) <= 48
    assert days[-1] == last
    assert all(re.search(r"-(28|29|30|31)$", one.isoformat()) for one in days[:-1])
    assert len({(one.year, one.month) for one in days}) == len(days)
