"""The area of overlap without the overlap is what GEOS says, or it is said not to be sure."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geodata import flat

SAME = 1e-9
SLIVER_OF_SMALLER = 1e-3
"""What is asked: 1e-9 of the overlap itself; where that is less than a thousandth of the smaller
feature, 1e-12 of the smaller feature, since GEOS's own corners round by more than the rest."""

AREAS = ("Polygon", "MultiPolygon")


def described(shapes):
    told, _, was_read = flat.flatten(flat.plain_wkb(np.asarray(shapes, object)))
    assert was_read.all()
    return flat.describe(told)


def judged(first, second, threads=2):
    """Return pairs of rows, the areas, and which are doubtful."""
    flat.warm_up()
    one, other = described(first), described(second)
    pairs = flat.meeting_boxes(one.boxes, other.boxes, threads)
    return (*pairs, *flat.overlap_areas(one, other, pairs, threads))


def check(first, second):
    """Hold every pair that is not doubtful against GEOS; return the share that is doubtful."""
    first, second = np.asarray(first, object), np.asarray(second, object)
    i, j, areas, doubtful = judged(first, second)
    wanted_i, wanted_j = shapely.STRtree(second).query(first)
    assert set(zip(i, j, strict=True)) == set(zip(wanted_i, wanted_j, strict=True))
    true = shapely.area(shapely.intersection(first[i], second[j]))
    smaller = np.minimum(shapely.area(first[i]), shapely.area(second[j]))
    room = SAME * np.maximum(true, SLIVER_OF_SMALLER * smaller)
    wrong = ~doubtful & (np.abs(areas - true) > room)
    assert not wrong.any(), (first[i[wrong]][0].wkt, second[j[wrong]][0].wkt)
    return doubtful.mean() if len(i) else 0.0


def stars(many, size, extent, chance, corners=20):
    centres = chance.random((many, 1, 2)) * extent
    turn = (np.arange(corners) + 0.9 * chance.random((many, corners))) / corners * 2 * np.pi
    radius = size * (0.3 + 0.7 * chance.random((many, corners)))
    xy = centres + np.stack([radius * np.cos(turn), radius * np.sin(turn)], -1)
    return shapely.polygons(np.concatenate([xy, xy[:, :1]], axis=1))


def areas_among(shapes):
    return np.array([one for one in shapes if one.geom_type in AREAS and not one.is_empty], object)


def moved(shapes, by):
    return shapely.transform(shapes, lambda xy: xy + by)


def cases(chance):
    """Yield names and two lists of shapes: what is laid over what in practice, and worse."""
    first, second = stars(400, 50, 1800, chance), stars(700, 40, 1800, chance)
    bitten = areas_among(shapely.difference(first, moved(first, (9, 4))))
    bits = areas_among(shapely.difference(second, moved(second, (-6, 5))))
    inner = shapely.transform(second, lambda xy: xy)
    centres = shapely.get_coordinates(shapely.centroid(second))
    holes = np.array(
        [
            shapely.transform(one, lambda xy, c=centre: c + (xy - c) * 0.4)
            for one, centre in zip(inner, centres, strict=True)
        ]
    )
    holed = areas_among(shapely.difference(second, holes))
    cells = [
        shapely.box(x, y, x + 10, y + 10) for x in range(0, 200, 10) for y in range(0, 200, 10)
    ]
    yield "random", first, second
    yield "far from the origin", moved(first, (3e5, -2e5)), moved(second, (3e5, -2e5))
    yield "holed", first, holed
    yield "holed both", holed, moved(holed, (7, 1))
    yield "several parts", bitten, bits
    yield "several parts and holes", bits, holed
    yield "turned the other way", shapely.reverse(first), shapely.reverse(holed)
    yield "nested", second, holes
    yield (
        "in the hole",
        holed,
        np.array(
            [shapely.transform(h, lambda xy: (xy - xy.mean(0)) * 0.9 + xy.mean(0)) for h in holes]
        ),
    )
    yield "the same", first, first
    yield "shared edges", cells, cells
    yield "shared edges, half a cell on", cells, moved(np.array(cells), (5, 0))
    yield "corner on an edge", cells, moved(np.array(cells), (5, 10))
    yield "many corners", stars(5, 400, 900, chance, 500), stars(60, 60, 900, chance, 90)
    yield "slivers", first, moved(first, (1e-6, 1e-6))
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    tilted = shapely.transform(np.array(cells), lambda xy: xy @ turn)
    yield "shared edges at a slant", tilted, tilted
    yield "edges laid against each other at a slant", tilted, moved(tilted, (4.0, 3.0))


@pytest.mark.parametrize("seed", range(2))
def test_areas_are_those_of_geos(seed):
    doubtful = {name: check(*both) for name, *both in cases(np.random.default_rng(seed))}
    for name in ("random", "holed", "holed both", "several parts", "many corners"):
        assert doubtful[name] < 0.02, "hardly any pair needs GEOS"
    for name in ("shared edges", "the same"):
        assert doubtful[name] > 0, "that is what being doubtful is for"


GRID = st.integers(0, 8)
FREE = st.floats(0, 8, allow_subnormal=False)


@st.composite
def polygons(draw, numbers):
    """Draw a polygon whose corners lie on a small grid or anywhere, with holes as they come."""
    corners = draw(st.lists(st.tuples(numbers, numbers), min_size=3, max_size=9))
    shape = shapely.make_valid(shapely.Polygon(corners), method="structure", keep_collapsed=False)
    if draw(st.booleans()):
        other = draw(st.lists(st.tuples(numbers, numbers), min_size=3, max_size=5))
        hole = shapely.make_valid(shapely.Polygon(other), method="structure", keep_collapsed=False)
        shape = shapely.difference(shape, hole)
    assume(shape.geom_type in AREAS and shape.is_valid and shape.area > 1e-6)
    return shape


@settings(max_examples=250, deadline=None)
@given(first=polygons(GRID) | polygons(FREE), second=polygons(GRID) | polygons(FREE))
def test_no_two_shapes_are_measured_wrongly_without_a_doubt(first, second):
    check([first], [second])


@settings(max_examples=60, deadline=None)
@given(
    first=polygons(FREE),
    second=polygons(FREE),
    turn=st.floats(0, 6.3),
    to=st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)),
)
def test_the_area_stays_when_both_are_turned_and_moved_and_change_places(first, second, turn, to):
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    both = [shapely.transform(one, lambda xy: xy @ matrix + to) for one in (first, second)]
    told = [judged([first], [second]), judged([second], [first]), judged([both[0]], [both[1]])]
    areas = [area[0] for _, _, area, doubtful in told if len(area) and not doubtful[0]]
    room = 1e-12 * 64 + 1e-15 * 1e5 * 100
    assert np.ptp(areas or [0.0]) <= room


# ------------------------------------------------------------------------ the join


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    sizes=st.tuples(st.floats(0, 30), st.floats(0, 100)),
    counts=st.tuples(st.integers(0, 80), st.integers(0, 80)),
)
def test_boxes_that_meet_are_each_told_once(seed, sizes, counts):
    chance = np.random.default_rng(seed)
    lists = []
    for size, count in zip(sizes, counts, strict=True):
        low = chance.integers(0, 100, (count, 2)).astype(float)
        boxes = np.concatenate([low, low + np.floor(chance.random((count, 2)) * size)], axis=1)
        boxes[chance.random(count) < 0.1] = np.nan
        lists.append(boxes)
    i, j = flat.meeting_boxes(*lists, threads=1)
    found = list(zip(i.tolist(), j.tolist(), strict=True))
    first, second = lists
    meets = (
        (first[:, None, 0] <= second[None, :, 2])
        & (second[None, :, 0] <= first[:, None, 2])
        & (first[:, None, 1] <= second[None, :, 3])
        & (second[None, :, 1] <= first[:, None, 3])
    )
    assert sorted(found) == [tuple(one) for one in np.argwhere(meets).tolist()]


def test_a_few_boxes_as_large_as_everything_do_not_blow_up_the_grid():
    chance = np.random.default_rng(1)
    low = chance.random((5000, 2))
    boxes = np.concatenate([low, low + 0.001], axis=1)
    boxes[:200] = (0, 0, 1, 1)
    _, _, _, held = flat._grid_over(boxes)
    assert len(held) <= flat.CELLS_EACH * len(boxes)


# ------------------------------------------------------------------------ the reading


def test_wkb_is_read_as_shapely_reads_it_and_what_is_not_plain_is_left():
    whole = shapely.box(0, 0, 1, 1)
    holed = shapely.Polygon(
        [(0, 0), (9, 0), (9, 9), (0, 9)], [[(1, 1), (2, 1), (2, 2)], [(4, 4), (5, 4), (5, 5)]]
    )
    many = shapely.MultiPolygon([whole, shapely.box(3, 3, 4, 4)])
    deep = shapely.force_3d(whole, 7)
    plain = [whole, holed, many, None, shapely.Polygon(), shapely.MultiPolygon()]
    other = [
        deep,
        shapely.Point(1, 1),
        shapely.GeometryCollection([whole]),
        shapely.Polygon([(0, 0), (np.inf, 1), (1, 1)]),
    ]
    rows = [None if one is None else shapely.to_wkb(one) for one in (*plain, *other)]
    rows += [shapely.to_wkb(whole, byte_order=0), shapely.to_wkb(whole)[:40], b"\x01\x03"]
    told, boxes, was_read = flat.flatten(pa.array(rows, pa.binary()))
    assert was_read.tolist() == [True] * len(plain) + [False] * 7
    rings = [told.corners[a:b].tolist() for a, b in zip(told.rings, told.rings[1:], strict=False)]
    assert rings == [
        shapely.get_coordinates(one).tolist()
        for one in shapely.get_rings(shapely.get_parts([one for one in plain if one]))
    ]
    assert told.is_hole.tolist() == [False, False, True, True, False, False]
    assert np.diff(told.features).tolist()[:6] == [1, 3, 2, 0, 0, 0]
    assert np.array_equal(boxes[:3], shapely.bounds(plain[:3]))
    assert np.isnan(boxes[3:]).all()
    part = pa.array(rows, pa.binary())[1:3]
    assert flat.flatten(part)[0].corners.tolist() == shapely.get_coordinates(plain[1:3]).tolist()


@settings(max_examples=150, deadline=None)
@given(corners=st.lists(st.tuples(GRID, GRID), min_size=3, max_size=9))
def test_a_ring_said_to_be_sound_is_valid(corners):
    shape = shapely.Polygon(corners)
    told, _, _ = flat.flatten(flat.plain_wkb(np.array([shape], object)))
    if flat.are_sound(told, 1)[0]:
        assert shape.is_valid


def test_ordinary_parcels_are_sound_without_asking_geos():
    chance = np.random.default_rng(3)
    told, _, _ = flat.flatten(flat.plain_wkb(stars(300, 50, 900, chance)))
    assert flat.are_sound(told, 2).all()


# ---------------------------------------------------------------------- first use


EVER_USED = """
import json, sys
import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import shapely
from geodata import Overlay, flat
from geodata.engines.geoparquet import side_from, side_in
from geodata.kernels import laea, meeting, overlap, wkb
from geodata.overlay import meet, meet_sides

flat.warm_up()
shapes = shapely.buffer(shapely.points(np.random.default_rng(1).random((50, 2)) * 0.1), 0.01)
shapes[3] = shapely.Polygon([(0, 0), (0.01, 0.01), (0.01, 0), (0, 0.01)])
frame = gpd.GeoDataFrame({"id": [f"{n}" for n in range(50)]}, geometry=shapes, crs=4490)
frame.to_parquet(sys.argv[1])
for threads in (1, 2):
    meet(frame, frame, Overlay("a", "b"), threads)
    side = side_in(sys.argv[1], "a")
    meet_sides(side, side, Overlay("a", "b"), (0.0, 0.0), threads)
    nothing = side_from(pq.read_table(sys.argv[1])[:0], "a")
    meet_sides(nothing, side, Overlay("a", "b"), (0.0, 0.0), threads)
print(json.dumps({
    f"{module.__name__}.{name}": len(kernel.signatures)
    for module in (wkb, overlap, meeting, laea)
    for name, kernel in vars(module).items()
    if hasattr(kernel, "signatures")
}))
"""


def run_alone(script, *given):
    ended = subprocess.run(
        [sys.executable, "-c", script, *given],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    return ended.stdout.strip()


def test_what_is_compiled_at_first_is_all_that_is_ever_used(tmp_path):
    # A kernel met by another kind of array would be compiled anew, inside a pool of threads.
    kernels = json.loads(run_alone(EVER_USED, str(tmp_path / "layer.parquet")))
    assert kernels
    assert {name: many for name, many in kernels.items() if many > 1} == {}


FIRST_USE = """
from concurrent.futures import ThreadPoolExecutor
import shapely
from geodata import Overlay, flat
from geodata.engines.geoparquet import side_from, side_in
from geodata.kernels import laea, meeting, overlap, wkb
from geodata.overlay import meet, meet_sides

def use(_):
    flat.warm_up()
    one, other = (
        flat.describe(flat.flatten(flat.plain_wkb(shapely.box([x, 5], x, [x + 1, 6], x + 1)))[0])
        for x in (0, 0.5)
    )
    pairs = flat.meeting_boxes(one.boxes, other.boxes, 2)
    return float(flat.overlap_areas(one, other, pairs, 2)[0][0])

with ThreadPoolExecutor(4) as pool:
    print(sorted(pool.map(use, range(8))))
"""


def test_first_use_in_many_threads_at_once_ends():
    assert run_alone(FIRST_USE) == str([0.25] * 8)
