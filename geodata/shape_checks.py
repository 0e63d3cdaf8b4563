"""Doubts about places that hinder nobody: mended rings, places told twice, areas, borders."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.crs import SQUARE_METRES_PER_MU, geodesic_area_m2, have_numbers
from geodata.grid import ASK, inner_places, look_up, xy_of
from geodata.problems import Problem
from geodata.rings import Ints, Shapes, are_valid
from geodata.schema import Schema

SQUARE_METRES: dict[str, float] = {"m²": 1.0, "亩": SQUARE_METRES_PER_MU}
MOST_CHANGE = 0.01  # share of its area that mending may change
MOST_DIFFERENCE = {"stated": 0.05, "measured": 0.01}
SAME_PLACE_DEG = 1e-7  # about a centimetre
OUTLINE_ACCURACY_DEG = 0.003  # about 300 m: three times what the outlines differ by in the median


def mend_rings(
    places: gpd.GeoSeries, valid: NDArray[np.bool_] | None = None
) -> tuple[gpd.GeoSeries, tuple[Problem, ...]]:
    """Return places with broken rings mended where that changes next to nothing, and what was.

    Places are in EPSG:4490. A polygon that would lose or gain more than MOST_CHANGE of its
    area, or would be none any more, stays as it is, for a person to mend, as does one with
    corners that are no numbers. `valid` says which places are, for those who know.
    """
    given = places.to_numpy()
    valid = are_valid(given) if valid is None else valid
    broken = np.flatnonzero(~valid & ~shapely.is_missing(given))
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
    good: gpd.GeoDataFrame,
    schema: Schema,
    second_outlines: gpd.GeoDataFrame | None,
    areas_m2: pd.Series | None = None,
) -> Iterator[Problem]:
    """Yield what is doubtful about rows that may go in, in EPSG:4490, with their offices settled.

    `second_outlines` (columns office, source) are those of another source: where the two name
    different offices, and neither outline is near, the jurisdiction is in dispute. `areas_m2`
    are those of polygons.
    """
    yield from _places_told_twice(good)
    if areas_m2 is not None:
        yield from _areas_that_differ(good, schema, areas_m2.to_numpy())
    if second_outlines is not None:
        yield from _disputed(good, second_outlines)


def _mend(shape: shapely.Geometry) -> shapely.Geometry | None:
    if shape.geom_type not in {"Polygon", "MultiPolygon"}:
        return None
    whole = shapely.make_valid(shape, method="structure")
    if whole.is_empty or whole.geom_type not in {"Polygon", "MultiPolygon"}:
        return None
    return whole if whole.is_valid else None  # crossings are rounded, and then may cross anew


def _areas(shape: shapely.Geometry, whole: shapely.Geometry | None) -> tuple[float, float]:
    if whole is None:
        return 0.0, 0.0
    before, after = geodesic_area_m2(gpd.GeoSeries([shape, whole], crs=4490)).tolist()
    return before, after


def _places_told_twice(good: gpd.GeoDataFrame) -> Iterator[Problem]:
    """Yield points that stand where an earlier row of the file has one already."""
    x, y = xy_of(good.geometry.to_numpy())
    places = np.flatnonzero(~np.isnan(x))
    east, north = (np.round(axis[places] / SAME_PLACE_DEG).astype(np.int64) for axis in (x, y))
    where = pd.Series((east << 32) + north, places)  # both are below 2**31, being degrees
    again = where[where.duplicated()]
    first = where[where.isin(again)].drop_duplicates()
    first_rows = dict(zip(first.tolist(), good.index[first.index].tolist(), strict=True))
    for place, key in zip(again.index.tolist(), again.tolist(), strict=True):
        facts = (("first_row", str(first_rows[key])),)
        said = f"{x[place]:.6f} {y[place]:.6f}"
        yield Problem(int(good.index[place]), "geometry", said, "duplicate_place", facts)


def _areas_that_differ(
    good: gpd.GeoDataFrame, schema: Schema, measured: NDArray[np.float64]
) -> Iterator[Problem]:
    for column in schema.columns:
        is_stated = column.id.endswith("_stated")
        if column.unit not in SQUARE_METRES or not (is_stated or column.id == "area_m2"):
            continue
        told = good[column.id].to_numpy(float, na_value=np.nan) * SQUARE_METRES[column.unit]
        most = MOST_DIFFERENCE["stated" if is_stated else "measured"]
        with np.errstate(invalid="ignore"):
            differs = np.abs(told - measured) > most * measured
        rows, said = good.index[differs].tolist(), good[column.id][differs].tolist()
        for row, area, one in zip(rows, measured[differs].tolist(), said, strict=True):
            in_unit = area / SQUARE_METRES[column.unit]
            facts = (("measured", f"{in_unit:.2f}"), ("unit", column.unit))
            yield Problem(row, column.id, str(one), "area_differs", facts)


def _disputed(good: gpd.GeoDataFrame, second: gpd.GeoDataFrame) -> Iterator[Problem]:
    """Yield places well inside another office's outline, as a second source draws it.

    A line belongs where most of it lies, as in `checks.find_offices`.
    """
    areas = second.set_index("office").geometry
    outlines, others = areas.to_numpy(), areas.index.to_numpy(object)
    shapes, rows = good.geometry.to_numpy(), good.index.to_numpy()
    codes, stated = pd.factorize(good["jurisdiction"])
    own, names = areas.index.get_indexer(stated)[codes], stated.to_numpy(object)
    is_line = shapely.get_dimensions(shapes) == 1
    found: list[tuple[int, str, int]] = []
    for find, wanted in ((_found_inside, ~is_line), (_found_along, is_line)):
        asked = np.flatnonzero(wanted & (own >= 0))
        places, which = find(shapes[asked], own[asked], outlines)
        places = asked[places]
        found += zip(rows[places].tolist(), others[which], places.tolist(), strict=True)
    sources = dict(zip(second["office"][::-1], second["source"][::-1], strict=True))
    for row, other, place in sorted(found):
        facts = (("other", str(other)), ("source", str(sources[other])))
        yield Problem(row, "jurisdiction", str(names[codes[place]]), "disputed_office", facts)


def _found_inside(shapes: Shapes, own: Ints, outlines: Shapes) -> tuple[Ints, Ints]:
    """Return which points and areas lie in an outline that is not near their own, and in which."""
    told = look_up(shapes, outlines)
    asked = np.flatnonzero(told == ASK)
    near, held = shapely.STRtree(outlines).query(inner_places(shapes[asked]), predicate="within")
    places = np.concatenate([np.flatnonzero(told >= 0), asked[near]])
    which = np.concatenate([told[told >= 0], held])
    other = own[places] != which
    places, which = places[other], which[other]
    shapely.prepare(outlines)
    inside = inner_places(shapes[places])
    is_far = ~shapely.dwithin(outlines[own[places]], inside, OUTLINE_ACCURACY_DEG)
    return places[is_far], which[is_far]


def _found_along(lines: Shapes, own: Ints, outlines: Shapes) -> tuple[Ints, Ints]:
    """Return which lines have clearly more of themselves in an outline than in their own."""
    places, which = shapely.STRtree(outlines).query(lines, predicate="intersects")
    held = np.zeros((len(lines), len(outlines)))
    held[places, which] = shapely.length(shapely.intersection(lines[places], outlines[which]))
    most = held.max(axis=1, initial=0)
    more = np.flatnonzero(most - held[range(len(lines)), own] > OUTLINE_ACCURACY_DEG)
    return more, held[more].argmax(axis=1)
