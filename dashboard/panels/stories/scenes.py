"""A scene as it will stand on its page, and the files that are made of a story."""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from io import BytesIO

import streamlit as st

from dashboard.decks.deck import clock
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.session import set_widget, widget
from dashboard.telling.story import (
    AgendaScene,
    ChartScene,
    ClosingScene,
    FactsScene,
    MapScene,
    PairScene,
    Picture,
    Scene,
    TableScene,
    TextScene,
    TimelineScene,
    TitleScene,
)
from dashboard.telling.storyline import rows_of
from layers.drawing.charts import draw_chart

PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
PARTS = ("arrange", "out")
FORMS = {"pptx": PPTX, "pdf": "application/pdf"}
Draw = Callable[[MapScene], bytes | None]
Read = Callable[[Picture], bytes | None]


def show_board_parts(part: str, names: Naming, on_part: Callable[[str], None]) -> None:
    """Show the parts of the board: arranging the story, and taking it along."""
    set_widget("board-part", part)
    st.segmented_control(
        names.word("leaving.board_parts"),
        PARTS,
        format_func=lambda one: names.word(f"leaving.board_part.{one}"),
        key="board-part",
        label_visibility="collapsed",
        on_change=lambda: on_part(widget("board-part") or part),
    )


def show_scene(scene: Scene, names: Naming, draw: Draw, read: Read) -> None:
    """Show a scene about as it will stand on its page; maps as they will be printed, smaller."""
    st.html(f'<div class="pim-card"><h4>{escape(scene.heading)}</h4></div>')
    is_pairs = isinstance(scene, (FactsScene, ClosingScene))
    content = _content(scene, names)
    st.html(f'<div class="pim-card">{content}</div>' if is_pairs else content or "<p></p>")
    if isinstance(scene, MapScene):
        _show_picture(draw(scene), names, scene.caption)
    elif isinstance(scene, PairScene):
        for column, one in zip(st.columns(2), (scene.before, scene.after), strict=True):
            with column:
                shown = None if one is None else draw(one.map) if one.map else read(one)
                _show_picture(shown, names, one.caption if one else "")
        if scene.caption:
            st.caption(plain(scene.caption))
    elif isinstance(scene, ChartScene) and scene.categories:
        series = [(one.name, one.values) for one in scene.series]
        drawn = draw_chart(
            scene.kind, scene.categories, series, unit=scene.unit, title=scene.heading
        )
        st.image(drawn, width="stretch")
        st.caption(plain(scene.note))
    if scene.notes:
        st.caption(names.word("story_board.notes", notes=plain(scene.notes)))


def _show_picture(picture: bytes | None, names: Naming, caption: str) -> None:
    if picture is None:
        st.info(names.word("story.deck.no_picture"), icon=":material/hide_image:")
    else:
        st.image(BytesIO(picture), width="stretch")
    if caption:
        st.caption(plain(caption))


def _content(scene: Scene, names: Naming) -> str:
    if isinstance(scene, TextScene):
        return "".join(f"<p>{escape(one)}</p>" for one in scene.paragraphs)
    if isinstance(scene, TitleScene):
        return f"<p>{_lines(scene.subheading)}</p>"
    if isinstance(scene, AgendaScene):
        columns = ("begins", "office", "case", "speaker", "minutes")
        lines = [(clock(one.begins), one.office, one.text, one.speaker, f"{one.minutes:g}")
                 for one in scene.rows]  # fmt: skip
        return _rows(lines, [names.word(f"story.agenda.{one}") for one in columns])
    note = (
        f'<div class="pim-sub">{escape(scene.note)}</div>' if isinstance(scene, TableScene) else ""
    )
    heads: Sequence[str] = getattr(scene, "columns", ())
    if isinstance(scene, TimelineScene):
        heads = [
            names.word(f"story.timeline.{one}") for one in ("day", "event", "document", "note")
        ]
    return _rows(rows_of(scene) or (), heads) + note


def _rows(lines: Iterable[Sequence[str]], heads: Sequence[str] = ()) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    cells = "".join(
        f"<tr>{''.join(f'<td>{_lines(cell)}</td>' for cell in line)}</tr>" for line in lines
    )
    head = f"<thead><tr>{head}</tr></thead>" if head else ""
    return f'<table class="pim-table">{head}<tbody>{cells}</tbody></table>'


def _lines(cell: str) -> str:
    return escape(cell).replace("\n", "<br>")
