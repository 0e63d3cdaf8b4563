"""Orders of stops found, mended and judged: together-groups, what still fits, what it is worth."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from layers.planning.solving import Model, Now, OnProgress, Orders, Solved
from layers.planning.timetable import Board
from layers.planning.wish import Search

SHIFTS_TRIED = 4
"""For a group that the search tore apart: the teams and days to which it is held in turn."""


@dataclass(frozen=True)
class Found:
    """The orders of a board, and how the search ended."""

    orders: Orders
    steps: int
    ended_by_clock: bool


def find_orders(
    board: Board,
    rows: Sequence[int],
    search: Search,
    on_progress: OnProgress | None = None,
    *,
    earlier: Orders | None = None,
    now: Now = time.perf_counter,
) -> Found:
    """Return good orders of stops: groups whole or not at all, nothing left out that would fit.

    The search begins with what is locked, and with `earlier` orders as far as they still stand:
    it never ends with less.
    """
    limited = _with_clock(search, now)
    begin = _begin(board, rows, earlier or {})
    model = Model(board, rows)
    solved = model.solve(limited(1.0), on_progress, begin=begin or None, now=now)
    solved = _hold_groups(board, rows, solved, limited, begin)
    orders = dict(solved.orders)
    if _worth(board, model, begin) > _worth(board, model, orders) and _are_whole(board, begin):
        orders = begin  # with a pause that the solver's clock does not see
    seen = {row for order in orders.values() for row in order}
    left = [row for row in rows if row not in seen]
    for row in sorted(left, key=lambda row: (-board.errands[row].priority, row)):
        if not board.errands[row].together:
            orders = insert(board, orders, [row]) or orders
    return Found(orders, solved.steps, solved.ended_by_clock)


def _begin(board: Board, rows: Sequence[int], earlier: Orders) -> Orders:
    """Return orders that hold what is locked, none where nothing is locked or was there before."""
    orders: Orders = {}
    locked = [row for row in rows if board.errands[row].ref in board.locks]
    for number, shift in enumerate(board.shifts):
        before = [row for row in earlier.get(number, ()) if row in rows]
        held = [row for row in board.chain(shift) if row in rows]
        kept = [row for row in before if row in locked and row not in held]
        choices = (before, [*held, *kept], held)
        orders[number] = next((one for one in choices if _stands(board, number, one)), [])
    for row in locked:
        if not any(row in order for order in orders.values()):
            orders = insert(board, orders, [row]) or orders
    return {number: order for number, order in orders.items() if order}


def insert(
    board: Board, orders: Orders, rows: Sequence[int], shifts: Iterable[int] | None = None
) -> Orders | None:
    """Return the orders with further stops in one shift where that costs least, or None.

    No stop that is there already is moved to another team or day, nor past another.
    """
    numbers = range(len(board.shifts)) if shifts is None else shifts
    best: tuple[int, int, list[int]] | None = None
    for number in numbers:
        fitted = _insert_all(board, number, orders.get(number, []), rows)
        if fitted and (best is None or fitted[0] < best[0]):
            best = fitted[0], number, fitted[1]
    return {**orders, best[1]: best[2]} if best else None


def _insert_all(
    board: Board, number: int, order: list[int], rows: Sequence[int]
) -> tuple[int, list[int]] | None:
    """Return what the driving grows by and the order with these rows, None if they do not fit."""
    before = board.time(board.shifts[number], order)
    now, cost = order, before.driving_s if before and order else 0
    for row in rows:
        best: tuple[int, list[int]] | None = None
        for at in range(len(now) + 1):
            tried = [*now[:at], row, *now[at:]]
            timed = board.time(board.shifts[number], tried)
            is_closer = timed and (best is None or timed.driving_s < best[0])
            if timed and is_closer and board.is_in_turn(board.shifts[number], tried):
                best = timed.driving_s, tried
        if best is None:
            return None
        now, total = best[1], best[0]
    return (total - cost, now) if rows else None


def groups_of(board: Board, rows: Iterable[int]) -> dict[str, list[int]]:
    """Return the rows of each together-group, by its name."""
    groups: dict[str, list[int]] = {}
    for row in rows:
        if board.errands[row].together:
            groups.setdefault(board.errands[row].together, []).append(row)
    return groups


def is_whole(orders: Orders, members: Sequence[int]) -> bool:
    """Return whether all of a group are in one shift."""
    return any(set(members) <= set(order) for order in orders.values())


def _are_whole(board: Board, orders: Orders) -> bool:
    seen = [row for order in orders.values() for row in order]
    groups = groups_of(board, range(board.count))
    return all(
        is_whole(orders, groups[board.errands[row].together])
        for row in seen
        if board.errands[row].together
    )


def _hold_groups(
    board: Board,
    rows: Sequence[int],
    solved: Solved,
    limited: Callable[[float], Search],
    begin: Orders,
) -> Solved:
    """Return a solution in which no group is torn: each is held to one shift, or left out."""
    only: dict[int, list[int]] = {}
    asked, steps = list(rows), solved.steps
    for members in groups_of(board, rows).values():
        if is_whole(solved.orders, members):
            number = next(n for n, order in solved.orders.items() if members[0] in order)
            only |= {key: [number] for key in members}
            continue
        tried = [
            (number, Model(board, asked, only | {key: [number] for key in members}))
            for number in _likely(board, solved.orders, members)
        ]
        answers = [
            (number, model, model.solve(limited(0.3), begin=begin or None))
            for number, model in tried
        ]
        steps += sum(answer.steps for _, _, answer in answers)
        whole = [one for one in answers if is_whole(one[2].orders, members)]
        if whole:
            number, _, solved = max(whole, key=lambda one: _worth(board, one[1], one[2].orders))
            only |= {key: [number] for key in members}
        else:
            asked = [row for row in asked if row not in members]
            solved = Model(board, asked, only).solve(limited(0.3), begin=begin or None)
            steps += solved.steps
    return replace(_keep_whole(board, rows, solved), steps=steps)


def _keep_whole(board: Board, rows: Sequence[int], solved: Solved) -> Solved:
    """Return a solution without the parts of a group that was torn once more meanwhile."""
    torn = {
        row
        for members in groups_of(board, rows).values()
        if not is_whole(solved.orders, members)
        for row in members
    }
    orders = {
        number: kept
        for number, order in solved.orders.items()
        if (kept := [row for row in order if row not in torn])
    }
    orders = {number: order for number, order in orders.items() if _stands(board, number, order)}
    seen = {row for order in orders.values() for row in order}
    return replace(solved, orders=orders, left=tuple(row for row in rows if row not in seen))


def _stands(board: Board, number: int, order: list[int]) -> bool:
    shift = board.shifts[number]
    return board.time(shift, order) is not None and board.is_in_turn(shift, order)


def _likely(board: Board, orders: Orders, members: Sequence[int]) -> list[int]:
    """Return the shifts in which all of a group could be, those where most are now first."""
    able = [
        number
        for number, shift in enumerate(board.shifts)
        if all(board.windows(row, shift) for row in members)
    ]
    here = {number: len(set(orders.get(number, ())) & set(members)) for number in able}
    return sorted(able, key=lambda number: (-here[number], number))[:SHIFTS_TRIED]


def _worth(board: Board, model: Model, orders: Orders) -> int:
    timed = [board.time(board.shifts[number], order) for number, order in orders.items()]
    driving = sum(one.driving_s for one in timed if one)
    return sum(model.prize(row) for order in orders.values() for row in order) - driving


def _with_clock(search: Search, now: Now) -> Callable[[float], Search]:
    """Return what gives each further search its share of patience and the time that is left."""
    began = now()

    def limited(share: float) -> Search:
        seconds = search.seconds
        if seconds is not None:
            seconds = max(0.0, seconds - (now() - began))
        return replace(search, patience=max(1, round(search.patience * share)), seconds=seconds)

    return limited


def lacking(board: Board, orders: Orders, row: int) -> tuple[int, int, int] | None:
    """Return the shift in which least is lacking for a stop, the seconds it needs and has left.

    Hours of the stop are left aside; None where no shift may see it at all.
    """
    found: list[tuple[int, int, int, int]] = []
    for number, shift in enumerate(board.shifts):
        order = orders.get(number, [])
        timed = board.time(shift, order)
        if timed is None or not board.windows(row, shift):
            continue
        path = [board.start(shift.team), *order, board.end(shift.team)]
        ways = board.seconds
        detours = [
            ways[a, row] + ways[row, b] - (ways[a, b] if order else 0) for a, b in pairwise(path)
        ]
        needs = float(np.nanmin(detours)) if not np.all(np.isnan(detours)) else np.nan
        if not np.isnan(needs):
            needed, left = int(needs) + board.service_s(row), _room(board, number, order)
            found.append((needed - left, number, needed, left))
    return min(found)[1:] if found else None


def _room(board: Board, number: int, order: list[int]) -> int:
    """Return the seconds of a shift that are neither driving nor on site."""
    shift = board.shifts[number]
    timed = board.time(shift, order)
    used = sum(map(board.service_s, order)) + (timed.driving_s if timed and order else 0)
    used += timed.pause[1] - timed.pause[0] if timed and timed.pause else 0
    return shift.closes_s - shift.opens_s - used
