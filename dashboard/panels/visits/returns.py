"""Visits come home: drop the files, see what is sound, decide what differs, have it written."""

from collections.abc import Callable, Sequence
from html import escape
from io import BytesIO

import streamlit as st

from dashboard.desks.returns import ReturnDesk, Taken
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.cases.entry_words import table
from dashboard.panels.files_home import page_of, show_choice, show_drop, show_refused
from dashboard.panels.visits.return_stop import CHOICES, OnChoose, show_stop
from dashboard.panels.visits.return_words import say_conflict, say_note
from dashboard.session import is_signed_in, widget
from dashboard.text import say_error
from layers.return_pack import Conflict, Returned, ReturnedStop
from layers.visit_writing import Homecoming

BYTES_PER_MB = 10**6
MOST_STOPS = 10
STATES = ("damaged", "missing", "unlisted")


def show_return_part(
    desk: ReturnDesk,
    names: Naming,
    *,
    on_drop: Callable[[Sequence[tuple[str, BytesIO]]], None],
    on_pick: Callable[[str], None],
    on_away: Callable[[str], None],
    on_choose: OnChoose,
    on_sign: Callable[[str], None],
    on_write: Callable[[ReturnDesk, Callable[[int, int], None]], None],
    on_case: Callable[[str], None],
    on_hazard: Callable[[str], None],
) -> None:
    """Show the part of the site visits where returns come home, whole."""
    left, right = st.columns([0.34, 0.66])
    with left:
        show_drop(
            names.word("visit_return.drop", limit=desk.most_mb),
            names.word("visit_return.drop_about"),
            desk.most_mb,
            f"returns-{desk.number}",
            lambda files: on_drop([(file.name, file) for file in files]),
        )
        for one in desk.taken:
            if one.trouble is not None:
                said = f"{one.name}: {say_error(one.trouble, names.language)}"
                show_refused(said, one.digest, names, "return", on_away)
        if desk.picked is not None:
            labels = _labels(desk, names)
            show_choice(
                names.word("visit_return.which", count=len(labels)),
                labels,
                desk.picked.digest,
                names,
                kind="return",
                on_pick=on_pick,
                on_away=on_away,
            )
        if desk.picked is not None and desk.home is not None:
            show_pack(desk.picked, desk.home, desk, names)
            show_alike(desk, desk.home, names, on_choose)
            show_write(desk, desk.home, names, on_sign=on_sign, on_write=on_write)
    with right:
        if desk.home is None:
            st.info(names.word("visit_return.empty"), icon=":material/usb:")
            show_out(desk, names)
            return
        for stop in _page_of(desk, desk.home, names):
            show_stop(
                stop,
                desk,
                desk.home,
                names,
                on_choose=on_choose,
                on_case=on_case,
                on_hazard=on_hazard,
            )


def _page_of(desk: ReturnDesk, home: Homecoming, names: Naming) -> Sequence[ReturnedStop]:
    """Show which stops are looked at where there are many; return those, to be decided first."""
    asked = {one.ref for one in home.conflicts}
    stops = sorted(
        home.returned.stops, key=lambda one: (one.ref not in asked, home.is_written(one))
    )
    key = f"return-page-{desk.picked.digest[:8] if desk.picked else ''}"
    return page_of(stops, MOST_STOPS, names.word("visit_return.pages"), key)


def _labels(desk: ReturnDesk, names: Naming) -> dict[str, str]:
    """Return what the returns that were read are called, by their digests."""
    return {
        one.digest: names.word(
            "visit_return.label",
            team=one.returned.issued.team,
            day=one.returned.issued.day.isoformat(),
            version=one.returned.issued.version,
            file=one.name,
        )
        for one in desk.taken
        if one.returned is not None
    }


def show_pack(taken: Taken, home: Homecoming, desk: ReturnDesk, names: Naming) -> None:
    """Show what the file is: its pack, whether all of it is sound, which stops were visited."""
    returned = home.returned
    issued = returned.issued
    facts = {
        "plan": plain(issued.plan_id),
        "exported": returned.exported_at[:16].replace("T", " ") or "—",
        "size": f"{max(taken.size / BYTES_PER_MB, 0.1):,.1f}",
    }
    st.caption(names.word("visit_return.file", **facts))
    _show_parts(returned, names)
    for note in returned.notes:
        st.warning(plain(say_note(note, names)), icon=":material/warning:")
    counts = {"visited": len(returned.stops), "all": len(issued.layers)}
    st.markdown(names.word("visit_return.visited", **counts))
    if returned.not_visited:
        named = names.list_of(desk.titles.get(one, one) for one in returned.not_visited)
        st.markdown(plain(names.word("visit_return.not_visited", names=named)))


def _show_parts(returned: Returned, names: Naming) -> None:
    """Show whether every part is what its hash says, and name those that are not."""
    if returned.is_whole:
        said = names.word("visit_return.whole", count=len(returned.parts))
        st.success(said, icon=":material/verified:")
        return
    counts = {one: sum(part.state == one for part in returned.parts) for one in ("sound", *STATES)}
    st.warning(names.word("visit_return.parts", **counts), icon=":material/healing:")
    lines = [
        f"- `{part.name}` {names.word(f'visit_return.part.{part.state}')}"
        for part in returned.parts
        if part.state != "sound"
    ]
    with st.expander(names.word("visit_return.which_parts", count=len(lines))):
        st.markdown("\n".join(lines))


def show_alike(desk: ReturnDesk, home: Homecoming, names: Naming, on_choose: OnChoose) -> None:
    """Show the conflicts that are the same on several stops, to be decided together."""
    alike: dict[tuple[str, ...], list[Conflict]] = {}
    for one in home.conflicts:
        if one.id not in desk.decisions:
            alike.setdefault((one.kind, one.name, one.then, one.now), []).append(one)
    digest = desk.picked.digest if desk.picked else ""
    for number, same in enumerate(one for one in alike.values() if len(one) > 1):
        layer = home.returned.issued.layers[same[0].ref]
        said = say_conflict(same[0], layer, desk.cases, names)
        st.markdown(plain(names.word("visit_return.alike", count=len(same), said=said)))
        for place, choice in zip(st.columns(len(CHOICES)), CHOICES, strict=True):
            place.button(
                names.word(f"visit_return.choice.{choice}"),
                key=f"return-alike-{number}-{choice}",
                width="stretch",
                on_click=on_choose,
                args=(digest, same, choice),
            )


def show_out(desk: ReturnDesk, names: Naming) -> None:
    """Show the packs that left, the newest first, and how much of each has come home."""
    if not desk.out:
        return
    st.markdown(f"**{names.word('visit_return.out')}**")
    headings = [
        names.word(f"visit_return.column.{one}") for one in ("team", "day", "version", "home")
    ]
    rows = [
        [
            escape(one.team),
            one.day.isoformat(),
            str(one.version),
            f"{desk.came_home(one)} / {len(one.layers)}",
        ]
        for one in desk.out
    ]
    st.html(table(headings, rows))


def show_write(
    desk: ReturnDesk,
    home: Homecoming,
    names: Naming,
    *,
    on_sign: Callable[[str], None],
    on_write: Callable[[ReturnDesk, Callable[[int, int], None]], None],
) -> None:
    """Show who decides and writes, and the button that writes all of it, with its progress."""
    if desk.refusal is not None:
        st.error(plain(say_error(desk.refusal, names.language)), icon=":material/block:")
    if not home.to_write:
        st.success(names.word("visit_return.all_written"), icon=":material/done_all:")
        return
    st.text_input(
        f"{names.word('visit_return.writer')} *",
        value=desk.writer,
        key="return-writer",
        max_chars=40,
        disabled=is_signed_in(),
        on_change=lambda: on_sign(widget("return-writer", "")),
    )
    is_decided = not desk.open_conflicts
    pressed = st.button(
        names.word("visit_return.write", count=len(home.to_write)),
        key="return-write",
        type="primary",
        icon=":material/save:",
        width="stretch",
        disabled=not (is_decided and desk.writer),
    )
    if not is_decided:
        open_ = names.word("visit_return.decide_first", count=desk.open_conflicts)
        st.caption(f":material/help: {open_}")
    elif not desk.writer:
        st.caption(f":material/person: {names.word('visit_return.sign_first')}")
    if pressed:
        bar = st.progress(0.0, names.word("visit_return.writing", done=0, all="…"))

        def tell(done: int, whole: int) -> None:
            said = names.word("visit_return.writing", done=done, all=whole)
            bar.progress(min(done / whole, 1.0), said)

        on_write(desk, tell)
        st.rerun()
