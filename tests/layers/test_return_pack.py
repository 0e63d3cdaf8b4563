"""A visit comes home: what is sound is read, what is not is named, nothing is written twice."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest

import layers.return_pack as module
from layers.return_pack import (
    NOTHING_DONE,
    BrokenReturn,
    CaseActivity,
    Conflict,
    EvidenceBrought,
    ForeignReturn,
    HazardStatus,
    NewerReturn,
    Note,
    Part,
    UndecidedConflicts,
    VisitResult,
    compare,
    done_of,
    issued_of,
    read_return,
    writes_of,
)
from tests.layers.visit_days import (
    DAY,
    JPG,
    PNG,
    RELIC,
    RIVER,
    STATION,
    a_plan,
    a_return,
    checklists,
    content,
    parts_of,
    photo,
    sha,
    signed,
    zipped,
)

PLAN = a_plan()
ISSUED = [issued_of(PLAN)]
UNCHANGED = {
    STATION: {"status": "open", "case:LZ-XG-1": "3"},
    RIVER: {"status": "open"},
    RELIC: {},
}


def read(file, issued=None):
    return read_return(file, issued or ISSUED, checklists())


def of(kind, writes):
    return [one for one in writes if isinstance(one, kind)]


def test_a_whole_return_is_read_as_it_was_entered():
    returned = read(a_return(PLAN))
    assert returned.is_whole
    assert returned.notes == ()
    assert returned.not_visited == (RIVER, RELIC)
    (stop,) = returned.stops
    assert (stop.ref, stop.result, stop.officers) == (STATION, "found", ("甲", "乙"))
    assert stop.notes == ()
    assert returned.files[sha(JPG)] == JPG
    # Required of a station and not there: five photographs, one answer.
    sides = ("north", "east", "south", "west", "nameplate")
    assert stop.gaps == (*(f"photo_{side}" for side in sides), "extinguisher")


def test_writes_are_visit_status_activity_and_evidence():
    returned = read(a_return(PLAN))
    assert compare(returned, UNCHANGED) == ()
    writes = writes_of(returned, (), {})
    (visit,), (status,), (activity,) = (
        of(kind, writes) for kind in (VisitResult, HazardStatus, CaseActivity)
    )
    assert (visit.ref, visit.occurred_on, visit.result) == (STATION, DAY, "found")
    assert (status.ref, status.status, status.officers) == (STATION, "found", ("甲", "乙"))
    assert (activity.case_id, activity.kind, activity.note) == ("LZ-XG-1", "site_inquest", "所见")
    evidence = of(EvidenceBrought, writes)
    assert [(one.purpose, one.question) for one in evidence] == [
        ("inquest_record", ""),
        ("photo", "overview_photo"),
        ("signature", "collector_1"),
        ("signature", "collector_2"),
    ]
    assert all(sha(one.content) == one.sha256 for one in evidence)
    assert {one.collectors for one in evidence} == {("甲", "乙")}
    assert {one.place for one in evidence} == {(103.6201, 36.1)}
    assert len({one.id for one in writes}) == len(writes)


def test_twice_the_same_pack_writes_nothing_the_second_time():
    writes = writes_of(read(a_return(PLAN)), (), {})
    done = done_of(writes)
    again = read(a_return(PLAN))
    # The first return changed what the office knows; that is no conflict with itself.
    after = {**UNCHANGED, STATION: {"status": "found", "case:LZ-XG-1": "4"}}
    assert compare(again, after, done) == ()
    assert writes_of(again, (), {}, done) == ()
    assert done_of((), done) == done


def test_a_photograph_that_came_damaged_is_written_when_it_comes_whole():
    told = {**content(), "photos": [photo()]}
    parts = parts_of(PLAN, [(STATION, told, [])], [JPG])
    name = f"files/{sha(JPG)}.jpg"
    broken = zipped({**parts, name: JPG[:-1]}, sums=parts)
    first = read(broken)
    assert Part(name, "damaged") in first.parts
    assert Note("photo_missing", STATION, "a.jpg") in first.stops[0].notes
    writes = writes_of(first, (), {})
    assert [one.purpose for one in of(EvidenceBrought, writes)] == ["inquest_record"]
    whole = read(zipped(parts))
    (late,) = writes_of(whole, compare(whole, UNCHANGED, done_of(writes)), {}, done_of(writes))
    assert (late.purpose, late.content) == ("photo", JPG)


def test_what_the_office_changed_meanwhile_is_put_to_a_person():
    returned = read(a_return(PLAN))
    now = {**UNCHANGED, STATION: {"status": "closed", "case:LZ-XG-1": "3"}}
    conflicts = compare(returned, now)
    assert conflicts == (Conflict(STATION, "office_changed", "status", "open", "closed", "found"),)
    with pytest.raises(UndecidedConflicts) as open_:
        writes_of(returned, conflicts, {})
    assert open_.value.facts["conflicts"] == [f"{STATION}|office_changed|status"]
    (name,) = (one.id for one in conflicts)
    assert len(of(HazardStatus, writes_of(returned, conflicts, {name: "field"}))) == 1
    office = writes_of(returned, conflicts, {name: "office"})
    assert of(HazardStatus, office) == []
    assert len(of(VisitResult, office)) == 1
    assert len(of(EvidenceBrought, office)) == 4
    assert writes_of(returned, conflicts, {name: "skip"}) == ()


def test_a_place_that_the_office_no_longer_has_is_a_conflict():
    conflicts = compare(read(a_return(PLAN)), {})
    assert [(one.ref, one.kind) for one in conflicts] == [(STATION, "gone")]


def test_another_return_of_the_same_visit_is_a_conflict():
    done = done_of(writes_of(read(a_return(PLAN)), (), {}))
    later = read(a_return(PLAN, notes="补充"))
    conflicts = compare(later, UNCHANGED, done)
    assert [one.kind for one in conflicts] == ["returned_before"]
    writes = writes_of(later, conflicts, {conflicts[0].id: "field"}, done)
    # The photograph and the signatures are kept already; the record is another.
    assert [one.purpose for one in of(EvidenceBrought, writes)] == ["inquest_record"]


def test_the_return_of_an_older_pack_is_read_and_says_so():
    newer = issued_of(a_plan(version=2))
    returned = read(a_return(PLAN), [newer, *ISSUED])
    assert returned.notes == (Note("older_pack", "", "1 < 2"),)
    assert [one.kind for one in compare(returned, UNCHANGED)] == ["older_pack"]


def test_a_foreign_return_is_refused_by_name():
    other = replace(PLAN, plan_id="plan-2")
    with pytest.raises(ForeignReturn) as foreign:
        read(a_return(other))
    assert foreign.value.facts["plan_id"] == "plan-2"


def test_a_newer_format_is_refused():
    parts = parts_of(PLAN, [], format_version="2")
    with pytest.raises(NewerReturn):
        read(zipped(parts))


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"", "no_zip"),
        (b"PK\x03\x04", "no_zip"),
        (a_return(PLAN)[:-30], "no_zip"),
        (zipped({}), "no_header"),
        (zipped({"pack.json": b"[]"}), "no_return"),
        (zipped({"pack.json": b"\xff"}), "no_return"),
        (zipped({"pack.json": b'{"format":"pim-visit-return"}'}), "bad_header"),
    ],
)
def test_what_is_no_return_is_refused_with_the_reason(file, reason):
    with pytest.raises(BrokenReturn) as broken:
        read(file)
    assert broken.value.facts["reason"] == reason


def test_a_return_without_sums_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("pack.json", "{}")
    with pytest.raises(BrokenReturn) as broken:
        read(file.getvalue())
    assert broken.value.facts["reason"] == "no_sums"


def test_any_flipped_byte_is_either_noticed_or_changes_nothing():
    sound, whole = a_return(PLAN), read(a_return(PLAN))
    for at in range(0, len(sound), 37):
        flipped = sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :]
        try:
            returned = read(flipped)
        except (BrokenReturn, ForeignReturn):
            continue
        if returned.is_whole:
            assert (returned.stops, returned.files) == (whole.stops, whole.files)


def test_one_damaged_stop_leaves_the_others():
    parts = parts_of(PLAN, [(STATION, content(), []), (RIVER, content(), [])])
    broken = {**parts, "stops/001.json": b"{}"}
    returned = read(zipped(broken, sums=parts))
    assert [stop.ref for stop in returned.stops] == [RIVER]
    assert Part("stops/001.json", "damaged") in returned.parts
    missing = {name: data for name, data in parts.items() if name != "stops/002.json"}
    returned = read(zipped(missing, sums=parts))
    assert [stop.ref for stop in returned.stops] == [STATION]
    assert Part("stops/002.json", "missing") in returned.parts


@pytest.mark.parametrize(
    "change",
    [
        {"answers": {"result": 7}},
        {"answers": []},
        {"photos": [{"question": "x"}]},
        {"position": {"lon": "x", "lat": "1"}},
        {"position": {"lon": "200", "lat": "1"}},
        {"notes": None},
        {"methods": {"a": None}},
    ],
)
def test_a_stop_of_another_form_counts_as_damaged(change):
    parts = parts_of(PLAN, [(STATION, {**content(), **change}, []), (RIVER, content(), [])])
    returned = read(zipped(parts))
    assert [stop.ref for stop in returned.stops] == [RIVER]
    assert Part("stops/001.json", "damaged") in returned.parts


def test_stops_that_were_not_planned_or_come_twice_are_named():
    stops = [(STATION, content(), []), (STATION, content(result="rectified"), [])]
    returned = read(zipped(parts_of(PLAN, [*stops, ("relics:X", content(), [])])))
    assert [stop.result for stop in returned.stops] == ["found"]
    assert returned.notes == (
        Note("stop_twice", STATION, "stops/002.json"),
        Note("unknown_stop", "relics:X", "stops/003.json"),
    )


def test_one_officer_gives_no_status_and_no_activity():
    told = content(collector_2="甲")
    returned = read(zipped(parts_of(PLAN, [(STATION, told, [])])))
    assert Note("one_officer", STATION, "甲") in returned.stops[0].notes
    writes = writes_of(returned, (), {})
    assert of(HazardStatus, writes) == of(CaseActivity, writes) == []
    assert len(of(VisitResult, writes)) == 1


def test_no_access_says_nothing_of_the_hazard():
    told = content(result="no_access")
    writes = writes_of(read(zipped(parts_of(PLAN, [(STATION, told, [])]))), (), {})
    assert of(HazardStatus, writes) == []
    assert [one.result for one in of(CaseActivity, writes)] == ["no_access"]


def test_what_was_changed_after_signing_is_marked():
    told = content()
    signatures = signed(told, "collector_1")
    later = {**told, "notes": "后加"}
    (stop,) = read(zipped(parts_of(PLAN, [(STATION, later, signatures)], [PNG]))).stops
    assert stop.notes == (Note("changed_after_signing", STATION, "collector_1"),)
    assert "signature:collector_2" in stop.gaps
    assert "signature:collector_1" not in stop.gaps


def test_a_photograph_that_is_none_is_labelled_and_handed_over():
    fake = b"MZ this is a program"
    told = {**content(), "photos": [photo(fake, name="x.jpg")]}
    returned = read(zipped(parts_of(PLAN, [(STATION, told, [])], [fake])))
    assert returned.stops[0].notes == (Note("no_photo", STATION, "x.jpg"),)
    brought = of(EvidenceBrought, writes_of(returned, (), {}))
    assert [(one.purpose, one.content) for one in brought] == [
        ("inquest_record", returned.stops[0].record),
        ("photo", fake),
    ]


def test_every_case_of_a_stop_has_each_file_as_its_own_evidence():
    first, *others = PLAN.stops
    plan = replace(PLAN, stops=(replace(first, cases=("LZ-XG-1", "LZ-XG-2")), *others))
    returned = read(a_return(plan), [issued_of(plan)])
    brought = of(EvidenceBrought, writes_of(returned, (), {}))
    assert [one.case for one in brought] == ["LZ-XG-1", "LZ-XG-2"] * 4
    assert len({one.id for one in brought}) == 8


def test_a_time_is_told_of_a_record_and_a_signature_but_never_invented_for_a_photograph():
    told = {**content(), "photos": [photo()]}
    signatures = [{**signed(told, "collector_1")[0], "signed_at": "2025-12-18T01:36:00.000Z"}]
    returned = read(zipped(parts_of(PLAN, [(STATION, told, signatures)], [JPG, PNG])))
    brought = of(EvidenceBrought, writes_of(returned, (), {}))
    assert [one.told_at for one in brought] == [
        datetime(2025, 12, 18, 9, 35),  # noqa: DTZ001 - as the officers entered it
        None,
        datetime(2025, 12, 18, 1, 36, tzinfo=UTC),
    ]


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_a_stop_with_a_text_that_no_store_takes_counts_as_damaged(text):
    parts = parts_of(PLAN, [(STATION, content(), []), (RIVER, content(), [])])
    told = {"ref": STATION, "content": content(course=text), "signatures": []}
    parts["stops/001.json"] = json.dumps(told).encode()
    returned = read(zipped(parts))
    assert [stop.ref for stop in returned.stops] == [RIVER]


def test_a_file_to_read_is_as_good_as_its_bytes():
    assert read(io.BytesIO(a_return(PLAN))) == read(a_return(PLAN))


def test_what_had_been_decided_before_a_break_holds():
    returned = read(a_return(PLAN))
    writes = writes_of(returned, (), {}, begun={STATION: "office"})
    assert of(HazardStatus, writes) == []
    assert len(of(CaseActivity, writes)) == 1
    assert writes_of(returned, (), {}, begun={STATION: "skip"}) == ()


def test_a_position_far_from_the_stop_is_told_in_metres():
    away = {"lon": "103.620000", "lat": "36.110000", "source": "typed"}
    told = {**content(), "position": away}
    (stop,) = read(zipped(parts_of(PLAN, [(STATION, told, [])]))).stops
    (note,) = stop.notes
    # A hundredth of a degree of latitude is about 1,110 m here.
    assert (note.code, float(note.value)) == ("far_from_stop", pytest.approx(1110, abs=2))


@pytest.mark.parametrize(
    ("answer", "method", "is_gap"),
    [
        ("3.5", "tape", False),
        ("3.5", "", True),
        ("501", "tape", True),
        ("-1", "tape", True),
        ("3,5", "tape", True),
        ("1_0", "tape", True),
        ("nan", "tape", True),
        ("", "", False),
    ],
)
def test_a_distance_needs_a_number_in_bounds_and_a_method(answer, method, is_gap):
    told = {**content(fire_distance=answer), "methods": {"fire_distance": method}}
    (stop,) = read(zipped(parts_of(PLAN, [(STATION, told, [])]))).stops
    assert ("fire_distance" in stop.gaps) is is_gap


def test_a_return_that_unpacks_to_too_much_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sha256sums.txt", bytes(1001))
    with pytest.raises(BrokenReturn) as broken:
        read(file.getvalue())
    assert broken.value.facts["reason"] == "too_large"


def test_a_part_larger_than_a_photograph_may_be_counts_as_damaged(monkeypatch):
    monkeypatch.setattr(module, "MOST_PART_BYTES", 2000)
    large = JPG + bytes(2000)
    told = {**content(), "photos": [photo(large, name="large.jpg")]}
    returned = read(zipped(parts_of(PLAN, [(STATION, told, [])], [large])))
    assert Part(f"files/{sha(large)}.jpg", "damaged") in returned.parts
    assert Note("photo_missing", STATION, "large.jpg") in returned.stops[0].notes


def test_nothing_is_done_at_first():
    assert NOTHING_DONE.ids == frozenset()
    assert dict(NOTHING_DONE.visits) == {}
