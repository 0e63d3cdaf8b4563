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
    knows_place: bool,
    key: str,
    is_large: bool = False,
) -> None:
    """Show the choices of a picture and the button that draws it, then the picture and its file.

    `knows_place` says whether it is known where the screen stands; `subject` is what the picture
    is of, so that one of something else is not offered any more.
    """
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
        REACHES if knows_place else REACHES[:1],
        default=REACHES[0],
        required=True,
        format_func=lambda one: names.word(f"documents.map.reaches.{one}"),
        key=f"{key}-reach",
    )
    wanted = Wanted(format_ or FORMATS[0], reach or REACHES[0])
    if not knows_place:
        st.caption(names.word("documents.map.at_unknown"))
    if st.button(
        names.word("documents.map.make"), key=f"{key}-make", type="primary", icon=":material/map:"
    ):
        with st.spinner(names.word("documents.map.making")):
            keep("map_picture", ((subject, wanted), draw(wanted)))
    made_of, png = kept("map_picture", (None, b""))
    if png and made_of == (subject, wanted):
        st.download_button(
            names.word("documents.download", name=name),
            data=png,
            file_name=name,
            mime=PNG,
            key=f"{key}-download",
            icon=":material/download:",
            on_click="ignore",
        )
        if is_large:
            st.image(png)
    st.caption(names.word("documents.map.about"))
