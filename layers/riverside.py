"""Whether something lies in a river's management zone: the official one, or a buffer of the line.

Where a zone is delimited it alone decides, on the banks and between the chainages it covers.
Elsewhere a buffer of the centre line stands in, and whoever shows it says so, how wide it is and
how accurate the line: what reaches less far inside than the line is accurate is in doubt.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.cells import number_in, text_in
from layers.chainage import Course, Spot, courses_of
from layers.ground import Ground

ZoneKind = Literal["official", "buffer", "near_buffer"]

CORNERS_EACH_DEG = 0.0005
"""How close together (about 50 m) a zone's edge is looked at to find what it covers."""

QUARTER = 64
"""Into how many pieces a quarter of a buffer's bend is cut: its area is short by 1e-4 there."""

BESIDE_M = 1.0
AREA = 2


@dataclass(frozen=True)
class Inside:
    """How something lies in a zone.

    `inside_m2` is None for a point. `reach_m` is how far it reaches inside from the zone's edge,
    negative outside. `buffer_m` is None in an official zone. `accuracy_m` is what edge and place
    may be out by together, None where either does not say.
    """

    kind: ZoneKind
    zones: tuple[str, ...]
    inside_m2: float | None
    reach_m: float
    buffer_m: float | None
    edge_accuracy_m: float | None
    accuracy_m: float | None

    @property
    def is_doubtful(self) -> bool:
        """Return whether the edge may as well run on the other side of it."""
        return self.accuracy_m is None or self.accuracy_m > abs(self.reach_m)


@dataclass(frozen=True)
class Placed:
    """How something lies along its river: a spot, and from where to where it stretches."""

    course: Course
    spot: Spot
    low_along_m: float
    high_along_m: float
    bank: str
    distance_m: float

    @property
    def chainages_m(self) -> tuple[float, float]:
        """Return the chainages of both ends, the smaller first."""
        low, high = sorted(
            self.course.chainage(one) for one in (self.low_along_m, self.high_along_m)
        )
        return low, high


@dataclass(frozen=True)
class _Cover:
    """What an official zone covers of a line: from where to where, and which banks."""

    course: str
    low_m: float
    high_m: float
    banks: frozenset[str]


class Riverside:
    """The centre lines and official zones of a run, to be asked about one thing after another."""

    def __init__(self, lines: gpd.GeoDataFrame, zones: gpd.GeoDataFrame | None) -> None:
        self.courses = {one.id: one for one in courses_of(lines)}
        self._zones: Mapping[str, pd.Series] = {}
        if zones is not None:
            there = zones[~(zones.geometry.isna() | zones.geometry.is_empty)]
            self._zones = {str(row["id"]): row for _, row in there.iterrows()}
        self._covers = tuple(_covers(self._zones, self.courses))

    def course_for(self, river: str, near: pd.DataFrame) -> Course | None:
        """Return the nearest line, of the river that is named if one of its lines is near.

        `near` are pairs of second_id and distance_m.
        """
        known = near[near["second_id"].isin(list(self.courses))]
        named = [self.courses[one].river == river for one in known["second_id"]]
        if river and any(named):
            known = known[named]
        if known.empty:
            return None
        return self.courses[known.sort_values(["distance_m", "second_id"])["second_id"].iloc[0]]

    def place(self, shape: shapely.Geometry, course: Course) -> Placed:
        """Return how a shape in degrees lies along a line; a point inside it stands for it."""
        inner = shape.representative_point()
        corners = shapely.get_coordinates(shape)
        spots = course.locate(*np.vstack([[inner.x, inner.y], corners]).T)
        spot, around = spots[0], spots[1:]
        laid = course.plane.lay(np.array([shape], object))[0]
        room = float(shapely.length(laid))
        alongs = [one.along_m for one in around if abs(one.along_m - spot.along_m) <= room]
        crosses = bool(shapely.intersects(laid, course.in_plane))
        nearest = 0.0 if crosses else float(shapely.distance(laid, course.in_plane))
        bank = spot.bank
        if crosses and shapely.get_dimensions(shape) > 0:
            bank = "both" if course.flow != "unknown" else ""
        return Placed(
            course,
            spot,
            min(alongs, default=spot.along_m),
            max(alongs, default=spot.along_m),
            bank,
            nearest,
        )

    def in_official(
        self, shape: shapely.Geometry, zones: pd.DataFrame, place_accuracy_m: float | None
    ) -> Inside | None:
        """Return how a shape lies in the official zones it meets, None if it meets none.

        `zones` are pairs of second_id and area_m2 (of an area) or length_m (of a point).
        """
        ids = tuple(str(one) for one in zones["second_id"])
        if not ids:
            return None
        rows = [self._zones[one] for one in ids]
        ground = Ground(shape)
        laid, edge = ground.beside([row["geometry"] for row in rows])
        is_area = "area_m2" in zones.columns
        inside_m2 = float(zones["area_m2"].sum()) if is_area else None
        part = laid
        if is_area:
            part = shapely.intersection(laid, edge)
            inside_m2 = inside_m2 if len(ids) == 1 else float(shapely.area(part))
        corners = shapely.points(shapely.get_coordinates(part))
        reach = float(shapely.distance(corners, shapely.boundary(edge)).max())
        accuracy = _worst([number_in(row, "accuracy_m") for row in rows])
        return Inside(
            "official", ids, inside_m2, reach, None, accuracy, _sum(accuracy, place_accuracy_m)
        )

    def is_delimited(self, placed: Placed) -> bool:
        """Return whether an official zone covers this bank at this chainage."""
        return any(
            cover.course == placed.course.id
            and cover.low_m <= placed.spot.along_m <= cover.high_m
            and (placed.bank in {"", "both"} or placed.bank in cover.banks)
            for cover in self._covers
        )

    def in_buffer(
        self,
        shape: shapely.Geometry,
        placed: Placed,
        buffer_m: float,
        place_accuracy_m: float | None,
    ) -> Inside | None:
        """Return how a shape lies in the buffer of its line, None if surely outside.

        The half width that the line states goes before `buffer_m`.
        """
        course = placed.course
        half = course.half_width_m or buffer_m
        reach = half - placed.distance_m
        accuracy = _sum(course.accuracy_m, place_accuracy_m)
        told = Inside("buffer", (), None, reach, half, course.accuracy_m, accuracy)
        is_area = shapely.get_dimensions(shape) == AREA
        if reach > 0:
            return replace(told, inside_m2=_in_buffer_m2(shape, course, half)) if is_area else told
        if accuracy is None or -reach > accuracy:
            return None
        return replace(told, kind="near_buffer", inside_m2=0.0 if is_area else None)


def _in_buffer_m2(shape: shapely.Geometry, course: Course, half_m: float) -> float:
    laid = course.plane.lay(np.array([shape], object))[0]
    west, south, east, north = shapely.bounds(laid)
    room = half_m + 1.0
    near = shapely.intersection(
        course.in_plane, shapely.box(west - room, south - room, east + room, north + room)
    )
    zone = shapely.buffer(near, half_m, quad_segs=QUARTER)
    sound = shapely.make_valid(laid, method="structure", keep_collapsed=False)
    return float(shapely.area(shapely.intersection(sound, zone)))


def _covers(zones: Mapping[str, pd.Series], courses: Mapping[str, Course]) -> Iterator[_Cover]:
    for row in zones.values():
        river = text_in(row, "river")
        named = [one for one in courses.values() if one.river == river]
        for part in shapely.get_parts(row["geometry"]):
            yield from _covers_of(part, named or list(courses.values()), text_in(row, "bank"))


def _covers_of(part: shapely.Polygon, courses: list[Course], stated: str) -> Iterator[_Cover]:
    """Yield what one area covers of each line that some of its edge is nearest to."""
    corners = shapely.get_coordinates(shapely.segmentize(part, CORNERS_EACH_DEG))
    spots = [course.locate(*corners.T) for course in courses]
    nearest = np.argmin([[spot.distance_m for spot in ones] for ones in spots], axis=0)
    for number in np.unique(nearest):
        mine = [spots[number][at] for at in np.flatnonzero(nearest == number)]
        yield _cover(courses[number].id, mine, stated)


def _cover(course: str, spots: list[Spot], stated: str) -> _Cover:
    alongs = [spot.along_m for spot in spots]
    banks = {spot.bank for spot in spots if spot.bank and spot.distance_m > BESIDE_M}
    if stated in {"left", "right"}:
        banks = {stated}
    elif stated == "both" or not banks:
        banks = {"left", "right"}
    return _Cover(course, min(alongs), max(alongs), frozenset(banks))


def _worst(accuracies: list[float | None]) -> float | None:
    known = [one for one in accuracies if one is not None]
    return max(known) if known and len(known) == len(accuracies) else None


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
