"""A paper as DOCX: styles, captions and contents as fields, marks, day and revision on each page.

docs/decisions/0031-papers-as-docx.md says how it is made.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime, time

from docx import Document
from docx.document import Document as File
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table as Grid
from docx.text.paragraph import Paragraph

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
    Turn,
)
from dashboard.reports.room import AFTER_TABLE_PT, FORM_ROW_CM, LINE
from dashboard.reports.styles import FALLBACKS, set_styles
from dashboard.text import say
from layers.sheets import clean

LISTED_LEVELS = 2
SMALL_PT = 9.0
MARK_COLOUR = RGBColor(0x6B, 0x3A, 0x00)
HEAD_FILL = "E4E9EE"
LONGEST_TITLE = 255
"""Letters that the properties of a file may have."""

EARLIEST = (1980, 1, 1, 0, 0, 0)
LEFT_OUT = frozenset({RELATIONSHIP_TYPE.THUMBNAIL, RELATIONSHIP_TYPE.EXTENDED_PROPERTIES})
"""Parts of the empty document we begin with that tell of the machine it was made on."""

_LOOKS = {
    "plain": WD_ALIGN_PARAGRAPH.LEFT,
    "small": WD_ALIGN_PARAGRAPH.LEFT,
    "centre": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "mark": WD_ALIGN_PARAGRAPH.CENTER,
}


def render_docx(paper: Paper) -> bytes:
    """Return a paper as a DOCX file; the same paper gives the same bytes."""
    writing = _Writing(paper)
    writing.open()
    for block in paper.blocks:
        writing.add(block)
    return writing.bytes()


class _Writing:
    """A paper on its way into a file."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.file: File = Document()
        self.numbers = {"table": 0, "heading": 0}
        self.ids: dict[str, str] = {}
        self.is_zh = paper.language == "zh"

    def open(self) -> None:
        """Set styles, the first page, header and footer, and the title."""
        _cleanse(self.file, self.paper)
        set_styles(self.file, self.paper)
        self.ids = {one.name: one.style_id for one in self.file.styles}
        self._set_page(self.file.sections[0], is_landscape=False)
        self._set_head_and_foot(self.file.sections[0])
        self._line(self.paper.title, "Title")
        for line in filter(None, self.paper.subtitle.split("\n")):
            self._line(line, "Subtitle")

    def add(self, block: Block) -> None:
        """Add one block."""
        if isinstance(block, Heading):
            self._heading(block)
        elif isinstance(block, Para):
            self._para(block)
        elif isinstance(block, Gap):
            self._gap(block)
        elif isinstance(block, Table):
            self._table(block)
        elif isinstance(block, Picture):
            self._picture(block)
        elif isinstance(block, Contents):
            self._contents(block)
        else:
            self._turn(block)

    def bytes(self) -> bytes:
        """Return the file without the time of its making, so that it can be compared."""
        saved, still = io.BytesIO(), io.BytesIO()
        self.file.save(saved)
        with zipfile.ZipFile(saved) as made, zipfile.ZipFile(still, "w") as kept:
            for name in made.namelist():
                part = zipfile.ZipInfo(name, EARLIEST)
                part.compress_type = zipfile.ZIP_DEFLATED
                kept.writestr(part, made.read(name))
        return still.getvalue()

    # ---------------------------------------------------------------------------- blocks

    def _heading(self, block: Heading) -> None:
        line = self._line(block.text, f"Heading {block.level}")
        self.numbers["heading"] += 1
        _bookmark(line, self.numbers["heading"])

    def _para(self, block: Para) -> None:
        if block.look == "body":
            self._line(block.text, "Normal")
            return
        line = self._line(block.text, "Small" if block.look in {"small", "mark"} else "Plain")
        line.alignment = _LOOKS[block.look]
        if block.look == "mark":
            line.runs[0].font.color.rgb = MARK_COLOUR
            line.runs[0].font.bold = True

    def _gap(self, block: Gap) -> None:
        line = self._line("", "Normal")
        line.add_run(clean(block.about))
        line.add_run(clean(block.mark)).font.highlight_color = WD_COLOR_INDEX.YELLOW

    def _table(self, block: Table) -> None:
        if block.caption:
            self._caption(block.caption)
        grid = self.file.add_table(rows=1, cols=len(block.widths_cm), style="Table Grid")
        grid.alignment = WD_TABLE_ALIGNMENT.CENTER
        _fix_widths(grid, block.widths_cm)
        pattern = _pattern_row(grid, block, self.ids["Small"])
        if any(block.head):
            body = grid._tbl  # noqa: SLF001 - rows are copied, not asked for cell by cell
            body.append(_filled(pattern, block.head, is_head=True))
        for row in block.rows:
            grid._tbl.append(_filled(pattern, row))  # noqa: SLF001
        grid._tbl.remove(pattern)  # noqa: SLF001
        after = self._line("", "Small").paragraph_format
        after.line_spacing_rule, after.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(AFTER_TABLE_PT)

    def _caption(self, text: str) -> None:
        self.numbers["table"] += 1
        line = self._line("", "Caption")
        label = say("documents.file.table", self.paper.language)
        line.add_run(label)
        _field(line, f"SEQ {label.strip()} \\* ARABIC", str(self.numbers["table"]))
        line.add_run(f"　{clean(text)}" if self.is_zh else f"  {clean(text)}")

    def _picture(self, block: Picture) -> None:
        line = self._line("", "Plain")
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        shape = line.add_run().add_picture(io.BytesIO(block.png), width=Cm(block.width_cm))
        about = shape._inline.docPr  # noqa: SLF001 - python-docx has no name for it
        about.set("descr", clean(block.described))
        about.set("name", clean(block.described)[:40])

    def _contents(self, block: Contents) -> None:
        """Write the contents as a field that holds its entries already, each a link to its heading.

        Pages are not known before a word processor has set the text: they come with the first
        update of the field, and until then no page is said rather than a wrong one.
        """
        self._line(block.title, "Contents Title")
        headings = (one for one in self.paper.blocks if isinstance(one, Heading))
        told = [(n, one) for n, one in enumerate(headings, start=1) if one.level <= LISTED_LEVELS]
        for place, (number, one) in enumerate(told):
            line = self._line("", f"TOC {one.level}")
            if place == 0:
                _open_field(line, f'TOC \\o "1-{LISTED_LEVELS}" \\h \\z \\u')
            _link(line, clean(one.text), _mark_of(number))
            if place == len(told) - 1:
                _close_field(line)
        self._line(say("documents.file.contents_hint", self.paper.language), "Small")

    def _turn(self, block: Turn) -> None:
        section = self.file.add_section(WD_SECTION.NEW_PAGE)
        self._set_page(section, is_landscape=block.is_landscape)

    def _line(self, text: str, style: str) -> Paragraph:
        """Add a paragraph; its style is named by its id, as python-docx looks a name up slowly."""
        line = self.file.add_paragraph(clean(text))
        line._p.style = self.ids[style]  # noqa: SLF001
        return line

    def _set_page(self, section: Section, *, is_landscape: bool) -> None:
        wide, high = A4_CM[::-1] if is_landscape else A4_CM
        margins = self.paper.margins
        section.orientation = WD_ORIENT.LANDSCAPE if is_landscape else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Cm(wide), Cm(high)
        sides = (
            (2.0, 2.0, 2.0, 1.8)
            if is_landscape
            else (margins.left_cm, margins.right_cm, margins.top_cm, margins.bottom_cm)
        )
        section.left_margin, section.right_margin = Cm(sides[0]), Cm(sides[1])
        section.top_margin, section.bottom_margin = Cm(sides[2]), Cm(sides[3])
        section.header_distance = Cm(min(1.5, sides[2] / 2))
        section.footer_distance = Cm(min(1.4, sides[3] / 2))

    def _set_head_and_foot(self, section: Section) -> None:
        paper, imprint = self.paper, self.paper.imprint
        head = section.header.paragraphs[0]
        head.style = self.file.styles["Small"]
        head.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run = head.add_run("　".join(imprint.marks(paper.language)))
        run.font.bold, run.font.color.rgb = True, MARK_COLOUR
        foot = section.footer.paragraphs[0]
        foot.style = self.file.styles["Small"]
        foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
        foot.add_run("— ")
        _field(foot, "PAGE", "1")
        foot.add_run(" —")
        if paper.shows_facts:
            line = section.footer.add_paragraph(style=self.file.styles["Small"])
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            line.add_run(clean(imprint.line(paper.language, is_short=True))).font.size = Pt(
                SMALL_PT
            )


# --------------------------------------------------------------------------------- fields


def _field(line: Paragraph, code: str, shown: str) -> None:
    """Write a field with what it shows until somebody brings it up to date."""
    _open_field(line, code)
    line.add_run(shown)
    _close_field(line)


def _open_field(line: Paragraph, code: str) -> None:
    _sign(line, "begin")
    text = OxmlElement("w:instrText")
    text.set(qn("xml:space"), "preserve")
    text.text = f" {code} "
    line.add_run()._r.append(text)  # noqa: SLF001 - python-docx has no fields
    _sign(line, "separate")


def _close_field(line: Paragraph) -> None:
    _sign(line, "end")


def _sign(line: Paragraph, kind: str) -> None:
    sign = OxmlElement("w:fldChar")
    sign.set(qn("w:fldCharType"), kind)
    line.add_run()._r.append(sign)  # noqa: SLF001


def _bookmark(line: Paragraph, number: int) -> None:
    """Mark a heading, so that the contents find its page."""
    for kind, place in (("w:bookmarkStart", 0), ("w:bookmarkEnd", None)):
        mark = OxmlElement(kind)
        mark.set(qn("w:id"), str(number))
        if place == 0:
            mark.set(qn("w:name"), _mark_of(number))
            line._p.insert(1 if line._p.pPr is not None else 0, mark)  # noqa: SLF001
        else:
            line._p.append(mark)  # noqa: SLF001


def _link(line: Paragraph, text: str, mark: str) -> None:
    """Write a text that leads to a bookmark."""
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), mark)
    link.set(qn("w:history"), "1")
    run = line.add_run(text)._r  # noqa: SLF001
    line._p.append(link)  # noqa: SLF001
    link.append(run)


def _mark_of(number: int) -> str:
    return f"_Toc{number:08d}"


# --------------------------------------------------------------------------------- tables


def _fix_widths(grid: Grid, widths_cm: Sequence[float]) -> None:
    grid.autofit = False
    for column, width in zip(grid.columns, widths_cm, strict=True):
        column.width = Cm(width)
        column.cells[0].width = Cm(width)


def _pattern_row(grid: Grid, block: Table, style_id: str) -> object:
    """Return the row that all others are copied from, which is faster than asking for cells."""
    row = grid.rows[0]
    for cell in row.cells:
        line = cell.paragraphs[0]
        line._p.style = style_id  # noqa: SLF001
        line.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        line.paragraph_format.line_spacing = Pt(block.size_pt * LINE)
        line.add_run("").font.size = Pt(block.size_pt)
    facts = row._tr.get_or_add_trPr()  # noqa: SLF001
    if block.is_form:
        row.height = Cm(FORM_ROW_CM)
    facts.append(OxmlElement("w:cantSplit"))
    return row._tr  # noqa: SLF001


def _filled(pattern: object, texts: Sequence[str], *, is_head: bool = False) -> object:
    """Return a row with texts; a line break in a text is one in the cell."""
    row = deepcopy(pattern)
    if is_head:
        facts = row.get_or_add_trPr()  # type: ignore[attr-defined]
        for height in facts.findall(qn("w:trHeight")):
            facts.remove(height)
        facts.append(OxmlElement("w:tblHeader"))
    for cell, text in zip(row.findall(qn("w:tc")), texts, strict=True):  # type: ignore[attr-defined]
        run = cell.find(qn("w:p")).find(qn("w:r"))
        for number, line in enumerate(clean(text).split("\n")):
            if number:
                run.append(OxmlElement("w:br"))
            letters = OxmlElement("w:t")
            letters.set(qn("xml:space"), "preserve")
            letters.text = line
            run.append(letters)
        if is_head:
            _make_head(cell, run)
    return row


def _make_head(cell: object, run: object) -> None:
    facts = cell.get_or_add_tcPr()  # type: ignore[attr-defined]
    shade = OxmlElement("w:shd")
    for name, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", HEAD_FILL)):
        shade.set(qn(name), value)
    facts.append(shade)
    run.get_or_add_rPr().insert(0, OxmlElement("w:b"))  # type: ignore[attr-defined]


# -------------------------------------------------------------------------------- cleaning


def _cleanse(file: File, paper: Paper) -> None:
    """Take out what the empty document brought along, and name the paper on purpose."""
    facts = file.core_properties
    made = datetime.combine(paper.imprint.as_of, time())
    facts.author = facts.last_modified_by = facts.subject = ""
    facts.title = clean(" ".join(paper.title.split()))[:LONGEST_TITLE]
    facts.comments = facts.keywords = facts.category = facts.version = ""
    facts.language = "zh-CN" if paper.language == "zh" else "en-GB"
    facts.created = facts.modified = made
    facts.revision = 1
    relations = file.part.package.rels
    for key in [key for key, one in relations.items() if one.reltype in LEFT_OUT]:
        del relations[key]
    own = file.part.rels
    for key in [key for key, one in own.items() if "customXml" in one.reltype]:
        del own[key]
    _name_fallbacks(file)
    _forget_sessions(file)


def _forget_sessions(file: File) -> None:
    """Take the numbers of editing sessions out, and say that wide letters are Chinese."""
    settings = file.settings.element
    for name in ("w:rsids", "w:savePreviewPicture"):
        for one in settings.findall(qn(name)):
            settings.remove(one)
    for one in settings.findall(qn("w:themeFontLang")):
        one.set(qn("w:eastAsia"), "zh-CN")
    for one in file.styles.element.iter(qn("w:lang")):
        one.set(qn("w:eastAsia"), "zh-CN")


def _name_fallbacks(file: File) -> None:
    """Say in the table of fonts what stands in for each where it is not at hand."""
    for one in file.part.rels.values():
        if one.reltype == RELATIONSHIP_TYPE.FONT_TABLE:
            told = "".join(
                f'<w:font w:name="{name}"><w:altName w:val="{others}"/>'
                f'<w:charset w:val="86"/><w:family w:val="{family}"/><w:pitch w:val="variable"/>'
                "</w:font>"
                for name, (others, family) in FALLBACKS.items()
            )
            text = one.target_part.blob.decode("utf-8")
            changed = re.sub(r"</w:fonts>", f"{told}</w:fonts>", text)
            one.target_part._blob = changed.encode("utf-8")  # noqa: SLF001
