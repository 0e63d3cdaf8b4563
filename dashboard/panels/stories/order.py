"""The scenes of a story in their order: picked, moved by dragging or by keys, shown or left out."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st
from streamlit_sortables import sort_items

from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.lists import ROW_HEIGHT_PX
from dashboard.session import hear_component, set_widget, widget
from dashboard.telling.story import StoryKind
from dashboard.telling.storyline import Laid
from layers.stories import StoryPlan

MOST_PX = 430
MOST_DRAGGED = 60
"""More scenes than these are moved by keys alone, or case by case: a board of them is too slow."""

STYLE = """
.sortable-component { background: none; border: none; padding: 0; display: flex;
    flex-direction: column; align-items: stretch; }
.sortable-item { background: #ffffff; color: #111111; border: 1px solid #8a99a8; font-size: 13px; }
.sortable-item:hover { background: #eaf2fa; color: #111111; }
"""
WIDTHS_PX = {"number": 54, "heading": 300, "minutes": 60, "marks": 110}
OPEN = "▶"
"""What stands before the number of the scene that is open, however it was opened."""

NUMBER = 3
"""Digits of the number before each scene on the board, by which it is told again."""


def show_case_choice(
    titles: Mapping[str, str],
    work: StoryPlan,
    listed: str,
    names: Naming,
    *,
    on_choose: Callable[[Sequence[str]], None],
    on_list: Callable[[str], None],
) -> None:
    """Show which cases are told, in their order; cases that are gone are named and stay."""
    gone = [one for one in work.cases if one not in titles]
    if gone:
        st.warning(names.word("story_board.gone", ids="、".join(gone)), icon=":material/help:")
    known = {**titles, **dict.fromkeys(gone, names.word("story_board.gone_case"))}
    set_widget("told", list(work.cases))
    many = len(work.cases) > MOST_CASES_SHOWN
    holder = st.expander(names.word("story_board.cases", count=len(work.cases))) if many else st
    holder.multiselect(
        names.word("story_board.choose"),
        list(known),
        format_func=lambda one: f"{known[one]} · {one}",
        key="told",
        placeholder=names.word("case_file.moves.choose"),
        on_change=lambda: on_choose(widget("told", ())),
    )
    if len(work.cases) > 1:
        options = ["", *work.cases]
        set_widget("story-case", listed if listed in options else "")
        st.selectbox(
            names.word("story_board.list_of"),
            options,
            format_func=lambda one: known.get(one, names.word("story_board.all_scenes")),
            key="story-case",
            on_change=lambda: on_list(widget("story-case") or ""),
        )


MOST_CASES_SHOWN = 4


def show_time(
    work: StoryPlan,
    laid: Sequence[Laid],
    names: Naming,
    *,
    on_slot: Callable[[float], None],
    on_kind: Callable[[StoryKind], None],
) -> None:
    """Show how long the shown scenes take against the time that each case has."""
    shown = [one.scene for one in laid if not one.is_hidden]
    kind, slot, said = st.columns([0.36, 0.24, 0.4], vertical_alignment="bottom")
    set_widget("story-kind", work.kind)
    kind.segmented_control(
        names.word("story_board.kind_of"),
        ("cases", "meeting"),
        format_func=lambda one: names.word(f"story_board.kind.{one}"),
        key="story-kind",
        on_change=lambda: on_kind(widget("story-kind") or work.kind),
    )
    set_widget("story-slot", float(work.slot_minutes))
    slot.number_input(
        names.word("story_board.slot"),
        min_value=1.0,
        max_value=60.0,
        step=0.5,
        key="story-slot",
        on_change=lambda: on_slot(widget("story-slot") or work.slot_minutes),
    )
    total = sum(one.minutes for one in shown)
    said.markdown(f"**{names.word('story_board.total', count=len(shown), minutes=f'{total:g}')}**")
    over = []
    for case in work.cases:
        minutes = sum(one.minutes for one in shown if one.case_id == case)
        if minutes > work.slot_minutes + 1e-6:
            over.append(names.word("story_board.over", case=case, minutes=f"{minutes:g}"))
    if over:
        words = names.word("story_board.too_long", slot=f"{work.slot_minutes:g}")
        st.warning(plain(f"{words} {names.list_of(over)}"), icon=":material/timer:")


def show_order(
    listed: Sequence[Laid],
    picked: str,
    number: int,
    names: Naming,
    *,
    on_pick: Callable[[str], None],
    on_order: Callable[[Sequence[str]], None],
    on_drafted: Callable[[], None],
) -> None:
    """Show the scenes as a list to pick from, and a board on which they are dragged."""
    ids = [one.scene.id for one in listed]
    rows = pd.DataFrame(
        [_row(at, one, one.scene.id == picked, names) for at, one in enumerate(listed, start=1)]
    )
    key = f"scenes-{number}-{len(ids)}"

    def hear() -> None:
        chosen = st.session_state[key]["selection"]["rows"]
        on_pick(ids[chosen[0]] if chosen else "")

    st.markdown(f"**{names.word('story_board.scenes', count=len(listed))}**")
    st.dataframe(
        rows,
        hide_index=True,
        height=min(MOST_PX, ROW_HEIGHT_PX * (len(rows) + 1)),
        key=key,
        on_select=hear,
        selection_mode="single-row",
        column_config={
            names.word(f"story_board.column.{name}"): st.column_config.Column(width=wide_px)
            for name, wide_px in WIDTHS_PX.items()
        },
    )
    if picked not in ids:
        st.caption(names.word("story_board.pick"))
    if len(ids) > MOST_DRAGGED:
        st.caption(names.word("story_board.too_many", most=MOST_DRAGGED))
        return
    # Not in an expander: a board that is made out of sight stays without height.
    if st.toggle(names.word("story_board.drag"), key="story-drag"):
        labels = {_label(at, one): one.scene.id for at, one in enumerate(listed)}
        told = sort_items(list(labels), key=f"sort-{number}-{names.language}", custom_style=STYLE)
        hear_component()
        wanted = [labels[one] for one in told if one in labels]
        if sorted(wanted) == sorted(ids) and wanted != ids:
            on_order(wanted)
            st.rerun()
    st.button(
        names.word("story_board.as_drafted"),
        key="story-as-drafted",
        icon=":material/restart_alt:",
        on_click=on_drafted,
    )


def _row(at: int, one: Laid, is_open: bool, names: Naming) -> dict[str, object]:  # noqa: FBT001
    scene = one.scene
    marks = [
        names.word(f"story_board.mark.{name}")
        for name, holds in (
            ("hidden", one.is_hidden),
            ("gone", one.is_gone),
            ("own", scene.is_own),
            ("edited", bool(scene.edited)),
            ("stale", scene.is_stale),
            ("missing", bool(scene.missing) and not one.is_gone),
        )
        if holds
    ]
    return {
        names.word("story_board.column.number"): f"{OPEN if is_open else ''}{at}",
        names.word("story_board.column.heading"): scene.heading,
        names.word("story_board.column.minutes"): round(scene.minutes, 2),
        names.word("story_board.column.marks"): names.list_of(marks),
    }


def _label(at: int, one: Laid) -> str:
    return f"{at + 1:0{NUMBER}d} {one.scene.heading}"
