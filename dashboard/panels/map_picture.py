"""A picture of the map for print: on which paper, of what; drawn when it is asked for."""

from collections.abc import Callable

import streamlit as st

from dashboard.leaving import Door
from dashboard.naming import Naming
from dashboard.panels.leaving.take import show_take
from dashboard.reports.mappicture import FORMATS, REACHES, Wanted

PNG = "image/png"


def show_map_picture(
    subject: object,
    name: str,
    names: Naming,
    draw: Callable[[Wanted], bytes],
    door: Door,
    *,
    key: str,
) -> None:
    """Show the choices of a picture, and the door that it leaves by once it is drawn.

    `subject` is what the picture is of, so that one of something else is not offered any more.
    """
    wanted = _ask(names, key)
    show_take(
        names.word("documents.map.picture"),
        lambda _: draw(wanted),
        door,
        names,
        key=key,
        file_name=name,
        mime=PNG,
        made_from=(subject, wanted, door.manner),
        about=names.word("documents.map.about"),
    )


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
