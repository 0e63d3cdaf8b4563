"""Published cases of other regions, collected as facts in a table of its own columns.

Each dated step that a record states becomes an entry; a month alone stands as its first day and
says so; a record without any usable day stands on the day of its entry, by which it had
happened, and says so too. What is not stated is not made up. These cases are examples: their
office is "外地:…".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from geodata.case_columns import CASE_ID, Heading, Row, plain
from geodata.case_draft import Draft
from geodata.case_history import FILED, SERVED, OutOfOrder, Source, Step, Told, make_history
from geodata.case_tables import Entering
from geodata.lifecycle import OFFICE_TIME
from geodata.model import FOREIGN, Case, CaseKind, Title
from geodata.rule_set import RuleSet, load_rule_set

FACT_COLUMNS: Mapping[str, Heading] = {
    one: Heading(Title(one, one))
    for one in (
        *("case_key", "organ", "region", "place_text", "field", "procedure_type"),
        *("supervised_org", "key_date", "stage_reported", "numbers", "quoted_place_precision"),
        *("source_url", "source_kind", "note"),
    )
}
NEEDED = ("case_key", "organ", "procedure_type", "key_date", "stage_reported")
"""A table with these columns holds such records."""

PROCEDURES: Mapping[str, tuple[CaseKind, str]] = {
    "行政公益诉讼": ("admin_pil", ""),
    "公开听证": ("admin_pil", "hearing"),
    "民事公益诉讼": ("civil_pil", ""),
    "刑事附带民事公益诉讼": ("criminal_incidental_civil_pil", ""),
    "支持起诉": ("support_prosecution", ""),
}
FIELDS: tuple[tuple[str, str], ...] = (
    ("消防|充电|公共安全|安全生产", "work_safety"),
    ("供水|饮用水|食品|药品", "food_drug_safety"),
    ("耕地|农田|农用地|河|水资源|排污|生态|环境", "ecological_environment_resources"),
    ("文物|长城", "cultural_relics"),
    ("无障碍", "barrier_free"),
)
"""Words of a record's field, and the field of the law that they are put under (ours)."""

DATED_STEPS: tuple[tuple[str, str], ...] = (
    ("立案", FILED),
    ("建议", SERVED),
    ("回复", "agency_replied"),
    ("回头看", "look_back"),
    ("听证", "hearing"),
    ("磋商", "consultation"),
    ("整改", "rectification_claimed"),
    ("跟进|跟踪", "follow_up_investigation"),
    ("撤回起诉|撤诉", "suit_withdrawn"),
)
"""Words of a dated step, and the entry that it becomes."""

REACHED_STEPS: tuple[tuple[str, str], ...] = (
    ("听证", "hearing"),
    ("磋商", "consultation"),
    ("检察建议", SERVED),
    ("跟进|跟踪", "follow_up_investigation"),
    ("撤回起诉|撤诉", "suit_withdrawn"),
)
"""Words of the state that a record reports, and the entry that it becomes without a day."""

CLAIMED = "rectification_claimed"
PUT_RIGHT = "已.*(整改|复耕|复垦|修复|清理|关停|完成)"
PUBLICATION = "发布|刊发|刊登"
NO_STEP = "报道所载日期未指明环节，录为立案日期，仅供参考"

PUBLISHED = (
    re.compile(r"[/t](20\d{2})(\d{2})(\d{2})[/_]"),
    re.compile(r"/(20\d{2})[-/]?(\d{2})[/-](\d{2})/"),
    re.compile(r"/(20\d{2})/(\d{2})(\d{2})/"),
)
PART = re.compile(
    r"(?:(?P<year>(?:19|20)\d{2})(?:-|$|(?=\D)))?(?:(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?(?P<rest>.*)"
)


@dataclass(frozen=True)
class Dated:
    """One part of a record's dates: the day, what it is marked with, and what happened."""

    on: date
    mark: str
    what: str
    text: str


@dataclass(frozen=True)
class _Record:
    """One record: its dated parts, the activity that it reports, and a day it was known by."""

    row: Row
    dated: tuple[Dated, ...]
    heard: str
    published: date | None
    published_as: str = "报道发布日期"


class NoYear(Exception):
    """A date whose year stands nowhere."""


def fact_meanings() -> dict[str, str]:
    """Return what the headings of such a table mean."""
    return {plain(one): f"fact:{one}" for one in FACT_COLUMNS}


def drafts_of_facts(rows: Sequence[Row], entering: Entering) -> tuple[Draft, ...]:
    """Return the case that each record tells; records without a usable day say so."""
    return tuple(_draft(row, entering) for row in rows)


def _draft(row: Row, entering: Entering) -> Draft:
    rules = load_rule_set()
    case, heard = _case(row, rules)
    source = Source("报道", entering.at, entering.by)
    told: tuple[Told, ...] = ()
    if not row.problems:
        told = _history(row, case, heard, rules, source)
    return Draft(
        case=replace(case, events=tuple(one.event for one in told)),
        rules=rules,
        rows=(row.place,),
        entry_rows=tuple(replace(row.place, headings=_headings(row)) for _ in told),
        problems=tuple(row.problems),
        is_judged=bool(told),
        states_recording=False,
    )


def _headings(row: Row) -> Mapping[str, str]:
    dates = row.place.headings.get("fact:key_date", "")
    return {**row.place.headings, "occurred_on": dates, "kind": dates}


def _case(row: Row, rules: RuleSet) -> tuple[Case, str]:
    """Return the case of a record without entries, and the activity that it reports."""
    told = {one: row.text(f"fact:{one}") for one in FACT_COLUMNS}
    case_id, organ = row.needed("fact:case_key"), row.needed("fact:organ")
    if case_id and not CASE_ID.fullmatch(case_id):
        row.complain("bad_id", "fact:case_key")
    procedure = row.needed("fact:procedure_type")
    if procedure and procedure not in PROCEDURES:
        row.complain("unknown_code", "fact:procedure_type", known="、".join(PROCEDURES))
    kind, heard = PROCEDURES.get(procedure, ("admin_pil", ""))
    row.needed("fact:field")
    title = f"{told['field']}（{organ}）"
    return Case(
        id=case_id,
        title=Title(title, title),
        jurisdiction=f"{FOREIGN}{organ}",
        kind=kind,
        field=_field(told["field"]),
        rule_set=rules.id,
        agency=told["supervised_org"],
        series="外地案例",
        summary=Title(_summary(told), _summary(told)),
    ), heard


def _field(text: str) -> str:
    found = (field for words, field in FIELDS if re.search(words, text))
    return next(found, "exploratory_other")


def _summary(told: Mapping[str, str]) -> str:
    parts = {
        "地区": told["region"],
        "地点": told["place_text"],
        "报道所载状态": told["stage_reported"],
        "报道所载数字": told["numbers"],
        "领域原文": told["field"],
    }
    return "；".join(f"{name}：{text}" for name, text in parts.items() if text)


def _history(row: Row, case: Case, heard: str, rules: RuleSet, source: Source) -> tuple[Told, ...]:
    text = row.text("fact:key_date")
    url = row.text("fact:source_url")
    try:
        dated = list(dates_in(text))
    except NoYear:
        dated = []  # the words stay in the note of the origin
    except ValueError:
        row.complain("no_year", "fact:key_date")
        return ()
    told = [one.on for one in dated if not _is_step(one)]
    published = published_on(url) or (told[0] if told else None)
    record = _Record(row, tuple(dated), heard, published)
    if not dated and published is None:
        entered_on = source.at.astimezone(OFFICE_TIME).date()
        record = replace(record, published=entered_on, published_as="录入日期")
    steps = list(_steps(record, rules, source))
    try:
        entries = make_history(steps, case.kind, rules, source)
    except OutOfOrder as wrong:
        facts = {
            "now": wrong.now,
            "to": wrong.step.kind,
            "basis": rules.kind(wrong.step.kind).basis,
        }
        row.complain("steps_out_of_order", "fact:key_date", rules=rules.id, **facts)
        return ()
    first = entries[0].event
    origin = _origin(row, dated, rules.codes["fields"][case.field].zh)
    note = "；".join(filter(None, (first.note, origin)))
    return (replace(entries[0], event=replace(first, note=note)), *entries[1:])


def _steps(record: _Record, rules: RuleSet, source: Source) -> Iterator[Step]:
    """Yield what a record states: its dated steps, then those that it reports without a day."""
    state = record.row.text("fact:stage_reported")
    dated, heard, published = record.dated, record.heard, record.published
    kinds = [_kind(one.what, DATED_STEPS) for one in dated]
    seen = {kind or heard for kind in kinds}
    for one, kind in zip(dated, kinds, strict=True):
        if kind or (heard and not one.what):
            yield Step(kind or heard, one.on, "fact:key_date", _note(one))
        elif not one.what and FILED not in seen:
            seen.add(FILED)
            yield Step(FILED, one.on, "fact:key_date", f"{NO_STEP}；{_note(one)}")
    stated = [kind for kind in _kinds(state, REACHED_STEPS) if kind not in seen]
    is_recommended = SERVED in {*seen, *stated}
    if is_recommended and re.search(PUT_RIGHT, state) and CLAIMED not in seen:
        stated.append(CLAIMED)
    for kind in stated if stated or seen - {""} else [FILED]:
        last = max((one.on for one in dated if _is_step(one)), default=None)
        if published is not None and (last is None or published > last):
            title = rules.event_title(kind).zh
            note = f"报道未载“{title}”日期，录为{record.published_as}（实际应不晚于此日）"
            yield Step(kind, published, "fact:stage_reported", note)
        elif last is not None:
            yield Step(kind, last, "fact:stage_reported", source.no_later_date(rules, kind))


def _is_step(one: Dated) -> bool:
    return not re.search(PUBLICATION, one.what)


def dates_in(text: str) -> Iterator[Dated]:
    """Yield the dated parts of a record such as "2021-04-22立案;06-23建议", in their order.

    The year of a part is that of the part before it where it has none; what cannot be dated
    ("起诉后撤诉") is left out. Raises NoYear where there is no year at all.
    """
    year = 0
    for part in filter(None, (one.strip() for one in re.split(r"[;；]", text))):
        found = PART.fullmatch(part)
        if found is None or not (found["year"] or found["month"]):
            if re.search(r"\d|年|月", part):
                raise NoYear(part)
            continue
        year = int(found["year"] or year)
        if not year:
            raise NoYear(part)
        what = re.sub(r"^(?:上旬|中旬|下旬|至\d{1,2}(?:-\d{1,2})?|月|日)+", "", found["rest"])
        on = date(year, int(found["month"] or 1), int(found["day"] or 1))
        yield Dated(on, _mark(found, part, what), what.strip(), part)


def published_on(url: str) -> date | None:
    """Return the day of publication that an address names, or None.

    >>> published_on("http://www.example.cn/2025/20250414/page.htm")
    datetime.date(2025, 4, 14)
    """
    for pattern in PUBLISHED:
        found = pattern.search(url)
        if found:
            try:
                return date(*(int(one) for one in found.groups()))
            except ValueError:
                continue
    return None


def _mark(found: re.Match[str], part: str, what: str) -> str:
    """Return how exact a day is: the month or the year alone, or the first day of several."""
    stated = part.removesuffix(what)
    if not found["month"]:
        return f"仅载明年份（{stated}），录为该年首日"
    if not found["day"]:
        return f"仅载明月份（{stated}），录为该月首日"
    return f"载明为一段日期（{stated}），录为首日" if "至" in stated else ""


def _note(one: Dated) -> str:
    words = f"报道所载：{one.text}" if one.text else ""
    return "；".join(filter(None, (words, one.mark)))


def _origin(row: Row, dated: Sequence[Dated], field: str) -> str:
    """Return where a record comes from, with its own words, and the parts that are no entry."""
    parts = {
        "来源": row.text("fact:source_url"),
        "来源性质": row.text("fact:source_kind"),
        "日期原文": row.text("fact:key_date"),
        "状态原文": row.text("fact:stage_reported"),
        "采集备注": row.text("fact:note"),
        "领域": f"原文“{row.text('fact:field')}”，由本系统归入“{field}”",
        "未录入的环节": "、".join(
            one.text for one in dated if one.what and not _kind(one.what, DATED_STEPS)
        ),
    }
    return "；".join(f"{name}：{text}" for name, text in parts.items() if text)


def _kind(text: str, words: Sequence[tuple[str, str]]) -> str:
    return next((kind for pattern, kind in words if text and re.search(pattern, text)), "")


def _kinds(text: str, words: Sequence[tuple[str, str]]) -> list[str]:
    return [kind for pattern, kind in words if re.search(pattern, text)]
