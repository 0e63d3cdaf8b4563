"""Volunteers: report what they saw, follow their own leads, answer invitations; nothing else."""

from dataclasses import replace

import streamlit as st

from dashboard import holdings, reads, session
from dashboard.actions import invitations as invitation_actions
from dashboard.actions import leads as lead_actions
from dashboard.desks import invitations as invitation_desk
from dashboard.desks import leads as lead_desk
from dashboard.panels.leads.report_form import chosen_kind, show_report_form
from dashboard.panels.leads.volunteer_page import (
    show_invitation_answer,
    show_invitations,
    show_lead_answer,
    show_my_leads,
    show_submit,
    show_volunteer_parts,
)
from dashboard.panels.map_panel import map_words
from dashboard.panels.place_shown import show_place
from dashboard.reads import DataState

view = session.current()
names = reads.naming(view.language)
part = session.kept("volunteer_part", "report")
mine = lead_desk.my_leads(view.language)
invited = invitation_desk.mine(view.language)
waiting = sum(one.standing == "waiting" for one in invited)
nothing = DataState("", reads.today(), is_demonstration=False)
words = replace(map_words(names, nothing, holdings.settings()), legend_note="")
basemap = holdings.settings().basemap_url

counts = {"mine": len(mine), "invitations": waiting}
show_volunteer_parts(part, counts, names, session.open_volunteer_part)
if part == "mine":
    show_my_leads(mine, lead_desk.my_photos(mine), names, session.open_volunteer_part)
elif part == "invitations":
    show_invitation_answer(session.kept("invitation_answer"), names)
    show_invitations(
        invited,
        names,
        show_place=lambda one: show_place(one, names, words, basemap),
        on_answer=invitation_actions.answer,
    )
else:
    st.caption(names.word("volunteer.about_form"))
    key = f"report-{session.number_of('lead_form')}"
    place = lead_desk.place_on_form(*session.kept("lead_place", None) or ("", ""))
    read = show_report_form(
        key,
        place,
        names,
        today=reads.today(),
        map_words=words,
        basemap_url=basemap,
        on_place=session.choose_lead_place,
    )
    groups = lead_desk.groups_near(*place.at) if place.at else ()
    show_submit(
        read,
        chosen_kind(key, names),
        groups,
        lead_desk.left_today(),
        names,
        on_submit=lead_actions.submit,
        on_join=lead_actions.join,
    )
    with st.container():  # below the button: there the visitor looks
        show_lead_answer(session.kept("lead_answer"), names)
