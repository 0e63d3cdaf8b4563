"""Tables of cases as files: workbooks, comma-separated text, and the two of them in an archive.

What is read keeps the headings and the row numbers of the file; what is written is run by no
spreadsheet as a formula and comes back as it was.
"""

import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Font, PatternFill

from geodata.errors import UnreadableFile
from geodata.readers import RawTable, read_table

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".zip")
"""The endings of files that hold tables of cases."""

FORMULA = re.compile(r"'*[ ]*[=+\-@\t\r\n＝＋－＠]")
"""How a text begins that a spreadsheet may run, apostrophes before it included."""

HEAD_FILL = PatternFill("solid", fgColor="FFE4E9EE")
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
WIDEST = 44


@dataclass(frozen=True)
class Sheet:
    """One table: its name, its headings, and its rows with their numbers in the file."""

    name: str
    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Any, ...]], ...] = ()


def read_sheets(name: str, content: bytes, encoding: str | None = None) -> tuple[Sheet, ...]:
    """Return every table in a file of this name; raise UnreadableFile with a reason.

    Text is UTF-8 with or without mark, UTF-16 or GB18030, unless an encoding is given.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / f"cases{Path(name).suffix.casefold()}"
        file.write_bytes(content)
        try:
            return (_sheet(read_table(file, encoding=encoding, source_name=name)),)
        except UnreadableFile as several:
            if several.facts.get("reason") != "layer_choice":
                raise
            choice = str(several.facts["layers"]).split(", ")
        found = (_read_one(file, one, name, encoding) for one in choice)
        return tuple(one for one in found if one is not None)


def render_workbook(sheets: Sequence[Sheet]) -> bytes:
    """Return the tables as a workbook: days are days, every text is a text."""
    book = Workbook()
    book.remove(book.active)
    for table in sheets:
        sheet = book.create_sheet(table.name[:31])
        for row in (table.headings, *(cells for _, cells in table.rows)):
            sheet.append([_cell(sheet, value) for value in row])
        for column in sheet.iter_cols():
            column[0].font, column[0].fill = Font(bold=True), HEAD_FILL
            longest = max(len(str(one.value or "")) for one in column[:100])
            sheet.column_dimensions[column[0].column_letter].width = min(2 * longest + 2, WIDEST)
        sheet.freeze_panes = "B2"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def render_csv(sheet: Sheet) -> bytes:
    """Return one table as comma-separated text, UTF-8 with the mark that spreadsheets look for."""
    file = io.StringIO(newline="")
    lines = csv.writer(file)
    for row in (sheet.headings, *(cells for _, cells in sheet.rows)):
        lines.writerow([harmless(text_of(value)) for value in row])
    return file.getvalue().encode("utf-8-sig")


def render_archive(sheets: Sequence[Sheet]) -> bytes:
    """Return the tables as comma-separated texts in one archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for sheet in sheets:
            archive.writestr(f"{sheet.name}.csv", render_csv(sheet))
    return file.getvalue()


def text_of(value: Any) -> str:
    """Return a cell as text: whole numbers without a point, days as YYYY-MM-DD, blank for none.

    >>> text_of(3.0), text_of(date(2026, 1, 5)), text_of(None)
    ('3', '2026-01-05', '')
    """
    if value is None or value != value:  # noqa: PLR0124 - what is missing equals nothing
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def harmless(text: str) -> str:
    """Return a text that no spreadsheet runs; `restored` gives it back as it was.

    >>> harmless("=1+1"), restored(harmless("'=1")), harmless("西固")
    ("'=1+1", "'=1", '西固')
    """
    return f"'{text}" if FORMULA.match(text) else text


def restored(text: str) -> str:
    """Return a text as it was before it was made harmless."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def _read_one(file: Path, layer: str, name: str, encoding: str | None) -> Sheet | None:
    """Return one of several tables; one that holds headings alone is as good as none."""
    try:
        return _sheet(read_table(file, layer=layer, encoding=encoding, source_name=name))
    except UnreadableFile as refused:
        if refused.facts.get("reason") == "no_rows":
            return None
        raise


def _sheet(table: RawTable) -> Sheet:
    columns = [table.frame[name].tolist() for name in table.columns]
    is_text = table.format != "xlsx"
    rows = (
        (int(number), tuple(restored(text_of(one)) if is_text else one for one in cells))
        for number, *cells in zip(table.frame.index.tolist(), *columns, strict=True)
    )
    return Sheet(table.layer, table.columns, tuple(rows))


def _cell(sheet: Any, value: Any) -> Any:
    """Return a cell that holds text as text, even where a spreadsheet would see a formula."""
    if isinstance(value, str):
        cell = Cell(sheet, value=NOT_IN_XML.sub("", value))
        cell.data_type = "s"
        cell.quotePrefix = FORMULA.match(value) is not None
        return cell
    cell = Cell(sheet, value=value)
    if isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
    return cell
