"""A map of the overview as a picture for print, with everything that it owes its reader."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

import geopandas as gpd

from dashboard import PRINT_FONTS
from dashboard.naming import Naming
from geodata import Scope
from layers.drawing.fonts import find_lettering
from layers.drawing.frame import Extent, extent_of_district
from layers.drawing.paper import Paper
from layers.drawing.printmap import Edition, draw_map
from layers.drawing.symbols import ColourBy
from layers.drawing.webmap import Position
from layers.imprint import Imprint
from layers.situation import Situation

Format = Literal["a4", "a3", "wide"]
Reach = Literal["all", "screen"]
FORMATS: tuple[Format, ...] = get_args(Format)
REACHES: tuple[Reach, ...] = get_args(Reach)
DPI = 300
PAPERS: dict[Format, Paper] = {
    "a4": Paper(3508, 2480, DPI, 8.5),
    "a3": Paper(4961, 3508, DPI, 10.0),
    "wide": Paper(4000, 2250, DPI, 9.5),
}
"""A4 and A3 lying, and the page of a slide (16:9, 13.3 inches wide)."""

SCREEN_PX = (880, 500)
"""How large the map of the overview is on a screen of 1366 by 768."""


@dataclass(frozen=True)
class Wanted:
    """Which picture is wanted: on which paper, of everything shown or of what the screen shows."""

    format: Format = "a4"
    reach: Reach = "all"


def draw_picture(
    seen: Situation,
    wanted: Wanted,
    names: Naming,
    imprint: Imprint,
    scope: Scope,
    *,
    colour_by: ColourBy,
    at: Position | None,
) -> bytes:
    """Return a PNG of a situation at 300 pixels an inch. Raises NoChineseFont.

    Features of large layers are counted on the overview and not held as rows: the title says how
    many of them are not drawn.
    """
    edition = edition_of(names, imprint, colour_by)
    return draw_map(
        seen.features,
        edition,
        title=title_of(seen, names, scope),
        extent=_extent(wanted, at, names),
        paper=PAPERS[wanted.format],
        lettering=find_lettering(PRINT_FONTS["regular"], PRINT_FONTS["bold"]),
    )


def _extent(wanted: Wanted, at: Position | None, names: Naming) -> Extent | None:
    """Return what is framed; a map that nobody has moved shows the whole city."""
    if wanted.reach == "all":
        return None
    return extent_at(at) if at else names.city.bounds


def draw_small(
    features: gpd.GeoDataFrame,
    names: Naming,
    imprint: Imprint,
    size_cm: tuple[float, float],
    *,
    office: str = "",
) -> bytes:
    """Return a small map for a page, framed on an office, or on the features if none is named."""
    wide, high = (round(one / 2.54 * DPI) for one in size_cm)
    return draw_map(
        features,
        edition_of(names, imprint, "status"),
        extent=extent_of_district(office, names.city) if office else None,
        paper=Paper(wide, high, DPI, 7.0),
        lettering=find_lettering(PRINT_FONTS["regular"], PRINT_FONTS["bold"]),
    )


def edition_of(names: Naming, imprint: Imprint, colour_by: ColourBy) -> Edition:
    """Return what the maps of a paper share."""
    return Edition(
        names.city,
        names.layers,
        names.rules.groups,
        names.legend,
        imprint,
        names.language,
        colour_by,
    )


def title_of(seen: Situation, names: Naming, scope: Scope) -> str:
    """Return the title of a map: whose, which layers if not all, and what is not drawn."""
    offices = [one for one in names.city.jurisdiction_ids if one in scope.jurisdictions]
    whose = names.list_of(names.office(one) for one in offices)
    title = names.word("documents.map.title", whose=whose or names.title(names.city.title))
    layers = [one for one in names.layers if one.id in scope.layers]
    if layers:
        told = names.list_of(names.title(one.title) for one in layers)
        title += names.word("documents.map.layers", layers=told)
    if is_narrowed(scope):
        title += names.word("documents.map.filtered")
    not_drawn = 0 if seen.crowd.empty else int(seen.crowd["count"].sum())
    if not_drawn:
        title += names.word("documents.map.not_drawn", count=f"{not_drawn:,}")
    return title


def is_narrowed(scope: Scope) -> bool:
    """Return whether a scope is filtered by more than offices and layers."""
    return scope != Scope(jurisdictions=scope.jurisdictions, layers=scope.layers)


def extent_at(at: Position) -> Extent:
    """Return the piece of the earth that a screen shows at a position, in degrees.

    A level of the web map doubles its scale; at level 0 the world is 256 pixels wide.
    """
    per_px = 360 / (256 * 2**at.zoom)
    east = per_px * SCREEN_PX[0] / 2
    north = per_px * SCREEN_PX[1] / 2 * math.cos(math.radians(at.lat))
    return at.lon - east, at.lat - north, at.lon + east, at.lat + north
