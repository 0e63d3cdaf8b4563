"""Which font letters the paper, and how much room words take in it.

matplotlib's own font has no Chinese; what is used here is proved to have some first.
"""

import math
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from matplotlib.font_manager import FontProperties, findSystemFonts
from matplotlib.ft2font import FT2Font

from geodata.errors import GeodataError

FONT_FILE = "PIM_FONT"
"""Environment variable: a TrueType or OpenType file that letters every printed map."""

PROOF = "兰州公益诉讼一张图"
KNOWN_FAMILIES = ("notosanssc", "notosanscjk", "sourcehansans", "msyh", "simhei", "wqy", "deng")
NARROW_EM = 0.56
"""Mean width of Latin letters and figures; a Chinese character is one em wide."""
OPENING = "（《“‘「『【〔([{"


class NoChineseFont(GeodataError):
    """No font with Chinese characters is at hand; facts: asked (the font that failed, or "")."""


@dataclass(frozen=True)
class Lettering:
    """The two weights that a map is lettered in."""

    regular: FontProperties
    bold: FontProperties


def find_lettering(regular: Path | None = None, bold: Path | None = None) -> Lettering:
    """Return the fonts to letter a map with, each proved to have Chinese characters.

    First the file named by PIM_FONT, then the files given if they are there, then the
    fonts of the machine. Raises NoChineseFont.
    """
    plain = _find_font(os.environ.get(FONT_FILE, ""), regular)
    strong = bold if bold and plain == regular and _has_chinese(bold) else plain
    return Lettering(FontProperties(fname=str(plain)), FontProperties(fname=str(strong)))


def width_em(text: str) -> float:
    """Return about how wide a text is, in units of its font size.

    >>> width_em("兰州")
    2.0
    """
    return sum(map(_width_of, text))


@cache
def _width_of(letter: str) -> float:
    return 1.0 if _is_wide(letter) else NARROW_EM


def wrap(text: str, room_em: float) -> list[str]:
    """Return the lines of a text in a column, broken between words and between characters.

    Nothing is left out; a word longer than the column is broken.

    >>> wrap("检察建议已送达", 4)
    ['检察建议', '已送达']
    """
    return list(_wrapped(text, room_em))


@lru_cache(maxsize=4096)
def _wrapped(text: str, room_em: float) -> tuple[str, ...]:
    lines = (line for part in text.splitlines() for line in _wrap_line(part, room_em))
    return tuple(lines) or ("",)


@lru_cache(maxsize=4096)
def widest_em(text: str) -> float:
    """Return how wide the widest part of a text is that a line should not break inside.

    >>> widest_em("2025-05-12 立案") == width_em("2025-05-12")
    True
    """
    return max((width_em(one.rstrip()) for one in _pieces(text, math.inf)), default=0.0)


def split_after(text: str, count: int, room_em: float) -> tuple[str, str]:
    """Return what of a text stands in its first lines in a column, and the rest of it.

    >>> split_after("检察建议已送达", 1, 4)
    ('检察建议', '已送达')
    """
    end = 0
    for line in wrap(text, room_em)[:count]:
        end = text.index(line, end) + len(line)
    return text[:end], text[end:].lstrip()


def _wrap_line(text: str, room_em: float) -> Iterator[str]:
    line, wide_em = "", 0.0
    for piece in _pieces(text, room_em):
        if line and wide_em + width_em(piece.rstrip()) > room_em:
            yield line.rstrip()
            line = piece.lstrip()
            wide_em = width_em(line)
        else:
            line += piece
            wide_em += width_em(piece)
    yield line.rstrip()


def _pieces(text: str, room_em: float) -> Iterator[str]:
    """Return the parts a line may not break inside: a word, or a character with its points."""
    piece = ""
    for letter in text:
        if piece and _may_break(piece, letter, room_em):
            yield piece
            piece = ""
        piece += letter
    if piece:
        yield piece


def _may_break(before: str, after: str, room_em: float) -> bool:
    if width_em(before + after) > room_em:
        return True
    if after.isspace() or before[-1] in OPENING or _closes(after):
        return False
    if before[-1] == "-" and after.isalpha():
        return True
    return before[-1].isspace() or _is_wide(after) or _is_wide(before[-1])


def _closes(letter: str) -> bool:
    """Return whether a letter is punctuation that must not begin a line."""
    return letter not in OPENING and unicodedata.category(letter) in {"Po", "Pe", "Pf"}


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in {"W", "F"}


@cache
def _find_font(asked: str, given: Path | None) -> Path:
    if asked:
        if _has_chinese(Path(asked)):
            return Path(asked)
        raise NoChineseFont(asked=asked)
    if given and _has_chinese(given):
        return given
    for file in _system_fonts():
        if _has_chinese(file):
            return file
    raise NoChineseFont(asked=str(given or ""))


def _system_fonts() -> list[Path]:
    """Return the fonts of the machine, those known to have Chinese first, plain weights first."""
    files = [Path(name) for name in findSystemFonts()]
    return sorted(files, key=lambda file: (_rank(file), "regular" not in file.name.lower(), file))


def _rank(file: Path) -> int:
    name = file.name.lower().replace("-", "").replace("_", "")
    ranks = (place for place, family in enumerate(KNOWN_FAMILIES) if name.startswith(family))
    return next(ranks, len(KNOWN_FAMILIES))


def _has_chinese(file: Path) -> bool:
    try:
        font = FT2Font(str(file))
    except (OSError, RuntimeError):
        return False
    return all(font.get_char_index(ord(letter)) for letter in PROOF)
