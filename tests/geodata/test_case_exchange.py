"""Cases leave as files and come back the same; what is wrong is named, kept, mended, put back."""

import io
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import Title, load_rule_set, open_cases, open_city
from geodata.__main__ import main
from geodata.case_columns import CASE_COLUMNS, ENTRY_COLUMNS, meanings, plain, read_day
from geodata.case_draft import REASONS
from geodata.case_exchange import (
    FORMATS,
    kept_name,
    plan_import,
    read_cases,
    render_cases,
    render_kept,
    stored_in,
    write_plan,
)
from geodata.case_facts import dates_in, published_on
from geodata.case_json import read_json, render_json
from geodata.case_list import LIST_COLUMNS
from geodata.case_sheets import Sheet, read_sheets, render_csv, render_workbook
from geodata.case_tables import Entering
from geodata.case_words import say_problem, words
from geodata.errors import ColumnsMissing, UnreadableFile
from geodata.lifecycle import check_history
from geodata.model import HazardRef
from geodata.sample.cases import sample_cases
from tests.geodata.histories import a_case, event, rough_histories, walks

CITY = open_city()
NOW = Entering(datetime(2026, 11, 24, 3, tzinfo=UTC), "导入人")
REAL = Path(__file__).parents[3] / "shared" / "data" / "cases" / "china_pil_case_facts.csv"
LANGUAGES = ("zh", "en")
LAWFUL = a_case(
    event("lead_registered", "2025-01-02"),
    event("lead_evaluation", "2025-01-06"),
    event("filing_approval", "2025-02-03", document="立案审批表"),
    event("case_filed", "2025-02-04", document="立案决定书"),
    event("investigation", "2025-02-05"),
    event("investigation_concluded", "2025-03-03", document="调查终结报告"),
    event("recommendation_decided", "2025-03-10", document="检察建议书"),
    event("recommendation_served", "2025-03-11", document="送达回证"),
    event("recommendation_received", "2025-03-12"),
    event("agency_replied", "2025-04-30", note="=已整改"),
)


def reading(name, content, **options):
    return read_cases(name, content, CITY, NOW, **options)


def planned(name, content, *stored):
    known = {case.id: case for case in stored}
    return plan_import(reading(name, content), known.get)


def csv_of(text, encoding="utf-8"):
    return text.strip().replace(" | ", ",").encode(encoding)


def reasons(plan):
    return [(one.row, one.column, one.reason) for one in plan.problems if not one.is_warning]


def settled(case):
    """Return a case as a table can hold it: details in one order, none of them blank."""
    events = (
        replace(one, details=tuple(sorted(pair for pair in one.details if pair[1])))
        for one in case.events
    )
    return replace(case, events=tuple(events))


# ----------------------------------------------------------------------- round trips

texts = st.text(st.characters(codec="utf-8"), max_size=12)


@st.composite
def any_cases(draw):
    case = draw(rough_histories())
    details = draw(st.lists(st.tuples(texts, texts), max_size=3))
    first = replace(case.events[0], note=draw(texts), details=tuple(details))
    later = timedelta(microseconds=draw(st.integers(0, 10**15)))
    last = replace(case.events[-1], recorded_at=datetime(2020, 1, 1, tzinfo=UTC) + later)
    return replace(
        case,
        id=draw(st.sampled_from(["A-1", "（2025）某号", "x_y.z"])),
        title=Title(draw(texts), draw(texts)),
        summary=Title(draw(texts), draw(texts)),
        events=(first, *case.events[1:-1], last),
        hazards=(HazardRef("river_segments", draw(texts.filter(bool))),),
        outcome=(("area_m2", draw(st.floats(allow_nan=False, allow_infinity=False))),),
        shared_with=draw(st.sampled_from([(), ("LZ-YD", "LZ-GL")])),
        is_demonstration=draw(st.booleans()),
        came_from=draw(texts),
    )


@settings(max_examples=30, deadline=None)
@given(st.lists(any_cases(), max_size=3))
def test_cases_come_back_from_json_as_they_were(cases):
    _, back = read_json("a.json", render_json(cases))
    assert list(back) == cases


@settings(max_examples=25, deadline=None)
@given(walks(), st.sampled_from(FORMATS), st.sampled_from(LANGUAGES))
def test_a_lawful_case_comes_back_from_every_form_in_both_languages(case, form, language):
    content = render_cases([case], form, CITY, language)
    plan = planned(f"a{form}", content)
    assert plan.problems == ()
    assert [settled(one) for one in plan.new_cases] == [settled(case)]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_demonstration_cases_come_back_from_every_form(form, language):
    content = render_cases(sample_cases(), form, CITY, language)
    plan = planned(f"cases{form}", content)
    assert plan.problems == ()
    assert {settled(one) for one in plan.new_cases} == {settled(one) for one in sample_cases()}


@pytest.mark.parametrize(
    "text", ["=1+1", "+86", "-3", "@x", "'=1", "''", "＝和", " =cmd|' /C calc'!A0", "001", "平常"]
)
@pytest.mark.parametrize("form", [".xlsx", ".csv", ".zip"])
def test_no_text_is_run_by_a_spreadsheet_and_all_come_back(text, form):
    case = replace(LAWFUL, agency=text, series=text)
    content = render_cases([case], form, CITY, "zh")
    (back,) = planned(f"a{form}", content).new_cases
    assert (back.agency, back.series) == (text, text)
    if form == ".xlsx":
        cells = [c for row in openpyxl.load_workbook(io.BytesIO(content))["案件"] for c in row]
        assert {cell.data_type for cell in cells} <= {"s", "n", "d", "inlineStr"}
    if form == ".csv":
        assert ",=" not in content.decode("utf-8-sig")


def test_days_in_a_workbook_are_days():
    content = render_cases([LAWFUL], ".xlsx", CITY, "zh")
    sheet = openpyxl.load_workbook(io.BytesIO(content))["案件记录"]
    day = next(c for row in sheet.iter_rows(min_row=2) for c in row if c.is_date)
    assert day.value.date() == date(2025, 1, 2)


def test_notes_stand_on_a_sheet_of_their_own_and_are_read_over():
    content = render_cases([LAWFUL], ".xlsx", CITY, "zh", notes=[("数据截至", "2026-01-01")])
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames[-1] == "说明"
    plan = planned("a.xlsx", content)
    assert (len(plan.new_cases), plan.reading.unused) == (1, ())


def test_no_two_headings_of_cases_and_entries_are_alike():
    columns = {**CASE_COLUMNS, **ENTRY_COLUMNS}
    details = load_rule_set().details.values()
    for language in LANGUAGES:
        named = [plain(one.title.says(language)) for one in (*columns.values(), *details)]
        assert len(named) == len(set(named))
    for meaning, heading in columns.items():
        for one in (heading.title.zh, heading.title.en, *heading.others):
            assert meanings()[plain(one)] == meaning
    of_lists = [
        plain(n) for h in LIST_COLUMNS.values() for n in (h.title.zh, h.title.en, *h.others)
    ]
    assert len(of_lists) == len(set(of_lists))
    assert set(of_lists).isdisjoint(meanings())


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-01-05", date(2026, 1, 5)),
        ("2026.1.5", date(2026, 1, 5)),
        ("2026年1月5日", date(2026, 1, 5)),
        ("20260105", date(2026, 1, 5)),
        ("2026-01-05 00:00:00", date(2026, 1, 5)),
        (datetime(2026, 1, 5, 9, tzinfo=UTC), date(2026, 1, 5)),
        (46027, date(2026, 1, 5)),
        ("2026-02-30", None),
        ("5月", None),
        ("不详", None),
    ],
)
def test_days_are_read_however_offices_write_them(written, day):
    assert read_day(written) == day


# ----------------------------------------------------------------------------- checks

TWO_TABLES = {
    "cases": "案号,案件名称,承办院,类别,领域,承办人\n"
    "A-1,好的案件,城关,行政公益诉讼,安全生产,甲\n"
    "A-2,坏的案件,某院,行政公益诉讼,安全生产,乙\n",
    "entries": "案号,环节或事项,发生日期,文书,备注\n"
    "A-1,线索登记,2025-01-02,,\n"
    "A-2,线索登记,2025-01-02,,\n"
    "A-2,飞跃,2025-01-03,,\n"
    "A-2,线索评估,二月,,\n"
    "A-2,立案审批,2025-03-01,,\n"
    "A-2,立案,2025-02-01,立案决定书,\n"
    "A-9,线索登记,2025-01-02,,\n",
}


def archive(tables):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, text in tables.items():
            packed.writestr(f"{name}.csv", text)
    return file.getvalue()


def test_every_bad_row_is_named_at_once_with_table_row_column_and_value():
    plan = planned("a.zip", archive(TWO_TABLES))
    told = {(one.sheet, one.row, one.column, one.value, one.reason) for one in plan.problems}
    assert told >= {
        ("cases", 3, "承办院", "某院", "unknown_office"),
        ("entries", 4, "环节或事项", "飞跃", "unknown_step"),
        ("entries", 5, "发生日期", "二月", "not_date"),
        ("entries", 6, "文书", "", "MissingFacts"),
        ("entries", 8, "案号", "A-9", "unknown_case"),
    }
    assert [case.id for case in plan.new_cases] == ["A-1"]
    assert plan.reading.unused == (("cases", "承办人"),)


def test_a_case_with_one_bad_entry_is_held_back_whole():
    plan = planned("a.zip", archive(TWO_TABLES))
    assert {row for sheet, row in plan.held if sheet == "entries"} == {3, 4, 5, 6, 7, 8}
    assert ("cases", 3) in plan.held


@pytest.mark.parametrize("language", LANGUAGES)
def test_unknown_names_and_early_dates_are_said_with_what_is_known_rule_and_article(language):
    office, step = CITY.jurisdictions[0].title.says(language), load_rule_set().stages["case_filed"]
    said = [say_problem(o, language) for o in planned("a.zip", archive(TWO_TABLES)).problems]
    assert any(office in one for one in said)
    assert any(step.title.says(language) in one for one in said)
    early = replace(LAWFUL, events=(*LAWFUL.events[:8], LAWFUL.events[9]))
    (problem,) = planned("a.json", render_json([early])).problems
    assert problem.reason == "DateBeforeCause"
    assert "I21" in say_problem(problem, language)
    assert load_rule_set().sources["I"].says(language) in say_problem(problem, language)
    received = load_rule_set().event_title("recommendation_received").says(language)
    assert received in say_problem(problem, language)


def test_a_missing_ground_is_named_in_its_column():
    text = (
        "案号,案件名称,承办院,类别,领域,序号,环节或事项,发生日期,文书,情形,备注\n"
        "A-1,案,LZ-CG,行政公益诉讼,安全生产,0,其间环节未录入,2025-01-02,,,略\n"
        "A-1,案,LZ-CG,行政公益诉讼,安全生产,1,终结案件（整改到位）,2025-02-02,决定书,,\n"
    )
    assert reasons(planned("a.csv", text.encode())) == [(3, "情形", "MissingFacts")]
    wrong = text.replace("决定书,,", "决定书,心情好,")
    (problem,) = planned("a.csv", wrong.encode()).problems
    assert problem.reason == "UnknownGround"
    assert "已全面采取整改措施依法履职" in say_problem(problem, "zh")


def test_what_is_put_in_twice_in_one_file_is_refused_the_second_time():
    plan = planned("a.json", render_json([LAWFUL, LAWFUL]))
    assert (len(plan.new_cases), reasons(plan)) == (1, [(2, "id", "duplicate_case")])


def test_a_stored_case_only_gets_its_new_entries():
    stored = replace(LAWFUL, events=LAWFUL.events[:7])
    plan = planned("a.xlsx", render_cases([LAWFUL], ".xlsx", CITY, "zh"), stored)
    assert (plan.new_cases, plan.problems) == ((), ())
    assert [(case, seen) for case, _, seen in plan.new_entries] == [("T-1", n) for n in (7, 8, 9)]
    store = open_cases("memory:")
    store.add(stored)
    write_plan(plan, store)
    assert settled(store.get("T-1")) == settled(LAWFUL)


def test_an_older_file_changes_nothing():
    older = replace(LAWFUL, events=LAWFUL.events[:7])
    plan = planned("a.json", render_json([older]), LAWFUL)
    assert (plan.changes, plan.unchanged, plan.problems) == ((), ("T-1",), ())


def test_another_history_is_refused_and_shown():
    events = list(LAWFUL.events)
    events[3] = replace(events[3], occurred_on=date(2025, 2, 20))
    other = replace(LAWFUL, events=tuple(events[:4]))
    plan = planned("a.json", render_json([other]), LAWFUL)
    (problem,) = plan.problems
    assert (problem.reason, plan.changes) == ("history_differs", ())
    assert "立案 2025-02-04" in say_problem(problem, "zh")
    assert "立案 2025-02-20" in say_problem(problem, "zh")


def test_other_facts_of_a_stored_case_are_told_and_left():
    other = replace(LAWFUL, agency="别的局")
    plan = planned("a.json", render_json([other]), replace(LAWFUL, events=LAWFUL.events[:9]))
    (problem,) = plan.problems
    assert problem.is_warning
    assert "agency" in say_problem(problem, "en")
    assert len(plan.new_entries) == 1


@pytest.mark.parametrize("broken", [{"kind": 3}, {"corrects": 9}, {"kind": "no_such_step"}])
def test_a_broken_entry_in_json_keeps_its_case_out(broken):
    told = json.loads(render_json([LAWFUL, replace(LAWFUL, id="T-2")]))
    told["cases"][0]["events"][2] |= broken
    plan = planned("a.json", json.dumps(told).encode())
    assert [case.id for case in plan.new_cases] == ["T-2"]
    assert {one.row for one in plan.problems} == {1}
    assert "events[2]" in plan.problems[0].column


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_whatever_json_holds_it_is_read_or_refused_in_words(data):
    told = json.loads(render_json([LAWFUL]))
    case = told["cases"][0]
    part = data.draw(st.sampled_from([*case, "events.0.kind", "events.0.occurred_on"]))
    odd = data.draw(st.sampled_from([None, 5, "", "x", [], {}, [[]], ["a"], {"zh": 1}, True]))
    if part.startswith("events."):
        case["events"][0][part.split(".")[2]] = odd
    else:
        case[part] = odd
    plan = planned("a.json", json.dumps(told).encode())
    for problem in plan.problems:
        assert say_problem(problem, "zh")
        assert say_problem(problem, "en")


# ------------------------------------------------------------------- kept and put back


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_held_back_is_mended_and_put_back_without_doubling(form, language):
    bad = replace(LAWFUL, id="T-2", events=(*LAWFUL.events[:8], LAWFUL.events[9]))
    good = replace(LAWFUL, agency="某局")
    store = open_cases("memory:")
    plan = plan_import(
        reading(f"a{form}", render_cases([good, bad], form, CITY, language)), stored_in(store)
    )
    write_plan(plan, store)
    assert [case.id for case in store.find()] == ["T-1"]
    kept = render_kept(plan, language, lambda one: say_problem(one, language))
    again = plan_import(reading(kept_name(f"a{form}"), kept), stored_in(store))
    assert [draft.case.id for draft in again.reading.drafts] == ["T-2"]
    assert {one.reason for one in again.problems} == {"DateBeforeCause"}
    assert again.reading.unused == ()
    mended = replace(bad, events=LAWFUL.events)
    for case in ([mended], [good, mended]):
        content = render_cases(case, form, CITY, language)
        write_plan(plan_import(reading(f"b{form}", content), stored_in(store)), store)
    assert [settled(case) for case in store.find()] == [settled(good), settled(mended)]


def test_the_reasons_stand_at_the_bad_rows_of_the_kept_file():
    plan = planned("a.zip", archive(TWO_TABLES))
    kept = render_kept(plan, "zh", lambda one: say_problem(one, "zh"))
    sheets = {one.name: one for one in read_sheets("a.zip", kept)}
    assert [cells[0] for _, cells in sheets["cases"].rows] == ["A-2"]
    told = {cells[1]: cells[-1] for _, cells in sheets["entries"].rows}
    assert told["立案"] == "" or "立案" in told["立案"]
    assert "没有这个环节或事项" in told["飞跃"]
    assert sheets["cases"].headings[-1] == "导入问题"
    assert "承办人" in sheets["cases"].headings


# -------------------------------------------------------------------------- encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_is_read_in_the_encodings_of_offices(encoding):
    text = (
        "案号,案件名称,承办院,类别,领域,线索日期\nA-1,某案,城关,行政公益诉讼,安全生产,2025-01-02\n"
    )
    (case,) = planned("清单.csv", text.encode(encoding)).new_cases
    assert case.title.zh == "某案"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "empty"),
        ("a.pdf", b"x", "format_unknown"),
        ("a.xlsx", b"not a workbook", "broken"),
        ("a.json", b"{", "broken"),
        ("a.json", b'{"form": 2, "cases": []}', "broken"),
        ("a.json", b"[]", "broken"),
        ("a.csv", "案号\n".encode() + b"\xff\xff\xff\x00\xff", "encoding_unknown"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason(name, content, reason):
    with pytest.raises(UnreadableFile) as refused:
        reading(name, content)
    assert refused.value.facts["reason"] == reason


def test_a_table_of_something_else_is_refused_naming_what_there_is():
    with pytest.raises(ColumnsMissing) as refused:
        reading("a.csv", "名字,电话\n甲,123\n".encode())
    assert "电话" in str(refused.value.facts["present"])


def test_a_sheet_with_headings_alone_is_no_mistake():
    sheets = [
        Sheet("一", ("案号", "案件名称", "线索日期", "承办院", "类别", "领域"),
              ((2, ("A-1", "某案", date(2025, 1, 2), "城关", "行政公益诉讼", "安全生产")),)),
        Sheet("二", ("案号",)),
        Sheet("三", ("甲", "乙"), ((2, ("x", "y")),)),
    ]  # fmt: skip
    plan = planned("a.xlsx", render_workbook(sheets))
    assert (len(plan.new_cases), plan.reading.unused) == (1, (("三", "*"),))


# -------------------------------------------------------------------- one row per case

HEAD = (
    "案号,案件名称,承办院,类别,领域,线索日期,立案日期,建议送达日期,回复日期,"
    "核实整改日期,终结日期,阶段,终结理由"
)


def from_list(row, head=HEAD):
    return planned("清单.csv", f"{head}\n{row}\n".encode())


def kinds(case):
    return [one.kind for one in case.events]


def test_a_row_of_dates_becomes_a_lawful_history_that_says_what_it_does_not_hold():
    plan = from_list(
        "A-1,某案,城关区检察院,行政公益诉讼,安全生产,2025-01-02,2025-02-03,2025/3/11,2025年4月30日,"
        "2025-05-12,2025-06-01,终结案件（整改到位）,公共利益已得到有效保护"
    )
    (case,) = plan.new_cases
    assert kinds(case) == [
        "lead_registered", "steps_not_recorded", "case_filed", "steps_not_recorded",
        "recommendation_served", "recommendation_received", "agency_replied",
        "rectification_verified", "terminated_after_rectification",
    ]  # fmt: skip
    assert check_history(case, load_rule_set(case.rule_set)) == ()
    gaps = [one for one in case.events if one.kind == "steps_not_recorded"]
    assert {one.note for one in gaps} == {"清单未载其间环节"}
    assert case.events[-1].ground == "interest_protected"
    assert case.events[-1].document == "终结案件决定书（清单未载文号）"
    assert [one.reason for one in plan.problems] == ["receipt_assumed"]


@pytest.mark.parametrize(
    ("dates", "stage", "reached"),
    [
        ("2025-01-02,,,,,", "线索评估", "lead_evaluation"),
        (",2025-02-03,,,,", "调查", "investigation"),
        (",2025-02-03,,,,", "", "case_filed"),
        (",2025-02-03,,,,", "检察建议已送达", "recommendation_served"),
        (",2025-02-03,2025-03-11,,,", "跟进调查", "follow_up_investigation"),
        (",,2025-03-11,2025-05-01,,", "Review for suit", "review_for_suit"),
        (",2025-02-03,,,,2025-05-01", "", "terminated_before_recommendation"),
    ],
)
def test_the_stated_stage_is_reached(dates, stage, reached):
    (case,) = from_list(
        f"A-1,某案,城关,行政公益诉讼,安全生产,{dates},{stage},其他应当终结的情形"
    ).new_cases
    assert [one for one in kinds(case) if one in load_rule_set().stages][-1] == reached
    last = next(one for one in case.events if one.kind == reached)
    assert bool(last.note) == (reached not in {"case_filed", "terminated_before_recommendation"})


@pytest.mark.parametrize(
    ("dates", "stage", "found"),
    [
        (",,,,,", "调查", ("阶段", "no_day")),
        (",2025-02-03,,,,2025-06-01", "线索登记", ("阶段", "stage_contradicts")),
        (",2025-02-03,,,,", "飞跃", ("阶段", "unknown_code")),
        (",2025-02-03,,,,2025-06-01", "", ("终结理由", "MissingFacts")),
        ("2025-03-02,2025-02-03,,,,", "", ("线索日期", "steps_out_of_order")),
        (",2025-02-03,2025-03-11,2025-03-01,,", "", ("回复日期", "DateBeforeCause")),
        (",2125-02-03,,,,", "", ("立案日期", "DateInFuture")),
    ],
)
def test_a_row_that_cannot_be_so_is_named_in_its_column(dates, stage, found):
    plan = from_list(f"A-1,某案,城关,行政公益诉讼,安全生产,{dates},{stage},")
    assert found in [(one.column, one.reason) for one in plan.problems]
    assert plan.new_cases == ()


def test_the_same_list_put_in_twice_changes_nothing_and_a_longer_row_adds_entries():
    store = open_cases("memory:")
    first = f"{HEAD}\nA-1,某案,城关,行政公益诉讼,安全生产,2025-01-02,2025-02-03,,,,,,\n".encode()
    write_plan(plan_import(reading("a.csv", first), stored_in(store)), store)
    before = store.get("A-1")
    later = Entering(datetime(2026, 12, 1, tzinfo=UTC), "别人")
    again = plan_import(read_cases("a.csv", first, CITY, later), stored_in(store))
    assert (again.changes, again.unchanged) == ((), ("A-1",))
    longer = first.replace(b"2025-02-03,,", b"2025-02-03,2025-03-11,")
    write_plan(plan_import(read_cases("a.csv", longer, CITY, later), stored_in(store)), store)
    after = store.get("A-1")
    assert after.events[: before.revision] == before.events
    assert kinds(after)[-1] == "recommendation_received"


# ------------------------------------------------------------------------ real records

FACTS = """
case_key,organ,region,place_text,field,procedure_type,supervised_org,key_date,stage_reported,numbers,quoted_place_precision,source_url,source_kind,note
X-1,甲县人民检察院,某省甲县,某镇,二次供水,行政公益诉讼,某局,2021-04-22立案;06-23建议;09-27回复,基本完成,54家,estate,http://a.example/1,报,
X-2,乙县人民检察院,某省乙县,,充电设施,行政公益诉讼,某局,2023-10建议,已整改,17,county,http://a.example/2,报,
X-3,丙县人民检察院,某省丙县,,充电桩,公开听证,某局,2024-06-05,听证,,street,http://a.example/3,报,
X-4,丁县人民检察院,某省丁县,,河道,行政公益诉讼,某局,,已整改,,,http://a.example/2024/20240506/p.htm,报,
X-5,戊县人民检察院,某省戊县,,河道,行政公益诉讼,某局,,已整改,,,http://a.example/5,报,
X-6,己县人民检察院,某省己县,,河道,行政公益诉讼,某局,06-11听证,已整改,,,http://a.example/6,报,
X-7,庚县人民检察院,某省庚县,,农田,行政公益诉讼,某局,2020-07至09建议;起诉后撤诉,撤回起诉,,,http://a.example/7,报,
X-8,辛县人民检察院,某省辛县,,农田,占卜,某局,2020-07建议,,,,http://a.example/8,报,
""".strip().encode()


def test_published_records_become_foreign_cases_with_the_steps_they_state():
    plan = planned("facts.csv", FACTS)
    cases = {case.id: case for case in plan.new_cases}
    assert plan.reading.form == "facts"
    assert set(cases) == {f"X-{number}" for number in range(1, 8)}
    assert {case.jurisdiction for case in cases.values()} >= {"外地:甲县人民检察院"}
    first = cases["X-1"]
    days = {one.kind: one.occurred_on.isoformat() for one in first.events}
    assert days["case_filed"] == "2021-04-22"
    assert days["recommendation_served"] == "2021-06-23"
    assert days["agency_replied"] == "2021-09-27"
    assert "http://a.example/1" in first.events[0].note
    assert "2021-04-22立案;06-23建议;09-27回复" in first.events[0].note
    assert not first.is_demonstration
    for case in cases.values():
        assert check_history(case, load_rule_set(case.rule_set)) == ()


def test_what_a_record_dates_loosely_is_marked_so():
    cases = {case.id: case for case in planned("facts.csv", FACTS).new_cases}
    (served,) = [one for one in cases["X-2"].events if one.kind == "recommendation_served"]
    assert served.occurred_on == date(2023, 10, 1)
    assert "仅载明月份" in served.note
    heard = {one.kind: one for one in cases["X-3"].events}
    assert heard["hearing"].occurred_on == date(2024, 6, 5)
    assert "未载“立案”日期" in heard["case_filed"].note
    (filed,) = [one for one in cases["X-4"].events if one.kind == "case_filed"]
    assert filed.occurred_on == date(2024, 5, 6)
    assert "发布日期" in filed.note
    assert kinds(cases["X-7"])[-1] == "suit_withdrawn"


def test_records_without_a_usable_day_stand_on_the_day_of_their_entry_and_say_so():
    plan = planned("facts.csv", FACTS)
    assert reasons(plan) == [(9, "procedure_type", "unknown_code")]
    undated = [
        one for one in plan.new_cases if "录为录入日期" in "".join(e.note for e in one.events)
    ]
    assert len(undated) == 2
    for case in undated:
        assert {one.occurred_on for one in case.events} == {case.events[0].recorded_at.date()}


@pytest.mark.skipif(not REAL.is_file(), reason="the real records are not beside the project")
def test_the_twenty_real_records_go_in_lawfully_and_the_undated_ones_say_so():
    plan = planned(REAL.name, REAL.read_bytes())
    assert (len(plan.new_cases), plan.held_cases, plan.problems) == (20, 0, ())
    undated = {
        case.id
        for case in plan.new_cases
        if any("录为录入日期" in event.note for event in case.events)
    }
    assert undated == {"CN-03", "CN-09", "CN-12", "CN-17", "CN-18"}
    for case in plan.new_cases:
        assert case.jurisdiction.startswith("外地:")
        assert check_history(case, load_rule_set(case.rule_set)) == ()


def test_dates_of_records_keep_the_year_of_the_part_before():
    told = [(one.on.isoformat(), one.what) for one in dates_in("2018-02;05上旬建议;07-09至11回复")]
    assert told == [("2018-02-01", ""), ("2018-05-01", "建议"), ("2018-07-09", "回复")]
    assert published_on("http://a.example/zt/202406/t20240607_1.shtml") == date(2024, 6, 7)
    assert published_on("http://a.example/info/1003/34377.htm") is None


# ------------------------------------------------------------------------- the command


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """The command as it is given in a folder, without a start of Python each time."""
    for name in [one for one in os.environ if one.startswith("PIM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIM_DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()

    def give(*given):
        code = main(["cases", *map(str, given)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return give


def test_the_command_runs_as_a_program_of_its_own(tmp_path):
    told = subprocess.run(
        [sys.executable, "-m", "geodata", "cases", "import", "none.xlsx"],
        cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False,
        env={"PIM_DATA_FOLDER": str(tmp_path / "data"), "LANG": "zh_CN.UTF-8", "PATH": ""},
    )  # fmt: skip
    assert (told.returncode, told.stdout) == (2, "")
    assert "none.xlsx" in told.stderr


def test_the_command_takes_cases_in_and_out(tmp_path, command):
    bad = replace(LAWFUL, id="T-2", jurisdiction="LZ-YD", events=LAWFUL.events[1:])
    (tmp_path / "in.xlsx").write_bytes(render_cases([LAWFUL, bad], ".xlsx", CITY, "zh"))
    code, out, _ = command("import", "in.xlsx", "--dry-run")
    assert code == 1
    assert "未写入" in out
    assert not (tmp_path / "data").exists()
    code, out, _ = command("import", "in.xlsx", "--who", "王某")
    assert (code, "新增案件 1 件" in out, "in.kept.xlsx" in out) == (1, True, True)
    assert "案件记录 第" in out
    code, out, _ = command("import", "in.kept.xlsx", "--language", "en", "--json")
    told = json.loads(out)
    assert (code, told["new_cases"], told["form"]) == (1, [], "tables")
    assert {one["reason"] for one in told["problems"]} == {"IllegalTransition"}
    for name in ("out.json", "out.xlsx", "out.csv", "out.zip"):
        code, out, _ = command("export", name)
        assert (code, "1 件案件" in out) == (0, True)
        assert len(planned(name, (tmp_path / name).read_bytes()).new_cases) == 1
    code, out, _ = command("export", "none.json", "--office", "永登")
    assert "0 件案件" in out
    code, out, _ = command("import", "out.json")
    assert (code, "无新内容 1 件" in out) == (0, True)


def test_the_command_takes_published_records_only_as_such(tmp_path, command):
    (tmp_path / "facts.csv").write_bytes(FACTS)
    (tmp_path / "other.json").write_bytes(render_json([LAWFUL]))
    assert command("facts", "other.json")[0] == 2
    code, out, _ = command("facts", "facts.csv")
    assert (code, "新增案件 7 件" in out) == (1, True)


@pytest.mark.parametrize(
    "given",
    [("import", "none.xlsx"), ("import", "bad.json"), ("export", "out.pdf"),
     ("export", "out.json", "--office", "无此院")],
)  # fmt: skip
def test_the_command_says_what_cannot_be_done_and_ends_with_2(tmp_path, given, command):
    (tmp_path / "bad.json").write_bytes(b"{")
    code, out, err = command(*given)
    assert (code, out) == (2, "")
    assert err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_and_form_has_words_and_a_remedy(language):
    assert set(words(language)["case_reasons"]) == set(REASONS)
    assert set(words(language)["case_remedies"]) == set(REASONS)
    assert set(words(language)["case_forms"]) == {"json", "tables", "flat", "list", "facts"}


def test_an_empty_export_is_still_a_file_with_headings():
    assert render_csv(Sheet("x", ("案号",))).decode("utf-8-sig") == "案号\r\n"
    assert "案号" in render_cases([], ".csv", CITY, "zh").decode("utf-8-sig")
    assert planned("a.json", render_json([])).changes == ()
