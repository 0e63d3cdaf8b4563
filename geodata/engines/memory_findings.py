"""Runs and decisions held in memory: for tests, and as the plainest answer to every question."""

import threading
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC

from geodata.findings import (
    Decision,
    Entry,
    FoundRecord,
    RunRecord,
    check_decisions,
    check_run,
    check_storable,
    unknown_run,
)


class MemoryFindings:
    """A store of runs and decisions that is gone when the process ends."""

    def __init__(self) -> None:
        """Start empty."""
        self._runs: list[tuple[RunRecord, tuple[FoundRecord, ...]]] = []
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def runs(self, rule: str = "") -> tuple[RunRecord, ...]:
        """Return the runs of a rule, or all, the oldest first, without their documents."""
        told = (replace(run, document="") for run, _ in self._runs)
        return tuple(run for run in told if rule in {"", run.rule})

    def run(self, run_id: str) -> RunRecord:
        """Return one run with its document; raise UnknownRun."""
        return self._kept(run_id)[0]

    def found(self, run_id: str) -> tuple[FoundRecord, ...]:
        """Return what a run found, in its order; raise UnknownRun."""
        return self._kept(run_id)[1]

    def recall(self, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], FoundRecord]:
        """Return findings by (id, facts_id), each by the newest text that told of it."""
        asked, texts = set(wanted), dict[FoundRecord, None]()
        for _, found in self._runs:
            texts |= dict.fromkeys(one for one in found if (one.id, one.facts_id) in asked)
        return {(one.id, one.facts_id): one for one in texts}

    def entries(self, subjects: Collection[str] | None = None) -> tuple[Entry, ...]:
        """Return the entries on some subjects, or on all, in the order they were made."""
        return tuple(one for one in self._entries if subjects is None or one.subject in subjects)

    def add_run(self, run: RunRecord, found: Sequence[FoundRecord]) -> str:
        """Keep a run with all that it found; return its id."""
        check_run(run, found)
        with self._lock:
            run_id = str(len(self._runs) + 1)
            instant = run.recorded_at.astimezone(UTC)
            kept = replace(run, id=run_id, found=len(found), recorded_at=instant)
            self._runs.append((kept, tuple(found)))
            return run_id

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Add entries, all or none; raise StaleDecision."""
        check_storable(decisions)
        with self._lock:
            check_decisions(decisions, Counter(one.subject for one in self._entries))
            self._entries += [
                replace(one.entry, recorded_at=one.entry.recorded_at.astimezone(UTC))
                for one in decisions
            ]

    def revision(self) -> str:
        """Return how many runs and entries there are, as one text."""
        return f"{len(self._runs)}.{len(self._entries)}"

    def _kept(self, run_id: str) -> tuple[RunRecord, tuple[FoundRecord, ...]]:
        for kept in self._runs:
            if kept[0].id == run_id:
                return kept
        raise unknown_run(run_id, [run.id for run, _ in self._runs])
