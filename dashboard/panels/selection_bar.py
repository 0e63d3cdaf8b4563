"""What can be done with the selection: put it on the shortlist, put it away."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.view import View
from geodata import Case, hazards_of


def show_selection_bar(
    view: View,
    names: Naming,
    case: Case | None,
    *,
    found: bool,
    on_stops: Callable[[Sequence[str]], None],
    on_tell: Callable[[str], None],
    on_select: Callable[[str], None],
    on_file: Callable[[str], None],
    on_lead: Callable[[str], None],
    closes: str = "card.close",
) -> None:
    """Show the buttons above a card: on or off the shortlist, in or out of the story, and back.

    From a case the case file can be opened, from a hazard a lead be registered. `closes` is
    the key of the word on the button that puts the selection away.
    """
    stops = [str(ref) for ref in hazards_of(case)] if case else [view.selected_hazard]
    shortlist, close = st.columns([0.68, 0.32])
    if not found:
        st.warning(names.word("card.gone", name=plain(view.selected)), icon=":material/help:")
    elif stops:
        is_listed = set(stops) <= set(view.shortlist)
        shortlist.button(
            names.word("shortlist.remove" if is_listed else "shortlist.add", count=len(stops)),
            key="shortlist-toggle",
            icon=":material/playlist_remove:" if is_listed else ":material/playlist_add:",
            width="stretch",
            on_click=on_stops,
            args=(stops,),
        )
    if case is not None:
        is_told = case.id in view.told
        file, tell = st.columns(2)
        file.button(
            names.word("case_file.open"),
            key="open-case-file",
            icon=":material/folder_open:",
            width="stretch",
            on_click=on_file,
            args=(case.id,),
        )
        tell.button(
            names.word("story_board.remove" if is_told else "story_board.add"),
            key="story-toggle",
            icon=":material/co_present:",
            width="stretch",
            on_click=on_tell,
            args=(case.id,),
        )
    if found and case is None:
        st.button(
            names.word("case_file.register_lead"),
            key="register-from-hazard",
            icon=":material/add_circle:",
            width="stretch",
            on_click=on_lead,
            args=(view.selected_hazard,),
        )
    close.button(
        names.word(closes),
        key="close-card",
        width="stretch",
        on_click=on_select,
        args=("",),
    )
