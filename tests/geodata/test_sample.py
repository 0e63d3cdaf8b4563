"""The demonstration data is what the mission says, lawful, and the same every time."""

import os
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal

from geodata.city import open_city, read_outlines
from geodata.clocks import clocks
from geodata.crs import geodesic_area_m2, undo_shift
from geodata.engines.folder import create_feature_store
from geodata.errors import UnknownCity
from geodata.lifecycle import advance, stage_of
from geodata.model import Case, HazardRef
from geodata.rule_set import load_rule_set
from geodata.sample import SAMPLE_ON, sample_cases, sample_features, write_sample
from geodata.sample.features import sample_days
from geodata.store import open_cases
from layers.catalog import all_layers
from layers.layer import Layer

MISSION = Path(__file__).parents[2].parent / "shared" / "mission"
FEATURES = sample_features()
CASES = sample_cases()
RULES = load_rule_set()
LAYERS = {layer.id: layer for layer in all_layers()}
DAYS = ("found_on", "rectified_on", "verified_on", "relapsed_on")
MU_M2 = 10_000 / 15
NEAR_BADGE_DEG = 0.08  # the New Area has no outline, only a badge
ROUNDING_DEG = 1e-6
NINE = (
    "督促整治某小区“雨污混排”行政公益诉讼案",
    "督促履行居民小区二次供水安全监管职责行政公益诉讼案",
    "督促整治电动汽车充电设施行政公益诉讼案",
    "督促整治“安宁白凤桃”地理标志保护产品监管职责行政公益诉讼系列案",
    "督促规范发放高龄津贴行政公益诉讼案",
    "某乡政府未全面履行河道生态环境保护职责一案",
    "督促整治养老服务机构食品安全等隐患行政公益诉讼案",
    "督促保护煤场违法占用耕地、草地行政公益诉讼案",
    "督促整治某公司超标排放大气污染物行政公益诉讼案",
)

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
every_layer = pytest.mark.parametrize("layer", LAYERS.values(), ids=lambda layer: layer.id)


def find_case(case_id: str) -> Case:
    return next(case for case in CASES if case.id == case_id)


def stage_id(case: Case) -> str:
    stage = stage_of(case, RULES, SAMPLE_ON)
    return stage.id if stage else ""


def rows_of(case: Case, layer_id: str) -> gpd.GeoDataFrame:
    ids = {ref.id for ref in case.hazards if ref.layer == layer_id}
    frame = FEATURES[layer_id]
    return frame[frame["id"].isin(ids)]


# ------------------------------------------------------------ what the mission states


def test_there_are_45_stations_in_6_townships_of_xigu():
    stations = FEATURES["charging_stations"]
    assert len(stations) == 45
    assert set(stations["jurisdiction"]) == {"LZ-XG"}
    assert stations["township"].nunique() == 6


def test_there_are_260_water_hazards_in_qilihe_each_of_one_kind_and_all_settled():
    water = FEATURES["water_supply_points"]
    ours = water[water["jurisdiction"] == "LZ-QLH"]
    assert len(ours) == 260
    assert not ours["hazard_kinds"].str.contains(";").any()
    assert ours["verified_on"].notna().all()
    assert ours["relapsed_on"].isna().all()


def test_44_payments_in_honggu_are_counts_and_no_places():
    payments = FEATURES["elder_allowance"]
    assert payments["count"].sum() == 44
    assert set(payments["jurisdiction"]) == {"LZ-HG"}
    assert payments.geometry.isna().all()
    assert payments["count"].min() < 3


def test_there_are_26_cases_and_the_nine_of_the_mission_come_one_from_each_office():
    told = [case for title in NINE for case in CASES if case.title.zh == title]
    assert len(CASES) == len({case.id for case in CASES}) == 26
    assert [case.jurisdiction for case in told] == list(open_city().jurisdiction_ids)


def test_the_nine_titles_are_word_for_word_those_of_the_mission():
    if not MISSION.is_dir():
        pytest.skip("the mission text is not beside the project")
    text = "".join(file.read_text("utf-8") for file in sorted(MISSION.glob("000_*.txt")))
    assert [title for title in NINE if f"《{title}》" not in text] == []


def test_coal_yards_occupy_farmland_and_natural_grassland_in_yuzhong():
    parcels = rows_of(find_case("LZ-YZ-2025-001"), "occupied_farmland")
    assert Counter(parcels["class_code"]) == {"0102": 3, "0103": 6, "0401": 5}
    assert parcels["is_permanent_basic_farmland"].sum() == 1
    assert parcels["hazard_kinds"].str.contains("coal_yard").all()


def test_the_yongdeng_lead_came_from_tianzhu_and_led_to_a_joint_inspection():
    case = find_case("LZ-YD-2025-001")
    received = next(event for event in case.events if event.kind == "lead_received_from")
    assert case.lead_source == "cross_region_transfer"
    assert "天祝" in received.note
    assert "joint_inspection" in {event.kind for event in case.events}
    assert "天祝" in received.detail("office")
    assert {ref.layer for ref in case.hazards} == {"river_segments", "river_cameras"}


def test_the_other_stated_facts_of_the_nine_are_kept():
    activities = {case.id: {event.kind for event in case.events} for case in CASES}
    assert "consultation" in activities["LZ-CG-2025-001"]
    assert "consultation" in activities["LZ-QLH-2025-001"]
    assert "volunteer_observation" in activities["LZ-GL-2025-001"]
    assert stage_id(find_case("LZ-GL-2025-001")) == "look_back_passed"
    assert find_case("LZ-YZ-2025-001").lead_source == "superior_assigned"
    assert dict(find_case("LZ-HG-2025-001").outcome)["amount_recovered_yuan"] > 0


def test_the_peach_cases_are_one_series():
    series = [case for case in CASES if case.series]
    assert len(series) == 3
    assert {case.series for case in series} == {"LZ-AN-BFT"}


# --------------------------------------------------------------- the state of the cases


def test_kinds_of_cases_are_mostly_administrative():
    assert Counter(case.kind for case in CASES) == {
        "admin_pil": 22,
        "civil_pil": 2,
        "criminal_incidental_civil_pil": 1,
        "support_prosecution": 1,
    }


def test_three_statutory_periods_of_three_kinds_and_one_internal_target_have_passed():
    late = {
        (case.id, clock.deadline)
        for case in CASES
        for clock in clocks(case, RULES, SAMPLE_ON)
        if clock.is_overdue(SAMPLE_ON)
    }
    assert late == {
        ("LZ-CG-2025-002", "agency_reply_normal"),
        ("LZ-XG-2025-003", "rectification_end"),
        ("LZ-YD-2025-003", "rectification_end"),
        ("LZ-YD-2025-003", "suit_review_admin"),
        ("LZ-XQ-2025-001", "look_back_due"),
    }


def test_every_office_met_its_own_short_periods():
    own = ("serve_filing_decision", "serve_recommendation", "record_recommendation_up")
    late = [
        (case.id, clock.deadline)
        for case in CASES
        for clock in clocks(case, RULES, SAMPLE_ON)
        if clock.deadline in own and not (clock.done_on and clock.done_on <= clock.due_on)
    ]
    assert late == []


def test_the_stages_show_the_whole_life_of_a_case():
    stages = Counter(stage_id(case) for case in CASES)
    assert stages["review_suspended"] == 2
    assert stages["case_transferred"] == 1
    groups = Counter(RULES.stage(stage_id(case)).group for case in CASES)
    assert groups == {
        "lead": 3,
        "investigation": 2,
        "recommendation": 3,
        "follow_up": 7,
        "in_court": 1,
        "closed": 7,
        "look_back": 3,
    }


def test_one_look_back_found_a_relapse_and_it_became_a_new_lead():
    older, newer = find_case("LZ-QLH-2024-001"), find_case("LZ-QLH-2025-001")
    relapse = next(event for event in older.events if event.kind == "relapse_found")
    assert stage_id(older) == "look_back"
    assert relapse.occurred_on <= newer.events[0].occurred_on
    assert len(older.hazards) == 20
    assert set(older.hazards) < set(newer.hazards)


def test_every_office_has_a_case_and_a_feature():
    offices = set(open_city().jurisdiction_ids)
    assert {case.jurisdiction for case in CASES} == offices
    assert {office for frame in FEATURES.values() for office in frame["jurisdiction"]} == offices


@every_case
def test_every_history_is_lawful_step_by_step(case: Case):
    begun = Case(case.id, case.title, case.jurisdiction, case.kind, case.field, case.rule_set)
    for event in case.events:
        begun = advance(begun, event, RULES)
    assert begun.events == case.events


@every_case
def test_every_history_runs_forward_and_ends_by_the_day_of_the_demonstration(case: Case):
    days = [event.occurred_on for event in case.events]
    assert days == sorted(days)
    assert days[-1] <= SAMPLE_ON
    assert all(event.recorded_at.date() >= event.occurred_on for event in case.events)


@every_case
def test_activities_lie_within_the_life_of_the_case(case: Case):
    activities = [event for event in case.events if event.kind in RULES.codes["activities"]]
    assert all(one.occurred_on > case.events[0].occurred_on for one in activities)


@every_case
def test_every_code_of_a_case_is_known_to_the_rule_set(case: Case):
    offices = set(open_city().jurisdiction_ids)
    assert case.kind in RULES.codes["case_kinds"]
    assert {case.field, *case.secondary_fields} <= set(RULES.codes["fields"])
    assert case.lead_source in RULES.codes["lead_sources"]
    for event in case.events:
        grounds = RULES.kind(event.kind).grounds
        assert not event.ground or event.ground in RULES.codes[grounds]
    assert {case.jurisdiction, *case.shared_with} <= offices


@every_case
def test_every_case_is_told_in_both_languages_and_marked_as_invented(case: Case):
    assert case.is_demonstration
    for title in (case.title, case.summary):
        assert re.search(r"[一-鿿]", title.zh)
        assert title.en
        assert title.en.isascii()


@every_case
def test_an_administrative_case_urges_an_agency_and_no_other_case_does(case: Case):
    assert bool(case.agency) == (case.kind == "admin_pil")


@every_case
def test_every_hazard_of_a_case_exists_once(case: Case):
    known = {HazardRef(name, row) for name, frame in FEATURES.items() for row in frame["id"]}
    assert set(case.hazards) <= known
    assert len(case.hazards) == len(set(case.hazards))


@every_case
def test_hazards_are_found_by_the_time_a_recommendation_is_decided(case: Case):
    decided = [e.occurred_on for e in case.events if e.kind == "recommendation_decided"]
    found = [
        day
        for layer_id in {ref.layer for ref in case.hazards}
        for day in rows_of(case, layer_id)["found_on"]
        if day is not None
    ]
    assert not decided or max(found) <= decided[-1]


@every_case
def test_a_case_is_terminated_as_rectified_only_when_every_hazard_is_verified(case: Case):
    closed = [e.occurred_on for e in case.events if e.kind == "terminated_after_rectification"]
    if not closed or "relapse_found" in {event.kind for event in case.events}:
        return
    for layer_id in {ref.layer for ref in case.hazards}:
        assert (pd.to_datetime(rows_of(case, layer_id)["verified_on"]) <= str(closed[0])).all()


def test_restored_area_and_cleared_waste_are_what_was_verified_on_site():
    yuzhong, honggu = find_case("LZ-YZ-2025-001"), find_case("LZ-HG-2025-002")
    parcels, heaps = rows_of(yuzhong, "occupied_farmland"), rows_of(honggu, "solid_waste")
    restored = parcels.loc[parcels["verified_on"].notna(), "restored_area_m2"].sum()
    cleared = heaps.loc[heaps["verified_on"].notna(), "cleared_t"].sum()
    assert dict(yuzhong.outcome) == {"area_restored_m2": restored}
    assert dict(honggu.outcome) == {"waste_cleared_t": cleared}


# ------------------------------------------------------------------------ the features


def test_there_are_features_for_every_layer_and_for_no_other():
    assert set(FEATURES) == set(LAYERS)


@every_layer
def test_a_frame_has_the_columns_its_layer_promises(layer: Layer):
    assert tuple(FEATURES[layer.id].columns) == layer.schema.column_ids
    assert FEATURES[layer.id].crs.to_epsg() == 4490


@every_layer
def test_every_code_is_known_to_its_layer(layer: Layer):
    frame = FEATURES[layer.id]
    for column in layer.schema.columns:
        if column.kind in {"code", "codes"}:
            held = {code for cell in frame[column.id] for code in cell.split(";") if code}
            assert held <= set(column.codes), column.id


@every_layer
def test_numbers_lie_within_the_bounds_of_their_columns(layer: Layer):
    frame = FEATURES[layer.id]
    for column in layer.schema.columns:
        if column.kind in {"whole", "number"}:
            held = frame[column.id].dropna()
            assert (held >= (-float("inf") if column.minimum is None else column.minimum)).all()
            assert (held <= (float("inf") if column.maximum is None else column.maximum)).all()


@every_layer
def test_ids_are_unique_and_every_row_is_marked_as_invented(layer: Layer):
    frame = FEATURES[layer.id]
    assert frame["id"].is_unique
    assert frame["is_demonstration"].all()
    assert frame["source"].str.startswith("演示数据").all()


@every_layer
def test_only_a_working_camera_has_no_hazard(layer: Layer):
    frame = FEATURES[layer.id]
    quiet = frame[frame["hazard_kinds"] == ""]
    assert quiet.empty or (layer.id == "river_cameras" and quiet["is_online"].all())


@every_layer
def test_found_rectified_verified_and_relapsed_follow_each_other(layer: Layer):
    days = FEATURES[layer.id].loc[FEATURES[layer.id]["hazard_kinds"] != "", list(DAYS)]
    days = days.apply(pd.to_datetime)
    assert days["found_on"].notna().all()
    for earlier, later in pairwise(DAYS):
        claimed = days[days[later].notna()]
        assert (claimed[later] >= claimed[earlier]).all()
    assert (days.max() <= pd.Timestamp(SAMPLE_ON))[days.notna().any()].all()


@every_layer
def test_every_shape_is_valid_and_of_the_layers_kind(layer: Layer):
    kinds = {"point": {"Point"}, "line": {"LineString"}, "polygon": {"Polygon"}, "none": {None}}
    geometry = FEATURES[layer.id].geometry
    assert set(geometry.geom_type) == kinds[layer.schema.geometry]
    assert geometry.dropna().is_valid.all()


@every_layer
def test_every_feature_lies_inside_its_office(layer: Layer):
    outlines = dict(zip(read_outlines()["office"], read_outlines().geometry, strict=True))
    badge = dict(open_city().badges)["LZ-XQ"]
    areas = outlines | {"LZ-XQ": shapely.Point(badge).buffer(NEAR_BADGE_DEG)}
    frame = FEATURES[layer.id].dropna(subset="geometry")
    outside = [
        row.id
        for row in frame.itertuples()
        if not shapely.covers(areas[row.jurisdiction].buffer(ROUNDING_DEG), row.geometry)
    ]
    assert outside == []


@every_layer
def test_no_two_features_lie_on_top_of_each_other(layer: Layer):
    geometry = FEATURES[layer.id].geometry.dropna().reset_index(drop=True)
    left, right = geometry.sindex.query(geometry, predicate="dwithin", distance=1e-4)
    apart = left < right
    shared = (
        geometry.loc[left[apart]]
        .reset_index()
        .intersection(geometry.loc[right[apart]].reset_index())
    )
    assert (layer.schema.geometry == "polygon") or not apart.any()
    assert (geodesic_area_m2(gpd.GeoSeries(shared, crs=4490)) < 1).all()


def test_areas_are_geodesic_and_the_stated_ones_agree_within_one_percent():
    parcels = FEATURES["occupied_farmland"]
    measured = geodesic_area_m2(parcels.geometry)
    assert parcels["area_m2"].to_numpy() == pytest.approx(measured, abs=0.06)
    assert (parcels["area_mu_stated"] * MU_M2).to_numpy() == pytest.approx(measured, rel=0.01)
    assert (parcels["restored_area_m2"].fillna(0) <= parcels["area_m2"]).all()


def test_stations_keep_the_coordinates_that_the_map_app_gave():
    stations = FEATURES["charging_stations"]
    assert set(stations["system_original"]) == {"gcj02"}
    given = stations["place_original"].str.split(" ", expand=True).astype(float)
    lon, lat = undo_shift("gcj02", given[0].to_numpy(), given[1].to_numpy())
    assert lon == pytest.approx(stations.geometry.x.to_numpy(), abs=2e-6)
    assert lat == pytest.approx(stations.geometry.y.to_numpy(), abs=2e-6)


def test_a_water_hazard_is_borne_out_by_its_papers():
    water = FEATURES["water_supply_points"]
    found, days = pd.to_datetime(water["found_on"]), water[["last_cleaning_on", "licence_until"]]
    days = days.apply(pd.to_datetime)
    overdue, expired = (
        water["hazard_kinds"] == kind for kind in ("cleaning_overdue", "licence_expired")
    )
    assert ((found - days["last_cleaning_on"]).dt.days > 365).eq(overdue).all()
    assert (days["licence_until"] < found).eq(expired).all()
    assert water["last_test_on"].isna().eq(water["hazard_kinds"] == "test_missing").all()
    assert (water["failing_indexes"] != "").eq(water["hazard_kinds"] == "test_failed").all()


# -------------------------------------------------------------------- building and writing


def test_two_processes_build_the_same_features():
    program = (
        "import hashlib; from geodata.sample import sample_features, sample_cases;"
        "text = ''.join(f.to_csv() for f in sample_features().values()) + repr(sample_cases());"
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    prints = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(prints) == 1


def test_a_change_to_what_was_handed_out_does_not_reach_the_next():
    mine = sample_features()["relics"]
    mine.loc[:, "name"] = "changed"
    assert_frame_equal(sample_features()["relics"], FEATURES["relics"])


def test_a_city_without_a_demonstration_names_the_one_that_has_it():
    with pytest.raises(UnknownCity):
        sample_features("xian")


def test_the_sample_comes_back_from_the_default_stores_as_it_was_written(tmp_path):
    features = create_feature_store(tmp_path / "features")
    cases = open_cases(f"sqlite:{tmp_path / 'cases.sqlite'}")
    write_sample(features, cases)
    assert cases.find() == tuple(sorted(CASES, key=lambda case: case.id))
    for layer_id, frame in FEATURES.items():
        stored = features.read(layer_id)
        assert list(stored["id"]) == list(frame["id"])
        assert stored.geometry.geom_equals(frame.geometry).eq(frame.geometry.notna()).all()
        assert [*stored["found_on"]] == [*frame["found_on"]]


def test_what_is_written_says_that_it_is_a_demonstration_and_of_which_day(tmp_path):
    features = create_feature_store(tmp_path)
    write_sample(features, open_cases("memory:"))
    days = sample_days()
    assert set(days.values()) > {SAMPLE_ON}
    for table, note in features.notes().items():
        assert note.is_demonstration
        assert note.data_on == days.get(table, SAMPLE_ON) <= SAMPLE_ON
        assert note.recorded_at == datetime(2025, 12, 17, 9, tzinfo=UTC)
