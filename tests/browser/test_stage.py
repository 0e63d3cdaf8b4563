"""A story on stage: one file from a disk, every key, the speaker's window, and the app's door."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cache
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from dashboard.decks.stage_page import render_stage
from dashboard.naming import Naming
from dashboard.telling.drafts import draft_story
from dashboard.telling.story import Fact, FactsScene, MapScene, PairScene, Picture, Story
from dashboard.text import say
from geodata import Scope, load_rule_set, open_city
from geodata.casebook import casebook_of
from geodata.sample import SAMPLE_ON
from geodata.standing import judge
from layers.catalog import all_layers
from layers.situation import dress, see
from tests.browser import demonstration
from tests.browser.chromium import HD, visitor

pytestmark = pytest.mark.browser

NAMES = Naming(open_city(), load_rule_set(), all_layers(), "zh")
SCENE, PART = "data-scene", "data-part"
LETTERS = "甲乙丙丁戊己庚辛" * 400
"""What one name of a fact is told by, longer than any screen."""


@cache
def day_of(day):
    standing = judge(casebook_of(demonstration.cases()), load_rule_set, day)
    return dress(demonstration.features(), standing), standing


def look(scope, day):
    return see(*day_of(day), scope)


def photograph(picture):
    made = BytesIO()
    colour = "#803010" if picture.item == 1 else "#108030"
    Image.new("RGB", (900, 600), colour).save(made, "JPEG")
    return made.getvalue()


@cache
def whole_story() -> Story:
    """Return 26 cases, then a pair of photographs, a pair of maps, and a text without an end."""
    story = draft_story(demonstration.cases(), look(Scope(), SAMPLE_ON), NAMES, SAMPLE_ON, "r1")
    case = next(one for one in story.scenes if isinstance(one, MapScene) and len(one.refs) > 2)
    photos = [
        Picture(side, on=SAMPLE_ON, item=n, sha256=side * 64) for n, side in ((1, "a"), (2, "b"))
    ]
    maps = [Picture("", on=day, map=case) for day in (date(2025, 8, 1), SAMPLE_ON)]
    added = (
        PairScene("照片", before=photos[0], after=photos[1]),
        PairScene("地图", before=maps[0], after=maps[1]),
        FactsScene("长文", facts=(Fact("说明", LETTERS),)),
    )
    return replace(story, scenes=(*story.scenes, *added))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The offline file of 26 cases, as it lies on a USB stick."""
    path = tmp_path_factory.mktemp("usb") / "讲案.html"
    page = render_stage(whole_story(), look, NAMES, read_picture=photograph)
    assert len(page) < 4_000_000
    path.write_bytes(page)
    return path


@contextmanager
def opened(browser, file, **how) -> Iterator[Page]:
    """Open the file; whatever it asks for or complains about is an error."""
    asked = []
    with visitor(browser, "", **how) as (context, watch):
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.goto(file.as_uri())
        yield page
        own = [url for url in asked if url.partition("#")[0] == file.as_uri()]
        asks = [url for url in asked if url not in own and not url.startswith("data:")]
        assert own, "what the file asks for is not written down"
        assert asks == []
        assert watch.complaints == []


def scene(page):
    return page.locator("html")


def wait_for(page, number):
    expect(scene(page)).to_have_attribute(SCENE, str(number))


def until(page, condition):
    """Wait until a condition holds; the page's policy lets nobody evaluate one within it."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"never came true: {condition}")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def number_of(story, kind, which=0):
    return [n for n, one in enumerate(story.scenes, 1) if isinstance(one, kind)][which]


def test_the_file_is_told_by_keys_alone_and_asks_for_nothing(browser, file):
    story = whole_story()
    count = len(story.scenes)
    with opened(browser, file) as page:
        wait_for(page, 1)
        expect(page.locator(".heading")).to_have_text(story.title)
        for forth, back in (("PageDown", "PageUp"), ("ArrowDown", "ArrowUp"), (" ", "Backspace")):
            press(page, forth)
            wait_for(page, 2)
            press(page, back)
            wait_for(page, 1)
        press(page, "ArrowRight")
        wait_for(page, 2)
        press(page, "ArrowLeft", "End")
        wait_for(page, count)
        press(page, "Home")
        wait_for(page, 1)
        press(page, "1", "2", "Enter")
        wait_for(page, 12)
        expect(page.locator(".number")).to_contain_text(f"12 / {count}")
        press(page, "9", "9", "9", "Enter")
        expect(page.locator(".said")).to_have_text(
            say("stage.no_such_scene", "zh", number=999, count=count)
        )


def test_black_help_full_screen_and_leaving_each_have_a_way_back(browser, file):
    with opened(browser, file) as page:
        press(page, "1", "2", "Enter", "b")
        expect(page.locator(".cover")).to_be_visible()
        press(page, "PageDown")
        expect(page.locator(".cover")).to_be_hidden()
        wait_for(page, 12)
        press(page, "?")
        expect(page.locator(".help")).to_contain_text(say("stage.help.leave", "zh").split("：")[0])
        press(page, "Escape")
        expect(page.locator(".help")).to_be_hidden()
        press(page, "d")
        expect(scene(page)).to_have_attribute("data-theme", "dark")
        press(page, "f")
        until(page, "Boolean(document.fullscreenElement)")
        press(page, "F5")
        until(page, "!document.fullscreenElement")
        wait_for(page, 12)
        page.reload()
        wait_for(page, 12)
        press(page, "Escape")
        expect(page.locator(".cover")).to_contain_text(say("stage.leaving", "zh"))
        press(page, "x")
        expect(page.locator(".cover")).to_be_hidden()


def test_every_scene_stands_whole_on_a_small_screen(browser, file):
    story = whole_story()
    with opened(browser, file, size=HD) as page:
        page.emulate_media(reduced_motion="reduce")
        over = page.evaluate(OVERFLOWS)
        assert over == []
        wait_for(page, len(story.scenes))
        expect(scene(page)).to_have_attribute("data-kind", "table")
        told = page.evaluate(WHOLE_TEXT)
        assert told.count("甲乙丙丁戊己庚辛") >= 390
        assert "".join(one for one in told if one in "甲乙丙丁戊己庚辛") == LETTERS


OVERFLOWS = """() => {
    const found = [], stage = play.stage, count = JSON.parse(story.textContent).scenes.length;
    const within = (inner, outer) =>
        inner.bottom <= outer.bottom + 1 && inner.right <= outer.right + 1;
    for (let n = 0; n < count; n++) {
        stage.go(n);
        for (let part = 0; part < stage.parts.length; part++) {
            if (part) stage.step(1);
            const room = document.querySelector(".body").getBoundingClientRect();
            const tell = (what) => found.push([n + 1, part, what]);
            const kinds = ".rows, .chart, .opening, .sides, .before-after";
            document.querySelectorAll(kinds).forEach((one) => {
                if (!within(one.getBoundingClientRect(), room)) tell(one.className);
            });
            const heading = document.querySelector(".heading");
            const legend = document.querySelector(".map-legend");
            if (heading.scrollWidth > heading.clientWidth + 1) tell("heading");
            if (legend && legend.offsetParent && legend.scrollHeight > legend.clientHeight + 2)
                tell("legend");
            document.querySelectorAll(".rows td, .rows th").forEach((one) => {
                if (parseFloat(getComputedStyle(one).fontSize) < 0.02 * innerHeight)
                    tell("small letters");
            });
        }
    }
    return found;
}"""

WHOLE_TEXT = """() => {
    const stage = play.stage, texts = [];
    stage.go(stage.at);
    for (let part = 0; part < stage.parts.length; part++) {
        if (part) stage.step(1);
        texts.push(...[...document.querySelectorAll(".rows td")].map((one) => one.textContent));
    }
    return texts.join("");
}"""


VIEW = """((map) => [map.getCenter().lat, map.getCenter().lng, map.getZoom()])(
    play.maps()[0].map)"""


def test_the_map_is_explored_and_comes_back_to_the_view_of_its_scene(browser, file):
    story = whole_story()
    number = number_of(story, MapScene)
    with opened(browser, file) as page:
        page.emulate_media(reduced_motion="reduce")
        press(page, *str(number), "Enter")
        wait_for(page, number)
        before = page.evaluate(VIEW)
        expect(page.locator(".map-legend h2")).to_have_text(say("stage.legend", "zh"))
        expect(page.locator(".leaflet-control-scale-line")).to_contain_text("m")
        expect(page.locator(".map-north")).to_be_visible()
        press(page, "p")
        at = page.evaluate("play.maps()[0].pixelOf(0)")
        title = page.evaluate("play.maps()[0].items[0].title")
        page.mouse.click(at["x"], at["y"])
        expect(page.locator(".card h2")).to_have_text(title)
        expect(page.locator(".card")).to_contain_text(say("stage.card.state", "zh"))
        press(page, "ArrowRight", "+")
        until(page, f"JSON.stringify({VIEW}) !== JSON.stringify({before})")
        press(page, "a")
        expect(page.locator(".exploring")).to_contain_text(say("stage.everything", "zh"))
        assert page.evaluate("play.maps()[0].items.length") > 100
        press(page, "Escape")
        expect(page.locator(".card")).to_be_hidden()
        until(page, f"JSON.stringify({VIEW}) === JSON.stringify({before})")
        wait_for(page, number)
        assert page.evaluate("play.maps()[0].map.dragging.enabled()") is False


def test_the_speakers_window_tells_notes_and_time_and_drives_the_stage(browser, file):
    story = whole_story()
    number = number_of(story, MapScene)
    told = story.scenes[number - 1]
    with opened(browser, file) as page:
        press(page, *str(number), "Enter")
        with page.expect_popup() as popup:
            press(page, "s")
        speaker = popup.value
        expect(speaker.locator(".heading")).to_have_text(told.heading)
        expect(speaker.locator(".next_heading")).to_have_text(story.scenes[number].heading)
        for line in told.notes.splitlines():
            expect(speaker.locator(".notes")).to_contain_text(line)
        for part in ("scene_time", "case_time", "total_time"):
            expect(speaker.locator(f".{part}")).to_contain_text("/")
        speaker.locator(".go-on").click()
        wait_for(page, number + 1)
        speaker.keyboard.press("PageUp")
        wait_for(page, number)
        expect(speaker.locator(".heading")).to_have_text(told.heading)
        press(page, "PageDown")
        expect(speaker.locator(".heading")).to_have_text(story.scenes[number].heading)
        page.evaluate("play.clock.spent[play.stage.at] = 3600")
        late = speaker.locator(".time:has(.scene_time)")
        expect(late).to_have_attribute("data-state", "over")
        expect(late).to_contain_text("超时")
        speaker.locator(".go-black").click()
        expect(page.locator(".cover")).to_be_visible()
        page.close(run_before_unload=True)
        speaker.wait_for_event("close")


def test_before_and_after_are_compared_by_keys_and_by_hand(browser, file):
    story = whole_story()
    photos = number_of(story, PairScene, -2)
    with opened(browser, file) as page:
        press(page, *str(photos), "Enter")
        wait_for(page, photos)
        figure, slider = page.locator(".before-after"), page.locator(".before-after input")
        expect(page.locator(".before-after img").first).to_have_js_property("naturalWidth", 900)
        expect(figure).to_have_attribute("style", re.compile("--at: 50%"))
        press(page, "]")
        expect(slider).to_have_value("55")
        slider.focus()
        press(page, "ArrowRight")
        expect(slider).to_have_value("56")
        wait_for(page, photos)
        press(page, "PageDown")
        wait_for(page, photos + 1)
        expect(page.locator(".of-maps .day")).to_have_text(["后 2025-12-17", "前 2025-08-01"])
        edge = page.locator(".of-maps .edge").bounding_box()
        y = edge["y"] + edge["height"] / 3
        page.mouse.move(edge["x"] + 2, y)
        page.mouse.down()
        page.mouse.move(edge["x"] - 300, y, steps=4)
        page.mouse.up()
        assert int(page.locator(".of-maps input").input_value()) < 40
        press(page, "p", "ArrowRight")
        centres = "play.maps().map((one) => one.map.getCenter().lng)"
        page.wait_for_timeout(400)
        east, also = page.evaluate(centres)
        assert abs(east - also) < 1e-4, "the two maps are not in step"
        press(page, "p")


def test_the_app_opens_the_stage_in_a_page_of_its_own(overview):
    ids = ",".join(one.id for one in demonstration.cases()[:2])
    page = overview.page
    page.goto(f"{overview.address}/?screen=story_board&cases={ids}")
    take_along = say("leaving.board_part.out", "zh")
    overview.keyed("board-part").get_by_text(take_along, exact=True).click(timeout=60_000)
    link = page.get_by_test_id("stLinkButton").get_by_role(
        "link", name=say("stage.door.open", "zh")
    )
    expect(link.first).to_be_visible(timeout=90_000)
    with page.context.expect_page() as stage:
        link.first.click()
    stage = stage.value
    wait_for(stage, 1)
    stage.keyboard.press("End")
    expect(stage.locator(".number")).not_to_contain_text("1 / ")
    with stage.expect_popup() as speaker:
        stage.keyboard.press("s")
    expect(speaker.value.locator(".notes")).not_to_be_empty()
    speaker.value.close()
    stage.context.set_offline(True)
    stage.keyboard.press("Home")
    stage.keyboard.press("PageDown")
    wait_for(stage, 2)
    stage.context.set_offline(False)
    answer = page.request.get(stage.url.partition("#")[0] + "x")
    assert answer.status == 403
    assert say("stage.door.refused", "zh") in answer.text()
