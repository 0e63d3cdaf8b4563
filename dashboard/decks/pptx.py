"""A story as PowerPoint: native titles, tables and charts that can be edited, maps as pictures."""

from collections.abc import Callable

from dashboard.decks.deck import tell_story
from dashboard.decks.picture import Supply
from dashboard.decks.slides import Slides
from dashboard.naming import Naming
from dashboard.telling.story import Story
from layers.drawing.symbols import ColourBy
from layers.situation import Situation


def render_pptx(
    story: Story,
    situation: Situation | Supply,
    names: Naming,
    colour_by: ColourBy = "status",
    *,
    is_internal: bool = True,
    on_scene: Callable[[int], None] = lambda _: None,
) -> bytes:
    """Return a story as a .pptx of 16:9 pages, its maps drawn from a situation.

    The names must be in the language of the story; `on_scene` is told how many scenes
    are done. What goes outside is not marked as internal; its story has aliases, and its
    situation coarse places. Without a Supply there are no photographs and no maps of other
    days. Raises NoChineseFont.
    """
    supply = situation if isinstance(situation, Supply) else Supply(situation)
    pages = Slides(story.title, story.language, story.as_of)
    return tell_story(
        pages, story, supply, names, colour_by, is_internal=is_internal, on_scene=on_scene
    )
