"""The words of a plan of site visits: problems, why a stop is left out, what would take it in."""

from collections.abc import Iterable, Mapping
from datetime import time

from dashboard.text import say
from geodata import Language
from layers.planning import Change, Day, DayTour, LeftOut, Plan, Problem
from layers.planning.changes import ONE_MORE
from layers.planning.wish import Fact
from layers.travel import CellProblem

STOP_FACTS = ("ref", "because_of")
"""Facts that are refs of stops, said by the names that people know."""


def say_problem(
    problem: Problem, language: Language, names: Mapping[str, str] | None = None
) -> str:
    """Return what is impossible in a wish; `names` are those of the stops by their refs."""
    facts = _said(problem.facts, names)
    if problem.stops:
        return say(f"planning.problems.{problem.code}", language, **facts)
    why = say(f"planning.left.{problem.code}", language, **facts)
    return say("planning.problems.stop", language, ref=facts["ref"], why=why)


def say_left_out(left: LeftOut, language: Language, names: Mapping[str, str] | None = None) -> str:
    """Return why a stop is not visited."""
    return say(f"planning.left.{left.reason}", language, **_said(left.facts, names))


def say_changes(left: LeftOut, language: Language) -> tuple[str, ...]:
    """Return what would take a stop in, the cheapest first, or that nothing would or was tried."""
    if left.changes is None:
        return (say("planning.not_tried", language),)
    if not left.changes:
        return (say("planning.no_change", language),)
    return tuple(_say_change(change, language) for change in left.changes)


def say_quality(plan: Plan, language: Language) -> tuple[str, ...]:
    """Return how good a plan is, where its times come from, and whether the clock ended it."""
    said = []
    if plan.gap is not None:
        said.append(
            say(
                "planning.gap",
                language,
                driving=round(plan.driving_s / 60),
                bound=int(plan.bound_s // 60),
                gap=f"{100 * (1 - plan.bound_s / plan.driving_s):.1f}",
            )
        )
    if plan.is_estimate:
        said.append(say("planning.estimate", language))
    elif plan.source:
        source = say(f"planning.sources.{plan.source}", language)
        said.append(say("planning.measured", language, source=source))
    if plan.ended_by == "clock":
        said.append(say("planning.by_clock", language))
    return tuple(said)


def say_pause(tour: DayTour, day: Day, language: Language) -> str:
    """Return when a team rests on its day, nothing where no pause is wished of it."""
    if day.pause is None:
        return ""
    if tour.pause is None:
        return say("planning.pause_at_home", language)
    begins, ends = tour.pause
    return say("planning.pause", language, begins=f"{begins:%H:%M}", ends=f"{ends:%H:%M}")


def say_cell(problem: CellProblem, language: Language) -> str:
    """Return what is wrong in a table of travel times, by row and column."""
    facts = {"row": problem.row, "column": problem.column, "value": problem.value}
    return say(f"planning.cells.{problem.code}", language, **facts)


def _say_change(change: Change, language: Language) -> str:
    who = "、".join if language == "zh" else "; ".join
    more = say("planning.more_team", language)
    extra = who(
        say("planning.who", language, team=more if team == ONE_MORE else team, on=on)
        for team, on in change.extra
    )
    hours = say("planning.hours", language, person_hours=f"{change.person_hours:g}")
    return say(f"planning.change_{change.kind}", language, who=extra, hours=hours)


def _said(facts: Iterable[tuple[str, Fact]], names: Mapping[str, str] | None) -> dict[str, object]:
    return {name: _say_fact(name, fact, names or {}) for name, fact in facts}


def _say_fact(name: str, fact: Fact, names: Mapping[str, str]) -> object:
    if name in STOP_FACTS:
        return names.get(str(fact), fact)
    if isinstance(fact, time):
        return f"{fact:%H:%M}"
    return f"{fact:g}" if isinstance(fact, float) else fact
