"""Photographs for outside: parts made unreadable, seen before and after, kept as copies."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.leaving import Photo
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.evidence.copy import PREVIEW_STYLE, show_boxes
from dashboard.panels.evidence.words import say_name, say_trouble
from dashboard.routes.pictures import hand_over_copy, picture_address
from dashboard.session import set_widget, widget
from geodata import GeodataError
from geodata.derived_pictures import Box


def show_outside_photos(
    photos: Sequence[Photo],
    chosen: int,
    boxes: Sequence[Box],
    preview: bytes | GeodataError | None,
    names: Naming,
    *,
    on_pick: Callable[[int], None],
    on_box: Callable[[Box], None],
    on_back: Callable[[int], None],
    on_keep: Callable[[int, int], None],
    on_reveal: Callable[[Sequence[int]], None],
    is_signed: bool,
    refusal: GeodataError | None = None,
) -> None:
    """Show which photographs of a story have a copy for outside, and make one for another.

    `preview` is the copy as it would be of the chosen one with its boxes.
    """
    lacking = sum(not one.copy_sha256 for one in photos)
    with st.expander(
        names.word("leaving.photos", count=len(photos), lacking=lacking),
        icon=":material/blur_on:",
        expanded=bool(chosen),
    ):
        st.caption(names.word("leaving.photos_about"))
        by_number = {one.item.number: one for one in photos}
        set_widget("photo-for-outside", chosen if chosen in by_number else None)
        st.radio(
            names.word("leaving.photo"),
            list(by_number),
            format_func=lambda number: _say(by_number[number], names),
            key="photo-for-outside",
            label_visibility="collapsed",
            on_change=lambda: on_pick(widget("photo-for-outside") or 0),
        )
        if refusal is not None:
            st.error(plain(say_trouble(refusal, names)), icon=":material/report:")
        photo = by_number.get(chosen)
        if photo is not None and photo.is_guarded:
            st.button(
                names.word("leaving.reveal"),
                key=f"reveal-photo-{chosen}",
                icon=":material/visibility:",
                on_click=on_reveal,
                args=((chosen,),),
            )
        elif photo is not None:
            _show_work(
                photo,
                boxes,
                preview,
                names,
                on_box=on_box,
                on_back=on_back,
                on_keep=on_keep,
                is_signed=is_signed,
            )


def _say(photo: Photo, names: Naming) -> str:
    key = "leaving.photo_copied" if photo.copy_sha256 else "leaving.photo_bare"
    return names.word(key, name=plain(say_name(photo.item)))


def _show_work(
    photo: Photo,
    boxes: Sequence[Box],
    preview: bytes | GeodataError | None,
    names: Naming,
    *,
    on_box: Callable[[Box], None],
    on_back: Callable[[int], None],
    on_keep: Callable[[int, int], None],
    is_signed: bool,
) -> None:
    st.markdown(f"**{names.word('leaving.before')}**")
    show_boxes(photo.item, photo.size, boxes, names, on_box=on_box, on_back=on_back)
    st.markdown(f"**{names.word('leaving.after')}**")
    if isinstance(preview, GeodataError):
        st.error(plain(say_trouble(preview, names)), icon=":material/block:")
        return
    if preview is not None:
        _show_picture(hand_over_copy(preview), names)
    st.button(
        names.word("leaving.keep_photo" if boxes else "leaving.keep_bare"),
        key=f"keep-photo-{photo.item.number}",
        icon=":material/save:",
        disabled=not is_signed or preview is None,
        help=None if is_signed else names.word("leaving.sign_first"),
        on_click=on_keep,
        args=(photo.item.number, photo.item.seen),
    )
    if photo.copy_sha256:
        st.caption(names.word("leaving.kept_photo"))
        _show_picture(picture_address(photo.copy_sha256, "large"), names)


def _show_picture(address: str, names: Naming) -> None:
    alt = names.word("leaving.after")
    st.html(f'<img src="{address}" alt="{alt}" style="{PREVIEW_STYLE}">')
