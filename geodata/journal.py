"""What was done, entry after entry, in one chain that only grows: plans, packs, visits, acts.

Nothing of what an entry tells is known here: it is about a subject, of a kind, and tells JSON.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Protocol

from geodata.chains import START, Head, chain_of
from geodata.errors import BrokenStore, StaleEntry
from geodata.store import split_url

ENGINES: dict[str, str] = {
    "memory": "geodata.engines.journal_memory",
    "sqlite": "geodata.engines.journal_sqlite",
    "postgresql": "geodata.engines.journal_postgres",
}
Row = tuple[int, str, str]
"""A row of a journal: number, the entry as JSON, its chain."""

Filed = tuple[int, str, str, str, str]
"""A row of a journal with the subject and the kind that a database looks it up by."""

UNREADABLE = "unreadable_journal"

NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
NOTHING_SEEN: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Draft:
    """An entry before it has its number and its place in the chain; `at` has a zone."""

    subject: str
    kind: str
    who: str
    at: datetime
    told: Mapping[str, Any]


@dataclass(frozen=True)
class JournalEntry:
    """One entry: who told what of a subject, when (UTC); `text` is what `chain` is the hash of."""

    number: int
    subject: str
    kind: str
    who: str
    at: datetime
    told: Mapping[str, Any]
    text: str
    chain: str


class Journal(Protocol):
    """Where entries are kept; nothing stored is ever changed or removed.

    Every method raises BrokenStore if the place is damaged and JournalUnavailable, which is
    one, if it cannot be used now.
    """

    def entries(
        self, *, subject: str = "", kind: str = "", after: int = 0
    ) -> tuple[JournalEntry, ...]:
        """Return the entries on a subject, of a kind, behind a number, in their order."""
        ...

    def append(
        self, drafts: Sequence[Draft], seen: Mapping[str, int] = NOTHING_SEEN
    ) -> tuple[JournalEntry, ...]:
        """Add entries, all or none; return them.

        `seen` says of subjects how many entries the writer had before them: StaleEntry is raised
        where there are others by now. Raises ValueError for text that cannot be stored and for
        an instant without its zone.
        """
        ...

    def head(self) -> Head:
        """Return where the journal ends; whoever writes it down can prove a cut later."""
        ...

    def damage(self) -> tuple[str, ...]:
        """Return the numbers of entries that do not follow from those before them.

        Also of those that a database would look for under another subject or kind.
        """
        ...

    def rows(self) -> tuple[Row, ...]:
        """Return every entry as it is kept, in order, damaged ones too: what a copy is made of."""
        ...

    def adopt(self, rows: Sequence[Row]) -> None:
        """Add entries as they are kept elsewhere, damaged ones too, all or none.

        For copies. Raises ValueError for rows that do not begin behind the last entry here.
        """
        ...


def open_journal(url: str) -> Journal:
    """Return the journal behind a URL: `sqlite:file`, `postgresql://host/name`.

    Raises UnknownStore naming the known schemes, DriverMissing if the engine's is not there.
    """
    scheme, place = split_url(url, tuple(ENGINES))
    journal: Journal = import_module(ENGINES[scheme]).open_journal(place)
    return journal


# ------------------------------------------------------------- what all engines share


def text_of(draft: Draft) -> str:
    """Return an entry as the text that is kept; raise ValueError for one that cannot be."""
    if draft.at.tzinfo is None:
        raise ValueError(f"{draft.subject}: an instant without a zone")
    told = {
        "subject": draft.subject,
        "kind": draft.kind,
        "who": draft.who,
        "at": draft.at.astimezone(UTC).isoformat(),
        "told": draft.told,
    }
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if NUL.search(text):
        raise ValueError(f"{draft.subject}: NUL")
    text.encode()  # raises UnicodeEncodeError, which is a ValueError
    return text


def rows_after(head: Head, drafts: Iterable[Draft]) -> Iterator[Row]:
    """Yield drafts as the rows that follow a head."""
    number, chain = head.number, head.chain
    for one in drafts:
        text = text_of(one)
        number, chain = number + 1, chain_of(chain, text)
        yield number, text, chain


def entry_of(row: Row) -> JournalEntry:
    """Return the entry that a row tells; raise BrokenStore for a text that was never written."""
    number, text, chain = row
    try:
        facts = json.loads(text)
        at = datetime.fromisoformat(facts["at"])
        return JournalEntry(
            number, facts["subject"], facts["kind"], facts["who"], at, facts["told"], text, chain
        )
    except (ValueError, KeyError, TypeError) as odd:
        raise BrokenStore(store=f"journal {number}", reason=UNREADABLE) from odd


def filed_under(text: str) -> tuple[str, str]:
    """Return the subject and the kind that an entry is found by; nothing for what tells none.

    >>> filed_under('{"kind":"planned","subject":"plan:1"}')
    ('plan:1', 'planned')
    """
    try:
        facts = json.loads(text)
        return str(facts["subject"]), str(facts["kind"])
    except (ValueError, KeyError, TypeError):
        return "", ""


def check_seen(seen: Mapping[str, int], stored: Mapping[str, int]) -> None:
    """Raise StaleEntry for the first subject that has other entries than were seen."""
    for subject, count in seen.items():
        if stored.get(subject, 0) != count:
            raise StaleEntry(subject=subject, seen=count, stored=stored.get(subject, 0))


def check_behind(head: Head, rows: Sequence[Row]) -> None:
    """Raise ValueError unless the numbers of rows go up from the one behind a head."""
    numbers = [head.number, *(number for number, _, _ in rows)]
    if any(here >= following for here, following in pairwise(numbers)):
        raise ValueError(numbers[1])


def find_damage(rows: Iterable[Row | Filed]) -> tuple[str, ...]:
    """Return the numbers of rows that do not follow from those before them, or are gone.

    Of rows that say so, also those that are filed under what they do not tell.
    """
    damaged, before, last = [], START, 0
    for number, text, chain, *filed in rows:
        if number != last + 1:
            damaged.append("-".join(map(str, sorted({last + 1, number - 1}))))
        elif chain_of(before, text) != chain:
            damaged.append(str(number))
        if filed and tuple(filed) != filed_under(text):
            damaged.append(str(number))
        before, last = chain, number
    return tuple(dict.fromkeys(damaged))
