"""A leak: what a file would tell and must not, where in it, and how grave that is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from geodata.city import City
from geodata.errors import ExportHeld
from layers.catalog import all_lists
from layers.disclosure.aliases import Aliases
from layers.disclosure.classes import Audience, Severity, leak_kinds
from layers.disclosure.positions import Box

Step = tuple[str, str]
Where = tuple[Step, ...]
"""Where in a file, from outside inwards: (("slide", "3"), ("notes", ""))."""

COARSEST_M = 1000.0
"""No position that is more exact than this leaves for outside, in metres."""


@dataclass(frozen=True)
class Leak:
    """One thing that a file would tell: its kind, where, what (masked), how grave.

    `what` can be shown to anybody: a name or number is told by its first letter and length.
    `count` is how many there are of the kind at that place; of many alike the rest are counted
    in one. `remedy` is the key of what mends it.
    """

    kind: str
    where: Where
    what: str
    severity: Severity
    count: int = 1

    @property
    def disclosure_class(self) -> str:
        """Return the class P0 to P6 that it belongs to, blank for none."""
        return leak_kinds()[self.kind].disclosure_class

    @property
    def remedy(self) -> str:
        """Return the key of what mends it."""
        return leak_kinds()[self.kind].remedy


@dataclass(frozen=True)
class Context:
    """What a file is checked against: for whom it is, which names are hidden, what must be in it.

    `city` is the box (west, south, east, north in degrees) in which lone numbers are positions.
    `has_map` says whether maps are in it; None leaves it to the file, where a picture that is
    described as a map, a drawing of Leaflet, or a track counts as one. `seen_pictures` are the
    SHA-256 of pictures that a person looked at: what they show, no program reads. `sensitive`
    are ids of layers and lists whose rows tell of persons. `severities` overrule those of the
    audience, by kind.
    """

    audience: Audience = "internal"
    aliases: Aliases = field(default_factory=Aliases)
    city: Box | None = None
    has_map: bool | None = None
    is_demonstration: bool = False
    finest_m: float = COARSEST_M
    seen_pictures: frozenset[str] = frozenset()
    sensitive: frozenset[str] = frozenset()
    severities: Mapping[str, Severity] = field(default_factory=dict)

    def severity(self, name: str) -> Severity:
        """Return how grave a kind of leak is here."""
        return self.severities.get(name) or leak_kinds()[name].severity(self.audience)


def context_for(
    audience: Audience,
    city: City,
    aliases: Aliases | None = None,
    *,
    sensitive: frozenset[str] | None = None,
    is_demonstration: bool = False,
    **more: Any,
) -> Context:
    """Return what a file of a city is checked against for an audience.

    Unless told otherwise, sensitive are the lists that hold persons.
    """
    personal = frozenset(one.id for one in all_lists() if one.is_personal)
    return Context(
        audience=audience,
        aliases=aliases or Aliases(),
        city=city.bounds,
        sensitive=personal if sensitive is None else sensitive,
        is_demonstration=is_demonstration,
        **more,
    )


@dataclass(frozen=True)
class Release:
    """That a file may leave: which, for whom, who said so and why; to be kept in a journal."""

    sha256: str
    name: str
    audience: Audience
    who: str
    at: datetime
    reason: str
    leaks: tuple[Leak, ...]

    def facts(self) -> dict[str, Any]:
        """Return what is written down: kinds, places and masked texts, nothing in plain."""
        return {
            "sha256": self.sha256,
            "name": self.name,
            "audience": self.audience,
            "reason": self.reason,
            "overruled": [
                {
                    "kind": one.kind,
                    "where": [list(step) for step in one.where],
                    "what": one.what,
                    "severity": one.severity,
                    "count": one.count,
                }
                for one in self.leaks
            ],
        }


def release(
    content_sha256: str,
    name: str,
    audience: Audience,
    leaks: tuple[Leak, ...],
    *,
    who: str,
    at: datetime,
    reason: str = "",
) -> Release:
    """Return that a file may leave; raise ExportHeld where leaks stand and nobody says why.

    A leak that stops or asks needs a reason in words, which is recorded with the leaks; without
    leaks there is none to give.
    """
    if leaks and not reason.strip():
        stops = sum(one.severity == "stops" for one in leaks)
        raise ExportHeld(name=name, stops=stops, asks=len(leaks) - stops)
    return Release(content_sha256, name, audience, who, at, reason.strip(), leaks)
