"""What stood where on a day: features and cases meet, and a scope filters both sides alike."""

from dataclasses import replace
from datetime import UTC, date, datetime

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geodata import Case, CaseEvent, HazardRef, Scope, Title, load_rule_set
from geodata.casebook import casebook_of
from geodata.schema import COMMON_COLUMNS
from geodata.standing import judge
from layers.indicators import count_by_office
from layers.situation import collect_features, dress, see

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
    return seen_by(features, cases, Scope(**scope), as_of)


def seen_by(features, cases, scope, as_of=TODAY, known_at=None):
    standing = judge(casebook_of(cases), load_rule_set, as_of, known_at)
    return see(dress(features, standing), standing, scope)


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


def test_offices_stand_in_the_order_given_whatever_their_counts(valley):
    order = ("LZ-YD", "LZ-CG", "LZ-XG", "LZ-GL")
    counts = count_by_office(look(valley), order)
    assert tuple(counts.index) == order
    assert counts.loc["LZ-XG", "hazards"] == 2
    assert counts.loc["LZ-GL"].sum() == 0


def test_a_shared_case_is_seen_by_both_offices(valley):
    features, cases = valley
    shared = (replace(cases[0], shared_with=("LZ-GL",)),)
    seen = seen_by(features, shared, Scope(jurisdictions=frozenset({"LZ-GL"})))
    assert list(seen.cases.index) == ["A"]


def test_nothing_stored_is_an_empty_picture_and_no_error():
    seen = seen_by(collect_features({}), (), Scope())
    assert seen.features.empty
    assert seen.cases.empty


def test_a_hazard_shows_the_cases_it_was_linked_to_by_then(valley):
    features, cases = valley
    later = (("hazard_linked", "stations:3", 10), ("hazard_unlinked", "stations:1", 20))
    moved = tuple(
        CaseEvent(kind, date(2025, 11, day), datetime(2025, 11, 25, tzinfo=UTC), "tester",
                  details=(("hazard", ref),))
        for kind, ref, day in later
    )  # fmt: skip
    linked = (replace(cases[0], events=cases[0].events + moved), *cases[1:])

    def case_ids(day, known_at=None):
        seen = seen_by(features, linked, Scope(), day, known_at)
        return seen.features.set_index("ref")["case_ids"]

    assert case_ids(date(2025, 11, 9))["stations:3"] == ""
    assert case_ids(date(2025, 11, 10))[["stations:3", "stations:1"]].tolist() == ["A", "A"]
    assert case_ids(TODAY)[["stations:3", "stations:1"]].tolist() == ["A", ""]
    assert case_ids(TODAY, datetime(2025, 11, 24, tzinfo=UTC))["stations:3"] == ""


def test_a_second_field_of_a_case_is_found_too(valley):
    features, cases = valley
    also = (replace(cases[0], secondary_fields=("minors", "food_drug_safety")), *cases[1:])
    seen = seen_by(features, also, Scope(fields=frozenset({"minors"})))
    assert list(seen.cases.index) == ["A"]
    assert refs(seen) == ["stations:1", "stations:2"]


def test_each_case_is_judged_by_its_own_rule_set(valley):
    features, cases = valley
    draft = (replace(cases[1], rule_set="cn-draft-2026"), *cases[2:])
    seen = seen_by(features, draft, Scope())
    assert seen.cases.loc["B", "stage"] == "recommendation_served"
    assert seen.cases.loc["C", "stage"] == "lead_registered"
