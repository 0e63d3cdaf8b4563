"""The page without a mouse: figures and filters are reached by Tab and worked by Enter."""

import pytest
from playwright.sync_api import expect

from dashboard.reads import INDICATORS
from tests.browser import demonstration

pytestmark = pytest.mark.browser

FILTERS = ("text", "jurisdictions", "layers", "stage_groups", "colour")
CONTROLS = (
    "screen",
    "language",
    *(f"indicator-{one}" for one in INDICATORS),
    *(f"filter-{one}" for one in FILTERS),
)
KEY_OF_FOCUS = """() => {
    const now = document.activeElement;
    const box = now.closest("[class*='st-key-']");
    if (now.tagName === "IFRAME" || !box) return now.tagName;
    return box.className.match(/st-key-([\\w-]+)/)[1];
}"""


def test_tab_passes_every_control_in_the_order_of_the_eye_and_reaches_the_map(overview):
    page, passed = overview.open().page, []
    while len(passed) < 60 and "IFRAME" not in passed:
        page.keyboard.press("Tab")
        passed.append(page.evaluate(KEY_OF_FOCUS))
    assert [one for one in dict.fromkeys(passed) if one in CONTROLS] == list(CONTROLS)
    assert passed[-1] == "IFRAME"


def test_enter_on_a_figure_opens_its_list(overview):
    page = overview.open().page
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(KEY_OF_FOCUS) == "indicator-leads":
            break
    page.keyboard.press("Enter")
    overview.wait_for_part("list", "leads")
    overview.settle()
    leads = next(one for one in demonstration.indicators() if one.id == "leads")
    expect(overview.list.grid).to_have_attribute("aria-rowcount", str(len(leads.counted) + 1))
    assert page.evaluate(KEY_OF_FOCUS) == "indicator-leads", "the focus stays where it was"


def test_a_filter_is_set_by_typing_and_enter(overview):
    overview.open()
    overview.keyed("filter-layers").get_by_role("combobox").focus()
    overview.page.keyboard.type("充电")
    overview.page.keyboard.press("ArrowDown")
    overview.page.keyboard.press("Enter")
    overview.wait_for_part("layers", "charging_stations")
    overview.map.wait_for_count(45)
