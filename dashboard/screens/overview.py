"""Overview: the map beside figures, offices and cases; what a leader opens first."""

from functools import partial

import streamlit as st

from dashboard import holdings, reads, session
from dashboard.actions import agencies as agency_actions
from dashboard.desks import agencies as agency_desk
from dashboard.desks import documents as documents_desk
from dashboard.desks import leaving as leaving_desk
from dashboard.doors.visitors import my_pass
from dashboard.panels.agencies.lists import show_replies_on
from dashboard.panels.card import show_case_card, show_hazard_card
from dashboard.panels.cases.header import show_writer
from dashboard.panels.figures.indicator_row import show_indicators
from dashboard.panels.filter_bar import show_filters, show_scope
from dashboard.panels.lists import (
    show_cases,
    show_hazards,
    show_list_title,
    show_offices,
    show_pages,
)
from dashboard.panels.map_panel import let_tiles_be_drawn, show_map
from dashboard.panels.map_picture import show_map_picture
from dashboard.panels.selection_bar import show_selection_bar
from dashboard.panels.time_bar import describe_time, show_day_field, show_past
from dashboard.routes.tiles import served_at, tiled
from layers.indicators import rows_behind

view = session.current()
state = reads.data_state(view.day, view.known_on)
names = reads.naming(view.language)
seen = reads.situation(view.scope, state.as_of, state.revision, state.known_at)

newest_on, replay = reads.data_state().as_of, session.replay_number()
knows_then = view.known_on is not None
run = None
if replay:
    run = reads.run(view.scope, newest_on, state.as_of, state.revision, then=knows_then)

tiles = tiled(seen, view, state, names, my_pass())
above = st.container()  # stands first and is filled second: the map has the longest way to go
left, right = st.columns([0.655, 0.345])
with left:
    show_map(
        reads.with_named(seen, reads.refs_of(view.selected, state), state),
        view,
        names,
        state,
        holdings.settings(),
        on_event=session.hear_map,
        selected=reads.refs_of(view.selected, state),
        go_to=reads.place_of(session.wish_to_go(), seen, state),
        tiled=tiles,
        time=describe_time(names, view.colour_by, state, newest_on, run=run, number=replay),
    )
if tiles:
    let_tiles_be_drawn((view.scope, view.colour_by, state), served_at)
with above:
    show_past(view, newest_on, names, on_day=session.look_at_day, on_known=session.look_as_known)
    figures = reads.indicators(view.scope, state.as_of, state.revision, state.known_at)
    show_indicators(figures, view.listed, names, session.open_list)
    day_field = partial(show_day_field, "more-day", view.day, newest_on, names, session.look_at_day)
    show_filters(view.scope, view.colour_by, names, session.filter_by, show_more=day_field)
with right, st.container(height=468, border=True, key="beside-map"):
    case = reads.case(view.selected_case, state.revision)
    hazard = reads.hazard(view.selected_hazard, state)
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
        )
    if case is not None:
        show_case_card(case, names, state.as_of, state.known_at)
    elif hazard is not None:
        show_hazard_card(
            hazard.row,
            hazard.layer,
            hazard.cases,
            names,
            state.as_of,
            known_at=state.known_at,
        )
        show_replies_on(
            agency_desk.replies_on(view.selected_hazard, state.known_at),
            names,
            agency_actions.go_to_list,
        )
    elif not view.selected:
        counts = reads.offices(view.scope, state.as_of, state.revision, state.known_at)
        show_offices(counts, names, session.look_at_office)

show_scope(view.scope, view.colour_by, names, session.filter_by)
listed = next((one for one in figures if one.id == view.listed), None)
list_title, picture = st.columns([0.83, 0.17], vertical_alignment="center")
with list_title:
    show_list_title(listed, seen, names, session.open_list)
card = picture.popover(
    names.word("documents.map.button"),
    icon=":material/image:",
    key="map-picture",
    on_change="rerun",  # what nobody has opened is not sent
)
if card.open:
    with card:
        door, at = leaving_desk.open_door(state, what="map"), session.position_now()
        show_writer(session.writer(), names, session.sign)
        if door.manner.is_blind:
            st.info(names.word("documents.map.not_blind"), icon=":material/visibility_off:")
        else:
            show_map_picture(
                (view.scope, view.colour_by, state, view.language, at),
                documents_desk.file_name("map", names, reads.imprint(state), "png"),
                names,
                lambda wanted: documents_desk.map_picture(
                    seen, wanted, names, view, state, manner=door.manner, at=at
                ),
                door,
                key="map-overview",
            )
if listed is not None and listed.counts == "hazards":
    page = reads.listed_hazards(listed, seen, view.scope, state, session.list_first())
    show_hazards(page.rows, names, session.go_to, page.counted)
    whole = partial(reads.whole_crowd, seen, view.scope, state)
    show_pages(page, names, state, session.turn_list, whole)
else:
    counted = listed.counted if listed is not None and listed.of is not None else None
    rows = seen.cases if listed is None else rows_behind(listed, seen)
    show_cases(rows, names, session.go_to_case, counted)
