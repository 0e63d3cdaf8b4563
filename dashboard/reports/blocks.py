"""What a paper is made of, in the order of reading, before any file format.

A paper is drafted as blocks and rendered by `docx`; a test reads the blocks, a person the file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from geodata import Language
from layers.imprint import Imprint

A4_CM = (21.0, 29.7)

Look = Literal["body", "plain", "small", "centre", "right", "mark"]
"""How a paragraph stands: body text is indented, plain text is not, a mark is set off."""


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a part, 2 a section, 3 a paragraph's own heading."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Para:
    """A paragraph of text."""

    text: str
    look: Look = "body"


@dataclass(frozen=True)
class Gap:
    """A place that only a person can fill: what belongs there, and that the record lacks it."""

    about: str
    mark: str

    @property
    def text(self) -> str:
        """Return what is printed."""
        return f"{self.about}{self.mark}"


@dataclass(frozen=True)
class Table:
    """A table with a numbered caption, or without a caption where its heading says enough.

    `widths_cm` are those of the columns; `is_form` leaves rows high enough to write in.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths_cm: tuple[float, ...]
    size_pt: float = 10.5
    is_form: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture as PNG, as wide as it stands on the page, and what it shows in words."""

    png: bytes = field(repr=False)
    width_cm: float
    described: str


@dataclass(frozen=True)
class Contents:
    """The table of contents."""

    title: str


@dataclass(frozen=True)
class Turn:
    """A new page, lying or standing."""

    is_landscape: bool = False


Block = Heading | Para | Gap | Table | Picture | Contents | Turn


@dataclass(frozen=True)
class Margins:
    """The margins of a page in centimetres; at first those of official documents (GB/T 9704)."""

    top_cm: float = 3.7
    bottom_cm: float = 3.5
    left_cm: float = 2.8
    right_cm: float = 2.6


OFFICIAL = Margins()
NARROW = Margins(2.0, 1.8, 2.0, 2.0)


@dataclass(frozen=True)
class Paper:
    """A whole paper: its title, its blocks, and what it owes its reader.

    `letter_pt` and `line_pt` are size and line spacing of its text; official documents have 16
    and 28.8. `shows_facts` prints day and revision at the foot of every page; `indents` says that
    Chinese paragraphs and headings begin two letters in.
    """

    title: str
    blocks: tuple[Block, ...]
    imprint: Imprint
    language: Language
    subtitle: str = ""
    letter_pt: float = 16.0
    line_pt: float = 28.8
    title_pt: float = 22.0
    margins: Margins = OFFICIAL
    shows_facts: bool = True
    indents: bool = True

    def texts(self) -> Iterator[str]:
        """Yield every text of the paper, in order."""
        yield from (self.title, self.subtitle)
        for block in self.blocks:
            yield from texts_of(block)

    def headings(self, level: int | None = None) -> tuple[str, ...]:
        """Return the headings of a level, or of all."""
        found = (one for one in self.blocks if isinstance(one, Heading))
        return tuple(one.text for one in found if level in {None, one.level})

    def tables(self) -> tuple[Table, ...]:
        """Return every table."""
        return tuple(one for one in self.blocks if isinstance(one, Table))


def texts_of(block: Block) -> Iterator[str]:
    """Yield the texts of one block."""
    if isinstance(block, (Heading, Para, Gap)):
        yield block.text
    elif isinstance(block, Table):
        yield block.caption
        yield from block.head
        for row in block.rows:
            yield from row
    elif isinstance(block, Picture):
        yield block.described
    elif isinstance(block, Contents):
        yield block.title


def shares(total_cm: float, weights: Sequence[float]) -> tuple[float, ...]:
    """Return a width parted by weights.

    >>> shares(10.0, (1, 3))
    (2.5, 7.5)
    """
    whole = sum(weights)
    return tuple(total_cm * one / whole for one in weights)
