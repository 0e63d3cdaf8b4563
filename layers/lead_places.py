"""What lies near a place: for the office in metres, for volunteers in classes and by coarse places.

Volunteers learn of other people's leads how many there are, of which kind, and within which
distance. Each is taken to lie in the middle of its cell of a grid, so that asking from many places
finds out the cell and never the place.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from geodata.crs import GEOD
from layers.leads import Lead

CELL_DEG = 0.002
"""About 220 m north and 180 m east at Lanzhou."""

CLASSES_M = (300, 800)
NEAR_M = 500.0


@dataclass(frozen=True)
class NearGroup:
    """What volunteers learn: so many leads of a kind within a distance."""

    kind: str
    within_m: int
    count: int


def coarse(lon: float, lat: float) -> tuple[float, float]:
    """Return the middle of the cell that a place lies in, degrees.

    >>> coarse(103.8234, 36.0611) == coarse(103.8226, 36.0619)
    True
    """
    return _middle(lon), _middle(lat)


def _middle(degrees: float) -> float:
    return round((degrees // CELL_DEG + 0.5) * CELL_DEG, 6)


def distance_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the metres between two places in EPSG:4490."""
    _, _, metres = GEOD.inv(*one, *other)
    return float(metres)


def near_groups(leads: Iterable[Lead], lon: float, lat: float) -> tuple[NearGroup, ...]:
    """Return what volunteers may learn of leads near a place, the nearest class first."""
    counts: dict[tuple[int, str], int] = {}
    for one, within_m in _classed(leads, lon, lat):
        key = (within_m, one.report.kind)
        counts[key] = counts.get(key, 0) + 1
    return tuple(NearGroup(kind, within, n) for (within, kind), n in sorted(counts.items()))


def lead_of_group(
    leads: Iterable[Lead], lon: float, lat: float, kind: str, within_m: int
) -> Lead | None:
    """Return the oldest lead of a group: the one that a further voice is added to."""
    found = [
        one
        for one, within in _classed(leads, lon, lat)
        if (one.report.kind, within) == (kind, within_m)
    ]
    return min(found, key=lambda one: (one.at, one.id), default=None)


def _classed(leads: Iterable[Lead], lon: float, lat: float) -> list[tuple[Lead, int]]:
    found = []
    for one in leads:
        report = one.report
        if one.is_counted and report.lon is not None and report.lat is not None:
            away = distance_m((lon, lat), coarse(report.lon, report.lat))
            within = next((most for most in CLASSES_M if away <= most), None)
            if within is not None:
                found.append((one, within))
    return found


def leads_near(
    leads: Sequence[Lead], lead: Lead, near_m: float = NEAR_M
) -> list[tuple[Lead, float]]:
    """Return the other leads within some metres of a lead, the nearest first."""
    here = _place(lead)
    if here is None:
        return []
    found = [
        (one, distance_m(here, there))
        for one in leads
        if one.id != lead.id and (there := _place(one)) is not None
    ]
    return sorted(((one, m) for one, m in found if m <= near_m), key=lambda pair: pair[1])


def _place(lead: Lead) -> tuple[float, float] | None:
    report = lead.report
    return None if report.lon is None or report.lat is None else (report.lon, report.lat)
