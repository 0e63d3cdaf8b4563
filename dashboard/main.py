"""The script: who is here, which screens they have, run one."""

import streamlit as st

from dashboard import reads, session
from dashboard.panels.frame import show_frame, show_ignored, show_trouble
from dashboard.text import say, say_error
from geodata import GeodataError

SCREENS = ("overview", "site_visits", "story_board")


def known_ids() -> session.Known:
    """Return every id that an address may name."""
    kinds = sorted({code for layer in reads.layers() for code in layer.hazard_kinds})
    return session.Known(
        jurisdictions=reads.city().jurisdiction_ids,
        layers=[layer.id for layer in reads.layers()],
        hazard_kinds=kinds,
        fields=list(reads.rules().codes["fields"]),
        indicators=reads.INDICATORS,
    )


def run() -> None:
    """Run the screen that the visitor is on."""
    view, ignored = session.open_view(known_ids())
    language = view.language
    st.set_page_config(page_title=say("frame.title", language), layout="wide")
    pages = [
        st.Page(
            f"screens/{name}.py",
            title=say(f"screens.{name}", language),
            url_path=name,
            default=name == SCREENS[0],
        )
        for name in SCREENS
    ]
    page = st.navigation(pages, position="top")
    try:
        show_frame(reads.city(), reads.data_state(), language, session.speak)
        show_ignored(ignored, language)
        page.run()
    except GeodataError as trouble:
        show_trouble(say_error(trouble, language), language)
    session.write_address()


run()
