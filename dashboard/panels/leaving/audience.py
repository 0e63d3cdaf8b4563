"""For whom files are made: inside, within the system, outside; how coarse, and who takes them."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from dashboard.leaving import Manner
from dashboard.naming import Naming
from dashboard.panels.cases.header import show_writer
from dashboard.session import set_widget, widget
from dashboard.words.disclosure import say_precision
from layers.disclosure import AUDIENCES
from layers.disclosure.places import WAYS

NAME_PX = 190


def show_audience(
    manner: Manner,
    writer: str,
    names: Naming,
    *,
    on_manner: Callable[[Manner], None],
    on_sign: Callable[[str], None],
    is_made: bool = True,
) -> None:
    """Show for whom files are, what follows from it, and who takes them.

    Of files that were made elsewhere (`is_made` is false) nobody is asked how places are told;
    what goes to an agency is made on the screen of agencies alone.
    """
    whoever = [one for one in AUDIENCES if not (is_made and one == "agency")]
    both = st.container(horizontal=True, vertical_alignment="bottom")
    set_widget("audience", manner.audience)
    both.segmented_control(
        names.word("leaving.audience"),
        whoever,
        format_func=lambda one: names.word(f"leaving.whom.{one}"),
        key="audience",
        help=names.word("leaving.audience_help"),
        on_change=lambda: on_manner(
            replace(manner, audience=widget("audience") or manner.audience)
        ),
    )
    with both.container(width=NAME_PX):
        show_writer(writer, names, on_sign)
    if is_made:
        st.caption(names.word(f"leaving.means.{manner.audience}"))
        if not writer:
            st.caption(f":material/edit: {names.word('leaving.sign_first')}")
    if manner.audience == "outside":
        if is_made and not manner.is_blind:
            _show_ways(manner, names, on_manner)
        _show_blind(manner, names, on_manner, is_made=is_made)


def _show_ways(manner: Manner, names: Naming, on_manner: Callable[[Manner], None]) -> None:
    set_widget("coarse-way", manner.way)
    st.segmented_control(
        names.word("leaving.way"),
        list(WAYS),
        format_func=lambda one: names.word(f"leaving.ways.{one}"),
        key="coarse-way",
        help=say_precision(manner.way, names.language),
        on_change=lambda: on_manner(replace(manner, way=widget("coarse-way") or manner.way)),
    )


def _show_blind(
    manner: Manner, names: Naming, on_manner: Callable[[Manner], None], *, is_made: bool
) -> None:
    blind, seed = st.columns([0.4, 0.6], vertical_alignment="bottom")
    set_widget("is-blind", manner.is_blind)
    blind.toggle(
        names.word("leaving.blind"),
        key="is-blind",
        help=names.word("leaving.blind_help"),
        on_change=lambda: on_manner(replace(manner, is_blind=bool(widget("is-blind")))),
    )
    if manner.is_blind and is_made:
        set_widget("blind-seed", manner.seed)
        seed.text_input(
            names.word("leaving.seed"),
            key="blind-seed",
            help=names.word("leaving.seed_help"),
            on_change=lambda: on_manner(replace(manner, seed=str(widget("blind-seed") or ""))),
        )
        if not manner.seed.strip():
            st.warning(names.word("leaving.seed_missing"), icon=":material/key:")


def show_told_as(manner: Manner, names: Naming, *, is_left_out: bool) -> None:
    """Say for whom a scene is shown, unless it is for the inside, or that it is left out."""
    if is_left_out:
        st.info(names.word("leaving.left_out"), icon=":material/visibility_off:")
    elif not manner.is_inside:
        whom = names.word(f"leaving.whom.{manner.audience}")
        st.caption(names.word("leaving.shown_as", whom=whom))
