"""Times the overview against the same page written the stock way, both in one run.

Opening is from asking for the page until its features are painted, with a warm server and
an empty browser; a filter from the act until the new features are painted. The stock page
would load its libraries from elsewhere: they are handed to it from this machine, so that
neither page waits for a network.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Frame, Page, Route, sync_playwright

from dashboard import ASSETS

ROOT = Path(__file__).parents[1]
ROUNDS = 5
NOTHING: Mapping[str, str] = {}
WAIT_MS = 60_000
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
FROM_ASSETS = {
    "leaflet.js": ASSETS / "leaflet" / "leaflet.js",
    "leaflet.css": ASSETS / "leaflet" / "leaflet.css",
}


@dataclass(frozen=True)
class Timing:
    """Seconds of one page: opening it, and painting a filter; medians of several rounds."""

    opening_s: float
    filter_s: float


@dataclass(frozen=True)
class Served:
    """An app that is served on a port of this machine, and the id of its process."""

    port: int
    process: int

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}/"


def measure() -> tuple[Timing, Timing]:
    """Return the timing of our overview and of the stock page, rounds taken in turn."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=CHROMIUM)
        with _serve("dashboard/app.py") as ours, _serve("benchmarks/stock_page.py") as stock:
            rounds = [
                (_time(browser, ours.url, _open_ours), _time(browser, stock.url, _open_stock))
                for _ in range(ROUNDS + 1)
            ][1:]
        browser.close()
    return _median([one for one, _ in rounds]), _median([other for _, other in rounds])


def _time(browser: Browser, url: str, run: Callable[[Page, str], Timing]) -> Timing:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    try:
        return run(page, url)
    finally:
        context.close()


def _open_ours(page: Page, url: str) -> Timing:
    started = time.perf_counter()
    page.goto(url)
    frame = _map_frame(page, "window.gis && gis.state.painted > 100")
    opened = time.perf_counter()
    page.get_by_role("combobox", name="检察院：全部").click()
    option = page.get_by_role("option", name="西固")
    option.wait_for()
    acted = time.perf_counter()
    option.click()
    frame.wait_for_function("gis.state.painted > 0 && gis.state.painted < 100", polling=10)
    return Timing(opened - started, time.perf_counter() - acted)


def _open_stock(page: Page, url: str) -> Timing:
    page.route(lambda asked: "127.0.0.1" not in asked, _hand_over)
    started = time.perf_counter()
    page.goto(url)
    _map_frame(page, _painted("> 100"))
    opened = time.perf_counter()
    page.get_by_role("combobox").click()
    option = page.get_by_role("option", name="LZ-XG")
    option.wait_for()
    acted = time.perf_counter()
    option.click()
    _map_frame(page, f"{_painted('> 0')} && {_painted('< 100')}")
    return Timing(opened - started, time.perf_counter() - acted)


def _painted(condition: str) -> str:
    return f"document.querySelectorAll('.leaflet-interactive').length {condition}"


def _map_frame(page: Page, painted: str) -> Frame:
    """Return the map's frame once what it paints is there, whichever frame that is by then."""
    until = time.perf_counter() + WAIT_MS / 1000
    while time.perf_counter() < until:
        for frame in page.frames:
            with contextlib.suppress(Exception):  # a frame may go while it is asked
                if "streamlit_folium" in frame.url and frame.evaluate(f"Boolean({painted})"):
                    return frame
        page.wait_for_timeout(10)
    raise TimeoutError(painted)


def _hand_over(route: Route) -> None:
    name = route.request.url.rsplit("/", 1)[-1]
    if name in FROM_ASSETS:
        route.fulfill(path=FROM_ASSETS[name])
    else:
        route.fulfill(
            body="", content_type="text/css" if name.endswith("css") else "text/javascript"
        )


@contextlib.contextmanager
def _serve(script: str, given: Mapping[str, str] = NOTHING) -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / script)]
        options = [f"--server.port={port}", "--server.headless=true"]
        options += ["--server.address=127.0.0.1", "--browser.gatherUsageStats=false"]
        inherited = {key: value for key, value in os.environ.items() if key != "PIM_DATA_FOLDER"}
        server = subprocess.Popen(
            [*command, *options],
            cwd=folder,
            env={**inherited, **given},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            served = Served(port, server.pid)
            _wait_for(served.url)
            yield served
        finally:
            server.terminate()
            server.wait()


def _wait_for(url: str) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}_stcore/health"):  # noqa: S310
            return
        time.sleep(0.1)
    raise TimeoutError(url)


def _chromium() -> str:
    return os.environ.get("CHROMIUM", "/usr/bin/chromium")


def _median(rounds: list[Timing]) -> Timing:
    return Timing(median(one.opening_s for one in rounds), median(one.filter_s for one in rounds))
