"""One scene on the board: how it will look, what it lacks, and what may be written otherwise."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.telling.story import AgendaScene, Scene
from dashboard.telling.storyline import Laid, bad_days, edit_of, has_text, rows_of, text_of
from layers.stories import NO_EDIT, Edit

LONGEST_HEADING, LONGEST_TEXT = 160, 20_000


def show_scene_bar(
    one: Laid,
    at: int,
    count: int,
    names: Naming,
    *,
    on_move: Callable[[str, int], None],
    on_show: Callable[[str, bool], None],
    on_remove: Callable[[str], None],
    on_step: Callable[[int], None],
) -> None:
    """Show the buttons for a scene: the one before, the next, up, down, in or out, away."""
    scene = one.scene
    before, after, up, down, toggle, away = st.columns([1, 1, 1, 1, 1.7, 1.4])
    before.button("◀", key="scene-before", help=names.word("story_board.before"), width="stretch",
                  disabled=at == 0, on_click=on_step, args=(-1,))  # fmt: skip
    after.button("▶", key="scene-after", help=names.word("story_board.after"), width="stretch",
                 disabled=at == count - 1, on_click=on_step, args=(1,))  # fmt: skip
    up.button("↑", key="scene-up", help=names.word("story_board.up"), width="stretch",
              disabled=at == 0, on_click=on_move, args=(scene.id, -1))  # fmt: skip
    down.button("↓", key="scene-down", help=names.word("story_board.down"), width="stretch",
                disabled=at == count - 1, on_click=on_move, args=(scene.id, 1))  # fmt: skip
    word = "story_board.show" if one.is_hidden else "story_board.hide"
    toggle.button(
        names.word(word),
        key="scene-toggle",
        width="stretch",
        on_click=on_show,
        args=(scene.id, one.is_hidden),
    )
    away.button(
        names.word("story_board.remove_scene"),
        key="scene-remove",
        width="stretch",
        disabled=not (scene.is_own or one.is_gone),
        help=names.word("story_board.remove_about"),
        on_click=on_remove,
        args=(scene.id,),
    )


def show_missing(one: Laid, names: Naming) -> None:
    """Show what a scene lacks, what was rewritten in it, and whether it is left out."""
    scene = one.scene
    if one.is_hidden:
        st.caption(f":material/visibility_off: {names.word('story_board.is_hidden')}")
    if scene.edited:
        said = names.list_of(names.word(f"story_board.edited.{name}") for name in scene.edited)
        st.caption(f":material/edit: {names.word('story_board.edited_about', fields=said)}")
    if scene.missing:
        words = plain(names.list_of(scene.missing))
        st.warning(f"{names.word('story_board.missing')} {words}", icon=":material/help:")


def show_edit(
    one: Laid,
    drafted: Scene,
    number: int,
    names: Naming,
    on_write: Callable[[str, Edit], None],
) -> None:
    """Show the form in which a scene is rewritten; `drafted` is what the record says."""
    scene = one.scene
    key = f"scene-{scene.id}-{number}"
    with st.form(key, border=True):
        heading = st.text_input(
            names.word("story_board.edit.heading"), scene.heading, max_chars=LONGEST_HEADING
        )
        text: str | None = None
        if has_text(scene):
            text = st.text_area(
                names.word("story_board.edit.text"), text_of(scene), max_chars=LONGEST_TEXT
            )
        rows = _show_rows(scene, key, names)
        notes = st.text_area(
            names.word("story_board.edit.notes"), scene.notes, max_chars=LONGEST_TEXT, height=80
        )
        minutes = st.number_input(
            names.word("story_board.edit.minutes"), 0.0, 120.0, float(scene.minutes), step=0.25
        )
        write, back = st.columns(2)
        is_sent = write.form_submit_button(
            names.word("story_board.edit.take"), type="primary", width="stretch"
        )
        is_reset = back.form_submit_button(
            names.word("story_board.edit.reset"), disabled=not scene.edited, width="stretch"
        )
    if is_reset:
        on_write(scene.id, NO_EDIT)
        st.rerun()
    wrong = bad_days(scene, rows or ())
    if is_sent and wrong:
        for at, value in wrong:
            words = names.word("story_board.bad_day", row=at, value=value or "—")
            st.error(plain(words), icon=":material/report:")
    elif is_sent:
        told = Edit(heading, text_of(drafted) if text is None else text, notes, minutes,
                    rows_of(drafted) if rows is None else rows)  # fmt: skip
        on_write(scene.id, edit_of(drafted, told))
        st.rerun()


def show_speakers(
    scene: AgendaScene, number: int, names: Naming, on_name: Callable[[dict[str, str]], None]
) -> None:
    """Show a table in which the speaker of each case is named."""
    rows = [one for one in scene.rows if one.case_id]
    heads = [names.word(f"story.agenda.{one}") for one in ("office", "case", "speaker")]
    told = pd.DataFrame([(one.office, one.text, one.speaker) for one in rows], columns=heads)
    with st.form(f"speakers-{number}", border=False):
        edited = st.data_editor(
            told, hide_index=True, disabled=heads[:2], key=f"speakers-table-{number}"
        )
        is_sent = st.form_submit_button(names.word("story_board.speakers"), type="primary")
    if is_sent:
        named = edited[heads[2]].fillna("").astype(str)
        on_name(dict(zip((one.case_id for one in rows), named, strict=True)))
        st.rerun()


def _show_rows(scene: Scene, key: str, names: Naming) -> tuple[tuple[str, ...], ...] | None:
    """Show the rows of a scene as cells to write in; return them as they stand."""
    rows = rows_of(scene)
    if rows is None:
        return None
    heads = _heads(scene, names)
    edited = st.data_editor(
        pd.DataFrame(rows, columns=heads, dtype="str"),
        hide_index=True,
        num_rows="dynamic",
        key=f"{key}-rows",
    )
    told = edited.fillna("").astype(str).itertuples(index=False, name=None)
    return tuple(tuple(row) for row in told if any(row))


def _heads(scene: Scene, names: Naming) -> list[str]:
    columns = getattr(scene, "columns", None)
    if columns:
        return list(columns)
    if hasattr(scene, "steps"):
        return [names.word(f"story.timeline.{one}") for one in ("day", "event", "document", "note")]
    return [names.word("story_board.fact"), names.word("story_board.value")]
