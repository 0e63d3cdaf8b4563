"""Site visits, the whole round: the shortlist, the plan, what goes out, what comes home."""

import streamlit as st

from dashboard import holdings, reads, session
from dashboard.actions import returns as return_actions
from dashboard.actions import visits as visit_actions
from dashboard.desks import returns as return_desk
from dashboard.desks import visits as visit_desk
from dashboard.desks.visit_packing import checklists_of
from dashboard.panels.map_panel import show_map
from dashboard.panels.time_bar import show_past
from dashboard.panels.visits.map import show_plan_map
from dashboard.panels.visits.out import (
    show_checklists,
    show_codes,
    show_files,
    show_issue,
    show_plan_choice,
    show_tour_choice,
)
from dashboard.panels.visits.plan import (
    show_board,
    show_changes,
    show_left_out,
    show_no_plan,
    show_plan,
)
from dashboard.panels.visits.returns import show_return_part
from dashboard.panels.visits.shortlist import (
    show_empty_shortlist,
    show_visit_downloads,
    show_visits,
)
from dashboard.panels.visits.stops import (
    show_keep_plan,
    show_own_list,
    show_parts,
    show_sources,
)
from dashboard.panels.visits.wish import show_ways_choice, show_wish_form
from layers.handoff import list_visits
from layers.map_links import code_png
from layers.planning import Plan, Wish

view = session.current()
visit_desk.open_plan(view.plan)
view = session.current()
state = reads.data_state(view.day, view.known_on)
names = reads.naming(view.language)
part = session.kept("visits_part", "list")
show_past(
    view,
    reads.data_state().as_of,
    names,
    on_day=session.look_at_day,
    on_known=session.look_as_known,
)
show_parts(part, len(view.shortlist), names, session.open_visits_part)
seen = reads.shortlist_situation(view.shortlist, state)
stops = visit_desk.stop_names(seen.features)


def show_list_part() -> None:
    """Show where stops come from, the shortlist in a short order, and its map."""
    left, right = st.columns([0.5, 0.5])
    with right:
        sources = visit_desk.sources(view, state)
        show_sources(sources, view.shortlist, names, session.take_stops)
        show_own_list(
            session.writer(),
            len(view.shortlist),
            session.kept("shortlist_kept"),
            names,
            on_sign=session.sign,
            on_keep=visit_actions.keep_my_shortlist,
            on_take=visit_actions.take_my_shortlist,
        )
    if not view.shortlist:
        with left:
            show_empty_shortlist(names)
    else:
        gone = [ref for ref in view.shortlist if ref not in stops]
        with right:
            returns = st.toggle(names.word("shortlist.round_trip"), key="round-trip")
            tour = reads.tour(
                view.shortlist, state.as_of, state.revision, state.known_at, returns=returns
            )
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
                holdings.settings(),
                on_event=session.hear_map,
                go_to=reads.frame_of(seen),
                tour=tour.places,
            )


def show_plan_part() -> None:
    """Show what is wished, the plan that answers it, and how to change and keep it."""
    show_plan_choice(visit_desk.all_plans(), view.plan, names, session.look_at_plan)
    if not view.shortlist:
        show_empty_shortlist(names)
        return
    bar = st.empty()  # always there: what follows must not move when it is needed no more
    if session.kept("plan_asked"):
        bar.progress(0.0, names.word("visits.planning"))
        visit_actions.find_plan(lambda share: bar.progress(share, names.word("visits.planning")))
        bar.empty()
    wish = visit_desk.current_wish(seen, view.shortlist, visit_desk.planning_day(state))
    plan, trouble = session.kept("plan"), session.kept("plan_trouble")
    with st.expander(names.word("visits.wish"), expanded=plan is None, icon=":material/tune:"):
        show_ways_choice(
            session.kept("ways", visit_actions.SETTINGS),
            visit_actions.matrix_name(),
            holdings.settings(),
            names,
            on_choose=visit_actions.choose_ways,
            on_matrix=visit_actions.take_matrix,
        )
        show_wish_form(
            wish,
            stops,
            visit_desk.layer_names(seen.features, names),
            names,
            number=session.wish_form_number(),
            start=visit_desk.start_near(seen.features),
            on_plan=visit_actions.ask_plan,
        )
    if trouble is not None:
        show_no_plan(trouble, stops, names)
    if plan is not None:
        show_found(plan, wish)


def show_found(plan: Plan, wish: Wish) -> None:
    """Show a plan on the map and as a timetable, what is left out, how to change and keep it."""
    if visit_desk.is_outdated(plan, wish):
        st.warning(names.word("visits.list_changed"), icon=":material/sync_problem:")
    left, right = st.columns([0.5, 0.5])
    with left:
        show_plan_map(
            plan,
            wish,
            stops,
            names,
            state=state,
            settings=holdings.settings(),
            on_event=session.hear_map,
        )
    with right:
        show_plan(plan, wish, stops, names)
    show_left_out(plan, stops, names)
    if st.toggle(names.word("visits.change"), key="plan-change"):
        number = session.plan_board_number()
        show_board(plan, stops, names, number=number, on_put=visit_actions.put_stop)
        show_changes(
            plan,
            wish,
            stops,
            names,
            number=number,
            on_put=visit_actions.put_stop,
            on_hold=visit_actions.hold_stops,
            on_again=visit_actions.plan_again,
        )
    kept, offices = session.kept("kept_plan"), visit_desk.offices_of(seen.features)
    show_keep_plan(
        kept.title if kept else "",
        session.writer(),
        session.kept("plan_kept"),
        names,
        on_sign=session.sign,
        on_keep=lambda title: visit_actions.keep_this_plan(title, offices),
    )


def show_out_part() -> None:
    """Show what a team takes along of a kept plan: the pack, other forms, codes."""
    show_plan_choice(visit_desk.all_plans(), view.plan, names, session.look_at_plan)
    kept = session.kept("kept_plan")
    if kept is None or not kept.plan.tours:
        st.info(names.word("visits.keep_first"), icon=":material/save:")
    else:
        at = min(session.kept("tour_at", 0), len(kept.plan.tours) - 1)
        show_tour_choice(kept.plan.tours, at, names, lambda one: session.keep("tour_at", one))
        out = visit_desk.outgoing(kept, at, state)
        show_issue(
            out.tour,
            session.kept("pack_issued"),
            names,
            officers=visit_desk.officers_of(out),
            writer=session.writer(),
            versions=visit_desk.versions_of(out),
            on_sign=session.sign,
            on_issue=visit_actions.issue_to(out, state, names),
        )
        show_files(out.tour, visit_desk.files_of(out, names, state), names)
        show_codes(visit_desk.links_of(out), names, code_png)
    checklists = checklists_of(one.id for one in names.layers if one.has_places)
    show_checklists(
        checklists,
        visit_desk.forms_of(checklists),
        session.kept("checklist_taken"),
        names,
        may_sign=bool(session.writer().strip()),
        on_take=visit_actions.take_checklist,
    )


def show_returns() -> None:
    """Show what came home and what the office knows beside it."""
    show_return_part(
        return_desk.look(),
        names,
        on_drop=return_actions.take,
        on_pick=session.pick_return,
        on_away=return_actions.put_away,
        on_choose=return_actions.choose,
        on_sign=session.sign,
        on_write=return_actions.write,
        on_case=session.open_case_file,
        on_hazard=session.show_on_map,
    )


{
    "list": show_list_part,
    "plan": show_plan_part,
    "out": show_out_part,
    "return": show_returns,
}[part]()
