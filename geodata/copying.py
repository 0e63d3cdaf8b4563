"""Everything from one store to another, whatever their engines, held against its original.

A copy that was broken off goes on where it stopped: what is there already must be the
beginning of what is copied, else nothing is written.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from geodata.errors import CopyDiffers, PlaceTaken
from geodata.evidence_store import EvidenceStore
from geodata.findings import Decision, Entry, FindingStore
from geodata.journal import Journal
from geodata.model import Case
from geodata.revisions import Revision, State, digest
from geodata.store import CaseStore, FeatureStore, NewCase

Told = Callable[[str, int, int], None]
"""Told how far a copy is: what (features, cases, findings ...), how many, of how many."""

CASES_AT_ONCE = 500


@dataclass(frozen=True)
class Copied:
    """What a copy holds, and the SHA-256 of it; counts are those of the whole copy."""

    layers: int = 0
    features: int = 0
    revisions: int = 0
    aside: int = 0
    features_sha256: str = ""
    cases: int = 0
    entries: int = 0
    cases_sha256: str = ""
    runs: int = 0
    decisions: int = 0
    findings_sha256: str = ""
    evidence: int = 0
    originals: int = 0
    evidence_sha256: str = ""
    """The chain of the register's last entry, which all entries before it are in."""
    journal: int = 0
    journal_damaged: int = 0
    journal_sha256: str = ""
    """The chain of the journal's last entry, which all entries before it are in."""


def copy_features(
    origin: FeatureStore, target: FeatureStore, place: str, told: Told = lambda *_: None
) -> Copied:
    """Copy every revision of every layer, in order, and return what the copy holds.

    Raises PlaceTaken if the target holds anything else, CopyDiffers if the copy is not the same.
    """
    wanted = origin.revisions()
    numbers = {one.id: str(number) for number, one in enumerate(wanted, 1)}
    there = target.revisions()
    for old, new in zip(there, wanted, strict=False):
        if not _are_same(old, new, numbers):
            raise PlaceTaken(place=place)
    if len(there) > len(wanted):
        raise PlaceTaken(place=place)
    for number, one in enumerate(wanted[len(there) :], len(there) + 1):
        told("features", number, len(wanted))
        renamed = replace(one, takes_back=numbers.get(one.takes_back, ""))
        target.adopt(renamed, origin.state(one.layer, one.id))
    aside = origin.kept_aside()
    for number, rows in enumerate(aside, 1):
        told("aside", number, len(aside))
        target.keep_aside(rows)
    newest = {one.layer: one.id for one in wanted}
    ours = _summary({layer: origin.state(layer, number) for layer, number in newest.items()})
    copied = _summary({layer: target.state(layer, numbers[newest[layer]]) for layer in newest})
    _hold_against("features", ours, copied)
    said = "\n".join(f"{layer} {copied[layer][2]}" for layer in sorted(copied))
    return Copied(
        layers=len(newest),
        features=sum(count for count, _, _ in copied.values()),
        revisions=len(wanted),
        aside=len(aside),
        features_sha256=hashlib.sha256(said.encode()).hexdigest(),
    )


def copy_cases(
    origin: CaseStore, target: CaseStore, place: str, told: Told = lambda *_: None
) -> Copied:
    """Copy every case with its history, and return what the copy holds.

    Raises PlaceTaken if the target holds any other case, CopyDiffers if the copy is not the same.
    """
    wanted = origin.find()
    there = {case.id: case for case in target.find()}
    ours = {case.id: case for case in wanted}
    if any(ours.get(case_id) != case for case_id, case in there.items()):
        raise PlaceTaken(place=place)
    new = [case for case in wanted if case.id not in there]
    for start in range(0, len(new), CASES_AT_ONCE):
        told("cases", start, len(new))
        target.write([NewCase(case) for case in new[start : start + CASES_AT_ONCE]])
    told("cases", len(new), len(new))
    copied = target.find()
    if cases_digest(wanted) != cases_digest(copied):
        raise CopyDiffers(what="cases", there=_said(wanted), here=_said(copied))
    return Copied(
        cases=len(copied),
        entries=sum(case.revision for case in copied),
        cases_sha256=cases_digest(copied),
    )


def copy_findings(
    origin: FindingStore, target: FindingStore, place: str, told: Told = lambda *_: None
) -> Copied:
    """Copy every run with what it found, and every decision; return what the copy holds.

    Raises PlaceTaken if the target holds any other, CopyDiffers if the copy is not the same.
    """
    runs, entries = origin.runs(), origin.entries()
    there, decided = target.runs(), target.entries()
    if there != runs[: len(there)] or decided != entries[: len(decided)]:
        raise PlaceTaken(place=place)
    for number, one in enumerate(runs[len(there) :], len(there) + 1):
        told("findings", number, len(runs))
        target.add_run(origin.run(one.id), origin.found(one.id))
    decisions = list(_as_decisions(entries))
    if decisions[len(decided) :]:
        target.decide(decisions[len(decided) :])
    told("findings", len(runs), len(runs))
    ours, copied = findings_digest(origin), findings_digest(target)
    if ours != copied:
        raise CopyDiffers(what="findings", there=ours[:12], here=copied[:12])
    return Copied(runs=len(runs), decisions=len(entries), findings_sha256=copied)


def copy_evidence(
    origin: EvidenceStore, target: EvidenceStore, place: str, told: Told = lambda *_: None
) -> Copied:
    """Copy every original and the register as it is, and return what the copy holds.

    Raises PlaceTaken if the target holds any other, OriginalDamaged for an original that is not
    what it was, CopyDiffers if the copy is not the same.
    """
    wanted, there = origin.custody(), target.custody()
    if there != wanted[: len(there)]:
        raise PlaceTaken(place=place)
    for number, one in enumerate(wanted[len(there) :], len(there) + 1):
        told("evidence", number, len(wanted))
        if one.action == "received":
            with origin.open(one.sha256) as original:
                target.adopt(one, original)
        else:
            target.adopt(one, None)
    found = target.verify()
    if not found.is_sound or (wanted and found.head.chain != wanted[-1].chain):
        raise CopyDiffers(what="evidence", there=len(wanted), here=found.entries)
    return evidence_held(target)


def copy_journal(
    origin: Journal, target: Journal, place: str, told: Told = lambda *_: None
) -> Copied:
    """Copy every entry as it is kept, all or none, and return what the copy holds.

    A damaged entry is copied as it is, so that it stays in sight. Raises PlaceTaken if the target
    holds any other, CopyDiffers if the copy is not the same.
    """
    wanted, there = origin.rows(), target.rows()
    if there != wanted[: len(there)]:
        raise PlaceTaken(place=place)
    told("journal", len(there), len(wanted))
    try:
        target.adopt(wanted[len(there) :])
    except ValueError as others:  # somebody wrote to it meanwhile
        raise PlaceTaken(place=place) from others
    copied = target.rows()
    told("journal", len(copied), len(wanted))
    if copied != wanted:
        raise CopyDiffers(what="journal", there=len(wanted), here=len(copied))
    return journal_held(target)


def journal_held(journal: Journal) -> Copied:
    """Return how much a journal tells of, how much of it is damaged, and where it ends."""
    head, damaged = journal.head(), journal.damage()
    return Copied(
        journal=len(journal.rows()),
        journal_damaged=len(damaged),
        journal_sha256=head.chain if head.number else "",
    )


def evidence_held(store: EvidenceStore) -> Copied:
    """Return how much evidence a register tells of."""
    items = store.items()
    return Copied(
        evidence=len(items),
        originals=len({one.sha256 for one in items}),
        evidence_sha256=store.head().chain if items else "",
    )


def _as_decisions(entries: Iterable[Entry]) -> Iterator[Decision]:
    """Yield entries as they were made: each by one who had seen those before it."""
    seen: dict[str, int] = {}
    for one in entries:
        yield Decision(one, seen.get(one.subject, 0))
        seen[one.subject] = seen.get(one.subject, 0) + 1


def findings_digest(store: FindingStore) -> str:
    """Return a SHA-256 of all runs, of what they found, and of all decisions."""
    total = hashlib.sha256()
    for one in store.runs():
        total.update(f"{store.run(one.id)!r}\n".encode())
        for found in store.found(one.id):
            total.update(f"{found!r}\n".encode())
    for entry in store.entries():
        total.update(f"{entry!r}\n".encode())
    return total.hexdigest()


def cases_digest(cases: tuple[Case, ...]) -> str:
    """Return a SHA-256 of all that cases say, whatever their order."""
    told = sorted(repr(case) for case in cases)
    return hashlib.sha256("\n".join(told).encode("utf-8", "surrogatepass")).hexdigest()


def _are_same(old: Revision, new: Revision, numbers: dict[str, str]) -> bool:
    return old == replace(new, id=old.id, takes_back=numbers.get(new.takes_back, ""))


def _summary(states: dict[str, State]) -> dict[str, tuple[int, int, str]]:
    """Return of each layer the rows that hold, the closed ones, and the hash of both."""
    return {
        layer: (len(state.current), len(state.closed), _digest_of(state))
        for layer, state in states.items()
    }


def _digest_of(state: State) -> str:
    both = f"{digest(state.current)} {digest(state.closed)}"
    return hashlib.sha256(both.encode()).hexdigest()


def _hold_against(
    what: str, ours: dict[str, tuple[int, int, str]], copied: dict[str, tuple[int, int, str]]
) -> None:
    for layer, there in ours.items():
        if copied[layer] != there:
            raise CopyDiffers(what=f"{what} {layer}", there=there, here=copied[layer])


def _said(cases: tuple[Case, ...]) -> str:
    return f"{len(cases)} {cases_digest(cases)[:12]}"
