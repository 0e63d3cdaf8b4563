"""Secondary water supply: tanks against licences, cleaning, health certificates and water tests.

Each tank is held against the last record of each list, as of the day of that list; what a list
does not speak of (another office) is not said. Persons are counted, never shown.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from geodata.model import Title
from geodata.schema import Column
from layers.law import OURS, Law
from layers.lists.water_tests import INDEXES
from layers.records import (
    FEW_TITLE,
    PERSONS_FACT,
    Book,
    Row,
    few,
    fingerprint,
    is_no,
    last_of,
    months_before,
    offices_of,
    rows_of,
)
from layers.rule import Ask, Asked, Fact, Filter, Finding, Hit, Need, Outcome, Parameter, Rule

GB_17051 = Law(
    Title("GB 17051-1997（每年至少一次）", "GB 17051-1997 (at least yearly)"), "confirmed"
)
GB_17051_DISTANCE = Law(
    Title("GB 17051-1997（10米，凭记忆，待核对）", "GB 17051-1997 (10 m, from memory)"), "memory"
)

PARAMETERS = (
    Parameter(
        "cleaning_months",
        Title("清洗消毒间隔", "Between cleanings, at most"),
        default=12,
        minimum=1,
        maximum=36,
        unit="月",
        source=GB_17051,
    ),
    Parameter(
        "test_months",
        Title("水质检测间隔", "Between tests, at most"),
        default=12,
        minimum=1,
        maximum=36,
        unit="月",
        source=GB_17051,
    ),
    Parameter(
        "certificate_months",
        Title("健康证明有效", "A certificate holds for"),
        default=12,
        minimum=1,
        maximum=36,
        unit="月",
        source=GB_17051,
    ),
    Parameter(
        "licence_grace_days",
        Title("许可到期宽限", "Grace after a licence ends"),
        default=0,
        minimum=0,
        maximum=180,
        unit="日",
        source=OURS,
    ),
    Parameter(
        "pollution_m",
        Title("距污染源", "From a source of pollution, at least"),
        default=10,
        minimum=1,
        maximum=100,
        unit="m",
        source=GB_17051_DISTANCE,
    ),
)


@dataclass(frozen=True)
class _Lists:
    """The books of records, by role; None where a list is not there."""

    books: Mapping[str, Book]
    offices: Mapping[str, frozenset[str]]
    days: Mapping[str, date]

    def of(self, role: str, tank: Row) -> list[Row] | None:
        """Return the records of a tank, None where the list does not speak of its office."""
        if role not in self.books or tank["jurisdiction"] not in self.offices[role]:
            return None
        return [
            one
            for one in self.books[role].of(tank["id"], tank["estate"])
            if one["jurisdiction"] == tank["jurisdiction"]
        ]


RECORDS = ("licences", "cleanings", "staff", "tests")


def judge(asked: Asked) -> Iterator[Hit]:
    """Yield what is missing or out of date of each tank, as of the day of the list that says so."""
    lists = _Lists(
        {
            role: Book.by(rows_of(asked.tables[role]), "tank_id", "estate")
            for role in RECORDS
            if role in asked.tables
        },
        {role: offices_of(asked.tables.get(role)) for role in RECORDS},
        asked.days,
    )
    estates = {
        (one["jurisdiction"], name): one
        for one in rows_of(asked.tables.get("estates"))
        for name in (one["id"], one["name"])
        if name
    }
    for tank in rows_of(asked.answers["tanks"]):
        estate = estates.get((tank["jurisdiction"], tank["estate"]))
        for outcome, records, facts in _of_tank(tank, lists, asked):
            rows = [("tanks", str(tank["id"]))]
            rows += [("estates", str(estate["id"]))] if estate else []
            rows += [(role, str(one["id"])) for role, one in records]
            yield Hit(outcome, tuple(rows), (*facts, *_behind(tank, estate)))


Said = tuple[str, list[tuple[str, Row]], tuple[tuple[str, Fact], ...]]


def _of_tank(tank: Row, lists: _Lists, asked: Asked) -> Iterator[Said]:
    for judged in (_licence, _cleaning, _staff, _test):
        yield from judged(tank, lists, asked)
    if is_no(tank["is_covered"]):
        yield "tank_unsealed", [], ()
    if is_no(tank["is_disinfected"]):
        yield "disinfection_idle", [], ()
    near_m = tank["pollution_m"]
    if near_m is not None and near_m < asked.numbers["pollution_m"]:
        yield "pollution_near", [], (("nearest_pollution_m", float(near_m)),)


def _licence(tank: Row, lists: _Lists, asked: Asked) -> Iterator[Said]:
    licences = lists.of("licences", tank)
    if licences is None:
        return
    if not licences:
        yield "no_licence", [], ()
        return
    if any(one["valid_until"] is None for one in licences):
        return  # one without a last day is not known to have ended
    last = max(licences, key=lambda one: (one["valid_until"], one["id"]))
    ended_days = (lists.days["licences"] - last["valid_until"]).days
    if ended_days > asked.numbers["licence_grace_days"]:
        yield "licence_expired", [("licences", last)], (("licence_until", last["valid_until"]),)


def _cleaning(tank: Row, lists: _Lists, asked: Asked) -> Iterator[Said]:
    cleanings = lists.of("cleanings", tank)
    if cleanings is None:
        return
    day = lists.days["cleanings"]
    last = last_of(cleanings, "cleaned_on", day)
    if last is None or last["cleaned_on"] < months_before(day, asked.numbers["cleaning_months"]):
        told = [("cleanings", last)] if last else []
        yield "cleaning_overdue", told, (("last_cleaning_on", _day(last, "cleaned_on")),)


def _staff(tank: Row, lists: _Lists, asked: Asked) -> Iterator[Said]:
    staff = lists.of("staff", tank)
    if staff is None:
        return
    day = lists.days["staff"]
    since = months_before(day, asked.numbers["certificate_months"])
    without = [one for one in staff if not _is_certified(one, day, since)]
    if without or not staff:
        facts = (
            ("staff", few(len(staff))),
            ("staff_without", few(len(without))),
            ("persons_sha256", fingerprint(one["person"] or one["id"] for one in without)),
        )
        yield "cert_missing", [], facts


def _is_certified(person: Row, day: date, since: date) -> bool:
    if person["valid_until"] is not None:
        return bool(person["valid_until"] >= day)
    return person["issued_on"] is not None and person["issued_on"] >= since


def _test(tank: Row, lists: _Lists, asked: Asked) -> Iterator[Said]:
    tests = lists.of("tests", tank)
    if tests is None:
        return
    day = lists.days["tests"]
    last = last_of(tests, "tested_on", day)
    tested = (("last_test_on", _day(last, "tested_on")),)
    if last is None or last["tested_on"] < months_before(day, asked.numbers["test_months"]):
        yield "test_missing", [("tests", last)] if last else [], tested
    elif is_no(last["has_passed"]) or last["failing_indexes"]:
        failing = tuple((name, last[name]) for name in ("failing_indexes", "failing_values"))
        yield "test_failed", [("tests", last)], (*tested, *failing)


def _day(record: Row | None, column: str) -> date | None:
    return record[column] if record else None


def _behind(tank: Row, estate: Row | None) -> tuple[tuple[str, Fact], ...]:
    """Return for whom the water is: of the tank, and of its estate."""
    return (
        ("estate", tank["estate"]),
        ("households", _whole(tank["households"])),
        ("estate_households", _whole(estate["households"]) if estate else None),
    )


def _whole(number: object) -> int | None:
    return None if number is None else int(str(number))


def by_estate(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return findings by estate: tanks, findings, households behind those tanks, each tank once.

    Columns: jurisdiction, estate, tanks, findings, households (NaN where a tank states none).
    """
    rows = [
        {
            "jurisdiction": one.jurisdiction,
            "estate": one.fact("estate") or "",
            "tank": one.rows[0].id,
            "households": one.fact("households"),
        }
        for one in findings
    ]
    told = pd.DataFrame(rows, columns=["jurisdiction", "estate", "tank", "households"])
    keys = ["jurisdiction", "estate"]
    counted = told.groupby(keys, sort=True).size().rename("findings")
    once = told.drop_duplicates([*keys, "tank"]).groupby(keys, sort=True)
    tanks = once.size().rename("tanks")
    households = once["households"].agg(_sum_if_all)
    return pd.concat([tanks, counted, households], axis=1).reset_index()


def _sum_if_all(numbers: pd.Series) -> float:
    """Return the sum, NaN where one number is not told."""
    return float(numbers.astype("float64").sum(skipna=False))


def _outcome(
    name: str, title: Title, why: Title, severity: str = "minor", needs: tuple[str, ...] = ()
) -> Outcome:
    return Outcome(name, title, why, severity, hazard_kind=name, needs=needs)  # type: ignore[arg-type]


OUTCOMES = (
    _outcome(
        "no_licence",
        Title("无卫生许可", "No hygiene licence"),
        Title(
            "供 {households} 户的水箱，许可清单中查无该水箱或所在小区（{estate}）的许可，请核对",
            "No licence on the list for this tank or its estate ({estate}); {households} "
            "households behind it, to be checked",
        ),
        "major",
        ("licences",),
    ),
    _outcome(
        "licence_expired",
        Title("卫生许可过期", "Hygiene licence expired"),
        Title(
            "许可有效期至 {licence_until}，至清单日已过期；供 {households} 户，请核对是否已换证",
            "The licence ran until {licence_until}, before the day of the list; {households} "
            "households, check for a new one",
        ),
        needs=("licences",),
    ),
    _outcome(
        "cleaning_overdue",
        Title("逾期未清洗消毒", "Cleaning overdue"),
        Title(
            "最近一次清洗消毒 {last_cleaning_on}，至清单日已超过 {cleaning_months} 个月；"
            "供 {households} 户，请核对",
            "Last cleaned {last_cleaning_on}, more than {cleaning_months} months before the day "
            "of the list; {households} households, to be checked",
        ),
        "major",
        ("cleanings",),
    ),
    _outcome(
        "cert_missing",
        Title("从业人员无健康证明", "Staff without health certificate"),
        Title(
            "供管水人员 {staff} 人，其中无有效健康证明 {staff_without} 人（只计人数），请核对",
            "Water staff: {staff}; without a valid health certificate: {staff_without} "
            "(counts only), to be checked",
        ),
        needs=("staff",),
    ),
    _outcome(
        "test_missing",
        Title("未做水质检测", "Water test missing"),
        Title(
            "最近一次水质检测 {last_test_on}，至清单日已超过 {test_months} 个月或没有记录；"
            "供 {households} 户，请核对",
            "Last tested {last_test_on}: more than {test_months} months before the day of the "
            "list, or never; {households} households, to be checked",
        ),
        needs=("tests",),
    ),
    _outcome(
        "test_failed",
        Title("水质检测不合格", "Water test failed"),
        Title(
            "{last_test_on} 检测不合格：{failing_indexes}（{failing_values}）；供 {households} 户，"
            "请核对是否已复检",
            "Failed on {last_test_on}: {failing_indexes} ({failing_values}); {households} "
            "households, check for a new test",
        ),
        "critical",
        ("tests",),
    ),
    _outcome(
        "tank_unsealed",
        Title("水箱未加盖加锁", "Tank not covered or locked"),
        Title(
            "台账记载水箱未加盖加锁；供 {households} 户，请现场核对",
            "Noted as not covered or locked; {households} households, check on site",
        ),
    ),
    _outcome(
        "disinfection_idle",
        Title("消毒设备停用", "Disinfection equipment idle"),
        Title(
            "台账记载消毒设备未运行；供 {households} 户，请现场核对",
            "Disinfection noted as not running; {households} households, check on site",
        ),
    ),
    _outcome(
        "pollution_near",
        Title("邻近污染源", "Source of pollution nearby"),
        Title(
            "台账记载距污染源 {nearest_pollution_m} 米，少于 {pollution_m} 米；请现场核对",
            "A source of pollution noted {nearest_pollution_m} m away, less than {pollution_m} m; "
            "check on site",
        ),
    ),
)

RULE = Rule(
    id="water_supply_papers",
    version="1",
    layer="water_supply_points",
    title=Title("二次供水证照与记录比对", "Papers of secondary water supply"),
    point=Title(
        "疾控（2025年9月前为卫健）部门是否依法许可和监督检查；住建、水务部门和物业是否落实清洗、检测和人员健康管理",
        "Whether the disease-control (before September 2025 the health) authority licensed and "
        "supervised; whether housing and water authorities and managers saw to cleaning, tests and "
        "health checks",
    ),
    needs=(
        Need("tanks", "water_tanks", fresh_months=24),
        Need("estates", "estates", fresh_months=36, is_required=False),
        Need("licences", "hygiene_licences", fresh_months=12, is_required=False),
        Need(
            "cleanings",
            "tank_cleanings",
            fresh_months=12,
            is_required=False,
            columns=("cleaned_on",),
        ),
        Need("staff", "water_staff", fresh_months=12, is_required=False),
        Need("tests", "water_tests", fresh_months=12, is_required=False, columns=("tested_on",)),
    ),
    questions=(Ask("tanks", Filter("tanks")),),
    judge=judge,
    outcomes=OUTCOMES,
    facts=(
        Column("estate", Title("小区", "Housing estate")),
        Column("households", Title("供水户数", "Households served"), "whole"),
        Column("estate_households", Title("小区户数", "Households of the estate"), "whole"),
        Column("licence_until", Title("卫生许可有效期至", "Licence until"), "date"),
        Column("last_cleaning_on", Title("最近清洗消毒", "Last cleaned on"), "date"),
        Column("staff", Title("供管水人员", "Water staff"), "code", codes=FEW_TITLE, unit="人"),
        Column(
            "staff_without",
            Title("无有效健康证明", "Without certificate"),
            "code",
            codes=FEW_TITLE,
            unit="人",
        ),
        PERSONS_FACT,
        Column("last_test_on", Title("最近水质检测", "Last tested on"), "date"),
        Column("failing_indexes", Title("不合格指标", "Failing indexes"), "codes", codes=INDEXES),
        Column("failing_values", Title("检测值与限值", "Values and limits")),
        Column(
            "nearest_pollution_m",
            Title("距最近污染源", "To the nearest source of pollution"),
            "number",
            unit="m",
        ),
    ),
    parameters=PARAMETERS,
    legal_basis=(
        Law(
            Title(
                "传染病防治法（2025年9月1日起施行）第38、93、107条",
                "Infectious Diseases Law (in force since 1 September 2025), art. 38, 93, 107",
            ),
            "confirmed",
        ),
        Law(Title("城市供水条例 第20条", "Urban Water Supply Regulations, art. 20"), "confirmed"),
        GB_17051,
        Law(
            Title("GB 5749-2022 生活饮用水卫生标准", "GB 5749-2022, drinking-water quality"),
            "confirmed",
        ),
    ),
)
