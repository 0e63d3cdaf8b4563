"""Plain Chinese letters as DOCX: lines, tables and lists, with blanks for what people fill in.

The same letter gives the same bytes: the time of its making is not in the file.
"""

import io
import zipfile
from collections.abc import Iterable, Sequence

from docx import Document
from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from layers.sheets import clean

BLANK = "＿＿＿＿＿＿"
THUMBNAIL = RELATIONSHIP_TYPE.THUMBNAIL
FONT = "仿宋"
SIZE_PT, TITLE_PT, SMALL_PT = 14, 22, 10.5
EARLIEST = (1980, 1, 1, 0, 0, 0)
CENTRE, RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT


def new_paper(title: str) -> Paper:
    """Return an empty letter of a title, without a word of who or what made it."""
    paper = Document()
    style = paper.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(SIZE_PT)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    paper.core_properties.author, paper.core_properties.comments = "", ""
    paper.core_properties.title = title
    relations = paper.part.package.rels
    for thumbnail in [one.rId for one in relations.values() if one.reltype == THUMBNAIL]:
        del relations[thumbnail]  # the template's own, with what its camera wrote
    return paper


def add_line(
    paper: Paper,
    text: str,
    size_pt: float = SIZE_PT,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT,
) -> None:
    """Add a paragraph."""
    line = paper.add_paragraph()
    line.alignment = align
    line.add_run(clean(text)).font.size = Pt(size_pt)


def add_rows(
    paper: Paper,
    rows: Iterable[Sequence[str]],
    columns: int,
    widths_cm: Sequence[float] = (),
) -> None:
    """Add a table in small letters; the first row is no more than the others.

    Columns are as wide as each other unless their widths are said; then a line is left below.
    """
    table = paper.add_table(rows=0, cols=columns, style="Table Grid")
    for row in rows:
        for at, (cell, text) in enumerate(zip(table.add_row().cells, row, strict=True)):
            cell.paragraphs[0].add_run(clean(text)).font.size = Pt(SMALL_PT)
            if widths_cm:
                cell.width = Cm(widths_cm[at])
    table.autofit = not widths_cm
    for column, width_cm in zip(table.columns, widths_cm, strict=False):
        column.width = Cm(width_cm)
    if widths_cm:
        add_line(paper, "", SMALL_PT)


def add_list(paper: Paper, heading: str, lines: Iterable[str]) -> None:
    """Add a heading with lines in small letters below it."""
    add_line(paper, f"　　{heading}")
    for one in lines:
        add_line(paper, f"　　{one}", SMALL_PT)


def to_bytes(paper: Paper) -> bytes:
    """Return the file without the time of its making, so that it can be compared."""
    saved, still = io.BytesIO(), io.BytesIO()
    paper.save(saved)
    with zipfile.ZipFile(saved) as made, zipfile.ZipFile(still, "w") as kept:
        for name in made.namelist():
            part = zipfile.ZipInfo(name, EARLIEST)
            part.compress_type = zipfile.ZIP_DEFLATED
            kept.writestr(part, made.read(name))
    return still.getvalue()
