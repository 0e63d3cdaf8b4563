"""Cases come in and go out on screen: seen first, written when confirmed, what is wrong kept."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import reads
from dashboard.text import say
from geodata import open_city
from geodata.case_exchange import render_cases
from geodata.sample.cases import sample_cases
from tests.geodata.histories import a_case, event

CITY = open_city()
LEAD = a_case(event("lead_registered", "2025-01-02"), id="T-1")
BAD = a_case(event("case_filed", "2025-01-02", document="立案决定书"), id="T-2")
PAGE = """
from dashboard import reads, session
from dashboard.actions import cases as case_actions
from dashboard.panels.cases.exchange import show_case_exchange

session.sign({writer!r})
state = reads.data_state()
cases = reads.all_cases(state.revision)
show_case_exchange(
    reads.naming({language!r}),
    cases=lambda: cases,
    count=len(cases),
    imprint=reads.imprint(state),
    writer=session.writer(),
    on_plan=case_actions.plan_cases,
    on_import=case_actions.import_cases,
)
"""


pytestmark = pytest.mark.usefixtures("installation")


def page(writer="王某", language="zh"):
    return AppTest.from_string(
        PAGE.format(writer=writer, language=language), default_timeout=120
    ).run()


def send(app, name, content):
    app.file_uploader[0].set_value((name, content, "application/octet-stream"))
    app.run()
    assert not app.exception
    return app


def stored():
    return {case.id for case in reads.stores()[1].find()}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_file_is_seen_before_it_is_written_and_only_its_good_cases_go_in(language):
    app = page(language=language)
    send(app, "a.xlsx", render_cases([LEAD, BAD], ".xlsx", CITY, language))
    shown = " ".join(one.value for one in (*app.markdown, *app.caption))
    assert "T-1" in shown
    assert stored() == {case.id for case in sample_cases()}
    (problems,) = app.dataframe
    assert set(problems.value.iloc[:, 3]) == {"T-2"}
    app.button(key="import-cases").click().run()
    assert not app.exception
    assert stored() == {case.id for case in sample_cases()} | {"T-1"}
    assert [one.value for one in app.success]
    (entry,) = reads.stores()[1].get("T-1").events
    assert entry.recorded_by == "tester"


def test_without_a_name_nothing_can_be_written():
    app = send(page(writer=""), "a.json", render_cases([LEAD], ".json", CITY, "zh"))
    assert app.button(key="import-cases").disabled
    assert say("case_import.sign", "zh") in [one.value for one in app.warning]


def test_entries_of_a_list_bear_the_name_of_who_put_it_in():
    text = "案号,案件名称,承办院,类别,领域,线索日期\nT-3,案,城关,行政公益诉讼,安全生产,2025-01-02\n"
    app = send(page(), "清单.csv", text.encode("gb18030"))
    app.button(key="import-cases").click().run()
    assert reads.stores()[1].get("T-3").events[0].recorded_by == "王某"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_file_that_cannot_be_read_says_why(language):
    app = send(page(language=language), "a.xlsx", b"no workbook")
    (error,) = app.error
    assert say("reasons.broken", language) in error.value
    assert not [one for one in app.button if one.key == "import-cases"]


def test_what_is_there_already_is_said_and_no_button_is_shown():
    app = send(page(), "a.json", render_cases(sample_cases(), ".json", CITY, "zh"))
    assert say("case_import.nothing", "zh") in [one.value for one in app.info]


def test_what_changed_meanwhile_is_refused_whole():
    app = send(page(), "a.json", render_cases([LEAD], ".json", CITY, "zh"))
    reads.stores()[1].add(LEAD)
    app.button(key="import-cases").click().run()
    assert [one.value for one in app.error]
    assert not app.success
