"""Files that came home and lie on a desk: dropped, refused, one of them looked at, page by page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.session import widget

Row = TypeVar("Row")


def show_drop(label: str, about: str, most_mb: int, key: str, tell: Callable[[Any], None]) -> None:
    """Show where files are dropped, several at a time; `tell` takes those that lie there now."""
    st.file_uploader(
        label,
        accept_multiple_files=True,
        max_upload_size=most_mb,
        key=key,
        on_change=lambda: tell(widget(key) or []),
    )
    st.caption(about)


def show_refused(
    said: str, digest: str, names: Naming, kind: str, on_away: Callable[[str], None]
) -> None:
    """Show why a file was not read, and put it away."""
    st.error(plain(said), icon=":material/block:")
    st.button(
        names.word("visit_return.away"),
        key=f"{kind}-away-{digest[:8]}",
        icon=":material/close:",
        on_click=on_away,
        args=(digest,),
    )


def show_choice(
    label: str,
    labels: Mapping[str, str],
    digest: str,
    names: Naming,
    *,
    kind: str,
    on_pick: Callable[[str], None],
    on_away: Callable[[str], None],
) -> None:
    """Show which of the files that were read is looked at, and put it away; by their digests."""
    key = f"{kind}-choice-{digest[:8]}-{len(labels)}-{names.language}"
    left, right = st.columns([0.86, 0.14], vertical_alignment="bottom")
    left.selectbox(
        label,
        list(labels),
        index=list(labels).index(digest),
        format_func=lambda one: labels[one],
        key=key,
        on_change=lambda: on_pick(widget(key) or digest),
    )
    right.button(
        ":material/close:",
        key=f"{kind}-away-{digest[:8]}",
        help=names.word("visit_return.away"),
        width="stretch",
        on_click=on_away,
        args=(digest,),
    )


def page_of(rows: Sequence[Row], most: int, label: str, key: str) -> Sequence[Row]:
    """Show which rows are looked at where there are more than `most`; return those."""
    if len(rows) <= most:
        return rows
    first = st.segmented_control(
        label,
        range(0, len(rows), most),
        default=0,
        required=True,
        format_func=lambda at: f"{at + 1}–{min(at + most, len(rows))}",
        key=key,
    )
    return rows[first : first + most]
