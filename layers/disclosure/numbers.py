"""Numbers of persons and parties in a text: ID cards, telephones, plates, bank cards, mail."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from geodata.identity import read_number

_GAP = r"[ \u00a0\t-]?"
_ALONE, _ENDS = r"(?<![0-9A-Za-z.])", r"(?![0-9A-Za-z])"
_NO_DIGIT, _NO_FURTHER = r"(?<![0-9.])", r"(?![0-9])"
"""Where check digits decide, a letter beside a number makes no difference."""

_LONG_IDS = re.compile(rf"{_NO_DIGIT}(?=(\d(?:{_GAP}\d){{16}}{_GAP}[\dXx]){_NO_FURTHER})")
_SHORT_IDS = re.compile(rf"{_ALONE}(?=(\d(?:{_GAP}\d){{14}}){_ENDS})")
_MOBILES = re.compile(
    rf"(?<![0-9A-Za-z.])(?:\+?86[ -]?)?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}{_ENDS}(?!\.\d)"
)
_LANDLINES = re.compile(r"(?<![0-9A-Za-z.-])[(]?0\d{2,3}[)]?[ -]\d{7,8}(?![0-9-])")
_SERVICE = re.compile(r"(?<![0-9A-Za-z.-])[48]00[ -]\d{3}[ -]?\d{4}(?![0-9-])")
_PLATES = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z]"
    r"[·•∙.\s-]?(?=[A-Z0-9]{0,5}\d)[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳](?![0-9A-Za-z])"
)
_CARDS = re.compile(
    rf"{_NO_DIGIT}(?=((?:62|4\d|5[1-5]|35|3[47])(?:{_GAP}\d){{13,17}}){_NO_FURTHER})"
)
_MAIL = re.compile(
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,12}(?![A-Za-z0-9_])"
)
_CODES = re.compile(rf"{_ALONE}[0-9A-HJ-NPQRTUWXY]{{2}}\d{{6}}[0-9A-HJ-NPQRTUWXY]{{10}}{_ENDS}")

_ANY = re.compile(rf"(?:\d{_GAP}){{6}}\d|@|[京-龥][A-HJ-NP-Z]|[48]00[ -]\d|\d[)]?[ -]\d{{7}}")
"""What is in every text that holds a number of these kinds."""

PROVINCES = frozenset({*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47),
                       *range(50, 55), *range(61, 66), 71, 81, 82, 83, 91})  # fmt: skip
CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
"""Letters and weights of the unified social credit code, GB 32100-2015."""

CARD_DIGITS = range(15, 20)


@dataclass(frozen=True)
class Number:
    """One number that means a person or a party: its kind of leak, and as it is written."""

    kind: str
    written: str


def find_numbers(text: str) -> Iterator[Number]:
    """Yield the numbers in a text that name persons or parties, each once.

    Check digits decide where there are any: ID cards (GB 11643), credit codes (GB 32100), bank
    cards (Luhn). Full-width digits and gaps within a number make no difference.

    >>> [one.kind for one in find_numbers("１１０１０５ 19491231 002X，电话139 3100 0000")]
    ['resident_id', 'phone']
    """
    plain = unicodedata.normalize("NFKC", text)
    if not _ANY.search(plain):
        return
    taken: list[tuple[int, int]] = []
    for kind, start, written in _candidates(plain):
        end = start + len(written)
        if any(left < end and start < right for left, right in taken):
            continue
        taken.append((start, end))
        yield Number(kind, written)


def _candidates(plain: str) -> Iterator[tuple[str, int, str]]:
    for found in chain(_LONG_IDS.finditer(plain), _SHORT_IDS.finditer(plain)):
        if is_resident_id(found[1]):
            yield "resident_id", found.start(1), found[1]
    for found in _CODES.finditer(plain):
        if is_company_code(found[0]):
            yield "company_code", found.start(), found[0]
    for found in _CARDS.finditer(plain):
        if is_bank_card(found[1]):
            yield "bank_card", found.start(1), found[1]
    for pattern in (_MOBILES, _LANDLINES, _SERVICE):
        yield from (("phone", found.start(), found[0]) for found in pattern.finditer(plain))
    yield from (("plate", found.start(), found[0]) for found in _PLATES.finditer(plain))
    yield from (("email", found.start(), found[0]) for found in _MAIL.finditer(plain))


def is_resident_id(text: str) -> bool:
    """Return whether a text is the number of an ID card, by province, day and check digit.

    >>> is_resident_id("11010519491231002X"), is_resident_id("110105194912310021")
    (True, False)
    """
    number = read_number(text)
    return number is not None and int(number[:2]) in PROVINCES


def is_company_code(text: str) -> bool:
    """Return whether a text is a unified social credit code, by its check letter.

    >>> is_company_code("91350100M000100Y43")
    True
    """
    values = [CODE_LETTERS.index(one) for one in text]
    total = sum(value * weight for value, weight in zip(values, CODE_WEIGHTS, strict=False))
    return values[-1] == (-total) % 31 and any(one.isalpha() for one in text[:2] + text[8:])


def is_bank_card(text: str) -> bool:
    """Return whether a text is the number of a bank card, by its length and Luhn's digit.

    >>> is_bank_card("6222 0212 3456 7894"), is_bank_card("6222021234567890")
    (True, False)
    """
    digits = [int(one) for one in text if one.isdigit()]
    doubled = [sum(divmod(2 * one, 10)) for one in digits[-2::-2]]
    return len(digits) in CARD_DIGITS and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def mask(text: str) -> str:
    """Return a text by which it can be found again, and not read: its first letter, its length.

    >>> mask("王小明"), mask("13912345678"), mask("某")
    ('王**', '1**********', '*')
    """
    plain = " ".join(text.split())
    return plain[:1] + "*" * (len(plain) - 1) if len(plain) > 1 else "*" * len(plain)
