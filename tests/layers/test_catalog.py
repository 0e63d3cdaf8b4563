"""The catalogue offers whatever files lie in the hazard folders."""

from datetime import UTC, date, datetime
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geodata.errors import UnknownLayer
from geodata.model import Case, CaseEvent, HazardRef, Scope, Title
from layers.catalog import EXTRA_FOLDERS, all_layers, find_layer, layer_ids
from layers.indicators import count_by_office
from layers.situation import Situation, collect_features
from tests.layers.pictures import look_at

FIFTH = '''
"""Noise at night."""

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.layer import Layer, Style

LAYER = Layer(
    id="night_noise",
    title=Title("夜间噪声", "Night noise"),
    order=5,
    field="ecological_environment_resources",
    schema=Schema(
        geometry="point",
        hazard_kinds={"too_loud": Title("超标", "Too loud")},
        own=(Column("level_db", Title("声级", "Level"), "number", unit="dB", minimum=0),),
    ),
    style=Style(colour="#335577", shape="diamond"),
    card=("level_db",),
)
'''

NOISE_CASE = Case(
    id="LZ-CG-2025-900",
    title=Title("某案", "A case"),
    jurisdiction="LZ-CG",
    kind="admin_pil",
    field="ecological_environment_resources",
    rule_set="cn-2021",
    hazards=(HazardRef("night_noise", "NN-1"),),
    events=(
        CaseEvent("lead_registered", date(2025, 12, 1), datetime(2025, 12, 1, tzinfo=UTC), "某人"),
    ),
)


@pytest.fixture
def extra_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(EXTRA_FOLDERS, str(tmp_path))
    return tmp_path


def test_a_fifth_layer_is_one_file_dropped_into_a_folder(tmp_path, monkeypatch):
    known = layer_ids()
    (tmp_path / "night_noise.py").write_text(FIFTH, "utf-8")
    monkeypatch.setenv(EXTRA_FOLDERS, str(tmp_path))
    assert set(layer_ids()) == {*known, "night_noise"}
    assert find_layer("night_noise").card_columns()[0].unit == "dB"


def test_a_fifth_layer_is_counted_filtered_and_linked_like_the_others(extra_folder):
    (extra_folder / "night_noise.py").write_text(FIFTH, "utf-8")
    row = dict.fromkeys(find_layer("night_noise").schema.column_ids) | {
        "id": "NN-1",
        "jurisdiction": "LZ-CG",
        "hazard_kinds": "too_loud",
        "geometry": shapely.Point(103.8, 36.05),
    }
    features = collect_features({"night_noise": gpd.GeoDataFrame([row], crs=4490)})
    seen = look(features, Scope(hazard_kinds=frozenset({"too_loud"})))
    assert count_by_office(seen, ["LZ-CG"]).loc["LZ-CG", "hazards"] == 1
    assert list(seen.features["case_ids"]) == [NOISE_CASE.id]
    assert look(features, Scope(hazard_kinds=frozenset({"other"}))).features.empty


def look(features: gpd.GeoDataFrame, scope: Scope) -> Situation:
    return look_at(features, (NOISE_CASE,), scope, date(2025, 12, 17))


def test_a_fifth_layer_takes_its_place_by_its_order(extra_folder):
    (extra_folder / "night_noise.py").write_text(FIFTH, "utf-8")
    assert layer_ids()[:5] == (
        "charging_stations",
        "river_segments",
        "occupied_farmland",
        "water_supply_points",
        "night_noise",
    )


def test_layers_come_in_the_order_they_ask_for():
    orders = [layer.order for layer in all_layers()]
    assert orders == sorted(orders)
    assert orders[:4] == [1, 2, 3, 4]


def test_asking_for_an_unknown_layer_names_the_known_ones():
    with pytest.raises(UnknownLayer) as refused:
        find_layer("charging_station")
    assert refused.value.facts["name"] == "charging_station"
    assert "charging_stations" in str(refused.value.facts["known"])


def test_a_file_with_an_underscore_is_passed_over(extra_folder):
    (extra_folder / "_draft.py").write_text("raise SystemExit", "utf-8")
    assert "_draft" not in layer_ids()


def test_a_file_whose_layer_is_no_layer_is_named(extra_folder):
    (extra_folder / "odd.py").write_text("LAYER = 'odd'", "utf-8")
    with pytest.raises(TypeError, match=r"odd\.py"):
        all_layers()
