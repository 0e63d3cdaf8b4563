"""Every hazard file is complete in itself."""

import colorsys
from datetime import date

import pytest

from geodata.model import Title
from geodata.rule_set import load_rule_set
from layers.catalog import all_layers
from layers.layer import Layer

LAYERS = all_layers()
THEMES = {
    "charging_stations",
    "river_segments",
    "occupied_farmland",
    "water_supply_points",
    "mixed_drainage",
    "river_cameras",
    "gi_product",
    "elder_allowance",
    "elder_care_food",
    "air_emissions",
    "relics",
    "accessibility",
    "swap_cabinets",
    "solid_waste",
    "falling_objects",
    "personal_information",
}
RED_HUES = (345, 15)  # degrees on the colour wheel, through 0


def every_layer(test):
    return pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.id)(test)


def placed(geometry: str) -> list[Layer]:
    return [layer for layer in LAYERS if layer.schema.geometry == geometry]


def test_every_theme_of_the_mission_is_a_layer():
    assert {layer.id for layer in LAYERS} == THEMES


@every_layer
def test_every_name_is_there_in_both_languages(layer: Layer):
    columns = layer.schema.columns
    titles: list[Title] = [layer.title, layer.measuring, *(law.title for law in layer.legal_basis)]
    titles += [column.title for column in columns]
    titles += [title for column in columns for title in column.codes.values()]
    assert all(title.zh.strip() and title.en.strip() for title in titles)


@every_layer
def test_names_in_english_hold_no_chinese(layer: Layer):
    codes = [title for column in layer.schema.own for title in column.codes.values()]
    titles = [layer.title, *layer.hazard_kinds.values(), *codes]
    assert not [title.en for title in titles if not title.en.isascii()]


@every_layer
def test_every_card_shows_columns_that_the_schema_has(layer: Layer):
    assert layer.card
    assert {column.id for column in layer.card_columns()} <= set(layer.schema.column_ids)


@every_layer
def test_no_column_is_declared_twice(layer: Layer):
    ids = layer.schema.column_ids
    assert len(ids) == len(set(ids))


@every_layer
def test_no_heading_means_two_columns_of_one_layer(layer: Layer):
    headings = [name for column in layer.schema.columns for name in set(column.headings())]
    assert len(headings) == len(set(headings))


@every_layer
def test_a_column_of_codes_says_which(layer: Layer):
    coded = [column for column in layer.schema.columns if column.kind in {"code", "codes"}]
    assert all(column.codes for column in coded)


@every_layer
def test_hazard_kinds_end_with_other(layer: Layer):
    assert list(layer.hazard_kinds)[-1] == "other"


@every_layer
def test_the_field_is_one_of_the_law(layer: Layer):
    assert layer.field in load_rule_set().codes["fields"]


@every_layer
def test_the_law_is_named_and_its_repeal_is_a_date(layer: Layer):
    assert layer.legal_basis
    for law in layer.legal_basis:
        assert not law.valid_to or date.fromisoformat(law.valid_to) == date(2026, 8, 15)


@every_layer
def test_no_layer_is_drawn_in_red(layer: Layer):
    red, green, blue = (int(layer.style.colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue = colorsys.rgb_to_hsv(red, green, blue)[0] * 360
    assert RED_HUES[1] < hue < RED_HUES[0]


@every_layer
def test_every_colour_stands_out_from_a_light_ground(layer: Layer):
    assert contrast(layer.style.colour, "#ffffff") >= 3


def test_points_are_told_apart_by_shape_alone():
    shapes = [layer.style.shape for layer in placed("point")]
    assert len(shapes) == len(set(shapes))


def test_areas_are_told_apart_by_pattern_alone():
    patterns = [layer.style.pattern for layer in placed("polygon")]
    assert len(patterns) == len(set(patterns))


def test_what_is_no_place_is_counted():
    assert {layer.id for layer in placed("none")} == {"elder_allowance", "personal_information"}
    assert all("count" in layer.schema.column_ids for layer in placed("none"))


def test_land_classes_are_those_of_the_national_standard():
    (farmland,) = (layer for layer in LAYERS if layer.id == "occupied_farmland")
    codes = farmland.schema.column("class_code").codes
    assert codes["0401"] == Title("天然牧草地", "Natural grassland")
    assert {"0101", "0102", "0103"} <= set(codes)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG defines it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
