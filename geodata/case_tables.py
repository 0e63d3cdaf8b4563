"""Cases as two tables, cases and entries, or as one with a row per entry; and back again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from geodata.case_columns import (
    CASE_COLUMNS,
    ENTRY_COLUMNS,
    Row,
    by_case,
    find_code,
    find_codes,
    known_codes,
    read_case,
    read_instant,
    write_instant,
)
from geodata.case_draft import Draft, code_list, stand_in
from geodata.case_sheets import Sheet
from geodata.city import City
from geodata.errors import UnknownJurisdiction
from geodata.lifecycle import GAP
from geodata.model import Case, CaseEvent, Language, Title
from geodata.rule_set import RuleSet, load_rule_set

CASES, ENTRIES = Title("案件", "Cases"), Title("案件记录", "Entries")
ONCE = frozenset({"summary_zh", "summary_en", "hazards", "former_outcome"})
OWN_PARTS = ("number", "kind", "occurred_on", "document", "ground", "due_on", "note")
LAST_PARTS = ("corrects", "recorded_at", "recorded_by")


@dataclass(frozen=True)
class Entering:
    """When and by whom entries are made that do not say so themselves."""

    at: datetime
    by: str


# --------------------------------------------------------------------- cases -> tables


def tables_of(cases: Sequence[Case], city: City, language: Language) -> tuple[Sheet, Sheet]:
    """Return the table of cases and that of their entries, headings and names in one language."""
    details = _details_in(cases)
    case_rows = [_case_cells(case, city, language) for case in cases]
    entry_rows = [
        (case.id, *_entry_cells(case, number, details, language))
        for case in cases
        for number in range(len(case.events))
    ]
    id_heading = CASE_COLUMNS["id"].title.says(language)
    return (
        _sheet(CASES.says(language), _case_headings(language), case_rows),
        _sheet(
            ENTRIES.says(language), (id_heading, *_entry_headings(details, language)), entry_rows
        ),
    )


def flat_table_of(cases: Sequence[Case], city: City, language: Language) -> Sheet:
    """Return one table with a row per entry; what belongs to the case is told in each of them.

    Only what is long (ONCE) stands with the first entry alone.
    """
    details = _details_in(cases)
    blank = ("",) * len(_entry_headings(details, language))
    rows = []
    for case in cases:
        cells = _case_cells(case, city, language)
        later = [
            "" if part in ONCE else cell for part, cell in zip(CASE_COLUMNS, cells, strict=True)
        ]
        own = [_entry_cells(case, number, details, language) for number in range(case.revision)]
        rows += [(*(later if at else cells), *entry) for at, entry in enumerate(own or [blank])]
    headings = (*_case_headings(language), *_entry_headings(details, language))
    return _sheet(CASES.says(language), headings, rows)


def _sheet(name: str, headings: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Sheet:
    return Sheet(name, headings, tuple(enumerate(rows, start=2)))


def _case_headings(language: Language) -> tuple[str, ...]:
    return tuple(one.title.says(language) for one in CASE_COLUMNS.values())


def _entry_headings(details: Sequence[str], language: Language) -> tuple[str, ...]:
    known = load_rule_set().details
    return (
        *(ENTRY_COLUMNS[one].title.says(language) for one in OWN_PARTS),
        *(known[one].title.says(language) if one in known else f"detail:{one}" for one in details),
        *(ENTRY_COLUMNS[one].title.says(language) for one in LAST_PARTS),
    )


def _details_in(cases: Iterable[Case]) -> tuple[str, ...]:
    """Return the details that any entry has, those of the law in its own order first."""
    used = {name for case in cases for event in case.events for name, _ in event.details}
    known = [one for one in load_rule_set().details if one in used]
    return (*known, *sorted(used - set(known)))


def _case_cells(case: Case, city: City, language: Language) -> tuple[Any, ...]:
    codes = load_rule_set(case.rule_set).codes
    flags = {True: Title("是", "yes"), False: Title("否", "no")}
    cells: dict[str, Any] = {
        "id": case.id,
        "title_zh": case.title.zh,
        "title_en": case.title.en,
        "jurisdiction": _office(case.jurisdiction, city, language),
        "case_kind": _name(case.kind, codes["case_kinds"], language),
        "field": _name(case.field, codes["fields"], language),
        "secondary_fields": _names(case.secondary_fields, codes["fields"], language),
        "agency": case.agency,
        "lead_source": _name(case.lead_source, codes["lead_sources"], language),
        "series": case.series,
        "shared_with": "；".join(_office(one, city, language) for one in case.shared_with),
        "summary_zh": case.summary.zh,
        "summary_en": case.summary.en,
        "hazards": "、".join(map(str, case.hazards)),
        "former_outcome": "、".join(f"{name}={amount!r}" for name, amount in case.outcome),
        "came_from": case.came_from,
        "record_number": case.record_number,
        "is_demonstration": flags[case.is_demonstration].says(language),
        "rule_set": case.rule_set,
    }
    return tuple(cells[one] for one in CASE_COLUMNS)


def _entry_cells(
    case: Case, number: int, details: Sequence[str], language: Language
) -> tuple[Any, ...]:
    event, rules = case.events[number], load_rule_set(case.rule_set)
    is_known = event.kind in rules.stages or event.kind in rules.facts
    fact = rules.kind(event.kind) if is_known else None
    grounds = rules.codes[fact.grounds] if fact and fact.grounds else {}
    told = dict(event.details)
    return (
        number,
        fact.title.says(language) if fact else event.kind,
        event.occurred_on,
        event.document,
        _name(event.ground, grounds, language),
        event.due_on,
        event.note,
        *(_detail_text(one, told.get(one, ""), case.kind, rules, language) for one in details),
        event.corrects,
        write_instant(event.recorded_at),
        event.recorded_by,
    )


def _detail_text(name: str, value: str, kind: str, rules: RuleSet, language: Language) -> str:
    detail = rules.details.get(name)
    if detail is None or detail.form not in {"code", "codes"}:
        return value
    codes = rules.codes[code_list(detail, kind)]
    return _names(value.split(";"), codes, language)


def _name(code: str, codes: Mapping[str, Title], language: Language) -> str:
    return codes[code].says(language) if code in codes else code


def _names(found: Iterable[str], codes: Mapping[str, Title], language: Language) -> str:
    return "；".join(_name(one, codes, language) for one in found)


def _office(office: str, city: City, language: Language) -> str:
    try:
        return city.jurisdiction(office).title.says(language)
    except UnknownJurisdiction:
        return office


# --------------------------------------------------------------------- tables -> cases


def drafts_of_tables(
    case_rows: Sequence[Row], entry_rows: Sequence[Row], city: City, entering: Entering
) -> tuple[tuple[Draft, ...], tuple[Row, ...]]:
    """Return the cases of two tables, and the entries that belong to none of them."""
    entries, drafts, known = by_case(entry_rows), [], set()
    for row in case_rows:
        own = entries.get(row.case_id, []) if row.case_id not in known else []
        known.add(row.case_id)
        drafts.append(_draft(row, own, (row, *own), city, entering))
    lost = [row for row in entry_rows if row.case_id not in known]
    for row in lost:
        row.complain("unknown_case", "id")
    return tuple(drafts), tuple(lost)


def drafts_of_flat_table(rows: Sequence[Row], city: City, entering: Entering) -> tuple[Draft, ...]:
    """Return the cases of one table with a row per entry; all rows must tell one case alike."""
    drafts = []
    for own in by_case(rows).values():
        first = Row(own[0].place, dict(own[0].cells))
        for row in own[1:]:
            for part in CASE_COLUMNS.keys() & row.cells.keys():
                if not first.text(part):
                    first.cells[part] = row.cells[part]
                elif row.text(part) not in {"", first.text(part)}:
                    row.complain("facts_differ_in_file", part, first=first.place.row)
        told = [row for row in own if row.text("kind") or row.text("occurred_on")]
        drafts.append(_draft(first, told, own, city, entering))
    return tuple(drafts)


def _draft(
    row: Row, entries: Sequence[Row], all_rows: Sequence[Row], city: City, entering: Entering
) -> Draft:
    case, rules, is_judged = read_case(row, city)
    asked = {id(one): one for one in (row, *all_rows)}
    entries = _in_order(entries)
    events: list[CaseEvent] = []
    stand_ins: set[int] = set()
    for number, entry in enumerate(entries):
        event, is_known = _read_entry(entry, events, rules, case.kind, entering)
        events.append(event)
        if not is_known:
            stand_ins.add(number)
    return Draft(
        case=replace(case, events=tuple(events)),
        rules=rules,
        rows=tuple(one.place for one in all_rows),
        entry_rows=tuple(one.place for one in entries),
        problems=tuple(problem for one in asked.values() for problem in one.problems),
        stand_ins=frozenset(stand_ins),
        is_judged=is_judged,
        states_recording=all(one.text("recorded_at") for one in entries),
    )


def _in_order(entries: Sequence[Row]) -> list[Row]:
    """Return entries by their numbers where they have them, which must leave none out."""
    numbered = [row for row in entries if row.text("number")]
    if not numbered:
        return list(entries)
    numbers = {row.text("number"): row for row in numbered}
    ordered = [numbers.get(str(number)) for number in range(len(entries))]
    found = [row for row in ordered if row is not None]
    if len(found) < len(entries):
        fitting = set(map(id, found))
        for row in entries:
            if id(row) not in fitting:
                row.complain("numbers_broken", "number", last=len(entries) - 1)
        return list(entries)
    return found


def _read_entry(
    row: Row, before: Sequence[CaseEvent], rules: RuleSet, case_kind: str, entering: Entering
) -> tuple[CaseEvent, bool]:
    """Return one entry, and whether its kind is known; else it is a stand-in."""
    kinds = {one: fact.title for one, fact in (*rules.stages.items(), *rules.facts.items())}
    named = row.needed("kind")
    kind = find_code(named, kinds) if named else None
    if named and kind is None:
        row.complain("unknown_step", "kind", known=known_codes(kinds))
    row.needed("occurred_on")
    day = row.day("occurred_on")
    event = CaseEvent(
        kind=kind or GAP,
        occurred_on=day or (before[-1].occurred_on if before else date.min),
        recorded_at=_recorded_at(row, entering),
        recorded_by=row.whole("recorded_by") or entering.by,
        note=row.whole("note"),
        document=row.whole("document"),
        ground=_ground(row, kind, rules),
        due_on=row.day("due_on"),
        corrects=_corrects(row, len(before)),
        details=details_in(row, rules, case_kind),
    )
    return (event, True) if kind else (stand_in(event), False)


def _recorded_at(row: Row, entering: Entering) -> datetime:
    if not row.text("recorded_at"):
        return entering.at
    instant = read_instant(row.cells["recorded_at"])
    if instant is None:
        row.complain("not_date", "recorded_at")
    return instant or entering.at


def _ground(row: Row, kind: str | None, rules: RuleSet) -> str:
    text = row.whole("ground")
    grounds = rules.kind(kind).grounds if kind else ""
    found = find_code(text.strip(), rules.codes[grounds]) if grounds and text.strip() else None
    return found or text


def _corrects(row: Row, number: int) -> int | None:
    text = row.text("corrects")
    if not text:
        return None
    if not text.isdecimal():
        row.complain("not_whole", "corrects")
    elif int(text) < number:
        return int(text)
    else:
        row.complain("corrects_unknown", "corrects")
    return None


def details_in(row: Row, rules: RuleSet, case_kind: str) -> tuple[tuple[str, str], ...]:
    """Return the details that a row gives, their codes by id where the rule set knows them."""
    found = []
    for part in row.cells:
        _, is_detail, name = part.partition("detail:")
        text = row.whole(part)
        if not (is_detail and text):
            continue
        detail = rules.details.get(name)
        if detail is not None and detail.form in {"code", "codes"}:
            text = ";".join(find_codes(text, rules.codes[code_list(detail, case_kind)]))
        found.append((name, text))
    return tuple(found)
