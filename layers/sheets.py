"""Tables leave the house: workbooks and comma-separated files that no spreadsheet runs as formulas.

A workbook says on its last sheet which day and revision its data is from, what it was made
from and whether anything in it is invented; the same mark and day are printed on each page.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from io import BytesIO, StringIO
from math import isfinite
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from geodata.lifecycle import OFFICE_TIME
from geodata.model import Language, Title
from layers.imprint import DEMONSTRATION, Imprint

NOTES = Title("说明", "Notes")
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a text begins that a spreadsheet may run; the wide forms count in Chinese editions."""

HEAD_FILL = PatternFill("solid", fgColor="FFE4E9EE")
MARK_FILL = PatternFill("solid", fgColor="FFFFF6E5")
NARROWEST, WIDEST = 8, 44
MEASURED_ROWS = 200
LONGEST_SHEET_NAME = 31
LONGEST_PAGE_LINE = 250
"""Letters; Excel refuses a header or footer of more than 255."""

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")

_Plain = str | int | float | bool | date | datetime | None


@dataclass(frozen=True)
class Look:
    """How the columns of a table look, by their names; what is not named is found from the cells.

    `widths` are in letters, `formats` are a spreadsheet's own number formats, and the first
    `frozen` columns stay in view beside the head.
    """

    widths: Mapping[str, int] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)
    frozen: int = 0


def render_xlsx(
    sheets: Mapping[str, pd.DataFrame],
    imprint: Imprint,
    language: Language,
    *,
    notes: Iterable[tuple[str, str]] = (),
    look: Look | None = None,
    hides_notes: bool = False,
) -> bytes:
    """Return a workbook: one sheet per frame by its name, in order, and one of notes at the end.

    Numbers stay numbers, days are days, instants are told in the offices' time, and every
    text is a text even where it looks like a formula. The index of a frame is left out.
    `notes` are pairs of name and value that stand after those of the imprint; a workbook
    that is to be filled in and read again hides that sheet.
    """
    book = Workbook()
    book.remove(book.active)
    for name, frame in sheets.items():
        sheet = book.create_sheet(_sheet_name(name))
        _write_table(sheet, frame, look or Look())
        _prepare_print(sheet, name, imprint, language)
    last = book.create_sheet(NOTES.says(language))
    _write_notes(last, imprint, language, notes)
    last.sheet_state = "hidden" if hides_notes else "visible"
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def render_csv(frame: pd.DataFrame) -> bytes:
    """Return a frame as comma-separated values, UTF-8 with the mark that spreadsheets look for.

    Days are written YYYY-MM-DD, numbers in plain digits; a text that looks like a formula
    has an apostrophe before it.
    """
    file = StringIO(newline="")
    lines = csv.writer(file)
    lines.writerow([harmless(str(name)) for name in frame.columns])
    for row in frame.itertuples(index=False, name=None):
        lines.writerow([_csv_text(_plain(value)) for value in row])
    return file.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet runs: with an apostrophe before it where one would.

    >>> harmless("=1+1"), harmless("西固")
    ("'=1+1", '西固')
    """
    cleaned = clean(text)
    return f"'{cleaned}" if _looks_like_formula(cleaned) else cleaned


def clean(text: object) -> str:
    """Return a text without the characters that neither XML nor a workbook may hold."""
    return _NOT_IN_XML.sub("", str(text or ""))


def _looks_like_formula(text: str) -> bool:
    return text.lstrip(" ").startswith(FORMULA_SIGNS)


def _write_table(sheet: Worksheet, frame: pd.DataFrame, look: Look) -> None:
    names = [str(name) for name in frame.columns]
    sheet.append([text_cell(sheet, name) for name in names])
    for row in frame.itertuples(index=False, name=None):
        sheet.append([text_cell(sheet, _plain(value)) for value in row])
    for name, cells in zip(names, sheet.iter_cols(), strict=False):
        head, *body = cells
        head.font, head.fill = Font(bold=True), HEAD_FILL
        head.alignment = Alignment(wrap_text=True, vertical="center")
        width = look.widths.get(name) or _width(cells[:MEASURED_ROWS])
        sheet.column_dimensions[head.column_letter].width = width
        for cell in body:
            if name in look.formats:
                cell.number_format = look.formats[name]
            if isinstance(cell.value, str):
                cell.alignment = Alignment(wrap_text=len(cell.value) > width, vertical="top")
    sheet.freeze_panes = sheet.cell(2, look.frozen + 1)


def _prepare_print(sheet: Worksheet, name: str, imprint: Imprint, language: Language) -> None:
    """Make a sheet ready for paper: across, as wide as the page, with mark, day and revision."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    title = " · ".join((name, *imprint.marks(language)))
    sheet.oddHeader.center.text = _page_line(title)
    sheet.oddFooter.center.text = _page_line(imprint.line(language, is_short=True))


def _write_notes(
    sheet: Worksheet, imprint: Imprint, language: Language, notes: Iterable[tuple[str, str]]
) -> None:
    marks = [(mark, "") for mark in imprint.marks(language)]
    for row in (*marks, *imprint.facts(language), *notes):
        sheet.append([text_cell(sheet, value) for value in row])
    for name, value in sheet.iter_rows():
        name.alignment = value.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 28, 60


def text_cell(sheet: Worksheet, value: _Plain) -> Cell:
    """Return a cell that holds text as text, even where a spreadsheet would see a formula."""
    if not isinstance(value, str):
        return Cell(sheet, value=value)
    cell = Cell(sheet, value=clean(value))
    cell.data_type = "s"
    cell.quotePrefix = _looks_like_formula(value)
    if value in {DEMONSTRATION.zh, DEMONSTRATION.en}:
        cell.fill = MARK_FILL
    return cell


def _plain(value: Any) -> _Plain:
    """Return a value of a frame as a spreadsheet knows it; what is missing is None."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return "；".join(str(one) for one in value)
    if value is None or pd.isna(value):
        return None
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, datetime):
        moment = pd.Timestamp(value).to_pydatetime(warn=False)
        if moment.tzinfo is not None:
            return moment.astimezone(OFFICE_TIME).replace(tzinfo=None)
        return moment.date() if moment.time() == time() else moment
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value if isinstance(value, (bool, int, date)) else str(value)


def _csv_text(value: _Plain) -> str:
    if isinstance(value, str):
        return harmless(value)
    return "" if value is None else str(value)


def _width(cells: Iterable[Cell]) -> int:
    """Return how wide a column must be in letters; Chinese ones count twice."""
    widest = max((_letters(cell.value) for cell in cells), default=0)
    return min(max(widest + 2, NARROWEST), WIDEST)


def _letters(value: object) -> int:
    text = str("" if value is None else value)
    return max(
        (sum(1 + (unicodedata.east_asian_width(one) in "WF") for one in line))
        for line in text.split("\n")
    )


def _sheet_name(name: str) -> str:
    return _NOT_IN_SHEET_NAME.sub(" ", clean(name)).strip(" '")[:LONGEST_SHEET_NAME] or "1"


def _page_line(text: str) -> str:
    """Return a line for the head or foot of a page, where & is a sign of its own."""
    return clean(text).replace("&", "&&")[:LONGEST_PAGE_LINE]
