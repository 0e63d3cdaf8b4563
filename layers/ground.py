"""Square metres of ground that shapes share, each counted once however often it was drawn.

Areas are those of Lambert's equal-area plane around the shape that is asked about, which are the
areas of the ellipsoid (`geodata.overlay`). The engine's pairs are quicker and enough where
nothing overlaps; this is for where something does.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.overlay import box_around, centre_of, mend, to_plane

AREA = 2

Pieces = Sequence[shapely.Geometry] | NDArray[np.object_]


class Ground:
    """A shape in degrees (EPSG:4490), laid into the plane around it to be asked what it shares."""

    def __init__(self, shape: shapely.Geometry) -> None:
        boxes = shapely.bounds(np.array([shape], object))
        self._centre = centre_of(box_around(boxes))
        self._shape = self._lay([shape])[0]

    @property
    def area_m2(self) -> float:
        """Return the area of the shape itself."""
        return float(shapely.area(self._shape))

    def pieces(self, others: Iterable[shapely.Geometry]) -> list[shapely.Geometry]:
        """Return, in the plane, what the shape shares with each of others in degrees."""
        return list(shapely.intersection(self._shape, self._lay(list(others))))

    def beside(
        self, others: Sequence[shapely.Geometry]
    ) -> tuple[shapely.Geometry, shapely.Geometry]:
        """Return, in the plane, the shape and the ground of others in degrees, taken together."""
        return self._shape, shapely.union_all(self._lay(list(others)))

    def _lay(self, shapes: Sequence[shapely.Geometry]) -> np.ndarray:
        sound, _, _ = mend(np.array(shapes, object))
        laid = to_plane(shapely.force_2d(sound), self._centre)
        return mend(laid)[0]


def joined(pieces: Pieces) -> shapely.Geometry:
    """Return the ground of several pieces, where they overlap once."""
    kept = np.asarray(pieces, object)
    kept = kept[shapely.get_dimensions(kept) == AREA]
    return kept[0] if len(kept) == 1 else shapely.union_all(kept)


def once_m2(pieces: Pieces) -> float:
    """Return the square metres of several pieces, what they share counted once."""
    return float(shapely.area(joined(pieces)))
