"""Site visits: a shortlist of hazards put into an order that saves driving.

Distances are straight lines on the ellipsoid of CGCS2000, an estimate and marked so: roads
are longer. docs/decisions/0005-visiting-order.md says why PyVRP looks for the order.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import geopandas as gpd
import numpy as np
import pyvrp
from pyvrp.stop import MaxIterations, MultipleCriteria, NoImprovement

from geodata.crs import GEOD

Place = tuple[float, float]
Measure = Literal["straight_line"]

UNITS_PER_M = 10
"""PyVRP counts in whole numbers; decimetres keep ten stops exact to a metre."""
SEARCH_STEPS = 500_000
PATIENCE_STEPS = 2_000
"""The search ends by steps, never by the clock: one shortlist has one order, on any machine."""


@dataclass(frozen=True)
class Stop:
    """A hazard to be visited, `place` in CGCS2000 longitude and latitude, None where unknown."""

    ref: str
    place: Place | None


@dataclass(frozen=True)
class Visit:
    """One stop of a tour, numbered from 1; `leg_m` is the way there from the stop before."""

    order: int
    stop: Stop
    leg_m: float


@dataclass(frozen=True)
class Tour:
    """Stops in the order of the visit, and those that could not be placed.

    `start` is where the tour sets out if that is no stop of its own; `back_m` the way back
    to where it began, None for a tour that does not return.
    """

    visits: tuple[Visit, ...] = ()
    left_out: tuple[Stop, ...] = ()
    start: Place | None = None
    back_m: float | None = None
    measure: Measure = "straight_line"

    @property
    def places(self) -> tuple[Place, ...]:
        """Return the whole way, place by place, start and return included."""
        stops = (visit.stop.place for visit in self.visits)
        way = tuple(place for place in (self.start, *stops) if place)
        return way if self.back_m is None else (*way, way[0])

    @property
    def total_m(self) -> float:
        """Return the length of all legs and of the way back in metres."""
        return math.fsum((*(visit.leg_m for visit in self.visits), self.back_m or 0.0))

    @property
    def is_estimate(self) -> bool:
        """Return whether the legs are not ways that can be driven."""
        return self.measure == "straight_line"


def find_stops(features: gpd.GeoDataFrame) -> tuple[Stop, ...]:
    """Return one stop per feature (columns ref, geometry; EPSG:4490), in their order.

    A line or a polygon is visited at a point that lies on it; a feature that is no
    place, or whose place is unknown, becomes a stop without one.
    """
    points = features.geometry.representative_point()
    return tuple(
        Stop(ref, None if point is None or point.is_empty else (point.x, point.y))
        for ref, point in zip(features["ref"], points, strict=True)
    )


def order_visits(
    stops: Sequence[Stop], start: Place | None = None, *, returns: bool = False
) -> Tour:
    """Return the stops in a short order, legs in metres, from `start` if there is one.

    Without a start the tour begins wherever it is shortest. With `returns` it ends where
    it began: at the start, or else at the first of the stops.
    """
    placed = [stop for stop in stops if _is_placed(stop)]
    left_out = tuple(stop for stop in stops if not _is_placed(stop))
    if not placed:
        return Tour(left_out=left_out)
    places = ([start] if start else []) + [stop.place for stop in placed if stop.place]
    metres = measure_distances(places)
    path = _short_path(metres, begins_at_first=start is not None or returns, returns=returns)
    legs_m = [0.0, *(float(metres[a, b]) for a, b in pairwise(path))]
    offset = 1 if start else 0
    route = list(zip(path, legs_m, strict=True))[offset:]
    return Tour(
        visits=tuple(
            Visit(order, placed[node - offset], leg_m)
            for order, (node, leg_m) in enumerate(route, start=1)
        ),
        left_out=left_out,
        start=start,
        back_m=float(metres[path[-1], path[0]]) if returns else None,
    )


def measure_distances(places: Sequence[Place]) -> np.ndarray:
    """Return the geodesic distance of every place to every other, in metres, symmetric."""
    count = len(places)
    lon, lat = np.asarray(places, dtype=float).T
    from_, to = np.triu_indices(count, k=1)
    metres = np.zeros((count, count))
    metres[from_, to] = GEOD.inv(lon[from_], lat[from_], lon[to], lat[to])[2]
    return metres + metres.T


def _is_placed(stop: Stop) -> bool:
    return stop.place is not None and all(math.isfinite(degrees) for degrees in stop.place)


def _short_path(metres: np.ndarray, *, begins_at_first: bool, returns: bool) -> list[int]:
    """Return the rows of the matrix in a short order, the first row first if it must be."""
    cost = np.rint(metres * UNITS_PER_M).astype(np.int64)
    if not begins_at_first:
        cost = np.pad(cost, ((1, 0), (1, 0)))  # a start that is no distance from anywhere
    if not returns:
        cost[:, 0] = 0
    visited = _solve(cost)
    if returns and visited and cost[0, visited[-1]] < cost[0, visited[0]]:
        visited.reverse()  # of the two ways round, the one whose first stop is nearer
    return [0, *visited] if begins_at_first else [node - 1 for node in visited]


def _solve(cost: np.ndarray) -> list[int]:
    """Return the rows after the first in the order of the cheapest round found."""
    count = len(cost)
    if count <= 2:  # noqa: PLR2004 (nothing to choose between)
        return list(range(1, count))
    problem = pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0)] * count,  # the matrix alone says how far
        clients=[pyvrp.Client(row) for row in range(1, count)],
        depots=[pyvrp.Depot(0)],
        vehicle_types=[pyvrp.VehicleType()],
        distance_matrices=[cost],  # type: ignore[list-item]
        duration_matrices=[np.zeros_like(cost)],  # type: ignore[list-item]
    )
    enough = MultipleCriteria([NoImprovement(PATIENCE_STEPS), MaxIterations(SEARCH_STEPS // count)])
    best = pyvrp.solve(problem, enough, seed=1, collect_stats=False).best
    steps = (step for route in best.routes() for step in route.schedule())
    return [step.idx + 1 for step in steps if step.is_client()]
