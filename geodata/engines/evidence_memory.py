"""Evidence held in memory: for tests, and as the plainest answer to every question."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from io import BytesIO
from typing import BinaryIO

from geodata.chains import Head
from geodata.engines.evidence_kept import Hashes, Kept, KeptEvidence, Row
from geodata.evidence_store import CustodyEntry, Trouble


class MemoryOriginals:
    """Originals that are gone when the process ends."""

    def __init__(self) -> None:
        """Start empty."""
        self.held: dict[str, bytes] = {}
        self._anchor: Head | None = None
        self._lock = threading.RLock()

    def keep(self, content: BinaryIO) -> Kept:
        """Keep what can be read from a stream."""
        held, hashes = content.read(), Hashes()
        hashes.update(held)
        there = self.held.setdefault(hashes.sha256, held)
        damaged = Hashes()
        damaged.update(there)
        self.held[hashes.sha256] = held
        replaced = "" if there == held else damaged.sha256
        return Kept(hashes.sha256, hashes.sm3, hashes.size, replaced)

    def open(self, sha256: str) -> BinaryIO:
        """Return the bytes as they are; raise KeyError if they are gone."""
        return BytesIO(self.held[sha256])

    def all(self) -> Iterator[str]:
        """Yield the hashes under which there are originals, in order."""
        yield from sorted(self.held)

    def leftovers(self) -> Iterator[Trouble]:
        """Yield nothing: no write breaks off here."""
        yield from ()

    def anchored(self) -> Head | None:
        """Return where the register ended."""
        return self._anchor

    def anchor(self, head: Head) -> None:
        """Write down where the register ends."""
        self._anchor = head

    def writing(self) -> AbstractContextManager[object]:
        """Return the lock of this place."""
        return self._lock


class MemoryRegister:
    """A register in a list."""

    def __init__(self) -> None:
        """Start empty."""
        self.held: list[CustodyEntry] = []

    def rows(self, item: int | None = None, sha256: str = "") -> Sequence[Row]:
        """Return the rows of one item, of one original, or all."""
        return [
            (one.number, one.told, one.chain)
            for one in list(self.held)
            if item in {None, one.item} and sha256 in {"", one.sha256}
        ]

    def head(self) -> Head:
        """Return the last row's number and chain."""
        return Head(self.held[-1].number, self.held[-1].chain) if self.held else Head()

    def append(self, make: Callable[[Head, int], CustodyEntry], item: int = 0) -> CustodyEntry:
        """Add one entry."""
        entry = make(self.head(), sum(one.item == item for one in self.held))
        self.held.append(entry)
        return entry


def open_evidence_store(place: str) -> KeptEvidence:
    """Return an empty store in memory; the place has no meaning here."""
    del place
    return KeptEvidence(MemoryOriginals(), MemoryRegister())
