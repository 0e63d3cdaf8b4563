"""The map of a scene as a picture for print, the same in every format of deck."""

from dashboard import PRINT_FONTS
from dashboard.naming import Naming
from dashboard.story import MapScene
from layers.drawing.fonts import find_lettering
from layers.drawing.frame import extent_of_district
from layers.drawing.paper import Paper
from layers.drawing.printmap import Edition, draw_map
from layers.drawing.symbols import ColourBy
from layers.imprint import Imprint
from layers.situation import Situation


def draw_scene(
    scene: MapScene,
    situation: Situation,
    names: Naming,
    *,
    imprint: Imprint,
    paper: Paper,
    colour_by: ColourBy = "status",
) -> bytes:
    """Return a PNG of the hazards that a scene names, framed on them or on their district.

    Hazards that the situation does not hold are left out. Raises NoChineseFont.
    """
    features = situation.features[situation.features["ref"].isin(scene.refs)]
    bare = features.empty and scene.jurisdiction
    edition = Edition(
        names.city,
        names.layers,
        names.rules.groups,
        names.legend,
        imprint,
        names.language,
        colour_by,
    )
    return draw_map(
        features,
        edition,
        extent=extent_of_district(scene.jurisdiction, names.city) if bare else None,
        paper=paper,
        lettering=find_lettering(PRINT_FONTS["regular"], PRINT_FONTS["bold"]),
    )
