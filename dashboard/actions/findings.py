"""What a person may do to findings: decide, open one case from several, run a rule now.

Rights, reasons and where each finding stands are checked again here, whatever a form allowed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from dashboard import holdings, reads, session
from dashboard.actions import cases as case_actions
from dashboard.desks import findings as findings_desk
from dashboard.draft import NewLead, storable
from geodata import Case, GeodataError, HazardRef
from geodata.errors import (
    DecisionOutOfTurn,
    DecisionWithoutReason,
    FindingGone,
    NotAllowed,
    SeveralCases,
    StaleDecision,
)
from geodata.findings import Decision, Entry, EntryKind, finding_subject
from geodata.model import RevisionNote
from layers.catalog import find_layer, find_rule
from layers.dossier import MOVES, NEED_REASON, Standing
from layers.evidence_rows import gather_evidence
from layers.finding_hazards import hazard_of, make_hazard
from layers.night import Kept, run_rules
from layers.pair_decisions import asks_pair, word_on
from layers.rule import Finding
from layers.run_records import run_of_record

MODEL_LEAD = "big_data_model"


@dataclass(frozen=True)
class Decided:
    """What was entered: the kind of the decision, on how many findings, and the case if one."""

    kind: EntryKind
    count: int
    case: str = ""


@dataclass(frozen=True)
class Together:
    """Findings that would be one case (R69): one office, one layer, one kind, one agency."""

    office: str
    layer: str
    kind: str
    agency: str
    ids: tuple[str, ...]


def decide(kind: EntryKind, seen: Mapping[str, int], why: str) -> None:
    """Enter a decision of this visitor on findings, and keep what came of it.

    `seen` says of each finding how many entries this visitor had before them.
    """
    session.keep_finding_answer(_answer(lambda: enter_decision(kind, seen, why, session.writer())))


def open_case(lead: NewLead, seen: Mapping[str, int]) -> None:
    """Open one case from findings for this visitor, and keep what came of it."""
    session.keep_finding_answer(_answer(lambda: case_from(lead, seen, session.writer())))


def say_of_pair(finding_id: str, is_same: bool) -> None:  # noqa: FBT001 - the answer itself
    """Keep this visitor's word on the two rows of a finding, and what came of it."""
    who = session.writer()
    session.keep_finding_answer(_answer(lambda: keep_word(finding_id, who, is_same=is_same)))


def run_now(rule_id: str) -> None:
    """Run a rule by its own parameters for this visitor and keep the run."""
    session.keep("model_answer", _answer(lambda: run_and_keep(rule_id, session.writer())))


def enter_decision(kind: EntryKind, seen: Mapping[str, int], why: str, who: str) -> Decided:
    """Keep a decision on findings, all or none.

    Raises NotAllowed, DecisionWithoutReason, DecisionOutOfTurn, StaleDecision and FindingGone.
    """
    standing = [_standing(finding_id) for finding_id in seen]
    _check(kind, standing, seen, why, who)
    decisions = [
        _decision(kind, one, seen[one.finding.id], why=why, who=who, now=datetime.now(UTC))
        for one in standing
    ]
    holdings.findings().decide(decisions)
    return Decided(kind, len(decisions))


def keep_word(finding_id: str, who: str, *, is_same: bool) -> Decided:
    """Keep a word on the two rows that a finding asks about; it counts from the next run.

    Raises NotAllowed and FindingGone.
    """
    one = _standing(finding_id)
    office = one.finding.jurisdiction
    _check_right(who, office)
    if not asks_pair(one.finding):
        raise DecisionOutOfTurn(finding=finding_id, now=one.state, to="same")
    store, now = holdings.findings(), datetime.now(UTC)
    word = word_on(one.finding, is_same=is_same, who=storable(who.strip()), when=now, run=one.run)
    store.decide([Decision(word, len(store.entries([word.subject])))])
    return Decided(word.kind, 1)


def case_from(lead: NewLead, seen: Mapping[str, int], who: str) -> Decided:
    """Open one case from findings: their hazards are linked, or made in the layer first.

    Raises SeveralCases where they would be several, and whatever deciding and registering raise.
    """
    standing = [_standing(finding_id) for finding_id in seen]
    _check("became_case", standing, seen, lead.note, who)
    groups = group_findings([one.finding for one in standing])
    if len(groups) != 1:
        raise SeveralCases(count=len(groups), differs=", ".join(differing(groups)))
    lead = replace(lead, office=groups[0].office or lead.office, lead_source=MODEL_LEAD)
    refs = {one.finding.id: hazard_of(one.finding, find_layer(one.finding.layer))
            for one in standing}  # fmt: skip
    lead = replace(lead, hazards=tuple(dict.fromkeys(str(one) for one in refs.values() if one)))
    now = datetime.now(UTC)
    case_actions.check_lead(lead, now, who, hazards=lead.hazards)
    _make_hazards(standing, refs, who, now)
    case: Case = case_actions.register_lead(lead, now, who)
    decisions = [
        _decision("became_case", one, seen[one.finding.id], why=lead.note, who=who, now=now)
        for one in standing
    ]
    decisions = [replace(one, entry=replace(one.entry, case=case.id)) for one in decisions]
    holdings.findings().decide(decisions)
    return Decided("became_case", len(decisions), case.id)


def run_and_keep(rule_id: str, who: str) -> Kept:
    """Run a rule by its own parameters and keep the run; raise NotAllowed without a name."""
    if not who.strip():
        raise NotAllowed(who="—", office="—")
    case_actions.check_act("run_models", who)
    features, cases = holdings.stores()
    (kept,) = run_rules(
        [find_rule(rule_id)],
        features,
        holdings.findings(),
        reads.data_state().as_of,
        who=who,
        why="",
        recorded_at=datetime.now(UTC),
        cases=cases,
    )
    if kept.trouble is not None:
        raise kept.trouble
    return kept


# ----------------------------------------------------------------- one case or several


def group_findings(findings: Sequence[Finding]) -> tuple[Together, ...]:
    """Return findings by the case that they would be: same agency, same kind of violation (R69).

    The agency is that of a fact of this name, where a rule states one; who opens the case says
    it otherwise.
    """
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for one in findings:
        kind = find_rule(one.rule).outcome(one.outcome).hazard_kind
        key = (one.jurisdiction, one.layer, kind, str(one.fact("agency") or ""))
        groups.setdefault(key, []).append(one.id)
    return tuple(Together(*key, tuple(ids)) for key, ids in groups.items())


def differing(groups: Sequence[Together]) -> tuple[str, ...]:
    """Return in what groups of findings differ: office, layer, kind, agency."""
    names = ("office", "layer", "kind", "agency")
    return tuple(name for name in names if len({getattr(one, name) for one in groups}) > 1)


# --------------------------------------------------------------------------- checking


def _check(
    kind: EntryKind, standing: Sequence[Standing], seen: Mapping[str, int], why: str, who: str
) -> None:
    if not standing:
        raise FindingGone(finding="—")
    for one in standing:
        office, finding_id = one.finding.jurisdiction, one.finding.id
        _check_right(who, office)
        if kind in NEED_REASON and not why.strip():
            raise DecisionWithoutReason(finding=finding_id)
        if one.seen != seen[finding_id]:
            subject = finding_subject(finding_id)
            raise StaleDecision(subject=subject, seen=seen[finding_id], stored=one.seen)
        if kind not in MOVES[one.state]:
            raise DecisionOutOfTurn(finding=finding_id, now=one.state, to=kind)


def _check_right(who: str, office: str) -> None:
    """Raise NotAllowed; a finding of no office is for whoever decides on those of every office."""
    if not who.strip():
        raise NotAllowed(who="—", office=office or "—")
    if not office:
        case_actions.check_act("decide_findings", who)
    elif not case_actions.may_do(office, "decide_findings"):
        raise NotAllowed(who=who, office=office)


def _standing(finding_id: str) -> Standing:
    standing = findings_desk.find_standing(finding_id)
    if standing is None:
        raise FindingGone(finding=finding_id)
    return standing


def _decision(
    kind: EntryKind, one: Standing, seen: int, *, why: str, who: str, now: datetime
) -> Decision:
    entry = Entry(
        subject=finding_subject(one.finding.id),
        facts_id=one.finding.facts_id,
        kind=kind,
        recorded_at=now,
        recorded_by=storable(who.strip()),
        why=storable(why.strip()),
        run=one.run,
    )
    return Decision(entry, seen)


def _make_hazards(
    standing: Sequence[Standing], refs: Mapping[str, HazardRef | None], who: str, now: datetime
) -> None:
    """Write the hazards that are not in their layer yet; the same finding makes no second one."""
    features, _ = holdings.stores()
    for one in standing:
        ref = refs[one.finding.id]
        if ref is None or (
            ref.layer in features.layers() and len(features.rows(ref.layer, [ref.id]))
        ):
            continue
        run = run_of_record(holdings.findings().run(one.run))
        evidence = gather_evidence(one.finding, run, features)
        subject = evidence.rows[0].told if evidence.rows else {}
        rule, layer = find_rule(one.finding.rule), find_layer(ref.layer)
        row = make_hazard(one.finding, rule, layer, subject, run=run, run_id=one.run)
        why = f"{rule.id} {one.finding.version}, {one.run}"
        features.write(ref.layer, row, RevisionNote(who, why, now, source_name=rule.title.zh))


def _answer(act: Callable[[], Decided | Kept]) -> Decided | Kept | GeodataError:
    try:
        return act()
    except GeodataError as trouble:
        return trouble
