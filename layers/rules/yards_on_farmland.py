"""Ground on farmland: which classes of land a yard or a dump takes, and against which thresholds.

The engine measures what each shape shares with each parcel. Where parcels overlap each other, or
permanent basic farmland comes as outlines of its own, the ground is taken once (`layers.ground`)
and the overlap is said. A threshold that is reached is a flag to check with the police (Rules for
handling cases, art. 31), never a verdict.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.crs import SQUARE_METRES_PER_MU, geodesic_area_m2
from geodata.model import Overlay, Title
from geodata.schema import Column
from layers.cells import day_in, number_in, text_in
from layers.ground import Ground, joined, once_m2
from layers.land_classes import AGRICULTURAL, CLASS_CODE, OTHER, classes_of, kinds_of
from layers.law import OURS, Law
from layers.rule import Ask, Asked, Fact, Hit, Need, Outcome, Parameter, Rule

Shapes = NDArray[np.object_]
Areas = NDArray[np.float64]
Marks = NDArray[np.bool_]
Row = Mapping[Any, Any]

NOTHING: tuple[Shapes, Areas] = np.empty(0, object), np.empty(0)

DOUBLE_M2 = 1.0
"""Parcels that overlap by less than this within a yard are neighbours drawn twice."""

ART_3 = Law(
    Title("法释〔2000〕14号 第3条", "Judicial interpretation 14 of 2000, art. 3"), "confirmed"
)
GRASS = Law(Title("法释〔2012〕15号", "Judicial interpretation 15 of 2012"), "confirmed")
FOREST_LAW = Law(Title("法释〔2023〕8号", "Judicial interpretation 8 of 2023"), "confirmed")


def _mu(name: str, zh: str, en: str, default: float, source: Law) -> Parameter:
    title = Title(f"{zh}提示线", f"{en}, to check from")
    return Parameter(name, title, default, 0.1, 1000, source, "亩")


PARAMETERS = (
    Parameter(
        "least_m2",
        Title("最小占用面积", "Least area taken"),
        default=20,
        minimum=0,
        maximum=10_000,
        unit="m²",
        source=OURS,
        step=10,
    ),
    _mu("permanent_mu", "永久基本农田", "Permanent basic farmland", 5, ART_3),
    _mu("cultivated_mu", "其他耕地", "Other cultivated land", 10, ART_3),
    _mu("grassland_mu", "草原", "Grassland", 20, GRASS),
    _mu("grassland_again_mu", "草原（曾受处罚）", "Grassland after a punishment", 10, GRASS),
    Parameter(
        "punished_years",
        Title("曾受处罚的年限", "Years that a punishment counts"),
        default=3,
        minimum=1,
        maximum=10,
        unit="年",
        source=GRASS,
    ),
    _mu("forest_public_mu", "公益林", "Public-benefit forest", 5, FOREST_LAW),
    _mu("forest_commercial_mu", "商品林", "Commercial forest", 10, FOREST_LAW),
    Parameter(
        "stated_percent",
        Title("材料与测算面积之差", "Stated against measured, from"),
        default=5,
        minimum=0.5,
        maximum=100,
        unit="%",
        source=OURS,
        step=0.5,
    ),
)


# ------------------------------------------------------------------------------ judging


@dataclass(frozen=True)
class Taken:
    """Square metres that a shape takes, each counted once.

    `by_kind` are permanent basic farmland and, outside of it, the kinds of AGRICULTURAL;
    `by_class` all agricultural land by class, permanent or not. `double_m2` is by how much the
    parcels overlap each other here, `covered_m2` what any parcel covers, `unclassed_m2` parcels
    without a class.
    """

    by_kind: Mapping[str, float]
    by_class: Mapping[str, float]
    occupied_m2: float
    covered_m2: float
    unclassed_m2: float
    double_m2: float = 0.0


@dataclass(frozen=True, eq=False)
class _Land:
    """Parcels as columns: what each is, and its shape, by place; `places` leads from ids there."""

    places: Mapping[str, int]
    shapes: Shapes
    classes: Shapes
    kinds: Shapes
    is_basic: Marks
    is_unclassed: Marks

    @property
    def is_farmland(self) -> Marks:
        """Return which are agricultural land."""
        return self.is_basic | (self.kinds != "")

    def at(self, ids: Iterable[str]) -> "_Land":
        """Return the parcels with some ids, in their order."""
        rows = [self.places[one] for one in ids]
        return _Land(
            {},
            self.shapes[rows],
            self.classes[rows],
            self.kinds[rows],
            self.is_basic[rows],
            self.is_unclassed[rows],
        )


def judge(asked: Asked) -> Iterator[Hit]:
    """Yield what each yard takes of each class, and which thresholds are reached."""
    frame = asked.tables["yards"]
    measured = dict(zip(frame["id"], geodesic_area_m2(frame.geometry), strict=True))
    yards: dict[str, Row] = {str(row["id"]): row for row in frame.to_dict("records")}
    land = _land_of(asked.tables["parcels"])
    basic_shapes = _shapes(asked.tables["basic"]) if "basic" in asked.tables else {}
    met, basic = _by_yard(asked.answers["ground"]), _by_yard(asked.answers.get("basic"))
    for yard_id in sorted({*met, *basic}):
        yard, (parcels, areas) = yards[yard_id], met.get(yard_id, NOTHING)
        own, _ = basic.get(yard_id, NOTHING)
        taken = _taken(
            yard["geometry"], areas, land.at(parcels), [basic_shapes[one] for one in own]
        )
        if taken.occupied_m2 > 0 and taken.occupied_m2 >= asked.numbers["least_m2"]:
            rows = (
                ("yards", str(yard_id)),
                *(("parcels", str(one)) for one in parcels),
                *(("basic", str(one)) for one in own),
            )
            yield _hit(yard, float(measured[yard_id]), taken, rows, asked)


def _shapes(frame: gpd.GeoDataFrame) -> dict[str, shapely.Geometry]:
    return dict(zip(frame["id"], frame.geometry.to_numpy(), strict=True))


def _by_yard(pairs: pd.DataFrame | None) -> dict[str, tuple[Shapes, Areas]]:
    """Return the ids that each yard meets, in order, and the square metres of each."""
    if pairs is None or pairs.empty:
        return {}
    ordered = pairs.sort_values(["first_id", "second_id"])
    firsts, starts = np.unique(ordered["first_id"].to_numpy(object), return_index=True)
    ids = np.split(ordered["second_id"].to_numpy(object), starts[1:])
    areas = np.split(ordered["area_m2"].to_numpy(np.float64), starts[1:])
    return {str(one): met for one, met in zip(firsts, zip(ids, areas, strict=True), strict=True)}


def _land_of(parcels: gpd.GeoDataFrame) -> _Land:
    is_basic = parcels["is_permanent_basic_farmland"].astype("boolean").fillna(value=False)
    return _Land(
        {str(one): place for place, one in enumerate(parcels["id"])},
        parcels.geometry.to_numpy(),
        classes_of(parcels).to_numpy(object),
        kinds_of(parcels).to_numpy(object),
        is_basic.to_numpy(bool),
        (parcels["class_code"].fillna("").astype("str").str.strip() == "").to_numpy(bool),
    )


def _taken(
    yard: shapely.Geometry, areas: Areas, land: _Land, basic: list[shapely.Geometry]
) -> Taken:
    """Return what a yard takes: the engine's areas, unless some ground would count twice."""
    if len(areas) <= 1 and not basic:
        return _summed(areas, land)
    ground = Ground(yard)
    pieces = np.array(ground.pieces(land.shapes), object)
    covered_m2 = once_m2(pieces)
    double_m2 = max(float(areas.sum()) - covered_m2, 0.0)
    if double_m2 < DOUBLE_M2 and not basic:
        return _summed(areas, land)
    return _counted_once(pieces, land, ground.pieces(basic), covered_m2, double_m2)


def _summed(areas: Areas, land: _Land) -> Taken:
    is_land = land.is_farmland
    kinds = np.where(land.is_basic, "permanent", land.kinds)
    return Taken(
        _sums(areas[is_land], kinds[is_land]),
        _sums(areas[is_land], land.classes[is_land]),
        float(areas[is_land].sum()),
        float(areas.sum()),
        float(areas[land.is_unclassed].sum()),
    )


def _sums(areas: Areas, names: Shapes) -> dict[str, float]:
    return {str(one): float(areas[names == one].sum()) for one in sorted(set(names))}


def _counted_once(
    pieces: Shapes,
    land: _Land,
    basic: list[shapely.Geometry],
    covered_m2: float,
    double_m2: float,
) -> Taken:
    """Return what pieces of ground add up to, permanent basic farmland going before the rest."""
    is_land = land.is_farmland
    grounds = _joined_by(pieces[is_land], land.classes[is_land])
    farmland = joined(list(grounds.values()))
    permanent = joined([*basic, *pieces[land.is_basic]])
    rest = is_land & ~land.is_basic
    by_kind = {
        kind: float(shapely.area(shapely.difference(ground, permanent)))
        for kind, ground in _joined_by(pieces[rest], land.kinds[rest]).items()
    }
    by_class = {one: float(shapely.area(ground)) for one, ground in grounds.items()}
    outside_m2 = float(shapely.area(shapely.difference(permanent, farmland)))
    if outside_m2 >= DOUBLE_M2:  # basic farmland where no parcel says so
        by_class[OTHER] = by_class.get(OTHER, 0.0) + outside_m2
    return Taken(
        {"permanent": float(shapely.area(permanent))} | by_kind,
        by_class,
        float(shapely.area(farmland)) + outside_m2,
        covered_m2,
        once_m2(pieces[land.is_unclassed]),
        double_m2,
    )


def _joined_by(pieces: Shapes, names: Shapes) -> dict[str, shapely.Geometry]:
    return {str(one): joined(pieces[names == one]) for one in sorted(set(names))}


Rows = tuple[tuple[str, str], ...]


def _hit(yard: Row, yard_m2: float, taken: Taken, rows: Rows, asked: Asked) -> Hit:
    stated_mu, restored_m2 = number_in(yard, "area_mu_stated"), number_in(yard, "restored_area_m2")
    remaining = None if restored_m2 is None else max(taken.occupied_m2 - restored_m2, 0.0)
    facts: dict[str, Fact] = {
        "yard_m2": round(yard_m2, 2),
        "occupied_m2": round(taken.occupied_m2, 2),
        **{f"{kind}_m2": round(taken.by_kind.get(kind, 0.0), 2) for kind in KINDS},
        "classes": ";".join(sorted(taken.by_class)),
        **{f"class_{one}_m2": round(area, 2) for one, area in sorted(taken.by_class.items())},
        "not_farmland_m2": round(max(taken.covered_m2 - taken.occupied_m2, 0.0), 2),
        "unclassed_m2": round(taken.unclassed_m2, 2),
        "without_parcel_m2": round(max(yard_m2 - taken.covered_m2, 0.0), 2),
        "parcels_overlap_m2": round(taken.double_m2, 2),
        "stated_mu": stated_mu,
        "restored_m2": restored_m2,
        "remaining_m2": None if remaining is None else round(remaining, 2),
        "approved_no": text_in(yard, "approved_no"),
        "punished_on": day_in(yard, "punished_on"),
        "seen_on": day_in(yard, "seen_on"),
    }
    flags = (
        *_thresholds(taken.by_kind, yard, asked),
        *_against_what_is_stated(yard_m2, stated_mu, taken, restored_m2, asked),
        *(("approval_check",) if facts["approved_no"] else ()),
        *(("parcels_overlap",) if taken.double_m2 >= DOUBLE_M2 else ()),
        *(("class_unstated",) if taken.unclassed_m2 >= DOUBLE_M2 else ()),
    )
    return Hit("occupied", rows, tuple(facts.items()), flags)


def _thresholds(by_kind: Mapping[str, float], yard: Row, asked: Asked) -> Iterator[str]:
    """Yield the thresholds that areas reach; permanent basic farmland counts by itself."""
    for kind in ("permanent", "cultivated", "grassland", "forest_public", "forest_commercial"):
        if _reaches(by_kind.get(kind, 0.0), f"{kind}_mu", asked):
            yield f"{kind}_check"
    grassland_m2 = by_kind.get("grassland", 0.0)
    if (
        _reaches(grassland_m2, "grassland_again_mu", asked)
        and not _reaches(grassland_m2, "grassland_mu", asked)
        and _was_punished(yard, asked)
    ):
        yield "grassland_again_check"
    unsorted_m2, public_m2 = by_kind.get("forest", 0.0), by_kind.get("forest_public", 0.0)
    if (
        unsorted_m2
        and _reaches(unsorted_m2 + public_m2, "forest_public_mu", asked)
        and not _reaches(public_m2, "forest_public_mu", asked)
    ):
        yield "forest_check"


def _reaches(area_m2: float, parameter: str, asked: Asked) -> bool:
    return area_m2 >= asked.numbers[parameter] * SQUARE_METRES_PER_MU


def _was_punished(yard: Row, asked: Asked) -> bool:
    """Return whether a punishment lies in the years before the ground was seen occupied.

    It is the day of the imagery that counts; only where there is none, the day of the run.
    """
    punished, seen = day_in(yard, "punished_on"), day_in(yard, "seen_on") or asked.as_of
    if punished is None or punished > seen:
        return False
    months = round(asked.numbers["punished_years"] * 12)
    return punished >= (pd.Timestamp(seen) - pd.DateOffset(months=months)).date()


def _against_what_is_stated(
    yard_m2: float,
    stated_mu: float | None,
    taken: Taken,
    restored_m2: float | None,
    asked: Asked,
) -> Iterator[str]:
    apart = [_percent_apart(area, stated_mu) for area in (yard_m2, taken.occupied_m2) if stated_mu]
    if apart and min(apart) >= asked.numbers["stated_percent"]:
        yield "stated_differs"
    if restored_m2 is None:
        return
    yield "restored_more" if restored_m2 > taken.occupied_m2 else "restored"


def _percent_apart(measured_m2: float, stated_mu: float | None) -> float:
    return 0.0 if not stated_mu else abs(measured_m2 / SQUARE_METRES_PER_MU / stated_mu - 1) * 100


# --------------------------------------------------------------------------- what is said


def _check(kind: str, zh: str, en: str, *, measure: str = "", line: str = "") -> Outcome:
    area, line = f"{{{measure or kind}_area_mu}}", line or f"{kind}_mu"
    return Outcome(
        f"{kind}_check",
        Title(f"{zh}达到提示线", f"{en}: reaches the line"),
        Title(
            f"占用{zh} {area} 亩，达到 {{{line}}} 亩的提示线，"
            "须核对毁坏程度和是否移送犯罪线索（办案规则第31条），不等于认定犯罪",
            f"{en} taken: {area} mu, at least the {{{line}}} mu at which the damage and a "
            "transfer to the police are to be checked (Rules, art. 31); no verdict",
        ),
        severity="critical" if kind == "permanent" else "major",
        is_flag=True,
    )


def _flag(code: str, title: Title, why: Title) -> Outcome:
    return Outcome(code, title, why, is_flag=True)


KINDS: dict[str, Title] = {
    "permanent": Title("永久基本农田", "Permanent basic farmland"),
    "cultivated": Title("其他耕地", "Other cultivated land"),
    "grassland": Title("草地", "Grassland"),
    "garden": Title("园地", "Garden land"),
    "forest_public": Title("公益林地", "Public-benefit forest"),
    "forest_commercial": Title("商品林地", "Commercial forest"),
    "forest": Title("林地（林种不明）", "Forest, category not stated"),
}
assert set(KINDS) == {"permanent", *AGRICULTURAL}
CLASSES = {**CLASS_CODE, OTHER: Title("其他地类", "Other class")}

FLAGS = (
    _check("permanent", "永久基本农田", "Permanent basic farmland"),
    _check("cultivated", "其他耕地", "Other cultivated land"),
    _check("grassland", "草原", "Grassland"),
    Outcome(
        "grassland_again_check",
        Title("曾受处罚又占草原，达到提示线", "Grassland after a punishment: reaches the line"),
        Title(
            "占用草原 {grassland_area_mu} 亩，达到 {grassland_again_mu} 亩，且材料载 {punished_on} "
            "曾受行政处罚（{punished_years} 年内），须核对处罚事由和是否移送犯罪线索，"
            "不等于认定犯罪",
            "Grassland taken: {grassland_area_mu} mu, at least {grassland_again_mu} mu, and a "
            "punishment of {punished_on} is stated (within {punished_years} years): check what it "
            "was for and whether to transfer to the police; no verdict",
        ),
        severity="major",
        is_flag=True,
    ),
    _check("forest_public", "公益林地", "Public-benefit forest"),
    _check("forest_commercial", "商品林地", "Commercial forest"),
    Outcome(
        "forest_check",
        Title("林地林种不明，先核林种", "Forest of unknown category: settle it first"),
        Title(
            "占用林种不明的林地 {forest_area_mu} 亩，如为公益林则达到 {forest_public_mu} "
            "亩的提示线，"
            "须先核林种",
            "Forest of unknown category taken: {forest_area_mu} mu; if for public benefit, "
            "at least "
            "{forest_public_mu} mu. Settle the category first",
        ),
        severity="major",
        is_flag=True,
    ),
    _flag(
        "stated_differs",
        Title("材料面积与测算不符", "Stated area differs"),
        Title(
            "材料载 {stated_mu} 亩，图斑测算 {yard_area_mu} 亩、其中农用地 {occupied_area_mu} 亩，"
            "与两者相差都达到 {stated_percent}%",
            "Stated {stated_mu} mu; measured {yard_area_mu} mu, of it agricultural "
            "{occupied_area_mu} mu: {stated_percent} % or more from both",
        ),
    ),
    _flag(
        "approval_check",
        Title("载有批准文号，须核对", "An approval is stated: check it"),
        Title(
            "材料载有用地批准 {approved_no}，须核对批准的范围、用途和期限",
            "An approval is stated, {approved_no}: check its extent, use and term",
        ),
    ),
    _flag(
        "restored",
        Title("称已复垦", "Restored as stated"),
        Title(
            "材料载已复垦 {restored_m2} 平方米，尚余 {remaining_m2} "
            "平方米（{remaining_area_mu} 亩），须现场核实",
            "Restored as stated {restored_m2} m², remaining {remaining_m2} m² "
            "({remaining_area_mu} mu): verify on site",
        ),
    ),
    _flag(
        "restored_more",
        Title("复垦面积大于占用面积", "More restored than was taken"),
        Title(
            "材料载已复垦 {restored_m2} 平方米，大于测算占用 {occupied_m2} 平方米，须核对复垦材料",
            "Restored as stated {restored_m2} m², more than the {occupied_m2} m² measured: check "
            "the papers",
        ),
    ),
    _flag(
        "parcels_overlap",
        Title("图斑相互重叠", "Parcels overlap each other"),
        Title(
            "此处地类图斑相互重叠 {parcels_overlap_m2} 平方米，总面积只计一次，"
            "各地类之和可能大于总面积，须核对图斑",
            "Parcels overlap each other here by {parcels_overlap_m2} m²: the total counts it once, "
            "the classes may add up to more. Check the parcels",
        ),
    ),
    _flag(
        "class_unstated",
        Title("部分图斑无地类", "Parcels without a class"),
        Title(
            "其中 {unclassed_m2} 平方米的图斑没有地类编码，未计入农用地，须核对",
            "Parcels without a class cover {unclassed_m2} m², not counted as agricultural: check",
        ),
    ),
)

FACTS = (
    Column("yard_m2", Title("图斑面积", "Area of the outline"), "number", unit="m²"),
    Column("occupied_m2", Title("占用农用地", "Agricultural land"), "number", unit="m²"),
    *(Column(f"{one}_m2", title, "number", unit="m²") for one, title in KINDS.items()),
    Column("classes", Title("地类", "Classes"), "codes", codes=CLASSES),
    *(
        Column(
            f"class_{one}_m2",
            Title(f"{title.zh}（{one}）", f"{title.en} ({one})") if one != OTHER else title,
            "number",
            unit="m²",
        )
        for one, title in CLASSES.items()
    ),
    Column("not_farmland_m2", Title("非农用地", "Not agricultural"), "number", unit="m²"),
    Column("unclassed_m2", Title("无地类图斑", "Without a class"), "number", unit="m²"),
    Column("without_parcel_m2", Title("无图斑覆盖", "Without a parcel"), "number", unit="m²"),
    Column("parcels_overlap_m2", Title("图斑相互重叠", "Parcels overlap"), "number", unit="m²"),
    Column("stated_mu", Title("材料所载面积", "Area as stated"), "number", unit="亩"),
    Column("restored_m2", Title("称已复垦", "Restored as stated"), "number", unit="m²"),
    Column("remaining_m2", Title("尚余", "Remaining"), "number", unit="m²"),
    Column("approved_no", Title("用地批准文号", "Approval stated")),
    Column("punished_on", Title("行政处罚日期", "Punished on"), "date"),
    Column("seen_on", Title("影像日期", "Seen on"), "date"),
)


def farmland_rule(rule_id: str, layer: str, table: str, title: Title, hazard_kind: str) -> Rule:
    """Return the rule for a table of polygons: what of each lies on agricultural land.

    The table may have the columns of the list of yards; what it has not is not compared.
    """
    return Rule(
        id=rule_id,
        version="2",
        layer=layer,
        title=title,
        point=POINT,
        needs=(
            Need("yards", table, fresh_months=24),
            Need("parcels", "land_parcels", fresh_months=24, is_read=False),
            Need("basic", "permanent_farmland", is_read=False, is_required=False),
        ),
        questions=(
            Ask("ground", Overlay("yards", "parcels", "overlaps")),
            Ask("basic", Overlay("yards", "basic", "overlaps")),
        ),
        judge=judge,
        outcomes=(
            Outcome(
                "occupied",
                Title("占用农用地", "Agricultural land taken"),
                Title(
                    "图斑与农用地重叠 {occupied_m2} 平方米（{occupied_area_mu} 亩），"
                    "地类：{classes}",
                    "The outline covers {occupied_m2} m² ({occupied_area_mu} mu) of agricultural "
                    "land: {classes}",
                ),
                hazard_kind=hazard_kind,
            ),
            *FLAGS,
        ),
        facts=FACTS,
        parameters=PARAMETERS,
        legal_basis=LEGAL_BASIS,
    )


POINT = Title(
    "是否依法办理农用地转用、临时用地审批；自然资源、农业农村、林草部门和乡镇政府是否依法查处、督促复垦",
    "Whether use of agricultural land was approved; whether the natural-resources, agriculture "
    "and grassland authorities and the township acted and had the land restored",
)

LEGAL_BASIS = (
    Law(
        Title("土地管理法 第37、44、75、77条", "Land Administration Law, art. 37, 44, 75, 77"),
        "confirmed",
    ),
    Law(Title("草原法 第65、66条", "Grassland Law, art. 65, 66"), "confirmed"),
    ART_3,
    GRASS,
    FOREST_LAW,
    Law(
        Title("公益诉讼办案规则 第31条（移送）", "Case-handling Rules, art. 31 (transfer)"),
        "confirmed",
    ),
)

RULE = farmland_rule(
    "yards_on_farmland",
    "occupied_farmland",
    "yards",
    Title("堆场占用耕地草地", "Yards on farmland and grassland"),
    "coal_yard",
)

WASTE = farmland_rule(
    "waste_on_farmland",
    "solid_waste",
    "solid_waste",
    Title("固体废物占用耕地草地", "Solid waste on farmland and grassland"),
    "illegal_dump",
)
