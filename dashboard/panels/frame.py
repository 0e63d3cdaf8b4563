"""The frame of every screen: styles, title line, demonstration mark, language switch, notices."""

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

import streamlit as st

from dashboard.reads import DataState
from dashboard.session import set_widget, widget
from dashboard.text import say
from dashboard.view import LANGUAGES, SCREENS, Ignored, Screen, View
from geodata import City, Language

STYLES = Path(__file__).with_name("frame.css")
UPLOAD_STYLE = """<style>
[data-testid="stFileUploaderDropzone"] button p {{ font-size: 0; }}
[data-testid="stFileUploaderDropzone"] button p::after {{ content: "{word}"; font-size: 0.9rem; }}
[data-testid="stFileUploaderDropzoneInstructions"] {{ display: none; }}
</style>"""
"""Streamlit's own words on where a file is dropped are English alone; ours stand in their place."""


def show_frame(
    city: City,
    state: DataState,
    view: View,
    *,
    on_language: Callable[[Language], None],
    on_screen: Callable[[Screen], None],
) -> None:
    """Show the title line of every screen: title and mark, the screens, the languages."""
    language = view.language
    st.html(STYLES)
    st.html(UPLOAD_STYLE.format(word=say("frame.upload", language)))
    title, screens, switch = st.columns([0.43, 0.46, 0.11], vertical_alignment="center")
    words = say("frame.mixed" if state.is_mixed else "frame.demonstration", language)
    mark = f'<span class="pim-demo">{words}</span>'
    subtitle = say(
        "frame.subtitle", language, city=city.title.says(language), as_of=state.as_of.isoformat()
    )
    title.html(
        f'<h1 class="pim">{say("frame.title", language)}'
        f"{mark if state.is_demonstration else ''}</h1>"
        f'<div class="pim-sub">{escape(subtitle)}</div>'
    )
    set_widget("screen", view.screen)
    screens.segmented_control(
        say("frame.screens", language),
        SCREENS,
        format_func=lambda one: say(f"screens.{one}", language),
        key="screen",
        label_visibility="collapsed",
        on_change=lambda: on_screen(widget("screen") or view.screen),
    )
    set_widget("language", language)
    switch.segmented_control(
        say("frame.language", language),
        LANGUAGES,
        format_func=lambda one: say("frame.this_language", one),
        key="language",
        label_visibility="collapsed",
        on_change=lambda: on_language(widget("language") or language),
    )


def show_ignored(ignored: Sequence[Ignored], language: Language) -> None:
    """Say which parts of the address meant nothing here."""
    if ignored:
        parts = "、".join(f"`{_plain(one.name)}={_plain(one.value)}`" for one in ignored[:8])
        st.warning(say("frame.ignored", language, parts=parts), icon=":material/link_off:")


def show_trouble(sentence: str, language: Language) -> None:
    """Show what is wrong with the installation and what to do, in place of a screen."""
    st.html(STYLES)
    st.error(sentence, title=say("frame.trouble", language), icon=":material/report:")


def _plain(value: str) -> str:
    return "".join(letter for letter in value[:60] if letter.isprintable() and letter != "`")
