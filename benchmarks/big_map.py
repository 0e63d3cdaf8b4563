"""Times the overview over 10^4, 10^5 and 10^6 parcels, and the stock way where one can wait.

Every size has a data folder and an app of its own, started as users start it, behind a relay that
counts what goes over the wire (`wire`). A software-rendered Chromium of 1366 x 768 visits them in
turn, with an empty cache each time: once with the whole city in sight (where parcels are counted by
cell), once with the streets of one office (where they are drawn). Every round looks at an office at
which no round before has looked, so that its first filter is new to the app. Instants are taken in
the page itself (`big_map.js`): from the click until two frames after what was asked for is painted.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Error, Frame, Page, sync_playwright
from playwright.sync_api import TimeoutError as TookTooLong

from benchmarks.big_steps import in_child
from benchmarks.overview import CHROMIUM, _chromium, _hand_over, _serve
from benchmarks.tile_layers import _heap_mb
from benchmarks.wire import HTTP, WEBSOCKET, Wire, counted
from dashboard.text import say
from geodata import open_cases, open_city, open_features

SIZES = (10_000, 100_000, 1_000_000)
STOCK_TO = 100_000
"""The most parcels that the stock way is given, in one round: a million is beyond it."""
ROUNDS = 3
WAIT_S = 120
REST_S = 0.5
"""How long after an act everything that it sends has been sent."""
PAN_MS, PAN_PX_S = 5_000, 300
ZOOM = 14
CITY, STREETS = "city", "streets"
PROBE = Path(__file__).with_suffix(".js")
SECRET = "benchmark"  # noqa: S105 - of apps that live for minutes on this machine

Found = dict[str, float]


@dataclass(frozen=True)
class Line:
    """One line of the table: the name of a measure, its words, unit, and the goal at the most."""

    name: str
    words: str
    unit: str = "s"
    goal: float | None = None
    is_least: bool = False


LINES = (
    Line("city.up_s", "whole city: first picture after the page is up", goal=3.0),
    Line("city.opened_s", "whole city: first picture after the address is asked for"),
    Line("city.filter_s", "whole city: an office chosen for the first time, painted", goal=0.7),
    Line("city.clear_s", "whole city: all offices again, painted"),
    Line("city.again_s", "whole city: the same office once more, painted", goal=0.7),
    Line("city.ws_kb", "whole city: websocket, a filter", "kB", goal=10.0),
    Line("city.clear_ws_kb", "whole city: websocket, all offices again", "kB", goal=10.0),
    Line("city.http_kb", "whole city: HTTP, a filter", "kB"),
    Line("city.colour_kb", "whole city: websocket, another colouring", "kB", goal=10.0),
    Line("city.frames", "whole city: panning", "frames/s", goal=45, is_least=True),
    Line("city.longest_ms", "whole city: longest frame while panning", "ms"),
    Line("city.heap_mb", "whole city: heap of the page and its frame", "MB", goal=120),
    Line("streets.up_s", "zoom 14: first picture after the page is up", goal=3.0),
    Line("streets.opened_s", "zoom 14: first picture after the address is asked for"),
    Line("streets.filter_s", "zoom 14: an office chosen for the first time, painted", goal=0.7),
    Line("streets.clear_s", "zoom 14: all offices again, painted"),
    Line("streets.again_s", "zoom 14: the same office once more, painted", goal=0.7),
    Line("streets.ws_kb", "zoom 14: websocket, a filter", "kB", goal=10.0),
    Line("streets.clear_ws_kb", "zoom 14: websocket, all offices again", "kB", goal=10.0),
    Line("streets.http_kb", "zoom 14: HTTP, a filter", "kB"),
    Line("streets.colour_kb", "zoom 14: websocket, another colouring", "kB", goal=10.0),
    Line("streets.frames", "zoom 14: panning", "frames/s", goal=45, is_least=True),
    Line("streets.longest_ms", "zoom 14: longest frame while panning", "ms"),
    Line("streets.heap_mb", "zoom 14: heap of the page and its frame", "MB", goal=120),
    Line("made_1", "tiles by HTTP, one client, not kept", "tiles/s", goal=100, is_least=True),
    Line("made_8", "tiles by HTTP, eight clients, not kept", "tiles/s", goal=100, is_least=True),
    Line("kept_1", "tiles by HTTP, one client, kept", "tiles/s"),
    Line("kept_8", "tiles by HTTP, eight clients, kept", "tiles/s"),
    Line("made_median_ms", "one tile by HTTP, one client, not kept: median", "ms"),
    Line("made_p99_ms", "one tile by HTTP, one client, not kept: 99th percentile", "ms"),
    Line("greatest_kb", "the largest of these tiles", "kB", goal=150),
    Line("index_s", "index made from the layer's file, by the clock", goal=10),
    Line("index_work_s", "the same, seconds of processors"),
    Line("index_peak_mb", "peak memory of a process that only makes the index", "MB", goal=1500),
    Line("rss_mb", "app after all this: resident", "MB", goal=1500),
    Line("pss_mb", "app after all this: its share (PSS)", "MB"),
)


@dataclass(frozen=True)
class Measured:
    """What was found: measures by size, ours and the stock way's, and of how many rounds."""

    ours: Mapping[int, Found]
    stock: Mapping[int, Found]
    rounds: int


@dataclass(frozen=True)
class Way:
    """A page to be visited: its wire, how an office is chosen and all offices again."""

    wire: Wire
    choose: Callable[[Page, str], None]
    clear: Callable[[Page], None]
    colour: Callable[[Page], None] | None = None
    says: Callable[[str, str], bool] = lambda seen, office: office in seen


def measure(
    sizes: Sequence[int] = SIZES,
    rounds: int = ROUNDS,
    *,
    stock_to: int = STOCK_TO,
    pan_ms: int = PAN_MS,
) -> Measured:
    """Return what each size costs, medians of rounds in which all sizes take turns."""
    with ExitStack() as stack:
        folders = {
            size: Path(stack.enter_context(tempfile.TemporaryDirectory())) / "data"
            for size in sizes
        }
        filled = {size: in_child("fill", folder, size) for size, folder in folders.items()}
        ours: dict[int, Found] = {
            size: in_child("index", folder) for size, folder in folders.items()
        }
        apps = {size: stack.enter_context(_app(folder)) for size, folder in folders.items()}
        ways = {size: _ours(wire) for size, (wire, _) in apps.items()}
        stocks = {
            size: _stock(stack.enter_context(_stock_app(folders[size])), filled[size]["counts"])
            for size in sizes
            if size <= stock_to
        }
        most = filled[max(sizes)]
        middles = {office: most["middles"][office] for office in most["counts"]}
        visited = _visit_all(ways, stocks, middles, rounds, pan_ms)
        for size, (wire, process) in apps.items():
            ours[size] |= visited["ours", size]
            environment = {**os.environ, "PIM_SECRET": SECRET}
            url = f"http://127.0.0.1:{wire.to_port}"
            ours[size] |= in_child("tiles", url, _revision(folders[size]), environment=environment)
            ours[size] |= memory_of(process)
    return Measured(ours, {size: visited["stock", size] for size in stocks}, rounds)


def table(found: Measured) -> str:
    """Return the measures as a table in Markdown: a column a size, ratios, goals, the stock way."""
    sizes, stock = sorted(found.ours), sorted(found.stock)
    least, most = sizes[0], sizes[-1]
    both = [size for size in sizes if size in found.stock]
    beside = both[-1] if both else None
    head = [
        "what",
        *(f"ours, {size:,}" for size in sizes),
        f"{most:,} / {least:,}",
        "goal",
        *(f"stock, {size:,}" for size in stock),
        *([f"stock / ours, {beside:,}"] if beside else []),
    ]
    rows = [head, ["---"] * len(head)]
    for line in LINES:
        ours = [found.ours[size].get(line.name) for size in sizes]
        row = [line.words, *(_told(one, line.unit) for one in ours), _ratio(ours[-1], ours[0])]
        row.append(_judged(line, ours[-1]))
        row += [_told(found.stock[size].get(line.name), line.unit) for size in stock]
        if beside:
            row.append(
                _ratio(found.stock[beside].get(line.name), found.ours[beside].get(line.name))
            )
        rows.append(row)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _told(value: float | None, unit: str) -> str:
    if value is None:
        return "—"
    return f"{value:,.2f} {unit}" if value < 10 else f"{value:,.0f} {unit}"  # noqa: PLR2004


def _ratio(value: float | None, other: float | None) -> str:
    return f"{value / other:.1f}" if value is not None and other else "—"


def _judged(line: Line, value: float | None) -> str:
    if line.goal is None or value is None:
        return "—"
    is_met = value >= line.goal if line.is_least else value <= line.goal
    sign = "≥" if line.is_least else "≤"
    return f"{sign} {line.goal:g}{'' if is_met else ' **missed**'}"


# ---------------------------------------------------------------- apps and folders


def _revision(folder: Path) -> str:
    features = open_features(f"file:{folder / 'features'}")
    cases = open_cases(f"sqlite:{folder / 'cases.sqlite'}")
    return f"{features.revision()}-{cases.revision()}"


@contextmanager
def _app(folder: Path) -> Iterator[tuple[Wire, int]]:
    """Start the app on a data folder; give the wire to it and the id of its process."""
    given = {"PIM_DATA_FOLDER": str(folder), "PIM_SECRET": SECRET}
    with _serve("dashboard/app.py", given) as served, counted(served.port) as wire:
        yield wire, served.process


@contextmanager
def _stock_app(folder: Path) -> Iterator[Wire]:
    file = max((folder / "features").glob("occupied_farmland.*.parquet"))
    given = {"BENCHMARK_PARCELS": str(file)}
    with _serve("benchmarks/stock_parcels.py", given) as served, counted(served.port) as wire:
        yield wire


def memory_of(process: int) -> Found:
    """Return the memory of a process in megabytes, as Linux tells it."""
    told = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    kb = {line.split(":")[0]: line.split()[1] for line in told.splitlines()[1:]}
    return {"rss_mb": int(kb["Rss"]) / 1e3, "pss_mb": int(kb["Pss"]) / 1e3}


# ---------------------------------------------------------------- visits


def _visit_all(
    ways: Mapping[int, Way],
    stocks: Mapping[int, Way],
    middles: Mapping[str, tuple[float, float]],
    rounds: int,
    pan_ms: int,
) -> dict[tuple[str, int], Found]:
    """Return the medians of what visits found, by way and size."""
    runs: dict[tuple[str, int], list[Found]] = {}
    offices = list(middles)
    with sync_playwright() as playwright:
        args = [*CHROMIUM, "--enable-precise-memory-info"]
        browser = playwright.chromium.launch(executable_path=_chromium(), args=args)
        for turn in range(rounds):
            one, other = (offices[(2 * turn + more) % len(offices)] for more in (0, 1))
            lat, lon = middles[other]
            address = f"?at={ZOOM}/{lat:.5f}/{lon:.5f}"
            for size, way in ways.items():
                city = _visit(browser, way, "", one, 0 if turn else pan_ms)
                streets = _visit(browser, way, address, other, pan_ms)
                runs.setdefault(("ours", size), []).append(
                    _named(CITY, city) | _named(STREETS, streets)
                )
            for size, way in stocks.items():
                if not turn:
                    found = _named(CITY, _visit(browser, way, "", one, pan_ms))
                    runs.setdefault(("stock", size), []).append(found)
        browser.close()
    return {which: _median(some) for which, some in runs.items()}


def _named(view: str, found: Found) -> Found:
    return {f"{view}.{name}": value for name, value in found.items()}


def _median(runs: Sequence[Found]) -> Found:
    names = dict.fromkeys(name for one in runs for name in one)
    return {name: median(one[name] for one in runs if name in one) for name in names}


def _visit(browser: Browser, way: Way, address: str, office: str, pan_ms: int) -> Found:
    """Return what one visitor with an empty cache meets who opens a page, filters and pans.

    A page that is waited for in vain leaves out what would have come after; that is said.
    """
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    context.add_init_script(path=PROBE)
    page = context.new_page()
    page.set_default_timeout(1e3 * WAIT_S)
    page.route(lambda asked: "127.0.0.1" not in asked, _hand_over)
    found: Found = {}
    try:
        page.goto(way.wire.url + address)
        for step in (_open, _filter, _colour, _pan):
            step(page, way, office, pan_ms, found)
    except (TimeoutError, TookTooLong) as late:
        print(f"given up after {WAIT_S} s: {late}"[:200], file=sys.stderr)
    finally:
        context.close()
    return found


def _open(page: Page, _way: Way, _office: str, _pan_ms: int, found: Found) -> None:
    first = _painted(page, 0, lambda _: True)
    page.wait_for_timeout(1e3 * REST_S)
    began, up = page.evaluate("[probe.began, probe.up]")
    found |= {"up_s": (first - up) / 1e3, "opened_s": (first - began) / 1e3}


def _filter(page: Page, way: Way, office: str, _pan_ms: int, found: Found) -> None:
    """Choose an office, all of them again, and where anything is kept the same office once more."""

    def is_chosen(seen: str) -> bool:
        return way.says(seen, office)

    before = dict(way.wire.sent)
    found["filter_s"] = _act(page, lambda: way.choose(page, office), is_chosen)
    found["ws_kb"] = (way.wire.sent[WEBSOCKET] - before[WEBSOCKET]) / 1e3
    found["http_kb"] = (way.wire.sent[HTTP] - before[HTTP]) / 1e3
    before = dict(way.wire.sent)
    found["clear_s"] = _act(page, lambda: way.clear(page), lambda seen: not is_chosen(seen))
    found["clear_ws_kb"] = (way.wire.sent[WEBSOCKET] - before[WEBSOCKET]) / 1e3
    if way.colour:
        found["again_s"] = _act(page, lambda: way.choose(page, office), is_chosen)


def _colour(page: Page, way: Way, _office: str, _pan_ms: int, found: Found) -> None:
    if way.colour:
        before = dict(way.wire.sent)
        way.colour(page)
        page.wait_for_timeout(2e3 * REST_S)
        found["colour_kb"] = (way.wire.sent[WEBSOCKET] - before[WEBSOCKET]) / 1e3


def _pan(page: Page, _way: Way, _office: str, pan_ms: int, found: Found) -> None:
    if pan_ms:
        frames, longest = _maps(page)[-1].evaluate(f"probe.pan({pan_ms}, {PAN_PX_S})")
        found |= {"frames": 1e3 * frames / pan_ms, "longest_ms": longest}
    found["heap_mb"] = _heap_mb(page)


def _act(page: Page, act: Callable[[], None], is_right: Callable[[str], bool]) -> float:
    """Return the seconds from the last click of an act until what it asked for is painted."""
    page.evaluate("probe.acted = 0")
    began = time.time() * 1e3
    act()
    painted = _painted(page, began, is_right)
    acted = float(page.evaluate("probe.acted"))
    page.wait_for_timeout(1e3 * REST_S)
    return (painted - acted) / 1e3


def _painted(page: Page, since: float, is_right: Callable[[str], bool]) -> float:
    """Return when what is right was painted in the map's frame, whichever frame that is by then."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        for frame in _maps(page):
            with suppress(Error):  # a frame may go while it is asked
                for one in frame.evaluate("window.probe ? probe.painted : []"):
                    if one["at"] > since and is_right(one["seen"]):
                        return float(one["at"])
        page.wait_for_timeout(25)
    raise TimeoutError(page.url)


def _maps(page: Page) -> list[Frame]:
    return [frame for frame in page.frames if "streamlit_folium" in frame.url]


def _ours(wire: Wire) -> Way:
    city = open_city()

    def choose(page: Page, office: str) -> None:
        page.locator(".st-key-filter-jurisdictions").get_by_role("combobox").click()
        page.get_by_role("option", name=city.jurisdiction(office).short.zh).click()

    def clear(page: Page) -> None:
        page.keyboard.press("Escape")
        page.get_by_role("button", name=say("filters.clear", "zh")).click()

    def colour(page: Page) -> None:
        page.locator(".st-key-filter-colour button").nth(1).click()

    return Way(wire, choose, clear, colour, lambda seen, office: f"offices={office}" in seen)


def _stock(wire: Wire, counts: Mapping[str, int]) -> Way:
    def pick(page: Page, office: str) -> None:
        page.get_by_role("combobox").click()
        page.get_by_role("option", name=office, exact=True).click()

    def is_office(seen: str, _: str) -> bool:
        return int(seen.split(maxsplit=1)[0]) < sum(counts.values())

    return Way(wire, pick, lambda page: pick(page, "all"), None, is_office)
