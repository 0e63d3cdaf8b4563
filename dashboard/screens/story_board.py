"""Story board: chosen cases become scenes, and the scenes a deck of slides."""

import streamlit as st

from dashboard import leaving_actions, leaving_desk, reads, session, story_desk
from dashboard.decks.pptx import render_pptx
from dashboard.decks.stage_page import render_stage
from dashboard.outside import prepare
from dashboard.panels.audience import show_audience
from dashboard.panels.scenes import PPTX, show_choice, show_story
from dashboard.panels.stage_doors import show_stage_doors
from dashboard.panels.take import show_take
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
    door = leaving_desk.open_door(
        state, view.told, what="story", is_invented=story.is_demonstration
    )
    ready = prepare(
        story,
        whole,
        names,
        door.manner,
        door.aliases,
        copies=leaving_desk.copies_for_showing(),
    )
    with left:
        show_story(ready.story, names)
    with right:
        show_audience(
            door.manner,
            door.writer,
            names,
            on_manner=leaving_actions.choose_manner,
            on_sign=session.sign,
        )
        show_take(
            names.word("story_board.deck"),
            lambda tell: render_pptx(
                ready.story,
                ready.situation,
                names,
                view.colour_by,
                is_internal=door.manner.is_internal,
                on_scene=tell,
            ),
            door,
            names,
            key="deck",
            file_name=names.word("story_board.file", day=story.as_of.isoformat(), count=len(cases)),
            mime=PPTX,
            made_from=(ready.story, view.colour_by, door.manner),
            steps=len(ready.story.scenes),
            about=names.word("story_board.about"),
        )
        show_stage_doors(
            ready.story,
            lambda tell: render_stage(
                ready.story,
                lambda scope, day: ready.coarse(
                    reads.situation(scope, day, state.revision, state.known_at)
                ),
                names,
                colour_by=view.colour_by,
                is_internal=door.manner.is_internal,
                read_picture=story_desk.read_picture,
                on_scene=tell,
            ),
            names,
            door,
            made_from=(view.colour_by, state),
        )
