"""Runs of rules and what people decided on their findings, as plain facts that are only added to.

Nothing of a rule is known here: what a run was asked, rested on and found are JSON documents,
written and read one storey above. An entry is about a subject: a finding, or a pair of rows.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from typing import Literal, Protocol

from geodata.errors import StaleDecision, UnknownRun
from geodata.store import ENGINES, split_url

EntryKind = Literal["confirmed", "rejected", "became_case", "reopened", "same", "different"]

ON_FINDINGS: tuple[EntryKind, ...] = ("confirmed", "rejected", "became_case", "reopened")
ON_PAIRS: tuple[EntryKind, ...] = ("same", "different", "reopened")
FINDING, PAIR = "finding", "pair"


@dataclass(frozen=True)
class FoundRecord:
    """One finding of a run: its id, what its facts are known by, whose it is, and all of it."""

    id: str
    facts_id: str
    jurisdiction: str
    document: str


@dataclass(frozen=True)
class RunRecord:
    """One run of a rule without its findings; `found` counts them.

    `code` is the version of the program; `has_run` is False where a list was lacking.
    `document` holds the rest as JSON; it is blank in lists of runs. `id` is given by the store.
    """

    rule: str
    version: str
    as_of: date
    recorded_at: datetime
    who: str
    why: str = ""
    code: str = ""
    has_run: bool = True
    is_demonstration: bool = False
    document: str = "{}"
    found: int = 0
    id: str = ""


@dataclass(frozen=True)
class Entry:
    """One entry on a subject: who decided what, when and why, about which facts.

    `facts_id` says for which facts it holds; `case` is the case that a finding became, `run` the
    run in which it was seen.
    """

    subject: str
    facts_id: str
    kind: EntryKind
    recorded_at: datetime
    recorded_by: str
    why: str = ""
    case: str = ""
    run: str = ""


@dataclass(frozen=True)
class Decision:
    """An entry to be added by somebody who had `seen` so many entries on its subject."""

    entry: Entry
    seen: int


class FindingStore(Protocol):
    """Where runs of rules and decisions on findings are kept; nothing stored is ever changed.

    Every method raises BrokenStore if the place is damaged and FindingsUnavailable, which is
    one, if it cannot be used now.
    """

    def runs(self, rule: str = "") -> tuple[RunRecord, ...]:
        """Return the runs of a rule, or all, the oldest first, without their documents."""
        ...

    def run(self, run_id: str) -> RunRecord:
        """Return one run with its document; raise UnknownRun naming the newest there are."""
        ...

    def found(self, run_id: str) -> tuple[FoundRecord, ...]:
        """Return what a run found, in its order; raise UnknownRun."""
        ...

    def recall(self, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], FoundRecord]:
        """Return findings by (id, facts_id), each by the newest text that told of it.

        Unknown ones are absent.
        """
        ...

    def entries(self, subjects: Collection[str] | None = None) -> tuple[Entry, ...]:
        """Return the entries on some subjects, or on all, in the order they were made."""
        ...

    def add_run(self, run: RunRecord, found: Sequence[FoundRecord]) -> str:
        """Keep a run with all that it found, whole or not at all; return its id."""
        ...

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Add entries, all or none.

        Raises StaleDecision for one who had not seen all entries on a subject, and ValueError
        for text that cannot be stored and for an instant without its zone.
        """
        ...

    def revision(self) -> str:
        """Return the revision of the store; it changes with every write, at little cost."""
        ...


def open_findings(url: str) -> FindingStore:
    """Return the store of runs and decisions behind a URL: `sqlite:file`, `postgresql://host/name`.

    Raises UnknownStore naming the known schemes, DriverMissing if the engine's is not there.
    """
    scheme, place = split_url(url, ("sqlite", "postgresql", "memory"))
    store: FindingStore = import_module(ENGINES[scheme]).open_finding_store(place)
    return store


# ----------------------------------------------------------------------- subjects


def finding_subject(finding_id: str) -> str:
    """Return the subject of entries on a finding.

    >>> finding_subject("3f2a")
    'finding:3f2a'
    """
    return f"{FINDING}:{finding_id}"


def pair_subject(first: tuple[str, str], second: tuple[str, str]) -> str:
    """Return the subject of entries on two rows (table, id), whichever is named first.

    >>> pair_subject(("poi", "7"), ("register", "A:1"))
    'pair:[["poi","7"],["register","A:1"]]'
    """
    told = json.dumps(
        sorted([list(first), list(second)]), ensure_ascii=False, separators=(",", ":")
    )
    return f"{PAIR}:{told}"


def rows_of_pair(subject: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the two rows (table, id) of a pair's subject; raise ValueError for another."""
    kind, _, told = subject.partition(":")
    if kind != PAIR:
        raise ValueError(subject)
    first, second = json.loads(told)
    return (first[0], first[1]), (second[0], second[1])


def by_subject(entries: Iterable[Entry]) -> dict[str, tuple[Entry, ...]]:
    """Return entries by what they are about, each in the order they were made."""
    found: dict[str, list[Entry]] = {}
    for one in entries:
        found.setdefault(one.subject, []).append(one)
    return {subject: tuple(told) for subject, told in found.items()}


def decided_on(facts_id: str, entries: Sequence[Entry]) -> Entry | None:
    """Return the decision that holds for these facts, None where there is none or it was reopened.

    Entries about other facts neither make nor undo it.
    """
    about = [one for one in entries if one.facts_id == facts_id and one.kind != "became_case"]
    return about[-1] if about and about[-1].kind != "reopened" else None


def decided_pairs(entries: Iterable[Entry]) -> dict[tuple[str, str], Entry]:
    """Return what people decided on pairs of rows, by (subject, facts_id)."""
    decided = {}
    for subject, told in by_subject(entries).items():
        if subject.startswith(f"{PAIR}:"):
            for facts_id in dict.fromkeys(one.facts_id for one in told):
                entry = decided_on(facts_id, told)
                if entry is not None:
                    decided[subject, facts_id] = entry
    return decided


# ------------------------------------------------------------ what all engines share


def check_decisions(decisions: Sequence[Decision], stored: Mapping[str, int]) -> None:
    """Raise StaleDecision unless each was made by one who had seen all entries on its subject.

    `stored` counts the entries by subject; a decision sees those before it.
    """
    counts = dict(stored)
    for one in decisions:
        subject = one.entry.subject
        there = counts.get(subject, 0)
        if there != one.seen:
            raise StaleDecision(subject=subject, seen=one.seen, stored=there)
        counts[subject] = there + 1


def check_texts(*texts: str) -> None:
    """Raise ValueError for a text that not every engine can keep: a NUL, half a pair."""
    for text in texts:
        if "\0" in text:
            raise ValueError("NUL")
        text.encode()  # raises UnicodeEncodeError, which is a ValueError


def check_storable(decisions: Sequence[Decision]) -> None:
    """Raise ValueError for an entry that not every engine can keep as it is."""
    for one in (decision.entry for decision in decisions):
        if one.recorded_at.tzinfo is None:
            raise ValueError(f"{one.subject}: recorded_at without a zone")
        check_texts(one.subject, one.facts_id, one.recorded_by, one.why, one.case, one.run)


def check_run(run: RunRecord, found: Sequence[FoundRecord]) -> None:
    """Raise ValueError for a run that not every engine can keep, or that names a finding twice."""
    if run.recorded_at.tzinfo is None:
        raise ValueError(f"{run.rule}: recorded_at without a zone")
    check_texts(run.rule, run.version, run.who, run.why, run.code, run.document)
    for one in found:
        check_texts(one.id, one.facts_id, one.jurisdiction, one.document)
    if len({one.id for one in found}) != len(found):
        raise ValueError(f"{run.rule}: a finding twice")


def unknown_run(run_id: str, known: Sequence[str]) -> UnknownRun:
    """Return the error for a run that is not there, naming the newest ten."""
    return UnknownRun(run_id, known[-10:])
