"""A picture of the map for print: on which paper, of what; drawn when it is asked for."""

from collections.abc import Callable

import streamlit as st

from dashboard.naming import Naming
from dashboard.reports.mappicture import FORMATS, REACHES, Wanted
from dashboard.session import keep, kept

PNG = "image/png"


def show_map_picture(
    subject: object,
    name: str,
    names: Naming,
    draw: Callable[[Wanted], bytes],
    *,
    key: str,
    is_large: bool = False,
) -> None:
    """Show the choices of a picture and the button that draws it, then the picture and its file.

    `subject` is what the picture is of, so that one of something else is not offered any more.
    """
    choices, picture = st.columns([0.28, 0.72]) if is_large else (st.container(), st.container())
    with choices:
        wanted = _ask(names, key)
        if st.button(
            names.word("documents.map.make"),
            key=f"{key}-make",
            type="primary",
            icon=":material/map:",
        ):
            with st.spinner(names.word("documents.map.making")):
                keep("map_picture", ((subject, wanted), draw(wanted)))
    made_of, png = kept("map_picture", (None, b""))
    is_made = bool(png) and made_of == (subject, wanted)
    if is_made:
        choices.download_button(
            names.word("documents.download", name=name),
            data=png,
            file_name=name,
            mime=PNG,
            key=f"{key}-download",
            icon=":material/download:",
            on_click="ignore",
        )
    choices.caption(names.word("documents.map.about"))
    if is_made and is_large:
        picture.image(png)


def _ask(names: Naming, key: str) -> Wanted:
    format_ = st.segmented_control(
        names.word("documents.map.format"),
        FORMATS,
        default=FORMATS[0],
        required=True,
        format_func=lambda one: names.word(f"documents.map.formats.{one}"),
        key=f"{key}-format",
    )
    reach = st.segmented_control(
        names.word("documents.map.reach"),
        REACHES,
        default=REACHES[0],
        required=True,
        format_func=lambda one: names.word(f"documents.map.reaches.{one}"),
        key=f"{key}-reach",
    )
    return Wanted(format_, reach)
