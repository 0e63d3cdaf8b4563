"""The stories that are kept: open one, begin or copy one, keep it, take it off the list."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.actions.stories import Clash, Done
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.session import set_widget, widget
from dashboard.telling.storyline import Laid
from dashboard.text import say_error
from geodata import GeodataError
from geodata.lifecycle import OFFICE_TIME
from layers.stories import StoryPlan

LONGEST_TITLE, LONGEST_WHY = 120, 300


def show_stories(
    stories: Sequence[StoryPlan],
    work: StoryPlan,
    names: Naming,
    *,
    on_open: Callable[[str], None],
    on_begin: Callable[[], None],
    on_meeting: Callable[[], None],
    meeting_count: int,
    on_copy: Callable[[], None],
) -> None:
    """Show which stories there are, and buttons that begin another."""
    listed = {one.id: one for one in stories if not one.is_withdrawn}
    picked, new, meeting, again = st.columns([0.4, 0.16, 0.28, 0.16], vertical_alignment="bottom")
    options = ["", *listed]
    set_widget("story-picked", work.id if work.id in listed else "")
    picked.selectbox(
        names.word("story_board.stories", count=len(listed)),
        options,
        format_func=lambda one: _say_story(listed.get(one), names),
        key="story-picked",
        on_change=lambda: on_open(widget("story-picked") or ""),
    )
    new.button(
        names.word("story_board.new"),
        key="story-new",
        icon=":material/add:",
        width="stretch",
        on_click=on_begin,
    )
    meeting.button(
        names.word("story_board.new_meeting", count=meeting_count),
        key="story-meeting",
        icon=":material/groups:",
        width="stretch",
        disabled=not meeting_count,
        help=names.word("story_board.new_meeting_about"),
        on_click=on_meeting,
    )
    again.button(
        names.word("story_board.copy"),
        key="story-copy",
        icon=":material/content_copy:",
        width="stretch",
        disabled=not work.cases and not work.places,
        on_click=on_copy,
    )


def show_withdrawn(
    stories: Sequence[StoryPlan], names: Naming, on_again: Callable[[str], None]
) -> None:
    """Show the stories that were taken off the list, by whom and why, to take up again."""
    gone = [one for one in stories if one.is_withdrawn]
    if not gone:
        return
    with st.expander(names.word("story_board.withdrawn", count=len(gone))):
        for one in gone:
            said, button = st.columns([0.75, 0.25], vertical_alignment="center")
            facts = {"title": one.title or one.id, "who": one.who, "at": _say_at(one)}
            said.caption(plain(names.word("story_board.withdrawn_line", why=one.why, **facts)))
            button.button(
                names.word("story_board.again"),
                key=f"story-again-{one.id}",
                on_click=on_again,
                args=(one.id,),
            )


def show_keep(
    work: StoryPlan,
    title: str,
    writer: str,
    names: Naming,
    *,
    is_changed: bool,
    on_sign: Callable[[str], None],
    on_keep: Callable[[str, str], None],
    on_withdraw: Callable[[str], None],
) -> None:
    """Show what the story is called, who keeps it and why, and the buttons for both."""
    state, button = st.columns([0.6, 0.4], vertical_alignment="center")
    word = "changed" if is_changed else "kept_by"
    facts = {"who": work.who or "—", "at": _say_at(work), "id": work.id, "version": work.seen}
    state.caption(plain(names.word(f"story_board.state.{word}", **facts)))
    version = f"{work.id}-{work.seen}"
    with (
        button,
        st.popover(
            names.word("story_board.keep_or_withdraw"),
            icon=":material/save:",
            width="stretch",
            key="story-keeping",
        ),
    ):
        name = st.text_input(
            names.word("story_board.title"),
            work.title or title,
            key=f"story-title-{version}",
            max_chars=LONGEST_TITLE,
        )
        set_widget("story-writer", writer)
        who = st.text_input(
            names.word("visits.writer"),
            key="story-writer",
            on_change=lambda: on_sign(widget("story-writer", "")),
        )
        why = st.text_input(
            names.word("story_board.why"), key=f"story-why-{version}", max_chars=LONGEST_WHY
        )
        off = None if who.strip() else names.word("visits.sign_first")
        st.button(
            names.word("story_board.keep"),
            key="story-keep",
            icon=":material/save:",
            type="primary",
            width="stretch",
            disabled=bool(off) or not (is_changed or name != work.title),
            help=off,
            on_click=on_keep,
            args=(name, why),
        )
        needs = off or (None if why.strip() else names.word("story_board.why_first"))
        st.button(
            names.word("story_board.withdraw"),
            key="story-withdraw",
            icon=":material/archive:",
            width="stretch",
            disabled=bool(needs) or not work.id,
            help=needs,
            on_click=on_withdraw,
            args=(why,),
        )


def show_story_answer(
    answer: Done | Clash | GeodataError | None,
    laid: Sequence[Laid],
    names: Naming,
    *,
    on_theirs: Callable[[str], None],
    on_mine: Callable[[], None],
    on_copy: Callable[[], None],
) -> None:
    """Show what became of keeping a story; of two versions, what differs, and what to do."""
    if isinstance(answer, GeodataError):
        st.error(say_error(answer, names.language), icon=":material/report:")
    elif isinstance(answer, Done):
        facts = {"title": answer.title or answer.id, "id": answer.id}
        words = names.word(f"story_board.done.{answer.what}", **facts)
        st.success(plain(words), icon=":material/check:")
    elif answer is not None:
        _show_clash(answer, laid, names, on_theirs=on_theirs, on_mine=on_mine, on_copy=on_copy)


def _show_clash(
    clash: Clash,
    laid: Sequence[Laid],
    names: Naming,
    *,
    on_theirs: Callable[[str], None],
    on_mine: Callable[[], None],
    on_copy: Callable[[], None],
) -> None:
    theirs, mine = clash.theirs, clash.mine
    facts = {"who": theirs.who, "at": _say_at(theirs), "version": theirs.seen, "mine": mine.seen}
    st.error(plain(names.word("story_board.clash", **facts)), icon=":material/sync_problem:")
    headings = {one.scene.id: one.scene.heading for one in laid}
    for one in clash.different:
        left, right = (_say_version(plan, one, names) for plan in (mine, theirs))
        what = headings.get(one) or names.word(f"story_board.differs.{_known(one)}", id=one)
        line = names.word("story_board.differs_line", what=what, mine=left, theirs=right)
        st.markdown(f"- {plain(line)}")
    take, put, both = st.columns(3)
    take.button(
        names.word("story_board.take_theirs"),
        key="story-theirs",
        width="stretch",
        on_click=on_theirs,
        args=(theirs.id,),
    )
    put.button(
        names.word("story_board.keep_mine"), key="story-mine", width="stretch", on_click=on_mine
    )
    both.button(
        names.word("story_board.keep_both"), key="story-both", width="stretch", on_click=on_copy
    )


PARTS = ("title", "kind", "cases", "slot_minutes", "speakers", "order")


def _known(name: str) -> str:
    return name if name in PARTS else "scene"


def _say_version(plan: StoryPlan, what: str, names: Naming) -> str:
    """Return what one of two versions says of a part or of a scene."""
    if what == "order":
        return names.word("story_board.differs.see")
    if what in PARTS:
        value = getattr(plan, what)
        told = value if isinstance(value, str | float) else names.list_of(map(str, value))
        return str(told) or "—"
    place = plan.place(what)
    if place is None:
        return names.word("story_board.differs.none")
    said = [names.word("story_board.differs.hidden")] if place.is_hidden else []
    edit = place.edit
    said += [one for one in (edit.heading, edit.text, edit.notes) if one]
    said += [names.word("story_board.minutes", minutes=f"{edit.minutes:g}")] if edit.minutes else []
    said += [" ".join(row) for row in edit.rows or ()]
    return " / ".join(said)[:300] or names.word("story_board.differs.as_drafted")


def _say_story(plan: StoryPlan | None, names: Naming) -> str:
    if plan is None:
        return names.word("story_board.unkept")
    kind = names.word(f"story_board.kind.{plan.kind}")
    return f"{plan.title or plan.id} · {kind} · {_say_at(plan)} · {plan.who}"


def _say_at(plan: StoryPlan) -> str:
    return f"{plan.at.astimezone(OFFICE_TIME):%Y-%m-%d %H:%M}" if plan.at else "—"
