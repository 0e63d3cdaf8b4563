"""Papers: the yearly summary, the district brief, a meeting's reviews, competition packs, maps."""

from functools import partial

import streamlit as st

from dashboard import actions, documents_desk, reads, session
from dashboard.panels.answer import show_answer
from dashboard.panels.case_header import show_writer
from dashboard.panels.map_picture import show_map_picture
from dashboard.panels.meeting_desk import (
    show_agenda,
    show_all_notes,
    show_case_at_hand,
    show_meeting_day,
    show_no_cases,
    show_note_form,
)
from dashboard.panels.pack_desk import show_pack, show_pack_wish
from dashboard.panels.paper_choice import show_paper_parts, show_typical, show_whose
from dashboard.panels.paper_preview import show_making, show_paper
from dashboard.panels.time_bar import show_past
from dashboard.reports.brief import page_share
from dashboard.reports.mappicture import draw_picture
from layers.yearbook import preset_period

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

view = session.current()
state = reads.data_state(view.day, view.known_on)
names = reads.naming(view.language)
imprint = reads.imprint(state)
period = view.period or preset_period("this_year", state.as_of)
office = documents_desk.office_of(view)

show_past(
    view,
    reads.data_state().as_of,
    names,
    on_day=session.look_at_day,
    on_known=session.look_as_known,
)
show_paper_parts(view.paper, names, session.open_paper)
if view.paper in {"yearly", "brief"}:
    left, right = st.columns([0.3, 0.7])
    with left:
        show_whose(
            office,
            period,
            documents_desk.years_of(state),
            names,
            several=len(view.scope.jurisdictions) > 1,
            on_offices=session.look_at_offices,
            on_period=session.look_at_period,
        )
    if view.paper == "yearly":
        own = documents_desk.cases_of_office(office, state)
        titles = {one.id: names.title(one.title) for one in own}
        told = tuple(one for one in view.typical if one in titles)
        told = told or documents_desk.typical_at_first(office, period, state)
        with left:
            show_typical(titles, told, names, session.tell_typical)
        paper = documents_desk.yearly_paper(office, period, state, view.language, told)
    else:
        paper = documents_desk.brief_paper(office, period, state, view.language)
        left.caption(names.word("documents.one_page", share=f"{page_share(paper):.0%}"))
    with left:
        name = documents_desk.file_name(view.paper, names, imprint, "docx", office=office)
        show_making(
            (view.paper, office, period, state, view.language, hash(paper)),
            name,
            names,
            partial(documents_desk.render, paper),
            key="paper",
        )
    with right:
        show_paper(paper, names)
elif view.paper == "review":
    meeting = documents_desk.meeting_of(view, state)
    case = meeting.open_case(view.selected_case)
    if case is None:
        show_no_cases(names)
    else:
        law = reads.naming_of(case, view.language)
        around = reads.around(case, view, law, state)
        left, right = st.columns([0.42, 0.58])
        with left:
            show_meeting_day(meeting, names, session.hold_meeting_on)
            show_writer(session.writer(), names, session.sign)
            show_agenda(meeting, case, names, session.review_case)
            word = "documents.which_told" if view.told else "documents.which_scope"
            st.caption(names.word(word, count=len(meeting.cases)))
        with right, st.container(height=560, border=True, key="review-case"):
            show_case_at_hand(
                meeting, case, law, on_case=session.review_case, on_file=session.open_case_file
            )
            show_answer(
                session.kept("answer"),
                case,
                law,
                around,
                on_enter=actions.enter,
                on_open=session.open_case_file,
            )
            show_note_form(meeting, case, law, around, actions.enter)
        show_all_notes(meeting, names)
        minutes, workbook, _ = st.columns([1, 1, 2])
        minutes.download_button(
            names.word("documents.review.minutes"),
            data=partial(documents_desk.minutes, meeting, names, imprint),
            file_name=documents_desk.file_name("minutes", names, imprint, "docx"),
            key="minutes-docx",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
        )
        workbook.download_button(
            names.word("documents.review.workbook"),
            data=partial(documents_desk.notes_workbook, meeting, names, imprint),
            file_name=documents_desk.file_name("notes", names, imprint, "xlsx"),
            mime=XLSX,
            key="notes-xlsx",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
        )
elif view.paper == "pack":
    offered = documents_desk.cases_of_office(office, state)
    chosen = [one.id for one in documents_desk.chosen_cases(view, state)]
    titles = {one.id: names.title(one.title) for one in offered}
    left, right = st.columns([0.45, 0.55])
    with left:
        ids, wish, form = show_pack_wish(titles, chosen, names)
    cases = [one for wanted in ids for one in offered if one.id == wanted]
    with right:
        if not cases:
            show_no_cases(names)
        else:
            show_pack(
                (ids, wish, form, state, view.language),
                form,
                names,
                partial(documents_desk.make_pack, cases, wish, names, state, is_zip=form == "zip"),
                documents_desk.file_name("key", names, imprint, "csv"),
            )
else:
    seen = reads.situation(view.scope, state.as_of, state.revision, state.known_at)
    show_map_picture(
        (view.scope, view.colour_by, state, view.language, session.position_now()),
        documents_desk.file_name("map", names, imprint, "png", office=office),
        names,
        partial(
            draw_picture,
            seen,
            names=names,
            imprint=imprint,
            scope=view.scope,
            colour_by=view.colour_by,
            at=session.position_now(),
        ),
        key="map-paper",
        is_large=True,
    )
