"""Signing in as people do: wrong, right, what a district then sees, out again; a guest's link."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from dashboard.text import say
from geodata.accounts import Accounts
from tests.browser.chromium import visitor
from tests.browser.server import running_app

PASSWORD = "correct horse battery"  # noqa: S105 - of accounts made here
OWN, FOREIGN, SHARED = "LZ-XG-2025-001", "LZ-CG-2025-001", "LZ-XQ-2025-002"
COLD_MS = 120_000
"""On a first start whoever signs in first waits until the demonstration data is made."""
TELEPHONE = (390, 844)
REFUSED = re.compile(r"status of 40[13]")


@pytest.fixture(scope="module")
def office(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("office")
    accounts = Accounts(folder / "accounts.sqlite")
    accounts.add("li", "李某", "chief", "LZ-XG", PASSWORD)
    accounts.add("zhao", "赵某", "prosecutor", "LZ-YD", PASSWORD)
    accounts.add("sun", "孙某", "volunteer", "LZ-YD", PASSWORD)
    told = {"PIM_ACCOUNTS_FILE": str(folder / "accounts.sqlite"), "PIM_SECRET": "0123456789" * 4}
    with running_app(folder, PIM_SIGN_IN="accounts", **told) as address:
        yield address


@pytest.fixture
def page(browser, office):
    with visitor(browser, office) as (context, watch):
        yield context.new_page()
    assert watch.foreign == []
    assert [said for said in watch.complaints if not REFUSED.search(said)] == []


def sign_in(page, account, password=PASSWORD):
    page.fill("#account", account)
    page.fill("#password", password)
    page.click("main button", timeout=COLD_MS)


def test_a_district_signs_in_sees_its_own_and_what_is_shared_and_leaves(page, browser, office):
    page.goto(f"{office}/?screen=case_file&sel=case:{FOREIGN}")
    sign_in(page, "zhao", "not the password")
    expect(page.get_by_role("alert")).to_contain_text(say("access.sign_in.wrong", "zh")[:8])
    sign_in(page, "zhao")
    gone = say("card.gone", "zh", name=FOREIGN)
    expect(page.get_by_text(gone)).to_be_visible()
    expect(page.get_by_text("永登检察院所见")).to_be_visible()
    page.goto(f"{office}/?screen=case_file&sel=case:LZ-NO-2025-999")
    expect(page.get_by_text(say("card.gone", "zh", name="LZ-NO-2025-999"))).to_be_visible()
    page.goto(f"{office}/?screen=case_file&sel=case:{SHARED}")
    expect(page.locator(".pim-card h4").first).to_contain_text(SHARED)
    expect(page.get_by_text("赵某").first).to_be_visible()
    page.goto(f"{office}/?screen=acts")
    expect(page.get_by_text("没有这个页面")).to_be_visible()
    page.goto(f"{office}/?screen=figures&list=cases_filed")
    with page.expect_download() as taken:
        page.get_by_role("button", name=say("overdue.download.csv", "zh"), exact=True).click()
    assert "LZ-YD-" in Path(taken.value.path()).read_text("utf-8-sig")
    assert page.request.get(taken.value.url).ok
    expect(page.get_by_role("button", name="Download as CSV")).to_have_count(0)  # past the record
    with visitor(browser, office) as (context, _):
        stranger = context.new_page()
        stranger.goto(f"{office}/sign-in")
        sign_in(stranger, "li")
        expect(stranger.get_by_text("西固检察院所见")).to_be_visible()
        assert context.request.get(taken.value.url).status == 404
    other = page.context.new_page()
    other.goto(f"{office}/sign-out")
    other.click("main button")
    expect(other.locator("#account")).to_be_visible()
    page.reload()
    expect(page.locator("#account")).to_be_visible()


def test_a_guest_reads_a_case_with_aliases_until_the_link_is_revoked(page, browser, office):
    page.goto(f"{office}/?screen=acts")
    sign_in(page, "li")
    page.get_by_text(say("acts.guests", "zh"), exact=True).click()
    page.get_by_label(say("acts.guest.recipient", "zh")).fill("人民监督员甲")
    page.get_by_label(say("acts.guest.purpose", "zh")).fill("听证")
    page.get_by_label(say("acts.guest.cases", "zh")).click()
    page.get_by_role("option").filter(has_text=OWN).click()
    page.get_by_text(say("acts.guest.about", "zh")[:12]).click()
    page.get_by_role("button", name=say("acts.guest.give", "zh")).click()
    link = page.locator('[data-testid="stCode"]').inner_text().strip()
    with visitor(browser, office) as (context, _):
        guest = context.new_page()
        guest.goto(link)
        expect(guest.get_by_text("人民监督员甲")).to_be_visible()
        expect(guest).to_have_url(f"{office}/guest?lang=zh")
        expect(guest.get_by_text("西固区某局")).to_be_visible()
        guest.goto(f"{office}/?screen=case_file&sel=case:{OWN}")
        expect(guest.locator("#account")).to_be_visible()
        table = page.locator('[data-testid="stDataFrame"]')
        table.click(position={"x": 16, "y": 53}, force=True)
        page.get_by_role("button", name=say("acts.guest.revoke", "zh")).click()
        expect(page.get_by_role("button", name=say("acts.guest.revoke", "zh"))).to_have_count(0)
        guest.goto(f"{office}/guest")
        expect(guest.get_by_role("alert")).to_contain_text("已收回")


def test_a_volunteer_reports_on_a_telephone_by_a_click_on_the_map_and_follows_it(browser, office):
    said = "河滩上新倒了几车建筑垃圾"
    with visitor(browser, office, size=TELEPHONE) as (context, watch):
        page = context.new_page()
        page.goto(f"{office}/?screen=overview&sel=case:{OWN}")
        sign_in(page, "sun")
        expect(page.get_by_text("没有这个页面")).to_be_visible()
        expect(page.get_by_text(OWN)).to_have_count(0)
        page.goto(office)
        page.locator("[class*='-kind-']").get_by_role("combobox").click()
        page.get_by_role("option", name="河道").click()
        frame = page.frame_locator("iframe[title*='folium']")
        expect(frame.locator(".gis-name").first).to_be_visible()
        frame.locator(".leaflet-container").click(position={"x": 180, "y": 120})
        expect(page.get_by_text("已选位置")).to_be_visible()
        page.get_by_label(say("leads.form.text", "zh")).fill(said)
        page.locator(".st-key-lead-submit button").click()
        expect(page.get_by_text(say("volunteer.done.submitted", "zh"))).to_be_visible()
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= TELEPHONE[0], "nothing is wider than the telephone"
        page.locator(".st-key-volunteer-part").get_by_text("我的线索").click()
        expect(page.get_by_text(said)).to_be_visible()
        expect(page.get_by_text(say("volunteer.status.received", "zh"))).to_be_visible()
    assert watch.foreign == []
    assert [one for one in watch.complaints if not REFUSED.search(one)] == []
