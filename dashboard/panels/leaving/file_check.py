"""Any file, made here or elsewhere: dropped, checked for whoever it is for, released or not."""

from collections.abc import Callable

import streamlit as st

from dashboard.naming import Naming
from dashboard.session import set_widget, widget

MOST_MB = 200
PARTS = ("check", "past")


def show_leaving_parts(part: str, names: Naming, on_part: Callable[[str], None]) -> None:
    """Show the parts of what leaves: the check of a file, and what has left."""
    set_widget("leaving-part", part)
    st.segmented_control(
        names.word("leaving.parts"),
        PARTS,
        format_func=lambda one: names.word(f"leaving.part.{one}"),
        key="leaving-part",
        label_visibility="collapsed",
        on_change=lambda: on_part(widget("leaving-part") or part),
    )


def show_drop(names: Naming) -> tuple[str, bytes] | None:
    """Ask for a file; return its name and its bytes, None as long as there is none."""
    st.caption(names.word("leaving.drop_about"))
    file = st.file_uploader(
        names.word("leaving.drop", limit=MOST_MB), key="file-to-leave", max_upload_size=MOST_MB
    )
    if file is None:
        st.info(names.word("leaving.drop_empty"), icon=":material/upload_file:")
        return None
    return str(file.name), bytes(file.getvalue())


def show_invented(is_invented: bool, names: Naming, on_change: Callable[[bool], None]) -> None:  # noqa: FBT001
    """Ask whether a file holds demonstration data, which has to say so."""
    set_widget("file-is-invented", is_invented)
    st.toggle(
        names.word("leaving.is_invented"),
        key="file-is-invented",
        help=names.word("leaving.is_invented_help"),
        on_change=lambda: on_change(bool(widget("file-is-invented"))),
    )
