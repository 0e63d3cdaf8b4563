"""The suite that JTS holds itself to, run on the functions used here: every difference explained.

Precision: overlays that state a grid are computed on that grid; the others may differ by a part
in 10^9 of their largest coordinate, where the outcome is not the same set of points anyway.
Buffers may differ as far as JTS allows its own: a thousandth of the area, and a hundredth of
the distance in the outline.
"""

import tarfile
from collections import Counter
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geodata.checks import GEOMETRY_TYPES
from geodata.crs import geodesic_area_m2
from geodata.shape_checks import MOST_CHANGE, mend_rings

SUITE = (
    Path(__file__).parents[2].parent
    / "shared/data/overlay_tests/jts_testxml_general_validate.tar.gz"
)
pytestmark = [
    pytest.mark.skipif(not SUITE.is_file(), reason="the suite is not beside the project"),
    pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning"),
]

SAME_SHARE = 1e-9  # of the largest coordinate
BUFFER_AREA_SHARE, BUFFER_OUTLINE_SHARE = 1e-3, 1e-2  # as JTS's own BufferResultMatcher
QUARTER = 8  # steps in the quarter of a circle, JTS's default

EMPTY_DISTANCE = (
    "GEOS, as shapely hands it over, knows no distance to an empty shape (NaN), where JTS "
    "says 0. No empty place is measured here: a row without a place has `place_missing`"
)
MIXED_SIMPLE = (
    "shapely calls no collection simple. Collections are no place here "
    "(`wrong_geometry_kind`), and is_simple is not asked at all"
)
MIXED_INSIDE = (
    "GEOS does not pass over the empty part of a collection to the next lower dimension. "
    "Collections are no place here (`wrong_geometry_kind`)"
)
DIFFERENCES: dict[str, str] = {
    "general/TestRelateLL 26.1 relate": (
        "JTS mended this in its issue 1175, GEOS 3.14 has not: of a line of several parts that "
        "meet end to end, far from the other, it loses the boundary (FF1FF01F2 for FF1FF0102). "
        "No rule here reads a matrix, and no predicate of the suite comes out wrong by it"
    ),
    "general/TestCentroid 10": (
        "the text has a bracket too many, which JTS passes over and GEOS refuses; a cell "
        "with such text is `place_unreadable` here"
    ),
    "validate/TestRelatePL 2.7 equalstopo": (
        "a line of no length covers the same set as its point: GEOS calls the "
        "two equal, the suite does not. Such a line is invalid here and stays out"
    ),
    "general/TestDistance 1.1 distance": EMPTY_DISTANCE,
    "general/TestDistance 1.2 distance": EMPTY_DISTANCE,
    "general/TestDistance 5.1 distance": EMPTY_DISTANCE,
    "general/TestDistance 5.2 distance": EMPTY_DISTANCE,
    "general/TestDistance 9.1 distance": EMPTY_DISTANCE,
    "general/TestDistance 9.2 distance": EMPTY_DISTANCE,
    "general/TestSimple 42.1 issimple": MIXED_SIMPLE,
    "general/TestSimple 44.1 issimple": MIXED_SIMPLE,
    "general/TestInteriorPoint 22.1 getinteriorpoint": MIXED_INSIDE,
    "general/TestInteriorPoint 23.1 getinteriorpoint": MIXED_INSIDE,
}
"""Every difference between the suite and what is computed here, and why it is none of ours."""

PASSED_OVER: dict[str, str] = {
    "simplifydp": "outlines and rows are kept as they come; nothing here simplifies",
    "simplifytp": "as above",
    "densify": "nothing that is read or checked is cut finer; the sample alone does (segmentize)",
    "minclearance": "not asked",
    "minclearanceline": "not asked",
    "polygonize": "not asked",
    "equalsexact": "holds vertices against vertices; places are compared by what they cover",
    "equalsnorm": "as above",
}
"""Operations of the suite that nothing here uses."""

PREDICATES = {
    "contains": shapely.contains,
    "coveredby": shapely.covered_by,
    "covers": shapely.covers,
    "crosses": shapely.crosses,
    "disjoint": shapely.disjoint,
    "equalstopo": shapely.equals,
    "intersects": shapely.intersects,
    "overlaps": shapely.overlaps,
    "touches": shapely.touches,
    "within": shapely.within,
}
OVERLAYS = {
    "intersection": shapely.intersection,
    "union": shapely.union,
    "difference": shapely.difference,
    "symdifference": shapely.symmetric_difference,
}
SHAPED = {
    "getcentroid": shapely.centroid,
    "getboundary": shapely.boundary,
    "getinteriorpoint": shapely.point_on_surface,
    "convexhull": shapely.convex_hull,
}


class Trial(NamedTuple):
    """One operation of the suite: its place there, shapes, further arguments, what is expected."""

    id: str
    name: str
    shapes: tuple[shapely.Geometry, ...]
    numbers: tuple[str, ...]
    wanted: str
    grid: float | None


def read_shape(text):
    """Return the shape that a case names in WKT, or in WKB as hexadecimal digits."""
    plain = " ".join(text.split())
    is_hexadecimal = not plain.strip("0123456789ABCDEFabcdef ")
    return shapely.from_wkb(plain.replace(" ", "")) if is_hexadecimal else shapely.from_wkt(plain)


@cache
def trials():
    """Return every operation of the suite, and the ids of cases whose shapes cannot be read."""
    found, unread = [], []
    with tarfile.open(SUITE) as archive:
        for member in archive.getmembers():
            if member.name.endswith(".xml"):
                file = "/".join(member.name.removesuffix(".xml").split("/")[-2:])
                root = ET.parse(archive.extractfile(member)).getroot()  # noqa: S314  as published
                for number, case in enumerate(root.iterfind("case"), start=1):
                    try:
                        found += _trials_of(f"{file} {number}", case, _grid_of(root))
                    except shapely.errors.ShapelyError:
                        unread.append(f"{file} {number}")
    return tuple(found), tuple(unread)


def _grid_of(root):
    """Return the width of the grid that a whole file states, or nothing."""
    model = root.find("precisionModel")
    scale = float(model.get("scale", 0)) if model is not None else 0
    return 1 / scale if scale else None


def _trials_of(case_id, case, grid):
    shapes = {key: read_shape(text) for key in "ab" if (text := case.findtext(key))}
    for number, one in enumerate(case.iterfind("test"), start=1):
        ask = one.find("op")
        name = ask.get("name").lower()
        given = [ask.get(key) for key in ("arg1", "arg2", "arg3") if ask.get(key) is not None]
        named = tuple(shapes[text.lower()] for text in given if text.lower() in shapes)
        rest = tuple(text for text in given if text.lower() not in shapes)
        wanted = " ".join(ask.text.split())
        yield Trial(f"{case_id}.{number} {name}", name, named, rest, wanted, grid)


# --------------------------------------------------------------- what is compared


def agrees(trial):
    """Return whether our function says what the suite expects, None if nothing here asks it."""
    base = trial.name.removesuffix("ng").removesuffix("sr")
    if trial.name in PASSED_OVER:
        return None
    if trial.name in PREDICATES:
        return agrees_on_predicate(trial)
    if base in OVERLAYS:
        return agrees_on_overlay(trial, base)
    if trial.name in SHAPED:
        return is_same(read_shape(trial.wanted), SHAPED[trial.name](*trial.shapes))
    return OTHERS[trial.name](trial)


def agrees_on_predicate(trial):
    """Return whether a predicate holds as expected, asked plainly and with a prepared shape."""
    first, second = trial.shapes
    plain = bool(PREDICATES[trial.name](first, second))
    prepared = shapely.from_wkb(shapely.to_wkb(first))
    shapely.prepare(prepared)
    return plain == bool(PREDICATES[trial.name](prepared, second)) == is_true(trial)


def agrees_on_overlay(trial, base):
    grid = 1 / float(trial.numbers[0]) if trial.name.endswith("sr") else trial.grid
    if len(trial.shapes) == 1:
        got = shapely.union_all(trial.shapes, grid_size=grid)
    else:
        got = OVERLAYS[base](*trial.shapes, grid_size=grid)
    return is_same(read_shape(trial.wanted), got)


def agrees_on_relation(trial):
    return bool(shapely.relate_pattern(*trial.shapes, trial.numbers[0])) == is_true(trial)


def agrees_on_buffer(trial, join="round"):
    distance, wanted = float(trial.numbers[0]), read_shape(trial.wanted)
    got = shapely.buffer(*trial.shapes, distance, quad_segs=QUARTER, join_style=join)
    if wanted.is_empty or got.is_empty:
        return wanted.is_empty == got.is_empty
    is_near = shapely.hausdorff_distance(wanted.boundary, got.boundary) <= abs(distance) * (
        BUFFER_OUTLINE_SHARE
    )
    differing = shapely.symmetric_difference(wanted, got).area
    return is_same(wanted, got) or (is_near and differing <= BUFFER_AREA_SHARE * wanted.area)


def agrees_on_distance(trial):
    got, wanted = shapely.distance(*trial.shapes), float(trial.wanted)
    return abs(got - wanted) <= SAME_SHARE * max(1, wanted)


def agrees_on_nearness(trial):
    return bool(shapely.dwithin(*trial.shapes, float(trial.numbers[0]))) == is_true(trial)


def agrees_on_validity(trial):
    is_valid = bool(shapely.is_valid(*trial.shapes))
    says_why = shapely.is_valid_reason(*trial.shapes) != "Valid Geometry"
    return is_valid == is_true(trial) == (not says_why)


OTHERS = {
    "relate": agrees_on_relation,
    "isvalid": agrees_on_validity,
    "issimple": lambda trial: bool(shapely.is_simple(*trial.shapes)) == is_true(trial),
    "buffer": agrees_on_buffer,
    "buffermitredjoin": partial(agrees_on_buffer, join="mitre"),
    "distance": agrees_on_distance,
    "iswithindistance": agrees_on_nearness,
}


def is_true(trial):
    return trial.wanted == "true"


def is_same(wanted, got):
    """Return whether two shapes cover the same, or the same within SAME_SHARE."""
    if wanted.is_empty or got.is_empty:
        return wanted.is_empty == got.is_empty
    if shapely.get_dimensions(wanted) != shapely.get_dimensions(got):
        return False
    if shapely.equals(wanted, got):
        return True
    near = SAME_SHARE * np.abs(wanted.bounds).max()
    is_as_large = abs(wanted.area - got.area) <= near * max(1, wanted.length)
    return bool(is_as_large and shapely.hausdorff_distance(wanted, got) <= near)


# ------------------------------------------------------------------------- tests


def test_every_difference_from_the_suite_is_explained_and_every_explanation_holds():
    found, unread = trials()
    verdicts = {one.id: agrees(one) for one in found}
    differing = {name for name, verdict in verdicts.items() if verdict is not None and not verdict}
    assert differing | set(unread) == DIFFERENCES.keys()


def test_as_many_trials_run_as_the_suite_has_for_what_is_used_here():
    ran = Counter(one.name for one in trials()[0] if one.name not in PASSED_OVER)
    assert ran.total() == 7_712
    assert ran["isvalid"] == 841
    assert sum(ran[name] for name in (*PREDICATES, "relate")) == 5_701
    overlays = chain.from_iterable((name, f"{name}ng", f"{name}sr") for name in OVERLAYS)
    assert sum(ran[name] for name in overlays) == 939


def test_the_comparison_would_notice_what_is_not_the_same():
    square = shapely.box(0, 0, 10, 10)
    assert is_same(square, shapely.box(0, 0, 10, 10 + 1e-9))
    assert not is_same(square, shapely.box(0, 0, 10, 10 + 1e-7))
    assert not is_same(square, square.boundary)
    assert not is_same(square, shapely.Polygon())
    wanted = Trial("", "buffer", (shapely.Point(0, 0),), ("10",), "", None)
    for radius, is_near in ((10, True), (10.2, False)):
        circle = shapely.Point(0, 0).buffer(radius, quad_segs=QUARTER)
        assert agrees_on_buffer(wanted._replace(wanted=circle.wkt)) == is_near


@cache
def suite_in_lanzhou():
    """Return the areas of the suite that are said to be valid or not, laid into the city.

    Two without a finite extent cannot be laid anywhere.
    """
    kinds, areas, is_valid = GEOMETRY_TYPES["polygon"], [], []
    for one in trials()[0]:
        shape = one.shapes[0]
        if one.name == "isvalid" and shape.geom_type in kinds and np.isfinite(shape.bounds).all():
            west, south, east, north = shape.bounds
            scale = 0.1 / max(east - west, north - south, 1e-9)
            areas.append(
                shapely.transform(
                    shape,
                    lambda xy, corner=(west, south), scale=scale: (
                        (xy - corner) * scale + (103.6, 36.1)
                    ),
                )
            )
            is_valid.append(is_true(one))
    return gpd.GeoSeries(areas, crs=4490), np.array(is_valid)


def test_rings_of_the_suite_are_mended_where_little_changes_and_else_left_alone():
    given, is_valid = suite_in_lanzhou()
    mended, problems = mend_rings(given)
    rows = {one.row: dict(one.facts) for one in problems}
    assert rows.keys() <= set(np.flatnonzero(~is_valid))
    untouched = ~given.index.isin(list(rows))
    assert all(one is other for one, other in zip(given[untouched], mended[untouched], strict=True))
    changed = mended[~untouched]
    assert changed.is_valid.all()
    assert set(changed.geom_type) <= set(GEOMETRY_TYPES["polygon"])
    areas = zip(rows.items(), geodesic_area_m2(changed), strict=True)
    for (_, facts), area in areas:
        before, after = float(facts["before_m2"]), float(facts["after_m2"])
        assert after == pytest.approx(area, abs=0.1)
        assert abs(after - before) <= MOST_CHANGE * max(after, before)


def test_so_many_rings_of_the_suite_are_mended_and_so_many_set_aside():
    given, is_valid = suite_in_lanzhou()
    _, problems = mend_rings(given)
    assert (len(given), int((~is_valid).sum()), len(problems)) == (324, 47, 22)
