"""The scenes of a story, page by page, and the deck made from them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape

import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.session import set_widget, widget
from dashboard.story import ClosingScene, FactsScene, MapScene, Scene, Story, TimelineScene

PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def show_choice(
    titles: Mapping[str, str],
    told: Sequence[str],
    names: Naming,
    on_choose: Callable[[Sequence[str]], None],
) -> None:
    """Show which cases are told, in their order; cases that are gone are named."""
    gone = [one for one in told if one not in titles]
    if gone:
        st.warning(names.word("story_board.gone", ids="、".join(gone)), icon=":material/help:")
    set_widget("told", [one for one in told if one in titles])
    st.multiselect(
        names.word("story_board.choose"),
        list(titles),
        format_func=lambda one: f"{titles[one]} · {one}",
        key="told",
        on_change=lambda: on_choose(widget("told", ())),
    )
    if not told:
        st.info(names.word("story_board.empty"), icon=":material/co_present:")


def show_story(story: Story, names: Naming) -> None:
    """Show the scenes of a story, each as it will stand on its page, without the maps."""
    st.markdown(f"**{names.word('story_board.scenes', count=len(story.scenes))}**")
    for number, scene in enumerate(story.scenes, start=1):
        with st.expander(f"{number}. {plain(scene.heading)}"):
            st.html(f'<div class="pim-card">{_content(scene)}</div>')
            if scene.notes:
                st.caption(names.word("story_board.notes", notes=plain(scene.notes)))


def _content(scene: Scene) -> str:
    if isinstance(scene, (FactsScene, ClosingScene)):
        return _rows((fact.name, fact.value) for fact in scene.facts)
    if isinstance(scene, TimelineScene):
        return _rows((step.on.isoformat(), f"{step.text} {step.note}") for step in scene.steps)
    if isinstance(scene, MapScene):
        return escape(scene.caption)
    return escape(getattr(scene, "subheading", ""))


def _rows(pairs: Iterable[tuple[str, str]]) -> str:
    cells = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(value).replace(chr(10), '<br>')}</td></tr>"
        for name, value in pairs
    )
    return f"<table>{cells}</table>"
