"""Leaving: any file is checked before it goes to somebody, and what has left is listed."""

import streamlit as st

from dashboard import reads, session
from dashboard.actions import leaving as leaving_actions
from dashboard.desks import leaving as leaving_desk
from dashboard.panels.leaving.audience import show_audience
from dashboard.panels.leaving.file_check import show_drop, show_invented, show_leaving_parts
from dashboard.panels.leaving.release_list import show_release_filters, show_releases
from dashboard.panels.leaving.take import show_checking, show_way_out

view = session.current()
state = reads.data_state(view.day, view.known_on)
names = reads.naming(view.language)
part = session.kept("leaving_part", "check")

show_leaving_parts(part, names, session.open_leaving_part)
if part == "past":
    asked, past = leaving_desk.asked_releases(), leaving_desk.past_releases()
    show_release_filters(asked, {one.who for one in past}, names, leaving_actions.ask_releases)
    show_releases(
        [one for one in past if asked.fits(one)],
        len(past),
        names,
        is_damaged=leaving_desk.is_journal_damaged(),
    )
else:
    is_invented = leaving_desk.is_invented(state)
    door = leaving_desk.open_door(
        state, what="dropped", is_invented=is_invented, manner=leaving_desk.manner_chosen()
    )
    left, right = st.columns([0.42, 0.58])
    with left:
        show_audience(
            door.manner,
            door.writer,
            names,
            on_manner=leaving_actions.choose_manner,
            on_sign=session.sign,
            is_made=False,
        )
        if state.is_demonstration:
            show_invented(is_invented, names, leaving_actions.tell_invented)
        dropped = show_drop(names)
    if dropped:
        name, content = dropped
        with right:
            checked = show_checking(names, lambda: leaving_desk.check_dropped(door, name, content))
            show_way_out(
                checked, door, names, mime="application/octet-stream", key="file", at_once=False
            )
