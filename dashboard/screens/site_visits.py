"""Site visits: the shortlist in visiting order, on the map and as files to take along."""

import streamlit as st

from dashboard import reads, session
from dashboard.panels.map_panel import show_map
from dashboard.panels.shortlist import show_empty_shortlist, show_visit_downloads, show_visits
from layers.handoff import list_visits

view = session.current()
state = reads.data_state(view.day, view.known_on)
names = reads.naming(view.language)
if not view.shortlist:
    show_empty_shortlist(names)
else:
    seen = reads.shortlist_situation(view.shortlist, state.as_of, state.revision)
    gone = [ref for ref in view.shortlist if ref not in set(seen.features["ref"])]
    left, right = st.columns([0.5, 0.5])
    with right:
        returns = st.toggle(names.word("shortlist.round_trip"), key="round-trip")
        tour = reads.tour(view.shortlist, state.as_of, state.revision, returns=returns)
        visits = list_visits(
            tour,
            seen.features,
            city=names.city,
            layers=names.layers,
            imprint=reads.imprint(state),
            language=names.language,
        )
        show_visits(visits, names, gone=gone, on_remove=session.toggle_stops)
        show_visit_downloads(visits, names)
    with left:
        show_map(
            seen,
            view,
            names,
            state,
            reads.settings(),
            on_event=session.hear_map,
            go_to=reads.frame_of(seen),
            tour=tour.places,
        )
