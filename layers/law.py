"""An article that a hazard, a parameter or a rule rests on."""

from dataclasses import dataclass
from typing import Literal

from geodata.model import Title


@dataclass(frozen=True)
class Law:
    """An article that a hazard or a rule rests on, with how sure we are of it."""

    title: Title
    certainty: Literal["confirmed", "secondary", "memory"]
    valid_to: str = ""


OURS = Law(Title("本系统设定，可改", "Set by this system, may be changed"), "memory")
"""In place of an article: a number that no source gives."""
