"""Case files of the version before the first numbered one, read as the cases of today.

There a case and each of its events were one JSON text, and what moved no stage stood apart
from the events, as `activities` without anybody's name or instant.
"""

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from geodata.model import Case, CaseEvent, HazardRef, Title


def read_old_cases(database: sqlite3.Connection) -> tuple[Case, ...]:
    """Return all cases of an old file, their activities as entries after the others.

    Nobody noted who entered an activity, so `recorded_by` is empty; it was there by the
    time of the case's newest entry, or on its own day if that is later.
    """
    events: dict[str, list[CaseEvent]] = {}
    for case_id, facts in database.execute(
        "select case_id, facts from events order by case_id, number"
    ):
        events.setdefault(case_id, []).append(_event(json.loads(facts)))
    return tuple(
        _case(json.loads(facts), events.get(case_id, []))
        for case_id, facts in database.execute("select id, facts from cases order by rowid")
    )


def _case(facts: dict[str, Any], events: Sequence[CaseEvent]) -> Case:
    activities = facts.pop("activities", ())
    newest = max((event.recorded_at for event in events), default=datetime.min.replace(tzinfo=UTC))
    return Case(
        **{
            **facts,
            "title": Title(**facts["title"]),
            "summary": Title(**facts["summary"]),
            "secondary_fields": tuple(facts["secondary_fields"]),
            "shared_with": tuple(facts["shared_with"]),
            "hazards": tuple(HazardRef(**ref) for ref in facts["hazards"]),
            "outcome": tuple((name, amount) for name, amount in facts["outcome"]),
        },
        events=(*events, *(_activity(told, newest) for told in activities)),
    )


def _event(facts: dict[str, Any]) -> CaseEvent:
    due_on = facts["due_on"]
    return CaseEvent(
        **{
            **facts,
            "occurred_on": date.fromisoformat(facts["occurred_on"]),
            "recorded_at": datetime.fromisoformat(facts["recorded_at"]),
            "due_on": date.fromisoformat(due_on) if due_on else None,
            "details": tuple((name, text) for name, text in facts.get("details", ())),
        }
    )


def _activity(facts: dict[str, Any], newest: datetime) -> CaseEvent:
    day = date.fromisoformat(facts["occurred_on"])
    return CaseEvent(
        kind=facts["kind"],
        occurred_on=day,
        recorded_at=max(newest, datetime.combine(day, time(), UTC)),
        recorded_by="",
        details=(("result", facts["result"]),) if facts.get("result") else (),
    )
