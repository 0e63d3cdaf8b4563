"""The names that a record holds: whose they are, by what short forms people say them.

Names are declared by the record (agencies, columns of layers and lists, who entered what), not
guessed from sentences; what only looks like a name is a suspect, and a person decides.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from geodata.city import City
from geodata.gazetteer import Named
from geodata.model import Case
from layers.disclosure.classes import words
from layers.disclosure.spelling import fold

EntityKind = Literal[
    "company", "estate", "agency", "government", "township_government", "street_agency",
    "village_committee", "cooperative", "person", "township", "street", "town", "village", "site",
    "address", "case", "ref", "office", "district", "city", "province",
    "procuratorate", "other",
]  # fmt: skip

BLIND_ONLY: frozenset[str] = frozenset(
    {"case", "ref", "office", "district", "city", "province", "procuratorate"}
)
"""What may be told outside, and not in a competition where nobody shall know whose case it is."""

DISGUISED = re.compile(r"[某×✕＊*○〇]|xx", re.IGNORECASE)
"""A name with such a letter has been disguised by whoever wrote it."""

PARTED = re.compile(r"[；;、，,/|\n]+")
CHINESE = re.compile(r"[\u3400-\u9fff]")
NUMBERED = re.compile(r"[\s\d#号\-－]+$")
REMARK = re.compile(r"[（(][^（()）]*[)）]$")
SEVERAL = re.compile(r"各|[\d几多两]+[个家处名]|等$")
SEALED = "sealed:"
"""How the digest of a person's number begins, which names nobody."""

SHORTEST, SHORTEST_STEM = 2, 4
OF_PLACES = frozenset({"street", "town", "township", "village"})


@dataclass(frozen=True, order=True)
class Entity:
    """One party, person or place by its name, and the other forms it is written in.

    `district` is the short name of the district that the name begins with, which an alias may
    keep; `stem` binds an office and its district, so that both get one letter.
    """

    kind: str
    name: str
    variants: tuple[str, ...] = ()
    district: str = ""
    stem: str = ""


def entity(kind: str, name: str, city: City | None = None) -> Entity | None:
    """Return a name of the record as an entity with its short forms, None for what is none.

    A name that is disguised already, a role, or a single letter is no entity.

    >>> entity("company", "兰州宏达化工有限公司").variants
    ('兰州宏达化工', '宏达化工', '宏达化工有限公司')
    >>> entity("company", "某公司"), entity("person", "承办检察官")
    (None, None)
    """
    plain = REMARK.sub("", " ".join(name.split())) or name
    shortest = SHORTEST_STEM if kind == "site" else SHORTEST
    if len(fold(plain).letters) < shortest or _names_nobody(plain):
        return None
    if kind == "person" and is_role(plain):
        return None
    finer = _finer(kind, plain)
    district = _district_of(plain, city)
    return Entity(finer, plain, tuple(_variants(finer, plain, district, city)), district)


def _names_nobody(name: str) -> bool:
    """Return whether a text is disguised, means several or none, or is a word for all of a kind."""
    told = words()
    return (
        bool(DISGUISED.search(name) or SEVERAL.search(name))
        or name.startswith((SEALED, *told["suspects"]["neutral"]))
        or name in told["generic"]["words"]
        or not (CHINESE.search(name) or re.search(r"[A-Za-z]{2}", name))
    )


def is_role(text: str) -> bool:
    """Return whether a text says what somebody is, and not who.

    >>> is_role("检察官助理"), is_role("张三")
    (True, False)
    """
    return any(word in text for word in words()["roles"]["words"])


def entities_of_cases(cases: Iterable[Case], city: City | None = None) -> Iterator[Entity]:
    """Yield the names in cases: the agency, who entered what, and what details name."""
    for case in cases:
        for agency in _parted(case.agency):
            yield from _kept(entity("agency", agency, city))
        for event in case.events:
            yield from _kept(entity("person", event.recorded_by, city))
            for name, text in event.details:
                for kind, names in words()["details"].items():
                    if name in names:
                        yield from _named(kind, text, city)
        yield Entity("case", case.id)
        if case.record_number:
            yield Entity("case", case.record_number)


def entities_of_features(
    frames: Iterable[pd.DataFrame], city: City | None = None
) -> Iterator[Entity]:
    """Yield the names in the columns of layers and lists, and the ids of their rows."""
    for frame in frames:
        for kind, columns in words()["columns"].items():
            for column in columns:
                if column in frame:
                    for text in frame[column].dropna().astype(str).unique():
                        yield from _named(kind, text, city)
        for column in ("ref", "id"):
            if column in frame:
                for text in frame[column].dropna().astype(str).unique():
                    yield Entity("ref", text)


def entities_of_city(city: City, townships: Iterable[Named] = ()) -> Iterator[Entity]:
    """Yield offices and districts, bound by a stem, and the city; of townships their names."""
    for one in city.jurisdictions:
        short, english = one.short.zh, one.short.en
        bare = one.title.zh.removeprefix(city.title.zh)
        place = bare.removesuffix("人民检察院")
        offices = (
            bare,
            f"{place}检察院",
            f"{short}区院",
            f"{short}县院",
            f"{short}院",
            one.title.en,
        )
        yield Entity("office", one.title.zh, tuple(dict.fromkeys(offices)), stem=one.id)
        districts = (short, f"{city.title.zh}{place}", english, *_places(english))
        yield Entity("district", place, tuple(dict.fromkeys(districts)), stem=one.id)
    yield Entity("city", city.title.zh, (city.title.zh.removesuffix("市"), city.title.en))
    for town in townships:
        yield from _kept(entity("village" if town.is_village else "township", town.name, city))


def entities_of_persons(names: Iterable[str]) -> Iterator[Entity]:
    """Yield persons that no column names: collectors, commenters, members of a team."""
    for name in names:
        yield from _named("person", name, None)


def _named(kind: str, text: str, city: City | None) -> Iterator[Entity]:
    """Yield the entities that one cell names; a site is also met without its number."""
    parts = _parted(text) if kind != "address" else [text]
    for part in parts:
        yield from _kept(entity(kind, part, city))
        bare = NUMBERED.sub("", part)
        if kind in {"site", "estate"} and bare != part and len(bare) >= SHORTEST_STEM:
            yield from _kept(entity(kind, bare, city))


def _kept(found: Entity | None) -> Iterator[Entity]:
    if found is not None:
        yield found


def _parted(text: str) -> list[str]:
    return [one.strip() for one in PARTED.split(text) if one.strip()]


def _finer(kind: str, name: str) -> str:
    """Return a finer kind by how a name ends; persons, addresses and cases stay what they are."""
    if kind in {"person", "address", "case", "ref"}:
        return kind
    endings: Mapping[str, str] = words()["finer"]
    finer = next((finer for ending, finer in endings.items() if name.endswith(ending)), kind)
    return kind if kind == "site" and finer not in OF_PLACES else finer


def _district_of(name: str, city: City | None) -> str:
    """Return the district a name begins with, as it is written there, blank for none."""
    if city is None:
        return ""
    rest = name.removeprefix(city.title.zh)
    for one in city.jurisdictions:
        whole = one.title.zh.removeprefix(city.title.zh).removesuffix("人民检察院")
        for start in (whole, one.short.zh):
            if rest.startswith(start) and len(rest) > len(start):
                return whole
    return ""


def _variants(kind: str, name: str, district: str, city: City | None) -> Iterator[str]:
    """Yield the short forms of a name that are long enough to mean it alone."""
    region = city.title.zh if city else "兰州市"
    if kind in {"company", "cooperative"}:
        endings = words()["company_endings"]["words"]
        short = next((name.removesuffix(one) for one in endings if name.endswith(one)), name)
        for form in (short, *_without_region(short, region)):
            if form != name and _says_enough(form):
                yield form
    if kind in {"agency", "government"} and district and name.startswith(district):
        rest = name.removeprefix(district)
        yield f"{district[-1]}{rest}"
    for form in _without_region(name, region):
        if _says_enough(form) and kind not in {"person", "agency"}:
            yield form


def _without_region(name: str, region: str) -> Iterator[str]:
    for start in ("甘肃省", "甘肃", region, region.removesuffix("市")):
        if name.startswith(start) and len(name) > len(start):
            rest = name.removeprefix(start)
            yield rest
            yield from _without_region(rest, region)
            return


def _says_enough(form: str) -> bool:
    return len(fold(form).letters) >= SHORTEST_STEM and form not in words()["generic"]["words"]


def _places(english: str) -> Iterator[str]:
    yield f"{english} District"
    yield f"{english} County"
