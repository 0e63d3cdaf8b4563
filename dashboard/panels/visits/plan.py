"""A plan of visits: how good it is, its timetable, what is left out and why, and changing it.

A stop is moved by dragging it on the board, or by the form below, which a keyboard can use.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st
from streamlit_sortables import sort_items

from dashboard.actions.visits import BadForm
from dashboard.naming import Naming
from dashboard.panels.lists import ROW_HEIGHT_PX
from dashboard.session import hear_component, widget
from dashboard.text import say_error
from dashboard.words.plan import (
    say_cell,
    say_changes,
    say_left_out,
    say_problem,
    say_quality,
)
from geodata import GeodataError
from geodata.errors import BrokenMatrix, ImpossibleWish
from layers.planning import DayTour, Plan, Wish

MOST_PX = 420
BOARD_STYLE = """
.sortable-component { display: flex; flex-wrap: wrap; gap: 8px; border: none; background: none; }
.sortable-container { min-width: 190px; flex: 1; background: #f5f7f9; border: 1px solid #c5ced6; }
.sortable-container-header { background: #e3e9ef; color: #111111; font-size: 14px; padding: 6px; }
.sortable-container-body { background: #f5f7f9; padding: 4px; }
.sortable-item { background: #ffffff; color: #111111; border: 1px solid #8a99a8; font-size: 13px; }
.sortable-item:hover { background: #eaf2fa; color: #111111; }
"""


def say_tour(tour: DayTour, names: Naming) -> str:
    """Return a team and its day in words."""
    return names.word("visits.tour", team=tour.team, on=tour.on.isoformat())


def show_no_plan(trouble: GeodataError | BadForm, stops: Mapping[str, str], names: Naming) -> None:
    """Show why there is no plan, each thing that has to be mended on a line of its own."""
    language = names.language
    if isinstance(trouble, BadForm):
        st.error(names.word("visits.bad_cells"), icon=":material/report:")
        lines = [
            names.word(
                "visits.bad_cell",
                table=names.word(f"visits.{one.table}"),
                row=one.row,
                column=names.word(f"visits.column.{one.column}"),
                value=one.value,
            )
            for one in trouble.cells
        ]
    else:
        st.error(say_error(trouble, language), icon=":material/report:")
        lines = _problem_lines(trouble, stops, names)
    if lines:
        st.markdown("\n".join(f"- {_plain(line)}" for line in lines))


def _problem_lines(trouble: GeodataError, stops: Mapping[str, str], names: Naming) -> list[str]:
    problems: Sequence[Any] = trouble.facts.get("problems", ())  # type: ignore[assignment]
    if isinstance(trouble, ImpossibleWish):
        return [say_problem(one, names.language, stops) for one in problems]
    if isinstance(trouble, BrokenMatrix):
        return [say_cell(one, names.language) for one in problems]
    return []


def show_plan(plan: Plan, wish: Wish, stops: Mapping[str, str], names: Naming) -> None:
    """Show how many stops are visited, how good the plan is, and its timetable."""
    teams = len({tour.team for tour in plan.tours})
    days = len({tour.on for tour in plan.tours})
    metres = [tour.driving_m for tour in plan.tours]
    known = [one for one in metres if one is not None]
    km = f"{sum(known) / 1000:.0f}" if len(known) == len(metres) else "—"
    st.markdown(
        "**"
        + names.word(
            "visits.summary",
            visited=len(plan.visited),
            count=len(wish.errands),
            teams=teams,
            days=days,
            hours=f"{plan.driving_s / 3600:.1f}",
            km=km,
        )
        + "**"
    )
    for line in say_quality(plan, names.language):
        st.caption(_plain(line))
    rows = list(_rows(plan, stops, names))
    height = min(MOST_PX, ROW_HEIGHT_PX * (len(rows) + 1))
    with st.container(key="plan-rows"):
        st.dataframe(pd.DataFrame(rows), hide_index=True, height=height)


def _rows(plan: Plan, stops: Mapping[str, str], names: Naming) -> Iterable[dict[str, object]]:
    word = names.word
    for tour in plan.tours:
        for call in tour.calls:
            waits = round(call.waits_s / 60)
            yield {
                word("visits.column.tour"): say_tour(tour, names),
                word("shortlist.order"): call.position,
                word("visits.column.time"): f"{call.begins:%H:%M}–{call.leaves:%H:%M}",
                word("lists.name"): stops.get(call.ref, call.ref),
                word("visits.column.drive"): round(call.leg_s / 60),
                word("visits.column.waits"): str(waits or ""),
                word("visits.column.held"): word("visits.held") if call.is_locked else "",
            }
        if tour.pause is not None:
            since, until = tour.pause
            yield _apart(tour, f"{since:%H:%M}–{until:%H:%M}", word("visits.rests"), names)
        hours = f"{tour.departs:%H:%M}–{tour.ends:%H:%M}"
        yield _apart(tour, hours, word("visits.out_and_back"), names)


def _apart(tour: DayTour, hours: str, what: str, names: Naming) -> dict[str, object]:
    """Return a row that is no visit: the pause of a day, or all of it from door to door."""
    back_s = tour.back_s if what == names.word("visits.out_and_back") else None
    return {
        names.word("visits.column.tour"): say_tour(tour, names),
        names.word("shortlist.order"): None,
        names.word("visits.column.time"): hours,
        names.word("lists.name"): what,
        names.word("visits.column.drive"): None if back_s is None else round(back_s / 60),
        names.word("visits.column.waits"): "",
        names.word("visits.column.held"): "",
    }


def show_left_out(plan: Plan, stops: Mapping[str, str], names: Naming) -> None:
    """Show each stop that is not visited, why, and the cheapest change that would take it in."""
    if not plan.left_out:
        st.success(names.word("visits.all_in"), icon=":material/check:")
        return
    st.markdown(f"**{names.word('visits.left_out', count=len(plan.left_out))}**")
    rows = [
        {
            names.word("lists.name"): stops.get(one.ref, one.ref),
            names.word("visits.column.why"): say_left_out(one, names.language, stops),
            names.word("visits.column.change"): say_changes(one, names.language)[0],
            names.word("visits.column.further"): names.list_of(
                say_changes(one, names.language)[1:]
            ),
        }
        for one in plan.left_out
    ]
    height = min(MOST_PX, ROW_HEIGHT_PX * (len(rows) + 1))
    with st.container(key="plan-left-out"):
        st.dataframe(pd.DataFrame(rows), hide_index=True, height=height)


# ------------------------------------------------------------------------- changing it


def show_board(
    plan: Plan,
    stops: Mapping[str, str],
    names: Naming,
    *,
    number: int,
    on_put: Callable[[str, str, date, int], None],
) -> None:
    """Show a column for each team and day whose stops are dragged, and one for those left out.

    A stop that was dropped elsewhere is told with its new team, day and position.
    """
    labels = _labels([*plan.visited, *(one.ref for one in plan.left_out)], stops)
    given = [
        {
            "header": say_tour(tour, names),
            "items": [labels[call.ref] for call in tour.calls],
        }
        for tour in plan.tours
    ]
    if plan.left_out:
        items = [labels[one.ref] for one in plan.left_out]
        given.append({"header": names.word("visits.not_visited"), "items": items})
    told = sort_items(
        given,
        multi_containers=True,
        direction="vertical",
        custom_style=BOARD_STYLE,
        key=f"board-{number}-{names.language}",
    )
    hear_component()
    moved = find_moved([one["items"] for one in given], [one["items"] for one in told])
    if moved is None:
        return
    label, column, position = moved
    if column >= len(plan.tours):
        st.caption(names.word("visits.drop_out"))
        return
    refs = {label: ref for ref, label in labels.items()}
    tour = plan.tours[column]
    on_put(refs[label], tour.team, tour.on, position)
    st.rerun()


def find_moved(
    before: Sequence[Sequence[str]], after: Sequence[Sequence[str]]
) -> tuple[str, int, int] | None:
    """Return which item was moved, to which column and position (from 1); None if none was.

    >>> find_moved([["a", "b"], ["c"]], [["b"], ["c", "a"]])
    ('a', 1, 2)
    """
    if [list(one) for one in before] == [list(one) for one in after]:
        return None
    for column, items in enumerate(after):
        for position, item in enumerate(items, start=1):
            rest = [[one for one in some if one != item] for some in after]
            others = [[one for one in some if one != item] for some in before]
            is_elsewhere = column >= len(before) or item not in before[column]
            if rest == others and (is_elsewhere or before[column].index(item) != position - 1):
                return item, column, position
    return None


def _labels(refs: Iterable[str], stops: Mapping[str, str]) -> dict[str, str]:
    """Return what stops are called on the board, each by a name of its own."""
    labels: dict[str, str] = {}
    for ref in refs:
        name = stops.get(ref, ref)
        labels[ref] = name if name not in labels.values() else f"{name} · {ref.partition(':')[2]}"
    return labels


def show_changes(
    plan: Plan,
    wish: Wish,
    stops: Mapping[str, str],
    names: Naming,
    *,
    number: int,
    on_put: Callable[[str, str, date, int], None],
    on_hold: Callable[[Sequence[str]], None],
    on_again: Callable[[], None],
) -> None:
    """Show the forms that move a stop, hold stops where they are, and plan anew around them."""
    refs = [*plan.visited, *(one.ref for one in plan.left_out)]
    held = [one.ref for one in wish.locks if one.ref in plan.visited]
    key = f"plan-held-{number}"
    st.multiselect(
        names.word("visits.hold"),
        plan.visited,
        held,
        format_func=lambda ref: stops.get(ref, ref),
        key=key,
        on_change=lambda: on_hold(st.session_state[key]),
        placeholder=names.word("visits.hold_none"),
    )
    columns = st.columns([0.34, 0.24, 0.14, 0.14, 0.14], vertical_alignment="bottom")
    columns[0].selectbox(
        names.word("visits.move"),
        refs,
        format_func=lambda one: stops.get(one, one),
        key=f"move-ref-{number}",
    )
    tours = [(team.id, day.on) for team in wish.teams for day in wish.days]
    columns[1].selectbox(
        names.word("visits.column.tour"),
        tours,
        format_func=lambda one: names.word("visits.tour", team=one[0], on=one[1].isoformat()),
        key=f"move-tour-{number}",
    )
    columns[2].number_input(names.word("shortlist.order"), 1, 60, 1, key=f"move-position-{number}")

    def put() -> None:  # what the fields hold when it is pressed, not when they were drawn
        team, on = widget(f"move-tour-{number}")
        on_put(widget(f"move-ref-{number}"), team, on, int(widget(f"move-position-{number}")))

    columns[3].button(
        names.word("visits.put"),
        key=f"move-{number}",
        icon=":material/low_priority:",
        width="stretch",
        on_click=put,
    )
    columns[4].button(
        names.word("visits.again"),
        key=f"again-{number}",
        icon=":material/refresh:",
        width="stretch",
        on_click=on_again,
        help=names.word("visits.again_help"),
    )


def _plain(text: str) -> str:
    return "".join("\\" + letter if letter in "\\`*_[]<>$#" else letter for letter in text)
