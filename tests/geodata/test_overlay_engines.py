"""Every engine answers an overlay as the plain answer does: pairs, measures, classes, doubts."""

from datetime import date
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata import Overlay, Scope, open_features
from geodata.engines.folder import create_feature_store
from geodata.errors import BadSetting, UnknownLayer
from geodata.overlay import MEASURES, meet_plainly
from tests.geodata.postgres import running_server
from tests.geodata.test_overlap_kernel import AREAS
from tests.geodata.test_overlay import stars
from tests.geodata.test_revisions import BLANK, a_note

YARDS = Overlay("yards", "parcels", by=("class_code", "mu", "is_basic", "found_on"))
BOW = shapely.Polygon([(103.8, 36), (103.801, 36.001), (103.801, 36), (103.8, 36.001)])
SPIKE = shapely.Polygon([(103.8, 36), (103.801, 36), (103.8, 36)])


@pytest.fixture(scope="module")
def server():
    with running_server(with_postgis=True) as server:
        yield server


@pytest.fixture(params=["memory", "folder", "postgis"])
def store(request, tmp_path):
    if request.param == "memory":
        return open_features("memory:")
    if request.param == "postgis":
        return open_features(request.getfixturevalue("server").new_url())
    return create_feature_store(tmp_path / "features")


def framed(shapes, prefix, **columns):
    told = [{**BLANK, "id": f"{prefix}{n}"} for n in range(len(shapes))]
    frame = pd.DataFrame(told).assign(**columns)
    return gpd.GeoDataFrame(frame, geometry=list(shapes), crs=4490)


def yards(shapes):
    offices = [("LZ-CG", "LZ-XG")[n % 2] for n in range(len(shapes))]
    return framed(shapes, "Y", jurisdiction=offices)


def parcels(shapes):
    turn = range(len(shapes))
    return framed(
        shapes,
        "P",
        class_code=[("0101", "0102", "水浇地", None)[n % 4] for n in turn],
        mu=[n / 8 for n in turn],
        is_basic=[n % 2 == 0 for n in turn],
        found_on=[date(2026, 1, 1 + n % 28) for n in turn],
    )


def hold(store, overlay, first, second, *, scope=Scope(), near=1e-9):
    """Hold a store's answer against the plain one over what it stores."""
    days = len(store.revisions())
    store.write(overlay.first, first, a_note(days), replace=True)
    store.write(overlay.second, second, a_note(days + 1), replace=True)
    ours = store.pairs(overlay, scope)
    plain = meet_plainly(store.read(overlay.first, scope), store.read(overlay.second), overlay)
    measure = MEASURES[overlay.relation]
    assert list(ours.pairs.columns) == ["first_id", "second_id", measure, *overlay.by]
    beside = ["first_id", "second_id", *overlay.by]
    assert ours.pairs[beside].astype(str).equals(plain.pairs[beside].astype(str))
    found, wanted = (one.pairs[measure].to_numpy(float) for one in (ours, plain))
    assert found == pytest.approx(wanted, rel=near, abs=1e-6)
    told = [
        set(one.doubts[["layer", "id", "what"]].itertuples(index=False, name=None))
        for one in (ours, plain)
    ]
    assert told[0] <= told[1]
    unasked = {one[:2] for one in told[1] - told[0]}
    alone = {("yards", one) for one in alone_of(first, second)}
    alone |= {("parcels", one) for one in alone_of(second, first)}
    assert unasked <= alone if overlay.relation == "overlaps" else not unasked
    return ours


def alone_of(frame, others):
    """Return the ids of what meets no other box: nobody asks whether such a one is broken."""
    boxes = [shapely.box(*one.bounds) if one else one for one in frame.geometry]
    tree = shapely.STRtree([shapely.box(*one.bounds) for one in others.geometry if one])
    return set(frame["id"]) - set(frame["id"].iloc[np.unique(tree.query(boxes)[0])])


def test_yards_lie_on_so_much_of_each_class(store):
    chance = np.random.default_rng(1)
    land = stars(200, 60, 800, chance)
    land[:60] = shapely.difference(land[:60], land[60:120])
    cells = [shapely.box(103.81 + n * 0.001, 36, 103.811 + n * 0.001, 36.001) for n in range(9)]
    first = [*stars(80, 70, 800, chance), *cells[::2]]
    second = [*[one for one in land if one.geom_type in AREAS], *cells]
    found = hold(store, YARDS, yards(first), parcels(second))
    assert len(found.pairs) > 300
    office = Scope(jurisdictions=frozenset({"LZ-CG"}))
    fewer = hold(store, YARDS, yards(first), parcels(second), scope=office)
    assert 0 < len(fewer.pairs) < len(found.pairs)


def test_what_is_broken_missing_or_of_another_kind_is_named(store):
    first = [
        BOW,
        SPIKE,
        None,
        shapely.Polygon(),
        shapely.Point(103.8, 36),
        shapely.box(103, 35, 103.1, 35.1),
    ]
    second = [shapely.box(103.7, 35.9, 103.9, 36.1), BOW, None, shapely.force_3d(BOW.buffer(0), 4)]
    for relation in MEASURES:
        hold(store, Overlay("yards", "parcels", relation, 30), yards(first), parcels(second))


def test_stations_and_pipes_inside_or_near_are_measured(store):
    chance = np.random.default_rng(3)
    at = shapely.get_coordinates(shapely.centroid(stars(120, 9, 900, chance)))
    lines = shapely.linestrings(np.stack([at[:-1], at[1:]], axis=1))
    first, land = [*shapely.points(at), *lines[:50]], stars(60, 50, 900, chance)
    # PostGIS measures geodesics itself, to a micrometre or so.
    hold(
        store,
        Overlay("yards", "parcels", "inside", by=("class_code",)),
        yards(first),
        parcels(land),
        near=1e-8,
    )
    hold(store, Overlay("yards", "parcels", "near", 40), yards(first), parcels(land), near=1e-8)


SHAPES = st.lists(
    st.one_of(
        st.none(),
        st.builds(
            lambda x, y: shapely.box(103 + x, 36 + y, 103.002 + x, 36.003 + y),
            *2 * [st.integers(0, 6).map(lambda n: n / 1000)],
        ),
        st.lists(st.tuples(*2 * [st.integers(0, 9)]), min_size=3, max_size=6).map(
            lambda told: shapely.Polygon([(103 + x / 1000, 36 + y / 1000) for x, y in told])
        ),
    ),
    max_size=6,
)


@cache
def a_database(server):
    return open_features(server.new_url())


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=SHAPES, second=SHAPES)
def test_the_folder_and_the_database_answer_as_the_plain_answer_does(
    server, tmp_path_factory, first, second
):
    if not first or not second:
        return
    for other in (create_feature_store(tmp_path_factory.mktemp("f")), a_database(server)):
        hold(other, Overlay("yards", "parcels", by=("class_code",)), yards(first), parcels(second))


def test_a_wrong_question_is_refused_by_every_engine(store):
    store.write("yards", yards([BOW]), a_note(0))
    with pytest.raises(UnknownLayer, match="yards"):
        store.pairs(Overlay("yards", "parcels"))
    with pytest.raises(UnknownLayer, match="yards"):
        store.pairs(Overlay("parcels", "yards"))
    with pytest.raises(BadSetting, match="klass"):
        store.pairs(Overlay("yards", "yards", by=("klass",)))
    with pytest.raises(BadSetting, match="within_m"):
        store.pairs(Overlay("yards", "yards", "near"))
