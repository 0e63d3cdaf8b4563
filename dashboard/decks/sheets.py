"""PDF pages and what goes on them: the same boxes as on slides, drawn with embedded fonts."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from dashboard.decks.pages import (
    ACCENT,
    CELL_PAD_IN,
    FOOT_TOP_IN,
    HIGH_IN,
    INK,
    LEFT_IN,
    LINE_HEIGHT,
    MARK,
    MARK_FILL,
    NAME_FILL,
    PALE_INK,
    POINTS_PER_INCH,
    SERIES_COLOURS,
    SPARE_EM,
    TITLE,
    TITLE_SIZES_PT,
    WHITE,
    WIDE_IN,
    Box,
    Column,
    Row,
    Text,
    has_head,
    line_in,
    mark_width_in,
    room_em,
    row_height_in,
    text_height_in,
    title_size,
)
from dashboard.telling.story import ChartScene
from geodata import Language
from geodata.errors import GeodataError
from layers.drawing.charts import Plot, plan_plot, say_number
from layers.drawing.fonts import Lettering, wrap

GRID = "C5CCD3"
ASCENT = 0.88
"""How far the first line's foot lies below the top of its box, in sizes of its letters."""

CELL_SIDE_IN = 0.1
CHART_PT = 14


class FontNotEmbeddable(GeodataError):
    """A font that letters maps cannot be embedded in a PDF; facts: font (its file)."""


class Sheets:
    """A growing .pdf of 16:9 pages in one language; the page in work is the last that was added."""

    def __init__(self, title: str, language: Language, lettering: Lettering) -> None:
        self._file = BytesIO()
        self._fonts = {
            is_bold: embed(Path(str(one.get_file())))
            for is_bold, one in ((False, lettering.regular), (True, lettering.bold))
        }
        self._canvas = Canvas(
            self._file,
            pagesize=(WIDE_IN * POINTS_PER_INCH, HIGH_IN * POINTS_PER_INCH),
            invariant=1,
            lang={"zh": "zh-CN", "en": "en-US"}[language],
            initialFontName=self._fonts[False],
        )
        self._canvas.setTitle(title)
        self._canvas.setAuthor("")
        self._canvas.setSubject("")
        self._canvas.setCreator("")
        self._canvas.showOutline()
        self._count = 0

    def add(
        self,
        heading: str,
        notes: str = "",
        sizes_pt: Sequence[float] = TITLE_SIZES_PT,
        box: Box = TITLE,
    ) -> int:
        """Return a new page with its title, and a bookmark; notes stay with the speaker."""
        del notes
        if self._count:
            self._canvas.showPage()
        self._count += 1
        key = f"page-{self._count}"
        self._canvas.bookmarkPage(key)
        self._canvas.addOutlineEntry(heading, key, level=0)
        text = Text(heading, title_size(heading, sizes_pt, box), ACCENT, is_bold=True)
        spare_in = max(0.0, box.height_in - text_height_in(text, box.width_in)) / 2
        self.write(self._count, Box(box.left_in, box.top_in + spare_in, box.width_in, 0), text)
        return self._count

    def write(self, page: Any, box: Box, text: Text) -> None:
        """Write a text into a box of the page in work."""
        del page
        lines = wrap(text.text, box.width_in * POINTS_PER_INCH / text.size_pt - SPARE_EM)
        self._write_lines(box, lines, text)

    def mark(self, page: Any, left_in: float, text: str, size_pt: float = 11) -> float:
        """Put a mark with a dashed edge at the foot of the page; return where it ends."""
        del page
        width_in = mark_width_in(text, size_pt)
        box = Box(left_in, FOOT_TOP_IN, width_in, 0.3)
        self._canvas.saveState()
        self._canvas.setDash(4, 2)
        self._paint(box, MARK_FILL, MARK)
        self._canvas.restoreState()
        words = Text(text, size_pt, MARK, is_bold=True, align="center")
        self._write_lines(Box(left_in, FOOT_TOP_IN + 0.05, width_in, 0.25), [text], words)
        return left_in + width_in

    def number(self, page: Any) -> None:
        """Put the number of the page into its corner."""
        del page
        box = Box(WIDE_IN - LEFT_IN - 0.6, FOOT_TOP_IN, 0.6, 0.3)
        text = Text(str(self._count), 11, PALE_INK, align="right")
        self._write_lines(box, [text.text], text)

    def picture(self, page: Any, box: Box, picture: bytes, described: str) -> None:
        """Put a picture on the page; a PDF made here has no words for those who do not see it."""
        del page, described
        left, bottom = self._corner(box)
        size = (box.width_in * POINTS_PER_INCH, box.height_in * POINTS_PER_INCH)
        self._canvas.drawImage(ImageReader(BytesIO(picture)), left, bottom, *size)

    def table(
        self, page: Any, box: Box, columns: Sequence[Column], rows: Sequence[Row], size_pt: float
    ) -> None:
        """Put a table on the page, its rows as high as their text."""
        del page
        head = [Row(tuple(one.heading for one in columns))] if has_head(columns) else []
        top_in = box.top_in
        for row in [*head, *rows]:
            height_in = row_height_in(row, columns, size_pt)
            left_in = box.left_in
            for column, words in zip(columns, row.cells, strict=True):
                cell = Box(left_in, top_in, column.width_in, height_in)
                self._fill_cell(cell, column, words, row, size_pt, is_head=row in head)
                left_in += column.width_in
            top_in += height_in

    def chart(self, page: Any, box: Box, chart: ChartScene, described: str) -> None:
        """Draw a chart on the page: axis, columns or lines, a number at each value."""
        del page, described
        values = [one.values for one in chart.series]
        plot = plan_plot(chart.kind, chart.categories, values)
        inner = Box(
            box.left_in + 0.75, box.top_in + 0.35, box.width_in - 0.95, box.height_in - 1.05
        )
        self._draw_axis(inner, plot, chart.unit)
        for at, one in enumerate(chart.series):
            colour = SERIES_COLOURS[at % len(SERIES_COLOURS)]
            self._draw_series(inner, plot, at, chart.kind, colour)
            if len(chart.series) > 1:
                left_in = inner.left_in + at * inner.width_in / len(chart.series)
                at_foot = box.top_in + box.height_in - 0.3
                self._paint(Box(left_in, at_foot + 0.04, 0.14, 0.14), colour)
                self.write(0, Box(left_in + 0.2, at_foot, 3, 0.3), Text(one.name, CHART_PT))

    def bytes(self) -> bytes:
        """Return the file."""
        if self._count:
            self._canvas.showPage()
        self._canvas.save()
        return self._file.getvalue()

    def _draw_axis(self, box: Box, plot: Plot, unit: str) -> None:
        for value, share in plot.ticks:
            y_in = box.top_in + box.height_in * (1 - share)
            self._line((box.left_in, y_in), (box.left_in + box.width_in, y_in), "D5DBE1")
            text = Text(say_number(value), CHART_PT - 1, PALE_INK, align="right")
            self._write_lines(Box(box.left_in - 0.75, y_in - 0.09, 0.68, 0.2), [text.text], text)
        if unit:
            self.write(0, Box(box.left_in - 0.7, box.top_in - 0.3, 2, 0.2), Text(unit, CHART_PT))
        room_em = plot.step * box.width_in * POINTS_PER_INCH / CHART_PT
        for at, name in enumerate(plot.names):
            if name:
                middle_in = box.left_in + plot.middle(at) * box.width_in
                lines = wrap(name, max(room_em * plot.name_every, 2))[:3]
                text = Text(name, CHART_PT - 1, INK, align="center")
                width_in = plot.step * plot.name_every * box.width_in
                foot = Box(
                    middle_in - width_in / 2, box.top_in + box.height_in + 0.06, width_in, 0.5
                )
                self._write_lines(foot, lines, text)

    def _draw_series(self, box: Box, plot: Plot, at: int, kind: str, colour: str) -> None:
        before: tuple[float, float] | None = None
        for bar in plot.bars[at]:
            if bar is None:
                before = None
                continue
            left_in = box.left_in + bar.left * box.width_in
            top_in = box.top_in + box.height_in * (1 - bar.high)
            middle = (left_in + bar.wide * box.width_in / 2, top_in)
            if kind == "bar":
                foot_in = box.top_in + box.height_in * (1 - bar.low)
                self._paint(Box(left_in, top_in, bar.wide * box.width_in, foot_in - top_in), colour)
            else:
                if before is not None:
                    self._line(before, middle, colour, 2)
                self._paint(Box(middle[0] - 0.05, middle[1] - 0.05, 0.1, 0.1), colour)
            before = middle
            if plot.is_labelled:
                text = Text(say_number(bar.value), CHART_PT - 1, INK, align="center")
                label = Box(middle[0] - 0.5, top_in - 0.24, 1.0, 0.2)
                self._write_lines(label, [text.text], text)

    def _fill_cell(
        self, cell: Box, column: Column, words: str, row: Row, size_pt: float, *, is_head: bool
    ) -> None:
        fill = ACCENT if is_head else NAME_FILL if column.is_name else WHITE
        self._paint(cell, fill, GRID)
        faint = row.is_faint and not column.is_name
        colour = WHITE if is_head else PALE_INK if faint else INK
        bold = is_head or column.is_name or row.is_bold
        text = Text(words, size_pt, colour, is_bold=bold, is_italic=faint)
        lines = wrap(words, room_em(column, size_pt))
        high_in = len(lines) * line_in(size_pt)
        top_in = cell.top_in + max(CELL_PAD_IN, (cell.height_in - high_in) / 2)
        width_in = cell.width_in - 2 * CELL_SIDE_IN
        self._write_lines(Box(cell.left_in + CELL_SIDE_IN, top_in, width_in, high_in), lines, text)

    def _write_lines(self, box: Box, lines: Sequence[str], text: Text) -> None:
        canvas, font = self._canvas, self._fonts[text.is_bold]
        canvas.setFillColor(HexColor(f"#{text.colour}"))
        canvas.setFont(font, text.size_pt)
        width = box.width_in * POINTS_PER_INCH
        left = box.left_in * POINTS_PER_INCH
        y = (HIGH_IN - box.top_in) * POINTS_PER_INCH - (ASCENT + 0.18) * text.size_pt
        for line in lines:
            spare = width - pdfmetrics.stringWidth(line, font, text.size_pt)
            shift = {"left": 0.0, "center": spare / 2, "right": spare}[text.align]
            canvas.drawString(left + shift, y, line)
            y -= text.size_pt * LINE_HEIGHT

    def _paint(self, box: Box, fill: str, edge: str = "") -> None:
        self._canvas.setFillColor(HexColor(f"#{fill}"))
        if edge:
            self._canvas.setStrokeColor(HexColor(f"#{edge}"))
            self._canvas.setLineWidth(0.7)
        size = (box.width_in * POINTS_PER_INCH, box.height_in * POINTS_PER_INCH)
        self._canvas.rect(*self._corner(box), *size, stroke=int(bool(edge)), fill=1)

    def _line(
        self, one: tuple[float, float], other: tuple[float, float], colour: str, width: float = 0.7
    ) -> None:
        self._canvas.setStrokeColor(HexColor(f"#{colour}"))
        self._canvas.setLineWidth(width)
        ends = [(x * POINTS_PER_INCH, (HIGH_IN - y) * POINTS_PER_INCH) for x, y in (one, other)]
        self._canvas.line(*ends[0], *ends[1])

    def _corner(self, box: Box) -> tuple[float, float]:
        bottom_in = HIGH_IN - box.top_in - box.height_in
        return box.left_in * POINTS_PER_INCH, bottom_in * POINTS_PER_INCH


def embed(file: Path) -> str:
    """Make a font known to PDFs and return its name there; raise FontNotEmbeddable."""
    name = f"pim-{file.stem}"
    if name not in pdfmetrics.getRegisteredFontNames():
        try:
            pdfmetrics.registerFont(TTFont(name, str(file)))
        except (TTFError, OSError) as refused:
            raise FontNotEmbeddable(font=file.name) from refused
    return name
