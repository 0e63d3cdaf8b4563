"""Time on the overview: the months are played in the browser alone, and any day can be seen."""

import re

import pytest
from playwright.sync_api import expect

from dashboard.text import say
from geodata.sample import SAMPLE_ON
from layers.drawing.timeline import FIGURES

pytestmark = pytest.mark.browser

NEWEST, EARLIER, MIDDLE = SAMPLE_ON.isoformat(), "2025-03-31", "2025-06-30"
GO_TO = """({day}) => {
    const slider = gis.bar.querySelector("input");
    slider.value = gis.shown.time.run.days.indexOf(day);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
}"""


def begin(overview, query=""):
    """Open the overview at rest in a run: the wish for less motion keeps it from playing."""
    overview.page.emulate_media(reduced_motion="reduce")
    overview.open(query)
    overview.map.locator(".gis-offer").click()
    overview.map.wait("() => gis.bar !== null")
    overview.settle()
    return overview.map


def day_of(page_map):
    return page_map.ask("() => gis.state.day")


def looks(page_map):
    """Return what is seen of every feature: colour, rim and mark, or colours of an outline."""
    return page_map.ask(
        """() => Object.fromEntries(Object.entries(gis.byRef).map(([ref, {options}]) => [ref,
            options.sign ? [options.sign.fill, options.sign.rim, options.sign.mark]
                : [options.fillColor, options.color, options.dashArray, options.weight]]))"""
    )


def legend(page_map):
    return page_map.locator(".gis-legend").inner_text()


def test_the_months_are_played_without_asking_the_server_for_anything(overview):
    page, page_map = overview.open().page, overview.map
    page_map.locator(".gis-offer").click()
    page_map.wait("() => gis.state.isPlaying")
    overview.settle()
    page_map.locator(".gis-play").click()
    expect(page_map.locator(".gis-play")).to_contain_text("播放")
    page_map.locator(".gis-pace").select_option("fast")
    page_map.locator("input[type=range]").press("Home")
    asked, painted = [], []
    page.on("request", lambda request: asked.append(request.url))
    sent, repaints = overview.watch.sent, page_map.repaints()
    painted.append(page_map.ask("() => gis.state.painted"))
    page_map.locator(".gis-play").click()
    page_map.wait("(day) => gis.state.day === day && !gis.state.isPlaying", NEWEST)
    painted.append(page_map.ask("() => gis.state.painted"))
    assert 0 < painted[0] < painted[1]
    assert (overview.watch.sent, asked) == (sent, []), "nothing was sent, nothing was asked for"
    assert page_map.repaints() == repaints, "the server painted nothing"


@pytest.mark.thorough
@pytest.mark.parametrize("colour", ["status", "overdue"])
def test_a_month_of_the_run_looks_like_the_page_of_that_day(overview, colour):
    page_map = begin(overview, f"/?by={colour}")
    replayed = {}
    for day in (EARLIER, MIDDLE, NEWEST):
        page_map.ask(GO_TO, day=day)
        replayed[day] = looks(page_map), legend(page_map)
    assert len({len(seen) for seen, _ in replayed.values()}) == 3, "the months differ"
    for day, (seen, told) in replayed.items():
        overview.open(f"/?by={colour}&day={day}" if day != NEWEST else f"/?by={colour}")
        assert looks(overview.map) == seen, day
        parts = [text.rsplit("\n", 1)[0] for text in (legend(overview.map), told)]
        assert parts[0] == parts[1], day


@pytest.mark.thorough
def test_the_whole_page_is_seen_from_the_day_that_is_chosen_and_comes_back(overview):
    page_map = begin(overview)
    present = overview.figure("hazards_found")
    page_map.ask(GO_TO, day=MIDDLE)
    expect(page_map.locator(".gis-day small")).to_contain_text(NEWEST)
    told = page_map.locator(".gis-day b").all_inner_texts()
    page_map.locator(".gis-look").click()
    overview.wait_for_part("day", MIDDLE)
    expect(overview.keyed("past")).to_contain_text(say("time.past", "zh", day=MIDDLE))
    overview.settle()
    page_map.wait("(day) => gis.shown.time.seenOn === day", MIDDLE)
    shown = [overview.figure(one).split("/")[0] for one in FIGURES]
    assert shown == told, "the bar told of this day what the figures say of it"
    assert day_of(page_map) == MIDDLE
    expect(page_map.locator(".gis-look")).to_be_disabled()
    overview.button("past-back").click()
    overview.wait_until_gone("day")
    overview.settle()
    assert overview.figure("hazards_found") == present
    assert overview.keyed("past").count() == 0


def test_any_day_can_be_seen_and_as_it_was_known_then(overview):
    overview.open("/?day=2025-05-14")
    expect(overview.keyed("past")).to_contain_text("2025-05-14")
    overview.keyed("past-known").locator("label").first.click()
    overview.wait_for_part("known", "2025-05-14")
    overview.settle()
    field = overview.keyed("past-day").locator("input").first
    assert re.sub(r"\D", "", field.input_value() or "20250514") == "20250514"
    overview.button("past-back").click()
    overview.wait_until_gone("day")
    overview.wait_until_gone("known")


def test_the_keys_step_through_the_months_and_play(overview):
    page_map = begin(overview)
    days = page_map.ask("() => gis.shown.time.run.days")
    assert (day_of(page_map), page_map.ask("() => gis.state.isPlaying")) == (NEWEST, False)
    slider = page_map.locator("input[type=range]")
    for key, expected in (("ArrowLeft", days[-2]), ("Home", days[0]), ("ArrowRight", days[1]),
                          ("ArrowLeft", days[0]), ("End", NEWEST), ("Home", days[0])):  # fmt: skip
        slider.press(key)
        assert day_of(page_map) == expected, key
        assert slider.get_attribute("aria-valuetext").startswith(expected)
    slider.press("Space")
    page_map.wait("(first) => gis.state.isPlaying && gis.state.day !== first", days[0])
    slider.press("Space")
    assert not page_map.ask("() => gis.state.isPlaying")


@pytest.mark.thorough
def test_a_hazard_is_clicked_in_the_past_and_the_map_stays_there(overview):
    page_map = begin(overview)
    page_map.ask(GO_TO, day=MIDDLE)
    ref = page_map.ask(
        """() => Object.keys(gis.byRef).find((ref) => {
            const {x, y} = gis.pixelOf(ref);
            return ref.startsWith("elder_") && x > 330 && x < 650 && y > 20 && y < 380;
        })"""
    )
    page_map.click(ref)
    selected = overview.wait_for_part("sel")
    overview.settle()
    page_map.wait("() => gis.state.selected.length > 0")
    assert page_map.is_ringed(selected)
    assert day_of(page_map) == MIDDLE
    expect(overview.side).to_contain_text(selected.split(":")[1])


def test_what_is_not_there_yet_cannot_be_touched(overview):
    page_map = begin(overview)
    first = page_map.ask("() => gis.shown.time.run.days[0]")
    page_map.ask(GO_TO, day=first)
    page_map.ask(
        """() => { window.absent = gis.items.filter((one) => !(one.ref in gis.byRef)); }"""
    )
    assert page_map.ask("() => absent.length > 0")
    assert page_map.ask(
        "() => absent.every((one) => one.layers.every((l) => !l.options.interactive))"
    )


@pytest.mark.thorough
def test_another_language_goes_on_on_the_same_day_and_the_run_can_be_ended(overview):
    page_map = begin(overview)
    page_map.ask(GO_TO, day=MIDDLE)
    overview.turn("language", "en")
    overview.wait_for_part("lang", "en")
    overview.settle()
    expect(page_map.locator(".gis-look")).to_have_text(say("time.bar.look", "en"))
    assert day_of(page_map) == MIDDLE
    page_map.locator(".gis-end").click()
    expect(page_map.locator(".gis-offer")).to_be_visible()
    page_map.wait("() => gis.bar === null")
