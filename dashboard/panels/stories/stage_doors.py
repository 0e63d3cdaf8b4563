"""The two ways out of the story board that are told from a screen: the stage, and one file."""

import streamlit as st

from dashboard.leaving import Door
from dashboard.naming import Naming
from dashboard.panels.leaving.take import Make, show_take
from dashboard.routes.stage import offer_stage
from dashboard.telling.story import Story

HTML = "text/html"


def show_stage_doors(
    story: Story, make: Make, names: Naming, door: Door, *, made_from: object
) -> None:
    """Show the link that opens a story on stage, and the door that gives it as one offline file.

    `make` makes the page, which is the same for both, and is given what tells how many scenes are
    done; `made_from` tells all that it is made from.
    """
    told = (made_from, story, door.manner)
    st.link_button(
        names.word("stage.door.open"),
        offer_stage(told, lambda: make(_quietly)),
        type="primary",
        icon=":material/slideshow:",
        help=names.word("stage.door.open_help"),
    )
    show_take(
        names.word("stage.door.file"),
        make,
        door,
        names,
        key="stage",
        file_name=names.word(
            "stage.door.file_name", day=story.as_of.isoformat(), count=len(story.scenes)
        ),
        mime=HTML,
        made_from=told,
        steps=len(story.scenes),
        about=names.word("stage.door.about"),
    )


def _quietly(_: int) -> None:
    """Tell nobody how far it is: the page is made for a browser that waits."""
