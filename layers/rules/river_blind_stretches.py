"""Stretches of a river that no camera sees which is online: from which chainage to which.

What a camera sees is what the list says: from one chainage to another, or so many metres each
way. A camera that is offline, or of which neither is said, sees nothing here and is named.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from geodata.model import Overlay, Title
from geodata.schema import Column
from layers.cells import number_in, text_in
from layers.chainage import Course, courses_of, stake
from layers.law import OURS, Law
from layers.rule import Ask, Asked, Fact, Hit, Need, Outcome, Parameter, Rule
from layers.rules.river_disorders import OFFICES
from layers.upstream import duties_at

PARAMETERS = (
    Parameter(
        "least_m",
        Title("最短盲区", "Shortest stretch"),
        default=500,
        minimum=1,
        maximum=100_000,
        source=OURS,
        unit="m",
        step=50,
    ),
    Parameter(
        "reach_m",
        Title("摄像头、台账点位距中心线", "Cameras and entries belong to a line within"),
        default=3000,
        minimum=50,
        maximum=20_000,
        source=OURS,
        unit="m",
        step=50,
    ),
    Parameter(
        "border_m",
        Title("交界处距离", "Near a boundary within"),
        default=500,
        minimum=1,
        maximum=5000,
        source=OURS,
        unit="m",
        step=10,
    ),
)


@dataclass(frozen=True)
class _View:
    """What one camera sees of a line, in metres along it; nothing where `sees` is None."""

    row: str
    along_m: float
    sees: tuple[float, float] | None
    is_online: bool


@dataclass(frozen=True)
class _Blind:
    """An unseen part of a line; `before` is the camera whose view ends where it begins."""

    from_m: float
    to_m: float
    before: str = ""


def judge(asked: Asked) -> Iterator[Hit]:
    """Yield the unseen stretches of each line, going downstream."""
    lines = asked.tables["lines"]
    courses = {one.id: one for one in courses_of(lines)}
    views = _views(asked, courses)
    open_entries = _alongs(asked, "ledger_line", "ledger", courses)
    for course_id in sorted(courses):
        seeing = views.get(course_id, [])
        for blind in _unseen(courses[course_id], seeing):
            if blind.to_m - blind.from_m >= asked.numbers["least_m"]:
                yield _hit(courses[course_id], blind, seeing, open_entries, asked)


def _hit(
    course: Course,
    blind: _Blind,
    views: Sequence[_View],
    entries: Mapping[str, list[tuple[str, float]]],
    asked: Asked,
) -> Hit:
    within = [one for one in views if blind.from_m <= one.along_m <= blind.to_m]
    offline = [one for one in within if not one.is_online]
    unstated = [one for one in within if one.is_online and one.sees is None]
    inside = [row for row, at in entries.get(course.id, []) if blind.from_m <= at <= blind.to_m]
    low, high = sorted((course.chainage(blind.from_m), course.chainage(blind.to_m)))
    bodies, body_rows = _bodies(course, low, high, asked)
    border, border_rows = _border(course, blind, asked)
    rows = [("lines", course.id)]
    if blind.before:
        rows.insert(0, ("views", blind.before))
    named = [one.row for one in (*offline, *unstated) if one.row != blind.before]
    middle = course.point((blind.from_m + blind.to_m) / 2)
    facts: dict[str, Fact] = {
        "river": course.river,
        "from_stake": stake(course.chainage(blind.from_m)),
        "to_stake": stake(course.chainage(blind.to_m)),
        "chainage_from_m": float(round(low)),
        "chainage_to_m": float(round(high)),
        "length_m": float(round(blind.to_m - blind.from_m)),
        "line_accuracy_m": course.accuracy_m,
        "offline": len(offline),
        "unstated": len(unstated),
        "entries": len(inside),
        "bodies": bodies,
        **border,
    }
    flags = (
        *(("camera_offline",) if offline else ()),
        *(("view_unstated",) if unstated else ()),
        *(("disorder_unseen",) if inside else ()),
        *(("at_border",) if border_rows else ()),
    )
    return Hit(
        "blind_stretch" if any(one.is_online and one.sees for one in views) else "unwatched",
        (
            *rows,
            *(("views", one) for one in named),
            *(("ledger", one) for one in inside),
            *border_rows,
            *body_rows,
        ),
        tuple(facts.items()),
        flags,
        jurisdiction=course.jurisdiction,
        name=f"{course.river} {facts['from_stake']}—{facts['to_stake']}",
        at=middle,
    )


# ------------------------------------------------------------------------- what is seen


def _views(asked: Asked, courses: Mapping[str, Course]) -> dict[str, list[_View]]:
    """Return what the cameras of each line see, by the place where each stands."""
    frame = asked.tables["views"].set_index("id", drop=False)
    alongs = _alongs(asked, "by_line", "views", courses)
    told: dict[str, list[_View]] = {}
    for course_id, cameras in alongs.items():
        course = courses[course_id]
        for row, along_m in cameras:
            camera = frame.loc[row]
            stated = number_in(camera, "chainage_m")
            at = course.along(stated) if stated is not None and course.has(stated) else along_m
            is_online = bool(camera["is_online"]) if pd.notna(camera["is_online"]) else False
            told.setdefault(course_id, []).append(
                _View(row, at, _sees(camera, course, at), is_online)
            )
    return told


def _sees(camera: pd.Series, course: Course, at_m: float) -> tuple[float, float] | None:
    first, last = number_in(camera, "sees_from_m"), number_in(camera, "sees_to_m")
    if first is not None and last is not None:
        low, high = sorted((course.along(first), course.along(last)))
        return low, high
    up, down = number_in(camera, "sees_up_m"), number_in(camera, "sees_down_m")
    if up is None and down is None:
        return None
    return max(0.0, at_m - (up or 0.0)), min(course.length_m, at_m + (down or 0.0))


def _alongs(
    asked: Asked, question: str, role: str, courses: Mapping[str, Course]
) -> dict[str, list[tuple[str, float]]]:
    """Return the points of a list by the line they belong to, metres along it.

    A point belongs to the nearest line of the river it names, or else to the nearest line.
    Entries of the ledger that are closed are left out.
    """
    told: dict[str, list[tuple[str, float]]] = {}
    if question not in asked.answers:
        return told
    frame = asked.tables[role].set_index("id", drop=False)
    for row, pairs in asked.answers[question].groupby("first_id", sort=True):
        point = frame.loc[str(row)]
        if role == "ledger" and pd.notna(point["closed_on"]):
            continue
        near = pairs[pairs["second_id"].isin(list(courses))]
        river = text_in(point, "river")
        is_named = [bool(river) and courses[one].river == river for one in near["second_id"]]
        if near.empty:
            continue
        taken = near[is_named] if any(is_named) else near
        course = courses[taken.sort_values(["distance_m", "second_id"])["second_id"].iloc[0]]
        shape = point["geometry"]
        spot = course.locate(np.array([shape.x]), np.array([shape.y]))[0]
        told.setdefault(course.id, []).append((str(row), spot.along_m))
    return told


def _unseen(course: Course, views: Sequence[_View]) -> Iterator[_Blind]:
    """Yield the parts of a line outside of all that is seen, going downstream."""
    reached, before = 0.0, ""
    seen = sorted(
        ((*one.sees, one.row) for one in views if one.is_online and one.sees is not None),
    )
    for low, high, row in seen:
        if low > reached:
            yield _Blind(reached, low, before)
        if high > reached:
            reached, before = high, row
    if reached < course.length_m:
        yield _Blind(reached, course.length_m, before)


# ----------------------------------------------------------------- who it is about


def _bodies(
    course: Course, low_m: float, high_m: float, asked: Asked
) -> tuple[str | None, list[tuple[str, str]]]:
    duties = asked.tables.get("duties")
    if duties is None:
        return None, []
    met = duties_at(duties, course.river, low_m, high_m).sort_values("id")
    names = dict.fromkeys(str(one) for one in met["body"])
    return "、".join(names), [("duties", str(one)) for one in met["id"]]


def _border(
    course: Course, blind: _Blind, asked: Asked
) -> tuple[dict[str, Fact], list[tuple[str, str]]]:
    """Return the neighbouring offices and the metres to the nearest boundary, and its row."""
    borders = asked.tables.get("borders")
    nothing: dict[str, Fact] = {"other_office": None, "border_m": None}
    if borders is None:
        return nothing, []
    there = borders[~(borders.geometry.isna() | borders.geometry.is_empty)].sort_values("id")
    if there.empty:
        return nothing, []
    line = course.plane.lay(np.array([course.stretch(blind.from_m, blind.to_m)], object))[0]
    apart = shapely.distance(line, course.plane.lay(there.geometry.to_numpy()))
    if apart.min() > asked.numbers["border_m"]:
        return nothing, []
    border = there.iloc[int(apart.argmin())]
    offices = [text_in(border, "jurisdiction"), text_in(border, "other_office")]
    others = [one for one in offices if one and one != course.jurisdiction]
    facts: dict[str, Fact] = {
        "other_office": ";".join(others),
        "border_m": round(float(apart.min()), 1),
    }
    return facts, [("borders", str(border["id"]))]


# --------------------------------------------------------------------------- what is said


def _flag(code: str, title: Title, why: Title, *, is_major: bool = False) -> Outcome:
    return Outcome(code, title, why, "major" if is_major else "minor", is_flag=True)


RULE = Rule(
    id="river_blind_stretches",
    version="1",
    layer="river_cameras",
    title=Title("河道监控盲区", "Stretches that no camera sees"),
    point=Title(
        "河长办、水务部门和乡镇政府对监控盲区是否安排巡查或补点，离线摄像头是否及时恢复，交界处画面是否共享",
        "Whether the river-chief office, the water authority and the township patrol the unseen "
        "stretches or add cameras, restore those offline, and share pictures at boundaries",
    ),
    needs=(
        Need("lines", "river_lines", columns=("river",)),
        Need("views", "river_views", fresh_months=6, columns=("is_online",)),
        Need("ledger", "river_ledger", fresh_months=12, is_required=False),
        Need("borders", "river_boundaries", is_required=False),
        Need("duties", "river_duties", fresh_months=24, is_required=False),
    ),
    questions=(
        Ask("by_line", Overlay("views", "lines", "near"), within="reach_m"),
        Ask("ledger_line", Overlay("ledger", "lines", "near"), within="reach_m"),
    ),
    judge=judge,
    outcomes=(
        Outcome(
            "blind_stretch",
            Title("监控盲区", "Unseen stretch"),
            Title(
                "{river} {from_stake}—{to_stake} 共 {length_m} 米没有在线摄像头可见"
                "（中心线精度 {line_accuracy_m} 米）",
                "{river}, {from_stake} to {to_stake}: no camera online sees these {length_m} m "
                "(the line is accurate to {line_accuracy_m} m)",
            ),
            hazard_kind="blind_stretch",
        ),
        Outcome(
            "unwatched",
            Title("整段无在线摄像头", "No camera online on the line"),
            Title(
                "{river} {from_stake}—{to_stake} 共 {length_m} 米，"
                "名单中没有一台在线且载明可视范围的摄像头",
                "{river}, {from_stake} to {to_stake}, {length_m} m: the list has no camera here "
                "that is online and says what it sees",
            ),
            hazard_kind="blind_stretch",
        ),
        _flag(
            "camera_offline",
            Title("盲区内摄像头离线", "Cameras offline in it"),
            Title(
                "其中 {offline} 台摄像头不在线或在线情况不明，须核对",
                "{offline} cameras in it are offline, or it is not said whether: check",
            ),
        ),
        _flag(
            "view_unstated",
            Title("可视范围不明", "What is seen is not stated"),
            Title(
                "其中 {unstated} 台在线摄像头未载明可视范围，按看不到计，须核对",
                "{unstated} cameras online in it do not say what they see and count as seeing "
                "nothing: check",
            ),
        ),
        _flag(
            "disorder_unseen",
            Title("盲区内有未销号问题", "Open entries of the ledger in it"),
            Title(
                "其中有 {entries} 处台账未销号问题",
                "{entries} open entries of the ledger lie in it",
            ),
            is_major=True,
        ),
        _flag(
            "at_border",
            Title("交界河段", "Boundary stretch"),
            Title(
                "距行政区域界线 {border_m} 米，相邻检察院：{other_office}",
                "{border_m} m from a boundary; neighbouring office: {other_office}",
            ),
        ),
    ),
    facts=(
        Column("river", Title("河流", "River")),
        Column("from_stake", Title("起点桩号", "From stake")),
        Column("to_stake", Title("终点桩号", "To stake")),
        Column("chainage_from_m", Title("起点桩号（米）", "Chainage from"), "number", unit="m"),
        Column("chainage_to_m", Title("终点桩号（米）", "Chainage to"), "number", unit="m"),
        Column("length_m", Title("盲区长度", "Length unseen"), "number", unit="m"),
        Column("line_accuracy_m", Title("中心线精度", "Accuracy of the line"), "number", unit="m"),
        Column("offline", Title("离线摄像头", "Cameras offline"), "whole"),
        Column("unstated", Title("可视范围不明的摄像头", "Cameras of unstated view"), "whole"),
        Column("entries", Title("未销号问题", "Open entries"), "whole"),
        Column("bodies", Title("河段责任单位", "Bodies responsible")),
        Column("other_office", Title("相邻检察院", "Neighbouring office"), "codes", codes=OFFICES),
        Column("border_m", Title("距行政区域界线", "From the boundary"), "number", unit="m"),
    ),
    parameters=PARAMETERS,
    legal_basis=(
        Law(Title("黄河保护法 第67条", "Yellow River Protection Law, art. 67"), "confirmed"),
        Law(
            Title("公益诉讼办案规则 第15、17条（跨区域）", "Case-handling Rules, art. 15, 17"),
            "confirmed",
        ),
        Law(
            Title("河湖长制（生态环境法典 第19条）", "River-chief system (Code, art. 19)"),
            "confirmed",
        ),
    ),
)
