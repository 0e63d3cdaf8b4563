"""The second step of an intake: which column of the file fills which of the layer."""

from collections import Counter
from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.desks.dropped import Pairs
from dashboard.desks.intake import Desk
from dashboard.naming import Naming
from dashboard.panels.intake.drop import languages_of
from dashboard.session import widget
from geodata.checks import as_text
from geodata.intake import PAIR, WKT, X, Y
from geodata.readers import RawTable

SAMPLES, MOST_LETTERS = 2, 24
HEIGHT_PX = 316
NONE = ""


def show_columns(desk: Desk, names: Naming, on_mapping: Callable[[Pairs], None]) -> None:
    """Show every column of the file with some values and what it fills, to be changed by hand."""
    table = desk.table
    if table is None or desk.schema is None:
        return
    st.markdown(f"**{names.word('intake.columns.heading')}**")
    if desk.known is not None:
        facts = {
            "day": desk.known.recorded_at.date().isoformat(),
            "who": desk.known.who,
            "file": desk.known.source_name,
        }
        st.caption(f":material/history: {names.word('intake.columns.known', **facts)}")
    titles = _titles(desk, names)
    key = f"column-{desk.dropped.digest}-{desk.choices.part}-{desk.choices.layer}"
    keys = {column: f"{key}-{number}" for number, column in enumerate(table.columns)}

    def tell() -> None:
        on_mapping(tuple((column, widget(keys[column]) or NONE) for column in table.columns))

    with st.container(height=HEIGHT_PX, border=True, key="intake-columns"):
        options = [NONE, *desk.targets]
        for column in table.columns:
            left, middle, right = st.columns([0.27, 0.31, 0.42], vertical_alignment="center")
            left.text(column)
            middle.caption(f"`{_samples(table, column)}`")
            right.selectbox(
                names.word("intake.columns.fills", column=column),
                options,
                index=options.index(desk.mapping.get(column, NONE)),
                format_func=lambda one: titles[one],
                key=keys[column],
                label_visibility="collapsed",
                on_change=tell,
            )
    given = desk.choices.mapping or ()
    twice = [to for to, count in Counter(to for _, to in given if to).items() if count > 1]
    if twice:
        told = names.list_of(titles[one] for one in twice)
        st.warning(names.word("intake.columns.twice", columns=told), icon=":material/warning:")
    if desk.missing:
        told = names.list_of(titles.get(one, one) for one in desk.missing)
        st.error(names.word("intake.columns.missing", columns=told), icon=":material/block:")


def _titles(desk: Desk, names: Naming) -> dict[str, str]:
    """Return what each target is called, in the visitor's language and in the other one."""
    schema, (own, other) = desk.schema, languages_of(names.language)
    if schema is None:
        return {}
    titles = {one.id: f"{one.title.says(own)} · {one.title.says(other)}" for one in schema.columns}
    units = {one.id: one.unit for one in schema.columns if one.unit}
    starred = {one.id for one in schema.columns if one.required}
    places = {
        X: names.word("intake.columns.x"),
        Y: names.word("intake.columns.y"),
        PAIR: names.word("intake.columns.xy"),
        WKT: names.word("intake.columns.wkt"),
    }
    told = {
        one: f"{title}{f' ({units[one]})' if one in units else ''}{' *' if one in starred else ''}"
        for one, title in titles.items()
    }
    return {NONE: names.word("intake.columns.none"), **told, **places}


def _samples(table: RawTable, column: str) -> str:
    """Return the first values of a column that are not blank, in one line."""
    cells = as_text(table.frame[column].head(200))
    filled: Sequence[str] = cells[cells != ""].drop_duplicates().head(SAMPLES).tolist()
    told = " / ".join(one.replace("`", "'") for one in filled)
    told = "\N{NO-BREAK SPACE}".join(told.split())
    return f"{told[:MOST_LETTERS]}…" if len(told) > MOST_LETTERS else told or "—"
