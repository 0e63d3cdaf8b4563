"""One case on its way into scenes: its record on the day that is told, and what lies behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar

import geopandas as gpd

from dashboard.naming import Naming
from dashboard.telling.story import Scene
from geodata import Case
from geodata.evidence_needs import Completeness
from geodata.evidence_store import EvidenceItem
from geodata.lifecycle import hazards_of, known_on
from geodata.photographs import PhotoPair

AnyScene = TypeVar("AnyScene", bound=Scene)

SLOT_MINUTES = 8.0
"""How long one case is told for, unless a meeting says otherwise."""

MINUTES: Mapping[str, float] = {
    "header": 0.5,
    "days": 0.5,
    "map": 0.5,
    "harm": 0.5,
    "lead": 1.0,
    "investigation": 1.0,
    "law": 0.5,
    "cooperation": 0.5,
    "recommendation": 1.0,
    "pair": 0.5,
    "elements": 1.0,
    "governance": 0.5,
}
"""The scenes of a case by name, in their order, and their share of SLOT_MINUTES."""

PART_OF: Mapping[str, str] = {"days": "header", "map": "harm"}
"""The part of a case that a scene tells, where it bears another name than the scene."""


@dataclass(frozen=True)
class Found:
    """A finding that became the case: by which model of which version, as of when, and why.

    `lists` are the lists that were held against each other, `law` what the model rests on.
    """

    model: str
    version: str
    on: date
    lists: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    law: tuple[str, ...] = ()


@dataclass(frozen=True)
class Behind:
    """What lies behind a case beyond its entries: findings, pieces of evidence, pairs of pictures.

    `proven` says by layer what the items prove, None for a layer without a minimum.
    """

    found: tuple[Found, ...] = ()
    items: tuple[EvidenceItem, ...] = ()
    proven: Mapping[str, Completeness | None] = field(default_factory=dict)
    pairs: tuple[PhotoPair, ...] = ()


NOTHING_BEHIND = Behind()


@dataclass(frozen=True)
class Told:
    """One case that is told, in the words of its own rule set; `hazards` are its features."""

    case: Case
    hazards: gpd.GeoDataFrame
    names: Naming
    as_of: date
    known_at: datetime | None = None
    behind: Behind = NOTHING_BEHIND
    slot_minutes: float = SLOT_MINUTES

    @cached_property
    def then(self) -> Case:
        """Return the case as it was known on the day; its entries have other numbers there."""
        return known_on(self.case, self.as_of, self.known_at)

    @cached_property
    def refs(self) -> tuple[str, ...]:
        """Return the hazards of the case on the day, those that are gone included."""
        return tuple(str(one) for one in hazards_of(self.case, self.as_of, self.known_at))

    @property
    def title(self) -> str:
        """Return the name of the case."""
        return self.names.title(self.case.title)

    @property
    def nothing(self) -> str:
        """Return the words for what the record does not hold."""
        return self.names.word("story.not_recorded")

    def join(self, words: list[str]) -> str:
        """Return several words in one line."""
        return self.names.word("story.comma").join(filter(None, words))

    def scene(self, kind: type[AnyScene], name: str, heading: str, **facts: object) -> AnyScene:
        """Return a scene of this case: its id, its part and its share of the time are known."""
        minutes = MINUTES[name] * self.slot_minutes / SLOT_MINUTES
        facts = {"case_id": self.case.id, "part": PART_OF.get(name, name), **facts}
        return kind(heading, id=f"{self.case.id}/{name}", minutes=round(minutes, 4), **facts)  # type: ignore[arg-type]

    def heading(self, name: str) -> str:
        """Return the heading of a scene of this case."""
        return self.names.word(f"story.heading.{name}", case=self.title)
