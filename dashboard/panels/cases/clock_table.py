"""The deadlines of a case as a table: what, by when, whose move, how it stands, which article."""

from datetime import date, datetime
from html import escape

import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.cases.entry_words import table
from dashboard.panels.cases.timeline import clock_state
from dashboard.words.law import say_basis
from geodata import Case, Clock, clocks


def show_clocks(case: Case, names: Naming, as_of: date, known_at: datetime | None = None) -> None:
    """Show every period that has started: those that run first, then those that were met."""
    found = sorted(
        clocks(case, names.rules, as_of, known_at), key=lambda one: one.done_on is not None
    )
    if not found:
        st.caption(names.word("case_file.clocks.none"))
        return
    headings = [names.word(f"case_file.clocks.{one}") for one in ("deadline", "due_on", "state")]
    st.html(table(headings, [_row(one, names, as_of) for one in found]))


def _row(clock: Clock, names: Naming, as_of: date) -> tuple[str, str, str]:
    deadline = names.rules.deadline(clock.deadline)
    notes = [say_basis(clock.basis, names.rules, names.language, deadline.certainty)]
    if clock.is_internal_target:
        notes.append(names.word("case_file.clocks.internal"))
    if not clock.holidays_known:
        notes.append(names.word("clocks.holidays_unknown"))
    law = f"<small>{escape(' · '.join(notes))}</small>"
    title = escape(names.title(deadline.title))
    due_on = f"<time>{clock.due_on.isoformat()}</time>"
    if clock.done_on is not None:
        return f"{title} {law}", due_on, _done(clock, names)
    since = escape(names.word("case_file.clocks.since", day=clock.started_on))
    actor = escape(names.code("actors", clock.actor))
    return (
        f"<b>{title}</b><br>{law}",
        f"{due_on}<br><small><time>{since}</time></small>",
        f"{_state(clock, names, as_of)}<br><small>{actor}</small>",
    )


def _done(clock: Clock, names: Naming) -> str:
    assert clock.done_on is not None
    day = clock.done_on.isoformat()
    if clock.done_on > clock.due_on and clock.can_be_overdue:
        return f"<time>△ {day}</time> {escape(names.word('case_file.clocks.done_late'))}"
    return f"<time>✓ {day}</time>"


def _state(clock: Clock, names: Naming, as_of: date) -> str:
    text = escape(clock_state(clock, names, as_of))
    if clock.is_overdue(as_of):
        return f'<span class="pim-chip late">▲ {text}</span>'
    return f"○ {text}"
