"""Cases as JSON, and back without loss: every entry, correction, detail and instant.

The form is numbered: a reader says which forms it knows instead of guessing at another.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from geodata.case_columns import CASE_ID
from geodata.case_draft import CaseProblem, Draft, Place, problem_at, stand_in
from geodata.city import City
from geodata.errors import UnknownJurisdiction, UnknownRuleSet, UnreadableFile
from geodata.model import Case, CaseEvent, HazardRef, Title, is_foreign
from geodata.rule_set import load_rule_set

FORM = 1
"""The form that is written, and the only one there has been."""

REASONS = "reasons"
"""What a case that was held back carries along; it is left out when the file is read."""


@dataclass(frozen=True)
class Unreadable:
    """One case of a file that is no case: its place from 1, the part that is wrong, its value."""

    place: int
    id: str
    part: str
    value: str


def render_json(cases: Iterable[Case], reasons: Mapping[str, list[str]] | None = None) -> bytes:
    """Return cases as JSON, UTF-8; `reasons` stand with the cases of their ids."""
    told = [_told(case, (reasons or {}).get(case.id, [])) for case in cases]
    return render_told(told)


def render_told(told: Iterable[Mapping[str, Any]]) -> bytes:
    """Return cases that are tables already as a file of this form."""
    text = json.dumps({"form": FORM, "cases": list(told)}, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "surrogatepass")


def read_json(
    name: str, content: bytes
) -> tuple[tuple[dict[str, Any], ...], tuple[Case | Unreadable, ...]]:
    """Return the cases of a file as they stand there, and each as a case or what is wrong.

    Raises UnreadableFile for what is no JSON of a known form.
    """
    try:
        told = json.loads(content.decode("utf-8-sig", "surrogatepass"))
    except ValueError as broken:
        raise UnreadableFile(file=name, reason="broken", detail=str(broken)[:200]) from broken
    if not isinstance(told, dict) or not isinstance(told.get("cases"), list):
        raise UnreadableFile(file=name, reason="broken", detail="no cases")
    if told.get("form") != FORM:
        detail = f"form {str(told.get('form'))[:20]}, known: {FORM}"
        raise UnreadableFile(file=name, reason="broken", detail=detail)
    raw = tuple(one if isinstance(one, dict) else {} for one in told["cases"])
    return raw, tuple(_read_case(place, one) for place, one in enumerate(raw, start=1))


def draft_of_json(told: Case | Unreadable, place: int, city: City) -> Draft:
    """Return one case of a file with all that its codes, office and entries have wrong."""
    row = Place("", place)
    if isinstance(told, Unreadable):
        blank = Case(told.id, Title("", ""), "", "admin_pil", "", load_rule_set().id)
        where = _said(row, **{told.part: told.value})
        wrong = problem_at(where, "unreadable_part", told.part, told.id)
        return Draft(blank, load_rule_set(), (row,), (), (wrong,), is_judged=False)
    try:
        rules = load_rule_set(told.rule_set)
    except UnknownRuleSet as unknown:
        wrong = problem_at(
            _said(row, rule_set=told.rule_set),
            "unknown_rule_set",
            "rule_set",
            told.id,
            known=unknown.facts["known"],
        )
        return Draft(told, load_rule_set(), (row,), (), (wrong,), is_judged=False)
    problems = list(_faults_of_json(told, row, city))
    events, stand_ins = [], set()
    for number, event in enumerate(told.events):
        part = f"events[{number}]"
        is_known = event.kind in rules.stages or event.kind in rules.facts
        aims_back = event.corrects is None or 0 <= event.corrects < number
        if not is_known:
            known = "、".join((*rules.stages, *rules.facts))
            where = _said(row, **{part: event.kind})
            problems.append(problem_at(where, "unknown_step", part, told.id, known=known))
        elif not aims_back:
            where = _said(row, **{part: str(event.corrects)})
            problems.append(problem_at(where, "corrects_unknown", part, told.id))
        is_sound = is_known and aims_back
        events.append(event if is_sound else stand_in(event))
        stand_ins |= set() if is_sound else {number}
    return Draft(
        replace(told, events=tuple(events)),
        rules,
        (row,),
        tuple(_entry_place(row, number, event) for number, event in enumerate(events)),
        tuple(problems),
        frozenset(stand_ins),
        is_judged=told.kind in rules.codes["case_kinds"],
    )


def _faults_of_json(case: Case, row: Place, city: City) -> Iterator[CaseProblem]:
    codes = load_rule_set(case.rule_set).codes
    if not CASE_ID.fullmatch(case.id):
        yield problem_at(_said(row, id=case.id), "bad_id", "id", case.id)
    if not case.title.zh.strip():
        yield problem_at(row, "missing", "title", case.id)
    lists: dict[str, tuple[list[str], str]] = {
        "kind": ([case.kind], "case_kinds"),
        "field": ([case.field, *case.secondary_fields], "fields"),
        "lead_source": ([case.lead_source] if case.lead_source else [], "lead_sources"),
    }
    for part, (given, name) in lists.items():
        for one in given:
            if one not in codes[name]:
                known = "、".join(codes[name])
                where = _said(row, **{part: one})
                yield problem_at(where, "unknown_code", part, case.id, known=known)
    for office in (case.jurisdiction, *case.shared_with):
        try:
            _ = is_foreign(office) or city.jurisdiction(office)
        except UnknownJurisdiction as unknown:
            where = _said(row, jurisdiction=office)
            facts = {"known": unknown.facts["known"]}
            yield problem_at(where, "unknown_office", "jurisdiction", case.id, **facts)


def _said(row: Place, **values: str) -> Place:
    return replace(row, headings={name: name for name in values}, values=values)


def _entry_place(row: Place, number: int, event: CaseEvent) -> Place:
    """Return the place of a case as one of its entries sees it."""
    parts = {"kind": event.kind, "occurred_on": event.occurred_on.isoformat()}
    parts |= {"ground": event.ground, "document": event.document, "note": event.note}
    parts |= {"due_on": str(event.due_on or ""), **dict(event.details)}
    return replace(row, headings=_Within(number), values=parts)


class _Within(dict[str, str]):
    """Names each part of an entry by its place in the file."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def get(self, part: str, default: Any = None) -> Any:
        return f"events[{self._number}].{part}" if part else default


def _told(case: Case, reasons: list[str]) -> dict[str, Any]:
    facts = asdict(case)
    facts["hazards"] = [str(ref) for ref in case.hazards]
    facts["events"] = [_told_event(event) for event in case.events]
    return {**facts, **({REASONS: reasons} if reasons else {})}


def _told_event(event: CaseEvent) -> dict[str, Any]:
    """Return an entry without the parts that are empty."""
    facts = asdict(event)
    facts["occurred_on"] = event.occurred_on.isoformat()
    facts["recorded_at"] = event.recorded_at.isoformat()
    facts["due_on"] = event.due_on.isoformat() if event.due_on else None
    always = {"kind", "occurred_on", "recorded_at", "recorded_by"}
    return {
        name: value
        for name, value in facts.items()
        if name in always or value not in ("", None, ())
    }


def _read_case(place: int, told: Mapping[str, Any]) -> Case | Unreadable:
    part = ""

    def take(name: str, parse: Callable[[Any], Any], *default: Any) -> Any:
        nonlocal part
        part = name
        return parse(told[name]) if name in told or not default else default[0]

    try:
        facts = {
            name: take(name, parse, *default) for name, (parse, *default) in CASE_PARTS.items()
        }
        events = []
        for number, event in enumerate(take("events", _list, [])):
            part = f"events[{number}]"
            events.append(_read_event(event))
    except (KeyError, TypeError, ValueError, AttributeError):
        case_id = told.get("id")
        value = told.get(part.partition("[")[0], "") if "[" not in part else ""
        return Unreadable(place, case_id if isinstance(case_id, str) else "", part, str(value)[:60])
    return Case(**facts, events=tuple(events))


def _read_event(told: Mapping[str, Any]) -> CaseEvent:
    due_on, corrects = told.get("due_on"), told.get("corrects")
    recorded_at = datetime.fromisoformat(told["recorded_at"])
    if recorded_at.tzinfo is None or not (corrects is None or type(corrects) is int):
        raise ValueError(told)
    return CaseEvent(
        kind=_text(told["kind"]),
        occurred_on=date.fromisoformat(told["occurred_on"]),
        recorded_at=recorded_at,
        recorded_by=_text(told["recorded_by"]),
        note=_text(told.get("note", "")),
        document=_text(told.get("document", "")),
        ground=_text(told.get("ground", "")),
        due_on=date.fromisoformat(due_on) if due_on else None,
        corrects=corrects,
        details=tuple((_text(name), _text(value)) for name, value in told.get("details", ())),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(one) for one in _list(value))


def _title(value: Any) -> Title:
    return Title(_text(value["zh"]), _text(value["en"]))


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _hazards(value: Any) -> tuple[HazardRef, ...]:
    return tuple(HazardRef.parse(one) for one in _texts(value))


def _amounts(value: Any) -> tuple[tuple[str, float], ...]:
    return tuple((_text(name), float(amount)) for name, amount in _list(value))


CASE_PARTS: Mapping[str, tuple[Any, ...]] = {
    "id": (_text,),
    "title": (_title,),
    "jurisdiction": (_text,),
    "kind": (_text,),
    "field": (_text,),
    "rule_set": (_text,),
    "agency": (_text, ""),
    "secondary_fields": (_texts, ()),
    "lead_source": (_text, ""),
    "series": (_text, ""),
    "shared_with": (_texts, ()),
    "summary": (_title, Title("", "")),
    "hazards": (_hazards, ()),
    "outcome": (_amounts, ()),
    "came_from": (_text, ""),
    "record_number": (_text, ""),
    "is_demonstration": (_flag, False),
}
"""Every part of a case but its entries: how it is read, and what it is where it is not there."""
