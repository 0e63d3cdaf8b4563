"""Pages of a deck before any file format: boxes, texts, tables, and how they fill a page.

What is too long for a page goes on to the next, in the largest letters that need no more pages;
nothing is cut. `Pages` is what a format offers: PowerPoint (`slides`) and PDF (`sheets`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from dashboard.telling.story import ChartScene
from layers.drawing.fonts import split_after, widest_em, width_em, wrap

INK, PALE_INK, ACCENT, MARK, WHITE = "1F2933", "52606D", "1F4E79", "6B3A00", "FFFFFF"
NAME_FILL, MARK_FILL = "EEF1F4", "FFF6E5"
SERIES_COLOURS = ("1F4E79", "B8860B", "4A7C59", "8C4A6B", "5A5A5A", "2E8B9A")
"""Colours of the series of a chart, in their order; each series is also named."""

Align = Literal["left", "center", "right"]

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
    align: Align = "left"


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


TITLE = Box(LEFT_IN, TITLE_TOP_IN, TEXT_IN, TITLE_HIGH_IN)
BODY = Box(LEFT_IN, BODY_TOP_IN, TEXT_IN, BODY_END_IN - BODY_TOP_IN)


class Pages(Protocol):
    """A growing file of 16:9 pages in one language; what `add` returns is handed back as `page`."""

    def add(
        self,
        heading: str,
        notes: str = "",
        sizes_pt: Sequence[float] = TITLE_SIZES_PT,
        box: Box = TITLE,
    ) -> Any:
        """Return a new page with its title in the largest of the sizes that fits."""
        ...

    def write(self, page: Any, box: Box, text: Text) -> Any:
        """Write a text into a box of a page."""
        ...

    def mark(self, page: Any, left_in: float, text: str, size_pt: float = 11) -> float:
        """Put a mark with a dashed edge at the foot of a page; return where it ends in inches."""
        ...

    def number(self, page: Any) -> None:
        """Put the number of a page into its corner."""
        ...

    def picture(self, page: Any, box: Box, picture: bytes, described: str) -> None:
        """Put a picture on a page, described for those who do not see it."""
        ...

    def table(
        self, page: Any, box: Box, columns: Sequence[Column], rows: Sequence[Row], size_pt: float
    ) -> None:
        """Put a table on a page, its rows as high as their text."""
        ...

    def chart(self, page: Any, box: Box, chart: ChartScene, described: str) -> None:
        """Put a chart on a page."""
        ...

    def bytes(self) -> bytes:
        """Return the file."""
        ...


def title_size(heading: str, sizes_pt: Sequence[float], box: Box) -> float:
    """Return the largest of the sizes in which a title fits its box, the last if none does."""
    looks = (Text(heading, size_pt, is_bold=True) for size_pt in sizes_pt)
    fits = (one.size_pt for one in looks if text_height_in(one, box.width_in) <= box.height_in)
    return next(fits, sizes_pt[-1])


def mark_width_in(text: str, size_pt: float) -> float:
    """Return how wide a mark at the foot of a page is, in inches."""
    return (width_em(text) + 1.6) * size_pt / POINTS_PER_INCH


def row_height_in(row: Row, columns: Sequence[Column], size_pt: float) -> float:
    """Return how high a row of a table is, in inches."""
    cells = zip(row.cells, columns, strict=True)
    lines = max(len(wrap(text, room_em(column, size_pt))) for text, column in cells)
    return lines * line_in(size_pt) + 2 * CELL_PAD_IN


def text_height_in(text: Text, width_in: float) -> float:
    """Return how high a text is in a column, in inches."""
    lines = wrap(text.text, width_in * POINTS_PER_INCH / text.size_pt - SPARE_EM)
    return len(lines) * line_in(text.size_pt)


def paginate(
    rows: Sequence[Row],
    columns: Sequence[Column],
    room_in: float,
    sizes_pt: Sequence[float],
    continued: Callable[[str], str],
) -> tuple[float, list[list[Row]]]:
    """Return the size of letters and the rows of each page, nothing left out.

    There are as few pages as the smallest letters need, in the largest letters that do
    with so few and break no word, filled evenly; a row too high for a page goes on under its
    name, `continued`.
    """

    def pages(size_pt: float, step_in: float) -> list[list[Row]]:
        rooms = {"wanted_in": step_in, "room_in": room_in}
        return list(_pages(rows, columns, size_pt, continued=continued, **rooms))

    whole = [one for one in sizes_pt if not breaks_words(rows, columns, one)] or [sizes_pt[-1]]
    least = len(pages(whole[-1], room_in))
    size_pt = next(size for size in whole if len(pages(size, room_in)) == least)
    evenly = pages(size_pt, room_in)
    few, many = 0, int(room_in / PAGE_STEP_IN)
    while many - few > 1:  # the least room for each page that takes no page more
        step = (few + many) // 2
        fill = pages(size_pt, room_in - step * PAGE_STEP_IN)
        if len(fill) == least:
            few, evenly = step, fill
        else:
            many = step
    return size_pt, evenly


def breaks_words(rows: Sequence[Row], columns: Sequence[Column], size_pt: float) -> bool:
    """Return whether letters of a size would break a word, or a date, inside a column."""
    lines = [Row(tuple(one.heading for one in columns)), *rows]
    return any(
        widest_em(text) > room_em(column, size_pt)
        for row in lines
        for text, column in zip(row.cells, columns, strict=True)
    )


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
    head_in = row_height_in(head, columns, size_pt) if has_head(columns) else 0.0
    left, used_in = list(rows), head_in
    page: list[Row] = []
    while left:
        height_in = row_height_in(left[0], columns, size_pt)
        if used_in + height_in <= wanted_in or (not page and used_in + height_in <= room_in):
            page.append(left.pop(0))
            used_in += height_in
            continue
        lines = int((room_in - used_in - 2 * CELL_PAD_IN) / line_in(size_pt))
        if lines < 1 and not page:  # a head as high as the page: over its edge, not for ever
            page.append(left.pop(0))
        elif head_in + height_in > room_in and (lines >= FEWEST_LINES or not page):
            first, left[0] = _split(left[0], columns, size_pt, lines, continued)
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
    """Return the first lines of a row, and the rest of it under the same name.

    A name that fills the page itself goes on like any other text, or no page would be the last.
    """
    parts = []
    for text, column in zip(row.cells, columns, strict=True):
        room = room_em(column, size_pt)
        is_repeated = column.is_name and len(wrap(text, room)) < count
        parts.append((text, continued(text)) if is_repeated else split_after(text, count, room))
    first, rest = zip(*parts, strict=True)
    return replace(row, cells=first), replace(row, cells=rest)


def line_in(size_pt: float) -> float:
    """Return how far lines of a size stand from each other, in inches."""
    return size_pt * LINE_HEIGHT / POINTS_PER_INCH


def room_em(column: Column, size_pt: float) -> float:
    """Return how much text stands in a line of a column, in letters of a size."""
    return (column.width_in - 0.2) * POINTS_PER_INCH / size_pt - SPARE_EM


def has_head(columns: Sequence[Column]) -> bool:
    """Return whether a table has a head."""
    return any(column.heading for column in columns)
