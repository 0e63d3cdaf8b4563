"""Cases and entries as rows of tables and back, and what a change makes of what is stored.

Every engine that keeps rows shares this, so that all of them keep the same and refuse the
same; what differs is how rows reach the disk.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from geodata.casebook import CASE_FACTS, HAZARD_KINDS, in_utc
from geodata.errors import CaseTaken, StaleEdit
from geodata.model import Case, CaseEvent, HazardRef, Title
from geodata.store import Change, Detailed, NewCase

CASE_COLUMNS = ("entered", *CASE_FACTS, "facts")
LINK_COLUMNS = ("case_entered", "place", "layer", "hazard")
ENTRY_COLUMNS = (
    "entered",
    "case_entered",
    "number",
    "kind",
    "occurred_on",
    "recorded_at",
    "due_on",
    "ground",
    "corrects",
    "ref",
    "facts",
)
"""The columns of cases.sql and cases_postgres.sql, in their order."""

Row = tuple[Any, ...]


# ------------------------------------------------------------------------ changes


def apply_changes(changes: Iterable[Change], stored: Mapping[str, Case]) -> dict[str, Case]:
    """Return all cases by id as they stand after the changes, made one after the other.

    `stored` holds at least the cases that the changes name. Raises CaseTaken, StaleEdit,
    and KeyError for an entry to a case that is not there.
    """
    cases = dict(stored)
    for change in changes:
        if isinstance(change, NewCase):
            if change.case.id in cases:
                raise CaseTaken(case=change.case.id)
            cases[change.case.id] = change.case
        else:
            case = cases[change.case_id]
            if case.revision != change.seen:
                raise StaleEdit(
                    case=case.id,
                    seen=change.seen,
                    stored=case.revision,
                    events=case.events[max(change.seen, 0) :],
                )
            cases[case.id] = replace(case, events=(*case.events, change.event))
    return cases


def id_of(change: Change) -> str:
    """Return the id of the case that a change makes or adds to."""
    return change.case.id if isinstance(change, NewCase) else change.case_id


def check_storable(changes: Iterable[Change]) -> None:
    """Raise ValueError if an instant has no zone or a text is none that every engine can keep."""
    for change in changes:
        told = id_of(change)
        texts = [told]
        if isinstance(change, NewCase):
            texts += _texts_of(replace(change.case, events=()))
        for event in change.case.events if isinstance(change, NewCase) else (change.event,):
            if event.recorded_at.tzinfo is None:
                raise ValueError(f"{told!r}: recorded_at without a zone")
            texts += (event.kind, event.recorded_by, event.note, event.document, event.ground)
            texts += (text for detail in event.details for text in detail)
        if not is_text("".join(texts)):
            raise ValueError(f"{told!r}: text that cannot be stored")


def is_text(text: str) -> bool:
    """Return whether every engine can keep a text: no NUL, no half of a surrogate pair.

    >>> is_text("某案"), is_text("a" + chr(0)), is_text(chr(0xD800))
    (True, False, False)
    """
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _texts_of(value: object) -> Iterator[str]:
    """Yield every text inside a frozen value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts_of(one)
    elif is_dataclass(value):
        for one in vars(value).values():
            yield from _texts_of(one)


# ------------------------------------------------------------------- cases to rows


def rows_of(
    changed: Iterable[Case], stored: Mapping[str, tuple[int, int]], read_to: tuple[int, int]
) -> tuple[list[Row], list[Row], list[Row]]:
    """Return the rows of cases, links and events that are new, numbered on from `read_to`.

    `stored` says of each case that is there already its `entered` and its revision;
    `read_to` are the highest `entered` of cases and of events.
    """
    last_case, last_entry = read_to
    cases: list[Row] = []
    links: list[Row] = []
    entries: list[Row] = []
    for case in changed:
        at, known = stored.get(case.id, (0, 0))
        if not at:
            last_case += 1
            at = last_case
            cases.append(_case_row(at, case))
            links += [(at, place, ref.layer, ref.id) for place, ref in enumerate(case.hazards)]
        for number in range(known, case.revision):
            last_entry += 1
            entries.append(_entry_row(last_entry, at, number, case.events[number]))
    return cases, links, entries


def _case_row(entered: int, case: Case) -> Row:
    facts = {
        "secondary_fields": case.secondary_fields,
        "shared_with": case.shared_with,
        "summary": [case.summary.zh, case.summary.en],
        "outcome": case.outcome,
        "record_number": case.record_number,
    }
    return (
        entered,
        case.id,
        case.title.zh,
        case.title.en,
        case.jurisdiction,
        case.kind,
        case.field,
        ";".join(case.secondary_fields),
        case.agency,
        case.series,
        ";".join(case.shared_with),
        case.lead_source,
        case.rule_set,
        case.came_from,
        int(case.is_demonstration),
        json.dumps(facts, ensure_ascii=False),
    )


def _entry_row(entered: int, case_entered: int, number: int, event: CaseEvent) -> Row:
    facts = {
        "recorded_by": event.recorded_by,
        "note": event.note,
        "document": event.document,
        "details": event.details,
    }
    return (
        entered,
        case_entered,
        number,
        event.kind,
        event.occurred_on.isoformat(),
        in_utc(event.recorded_at).isoformat(timespec="microseconds"),
        event.due_on.isoformat() if event.due_on else None,
        event.ground,
        event.corrects,
        event.detail("hazard") if event.kind in HAZARD_KINDS else "",
        json.dumps({name: told for name, told in facts.items() if told}, ensure_ascii=False),
    )


# ------------------------------------------------------------------- rows to cases


def cases_from(
    cases: Sequence[Row], links: Iterable[Row], entries: Iterable[Row]
) -> tuple[Case, ...]:
    """Return the cases of rows, in the rows' order.

    `links` and `entries` may hold rows of further cases; those of one case stand in order.
    """
    hazards: dict[int, list[HazardRef]] = {row[0]: [] for row in cases}
    events: dict[int, list[CaseEvent]] = {row[0]: [] for row in cases}
    for at, _, layer, hazard in links:
        if at in hazards:
            hazards[at].append(HazardRef(layer, hazard))
    for row in entries:
        if row[1] in events:
            events[row[1]].append(_event_from(row))
    return tuple(_case_from(row, hazards[row[0]], events[row[0]]) for row in cases)


def details_from(rows: Iterable[Row]) -> tuple[Detailed, ...]:
    """Return the details of rows of case id, number and facts."""
    return tuple(
        Detailed(case_id, number, _details_in(json.loads(facts))) for case_id, number, facts in rows
    )


def _details_in(facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in facts.get("details", ()))


def _case_from(row: Row, hazards: Iterable[HazardRef], events: Iterable[CaseEvent]) -> Case:
    told = dict(zip(CASE_COLUMNS, row, strict=True))
    facts = json.loads(told["facts"])
    return Case(
        id=told["id"],
        title=Title(told["title_zh"], told["title_en"]),
        jurisdiction=told["jurisdiction"],
        kind=told["kind"],
        field=told["field"],
        rule_set=told["rule_set"],
        agency=told["agency"],
        secondary_fields=tuple(facts["secondary_fields"]),
        lead_source=told["lead_source"],
        series=told["series"],
        shared_with=tuple(facts["shared_with"]),
        summary=Title(*facts["summary"]),
        hazards=tuple(hazards),
        events=tuple(events),
        outcome=tuple((name, amount) for name, amount in facts["outcome"]),
        came_from=told["came_from"],
        record_number=facts["record_number"],
        is_demonstration=bool(told["is_demonstration"]),
    )


def _event_from(row: Row) -> CaseEvent:
    _, _, _, kind, occurred_on, recorded_at, due_on, ground, corrects, _, rest = row
    facts = json.loads(rest)
    return CaseEvent(
        kind=kind,
        occurred_on=date.fromisoformat(occurred_on),
        recorded_at=datetime.fromisoformat(recorded_at).replace(tzinfo=UTC),
        recorded_by=facts.get("recorded_by", ""),
        note=facts.get("note", ""),
        document=facts.get("document", ""),
        ground=ground,
        due_on=date.fromisoformat(due_on) if due_on else None,
        corrects=corrects,
        details=_details_in(facts),
    )
