"""Rivers judged by hand: zones, buffers, doubts, banks, ledger, boundaries, blind stretches."""

from datetime import date

import geopandas as gpd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon

from geodata.crs import geodesic_area_m2
from geodata.errors import BadParameter
from geodata.sample import SAMPLE_ON
from layers.catalog import find_rule
from layers.reasons import explain
from tests.layers.valley import box, day, ground, line, run_rule, said, spot

EAST = {"id": "L", "river": "甲河", "flow": "as_drawn", "accuracy_m": 10, "name": "甲河"}
EAST |= {"place": line((0, 0), (10_000, 0))}
ZONE = {"id": "Z", "river": "甲河", "accuracy_m": 2, "place": box(0, -150, 4000, 150)}
BORDER = {
    "id": "B",
    "jurisdiction": "LZ-YD",
    "other_office": "外地:某县人民检察院",
    "place": line((0, -500), (0, 500)),
}


def works(place, **cells):
    told = {"id": "W", "name": "某处", "disorder": "pile", "accuracy_m": 1, "place": place}
    return told | {"seen_on": day("2025-10-20")} | cells


def judged(*rows, numbers=None, lines=(EAST,), **lists):
    tables = {"river_works": rows, "river_lines": lines} | lists
    return run_rule("works_in_river_zone", tables, numbers)


def facts(run, subject="W"):
    return dict(next(one for one in run.findings if one.rows[0].id == subject).facts)


# ------------------------------------------------------------------ zone, buffer, doubt

CASES = [
    # what, place, accuracy of the line, outcome and flags, square metres inside
    ("deep in the zone", box(1000, 50, 1020, 90), 10, "pile", set(), 800),
    ("across the edge of the zone", box(1000, 130, 1040, 170), 10, "pile", set(), 800),
    ("outside of a zone that is delimited here", box(1000, 151, 1040, 190), 10, None, None, 0),
    ("in the buffer where no zone is", box(6000, 50, 6030, 80), 10, "pile", {"by_buffer"}, 900),
    ("across the edge of the buffer", box(6000, 80, 6040, 120), 10, "pile", {"by_buffer"}, 800),
    (
        "less far inside than the line is accurate",
        box(6000, 80, 6040, 120),
        60,
        "pile",
        {"by_buffer", "in_doubt"},
        800,
    ),
    (
        "outside the buffer by less than the line is accurate",
        box(6000, 120, 6040, 150),
        60,
        "perhaps_inside",
        {"by_buffer"},
        0,
    ),
    ("surely outside the buffer", box(6000, 120, 6040, 150), 10, None, None, 0),
    (
        "in the buffer of a line that does not say how accurate it is",
        box(6000, 50, 6030, 80),
        None,
        "pile",
        {"by_buffer", "accuracy_unstated", "bank_in_doubt"},
        900,
    ),
]


@pytest.mark.parametrize(
    ("place", "accuracy", "outcome", "flags", "inside"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_works_are_judged_by_zone_or_buffer(place, accuracy, outcome, flags, inside):
    run = judged(works(place), lines=[EAST | {"accuracy_m": accuracy}], river_zones=[ZONE])
    assert said(run) == ([] if outcome is None else [(outcome, flags)])
    if outcome:
        assert facts(run)["inside_m2"] == pytest.approx(inside, abs=0.05)


def test_a_zone_of_one_bank_leaves_the_other_to_the_buffer():
    left = ZONE | {"place": box(0, 0, 4000, 150)}
    told = judged(works(box(1000, -80, 1020, -40)), river_zones=[left])
    assert said(told) == [("pile", {"by_buffer"})]
    both = judged(works(box(1000, -80, 1020, -40)), river_zones=[left | {"bank": "both"}])
    assert said(both) == []


def test_zones_that_overlap_count_the_ground_once_and_are_both_named():
    other = ZONE | {"id": "Z2", "place": box(900, -150, 1020, 150)}
    run = judged(works(box(1000, 50, 1040, 90)), river_zones=[ZONE, other])
    assert facts(run)["inside_m2"] == pytest.approx(1600, abs=0.01)
    assert [row.id for row in run.findings[0].rows if row.role == "zones"] == ["Z", "Z2"]


def test_the_area_inside_is_the_geodesic_area_of_what_is_shared():
    place, zone = box(1000, 100, 1200, 260), box(900, 0, 1300, 150)
    run = judged(works(place), river_zones=[ZONE | {"place": zone}])
    shared = gpd.GeoSeries([box(1000, 100, 1200, 150)], crs=4490)
    assert facts(run)["inside_m2"] == pytest.approx(geodesic_area_m2(shared)[0], rel=1e-5)


def test_the_buffer_is_a_parameter_and_the_width_that_the_line_states_goes_before_it():
    place = box(6000, 120, 6030, 150)
    assert said(judged(works(place))) == []
    wide = judged(works(place), numbers={"buffer_m": 200})
    assert said(wide) == [("pile", {"by_buffer"})]
    assert (facts(wide)["buffer_m"], wide.changed) == (200, ("buffer_m",))
    stated = judged(works(place), lines=[EAST | {"half_width_m": 180}])
    assert facts(stated)["buffer_m"] == 180
    words = explain(wide.findings[0], find_rule("works_in_river_zone"), wide.numbers, "zh")
    assert any("200 米缓冲区" in one and "不是法定范围" in one and "10 米" in one for one in words)


@pytest.mark.parametrize(("name", "value"), [("buffer_m", 9), ("reach_m", 1999), ("major_m2", 0)])
def test_a_parameter_out_of_range_names_its_bounds(name, value):
    with pytest.raises(BadParameter) as refused:
        judged(works(box(0, 0, 1, 1)), numbers={name: value})
    assert refused.value.facts["minimum"] > value


# --------------------------------------------------------------------- where it lies


def test_chainage_and_bank_are_told_and_doubted_where_the_line_is_too_rough():
    run = judged(works(box(2000, -90, 2100, -40)))
    told = facts(run)
    assert (told["stake"], told["bank"]) == ("K2+050", "right")
    assert (told["chainage_from_m"], told["chainage_to_m"]) == (2000, 2100)
    assert told["distance_m"] == pytest.approx(40, abs=0.1)
    rough = judged(works(box(2000, -90, 2100, -40)), lines=[EAST | {"accuracy_m": 45}])
    assert "bank_in_doubt" in rough.findings[0].flags
    assert "bank_in_doubt" not in run.findings[0].flags


def test_what_lies_across_the_river_is_on_both_banks():
    assert facts(judged(works(box(2000, -30, 2020, 40))))["bank"] == "both"


def test_the_river_that_a_row_names_goes_before_a_nearer_one():
    near = EAST | {"id": "N", "river": "乙河", "place": line((0, 100), (10_000, 100))}
    place = box(2000, 70, 2030, 90)
    assert facts(judged(works(place), lines=[EAST, near]))["river"] == "乙河"
    named = judged(works(place, river="甲河"), lines=[EAST, near])
    assert facts(named)["river"] == "甲河"


def test_far_from_any_line_an_official_zone_still_counts_without_a_chainage():
    far = ZONE | {"place": box(0, 8000, 500, 8500)}
    run = judged(works(box(100, 8100, 150, 8150)), river_zones=[far])
    assert said(run) == [("pile", {"area_major"})]
    assert facts(run)["stake"] is None


# ------------------------------------------------------------------ how grave, which kind


@pytest.mark.parametrize(
    ("side", "volume", "severity", "flags"),
    [
        (31, None, "minor", set()),
        (31.7, None, "major", {"area_major"}),
        (70.8, 499, "critical", {"area_critical"}),
        (20, 500, "major", {"volume_major"}),
    ],
)
def test_the_grades_of_area_and_volume_make_it_graver(side, volume, severity, flags):
    run = judged(works(box(1000, 20, 1000 + side, 20 + side), volume_m3=volume), river_zones=[ZONE])
    assert said(run) == [("pile", flags)]
    assert run.findings[0].severity == severity


def test_several_kinds_are_several_findings_and_none_is_to_be_settled():
    run = judged(works(box(1000, 50, 1010, 60), disorder="pile;dig"), river_zones=[ZONE])
    assert sorted(one.outcome for one in run.findings) == ["dig", "pile"]
    assert len({one.id for one in run.findings}) == 2
    none = judged(works(box(1000, 50, 1010, 60), disorder=""), river_zones=[ZONE])
    assert said(none) == [("unsorted", set())]


def test_a_sliver_below_the_least_area_is_no_finding():
    place = box(1000, 149, 1010, 200)
    assert said(judged(works(place), river_zones=[ZONE])) == []
    assert said(judged(works(place), river_zones=[ZONE], numbers={"least_m2": 5})) != []


# ------------------------------------------------------------- ledger, border, bodies

HERE = box(1000, 50, 1010, 60)


def entry(**cells):
    return {"id": "T", "disorder": "pile", "accuracy_m": 5, "place": spot(1020, 55)} | cells


@pytest.mark.parametrize(
    ("entries", "flags", "named"),
    [
        ([entry()], set(), "T"),
        ([entry(place=spot(3000, 55))], {"not_in_ledger"}, None),
        ([entry(closed_on=day("2025-08-06"))], {"closed_in_ledger"}, "T"),
        ([entry(closed_on=day("2025-11-06"))], set(), "T"),
        ([entry(closed_on=day("2025-08-06")), entry(id="U")], set(), "T、U"),
    ],
    ids=["open", "elsewhere", "closed before", "closed after", "one of two open"],
)
def test_works_are_held_against_the_ledger(entries, flags, named):
    run = judged(works(HERE), river_zones=[ZONE], river_ledger=entries)
    assert said(run) == [("pile", flags)]
    assert facts(run)["ledger_no"] == named


def test_without_a_ledger_the_rule_runs_says_so_and_accuses_nobody_of_leaving_out():
    run = judged(works(HERE), river_zones=[ZONE])
    assert said(run) == [("pile", set())]
    assert ("ledger", "missing") in {(one.role, one.reason) for one in run.lacks}


def test_near_a_boundary_both_offices_are_named():
    inside = works(box(300, 50, 310, 60))
    run = judged(inside, river_zones=[ZONE], river_boundaries=[BORDER])
    told = run.findings[0]
    assert told.flags == ("at_border",)
    assert (told.jurisdiction, told.fact("other_office")) == ("LZ-YD", "外地:某县人民检察院")
    assert told.fact("border_m") == pytest.approx(300, abs=0.1)
    words = explain(told, find_rule("works_in_river_zone"), run.numbers, "en")
    assert any("某县人民检察院" in one for one in words)
    beyond = works(box(300, 50, 310, 60), jurisdiction="外地:某县人民检察院")
    other = judged(beyond, river_zones=[ZONE], river_boundaries=[BORDER]).findings[0]
    assert other.fact("other_office") == "LZ-YD"
    far = judged(works(HERE), river_zones=[ZONE], river_boundaries=[BORDER])
    assert far.findings[0].flags == ()


def test_the_bodies_of_the_stretch_are_named_and_are_evidence():
    duties = [
        {
            "id": "D1",
            "river": "甲河",
            "body": "某乡政府",
            "chainage_from_m": 0,
            "chainage_to_m": 2000,
        },
        {
            "id": "D2",
            "river": "甲河",
            "body": "某镇政府",
            "chainage_from_m": 2000,
            "chainage_to_m": 9000,
        },
        {"id": "D3", "river": "乙河", "body": "别处"},
    ]
    run = judged(works(HERE), river_zones=[ZONE], river_duties=duties)
    assert facts(run)["bodies"] == "某乡政府"
    assert [row.id for row in run.findings[0].rows if row.role == "duties"] == ["D1"]


def test_an_open_entry_in_the_zone_is_found_and_a_closed_one_is_not():
    lists = {"river_lines": [EAST], "river_zones": [ZONE]}
    rule = "ledger_in_river_zone"
    entries = [
        entry(id="T1", due_on=day("2025-09-30")),
        entry(id="T2", due_on=day("2026-09-30"), area_m2=6000),
        entry(id="T3", closed_on=day("2025-09-01")),
        entry(id="T4", place=spot(1000, 400)),
        entry(id="T5", place=spot(6000, 98), accuracy_m=5),
    ]
    run = run_rule(rule, lists | {"river_ledger": entries})
    assert said(run, "T1") == [("pile", {"past_due"})]
    assert said(run, "T2") == [("pile", {"area_critical"})]
    assert said(run, "T3") == said(run, "T4") == []
    assert said(run, "T5") == [("pile", {"by_buffer", "in_doubt"})]


def test_an_entry_is_past_its_day_on_the_day_of_the_ledger_whenever_the_rule_is_run():
    lists = {"river_lines": [EAST], "river_zones": [ZONE]}
    lists["river_ledger"] = [entry(due_on=SAMPLE_ON)]
    tomorrow, rule = date(2025, 12, 18), "ledger_in_river_zone"
    today, later, newer = (
        run_rule(rule, lists, as_of=on, data_on=told).findings[0]
        for on, told in ((SAMPLE_ON, SAMPLE_ON), (tomorrow, SAMPLE_ON), (tomorrow, tomorrow))
    )
    assert (today.facts_id, today.flags) == (later.facts_id, ())
    assert (newer.facts, newer.flags) == (today.facts, ("past_due",))


@given(
    others=st.lists(
        st.tuples(st.floats(0, 9800), st.floats(-400, 400), st.floats(1, 200)), max_size=6
    )
)
@settings(max_examples=8, deadline=None)
def test_more_works_never_take_a_finding_away(others):
    usual = judged(works(HERE), river_zones=[ZONE])
    more = [
        works(box(x, y, x + side, y + side), id=f"M{number}")
        for number, (x, y, side) in enumerate(others)
    ]
    found = judged(works(HERE), *more, river_zones=[ZONE])
    assert set(usual.findings) <= set(found.findings)


# ------------------------------------------------------------------------ blind stretches


def camera(number, chainage, **cells):
    told = {"id": f"C{number}", "river": "甲河", "place": spot(chainage, 30), "is_online": True}
    return told | cells


def blind(*cameras, numbers=None, **lists):
    tables = {"river_lines": [EAST], "river_views": cameras} | lists
    return run_rule("river_blind_stretches", tables, numbers)


def stretches(run):
    return sorted(
        (one.fact("chainage_from_m"), one.fact("chainage_to_m"), set(one.flags))
        for one in run.findings
    )


def test_what_no_camera_online_sees_is_a_stretch_with_its_chainages():
    run = blind(
        camera(1, 1000, sees_from_m=0, sees_to_m=2000),
        camera(2, 4000, sees_up_m=1000, sees_down_m=1500),
        camera(3, 6000, sees_up_m=1000, sees_down_m=1000, is_online=False),
        camera(4, 9000, sees_up_m=1000, sees_down_m=1000),
    )
    assert stretches(run) == [(2000, 3000, set()), (5500, 8000, {"camera_offline"})]
    assert {one.outcome for one in run.findings} == {"blind_stretch"}
    assert [one.rows[0].id for one in run.findings] == ["C1", "C2"]
    assert len({one.id for one in run.findings}) == 2
    middle = spot(2500, 0)
    assert (run.findings[0].lon, run.findings[0].lat) == pytest.approx((middle.x, middle.y))


def test_a_view_within_another_does_not_end_it():
    run = blind(
        camera(1, 3000, sees_from_m=0, sees_to_m=6000),
        camera(2, 1500, sees_from_m=1000, sees_to_m=2000),
        camera(3, 9000, sees_from_m=7000, sees_to_m=10_000),
    )
    assert stretches(run) == [(6000, 7000, set())]
    assert run.findings[0].rows[0].id == "C1"


def test_a_camera_that_does_not_say_what_it_sees_sees_nothing_and_is_named():
    run = blind(camera(1, 1000, sees_from_m=0, sees_to_m=9000), camera(2, 9500))
    assert stretches(run) == [(9000, 10_000, {"view_unstated"})]
    unknown = blind(
        camera(1, 1000, sees_from_m=0, sees_to_m=9000),
        camera(2, 9500, sees_up_m=900, sees_down_m=900, is_online=None),
    )
    assert stretches(unknown) == [(9000, 10_000, {"camera_offline"})]


def test_short_stretches_are_left_out_by_the_parameter():
    seen = (
        camera(1, 1000, sees_from_m=0, sees_to_m=5000),
        camera(2, 8000, sees_from_m=5400, sees_to_m=10_000),
    )
    assert stretches(blind(*seen)) == []
    assert stretches(blind(*seen, numbers={"least_m": 300})) == [(5000, 5400, set())]


def test_a_line_with_no_camera_of_its_own_is_said_to_be_unwatched():
    other = EAST | {"id": "M", "river": "乙河", "place": line((0, 90_000), (5000, 90_000))}
    run = blind(
        camera(1, 1000, sees_from_m=0, sees_to_m=10_000),
        river_lines=[EAST, other],
    )
    assert [(one.outcome, one.rows[0].id) for one in run.findings] == [("unwatched", "M")]


def test_open_entries_and_boundaries_in_an_unseen_stretch_are_flagged():
    run = blind(
        camera(1, 6000, sees_from_m=4000, sees_to_m=10_000),
        river_ledger=[entry(), entry(id="U", closed_on=day("2025-01-01"), place=spot(3000, 9))],
        river_boundaries=[BORDER],
    )
    assert stretches(run) == [(0, 4000, {"disorder_unseen", "at_border"})]
    told = run.findings[0]
    assert (told.fact("entries"), told.fact("other_office")) == (1, "外地:某县人民检察院")
    assert told.severity == "major"


def test_without_the_list_of_cameras_nothing_is_called_unseen():
    run = run_rule("river_blind_stretches", {"river_lines": [EAST]})
    assert not run.has_run
    assert [(one.role, one.reason) for one in run.lacks if one.is_required] == [
        ("views", "missing")
    ]


def test_a_broken_outline_is_mended_named_and_still_judged():
    bow = ground(Polygon([(1000, 50), (1040, 90), (1040, 50), (1000, 90)]))
    run = judged(works(bow), river_zones=[ZONE])
    assert said(run) == [("pile", set())]
    assert set(run.doubts["id"]) == {"W"}
