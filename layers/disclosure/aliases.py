"""Who becomes what: 某公司A, 王某某, 某街道B, the same within a deck; the table stays inside."""

import csv
import hmac
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cached_property
from io import StringIO
from string import ascii_uppercase
from typing import Any, Literal, TypeVar

from geodata.model import Language, Title
from layers.disclosure.classes import words
from layers.disclosure.entities import BLIND_ONLY, CHINESE, DISGUISED, Entity
from layers.disclosure.spelling import Lexicon, Seen, fold, make_lexicon
from layers.sheets import harmless

HEAVENLY = "甲乙丙丁戊己庚辛壬癸"
EARTHLY = "子丑寅卯辰巳午未申酉戌亥"
T = TypeVar("T")

KEYS = frozenset({"case_id", "refs", "jurisdiction", "revision", "language", "layer", "id"})
"""Fields by which a story finds its cases and hazards: no words, so left as they are."""

SuspectReason = Literal["ending", "document", "torn"]


@dataclass(frozen=True)
class Alias:
    """What one entity becomes; `is_shared` where several are written by one short form."""

    entity: Entity
    written: Title
    is_shared: bool = False


@dataclass(frozen=True)
class Suspect:
    """Something that looks like a name and that nobody declared: to be decided by a person."""

    text: str
    start: int
    end: int
    reason: SuspectReason


@dataclass(frozen=True)
class Aliases:
    """The aliases of a deck: they hide names, find them, and inside the house undo it.

    `kept` are words that are no names although they hold one, or that were decided to stay.
    """

    entries: tuple[Alias, ...] = ()
    kept: tuple[str, ...] = ()
    is_blind: bool = False
    _shared: tuple[tuple[str, Alias], ...] = field(default=(), repr=False)

    def hide(self, text: str, language: Language = "zh") -> str:
        """Return a text in which every declared name has become its alias.

        Names are met across widths and blanks, the longest first; a word of `kept` stays whole.
        """
        pieces, last = [], 0
        for seen in self.find(text):
            pieces += [text[last : seen.start], seen.what.written.says(language)]
            last = seen.end
        return "".join([*pieces, text[last:]])

    def find(self, text: str) -> Iterator[Seen[Alias]]:
        """Yield every declared name in a text, with its alias, from left to right."""
        for seen in self._lexicon.read(text):
            if seen.what is not None:
                yield Seen(seen.what, seen.start, seen.end, seen.written)

    def reveal(self, text: str) -> str:
        """Return a text of aliases with the names again; for the inside only.

        What several are called by stays as it is, and a short form comes back as the whole name.
        """
        pieces, last = [], 0
        for found in self._backwards.finditer(text):
            pieces += [text[last : found.start()], self._names[found[0]]]
            last = found.end()
        return "".join([*pieces, text[last:]])

    def suspects(self, text: str) -> Iterator[Suspect]:
        """Yield what looks like a name of a party or a document number, and is not declared."""
        met = list(self._lexicon.read(text))
        taken = [(seen.start, seen.end) for seen in met]
        for reason, sign, pattern in _SUSPECTS:
            for found in pattern.finditer(text) if sign.search(text) else ():
                start, end = found.span()
                is_taken = any(left < end and start < right for left, right in taken)
                if not is_taken and not _is_neutral(found[0]):
                    yield Suspect(found[0], start, end, reason)
        for seen in met:
            if seen.what is not None and _is_torn(seen.what, seen, text):
                end = seen.end + 1
                yield Suspect(text[seen.start : end], seen.start, end, "torn")

    def hide_in(
        self,
        value: T,
        language: Language = "zh",
        *,
        keys: frozenset[str] = KEYS,
        dropped: frozenset[str] = frozenset(),
    ) -> T:
        """Return a value (a story, its scenes, tuples of them) with the names in its texts hidden.

        Fields named in `keys` stay: ids that a picture or a file is drawn by, and no words.
        Texts of fields named in `dropped` are left out, such as the notes of a speaker.
        """
        hidden: T = _changed(value, lambda text: self.hide(text, language), keys, dropped)
        return hidden

    def table(self) -> tuple[tuple[str, str, str, str], ...]:
        """Return who became what: kind, name, alias in Chinese, alias in English."""
        return tuple(
            (one.entity.kind, one.entity.name, one.written.zh, one.written.en)
            for one in self.entries
        )

    def render_table(self, headings: Sequence[str]) -> bytes:
        """Return the table as CSV for the files of the house; never part of what leaves it."""
        file = StringIO(newline="")
        lines = csv.writer(file)
        for row in (headings, *self.table()):
            lines.writerow([harmless(cell) for cell in row])
        return file.getvalue().encode("utf-8-sig")

    def but(self, kept: Iterable[str]) -> "Aliases":
        """Return the same aliases with further words that stay as they are."""
        return replace(self, kept=tuple(dict.fromkeys((*self.kept, *kept))))

    @cached_property
    def _lexicon(self) -> Lexicon[Alias | None]:
        kept: list[tuple[str, Alias | None]] = [(one, None) for one in self.kept]
        whole = [(one.entity.name, one) for one in self.entries]
        short = [(form, one) for one in self.entries for form in one.entity.variants]
        return make_lexicon([*kept, *whole, *self._shared, *short])

    @cached_property
    def _names(self) -> Mapping[str, str]:
        told: dict[str, str] = {}
        for one in self.entries:
            if not one.is_shared:
                told.setdefault(one.written.zh, one.entity.name)
                told.setdefault(one.written.en, one.entity.name)
        return told

    @cached_property
    def _backwards(self) -> re.Pattern[str]:
        longest = sorted(self._names, key=len, reverse=True)
        latin = (rf"\b{re.escape(one)}\b" if one.isascii() else re.escape(one) for one in longest)
        return re.compile("|".join(latin) or "(?!)")


def make_aliases(
    entities: Iterable[Entity],
    *,
    is_blind: bool = False,
    seed: str = "",
    kept: Iterable[str] = (),
    taken: Iterable[str] = (),
) -> Aliases:
    """Return aliases for what a record names; the same entities and seed give the same aliases.

    Blind, offices, districts, cases and numbers are hidden, too, and surnames are. Letters are
    given in the order of the entities, or, with a seed, in an order that only the seed tells: in
    a competition the first letter must not be the first office. `taken` are texts that hold
    aliases already, which are then not given again.
    """
    wanted = _united(one for one in entities if is_blind or one.kind not in BLIND_ONLY)
    ordered = _ordered(wanted, seed)
    given = set(DISGUISED_NAME.findall("\n".join((*taken, *(one.name for one in ordered)))))
    writer = _Writer(is_blind, given, _surnames(ordered))
    stems = {one.stem: _stem(n) for n, one in enumerate(_one_a_stem(ordered))}
    entries = tuple(Alias(one, writer.write(one, stems)) for one in ordered)
    return Aliases(entries, tuple(kept), is_blind, tuple(_shared_forms(entries)))


# --------------------------------------------------------------------------- letters

DISGUISED_NAME = re.compile(r"某[\u3400-\u9fff]{1,4}(?:[甲乙丙丁戊己庚辛壬癸]?[A-Z])")
_SHORT_NAME = 2
_AFTER_NAME = frozenset(
    "的等与和、及在于是说称，。；：:;,.）)】》”’\"' "
    "系为被将对向从曾已未均也先女同把之共各某有又因经"
)
"""What follows a name, and is no letter of a longer one."""

_DOCUMENT = re.compile(r"[\u3400-\u9fff]{1,8}[〔\[【（(]\s*20\d\d\s*[〕\]】）)]\s*第?\s*\d+\s*号")
_ENDINGS = re.compile(
    r"[\u3400-\u9fffA-Za-z0-9（）()·]{2,24}?(?:"
    + "|".join(map(re.escape, words()["suspects"]["endings"]))
    + ")"
)
_ENDING = re.compile("|".join(map(re.escape, words()["suspects"]["endings"])))
_SUSPECTS: tuple[tuple[SuspectReason, re.Pattern[str], re.Pattern[str]], ...] = (
    ("ending", _ENDING, _ENDINGS),
    ("document", re.compile(r"20\d\d"), _DOCUMENT),
)
"""Why a text is a suspect, a sign without which none is in it, and how it looks."""

_OF_MAPS = re.compile(r"GS|审|甘S|甘Ｓ|S[（(]")


class _Writer:
    """Writes aliases, each once: letters by kind, persons by surname."""

    def __init__(self, is_blind: bool, given: set[str], surnames: Mapping[str, int]) -> None:  # noqa: FBT001
        self._is_blind = is_blind
        self._given = given
        self._surnames = surnames
        self._next: dict[str, int] = defaultdict(int)

    def write(self, one: Entity, stems: Mapping[str, Title]) -> Title:
        form = words()["aliases"].get(one.kind, words()["aliases"]["other"])
        if one.stem:
            stem, ending = stems[one.stem], one.name[-1] if one.kind == "district" else ""
            return Title(f"{form['zh'].format(n=stem.zh)}{ending}", form["en"].format(n=stem.en))
        if one.kind == "person" and not self._is_blind and (family := surname(one.name)):
            return self._person(one.name, family)
        if "{n}" not in form["zh"]:
            return Title(form["zh"], form["en"])
        while True:
            letter = _letter(self._next[form["zh"]])
            self._next[form["zh"]] += 1
            zh = form["zh"].format(n=letter.zh)
            if zh not in self._given:
                break
        kept = "" if self._is_blind or one.kind not in _WITH_DISTRICT else one.district
        return Title(f"{kept}{zh}", form["en"].format(n=letter.en))

    def _person(self, name: str, family: str) -> Title:
        """Return 王某某 for the only one of a surname, 王某甲 and 王某乙 for several."""
        if self._surnames[family] == 1:
            rest = max(1, len(fold(name).letters) - len(family))
            written = f"{family}{'某' * rest}"
            return Title(written, written)
        number = self._next[f"person:{family}"]
        self._next[f"person:{family}"] += 1
        written = f"{family}某{_stem(number).zh}"
        return Title(written, written)


_WITH_DISTRICT = frozenset({"agency", "government", "street_agency", "township_government"})


def surname(name: str) -> str:
    """Return the surname of a Chinese name, the first letter unless it is one of two.

    >>> surname("欧阳某"), surname("王芳"), surname("John Smith")
    ('欧阳', '王', '')
    """
    plain = fold(name).letters
    if not CHINESE.match(plain):
        return ""
    return plain[:2] if plain[:2] in words()["surnames"]["double"] else plain[0]


def _letter(number: int) -> Title:
    """Return A to Z, then 甲A: no alias is the beginning of another."""
    round_, place = divmod(number, len(ascii_uppercase))
    letter = ascii_uppercase[place]
    if not round_:
        return Title(letter, letter)
    return Title(f"{_stem(round_ - 1).zh}{letter}", f"{letter}-{round_ + 1}")


def _stem(number: int) -> Title:
    """Return 甲, 乙 ... and beyond ten 子甲 ...; in English A, B."""
    round_, place = divmod(number, len(HEAVENLY))
    before = EARTHLY[(round_ - 1) % len(EARTHLY)] * (1 + (round_ - 1) // len(EARTHLY))
    zh = f"{before if round_ else ''}{HEAVENLY[place]}"
    english = ascii_uppercase[number % 26] + (f"-{number // 26 + 1}" if number >= 26 else "")  # noqa: PLR2004
    return Title(zh, english)


def _united(entities: Iterable[Entity]) -> list[Entity]:
    """Return each name once, with all its short forms; the first kind counts."""
    kept: dict[str, Entity] = {}
    for one in entities:
        letters = fold(one.name).letters
        if not letters:
            continue
        known = kept.get(letters)
        variants = dict.fromkeys((*(known.variants if known else ()), *one.variants))
        kept[letters] = replace(known or one, variants=tuple(variants))
    return list(kept.values())


def _ordered(entities: list[Entity], seed: str) -> list[Entity]:
    """Return entities in their order, or in one that the seed alone tells."""
    if not seed:
        return entities

    def key(one: Entity) -> bytes:
        told = (one.stem or one.name).encode()
        return hmac.digest(seed.encode(), told, "sha256")

    return sorted(entities, key=key)


def _one_a_stem(entities: Iterable[Entity]) -> list[Entity]:
    return list({one.stem: one for one in reversed(list(entities)) if one.stem}.values())[::-1]


def _surnames(entities: Iterable[Entity]) -> Mapping[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for one in entities:
        if one.kind == "person":
            counts[surname(one.name)] += 1
    return counts


def _shared_forms(entries: Iterable[Alias]) -> Iterator[tuple[str, Alias]]:
    """Yield short forms that several entities have, with the alias of any of them: no letter."""
    entries = list(entries)
    whole = {fold(one.entity.name).letters for one in entries}
    by_form: dict[str, list[Alias]] = defaultdict(list)
    for one in entries:
        for form in {fold(form).letters: form for form in one.entity.variants}.values():
            by_form[form].append(one)
    for form, several in by_form.items():
        if len(several) > 1 and fold(form).letters not in whole:
            first = several[0]
            plain = words()["aliases"].get(first.entity.kind, words()["aliases"]["other"])
            written = Title(plain["zh"].format(n=""), plain["en"].format(n="").strip())
            yield form, Alias(replace(first.entity, name=form), written, is_shared=True)


# ------------------------------------------------------------------------- suspects


def _is_neutral(text: str) -> bool:
    """Return whether a suspect is disguised, means no one party, or is a number of a map."""
    neutral: list[str] = words()["suspects"]["neutral"]
    return bool(DISGUISED.search(text) or _OF_MAPS.search(text)) or text.startswith(tuple(neutral))


def _is_torn(alias: Alias, seen: Seen[Any], text: str) -> bool:
    """Return whether a short name of a person may be part of a longer word: 王进 in 王进喜."""
    is_short = len(fold(seen.written).letters) <= _SHORT_NAME
    return alias.entity.kind == "person" and is_short and _goes_on(text[seen.end : seen.end + 1])


def _goes_on(after: str) -> bool:
    return bool(after) and bool(CHINESE.match(after)) and after not in _AFTER_NAME


def _changed(
    value: Any, change: Callable[[str], str], keys: frozenset[str], dropped: frozenset[str]
) -> Any:
    def of(name: str, one: Any) -> Any:
        if name in keys:
            return one
        return "" if name in dropped else _changed(one, change, keys, dropped)

    if isinstance(value, str):
        return change(value)
    if is_dataclass(value) and not isinstance(value, type):
        told = {one.name: of(one.name, getattr(value, one.name)) for one in fields(value)}
        return replace(value, **told)
    if isinstance(value, (tuple, list)):
        return type(value)(_changed(one, change, keys, dropped) for one in value)
    if isinstance(value, Mapping):
        return {name: of(name, one) for name, one in value.items()}
    return value
