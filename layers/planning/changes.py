"""What would take in a stop that is left out: one more hour, day or team, tried and priced.

A change counts only when a timetable was found with it that visits the stop and everything that
the plan visits already: by putting the stop in where it fits, or else by solving anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from layers.planning.orders import insert, is_whole
from layers.planning.solving import Model, Orders
from layers.planning.timetable import Board
from layers.planning.wish import (
    MEMBERS_AT_LEAST,
    Change,
    ChangeKind,
    Day,
)
from layers.travel import Ways

HOUR_S = 3600
DAYS_AHEAD = 14
SATURDAY = 5
TRIAL_PATIENCE = 600
ONE_MORE = "+1"
"""The id of the team that would be there besides."""


def find_changes(board: Board, orders: Orders, rows: Sequence[int]) -> tuple[Change, ...]:
    """Return the changes that take stops in (one, or a whole group), the cheapest first."""
    visited = sorted({row for order in orders.values() for row in order})
    found = [
        change
        for change in (
            _more_hours(board, orders, rows, visited),
            _more_days(board, orders, rows, visited),
            _more_teams(board, orders, rows, visited),
        )
        if change
    ]
    return tuple(sorted(found, key=lambda change: change.person_hours))


def _more_hours(
    board: Board, orders: Orders, rows: Sequence[int], visited: Sequence[int]
) -> Change | None:
    """Return the hour of one team on one day, or of as few as the search needed."""
    everybody = [_who(board, number) for number in range(len(board.shifts))]
    able: list[Change] = []
    for number, who in enumerate(everybody):
        longer = Board(board.wish, board.ways, HOUR_S, frozenset({who}))
        if insert(longer, orders, rows, [number]):
            able.append(_change(longer, "hour", [number], 1.0))
    if able:
        return min(able, key=lambda change: change.person_hours)
    longer = Board(board.wish, board.ways, HOUR_S, frozenset(everybody))
    solved = _solve_anew(longer, rows, visited, orders)
    if solved is None:
        return None
    used = [number for number, order in solved.items() if _is_late(board, longer, number, order)]
    for number in used if len(used) > 1 else ():  # one may do where the search took several
        alone = Board(board.wish, board.ways, HOUR_S, frozenset({everybody[number]}))
        if _solve_anew(alone, rows, visited, orders):
            return _change(alone, "hour", [number], 1.0)
    return _change(longer, "hour", used, 1.0) if used else None


def _more_days(
    board: Board, orders: Orders, rows: Sequence[int], visited: Sequence[int]
) -> Change | None:
    """Return the day on which the fewest people would go out besides."""
    last = max(board.wish.days, key=lambda day: day.on)
    for day in board.wish.spare_days or tuple(_weekdays_after(last)):
        if day.on in {one.on for one in board.wish.days}:
            continue
        further = Board(replace(board.wish, days=(*board.wish.days, day)), board.ways)
        new = [number for number, shift in enumerate(further.shifts) if shift.day.on == day.on]
        if not all(any(further.windows(row, further.shifts[n]) for n in new) for row in rows):
            continue
        return _with_more(board, further, "day", orders=orders, rows=rows, visited=visited, new=new)
    return None


def _more_teams(
    board: Board, orders: Orders, rows: Sequence[int], visited: Sequence[int]
) -> Change | None:
    """Return the day on which another team, from where the first sets out, would go."""
    first = board.wish.teams[0]
    team = replace(first, id=ONE_MORE, names=(), members=MEMBERS_AT_LEAST, days_off=frozenset())
    wish = replace(board.wish, teams=(*board.wish.teams, team))
    further = Board(wish, _ways_with(board))
    new = [n for n, shift in enumerate(further.shifts) if wish.teams[shift.team].id == ONE_MORE]
    return _with_more(board, further, "team", orders=orders, rows=rows, visited=visited, new=new)


def _with_more(
    board: Board,
    further: Board,
    kind: ChangeKind,
    *,
    orders: Orders,
    rows: Sequence[int],
    visited: Sequence[int],
    new: Sequence[int],
) -> Change | None:
    """Return the cheapest of the new shifts that takes the stops in, or those a search used."""
    kept = _carry(board, further, orders)
    able = [number for number in new if insert(further, kept, rows, [number])]
    priced = [_change(further, kind, [number], _hours(further, number)) for number in able]
    if priced:
        return min(priced, key=lambda change: change.person_hours)
    solved = _solve_anew(further, rows, visited, kept)
    used = [number for number in new if (solved or {}).get(number)]
    return _change(further, kind, used, _hours(further, used[0])) if used else None


def _solve_anew(
    board: Board, rows: Sequence[int], visited: Sequence[int], begin: Orders
) -> Orders | None:
    """Return orders that visit all of the stops, groups whole, or None where none were found."""
    everything = [*visited, *rows]
    wished = board.wish.search
    search = replace(wished, patience=min(TRIAL_PATIENCE, wished.patience), seconds=None)
    only: dict[int, list[int]] = {}
    for number, order in begin.items():
        held = [row for row in order if board.errands[row].together]
        only |= {key: [number] for key in held}
    for only_new in _places_for(board, rows):
        solved = Model(board, everything, only | only_new).solve(
            search, until_all=True, begin=begin
        )
        fits = all(board.time(board.shifts[n], order) for n, order in solved.orders.items())
        if fits and not solved.left and (len(rows) == 1 or is_whole(solved.orders, rows)):
            return solved.orders
    return None


def _places_for(board: Board, rows: Sequence[int]) -> Iterator[dict[int, list[int]]]:
    """Yield to which shifts stops are held: one alone to none, a group to each in turn."""
    if len(rows) == 1:
        yield {}
        return
    for number, shift in enumerate(board.shifts):
        if all(board.windows(row, shift) for row in rows):
            yield {key: [number] for key in rows}


def _who(board: Board, number: int) -> tuple[str, date]:
    shift = board.shifts[number]
    return board.wish.teams[shift.team].id, shift.day.on


def _change(board: Board, kind: ChangeKind, numbers: Sequence[int], hours: float) -> Change:
    people = sum(board.wish.teams[board.shifts[number].team].members for number in numbers)
    return Change(kind, tuple(_who(board, number) for number in numbers), people * hours)


def _hours(board: Board, number: int) -> float:
    shift = board.shifts[number]
    return (shift.closes_s - shift.opens_s) / HOUR_S


def _is_late(board: Board, longer: Board, number: int, order: list[int]) -> bool:
    """Return whether an order needs the further hour of its shift."""
    timed = longer.time(longer.shifts[number], order)
    return bool(order) and (timed is None or timed.ends_s > board.shifts[number].closes_s)


def _carry(board: Board, further: Board, orders: Orders) -> Orders:
    """Return orders by the numbers that their shifts have on another board."""
    numbers = {_who(further, number): number for number in range(len(further.shifts))}
    return {numbers[_who(board, number)]: order for number, order in orders.items()}


def _ways_with(board: Board) -> Ways:
    """Return the ways with a further team that sets out and ends where the first does."""
    ways, teams = board.ways, len(board.wish.teams)
    ends = board.count + teams
    rows = [*range(ends), board.start(0), *range(ends, ends + teams), board.end(0)]
    at = np.ix_(rows, rows)
    metres = None if ways.metres is None else ways.metres[at]
    return replace(ways, seconds=ways.seconds[at], metres=metres)


def _weekdays_after(last: Day) -> Iterator[Day]:
    for ahead in range(1, DAYS_AHEAD + 1):
        on = last.on + timedelta(days=ahead)
        if on.weekday() < SATURDAY:
            yield replace(last, on=on)
