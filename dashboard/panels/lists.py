"""The lists behind the figures: offices, cases and hazards; each tells what was picked."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.indicator_row import figure
from dashboard.session import widget
from layers.indicators import Indicator
from layers.situation import Situation

TABLE_HEIGHT_PX = 300
DATES = ("found_on", "rectified_on", "verified_on", "relapsed_on")
ROW_HEIGHT_PX = 36
OFFICE_FIGURES: Mapping[str, str] = {
    "hazards": "hazards_found",
    "verified": "hazards_verified",
    "cases": "",
    "open": "cases_open",
    "overdue": "cases_overdue",
}
"""The figures of an office, and the indicator whose list each opens ("" for all its cases)."""


def show_offices(counts: pd.DataFrame, names: Naming, on_pick: Callable[[str, str], None]) -> None:
    """Show the offices with their counts, in administrative order.

    A figure that is clicked tells its office and the indicator whose list it opens.
    """
    headings = {name: names.word(f"offices.{name}") for name in ("office", *OFFICE_FIGURES)}
    table = counts.assign(office=[names.office(office) for office in counts.index])
    helps = {headings[name]: names.word(f"offices.{name}_help") for name in OFFICE_FIGURES}
    columns = {text: name for name, text in headings.items()}
    key = f"offices-{names.language}"

    def tell() -> None:
        for row, heading in widget(key)["selection"]["cells"]:
            on_pick(str(counts.index[row]), OFFICE_FIGURES.get(columns[heading], ""))

    st.dataframe(
        table[list(headings)].rename(columns=headings).reset_index(drop=True),
        key=key,
        hide_index=True,
        height="content",
        on_select=tell,
        selection_mode="single-cell",
        column_config={name: st.column_config.Column(help=text) for name, text in helps.items()},
    )
    st.caption(names.word("offices.order"))
    _show_offices_without_outline(names)


def show_list_title(
    indicator: Indicator | None,
    situation: Situation,
    names: Naming,
    on_close: Callable[[str], None],
) -> None:
    """Show what the list below holds, how it is defined, and a button that closes it."""
    if indicator is None:
        st.markdown(f"**{names.word('lists.all_cases', count=len(situation.cases))}**")
        return
    title, close = st.columns([0.86, 0.14], vertical_alignment="center")
    name = names.word(f"indicators.{indicator.id}.title")
    title.markdown(
        f"**{names.word('lists.behind', name=name, figure=figure(indicator))}**  \n"
        f":small[{names.word(f'indicators.{indicator.id}.definition')}]"
    )
    close.button(
        names.word("lists.close"),
        key="close-list",
        icon=":material/close:",
        on_click=on_close,
        args=(indicator.id,),
    )


def show_cases(
    cases: pd.DataFrame,
    names: Naming,
    on_pick: Callable[[str], None],
    counted: Sequence[str] | None = None,
) -> None:
    """Show cases as a table that tells the id of a case picked.

    With `counted`, a column says which cases are in the numerator of a rate.
    """
    if cases.empty:
        st.info(names.word("lists.no_cases"), icon=":material/filter_alt:")
        return
    order = {office: place for place, office in enumerate(names.city.jurisdiction_ids)}
    cases = cases.sort_values("jurisdiction", key=lambda ids: ids.map(order), kind="stable")
    table = _case_table(cases, names)
    _show_table(_with_ticks(table, cases.index, counted, names), cases.index, "cases", on_pick)


def show_hazards(
    features: pd.DataFrame,
    names: Naming,
    on_pick: Callable[[str], None],
    counted: Sequence[str] | None = None,
) -> None:
    """Show hazards as a table that tells the reference of a hazard picked."""
    if features.empty:
        st.info(names.word("lists.no_hazards"), icon=":material/filter_alt:")
        return
    table, refs = _hazard_table(features, names), pd.Index(features["ref"])
    _show_table(_with_ticks(table, refs, counted, names), refs, "hazards", on_pick)


def _show_offices_without_outline(names: Naming) -> None:
    for office in names.city.jurisdictions:
        if office.note is not None:
            with st.expander(names.word("offices.about", office=names.title(office.short))):
                st.caption(names.title(office.note))


def _case_table(cases: pd.DataFrame, names: Naming) -> pd.DataFrame:
    late = {True: names.word("lists.late"), False: ""}
    return _headed(
        {
            "case": cases.index,
            "title": cases[f"title_{names.language}"],
            "office": cases["jurisdiction"].map(names.office),
            "stage": cases["stage"].map(names.stage),
            "group": cases["group"].map(names.group),
            "overdue": cases["is_overdue"].map(late),
            "next": cases["next_deadline"].map(names.deadline),
            "due_on": cases["next_due_on"].map(_day),
            "actor": [names.code("actors", one) for one in cases["next_actor"]],
            "field": [names.code("fields", one) for one in cases["field"]],
            "filed_on": cases["filed_on"].map(_day),
            "hazards": cases["hazards"],
            "nature": cases["is_demonstration"].map(_natures(names)),
        },
        names,
    )


def _hazard_table(features: pd.DataFrame, names: Naming) -> pd.DataFrame:
    pairs = zip(features["layer"], features["hazard_kinds"], strict=True)
    return _headed(
        {
            "hazard": features["id"],
            "name": features["name"],
            "layer": [names.title(names.layer(one).title) for one in features["layer"]],
            "office": features["jurisdiction"].map(names.office),
            "township": features["township"],
            "kinds": ["、".join(names.hazard_kinds(layer, codes)) for layer, codes in pairs],
            "group": features["group"].map(names.group),
            **{name: features[name].map(_day) for name in DATES},
            "cases": features["case_ids"].str.replace(";", "、"),
            "nature": features["is_demonstration"].map(_natures(names)),
        },
        names,
    )


def _day(day: object) -> str:
    return day.isoformat() if isinstance(day, date) and day is not pd.NaT else "—"


def _natures(names: Naming) -> dict[bool, str]:
    return {True: names.word("frame.demonstration_short"), False: names.word("lists.real")}


def _headed(columns: Mapping[str, Any], names: Naming) -> pd.DataFrame:
    table = pd.DataFrame({name: list(values) for name, values in columns.items()})
    return table.rename(columns=lambda name: names.word(f"lists.{name}"))


def _with_ticks(
    table: pd.DataFrame, ids: pd.Index, counted: Sequence[str] | None, names: Naming
) -> pd.DataFrame:
    if counted is not None:
        ticks = ["✓" if inside else "—" for inside in ids.isin(list(counted))]
        table.insert(0, names.word("lists.counted"), ticks)
    return table


def _show_table(
    table: pd.DataFrame, ids: pd.Index, kind: str, on_pick: Callable[[str], None]
) -> None:
    # The rows are part of the key: a selection made in one list means nothing in another.
    key = f"{kind}-{hash(tuple(ids))}"

    def tell() -> None:
        for row in widget(key)["selection"]["rows"]:
            on_pick(str(ids[row]))

    st.dataframe(
        table,
        key=key,
        hide_index=True,
        height=min(TABLE_HEIGHT_PX, ROW_HEIGHT_PX * (len(table) + 1)),
        on_select=tell,
        selection_mode="single-row",
    )
