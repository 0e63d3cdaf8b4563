"""Cases in one SQLite file: append-only events, written in one transaction, read by many.

A case is a row of facts; its events are rows that are only ever added. An edit names
the number of events it has seen and is refused when the store holds another number.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from geodata.errors import BrokenStore, StaleEdit
from geodata.model import Case, CaseEvent, HazardRef, Scope, Title
from geodata.selection import select_case

TABLES = (Path(__file__).parent / "cases.sql").read_text("utf-8")
WAIT_S = 10.0


class SqliteCases:
    """A case store in one file, safe for several writers on one machine."""

    def __init__(self, file: Path) -> None:
        """Open or make the file; raise BrokenStore if it is no database of ours."""
        self.file = file
        if not file.parent.is_dir():
            raise BrokenStore(store=str(file.parent), reason="missing")
        with self._opened() as database:
            database.executescript(TABLES)

    def get(self, case_id: str) -> Case:
        """Return one case with its history; raise KeyError if there is none."""
        with self._opened() as database:
            cases = _read_cases(database, "where id = ?", (case_id,))
        if not cases:
            raise KeyError(case_id)
        return cases[0]

    def find(self, scope: Scope = Scope()) -> tuple[Case, ...]:
        """Return the cases of a scope, by id."""
        with self._opened() as database:
            cases = _read_cases(database, "", ())
        return tuple(case for case in cases if select_case(case, scope))

    def add(self, case: Case) -> None:
        """Store a new case whole; raise ValueError if the id is taken."""
        with self._writing() as database:
            try:
                database.execute(
                    "insert into cases (id, facts) values (?, ?)", (case.id, _facts_of(case))
                )
            except sqlite3.IntegrityError as taken:
                raise ValueError(case.id) from taken
            for number, event in enumerate(case.events):
                _insert_event(database, case.id, number, event)

    def record(self, case_id: str, event: CaseEvent, seen: int) -> Case:
        """Append one event and return the case; raise StaleEdit if `seen` is not its revision."""
        with self._writing() as database:
            cases = _read_cases(database, "where id = ?", (case_id,))
            if not cases:
                raise KeyError(case_id)
            if cases[0].revision != seen:
                raise StaleEdit(case=case_id, seen=seen, stored=cases[0].revision)
            _insert_event(database, case_id, seen, event)
        return self.get(case_id)

    def revision(self) -> str:
        """Return a text that changes with every write."""
        with self._opened() as database:
            cases, events = database.execute(
                "select (select count(*) from cases), (select count(*) from events)"
            ).fetchone()
        return f"{cases}.{events}"

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.file, timeout=WAIT_S)) as database:
                database.execute("pragma journal_mode = wal")
                database.execute("pragma foreign_keys = on")
                yield database
        except sqlite3.DatabaseError as broken:
            raise BrokenStore(store=str(self.file), reason="unreadable_cases") from broken

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._opened() as database:
            database.execute("begin immediate")
            with database:
                yield database


def open_case_store(place: str) -> SqliteCases:
    """Return the store in a file; raise BrokenStore if its folder is missing."""
    return SqliteCases(Path(place))


def _read_cases(
    database: sqlite3.Connection, where: str, values: tuple[str, ...]
) -> tuple[Case, ...]:
    rows = database.execute(
        f"select id, facts from cases {where} order by id",  # noqa: S608 - `where` is ours
        values,
    ).fetchall()
    events: dict[str, list[CaseEvent]] = {case_id: [] for case_id, _ in rows}
    asked = where.replace("id", "case_id")
    for case_id, facts in database.execute(
        f"select case_id, facts from events {asked} order by case_id, number",  # noqa: S608
        values,
    ):
        events[case_id].append(_event_from(json.loads(facts)))
    return tuple(_case_from(json.loads(facts), tuple(events[case_id])) for case_id, facts in rows)


def _insert_event(
    database: sqlite3.Connection, case_id: str, number: int, event: CaseEvent
) -> None:
    database.execute(
        "insert into events (case_id, number, kind, occurred_on, recorded_at, facts)"
        " values (?, ?, ?, ?, ?, ?)",
        (
            case_id,
            number,
            event.kind,
            event.occurred_on.isoformat(),
            event.recorded_at.isoformat(),
            _to_json(asdict(event)),
        ),
    )


def _facts_of(case: Case) -> str:
    facts = asdict(case)
    del facts["events"]
    return _to_json(facts)


def _case_from(facts: dict[str, Any], events: tuple[CaseEvent, ...]) -> Case:
    return Case(
        **{
            **facts,
            "title": Title(**facts["title"]),
            "summary": Title(**facts["summary"]),
            "secondary_fields": tuple(facts["secondary_fields"]),
            "shared_with": tuple(facts["shared_with"]),
            "hazards": tuple(HazardRef(**ref) for ref in facts["hazards"]),
            "outcome": tuple((name, value) for name, value in facts["outcome"]),
        },
        events=events,
    )


def _event_from(facts: dict[str, Any]) -> CaseEvent:
    due_on = facts["due_on"]
    return CaseEvent(
        **{
            **facts,
            "occurred_on": date.fromisoformat(facts["occurred_on"]),
            "recorded_at": datetime.fromisoformat(facts["recorded_at"]),
            "due_on": date.fromisoformat(due_on) if due_on else None,
            "details": tuple((name, value) for name, value in facts["details"]),
        }
    )


def _to_json(facts: dict[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, default=lambda day: day.isoformat())
