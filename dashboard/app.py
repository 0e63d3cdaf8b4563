"""Start here: the pages and the routes beside them, on one port.

`streamlit run dashboard/app.py` and `uvicorn dashboard.app:app` serve it; where only a wheel is
installed, so does `python -m dashboard.app`.
"""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from dashboard.content_security import ContentSecurity
from dashboard.routes import UnderBasePath, routes
from geodata import read_settings

app = st.App(
    Path(__file__).with_name("main.py"),
    routes=routes(),
    middleware=[
        Middleware(ContentSecurity, basemap_url=read_settings().basemap_url),
        Middleware(UnderBasePath),
    ],
)

if __name__ == "__main__":
    app.run()
