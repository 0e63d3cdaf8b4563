"""Making a copy of a picture for showing: parts made unreadable, cut out, or turned."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

import streamlit as st

from dashboard.desks.evidence import CopyWork, Work
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.evidence.change import show_sign_first
from dashboard.panels.evidence.words import ACCESS_CLASSES, say_class, say_name, say_trouble
from dashboard.routes.pictures import hand_over_copy, picture_address
from dashboard.session import evidence_form_number, hear_component, widget
from geodata import GeodataError
from geodata.derived_pictures import Box
from geodata.evidence_store import AccessClass, EvidenceItem
from layers import drawing

BROWSER = Path(drawing.__file__).with_name("browser")
WAKE = """
export default function (component) {
    const stage = component.parentElement.querySelector(".stage");
    drawBoxes(stage, component.data, (box) => component.setTriggerValue("box", box));
}
"""
DRAWING = st.components.v2.component(
    "draw_boxes",
    html='<div class="stage"></div>',
    css=(BROWSER / "draw_boxes.css").read_text("utf-8"),
    js=(BROWSER / "draw_boxes.js").read_text("utf-8") + WAKE,
)
DEGREES = (90, 180, 270)
PREVIEW_STYLE = "max-width:100%;max-height:300px;display:block;margin:0 auto"


def show_copy_work(item: EvidenceItem, names: Naming) -> CopyWork:
    """Show what is to be done with a picture; return it, without the rectangles."""
    key = f"copy-{item.number}"
    left, right = st.columns(2)
    kind = left.segmented_control(
        names.word("evidence.copy.kind"),
        ("blurred", "cropped", "rotated"),
        default="blurred",
        required=True,
        format_func=lambda one: names.word(f"evidence.copy.{one}"),
        key=f"{key}-kind",
        label_visibility="collapsed",
    )
    work: Work = next(one for one in get_args(Work) if one == (kind or "blurred"))
    degrees = DEGREES[0]
    if work == "rotated":
        degrees = right.segmented_control(
            names.word("evidence.copy.degrees"),
            DEGREES,
            default=DEGREES[0],
            required=True,
            format_func=lambda one: names.word("evidence.copy.clockwise", degrees=one),
            key=f"{key}-degrees",
            label_visibility="collapsed",
        )
    return CopyWork(work, (), int(degrees or DEGREES[0]))


def show_boxes(
    item: EvidenceItem,
    size: tuple[int, int],
    boxes: Sequence[Box],
    names: Naming,
    *,
    on_box: Callable[[Box], None],
    on_back: Callable[[int], None],
) -> None:
    """Show the picture to draw rectangles on, and the same by numbers for the keyboard."""
    key = f"draw-{item.number}"

    def tell() -> None:
        hear_component()
        drawn = (widget(key) or {}).get("box")
        if drawn:
            left, top, right, bottom = map(int, drawn)
            on_box((left, top, right, bottom))

    DRAWING(
        key=key,
        data={
            "src": picture_address(item.sha256, "large"),
            "alt": say_name(item),
            "size": list(size),
            "boxes": [list(one) for one in boxes],
        },
        on_box_change=tell,
    )
    st.caption(names.word("evidence.copy.draw", width=size[0], height=size[1]))
    _ask_numbers(item, size, names, on_box)
    for place, one in enumerate(boxes):
        st.button(
            names.word("evidence.copy.back", number=place + 1, box=" ".join(map(str, one))),
            key=f"box-back-{place}",
            icon=":material/close:",
            on_click=on_back,
            args=(place,),
        )


def _ask_numbers(
    item: EvidenceItem, size: tuple[int, int], names: Naming, on_box: Callable[[Box], None]
) -> None:
    with st.expander(names.word("evidence.copy.numbers")):
        sides = ("left", "top", "right", "bottom")
        most = (size[0], size[1], size[0], size[1])
        told = [
            place.number_input(
                names.word(f"evidence.copy.{side}"),
                min_value=0,
                max_value=limit,
                value=0 if at < 2 else limit,  # noqa: PLR2004 - the first two are the near sides
                key=f"box-{side}-{item.number}",
            )
            for at, (place, side, limit) in enumerate(zip(st.columns(4), sides, most, strict=True))
        ]
        left, top, right, bottom = (int(one) for one in told)
        st.button(
            names.word("evidence.copy.add"),
            key="box-add",
            icon=":material/add_box:",
            disabled=not (left < right and top < bottom),
            on_click=on_box,
            args=((left, top, right, bottom),),
        )


def show_copy(
    item: EvidenceItem,
    work: CopyWork,
    preview: bytes | GeodataError | None,
    writer: str,
    names: Naming,
    *,
    on_keep: Callable[[int, int, CopyWork, AccessClass, str], None],
) -> None:
    """Show the copy as it would be, and the button that keeps it beside its original."""
    st.markdown(f"**{names.word('evidence.copy.preview')}**")
    if isinstance(preview, GeodataError):
        st.error(plain(say_trouble(preview, names)), icon=":material/block:")
    elif preview is None:
        st.caption(names.word("evidence.copy.nothing"))
    else:
        alt = names.word("evidence.copy.preview")
        st.html(f'<img src="{hand_over_copy(preview)}" alt="{alt}" style="{PREVIEW_STYLE}">')
    key = f"copy-{item.number}-{evidence_form_number()}"
    access, why = st.columns(2)
    access_class = access.selectbox(
        names.word("evidence.copy.class"),
        ACCESS_CLASSES,
        index=None,
        format_func=lambda one: say_class(one, names),
        key=f"{key}-class-{names.language}",
        placeholder=names.word("evidence.class.none"),
    )
    note = why.text_input(
        names.shared_word("evidence_columns", "note"), key=f"{key}-note", max_chars=200
    )
    st.button(
        names.word("evidence.copy.keep"),
        key="evidence-copy",
        type="primary",
        icon=":material/content_copy:",
        disabled=not (isinstance(preview, bytes) and writer),
        on_click=lambda: on_keep(
            item.number,
            item.seen,
            work,
            access_class or "",  # type: ignore[arg-type]  # one of those offered
            str(widget(f"{key}-note") or note or ""),
        ),
    )
    show_sign_first(writer, names)
    st.caption(names.word("evidence.copy.about"))
