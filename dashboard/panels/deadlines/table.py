"""The leaders' lists of what is due: which list, which rows, and a table that tells what was hit.

The same table goes to screen and into files; there days are days and numbers are numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.lists import ROW_HEIGHT_PX
from dashboard.session import set_widget, widget
from dashboard.view import CASE
from dashboard.words.law import say_basis
from geodata import RuleSet
from geodata.rule_set import UNSURE
from layers.due_list import CLOCK_LISTS, DUE_LISTS, STATES

TABLE_HEIGHT_PX = 396
MOST_ROWS = 1000
"""How many rows are shown; all of them are in the files."""

CLOCK_COLUMNS = (
    *("left", "deadline", "office", "case", "due_on", "notes"),
    *("started_on", "basis", "stage", "agency", "title"),
)
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "due_others": ("left", "actor", *CLOCK_COLUMNS[1:]),
    "replied_unverified": (
        *("days_since", "replied_on", "office", "case", "stage", "agency", "notes", "title"),
    ),
    "relapses": ("found_on", "office", "case", "stage", "agency", "notes", "title"),
    "near_old": (
        *("distance_m", "new_name", "found_on", "old_name", "since"),
        *("office", "case", "stage", "notes", "title"),
    ),
    "leads_waiting": (
        *("band", "age_days", "lead_on", "office", "case", "stage", "notes", "title"),
    ),
    "suspended": ("age_days", "since", "office", "case", "agency", "notes", "title"),
}
"""The columns of each list in order; those of deadlines have CLOCK_COLUMNS."""

SIGNS: Mapping[str, str] = {
    "overdue": "▲ ",
    "target_passed": "◇ ",
    "due_soon": "◆ ",
    "running": "",
    "paused": "‖ ",
    "ended": "— ",
}
"""What stands before the words of a state, so that it is seen without colour."""


def show_due_choice(
    counts: Mapping[str, int],
    late: Mapping[str, int],
    listed: str,
    names: Naming,
    on_pick: Callable[[str], None],
) -> None:
    """Show every list with its count, the deadlines by whose move it is; each opens its list."""
    for row, lists in (("whose", CLOCK_LISTS), ("more", DUE_LISTS[len(CLOCK_LISTS) :])):
        key = f"due-{row}"
        set_widget(key, listed if listed in lists else None)
        labels = {one: _list_label(one, counts[one], late.get(one, 0), names) for one in lists}
        st.segmented_control(
            names.word(f"overdue.{row}"),
            lists,
            format_func=labels.__getitem__,
            key=key,
            label_visibility="collapsed",
            on_change=lambda key=key: on_pick(widget(key) or listed),
        )


def show_due_filter(
    rows: pd.DataFrame,
    state: str,
    offices: Sequence[str],
    names: Naming,
    *,
    on_offices: Callable[[Sequence[str]], None],
    on_state: Callable[[str], None],
) -> None:
    """Show the offices in administrative order and, for deadlines, the states with their counts."""
    left, right = st.columns([0.3, 0.7])
    set_widget("due-offices", [one for one in names.city.jurisdiction_ids if one in offices])
    left.multiselect(
        names.word("filters.jurisdictions"),
        names.city.jurisdiction_ids,
        format_func=names.office,
        key="due-offices",
        placeholder=names.word("filters.jurisdictions"),
        label_visibility="collapsed",
        on_change=lambda: on_offices(widget("due-offices", ())),
    )
    if "state" not in rows:
        return
    counts = rows["state"].value_counts().to_dict()
    labels = {"": f"{names.word('overdue.all')} {len(rows)}"}
    for one in STATES:
        if one in counts:
            labels[one] = f"{SIGNS[one]}{names.word(f'overdue.state.{one}')} {counts[one]}"
    set_widget("due-state", state if state in labels else "")
    right.segmented_control(
        names.word("overdue.states"),
        list(labels),
        format_func=lambda one: labels.get(one, one),
        key="due-state",
        label_visibility="collapsed",
        on_change=lambda: on_state(widget("due-state") or ""),
    )


def show_due_rows(
    rows: pd.DataFrame,
    listed: str,
    names: Naming,
    rules: Mapping[str, RuleSet],
    on_pick: Callable[[str], None],
) -> None:
    """Show a list, which tells what a row is about: its case, or the hazard found near a place."""
    st.caption(names.word(f"overdue.about.{listed}"))
    if rows.empty:
        st.info(names.word("overdue.nothing"), icon=":material/event_available:")
        return
    shown = rows.head(MOST_ROWS)
    picks = [f"{CASE}:{one}" for one in shown["case"]]
    picks = list(shown["new_ref"]) if "new_ref" in shown else picks
    # The rows are part of the key: a row picked in one list means nothing in another.
    key = f"due-rows-{listed}-{hash(tuple(picks))}"

    def tell() -> None:
        for row in widget(key)["selection"]["rows"]:
            on_pick(picks[row])

    st.dataframe(
        tabulate_due(shown, listed, names, rules).map(_on_screen),
        key=key,
        hide_index=True,
        height=min(TABLE_HEIGHT_PX, ROW_HEIGHT_PX * (len(shown) + 1)),
        on_select=tell,
        selection_mode="single-row",
    )
    if len(rows) > MOST_ROWS:
        st.caption(names.word("overdue.cut", shown=MOST_ROWS, count=len(rows)))


def tabulate_due(
    rows: pd.DataFrame,
    listed: str,
    names: Naming,
    rules: Mapping[str, RuleSet],
    *,
    with_numbers: bool = False,
) -> pd.DataFrame:
    """Return a list in words, days as `date`; `with_numbers` adds the days left as a number."""
    columns = COLUMNS.get(listed, CLOCK_COLUMNS)
    if with_numbers and "days_left" in rows:
        columns = (columns[0], "days_left", *columns[1:])
    telling = _Telling(names, rules)
    told = [telling.row(row, columns) for row in rows.to_dict("records")]
    table = pd.DataFrame(told, columns=list(columns), dtype=object)
    return table.rename(columns=lambda name: names.word(f"overdue.column.{name}"))


@dataclass(frozen=True)
class _Telling:
    """How one row of a list is put into words, by the rule set of its own case."""

    names: Naming
    rules: Mapping[str, RuleSet]

    def row(self, row: Mapping[Any, Any], columns: Sequence[str]) -> tuple[object, ...]:
        words: dict[str, Callable[[Mapping[Any, Any]], object]] = {
            "left": self.left,
            "deadline": self.deadline,
            "actor": self.actor,
            "basis": self.basis,
            "stage": self.stage,
            "notes": self.notes,
            "office": lambda one: self.names.office(one["office"]),
            "title": lambda one: one[f"title_{self.names.language}"],
            "band": lambda one: self.band(one["band"]),
        }
        return tuple(words[name](row) if name in words else row[name] for name in columns)

    def left(self, row: Mapping[Any, Any]) -> str:
        state, days = row["state"], abs(row["days_left"])
        is_today = state == "due_soon" and days == 0
        word = "overdue.left.today" if is_today else f"overdue.left.{state}"
        return f"{SIGNS[state]}{self.names.word(word, days=days)}"

    def deadline(self, row: Mapping[Any, Any]) -> str:
        rules = self.rules[row["rule_set"]]
        title = self.names.title(rules.deadline(row["deadline"]).title)
        return f"◇ {title}" if row["is_internal_target"] else title

    def actor(self, row: Mapping[Any, Any]) -> str:
        known = self.rules[row["rule_set"]].codes["actors"]
        return self.names.title(known[row["actor"]]) if row["actor"] in known else "—"

    def basis(self, row: Mapping[Any, Any]) -> str:
        return say_basis(row["basis"], self.rules[row["rule_set"]], self.names.language)

    def stage(self, row: Mapping[Any, Any]) -> str:
        return self.names.title(self.rules[row["rule_set"]].stage(row["stage"]).title)

    def band(self, band: object) -> str:
        return self.names.word("overdue.band", band=band) if isinstance(band, str) else "—"

    def notes(self, row: Mapping[Any, Any]) -> str:
        """Return what must be known of a row: a target of ours, unsure law, invented data."""
        told = [
            (row.get("is_internal_target"), "overdue.internal"),
            (row.get("certainty") in UNSURE, "card.unconfirmed"),
            (row.get("holidays_known") is False, "clocks.holidays_unknown"),
            (row["is_demonstration"], "frame.demonstration_short"),
        ]
        return " · ".join(self.names.word(word) for applies, word in told if applies)


def _list_label(name: str, count: int, late: int, names: Naming) -> str:
    label = f"{names.word(f'overdue.list.{name}')} {count}"
    return f"{label} (▲{late})" if late else label


def _on_screen(value: object) -> object:
    """Return a cell as it is shown: days as YYYY-MM-DD, what is missing as a dash."""
    if value is None or value is pd.NaT or value is pd.NA:
        return "—"
    return value.isoformat() if isinstance(value, date) else value
