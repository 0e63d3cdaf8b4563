"""Times the ways of drawing vector tiles in a browser that has no graphics card, in one run.

Each way draws the same tiles of invented parcels (21 points a ring) on the same Leaflet map,
with our colours, patterns, dashes and rims. The tiles are made before anything is timed. The
other ways' files come from npm into a temporary folder, so nothing is asked of another host.
"""

import contextlib
import json
import math
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.overview import _chromium
from layers.drawing.legend import Sign
from layers.drawing.symbols import OVERDUE_COLOUR, STATUS_SIGNS

HERE = Path(__file__).parent
BROWSER = HERE.parent / "layers" / "drawing" / "browser"
PACKAGES = (
    "leaflet@1.9.4",
    "pbf@5.1.2",
    "leaflet.vectorgrid@1.3.0",
    "protomaps-leaflet@5.1.0",
    "leaflet-vector-tile-layer@0.15.0",
    "maplibre-gl@5.24.0",
)
FILES = {
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "pbf.js": "pbf/dist/pbf.js",
    "vectorgrid.js": "leaflet.vectorgrid/dist/Leaflet.VectorGrid.bundled.min.js",
    "protomaps.js": "protomaps-leaflet/dist/protomaps-leaflet.js",
    "svg.js": "leaflet-vector-tile-layer/dist/VectorTileLayer.umd.min.js",
    "maplibre.js": "maplibre-gl/dist/maplibre-gl.js",
}
WAYS = {
    "ours": ("pbf.js", "tiles.js"),
    "vectorgrid": ("vectorgrid.js",),
    "protomaps": ("protomaps.js",),
    "svg": ("svg.js",),
    "maplibre": ("maplibre.js",),
}
"""The ways by name, with the scripts that each needs beside Leaflet and gis.js."""

CHROMIUM = ["--no-sandbox", "--disable-background-networking", "--no-first-run"]
CHROMIUM += ["--enable-unsafe-swiftshader", "--enable-precise-memory-info"]
ROUNDS = 3
WAIT_MS = 90_000
WEST, SOUTH, EAST, NORTH = 103.4, 35.9, 104.2, 36.4
CENTRE = (36.15, 103.75)
EXTENT = 4096
CORNERS = 20
CELLS_TO = 12
LATE_SHARE = 0.04
BITS_7, BITS_14 = 0x7F, 0x3FFF
REACH_M13 = 64
"""How far a parcel reaches from its middle, in units of a tile at zoom 13."""


@dataclass(frozen=True)
class Timing:
    """What one way took for one view: seconds, frames a second, megabytes of heap."""

    first_s: float
    filter_s: float
    frames_per_s: float
    longest_frame_ms: float
    heap_mb: float


@dataclass(frozen=True)
class View:
    """A view to be timed: its name, zoom, number of parcels in the whole city, and the ways."""

    name: str
    zoom: int
    parcels: int
    ways: tuple[str, ...] = ("ours",)


VIEWS = (
    View("10^6, zoom 14", 14, 1_000_000, tuple(WAYS)),
    View("10^6, zoom 13", 13, 1_000_000, ("ours", "vectorgrid", "protomaps")),
    View("10^6, zoom 10 (cells)", 10, 1_000_000),
    View("10^4, zoom 14", 14, 10_000),
)
"""At zoom 14 some 24,000 parcels are in sight, at zoom 13 four times as many (more than a tile
may hold); the last two say that a hundred times the parcels cost about the same."""


def measure(rounds: int = ROUNDS) -> dict[View, dict[str, Timing | None]]:
    """Return the medians of each way for each view, taken in turn; None for one that failed."""
    runs: dict[tuple[View, str], list[Timing]] = {}
    turns = [(view, way) for view in VIEWS for way in view.ways]
    with _packages() as modules, _serve(modules) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=CHROMIUM)
        for view in VIEWS:
            _warm(view)
        for view, way in turns * rounds:
            timing = _time(browser, f"{url}?{_query(view, way)}")
            if timing:
                runs.setdefault((view, way), []).append(timing)
        browser.close()
    return {view: {way: _median(runs.get((view, way), ())) for way in view.ways} for view in VIEWS}


def table(measured: Mapping[View, Mapping[str, Timing | None]]) -> str:
    """Return the measures as a table in Markdown."""
    lines = [
        "| view | way | first picture | filter painted | panning, frames/s | longest | heap |",
        "|---|---|---|---|---|---|---|",
    ]
    for view, ways in measured.items():
        for way, one in ways.items():
            told = (
                f"{one.first_s:.2f} s | {one.filter_s:.2f} s | {one.frames_per_s:.0f} | "
                f"{one.longest_frame_ms:.0f} ms | {one.heap_mb:.0f} MB"
                if one
                else "failed | | | |"
            )
            lines.append(f"| {view.name} | {way} | {told} |")
    return "\n".join(lines)


def sizes(modules: Path) -> dict[str, int]:
    """Return the bytes of the scripts of each way, Leaflet left out."""
    place = {
        **{name: modules / path for name, path in FILES.items()},
        "tiles.js": BROWSER / "tiles.js",
    }
    return {way: sum(place[name].stat().st_size for name in names) for way, names in WAYS.items()}


def signs() -> list[dict[str, Any]]:
    """Return what each sign code looks like: groups of stages times two, late ones odd."""
    made = [
        Sign("polygon", "square", one.colour, one.mark, one.dash, rim, "hatch", 1.5)
        for one in STATUS_SIGNS.values()
        for rim in ("", OVERDUE_COLOUR)
    ]
    return [asdict(one) for one in made]


def _query(view: View, way: str) -> str:
    lat, lon = CENTRE
    return f"way={way}&zoom={view.zoom}&n={view.parcels}&lat={lat}&lon={lon}"


def _time(browser: Browser, url: str) -> Timing | None:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    try:
        page.goto(url)
        first = page.evaluate("bench.first")
        filtered = page.evaluate("bench.filter(1)")
        frames, longest = page.evaluate("bench.pan(5000, 300)")
        return Timing(first / 1000, filtered / 1000, frames / 5, longest, _heap_mb(page))
    except Exception as error:  # noqa: BLE001  # one way that breaks is told and does not end the run
        print(f"{url}: {error}"[:300])
        return None
    finally:
        context.close()


def _heap_mb(page: Page) -> float:
    """Return what scripts hold after rubbish is gone, arrays of numbers among it, in megabytes."""
    client = page.context.new_cdp_session(page)
    client.send("HeapProfiler.collectGarbage")
    usage = client.send("Runtime.getHeapUsage")
    return (usage["usedSize"] + usage.get("backingStorageSize", 0)) / 1e6


def _median(timings: Sequence[Timing]) -> Timing | None:
    if not timings:
        return None
    columns = zip(*(asdict(one).values() for one in timings), strict=True)
    return Timing(*(median(column) for column in columns))


# ---------------------------------------------------------------- files and tiles, by one server


@contextlib.contextmanager
def _packages() -> Iterator[Path]:
    """Fetch the packages of all ways from npm into a temporary folder."""
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "package.json").write_text("{}", encoding="ascii")
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run([npm, "install", *quiet, *PACKAGES], cwd=folder, check=True)
        yield Path(folder, "node_modules")


@contextlib.contextmanager
def _serve(modules: Path) -> Iterator[str]:
    files = {f"/{name}": modules / path for name, path in FILES.items()}
    files |= {f"/{name}": BROWSER / name for name in ("gis.js", "gis.css", "tiles.js")}
    files |= {"/": HERE / "tile_layers.html"}

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path == "/signs":
                return self.send(json.dumps(signs()).encode(), "application/json")
            if asked.path in files:
                path = files[asked.path]
                kind = {".js": "text/javascript", ".css": "text/css"}.get(path.suffix, "text/html")
                return self.send(path.read_bytes(), kind)
            if asked.path.startswith("/tiles/"):
                z, x, y = map(int, asked.path.split("/")[2:])
                query = parse_qs(asked.query)
                body = make_tile(z, x, y, int(query["n"][0]), int(query["filter"][0]))
                return self.send(body, "application/x-protobuf")
            return self.send_error(404)

        def send(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind + "; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: the table is what is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()


def _warm(view: View) -> None:
    """Make all tiles that a view and the panning from it can ask for."""
    column, row = tile_at(view.zoom, *CENTRE)
    for x in range(column - 4, column + 11):
        for y in range(row - 3, row + 4):
            for chosen in (0, 1):
                make_tile(view.zoom, x, y, view.parcels, chosen)


def tile_at(zoom: int, lat: float, lon: float) -> tuple[int, int]:
    """Return the column and the row of the tile in which a place lies."""
    x, y = _mercator(np.array([lon]), np.array([lat]))
    return int(x[0] * 2**zoom), int(y[0] * 2**zoom)


def _mercator(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return web Mercator as shares of the world's width, from the north-west."""
    sine = np.sin(np.radians(lat))
    return (lon + 180) / 360, 0.5 - np.log((1 + sine) / (1 - sine)) / (4 * math.pi)


@lru_cache(maxsize=4)
def _parcels(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return middles as shares of the world, outlines around them (n, 21, 2), and sign codes."""
    chance = np.random.default_rng(7)
    columns = round(math.sqrt(1.6 * n))
    i, j = np.arange(n) % columns, np.arange(n) // columns
    width, height = (EAST - WEST) / columns, (NORTH - SOUTH) / (n / columns)
    x, y = _mercator(WEST + (i + 0.5) * width, SOUTH + (j + 0.5) * height)
    angle = np.linspace(0, 2 * math.pi, 21)
    shapes = 1 + 0.25 * chance.standard_normal((500, 21)).clip(-1, 1)
    shapes[:, -1] = shapes[:, 0]
    reach = 0.36 * (0.8 / 1265 / 360) * shapes[chance.integers(0, 500, n)]
    outlines = np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=-1)
    outlines += np.stack([x, y], axis=-1)[:, None, :]
    codes = 2 * chance.choice(len(STATUS_SIGNS), n, p=_shares()) + (chance.random(n) < LATE_SHARE)
    return np.stack([x, y], axis=-1), outlines, codes


def _shares() -> np.ndarray:
    shares = np.array([30.0, *[10.0] * (len(STATUS_SIGNS) - 1)])
    return shares / shares.sum()


@lru_cache(maxsize=4096)
def make_tile(z: int, x: int, y: int, n: int, chosen: int) -> bytes:
    """Return a tile: parcels, or below zoom 13 cells with counts; filter 1 leaves one group out."""
    middles, outlines, codes = _parcels(n)
    at = (middles * 2**z - (x, y)) * EXTENT
    margin = REACH_M13 * 2 ** (z - 13) if z > CELLS_TO else 0
    near = np.flatnonzero(((at > -margin) & (at < EXTENT + margin)).all(axis=1))
    near = near[codes[near] > 1] if chosen else near
    if z > CELLS_TO:
        corners = np.rint((outlines[near] * 2**z - (x, y)) * EXTENT).astype(np.int64)
        return _encode_parcels(corners, near + 1, codes[near])
    return _encode_cells(at[near], codes[near])


def _encode_parcels(corners: np.ndarray, ids: np.ndarray, codes: np.ndarray) -> bytes:
    """Return a tile of rings of equal length, whole wherever they end: the canvas clips them."""
    steps = np.diff(corners[:, :-1], axis=1, prepend=0)
    steps = (steps << 1) ^ (steps >> 63)
    words = np.full((len(ids), 2 * CORNERS + 3), 15, np.int64)  # the last word closes the ring
    words[:, 0], words[:, 3] = 9, ((CORNERS - 1) << 3) | 2  # one move, then lines
    words[:, 1:3] = steps[:, 0]
    words[:, 4:-1] = steps[:, 1:].reshape(len(ids), -1)
    is_longer = np.stack([words > BITS_7, words > BITS_14, np.zeros_like(words, bool)], axis=-1)
    room = np.stack([words & BITS_7, words >> 7 & BITS_7, words >> 14], axis=-1).astype(np.uint8)
    room |= is_longer.astype(np.uint8) << 7
    lengths = 1 + is_longer.sum(axis=-1)
    flat = room[np.arange(3) < lengths[..., None]].tobytes()
    ends = np.cumsum(lengths.sum(axis=1)).tolist()
    parts = zip(ids.tolist(), codes.tolist(), [0, *ends], ends, strict=False)
    features = [
        _part(
            2,
            b"\x08" + _varint(one) + b"\x12\x02\x00" + bytes([code, 0x18, 3]) + _part(4, flat[a:b]),
        )
        for one, code, a, b in parts
    ]
    return _layer("features", features, ["s"], range(2 * len(STATUS_SIGNS)))


def _encode_cells(at: np.ndarray, codes: np.ndarray, side: int = 4) -> bytes:
    """Return a tile of a few points, each with how many parcels of each sign code it stands for."""
    where = (at // (EXTENT / side)).astype(int)
    numbers = where[:, 1] * side + where[:, 0]
    names, features, values = ["n", *map(str, range(2 * len(STATUS_SIGNS)))], [], [0]
    for cell in np.unique(numbers):
        inside = numbers == cell
        counts = [int(inside.sum()), *np.bincount(codes[inside], minlength=len(names) - 1).tolist()]
        tags = b""
        for key, count in enumerate(counts):
            if count:
                tags += _varint(key) + _varint(len(values))
                values.append(count)
        x, y = (int(one) << 1 for one in at[inside].mean(axis=0))
        place = _part(4, b"\x09" + _varint(x) + _varint(y))
        features.append(_part(2, _part(2, tags) + b"\x18\x01" + place))
    return _layer("cells", features, names, values)


def _layer(
    name: str, features: Sequence[bytes], keys: Sequence[str], values: Iterable[int]
) -> bytes:
    body = [_part(1, name.encode()), *features, *(_part(3, key.encode()) for key in keys)]
    body += [_part(4, b"\x28" + _varint(value)) for value in values]
    return _part(3, b"".join(body) + b"\x28" + _varint(EXTENT) + b"\x78\x02")


def _part(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """Return a whole number as the format writes it: seven bits a byte, the lowest first.

    >>> _varint(300).hex()
    'ac02'
    """
    made = bytearray()
    while value > BITS_7:
        made.append(value & BITS_7 | 0x80)
        value >>= 7
    return bytes([*made, value])
