"""Doubts about places that hinder nobody: mended rings, places told twice, areas, borders."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.crs import geodesic_area_m2
from geodata.problems import Problem
from geodata.schema import Schema

SQUARE_METRES: dict[str, float] = {"m²": 1.0, "亩": 10_000 / 15}
MOST_CHANGE = 0.01  # share of its area that mending may change
MOST_DIFFERENCE = {"stated": 0.05, "measured": 0.01}
SAME_PLACE_DEG = 1e-7  # about a centimetre
OUTLINE_ACCURACY_DEG = 0.003  # about 300 m: three times what the outlines differ by in the median


def mend_rings(places: gpd.GeoSeries) -> tuple[gpd.GeoSeries, tuple[Problem, ...]]:
    """Return places with broken rings mended where that changes next to nothing, and what was.

    Places are in EPSG:4490. A polygon that would lose or gain more than MOST_CHANGE of its
    area, or would be none any more, stays as it is, for a person to mend.
    """
    given = places.to_numpy()
    broken = np.flatnonzero(~shapely.is_valid(given) & ~shapely.is_missing(given))
    mended, problems = given.copy(), []
    for place, shape in zip(broken, given[broken], strict=True):
        whole = _mend(shape)
        before, after = _areas(shape, whole)
        # asked this way round, for the area of a ring with a corner that is no number is none
        is_small_change = abs(after - before) <= MOST_CHANGE * max(after, before)
        if whole is None or not is_small_change:
            continue
        mended[place] = whole
        facts = (
            ("why", shapely.is_valid_reason(shape)),
            ("before_m2", f"{before:.1f}"),
            ("after_m2", f"{after:.1f}"),
        )
        row = int(places.index[place])
        problems.append(Problem(row, "geometry", "", "geometry_repaired", facts))
    return gpd.GeoSeries(mended, places.index, crs=places.crs), tuple(problems)


def check_shapes(
    good: gpd.GeoDataFrame, schema: Schema, second_outlines: gpd.GeoDataFrame | None
) -> Iterator[Problem]:
    """Yield what is doubtful about rows that may go in, in EPSG:4490, with their offices settled.

    `second_outlines` (columns office, source) are those of another source: where the two name
    different offices, and neither outline is near, the jurisdiction is in dispute.
    """
    yield from _places_told_twice(good)
    if schema.geometry == "polygon":
        yield from _areas_that_differ(good, schema)
    if second_outlines is not None:
        yield from _disputed(good, second_outlines)


def _mend(shape: shapely.Geometry) -> shapely.Geometry | None:
    if shape.geom_type not in {"Polygon", "MultiPolygon"}:
        return None
    whole = shapely.make_valid(shape, method="structure")
    return whole if whole.geom_type in {"Polygon", "MultiPolygon"} and not whole.is_empty else None


def _areas(shape: shapely.Geometry, whole: shapely.Geometry | None) -> tuple[float, float]:
    if whole is None:
        return 0.0, 0.0
    before, after = geodesic_area_m2(gpd.GeoSeries([shape, whole], crs=4490)).tolist()
    return before, after


def _places_told_twice(good: gpd.GeoDataFrame) -> Iterator[Problem]:
    """Yield points that stand where an earlier row of the file has one already."""
    points = good.geometry[good.geom_type == "Point"]
    rounded = pd.Series(
        list(zip(*(np.round(axis / SAME_PLACE_DEG) for axis in (points.x, points.y)), strict=True)),
        points.index,
    )
    again = rounded[rounded.duplicated()]
    first = {where: row for row, where in reversed(list(rounded.items()))} if len(again) else {}
    for row, where in zip(again.index.tolist(), again, strict=True):
        facts = (("first_row", str(first[where])),)
        yield Problem(row, "geometry", _said(points[row]), "duplicate_place", facts)


def _areas_that_differ(good: gpd.GeoDataFrame, schema: Schema) -> Iterator[Problem]:
    measured = geodesic_area_m2(good.geometry)
    for column in schema.columns:
        is_stated = column.id.endswith("_stated")
        if column.unit not in SQUARE_METRES or not (is_stated or column.id == "area_m2"):
            continue
        told = good[column.id].to_numpy(float, na_value=np.nan) * SQUARE_METRES[column.unit]
        most = MOST_DIFFERENCE["stated" if is_stated else "measured"]
        with np.errstate(invalid="ignore"):
            differs = np.abs(told - measured) > most * measured
        for row, area in zip(good.index[differs], measured[differs], strict=True):
            in_unit = area / SQUARE_METRES[column.unit]
            facts = (("measured", f"{in_unit:.2f}"), ("unit", column.unit))
            yield Problem(int(row), column.id, str(good.loc[row, column.id]), "area_differs", facts)


def _disputed(good: gpd.GeoDataFrame, second: gpd.GeoDataFrame) -> Iterator[Problem]:
    """Yield places well inside another office's outline, as a second source draws it.

    A line that runs through several is in dispute where the second source, too, has not the
    greatest part of it in the outline of its office.
    """
    areas = second.set_index("office").geometry
    inside = good.geometry.representative_point()
    here = good["jurisdiction"].where(good["jurisdiction"].isin(areas.index))
    asked = here.notna().to_numpy()
    tree = shapely.STRtree(areas.to_numpy())
    rows, which = tree.query(inside[asked].to_numpy(), predicate="within")
    at = inside[asked].index[rows]
    offices, stated = areas.index.to_numpy()[which], here[asked].loc[at].to_numpy()
    for row, other, office in zip(at, offices, stated, strict=True):
        is_far = areas[office].distance(inside[row]) > OUTLINE_ACCURACY_DEG
        if other != office and is_far and not _lies_most_in(good.geometry[row], office, areas):
            source = str(second.loc[second["office"] == other, "source"].iloc[0])
            facts = (("other", str(other)), ("source", source))
            yield Problem(int(row), "jurisdiction", str(office), "disputed_office", facts)


def _lies_most_in(place: shapely.Geometry, office: str, areas: gpd.GeoSeries) -> bool:
    """Return whether a line has its greatest part in the outline of an office, as a river may."""
    if shapely.get_dimensions(place) != 1:
        return False
    lengths = shapely.length(shapely.intersection(areas.to_numpy(), place))
    return bool(lengths[areas.index.get_loc(office)] >= lengths.max())


def _said(point: shapely.Point) -> str:
    return f"{point.x:.6f} {point.y:.6f}"
