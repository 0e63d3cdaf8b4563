"""Lists for agencies: every row that comes back is matched rightly or kept aside, nothing lost."""

import csv
import io
import random
from dataclasses import replace
from datetime import UTC, date, datetime

import openpyxl
import pytest
from docx import Document
from hypothesis import assume, example, given
from hypothesis import strategies as st

from geodata.case_sheets import harmless
from geodata.errors import StaleEntry, UnreadableFile
from geodata.journal import open_journal
from layers.agency_letter import DRAFT, render_letter
from layers.agency_lists import (
    AgencyList,
    Decision,
    ListItem,
    Reminder,
    Reply,
    TakenFile,
    code_of,
    codes_in,
    keep_decisions,
    keep_list,
    keep_reminder,
    next_number,
    read_book,
)
from layers.imprint import DEMONSTRATION
from layers.letters import BLANK
from layers.reply_form import (
    ASKED,
    COLUMNS,
    HEAD_ROW,
    KIND_WORDS,
    render_aside,
    render_form,
    render_form_csv,
)
from layers.reply_reading import REASONS, NotAReply, read_replies

NOW = datetime(2025, 12, 17, 8, tzinfo=UTC)
AS_OF = date(2025, 12, 17)
NUMBER, OTHER = "LZ-XG-QD2025-001", "LZ-XG-QD2025-002"
TITLES = {one.id: one.title for one in COLUMNS}
HEADS = tuple(TITLES.values())
PLACES = {one.id: at for at, one in enumerate(COLUMNS)}


def a_list(number=NUMBER, count=5, **more):
    items = tuple(
        ListItem(
            row,
            code_of(number, row, f"river_segments:{row}"),
            f"river_segments:{row}",
            {"found_on": "2025-07-01"},
            {"ref": f"HD-{row}", "name": f"某河段{row}", "township": "某镇", "hazards": "乱堆"},
        )
        for row in range(1, count + 1)
    )
    told = AgencyList(number, "LZ-XG", "西固区水务局", AS_OF, date(2026, 1, 16), items)
    return replace(told, who="王某", **more)


LIST = a_list()
LISTS = {one.number: one for one in (LIST, a_list(OTHER))}
CODES = [one.code for one in LIST.items]


def rows_of(*answers, told=LIST):
    """Return the rows of a form with the answers given, by item in order, as they were sent."""
    rows = []
    for item, answer in zip(told.items, [*answers, *[{}] * len(told.items)], strict=False):
        row = {"row": item.row, "code": item.code, **item.told, **answer}
        rows.append([row.get(one.id, "") for one in COLUMNS])
    return rows


def as_csv(rows, heads=HEADS):
    file = io.StringIO(newline="")
    lines = csv.writer(file)
    lines.writerows([harmless(str(cell)) for cell in row] for row in (heads, *rows))
    return file.getvalue().encode("utf-8-sig")


def read(rows, heads=HEADS, name="答复.csv"):
    return read_replies(name, as_csv(rows, heads), LISTS)


def filled(file, answers, *, sheet="答复表"):
    """Return a form that was opened in a spreadsheet and filled in, by code."""
    book = openpyxl.load_workbook(io.BytesIO(file))
    page = book[sheet]
    for line in page.iter_rows(min_row=HEAD_ROW + 1):
        for name, value in answers.get(line[PLACES["code"]].value, {}).items():
            line[PLACES[name]].value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# ------------------------------------------------------------------------------ the form


def test_a_filled_workbook_comes_back_with_what_was_filled_in():
    file = render_form(LIST, LIST.items, AS_OF)
    answers = {
        CODES[0]: {"kind": "已整改", "day": date(2025, 12, 20), "measures": "已清运"},
        CODES[2]: {"kind": "不属本部门职责", "measures": "应由城管局", "phone": "0931-1234567"},
    }
    got = read_replies("答复表.xlsx", filled(file, answers), LISTS)
    assert [one.code for one in got.rows] == [CODES[0], CODES[2]]
    assert got.rows[0].reply == Reply("rectified", date(2025, 12, 20), "已清运")
    assert got.rows[1].reply == Reply("not_ours", None, "应由城管局", phone="0931-1234567")
    assert got.silent == (CODES[1], *CODES[3:])
    assert got.bad == ()
    assert got.numbers == (NUMBER,)


def test_the_form_has_fixed_choices_locked_cells_and_nothing_hidden():
    book = openpyxl.load_workbook(io.BytesIO(render_form(LIST, LIST.items, AS_OF)))
    page = book["答复表"]
    rules = {str(one.sqref): one for one in page.data_validations.dataValidation}
    assert rules["K3:K7"].formula1 == f'"{",".join(KIND_WORDS.values())}"'
    assert page.protection.sheet
    assert page["B3"].protection.locked
    assert not page["K3"].protection.locked
    assert all(one.sheet_state == "visible" for one in book)
    assert not any(one.hidden for one in page.column_dimensions.values())


def test_an_invented_list_says_so_in_every_file():
    told = a_list(is_demonstration=True)
    book = openpyxl.load_workbook(io.BytesIO(render_form(told, told.items, AS_OF)))
    for page in book:
        assert any(DEMONSTRATION.zh in str(cell.value) for row in page for cell in row)
    assert DEMONSTRATION.zh in render_form_csv(told, told.items, AS_OF).decode("utf-8-sig")
    letter = Document(io.BytesIO(render_letter(told, told.items, "西固区人民检察院", AS_OF)))
    assert any(DEMONSTRATION.zh in one.text for one in letter.paragraphs)


@pytest.mark.parametrize("is_second", [False, True])
def test_a_letter_is_a_draft_without_number_name_and_seal(is_second):
    file = render_letter(LIST, LIST.items[1:], "西固区人民检察院", AS_OF,
                         reply_by=date(2026, 2, 1), is_second=is_second)  # fmt: skip
    paper = Document(io.BytesIO(file))
    lines = [one.text for one in paper.paragraphs]
    assert lines[0] == DRAFT
    assert any(f"{BLANK}〔{BLANK}〕{BLANK}号" == one for one in lines)
    assert any(one == "西固区水务局：" for one in lines)
    assert any("2026年2月1日" in one for one in lines)
    assert any("再次商请" in one for one in lines) == is_second
    assert any("不代替对检察建议书的书面回复" in one for one in lines)
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    assert CODES[1] in cells
    assert CODES[0] not in cells


def test_formulas_in_names_and_replies_are_texts_wherever_they_are_written_again():
    wicked = "=cmd|' /C calc'!A0"
    item = replace(LIST.items[0], told={**LIST.items[0].told, "name": wicked})
    told = replace(LIST, items=(item,), agency=wicked)
    page = openpyxl.load_workbook(io.BytesIO(render_form(told, told.items, AS_OF)))["答复表"]
    assert {cell.data_type for row in page for cell in row} <= {"s", "n"}
    cells = [cell for row in csv.reader(io.StringIO(render_form_csv(told, told.items, AS_OF)
             .decode("utf-8-sig"))) for cell in row]  # fmt: skip
    assert not any(one.startswith(("=", "+", "-", "@")) for one in cells)
    spoiled = ["", "", wicked, *[""] * 7, "已整改", "", wicked, "", "", "@SUM(1)"]
    (bad,) = read([spoiled, *rows_of({"kind": "已整改"})]).bad
    book = openpyxl.load_workbook(io.BytesIO(render_aside([{**bad.told, "said": wicked}])))
    assert {cell.data_type for row in book.active for cell in row} <= {"s", "n"}
    assert wicked in [cell.value for row in book.active for cell in row]


# ------------------------------------------------------------------- whatever was done to it


def test_rows_without_codes_only_are_no_reply_and_other_files_are_refused():
    with pytest.raises(NotAReply):
        read_replies("a.csv", "名称,数量\n甲,1\n".encode(), LISTS)
    with pytest.raises(UnreadableFile):
        read_replies("a.docx", b"PK", LISTS)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"code": ""}, "no_code"),
        ({"code": CODES[0].replace("-01-", "-02-")}, "edited_code"),
        ({"code": "LZ-XG-QD2025-001-01"}, "edited_code"),
        ({"code": f"{CODES[0]} {CODES[1]}"}, "several_codes"),
        ({"code": code_of("LZ-XG-QD2025-099", 1, "x:1")}, "other_list"),
        ({"ref": "HD-2", "name": "某河段2"}, "mixed_row"),
        ({"ref": "", "name": "某河段3"}, "mixed_row"),
        ({"kind": ""}, "kind_missing"),
        ({"kind": "再说"}, "kind_unknown"),
        ({"day": "月底"}, "day_unreadable"),
        ({"day": "2026-02-30"}, "day_unreadable"),
        ({"remark": "长" * 2001}, "too_long"),
    ],
)
def test_a_row_that_is_not_understood_is_kept_aside_with_its_cells_and_why(answer, reason):
    reply = {"kind": "整改中", "day": "2026-01-31", "measures": "分期", "remark": "某"}
    others = {"kind": "已整改"}
    got = read(rows_of({**reply, **answer}, others))
    assert reason in REASONS
    (bad,) = got.bad
    assert bad.reasons == (reason,)
    assert ("整改措施或理由", "分期") in bad.cells
    assert [one.code for one in got.rows] == [CODES[1]]


def test_a_row_kept_aside_is_mended_and_put_in_again():
    got = read(rows_of({"kind": "好的", "measures": "分期"}, {"kind": "已整改"}))
    said = {**got.bad[0].told, "said": "答复类别不认识"}
    book = openpyxl.load_workbook(io.BytesIO(render_aside([said])))
    heads = [cell.value for cell in book.active[1]]
    book.active.cell(2, heads.index(TITLES["kind"]) + 1).value = "整改中"
    file = io.BytesIO()
    book.save(file)
    again = read_replies("需改正.xlsx", file.getvalue(), LISTS)
    assert again.bad == ()
    (row,) = again.rows
    assert (row.code, row.reply) == (CODES[0], Reply("rectifying", measures="分期"))


def test_rows_that_say_the_same_count_once_and_those_that_differ_are_kept_aside():
    first, second, *_ = rows_of({"kind": "已整改"}, {"kind": "整改中"})
    same = read([first, first, second])
    assert [one.code for one in same.rows] == CODES[:2]
    assert same.repeated == (CODES[0],)
    other = list(first)
    other[PLACES["kind"]] = "无法整改"
    differing = read([first, other, second])
    assert [one.reasons for one in differing.bad] == [("double",), ("double",)]
    assert [one.code for one in differing.rows] == [CODES[1]]


def test_a_file_without_headings_and_one_below_titles_are_read():
    rows = rows_of(
        {"kind": "已整改", "day": "2025年12月1日", "measures": "已清"}, {"kind": "整改中"}
    )
    bare = as_csv(rows[1:], heads=rows[0])
    below = as_csv([[], list(TITLES.values()), *rows], heads=["西固区水务局答复"])
    for content in (bare, below):
        got = read_replies("a.csv", content, LISTS)
        assert [one.code for one in got.rows] == CODES[:2]
        assert got.rows[0].reply == Reply("rectified", date(2025, 12, 1), "已清")


def test_cells_of_ours_that_came_back_otherwise_are_told_and_further_columns_stay():
    rows = [
        [*one, f"附{at}"]
        for at, one in enumerate(rows_of({"kind": "情况不实", "name": "某河段一"}))
    ]
    got = read(rows[:1], heads=[*TITLES.values(), "责任科室"])
    (row,) = got.rows
    assert row.changed == (("name", "某河段1", "某河段一"),)
    assert row.reply.more == (("责任科室", "附0"),)
    assert got.unknown == ("责任科室",)


def test_codes_are_recognised_in_wide_letters_small_ones_and_with_other_dashes():
    code = CODES[0]
    for told in (code.lower(), code.replace("-", "–"), f" {code} ", code.replace("Q", "Ｑ")):
        assert codes_in(told) == ((code, NUMBER),)
    assert codes_in(code[:-1]) == ()


words = st.text("已整改中甲乙 ，。=+-@'\"\n;1年", max_size=12)
kinds = st.sampled_from([*KIND_WORDS.values(), "", "再说"])
days = st.sampled_from(["", "2026-01-31", "2026年1月31日", "46053", "月底"])
answers = st.fixed_dictionaries(
    {"kind": kinds, "day": days, "measures": words, "contact": words, "remark": words}
)
HEADINGS = {
    "code": ["条目编码（请勿改动）", "编号2", "识别码", ""],
    "ref": ["隐患编号", "点位号"],
    "kind": ["答复类别（请选）", "答复类别", "办理结果", "第十一栏"],
    "measures": ["整改措施或理由", "措施", "第十三栏"],
    "name": ["名称", "点位名称"],
}


mishaps = st.tuples(st.integers(0, 4), st.sampled_from(["drop", "double", "edit", "blank"]))


def spoil(rows, happened, chance):
    """Drop, double and edit rows of a form, as people do."""
    for at, mishap in happened:
        place = at % len(rows)
        row = rows[place]
        if mishap == "drop" and len(rows) > 1:
            del rows[place]
        elif mishap == "double":
            rows.append([*row[:-1], row[-1] + "再"])
        elif mishap in {"edit", "blank"}:
            code = "" if mishap == "blank" else chance.choice(CODES)[:-1]
            rows[place] = [*row[:1], code, *row[2:]]


def is_kept(text, reply):
    """Return whether the words of a cell stand in a reply, wherever it keeps them."""
    plain = " ".join(text.split())
    words_ = [reply.measures, reply.contact, reply.phone, reply.remark]
    words_ += [told for _, told in reply.more]
    return not plain or any(plain in " ".join(one.split()) for one in words_)


@given(
    st.lists(answers, min_size=5, max_size=5),
    st.fixed_dictionaries({name: st.sampled_from(some) for name, some in HEADINGS.items()}),
    st.lists(mishaps, max_size=3),
    st.integers(0, 10**6),
)
@example([{"kind": "已整改", "day": "", "measures": "=1", "contact": "", "remark": ""}] * 5,
         {"code": "", "ref": "点位号", "kind": "第十一栏", "measures": "措施", "name": "名称"},
         [], 3)  # fmt: skip
def test_every_row_is_matched_rightly_or_kept_aside_and_none_is_lost(told, heads, happened, seed):
    """Rows and columns shuffled, columns renamed, cells edited, rows doubled or gone."""
    rows = [[str(cell) for cell in row] for row in rows_of(*told)]
    chance = random.Random(seed)  # noqa: S311 - draws a file
    spoil(rows, happened, chance)
    assume(any(codes_in(row[PLACES["code"]]) for row in rows))
    titles = [heads.get(one.id, one.title) for one in COLUMNS]
    order = list(range(len(COLUMNS)))
    if seed % 3:
        chance.shuffle(rows)
        chance.shuffle(order)
    content = as_csv([[row[at] for at in order] for row in rows], [titles[at] for at in order])
    got = read_replies("a.csv", content, LISTS)
    assert len(got.rows) + len(got.bad) + len(got.silent) + len(got.repeated) == len(rows)
    sent = {row[PLACES["code"]]: row for row in rows}
    for one in got.rows:
        row = sent[one.code]  # the code is the one that the row bore, letter for letter
        assert KIND_WORDS[one.reply.kind] == row[PLACES["kind"]]
        assert is_kept(row[PLACES["measures"]], one.reply)
        assert is_kept(row[PLACES["contact"]], one.reply)
    for one in got.bad:
        assert {row[PLACES["name"]] for row in rows} & {text for _, text in one.cells}


# ----------------------------------------------------------------------------- the journal


@pytest.fixture(params=["memory", "sqlite"])
def journal(request, tmp_path):
    urls = {"memory": "memory:", "sqlite": f"sqlite:{tmp_path / 'j.sqlite'}"}
    return open_journal(urls[request.param])


REPLY = Reply("rectifying", date(2026, 1, 31), "分期", more=(("科室", "河道科"),))


def decided(code=CODES[0], reply=REPLY, choice="take", seen=0, **more):
    told = Decision(code, choice, reply, reply, file="a.xlsx", sha256="a" * 64, row=3, seen=seen)
    return replace(told, who="李某", at=NOW, **more)


def a_file(sha="a" * 64, bad=()):
    return TakenFile(NUMBER, "a.xlsx", sha, 5, bad, "李某", NOW)


def test_a_list_comes_back_from_the_journal_as_it_was_made(journal):
    keep_list(journal, LIST, NOW)
    assert read_book(journal).lists == {NUMBER: LIST}
    assert next_number(journal, "LZ-XG", AS_OF) == OTHER
    assert next_number(journal, "LZ-CG", AS_OF) == "LZ-CG-QD2025-001"
    with pytest.raises(StaleEntry):
        keep_list(journal, replace(LIST, agency="某局"), NOW)
    assert journal.damage() == ()


def test_replies_are_taken_once_and_an_item_stands_by_the_last_decision(journal):
    keep_list(journal, LIST, NOW)
    asked = decided(CODES[1], choice="again", why="请补充")
    bad = ({"sheet": "", "row": 9, "cells": [["名称", "甲"]], "reasons": ["no_code"], "code": ""},)
    assert keep_decisions(journal, LISTS, [decided(), asked], [a_file(bad=bad)]) == 2
    head = journal.head()
    again = [decided(seen=1), replace(asked, seen=1)]
    assert keep_decisions(journal, LISTS, again, [a_file(bad=bad)]) == 0
    assert journal.head() == head
    book = read_book(journal)
    first, second, third, *_ = book.standings(NUMBER, date(2026, 1, 17))
    assert (first.state, first.taken.reply, first.is_overdue) == ("taken", REPLY, False)
    assert (second.state, second.taken, second.is_overdue) == ("again", None, True)
    assert (third.state, third.has_replied, third.is_overdue) == ("open", False, True)
    assert not any(one.is_overdue for one in book.standings(NUMBER, date(2026, 1, 16)))
    (kept,) = book.files[NUMBER]
    assert kept.bad == bad


def test_a_decision_on_an_item_that_somebody_decided_meanwhile_is_refused_with_all_others(journal):
    keep_list(journal, LIST, NOW)
    keep_decisions(journal, LISTS, [decided()], [a_file()])
    head = journal.head()
    late = decided(reply=Reply("cannot"), seen=0)
    with pytest.raises(StaleEntry):
        keep_decisions(journal, LISTS, [decided(CODES[1]), late], [a_file("b" * 64)])
    assert journal.head() == head
    assert keep_decisions(journal, LISTS, [replace(late, seen=1)], [a_file("b" * 64)]) == 1


def test_who_is_asked_again_is_overdue_from_the_new_day_on(journal):
    keep_list(journal, LIST, NOW)
    told = Reminder(NUMBER, tuple(CODES[:2]), date(2026, 2, 1), "李某", NOW)
    with pytest.raises(StaleEntry):
        keep_reminder(journal, told, "LZ-XG", seen=2)
    keep_reminder(journal, told, "LZ-XG", seen=1)
    late = [one.is_overdue for one in read_book(journal).standings(NUMBER, date(2026, 1, 20))]
    assert late == [False, False, True, True, True]


def test_every_asked_column_is_one_that_a_reply_keeps():
    assert set(ASKED) == {"kind", "day", "measures", "contact", "phone", "remark"}
