"""The draft of a lead's transfer says what was found, leaves blanks blank, and opens as DOCX."""

import io
import zipfile

import pytest
from docx import Document

from layers.catalog import find_rule
from layers.transfer_notice import BLANK, DRAFT, TITLE, draft_notice, render_docx
from layers.upstream import look_upstream
from tests.layers.valley import box, line, rows_of, run_rule

LINE = {"id": "L", "river": "甲河", "flow": "as_drawn", "accuracy_m": 10}
LINE |= {"place": line((0, 0), (10_000, 0))}
BORDER = {
    "id": "B",
    "jurisdiction": "LZ-YD",
    "other_office": "外地:某县人民检察院",
    "place": line((0, -500), (0, 500)),
}
DUTY = {"id": "D", "river": "甲河", "role": "township", "body": "某乡政府"}
WORK = {"id": "W", "name": "某处料堆", "disorder": "pile", "accuracy_m": 1}
RULE = find_rule("works_in_river_zone")


def run(east):
    place = box(east, 50, east + 40, 90)
    lists = {"river_works": [WORK | {"place": place}], "river_lines": [LINE]}
    return run_rule(RULE.id, lists | {"river_boundaries": [BORDER], "river_duties": [DUTY]})


def draft(east=300, **more):
    found = run(east)
    return draft_notice(found.findings[0], RULE, found.numbers, **more)


def words(notice):
    paper = Document(io.BytesIO(render_docx(notice)))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return [line.text for line in paper.paragraphs], cells


def test_the_draft_goes_from_the_office_of_the_finding_to_the_neighbour_it_names():
    lines, cells = words(draft())
    assert lines[0] == DRAFT
    assert "永登县人民检察院" in lines
    assert "某县人民检察院：" in lines
    assert TITLE in lines
    assert any("第二十六条" in one and "应当受理" in one for one in lines)
    assert any("疑似“乱堆”" in one for one in lines)
    assert not any("外地:" in one for one in (*lines, *cells))
    assert "K0+320" in cells
    assert "W" in cells


def test_what_nobody_has_said_stays_a_blank():
    lines, _ = words(draft(east=5000))
    assert f"{BLANK}：" in lines
    assert f"{BLANK}〔{BLANK}〕{BLANK}号" in lines
    assert f"（院印）{BLANK}年{BLANK}月{BLANK}日" in lines
    assert f"　　承办人：{BLANK}　　联系电话：{BLANK}" in lines
    assert any(f"来源：{BLANK}" in one and f"理由：{BLANK}" in one for one in lines)


def test_an_office_that_is_given_goes_before_the_one_that_is_found():
    assert draft(to_office="LZ-HG").to_office == "兰州市红古区人民检察院"


def test_no_verdict_and_the_demonstration_is_marked():
    notice = draft()
    lines, _ = words(notice)
    assert notice.is_demonstration
    assert any("虚构" in one for one in lines)
    assert any("不是对违法事实的认定" in one for one in lines)
    assert any("待核" in one for one in notice.articles)


def test_the_bodies_upstream_stand_in_it_in_order():
    found = run(300)
    at = found.findings[0]
    told = look_upstream(
        rows_of("river_lines", LINE), at.lon, at.lat, rows_of("river_duties", DUTY)
    )
    lines, _ = words(draft_notice(at, RULE, found.numbers, upstream=told))
    assert any("乡镇政府某乡政府" in one for one in lines)


def test_the_same_notice_gives_the_same_bytes_and_they_are_whole():
    once, again = render_docx(draft()), render_docx(draft())
    assert once == again
    assert zipfile.ZipFile(io.BytesIO(once)).testzip() is None


@pytest.mark.parametrize("rule", ["works_in_river_zone", "ledger_in_river_zone"])
def test_every_fact_that_a_rule_may_state_has_a_name_to_stand_under(rule):
    assert all(one.title.zh for one in find_rule(rule).facts)
