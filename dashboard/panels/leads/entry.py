"""Entering leads for an office: one from a hotline or a visitor by a form, many from a file."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import PurePath

import pandas as pd
import streamlit as st

from dashboard.actions.leads import Done, Entered, Filled
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.leads.report_form import SYSTEMS
from dashboard.panels.leads.words import say_kind, say_trouble
from dashboard.session import keep, kept, number_of, widget
from dashboard.text import say_error
from geodata import GeodataError
from geodata.problems import Problem
from layers.lead_file import COLUMNS, TicketFile
from layers.leads import MOST_CONTACT, VOLUNTEER
from layers.sheets import render_csv

HOTLINE = "hotline_12345"
ENDINGS = ["csv", "xlsx", "xls"]
MOST_LISTED, ROW_PX, LIST_PX, SHORT = 200, 36, 260, 60


def show_office_answer(answer: Done | GeodataError | None, names: Naming) -> None:
    """Show what became of what an office did with leads last."""
    if isinstance(answer, GeodataError):
        st.error(plain(say_trouble(answer, names)), icon=":material/block:")
    elif answer is not None:
        facts = {"lead": answer.lead, "case": answer.case, "count": answer.count}
        key = "decided_case" if answer.what == "decided" and answer.case else answer.what
        st.success(names.word(f"leads.done.{key}", **facts), icon=":material/check_circle:")


def show_source_fields(
    key: str, offices: Sequence[str], names: Naming, *, with_ticket: bool = True
) -> Callable[[], Entered]:
    """Show source, number and office of a lead that is entered; return what reads them."""
    sources = {
        one: title
        for one, title in names.titles(names.rules.codes["lead_sources"]).items()
        if one != VOLUNTEER
    }
    one, two, three = st.columns(3)
    one.selectbox(
        f"{names.word('leads.entry.source')} *",
        list(sources),
        index=list(sources).index(HOTLINE) if HOTLINE in sources else 0,
        format_func=lambda each: sources.get(each, each),
        key=f"{key}-source-{names.language}",
        help=names.word("leads.entry.source_help"),
    )
    if with_ticket:
        two.text_input(
            names.word("leads.entry.ticket"), key=f"{key}-ticket", max_chars=MOST_CONTACT
        )
    three.selectbox(
        f"{names.word('leads.entry.office')} *",
        offices,
        index=0,
        format_func=names.office,
        key=f"{key}-office-{names.language}",
    )

    def read() -> Entered:
        return Entered(
            source=str(widget(f"{key}-source-{names.language}") or ""),
            office=str(widget(f"{key}-office-{names.language}") or ""),
            ticket=str(widget(f"{key}-ticket") or ""),
            is_counted=bool(widget(f"{key}-counted")),
        )

    return read


def show_enter_button(
    key: str,
    read: tuple[Callable[[], Filled], Callable[[], Entered]],
    writer: str,
    names: Naming,
    on_enter: Callable[[Filled, Entered], None],
) -> None:
    """Show whether volunteers may learn that the lead is there, and the button that enters it."""
    st.checkbox(
        names.word("leads.entry.counted"),
        key=f"{key}-counted",
        help=names.word("leads.entry.counted_help"),
    )
    st.button(
        names.word("leads.entry.button"),
        key="lead-enter",
        type="primary",
        icon=":material/check:",
        disabled=not writer,
        help=None if writer else names.word("leads.sign_first"),
        on_click=lambda: on_enter(read[0](), read[1]()),
    )


def show_ticket_file(
    offices: Sequence[str],
    writer: str,
    names: Naming,
    *,
    on_read: Callable[[str, bytes, str], TicketFile],
    on_import: Callable[[TicketFile, Entered, str], None],
) -> None:
    """Show the way in for a file of tickets: what was understood, row by row, then the button."""
    key = f"tickets-{number_of('lead_form')}"
    st.caption(names.word("leads.file.about"))
    read_entered = show_source_fields(key, offices, names, with_ticket=False)
    sent = st.file_uploader(names.word("leads.file.choose"), type=ENDINGS, key=f"{key}-file")
    system = st.selectbox(
        names.word("leads.form.system"),
        SYSTEMS,
        index=None,
        format_func=lambda one: names.word(f"leads.form.systems.{SYSTEMS.index(one)}"),
        key=f"{key}-system-{names.language}",
        placeholder=names.word("leads.file.system_hint"),
    )
    if sent is None:
        return
    asked = (sent.file_id, system)
    before, tickets = kept("ticket_file", (None, None))
    if before != asked:
        try:
            tickets = on_read(sent.name, sent.getvalue(), system or SYSTEMS[0])
        except GeodataError as refused:
            st.error(say_error(refused, names.language), icon=":material/report:")
            return
        keep("ticket_file", (asked, tickets))
    _show_understood(tickets, names)
    is_unsaid = bool(tickets.with_place) and not system
    if is_unsaid:
        st.warning(names.word("leads.file.system_first"), icon=":material/explore:")
    st.button(
        names.word("leads.file.button", count=len(tickets.tickets)),
        key="tickets-import",
        type="primary",
        disabled=not (writer and tickets.tickets) or is_unsaid,
        help=None if writer else names.word("leads.sign_first"),
        on_click=lambda: on_import(tickets, read_entered(), system or SYSTEMS[0]),
    )


def _show_understood(tickets: TicketFile, names: Naming) -> None:
    good, bad = len(tickets.tickets), tickets.rows - len(tickets.tickets)
    facts = {"file": tickets.name, "rows": tickets.rows, "good": good, "bad": bad}
    st.markdown(f"**{plain(names.word('leads.file.understood', **facts))}**")
    if tickets.unused:
        unused = names.list_of(tickets.unused[:20])
        st.caption(plain(names.word("leads.file.unused", columns=unused)))
    if tickets.problems:
        wrong = [
            (
                one.row,
                say_column(one.column, names),
                one.value[:SHORT],
                say_wrong(one, names),
            )
            for one in tickets.problems[:MOST_LISTED]
        ]
        titles = [names.word(f"leads.file.{one}") for one in ("row", "column", "value", "reason")]
        _show_rows(pd.DataFrame(wrong, columns=titles), "ticket-problems")
    if len(tickets.held):
        st.download_button(
            names.word("leads.file.take_held", count=len(tickets.held)),
            data=partial(_held_rows, tickets, names),
            file_name=names.word("leads.file.held_name", name=PurePath(tickets.name).stem),
            mime="text/csv",
            key="tickets-held",
            icon=":material/download:",
            on_click="ignore",
        )
    rows = [
        (one.row, one.ticket, say_kind(one.kind, names), one.place, one.text)
        for one in tickets.tickets[:MOST_LISTED]
    ]
    titles = [
        names.word("leads.file.row"),
        names.word("leads.entry.ticket"),
        names.word("leads.column.kind"),
        names.word("leads.fact.place"),
        names.word("leads.form.text"),
    ]
    _show_rows(pd.DataFrame(rows, columns=titles), "tickets")


def say_column(column: str, names: Naming) -> str:
    """Return what a column of a file of tickets is called."""
    titles = {one.id: names.title(one.title) for one in COLUMNS}
    return titles.get(column) or names.word("leads.form.numbers")


def say_wrong(problem: Problem, names: Naming) -> str:
    """Return what is wrong with a row of a file of tickets; of a text, how long it may be."""
    if problem.column == "text" and problem.facts:
        return names.word("reasons.lead_text")
    return names.intake_words.say_reason(problem)


def _held_rows(tickets: TicketFile, names: Naming) -> bytes:
    """Return the rows that stay out as a file, each with what is wrong with it."""
    wrong: dict[int, list[str]] = {}
    for one in tickets.problems:
        said = f"{say_column(one.column, names)}: {say_wrong(one, names)}"
        wrong.setdefault(one.row, []).append(said)
    told = ["; ".join(wrong.get(int(row), ())) for row in tickets.held.index]
    return render_csv(tickets.held.assign(**{names.word("leads.file.reason"): told}))


def _show_rows(rows: pd.DataFrame, key: str) -> None:
    height = min(LIST_PX, ROW_PX * (len(rows) + 1))
    st.dataframe(rows, key=key, hide_index=True, height=height)
