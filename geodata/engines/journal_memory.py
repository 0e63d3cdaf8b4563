"""A journal held in memory: for tests, and as the plainest answer to every question."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence

from geodata.chains import Head
from geodata.journal import (
    NOTHING_SEEN,
    Draft,
    JournalEntry,
    Row,
    check_behind,
    check_seen,
    entry_of,
    find_damage,
    rows_after,
)


class MemoryJournal:
    """A journal that is gone when the process ends."""

    def __init__(self) -> None:
        """Start empty."""
        self._rows: list[Row] = []
        self._lock = threading.Lock()

    def entries(
        self, *, subject: str = "", kind: str = "", after: int = 0
    ) -> tuple[JournalEntry, ...]:
        """Return the entries on a subject, of a kind, behind a number."""
        behind = map(entry_of, (row for row in self._rows if row[0] > after))
        return tuple(
            one for one in behind if subject in {"", one.subject} and kind in {"", one.kind}
        )

    def append(
        self, drafts: Sequence[Draft], seen: Mapping[str, int] = NOTHING_SEEN
    ) -> tuple[JournalEntry, ...]:
        """Add entries, all or none."""
        with self._lock:
            check_seen(seen, Counter(entry_of(row).subject for row in self._rows))
            rows = list(rows_after(self.head(), drafts))
            self._rows += rows
        return tuple(map(entry_of, rows))

    def head(self) -> Head:
        """Return where the journal ends."""
        return Head(self._rows[-1][0], self._rows[-1][2]) if self._rows else Head()

    def damage(self) -> tuple[str, ...]:
        """Return the numbers of entries that do not follow from those before them."""
        return find_damage(self._rows)

    def rows(self) -> tuple[Row, ...]:
        """Return every entry as it is kept, in order."""
        return tuple(self._rows)

    def adopt(self, rows: Sequence[Row]) -> None:
        """Add entries as they are kept elsewhere."""
        with self._lock:
            check_behind(self.head(), rows)
            self._rows += rows


def open_journal(place: str) -> MemoryJournal:
    """Return an empty journal in memory; the place has no meaning here."""
    del place
    return MemoryJournal()
