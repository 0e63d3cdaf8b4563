"""Deadlines: who must do what by when, what waits without a deadline, and where it lies."""

import streamlit as st

from dashboard import holdings, reads, session
from dashboard.panels.deadlines.files import show_due_downloads
from dashboard.panels.deadlines.selection import show_picked_case, show_picked_hazard
from dashboard.panels.deadlines.table import show_due_choice, show_due_filter, show_due_rows
from dashboard.panels.filter_bar import show_scope
from dashboard.panels.map_panel import show_map
from dashboard.panels.selection_bar import show_selection_bar
from dashboard.panels.time_bar import show_past
from geodata import Scope, stage_of
from layers.due_list import DUE_LISTS, of_state

view = session.current()
state = reads.data_state(view.day, view.known_on)
names, rules = reads.naming(view.language), reads.all_rule_sets()
due = reads.due_list(view.scope, state.as_of, state.revision, state.known_at)
listed = view.listed if view.listed in DUE_LISTS else DUE_LISTS[0]
rows = of_state(due.lists[listed], session.kept("due_state", ""))
seen = reads.due_situation(rows, state)

show_past(
    view,
    reads.data_state().as_of,
    names,
    on_day=session.look_at_day,
    on_known=session.look_as_known,
)
left, right = st.columns([0.57, 0.43])
with left:
    show_due_choice(due.counts(), due.late(), listed, names, session.open_due_list)
    show_due_filter(
        due.lists[listed],
        session.kept("due_state", ""),
        sorted(view.scope.jurisdictions),
        names,
        on_offices=session.look_at_offices,
        on_state=session.look_at_due_state,
    )
    show_due_rows(rows, listed, names, rules, session.go_to)
    show_due_downloads(rows, listed, names, rules, reads.imprint(state))
    if view.scope != Scope(jurisdictions=view.scope.jurisdictions):
        show_scope(view.scope, view.colour_by, names, session.filter_by)
with right:
    wish = session.wish_to_go()
    show_map(
        seen,
        view,
        names,
        state,
        holdings.settings(),
        on_event=session.hear_map,
        selected=reads.refs_of(view.selected, state),
        go_to=reads.place_of(wish, seen, state) if view.selected else reads.frame_of(seen),
    )
    case = reads.case(view.selected_case, state.revision)
    hazard = reads.hazard(view.selected_hazard, state)
    if case is not None:
        stage = stage_of(case, reads.rules_of(case), state.as_of, state.known_at)
        show_picked_case(
            case,
            names.title(stage.title) if stage else "—",
            names,
            is_placed=reads.place_of(wish, seen, state) is not None,
        )
    elif hazard is not None:
        name = reads.hazard_names(state.revision).get(view.selected, view.selected)
        show_picked_hazard(name, hazard.cases, names, session.go_to_case)
    if view.selected:
        show_selection_bar(
            view,
            names,
            case,
            found=case is not None or hazard is not None,
            on_stops=session.toggle_stops,
            on_tell=session.toggle_told,
            on_select=session.select,
            on_file=session.open_case_file,
            on_lead=session.open_new_lead,
            closes="overdue.unselect",
        )
    else:
        st.caption(names.word("overdue.pick"))
