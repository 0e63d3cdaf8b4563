"""The whole round: a pack leaves, is filled in without a network, comes home, is written once."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.text import say
from dashboard.words.visit_pack import pack_words
from geodata.evidence_store import open_evidence
from geodata.journal import open_journal
from geodata.model import RevisionNote, Title
from geodata.store import open_cases, open_features
from layers import visit_book
from layers.checklists import read_checklist
from layers.visit_known import cases_named, known_now
from layers.visit_pack import PackStop, build_pack
from tests.browser.chromium import HD, visitor
from tests.browser.packs import PIXEL, ZH, answer, choose, export, open_stop, photograph, sign
from tests.browser.server import running_app
from tests.layers.visit_days import DAY, a_plan, vectors

pytestmark = pytest.mark.browser

LAYER, CASE = "charging_stations", "LZ-XG-2025-001"
PUT_RIGHT, STILL_THERE = f"{LAYER}:XG-CS-035", f"{LAYER}:XG-CS-007"


class Office:
    """The stores of a running app, as another process of the office sees them."""

    def __init__(self, folder: Path) -> None:
        data = folder / "data"
        self.features = open_features(f"file:{data / 'features'}")
        self.cases = open_cases(f"sqlite:{data / 'cases.sqlite'}")
        self.journal = open_journal(f"sqlite:{data / 'journal.sqlite'}")
        self.evidence = open_evidence(f"file:{data / 'evidence'}")

    def row(self, ref: str):
        return self.features.rows(LAYER, [ref.partition(":")[2]]).iloc[0]

    def issue(self) -> bytes:
        """Return a pack for two stations that leaves now, kept as one that left."""
        known = known_now(self.features, self.cases, [PUT_RIGHT, STILL_THERE])
        stops = tuple(
            PackStop(
                ref,
                at,
                LAYER,
                Title("充电设施", "Charging stations"),
                self.row(ref)["name"],
                (103.6201, 36.1001),
                cases=cases_named(known[ref]),
                known=tuple(known[ref].items()),
                is_demonstration=True,
            )
            for at, ref in enumerate((PUT_RIGHT, STILL_THERE), start=1)
        )
        plan = replace(a_plan(), stops=stops)
        visit_book.keep_issued(self.journal, plan, "王某", datetime.now(UTC))
        lists = {LAYER: read_checklist(LAYER)}
        return build_pack(plan, lists, vectors(plan), pack_words(), "zh")

    def change(self) -> None:
        """Change what the office knows of a station while the team is out."""
        rows = self.features.rows(LAYER, [PUT_RIGHT.partition(":")[2]])
        rows["hazard_kinds"] = ["other"]
        self.features.write(LAYER, rows, RevisionNote("乙", "复核类型", datetime.now(UTC)))

    def heads(self) -> tuple[object, ...]:
        """Return what changes with any write to any of the stores."""
        stores = (self.features.revision(), self.cases.revision())
        return (*stores, self.journal.head(), self.evidence.head())


@pytest.fixture(scope="module")
def office(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("office")
    with running_app(folder) as address:
        with visitor(browser, address) as (context, _):  # the first visitor has the data made
            page = context.new_page()
            page.goto(f"{address}/?screen=site_visits")
            expect(page.get_by_text(say("visits.part.return", "zh"), exact=True)).to_be_visible()
        yield address, Office(folder)


def fill_in(page: Page) -> None:
    for ref, result in ((PUT_RIGHT, "rectified"), (STILL_THERE, "found")):
        open_stop(page, ref)
        page.get_by_role("button", name=ZH["begin"]).click()
        page.locator("#time-started_at").fill(f"{DAY}T09:12")
        page.locator("#time-ended_at").fill(f"{DAY}T09:40")
        page.locator("#position-lon").fill("103.6201")
        page.locator("#position-lat").fill("36.1001")
        page.locator("#position-lat").blur()
        photograph(page, "photo_north", "north.png", PIXEL)
        expect(page.locator('[data-question="photo_north"] figure')).to_have_count(1)
        choose(page, "result", result)
        answer(page, "inquest_place", "虚构路 1 号院内")
        answer(page, "course", "逐项查看")
        sign(page, "collector_1")
        sign(page, "collector_2")


def visited(browser: Browser, pack: Path) -> bytes:
    with visitor(browser, "file://", HD) as (context, watch):
        page = context.new_page()
        page.goto(pack.as_uri())
        page.wait_for_selector("body[data-ready]")
        fill_in(page)
        file = export(page)
        assert watch.complaints == []
        return file


def drop(page: Page, address: str, file: bytes) -> None:
    page.goto(f"{address}/?screen=site_visits")
    page.get_by_text(say("visits.part.return", "zh"), exact=True).click()
    given = {"name": "回传.zip", "mimeType": "application/zip", "buffer": file}
    page.get_by_test_id("stFileUploader").locator("input").set_input_files([given])
    expect(page.locator(".st-key-return-stop-charging-stations-XG-CS-035")).to_be_visible()


def test_a_pack_comes_home_is_decided_written_and_changes_nothing_the_second_time(
    office, browser, tmp_path
):
    address, stores = office
    pack = tmp_path / "pack.html"
    pack.write_bytes(stores.issue())
    file = visited(browser, pack)
    stores.change()
    with visitor(browser, address) as (context, watch):
        page = context.new_page()
        drop(page, address, file)
        write = page.locator(".st-key-return-write button")
        expect(write).to_be_disabled()
        page.get_by_label(say("visit_return.writer", "zh")).fill("王某")
        page.get_by_label(say("visit_return.writer", "zh")).press("Enter")
        station = page.locator(".st-key-return-stop-charging-stations-XG-CS-035")
        expect(station).to_contain_text("≠")
        station.get_by_text(say("visit_return.choice.field", "zh"), exact=True).click()
        expect(write).to_be_enabled()
        before = stores.heads()
        write.click()
        expect(page.get_by_text(say("visit_return.all_written", "zh"))).to_be_visible()
        # A verification on site by two officers; of the one still there nothing new is said.
        assert stores.row(PUT_RIGHT)["verified_on"] == DAY
        assert stores.row(PUT_RIGHT)["hazard_kinds"] == "other"
        assert stores.row(STILL_THERE)["verified_on"] is None
        inquests = [one for one in stores.cases.get(CASE).events if one.kind == "site_inquest"]
        assert [one.recorded_by for one in inquests[-2:]] == ["王某", "王某"]
        assert inquests[-1].detail("participants") == "甲、乙"
        items = stores.evidence.items(case=CASE)
        items = [one for one in items if one.facts.origin.startswith("visit:")]
        assert sorted(one.facts.purpose for one in items) == sorted(
            2 * ["inquest_record", "photo_north", "signature", "signature"]
        )
        assert stores.evidence.verify().is_sound
        after = stores.heads()
        assert all(one != other for one, other in zip(before, after, strict=True))
        drop(page, address, file)
        expect(page.get_by_text(say("visit_return.all_written", "zh"))).to_be_visible()
        expect(write).to_have_count(0)
        assert stores.heads() == after
        station.get_by_role("button", name=CASE).click()
        page.wait_for_url(f"**sel=case*{CASE}**")
        assert watch.complaints == []
        assert watch.foreign == []
