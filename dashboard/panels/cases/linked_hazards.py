"""The hazards of a case: open one on the map, link another, and the same harm at another agency."""

from collections.abc import Callable
from html import escape

import streamlit as st

from dashboard.draft import Around, NewLead
from dashboard.naming import Naming
from dashboard.panels.cases.moves import OnEnter, show_register
from dashboard.session import form_number, widget
from dashboard.words.law import say_basis
from geodata import Case, HazardRef, hazards_of

ROWS_SHOWN = 8


def show_linked_hazards(
    case: Case,
    names: Naming,
    around: Around,
    on_enter: OnEnter,
    *,
    on_open: Callable[[str], None],
) -> None:
    """Show the hazards by name, a button that opens one on the map, and how to link others."""
    refs = hazards_of(case, around.as_of, around.known_at)
    st.markdown(f"**{names.word('case_file.hazards.count', count=len(refs))}**")
    if refs:
        which, button = st.columns([0.74, 0.26], vertical_alignment="bottom")
        picked = which.selectbox(
            names.word("case_file.hazards.pick"),
            [str(one) for one in refs],
            format_func=lambda one: _name(HazardRef.parse(one), names, around),
            key=f"hazard-{case.id}",
        )
        button.button(
            names.word("case_file.hazards.open"),
            key="open-hazard",
            icon=":material/map:",
            width="stretch",
            on_click=on_open,
            args=(picked,),
        )
        chips = "".join(
            f'<span class="pim-chip">{escape(_name(one, names, around))}</span>' for one in refs
        )
        st.html(f'<div class="pim-chips">{chips}</div>')
    show_register(
        case, ("hazard_linked", "hazard_unlinked"), names, around, on_enter, place="hazards"
    )


def show_same_harm(
    case: Case,
    names: Naming,
    around: Around,
    *,
    new_id: str,
    on_register: Callable[[NewLead], None],
) -> None:
    """Offer to register the same hazards as a lead against another agency (R69)."""
    law = say_basis("R69", names.rules, names.language)
    key = f"same-{form_number()}-{case.id}"

    def tell() -> None:
        title = widget(f"{key}-title", "")
        on_register(
            NewLead(
                id=widget(f"{key}-id", "").strip(),
                title_zh=title,
                title_en="" if title != case.title.zh else case.title.en,
                summary=case.summary.zh,
                office=case.jurisdiction,
                kind=case.kind,
                field=case.field,
                lead_source=case.lead_source,
                occurred_on=widget(f"{key}-day") or around.usual_day,
                agency=widget(f"{key}-agency", ""),
                hazards=tuple(str(one) for one in hazards_of(case)),
                note=names.word("case_file.hazards.same_note", case=case.id, law=law),
                series=case.series,
                shared_with=case.shared_with,
                same_harm_as=case.id,
            )
        )

    with (
        st.expander(names.word("case_file.hazards.same"), icon=":material/content_copy:"),
        st.form(f"{key}-form", border=False),
    ):
        st.caption(names.word("case_file.hazards.same_about", law=law))
        left, right = st.columns(2)
        left.text_input(names.word("case_file.lead.agency"), key=f"{key}-agency")
        right.text_input(names.word("case_file.lead.id"), value=new_id, key=f"{key}-id")
        left.text_input(names.word("case_file.lead.title"), value=case.title.zh, key=f"{key}-title")
        right.date_input(
            names.word("case_file.moves.day"),
            value=around.usual_day,
            max_value=around.today,
            key=f"{key}-day",
        )
        st.form_submit_button(
            names.word("case_file.hazards.same_register"),
            key=f"{key}-enter",
            icon=":material/check:",
            on_click=tell,
        )


def _name(ref: HazardRef, names: Naming, around: Around) -> str:
    known = {one.id: names.title(one.title) for one in names.layers}
    name = around.hazards.get(str(ref), ref.id)
    return f"{known.get(ref.layer, ref.layer)} · {name}"
