"""A list of what is due, to take along: as calendar file, workbook or comma-separated values."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

import pandas as pd
import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.deadlines.table import tabulate_due
from geodata import RuleSet
from layers.calendar_file import Wishes, render_ics
from layers.imprint import Imprint
from layers.sheets import render_csv, render_xlsx

MIMES: Mapping[str, str] = {
    "ics": "text/calendar",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}
NO_ALARM = 0
ALARM_DAYS = (NO_ALARM, 1, 3, 7)


def show_due_downloads(
    rows: pd.DataFrame,
    listed: str,
    names: Naming,
    rules: Mapping[str, RuleSet],
    imprint: Imprint,
) -> None:
    """Show a button per form; a file is made when it is asked for, from the rows shown.

    The calendar is for deadlines alone; it names no party unless that is ticked.
    """
    is_dated = "state" in rows
    forms = list(MIMES) if is_dated else ["xlsx", "csv"]
    places = st.columns([1.0] * len(forms) + [1.2])
    wishes = Wishes()
    with places[-1]:
        if is_dated:
            with st.popover(names.word("overdue.calendar"), width="stretch"):
                wishes = _ask_wishes(names)
    makers = {
        "ics": partial(make_ics, rows, names, rules, imprint, wishes),
        "xlsx": partial(make_xlsx, rows, listed, names, rules, imprint),
        "csv": partial(make_csv, rows, listed, names, rules),
    }
    for place, form in zip(places, forms, strict=False):
        place.download_button(
            names.word(f"overdue.download.{form}"),
            data=makers[form],
            file_name=file_name(listed, form, names, imprint),
            mime=MIMES[form],
            key=f"due-{form}",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
            disabled=rows.empty,
        )


def file_name(listed: str, form: str, names: Naming, imprint: Imprint) -> str:
    """Return what a file is called: the list, the day, and whether its content is invented."""
    mark = f"_{names.word('frame.demonstration_short')}" if imprint.is_demonstration else ""
    what = names.word(f"overdue.list.{listed}").replace(" ", "-").replace(",", "")
    return names.word(
        "overdue.file", what=what, day=imprint.as_of.isoformat(), mark=mark, form=form
    )


def make_ics(
    rows: pd.DataFrame,
    names: Naming,
    rules: Mapping[str, RuleSet],
    imprint: Imprint,
    wishes: Wishes,
) -> bytes:
    """Return the running deadlines among the rows as a calendar file."""
    return render_ics(
        rows,
        rules,
        names.city,
        imprint,
        names.language,
        made_at=datetime.now(UTC),
        wishes=wishes,
    )


def make_xlsx(
    rows: pd.DataFrame,
    listed: str,
    names: Naming,
    rules: Mapping[str, RuleSet],
    imprint: Imprint,
) -> bytes:
    """Return the rows as a workbook, with what the list is and how it counts on its last sheet."""
    table = tabulate_due(rows, listed, names, rules, with_numbers=True)
    title = names.word(f"overdue.list.{listed}")
    notes = [(title, names.word(f"overdue.about.{listed}"))]
    return render_xlsx({title: table}, imprint, names.language, notes=notes)


def make_csv(rows: pd.DataFrame, listed: str, names: Naming, rules: Mapping[str, RuleSet]) -> bytes:
    """Return the rows as comma-separated values."""
    return render_csv(tabulate_due(rows, listed, names, rules, with_numbers=True))


def _ask_wishes(names: Naming) -> Wishes:
    st.caption(names.word("overdue.calendar_about"))
    parties = st.checkbox(names.word("overdue.with_parties"), key="due-parties")
    alarm = st.selectbox(
        names.word("overdue.alarm"),
        ALARM_DAYS,
        format_func=lambda one: (
            names.word("overdue.alarm_days", days=one) if one else names.word("overdue.no_alarm")
        ),
        key="due-alarm",
    )
    return Wishes(with_parties=parties, alarm_days=alarm or None)
