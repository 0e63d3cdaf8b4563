"""Review notes: what was good, what was not, what is to be corrected, by when, by whom."""

from html import escape

import streamlit as st

from dashboard.draft import Around
from dashboard.naming import Naming
from dashboard.panels.cases.entry_words import NOTHING
from dashboard.panels.cases.moves import OnEnter, show_register
from geodata import Case
from geodata.case_file import Review, reviews_of


def show_reviews(case: Case, names: Naming, around: Around, on_enter: OnEnter) -> None:
    """Show every review note with what became of it, and offer to write or answer one."""
    show_notes(case, names, around)
    show_register(
        case, ("review_noted", "review_answered"), names, around, on_enter, place="review"
    )


def show_notes(case: Case, names: Naming, around: Around) -> None:
    """Show every review note of a case with what became of it."""
    found = reviews_of(case, around.as_of, around.known_at)
    if not found:
        st.caption(names.word("case_file.review.none"))
    for one in found:
        facts = [
            (names.word("case_file.review.merits"), one.merits),
            (names.word("case_file.review.problems"), one.problems),
            (names.word("case_file.review.correction"), one.correction),
            (names.word("case_file.review.responsible"), one.responsible),
            (names.word("case_file.review.due_on"), one.due_on.isoformat() if one.due_on else ""),
            (names.word("case_file.review.state"), _state(one, names, around)),
        ]
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(value or NOTHING)}</td></tr>"
            for name, value in facts
        )
        st.html(
            f'<div class="pim-card"><h4>#{one.number} · {one.on.isoformat()} ·'
            f" {escape(one.by)}</h4><table>{rows}</table></div>"
        )


def _state(one: Review, names: Naming, around: Around) -> str:
    if one.answered_on:
        return f"✓ {names.word('case_file.review.answered', day=one.answered_on)} {one.answer}"
    if not one.is_open(around.as_of):
        return NOTHING
    if one.due_on and one.due_on < around.as_of:
        return f"▲ {names.word('case_file.review.late', day=one.due_on)}"
    return f"○ {names.word('case_file.review.open')}"
