"""Charging stations: the registry against map points, fire inspections and dwellings.

Rows of the registry and of the navigation application that mean one station are one station
(`layers.matching`); a pair that cannot be told is put to a person, and until then neither of its
rows is called unfiled or not found.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from geodata.model import Overlay, Title
from geodata.schema import Column
from layers.law import OURS, Law
from layers.matching import Entity, Side
from layers.records import (
    PAIR_FACTS,
    Told,
    as_rows,
    last_of,
    months_before,
    offices_of,
    pair_facts,
    rows_of,
    told_by,
)
from layers.records import Row as Record
from layers.rule import Ask, Asked, Fact, Hit, Match, Need, Outcome, Parameter, Rule

MODEL = Law(
    Title(
        "模型口径 no_inspection_12m（法律未定检查间隔，可改）",
        "The model's own measure (the law sets no interval; may be changed)",
    ),
    "memory",
)
FIRE_DISTANCE = Law(
    Title(
        "GB/T 50966-2024 室外四级站 6 m（二手资料；一级 11、二级 8.5、三级 7 m）",
        "GB/T 50966-2024, outdoor, grade 4: 6 m (secondary source; grades 1-3: 11, 8.5, 7 m)",
    ),
    "secondary",
)

PARAMETERS = (
    Parameter(
        "inspection_months",
        Title("检查间隔", "Between inspections, at most"),
        default=12,
        minimum=1,
        maximum=60,
        unit="月",
        source=MODEL,
    ),
    Parameter(
        "dwelling_m",
        Title("距居住建筑", "From dwellings, at least"),
        default=6,
        minimum=1,
        maximum=50,
        unit="m",
        source=FIRE_DISTANCE,
        step=0.5,
    ),
    Parameter(
        "apart_m",
        Title("备案位置与实际相距", "Filed and found places apart, from"),
        default=200,
        minimum=20,
        maximum=600,
        unit="m",
        source=OURS,
        step=10,
    ),
)

Pairs = Mapping[tuple[str, str], Record]
"""The pairs of rows that are one station, or may be, by their ids."""

OTHER_ADDRESS = frozenset({"number_differs", "street_differs"})


@dataclass(frozen=True)
class _Station:
    """One station: its rows in the registry and among the points, and what binds them."""

    filed: tuple[Record, ...]
    points: tuple[Record, ...]
    pair: Record | None
    open_pairs: tuple[tuple[str, str], ...]

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """Return its rows by role, the registry's first."""
        return (
            *(("registry", str(one["id"])) for one in self.filed),
            *(("points", str(one["id"])) for one in self.points),
        )

    @property
    def office(self) -> str:
        """Return the office of its first row that names one."""
        return next((one["jurisdiction"] for one in (*self.filed, *self.points) if one), "")

    def facts(self) -> tuple[tuple[str, Fact], ...]:
        """Return what its rows say of it, and why they were taken for one."""
        told = tuple(pair_facts(self.pair)) if self.pair is not None else ()
        return (
            ("filing_no", _first(self.filed, "filing_no")),
            ("filed_address", _first(self.filed, "address")),
            ("point_address", _first(self.points, "address")),
            *((name, value) for name, value in told if not name.endswith("_facts")),
        )


def _first(rows: Sequence[Record], column: str) -> str | None:
    return next((one[column] for one in rows if one[column]), None)


def judge(asked: Asked) -> Iterator[Hit]:
    """Yield what the lists leave open of each station."""
    covered = {role: offices_of(asked.tables.get(role)) for role in ("registry", "points")}
    visits = _Visits(asked)
    near = _nearest(asked.answers.get("dwellings"), asked.numbers["dwelling_m"])
    table = asked.answers["stations"]
    pairs: Pairs = {
        (one["first_id"], one["second_id"]): one
        for one in as_rows(table[table["verdict"] != "different"])
    }
    rows = tuple(
        {str(one["id"]): one for one in rows_of(asked.tables[role])}
        for role in ("registry", "points")
    )
    for station in _stations(asked, pairs, *rows):
        yield from _filing(station, covered)
        yield from _address(station, asked.numbers["apart_m"])
        yield from visits.judge(station)
        yield from _dwellings(station, near)
    for pair in sorted(key for key, one in pairs.items() if one["verdict"] == "decide"):
        yield _to_decide(pair, pairs[pair], rows[0][pair[0]], rows[1][pair[1]])


def _stations(
    asked: Asked, pairs: Pairs, filed: Mapping[str, Record], points: Mapping[str, Record]
) -> Iterator[_Station]:
    for entity in asked.matches["stations"].entities:
        best = _best_pair(entity, pairs)
        yield _Station(
            tuple(filed[one] for one in entity.first_ids),
            tuple(points[one] for one in entity.second_ids),
            best,
            entity.open_pairs,
        )


def _best_pair(entity: Entity, pairs: Pairs) -> Record | None:
    same = [
        pairs[first, second]
        for first in entity.first_ids
        for second in entity.second_ids
        if (first, second) in pairs and pairs[first, second]["verdict"] == "same"
    ]
    return max(same, key=lambda one: one["bits"], default=None)


def _filing(station: _Station, covered: Mapping[str, frozenset[str]]) -> Iterator[Hit]:
    """Yield a station of one list alone, where the other list speaks of its office."""
    if station.open_pairs:
        return
    if not station.filed and station.office in covered["registry"]:
        yield Hit("unfiled", station.rows, station.facts())
    if not station.points and station.office in covered["points"]:
        yield Hit("filed_not_found", station.rows, station.facts())


def _address(station: _Station, apart_m: float) -> Iterator[Hit]:
    """Yield a station that is filed under another address, or far from where it is."""
    if station.pair is None:
        return
    far_m = station.pair["distance_m"]
    if station.pair["address"] in OTHER_ADDRESS or (far_m is not None and far_m >= apart_m):
        flags = ("datum_doubtful",) if station.pair["distance"] == "other_datum" else ()
        yield Hit("address_mismatch", station.rows, station.facts(), flags)


class _Visits:
    """Which visits of inspectors a station had: by its filing number, else by name and address."""

    def __init__(self, asked: Asked) -> None:
        visits = rows_of(asked.tables.get("inspections"))
        self._is_there = "inspections" in asked.tables
        self._offices = offices_of(asked.tables.get("inspections"))
        self._by_id = {one["id"]: one for one in visits}
        self._by_number: dict[str, list[str]] = {}
        for one in visits:
            self._by_number.setdefault(one["filing_no"] or "", []).append(one["id"])
        self._by_row: dict[str, dict[str, Told]] = {
            role: told_by(asked.answers.get(f"{role}_inspected")) for role in ("registry", "points")
        }
        self._day: date = asked.days.get("inspections", asked.as_of)
        self._since = months_before(self._day, asked.numbers["inspection_months"])

    def judge(self, station: _Station) -> Iterator[Hit]:
        """Yield a station without a recent visit, where the list speaks of its office."""
        if not self._is_there or station.office not in self._offices:
            return
        sure, unsure = self._of(station)
        last = last_of([self._by_id[one] for one in sorted(sure)], "inspected_on", self._day)
        if last is not None and last["inspected_on"] >= self._since:
            return
        recent = sorted(
            one for one in unsure - sure if self._by_id[one]["inspected_on"] >= self._since
        )
        rows = [("inspections", str(last["id"]))] if last else []
        rows += [("inspections", one) for one in recent]
        facts = (
            ("last_inspection_on", last["inspected_on"] if last else None),
            ("inspections_unsure", len(recent)),
        )
        flags = ("inspection_unsure",) if recent else ()
        yield Hit("no_inspection_12m", (*station.rows, *rows), (*station.facts(), *facts), flags)

    def _of(self, station: _Station) -> tuple[set[str], set[str]]:
        sure, unsure = set[str](), set[str]()
        for one in station.filed:
            sure.update(self._by_number.get(one["filing_no"], ()) if one["filing_no"] else ())
        for role, row in station.rows:
            told = self._by_row[role].get(row, Told())
            sure.update(told.sure)
            unsure.update(told.unsure)
        return sure, unsure


Nearest = Mapping[str, tuple[float, str]]


def _nearest(pairs: pd.DataFrame | None, within_m: float) -> Nearest:
    """Return the nearest dwelling of each point: metres and id."""
    if pairs is None:
        return {}
    near = pairs[pairs["distance_m"] < within_m]
    first = near.sort_values(["distance_m", "second_id"]).drop_duplicates("first_id")
    told = zip(first["first_id"], first["distance_m"], first["second_id"], strict=True)
    return {point: (float(distance_m), str(dwelling)) for point, distance_m, dwelling in told}


def _dwellings(station: _Station, near: Nearest) -> Iterator[Hit]:
    found = [(near[one["id"]], one) for one in station.points if one["id"] in near]
    if not found:
        return
    (distance_m, dwelling), point = min(found, key=lambda one: one[0])
    facts = (
        ("distance_m", round(distance_m, 2)),
        ("accuracy_m", point["accuracy_m"]),
    )
    rows = (*station.rows, ("dwellings", dwelling))
    yield Hit("near_dwellings", rows, (*station.facts(), *facts))


def _to_decide(ids: tuple[str, str], pair: Record, filed: Record, point: Record) -> Hit:
    facts = (
        ("filing_no", filed["filing_no"] or None),
        ("filed_address", filed["address"] or None),
        ("point_address", point["address"] or None),
        ("point_name", point["name"] or None),
        *pair_facts(pair),
    )
    return Hit("same_station_to_decide", (("registry", ids[0]), ("points", ids[1])), facts)


SAYS = Side(name="name", address="address", operator="operator", phone="phone", locality="township")
VISITED = Side(name="name", address="address", operator="operator", locality="township")

RULE = Rule(
    id="stations_compared",
    version="1",
    layer="charging_stations",
    title=Title("充电站备案、导航与检查比对", "Charging stations: filed, found, inspected"),
    point=Title(
        "发展改革（能源）部门是否依法备案管理，消防救援机构和街道是否依法监督检查；停用设施是否拆除",
        "Whether stations are filed with the energy authority, inspected by the fire authority and "
        "streets, and removed when out of use",
    ),
    needs=(
        Need("registry", "charging_registry", fresh_months=12),
        Need("points", "charging_points", fresh_months=12),
        Need("inspections", "fire_inspections", fresh_months=12, is_required=False),
        Need("dwellings", "dwellings", fresh_months=60, is_read=False, is_required=False),
    ),
    questions=(
        Ask(
            "stations", Match("registry", "points", SAYS, Side(**vars(SAYS) | {"may_split": True}))
        ),
        Ask(
            "registry_inspected",
            Match("registry", "inspections", VISITED, VISITED, is_of_records=True),
        ),
        Ask(
            "points_inspected",
            Match("points", "inspections", VISITED, VISITED, is_of_records=True),
        ),
        Ask("dwellings", Overlay("points", "dwellings", "near"), within="dwelling_m"),
    ),
    judge=judge,
    outcomes=(
        Outcome(
            "unfiled",
            Title("未备案", "Not filed"),
            Title(
                "导航可见（{point_address}），备案清单中没有同一站点，请核对是否备案",
                "On the map ({point_address}), with no station like it in the registry; check",
            ),
            severity="major",
            hazard_kind="unfiled",
        ),
        Outcome(
            "filed_not_found",
            Title("备案未见", "Filed, not found"),
            Title(
                "备案号 {filing_no}（{filed_address}），导航中没有同一站点，请核对是否停用未拆",
                "Filed as {filing_no} ({filed_address}), with no such station on the map; check "
                "whether it is out of use",
            ),
            hazard_kind="out_of_service",
        ),
        Outcome(
            "address_mismatch",
            Title("地址不符", "Address differs"),
            Title(
                "备案地址“{filed_address}”，导航地址“{point_address}”，相距 {pair_distance_m} 米，"
                "请核对备案是否变更",
                "Filed at “{filed_address}”, found at “{point_address}”, {pair_distance_m} m "
                "apart; check whether the filing was changed",
            ),
        ),
        Outcome(
            "no_inspection_12m",
            Title("逾期无消防检查记录", "No recent fire inspection"),
            Title(
                "最近一次消防检查 {last_inspection_on}，至检查清单日超过 {inspection_months} 个月"
                "或没有记录，请核对",
                "Last inspected {last_inspection_on}: more than {inspection_months} months before "
                "the day of the list, or never; to be checked",
            ),
            severity="major",
            needs=("inspections",),
        ),
        Outcome(
            "near_dwellings",
            Title("邻近居住建筑", "Near dwellings"),
            Title(
                "距居住建筑 {distance_m} 米，小于 {dwelling_m} 米（点位精度 {accuracy_m} 米），"
                "请现场量距",
                "{distance_m} m from a dwelling, less than {dwelling_m} m (the place is good to "
                "{accuracy_m} m); measure on site",
            ),
            severity="major",
            hazard_kind="fire_distance_short",
            needs=("dwellings",),
        ),
        Outcome(
            "same_station_to_decide",
            Title("是否同一站点待判断", "One station or two, to be decided"),
            Title(
                "备案 {filing_no}（{filed_address}）与导航“{point_name}”（{point_address}）"
                "是否同一站点，请人工判断；判断会被记住",
                "Filed as {filing_no} ({filed_address}) and on the map as “{point_name}” "
                "({point_address}): one station or two? A person decides, and it is remembered",
            ),
            decides="stations",
        ),
        Outcome(
            "datum_doubtful",
            Title("坐标系存疑", "Reference system doubtful"),
            Title(
                "两处位置之差与火星坐标（GCJ-02）偏移相合，可能只是坐标系写错，请先核对",
                "The places differ as by the shift of GCJ-02: perhaps one is only in another "
                "reference system than stated; check first",
            ),
            is_flag=True,
        ),
        Outcome(
            "inspection_unsure",
            Title("有疑似检查记录", "Inspections that may be its own"),
            Title(
                "另有 {inspections_unsure} 条近期检查记录可能属于本站，请先核对",
                "{inspections_unsure} recent inspections may be of this station; check first",
            ),
            is_flag=True,
            needs=("inspections",),
        ),
    ),
    facts=(
        Column("filing_no", Title("备案号", "Filing number")),
        Column("filed_address", Title("备案地址", "Address filed")),
        Column("point_address", Title("导航地址", "Address on the map")),
        Column("point_name", Title("导航名称", "Name on the map")),
        Column("last_inspection_on", Title("最近检查", "Last inspection"), "date"),
        Column("inspections_unsure", Title("疑似检查记录", "Inspections unsure"), "whole"),
        Column("distance_m", Title("距居住建筑", "To dwellings"), "number", unit="m"),
        Column("accuracy_m", Title("点位精度", "Accuracy of the place"), "number", unit="m"),
        *PAIR_FACTS,
    ),
    parameters=PARAMETERS,
    legal_basis=(
        Law(
            Title("消防法 第16、28、53、60条", "Fire Protection Law, art. 16, 28, 53, 60"),
            "confirmed",
        ),
        Law(Title("安全生产法 第74条", "Work Safety Law, art. 74"), "confirmed"),
        Law(
            Title(
                "甘政办发〔2016〕50号（自用、专用、公用设施备案；兰州做法待核对）",
                "Gansu General Office 50 of 2016 (filing by use; practice in Lanzhou unchecked)",
            ),
            "secondary",
        ),
        FIRE_DISTANCE,
    ),
)
