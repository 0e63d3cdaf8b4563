"""A file on its way out: for whom it is made, what its check found, and what lets it go.

No file is given to anybody before it was checked; a check that breaks off holds it.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from time import perf_counter
from typing import Any

from geodata import GeodataError
from geodata.errors import CheckFailed, ReasonTooShort
from geodata.evidence_store import EvidenceItem
from geodata.lifecycle import OFFICE_TIME
from layers.disclosure import Aliases, Audience, Context, Leak, Release, release
from layers.disclosure.check import Looked, look_through
from layers.disclosure.places import Way
from layers.disclosure.release_book import KeptRelease, Ruling

LEAST_REASON, LEAST_LETTERS = 6, 4
"""Letters of a reason without blanks and points, and how many of them have to differ."""

SILENT = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Manner:
    """How files are made: for whom, how coarse their places are, blind for a competition or not.

    `seed` gives the aliases an order that nobody can guess.
    """

    audience: Audience = "internal"
    way: Way = "grid"
    is_blind: bool = False
    seed: str = ""

    @property
    def is_internal(self) -> bool:
        """Return whether what is made bears the mark for internal use."""
        return self.audience not in {"agency", "outside"}

    @property
    def is_inside(self) -> bool:
        """Return whether what is made stays with the office, told as it is."""
        return self.audience == "internal"


@dataclass(frozen=True)
class Checked:
    """A file and what its check found; `trouble` names what broke the check off, if anything did.

    `names_known` is how many declared names it was held against.
    """

    name: str
    audience: Audience
    sha256: str
    looked: Looked
    trouble: str
    names_known: int
    seconds: float
    content: bytes = field(repr=False)

    @property
    def leaks(self) -> tuple[Leak, ...]:
        """Return the leaks, those that stop the file first."""
        return self.looked.leaks

    @property
    def is_clean(self) -> bool:
        """Return whether it may leave without a word."""
        return not (self.trouble or self.leaks)

    @property
    def stops(self) -> int:
        """Return how many leaks have to be mended."""
        return sum(one.severity == "stops" for one in self.leaks)


@dataclass(frozen=True)
class Photo:
    """A photograph that a story shows: its size as it is shown, and its copy for outside, if any.

    A guarded one is not shown before somebody asks for it.
    """

    item: EvidenceItem
    size: tuple[int, int]
    copy_sha256: str = ""
    is_guarded: bool = False


Rows = tuple[tuple[str, str, str, str], ...]
"""Kind, name, alias in Chinese and in English."""


@dataclass(frozen=True)
class TakenTable:
    """The table of who became what as somebody took it: its rows, its digest, entry and file."""

    rows: Rows
    sha256: str
    number: int
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Asked:
    """Which releases are asked for; blank for all. `days` are the first and the last, included."""

    who: str = ""
    audience: str = ""
    sort: str = "all"
    days: tuple[date, ...] = ()
    text: str = ""

    def fits(self, one: KeptRelease) -> bool:
        """Return whether a release is asked for; words are looked for in file, reason and hash."""
        on = one.at.astimezone(OFFICE_TIME).date()
        words = f"{one.name}\n{one.reason}\n{one.sha256}\n{one.who}".casefold()
        return (
            self.who in {"", one.who}
            and self.audience in {"", one.audience}
            and (self.sort == "all" or (self.sort == "overruled") == one.is_overruled)
            and (not self.days or self.days[0] <= on <= self.days[-1])
            and self.text.strip().casefold() in words
        )


@dataclass(frozen=True)
class Door:
    """The way out of a screen: for whom files are made, how they are checked, who lets them go.

    `key` changes whenever a file would be checked against something else. `aliases` are those of
    whatever is told on the screen, None inside; `refusal` says why a name was not decided on.
    """

    manner: Manner
    writer: str
    key: object
    aliases: Aliases | None
    check: Callable[[bytes, str], Checked]
    release: Callable[[Checked, str], None]
    outcome: Callable[[Checked], KeptRelease | GeodataError | None]
    look_at: Callable[[Checked], None]
    refusal: GeodataError | None
    decide: Callable[[str, Ruling, str], None]


def check_file(
    content: bytes, name: str, audience: Audience, make_context: Callable[[], Context]
) -> Checked:
    """Return what the check of a file found; whatever goes wrong on the way holds the file."""
    began, known = perf_counter(), 0
    trouble, looked = "", Looked(())
    try:
        context = make_context()
        known = len(context.aliases.entries)
        looked = look_through(content, name, context)
    except Exception as broken:  # noqa: BLE001 - whatever it is: what was not checked stays here
        trouble, looked = type(broken).__name__, Looked(())
    sha256 = hashlib.sha256(content).hexdigest()
    seconds = perf_counter() - began
    return Checked(name, audience, sha256, looked, trouble, known, seconds, content)


def release_of(checked: Checked, who: str, at: datetime, reason: str = "") -> Release:
    """Return that a file may leave, to be written down before anybody has it.

    Raises CheckFailed where the check broke off or was of other bytes, ExportHeld for leaks
    without a reason and ReasonTooShort for a reason that says nothing.
    """
    if checked.trouble:
        raise CheckFailed(name=checked.name, reason=checked.trouble)
    if hashlib.sha256(checked.content).hexdigest() != checked.sha256:
        raise CheckFailed(name=checked.name, reason="other_bytes")
    told = release(
        checked.sha256,
        checked.name,
        checked.audience,
        checked.leaks,
        who=who,
        at=at,
        reason=reason if checked.leaks else "",
    )
    if checked.leaks and not says_enough(reason):
        raise ReasonTooShort(name=checked.name, least=LEAST_REASON)
    return told


def says_enough(reason: str) -> bool:
    """Return whether a reason may be one: a few words, and not one letter over and over.

    >>> says_enough("省院要求当日报送原件"), says_enough("同意"), says_enough("。。。。。。。。")
    (True, False, False)
    >>> says_enough("aaaaaaaaaa")
    False
    """
    letters = SILENT.sub("", reason)
    return len(letters) >= LEAST_REASON and len(set(letters)) >= LEAST_LETTERS


def told_of(checked: Checked, door: Mapping[str, Any], aliases: Aliases | None) -> dict[str, Any]:
    """Return what is written down with a release besides its leaks.

    The pictures that were looked at are told by their SHA-256.
    """
    is_unseen = any(one.kind == "picture_unseen" for one in checked.leaks)
    seen = () if is_unseen else checked.looked.pictures
    return {
        **door,
        "bytes": len(checked.content),
        "pictures": [one.sha256 for one in seen],
        "aliases_sha256": digest_of(aliases),
    }


def names_in(value: object, aliases: Aliases) -> Rows:
    """Return of the table of who became what the rows whose names a value tells."""
    found = {seen.what.entity.name: seen.what for seen in aliases.find(repr(value))}
    return tuple(
        (one.entity.kind, name, one.written.zh, one.written.en) for name, one in found.items()
    )


def digest_of(aliases: Aliases | None) -> str:
    """Return the SHA-256 of a table of who became what, blank for none: it proves which it was."""
    if aliases is None or not aliases.entries:
        return ""
    table = "\n".join("\t".join(row) for row in aliases.table())
    return hashlib.sha256(table.encode()).hexdigest()
