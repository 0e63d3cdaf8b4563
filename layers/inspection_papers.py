"""A joint inspection on paper: its minutes as DOCX, and the day as a calendar file (RFC 5545)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event

from layers.calendar_file import DOMAIN
from layers.imprint import DATA_DATE, DEMONSTRATION
from layers.joint_inspections import RESULT_TITLES, JointInspection
from layers.letters import (
    BLANK,
    CENTRE,
    RIGHT,
    SMALL_PT,
    TITLE_PT,
    add_line,
    add_list,
    add_rows,
    new_paper,
    to_bytes,
)

MINUTES, NOTICE = "联合检查记录", "联合检查安排"
DRAFT = "草稿：由系统按录入的内容生成，未经参加人员核对签字。空白处由承办人填写。"
NO_VERIFICATION = (
    "本记录载明联合检查时所见，不等于整改到位的核实；核实由检察人员两人以上按规定进行并另行记录。"
)
HEADS = ("序号", "隐患编号", "名称", "乡镇街道", "所见", "说明")
WIDTHS_CM = (1.1, 2.2, 3.6, 1.9, 2.9, 3.3)
MAKER = "-//public-interest-map//joint-inspections//ZH"


def render_minutes(one: JointInspection, office: str, as_of: date) -> bytes:
    """Return the minutes of an inspection as a DOCX file, its plan where nothing is noted."""
    title = MINUTES if one.has_results else NOTICE
    paper = new_paper(f"{title}（草稿）")
    add_line(paper, DRAFT, SMALL_PT)
    if one.is_demonstration:
        add_line(paper, f"{DEMONSTRATION.zh}：本件依据演示数据生成。", SMALL_PT)
    add_line(paper, title, TITLE_PT, CENTRE)
    add_line(paper, f"编号：{one.id}", SMALL_PT, RIGHT)
    for name, text in _facts(one, office):
        add_line(paper, f"{name}：{text or BLANK}")
    add_list(paper, "参加人员", _people(one))
    add_line(paper, "检查情况")
    add_rows(paper, [HEADS, *_stops(one)], len(HEADS), WIDTHS_CM)
    add_line(paper, f"小结：{one.summary.strip() or BLANK}")
    add_line(paper, NO_VERIFICATION, SMALL_PT)
    add_line(paper, f"参加人员签字：{BLANK}")
    add_line(paper, f"{BLANK}年{BLANK}月{BLANK}日", align=RIGHT)
    add_line(paper, f"{DATA_DATE.zh}：{as_of.isoformat()}", SMALL_PT)
    return to_bytes(paper)


def render_day(one: JointInspection, office: str, as_of: date, made_at: datetime) -> bytes:
    """Return the day of an inspection as a calendar file; taken in again it moves the day."""
    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    event = Event()
    event.add("uid", f"{one.id}@{DOMAIN}")
    event.add("sequence", one.seen)
    event.add("dtstamp", made_at.astimezone(UTC))
    event.add("dtstart", one.on)
    event.add("dtend", one.on + timedelta(days=1))
    mark = f"【{DEMONSTRATION.zh}】" if one.is_demonstration else ""
    event.add("summary", f"{mark}联合检查：{one.title or one.id}")
    lines = [f"{name}：{text}" for name, text in _facts(one, office) if text]
    lines += [f"{at}. {stop.name or stop.ref}" for at, stop in enumerate(one.stops, start=1)]
    lines += [f"编号：{one.id}", f"{DATA_DATE.zh}：{as_of.isoformat()}"]
    event.add("description", "\n".join(lines))
    event.add("location", one.meet)
    event.add("class", "CONFIDENTIAL")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def say_participants(one: JointInspection) -> str:
    """Return who took part in one line, by unit."""
    return "；".join(_people(one))


def say_results(one: JointInspection, refs: Sequence[str]) -> str:
    """Return in one line what was seen of some hazards, and in which inspection."""
    seen = [
        f"{stop.name or stop.ref}：{RESULT_TITLES[stop.result].zh}"
        + (f"（{stop.text}）" if stop.text else "")
        for stop in one.stops
        if stop.ref in refs and (stop.result or stop.text)
    ]
    parts = [*seen, *([one.summary.strip()] if one.summary.strip() else [])]
    return f"{'；'.join(parts)}（联合检查 {one.id}）"


def _facts(one: JointInspection, office: str) -> tuple[tuple[str, str], ...]:
    return (
        ("检察机关", office),
        ("参加的行政机关", "、".join(one.agencies)),
        ("事由", one.title),
        ("日期", one.on.isoformat()),
        ("集合时间和地点", one.meet),
    )


def _people(one: JointInspection) -> list[str]:
    units: dict[str, list[str]] = {}
    for person in one.participants:
        units.setdefault(person.unit, []).append(person.name)
    return [
        f"{unit}：{'、'.join(filter(None, people)) or BLANK}" for unit, people in units.items()
    ] or [BLANK]


def _stops(one: JointInspection) -> list[tuple[str, ...]]:
    return [
        (
            str(at),
            stop.ref.partition(":")[2],
            stop.name,
            stop.township,
            RESULT_TITLES[stop.result].zh if stop.result else "",
            stop.text,
        )
        for at, stop in enumerate(one.stops, start=1)
    ]
