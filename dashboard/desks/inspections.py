"""What the screen shows of joint inspections: those kept, and where hazards for one come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard import holdings, reads, session
from dashboard.actions import cases as case_actions
from dashboard.desks import agencies as agency_desk
from dashboard.desks import visits as visit_desk
from dashboard.reads import DataState
from dashboard.view import View
from geodata import Case, HazardRef, hazards_of
from layers.joint_inspections import JointInspection, Stop, kept_inspections

ACTIVITY = "joint_inspection"


@dataclass(frozen=True)
class CaseOfInspection:
    """A case whose hazards an inspection saw; `entered` are its entries that tell of it."""

    case: Case
    refs: tuple[str, ...]
    may_enter: bool
    entered: tuple[int, ...] = ()


def all_inspections() -> tuple[JointInspection, ...]:
    """Return every inspection of the offices that this visitor sees, the newest first."""
    offices = holdings.eyes_of(holdings.data_revision())
    found = kept_inspections(holdings.agency_journal())
    return tuple(one for one in found if offices is None or one.office in offices)


def find(inspection_id: str) -> JointInspection | None:
    """Return one inspection that this visitor sees, or None."""
    return next((one for one in all_inspections() if one.id == inspection_id), None)


def at_hand(view: View, office: str, state: DataState) -> JointInspection:
    """Return the inspection that is worked on: as it was when it was opened, or a new one.

    What somebody else keeps meanwhile does not take its place: it is noticed when this is kept.
    """
    kept = find(view.inspection)
    work: JointInspection | None = session.kept("inspection_work")
    if work is None or work.id != (kept.id if kept else ""):
        work = kept or JointInspection("", office, visit_desk.planning_day(state))
        session.keep("inspection_work", work)
    return work


def is_outdated(one: JointInspection) -> bool:
    """Return whether somebody kept another version since this one was opened."""
    kept = find(one.id) if one.id else None
    return kept is not None and kept.seen > one.seen


def hazard_sources(view: View, office: str, state: DataState) -> dict[str, tuple[str, ...]]:
    """Return the lists that stops can be taken from: shortlist, selection, plans, lists out."""
    found = {"shortlist": view.shortlist}
    found["selected"] = reads.refs_of(view.selected, state) if view.selected else ()
    for plan in visit_desk.all_plans()[:10]:
        found[f"plan:{plan.title or plan.id}"] = tuple(one.ref for one in plan.wish.errands)
    for one in agency_desk.lists_seen(state):
        refs = tuple(item.ref for item in one.unanswered)
        found[f"list:{one.told.number}"] = refs
    own = {name: agency_desk.of_office(refs, office, state) for name, refs in found.items()}
    return {name: refs for name, refs in own.items() if refs}


def stops_of(refs: Sequence[str], state: DataState) -> tuple[Stop, ...]:
    """Return hazards as stops of an inspection, in their order, nothing noted."""
    rows = agency_desk.rows_named(refs, state)
    return tuple(
        Stop(row["ref"], str(row["name"] or row["id"]), _text(row["township"]))
        for row in rows.to_dict("records")
    )


def cases_of(one: JointInspection, state: DataState) -> tuple[CaseOfInspection, ...]:
    """Return the cases whose hazards an inspection saw, and where it stands in them already."""
    found: dict[str, CaseOfInspection] = {}
    for stop in one.stops:
        hazard = reads.hazard(stop.ref, state)
        for case in hazard.cases if hazard else ():
            if case.id not in found:
                found[case.id] = _case_of(case, one)
    return tuple(found[name] for name in sorted(found))


def _case_of(case: Case, one: JointInspection) -> CaseOfInspection:
    own = set(hazards_of(case))
    refs = tuple(stop.ref for stop in one.stops if HazardRef.parse(stop.ref) in own)
    entered = tuple(
        number
        for number, event in enumerate(case.events)
        if event.kind == ACTIVITY and one.id in event.detail("result")
    )
    return CaseOfInspection(case, refs, case_actions.may_do(case.jurisdiction, "enter"), entered)


def last_day() -> date:
    """Return the last day on which something that happened can be entered."""
    return reads.today()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
