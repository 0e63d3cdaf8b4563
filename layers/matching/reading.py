"""What a name and an address say, in parts: whose it is, what it is called, street, number.

Everything is read in one plain form: half width, lower case, simplified script. What a part is
read by stands in `words.toml`; a part that is not told is empty, never guessed.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("words.toml")
DIGITS = {letter: value for value, letter in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
UNITS = {"十": 10, "百": 100, "千": 1000}
NUMERAL = re.compile(r"[零〇一二两三四五六七八九十百千]+(?=号|期|栋|幢|座|单元|层|#)")
BRACKETS = re.compile(r"[()\[\]{}<>【】「」『』〔〕《》]")
MARKS = re.compile(r"[\s,.;:、。·・'\"`~!?*_|\\]+")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PROVINCE = re.compile(r"^(?:[\u4e00-\u9fff]{2,3}省|[\u4e00-\u9fff]{2,6}自治区)")
TOWNSHIP = re.compile(r"^[\u4e00-\u9fff]{2,4}?(?:街道办事处|街道|镇|乡)(?!路|街|巷|大道)")
STREET = re.compile(
    r"([a-z0-9\u4e00-\u9fff]{1,9}?(?:大道|大街|公路|快速路|胡同|路|街|巷))(?![口局段桥灯道])"
)
NUMBER = re.compile(
    r"^第?([甲乙丙丁]?)(\d{1,5})(?:[-之](\d{1,4}))?(?:号院|号|#|(?=[甲乙丙丁附]|$|\s))"
    r"([甲乙丙丁]?)号?(?:[附之](\d{1,4})号?)?"
)
NUMBERED_STREET = re.compile(r"(\d+)号(路|街|巷)(?!口)")
ZONE = re.compile(r"(?<![a-z])([a-h])(?:区|座|馆|口|站)|([东南西北])区|(?<![\d])(\d)区")
PHASE = re.compile(r"(\d{1,2})期")
PLACE_NO = re.compile(r"(\d{1,3})(?:号(?:站|桩|楼|库|点|停车场|地块)?|#)(?!路|街)")
WAY = re.compile(r"[路街巷道]")
LEFT_OVER = re.compile(r"[\s\-#]+|(?<=.)店$")
LAST_KIND = re.compile(r"(?<=..)[站店点桩]$")
PART_WORDS = re.compile(r"(?:直流|交流|(?<![a-z])[ad]c(?![a-z])|地面|地上|地下|室内|室外|露天)区?")
AWAY = re.compile(r"[往向距]?[东南西北]?(?:侧|向|走)?约?\d+(?:米|m)处?|内$")
LINK = re.compile(r"^[与和及交近]")
CITY_WORD = re.compile(r"^[省市区县]")
LATIN_CUT = re.compile(r"\b(?:between|at|near|in|off|opposite)\b.*$")


@dataclass(frozen=True)
class NameParts:
    """What a name says; `stem` is `core` without the sort of place, `venue` that sort.

    `address` is the street that a name names, with the house number on it. `part`, `level`,
    `zone`, `phase`, `number` tell which part of a place, or which of several.
    """

    core: str = ""
    stem: str = ""
    venue: str = ""
    brands: tuple[str, ...] = ()
    part: str = ""
    level: str = ""
    zone: str = ""
    phase: str = ""
    number: str = ""
    address: "AddressParts | None" = None

    @property
    def marks(self) -> tuple[str, ...]:
        """Return which part or which of several it is, by kind."""
        return (self.part, self.level, self.zone, self.phase, self.number)


@dataclass(frozen=True)
class AddressParts:
    """What an address says; `is_beside` if the number is that of something next to it."""

    streets: tuple[str, ...] = ()
    number: int | None = None
    suffix: str = ""
    rest: str = ""
    districts: tuple[str, ...] = ()
    is_beside: bool = False


def plain(text: str) -> str:
    """Return a text in half width, lower case and simplified script, Chinese numerals as digits.

    >>> plain("福利路一百二十三號（Ｂ１）")
    '福利路123号(b1)'
    """
    told = unicodedata.normalize("NFKC", text).casefold().translate(_simplified())
    return NUMERAL.sub(lambda found: str(_value(found[0])), told)


def _value(numeral: str) -> int:
    """Return what a numeral is worth below ten thousand: by units, or digit after digit."""
    if not UNITS.keys() & set(numeral):
        return int("".join(str(DIGITS[one]) for one in numeral))
    total, digit = 0, 0
    for letter in numeral:
        if letter in UNITS:
            total += (digit or (1 if letter == "十" or not total else 0)) * UNITS[letter]
            digit = 0
        else:
            digit = DIGITS[letter]
    return total + digit


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))


@cache
def _simplified() -> dict[int, str]:
    letters = _words()["traditional"]
    return {ord(old): new for old, new in zip(letters["from"], letters["to"], strict=True)}


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of all words, the longest first; latin ones stand alone."""
    longest_first = sorted({plain(one) for one in words}, key=lambda one: (-len(one), one))
    bounded = (
        re.escape(one) if CHINESE.search(one) else rf"(?<![a-z0-9]){re.escape(one)}(?![a-z])"
        for one in longest_first
    )
    return re.compile("|".join(bounded) or "(?!)")


class Reader:
    """Reads names and addresses, given the region they lie in and further operators.

    `region` are the names of the province, city and districts (甘肃省, 兰州市, 西固区), which say
    nothing within it; `operators` are further brands with what they are called.
    """

    def __init__(
        self, region: Iterable[str] = (), operators: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        """Make the patterns of all words once."""
        words = _words()
        self._brands = {
            plain(alias): brand
            for table in (words["operators"], operators or {})
            for brand, aliases in table.items()
            for alias in aliases
        }
        self._operator = _any_of(self._brands)
        self._company = _any_of(words["company"]["words"])
        self._kind = _any_of([*words["kinds"]["words"], *words["company"]["words"]])
        self._relative = _any_of(words["relative"]["words"])
        self._near = _any_of(words["relative"]["near"])
        self._marks = {
            word: (mark, words["parts"][mark])
            for mark in words["parts"]
            for word in words["parts"][mark]
        }
        self._part = _any_of(self._marks)
        self._venues = {word: venue for venue, names in words["venues"].items() for word in names}
        self._venue = re.compile(f"(?:{_any_of(self._venues).pattern})$")
        self._region = tuple(dict.fromkeys(plain(one) for one in region if one))

    @cached_property
    def _region_start(self) -> re.Pattern[str]:
        """Return the pattern of the region's names at the start of a text, whole or bare."""
        bare = {re.sub(r"[省市区县]$", "", one) for one in self._region}
        bare = {one for one in bare if len(one) > 1}
        whole = _any_of(self._region).pattern
        return re.compile(
            f"(?:{whole}|(?:{_any_of(bare).pattern})(?!东路|西路|南路|北路|中路|路|街|巷|大道|站|市|区|县))"
        )

    def read_name(self, text: str, company: str = "") -> NameParts:
        """Return what a name says besides the word of the company that runs the place.

        >>> told = Reader(("兰州市", "西固区")).read_name("国网（西固万达广场直流）充电站一期")
        >>> told.core, told.stem, told.venue, told.brands, told.part, told.phase
        ('万达广场', '万达', 'mall', ('state_grid',), 'dc', '1')
        """
        told = plain(text)
        if told and not CHINESE.search(told):
            return self._read_latin_name(told)
        told = BRACKETS.sub(" ", told)
        brands, told = self._take_brands(told.replace(company, " ") if len(company) > 1 else told)
        part, level, told = self._take_parts(told)
        at = self.read_address(told) if WAY.search(told) else AddressParts()
        if at.number is not None:
            told = told.replace(f"{at.number}号", " ")
        found = {}
        for name, pattern in (("phase", PHASE), ("zone", ZONE), ("number", PLACE_NO)):
            seen = pattern.search(told)
            found[name] = next((one for one in seen.groups() if one), "") if seen else ""
            told = pattern.sub(" ", told, count=1)
        words = [self._without_region(one) for one in MARKS.sub(" ", told).split()]
        whole = self._without_region(LEFT_OVER.sub("", "".join(words)))
        core = self._relative.sub("", self._kind.sub("", whole)) or self._kind.sub("", whole)
        core = self._without_region(LAST_KIND.sub("", core))
        stem, venue = self._split_venue(core)
        address = at if at.streets else None
        return NameParts(core, stem, venue, brands, part, level, **found, address=address)

    def read_landmark(self, rest: str) -> str:
        """Return the place that the rest of an address names, without its sort.

        >>> Reader().read_landmark("万达广场地下停车场"), Reader().read_landmark("3楼")
        ('万达', '')
        """
        told = self._relative.sub("", self._kind.sub("", rest))
        return self._split_venue(told)[0] if CHINESE.match(told) else ""

    def _read_latin_name(self, told: str) -> NameParts:
        words = _latin_words(told)
        kept = [one for one in words if one not in _words()["latin"]["filler"]] or words
        core = " ".join(kept)
        return NameParts(core=core, stem=core)

    def _take_brands(self, told: str) -> tuple[tuple[str, ...], str]:
        found = {self._brands[alias] for alias in self._operator.findall(told)}
        return tuple(sorted(found)), self._operator.sub(" ", told)

    def _take_parts(self, told: str) -> tuple[str, str, str]:
        found = {self._marks[word][0] for word in self._part.findall(told)}
        currents, levels = found & {"dc", "ac"}, found & {"up", "down"}
        # a word that is part of a longer one (地下停车场, 快充站) goes with it, later
        return _only(currents), _only(levels), PART_WORDS.sub(" ", told) if found else told

    def _split_venue(self, core: str) -> tuple[str, str]:
        """Return a name without the sort of place at its end, and that sort.

        A car park takes the sort of the place that it belongs to.
        """
        stem, venue = core, ""
        for _ in range(2):
            found = self._venue.search(stem)
            if not found or venue not in {"", "parking"}:
                break
            venue = self._venues[found[0]]
            stem = stem[: found.start()] or stem
        return stem, venue

    def _without_region(self, told: str) -> str:
        """Return a text without the region before it, unless nothing would be left."""
        rest = told
        while found := self._region_start.match(rest):
            shorter = rest[found.end() :]
            if not self._kind.sub("", shorter).strip():
                break
            rest = shorter
        return rest

    def read_operator(self, text: str) -> tuple[tuple[str, ...], str]:
        """Return the brands that a text names, and a company's own word where it names none.

        >>> (
        ...     Reader(("兰州市",)).read_operator("国网甘肃省电力公司"),
        ...     Reader(("兰州市",)).read_operator("兰州市佳远新能源科技有限公司"),
        ... )
        ((('state_grid',), ''), ((), '佳远'))
        """
        brands, rest = self._take_brands(plain(text))
        rest = self._without_region(MARKS.sub("", BRACKETS.sub("", rest)))
        rest = CITY_WORD.sub("", self._company.sub("", rest))
        return brands, "" if brands else self._kind.sub("", rest)

    def read_address(self, text: str) -> AddressParts:
        """Return what an address says.

        >>> told = Reader(("甘肃省", "兰州市", "西固区")).read_address(
        ...     "兰州市西固区福利路12-1号万达广场B1层"
        ... )
        >>> told.streets, told.number, told.suffix, told.rest, told.districts
        (('福利路',), 12, '1', '万达广场', ('西固区',))
        """
        told = plain(text)
        if told and not CHINESE.search(told):
            return _read_latin_address(told)
        told = MARKS.sub("", BRACKETS.sub(" ", told).replace(" ", ""))
        told = NUMBERED_STREET.sub(r"\1\2", told)
        districts = tuple(one for one in self._region if one[-1] in "区县" and one in told)
        told = PROVINCE.sub("", told) if "省" in told or "自治区" in told else told
        while found := self._region_start.match(told):
            told = told[found.end() :]
        told = TOWNSHIP.sub("", told)
        is_beside = bool(self._near.search(told))
        streets, number, suffix, rest = self._walk(told)
        rest = AWAY.sub("", self._relative.sub("", rest)) if rest else ""
        return AddressParts(streets, number, suffix, rest, districts, is_beside)

    @staticmethod
    def _walk(told: str) -> tuple[tuple[str, ...], int | None, str, str]:
        """Return the streets of an address, the number on the last one before it, and the rest."""
        streets: list[str] = []
        number, suffix, rest, place = None, "", "", 0
        for found in STREET.finditer(told):
            if number is not None:
                break
            streets.append(LINK.sub("", found[1]))
            place = found.end()
            seen = NUMBER.match(told[place:])
            if seen:
                number = int(seen[2])
                suffix = next((one for one in (seen[1], seen[3], seen[4], seen[5]) if one), "")
                place += seen.end()
        rest = told[place:]
        return tuple(streets), number, suffix, rest


def _only(found: set[str]) -> str:
    return next(iter(found)) if len(found) == 1 else ""


def _latin_words(told: str) -> list[str]:
    """Return the words of a text in one spelling; 's goes with its word."""
    short = _words()["latin"]["short"]
    told = re.sub(r"\s*\\?\s*['`’]\s*s\b", "s", told)
    words = re.findall(r"[^\W_]+|&", told)
    return [short.get(one, one) for one in words]


def _read_latin_address(told: str) -> AddressParts:
    latin = _words()["latin"]
    words = [one for one in _latin_words(LATIN_CUT.sub("", told)) if one not in latin["sides"]]
    has_number = bool(words) and words[0].isdigit()
    number = int(words[0]) if has_number else None
    way = words[1:] if has_number else words
    ends = [place for place, one in enumerate(way) if one in latin["ways"]]
    end = 1 + next((one for one in ends if one), 1)
    street = " ".join(way[:end])
    return AddressParts((street,) if street else (), number, "", " ".join(way[end:]))
