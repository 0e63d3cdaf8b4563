"""The file that goes to an agency and comes back: a list of hazards with places for its reply.

A workbook with fixed choices where a reply is to be picked, locked where nothing is to be
changed, and nothing hidden; the same as comma-separated values; rows that could not be taken, to
be mended. Files are Chinese, as their readers are.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from layers.agency_lists import AgencyList, ListItem, ReplyKind
from layers.imprint import DATA_DATE, DEMONSTRATION
from layers.sheets import HEAD_FILL, MARK_FILL, render_csv, text_cell

FILL, ABOUT, ASIDE = "答复表", "填写说明", "需改正的行"
REASON, FILE_ROW, SAID = "未采用原因（系统注）", "原文件行号（系统注）", "清单说明"

KIND_WORDS: Mapping[ReplyKind, str] = {
    "rectified": "已整改",
    "partly": "部分整改",
    "rectifying": "整改中",
    "cannot": "无法整改",
    "not_ours": "不属本部门职责",
    "not_so": "情况不实",
}


@dataclass(frozen=True)
class FormColumn:
    """One column of the form; `is_asked` columns are for the agency to fill in."""

    id: str
    title: str
    width: int
    is_asked: bool = False


COLUMNS: tuple[FormColumn, ...] = (
    FormColumn("row", "序号", 6),
    FormColumn("code", "条目编码（请勿改动）", 30),
    FormColumn("ref", "隐患编号", 16),
    FormColumn("layer", "领域", 14),
    FormColumn("name", "名称", 26),
    FormColumn("township", "乡镇街道", 12),
    FormColumn("place", "位置", 26),
    FormColumn("hazards", "隐患情况", 30),
    FormColumn("found_on", "发现日期", 12),
    FormColumn("now", "我院掌握的现状", 24),
    FormColumn("kind", "答复类别（请选）", 16, is_asked=True),
    FormColumn("day", "完成或计划完成日期", 14, is_asked=True),
    FormColumn("measures", "整改措施或理由", 36, is_asked=True),
    FormColumn("contact", "经办人", 12, is_asked=True),
    FormColumn("phone", "办公电话", 16, is_asked=True),
    FormColumn("remark", "备注", 24, is_asked=True),
)
TOLD = ("ref", "layer", "name", "township", "place", "hazards", "found_on", "now")
"""What the office tells of each item, besides its place in the list and its code."""

ASKED = tuple(one.id for one in COLUMNS if one.is_asked)
ASK_FILL = PatternFill("solid", fgColor="FFF3F8E8")
THIN = Side(style="thin", color="FFB8C2CC")
LINES = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
HEAD_ROW = 2

GUIDE: tuple[str, ...] = (
    "1. 请在“答复表”的浅绿色栏目内填写；其余栏目已锁定，请勿改动。",
    "2. “条目编码”是识别每一行的依据：可以排序、筛选、复制到其他表格，但请保留并勿改编码。",
    "3. “答复类别”请从下拉框中选择：",
    "4. “完成或计划完成日期”写年月日，例如 2026-01-31：已整改的写完成日期，整改中的写计划日期。",
    "5. 选“无法整改”“不属本部门职责”“情况不实”的，请写明理由；属其他部门职责的，请写明部门。",
    "6. 可以只答复一部分，其余留空，以后用同一份表补充；不要删去行。",
    "7. 填好后把本文件（XLSX 或 CSV）发回即可，不需要账号。检察院逐条核对后采用。",
    "8. 答复不等于整改到位，整改到位须经现场核实；本表不代替对检察建议书的书面回复。",
)
KIND_GUIDE: Mapping[ReplyKind, str] = {
    "rectified": "认为已经整改完毕",
    "partly": "部分已整改，其余在整改",
    "rectifying": "已安排，尚未完成",
    "cannot": "因客观原因不能整改，请写明理由",
    "not_ours": "不属本部门职责，请写明应由哪个部门负责",
    "not_so": "隐患不存在或描述与实际不符，请写明情况",
}


def form_rows(items: Sequence[ListItem]) -> list[dict[str, Any]]:
    """Return the rows of a form as they go out, by the ids of its columns; asked ones are blank."""
    return [
        {"row": one.row, "code": one.code, **{name: one.told.get(name, "") for name in TOLD}}
        | dict.fromkeys(ASKED, "")
        for one in items
    ]


def render_form(told: AgencyList, items: Sequence[ListItem], as_of: date) -> bytes:
    """Return the form for some items of a list as a workbook of two sheets, none of them hidden."""
    book = Workbook()
    sheet = book.active
    sheet.title = FILL
    _write_title(sheet, told, as_of)
    _write_rows(sheet, form_rows(items))
    _limit_choices(sheet, len(items))
    _protect(sheet)
    _print_wide(sheet, told)
    _write_guide(book.create_sheet(ABOUT), told, as_of)
    book.properties.creator, book.properties.lastModifiedBy = "", ""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def render_form_csv(told: AgencyList, items: Sequence[ListItem], as_of: date) -> bytes:
    """Return the form for some items as comma-separated values; the list is named in each row."""
    titles = {one.id: one.title for one in COLUMNS}
    frame = pd.DataFrame(form_rows(items), columns=list(titles), dtype=object)
    frame[SAID] = _notes(told, as_of)
    return render_csv(frame.rename(columns=titles))


def render_aside(rows: Sequence[Mapping[str, Any]], language_notes: Sequence[str] = ()) -> bytes:
    """Return rows that were not taken as a workbook: their own cells, and why.

    `rows` hold `cells` (pairs of heading and text), `row` (its number in the file) and `said`
    (the reasons in words). Headings keep the order in which they come first.
    """
    heads = list(dict.fromkeys(name for one in rows for name, _ in one["cells"]))
    heads = [one for one in heads if one not in {REASON, FILE_ROW}]
    book = Workbook()
    sheet = book.active
    sheet.title = ASIDE
    sheet.append([text_cell(sheet, one) for one in (*heads, FILE_ROW, REASON)])
    for one in rows:
        cells = dict(one["cells"])
        told = [*(cells.get(name, "") for name in heads), str(one["row"]), one["said"]]
        sheet.append([text_cell(sheet, value or None) for value in told])
    for place, cells in enumerate(sheet.iter_cols(), start=1):
        cells[0].font, cells[0].fill = Font(bold=True), HEAD_FILL
        sheet.column_dimensions[get_column_letter(place)].width = 20
    for note in language_notes:
        sheet.append([text_cell(sheet, note)])
    book.properties.creator, book.properties.lastModifiedBy = "", ""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


# --------------------------------------------------------------------------------- pieces


def _notes(told: AgencyList, as_of: date) -> str:
    parts = [told.number, f"请于 {told.reply_by.isoformat()} 前答复"]
    parts += [f"{DATA_DATE.zh}：{as_of.isoformat()}"]
    parts += [DEMONSTRATION.zh] if told.is_demonstration else []
    return "　".join(parts)


def _write_title(sheet: Worksheet, told: AgencyList, as_of: date) -> None:
    cell = text_cell(sheet, f"隐患清单答复表　致：{told.agency}　{_notes(told, as_of)}")
    cell.font, cell.alignment = Font(bold=True, size=12), Alignment(vertical="center")
    if told.is_demonstration:
        cell.fill = MARK_FILL
    sheet.append([cell])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(COLUMNS))
    sheet.row_dimensions[1].height = 26


def _write_rows(sheet: Worksheet, rows: Iterable[Mapping[str, Any]]) -> None:
    sheet.append([text_cell(sheet, one.title) for one in COLUMNS])
    for one in rows:
        sheet.append([text_cell(sheet, one[column.id] or None) for column in COLUMNS])
    for place, column in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
        for at, cell in enumerate(sheet[get_column_letter(place)][HEAD_ROW - 1 :]):
            cell.border = LINES
            cell.alignment = Alignment(wrap_text=True, vertical="center" if at == 0 else "top")
            if at == 0:
                cell.font, cell.fill = Font(bold=True), HEAD_FILL
            if column.is_asked:
                cell.fill = ASK_FILL
                cell.protection = Protection(locked=at == 0)
            if at and column.id == "day":
                cell.number_format = "yyyy-mm-dd"
            if at and column.id == "phone":
                cell.number_format = "@"
    sheet.freeze_panes = sheet.cell(HEAD_ROW + 1, 3)


def _limit_choices(sheet: Worksheet, count: int) -> None:
    """Let a reply be picked from the six kinds, and a day be a day; a note says so."""
    letters = {one.id: get_column_letter(at) for at, one in enumerate(COLUMNS, start=1)}
    last = HEAD_ROW + max(count, 1)
    choices = DataValidation(
        type="list", formula1=f'"{",".join(KIND_WORDS.values())}"', allow_blank=True
    )
    choices.errorTitle, choices.error = "答复类别", "请从下拉框中选择"
    choices.showErrorMessage = True
    days = DataValidation(type="date", operator="greaterThan", formula1="36526", allow_blank=True)
    days.errorTitle, days.error = "日期", "请写年月日，例如 2026-01-31"
    days.showErrorMessage = True
    for name, rule in (("kind", choices), ("day", days)):
        sheet.add_data_validation(rule)
        rule.add(f"{letters[name]}{HEAD_ROW + 1}:{letters[name]}{last}")


def _protect(sheet: Worksheet) -> None:
    """Lock what is not to be changed, without a password: it guards against slips alone."""
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False
    sheet.protection.sort = sheet.protection.autoFilter = False


def _print_wide(sheet: Worksheet, told: AgencyList) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    mark = f"{DEMONSTRATION.zh}　" if told.is_demonstration else ""
    sheet.oddFooter.center.text = f"{mark}{told.number}　&P / &N"


def _write_guide(sheet: Worksheet, told: AgencyList, as_of: date) -> None:
    lines = [f"清单编号 {told.number}　共 {len(told.items)} 条", _notes(told, as_of), ""]
    for one in GUIDE:
        lines.append(one)
        if one.startswith("3."):
            lines += [f"　　{word}：{KIND_GUIDE[kind]}" for kind, word in KIND_WORDS.items()]
    for line in lines:
        sheet.append([text_cell(sheet, line)])
    sheet.column_dimensions["A"].width = 96
    for (cell,) in sheet.iter_rows():
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.protection.sheet = True
