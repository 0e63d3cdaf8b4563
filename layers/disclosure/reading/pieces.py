"""What a reader finds in a file: texts, files within it, and what is wrong with it by its form."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from layers.disclosure.leak import Step, Where

MOST_BYTES = 400 << 20
MOST_PARTS = 5000
MOST_DEPTH = 5
MOST_RATIO = 400
"""Limits of what is unpacked of one file: bytes in all, parts, files within files, and how many
times larger a part may grow; beyond is a bomb, or nothing that one can answer for."""

SMALL_PART = 1 << 20
"""Parts up to this size may be packed as tightly as they like."""


@dataclass(frozen=True)
class Text:
    """A text and where it stands; `marks` say where in the file its letters from `start` on stand.

    `is_read` tells what it is searched for: names always, numbers and positions unless it holds
    sizes and codes of the format.
    """

    where: Where
    text: str
    marks: tuple[tuple[int, Step], ...] = ()
    has_numbers: bool = True
    has_positions: bool = True
    has_names: bool = True

    def place(self, start: int) -> Where:
        """Return where the letter at `start` stands."""
        at = bisect_right(self.marks, max(start, 0), key=lambda mark: mark[0]) - 1
        return (*self.where, self.marks[at][1]) if at >= 0 else self.where


@dataclass(frozen=True)
class Trouble:
    """A leak by the form of a file, told by its kind; `what` is masked later where it is a text.

    `draw` returns the bytes of a picture that is no file of its own, for whoever looks at it.
    """

    kind: str
    where: Where
    what: str = ""
    is_masked: bool = False
    draw: Callable[[], bytes] = field(default=bytes, repr=False, compare=False)


@dataclass(frozen=True)
class Within:
    """A file within a file."""

    where: Where
    name: str
    content: bytes


@dataclass(frozen=True)
class Sign:
    """That something is in a file which asks for a sign of its own: a map, say."""

    kind: str
    where: Where


Piece = Text | Trouble | Within | Sign
Reader = Callable[[bytes, Where, "Budget"], Iterator[Piece]]


@dataclass
class Budget:
    """How much may still be unpacked of one file, over all files within it."""

    bytes_left: int = MOST_BYTES
    parts_left: int = MOST_PARTS
    depth: int = field(default=0)

    def take(self, size: int) -> bool:
        """Return whether a part of so many bytes may still be unpacked, and count it."""
        self.parts_left -= 1
        self.bytes_left -= size
        return self.parts_left >= 0 and self.bytes_left >= 0
