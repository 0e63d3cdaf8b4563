"""Where along a river a place lies: chainage (桩号), bank looking downstream, metres from the line.

A place is projected at right angles onto the centre line, in the equal-area plane around the line
(`geodata.overlay`); chainage and distance are geodesics on GRS80. What comes out is as accurate
as the line is, and no better: whoever shows it shows `accuracy_m` beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geodata.crs import GEOD, STORED
from geodata.model import Title
from geodata.overlay import box_around, centre_of, plane_around, to_plane
from layers.cells import number_in, text_in

Numbers = NDArray[np.float64]

BANKS = {
    "left": Title("左岸", "Left bank"),
    "right": Title("右岸", "Right bank"),
    "both": Title("两岸", "Both banks"),
}

FLOWS = {
    "as_drawn": Title("与画线方向一致", "As drawn"),
    "against": Title("与画线方向相反", "Against the line as drawn"),
    "unknown": Title("不明", "Unknown"),
}

ON_THE_LINE_M = 0.01
"""A place nearer to the centre line than this is on neither bank."""

END_M = 0.01


@dataclass(frozen=True)
class Spot:
    """A place seen from a centre line.

    `along_m` are metres from the line's upstream end, `chainage_m` the same as the river counts
    them. `bank` is blank on the line itself and where the flow is not known; `is_beyond` says
    that the place lies before the line begins or after it ends.
    """

    course: str
    along_m: float
    chainage_m: float
    bank: str
    distance_m: float
    is_beyond: bool = False


@dataclass(frozen=True, eq=False)
class Course:
    """The centre line of a river or of a stretch of it, in degrees, its corners going downstream.

    `from_m` and `to_m` are the chainages of its upstream and downstream end: the river may count
    upstream. `bridged_m` are metres for which nothing is drawn, taken as straight.
    """

    id: str
    river: str
    line: shapely.LineString
    from_m: float
    to_m: float
    flow: str = "as_drawn"
    accuracy_m: float | None = None
    half_width_m: float | None = None
    bridged_m: float = 0.0
    jurisdiction: str = ""

    @cached_property
    def ends_m(self) -> Numbers:
        """Return metres from the upstream end to each corner."""
        corners = shapely.get_coordinates(self.line)
        return np.concatenate([[0.0], np.cumsum(GEOD.line_lengths(*corners.T))])

    @property
    def length_m(self) -> float:
        """Return the geodesic length."""
        return float(self.ends_m[-1])

    @cached_property
    def plane(self) -> "Plane":
        """Return the plane around the line."""
        return Plane(centre_of(box_around(shapely.bounds(self.line)[None, :])))

    @cached_property
    def in_plane(self) -> shapely.LineString:
        """Return the line in its plane, in metres."""
        laid: shapely.LineString = self.plane.lay(np.array([self.line], object))[0]
        return laid

    @cached_property
    def _steps(self) -> tuple[Numbers, Numbers]:
        """Return plane corners and plane metres to each of them."""
        corners = shapely.get_coordinates(self.in_plane)
        lengths = np.hypot(*np.diff(corners, axis=0).T)
        return corners, np.concatenate([[0.0], np.cumsum(lengths)])

    def chainage(self, along_m: float) -> float:
        """Return the chainage so many metres below the upstream end."""
        return self.from_m + (self.to_m - self.from_m) * along_m / self.length_m

    def along(self, chainage_m: float) -> float:
        """Return how many metres below the upstream end a chainage lies, within the line."""
        share = (chainage_m - self.from_m) / (self.to_m - self.from_m)
        return float(np.clip(share, 0.0, 1.0)) * self.length_m

    def has(self, chainage_m: float) -> bool:
        """Return whether a chainage is one of this line's."""
        low, high = sorted((self.from_m, self.to_m))
        return low <= chainage_m <= high

    def point(self, along_m: float) -> tuple[float, float]:
        """Return longitude and latitude so many metres below the upstream end."""
        corners = shapely.get_coordinates(self.line)
        lon, lat = (float(np.interp(along_m, self.ends_m, one)) for one in corners.T)
        return lon, lat

    def stretch(self, from_m: float, to_m: float) -> shapely.LineString:
        """Return the part between two distances from the upstream end, in degrees, for drawing."""
        between = self.ends_m[(self.ends_m > from_m) & (self.ends_m < to_m)]
        return shapely.LineString([self.point(one) for one in (from_m, *between, to_m)])

    def locate(self, lon: Numbers, lat: Numbers) -> tuple[Spot, ...]:
        """Return how places in degrees lie to the line: the nearest point of it decides."""
        places = self.plane.lay(shapely.points(lon, lat))
        return tuple(self._spots(places, lon, lat))

    def _spots(self, places: NDArray[np.object_], lon: Numbers, lat: Numbers) -> Iterator[Spot]:
        corners, reached = self._steps
        flat = np.clip(shapely.line_locate_point(self.in_plane, places), 0.0, reached[-1])
        edge = np.clip(np.searchsorted(reached, flat, side="right") - 1, 0, len(reached) - 2)
        room = reached[edge + 1] - reached[edge]
        share = np.divide(flat - reached[edge], room, out=np.zeros_like(flat), where=room > 0)
        along = self.ends_m[edge] + share * (self.ends_m[edge + 1] - self.ends_m[edge])
        feet = corners[edge] + share[:, None] * (corners[edge + 1] - corners[edge])
        offset = shapely.get_coordinates(places) - feet
        ahead = self._directions(edge, share)
        side = ahead[:, 0] * offset[:, 1] - ahead[:, 1] * offset[:, 0]
        forth = (ahead * offset).sum(axis=1)
        foot_lon, foot_lat = self.plane.raise_up(feet)
        apart = np.asarray(GEOD.inv(lon, lat, foot_lon, foot_lat)[2])
        is_beyond = ((along <= 0) & (forth < -END_M)) | ((along >= self.length_m) & (forth > END_M))
        for number, metres in enumerate(along.tolist()):
            yield Spot(
                self.id,
                metres,
                self.chainage(metres),
                self._bank(float(side[number]), float(apart[number])),
                float(apart[number]),
                bool(is_beyond[number]),
            )

    def _directions(self, edge: NDArray[np.intp], share: Numbers) -> Numbers:
        """Return where the water goes at the foot: at a corner, midway between both edges."""
        corners, _ = self._steps
        steps = np.diff(corners, axis=0)
        steps = steps / np.maximum(np.hypot(*steps.T), 1e-12)[:, None]
        ahead = steps[edge].copy()
        at_start = (share <= 0) & (edge > 0)
        ahead[at_start] += steps[edge[at_start] - 1]
        at_end = (share >= 1) & (edge < len(steps) - 1)
        ahead[at_end] += steps[edge[at_end] + 1]
        return ahead

    def _bank(self, side: float, apart_m: float) -> str:
        if self.flow == "unknown" or apart_m < ON_THE_LINE_M:
            return ""
        return "left" if side > 0 else "right"


@dataclass(frozen=True)
class Plane:
    """The equal-area plane around a centre in degrees: there and back."""

    centre: tuple[float, float]

    def lay(self, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        """Return shapes in degrees in metres of the plane."""
        return to_plane(shapely.force_2d(shapes), self.centre)

    def raise_up(self, corners: Numbers) -> tuple[Numbers, Numbers]:
        """Return longitudes and latitudes of corners in the plane."""
        away = pyproj.Transformer.from_crs(plane_around(self.centre), STORED, always_xy=True)
        lon, lat = away.transform(*corners.T)
        return np.asarray(lon), np.asarray(lat)


def courses_of(lines: gpd.GeoDataFrame) -> tuple[Course, ...]:
    """Return the rows of a list of centre lines as courses; rows without a line are passed over.

    Columns: id, river, flow, chainage_from_m, chainage_to_m, accuracy_m, half_width_m. A line
    drawn against the flow is turned. Without stated chainages a line counts from its own
    upstream end; with the first alone, by its length.
    """
    return tuple(course for _, row in lines.iterrows() if (course := _course(row)) is not None)


def stake(chainage_m: float) -> str:
    """Return a chainage as it is painted on a stake (桩号), to the metre.

    >>> stake(12345.4), stake(80)
    ('K12+345', 'K0+080')
    """
    metres = round(chainage_m)
    sign = "-" if metres < 0 else ""
    return f"{sign}K{abs(metres) // 1000}+{abs(metres) % 1000:03d}"


def _course(row: pd.Series) -> Course | None:
    shape = row["geometry"]
    if shape is None or shape.is_empty or shapely.get_dimensions(shape) != 1:
        return None
    flow = text_in(row, "flow") or "unknown"
    line, bridged_m = _one_line(shape)
    if flow == "against":
        line = shapely.reverse(line)
    length_m = GEOD.geometry_length(line)
    if not length_m:
        return None
    from_m = number_in(row, "chainage_from_m")
    to_m = number_in(row, "chainage_to_m")
    start = from_m if from_m is not None else 0.0
    is_stated = from_m is not None and to_m is not None and from_m != to_m
    return Course(
        id=str(row["id"]),
        river=text_in(row, "river"),
        line=line,
        from_m=start,
        to_m=float(to_m or 0.0) if is_stated else start + length_m,
        flow=flow,
        accuracy_m=number_in(row, "accuracy_m"),
        half_width_m=number_in(row, "half_width_m"),
        bridged_m=bridged_m,
        jurisdiction=text_in(row, "jurisdiction"),
    )


def _one_line(shape: shapely.Geometry) -> tuple[shapely.LineString, float]:
    """Return several parts as one line, in the order they are drawn, and the metres between."""
    merged = shapely.line_merge(shapely.force_2d(shape), directed=True)
    parts = shapely.get_parts(merged)
    if len(parts) == 1:
        return parts[0], 0.0
    parts = shapely.get_parts(shapely.force_2d(shape))
    ends = [shapely.get_coordinates(part)[[0, -1]] for part in parts]
    apart = [GEOD.inv(*one[1], *other[0])[2] for one, other in pairwise(ends)]
    return shapely.LineString(shapely.get_coordinates(parts)), float(sum(apart))
