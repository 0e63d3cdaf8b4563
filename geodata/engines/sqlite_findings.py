"""Runs and decisions in one SQLite file: rows that are only added, each write one transaction."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from geodata.engines.finding_rows import (
    ENTRY_COLUMNS,
    PLACE_COLUMNS,
    RUN_COLUMNS,
    TEXT_COLUMNS,
    Row,
    entries_of_rows,
    row_of_run,
    rows_of_entries,
    run_of_row,
    sha256_of,
)
from geodata.engines.sqlite import opened, prepare_plain
from geodata.errors import BrokenStore, FindingsUnavailable
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

VERSION = 1
TABLES = (Path(__file__).parent / "findings.sql").read_text("utf-8")
DAMAGED = "unreadable_findings"


class SqliteFindings:
    """A store of runs and decisions in one file, safe for several writers on one machine."""

    def __init__(self, file: Path) -> None:
        """Open or make the file; raise BrokenStore if it is no database of ours."""
        self.file = file
        if not file.parent.is_dir():
            raise BrokenStore(store=str(file.parent), reason="missing")
        with self._opened(mode="rwc") as database:
            prepare_plain(
                database,
                str(file),
                version=VERSION,
                tables=TABLES,
                probe="finding_runs",
                unavailable=FindingsUnavailable,
                damaged=DAMAGED,
            )

    def runs(self, rule: str = "") -> tuple[RunRecord, ...]:
        """Return the runs of a rule, or all, the oldest first, without their documents."""
        columns = ", ".join(RUN_COLUMNS[:-1])
        with self._opened() as database:
            rows = database.execute(
                f"select {columns}, '' from finding_runs"  # noqa: S608 - names of ours
                " where ? in ('', rule) order by entered",
                (rule,),
            ).fetchall()
        return tuple(map(run_of_row, rows))

    def run(self, run_id: str) -> RunRecord:
        """Return one run with its document; raise UnknownRun naming the newest there are."""
        with self._opened() as database:
            return _run(database, run_id)

    def found(self, run_id: str) -> tuple[FoundRecord, ...]:
        """Return what a run found, in its order; raise UnknownRun."""
        with self._opened() as database:
            run = _run(database, run_id)
            rows = database.execute(
                "select finding, facts_id, jurisdiction, document from finding_places"
                " join finding_texts on entered = told where run = ? order by place",
                (int(run.id),),
            ).fetchall()
        return tuple(FoundRecord(*row) for row in rows)

    def recall(self, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], FoundRecord]:
        """Return findings by (id, facts_id), each by the newest text that told of it."""
        asked = json.dumps(sorted({finding for finding, _ in wanted}))
        with self._opened() as database:
            rows = database.execute(
                "select finding, facts_id, jurisdiction, document from finding_texts"
                " where finding in (select value from json_each(?)) order by entered",
                (asked,),
            ).fetchall()
        told = set(wanted)
        return {row[:2]: FoundRecord(*row) for row in rows if row[:2] in told}

    def entries(self, subjects: Collection[str] | None = None) -> tuple[Entry, ...]:
        """Return the entries on some subjects, or on all, in the order they were made."""
        within = "" if subjects is None else "where subject in (select value from json_each(?))"
        asked = [] if subjects is None else [json.dumps(sorted(subjects))]
        with self._opened() as database:
            rows = database.execute(
                f"select {', '.join(ENTRY_COLUMNS)} from finding_entries"  # noqa: S608 - ours
                f" {within} order by entered",
                asked,
            ).fetchall()
        return entries_of_rows(rows)

    def add_run(self, run: RunRecord, found: Sequence[FoundRecord]) -> str:
        """Keep a run with all that it found, whole or not at all; return its id."""
        check_run(run, found)
        with self._opened() as database:
            database.execute("begin immediate")
            with database:
                entered = _last(database, "finding_runs") + 1
                _insert(
                    database, "finding_runs", RUN_COLUMNS, [row_of_run(run, entered, len(found))]
                )
                told = _keep_texts(database, found)
                places = [(entered, place, number) for place, number in enumerate(told)]
                _insert(database, "finding_places", PLACE_COLUMNS, places)
        return str(entered)

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Add entries, all or none; raise StaleDecision."""
        check_storable(decisions)
        subjects = json.dumps(sorted({one.entry.subject for one in decisions}))
        with self._opened() as database:
            database.execute("begin immediate")
            with database:
                rows = database.execute(
                    "select subject, count(*) from finding_entries"
                    " where subject in (select value from json_each(?)) group by subject",
                    (subjects,),
                ).fetchall()
                check_decisions(decisions, dict(rows))
                added = rows_of_entries(decisions, _last(database, "finding_entries"))
                _insert(database, "finding_entries", ENTRY_COLUMNS, added)

    def revision(self) -> str:
        """Return how many runs and entries there are, as one text."""
        with self._opened() as database:
            return f"{_last(database, 'finding_runs')}.{_last(database, 'finding_entries')}"

    def _opened(self, mode: str = "rw") -> AbstractContextManager[sqlite3.Connection]:
        return opened(self.file, mode, FindingsUnavailable, DAMAGED)


def _run(database: sqlite3.Connection, run_id: str) -> RunRecord:
    row = database.execute(
        f"select {', '.join(RUN_COLUMNS)} from finding_runs"  # noqa: S608 - names of ours
        " where cast(entered as text) = ?",
        (run_id,),
    ).fetchone()
    if row is None:
        known = database.execute("select entered from finding_runs order by entered").fetchall()
        raise unknown_run(run_id, [str(one) for (one,) in known])
    return run_of_row(row)


def _keep_texts(database: sqlite3.Connection, found: Sequence[FoundRecord]) -> list[int]:
    """Return the number of each finding's text; those that are new are added."""
    hashes = [sha256_of(one) for one in found]
    rows = database.execute(
        "select sha256, entered from finding_texts"
        " where sha256 in (select value from json_each(?))",
        (json.dumps(hashes),),
    ).fetchall()
    numbers, last, new = dict(rows), _last(database, "finding_texts"), list[Row]()
    for sha256, one in zip(hashes, found, strict=True):
        if sha256 not in numbers:
            last += 1
            numbers[sha256] = last
            new.append((last, sha256, one.id, one.facts_id, one.jurisdiction, one.document))
    _insert(database, "finding_texts", TEXT_COLUMNS, new)
    return [numbers[sha256] for sha256 in hashes]


def _last(database: sqlite3.Connection, table: str) -> int:
    question = f"select ifnull(max(entered), 0) from {table}"  # noqa: S608 - a name of ours
    last: int = database.execute(question).fetchone()[0]
    return last


def _insert(
    database: sqlite3.Connection, table: str, columns: Sequence[str], rows: Sequence[Row]
) -> None:
    places = ", ".join("?" * len(columns))
    database.executemany(
        f"insert into {table} ({', '.join(columns)}) values ({places})",  # noqa: S608 - ours
        rows,
    )
