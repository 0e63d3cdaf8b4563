"""Which features of two layers meet, and by how many square metres, metres or metres apart.

`meet_plainly` is the answer in geopandas and shapely, feature by feature; `meet` is the same
answer in a fraction of the time, and what the stores use. Areas are computed in Lambert's
azimuthal equal-area plane around the first layer (`centre_of`), which keeps areas of the
ellipsoid; lengths and distances are found in that plane and measured as geodesics on GRS80.

Broken rings are mended (make_valid, structure) and said to be, as are features that could not
be compared; nothing is left out in silence.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute
import pyproj
import shapely
from numpy.typing import NDArray

from geodata import flat
from geodata.crs import GEOD, STORED, have_numbers
from geodata.errors import BadSetting
from geodata.flat import Numbers, Places
from geodata.model import Overlay

Shapes = NDArray[np.object_]
Centre = tuple[float, float]
Told = Callable[[str, int, int], None]
"""What is going on, how much of it is done, and of how much."""


def untold(_what: str, _done: int, _total: int) -> None:
    """Hear nothing."""


LEAST_AREA_M2 = 1e-4
"""A square centimetre: what is less is how coordinates round, not an overlap."""

MEASURES: dict[str, str] = {"overlaps": "area_m2", "inside": "length_m", "near": "distance_m"}
"""The column in which each relation is measured."""

DOUBTS = ("layer", "id", "what", "why")
"""Columns of what is to be known of single features: mended, or left_out, and why."""

CENTRE_STEP_DEG = 0.5
BULGE = 0.0025
"""By how many degrees a box is widened, per square degree of its larger side.

An edge that is straight in the plane bulges over the box of its ends in degrees, by at most a
sixteenth of its length squared in radians where it runs east."""


MOST_STRETCH = 1.05
"""More than the plane stretches a distance within 4,000 km of its centre (Snyder 1987, p. 182)."""


@dataclass(frozen=True)
class Met:
    """An answer: the pairs that meet, by first and second id, and what is doubtful of features.

    `pairs` has first_id, second_id, the measure of the relation (MEASURES) and the columns of
    `by`; `doubts` has DOUBTS.
    """

    pairs: pd.DataFrame
    doubts: pd.DataFrame


@dataclass(frozen=True)
class Side:
    """One layer as an overlay takes it: ids, places, and further columns.

    Places are either shapes or well-known binary as GeoParquet has it, in EPSG:4490.
    """

    layer: str
    ids: NDArray[np.object_]
    places: Shapes | pa.Array
    columns: pd.DataFrame

    @property
    def shapes(self) -> Shapes:
        """Return the places as shapes."""
        if isinstance(self.places, np.ndarray):
            return self.places
        read: Shapes = shapely.from_wkb(self.places.to_numpy(zero_copy_only=False))
        return read

    @property
    def bounds(self) -> Numbers:
        """Return west, south, east and north of each place in degrees."""
        told: Numbers = shapely.bounds(self.shapes)
        return told


def side_of(layer: str, frame: gpd.GeoDataFrame, by: Sequence[str] = ()) -> Side:
    """Return a layer as an overlay takes it; raise BadSetting for columns it has not."""
    missing = [name for name in ("id", *by) if name not in frame.columns]
    if missing:
        raise BadSetting(name="by", value=", ".join(missing), form=", ".join(frame.columns))
    columns = pd.DataFrame(frame[list(by)]).reset_index(drop=True)
    return Side(layer, frame["id"].to_numpy(object), frame.geometry.to_numpy(), columns)


def check_overlay(overlay: Overlay) -> None:
    """Raise BadSetting for a relation that does not exist or a distance that is none."""
    if overlay.relation not in MEASURES:
        raise BadSetting(name="relation", value=overlay.relation, form=", ".join(MEASURES))
    if overlay.relation == "near" and not 0 < overlay.within_m < np.inf:
        raise BadSetting(name="within_m", value=overlay.within_m, form="> 0")


def centre_of(box: Iterable[float]) -> Centre:
    """Return the centre of the plane for a first layer within a box in degrees: lon, lat.

    It is rounded, so that one more feature seldom moves it. No layer, no box: NaN gives 0, 0.

    >>> centre_of((103.2, 35.9, 104.4, 36.6))
    (104.0, 36.0)
    """
    west, south, east, north = box
    middle = ((west + east) / 2, (south + north) / 2)
    lon, lat = (
        float(np.round(one / CENTRE_STEP_DEG) * CENTRE_STEP_DEG) if np.isfinite(one) else 0.0
        for one in middle
    )
    return lon, lat


def box_around(boxes: Numbers) -> tuple[float, float, float, float]:
    """Return the box around the boxes that are finite; NaN if none is."""
    finite = boxes[np.isfinite(boxes).all(axis=1)]
    if not len(finite):
        return np.nan, np.nan, np.nan, np.nan
    west, south = finite[:, :2].min(axis=0).tolist()
    east, north = finite[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def plane_around(centre: Centre) -> str:
    """Return the PROJ string of the equal-area plane around a centre in degrees."""
    lon, lat = centre
    return f"+proj=laea +lon_0={lon!r} +lat_0={lat!r} +ellps=GRS80 +units=m +no_defs"


def totals(pairs: pd.DataFrame, overlay: Overlay) -> pd.DataFrame:
    """Return, per combination of the overlay's columns, the pairs and the sum of the measure.

    Columns: those of `by`, `pairs`, and `area_m2`, `length_m` or (the least) `distance_m`.
    """
    measure = MEASURES[overlay.relation]
    how = "min" if overlay.relation == "near" else "sum"
    by = list(overlay.by)
    if not by:
        count = {"pairs": len(pairs), measure: getattr(pairs[measure], how)()}
        return pd.DataFrame([count])
    grouped = pairs.groupby(by, dropna=False, sort=True)[measure]
    summed = pd.DataFrame({"pairs": grouped.size(), measure: getattr(grouped, how)()})
    return summed.reset_index()


# ------------------------------------------------------------------ the plain answer


def meet_plainly(first: gpd.GeoDataFrame, second: gpd.GeoDataFrame, overlay: Overlay) -> Met:
    """Return which features of two frames in EPSG:4490 meet, with geopandas and shapely alone."""
    check_overlay(overlay)
    sides = side_of(overlay.first, first), side_of(overlay.second, second, overlay.by)
    centre = centre_of(box_around(sides[0].bounds))
    usable = [
        _usable(side, kinds) for side, kinds in zip(sides, KINDS[overlay.relation], strict=True)
    ]
    frames = [
        gpd.GeoDataFrame({"row": rows}, geometry=shapes, crs=STORED).to_crs(plane_around(centre))
        for rows, shapes, _ in usable
    ]
    asked = partial(PLAINLY[overlay.relation], *frames)
    firsts, seconds, measured = asked(overlay.within_m)
    doubts = pd.concat([doubts for _, _, doubts in usable], ignore_index=True)
    return Met(_table(sides, firsts, seconds, measured, overlay), doubts)


def _overlaps_plainly(
    first: gpd.GeoDataFrame, second: gpd.GeoDataFrame, _: float
) -> tuple[Places, Places, Numbers]:
    shared = gpd.overlay(first, second, how="intersection", keep_geom_type=True)
    areas = shared.geometry.area
    shared = shared[areas >= LEAST_AREA_M2]
    return (
        shared["row_1"].to_numpy(),
        shared["row_2"].to_numpy(),
        areas[areas >= LEAST_AREA_M2].to_numpy(),
    )


def _inside_plainly(
    first: gpd.GeoDataFrame, second: gpd.GeoDataFrame, _: float
) -> tuple[Places, Places, Numbers]:
    joined = first.sjoin(second, predicate="intersects")
    areas = second.geometry.loc[joined["index_right"]]
    pieces = joined.geometry.intersection(areas.set_axis(joined.index), align=False).to_crs(STORED)
    lengths = np.array([GEOD.geometry_length(one) for one in pieces])
    is_line = shapely.get_dimensions(joined.geometry.to_numpy()) == 1
    keep = ~is_line | (lengths > LEAST_LENGTH_M)
    rows = joined[["row_left", "row_right"]].to_numpy()[keep]
    return rows[:, 0], rows[:, 1], lengths[keep]


def _near_plainly(
    first: gpd.GeoDataFrame, second: gpd.GeoDataFrame, within_m: float
) -> tuple[Places, Places, Numbers]:
    firsts, seconds = second.sindex.query(
        first.geometry, predicate="dwithin", distance=MOST_STRETCH * within_m
    )
    between = shapely.shortest_line(
        first.geometry.to_numpy()[firsts], second.geometry.to_numpy()[seconds]
    )
    lines = gpd.GeoSeries(between, crs=first.crs).to_crs(STORED)
    distances = np.array([GEOD.geometry_length(one) for one in lines])
    near = distances <= within_m
    rows = first["row"].to_numpy()[firsts], second["row"].to_numpy()[seconds]
    return rows[0][near], rows[1][near], distances[near]


PLAINLY: dict[str, Callable[..., tuple[Places, Places, Numbers]]] = {
    "overlaps": _overlaps_plainly,
    "inside": _inside_plainly,
    "near": _near_plainly,
}

LEAST_LENGTH_M = 1e-3
"""A line that only touches an area is not inside it."""


# ------------------------------------------------------------------- what can be compared

AREA = 2
AREAS, NO_AREAS, ANY = (AREA,), (0, 1), (0, 1, AREA)
"""Dimensions of shapes."""

KINDS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "overlaps": (AREAS, AREAS),
    "inside": (NO_AREAS, AREAS),
    "near": (ANY, ANY),
}
"""What may stand on either side of each relation."""


def _usable(side: Side, kinds: tuple[int, ...]) -> tuple[Places, Shapes, pd.DataFrame]:
    """Return the rows that can be compared, their shapes, mended, and what is doubtful."""
    shapes = side.shapes
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    finite = have_numbers(shapes)
    fits = np.isin(shapely.get_dimensions(shapes), kinds)
    doubts = [
        _doubts(side, np.flatnonzero(~there), "left_out", "no_place"),
        _doubts(side, np.flatnonzero(there & ~finite), "left_out", "no_numbers"),
        _doubts(side, np.flatnonzero(there & finite & ~fits), "left_out", "other_kind"),
    ]
    rows = np.flatnonzero(there & finite & fits)
    shapes, broken, why = mend(shapes[rows])
    gone = broken[shapely.is_empty(shapes[broken])]
    doubts += [
        _doubts(side, rows[broken], "mended", why),
        _doubts(side, rows[gone], "left_out", "no_area"),
    ]
    keep = ~shapely.is_empty(shapes)
    flat_shapes: Shapes = shapely.force_2d(shapes[keep])
    return rows[keep], flat_shapes, pd.concat(doubts, ignore_index=True)


def mend(shapes: Shapes) -> tuple[Shapes, Places, list[str]]:
    """Return shapes with broken areas mended, which ones were, and what was wrong with each."""
    broken = np.flatnonzero(~shapely.is_valid(shapes) & (shapely.get_dimensions(shapes) == AREA))
    if not len(broken):
        return shapes, broken, []
    mended, why = shapes.copy(), shapely.is_valid_reason(shapes[broken])
    mended[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    return mended, broken, list(why)


def _doubts(side: Side, rows: Places, what: str, why: str | Sequence[str]) -> pd.DataFrame:
    reasons = [why] * len(rows) if isinstance(why, str) else list(why)
    told = {"layer": side.layer, "id": side.ids[rows], "what": what, "why": reasons}
    return pd.DataFrame(told, columns=list(DOUBTS), index=range(len(rows))).astype(object)


# --------------------------------------------------------------------- the quick answer


def meet(
    first: gpd.GeoDataFrame, second: gpd.GeoDataFrame, overlay: Overlay, threads: int = 0
) -> Met:
    """Return which features of two frames in EPSG:4490 meet; 0 threads are as many as cores.

    Both frames have `id`, the second one the columns of `by`. Raises BadSetting, and
    BadSetting for an overlay that asks for nothing.
    """
    check_overlay(overlay)
    sides = side_of(overlay.first, first), side_of(overlay.second, second, overlay.by)
    centre = centre_of(box_around(sides[0].bounds))
    return meet_sides(*sides, overlay, centre, threads)


def meet_sides(
    first: Side, second: Side, overlay: Overlay, centre: Centre, threads: int = 0
) -> Met:
    """Return which features of two sides meet, in the plane around a centre."""
    threads = threads or flat.cores()
    if overlay.relation == "overlaps":
        firsts, seconds, measured, doubts = _overlaps(first, second, centre, threads)
    else:
        firsts, seconds, measured, doubts = _others(first, second, overlay, centre)
    told = pd.concat(doubts, ignore_index=True)
    return Met(_table((first, second), firsts, seconds, measured, overlay), told)


def _table(
    sides: tuple[Side, Side],
    firsts: Places,
    seconds: Places,
    measured: Numbers,
    overlay: Overlay,
) -> pd.DataFrame:
    """Return pairs of rows as a table, by first and second id."""
    first, second = sides
    order = np.lexsort((_ranks(second.ids, seconds), _ranks(first.ids, firsts)))
    firsts, seconds = firsts[order], seconds[order]
    told = {
        "first_id": first.ids[firsts],
        "second_id": second.ids[seconds],
        MEASURES[overlay.relation]: measured[order],
    }
    beside = second.columns.take(seconds).reset_index(drop=True)
    return pd.concat([pd.DataFrame(told), beside], axis=1)


def _ranks(ids: NDArray[np.object_], rows: Places) -> Places:
    """Return the place of each row's id among the ids in their order, code point by code point."""
    used = np.zeros(len(ids), bool)
    used[rows] = True
    asked = np.flatnonzero(used)
    ranks = np.zeros(len(ids), np.int64)
    told = pa.array([str(one) for one in ids[asked]], pa.large_string())
    ranks[asked[pa.compute.array_sort_indices(told).to_numpy()]] = np.arange(len(asked))
    return ranks[rows]


def to_plane(shapes: Shapes, centre: Centre) -> Shapes:
    """Return shapes in degrees of EPSG:4490 in metres of the plane around a centre."""
    moved: Shapes = shapely.transform(
        shapes, lambda xy: flat.project(np.ascontiguousarray(xy), centre, 1)
    )
    return moved


def _to_degrees(corners: Numbers, centre: Centre) -> Numbers:
    away = pyproj.Transformer.from_crs(plane_around(centre), STORED, always_xy=True)
    return np.column_stack(away.transform(*corners.T))


def _others(
    first: Side, second: Side, overlay: Overlay, centre: Centre
) -> tuple[Places, Places, Numbers, list[pd.DataFrame]]:
    """Return pairs of rows that lie inside or near, the metres, and what is doubtful."""
    kinds = KINDS[overlay.relation]
    rows, shapes, doubts = _usable(first, kinds[0])
    other_rows, other_shapes, other_doubts = _usable(second, kinds[1])
    one, other = to_plane(shapes, centre), to_plane(other_shapes, centre)
    if overlay.relation == "inside":
        i, j, measured = _inside(one, other, centre)
    else:
        i, j, measured = _near(one, other, centre, overlay.within_m)
    return rows[i], other_rows[j], measured, [doubts, other_doubts]


def _inside(first: Shapes, second: Shapes, centre: Centre) -> tuple[Places, Places, Numbers]:
    """Return which points and lines lie in which areas, and the metres of line inside."""
    firsts, seconds = shapely.STRtree(second).query(first, predicate="intersects")
    lengths = np.zeros(len(firsts))
    lines = np.flatnonzero(shapely.get_dimensions(first[firsts]) == 1)
    pieces = shapely.intersection(first[firsts[lines]], second[seconds[lines]])
    parts, whose = shapely.get_parts(pieces, return_index=True)
    is_line = shapely.get_dimensions(parts) == 1
    np.add.at(lengths, lines[whose[is_line]], _lengths_m(parts[is_line], centre))
    keep = np.ones(len(firsts), bool)
    keep[lines] = lengths[lines] > LEAST_LENGTH_M
    return firsts[keep], seconds[keep], lengths[keep]


def _lengths_m(lines: Shapes, centre: Centre) -> Numbers:
    """Return the geodesic lengths of lines in the plane."""
    corners, whose = shapely.get_coordinates(lines, return_index=True)
    lengths = np.zeros(len(lines))
    if len(corners):
        lon, lat = np.ascontiguousarray(_to_degrees(corners, centre).T)
        steps = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2]
        goes_on = whose[:-1] == whose[1:]
        np.add.at(lengths, whose[:-1][goes_on], steps[goes_on])
    return lengths


def _near(
    first: Shapes, second: Shapes, centre: Centre, within_m: float
) -> tuple[Places, Places, Numbers]:
    """Return which shapes lie near each other, and how far apart their nearest points are."""
    if not len(first) or not len(second):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    firsts, seconds = shapely.STRtree(second).query(
        first, predicate="dwithin", distance=within_m * MOST_STRETCH
    )
    ends = shapely.get_coordinates(shapely.shortest_line(first[firsts], second[seconds]))
    lon, lat = np.ascontiguousarray(_to_degrees(ends, centre).T)
    distances = np.asarray(GEOD.inv(lon[::2], lat[::2], lon[1::2], lat[1::2])[2])
    near = distances <= within_m
    return firsts[near], seconds[near], distances[near]


# ------------------------------------------------------------------------- overlap areas


def _overlaps(
    first: Side, second: Side, centre: Centre, threads: int
) -> tuple[Places, Places, Numbers, list[pd.DataFrame]]:
    """Return pairs of rows that share ground, the square metres, and what is doubtful."""
    flat.warm_up()
    told = [_boxes(side, threads) for side in (first, second)]
    firsts, seconds = flat.meeting_boxes(widened(told[0][0]), widened(told[1][0]), threads)
    doubts = [doubt for _, _, doubt in told]
    described, binaries, renumbered = [], [], []
    for side, (_, binary_of, _), rows in zip((first, second), told, (firsts, seconds), strict=True):
        used = np.zeros(len(side.ids), bool)
        used[rows] = True
        asked = np.flatnonzero(used)
        renumbered.append((np.cumsum(used) - 1)[rows])
        binary, places = binary_of(asked)
        degrees, binary, places, doubt = _sound(side, asked, binary, places, threads)
        doubts.append(doubt)
        binaries.append((binary, places))
        metres = flat.project(degrees.corners, centre, threads)
        described.append(flat.describe(flat.with_corners(degrees, metres)))
    areas, is_doubtful = flat.overlap_areas(described[0], described[1], renumbered, threads)
    ask = np.flatnonzero(is_doubtful)
    one, other = (
        binary.take(pa.array(places[rows[ask]]))
        for (binary, places), rows in zip(binaries, renumbered, strict=True)
    )
    areas[ask] = areas_by_geos(one, other, centre, threads)
    keep = areas >= LEAST_AREA_M2
    return firsts[keep], seconds[keep], areas[keep], doubts


def widened(boxes: Numbers) -> Numbers:
    """Return boxes in degrees, widened by what edges straight in the plane may bulge."""
    sides = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    room = BULGE * sides**2
    return boxes + room[:, None] * np.array([-1.0, -1.0, 1.0, 1.0])


def _boxes(
    side: Side, threads: int
) -> tuple[Numbers, Callable[[Places], tuple[pa.Array, Places]], pd.DataFrame]:
    """Return boxes of areas (NaN for what is none), what gives rows as WKB, and doubts.

    Rows come as a column of WKB and the place of each in it.
    """
    if not isinstance(side.places, np.ndarray):
        boxes, is_plain = flat.boxes_of(side.places, threads)
        if is_plain.all():
            nowhere = np.flatnonzero(np.isnan(boxes[:, 0]))
            return (
                boxes,
                lambda rows: (side.places, rows),
                _doubts(side, nowhere, "left_out", "no_place"),
            )
    shapes = side.shapes
    boxes = shapely.bounds(shapes)
    there = ~np.isnan(boxes[:, 0])
    is_area = shapely.get_dimensions(shapes) == AREA
    finite = have_numbers(shapes) if not np.isfinite(boxes).all() else there
    boxes[~(is_area & finite)] = np.nan
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    doubts = [
        _doubts(side, np.flatnonzero(empty), "left_out", "no_place"),
        _doubts(side, np.flatnonzero(~empty & ~finite), "left_out", "no_numbers"),
        _doubts(side, np.flatnonzero(~empty & finite & ~is_area), "left_out", "other_kind"),
    ]
    return (
        boxes,
        lambda rows: (flat.plain_wkb(shapes[rows]), np.arange(len(rows))),
        pd.concat(doubts, ignore_index=True),
    )


def _sound(
    side: Side, rows: Places, binary: pa.Array, places: Places, threads: int
) -> tuple[flat.Flat, pa.Array, Places, pd.DataFrame]:
    """Return rows as flat features in degrees, mended where broken, their WKB, and doubts."""
    degrees, _, was_read = flat.flatten(binary, places, threads)
    unsure = np.flatnonzero(~(flat.are_sound(degrees, threads) & was_read))
    shapes = shapely.from_wkb(binary.take(pa.array(places[unsure])).to_numpy(zero_copy_only=False))
    mended, broken, why = mend(shapes)
    is_other = ~was_read[unsure]
    is_other[broken] = True
    if is_other.any():
        whole = binary.take(pa.array(places)).to_numpy(zero_copy_only=False).copy()
        whole[unsure[is_other]] = shapely.to_wkb(
            _areas_only(mended[is_other]), output_dimension=2, byte_order=1
        )
        binary = pa.array(whole, pa.large_binary())
        places = np.arange(len(rows))
        degrees, _, _ = flat.flatten(binary, places, threads)
    told = _doubts(side, rows[unsure[broken]], "mended", why)
    gone = broken[shapely.is_empty(mended[broken])]
    lost = _doubts(side, rows[unsure[gone]], "left_out", "no_area")
    return degrees, binary, places, pd.concat([told, lost], ignore_index=True)


def _areas_only(shapes: Shapes) -> Shapes:
    """Return the polygons of each shape, those of a collection as one multipolygon."""
    kept = shapes.copy()
    for place in np.flatnonzero(
        shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    ):
        parts = shapely.get_parts(shapely.get_parts(shapes[place]))
        kept[place] = shapely.union_all(parts[shapely.get_dimensions(parts) == AREA])
    return kept


def areas_by_geos(first: pa.Array, second: pa.Array, centre: Centre, threads: int) -> Numbers:
    """Return the square metres that pairs of areas share, as GEOS has them; WKB in degrees."""
    areas = np.zeros(len(first))

    def measure(part: slice) -> None:
        one, other = (
            to_plane(
                shapely.from_wkb(side[part.start : part.stop].to_numpy(zero_copy_only=False)),
                centre,
            )
            for side in (first, second)
        )
        try:
            areas[part] = shapely.area(shapely.intersection(one, other))
        except shapely.GEOSException:  # sound in degrees, and by rounding not in the plane
            areas[part] = shapely.area(
                shapely.intersection(*(mend(each)[0] for each in (one, other)))
            )

    parts = [slice(a, min(a + GEOS_PART, len(areas))) for a in range(0, len(areas), GEOS_PART)]
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(measure, parts):
            pass
    return areas


GEOS_PART = 512


def overlap_shapes(
    first: gpd.GeoDataFrame, second: gpd.GeoDataFrame, pairs: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Return what the named pairs share, in EPSG:4490, for drawing: first_id, second_id, geometry.

    `pairs` has first_id and second_id; an id that a frame has not is a KeyError.
    """
    centre = centre_of(box_around(shapely.bounds(first.geometry.to_numpy())))
    sides = []
    for frame, ids in ((first, pairs["first_id"]), (second, pairs["second_id"])):
        shapes, _, _ = mend(frame.set_index("id").geometry.loc[list(ids)].to_numpy())
        sides.append(to_plane(shapely.force_2d(shapes), centre))
    shared = shapely.transform(shapely.intersection(*sides), lambda xy: _to_degrees(xy, centre))
    return gpd.GeoDataFrame(
        pairs[["first_id", "second_id"]].reset_index(drop=True), geometry=shared, crs=STORED
    )
