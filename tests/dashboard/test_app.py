"""The front door: page, routes and security headers, asked over HTTP as a browser asks."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from matplotlib.ft2font import FT2Font

from dashboard import PRINT_FONTS
from dashboard.doors.content_security import POLICY, UnusableBasemap, basemap_source, policy_text

ROOT = Path(__file__).parents[2]
APP = str(ROOT / "dashboard" / "app.py")
STREAMLIT = (sys.executable, "-m", "streamlit", "run", APP, "--server.headless", "true")
FRAME = "/component/streamlit_folium.st_folium/index.html"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Server:
    port: int
    base: str = ""

    def ask(self, path: str, **headers: str) -> Answer:
        """Return the answer to a path sent as it is, dots and all."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request("GET", self.base + path, headers=headers)
            answer = line.getresponse()
            return Answer(
                answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
            )
        finally:
            line.close()


STARTS = {
    "streamlit run": (*STREAMLIT, "--server.port", "{port}"),
    "uvicorn": (sys.executable, "-m", "uvicorn", "dashboard.app:app", "--port", "{port}"),
    "below a base path": (
        *(*STREAMLIT, "--server.port", "{port}"),
        *("--server.baseUrlPath", "lanzhou/map"),
    ),
}


@pytest.fixture(scope="module", params=STARTS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The app started in each way it may be started, from a folder that is not the project's."""
    folder = tmp_path_factory.mktemp("elsewhere")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [part.format(port=port) for part in STARTS[request.param]]
    home = {"HOME": str(folder), "USERPROFILE": str(folder)}  # a first start, no settings of anyone
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            command, cwd=folder, env=os.environ | home, stdout=log, stderr=log, stdin=log
        ) as process,
    ):
        server = Server(port, "/lanzhou/map" if "base path" in request.param else "")
        try:
            wait_until_it_answers(server, process, folder / "log")
            yield server
        finally:
            process.terminate()


def wait_until_it_answers(server: Server, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if server.ask("/healthz").status == 200:
                return
        except (OSError, HTTPException):
            time.sleep(0.1)
    pytest.fail(f"the app did not start:\n{log.read_text(errors='replace')}")


def sources(answer: Answer) -> dict[str, list[str]]:
    """Return the policy of an answer: directive -> what it allows."""
    parts = (part.split() for part in answer.headers["content-security-policy"].split(";"))
    return {directive: allowed for directive, *allowed in parts}


def test_the_page_and_the_sign_of_life_answer(server):
    assert b'<div id="root">' in server.ask("/").body
    health = server.ask("/healthz")
    assert json.loads(health.body)["status"] == "ok"


@pytest.mark.parametrize(
    "path",
    ["/", "/healthz", "/tiles/a/1/2/3", "/browser/leaflet/leaflet.js", "/browser/no.js", FRAME],
)
def test_every_answer_forbids_every_other_host(server, path):
    answer = server.ask(path)
    own = {"'self'", "'none'", "data:", "blob:"}
    for directive, allowed in sources(answer).items():
        names_no_host = all(source in own or source.startswith("'") for source in allowed)
        assert names_no_host, f"{directive} allows {allowed}"
    assert sources(answer)["default-src"] == ["'self'"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


def test_only_the_frame_of_a_component_may_evaluate_scripts(server):
    assert "'unsafe-eval'" in sources(server.ask(FRAME))["script-src"]
    assert "'unsafe-eval'" not in sources(server.ask("/"))["script-src"]


def test_map_libraries_are_served_from_where_the_map_frame_looks(server):
    from_the_frame = FRAME.rsplit("/", 1)[0] + "/../../browser/leaflet/leaflet.js"
    path = os.path.normpath(from_the_frame).replace(os.sep, "/")  # as a browser resolves it
    answer = server.ask(path)
    assert answer.status == 200
    assert "javascript" in answer.headers["content-type"]
    assert b"Leaflet 1.9.4" in answer.body[:200]


def test_an_unchanged_browser_file_is_not_sent_twice(server):
    first = server.ask("/browser/leaflet/leaflet.css")
    again = server.ask("/browser/leaflet/leaflet.css", **{"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    assert first.headers["cache-control"] == again.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/browser/../app.py",
        "/browser/%2e%2e/app.py",
        "/browser/..%2f..%2fpyproject.toml",
        "/browser/fonts/../../__init__.py",
        "/browser/..\\app.py",
        "/browser//etc/passwd",
        "/browser/%2Fetc/passwd",
        "/browser/fonts",
        "/browser/",
    ],
)
def test_nothing_outside_the_browser_files_can_be_read(server, path):
    assert server.ask(path).status in {400, 404}


def test_a_tile_that_is_not_there_says_why(server):
    answer = server.ask("/tiles/water_supply_points/12/3222/1600.pbf")
    assert answer.status == 403
    assert json.loads(answer.body) == {"reason": "pass_missing"}


@pytest.mark.parametrize(
    ("url", "source"),
    [
        (None, ""),
        ("", ""),
        ("/basemap/{z}/{x}/{y}.png", ""),
        ("https://t{s}.tianditu.gov.cn/vec_c/wmts?z={z}", "https://*.tianditu.gov.cn"),
        ("https://t0.tianditu.gov.cn/vec_c/wmts?z={z}", "https://t0.tianditu.gov.cn"),
        ("http://10.1.2.3:8080/wmts/{z}/{x}/{y}", "http://10.1.2.3:8080"),
        ("http://maps", "http://maps"),
    ],
)
def test_a_base_map_opens_its_own_host_to_images_and_nothing_else(url, source):
    assert basemap_source(url) == source
    policy = policy_text(POLICY, basemap_source(url))
    assert [part for part in policy.split("; ") if source and source in part] == (
        [f"img-src 'self' data: blob: {source}"] if source else []
    )


@pytest.mark.parametrize(
    "url",
    [
        "*",
        "//cdn.example",
        "ftp://maps/",
        "https://*/{z}",
        "https://a; script-src *",
        "https://{s}",
    ],
)
def test_a_base_map_that_names_no_host_is_refused_by_its_address(url):
    with pytest.raises(UnusableBasemap) as refused:
        basemap_source(url)
    assert refused.value.url == url


@pytest.mark.parametrize("weight", PRINT_FONTS)
def test_the_print_font_holds_what_an_office_prints(weight):
    level_1 = (bytes([row, cell]) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    wanted = "".join(pair.decode("gb2312", "ignore") for pair in level_1)  # row 0xD7 ends early
    wanted += "".join(map(chr, range(0x20, 0x7F)))
    wanted += "，。、；：？！“”‘’（）《》〔〕【】—…·￥℃°²³×±−→①⑩●■▲△☆"
    with TTFont(PRINT_FONTS[weight], lazy=True) as font:
        assert set(map(ord, wanted)) - set(font.getBestCmap()) == set()


def test_matplotlib_tells_the_two_weights_of_the_print_font_apart():
    faces = [FT2Font(PRINT_FONTS[weight]) for weight in ("regular", "bold")]
    assert [face.family_name for face in faces] == ["Noto Sans SC", "Noto Sans SC"]
    assert [face.style_name for face in faces] == ["Regular", "Bold"]
