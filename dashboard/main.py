"""The script: who is here, which screen they are on, run it."""

import runpy
from pathlib import Path

import streamlit as st

from dashboard import holdings, reads, session
from dashboard.doors.access import NOBODY, screens_of
from dashboard.doors.visitors import visitor
from dashboard.panels.frame import (
    show_closed,
    show_frame,
    show_ignored,
    show_no_screen,
    show_plain_frame,
    show_trouble,
)
from dashboard.text import say, say_error
from dashboard.view import Known, View
from geodata import GeodataError
from geodata.rule_set import rule_set_ids
from layers.catalog import all_rules
from layers.due_list import DUE_LISTS
from layers.figures import FIGURE_IDS

SCREENS = Path(__file__).with_name("screens")
OUTSIDE = "volunteer"  # the screen of people from outside: its frame says nothing of the data


def run() -> None:
    """Run the screen that the visitor is on, and let the address follow what they look at."""
    language = session.asked_language()
    st.set_page_config(page_title=say("frame.title", language), layout="wide")
    who = NOBODY
    try:
        who = visitor()
        if not who.is_known:
            show_closed(who, language)
            return
        view, ignored = session.open_view(known_ids())
        screens = screens_of(who)
        if view.screen not in screens and view == View(language=view.language) and screens:
            session.go_to_screen(screens[0])  # type: ignore[arg-type]
            view = session.current()
        if OUTSIDE in screens and (view.screen == OUTSIDE or len(screens) == 1):
            whole = reads.data_state(revision=holdings.whole_revision())
            show_plain_frame(
                view,
                on_language=session.speak,
                on_screen=session.go_to_screen,
                who=who,
                is_demonstration=whole.is_demonstration,
            )
        else:
            show_frame(
                holdings.city(),
                reads.data_state(view.day, view.known_on),
                view,
                on_language=session.speak,
                on_screen=session.go_to_screen,
                who=who,
            )
        if view.screen not in screens:
            show_no_screen(who, language)
            return
        show_ignored(ignored, language)
        runpy.run_path(str(SCREENS / f"{view.screen}.py"))
    except GeodataError as trouble:
        show_trouble(say_error(trouble, language), language)
    finally:
        if who.is_known:  # an address is not taken from whoever has to sign in first
            session.write_address()


def known_ids() -> Known:
    """Return every id that an address may name."""
    layers = holdings.layers()
    return Known(
        jurisdictions=holdings.city().jurisdiction_ids,
        layers=[layer.id for layer in layers],
        hazard_kinds=sorted({code for layer in layers for code in layer.hazard_kinds}),
        fields=list(reads.rules().codes["fields"]),
        indicators=tuple(dict.fromkeys((*reads.INDICATORS, *DUE_LISTS, *FIGURE_IDS))),
        rule_sets=rule_set_ids(),
        models=[rule.id for rule in all_rules()],
    )


run()
