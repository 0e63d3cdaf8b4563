"""Every write that a person can cause: may they, is it lawful now, write, say what became of it.

Whatever a form allowed is checked again here, on the case as it stands in the store.
"""

from collections.abc import Callable, Collection, Container, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from dashboard import holdings, reads, session
from dashboard.doors.access import (
    act_of_entry,
    may,
    may_change,
    may_everywhere,
    offices_seen,
)
from dashboard.doors.visitors import visitor
from dashboard.draft import Draft, NewLead, code_list
from dashboard.naming import Naming
from dashboard.view import CASE_ID
from geodata import (
    Case,
    CaseEvent,
    GeodataError,
    HazardRef,
    RuleSet,
    Title,
    advance,
    hazards_of,
)
from geodata.case_exchange import Plan, plan_import, read_cases, stored_in, write_plan
from geodata.case_file import number_in, numbers_in
from geodata.case_tables import Entering
from geodata.clocks import check_extension
from geodata.errors import (
    BadDetail,
    CaseTaken,
    MissingFacts,
    NotAllowed,
    ReasonMissing,
    StaleEdit,
    UnknownRevision,
)
from geodata.intake import Intake, Understood, write
from geodata.known_columns import KnownColumns, remember
from geodata.lifecycle import HANDED_OVER, hand_over, in_effect
from geodata.model import RevisionNote
from geodata.placing import BY_HAND, Placed, put_on_map
from geodata.revisions import Revision
from geodata.rule_set import Detail
from geodata.store import NewCase, NewEntry
from layers.catalog import find_layer

FIRST = "lead_registered"
UNLINKED = "hazard_unlinked"


@dataclass(frozen=True)
class Answer:
    """What became of something that was sent: what is stored now, or why it was refused.

    `wanted` is what was asked for; `meanwhile` are the entries that others had made since.
    """

    wanted: Draft | NewLead
    written: tuple[Case, ...] = ()
    trouble: GeodataError | None = None
    meanwhile: tuple[CaseEvent, ...] = ()


def may_write(office: str) -> bool:
    """Return whether this visitor may write for an office; on one's own machine, for any."""
    return may_change(visitor(), office)


def may_do(office: str, act: str) -> bool:
    """Return whether this visitor may do one kind of act for an office (`rights.toml`)."""
    return may_write(office) and may(visitor(), act, office)


def check_act(act: str, who: str = "") -> None:
    """Raise NotAllowed unless this visitor may do an act that touches every office."""
    if not may_everywhere(visitor(), act):
        raise NotAllowed(who=who or visitor().name or "—", office="—")


def enter(draft: Draft) -> None:
    """Enter a draft for this visitor, and keep the answer for the screen."""
    written_by = session.writer()

    def write() -> tuple[Case, ...]:
        event = draft.event(datetime.now(UTC), written_by)
        return record_entry(draft.case_id, event, draft.seen)

    session.keep_answer(_answer(draft, write))


def register(lead: NewLead) -> None:
    """Register a lead for this visitor, and go to its case file if that succeeds."""
    written_by = session.writer()
    answer = _answer(lead, lambda: (register_lead(lead, datetime.now(UTC), written_by),))
    session.keep_answer(answer)
    if answer.written:
        session.open_case_file(answer.written[0].id)


def plan_cases(name: str, content: bytes) -> Plan:
    """Return what of a file of cases would go in, entered by this visitor now; writes nothing.

    Raises UnreadableFile and ColumnsMissing.
    """
    _, seen = holdings.seen_stores(holdings.data_revision())
    entering = Entering(datetime.now(UTC), session.writer())
    return plan_import(read_cases(name, content, holdings.city(), entering), stored_in(seen))


def import_cases(plan: Plan) -> None:
    """Write all that a plan of this visitor holds, or nothing, and keep what came of it."""
    _, store = holdings.stores()
    who, trouble = session.writer(), None
    try:
        for office in plan.offices:
            if not (who and may_do(office, "import_files")):
                raise NotAllowed(who=who, office=office)
        for case in plan.new_cases:
            _check_number(case.id, case.jurisdiction)
        write_plan(plan, store)
    except GeodataError as refused:
        trouble = refused
    session.keep_import(plan, trouble)


def record_entry(case_id: str, event: CaseEvent, seen: int) -> tuple[Case, ...]:
    """Enter something into a case; return the cases written, two where one is handed over.

    Raises StaleEdit if others have entered something since, NotAllowed, and whatever
    `geodata.advance` raises.
    """
    _, store = holdings.stores()
    case = holdings.seen_stores(holdings.data_revision())[1].get(case_id)
    _check_right(case, event)
    if case.revision != seen:
        raise StaleEdit(case=case_id, seen=seen, stored=case.revision, events=case.events[seen:])
    rules = reads.rules_of(case)
    check_entry(case, event, rules, known_hazards())
    if _is_handed_on(case, event):
        return _hand_on(case, event, rules, seen)
    advance(case, event, rules)
    return store.write([NewEntry(case_id, event, seen)])


def register_lead(lead: NewLead, recorded_at: datetime, recorded_by: str) -> Case:
    """Store a new case with its first entries under the rules in force; return it.

    Raises MissingFacts, BadDetail, CaseTaken, NotAllowed and whatever `advance` raises.
    """
    _, store = holdings.stores()
    case = begin_case(
        lead, reads.rules(lead.occurred_on), recorded_at, recorded_by, known_hazards()
    )
    _check_right(case, case.events[0])
    (stored,) = store.write([NewCase(case)])
    return stored


def check_lead(
    lead: NewLead, recorded_at: datetime, recorded_by: str, hazards: Container[str]
) -> None:
    """Raise what registering a lead would raise, where these hazards were there; write nothing."""
    rules = reads.rules(lead.occurred_on)
    case = begin_case(lead, rules, recorded_at, recorded_by, hazards)
    _check_right(case, case.events[0])


def begin_case(
    lead: NewLead,
    rules: RuleSet,
    recorded_at: datetime,
    recorded_by: str,
    hazards: Container[str],
) -> Case:
    """Return the case that a lead makes: how it came in, then the first stage that follows."""
    first = rules.first_stages.get(lead.came_by, rules.first_stages[""])[0]
    _check_lead(lead, first, rules, hazards)
    same = (("case", lead.same_harm_as),) if lead.same_harm_as else ()
    plain = CaseEvent(first, lead.occurred_on, recorded_at, recorded_by)
    begun = replace(plain, note=lead.note, details=same)
    case = Case(
        id=lead.id,
        title=Title(lead.title_zh.strip(), lead.title_en.strip() or lead.title_zh.strip()),
        summary=Title(lead.summary.strip(), lead.summary.strip()),
        jurisdiction=lead.office,
        kind=lead.kind,
        field=lead.field,
        rule_set=rules.id,
        agency=lead.agency.strip(),
        lead_source=lead.lead_source,
        series=lead.series.strip(),
        shared_with=lead.shared_with,
        hazards=tuple(HazardRef.parse(one) for one in lead.hazards),
        came_from=lead.received_from,
    )
    if lead.came_by:
        office = (("office", lead.received_from),) if lead.received_from else ()
        arrival = replace(plain, kind=lead.came_by, document=lead.document, details=office)
        case = advance(case, arrival, rules)
    return advance(case, begun, rules)


def check_entry(case: Case, event: CaseEvent, rules: RuleSet, hazards: Container[str]) -> None:
    """Raise MissingFacts for an entry without an author, BadDetail for a detail of another form.

    Raises ExtensionTooLong as well (R47). What may be entered at all is for `advance` to say.
    """
    if not event.recorded_by.strip():
        raise MissingFacts(case=case.id, event=event.kind, missing="recorded_by", basis="")
    for name, value in event.details:
        detail = rules.details.get(name)
        if detail is not None and value and not _has_form(case, event, detail, rules, hazards):
            raise BadDetail(
                case=case.id, event=event.kind, detail=name, value=value, form=detail.form
            )
    check_extension(case, event, rules)


def write_intake(
    understood: Understood, names: Naming, why: str, data_on: date | None = None
) -> None:
    """Write what was understood of a file for this visitor, and keep what came of it.

    The columns are remembered for the next file with the same headings. `data_on` is the day of
    which a list is.
    """
    outcome = _attempt_intake(understood, why, names, data_on)
    is_refused = isinstance(outcome, GeodataError)
    session.keep("intake_result", None if is_refused else outcome)
    session.keep("intake_refusal", outcome if is_refused else None)


def _attempt_intake(
    understood: Understood, why: str, names: Naming, data_on: date | None
) -> Intake | GeodataError:
    features, _ = holdings.stores()
    words, now, who = names.intake_words, datetime.now(UTC), session.writer()
    headings = words.headings(understood.schema, understood.mapping)
    try:
        _check_writer(who, _offices_written(understood), "import_files")
        intake = write(
            understood,
            features,
            who=who,
            why=why.strip(),
            recorded_at=now,
            say=lambda one: f"{headings.get(one.column, one.column)}: {words.say_reason(one)}",
            data_on=data_on,
        )
        columns = understood.table.columns
        known = {column: understood.mapping.get(column, "") for column in columns}
        kept = KnownColumns(known, who, now, understood.table.source_name)
        folder, office = holdings.settings().data_folder, visitor().office
        remember(folder, understood.layer_id, columns, kept, office)
    except GeodataError as trouble:
        return trouble
    return intake


def _offices_written(understood: Understood) -> list[str]:
    """Return the offices of the rows of a file, and of the rows whose place they would take.

    A row without an office, or of a list without offices, is for whoever may write everywhere.
    """
    features, _ = holdings.stores()
    good, layer = understood.checked.good, understood.layer_id
    offices = set(good["jurisdiction"].fillna("").astype(str))
    if layer in features.layers() and len(good):
        before = features.rows(layer, good["id"].astype(str).tolist())
        offices |= set(before["jurisdiction"].fillna("").astype(str)) if len(before) else set()
    if "" in offices and not may_everywhere(visitor(), "import_files"):
        raise NotAllowed(who=session.writer() or "—", office="—")
    return sorted(offices - {""})


def place_feature(ref: str, said: str, system: str, why: str) -> None:
    """Put a feature that has no place on the map for this visitor, and keep what came of it."""
    session.keep("placed", _attempt_placing(HazardRef.parse(ref), said, system, why))


def _attempt_placing(
    ref: HazardRef, said: str, system: str, why: str
) -> tuple[HazardRef, Placed | GeodataError]:
    features, _ = holdings.stores()
    layer, who = find_layer(ref.layer), session.writer()
    seen, _ = holdings.seen_stores(holdings.data_revision())
    rows = seen.read(ref.layer)
    rows = rows[rows["id"] == ref.id]
    try:
        placed = put_on_map(rows, said, system=system, schema=layer.schema, city=holdings.city())
        if not placed.is_refused:
            offices = {*placed.rows["jurisdiction"], *rows["jurisdiction"]} - {""}
            _check_writer(who, sorted(offices), "place")
            note = RevisionNote(who, why.strip() or BY_HAND, datetime.now(UTC), system=system)
            features.write(ref.layer, placed.rows, note)
            session.point_at(None)
    except GeodataError as trouble:
        return ref, trouble
    return ref, placed


def take_back(revision_id: str, why: str) -> None:
    """Take a write to a layer back for this visitor, and keep what came of it."""
    outcome = _attempt_taking_back(revision_id, why.strip())
    session.keep("taken_back", outcome)
    if isinstance(outcome, Revision):
        session.keep("revision", outcome.id)


def _attempt_taking_back(revision_id: str, why: str) -> Revision | GeodataError:
    features, _ = holdings.stores()
    who = session.writer()
    try:
        if not why:
            raise ReasonMissing(revision=revision_id)
        _check_writer(who, _offices_of(revision_id), "take_back")
        made = features.take_back(revision_id, RevisionNote(who, why, datetime.now(UTC)))
    except GeodataError as trouble:
        return trouble
    return next(one for one in features.revisions() if one.id == made)


def _offices_of(revision_id: str) -> list[str]:
    """Return the offices of all rows that a write touched; raise UnknownRevision."""
    features, _ = holdings.stores()
    seen, _ = holdings.seen_stores(holdings.data_revision())
    known = {one.id: one.layer for one in seen.revisions()}
    if revision_id not in known:
        raise UnknownRevision(revision_id, known)
    layer, before = known[revision_id], str(int(revision_id) - 1)
    states = [features.state(layer, one).current for one in (before, revision_id)]
    ids = set(features.compare(layer, before, revision_id)["id"])
    offices = {one for rows in states for one in rows["jurisdiction"][rows["id"].isin(ids)]}
    return sorted(str(one) for one in offices if one)


def _check_writer(who: str, offices: Collection[str], act: str) -> None:
    """Raise NotAllowed for somebody without a name, or who may not do an act for an office."""
    for office in offices or [""]:
        if not who or not (may_do(office, act) if office else may_everywhere(visitor(), act)):
            raise NotAllowed(who=who or "—", office=office or "—")


def propose_id(office: str, on: date, taken: Collection[str]) -> str:
    """Return the next number of an office and a year that no case has.

    >>> propose_id("LZ-XG", date(2026, 3, 1), ["LZ-XG-2026-001", "LZ-XG-2025-007"])
    'LZ-XG-2026-002'
    """
    stem = f"{office}-{on.year}-"
    numbers = [one.removeprefix(stem) for one in taken if one.startswith(stem)]
    last = max((int(one) for one in numbers if one.isdecimal()), default=0)
    return f"{stem}{last + 1:03d}"


def next_id(office: str, on: date) -> str:
    """Return the number that the next case of an office would have in the year of a day."""
    return propose_id(office, on, _taken_ids())


def proposed_id(office: str, on: date) -> str:
    """Return the number to propose for a new case, blank for an office that one cannot enter for.

    How many cases another office has by now is nobody else's concern.
    """
    return next_id(office, on) if may_do(office, "enter") else ""


def _check_number(case_id: str, office: str) -> None:
    """Raise CaseTaken for a number that a new case of an office cannot have.

    Of numbers that begin as those of another office, whoever does not see all is told the same
    whether that office has such a case or not.
    """
    sees_all = offices_seen(visitor()) is None
    others = [] if sees_all else [one for one in holdings.city().jurisdiction_ids if one != office]
    if any(case_id.startswith(f"{one}-") for one in others) or case_id in _taken_ids():
        raise CaseTaken(case=case_id)


def _taken_ids() -> Collection[str]:
    """Return the id of every case stored by now, without reading their histories."""
    return holdings.casebook(holdings.whole_revision()).positions.keys()


def known_hazards() -> Container[str]:
    """Return what holds the reference of every hazard in the store."""
    return _StoredHazards(holdings.data_revision())


@dataclass(frozen=True)
class _StoredHazards:
    """The references of all stored hazards; those of large layers are asked for one by one."""

    revision: str

    def __contains__(self, ref: object) -> bool:
        return holdings.is_there(str(ref), self.revision)


def _answer(wanted: Draft | NewLead, write: Callable[[], tuple[Case, ...]]) -> Answer:
    try:
        return Answer(wanted, written=write())
    except StaleEdit as stale:
        return Answer(wanted, trouble=stale, meanwhile=_since(stale))
    except GeodataError as trouble:
        return Answer(wanted, trouble=trouble)


def _since(stale: StaleEdit) -> tuple[CaseEvent, ...]:
    _, store = holdings.stores()
    case = store.get(str(stale.facts["case"]))
    seen = stale.facts["seen"]
    return case.events[seen:] if isinstance(seen, int) else ()


def _check_right(case: Case, event: CaseEvent) -> None:
    """Raise NotAllowed unless this visitor may enter a thing of this kind in a case.

    What takes an entry back asks for the same right as the entry.
    """
    kinds = {event.kind}
    if event.corrects is not None and 0 <= event.corrects < len(case.events):
        kinds.add(case.events[event.corrects].kind)
    rules = reads.rules_of(case)
    for kind in sorted(kinds):
        if not may_do(case.jurisdiction, act_of_entry(kind, rules)):
            raise NotAllowed(who=event.recorded_by, office=case.jurisdiction)


def _is_handed_on(case: Case, event: CaseEvent) -> bool:
    """Return whether an entry hands the case to another office of this city."""
    return (
        event.kind in HANDED_OVER
        and event.corrects is None
        and event.detail("office") in holdings.city().jurisdiction_ids
        and event.detail("office") != case.jurisdiction
    )


def _hand_on(case: Case, event: CaseEvent, rules: RuleSet, seen: int) -> tuple[Case, ...]:
    """Write what leaves one office and what comes in at the other, both or neither."""
    _, store = holdings.stores()
    new_id = next_id(event.detail("office"), event.occurred_on)
    gone, received = hand_over(case, event, rules, new_id)
    return store.write([NewEntry(case.id, gone.events[-1], seen), NewCase(received)])


def _check_lead(lead: NewLead, first: str, rules: RuleSet, hazards: Container[str]) -> None:
    needed = {
        "title": lead.title_zh,
        "jurisdiction": lead.office,
        "kind": lead.kind,
        "field": lead.field,
    }
    missing = [name for name, value in needed.items() if not value.strip()]
    if missing:
        basis = rules.kind(first).basis
        raise MissingFacts(case=lead.id, event=first, missing=", ".join(missing), basis=basis)
    if not CASE_ID.fullmatch(lead.id):
        raise BadDetail(case=lead.id, event=first, detail="id", value=lead.id, form="case_id")
    _check_number(lead.id, lead.office)
    for ref in lead.hazards:
        if ref not in hazards:
            raise BadDetail(case=lead.id, event=first, detail="hazard", value=ref, form="hazard")


def _has_form(
    case: Case, event: CaseEvent, detail: Detail, rules: RuleSet, hazards: Container[str]
) -> bool:
    value = event.detail(detail.id)
    numbers = {number for number, _ in in_effect(case.events)}
    own = {str(one) for one in hazards_of(case)}
    checks: dict[str, Callable[[], bool]] = {
        "number": lambda: number_in(value) is not None,
        "day": lambda: _is_day(value),
        "code": lambda: value in code_list(detail, case, rules),
        "codes": lambda: set(value.split(";")) <= set(code_list(detail, case, rules)),
        "hazard": lambda: value in (own if event.kind == UNLINKED else hazards),
        "entry": lambda: _are_entries(value, numbers),
        "entries": lambda: _are_entries(value, numbers),
        "office": lambda: value != case.jurisdiction,
    }
    return checks[detail.form]() if detail.form in checks else True


def _are_entries(value: str, numbers: Collection[int]) -> bool:
    parts: Sequence[str] = [one for one in value.split(";") if one.strip()]
    return len(numbers_in(value)) == len(parts) and set(numbers_in(value)) <= set(numbers)


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
