"""The leaders' numbers: right on a valley counted by hand, and twice the same on any cases."""

from dataclasses import replace
from datetime import UTC, date, datetime

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import HazardRef, Scope, load_rule_set
from geodata.casebook import casebook_of
from geodata.rule_set import rule_set_ids
from geodata.schema import COMMON_COLUMNS
from geodata.standing import judge
from layers.indicators import count_by_office, count_indicators, count_plainly, rows_behind
from layers.situation import collect_features, dress, see
from tests.geodata.histories import a_case, event, rough_histories, walks

TODAY = date(2025, 12, 17)
FILED = ("lead_registered", "lead_evaluation", "filing_approval", "case_filed", "investigation")
SERVED = (*FILED, "investigation_concluded", "recommendation_decided", "recommendation_served")
FOREIGN = "外地:某县人民检察院"
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 7, 1), timezones=st.just(UTC))  # noqa: DTZ001


def stations(*rows):
    blank = dict.fromkeys(one.id for one in COMMON_COLUMNS) | {
        "hazard_kinds": "other", "is_demonstration": True, "found_on": date(2025, 1, 1),
    }  # fmt: skip
    frame = pd.DataFrame([blank | row for row in rows])
    places = gpd.GeoSeries([shapely.Point(103.6, 36.1)] * len(rows), crs=4490)
    return collect_features({"stations": gpd.GeoDataFrame(frame, geometry=places, crs=4490)})


FEATURES = stations(
    {"id": "1", "jurisdiction": "LZ-CG", "verified_on": date(2025, 9, 1)},
    {"id": "2", "jurisdiction": "LZ-XG"},
    {"id": "3", "jurisdiction": "LZ-YD", "verified_on": date(2025, 9, 1),
     "relapsed_on": date(2025, 10, 1)},
    {"id": "4", "jurisdiction": "LZ-YD", "hazard_kinds": ""},
)  # fmt: skip


def went(case_id, kinds, office="LZ-CG", refs=("stations:1",), **facts):
    events = (event(kind, f"2025-02-{1 + n:02}") for n, kind in enumerate(kinds))
    hazards = tuple(HazardRef.parse(ref) for ref in refs)
    return a_case(*events, id=case_id, jurisdiction=office, hazards=hazards, **facts)


VALLEY = (
    went("A", FILED),
    went("B", (*SERVED, "recommendation_received"), "LZ-XG", ["stations:2"]),
    went("C", ["lead_registered"], "LZ-YD", ["stations:3"]),
    went("D", (*SERVED, "recommendation_received", "agency_replied", "rectification_verified")),
    went("E", (*SERVED, "recommendation_received"), FOREIGN, ["stations:2"]),
)


def picture(cases, as_of=TODAY, known_at=None, **scope):
    standing = judge(casebook_of(cases), load_rule_set, as_of, known_at)
    return see(dress(FEATURES, standing), standing, Scope(**scope)), standing


def figures(cases=VALLEY, **asked):
    return {one.id: one for one in count_indicators(*picture(cases, **asked))}


def test_figures_agree_with_counting_by_hand():
    found = figures()
    assert found["hazards_found"].counted == ("stations:1", "stations:2", "stations:3")
    assert found["hazards_verified"].counted == ("stations:1",), "a relapse is not rectified"
    assert found["leads"].counted == ("C",)
    assert found["cases_filed"].counted == ("A", "B", "D")
    assert found["recommendations"].counted == ("B", "D")
    assert (found["reply_rate"].counted, found["reply_rate"].of) == (("D",), ("B", "D"))
    assert found["rectification_rate"].rate == pytest.approx(0.5)
    assert found["cases_suspended"].counted == ()


def test_an_example_from_another_region_is_seen_and_counted_nowhere():
    seen, standing = picture(VALLEY)
    assert "E" in seen.cases.index
    counted = count_indicators(seen, standing)
    assert not any("E" in (*one.counted, *(one.of or ())) for one in counted)
    offices = ("LZ-CG", "LZ-XG", "LZ-YD")
    assert count_by_office(seen, offices)["cases"].tolist() == [2, 1, 1]


def test_figures_are_the_lists_that_they_open():
    seen, standing = picture(VALLEY)
    for one in count_indicators(seen, standing):
        behind = rows_behind(one, seen)
        assert len(behind) == len(one.counted if one.of is None else one.of)
        assert set(one.counted) <= set(one.of if one.of is not None else one.counted)


def test_a_rate_of_nothing_has_no_value():
    none = figures(jurisdictions=frozenset({"LZ-AN"}))
    assert none["reply_rate"].rate is None
    assert none["hazards_verified"].rate is None
    assert all(not one.counted for one in figures(()).values() if one.counts == "cases")


def test_a_period_under_suspension_is_not_past():
    suspended = (*SERVED, "recommendation_received", "review_suspended")
    assert figures([went("B", suspended)])["reply_rate"].of == ()


def test_an_urgent_period_counts_like_a_normal_one():
    case = went("B", (*SERVED, "recommendation_received"))
    urgent = replace(case.events[-1], ground="urgent")
    found = figures([replace(case, events=(*case.events[:-1], urgent))])
    assert found["rectification_rate"].of == ("B",)


@st.composite
def many_cases(draw):
    """Draw cases of any office and rule set, some of them linked to the valley's stations."""
    drawn = draw(st.lists(st.one_of(walks(), rough_histories()), max_size=6))
    refs = [HazardRef("stations", one) for one in "123"]
    return tuple(
        replace(
            case,
            id=f"T-{number}",
            jurisdiction=draw(st.sampled_from(["LZ-CG", "LZ-XG", FOREIGN])),
            rule_set=draw(st.sampled_from(rule_set_ids())),
            hazards=tuple(draw(st.lists(st.sampled_from(refs), unique=True))),
        )
        for number, case in enumerate(drawn)
    )


@settings(deadline=None)
@given(
    many_cases(),
    st.dates(date(2019, 1, 1), date(2027, 1, 1)),
    st.none() | INSTANTS,
    st.sampled_from([{}, {"jurisdictions": frozenset({"LZ-CG"})}, {"text": "测试"}]),
)
def test_counted_by_column_and_one_by_one_the_figures_are_the_same(cases, as_of, known_at, scope):
    seen, standing = picture(cases, as_of, known_at, **scope)
    assert count_indicators(seen, standing) == count_plainly(seen, cases, load_rule_set, known_at)
