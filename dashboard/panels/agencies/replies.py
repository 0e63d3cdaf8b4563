"""Replies come back: drop the file, see what is matched, decide item by item, write once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

from dashboard.desks.agencies import MOST_MB, ReplyChoice, ReplyDesk, RowSeen
from dashboard.naming import Naming
from dashboard.panels.agencies.lists import (
    say_decided,
    say_kind,
    say_reply,
    show_then_and_now,
)
from dashboard.panels.agencies.new import say_agency_error
from dashboard.panels.card import plain
from dashboard.panels.cases.entry_words import table
from dashboard.panels.cases.header import show_writer
from dashboard.panels.files_home import page_of, show_choice, show_drop, show_refused
from dashboard.panels.visits.return_words import NOTHING, say_name, say_value
from dashboard.session import widget
from geodata import Case, GeodataError
from geodata.errors import ItemsChanged
from layers.agency_lists import CHOICES, MUST_SAY_WHY, REPLY_KINDS, Choice, Reply, TakenFile
from layers.reply_form import COLUMNS, render_aside
from layers.reply_reading import BadRow, ReadReplies

MOST_ROWS = 10
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COURSE_SIGNS: Mapping[str, str] = {"new": "★", "same": "＝", "older": "◷"}

OnDecide = Callable[[RowSeen, Choice | None], None]
OnWhy = Callable[[RowSeen, str], None]
OnReword = Callable[[RowSeen, Reply], None]


def show_reply_part(
    desk: ReplyDesk,
    names: Naming,
    *,
    on_drop: Callable[[Sequence[tuple[str, bytes]]], None],
    on_pick: Callable[[str], None],
    on_away: Callable[[str], None],
    on_decide: OnDecide,
    on_why: OnWhy,
    on_reword: OnReword,
    on_all: Callable[[Sequence[RowSeen]], None],
    on_sign: Callable[[str], None],
    on_write: Callable[[ReplyDesk], None],
) -> None:
    """Show the part where replies come back, whole."""
    left, right = st.columns([0.34, 0.66])
    with left:
        show_drop(
            names.word("agencies.drop", limit=MOST_MB),
            names.word("agencies.drop_about"),
            MOST_MB,
            f"replies-{desk.number}",
            lambda files: on_drop([(file.name, file.getvalue()) for file in files]),
        )
        for one in desk.taken:
            if one.trouble is not None:
                said = f"{one.name}: {say_agency_error(one.trouble, names)}"
                show_refused(said, one.digest, names, "reply", on_away)
        if desk.picked is not None:
            labels = {one.digest: one.name for one in desk.taken if one.read is not None}
            show_choice(
                names.word("agencies.which_file", count=len(labels)),
                labels,
                desk.picked.digest,
                names,
                kind="reply",
                on_pick=on_pick,
                on_away=on_away,
            )
        if desk.picked is not None and desk.picked.read is not None:
            _show_file(desk, desk.picked.read, names)
            _show_write(desk, names, on_all=on_all, on_sign=on_sign, on_write=on_write)
            show_bad_rows(desk.picked.read.bad, desk.picked.name, names)
    with right:
        if desk.picked is None:
            st.info(names.word("agencies.replies_empty"), icon=":material/mark_email_read:")
        for row in _page_of(desk, names):
            _show_row(row, desk, names, on_decide=on_decide, on_why=on_why, on_reword=on_reword)


def _show_file(desk: ReplyDesk, read: ReadReplies, names: Naming) -> None:
    """Show what the file holds: matched, silent, said twice, kept aside; every row counts."""
    courses = [one.course for one in desk.rows]
    facts = {
        "new": courses.count("new"),
        "same": courses.count("same"),
        "older": courses.count("older"),
        "silent": len(read.silent),
        "bad": len(read.bad),
    }
    st.markdown(names.word("agencies.read", **facts))
    numbers = [one for one in read.numbers if one in {row.told.number for row in desk.rows}]
    if numbers:
        st.caption(names.word("agencies.read_lists", numbers=names.list_of(numbers)))
    if read.repeated:
        st.caption(names.word("agencies.read_repeated", count=len(read.repeated)))
    if read.unknown:
        heads = plain(names.list_of(read.unknown))
        st.caption(names.word("agencies.read_unknown", heads=heads))


def _show_write(
    desk: ReplyDesk,
    names: Naming,
    *,
    on_all: Callable[[Sequence[RowSeen]], None],
    on_sign: Callable[[str], None],
    on_write: Callable[[ReplyDesk], None],
) -> None:
    """Show who takes the replies, and the button that writes all that was decided."""
    if isinstance(desk.refusal, GeodataError):
        _show_refusal(desk.refusal, desk.cases, desk, names)
    if desk.written is not None:
        word = "agencies.written" if desk.written else "agencies.written_nothing"
        st.success(names.word(word, count=desk.written), icon=":material/check_circle:")
    show_writer(desk.writer, names, on_sign)
    if desk.undecided:
        st.button(
            names.word("agencies.take_rest", count=len(desk.undecided)),
            key=f"reply-all-{desk.series}",
            icon=":material/done_all:",
            width="stretch",
            on_click=on_all,
            args=(desk.undecided,),
        )
    off = _why_off(desk, names)
    st.button(
        names.word("agencies.write", count=len(desk.to_write)),
        key="reply-write",
        type="primary",
        icon=":material/save:",
        width="stretch",
        disabled=bool(off),
        help=off or None,
        on_click=on_write,
        args=(desk,),
    )
    st.caption(names.word("agencies.write_about"))


def _why_off(desk: ReplyDesk, names: Naming) -> str:
    if not desk.writer.strip():
        return names.word("visits.sign_first")
    if desk.undecided:
        return names.word("agencies.undecided", count=len(desk.undecided))
    has_bad = desk.picked is not None and desk.picked.read is not None and desk.picked.read.bad
    if not desk.to_write and not has_bad:
        return names.word("agencies.nothing_new")
    return ""


def _show_refusal(
    refusal: GeodataError, cases: Mapping[str, Case], desk: ReplyDesk, names: Naming
) -> None:
    """Show why nothing was written; of items that changed meanwhile, both versions."""
    st.error(plain(say_agency_error(refusal, names)), icon=":material/report:")
    changes = refusal.facts.get("changes", ())
    if not isinstance(refusal, ItemsChanged) or not isinstance(changes, tuple):
        return
    layers = {one.row.code: one.item.ref.partition(":")[0] for one in desk.rows}
    rows = [
        [escape(code), escape(_say_fact(name, names))]
        + [
            escape(_say_change(name, value, layers.get(code, ""), cases, names))
            for value in (shown, now)
        ]
        for code, name, shown, now in changes
    ]
    heads = [names.word(f"agencies.changed.{one}") for one in ("item", "fact", "shown", "now")]
    st.html(table(heads, rows))


def _say_fact(name: str, names: Naming) -> str:
    if name in {"decision", "list"}:
        return names.word(f"agencies.changed.{name}")
    return say_name(name, names)


def _say_change(name: str, value: str, layer: str, cases: Mapping[str, Case], names: Naming) -> str:
    if name == "decision":
        return names.word(f"agencies.choice.{value}") if value in CHOICES else NOTHING
    if not layer or not value:
        return value or NOTHING
    return say_value(name, value, layer, cases, names)


# -------------------------------------------------------------------------------- rows


def _page_of(desk: ReplyDesk, names: Naming) -> Sequence[RowSeen]:
    """Show which rows are looked at where there are many; return those, to be decided first."""
    order = {"new": 0, "older": 1, "same": 2}
    rows = sorted(desk.rows, key=lambda one: order[one.course])
    key = f"reply-page-{desk.picked.digest[:8] if desk.picked else ''}"
    return page_of(rows, MOST_ROWS, names.word("agencies.pages"), key)


def _show_row(
    row: RowSeen,
    desk: ReplyDesk,
    names: Naming,
    *,
    on_decide: OnDecide,
    on_why: OnWhy,
    on_reword: OnReword,
) -> None:
    """Show one reply beside what was known then and is known now, and ask what becomes of it."""
    with st.container(border=True):
        title = row.item.told.get("name") or row.item.ref
        course = f"{COURSE_SIGNS[row.course]} {names.word(f'agencies.course.{row.course}')}"
        st.markdown(f"**{plain(title)}** · {row.row.code} · {course}")
        st.markdown(f":material/reply: **{plain(say_reply(row.row.reply, names))}**")
        show_then_and_now(
            row.item.known, row.now, row.item.ref.partition(":")[0], desk.cases, names
        )
        _show_changed(row, names)
        for one in row.decisions:
            said = f"{say_decided(one, names)} · {say_reply(one.reply, names)}"
            st.caption(plain(f"{said}{f' · {one.why}' if one.why else ''}"))
        if row.course != "same":
            _ask(row, desk, names, on_decide=on_decide, on_why=on_why, on_reword=on_reword)


def _show_changed(row: RowSeen, names: Naming) -> None:
    """Say which cells of ours came back otherwise; nothing of ours is changed by that."""
    titles = {one.id: one.title for one in COLUMNS}
    for name, ours, theirs in row.row.changed:
        facts = {"name": titles[name], "ours": ours or NOTHING, "theirs": theirs}
        st.markdown(f":material/warning: {plain(names.word('agencies.cell_changed', **facts))}")


def _ask(
    row: RowSeen,
    desk: ReplyDesk,
    names: Naming,
    *,
    on_decide: OnDecide,
    on_why: OnWhy,
    on_reword: OnReword,
) -> None:
    chosen = desk.choice_of(row)
    slug = f"{_slug(row.key)}-{desk.series}"
    st.radio(
        names.word("agencies.decide"),
        CHOICES,
        index=CHOICES.index(chosen.choice) if chosen.choice else None,
        format_func=lambda one: names.word(f"agencies.choice.{one}"),
        captions=[names.word(f"agencies.choice_about.{one}") for one in CHOICES],
        horizontal=True,
        key=f"reply-choice-{slug}",
        label_visibility="collapsed",
        on_change=lambda: on_decide(row, widget(f"reply-choice-{slug}")),
    )
    if chosen.choice == "change":
        _ask_words(row, chosen, slug, names, on_reword)
    if chosen.choice in MUST_SAY_WHY:
        st.text_input(
            names.word("agencies.why"),
            chosen.why,
            key=f"reply-why-{slug}",
            max_chars=300,
            placeholder=names.word("agencies.why_example"),
            on_change=lambda: on_why(row, widget(f"reply-why-{slug}") or ""),
        )


def _ask_words(
    row: RowSeen, chosen: ReplyChoice, slug: str, names: Naming, on_reword: OnReword
) -> None:
    """Ask how a reply is to be taken instead; the words as they came stay on record."""
    reply = chosen.reply or row.row.reply
    keys = {name: f"reply-{name}-{slug}" for name in ("kind", "day", "measures", "remark")}

    def tell() -> None:
        on_reword(
            row,
            replace(
                reply,
                kind=widget(keys["kind"]),
                day=widget(keys["day"]),
                measures=widget(keys["measures"]) or "",
                remark=widget(keys["remark"]) or "",
            ),
        )

    kind, day, measures, remark = st.columns([0.2, 0.2, 0.35, 0.25])
    kind.selectbox(
        names.word("agencies.column.kind"),
        REPLY_KINDS,
        index=REPLY_KINDS.index(reply.kind),
        format_func=lambda one: say_kind(replace(reply, kind=one), names),
        key=keys["kind"],
        on_change=tell,
    )
    day.date_input(
        names.word("agencies.column.day"),
        reply.day,
        format="YYYY-MM-DD",
        key=keys["day"],
        on_change=tell,
    )
    measures.text_input(
        names.word("agencies.column.measures"),
        reply.measures,
        key=keys["measures"],
        on_change=tell,
    )
    remark.text_input(
        names.word("agencies.column.remark"), reply.remark, key=keys["remark"], on_change=tell
    )


# ------------------------------------------------------------------------- kept aside


def show_bad_rows(bad: Sequence[BadRow], name: str, names: Naming) -> None:
    """Show the rows that were kept aside, why, and the file to mend them in."""
    if not bad:
        return
    told = [{**one.told, "said": say_reasons(one.reasons, names)} for one in bad]
    with st.expander(names.word("agencies.bad", count=len(bad)), icon=":material/rule:"):
        heads = [names.word(f"agencies.bad_column.{one}") for one in ("row", "why", "cells")]
        rows = [
            [escape(f"{one.sheet} {one.row}"), escape(say_reasons(one.reasons, names)), _cells(one)]
            for one in bad
        ]
        st.html(table(heads, rows))
    _show_aside(told, name, names)


def show_kept_aside(files: Sequence[TakenFile], names: Naming) -> None:
    """Show the files that were taken of a list, with the rows that were kept aside of each."""
    for one in files:
        facts = {"name": one.name, "who": one.who, "rows": one.rows, "bad": len(one.bad)}
        st.caption(plain(names.word("agencies.taken_file", **facts)))
        told = [{**row, "said": say_reasons(row["reasons"], names)} for row in one.bad]
        if told:
            _show_aside(told, one.name, names, key=f"{one.number}-{one.sha256[:8]}")


def say_reasons(reasons: Sequence[str], names: Naming) -> str:
    """Return why a row was kept aside and what mends it."""
    return names.list_of(names.word(f"agencies.reason.{one}") for one in reasons)


def _show_aside(
    told: Sequence[Mapping[str, Any]], name: str, names: Naming, key: str = "now"
) -> None:
    stem = name.rpartition(".")[0] or name
    st.download_button(
        names.word("agencies.bad_download", count=len(told)),
        data=lambda: render_aside(told),
        file_name=names.word("agencies.bad_file", name=stem),
        mime=XLSX,
        key=f"reply-aside-{key}-{len(told)}",
        icon=":material/download:",
        on_click="ignore",
    )


def _cells(one: BadRow) -> str:
    return escape(" · ".join(f"{head} {text}" for head, text in one.cells if text))


def _slug(text: str) -> str:
    return "".join(one if one.isalnum() else "-" for one in text)
