"""The map on screen: a folium map that loads nothing from elsewhere, and the features put on it.

The map itself depends only on city, language and start position, so a filter never
rebuilds it; features, names and legend travel as one feature group that is painted anew.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import folium
import geopandas as gpd
import shapely
from folium.plugins import Draw
from folium.template import Template

from geodata.city import City, read_neighbours, read_outlines, read_rivers
from geodata.model import Language, Ring, Title
from geodata.selection import have_place
from geodata.tiles import CELLS
from layers.drawing.counts import Unplaced, count_unplaced, show_count
from layers.drawing.legend import LegendPart, Sign, sign_of
from layers.drawing.symbols import (
    GROUPS,
    OUTLINE_COLOUR,
    OVERDUE_COLOUR,
    RIVER_COLOUR,
    ColourBy,
    status_of,
)
from layers.drawing.timeline import ABSENT, Run
from layers.layer import Layer
from layers.situation import Situation

ROOT = "../.."
"""The app as seen from the map's frame, two levels below the page whatever its address."""

BROWSER = f"{ROOT}/browser"

HandOver = Callable[[str], str]
"""Takes a text for the browser and returns where, seen from the app's root, it will find it."""

MOST_ABOVE = 1_500
"""How many features of tiled layers lie above their tiles, each with its own sign."""

DEGREE_DIGITS = 6
NOT_ON_MAP = Title("处未标位置", "not on the map")


@dataclass(frozen=True)
class MapWords:
    """The words of the map's furniture in one language."""

    legend: str
    legend_note: str
    north: str
    north_title: str
    attribution: str
    draw: dict[str, Any]
    zoom_in: str = "+"
    zoom_out: str = "−"


@dataclass(frozen=True)
class Position:
    """Where the map stands: zoom level, latitude and longitude in degrees."""

    zoom: float
    lat: float
    lon: float


@dataclass(frozen=True)
class GoTo:
    """A wish to move: bounds as west, south, east, north; a new token is a new wish.

    `closest` is the zoom level beyond which the map does not go to fill itself with them.
    """

    token: str
    bounds: tuple[float, float, float, float]
    closest: int = 14


@dataclass(frozen=True, eq=False)
class Played:
    """A run as it is to be played: its number (a new one begins to play), a legend per day."""

    number: int
    run: Run
    legends: Sequence[Sequence[LegendPart]]


@dataclass(frozen=True, eq=False)
class TimeBar:
    """What lets the map be played through time, or offers it: the bar's words, the days.

    `seen_on` is the day that the whole page is seen from, `newest_on` the day of the data;
    `figures` are the titles of the numbers that a run tells.
    """

    words: Mapping[str, str]
    figures: Sequence[str]
    seen_on: date
    newest_on: date
    played: Played | None = None


@dataclass(frozen=True)
class Tiled:
    """A large layer as the browser fetches it: addresses of its tiles and of its features' names.

    Both are seen from the app's root; {z}, {x}, {y}, {day}, {known} and {number} are left open.
    `known_on` is the day whose knowledge counts, where that is not the newest. `groups` name the
    groups of stages in the order of their codes, `late` says what is overdue. Tiles hold features
    of some `offices`, of all where none is named.
    """

    layer: str
    tiles: str
    names: str
    known_on: date | None = None
    groups: tuple[str, ...] = ()
    late: str = ""
    offices: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Brush:
    """How features are named and painted; each sign that is used gets a number, in `signs`."""

    layers: Mapping[str, Layer]
    colour_by: ColourBy
    language: Language
    signs: dict[Sign, int] = field(default_factory=dict)

    def known(self, features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return the features of layers on offer."""
        return features[features["layer"].isin(list(self.layers))]

    def title(self, ref: str, name: str | None, layer: str) -> str:
        """Return what stands on a feature's tooltip."""
        return f"{name or ref} · {self.layers[layer].title.says(self.language)}"

    def number(self, sign: Sign) -> int:
        """Return the number of a sign."""
        return self.signs.setdefault(sign, len(self.signs))

    def paint(self, layer: str, group: str, *, is_overdue: bool) -> int:
        """Return the number of the sign that a feature of a layer and a group of stages bears."""
        sign = sign_of(
            self.layers[layer], group, self.colour_by, is_overdue=is_overdue, rim=OVERDUE_COLOUR
        )
        return self.number(sign)


class LocalMap(folium.Map):
    """A folium map whose libraries come from our own routes; no tiles unless settings name some."""

    default_js = [
        ("leaflet", f"{BROWSER}/leaflet/leaflet.js"),
        ("pbf", f"{BROWSER}/pbf/pbf.js"),
        ("gis", f"{BROWSER}/gis.js"),
        ("tiles", f"{BROWSER}/tiles.js"),
    ]
    default_css = [
        ("leaflet_css", f"{BROWSER}/leaflet/leaflet.css"),
        ("gis_css", f"{BROWSER}/gis.css"),
    ]


class LocalDraw(Draw):
    """Leaflet's drawing tools, from our own routes, speaking the visitor's language."""

    default_js = [("leaflet_draw_js", f"{BROWSER}/leaflet-draw/leaflet.draw.js")]
    default_css = [("leaflet_draw_css", f"{BROWSER}/leaflet-draw/leaflet.draw.css")]


class Base(folium.MacroElement):
    """Outlines, rivers, scale, north arrow, sources: what stays while filters change."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "L.drawLocal = gis.words(L.drawLocal, {{ this.words }});"
        "gis.base({{ this._parent.get_name() }}, {{ this.base }});"
        "{% endmacro %}"
    )

    def __init__(self, base: str, words: str) -> None:
        """Keep both as JSON texts."""
        super().__init__()
        self._name = "Base"
        self.base, self.words = base, words


class Features(folium.MacroElement):
    """The features, names and legend of one situation: a text for the browser, or where it lies."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "{{ this.call }}({{ this._parent.get_name() }}, {{ this.shown }});"
        "{% endmacro %}"
    )

    def __init__(self, shown: str, hand_over: HandOver | None = None) -> None:
        """Keep the JSON text, or the address that it is handed over to."""
        super().__init__()
        self._name = "Features"
        self.call = "gis.features" if hand_over is None else "gis.fetched"
        self.shown = shown if hand_over is None else page_json(f"{ROOT}/{hand_over(shown)}")


def build_map(
    city: City, position: Position, words: MapWords, basemap_url: str, *, stands_alone: bool = False
) -> LocalMap:
    """Return the empty map of a city with its base, ready for features.

    One that `stands_alone` has no drawing tools, and the page's address does not follow it.
    """
    drawn = LocalMap(
        location=(position.lat, position.lon),
        zoom_start=position.zoom,  # type: ignore[arg-type]  # Leaflet takes quarters of a level
        tiles=None,
        zoom_snap=0.25,
        zoom_delta=0.5,
        min_zoom=7,
        max_zoom=18,
        prefer_canvas=True,
        control_scale=False,
        zoom_control=False,
    )
    base = _base_json(city, words, basemap_url, stands_alone=stands_alone)
    if stands_alone:
        drawn.add_child(Base(base, page_json({})))
        return drawn
    drawn.add_child(Base(base, page_json(words.draw)))
    tools = {"polyline": False, "circle": False, "circlemarker": False, "marker": False}
    drawn.add_child(
        LocalDraw(
            position="topright",
            draw_options={**tools, "rectangle": True, "polygon": True},
            edit_options={"edit": False, "remove": False},
        )
    )
    return drawn


def build_features(
    situation: Situation,
    layers: Sequence[Layer],
    city: City,
    *,
    colour_by: ColourBy,
    legend: Sequence[LegendPart],
    words: MapWords,
    language: Language,
    selected: Collection[str] = (),
    within: Ring = (),
    go_to: GoTo | None = None,
    tour: Sequence[tuple[float, float]] = (),
    time: TimeBar | None = None,
    tiled: Sequence[Tiled] = (),
    hand_over: HandOver | None = None,
) -> folium.FeatureGroup:
    """Return the features of a situation as a group for `feature_group_to_add`.

    With `hand_over` the group only names where the browser fetches them.

    Layers that are `tiled` are fetched by the browser; of their features among the situation's
    those selected and the most urgent, MOST_ABOVE at most, lie above the tiles.
    `tour` draws numbered stops (longitude, latitude) in their order, joined by a line.
    `time` offers to play the map through time, or brings what is needed to play it.
    """
    brush = _Brush({layer.id: layer for layer in layers}, colour_by, language)
    drawn = _above_tiles(situation.features, tiled, selected)
    rows = _feature_rows(drawn, brush)
    if time is not None and time.played is not None:
        rows += _absent_rows(time.played.run, {row[0] for row in rows}, brush)
    shown = {
        "features": sorted(rows, key=lambda row: (row[3] == "point", row[0] in selected)),
        "names": _names(count_unplaced(situation.features, situation.crowd), brush, city),
        "legend": _legend(legend, words),
        "selected": list(selected),
        "within": [(lat, lon) for lon, lat in within],
        "tour": [(lat, lon) for lon, lat in tour],
        "goTo": _go_to(go_to),
        "time": _time(time, brush, city),
        "styles": [asdict(sign) for sign in brush.signs],
        "day": situation.as_of.isoformat(),
        "counts": language,
        "tiles": [_tiled(one, brush) for one in tiled],
    }
    group = folium.FeatureGroup(name="features")
    group.add_child(Features(page_json(shown), hand_over))
    return group


def _above_tiles(
    features: gpd.GeoDataFrame, tiled: Sequence[Tiled], selected: Collection[str]
) -> gpd.GeoDataFrame:
    """Return features without those of tiled layers beyond the first MOST_ABOVE.

    The selected ones come first, then those that no tile holds, as another office shares them with
    whoever looks, then the most urgent.
    """
    is_tiled = features["layer"].isin([one.layer for one in tiled])
    if int(is_tiled.sum()) <= MOST_ABOVE:
        return features
    offices = frozenset[str]().union(*(one.offices for one in tiled))
    is_shared = ~features["jurisdiction"].isin(offices) & bool(offices)
    rank = (
        4 * features["ref"].isin(list(selected))
        + 2 * is_shared
        + features["is_overdue"].astype(bool)
    )
    first = rank[is_tiled].sort_values(ascending=False, kind="stable").index[:MOST_ABOVE]
    return features[~is_tiled | features.index.isin(first)]


def _tiled(tiled: Tiled, brush: _Brush) -> dict[str, Any]:
    """Return a tiled layer for the browser, with a sign for each code that its tiles may hold."""
    layer = brush.layers[tiled.layer]
    signs = [
        sign_of(layer, group, brush.colour_by, is_overdue=late, rim=OVERDUE_COLOUR)
        for group, late in map(status_of, range(2 * len(GROUPS)))
    ]
    return {
        "layer": tiled.layer,
        "kind": layer.schema.geometry,
        "title": layer.title.says(brush.language),
        "tiles": f"{ROOT}/{tiled.tiles}",
        "names": f"{ROOT}/{tiled.names}",
        "known": tiled.known_on.isoformat() if tiled.known_on else "",
        "signs": [asdict(sign) for sign in signs],
        "groups": list(tiled.groups),
        "late": tiled.late,
        "cellsPerTile": CELLS,
    }


@dataclass(frozen=True)
class Spot:
    """A sign somewhere on a map of its own: longitude and latitude in degrees of EPSG:4490."""

    ref: str
    title: str
    sign: Sign
    lon: float
    lat: float


@dataclass(frozen=True, eq=False)
class Shape:
    """A geometry in EPSG:4490 on a map of its own, drawn by a sign; `label` stands in its middle.

    The kind of the sign is that of the geometry: point, line or polygon.
    """

    ref: str
    title: str
    sign: Sign
    geometry: shapely.Geometry
    label: str = ""


def build_spots(
    spots: Sequence[Spot],
    city: City,
    *,
    legend: Sequence[LegendPart],
    words: MapWords,
    language: Language,
    go_to: GoTo | None = None,
    shapes: Sequence[Shape] = (),
    selected: Collection[str] = (),
    within: Ring = (),
    hand_over: HandOver | None = None,
) -> folium.FeatureGroup:
    """Return signs that are no features of a layer as a group for `feature_group_to_add`.

    `shapes` lie below the spots. With `hand_over` the group only names where the browser
    fetches them.
    """
    signs = list(dict.fromkeys([*(one.sign for one in shapes), *(one.sign for one in spots)]))
    drawn = [(one, *place_of(one.geometry)) for one in shapes if not one.geometry.is_empty]
    rows = [[one.ref, one.title, signs.index(one.sign), *place] for one, *place in drawn]
    rows += [
        [one.ref, one.title, signs.index(one.sign), "point", _spot_place(one)] for one in spots
    ]
    labels = [
        {"text": one.label, "at": _flip(place.coords)[0], "isBadge": False, "counts": []}
        for one in shapes
        if one.label and (place := one.geometry.representative_point())
    ]
    shown = {
        "features": rows,
        "names": [*_names({}, _Brush({}, "status", language), city), *labels],
        "legend": _legend(legend, words),
        "selected": list(selected),
        "within": [(lat, lon) for lon, lat in within],
        "tour": [],
        "goTo": _go_to(go_to),
        "time": None,
        "styles": [asdict(sign) for sign in signs],
        "day": "",
        "tiles": [],
    }
    group = folium.FeatureGroup(name="features")
    group.add_child(Features(page_json(shown), hand_over))
    return group


def _spot_place(spot: Spot) -> list[float]:
    return [round(spot.lat, DEGREE_DIGITS), round(spot.lon, DEGREE_DIGITS)]


def bounds_of(geometry: gpd.GeoSeries, margin: float = 0.02) -> tuple[float, float, float, float]:
    """Return west, south, east, north in degrees around geometries, widened by a margin."""
    west, south, east, north = geometry.total_bounds
    return (west - margin, south - margin, east + margin, north + margin)


def _feature_rows(features: gpd.GeoDataFrame, brush: _Brush) -> list[list[Any]]:
    """Return ref, title, number of the sign, kind and coordinates of features with a place."""
    placed = brush.known(features[have_place(features)])
    columns = ("ref", "name", "layer", "group", "is_overdue", "geometry")
    rows = [
        [
            ref,
            brush.title(ref, name, layer),
            brush.paint(layer, group, is_overdue=late),
            *place_of(geometry),
        ]
        for ref, name, layer, group, late, geometry in _tuples(placed, columns)
    ]
    return [row for row in rows if row[-1]]


def _absent_rows(run: Run, present: Collection[str], brush: _Brush) -> list[list[Any]]:
    """Return the rows of features that are on the map on other days of a run only."""
    others = brush.known(run.features[~run.features["ref"].isin(present)])
    rows = [
        [ref, brush.title(ref, name, layer), ABSENT, *place_of(geometry)]
        for ref, name, layer, geometry in _tuples(others, ("ref", "name", "layer", "geometry"))
    ]
    return [row for row in rows if row[-1]]


def _tuples(features: gpd.GeoDataFrame, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    return zip(*(features[name] for name in columns), strict=True)


def _time(time: TimeBar | None, brush: _Brush, city: City) -> dict[str, Any] | None:
    if time is None:
        return None
    return {
        "words": dict(time.words),
        "figures": list(time.figures),
        "seenOn": time.seen_on.isoformat(),
        "newestOn": time.newest_on.isoformat(),
        "run": None if time.played is None else _run(time.played, brush, city),
    }


def _run(played: Played, brush: _Brush, city: City) -> dict[str, Any]:
    """Return a run for the browser: spans of signs by feature, and per day counts and legend."""
    run = played.run

    def paint(layer: str, value: int) -> int:
        if value == ABSENT:
            return ABSENT
        status = run.statuses[value]
        return brush.paint(layer, status.group, is_overdue=status.is_overdue)

    return {
        "number": played.number,
        "days": [day.isoformat() for day in run.days],
        "spans": {
            ref: [[day, paint(layer, value)] for day, value in run.spans[ref]]
            for ref, layer in _tuples(brush.known(run.features), ("ref", "layer"))
        },
        "figures": run.figures,
        "counts": [[name["counts"] for name in _names(one, brush, city)] for one in run.unplaced],
        "legends": [
            [
                [part.title, [[brush.number(one.sign), one.caption()] for one in part.entries]]
                for part in legend
            ]
            for legend in played.legends
        ],
    }


def place_of(geometry: shapely.Geometry) -> tuple[str, Any]:
    """Return the kind of a geometry and its coordinates as Leaflet takes them (lat, lon)."""
    if geometry.is_empty:
        return "point", None
    if geometry.geom_type == "Point":
        return "point", _flip(geometry.coords)[0]
    if geometry.geom_type == "MultiPoint":
        return "point", _flip(geometry.centroid.coords)[0]
    if geometry.geom_type in {"LineString", "MultiLineString"}:
        return "line", [_flip(part.coords) for part in shapely.get_parts(geometry)]
    polygons = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
    rings = [[_flip(ring.coords) for ring in (part.exterior, *part.interiors)] for part in polygons]
    return "polygon", rings


def _flip(coordinates: Any) -> list[list[float]]:
    return [[round(xy[1], DEGREE_DIGITS), round(xy[0], DEGREE_DIGITS)] for xy in coordinates]


def names_on_map(
    unplaced: Unplaced, layers: Sequence[Layer], city: City, language: Language
) -> list[dict[str, Any]]:
    """Return the names of the offices: text, place, whether a badge, and what is counted below."""
    return _names(unplaced, _Brush({one.id: one for one in layers}, "status", language), city)


def _names(unplaced: Unplaced, brush: _Brush, city: City) -> list[dict[str, Any]]:
    chips: dict[str, list[str]] = {}
    for (office, layer), number in unplaced.items():
        if layer in brush.layers:
            title = brush.layers[layer].title.says(brush.language)
            if brush.layers[layer].has_places:  # not people but places nobody has put on the map
                text = f"{title} {number} {NOT_ON_MAP.says(brush.language)}"
            else:
                text = f"{title} {show_count(number)}"
            chips.setdefault(office, []).append(text)
    return [
        {
            "text": city.jurisdiction(office).short.says(brush.language),
            "at": [lat, lon],
            "isBadge": is_badge,
            "counts": chips.get(office, []),
        }
        for office, lat, lon, is_badge in _name_places(city)
    ]


@lru_cache(maxsize=4)
def _name_places(city: City) -> tuple[tuple[str, float, float, bool], ...]:
    outlines = read_outlines(city.id)
    inside = shapely.maximum_inscribed_circle(outlines.geometry.to_numpy())
    centres = shapely.get_point(inside, 0)
    placed = {
        office: (shapely.get_y(point), shapely.get_x(point), False)
        for office, point in zip(outlines["office"], centres, strict=True)
    }
    badges = {
        office: (lat, lon, True) for office, (lon, lat) in city.badges if office not in placed
    }
    everywhere = {**placed, **badges}
    return tuple((one, *everywhere[one]) for one in city.jurisdiction_ids if one in everywhere)


def _legend(parts: Sequence[LegendPart], words: MapWords) -> dict[str, Any]:
    return {
        "title": words.legend,
        "note": words.legend_note,
        "parts": [
            {
                "title": part.title,
                "entries": [
                    {"kind": one.sign.kind, "style": asdict(one.sign), "text": one.caption()}
                    for one in part.entries
                ],
            }
            for part in parts
        ],
    }


def _go_to(go_to: GoTo | None) -> dict[str, Any] | None:
    if go_to is None:
        return None
    west, south, east, north = go_to.bounds
    bounds = [[south, west], [north, east]]
    return {"token": go_to.token, "bounds": bounds, "closest": go_to.closest}


@lru_cache(maxsize=8)
def base_lines(city: City) -> bytes:
    """Return outlines, neighbours and rivers of a city as the JSON that a browser fetches."""
    lines = {
        "outlines": json.loads(read_outlines(city.id)[["geometry"]].to_json(drop_id=True)),
        "neighbours": json.loads(read_neighbours(city.id)[["geometry"]].to_json(drop_id=True)),
        "rivers": json.loads(read_rivers(city.id)[["geometry"]].to_json(drop_id=True)),
    }
    return json.dumps(lines, separators=(",", ":")).encode()


@lru_cache(maxsize=8)
def base_name(city: City) -> str:
    """Return a name that the lines of a city have as long as they stay the same."""
    return hashlib.sha256(base_lines(city)).hexdigest()[:16]


def _base_json(city: City, words: MapWords, basemap_url: str, *, stands_alone: bool) -> str:
    return page_json(
        {
            "lines": f"{ROOT}/base/{city.id}/{base_name(city)}.json",
            "images": f"{BROWSER}/leaflet/images/",
            "outlineColour": OUTLINE_COLOUR,
            "riverColour": RIVER_COLOUR,
            "attribution": words.attribution,
            "north": words.north,
            "northTitle": words.north_title,
            "legendTitle": words.legend,
            "zoomInTitle": words.zoom_in,
            "zoomOutTitle": words.zoom_out,
            "tiles": basemap_url,
            "standsAlone": stands_alone,
        }
    )


def page_json(content: object) -> str:
    """Return JSON that is safe inside a script: no tag can be closed by a name in the data."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
