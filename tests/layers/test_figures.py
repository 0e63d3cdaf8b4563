"""The figures: right on a year counted by hand, and twice the same on any cases."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import HazardRef, load_rule_set
from geodata.casebook import casebook_of
from geodata.rule_set import CERTAINTIES, rule_set_ids
from geodata.sample import SAMPLE_ON, sample_cases
from geodata.schema import COMMON_COLUMNS
from geodata.standing import judge
from layers.figures import (
    FIGURE_IDS,
    FIGURES,
    PERIOD_FIGURES,
    STOCK_FIGURES,
    count_figures,
    find_figure,
)
from layers.situation import collect_features
from layers.tally import Ground, find_told
from layers.yearbook import (
    PRESETS,
    cut_off,
    months_up_to,
    preset_of,
    preset_period,
    year_before,
    years_up_to,
)
from tests.geodata.histories import a_case, event
from tests.geodata.test_standing import DAYS, INSTANTS, many_cases
from tests.layers.plain_figures import count_plainly

FILED = ("lead_registered", "lead_evaluation", "filing_approval", "case_filed", "investigation")
SERVED = (*FILED, "investigation_concluded", "recommendation_decided", "recommendation_served")
YEAR = (date(2025, 1, 1), date(2025, 12, 17))
FOREIGN = "外地:某县人民检察院"


def places(*rows):
    blank = dict.fromkeys(one.id for one in COMMON_COLUMNS) | {
        "hazard_kinds": "other", "is_demonstration": True, "found_on": date(2019, 1, 1),
        "jurisdiction": "LZ-CG", "verified_on": None, "relapsed_on": None,
    }  # fmt: skip
    frame = pd.DataFrame([blank | row for row in rows])
    points = gpd.GeoSeries([shapely.Point(103.6, 36.1)] * len(rows), crs=4490)
    one = gpd.GeoDataFrame(frame, geometry=points, crs=4490)
    found = collect_features({"a": one, "b": one[one["id"] == "1"]})
    days = ["verified_on", "relapsed_on"]
    return found.assign(
        **{day: found[day].astype(object).where(found[day].notna(), None) for day in days}
    )


FEATURES = places(
    {"id": "1"},
    {"id": "2", "jurisdiction": "LZ-XG", "verified_on": date(2025, 3, 1)},
    {"id": "3", "hazard_kinds": ""},
)


def count(cases, first=YEAR[0], last=YEAR[1], known_at=None, features=FEATURES):
    book = casebook_of(cases)
    ground = Ground(
        book=book,
        first=first,
        last=last,
        rules_of=load_rule_set,
        judge_on=lambda day: judge(book, load_rule_set, day, known_at),
        told=find_told(cases, book.positions),
        features=features,
        known_at=known_at,
    )
    return count_figures(ground, FIGURES)


def went(case_id, kinds, office="LZ-CG", more=(), **facts):
    events = [event(kind, f"2025-02-{1 + n:02}") for n, kind in enumerate(kinds)]
    return a_case(*events, *more, id=case_id, jurisdiction=office, **facts)


RECEIVED = event("recommendation_received", "2025-02-10")
REPLIED = event("agency_replied", "2025-03-10")
VERIFIED = event("rectification_verified", "2025-05-01")


# ---------------------------------------------------------------------------- by hand


def test_a_year_agrees_with_counting_by_hand():
    found = count(
        [
            went("A", FILED, lead_source="big_data_model"),
            went("B", SERVED, "LZ-XG", [RECEIVED], lead_source="media_public_opinion"),
            went("C", ["lead_registered"], lead_source="big_data_model"),
            went("D", SERVED, more=[RECEIVED, REPLIED, VERIFIED]),
            went("E", SERVED, FOREIGN, [RECEIVED]),
        ]
    )
    assert found["leads"].counted == ("A", "B", "C", "D")
    assert found["leads"].by_group()["big_data_model"].count == 2
    assert found["cases_filed"].counted == ("A", "B", "D")
    assert found["recommendations"].counted == ("B:7", "D:7")
    assert (found["filing_rate"].counted, found["filing_rate"].left_out) == (
        ("A", "B", "D"),
        ("C",),
    )
    assert (found["model_leads_filed"].counted, found["model_leads_filed"].of) == (
        ("A",),
        ("A", "C"),
    )
    assert (found["reply_rate"].counted, found["reply_rate"].of) == (("D",), ("B", "D"))
    assert found["rectification_rate"].value.number == pytest.approx(0.5)
    assert found["overdue_reply"].counted == ("B",)
    assert found["leads_open"].counted == ("C",)
    assert found["time_to_file"].value.number == 3
    assert found["time_to_file"].value.count == 3


def test_what_is_not_due_is_in_neither_numerator_nor_denominator():
    early = count([went("B", SERVED, more=[RECEIVED])], last=date(2025, 3, 1))["reply_rate"]
    assert (early.counted, early.of, early.left_out) == ((), (), ("B",))
    assert early.value.number is None


def test_a_reply_after_its_day_counts_as_a_reply_and_not_as_timely():
    late = event("agency_replied", "2025-06-10")
    found = count(
        [went("B", SERVED, more=[RECEIVED, late]), went("D", SERVED, more=[RECEIVED, REPLIED])]
    )
    assert found["reply_rate"].counted == ("B", "D")
    assert (found["timely_reply_rate"].counted, found["timely_reply_rate"].of) == (
        ("D",),
        ("B", "D"),
    )


def test_a_suspended_case_is_no_failure_of_rectification():
    stopped = event("review_suspended", "2025-03-20")
    found = count([went("B", SERVED, more=[RECEIVED, stopped])])
    assert (found["rectification_rate"].of, found["suspended"].counted) == ((), ("B",))
    assert found["suspended"].amount.tolist() == [(YEAR[1] - date(2025, 3, 20)).days]


def test_a_case_that_ends_in_court_was_not_rectified():
    sued = event("suit_filed", "2025-06-01")
    found = count([went("B", SERVED, more=[RECEIVED, sued])])
    assert (found["rectification_rate"].counted, found["rectification_rate"].of) == ((), ("B",))


def test_a_recommendation_taken_back_leaves_the_rates():
    back = event("recommendation_withdrawn", "2025-03-01")
    found = count([went("B", SERVED, more=[RECEIVED, back])])
    assert found["rectification_rate"].of == found["reply_rate"].of == ()


def test_two_recommendations_in_one_case_are_two_documents_and_one_case():
    again = event("recommendation_served", "2025-06-01")
    found = count([went("B", SERVED, more=[RECEIVED, REPLIED, again])])
    assert found["recommendations"].value.count == 2
    assert len(found["reply_rate"]) == 1


def test_replies_that_were_not_entered_item_by_item_are_told_apart():
    items = [
        event("item_replied", "2025-03-10", item=1, answer="accepted"),
        event("item_replied", "2025-03-11", item=1, answer="refused"),
    ]
    found = count(
        [
            went("A", SERVED, more=[RECEIVED, REPLIED, items[0]]),
            went("B", SERVED, more=[RECEIVED, REPLIED, *items]),
            went("C", SERVED, more=[RECEIVED, REPLIED]),
        ]
    )["adoption_rate"]
    assert (found.counted, found.of, found.left_out) == (("A",), ("A", "B"), ("C",))


def test_a_reply_not_entered_item_by_item_is_adopted_by_its_answer_as_a_whole():
    def replied(name, *answers):
        told = [
            event("agency_replied", f"2025-03-1{at}", answer=one) for at, one in enumerate(answers)
        ]
        return went(name, SERVED, more=[RECEIVED, *told])

    item = event("item_replied", "2025-03-20", item=1, answer="refused")
    found = count(
        [
            replied("A", "accepted"),
            replied("B", "partly"),
            replied("C", "refused"),
            replied("D", "accepted", "not_answered"),
            went("E", SERVED, more=[RECEIVED, REPLIED, item]),
            replied("F", ""),
        ]
    )["adoption_rate"]
    assert found.counted == ("A", "B")
    assert (found.of, found.left_out) == (("A", "B", "C", "D", "E"), ("F",))


def test_a_lead_handed_over_is_registered_once_and_filed_where_it_went():
    referred = event("lead_referred", "2025-03-01", office="LZ-XG", case="B")
    waiting = went("B", ["lead_registered"], "LZ-XG", came_from="A")
    gone = went("A", ["lead_registered"], more=[referred])
    found = count([gone, waiting])
    assert found["leads"].counted == ("A",)
    assert (found["filing_rate"].of, found["leads_open"].counted) == ((), ("B",))
    filed = count([gone, went("B", FILED, "LZ-XG", came_from="A")])
    assert filed["filing_rate"].counted == ("A",)
    assert filed["cases_filed"].counted == ("B",)


def test_outcomes_count_what_was_added_and_verified_apart_from_claimed():
    def stated(day, state, amount, **more):
        facts = {"outcome": "area_m2", "outcome_state": state, "amount": amount, **more}
        return event("outcome_stated", day, **facts)

    case = went("A", FILED, more=[
        stated("2024-06-01", "verified", 100, land_class="0101"),
        stated("2025-03-01", "verified", 150, land_class="0101"),
        stated("2025-05-01", "verified", "1,000", land_class="0201"),
        stated("2025-05-02", "claimed", 9000),
        stated("2025-05-03", "planned", 9999),
        stated("2025-05-04", "verified", "many"),
    ])  # fmt: skip
    found = count([case])
    assert found["area_restored"].value.number == 1050
    assert found["area_restored"].counted == ("A:6", "A:7")
    assert {g: one.number for g, one in found["area_restored"].by_group().items()} == {
        "0101": 50, "0201": 1000,
    }  # fmt: skip
    assert found["area_restored_claimed"].value.number == 9000
    assert found["area_restored_planned"].value.number == 9999


def test_the_support_rate_takes_judgments_with_a_stated_outcome():
    judged = [
        event("first_instance_judgment", f"2025-09-0{n}", **({"judgment": one} if one else {}))
        for n, one in enumerate(["upheld", "partly_upheld", "dismissed", ""], start=1)
    ]
    found = count([went(str(n), SERVED, more=[one]) for n, one in enumerate(judged)])[
        "support_rate"
    ]
    assert (found.value.count, found.value.of, len(found.left_out)) == (2, 3, 1)


def test_what_was_entered_later_was_not_known_then():
    late = event("case_filed", "2025-02-04", recorded="2025-09-01")
    case = went("A", ["lead_registered"], more=[late])
    assert count([case])["cases_filed"].value.count == 1
    known_at = pd.Timestamp("2025-06-01", tz="UTC").to_pydatetime()
    assert count([case], known_at=known_at)["cases_filed"].value.count == 0


def test_harms_with_several_cases_are_listed():
    refs = {"hazards": (HazardRef("a", "1"), HazardRef("a", "3"))}
    found = count([went("A", FILED, **refs), went("B", FILED, **refs)])["cases_per_harm"]
    assert (found.counted, found.of, found.value.number) == (("a:1",), ("a:1",), 2)


def test_a_figure_without_a_formula_has_no_number():
    value = count([went("A", SERVED, more=[RECEIVED, REPLIED])])[
        "reply_and_rectification_rate"
    ].value
    assert (value.number, value.count) == (None, 0)


# ------------------------------------------------------------------------ twice the same


@st.composite
def any_cases(draw):
    """Draw cases of any history, with outcomes, items and judgments, some handed over."""
    cases = list(draw(many_cases()))
    for at, case in enumerate(cases):
        events = [*case.events]
        for _ in range(draw(st.integers(0, 4))):
            kind = draw(
                st.sampled_from(
                    [
                        "outcome_stated",
                        "item_replied",
                        "first_instance_judgment",
                        "agency_replied",
                        "recommendation_served",
                    ]
                )
            )
            facts = {
                "outcome_stated": {
                    "outcome": draw(st.sampled_from(["area_m2", "money_yuan"])),
                    "outcome_state": draw(st.sampled_from(["verified", "claimed"])),
                    "amount": draw(st.sampled_from(["1", "2.5", "viel", "7"])),
                    "land_class": draw(st.sampled_from(["", "0101"])),
                },
                "item_replied": {
                    "item": draw(st.sampled_from(["1", " 1", "2", ""])),
                    "answer": draw(st.sampled_from(["accepted", "partly", "refused"])),
                },
                "agency_replied": {
                    "answer": draw(st.sampled_from(["", "accepted", "partly", "refused"])),
                },
                "first_instance_judgment": {
                    "judgment": draw(st.sampled_from(["", "upheld", "dismissed"])),
                },
            }.get(kind, {})  # fmt: skip
            day = draw(DAYS).isoformat()
            events.append(event(kind, day, recorded=draw(DAYS).isoformat(), **facts))
        cases[at] = replace(
            case,
            events=tuple(events),
            lead_source=draw(st.sampled_from(["", "big_data_model", "media_public_opinion"])),
            came_from=draw(st.sampled_from(["", "某院", *(one.id for one in cases[:at])])),
        )
    return cases


@settings(max_examples=20, deadline=None)
@given(any_cases(), st.integers(0, 500), DAYS, st.none() | INSTANTS)
def test_counted_by_column_and_one_by_one_the_figures_are_the_same(cases, length, last, known_at):
    first = last - timedelta(days=length)
    plain = count_plainly(cases, FEATURES, load_rule_set, first, last, known_at=known_at)
    found = count(cases, first, last, known_at)
    assert {name for name, tally in found.items() if len(tally)} == set(plain)
    for name, tally in found.items():
        amounts = [None if np.isnan(one) else one for one in tally.amount.tolist()]
        rows = zip(tally.ids, tally.part.tolist(), amounts, tally.group, strict=True)
        assert {one: tuple(facts) for one, *facts in rows} == plain.get(name, {}), name


@settings(max_examples=5, deadline=None)
@given(any_cases(), st.dates(date(2024, 9, 1), date(2025, 6, 30)))
def test_the_months_of_a_year_add_up_to_the_year(cases, last):
    months = [month for month in months_up_to(last) if month[0].year == last.year]
    whole = count(cases, date(last.year, 1, 1), last)
    parts = [count(cases, *month) for month in months]
    for figure in PERIOD_FIGURES:
        if figure.lists == "documents" and figure.shape in {"count", "sum"}:
            total = sum(one[figure.id].value.number for one in parts)
            assert total == pytest.approx(whole[figure.id].value.number)


@settings(max_examples=5, deadline=None)
@given(any_cases(), DAYS)
def test_the_offices_add_up_to_the_city_and_every_list_is_its_figure(cases, last):
    offices = {case.jurisdiction for case in cases} | {"LZ-CG", "LZ-XG"}
    for tally in count(cases, date(2024, 1, 1), last).values():
        parts = [tally.within([office]) for office in offices]
        assert Counter(tally.counted) == sum((Counter(one.counted) for one in parts), Counter())
        value = tally.value
        assert (value.count, value.of or len(tally.of)) == (len(tally.counted), len(tally.of))
        assert set(tally.counted) <= set(tally.of)
        assert not set(tally.of) & set(tally.left_out)


# --------------------------------------------------------------------------- declarations


def test_every_figure_is_declared_once_and_says_how_sure_it_is():
    assert len(set(FIGURE_IDS)) == len(FIGURE_IDS)
    assert {one.certainty for one in FIGURES} <= set(CERTAINTIES)
    assert {one.part_of for one in FIGURES} <= {"", *FIGURE_IDS}
    assert {one.id for one in PERIOD_FIGURES} | {one.id for one in STOCK_FIGURES} == set(FIGURE_IDS)
    assert find_figure("leads").timing == "period"


@pytest.mark.parametrize("rule_set", rule_set_ids())
def test_every_deadline_and_entry_that_a_figure_asks_for_is_in_the_rule_sets(rule_set):
    rules = load_rule_set(rule_set)
    from layers import figures

    deadlines = {*figures.REPLY, *figures.RECTIFICATION, *figures.REVIEW, *figures.LOOK_BACK}
    assert deadlines <= {one.id for one in rules.deadlines}
    assert set(figures.EVALUATED) <= set(rules.stages)
    assert {kind for kind, _ in figures.OUTCOMES.values()} <= set(rules.codes["outcome_kinds"])
    assert set(figures.OUTCOME_STATES) <= set(rules.codes["outcome_states"])


def test_the_demonstration_has_something_to_show():
    found = count(sample_cases(), date(2025, 1, 1), SAMPLE_ON)
    for name in ("leads", "cases_filed", "recommendations", "consultations", "hearings"):
        assert found[name].value.count, name


def test_figures_of_nothing_are_nothing():
    assert all(len(one) == 0 for one in count([], features=FEATURES.head(0)).values())
    assert count([], features=None)["hazards_found"].value.count == 0


# -------------------------------------------------------------------------------- periods


def test_a_period_has_the_same_days_a_year_before():
    assert year_before((date(2025, 1, 1), date(2025, 12, 17))) == (
        date(2024, 1, 1),
        date(2024, 12, 17),
    )


@pytest.mark.parametrize("preset", PRESETS)
def test_a_named_period_is_recognised(preset):
    assert preset_of(preset_period(preset, SAMPLE_ON), SAMPLE_ON) == preset
    assert preset_of((date(2020, 1, 1), date(2020, 1, 2)), SAMPLE_ON) is None


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_months_and_years_follow_each_other_and_end_on_the_day(last):
    for periods in (months_up_to(last), years_up_to(last)):
        assert periods[-1][1] == last
        for before, after in pairwise(periods):
            assert before[1] + timedelta(days=1) == after[0]
    assert cut_off((last, last + timedelta(days=9)), last) == (last, last)
