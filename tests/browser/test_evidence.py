"""Evidence in the browser: handed in and seen again, compared by a slider, covered by drawing."""

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from dashboard.text import say
from layers.drawing.before_after import Half, SliderWords, as_data, draw_page

pytestmark = pytest.mark.browser

RIVER, STATION = "case:LZ-YD-2025-001", "case:LZ-XG-2025-001"
EDGE = "(one) => one.closest('.before-after').style.getPropertyValue('--at')"
CLIP = "(one) => getComputedStyle(one).clipPath"


def word(key, **facts):
    return say(f"evidence.{key}", "zh", **facts)


@pytest.fixture
def evidence(overview):
    """The screen of evidence, to be opened for a case at one of its parts."""

    def open_part(selected, part="", more=""):
        page = overview.page
        page.goto(f"{overview.address}/?screen=evidence&sel={selected}{more}")
        expect(overview.keyed("evidence-part")).to_be_visible()
        overview.settle()
        if part:
            overview.keyed("evidence-part").get_by_text(word(f"part.{part}"), exact=True).click()
            overview.settle()
        return overview

    return open_part


def shown_whole(pictures: Locator) -> None:
    """Wait until pictures are there, each with its pixels."""
    for picture in pictures.all():
        expect(picture).to_have_js_property("complete", value=True)
        assert picture.evaluate("(one) => one.naturalWidth") > 0


def a_photo(colour: str) -> bytes:
    made = BytesIO()
    Image.new("RGB", (320, 240), colour).save(made, "JPEG")
    return made.getvalue()


def test_the_slider_moves_by_keyboard_and_by_mouse_and_asks_nobody(evidence):
    screen = evidence(RIVER, "pairs")
    page = screen.page
    slider = page.get_by_role("slider", name=word("pairs.slider"))
    expect(slider).to_be_visible()
    shown_whole(page.locator(".before-after img"))
    days = page.locator(".before-after .day")
    expect(days).to_have_text([re.compile("2025-11-12"), re.compile("2025-04-09")])
    expect(page.locator(".before-after figcaption")).to_contain_text("SHA-256")
    screen.settle()
    asked = screen.watch.sent
    before = page.locator(".before-after .half.before")
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    expect(slider).to_have_value("40")
    assert slider.evaluate(EDGE) == "40%"
    assert "60%" in before.evaluate(CLIP)
    assert "40" in (slider.get_attribute("aria-valuetext") or "")
    page.keyboard.press("End")
    expect(slider).to_have_value("100")
    frame = page.locator(".before-after .pictures").bounding_box()
    assert frame is not None
    middle = frame["y"] + frame["height"] / 2
    page.mouse.move(frame["x"] + frame["width"] - 2, middle)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.25, middle, steps=5)
    page.mouse.up()
    assert float(slider.input_value()) == pytest.approx(25, abs=2)
    assert screen.watch.sent == asked


def test_the_slider_moves_by_touch(evidence):
    screen = evidence(RIVER, "pairs")
    page = screen.page
    slider = page.get_by_role("slider", name=word("pairs.slider"))
    expect(slider).to_be_visible()
    shown_whole(page.locator(".before-after img"))
    frame = page.locator(".before-after .pictures").bounding_box()
    assert frame is not None
    touch = page.context.new_cdp_session(page)
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def finger(kind, share):
        at = {"x": frame["x"] + frame["width"] * share, "y": frame["y"] + frame["height"] / 2}
        touch.send("Input.dispatchTouchEvent",
                   {"type": kind, "touchPoints": [] if kind == "touchEnd" else [at]})  # fmt: skip

    finger("touchStart", 0.5)
    for share in (0.6, 0.7, 0.8):
        finger("touchMove", share)
    finger("touchEnd", 0.8)
    assert float(slider.input_value()) == pytest.approx(80, abs=3)


def test_files_are_handed_in_at_once_and_the_item_is_seen_with_its_picture(evidence):
    screen = evidence(STATION, "hand_in")
    page = screen.page
    page.locator("input[type=file]").set_input_files(
        [
            {"name": "东面.jpg", "mimeType": "image/jpeg", "buffer": a_photo("#2a6f4e")},
            {"name": "复函.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 invented"},
        ]
    )
    button = screen.button("evidence-hand-in")
    expect(button).to_contain_text(word("hand_in.button", count=2))
    page.get_by_label(say("case_file.writer", "zh"), exact=True).fill("王某")
    page.keyboard.press("Enter")
    screen.settle()
    page.get_by_label(re.compile(word("hand_in.first_collector"))).fill("王某")
    page.keyboard.press("Tab")
    screen.settle()
    button.click()
    screen.settle()
    expect(page.get_by_text(word("hand_in.few")).last).to_be_visible()  # one alone, and no reason
    page.get_by_label(word("hand_in.second_collector")).fill("李某")
    page.keyboard.press("Tab")
    screen.settle()
    screen.button("evidence-hand-in").click()
    kept = page.get_by_test_id("stAlert").first
    expect(kept).to_contain_text(word("done.handed_in", count=2, numbers="").split("（")[0])
    screen.button("evidence-open-").click()
    screen.wait_for_part("item")
    screen.settle()
    picture = screen.keyed("open-item").locator("img").first
    expect(picture).to_have_attribute("alt", re.compile("东面.jpg"))
    shown_whole(picture)
    expect(screen.keyed("open-item")).to_contain_text("王某")


def test_a_rectangle_drawn_on_a_picture_covers_that_part_of_the_copy(evidence):
    screen = evidence(STATION, more="&item=4")
    page = screen.page
    page.get_by_role("tab", name=word("tab.copy")).click()
    frame = page.locator(".draw-boxes img")
    shown_whole(frame)
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 60, steps=4)
    page.mouse.up()
    preview = page.locator(f"img[alt='{word('copy.preview')}']")
    expect(preview).to_be_attached()
    shown_whole(preview)
    expect(page.locator(".draw-boxes .box")).to_have_count(1)
    expect(screen.keyed("box-back-0")).to_be_attached()


def test_the_page_of_two_pictures_works_from_a_disk_and_asks_for_nothing(browser, tmp_path):
    days = {"2025-04-09": "#7a4b2a", "2025-11-12": "#3f7a3a"}
    halves = [
        Half(as_data(a_photo(colour), "image/jpeg"), day, f"{day} · 来源", day)
        for day, colour in days.items()
    ]
    words = SliderWords("前后对比", "之前的照片显示 %", "照片没有取到")
    file = tmp_path / "对比.html"
    file.write_text(draw_page("对比", *halves, words, language="zh"), encoding="utf-8")
    page, asked = browser.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    shown_whole(page.locator("img"))
    slider = page.get_by_role("slider", name="前后对比")
    slider.focus()
    page.keyboard.press("Home")
    expect(slider).to_have_value("0")
    assert "100%" in page.locator(".half.before").evaluate(CLIP)
    assert [one for one in asked if not one.startswith(("data:", "file:"))] == []
    page.close()
