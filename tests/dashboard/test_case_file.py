"""The case file on screen: moves are made, refusals explained, and nothing typed is lost."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import reads
from dashboard.panels.cases.header import PARTS
from dashboard.panels.cases.new_lead import MOST_CHOICES, find_cases
from geodata import load_rule_set, stage_of
from tests.geodata.histories import event

MAIN = str(Path(__file__).parents[2] / "dashboard" / "main.py")
XIGU, LEAD, WATER = "LZ-XG-2025-001", "LZ-CG-2025-003", "LZ-QLH-2025-001"
RULES = load_rule_set()
LATEST = date(2026, 6, 1)


@pytest.fixture
def cases(data):
    """The store of cases of this test's own copy of the demonstration."""
    return reads.stores()[1]


def opened(case_id="", language="zh", part="", writer="张某", **more):
    """Return the screen open at a case, signed and at one of its parts."""
    at = AppTest.from_file(MAIN, default_timeout=60)
    at.query_params.update({"screen": "case_file", "lang": language, **more})
    if case_id:
        at.query_params["sel"] = f"case:{case_id}"
    at.run()
    assert not at.exception
    if writer:
        at.text_input("writer").set_value(writer).run()
    if part:
        at.session_state["kept.part"] = part
        at.run()
    assert not at.exception
    return at


def widget(at, kind, ending):
    """Return the widget of a kind whose key ends so."""
    found = [one for one in getattr(at, kind) if (one.key or "").endswith(ending)]
    assert found, [one.key for one in getattr(at, kind)]
    return found[0]


def texts(at):
    """Return everything that can be read on the screen."""
    told = [one.value for kind in ("markdown", "caption", "error", "warning", "success", "info")
            for one in getattr(at, kind)]  # fmt: skip
    return "\n".join([*map(str, told), *(str(one.proto) for one in at.get("html"))])


def press(at, ending):
    widget(at, "button", ending).click().run()
    assert not at.exception


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("part", PARTS)
def test_every_part_of_a_case_file_is_shown_in_both_languages(cases, language, part):
    at = opened(XIGU, language, part)
    assert not at.error


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_lawful_moves_are_offered_and_one_is_made(cases, language):
    at = opened(XIGU, language)
    offered = {one.key for one in at.button if (one.key or "").startswith("move-")}
    assert offered == {
        "move-review_for_suit",
        "move-review_suspended",
        "move-terminated_after_rectification",
    }
    press(at, "move-review_for_suit")
    press(at, "-enter")
    assert stage_of(cases.get(XIGU), RULES, LATEST).id == "review_for_suit"
    assert cases.get(XIGU).events[-1].recorded_by == "张某"
    assert at.success


@pytest.mark.parametrize(("language", "said"), [("zh", "第78条"), ("en", "art. 78")])
def test_a_refusal_names_the_article_and_keeps_what_was_typed(cases, language, said):
    at = opened(XIGU, language)
    press(at, "move-review_suspended")
    widget(at, "text_area", "-note").set_value("封冻期无法施工")
    press(at, "-enter")
    assert said in at.error[0].value
    assert cases.get(XIGU).events[-1].kind != "review_suspended"
    assert widget(at, "text_area", "-note").value == "封冻期无法施工"
    widget(at, "selectbox", "-ground").set_value("objective_cause")
    widget(at, "selectbox", "-document").set_value("中止审查决定书")
    press(at, "-enter")
    assert not at.error
    assert cases.get(XIGU).events[-1].note == "封冻期无法施工"


def test_a_day_typed_last_and_sent_at_once_is_the_day_that_is_entered(cases):
    at = opened(XIGU)
    press(at, "move-review_for_suit")
    widget(at, "date_input", "moves-day").set_value(date(2025, 12, 1))
    press(at, "-enter")
    last = cases.get(XIGU).events[-1]
    assert (last.kind, last.occurred_on) == ("review_for_suit", date(2025, 12, 1))


def test_a_reply_corrected_to_a_day_before_receipt_is_refused_with_the_article(cases):
    at, before = opened(XIGU, part="record"), cases.get(XIGU)
    number = next(n for n, one in enumerate(before.events) if one.kind == "agency_replied")
    widget(at, "selectbox", f"pick-{XIGU}-{before.revision}").set_value(number).run()
    widget(at, "date_input", f"correct-{XIGU}-{number}-day").set_value(date(2025, 6, 1))
    press(at, "-enter")
    assert cases.get(XIGU) == before
    assert "2025-06-01" in at.error[0].value
    assert "行政机关收到检察建议" in at.error[0].value
    assert "第21条" in at.error[0].value


def test_nobody_enters_anything_without_a_name(cases):
    at = opened(XIGU, writer="")
    press(at, "move-review_for_suit")
    press(at, "-enter")
    assert "录入人" in at.error[0].value
    assert cases.get(XIGU).events[-1].kind != "review_for_suit"


def test_a_day_in_the_past_offers_what_was_lawful_then(cases):
    at = opened(XIGU)
    widget(at, "date_input", "moves-day").set_value(date(2025, 4, 20)).run()
    offered = {one.key for one in at.button if (one.key or "").startswith("move-")}
    assert offered == {"move-investigation_concluded", "move-case_transferred"}


def test_a_stale_edit_shows_both_versions_and_can_be_entered_after_all(cases):
    at = opened(XIGU)
    press(at, "move-review_for_suit")
    widget(at, "text_area", "-note").set_value("我的备注")
    other = replace(
        event("consultation", "2025-12-10", result="别人的磋商"),
        recorded_at=datetime.now(UTC),
        recorded_by="李某",
    )
    cases.record(XIGU, other, cases.get(XIGU).revision)
    press(at, "-enter")
    shown = texts(at)
    assert at.warning
    assert "别人的磋商" in shown
    assert "李某" in shown
    assert "我的备注" in shown
    assert cases.get(XIGU).events[-1].recorded_by == "李某"
    press(at, "enter-anyway")
    assert [one.recorded_by for one in cases.get(XIGU).events[-2:]] == ["李某", "张某"]
    assert cases.get(XIGU).events[-1].note == "我的备注"


def test_an_entry_is_corrected_and_the_wrong_one_stays_in_the_record(cases):
    at = opened(XIGU, part="record")
    number = next(n for n, one in enumerate(cases.get(XIGU).events) if one.kind == "hearing")
    widget(at, "selectbox", f"pick-{XIGU}-{cases.get(XIGU).revision}").set_value(number).run()
    assert widget(at, "text_input", "-participants").value.startswith("人民监督员")
    widget(at, "text_input", "-result").set_value("公开听证，延期")
    press(at, "-enter")
    last = cases.get(XIGU).events[-1]
    assert (last.corrects, last.detail("result")) == (number, "公开听证，延期")
    record = at.dataframe[0].value
    standing = record.set_index("编号")["效力"]
    assert standing[number].startswith(f"已由 #{len(cases.get(XIGU).events) - 1} 更正")


def test_an_entry_is_taken_back_with_its_reason(cases):
    at = opened(XIGU, part="record")
    number = next(n for n, one in enumerate(cases.get(XIGU).events) if one.kind == "hearing")
    widget(at, "selectbox", f"pick-{XIGU}-{cases.get(XIGU).revision}").set_value(number).run()
    at.session_state["correction"] = "withdraw"
    at.run()
    press(at, "-enter")
    assert "备注" in at.error[0].value
    widget(at, "text_area", "-note").set_value("重复录入")
    press(at, "-enter")
    assert (cases.get(XIGU).events[-1].kind, cases.get(XIGU).events[-1].corrects) == (
        "withdrawn",
        number,
    )


def test_a_transfer_to_another_office_of_the_city_writes_both_cases(cases):
    press_to = opened(LEAD)
    widget(press_to, "date_input", "moves-day").set_value(date(2025, 12, 2)).run()
    assert "move-lead_referred" in {one.key for one in press_to.button}
    case = replace(cases.get(LEAD), id="LZ-CG-2025-009", events=cases.get(LEAD).events[:2])
    cases.add(case)
    at = opened(case.id)
    press(at, "move-lead_referred")
    widget(at, "selectbox", "-office").set_value("LZ-QLH")
    widget(at, "selectbox", "-document").set_value("移送案件线索通知书")
    press(at, "-enter")
    received = next(one for one in cases.find() if one.came_from == case.id)
    assert received.jurisdiction == "LZ-QLH"
    assert cases.get(case.id).events[-1].detail("case") == received.id
    press(at, f"open-{received.id}")
    assert received.id in texts(at)


def test_the_item_table_keeps_reply_claim_and_verification_apart(cases):
    shown = texts(opened(XIGU, part="items"))
    for words in ("未回应", "部分采纳", "称已整改", "部分整改", "已整改到位"):
        assert words in shown
    at = opened(XIGU, "en", "items")
    widget(at, "segmented_control", "items-kind").set_value("item_verified").run()
    widget(at, "selectbox", "-item").set_value("3")
    widget(at, "selectbox", "-result_code").set_value("not_done")
    press(at, "-enter")
    assert cases.get(XIGU).events[-1].details == (("item", "3"), ("result_code", "not_done"))
    assert "Not put right" in texts(at)


def test_evidence_of_one_collector_and_the_gap_are_pointed_out(cases):
    assert "取证人不足两人（《办案规则》第36条）" in texts(opened(XIGU, part="papers"))
    assert "尚有缺口：公益损害事实" in texts(opened(XIGU, part="readiness"))


def test_what_is_claimed_planned_and_verified_stands_apart(cases):
    shown = texts(opened("LZ-YZ-2025-001", part="outcome"))
    for amount in ("31,400", "121,900", "19,400"):
        assert amount in shown
    assert "143,300" not in shown


def test_a_lead_is_registered_from_a_hazard_and_its_file_opens(cases):
    at = opened(sel="charging_stations:XG-CS-001")
    for name, value in (("office", "LZ-XG"), ("kind", "admin_pil")):
        widget(at, "selectbox", f"-{name}").set_value(value).run()
    widget(at, "selectbox", "-field").set_value("work_safety")
    widget(at, "selectbox", "-lead_source").set_value("hotline_12345")
    press(at, "register-lead")
    assert "案件名称" in at.error[0].value
    widget(at, "text_input", "-title_zh").set_value("督促整治某充电站行政公益诉讼案")
    press(at, "register-lead")
    (new,) = [one for one in cases.find() if not one.is_demonstration]
    assert new.id == "LZ-XG-2025-004"
    assert [str(ref) for ref in new.hazards] == ["charging_stations:XG-CS-001"]
    assert at.query_params["sel"] == f"case:{new.id}"


def test_the_same_harm_is_registered_against_another_agency(cases):
    at = opened(XIGU, part="hazards")
    widget(at, "text_input", "-agency").set_value("某街道办事处")
    press(at, f"{XIGU}-enter")
    (new,) = [one for one in cases.find() if not one.is_demonstration]
    assert new.hazards == cases.get(XIGU).hazards
    assert (new.agency, new.events[0].detail("case")) == ("某街道办事处", XIGU)


def test_a_case_that_is_gone_is_named_and_the_list_stands_in_its_place(cases):
    at = opened("LZ-XG-1999-001")
    assert "LZ-XG-1999-001" in at.warning[0].value
    assert len(at.dataframe[0].value) == len(cases.find())


def test_of_many_cases_only_those_are_offered_that_hold_the_words():
    titles = {f"LZ-XG-2025-{number:04}": f"督促整治案{number}" for number in range(3000)}
    assert len(find_cases(titles, "")) == MOST_CHOICES
    assert find_cases(titles, " 2999 lz-xg ") == ["LZ-XG-2025-2999"]
    assert find_cases(titles, "没有") == []


def test_a_day_in_the_past_is_said_on_the_case_file_and_what_was_not_known_is_not_told(cases):
    day, late = date(2025, 9, 1), date(2025, 10, 9)
    case = cases.get(XIGU)
    linked = event("hazard_unlinked", "2025-08-30", hazard=str(case.hazards[0]), note="登记有误")
    recorded_at = datetime(late.year, late.month, late.day, tzinfo=UTC)
    cases.record(XIGU, replace(linked, recorded_at=recorded_at), case.revision)
    told = {}
    for known in ({}, {"known": day.isoformat()}):
        said = texts(opened(XIGU, part="hazards", day=day.isoformat(), **known))
        assert reads.naming("zh").word("time.past", day=day.isoformat()) in said
        told[bool(known)] = said
    many, one_less = len(case.hazards), len(case.hazards) - 1
    word = reads.naming("zh").word
    assert word("case_file.hazards.count", count=many) in told[True]
    assert word("case_file.hazards.count", count=one_less) in told[False]
