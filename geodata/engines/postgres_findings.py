"""Runs and decisions in a PostgreSQL database, beside the cases: the contract of the SQLite file.

Writers take turns at one row (`finding_store`), as those of cases do at theirs.
"""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import LiteralString

from geodata.engines.connections import Connection, Connections, sql
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
from geodata.engines.postgres import prepare
from geodata.errors import FindingsUnavailable
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
TABLES: LiteralString = (Path(__file__).parent / "findings_postgres.sql").read_text("utf-8")
"""Our own file, as good as written here."""

DAMAGED = "unreadable_findings"
LOCK: LiteralString = "select version from finding_store for update"


class PostgresFindings:
    """A store of runs and decisions in a database, safe for writers on several machines."""

    def __init__(self, url: str) -> None:
        """Connect, and make the tables in a database that has none.

        Raises FindingsUnavailable if no connection can be made, BrokenStore if the tables
        there are not ours.
        """
        connections = Connections(url, FindingsUnavailable, DAMAGED)
        self._connected = connections.one
        with self._connected() as database:
            prepare(
                database,
                connections.name,
                version=VERSION,
                tables=TABLES,
                names=("finding_store", "finding_runs", "finding_entries"),
                unavailable=FindingsUnavailable,
                damaged=DAMAGED,
            )

    def runs(self, rule: str = "") -> tuple[RunRecord, ...]:
        """Return the runs of a rule, or all, the oldest first, without their documents."""
        question = sql.SQL(
            "select {}, '' from finding_runs where %s in ('', rule) order by entered"
        ).format(_names(RUN_COLUMNS[:-1]))
        with self._connected() as database:
            rows = database.execute(question, (rule,)).fetchall()
        return tuple(map(run_of_row, rows))

    def run(self, run_id: str) -> RunRecord:
        """Return one run with its document; raise UnknownRun naming the newest there are."""
        with self._connected() as database:
            return _run(database, run_id)

    def found(self, run_id: str) -> tuple[FoundRecord, ...]:
        """Return what a run found, in its order; raise UnknownRun."""
        with self._connected() as database:
            run = _run(database, run_id)
            rows = database.execute(
                "select finding, facts_id, jurisdiction, document from finding_places"
                " join finding_texts on entered = told where run = %s order by place",
                (int(run.id),),
            ).fetchall()
        return tuple(FoundRecord(*row) for row in rows)

    def recall(self, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], FoundRecord]:
        """Return findings by (id, facts_id), each by the newest text that told of it."""
        with self._connected() as database:
            rows = database.execute(
                "select finding, facts_id, jurisdiction, document from finding_texts"
                " where finding = any(%s) order by entered",
                ([finding for finding, _ in wanted if "\0" not in finding],),
            ).fetchall()
        told = set(wanted)
        return {(row[0], row[1]): FoundRecord(*row) for row in rows if (row[0], row[1]) in told}

    def entries(self, subjects: Collection[str] | None = None) -> tuple[Entry, ...]:
        """Return the entries on some subjects, or on all, in the order they were made."""
        asked = [one for one in subjects or () if "\0" not in one]
        question = sql.SQL(
            "select {} from finding_entries where (%s or subject = any(%s)) order by entered"
        ).format(_names(ENTRY_COLUMNS))
        with self._connected() as database:
            rows = database.execute(question, (subjects is None, asked)).fetchall()
        return entries_of_rows(rows)

    def add_run(self, run: RunRecord, found: Sequence[FoundRecord]) -> str:
        """Keep a run with all that it found, whole or not at all; return its id."""
        check_run(run, found)
        with self._connected() as database, database.transaction():
            database.execute(LOCK)
            entered = _last(database, "finding_runs") + 1
            _insert(database, "finding_runs", RUN_COLUMNS, [row_of_run(run, entered, len(found))])
            told = _keep_texts(database, found)
            places = [(entered, place, number) for place, number in enumerate(told)]
            _insert(database, "finding_places", PLACE_COLUMNS, places)
        return str(entered)

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Add entries, all or none; raise StaleDecision."""
        check_storable(decisions)
        subjects = sorted({one.entry.subject for one in decisions})
        with self._connected() as database, database.transaction():
            database.execute(LOCK)
            rows = database.execute(
                "select subject, count(*) from finding_entries where subject = any(%s)"
                " group by subject",
                (subjects,),
            ).fetchall()
            check_decisions(decisions, dict(rows))
            added = rows_of_entries(decisions, _last(database, "finding_entries"))
            _insert(database, "finding_entries", ENTRY_COLUMNS, added)

    def revision(self) -> str:
        """Return how many runs and entries there are, as one text."""
        with self._connected() as database:
            return f"{_last(database, 'finding_runs')}.{_last(database, 'finding_entries')}"


def _run(database: Connection, run_id: str) -> RunRecord:
    question = sql.SQL("select {} from finding_runs where entered = %s").format(_names(RUN_COLUMNS))
    number = int(run_id) if run_id.isdecimal() and len(run_id) < len(str(2**62)) else -1
    row = database.execute(question, (number,)).fetchone()
    if row is None:
        known = database.execute("select entered from finding_runs order by entered").fetchall()
        raise unknown_run(run_id, [str(one) for (one,) in known])
    return run_of_row(row)


def _keep_texts(database: Connection, found: Sequence[FoundRecord]) -> list[int]:
    """Return the number of each finding's text; those that are new are added."""
    hashes = [sha256_of(one) for one in found]
    rows = database.execute(
        "select sha256, entered from finding_texts where sha256 = any(%s)", (hashes,)
    ).fetchall()
    numbers: dict[str, int] = dict(rows)
    last, new = _last(database, "finding_texts"), list[Row]()
    for sha256, one in zip(hashes, found, strict=True):
        if sha256 not in numbers:
            last += 1
            numbers[sha256] = last
            new.append((last, sha256, one.id, one.facts_id, one.jurisdiction, one.document))
    _insert(database, "finding_texts", TEXT_COLUMNS, new)
    return [numbers[sha256] for sha256 in hashes]


def _last(database: Connection, table: str) -> int:
    question = sql.SQL("select coalesce(max(entered), 0) from {}").format(sql.Identifier(table))
    row = database.execute(question).fetchone()
    return int(row[0]) if row else 0


def _insert(database: Connection, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    if not rows:
        return
    put_in = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), _names(columns))
    with database.cursor() as cursor, cursor.copy(put_in) as lines:
        for row in rows:
            lines.write_row(row)


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
