"""Chinese first, English by a switch: no word of the other language is left behind."""

import re

import pytest
from playwright.sync_api import expect

from dashboard.text import all_words, say
from geodata import Title, load_rule_set, open_city
from layers.catalog import all_layers
from tests.browser import demonstration
from tests.browser.chromium import has_chinese

pytestmark = pytest.mark.browser

OTHER = {"zh": "en", "en": "zh"}
STREAMLITS_OWN = {"Open", "Search"}  # what it calls buttons of lists and tables, in every language
LABELS = """() => [...document.querySelectorAll("*")].flatMap(
    (one) => ["aria-label", "placeholder", "title", "alt"].map((name) => one.getAttribute(name))
).filter(Boolean)"""


def things() -> list[Title]:
    """Return the names of things that the screen shows beside the words of the interface."""
    layers = all_layers()
    return [
        *(one.title for one in layers),
        *(one for layer in layers for one in layer.hazard_kinds.values()),
        *(column.title for layer in layers for column in layer.schema.columns),
        *(one.title for one in load_rule_set().stages.values()),
        *load_rule_set().groups.values(),
        *(one.short for one in open_city().jurisdictions),
        *(one.title for one in open_city().jurisdictions),
    ]


def words_of_the_other(language: str) -> set[str]:
    own, other = all_words(language), all_words(OTHER[language])
    phrases = {text for key, text in other.items() if own[key] != text and "{" not in text}
    phrases |= {one.says(OTHER[language]) for one in things()} - {
        one.says(language) for one in things()
    }
    return {text.strip() for text in phrases} - {
        *(say("frame.this_language", one) for one in OTHER),
        *STREAMLITS_OWN,
        "",
    }


def everything_said(overview) -> list[str]:
    """Return every line of text and every label on the page and on the map."""
    labels = [*overview.page.evaluate(LABELS), *overview.map.ask(LABELS)]
    lines = [line.strip() for line in re.split(r"[\n\t]", overview.text())]
    cells = [one.strip() for one in overview.page.locator("table :is(th, td)").all_text_contents()]
    return [*lines, *cells, *labels]


@pytest.mark.parametrize(
    "language",  # the next test reads the same page in Chinese, with a card and a list on it
    [pytest.param("zh", marks=pytest.mark.thorough), "en"],
)
def test_offices_figures_and_cases_speak_one_language_only(overview, language):
    overview.open("/?lang=en")
    if language == "zh":
        overview.turn("language", "zh")
        overview.wait_until_gone("lang")
        expect(overview.map.locator(".gis-legend summary")).to_have_text("图例")
        overview.settle()
    said = everything_said(overview)
    assert set(said) & words_of_the_other(language) == set()
    assert say("frame.title", language) in "".join(said)
    if language == "en":
        known = ("中文", open_city().outline_source.map_approval_number)
        left = [line for line in said if has_chinese(re.sub("|".join(known), "", line))]
        assert left == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_cards_and_lists_of_hazards_speak_one_language_only(overview, language):
    ref = demonstration.loneliest("charging_stations")
    overview.open(f"/?lang={language}&sel={ref}&list=hazards_found&offices=LZ-XG&by=hazard")
    expect(overview.side.locator("h4").first).to_be_visible()
    overview.page.get_by_role("button", name=say("filters.more", language)).click()
    expect(overview.keyed("filter-from_on")).to_be_visible()
    assert set(everything_said(overview)) & words_of_the_other(language) == set()


def test_the_switch_keeps_everything_else_as_it_is(overview):
    ref = demonstration.loneliest("charging_stations")
    overview.open(f"/?by=overdue&offices=LZ-XG&list=cases_open&sel={ref}&at=12/36.10000/103.60000")
    overview.map.drag((700, 120), (560, 240))
    overview.map.wait_until_told()
    before, parts, view = overview.map.refs(), overview.parts(), overview.map.view()
    overview.turn("language", "en")
    overview.wait_for_part("lang", "en")
    expect(overview.map.locator(".gis-legend summary")).to_have_text("Legend")
    overview.settle()
    overview.map.wait_for(before)
    assert overview.map.selected() == {ref}
    assert {**overview.parts(), "at": ""} == {**parts, "lang": "en", "at": ""}
    assert overview.map.view() == pytest.approx(view, abs=1e-3)
