"""What left the house and why: releases, decisions on names, tables taken, kept in the journal.

A release is about `file:SHA256`, a decision about `name:TEXT`, a table about `table:SHA256`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from geodata.journal import Draft, Journal, JournalEntry
from layers.disclosure.classes import Audience
from layers.disclosure.leak import Leak, Release

EXPORT_RELEASE, NAME_DECIDED, TABLE_TAKEN = "export_release", "name_decided", "alias_table_taken"
Ruling = Literal["name", "kept", "open"]
"""What a suspect was found to be: a name that gets an alias, an ordinary word, or open again."""


@dataclass(frozen=True)
class KeptRelease:
    """One release as the journal holds it; `leaks` are those that it was released in spite of.

    `about` is what else was told: what the file is, its size, its cases, the table of aliases.
    """

    number: int
    at: datetime
    who: str
    sha256: str
    name: str
    audience: Audience
    reason: str
    leaks: tuple[Leak, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_overruled(self) -> bool:
        """Return whether it was released in spite of leaks."""
        return bool(self.leaks)


@dataclass(frozen=True)
class Decision:
    """What somebody decided of a text that looked like a name; `kind` is that of an entity.

    It holds for one office, or where none is named for all.
    """

    text: str
    ruling: Ruling
    kind: str
    who: str
    at: datetime
    office: str = ""


# -------------------------------------------------------------------------------- releases


def keep_release(
    journal: Journal, release: Release, about: Mapping[str, Any] | None = None
) -> KeptRelease:
    """Keep that a file may leave; only then may anybody have it."""
    told = {**release.facts(), "about": dict(about or {})}
    draft = Draft(f"file:{release.sha256}", EXPORT_RELEASE, release.who, release.at, told)
    return release_from(journal.append([draft])[0])


def kept_releases(journal: Journal) -> tuple[KeptRelease, ...]:
    """Return every release, in the order in which they were made."""
    return tuple(release_from(one) for one in journal.entries(kind=EXPORT_RELEASE))


def releases_of(journal: Journal, sha256: str) -> tuple[KeptRelease, ...]:
    """Return the releases of the bytes of one file."""
    entries = journal.entries(subject=f"file:{sha256}", kind=EXPORT_RELEASE)
    return tuple(release_from(one) for one in entries)


def release_from(entry: JournalEntry) -> KeptRelease:
    """Return the release that an entry tells of."""
    told = entry.told
    return KeptRelease(
        entry.number,
        entry.at,
        entry.who,
        told["sha256"],
        told["name"],
        told["audience"],
        told["reason"],
        tuple(_leaks(told["overruled"])),
        told.get("about", {}),
    )


def _leaks(told: Sequence[Mapping[str, Any]]) -> Iterator[Leak]:
    for one in told:
        where = tuple((step, value) for step, value in one["where"])
        yield Leak(one["kind"], where, one["what"], one["severity"], one["count"])


# ------------------------------------------------------------------------------- decisions


def keep_decision(journal: Journal, decision: Decision) -> None:
    """Keep what a text was found to be; the newest decision on a text counts."""
    told = {"text": decision.text, "ruling": decision.ruling, "kind": decision.kind}
    told |= {"office": decision.office} if decision.office else {}
    subject = f"name:{decision.text}"
    journal.append([Draft(subject, NAME_DECIDED, decision.who, decision.at, told)])


def decisions(journal: Journal, office: str = "") -> tuple[Decision, ...]:
    """Return the newest decision on each text, in the order in which texts were first decided.

    Of those that hold for all offices, and those of one office.
    """
    newest: dict[str, Decision] = {}
    for one in journal.entries(kind=NAME_DECIDED):
        told = one.told
        text, whose = told["text"], str(told.get("office", ""))
        if whose in {"", office}:
            newest[text] = Decision(text, told["ruling"], told["kind"], one.who, one.at, whose)
    return tuple(one for one in newest.values() if one.ruling != "open")


# ---------------------------------------------------------------------------------- tables


def keep_table_taken(
    journal: Journal, table_sha256: str, rows: int, who: str, at: datetime
) -> JournalEntry:
    """Keep that somebody took the table of who became what."""
    draft = Draft(f"table:{table_sha256}", TABLE_TAKEN, who, at, {"rows": rows})
    return journal.append([draft])[0]
