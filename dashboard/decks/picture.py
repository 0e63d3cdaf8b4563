"""The maps and photographs of a story as pictures for print, the same in every format of deck."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import geopandas as gpd

from dashboard import PRINT_FONTS
from dashboard.naming import Naming
from dashboard.telling.story import MapScene, Picture
from geodata import Scope
from layers.drawing.fonts import find_lettering
from layers.drawing.frame import Extent, extent_around, extent_of_district
from layers.drawing.paper import Paper
from layers.drawing.printmap import Edition, draw_map
from layers.drawing.symbols import ColourBy
from layers.imprint import Imprint
from layers.situation import Situation


def no_picture(picture: Picture) -> bytes | None:
    """Return nothing: a deck made without a store of evidence has no photographs."""
    del picture
    return None


@dataclass(frozen=True)
class Supply:
    """Where a deck gets what is more than words: situations and photographs.

    `see` answers what lay in a scope on a day. What leaves the house must have one that
    coarsens as `situation` was coarsened, or none: then maps of other days and scopes are left
    out, and the page says so.
    """

    situation: Situation
    see: Callable[[Scope, date], Situation] | None = None
    read_picture: Callable[[Picture], bytes | None] = no_picture

    def for_map(self, scene: MapScene) -> Situation | None:
        """Return the situation that a map shows, None where it cannot be told."""
        day = scene.as_of or self.situation.as_of
        if scene.scope is None and day == self.situation.as_of:
            return self.situation
        return self.see(scene.scope or Scope(), day) if self.see else None


def draw_scene(
    scene: MapScene,
    situation: Situation,
    names: Naming,
    *,
    imprint: Imprint,
    paper: Paper,
    colour_by: ColourBy = "status",
    extent: Extent | None = None,
) -> bytes:
    """Return a PNG of what a scene shows, framed on it, on its position or on its district.

    Hazards that the situation does not hold are left out; a map of another day bears that day.
    Raises NoChineseFont.
    """
    features = shown_features(scene, situation)
    edition = Edition(
        names.city,
        names.layers,
        names.rules.groups,
        names.legend,
        replace(imprint, as_of=scene.as_of) if scene.as_of else imprint,
        names.language,
        scene.colour_by or colour_by,
    )
    return draw_map(
        features,
        edition,
        extent=extent or extent_of_scene(scene, features, names),
        paper=paper,
        lettering=find_lettering(PRINT_FONTS["regular"], PRINT_FONTS["bold"]),
    )


def shown_features(scene: MapScene, situation: Situation) -> gpd.GeoDataFrame:
    """Return what a map scene shows of a situation: all of it for a scope, else its hazards."""
    rows = situation.features
    if scene.scope is None:
        rows = rows[rows["ref"].isin(scene.refs)]
    return rows[rows["layer"].isin(scene.layers)] if scene.layers else rows


def extent_of_scene(scene: MapScene, features: gpd.GeoDataFrame, names: Naming) -> Extent | None:
    """Return the extent that a scene asks for, None for around all that it shows."""
    if scene.position is not None:
        at = scene.position
        return extent_around(at.lon, at.lat, at.zoom)
    bare = features.empty and scene.jurisdiction
    return extent_of_district(scene.jurisdiction, names.city) if bare else None
