"""Upstream from a point on a river: which stretches the water came through, and where rivers join.

A small network of centre lines, joined where an end of one lies near another. What the lines do
not settle is said as a fact (`Remark`): a loop, a line drawn against the flow, a gap, a river
that leaves; nothing is repaired in silence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import shapely

from layers.chainage import Course, Spot

RemarkKind = Literal[
    "loop", "drawn_against", "gap", "ends_near", "branches_off", "flow_unknown", "bridged"
]


METRES_A_DEGREE = 111_000.0
ROOM, LEAST_COSINE = 1.1, 0.01
"""How much wider than asked is looked, in degrees; what is found is measured."""


@dataclass(frozen=True)
class Remark:
    """What a trace had to suppose or could not tell.

    `loop`: the water came this way already. `drawn_against`: the line begins where the water of
    the same river must arrive; it is followed turned round. `gap`: `metres` between the line and
    the next of the same river; it is followed. `branches_off`: another river's line begins here:
    a branch, or a tributary drawn against the flow; it is not followed. `ends_near`: another
    river's line ends `metres` away and on no line, and may join; it is not followed.
    `flow_unknown`: followed as drawn. `bridged`: `metres` of the line are not drawn.
    """

    kind: RemarkKind
    course: str
    other: str = ""
    metres: float = 0.0


@dataclass(frozen=True)
class Step:
    """A stretch of a line that the water came through, seen from below.

    `along_m` from the line's upstream end, upper end first; `distance_up_m` is how far above the
    starting point its lower end lies, by water. `depth` counts the confluences in between;
    `is_sure` is False beyond a gap or on a line that had to be turned.
    """

    course: str
    river: str
    upper_along_m: float
    lower_along_m: float
    upper_chainage_m: float
    lower_chainage_m: float
    distance_up_m: float
    depth: int = 0
    is_sure: bool = True


@dataclass(frozen=True)
class Confluence:
    """Where another river comes in: the line it ends on, the chainage there, how far upstream."""

    river: str
    course: str
    into_river: str
    into: str
    chainage_m: float
    distance_up_m: float
    depth: int = 0


@dataclass(frozen=True)
class Trace:
    """The way up from a point, nearest first; `courses` are its lines as they were walked."""

    steps: tuple[Step, ...]
    confluences: tuple[Confluence, ...]
    remarks: tuple[Remark, ...]
    courses: tuple[Course, ...]


@dataclass(frozen=True)
class _Reached:
    """A point of a line from which the way goes on upwards."""

    course: Course
    along_m: float
    distance_up_m: float
    depth: int
    is_sure: bool


@dataclass(frozen=True, eq=False)
class RiverNetwork:
    """Centre lines that join where an end lies within `snap_m` of another line.

    Ends of the same river up to `gap_m` apart are a gap, farther apart they are strangers.
    """

    courses: tuple[Course, ...]
    snap_m: float = 50.0
    gap_m: float = 3000.0
    _tree: shapely.STRtree = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_tree", shapely.STRtree([one.line for one in self.courses]))

    @cached_property
    def by_id(self) -> dict[str, Course]:
        """Return the lines by id."""
        return {one.id: one for one in self.courses}

    def upstream(self, course_id: str, along_m: float) -> Trace:
        """Return the way up from a point of a line; raise KeyError for a line that is not there."""
        return _Walk(self).upstream(self.by_id[course_id], along_m)

    def near(self, at: tuple[float, float], within_m: float) -> Iterator[tuple[Course, Spot]]:
        """Yield the lines that pass a point within some metres, and how the point lies to them."""
        for course in self.around(shapely.Point(at), within_m):
            spot = course.locate(np.array([at[0]]), np.array([at[1]]))[0]
            if spot.distance_m <= within_m:
                yield course, spot

    def around(self, shape: shapely.Geometry, within_m: float) -> tuple[Course, ...]:
        """Return the lines that may come within some metres of a shape, and some more."""
        north = float(np.abs(shapely.bounds(shape)[[1, 3]]).max())
        room = within_m * ROOM / METRES_A_DEGREE / max(np.cos(np.radians(north)), LEAST_COSINE)
        found = self._tree.query(shape, predicate="dwithin", distance=room)
        return tuple(self.courses[number] for number in sorted(found))


class _Walk:
    """One walk upstream: what was seen, and what is still to be followed."""

    def __init__(self, network: RiverNetwork) -> None:
        self._net = network
        self._seen: dict[str, float] = {}
        self._turned: set[str] = set()
        self._walked: dict[str, Course] = {}
        self._steps: list[Step] = []
        self._joins: list[Confluence] = []
        self._remarks: list[Remark] = []

    def upstream(self, course: Course, along_m: float) -> Trace:
        left = [_Reached(course, along_m, 0.0, 0, is_sure=True)]
        while left:
            here = left.pop()
            left.extend(self._follow(here))
        return Trace(
            tuple(sorted(self._steps, key=lambda one: (one.distance_up_m, one.depth, one.course))),
            tuple(sorted(self._joins, key=lambda one: (one.distance_up_m, one.depth, one.course))),
            tuple(dict.fromkeys(self._remarks)),
            tuple(self._walked.values()),
        )

    def _follow(self, here: _Reached) -> Iterator[_Reached]:
        """Note the line above a point, and yield where it goes on from there."""
        course, seen = here.course, self._seen.get(here.course.id)
        if seen is not None:
            self._remarks.append(Remark("loop", course.id))
            if here.along_m <= seen + self._net.snap_m:
                return
        floor = seen or 0.0
        self._seen[course.id] = here.along_m
        self._walked[course.id] = course
        if seen is None:
            self._remark_on(course)
        self._steps.append(_step(here, floor, course))
        yield from self._tributaries(here, floor)
        if seen is None:
            yield from self._above(here)

    def _remark_on(self, course: Course) -> None:
        if course.flow == "unknown":
            self._remarks.append(Remark("flow_unknown", course.id))
        if course.bridged_m:
            self._remarks.append(Remark("bridged", course.id, metres=course.bridged_m))

    def _tributaries(self, here: _Reached, floor: float) -> Iterator[_Reached]:
        """Yield the lines that end on the stretch, below its upstream end."""
        ends_at = here.course.length_m - self._net.snap_m
        for other in self._net.around(here.course.line, self._net.gap_m):
            if other.id == here.course.id or other.id in self._turned:
                continue
            lower = self._joined(here.course, other.point(other.length_m))
            if lower is not None and max(floor, self._net.snap_m) < lower <= here.along_m:
                yield self._join(here, other, lower)
                continue
            start = self._joined(here.course, other.point(0.0))
            leaves = start is not None and self._net.snap_m < start <= min(here.along_m, ends_at)
            if leaves and other.river != here.course.river and other.id not in self._seen:
                self._remarks.append(Remark("branches_off", other.id, here.course.id))
            elif other.id not in self._seen:
                self._remark_near(here, other)

    def _remark_near(self, here: _Reached, other: Course) -> None:
        """Remark on another river's line that ends near the stretch without reaching any line."""
        end = other.point(other.length_m)
        spot = here.course.locate(*(np.array([degrees]) for degrees in end))[0]
        is_near = spot.distance_m <= self._net.gap_m and spot.along_m <= here.along_m
        if not is_near or other.river == here.course.river:
            return
        if all(one.id == other.id for one, _ in self._net.near(end, self._net.snap_m)):
            metres = round(spot.distance_m, 1)
            self._remarks.append(Remark("ends_near", other.id, here.course.id, metres))

    def _join(self, here: _Reached, other: Course, lower: float) -> _Reached:
        up_m = here.distance_up_m + here.along_m - lower
        is_same = bool(other.river) and other.river == here.course.river
        if not is_same:
            self._joins.append(
                Confluence(
                    other.river,
                    other.id,
                    here.course.river,
                    here.course.id,
                    here.course.chainage(lower),
                    up_m,
                    here.depth,
                )
            )
        depth = here.depth + (not is_same)
        return _Reached(other, other.length_m, up_m, depth, here.is_sure)

    def _above(self, here: _Reached) -> Iterator[_Reached]:
        """Yield where the water at the upstream end of a line came from."""
        head, up_m = here.course.point(0.0), here.distance_up_m + here.along_m
        found = False
        both_start: list[Course] = []
        for other, spot in self._net.near(head, self._net.snap_m):
            if other.id == here.course.id or other.id in self._turned:
                continue
            if spot.along_m <= min(self._net.snap_m, other.length_m / 2):
                both_start.append(other)
                continue
            found = True
            yield self._from_above(here, other, spot.along_m, up_m)
        if found:
            return
        same = [one for one in both_start if one.river and one.river == here.course.river]
        for other in same:
            if other.id not in self._seen:
                yield self._turn(here, other, up_m)
        if not same:
            yield from self._across_a_gap(here, head, up_m)

    def _from_above(self, here: _Reached, other: Course, along_m: float, up_m: float) -> _Reached:
        top = _Reached(here.course, 0.0, up_m, here.depth, here.is_sure)
        if other.length_m - along_m <= self._net.snap_m:
            ends = self._join(top, other, 0.0)
            return _Reached(other, other.length_m, up_m, ends.depth, here.is_sure)
        return _Reached(other, along_m, up_m, here.depth, here.is_sure)

    def _turn(self, here: _Reached, other: Course, up_m: float) -> _Reached:
        """Return a line of the same river turned round, because both begin at one point."""
        self._remarks.append(Remark("drawn_against", other.id, here.course.id))
        self._turned.add(other.id)
        turned = Course(
            other.id,
            other.river,
            shapely.reverse(other.line),
            from_m=other.to_m,
            to_m=other.from_m,
            flow=other.flow,
            accuracy_m=other.accuracy_m,
        )
        return _Reached(turned, turned.length_m, up_m, here.depth, is_sure=False)

    def _across_a_gap(
        self, here: _Reached, head: tuple[float, float], up_m: float
    ) -> Iterator[_Reached]:
        if not here.course.river:
            return
        ends = [
            (spot.distance_m, other)
            for other, spot in self._net.near(head, self._net.gap_m)
            if other.river == here.course.river
            and other.id != here.course.id
            and other.id not in self._seen
            and other.length_m - spot.along_m <= self._net.snap_m
        ]
        for metres, other in sorted(ends, key=lambda one: (one[0], one[1].id))[:1]:
            self._remarks.append(Remark("gap", here.course.id, other.id, round(metres, 1)))
            yield _Reached(other, other.length_m, up_m + metres, here.depth, is_sure=False)

    def _joined(self, course: Course, end: tuple[float, float]) -> float | None:
        """Return where a line passes an end within the snap, in metres along it."""
        spot = course.locate(np.array([end[0]]), np.array([end[1]]))[0]
        return spot.along_m if spot.distance_m <= self._net.snap_m else None


def _step(here: _Reached, floor: float, course: Course) -> Step:
    return Step(
        course.id,
        course.river,
        floor,
        here.along_m,
        course.chainage(floor),
        course.chainage(here.along_m),
        here.distance_up_m,
        here.depth,
        here.is_sure,
    )


def spot_on(courses: Sequence[Course], lon: float, lat: float) -> Spot | None:
    """Return how a place lies to the nearest of some lines, None where there is no line."""
    spots = [one.locate(np.array([lon]), np.array([lat]))[0] for one in courses]
    return min(spots, key=lambda one: (one.distance_m, one.course), default=None)
