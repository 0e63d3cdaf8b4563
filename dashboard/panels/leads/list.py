"""The inbox of leads: by age, with source, kind, state, voices; one that is picked is opened."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.leads.words import say_kind, say_source, say_state
from dashboard.session import set_widget, widget
from layers.leads import STATES, Lead

PARTS = ("inbox", "enter", "file")
SHOWN = ("open", *STATES, "all")
ROW_PX, LIST_PX = 36, 300


def show_lead_parts(
    part: str, parts: Sequence[str], names: Naming, on_part: Callable[[str], None]
) -> None:
    """Show the parts of the screen that this visitor has."""
    set_widget("leads-part", part)
    st.segmented_control(
        names.word("screens.leads"),
        parts,
        format_func=lambda one: names.word(f"leads.part.{one}"),
        key="leads-part",
        label_visibility="collapsed",
        on_change=lambda: on_part(widget("leads-part") or part),
    )


def show_lead_filter(
    shown: str, counts: Mapping[str, int], names: Naming, on_shown: Callable[[str], None]
) -> None:
    """Show in which ways leads stand, with how many stand so; no way is offered that has none."""
    offered = [one for one in SHOWN if one in {"open", "all", shown} or counts.get(one)]
    set_widget("leads-shown", shown)
    st.segmented_control(
        names.word("leads.shown.open"),
        offered,
        format_func=lambda one: f"{_say_shown(one, names)} {counts.get(one, 0)}",
        key="leads-shown",
        label_visibility="collapsed",
        on_change=lambda: on_shown(widget("leads-shown") or shown),
    )


def _say_shown(shown: str, names: Naming) -> str:
    if shown in {"open", "all"}:
        return names.word(f"leads.shown.{shown}")
    return names.word(f"leads.state.{shown}")


def show_leads(
    leads: Sequence[Lead],
    ages: Mapping[str, int],
    opened: str,
    names: Naming,
    *,
    with_office: bool,
    on_open: Callable[[str], None],
) -> None:
    """Show leads as a table, the oldest first; one that is picked is opened."""
    ids = [one.id for one in leads]
    table = pd.DataFrame([_row(one, ages[one.id], names, with_office=with_office) for one in leads])
    table = table.rename(columns=lambda name: names.word(f"leads.column.{name}"))
    key = f"leads-{names.language}-{hash(tuple((one.id, one.seen) for one in leads))}"

    def tell() -> None:
        rows = widget(key)["selection"]["rows"]
        on_open(ids[rows[0]] if rows else "")

    st.dataframe(
        table,
        key=key,
        hide_index=True,
        height=min(LIST_PX, ROW_PX * (len(ids) + 1)),
        on_select=tell,
        selection_mode="single-row",
        selection_default={
            "selection": {"rows": [at for at, one in enumerate(ids) if one == opened]}
        },
    )


def show_no_leads(shown: str, names: Naming) -> None:
    """Say that there is no lead of this sort, and how leads come in."""
    key = "leads.none" if shown in {"open", "all"} else "leads.none_so"
    st.info(names.word(key), icon=":material/inbox:")


def _row(lead: Lead, age: int, names: Naming, *, with_office: bool) -> dict[str, object]:
    row = {
        "age": age,
        "kind": say_kind(lead.report.kind, names),
        "state": say_state(lead, names),
        "voices": len(lead.voices),
        "photos": len(lead.photos),
        "source": say_source(lead, names),
        "id": lead.id,
    }
    return {"office": names.office(lead.office)} | row if with_office else row
