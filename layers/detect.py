"""Run a rule: are its lists there and fresh, ask the engine, judge the answers, complete the hits.

A list that is missing, empty or too old stops the rule: it then says so (`Lack`) and finds
nothing, which is not the same as having looked and found nothing.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.city import City, open_city
from geodata.errors import BadParameter, BadSetting
from geodata.identity import key_of
from geodata.model import Overlay, RevisionNote
from geodata.overlay import DOUBTS, Told, untold
from geodata.store import FeatureStore
from layers.matching import Decision, Matched, Matching, match, region_of
from layers.records import match_records, months_before
from layers.rule import (
    Ask,
    Asked,
    Filter,
    Finding,
    Hit,
    Match,
    Need,
    Numbers,
    Outcome,
    Parameter,
    RowRef,
    Rule,
)

Reason = Literal["missing", "empty", "old", "blank_columns", "without_places", "other_key"]
Decisions = Mapping[str, Sequence[Decision]]
"""What persons said of pairs of rows, by the question that asked."""

NO_DOUBTS = pd.DataFrame({name: pd.Series(dtype=object) for name in DOUBTS})


@dataclass(frozen=True)
class Input:
    """One list that a run rested on, as it stood: its newest revision, its day, its rows."""

    role: str
    table: str
    revision: str
    data_on: date
    rows: int
    source_name: str = ""
    is_demonstration: bool = False


@dataclass(frozen=True)
class Lack:
    """Why a list cannot be used: `data_on` and `limit_on` where it is old, else the columns."""

    role: str
    table: str
    reason: Reason
    is_required: bool = True
    data_on: date | None = None
    limit_on: date | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run:
    """What a rule answered on a day, by which numbers and from which lists.

    `numbers` are all parameters, `changed` those that are not as the rule declares them.
    `has_run` is False where a required list lacks: then there are no findings and no "none
    found". `doubts` names rows that were mended or left out (DOUBTS of `geodata.overlay`).
    """

    rule: str
    version: str
    as_of: date
    numbers: Numbers
    changed: tuple[str, ...]
    inputs: tuple[Input, ...]
    lacks: tuple[Lack, ...]
    findings: tuple[Finding, ...] = ()
    doubts: pd.DataFrame = field(default_factory=lambda: NO_DOUBTS, compare=False)

    @property
    def has_run(self) -> bool:
        """Return whether every list that the rule cannot do without was there and fresh."""
        return not any(lack.is_required for lack in self.lacks)


def check_numbers(rule: Rule, given: Mapping[str, float] | None = None) -> dict[str, float]:
    """Return every parameter of a rule, some of them given.

    Raises BadParameter, naming the bounds, for one out of range, and for one that the rule
    has not, naming those it has.
    """
    known = {one.id: one for one in rule.parameters}
    for name, value in (given or {}).items():
        if name not in known:
            raise BadParameter(
                rule=rule.id, name=name, value=value, minimum="", maximum="", unit=", ".join(known)
            )
        _check_bounds(rule, known[name], value)
    return rule.defaults() | {name: float(value) for name, value in (given or {}).items()}


def detect(
    rule: Rule,
    store: FeatureStore,
    as_of: date,
    numbers: Mapping[str, float] | None = None,
    told: Told = untold,
    *,
    decisions: Decisions | None = None,
    city: City | None = None,
) -> Run:
    """Return what a rule finds in a store on a day; nothing is written.

    `numbers` change parameters (BadParameter if out of range). `told` hears how far it is.
    `decisions` are what persons said of pairs of rows, by question; the names of `city` and its
    districts say nothing of a row.
    """
    taken = check_numbers(rule, numbers)
    changed = tuple(one.id for one in rule.parameters if taken[one.id] != one.default)
    inputs, tables, lacks = _take_stock(rule, store, as_of)
    run = Run(rule.id, rule.version, as_of, taken, changed, inputs, lacks)
    if not run.has_run:
        return run
    there = {one.role for one in inputs}
    answers: dict[str, pd.DataFrame] = {}
    matches: dict[str, Matched] = {}
    region = region_of(city or open_city())
    doubts = []
    for number, ask in enumerate(rule.questions):
        told(ask.id, number, len(rule.questions))
        if not roles_of(ask) <= there:
            continue
        if isinstance(ask.question, Match):
            said = (decisions or {}).get(ask.id, ())
            matches[ask.id] = _match(ask.question, tables, region, said)
            answers[ask.id] = matches[ask.id].pairs
        else:
            answers[ask.id], doubtful = _answer(
                ask, rule, store, tables=tables, numbers=taken, told=told
            )
            doubts.append(doubtful)
    days = {one.role: min(one.data_on, as_of) for one in inputs}
    hits = tuple(rule.judge(Asked(as_of, taken, tables, answers, matches, days)))
    told(rule.id, len(rule.questions), len(rule.questions))
    findings = tuple(_complete(rule, hits, store, tables))
    return replace(
        run,
        findings=tuple(sorted(findings, key=lambda one: (one.rows, one.outcome))),
        doubts=pd.concat([NO_DOUBTS, *doubts]).drop_duplicates(ignore_index=True),
    )


def decision_of(finding: Finding, *, is_same: bool) -> Decision:
    """Return a person's word on the two rows that a finding asks to be decided.

    Raises BadSetting for a finding that asks nothing of the kind.
    """
    facts = [finding.fact(name) for name in ("first_facts", "second_facts")]
    if not all(isinstance(one, str) and one for one in facts) or len(finding.rows) < PAIR:
        raise BadSetting(name="finding", value=finding.outcome, form="first_facts, second_facts")
    first, second = finding.rows[:PAIR]
    return Decision(first.id, second.id, is_same, str(facts[0]), str(facts[1]))


PAIR = 2


def unsaid(rule: Rule, run: Run) -> tuple[Outcome, ...]:
    """Return what a run cannot say for want of lists that the rule can do without."""
    lacking = {one.role for one in run.lacks}
    return tuple(one for one in rule.outcomes if not lacking.isdisjoint(one.needs))


def roles_of(ask: Ask) -> frozenset[str]:
    """Return the roles of the lists that a question is about."""
    question = ask.question
    if isinstance(question, Filter):
        return frozenset({question.table})
    return frozenset({question.first, question.second})


# --------------------------------------------------------------------------- the lists


def _check_bounds(rule: Rule, parameter: Parameter, value: float) -> None:
    if not parameter.minimum <= value <= parameter.maximum:
        raise BadParameter(
            rule=rule.id,
            name=parameter.id,
            value=value,
            minimum=parameter.minimum,
            maximum=parameter.maximum,
            unit=parameter.unit,
        )


def _take_stock(
    rule: Rule, store: FeatureStore, as_of: date
) -> tuple[tuple[Input, ...], dict[str, gpd.GeoDataFrame], tuple[Lack, ...]]:
    """Return the lists that can be used, the rows of those that are read, and what lacks."""
    stored, notes = set(store.layers()), store.notes()
    inputs, tables, lacks = list[Input](), dict[str, gpd.GeoDataFrame](), list[Lack]()
    for need in rule.needs:
        if need.table not in stored:
            lacks.append(Lack(need.role, need.table, "missing", need.is_required))
            continue
        frame = store.read(need.table) if need.is_read else None
        rows = store.count(need.table) if frame is None else len(frame)
        note = notes[need.table]
        lack = _lack(need, rows, _day_of(note), frame, as_of)
        if lack is not None:
            lacks.append(lack)
            continue
        if frame is not None:
            tables[need.role] = frame
        inputs.append(
            Input(
                role=need.role,
                table=need.table,
                revision=store.revisions(need.table)[-1].id,
                data_on=_day_of(note),
                rows=rows,
                source_name=note.source_name,
                is_demonstration=note.is_demonstration,
            )
        )
    lacks += _sealed_otherwise(rule, tables)
    return tuple(inputs), tables, tuple(lacks)


def _sealed_otherwise(rule: Rule, tables: Mapping[str, gpd.GeoDataFrame]) -> Iterator[Lack]:
    """Yield lists whose numbers of persons were sealed with another key than those before them.

    Such lists have no person in common by their digests, whoever stands in them.
    """
    first: set[str] = set()
    for need in (one for one in rule.needs if one.sealed and one.role in tables):
        keys = {key_of(cell) for cell in tables[need.role][need.sealed]} - {""}
        first = first or keys
        if len(keys) > 1 or keys != first:
            columns = (need.sealed,)
            yield Lack(need.role, need.table, "other_key", need.is_required, columns=columns)


def _lack(
    need: Need, rows: int, data_on: date, frame: gpd.GeoDataFrame | None, as_of: date
) -> Lack | None:
    """Return why a stored list cannot be used on a day, or nothing."""
    if not rows:
        return Lack(need.role, need.table, "empty", need.is_required)
    limit = oldest_day(as_of, need.fresh_months)
    if limit is not None and data_on < limit:
        return Lack(need.role, need.table, "old", need.is_required, data_on, limit)
    blank = tuple(name for name in need.columns if frame is not None and _is_blank(frame, name))
    if blank:
        return Lack(need.role, need.table, "blank_columns", need.is_required, columns=blank)
    return None


def oldest_day(as_of: date, months: int) -> date | None:
    """Return the day before which a list is too old, None where any age will do.

    >>> oldest_day(date(2025, 12, 17), 12)
    datetime.date(2024, 12, 17)
    """
    return months_before(as_of, months) if months else None


def _day_of(note: RevisionNote) -> date:
    return note.data_on or note.recorded_at.date()


def _is_blank(frame: gpd.GeoDataFrame, name: str) -> bool:
    return name not in frame.columns or bool(_blank_cells(frame[name]).all())


# --------------------------------------------------------------------- the questions


def _answer(
    ask: Ask,
    rule: Rule,
    store: FeatureStore,
    *,
    tables: dict[str, gpd.GeoDataFrame],
    numbers: Numbers,
    told: Told,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return an answer and what is doubtful; rows it names of lists not read join the tables."""
    question = ask.question
    if isinstance(question, Overlay):
        within_m = numbers[ask.within] if ask.within else question.within_m
        first, second = rule.need(question.first).table, rule.need(question.second).table
        met = store.pairs(
            replace(question, first=first, second=second, within_m=within_m), told=told
        )
        _add_rows_met(question, met.pairs, rule, store, tables)
        return met.pairs, met.doubts
    if isinstance(question, Filter):
        frame = tables[question.table]
        says = [~_blank_cells(frame[name]) for name in question.columns]
        kept = frame[pd.concat(says, axis=1).all(axis=1)] if says else frame
        return kept, NO_DOUBTS
    raise TypeError(question)


def _add_rows_met(
    overlay: Overlay,
    pairs: pd.DataFrame,
    rule: Rule,
    store: FeatureStore,
    tables: dict[str, gpd.GeoDataFrame],
) -> None:
    """Put the rows that pairs name into the tables of those lists that are not read whole."""
    for role, ids in ((overlay.first, pairs["first_id"]), (overlay.second, pairs["second_id"])):
        need = rule.need(role)
        if not need.is_read:
            known = tables[role]["id"] if role in tables else ()
            tables[role] = store.rows(need.table, sorted({*known, *ids}))


def _blank_cells(cells: pd.Series) -> pd.Series:
    return cells.isna() | (cells.astype("str") == "")


def _match(
    question: Match,
    tables: Mapping[str, gpd.GeoDataFrame],
    region: tuple[str, ...],
    said: Sequence[Decision],
) -> Matched:
    how = Matching(
        first=question.first_says,
        second=question.second_says,
        region=region,
        within_m=question.within_m,
    )
    asked = match_records if question.is_of_records else match
    return asked(tables[question.first], tables[question.second], how, said)


# ---------------------------------------------------------------------- the findings


def _complete(
    rule: Rule,
    hits: Sequence[Hit],
    store: FeatureStore,
    tables: Mapping[str, gpd.GeoDataFrame],
) -> Iterator[Finding]:
    """Yield the findings of hits: office, name and place of the subject, a digest of all rows."""
    evidence = _Evidence(rule, store, tables, hits)
    for hit in hits:
        refs = tuple(RowRef(role, rule.need(role).table, row) for role, row in hit.rows)
        rows = [evidence.row(ref) for ref in refs] or [_nobody(tables)]
        subject = rows[0]
        at = shapely.Point(hit.at) if hit.at else _point_of(subject.get("geometry"))
        yield Finding(
            rule=rule.id,
            version=rule.version,
            layer=rule.layer,
            outcome=hit.outcome,
            severity=rule.severity(hit),
            rows=refs,
            facts=hit.facts,
            flags=hit.flags,
            jurisdiction=hit.jurisdiction or str(subject["jurisdiction"] or ""),
            township=hit.township or str(subject["township"] or ""),
            name=hit.name or str(subject["name"] or ""),
            lon=None if at is None else round(at.x, 7),
            lat=None if at is None else round(at.y, 7),
            is_demonstration=any(bool(row["is_demonstration"]) for row in rows),
            rows_sha256=digest_rows(rows if refs else ()),
        )


def _nobody(tables: Mapping[str, gpd.GeoDataFrame]) -> Mapping[str, object]:
    """Return the subject of a hit about persons: none, invented if a list of the rule is."""
    is_invented = any(bool(frame["is_demonstration"].any()) for frame in tables.values())
    blank = dict.fromkeys(("jurisdiction", "township", "name"), "")
    return {**blank, "is_demonstration": is_invented}


class _Evidence:
    """The rows that hits rest on, each table asked once."""

    def __init__(
        self,
        rule: Rule,
        store: FeatureStore,
        tables: Mapping[str, gpd.GeoDataFrame],
        hits: Sequence[Hit],
    ) -> None:
        wanted: dict[str, set[str]] = {}
        for role, row in (named for hit in hits for named in hit.rows):
            wanted.setdefault(role, set()).add(row)
        self._rows: dict[tuple[str, str], Mapping[str, object]] = {}
        for role, ids in wanted.items():
            frame = tables.get(role)
            if frame is None:
                frame = store.rows(rule.need(role).table, sorted(ids))
            kept = frame[frame["id"].isin(ids)]
            for row in kept.to_dict("records"):
                self._rows[role, str(row["id"])] = row

    def row(self, ref: RowRef) -> Mapping[str, object]:
        return self._rows[ref.role, ref.id]


def digest_rows(rows: Iterable[Mapping[str, object]]) -> str:
    """Return a digest of what rows say, whatever the order of their columns."""
    told = hashlib.sha256()
    for row in rows:
        for name, cell in sorted((name, _canonical(row[name])) for name in row):
            told.update(f"{name}={cell}\x1f".encode() if cell else b"")
        told.update(b"\x1e")
    return told.hexdigest()


def _canonical(value: object) -> str:
    """Return a cell as one text, whatever type an engine gives it: 3 as 3.0, a midnight as a day.

    A missing value is blank, a shape its rounded text.
    """
    if isinstance(value, shapely.Geometry):
        return shapely.to_wkt(value, rounding_precision=9)
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124 - NaN
        return ""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | float | np.number):
        return repr(float(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    return str(value)


def _point_of(place: object) -> shapely.Point | None:
    if not isinstance(place, shapely.Geometry) or place.is_empty:
        return None
    inside: shapely.Point = place.representative_point()
    return inside
