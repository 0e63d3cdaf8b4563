"""The list of findings: which are looked at, each with what was decided, and files of them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.findings.files import MIMES, file_name, make_csv, make_xlsx
from dashboard.panels.findings.words import (
    SEVERITY_SIGNS,
    STATE_SIGNS,
    say_name,
    say_outcome,
    say_severity,
    say_state,
)
from dashboard.session import set_widget, widget
from dashboard.view import View
from layers.dossier import FILTERS, STATES, Dossier, Standing, fits
from layers.imprint import Imprint
from layers.rule import SEVERITIES, Rule

PARTS = ("list", "models")
MOST_ROWS = 1000
TABLE_PX, ROW_PX = 290, 36
ALWAYS = 5
"""How many of the filters stand there whatever they count: all, and the four states."""


def show_findings_choice(
    part: str,
    view: View,
    rules: Mapping[str, Rule],
    names: Naming,
    *,
    on_part: Callable[[str], None],
    on_filter: Callable[[str, Sequence[str], Sequence[str], str], None],
) -> None:
    """Show which part is open and which findings are looked at; each tells what was picked."""
    parts, model, severity, offices = st.columns([1.25, 1.9, 1.5, 1.7])
    set_widget("findings-part", part)
    parts.segmented_control(
        names.word("findings.parts"),
        PARTS,
        format_func=lambda one: names.word(f"findings.part.{one}"),
        key="findings-part",
        label_visibility="collapsed",
        on_change=lambda: on_part(widget("findings-part") or part),
    )
    titles = {one: names.title(rule.title) for one, rule in rules.items()}

    def tell() -> None:
        on_filter(
            widget("findings-model") or "",
            widget("findings-severity") or (),
            widget("findings-offices") or (),
            view.standing,
        )

    set_widget("findings-model", view.model or None)
    model.selectbox(
        names.word("findings.model"),
        list(rules),
        format_func=lambda one: titles.get(one, one),
        key="findings-model",
        placeholder=names.word("findings.all_models"),
        label_visibility="collapsed",
        on_change=tell,
    )
    if part != "list":
        return
    set_widget("findings-severity", [one for one in SEVERITIES if one in view.severities])
    severity.multiselect(
        names.word("findings.severity"),
        list(SEVERITIES),
        format_func=lambda one: f"{SEVERITY_SIGNS[one]} {names.title(SEVERITIES[one])}",
        key="findings-severity",
        placeholder=names.word("findings.all_severities"),
        label_visibility="collapsed",
        on_change=tell,
    )
    chosen = view.scope.jurisdictions
    set_widget("findings-offices", [one for one in names.city.jurisdiction_ids if one in chosen])
    offices.multiselect(
        names.word("filters.jurisdictions"),
        names.city.jurisdiction_ids,
        format_func=names.office,
        key="findings-offices",
        placeholder=names.word("filters.jurisdictions"),
        label_visibility="collapsed",
        on_change=tell,
    )


def show_state_choice(
    found: Sequence[Standing],
    cases: pd.DataFrame,
    view: View,
    names: Naming,
    on_state: Callable[[str], None],
) -> None:
    """Show the states with their counts; each opens its list."""
    labels = {}
    for place, one in enumerate(FILTERS):
        count = sum(fits(each, one, cases) for each in found)
        if count or place < ALWAYS or one == view.standing:
            sign = f"{STATE_SIGNS[one]} " if one in STATES else ""
            word = names.word(f"findings.filter.{one or 'all'}")
            labels[one] = f"{sign}{word} {count}"
    set_widget("findings-state", view.standing)
    st.segmented_control(
        names.word("findings.states"),
        list(labels),
        format_func=lambda one: labels.get(one, one),
        key="findings-state",
        label_visibility="collapsed",
        on_change=lambda: on_state(widget("findings-state") or ""),
    )


def show_findings(
    found: Sequence[Standing],
    rules: Mapping[str, Rule],
    names: Naming,
    on_pick: Callable[[Sequence[str]], None],
    *,
    number: int,
    picked: Sequence[str],
) -> None:
    """Show findings as a table that tells which rows are ticked; those picked are at first.

    Another `number` begins it anew.
    """
    shown = found[:MOST_ROWS]
    ids = [one.finding.id for one in shown]
    # The rows are part of the key: rows ticked in one list mean nothing in another.
    key = f"findings-{names.language}-{number}-{hash(tuple(ids))}"
    table = pd.DataFrame(
        {
            "severity": [say_severity(one.finding.severity, names) for one in shown],
            "name": [say_name(one) for one in shown],
            "office": [names.office(one.finding.jurisdiction) for one in shown],
            "township": [one.finding.township for one in shown],
            "outcome": [say_outcome(one, rules[one.finding.rule], names) for one in shown],
            "state": [say_state(one, names) for one in shown],
            "model": [names.title(rules[one.finding.rule].title) for one in shown],
        }
    )
    st.dataframe(
        table.rename(columns=lambda name: names.word(f"findings.column.{name}")),
        key=key,
        hide_index=True,
        height=min(TABLE_PX, ROW_PX * (len(shown) + 1)),
        on_select=lambda: on_pick([ids[row] for row in widget(key)["selection"]["rows"]]),
        selection_mode="multi-row",
        selection_default={
            "selection": {"rows": [place for place, one in enumerate(ids) if one in picked]}
        },
        column_config={
            names.word("findings.column.outcome"): st.column_config.Column(width="medium"),
        },
    )
    if len(found) > MOST_ROWS:
        st.caption(names.word("overdue.cut", shown=MOST_ROWS, count=len(found)))


def show_area_filter(names: Naming, on_clear: Callable[[], None]) -> None:
    """Say that only a drawn area is looked at, with a button that ends it."""
    st.button(
        f"{names.word('filters.within')} · {names.word('filters.clear')}",
        key="findings-within",
        icon=":material/filter_alt_off:",
        type="tertiary",
        on_click=on_clear,
    )


def show_nothing_found(
    dossiers: Mapping[str, Dossier],
    view: View,
    names: Naming,
    on_models: Callable[[str], None],
    on_clear: Callable[[], None],
) -> None:
    """Say why the list is empty, and what to do: no run, lists lacking, filters, nothing found."""
    asked = [one for rule, one in dossiers.items() if view.model in {"", rule}]
    if any(one.findings for one in asked):
        st.info(names.word("findings.nothing.filtered"), icon=":material/filter_alt:")
        st.button(
            names.word("filters.clear"),
            key="findings-clear",
            icon=":material/filter_alt_off:",
            on_click=on_clear,
        )
        return
    reason = "none"
    if not any(one.runs for one in asked):
        reason = "no_run"
    elif any(one.run is None for one in asked):
        reason = "lacking"
    st.info(names.word(f"findings.nothing.{reason}"), icon=":material/rule:")
    st.button(
        names.word("findings.to_models"),
        key="findings-to-models",
        icon=":material/arrow_forward:",
        on_click=lambda: on_models("models"),
    )


def show_finding_files(
    found: Sequence[Standing],
    dossiers: Mapping[str, Dossier],
    rules: Mapping[str, Rule],
    names: Naming,
    imprint: Imprint,
) -> None:
    """Show the buttons that take the list along, as a workbook and as comma-separated values."""
    makers = {"xlsx": partial(make_xlsx, found, dossiers, rules, names, imprint),
              "csv": partial(make_csv, found, dossiers, rules, names)}  # fmt: skip
    for place, (form, make) in zip(st.columns([1, 1, 2]), makers.items(), strict=False):
        place.download_button(
            names.word(f"overdue.download.{form}"),
            data=make,
            file_name=file_name(form, names, imprint),
            mime=MIMES[form],
            key=f"findings-{form}",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
            disabled=not found,
        )
