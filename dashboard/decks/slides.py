"""PowerPoint pages and what goes on them: native titles, text, tables and charts, and pictures."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
from pptx.enum.dml import MSO_LINE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

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
    SERIES_COLOURS,
    TITLE,
    TITLE_SIZES_PT,
    WHITE,
    WIDE_IN,
    Box,
    Column,
    Row,
    Text,
    has_head,
    mark_width_in,
    row_height_in,
    title_size,
)
from dashboard.telling.story import ChartScene
from geodata import Language
from layers.sheets import clean

FONT = "Microsoft YaHei"
TITLE_ONLY = 5
PLAIN_GRID = "{5940675A-B579-460E-94D1-54222C63F5DA}"
"""PowerPoint's own number of the table style without fills and with thin lines."""

ALIGN = {"left": PP_ALIGN.LEFT, "center": PP_ALIGN.CENTER, "right": PP_ALIGN.RIGHT}
CHART_PT = 14
LONGEST_TITLE = 255
"""Letters that the properties of a file may have."""

MOST_LABELLED = 16
"""A chart with more values than these shows no number at each; they stand in its data."""


class Slides:
    """A growing .pptx of 16:9 pages in one language."""

    def __init__(self, title: str, language: Language, made_on: date) -> None:
        self._deck = Presentation()
        self._deck.slide_width, self._deck.slide_height = Inches(WIDE_IN), Inches(HIGH_IN)
        self._language = {"zh": "zh-CN", "en": "en-US"}[language]
        self._layout = self._prepare_layout()
        self._clear_traces(title, made_on)

    def add(
        self,
        heading: str,
        notes: str = "",
        sizes_pt: Sequence[float] = TITLE_SIZES_PT,
        box: Box = TITLE,
    ) -> Any:
        """Return a new page with its title in the largest of the sizes that fits."""
        page = self._deck.slides.add_slide(self._layout)
        size_pt = title_size(heading, sizes_pt, box)
        self.fill(page.shapes.title.text_frame, Text(heading, size_pt, ACCENT, is_bold=True))
        if box != TITLE:
            _move(page.shapes.title, box)
        if notes:
            page.notes_slide.notes_text_frame.text = clean(notes)
        return page

    def write(self, page: Any, box: Box, text: Text) -> Any:
        """Write a text into a box of a page and return its shape."""
        shape = page.shapes.add_textbox(*_emu(box))
        frame = shape.text_frame
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        frame.word_wrap = True
        self.fill(frame, text)
        return shape

    def mark(self, page: Any, left_in: float, text: str, size_pt: float = 11) -> float:
        """Put a mark with a dashed edge at the foot of a page; return where it ends in inches."""
        width_in = mark_width_in(text, size_pt)
        box = Box(left_in, FOOT_TOP_IN, width_in, 0.3)
        shape = self.write(page, box, Text(text, size_pt, MARK, is_bold=True, align="center"))
        shape.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(MARK_FILL)
        shape.line.color.rgb = RGBColor.from_string(MARK)
        shape.line.dash_style = MSO_LINE.DASH
        return left_in + width_in

    def number(self, page: Any) -> None:
        """Put the number of a page into its corner, as a field that follows a new order."""
        box = Box(WIDE_IN - LEFT_IN - 0.6, FOOT_TOP_IN, 0.6, 0.3)
        shape = self.write(page, box, Text("", 11, PALE_INK, align="right"))
        paragraph = shape.text_frame.paragraphs[0]
        field = paragraph._p.makeelement(  # noqa: SLF001 (python-pptx has no fields)
            qn("a:fld"), {"id": "{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}", "type": "slidenum"}
        )
        style = field.makeelement(qn("a:rPr"), {"lang": self._language, "sz": "1100"})
        number = field.makeelement(qn("a:t"), {})
        number.text = str(len(self._deck.slides))
        field.extend([style, number])
        paragraph._p.append(field)  # noqa: SLF001

    def picture(self, page: Any, box: Box, picture: bytes, described: str) -> None:
        """Put a picture on a page, described for those who do not see it."""
        shape = page.shapes.add_picture(BytesIO(picture), *_emu(box))
        shape._element.nvPicPr.cNvPr.set("descr", clean(described))  # noqa: SLF001 (no public way)

    def table(
        self, page: Any, box: Box, columns: Sequence[Column], rows: Sequence[Row], size_pt: float
    ) -> None:
        """Put a table on a page, its rows as high as their text."""
        head = [Row(tuple(one.heading for one in columns))] if has_head(columns) else []
        shape = page.shapes.add_table(len(head) + len(rows), len(columns), *_emu(box))
        table = shape.table
        table.first_row = table.horz_banding = False
        style = table._tbl.tblPr.find(qn("a:tableStyleId"))  # noqa: SLF001 (no public way)
        style.text = PLAIN_GRID
        for place, column in zip(table.columns, columns, strict=True):
            place.width = Inches(column.width_in)
        for place, row in zip(table.rows, [*head, *rows], strict=True):
            place.height = Inches(row_height_in(row, columns, size_pt))
            for cell, column, text in zip(place.cells, columns, row.cells, strict=True):
                self._fill_cell(cell, column, Text(text, size_pt), row, is_head=row in head)

    def chart(self, page: Any, box: Box, chart: ChartScene, described: str) -> None:
        """Put a native chart on a page: its numbers can be edited in the presentation program."""
        data = CategoryChartData()
        data.categories = [clean(one) for one in chart.categories]
        for one in chart.series:
            data.add_series(clean(one.name), list(one.values))
        kind = (
            XL_CHART_TYPE.LINE_MARKERS if chart.kind == "line" else XL_CHART_TYPE.COLUMN_CLUSTERED
        )
        frame = page.shapes.add_chart(kind, *_emu(box), data)
        frame._element.nvGraphicFramePr.cNvPr.set("descr", clean(described))  # noqa: SLF001 (as above)
        self._dress_chart(frame.chart, chart)

    def fill(self, frame: Any, text: Text) -> None:
        """Fill a text frame, every run in our font for Latin and for Chinese letters."""
        frame.word_wrap = True
        for number, line in enumerate(text.text.split("\n")):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            paragraph.alignment = ALIGN[text.align]
            # Exact, so that a page fills alike in every font that stands in for ours.
            paragraph.line_spacing = Pt(text.size_pt * LINE_HEIGHT)
            if line:
                self._typeset(paragraph.add_run(), line, text)
            # An empty line is as high as its end mark, which would else be of the default size.
            end = paragraph._p.get_or_add_endParaRPr()  # noqa: SLF001 (no public way)
            end.set("sz", str(round(text.size_pt * 100)))

    def bytes(self) -> bytes:
        """Return the file."""
        file = BytesIO()
        self._deck.save(file)
        return file.getvalue()

    def _dress_chart(self, drawn: Any, chart: ChartScene) -> None:
        drawn.font.size, drawn.font.name = Pt(CHART_PT), FONT
        drawn.has_title = False
        drawn.has_legend = len(chart.series) > 1
        if drawn.has_legend:
            drawn.legend.position = XL_LEGEND_POSITION.BOTTOM
            drawn.legend.include_in_layout = False
        drawn.value_axis.has_title = bool(chart.unit)
        if chart.unit:
            drawn.value_axis.axis_title.text_frame.text = clean(chart.unit)
        drawn.value_axis.major_gridlines.format.line.color.rgb = RGBColor.from_string("D5DBE1")
        drawn.value_axis.minimum_scale = min(0.0, *_numbers(chart), 0.0)
        for place, series in enumerate(drawn.plots[0].series):
            colour = RGBColor.from_string(SERIES_COLOURS[place % len(SERIES_COLOURS)])
            series.format.line.color.rgb = colour
            series.smooth = False
            if chart.kind == "bar":
                series.format.fill.solid()
                series.format.fill.fore_color.rgb = colour
        if len(_numbers(chart)) <= MOST_LABELLED:
            plot = drawn.plots[0]
            plot.has_data_labels = True
            plot.data_labels.show_value = True
            plot.data_labels.font.size = Pt(CHART_PT - 1)
            above = XL_LABEL_POSITION.ABOVE
            plot.data_labels.position = (
                above if chart.kind == "line" else XL_LABEL_POSITION.OUTSIDE_END
            )

    def _fill_cell(self, cell: Any, column: Column, text: Text, row: Row, *, is_head: bool) -> None:
        cell.margin_top = cell.margin_bottom = Inches(CELL_PAD_IN)
        cell.vertical_anchor = MSO_ANCHOR.MIDDLE
        fill = ACCENT if is_head else NAME_FILL if column.is_name else WHITE
        cell.fill.solid()
        cell.fill.fore_color.rgb = RGBColor.from_string(fill)
        faint = row.is_faint and not column.is_name
        colour = WHITE if is_head else PALE_INK if faint else INK
        bold = is_head or column.is_name or row.is_bold
        self.fill(cell.text_frame, replace(text, colour=colour, is_bold=bold, is_italic=faint))

    def _typeset(self, run: Any, line: str, text: Text) -> None:
        run.text = clean(line)
        run.font.size, run.font.bold, run.font.italic = (
            Pt(text.size_pt),
            text.is_bold,
            text.is_italic,
        )
        run.font.color.rgb = RGBColor.from_string(text.colour)
        run.font.name = FONT
        style = run._r.get_or_add_rPr()  # noqa: SLF001 (python-pptx sets no East Asian font)
        style.set("lang", self._language)
        style.find(qn("a:latin")).addnext(style.makeelement(qn("a:ea"), {"typeface": FONT}))

    def _prepare_layout(self) -> Any:
        """Keep one layout, its title where ours stands; the rest of the template goes."""
        layouts = self._deck.slide_layouts
        kept = layouts[TITLE_ONLY]
        for layout in list(layouts):
            if layout is not kept:
                layouts.remove(layout)
        for place in list(kept.placeholders):
            if place.placeholder_format.idx:
                place.element.getparent().remove(place.element)
        title: Any = kept.placeholders[0]
        _move(title, TITLE)
        frame = title.text_frame
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        return kept

    def _clear_traces(self, title: str, made_on: date) -> None:
        """Replace what the template brings about its own author, day and looks."""
        facts = self._deck.core_properties
        facts.title = clean(" ".join(title.split()))[:LONGEST_TITLE]
        facts.author, facts.last_modified_by, facts.revision = "", "", 1
        facts.comments = facts.keywords = facts.subject = facts.category = ""
        facts.created = facts.modified = datetime.combine(made_on, time())
        _drop(self._deck.part.package, RELATIONSHIP_TYPE.THUMBNAIL)
        _drop(self._deck.part, RELATIONSHIP_TYPE.PRINTER_SETTINGS)


def _numbers(chart: ChartScene) -> list[float]:
    return [one for series in chart.series for one in series.values if one is not None]


def _drop(owner: Any, kind: str) -> None:
    """Let go of what a package or part refers to as being of a kind: it is not written then."""
    found = [one.rId for one in owner._rels.values() if one.reltype == kind]  # noqa: SLF001
    for relation in found:
        owner._rels.pop(relation)  # noqa: SLF001 (no public way)


def _move(shape: Any, box: Box) -> None:
    """Put a shape into a box; a placeholder moved in part would lose the rest of its place."""
    shape.left, shape.top, shape.width, shape.height = _emu(box)


def _emu(box: Box) -> tuple[int, int, int, int]:
    return Inches(box.left_in), Inches(box.top_in), Inches(box.width_in), Inches(box.height_in)
