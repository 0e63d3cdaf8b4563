"""The row of figures: each shows numerator and denominator, and opens the list behind it."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.naming import Naming
from layers.indicators import Indicator

NOTHING = "—"
LISTED = "border: 2px solid #1f4e79; background: #eaf2fa;"


def show_indicators(
    indicators: Sequence[Indicator], listed: str, names: Naming, on_open: Callable[[str], None]
) -> None:
    """Show every figure as a button that tells which indicator's list is asked for."""
    for column, indicator in zip(st.columns(len(indicators)), indicators, strict=True):
        column.container().button(
            f"**{figure(indicator)}**  \n{names.word(f'indicators.{indicator.id}.title')}",
            key=f"indicator-{indicator.id}",
            help=names.word(f"indicators.{indicator.id}.definition"),
            width="stretch",
            on_click=on_open,
            args=(indicator.id,),
        )
    # The buttons stay the same ones, so the keyboard's focus stays on the one that was pressed.
    st.html(f"<style>.st-key-indicator-{listed or 'none'} button {{ {LISTED} }}</style>")


def figure(indicator: Indicator) -> str:
    """Return the figure as text: a count, or "12/38"; "—" where there is nothing to divide by."""
    if indicator.of is None:
        return str(len(indicator.counted))
    if not indicator.of:
        return NOTHING
    return f"{len(indicator.counted)}/{len(indicator.of)}"
