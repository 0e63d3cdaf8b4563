"""What all engines of evidence share: originals in one place, their register in another.

An engine offers the two places (`Originals`, `Register`); how they work together stands here.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from geodata.chains import Head, chain_of
from geodata.errors import BadEvidence, OriginalDamaged, UnknownEvidence
from geodata.evidence_store import (
    ACTIONS,
    BLOCK,
    DESCRIBED,
    NOT_AVAILABLE,
    Action,
    Content,
    CustodyEntry,
    Draft,
    EvidenceFacts,
    EvidenceItem,
    Trouble,
    Verified,
    chained,
    check_chain,
    check_facts,
    check_seen,
    entry_of,
    facts_to_json,
    items_of,
    looked_to_json,
    with_content,
)
from geodata.photographs import look_at

MOST_NAMED = 10
Row = tuple[int, str, str]
"""A row of the register: number, what it tells as JSON, its chain."""


@dataclass(frozen=True)
class Kept:
    """What became of the bytes of an original; `replaced` is the hash of damaged ones there."""

    sha256: str
    sm3: str
    size: int
    replaced: str = ""


class Originals(Protocol):
    """Where the bytes are, each once, under their SHA-256."""

    def keep(self, content: BinaryIO) -> Kept:
        """Keep what can be read from a stream, whole or not at all."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """Return the bytes as they are, unchecked; raise KeyError if they are gone."""
        ...

    def all(self) -> Iterator[str]:
        """Yield the hashes under which there are originals, in order."""
        ...

    def leftovers(self) -> Iterator[Trouble]:
        """Yield what lies there and is no original: broken-off writes, strange and moved files."""
        ...

    def anchored(self) -> Head | None:
        """Return where the register ended by what is written beside the originals."""
        ...

    def anchor(self, head: Head) -> None:
        """Write down where the register ends; it never goes back."""
        ...

    def writing(self) -> AbstractContextManager[object]:
        """Return what keeps other writers of this place out while an entry is made."""
        ...


class Register(Protocol):
    """Where the entries are, one chain, only ever longer."""

    def rows(self, item: int | None = None, sha256: str = "") -> Sequence[Row]:
        """Return the rows of one item, of one original, or all, in their order."""
        ...

    def head(self) -> Head:
        """Return the last row's number and chain."""
        ...

    def append(self, make: Callable[[Head, int], CustodyEntry], item: int = 0) -> CustodyEntry:
        """Add what `make` returns for the head and the number of an item's entries; all or none."""
        ...


class KeptEvidence:
    """The evidence store over any place for originals and any register."""

    def __init__(self, originals: Originals, register: Register) -> None:
        """Use both as they are."""
        self._originals, self.register = originals, register

    def put(self, content: Content, facts: EvidenceFacts) -> str:
        """Keep an original and enter it in the register; return its SHA-256."""
        check_facts(facts)
        if facts.derived_from and not self._has(facts.derived_from):
            raise BadEvidence(field="derived_from", value=facts.derived_from, form="SHA-256")
        with _stream(content) as stream:
            kept = self._originals.keep(stream)
        with self._originals.open(kept.sha256) as original:
            looked = look_at(original)
        facts = with_content(facts, looked)
        more = {
            "size": kept.size,
            "sm3": kept.sm3,
            "looked": looked_to_json(looked),
            "facts": facts_to_json(facts),
        }
        who, at = facts.received_by, facts.received_at
        entry = self._enter(Draft(kept.sha256, "received", who, at, facts.note, more=more))
        if kept.replaced:
            note = f"{kept.replaced} -> {kept.sha256}"
            self._enter(Draft(kept.sha256, "restored", who, at, note, item=entry.number))
        if facts.derived_from:
            parent = self.items(sha256=facts.derived_from)[0]
            note = f"{facts.derivation or 'other'} {kept.sha256}"
            self._enter(Draft(parent.sha256, "derived", who, at, note, item=parent.number))
        return kept.sha256

    def open(self, sha256: str) -> BinaryIO:
        """Return an original to read, held against its hash before."""
        if not self._has(sha256):
            known = dict.fromkeys(one.sha256 for one in self.items())
            raise UnknownEvidence(sha256, list(known)[-MOST_NAMED:])
        found, stream = self._hashed(sha256)
        if stream is None or found[0] != sha256:
            if stream is not None:
                stream.close()
            raise OriginalDamaged(sha256=sha256, found=found[0])
        stream.seek(0)
        return stream

    def read(self, sha256: str) -> bytes:
        """Return the bytes of an original, held against their hash."""
        with self.open(sha256) as stream:
            return stream.read()

    def items(
        self, *, sha256: str = "", case: str = "", hazard: str = "", stop: str = "",
        origin: str = "",
    ) -> tuple[EvidenceItem, ...]:  # fmt: skip
        """Return the items that fit all that is asked for, in the order they were received."""
        asked = {"case": case, "hazard": hazard, "stop": stop, "origin": origin}
        wanted = {name: value for name, value in asked.items() if value}
        return tuple(
            one
            for one in items_of(_entries(self.register.rows(sha256=sha256)))
            if all(getattr(one.facts, name) == value for name, value in wanted.items())
        )

    def item(self, number: int) -> EvidenceItem:
        """Return one item; raise UnknownEvidence."""
        found = items_of(self.custody(number))
        if not found:
            known = [str(one.number) for one in self.items()]
            raise UnknownEvidence(str(number), known[-MOST_NAMED:])
        return found[0]

    def custody(self, item: int | None = None) -> tuple[CustodyEntry, ...]:
        """Return the entries of one item, or the whole register, in their order."""
        return _entries(self.register.rows(item))

    def describe(
        self, item: int, *, who: str, at: datetime, why: str, seen: int, **facts: Any
    ) -> EvidenceItem:
        """Tell some facts of an item anew; what was told before stays on record."""
        unknown = sorted(set(facts) - DESCRIBED)
        if unknown:
            raise BadEvidence(field=unknown[0], value="", form=" ".join(sorted(DESCRIBED)))
        before = self.item(item)
        changed = replace(before.facts, **facts)
        _check_entry(who, at, why)
        check_facts(changed)
        told = {name: _plain(value) for name, value in facts.items()}
        more = {"facts": told}
        self._enter(Draft(before.sha256, "described", who, at, why, "", item, more), seen)
        return self.item(item)

    def record(
        self, item: int, action: Action, *, who: str, at: datetime, note: str = ""
    ) -> CustodyEntry:
        """Enter what was done with an item, its original held against its hash."""
        if action not in ACTIONS or action in {"received", "described"}:
            raise BadEvidence(field="action", value=action, form=" ".join(ACTIONS[2:]))
        _check_entry(who, at, note)
        sha256 = self.item(item).sha256
        self.open(sha256).close()
        return self._enter(Draft(sha256, action, who, at, note, item=item))

    def head(self) -> Head:
        """Return where the register ends."""
        return self.register.head()

    def adopt(self, entry: CustodyEntry, content: BinaryIO | None) -> None:
        """Keep an entry as it stands elsewhere, with its original where it received one."""
        if content is not None:
            kept = self._originals.keep(content)
            if kept.sha256 != entry.sha256:
                raise OriginalDamaged(sha256=entry.sha256, found=kept.sha256)

        def make(head: Head, _stored: int) -> CustodyEntry:
            follows = chain_of(head.chain, entry.told) == entry.chain
            if entry.number != head.number + 1 or not follows:
                raise ValueError(entry.number)
            return entry

        with self._originals.writing():
            self.register.append(make)
            self._originals.anchor(Head(entry.number, entry.chain))

    def verify(self, head: str = "") -> Verified:
        """Hash every original again, follow the chain of the register, name what differs."""
        anchored = self._originals.anchored()  # before the rows: it never is ahead of them
        rows = self.register.rows()
        troubles = list(check_chain(rows, anchored))
        if head and head not in {chain for _, _, chain in rows}:
            troubles.append(Trouble("head_unknown", head))
        items = {one.sha256: one for one in items_of(_readable(rows))}
        there, size = list(self._originals.all()), 0
        for sha256 in dict.fromkeys([*items, *there]):
            trouble, read = self._check(sha256, items.get(sha256))
            troubles += trouble
            size += read
        troubles += self._originals.leftovers()
        last = Head(rows[-1][0], rows[-1][2]) if rows else Head()
        return Verified(len(there), size, len(rows), last, tuple(troubles))

    def _check(self, sha256: str, item: EvidenceItem | None) -> tuple[list[Trouble], int]:
        (found, sm3, size), stream = self._hashed(sha256)
        if stream is None:
            return [Trouble("original_gone", sha256, _name(item))], 0
        stream.close()
        if found != sha256:
            return [Trouble("original_changed", sha256, found)], size
        if item is None:
            return [Trouble("unregistered", sha256)], size
        differs = NOT_AVAILABLE not in {sm3, item.sm3} and sm3 != item.sm3
        if differs or size != item.size:
            return [Trouble("register_differs", sha256, f"{item.size}, {item.sm3}")], size
        return [], size

    def _hashed(self, sha256: str) -> tuple[tuple[str, str, int], BinaryIO | None]:
        """Return SHA-256, SM3 and size of the bytes there, and the stream, None if gone."""
        try:
            stream = self._originals.open(sha256)
        except KeyError:
            return ("gone", "", 0), None
        hashes = Hashes()
        try:
            while block := stream.read(BLOCK):
                hashes.update(block)
        except OSError:  # such as a bad sector: not readable is not what it was
            return ("unreadable", hashes.sm3, hashes.size), stream
        return (hashes.sha256, hashes.sm3, hashes.size), stream

    def _has(self, sha256: str) -> bool:
        return bool(self.register.rows(sha256=sha256)) if sha256 else False

    def _enter(self, draft: Draft, seen: int | None = None) -> CustodyEntry:
        def make(head: Head, stored: int) -> CustodyEntry:
            if seen is not None:
                check_seen(draft.item, seen, stored)
            return chained(draft, head)

        with self._originals.writing():
            entry = self.register.append(make, draft.item)
            self._originals.anchor(Head(entry.number, entry.chain))
        return entry


class Hashes:
    """SHA-256, SM3 where the library has it, and the size of what is read piece by piece."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._sha256 = hashlib.sha256()
        self._sm3 = _new_sm3()
        self.size = 0

    def update(self, block: bytes) -> None:
        """Take in a piece."""
        self._sha256.update(block)
        if self._sm3 is not None:
            self._sm3.update(block)
        self.size += len(block)

    @property
    def sha256(self) -> str:
        """Return the SHA-256 so far, in hexadecimal."""
        return self._sha256.hexdigest()

    @property
    def sm3(self) -> str:
        """Return the SM3 so far (GB/T 32905), `not_available` without it in the library."""
        return self._sm3.hexdigest() if self._sm3 is not None else NOT_AVAILABLE


def _new_sm3() -> Any:
    try:
        return hashlib.new("sm3")
    except ValueError:
        return None


def _stream(content: Content) -> AbstractContextManager[BinaryIO]:
    """Return the bytes to read; a stream that was given stays open, it is not ours."""
    if isinstance(content, bytes):
        return BytesIO(content)
    return content.open("rb") if isinstance(content, Path) else nullcontext(content)


def _entries(rows: Sequence[Row]) -> tuple[CustodyEntry, ...]:
    return tuple(entry_of(told, chain) for _, told, chain in rows)


def _readable(rows: Sequence[Row]) -> Iterator[CustodyEntry]:
    for _, told, chain in rows:
        try:
            yield entry_of(told, chain)
        except (ValueError, KeyError, TypeError):  # the chain has named it already
            continue


def _name(item: EvidenceItem | None) -> str:
    return item.facts.original_filename if item else ""


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _check_entry(who: str, at: datetime, note: str) -> None:
    """Raise BadEvidence unless somebody is named and the instant has its zone."""
    check_facts(EvidenceFacts("-", who, at, note=note))
