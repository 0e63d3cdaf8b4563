"""Story board: cases become scenes, scenes a story that is kept, and a story a file of pages."""

import streamlit as st

from dashboard import reads, session
from dashboard.actions import leaving as leaving_actions
from dashboard.actions import stories as story_actions
from dashboard.decks.stage_page import render_stage
from dashboard.desks import evidence as evidence_desk
from dashboard.desks import leaving as leaving_desk
from dashboard.desks import stories as story_desk
from dashboard.panels.leaving.alias_table import show_alias_table
from dashboard.panels.leaving.audience import show_audience, show_told_as
from dashboard.panels.leaving.photos import show_outside_photos
from dashboard.panels.leaving.take import show_take
from dashboard.panels.stories.add import show_add
from dashboard.panels.stories.list import (
    show_keep,
    show_stories,
    show_story_answer,
    show_withdrawn,
)
from dashboard.panels.stories.order import show_case_choice, show_order, show_time
from dashboard.panels.stories.scene_edit import (
    show_edit,
    show_missing,
    show_scene_bar,
    show_speakers,
)
from dashboard.panels.stories.scenes import FORMS, show_board_parts, show_scene
from dashboard.panels.stories.stage_doors import show_stage_doors
from dashboard.panels.time_bar import show_past
from dashboard.telling.outside import as_told, prepare
from dashboard.telling.own_scenes import charted_figures
from dashboard.telling.story import AgendaScene

view = session.current()
state = reads.data_state(view.day, view.known_on)
names = reads.naming(view.language)
show_past(
    view,
    reads.data_state().as_of,
    names,
    on_day=session.look_at_day,
    on_known=session.look_as_known,
)
titles = reads.case_titles(names, state.revision)
stories = story_desk.all_stories()
work = story_actions.open_work(view.story, view.told)
if story_actions.lost_story():
    words = names.word("story_board.no_story", id=story_actions.lost_story())
    st.warning(words, icon=":material/help:")
opened = story_desk.open_story(work, state, view.language)
in_scope = story_desk.cases_in(view.scope, state)
show_stories(
    stories,
    work,
    names,
    on_open=story_actions.open_story,
    on_begin=lambda: story_actions.begin("cases", view.told),
    on_meeting=lambda: story_actions.begin("meeting", in_scope),
    meeting_count=len(in_scope),
    on_copy=lambda: story_actions.copy(names.word("story_board.copy_of", title=opened.story.title)),
)
show_story_answer(
    session.kept(story_actions.ANSWER),
    opened.laid,
    names,
    on_theirs=story_actions.open_story,
    on_mine=lambda: story_actions.keep_over(opened, state),
    on_copy=lambda: story_actions.keep_as_copy(
        opened, names.word("story_board.copy_of", title=opened.story.title), state
    ),
)
part = session.kept("board_part", "arrange")
if work.cases or work.places:
    keeping, files = st.columns([0.5, 0.5])
    with keeping:
        show_keep(
            work,
            opened.draft.title,
            session.writer(),
            names,
            is_changed=story_actions.is_changed(work),
            on_sign=session.sign,
            on_keep=lambda title, why: story_actions.keep(opened, title, why, state),
            on_withdraw=story_actions.withdraw,
        )
    with files:
        show_board_parts(part, names, session.open_board_part)
for warning in opened.story.warnings:
    st.warning(warning, icon=":material/history:")


def show_scenes() -> None:
    """Show which cases are told, how long it takes, and the scenes in their order."""
    show_case_choice(
        titles,
        work,
        listed_case,
        names,
        on_choose=story_actions.choose_cases,
        on_list=story_actions.look_at_case,
    )
    if not opened.laid or (not work.cases and not work.places):
        st.info(names.word("story_board.empty"), icon=":material/co_present:")
        return
    show_time(
        work,
        opened.laid,
        names,
        on_slot=lambda minutes: story_actions.set_up(slot_minutes=minutes),
        on_kind=lambda kind: story_actions.set_up(kind=kind),
    )
    show_order(
        listed,
        picked.scene.id,
        session.number_of("story_board"),
        names,
        on_pick=story_actions.pick_scene,
        on_order=lambda ids: story_actions.put_in_order(opened, ids),
        on_drafted=lambda: story_actions.as_drafted(opened),
    )


def show_picked() -> None:
    """Show the scene that is open: its page, what it lacks, and what may be rewritten."""
    at = listed.index(picked)
    number = session.number_of("story_board")
    show_scene_bar(
        picked,
        at,
        len(listed),
        names,
        on_move=lambda scene, by: story_actions.move_scene(opened, scene, by),
        on_show=lambda scene, shown: story_actions.show_scenes(opened, [scene], shown=shown),
        on_remove=lambda scene: story_actions.remove_scene(opened, scene),
        on_step=lambda by: story_actions.pick_scene(listed[at + by].scene.id),
    )
    show_missing(picked, names)
    shown = as_told(ready, picked.scene)
    show_told_as(door.manner, names, is_left_out=shown is None)
    if shown is not None:
        draw = story_desk.preview_for(ready, door.manner, state, view.language)
        show_scene(shown, names, draw, story_desk.read_picture)
    if isinstance(picked.scene, AgendaScene):
        show_speakers(picked.scene, number, names, story_actions.name_speakers)
    else:
        with st.expander(names.word("story_board.edit.heading_of_form")):
            drafted = story_desk.drafted_of(opened, picked, state, view.language)
            show_edit(
                picked,
                drafted,
                number,
                names,
                lambda scene, edit: story_actions.write_scene(opened, scene, edit),
            )


def show_ways_out() -> None:
    """Show for whom files of the story are, and the door of each: made, checked, recorded."""
    told = leaving_desk.names_told(opened.story, door)
    photos = leaving_desk.photos_of(opened.story)
    chosen = leaving_desk.chosen_photo(photos)
    whom, files = st.columns([0.46, 0.54])
    with whom:
        show_audience(
            door.manner,
            door.writer,
            names,
            on_manner=leaving_actions.choose_manner,
            on_sign=session.sign,
        )
        if door.manner.audience == "outside" and photos:
            show_outside_photos(
                photos,
                chosen.item.number if chosen else 0,
                session.boxes(),
                leaving_desk.photo_preview(chosen),
                names,
                on_pick=leaving_actions.pick_photo,
                on_box=session.draw_box,
                on_back=session.take_box_back,
                on_keep=leaving_actions.keep_photo,
                on_reveal=session.reveal,
                is_signed=bool(door.writer),
                refusal=leaving_actions.refusal("photo_kept"),
            )
        if door.aliases is not None and door.manner.audience == "outside":
            show_alias_table(
                leaving_actions.table_of(door.aliases),
                len(told),
                door.writer,
                names,
                leaving_actions.take_table(
                    told,
                    door.aliases,
                    leaving_desk.cases_of(work.cases, state),
                    leaving_desk.imprint(state),
                    names,
                ),
            )
    with files:
        st.caption(names.word("story_board.about"))
        for form, mime in FORMS.items():
            show_take(
                names.word(f"leaving.form.{form}"),
                story_desk.render(form, ready, door.manner, state, view.colour_by),
                door,
                names,
                key="deck" if form == "pptx" else form,
                file_name=names.word(
                    "story_board.file",
                    day=state.as_of.isoformat(),
                    count=len(work.cases),
                    form=form,
                ),
                mime=mime,
                made_from=(ready.story, view.colour_by, door.manner),
                steps=len(ready.story.scenes),
            )
        show_stage_doors(
            ready.story,
            lambda tell: render_stage(
                ready.story,
                lambda scope, day: ready.coarse(
                    reads.situation(scope, day, state.revision, state.known_at)
                ),
                names,
                colour_by=view.colour_by,
                is_internal=door.manner.is_internal,
                read_picture=story_desk.read_picture,
                on_scene=tell,
            ),
            names,
            door,
            made_from=(view.colour_by, state),
        )


door = leaving_desk.open_door(
    state, work.cases, what="story", is_invented=opened.story.is_demonstration
)
ready = prepare(
    opened.story,
    story_desk.whole_on(state.as_of, state),
    names,
    door.manner,
    door.aliases,
    copies=leaving_desk.copies_for_showing(),
)
listed_case = session.kept(story_actions.LISTED, "") if len(work.cases) > 1 else ""
listed = [one for one in opened.laid if not listed_case or one.scene.case_id == listed_case]
listed = listed or list(opened.laid)
wanted = story_actions.picked_scene()
picked = next((one for one in listed if one.scene.id == wanted), listed[0])
if part == "out" and (work.cases or work.places):
    show_ways_out()
    st.stop()
left, right = st.columns([0.46, 0.54])
with left:
    show_scenes()
if work.cases or work.places:
    with right:
        show_picked()
        with st.expander(names.word("story_board.add_scene")):
            show_add(
                story_desk.as_looked_at(view),
                charted_figures(),
                [one for one in evidence_desk.all_items() if evidence_desk.may_show(one, ())],
                {one: titles.get(one, one) for one in work.cases},
                names,
                as_of=state.as_of,
                number=session.number_of("story_board"),
                on_add=lambda own, heading, edit: story_actions.add_scene(
                    opened,
                    own,
                    heading,
                    edit,
                    after=picked.scene.id,
                    case_id=picked.scene.case_id,
                ),
            )
show_withdrawn(stories, names, story_actions.take_up_again)
