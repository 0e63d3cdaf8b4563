"""How the findings of every rule stand: what is new, what people decided, what became stale.

The newest run that could be made is held against the one before it and against the rows that are
stored now. A decision holds for the facts it was made about: rejected facts never come back by
themselves; changed ones do, and say what was decided before and what has changed since.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import pandas as pd

from geodata.findings import (
    Entry,
    EntryKind,
    FindingStore,
    RunRecord,
    by_subject,
    decided_on,
    finding_subject,
)
from geodata.store import FeatureStore
from layers.detect import Run, digest_rows
from layers.rule import Fact, Finding
from layers.run_records import finding_of_record, run_of_record

State = Literal["new", "confirmed", "rejected", "became_case"]
Course = Literal["first", "new", "unchanged", "changed", "gone"]
Stale = Literal["", "changed", "vanished"]
Step = Literal["hits", "confirmed", "rejected", "leads", "filed", "verified"]

STATES: tuple[State, ...] = ("new", "confirmed", "rejected", "became_case")
"""What people have decided on a finding, as far as its facts are the same."""

MOVES: Mapping[State, tuple[EntryKind, ...]] = {
    "new": ("confirmed", "rejected", "became_case"),
    "confirmed": ("rejected", "became_case", "reopened"),
    "rejected": ("reopened",),
    "became_case": ("reopened",),
}
"""What may be decided on a finding, by where it stands; a rejected one is reopened first."""

NEED_REASON: frozenset[EntryKind] = frozenset({"rejected", "reopened"})

Filter = Literal["", State, "changed", "stale", "gone", "filed", "verified"]
FILTERS: tuple[Filter, ...] = get_args(Filter)
"""What findings can be looked at: all, by decision, by what became of them, by the funnel."""

STEPS: tuple[Step, ...] = ("hits", "confirmed", "rejected", "leads", "filed", "verified")
"""The funnel of a rule: found, checked on site, become a lead, filed, verified as put right."""


@dataclass(frozen=True)
class Change:
    """One thing in which a finding differs from what it was: a fact, its rows, flags, version."""

    what: Literal["fact", "rows", "flags", "severity", "version"]
    name: str
    before: Fact
    after: Fact


@dataclass(frozen=True)
class Standing:
    """One finding as it stands.

    `course` holds the newest run against the one before; `stale` says that its rows are not
    those of the run any more. `rejected` is an earlier rejection of other facts, `changes` what
    differs from the facts that were decided on (else from the run before). `seen` counts the
    entries on it: who decides says how many they knew of.
    """

    finding: Finding
    run: str
    state: State
    course: Course
    stale: Stale = ""
    entries: tuple[Entry, ...] = ()
    changes: tuple[Change, ...] = ()
    rejected: Entry | None = None

    @property
    def seen(self) -> int:
        """Return how many entries there are on it."""
        return len(self.entries)

    @property
    def case(self) -> str:
        """Return the id of the case that it became, or nothing."""
        told = [one.case for one in self.entries if one.kind == "became_case"]
        return told[-1] if self.state == "became_case" else ""

    @property
    def is_gone(self) -> bool:
        """Return whether the newest run does not have it any more."""
        return self.course == "gone"


@dataclass(frozen=True)
class Dossier:
    """What is known of one rule: its runs and its findings.

    `run` is the newest one that could be made, None if there never was one; `attempt` the newest
    of all, which may have lacked a list. `newer` are the tables that were written to since.
    """

    rule: str
    run: Run | None = None
    record: RunRecord | None = None
    attempt: Run | None = None
    attempted: RunRecord | None = None
    runs: tuple[RunRecord, ...] = ()
    findings: tuple[Standing, ...] = ()
    newer: tuple[str, ...] = ()

    @property
    def has_failed(self) -> bool:
        """Return whether the newest attempt lacked a list."""
        return self.attempted is not None and not self.attempted.has_run

    def of(self, step: Step, cases: pd.DataFrame) -> tuple[str, ...]:
        """Return the ids of the findings at a step; `cases` are those of a `Standing` by id."""
        return tuple(one.finding.id for one in self.findings if is_at(one, step, cases))


def is_at(one: Standing, step: Step, cases: pd.DataFrame) -> bool:
    """Return whether a finding has come to a step of the funnel."""
    if step in {"hits", "confirmed", "rejected"}:
        return step in {"hits", one.state} or (step == "confirmed" and one.state == "became_case")
    if one.state != "became_case":
        return False
    if step == "leads":
        return True
    day = {"filed": "filed_on", "verified": "verified_on"}[step]
    return one.case in cases.index[cases[day].notna()]


def fits(one: Standing, asked: Filter, cases: pd.DataFrame) -> bool:
    """Return whether a finding is among those that are asked for."""
    if asked in {"filed", "verified"}:
        return is_at(one, asked, cases)
    plain = {"changed": one.course == "changed", "stale": bool(one.stale), "gone": one.is_gone}
    if asked in plain:
        return plain[asked]
    return asked == "" or (asked == one.state and not (asked == "new" and one.is_gone))


def assemble(
    store: FindingStore, features: FeatureStore, rules: Iterable[str]
) -> tuple[Dossier, ...]:
    """Return what is known of some rules, in their order; rows are read only where lists moved."""
    runs: dict[str, list[RunRecord]] = {}
    for one in store.runs():
        runs.setdefault(one.rule, []).append(one)
    entries = by_subject(store.entries())
    return tuple(
        _assemble_one(rule, tuple(runs.get(rule, ())), store, features, entries) for rule in rules
    )


def _assemble_one(
    rule: str,
    runs: tuple[RunRecord, ...],
    store: FindingStore,
    features: FeatureStore,
    entries: Mapping[str, tuple[Entry, ...]],
) -> Dossier:
    if not runs:
        return Dossier(rule)
    attempted = store.run(runs[-1].id)
    made = [one for one in runs if one.has_run]
    bare = Dossier(rule, attempt=run_of_record(attempted), attempted=attempted, runs=runs)
    if not made:
        return bare
    record = store.run(made[-1].id)
    run = run_of_record(record, store.found(record.id))
    before = None
    if len(made) > 1:
        told = map(finding_of_record, store.found(made[-2].id))
        before = {one.id: one for one in told}
    newer = moved_tables(run, features)
    stale = find_stale(run.findings, newer, features)
    past = _Past(store, entries, rule)
    standing = [
        *(past.stand(one, record.id, before, stale.get(one.id, "")) for one in run.findings),
        *past.gone(run.findings, before or {}, made[-2].id if before else ""),
    ]
    return replace(bare, run=run, record=record, findings=tuple(standing), newer=newer)


# ------------------------------------------------------------------- what was decided


def state_of(finding: Finding, entries: Sequence[Entry]) -> State:
    """Return what was decided on a finding: for these facts; that it became a case, for any."""
    turns = [one.kind for one in entries if one.kind in {"became_case", "reopened"}]
    if turns and turns[-1] == "became_case":
        return "became_case"
    decision = decided_on(finding.facts_id, entries)
    if decision is None:
        return "new"
    return "confirmed" if decision.kind == "confirmed" else "rejected"


def find_changes(before: Finding, after: Finding) -> tuple[Change, ...]:
    """Return in what a finding differs from what it was."""
    old, new = dict(before.facts), dict(after.facts)
    changes = [
        Change("fact", name, old.get(name), new.get(name))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]
    pairs: tuple[tuple[Literal["rows", "flags", "severity", "version"], str, str], ...] = (
        ("rows", _told_rows(before), _told_rows(after)),
        ("flags", ";".join(before.flags), ";".join(after.flags)),
        ("severity", before.severity, after.severity),
        ("version", before.version, after.version),
    )
    changes += [Change(what, what, one, other) for what, one, other in pairs if one != other]
    return tuple(changes)


def _told_rows(finding: Finding) -> str:
    return ";".join(f"{row.table}:{row.id}" for row in finding.rows)


@dataclass
class _Past:
    """What was found and decided before, asked for as it is needed."""

    store: FindingStore
    entries: Mapping[str, tuple[Entry, ...]]
    rule: str
    texts: dict[tuple[str, str], Finding | None] = field(default_factory=dict)

    def stand(
        self, one: Finding, run: str, before: Mapping[str, Finding] | None, stale: Stale
    ) -> Standing:
        """Return how a finding of the newest run stands."""
        told = self.entries.get(finding_subject(one.id), ())
        state, course = state_of(one, told), _course(one, before)
        rejected = self._rejected(one, told) if state == "new" else None
        earlier = self._decided(one, told) or (before or {}).get(one.id)
        changes = () if earlier is None else find_changes(earlier, one)
        return Standing(one, run, state, course, stale, told, changes, rejected)

    def gone(
        self, found: Sequence[Finding], before: Mapping[str, Finding], run: str
    ) -> list[Standing]:
        """Return the findings that the newest run has no more: of the last one, or decided on."""
        there = {one.id for one in found}
        lost = {one.id: (one, run) for one in before.values() if one.id not in there}
        for subject, told in self.entries.items():
            kind, _, finding_id = subject.partition(":")
            if kind == "finding" and finding_id not in there and finding_id not in lost:
                last = self._text(finding_id, told[-1].facts_id)
                if last is not None and last.rule == self.rule:
                    lost[finding_id] = (last, told[-1].run)
        return [
            Standing(
                one,
                where,
                state_of(one, self.entries.get(finding_subject(one.id), ())),
                "gone",
                entries=self.entries.get(finding_subject(one.id), ()),
            )
            for one, where in lost.values()
        ]

    def _rejected(self, one: Finding, told: Sequence[Entry]) -> Entry | None:
        """Return the newest rejection of other facts of a finding."""
        others = [
            entry for entry in told if entry.kind == "rejected" and entry.facts_id != one.facts_id
        ]
        return others[-1] if others else None

    def _decided(self, one: Finding, told: Sequence[Entry]) -> Finding | None:
        """Return a finding as it was when last decided on, if its facts were others."""
        others = [entry for entry in told if entry.kind != "reopened"]
        if not others or others[-1].facts_id == one.facts_id:
            return None
        return self._text(one.id, others[-1].facts_id)

    def _text(self, finding_id: str, facts_id: str) -> Finding | None:
        key = (finding_id, facts_id)
        if key not in self.texts:
            found = self.store.recall([key]).get(key)
            self.texts[key] = None if found is None else finding_of_record(found)
        return self.texts[key]


def _course(one: Finding, before: Mapping[str, Finding] | None) -> Course:
    if before is None:
        return "first"
    if one.id not in before:
        return "new"
    return "unchanged" if before[one.id].facts_id == one.facts_id else "changed"


# ------------------------------------------------------------------ what became stale


def moved_tables(run: Run, features: FeatureStore) -> tuple[str, ...]:
    """Return the lists that were written to, or are gone, since a run rested on them."""
    stored = set(features.layers())
    moved: dict[str, None] = {}
    for one in run.inputs:
        if one.table not in stored or features.revisions(one.table)[-1].id != one.revision:
            moved[one.table] = None
    return tuple(moved)


def find_stale(
    findings: Sequence[Finding], moved: Sequence[str], features: FeatureStore
) -> dict[str, Stale]:
    """Return the findings whose rows are not what they were: changed, or vanished.

    Only findings with a row in a list that moved are looked at; each list is asked once.
    """
    touched = [one for one in findings if any(row.table in moved for row in one.rows)]
    wanted: dict[str, set[str]] = {}
    for one in touched:
        for row in one.rows:
            wanted.setdefault(row.table, set()).add(row.id)
    stored = set(features.layers())
    rows: dict[tuple[str, str], Mapping[str, object]] = {}
    for table, ids in wanted.items():
        if table in stored:
            for told in features.rows(table, sorted(ids)).to_dict("records"):
                rows[table, str(told["id"])] = told
    stale: dict[str, Stale] = {}
    for one in touched:
        now = [rows.get((row.table, row.id)) for row in one.rows]
        there = [row for row in now if row is not None]
        if len(there) < len(now):
            stale[one.id] = "vanished"
        elif digest_rows(there) != one.rows_sha256:
            stale[one.id] = "changed"
    return stale
