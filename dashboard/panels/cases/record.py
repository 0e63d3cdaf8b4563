"""The record of a case: every entry with who made it and when, and how one is put right."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from dashboard.draft import Around
from dashboard.naming import Naming
from dashboard.panels.cases.entry_words import law_of, title_of, words_of_entry
from dashboard.panels.cases.moves import Form, OnEnter, show_day, show_form
from dashboard.session import widget
from geodata import Case
from geodata.case_file import LATE_AFTER_DAYS, Line, history_of
from geodata.lifecycle import OFFICE_TIME, WITHDRAWN

TABLE_HEIGHT_PX = 300
WAYS = ("correct", "withdraw")


def show_record(case: Case, names: Naming, around: Around, on_enter: OnEnter) -> None:
    """Show every entry in the order in which things happened, and the form that puts one right."""
    lines = history_of(case, around.known_at)
    if not lines:
        st.caption(names.word("case_file.record.empty"))
        return
    ordered = sorted(lines, key=lambda one: (one.event.occurred_on, one.number))
    rows = [_row(one, case, names, around) for one in ordered]
    wide = {names.word("case_file.record.content"): st.column_config.Column(width="medium")}
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=TABLE_HEIGHT_PX,
        key="record",
        column_config=wide,
    )
    st.caption(names.word("case_file.record.about", days=LATE_AFTER_DAYS))
    _show_correction(
        case, {one.number: one for one in ordered if one.counts}, names, around, on_enter
    )


def _show_correction(
    case: Case, lines: Mapping[int, Line], names: Naming, around: Around, on_enter: OnEnter
) -> None:
    which, how = st.columns([0.68, 0.32], vertical_alignment="bottom")
    number = which.selectbox(
        names.word("case_file.record.pick"),
        list(lines),
        index=None,
        format_func=lambda one: _label(lines[one], names),
        key=f"pick-{case.id}-{case.revision}",
        placeholder=names.word("case_file.moves.choose"),
    )
    how.segmented_control(
        names.word("case_file.record.how"),
        WAYS,
        default=WAYS[0],
        required=True,
        format_func=lambda one: names.word(f"case_file.record.{one}"),
        key="correction",
        label_visibility="collapsed",
    )
    if number is None:
        return
    event = lines[number].event
    if widget("correction") == "withdraw":
        fact = names.rules.kind(WITHDRAWN)
        show_form(
            Form(case, fact, event.occurred_on, "withdraw", names, around, corrects=number),
            on_enter,
        )
        return
    place = f"correct-{case.id}-{number}"
    on = show_day(place, names, around, event.occurred_on)
    fact = names.rules.kind(event.kind)
    form = Form(case, fact, on, "correct", names, around, event, number, day_from=place)
    show_form(form, on_enter)


def _label(line: Line, names: Naming) -> str:
    return f"#{line.number} {line.event.occurred_on} {title_of(line.event.kind, names)}"


def _row(line: Line, case: Case, names: Naming, around: Around) -> dict[str, object]:
    event = line.event
    columns = {
        "number": line.number,
        "occurred_on": event.occurred_on.isoformat(),
        "kind": title_of(event.kind, names),
        "content": words_of_entry(event, case, names, around),
        "standing": _standing(line, names, around),
        "recorded_at": event.recorded_at.astimezone(OFFICE_TIME).strftime("%Y-%m-%d %H:%M"),
        "recorded_by": event.recorded_by,
        "document": event.document,
        "law": law_of(names.rules.kind(event.kind), names),
    }
    return {names.word(f"case_file.record.{name}"): value for name, value in columns.items()}


def _standing(line: Line, names: Naming, around: Around) -> str:
    parts = []
    if line.is_taken_back:
        parts.append(names.word("case_file.record.taken_back", number=line.replaced_by))
    elif line.replaced_by is not None:
        parts.append(names.word("case_file.record.replaced", number=line.replaced_by))
    if line.corrects is not None:
        parts.append(names.word("case_file.record.corrects", number=line.corrects))
    if line.is_late:
        parts.append(names.word("case_file.record.late", days=line.days_late))
    if line.event.occurred_on > around.as_of:
        parts.append(names.word("case_file.record.later", day=around.as_of.isoformat()))
    between = "；" if names.language == "zh" else "; "
    return between.join(parts) or names.word("case_file.record.in_effect")
