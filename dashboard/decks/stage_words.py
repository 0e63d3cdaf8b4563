"""The words of the stage, in the language of the names: the player's own, its buttons and keys."""

from typing import Any

from dashboard.naming import Naming

BUTTONS = ("previous", "next", "explore", "speaker", "full", "dark", "help", "black")
KEYS = (
    "next",
    "previous",
    "ends",
    "jump",
    "black",
    "full",
    "explore",
    "everything",
    "slider",
    "speaker",
    "dark",
    "leave",
    "help",
)
SPOKEN = (
    "stage.notes",
    "stage.no_notes",
    "stage.next_scene",
    "stage.no_next",
    "stage.position",
    "stage.part",
    "stage.continued",
    "stage.missing",
    "stage.explore",
    "stage.everything",
    "stage.leaving",
    "stage.leaving_how",
    "stage.leaving_shut",
    "stage.blocked",
    "stage.no_full_screen",
    "stage.no_such_scene",
    "stage.going_to",
    "stage.hint",
    "stage.black",
    "stage.legend",
    "stage.north",
    "stage.north_title",
    "stage.slider",
    "stage.share",
    "stage.lost",
    "stage.before",
    "stage.after",
    "stage.no_value",
    "stage.unknown",
    "stage.empty",
    "stage.close",
    "stage.card_name",
    "stage.speaker_title",
    "stage.clock",
    "stage.scene_time",
    "stage.case_time",
    "stage.total_time",
    "stage.of_planned",
    "stage.no_plan",
    "stage.left",
    "stage.nearly",
    "stage.over",
    "stage.start_clock",
    "stage.stop_clock",
    "stage.reset_clock",
    "stage.go_to",
    "stage.now",
    "stage.lost_stage",
)
"""What the player says by itself, by the last part of the key; facts are filled in there."""


def stage_words(names: Naming) -> dict[str, Any]:
    """Return the player's words by the last part of their keys, its buttons and its keys."""
    return {
        **{key.rpartition(".")[2]: names.word(key) for key in SPOKEN},
        "buttons": {one: names.word(f"stage.buttons.{one}") for one in BUTTONS},
        "helpTitle": names.word("stage.help.title"),
        "keys": [names.word(f"stage.help.{one}") for one in KEYS],
    }
