"""A story becomes pages, scene by scene, the same in every format that offers `Pages`.

Every page says day, revision, source and marks; what is too long for a page goes on to the next.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from PIL import Image

from dashboard.decks.pages import (
    BODY,
    FOOT_TOP_IN,
    LEFT_IN,
    PALE_INK,
    POINTS_PER_INCH,
    SPARE_EM,
    TEXT_IN,
    Box,
    Column,
    Pages,
    Row,
    Text,
    line_in,
    paginate,
    text_height_in,
)
from dashboard.decks.picture import Supply, draw_scene, extent_of_scene, shown_features
from dashboard.naming import Naming
from dashboard.telling.story import (
    AgendaScene,
    ChartScene,
    ClosingScene,
    FactsScene,
    MapScene,
    PairScene,
    Picture,
    Scene,
    Story,
    TableScene,
    TextScene,
    TimelineScene,
    TitleScene,
)
from layers.drawing.fonts import split_after
from layers.drawing.frame import Extent, extent_of
from layers.drawing.paper import Paper
from layers.drawing.symbols import ColourBy
from layers.imprint import Imprint, imprint_of
from layers.situation import Situation

DPI, LETTER_PT, HALF_LETTER_PT = 200, 11.5, 8.5
FACT_SIZES_PT = (18, 16, 15, 14, 13, 12)
STEP_SIZES_PT = (14, 13, 12, 11)
TABLE_SIZES_PT = (18, 16, 15, 14, 13, 12, 11, 10)
TEXT_SIZES_PT = (24, 22, 20, 18, 16, 15, 14)
FACT_COLUMNS = (Column(2.4, is_name=True), Column(TEXT_IN - 2.4))
TEXT_COLUMNS = (Column(TEXT_IN),)
STEP_SHARES = (0.13, 0.28, 0.31, 0.28)
AGENDA_SHARES = (0.12, 0.12, 0.5, 0.16, 0.1)
OPENING = Box(LEFT_IN, 1.5, TEXT_IN, 1.8)
OPENING_SIZES_PT = (36, 28, 24, 20)
SUB_SIZES_PT = (20, 18, 16, 14, 12)
NOTE_PT, CAPTION_PT = 10, 14
MOST_CAPTION_LINES = 3
"""A caption or note longer than this goes on to a page of its own."""

PAIR_GAP_IN, PAIR_CAPTION_PT = 0.25, 12
MINUTES_AN_HOUR = 60


def tell_story(
    pages: Pages,
    story: Story,
    supply: Supply,
    names: Naming,
    colour_by: ColourBy = "status",
    *,
    is_internal: bool = True,
    on_scene: Callable[[int], None] = lambda _: None,
) -> bytes:
    """Put every scene of a story on pages and return the file.

    The names must be in the language of the story; `on_scene` is told how many scenes are done.
    """
    imprint = imprint_of(
        names.city,
        story.as_of,
        story.revision,
        is_demonstration=story.is_demonstration,
        is_internal=is_internal,
    )
    deck = _Deck(pages, supply, names, imprint, colour_by)
    for done, scene in enumerate(story.scenes):
        on_scene(done)
        deck.tell(scene)
    on_scene(len(story.scenes))
    return pages.bytes()


@dataclass(frozen=True)
class _Deck:
    """A story on its way into pages."""

    pages: Pages
    supply: Supply
    names: Naming
    imprint: Imprint
    colour_by: ColourBy

    def tell(self, scene: Scene) -> None:
        """Add the pages of a scene; of a kind not known here, its heading."""
        tellers: dict[type[Scene], Callable[[Any], None]] = {
            TitleScene: self._open,
            AgendaScene: self._tell_agenda,
            MapScene: self._show_map,
            FactsScene: self._state_facts,
            TableScene: self._state_table,
            TimelineScene: self._tell_days,
            TextScene: self._say,
            ChartScene: self._show_chart,
            PairScene: self._show_pair,
            ClosingScene: self._state_facts,
        }
        tellers.get(type(scene), self._keep_heading)(scene)

    def _open(self, scene: TitleScene) -> None:
        page = self.pages.add(scene.heading, scene.notes, OPENING_SIZES_PT, OPENING)
        box = Box(LEFT_IN, 3.6, TEXT_IN, BODY.top_in + BODY.height_in - 3.6)
        first, *others = self._pages_of(scene.subheading, box.height_in, SUB_SIZES_PT)
        self.pages.write(page, box, replace(first, colour=PALE_INK))
        self._sign(page)
        for text in others:
            self._add_text(self._continued(scene.heading), text)

    def _tell_agenda(self, scene: AgendaScene) -> None:
        heads = tuple(self.names.word(f"story.agenda.{one}")
                      for one in ("begins", "office", "case", "speaker", "minutes"))  # fmt: skip
        columns = _columns(heads, AGENDA_SHARES)
        rows = [
            Row(
                (clock(one.begins), one.office, one.text, one.speaker, f"{one.minutes:g}"),
                is_bold=not one.case_id,
            )
            for one in scene.rows
        ]
        self._add_tables(scene, columns, rows, STEP_SIZES_PT)

    def _show_map(self, scene: MapScene) -> None:
        page = self.pages.add(scene.heading, scene.notes)
        caption, rest = self._short(scene.caption, CAPTION_PT)
        top_in = self._write_caption(page, caption, CAPTION_PT)
        box = Box(LEFT_IN, top_in, TEXT_IN, BODY.top_in + BODY.height_in - top_in)
        situation = self.supply.for_map(scene)
        if situation is None:
            self._say_missing(page, box)
        else:
            self._put_map(page, box, scene, situation)
        self._sign(page, is_picture=situation is not None)
        self._say_rest(scene, rest)

    def _state_facts(self, scene: FactsScene | ClosingScene) -> None:
        rows = [Row((one.name, one.value), is_faint=one.is_missing) for one in scene.facts]
        self._add_tables(scene, FACT_COLUMNS, rows, FACT_SIZES_PT)

    def _state_table(self, scene: TableScene) -> None:
        if not scene.columns:
            self._keep_heading(scene)
            return
        even = (1 / len(scene.columns),) * len(scene.columns)
        columns = _columns(scene.columns, scene.shares or even, is_named=True)
        rows = [Row(row, is_faint=at in scene.faint) for at, row in enumerate(scene.rows)]
        self._add_tables(scene, columns, rows, TABLE_SIZES_PT, scene.note)

    def _tell_days(self, scene: TimelineScene) -> None:
        heads = tuple(self.names.word(f"story.timeline.{one}")
                      for one in ("day", "event", "document", "note"))  # fmt: skip
        columns = _columns(heads, STEP_SHARES)
        rows = [
            Row((step.on.isoformat(), step.text, step.document, step.note), is_bold=step.is_stage)
            for step in scene.steps
        ] or [Row(("", self.names.word("story.timeline.empty"), "", ""), is_faint=True)]
        self._add_tables(scene, columns, rows, STEP_SIZES_PT, scene.basis_note)

    def _say(self, scene: TextScene) -> None:
        """Write paragraphs as large as they fit, going on to further pages."""
        texts = self._pages_of("\n".join(scene.paragraphs), BODY.height_in, TEXT_SIZES_PT)
        for part, text in enumerate(texts, start=1):
            self._add_text(self._heading(scene, part, len(texts)), text, scene.notes)

    def _show_chart(self, scene: ChartScene) -> None:
        page = self.pages.add(scene.heading, scene.notes)
        words, rest = self._short(scene.note, NOTE_PT)
        note = Text(words, NOTE_PT, PALE_INK)
        note_in = text_height_in(note, TEXT_IN) if words else 0.0
        box = Box(LEFT_IN, BODY.top_in, TEXT_IN, BODY.height_in - note_in - 0.1)
        if scene.categories and scene.series:
            self.pages.chart(page, box, scene, scene.heading)
        else:
            self._say_missing(page, box, *scene.missing)
        if words:
            top_in = BODY.top_in + BODY.height_in - note_in
            self.pages.write(page, Box(LEFT_IN, top_in, TEXT_IN, note_in), note)
        self._sign(page)
        self._say_rest(scene, rest)

    def _show_pair(self, scene: PairScene) -> None:
        page = self.pages.add(scene.heading, scene.notes)
        whole = " · ".join(filter(None, (scene.caption, *scene.missing)))
        caption, rest = self._short(whole, PAIR_CAPTION_PT)
        top_in = self._write_caption(page, caption, PAIR_CAPTION_PT) if caption else BODY.top_in
        width_in = (TEXT_IN - PAIR_GAP_IN) / 2
        height_in = BODY.top_in + BODY.height_in - top_in
        extent = self._extent_of_pair(scene)
        for picture, left_in in ((scene.before, LEFT_IN),
                                 (scene.after, LEFT_IN + width_in + PAIR_GAP_IN)):  # fmt: skip
            self._put_picture(page, Box(left_in, top_in, width_in, height_in), picture, extent)
        has_map = any(one and one.map for one in (scene.before, scene.after))
        self._sign(page, is_picture=has_map)
        self._say_rest(scene, rest)

    def _put_picture(
        self, page: Any, box: Box, picture: Picture | None, extent: Extent | None
    ) -> None:
        """Put one of two pictures into a box, its caption below; say so where there is none."""
        if picture is None:
            self._say_missing(page, box)
            return
        caption = _shrunk(picture.caption, box.width_in)
        caption_in = text_height_in(caption, box.width_in)
        room = Box(box.left_in, box.top_in, box.width_in, box.height_in - caption_in - 0.08)
        situation = self.supply.for_map(picture.map) if picture.map else None
        photo = self.supply.read_picture(picture) if picture.map is None else None
        if picture.map is not None and situation is not None:
            self._put_map(
                page,
                room,
                picture.map,
                situation,
                letter_pt=HALF_LETTER_PT,
                extent=extent,
            )
        elif photo is not None:
            self.pages.picture(page, _fitted(photo, room), photo, picture.caption)
        else:
            self._say_missing(page, room)
        below = Box(box.left_in, box.top_in + box.height_in - caption_in, box.width_in, caption_in)
        self.pages.write(page, below, caption)

    def _extent_of_pair(self, scene: PairScene) -> Extent | None:
        """Return the one extent of both maps of a pair, so that they lie at the same scale."""
        maps = [one.map for one in (scene.after, scene.before) if one and one.map]
        for one in maps:
            situation = self.supply.for_map(one)
            if situation is not None:
                features = shown_features(one, situation)
                asked = extent_of_scene(one, features, self.names)
                return asked or extent_of(features, self.names.city)
        return None

    def _put_map(
        self,
        page: Any,
        box: Box,
        scene: MapScene,
        situation: Situation,
        *,
        letter_pt: float = LETTER_PT,
        extent: Extent | None = None,
    ) -> None:
        paper = Paper(round(box.width_in * DPI), round(box.height_in * DPI), DPI, letter_pt)
        png = draw_scene(
            scene,
            situation,
            self.names,
            imprint=self.imprint,
            paper=paper,
            colour_by=self.colour_by,
            extent=extent,
        )
        facts = {"heading": scene.heading, "imprint": self.imprint.line(self.names.language)}
        self.pages.picture(page, box, png, self.names.word("story.map.described", **facts))

    def _keep_heading(self, scene: Scene) -> None:
        page = self.pages.add(scene.heading, scene.notes)
        self.pages.write(page, BODY, Text(self.names.word("story.deck.unknown"), CAPTION_PT))
        self._sign(page)

    def _say_missing(self, page: Any, box: Box, *words: str) -> None:
        """Say in an empty frame that there is no picture, rather than leave a hole."""
        said = "\n".join(words) or self.names.word("story.deck.no_picture")
        middle = Box(box.left_in, box.top_in + box.height_in / 2 - 0.3, box.width_in, 0.6)
        self.pages.write(page, middle, Text(said, CAPTION_PT, PALE_INK, align="center"))

    def _write_caption(self, page: Any, caption: str, size_pt: float) -> float:
        """Write a caption at the top of the body; return where it ends in inches."""
        text = Text(caption, size_pt)
        high_in = text_height_in(text, TEXT_IN)
        self.pages.write(page, Box(LEFT_IN, BODY.top_in, TEXT_IN, high_in), text)
        return BODY.top_in + high_in + 0.08

    def _short(self, words: str, size_pt: float) -> tuple[str, str]:
        """Return what of a caption stands beside a picture, and the rest for a page of its own."""
        room_em = TEXT_IN * POINTS_PER_INCH / size_pt - SPARE_EM
        first, rest = split_after(words, MOST_CAPTION_LINES, room_em)
        return (self._continued(first), rest) if rest else (first, "")

    def _say_rest(self, scene: Scene, words: str) -> None:
        if words:
            for text in self._pages_of(words, BODY.height_in, TEXT_SIZES_PT):
                self._add_text(self._continued(scene.heading), text)

    def _pages_of(self, words: str, height_in: float, sizes_pt: Sequence[float]) -> list[Text]:
        """Return a text as what stands on each page, in the largest letters for the fewest."""
        rows = [Row((one,)) for one in words.split("\n")]
        size_pt, parts = paginate(rows, TEXT_COLUMNS, height_in, sizes_pt, str)
        return [Text("\n".join(row.cells[0] for row in part), size_pt) for part in parts]

    def _add_text(self, heading: str, text: Text, notes: str = "") -> None:
        page = self.pages.add(heading, notes)
        self.pages.write(page, BODY, text)
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
        words, rest = self._short(note, NOTE_PT)
        below = Text(words, NOTE_PT, PALE_INK)
        note_in = text_height_in(below, TEXT_IN) if words else 0.0
        room_in = BODY.height_in - note_in - 0.05
        size_pt, parts = paginate(rows, columns, room_in, sizes_pt, self._continued)
        for part, rows_here in enumerate(parts, start=1):
            page = self.pages.add(self._heading(scene, part, len(parts)), scene.notes)
            box = Box(LEFT_IN, BODY.top_in, TEXT_IN, 0.4)
            if rows_here:
                self.pages.table(page, box, columns, rows_here, size_pt)
            if words:
                top_in = BODY.top_in + BODY.height_in - note_in
                self.pages.write(page, Box(LEFT_IN, top_in, TEXT_IN, note_in), below)
            self._sign(page)
        self._say_rest(scene, rest)

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
            end_in = self.pages.mark(page, end_in, mark) + 0.12
        # A map has its sources in the picture, since pictures travel alone.
        line = self.imprint.line(self.names.language, is_short=is_picture)
        width_in = LEFT_IN + TEXT_IN - 0.7 - end_in
        self.pages.write(page, Box(end_in, FOOT_TOP_IN, width_in, 0.5), Text(line, 8, PALE_INK))
        self.pages.number(page)


def clock(minutes: float) -> str:
    """Return how long after the start something begins, in hours and minutes.

    >>> clock(93)
    '1:33'
    """
    hours, rest = divmod(round(minutes), MINUTES_AN_HOUR)
    return f"{hours}:{rest:02d}"


def _columns(
    heads: Iterable[str], shares: Sequence[float], *, is_named: bool = False
) -> list[Column]:
    whole = sum(shares)
    return [
        Column(TEXT_IN * share / whole, head, is_name=is_named and at == 0)
        for at, (head, share) in enumerate(zip(heads, shares, strict=True))
    ]


def _shrunk(words: str, width_in: float) -> Text:
    """Return the caption of a picture in letters small enough for MOST_CAPTION_LINES, or 8."""
    for size_pt in (PAIR_CAPTION_PT, 11, 10, 9):
        text = Text(words, size_pt, PALE_INK)
        if text_height_in(text, width_in) <= MOST_CAPTION_LINES * line_in(size_pt):
            return text
    return Text(words, 8, PALE_INK)


def _fitted(picture: bytes, box: Box) -> Box:
    """Return the largest box of a picture's own proportions in the middle of another."""
    with Image.open(BytesIO(picture)) as opened:
        wide, high = opened.size
    scale = min(box.width_in / wide, box.height_in / high)
    width_in, height_in = wide * scale, high * scale
    left_in = box.left_in + (box.width_in - width_in) / 2
    return Box(left_in, box.top_in + (box.height_in - height_in) / 2, width_in, height_in)
