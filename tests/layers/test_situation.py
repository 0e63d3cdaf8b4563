"""What stood where on a day: features and cases meet, and a scope filters both sides alike."""

from dataclasses import replace
from datetime import UTC, date, datetime

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geodata import Case, CaseEvent, HazardRef, Scope, Title, load_rule_set
from geodata.schema import COMMON_COLUMNS
from layers.indicators import count_by_office, count_indicators, rows_behind
from layers.situation import collect_features, see

RULES = load_rule_set()
TODAY = date(2025, 12, 17)
FILED = ("lead_registered", "lead_evaluation", "filing_approval", "case_filed", "investigation")


def hazards(*rows):
    blank = dict.fromkeys(one.id for one in COMMON_COLUMNS)
    frame = pd.DataFrame(
        [
            blank
            | {"hazard_kinds": "other", "is_demonstration": True, "found_on": date(2025, 1, 1)}
            | {key: value for key, value in row.items() if key != "at"}
            for row in rows
        ]
    )
    places = [shapely.Point(row["at"]) if row.get("at") else None for row in rows]
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(places, crs=4490), crs=4490)


def a_case(case_id, office, refs, *kinds, **facts):
    events = tuple(
        CaseEvent(kind, date(2025, 2, 1 + n), datetime(2025, 2, 1, tzinfo=UTC), "tester")
        for n, kind in enumerate(kinds)
    )
    return Case(
        id=case_id,
        title=Title(f"案 {case_id}", f"Case {case_id}"),
        jurisdiction=office,
        kind="admin_pil",
        field=facts.pop("field", "work_safety"),
        rule_set="cn-2021",
        hazards=tuple(HazardRef.parse(ref) for ref in refs),
        events=events,
        **facts,
    )


@pytest.fixture
def valley():
    stations = hazards(
        {"id": "1", "name": "东站", "jurisdiction": "LZ-CG", "at": (103.9, 36.0),
         "verified_on": date(2025, 9, 1), "rectified_on": date(2025, 8, 1)},
        {"id": "2", "name": "西站", "jurisdiction": "LZ-XG", "at": (103.6, 36.1)},
        {"id": "3", "name": "孤站", "jurisdiction": "LZ-XG", "at": (103.5, 36.1),
         "found_on": date(2025, 11, 1)},
    )  # fmt: skip
    rivers = hazards(
        {"id": "1", "name": "河段", "jurisdiction": "LZ-YD", "at": (103.0, 36.5),
         "verified_on": date(2025, 9, 1), "relapsed_on": date(2025, 10, 1)},
    )  # fmt: skip
    allowance = hazards({"id": "1", "jurisdiction": "LZ-HG"}).assign(count=44)
    frames = {"stations": stations, "rivers": rivers, "allowance": allowance}
    served = (*FILED, "investigation_concluded", "recommendation_decided", "recommendation_served")
    cases = (
        a_case("A", "LZ-CG", ["stations:1", "stations:2"], *FILED),
        a_case("B", "LZ-XG", ["stations:2"], *served, "recommendation_received"),
        a_case("C", "LZ-YD", ["rivers:1"], "lead_registered", field="state_property"),
        a_case("D", "LZ-HG", ["allowance:1"], *FILED, field="state_property"),
    )
    return collect_features(frames), cases


def look(valley, as_of=TODAY, **scope):
    features, cases = valley
    return see(features, cases, RULES, Scope(**scope), as_of)


def refs(situation):
    return sorted(situation.features["ref"])


def test_without_a_scope_everything_is_seen(valley):
    seen = look(valley)
    assert len(seen.features) == 5
    assert list(seen.cases.index) == ["A", "B", "C", "D"]


def test_a_hazard_of_two_cases_shows_the_more_urgent_and_names_it_first(valley):
    row = look(valley).features.set_index("ref").loc["stations:2"]
    assert (row["group"], row["case_ids"]) == ("recommendation", "B;A")
    assert row["is_overdue"]


def test_a_hazard_without_a_case_says_so(valley):
    row = look(valley).features.set_index("ref").loc["stations:3"]
    assert (row["group"], row["case_ids"]) == ("no_case", "")


def test_a_group_of_stages_keeps_its_cases_and_their_hazards(valley):
    seen = look(valley, stage_groups=frozenset({"recommendation"}))
    assert list(seen.cases.index) == ["B"]
    assert refs(seen) == ["stations:2"]


def test_hazards_without_a_case_can_be_asked_for_alone(valley):
    seen = look(valley, stage_groups=frozenset({"no_case"}))
    assert refs(seen) == ["stations:3"]
    assert seen.cases.empty


def test_a_layer_keeps_the_cases_that_have_a_hazard_in_it(valley):
    seen = look(valley, layers=frozenset({"stations"}))
    assert list(seen.cases.index) == ["A", "B"]


def test_a_drawn_area_filters_map_and_cases(valley):
    ring = ((103.55, 36.0), (103.7, 36.0), (103.7, 36.2), (103.55, 36.2))
    seen = look(valley, within=ring)
    assert refs(seen) == ["stations:2"]
    assert list(seen.cases.index) == ["A", "B"]


def test_words_are_found_on_both_sides_of_the_link(valley):
    by_hazard = look(valley, text="东站")
    assert (refs(by_hazard), list(by_hazard.cases.index)) == (["stations:1"], ["A"])
    by_case = look(valley, text="案 B")
    assert (refs(by_case), list(by_case.cases.index)) == (["stations:2"], ["B"])


def test_the_past_knows_neither_later_hazards_nor_later_cases(valley):
    seen = look(valley, as_of=date(2025, 1, 31))
    assert "stations:3" not in refs(seen)
    assert seen.cases.empty
    assert set(seen.features["group"]) == {"no_case"}


def test_what_was_verified_later_was_not_verified_yet(valley):
    then = look(valley, as_of=date(2025, 8, 15)).features.set_index("ref").loc["stations:1"]
    assert (then["rectified_on"], then["verified_on"]) == (date(2025, 8, 1), None)


def test_figures_are_the_lists_that_they_open(valley):
    seen = look(valley)
    for one in count_indicators(seen, valley[1], RULES):
        behind = rows_behind(one, seen)
        assert len(behind) == len(one.counted if one.of is None else one.of)
        assert set(one.counted) <= set(one.of if one.of is not None else one.counted)


def test_figures_agree_with_plain_counting(valley):
    figures = {one.id: one for one in count_indicators(look(valley), valley[1], RULES)}
    found = ("stations:1", "stations:2", "stations:3", "rivers:1")
    assert figures["hazards_found"].counted == found
    assert figures["hazards_verified"].counted == ("stations:1",), "a relapse is not rectified"
    assert figures["leads"].counted == ("C",)
    assert figures["cases_filed"].counted == ("A", "B", "D")
    assert figures["cases_overdue"].counted == ("A", "B", "D"), "A and D: filing not served"
    assert (figures["reply_rate"].counted, figures["reply_rate"].of) == ((), ("B",))
    assert figures["cases_suspended"].counted == ()


def test_a_rate_of_nothing_has_no_value(valley):
    figures = {one.id: one for one in count_indicators(
        look(valley, jurisdictions=frozenset({"LZ-AN"})), valley[1], RULES)}  # fmt: skip
    assert figures["reply_rate"].rate is None
    assert figures["hazards_verified"].rate is None


def test_offices_stand_in_the_order_given_whatever_their_counts(valley):
    order = ("LZ-YD", "LZ-CG", "LZ-XG", "LZ-GL")
    counts = count_by_office(look(valley), order)
    assert tuple(counts.index) == order
    assert counts.loc["LZ-XG", "hazards"] == 2
    assert counts.loc["LZ-GL"].sum() == 0


def test_a_shared_case_is_seen_by_both_offices(valley):
    features, cases = valley
    shared = (replace(cases[0], shared_with=("LZ-GL",)),)
    seen = see(features, shared, RULES, Scope(jurisdictions=frozenset({"LZ-GL"})), TODAY)
    assert list(seen.cases.index) == ["A"]


def test_nothing_stored_is_an_empty_picture_and_no_error():
    seen = see(collect_features({}), (), RULES, Scope(), TODAY)
    assert seen.features.empty
    assert seen.cases.empty
    assert all(not one.counted for one in count_indicators(seen, (), RULES))
