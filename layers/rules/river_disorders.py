"""The four disorders by rivers: what imagery or the ledger shows in the management zone.

Two rules, one reckoning: works outlined from imagery, and entries of the ledger. In an official
zone the area inside is what the engine measured; where none is delimited a buffer of the centre
line stands in and says so. Each hit says chainage and bank, the neighbouring office near a
boundary, and the bodies responsible for the stretch.
"""

from collections.abc import Iterator, Mapping
from functools import partial

import pandas as pd

from geodata.city import open_city
from geodata.model import Overlay, Title
from geodata.overlay import mend
from geodata.schema import Column
from layers.cells import day_in, number_in, text_in
from layers.chainage import BANKS, stake
from layers.four_disorders import FOUR_DISORDERS
from layers.law import OURS, Law
from layers.riverside import Inside, Placed, Riverside
from layers.rule import Ask, Asked, Fact, Hit, Need, Outcome, Parameter, Rule, Severity
from layers.upstream import duties_at

GRADES = Law(
    Title(
        "某地河湖“四乱”评定标准的面积、方量分级",
        "Grades by area and volume of one evaluation standard",
    ),
    "secondary",
)
RIVER_RULES_20 = Law(
    Title(
        "河道管理条例 第20条（未划界时无全国统一宽度，缓冲宽度为本系统设定）",
        "River Course Regulations, art. 20 (gives no width; the buffer is set by this system)",
    ),
    "memory",
)

LEGAL_BASIS = (
    Law(Title("水法 第37、38、65条", "Water Law, art. 37, 38, 65"), "confirmed"),
    Law(Title("防洪法 第21、22、55、56条", "Flood Control Law, art. 21, 22, 55, 56"), "confirmed"),
    Law(
        Title(
            "河道管理条例（2018）第20、24—26、35、36、44、45条",
            "River Course Regulations (2018), art. 20, 24-26, 35, 36, 44, 45",
        ),
        "confirmed",
    ),
    Law(Title("黄河保护法 第67、118条", "Yellow River Protection Law, art. 67, 118"), "confirmed"),
    Law(
        Title("办河湖〔2018〕245号（“四乱”）", "Notice 245 of 2018 on the four disorders"),
        "confirmed",
    ),
    Law(
        Title(
            "公益诉讼办案规则 第15、17、26条（跨区域、移送线索）",
            "Case-handling Rules, art. 15, 17, 26 (across borders, transfer of leads)",
        ),
        "confirmed",
    ),
)

POINT = Title(
    "水行政主管部门、河长办和乡镇政府是否对管理范围内的乱占、乱采、乱堆、乱建依法查处、督促恢复；未划界河段是否依法划界公布",
    "Whether the water authority, the river-chief office and the township dealt with occupation, "
    "extraction, dumping and building in the zone and had it restored; whether zones that are "
    "not delimited are delimited and published",
)


def _parameter(
    name: str,
    title: tuple[str, str],
    default: float,
    bounds: tuple[float, float],
    *,
    unit: str = "m",
    source: Law = OURS,
) -> Parameter:
    low, high = bounds
    return Parameter(name, Title(*title), default, low, high, source, unit, step=10)


PARAMETERS = (
    _parameter(
        "buffer_m",
        (
            "未划界河段缓冲宽度（距中心线）",
            "Buffer from the centre line where no zone is delimited",
        ),
        100,
        (10, 1000),
        source=RIVER_RULES_20,
    ),
    _parameter(
        "reach_m",
        ("距中心线多远以内参加比对", "How far from a centre line is looked"),
        3000,
        (2000, 20_000),
    ),
    _parameter("border_m", ("交界处距离", "Near a boundary within"), 500, (1, 5000)),
    _parameter(
        "major_m2",
        ("面积较大提示线", "Area, major from"),
        1000,
        (1, 1_000_000),
        unit="m²",
        source=GRADES,
    ),
    _parameter(
        "critical_m2",
        ("面积重大提示线", "Area, critical from"),
        5000,
        (1, 1_000_000),
        unit="m²",
        source=GRADES,
    ),
    _parameter(
        "major_m3",
        ("方量较大提示线", "Volume, major from"),
        500,
        (1, 1_000_000),
        unit="m³",
        source=GRADES,
    ),
)
OF_WORKS = (
    _parameter(
        "least_m2",
        ("管理范围内最小面积", "Least area in the zone"),
        20,
        (0, 10_000),
        unit="m²",
    ),
    _parameter(
        "ledger_m",
        ("与台账点位视为同一处的距离", "Taken for an entry of the ledger within"),
        100,
        (1, 2000),
    ),
)


# ------------------------------------------------------------------------------ judging


def judge(asked: Asked, subject: str) -> Iterator[Hit]:
    """Yield what of the subject (works or ledger) lies in a zone, by kind of disorder."""
    side = Riverside(asked.tables["lines"], asked.tables.get("zones"))
    answers = {name: _by_first(answer) for name, answer in asked.answers.items()}
    rows = asked.tables[subject].sort_values("id")
    rows = rows[~(rows.geometry.isna() | rows.geometry.is_empty)]
    rows = rows.set_geometry(mend(rows.geometry.to_numpy())[0], crs=rows.crs)
    for _, row in rows.iterrows():
        if subject == "ledger" and day_in(row, "closed_on") is not None:
            continue
        yield from _of_row(row, subject, side, answers, asked)


def _by_first(answer: pd.DataFrame) -> Mapping[str, pd.DataFrame]:
    return {str(key): pairs for key, pairs in answer.groupby("first_id", sort=False)}


def _of_row(
    row: pd.Series,
    subject: str,
    side: Riverside,
    answers: Mapping[str, Mapping[str, pd.DataFrame]],
    asked: Asked,
) -> Iterator[Hit]:
    found = {name: answer.get(str(row["id"])) for name, answer in answers.items()}
    near = found.get("by_line")
    course = None if near is None else side.course_for(text_in(row, "river"), near)
    placed = None if course is None else side.place(row["geometry"], course)
    inside = _inside(row, side, placed, found.get("in_zone"), asked)
    if inside is None or _is_too_small(inside, asked):
        return
    facts, flags, beside = _told(row, subject, (inside, placed), found, asked)
    more = [("lines", placed.course.id)] if placed else []
    named = ((subject, str(row["id"])), *(("zones", one) for one in inside.zones), *more, *beside)
    for kind in text_in(row, "disorder").split(";"):
        outcome = "perhaps_inside" if inside.kind == "near_buffer" else (kind or "unsorted")
        yield Hit(outcome, tuple(named), facts, flags)
        if outcome == "perhaps_inside":
            return


def _inside(
    row: pd.Series,
    side: Riverside,
    placed: Placed | None,
    zones: pd.DataFrame | None,
    asked: Asked,
) -> Inside | None:
    """Return how a row lies in a zone: the official one decides wherever there is one."""
    accuracy = number_in(row, "accuracy_m")
    if zones is not None:
        return side.in_official(row["geometry"], zones, accuracy)
    if placed is None or side.is_delimited(placed):
        return None
    return side.in_buffer(row["geometry"], placed, asked.numbers["buffer_m"], accuracy)


def _is_too_small(inside: Inside, asked: Asked) -> bool:
    least = asked.numbers.get("least_m2", 0.0)
    return (
        inside.kind != "near_buffer" and inside.inside_m2 is not None and inside.inside_m2 < least
    )


Told = tuple[tuple[tuple[str, Fact], ...], tuple[str, ...], list[tuple[str, str]]]


def _told(
    row: pd.Series,
    subject: str,
    lies: tuple[Inside, Placed | None],
    found: Mapping[str, pd.DataFrame | None],
    asked: Asked,
) -> Told:
    """Return the facts, the flags and the further rows of a hit."""
    inside, placed = lies
    stated_m2 = number_in(row, "area_m2")
    volume_m3 = number_in(row, "volume_m3")
    area_m2 = stated_m2 if inside.inside_m2 is None else inside.inside_m2
    border, border_rows = _border(row, found.get("at_border"), asked)
    bodies, body_rows = _bodies(placed, asked)
    ledger, ledger_flags, ledger_rows = _ledger(row, subject, found, asked)
    facts: dict[str, Fact] = {
        **({"inside_m2": _rounded(inside.inside_m2, 2)} if subject == "works" else {}),
        **({"stated_m2": stated_m2} if subject == "ledger" else {}),
        "volume_m3": volume_m3,
        **_whereabouts(placed),
        "zone": inside.kind,
        "buffer_m": inside.buffer_m,
        "edge_accuracy_m": inside.edge_accuracy_m,
        "place_accuracy_m": number_in(row, "accuracy_m"),
        "reach_m": _rounded(abs(inside.reach_m), 1),
        "bodies": bodies,
        **border,
        **ledger,
        **_dates(row, subject),
    }
    flags = (
        *_grades(area_m2, volume_m3, asked),
        *_doubts(inside, placed),
        *(("at_border",) if border_rows else ()),
        *ledger_flags,
    )
    return tuple(facts.items()), flags, [*border_rows, *body_rows, *ledger_rows]


def _dates(row: pd.Series, subject: str) -> dict[str, Fact]:
    names = {"works": ("seen_on", "approved_no"), "ledger": ("registered_on", "due_on")}[subject]
    return {
        name: text_in(row, name) if name.endswith("_no") else day_in(row, name) for name in names
    }


def _whereabouts(placed: Placed | None) -> dict[str, Fact]:
    if placed is None:
        return dict.fromkeys(WHERE)
    low, high = placed.chainages_m
    return {
        "river": placed.course.river,
        "stake": stake(placed.spot.chainage_m),
        "chainage_m": float(round(placed.spot.chainage_m)),
        "chainage_from_m": float(round(low)),
        "chainage_to_m": float(round(high)),
        "bank": placed.bank,
        "distance_m": round(placed.distance_m, 1),
        "line_accuracy_m": placed.course.accuracy_m,
    }


WHERE = (
    "river",
    "stake",
    "chainage_m",
    "chainage_from_m",
    "chainage_to_m",
    "bank",
    "distance_m",
    "line_accuracy_m",
)


def _grades(area_m2: float | None, volume_m3: float | None, asked: Asked) -> Iterator[str]:
    if area_m2 is not None and area_m2 >= asked.numbers["critical_m2"]:
        yield "area_critical"
    elif area_m2 is not None and area_m2 >= asked.numbers["major_m2"]:
        yield "area_major"
    if volume_m3 is not None and volume_m3 >= asked.numbers["major_m3"]:
        yield "volume_major"


def _doubts(inside: Inside, placed: Placed | None) -> Iterator[str]:
    if inside.kind != "official":
        yield "by_buffer"
    if inside.accuracy_m is None:
        yield "accuracy_unstated"
    elif inside.is_doubtful and inside.kind != "near_buffer":
        yield "in_doubt"
    if placed is None:
        return
    accuracy = placed.course.accuracy_m
    if placed.bank in {"left", "right"} and (accuracy is None or accuracy > placed.distance_m):
        yield "bank_in_doubt"
    if placed.course.flow == "unknown":
        yield "flow_unknown"


def _border(
    row: pd.Series, near: pd.DataFrame | None, asked: Asked
) -> tuple[dict[str, Fact], list[tuple[str, str]]]:
    """Return the other office and the metres to the nearest boundary, and its row."""
    if near is None:
        return {"other_office": None, "border_m": None}, []
    first = near.sort_values(["distance_m", "second_id"]).iloc[0]
    border = asked.tables["borders"].set_index("id").loc[first["second_id"]]
    offices = [text_in(border, "jurisdiction"), text_in(border, "other_office")]
    others = [one for one in offices if one and one != text_in(row, "jurisdiction")]
    return (
        {"other_office": ";".join(others), "border_m": round(float(first["distance_m"]), 1)},
        [("borders", str(first["second_id"]))],
    )


def _bodies(placed: Placed | None, asked: Asked) -> tuple[str | None, list[tuple[str, str]]]:
    duties = asked.tables.get("duties")
    if placed is None or duties is None:
        return None, []
    met = duties_at(duties, placed.course.river, *placed.chainages_m, placed.bank)
    met = met.sort_values("id")
    names = [str(one) for one in met["body"]]
    return "、".join(dict.fromkeys(names)), [("duties", str(one)) for one in met["id"]]


def _ledger(
    row: pd.Series, subject: str, found: Mapping[str, pd.DataFrame | None], asked: Asked
) -> tuple[dict[str, Fact], tuple[str, ...], list[tuple[str, str]]]:
    """Return what the ledger says of works, or whether an entry is past its day."""
    if subject == "ledger":
        due = day_in(row, "due_on")
        return (
            {},
            ("past_due",)
            if due is not None and due < asked.days.get("ledger", asked.as_of)
            else (),
            [],
        )
    permit = ("permit_stated",) if text_in(row, "approved_no") else ()
    if "ledger" not in asked.tables:
        return {"ledger_no": None, "closed_on": None}, permit, []
    near = found.get("in_ledger")
    if near is None:
        return {"ledger_no": None, "closed_on": None}, ("not_in_ledger", *permit), []
    first = near.sort_values(["distance_m", "second_id"])
    entries = asked.tables["ledger"].set_index("id").loc[first["second_id"]]
    closed = [day_in(entry, "closed_on") for _, entry in entries.iterrows()]
    seen = day_in(row, "seen_on")
    flags = permit
    if seen is not None and all(one is not None and one < seen for one in closed):
        flags = ("closed_in_ledger", *permit)
    facts: dict[str, Fact] = {
        "ledger_no": "、".join(str(one) for one in entries.index),
        "closed_on": max((one for one in closed if one), default=None),
    }
    return facts, flags, [("ledger", str(one)) for one in entries.index]


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


# --------------------------------------------------------------------------- what is said

WHERE_WORDS = {
    "works": Title(
        "{river}{bank} {stake}（{chainage_from_m}—{chainage_to_m} 米）",
        "{river}, {bank}, {stake} ({chainage_from_m} to {chainage_to_m} m)",
    ),
    "ledger": Title("{river}{bank} {stake}", "{river}, {bank}, {stake}"),
}
SEEN_WORDS = {
    "works": Title(
        "影像图斑{{name}}，{zone}内 {inside_m2} 平方米（{inside_area_mu} 亩）",
        "works seen on imagery, {{name}}; {inside_m2} m² ({inside_area_mu} mu) within: {zone}",
    ),
    "ledger": Title(
        "台账所列问题（{{name}}）未销号，点位在{zone}内，台账面积 {stated_m2} 平方米",
        "an open entry of the ledger ({{name}}) lies within: {zone}; {stated_m2} m² as registered",
    ),
}


def _kind(code: str, name: Title, subject: str) -> Outcome:
    at, seen = WHERE_WORDS[subject], SEEN_WORDS[subject]
    zh, en = name.zh, name.en.lower()
    if code in FOUR_DISORDERS:
        zh, en = f"疑似“{zh}”", f"suspected {en}"
    why = Title(
        f"{at.zh}：{seen.zh.replace('{{name}}', zh)}",
        f"{at.en}: {seen.en.replace('{{name}}', en)}",
    )
    return Outcome(code, name, why, hazard_kind=code if code in FOUR_DISORDERS else "other")


def _flag(
    code: str, title: tuple[str, str], why: tuple[str, str], severity: Severity = "minor"
) -> Outcome:
    return Outcome(code, Title(*title), Title(*why), severity, is_flag=True)


def _outcomes(subject: str) -> tuple[Outcome, ...]:
    unsorted, at = Title("类型待核", "Kind to be settled"), WHERE_WORDS[subject]
    return (
        *(_kind(code, name, subject) for code, name in FOUR_DISORDERS.items()),
        _kind("unsorted", unsorted, subject),
        Outcome(
            "perhaps_inside",
            Title("缓冲区边缘，须现场核对", "At the edge of the buffer: check on site"),
            Title(
                f"{at.zh}：在 {{buffer_m}} 米缓冲区外 {{reach_m}} 米，小于线和点位的精度"
                "（线 {edge_accuracy_m} 米、点位 {place_accuracy_m} 米），可能在内，"
                "存疑：须现场核对",
                f"{at.en}: {{reach_m}} m outside the buffer of {{buffer_m}} m, less than line "
                "({edge_accuracy_m} m) and place ({place_accuracy_m} m) are accurate; it may be "
                "inside. In doubt: check on site",
            ),
        ),
        *FLAGS,
        *(OF_WORKS_FLAGS if subject == "works" else OF_LEDGER_FLAGS),
    )


FLAGS = (
    _flag(
        "by_buffer",
        ("按缓冲区，非法定范围", "By a buffer, not an official zone"),
        (
            (
                "此段没有公布的管理范围，按中心线两侧各 {buffer_m} 米缓冲区比对，不是法定范围；"
                "中心线精度 {edge_accuracy_m} 米"
            ),
            (
                "No zone is published here: a buffer of {buffer_m} m on each side of the "
                "centre line "
                "stands in, which is no legal boundary; the line is accurate to {edge_accuracy_m} m"
            ),
        ),
    ),
    _flag(
        "in_doubt",
        ("存疑：须现场核对", "In doubt: check on site"),
        (
            (
                "伸入边界仅 {reach_m} 米，小于边界精度 {edge_accuracy_m} 米与点位精度 "
                "{place_accuracy_m} 米之和，存疑：须现场核对"
            ),
            (
                "Reaches {reach_m} m inside, less than edge ({edge_accuracy_m} m) and place "
                "({place_accuracy_m} m) are accurate together. In doubt: check on site"
            ),
        ),
    ),
    _flag(
        "accuracy_unstated",
        ("精度不明：须现场核对", "Accuracy not stated: check on site"),
        (
            (
                "边界精度 {edge_accuracy_m}、点位精度 {place_accuracy_m}（米），"
                "未载明的无从判断，须现场核对"
            ),
            (
                "Accuracy in metres: edge {edge_accuracy_m}, place {place_accuracy_m}; what is not "
                "stated cannot be judged by. Check on site"
            ),
        ),
    ),
    _flag(
        "bank_in_doubt",
        ("岸别存疑", "Bank in doubt"),
        (
            "距中心线 {distance_m} 米，小于中心线精度 {line_accuracy_m} 米，岸别、桩号须现场核对",
            (
                "{distance_m} m from the centre line, which is accurate to "
                "{line_accuracy_m} m: check "
                "bank and chainage on site"
            ),
        ),
    ),
    _flag(
        "flow_unknown",
        ("流向不明", "Flow not known"),
        (
            "中心线未载明流向，不判左右岸，桩号按画线方向量取",
            (
                "The line does not say which way the water goes: no bank is told, and "
                "chainage runs as "
                "drawn"
            ),
        ),
    ),
    _flag(
        "at_border",
        ("交界河段", "Boundary stretch"),
        (
            "距行政区域界线 {border_m} 米，相邻检察院：{other_office}，须与其核对管辖",
            (
                "{border_m} m from a boundary; neighbouring office: {other_office}. Settle with it "
                "which office is competent"
            ),
        ),
    ),
    _flag(
        "area_major",
        ("面积较大", "Large area"),
        ("面积达到 {major_m2} 平方米", "The area is at least {major_m2} m²"),
        "major",
    ),
    _flag(
        "area_critical",
        ("面积重大", "Very large area"),
        ("面积达到 {critical_m2} 平方米", "The area is at least {critical_m2} m²"),
        "critical",
    ),
    _flag(
        "volume_major",
        ("方量较大", "Large volume"),
        (
            "方量 {volume_m3} 立方米，达到 {major_m3} 立方米",
            "The volume, {volume_m3} m³, is at least {major_m3} m³",
        ),
        "major",
    ),
)
OF_WORKS_FLAGS = (
    _flag(
        "not_in_ledger",
        ("未入台账", "Not in the ledger"),
        (
            "{ledger_m} 米内台账没有登记，须核对是否漏登",
            "The ledger has no entry within {ledger_m} m: check whether it was left out",
        ),
    ),
    _flag(
        "closed_in_ledger",
        ("台账已销号，影像仍可见", "Closed in the ledger, still seen"),
        (
            (
                "台账 {ledger_no} 已于 {closed_on} 销号，{seen_on} 的影像仍可见，"
                "须核对是否虚假销号或反弹"
            ),
            (
                "Entry {ledger_no} of the ledger was closed on {closed_on}, and imagery of "
                "{seen_on} "
                "still shows it: check whether it was settled or has come back"
            ),
        ),
        "major",
    ),
    _flag(
        "permit_stated",
        ("载有许可文号", "A permit is stated"),
        (
            "材料载有涉河许可 {approved_no}，须核对许可范围和期限",
            "A permit is stated, {approved_no}: check its extent and term",
        ),
    ),
)
OF_LEDGER_FLAGS = (
    _flag(
        "past_due",
        ("逾期未销号", "Open past its day"),
        (
            "整改期限 {due_on} 已过，台账未销号",
            "It was to be settled by {due_on} and is still open",
        ),
        "major",
    ),
)

OFFICES = {one.id: one.title for one in open_city().jurisdictions}
ZONE_KINDS = {
    "official": Title("公布的管理范围", "Published zone"),
    "buffer": Title("中心线缓冲区", "Buffer of the centre line"),
    "near_buffer": Title("缓冲区边缘", "At the edge of the buffer"),
}
FACTS = (
    Column("inside_m2", Title("管理范围内面积", "Area in the zone"), "number", unit="m²"),
    Column("stated_m2", Title("台账面积", "Area as registered"), "number", unit="m²"),
    Column("volume_m3", Title("方量", "Volume"), "number", unit="m³"),
    Column("river", Title("河流", "River")),
    Column("stake", Title("桩号", "Stake")),
    Column("chainage_m", Title("桩号（米）", "Chainage"), "number", unit="m"),
    Column("chainage_from_m", Title("起点桩号", "Chainage from"), "number", unit="m"),
    Column("chainage_to_m", Title("终点桩号", "Chainage to"), "number", unit="m"),
    Column("bank", Title("岸别", "Bank"), "code", codes=BANKS),
    Column("distance_m", Title("距中心线", "From the centre line"), "number", unit="m"),
    Column("line_accuracy_m", Title("中心线精度", "Accuracy of the line"), "number", unit="m"),
    Column("zone", Title("范围性质", "Kind of zone"), "code", codes=ZONE_KINDS),
    Column("buffer_m", Title("缓冲宽度", "Width of the buffer"), "number", unit="m"),
    Column("edge_accuracy_m", Title("边界精度", "Accuracy of the edge"), "number", unit="m"),
    Column("place_accuracy_m", Title("点位精度", "Accuracy of the place"), "number", unit="m"),
    Column("reach_m", Title("与边界的距离", "Distance from the edge"), "number", unit="m"),
    Column("bodies", Title("河段责任单位", "Bodies responsible")),
    Column("other_office", Title("相邻检察院", "Neighbouring office"), "codes", codes=OFFICES),
    Column("border_m", Title("距行政区域界线", "From the boundary"), "number", unit="m"),
    Column("ledger_no", Title("台账编号", "Entry of the ledger")),
    Column("closed_on", Title("销号日期", "Closed on"), "date"),
    Column("seen_on", Title("影像日期", "Seen on"), "date"),
    Column("approved_no", Title("涉河许可文号", "Permit stated")),
    Column("registered_on", Title("登记日期", "Registered on"), "date"),
    Column("due_on", Title("整改期限", "To be settled by"), "date"),
)


def _questions(subject: str) -> tuple[Ask, ...]:
    relation = "overlaps" if subject == "works" else "inside"
    asks = (
        Ask("by_line", Overlay(subject, "lines", "near"), within="reach_m"),
        Ask("in_zone", Overlay(subject, "zones", relation)),  # type: ignore[arg-type]
        Ask("at_border", Overlay(subject, "borders", "near"), within="border_m"),
    )
    more = (Ask("in_ledger", Overlay("works", "ledger", "near"), within="ledger_m"),)
    return asks + more if subject == "works" else asks


def _needs(subject: Need, *more: Need) -> tuple[Need, ...]:
    return (
        subject,
        Need("lines", "river_lines", columns=("river",)),
        Need("zones", "river_zones", is_required=False),
        Need("borders", "river_boundaries", is_required=False),
        Need("duties", "river_duties", fresh_months=24, is_required=False),
        *more,
    )


WORKS = Rule(
    id="works_in_river_zone",
    version="1",
    layer="river_segments",
    title=Title("河道影像图斑与管理范围", "Works by rivers against the management zone"),
    point=POINT,
    needs=_needs(
        Need("works", "river_works", fresh_months=24),
        Need("ledger", "river_ledger", fresh_months=12, is_required=False),
    ),
    questions=_questions("works"),
    judge=partial(judge, subject="works"),
    outcomes=_outcomes("works"),
    facts=tuple(one for one in FACTS if one.id not in {"registered_on", "due_on", "stated_m2"}),
    parameters=(*PARAMETERS, *OF_WORKS),
    legal_basis=(*LEGAL_BASIS, GRADES),
)

LEDGER = Rule(
    id="ledger_in_river_zone",
    version="1",
    layer="river_segments",
    title=Title("河湖“四乱”台账未销号", "Open entries of the ledger of disorders"),
    point=POINT,
    needs=_needs(Need("ledger", "river_ledger", fresh_months=12)),
    questions=_questions("ledger"),
    judge=partial(judge, subject="ledger"),
    outcomes=_outcomes("ledger"),
    facts=tuple(
        one
        for one in FACTS
        if one.id not in {"inside_m2", "ledger_no", "closed_on", "seen_on", "approved_no"}
    ),
    parameters=PARAMETERS,
    legal_basis=(*LEGAL_BASIS, GRADES),
)
