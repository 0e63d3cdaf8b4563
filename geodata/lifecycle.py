"""The course of a case: what it may do next, what a move asks for, what was known on a day; pure.

A history is what has been entered, in the order of entry. What counts is the history in
effect: corrections have taken the place of what they correct, and entries stand in the order
in which things happened.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from functools import cache

from geodata.errors import (
    DateBeforeCause,
    DateInFuture,
    DueBeforeEntry,
    GeodataError,
    IllegalTransition,
    MissingFacts,
    UnknownGround,
    WrongCaseKind,
)
from geodata.model import Case, CaseEvent, HazardRef
from geodata.rule_set import Fact, RuleSet, Stage, load_rule_set

__all__ = [
    "Move",
    "RuleSet",
    "Stage",
    "advance",
    "check_history",
    "hand_over",
    "hazards_of",
    "in_effect",
    "known_on",
    "load_rule_set",
    "offered_moves",
    "stage_of",
    "way_to",
]

OFFICE_TIME = timezone(timedelta(hours=8))
"""The clock on the offices' walls: China has one time zone."""

WITHDRAWN = "withdrawn"
GAP = "steps_not_recorded"
HANDED_OVER = {"lead_referred": "lead_received_from", "case_transferred": "case_received"}
"""How a case leaves one office, and how it comes in at the other."""


@dataclass(frozen=True)
class Move:
    """One thing that may be entered next; `leads_on` tells a stage from the rest."""

    fact: Fact
    leads_on: bool

    @property
    def kind(self) -> str:
        """Return the kind of entry that it would be."""
        return self.fact.id


def in_effect(
    events: Sequence[CaseEvent], known_at: datetime | None = None
) -> tuple[tuple[int, CaseEvent], ...]:
    """Return the entries that count, with their numbers, in the order in which things happened.

    A correction takes the number of what it corrects. With `known_at`, only what had been
    entered by that instant counts. Entries of one day keep the order of their numbers.
    """
    standing: dict[int, CaseEvent] = {}
    roots: dict[int, int] = {}
    for number, event in enumerate(events):
        if known_at is not None and event.recorded_at > known_at:
            continue
        if event.corrects is None:
            standing[number] = event
            continue
        root = roots.get(event.corrects, event.corrects)
        roots[number] = root
        if event.kind == WITHDRAWN:
            standing.pop(root, None)
        else:
            standing[root] = event
    return tuple(sorted(standing.items(), key=lambda one: (one[1].occurred_on, one[0])))


def known_on(case: Case, as_of: date, known_at: datetime | None = None) -> Case:
    """Return the case with only what had happened by that day, as it is known (or then was).

    Corrections have taken their places and are plain entries: asked again, it says the same.
    """
    events = (event for _, event in in_effect(case.events, known_at) if event.occurred_on <= as_of)
    return replace(case, events=tuple(_as_plain(event) for event in events))


def _as_plain(event: CaseEvent) -> CaseEvent:
    return event if event.corrects is None else replace(event, corrects=None)


def stage_of(
    case: Case, rules: RuleSet, as_of: date, known_at: datetime | None = None
) -> Stage | None:
    """Return the stage that the case had reached on that day, or None before its first."""
    then = known_on(case, as_of, known_at)
    reached = [event.kind for event in then.events if event.kind in rules.stages]
    return rules.stage(reached[-1]) if reached else None


def hazards_of(
    case: Case, as_of: date = date.max, known_at: datetime | None = None
) -> tuple[HazardRef, ...]:
    """Return the hazards that a case had on a day: those it was opened with, linked, unlinked.

    An entry that names none (a correction may have lost it) links none.
    """
    linked = dict.fromkeys(case.hazards)
    for event in known_on(case, as_of, known_at).events:
        named = event.detail("hazard")
        if named and event.kind == "hazard_linked":
            linked[HazardRef.parse(named)] = None
        elif named and event.kind == "hazard_unlinked":
            linked.pop(HazardRef.parse(named), None)
    return tuple(linked)


def offered_moves(case: Case, rules: RuleSet, on: date) -> tuple[Move, ...]:
    """Return what may lawfully be entered with that day: moves first, in the order of the law."""
    before = known_on(case, on)
    happened = {event.kind for event in before.events}
    allowed = allowed_stages(before.events, case.kind, rules)
    stages = [Move(rules.stages[one], leads_on=True) for one in allowed]
    ways_in = {*HANDED_OVER.values(), *rules.first_stages}
    facts = [
        Move(fact, leads_on=False)
        for fact in rules.facts.values()
        if fact.fits(case.kind)
        and (not fact.after or not happened.isdisjoint(fact.after))
        and fact.id != WITHDRAWN
        and (fact.id in ways_in) != bool(happened)
    ]
    return (*stages, *facts)


def way_to(case: Case, kind: str, rules: RuleSet, on: date) -> tuple[str, ...]:
    """Return what to enter with that day, in this order, for an entry to be lawful, or nothing.

    Of a closed case that may be a stage first from which the entry follows: a relapse that a
    visit found (`relapse_found`) is the outcome of a look-back, which that visit then was. What
    the visit leads to is a new lead; a closed case is not taken up again.
    """
    offered = {move.kind for move in offered_moves(case, rules, on)}
    if kind in offered:
        return (kind,)
    now, fact = stage_of(case, rules, on), rules.kind(kind)
    if now is None or not now.is_terminal or isinstance(fact, Stage):
        return ()
    first = [one for one in fact.after if one in offered and one in rules.stages]
    return (first[0], kind) if first and fact.fits(case.kind) else ()


def allowed_stages(events: Sequence[CaseEvent], case_kind: str, rules: RuleSet) -> tuple[str, ...]:
    """Return the stages that may follow entries in effect, in the order of the law."""
    now, is_gap, way_in = "", False, ""
    for event in events:
        if event.kind in rules.stages:
            now, is_gap = event.kind, False
        elif event.kind == GAP:
            is_gap = True
        elif not now and event.kind in rules.first_stages:
            way_in = event.kind
    if is_gap:
        return _reachable(rules, now, case_kind)
    allowed = rules.stage(now).allowed_next(case_kind) if now else rules.first_stages[way_in]
    return tuple(one for one in allowed if rules.stages[one].fits(case_kind))


def check_history(case: Case, rules: RuleSet) -> tuple[GeodataError, ...]:
    """Return all that is unlawful in the history in effect: moves, entries before their cause."""
    events = [event for _, event in in_effect(case.events)]
    return tuple(_problems(case, events, rules))


def advance(case: Case, event: CaseEvent, rules: RuleSet) -> Case:
    """Return the case with the entry added.

    Raises, naming rule and article: UnknownStage, WrongCaseKind, DateInFuture, MissingFacts,
    DueBeforeEntry, UnknownGround, IllegalTransition for a move that does not fit the history
    (also where it is entered late and what came after it no longer fits), DateBeforeCause for
    an entry without what it follows from. Earlier faults of the record do not stand in the way.
    """
    _check_entry(case, event, rules)
    moved = replace(case, events=(*case.events, event))
    known = {str(problem) for problem in check_history(case, rules)}
    for problem in check_history(moved, rules):
        if str(problem) not in known:
            raise problem
    return moved


def hand_over(case: Case, event: CaseEvent, rules: RuleSet, new_id: str) -> tuple[Case, Case]:
    """Return the case as it leaves one office, and as it comes in at another.

    `event` is `lead_referred` or `case_transferred` and names the other office. The receiving
    office gets a record of its own, which names where it came from; its month runs from
    receipt (R26, R47). Raises as `advance` does.
    """
    details = (*tuple(one for one in event.details if one[0] != "case"), ("case", new_id))
    gone = advance(case, replace(event, details=details), rules)
    arrival = HANDED_OVER[event.kind]
    received = replace(
        event,
        kind=arrival,
        details=(("office", case.jurisdiction), ("case", case.id)),
    )
    opened = replace(
        case,
        id=new_id,
        jurisdiction=event.detail("office"),
        hazards=hazards_of(case),
        lead_source="cross_region_transfer"
        if arrival == "lead_received_from"
        else case.lead_source,
        came_from=case.id,
        record_number="",
        outcome=(),
        events=(),
    )
    first = rules.first_stages.get(arrival, rules.first_stages[""])[0]
    begun = replace(event, kind=first, details=(), document="", ground="")
    return gone, advance(advance(opened, received, rules), begun, rules)


def _check_entry(case: Case, event: CaseEvent, rules: RuleSet) -> None:
    fact = rules.kind(event.kind)
    if not fact.fits(case.kind):
        raise WrongCaseKind(case=case.id, event=event.kind, kind=case.kind, basis=fact.basis)
    if event.occurred_on > event.recorded_at.astimezone(OFFICE_TIME).date():
        raise DateInFuture(case=case.id, event=event.kind, occurred_on=event.occurred_on)
    missing = [name for name in fact.asks if not _given(event, name)]
    if missing:
        raise MissingFacts(
            case=case.id, event=event.kind, missing=", ".join(missing), basis=fact.basis
        )
    if event.due_on is not None and event.due_on < event.occurred_on:
        raise DueBeforeEntry(
            case=case.id,
            event=event.kind,
            occurred_on=event.occurred_on,
            due_on=event.due_on,
            basis=fact.basis,
        )
    if fact.grounds and event.ground and event.ground not in rules.entries[fact.grounds]:
        raise UnknownGround(
            case=case.id,
            event=event.kind,
            ground=event.ground,
            known=", ".join(rules.entries[fact.grounds]),
            basis=fact.basis,
        )


def _given(event: CaseEvent, name: str) -> bool:
    if name in {"document", "ground", "note"}:
        return bool(getattr(event, name).strip())
    return event.due_on is not None if name == "due_on" else bool(event.detail(name).strip())


def _problems(case: Case, events: Sequence[CaseEvent], rules: RuleSet) -> Iterator[GeodataError]:
    seen: dict[str, date] = {}
    for at, event in enumerate(events):
        fact = rules.kind(event.kind)
        if isinstance(fact, Stage):
            yield from _unlawful_move(case, events[:at], event, rules)
        elif fact.after and seen.keys().isdisjoint(fact.after):
            yield _cause_missing(case, events, event, fact)
        seen.setdefault(event.kind, event.occurred_on)


def _unlawful_move(
    case: Case, before: Sequence[CaseEvent], event: CaseEvent, rules: RuleSet
) -> Iterator[GeodataError]:
    allowed = allowed_stages(before, case.kind, rules)
    if event.kind not in allowed:
        reached = [one.kind for one in before if one.kind in rules.stages]
        now = reached[-1] if reached else ""
        yield IllegalTransition(
            case=case.id,
            now=now,
            to=event.kind,
            occurred_on=event.occurred_on,
            allowed=", ".join(allowed),
            basis=rules.stages[now].basis if now else "",
        )


def _cause_missing(
    case: Case, events: Sequence[CaseEvent], event: CaseEvent, fact: Fact
) -> GeodataError:
    days = [one.occurred_on for one in events if one.kind in fact.after]
    return DateBeforeCause(
        case=case.id,
        event=event.kind,
        occurred_on=event.occurred_on,
        cause=", ".join(fact.after),
        cause_on=min(days, default=""),
        basis=fact.basis,
    )


@cache
def _reached_from(rules_id: str, now: str, case_kind: str) -> frozenset[str]:
    rules = load_rule_set(rules_id)
    todo = [now] if now else [one for first in rules.first_stages.values() for one in first]
    reached = set() if now else set(todo)
    while todo:
        fresh = set(rules.stage(todo.pop()).allowed_next(case_kind)) - reached
        reached |= fresh
        todo += fresh
    return frozenset(reached)


def _reachable(rules: RuleSet, now: str, case_kind: str) -> tuple[str, ...]:
    """Return every stage that could be reached from here, whatever was skipped in between."""
    reached: Collection[str] = _reached_from(rules.id, now, case_kind)
    return tuple(
        one for one, stage in rules.stages.items() if one in reached and stage.fits(case_kind)
    )
