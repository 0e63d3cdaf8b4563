"""How findings stand: what is new, decided, changed, stale or gone, whatever runs come."""

import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata import open_features, open_findings
from geodata.engines.folder import create_feature_store
from geodata.findings import Decision, Entry, finding_subject
from geodata.sample import SAMPLE_ON, sample_lists
from layers.detect import Lack, detect
from layers.dossier import FILTERS, MOVES, assemble, fits, state_of
from layers.run_records import finding_of_record, run_of_record
from tests.geodata.postgres import running_server
from tests.layers.finding_runs import NOW, RULE, a_finding, a_note, keep, kept_run, yards_in

NO_CASES = pd.DataFrame({"filed_on": [], "verified_on": []})


def decide(store, finding, kind, why="现场", **facts):
    subject = finding_subject(finding.id)
    entry = Entry(subject, finding.facts_id, kind, NOW, "王某", why, run="1", **facts)
    store.decide([Decision(entry, len(store.entries([subject])))])


def stand(store, features=None):
    (dossier,) = assemble(store, features or open_features("memory:"), [RULE.id])
    return {one.finding.rows[0].id: one for one in dossier.findings}, dossier


@pytest.fixture
def store():
    return open_findings("memory:")


# ----------------------------------------------------------------- from run to run


def test_a_run_comes_back_as_it_was_kept(store):
    findings = (a_finding("1"), a_finding("2", flags=("grassland_check",), lon=104.1, lat=35.9))
    lacks = (Lack("more", "more", "old", is_required=False, data_on=SAMPLE_ON, columns=("a",)),)
    run_id = keep(store, *findings, lacks=lacks)
    back = run_of_record(store.run(run_id), store.found(run_id))
    assert back.findings == findings
    assert [one.facts_id for one in back.findings] == [one.facts_id for one in findings]
    assert (back.lacks, back.numbers) == (lacks, RULE.defaults())
    assert [finding_of_record(one).facts for one in store.found(run_id)] == [
        one.facts for one in findings
    ]


def test_the_newest_run_is_held_against_the_one_before(store):
    keep(store, a_finding("same"), a_finding("other"), a_finding("lost"))
    assert {one.course for one in stand(store)[0].values()} == {"first"}
    keep(store, a_finding("same"), a_finding("other", 30.0), a_finding("added"))
    courses = {name: one.course for name, one in stand(store)[0].items()}
    assert courses == {"same": "unchanged", "other": "changed", "added": "new", "lost": "gone"}
    (change,) = stand(store)[0]["other"].changes
    assert (change.name, change.before, change.after) == ("occupied_m2", 20.0, 30.0)


def test_a_run_that_lacked_a_list_takes_nothing_away(store):
    keep(store, a_finding("1"))
    lacks = (Lack("parcels", "land_parcels", "missing"),)
    keep(store, lacks=lacks)
    standing, dossier = stand(store)
    assert set(standing) == {"1"}
    assert dossier.has_failed
    assert dossier.attempt.lacks == lacks
    assert dossier.record.id == "1"


def test_without_any_run_nothing_is_known_and_nothing_is_said_to_be_found(store):
    standing, dossier = stand(store)
    assert (standing, dossier.run, dossier.runs) == ({}, None, ())
    keep(store, lacks=(Lack("parcels", "land_parcels", "empty"),))
    standing, dossier = stand(store)
    assert (standing, dossier.run, dossier.has_failed) == ({}, None, True)


def test_a_finding_that_was_decided_on_is_not_lost_when_no_run_has_it_any_more(store):
    finding = a_finding("1")
    keep(store, finding)
    decide(store, finding, "confirmed")
    for _ in range(3):
        keep(store, a_finding("2"))
    gone = stand(store)[0]["1"]
    assert (gone.course, gone.state, gone.run) == ("gone", "confirmed", "1")


# ----------------------------------------------------------------------- decisions


def test_what_was_rejected_comes_back_when_its_facts_change_and_says_what_and_why(store):
    finding = a_finding("1")
    keep(store, finding)
    decide(store, finding, "rejected", "已清退")
    assert stand(store)[0]["1"].state == "rejected"
    keep(store, a_finding("1", 55.0))
    back = stand(store)[0]["1"]
    assert (back.state, back.rejected.why) == ("new", "已清退")
    assert [(one.name, one.before, one.after) for one in back.changes] == [
        ("occupied_m2", 20.0, 55.0)
    ]
    keep(store, a_finding("1", 55.0))
    assert stand(store)[0]["1"].changes == back.changes, "still against what was rejected"
    keep(store, finding)
    assert stand(store)[0]["1"].state == "rejected"


def test_a_case_stays_one_whatever_the_facts_until_it_is_reopened(store):
    finding = a_finding("1")
    keep(store, finding)
    decide(store, finding, "became_case", case="LZ-YZ-2026-001")
    keep(store, a_finding("1", 99.0))
    assert stand(store)[0]["1"].case == "LZ-YZ-2026-001"
    decide(store, finding, "reopened")
    assert (stand(store)[0]["1"].state, stand(store)[0]["1"].case) == ("new", "")


AREAS = st.lists(st.sampled_from([20.0, 30.0, 40.0]), min_size=1, max_size=8)


@given(AREAS, st.sampled_from([20.0, 30.0, 40.0]), AREAS)
def test_rejected_stays_rejected_for_the_same_facts_whatever_runs_come(before, area, after):
    store, rejected = open_findings("memory:"), a_finding("1", area)
    for one in (*before, area):
        keep(store, a_finding("1", one))
    decide(store, rejected, "rejected")
    for one in after:
        keep(store, a_finding("1", one))
        state = stand(store)[0]["1"].state
        assert state == ("rejected" if one == area else "new")


@given(st.lists(st.sampled_from(["confirmed", "rejected", "became_case", "reopened"]), max_size=6))
def test_wherever_a_finding_stands_there_is_a_way_on(kinds):
    finding = a_finding("1")
    entries = [Entry("finding:x", finding.facts_id, kind, NOW, "a") for kind in kinds]
    assert MOVES[state_of(finding, entries)]


def test_every_filter_holds_what_it_says(store):
    keep(store, a_finding("1"), a_finding("2"), a_finding("3"))
    keep(store, a_finding("1"), a_finding("2", 33.0))
    decide(store, a_finding("1"), "became_case", case="A")
    cases = pd.DataFrame({"filed_on": [SAMPLE_ON], "verified_on": [None]}, index=["A"])
    standing, dossier = stand(store)
    held = {
        one: {name for name, each in standing.items() if fits(each, one, cases)} for one in FILTERS
    }
    assert held == {
        "": {"1", "2", "3"},
        "new": {"2"},
        "confirmed": set(),
        "rejected": set(),
        "became_case": {"1"},
        "changed": {"2"},
        "stale": set(),
        "gone": {"3"},
        "filed": {"1"},
        "verified": set(),
    }
    steps = {one: len(dossier.of(one, cases)) for one in ("hits", "leads", "filed", "verified")}
    assert steps == {"hits": 3, "leads": 1, "filed": 1, "verified": 0}
    assert dossier.of("filed", NO_CASES) == ()


# ----------------------------------------------------------------------- stale rows


@pytest.fixture(scope="module")
def server():
    with running_server(with_postgis=True) as server:
        yield server


@pytest.fixture(params=["memory", "file", "postgresql"])
def features(request, tmp_path):
    if request.param == "postgresql":
        return yards_in(open_features(request.getfixturevalue("server").new_url()))
    if request.param == "file":
        return yards_in(create_feature_store(tmp_path / "features"))
    return yards_in()


def test_a_finding_is_stale_when_its_rows_changed_or_vanished_and_only_then(features):
    store, _ = kept_run(features)
    assert stand(store, features)[1].newer == ()
    yards = sample_lists()["yards"]
    yards.loc[yards["id"] == "YZ-DC-01", "owner"] = "某煤业戊"
    kept = yards[yards["id"] != "YD-DC-02"]
    features.write("yards", kept, a_note(source_sha256="1"), replace=True)
    standing, dossier = stand(store, features)
    assert dossier.newer == ("yards",)
    stale = {name: one.stale for name, one in standing.items() if one.stale}
    assert stale == {"YZ-DC-01": "changed", "YD-DC-02": "vanished"}


def test_a_parcel_that_moved_makes_the_findings_on_it_stale(features):
    store, _ = kept_run(features)
    parcels = sample_lists()["land_parcels"]
    is_it = parcels["id"] == "TB-GL-001"
    moved = shapely.transform(parcels.geometry[is_it], lambda corners: corners + 1e-5)
    parcels.loc[is_it, "geometry"] = moved
    features.write("land_parcels", parcels, a_note(source_sha256="2"))
    stale = {name for name, one in stand(store, features)[0].items() if one.stale}
    assert stale == {"GL-DC-01"}


def test_engines_agree_on_what_a_finding_is_and_on_what_its_rows_said(features):
    plain = detect(RULE, yards_in(), SAMPLE_ON).findings
    found = detect(RULE, features, SAMPLE_ON).findings
    assert [one.facts_id for one in found] == [one.facts_id for one in plain]
    assert [one.rows_sha256 for one in found] == [one.rows_sha256 for one in plain]
