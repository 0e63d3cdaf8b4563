"""Findings in a browser: ticked in the list, seen on the map, rejected, made one case."""

import pytest
from playwright.sync_api import expect

from tests.browser.server import running_app

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def app(browser, tmp_path_factory):
    """An app of this file's own: what is decided here stays here."""
    with running_app(tmp_path_factory.mktemp("findings")) as address:
        yield address


def table_of(seen):
    return seen.table("findings-zh")


def row_of(seen, name):
    """Return the row in sight that holds a name, counted from 0."""
    rows = table_of(seen).grid.locator("tbody tr")
    expect(rows.filter(has_text=name)).to_have_count(1)
    return next(row for row, text in enumerate(rows.all_text_contents()) if name in text)


def tick(seen, *names):
    for name in names:
        table_of(seen).tick(row_of(seen, name))
        seen.settle()
        expect(seen.keyed("finding-decide")).to_contain_text(name)


def fill(seen, key, text):
    field = seen.keyed(key).locator("input").first
    field.fill(text)
    field.press("Tab")
    seen.settle()


def choose(seen, key):
    """Choose an option of a field; scrolling would shut its list, so it is in view first."""
    box = seen.page.locator(f"[class*='st-key-finding-case-'][class*='{key}']")
    seen.keyed("finding-open-case").scroll_into_view_if_needed()
    expect(box).to_be_in_viewport()
    seen.page.evaluate("() => new Promise((done) => setTimeout(done, 300))")
    box.get_by_role("combobox").click()
    expect(seen.page.get_by_role("option").first).to_be_visible()
    seen.page.keyboard.press("ArrowDown")
    seen.page.keyboard.press("Enter")
    seen.settle()


def look(seen, app, office):
    """Open the yards of an office, and wait until the map shows each of them."""
    seen.page.goto(f"{app}/?screen=findings&model=yards_on_farmland&offices={office}")
    expect(table_of(seen).grid).to_be_attached()
    seen.map.wait_for_count(table_of(seen).rows())


def test_a_finding_is_rejected_with_reason_and_two_become_one_case(visit, app):
    seen = visit(app)
    look(seen, app, "LZ-YD")
    tick(seen, "某取土场")
    finding = seen.wait_for_part("finding")
    seen.map.wait("(ref) => gis.state.selected.includes(ref)", f"finding:{finding}")
    seen.map.wait("() => gis.byRef['measured:0'] !== undefined")
    assert "m²" in seen.map.text(), "the ground shared stands on the map in numbers"
    fill(seen, "finding-writer", "王检察官")
    expect(seen.button("finding-rejected")).to_be_disabled()
    fill(seen, "finding-why-", "现场无堆场，已复垦")
    seen.button("finding-rejected").click()
    expect(seen.keyed("finding-decide")).to_contain_text("已驳回 1 条")
    expect(seen.keyed("finding-why")).to_contain_text("现场无堆场，已复垦")

    look(seen, app, "LZ-YZ")
    tick(seen, "某煤场甲", "某煤场戊")
    fill(seen, "finding-writer", "王检察官")
    choose(seen, "-kind")
    choose(seen, "-field")
    title = seen.page.locator("[class*='st-key-finding-case-'][class*='-title'] input")
    title.fill("督促整治堆场占用农用地案")
    title.press("Tab")
    seen.settle()
    seen.button("finding-open-case").click()
    expect(seen.keyed("finding-decide")).to_contain_text("2 条发现已成一件案件")
    seen.button("decided-case").click()
    case = seen.wait_for_part("sel")
    assert case.startswith("case:LZ-YZ-")
    expect(seen.page.locator(".pim-card").first).to_contain_text("大数据法律监督模型")


def test_a_sign_on_the_map_opens_its_finding(visit, app):
    seen = visit(app)
    look(seen, app, "LZ-GL")
    ref = min(seen.map.refs())
    name = seen.map.point_at(ref).split(" · ")[-1]
    seen.map.click(ref)
    assert f"finding:{seen.wait_for_part('finding')}" == ref
    expect(seen.keyed("finding-why")).to_contain_text(name)
