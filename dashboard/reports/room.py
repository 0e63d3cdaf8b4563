"""How much of a page blocks take, so that what must be one page is one.

Lines in tables and headings have a set height, so that another machine's font changes nothing.
"""

from collections.abc import Sequence

from dashboard.reports.blocks import (
    A4_CM,
    Block,
    Contents,
    Gap,
    Heading,
    Paper,
    Para,
    Picture,
    Table,
)
from layers.drawing.fonts import width_em, wrap

PT_PER_CM = 72 / 2.54
LINE = 1.35
"""The height of a line in a table or a small paragraph, in sizes of its letters."""

CELL_MARGIN_CM = 0.42
AFTER_TABLE_PT = 6.0
SMALL_PT = 9.5
CAPTION_PT = 10.5
FORM_ROW_CM = 1.05
RULE_PT = 0.75
LEAST_TITLE = 0.8
TITLE_SAFETY = 0.92
"""Titles are bold, and word processors part Chinese from figures by a little room."""

SAFETY = 0.97
"""Latin letters of another font may be wider: so much of a line is counted on."""


def text_room_pt(paper: Paper) -> float:
    """Return the height of the text of one page of a paper, in points."""
    margins = paper.margins
    return (A4_CM[1] - margins.top_cm - margins.bottom_cm) * PT_PER_CM


def title_height_pt(paper: Paper) -> float:
    """Return the height of title and subtitle."""
    size_pt = title_size_pt(paper)
    lines = len(wrap(paper.title, _width_cm(paper) * PT_PER_CM / size_pt * SAFETY))
    height = lines * size_pt * LINE + 0.4 * paper.letter_pt
    for line in filter(None, paper.subtitle.split("\n")):
        rows = len(wrap(line, _width_cm(paper) * PT_PER_CM / paper.letter_pt * SAFETY))
        height += rows * paper.line_pt + 0.4 * paper.letter_pt
    return height


def title_size_pt(paper: Paper) -> float:
    """Return the size of a title: smaller, within reason, where it then stands on one line."""
    fits_pt = _width_cm(paper) * PT_PER_CM / max(width_em(paper.title), 1.0) * TITLE_SAFETY
    return (
        paper.title_pt if fits_pt < LEAST_TITLE * paper.title_pt else min(paper.title_pt, fits_pt)
    )


def height_pt(block: Block, paper: Paper) -> float:
    """Return about how high a block stands on a page of a paper, in points."""
    if isinstance(block, Table):
        return table_pt(block)
    if isinstance(block, Picture):
        return _picture_pt(block)
    if isinstance(block, Heading):
        before = 0.5 if block.level == 1 else 0.2
        return paper.line_pt + before * paper.letter_pt
    if isinstance(block, (Para, Gap)):
        return _text_pt(block, paper)
    return text_room_pt(paper) if isinstance(block, Contents) else 0.0


def row_pt(row: Sequence[str], table: Table) -> float:
    """Return how high one row of a table stands."""
    lines = max(
        sum(len(wrap(part, _cell_em(width, table.size_pt))) for part in cell.split("\n"))
        for cell, width in zip(row, table.widths_cm, strict=True)
    )
    least = FORM_ROW_CM * PT_PER_CM if table.is_form else 0.0
    return max(least, lines * table.size_pt * LINE) + RULE_PT


def fitting(table: Table, room_pt: float) -> int:
    """Return how many rows of a table fit into a height."""
    left = room_pt - table_pt(table) + sum(row_pt(row, table) for row in table.rows)
    count = 0
    for row in table.rows:
        left -= row_pt(row, table)
        if left < 0:
            break
        count += 1
    return count


def table_pt(table: Table) -> float:
    """Return how high a table stands, with its caption and the space after it."""
    head = row_pt(table.head, table) if any(table.head) else 0.0
    caption = CAPTION_PT * LINE + 9 if table.caption else 0.0
    return caption + head + sum(row_pt(row, table) for row in table.rows) + AFTER_TABLE_PT


def _picture_pt(picture: Picture) -> float:
    wide, high = int.from_bytes(picture.png[16:20]), int.from_bytes(picture.png[20:24])
    return picture.width_cm * PT_PER_CM * high / wide + 6


def _text_pt(block: Para | Gap, paper: Paper) -> float:
    is_small = isinstance(block, Para) and block.look in {"small", "mark"}
    size, line = (SMALL_PT, SMALL_PT * LINE) if is_small else (paper.letter_pt, paper.line_pt)
    wide_em = _width_cm(paper) * PT_PER_CM / size * SAFETY
    indent = 0 if isinstance(block, Para) and block.look != "body" else 2 * paper.indents
    lines = sum(len(wrap("　" * indent + part, wide_em)) for part in block.text.split("\n"))
    return lines * line


def _width_cm(paper: Paper) -> float:
    return A4_CM[0] - paper.margins.left_cm - paper.margins.right_cm


def _cell_em(width_cm: float, size_pt: float) -> float:
    return max(1.0, (width_cm - CELL_MARGIN_CM) * PT_PER_CM / size_pt * SAFETY)
