"""Scenes of one's own: text, the map as it was looked at, a chart of a figure, a pair."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.evidence.words import say_day, say_name
from dashboard.panels.figures.words import say_title
from geodata.evidence_store import EvidenceItem
from layers.stories import By, Edit, Own, OwnChart, OwnMap, OwnPair, OwnText
from layers.tally import Figure

KINDS = ("text", "map", "chart", "pair", "maps")
LONGEST_HEADING, LONGEST_TEXT = 160, 20_000
OnAdd = Callable[[Own, str, Edit], None]


def show_add(
    as_looked_at: OwnMap,
    figures: Sequence[Figure],
    pictures: Sequence[EvidenceItem],
    cases: Mapping[str, str],
    names: Naming,
    *,
    as_of: date,
    number: int,
    on_add: OnAdd,
) -> None:
    """Show what can be added behind the scene that is open, one form for each kind."""
    kind = st.segmented_control(
        names.word("story_board.add_scene"),
        KINDS,
        default="text",
        format_func=lambda one: names.word(f"story_board.own.{one}"),
        key="own-kind",
    )
    with st.form(f"own-{kind}-{number}", border=True):
        heading = st.text_input(names.word("story_board.edit.heading"), max_chars=LONGEST_HEADING)
        own: Own = OwnText()
        edit = Edit()
        if kind == "map":
            st.caption(names.word("story_board.own.map_about"))
            own = as_looked_at
        elif kind == "chart":
            own = _ask_chart(figures, as_looked_at, names)
        elif kind == "pair":
            own = _ask_pair(pictures, names)
        elif kind == "maps":
            own = _ask_maps(cases, as_of, names)
        else:
            text = st.text_area(names.word("story_board.edit.text"), max_chars=LONGEST_TEXT)
            edit = Edit(text=text)
        is_sent = st.form_submit_button(names.word("story_board.add_this"), type="primary")
    if is_sent:
        title = heading.strip() or _title_of(own, figures, names)
        on_add(own, title, edit)
        st.rerun()


def _title_of(own: Own, figures: Sequence[Figure], names: Naming) -> str:
    if isinstance(own, OwnChart):
        found = next((one for one in figures if one.id == own.figure), None)
        return say_title(found, names) if found else names.word("story.own.chart")
    kinds = {OwnMap: "map", OwnPair: "pair", OwnText: "text"}
    return names.word(f"story.own.{kinds[type(own)]}")


BY: tuple[By, ...] = ("months", "years", "groups")


def _ask_chart(figures: Sequence[Figure], looked_at: OwnMap, names: Naming) -> OwnChart:
    by_id = {one.id: one for one in figures}
    figure = st.selectbox(
        names.word("story_board.own.figure"),
        list(by_id),
        format_func=lambda one: say_title(by_id[one], names),
    )
    by = st.radio(
        names.word("story_board.own.by"),
        BY,
        format_func=lambda one: names.word(f"story_board.own.by_{one}"),
        horizontal=True,
    )
    st.caption(names.word("story_board.own.chart_about"))
    return OwnChart(figure or "", by, looked_at.scope.jurisdictions)


def _ask_pair(pictures: Sequence[EvidenceItem], names: Naming) -> OwnPair:
    numbers = {one.number: one for one in pictures}
    if not numbers:
        st.caption(names.word("story_board.own.no_pictures"))
    chosen = [
        st.selectbox(
            names.word(f"story.pair.{side}"),
            list(numbers),
            format_func=lambda one: (
                f"{say_day(numbers[one].facts, names)} · {say_name(numbers[one])}"
            ),
            key=f"own-{side}",
        )
        for side in ("before", "after")
    ]
    return OwnPair(before=chosen[0] or 0, after=chosen[1] or 0)


def _ask_maps(cases: Mapping[str, str], as_of: date, names: Naming) -> OwnPair:
    case = st.selectbox(
        names.word("story_board.own.case"), list(cases), format_func=lambda one: cases[one]
    )
    left, right = st.columns(2)
    before = left.date_input(names.word("story.pair.before"), as_of, max_value=as_of)
    after = right.date_input(names.word("story.pair.after"), as_of, max_value=as_of)
    return OwnPair(case=case or "", before_on=before, after_on=after)
