"""Stages, moves and deadlines of a case, read from a rule set; pure, told the day by `as_of`."""

import calendar
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import holidays

from geodata.errors import IllegalTransition, UnknownRuleSet, UnknownStage
from geodata.model import Case, CaseEvent, Clock, Title

RULE_SETS = Path(__file__).parent / "rule_sets"


@dataclass(frozen=True)
class Stage:
    """One stage: its names, the group it is shown in, and where it may lead."""

    id: str
    title: Title
    group: str
    next: tuple[str, ...]
    civil_next: tuple[str, ...]
    is_terminal: bool
    basis: str
    certainty: str

    def allowed_next(self, case_kind: str) -> tuple[str, ...]:
        """Return the stages that a case of this kind may move to."""
        return self.next if case_kind == "admin_pil" else self.civil_next


@dataclass(frozen=True)
class Deadline:
    """One period of the law: what starts and stops it, how long it is, whose move it is."""

    id: str
    title: Title
    starts: str
    stops: tuple[str, ...]
    actor: str
    kinds: tuple[str, ...]
    basis: str
    certainty: str
    days: int = 0
    months: int = 0
    only_ground: str = ""
    unless_ground: str = ""
    due_from_event: bool = False
    amended_by: str = ""
    paused_by: tuple[str, ...] = ()
    never_overdue: bool = False
    internal_target: bool = False
    after_closure: bool = False


@dataclass(frozen=True)
class RuleSet:
    """The law as data: every stage, fact, deadline and code list of one version."""

    id: str
    title: Title
    valid_from: date
    groups: Mapping[str, Title]
    stages: Mapping[str, Stage]
    facts: Mapping[str, Title]
    deadlines: tuple[Deadline, ...]
    codes: Mapping[str, Mapping[str, Title]]

    def stage(self, stage_id: str) -> Stage:
        """Return one stage; raise UnknownStage naming the known ones."""
        if stage_id not in self.stages:
            raise UnknownStage(stage_id, self.stages)
        return self.stages[stage_id]

    def deadline(self, deadline_id: str) -> Deadline:
        """Return one deadline; raise KeyError if the rule set has none of that id."""
        return {one.id: one for one in self.deadlines}[deadline_id]

    def event_title(self, kind: str) -> Title:
        """Return the name of an event, be it a move to a stage or a fact."""
        return self.stages[kind].title if kind in self.stages else self.facts[kind]


@cache
def load_rule_set(rule_set_id: str = "cn-2021") -> RuleSet:
    """Return the rule set with this id; raise UnknownRuleSet naming the known ones."""
    known = sorted(file.stem for file in RULE_SETS.glob("*.toml"))
    if rule_set_id not in known:
        raise UnknownRuleSet(rule_set_id, known)
    law = tomllib.loads((RULE_SETS / f"{rule_set_id}.toml").read_text("utf-8"))
    code_lists = ("activities", "lead_sources", "case_kinds", "fields", "actors")
    return RuleSet(
        id=law["id"],
        title=_title(law["title"]),
        valid_from=law["valid_from"],
        groups=_titles(law["groups"]),
        stages={name: _stage(name, facts) for name, facts in law["stages"].items()},
        facts=_titles(law["facts"]),
        deadlines=tuple(_deadline(facts) for facts in law["deadlines"]),
        codes={name: _titles(law[name]) for name in code_lists},
    )


def known_on(case: Case, as_of: date) -> Case:
    """Return the case with only what had happened by the end of that day."""
    return replace(
        case,
        events=tuple(event for event in case.events if event.occurred_on <= as_of),
        activities=tuple(one for one in case.activities if one.occurred_on <= as_of),
    )


def stage_of(case: Case, rules: RuleSet, as_of: date) -> Stage | None:
    """Return the stage that the case had reached on that day, or None before its first."""
    reached = [e.kind for e in case.events if e.occurred_on <= as_of and e.kind in rules.stages]
    return rules.stage(reached[-1]) if reached else None


def advance(case: Case, event: CaseEvent, rules: RuleSet) -> Case:
    """Return the case with the event added; raise IllegalTransition for an unlawful move."""
    if event.kind in rules.stages:
        now = stage_of(case, rules, event.occurred_on)
        allowed = now.allowed_next(case.kind) if now else ("lead_registered", "review_for_suit")
        if event.kind not in allowed:
            raise IllegalTransition(
                case=case.id,
                now=now.id if now else "",
                to=event.kind,
                allowed=", ".join(allowed),
            )
    elif event.kind not in rules.facts:
        raise UnknownStage(event.kind, (*rules.stages, *rules.facts))
    return replace(case, events=(*case.events, event))


def clocks(case: Case, rules: RuleSet, as_of: date) -> tuple[Clock, ...]:
    """Return every clock that had started on the case by that day, in the order of the law."""
    then = known_on(case, as_of)
    found = (_clock(then, deadline, rules, as_of) for deadline in rules.deadlines)
    return tuple(clock for clock in found if clock is not None)


def add_months(start: date, months: int) -> date:
    """Return the corresponding day some months later, or the last day of a shorter month.

    >>> add_months(date(2024, 12, 31), 2)
    datetime.date(2025, 2, 28)
    """
    years, month = divmod(start.month - 1 + months, 12)
    last = calendar.monthrange(start.year + years, month + 1)[1]
    return date(start.year + years, month + 1, min(start.day, last))


def end_of_period(start: date, *, days: int = 0, months: int = 0) -> tuple[date, bool]:
    """Return the last day of a period and whether the holidays of its year are known.

    The first day is not counted; a period that ends on a holiday ends on the first
    working day after it (民事诉讼法 85; its use for the agency's period is our reading).
    """
    end = add_months(start, months) + timedelta(days=days)
    work_days = _work_calendar()
    while end.year in work_days.years_known and not work_days.is_work_day(end):
        end += timedelta(days=1)
    return end, end.year in work_days.years_known


class _WorkCalendar:
    """Work days in China, for the years whose official arrangement is known."""

    def __init__(self) -> None:
        first_years = range(2018, 2100)
        self._days = holidays.country_holidays("CN", years=[])
        arranged = self._days.special_public_holidays
        self.years_known = frozenset(year for year in arranged if year in first_years)

    def is_work_day(self, day: date) -> bool:
        return bool(self._days.is_working_day(day))


@cache
def _work_calendar() -> _WorkCalendar:
    return _WorkCalendar()


def _clock(case: Case, deadline: Deadline, rules: RuleSet, as_of: date) -> Clock | None:
    start = _start_event(case, deadline)
    if start is None:
        return None
    due_on, known = _due(case, deadline, start)
    return Clock(
        deadline=deadline.id,
        started_on=start.occurred_on,
        due_on=due_on + timedelta(days=_days_paused(case, deadline, start, as_of)),
        actor=deadline.actor,
        basis=deadline.basis,
        done_on=_done_on(case, deadline, start, rules),
        is_paused=_is_paused(case, deadline),
        can_be_overdue=not deadline.never_overdue,
        is_internal_target=deadline.internal_target,
        holidays_known=known,
    )


def _start_event(case: Case, deadline: Deadline) -> CaseEvent | None:
    if case.kind not in deadline.kinds:
        return None
    starts = [
        event
        for event in case.events
        if event.kind == deadline.starts
        and deadline.only_ground in {"", event.ground}
        and (not deadline.unless_ground or event.ground != deadline.unless_ground)
    ]
    return starts[-1] if starts else None


def _due(case: Case, deadline: Deadline, start: CaseEvent) -> tuple[date, bool]:
    amended = [e for e in case.events if deadline.amended_by and e.kind == deadline.amended_by]
    if amended and amended[-1].due_on:
        return amended[-1].due_on, True
    if deadline.due_from_event and start.due_on:
        return start.due_on, True
    return end_of_period(start.occurred_on, days=deadline.days, months=deadline.months)


def _done_on(case: Case, deadline: Deadline, start: CaseEvent, rules: RuleSet) -> date | None:
    later = case.events[case.events.index(start) + 1 :]
    ends = [event.occurred_on for event in later if event.kind in deadline.stops]
    if not deadline.after_closure:
        ends += [
            event.occurred_on
            for event in later
            if event.kind in rules.stages and rules.stages[event.kind].is_terminal
        ]
    return min(ends, default=None)


def _is_paused(case: Case, deadline: Deadline) -> bool:
    if not deadline.paused_by:
        return False
    pauses = [event.kind for event in case.events if event.kind in deadline.paused_by]
    return bool(pauses) and pauses[-1] == deadline.paused_by[0]


def _days_paused(case: Case, deadline: Deadline, start: CaseEvent, as_of: date) -> int:
    if not deadline.paused_by:
        return 0
    pause_kind, resume_kind = deadline.paused_by
    total, since = 0, None
    for event in case.events[case.events.index(start) :]:
        if event.kind == pause_kind:
            since = event.occurred_on
        elif event.kind == resume_kind and since is not None:
            total, since = total + (event.occurred_on - since).days, None
    return total + ((as_of - since).days if since is not None else 0)


def _stage(name: str, facts: Mapping[str, Any]) -> Stage:
    return Stage(
        id=name,
        title=_title(facts),
        group=facts["group"],
        next=tuple(facts["next"]),
        civil_next=tuple(facts.get("civil_next", facts["next"])),
        is_terminal=facts.get("terminal", False),
        basis=facts["basis"],
        certainty=facts["certainty"],
    )


def _deadline(facts: Mapping[str, Any]) -> Deadline:
    lists = {name: tuple(facts[name]) for name in ("stops", "kinds", "paused_by") if name in facts}
    return Deadline(**{**facts, **lists, "title": _title(facts["title"])})


def _title(facts: Mapping[str, Any]) -> Title:
    return Title(zh=facts["zh"], en=facts["en"])


def _titles(table: Mapping[str, Mapping[str, Any]]) -> dict[str, Title]:
    return {name: _title(facts) for name, facts in table.items()}
