"""Vector tiles as a browser paints them: nothing cut, nothing lost, found again under the pointer.

The page holds the layer alone; its tiles are written by another's encoder and handed to it here.
"""

import io
import json
from dataclasses import asdict, dataclass, field, replace

import mapbox_vector_tile
import pytest
import shapely
from PIL import Image
from playwright.sync_api import Page
from shapely import LineString, Point, box
from shapely.affinity import translate

from dashboard import ASSETS
from layers.drawing import webmap
from layers.drawing.legend import Sign
from tests.browser.chromium import POLL_MS, WAIT_MS

ORIGIN = "http://127.0.0.1:9"
OWN = webmap.__file__.replace("webmap.py", "browser")
ZOOM, X, Y, EXTENT, PX = 14, 12912, 6436, 4096, 16
IN_TIME = Sign("polygon", "square", "#00528a", "full", "", "", "none", 2)
LATE = replace(IN_TIME, rim="#b3261e")
OTHER = replace(IN_TIME, fill="#00795a")
SIGNS = [asdict(sign) for sign in (IN_TIME, LATE, OTHER)]
BLUE, RED, GREEN = (0, 82, 138), (179, 38, 30), (0, 121, 90)

PAGE = """<!doctype html><html lang="zh"><title>tiles</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="leaflet/leaflet.css"><link rel="stylesheet" href="gis.css">
<div id="map" style="height: 600px; background: #fff"></div>
<script src="leaflet/leaflet.js"></script><script src="pbf/pbf.js"></script>
<script src="gis.js"></script><script src="tiles.js"></script>
<script>
const map = window.map = L.map("map",
  { zoomControl: false, attributionControl: false, zoomSnap: 0.25 });
const at = (x, y) => map.unproject([CORNER[0] + x, CORNER[1] + y], ZOOM);
window.told = { over: null, clicked: [], cells: [], refused: [], painted: 0 };
map.setView(at(256, 150), ZOOM, { animate: false });
const layer = gis.tileLayer({ url: "/tiles/{z}/{x}/{y}?q=0", signs: SIGNS, kind: "polygon",
  cellsPerTile: 4, onHover: (id) => { told.over = id; }, onClick: (id) => told.clicked.push(id),
  onCell: (bounds, counts) => told.cells.push([bounds.toBBoxString(), counts]),
  onRefused: (status) => told.refused.push(status) });
layer.on("painted", () => { told.painted++; });
layer.addTo(map);
</script>"""


@dataclass
class Tiles:
    """A page with the layer on it; what it shows is given in pixels from the corner of one tile."""

    page: Page
    features: list[dict] = field(default_factory=list)
    cells: list[dict] = field(default_factory=list)
    status: int = 200
    asked: int = 0
    held: list | None = None

    def add(self, shape, one: int, sign: int = 0) -> None:
        self.features.append({"geometry": shape, "id": one, "properties": {"s": sign}})

    def answer(self, route) -> None:
        path = route.request.url.removeprefix(ORIGIN).split("?")[0]
        if not path.startswith("/tiles/"):
            return self.hand_over(route, path)
        self.asked += 1
        if self.held is not None:
            return self.held.append(route)
        return self.fulfil(route)

    def fulfil(self, route) -> None:
        _, x, y = map(int, route.request.url.split("?")[0].split("/")[-3:])
        route.fulfill(status=self.status, body=self.encode(x - X, y - Y))

    def encode(self, dx: int, dy: int) -> bytes:
        return mapbox_vector_tile.encode(
            [
                {"name": "features", "features": _piece(self.features, dx, dy)},
                {"name": "cells", "features": _piece(self.cells, dx, dy)},
            ],
            default_options={"y_coord_down": True, "extents": EXTENT},
        )

    def hand_over(self, route, path: str) -> None:
        if path == "/":
            numbers = {"CORNER": [256 * X, 256 * Y], "ZOOM": ZOOM, "SIGNS": SIGNS}
            body = PAGE
            for name, value in numbers.items():
                body = body.replace(name, json.dumps(value))
            return route.fulfill(body=body, content_type="text/html; charset=utf-8")
        return route.fulfill(path=(f"{OWN}{path}" if path.count("/") == 1 else f"{ASSETS}{path}"))

    def open(self) -> None:
        self.page.goto(f"{ORIGIN}/")
        self.wait("told.painted === 1")

    def wait(self, condition: str) -> None:
        self.page.wait_for_function(condition, polling=POLL_MS)
        self.page.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def place(self, x: float, y: float) -> tuple[float, float]:
        script = (
            "([x, y]) => { const p = map.latLngToContainerPoint(at(x, y)); return [p.x, p.y]; }"
        )
        return tuple(self.page.evaluate(script, [x, y]))

    def over(self, x: float, y: float) -> int | None:
        self.page.mouse.move(*self.place(x, y))
        self.page.evaluate("new Promise((done) => setTimeout(done, 50))")
        return self.page.evaluate("told.over")

    def colour(self, x: float, y: float) -> tuple[int, int, int]:
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        return picture.getpixel(tuple(round(one) for one in self.place(x, y)))


def _piece(features, dx: int, dy: int) -> list[dict]:
    """Return what one tile holds: points in it, and the rest cut sixteen pixels beyond it."""
    reach, found = 16 * PX, []
    for one in features:
        shape = shapely.transform(one["geometry"], lambda xy: xy * PX)
        shape = translate(shape, -dx * EXTENT, -dy * EXTENT)
        if shape.geom_type == "Point":
            is_here = 0 <= shape.x < EXTENT and 0 <= shape.y < EXTENT
        else:
            shape = shapely.clip_by_rect(shape, -reach, -reach, EXTENT + reach, EXTENT + reach)
            is_here = not shape.is_empty
        if is_here:
            found.append({**one, "geometry": shape})
    return found


@pytest.fixture
def tiles(browser):
    context = browser.new_context(viewport={"width": 900, "height": 600})
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    made = Tiles(page)
    page.route("**/*", made.answer)
    yield made
    context.close()
    assert complaints == []


def test_a_sign_at_the_edge_of_a_tile_is_painted_whole_and_found_from_both_sides(tiles):
    tiles.add(Point(255, 40), 7)
    tiles.add(Point(257, 100), 8)
    tiles.open()
    assert [tiles.colour(x, 40) for x in (251, 259)] == [BLUE, BLUE]
    assert [tiles.colour(x, 100) for x in (253, 261)] == [BLUE, BLUE]
    assert [tiles.over(251, 40), tiles.over(260, 40), tiles.over(252, 100)] == [7, 7, 8]
    assert tiles.over(257, 70) is None


def test_a_hole_is_not_the_area_around_it_and_every_part_of_many_is(tiles):
    tiles.add(box(20, 60, 120, 160).difference(box(50, 90, 90, 130)), 1)
    tiles.add(box(60, 100, 80, 120), 2)
    tiles.add(box(150, 60, 300, 120).union(box(320, 60, 380, 120)), 3)
    tiles.add(LineString([(20, 200), (250, 190), (480, 220)]), 4)
    tiles.open()
    assert [tiles.over(30, 70), tiles.over(55, 95), tiles.over(70, 110)] == [1, None, 2]
    assert [tiles.over(250, 90), tiles.over(290, 90), tiles.over(310, 90)] == [3, 3, None]
    assert tiles.over(350, 90) == 3
    assert [tiles.over(250, 193), tiles.over(365, 207), tiles.over(365, 225)] == [4, 4, None]
    tiles.page.mouse.click(*tiles.place(350, 90))
    assert tiles.page.evaluate("told.clicked") == [3]


def test_an_area_too_small_to_be_seen_bears_one_sign_also_between_two_tiles(tiles):
    tiles.add(box(252, 80, 258, 86), 5)
    tiles.open()
    assert (
        tiles.page.evaluate(
            "Object.values(layer._tiles).flatMap((one) => one.el.tile.signs).length"
        )
        == 1
    )
    assert tiles.over(255, 83) == 5


def test_what_is_late_lies_on_top_whichever_tile_it_is_in(tiles):
    for y, late_x, other_x in ((40, 253, 258), (80, 258, 253)):
        tiles.add(Point(late_x, y), y, 1)
        tiles.add(Point(other_x, y), y + 1, 2)
    tiles.add(box(100, 120, 200, 220), 7, 1)
    tiles.add(box(150, 120, 250, 220), 8, 2)
    tiles.open()
    assert [tiles.colour(256, 40), tiles.colour(255, 80)] == [BLUE, BLUE]
    assert [tiles.over(256, 40), tiles.over(255, 80)] == [40, 80]
    assert tiles.colour(200, 170) == RED
    assert tiles.over(170, 170) == 7


def test_another_question_keeps_the_old_picture_until_its_answer_is_painted(tiles):
    tiles.add(box(100, 80, 200, 180), 1)
    tiles.open()
    shown = tiles.colour(150, 130)
    tiles.held = []
    tiles.page.evaluate("layer.readdress('/tiles/{z}/{x}/{y}?q=1')")
    tiles.page.wait_for_timeout(200)
    assert tiles.held
    assert tiles.colour(150, 130) == shown
    tiles.features.clear()
    for route in tiles.held:
        tiles.fulfil(route)
    tiles.held = None
    tiles.wait("told.painted === 2")
    assert tiles.colour(150, 130) == (255, 255, 255)
    assert tiles.over(150, 130) is None


def test_other_colours_ask_for_no_tile(tiles):
    tiles.add(Point(100, 100), 1)
    tiles.open()
    before = tiles.asked
    tiles.page.evaluate("layer.repaint([SIGN])".replace("SIGN", json.dumps(SIGNS[2])))
    tiles.page.wait_for_timeout(200)
    assert tiles.colour(97, 97) == GREEN
    assert tiles.asked == before


def test_a_refusal_is_told_once_and_leaves_the_picture(tiles):
    tiles.add(Point(100, 100), 1)
    tiles.open()
    tiles.status = 403
    tiles.page.evaluate("layer.readdress('/tiles/{z}/{x}/{y}?q=1')")
    tiles.wait("told.painted === 2")
    assert tiles.page.evaluate("told.refused") == [403]
    assert tiles.colour(97, 97) == BLUE


def test_a_broken_geometry_leaves_the_others_of_its_tile(tiles):
    tiles.add(Point(100, 100), 1)
    tiles.add(Point(150, 100), 300)
    whole = tiles.encode(0, 0)
    broken = whole.replace(bytes([0x22, 5, 9]), bytes([0x22, 5, 13]), 1)  # a command that is none
    assert broken != whole
    tiles.open()
    read = tiles.page.evaluate(
        "(bytes) => [...gis.readTile(new Uint8Array(bytes)).features.ids]", list(broken)
    )
    assert read == [300]


def test_a_cell_tells_its_bounds_and_counts_and_one_alone_bears_its_own_sign(tiles):
    tiles.cells.append({"geometry": Point(32, 32), "properties": {"n": 12, "0": 9, "1": 3}})
    tiles.cells.append({"geometry": Point(150, 100), "properties": {"n": 1, "2": 1}})
    tiles.open()
    assert tiles.colour(150 - 4, 100) == GREEN
    tiles.page.mouse.click(*tiles.place(32, 32))
    ((bounds, counts),) = tiles.page.evaluate("told.cells")
    assert counts == {"0": 9, "1": 3}
    assert bounds == tiles.page.evaluate("L.latLngBounds(at(0, 64), at(64, 0)).toBBoxString()")


def test_between_two_zooms_signs_are_painted_anew_at_their_size(tiles):
    tiles.add(Point(256, 150), 1)
    tiles.open()
    tiles.page.evaluate("map.setZoom(14.25)")
    tiles.wait("map.getZoom() === 14.25 && !map._animatingZoom")
    tiles.page.wait_for_timeout(300)
    pixels_of_the_sheet_per_pixel_of_the_screen = tiles.page.evaluate(
        "Object.values(layer._tiles).map((one) => one.el.tile.sheets.signs).filter(Boolean)"
        ".map((sheet) => sheet.width / sheet.getBoundingClientRect().width)"
    )
    assert pixels_of_the_sheet_per_pixel_of_the_screen == [pytest.approx(1, abs=0.01)]
