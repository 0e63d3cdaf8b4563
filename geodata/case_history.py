"""A lawful history made from the few dated steps that a list or a report holds.

What a source does not state is never made up: skipped steps become one entry that says so, and
every day that had to be taken from elsewhere is marked in the note of its entry.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime

from geodata.lifecycle import GAP, allowed_stages
from geodata.model import CaseEvent
from geodata.rule_set import RuleSet

FILED, SERVED, RECEIVED = "case_filed", "recommendation_served", "recommendation_received"


@dataclass(frozen=True)
class Step:
    """One step as a source states it: what, on which day, and by which part of the source."""

    kind: str
    on: date
    part: str
    note: str = ""
    ground: str = ""
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Told:
    """One entry of the history made, and the part of the source that it came from."""

    event: CaseEvent
    part: str


@dataclass(frozen=True)
class Source:
    """How the notes of a history name what it was made from, and who enters it when."""

    name: str
    at: datetime
    by: str

    def no_date(self, rules: RuleSet, kind: str) -> str:
        """Return the note of an entry that stands on the day of what follows from it."""
        title = rules.event_title(kind).zh
        return f"{self.name}未载“{title}”日期，录为其后最早步骤的日期（实际应不晚于该步骤）"

    def no_later_date(self, rules: RuleSet, kind: str) -> str:
        """Return the note of an entry that stands on the last day that the source states."""
        title = rules.event_title(kind).zh
        return f"{self.name}未载“{title}”日期，录为所载最后日期（实际应不早于该日）"

    @property
    def gap(self) -> str:
        """Return the note of what stands for steps that the source does not hold."""
        return f"{self.name}未载其间环节"

    @property
    def receipt(self) -> str:
        """Return the note of a receipt that the source does not date."""
        return f"{self.name}未载收到日期，按送达（制发）日期录入，请核对"


class OutOfOrder(Exception):
    """A step that cannot follow what stands before it, whatever was skipped."""

    def __init__(self, step: Step, now: str) -> None:
        """Keep the step and the stage reached before it."""
        self.step, self.now = step, now
        super().__init__(step.kind)


def make_history(
    steps: Sequence[Step], case_kind: str, rules: RuleSet, source: Source
) -> tuple[Told, ...]:
    """Return the entries that the steps make, in the order of their days.

    Raises OutOfOrder for a step that the law never allows after those before it.
    """
    told: list[Told] = []
    for step in _in_lawful_order([*steps, *_needed(steps, rules, source)], rules):
        if step.kind in rules.stages:
            told += _skipped(told, step, case_kind, rules, source)
        told.append(Told(_event(step, rules, source), step.part))
    return tuple(told)


def reached(told: Sequence[Told], rules: RuleSet) -> str:
    """Return the last stage in a history, or nothing."""
    stages = [one.event.kind for one in told if one.event.kind in rules.stages]
    return stages[-1] if stages else ""


def _needed(steps: Sequence[Step], rules: RuleSet, source: Source) -> Iterator[Step]:
    """Yield what must have come before the stated steps and is not among them.

    Only filing, service and receipt are ever supplied: whoever heard, consulted or replied in
    a case had a case that was filed, and a recommendation that had come in.
    """
    known = {step.kind for step in steps}
    served = [step for step in steps if step.kind == SERVED]
    answers = [step for step in steps if RECEIVED in rules.kind(step.kind).after]
    if answers and RECEIVED not in known:
        basis = served or answers
        yield Step(RECEIVED, min(one.on for one in basis), basis[0].part, source.receipt)
    if answers and not served:
        first = min(one.on for one in answers)
        yield Step(SERVED, first, answers[0].part, source.no_date(rules, SERVED))
    follow = [step for step in steps if _lacks_filing(step, known, rules)]
    if follow:
        later = [one.on for one in steps if _place(one.kind, rules) > _place(FILED, rules)]
        yield Step(FILED, min(later), follow[0].part, source.no_date(rules, FILED))


def _lacks_filing(step: Step, known: AbstractSet[str], rules: RuleSet) -> bool:
    """Return whether a step follows from the filing of the case, and from nothing else stated."""
    causes = rules.kind(step.kind).after
    return FILED in causes and known.isdisjoint(causes)


def _in_lawful_order(steps: Sequence[Step], rules: RuleSet) -> list[Step]:
    """Return steps by day; those of one day in the order in which the law has them."""
    return sorted(steps, key=lambda step: (step.on, _place(step.kind, rules)))


def _place(kind: str, rules: RuleSet) -> tuple[int, int]:
    """Return where an entry stands in the order of the law: its stage, or that of its cause."""
    stages = list(rules.stages)
    if kind in rules.stages:
        return stages.index(kind), -1
    causes = rules.facts[kind].after
    named = [SERVED] if RECEIVED in causes else [one for one in causes if one in rules.stages]
    return min(map(stages.index, named), default=0), list(rules.facts).index(kind)


def _skipped(
    told: Sequence[Told], step: Step, case_kind: str, rules: RuleSet, source: Source
) -> list[Told]:
    events = [one.event for one in told]
    if step.kind in allowed_stages(events, case_kind, rules):
        return []
    gap = CaseEvent(GAP, step.on, source.at, source.by, note=source.gap)
    if step.kind not in allowed_stages([*events, gap], case_kind, rules):
        raise OutOfOrder(step, reached(told, rules))
    return [Told(gap, step.part)]


def _event(step: Step, rules: RuleSet, source: Source) -> CaseEvent:
    fact = rules.kind(step.kind)
    wants_document = "document" in fact.asks
    named = fact.documents[0] if fact.documents else rules.event_title(step.kind).zh
    event = CaseEvent(
        kind=step.kind,
        occurred_on=step.on,
        recorded_at=source.at,
        recorded_by=source.by,
        note=step.note,
        ground=step.ground,
        document=f"{named}（{source.name}未载文号）" if wants_document else "",
        details=step.details,
    )
    return replace(event, note=source.gap) if "note" in fact.asks and not event.note else event
