"""A further layer is one file: dropped in, it is on the map, in legend, filters and counts."""

from datetime import UTC, datetime

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from dashboard.naming import Naming
from dashboard.panels.filter_bar import filter_options
from dashboard.panels.map_panel import screen_legend
from geodata import RevisionNote, load_rule_set, open_city, open_features
from geodata.sample import SAMPLE_ON
from layers.catalog import EXTRA_FOLDERS, all_layers, find_layer
from layers.drawing.webmap import MapWords, build_features
from layers.indicators import count_by_office
from layers.situation import collect_features
from tests.layers.pictures import look_at

WELLS = '''
"""Abandoned wells without a cover."""
from geodata.model import Title
from geodata.schema import Column, Schema
from layers.layer import Layer, Style

LAYER = Layer(
    id="open_wells",
    title=Title("无盖机井", "Open wells"),
    order=90,
    schema=Schema(
        geometry="point",
        hazard_kinds={"no_cover": Title("缺井盖", "No cover")},
        own=(Column("depth_m", Title("井深", "Depth"), "number", unit="m", minimum=0),),
    ),
    style=Style(colour="#335577", shape="pentagon"),
    card=("depth_m",),
)
'''


@pytest.fixture
def names(tmp_path, monkeypatch):
    (tmp_path / "open_wells.py").write_text(WELLS, "utf-8")
    monkeypatch.setenv(EXTRA_FOLDERS, str(tmp_path))
    return Naming(open_city(), load_rule_set(), all_layers(), "zh")


@pytest.fixture
def seen(names):
    layer, store = find_layer("open_wells"), open_features("memory:")
    blank = dict.fromkeys(layer.schema.column_ids)
    rows = [
        {**blank, "id": str(n), "name": f"{n}号井", "jurisdiction": "LZ-GL",
         "hazard_kinds": "no_cover", "is_demonstration": True}
        for n in range(3)
    ]  # fmt: skip
    places = [shapely.Point(103.9 + n / 100, 36.4) for n in range(3)]
    frame = gpd.GeoDataFrame(pd.DataFrame(rows).drop(columns="geometry"), geometry=places, crs=4490)
    store.write(layer.id, frame, RevisionNote("t", "t", datetime(2025, 1, 1, tzinfo=UTC)))
    features = collect_features({one: store.read(one) for one in store.layers()})
    return look_at(features, (), as_of=SAMPLE_ON)


def test_it_is_on_the_map(names, seen):
    words = MapWords("", "", "", "", "", {})
    group = build_features(seen, names.layers, names.city, colour_by="hazard", legend=(),
                           words=words, language="zh")  # fmt: skip
    text = next(iter(group._children.values())).shown
    assert text.count('"open_wells:') == 3
    assert "pentagon" in text


def test_it_is_in_the_legend_with_its_count(names, seen):
    captions = [entry.caption() for part in screen_legend(seen, names, "hazard")
                for entry in part.entries]  # fmt: skip
    assert "无盖机井 3" in captions


def test_it_is_in_the_filters_with_its_hazard_kinds(names):
    options = filter_options(names)
    assert options["layers"]["open_wells"] == "无盖机井"
    assert options["hazard_kinds"]["no_cover"] == "缺井盖"


def test_it_is_in_the_counts_of_its_office(seen):
    assert count_by_office(seen, ["LZ-CG", "LZ-GL"])["hazards"].to_list() == [0, 3]
