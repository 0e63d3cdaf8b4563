"""Tables as workbooks and comma-separated files, read back with other people's readers."""

import csv
from datetime import UTC, date, datetime
from io import BytesIO, StringIO

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from geodata.city import open_city
from layers.imprint import DEMONSTRATION, imprint_of
from layers.sheets import FORMULA_SIGNS, Look, clean, harmless, render_csv, render_xlsx

IMPRINT = imprint_of(open_city(), date(2025, 12, 17), "abc123", is_demonstration=True)
TRICKY = ["=1+1", "+86 931", "-1层停车场", "@SUM(A1)", '=HYPERLINK("x")', "\t=1", " =1+1", "＝1"]


def opened(frames, **more):
    return load_workbook(BytesIO(render_xlsx(frames, IMPRINT, "zh", **more)))


def lines_of(frame):
    text = render_csv(frame).decode("utf-8-sig")
    return list(csv.reader(StringIO(text, newline="")))


def test_every_frame_is_a_sheet_by_its_name_and_the_notes_come_last():
    book = opened({"期限": pd.DataFrame({"案号": ["甲"]}), "线索": pd.DataFrame({"案号": []})})
    assert book.sheetnames == ["期限", "线索", "说明"]
    assert book.worksheets[0]["A1"].font.bold


def test_the_notes_say_the_mark_the_day_the_revision_the_sources_and_what_else_is_told():
    notes = opened({"一": pd.DataFrame({"案号": ["甲"]})}, notes=[("筛选", "西固")])["说明"]
    told = [(name.value, value.value) for name, value in notes.iter_rows()]
    assert (DEMONSTRATION.zh, None) in [(name, value or None) for name, value in told]
    assert ("数据日期", "2025-12-17") in told
    assert ("数据版本", "abc123") in told
    assert told[-1] == ("筛选", "西固")
    assert any(name == "资料来源" for name, _ in told)


def test_the_mark_and_the_day_are_on_every_printed_page():
    sheet = opened({"期限 A&B": pd.DataFrame({"案号": ["甲"]})}).worksheets[0]
    assert DEMONSTRATION.zh in sheet.oddHeader.center.text
    assert "A&&B" in sheet.oddHeader.center.text
    assert "2025-12-17" in sheet.oddFooter.center.text


def test_numbers_days_and_instants_stay_what_they_are():
    frame = pd.DataFrame(
        {
            "数": [-3, 4],
            "比": [-0.5, np.nan],
            "日": [date(2025, 12, 17), None],
            "时": pd.to_datetime(["2025-12-17", None]),
            "刻": [datetime(2025, 12, 17, 1, 2, tzinfo=UTC), pd.NaT],
        }
    )
    first, second = opened({"一": frame}).worksheets[0].iter_rows(min_row=2, values_only=True)
    assert first[:2] == (-3, -0.5)
    assert [one.date() for one in first[2:4]] == [date(2025, 12, 17)] * 2
    assert first[4] == datetime(2025, 12, 17, 9, 2)  # noqa: DTZ001 (a workbook knows no zones)
    assert second == (4, None, None, None, None)
    assert lines_of(frame)[1] == ["-3", "-0.5", "2025-12-17", "2025-12-17", "2025-12-17 09:02:00"]


@pytest.mark.parametrize("text", TRICKY)
def test_a_text_that_looks_like_a_formula_stays_a_text(text):
    cell = opened({"一": pd.DataFrame({text: [text]})}).worksheets[0]["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)
    assert lines_of(pd.DataFrame({text: [text]})) == [[f"'{text}"], [f"'{text}"]]


@given(st.text())
def test_no_harmless_text_begins_like_a_formula_and_none_loses_a_letter(text):
    made = harmless(text)
    assert not made.lstrip(" ").startswith(FORMULA_SIGNS)
    assert made.endswith(clean(text))


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1, max_size=5))
def test_a_csv_read_back_has_the_texts_that_were_written(texts):
    frame = pd.DataFrame({"一": pd.Series(texts, dtype=object), "二": "x"})
    assert [line[0] for line in lines_of(frame)[1:]] == [harmless(one) for one in texts]


def test_a_csv_begins_with_the_mark_that_spreadsheets_look_for():
    assert render_csv(pd.DataFrame({"案号": ["甲"]})).startswith(b"\xef\xbb\xbf")


def test_letters_that_no_workbook_may_hold_are_left_out_of_cells_and_of_sheet_names():
    book = opened({"期限[1]/二" * 9: pd.DataFrame({"案号": ["站\x0b\x00台"]})})
    assert book.worksheets[0]["A2"].value == "站台"
    assert len(book.sheetnames[0]) <= 31


def test_columns_are_as_wide_as_their_texts_and_as_they_are_told():
    frame = pd.DataFrame({"短": ["一"], "长": ["字" * 15], "定": ["x"], "数": [1.5]})
    look = Look(widths={"定": 33}, formats={"数": "0.000"}, frozen=1)
    sheet = opened({"一": frame}, look=look).worksheets[0]
    widths = [sheet.column_dimensions[letter].width for letter in "ABC"]
    assert widths == [8, 32, 33]
    assert sheet["D2"].number_format == "0.000"
    assert sheet.freeze_panes == "B2"
