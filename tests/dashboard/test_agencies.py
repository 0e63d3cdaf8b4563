"""The screen of agencies: a list goes out by the door, replies come back item by item, once."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from docx import Document
from streamlit.testing.v1 import AppTest

from dashboard import holdings, reads
from dashboard.actions import agencies as agency_actions
from dashboard.actions import cases as case_actions
from dashboard.desks import agencies as agency_desk
from dashboard.doors.acts import ELSEWHERE
from dashboard.leaving import check_file
from dashboard.text import all_words
from geodata import RevisionNote
from geodata.errors import ItemsChanged, NotAllowed
from layers.agency_letter import render_letter
from layers.agency_lists import CHOICES, REPLY_KINDS, read_book
from layers.disclosure import context_for
from layers.disclosure.release_book import kept_releases
from layers.inspection_papers import render_day, render_minutes
from layers.invented_agency_list import INSPECTION, NUMBER
from layers.joint_inspections import JointInspection, keep_inspection, kept_inspections
from layers.reply_form import COLUMNS, HEAD_ROW, KIND_WORDS, render_form, render_form_csv
from layers.reply_reading import REASONS, BadRow
from tests.layers.test_agency_lists import filled

MAIN = str(Path(__file__).parents[2] / "dashboard" / "main.py")
CASE, LATE = "LZ-CG-2025-001", "CG-YW-05"
NOW = datetime(2025, 12, 19, tzinfo=UTC)
every_language = pytest.mark.parametrize("language", ["zh", "en"])


def opened(part="lists", language="zh", writer="王某", address=(), **kept):
    at = AppTest.from_file(MAIN, default_timeout=60)
    at.query_params.update({"screen": "agencies", "lang": language, **dict(address)})
    at.session_state["kept.agencies_part"] = part
    at.session_state["kept.writer"] = writer
    for name, value in kept.items():
        at.session_state[f"kept.{name}"] = value
    at.run()
    assert not at.exception
    return at


def text_of(at):
    kinds = ("markdown", "caption", "info", "warning", "error", "success")
    said = [str(one.value) for kind in kinds for one in at.get(kind)]
    said += [str(getattr(one.proto, "body", "")) for one in at.get("html")]
    return "\n".join(said).replace("\\", "")


def word(key, language="zh", **facts):
    return all_words(language)[f"agencies.{key}"].format(**facts)


def button(at, key):
    return next(one for one in at.button if one.key == key)


def book():
    return read_book(holdings.agency_journal())


def the_list():
    return book().lists[NUMBER]


def answered(**answers):
    """Return the form of the invented list as an agency filled it in, by the number in the list."""
    told = the_list()
    by_code = {told.items[int(at[1:]) - 1].code: dict(cells) for at, cells in answers.items()}
    return filled(render_form(told, told.items, told.made_on), by_code)


def dropped(content, name="答复表.xlsx"):
    return agency_desk.read_taken(name, content)


def radios(at):
    return [one for one in at.radio if one.key.startswith("reply-choice-")]


# --------------------------------------------------------------------------------- lists


@every_language
def test_the_demonstration_has_a_list_half_answered_and_marked(data, language):
    at = opened(language=language, address={"batch": NUMBER})
    (lists, items) = [one.value for one in at.dataframe]
    row = lists.iloc[0]
    figures = {name: row[word(f"column.{name}", language)] for name in agency_desk.FIGURES}
    assert figures == {"all": 5, "replied": 4, "open": 1, "taken": 2, "again": 1, "refused": 1,
                       "overdue": 2}  # fmt: skip
    assert row[word("column.nature", language)] == all_words(language)["frame.demonstration_short"]
    assert len(items) == 5
    assert word("lists_about", language) in text_of(at)


@pytest.mark.thorough
def test_each_figure_opens_the_items_behind_it(data):
    counts = agency_desk.FIGURES
    at = opened(address={"batch": NUMBER})
    for figure, count in zip(counts, (5, 4, 1, 2, 1, 1, 2), strict=True):
        at.session_state["kept.agency_figure"] = figure
        at.run()
        assert len(at.dataframe[1].value) == count
        assert word(f"figure_about.{figure}") in text_of(at)


def test_every_file_of_a_list_leaves_by_the_door_without_a_leak_and_is_then_sent(data):
    told = the_list()
    files = {
        "答复表.xlsx": render_form(told, told.items, told.made_on),
        "答复表.csv": render_form_csv(told, told.items, told.made_on),
        "联系函.docx": render_letter(told, told.items, "城关区人民检察院", told.made_on),
    }
    one = kept_inspections(holdings.agency_journal())[0]
    files["记录.docx"] = render_minutes(one, "城关区人民检察院", told.made_on)
    files["日程.ics"] = render_day(one, "城关区人民检察院", told.made_on, NOW)
    context = context_for("agency", holdings.city(), is_demonstration=True)
    for name, content in files.items():
        checked = check_file(content, name, "agency", lambda: context)
        assert (name, checked.leaks, checked.trouble) == (name, (), "")
    at = opened(address={"batch": NUMBER})
    button(at, f"make-agency-{NUMBER}-form").click().run()
    assert not at.exception
    assert not at.error
    (released,) = kept_releases(holdings.journal())
    assert (released.audience, released.about["what"]) == ("agency", f"agency_list:{NUMBER}")
    at.run()
    assert at.dataframe[0].value.iloc[0][word("column.sent_on")] == reads.today().isoformat()
    assert {"agency_list_made", "agency_reply_decided", "joint_inspection_kept"} <= set(ELSEWHERE)


def test_a_list_is_made_of_own_hazards_alone_under_a_number_with_what_is_known(data):
    at = opened("new")
    button(at, "make-agency-list").click().run()
    assert not at.exception
    assert word("made", number="LZ-CG-QD2025-002", count=2) in text_of(at)
    told = book().lists["LZ-CG-QD2025-002"]
    assert (told.agency, told.who, told.is_demonstration) == ("城关区住建局", "王某", True)
    assert told.items[1].known["found_on"] == "2025-07-16"
    assert {one.ref for one in told.items} == {"mixed_drainage:CG-YW-03", "mixed_drainage:CG-YW-05"}
    entry = holdings.journal().entries(kind="agency_list_made")[-1]
    assert entry.told["office"] == "LZ-CG"


@pytest.mark.parametrize(("writer", "agency", "ref", "lacks"), [
    ("", "某局", "mixed_drainage:CG-YW-05", NotAllowed),
    ("王某", " ", "mixed_drainage:CG-YW-05", "agency"),
    ("王某", "某局", "charging_stations:XG-CS-001", "hazards"),
])  # fmt: skip
def test_a_list_without_a_name_an_agency_or_a_hazard_of_the_office_is_refused(
    data, writer, agency, ref, lacks
):
    wanted = agency_actions.Wanted("LZ-CG", agency, (ref,), date(2026, 1, 16))
    before = holdings.agency_journal().head()

    def script():
        import streamlit

        from dashboard.actions import agencies
        from dashboard.reads import data_state

        agencies.make_list(streamlit.session_state["kept.wanted"], data_state())

    run = AppTest.from_function(script, default_timeout=60)
    run.session_state["kept.wanted"], run.session_state["kept.writer"] = wanted, writer
    run.run()
    assert not run.exception
    refusal = run.session_state["kept.agency_answer"]
    if isinstance(lacks, str):
        assert refusal.facts["lacks"] == lacks
    else:
        assert isinstance(refusal, lacks)
    assert holdings.journal().head() == before


def test_an_agency_is_asked_again_for_what_it_has_not_answered(data):
    at = opened(address={"batch": NUMBER})
    button(at, f"agency-remind-{NUMBER}").click().run()
    assert not at.exception
    (told,) = book().reminders[NUMBER]
    assert told.codes == tuple(the_list().items[at].code for at in (2, 4))
    assert told.reply_by == date(2026, 1, 1)
    assert at.dataframe[0].value.iloc[0][word("column.overdue")] == 0


# ------------------------------------------------------------------------------- replies


def test_replies_stand_beside_then_and_now_and_are_decided_before_anything_is_written(data):
    file = answered(_2={"kind": "整改中", "measures": "新答复"}, _5={"kind": "已整改"})
    at = opened("replies", replies=(dropped(file),))
    said = text_of(at)
    assert word("read", new=2, same=0, older=0, silent=3, bad=0) in said
    assert "≠ 2025-12-02" in said  # the second was verified after the list went out
    assert len(radios(at)) == 2
    assert button(at, "reply-write").disabled
    radios(at)[0].set_value("take").run()
    assert button(at, "reply-write").disabled
    radios(at)[1].set_value("refuse").run()
    button(at, "reply-write").click().run()
    assert word("lacks.why", items=the_list().items[4].code) in text_of(at)
    assert len(book().decisions[the_list().items[1].code]) == 1


def test_replies_are_written_once_and_say_nothing_of_rectification(data):
    file = answered(_2={"kind": "整改中", "day": date(2026, 2, 1)}, _5={"kind": "已整改"})
    features, cases = holdings.stores()
    before = (features.revision(), cases.revision())
    at = opened("replies", replies=(dropped(file),))
    next(one for one in at.button if (one.key or "").startswith("reply-all-")).click().run()
    button(at, "reply-write").click().run()
    assert not at.exception
    assert word("written", count=2) in text_of(at)
    code = the_list().items[4].code
    (decision,) = book().decisions[code]
    assert (decision.choice, decision.reply.kind, decision.who) == ("take", "rectified", "王某")
    assert (decision.file, decision.row) == ("答复表.xlsx", 7)
    assert (features.revision(), cases.revision()) == before
    head = holdings.journal().head()
    again = opened("replies", replies=(dropped(file, "又一次.xlsx"),))
    assert word("read", new=0, same=2, older=0, silent=3, bad=0) in text_of(again)
    assert not radios(again)
    assert button(again, "reply-write").disabled
    assert holdings.journal().head() == head
    first = {"kind": "部分整改", "day": date(2026, 1, 31), "measures": "分流改造分期实施"}
    first |= {"contact": "演示员丙", "remark": "演示数据"}
    older = opened("replies", replies=(dropped(answered(_2=first)),))
    assert word("course.older") in text_of(older)


@pytest.mark.thorough
def test_a_reply_is_taken_with_a_change_and_the_words_that_came_stay(data):
    file = answered(_5={"kind": "已整改", "measures": "清了"})
    at = opened("replies", replies=(dropped(file),))
    radios(at)[0].set_value("change").run()
    field = next(one for one in at.text_input if one.key.startswith("reply-measures-"))
    field.set_value("已清运").run()
    why = next(one for one in at.text_input if one.key.startswith("reply-why-"))
    why.set_value("按电话补充").run()
    button(at, "reply-write").click().run()
    (decision,) = book().decisions[the_list().items[4].code]
    assert (decision.came.measures, decision.reply.measures) == ("清了", "已清运")
    assert decision.why == "按电话补充"


def test_what_changed_since_it_was_looked_at_is_refused_with_both_versions(data):
    file = answered(_5={"kind": "已整改"})
    at = opened("replies", replies=(dropped(file),))
    radios(at)[0].set_value("take").run()
    features, _ = holdings.stores()
    rows = features.rows("mixed_drainage", [LATE])
    rows["rectified_on"] = [date(2025, 12, 10)]
    note = RevisionNote("乙", "改", NOW)
    features.write("mixed_drainage", rows, note)
    head = holdings.journal().head()
    button(at, "reply-write").click().run()
    assert not at.exception
    refusal = at.session_state["kept.reply_refusal"]
    assert isinstance(refusal, ItemsChanged)
    code = the_list().items[4].code
    assert refusal.facts["changes"] == ((code, "rectified_on", "", "2025-12-10"),)
    assert word("changed.shown") in text_of(at)
    assert holdings.journal().head() == head
    assert radios(at)[0].value is None


@pytest.mark.thorough
def test_who_may_not_take_replies_of_an_office_writes_none(data, monkeypatch):
    at = opened("replies", replies=(dropped(answered(_5={"kind": "已整改"})),))
    radios(at)[0].set_value("take").run()
    monkeypatch.setattr(case_actions, "may_do", lambda _, act: act != "take_replies")
    button(at, "reply-write").click().run()
    assert isinstance(at.session_state["kept.reply_refusal"], NotAllowed)
    assert the_list().items[4].code not in book().decisions


@pytest.mark.thorough
def test_rows_kept_aside_stay_with_the_list_and_can_be_taken_to_be_mended(data):
    told = the_list()
    page = openpyxl.load_workbook(io.BytesIO(answered(_5={"kind": "已整改"})))
    kind = [one.id for one in COLUMNS].index("kind") + 1
    page["答复表"].cell(HEAD_ROW + 1, kind).value = "再说"
    file = io.BytesIO()
    page.save(file)
    at = opened("replies", replies=(dropped(file.getvalue()),))
    assert word("reason.kind_unknown") in text_of(at)
    radios(at)[0].set_value("take").run()
    button(at, "reply-write").click().run()
    taken = book().files[NUMBER][-1]
    assert [one["reasons"] for one in taken.bad] == [["kind_unknown"]]
    assert taken.bad[0]["code"] == told.items[0].code


@every_language
def test_every_reason_kind_and_choice_is_worded(language):
    for reason in REASONS:
        assert word(f"reason.{reason}", language)
    for kind in REPLY_KINDS:
        assert word(f"kind.{kind}", language) or language == "zh"
        assert word(f"kind.{kind}") == KIND_WORDS[kind]
    for choice in CHOICES:
        assert word(f"choice_about.{choice}", language)


def test_letters_that_no_store_takes_are_left_out_of_rows_kept_aside():
    row = BadRow("甲\0", 3, (("名称", "某\0桥\ud800"),), ("no_code",))
    kept = agency_actions._kept_row(row)
    assert (kept["sheet"], kept["cells"]) == ("甲", [["名称", "某桥"]])


# ----------------------------------------------------------------------------- into cases


def test_a_reply_that_was_taken_becomes_the_reply_to_an_item_by_the_lawful_move_alone(data):
    code = the_list().items[0].code
    at = opened(address={"batch": NUMBER}, agency_item=code)
    answer = next(one for one in at.selectbox if one.label == word("answer"))
    assert answer.value is None
    answer.set_value("accepted")
    next(one for one in at.button if one.label == word("enter")).click().run()
    assert not at.exception
    _, cases = holdings.stores()
    case = cases.get(CASE)
    assert case.events[-1].kind == "item_replied"
    assert case.events[-1].detail("item") == "1"
    assert code in case.events[-1].detail("text")
    assert word("entered", numbers=f"#{len(case.events) - 1}") in text_of(at)


def test_where_no_written_reply_is_entered_none_can_be_entered_to_an_item(data):
    state = reads.data_state()
    (standing, *_) = book().standings(NUMBER, state.as_of)
    (told,) = agency_desk.ways_into_cases(standing, state)
    assert told.is_lawful
    assert [one.number for one in told.items] == ["1", "2", "3"]
    before = reads.data_state(date(2025, 11, 13))
    (told,) = agency_desk.ways_into_cases(standing, before)
    assert not told.is_lawful


# --------------------------------------------------------------------- joint inspections


def test_a_joint_inspection_is_shown_and_entered_in_its_case_as_an_activity_once(data):
    at = opened("inspections", address={"inspection": INSPECTION})
    assert word("inspection.no_verification") in text_of(at)
    button(at, f"inspection-enter-{CASE}").click().run()
    assert not at.exception
    _, cases = holdings.stores()
    last = cases.get(CASE).events[-1]
    assert (last.kind, last.occurred_on) == ("joint_inspection", date(2025, 12, 5))
    assert INSPECTION in last.detail("result")
    assert "城关区住建局：演示员丙" in last.detail("participants")
    assert button(at, f"inspection-enter-{CASE}").disabled
    button(at, f"make-inspection-{INSPECTION}-minutes").click().run()
    (released,) = kept_releases(holdings.journal())  # it names who was there, and nothing stops it
    assert (released.audience, released.leaks) == ("agency", ())


def test_an_inspection_that_somebody_kept_meanwhile_is_refused_with_both_versions(data):
    at = opened("inspections", address={"inspection": INSPECTION})
    journal = holdings.agency_journal()
    (one,) = kept_inspections(journal)
    theirs = replace(one, title="另一事由")
    keep_inspection(journal, theirs, "李某", NOW)
    at.text_input(key=f"inspection-{INSPECTION}-0-title").set_value("我的事由")
    next(one for one in at.button if one.label == word("inspection.keep")).click().run()
    assert not at.exception
    said = text_of(at)
    assert "我的事由" in said
    assert "另一事由" in said
    assert len(journal.entries(kind="joint_inspection_kept")) == 2
    button(at, "inspection-mine").click().run()
    assert kept_inspections(journal)[0].title == "我的事由"


@pytest.mark.thorough
def test_a_new_inspection_takes_hazards_and_is_kept_with_agencies_and_people(data):
    stops = "mixed_drainage:CG-YW-01,mixed_drainage:CG-YW-02"
    at = opened("inspections", address={"stops": stops, "offices": "LZ-CG"})
    button(at, "inspection-take").click().run()
    at.multiselect[0].set_value(["城关区住建局"])
    next(one for one in at.button if one.label == word("inspection.keep")).click().run()
    assert not at.exception
    told = kept_inspections(holdings.agency_journal())[0]
    assert told.id == "LZ-CG-JC2025-002"
    assert [one.ref for one in told.stops] == stops.split(",")
    assert at.session_state["view"].inspection == told.id


def test_minutes_say_that_what_was_seen_is_no_verification():
    one = JointInspection("LZ-CG-JC2025-009", "LZ-CG", date(2025, 12, 5), summary="已看")
    paper = Document(io.BytesIO(render_minutes(one, "城关区人民检察院", date(2025, 12, 17))))
    assert any("不等于整改到位的核实" in line.text for line in paper.paragraphs)
