"""Blank PowerPoint pages and what goes on them: title, text, table, picture, foot."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from io import BytesIO
from itertools import takewhile
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.dml import MSO_LINE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from geodata import Language
from layers.drawing.fonts import split_after, width_em, wrap

FONT = "Microsoft YaHei"
INK, PALE_INK, ACCENT, MARK, WHITE = "1F2933", "52606D", "1F4E79", "6B3A00", "FFFFFF"
NAME_FILL, MARK_FILL = "EEF1F4", "FFF6E5"
TITLE_ONLY = 5
PLAIN_GRID = "{5940675A-B579-460E-94D1-54222C63F5DA}"
"""PowerPoint's own number of the table style without fills and with thin lines."""

POINTS_PER_INCH = 72
WIDE_IN, HIGH_IN = 13.333, 7.5
LEFT_IN = 0.5
TEXT_IN = WIDE_IN - 2 * LEFT_IN
TITLE_TOP_IN, TITLE_HIGH_IN = 0.3, 0.9
BODY_TOP_IN, BODY_END_IN = 1.3, 6.72
FOOT_TOP_IN = 6.86
CELL_PAD_IN = 0.045
LINE_HEIGHT = 1.32
"""Distance of lines in sizes of their letters: that of Microsoft YaHei."""
SPARE_EM = 1.5
"""Room kept free at the end of each line: fonts that stand in for ours may run wider."""
TITLE_SIZES_PT = (28, 24, 20, 17, 14, 12, 10)
PAGE_STEP_IN = 0.1
FEWEST_LINES = 3
"""Fewer lines of a row than these are not left alone at the end of a page."""


@dataclass(frozen=True)
class Box:
    """A rectangle on a page, in inches from its upper left."""

    left_in: float
    top_in: float
    width_in: float
    height_in: float


@dataclass(frozen=True)
class Text:
    """A text and how it looks; a line break begins a new paragraph."""

    text: str
    size_pt: float = 13
    colour: str = INK
    is_bold: bool = False
    is_italic: bool = False
    align: PP_ALIGN = PP_ALIGN.LEFT


@dataclass(frozen=True)
class Column:
    """One column of a table; without a heading in any column a table has no head."""

    width_in: float
    heading: str = ""
    is_name: bool = False


@dataclass(frozen=True)
class Row:
    """One row of a table: stages stand out, what is not recorded stands back."""

    cells: tuple[str, ...]
    is_bold: bool = False
    is_faint: bool = False


BODY = Box(LEFT_IN, BODY_TOP_IN, TEXT_IN, BODY_END_IN - BODY_TOP_IN)


class Slides:
    """A growing .pptx of 16:9 pages in one language."""

    def __init__(self, title: str, language: Language, made_on: date) -> None:
        self._deck = Presentation()
        self._deck.slide_width, self._deck.slide_height = Inches(WIDE_IN), Inches(HIGH_IN)
        self._language = {"zh": "zh-CN", "en": "en-US"}[language]
        self._layout = self._prepare_layout()
        self._clear_traces(title, made_on)

    def add(self, heading: str, notes: str = "", sizes_pt: Sequence[float] = TITLE_SIZES_PT) -> Any:
        """Return a new page with its title in the largest of the sizes that fits."""
        page = self._deck.slides.add_slide(self._layout)
        looks = [Text(heading, size_pt, ACCENT, is_bold=True) for size_pt in sizes_pt]
        fits = (text for text in looks if text_height_in(text, TEXT_IN) <= TITLE_HIGH_IN)
        self.fill(page.shapes.title.text_frame, next(fits, looks[-1]))
        if notes:
            page.notes_slide.notes_text_frame.text = notes
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
        width_in = (width_em(text) + 1.6) * size_pt / POINTS_PER_INCH
        box = Box(left_in, FOOT_TOP_IN, width_in, 0.3)
        shape = self.write(
            page, box, Text(text, size_pt, MARK, is_bold=True, align=PP_ALIGN.CENTER)
        )
        shape.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(MARK_FILL)
        shape.line.color.rgb = RGBColor.from_string(MARK)
        shape.line.dash_style = MSO_LINE.DASH
        return left_in + width_in

    def number(self, page: Any) -> None:
        """Put the number of a page into its corner, as a field that follows a new order."""
        box = Box(WIDE_IN - LEFT_IN - 0.6, FOOT_TOP_IN, 0.6, 0.3)
        shape = self.write(page, box, Text("", 11, PALE_INK, align=PP_ALIGN.RIGHT))
        paragraph = shape.text_frame.paragraphs[0]
        field = paragraph._p.makeelement(  # noqa: SLF001 (python-pptx has no fields)
            qn("a:fld"), {"id": "{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}", "type": "slidenum"}
        )
        style = field.makeelement(qn("a:rPr"), {"lang": self._language, "sz": "1100"})
        number = field.makeelement(qn("a:t"), {})
        number.text = str(len(self._deck.slides))
        field.extend([style, number])
        paragraph._p.append(field)  # noqa: SLF001

    def picture(self, page: Any, box: Box, png: bytes, described: str) -> None:
        """Put a picture on a page, described for those who do not see it."""
        picture = page.shapes.add_picture(BytesIO(png), *_emu(box))
        picture._element.nvPicPr.cNvPr.set("descr", described)  # noqa: SLF001 (no public way)

    def table(
        self, page: Any, box: Box, columns: Sequence[Column], rows: Sequence[Row], size_pt: float
    ) -> None:
        """Put a table on a page, its rows as high as their text."""
        head = [Row(tuple(one.heading for one in columns))] if _has_head(columns) else []
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

    def fill(self, frame: Any, text: Text) -> None:
        """Fill a text frame, every run in our font for Latin and for Chinese letters."""
        frame.word_wrap = True
        for number, line in enumerate(text.text.split("\n")):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            paragraph.alignment = text.align
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
        run.text = line
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
        move(title, Box(LEFT_IN, TITLE_TOP_IN, TEXT_IN, TITLE_HIGH_IN))
        frame = title.text_frame
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        return kept

    def _clear_traces(self, title: str, made_on: date) -> None:
        """Replace what the template brings about its own author, day and looks."""
        facts = self._deck.core_properties
        facts.title, facts.author, facts.last_modified_by, facts.revision = title, "", "", 1
        facts.comments = facts.keywords = facts.subject = facts.category = ""
        facts.created = facts.modified = datetime.combine(made_on, time())
        _drop(self._deck.part.package, RELATIONSHIP_TYPE.THUMBNAIL)
        _drop(self._deck.part, RELATIONSHIP_TYPE.PRINTER_SETTINGS)


def _drop(owner: Any, kind: str) -> None:
    """Let go of what a package or part refers to as being of a kind: it is not written then."""
    found = [one.rId for one in owner._rels.values() if one.reltype == kind]  # noqa: SLF001
    for relation in found:
        owner._rels.pop(relation)  # noqa: SLF001 (no public way)


def move(shape: Any, box: Box) -> None:
    """Put a shape into a box; a placeholder moved in part would lose the rest of its place."""
    shape.left, shape.top, shape.width, shape.height = _emu(box)


def row_height_in(row: Row, columns: Sequence[Column], size_pt: float) -> float:
    """Return how high a row of a table is, in inches."""
    cells = zip(row.cells, columns, strict=True)
    lines = max(len(wrap(text, _room_em(column, size_pt))) for text, column in cells)
    return lines * _line_in(size_pt) + 2 * CELL_PAD_IN


def text_height_in(text: Text, width_in: float) -> float:
    """Return how high a text is in a column, in inches."""
    lines = wrap(text.text, width_in * POINTS_PER_INCH / text.size_pt - SPARE_EM)
    return len(lines) * _line_in(text.size_pt)


def paginate(
    rows: Sequence[Row],
    columns: Sequence[Column],
    room_in: float,
    sizes_pt: Sequence[float],
    continued: Callable[[str], str],
) -> tuple[float, list[list[Row]]]:
    """Return the size of letters and the rows of each page, nothing left out.

    There are as few pages as the smallest letters need, in the largest letters that do
    with so few, filled evenly; a row too high for a page goes on under its name, `continued`.
    """

    def pages(size_pt: float, step_in: float) -> list[list[Row]]:
        rooms = {"wanted_in": step_in, "room_in": room_in}
        return list(_pages(rows, columns, size_pt, continued=continued, **rooms))

    least = len(pages(sizes_pt[-1], room_in))
    size_pt = next(size for size in sizes_pt if len(pages(size, room_in)) == least)
    rooms = (room_in - step * PAGE_STEP_IN for step in range(int(room_in / PAGE_STEP_IN)))
    fills = (pages(size_pt, step_in) for step_in in rooms)
    *_, evenly = takewhile(lambda fill: len(fill) == least, fills)
    return size_pt, evenly


def _pages(
    rows: Sequence[Row],
    columns: Sequence[Column],
    size_pt: float,
    *,
    wanted_in: float,
    room_in: float,
    continued: Callable[[str], str],
) -> Iterator[list[Row]]:
    """Yield the rows of each page, filled as wanted; only a row above the whole room is split."""
    head = Row(tuple(one.heading for one in columns))
    head_in = row_height_in(head, columns, size_pt) if _has_head(columns) else 0.0
    left, used_in = list(rows), head_in
    page: list[Row] = []
    while left:
        height_in = row_height_in(left[0], columns, size_pt)
        if used_in + height_in <= wanted_in or (not page and used_in + height_in <= room_in):
            page.append(left.pop(0))
            used_in += height_in
            continue
        lines = int((room_in - used_in - 2 * CELL_PAD_IN) / _line_in(size_pt))
        if head_in + height_in > room_in and (lines >= FEWEST_LINES or not page):
            first, left[0] = _split(left[0], columns, size_pt, max(lines, 1), continued)
            page.append(first)
        yield page
        page, used_in = [], head_in
    yield page


def _split(
    row: Row,
    columns: Sequence[Column],
    size_pt: float,
    count: int,
    continued: Callable[[str], str],
) -> tuple[Row, Row]:
    """Return the first lines of a row, and the rest of it under the same name."""
    parts = [
        (text, continued(text)) if column.is_name else
        split_after(text, count, _room_em(column, size_pt))
        for text, column in zip(row.cells, columns, strict=True)
    ]  # fmt: skip
    first, rest = zip(*parts, strict=True)
    return replace(row, cells=first), replace(row, cells=rest)


def _line_in(size_pt: float) -> float:
    return size_pt * LINE_HEIGHT / POINTS_PER_INCH


def _room_em(column: Column, size_pt: float) -> float:
    return (column.width_in - 0.2) * POINTS_PER_INCH / size_pt - SPARE_EM


def _has_head(columns: Sequence[Column]) -> bool:
    return any(column.heading for column in columns)


def _emu(box: Box) -> tuple[int, int, int, int]:
    return Inches(box.left_in), Inches(box.top_in), Inches(box.width_in), Inches(box.height_in)
