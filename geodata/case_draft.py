"""Cases on their way in: what a file says of each, from which rows, and what is wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from geodata.case_file import number_in, numbers_in
from geodata.clocks import check_extension
from geodata.errors import (
    BadDetail,
    DateBeforeCause,
    DueBeforeEntry,
    ExtensionTooLong,
    GeodataError,
    IllegalTransition,
    MissingFacts,
    UnknownGround,
)
from geodata.lifecycle import GAP, advance, check_history, in_effect
from geodata.model import Case, CaseEvent
from geodata.rule_set import Detail, RuleSet

REASONS: tuple[str, ...] = (
    "missing",
    "not_date",
    "not_whole",
    "not_yes_no",
    "not_amounts",
    "bad_id",
    "bad_hazard",
    "unknown_office",
    "unknown_code",
    "unknown_rule_set",
    "unknown_step",
    "unknown_case",
    "unreadable_part",
    "no_entries",
    "no_day",
    "no_year",
    "steps_out_of_order",
    "stage_contradicts",
    "numbers_broken",
    "corrects_unknown",
    "duplicate_case",
    "facts_differ_in_file",
    "history_differs",
    "stored_facts_differ",
    "receipt_assumed",
    "WrongCaseKind",
    "DateInFuture",
    "DueBeforeEntry",
    "MissingFacts",
    "UnknownGround",
    "IllegalTransition",
    "DateBeforeCause",
    "ExtensionTooLong",
    "BadDetail",
)
"""Every reason that a problem can have; those with capitals are errors of the rule set."""

WARNINGS = frozenset({"stored_facts_differ", "receipt_assumed"})
"""What is said, and keeps nothing out."""


@dataclass(frozen=True)
class Place:
    """Where something stands in a file: the table, the row, and the headings by what they mean.

    In a file that is no table the row is the place of the case, counted from 1.
    """

    sheet: str
    row: int
    headings: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CaseProblem:
    """One thing wrong with one row: which case, where, the heading, the value, the reason."""

    reason: str
    sheet: str
    row: int
    column: str = ""
    value: str = ""
    case: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def is_warning(self) -> bool:
        """Return whether the case goes in all the same."""
        return self.reason in WARNINGS


@dataclass(frozen=True)
class Draft:
    """One case as a file tells it, with the row of each entry and every row that it stands in.

    Entries that cannot be told stand as steps not recorded, so that the others can be judged;
    `stand_ins` are their numbers. `is_judged` is False where kind or rule set are not known.
    `states_recording` tells whether the file says when and by whom entries were made.
    """

    case: Case
    rules: RuleSet
    rows: tuple[Place, ...]
    entry_rows: tuple[Place, ...] = ()
    problems: tuple[CaseProblem, ...] = ()
    stand_ins: frozenset[int] = frozenset()
    is_judged: bool = True
    states_recording: bool = True

    @property
    def is_good(self) -> bool:
        """Return whether nothing keeps the case out."""
        return all(one.is_warning for one in self.problems)

    def with_problems(self, *problems: CaseProblem) -> "Draft":
        """Return the draft with further problems."""
        return replace(self, problems=(*self.problems, *problems))


def problem_at(
    place: Place, reason: str, part: str = "", case: str = "", **facts: object
) -> CaseProblem:
    """Return a problem with one part of a row, its heading and its value as in the file."""
    return CaseProblem(
        reason,
        place.sheet,
        place.row,
        place.headings.get(part, part),
        place.values.get(part, ""),
        case,
        tuple((name, str(value)) for name, value in facts.items()),
    )


def judge(draft: Draft) -> Draft:
    """Return the draft with all that its rule set finds wrong, each at the row of its entry."""
    if not draft.is_judged:
        return draft
    if not draft.case.events:
        return draft.with_problems(problem_at(draft.rows[0], "no_entries", "", draft.case.id))
    found = [
        _problem(draft, number, error)
        for number, event in enumerate(draft.case.events)
        if number not in draft.stand_ins
        for error in _entry_faults(draft, number, event)
    ]
    found += [_problem(draft, number, error) for number, error in _history_faults(draft)]
    return draft.with_problems(*found)


def code_list(detail: Detail, case_kind: str) -> str:
    """Return the name of the code list of a detail; claims depend on the kind of case."""
    if detail.codes != "claims":
        return detail.codes
    return "claims_admin" if case_kind == "admin_pil" else "claims_civil"


def _entry_faults(draft: Draft, number: int, event: CaseEvent) -> Iterator[GeodataError]:
    """Yield what is wrong with an entry in itself: kind, day, what is asked, ground, details."""
    case, rules = draft.case, draft.rules
    try:
        advance(replace(case, events=()), event, rules)
    except (IllegalTransition, DateBeforeCause):
        pass  # judged with the whole history
    except GeodataError as fault:
        yield fault
    for name, value in event.details:
        detail = rules.details.get(name)
        if detail and value and not _has_form(detail, value, case, rules):
            facts = {"detail": name, "value": value, "form": detail.form}
            yield BadDetail(case=case.id, event=event.kind, **facts)
    try:
        check_extension(replace(case, events=case.events[:number]), event, rules)
    except ExtensionTooLong as fault:
        yield fault


def _has_form(detail: Detail, value: str, case: Case, rules: RuleSet) -> bool:
    if detail.form == "number":
        return number_in(value) is not None
    if detail.form in {"entry", "entries"}:
        named = numbers_in(value)
        return bool(named) and set(named) <= set(range(case.revision))
    if detail.form in {"code", "codes"}:
        known = rules.codes[code_list(detail, case.kind)]
        return set(value.split(";") if detail.form == "codes" else [value]) <= set(known)
    return True


def _history_faults(draft: Draft) -> Iterator[tuple[int, GeodataError]]:
    """Yield what is unlawful in the history, with the number of the entry that it is about."""
    entries = in_effect(draft.case.events)
    for fault in check_history(draft.case, draft.rules):
        kind = fault.facts.get("to", fault.facts.get("event"))
        on = fault.facts.get("occurred_on")
        about = [e for _, e in entries if e.kind == kind and e.occurred_on == on]
        number = next(at for at, one in enumerate(draft.case.events) if one is about[0])
        may_be_the_cause = draft.stand_ins and isinstance(fault, DateBeforeCause)
        if number in draft.stand_ins or (may_be_the_cause and not fault.facts["cause_on"]):
            continue  # what it follows from may be the entry that cannot be told
        yield number, fault


def _problem(draft: Draft, number: int, error: GeodataError) -> CaseProblem:
    facts = {name: value for name, value in error.facts.items() if name != "case"}
    part = "kind"
    if isinstance(error, MissingFacts):
        part = str(error.facts["missing"]).split(", ")[0]
    elif isinstance(error, UnknownGround):
        part = "ground"
    elif isinstance(error, BadDetail):
        part = str(error.facts["detail"])
    elif isinstance(error, (DueBeforeEntry, ExtensionTooLong)):
        part = "due_on"
    elif isinstance(error, DateBeforeCause) or ("occurred_on" in facts and "now" not in facts):
        part = "occurred_on"
    place = draft.entry_rows[number]
    return problem_at(
        place, type(error).__name__, part, draft.case.id, rules=draft.rules.id, **facts
    )


def stand_in(event: CaseEvent) -> CaseEvent:
    """Return what stands for an entry that cannot be told, so that the others can be judged."""
    return replace(event, kind=GAP, note="?", details=(), corrects=None)
