"""A visit pack opened from disk asks for nothing; a visit is entered, signed, exported, taken."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.words.visit_pack import pack_words
from layers.return_pack import (
    CaseActivity,
    EvidenceBrought,
    HazardStatus,
    compare,
    done_of,
    issued_of,
    read_return,
    writes_of,
)
from layers.visit_pack import build_pack
from tests.browser.chromium import HD, visitor
from tests.browser.packs import (
    PIXEL,
    ZH,
    answer,
    choose,
    export,
    open_stop,
    photograph,
    sign,
)
from tests.layers.visit_days import RIVER, STATION, a_plan, checklists, vectors

pytestmark = pytest.mark.browser

PHONE = (360, 640)


@pytest.fixture
def pack(tmp_path) -> Path:
    plan, file = a_plan(), tmp_path / "pack.html"
    file.write_bytes(build_pack(plan, checklists(), vectors(plan), pack_words(), "zh"))
    return file


@pytest.fixture(params=[PHONE, HD], ids=["phone", "desk"])
def opened(request, browser: Browser, pack: Path):
    """Yield the page of a pack opened from disk; it asked for nothing and complained of nothing."""
    asked = []
    with visitor(browser, "file://", request.param) as (context, watch):
        context.on("request", lambda one: asked.append(one.url))
        page = context.new_page()
        page.goto(pack.as_uri())
        page.wait_for_selector("body[data-ready]")
        yield page
        assert {url for url in asked if not url.startswith("blob:")} == {pack.as_uri()}
        assert watch.complaints == []


def fill_in(page: Page) -> None:
    open_stop(page, STATION)
    page.get_by_role("button", name=ZH["begin"]).click()
    page.locator("#time-ended_at").fill("2025-12-18T09:40")
    page.locator("#position-lon").fill("103.6201")
    page.locator("#position-lat").fill("36.1001")
    page.locator("#position-lat").blur()
    for side in ("north", "east", "south", "west", "nameplate"):
        photograph(page, f"photo_{side}", f"{side}.png", PIXEL + side.encode())
        expect(page.locator(f'[data-question="photo_{side}"] figure')).to_have_count(1)
    choose(page, "extinguisher", "no")
    choose(page, "result", "found")
    answer(page, "fire_distance", "3.5")
    page.locator('[data-question="fire_distance"] select').select_option("tape")
    answer(page, "inquest_place", "虚构路 1 号院内")
    answer(page, "course", "灭火器箱为空")


def taken(file: bytes):
    return read_return(file, [issued_of(a_plan())], checklists())


def test_a_visit_is_entered_signed_exported_and_taken(opened):
    fill_in(opened)
    sign(opened, "collector_1")
    sign(opened, "collector_2")
    expect(opened.locator(".missing")).to_have_text(ZH["complete"])
    returned = taken(export(opened))
    assert returned.is_whole
    assert returned.not_visited == (RIVER, "relics:T1")
    (stop,) = returned.stops
    assert (stop.gaps, stop.notes) == ((), ())
    assert stop.officers == ("甲", "乙")
    assert stop.answers["fire_distance"] == "3.5"
    assert stop.methods == {"fire_distance": "tape"}
    now = {STATION: {"status": "open", "case:LZ-XG-1": "3"}}
    assert compare(returned, now) == ()
    writes = writes_of(returned, (), {})
    assert [one.status for one in writes if isinstance(one, HazardStatus)] == ["found"]
    assert [one.case_id for one in writes if isinstance(one, CaseActivity)] == ["LZ-XG-1"]
    photos = [one for one in writes if isinstance(one, EvidenceBrought) and one.purpose == "photo"]
    assert [one.content for one in photos] == [
        PIXEL + side.encode() for side in ("north", "east", "south", "west", "nameplate")
    ]
    # The same pack once more: another file by its time of export, and nothing to write.
    again, done = taken(export(opened)), done_of(writes)
    assert compare(again, {}, done) == ()
    assert writes_of(again, (), {}, done) == ()


def test_what_is_typed_right_after_beginning_stays_however_slow_the_disk_is(opened):
    open_stop(opened, STATION)
    opened.evaluate(
        """(begin) => {
            const buttons = [...document.querySelectorAll("button")];
            buttons.find((one) => one.textContent === begin).click();
            document.getElementById("position-lon").value = "103.6201";
        }""",
        ZH["begin"],
    )
    expect(opened.locator('#saved[data-writing="0"]')).to_be_attached()
    expect(opened.locator("#time-started_at")).not_to_have_value("")
    expect(opened.locator("#position-lon")).to_have_value("103.6201")


def test_what_was_entered_is_there_after_the_page_was_closed(opened):
    fill_in(opened)
    expect(opened.locator('#saved[data-writing="0"]')).to_be_attached()
    opened.reload()
    opened.wait_for_selector("body[data-ready]")
    open_stop(opened, STATION)
    expect(opened.locator("#q-course")).to_have_value("灭火器箱为空")
    expect(opened.locator('[data-question="photo_north"] img')).to_have_count(1)
    expect(opened.locator('[data-question="result"] input[value="found"]')).to_be_checked()
    expect(opened.locator(".missing")).to_contain_text(ZH["role_collector_1"])


def test_a_change_after_signing_is_seen_by_the_office(opened):
    fill_in(opened)
    sign(opened, "collector_1")
    opened.locator("#notes").fill("签名后加")
    opened.locator("#notes").blur()
    told = opened.locator('[data-role="collector_1"] small')
    expect(told).to_contain_text(ZH["changed_since"].partition("）")[2])
    (stop,) = taken(export(opened)).stops
    assert [(note.code, note.value) for note in stop.notes] == [
        ("changed_after_signing", "collector_1")
    ]
    assert stop.gaps == ("signature:collector_2",)


def test_what_is_no_photograph_and_no_number_is_told_at_once(opened):
    open_stop(opened, STATION)
    photograph(opened, "photo_north", "x.png", b"MZ a program")
    expect(opened.locator('[data-question="photo_north"] .wrong')).to_contain_text("x.png")
    expect(opened.locator('[data-question="photo_north"] figure')).to_have_count(0)
    answer(opened, "fire_distance", "9999")
    expect(opened.locator('[data-question="fire_distance"] .wrong')).to_contain_text("500")
    answer(opened, "fire_distance", "三米")
    wrong = opened.locator('[data-question="fire_distance"] .wrong')
    expect(wrong).to_have_text(ZH["not_a_number"])


def test_both_ways_of_hashing_are_the_same(opened):
    alike = opened.evaluate(
        """async () => {
            const found = [];
            for (const size of [0, 1, 55, 56, 63, 64, 65, 119, 1000, 70000]) {
                const bytes = Uint8Array.from({ length: size }, (_, at) => (at * 7 + size) & 255);
                const ours = visitPack.sha256Plain(bytes);
                found.push(ours === await visitPack.sha256(bytes) ? "" : size);
            }
            const empty = visitPack.sha256Plain(new Uint8Array());
            return [Boolean(crypto.subtle), found.filter(Boolean), empty];
        }"""
    )
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert alike == [True, [], empty]


def test_the_page_is_english_at_a_touch_and_fits_the_screen(opened):
    opened.locator("#language").click()
    expect(opened.locator("h1")).to_have_text(pack_words()["en"]["title"])
    expect(opened.locator("header .mark")).to_contain_text("invented")
    open_stop(opened, STATION)
    wide = opened.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]
    # What a name holds stays a text.
    expect(opened.locator("h2")).to_contain_text("</script><b>虚构</b>站")


def test_the_map_is_moved_by_keys_and_opens_a_stop(opened):
    tab = opened.locator('#views [data-view="map"]')
    if tab.is_visible():
        tab.click()
    drawing = opened.locator("svg.map")
    expect(drawing.locator(".sign")).to_have_count(2)
    before = drawing.get_attribute("viewBox")
    drawing.focus()
    drawing.press("+")
    drawing.press("ArrowLeft")
    assert drawing.get_attribute("viewBox") != before
    drawing.press("0")
    assert drawing.get_attribute("viewBox") == before
    drawing.locator(".sign").nth(1).focus()
    opened.keyboard.press("Enter")
    expect(opened.locator("h2")).to_contain_text("虚构河段")


WITHOUT = {
    "storage": "delete Window.prototype.indexedDB; delete window.indexedDB;",
    "memory": """delete Window.prototype.indexedDB; delete window.indexedDB;
        Object.defineProperty(window, "localStorage", { get() { throw new Error("none"); } });""",
}


@pytest.mark.parametrize("kind", WITHOUT)
def test_a_device_that_keeps_less_says_so_and_still_exports(browser: Browser, pack: Path, kind):
    hidden = 'Object.defineProperty(Crypto.prototype, "subtle", { value: undefined });'
    with visitor(browser, "file://", PHONE) as (context, watch):
        context.add_init_script(WITHOUT[kind] + hidden)
        page = context.new_page()
        page.goto(pack.as_uri())
        page.wait_for_selector("body[data-ready]")
        expect(page.locator("#saved")).to_have_text(ZH[f"keeps_{kind}"])
        assert page.evaluate("crypto.subtle === undefined")
        fill_in(page)
        returned = taken(export(page))
        assert returned.is_whole
        assert len(returned.files) == 5
        page.reload()
        page.wait_for_selector("body[data-ready]")
        open_stop(page, STATION)
        kept = "灭火器箱为空" if kind == "storage" else ""
        expect(page.locator("#q-course")).to_have_value(kept)
        if kind == "storage":  # the text was kept, the photographs were not, and that is said
            lost = page.locator('[data-question="photo_north"] .thumbs')
            expect(lost).to_contain_text(ZH["photo_lost"])
        assert watch.complaints == []


def test_the_device_is_asked_for_its_place_and_may_refuse(browser: Browser, pack: Path):
    with visitor(browser, "file://", PHONE) as (context, _):
        page = context.new_page()
        page.add_init_script(
            """navigator.geolocation.getCurrentPosition = (given, refused) => window.refuses
                ? refused({ code: 1 })
                : given({ coords: { longitude: 103.63, latitude: 36.1, accuracy: 8.4 } });"""
        )
        page.goto(pack.as_uri())
        page.wait_for_selector("body[data-ready]")
        open_stop(page, STATION)
        page.get_by_role("button", name=ZH["locate"]).click()
        expect(page.locator("#position-lon")).to_have_value("103.630000")
        # A hundredth of a degree of longitude is about 900 m here: the page says so.
        expect(page.locator("article")).to_contain_text(ZH["away"].format(metres=898))
        page.evaluate("window.refuses = true")
        page.get_by_role("button", name=ZH["locate"]).click()
        expect(page.locator("article")).to_contain_text(ZH["position_refused"])
        (stop,) = taken(export(page)).stops
        assert stop.position["source"] == "device"
        assert [note.code for note in stop.notes] == ["one_officer", "far_from_stop"]
