"""A real file through the file chooser, in Chinese: chosen, confirmed, written, seen on the map."""

import pytest
from playwright.sync_api import expect

from tests.browser.server import running_app

pytestmark = pytest.mark.browser

LIST = """编号,名称,经度,纬度,发现日期,区县
B1,浏览器一号站,103.62,36.10,2025-11-03,西固区
B2,浏览器二号站,103.63,36.11,十一月,西固区
B3,浏览器三号站,,,2025-11-03,西固区
"""
WORDS_OF_STREAMLIT = ("Upload", "per file", "Drag and drop", "Browse")


@pytest.fixture
def own_app(browser, tmp_path):
    """An app of this test alone: what it writes must not be counted by others."""
    with running_app(tmp_path) as address:
        yield address


def test_a_file_is_imported_a_row_put_on_the_map_by_hand_and_that_taken_back(own_app, visit):
    seen = visit(own_app)
    page = seen.page
    page.goto(f"{own_app}/?screen=intake")
    chooser = page.get_by_test_id("stFileUploaderDropzone")
    expect(chooser.locator("button")).to_be_visible()
    shown = chooser.locator("button p").evaluate("p => getComputedStyle(p, '::after').content")
    assert shown == '"选择文件"'
    page.locator("input[type=file]").set_input_files(
        {"name": "台账.csv", "mimeType": "text/csv", "buffer": LIST.encode("gb18030")}
    )
    seen.keyed("layer-").locator("input").click()
    page.get_by_role("option", name="充电设施").click()
    seen.keyed("system-").get_by_text("GCJ-02").click()
    expect(page.frame_locator("iframe").locator(".gis-legend")).to_contain_text("GCJ-02")
    seen.button("confirm-system").click()
    expect(page.get_by_text("写入 2 行，另存 1 行")).to_be_visible()
    text = page.get_by_test_id("stMain").inner_text()
    assert not [one for one in WORDS_OF_STREAMLIT if one in text]
    seen.keyed("intake-writer").locator("input").fill("张三")
    page.keyboard.press("Tab")
    seen.settle()
    page.get_by_role("button", name="写入 2 行，另存 1 行").click()
    expect(page.get_by_text("2 行已写入“充电设施”")).to_be_visible()

    seen.keyed("intake-part").get_by_text("待标位置").click()
    waiting = seen.table("tray-zh")
    assert "浏览器三号站" in waiting.text()
    rows = [waiting.cell(row, 1) for row in range(waiting.rows())]
    waiting.tick(next(row for row, name in enumerate(rows) if "三号站" in name))
    box = page.locator("iframe").last
    expect(box).to_be_visible()
    expect(box.content_frame.locator(".gis-name").first).to_be_visible()
    box.click(position={"x": 300, "y": 150})
    expect(page.get_by_text("所点位置：")).to_be_visible()
    seen.button("tray-confirm").click()
    expect(page.get_by_text("charging_stations:B3 已标在地图上")).to_be_visible()
    seen.button("tray-show").click()
    seen.wait_for_part("sel", "charging_stations:B3")
    assert seen.map.is_ringed("charging_stations:B3")
    page.goto(f"{own_app}/?screen=intake")
    take_the_newest_back(seen)


def take_the_newest_back(seen):
    page = seen.page
    seen.keyed("intake-part").get_by_text("写入记录").click()
    seen.table("revisions-zh").tick(0)
    expect(page.get_by_text("充电设施：改了什么")).to_be_visible()
    seen.keyed("revision-writer").locator("input").fill("张三")
    page.keyboard.press("Tab")
    seen.settle()
    seen.keyed("revision-why-").locator("input").fill("标错了")
    page.keyboard.press("Tab")
    seen.settle()
    seen.button("revision-take-back").click()
    expect(page.get_by_text("已撤回（成为修订")).to_be_visible()
    seen.keyed("intake-part").get_by_text("待标位置").click()
    assert "浏览器三号站" in seen.table("tray-zh").text()
