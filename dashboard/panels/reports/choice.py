"""Which paper, of which office and period, and which cases are told as typical."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import streamlit as st

from dashboard.naming import Naming
from dashboard.session import set_widget, widget
from dashboard.view import PAPERS, PaperKind
from layers.yearbook import Period

CITY = ""


def show_paper_parts(part: PaperKind, names: Naming, on_part: Callable[[str], None]) -> None:
    """Show the kinds of papers; a pick is told."""
    set_widget("papers-part", part)
    st.segmented_control(
        names.word("documents.parts"),
        PAPERS,
        format_func=lambda one: names.word(f"documents.part.{one}"),
        key="papers-part",
        label_visibility="collapsed",
        on_change=lambda: on_part(widget("papers-part") or part),
    )


def show_whose(
    office: str,
    period: Period,
    years: Sequence[int],
    names: Naming,
    *,
    shown: Sequence[str],
    several: bool,
    on_offices: Callable[[Sequence[str]], None],
    on_period: Callable[[Period | None], None],
) -> None:
    """Show of which office (or of the city) and of which year a paper is; picks are told.

    `shown` are the offices that something may be seen of: of the city there is a paper only for
    whoever sees all of them.
    """
    if several:
        st.caption(names.word("documents.several"))
    whose, when = st.columns(2)
    is_whole = len(shown) == len(names.city.jurisdiction_ids)
    offices = [CITY, *shown] if is_whole else list(shown)
    set_widget("papers-office", office)
    whose.selectbox(
        names.word("documents.office"),
        offices,
        format_func=lambda one: names.office(one) if one else names.word("documents.whole_city"),
        key="papers-office",
        on_change=lambda: on_offices([one for one in (widget("papers-office"),) if one]),
    )
    periods = dict.fromkeys([*(_year(one) for one in years), period])
    set_widget("papers-year", period)
    when.selectbox(
        names.word("documents.year_field"),
        list(periods),
        format_func=lambda one: _say_period(one, names),
        key="papers-year",
        on_change=lambda: on_period(widget("papers-year")),
    )


def show_typical(
    titles: Mapping[str, str],
    typical: Sequence[str],
    names: Naming,
    on_typical: Callable[[Sequence[str]], None],
) -> None:
    """Show which cases are told as typical; a change is told."""
    set_widget("papers-typical", [one for one in typical if one in titles])
    st.multiselect(
        names.word("documents.typical"),
        list(titles),
        format_func=lambda one: f"{titles[one]} · {one}",
        key="papers-typical",
        help=names.word("documents.typical_help"),
        placeholder=names.word("documents.choose"),
        on_change=lambda: on_typical(widget("papers-typical", ())),
    )


def _year(year: int) -> Period:
    return date(year, 1, 1), date(year, 12, 31)


def _say_period(period: Period, names: Naming) -> str:
    if period == _year(period[0].year):
        return names.word("documents.year", year=period[0].year)
    first, last = (one.isoformat() for one in period)
    return names.word("documents.other_period", first=first, last=last)
