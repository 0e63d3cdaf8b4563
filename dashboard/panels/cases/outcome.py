"""The outcome of a case: claimed, planned and verified side by side, never added up."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from dashboard.draft import Around
from dashboard.naming import Naming
from dashboard.panels.cases.entry_words import NOTHING, numbers_words, table, with_brackets
from dashboard.panels.cases.moves import OnEnter, show_register
from geodata import Case
from geodata.case_file import Outcome, outcomes_of
from geodata.crs import SQUARE_METRES_PER_MU

STATES = ("claimed", "planned", "verified")


def show_outcomes(case: Case, names: Naming, around: Around, on_enter: OnEnter) -> None:
    """Show the outcomes per kind and land class, and offer to state one."""
    found = outcomes_of(case, around.as_of, around.known_at)
    if found:
        headings = [
            names.word("case_file.outcome.kind"),
            names.word("case_file.outcome.land_class"),
            *(names.code("outcome_states", one) for one in STATES),
        ]
        st.html(table(headings, _rows(found, names)))
    else:
        st.caption(names.word("case_file.outcome.none"))
    st.caption(names.word("case_file.outcome.about"))
    show_register(case, ("outcome_stated",), names, around, on_enter, place="outcome")


def _rows(found: Sequence[Outcome], names: Naming) -> list[list[str]]:
    order = list(names.rules.codes["outcome_kinds"])
    kinds = sorted(
        {(one.kind, one.land_class) for one in found},
        key=lambda one: (order.index(one[0]) if one[0] in order else len(order), one[1]),
    )
    by_state = {(one.kind, one.land_class, one.state): one for one in found}
    return [
        [
            escape(names.code("outcome_kinds", kind)),
            escape(land_class or NOTHING),
            *(_cell(by_state.get((kind, land_class, state)), names) for state in STATES),
        ]
        for kind, land_class in kinds
    ]


def _cell(one: Outcome | None, names: Naming) -> str:
    if one is None:
        return NOTHING
    amount = f"{one.amount:,.2f}".rstrip("0").rstrip(".")
    if one.kind.endswith("_m2"):
        mu = names.word("card.mu", mu=f"{one.amount / SQUARE_METRES_PER_MU:,.2f}")
        amount = with_brackets(amount, mu, names)
    day = one.on.isoformat() if one.on else names.word("case_file.outcome.former")
    notes = [day, one.text, numbers_words(one.evidence) if one.evidence else ""]
    small = " · ".join(filter(None, notes))
    return f"{escape(amount)}<br><small>{escape(small)}</small>"
