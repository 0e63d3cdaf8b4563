"""Cases under the law on screen: the case file, the deadlines, the rules, and an entry made."""

import re
from datetime import date
from io import BytesIO
from urllib.parse import quote

import openpyxl
import pytest
from icalendar import Calendar
from playwright.sync_api import expect

from dashboard.text import say
from geodata import load_rule_set, open_cases
from tests.browser import demonstration
from tests.browser.server import running_app

pytestmark = pytest.mark.browser

STATIONS = "LZ-XG-2025-001"
LATE = "LZ-CG-2025-002"
RULES = load_rule_set()


def case_of(case_id):
    return next(one for one in demonstration.cases() if one.id == case_id)


def screen(seen, query):
    """Go to a screen and wait until it has been drawn to its end."""
    seen.page.goto(f"{seen.address}/?{query}")
    expect(seen.keyed("screen")).to_be_visible()
    seen.settle()
    return seen.page


# Both languages have every word (test_text); test_case_file and test_rule_set show these screens
# in both, without a browser.
IN_BOTH = pytest.mark.parametrize(
    "language", ["zh", pytest.param("en", marks=pytest.mark.thorough)]
)


@IN_BOTH
def test_a_case_file_tells_where_the_case_stands_and_what_may_lawfully_come_next(
    overview, language
):
    case = case_of(STATIONS)
    page = screen(overview, f"lang={language}&screen=case_file&sel=case:{case.id}")
    expect(page.get_by_text(case.title.says(language)).first).to_be_visible()
    following = RULES.stage("follow_up_investigation").allowed_next(case.kind)
    for kind in following:
        expect(overview.button(f"move-{kind}")).to_have_text(
            re.compile(re.escape(RULES.stage(kind).title.says(language)))
        )
    expect(overview.keyed("course").get_by_text("2026-01-30").first).to_be_visible()
    overview.map.wait_for({str(ref) for ref in case.hazards})


@pytest.mark.thorough
def test_a_case_is_opened_from_the_overview_and_every_part_of_its_file_can_be_looked_at(overview):
    overview.open(f"/?sel=case:{STATIONS}")
    overview.button("open-case-file").click()
    overview.wait_for_part("screen", "case_file")
    parts = overview.keyed("case-part").get_by_role("radio")
    expect(parts.first).to_be_visible()
    for number in range(parts.count()):
        overview.keyed("case-part").locator("button").nth(number).click()
        overview.settle()
        expect(overview.page.get_by_test_id("stException")).to_have_count(0)


def test_what_is_overdue_is_listed_by_whose_move_it_is_and_leaves_as_calendar_and_workbook(
    overview,
):
    page = screen(overview, "screen=overdue")
    table = overview.table("due-rows-")
    assert LATE in table.text()
    overview.table("due-rows-").tick(0)
    overview.wait_for_part("sel")
    files = {}
    for form in ("ics", "xlsx"):
        with page.expect_download() as download:
            overview.button(f"due-{form}").click()
        files[form] = download.value.path().read_bytes()
    deadlines = Calendar.from_ical(files["ics"]).walk("VEVENT")
    assert deadlines
    assert all(one["dtstart"].dt == one.decoded("dtstart") for one in deadlines)
    book = openpyxl.load_workbook(BytesIO(files["xlsx"]))
    assert LATE in {cell.value for row in book.worksheets[0].iter_rows() for cell in row}


@IN_BOTH
def test_the_rules_are_printed_with_every_deadline_and_the_draft_says_that_it_is_none(
    overview, language
):
    page = screen(overview, f"lang={language}&screen=rule_set&rules=cn-draft-2026")
    expect(
        page.get_by_text(load_rule_set("cn-draft-2026").title.says(language)).first
    ).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_figures_of_a_year_open_the_cases_behind_them(overview):
    page = screen(overview, "screen=figures&period=2025-01-01..2025-12-31&list=cases_filed")
    filed = {
        case.id
        for case in demonstration.cases()
        for event in case.events
        if event.kind in {"case_filed", "criminal_incidental_filed"}
        and event.occurred_on.year == 2025
    }
    rows = overview.table("figure-list-")
    expect(rows.grid).to_be_attached()
    assert rows.rows() == len(filed)
    assert str(len(filed)) in page.get_by_test_id("stMain").inner_text()


@pytest.fixture
def own_app(tmp_path):
    """An app of one's own: what is entered here, nobody else sees."""
    with running_app(tmp_path) as address:
        yield address


def test_an_entry_is_refused_without_a_name_then_made_and_stands_in_the_record(
    own_app, visit, tmp_path
):
    seen = visit(own_app)
    page = screen(seen, f"screen=case_file&sel=case:{STATIONS}")
    seen.button("move-review_for_suit").click()
    submit = page.get_by_test_id("stFormSubmitButton").locator("button").first
    submit.click()
    seen.settle()
    stored = open_cases(f"sqlite:{tmp_path / 'data' / 'cases.sqlite'}")
    assert stored.get(STATIONS).revision == case_of(STATIONS).revision
    expect(page.get_by_test_id("stAlert").first).to_be_in_viewport()
    writer = seen.keyed("writer").locator("input")
    writer.fill("王检察官")
    writer.press("Enter")
    seen.settle()
    seen.keyed("moves-day").get_by_role("spinbutton").first.click()
    page.keyboard.type("20251210")
    page.get_by_text(say("case_file.moves.day", "zh")).first.click()  # puts the calendar away
    seen.settle()
    expect(page.get_by_text(say("case_file.moves.next", "zh", day="2025-12-10"))).to_be_visible()
    page.get_by_test_id("stFormSubmitButton").locator("button").first.click()
    expect(page.get_by_test_id("stAlert").first).to_contain_text("2025-12-10")
    seen.settle()
    entry = stored.get(STATIONS).events[-1]
    assert (entry.kind, entry.recorded_by) == ("review_for_suit", "王检察官")
    assert entry.occurred_on == date(2025, 12, 10)
    expect(page.get_by_text(say("case_file.moves.next", "zh", day="2025-12-10"))).to_be_visible()
    expect(page.get_by_text(RULES.stage("suit_filed").title.zh).first).to_be_visible()
    assert quote(STATIONS) in page.url or STATIONS in page.url
