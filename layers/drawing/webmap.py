"""The map on screen: a folium map that loads nothing from elsewhere, and the features put on it.

The map itself depends only on city, language and start position, so a filter never
rebuilds it; features, names and legend travel as one feature group that is painted anew.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import folium
import geopandas as gpd
import shapely
from folium.plugins import Draw
from folium.template import Template

from geodata.city import City, read_neighbours, read_outlines, read_rivers
from geodata.model import Language, Ring
from geodata.selection import have_place
from layers.drawing.counts import show_count
from layers.drawing.legend import LegendPart, Sign, sign_of
from layers.drawing.symbols import OUTLINE_COLOUR, OVERDUE_COLOUR, RIVER_COLOUR, ColourBy
from layers.layer import Layer
from layers.situation import Situation

BROWSER = "../../browser"
"""Browser files as seen from the map's frame, two levels below the page whatever its address."""

DEGREE_DIGITS = 6


@dataclass(frozen=True)
class MapWords:
    """The words of the map's furniture in one language."""

    legend: str
    legend_note: str
    north: str
    north_title: str
    attribution: str
    draw: dict[str, Any]


@dataclass(frozen=True)
class Position:
    """Where the map stands: zoom level, latitude and longitude in degrees."""

    zoom: float
    lat: float
    lon: float


@dataclass(frozen=True)
class GoTo:
    """A wish to move: bounds as west, south, east, north; a new token is a new wish."""

    token: str
    bounds: tuple[float, float, float, float]


class LocalMap(folium.Map):
    """A folium map whose libraries come from our own routes; no tiles unless settings name some."""

    default_js = [("leaflet", f"{BROWSER}/leaflet/leaflet.js"), ("gis", f"{BROWSER}/gis.js")]
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
    """The features, names and legend of one situation, as one text for the browser."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "gis.features({{ this._parent.get_name() }}, {{ this.shown }});"
        "{% endmacro %}"
    )

    def __init__(self, shown: str) -> None:
        """Keep the JSON text."""
        super().__init__()
        self._name = "Features"
        self.shown = shown


def build_map(city: City, position: Position, words: MapWords, basemap_url: str) -> LocalMap:
    """Return the empty map of a city with its base, ready for features."""
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
    )
    drawn.add_child(Base(_base_json(city, words, basemap_url), _json(words.draw)))
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
) -> folium.FeatureGroup:
    """Return the features of a situation as a group for `feature_group_to_add`.

    `tour` draws numbered stops (longitude, latitude) in their order, joined by a line.
    """
    by_id = {layer.id: layer for layer in layers}
    signs: dict[Sign, int] = {}
    rows = [
        row
        for row in _feature_rows(situation.features, by_id, colour_by, signs, language)
        if row is not None
    ]
    shown = {
        "features": sorted(rows, key=lambda row: (row[3] == "point", row[0] in selected)),
        "styles": [asdict(sign) for sign in signs],
        "names": _names(situation.features, by_id, city, language),
        "legend": _legend(legend, words),
        "selected": list(selected),
        "within": [(lat, lon) for lon, lat in within],
        "tour": [(lat, lon) for lon, lat in tour],
        "goTo": _go_to(go_to),
    }
    group = folium.FeatureGroup(name="features")
    group.add_child(Features(_json(shown)))
    return group


def bounds_of(geometry: gpd.GeoSeries, margin: float = 0.02) -> tuple[float, float, float, float]:
    """Return west, south, east, north in degrees around geometries, widened by a margin."""
    west, south, east, north = geometry.total_bounds
    return (west - margin, south - margin, east + margin, north + margin)


def _feature_rows(
    features: gpd.GeoDataFrame,
    layers: dict[str, Layer],
    colour_by: ColourBy,
    signs: dict[Sign, int],
    language: Language,
) -> list[list[Any] | None]:
    placed = features[have_place(features) & features["layer"].isin(list(layers))]
    columns = zip(
        placed["ref"],
        placed["name"],
        placed["layer"],
        placed["group"],
        placed["is_overdue"],
        placed.geometry,
        strict=True,
    )
    return [
        _feature_row(
            ref,
            f"{name or ref} · {layers[layer].title.says(language)}",
            sign_of(layers[layer], group, colour_by, is_overdue=late, rim=OVERDUE_COLOUR),
            geometry,
            signs,
        )
        for ref, name, layer, group, late, geometry in columns
    ]


def _feature_row(
    ref: str, title: str, sign: Sign, geometry: shapely.Geometry, signs: dict[Sign, int]
) -> list[Any] | None:
    kind, place = _place(geometry)
    return [ref, title, signs.setdefault(sign, len(signs)), kind, place] if place else None


def _place(geometry: shapely.Geometry) -> tuple[str, Any]:
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


def _names(
    features: gpd.GeoDataFrame, layers: dict[str, Layer], city: City, language: Language
) -> list[dict[str, Any]]:
    counted = features[~have_place(features) & features["layer"].isin(list(layers))]
    sums = counted.groupby(["jurisdiction", "layer"], sort=False)["count"].sum()
    chips: dict[str, list[str]] = {}
    for (office, layer), number in sums.items():
        text = f"{layers[layer].title.says(language)} {show_count(int(number))}"
        chips.setdefault(office, []).append(text)
    return [
        {
            "text": city.jurisdiction(office).short.says(language),
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
    return {"token": go_to.token, "bounds": [[south, west], [north, east]]}


@lru_cache(maxsize=8)
def _base_layers(city: City) -> dict[str, Any]:
    return {
        "outlines": json.loads(read_outlines(city.id)[["geometry"]].to_json(drop_id=True)),
        "neighbours": json.loads(read_neighbours(city.id)[["geometry"]].to_json(drop_id=True)),
        "rivers": json.loads(read_rivers(city.id)[["geometry"]].to_json(drop_id=True)),
    }


def _base_json(city: City, words: MapWords, basemap_url: str) -> str:
    return _json(
        {
            **_base_layers(city),
            "images": f"{BROWSER}/leaflet/images/",
            "outlineColour": OUTLINE_COLOUR,
            "riverColour": RIVER_COLOUR,
            "attribution": words.attribution,
            "north": words.north,
            "northTitle": words.north_title,
            "legendTitle": words.legend,
            "tiles": basemap_url,
        }
    )


def _json(content: object) -> str:
    """Return JSON that is safe inside a script: no tag can be closed by a name in the data."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
