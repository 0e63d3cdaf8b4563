"""Cases come in from a file and go out to one: read, check, plan, write, keep what was held back.

A case goes in whole or not at all. What is held back can be had as the same file with a column
of reasons, mended, and put back without doubling anything.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import Any

from geodata.case_columns import REASON_COLUMN, Row, plain, rows_of
from geodata.case_draft import CaseProblem, Draft, judge, problem_at
from geodata.case_facts import NEEDED, drafts_of_facts, fact_meanings
from geodata.case_json import REASONS, draft_of_json, read_json, render_json, render_told
from geodata.case_list import DATED, drafts_of_list, list_meanings
from geodata.case_sheets import (
    TABLES,
    Sheet,
    read_sheets,
    render_archive,
    render_csv,
    render_workbook,
)
from geodata.case_tables import (
    CASES,
    Entering,
    drafts_of_flat_table,
    drafts_of_tables,
    flat_table_of,
    tables_of,
)
from geodata.city import City
from geodata.errors import ColumnsMissing, UnreadableFile
from geodata.model import Case, CaseEvent, Language
from geodata.store import CaseStore, Change, NewCase, NewEntry

FORMATS = (".json", ".xlsx", ".csv", ".zip")
"""The endings of files that cases can be written to; others that hold tables can be read."""

COMPARED = (
    *("title", "jurisdiction", "kind", "field", "rule_set", "agency", "secondary_fields"),
    *("lead_source", "series", "shared_with", "summary", "hazards", "came_from"),
)
"""The facts of a case that are compared with those stored; a difference is told, not written."""

NOTE_SHEETS = frozenset({"说明", "Notes"})


@dataclass(frozen=True)
class Reading:
    """A file as read: its cases, what belongs to none, and the file itself to give back.

    `form` is json, tables, flat, list or facts. `unused` are headings that were not understood,
    as (table, heading): their cells are kept in the file and written nowhere.
    """

    name: str
    form: str
    drafts: tuple[Draft, ...]
    problems: tuple[CaseProblem, ...] = ()
    unused: tuple[tuple[str, str], ...] = ()
    sheets: tuple[Sheet, ...] = ()
    told: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Plan:
    """What would go in: new cases, new entries of known ones; and all that stands in the way.

    `problems` hold warnings too; `held` are the rows (or places) of the cases held back.
    """

    reading: Reading
    new_cases: tuple[Case, ...] = ()
    new_entries: tuple[tuple[str, CaseEvent, int], ...] = ()
    unchanged: tuple[str, ...] = ()
    problems: tuple[CaseProblem, ...] = ()
    held: tuple[tuple[str, int], ...] = ()
    held_cases: int = 0

    @property
    def grown_cases(self) -> tuple[str, ...]:
        """Return the stored cases that get new entries."""
        return tuple(dict.fromkeys(case_id for case_id, _, _ in self.new_entries))

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return what is to be written, in one go."""
        cases = (NewCase(one) for one in self.new_cases)
        return (*cases, *(NewEntry(*one) for one in self.new_entries))

    @property
    def offices(self) -> frozenset[str]:
        """Return the offices for whose cases something is to be written."""
        known = {draft.case.id: draft.case.jurisdiction for draft in self.reading.drafts}
        grown = {known[one] for one in self.grown_cases}
        return frozenset({one.jurisdiction for one in self.new_cases} | grown)


# ------------------------------------------------------------------------------- out


def render_cases(
    cases: Sequence[Case],
    form: str,
    city: City,
    language: Language,
    notes: Iterable[tuple[str, str]] = (),
) -> bytes:
    """Return cases as a file; `form` is one of FORMATS, `notes` stand on a sheet of their own.

    JSON loses nothing. Tables lose what no table can hold: control characters, and the order
    of an entry's details.
    """
    if form == ".json":
        return render_json(cases)
    if form == ".csv":
        return render_csv(flat_table_of(cases, city, language))
    sheets = tables_of(cases, city, language)
    if form == ".zip":
        return render_archive(sheets)
    if form == ".xlsx":
        pairs = tuple(enumerate(notes, start=2))
        name = "说明" if language == "zh" else "Notes"
        own = (Sheet(name, (name, ""), pairs),) if pairs else ()
        return render_workbook((*sheets, *own))
    raise UnreadableFile(file=form, reason="format_unknown", known=" ".join(FORMATS))


# -------------------------------------------------------------------------------- in


def read_cases(
    name: str, content: bytes, city: City, entering: Entering, encoding: str | None = None
) -> Reading:
    """Return the cases that a file holds, whatever is wrong with them.

    Raises UnreadableFile for a file that cannot be read, and ColumnsMissing for tables that
    are none of cases, naming what there is.
    """
    ending = Path(name).suffix.casefold()
    if not content:
        raise UnreadableFile(file=name, reason="empty")
    if ending == ".json":
        raw, cases = read_json(name, content)
        drafts = tuple(draft_of_json(one, place, city) for place, one in enumerate(cases, 1))
        return Reading(name, "json", drafts, told=raw)
    if ending not in TABLES:
        known = " ".join((".json", *TABLES))
        raise UnreadableFile(file=name, reason="format_unknown", known=known)
    sheets = tuple(
        one for one in read_sheets(name, content, encoding) if one.name not in NOTE_SHEETS
    )
    return _read_tables(name, sheets, city, entering)


def plan_import(reading: Reading, stored: Callable[[str], Case | None]) -> Plan:
    """Return what of a file would go in, judged by the law and by what is stored already."""
    drafts = _mark_doubles([judge(draft) for draft in reading.drafts])
    plan = Plan(reading)
    problems = list(reading.problems)
    held = [(one.sheet, one.row) for one in reading.problems]
    new, entries, unchanged, held_cases = [], [], [], 0
    for draft in drafts:
        known = stored(draft.case.id) if draft.is_good else None
        judged = draft if known is None else _compare(draft, known)
        problems += judged.problems
        if not judged.is_good:
            held += [(place.sheet, place.row) for place in judged.rows]
            held_cases += 1
        elif known is None:
            new.append(draft.case)
        elif draft.case.revision > known.revision:
            fresh = enumerate(draft.case.events[known.revision :], start=known.revision)
            entries += [(known.id, event, seen) for seen, event in fresh]
        else:
            unchanged.append(known.id)
    return replace(
        plan,
        new_cases=tuple(new),
        new_entries=tuple(entries),
        unchanged=tuple(unchanged),
        problems=tuple(problems),
        held=tuple(dict.fromkeys(held)),
        held_cases=held_cases,
    )


def write_plan(plan: Plan, store: CaseStore) -> tuple[Case, ...]:
    """Write all that a plan holds, or nothing; raises as `CaseStore.write` does."""
    return store.write(plan.changes) if plan.changes else ()


def stored_in(store: CaseStore) -> Callable[[str], Case | None]:
    """Return how a plan asks a store for a case."""

    def get(case_id: str) -> Case | None:
        try:
            return store.get(case_id)
        except KeyError:
            return None

    return get


# ---------------------------------------------------------------------------- held back


def kept_name(name: str) -> str:
    """Return the name of the file of what was held back; old workbooks become new ones.

    >>> kept_name("台账.xls")
    '台账.kept.xlsx'
    """
    file = Path(name)
    ending = file.suffix.casefold()
    endings = {".xls": ".xlsx", ".tsv": ".csv", ".txt": ".csv"}
    return f"{file.stem}.kept{endings.get(ending, ending)}"


def render_kept(plan: Plan, language: Language, say: Callable[[CaseProblem], str]) -> bytes:
    """Return the rows of the cases held back as the file they came in, with a column of reasons.

    Put back after mending, the column is read over.
    """
    reading = plan.reading
    reasons: dict[tuple[str, int], list[str]] = {}
    for one in plan.problems:
        if (one.sheet, one.row) in set(plan.held) and not one.is_warning:
            reasons.setdefault((one.sheet, one.row), []).append(say(one))
    if reading.form == "json":
        places = [row for _, row in plan.held]
        return render_told(
            {**reading.told[row - 1], REASONS: reasons.get(("", row), [])} for row in places
        )
    held = set(plan.held)
    sheets = [_kept_sheet(one, held, reasons, language) for one in reading.sheets]
    ending = Path(kept_name(reading.name)).suffix
    if ending == ".xlsx":
        return render_workbook(sheets)
    return render_archive(sheets) if ending == ".zip" else render_csv(sheets[0])


def _kept_sheet(
    sheet: Sheet,
    held: Collection[tuple[str, int]],
    reasons: Mapping[tuple[str, int], list[str]],
    language: Language,
) -> Sheet:
    why = REASON_COLUMN.title
    places = [
        at
        for at, heading in enumerate(sheet.headings)
        if plain(heading) not in {plain(why.zh), plain(why.en)}
    ]
    rows = tuple(
        (row, (*(cells[at] for at in places), "\n".join(reasons.get((sheet.name, row), []))))
        for row, cells in sheet.rows
        if (sheet.name, row) in held
    )
    headings = (*(sheet.headings[at] for at in places), why.says(language))
    return Sheet(sheet.name or CASES.says(language), headings, rows)


# ------------------------------------------------------------------------------ reading


@dataclass(frozen=True)
class _Read:
    """The tables of a file, and by what they hold the first of each: rows, headings unknown."""

    name: str
    sheets: tuple[Sheet, ...]
    found: Mapping[str, tuple[Sheet, list[Row], list[str]]]


def _read_tables(name: str, sheets: tuple[Sheet, ...], city: City, entering: Entering) -> Reading:
    found: dict[str, tuple[Sheet, list[Row], list[str]]] = {}
    for sheet in sheets:
        rows, unknown = rows_of(sheet, _further_meanings(sheet))
        form = _form_of(rows)
        if form:
            found.setdefault(form, (sheet, rows, unknown))
    read = _Read(name, sheets, found)
    if "cases" in found and "entries" in found:
        drafts, lost = drafts_of_tables(found["cases"][1], found["entries"][1], city, entering)
        return _reading(
            read, "tables", drafts, tuple(problem for row in lost for problem in row.problems)
        )
    whole: dict[str, Callable[[list[Row]], tuple[Draft, ...]]] = {
        "flat": lambda rows: drafts_of_flat_table(rows, city, entering),
        "facts": lambda rows: drafts_of_facts(rows, entering),
        "list": lambda rows: drafts_of_list(rows, city, entering),
    }
    for form, drafts_of in whole.items():
        if form in found:
            return _reading(read, form, drafts_of(found[form][1]))
    present = "、".join(heading for sheet in sheets for heading in sheet.headings)
    missing = "案号、案件名称、承办院、类别、领域；发生日期、环节或事项；或 阶段、立案日期"
    raise ColumnsMissing(missing=missing, present=present[:300])


def _further_meanings(sheet: Sheet) -> Mapping[str, str]:
    """Return what headings mean in a list or, with its own columns, in a table of facts."""
    facts = fact_meanings()
    are_facts = {plain(one) for one in NEEDED} <= {plain(one) for one in sheet.headings}
    return facts if are_facts else list_meanings()


def _form_of(rows: Sequence[Row]) -> str:
    """Return what a table holds by its columns: cases, entries, flat, list, facts, or nothing."""
    columns = set(rows[0].cells) if rows else set()
    if columns >= {f"fact:{one}" for one in NEEDED}:
        return "facts"
    is_case = columns >= {"id", "title_zh"}
    is_entry = columns >= {"id", "kind", "occurred_on"}
    if is_entry:
        return "flat" if is_case else "entries"
    if is_case:
        return "list" if columns & {f"list:{one}" for one in DATED} else "cases"
    return ""


def _reading(
    read: "_Read", form: str, drafts: tuple[Draft, ...], problems: tuple[CaseProblem, ...] = ()
) -> Reading:
    found = read.found
    parts = ("cases", "entries") if form == "tables" else (form,)
    sheets = tuple(found[one][0] for one in parts)
    unused = [(found[one][0].name, heading) for one in parts for heading in found[one][2]]
    unused += [(sheet.name, "*") for sheet in read.sheets if sheet not in sheets]
    return Reading(read.name, form, drafts, problems, tuple(unused), sheets)


# ---------------------------------------------------------------------------- comparing


def _mark_doubles(drafts: Sequence[Draft]) -> list[Draft]:
    """Return drafts where of several under one number the later ones say so, each held back."""
    first: dict[str, Draft] = {}
    marked = []
    for draft in drafts:
        before = first.setdefault(draft.case.id, draft)
        if before is not draft and draft.case.id:
            place = draft.rows[0]
            part = "fact:case_key" if "fact:case_key" in place.headings else "id"
            facts = {"first": before.rows[0].row}
            double = problem_at(place, "duplicate_case", part, draft.case.id, **facts)
            marked.append(draft.with_problems(double))
        else:
            marked.append(draft)
    return marked


def _compare(draft: Draft, known: Case) -> Draft:
    """Return the draft of a case that is stored, refused where its history is another one."""
    new, old = draft.case.events, known.events
    pairs = list(zip(new, old, strict=False))
    at = next((n for n, two in enumerate(pairs) if not _same(*two, draft)), None)
    place = draft.rows[0]
    if at is not None:
        facts = {"number": at, "there": _shown(old[at]), "here": _shown(new[at])}
        where = draft.entry_rows[at] if at < len(draft.entry_rows) else place
        more = problem_at(where, "history_differs", "kind", known.id, rules=known.rule_set, **facts)
        return draft.with_problems(more)
    differ = [name for name in COMPARED if getattr(draft.case, name) != getattr(known, name)]
    if differ and draft.states_recording:
        facts = {"differ": ", ".join(differ)}
        return draft.with_problems(
            problem_at(place, "stored_facts_differ", "id", known.id, **facts)
        )
    return draft


def _same(new: CaseEvent, old: CaseEvent, draft: Draft) -> bool:
    """Return whether two entries say the same; when and by whom counts where the file says it."""
    if not draft.states_recording:
        old = replace(old, recorded_at=new.recorded_at, recorded_by=new.recorded_by)
    return _plain(new) == _plain(old)


def _plain(event: CaseEvent) -> CaseEvent:
    """Return an entry as tables and files can hold it alike: details in one order, none blank."""
    details = tuple(sorted(one for one in event.details if one[1]))
    return replace(event, details=details, recorded_at=event.recorded_at.astimezone(UTC))


def _shown(event: CaseEvent) -> str:
    return f"{event.kind} {event.occurred_on.isoformat()}"
