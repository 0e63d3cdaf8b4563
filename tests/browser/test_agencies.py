"""The whole round: a form leaves by the door, is filled in, comes back and is written once."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from dashboard.text import say
from geodata.journal import open_journal
from layers.agency_lists import read_book
from layers.invented_agency_list import NUMBER
from tests.browser.chromium import WAIT_MS
from tests.browser.server import running_app
from tests.layers.test_agency_lists import filled

pytestmark = [pytest.mark.browser, pytest.mark.thorough]


@pytest.fixture
def office(browser, tmp_path):
    """An app of this test's own, for what it writes: its address and its folder."""
    with running_app(tmp_path) as address:
        yield address, tmp_path


def test_a_form_is_taken_at_the_door_filled_in_and_comes_back(office, visit):
    address, folder = office
    seen = visit(address)
    page = seen.page
    page.goto(f"{address}/?screen=agencies&batch={NUMBER}")
    writer = page.get_by_placeholder(say("case_file.writer", "zh")).first
    expect(writer).to_be_visible(timeout=2 * WAIT_MS)  # the demonstration is made first
    writer.fill("王某")
    writer.press("Enter")
    make = seen.button(f"make-agency-{NUMBER}-form")
    expect(make).to_be_enabled()
    make.click()
    with page.expect_download() as download:
        seen.button(f"download-agency-{NUMBER}-form").click()
    form = Path(download.value.path()).read_bytes()
    journal = open_journal(f"sqlite:{folder / 'data' / 'journal.sqlite'}")
    (*_, last) = read_book(journal).lists[NUMBER].items
    back = folder / "答复表.xlsx"
    back.write_bytes(filled(form, {last.code: {"kind": "整改中", "measures": "分期"}}))
    page.get_by_text(say("agencies.part.replies", "zh"), exact=True).first.click()
    page.locator("input[type=file]").set_input_files(back)
    page.get_by_text(say("agencies.take_rest", "zh", count=1)).click()
    expect(seen.button("reply-write")).to_be_enabled()
    seen.button("reply-write").click()
    expect(page.get_by_text(say("agencies.written", "zh", count=1))).to_be_visible()
    (decision,) = read_book(journal).decisions[last.code]
    assert (decision.who, decision.reply.measures) == ("王某", "分期")
