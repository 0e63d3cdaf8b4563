"""A list and a joint inspection of the demonstration: invented, marked so, half answered."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime

from geodata.errors import StaleEntry
from geodata.journal import Journal
from geodata.store import CaseStore, FeatureStore
from layers.agency_lists import (
    LIST_MADE,
    AgencyList,
    Choice,
    Decision,
    ListItem,
    Reply,
    TakenFile,
    keep_decisions,
    keep_list,
)
from layers.agency_rows import list_items
from layers.joint_inspections import JointInspection, Participant, Stop, keep_inspection
from layers.situation import collect_features
from layers.visit_known import known_now

OFFICE, AGENCY, LAYER = "LZ-CG", "城关区住建局", "mixed_drainage"
NUMBER, INSPECTION = "LZ-CG-QD2025-001", "LZ-CG-JC2025-001"
WHO = "演示员甲"
MADE_ON, REPLY_BY = date(2025, 11, 20), date(2025, 12, 12)
MADE_AT = datetime(2025, 11, 20, 2, tzinfo=UTC)
TAKEN_AT = datetime(2025, 12, 9, 2, tzinfo=UTC)
FILE = "答复表（演示）.xlsx"
SHA256 = "demonstration".ljust(64, "0")


def write_invented_list(journal: Journal, features: FeatureStore, cases: CaseStore) -> bool:
    """Keep the invented list and inspection, once; return whether they were kept now.

    Nothing is kept where a list is there already, or where the hazards are not.
    """
    if journal.entries(kind=LIST_MADE) or LAYER not in features.layers():
        return False
    rows = collect_features({LAYER: features.read(LAYER)})
    rows = rows[(rows["jurisdiction"] == OFFICE) & rows["is_demonstration"].astype(bool)]
    if rows.empty:
        return False
    known = known_now(features, cases, rows["ref"])
    items = list_items(NUMBER, rows, {ref: _as_then(facts) for ref, facts in known.items()})
    told = AgencyList(
        NUMBER,
        OFFICE,
        AGENCY,
        MADE_ON,
        REPLY_BY,
        items,
        revision=features.revision(),
        subject="雨污混接点",
        is_demonstration=True,
        who=WHO,
    )
    with suppress(StaleEntry):  # another process was quicker: its list is as good
        keep_list(journal, told, MADE_AT)
        decisions = _decisions(items)
        bad = {
            "sheet": "答复表",
            "row": 12,
            "cells": [["名称", "某小区西侧检查井"], ["答复类别（请选）", "整改中"]],
            "reasons": ["no_code"],
            "code": "",
        }
        file = TakenFile(NUMBER, FILE, SHA256, len(decisions) + 1, (bad,), WHO, TAKEN_AT)
        keep_decisions(journal, {NUMBER: told}, decisions, [file])
        keep_inspection(journal, _inspection(items), WHO, TAKEN_AT)
        return True
    return False


def _as_then(facts: dict[str, str]) -> dict[str, str]:
    """Return what was known when the list was made: days that came later had not come."""
    days = {name: value for name, value in facts.items() if name.endswith("_on")}
    later = {name for name, value in days.items() if value > MADE_ON.isoformat()}
    return {name: value for name, value in facts.items() if name not in later}


def _decisions(items: tuple[ListItem, ...]) -> list[Decision]:
    replies = (
        Reply("rectified", date(2025, 10, 24), "已改接", "演示员丙", remark="演示数据"),
        Reply("partly", date(2026, 1, 31), "分流改造分期实施", "演示员丙", remark="演示数据"),
        Reply("rectifying", date(2026, 3, 31), "", "演示员丙", remark="演示数据"),
        Reply("not_ours", None, "不属我局职责", "演示员丙", remark="演示数据"),
    )
    choices: tuple[tuple[Choice, str], ...] = (
        ("take", ""),
        ("change", "计划日期按 11 月 14 日书面回复更正"),
        ("again", "请补充具体措施"),
        ("refuse", "未写明应由哪个部门负责"),
    )
    found = [
        Decision(
            item.code,
            choice,
            reply,
            reply,
            why,
            FILE,
            SHA256,
            item.row + 2,
            WHO,
            TAKEN_AT,
        )
        for item, reply, (choice, why) in zip(items, replies, choices, strict=False)
    ]
    return [
        replace(one, reply=replace(one.reply, day=date(2026, 3, 31)))
        if one.choice == "change"
        else one
        for one in found
    ]


def _inspection(items: tuple[ListItem, ...]) -> JointInspection:
    stops = tuple(
        Stop(one.ref, one.told["name"], one.told["township"], *seen)  # type: ignore[arg-type]
        for one, seen in zip(
            items,
            (("not_seen", "已改接，管口无污水"), ("partly", "一处未完成"), ("still_there", "")),
            strict=False,
        )
    )
    return JointInspection(
        INSPECTION,
        OFFICE,
        date(2025, 12, 5),
        title="雨污混接点整改情况联合检查（演示）",
        meet="9:30 某小区东门",
        agencies=(AGENCY, "城关区水务局"),
        participants=(
            Participant("城关区人民检察院", "演示员甲"),
            Participant("城关区人民检察院", "演示员乙"),
            Participant(AGENCY, "演示员丙"),
        ),
        stops=stops,
        summary="",
        is_demonstration=True,
    )
