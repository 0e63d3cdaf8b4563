"""The address is the view: pasted elsewhere it shows the same, and a step back goes a step back."""

import pytest
from playwright.sync_api import expect

from dashboard.text import say
from geodata import Scope
from tests.browser import demonstration

pytestmark = pytest.mark.browser

NONSENSE = {
    "offices": "ATLANTIS",
    "layers": "dragons",
    "by": "rainbow",
    "from": "yesterday",
    "within": "1,2",
    "sel": "nothing",
    "at": "99/x/y",
}
QUICKLY = (
    ("cases_open", "overdue"),
    ("leads", "hazard"),
    ("cases_filed", "overdue"),
    ("reply_rate", "hazard"),
)


def test_a_link_shows_the_same_picture_to_somebody_who_was_never_here(
    overview, visit, demonstration_app
):
    ref = demonstration.loneliest("charging_stations")
    lon, lat = demonstration.place(ref)
    overview.open(f"/?at=14/{lat:.5f}/{lon:.5f}")
    overview.turn("language", "en")
    overview.wait_for_part("lang", "en")
    overview.turn("colour", "hazard", "en")
    overview.wait_for_part("by", "hazard")
    overview.pick("jurisdictions", "Xigu")
    overview.wait_for_part("offices")
    overview.pick("layers", "Charging stations")
    overview.wait_for_part("layers")
    overview.button("indicator-cases_open").click()
    overview.wait_for_part("list")
    overview.settle()
    overview.map.click(ref)
    overview.wait_for_part("sel", ref)
    overview.map.drag((600, 200), (500, 150))
    overview.map.wait_until_told()
    overview.settle()

    other = visit(demonstration_app).open(overview.page.url.removeprefix(demonstration_app))
    scope = Scope(jurisdictions=frozenset({"LZ-XG"}), layers=frozenset({"charging_stations"}))
    other.map.wait_for(demonstration.placed(scope))
    assert other.map.selected() == overview.map.selected() == {ref}
    assert other.map.view() == pytest.approx(overview.map.view(), abs=1e-4)
    assert other.map.colours() == overview.map.colours()
    assert other.side.inner_text() == overview.side.inner_text()
    assert other.text() == overview.text()
    assert other.parts() == overview.parts()


@pytest.mark.parametrize(
    "language",  # the words are held by test_text, what is ignored by test_view
    ["zh", pytest.param("en", marks=pytest.mark.thorough)],
)
def test_a_link_full_of_nonsense_opens_the_default_view_and_says_what_it_ignored(
    overview, language
):
    asked = "&".join(f"{name}={value}" for name, value in NONSENSE.items())
    overview.open(f"/?lang={language}&who=stranger&{asked}")
    overview.map.wait_for(demonstration.placed())
    said = overview.page.get_by_test_id("stAlert")
    before, after = say("frame.ignored", language).split("{parts}")
    expect(said).to_contain_text(before)
    expect(said).to_contain_text(after)
    for name, value in {**NONSENSE, "who": "stranger"}.items():
        expect(said).to_contain_text(f"{name}={value}")
    for name in NONSENSE.keys() - {"at"}:
        overview.wait_until_gone(name)


def test_markup_in_a_link_is_words_and_nothing_else(overview):
    overview.open(
        "/?sel=%3Cimg+src=x+onerror=alert(1)%3E:**b**&%60**n**%60=[x](http://evil.example)"
    )
    expect(overview.side).to_contain_text("<img src=x onerror=alert(1)>:**b**")
    live = overview.page.get_by_test_id("stAlert").locator("img, b, strong, a")
    assert live.evaluate_all("(all) => all.map((one) => one.outerHTML)") == []


def test_a_step_back_goes_back_to_what_was_seen_before(overview):
    overview.open()
    overview.pick("layers", "充电设施")
    overview.wait_for_part("layers")
    stations = demonstration.placed(Scope(layers=frozenset({"charging_stations"})))
    overview.map.wait_for(stations)
    overview.pick("jurisdictions", "西固")
    overview.wait_for_part("offices")
    overview.settle()
    overview.page.go_back()
    overview.wait_until_gone("offices")
    overview.map.wait_for(stations)
    overview.page.go_back()
    overview.wait_until_gone("layers")
    overview.map.wait_for(demonstration.placed())
    overview.page.go_forward()
    overview.map.wait_for(stations)


@pytest.mark.thorough
def test_clicks_in_quick_succession_all_count(overview):
    overview.open()
    overview.turn("colour", "hazard")
    overview.wait_for_part("by", "hazard")
    overview.settle()
    for listed, colour in 2 * QUICKLY:
        overview.button(f"indicator-{listed}").click()
        overview.turn("colour", colour)
        overview.wait_for_part("by", colour)
        overview.wait_for_part("list", listed)
        overview.settle()
