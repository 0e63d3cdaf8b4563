"""Days out planned: a wish and a source of travel times become a plan that explains itself."""

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal

import numpy as np

from geodata.errors import ImpossibleWish
from layers.planning.bound import bound_driving
from layers.planning.changes import find_changes
from layers.planning.orders import Found, find_orders, groups_of, lacking
from layers.planning.solving import Now, OnProgress, Orders
from layers.planning.timetable import Board, ask_ways
from layers.planning.wish import Change, Facts, LeftOut, Lock, Plan, Wish
from layers.planning.wish_checks import check_wish, why_never
from layers.travel import StraightLines, TravelSource

MAY_CHANGE = frozenset({"no_time", "no_window", "out_of_reach", "too_long", "closed", "together"})
"""Reasons that another hour, day or team may do away with."""

Reasons = dict[int, tuple[str, Facts]]


def plan_visits(
    wish: Wish,
    source: TravelSource | None = None,
    on_progress: OnProgress | None = None,
    *,
    earlier: Plan | None = None,
    now: Now = time.perf_counter,
) -> Plan:
    """Return who goes where and when; each stop is visited once, or left out with its reason.

    Raises ImpossibleWish with all problems where there can be no plan, and what the source of
    travel times raises. The same wish and ways give the same plan, unless the clock cuts the
    search off. The search begins with an `earlier` plan as far as that still stands.
    """
    problems = [problem for problem in check_wish(wish) if problem.stops]
    if problems:
        raise ImpossibleWish(count=len(problems), problems=tuple(problems))
    unplaced = {e.ref for e in wish.errands if (why_never(e, wish) or ("",))[0] == "no_place"}
    board = _board(wish, unplaced, source or StraightLines())
    if board is None:
        return Plan(left_out=tuple(LeftOut(ref, "no_place", changes=()) for ref in unplaced))
    apart = {one.together: one.ref for one in wish.errands if one.together and one.ref in unplaced}
    never = _never(board, apart)
    rows = [row for row in range(board.count) if row not in never]
    found = find_orders(
        board, rows, wish.search, on_progress, earlier=_orders_of(board, earlier), now=now
    )
    orders = {number: order for number, order in sorted(found.orders.items()) if order}
    left = never | _left(board, orders, [row for row in rows if not _is_in(row, orders)])
    told = _explain(board, orders, left, apart) | {
        ref: LeftOut(ref, "no_place", changes=()) for ref in unplaced
    }
    return Plan(
        tours=tuple(board.tour(board.shifts[number], order) for number, order in orders.items()),
        left_out=tuple(told[errand.ref] for errand in wish.errands if errand.ref in told),
        bound_s=_bound(board, orders),
        is_estimate=board.ways.is_estimate,
        source=board.ways.source,
        steps=found.steps,
        ended_by=_ended(found),
    )


def replan(
    wish: Wish,
    plan: Plan,
    keep: Iterable[str],
    source: TravelSource | None = None,
    on_progress: OnProgress | None = None,
) -> Plan:
    """Return a plan in which some stops of an earlier one stay, and the rest is planned anew."""
    locked = replace(wish, locks=hold(wish, plan, keep))
    return plan_visits(locked, source, on_progress, earlier=plan)


def hold(wish: Wish, plan: Plan, keep: Iterable[str]) -> tuple[Lock, ...]:
    """Return the locks of a wish and those that keep stops of a plan where they are.

    A stop keeps its team and day; and its position as far as all before it are kept, too.
    """
    kept = set(keep)
    locks = {lock.ref: lock for lock in wish.locks}
    for tour in plan.tours:
        is_held = True
        for call in tour.calls:
            is_held = is_held and call.ref in kept
            if call.ref in kept:
                position = call.position if is_held else None
                locks[call.ref] = Lock(call.ref, tour.team, tour.on, position)
    return tuple(locks.values())


def move(wish: Wish, plan: Plan, ref: str, *, team: str, on: date, position: int) -> Wish:
    """Return the wish in which a person put a stop at a position of a team's day.

    Whatever stood before that position on that day stays there; positions beyond the last
    count as the last. `replan` or `plan_visits` makes the rest of it.
    """
    calls = {(tour.team, tour.on): [c.ref for c in tour.calls] for tour in plan.tours}
    order = [one for one in calls.get((team, on), []) if one != ref]
    order = [*order[: max(0, position - 1)], ref]
    moved = {one: Lock(one, team, on, at) for at, one in enumerate(order, start=1)}
    others = [
        lock
        for lock in wish.locks
        if lock.ref not in moved and (lock.position is None or (lock.team, lock.on) != (team, on))
    ]
    loosened = [
        replace(lock, position=None)
        for lock in wish.locks
        if lock.ref not in moved
        and lock.position is not None
        and (lock.team, lock.on) == (team, on)
    ]
    return replace(wish, locks=(*others, *loosened, *moved.values()))


def _board(wish: Wish, unplaced: set[str], source: TravelSource) -> Board | None:
    placed = tuple(errand for errand in wish.errands if errand.ref not in unplaced)
    if not placed:
        return None
    locks = tuple(lock for lock in wish.locks if lock.ref not in unplaced)
    known = replace(wish, errands=placed, locks=locks)
    return Board(known, ask_ways(known, source))


def _orders_of(board: Board, earlier: Plan | None) -> Orders:
    """Return the orders of an earlier plan, of the stops, teams and days that there still are."""
    tours = {(tour.team, tour.on): tour.calls for tour in (earlier.tours if earlier else ())}
    return {
        number: [board.row_of[call.ref] for call in calls if call.ref in board.row_of]
        for number, shift in enumerate(board.shifts)
        if (calls := tours.get((board.wish.teams[shift.team].id, shift.day.on)))
    }


def _never(board: Board, apart: Mapping[str, str]) -> Reasons:
    """Return the stops that not even a team of their own could see, and why.

    `apart` names, by group, a stop of it that has no place.
    """
    reasons: Reasons = {}
    for row, errand in enumerate(board.errands):
        reason = why_never(errand, board.wish) or _out_of_reach(board, row)
        if reason:
            reasons[row] = reason
    for name, members in groups_of(board, range(board.count)).items():
        kept_back = [board.errands[row].ref for row in members if row in reasons]
        kept_back.extend([apart[name]] if name in apart else [])
        if kept_back:
            facts: Facts = (("because_of", kept_back[0]),)
            reasons |= {row: ("together", facts) for row in members if row not in reasons}
    return reasons


def _out_of_reach(board: Board, row: int) -> tuple[str, Facts] | None:
    """Return why no team on its own could see a stop between setting out and being back."""
    if any(board.time(shift, [row]) for shift in board.shifts):
        return None
    there = [
        board.seconds[board.start(n), row] + board.seconds[row, board.end(n)]
        for n in range(len(board.wish.teams))
    ]
    if np.all(np.isnan(there)):
        return "no_way", ()
    needed = float(np.nanmin(there)) + board.service_s(row)
    longest = max(board.working_s(shift) for shift in board.shifts)
    facts = (("needed_minutes", _minutes(needed)), ("longest_minutes", _minutes(longest)))
    if board.errands[row].ref in board.locks:
        return "lock_out_of_reach", facts
    return "out_of_reach", facts


def _left(board: Board, orders: Orders, rows: Sequence[int]) -> Reasons:
    """Return why stops that could be seen alone have no room in a plan."""
    reasons: Reasons = {}
    for row in rows:
        lack = lacking(board, orders, row)
        if lack is None:
            reasons[row] = "no_time", ()
            continue
        number, needed, left = lack
        shift = board.shifts[number]
        reasons[row] = (
            "no_window" if needed <= left else "no_time",
            (
                ("needed_minutes", _minutes(needed)),
                ("left_minutes", _minutes(left, down=True)),
                ("team", board.wish.teams[shift.team].id),
                ("on", shift.day.on),
            ),
        )
    return reasons


def _explain(
    board: Board, orders: Orders, reasons: Reasons, apart: Mapping[str, str]
) -> dict[str, LeftOut]:
    """Return every stop that is left out, by ref, with what would take it in."""
    told: dict[str, LeftOut] = {}
    tried = 0
    for unit in _units(board, reasons):
        is_worth_it = all(reasons[row][0] in MAY_CHANGE for row in unit) and not any(
            board.errands[row].together in apart for row in unit if board.errands[row].together
        )
        changes: tuple[Change, ...] | None = None if is_worth_it else ()
        if is_worth_it and tried < board.wish.search.explained:
            changes, tried = find_changes(board, orders, unit), tried + 1
        for row in unit:
            ref = board.errands[row].ref
            told[ref] = LeftOut(ref, *reasons[row], changes=changes)
    return told


def _units(board: Board, reasons: Mapping[int, object]) -> Iterator[list[int]]:
    """Yield what is taken in or left out as one, what matters most first."""
    alone = [[row] for row in reasons if not board.errands[row].together]
    groups = groups_of(board, reasons).values()
    yield from sorted(
        [*alone, *groups], key=lambda unit: (-max(board.errands[r].priority for r in unit), unit)
    )


def _bound(board: Board, orders: Orders) -> float:
    """Return seconds of driving below which no plan of the same stops can come."""
    rows = sorted(row for order in orders.values() for row in order)
    if not rows:
        return 0.0
    teams = sorted({shift.team for shift in board.shifts})
    out = board.seconds[np.ix_([board.start(n) for n in teams], rows)]
    back = board.seconds[np.ix_(rows, [board.end(n) for n in teams])]
    ways = board.seconds[np.ix_(rows, rows)]
    way_out = np.nanmin(np.where(np.isnan(out), math.inf, out), axis=0)
    way_back = np.nanmin(np.where(np.isnan(back), math.inf, back), axis=1)
    most = len(board.shifts)
    reached = bound_driving(ways, way_out, way_back, most=most)
    on_site = sum(map(board.service_s, rows))
    longest = max(shift.closes_s - shift.opens_s for shift in board.shifts)
    least = math.ceil((on_site + reached) / longest - 1e-9)
    if least <= 1:
        return reached
    return max(reached, bound_driving(ways, way_out, way_back, most=most, least=least))


def _is_in(row: int, orders: Orders) -> bool:
    return any(row in order for order in orders.values())


def _ended(found: Found) -> Literal["steps", "clock"]:
    return "clock" if found.ended_by_clock else "steps"


def _minutes(seconds: float, *, down: bool = False) -> int:
    return math.floor(seconds / 60) if down else math.ceil(seconds / 60)
