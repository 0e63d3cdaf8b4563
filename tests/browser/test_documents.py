"""Papers in a browser: the map on the screen as a picture, and a summary taken along."""

from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from PIL import Image
from playwright.sync_api import expect

from dashboard.text import say
from tests.browser.chromium import WAIT_MS

pytestmark = pytest.mark.browser


def fetched(overview, key):
    """Return what a download button hands out."""
    expect(overview.button(key)).to_be_visible(timeout=WAIT_MS)
    with overview.page.expect_download() as download:
        overview.button(key).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_the_map_on_the_screen_becomes_a_picture_and_the_record_a_summary(overview):
    overview.open()
    overview.map.ask("() => { map.setView([36.10, 103.60], 12); }")
    overview.map.wait_until_told()
    page = overview.page
    page.get_by_role("button", name=say("documents.map.button", "zh")).click()
    writer = overview.keyed("writer").locator("input")
    writer.fill("王某")
    writer.press("Enter")
    expect(overview.button("make-map-overview")).to_be_enabled()
    page.get_by_role("radio", name=say("documents.map.reaches.screen", "zh")).click()
    overview.settle()
    overview.button("make-map-overview").click()
    name, near = fetched(overview, "download-map-overview")
    assert name.endswith(".png")
    assert Image.open(BytesIO(near)).size == (3508, 2480)
    page.get_by_role("radio", name=say("documents.map.reaches.all", "zh")).click()
    overview.settle()
    overview.button("make-map-overview").click()
    expect(overview.button("download-map-overview")).to_be_visible(timeout=WAIT_MS)
    overview.settle()
    _, whole = fetched(overview, "download-map-overview")
    assert whole != near
    page.keyboard.press("Escape")
    overview.turn("screen", "documents")
    overview.wait_for_part("screen", "documents")
    overview.button("make-paper").click()
    name, content = fetched(overview, "download-paper")
    assert say("frame.demonstration_short", "zh") in name
    told = [one.text for one in Document(BytesIO(content)).paragraphs]
    assert told[0].endswith("公益诉讼工作总结")
    assert not overview.watch.foreign
