"""A return is written once: with conflicts decided, after a crash anywhere, twice and by two."""

import hashlib
import io
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from PIL import Image

from geodata.engines.folder import create_feature_store
from geodata.errors import StaleEntry
from geodata.evidence_needs import need_for
from geodata.evidence_store import open_evidence
from geodata.journal import open_journal
from geodata.lifecycle import advance
from geodata.model import CaseEvent, RevisionNote, Title
from geodata.rule_set import load_rule_set
from geodata.sample import sample_cases, sample_features
from geodata.store import NewCase, NewEntry, open_cases, open_features
from layers import visit_book
from layers.checklists import read_checklist
from layers.return_pack import UndecidedConflicts, read_return
from layers.visit_known import cases_named, known_now
from layers.visit_pack import PackPlan, PackStop
from layers.visit_writing import Author, Shelves, StaleReturn, hold_against, write_return
from tests.layers.visit_days import DAY, PNG, a_plan, content, parts_of, photo, signed, zipped

STATION, TANK = "charging_stations:XG-CS-035", "water_supply_points:QLH-WS-001"
CASES = ("LZ-QLH-2024-001", "LZ-QLH-2025-001", "LZ-XG-2025-001")
AUTHOR = Author("王某", datetime(2025, 12, 19, 1, tzinfo=UTC))
DOORS = (open_features, open_cases, open_journal, open_evidence)
ALL_LAYERS = ("charging_stations", "water_supply_points")


@cache
def picture():
    file = io.BytesIO()
    Image.new("RGB", (8, 6), "white").save(file, "JPEG")
    return file.getvalue()


def enter_in(cases):
    def enter(case_id: str, event: CaseEvent, seen: int):
        case = cases.get(case_id)
        advance(case, event, load_rule_set(case.rule_set))
        return cases.write([NewEntry(case_id, event, seen)])

    return enter


def filled(features, cases, journal, evidence):
    frames = sample_features()
    for layer in ALL_LAYERS:
        features.write(layer, frames[layer], RevisionNote("甲", "样本", AUTHOR.at))
    cases.write([NewCase(one) for one in sample_cases() if one.id in CASES])
    return Shelves(features, cases, journal, evidence, enter_in(cases))


@pytest.fixture
def shelves():
    return filled(*(door("memory:") for door in DOORS))


def a_pack(shelves, version=1):
    """Return the plan of both stops with what the office knows now, and keep that it left."""
    known = known_now(shelves.features, shelves.cases, [STATION, TANK])
    stops = tuple(
        PackStop(
            ref,
            at,
            ref.partition(":")[0],
            Title("层", "Layer"),
            "虚构",
            (103.62, 36.1),
            cases=cases_named(known[ref]),
            known=tuple(known[ref].items()),
        )
        for at, ref in enumerate((STATION, TANK), start=1)
    )
    plan: PackPlan = replace(a_plan(version), stops=stops)
    visit_book.keep_issued(shelves.journal, plan, "王某", AUTHOR.at)
    return plan


def a_return(plan, *, position="typed", results=("rectified", "relapsed"), **changes):
    stops = []
    for ref, result in zip((STATION, TANK), results, strict=False):
        told = content(result=result, **changes)
        told["position"] = {**told["position"], "source": position, "accuracy_m": "12"}
        question = "photo_north" if ref == STATION else "photo_tank"
        told["photos"] = [photo(picture(), question), photo(b"MZ", "overview_photo", "x.jpg")]
        stops.append((ref, told, signed(told, "collector_1", "collector_2")))
    return zipped(parts_of(plan, stops, [picture(), b"MZ", PNG]))


def read(file, shelves):
    lists = {layer: read_checklist(layer) for layer in ALL_LAYERS}
    return read_return(file, visit_book.issued_packs(shelves.journal), lists)


def write(file, shelves, decisions=None, author=AUTHOR, **known):
    returned = read(file, shelves)
    seen = known or hold_against(returned, shelves).known
    return write_return(returned, decisions or {}, seen, shelves, author)


def row(shelves, ref):
    layer, _, one = ref.partition(":")
    return shelves.features.rows(layer, [one]).iloc[0]


def outcome(shelves):
    """Return all that a return can leave in the stores, as plain values to be compared."""
    return {
        "status": {
            ref: tuple(row(shelves, ref)[name] for name in ("verified_on", "relapsed_on"))
            for ref in (STATION, TANK)
        },
        "entries": {
            case_id: sorted(
                event.kind
                for event in shelves.cases.get(case_id).events
                if event.recorded_by == AUTHOR.who
            )
            for case_id in CASES
        },
        "revisions": [
            (one.layer, one.changed)
            for one in shelves.features.revisions()
            if one.note.who == AUTHOR.who
        ],
        "evidence": sorted(
            (one.facts.case, one.facts.purpose, one.sha256, one.facts.origin)
            for one in shelves.evidence.items()
        ),
        "marks": sorted(
            one.told["id"] for one in shelves.journal.entries(kind=visit_book.WRITE_DONE)
        ),
        "visits": sorted(one.told["id"] for one in visit_book.written(shelves.journal)),
        "decided": len(shelves.journal.entries(kind=visit_book.VISIT_DECIDED)),
    }


# ------------------------------------------------------------------------ what is written


def test_a_return_becomes_status_entries_evidence_and_a_visit_that_is_done(shelves):
    plan = a_pack(shelves)
    assert row(shelves, STATION)["verified_on"] is None
    marks = write(a_return(plan), shelves)
    assert {(one.what, one.where, one.state, one.reason) for one in marks} == {
        ("visit", STATION, "written", ""),
        ("visit", TANK, "written", ""),
        ("status", STATION, "written", ""),
        ("status", TANK, "written", ""),
        ("activity", "LZ-XG-2025-001", "written", ""),
        ("activity", "LZ-QLH-2024-001", "written", ""),
        ("activity", "LZ-QLH-2025-001", "written", ""),
        ("verification", "LZ-XG-2025-001", "left", "whole_case"),
        ("relapse", "LZ-QLH-2024-001", "written", ""),
        ("relapse", "LZ-QLH-2025-001", "written", ""),
        *(("evidence", case, "written", "") for case in CASES),
    }
    # Two officers saw it: that is a verification on site. What the agency claimed stays.
    claimed = sample_features()["charging_stations"].set_index("id")["rectified_on"]["XG-CS-035"]
    station, tank = row(shelves, STATION), row(shelves, TANK)
    assert (station["verified_on"], station["rectified_on"]) == (DAY, claimed)
    assert tank["relapsed_on"] == DAY
    assert tank["verified_on"] is not None
    entry = shelves.cases.get("LZ-XG-2025-001").events[-1]
    assert (entry.kind, entry.occurred_on, entry.document) == ("site_inquest", DAY, "勘验笔录")
    assert entry.detail("participants") == "甲、乙"
    assert entry.detail("result") == "已整改"
    assert entry.note.startswith("所见（现场检查包 plan-1 第1版")
    assert visit_book.done(shelves.journal).visits.keys() == {
        f"plan-1|A|2025-12-18|{ref}" for ref in (STATION, TANK)
    }


def test_each_file_is_evidence_of_each_case_with_what_is_known_of_it_and_no_more(shelves):
    plan = a_pack(shelves)
    write(a_return(plan), shelves)
    items = shelves.evidence.items(case="LZ-XG-2025-001")
    by_purpose = {one.facts.purpose: one for one in items}
    assert by_purpose.keys() == {
        *("inquest_record", "photo_north", "overview_photo", "signature"),
    }
    assert need_for("photo_north") is not None
    assert need_for("inquest_record") is not None
    record, shot = by_purpose["inquest_record"], by_purpose["photo_north"]
    for one in items:
        assert one.facts.collectors == ("甲", "乙")
        assert one.facts.hazard == STATION
        assert "取证日期 2025-12-18" in one.facts.note
        assert (one.facts.lon, one.facts.coord_source) == (103.6201, "handwritten")
        assert one.facts.origin.startswith("visit:")
    assert record.facts.captured_at == datetime(2025, 12, 18, 9, 35)  # noqa: DTZ001 - as entered
    assert (shot.facts.captured_at, shot.facts.access_class) == (None, "P4")
    assert hashlib.sha256(shelves.evidence.read(record.sha256)).hexdigest() == record.sha256
    # What is no picture is handed over as well, and says what it is.
    assert by_purpose["overview_photo"].looked.label == "not_a_picture"
    assert len(shelves.evidence.items(hazard=TANK)) == 2 * 5


def test_a_place_that_a_device_told_is_told_in_words_and_is_no_coordinate(shelves):
    write(a_return(a_pack(shelves), position="device"), shelves)
    facts = shelves.evidence.items(case="LZ-XG-2025-001")[0].facts
    assert (facts.lon, facts.coord_source) == (None, "")
    told = "院内；设备定位 103.620100, 36.100000（精度约 12 米），坐标系未核实"
    assert facts.collection_place == told


def test_one_officer_leaves_evidence_that_says_so_and_neither_status_nor_entry(shelves):
    marks = write(a_return(a_pack(shelves), collector_2=""), shelves)
    assert {one.what for one in marks} == {"evidence", "visit"}
    assert all(one.facts.few_collectors for one in shelves.evidence.items())
    assert row(shelves, STATION)["verified_on"] is None


def test_what_the_law_or_the_facts_do_not_allow_is_left_to_a_person_and_named(shelves):
    plan = a_pack(shelves)
    marks = write(a_return(plan, results=("relapsed", "not_found")), shelves)
    left = {(one.what, one.where, one.reason) for one in marks if one.state == "left"}
    assert left == {
        ("status", TANK, "not_found"),
        ("relapse", "LZ-XG-2025-001", "DateBeforeCause"),
    }
    assert row(shelves, TANK)["relapsed_on"] is None


def test_a_visit_dated_after_today_is_kept_and_changes_neither_hazard_nor_case(shelves):
    early = Author(AUTHOR.who, datetime(2025, 12, 17, 1, tzinfo=UTC))
    marks = write(a_return(a_pack(shelves)), shelves, author=early)
    reasons = {(one.what, one.reason) for one in marks if one.state == "left"}
    assert {("status", "in_future"), ("activity", "DateInFuture")} <= reasons
    assert outcome(shelves)["revisions"] == []
    assert len(visit_book.written(shelves.journal)) == 2


# ---------------------------------------------------------------------- once and only once


def test_twice_the_same_return_changes_nothing(shelves):
    file = a_return(a_pack(shelves))
    write(file, shelves)
    before, entries = outcome(shelves), shelves.journal.entries()
    assert hold_against(read(file, shelves), shelves).to_write == ()
    assert write(file, shelves) == ()
    assert outcome(shelves) == before
    assert shelves.journal.entries() == entries


def test_a_return_written_before_another_of_the_same_visit_stays_written(shelves):
    plan = a_pack(shelves)
    first, second = a_return(plan), a_return(plan, weather="晴")
    write(first, shelves)
    home = hold_against(read(second, shelves), shelves)
    assert {one.kind for one in home.conflicts} >= {"returned_before"}
    write(second, shelves, {one.id: "field" for one in home.conflicts})
    before = outcome(shelves)
    assert write(first, shelves) == ()
    assert outcome(shelves) == before


def test_a_photograph_that_came_damaged_is_written_when_it_comes_whole_and_nothing_else(shelves):
    plan = a_pack(shelves)
    told = {**content(result="rectified"), "photos": [photo(picture(), "photo_north")]}
    parts = parts_of(plan, [(STATION, told, [])], [picture()])
    damaged = {name: b"?" if name.startswith("files/") else one for name, one in parts.items()}
    write(zipped(damaged, sums=parts), shelves)
    assert [one.facts.purpose for one in shelves.evidence.items()] == ["inquest_record"]
    before = outcome(shelves)
    marks = write(zipped(parts), shelves)
    assert [one.what for one in marks] == ["evidence"]
    after = outcome(shelves)
    assert len(after.pop("evidence")) == 1 + len(before.pop("evidence"))
    assert len(after.pop("marks")) == 1 + len(before.pop("marks"))
    assert after == before
    assert write(zipped(parts), shelves) == ()


def test_what_the_office_changed_is_decided_by_a_person_before_anything_is_written(shelves):
    plan = a_pack(shelves)
    rows = shelves.features.rows("charging_stations", ["XG-CS-035"])
    rows["verified_on"] = [date(2025, 12, 18)]
    shelves.features.write("charging_stations", rows, RevisionNote("乙", "核实", AUTHOR.at))
    home = hold_against(read(a_return(plan), shelves), shelves)
    (conflict,) = home.conflicts
    assert (conflict.name, conflict.then, conflict.now) == ("verified_on", "", "2025-12-18")
    with pytest.raises(UndecidedConflicts):
        write(a_return(plan), shelves)
    assert visit_book.done(shelves.journal).ids == frozenset()
    write(a_return(plan), shelves, {conflict.id: "skip"})
    assert outcome(shelves)["visits"] == [
        one.told["id"] for one in visit_book.written(shelves.journal)
    ]
    (skipped,) = shelves.journal.entries(kind=visit_book.VISIT_SKIPPED)
    assert (skipped.told["ref"], skipped.who) == (STATION, AUTHOR.who)
    # Passed over is not written: it may still be taken, and is said once.
    write(a_return(plan), shelves, {conflict.id: "skip"})
    assert len(shelves.journal.entries(kind=visit_book.VISIT_SKIPPED)) == 1
    marks = write(a_return(plan), shelves, {conflict.id: "office"})
    assert {one.what for one in marks} == {"activity", "evidence", "visit"}


def test_what_another_team_brought_home_of_the_same_case_is_no_conflict(shelves):
    plan = a_pack(shelves)
    other = replace(
        plan, team="B", stops=(replace(plan.stops[0], ref="charging_stations:XG-CS-005"),)
    )
    known = known_now(shelves.features, shelves.cases, [other.stops[0].ref])[other.stops[0].ref]
    stop = replace(other.stops[0], known=tuple(known.items()), cases=cases_named(known))
    other = replace(other, stops=(stop,))
    visit_book.keep_issued(shelves.journal, other, "王某", AUTHOR.at)
    write(a_return(plan), shelves)
    told = content(result="found")
    theirs = zipped(parts_of(other, [(stop.ref, told, [])]))
    assert hold_against(read(theirs, shelves), shelves).conflicts == ()


def test_what_changed_after_it_was_shown_is_not_written_over(shelves):
    plan = a_pack(shelves)
    shown = hold_against(read(a_return(plan), shelves), shelves).known
    rows = shelves.features.rows("charging_stations", ["XG-CS-035"])
    rows["hazard_kinds"] = ["other"]
    shelves.features.write("charging_stations", rows, RevisionNote("乙", "改", AUTHOR.at))
    before = outcome(shelves)
    with pytest.raises(StaleReturn) as refused:
        write(a_return(plan), shelves, **shown)
    assert refused.value.facts == {"ref": STATION}
    assert outcome(shelves) == before


def test_who_writes_the_same_visit_at_the_same_time_is_refused(shelves):
    plan = a_pack(shelves)
    file = a_return(plan)

    class Late:
        """A journal in which somebody else is quicker by one entry."""

        def __getattr__(self, name):
            return getattr(shelves.journal, name)

        def append(self, drafts, seen):
            write(file, shelves)
            return shelves.journal.append(drafts, seen)

    with pytest.raises(StaleEntry):
        write(file, replace(shelves, journal=Late()))
    assert outcome(shelves)["decided"] == 2


# -------------------------------------------------------------------------- broken off


class Died(BaseException):
    """The process is gone: nothing may catch this on the way."""


class Fragile:
    """A store that dies at the write whose number has come.

    To die before a write is to die after the one before it: nothing else is kept between them.
    """

    def __init__(self, store, writing, clock, end):
        self._store, self._writing, self._clock, self._end = store, writing, clock, end

    def __getattr__(self, name):
        act = getattr(self._store, name)
        if name not in self._writing:
            return act

        def do(*args, **kwargs):
            if next(self._clock) == 0:
                self._end()
            return act(*args, **kwargs)

        return do


def die():
    raise Died


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def fragile(shelves, number, *, end=die):
    clock = count(-number)
    features, cases, journal, evidence = (
        Fragile(store, writing, clock, end)
        for store, writing in (
            (shelves.features, {"write"}),
            (shelves.cases, {"write"}),
            (shelves.journal, {"append"}),
            (shelves.evidence, {"put"}),
        )
    )
    return Shelves(features, cases, journal, evidence, enter_in(cases))


def decisions_in(file, shelves):
    return {one.id: "office" for one in hold_against(read(file, shelves), shelves).conflicts}


def changed_by_the_office(shelves):
    """Return a small return that meets a change of the office on one of its two stops."""
    plan = a_pack(shelves)
    rows = shelves.features.rows("charging_stations", ["XG-CS-035"])
    rows["hazard_kinds"] = ["other"]
    shelves.features.write("charging_stations", rows, RevisionNote("乙", "改", AUTHOR.at))
    first = {**content(result="rectified"), "photos": [photo(picture(), "photo_north")]}
    stops = [(STATION, first, []), (TANK, content(result="relapsed"), [])]
    return zipped(parts_of(plan, stops, [picture()]))


def test_whatever_write_it_dies_at_the_same_return_ends_in_exactly_one_of_each():
    def begin():
        shelves = filled(*(door("memory:") for door in DOORS))
        return shelves, changed_by_the_office(shelves)

    whole, file = begin()
    write(file, whole, decisions_in(file, whole))
    expected = outcome(whole)
    assert expected["decided"] == 2
    for number in count():
        shelves, file = begin()
        try:
            write(file, fragile(shelves, number), decisions_in(file, shelves))
        except Died:
            # What had been decided holds; what had not is asked again.
            write(file, shelves, decisions_in(file, shelves))
            assert outcome(shelves) == expected, number
        else:
            break
    assert number > 20
    assert outcome(shelves) == expected


KILLED = """
from pathlib import Path
from tests.layers import test_visit_writing as here

weak = here.fragile(here.opened({folder!r}), {number}, end=here.kill)
here.write(Path({file!r}).read_bytes(), weak)
"""


def opened(folder):
    place = Path(folder)
    cases = open_cases(f"sqlite:{place / 'cases.sqlite'}")
    return Shelves(
        open_features(f"file:{place / 'features'}"),
        cases,
        open_journal(f"sqlite:{place / 'journal.sqlite'}"),
        open_evidence(f"file:{place / 'evidence'}"),
        enter_in(cases),
    )


def test_a_process_killed_in_the_midst_leaves_stores_from_which_the_same_return_is_finished(
    tmp_path,
):
    create_feature_store(tmp_path / "features")
    shelves = opened(tmp_path)
    filled(shelves.features, shelves.cases, shelves.journal, shelves.evidence)
    file = tmp_path / "return.zip"
    file.write_bytes(a_return(a_pack(shelves)))
    for number in (4, 9):
        script = KILLED.format(folder=str(tmp_path), file=str(file), number=number)
        killed = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
        assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    shelves = opened(tmp_path)
    write(file.read_bytes(), shelves)
    told = outcome(shelves)
    memory = filled(*(door("memory:") for door in DOORS))
    write(a_return(a_pack(memory)), memory)
    assert told == outcome(memory)
    assert shelves.evidence.verify().is_sound
    assert shelves.journal.damage() == ()
