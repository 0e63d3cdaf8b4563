"""The styles of a paper: letters, lines and indents by the custom of official documents."""

from docx.document import Document as File
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import (
    WD_ALIGN_PARAGRAPH,
    WD_LINE_SPACING,
    WD_TAB_ALIGNMENT,
    WD_TAB_LEADER,
)
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from dashboard.reports.blocks import A4_CM, Paper
from dashboard.reports.room import LINE, SMALL_PT, title_size_pt

FANGSONG, HEITI, KAITI, LATIN = "仿宋", "黑体", "楷体", "Times New Roman"
FALLBACKS = {
    FANGSONG: ("FangSong;仿宋_GB2312;STFangsong;Noto Serif CJK SC;Source Han Serif SC", "roman"),
    HEITI: ("SimHei;STHeiti;Noto Sans CJK SC;Source Han Sans SC", "swiss"),
    KAITI: ("KaiTi;楷体_GB2312;STKaiti;Noto Serif CJK SC", "script"),
}
"""What a machine without the font takes in its place, and what kind of letters they are."""

LEVELS = {1: HEITI, 2: KAITI, 3: FANGSONG}
CAPTION_PT, CONTENTS_PT, CONTENTS_LINE_PT = 10.5, 14.0, 24.0


def set_styles(file: File, paper: Paper) -> None:
    """Set every style that a paper uses."""
    normal = file.styles["Normal"]
    letters = 2 if paper.language == "zh" and paper.indents else 0
    _set_text(normal, paper, letters)
    _set_headings(file, paper, letters)
    _set_titles(file, paper)
    _set_small(file)
    _set_contents(file, paper)


def _set_text(normal: ParagraphStyle, paper: Paper, letters: int) -> None:
    _letter(normal, FANGSONG, paper.letter_pt)
    _space(normal, paper.line_pt)
    normal.paragraph_format.widow_control = True
    if paper.language != "zh":
        normal.paragraph_format.space_after = Pt(paper.letter_pt * 0.4)
    _indent(normal, letters)


def _set_headings(file: File, paper: Paper, letters: int) -> None:
    for level, font in LEVELS.items():
        style = file.styles[f"Heading {level}"]
        is_bold = level == max(LEVELS) or paper.language != "zh"
        _letter(style, font, paper.letter_pt, bold=is_bold)
        form = style.paragraph_format
        form.space_before = Pt(paper.letter_pt * (0.5 if level == 1 else 0.2))
        form.space_after, form.keep_with_next = Pt(0), True
        _indent(style, letters)


def _set_titles(file: File, paper: Paper) -> None:
    title, size_pt = file.styles["Title"], title_size_pt(paper)
    _letter(title, HEITI, size_pt, bold=True)
    _without_border(title)
    _space(title, size_pt * LINE, after_pt=paper.letter_pt * 0.4)
    _centre(title)
    for name, font in (("Subtitle", KAITI), ("Contents Title", HEITI)):
        style = _style(file, name)
        _letter(style, font, paper.letter_pt)
        style.paragraph_format.space_after = Pt(paper.letter_pt * 0.4)
        _centre(style)


def _set_small(file: File) -> None:
    plain = _style(file, "Plain")
    plain.paragraph_format.space_after = Pt(0)
    _indent(plain, 0)
    small = _style(file, "Small")
    _letter(small, FANGSONG, SMALL_PT)
    _space(small, SMALL_PT * LINE)
    _indent(small, 0)
    caption = file.styles["Caption"]
    _letter(caption, HEITI, CAPTION_PT)
    _space(caption, CAPTION_PT * LINE, before_pt=6, after_pt=3)
    caption.paragraph_format.keep_with_next = True
    _centre(caption)


def _set_contents(file: File, paper: Paper) -> None:
    room = A4_CM[0] - paper.margins.left_cm - paper.margins.right_cm
    for level in (1, 2):
        style = _style(file, f"TOC {level}")
        _letter(style, FANGSONG, CONTENTS_PT)
        _space(style, CONTENTS_LINE_PT)
        form = style.paragraph_format
        form.left_indent = Cm(0.8 * (level - 1))
        form.tab_stops.add_tab_stop(Cm(room), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
        _indent(style, 0)


def _space(
    style: ParagraphStyle, line_pt: float, *, before_pt: float = 0, after_pt: float = 0
) -> None:
    """Set the height of lines, which no other font changes, and the space around."""
    form = style.paragraph_format
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line_pt)
    form.space_before, form.space_after = Pt(before_pt), Pt(after_pt)


def _centre(style: ParagraphStyle) -> None:
    style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _indent(style, 0)


def _letter(style: ParagraphStyle, font: str, size_pt: float, *, bold: bool = False) -> None:
    """Letter a style: one font for Chinese, one for Latin letters, black, upright."""
    style.font.name, style.font.size = LATIN, Pt(size_pt)
    style.font.bold, style.font.italic = bold, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        if "Theme" in name or "theme" in name:
            del fonts.attrib[name]  # a theme's font would win over the one that is named
    fonts.set(qn("w:eastAsia"), font)
    fonts.set(qn("w:hAnsi"), LATIN)
    fonts.set(qn("w:cs"), LATIN)


def _indent(style: ParagraphStyle, letters: int) -> None:
    """Indent the first line of a style by so many letters of its own."""
    indent = style.element.get_or_add_pPr().get_or_add_ind()
    for name in ("w:firstLine", "w:firstLineChars"):
        indent.attrib.pop(qn(name), None)
    indent.set(qn("w:firstLineChars"), str(100 * letters))
    size = style.font.size.pt if style.font.size else 16.0
    indent.set(qn("w:firstLine"), str(round(20 * size * letters)))


def _style(file: File, name: str) -> ParagraphStyle:
    """Return a style by its name, made where there is none, that builds on the text's."""
    known = {one.name: one for one in file.styles}
    style: ParagraphStyle = known.get(name) or file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = known["Normal"]
    return style


def _without_border(style: ParagraphStyle) -> None:
    form = style.element.get_or_add_pPr()
    for border in form.findall(qn("w:pBdr")):
        form.remove(border)
