"""Litigation readiness: four elements side by side, the evidence behind each, and the gaps."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from dashboard.draft import Around
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.cases.entry_words import NOTHING, table
from dashboard.panels.cases.moves import OnEnter, show_register
from dashboard.words.law import say_basis
from geodata import Case
from geodata.case_file import Element, Evidence, elements_of, evidence_of, gaps

SIGNS: Mapping[str, str] = {"met": "●", "partly": "◐", "not_met": "○", "not_reviewed": "–"}
COLUMNS = ("element", "state", "text", "gap", "evidence")


def show_readiness(case: Case, names: Naming, around: Around, on_enter: OnEnter) -> None:
    """Show the four elements, never a sum, then what is missing, and offer to assess one."""
    elements = elements_of(case, names.rules, around.as_of, around.known_at)
    held = {one.number: one for one in evidence_of(case, around.as_of, around.known_at)}
    headings = [names.word(f"case_file.readiness.{one}") for one in COLUMNS]
    st.html(table(headings, [_row(one, held, names) for one in elements]))
    lacking = gaps(elements)
    if lacking:
        titles = "、".join(names.title(one.title) for one in lacking)
        st.warning(
            names.word("case_file.readiness.gaps", elements=plain(titles)), icon=":material/rule:"
        )
    st.caption(names.word("case_file.readiness.about"))
    show_register(case, ("element_assessed",), names, around, on_enter, place="readiness")


def _row(element: Element, held: Mapping[int, Evidence], names: Naming) -> list[str]:
    code = names.rules.entries["elements"][element.id]
    law = say_basis(code.basis, names.rules, names.language, code.certainty)
    state = f"{SIGNS.get(element.state, '?')} {names.code('element_states', element.state)}"
    when = " ".join(filter(None, (element.on.isoformat() if element.on else "", element.by)))
    evidence = "<br>".join(
        escape(f"#{one} {held[one].title}{'' if held[one].is_verified else _unverified(names)}")
        if one in held
        else f"#{one}"
        for one in element.evidence
    )
    return [
        f"<b>{escape(names.title(element.title))}</b><br><small>{escape(law)}</small>",
        f"<b>{escape(state)}</b><br><small>{escape(when)}</small>",
        escape(element.text or NOTHING),
        f"△ {escape(element.gap)}" if element.gap else NOTHING,
        evidence or NOTHING,
    ]


def _unverified(names: Naming) -> str:
    return names.word("case_file.readiness.unverified")
