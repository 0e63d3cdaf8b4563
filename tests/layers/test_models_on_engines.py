"""A model finds the same on every engine that keeps its lists."""

import pytest

from geodata import open_cases, open_features
from geodata.engines.folder import create_feature_store
from geodata.sample import SAMPLE_ON, write_sample
from layers.catalog import find_rule
from layers.detect import detect
from tests.geodata.postgres import running_server

RULES = [
    find_rule(one)
    for one in (
        "stations_compared",
        "water_supply_papers",
        "allowance_after_death",
        "kitchens_licensed",
        "cabinets_inspected",
        "drainage_permitted",
        "back_after_closing_water_supply_points",
    )
]
TABLES = {need.table for rule in RULES for need in rule.needs}


@pytest.fixture(scope="module")
def demonstration():
    features = open_features("memory:")
    write_sample(features, open_cases("memory:"))
    return features


@pytest.fixture(scope="module")
def server():
    with running_server(with_postgis=True) as server:
        yield server


def copied(demonstration, store):
    """Return a store that holds the lists of the models."""
    for table in sorted(TABLES):
        store.write(table, demonstration.read(table), demonstration.notes()[table])
    return store


@pytest.mark.parametrize("engine", ["folder", "postgis"])
def test_every_model_finds_the_same_as_in_memory(engine, demonstration, request, tmp_path):
    if engine == "folder":
        store = copied(demonstration, create_feature_store(tmp_path / "features"))
    else:
        store = copied(demonstration, open_features(request.getfixturevalue("server").new_url()))
    for rule in RULES:
        here, there = (detect(rule, one, SAMPLE_ON) for one in (demonstration, store))
        assert here.findings
        assert {one.facts_id for one in there.findings} == {one.facts_id for one in here.findings}
