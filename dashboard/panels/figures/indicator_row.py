"""The row of figures: each shows numerator and denominator, and opens the list behind it."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.naming import Naming
from layers.indicators import Indicator

NOTHING = "—"
LONGEST = 7
BREAK = "\u200b"
"""A space of no width: a line may end here."""

LISTED = "border: 2px solid #1f4e79; background: #eaf2fa;"


def show_indicators(
    indicators: Sequence[Indicator], listed: str, names: Naming, on_open: Callable[[str], None]
) -> None:
    """Show every figure as a button that tells which indicator's list is asked for."""
    for column, indicator in zip(st.columns(len(indicators)), indicators, strict=True):
        column.button(
            f"{_sized(figure(indicator))}  \n{names.word(f'indicators.{indicator.id}.title')}",
            key=f"indicator-{indicator.id}",
            help=names.word(f"indicators.{indicator.id}.definition"),
            width="stretch",
            wrap=True,
            on_click=on_open,
            args=(indicator.id,),
        )
    # The buttons stay the same ones, so the keyboard's focus stays on the one that was pressed.
    st.html(f"<style>.st-key-indicator-{listed or 'none'} button {{ {LISTED} }}</style>")


def _sized(figure: str) -> str:
    """Return a figure in bold; a long one in small letters, to be broken after the stroke alone."""
    if len(figure) <= LONGEST:
        return f"**{figure}**"
    return f":small[**{figure.replace('/', f'/{BREAK}')}**]"


def figure(indicator: Indicator) -> str:
    """Return the figure as text: a count, or "12/38"; "—" where there is nothing to divide by."""
    if indicator.total is None:
        return f"{indicator.number:,}"
    if not indicator.total:
        return NOTHING
    return f"{indicator.number:,}/{indicator.total:,}"
