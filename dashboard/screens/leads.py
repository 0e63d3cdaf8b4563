"""Leads: what the public reported, what lies near, evaluating; entering, a hotline's file."""

from dataclasses import replace

import streamlit as st

from dashboard import holdings, reads, session
from dashboard.actions import cases as case_actions
from dashboard.actions import leads as lead_actions
from dashboard.desks import leads as lead_desk
from dashboard.doors.access import may_everywhere
from dashboard.doors.visitors import visitor
from dashboard.panels.cases.header import show_writer
from dashboard.panels.leads.decide import show_decide
from dashboard.panels.leads.detail import show_guarded, show_lead, show_lead_history, show_near
from dashboard.panels.leads.entry import (
    show_enter_button,
    show_office_answer,
    show_source_fields,
    show_ticket_file,
)
from dashboard.panels.leads.list import (
    show_lead_filter,
    show_lead_parts,
    show_leads,
    show_no_leads,
)
from dashboard.panels.leads.map import show_lead_map
from dashboard.panels.leads.report_form import show_report_form
from dashboard.panels.map_panel import map_words

view = session.current()
state = reads.data_state(view.day, view.known_on)
names, writer, settings = reads.naming(view.language), session.writer(), holdings.settings()
offices = lead_desk.offices_to_enter()
part = session.kept("leads_part", "inbox")
key = f"entry-{session.number_of('lead_form')}"

parts, who = st.columns([0.8, 0.2], vertical_alignment="center")
with parts:
    offered = ("inbox", "enter", "file") if offices else ("inbox",)
    show_lead_parts(part, offered, names, session.open_leads_part)
with who:
    show_writer(writer, names, session.sign)
with st.container():  # always there: what follows keeps its place on the page
    show_office_answer(session.kept("lead_answer"), names)

if part == "enter" and offices:
    left, right = st.columns([0.6, 0.4])
    with left, st.container(border=True):
        read_entered = show_source_fields(key, offices, names)
        place = lead_desk.place_on_form(*session.kept("lead_place", None) or ("", ""))
        read = show_report_form(
            key,
            place,
            names,
            today=reads.today(),
            map_words=replace(map_words(names, state, settings), legend_note=""),
            basemap_url=settings.basemap_url,
            on_place=session.choose_lead_place,
            is_place_needed=False,
        )
        show_enter_button(key, (read, read_entered), writer, names, lead_actions.enter)
    with right:
        st.info(names.word("leads.entry.about"), icon=":material/support_agent:")
elif part == "file" and offices:
    with st.container(border=True):
        show_ticket_file(
            offices,
            writer,
            names,
            on_read=lead_actions.read_ticket_file,
            on_import=lead_actions.import_tickets,
        )
else:
    shown = session.kept("leads_shown", "open")
    lead = lead_desk.find(view.lead)
    leads = lead_desk.shown_leads(shown)
    near = lead_desk.near(lead, state, view.language) if lead is not None else ()
    left, right = st.columns([0.5, 0.5])
    with left:
        show_lead_filter(shown, lead_desk.counts(), names, session.look_at_leads)
        if leads:
            show_leads(
                leads,
                {one.id: lead_desk.age_days(one, state) for one in leads},
                view.lead,
                names,
                with_office=may_everywhere(visitor(), "see_leads"),
                on_open=session.open_lead,
            )
        else:
            show_no_leads(shown, names)
        if leads or lead is not None:
            on_map = leads if lead is None or lead in leads else (*leads, lead)
            show_lead_map(
                on_map,
                lead,
                lead_desk.places_of(near, state),
                names,
                state=state,
                settings=settings,
                on_event=session.hear_lead_map,
            )
        if lead_desk.is_invented_only():
            st.caption(names.word("leads.invented"))
    with right, st.container(height=640, border=True, key="open-lead"):
        if lead is None:
            gone = view.lead and names.word("leads.gone", lead=view.lead)
            st.caption(gone or names.word("leads.pick"))
        else:
            there = lead_desk.office_of_place(lead)
            show_lead(lead, "" if there == lead.office else there, lead_desk.status(lead), names)
            if lead_desk.is_case_lost(lead):
                st.error(names.word("leads.case_lost", case=lead.case), icon=":material/report:")
            show_guarded(
                lead,
                lead_desk.photos_of(lead),
                names,
                is_revealed=lead.id in session.kept("leads_revealed", frozenset()),
                may_reveal=lead_desk.may_reveal(lead),
                on_reveal=lead_actions.reveal,
            )
            st.markdown(f"**{names.word('leads.near_heading', count=len(near))}**")
            show_near(near, names, has_place=lead.report.has_place, on_open=lead_actions.open_near)
            st.markdown(f"**{names.word('leads.decide')}**")
            day = min(state.as_of, reads.today())
            show_decide(
                lead,
                lead_desk.acts_on(lead),
                near,
                names,
                cases=lead_desk.cases_to_merge(lead, names, state),
                case_id=case_actions.next_id(lead.office, day),
                today=day,
                writer=writer,
                on_decide=lead_actions.make_decision,
            )
            st.markdown(f"**{names.word('leads.history')}**")
            show_lead_history(lead, names)
