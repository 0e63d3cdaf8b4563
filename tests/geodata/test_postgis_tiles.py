"""Tiles of PostGIS say what those of the embedded engine say, whatever is asked of which layer."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import count

import geopandas as gpd
import numpy as np
import psycopg
import pytest
import shapely
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from geodata import Scope, open_features
from geodata.engines import postgis_tiles
from geodata.engines.cell_counts import Counted, add_up, along_curve
from geodata.engines.postgis_tiles import Answers
from geodata.layer_index import LayerIndex, index_frame
from geodata.tiles import GREATEST_ZOOM, MOST_BYTES, MOST_LATE, NO_SIGNS, Look, Signs, TileAddress
from tests.geodata.postgres import running_server
from tests.geodata.test_revisions import a_note
from tests.geodata.test_tiles import LOOKS, MANY, decode, middles, parcels, signs_of, tiles_over

STEPS = 1.5
AGAINST_A_SERVER = (Phase.explicit, Phase.reuse, Phase.generate)
"""Shrinking what failed would ask the server for minutes."""


@pytest.fixture(scope="module")
def server():
    with running_server(with_postgis=True) as server:
        yield server


class Pair:
    """One layer in PostGIS and in the embedded index."""

    def __init__(self, store, frame, number=0):
        self.frame, self.index, self.store = frame, index_frame(frame), store
        self.store.write("parcels", frame, a_note(sha=str(number)), replace=True)

    def told(self, address, look, signs):
        """Return the decoded tile of each, features under their names."""
        ours = decode(self.index.tile(address, look, signs))
        raw = self.store.tile("parcels", address, look, signs)
        assert len(raw) <= MOST_BYTES
        theirs = decode(raw)
        return (
            _named(ours, self.index.named),
            _named(theirs, lambda number: self.store.named("parcels", number)),
        )


def _named(told, named):
    for layer in told.values():
        for one in layer["features"]:
            if "id" in one:
                one["name"] = named(one["id"])
    return told


def _shapes(told):
    return {
        one["name"][0]: (shapely.geometry.shape(one["geometry"]), one["properties"]["s"])
        for one in told.get("features", {"features": []})["features"]
    }


def _cells(told):
    """Return counts, place and lone feature of each cell of a tile, by its place."""
    cells = {}
    for one in told.get("cells", {"features": []})["features"]:
        x, y = one["geometry"]["coordinates"]
        facts = one["properties"]
        cells[x // 1024, y // 1024] = (facts, (x, y), one.get("name") if facts["n"] == 1 else None)
    return cells


def _late(told):
    layer = told.get("late", {"features": []})["features"]
    return {one["name"]: (one["geometry"]["coordinates"], one["properties"]["s"]) for one in layer}


def assert_same(pair, address, look, signs):
    ours, theirs = pair.told(address, look, signs)
    assert set(ours) == set(theirs), (set(ours), set(theirs))
    one, other = _cells(ours), _cells(theirs)
    assert one.keys() == other.keys()
    for cell, (facts, place, lone) in one.items():
        assert (facts, lone) == (other[cell][0], other[cell][2])
        assert np.abs(np.subtract(place, other[cell][1])).max() <= 1
    assert len(_late(ours)) == len(_late(theirs))
    if len(_late(ours)) < MOST_LATE:  # which of more are told is left to the engine
        assert _late(ours) == _late(theirs)
    extents = {layer["extent"] for told in (ours, theirs) for layer in told.values()}
    assert len(extents) <= 1
    one, other = _shapes(ours), _shapes(theirs)
    for name in one.keys() ^ other.keys():
        (shape,) = (told[name][0] for told in (one, other) if name in told)
        assert _is_in_the_margin(shape, *extents), (name, shape)
    for name in one.keys() & other.keys():
        assert one[name][1] == other[name][1]
        _assert_same_shape(one[name][0], other[name][0], *extents)


def _is_in_the_margin(shape, extent):
    """Return whether a shape is no larger than the grid and lies where both may leave it out."""
    west, north, east, south = shape.bounds
    is_tiny = max(east - west, south - north) <= 2
    inside = shapely.box(0, 0, extent, extent).buffer(-STEPS)
    outside = shapely.box(0, 0, extent, extent).buffer(extent / 16 - STEPS, join_style="mitre")
    return (is_tiny and not inside.intersects(shape)) or not outside.intersects(shape)


def _assert_same_shape(ours, theirs, extent):
    """Hold two shapes against each other, but where they are cut: one rounds before, one after."""
    seen = shapely.box(0, 0, extent, extent).buffer(extent / 32, join_style="mitre")
    for one, other in ((ours, theirs), (theirs, ours)):
        body = shapely.intersection(_without_spikes(one), seen)
        corners = shapely.points(shapely.get_coordinates(body))
        far = shapely.distance(corners, other).max(initial=0)
        assert far <= STEPS, (far, ours, theirs)
    if ours.geom_type.endswith("Polygon") and theirs.geom_type.endswith("Polygon"):
        one, other = (shapely.make_valid(shape, method="structure") for shape in (ours, theirs))
        differs = shapely.intersection(shapely.symmetric_difference(one, other), seen)
        assert shapely.area(shapely.buffer(differs, -STEPS / 2)) == 0, (ours, theirs)


def _without_spikes(shape):
    """Return a shape without what rounding has folded to a line: one engine leaves that out."""
    if not shape.geom_type.endswith("Polygon"):
        return shape
    valid = shapely.make_valid(shape, method="structure")
    return valid.buffer(-0.3, join_style="mitre").buffer(0.3, join_style="mitre")


# ------------------------------------------------------------------------- at random


@pytest.fixture(scope="module")
def many(server):
    """Return a layer that is told in cells up to zoom 9, as features from zoom 10."""
    frame = parcels(6_000)
    frame.loc[frame.index % 23 == 0, "geometry"] = None
    return Pair(open_features(server.new_url()), frame)


@settings(max_examples=12, deadline=None, phases=AGAINST_A_SERVER)
@given(look=st.just(Look()) | LOOKS, seed=st.integers(0, 2), z=st.integers(0, 14), data=st.data())
def test_tiles_of_a_look_are_the_same(many, look, seed, z, data):
    signs = signs_of(many.frame, seed, share=(0, 0.02, 0.3)[seed])
    address = data.draw(
        st.sampled_from(tiles_over(z, middles(many.frame.dropna(subset="geometry"))))
    )
    assert_same(many, address, look, signs)


def test_the_zoom_from_which_features_stand_one_by_one_is_the_same(many):
    with many.store._drawn.reading("parcels") as (_, drawn):
        assert drawn.detail_from == many.index.detail_from > 0


@pytest.fixture(scope="module")
def one_store(server):
    return open_features(server.new_url())


NUMBERS = count()


@settings(max_examples=25, deadline=None, phases=AGAINST_A_SERVER)
@given(places=st.lists(MANY | st.none(), min_size=1, max_size=6), z=st.integers(9, 20))
def test_shapes_of_every_kind_are_the_same(one_store, places, z):
    frame = parcels(len(places))
    offset = [
        shapely.transform(p, lambda xy: np.add(xy, [103.8, 36.05])) if p else None for p in places
    ]
    frame["geometry"] = gpd.GeoSeries(offset, crs=4490)
    pair = Pair(one_store, frame, next(NUMBERS))
    for address in tiles_over(z, [(103.8055, 36.055), (103.79, 36.06)]):
        assert_same(pair, address, Look(), NO_SIGNS)


# -------------------------------------------------------------------------- hard cases


def test_a_broken_shape_breaks_no_tile_and_is_still_counted(server):
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
    pair = Pair(open_features(server.new_url()), frame)
    for z in (0, 5, 9, 14):
        for address in tiles_over(z, [(103.5, 36.1)]):
            _, theirs = pair.told(address, Look(), NO_SIGNS)
            assert _shapes(theirs).keys() == {"P1", "P2", "P4"}
    assert pair.store.census("parcels", Look(), NO_SIGNS)["count"].sum() == 6


def test_nothing_vanishes_that_is_smaller_or_narrower_than_the_grid(server):
    frame = parcels(5)
    frame["geometry"] = gpd.GeoSeries(
        [
            shapely.box(103.8, 36.05, 103.8 + 1e-7, 36.05 + 1e-7),
            shapely.box(103.7, 36.1, 103.9, 36.1 + 1e-7),
            shapely.LineString([(103.8, 36.06), (103.8 + 1e-7, 36.06)]),
            shapely.Polygon([(103.7, 36.2), (103.9, 36.2), (103.8, 36.2)]),  # no inside at all
            shapely.LineString([(103.7, 36.3), (103.9, 36.3), (103.7, 36.3)]),
        ],
        crs=4490,
    )
    pair = Pair(open_features(server.new_url()), frame)
    address = TileAddress(8, 201, 100)
    told = _shapes(pair.told(address, Look(), NO_SIGNS)[1])
    kinds = {name: shape.geom_type for name, (shape, _) in told.items()}
    lines = dict.fromkeys(("P1", "P3", "P4"), "LineString")
    assert kinds == {"P0": "Point", "P2": "Point", **lines}


def test_a_pile_in_one_place_is_told_in_cells_at_every_zoom(server):
    pile = parcels(9_000)
    pile["geometry"] = shapely.transform(
        pile.geometry.to_numpy(), lambda xy: (xy - [103.85, 36.05]) * 1e-6 + [103.85, 36.05]
    )
    pair = Pair(open_features(server.new_url()), pile)
    signs = signs_of(pile, share=0.01)
    for z in (0, 8, 15, 18, 19, GREATEST_ZOOM):
        for address in tiles_over(z, middles(pile)):
            ours, theirs = pair.told(address, Look(codes=frozenset({0, 1, 2})), signs)
            assert _cells(ours).keys() == _cells(theirs).keys() != set()
            for cell, (facts, *_) in _cells(ours).items():
                assert _cells(theirs)[cell][0] == facts


def test_a_tile_too_full_for_the_grid_takes_a_coarser_one(server):
    frame = parcels(1_900, corners=40)
    pair = Pair(open_features(server.new_url()), frame)
    extents = set()
    for z in (8,):
        for address in tiles_over(z, middles(frame)):
            _, theirs = pair.told(address, Look(), NO_SIGNS)
            extents.add(theirs["features"]["extent"])
    assert 1024 in extents


def test_of_an_id_told_twice_the_first_code_counts_and_unknown_ids_none(many):
    signs = Signs("twice", np.array(["P7", "nobody", "P7"], object), np.array([5, 3, 9], np.uint8))
    counts = many.store.census("parcels", Look(codes=frozenset({5, 3, 9})), signs)
    assert counts[["code", "count"]].to_numpy().tolist() == [[5, 1]]


# ------------------------------------------------------------------------ writes and tables


def test_tiles_follow_every_write_and_what_is_taken_back(server):
    store = open_features(server.new_url())
    frame = parcels(40)
    plain = open_features("memory:")
    for number, one in enumerate(
        (frame.iloc[:30], parcels(40, seed=2).iloc[10:40], frame.iloc[:5])
    ):
        for each in (store, plain):
            each.write("parcels", one, a_note(sha=str(number)), replace=number == 2)
        _assert_follows(store, plain)
    for each in (store, plain):
        each.take_back("3", a_note(9))
    _assert_follows(store, plain)


def _assert_follows(store, plain):
    assert store.count("parcels") == plain.count("parcels") == len(store.read("parcels"))
    index = index_frame(plain.read("parcels"))
    assert isinstance(index, LayerIndex)
    address = TileAddress(5, 25, 12)
    told = [
        _shapes(_named(decode(one.tile(address, Look(), NO_SIGNS)), named))
        if isinstance(one, LayerIndex)
        else _shapes(_named(decode(one.tile("parcels", address, Look(), NO_SIGNS)), named))
        for one, named in ((index, index.named), (store, lambda n: store.named("parcels", n)))
    ]
    assert told[0].keys() == told[1].keys() != set()
    assert list(store.page("parcels", Look(), NO_SIGNS, 0, 99)["id"]) == list(
        store.read("parcels")["id"]
    )


def test_a_database_of_before_is_brought_up_and_so_is_what_an_old_program_writes(server):
    url = server.new_url()
    store = open_features(url)
    store.write("parcels", parcels(30), a_note())
    address = TileAddress(5, 25, 12)
    tile = store.tile("parcels", address, Look(), NO_SIGNS)
    with psycopg.connect(url, autocommit=True) as database:  # as version 1 had left it
        database.execute("drop table feature_drawn_1, feature_drawn")
        database.execute(
            "alter table feature_layers drop column number, drop column drawn_at,"
            " drop column held, drop column detail_from"
        )
        database.execute("drop index feature_rows_left")
        database.execute("update feature_store set version = 1")
    again = open_features(url)
    assert again.count("parcels") == 30
    assert again.tile("parcels", address, Look(), NO_SIGNS) == tile
    with psycopg.connect(url, autocommit=True) as database:  # an old program knows no such table
        database.execute("update feature_store set revision = 2")
        database.execute(
            "insert into feature_revisions"
            " select 2, layer, note, 0, 0, 1, '' from feature_revisions"
        )
        database.execute("update feature_rows set left_at = 2 where id = 'P7'")
    assert again.count("parcels") == 29
    with ThreadPoolExecutor(4) as pool:
        counts = pool.map(
            lambda _: again.census("parcels", Look(), NO_SIGNS)["count"].sum(), range(4)
        )
        assert set(counts) == {29}
    assert again.named("parcels", 8) is None


def test_a_store_in_a_schema_is_not_that_beside_postgis(server):
    open_features(server.address).write("parcels", parcels(3), a_note())
    assert open_features(server.new_url()).layers() == ()
    with psycopg.connect(server.address, autocommit=True) as database:
        database.execute("drop table feature_store, feature_rows, feature_revisions cascade")
        database.execute("drop table feature_layers, feature_aside, feature_drawn, feature_drawn_1")


def test_a_look_is_counted_once_for_all_who_ask_at_the_same_time():
    answers, made, begun = Answers(10_000), [], threading.Barrier(5)

    def ask(_):
        begun.wait()
        return answers.of("look", lambda: made.append(1) or [1, 2])

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(ask, range(5))) == [[1, 2]] * 5
    assert made == [1]


def test_what_is_kept_of_looks_is_bounded_and_errors_are_not_kept():
    answers = Answers(10_000)
    for number in range(50):
        answers.of(number, lambda: range(1_000))
    assert len(answers._kept) == 5
    with pytest.raises(ZeroDivisionError):
        answers.of("wrong", lambda: 1 // 0)
    assert answers.of("wrong", lambda: [3]) == [3]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 5)), max_size=20))
def test_counts_added_up_lose_nothing_and_what_is_taken_away_is_gone(rows):
    columns = np.array(rows, np.int64).reshape(-1, 3)
    counted = Counted(*columns.T, columns[:, 0] * 7, columns[:, 1] * 5, columns[:, 2])
    told = add_up([counted])
    assert told.count.sum() == columns[:, 2].sum()
    assert len(told) == len(np.unique(columns[:, :2], axis=0))
    assert len(add_up([counted, counted.less()])) == 0


def test_the_curve_keeps_the_squares_of_every_zoom_together():
    x, y = np.divmod(np.arange(64 * 64), 64)
    place = along_curve(x, y)
    assert sorted(place) == list(range(64 * 64))
    for z in range(6):
        assert (place >> 2 * (6 - z) == along_curve(x >> 6 - z, y >> 6 - z)).all()


def test_what_was_found_later_is_hidden_and_an_unknown_day_is_not(many):
    look = Look(Scope(), as_of=date(2024, 12, 17))
    found = many.frame["found_on"]
    left = sum(day is None or day <= look.as_of for day in found)
    assert many.store.census("parcels", look, NO_SIGNS)["count"].sum() == left
    assert postgis_tiles.FEW < left < len(found)
