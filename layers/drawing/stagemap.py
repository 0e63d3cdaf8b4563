"""The maps of a story on stage: every feature, sign and state written once, each map by number.

A page of its own plays them without any network: what it needs is in the data. Signs and legend
are those of the map on screen and on paper.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.city import City
from geodata.model import Language, Title
from geodata.selection import have_place
from layers.drawing.counts import count_unplaced
from layers.drawing.frame import Extent, extent_of, extent_of_district
from layers.drawing.legend import LegendPart, LegendWords, Sign, build_legend, sign_of
from layers.drawing.symbols import OUTLINE_COLOUR, OVERDUE_COLOUR, RIVER_COLOUR, ColourBy
from layers.drawing.webmap import Position, base_lines, names_on_map, place_of
from layers.layer import Layer

MOST_DRAWN = 2_000
"""How many features a map of a story draws; of more, the most urgent ones."""

BASE_DIGITS, NAME_DIGITS = 5, 2
"""Decimals of a degree: of the published lines (all they have), and of where a name stands."""

Card = Sequence[tuple[str, str]]


class Row(NamedTuple):
    """One feature of a situation, as its card and its state are told from it."""

    ref: str
    id: str
    layer: str
    name: str
    jurisdiction: str
    township: str
    hazard_kinds: str
    found_on: date | None
    rectified_on: date | None
    verified_on: date | None
    source: str
    group: str
    stage: str
    is_overdue: bool
    case_ids: str
    geometry: Any


@dataclass(frozen=True)
class StageWords:
    """How features are worded: by a title, by facts that stay and by facts that a day changes."""

    legend: LegendWords
    title: Callable[[Row], str]
    card: Callable[[Row], Card]
    state: Callable[[Row], Card]


@dataclass(frozen=True, eq=False)
class MapBook:
    """The maps of one story on their way into its page.

    `digits` is how many decimals of a degree tell where a map stands; features are as exact as
    they come.
    """

    city: City
    layers: Sequence[Layer]
    groups: Mapping[str, Title]
    words: StageWords
    language: Language
    digits: int = 5
    _features: dict[str, int] = field(default_factory=dict)
    _told: list[list[Any]] = field(default_factory=list)
    _signs: dict[Sign, int] = field(default_factory=dict)
    _states: dict[tuple[tuple[str, str], ...], int] = field(default_factory=dict)
    _maps: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self,
        features: gpd.GeoDataFrame,
        colour_by: ColourBy,
        *,
        note: Callable[[int], str],
        district: str = "",
        position: Position | None = None,
        framed: gpd.GeoDataFrame | None = None,
    ) -> int:
        """Return the number of a map of features of a situation; an equal one is not added twice.

        It is framed on them or on others, on a district where there are none, or stands at a
        position.
        `note` is told how many features are not drawn, and returns what stands below the legend.
        """
        known = features[features["layer"].isin([layer.id for layer in self.layers])]
        drawn, left_out = _most_urgent(known)
        by_id = {layer.id: layer for layer in self.layers}
        shown = {
            "shows": [self._show(row, by_id[row.layer], colour_by) for row in _rows(drawn)],
            "legend": self._legend(drawn, colour_by),
            "note": note(left_out),
            "counts": self._counts(drawn),
            "bounds": self._corners(self._extent(drawn if framed is None else framed, district)),
            "view": self._view(position) if position else None,
        }
        if shown not in self._maps:
            self._maps.append(shown)
        return self._maps.index(shown)

    @property
    def is_empty(self) -> bool:
        """Return whether no map was added."""
        return not self._maps

    def data(self) -> dict[str, Any]:
        """Return everything that the maps need, to be written into one page."""
        names = names_on_map({}, self.layers, self.city, self.language)
        return {
            "base": pack_base(self.city),
            "outlineColour": OUTLINE_COLOUR,
            "riverColour": RIVER_COLOUR,
            "bounds": self._corners(self.city.bounds),
            "names": [
                {**one, "at": [round(value, NAME_DIGITS) for value in one["at"]]} for one in names
            ],
            "features": self._told,
            "signs": [asdict(sign) for sign in self._signs],
            "states": [list(state) for state in self._states],
            "maps": self._maps,
        }

    def _show(self, row: Row, layer: Layer, colour_by: ColourBy) -> list[int]:
        """Return the numbers of a feature, of the sign it bears and of what is said of its day."""
        sign = sign_of(layer, row.group, colour_by, is_overdue=row.is_overdue, rim=OVERDUE_COLOUR)
        state = tuple(self.words.state(row))
        return [
            self._feature(row),
            self._number(sign),
            self._states.setdefault(state, len(self._states)),
        ]

    def _feature(self, row: Row) -> int:
        if row.ref not in self._features:
            self._features[row.ref] = len(self._told)
            kind, place = place_of(row.geometry)
            self._told.append([self.words.title(row), kind, place, list(self.words.card(row))])
        return self._features[row.ref]

    def _number(self, sign: Sign) -> int:
        return self._signs.setdefault(sign, len(self._signs))

    def _legend(self, drawn: gpd.GeoDataFrame, colour_by: ColourBy) -> list[dict[str, Any]]:
        parts: Sequence[LegendPart] = build_legend(
            drawn,
            self.layers,
            self.groups,
            colour_by,
            self.words.legend,
            language=self.language,
            rim=OVERDUE_COLOUR,
        )
        return [
            {
                "title": part.title,
                "entries": [[self._number(one.sign), one.caption()] for one in part.entries],
            }
            for part in parts
        ]

    def _counts(self, drawn: gpd.GeoDataFrame) -> list[list[str]]:
        """Return for each name on the map what is only counted there."""
        named = names_on_map(count_unplaced(drawn), self.layers, self.city, self.language)
        return [one["counts"] for one in named]

    def _corners(self, extent: Extent) -> list[list[float]]:
        west, south, east, north = (round(float(value), self.digits) for value in extent)
        return [[south, west], [north, east]]

    def _view(self, position: Position) -> list[float]:
        return [round(position.lat, self.digits), round(position.lon, self.digits), position.zoom]

    def _extent(self, framed: gpd.GeoDataFrame, district: str) -> Extent:
        if framed.empty and district:
            return extent_of_district(district, self.city)
        return extent_of(framed, self.city)


def _most_urgent(features: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int]:
    """Return features that a map can carry, and how many with a place it leaves out."""
    placed = have_place(features)
    left_out = int(placed.sum()) - MOST_DRAWN
    if left_out <= 0:
        return features, 0
    urgent = features[placed].sort_values("is_overdue", ascending=False, kind="stable")
    kept = urgent.index[:MOST_DRAWN]
    return features[~placed | features.index.isin(kept)], left_out


def _rows(drawn: gpd.GeoDataFrame) -> Iterator[Row]:
    """Yield the features with a place, points last so that they lie above."""
    places = np.flatnonzero(have_place(drawn))
    is_point = shapely.get_dimensions(drawn.geometry.to_numpy()[places]) == 0
    ordered = places[np.argsort(is_point, kind="stable")]
    columns = [drawn[name].to_numpy(object)[ordered].tolist() for name in Row._fields]
    for values in zip(*columns, strict=True):
        yield Row._make(None if _is_nothing(one) else one for one in values)


def _is_nothing(value: Any) -> bool:
    return value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def pack_base(city: City) -> dict[str, Any]:
    """Return outlines, neighbours and rivers of a city as steps from point to point.

    Every line begins at `origin` (longitude, latitude) and goes on in whole units of `unit`
    degrees, longitude before latitude: half as long as the published lines, and exactly they.
    """
    lines = json.loads(base_lines(city))
    origin = [math.floor(value) for value in city.bounds[:2]]
    return {
        "origin": origin,
        "unit": 10**-BASE_DIGITS,
        **{
            name: [_packed(one["geometry"], origin) for one in told["features"]]
            for name, told in lines.items()
        },
    }


def _packed(geometry: Mapping[str, Any], origin: Sequence[int]) -> list[list[int]]:
    """Return every ring or line of a geometry as one list of steps."""
    nested = {"Polygon": 1, "MultiLineString": 1, "MultiPolygon": 2, "LineString": 0}
    parts: list[Any] = [geometry["coordinates"]]
    for _ in range(nested[geometry["type"]]):
        parts = [one for part in parts for one in part]
    return [_steps(part, origin) for part in parts]


def _steps(points: Sequence[Sequence[float]], origin: Sequence[int]) -> list[int]:
    scale = 10**BASE_DIGITS
    whole = [[round(value * scale) for value in point[:2]] for point in points]
    starts = [[value * scale for value in origin], *whole]
    return [
        now - before
        for start, point in zip(starts, whole, strict=False)
        for before, now in zip(start, point, strict=True)
    ]
