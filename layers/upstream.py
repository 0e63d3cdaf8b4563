"""Who answers for a river above a point: bodies and offices in order, nearest first."""

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.overlay import mend
from layers.cells import number_in, text_in
from layers.chainage import Course, courses_of
from layers.river_network import Confluence, Remark, RiverNetwork, Step, Trace, spot_on


@dataclass(frozen=True)
class Answerable:
    """A body that has a duty on a stretch upstream; `row` is the row of the list of duties.

    Chainages are those of the river, the upper end of the stretch first. `distance_up_m` is how
    far above the starting point its lower end lies, by water; `is_sure` as in `Step`.
    """

    row: str
    role: str
    body: str
    office: str
    township: str
    river: str
    bank: str
    upper_chainage_m: float
    lower_chainage_m: float
    distance_up_m: float
    is_sure: bool = True


@dataclass(frozen=True)
class OfficeStretch:
    """A stretch upstream that lies within the outline of an office."""

    office: str
    river: str
    upper_chainage_m: float
    lower_chainage_m: float
    distance_up_m: float
    is_sure: bool = True


@dataclass(frozen=True)
class Upstream:
    """All that lies above a point of a river, nearest first.

    `from_m` is the chainage of the point, `distance_m` how far from the line it was given.
    """

    river: str
    from_m: float
    distance_m: float
    steps: tuple[Step, ...]
    confluences: tuple[Confluence, ...]
    bodies: tuple[Answerable, ...]
    offices: tuple[OfficeStretch, ...]
    remarks: tuple[Remark, ...]


def look_upstream(
    lines: gpd.GeoDataFrame,
    lon: float,
    lat: float,
    duties: pd.DataFrame | None = None,
    outlines: gpd.GeoDataFrame | None = None,
    *,
    snap_m: float = 50.0,
    gap_m: float = 3000.0,
) -> Upstream | None:
    """Return what lies upstream of a place in degrees; None where there is no line at all.

    `lines` and `duties` are rows of the lists river_lines and river_duties; `outlines` has
    `office` and polygons in EPSG:4490. Without them no bodies or no offices are named.
    """
    network = RiverNetwork(courses_of(lines), snap_m, gap_m)
    spot = spot_on(network.courses, lon, lat)
    if spot is None:
        return None
    trace = network.upstream(spot.course, spot.along_m)
    bodies = () if duties is None else tuple(_bodies(trace.steps, duties))
    offices = () if outlines is None else tuple(_offices(trace, outlines))
    return Upstream(
        network.by_id[spot.course].river,
        spot.chainage_m,
        spot.distance_m,
        trace.steps,
        trace.confluences,
        tuple(sorted(bodies, key=lambda one: (one.distance_up_m, one.row))),
        tuple(sorted(offices, key=lambda one: (one.distance_up_m, one.office))),
        trace.remarks,
    )


def duties_at(
    duties: pd.DataFrame, river: str, low_m: float, high_m: float, bank: str = ""
) -> pd.DataFrame:
    """Return the duties that a river's stretch meets, between two chainages, low first.

    A duty without chainages is for the whole river, one without a bank for both.
    """
    first = duties["chainage_from_m"].astype("float64")
    last = duties["chainage_to_m"].astype("float64")
    both = pd.concat([first, last], axis=1)
    low, high = both.min(axis=1).fillna(-np.inf), both.max(axis=1).fillna(np.inf)
    banks = duties["bank"].fillna("").astype("str")
    is_side = banks.isin(["", "both"]) | (bank in {"", "both"}) | (banks == bank)
    meets = (low <= high_m) & (high >= low_m) & (duties["river"] == river) & is_side
    return duties[meets]


def _bodies(steps: tuple[Step, ...], duties: pd.DataFrame) -> Iterator[Answerable]:
    for step in steps:
        counts_down = step.lower_chainage_m >= step.upper_chainage_m
        lowest, highest = sorted((step.upper_chainage_m, step.lower_chainage_m))
        for _, row in duties_at(duties, step.river, lowest, highest).iterrows():
            low, high = _within(row, lowest, highest)
            if low == high and lowest != highest:
                continue  # it only touches the stretch
            upper, lower = (low, high) if counts_down else (high, low)
            share = _share(step, lower)
            yield Answerable(
                row=str(row["id"]),
                role=text_in(row, "role"),
                body=text_in(row, "body"),
                office=text_in(row, "jurisdiction"),
                township=text_in(row, "township"),
                river=step.river,
                bank=text_in(row, "bank"),
                upper_chainage_m=upper,
                lower_chainage_m=lower,
                distance_up_m=step.distance_up_m
                + share * (step.lower_along_m - step.upper_along_m),
                is_sure=step.is_sure,
            )


def _within(row: pd.Series, low_m: float, high_m: float) -> tuple[float, float]:
    first, last = number_in(row, "chainage_from_m"), number_in(row, "chainage_to_m")
    if first is None or last is None:
        return low_m, high_m
    return max(low_m, min(first, last)), min(high_m, max(first, last))


def _share(step: Step, chainage_m: float) -> float:
    """Return how much of a step lies below a chainage, from 0 to 1."""
    room = step.lower_chainage_m - step.upper_chainage_m
    return 0.0 if not room else (step.lower_chainage_m - chainage_m) / room


def _offices(trace: Trace, outlines: gpd.GeoDataFrame) -> Iterator[OfficeStretch]:
    shapes, _, _ = mend(outlines.geometry.to_numpy())
    walked = {course.id: course for course in trace.courses}
    for step in trace.steps:
        course = walked[step.course]
        if step.upper_along_m >= step.lower_along_m:
            continue
        line = course.stretch(step.upper_along_m, step.lower_along_m)
        for office, shape in zip(outlines["office"], shapes, strict=True):
            for part in shapely.get_parts(shapely.line_merge(shapely.intersection(line, shape))):
                if shapely.get_dimensions(part) == 1:
                    yield _office_stretch(str(office), part, step, course)


def _office_stretch(
    office: str, part: shapely.LineString, step: Step, course: Course
) -> OfficeStretch:
    ends = shapely.get_coordinates(part)[[0, -1]]
    along = sorted(spot.along_m for spot in course.locate(*ends.T))
    return OfficeStretch(
        office,
        step.river,
        course.chainage(along[0]),
        course.chainage(along[1]),
        step.distance_up_m + step.lower_along_m - along[1],
        step.is_sure,
    )
