"""Where the rows of a file would lie in each coordinate system they may be in, on a small map.

The chosen system is drawn full, every other one hollow and in a shape of its own: ghosts.
"""

from collections.abc import Mapping, Sequence

import folium
import geopandas as gpd

from geodata.city import City, read_outlines
from geodata.detective import Ghost
from geodata.model import Language
from layers.drawing.legend import LegendEntry, LegendPart, Sign
from layers.drawing.webmap import GoTo, MapWords, Spot, bounds_of, build_spots

CHOSEN = Sign("point", "circle", "#00528a", mark="full", size=7.0)
GHOST_SHAPES = {
    "square": "#b3261e",
    "triangle": "#5b2a86",
    "diamond": "#c77700",
    "star": "#00795a",
    "cross": "#4a6b1c",
    "pentagon": "#b0508a",
}
PIN = Sign("point", "circle", "#b3261e", mark="dot", size=9.0)
AROUND_CITY_DEG, AROUND_ROWS_DEG = 0.5, 0.003
MOST_FRAMED = 12


def build_ghosts(
    ghosts: Sequence[Ghost],
    chosen: str,
    city: City,
    *,
    titles: Mapping[str, str],
    row_word: str,
    legend_title: str,
    words: MapWords,
    language: Language,
) -> folium.FeatureGroup:
    """Return a sample of rows in every system as a group for `feature_group_to_add`.

    `titles` name the systems, `row_word` is what stands before a row's number.
    """
    systems = sorted(dict.fromkeys(one.system for one in ghosts), key=lambda one: one != chosen)
    others = [one for one in systems if one != chosen]
    signs = {one: _ghost_sign(number) for number, one in enumerate(others)} | {chosen: CHOSEN}
    titled = {one: titles.get(one, one) for one in systems}
    spots = [
        Spot(
            f"{one.system}#{one.row}",
            f"{row_word} {one.row} · {titled[one.system]}",
            signs[one.system],
            one.lon,
            one.lat,
        )
        for one in sorted(ghosts, key=lambda one: one.system == chosen)
    ]
    entries = tuple(LegendEntry(signs[one], titled[one]) for one in systems)
    return build_spots(
        spots,
        city,
        legend=(LegendPart(legend_title, entries),),
        words=words,
        language=language,
        go_to=_frame(ghosts, city),
    )


def build_pin(
    place: tuple[float, float] | None,
    title: str,
    city: City,
    *,
    words: MapWords,
    language: Language,
    go_to: GoTo | None = None,
) -> folium.FeatureGroup:
    """Return the place (longitude, latitude) that a person is choosing, if there is one yet."""
    spots = [Spot("pin", title, PIN, *place)] if place else []
    legend = (LegendPart("", (LegendEntry(PIN, title),)),)
    return build_spots(spots, city, legend=legend, words=words, language=language, go_to=go_to)


def _ghost_sign(number: int) -> Sign:
    shape = list(GHOST_SHAPES)[number % len(GHOST_SHAPES)]
    return Sign("point", shape, GHOST_SHAPES[shape], mark="hollow", size=6.0)


def are_near(ghosts: Sequence[Ghost], city: City) -> bool:
    """Return whether any of the rows lies in or around the city in any system."""
    return bool(_near(ghosts, city))


def _near(ghosts: Sequence[Ghost], city: City) -> list[Ghost]:
    outlines = read_outlines(city.id).geometry
    west, south, east, north = bounds_of(outlines, AROUND_CITY_DEG)
    return [one for one in ghosts if west < one.lon < east and south < one.lat < north]


def _frame(ghosts: Sequence[Ghost], city: City) -> GoTo | None:
    """Return the wish to see some rows with their ghosts around the city, else one far away."""
    near = _near(ghosts, city) or [one for one in ghosts if one.row == ghosts[0].row]
    rows = list(dict.fromkeys(one.row for one in near))[:MOST_FRAMED]
    framed = [(one.lon, one.lat) for one in near if one.row in rows]
    if not framed:
        return None
    places = gpd.GeoSeries(gpd.points_from_xy(*zip(*framed, strict=True)))
    return GoTo(f"ghosts-{hash(tuple(framed))}", bounds_of(places, AROUND_ROWS_DEG))
