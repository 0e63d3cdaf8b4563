"""What a sign on the map means: shape says which layer, mark says which status, rim says overdue.

One vocabulary for the screen map, the printed map and both legends. Colours are from
the Okabe-Ito palette and neighbours, told apart by people with colour-blindness; the
mark inside and the rim carry the same meaning without colour.
"""

from dataclasses import dataclass
from typing import Literal

Mark = Literal["hollow", "half", "full", "dot", "bar", "check", "ring", "faint"]
ColourBy = Literal["hazard", "status", "overdue"]

COLOUR_BY: tuple[ColourBy, ...] = ("status", "hazard", "overdue")
NO_CASE = "no_case"


@dataclass(frozen=True)
class StatusSign:
    """How one group of stages is drawn: colour, mark inside, dash of the outline."""

    colour: str
    mark: Mark
    dash: str = ""


STATUS_SIGNS: dict[str, StatusSign] = {
    NO_CASE: StatusSign("#767676", "faint", "2 3"),
    "lead": StatusSign("#2a8fc9", "hollow", "5 4"),
    "investigation": StatusSign("#00528a", "half"),
    "recommendation": StatusSign("#c77700", "full"),
    "follow_up": StatusSign("#b0508a", "dot"),
    "in_court": StatusSign("#5b2a86", "bar"),
    "closed": StatusSign("#00795a", "check"),
    "look_back": StatusSign("#4a6b1c", "ring"),
}
"""The groups of stages in the order of a case's life, hazards without a case first."""

GROUPS: tuple[str, ...] = tuple(STATUS_SIGNS)

OVERDUE_COLOUR = "#b3261e"
IN_TIME_COLOUR = "#4d6b8a"
SELECTED_COLOUR = "#111111"
OUTLINE_COLOUR = "#5f6b7a"
RIVER_COLOUR = "#8fb7d9"

URGENCY: tuple[str, ...] = (
    "in_court",
    "recommendation",
    "follow_up",
    "investigation",
    "lead",
    "look_back",
    "closed",
)
"""Of several cases on one hazard, the group that is shown: the first of these."""


def code_of(group: str, *, is_overdue: bool) -> int:
    """Return the number that stands for a status in a vector tile; odd ones are overdue.

    >>> code_of(NO_CASE, is_overdue=False), code_of("lead", is_overdue=True)
    (0, 3)
    """
    return 2 * (GROUPS.index(group) if group in STATUS_SIGNS else 0) + is_overdue


def status_of(code: int) -> tuple[str, bool]:
    """Return the group of stages and the lateness that a number stands for."""
    return GROUPS[code // 2], bool(code % 2)


def status_sign(group: str) -> StatusSign:
    """Return how a group is drawn; a group the map does not know is drawn as without case."""
    return STATUS_SIGNS.get(group, STATUS_SIGNS[NO_CASE])


def fill_colour(colour_by: ColourBy, layer_colour: str, group: str, *, is_overdue: bool) -> str:
    """Return the fill of a feature as "#rrggbb" under one way of colouring."""
    if colour_by == "hazard":
        return layer_colour
    if colour_by == "overdue":
        return OVERDUE_COLOUR if is_overdue else IN_TIME_COLOUR
    return status_sign(group).colour
