"""For whom files are made: inside, within the system, outside; how coarse, and who takes them."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from dashboard.disclosure_words import say_precision
from dashboard.leaving import Manner
from dashboard.naming import Naming
from dashboard.panels.case_header import show_writer
from dashboard.session import set_widget, widget
from layers.disclosure import AUDIENCES, audience_titles
from layers.disclosure.places import WAYS


def show_audience(
    manner: Manner,
    writer: str,
    names: Naming,
    *,
    on_manner: Callable[[Manner], None],
    on_sign: Callable[[str], None],
    can_be_blind: bool = True,
) -> None:
    """Show for whom files are made, what follows from it, and who takes them."""
    whom, who = st.columns([0.66, 0.34], vertical_alignment="bottom")
    titles = audience_titles()
    set_widget("audience", manner.audience)
    whom.segmented_control(
        names.word("leaving.audience"),
        AUDIENCES,
        format_func=lambda one: names.title(titles[one][0]),
        key="audience",
        help=names.word("leaving.audience_help"),
        on_change=lambda: on_manner(
            replace(manner, audience=widget("audience") or manner.audience)
        ),
    )
    with who:
        show_writer(writer, names, on_sign)
    st.caption(names.word(f"leaving.means.{manner.audience}"))
    if manner.audience == "outside":
        _show_how(manner, names, on_manner, can_be_blind=can_be_blind)


def _show_how(
    manner: Manner, names: Naming, on_manner: Callable[[Manner], None], *, can_be_blind: bool
) -> None:
    way, blind, seed = st.columns([0.44, 0.26, 0.3], vertical_alignment="bottom")
    set_widget("coarse-way", manner.way)
    way.segmented_control(
        names.word("leaving.way"),
        list(WAYS),
        format_func=lambda one: names.word(f"leaving.ways.{one}"),
        key="coarse-way",
        disabled=manner.is_blind,
        help=say_precision(manner.way, names.language),
        on_change=lambda: on_manner(replace(manner, way=widget("coarse-way") or manner.way)),
    )
    if not can_be_blind:
        return
    set_widget("is-blind", manner.is_blind)
    blind.toggle(
        names.word("leaving.blind"),
        key="is-blind",
        help=names.word("leaving.blind_help"),
        on_change=lambda: on_manner(replace(manner, is_blind=bool(widget("is-blind")))),
    )
    if manner.is_blind:
        set_widget("blind-seed", manner.seed)
        seed.text_input(
            names.word("leaving.seed"),
            key="blind-seed",
            help=names.word("leaving.seed_help"),
            on_change=lambda: on_manner(replace(manner, seed=str(widget("blind-seed") or ""))),
        )
        if not manner.seed.strip():
            st.warning(names.word("leaving.seed_missing"), icon=":material/key:")
