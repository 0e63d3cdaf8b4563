"""The lists behind the figures: offices, cases and hazards; each tells what was picked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.figures.indicator_row import figure
from dashboard.reads import PAGE, DataState, Listed
from dashboard.session import widget
from layers.indicators import Indicator
from layers.sheets import render_csv
from layers.situation import Situation

TABLE_HEIGHT_PX = 300
DATES = ("found_on", "rectified_on", "verified_on", "relapsed_on")
ROW_HEIGHT_PX = 36
MOST_ROWS = 1000
"""How many cases of a list are shown; filters show others, the case files take all out."""
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
        _lean(table[list(headings)].rename(columns=headings)),
        key=key,
        hide_index=True,
        height="content",
        on_select=tell,
        selection_mode="single-cell",
        column_config={
            name: st.column_config.NumberColumn(help=text, format="localized")
            for name, text in helps.items()
        },
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
    ordered = cases.sort_values("jurisdiction", key=lambda ids: ids.map(order), kind="stable")
    shown = ordered.head(MOST_ROWS)
    table = _case_table(shown, names)
    _show_table(_with_ticks(table, shown.index, counted, names), shown.index, "cases", on_pick)
    if len(cases) > MOST_ROWS:
        st.caption(names.word("lists.cut", shown=MOST_ROWS, count=len(cases)))


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


def show_pages(
    page: Listed,
    names: Naming,
    state: DataState,
    on_turn: Callable[[int], None],
    whole: Callable[[], Iterator[pd.DataFrame]],
) -> None:
    """Show which part of the features of large layers the list above holds, and the way to more.

    `whole` yields all of them; it is asked for only by whoever takes the file.
    """
    if not page.crowd:
        return
    said, back, on, take = st.columns([0.5, 0.14, 0.14, 0.22], vertical_alignment="center")
    last = page.first + page.shown
    facts = {"crowd": f"{page.crowd:,}", "first": f"{page.first + 1:,}", "last": f"{last:,}"}
    said.caption(names.word("lists.crowd", **facts))
    turns = (("back", back, page.first - PAGE, page.first > 0), ("on", on, last, last < page.crowd))
    for name, column, first, is_possible in turns:
        column.button(
            names.word(f"lists.{name}"),
            key=f"list-{name}",
            disabled=not is_possible,
            width="stretch",
            on_click=on_turn,
            args=(first,),
        )
    take.download_button(
        names.word("lists.take_all"),
        data=lambda: _csv_of(whole(), names),
        file_name=names.word("lists.file", day=state.as_of.isoformat(), revision=state.revision),
        mime="text/csv",
        key="list-take",
        help=names.word("lists.take_all_help", crowd=facts["crowd"]),
        width="stretch",
        on_click="ignore",
    )


def _csv_of(parts: Iterator[pd.DataFrame], names: Naming) -> bytes:
    """Return the parts of a list as one file, its head once."""
    told = [render_csv(_hazard_table(part, names)) for part in parts if len(part)]
    heads = [one.find(b"\n") + 1 for one in told]
    return b"".join(
        one if n == 0 else one[head:] for n, (one, head) in enumerate(zip(told, heads, strict=True))
    )


def _show_offices_without_outline(names: Naming) -> None:
    for office in names.city.jurisdictions:
        if office.note is not None:
            with st.expander(names.word("offices.about", office=names.title(office.short))):
                st.caption(names.title(office.note))


def _case_table(cases: pd.DataFrame, names: Naming) -> pd.DataFrame:
    late = {True: names.word("lists.late"), False: ""}
    own = {one: names.under(one) for one in cases["rule_set"].unique()}
    laws = [own[one] for one in cases["rule_set"]]
    pairs = {
        name: list(zip(laws, cases[name], strict=True))
        for name in ("stage", "group", "next_deadline", "next_actor", "field")
    }
    return _headed(
        {
            "case": cases.index,
            "title": cases[f"title_{names.language}"],
            "office": cases["jurisdiction"].map(names.office),
            "stage": [law.stage(one) for law, one in pairs["stage"]],
            "group": [law.group(one) for law, one in pairs["group"]],
            "overdue": cases["is_overdue"].map(late),
            "next": [law.deadline(one) for law, one in pairs["next_deadline"]],
            "due_on": cases["next_due_on"].map(_day),
            "actor": [law.code("actors", one) for law, one in pairs["next_actor"]],
            "field": [law.code("fields", one) for law, one in pairs["field"]],
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
            "office": features["jurisdiction"].fillna("").map(names.office),
            "township": features["township"],
            "kinds": ["、".join(names.hazard_kinds(layer, codes)) for layer, codes in pairs],
            "group": features["group"].map(names.group),
            **{name: features[name].map(_day) for name in DATES},
            "cases": features["case_ids"].str.replace(";", "、"),
            "nature": features["is_demonstration"].map(_natures(names)),
        },
        names,
    )


def _lean(table: pd.DataFrame) -> pa.Table:
    """Return a table without its index and without what pandas notes, twice the size of the rows.

    All of it would travel to the browser at every run.
    """
    return pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)


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
        _lean(table),
        key=key,
        hide_index=True,
        height=min(TABLE_HEIGHT_PX, ROW_HEIGHT_PX * (len(table) + 1)),
        on_select=tell,
        selection_mode="single-row",
    )
