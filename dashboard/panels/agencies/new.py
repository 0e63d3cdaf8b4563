"""A new list for an agency: for which office, to whom, which hazards, by when; what goes out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import pandas as pd
import streamlit as st

from dashboard.actions.agencies import Made
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.cases.header import show_writer
from dashboard.session import set_widget, widget
from dashboard.text import say_error
from geodata import GeodataError
from layers.agency_lists import MOST_ITEMS, ListItem, Reminder
from layers.due_list import CLOCK_LISTS, DUE_LISTS
from layers.reply_form import ASKED, COLUMNS, TOLD

PARTS = ("lists", "new", "replies", "inspections")
OTHER = ""
SHOWN_PX, ROW_PX = 420, 36


def show_agency_parts(part: str, names: Naming, on_part: Callable[[str], None]) -> None:
    """Show the parts of the screen: lists, a new one, replies, joint inspections."""
    st.segmented_control(
        names.word("screens.agencies"),
        PARTS,
        default=part,
        required=True,
        format_func=lambda one: names.word(f"agencies.part.{one}"),
        key=f"agencies-part-{part}",
        label_visibility="collapsed",
        on_change=lambda: on_part(widget(f"agencies-part-{part}") or part),
    )


def show_whose_list(
    offices: Sequence[str],
    office: str,
    writer: str,
    names: Naming,
    *,
    on_office: Callable[[str], None],
    on_sign: Callable[[str], None],
) -> None:
    """Show which office a list or an inspection is of, and who makes it."""
    left, right = st.columns([0.5, 0.5], vertical_alignment="bottom")
    set_widget("agency-office", office)
    left.selectbox(
        names.word("agencies.office"),
        offices,
        format_func=names.office,
        key="agency-office",
        on_change=lambda: on_office(widget("agency-office")),
    )
    with right:
        show_writer(writer, names, on_sign)


def show_no_right(names: Naming) -> None:
    """Say that this visitor may not do this for any office."""
    st.info(names.word("agencies.no_right"), icon=":material/block:")


def ask_agency(known: Sequence[str], names: Naming, key: str) -> str:
    """Ask which agency a list is for: one that the record names, or another that is typed."""
    left, right = st.columns([0.5, 0.5], vertical_alignment="bottom")
    picked = left.selectbox(
        names.word("agencies.agency"),
        [*known, OTHER],
        format_func=lambda one: one or names.word("agencies.other_agency"),
        key=f"agency-known-{key}",
    )
    if picked:
        return str(picked)
    typed = right.text_input(
        names.word("agencies.agency_name"),
        key=f"agency-typed-{key}",
        max_chars=60,
        placeholder=names.word("agencies.agency_example"),
    )
    return (typed or "").strip()


def ask_source(sources: Mapping[str, Sequence[str]], names: Naming) -> str:
    """Ask where the hazards come from, with how many each list has; blank where there are none."""
    if not sources:
        st.info(names.word("agencies.no_hazards"), icon=":material/playlist_add:")
        return ""
    picked = st.selectbox(
        names.word("agencies.source"),
        list(sources),
        format_func=lambda one: f"{_source(one, names)} · {len(sources[one])}",
        key=f"agency-source-{'-'.join(sources)}",
        help=names.word("agencies.source_help"),
    )
    return str(picked)


def _source(name: str, names: Naming) -> str:
    if name in DUE_LISTS:
        title = names.word(f"overdue.list.{name}")
        return names.word("visits.source.due", title=title) if name in CLOCK_LISTS else title
    if name == "scope":
        return names.word("visits.source.scope")
    return names.word(f"agencies.sources.{name}")


def show_items(items: Sequence[ListItem], names: Naming, key: str) -> tuple[str, ...]:
    """Show what goes out of each hazard, all ticked at first; return those that stay ticked."""
    tick = names.word("agencies.tick")
    titles = {one.id: one.title for one in COLUMNS}
    rows = [{tick: True} | {titles[name]: one.told.get(name, "") for name in TOLD} for one in items]
    st.caption(names.word("agencies.goes_out", asked="、".join(titles[one] for one in ASKED)))
    edited = st.data_editor(
        pd.DataFrame(rows),
        key=f"agency-items-{key}",
        hide_index=True,
        height=min(SHOWN_PX, ROW_PX * (len(rows) + 1) + 2),
        disabled=[titles[name] for name in TOLD],
        column_config={tick: st.column_config.CheckboxColumn(tick, width="small")},
    )
    return tuple(
        one.ref for one, ticked in zip(items, edited[tick].tolist(), strict=True) if ticked
    )


def show_make(
    refs: Sequence[str],
    agency: str,
    first_day: date,
    writer: str,
    names: Naming,
    *,
    on_make: Callable[[Sequence[str], date, str], None],
) -> None:
    """Show the day that is wished, what the list is about, and the button that makes it."""
    day, about, button = st.columns([0.2, 0.45, 0.35], vertical_alignment="bottom")
    reply_by = day.date_input(
        names.word("agencies.reply_by"),
        first_day,
        format="YYYY-MM-DD",
        key="agency-reply-by",
        help=names.word("agencies.reply_by_help"),
    )
    subject = about.text_input(
        names.word("agencies.subject"),
        key="agency-subject",
        max_chars=60,
        placeholder=names.word("agencies.subject_example"),
    )
    off = None
    if not writer:
        off = names.word("visits.sign_first")
    elif not agency:
        off = names.word("agencies.lacks.agency")
    elif not refs:
        off = names.word("agencies.lacks.hazards")
    elif len(refs) > MOST_ITEMS:
        off = names.word("agencies.lacks.too_many", most=MOST_ITEMS)
    button.button(
        names.word("agencies.make", count=len(refs)),
        key="make-agency-list",
        type="primary",
        icon=":material/assignment_add:",
        width="stretch",
        disabled=bool(off),
        help=off,
        on_click=on_make,
        args=(refs, reply_by, subject or ""),
    )


def show_agency_answer(answer: object, names: Naming) -> None:
    """Show what became of something done with a list: made, asked again, or refused and why."""
    if isinstance(answer, Made):
        facts = {"number": answer.number, "count": answer.count}
        st.success(names.word("agencies.made", **facts), icon=":material/check:")
    elif isinstance(answer, Reminder):
        facts = {"number": answer.number, "count": len(answer.codes), "day": answer.reply_by}
        st.success(names.word("agencies.reminded", **facts), icon=":material/check:")
    elif isinstance(answer, GeodataError):
        st.error(plain(say_agency_error(answer, names)), icon=":material/report:")


def say_agency_error(error: GeodataError, names: Naming) -> str:
    """Return the sentence for an error on this screen: what lacks, and what to do."""
    lacks = error.facts.get("lacks")
    if lacks is None:
        return say_error(error, names.language)
    return names.word(
        f"agencies.lacks.{lacks}", most=error.facts.get("most"), items=error.facts.get("items")
    )
