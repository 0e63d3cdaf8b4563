"""The Gauss-Krüger zones of Chinese surveys, and what the same numbers are called on old datums.

One table of facts, held against PROJ by the tests. Numbers alone never say the datum: an easting
of zone 35 looks the same in CGCS2000, Xi'an 80 and Beijing 54, which lie tens of metres apart.
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

NARROW_DEG, WIDE_DEG = 3, 6
FALSE_EASTING_M = 500_000
PREFIX_M = 1_000_000  # an easting with the zone's number before it

XIAN80, BEIJING54 = "EPSG:4610", "EPSG:4214"
LEGACY_DEGREES = (XIAN80, BEIJING54)
"""The old datums in degrees."""


class _Series(NamedTuple):
    """A run of zones with consecutive codes in CGCS2000, Xi'an 80 and Beijing 54."""

    width_deg: int
    numbering: str
    first: int
    last: int
    codes: tuple[int, int, int]


SERIES = (
    _Series(NARROW_DEG, "prefix", 25, 45, (4513, 2349, 2401)),
    _Series(NARROW_DEG, "plain", 25, 45, (4534, 2370, 2422)),
    _Series(WIDE_DEG, "prefix", 13, 23, (4491, 2327, 21413)),
    _Series(WIDE_DEG, "plain", 13, 23, (4502, 2338, 21453)),
)
"""What surveys of counties use comes first: 3-degree zones before 6-degree ones."""


@dataclass(frozen=True)
class Zone:
    """One Gauss-Krüger zone of CGCS2000, and the codes of the same zone on the old datums."""

    system: str
    number: int
    width_deg: int
    meridian_deg: int
    has_prefix: bool
    xian80: str
    beijing54: str

    @property
    def false_easting_m(self) -> int:
        """Return the easting of the central meridian in metres."""
        return FALSE_EASTING_M + self.has_prefix * self.number * PREFIX_M

    @property
    def legacy(self) -> tuple[str, str]:
        """Return the systems whose numbers cannot be told from this one's by their size."""
        return self.xian80, self.beijing54


@cache
def survey_zones() -> tuple[Zone, ...]:
    """Return every zone from EPSG:4491 to EPSG:4554, the more usual ones first."""
    return tuple(
        Zone(
            *(f"EPSG:{codes[0] + step}", number, width),
            number * 3 if width == NARROW_DEG else number * 6 - 3,
            numbering == "prefix",
            *(f"EPSG:{code + step}" for code in codes[1:]),
        )
        for width, numbering, first, last, codes in SERIES
        for step, number in enumerate(range(first, last + 1))
    )


@cache
def twins() -> dict[str, tuple[str, ...]]:
    """Return, by system, the systems that give the very same place to the very same numbers.

    A 6-degree zone without prefix has the meridian of a 3-degree one; WGS 84 is taken for
    CGCS2000.
    """
    by_meridian: dict[int, list[str]] = {}
    for zone in survey_zones():
        if not zone.has_prefix:
            by_meridian.setdefault(zone.meridian_deg, []).append(zone.system)
    groups = [*by_meridian.values(), ["EPSG:4490", "EPSG:4326"]]
    return {one: tuple(x for x in same if x != one) for same in groups for one in same}
