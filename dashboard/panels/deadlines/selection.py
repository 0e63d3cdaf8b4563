"""What was picked from the lists of what is due: its name, where it stands, its cases."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.card import plain
from geodata import Case

MOST_CASES = 3


def show_picked_case(case: Case, stage: str, names: Naming, *, is_placed: bool) -> None:
    """Show which case was picked and where it stands, and say so if no hazard of it is mapped."""
    told = " · ".join([case.id, names.office(case.jurisdiction), stage])
    place = "" if is_placed else f"  \n:small[{names.word('overdue.no_place')}]"
    st.markdown(f"**{plain(names.title(case.title))}**  \n:small[{plain(told)}]{place}")


def show_picked_hazard(
    name: str, cases: Sequence[Case], names: Naming, on_case: Callable[[str], None]
) -> None:
    """Show which hazard was picked, and a button per case that it belongs to."""
    st.markdown(f"**{plain(name)}** · {names.word('card.cases', count=len(cases))}")
    for case in cases[:MOST_CASES]:
        st.button(
            f"{case.id} · {plain(names.title(case.title))}",
            key=f"due-case-{case.id}",
            type="tertiary",
            on_click=on_case,
            args=(case.id,),
        )
