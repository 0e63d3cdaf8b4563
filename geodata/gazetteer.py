"""Which township or village a text speaks of: names of the statistics bureau, found in addresses.

A name says where a place lies only as far as the township or the village goes; it is never
turned into a point. How sure a match is stands beside it, and what is not certain is left to
a person.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

import pandas as pd
from rapidfuzz import fuzz, process

from geodata.city import CITIES, City, open_city

Level = Literal["village", "township", "like", "several", "none"]
"""village and township: the name stands in the text; like: a name nearly so; several: more than
one place bears it; none: no name was found."""

TOWNSHIP_DIGITS, VILLAGE_DIGITS = 9, 12
VILLAGE_ENDINGS = re.compile(
    r"(社区居民委员会|社区居委会|居民委员会|居委会|村民委员会|村委会|社区|村)$"
)
TOWNSHIP_ENDINGS = re.compile(r"(街道办事处|街道|地区|镇|乡)$")
SHORTEST = 2  # a name of one letter says nothing
LIKENESS = 75.0  # of rapidfuzz' ratio: one letter of four may be wrong


@dataclass(frozen=True)
class Named:
    """One township or village of the list, with the office that answers for it."""

    code: str
    name: str
    township: str
    office: str

    @property
    def is_village(self) -> bool:
        """Return whether this is a village or community, not a township or street."""
        return len(self.code) == VILLAGE_DIGITS


@dataclass(frozen=True)
class Match:
    """What a text was understood as; `others` are further places that bear the name."""

    level: Level
    place: Named | None = None
    others: tuple[Named, ...] = ()
    likeness: float = 100.0

    @property
    def is_certain(self) -> bool:
        """Return whether no person needs to look at it."""
        return self.level in {"village", "township"}


class Gazetteer:
    """The townships and villages of a city, found by their names."""

    def __init__(self, places: Iterable[Named]) -> None:
        """Keep the places and the names they go by."""
        self.places = tuple(places)

    def find(self, text: str, office: str = "") -> Match:
        """Return which place a text speaks of; with `office`, only places of that office.

        A village counts by its whole name, or by its bare one beside its township; a
        township by its whole name, or by a bare one of three letters or more (a road may
        be called after a shorter one).

        >>> read_gazetteer("lanzhou").find("西固区陈坪街道某小区").place.name
        '陈坪街道'
        """
        plain = _plain(text)
        towns = self._towns.named_in(plain, office)
        if towns:
            inside = self._within(towns, plain, office)
            return _one_of(inside, "village") if inside else _one_of(towns, "township")
        villages = self._villages.named_in(plain, office)
        return _one_of(villages, "village") if villages else self._like(plain, office)

    def find_all(self, texts: pd.Series, offices: pd.Series) -> pd.Series:
        """Return the match of each text with its office, each pair looked up once."""
        pairs = pd.Series(list(zip(texts, offices, strict=True)), texts.index, dtype=object)
        known = {pair: self.find(*pair) for pair in pairs.unique()}
        return pairs.map(known)

    def _within(self, towns: list[Named], text: str, office: str) -> list[Named]:
        """Return the villages of townships that the rest of a text names, whole names first."""
        codes, rest = {town.code for town in towns}, text
        for town in towns:
            whole = _plain(town.name)
            rest = rest.replace(whole if whole in rest else _bare(town, TOWNSHIP_ENDINGS), " ")
        ways = ((self._villages, text), (self._villages, rest), (self._bare_villages, rest))
        for names, words in ways:
            held = names.named_in(words, office)
            inside = [one for one in held if one.code[:TOWNSHIP_DIGITS] in codes]
            if inside:
                return inside
        return []

    def _like(self, text: str, office: str) -> Match:
        """Return the township with nearly this name, for a person to confirm."""
        stem = TOWNSHIP_ENDINGS.sub("", text)
        if len(stem) < SHORTEST:
            return Match("none")
        names = self._towns.of_office(office)
        best = process.extractOne(text, list(names), scorer=fuzz.ratio, score_cutoff=LIKENESS)
        if best is None:
            return Match("none")
        places = names[best[0]]
        return Match("like", places[0], tuple(places[1:]), round(best[1], 1))

    @cached_property
    def _towns(self) -> "_Names":
        towns = [one for one in self.places if not one.is_village]
        return _Names(
            (name, one)
            for one in towns
            for name in (_plain(one.name), _bare(one, TOWNSHIP_ENDINGS))
            if name == _plain(one.name) or len(name) > SHORTEST
        )

    @cached_property
    def _villages(self) -> "_Names":
        return _Names((name, one) for one in self.places if one.is_village for name in _whole(one))

    @cached_property
    def _bare_villages(self) -> "_Names":
        villages = (one for one in self.places if one.is_village)
        return _Names((_bare(one, VILLAGE_ENDINGS), one) for one in villages)


class _Names:
    """Places by name, and one pattern that finds any of the names, the longest first."""

    def __init__(self, pairs: Iterable[tuple[str, Named]]) -> None:
        self._places: dict[str, list[Named]] = {}
        for name, place in pairs:
            if len(name) >= SHORTEST:
                self._places.setdefault(name, []).append(place)
        longest_first = sorted(map(re.escape, self._places), key=len, reverse=True)
        self._pattern = re.compile("|".join(longest_first) or "(?!)")

    def named_in(self, text: str, office: str) -> list[Named]:
        """Return the places of an office named in a text, by the longest name that stands there."""
        fitting = [
            (len(name), one)
            for name in self._pattern.findall(text)
            for one in self._places[name]
            if office in {"", one.office}
        ]
        longest = max((length for length, _ in fitting), default=0)
        return list(dict.fromkeys(one for length, one in fitting if length == longest))

    def of_office(self, office: str) -> dict[str, list[Named]]:
        """Return the names that places of an office go by, with those places."""
        named = {
            name: [one for one in places if office in {"", one.office}]
            for name, places in self._places.items()
        }
        return {name: places for name, places in named.items() if places}


@cache
def read_gazetteer(city_id: str = "lanzhou") -> Gazetteer:
    """Return the townships and villages of a city (`places.csv`), empty where there is no list."""
    file = CITIES / city_id / "places.csv"
    if not file.is_file():
        return Gazetteer(())
    rows = pd.read_csv(file, dtype=str)
    names = dict(zip(rows["code"], rows["name"], strict=True))
    city = open_city(city_id)
    return Gazetteer(
        Named(code, name, names[code[:TOWNSHIP_DIGITS]], _office_of(city, code, names))
        for code, name in names.items()
    )


def _office_of(city: City, code: str, names: Mapping[str, str]) -> str:
    """Return the office that answers for a code: by its township, else by its district."""
    town = names[code[:TOWNSHIP_DIGITS]]
    by_town = [one.id for one in city.jurisdictions if town in one.townships]
    by_code = [one.id for one in city.jurisdictions if code[:6] in one.admin_codes]
    return next(iter((*by_town, *by_code)), "")


def _bare(place: Named, endings: re.Pattern[str]) -> str:
    return endings.sub("", _plain(place.name))


def _whole(village: Named) -> set[str]:
    """Return the names that tell a village for certain: as listed, and as people write it."""
    plain, bare = _plain(village.name), _bare(village, VILLAGE_ENDINGS)
    return {plain, f"{bare}社区" if "社区" in plain or "居" in plain else f"{bare}村"}


def _one_of(found: list[Named], level: Level) -> Match:
    if len(found) == 1:
        return Match(level, found[0])
    return Match("several", None, tuple(found))


def _plain(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
