"""Polygons as flat columns of corners, for the compiled loops, and whether they are valid."""

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
Ints = NDArray[np.int64]


def flat_rings(polygons: Shapes) -> tuple[NDArray[np.float64], Ints, Ints]:
    """Return corners in two dimensions, where each ring begins in them, and each polygon in those.

    Polygons have one part each and are not empty; each begins with its outer ring.
    """
    holes = shapely.get_num_interior_rings(polygons)
    if holes.any():
        _, xy, (ring_at, polygon_at) = shapely.to_ragged_array(polygons, include_z=False)
        return xy, ring_at.astype(np.int64), polygon_at.astype(np.int64)
    ring_at = _starts(shapely.get_num_coordinates(polygons))
    return shapely.get_coordinates(polygons), ring_at, np.arange(len(polygons) + 1)


def are_valid(shapes: Shapes) -> NDArray[np.bool_]:
    """Return whether shapes are valid, as `shapely.is_valid` does, asked where it is in doubt."""
    return judge_rings(shapes)[0]


def judge_rings(
    shapes: Shapes, *, measured: bool = False
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return whether shapes are valid, and the areas on GRS80 that came to light, else NaN.

    Polygons without holes are told by comparing their edges each with each, a few at most; those
    that are valid beyond doubt, with edges short enough, are `measured` on the way where their
    corners are degrees.
    """
    valid, areas = np.zeros(len(shapes), bool), np.full(len(shapes), np.nan)
    plain = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON)
    plain = plain[shapely.get_num_interior_rings(shapes[plain]) == 0]
    if len(plain):
        from geodata.kernels.areas import ring_areas_m2  # compiles when first asked
        from geodata.kernels.rings import certainly_simple

        ring_at = _starts(shapely.get_num_coordinates(shapes[plain]))
        xy = shapely.get_coordinates(shapes[plain])
        valid[plain] = certainly_simple(xy, ring_at)
        if measured:
            areas[plain] = np.where(valid[plain], ring_areas_m2(xy, ring_at), np.nan)
    doubtful = np.flatnonzero(~valid)
    valid[doubtful] = shapely.is_valid(shapes[doubtful])
    return valid, areas


def _starts(counts: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)])
