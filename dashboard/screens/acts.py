"""Record of acts: who did what, when, to which thing; and the links that guests were given."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import holdings, reads, session
from dashboard.actions import guests as guest_actions
from dashboard.doors import acts, guests
from dashboard.doors.visitors import visitor
from dashboard.panels.people.acts import show_acts, show_acts_filter, show_acts_parts
from dashboard.panels.people.guest_links import show_given, show_guest_form, show_guest_links

view = session.current()
state = reads.data_state()
names, who = reads.naming(view.language), visitor()
part, asked = session.kept("acts_part", "record"), guest_actions.asked()

show_acts_parts(part, names, guest_actions.open_part)
if part == "guests":
    left, right = st.columns([0.36, 0.64])
    with left, st.container(border=True):
        titles = guests.titles_to_give(reads.case_titles(names, state.revision), state.revision)
        show_guest_form(titles, guest_actions.form_number(), names, guest_actions.give)
    with right:
        show_given(guest_actions.take_given(), names)
        show_guest_links(guests.given(), datetime.now(UTC), names, guest_actions.revoke)
else:
    show_acts_filter(asked, names, guest_actions.ask)
    show_acts(
        acts.seen_by(who, asked),
        who,
        names,
        verified=session.kept("acts_verified"),
        head=holdings.journal().head(),
        on_verify=guest_actions.verify,
    )
