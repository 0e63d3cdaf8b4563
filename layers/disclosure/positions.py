"""Positions in a text, and how exactly they say where: degrees, minutes and seconds, metres."""

import itertools
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Box = tuple[float, float, float, float]
Form = Literal["degrees", "sexagesimal", "projected", "mercator", "scaled", "one_axis", "exif"]

CHINA: Box = (73.0, 17.0, 136.0, 54.0)
METRES_A_DEGREE = 111_320.0
AROUND_DEG = 1.0
"""How far around the city numbers are taken for positions of it where nothing else says so."""

ALONE_DIGITS, SCALED_DIGITS = 4, range(7, 11)
MERCATOR_M = 20_037_508.342789244
ZONES_3, ZONES_6 = range(24, 46), range(13, 24)
EASTING_M = range(150_000, 850_000)
FALSE_EASTING, FALSE_ZONE = 500_000, 1_000_000
MINUTE_M, SECOND_M = 1855.0, 31.0

_BETWEEN = r"[\s,;，；、/|:\"'”’\])}（(\[{]{0,6}"
_LABEL = r"(?:[A-Za-z_]{0,12}|经度|纬度|东经|北纬|[EN]|[°º度])"
_APART = rf"{_BETWEEN}{_LABEL}{_BETWEEN}{_LABEL}{_BETWEEN}[=:：]?{_BETWEEN}"
_DECIMAL = r"(?<![\d.])(\d{1,3}\.\d{1,15})(?![\d.])"
_PAIR = re.compile(rf"{_DECIMAL}(?=({_APART})(\d{{1,3}}\.\d{{1,15}})(?![\d.]))")
_ONE = re.compile(_DECIMAL)
_SEXAGESIMAL = re.compile(
    r"(?<![\d.])(\d{1,3})\s*(?:°|º|˚|度|d)\s*(\d{1,2}(?:\.\d+)?)\s*(?:'|′|´|’|‘|分|m)\s*"
    r"(?:(\d{1,2}(?:\.\d+)?)\s*(?:\"|″|”|“|''|′′|秒|s)?)?"
)
_COLONS = re.compile(r"(?<![\d.:])(\d{2,3}):([0-5]\d):([0-5]\d(?:\.\d+)?)(?![\d:])")
_METRES = re.compile(r"(?<![\d.])(\d{6,8}(?:\.\d+)?)(?![\d.])")
_WHOLE = re.compile(r"(?<![\d.])(\d{7,10})(?![\d.])")
_MONEY = re.compile(r"\s*(?:万?元|yuan|平方米|亩|m²|字节|bytes)", re.IGNORECASE)
NEAR_LETTERS = 48
_ANY = re.compile(r"\d\.\d|\d\s*[°度d:]\s*\d|\d{6}")


@dataclass(frozen=True)
class Position:
    """A position as it is written, in which form, and to how many metres it is exact."""

    form: Form
    written: str
    precision_m: float


def precision_m(written: str) -> float:
    """Return to how many metres a number of degrees says where, by its digits as written.

    Zeros at its end count: whether they were measured or filled in, nobody can tell.

    >>> round(precision_m("103.638631"), 2), round(precision_m("103.64")), precision_m("103")
    (0.11, 1113, 111320.0)
    """
    decimals = written.partition(".")[2]
    return METRES_A_DEGREE / 10 ** len(decimals)


def find_positions(text: str, city: Box | None = None) -> Iterator[Position]:
    """Yield the positions in a text, in any order of longitude and latitude.

    Pairs of degrees anywhere in China; degrees with minutes; with a city also one axis alone,
    metres of its projections and whole numbers of a scaled degree. Degrees of GCJ-02 and BD-09
    are degrees as well: the text does not tell which they are, and they lie within 1 km.
    """
    plain = unicodedata.normalize("NFKC", text.replace("º", "°").replace("˚", "°"))
    if not _ANY.search(plain):
        return
    paired: set[int] = set()
    for found in _PAIR.finditer(plain):
        if _is_pair(float(found[1]), float(found[3])) and found.start() not in paired:
            paired |= {found.start(), found.start(3)}
            finest = min(precision_m(found[1]), precision_m(found[3]))
            yield Position("degrees", f"{found[1]}, {found[3]}", finest)
    yield from _sexagesimal(plain)
    if city is not None:
        yield from _alone(plain, city, paired)
        yield from _in_metres(plain, city)
        yield from _scaled(plain, city)


def _is_pair(one: float, other: float, box: Box = CHINA) -> bool:
    west, south, east, north = box
    straight = west <= one <= east and south <= other <= north
    return straight or (west <= other <= east and south <= one <= north)


def _sexagesimal(plain: str) -> Iterator[Position]:
    west, south, east, north = CHINA
    for found in (*_SEXAGESIMAL.finditer(plain), *_COLONS.finditer(plain)):
        degrees, minutes, seconds = found[1], found[2], found[3] or ""
        value = float(degrees)
        if not (west <= value <= east or south <= value <= north):
            continue
        if ":" in found[0] and value <= north:  # a time of day looks like it
            continue
        decimals = len((seconds or minutes).partition(".")[2].rstrip("0"))
        step = SECOND_M if seconds else MINUTE_M
        yield Position("sexagesimal", found[0].strip(), step / 10**decimals)


def _alone(plain: str, city: Box, paired: set[int]) -> Iterator[Position]:
    """Yield longitudes or latitudes of the city that stand alone: in a column, say."""
    west, south, east, north = city
    for found in _ONE.finditer(plain):
        value, decimals = float(found[1]), len(found[1].partition(".")[2])
        within = west <= value <= east or south <= value <= north
        if within and decimals >= ALONE_DIGITS and found.start() not in paired:
            yield Position("one_axis", found[1], precision_m(found[1]))


def _in_metres(plain: str, city: Box) -> Iterator[Position]:
    """Yield pairs of northing and easting (Gauss-Krüger, UTM) and of Web Mercator near the city."""
    numbers = [one for one in _METRES.finditer(plain) if not _MONEY.match(plain, one.end())]
    for first, second in itertools.pairwise(numbers):
        if second.start() - first.end() > NEAR_LETTERS:
            continue
        one, other = float(first[1]), float(second[1])
        for northing, easting in ((one, other), (other, one)):
            form = _system_of(northing, easting, city)
            if form:
                yield Position(form, f"{first[1]}, {second[1]}", _step_of(first[1], second[1]))
                break


def _system_of(northing: float, easting: float, city: Box) -> Form | None:
    west, south, east, north = _around(city)
    low, high = south * 110_800, north * 111_100
    if low <= northing <= high:
        zone, rest = divmod(easting, FALSE_ZONE)
        if int(rest) in EASTING_M and (zone == 0 or int(zone) in ZONES_3 or int(zone) in ZONES_6):
            return "projected"
    x_low, x_high = (MERCATOR_M * degrees / 180 for degrees in (west, east))
    if x_low <= easting <= x_high and _mercator(south) <= northing <= _mercator(north):
        return "mercator"
    return None


def _step_of(*written: str) -> float:
    return float(min(10.0 ** -len(one.partition(".")[2]) for one in written))


def _mercator(lat: float) -> float:
    return MERCATOR_M / math.pi * math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))


def _scaled(plain: str, city: Box) -> Iterator[Position]:
    """Yield pairs of whole numbers that are degrees times a power of ten, as scripts pack them."""
    numbers = list(_WHOLE.finditer(plain))
    for first, second in itertools.pairwise(numbers):
        if second.start() - first.end() > NEAR_LETTERS // 4:
            continue
        for power in (5, 6, 7):
            scale = 10**power
            if _is_pair(int(first[1]) / scale, int(second[1]) / scale, _around(city)):
                step = METRES_A_DEGREE / scale
                yield Position("scaled", f"{first[1]}, {second[1]}", step)


def _around(city: Box) -> Box:
    west, south, east, north = city
    return west - AROUND_DEG, south - AROUND_DEG, east + AROUND_DEG, north + AROUND_DEG
