"""What is impossible in a wish, named before anything is solved, all of it, as facts."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from layers.planning.wish import MEMBERS_AT_LEAST, Day, Errand, Facts, Hours, Lock, Wish


@dataclass(frozen=True)
class Problem:
    """One thing that cannot be: a code, and the facts that its wording may use.

    One that `stops` must be mended before there is a plan at all; any other concerns one stop,
    which the plan leaves out for the same reason.
    """

    code: str
    facts: Facts = ()
    stops: bool = True

    def fact(self, name: str) -> object:
        """Return what stands under a fact's name, or nothing."""
        return dict(self.facts).get(name)


def check_wish(wish: Wish) -> tuple[Problem, ...]:
    """Return everything that is impossible in a wish, whatever the roads are like."""
    return tuple(
        chain(
            _check_teams(wish),
            _check_days(wish),
            _check_errands(wish),
            _check_locks(wish),
            _check_groups(wish),
            _check_hours(wish),
        )
    )


def _check_teams(wish: Wish) -> Iterator[Problem]:
    if not wish.teams:
        yield Problem("no_teams")
    for team in wish.teams:
        if team.members < MEMBERS_AT_LEAST:
            facts = (("team", team.id), ("members", team.members), ("least", MEMBERS_AT_LEAST))
            yield Problem("few_people", facts)
        if len(team.names) > team.members:
            facts = (("team", team.id), ("members", team.members), ("names", len(team.names)))
            yield Problem("more_names_than_people", facts)
        if not all(map(math.isfinite, (*team.start, *team.finish))):
            yield Problem("team_without_place", (("team", team.id),))
        if wish.days and all(day.on in team.days_off for day in wish.days):
            yield Problem("team_always_off", (("team", team.id),))
    yield from (Problem("team_twice", (("team", one),)) for one in _twice(t.id for t in wish.teams))


def _check_days(wish: Wish) -> Iterator[Problem]:
    if not wish.days:
        yield Problem("no_days")
    for day in wish.days:
        if day.hours.opens >= day.hours.closes:
            hours = (("opens", day.hours.opens), ("closes", day.hours.closes))
            yield Problem("day_without_hours", (("on", day.on), *hours))
        yield from _check_pause(day)
    yield from (Problem("day_twice", (("on", one),)) for one in _twice(d.on for d in wish.days))


def _check_pause(day: Day) -> Iterator[Problem]:
    if day.pause is None:
        return
    long = _minutes_shared(*[Hours(day.pause.since, day.pause.until)] * 2)
    where: Facts = (("on", day.on), ("since", day.pause.since), ("until", day.pause.until))
    if day.pause.minutes < 1:
        yield Problem("pause_without_minutes", (*where, ("minutes", day.pause.minutes)))
    elif long < day.pause.minutes:
        yield Problem("pause_too_long", (*where, ("minutes", day.pause.minutes)))


def _check_errands(wish: Wish) -> Iterator[Problem]:
    yield from (
        Problem("stop_twice", (("ref", one),)) for one in _twice(e.ref for e in wish.errands)
    )
    for errand in wish.errands:
        if errand.minutes < 0:
            yield Problem("minutes_negative", (("ref", errand.ref), ("minutes", errand.minutes)))
        if errand.priority < 1:
            yield Problem(
                "priority_under_one", (("ref", errand.ref), ("priority", errand.priority))
            )
        if errand.is_first and errand.is_last:
            yield Problem("first_and_last", (("ref", errand.ref),))
        for hours in errand.opening:
            if hours.opens >= hours.closes:
                facts = (("ref", errand.ref), ("opens", hours.opens), ("closes", hours.closes))
                yield Problem("opening_reversed", facts)


def _check_locks(wish: Wish) -> Iterator[Problem]:
    refs = {errand.ref: errand for errand in wish.errands}
    teams = {team.id: team for team in wish.teams}
    days = {day.on for day in wish.days}
    yield from (
        Problem("locked_twice", (("ref", one),)) for one in _twice(k.ref for k in wish.locks)
    )
    for lock in wish.locks:
        stop: Facts = (("ref", lock.ref),)
        if lock.ref not in refs:
            yield Problem("lock_unknown_stop", stop)
        if lock.team and lock.team not in teams:
            yield Problem("lock_unknown_team", (*stop, ("team", lock.team)))
        if lock.on and lock.on not in days:
            yield Problem("lock_unknown_day", (*stop, ("on", lock.on)))
        if lock.team in teams and lock.on in teams[lock.team].days_off:
            yield Problem("lock_on_day_off", (*stop, ("team", lock.team), ("on", lock.on)))
    yield from _check_positions(wish.locks, refs)


def _check_positions(locks: Iterable[Lock], refs: dict[str, Errand]) -> Iterator[Problem]:
    held = [lock for lock in locks if lock.position is not None]
    for lock in held:
        where: Facts = (("ref", lock.ref), ("position", lock.position or 0))
        beside = [one.position for one in held if (one.team, one.on) == (lock.team, lock.on)]
        if not (lock.team and lock.on):
            yield Problem("position_without_day", where)
        elif beside.count(lock.position) > 1:
            yield Problem("position_shared", (*where, ("team", lock.team), ("on", lock.on)))
        elif not set(range(1, lock.position or 0)) <= set(beside) or (lock.position or 0) < 1:
            yield Problem("position_after_gap", (*where, ("team", lock.team), ("on", lock.on)))
        elif lock.ref in refs and refs[lock.ref].is_first and lock.position != 1:
            yield Problem("first_not_first", where)
        elif lock.ref in refs and refs[lock.ref].is_last and lock.position != len(beside):
            yield Problem("last_not_last", where)


def _check_groups(wish: Wish) -> Iterator[Problem]:
    locks = {lock.ref: lock for lock in wish.locks}
    groups: dict[str, list[Errand]] = {}
    for errand in wish.errands:
        if errand.together:
            groups.setdefault(errand.together, []).append(errand)
    for name, members in groups.items():
        held = [locks[one.ref] for one in members if one.ref in locks]
        teams, days = {one.team for one in held} - {""}, {one.on for one in held} - {None}
        if len(teams) > 1 or len(days) > 1:
            yield Problem("together_locked_apart", (("together", name),))
        if sum(one.is_first for one in members) > 1:
            yield Problem("together_several_first", (("together", name),))
        if sum(one.is_last for one in members) > 1:
            yield Problem("together_several_last", (("together", name),))


def _check_hours(wish: Wish) -> Iterator[Problem]:
    """Yield the stops that no team can see on any day, however near they lie."""
    for errand in wish.errands:
        reason = why_never(errand, wish)
        if reason:
            yield Problem(reason[0], (("ref", errand.ref), *reason[1]), stops=False)


def why_never(errand: Errand, wish: Wish) -> tuple[str, Facts] | None:
    """Return why a stop cannot be seen on any of the days, None if hours do not forbid it."""
    days = sorted(wish.days, key=lambda day: day.on)
    if errand.place is None or not all(map(math.isfinite, errand.place)):
        return "no_place", ()
    if not days:
        return None
    if errand.deadline and errand.deadline < days[0].on:
        return "deadline_passed", (("deadline", errand.deadline), ("first_day", days[0].on))
    stretches = [
        _minutes_shared(day.hours, hours) for day in days for hours in errand.opening_on(day.on)
    ]
    longest = max(stretches, default=0.0)
    if not stretches or longest <= 0 < max(errand.minutes, 1):
        return "closed", (("first_day", days[0].on), ("last_day", days[-1].on))
    if longest < errand.minutes:
        return "too_long", (("minutes", errand.minutes), ("longest_minutes", longest))
    return None


def _minutes_shared(one: Hours, other: Hours) -> float:
    opens = max(one.opens, other.opens)
    closes = min(one.closes, other.closes)
    return (
        (closes.hour - opens.hour) * 60
        + closes.minute
        - opens.minute
        + (closes.second - opens.second) / 60
    )


def _twice(names: Iterable[object]) -> list:
    return [name for name, count in Counter(names).items() if count > 1]
