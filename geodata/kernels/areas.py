"""Areas of rings on the ellipsoid GRS80 whose edges are geodesics, ring by ring from flat columns.

Degrees east and sine of latitude weighted by the ellipsoid make a plane of equal areas (Lambert's
cylinder), in which the shoelace formula is exact for edges that are straight lines of that plane.
A geodesic bows away from such a line. What lies between the two is, for a line of length L and of
geodesic curvature k at its middle, k L^3 / 12 square metres and terms of L^5 and above. From the
metric of the plane, with r the radius of the parallel, dx and dy metres east and north:

    k L^3 / 12 = sin(latitude) / (12 r) * dx * (dx^2 + 3 dy^2)

which has no root and no angle in it. Latitudes enter as offsets from the middle of the ring, so
that nothing is lost by subtracting large numbers.
"""

import math

import numba as nb
import numpy as np
from numpy.typing import NDArray

SEMI_MAJOR_M = 6378137.0
FLATTENING = 1 / 298.257222101
E2 = FLATTENING * (2 - FLATTENING)
SEMI_MINOR2 = SEMI_MAJOR_M**2 * (1 - E2)

LONGEST_M = 5_000.0
"""The longest edge that the terms left out let pass, east and north taken together."""

HALF_HEIGHT = 0.005
"""Radians from the middle of a ring to its top (32 km) up to which the series are exact."""

NORTHERNMOST = math.radians(70)

Ints = NDArray[np.int64]


@nb.njit(cache=True, nogil=True)
def ring_areas_m2(xy: NDArray[np.float64], ring_at: Ints) -> NDArray[np.float64]:
    """Return the area inside each closed ring in square metres, NaN where a ring is too large.

    `xy` (vertices, 2) are degrees of longitude and latitude, `ring_at` (rings + 1) says where
    each ring begins; its last vertex repeats the first. Never negative, however a ring turns.
    Too large is one of an edge beyond LONGEST_M or higher than twice HALF_HEIGHT; one that goes
    near a pole, or has a vertex that is no number, is left NaN too.
    """
    areas = np.empty(len(ring_at) - 1)
    radian = math.pi / 180
    for ring in range(len(areas)):
        first, last = ring_at[ring], ring_at[ring + 1]
        low, high = math.inf, -math.inf
        for v in range(first, last):
            low, high = min(low, xy[v, 1]), max(high, xy[v, 1])
        lon0, lat0 = xy[first, 0], (low + high) / 2
        half = (high - low) / 2 * radian
        if not (half <= HALF_HEIGHT and abs(lat0) * radian <= NORTHERNMOST):
            areas[ring] = 0.0 if first == last else math.nan
            continue
        s0, c0 = math.sin(lat0 * radian), math.cos(lat0 * radian)
        w = 1 / (1 - E2 * s0 * s0)  # the plane's height is b^2 times the sum of g[n] u^n
        g1 = w * w
        g2 = 2 * E2 * s0 * w * g1
        g3 = (4 * E2 + 24 * E2 * E2 * s0 * s0 * w) * w * g1 / 6
        x1 = u1 = q1 = 0.0
        doubled = slivers = 0.0
        is_small = True
        for v in range(first, last):
            x2 = (xy[v, 0] - lon0) * radian
            d = (xy[v, 1] - lat0) * radian
            d2 = d * d
            u2 = c0 * d * (1 - d2 / 6 * (1 - d2 / 20)) - s0 * d2 / 2 * (1 - d2 / 12)
            q2 = SEMI_MINOR2 * u2 * (g1 + u2 * (g2 + u2 * g3))
            if v > first:
                s = s0 + (u1 + u2) / 2
                r2 = SEMI_MAJOR_M**2 * (1 - s * s) / (1 - E2 * s * s)
                east, up = x2 - x1, q2 - q1
                east2, north2 = east * east * r2, up * up / r2
                is_small = is_small and east2 + north2 <= LONGEST_M**2
                doubled += x1 * q2 - x2 * q1
                slivers += s * east * (east2 + 3 * north2)
            x1, u1, q1 = x2, u2, q2
        areas[ring] = abs(doubled / 2 - slivers / 12) if is_small else math.nan
    return areas
