"""Tells every browser to load nothing from any host but this one.

The policy goes out with every answer the app gives, so a forgotten link to an outside library fails
loudly on the developer's machine and not silently in an office without internet. An answer that
brings a stricter policy of its own (the stage) keeps it.
"""

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = {
    "default-src": "'self'",
    # Streamlit's page has one script in place, loads components by blob: and tries WebAssembly.
    "script-src": "'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "frame-src": "'self'",
    "frame-ancestors": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
# streamlit-folium evaluates the script of the map inside its own frame, and only there.
FRAME_POLICY = POLICY | {"script-src": POLICY["script-src"] + " 'unsafe-eval'"}
FRAME_PATH = "/component/"

# Scheme, host, port of a template, in lower case: https://t{s}.tianditu.gov.cn/vec_c/{z}/{x}/{y}
ORIGIN = re.compile(r"https?://(?:[a-z0-9-]*\{s\}[a-z0-9-]*\.)?[a-z0-9.-]+(?::\d+)?(?:/|$)")


class UnusableBasemap(ValueError):
    """A base map's address names no host that a policy could allow."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(url)


def basemap_source(url: str | None) -> str:
    """Return what a policy must allow for a base map's address: "" for none or for our own host.

    >>> basemap_source("https://t{s}.tianditu.gov.cn/vec_c/wmts?tilematrix={z}")
    'https://*.tianditu.gov.cn'
    """
    if not url or re.match(r"/(?!/)", url):
        return ""
    if not (origin := ORIGIN.match(url)):
        raise UnusableBasemap(url)
    return re.sub(r"//[^.]*{s}[^.]*", "//*", origin[0].rstrip("/"))


def policy_text(policy: dict[str, str], basemap: str) -> str:
    """Return a policy as the value of its header, the base map allowed as a source of images."""
    allowed = policy | {"img-src": f"{policy['img-src']} {basemap}".strip()}
    return "; ".join(f"{directive} {sources}" for directive, sources in allowed.items())


class ContentSecurity:
    """ASGI middleware: every answer carries the policy and says what a browser must not guess."""

    def __init__(self, app: ASGIApp, *, basemap_url: str | None = None) -> None:
        basemap = basemap_source(basemap_url)
        self.app = app
        self.page = policy_text(POLICY, basemap)
        self.frame = policy_text(FRAME_POLICY, basemap)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, headers added."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        policy = self.frame if FRAME_PATH in scope["path"] else self.page

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", policy)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
            await send(message)

        await self.app(scope, receive, send_with_headers)
