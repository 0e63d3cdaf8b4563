"""A run of a rule as it is kept, and back: documents that say all of it.

What a list that holds persons says never enters a record: of its rows only the ids are kept.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from geodata.findings import FoundRecord, RunRecord
from layers.catalog import is_personal
from layers.detect import Input, Lack, Run
from layers.matching import Decision
from layers.pair_decisions import Said
from layers.rule import Fact, Finding, RowRef

DAY = "day"
"""What stands before a day in a document, so that it comes back as one."""


def record_run(
    run: Run, *, who: str, why: str, recorded_at: datetime, code: str, said: Said | None = None
) -> tuple[RunRecord, tuple[FoundRecord, ...]]:
    """Return a run as it is kept, and what it found; `said` is what it was told of pairs."""
    run = impersonal(run)
    document = {
        "numbers": dict(run.numbers),
        "changed": list(run.changed),
        "inputs": [_input_to_plain(one) for one in run.inputs],
        "lacks": [_lack_to_plain(one) for one in run.lacks],
        "said": {
            ask: [[*vars(one).values()] for one in decisions]
            for ask, decisions in (said or {}).items()
        },
        "doubts": json.loads(run.doubts.to_json(orient="records")) if len(run.doubts) else [],
    }
    invented = bool(run.inputs) and all(one.is_demonstration for one in run.inputs)
    record = RunRecord(
        rule=run.rule,
        version=run.version,
        as_of=run.as_of,
        recorded_at=recorded_at,
        who=who,
        why=why,
        code=code,
        has_run=run.has_run,
        is_demonstration=invented,
        document=to_json(document),
    )
    found = tuple(
        FoundRecord(one.id, one.facts_id, one.jurisdiction, to_json(finding_to_plain(one)))
        for one in run.findings
    )
    return record, found


def impersonal(run: Run) -> Run:
    """Return a run whose findings name nobody: no name and no place of what a personal list says.

    What such a finding is called is its township.
    """
    found = tuple(
        replace(one, name=one.township, lon=None, lat=None)
        if any(is_personal(row.table) for row in one.rows)
        else one
        for one in run.findings
    )
    return replace(run, findings=found)


def run_of_record(record: RunRecord, found: tuple[FoundRecord, ...] = ()) -> Run:
    """Return the run that a record holds, with the findings given; its doubts are left out."""
    told = json.loads(record.document)
    return Run(
        rule=record.rule,
        version=record.version,
        as_of=record.as_of,
        numbers=told["numbers"],
        changed=tuple(told["changed"]),
        inputs=tuple(_input_of_plain(one) for one in told["inputs"]),
        lacks=tuple(_lack_of_plain(one) for one in told["lacks"]),
        findings=tuple(finding_of_record(one) for one in found),
    )


def said_in(record: RunRecord) -> dict[str, tuple[Decision, ...]]:
    """Return what a run was told of pairs of rows, by question."""
    told = json.loads(record.document).get("said", {})
    return {ask: tuple(Decision(*one) for one in decisions) for ask, decisions in told.items()}


def doubts_of(record: RunRecord) -> list[dict[str, Any]]:
    """Return the rows that were mended or left out of a run, in DOUBTS of `geodata.overlay`."""
    told: list[dict[str, Any]] = json.loads(record.document).get("doubts", [])
    return told


def finding_of_record(record: FoundRecord) -> Finding:
    """Return the finding that a record holds."""
    return finding_of_plain(json.loads(record.document))


def finding_to_plain(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain values."""
    return {
        "rule": finding.rule,
        "version": finding.version,
        "layer": finding.layer,
        "outcome": finding.outcome,
        "severity": finding.severity,
        "rows": [[row.role, row.table, row.id] for row in finding.rows],
        "facts": [[name, _fact_to_plain(value)] for name, value in finding.facts],
        "flags": list(finding.flags),
        "jurisdiction": finding.jurisdiction,
        "township": finding.township,
        "name": finding.name,
        "lon": finding.lon,
        "lat": finding.lat,
        "is_demonstration": finding.is_demonstration,
        "rows_sha256": finding.rows_sha256,
    }


def finding_of_plain(told: Mapping[str, Any]) -> Finding:
    """Return the finding that plain values hold."""
    whole = dict(told)
    whole["rows"] = tuple(RowRef(*row) for row in told["rows"])
    whole["facts"] = tuple((name, _fact_of_plain(value)) for name, value in told["facts"])
    whole["flags"] = tuple(told["flags"])
    return Finding(**whole)


def to_json(told: object) -> str:
    """Return plain values as one text that is the same for the same values."""
    return json.dumps(
        told, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_of_numpy
    )


def _of_numpy(value: Any) -> Any:
    """Return a number of a frame as a plain one; raise AttributeError for anything else."""
    return value.item()


def _fact_to_plain(value: Fact) -> Any:
    return {DAY: value.isoformat()} if isinstance(value, date) else value


def _fact_of_plain(value: Any) -> Fact:
    return date.fromisoformat(value[DAY]) if isinstance(value, Mapping) else value


def _input_to_plain(one: Input) -> dict[str, Any]:
    return {**vars(one), "data_on": one.data_on.isoformat()}


def _input_of_plain(told: Mapping[str, Any]) -> Input:
    return Input(**{**told, "data_on": date.fromisoformat(told["data_on"])})


def _lack_to_plain(one: Lack) -> dict[str, Any]:
    days = {name: getattr(one, name) for name in ("data_on", "limit_on")}
    told = {name: day.isoformat() if day else None for name, day in days.items()}
    return {**vars(one), **told, "columns": list(one.columns)}


def _lack_of_plain(told: Mapping[str, Any]) -> Lack:
    days = {name: date.fromisoformat(told[name]) if told[name] else None
            for name in ("data_on", "limit_on")}  # fmt: skip
    return Lack(**{**told, **days, "columns": tuple(told["columns"])})
