"""Papers say what the record holds, each number counted a second way, and files open as written."""

import ast
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
import streamlit as st
from docx import Document
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as some
from pypdf import PdfReader

from dashboard import reads
from dashboard.desks import documents as documents_desk
from dashboard.naming import Naming
from dashboard.reports import yearly
from dashboard.reports.blocks import Gap, Heading, Paper, Para, Picture, Table
from dashboard.reports.brief import draft_brief, page_share
from dashboard.reports.docx import render_docx
from dashboard.reports.room import fitting, table_pt
from dashboard.text import all_words
from geodata import Title, load_rule_set, open_city
from geodata.lifecycle import in_effect
from geodata.sample import SAMPLE_ON, sample_cases
from layers.catalog import all_layers
from layers.disclosure import check_export, context_for
from layers.imprint import imprint_of

YEAR = (date(2025, 1, 1), date(2025, 12, 31))
CITY = open_city()
RULES = load_rule_set()
WHOLE = ""
OFFICES = (WHOLE, "LZ-XG", "LZ-YZ")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@pytest.fixture(scope="module")
def state(sample):
    """The demonstration as it is seen from its own day; nobody here writes to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIM_DATA_FOLDER", str(sample))
        st.cache_resource.clear()
        yield reads.data_state()
        st.cache_resource.clear()


@pytest.fixture(scope="module")
def summaries(state):
    """The yearly summary of the city and of two offices, in Chinese."""
    return {
        office: documents_desk.yearly_paper(
            office, YEAR, state, "zh", documents_desk.typical_at_first(office, YEAR, state)
        )
        for office in OFFICES
    }


@pytest.fixture(scope="module")
def file(summaries):
    """The summary of one office as it is written."""
    return render_docx(summaries["LZ-XG"])


def names(language="zh"):
    return Naming(CITY, RULES, all_layers(), language)


def own(office):
    return [one for one in sample_cases() if office in {WHOLE, one.jurisdiction}]


def entries(case):
    """Yield the entries of a case that count by the day of the demonstration, by their days."""
    found = [one for _, one in in_effect(case.events) if one.occurred_on <= SAMPLE_ON]
    yield from sorted(found, key=lambda one: one.occurred_on)


def in_year(day):
    return YEAR[0] <= day <= YEAR[1]


def filed(office):
    """Return the cases filed in the year, counted with nothing but a loop."""
    kinds = {"case_filed", "criminal_incidental_filed"}
    found = []
    for case in own(office):
        days = [one.occurred_on for one in entries(case) if one.kind in kinds]
        if days and in_year(days[0]):
            found.append(case)
    return found


def count(office, kind):
    return sum(
        one.kind == kind and in_year(one.occurred_on) for c in own(office) for one in entries(c)
    )


def cases_with(office, kind):
    return sum(
        any(one.kind == kind and in_year(one.occurred_on) for one in entries(case))
        for case in own(office)
    )


def figure_in(paper, title):
    """Return what the tables of a summary say of a figure, and the number of its annex."""
    rows = [row for table in paper.tables() for row in table.rows if row[0].strip() == title]
    return rows[0][1], rows[0][3]


def annex_of(paper, title):
    """Return the table of the annex with this title."""
    blocks = paper.blocks
    at = next(
        n
        for n, one in enumerate(blocks)
        if isinstance(one, Heading) and one.text.endswith(f"　{title}")
    )
    return next(one for one in blocks[at:] if isinstance(one, Table))


# ------------------------------------------------------------------------- yearly summary


def test_the_summary_has_the_parts_of_an_offices_own(summaries):
    for paper in summaries.values():
        parts = paper.headings(1)
        assert [one[:2] for one in parts[:4]] == ["一、", "二、", "三、", "四、"]
        assert parts[1:4] == ("二、典型案例", "三、存在的问题", "四、2026年工作打算")
        assert any("法定领域" in one for one in paper.headings(2))


@pytest.mark.parametrize("office", OFFICES)
def test_every_figure_is_that_of_a_plain_loop_over_the_cases(summaries, office):
    paper = summaries[office]
    told = {
        "立案数（件）": len(filed(office)),
        "诉前检察建议（份）": count(office, "recommendation_served"),
        "磋商案件（件）": cases_with(office, "consultation"),
        "磋商（次）": count(office, "consultation"),
        "听证案件（件）": cases_with(office, "hearing"),
        "听证（次）": count(office, "hearing"),
        "诉前公告（份）": count(office, "announcement"),
        "发现反弹（次）": count(office, "relapse_found"),
    }
    assert {one: int(figure_in(paper, one)[0]) for one in told} == told


@pytest.mark.parametrize("office", OFFICES)
def test_cases_by_field_and_activities_are_those_of_a_plain_loop(summaries, office):
    paper = summaries[office]
    fields = Counter(names().code("fields", one.field) for one in filed(office))
    by_field = annex_of(paper, "立案数（件）· 按领域")
    column = by_field.head.index("分类")
    assert Counter(row[column] for row in by_field.rows) == fields
    kinds = RULES.codes["activities"]
    done = Counter(
        names().code("activities", one.kind)
        for case in own(office)
        for one in entries(case)
        if one.kind in kinds and in_year(one.occurred_on)
    )
    activities = annex_of(paper, "调查与协作活动（次）")
    assert Counter(row[activities.head.index("分类")] for row in activities.rows) == done


@pytest.mark.parametrize("office", OFFICES)
def test_the_annex_of_a_figure_lists_the_very_cases(summaries, office):
    annex = annex_of(summaries[office], "立案数（件）")
    listed = [row[annex.head.index("案号")] for row in annex.rows]
    assert sorted(listed) == sorted(one.id for one in filed(office))


def test_every_number_with_a_list_names_its_annex(summaries):
    paper = summaries[WHOLE]
    for title in ("立案数（件）", "诉前检察建议（份）", "隐患（处）"):
        value, number = figure_in(paper, title)
        assert int(value.replace(",", "")) > 0
        assert any(one.startswith(f"附件{number}　") for one in paper.headings(3))


def test_sentences_hold_no_case_and_no_day_that_the_record_does_not_have(summaries):
    known = {one.occurred_on.isoformat() for case in sample_cases() for one in case.events}
    known |= {
        one.due_on.isoformat() for case in sample_cases() for one in case.events if one.due_on
    }
    known.add(SAMPLE_ON.isoformat())
    ids = {one.id for one in sample_cases()}
    for paper in summaries.values():
        text = "\n".join(one.text for one in paper.blocks if isinstance(one, Para))
        assert set(DAY.findall(text)) <= known
        assert set(re.findall(r"LZ-[A-Z]+-\d{4}-\d{3}", text)) <= ids


def test_what_only_people_can_say_is_a_marked_gap(summaries):
    gaps = [one for one in summaries[WHOLE].blocks if isinstance(one, Gap)]
    assert len(gaps) >= 6
    assert {one.mark for one in gaps} == {"（案卷未记载，请人工补写）"}


def test_an_office_without_verified_cases_has_a_gap_in_place_of_typical_ones(state):
    told = documents_desk.account("LZ-XQ", YEAR, state, "zh", typical=())
    paper = yearly.draft_yearly(told)
    assert any("典型案例" in one.text for one in paper.blocks if isinstance(one, Gap))


def test_a_year_without_anything_says_not_recorded_and_never_none_happened(state):
    paper = yearly.draft_yearly(
        documents_desk.account("LZ-XG", (date(2019, 1, 1), date(2019, 12, 31)), state, "zh")
    )
    text = "\n".join(paper.texts())
    assert "案卷没有登记" in text
    assert "各项比率无从计算" in text
    assert figure_in(paper, "回复率")[0] == "—"


def test_the_summary_is_told_in_english_too(state):
    paper = documents_desk.yearly_paper("LZ-XG", YEAR, state, "en", ("LZ-XG-2025-001",))
    assert paper.headings(1)[1] == "2. Typical cases"
    assert not re.search(r"[\u4e00-\u9fff]", "".join(paper.headings(1) + paper.headings(2)))


def test_a_summary_as_it_was_known_then_counts_less(state):
    then = replace(state, as_of=date(2025, 6, 30))
    paper = yearly.draft_yearly(documents_desk.account(WHOLE, YEAR, then, "zh"))
    expected = sum(
        any(
            one.kind in {"case_filed", "criminal_incidental_filed"}
            and YEAR[0] <= one.occurred_on <= then.as_of
            for one in entries(case)
        )
        for case in own(WHOLE)
    )
    assert int(figure_in(paper, "立案数（件）")[0]) == expected


def test_every_word_of_the_summary_exists_and_none_is_idle():
    asked = set()
    for node in ast.walk(ast.parse(Path(yearly.__file__).read_text("utf-8"))):
        is_word = isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"_word", "_gap"}
        if is_word and node.args and isinstance(node.args[0], ast.Constant):
            before = "gap." if node.func.attr == "_gap" else ""
            asked.add(f"documents.yearly.{before}{node.args[0].value}")
    known = {one for one in all_words("zh") if one.startswith("documents.yearly.")}
    assert asked <= known | {"documents.yearly.title", "documents.yearly.subtitle"}
    computed = ("clause", "field", "column", "table", "gap")
    fixed = {one for one in known if one.split(".")[2] not in computed}
    assert fixed - asked == {"documents.yearly.title", "documents.yearly.subtitle"}


# ------------------------------------------------------------------------------- the file


def parts(content):
    with zipfile.ZipFile(BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_the_file_has_real_styles_captions_contents_and_pages(file):
    document = Document(BytesIO(file))
    styles = Counter(one.style.name for one in document.paragraphs)
    assert {"Title", "Heading 1", "Heading 2", "Heading 3", "Caption"} <= set(styles)
    codes = [one.text.split()[0] for one in document.element.iter(qn("w:instrText"))]
    assert Counter(codes)["TOC"] == 1
    assert Counter(codes)["SEQ"] == styles["Caption"]
    foot = document.sections[0].footer._element
    assert [one.text.strip() for one in foot.iter(qn("w:instrText"))] == ["PAGE"]
    heads = [table.rows[0]._tr for table in document.tables]
    assert all(one.find(f".//{qn('w:tblHeader')}") is not None for one in heads)


def test_contents_lead_to_the_headings_that_are_there(file):
    document = Document(BytesIO(file))
    marks = {one.get(qn("w:name")) for one in document.element.iter(qn("w:bookmarkStart"))}
    links = [one.get(qn("w:anchor")) for one in document.element.iter(qn("w:hyperlink"))]
    assert links
    assert set(links) <= marks


def test_every_page_says_mark_day_and_revision(file, state):
    section = Document(BytesIO(file)).sections[0]
    head = "".join(one.text for one in section.header.paragraphs)
    foot = "".join(one.text for one in section.footer.paragraphs)
    assert "内部使用" in head
    assert "演示数据" in head
    assert SAMPLE_ON.isoformat() in foot
    assert state.revision in foot


def test_no_text_of_a_paper_is_lost_in_the_file(file, summaries):
    document = Document(BytesIO(file))
    text = "".join(one.text or "" for one in document.element.iter(qn("w:t")))
    for wanted in summaries["LZ-XG"].texts():
        for line in wanted.split("\n"):
            assert line in text


def test_the_file_tells_nothing_of_the_machine(file):
    held = parts(file)
    assert not [one for one in held if "thumbnail" in one or "app.xml" in one or "customXml" in one]
    facts = Document(BytesIO(file)).core_properties
    assert (facts.author, facts.last_modified_by, facts.subject) == ("", "", "")
    assert facts.title == "兰州市西固区人民检察院2025年度公益诉讼工作总结"
    assert (facts.comments, facts.keywords) == ("", "")
    assert facts.created.date() == SAMPLE_ON
    assert b"rsidR" not in held["word/settings.xml"]


def test_the_same_paper_gives_the_same_bytes(file, summaries):
    assert render_docx(summaries["LZ-XG"]) == file


def test_chinese_letters_have_their_own_font_and_what_stands_in_for_it(file):
    held = parts(file)
    assert 'w:eastAsia="仿宋"'.encode() in held["word/styles.xml"]
    assert b"FangSong" in held["word/fontTable.xml"]
    assert b"majorEastAsia" not in held["word/styles.xml"].split(b'w:styleId="Heading1"')[1][:900]


def test_a_file_for_the_inside_raises_no_alarm(file):
    context = context_for("internal", CITY, is_demonstration=True)
    assert check_export(file, "总结.docx", context) == ()


# ---------------------------------------------------------------------------------- brief


@pytest.fixture(scope="module")
def brief(state):
    return documents_desk.brief_paper("LZ-YD", YEAR, state, "zh")


def test_the_brief_is_one_page_with_map_figures_overdue_and_verified(brief):
    assert page_share(brief) <= 1.0
    assert [one for one in brief.blocks if isinstance(one, Picture)]
    assert brief.headings(2) == ("超期与该谁办", "经核实的整改与成效")
    late = next(one for one in brief.tables() if one.head[0] == "届满日")
    assert all(DAY.fullmatch(row[0]) for row in late.rows)


def test_what_has_no_room_on_the_brief_is_counted(state, brief):
    png = next(one.png for one in brief.blocks if isinstance(one, Picture))
    told = documents_desk.account(WHOLE, YEAR, state, "zh")
    for length in (1, 12, 40):
        title = Title("督促整治很长的案名" * length, "Urging " * length)
        many = tuple(
            replace(case, id=f"{case.id}-{n}", title=title) for n in range(3) for case in told.cases
        )
        account = replace(told, cases=many)
        paper = draft_brief(account, png, "图")
        assert page_share(paper) <= 1.0
        done = [one for one in paper.tables() if one.head[0] == "日期"]
        shown = len(done[0].rows) if done else 0
        every = 3 * len(_verified_cases())
        assert f"另有 {every - shown} 行" in "".join(paper.texts())


def _verified_cases():
    """Return the cases of which something was verified in the year, by a plain loop."""
    return [
        case
        for case in own(WHOLE)
        if any(
            one.kind == "rectification_verified"
            or (one.kind == "outcome_stated" and one.detail("outcome_state") == "verified")
            for one in entries(case)
            if in_year(one.occurred_on)
        )
    ]


@pytest.mark.thorough
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("office", [WHOLE, "LZ-YD"])
def test_a_word_processor_sets_the_brief_on_one_page(state, tmp_path, language, office):
    paper = documents_desk.brief_paper(office, YEAR, state, language)
    (tmp_path / "brief.docx").write_bytes(render_docx(paper))
    command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", tmp_path, "brief.docx"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=180)
    assert len(PdfReader(tmp_path / "brief.pdf").pages) == 1


@given(some.lists(some.text("督促整治案Aa1 ", max_size=80), max_size=12), some.floats(0, 400))
def test_rows_that_fit_take_no_more_than_the_room(cells, room):
    table = Table("", ("案件",), tuple((one,) for one in cells), (4.0,))
    shown = fitting(table, room)
    taken = table_pt(replace(table, rows=table.rows[:shown]))
    assert not shown or taken <= room + 1e-6
    if shown < len(table.rows):
        assert table_pt(replace(table, rows=table.rows[: shown + 1])) > room


def test_a_paper_may_hold_letters_that_no_file_takes():
    imprint = imprint_of(CITY, SAMPLE_ON, "1", is_demonstration=False)
    paper = Paper("题\x00目", (Para("a\x0bb\ud800"),), imprint, "zh")
    text = [one.text for one in Document(BytesIO(render_docx(paper))).paragraphs]
    assert text[:2] == ["题目", "ab"]
