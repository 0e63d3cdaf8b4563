"""Where stops come from: lists whose hazards are put on the shortlist, and everybody's own."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboard.actions.visits import Kept
from dashboard.naming import Naming
from dashboard.text import say_error
from geodata import GeodataError
from layers.due_list import CLOCK_LISTS

OWN_SOURCES = frozenset({"scope", "findings_new", "findings_confirmed"})
PARTS = ("list", "plan", "out", "return")


def show_parts(part: str, count: int, names: Naming, on_part: Callable[[str], None]) -> None:
    """Show the four parts of a round: the list, the plan, what goes out, what comes home."""
    st.segmented_control(
        names.word("screens.site_visits"),
        PARTS,
        default=part,
        format_func=lambda one: names.word(f"visits.part.{one}", count=count),
        key=f"visits-part-{part}",
        label_visibility="collapsed",
        on_change=lambda: on_part(st.session_state[f"visits-part-{part}"] or part),
    )


def show_sources(
    sources: Mapping[str, Sequence[str]],
    shortlist: Sequence[str],
    names: Naming,
    on_take: Callable[[Sequence[str]], None],
) -> None:
    """Show the lists that hazards can be taken from, with how many of each are new here."""
    new = {name: [one for one in refs if one not in shortlist] for name, refs in sources.items()}
    new = {name: refs for name, refs in new.items() if refs}
    if not new:
        st.caption(names.word("visits.no_sources"))
        return
    left, right = st.columns([0.64, 0.36], vertical_alignment="bottom")
    picked = left.selectbox(
        names.word("visits.take_from"),
        list(new),
        format_func=lambda one: names.word(
            "visits.source_count", title=_source(one, names), count=len(new[one])
        ),
        key="visit-source",
    )
    right.button(
        names.word("visits.take", count=len(new[picked])),
        key="take-source",
        icon=":material/playlist_add:",
        width="stretch",
        on_click=on_take,
        args=(new[picked],),
    )


def _source(name: str, names: Naming) -> str:
    if name in OWN_SOURCES:
        return names.word(f"visits.source.{name}")
    title = names.word(f"overdue.list.{name}")
    return names.word("visits.source.due", title=title) if name in CLOCK_LISTS else title


def show_own_list(
    writer: str,
    count: int,
    outcome: Kept | GeodataError | None,
    names: Naming,
    *,
    on_sign: Callable[[str], None],
    on_keep: Callable[[], None],
    on_take: Callable[[], None],
) -> None:
    """Show who is here, and buttons that keep this list under their name and bring theirs back."""
    sign, keep, take = st.columns([0.36, 0.32, 0.32], vertical_alignment="bottom")
    who = sign.text_input(names.word("visits.writer"), writer, key="visits-writer-list")
    if who != writer:
        on_sign(who)
    off = None if who.strip() else names.word("visits.sign_first")
    keep.button(
        names.word("visits.keep_list", count=count),
        key="keep-list",
        icon=":material/bookmark_add:",
        width="stretch",
        disabled=bool(off) or not count,
        help=off,
        on_click=on_keep,
    )
    take.button(
        names.word("visits.take_list"),
        key="take-list",
        icon=":material/bookmarks:",
        width="stretch",
        disabled=bool(off),
        help=off,
        on_click=on_take,
    )
    show_kept(outcome, names)


def show_kept(outcome: Kept | GeodataError | None, names: Naming) -> None:
    """Show what was kept, or why not."""
    if isinstance(outcome, GeodataError):
        st.error(say_error(outcome, names.language), icon=":material/report:")
    elif outcome is not None:
        words = names.word(f"visits.kept.{outcome.what}", count=outcome.count, id=outcome.id)
        st.success(words, icon=":material/check:")


def show_keep_plan(
    title: str,
    writer: str,
    outcome: Kept | GeodataError | None,
    names: Naming,
    *,
    on_sign: Callable[[str], None],
    on_keep: Callable[[str], None],
) -> None:
    """Show the name of a plan and who keeps it, and a button that keeps it for everybody."""
    said, sign, button = st.columns([0.4, 0.3, 0.3], vertical_alignment="bottom")
    name = said.text_input(names.word("visits.plan_title"), title, key=f"plan-title-{title}")
    who = sign.text_input(names.word("visits.writer"), writer, key="visits-writer-plan")
    if who != writer:
        on_sign(who)
    button.button(
        names.word("visits.keep_plan"),
        key="keep-plan",
        icon=":material/save:",
        type="primary",
        width="stretch",
        disabled=not who.strip(),
        help=None if who.strip() else names.word("visits.sign_first"),
        on_click=on_keep,
        args=(name,),
    )
    show_kept(outcome, names)
