"""Large layers: tiles hold what lies there, cells add up, counts and rows are those of the rows."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import Scope, open_features
from geodata.engines.folder import create_feature_store
from geodata.errors import NoSuchTile, UnknownLayer
from geodata.kernels.tiles import hilbert_codes
from geodata.layer_index import LayerIndex, index_frame, to_degrees, to_world
from geodata.schema import UNPLACED
from geodata.selection import have_place, select
from geodata.tiles import (
    CENSUS_COLUMNS,
    GREATEST_ZOOM,
    MOST_BYTES,
    NO_SIGNS,
    Look,
    Signs,
    TileAddress,
)
from tests.geodata.postgres import running_server
from tests.geodata.test_revisions import a_note

SEEN_ON = date(2025, 12, 17)
WORLD = 1 << 32


def parcels(count, seed=1, corners=12):
    """Return parcels side by side over Lanzhou, as the rows of a layer, told by a seed."""
    chance = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(count)))
    column, row = np.divmod(np.arange(count), side)
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    reach = 0.3 + 0.15 * chance.random((count, corners))
    lon = 103.4 + 0.9 / side * (column[:, None] + 0.5 + reach * np.cos(turn))
    lat = 35.8 + 0.5 / side * (row[:, None] + 0.5 + reach * np.sin(turn))
    days = [date.fromordinal(int(n)) for n in chance.integers(739_000, 739_600, count)]
    is_verified = chance.random(count) < 0.2
    return gpd.GeoDataFrame(
        {
            "id": [f"P{n}" for n in range(count)],
            "name": [f"地块 {n}" for n in range(count)],
            "jurisdiction": chance.choice(["LZ-CG", "LZ-XG", "LZ-YZ", None], count),
            "township": chance.choice(["河口镇", "Hekou", None], count),
            "hazard_kinds": chance.choice(["", "coal_yard", "building;coal_yard", None], count),
            "found_on": [day if day.day > 2 else None for day in days],
            "rectified_on": None,
            "verified_on": [d if v else None for d, v in zip(days, is_verified, strict=True)],
            "relapsed_on": [d if d.day == 9 else None for d in days],
            "source": chance.choice(["invented", "巡查"], count),
            "geometry_status": chance.choice(["surveyed", "township_named", "unknown"], count),
            "is_demonstration": chance.random(count) < 0.5,
        },
        geometry=shapely.polygons(np.stack([lon, lat], axis=-1)),
        crs=4490,
    )


def signs_of(frame, seed=1, share=0.1):
    """Return codes for some of the rows."""
    chance = np.random.default_rng(seed)
    ids = frame["id"].to_numpy(object)[chance.random(len(frame)) < share]
    return Signs(f"seed {seed}", ids, chance.integers(1, 16, len(ids)).astype(np.uint8))


def decode(tile):
    return mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True}) if tile else {}


def middles(frame):
    return shapely.get_coordinates(shapely.centroid(frame.geometry.to_numpy()))


def tiles_over(z, degrees):
    """Return the tiles of a zoom that hold places."""
    world = to_world(np.asarray(degrees, float)).astype(np.int64) >> (32 - z)
    return [TileAddress(z, int(x), int(y)) for x, y in np.unique(world, axis=0)]


# ---------------------------------------------------------------------------- by the plain way


def plain_census(frame, look, signs):
    codes = dict(zip(signs.ids, signs.codes, strict=True))
    rows = frame.assign(code=[int(codes.get(one, 0)) for one in frame["id"]])
    rows = select(rows, look.scope)
    if look.as_of:
        rows = rows[~(pd.to_datetime(rows["found_on"]) > pd.Timestamp(look.as_of))]
    if look.codes:
        rows = rows[rows["code"].isin(look.codes)]
    last = pd.Timestamp(look.as_of or date.max)

    def known(name):
        return pd.to_datetime(rows[name]).le(last)

    placed = have_place(rows)
    is_place = placed | rows["geometry_status"].isin(UNPLACED)
    told = pd.DataFrame(
        {
            "jurisdiction": rows["jurisdiction"].fillna(""),
            "code": rows["code"],
            "is_placed": placed,
            "is_hazard": is_place & rows["hazard_kinds"].fillna("").ne(""),
            "is_verified": known("verified_on") & ~known("relapsed_on"),
            "is_demonstration": rows["is_demonstration"].astype(bool),
        }
    )
    if "hazard" in look.only:
        told = told[told["is_hazard"]]
    if "verified" in look.only:
        told = told[told["is_verified"]]
    if "unplaced" in look.only:
        told = told[~told["is_placed"]]
    counts = told.value_counts(sort=False).rename("count").reset_index()
    return counts.sort_values(list(CENSUS_COLUMNS)).reset_index(drop=True)


def shown(census):
    ordered = census.sort_values(list(CENSUS_COLUMNS))
    return [tuple(row) for row in ordered[list(CENSUS_COLUMNS)].itertuples(index=False)]


LOOKS = st.builds(
    Look,
    scope=st.builds(
        Scope,
        jurisdictions=st.frozensets(st.sampled_from(["LZ-CG", "LZ-XG", "LZ-AN"]), max_size=2),
        hazard_kinds=st.frozensets(st.sampled_from(["coal_yard", "building", "other"]), max_size=2),
        from_on=st.none() | st.dates(date(2024, 6, 1), date(2025, 6, 1)),
        to_on=st.none() | st.dates(date(2025, 1, 1), date(2025, 12, 31)),
        text=st.sampled_from(["", "HEK", "河口", "7", "巡查", "%"]),
        within=st.sampled_from(
            [
                (),
                ((103.5, 35.9), (104.0, 35.9), (104.0, 36.2), (103.5, 36.2)),
                ((103.5, 35.9), (104.1, 36.2), (104.1, 35.9), (103.5, 36.2)),  # a bow tie
            ]
        ),
    ),
    as_of=st.none() | st.dates(date(2024, 9, 1), date(2025, 12, 31)),
    codes=st.frozensets(st.integers(0, 15), max_size=4),
    only=st.frozensets(st.sampled_from(["hazard", "verified", "unplaced"]), max_size=1),
)
LAYER = parcels(700)
LAYER.loc[LAYER.index % 23 == 0, "geometry"] = None


@pytest.fixture(scope="module")
def server():
    with running_server(with_postgis=True) as server:
        yield server


@pytest.fixture(scope="module", params=["memory", "folder", "postgis"])
def store(request, tmp_path_factory):
    if request.param == "memory":
        made = open_features("memory:")
    elif request.param == "postgis":
        made = open_features(request.getfixturevalue("server").new_url())
    else:
        made = create_feature_store(tmp_path_factory.mktemp("features"))
        made.tiled_from = 100
    made.write("parcels", LAYER, a_note())
    return made


@settings(max_examples=60, deadline=None)
@given(look=LOOKS, seed=st.integers(0, 3))
def test_a_census_counts_what_the_rows_say(store, look, seed):
    signs = signs_of(LAYER, seed)
    assert shown(store.census("parcels", look, signs)) == shown(plain_census(LAYER, look, signs))


@settings(max_examples=40, deadline=None)
@given(look=LOOKS, first=st.integers(0, 50), most=st.integers(0, 40))
def test_pages_together_are_the_rows_of_a_look(store, look, first, most):
    plain = plain_census(LAYER, look, NO_SIGNS)["count"].sum()
    whole = list(store.page("parcels", look, NO_SIGNS, 0, 10_000)["id"])
    assert len(whole) == plain == len(set(whole))
    page = store.page("parcels", look, NO_SIGNS, first, most)
    assert list(page["id"]) == whole[first : first + most]
    assert page.crs == LAYER.crs


@settings(max_examples=25, deadline=None)
@given(look=LOOKS)
def test_a_scope_is_read_the_same_with_the_index_and_without(store, look):
    plain = select(LAYER, look.scope)
    assert sorted(store.read("parcels", look.scope)["id"]) == sorted(plain["id"])


def test_rows_are_found_by_id_and_unknown_ids_are_passed_over(store):
    found = store.rows("parcels", ["P5", "nobody", "P600", "P23"])
    told = {row.id: row for row in found.itertuples()}
    assert set(told) == {"P5", "P600", "P23"}
    assert told["P23"].geometry is None
    assert shapely.equals(told["P5"].geometry, LAYER.geometry[5])
    assert list(found.columns)[:12] == list(LAYER.columns)[:12]


def test_what_a_layer_spans_is_known_without_reading_it(store):
    days = LAYER["found_on"].dropna()
    real = days[~LAYER["is_demonstration"]]
    span = store.span("parcels")
    assert (span.first, span.newest) == (days.min(), real.max())
    assert store.count("parcels") == len(LAYER)


def test_asking_for_an_unknown_layer_names_the_known_ones(store):
    for ask in (
        lambda: store.count("streets"),
        lambda: store.tile("streets", TileAddress(0, 0, 0), Look(), NO_SIGNS),
        lambda: store.census("streets", Look(), NO_SIGNS),
    ):
        with pytest.raises(UnknownLayer, match="parcels"):
            ask()


def test_numbers_in_a_tile_name_features(store):
    place = LAYER.geometry[300].centroid
    [address] = tiles_over(15, [(place.x, place.y)])
    features = decode(store.tile("parcels", address, Look(), NO_SIGNS))["features"]["features"]
    named = {store.named("parcels", one["id"]) for one in features}
    assert ("P300", "地块 300") in named
    assert None not in named
    assert store.named("parcels", 10**9) is None


def test_a_new_write_is_seen_in_the_next_tile(tmp_path):
    store = create_feature_store(tmp_path)
    store.write("parcels", parcels(20), a_note())
    first = store.tile("parcels", TileAddress(5, 25, 12), Look(), NO_SIGNS)
    assert store.census("parcels", Look(), NO_SIGNS)["count"].sum() == 20
    store.write("parcels", parcels(30, seed=2), a_note(sha="2"))
    assert store.census("parcels", Look(), NO_SIGNS)["count"].sum() == 30
    assert store.tile("parcels", TileAddress(5, 25, 12), Look(), NO_SIGNS) != first
    assert len(list((tmp_path / "index").glob("parcels.*"))) == 1


def test_a_damaged_index_is_made_anew_and_is_no_leftover(tmp_path):
    store = create_feature_store(tmp_path)
    store.write("parcels", parcels(20), a_note())
    whole = store.census("parcels", Look(), NO_SIGNS)
    [kept] = (tmp_path / "index").glob("parcels.*")
    (kept / "index.json").write_text("{")
    again = create_feature_store(tmp_path)
    assert again.census("parcels", Look(), NO_SIGNS).equals(whole)
    assert again.leftovers() == ()


# ----------------------------------------------------------------------------------- tiles


@pytest.mark.parametrize("z", [0, 3, 6, 8, 9, 10, 11])
def test_the_cells_of_a_zoom_add_up_to_the_layer(z):
    frame = parcels(6_000)
    signs, look = signs_of(frame), Look()
    index = index_frame(frame)
    assert index.detail_from > z or z >= 10
    wanted = np.bincount(
        [dict(zip(signs.ids, signs.codes, strict=True)).get(i, 0) for i in frame["id"]]
    )
    counted, late = np.zeros(16, int), set()
    for address in tiles_over(z, middles(frame)):
        told = decode(index.tile(address, look, signs))
        for cell in told.get("cells", {"features": []})["features"]:
            facts = cell["properties"]
            by_code = {int(key): n for key, n in facts.items() if key != "n"}
            assert sum(by_code.values()) == facts["n"]
            assert (("id" in cell and cell["id"] > 0) or facts["n"] > 1) or cell.get("id", 0) == 0
            for code, number in by_code.items():
                counted[code] += number
        late |= {one["id"] for one in told.get("late", {"features": []})["features"]}
        if "features" in told:
            return  # nearer than the zoom from which features stand one by one
    assert counted.tolist() == np.pad(wanted, (0, 16 - len(wanted))).tolist()
    assert len(late) == min(int(wanted[1::2].sum()), len(late))


def test_late_features_are_told_one_by_one_where_there_are_few():
    frame = parcels(6_000)
    late = Signs("late", np.array(["P7", "P4000"], object), np.array([5, 3], np.uint8))
    index = index_frame(frame)
    told = decode(index.tile(TileAddress(6, 50, 25), Look(), late))
    assert {index.named(one["id"])[0] for one in told["late"]["features"]} == {"P7", "P4000"}
    assert {one["properties"]["s"] for one in told["late"]["features"]} == {5, 3}


def test_no_tile_is_larger_than_is_allowed_at_any_zoom_nor_leaves_anything_out():
    pile = parcels(9_000)  # all in one place: no zoom is near enough to tell them apart
    pile["geometry"] = shapely.transform(
        pile.geometry.to_numpy(), lambda xy: (xy - [103.85, 36.05]) * 1e-4 + [103.85, 36.05]
    )
    index = index_frame(pile)
    for z in range(GREATEST_ZOOM + 1):
        number = 0
        for address in tiles_over(z, middles(pile)):
            tile = index.tile(address, Look(), NO_SIGNS)
            assert len(tile) <= MOST_BYTES
            told = decode(tile)
            if "features" in told:
                number = len(pile)
            number += sum(
                one["properties"]["n"] for one in told.get("cells", {"features": []})["features"]
            )
        assert number >= len(pile)


SHAPES = st.one_of(
    st.builds(shapely.Point, st.floats(-0.02, 0.03), st.floats(-0.02, 0.03)),
    st.lists(
        st.tuples(st.floats(-0.02, 0.03), st.floats(-0.02, 0.03)),
        min_size=2,
        max_size=9,
        unique=True,
    ).map(shapely.LineString),
    st.builds(
        lambda x, y, w, h, hole: (
            shapely.box(x, y, x + w, y + h)
            - (shapely.box(x + w / 3, y + h / 3, x + w / 2, y + h / 2) if hole else shapely.Point())
        ),
        st.floats(-0.02, 0.02),
        st.floats(-0.02, 0.02),
        st.floats(1e-6, 0.03),
        st.floats(1e-6, 0.03),
        st.booleans(),
    ),
)
MANY = st.lists(SHAPES, min_size=1, max_size=4).flatmap(
    lambda shapes: st.sampled_from(
        [
            shapes[0],
            shapely.MultiPolygon([s for s in shapes if s.geom_type == "Polygon"]),
            shapely.MultiLineString([s for s in shapes if s.geom_type == "LineString"]),
            shapely.MultiPoint([s for s in shapes if s.geom_type == "Point"]),
        ]
    )
)


@settings(max_examples=120, deadline=None)
@given(places=st.lists(MANY | st.none(), min_size=1, max_size=6))
def test_a_tile_holds_what_lies_in_it_where_it_lies(places):
    frame = parcels(len(places))
    offset = [
        shapely.transform(p, lambda xy: np.add(xy, [103.8, 36.05])) if p else None for p in places
    ]
    frame["geometry"] = gpd.GeoSeries(offset, crs=4490)
    index = index_frame(frame)
    [address] = tiles_over(14, [(103.8055, 36.055)])
    told = decode(index.tile(address, Look(), NO_SIGNS))
    found = {}
    for one in told.get("features", {"features": []})["features"]:
        found[index.named(one["id"])[0]] = shapely.geometry.shape(one["geometry"])
    square = shapely.box(0, 0, 4096, 4096)
    for name, place in zip(frame["id"], offset, strict=True):
        wanted = place and shapely.transform(place, lambda xy: _in_tile(xy, address))
        reach = shapely.distance(wanted, square) if wanted and not wanted.is_empty else np.inf
        if reach > 363:
            assert name not in found
            continue
        if reach > 1.5 or max(shapely.bounds(wanted)[2:] - shapely.bounds(wanted)[:2]) < 3 > abs(
            shapely.distance(wanted, square.exterior)
        ):
            continue  # in the seam, where a shape, and above all a point, may be or not
        assert name in found, (name, wanted)
        ours = found[name]
        assert _farthest(_within(square, _drawn(wanted)), ours) < 3
        assert _farthest(_within(square, ours), wanted) < 3
        if wanted.geom_type.endswith("Polygon") and min(_sides(wanted)) > 20:
            areas = [_within(square, shape).area for shape in (ours, wanted)]
            assert areas[0] == pytest.approx(areas[1], abs=4 * shapely.length(wanted) + 20)


def _within(square, shape):
    return shapely.intersection(shapely.make_valid(shape, method="structure"), square)


def _drawn(shape):
    """Return a shape without the parts that are thinner than the grid, unless all of them are."""
    thick = _sides(shape) > 2
    return shapely.union_all(shapely.get_parts(shape)[thick]) if thick.any() else shape


def _farthest(shape, other):
    """Return how far the farthest corner of a shape lies from another shape."""
    corners = shapely.points(shapely.get_coordinates(shape))
    return shapely.distance(corners, other).max(initial=0)


def _in_tile(xy, address):
    world = to_world(xy).astype(float)
    return (world / 2 ** (32 - address.z) - [address.x, address.y]) * 4096


def _sides(shape):
    parts = shapely.get_parts(shape)
    boxes = shapely.bounds(parts)
    return np.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])


def test_a_broken_shape_breaks_no_tile_and_is_still_counted():
    frame = parcels(6)
    rings = np.array([[(103.5, 36), (103.5, np.nan), (103.6, 36.1), (103.5, 36)]])
    lost = shapely.transform(
        shapely.polygons(np.nan_to_num(rings, nan=36.0))[0], lambda _: rings[0]
    )
    tie = shapely.Polygon([(103.4, 36), (103.6, 36.2), (103.6, 36), (103.4, 36.2)])
    far = shapely.Polygon([(103.4, 36), (400, 36), (103.4, 95)])
    frame["geometry"] = gpd.GeoSeries(
        [lost, tie, far, shapely.Polygon(), shapely.GeometryCollection([tie]), None], crs=4490
    )
    index = index_frame(frame)
    [address] = tiles_over(9, [(103.5, 36.1)])
    told = decode(index.tile(address, Look(), NO_SIGNS))["features"]["features"]
    assert {index.named(one["id"])[0] for one in told} == {"P1", "P2", "P4"}
    census = index.census(Look(), NO_SIGNS)
    assert census["count"].sum() == 6
    assert census.loc[census["is_placed"], "count"].sum() == 3


def test_holes_stay_open_and_outlines_turn_as_the_standard_says():
    frame = parcels(1)
    ring = shapely.box(103.79, 36.04, 103.83, 36.08) - shapely.box(103.80, 36.05, 103.81, 36.06)
    for way in (shapely.orient_polygons(ring), shapely.orient_polygons(ring, exterior_cw=True)):
        frame["geometry"] = gpd.GeoSeries([way], crs=4490)
        index = index_frame(frame)
        [address] = tiles_over(13, [(103.805, 36.055)])
        [one] = decode(index.tile(address, Look(), NO_SIGNS))["features"]["features"]
        outline, hole = (shapely.LinearRing(ring) for ring in one["geometry"]["coordinates"])
        assert (outline.is_ccw, hole.is_ccw) == (True, False)  # in rows counted downwards


@pytest.mark.parametrize(
    ("z", "x", "y"), [(-1, 0, 0), (3, 8, 0), (3, 0, -1), (GREATEST_ZOOM + 1, 0, 0)]
)
def test_a_square_outside_the_pyramid_is_refused(z, x, y):
    with pytest.raises(NoSuchTile):
        TileAddress(z, x, y)


def test_nothing_is_an_empty_tile():
    assert index_frame(parcels(50)).tile(TileAddress(10, 0, 0), Look(), NO_SIGNS) == b""
    assert index_frame(parcels(5).iloc[:0]).tile(TileAddress(0, 0, 0), Look(), NO_SIGNS) == b""


def test_neighbours_along_the_curve_are_neighbours_on_the_ground():
    side = 32
    x, y = np.divmod(np.arange(side * side), side)
    step = np.uint32(WORLD // side)
    codes = hilbert_codes(x.astype(np.uint32) * step, y.astype(np.uint32) * step)
    order = np.argsort(codes)
    assert len(np.unique(codes)) == side * side
    assert (np.abs(np.diff(x[order])) + np.abs(np.diff(y[order])) == 1).all()


@given(st.lists(st.tuples(st.floats(-180, 179.999), st.floats(-85, 85)), min_size=1, max_size=20))
def test_places_come_back_from_the_square_to_the_centimetre(places):
    degrees = np.array(places)
    back = to_degrees(to_world(degrees).astype(float))
    assert np.abs(back - degrees).max() < 1e-7


def test_answers_do_not_change_with_who_asked_before():
    index = index_frame(LAYER)
    looks = [Look(Scope(text=str(n))) for n in range(40)]
    first = [index.mask(look, NO_SIGNS).sum() for look in looks]
    assert [index.mask(look, NO_SIGNS).sum() for look in reversed(looks)] == first[::-1]
    assert isinstance(index, LayerIndex)
    assert len(index._answers) <= 20


def test_tiles_asked_for_at_once_make_what_they_share_once(monkeypatch):
    index, made, judge = index_frame(LAYER), [], LayerIndex._judge
    all_ask = Barrier(6)

    def slowly(self, look, signs):
        made.append(look)
        time.sleep(0.1)
        return judge(self, look, signs)

    def ask(_):
        all_ask.wait(10)
        return index.mask(Look(Scope(text="7")), NO_SIGNS).sum()

    monkeypatch.setattr(LayerIndex, "_judge", slowly)
    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(ask, range(6)))) == 1
    assert len(made) == 1


def test_what_could_not_be_made_is_tried_again(monkeypatch):
    index = index_frame(LAYER)
    with monkeypatch.context() as broken:
        broken.setattr(LayerIndex, "_judge", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            index.mask(Look(), NO_SIGNS)
    assert index.mask(Look(), NO_SIGNS).sum() == len(LAYER)


def test_the_day_looked_from_hides_what_was_found_later():
    census = index_frame(LAYER).census(Look(as_of=SEEN_ON.replace(year=2024)), NO_SIGNS)
    found = pd.to_datetime(LAYER["found_on"])
    assert census["count"].sum() == (~(found > pd.Timestamp(2024, 12, 17))).sum()
