"""Joint inspections: those kept, one as a form with its people and what was seen, its files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.actions.inspections import Clash, Kept
from dashboard.desks.inspections import CaseOfInspection
from dashboard.naming import Naming
from dashboard.panels.agencies.new import say_agency_error
from dashboard.panels.card import plain
from dashboard.panels.cases.entry_words import table
from dashboard.session import set_widget, widget
from geodata import GeodataError
from layers.joint_inspections import RESULT_TITLES, JointInspection, Participant, Stop

PEOPLE_PX, ROW_PX, STOPS_PX = 178, 36, 360
NEW = ""


def show_inspection_choice(
    kept: Sequence[JointInspection],
    current: str,
    names: Naming,
    on_open: Callable[[str], None],
) -> None:
    """Show which inspection is looked at, by its day, or a new one."""
    titles = {
        one.id: " · ".join(
            filter(
                None,
                (
                    one.on.isoformat(),
                    names.office(one.office),
                    one.title or one.id,
                    names.word("frame.demonstration_short") if one.is_demonstration else "",
                ),
            )
        )
        for one in kept
    }
    options = [NEW, *titles]
    set_widget("inspection-choice", current if current in titles else NEW)
    st.selectbox(
        names.word("agencies.inspection.which", count=len(kept)),
        options,
        format_func=lambda one: titles.get(one) or names.word("agencies.inspection.new"),
        key="inspection-choice",
        on_change=lambda: on_open(widget("inspection-choice") or NEW),
    )
    if not kept:
        st.info(names.word("agencies.inspection.none"), icon=":material/groups:")


def show_stop_sources(
    sources: Mapping[str, Sequence[str]],
    count: int,
    names: Naming,
    *,
    on_take: Callable[[Sequence[str]], None],
    on_drop: Callable[[], None],
) -> None:
    """Show where hazards for an inspection come from, and how many are on it."""
    pick, take, drop = st.columns([0.56, 0.24, 0.2], vertical_alignment="bottom")
    if not sources:
        pick.caption(names.word("agencies.inspection.no_sources"))
    else:
        picked = pick.selectbox(
            names.word("agencies.source"),
            list(sources),
            format_func=lambda one: f"{_source(one, names)} · {len(sources[one])}",
            key=f"inspection-source-{len(sources)}",
        )
        take.button(
            names.word("agencies.inspection.take", count=len(sources[picked])),
            key="inspection-take",
            icon=":material/playlist_add:",
            width="stretch",
            on_click=on_take,
            args=(sources[picked],),
        )
    drop.button(
        names.word("agencies.inspection.drop", count=count),
        key="inspection-drop",
        icon=":material/playlist_remove:",
        width="stretch",
        disabled=not count,
        on_click=on_drop,
    )


def _source(name: str, names: Naming) -> str:
    kind, _, title = name.partition(":")
    return names.word(f"agencies.inspection.source.{kind}", title=title)


def show_inspection_form(
    one: JointInspection,
    known: Sequence[str],
    writer: str,
    names: Naming,
    *,
    number: int,
    may_keep: bool,
    on_keep: Callable[[JointInspection], None],
) -> None:
    """Show an inspection as a form: the day, who takes part, what was seen of each hazard."""
    key = f"inspection-{one.id}-{number}"
    with st.form(key, border=True):
        title, day, meet = st.columns([0.4, 0.2, 0.4])
        told: dict[str, Any] = {
            "title": title.text_input(
                names.word("agencies.inspection.title"), one.title, max_chars=60, key=f"{key}-title"
            ),
            "on": day.date_input(
                names.word("agencies.inspection.on"), one.on, format="YYYY-MM-DD", key=f"{key}-on"
            ),
            "meet": meet.text_input(
                names.word("agencies.inspection.meet"),
                one.meet,
                max_chars=80,
                placeholder=names.word("agencies.inspection.meet_example"),
                key=f"{key}-meet",
            ),
        }
        left, right = st.columns([0.42, 0.58])
        with left:
            agencies = st.multiselect(
                names.word("agencies.inspection.agencies"),
                list(dict.fromkeys((*one.agencies, *known))),
                default=list(one.agencies),
                accept_new_options=True,
                placeholder=names.word("agencies.inspection.agencies_choose"),
                key=f"{key}-agencies",
            )
            st.caption(names.word("agencies.inspection.people"))
            people = _ask_people(one, names, key)
        with right:
            st.caption(names.word("agencies.inspection.stops", count=len(one.stops)))
            stops = _ask_stops(one, names, key)
        summary = st.text_area(
            names.word("agencies.inspection.summary"),
            one.summary,
            max_chars=1000,
            height=68,
            key=f"{key}-summary",
        )
        off = not (writer and may_keep)
        if st.form_submit_button(
            names.word("agencies.inspection.keep"),
            type="primary",
            icon=":material/save:",
            disabled=off,
            help=names.word("visits.sign_first") if off else None,
        ):
            changed = replace(one, **told, agencies=tuple(agencies), participants=people)
            on_keep(replace(changed, stops=stops, summary=summary or ""))
            st.rerun()
    st.caption(f":material/gavel: {names.word('agencies.inspection.no_verification')}")


def _ask_people(one: JointInspection, names: Naming, key: str) -> tuple[Participant, ...]:
    unit, name = (names.word(f"agencies.inspection.{part}") for part in ("unit", "name"))
    frame = pd.DataFrame(
        [(who.unit, who.name) for who in one.participants], columns=[unit, name], dtype="str"
    )
    edited = st.data_editor(
        frame, key=f"{key}-people", hide_index=True, num_rows="dynamic", height=PEOPLE_PX
    )
    rows = edited.fillna("").astype(str).to_numpy().tolist()
    return tuple(
        Participant(unit.strip(), name.strip())
        for unit, name in rows
        if unit.strip() or name.strip()
    )


def _ask_stops(one: JointInspection, names: Naming, key: str) -> tuple[Stop, ...]:
    if not one.stops:
        st.info(names.word("agencies.inspection.no_stops"), icon=":material/playlist_add:")
        return ()
    heads = [names.word(f"agencies.inspection.{part}") for part in ("hazard", "result", "text")]
    titles = {code: names.title(title) for code, title in RESULT_TITLES.items()}
    frame = pd.DataFrame(
        [(stop.name or stop.ref, titles[stop.result], stop.text) for stop in one.stops],
        columns=heads,
        dtype=object,
    )
    refs = hash(tuple(stop.ref for stop in one.stops))
    edited = st.data_editor(
        frame,
        key=f"{key}-stops-{refs}",
        hide_index=True,
        height=min(STOPS_PX, ROW_PX * (len(frame) + 1) + 2),
        disabled=[heads[0]],
        column_config={
            heads[1]: st.column_config.SelectboxColumn(
                heads[1], options=list(titles.values()), required=True
            )
        },
    )
    codes = {title: code for code, title in titles.items()}
    rows = edited.fillna("").to_numpy().tolist()
    return tuple(
        replace(stop, result=codes.get(result, ""), text=str(text).strip())
        for stop, (_, result, text) in zip(one.stops, rows, strict=True)
    )


def show_inspection_answer(
    answer: object,
    names: Naming,
    *,
    is_outdated: bool,
    on_theirs: Callable[[], None],
    on_mine: Callable[[Clash], None],
) -> None:
    """Show what became of an inspection: kept, refused, or kept by somebody else meanwhile."""
    if is_outdated and not isinstance(answer, Clash):
        st.warning(names.word("agencies.inspection.outdated"), icon=":material/sync_problem:")
        st.button(
            names.word("agencies.inspection.take_theirs"),
            key="inspection-newest",
            icon=":material/refresh:",
            on_click=on_theirs,
        )
    if isinstance(answer, Kept):
        st.success(names.word("agencies.inspection.kept", id=answer.id), icon=":material/check:")
    elif isinstance(answer, GeodataError):
        st.error(plain(say_agency_error(answer, names)), icon=":material/report:")
    elif isinstance(answer, Clash):
        st.error(
            plain(names.word("agencies.inspection.clash", who=answer.theirs.who)),
            icon=":material/sync_problem:",
        )
        heads = [
            names.word(f"agencies.inspection.version.{one}") for one in ("what", "mine", "theirs")
        ]
        st.html(table(heads, _differences(answer, names)))
        left, right = st.columns(2)
        left.button(
            names.word("agencies.inspection.take_theirs"),
            key="inspection-theirs",
            width="stretch",
            on_click=on_theirs,
        )
        right.button(
            names.word("agencies.inspection.keep_mine"),
            key="inspection-mine",
            width="stretch",
            on_click=on_mine,
            args=(answer,),
        )


def _differences(clash: Clash, names: Naming) -> list[list[str]]:
    rows = []
    for name in ("title", "on", "meet", "agencies", "people", "stops", "summary"):
        mine, theirs = (_said(one, name, names) for one in (clash.mine, clash.theirs))
        if mine != theirs:
            word = names.word(f"agencies.inspection.part.{name}")
            rows.append([escape(word), escape(mine), escape(theirs)])
    return rows


def _said(one: JointInspection, name: str, names: Naming) -> str:
    if name == "people":
        return "；".join(f"{who.unit} {who.name}" for who in one.participants)
    if name == "stops":
        return "；".join(
            f"{stop.name or stop.ref} {names.title(RESULT_TITLES[stop.result])} {stop.text}".strip()
            for stop in one.stops
        )
    value = getattr(one, name)
    return "、".join(value) if isinstance(value, tuple) else str(value)


def show_inspection_cases(
    one: JointInspection,
    cases: Sequence[CaseOfInspection],
    names: Naming,
    *,
    is_held: bool,
    is_signed: bool,
    on_enter: Callable[[str, int, Sequence[str]], None],
    on_case: Callable[[str], None],
) -> None:
    """Show the cases of an inspection's hazards, and enter it there as an activity."""
    if not cases:
        st.caption(names.word("agencies.inspection.no_cases"))
    for told in cases:
        title, enter, file = st.columns([0.5, 0.28, 0.22], vertical_alignment="center")
        said = f"**{plain(names.title(told.case.title))}** · {told.case.id}"
        if told.entered:
            numbers = names.list_of(f"#{number}" for number in told.entered)
            said += f"  \n{names.word('agencies.entered', numbers=numbers)}"
        title.markdown(said)
        off = "" if is_signed else names.word("visits.sign_first")
        if not told.may_enter:
            off = names.word("agencies.no_right")
        if not (is_held and one.has_results):
            off = names.word("agencies.inspection.enter_later")
        enter.button(
            names.word("agencies.inspection.enter"),
            key=f"inspection-enter-{told.case.id}",
            icon=":material/edit_note:",
            width="stretch",
            disabled=bool(off) or bool(told.entered),
            help=off or None,
            on_click=on_enter,
            args=(told.case.id, told.case.revision, told.refs),
        )
        file.button(
            names.word("agencies.open_case"),
            key=f"inspection-case-{told.case.id}",
            icon=":material/folder_open:",
            width="stretch",
            on_click=on_case,
            args=(told.case.id,),
        )
