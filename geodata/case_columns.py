"""The columns of tables of cases: their headings in both languages, and what a cell means."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from geodata.case_draft import CaseProblem, Place, problem_at
from geodata.case_sheets import Sheet, text_of
from geodata.city import City
from geodata.errors import UnknownJurisdiction
from geodata.lifecycle import OFFICE_TIME
from geodata.model import Case, HazardRef, Title, is_foreign
from geodata.rule_set import RuleSet, load_rule_set, rule_set_ids

CASE_ID = re.compile(r"[\w.()（）〔〕-]{1,60}")
"""What the number of a case is made of, so that it can stand in an address."""

WHY = "_why"
"""The column of reasons that a file of kept rows has; it is read over when the file comes back."""


@dataclass(frozen=True)
class Heading:
    """What a column is called in both languages, and by what other names it is known."""

    title: Title
    others: tuple[str, ...] = ()


CASE_COLUMNS: Mapping[str, Heading] = {
    "id": Heading(Title("案号", "Case number"), ("案件编号", "编号", "id", "case")),
    "title_zh": Heading(Title("案件名称", "Title (Chinese)"), ("案名", "名称", "title")),
    "title_en": Heading(Title("案件名称（英文）", "Title (English)")),
    "jurisdiction": Heading(
        Title("承办院", "Office"), ("承办检察院", "办案单位", "检察院", "jurisdiction")
    ),
    "case_kind": Heading(Title("类别", "Kind of case"), ("案件类别", "案件类型", "kind")),
    "field": Heading(Title("领域", "Field"), ("法定领域", "办案领域", "statutory field")),
    "secondary_fields": Heading(Title("其他领域", "Further fields")),
    "agency": Heading(Title("被监督行政机关", "Agency"), ("被监督单位", "被建议单位", "行政机关")),
    "lead_source": Heading(Title("线索来源", "Source of the lead")),
    "series": Heading(Title("系列案", "Series")),
    "shared_with": Heading(Title("共同办理院", "Shared with")),
    "summary_zh": Heading(Title("案情摘要", "Summary (Chinese)"), ("案情", "summary")),
    "summary_en": Heading(Title("案情摘要（英文）", "Summary (English)")),
    "hazards": Heading(Title("立案时关联隐患", "Hazards at opening"), ("关联隐患",)),
    "former_outcome": Heading(Title("原有成效", "Former outcomes")),
    "came_from": Heading(Title("移送来源", "Came from")),
    "record_number": Heading(Title("业务系统案号", "Record number")),
    "is_demonstration": Heading(Title("演示数据", "Demonstration")),
    "rule_set": Heading(Title("规则集", "Rule set")),
}

ENTRY_COLUMNS: Mapping[str, Heading] = {
    "number": Heading(Title("序号", "No."), ("number",)),
    "kind": Heading(Title("环节或事项", "Step or entry"), ("环节", "事项", "step")),
    "occurred_on": Heading(Title("发生日期", "Date"), ("日期", "发生日", "occurred_on")),
    "document": Heading(Title("文书", "Document")),
    "ground": Heading(Title("情形", "Ground"), ("理由",)),
    "due_on": Heading(Title("所定期限", "Set end"), ("届满日期", "due_on")),
    "note": Heading(Title("备注", "Note"), ("说明",)),
    "corrects": Heading(Title("更正第几项", "Corrects entry")),
    "recorded_at": Heading(Title("录入时间", "Entered at"), ("recorded_at",)),
    "recorded_by": Heading(Title("录入人", "Entered by"), ("recorded_by",)),
}

REASON_COLUMN = Heading(Title("导入问题", "Why not imported"))
LISTS = re.compile(r"[;；、,，]\s*")
EXCEL_EPOCH = date(1899, 12, 30)
DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T ].*)?")
YES = {"是": True, "yes": True, "true": True, "1": True, "y": True, "√": True}
NO = {"": False, "否": False, "no": False, "false": False, "0": False, "n": False}


@dataclass
class Row:
    """One row of a table, its cells by what they mean; keeps what is found wrong with it."""

    place: Place
    cells: dict[str, Any]
    problems: list[CaseProblem] = field(default_factory=list)

    @property
    def case_id(self) -> str:
        """Return the number of the case that the row belongs to, or nothing."""
        return self.text("id") or self.text("fact:case_key")

    def text(self, part: str) -> str:
        """Return a cell as text without blanks around it."""
        return text_of(self.cells.get(part)).strip()

    def whole(self, part: str) -> str:
        """Return a cell as text, as it stands."""
        return text_of(self.cells.get(part))

    def title(self, name: str) -> Title:
        """Return a name in both languages; in a file without English it is the Chinese one."""
        zh = self.whole(f"{name}_zh")
        return Title(zh, self.whole(f"{name}_en") if f"{name}_en" in self.cells else zh)

    def complain(self, reason: str, part: str, **facts: object) -> None:
        """Keep what is wrong with a part."""
        self.problems.append(problem_at(self.place, reason, part, self.case_id, **facts))

    def needed(self, part: str) -> str:
        """Return a cell that must not be blank, or complain."""
        if not self.text(part):
            self.complain("missing", part)
        return self.text(part)

    def day(self, part: str) -> date | None:
        """Return a cell as a day, None where it is blank; complain about anything else."""
        if not self.text(part):
            return None
        found = read_day(self.cells[part])
        if found is None:
            self.complain("not_date", part)
        return found

    def code(self, part: str, codes: Mapping[str, Title]) -> str:
        """Return the code that a cell names by id or name, or complain naming the known ones."""
        text = self.text(part)
        found = find_code(text, codes) if text else ""
        if found is None:
            self.complain("unknown_code", part, known=known_codes(codes))
        return found or ""

    def codes(self, part: str, codes: Mapping[str, Title]) -> tuple[str, ...]:
        """Return the codes that a cell names, or complain naming the known ones."""
        found = find_codes(self.text(part), codes)
        if not set(found) <= set(codes):
            self.complain("unknown_code", part, known=known_codes(codes))
        return tuple(one for one in found if one in codes)

    def office(self, text: str, part: str, city: City) -> str:
        """Return the office that a text names, one of another region as it is, or complain."""
        if is_foreign(text):
            return text
        try:
            return city.find_jurisdiction(text)
        except UnknownJurisdiction:
            known = {one.id: one.title for one in city.jurisdictions}
            self.complain("unknown_office", part, known=known_codes(known))
            return ""


def rows_of(sheet: Sheet, extra: Mapping[str, str] | None = None) -> tuple[list[Row], list[str]]:
    """Return the rows of a table by what their columns mean, and the headings not understood."""
    known = {**meanings(), **(extra or {})}
    found: dict[str, int] = {}
    unknown: list[str] = []
    for at, heading in enumerate(sheet.headings):
        meaning = known.get(plain(heading), "")
        if not meaning or meaning in found:
            unknown.append(heading)
        elif meaning != WHY:
            found[meaning] = at
    headings = {meaning: sheet.headings[at] for meaning, at in found.items()}
    rows = []
    for number, cells in sheet.rows:
        told = {meaning: cells[at] for meaning, at in found.items()}
        values = {meaning: text_of(value)[:80] for meaning, value in told.items()}
        rows.append(Row(Place(sheet.name, number, headings, values), told))
    return rows, unknown


@cache
def meanings() -> Mapping[str, str]:
    """Return what every known heading of cases and entries means, details of the law included."""
    columns = {**CASE_COLUMNS, **ENTRY_COLUMNS, WHY: REASON_COLUMN}
    named = {
        plain(one): meaning
        for meaning, heading in columns.items()
        for one in (heading.title.zh, heading.title.en, *heading.others)
    }
    for rule_set in rule_set_ids():
        for detail in load_rule_set(rule_set).details.values():
            for one in (detail.title.zh, detail.title.en, f"detail:{detail.id}"):
                named.setdefault(plain(one), f"detail:{detail.id}")
    return named


def plain(heading: str) -> str:
    """Return a heading without blanks, breaks, case, and with half-width brackets."""
    return re.sub(r"\s+", "", heading).replace("（", "(").replace("）", ")").casefold()


def read_day(value: Any) -> date | None:
    """Return the day that a cell holds, however it is written, or None.

    >>> read_day("2026年1月5日"), read_day("2026/1/5"), read_day(46027.0), read_day("5月")
    (datetime.date(2026, 1, 5), datetime.date(2026, 1, 5), datetime.date(2026, 1, 5), None)
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = text_of(value).strip()
    found = DAY.fullmatch(text) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    try:
        if found:
            year, month, day = (int(one) for one in found.groups())
            return date(year, month, day)
        is_serial = re.fullmatch(r"[2-6]\d{4}", text)  # a spreadsheet's own number of the day
        return EXCEL_EPOCH + timedelta(int(text)) if is_serial else None
    except ValueError:
        return None


def read_instant(value: Any) -> datetime | None:
    """Return the instant (UTC) of a cell, which is in the offices' time unless it says, or None."""
    try:
        told = value if isinstance(value, datetime) else datetime.fromisoformat(text_of(value))
    except ValueError:
        return None
    return (told if told.tzinfo else told.replace(tzinfo=OFFICE_TIME)).astimezone(UTC)


def write_instant(instant: datetime) -> str:
    """Return an instant in the offices' time, as `read_instant` reads it."""
    return instant.astimezone(OFFICE_TIME).replace(tzinfo=None).isoformat(sep=" ")


def find_code(text: str, codes: Mapping[str, Title]) -> str | None:
    """Return the code that a text names by id or by its name in either language, or None."""
    if text in codes:
        return text
    wanted = plain(text)
    named = (c for c, title in codes.items() if wanted in {plain(title.zh), plain(title.en)})
    return next(named, None)


def find_codes(text: str, codes: Mapping[str, Title]) -> list[str]:
    """Return the codes that a list names; what names none stands as it is.

    A name may hold a comma itself, so commas part only what is no name as a whole.
    """
    found: list[str] = []
    for part in filter(None, map(str.strip, re.split(r"[;；]", text))):
        whole = find_code(part, codes)
        parts = [part] if whole else split(part)
        found += [whole] if whole else [find_code(one, codes) or one for one in parts]
    return found


def known_codes(codes: Mapping[str, Title]) -> str:
    """Return the names of a code list as a fact: a line each, the languages parted by a tab."""
    return "\n".join(f"{title.zh}\t{title.en}" for title in codes.values())


def split(text: str) -> list[str]:
    """Return the parts of a list in a cell, whichever comma parts them."""
    return [one.strip() for one in LISTS.split(text) if one.strip()]


def read_case(row: Row, city: City) -> tuple[Case, RuleSet, bool]:
    """Return the case that a row tells, without its entries, and the rule set it falls under.

    What is wrong is kept in the row; the last value says whether kind and rule set are known,
    so that entries can be judged.
    """
    rules, known_rules = _rules_of(row)
    case_id = row.needed("id")
    if case_id and not CASE_ID.fullmatch(case_id):
        row.complain("bad_id", "id")
    row.needed("title_zh")
    named = row.needed("jurisdiction")
    office = row.office(named, "jurisdiction", city) if named else ""
    row.needed("case_kind")
    kind = row.code("case_kind", rules.codes["case_kinds"])
    row.needed("field")
    case = Case(
        id=case_id,
        title=row.title("title"),
        jurisdiction=office,
        kind=kind or "admin_pil",  # type: ignore[arg-type]
        field=row.code("field", rules.codes["fields"]),
        rule_set=rules.id,
        agency=row.whole("agency"),
        secondary_fields=row.codes("secondary_fields", rules.codes["fields"]),
        lead_source=row.code("lead_source", rules.codes["lead_sources"]),
        series=row.whole("series"),
        shared_with=tuple(
            row.office(one, "shared_with", city) for one in split(row.text("shared_with"))
        ),
        summary=row.title("summary"),
        hazards=tuple(_hazards(row)),
        outcome=tuple(_amounts(row)),
        came_from=row.whole("came_from"),
        record_number=row.whole("record_number"),
        is_demonstration=_flag(row),
    )
    return case, rules, bool(kind) and known_rules


def _rules_of(row: Row) -> tuple[RuleSet, bool]:
    asked = row.text("rule_set")
    titles = {one: load_rule_set(one).title for one in rule_set_ids()}
    found = find_code(asked, titles) if asked else load_rule_set().id
    if found is None:
        row.complain("unknown_rule_set", "rule_set", known=known_codes(titles))
    return load_rule_set(found or load_rule_set().id), found is not None


def _hazards(row: Row) -> Iterator[HazardRef]:
    for one in split(row.text("hazards")):
        try:
            yield HazardRef.parse(one)
        except ValueError:
            row.complain("bad_hazard", "hazards")


def _amounts(row: Row) -> Iterator[tuple[str, float]]:
    for one in split(row.text("former_outcome")):
        name, _, amount = one.partition("=")
        try:
            yield name.strip(), float(amount)
        except ValueError:
            row.complain("not_amounts", "former_outcome")


def _flag(row: Row) -> bool:
    text = row.text("is_demonstration").casefold()
    if text not in YES | NO:
        row.complain("not_yes_no", "is_demonstration")
    return YES.get(text, False)


def by_case(rows: Iterable[Row]) -> Mapping[str, list[Row]]:
    """Return rows by the case that they belong to, in the order of the file."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.case_id, []).append(row)
    return grouped
