"""The one door: a file is made, checked for whoever it is for, released in writing, and taken.

Nobody is given a byte before the release of exactly these bytes stands in the journal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.leaving import Checked, Door
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.leaving.leaks import show_checked, show_leaks
from dashboard.panels.leaving.looked_at import show_pictures, show_suspects
from dashboard.session import keep, kept
from dashboard.text import say_error
from geodata import GeodataError
from layers.disclosure.release_book import KeptRelease

Tell = Callable[[int], None]
Make = Callable[[Tell], bytes]
"""Makes the bytes of a file, and tells how many of its steps are done."""


@dataclass(frozen=True)
class _Made:
    """A file that was made for the screen: of what, for whom, and what its check found."""

    made_from: object
    key: object
    checked: Checked


def show_take(
    label: str,
    make: Make,
    door: Door,
    names: Naming,
    *,
    key: str,
    file_name: str,
    mime: str,
    made_from: object,
    steps: int = 1,
    about: str = "",
) -> None:
    """Show the button that makes a file; once it is made, what its check found, and the file.

    `label` names the file on the button, `make` is given what tells how many of `steps` are done.
    The file is made anew when `made_from` differs, and checked anew when the door does. `key`
    tells the doors of a screen apart. `about` stands below the button.
    """
    is_signed = bool(door.writer)
    if st.button(
        names.word("leaving.make", file=label),
        key=f"make-{key}",
        type="primary",
        icon=":material/fact_check:",
        disabled=not is_signed,
        help=None if is_signed else names.word("leaving.sign_first"),
    ):
        _make(file_name, make, door, names, key=key, made_from=made_from, steps=steps)
    if about:
        st.caption(about)
    trouble = kept(f"take.{key}.trouble")
    if trouble is not None:
        st.error(say_error(trouble, names.language), icon=":material/report:")
    made: _Made | None = kept(f"take.{key}")
    if made is None or made.made_from != made_from:
        return
    if made.key != door.key:
        before = made.checked
        checked = show_checking(names, lambda: door.check(before.content, before.name))
        made = _Made(made_from, door.key, checked)
        keep(f"take.{key}", made)
    show_way_out(made.checked, door, names, mime=mime, key=key)


def show_checking(names: Naming, check: Callable[[], Checked]) -> Checked:
    """Say that a file is being checked as long as it takes; return what was found."""
    with st.spinner(names.word("leaving.checking")):
        return check()


def show_way_out(
    checked: Checked, door: Door, names: Naming, *, mime: str, key: str, at_once: bool = True
) -> None:
    """Show what the check of a file found, what lets it go, and once it may go, the file.

    A clean file is released `at_once`, or where somebody asks for it.
    """
    released = _released(checked, door, at_once=at_once)
    show_checked(checked, names, is_released=isinstance(released, KeptRelease))
    if isinstance(released, KeptRelease):
        _show_file(checked, released, names, mime=mime, key=key)
        return
    if isinstance(released, GeodataError):
        st.error(say_error(released, names.language), icon=":material/lock:")
    held = "leaving.held_clean" if checked.is_clean else "leaving.held"
    st.button(
        names.word("leaving.download", file=plain(checked.name)),
        key=f"held-{key}",
        icon=":material/lock:",
        disabled=True,
        help=names.word(held),
    )
    if checked.trouble:
        return
    if checked.is_clean:
        _ask_release(checked, door, names, key=key)
        return
    show_leaks(checked.leaks, names)
    if door.refusal is not None:
        st.error(say_error(door.refusal, names.language), icon=":material/lock:")
    if checked.looked.suspects:
        show_suspects(checked.looked.suspects, names, key=key, on_decide=door.decide)
    if any(one.kind == "picture_unseen" for one in checked.leaks):
        show_pictures(checked, names, key=key, on_look=door.look_at)
    _ask_reason(checked, door, names, key=key)


def _make(
    file_name: str,
    make: Make,
    door: Door,
    names: Naming,
    *,
    key: str,
    made_from: object,
    steps: int,
) -> None:
    """Make a file with a bar of progress, check it, and keep both for the screen."""
    bar = st.progress(0.0)

    def tell(done: int) -> None:
        words = names.word("leaving.making", step=min(done + 1, steps), steps=steps)
        bar.progress(min(1.0, done / max(1, steps)), text=words)

    keep(f"take.{key}", None)
    keep(f"take.{key}.trouble", None)
    try:
        content = make(tell)
    except GeodataError as trouble:
        keep(f"take.{key}.trouble", trouble)
    else:
        bar.progress(1.0, text=names.word("leaving.checking"))
        keep(f"take.{key}", _Made(made_from, door.key, door.check(content, file_name)))
    bar.empty()


def _released(checked: Checked, door: Door, *, at_once: bool) -> KeptRelease | GeodataError | None:
    """Return the release of a file; a clean one is released as soon as somebody has signed."""
    found = door.outcome(checked)
    if found is None and at_once and checked.is_clean and door.writer:
        door.release(checked, "")
        found = door.outcome(checked)
    return found


def _show_file(
    checked: Checked, released: KeptRelease, names: Naming, *, mime: str, key: str
) -> None:
    st.download_button(
        names.word("leaving.download", file=plain(checked.name)),
        data=checked.content,
        file_name=checked.name,
        mime=mime,
        key=f"download-{key}",
        icon=":material/download:",
        on_click="ignore",
    )
    facts: dict[str, Any] = {
        "number": released.number,
        "who": plain(released.who),
        "sha256": released.sha256[:16],
    }
    st.caption(names.word("leaving.recorded", **facts))


def _ask_release(checked: Checked, door: Door, names: Naming, *, key: str) -> None:
    """Show the button that releases a clean file and writes that down."""
    st.button(
        names.word("leaving.release_clean"),
        key=f"release-{key}",
        type="primary",
        icon=":material/lock_open:",
        disabled=not door.writer,
        help=None if door.writer else names.word("leaving.sign_first"),
        on_click=door.release,
        args=(checked, ""),
    )


def _ask_reason(checked: Checked, door: Door, names: Naming, *, key: str) -> None:
    """Ask why a file shall leave in spite of its leaks, and let it go for that reason."""
    with st.form(f"overrule-{key}-{checked.sha256[:12]}-{checked.audience}", border=True):
        st.markdown(f"**{names.word('leaving.overrule')}**")
        reason = st.text_area(
            names.word("leaving.reason"),
            key=f"reason-{key}-{checked.sha256[:12]}",
            help=names.word("leaving.reason_help"),
            max_chars=500,
            height=68,
        )
        is_asked = st.form_submit_button(
            names.word("leaving.release"),
            icon=":material/lock_open:",
            disabled=not door.writer,
            help=None if door.writer else names.word("leaving.sign_first"),
        )
    if is_asked:
        door.release(checked, reason)
        st.rerun()
