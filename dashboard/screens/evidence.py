"""Evidence: what was collected for a case or a hazard, what it proves, what lacks, for whom."""

from functools import partial

import streamlit as st

from dashboard import reads, session
from dashboard.actions import evidence as evidence_actions
from dashboard.desks import evidence as evidence_desk
from dashboard.desks.evidence import CopyWork
from dashboard.panels.cases.header import show_writer
from dashboard.panels.evidence.before_after import show_before_after, show_pair_choice
from dashboard.panels.evidence.bundle import show_bundle, show_made_bundle, show_verify
from dashboard.panels.evidence.change import show_describe, show_hand_over
from dashboard.panels.evidence.copy import show_boxes, show_copy, show_copy_work
from dashboard.panels.evidence.hand_in import show_evidence_answer, show_hand_in
from dashboard.panels.evidence.item import show_custody, show_facts, show_picture
from dashboard.panels.evidence.list import (
    show_evidence_parts,
    show_items,
    show_no_items,
    show_subject_choice,
)
from dashboard.panels.evidence.proven import show_proven, show_shares

view = session.current()
state = reads.data_state(view.day, view.known_on)
names, writer = reads.naming(view.language), session.writer()
subject = evidence_desk.subject_of(view.selected, state)
items = evidence_desk.items_of(subject)
part, revealed = session.kept("evidence_part", "items"), session.revealed()
titles = reads.case_titles(names, state.revision)
hazards = evidence_desk.hazard_titles(subject, state)

parts, whose, who = st.columns([0.42, 0.4, 0.18])
with parts:
    show_evidence_parts(part, names, session.open_evidence_part)
with whose:
    show_subject_choice(subject, titles, hazards, names, session.open_evidence_of)
with who:
    show_writer(writer, names, session.sign)
show_evidence_answer(
    session.kept("evidence_answer"),
    {one.number: one for one in items},
    names,
    session.go_to_item,
)

if part == "hand_in":
    if subject.is_all or subject.is_gone:
        st.info(names.word("evidence.choose_first"), icon=":material/arrow_upward:")
    else:
        show_hand_in(
            subject,
            hazards,
            writer,
            names,
            evidence_actions.hand_in,
        )
elif part == "proven":
    if subject.is_all:
        show_shares(evidence_desk.shares(state), titles, names, session.open_evidence_of)
    else:
        show_proven(evidence_desk.completeness_of(subject, items), names)
elif part == "pairs":
    pairs = evidence_desk.pairs_of(items)
    before, after = evidence_desk.chosen_pair(pairs, session.kept("evidence_pair", (0, 0)), items)
    left, right = st.columns([0.36, 0.64])
    with left:
        show_pair_choice(pairs, items, (before, after), names, session.compare_pictures)
    with right:
        show_before_after(
            evidence_desk.find_item(before),
            evidence_desk.find_item(after),
            names,
            revealed=revealed,
            on_reveal=evidence_actions.reveal,
        )
elif part == "bundle":
    left, right = st.columns(2)
    about = subject.case or subject.hazard
    with left:
        show_bundle(
            items, about, writer, names, partial(evidence_actions.bundle, language=view.language)
        )
        show_made_bundle(session.kept("evidence_bundle"), about, names)
    with right, st.container(border=True):
        show_verify(session.kept("evidence_verified"), names, evidence_actions.verify)
elif not items:
    show_no_items(subject, names, session.open_evidence_part)
else:
    compared = evidence_desk.comparisons(items[-evidence_desk.MOST_LISTED :], state)
    item = evidence_desk.find_item(view.item)
    left, right = st.columns([0.56, 0.44])
    with left:
        show_items(items, compared, view.item, names, revealed=revealed, on_open=session.open_item)
    with right, st.container(height=636, border=True, key="open-item"):
        if item is None:
            st.caption(names.word("evidence.pick"))
        else:
            show_picture(item, names, revealed=revealed, on_reveal=evidence_actions.reveal)
            told, custody, change, copy = st.tabs(
                [names.word(f"evidence.tab.{one}") for one in ("told", "custody", "change", "copy")]
            )
            with told:
                show_facts(
                    item,
                    evidence_desk.comparisons([item], state)[item.number],
                    names,
                    original=evidence_desk.original_of(item),
                    copies=evidence_desk.copies_of(item),
                )
            with custody:
                show_custody(evidence_desk.custody_of(item), names)
                show_hand_over(item, writer, names, on_hand_over=evidence_actions.hand_over)
            with change:
                show_describe(
                    item, subject, hazards, writer, names, on_describe=evidence_actions.describe
                )
            with copy:
                if not evidence_desk.may_show(item, revealed):
                    st.caption(names.word("evidence.copy.not_a_picture"))
                else:
                    work = show_copy_work(item, names)
                    boxes = session.boxes()
                    if work.derivation != "rotated":
                        show_boxes(
                            item,
                            evidence_desk.shown_size(item),
                            boxes,
                            names,
                            on_box=session.draw_box,
                            on_back=session.take_box_back,
                        )
                    work = CopyWork(work.derivation, boxes, work.degrees)
                    show_copy(
                        item,
                        work,
                        evidence_desk.preview(item, work),
                        writer,
                        names,
                        on_keep=evidence_actions.make_copy,
                    )
