"""A story as PowerPoint: native titles and tables that can be edited, maps as pictures for print.

Every page says day, revision, source and marks; what is too long for a page goes on to the next.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.decks.picture import draw_scene
from dashboard.decks.slides import (
    BODY,
    FOOT_TOP_IN,
    LEFT_IN,
    PALE_INK,
    TEXT_IN,
    Box,
    Column,
    Row,
    Slides,
    Text,
    move,
    paginate,
    text_height_in,
)
from dashboard.naming import Naming
from dashboard.story import (
    ClosingScene,
    FactsScene,
    MapScene,
    Scene,
    Story,
    TimelineScene,
    TitleScene,
)
from layers.drawing.paper import Paper
from layers.drawing.symbols import ColourBy
from layers.imprint import Imprint, imprint_of
from layers.situation import Situation

DPI, LETTER_PT = 200, 11.5
FACT_SIZES_PT = (16, 15, 14, 13, 12)
STEP_SIZES_PT = (14, 13, 12, 11)
FACT_COLUMNS = (Column(2.4, is_name=True), Column(TEXT_IN - 2.4))
STEP_WIDTHS_IN = (1.6, 3.4, 3.8, TEXT_IN - 8.8)
OPENING_SIZES_PT = (36, 28, 24, 20)
NOTE_PT, CAPTION_PT = 10, 14


def render_pptx(
    story: Story,
    situation: Situation,
    names: Naming,
    colour_by: ColourBy = "status",
    *,
    is_internal: bool = True,
    on_scene: Callable[[int], None] = lambda _: None,
) -> bytes:
    """Return a story as a .pptx of 16:9 pages, its maps drawn from a situation.

    The names must be in the language of the story; `on_scene` is told how many scenes
    are done. What goes outside is not marked as internal; its story has aliases, and its
    situation coarse places. Raises NoChineseFont.
    """
    imprint = imprint_of(
        names.city,
        story.as_of,
        story.revision,
        is_demonstration=story.is_demonstration,
        is_internal=is_internal,
    )
    slides = Slides(story.title, story.language, story.as_of)
    deck = _Deck(slides, situation, names, imprint, colour_by)
    for done, scene in enumerate(story.scenes):
        on_scene(done)
        deck.tell(scene)
    on_scene(len(story.scenes))
    return slides.bytes()


@dataclass(frozen=True)
class _Deck:
    """A story on its way into pages."""

    slides: Slides
    situation: Situation
    names: Naming
    imprint: Imprint
    colour_by: ColourBy

    def tell(self, scene: Scene) -> None:
        """Add the pages of a scene; of a kind not known here, its heading."""
        pages: dict[type[Scene], Callable[[Any], None]] = {
            TitleScene: self._open,
            MapScene: self._show_map,
            FactsScene: self._state_facts,
            TimelineScene: self._tell_days,
            ClosingScene: self._state_facts,
        }
        pages.get(type(scene), self._keep_heading)(scene)

    def _open(self, scene: TitleScene) -> None:
        page = self.slides.add(scene.heading, scene.notes, sizes_pt=OPENING_SIZES_PT)
        move(page.shapes.title, Box(LEFT_IN, 2.0, TEXT_IN, 1.7))
        box = Box(LEFT_IN, 4.0, TEXT_IN, 2.0)
        self.slides.write(page, box, Text(scene.subheading, 20, PALE_INK))
        self._sign(page)

    def _show_map(self, scene: MapScene) -> None:
        page = self.slides.add(scene.heading, scene.notes)
        caption = Text(scene.caption, CAPTION_PT)
        high_in = text_height_in(caption, TEXT_IN)
        self.slides.write(page, Box(LEFT_IN, BODY.top_in, TEXT_IN, high_in), caption)
        top_in = BODY.top_in + high_in + 0.08
        box = Box(LEFT_IN, top_in, TEXT_IN, BODY.top_in + BODY.height_in - top_in)
        paper = Paper(round(box.width_in * DPI), round(box.height_in * DPI), DPI, LETTER_PT)
        png = draw_scene(
            scene,
            self.situation,
            self.names,
            imprint=self.imprint,
            paper=paper,
            colour_by=self.colour_by,
        )
        facts = {"heading": scene.heading, "imprint": self.imprint.line(self.names.language)}
        self.slides.picture(page, box, png, self.names.word("story.map.described", **facts))
        self._sign(page, is_picture=True)

    def _state_facts(self, scene: FactsScene | ClosingScene) -> None:
        rows = [Row((one.name, one.value), is_faint=one.is_missing) for one in scene.facts]
        self._add_tables(scene, FACT_COLUMNS, rows, FACT_SIZES_PT)

    def _tell_days(self, scene: TimelineScene) -> None:
        heads = (
            self.names.word("story.timeline.day"),
            self.names.word("story.timeline.event"),
            self.names.word("story.timeline.document"),
            self.names.word("story.timeline.note"),
        )
        columns = [Column(*one) for one in zip(STEP_WIDTHS_IN, heads, strict=True)]
        rows = [
            Row((step.on.isoformat(), step.text, step.document, step.note), is_bold=step.is_stage)
            for step in scene.steps
        ] or [Row(("", self.names.word("story.timeline.empty"), "", ""), is_faint=True)]
        self._add_tables(scene, columns, rows, STEP_SIZES_PT, scene.basis_note)

    def _keep_heading(self, scene: Scene) -> None:
        page = self.slides.add(scene.heading, scene.notes)
        self.slides.write(page, BODY, Text(self.names.word("story.deck.unknown"), CAPTION_PT))
        self._sign(page)

    def _add_tables(
        self,
        scene: Scene,
        columns: Sequence[Column],
        rows: Sequence[Row],
        sizes_pt: Sequence[float],
        note: str = "",
    ) -> None:
        """Add as many pages as a table needs, the note at the foot of each."""
        below = Text(note, NOTE_PT, PALE_INK)
        note_in = text_height_in(below, TEXT_IN) if note else 0.0
        room_in = BODY.height_in - note_in - 0.05
        size_pt, pages = paginate(rows, columns, room_in, sizes_pt, self._continued)
        for part, rows_here in enumerate(pages, start=1):
            page = self.slides.add(self._heading(scene, part, len(pages)), scene.notes)
            box = Box(LEFT_IN, BODY.top_in, TEXT_IN, 0.4)
            if rows_here:
                self.slides.table(page, box, columns, rows_here, size_pt)
            if note:
                top_in = BODY.top_in + BODY.height_in - note_in
                self.slides.write(page, Box(LEFT_IN, top_in, TEXT_IN, note_in), below)
            self._sign(page)

    def _heading(self, scene: Scene, part: int, parts: int) -> str:
        facts = {"heading": scene.heading, "part": part, "parts": parts}
        return scene.heading if parts == 1 else self.names.word("story.deck.part", **facts)

    def _continued(self, name: str) -> str:
        again = self.names.word("story.deck.continued", name="")
        return name if name.endswith(again) else self.names.word("story.deck.continued", name=name)

    def _sign(self, page: Any, *, is_picture: bool = False) -> None:
        """Put marks, day, revision, sources and page number at the foot of a page."""
        end_in = LEFT_IN
        for mark in self.imprint.marks(self.names.language):
            end_in = self.slides.mark(page, end_in, mark) + 0.12
        # A map has its sources in the picture, since pictures travel alone.
        line = self.imprint.line(self.names.language, is_short=is_picture)
        width_in = LEFT_IN + TEXT_IN - 0.7 - end_in
        self.slides.write(page, Box(end_in, FOOT_TOP_IN, width_in, 0.5), Text(line, 8, PALE_INK))
        self.slides.number(page)
