"""What the legend says, for the screen and for paper: only what is on the map, with its counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import geopandas as gpd
import pandas as pd

from geodata.model import Language, Title
from geodata.selection import have_place
from layers.drawing.counts import show_total
from layers.drawing.symbols import NO_CASE, STATUS_SIGNS, ColourBy, Mark, fill_colour, status_sign
from layers.layer import Layer

Kind = Literal["point", "line", "polygon", "any", "none"]
NEUTRAL = "#46586a"


@dataclass(frozen=True)
class Sign:
    """Everything that says how one feature is painted; equal signs are painted alike."""

    kind: Kind
    shape: str
    fill: str
    mark: Mark = "full"
    dash: str = ""
    rim: str = ""
    pattern: str = "none"
    width: float = 1.5
    size: float = 6.0


@dataclass(frozen=True)
class LegendEntry:
    """One line of the legend: the sign, its name and how many features bear it."""

    sign: Sign
    text: str
    count: int | None = None

    def caption(self) -> str:
        """Return the name with the count, if there is one."""
        return self.text if self.count is None else f"{self.text} {self.count:,}"


@dataclass(frozen=True)
class LegendPart:
    """A titled part of the legend."""

    title: str
    entries: tuple[LegendEntry, ...]


@dataclass(frozen=True)
class LegendWords:
    """The words of the legend that belong to no layer and to no stage group."""

    layers: str
    status: str
    overdue: str
    no_case: str


def sign_of(layer: Layer, group: str, colour_by: ColourBy, *, is_overdue: bool, rim: str) -> Sign:
    """Return how a feature of a layer in a group of stages is painted."""
    status, style = status_sign(group), layer.style
    return Sign(
        kind=layer.schema.geometry,
        shape=style.shape,
        fill=fill_colour(colour_by, style.colour, group, is_overdue=is_overdue),
        mark=status.mark,
        dash=status.dash if layer.schema.geometry != "point" else "",
        rim=rim if is_overdue else "",
        pattern=style.pattern,
        width=max(style.width, 3.0) if layer.schema.geometry == "line" else style.width,
        size=style.size,
    )


@dataclass(frozen=True)
class LegendCounts:
    """How much of what is on a map: features with a place per group of stages, and those late.

    `rows` counts the features per layer; `districts` the summed counts per district, layer by
    layer, of which some may be too small to be shown.
    """

    groups: Mapping[str, int]
    overdue: int
    rows: Mapping[str, int]
    districts: Mapping[str, tuple[int, ...]]


def count_legend(features: gpd.GeoDataFrame, crowd: pd.DataFrame | None = None) -> LegendCounts:
    """Return what a legend says of features, in numbers alone.

    `crowd` is a census by layer of what is not among the features, all of it without a case.
    """
    told = _count_features(features)
    if crowd is None or crowd.empty:
        return told
    placed = int(crowd.loc[crowd["is_placed"].astype(bool), "count"].sum())
    rows = crowd.groupby("layer")["count"].sum()
    return replace(
        told,
        groups=_added(told.groups, {NO_CASE: placed} if placed else {}),
        rows=_added(told.rows, {str(layer): int(number) for layer, number in rows.items()}),
    )


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}


def _count_features(features: gpd.GeoDataFrame) -> LegendCounts:
    placed = features[have_place(features)]
    sums = features.groupby(["layer", "jurisdiction"])["count"].sum()
    districts: dict[str, tuple[int, ...]] = {}
    for (layer, _), number in sums.items():
        districts[layer] = (*districts.get(layer, ()), int(number))
    return LegendCounts(
        groups=_numbers(placed["group"]),
        overdue=int(placed["is_overdue"].sum()),
        rows=_numbers(features["layer"]),
        districts=districts,
    )


def _numbers(column: pd.Series) -> dict[str, int]:
    return {str(name): int(number) for name, number in column.value_counts().items()}


def build_legend(
    features: gpd.GeoDataFrame,
    layers: Sequence[Layer],
    groups: Mapping[str, Title],
    colour_by: ColourBy,
    words: LegendWords,
    *,
    language: Language,
    rim: str,
    crowd: pd.DataFrame | None = None,
) -> tuple[LegendPart, ...]:
    """Return the parts of the legend: layers by shape, groups by mark, and the overdue rim."""
    counts = count_legend(features, crowd)
    return word_legend(counts, layers, groups, colour_by, words, language=language, rim=rim)


def word_legend(
    counts: LegendCounts,
    layers: Sequence[Layer],
    groups: Mapping[str, Title],
    colour_by: ColourBy,
    words: LegendWords,
    *,
    language: Language,
    rim: str,
) -> tuple[LegendPart, ...]:
    """Return the parts of a legend that was counted before."""
    status = [
        LegendEntry(
            _group_sign(group, colour_by),
            groups[group].says(language) if group in groups else words.no_case,
            counts.groups[group],
        )
        for group in STATUS_SIGNS
        if group in counts.groups
    ]
    if counts.overdue:
        status.append(LegendEntry(_overdue_sign(colour_by, rim), words.overdue, counts.overdue))
    shapes = tuple(
        _layer_entry(layer, counts, colour_by, language)
        for layer in layers
        if layer.id in counts.rows
    )
    parts = (LegendPart(words.status, tuple(status)), LegendPart(words.layers, shapes))
    return tuple(part for part in parts if part.entries)


def _layer_entry(
    layer: Layer, counts: LegendCounts, colour_by: ColourBy, language: Language
) -> LegendEntry:
    """Return the line of a layer; a total that would point at people is not given away."""
    sign, title = _layer_sign(layer, colour_by), layer.title.says(language)
    if layer.has_places:
        return LegendEntry(sign, title, counts.rows[layer.id])
    return LegendEntry(sign, f"{title} {show_total(counts.districts.get(layer.id, ()))}")


def _layer_sign(layer: Layer, colour_by: ColourBy) -> Sign:
    fill = layer.style.colour if colour_by == "hazard" else NEUTRAL
    style = layer.style
    kind = layer.schema.geometry
    return Sign(kind, style.shape, fill, pattern=style.pattern, width=max(style.width, 2.0))


def _group_sign(group: str, colour_by: ColourBy) -> Sign:
    status = status_sign(group)
    fill = status.colour if colour_by == "status" else NEUTRAL
    return Sign("point", "circle", fill, mark=status.mark)


def _overdue_sign(colour_by: ColourBy, rim: str) -> Sign:
    return Sign("point", "circle", rim if colour_by == "overdue" else NEUTRAL, rim=rim, size=4)
