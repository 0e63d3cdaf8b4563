"""Days out planned on screen: what is wished, the plan, changing it by hand, taking it along."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from dashboard.text import say
from geodata.journal import open_journal
from layers.visit_plans import find_plan
from tests.browser import demonstration
from tests.browser.server import running_app

pytestmark = pytest.mark.browser

STOPS = tuple(
    sorted(one for one in demonstration.placed() if one.startswith("charging_stations:"))
)[:6]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("visits")


@pytest.fixture(scope="module")
def app(browser, folder):
    with running_app(folder) as address:
        yield address


@pytest.fixture
def planned(visit, app):
    """The screen of site visits with a plan of six stops that nobody has kept."""
    seen = visit(app)
    seen.page.goto(f"{app}/?screen=site_visits&stops={','.join(STOPS)}")
    go(seen, "plan")
    plan_button = say("visits.plan", "zh")
    seen.page.get_by_role("button", name=plan_button).last.click()
    expect(seen.page.get_by_text(re.compile("走访 6/6 站"))).to_be_visible()
    seen.settle()
    return seen


def go(seen, part):
    name = say(f"visits.part.{part}", "zh", count=len(STOPS))
    seen.page.get_by_role("radio", name=name, exact=True).click()
    seen.settle()


def rows(seen):
    """Return name and hours of each stop in the timetable."""
    table = seen.table("plan-rows")
    cells = [[table.cell(row, at) for at in range(7)] for row in range(table.rows())]
    return [(one[3], one[2], one[6]) for one in cells if one[1]]


def wait_until_first(seen, name):
    """Wait until a stop is the first of the timetable; return its rows."""
    for _ in range(60):
        seen.settle()
        told = rows(seen)
        if told[0][0] == name:
            return told
        seen.page.wait_for_timeout(500)
    raise AssertionError((name, told))


def board(seen):
    boards = seen.page.locator("iframe[title*=sortable]")
    frame = boards.filter(visible=True).content_frame  # one that is replaced lingers, unseen
    expect(frame.locator(".sortable-item").first).to_be_visible()
    return frame


def test_a_plan_is_on_the_map_and_in_the_timetable_and_says_that_its_ways_are_estimates(planned):
    names = demonstration.features().set_index("ref")["name"]
    assert {one[0] for one in rows(planned)} == {names[ref] for ref in STOPS}
    assert planned.map.refs() >= set(STOPS)
    expect(planned.page.get_by_text(say("planning.estimate", "zh"))).to_be_visible()
    expect(planned.page.get_by_text(say("visits.all_in", "zh"))).to_be_visible()


def test_a_stop_that_is_dragged_to_the_front_stays_there_and_the_rest_is_planned_anew(planned):
    before = [one[0] for one in rows(planned)]
    planned.keyed("plan-change").locator("label").click()
    items = board(planned).locator(".sortable-item")
    texts = items.all_text_contents()
    assert texts == before
    last, first = items.nth(len(texts) - 1), items.nth(0)
    last.scroll_into_view_if_needed()
    start, end = last.bounding_box(), first.bounding_box()
    mouse = planned.page.mouse
    mouse.move(start["x"] + 40, start["y"] + start["height"] / 2)
    mouse.down()
    for share in (0.3, 0.6, 0.9, 1.0):
        y = start["y"] + (end["y"] - start["y"]) * share
        mouse.move(start["x"] + 40, y + 4 - 6 * (share == 1.0), steps=4)
    mouse.up()
    expect(board(planned).locator(".sortable-item").first).to_have_text(before[-1])
    after = wait_until_first(planned, before[-1])
    assert after[0][2] == say("visits.held", "zh")
    assert sorted(one[0] for one in after) == sorted(before)


def test_the_same_can_be_done_without_a_mouse_by_the_form_below(planned):
    before = [one[0] for one in rows(planned)]
    planned.keyed("plan-change").locator("label").click()
    pick = planned.page.locator("[class*=st-key-move-ref] input")
    expect(pick).to_be_visible()
    planned.settle()
    pick.focus()
    pick.type(before[2])
    expect(planned.page.get_by_role("option", name=before[2])).to_be_visible()
    pick.press("Enter")
    planned.settle()
    planned.page.get_by_role("button", name=say("visits.put", "zh")).press("Enter")
    planned.settle()
    wait_until_first(planned, before[2])


def test_a_wish_that_cannot_be_is_named_before_anything_is_planned(
    planned,
):
    page = planned.page
    hour = page.locator("[class*=st-key-wish-opens] [role=spinbutton]").first
    page.get_by_test_id("stExpander").locator("summary").first.click()
    expect(hour).to_be_visible()
    hour.click()
    hour.press_sequentially("18")
    hour.press("Escape")
    hour.press("Tab")  # what was typed is taken over on leaving the field; a button moves by that
    planned.settle()
    page.get_by_role("button", name=say("visits.plan", "zh")).last.click()
    expect(page.get_by_text(re.compile("工作时间 18:.*不成立")).first).to_be_visible()


def test_a_plan_is_kept_passed_on_by_its_address_and_a_pack_leaves_on_record(
    planned, visit, app, folder
):
    page = planned.page
    page.locator(".st-key-visits-writer-plan input").fill("王某")
    page.keyboard.press("Enter")
    planned.settle()
    planned.button("keep-plan").click()
    plan_id = planned.wait_for_part("plan")
    journal = open_journal(f"sqlite:{folder / 'data' / 'journal.sqlite'}")
    kept = find_plan(journal, plan_id)
    assert set(kept.plan.visited) == set(STOPS)
    assert kept.who == "王某"

    other = visit(app)
    other.page.goto(f"{app}/?screen=site_visits&plan={plan_id}")
    go(other, "out")
    expect(other.page.get_by_text(say("visits.codes", "zh"))).to_be_visible()
    other.page.locator("[class*=st-key-officers] input").fill("王某、李某")
    other.page.keyboard.press("Enter")
    other.page.locator(".st-key-visits-writer-out input").fill("李某")
    other.page.keyboard.press("Enter")
    other.settle()
    other.button("issue-pack").click()
    expect(other.page.get_by_text(re.compile("第 1 版已制作"))).to_be_visible()
    with other.page.expect_download() as download:
        other.button("take-pack").click()
    pack = Path(download.value.path()).read_text("utf-8")
    (issued,) = journal.entries(kind="pack_issued")
    assert issued.who == "李某"
    data = json.loads(re.search(r'id="pack">(.*?)</script>', pack, re.DOTALL)[1])
    assert data["identity"]["id"] == issued.told["pack_id"]
    assert [stop["ref"] for stop in data["stops"]] == list(kept.plan.visited)
    with other.page.expect_download() as download:
        other.button("visit-file-pdf").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    assert download.value.suggested_filename == f"走访_{kept.plan.tours[0].on}_1组.pdf"


def test_one_officer_alone_gets_no_pack(planned):
    planned.page.locator(".st-key-visits-writer-plan input").fill("王某")
    planned.page.keyboard.press("Enter")
    planned.settle()
    planned.button("keep-plan").click()
    planned.wait_for_part("plan")
    go(planned, "out")
    planned.page.locator("[class*=st-key-officers] input").fill("王某")
    planned.page.keyboard.press("Enter")
    planned.settle()
    planned.button("issue-pack").click()
    expect(planned.page.get_by_test_id("stAlertContentError")).to_be_visible()
