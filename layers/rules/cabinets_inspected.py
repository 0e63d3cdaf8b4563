"""Battery-swap cabinets against fire inspections: none within the interval."""

from collections.abc import Iterator

from geodata.model import Title
from geodata.schema import Column
from layers.law import Law
from layers.matching import Side
from layers.records import Told, last_of, months_before, offices_of, rows_of, told_by
from layers.rule import Ask, Asked, Hit, Match, Need, Outcome, Parameter, Rule


def judge(asked: Asked) -> Iterator[Hit]:
    """Yield cabinets without a recent visit, where the list of visits speaks of their office."""
    visits = {one["id"]: one for one in rows_of(asked.tables["inspections"])}
    offices = offices_of(asked.tables["inspections"])
    told = told_by(asked.answers["inspected"])
    day = asked.days["inspections"]
    since = months_before(day, asked.numbers["inspection_months"])
    for cabinet in rows_of(asked.tables["cabinets"]):
        if cabinet["jurisdiction"] not in offices:
            continue
        found = told.get(cabinet["id"], Told())
        last = last_of([visits[one] for one in found.sure], "inspected_on", day)
        if last is not None and last["inspected_on"] >= since:
            continue
        recent = [one for one in found.unsure if visits[one]["inspected_on"] >= since]
        rows = [("cabinets", str(cabinet["id"]))]
        rows += [("inspections", str(last["id"]))] if last else []
        facts = (
            ("operator", cabinet["operator"]),
            ("last_inspection_on", last["inspected_on"] if last else None),
            ("inspections_unsure", len(recent)),
        )
        yield Hit(
            "not_inspected",
            (*rows, *(("inspections", one) for one in recent)),
            facts,
            ("inspection_unsure",) if recent else (),
        )


SAYS = Side(name="name", address="address", operator="operator", locality="township")

RULE = Rule(
    id="cabinets_inspected",
    version="1",
    layer="swap_cabinets",
    title=Title("换电柜与消防检查比对", "Swap cabinets and fire inspections"),
    point=Title(
        "消防救援机构、街道是否将换电柜纳入监督检查，运营单位是否落实消防安全责任",
        "Whether the fire authority and streets inspect the cabinets, and operators see to fire "
        "safety",
    ),
    needs=(
        Need("cabinets", "swap_points", fresh_months=12),
        Need("inspections", "swap_inspections", fresh_months=12, columns=("inspected_on",)),
    ),
    questions=(Ask("inspected", Match("cabinets", "inspections", SAYS, SAYS, is_of_records=True)),),
    judge=judge,
    outcomes=(
        Outcome(
            "not_inspected",
            Title("逾期无消防检查记录", "No recent fire inspection"),
            Title(
                "最近一次检查 {last_inspection_on}，至检查清单日超过 {inspection_months} 个月"
                "或没有记录（运营单位 {operator}），请核对",
                "Last inspected {last_inspection_on}: more than {inspection_months} months before "
                "the day of the list, or never (operator {operator}); to be checked",
            ),
            severity="major",
        ),
        Outcome(
            "inspection_unsure",
            Title("有疑似检查记录", "Inspections that may be its own"),
            Title(
                "另有 {inspections_unsure} 条近期检查记录可能属于该柜，请先核对",
                "{inspections_unsure} recent inspections may be of this cabinet; check first",
            ),
            is_flag=True,
        ),
    ),
    facts=(
        Column("operator", Title("运营单位", "Operator")),
        Column("last_inspection_on", Title("最近检查", "Last inspection"), "date"),
        Column("inspections_unsure", Title("疑似检查记录", "Inspections unsure"), "whole"),
    ),
    parameters=(
        Parameter(
            "inspection_months",
            Title("检查间隔", "Between inspections, at most"),
            default=12,
            minimum=1,
            maximum=60,
            unit="月",
            source=Law(
                Title(
                    "模型口径（法律未定检查间隔，可改）",
                    "The model's own measure (the law sets no interval; may be changed)",
                ),
                "memory",
            ),
        ),
    ),
    legal_basis=(
        Law(Title("消防法 第16、28、60条", "Fire Protection Law, art. 16, 28, 60"), "confirmed"),
        Law(
            Title(
                "共享换电工作指南（试行）消防〔2025〕31号（指导性，非强制）",
                "Guide to shared battery swapping, 31 of 2025 (advisory, not mandatory)",
            ),
            "confirmed",
        ),
    ),
)
