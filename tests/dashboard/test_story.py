"""Stories say what the record holds, in order, and name what it lacks."""

from dataclasses import replace
from datetime import UTC, date, datetime

import geopandas as gpd
import pytest
from shapely import Point

from dashboard.naming import Naming
from dashboard.telling.case_parts import MILESTONES, OUTCOMES
from dashboard.telling.drafts import draft_story
from dashboard.telling.story import (
    PARTS,
    AgendaScene,
    ClosingScene,
    FactsScene,
    MapScene,
    PairScene,
    TableScene,
    TimelineScene,
    TitleScene,
)
from dashboard.telling.told import MINUTES, SLOT_MINUTES, Behind, Found
from geodata import Case, CaseEvent, HazardRef, Title, load_rule_set, open_city
from geodata.case_file import FORMER_OUTCOMES
from geodata.sample import SAMPLE_ON, sample_cases, sample_features
from layers.catalog import all_layers
from layers.situation import collect_features
from tests.layers.pictures import look_at

RULES = load_rule_set()
DAY = date(2025, 12, 17)


def names(language="zh"):
    return Naming(open_city(), RULES, all_layers(), language)


def event(kind, day, **more):
    return CaseEvent(kind, day, datetime(2025, 12, 1, tzinfo=UTC), "承办检察官", **more)


HEARING = event("hearing", date(2025, 8, 25), details=(("result", "公开听证"),))


def case(**more):
    """Return a case of Xigu that was served a recommendation and has no answer."""
    facts = {
        "id": "LZ-XG-2025-009",
        "title": Title("督促整治充电站案", "Urging action on stations"),
        "jurisdiction": "LZ-XG",
        "kind": "admin_pil",
        "field": "work_safety",
        "rule_set": RULES.id,
        "agency": "西固区某局",
        "events": (
            event("lead_registered", date(2025, 8, 1)),
            event("case_filed", date(2025, 8, 20), document="立案决定书"),
            event("recommendation_served", date(2025, 9, 1), note="当面送达"),
            event("recommendation_received", date(2025, 9, 1)),
        ),
    }
    return Case(**{**facts, **more})


def situation(cases, rows=()):
    """Return a situation with features; each row is layer, id, kinds, and what differs."""
    frames = {
        layer: gpd.GeoDataFrame(
            [feature(*row[1:]) for row in rows if row[0] == layer], geometry="geometry", crs=4490
        )
        for layer in {row[0] for row in rows}
    }
    return look_at(collect_features(frames), cases, as_of=DAY)


def feature(hazard, kinds, **more):
    text = ("name", "township", "source", "measure_method", "geometry_status")
    days = ("rectified_on", "verified_on", "relapsed_on")
    return {
        **dict.fromkeys(text, ""),
        **dict.fromkeys(days),
        "id": hazard,
        "jurisdiction": "LZ-XG",
        "hazard_kinds": kinds,
        "found_on": date(2025, 8, 1),
        "is_demonstration": False,
        "geometry": Point(103.6, 36.1),
        **more,
    }


def scenes_of(kind, story):
    return [scene for scene in story.scenes if isinstance(scene, kind)]


def facts_of(told, seen=None, language="zh"):
    story = draft_story([told], seen or situation([told]), names(language), DAY, "r1")
    return {fact.name: fact for scene in scenes_of(FactsScene, story) for fact in scene.facts}


@pytest.fixture(scope="module")
def whole():
    return look_at(collect_features(sample_features()), sample_cases(), as_of=SAMPLE_ON)


def test_a_story_opens_tells_each_case_in_its_parts_and_closes(whole):
    told = sample_cases()[:2]
    story = draft_story(told, whole, names(), SAMPLE_ON, "r1")
    assert isinstance(story.scenes[0], TitleScene)
    assert isinstance(story.scenes[-1], ClosingScene)
    for case_told in told:
        own = [one for one in story.scenes if one.case_id == case_told.id]
        assert tuple(dict.fromkeys(one.part for one in own)) == PARTS
        assert [one.id for one in own] == [f"{case_told.id}/{name}" for name in MINUTES]
        assert sum(one.minutes for one in own) == SLOT_MINUTES
    assert (story.as_of, story.revision) == (SAMPLE_ON, "r1")


def test_a_meeting_goes_by_offices_in_their_order_and_its_agenda_leaves_no_gap(whole):
    told = sample_cases()
    story = draft_story(tuple(reversed(told)), whole, names(), SAMPLE_ON, "r1", kind="meeting",
                        speakers={told[0].id: "甲"}, slot_minutes=6)  # fmt: skip
    (agenda,) = scenes_of(AgendaScene, story)
    ends = [row.begins + row.minutes for row in agenda.rows]
    assert [row.begins for row in agenda.rows[1:]] == ends[:-1]
    offices = list(dict.fromkeys(row.office for row in agenda.rows if row.case_id))
    assert offices == [names().office(one) for one in names().city.jurisdiction_ids]
    assert {row.case_id for row in agenda.rows} == {one.id for one in told} | {""}
    assert [row.speaker for row in agenda.rows if row.case_id == told[0].id] == ["甲"]
    assert story.minutes == pytest.approx(ends[-1])
    assert len([one for one in story.scenes if one.part == "office"]) == len(offices)


def test_items_stand_beside_reply_claim_and_verification_and_each_gap_is_named():
    added = [event("item_added", date(2025, 9, 1), details=(("item", n), ("text", f"第{n}事")))
             for n in ("1", "2")]  # fmt: skip
    replied = event("item_replied", date(2025, 10, 8),
                    details=(("item", "1"), ("answer", "accepted"), ("text", "照办")))  # fmt: skip
    told = case(events=(*case().events, *added, replied))
    story = draft_story([told], situation([told]), names(), DAY, "r1")
    (table,) = [one for one in scenes_of(TableScene, story) if one.part == "recommendation"]
    rows = {row[0]: row[1:] for row in table.rows}
    nothing = "案卷未记载"
    assert rows["1"] == ("第1事", "2025-10-08 采纳\n照办", nothing, nothing)
    assert rows["2"] == ("第2事", nothing, nothing, nothing)
    assert rows["整体"] == ("2025-09-01 当面送达", nothing, nothing, nothing)
    assert table.missing == ("未逐项回复：2", "未称整改：1、2", "未核实：1、2")


def test_the_evidence_chain_names_what_each_piece_lacks():
    added = event("evidence_added", date(2025, 8, 25), details=(
        ("text", "现场照片"), ("evidence_kind", "document"), ("collectors", "甲"),
        ("element", "public_harm_fact")))  # fmt: skip
    told = case(events=(*case().events, added))
    story = draft_story([told], situation([told]), names(), DAY, "r1")
    (table,) = [one for one in scenes_of(TableScene, story) if one.part == "investigation"]
    ((fact, evidence, _, two, checksum, gap),) = table.rows
    assert (fact, evidence) == ("公益损害事实", "#4 现场照片（书证）")
    assert (two, checksum, gap) == ("否", "—", "未核实、取证人不足两人、无校验值")


def test_the_four_elements_stand_side_by_side_and_those_not_assessed_say_so():
    met = event("element_assessed", date(2025, 9, 20), details=(
        ("element", "proper_party"), ("state", "met"), ("text", "职责明确")))  # fmt: skip
    told = case(events=(*case().events, met))
    story = draft_story([told], situation([told]), names(), DAY, "r1")
    (table,) = [one for one in scenes_of(TableScene, story) if one.part == "elements"]
    assert [row[1] for row in table.rows] == ["● 具备", *["– 未评估"] * 3]
    assert table.faint == (1, 2, 3)
    assert len(table.missing) == 3


def test_without_photographs_the_pair_is_the_map_of_two_days():
    rows = [("charging_stations", "1", "")]
    told = case(hazards=(HazardRef("charging_stations", "1"),))
    story = draft_story([told], situation([told], rows), names(), DAY, "r1")
    (pair,) = scenes_of(PairScene, story)
    assert (pair.before.on, pair.after.on) == (date(2025, 8, 1), DAY)
    assert pair.before.map.as_of == date(2025, 8, 1)
    bare = draft_story([case()], situation([case()]), names(), DAY, "r1")
    (pair,) = scenes_of(PairScene, bare)
    assert (pair.before, pair.after) == (None, None)
    assert pair.missing


def test_a_civil_case_is_told_by_its_claims_and_not_by_a_recommendation():
    told = case(kind="civil_pil", events=(
        event("lead_registered", date(2025, 8, 1)),
        event("suit_filed", date(2025, 9, 1), document="起诉书",
              details=(("claims", "restore;compensate"),))))  # fmt: skip
    facts = facts_of(told)
    assert facts["诉讼请求"].value == "恢复原状（修复）、赔偿损失"
    assert facts["裁判结果"].is_missing


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_demonstration_case_can_be_told_in_both_languages(whole, language):
    story = draft_story(sample_cases(), whole, names(language), SAMPLE_ON, "r1")
    assert story.is_demonstration
    assert len(story.scenes) == 2 + len(MINUTES) * 26
    for scene in story.scenes:
        assert scene.heading
    for facts in scenes_of(FactsScene, story):
        assert all(fact.name and fact.value for fact in facts.facts)


def test_the_facts_are_those_of_the_record():
    facts = facts_of(
        case(
            lead_source="hotline_12345",
            secondary_fields=("mineral_resources",),
            shared_with=("LZ-AN",),
            events=(*case().events, HEARING),
            outcome=(("area_restored_m2", 20_000.0), ("trees_planted", 12.0)),
        )
    )
    values = {name: fact.value for name, fact in facts.items()}
    assert values["承办检察院"] == "兰州市西固区人民检察院"
    assert values["共同办理"] == "安宁"
    assert values["法定领域"] == "安全生产、矿产资源"
    assert values["被监督行政机关"] == "西固区某局"
    assert values["线索来源"] == "12345热线"
    assert "恢复面积 20,000 平方米 (30.00 亩)" in values["办理成效"]
    assert "trees_planted 12" in values["办理成效"]


def test_what_the_record_lacks_is_named_and_not_made_up():
    facts = facts_of(case(agency="", events=(event("lead_registered", date(2025, 8, 1)),)))
    missing = [name for name, fact in facts.items() if fact.is_missing]
    assert {"基本情况", "被监督行政机关", "线索来源", "隐患", "监督模型", "办理成效"} <= set(
        missing
    )
    assert {facts[name].value for name in missing} == {"案卷未记载"}
    assert "线索登记  2025-08-01" in facts["关键日期"].value
    assert "立案  案卷未记载" in facts["关键日期"].value


def test_a_missed_deadline_says_how_late_it_is_and_whose_move_it_is():
    # Two months from 1 September end on a Saturday, and so on Monday 3 November.
    deadlines = facts_of(case())["期限"].value
    assert "行政机关回复 · 已超期 44 天 · 届满 2025-11-03 · 行政机关" in deadlines


def test_a_deadline_met_late_is_told_though_it_no_longer_runs():
    told = case()
    filed = next(one for one in told.events if one.kind == "case_filed")
    served = event("filing_decision_served", date(2025, 9, 5))
    late = replace(told, events=(told.events[0], filed, served))
    value = facts_of(late)["期限"].value
    assert "送达立案决定书 · 超期 9 天完成 · 届满 2025-08-27 · 本院" in value


def test_nothing_after_the_day_of_the_story_is_told():
    story = draft_story([case()], situation([case()]), names(), date(2025, 8, 20), "r1")
    (timeline,) = scenes_of(TimelineScene, story)
    assert [step.text for step in timeline.steps] == ["线索登记", "立案"]
    values = [f.value for scene in scenes_of(FactsScene, story) for f in scene.facts]
    assert any("检察建议已送达  案卷未记载" in one for one in values)


def test_the_timeline_holds_events_and_activities_in_order_with_document_and_article():
    told = case(events=(*case().events, HEARING))
    story = draft_story([told], situation([told]), names(), DAY, "r1")
    (timeline,) = scenes_of(TimelineScene, story)
    days = [step.on for step in timeline.steps]
    assert days == sorted(days)
    steps = {step.text: step for step in timeline.steps}
    assert steps["立案"].document == "立案决定书 · R30, R70, R85"
    assert steps["检察建议已送达"].note == "当面送达"
    assert (steps["听证"].note, steps["听证"].is_stage) == ("公开听证", False)


def test_hazards_are_counted_by_layer_and_by_kind():
    rows = [
        ("charging_stations", "1", "unfiled;cable_exposed"),
        ("charging_stations", "2", "unfiled"),
        ("charging_stations", "3", ""),
        ("charging_stations", "9", "unfiled"),  # of no case
    ]
    told = case(hazards=tuple(HazardRef("charging_stations", one) for one in "123"))
    seen = situation([told], rows)
    assert facts_of(told, seen)["隐患"].value == "充电设施 3 处：未备案 2、线缆裸露 1"
    english = facts_of(told, seen, "en")["Hazards"].value
    assert english == "Charging stations: 3: Not filed 2, Cable exposed 1"


def test_a_small_count_of_people_is_told_no_more_exactly_than_on_the_map():
    def persons(hazard, office, count):
        more = {"jurisdiction": office, "geometry": None, "count": count}
        return {**feature(hazard, "paid_after_death"), **more}

    frame = gpd.GeoDataFrame(
        [persons("1", "LZ-HG", 30), persons("2", "LZ-XG", 2)], geometry="geometry", crs=4490
    )
    told = case(hazards=(HazardRef("elder_allowance", "1"), HazardRef("elder_allowance", "2")))
    seen = look_at(collect_features({"elder_allowance": frame}), [told], as_of=DAY)
    value = facts_of(told, seen)["隐患"].value
    assert "≥30" in value
    assert "32" not in value


def test_a_hazard_that_is_gone_is_missed_by_name_and_the_map_stays():
    told = case(hazards=(HazardRef("charging_stations", "1"), HazardRef("charging_stations", "7")))
    story = draft_story(
        [told], situation([told], [("charging_stations", "1", "")]), names(), DAY, "r1"
    )
    (shown,) = scenes_of(MapScene, story)
    assert shown.refs == ("charging_stations:1", "charging_stations:7")
    assert "充电设施 1 处" in shown.caption
    assert "另有 1 处关联隐患不在库中" in shown.caption


def test_a_case_without_hazards_is_told_on_the_map_of_its_district():
    story = draft_story([case()], situation([case()]), names(), DAY, "r1")
    (shown,) = scenes_of(MapScene, story)
    assert shown.jurisdiction == "LZ-XG"
    assert "没有关联隐患" in shown.caption


@pytest.mark.parametrize(("of_case", "of_row"), [(True, False), (False, True), (False, False)])
def test_a_story_is_a_demonstration_if_anything_in_it_is_invented(of_case, of_row):
    told = case(is_demonstration=of_case, hazards=(HazardRef("charging_stations", "1"),))
    frame = gpd.GeoDataFrame(
        [{**feature("1", ""), "is_demonstration": of_row}], geometry="geometry", crs=4490
    )
    seen = look_at(collect_features({"charging_stations": frame}), [told], as_of=DAY)
    story = draft_story([told], seen, names(), DAY, "r1")
    assert story.is_demonstration == (of_case or of_row)


def test_the_closing_counts_cases_by_status_and_names_the_overdue():
    other = case(
        id="LZ-XG-2025-010",
        title=Title("另一案", "Another"),
        events=(event("lead_registered", date(2025, 12, 1)),),
    )
    told = [case(), other]
    story = draft_story(told, situation(told), names(), DAY, "r1")
    (closing,) = scenes_of(ClosingScene, story)
    facts = {fact.name: fact.value for fact in closing.facts}
    assert facts["案件（件）"] == "2"
    assert facts["案件状态"] == "线索 1、建议（公告）已发 1"
    assert facts["有期限超期的案件"] == "督促整治充电站案"


def test_every_kind_of_case_has_milestones_that_the_rules_know():
    assert set(MILESTONES) == set(RULES.codes["case_kinds"])
    for kinds in MILESTONES.values():
        for kind in kinds:
            assert RULES.event_title(kind)


def test_every_outcome_of_the_demonstration_has_a_name():
    recorded = {name for told in sample_cases() for name, _ in told.outcome}
    assert {FORMER_OUTCOMES[name] for name in recorded} <= set(OUTCOMES)
    assert set(RULES.entries["outcome_kinds"]) <= set(OUTCOMES)


def test_a_correction_stands_once_and_at_its_own_place_in_the_story():
    told = case()
    wrong, right = told.events[2], replace(told.events[2], occurred_on=date(2025, 9, 3), corrects=2)
    told = replace(told, events=(*told.events[:2], wrong, replace(told.events[3],
        occurred_on=date(2025, 9, 3)), right))  # fmt: skip
    story = draft_story([told], situation([told]), names(), DAY, "r1")
    (line,) = scenes_of(TimelineScene, story)
    days = [step.on for step in line.steps if step.is_stage]
    assert days == [date(2025, 8, 1), date(2025, 8, 20), date(2025, 9, 3)]
    assert facts_of(told)[names().word("card.stage")].value == "检察建议已送达"


def test_outcomes_entered_are_told_and_what_nobody_verified_says_so():
    stated = {
        "verified": ("area_m2", "20000"),
        "claimed": ("waste_t", "12"),
        "planned": ("money_yuan", "1000"),
    }
    entries = [
        event("outcome_stated", date(2025, 9, 20), details=(
            ("outcome", kind), ("outcome_state", state), ("amount", amount)))
        for state, (kind, amount) in stated.items()
    ]  # fmt: skip
    told = case(events=(*case().events, *entries))
    lines = facts_of(told)[names().word("story.facts.outcome")].value.splitlines()
    assert lines == [
        "恢复面积 20,000 平方米 (30.00 亩)",
        "清理固体废物 12 吨 · 行政机关称",
        "追回资金 1,000 元 · 方案计划",
    ]


def test_a_story_seen_as_it_was_known_then_tells_no_later_entry():
    later = replace(HEARING, recorded_at=datetime(2025, 12, 5, tzinfo=UTC))
    told = case(events=(*case().events, later))
    known_at = datetime(2025, 12, 2, tzinfo=UTC)
    steps = {}
    for asked in (None, known_at):
        story = draft_story([told], situation([told]), names(), DAY, "r1", known_at=asked)
        (scene,) = scenes_of(TimelineScene, story)
        steps[asked] = len(scene.steps)
    assert steps[None] == steps[known_at] + 1


def test_each_case_is_told_under_its_own_rule_set():
    draft = load_rule_set("cn-draft-2026")
    told = case(rule_set=draft.id)
    both = replace(names(), law={one.id: one for one in (RULES, draft)})
    story = draft_story([told], situation([told]), both, DAY, "r1")
    (scene,) = scenes_of(TimelineScene, story)
    assert "检察意见已送达" in [step.text for step in scene.steps]


def test_a_finding_that_became_the_case_tells_its_model_its_reasons_and_its_law():
    found = Found("充电站未备案模型", "2", DAY, ("充电设施", "备案名单"), ("名单中没有这一处",),
                  ("《消防法》第16条",))  # fmt: skip
    told = case()
    behind = {told.id: Behind(found=(found,))}
    story = draft_story([told], situation([told]), names(), DAY, "r1", behind=behind)
    facts = {one.name: one for scene in scenes_of(FactsScene, story) for one in scene.facts}
    assert facts["监督模型"].value == "充电站未备案模型（2，运行于 2025-12-17）"
    assert facts["比对的数据"].value == "充电设施、备案名单"
    assert facts["为什么是它"].value == "名单中没有这一处"
    (law,) = [one for one in scenes_of(TableScene, story) if one.part == "law"]
    assert ("监督模型", "《消防法》第16条", "充电站未备案模型") in law.rows
