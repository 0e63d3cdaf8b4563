"""Two photographs of one place on two days with a slider between them, and which two to choose."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.desks.evidence import may_show
from dashboard.naming import Naming
from dashboard.panels.evidence.words import say_collectors, say_day, say_name, say_source
from dashboard.routes.pictures import picture_address
from dashboard.session import set_widget, widget
from geodata.evidence_store import EvidenceItem
from geodata.photographs import PhotoPair, can_be_shown
from layers.drawing.before_after import Half, SliderWords, draw_figure, script, style

WAKE = """
export default function (component) {
    const stage = component.parentElement.querySelector(".stage");
    const { figure, pictures } = component.data;
    if (stage.dataset.pictures === pictures) { return; }
    stage.innerHTML = figure;
    stage.dataset.pictures = pictures;
    beforeAfter(stage);
}
"""
"""Draws a figure anew only where it shows other pictures: the slider stays where it was put."""

MOST_PAIRS = 30
"""How many pairs are offered, the likeliest of each hazard first; any two can be chosen besides."""

SLIDER = st.components.v2.component(
    "before_after",
    html='<div class="stage" style="--most-height:430px"></div>',
    css=style(),
    js=script() + WAKE,
)


def show_pair_choice(
    pairs: Sequence[PhotoPair],
    items: Sequence[EvidenceItem],
    chosen: tuple[int, int],
    names: Naming,
    on_choose: Callable[[int, int], None],
) -> None:
    """Show the pairs that suggest themselves, and below them any two pictures to choose from."""
    offered = {(one.before.number, one.after.number): one for one in pairs[:MOST_PAIRS]}
    st.markdown(f"**{names.word('evidence.pairs.suggested', count=len(pairs))}**")
    if pairs:
        set_widget("evidence-pair", chosen if chosen in offered else None)
        st.radio(
            names.word("evidence.pairs.suggested", count=len(pairs)),
            list(offered),
            format_func=lambda one: _say_pair(offered[one], names),
            key="evidence-pair",
            label_visibility="collapsed",
            on_change=lambda: on_choose(*(widget("evidence-pair") or chosen)),
        )
    else:
        st.caption(names.word("evidence.pairs.none"))
    if len(pairs) > len(offered):
        st.caption(names.word("evidence.pairs.more", shown=len(offered), count=len(pairs)))
    st.caption(names.word("evidence.pairs.about"))
    pictures = {one.number: one for one in items if can_be_shown(one)}
    with st.expander(names.word("evidence.pairs.any"), expanded=not pairs):
        for side, place in (("before", 0), ("after", 1)):
            key = f"evidence-pair-{side}"
            set_widget(key, chosen[place] if chosen[place] in pictures else None)
            st.selectbox(
                names.word(f"evidence.pairs.{side}"),
                list(pictures),
                format_func=lambda one: _say_picture(pictures.get(one), names),
                key=key,
                placeholder=names.word("evidence.pairs.pick"),
                on_change=lambda: on_choose(
                    widget("evidence-pair-before") or 0, widget("evidence-pair-after") or 0
                ),
            )


def show_before_after(
    before: EvidenceItem | None,
    after: EvidenceItem | None,
    names: Naming,
    *,
    revealed: frozenset[int],
    on_reveal: Callable[[Sequence[int]], None],
) -> None:
    """Show two photographs with the slider; guarded ones only after a click."""
    if before is None or after is None:
        st.info(names.word("evidence.pairs.choose"), icon=":material/compare:")
        return
    hidden = [one for one in (before, after) if not may_show(one, revealed)]
    if hidden:
        shown = names.list_of(say_name(one) for one in hidden)
        said = names.word("evidence.pairs.guarded", names=shown)
        st.info(said, icon=":material/visibility_off:")
        st.button(
            names.word("evidence.reveal"),
            key="evidence-pair-reveal",
            icon=":material/visibility:",
            on_click=on_reveal,
            args=([one.number for one in hidden],),
        )
        return
    words = SliderWords(
        names.word("evidence.pairs.slider"),
        names.word("evidence.pairs.share"),
        names.word("evidence.pairs.lost"),
    )
    halves = [_half(one, side, names) for one, side in ((before, "before"), (after, "after"))]
    SLIDER(
        key=f"slider-{before.number}-{after.number}-{names.language}",
        data={
            "figure": draw_figure(halves[0], halves[1], words),
            "pictures": f"{before.sha256} {after.sha256} {names.language}",
        },
    )


def _half(item: EvidenceItem, side: str, names: Naming) -> Half:
    day = f"{names.word(f'evidence.pairs.{side}')} {say_day(item.facts, names)}"
    told = [
        day,
        say_name(item),
        say_collectors(item.facts, names),
        say_source(item.facts, names),
        f"SHA-256 {item.sha256[:12]}",
    ]
    return Half(picture_address(item.sha256, "large"), day, " · ".join(told), say_name(item))


def _say_pair(pair: PhotoPair, names: Naming) -> str:
    facts = {
        "before": say_day(pair.before.facts, names),
        "after": say_day(pair.after.facts, names),
        "days": pair.days,
        "hazard": pair.hazard.partition(":")[2],
    }
    told = [names.word("evidence.pairs.pair", **facts)]
    if pair.apart_m is not None:
        told.append(names.word("evidence.pairs.apart", metres=f"{pair.apart_m:.0f}"))
    if pair.turned_deg is not None:
        told.append(names.word("evidence.pairs.turned", degrees=f"{pair.turned_deg:.0f}"))
    told += [names.word(f"evidence.pairs.unknown_{one}") for one in pair.unknown]
    return " · ".join(told)


def _say_picture(item: EvidenceItem | None, names: Naming) -> str:
    return "" if item is None else f"{say_day(item.facts, names)} · {say_name(item)}"
