"""What the office keeps of visits: the same on every engine of the journal."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import StaleEntry
from geodata.journal import open_journal
from geodata.sample import write_sample
from geodata.store import open_cases, open_features
from layers.return_pack import (
    NOTHING_DONE,
    VisitResult,
    issued_of,
    read_return,
    visit_key,
    writes_of,
)
from layers.visit_book import (
    Decided,
    Marked,
    begun,
    decided_draft,
    done,
    issued_from_json,
    issued_packs,
    issued_to_json,
    keep_issued,
    mark_draft,
    marks,
    next_version,
    visit_from_json,
    visit_to_json,
    written,
    written_draft,
)
from layers.visit_known import cases_named, known_facts, known_now
from tests.geodata.postgres import running_server
from tests.layers.visit_days import RELIC, STATION, a_plan, a_return, checklists

NOW = datetime(2025, 12, 17, 8, tzinfo=UTC)
WHO = "王某"
NUMBERS = count()


@pytest.fixture(scope="module")
def server():
    with running_server() as server:
        yield server


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def journal(request, tmp_path):
    if request.param == "postgresql":
        return open_journal(request.getfixturevalue("server").new_url())
    place = tmp_path / f"{next(NUMBERS)}.sqlite"
    return open_journal("memory:" if request.param == "memory" else f"sqlite:{place}")


def a_visit(plan=None):
    plan = plan or a_plan()
    returned = read_return(a_return(plan), [issued_of(plan)], checklists())
    return next(one for one in writes_of(returned, (), {}) if isinstance(one, VisitResult))


def a_decision(visit, choice="field", sha256=None):
    decisions = {f"{visit.ref}|older_pack": choice}
    return Decided(visit.visit, visit.ref, sha256 or visit.sha256, "p", choice, decisions)


# -------------------------------------------------------------------------------- packs


def test_a_pack_that_left_is_kept_with_all_that_its_return_is_held_against(journal):
    plan = a_plan()
    assert next_version(journal, plan.plan_id, plan.team, plan.day) == 1
    entry = keep_issued(journal, plan, WHO, NOW)
    assert (entry.subject, entry.kind) == ("pack:plan-1|A|2025-12-18", "pack_issued")
    assert (entry.who, entry.at) == (WHO, NOW)
    assert issued_packs(journal) == (issued_of(plan),)
    assert issued_packs(journal)[0].places[RELIC] is None
    assert next_version(journal, plan.plan_id, plan.team, plan.day) == 2
    assert next_version(journal, plan.plan_id, "B", plan.day) == 1


def test_the_same_pack_leaves_once_however_often_it_is_taken(journal):
    first = keep_issued(journal, a_plan(), WHO, NOW)
    assert keep_issued(journal, a_plan(), "李某", NOW) == first
    assert len(journal.entries()) == 1


def test_two_who_make_a_pack_at_once_make_no_second_of_one_version(journal):
    keep_issued(journal, a_plan(), WHO, NOW)
    other = replace(a_plan(), officers=("丙", "丁"))
    with pytest.raises(StaleEntry):
        keep_issued(journal, other, WHO, NOW)
    with pytest.raises(StaleEntry):
        keep_issued(journal, replace(other, version=3), WHO, NOW)
    keep_issued(journal, replace(other, version=2), WHO, NOW)
    assert [one.version for one in issued_packs(journal)] == [1, 2]


def test_a_pack_that_was_kept_takes_its_return(journal):
    keep_issued(journal, a_plan(), WHO, NOW)
    returned = read_return(a_return(a_plan()), issued_packs(journal), checklists())
    assert [stop.ref for stop in returned.stops] == [STATION]


@given(
    place=st.none() | st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
    known=st.dictionaries(st.text(), st.text(), max_size=3),
    cases=st.lists(st.text(), max_size=3),
)
def test_what_is_kept_of_a_pack_is_the_same_after_a_way_through_json(place, known, cases):
    (first, *_) = a_plan().stops
    stop = replace(first, place=place, known=tuple(known.items()), cases=tuple(cases))
    issued = issued_of(a_plan(stops=(stop,)))
    assert issued_from_json(json.loads(json.dumps(issued_to_json(issued)))) == issued


# ------------------------------------------------------------------------------- visits


def test_nothing_is_done_before_anything_came_home(journal):
    assert done(journal) == NOTHING_DONE
    assert begun(journal) == {}


def test_a_visit_is_done_when_it_was_written_whole(journal):
    visit = a_visit()
    decision = a_decision(visit)
    journal.append([decided_draft(decision, WHO, NOW)])
    journal.append([mark_draft(Marked("w1", visit.visit, "status", STATION), WHO, NOW)])
    assert done(journal).ids == {"w1"}
    assert done(journal).visits == {}
    assert begun(journal) == {visit.visit: decision}
    journal.append([written_draft(visit, WHO, NOW)])
    assert done(journal).ids == {"w1", visit.id}
    assert done(journal).visits == {visit.visit: visit.sha256}
    assert begun(journal) == {}
    assert visit_from_json(written(journal, visit.visit)[0].told) == visit


def test_a_second_return_of_a_visit_is_begun_anew_and_a_stop_passed_over_is_not(journal):
    visit = a_visit()
    journal.append([decided_draft(a_decision(visit), WHO, NOW), written_draft(visit, WHO, NOW)])
    journal.append([decided_draft(a_decision(visit, "skip", "b"), WHO, NOW)])
    assert begun(journal) == {}
    later = a_decision(visit, "office", "c")
    journal.append([decided_draft(later, WHO, NOW)])
    assert begun(journal) == {visit.visit: later}


def test_what_became_of_a_visit_is_found_by_its_key(journal):
    one = Marked("w1", "v1", "relapse", "LZ-1", "left", "NotAllowed")
    journal.append([mark_draft(one, WHO, NOW), mark_draft(replace(one, visit="v2"), WHO, NOW)])
    assert marks(journal, ["v1"]) == (one,)


def test_the_result_of_a_visit_is_the_same_after_a_way_through_json():
    visit = a_visit()
    assert visit_from_json(json.loads(json.dumps(visit_to_json(visit)))) == visit
    assert visit.visit == visit_key(issued_of(a_plan()), STATION)


# ------------------------------------------------------------------ what the office knows


def test_what_is_known_of_a_stop_is_told_in_plain_names_and_values():
    row = {
        "hazard_kinds": "unfiled;other",
        "found_on": date(2025, 3, 1),
        "rectified_on": None,
        "verified_on": datetime(2025, 4, 1),  # noqa: DTZ001 - as frames hold days
        "relapsed_on": float("nan"),
    }
    assert known_facts(row, ()) == (
        ("hazard_kinds", "unfiled;other"),
        ("found_on", "2025-03-01"),
        ("verified_on", "2025-04-01"),
    )
    frame = gpd.GeoDataFrame([row], geometry=[shapely.Point(103, 36)], crs=4490)
    assert known_facts(frame.iloc[0], ()) == known_facts(row, ())
    assert cases_named({"found_on": "", "case:LZ-1": "investigation 7"}) == ("LZ-1",)


def test_what_is_known_now_is_read_from_the_stores_and_says_when_something_is_gone():
    features, cases = open_features("memory:"), open_cases("memory:")
    write_sample(features, cases)
    linked = next(one for one in cases.find() if one.hazards and "charging" in str(one.hazards[0]))
    ref = str(linked.hazards[0])
    known = known_now(features, cases, [ref, "charging_stations:nowhere", "no_layer:1", ref])
    assert list(known) == [ref]
    assert linked.id in cases_named(known[ref])
    stage, _, entries = known[ref][f"case:{linked.id}"].rpartition(" ")
    assert int(entries) == sum(event.kind != "site_inquest" for event in linked.events)
    assert stage in {event.kind for event in linked.events}
    row = features.rows("charging_stations", [linked.hazards[0].id]).iloc[0]
    assert known[ref]["found_on"] == row["found_on"].isoformat()
