"""Plans of visits and shortlists of people, kept in the journal: the newest entry counts.

A plan is kept with the wish that it answers, so that it can be changed and planned again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

import msgspec

from geodata.journal import Draft, Journal, JournalEntry
from layers.planning import Change, DayTour, LeftOut, Plan, Wish
from layers.planning.wish import Fact

PLANNED, SHORTLISTED = "visits_planned", "shortlist_kept"
PLAN, SHORTLIST = "plan", "shortlist"


@dataclass(frozen=True)
class KeptPlan:
    """A plan as somebody kept it; `seen` counts the entries on it, this one included."""

    id: str
    title: str
    wish: Wish
    plan: Plan
    who: str
    at: datetime
    seen: int = 0


def keep_plan(journal: Journal, kept: KeptPlan) -> KeptPlan:
    """Keep a plan by somebody who had seen `kept.seen` entries on it; raise StaleEntry."""
    subject = f"{PLAN}:{kept.id}"
    told = {
        "title": kept.title,
        "wish": msgspec.to_builtins(kept.wish),
        "plan": _plan_told(kept.plan),
    }
    draft = Draft(subject, PLANNED, kept.who, kept.at, told)
    journal.append([draft], {subject: kept.seen})
    return replace(kept, seen=kept.seen + 1)


def kept_plans(journal: Journal) -> tuple[KeptPlan, ...]:
    """Return every plan as it was kept last, the newest first."""
    entries: dict[str, list[JournalEntry]] = {}
    for one in journal.entries(kind=PLANNED):
        entries.setdefault(one.subject, []).append(one)
    newest = sorted(entries.values(), key=lambda some: -some[-1].number)
    return tuple(_plan_of(some) for some in newest)


def find_plan(journal: Journal, plan_id: str) -> KeptPlan | None:
    """Return one plan as it was kept last, or None."""
    entries = journal.entries(subject=f"{PLAN}:{plan_id}", kind=PLANNED)
    return _plan_of(entries) if entries else None


def next_plan_id(journal: Journal, on: date) -> str:
    """Return the id that the next plan of a day bears: the day and a number."""
    stem = f"{PLAN}:{on.isoformat()}-"
    taken = {one.subject for one in journal.entries(kind=PLANNED)}
    numbers = [one.removeprefix(stem) for one in taken if one.startswith(stem)]
    last = max((int(one) for one in numbers if one.isdecimal()), default=0)
    return f"{on.isoformat()}-{last + 1:02d}"


def keep_shortlist(journal: Journal, who: str, refs: Sequence[str], at: datetime) -> None:
    """Keep the shortlist of a person; the one from before stays on record."""
    journal.append([Draft(f"{SHORTLIST}:{who}", SHORTLISTED, who, at, {"stops": list(refs)})])


def shortlist_of(journal: Journal, who: str) -> tuple[str, ...]:
    """Return the shortlist that a person kept last, empty where there is none."""
    entries = journal.entries(subject=f"{SHORTLIST}:{who}", kind=SHORTLISTED)
    return tuple(entries[-1].told["stops"]) if entries else ()


# ------------------------------------------------------------------------- as JSON


def _plan_of(entries: Sequence[JournalEntry]) -> KeptPlan:
    newest = entries[-1]
    return KeptPlan(
        newest.subject.removeprefix(f"{PLAN}:"),
        newest.told["title"],
        msgspec.convert(newest.told["wish"], Wish),
        _plan_from(newest.told["plan"]),
        newest.who,
        newest.at,
        len(entries),
    )


def _plan_told(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON has it; a fact says of which kind it is, for a day is no text."""
    told: dict[str, Any] = msgspec.to_builtins(replace(plan, left_out=()))
    told["left_out"] = [
        {
            "ref": one.ref,
            "reason": one.reason,
            "facts": [_fact_told(name, fact) for name, fact in one.facts],
            "changes": msgspec.to_builtins(one.changes),
        }
        for one in plan.left_out
    ]
    return told


def _plan_from(told: Mapping[str, Any]) -> Plan:
    tours = msgspec.convert(told["tours"], tuple[DayTour, ...])
    left_out = tuple(map(_left_from, told["left_out"]))
    return Plan(**{**told, "tours": tours, "left_out": left_out})


def _left_from(told: Mapping[str, Any]) -> LeftOut:
    return LeftOut(
        told["ref"],
        told["reason"],
        tuple((name, msgspec.convert(fact, FACTS[kind])) for name, kind, fact in told["facts"]),
        msgspec.convert(told["changes"], tuple[Change, ...] | None),
    )


FACTS: Mapping[str, Any] = {"text": str, "number": float, "count": int, "day": date, "clock": time}
"""What a fact may be, by the name that is kept beside it."""


def _fact_told(name: str, fact: Fact) -> list[Any]:
    kind = next(kind for kind, form in FACTS.items() if type(fact) is form)
    return [name, kind, msgspec.to_builtins(fact)]
