"""The Chromium of this machine, kept offline, with everything a page says or asks written down."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, WebSocket

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = (
    "Browser tests need Chromium and Chinese fonts: on Debian `apt-get install chromium"
    " fonts-noto-cjk`; elsewhere name the program in the environment variable CHROMIUM."
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Whatever asks for another host is written down, and does not get there.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
HD, FULL_HD = (1366, 768), (1920, 1080)
WAIT_MS = int(os.environ.get("WAIT_MS", "60000"))
# Waits of our own ask by the clock: one that asks at every frame painted (Playwright's way unless
# told) never asks again when the map's frame is put in while the machine is busy.
POLL_MS = 100

TELL_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) => console.error(
    "policy violated:", event.effectiveDirective, event.blockedURI));"""


def find_chromium() -> str | None:
    """Return the path of a Chromium: the one that CHROMIUM names, or one on the path."""
    found = (shutil.which(name) for name in (os.environ.get("CHROMIUM", ""), *NAMES) if name)
    return next((path for path in found if path), None)


def launch(playwright: Playwright, path: str) -> Browser:
    """Return a running Chromium without a window."""
    return playwright.chromium.launch(executable_path=path, args=list(FLAGS))


@dataclass
class Watch:
    """What the pages of one visitor asked of other hosts, complained about and sent."""

    own: str
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    sent: int = 0

    def note_request(self, request: Request) -> None:
        """Write down a request to another host."""
        asked = urlsplit(request.url)
        if asked.scheme not in {"data", "blob"} and asked.netloc != self.own:
            self.foreign.append(request.url)

    def note_socket(self, socket: WebSocket) -> None:
        """Count what a page sends to the running script; each message is one rerun or so."""
        if urlsplit(socket.url).netloc != self.own:
            self.foreign.append(socket.url)
        socket.on("framesent", lambda _: self._count())

    def note_page(self, page: Page) -> None:
        """Watch a page that was opened."""
        page.on("websocket", self.note_socket)

    def _count(self) -> None:
        self.sent += 1


@contextmanager
def visitor(
    browser: Browser, address: str, size: tuple[int, int] = HD
) -> Iterator[tuple[BrowserContext, Watch]]:
    """Yield a visitor who was never here before, and the notes of what their pages do."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    context.set_default_timeout(WAIT_MS)
    context.add_init_script(TELL_VIOLATIONS)
    watch = Watch(urlsplit(address).netloc)
    context.on("page", watch.note_page)
    context.on("request", watch.note_request)
    context.on("weberror", lambda error: watch.complaints.append(str(error.error)))
    context.on(
        "console",
        lambda said: watch.complaints.append(said.text) if said.type == "error" else None,
    )
    try:
        yield context, watch
    finally:
        context.close()


def has_chinese(text: str) -> bool:
    """Return whether a text holds a Chinese character."""
    return re.search(r"[\u4e00-\u9fff]", text) is not None
