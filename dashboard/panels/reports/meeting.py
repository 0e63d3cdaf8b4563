"""A meeting that reviews cases: its agenda with what is done, the case at hand, all notes."""

from collections.abc import Callable
from datetime import date
from html import escape

import pandas as pd
import streamlit as st

from dashboard.desks.documents import FIRST_DAY
from dashboard.draft import Around, Draft
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.cases.moves import OnEnter
from dashboard.panels.cases.readiness import SIGNS
from dashboard.panels.cases.review import show_notes
from dashboard.reports.meeting import Meeting, notes_table
from dashboard.session import form_number, set_widget, widget
from dashboard.words.law import say_field
from geodata import Case, offered_moves, stage_of
from geodata.case_file import elements_of, evidence_of, items_of

KIND = "review_noted"
LONG = ("merits", "problems", "correction")
AGENDA_PX, ROW_PX = 380, 28
TABLE_PX = 320
COLUMNS = ("done", "number", "title", "office", "open")


def show_meeting_day(
    meeting: Meeting, names: Naming, on_day: Callable[[date | None], None]
) -> None:
    """Show the day of the meeting and how far it is."""
    when, how_far = st.columns([0.35, 0.65], vertical_alignment="bottom")
    set_widget("meeting-day", meeting.on)
    when.date_input(
        names.word("documents.review.meeting_day"),
        key="meeting-day",
        min_value=FIRST_DAY,
        max_value=meeting.as_of,
        format="YYYY-MM-DD",
        on_change=lambda: on_day(widget("meeting-day")),
    )
    total, done = len(meeting.cases), len(meeting.reviewed)
    words = names.word("documents.review.progress", total=total, done=done)
    how_far.progress(done / total if total else 0.0, text=words)
    if total and done == total:
        st.success(names.word("documents.review.all_done"), icon=":material/task_alt:")


def show_agenda(
    meeting: Meeting, at_hand: Case, names: Naming, on_case: Callable[[str], None]
) -> None:
    """Show the cases in their order, each with whether it is reviewed; a row tells its case."""
    open_notes = pd.Series(
        [one.case.id for one in meeting.notes if one.review.is_open(meeting.as_of)], dtype=object
    ).value_counts()
    rows = [
        (
            ("▶ " if case.id == at_hand.id else "") + ("✓" if case.id in meeting.reviewed else "○"),
            number,
            names.title(case.title),
            names.office(case.jurisdiction),
            str(open_notes.get(case.id, "")),
        )
        for number, case in enumerate(meeting.cases, start=1)
    ]
    heads = [names.word(f"documents.review.column.{one}") for one in COLUMNS]
    key = f"agenda-{names.language}-{hash((tuple(rows), at_hand.id))}"

    def tell() -> None:
        for row, _ in widget(key)["selection"]["cells"]:
            on_case(meeting.cases[row].id)

    st.dataframe(
        pd.DataFrame(rows, columns=heads),
        key=key,
        hide_index=True,
        row_height=ROW_PX,
        height=min(AGENDA_PX, ROW_PX * (len(rows) + 1) + 8),
        on_select=tell,
        selection_mode="single-cell",
        column_config={
            heads[0]: st.column_config.Column(width=54),
            heads[1]: st.column_config.Column(width=40),
            heads[2]: st.column_config.Column(width=260),
            heads[3]: st.column_config.Column(width=84),
            heads[4]: st.column_config.Column(width=58),
        },
    )


def show_case_at_hand(
    meeting: Meeting,
    case: Case,
    names: Naming,
    *,
    on_case: Callable[[str], None],
    on_file: Callable[[str], None],
) -> None:
    """Show the case that is commented on, what to look at first, and the way to others."""
    number = [one.id for one in meeting.cases].index(case.id) + 1
    stage = stage_of(case, names.rules, meeting.as_of, meeting.known_at)
    facts = " · ".join(
        filter(
            None,
            (
                case.id,
                names.office_title(case.jurisdiction),
                case.agency,
                names.title(stage.title) if stage else "",
            ),
        )
    )
    st.html(
        f'<div class="pim-card"><h4>{number}. {escape(names.title(case.title))}</h4>'
        f"<small>{escape(facts)}</small><br>{_looked_at(meeting, case, names)}</div>"
    )
    steps = (
        ("before", meeting.beside(case, -1), ":material/chevron_left:"),
        ("after", meeting.beside(case, 1), ":material/chevron_right:"),
        ("waiting", meeting.next_waiting(case), ":material/fast_forward:"),
    )
    *places, last = st.columns([1, 1, 1.3, 2.2])
    for place, (step, case_id, icon) in zip(places, steps, strict=True):
        place.button(
            names.word(f"documents.review.{step}"),
            key=f"review-{step}",
            icon=icon,
            width="stretch",
            disabled=not case_id,
            on_click=on_case,
            args=(case_id,),
        )
    last.button(
        names.word("documents.review.open_file"),
        key="review-file",
        icon=":material/folder_open:",
        width="stretch",
        on_click=on_file,
        args=(case.id,),
    )


def show_note_form(
    meeting: Meeting, case: Case, names: Naming, around: Around, on_enter: OnEnter
) -> None:
    """Show the form of a review note of the meeting's day, and the notes that the case has."""
    offered = {one.kind: one.fact for one in offered_moves(case, names.rules, meeting.on)}
    if KIND in offered:
        _show_form(meeting, case, names, on_enter)
    else:
        st.info(names.word("documents.review.not_yet", day=meeting.on), icon=":material/gavel:")
    earlier = [one for one in meeting.notes if one.case.id == case.id]
    with st.expander(names.word("documents.review.earlier", count=len(earlier))):
        show_notes(case, names, around)


def _show_form(meeting: Meeting, case: Case, names: Naming, on_enter: OnEnter) -> None:
    """Show what is asked of a note in the order of speaking; what must be given has a star."""
    stem = f"meeting-{form_number()}-{case.id}-{meeting.on.isoformat()}"
    star = names.rules.kind(KIND).asks

    def label(name: str) -> str:
        said = say_field(name, names.rules, names.language)
        return f"{said} *" if name in star else said

    def enter() -> None:
        told = {
            name: str(widget(f"{stem}-{name}") or "").strip() for name in (*LONG, "responsible")
        }
        due_on = widget(f"{stem}-due_on")
        draft = Draft(
            case_id=case.id,
            kind=KIND,
            occurred_on=meeting.on,
            seen=case.revision,
            due_on=due_on if isinstance(due_on, date) else None,
            details=tuple((name, text) for name, text in told.items() if text),
        )
        on_enter(draft)

    with st.form(f"{stem}-form"):
        for name in LONG:
            st.text_area(label(name), key=f"{stem}-{name}", height=68)
        due, who = st.columns(2)
        due.date_input(label("due_on"), value=None, key=f"{stem}-due_on", format="YYYY-MM-DD")
        who.text_input(label("responsible"), key=f"{stem}-responsible")
        facts = {"what": names.word("documents.review.note"), "day": meeting.on.isoformat()}
        st.form_submit_button(
            names.word("case_file.moves.enter", **facts),
            key=f"{stem}-enter",
            type="primary",
            icon=":material/check:",
            on_click=enter,
        )


def show_all_notes(meeting: Meeting, names: Naming) -> None:
    """Show every note on the cases of a meeting, with its day and what became of it."""
    waiting = sum(one.review.is_open(meeting.as_of) for one in meeting.notes)
    facts = {"count": len(meeting.notes), "open": waiting}
    st.markdown(f"**{names.word('documents.review.table', **facts)}**")
    if not meeting.notes:
        st.info(names.word("documents.review.none"), icon=":material/rate_review:")
        return
    table = notes_table(meeting, names)
    st.dataframe(
        table.map(lambda one: one.isoformat() if isinstance(one, date) else one),
        hide_index=True,
        row_height=ROW_PX,
        height=min(TABLE_PX, ROW_PX * (len(table) + 1) + 8),
        key=f"all-notes-{names.language}",
    )


def _looked_at(meeting: Meeting, case: Case, names: Naming) -> str:
    day, known = meeting.as_of, meeting.known_at
    elements = elements_of(case, names.rules, day, known)
    states = "　".join(
        f"{SIGNS.get(one.state, '?')} {names.title(one.title)}"
        + (f"（△ {one.gap}）" if one.gap else "")
        for one in elements
    )
    held = evidence_of(case, day, known)
    items = items_of(case, day, known)
    lines = [
        names.word("documents.review.elements", states=states),
        names.word(
            "documents.review.evidence",
            count=len(held),
            unverified=sum(not one.is_verified for one in held),
            few=sum(one.lacks_collectors for one in held),
        ),
    ]
    if items:
        lines.append(
            names.word(
                "documents.review.items",
                count=len(items),
                replied=sum(bool(one.answered_on) for one in items),
                claimed=sum(bool(one.claimed_on) for one in items),
                verified=sum(bool(one.verified_on) for one in items),
            )
        )
    return "<br>".join(f"<small>{escape(one)}</small>" for one in lines)


def show_no_cases(names: Naming) -> None:
    """Say that there is no case to go through, and what to do."""
    st.info(plain(names.word("documents.no_cases")), icon=":material/folder_off:")
