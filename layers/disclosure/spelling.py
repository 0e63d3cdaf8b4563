"""A text without what only looks differ by: widths, blanks, cases, marks that are not seen."""

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Generic, TypeVar
from urllib.parse import unquote

DOTS = dict.fromkeys(map(ord, "•・‧∙⋅●●"), "·")
NOT_SEEN = frozenset({"Cf", "Cc", "Mn", "Me", "Zs", "Zl", "Zp", "Co"})
"""Categories of letters that take part in no name: formats, controls, marks, blanks, private."""

CODES = re.compile(r"\\u\{([0-9A-Fa-f]{1,6})\}|\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})")
LAST_LETTER = 0x10FFFF
LATIN = re.compile(r"[a-z0-9]")
FIRST = 2
"""So many letters of a name are looked up at once."""

T = TypeVar("T")


@dataclass(frozen=True)
class Folded:
    """A text in its plain form, and where in the text each of its letters comes from."""

    text: str
    letters: str

    @cached_property
    def places(self) -> Sequence[int]:
        """Return for each letter of the plain form where in the text it stands."""
        forms = [PLAIN[one] for one in self.text]
        if len(self.letters) == len(self.text) and all(forms):
            return range(len(self.text))
        return [at for at, form in enumerate(forms) for _ in form]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the text letters start to end of the plain form stand."""
        return self.places[start], self.places[end - 1] + 1


@lru_cache(maxsize=8)
def fold(text: str) -> Folded:
    r"""Return the plain form of a text: half width, lower case, no blanks and unseen letters.

    >>> fold("宏 达\u200b（兰州）ＡＢ").letters
    '宏达(兰州)ab'
    """
    return Folded(text, "".join(map(PLAIN.__getitem__, text)))


class _Plain(dict[str, str]):
    """The plain form of each letter, worked out when it is first met."""

    def __missing__(self, letter: str) -> str:
        folded = ""
        if unicodedata.category(letter) not in NOT_SEEN:
            told = unicodedata.normalize("NFKC", letter).casefold().translate(DOTS)
            folded = "".join(one for one in told if unicodedata.category(one) not in NOT_SEEN)
        self[letter] = folded
        return folded


PLAIN = _Plain()


@dataclass(frozen=True)
class Seen(Generic[T]):
    """Something met in a text: what it is, where, and as it is written there."""

    what: T
    start: int
    end: int
    written: str


@dataclass(frozen=True)
class Lexicon(Generic[T]):
    """Names and what they mean, met in a text longest first, never inside another that is kept.

    `by_start` holds the names by their first two letters, the longest first.
    """

    meanings: Mapping[str, T]
    by_start: Mapping[str, tuple[str, ...]] = field(repr=False)
    starts: re.Pattern[str] = field(repr=False)

    def read(self, text: str) -> Iterator[Seen[T]]:
        """Yield every name in a text from left to right; at one place the longest."""
        if not self.meanings or (text.isascii() and not self.starts.search(text.lower())):
            return
        folded, end = fold(text), 0
        for start in self.starts.finditer(folded.letters):
            at = start.start()
            name = self._name_at(folded, at) if at >= end else ""
            if name:
                end = at + len(name)
                first, last = folded.span(at, end)
                yield Seen(self.meanings[name], first, last, text[first:last])

    def _name_at(self, folded: Folded, at: int) -> str:
        letters = folded.letters
        several = self.by_start.get(letters[at : at + FIRST], ())
        for name in (*several, *self.by_start.get(letters[at], ())):
            if letters.startswith(name, at) and _stands_alone(folded, at, len(name)):
                return name
        return ""


def readings(text: str) -> Iterator[str]:
    r"""Yield a text as it stands and with its escapes undone, each once: of addresses, HTML, JSON.

    >>> list(readings("%E7%8E%8B")), list(readings("&#29579;")), list(readings(r"\u738b"))
    (['%E7%8E%8B', '王'], ['&#29579;', '王'], ['\\u738b', '王'])
    """
    seen = [text]
    for mark, undo in ESCAPES:
        if mark.search(seen[-1]) and (plain := undo(seen[-1])) not in seen:
            seen.append(plain)
    yield from seen


def _undo_codes(text: str) -> str:
    return CODES.sub(lambda found: _letter(int(found[1] or found[2] or found[3], 16)), text)


def _letter(code: int) -> str:
    return chr(code) if code <= LAST_LETTER and not 0xD800 <= code < 0xE000 else ""  # noqa: PLR2004


ESCAPES: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    (re.compile(r"%[0-9A-Fa-f]{2}"), unquote),
    (re.compile(r"&#?\w{2,8};"), html.unescape),
    (re.compile(r"\\[ux]"), _undo_codes),
)
"""How letters are written by their codes, and how that is undone."""


def make_lexicon(meanings: Iterable[tuple[str, T]]) -> Lexicon[T]:
    """Return a lexicon of names; of two that are one in their plain form, the first counts."""
    plain: dict[str, T] = {}
    for name, meaning in meanings:
        if letters := fold(name).letters:
            plain.setdefault(letters, meaning)
    by_start: dict[str, list[str]] = {}
    for name in sorted(plain, key=lambda one: (-len(one), one)):
        by_start.setdefault(name[:FIRST], []).append(name)
    # Most letters of a text begin no name and are passed over at once.
    firsts = "".join(sorted({re.escape(name[0]) for name in plain}))
    starts = re.compile(f"[{firsts}]" if firsts else "(?!)")
    return Lexicon(plain, {start: tuple(names) for start, names in by_start.items()}, starts)


def _stands_alone(folded: Folded, at: int, length: int) -> bool:
    """Return whether a name is no part of a longer Latin word or number around it."""
    letters, places = folded.letters, folded.places
    end = at + length
    before = at > 0 and places[at] - places[at - 1] <= 1 and _joined(letters[at - 1], letters[at])
    after = (
        end < len(letters)
        and places[end] - places[end - 1] <= 1
        and _joined(letters[end - 1], letters[end])
    )
    return not (before or after)


def _joined(one: str, next_one: str) -> bool:
    """Return whether two letters side by side are of one Latin word or of one number.

    >>> _joined("a", "b"), _joined("站", "1"), _joined("a", "1")
    (True, False, False)
    """
    if not (LATIN.match(one) and LATIN.match(next_one)):
        return False
    return one.isdigit() == next_one.isdigit()
