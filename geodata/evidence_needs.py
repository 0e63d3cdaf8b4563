"""Which facts the evidence of a case proves, and what is missing of the minimum of its layer.

The minimum is data (`evidence_needs.toml`): ours, over articles of the law, each with its
certainty. That it is complete is no judgement on what a court will find proven.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from geodata.errors import UnknownLayer
from geodata.evidence_store import EvidenceItem
from geodata.model import Title

FILE = Path(__file__).parent / "evidence_needs.toml"
EVERY = "all"
"""What every layer needs."""


@dataclass(frozen=True)
class Need:
    """One fact to be proven, and by what: each part by any one of its purposes.

    `basis` is an article as the rule sets quote it, blank where none is named.
    """

    id: str
    title: Title
    proves: Title
    parts: tuple[tuple[str, ...], ...]
    basis: str
    basis_certainty: str
    certainty: str


@dataclass(frozen=True)
class Met:
    """How far a need is met: the items that speak for it, and the parts that nothing speaks for."""

    need: Need
    items: tuple[EvidenceItem, ...]
    missing: tuple[tuple[str, ...], ...]

    @property
    def is_met(self) -> bool:
        """Return whether each part has an item."""
        return not self.missing


@dataclass(frozen=True)
class Completeness:
    """What the evidence of a layer proves and lacks.

    `flawed` are items that lack what the law asks for at collection, with the keys of what;
    `elsewhere` those whose purpose is none of this layer's, or blank.
    """

    layer: str
    needs: tuple[Met, ...]
    flawed: tuple[tuple[EvidenceItem, tuple[str, ...]], ...]
    elsewhere: tuple[EvidenceItem, ...]

    @property
    def met(self) -> tuple[Met, ...]:
        """Return the needs that are met."""
        return tuple(one for one in self.needs if one.is_met)

    @property
    def unmet(self) -> tuple[Met, ...]:
        """Return the needs of which at least a part is missing."""
        return tuple(one for one in self.needs if not one.is_met)

    @property
    def is_complete(self) -> bool:
        """Return whether nothing is missing of the minimum, and no item lacks what it needs."""
        return not self.unmet and not self.flawed


def needs_of(layer: str) -> tuple[Need, ...]:
    """Return the minimum of a layer, what every layer needs last; raise UnknownLayer.

    >>> [one.id for one in needs_of("river_segments")][:2]
    ['image_pair', 'zone_map']
    """
    known = _all_needs()
    if layer not in known or layer == EVERY:
        raise UnknownLayer(layer, [one for one in known if one != EVERY])
    return (*known[layer], *known[EVERY])


def layers_with_needs() -> tuple[str, ...]:
    """Return the layers that have a minimum.

    >>> layers_with_needs()[0]
    'charging_stations'
    """
    return tuple(one for one in _all_needs() if one != EVERY)


def need_for(purpose: str) -> Need | None:
    """Return the need that a purpose is a part of, None for a purpose of no layer.

    >>> need_for("photo_north").id, need_for("nothing")
    ('site_photos', None)
    """
    return next(
        (
            need
            for needs in _all_needs().values()
            for need in needs
            if any(purpose in part for part in need.parts)
        ),
        None,
    )


def name_of_purpose(purpose: str) -> Title | None:
    """Return what a purpose is called that no checklist asks for, None for any other.

    >>> name_of_purpose("test_record").en, name_of_purpose("photo_north")
    ('Record of own tests', None)
    """
    told = tomllib.loads(FILE.read_text("utf-8"))["purposes"].get(purpose)
    return Title(told["zh"], told["en"]) if told else None


def completeness(items: Iterable[EvidenceItem], layer: str) -> Completeness:
    """Return which facts the items prove for a layer, and what is missing; raise UnknownLayer.

    A copy made for showing (cropped, blurred) proves nothing beside its original and is passed
    over. So is an empty file.
    """
    needs = needs_of(layer)
    counted = [one for one in items if not one.facts.derived_from and one.size]
    by_purpose: dict[str, list[EvidenceItem]] = defaultdict(list)
    for one in counted:
        by_purpose[one.facts.purpose].append(one)
    known = {purpose for need in needs for part in need.parts for purpose in part}
    return Completeness(
        layer=layer,
        needs=tuple(_meet(need, by_purpose) for need in needs),
        flawed=tuple((one, one.lacks) for one in counted if one.lacks),
        elsewhere=tuple(one for one in counted if one.facts.purpose not in known),
    )


def _meet(need: Need, by_purpose: dict[str, list[EvidenceItem]]) -> Met:
    speaking = {
        one.number: one
        for part in need.parts
        for purpose in part
        for one in by_purpose.get(purpose, ())
    }
    missing = [part for part in need.parts if not any(map(by_purpose.get, part))]
    return Met(need, tuple(speaking[number] for number in sorted(speaking)), tuple(missing))


@cache
def _all_needs() -> dict[str, tuple[Need, ...]]:
    told = tomllib.loads(FILE.read_text("utf-8"))["layers"]
    return {
        layer: tuple(
            Need(
                id=name,
                title=Title(one["zh"], one["en"]),
                proves=Title(one["proves_zh"], one["proves_en"]),
                parts=tuple(map(tuple, one["parts"])),
                basis=one["basis"],
                basis_certainty=one["basis_certainty"],
                certainty=one["certainty"],
            )
            for name, one in needs.items()
        )
        for layer, needs in told.items()
    }
