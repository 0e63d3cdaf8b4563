"""Which facts the evidence of a case or a hazard proves, by which items, and what lacks."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

import pandas as pd
import streamlit as st

from dashboard.desks.evidence import Share
from dashboard.naming import Naming
from dashboard.panels.cases.entry_words import table
from dashboard.panels.evidence.words import NOTHING, say_lacks, say_name, say_purpose
from dashboard.session import widget
from dashboard.words.law import say_basis
from geodata.evidence_needs import Completeness, Met

COLUMNS = ("state", "need", "proves", "items", "missing", "basis")
ROW_PX, HEADER_PX, TABLE_PX = 36, 36, 480


def show_proven(found: Mapping[str, Completeness | None], names: Naming) -> None:
    """Show layer by layer what is proven by which items, and what is missing."""
    st.caption(names.word("evidence.proven.about"))
    for layer, done in found.items():
        title = names.title(names.layer(layer).title)
        if done is None:
            st.markdown(f"**{title}**")
            st.caption(names.word("evidence.proven.no_minimum"))
            continue
        facts = {"layer": title, "met": len(done.met), "needs": len(done.needs)}
        st.markdown(f"**{names.word('evidence.proven.heading', **facts)}**")
        headings = [names.word(f"evidence.proven.{one}") for one in COLUMNS]
        st.html(table(headings, [_row(one, layer, names) for one in done.needs]))
        if done.flawed:
            told = ((say_name(item), say_lacks(item, names)) for item, _ in done.flawed)
            lines = [
                f"<li>{escape(name)} — {escape(names.list_of(lacks))}</li>" for name, lacks in told
            ]
            heading = escape(names.word("evidence.proven.flawed", count=len(done.flawed)))
            st.html(f'<b>{heading}</b><ul class="pim-why">{"".join(lines)}</ul>')
        if done.elsewhere:
            shown = names.list_of(say_name(one) for one in done.elsewhere)
            st.caption(names.word("evidence.proven.elsewhere", names=shown))


def _row(one: Met, layer: str, names: Naming) -> list[str]:
    need = one.need
    gap = " / "
    missing = names.list_of(
        gap.join(say_purpose(purpose, layer, names) for purpose in part) for part in one.missing
    )
    basis = say_basis(need.basis, names.rules, names.language) if need.basis else NOTHING
    state = names.word("evidence.proven.met" if one.is_met else "evidence.proven.lacks")
    return [
        escape(f"{'●' if one.is_met else '○'} {state}"),
        escape(names.title(need.title)),
        escape(names.title(need.proves)),
        escape(names.list_of(say_name(item) for item in one.items) or NOTHING),
        escape(missing or NOTHING),
        escape(basis),
    ]


def show_shares(
    found: Sequence[Share],
    cases: Mapping[str, str],
    names: Naming,
    on_open: Callable[[str], None],
) -> None:
    """Show for each case with evidence how many of its needs are met; a row opens the case."""
    st.caption(names.word("evidence.proven.pick"))
    if not found:
        st.info(names.word("evidence.none_at_all"), icon=":material/photo_library:")
        return
    rows = pd.DataFrame(
        {
            names.word("evidence.column.case"): [one.case for one in found],
            names.word("evidence.proven.title"): [cases.get(one.case, "") for one in found],
            names.word("evidence.proven.layer"): [
                names.title(names.layer(one.layer).title) for one in found
            ],
            names.word("evidence.proven.share"): [f"{one.met}/{one.needs}" for one in found],
            names.word("evidence.proven.count"): [one.items for one in found],
            names.word("evidence.proven.flawed_short"): [one.flawed for one in found],
        }
    )
    key = f"evidence-shares-{names.language}-{hash(tuple(one.case for one in found))}"

    def tell() -> None:
        picked = widget(key)["selection"]["rows"]
        if picked:
            on_open(f"case:{found[picked[0]].case}")

    st.dataframe(
        rows,
        key=key,
        hide_index=True,
        height=min(TABLE_PX, HEADER_PX + ROW_PX * len(rows)),
        on_select=tell,
        selection_mode="single-row",
    )
