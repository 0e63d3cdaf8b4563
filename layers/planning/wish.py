"""What is wished of some days out, and the plan that answers: teams, days, stops, timetable.

Places are CGCS2000 longitude and latitude; hours are those of the clock on the wall.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Literal

from layers.routing import Place, Stop

Fact = str | float | date | time
Facts = tuple[tuple[str, Fact], ...]
ChangeKind = Literal["hour", "day", "team"]

MEMBERS_AT_LEAST = 2
"""Two officers at the collection of evidence: Rules (R), article 36."""

MINUTES_ON_SITE: dict[str, int] = {
    "charging_stations": 25,
    "river_segments": 45,
    "occupied_farmland": 45,
    "water_supply_points": 30,
}
MINUTES_OTHERWISE = 30
"""Own assumptions, by layer, from the length of the checklists; nobody has measured them yet."""


@dataclass(frozen=True, order=True)
class Hours:
    """A stretch of one day, from its first moment to its last."""

    opens: time
    closes: time


WORKING_HOURS = Hours(time(8, 30), time(17, 30))


@dataclass(frozen=True, order=True)
class Pause:
    """A rest of so many minutes for every team of a day, wholly between two moments."""

    minutes: int = 60
    since: time = time(12)
    until: time = time(13, 30)


@dataclass(frozen=True)
class Team:
    """People in one car, at least two of them (R36); their names may stay out.

    It sets out from `start` and comes back there, or to `end`; one that does not return is free
    after its last stop. `start_ref` and `end_ref` are what a matrix file calls the places.
    """

    id: str
    start: Place
    end: Place | None = None
    members: int = MEMBERS_AT_LEAST
    names: tuple[str, ...] = ()
    returns: bool = True
    days_off: frozenset[date] = frozenset()
    start_ref: str = ""
    end_ref: str = ""

    @property
    def finish(self) -> Place:
        """Return where the team comes back to."""
        return self.end or self.start


@dataclass(frozen=True, order=True)
class Day:
    """A day out, with the hours within which every team sets out and is back.

    A `pause` is kept by each team that is out while it must begin; none unless wished.
    """

    on: date
    hours: Hours = WORKING_HOURS
    pause: Pause | None = None


@dataclass(frozen=True)
class Errand:
    """A stop as it is wished: how long, when it is open, until when, how much it matters.

    `opening` are the hours of every day on which it is open, none for any time. A stop with
    priority 2 is worth two of priority 1; one whose deadline ends within the days counts double.
    Stops of one `together` are seen by one team on one day, or none of them.
    """

    ref: str
    place: Place | None
    minutes: int = MINUTES_OTHERWISE
    opening: tuple[Hours, ...] = ()
    closed_weekdays: frozenset[int] = frozenset()
    """0 for Monday to 6 for Sunday."""
    closed_on: frozenset[date] = frozenset()
    deadline: date | None = None
    priority: int = 1
    together: str = ""
    is_first: bool = False
    """It is the first stop of whichever team and day it falls to; `is_last` the last."""
    is_last: bool = False

    def opening_on(self, day: date) -> tuple[Hours, ...]:
        """Return the hours on one day, none if it is closed or past its deadline."""
        past = self.deadline is not None and day > self.deadline
        if past or day in self.closed_on or day.weekday() in self.closed_weekdays:
            return ()
        return self.opening or (Hours(time.min, time.max),)


@dataclass(frozen=True)
class Lock:
    """A stop that stays with a team, on a day, at a position (from 1), as far as these are given.

    A position needs team and day, and locks at all positions before it: what comes before is
    what makes a position mean an hour.
    """

    ref: str
    team: str = ""
    on: date | None = None
    position: int | None = None


@dataclass(frozen=True)
class Search:
    """How long is searched: by steps, so that one wish has one plan; the clock only cuts it off.

    `patience` is the number of steps without anything better after which the search ends.
    `explained` is for how many stops that are left out the cheapest change is sought.
    """

    patience: int = 2_000
    steps: int = 200_000
    seconds: float | None = None
    seed: int = 1
    explained: int = 10


@dataclass(frozen=True)
class Wish:
    """All that a plan is made from, but the ways between the places.

    `spare_days` are those on which somebody might go out besides; without them it is the next
    weekday, whatever the calendar of holidays says.
    """

    teams: tuple[Team, ...]
    days: tuple[Day, ...]
    errands: tuple[Errand, ...]
    locks: tuple[Lock, ...] = ()
    search: Search = field(default_factory=Search)
    spare_days: tuple[Day, ...] = ()

    def errand(self, ref: str) -> Errand:
        """Return the stop of a ref; raise KeyError if there is none."""
        return {one.ref: one for one in self.errands}[ref]


@dataclass(frozen=True)
class Call:
    """A stop in the timetable: when the team is there, when it begins, when it leaves.

    `leg_s` and `leg_m` are the way there, in seconds and metres; metres are None where the
    source of travel times does not tell them.
    """

    ref: str
    place: Place
    position: int
    arrives: time
    begins: time
    leaves: time
    leg_s: int
    leg_m: float | None
    is_locked: bool = False

    @property
    def waits_s(self) -> int:
        """Return the seconds before the door opens, a pause before the door among them."""
        return _seconds(self.begins) - _seconds(self.arrives)


@dataclass(frozen=True)
class DayTour:
    """One team on one day; `back` is the way to where it ends, None if it does not return.

    `pause` is when the team rests between two visits, the way interrupted where it must be; None
    where none is wished, or where it rests at home: before it sets out or when it is back.
    """

    team: str
    on: date
    start: Place
    end: Place | None
    departs: time
    ends: time
    calls: tuple[Call, ...]
    back_s: int | None
    back_m: float | None
    pause: tuple[time, time] | None = None

    @property
    def driving_s(self) -> int:
        """Return the seconds on the road, the way back included."""
        return sum(call.leg_s for call in self.calls) + (self.back_s or 0)

    @property
    def driving_m(self) -> float | None:
        """Return the metres on the road, None where any of them is not known."""
        legs = [call.leg_m for call in self.calls]
        if self.back_s is not None:
            legs.append(self.back_m)
        known = [leg for leg in legs if leg is not None]
        return math.fsum(known) if len(known) == len(legs) else None


@dataclass(frozen=True)
class Change:
    """What would take a stop in, tried out: one more hour, day or team, and for whom.

    `extra` are the teams and days on which somebody would work longer or besides, `by` is what
    that costs in hours of people.
    """

    kind: ChangeKind
    extra: tuple[tuple[str, date], ...]
    person_hours: float


@dataclass(frozen=True)
class LeftOut:
    """A stop that is not visited: why, by what facts, and what would take it in, cheapest first.

    `changes` is None where nobody tried, empty where none of the changes would do alone.
    """

    ref: str
    reason: str
    facts: Facts = ()
    changes: tuple[Change, ...] | None = None


@dataclass(frozen=True)
class Plan:
    """Who goes where and when, what is left out and why, and how good that is.

    `bound_s` is a length of driving in seconds below which no plan of the same stops can come.
    """

    tours: tuple[DayTour, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    bound_s: float = 0.0
    is_estimate: bool = True
    source: str = ""
    steps: int = 0
    ended_by: Literal["steps", "clock"] = "steps"

    @property
    def driving_s(self) -> int:
        """Return the seconds on the road of everybody."""
        return sum(tour.driving_s for tour in self.tours)

    @property
    def gap(self) -> float | None:
        """Return by what share of the bound the driving is above it at most, None without one."""
        return self.driving_s / self.bound_s - 1 if self.bound_s > 0 else None

    @property
    def visited(self) -> tuple[str, ...]:
        """Return the refs in the timetable, tour by tour."""
        return tuple(call.ref for tour in self.tours for call in tour.calls)

    def tour_of(self, ref: str) -> DayTour:
        """Return the tour that a stop is in; raise KeyError if it is in none."""
        return {call.ref: tour for tour in self.tours for call in tour.calls}[ref]


def errands_for(
    stops: Iterable[Stop],
    minutes: Mapping[str, int] = MINUTES_ON_SITE,
    deadlines: Mapping[str, date] | None = None,
) -> tuple[Errand, ...]:
    """Return stops of a shortlist as errands, with the minutes of their layers."""
    last_days = deadlines or {}
    return tuple(
        Errand(
            stop.ref,
            stop.place,
            minutes.get(stop.ref.partition(":")[0], MINUTES_OTHERWISE),
            deadline=last_days.get(stop.ref),
        )
        for stop in stops
    )


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second
