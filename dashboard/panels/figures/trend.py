"""The course of one figure against its own past: totals as columns, shares and stocks as points.

Every point stands with its number in a list that is also heard in order. Offices are never
drawn beside each other.
"""

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.figures.words import say_number, say_title
from dashboard.session import set_widget, widget
from layers.figures import is_rolling
from layers.tally import Figure, Value
from layers.yearbook import Period

HEIGHT_PX = 64
SERIES = ("months", "years")
STYLE = (
    ".pim-trend { display: flex; align-items: flex-end; list-style: none;"
    " margin: 0 !important; padding: 0 !important;"
    " font-size: 0.74rem; line-height: 1.2; }"
    " .pim-trend li { flex: 1 1 0; display: flex; flex-direction: column; align-items: center;"
    " margin: 0 !important; padding: 0; min-width: 0; }"
    " .pim-trend b { font-weight: 600; white-space: nowrap; }"
    " .pim-trend .bar { display: block; width: 60%; background: #1f4e79; }"
    " .pim-trend .point { display: block; width: 9px; height: 9px; border-radius: 50%;"
    " background: #1f4e79; }"
    " .pim-trend span { align-self: stretch; text-align: center; color: #52606d;"
    " border-top: 1px solid #c5ccd3; }"
)


def show_trend(
    figure: Figure,
    series: Sequence[tuple[Period, Value]],
    by: str,
    names: Naming,
    on_by: Callable[[str], None],
) -> None:
    """Show a figure by months or by years; a switch tells which is asked for."""
    title, switch = st.columns([0.62, 0.38], vertical_alignment="center")
    course = "rolling" if is_rolling(figure, by) else figure.timing
    title.caption(names.word(f"figures.trend.{course}"))
    set_widget("figure-series", by)
    switch.segmented_control(
        names.word("figures.series"),
        SERIES,
        format_func=lambda one: names.word(f"figures.series_by.{one}"),
        key="figure-series",
        label_visibility="collapsed",
        on_change=lambda: on_by(widget("figure-series") or by),
    )
    labels = [_label(period, by) for period, _ in series]
    st.html(draw_trend(figure, labels, [value.number for _, value in series], names))


def draw_trend(
    figure: Figure, labels: Sequence[str], numbers: Sequence[float | None], names: Naming
) -> str:
    """Return the course as a row of columns (or points), each with its number and its days."""
    known = [one for one in numbers if one is not None]
    most, least = max([*known, 0.0]), min([*known, 0.0])
    is_total = figure.timing == "period" and figure.shape in {"count", "sum"}
    mark = "bar" if is_total else "point"
    cells = []
    for label, number in zip(labels, numbers, strict=True):
        share = ((number or 0.0) - least) / (most - least) if most > least else 0.0
        tall = round(HEIGHT_PX * share)
        drawn = "" if number is None else f'<i class="{mark}" style="{_shape(mark, tall)}"></i>'
        said = escape(say_number(figure, number))
        cells.append(f"<li><b>{said}</b>{drawn}<span>{escape(label)}</span></li>")
    title = escape(say_title(figure, names), quote=True)
    return f'<style>{STYLE}</style><ol class="pim-trend" title="{title}">{"".join(cells)}</ol>'


def _shape(mark: str, tall_px: int) -> str:
    """Return a column as high as its number, or a point as high above the line."""
    return f"height:{max(tall_px, 1)}px" if mark == "bar" else f"margin-bottom:{tall_px}px"


def _label(period: Period, by: str) -> str:
    return str(period[1].year) if by == "years" else period[1].strftime("%y-%m")
