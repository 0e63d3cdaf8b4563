"""Draws every screen as a picture, in both languages and two sizes, of demonstration data.

`python -m tests.browser.screenshots FOLDER` draws them all; without a folder, those of the README.
"""

import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.chromium import FULL_HD, HD, INSTALL, WAIT_MS, find_chromium, launch, visitor
from tests.browser.overview import Overview
from tests.browser.server import running_app

README_FOLDER = Path(__file__).parents[2] / "docs" / "images"
LANGUAGES = ("zh", "en")
STATION = "charging_stations:XG-CS-037"
STOPS = ",".join(f"mixed_drainage:CG-YW-{n:02d}" for n in range(1, 6))
FINDING = "92abb479c53aa32e"
"""What the first model finds at the first yard: the id of a finding is the same everywhere."""

SCREENS = {
    "overview": "",
    "card": f"sel={STATION}",
    "list": "list=cases_overdue&by=overdue",
    "office": "offices=LZ-YD&list=rectification_rate&by=hazard&at=9/36.60000/103.30000",
    "site_visits": f"screen=site_visits&stops={STOPS}",
    "story_board": "screen=story_board&cases=LZ-XG-2025-001",
    "findings": f"screen=findings&finding={FINDING}",
    "evidence": "screen=evidence&item=3",
}
WITHOUT_MAP = {"story_board": "stExpander", "evidence": "stDataFrame"}
"""Screens without a map, and what is to be seen on each."""

Size = tuple[int, int]


def draw(folder: Path, names: Sequence[str], sizes: Sequence[Size]) -> Iterator[Path]:
    """Yield the files of pictures, each as it is written into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = find_chromium()
    if path is None:
        raise SystemExit(INSTALL)
    with (
        TemporaryDirectory() as home,
        running_app(Path(home)) as address,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright, path)
        for size, name, language in product(sizes, names, LANGUAGES):
            width = f"-{size[0]}" if len(sizes) > 1 else ""
            file = folder / f"{name}-{language}{width}.png"
            file.write_bytes(picture_of(browser, address, name, language, size))
            yield file


def picture_of(browser: Browser, address: str, name: str, language: str, size: Size) -> bytes:
    """Return the picture of one screen as PNG without transparency."""
    with visitor(browser, address, size=size) as (context, watch):
        seen = Overview(context.new_page(), address, watch)
        seen.page.goto(f"{address}/?lang={language}&{SCREENS[name]}")
        if name in WITHOUT_MAP:
            sight = seen.page.get_by_test_id(WITHOUT_MAP[name]).first
            expect(sight).to_be_visible(timeout=WAIT_MS)
        else:
            seen.map.wait_until_told()
            expect(seen.page.locator("table[role=grid]").first).to_be_attached(timeout=WAIT_MS)
        seen.settle()
        seen.page.evaluate("document.fonts.ready")
        drawn = Image.open(BytesIO(seen.page.screenshot(animations="disabled")))
    small = BytesIO()
    drawn.convert("RGB").save(small, "PNG", optimize=True)
    return small.getvalue()


def main() -> None:
    """Draw what the command line asks for."""
    if len(sys.argv) > 1:
        files = draw(Path(sys.argv[1]), tuple(SCREENS), (HD, FULL_HD))
    else:
        files = draw(README_FOLDER, ("overview", "findings"), (HD,))
    for file in files:
        sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    main()
