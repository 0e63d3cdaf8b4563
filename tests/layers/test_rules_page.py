"""The page of models tells what the declarations say, and its example runs."""

import re
import textwrap
from pathlib import Path

import geopandas as gpd
import pytest

from layers.catalog import all_rules
from layers.detect import detect
from tests.layers.written_lists import DAY, at, stored

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
TEXT = PAGE.read_text("utf-8")
TOLD = [rule for rule in all_rules() if f"### `{rule.id}`" in TEXT]
ON_LISTS = {
    "stations_compared",
    "water_supply_papers",
    "allowance_after_death",
    "kitchens_licensed",
    "cabinets_inspected",
    "drainage_permitted",
    "back_after_closing_water_supply_points",
}


def parts(rule_id):
    """Return what the page says of a rule, in Chinese and in English."""
    found = re.split(r"^### ", TEXT, flags=re.MULTILINE)
    return [one for one in found if one.startswith(f"`{rule_id}`")]


def test_every_model_on_lists_is_told():
    assert {rule.id for rule in TOLD} >= ON_LISTS


@pytest.mark.parametrize("rule", TOLD, ids=lambda rule: rule.id)
def test_a_model_is_told_with_its_lists_outcomes_and_parameters_in_both_languages(rule):
    chinese, english = parts(rule.id)
    for language, text in (("zh", chinese), ("en", english)):
        assert rule.title.says(language) in text
        assert rule.point.says(language) in text
        for one in rule.outcomes:
            assert f"`{one.id}` {one.title.says(language)}" in text
        for one in rule.parameters:
            assert f"`{one.id}` {one.title.says(language)} {one.default:g}" in text
            assert one.source.title.says(language) in text
        assert all(f"`{one.table}`" in text for one in rule.needs)


def test_the_example_of_the_page_runs():
    after = TEXT.split("## 一个完整的小例子")[1]
    lines = after.split("\n事实")[0]
    said: dict = {}
    exec(compile(textwrap.dedent(lines), str(PAGE), "exec"), said)  # noqa: S102 - our own page
    common = {"jurisdiction": "LZ-CG", "township": "", "name": "亭", "is_demonstration": False}
    kept = {"valid_from": DAY, "valid_to": None, "source": "", "hazard_kinds": ""}
    kiosks = gpd.GeoDataFrame(
        {"id": ["A", "B", "C"], "area_m2": [4.0, 4.0, 1.0], **common, **kept},
        geometry=[at(0), at(10), at(20)],
        crs=4490,
    )
    licences = gpd.GeoDataFrame(
        {"id": ["L"], "kiosk": ["A"], **common, **kept}, geometry=[None], crs=4490
    )
    run = detect(said["RULE"], stored(kiosk_list=kiosks, kiosk_licences=licences), DAY)
    assert [[row.id for row in one.rows] for one in run.findings] == [["B"]]
