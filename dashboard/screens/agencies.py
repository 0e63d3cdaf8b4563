"""Sharing with agencies: lists out, replies back item by item, joint inspections."""

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from dashboard import reads, session
from dashboard.actions import agencies as agency_actions
from dashboard.actions import inspections as inspection_actions
from dashboard.desks import agencies as agency_desk
from dashboard.desks import agency_files
from dashboard.desks import inspections as inspection_desk
from dashboard.panels.agencies.inspection import (
    show_inspection_answer,
    show_inspection_cases,
    show_inspection_choice,
    show_inspection_form,
    show_stop_sources,
)
from dashboard.panels.agencies.lists import FILES as LIST_FILES
from dashboard.panels.agencies.lists import (
    ask_file,
    file_name,
    show_figures,
    show_item,
    show_items_behind,
    show_list_choice,
    show_lists,
    show_no_lists,
    show_remind,
    show_ways_into_cases,
)
from dashboard.panels.agencies.new import (
    ask_agency,
    ask_source,
    show_agency_answer,
    show_agency_parts,
    show_items,
    show_make,
    show_no_right,
    show_whose_list,
)
from dashboard.panels.agencies.replies import show_kept_aside, show_reply_part
from dashboard.panels.cases.answer import show_answer
from dashboard.panels.cases.header import show_writer
from dashboard.panels.leaving.take import show_take
from dashboard.panels.time_bar import show_past
from geodata import Case
from layers.joint_inspections import JointInspection

view = session.current()
state = reads.data_state(view.day, view.known_on)
names = reads.naming(view.language)
part = session.kept("agencies_part", "inspections" if view.inspection else "lists")
writer = session.writer().strip()


def show_lists_part() -> None:
    """Show every list, the items behind a figure, one item in full, and the files of a list."""
    lists = agency_desk.lists_seen(state)
    if not lists:
        show_no_lists(names)
        return
    show_lists(lists, view.batch, names, agency_actions.open_list)
    show_list_choice(lists, view.batch, names, agency_actions.open_list)
    looked_at = [one for one in lists if view.batch in {"", one.told.number}] or list(lists)
    figure = session.kept("agency_figure", "all")
    show_figures(agency_desk.counts_of(looked_at), figure, names, agency_actions.open_figure)
    rows = [(one, item) for one in looked_at for item in one.of(figure)]
    left, right = st.columns([0.6, 0.4])
    with left:
        show_items_behind(rows, names, agency_actions.open_item)
        show_open_item(rows)
    with right:
        show_writer(session.writer(), names, session.sign)
        show_agency_answer(session.kept("agency_answer"), names)
        if len(looked_at) == 1:
            show_files(looked_at[0])
        else:
            st.caption(names.word("agencies.pick_list"))
        show_items_file(rows)


def show_answer_of(case: Case) -> None:
    """Show what became of an entry that was made in a case from here."""
    law = reads.naming_of(case, view.language)
    show_answer(
        session.kept("answer"),
        case,
        law,
        reads.around(case, view, law, state),
        on_enter=agency_actions.enter_again,
        on_open=session.open_part,
    )


def show_open_item(rows: list[agency_desk.Row]) -> None:
    """Show the item that was picked, and how its reply becomes one of a case."""
    code = session.kept("agency_item", "")
    found = [(a_list, one) for a_list, one in rows if one.item.code == code]
    for a_list, one in found:
        ways = agency_desk.ways_into_cases(one, state)
        with st.container(border=True):
            show_item(
                a_list,
                one,
                agency_desk.known_of(one.item.ref),
                {way.case.id: way.case for way in ways},
                names,
                on_map=session.show_on_map,
            )
            for way in ways:
                show_answer_of(way.case)
            show_ways_into_cases(
                one,
                ways,
                min(state.as_of, reads.today()),
                names,
                on_enter=agency_actions.enter_reply,
                on_case=session.open_case_file,
            )


def show_files(seen: agency_desk.ListSeen) -> None:
    """Show the files of one list at the door, the second letter, and files that came back."""
    st.caption(f":material/lock_open: {names.word('leaving.means.agency')}")
    file = ask_file(seen, names)
    show_take(
        names.word(f"agencies.files.{file}"),
        lambda _: agency_files.render(seen, file, state),
        agency_files.door_of(seen, state),
        names,
        key=f"agency-{seen.told.number}-{file}",
        file_name=file_name(seen, file, names),
        mime=LIST_FILES[file],
        made_from=agency_files.made_from(seen, file, state),
    )
    show_remind(
        seen,
        agency_desk.reminded_last(seen.told.number),
        agency_desk.planning_day(state),
        agency_actions.entries_seen(seen.told.number),
        names,
        is_off=not writer,
        on_remind=partial(agency_actions.remind, state=state),
    )
    show_kept_aside(agency_desk.files_taken(seen.told.number), names)


def show_items_file(rows: list[agency_desk.Row]) -> None:
    """Show the items that are listed as a workbook for the inside, at the door."""
    if rows:
        show_take(
            names.word("agencies.items_file", count=len(rows)),
            lambda _: agency_files.render_items(rows, names, state),
            agency_files.inner_door(state, rows),
            names,
            key="agency-items",
            file_name=agency_files.items_name(names, state),
            mime=LIST_FILES["form"],
            made_from=agency_files.items_from(rows, names, state),
        )


def show_new_part() -> None:
    """Show a new list: for which office, to whom, which hazards, and what goes out."""
    offices = agency_desk.offices_for(agency_actions.SHARE)
    if not offices:
        show_no_right(names)
        return
    office = agency_desk.office_at_hand(offices, view)
    left, right = st.columns([0.5, 0.5])
    with left:
        show_whose_list(
            offices,
            office,
            session.writer(),
            names,
            on_office=agency_actions.choose_office,
            on_sign=session.sign,
        )
    with right:
        agency = ask_agency(agency_desk.known_agencies(office, state), names, office)
    sources = agency_desk.sources(view, state, office, agency)
    source = ask_source(sources, names)
    show_agency_answer(session.kept("agency_answer"), names)
    if source:
        items = agency_desk.draft_items(agency_desk.at_most(sources[source]), state)
        refs = show_items(items, names, f"{office}-{source}-{hash(sources[source])}")
        show_make(
            refs,
            agency,
            agency_desk.first_reply_day(state),
            writer,
            names,
            on_make=lambda chosen, day, subject: agency_actions.make_list(
                agency_actions.Wanted(office, agency, tuple(chosen), day, subject), state
            ),
        )


def show_replies_part() -> None:
    """Show replies that came back beside what is known then and now, to be decided on."""
    show_reply_part(
        agency_desk.look(),
        names,
        on_drop=agency_actions.take,
        on_pick=agency_actions.pick,
        on_away=agency_actions.put_away,
        on_decide=agency_actions.decide,
        on_why=agency_actions.say_why,
        on_reword=agency_actions.reword,
        on_all=agency_actions.take_all,
        on_sign=session.sign,
        on_write=agency_actions.write,
    )


def show_inspections_part() -> None:
    """Show joint inspections: which, its hazards, the form, the cases and its files."""
    offices = agency_desk.offices_for(agency_actions.SHARE)
    kept = inspection_desk.all_inspections()
    left, right = st.columns([0.5, 0.5])
    with left:
        show_inspection_choice(kept, view.inspection, names, inspection_actions.open_inspection)
    one = inspection_desk.at_hand(view, agency_desk.office_at_hand(offices, view), state)
    with right:
        if one.id or not offices:
            show_writer(session.writer(), names, session.sign)
        else:
            show_whose_list(
                offices,
                one.office,
                session.writer(),
                names,
                on_office=inspection_actions.choose_office,
                on_sign=session.sign,
            )
    show_inspection_answer(
        session.kept(inspection_actions.ANSWER),
        names,
        is_outdated=inspection_desk.is_outdated(one),
        on_theirs=inspection_actions.take_theirs,
        on_mine=partial(inspection_actions.keep_mine, state=state),
    )
    show_stop_sources(
        inspection_desk.hazard_sources(view, one.office, state),
        len(one.stops),
        names,
        on_take=lambda refs: inspection_actions.take_stops(one, refs, state),
        on_drop=lambda: inspection_actions.drop_stops(one),
    )
    show_inspection_form(
        one,
        agency_desk.known_agencies(one.office, state),
        writer,
        names,
        number=session.number_of("inspection_form"),
        may_keep=one.office in offices,
        on_keep=partial(inspection_actions.keep, state=state),
    )
    if one.id:
        show_kept_inspection(one)


def show_kept_inspection(one: JointInspection) -> None:
    """Show what a kept inspection is for its cases, and its files at the door."""
    cases = inspection_desk.cases_of(one, state)
    left, right = st.columns([0.56, 0.44])
    with left:
        show_inspection_cases(
            one,
            cases,
            names,
            is_held=one.on <= inspection_desk.last_day(),
            is_signed=bool(writer),
            on_enter=partial(inspection_actions.enter, one),
            on_case=session.open_case_file,
        )
        for told in cases:
            show_answer_of(told.case)
    with right:
        door = agency_files.door_of_inspection(one, state)
        for file, mime in agency_files.INSPECTION_FILES.items():
            show_take(
                names.word(f"agencies.inspection.files.{file}"),
                partial(agency_files.make_inspection, one, file, state, datetime.now(UTC)),
                door,
                names,
                key=f"inspection-{one.id}-{file}",
                file_name=agency_files.inspection_name(one, file),
                mime=mime,
                made_from=(one, file, state.as_of),
            )


show_past(
    view,
    reads.data_state().as_of,
    names,
    on_day=session.look_at_day,
    on_known=session.look_as_known,
)
show_agency_parts(part, names, agency_actions.open_part)
{
    "lists": show_lists_part,
    "new": show_new_part,
    "replies": show_replies_part,
    "inspections": show_inspections_part,
}[part]()
