"""A case is told: chosen on the overview, laid out in scenes, taken along as slides."""

from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pptx import Presentation

from dashboard.telling.told import MINUTES
from dashboard.text import say
from geodata import open_city
from geodata.sample import SAMPLE_ON
from tests.browser import demonstration
from tests.browser.overview import MAP

pytestmark = pytest.mark.browser


def texts(slide) -> str:
    shapes = [shape for shape in slide.shapes if shape.has_text_frame]
    tables = [shape.table for shape in slide.shapes if shape.has_table]
    cells = [cell.text for table in tables for row in table.rows for cell in row.cells]
    return "\n".join([*(shape.text_frame.text for shape in shapes), *cells])


def test_a_case_chosen_on_the_overview_becomes_a_deck_of_slides(overview):
    overview.open()
    case = next(one for one in demonstration.cases() if one.id == overview.list.cell(0, 0))
    overview.list.tick(0)
    overview.wait_for_part("sel")
    overview.button("story-toggle").click()
    overview.wait_for_part("cases", case.id)
    overview.turn("screen", "story_board")
    overview.wait_for_part("screen", "story_board")
    expect(overview.page.locator(MAP)).to_have_count(0)
    expect(overview.button("scene-after")).to_be_visible(timeout=60_000)
    overview.button("scene-after").click()
    heading = say("story.heading.header", "zh", case=case.title.zh)
    expect(overview.page.locator(".pim-card h4").first).to_have_text(heading)
    take_along = say("leaving.board_part.out", "zh")
    overview.keyed("board-part").get_by_text(take_along, exact=True).click()
    expect(overview.button("make-deck")).to_be_disabled(timeout=60_000)
    writer = overview.keyed("writer").locator("input")
    writer.fill("王某")
    writer.press("Enter")
    expect(overview.button("make-deck")).to_be_enabled(timeout=60_000)
    overview.button("make-deck").click()
    expect(overview.button("download-deck")).to_be_visible(timeout=120_000)
    with overview.page.expect_download() as download:
        overview.button("download-deck").click()
    assert download.value.suggested_filename == say(
        "story_board.file", "zh", day=SAMPLE_ON, count=1, form="pptx"
    )
    slides = list(Presentation(BytesIO(Path(download.value.path()).read_bytes())).slides)
    assert len(slides) >= 2 + len(MINUTES)
    told = [texts(slide) for slide in slides]
    assert case.title.zh in told[0]
    for page in told:
        assert say("frame.demonstration_short", "zh") in page
        assert SAMPLE_ON.isoformat() in page
    pictures = [slide for slide in slides if any(shape.shape_type == 13 for shape in slide.shapes)]
    assert pictures, "no printed map"
    assert open_city().outline_source.map_approval_number in told[0]


def test_a_link_to_cases_that_are_gone_tells_the_others(overview):
    known = demonstration.cases()[0]
    overview.page.goto(f"{overview.address}/?screen=story_board&cases={known.id},NO-SUCH-CASE")
    said = overview.page.get_by_test_id("stAlert")
    expect(said).to_contain_text("NO-SUCH-CASE")
    expect(overview.button("scene-after")).to_be_visible(timeout=60_000)
    expect(overview.keyed("told")).to_contain_text(known.title.zh)
