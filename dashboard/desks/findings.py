"""What the screen of findings shows, asked of the stores and kept by their revisions.

What is returned is shared by all visitors: look, never change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import geopandas as gpd
import pandas as pd
import shapely
import streamlit as st

from dashboard import holdings, reads
from dashboard.actions.cases import check_act
from dashboard.reads import DataState
from dashboard.view import View
from geodata import GeodataError, read_outlines
from geodata.findings import RunRecord
from geodata.model import Ring
from layers.catalog import all_rules, find_rule
from layers.detect import Run, detect
from layers.dossier import Course, Dossier, Standing, assemble, fits
from layers.drawing.webmap import GoTo, bounds_of
from layers.evidence_rows import Evidence, cut_to_ground, gather_evidence
from layers.pair_decisions import as_argument, said_on
from layers.rule import SEVERITIES, Finding, RowRef, Rule
from layers.run_records import impersonal, run_of_record
from layers.sealing import seal
from layers.upstream import Upstream, look_upstream

LINES, DUTIES = "lines", "duties"
"""The roles of river lines, and of who answers for which stretch, in rules of rivers."""


@dataclass(frozen=True, eq=False)
class Opened:
    """One finding that is open: how it stands, its rule, the run it was found by, its rows."""

    standing: Standing
    rule: Rule
    run: Run
    record: RunRecord
    evidence: Evidence


@dataclass(frozen=True, eq=False)
class Trial:
    """A run by other parameters that is kept nowhere, and how it differs from the kept one."""

    run: Run
    courses: Mapping[Course, int]
    gone: tuple[Finding, ...]
    new: tuple[Finding, ...]


def findings_revision() -> str:
    """Return the revision of runs and decisions, and of the data that they rest on."""
    return f"{holdings.findings().revision()}|{holdings.data_revision()}"


def rules() -> dict[str, Rule]:
    """Return every rule by its id, in order."""
    return {rule.id: rule for rule in all_rules()}


def dossiers() -> dict[str, Dossier]:
    """Return what is known of every rule, by its id."""
    revision = holdings.data_revision()
    whole = f"{holdings.findings().revision()}|{holdings.whole_revision()}"
    offices = holdings.eyes_of(revision)
    return _dossiers(whole) if offices is None else _dossiers_seen(whole, offices)


@st.cache_resource(max_entries=2, show_spinner=False)
def _dossiers(revision: str) -> dict[str, Dossier]:
    del revision
    features, _ = holdings.stores()
    return {one.rule: one for one in assemble(holdings.findings(), features, rules())}


@st.cache_resource(max_entries=holdings.MOST_EYES, show_spinner=False)
def _dossiers_seen(revision: str, offices: frozenset[str]) -> dict[str, Dossier]:
    """Return the dossiers with the findings of some offices alone, and the counts of these."""
    return {rule: _cut(one, offices) for rule, one in _dossiers(revision).items()}


def _cut(dossier: Dossier, offices: frozenset[str]) -> Dossier:
    record = dossier.record
    return replace(
        dossier,
        run=_cut_run(dossier.run, offices),
        attempt=_cut_run(dossier.attempt, offices),
        record=_cut_record(record) if record else None,
        attempted=_cut_record(dossier.attempted) if dossier.attempted else None,
        runs=tuple(map(_cut_record, dossier.runs)),
        findings=tuple(one for one in dossier.findings if one.finding.jurisdiction in offices),
    )


def _cut_run(run: Run | None, offices: frozenset[str]) -> Run | None:
    """Return a run with the findings of some offices; doubts name rows of whatever office."""
    if run is None:
        return None
    mine = tuple(one for one in run.findings if one.jurisdiction in offices)
    return replace(run, findings=mine, doubts=run.doubts.iloc[:0])


def _cut_record(record: RunRecord) -> RunRecord:
    """Return a run without the document of all findings, and without their count (-1: not told)."""
    return replace(record, found=-1, document="{}")


def cases(state: DataState) -> pd.DataFrame:
    """Return the cases as they stand, by id: what became of findings that were made cases."""
    return reads.standing(state.as_of, state.revision, state.known_at).cases


def all_findings(view: View) -> tuple[Standing, ...]:
    """Return the findings of a view however they stand: model, severities, offices, area."""
    found = (
        one
        for rule, dossier in dossiers().items()
        if view.model in {"", rule}
        for one in dossier.findings
    )
    offices = view.scope.jurisdictions
    return tuple(
        one
        for one in found
        if (not view.severities or one.finding.severity in view.severities)
        and (not offices or one.finding.jurisdiction in offices)
        and _is_within(one.finding, view.scope.within)
    )


def _is_within(finding: Finding, ring: Ring) -> bool:
    if not ring:
        return True
    is_placed = finding.lon is not None and finding.lat is not None
    return is_placed and bool(shapely.contains_xy(shapely.Polygon(ring), finding.lon, finding.lat))


def listed_findings(view: View, state: DataState) -> tuple[Standing, ...]:
    """Return the findings of a view in the order of the list: office, gravest first, rule."""
    order = {office: place for place, office in enumerate(holdings.city().jurisdiction_ids)}
    graves, ids = list(SEVERITIES), list(rules())
    told = cases(state)
    asked = view.standing
    found = [one for one in all_findings(view) if fits(one, asked, told)]  # type: ignore[arg-type]
    found.sort(
        key=lambda one: (
            order.get(one.finding.jurisdiction, len(order)),
            graves.index(one.finding.severity),
            ids.index(one.finding.rule),
            one.finding.id,
        )
    )
    return tuple(found)


def find_standing(finding_id: str) -> Standing | None:
    """Return how a finding stands now, None if no kept run has it."""
    found = (one for dossier in dossiers().values() for one in dossier.findings)
    return next((one for one in found if one.finding.id == finding_id), None)


def standing_of(ids: Iterable[str]) -> tuple[Standing, ...]:
    """Return how some findings stand now; those that no kept run has are absent."""
    found = (find_standing(one) for one in ids)
    return tuple(one for one in found if one is not None)


def open_finding(finding_id: str) -> Opened | None:
    """Return a finding with all that it rests on, None if there is none of that id."""
    return _opened(finding_id, findings_revision()) if finding_id else None


@st.cache_resource(max_entries=64, show_spinner=False)
def _opened(finding_id: str, revision: str) -> Opened | None:
    del revision
    standing = find_standing(finding_id)
    if standing is None:
        return None
    record = holdings.findings().run(standing.run)
    run = run_of_record(record)
    features, _ = holdings.stores()
    rule, evidence = (
        find_rule(standing.finding.rule),
        gather_evidence(standing.finding, run, features),
    )
    seen = holdings.data_revision()
    if holdings.eyes_of(seen) is not None:
        evidence = cut_to_ground(evidence, rule, lambda ref, row: _is_foreign(ref, row, seen))
    return Opened(standing, rule, run, record, evidence)


def _is_foreign(ref: RowRef, row: Mapping[str, object], revision: str) -> bool:
    """Return whether a row is that of an office whose rows are not seen; one of none is not."""
    office = str(row.get("jurisdiction") or "")
    if not office or office in (holdings.eyes_of(revision) or frozenset()):
        return False
    return not holdings.is_there(f"{ref.table}:{ref.id}", revision)


def upstream_of(opened: Opened) -> Upstream | None:
    """Return what lies upstream of a finding on a river, None for any other and without lines.

    The lines are those that the rule asks for, and the bodies responsible if it knows any.
    """
    tables = {need.role: need.table for need in opened.rule.needs}
    finding, features = opened.standing.finding, holdings.stores()[0]
    stored = set(features.layers())
    if tables.get(LINES) not in stored or finding.lon is None or finding.lat is None:
        return None
    duties = features.read(tables[DUTIES]) if tables.get(DUTIES) in stored else None
    lines, outlines = features.read(tables[LINES]), read_outlines(holdings.city().id)
    return look_upstream(lines, finding.lon, finding.lat, duties, outlines)


def frame_of_findings(found: tuple[Standing, ...], opened: Opened | None) -> GoTo | None:
    """Return the wish that the map shows all findings, or the rows of the one that is open."""
    if opened is not None:
        places = [row.place for row in opened.evidence.rows if row.place is not None]
        if places:
            bounds = bounds_of(gpd.GeoSeries(places[:1]), margin=0.001)
            return GoTo(f"finding-{opened.standing.finding.id}", bounds, closest=17)
    placed = [one.finding for one in found if one.finding.lon is not None]
    if not placed:
        return None
    points = gpd.GeoSeries(
        gpd.points_from_xy([one.lon for one in placed], [one.lat for one in placed])
    )
    return GoTo(f"frame-{hash(tuple(one.id for one in placed))}", bounds_of(points))


@st.cache_resource(max_entries=8, show_spinner=False)
def _trial(rule_id: str, numbers: tuple[tuple[str, float], ...], as_of: date, revision: str) -> Run:
    del revision
    features, _ = holdings.stores()
    rule = find_rule(rule_id)
    said = said_on(rule, holdings.findings().entries())
    return impersonal(detect(rule, features, as_of, dict(numbers), **as_argument(said)))


def try_numbers(rule_id: str, numbers: Mapping[str, float], state: DataState) -> Trial:
    """Return a run by other parameters, held against the kept one; nothing is written.

    It is made as of the day of the kept run. Raises BadParameter.
    """
    kept = dossiers()[rule_id].run
    as_of = kept.as_of if kept else state.as_of
    run = _trial(rule_id, tuple(sorted(numbers.items())), as_of, holdings.whole_revision())
    offices = holdings.eyes_of(state.revision)
    if offices is not None:
        run = _cut_run(run, offices) or run
    before = {one.id: one for one in kept.findings} if kept else {}
    now = {one.id: one for one in run.findings}
    changed = [one for name, one in now.items() if name in before
               and one.facts_id != before[name].facts_id]  # fmt: skip
    new = tuple(one for name, one in now.items() if name not in before)
    gone = tuple(one for name, one in before.items() if name not in now)
    counts: dict[Course, int] = {
        "new": len(new),
        "changed": len(changed),
        "unchanged": len(now) - len(new) - len(changed),
        "gone": len(gone),
    }
    return Trial(run, counts, gone, new)


def attempt_trial(
    rule_id: str, numbers: Mapping[str, float], state: DataState
) -> Trial | GeodataError:
    """Return a trial, or why there can be none."""
    try:
        return try_numbers(rule_id, numbers, state)
    except GeodataError as trouble:
        return trouble


def seal_run(run_id: str) -> bytes:
    """Return a kept run sealed in one archive; raise NotAllowed, for it holds rows of everybody."""
    check_act("run_models")
    features, _ = holdings.stores()
    store = holdings.findings()
    return seal(store.run(run_id), store.found(run_id), features)
