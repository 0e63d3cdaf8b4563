"""Case file: one case with everything that is known, what may be entered next, and entering it."""

import streamlit as st

from dashboard import holdings, reads, session
from dashboard.actions import cases as case_actions
from dashboard.actions import invitations as invitation_actions
from dashboard.desks import evidence as evidence_desk
from dashboard.desks import invitations as invitation_desk
from dashboard.desks import leads as lead_desk
from dashboard.panels.cases.answer import show_answer, show_refusal
from dashboard.panels.cases.clock_table import show_clocks
from dashboard.panels.cases.exchange import show_case_exchange
from dashboard.panels.cases.header import show_case_header, show_parts, show_writer
from dashboard.panels.cases.item_table import show_items
from dashboard.panels.cases.linked_hazards import show_linked_hazards, show_same_harm
from dashboard.panels.cases.moves import show_moves
from dashboard.panels.cases.new_lead import show_case_choice, show_lead_form
from dashboard.panels.cases.outcome import show_outcomes
from dashboard.panels.cases.papers import show_papers
from dashboard.panels.cases.readiness import show_readiness
from dashboard.panels.cases.record import show_record
from dashboard.panels.cases.review import show_reviews
from dashboard.panels.cases.timeline import show_timeline
from dashboard.panels.leads.look_back import (
    show_case_invitations,
    show_case_leads,
    show_invite_form,
)
from dashboard.panels.leads.volunteer_page import show_invitation_answer
from dashboard.panels.lists import show_cases
from dashboard.panels.map_panel import show_map
from dashboard.panels.time_bar import show_past

view = session.current()
state = reads.data_state(view.day, view.known_on)
case = reads.case(view.selected_case, state.revision)
answer = session.kept("answer")

show_past(
    view,
    reads.data_state().as_of,
    reads.naming(view.language),
    on_day=session.look_at_day,
    on_known=session.look_as_known,
)

if case is None:
    names = reads.naming(view.language)
    if view.selected_case:
        st.warning(names.word("card.gone", name=view.selected_case), icon=":material/help:")
    left, right = st.columns([0.46, 0.54])
    with left:
        show_case_choice(reads.case_titles(names, state.revision), names, session.open_case_file)
        seen = reads.situation(view.scope, state.as_of, state.revision, state.known_at)
        show_cases(seen.cases, names, session.open_case_file)
        show_case_exchange(
            names,
            cases=lambda: reads.cases_within(seen),
            count=len(seen.cases),
            imprint=reads.imprint(state),
            writer=session.writer(),
            on_plan=case_actions.plan_cases,
            on_import=case_actions.import_cases,
        )
    with right, st.container(border=True):
        show_writer(session.writer(), names, session.sign)
        show_refusal(answer, names)
        show_lead_form(
            names,
            reads.hazard_names(state.revision),
            picked=[view.selected_hazard] if view.selected_hazard else view.shortlist,
            today=reads.today(),
            usual_day=min(state.as_of, reads.today()),
            propose=case_actions.proposed_id,
            on_register=case_actions.register,
        )
else:
    names = reads.naming_of(case, view.language)
    around = reads.around(case, view, names, state)
    show_case_header(case, names, around, session.writer(), session.sign)
    left, right = st.columns([0.36, 0.64])
    with left:
        hazards = reads.shortlist_situation(reads.refs_of(view.selected, state), state)
        show_map(
            hazards,
            view,
            names,
            state,
            holdings.settings(),
            on_event=session.hear_case_map,
            go_to=reads.frame_of(hazards),
            height_px=210,
        )
        with st.container(height=330, border=True, key="course"):
            periods, course = st.tabs(
                [names.word("case_file.clocks.tab"), names.word("case_file.clocks.course")]
            )
            with periods:
                show_clocks(case, names, state.as_of, state.known_at)
            with course:
                show_timeline(case, names, state.as_of, state.known_at, with_clocks=False)
    with right:
        part = show_parts(session.kept("part", "moves"), names, session.open_part)
        # Outside of what scrolls: whoever enters from far down must see what became of it.
        show_answer(
            answer,
            case,
            names,
            around,
            on_enter=case_actions.enter,
            on_open=session.open_case_file,
        )
        with st.container(height=520, border=True, key="part"):
            if part == "moves":
                show_moves(case, names, around, case_actions.enter)
            elif part == "record":
                show_record(case, names, around, case_actions.enter)
            elif part == "items":
                show_items(case, names, around, case_actions.enter)
            elif part == "papers":
                show_papers(
                    case, names, around, case_actions.enter, on_evidence=session.open_evidence_of
                )
            elif part == "readiness":
                show_readiness(case, names, around, case_actions.enter)
            elif part == "review":
                show_reviews(case, names, around, case_actions.enter)
            elif part == "outcome":
                show_outcomes(case, names, around, case_actions.enter)
            elif part == "public":
                show_case_leads(lead_desk.leads_of_case(case.id), names, session.open_lead)
                show_invitation_answer(session.kept("invitation_answer"), names)
                show_invite_form(
                    case,
                    invitation_desk.hazards_to_show(case, state),
                    around,
                    invitation_desk.volunteers(),
                    names,
                    is_time=invitation_desk.is_at_look_back(case, state),
                    may_invite=invitation_desk.may_invite(case),
                    writer=session.writer(),
                    on_invite=invitation_actions.invite,
                )
                show_case_invitations(
                    invitation_desk.of_case(case),
                    {one.number: one for one in evidence_desk.all_items()},
                    case,
                    names,
                    around,
                    may_invite=invitation_desk.may_invite(case),
                    on_withdraw=invitation_actions.withdraw,
                    on_enter=case_actions.enter,
                )
            else:
                show_linked_hazards(
                    case, names, around, case_actions.enter, on_open=session.show_on_map
                )
                show_same_harm(
                    case,
                    names,
                    around,
                    new_id=case_actions.proposed_id(case.jurisdiction, around.usual_day),
                    on_register=case_actions.register,
                )
