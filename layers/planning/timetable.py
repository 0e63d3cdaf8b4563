"""The clock of a plan: when a team can begin at a stop, and the timetable of an order of stops.

Seconds count from midnight of the first day. The timetable is worked out here from the order
alone, so that what the solver says is checked by somebody else.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise

import numpy as np

from layers.planning.wish import Call, Day, DayTour, Errand, Hours, Lock, Team, Wish
from layers.routing import Place
from layers.travel import Spot, TravelSource, Ways

DAY_S = 86_400
AT_HOME = -1
"""The leg of a pause that is over before the team sets out; 0 is the way to the first stop."""
Window = tuple[int, int]
Who = frozenset[tuple[str, date]]


@dataclass(frozen=True)
class Shift:
    """One team on one day, from when it may set out until when it must be back."""

    team: int
    day: Day
    opens_s: int
    closes_s: int


@dataclass(frozen=True)
class Rest:
    """A pause that is due in a shift: so long, from the first moment to the last, in seconds."""

    since_s: int
    until_s: int
    length_s: int

    def ready(self, clock_s: int, leg_s: int) -> int | None:
        """Return when a team is at the next door, rested, None where it is too late to rest.

        It may pause before it drives, on the way, or before the door.
        """
        if max(clock_s, self.since_s) + self.length_s > self.until_s:
            return None
        return max(clock_s + leg_s, self.since_s) + self.length_s

    def place(self, clock_s: int, leg_s: int) -> tuple[int, int]:
        """Return when the pause of a leg begins and when the team arrives.

        Where it stands first, else before the next door, on the way only where both are too late.
        """
        if clock_s >= self.since_s:
            return clock_s, clock_s + self.length_s + leg_s
        there = max(clock_s + leg_s, self.since_s)
        if there + self.length_s <= self.until_s:
            return there, clock_s + leg_s
        return self.since_s, clock_s + self.length_s + leg_s


@dataclass(frozen=True)
class Timed:
    """An order of stops (rows of the matrix) in a shift, in seconds: arrival, begin, end.

    `pause` is None where none is wished, or where it is at home, before the tour or after it.
    """

    departs_s: int
    ends_s: int
    calls: tuple[tuple[int, int, int, int], ...]
    driving_s: int
    pause: Window | None = None


class Board:
    """A wish with its ways, laid out for whoever asks when and how long."""

    def __init__(self, wish: Wish, ways: Ways, longer_s: int = 0, who: Who = frozenset()) -> None:
        """Number the stops, then the starts, then the ends of the teams.

        Whoever is in `who` (team and day) is `longer_s` seconds longer out.
        """
        self.wish, self.ways, self._longer_s, self._who = wish, ways, longer_s, who
        self.count = len(wish.errands)
        self.first_day = min(day.on for day in wish.days)
        self.errands = wish.errands
        self.row_of = {errand.ref: row for row, errand in enumerate(wish.errands)}
        self.locks = {lock.ref: lock for lock in wish.locks}
        self.shifts = tuple(self._find_shifts())
        self.seconds = self._without_ways_back(np.array(ways.seconds, dtype=float))

    def start(self, team: int) -> int:
        """Return the row of where a team sets out."""
        return self.count + team

    def end(self, team: int) -> int:
        """Return the row of where a team ends."""
        return self.count + len(self.wish.teams) + team

    def service_s(self, row: int) -> int:
        """Return the seconds on site."""
        return round(self.errands[row].minutes * 60)

    def windows(self, row: int, shift: Shift) -> tuple[Window, ...]:
        """Return when a team may begin at a stop within a shift, each the first and last second."""
        lock = self.locks.get(self.errands[row].ref, Lock(""))
        if lock.team and lock.team != self.wish.teams[shift.team].id:
            return ()
        if lock.on and lock.on != shift.day.on:
            return ()
        return tuple(
            (opens, closes - self.service_s(row))
            for opens, closes in self._open(row, shift)
            if closes - opens >= self.service_s(row)
        )

    def begins(self, row: int, shift: Shift, arrives_s: int) -> int | None:
        """Return the first second at which a team that is there may begin, None if too late."""
        fitting = (max(a, arrives_s) for a, b in self.windows(row, shift) if arrives_s <= b)
        return next(fitting, None)

    def time(self, shift: Shift, rows: Sequence[int]) -> Timed | None:
        """Return the timetable of an order, None where it does not fit into the shift."""
        path = [self.start(shift.team), *rows, self.end(shift.team)]
        legs = [float(self.seconds[a, b]) for a, b in pairwise(path)]
        if any(map(math.isnan, legs)):
            return None
        whole = [int(leg) for leg in legs]
        rest, leg = self.rest(shift), None
        if rest:
            found = self._find_leg(shift, rows, whole, rest)
            if found is None:
                return None
            leg = found[0]
        return self._lay_out(shift, rows, whole, rest if leg is not None else None, leg)

    def rest(self, shift: Shift) -> Rest | None:
        """Return the pause that is wished of a shift, None if none is."""
        pause = shift.day.pause
        if pause is None:
            return None
        since = self.midnight(shift)
        opens, closes = _within(Hours(pause.since, pause.until))
        return Rest(since + opens, since + closes, pause.minutes * 60)

    def working_s(self, shift: Shift) -> int:
        """Return the seconds of a shift without the pause that lies within it."""
        rest, whole = self.rest(shift), shift.closes_s - shift.opens_s
        if rest and shift.opens_s <= rest.since_s and rest.until_s <= shift.closes_s:
            return whole - rest.length_s
        return whole

    def midnight(self, shift: Shift) -> int:
        """Return the first second of the day of a shift."""
        return (shift.day.on - self.first_day).days * DAY_S

    def _find_leg(
        self, shift: Shift, rows: Sequence[int], legs: Sequence[int], rest: Rest
    ) -> tuple[int | None] | None:
        """Return the leg of an order in which a pause ends the tour soonest, in a tuple of one.

        In the tuple None means that the team is back before it needs one. None means that the
        order does not fit, wherever the pause lies. Kept are the earliest clock of a team that
        has not rested yet and of one that has: whoever is earlier can do all that others can.
        """
        weary: int | None = shift.opens_s
        rested: tuple[int, int] | None = (
            max(shift.opens_s, rest.since_s + rest.length_s),
            AT_HOME,
        )
        for at, row in enumerate(rows):
            there = _soonest(weary, rested, legs[at], at, rest)
            begun = [(self.begins(row, shift, arrives), leg) for arrives, leg in there]
            done = [(begin + self.service_s(row), leg) for begin, leg in begun if begin is not None]
            rested = min(done, key=lambda one: one[0], default=None)
            begin = None if weary is None else self.begins(row, shift, weary + legs[at])
            weary = None if begin is None else begin + self.service_s(row)
        back: list[tuple[int, int | None]] = []
        if weary is not None and weary + legs[-1] <= rest.until_s - rest.length_s:
            back.append((weary + legs[-1], None))
        back.extend(_soonest(weary, rested, legs[-1], len(rows), rest))
        ends, leg = min(back, key=lambda one: one[0], default=(shift.closes_s + 1, None))
        return (leg,) if ends <= shift.closes_s else None

    def _lay_out(
        self,
        shift: Shift,
        rows: Sequence[int],
        legs: Sequence[int],
        rest: Rest | None,
        leg: int | None,
    ) -> Timed | None:
        """Return the timetable with a pause in one leg, None where it does not fit."""
        clock, calls, pause = shift.opens_s, [], None
        if rest and leg == AT_HOME:
            clock = max(clock, rest.since_s + rest.length_s)
        departs = clock
        for at, row in enumerate(rows):
            arrives = ready = clock + legs[at]
            if rest and leg == at:
                begin, arrives = rest.place(clock, legs[at])
                pause = begin, begin + rest.length_s
                ready = max(arrives, pause[1])
            begins = self.begins(row, shift, ready)
            if begins is None:
                return None
            clock = begins + self.service_s(row)
            calls.append((row, arrives, begins, clock))
        ends = clock + legs[-1]
        if rest and leg == len(rows):
            begin, ends = rest.place(clock, legs[-1])
            pause = begin, begin + rest.length_s
            ends = max(ends, pause[1])
        if ends > shift.closes_s:
            return None
        departs, calls, pause = _leave_later(departs, calls, pause, rest)
        return Timed(departs, ends, tuple(calls), sum(legs), pause)

    def is_in_turn(self, shift: Shift, rows: Sequence[int]) -> bool:
        """Return whether first and last stops, and locked positions, stand where they must."""
        wished = [self.errands[row] for row in rows]
        if any(one.is_first for one in wished[1:]) or any(one.is_last for one in wished[:-1]):
            return False
        held = self.chain(shift)
        return not held or list(rows[: len(held)]) == held

    def chain(self, shift: Shift) -> list[int]:
        """Return the rows that are locked to the first positions of a shift, in their order."""
        team = self.wish.teams[shift.team].id
        held = [
            (lock.position, self.row_of[lock.ref])
            for lock in self.wish.locks
            if lock.position and lock.team == team and lock.on == shift.day.on
        ]
        return [row for _, row in sorted(held)]

    def tour(self, shift: Shift, rows: Sequence[int]) -> DayTour:
        """Return the timetable of an order that fits; raise ValueError for one that does not."""
        timed = self.time(shift, rows)
        if timed is None or not self.is_in_turn(shift, rows):
            raise ValueError(rows)
        team = self.wish.teams[shift.team]
        path = [self.start(shift.team), *rows, self.end(shift.team)]
        legs = [(int(self.seconds[a, b]), self._metres(a, b)) for a, b in pairwise(path)]
        calls = tuple(
            Call(
                ref=self.errands[row].ref,
                place=_placed(self.errands[row]),
                position=position,
                arrives=_clock(arrives),
                begins=_clock(begins),
                leaves=_clock(leaves),
                leg_s=leg[0],
                leg_m=leg[1],
                is_locked=self.errands[row].ref in self.locks,
            )
            for position, ((row, arrives, begins, leaves), leg) in enumerate(
                zip(timed.calls, legs, strict=False), start=1
            )
        )
        return DayTour(
            team=team.id,
            on=shift.day.on,
            start=team.start,
            end=team.finish if team.returns else None,
            departs=_clock(timed.departs_s),
            ends=_clock(timed.ends_s),
            calls=calls,
            back_s=legs[-1][0] if team.returns else None,
            back_m=legs[-1][1] if team.returns else None,
            pause=timed.pause and (_clock(timed.pause[0]), _clock(timed.pause[1])),
        )

    def _find_shifts(self) -> Iterator[Shift]:
        for day in sorted(self.wish.days, key=lambda one: one.on):
            since = (day.on - self.first_day).days * DAY_S
            opens, closes = _within(day.hours)
            for number, team in enumerate(self.wish.teams):
                longer = self._longer_s if (team.id, day.on) in self._who else 0
                if day.on not in team.days_off:
                    last_s = min(closes + longer, DAY_S - 1)
                    yield Shift(number, day, since + opens, since + last_s)

    def stretches(self, row: int, shift: Shift) -> Iterator[Window]:
        """Yield when a stop is open on a day, none overlapping, whatever the hours of work."""
        since = self.midnight(shift)
        for start, stop in _merged(map(_within, self.errands[row].opening_on(shift.day.on))):
            yield since + start, since + stop

    def _open(self, row: int, shift: Shift) -> Iterator[Window]:
        for start, stop in self.stretches(row, shift):
            opens, closes = max(shift.opens_s, start), min(shift.closes_s, stop)
            if opens <= closes:
                yield opens, closes

    def _without_ways_back(self, seconds: np.ndarray) -> np.ndarray:
        for number, team in enumerate(self.wish.teams):
            if not team.returns:
                seconds[:, self.end(number)] = 0
        return seconds

    def _metres(self, a: int, b: int) -> float | None:
        return None if self.ways.metres is None else float(self.ways.metres[a, b])


def ask_ways(wish: Wish, source: TravelSource) -> Ways:
    """Return the ways of a wish: its stops, then the starts, then the ends of its teams.

    A stop without a place must have been taken out before.
    """
    return source(
        [
            *(Spot(errand.ref, _placed(errand)) for errand in wish.errands),
            *(Spot(_start_name(team), team.start) for team in wish.teams),
            *(Spot(_end_name(team), team.finish) for team in wish.teams),
        ]
    )


def _start_name(team: Team) -> str:
    return team.start_ref or f"{team.id}:start"


def _end_name(team: Team) -> str:
    return team.end_ref or (f"{team.id}:end" if team.end else _start_name(team))


def _soonest(
    weary: int | None, rested: tuple[int, int] | None, leg_s: int, at: int, rest: Rest
) -> list[tuple[int, int]]:
    """Return when a rested team may be at the next door, and the leg in which it rested."""
    there = [(rested[0] + leg_s, rested[1])] if rested else []
    ready = None if weary is None else rest.ready(weary, leg_s)
    return [*there, (ready, at)] if ready is not None else there


def _leave_later(
    departs_s: int,
    calls: list[tuple[int, int, int, int]],
    pause: Window | None,
    rest: Rest | None,
) -> tuple[int, list[tuple[int, int, int, int]], Window | None]:
    """Return the timetable with the wait before the first door spent at home instead.

    A pause before that door moves along, as far as its window allows.
    """
    if not calls:
        return departs_s, calls, pause
    row, arrives, begins, leaves = calls[0]
    later = begins - arrives
    if rest and pause and arrives <= pause[0] and pause[1] <= begins:
        later = min(begins, rest.until_s) - pause[1]
        pause = pause[0] + later, pause[1] + later
    return departs_s + later, [(row, arrives + later, begins, leaves), *calls[1:]], pause


def _placed(errand: Errand) -> Place:
    if errand.place is None:
        raise ValueError(errand.ref)
    return errand.place


def _within(hours: Hours) -> Window:
    """Return hours in seconds; the last second of a day is its end."""
    return _seconds(hours.opens), _seconds(hours.closes) + (hours.closes >= time(23, 59, 59))


def _merged(windows: Iterator[Window]) -> list[Window]:
    merged: list[Window] = []
    for opens, closes in sorted(windows):
        if merged and opens <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], closes)
        else:
            merged.append((opens, closes))
    return merged


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _clock(seconds: int) -> time:
    minutes, second = divmod(min(seconds % DAY_S, DAY_S - 1), 60)
    return time(*divmod(minutes, 60), second)
