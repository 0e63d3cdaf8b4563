"""Intake: a file step by step into the store, what waits for a place, and what was written."""

from functools import partial

import streamlit as st

from dashboard import holdings, reads, session
from dashboard.actions import cases as case_actions
from dashboard.desks import intake as intake_desk
from dashboard.desks.dropped import Choices
from dashboard.panels.intake.columns import show_columns
from dashboard.panels.intake.drop import (
    show_drop,
    show_file_choices,
    show_intake_parts,
    show_understood,
)
from dashboard.panels.intake.result import (
    show_problems,
    show_progress,
    show_trouble_of_check,
    show_write,
    show_written,
)
from dashboard.panels.intake.revision_list import (
    show_changes,
    show_revisions,
    show_take_back,
    show_taken_back,
)
from dashboard.panels.intake.system import show_system
from dashboard.panels.intake.tray import show_aside, show_place_form, show_placed, show_tray
from dashboard.panels.map_panel import map_words

view = session.current()
state = reads.data_state()
names, settings = reads.naming(view.language), holdings.settings()
waiting = reads.unplaced(state.revision)
part = session.kept("intake_part", "file")
map_text = map_words(names, state, settings)

show_intake_parts(part, len(waiting), names, session.open_intake_part)
if part == "tray":
    left, right = st.columns([0.5, 0.5])
    with left:
        show_tray(waiting, names, session.pick_waiting)
        show_aside(reads.kept_aside(), names)
    with right, st.container(border=True):
        show_placed(session.kept("placed"), names, session.show_on_map)
        row = reads.waiting_row(session.kept("waiting", ""), state.revision)
        if row is not None:
            show_place_form(
                row,
                session.kept("pointed_at"),
                session.writer(),
                names,
                map_words=map_text,
                basemap_url=settings.basemap_url,
                frame=reads.frame_of_office(row, session.kept("waiting_number", 0)),
                on_point=session.point_at,
                on_sign=session.sign,
                on_place=case_actions.place_feature,
            )
        elif len(waiting):
            st.info(names.word("intake.tray.pick"), icon=":material/arrow_back:")
elif part == "revisions":
    picked = reads.written(session.kept("revision", ""), state.revision)
    left, right = st.columns([0.5, 0.5])
    with left:
        show_revisions(reads.all_revisions(state.revision), names, session.pick_revision)
    with right:
        show_taken_back(session.kept("taken_back"), names)
        if picked is None:
            st.info(names.word("intake.revisions.pick"), icon=":material/arrow_back:")
        else:
            show_changes(picked, reads.changes_of(picked.id, picked.layer), names)
            show_take_back(
                picked,
                session.writer(),
                names,
                on_sign=session.sign,
                on_take_back=case_actions.take_back,
            )
else:
    dropped, choices = session.kept("dropped"), session.kept("choices", Choices())
    result = session.kept("intake_result")
    left, right = st.columns([0.43, 0.57])
    with left:
        show_drop(
            dropped,
            session.kept("intake_trouble"),
            session.drop_number(),
            intake_desk.most_mb(),
            names,
            on_drop=session.take_files,
            on_away=session.put_file_away,
        )
    if dropped is not None:
        with right:
            tell = show_progress(names)
        desk = intake_desk.look_at(dropped, choices, tell)
        tell("")
        with left:
            show_file_choices(desk, choices, names, session.choose)
            show_understood(desk, names)
            if choices.layer:
                show_columns(desk, names, session.map_columns)
        with right:
            if result is not None:
                show_written(
                    result,
                    names,
                    on_show=session.show_layer,
                    on_next=session.put_file_away,
                    on_compare=partial(session.go_to_screen, "findings"),
                )
            show_system(
                desk,
                names,
                map_text,
                settings.basemap_url,
                on_system=session.take_system,
                on_systems=session.take_systems,
                on_parameters=session.take_parameters,
            )
            show_trouble_of_check(desk, names)
            if desk.understood is not None:
                show_problems(desk.understood, names, reads.imprint(state))
            if desk.understood is not None and result is None:
                show_write(
                    desk.understood,
                    desk.same_file,
                    session.writer(),
                    names,
                    refusal=session.kept("intake_refusal"),
                    on_sign=session.sign,
                    on_write=partial(case_actions.write_intake, desk.understood, names),
                    is_list=all(one.id != choices.layer for one in names.layers),
                )
    else:
        with right:
            st.info(names.word("intake.drop.about"), icon=":material/lock:")
