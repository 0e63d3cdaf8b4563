"""The third step of an intake: the coordinate system, declared or chosen on shown evidence."""

import re
from collections.abc import Callable

import streamlit as st
from streamlit_folium import st_folium

from dashboard.desks.dropped import Pairs
from dashboard.desks.intake import Desk
from dashboard.naming import Naming
from dashboard.session import hear_component, widget
from geodata.crs import SWAPPED
from geodata.detective import Finding, Group
from geodata.errors import NeedsParameters
from geodata.proposals import (
    doubt_line,
    evidence_line,
    group_line,
    mixed_line,
    strays_line,
    verdict_line,
)
from layers.drawing.ghosts import are_near, build_ghosts
from layers.drawing.webmap import MapWords, Position, build_map

MAP_PX = 320
MOST_LISTED = 4
OTHER = "other"
LEAVE = ""
COMMON = (
    "EPSG:4490",
    "gcj02",
    "bd09",
    "EPSG:4326",
    "EPSG:4523",
    "EPSG:4522",
    "EPSG:4544",
    "EPSG:4543",
    "EPSG:3857",
    "EPSG:4610",
    "EPSG:4214",
)


def show_system(
    desk: Desk,
    names: Naming,
    map_words: MapWords,
    basemap_url: str,
    *,
    on_system: Callable[[str], None],
    on_systems: Callable[[Pairs], None],
    on_parameters: Callable[[str], None],
) -> None:
    """Show what the numbers may be, with evidence and ghost points, and ask for one system.

    Once a system is taken all this is folded under it, and can be opened again.
    """
    finding = desk.finding
    if finding is None:
        return
    words = names.intake_words
    is_open = not desk.is_settled or isinstance(desk.trouble, NeedsParameters)
    with st.expander(_heading(desk, names), expanded=is_open, icon=":material/explore:"):
        st.markdown(f"**{verdict_line(finding, words.say)}**")
        if finding.doubt:
            told = doubt_line(finding, words.say, names.system)
            st.warning(told, icon=":material/warning:")
        chosen = desk.system
        if finding.is_mixed:
            _show_groups(desk, finding, names, on_systems)
        else:
            chosen = _show_candidates(desk, finding, names, on_system) or chosen
        if finding.strays_count:
            st.caption(_plain(strays_line(finding, words.say)))
        if finding.ghosts:
            _show_map(
                finding, chosen or finding.candidates[0].system, names, map_words, basemap_url
            )
        if isinstance(desk.trouble, NeedsParameters) or desk.choices.parameters:
            _show_parameters(desk, names, on_parameters)
        elif any(one.look_alikes for one in finding.candidates[:1]):
            with st.popover(names.word("intake.system.have_parameters")):
                _show_parameters(desk, names, on_parameters)


def _heading(desk: Desk, names: Naming) -> str:
    if desk.choices.systems and not desk.choices.system:
        return names.word("intake.system.parted", count=len(desk.choices.systems))
    if not desk.system:
        return names.word("intake.system.asked")
    by = "intake.system.chosen"
    if not desk.choices.system:
        declared = desk.table is not None and desk.table.declared_system
        by = "intake.system.declared" if declared else "intake.system.certain"
    return names.word(by, system=names.system(desk.system))


def _show_candidates(
    desk: Desk, finding: Finding, names: Naming, on_system: Callable[[str], None]
) -> str:
    """Show the candidates with their evidence and the choice; return the one that is looked at."""
    words, number = names.intake_words, desk.dropped.digest
    listed = finding.candidates[:MOST_LISTED]
    evidences = {
        one.system: evidence_line(one, words.say, is_first=place == 0)
        for place, one in enumerate(listed)
    }
    declared = [finding.declared] if finding.declared else []
    options = [*dict.fromkeys([*evidences, *declared]), OTHER]
    titles = {one: names.system(one) for one in options[:-1]}
    titles[OTHER] = names.word("intake.system.other")
    taken = desk.choices.system
    start = taken if taken in options else OTHER if taken else desk.system
    picked = st.radio(
        names.word("intake.system.which"),
        options,
        index=options.index(start) if start in options else None,
        format_func=lambda one: titles[one],
        captions=[_plain(evidences.get(one, "")) for one in options],
        key=f"system-{number}-{names.language}-{desk.choices.parameters}",
    )
    look_alikes = listed[0].look_alikes if listed else ()
    if look_alikes:
        told = names.list_of(names.system(one) for one in look_alikes)
        st.caption(names.word("intake.system.look_alikes", systems=told))
    wished = picked or ""
    if picked == OTHER:
        wished = _show_other(desk, names)
    left, right = st.columns([0.5, 0.5], vertical_alignment="center")
    left.button(
        names.word("intake.system.confirm"),
        key="confirm-system",
        type="primary",
        icon=":material/check:",
        disabled=not wished or wished == taken,
        width="stretch",
        on_click=lambda: on_system(wished),
    )
    right.caption(names.word("intake.system.never_guessed"))
    return "" if picked == OTHER else wished


def _show_other(desk: Desk, names: Naming) -> str:
    """Show a list of usual systems, into which any other can be written; return the wish."""
    left, right = st.columns([0.66, 0.34], vertical_alignment="bottom")
    system = left.selectbox(
        names.word("intake.system.name"),
        COMMON,
        index=None,
        format_func=lambda one: names.system(one) if one in COMMON else one,
        key=f"other-system-{desk.dropped.digest}",
        placeholder=names.word("intake.system.write"),
        accept_new_options=True,
    )
    turned = right.checkbox(
        names.word("intake.system.north"), key=f"north-first-{desk.dropped.digest}"
    )
    return f"{system}{SWAPPED if turned else ''}" if system else ""


def _show_groups(
    desk: Desk, finding: Finding, names: Naming, on_systems: Callable[[Pairs], None]
) -> None:
    """Show the groups of a mixed file, each with its own choice of a system."""
    words = names.intake_words
    st.warning(mixed_line(finding, words.say), icon=":material/call_split:")
    taken, wished = dict(desk.choices.systems), []
    for place, group in enumerate(finding.groups):
        left, right = st.columns([0.52, 0.48], vertical_alignment="center")
        left.markdown(f"**{place + 1}.** {_plain(group_line(group, words.say))}")
        if not group.system:
            right.caption(names.word("intake.system.untold"))
            continue
        for one in group.candidates[:MOST_LISTED]:
            told = evidence_line(one, words.say, is_first=one is group.candidates[0])
            st.caption(_plain(f"{names.system(one.system)} — {told}"))
        picked = _pick_for_group(right, desk, group, taken, names)
        wished.append((group.system, picked))
    st.button(
        names.word("intake.system.confirm_parts"),
        key="confirm-systems",
        type="primary",
        icon=":material/check:",
        disabled=any(picked is None for _, picked in wished) or not wished,
        on_click=lambda: on_systems(tuple((one, picked or LEAVE) for one, picked in wished)),
    )
    st.caption(names.word("intake.system.parts_about"))


def _pick_for_group(
    place: st.delta_generator.DeltaGenerator,
    desk: Desk,
    group: Group,
    taken: dict[str, str],
    names: Naming,
) -> str | None:
    options = [*(one.system for one in group.candidates[:MOST_LISTED]), LEAVE]
    start = taken.get(group.system)
    if start is None and group.verdict == "certain":
        start = group.system
    picked: str | None = place.selectbox(
        names.word("intake.system.of_group"),
        options,
        index=options.index(start) if start in options else None,
        format_func=lambda one: names.system(one) if one else names.word("intake.system.leave"),
        key=f"group-{desk.dropped.digest}-{group.system}-{names.language}",
        placeholder=names.word("intake.choose.hint"),
        label_visibility="collapsed",
    )
    return picked


def _show_map(
    finding: Finding, chosen: str, names: Naming, map_words: MapWords, basemap_url: str
) -> None:
    """Show a sample of rows in the chosen system, and hollow where the others would put them."""
    city = names.city
    if not are_near(finding.ghosts, city):
        st.caption(f":material/wrong_location: {names.word('intake.system.far')}")
    titles = {one: names.system(one) for one in dict.fromkeys(g.system for g in finding.ghosts)}
    group = build_ghosts(
        finding.ghosts,
        chosen,
        city,
        titles=titles,
        row_word=names.word("intake.system.row"),
        legend_title=names.word("intake.system.legend"),
        words=map_words,
        language=names.language,
    )
    start = Position(city.zoom, city.centre[1], city.centre[0])
    st_folium(
        build_map(city, start, map_words, basemap_url, stands_alone=True),
        key=f"ghosts-{names.language}",
        height=MAP_PX,
        use_container_width=True,
        feature_group_to_add=group,
        returned_objects=[],
        on_change=hear_component,
    )


def _show_parameters(desk: Desk, names: Naming, on_parameters: Callable[[str], None]) -> None:
    """Show where the seven parameters of an old datum go."""
    words = names.intake_words
    if desk.trouble is not None:
        st.error(words.say_error(desk.trouble), icon=":material/block:")
    key = f"parameters-{desk.dropped.digest}"
    st.text_area(
        names.word("intake.system.parameters"),
        value=desk.choices.parameters,
        key=key,
        height=96,
        placeholder=names.word("intake.system.parameters_form"),
    )
    st.button(
        names.word("intake.system.use_parameters"),
        key="use-parameters",
        on_click=lambda: on_parameters(str(widget(key) or "")),
    )


def _plain(text: str) -> str:
    """Return a text in which nothing is markup."""
    return re.sub(r"([\\`*_{}\[\]<>#$|~:])", r"\\\1", text)
