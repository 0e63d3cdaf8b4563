"""The overview as a visitor meets it: the page, the map in its frame, the tables on canvas."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Error, Frame, Locator, Page, expect
from playwright.sync_api import TimeoutError as TookTooLong

from dashboard.text import say
from geodata import Language
from tests.browser.chromium import POLL_MS, WAIT_MS, Watch

HEADER_PX, ROW_PX = 36, 35
MAP = "iframe[title*=folium]"
MOST_FRAMES = 5
PAINTED = "() => window.gis && gis.state.count > 0"
HOW_FAR = """() => JSON.stringify({
    map: Boolean(window.map), turn: window.gis && gis.turn, state: window.gis && gis.state,
    group: String((window.__GLOBAL_DATA__ || {}).last_feature_group).slice(0, 300),
    asked: performance.getEntriesByType("resource").map(
        (one) => [one.name.slice(-60), one.responseStatus, Math.round(one.duration)]),
})"""
TOLD_AND_TRUE = """(() => {
    const {lat, lng} = window.map.getCenter();
    return [
        new URL(parent.location.href).searchParams.get("at"),
        `${window.map.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}`,
    ];
})()"""
EXACTLY = """(refs) => Object.keys(gis.byRef).length === refs.length
    && refs.every((ref) => ref in gis.byRef)"""
Pixel = tuple[float, float]
SWITCHES = {
    "colour": ("filter-colour", "filters.colour.{}"),
    "screen": ("screen", "screens.{}"),
    "language": ("language", "frame.this_language"),
}


@dataclass(frozen=True)
class Map:
    """The map in its frame; points are pixels from its upper left corner.

    Another language or another screen puts a new frame in its place, at any moment.
    """

    page: Page

    @property
    def box(self) -> Locator:
        """Return the frame's element; an old one may stand before it for a moment."""
        return self.page.locator(MAP).last

    def locator(self, selector: str) -> Locator:
        """Return an element of the map."""
        return self.box.content_frame.locator(selector)

    def ask(self, script: str, **given: Any) -> Any:
        """Return what a script says in the painted map; `given` is its argument."""
        return self._in_frame(lambda frame: frame.evaluate(script, given))

    def wait(self, script: str, given: object = None) -> Any:
        """Wait until a script in the painted map says something that is true, and return it."""
        return self._in_frame(
            lambda frame: frame.wait_for_function(
                script, arg=given, timeout=WAIT_MS, polling=POLL_MS
            ).json_value()
        )

    def _in_frame(self, act: Callable[[Frame], Any]) -> Any:
        for _ in range(MOST_FRAMES):
            try:
                frame = self.box.element_handle(timeout=WAIT_MS).content_frame()
                if frame is not None:
                    frame.wait_for_function(PAINTED, timeout=WAIT_MS, polling=POLL_MS)
                    return act(frame)
            except Error as gone:
                if not re.search("detached|not attached|destroyed", gone.message):
                    raise
        raise AssertionError("one map after another")

    def why_blank(self) -> str:
        """Return what can be known of a map that shows nothing: how far it came, what it asked."""
        frame = self.box.element_handle(timeout=WAIT_MS).content_frame()
        return "no frame" if frame is None else str(frame.evaluate(HOW_FAR))

    def wait_for_count(self, painted: int) -> None:
        """Wait until that many features are painted."""
        self.wait("(count) => gis.state.painted === count", painted)

    def wait_for(self, refs: set[str]) -> None:
        """Wait until exactly these features are painted."""
        with suppress(TookTooLong):
            self.wait(EXACTLY, sorted(refs))
        assert self.refs() == refs, f"painted and expected differ: {self.refs() ^ refs}"

    def refs(self) -> set[str]:
        """Return the references of all painted features."""
        return set(self.ask("() => Object.keys(gis.byRef)"))

    def selected(self) -> set[str]:
        """Return the references of the features that are ringed."""
        return set(self.ask("() => gis.state.selected"))

    def repaints(self) -> int:
        """Return how often features were painted since the map was made."""
        return int(self.ask("() => gis.state.count"))

    def view(self) -> tuple[float, float, float]:
        """Return zoom level, latitude and longitude of the middle."""
        zoom, lat, lon = self.ask(
            "() => [map.getZoom(), map.getCenter().lat, map.getCenter().lng].map(Number)"
        )
        return zoom, lat, lon

    def wait_until_told(self) -> str:
        """Wait until the map stands still and the address says where; return what it says."""
        with suppress(TookTooLong):
            self.wait(f"{TOLD_AND_TRUE}[0] === {TOLD_AND_TRUE}[1]")
        told, here = self.ask(TOLD_AND_TRUE)
        assert told == here, f"the address says {told}, the map stands at {here}"
        return str(told)

    def pixel_of(self, ref: str) -> Pixel:
        """Return where a feature is."""
        at = self.ask("({ref}) => gis.pixelOf(ref)", ref=ref)
        return at["x"], at["y"]

    def shows(self, ref: str) -> bool:
        """Return whether a feature lies inside the view."""
        width, height = self.ask("() => [innerWidth, innerHeight]")
        x, y = self.pixel_of(ref)
        return 0 <= x <= width and 0 <= y <= height

    def is_ringed(self, ref: str) -> bool:
        """Return whether a feature is painted as selected: a ring, or a thick black outline."""
        return bool(
            self.ask(
                """({ref}) => {
                    const look = gis.byRef[ref].options;
                    return look.sign ? look.isSelected : look.color === "#111111";
                }""",
                ref=ref,
            )
        )

    def colours(self) -> dict[str, str]:
        """Return the fill of every feature."""
        fills = "(one) => (one.options.sign || {}).fill || one.options.fillColor"
        return dict(
            self.ask(f"() => Object.entries(gis.byRef).map(([r, one]) => [r, ({fills})(one)])")
        )

    def text(self) -> str:
        """Return every word on the map."""
        return self.locator("body").inner_text()

    def click(self, ref: str) -> None:
        """Click a feature."""
        self.page.mouse.click(*self.on_page(self.pixel_of(ref)))

    def point_at(self, ref: str) -> str:
        """Put the mouse on a feature and return its tooltip."""
        self.page.mouse.move(*self.on_page(self.pixel_of(ref)))
        tooltip = self.locator(".leaflet-tooltip")
        expect(tooltip).to_be_visible()
        return tooltip.inner_text()

    def drag(self, start: Pixel, end: Pixel) -> None:
        """Press the mouse at one place and let go at another."""
        mouse = self.page.mouse
        mouse.move(*self.on_page(start))
        mouse.down()
        mouse.move(*self.on_page(end), steps=6)
        mouse.up()

    def draw_rectangle(self, start: Pixel, end: Pixel) -> None:
        """Draw a rectangle with the map's tool."""
        self.locator(".leaflet-draw-draw-rectangle").click()
        self.drag(start, end)

    def draw_polygon(self, corners: Sequence[Pixel], finish: str) -> None:
        """Draw a polygon with the map's tool, and end it by the button with this word."""
        self.locator(".leaflet-draw-draw-polygon").click()
        placed = self.locator(".leaflet-editing-icon")
        for number, corner in enumerate(corners, 1):
            while placed.count() < number:  # the tool takes no click right after another
                self.page.mouse.click(*self.on_page(corner))
        self.locator(".leaflet-draw-actions a").get_by_text(finish, exact=True).click()

    def on_page(self, pixel: Pixel) -> Pixel:
        """Return a point of the map as a point of the page's view."""
        box = self.box.bounding_box()
        assert box is not None
        return box["x"] + pixel[0], box["y"] + pixel[1]


@dataclass(frozen=True)
class Table:
    """A table painted on canvas, read through the accessible table that lies behind it."""

    page: Page
    box: Locator

    @property
    def grid(self) -> Locator:
        """Return the accessible table."""
        return self.box.locator("table[role=grid]")

    def rows(self) -> int:
        """Return how many rows the table has, those out of sight included."""
        return int(self.grid.get_attribute("aria-rowcount") or 0) - 1

    def text(self) -> str:
        """Return every word of the rows in sight."""
        return self.grid.text_content() or ""

    def cell(self, row: int, column: int) -> str:
        """Return the text of one cell in sight, both counted from 0 as on screen."""
        rows = self.grid.locator("tbody tr")
        return rows.nth(row).locator("td").nth(column).text_content() or ""

    def click(self, row: int, column: int, columns: int) -> None:
        """Click a cell of a table with columns of about equal width."""
        box = self.box.bounding_box()
        assert box is not None
        self._click_at(row, box["width"] * (column + 0.5) / columns)

    def tick(self, row: int) -> None:
        """Tick the box at the left of a row."""
        self._click_at(row, 16)

    def _click_at(self, row: int, x: float) -> None:
        y = HEADER_PX + ROW_PX * (row + 0.5)
        self.box.locator(".dvn-scroller").click(position={"x": x, "y": y})


@dataclass(frozen=True)
class Overview:
    """The page with its controls, reached by their keys or by the words on them."""

    page: Page
    address: str
    watch: Watch

    def open(self, query: str = "") -> "Overview":
        """Go to an address and wait until the map is painted."""
        self.page.goto(self.address + query)
        try:
            assert self.map.repaints()
        except TookTooLong as blank:
            raise AssertionError(f"the map stayed blank: {self.map.why_blank()}") from blank
        self.settle()
        return self

    @property
    def map(self) -> Map:
        """Return the map."""
        return Map(self.page)

    def settle(self) -> None:
        """Wait until the script has run to its end."""
        app = self.page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=WAIT_MS)

    @property
    def offices(self) -> Table:
        """Return the table of offices."""
        return self.table("offices-")

    @property
    def list(self) -> Table:
        """Return the list of cases or hazards below the map."""
        return self.table("cases-", "hazards-")

    def table(self, *keys: str) -> Table:
        """Return the table whose key begins like one of these."""
        boxes = self.page.locator(", ".join(f"[class*='st-key-{key}']" for key in keys))
        return Table(self.page, boxes.get_by_test_id("stDataFrame"))

    @property
    def side(self) -> Locator:
        """Return what stands beside the map: the offices, or the card of what is selected."""
        return self.keyed("beside-map")

    def keyed(self, key: str) -> Locator:
        """Return the element whose key begins like this."""
        return self.page.locator(f"[class*='st-key-{key}']").first

    def button(self, key: str) -> Locator:
        """Return the button with this key."""
        return self.keyed(key).locator("button:visible").first

    def turn(self, switch: str, choice: str, language: Language = "zh") -> None:
        """Turn a switch (colour, screen, language) to a choice, by its words in a language."""
        key, words = SWITCHES[switch]
        spoken = say(words.format(choice), choice if switch == "language" else language)
        self.keyed(key).get_by_text(spoken, exact=True).click()

    def figure(self, indicator: str) -> str:
        """Return the figure on an indicator's button."""
        return self.button(f"indicator-{indicator}").locator("strong").inner_text()

    def pick(self, name: str, *options: str) -> None:
        """Pick options of a filter by their words."""
        field = self.keyed(f"filter-{name}").get_by_role("combobox")
        for option in options:
            field.click()
            self.page.get_by_role("option", name=option, exact=True).click()
        self.page.keyboard.press("Escape")

    def parts(self) -> dict[str, str]:
        """Return the parts of the address."""
        return dict(parse_qsl(urlsplit(self.page.url).query))

    def wait_for_part(self, name: str, value: str | None = None) -> str:
        """Wait until a part of the address is there, or has a value, and return its value."""
        self.page.wait_for_function(
            """([name, value]) => {
                const now = new URLSearchParams(location.search).get(name);
                return value === null ? now !== null : now === value;
            }""",
            arg=[name, value],
            timeout=WAIT_MS,
            polling=POLL_MS,
        )
        return self.parts()[name]

    def wait_until_gone(self, name: str) -> None:
        """Wait until a part of the address is no longer there."""
        self.page.wait_for_function(
            "(name) => !new URLSearchParams(location.search).has(name)",
            arg=name,
            timeout=WAIT_MS,
            polling=POLL_MS,
        )

    def text(self) -> str:
        """Return every word on the page, on the map and in the tables."""
        tables = [one.text_content() or "" for one in self.page.locator("table[role=grid]").all()]
        page = self.page.get_by_test_id("stMain").inner_text()
        return "\n".join([page, self.map.text(), *tables])


def whole(number_or_rate: str) -> int:
    """Return how many rows a figure speaks of: "7/9" is taken of 9, "—" of none."""
    digits = re.findall(r"\d+", number_or_rate)
    return int(digits[-1]) if digits else 0
