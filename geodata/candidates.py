"""The systems that numbers may be in, each with what speaks for it, ranked."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geodata.crs import GEOD, STORED, SWAPPED, find_system, swap_axes
from geodata.errors import GeodataError, NeedsParameters
from geodata.evidence import (
    FOLLOWS_EDGES_M,
    FOLLOWS_RIVERS_M,
    SAME_PLACE_M,
    WEIGHTS,
    Fit,
    Flags,
    Numbers,
    Positions,
    Sample,
)
from geodata.helmert import Helmert
from geodata.magnitudes import Shape
from geodata.zones import LEGACY_DEGREES, survey_zones, twins

CLEAR = 0.2  # of a weighted fit: from here on a row speaks for one of two systems
CHANCE = 0.01  # that so many rows speak for one side by mere luck
EXACT_UP_TO = 1000  # rows; beyond, the normal curve is as good
SAME_M = 1.0  # systems this near each other need not be told apart
FAR_M = 50_000.0
FAR_ODDS = 10  # rows for one of two systems this far apart, to each row against it
LEGACY_OFFSET_M = (15.0, 300.0)  # how far the old datums lie off
FEWEST_FOR_OFFSET, FIRMNESS = 3, 3.0  # known rows, and the offset against its scatter
MOST_MEASURED = 200  # rows whose distance between two systems is taken


@dataclass(frozen=True)
class Evidence:
    """What speaks for a candidate: shares are of 1, distances medians in metres, None for none.

    `offset_m` is the step east and north that would bring the rows onto the stored ones, and
    `scatter_m` how much they disagree about it: a firm offset points to an old datum.
    """

    rows: int
    in_city: float
    in_region: float
    in_china: float
    stated_rows: int = 0
    in_stated: float | None = None
    known_rows: int = 0
    known_m: float | None = None
    offset_m: tuple[float, float] | None = None
    scatter_m: float | None = None
    river_m: float | None = None
    edge_m: float | None = None

    @property
    def looks_legacy(self) -> bool:
        """Return whether all known rows are off by one and the same step of an old datum's size."""
        if self.offset_m is None or self.scatter_m is None or self.known_rows < FEWEST_FOR_OFFSET:
            return False
        size = math.hypot(*self.offset_m)
        return (
            LEGACY_OFFSET_M[0] <= size <= LEGACY_OFFSET_M[1] and self.scatter_m * FIRMNESS <= size
        )


@dataclass(frozen=True)
class Candidate:
    """A system the numbers may be in, named as `find_system` takes it.

    `same_as` give the very same places; `look_alikes` have numbers of the same size, lie tens
    of metres away and are taken only with parameters. `explained` is the share of the group's
    rows that it puts where rows of this city are expected. `apart_m` is the distance from
    the group's first candidate; `votes` are the rows that tell the two apart: for the first,
    and for this one.
    """

    system: str
    same_as: tuple[str, ...]
    look_alikes: tuple[str, ...]
    score: float
    explained: float
    evidence: Evidence
    apart_m: float = 0.0
    votes: tuple[int, int] = (0, 0)

    @property
    def is_beaten(self) -> bool:
        """Return whether the rows speak for the first candidate beyond chance, or need not.

        A system so far off that a row would lie in another prefecture is beaten by any row
        that does not: numbers of elsewhere fall into the city by luck once in hundreds.
        """
        votes_for, votes_against = self.votes
        is_elsewhere = self.apart_m > FAR_M and votes_for > FAR_ODDS * votes_against
        return self.apart_m <= SAME_M or is_elsewhere or speaks_clearly(*self.votes)

    @property
    def is_swapped(self) -> bool:
        """Return whether the north number stands first."""
        return self.system.endswith(SWAPPED)


def speaks_clearly(votes_for: int, votes_against: int) -> bool:
    """Return whether so many rows on one side would come by luck less than once in a hundred."""
    if votes_for <= votes_against:
        return False
    total = votes_for + votes_against
    if total > EXACT_UP_TO:
        return math.erfc((votes_for - votes_against) / math.sqrt(2 * total)) < CHANCE
    worse = sum(math.comb(total, lesser) for lesser in range(votes_against + 1))
    return 2 * worse / 2**total < CHANCE


# --------------------------------------------------------------------- candidates


@dataclass(frozen=True)
class Catalogue:
    """Which systems numbers of one size can be in: the declared one, then the more usual ones."""

    declared: str
    parameters: Helmert | None

    def __call__(self, code: int) -> tuple[str, ...]:
        """Return the systems for one code of `magnitudes.shapes_of`."""
        shape = Shape.of(code)
        systems = list(shape.systems)
        if self.parameters is not None:
            legacy = [old for one in systems for old in look_alikes(one)]
            kept = [_with_parameters(old, self.parameters) for old in legacy]
            systems += [one for one in kept if one]
        if shape.is_swapped:
            systems = [swap_axes(one) for one in systems]
        if shape.may_be_swapped:
            systems += [swap_axes(one) for one in systems]
        told = [one for one in systems if is_same(self.declared, one)] or [self.declared]
        return tuple(dict.fromkeys(filter(None, [*told, *systems])))


def look_alikes(system: str) -> tuple[str, ...]:
    """Return the systems of the old datums whose numbers are of the same size.

    >>> look_alikes("EPSG:4523")
    ('EPSG:2359', 'EPSG:2411')
    """
    plain = system.removesuffix(SWAPPED)
    if plain == STORED:
        return LEGACY_DEGREES
    zones = (one for one in survey_zones() if one.system in {plain, *twins().get(plain, ())})
    return tuple(old for zone in zones for old in zone.legacy)


def _with_parameters(system: str, parameters: Helmert) -> str:
    try:
        return find_system(system, parameters)
    except GeodataError:  # they are for the other datum
        return ""


def is_same(one: str, other: str) -> bool:
    """Return whether two systems give the very same places."""
    plain, turned = one.removesuffix(SWAPPED), one.endswith(SWAPPED)
    same = {plain, *twins().get(plain, ())}
    return other.removesuffix(SWAPPED) in same and other.endswith(SWAPPED) == turned


def kept_name(declared: str, parameters: Helmert | None) -> str:
    """Return the name under which a declared system is kept.

    Blank for none that is known, and for an old datum without parameters: its ballpark
    places must not be held against anything.
    """
    try:
        return find_system(declared) if declared else ""
    except NeedsParameters:
        return _with_parameters(declared, parameters) if parameters else ""
    except GeodataError:
        return ""


# ------------------------------------------------------------------------ ranking


def rank(sample: Sample, fits: Mapping[str, Fit]) -> tuple[Candidate, ...]:
    """Return the candidates, best first; equally good ones in their usual order."""
    if not fits:
        return ()
    kinds = _speaking(fits)
    scores = {one: overall_fit(fits[one], sample, kinds) for one in fits}
    order = sorted(fits, key=lambda one: -round(scores[one], 9))
    best = fits[order[0]]
    even = sample.is_even if sample.is_even.any() else np.ones(len(sample), bool)
    return tuple(
        Candidate(
            system=name_in(one, fits[one]),
            same_as=_twins_of(one, fits[one]),
            look_alikes=_look_alikes_of(one),
            score=round(scores[one], 4),
            explained=_share(fits[one].is_explained[even]),
            evidence=_evidence(sample, fits[one], kinds),
            apart_m=metres_between(best, fits[one]),
            votes=_votes(best, fits[one], sample, kinds),
        )
        for one in order
    )


def _speaking(fits: Mapping[str, Fit]) -> tuple[str, ...]:
    """Return the kinds of evidence that mean anything for these rows.

    Edges and rivers count only where the shapes follow them in at least one system.
    """
    limits = {"edges": FOLLOWS_EDGES_M, "rivers": FOLLOWS_RIVERS_M}
    kinds = []
    for kind in WEIGHTS:
        metres = [one.metres[kind] for one in fits.values() if kind in one.metres]
        near = [float(np.median(m[~np.isnan(m)])) for m in metres if (~np.isnan(m)).any()]
        if kind == "place" or (near and min(near) <= limits.get(kind, math.inf)):
            kinds.append(kind)
    return tuple(kinds)


def overall_fit(found: Fit, sample: Sample, kinds: Iterable[str]) -> float:
    """Return the weighted mean of all kinds of evidence, 0 to 1."""
    total = weights = 0.0
    for kind in kinds:
        fits = found.fits[kind]
        held = fits[~np.isnan(fits) & (sample.is_even | (kind == "known"))]
        if len(held):
            total += WEIGHTS[kind] * float(held.mean())
            weights += WEIGHTS[kind]
    return total / weights if weights else 0.0


def _votes(first: Fit, other: Fit, sample: Sample, kinds: Iterable[str]) -> tuple[int, int]:
    """Return how many places speak for the first and for the other; one place counts once."""
    leaning = sum(
        (WEIGHTS[kind] * np.nan_to_num(first.fits[kind] - other.fits[kind]) for kind in kinds),
        np.zeros(len(sample)),
    )
    leaning = leaning[~pd.DataFrame({"x": sample.x, "y": sample.y}).duplicated().to_numpy()]
    return int((leaning > CLEAR).sum()), int((leaning < -CLEAR).sum())


def metres_between(first: Fit, other: Fit) -> float:
    """Return the median distance in metres between the places of two systems."""
    both = np.isfinite(first.lon) & np.isfinite(other.lon)
    which = np.flatnonzero(both)[even_steps(int(both.sum()), MOST_MEASURED)]
    if not len(which):
        return math.inf
    ends = first.lon[which], first.lat[which], other.lon[which], other.lat[which]
    return round(float(np.median(GEOD.inv(*ends)[2])), 2)


def _evidence(sample: Sample, found: Fit, kinds: Iterable[str]) -> Evidence:
    even = sample.is_even if sample.is_even.any() else np.ones(len(sample), bool)
    stated, known = found.metres["stated"][even], found.metres["known"]
    says, matched = ~np.isnan(stated), ~np.isnan(known)
    offset, scatter = _offset(found, matched)
    return Evidence(
        rows=len(sample),
        in_city=_share(found.in_city[even]),
        in_region=_share(found.in_region[even]),
        in_china=_share(found.in_china[even]),
        stated_rows=int(says.sum()),
        in_stated=_share(stated[says] <= SAME_PLACE_M) if says.any() else None,
        known_rows=int(matched.sum()),
        known_m=_median(known),
        offset_m=offset,
        scatter_m=scatter,
        river_m=_median(found.metres["rivers"]) if "rivers" in kinds else None,
        edge_m=_median(found.metres["edges"]) if "edges" in kinds else None,
    )


def _offset(found: Fit, matched: Flags) -> tuple[tuple[float, float] | None, float | None]:
    steps = found.off_known[matched]
    steps = steps[np.hypot(*steps.T) <= LEGACY_OFFSET_M[1] * 2]
    if not len(steps):
        return None, None
    middle = np.median(steps, axis=0)
    scatter = float(np.median(np.hypot(*(steps - middle).T)))
    return (round(float(middle[0]), 1), round(float(middle[1]), 1)), round(scatter, 1)


def _share(flags: Flags) -> float:
    return round(float(flags.mean()), 4) if len(flags) else 0.0


def _median(metres: Numbers) -> float | None:
    held = metres[~np.isnan(metres)]
    middle = float(np.median(held)) if len(held) else math.inf
    return round(middle, 1) if math.isfinite(middle) else None


def name_in(system: str, found: Fit) -> str:
    """Return the system's name; degrees that lie outside China are WGS 84."""
    if system.removesuffix(SWAPPED) == STORED and not found.in_china.any():
        return system.replace(STORED, "EPSG:4326")
    return system


def _twins_of(system: str, found: Fit) -> tuple[str, ...]:
    turned = SWAPPED if system.endswith(SWAPPED) else ""
    name = name_in(system, found)
    if name != system:
        return ()
    return tuple(one + turned for one in twins().get(name.removesuffix(SWAPPED), ()))


def _look_alikes_of(system: str) -> tuple[str, ...]:
    turned = SWAPPED if system.endswith(SWAPPED) else ""
    return tuple(one + turned for one in look_alikes(system))


def even_steps(count: int, most: int) -> Positions:
    """Return at most so many positions at even steps, the first and the last among them."""
    if count <= most:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, most).astype(int))
