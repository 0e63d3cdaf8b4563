"""Runs, findings and decisions as rows of tables and back: what engines that keep rows share."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from geodata.findings import Decision, Entry, FoundRecord, RunRecord

RUN_COLUMNS = (
    "entered",
    "rule",
    "version",
    "as_of",
    "recorded_at",
    "who",
    "why",
    "code",
    "has_run",
    "is_demonstration",
    "found",
    "document",
)
TEXT_COLUMNS = ("entered", "sha256", "finding", "facts_id", "jurisdiction", "document")
PLACE_COLUMNS = ("run", "place", "told")
ENTRY_COLUMNS = (
    "entered",
    "subject",
    "number",
    "facts_id",
    "kind",
    "recorded_at",
    "recorded_by",
    "why",
    "case_id",
    "run",
)
"""The columns of findings.sql and findings_postgres.sql, in their order."""

Row = tuple[Any, ...]


def row_of_run(run: RunRecord, entered: int, found: int) -> Row:
    """Return the row of a run."""
    facts = (run.rule, run.version, run.as_of.isoformat(), in_utc(run.recorded_at), run.who)
    flags = (int(run.has_run), int(run.is_demonstration), found)
    return (entered, *facts, run.why, run.code, *flags, run.document)


def run_of_row(row: Row) -> RunRecord:
    """Return the run that a row holds."""
    entered, rule, version, as_of, recorded_at, who, why, code, *rest = row
    has_run, is_demonstration, found, document = rest
    return RunRecord(
        rule=rule,
        version=version,
        as_of=date.fromisoformat(as_of),
        recorded_at=datetime.fromisoformat(recorded_at),
        who=who,
        why=why,
        code=code,
        has_run=bool(has_run),
        is_demonstration=bool(is_demonstration),
        document=document,
        found=found,
        id=str(entered),
    )


def rows_of_entries(decisions: Sequence[Decision], entered: int) -> list[Row]:
    """Return the rows of decisions, numbered on from the last `entered`."""
    return [
        (
            entered + place,
            one.entry.subject,
            one.seen,
            one.entry.facts_id,
            one.entry.kind,
            in_utc(one.entry.recorded_at),
            one.entry.recorded_by,
            one.entry.why,
            one.entry.case,
            one.entry.run,
        )
        for place, one in enumerate(decisions, 1)
    ]


def entries_of_rows(rows: Iterable[Row]) -> tuple[Entry, ...]:
    """Return the entries that rows hold."""
    return tuple(
        Entry(
            subject=subject,
            facts_id=facts_id,
            kind=kind,
            recorded_at=datetime.fromisoformat(recorded_at),
            recorded_by=recorded_by,
            why=why,
            case=case,
            run=run,
        )
        for _, subject, _, facts_id, kind, recorded_at, recorded_by, why, case, run in rows
    )


def sha256_of(found: FoundRecord) -> str:
    """Return what a finding is kept by: the hash of all that is told of it."""
    told = json.dumps([found.id, found.facts_id, found.jurisdiction, found.document])
    return hashlib.sha256(told.encode()).hexdigest()


def in_utc(instant: datetime) -> str:
    """Return an instant as text, in UTC."""
    return instant.astimezone(UTC).isoformat()
