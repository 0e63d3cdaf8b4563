"""The dated life of a case: what happened, and what runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from html import escape

import streamlit as st

from dashboard.naming import Naming
from dashboard.words.law import say_basis
from geodata import Case, CaseEvent, Clock, clocks
from geodata.lifecycle import known_on


@dataclass(frozen=True)
class Moment:
    """One line of a timeline; `mark` is the class that chooses its bullet."""

    on: date
    mark: str
    text: str


def show_timeline(
    case: Case,
    names: Naming,
    as_of: date,
    known_at: datetime | None = None,
    *,
    with_clocks: bool = True,
) -> None:
    """Show events and activities in order, stages filled and facts hollow, then running clocks."""
    lines = [
        f'<li class="{one.mark}"><time>{one.on.isoformat()}</time>{escape(one.text)}</li>'
        for one in moments(case, names, as_of, known_at)
    ]
    if with_clocks:
        lines += _running(case, names, as_of, known_at)
    st.html(f'<ul class="pim-line">{"".join(lines)}</ul>')


def moments(
    case: Case, names: Naming, as_of: date, known_at: datetime | None = None
) -> list[Moment]:
    """Return what had happened on a case by that day, in the order in which it happened.

    With `known_at`, only what had been entered by that instant is told.
    """
    then = known_on(case, as_of, known_at)
    return [
        Moment(
            event.occurred_on,
            "stage" if event.kind in names.rules.stages else "fact",
            _with_note(names.title(names.rules.event_title(event.kind)), words_of(event)),
        )
        for event in then.events
        if names.rules.kind(event.kind).category != "file"
    ]


def words_of(event: CaseEvent) -> str:
    """Return what was written about an entry: its note, or the result of an activity."""
    return event.note or event.detail("result")


def clock_text(clock: Clock, names: Naming, as_of: date) -> str:
    """Return one clock as a sentence: what, by when, whose move, days left or overdue."""
    parts = [
        names.deadline(clock.deadline),
        clock_state(clock, names, as_of),
        names.word("clocks.due", due_on=clock.due_on.isoformat()),
        names.code("actors", clock.actor),
        say_basis(
            clock.basis,
            names.rules,
            names.language,
            names.rules.deadline(clock.deadline).certainty,
        ),
    ]
    if not clock.holidays_known:
        parts.append(names.word("clocks.holidays_unknown"))
    return " · ".join(parts)


def clock_state(clock: Clock, names: Naming, as_of: date) -> str:
    """Return how a clock that runs stands: days left, overdue, or standing still."""
    days = clock.days_left(as_of)
    if clock.is_paused:
        return names.word("clocks.paused")
    if clock.is_overdue(as_of):
        return names.word("clocks.overdue", days=-days)
    return names.word("clocks.left", days=days) if days >= 0 else names.word("clocks.ended")


def _running(case: Case, names: Naming, as_of: date, known_at: datetime | None) -> Iterator[str]:
    for clock in clocks(case, names.rules, as_of, known_at):
        if clock.done_on is None:
            mark = "late" if clock.is_overdue(as_of) else "fact"
            yield f'<li class="{mark}">{escape(clock_text(clock, names, as_of))}</li>'


def _with_note(title: str, note: str) -> str:
    return f"{title} — {note}" if note else title
