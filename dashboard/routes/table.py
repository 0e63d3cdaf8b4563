"""Serves beside the pages what a browser asks for: map libraries, tiles, pictures, a sign of life.

Routes stand on the same port as the pages, so an office opens one port and nothing else. They know
no session; what they may show is decided by what the script hands out.
"""

from importlib.metadata import version

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard import ASSETS
from dashboard.routes.guests import guest_routes
from dashboard.routes.pictures import picture_routes
from dashboard.routes.provider import CALLBACK, provider_routes
from dashboard.routes.shown import shown_routes
from dashboard.routes.sign_in import sign_in_routes
from dashboard.routes.stage import stage_routes
from dashboard.routes.tiles import tile_routes

OWN_PATHS = (
    *("/browser/", "/tiles/", "/shown/", "/base/", "/evidence/", "/stage/", "/healthz"),
    *("/sign-in", "/sign-out", "/guest", CALLBACK),
)


class BrowserFilesMissing(RuntimeError):
    """The browser files were never fetched, or were cleaned away."""

    def __init__(self) -> None:
        super().__init__(f"{ASSETS} is missing: run `pip install -r requirements.txt` again")


class BrowserFiles(StaticFiles):
    """Files for the browser: fetched libraries first, then our own scripts from layers.drawing."""

    def __init__(self) -> None:
        if not ASSETS.is_dir():
            raise BrowserFilesMissing
        super().__init__(directory=ASSETS, packages=[("layers.drawing", "browser")])

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file; a browser keeps it but asks each time whether it is still the one."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def health(_: Request) -> Response:
    """Return that this process answers, and which version it is."""
    return JSONResponse({"status": "ok", "version": version("public-interest-map")})


def routes() -> list[BaseRoute]:
    """Return what is served beside the pages."""
    return [
        Mount("/browser", app=BrowserFiles()),
        *shown_routes(),
        *picture_routes(),
        *stage_routes(),
        *tile_routes(),
        *sign_in_routes(),
        *provider_routes(),
        *guest_routes(),
        Route("/healthz", health),
    ]


class UnderBasePath:
    """ASGI middleware: our own paths also work below `server.baseUrlPath`, as Streamlit's do.

    The option is read at each request: under uvicorn it is not settled yet when routes are made.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, the base path taken off where a path is ours."""
        base = "/" + (st.get_option("server.baseUrlPath") or "").strip("/")
        path = scope.get("path", "").removeprefix(base)
        if scope["type"] == "http" and base != "/" and path.startswith(OWN_PATHS):
            scope = {**scope, "path": path}
        await self.app(scope, receive, send)
