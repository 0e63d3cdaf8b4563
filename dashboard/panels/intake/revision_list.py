"""Every write to the layers: who, when, from which file; what it changed, and taking it back."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard.naming import Naming
from dashboard.session import is_signed_in, widget
from dashboard.text import say_error
from geodata import GeodataError
from geodata.errors import UnknownLayer
from geodata.lifecycle import OFFICE_TIME
from geodata.revisions import Revision
from layers.catalog import find_table
from layers.rule import SourceList

LIST_PX, ROW_PX, CHANGES_PX = 430, 36, 300
MOST_LISTED, MOST_LETTERS = 500, 60


def show_revisions(
    revisions: Sequence[Revision], names: Naming, on_pick: Callable[[str], None]
) -> None:
    """Show the writes to all layers, the newest first, as a table that tells which was picked."""
    st.markdown(f"**{names.word('intake.revisions.heading', count=len(revisions))}**")
    st.caption(names.word("intake.revisions.about"))
    newest_first = list(reversed(revisions))
    lines = [_line(one, names) for one in newest_first]
    key = f"revisions-{names.language}-{len(revisions)}"

    def tell() -> None:
        for row in widget(key)["selection"]["rows"]:
            on_pick(newest_first[row].id)

    st.dataframe(
        pd.DataFrame(lines),
        key=key,
        hide_index=True,
        height=min(LIST_PX, ROW_PX * (len(lines) + 1)),
        on_select=tell,
        selection_mode="single-row",
    )


def _line(one: Revision, names: Naming) -> dict[str, object]:
    told: dict[str, object] = {
        "id": one.id,
        "when": _when(one),
        "layer": names.table(one.layer),
        "source": _source(one, names),
        "who": one.note.who or "—",
        "added": one.added,
        "changed": one.changed,
        "closed": one.closed,
        "why": one.note.why or "—",
    }
    return {names.word(f"intake.revisions.{name}"): value for name, value in told.items()}


def _source(one: Revision, names: Naming) -> str:
    if one.takes_back:
        return names.word("intake.revisions.takes_back", revision=one.takes_back)
    return one.note.source_name or "—"


def _when(one: Revision) -> str:
    return one.note.recorded_at.astimezone(OFFICE_TIME).strftime("%Y-%m-%d %H:%M")


def show_changes(revision: Revision, changes: pd.DataFrame, names: Naming) -> None:
    """Show what one write did: how it was understood, and each row before and after.

    `changes` bear the columns of `geodata.revisions.compare`, and `name`.
    """
    facts = {"revision": revision.id, "layer": names.table(revision.layer)}
    st.markdown(f"**{names.word('intake.revisions.one', **facts)}**")
    st.caption(" · ".join(_facts(revision, names)))
    if _holds_persons(revision.layer):
        st.info(names.word("intake.revisions.persons"), icon=":material/visibility_off:")
        return
    if changes.empty:
        st.info(names.word("intake.revisions.still"), icon=":material/drag_handle:")
        return
    titles = _column_titles(revision.layer, names)
    shown = changes.head(MOST_LISTED)
    table = {
        "row": shown["id"].tolist(),
        "name": shown["name"].tolist(),
        "change": [names.word(f"intake.revisions.{one}") for one in shown["change"]],
        "cells": [
            _cells(before, after, titles)
            for before, after in zip(shown["before"], shown["after"], strict=True)
        ],
    }
    st.dataframe(
        pd.DataFrame(
            {names.word(f"intake.revisions.{one}"): cells for one, cells in table.items()}
        ),
        key=f"changes-{revision.id}-{names.language}",
        hide_index=True,
        height=min(CHANGES_PX, ROW_PX * (len(shown) + 1)),
    )
    if len(changes) > MOST_LISTED:
        counts = {"shown": f"{MOST_LISTED:,}", "count": f"{len(changes):,}"}
        st.caption(names.word("intake.check.more_rows", **counts))


def _facts(revision: Revision, names: Naming) -> list[str]:
    note = revision.note
    pairs = ", ".join(f"{column} → {target}" for column, target in note.mapping)
    systems = [names.system(one) for one in note.system.split("; ") if one]
    told = {
        "system": names.list_of(systems),
        "mapping": pairs,
        "sha256": note.source_sha256[:16],
    }
    facts = [
        names.word(f"intake.revisions.{key}", value=value) for key, value in told.items() if value
    ]
    return facts or [_when(revision)]


def _holds_persons(table_id: str) -> bool:
    """Return whether a list holds persons, whose rows nobody is shown."""
    try:
        table = find_table(table_id)
    except UnknownLayer:
        return False
    return isinstance(table, SourceList) and table.is_personal


def _column_titles(layer_id: str, names: Naming) -> Mapping[str, str]:
    try:
        schema = find_table(layer_id).schema
    except UnknownLayer:
        return {}
    titles = {one.id: names.title(one.title) for one in schema.columns}
    return titles | {"geometry": names.word("intake.revisions.place")}


def _cells(
    before: Mapping[str, object], after: Mapping[str, object], titles: Mapping[str, str]
) -> str:
    return "; ".join(
        f"{titles.get(name, name)} {_short(before[name])} → {_short(after[name])}"
        for name in before
    )


def _short(value: object) -> str:
    text = "∅" if value is None or value == "" else str(value)
    return f"{text[:MOST_LETTERS]}…" if len(text) > MOST_LETTERS else text


def show_take_back(
    revision: Revision,
    writer: str,
    names: Naming,
    *,
    on_sign: Callable[[str], None],
    on_take_back: Callable[[str, str], None],
) -> None:
    """Show who takes a write back and why, and the button; nothing is erased by it."""
    left, middle, right = st.columns([0.24, 0.4, 0.36], vertical_alignment="bottom")
    left.text_input(
        f"{names.word('intake.revisions.taker')} *",
        value=writer,
        key="revision-writer",
        max_chars=40,
        disabled=is_signed_in(),
        on_change=lambda: on_sign(widget("revision-writer", "")),
    )
    why = f"revision-why-{revision.id}"
    middle.text_input(
        f"{names.word('intake.revisions.reason')} *",
        key=why,
        max_chars=200,
        placeholder=names.word("intake.revisions.reason_hint"),
    )
    said = str(widget(why) or "").strip()
    right.button(
        names.word("intake.revisions.take_back", revision=revision.id),
        key="revision-take-back",
        icon=":material/undo:",
        width="stretch",
        disabled=not (writer and said),
        on_click=lambda: on_take_back(revision.id, said),
    )
    st.caption(names.word("intake.revisions.take_back_about"))


def show_taken_back(outcome: Revision | GeodataError | None, names: Naming) -> None:
    """Show what became of the last wish to take a write back."""
    if isinstance(outcome, GeodataError):
        st.error(say_error(outcome, names.language), icon=":material/block:")
    elif outcome is not None:
        facts = {"taken": outcome.takes_back, "revision": outcome.id}
        st.success(names.word("intake.revisions.done", **facts), icon=":material/check_circle:")
