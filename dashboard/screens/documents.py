"""Papers: the yearly summary, the district brief, a meeting's reviews, competition packs, maps."""

from functools import partial

import streamlit as st

from dashboard import reads, session
from dashboard.actions import cases as case_actions
from dashboard.actions import leaving as leaving_actions
from dashboard.desks import documents as documents_desk
from dashboard.desks import leaving as leaving_desk
from dashboard.leaving import Manner
from dashboard.panels.cases.answer import show_answer
from dashboard.panels.cases.header import show_writer
from dashboard.panels.leaving.audience import show_audience
from dashboard.panels.leaving.take import show_take
from dashboard.panels.map_picture import show_map_picture
from dashboard.panels.reports.choice import show_paper_parts, show_typical, show_whose
from dashboard.panels.reports.meeting import (
    show_agenda,
    show_all_notes,
    show_case_at_hand,
    show_meeting_day,
    show_no_cases,
    show_note_form,
)
from dashboard.panels.reports.preview import show_paper
from dashboard.panels.time_bar import show_past
from dashboard.panels.visits.packs import show_pack, show_pack_wish
from dashboard.reports.audience import paper_for
from dashboard.reports.brief import page_share
from layers.yearbook import preset_period

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

view = session.current()
state = reads.data_state(view.day, view.known_on)
names = reads.naming(view.language)
imprint = reads.imprint(state)
period = view.period or preset_period("this_year", state.as_of)
office = documents_desk.office_of(view)
door = leaving_desk.open_door(state, what=view.paper)


def show_whom() -> None:
    """Show for whom files are made, and who takes them."""
    show_audience(
        door.manner,
        door.writer,
        names,
        on_manner=leaving_actions.choose_manner,
        on_sign=session.sign,
    )


show_past(
    view,
    reads.data_state().as_of,
    names,
    on_day=session.look_at_day,
    on_known=session.look_as_known,
)
show_paper_parts(view.paper, names, session.open_paper)
if view.paper in {"yearly", "brief"}:
    left, right = st.columns([0.36, 0.64])
    with left:
        show_whose(
            office,
            period,
            documents_desk.years_of(state),
            names,
            shown=reads.offices_shown(state.revision),
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
    paper = paper_for(paper, door.manner, door.aliases)
    with left:
        show_whom()
        show_take(
            names.word(f"documents.part.{view.paper}"),
            lambda _: documents_desk.render(paper),
            door,
            names,
            key="paper",
            file_name=documents_desk.file_name(view.paper, names, imprint, "docx", office=office),
            mime=DOCX,
            made_from=paper,
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
            show_whom()
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
                on_enter=case_actions.enter,
                on_open=session.open_case_file,
            )
            show_note_form(meeting, case, law, around, case_actions.enter)
        show_all_notes(meeting, names)
        minutes = paper_for(
            documents_desk.minutes_paper(meeting, names, imprint), door.manner, door.aliases
        )
        papers, workbook = st.columns(2)
        with papers:
            show_take(
                names.word("documents.review.minutes"),
                lambda _: documents_desk.render(minutes),
                door,
                names,
                key="minutes",
                file_name=documents_desk.file_name("minutes", names, imprint, "docx"),
                mime=DOCX,
                made_from=minutes,
            )
        with workbook:
            if door.manner.is_inside:
                show_take(
                    names.word("documents.review.workbook"),
                    lambda _: documents_desk.notes_workbook(meeting, names, imprint),
                    door,
                    names,
                    key="notes",
                    file_name=documents_desk.file_name("notes", names, imprint, "xlsx"),
                    mime=XLSX,
                    made_from=(meeting, view.language, state),
                )
            else:
                st.caption(names.word("documents.review.workbook_inside"))
elif view.paper == "pack":
    offered = documents_desk.cases_of_office(office, state)
    chosen = [one.id for one in documents_desk.chosen_cases(view, state)]
    titles = {one.id: names.title(one.title) for one in offered}
    left, right = st.columns([0.45, 0.55])
    with left:
        ids, wish, form = show_pack_wish(titles, chosen, names)
        show_writer(session.writer(), names, session.sign)
    cases = [one for wanted in ids for one in offered if one.id == wanted]
    blind = Manner("outside", is_blind=True, seed=wish.seed) if wish.is_blind else Manner()
    with right:
        if not cases:
            show_no_cases(names)
        else:
            show_pack(
                (ids, wish, form, state, view.language),
                form,
                names,
                partial(documents_desk.make_pack, cases, wish, names, state, is_zip=form == "zip"),
                leaving_desk.open_door(state, ids, what="pack", manner=blind),
                on_key=lambda pack: leaving_actions.take_key(
                    pack.key, pack.count, leaving_desk.cases_of(ids, state)
                ),
                key_name=documents_desk.file_name("key", names, imprint, "csv"),
            )
else:
    left, _ = st.columns([0.36, 0.64])
    with left:
        show_whom()
        if door.manner.is_blind:
            st.info(names.word("documents.map.not_blind"), icon=":material/visibility_off:")
        else:
            seen = reads.situation(view.scope, state.as_of, state.revision, state.known_at)
            show_map_picture(
                (view.scope, view.colour_by, state, view.language, session.position_now()),
                documents_desk.file_name("map", names, imprint, "png", office=office),
                names,
                lambda wanted: documents_desk.map_picture(
                    seen,
                    wanted,
                    names,
                    view,
                    state,
                    manner=door.manner,
                    at=session.position_now(),
                ),
                door,
                key="map-paper",
            )
