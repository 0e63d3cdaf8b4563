"""The clock that the solver sees: seconds of one day, out of which the pause is cut.

All days lie upon one another, so that a stop has the same hours on each; which days and teams it
may fall to is said by ways, not by hours. PyVRP knows no pause: the stretch from the first moment
of its window, as long as the pause, is cut out of the clock, and what comes after moves up. A
visit, or a drive, that the cut goes through is not interrupted: in the timetable the pause waits
until the visit is over, which the rest of the window allows, or else no visit may lie there.
So whatever the solver finds has a timetable; a few timetables it does not see (those that begin
a visit in the window before the pause).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from layers.planning.timetable import Rest, Window


@dataclass(frozen=True)
class SolverClock:
    """The clock of a shift: its midnight, and the pause that is cut out, if one is due."""

    midnight_s: int
    rest: Rest | None = None

    @classmethod
    def of(cls, midnight_s: int, closes_s: int, rest: Rest | None) -> "SolverClock":
        """Return the clock of a shift; one that ends before the pause would be over has no cut."""
        is_cut = rest and not rest.since_s < closes_s < rest.since_s + rest.length_s
        return cls(midnight_s, rest if is_cut else None)

    def hours(self, opens_s: int, closes_s: int, rest: Rest | None) -> Window:
        """Return when a team sets out at the earliest and must be back, on this clock."""
        if self.rest is None and rest:  # home before the pause would have to begin
            closes_s = min(closes_s, max(opens_s, rest.until_s - rest.length_s))
        return self.moment(opens_s), self.moment(closes_s)

    def begins(self, opens_s: int, closes_s: int, service_s: int) -> Iterator[Window]:
        """Yield the first and last moment to begin a visit at a stop open in one stretch."""
        last = closes_s - service_s
        if self.rest is None:
            yield opens_s - self.midnight_s, last - self.midnight_s
            return
        cut, over = self.rest.since_s, self.rest.since_s + self.rest.length_s
        before = min(last, cut, self.rest.until_s - self.rest.length_s - service_s)
        is_before, is_after = opens_s <= before, max(opens_s, over) <= last
        if is_before and is_after and before == cut:
            yield self.moment(opens_s), self.moment(last)
            return
        if is_before:
            yield self.moment(opens_s), self.moment(before)
        if is_after:
            yield self.moment(max(opens_s, over)), self.moment(last)

    def moment(self, seconds: int) -> int:
        """Return a moment on this clock; all that is cut out is the moment of the cut."""
        if self.rest and seconds > self.rest.since_s:
            seconds = max(self.rest.since_s, seconds - self.rest.length_s)
        return seconds - self.midnight_s
