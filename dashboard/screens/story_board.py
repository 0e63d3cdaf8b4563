"""Story board: chosen cases become scenes, and the scenes a deck of slides."""

import streamlit as st

from dashboard import reads, session
from dashboard.decks.pptx import render_pptx
from dashboard.panels.scenes import show_choice, show_deck, show_story
from dashboard.panels.time_bar import show_past
from dashboard.telling import draft_story
from geodata import Scope

view = session.current()
state = reads.data_state(view.day, view.known_on)
names = reads.naming(view.language)
show_past(
    view,
    reads.data_state().as_of,
    names,
    on_day=session.look_at_day,
    on_known=session.look_as_known,
)
whole = reads.situation(Scope(), state.as_of, state.revision, state.known_at)

show_choice(reads.case_titles(names, state.revision), view.told, names, session.tell)
cases = [case for case in (reads.case(one, state.revision) for one in view.told) if case]
if cases:
    story = draft_story(cases, whole, names, state.as_of, state.revision, known_at=state.known_at)
    left, right = st.columns([0.6, 0.4])
    with left:
        show_story(story, names)
    with right:
        show_deck(
            story,
            names,
            lambda tell: render_pptx(story, whole, names, view.colour_by, on_scene=tell),
        )
        st.caption(names.word("story_board.about"))
