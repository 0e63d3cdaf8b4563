"""The leaders' lists: who is late with what, what waits, and that one plain reading agrees."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.casebook import casebook_of
from geodata.city import open_city
from geodata.clocks import clocks
from geodata.crs import GEOD
from geodata.lifecycle import hazards_of, stage_of
from geodata.model import HazardRef, is_foreign
from geodata.rule_set import load_rule_set
from geodata.sample import SAMPLE_ON, sample_cases, sample_features
from geodata.standing import judge
from layers.due_list import (
    CLOCK_LISTS,
    DUE_LISTS,
    STATES,
    list_due,
    tabulate_clocks,
)
from layers.situation import SHARED_COLUMNS, collect_features
from tests.geodata.histories import a_case, event, rough_histories

OFFICES = open_city().jurisdiction_ids
SAMPLE = sample_cases()
SERVED = (
    event("lead_registered", "2025-01-02"),
    event("lead_evaluation", "2025-01-03"),
    event("filing_approval", "2025-01-06", document="某"),
    event("case_filed", "2025-01-07", document="某"),
    event("filing_decision_served", "2025-01-08"),
    event("investigation", "2025-01-08"),
    event("investigation_concluded", "2025-02-10", document="某"),
    event("recommendation_decided", "2025-02-11", document="某"),
    event("recommendation_served", "2025-02-12", document="某"),
    event("recommendation_received", "2025-02-12"),
)
CLOSED = event(
    "terminated_after_rectification", "2025-05-20", ground="fully_rectified", document="某"
)


def no_features():
    return collect_features({})


def lists_of(*cases, on="2025-04-01", features=None, rules_of=load_rule_set, known_at=None):
    standing = judge(casebook_of(cases), rules_of, date.fromisoformat(on), known_at)
    given_features = no_features() if features is None else features
    return list_due(standing, rules_of, given_features, OFFICES).lists


def plain_clocks(cases, rules_of, as_of, known_at=None):
    """Return what the lists of deadlines must hold, one case after another."""
    for case in cases:
        rules = rules_of(case.rule_set)
        if is_foreign(case.jurisdiction) or stage_of(case, rules, as_of, known_at) is None:
            continue
        for clock in clocks(case, rules, as_of, known_at):
            if clock.done_on is None:
                yield (
                    *(case.id, case.jurisdiction, clock.deadline, clock.actor, clock.started_on),
                    *(clock.due_on, clock.days_left(as_of), plain_state(clock, as_of)),
                    *(clock.basis, rules.deadline(clock.deadline).certainty),
                    *(clock.is_internal_target, clock.holidays_known),
                )


def plain_state(clock, as_of):
    left = clock.days_left(as_of)
    if clock.is_paused:
        return "paused"
    if left < 0:
        if not clock.can_be_overdue:
            return "ended"
        return "target_passed" if clock.is_internal_target else "overdue"
    return "due_soon" if left <= 7 else "running"


TOLD = (
    "case office deadline actor started_on due_on days_left state basis certainty"
    " is_internal_target holidays_known"
).split()


def told(lists):
    rows = [row for name in CLOCK_LISTS for row in lists[name][TOLD].itertuples(index=False)]
    return sorted(tuple(row) for row in rows)


@pytest.mark.parametrize("days", range(-240, 200, 55))
def test_on_any_day_the_lists_of_the_sample_are_those_of_the_clocks_of_each_case(days):
    as_of = SAMPLE_ON + timedelta(days=days)
    lists = lists_of(*SAMPLE, on=as_of.isoformat())
    assert told(lists) == sorted(plain_clocks(SAMPLE, load_rule_set, as_of))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=20)
@given(
    st.lists(rough_histories(), min_size=1, max_size=4),
    st.dates(date(2019, 1, 1), date(2026, 12, 31)),
    st.none() | st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001
)
def test_the_lists_of_any_histories_are_those_of_the_clocks_of_each_case(drawn, as_of, known):
    rule_sets = ("cn-2021", "cn-draft-2026")
    cases = [
        a_case(*one.events, kind=one.kind, id=f"T-{number}", rule_set=rule_sets[number % 2],
               jurisdiction=("LZ-CG", "外地:某县人民检察院", "LZ-YD")[number % 3])
        for number, one in enumerate(drawn)
    ]  # fmt: skip
    known_at = known.replace(tzinfo=UTC) if known else None
    lists = lists_of(*cases, on=as_of.isoformat(), known_at=known_at)
    assert told(lists) == sorted(plain_clocks(cases, load_rule_set, as_of, known_at))


def test_each_row_says_the_hazards_of_its_case():
    rows = lists_of(*SAMPLE, on=SAMPLE_ON.isoformat())["due_agency"]
    refs = {case.id: ";".join(map(str, hazards_of(case))) for case in SAMPLE}
    assert list(rows["refs"]) == [refs[case] for case in rows["case"]]


def test_every_running_deadline_stands_in_one_list_by_whose_move_it_is():
    lists = lists_of(a_case(*SERVED), on="2025-04-01")
    assert tuple(lists) == DUE_LISTS
    assert list(lists["due_agency"]["deadline"]) == ["agency_reply_normal", "rectification_end"]
    assert list(lists["due_office"]["deadline"]) == ["record_recommendation_up"]
    assert lists["due_superior"].empty
    assert lists["due_others"].empty


def test_rows_stand_by_the_days_left_and_then_in_administrative_order():
    cases = [
        a_case(*SERVED, id="T-1", jurisdiction=OFFICES[3]),
        a_case(*SERVED, id="T-2", jurisdiction=OFFICES[0]),
        a_case(*SERVED[:-1], event("recommendation_received", "2025-02-01"), id="T-3"),
    ]
    rows = lists_of(*cases)["due_agency"]
    replies = rows[rows["deadline"] == "agency_reply_normal"]
    assert list(replies["case"]) == ["T-3", "T-2", "T-1"]
    assert rows["days_left"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("on", "state", "left"),
    [
        ("2025-04-04", "running", 10),
        ("2025-04-07", "due_soon", 7),
        ("2025-04-14", "due_soon", 0),
        ("2025-04-15", "overdue", -1),
    ],
)
def test_the_last_day_is_still_in_time_and_the_next_is_overdue(on, state, left):
    rows = lists_of(a_case(*SERVED), on=on)["due_agency"].set_index("deadline")
    row = rows.loc["agency_reply_normal"]
    assert row["due_on"] == date(2025, 4, 14)  # 12 April is a Saturday
    assert (row["state"], row["days_left"]) == (state, left)


def test_a_suspended_case_is_paused_and_listed_with_its_age_never_as_overdue():
    case = a_case(
        *SERVED,
        event("agency_replied", "2025-03-01"),
        event("review_suspended", "2025-03-20", ground="objective_cause", document="某"),
    )
    lists = lists_of(case, on="2026-03-20")
    assert set(lists["due_agency"]["state"]) == {"paused"}
    (row,) = lists["suspended"].to_dict("records")
    assert (row["since"], row["age_days"]) == (date(2025, 3, 20), 365)


def test_what_the_court_and_others_have_to_do_is_a_date_to_know_and_never_overdue():
    case = a_case(*SERVED[:7], event("announcement", "2025-02-11", document="某"), kind="civil_pil")
    rows = lists_of(case, on="2025-06-20")["due_others"]
    assert list(rows["deadline"]) == ["announcement_end"]
    assert list(rows["state"]) == ["ended"]


def test_a_reply_without_verification_waits_with_its_days_until_it_is_verified():
    replied = a_case(*SERVED, event("agency_replied", "2025-03-01"), id="T-1")
    verified = a_case(*replied.events, event("rectification_verified", "2025-03-25"), id="T-2")
    closed = a_case(*replied.events, CLOSED, id="T-3")
    (row,) = lists_of(replied, verified, on="2025-04-01")["replied_unverified"].to_dict("records")
    assert (row["case"], row["days_since"]) == ("T-1", 31)
    rows = lists_of(replied, verified, closed, on="2025-06-01")["replied_unverified"]
    assert set(rows["case"]) == {"T-1", "T-3"}, "closed as rectified though nobody has looked"


def test_a_look_back_planned_and_passed_is_an_internal_target_and_not_overdue():
    case = a_case(*SERVED, CLOSED, event("look_back_planned", "2025-05-21", due_on="2025-08-20"))
    before, after = (
        lists_of(case, on=on)["look_backs_passed"] for on in ("2025-08-20", "2025-08-21")
    )
    assert before.empty
    (row,) = after.to_dict("records")
    assert (row["state"], row["is_internal_target"]) == ("target_passed", True)
    assert row["certainty"] == "proposal"


def test_leads_are_listed_by_age_in_neutral_bands():
    days = {"T-1": "2025-03-31", "T-2": "2025-02-28", "T-3": "2024-12-01", "T-4": "2024-01-01"}
    leads = [a_case(event("lead_registered", day), id=name) for name, day in days.items()]
    rows = lists_of(*leads, a_case(*SERVED, id="T-9"))["leads_waiting"]
    assert list(rows["case"]) == ["T-4", "T-3", "T-2", "T-1"]
    assert list(rows["band"]) == [">180", "91-180", "31-90", "0-30"]
    assert "state" not in rows, "the law sets no limit"


def test_what_was_not_recorded_upwards_is_missing_even_after_the_case_was_closed():
    without = a_case(*SERVED, CLOSED, id="T-1")
    recorded = a_case(
        *SERVED, event("recorded_with_superior", "2025-02-17"), event(**vars_of(CLOSED)), id="T-2"
    )
    rows = lists_of(without, recorded, on="2025-06-01")["records_missing"]
    assert list(rows["case"]) == ["T-1"]
    assert list(rows["basis"]) == ["R75"]


def vars_of(one):
    return {
        "kind": one.kind,
        "day": one.occurred_on.isoformat(),
        "ground": one.ground,
        "document": one.document,
    }


def test_cases_of_other_regions_are_in_no_list():
    foreign = a_case(*SERVED, event("agency_replied", "2025-03-01"), jurisdiction="外地:某县院")
    lists = lists_of(foreign, on="2026-04-01")
    assert all(rows.empty for rows in lists.values())


def test_a_target_of_the_office_is_a_deadline_that_can_be_passed_and_is_never_overdue(tmp_path):
    file = Path(tmp_path) / "targets.toml"
    file.write_text(
        '[[deadlines]]\nid = "own"\ntitle = { zh = "甲", en = "A" }\n'
        'starts = "lead_registered"\nstops = ["case_filed"]\ndays = 30\n',
        "utf-8",
    )
    lead = a_case(event("lead_registered", "2025-01-02"))
    rows = lists_of(lead, rules_of=lambda one: load_rule_set(one, file))["due_office"]
    assert list(rows["state"]) == ["target_passed"]
    assert list(rows["is_internal_target"]) == [True]


def test_what_was_entered_later_is_not_known_then():
    late = event("agency_replied", "2025-03-01", recorded="2025-06-01")
    early = [event(**vars_of(one), recorded="2025-03-01") for one in SERVED]
    case = a_case(*early, late)
    then = datetime(2025, 5, 1, tzinfo=UTC)
    assert "agency_reply_normal" in set(lists_of(case, known_at=then)["due_agency"]["deadline"])
    assert "agency_reply_normal" not in set(lists_of(case)["due_agency"]["deadline"])


# -------------------------------------------------------------------- near old places


def hazard(name, place, found_on, layer="charging_stations", kinds="unfiled"):
    row = {"layer": layer, "id": name, "name": name, "ref": f"{layer}:{name}", "count": 1}
    facts = {"hazard_kinds": kinds, "found_on": date.fromisoformat(found_on), "geometry": place}
    return dict.fromkeys(SHARED_COLUMNS) | row | facts | {"jurisdiction": "LZ-CG"}


def features_of(*rows):
    return gpd.GeoDataFrame(list(rows), geometry="geometry", crs=4490)


def moved(place, metres, towards=90):
    return shapely.Point(GEOD.fwd(place.x, place.y, towards, metres)[:2])


OLD = shapely.Point(103.8, 36.05)


def closed_case(**facts):
    return a_case(*SERVED, CLOSED, hazards=(HazardRef("charging_stations", "old"),), **facts)


def near(*new, case=None, on="2025-12-01"):
    features = features_of(hazard("old", OLD, "2024-12-01"), *new)
    return lists_of(case or closed_case(), on=on, features=features)["near_old"]


@pytest.mark.parametrize("towards", [0, 45, 90, 200])
@pytest.mark.parametrize(("metres", "pairs"), [(5, 1), (199.5, 1), (200.5, 0)])
def test_a_hazard_found_within_two_hundred_metres_of_an_old_place_is_paired(metres, pairs, towards):
    rows = near(hazard("new", moved(OLD, metres, towards), "2025-08-01"))
    assert len(rows) == pairs
    if pairs:
        (row,) = rows.to_dict("records")
        assert row["distance_m"] == pytest.approx(metres, abs=0.1)
        assert (row["old_ref"], row["new_ref"]) == (
            "charging_stations:old",
            "charging_stations:new",
        )
        assert row["since"] == date(2025, 5, 20)
        assert row["refs"] == "charging_stations:old;charging_stations:new"


def test_what_was_found_before_or_holds_no_hazard_or_is_of_another_layer_is_no_pair():
    place = moved(OLD, 10)
    assert near(hazard("new", place, "2025-05-20")).empty
    assert near(hazard("new", place, "2025-12-02")).empty
    assert near(hazard("new", place, "2025-08-01", kinds="")).empty
    assert near(hazard("new", place, "2025-08-01", layer="swap_cabinets")).empty
    assert near(hazard("new", shapely.Point(), "2025-08-01")).empty


def test_a_place_counts_as_old_from_its_verification_even_while_the_case_is_open():
    refs = (HazardRef("charging_stations", "old"),)
    verified = a_case(*SERVED, event("rectification_verified", "2025-03-25"), hazards=refs)
    new = hazard("new", moved(OLD, 10), "2025-04-20")
    assert list(near(new, case=verified)["since"]) == [date(2025, 3, 25)]
    assert near(new, case=a_case(*SERVED, hazards=refs)).empty


def test_two_hazards_of_one_case_are_no_pair():
    both = (HazardRef("charging_stations", "old"), HazardRef("charging_stations", "new"))
    new = hazard("new", moved(OLD, 10), "2025-08-01")
    assert near(new, case=a_case(*SERVED, CLOSED, hazards=both)).empty


def test_a_case_never_filed_leaves_no_old_place():
    refs = (HazardRef("charging_stations", "old"),)
    dropped = a_case(
        *SERVED[:3], event("not_filed", "2025-01-09", document="某", note="某"), hazards=refs
    )
    assert near(hazard("new", moved(OLD, 10), "2025-08-01"), case=dropped).empty


# ---------------------------------------------------------------------- demonstration data


def test_the_demonstration_data_has_something_for_every_reader():
    features = collect_features(sample_features())
    lists = lists_of(*SAMPLE, on=SAMPLE_ON.isoformat(), features=features)
    assert lists["due_agency"]["state"].value_counts()["overdue"] == 3
    assert len(lists["suspended"]) == 2
    assert len(lists["relapses"]) == 1
    assert len(lists["near_old"]) > 0
    states = {state for name in CLOCK_LISTS for state in lists[name]["state"]}
    assert states <= set(STATES)


def test_lists_within_some_cases_hold_only_those():
    standing = judge(casebook_of(SAMPLE), load_rule_set, SAMPLE_ON)
    due = list_due(standing, load_rule_set, no_features(), OFFICES)
    some = due.within({"LZ-YD-2025-003"})
    assert set(some.clocks()["case"]) == {"LZ-YD-2025-003"}
    assert some.counts()["due_office"] == 1
    assert len(due.clocks()) == sum(due.counts()[name] for name in CLOCK_LISTS)


def test_the_clocks_done_with_can_be_asked_for_too():
    standing = judge(casebook_of(SAMPLE), load_rule_set, SAMPLE_ON)
    rows = tabulate_clocks(standing, load_rule_set)
    assert rows["done_on"].notna().any()
    assert len(rows) == sum(len(clocks(case, load_rule_set(), SAMPLE_ON)) for case in SAMPLE)
