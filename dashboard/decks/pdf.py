"""A story as PDF: the pages of the slide deck, with bookmarks and fonts embedded."""

from collections.abc import Callable

from dashboard import PRINT_FONTS
from dashboard.decks.deck import tell_story
from dashboard.decks.picture import Supply
from dashboard.decks.sheets import Sheets
from dashboard.naming import Naming
from dashboard.telling.story import Story
from layers.drawing.fonts import find_lettering
from layers.drawing.symbols import ColourBy
from layers.situation import Situation


def render_pdf(
    story: Story,
    situation: Situation | Supply,
    names: Naming,
    colour_by: ColourBy = "status",
    *,
    is_internal: bool = True,
    on_scene: Callable[[int], None] = lambda _: None,
) -> bytes:
    """Return a story as a .pdf of the same pages as `render_pptx`; speaker notes stay out.

    Raises NoChineseFont.
    """
    supply = situation if isinstance(situation, Supply) else Supply(situation)
    lettering = find_lettering(PRINT_FONTS["regular"], PRINT_FONTS["bold"])
    pages = Sheets(story.title, story.language, lettering)
    return tell_story(
        pages, story, supply, names, colour_by, is_internal=is_internal, on_scene=on_scene
    )
