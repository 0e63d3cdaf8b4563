"""Time on the overview: the bar that plays the months on the map, and the banner of another day."""

from collections.abc import Callable
from datetime import date

import streamlit as st

from dashboard.naming import Naming
from dashboard.reads import DataState
from dashboard.session import set_widget, widget
from dashboard.view import View
from layers.drawing.legend import word_legend
from layers.drawing.symbols import OVERDUE_COLOUR, ColourBy
from layers.drawing.timeline import FIGURES, Run
from layers.drawing.webmap import Played, TimeBar

FIRST_DAY = date(1990, 1, 1)
BAR_WORDS = (
    *("offer", "offer_help", "play", "play_help", "pause", "pause_help", "slider", "pace"),
    *("slow", "even", "fast", "look", "look_help", "end", "day", "elsewhere"),
)
"""The words of the bar that say no fact, or leave "{day}" for the browser to fill in."""
BANNER = (
    ".st-key-past { background: #fff6e5; border: 2px solid #8a4b00; border-radius: 4px;"
    " padding: 4px 10px; }"
    ".st-key-past [data-testid='stMarkdownContainer'], .st-key-past p { margin-bottom: 0; }"
)


def describe_time(
    names: Naming,
    colour_by: ColourBy,
    state: DataState,
    newest_on: date,
    *,
    run: Run | None,
    number: int,
) -> TimeBar:
    """Return what the map needs to offer a replay, or to play a run; each run has a number."""
    day = "{day}"
    words = {one: names.word(f"time.bar.{one}") for one in BAR_WORDS}
    note = names.word("time.legend_note", day=day, revision=state.revision)
    if state.is_demonstration:
        mark = "frame.mixed" if state.is_mixed else "frame.demonstration"
        note = f"{names.word(mark)} · {note}"
    return TimeBar(
        words={**words, "note": note},
        figures=[names.word(f"time.figures.{one}") for one in FIGURES],
        seen_on=state.as_of,
        newest_on=newest_on,
        played=None if run is None else _played(run, number, names, colour_by),
    )


def show_past(
    view: View,
    newest_on: date,
    names: Naming,
    *,
    on_day: Callable[[date | None], None],
    on_known: Callable[..., None],
) -> None:
    """Say that another day than the newest is seen, if so, and offer other days and the way back.

    `on_day` is told a day, or None for the newest; `on_known` is told whether the day is to be
    seen as it was known then.
    """
    if view.day in {None, newest_on} and view.known_on is None:
        return
    day = view.day or newest_on
    st.html(f"<style>{BANNER}</style>")
    with st.container(key="past"):
        said, choice, known, back = st.columns([3.4, 1.3, 2, 2.2], vertical_alignment="center")
        key = "time.ahead" if day > newest_on else "time.past"
        told = f":material/history: **{names.word(key, day=day.isoformat())}**"
        if view.known_on is not None:
            told += f"  \n{names.word('time.known', day=view.known_on.isoformat())}"
        said.markdown(told)
        with choice:
            show_day_field("past-day", view.day, newest_on, names, on_day, is_labelled=False)
        set_widget("past-known", view.known_on is not None)
        known.toggle(
            names.word("time.as_known"),
            key="past-known",
            help=names.word("time.as_known_help"),
            on_change=lambda: on_known(then=bool(widget("past-known"))),
        )
        back.button(
            names.word("time.back", day=newest_on.isoformat()),
            key="past-back",
            icon=":material/undo:",
            width="stretch",
            on_click=on_day,
            args=(None,),
        )


def show_day_field(
    key: str,
    day: date | None,
    newest_on: date,
    names: Naming,
    on_day: Callable[[date | None], None],
    *,
    is_labelled: bool = True,
) -> None:
    """Show a field for the day that everything is to be seen from."""
    is_on_offer = day is not None and FIRST_DAY <= day <= newest_on
    set_widget(key, day if is_on_offer else None)
    st.date_input(
        names.word("time.day_field"),
        key=key,
        min_value=FIRST_DAY,
        max_value=newest_on,
        format="YYYY-MM-DD",
        label_visibility="visible" if is_labelled else "collapsed",
        on_change=lambda: on_day(widget(key)),
    )


def _played(run: Run, number: int, names: Naming, colour_by: ColourBy) -> Played:
    legends = [
        word_legend(
            one,
            names.layers,
            names.rules.groups,
            colour_by,
            names.legend,
            language=names.language,
            rim=OVERDUE_COLOUR,
        )
        for one in run.legends
    ]
    return Played(number, run, legends)
