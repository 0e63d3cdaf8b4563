"""Start here: the pages and the routes beside them, on one port.

`streamlit run dashboard/app.py` and `uvicorn dashboard.app:app` serve it; where only a wheel is
installed, so does `python -m dashboard.app`.
"""

import gc
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from threading import Thread

import streamlit as st
from starlette.middleware import Middleware

from dashboard.doors.content_security import ContentSecurity
from dashboard.doors.gate import Gate
from dashboard.doors.offered import note_offers
from dashboard.doors.sockets import send_at_once
from dashboard.routes.table import UnderBasePath, routes
from geodata import GeodataError, Scope
from geodata.kernels import are_kept


@asynccontextmanager
async def warmed(_: st.App) -> AsyncGenerator[None]:
    """Read the data while the first visitor's browser is still opening."""
    Thread(target=_read_ahead, daemon=True).start()
    yield


def _read_ahead() -> None:
    # Not before: the cache of `reads` must be made after the app (see docs/decisions/0002).
    from dashboard import holdings, reads
    from dashboard.routes.tiles import draw_ahead

    with suppress(GeodataError):  # the page will say it, in the visitor's language
        state = reads.data_state(revision=holdings.whole_revision())
        reads.indicators(Scope(), state.as_of, state.revision)
        draw_ahead(state)
        if not are_kept():
            _compile_apart()
        holdings.findings()
        holdings.evidence()
    gc.collect()
    gc.freeze()  # what is here stays: it need not be looked through ever again (decision 0039)


def _compile_apart() -> None:
    """Have the loops of overlays compiled by another process: here everything would stand still."""
    command = [sys.executable, "-c", "from geodata import flat; flat.warm_up()"]
    subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - words of ours


send_at_once()
note_offers()

app = st.App(
    Path(__file__).with_name("main.py"),
    routes=routes(),
    lifespan=warmed,
    middleware=[
        Middleware(ContentSecurity, basemap_url=os.environ.get("PIM_BASEMAP_URL", "")),
        Middleware(Gate),
        Middleware(UnderBasePath),
    ],
)

if __name__ == "__main__":
    app.run()
