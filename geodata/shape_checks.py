"""Doubts about places that hinder nobody: mended rings, places told twice, areas, borders."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.crs import geodesic_area_m2, have_numbers
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
    area, or would be none any more, stays as it is, for a person to mend, as does one with
    corners that are no numbers.
    """
    given = places.to_numpy()
    broken = np.flatnonzero(~shapely.is_valid(given) & ~shapely.is_missing(given))
    broken = broken[have_numbers(given[broken])]
    mended, problems = given.copy(), []
    for place, shape in zip(broken, given[broken], strict=True):
        whole = _mend(shape)
        before, after = _areas(shape, whole)
        if whole is None or abs(after - before) > MOST_CHANGE * max(after, before):
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

    A line belongs where most of it lies, as in `checks.find_offices`.
    """
    areas = second.set_index("office").geometry
    asked = good[good["jurisdiction"].isin(areas.index)]
    is_line = shapely.get_dimensions(asked.geometry.to_numpy()) == 1
    found = (*_found_inside(asked[~is_line], areas), *_found_along(asked[is_line], areas))
    for row, other in sorted(found):
        source = str(second.loc[second["office"] == other, "source"].iloc[0])
        facts = (("other", other), ("source", source))
        office = str(asked.loc[row, "jurisdiction"])
        yield Problem(row, "jurisdiction", office, "disputed_office", facts)


def _found_inside(rows: gpd.GeoDataFrame, areas: gpd.GeoSeries) -> Iterator[tuple[int, str]]:
    """Yield points and areas that lie in another office, and not near their own."""
    inside = rows.geometry.representative_point()
    places, which = shapely.STRtree(areas.to_numpy()).query(inside.to_numpy(), predicate="within")
    for row, other in zip(rows.index[places], areas.index[which], strict=True):
        office = rows.loc[row, "jurisdiction"]
        if other != office and areas[office].distance(inside[row]) > OUTLINE_ACCURACY_DEG:
            yield int(row), str(other)


def _found_along(lines: gpd.GeoDataFrame, areas: gpd.GeoSeries) -> Iterator[tuple[int, str]]:
    """Yield lines of which another office has clearly more than their own."""
    shapes, outlines = lines.geometry.to_numpy(), areas.to_numpy()
    places, which = shapely.STRtree(outlines).query(shapes, predicate="intersects")
    held = np.zeros((len(shapes), len(outlines)))
    held[places, which] = shapely.length(shapely.intersection(shapes[places], outlines[which]))
    own = held[range(len(shapes)), areas.index.get_indexer(lines["jurisdiction"])]
    for place in np.flatnonzero(held.max(axis=1, initial=0) - own > OUTLINE_ACCURACY_DEG):
        yield int(lines.index[place]), str(areas.index[held[place].argmax()])


def _said(point: shapely.Point) -> str:
    return f"{point.x:.6f} {point.y:.6f}"
