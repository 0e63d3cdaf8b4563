"""What numbers can be by their size: degrees, a survey zone, Web Mercator, in either order."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from geodata.crs import SHIFTS, STORED
from geodata.zones import NARROW_DEG, PREFIX_M, Zone, survey_zones

Numbers = NDArray[np.float64]
Codes = NDArray[np.int16]
Flags = NDArray[np.bool_]

WEB_MERCATOR = "EPSG:3857"

NOWHERE, ODD = -1, 0
"""No numbers or 0,0; and numbers of no system that is known here."""

DEGREES, ABROAD, PLANE, MERCATOR, ZONE = 1, 2, 3, 4, 100
TURNED = 1000  # added where the north number stands first

MOST_LON, MOST_LAT = 180.0, 90.0
# east, and north, from and to: degrees and metres over China
LON, LAT = (72.0, 138.0), (0.8, 56.0)
EASTING_M, NORTHING_M = (100_000.0, 900_000.0), (1_700_000.0, 6_300_000.0)
MERCATOR_EAST_M, MERCATOR_NORTH_M = (8_000_000.0, 15_400_000.0), (90_000.0, 7_600_000.0)


@dataclass(frozen=True)
class Shape:
    """Numbers of one size and order, and the systems they can be in, more usual ones first."""

    name: str
    systems: tuple[str, ...]
    is_swapped: bool = False
    may_be_swapped: bool = False

    @classmethod
    def of(cls, code: int) -> "Shape":
        """Return what a code of `shapes_of` stands for."""
        return _shape(code)


@cache
def _shape(code: int) -> Shape:
    is_swapped, plain = code >= TURNED, code % TURNED
    if plain == ABROAD:
        return Shape("degrees_abroad", (STORED,), may_be_swapped=True)
    names = {DEGREES: "degrees", MERCATOR: "mercator", PLANE: "plane"}
    name = names.get(plain, f"zone_{plain - ZONE}")
    return Shape(name + ("_swapped" if is_swapped else ""), _systems(plain), is_swapped)


def _systems(plain: int) -> tuple[str, ...]:
    if plain == DEGREES:
        return (STORED, *SHIFTS)
    if plain == MERCATOR:
        return (WEB_MERCATOR,)
    if plain == PLANE:  # 6-degree zones without prefix are 3-degree ones by another name
        return tuple(dict.fromkeys(one.system for one in survey_zones() if _is_plain(one)))
    number = plain - ZONE
    zones = (one for one in survey_zones() if one.has_prefix and one.number == number)
    also = (WEB_MERCATOR,) if _could_be_mercator(number) else ()
    return (*(one.system for one in zones), *also)


def _is_plain(zone: Zone) -> bool:
    return not zone.has_prefix and zone.width_deg == NARROW_DEG


def shapes_of(x: Numbers, y: Numbers) -> Codes:
    """Return a code for each pair of numbers; NOWHERE for none and for 0,0."""
    codes = np.full(len(x), ODD, np.int16)
    with np.errstate(invalid="ignore"):
        larger, smaller = np.maximum(abs(x), abs(y)), np.minimum(abs(x), abs(y))
        codes[(larger <= MOST_LON) & (smaller <= MOST_LAT)] = ABROAD
        for east, north, turned in ((x, y, 0), (y, x, TURNED)):
            codes[_between(east, LON) & _between(north, LAT)] = DEGREES + turned
            codes[_between(east, MERCATOR_EAST_M) & _between(north, MERCATOR_NORTH_M)] = (
                MERCATOR + turned
            )
            is_north = _between(north, NORTHING_M)
            codes[_between(east, EASTING_M) & is_north] = PLANE + turned
            number = np.nan_to_num(np.floor(east / PREFIX_M), nan=-1, posinf=-1, neginf=-1)
            is_zone = np.isin(number, _prefixes()) & is_north
            is_zone &= _between(east - number * PREFIX_M, EASTING_M)
            codes[is_zone] = (ZONE + number[is_zone] + turned).astype(np.int16)
    codes[~(np.isfinite(x) & np.isfinite(y)) | ((x == 0) & (y == 0))] = NOWHERE
    return codes


@cache
def _prefixes() -> tuple[int, ...]:
    return tuple(sorted({one.number for one in survey_zones() if one.has_prefix}))


def _could_be_mercator(number: int) -> bool:
    west, east = MERCATOR_EAST_M
    return west < (number + 1) * PREFIX_M and number * PREFIX_M < east


def _between(numbers: Numbers, bounds: tuple[float, float]) -> Flags:
    return np.asarray((numbers >= bounds[0]) & (numbers <= bounds[1]))
