"""The form of a wish: who goes out, when, from where, and what each stop asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.actions.visits import MATRIX, SETTINGS, STRAIGHT
from dashboard.desks.wish_forms import (
    SATURDAY,
    BadCell,
    days_from,
    stops_from,
    stops_table,
    teams_from,
    teams_table,
)
from dashboard.naming import Naming
from geodata import Settings
from layers.planning import Hours, Wish
from layers.planning.wish import Pause
from layers.routing import Place

MOST_DAYS, MOST_SECONDS = 20, 60
MOST_PAUSE, PAUSE_STEP = 90, 15
REST = Pause()
DEFAULT_SECONDS = 10
ROWS_PX, HEAD_PX, MOST_PX = 35, 38, 300
STEP_S = 5

OnPlan = Callable[[Wish, Sequence[BadCell]], None]


def show_wish_form(
    wish: Wish,
    stops: Mapping[str, str],
    layers: Mapping[str, str],
    names: Naming,
    *,
    number: int,
    start: Place,
    on_plan: OnPlan,
) -> None:
    """Show a wish as a form; sent off, it tells the wish and the cells that mean nothing.

    `stops` and `layers` are names by ref; `number` is that of the form, a new one begins anew.
    """
    with st.form(f"wish-{number}", border=False):
        days = _show_days(wish, names, number)
        st.markdown(f"**{names.word('visits.teams')}**")
        st.caption(names.word("visits.teams_about"))
        teams = _show_teams(wish, names, number)
        st.markdown(f"**{names.word('visits.stops')}**")
        st.caption(names.word("visits.stops_about"))
        rows = _show_stops(wish, stops, layers, names, number)
        seconds, button = st.columns([0.5, 0.5], vertical_alignment="bottom")
        limit = seconds.slider(
            names.word("visits.seconds"),
            STEP_S,
            MOST_SECONDS,
            int(wish.search.seconds or DEFAULT_SECONDS),
            STEP_S,
            key=f"wish-seconds-{number}",
        )
        is_sent = button.form_submit_button(
            names.word("visits.plan"), icon=":material/route:", type="primary", width="stretch"
        )
    if is_sent:
        said, bad_teams = teams_from(teams, start)
        errands, bad_stops = stops_from(rows, wish.errands)
        search = replace(wish.search, seconds=float(limit))
        kept_days = {day.on for day in days}
        team_ids = {team.id for team in said}
        locks = tuple(
            one
            for one in wish.locks
            if (not one.team or one.team in team_ids) and (one.on is None or one.on in kept_days)
        )
        sent = replace(wish, teams=said, days=days, errands=errands, search=search, locks=locks)
        on_plan(sent, [*bad_teams, *bad_stops])
        st.rerun()


def _show_days(wish: Wish, names: Naming, number: int) -> tuple[Any, ...]:
    first = min(wish.days)
    left, count, opens, closes, rest, weekends = st.columns(
        [0.22, 0.14, 0.17, 0.17, 0.16, 0.14], vertical_alignment="bottom"
    )
    begin = left.date_input(names.word("visits.first_day"), first.on, key=f"wish-first-{number}")
    many = count.number_input(
        names.word("visits.days"), 1, MOST_DAYS, max(1, len(wish.days)), key=f"wish-days-{number}"
    )
    from_ = opens.time_input(
        names.word("visits.from"), first.hours.opens, key=f"wish-opens-{number}"
    )
    until = closes.time_input(
        names.word("visits.until"), first.hours.closes, key=f"wish-closes-{number}"
    )
    before = first.pause
    pause = rest.number_input(
        names.word("visits.pause"),
        0,
        MOST_PAUSE,
        before.minutes if before else 0,
        PAUSE_STEP,
        key=f"wish-pause-{number}",
        help=names.word(
            "visits.pause_help", since=f"{REST.since:%H:%M}", until=f"{REST.until:%H:%M}"
        ),
    )
    is_weekend = any(day.on.weekday() >= SATURDAY for day in wish.days)
    with_weekends = weekends.checkbox(
        names.word("visits.weekends"), is_weekend, key=f"wish-weekends-{number}"
    )
    kept = replace(before or REST, minutes=int(pause)) if pause else None
    return days_from(begin, int(many), Hours(from_, until), weekends=with_weekends, pause=kept)


def _show_teams(wish: Wish, names: Naming, number: int) -> list[dict[str, Any]]:
    column = st.column_config
    edited = st.data_editor(
        teams_table(wish.teams),
        key=f"wish-teams-{number}",
        num_rows="dynamic",
        hide_index=True,
        column_config={
            "team": column.TextColumn(names.word("visits.column.team"), required=True),
            "members": column.NumberColumn(
                names.word("visits.column.members"), min_value=1, max_value=20, step=1, default=2
            ),
            "names": column.TextColumn(names.word("visits.column.names"), width="medium"),
            "start": column.TextColumn(
                names.word("visits.column.start"), help=names.word("visits.place_help")
            ),
            "end": column.TextColumn(
                names.word("visits.column.end"), help=names.word("visits.end_help")
            ),
            "returns": column.CheckboxColumn(names.word("visits.column.returns"), default=True),
            "days_off": column.TextColumn(
                names.word("visits.column.days_off"), help=names.word("visits.days_off_help")
            ),
        },
    )
    return _records(edited)


def _show_stops(
    wish: Wish, stops: Mapping[str, str], layers: Mapping[str, str], names: Naming, number: int
) -> list[dict[str, Any]]:
    column = st.column_config
    table = stops_table(wish.errands, stops, layers)
    edited = st.data_editor(
        table,
        key=f"wish-stops-{number}",
        hide_index=True,
        height=min(MOST_PX, HEAD_PX + ROWS_PX * max(1, len(table))),
        disabled=["ref", "name", "layer"],
        column_order=[one for one in table.columns if one != "ref"],
        column_config={
            "name": column.TextColumn(names.word("lists.name"), pinned=True),
            "layer": column.TextColumn(names.word("lists.layer")),
            "minutes": column.NumberColumn(
                names.word("visits.column.minutes"), min_value=0, max_value=600, step=5
            ),
            "opens": column.TimeColumn(names.word("visits.column.opens"), format="HH:mm"),
            "closes": column.TimeColumn(names.word("visits.column.closes"), format="HH:mm"),
            "deadline": column.DateColumn(names.word("visits.column.deadline")),
            "priority": column.NumberColumn(
                names.word("visits.column.priority"),
                min_value=1,
                max_value=9,
                step=1,
                help=names.word("visits.priority_help"),
            ),
            "together": column.TextColumn(
                names.word("visits.column.together"), help=names.word("visits.together_help")
            ),
            "first": column.CheckboxColumn(names.word("visits.column.first")),
            "last": column.CheckboxColumn(names.word("visits.column.last")),
        },
    )
    return _records(edited)


def _records(table: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_dict("records")
    return rows


def show_ways_choice(
    chosen: str,
    matrix: str,
    settings: Settings,
    names: Naming,
    *,
    on_choose: Callable[[str], None],
    on_matrix: Callable[[str, bytes], None],
) -> None:
    """Show where travel times come from: straight lines, what the settings say, an own table."""
    offered = [STRAIGHT, *([SETTINGS] if settings.routes_url else []), MATRIX]
    at = chosen if chosen in offered else offered[-2 if settings.routes_url else 0]
    left, right = st.columns([0.45, 0.55])
    picked = left.radio(
        names.word("visits.ways"),
        offered,
        index=offered.index(at),
        format_func=lambda one: names.word(
            f"visits.way.{one}", detour=settings.detour, speed=f"{settings.speed_kmh:g}"
        ),
        key="ways-choice",
        on_change=lambda: on_choose(st.session_state["ways-choice"]),
    )
    if picked == MATRIX:
        file = right.file_uploader(names.word("visits.matrix"), ["csv", "xlsx"], key="ways-matrix")
        right.caption(names.word("visits.matrix_about"))
        if matrix:
            right.caption(names.word("visits.matrix_taken", file=matrix))
        if file is not None:
            on_matrix(file.name, file.getvalue())
