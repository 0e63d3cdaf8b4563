"""What a person does with joint inspections: plan one, note what was seen, enter it in cases.

What is typed is this visitor's own until it is kept; who keeps an older version is refused and
sees both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from dashboard import holdings, session
from dashboard.actions import cases as case_actions
from dashboard.actions.agencies import SHARE, check_right
from dashboard.desks import agencies as agency_desk
from dashboard.desks import inspections as inspection_desk
from dashboard.draft import Draft, storable
from dashboard.reads import DataState
from geodata import GeodataError
from geodata.errors import NothingListed, StaleEntry
from layers.inspection_papers import say_participants, say_results
from layers.joint_inspections import JointInspection, keep_inspection, next_inspection_id

WORK, ANSWER = "inspection_work", "inspection_answer"


@dataclass(frozen=True)
class Clash:
    """Somebody kept another version of an inspection meanwhile."""

    mine: JointInspection
    theirs: JointInspection


@dataclass(frozen=True)
class Kept:
    """An inspection that was kept."""

    id: str


def open_inspection(inspection_id: str) -> None:
    """Look at a kept inspection, or at a new one; what was typed of another is put away."""
    session.keep(WORK, None)
    session.keep(ANSWER, None)
    session.keep("answer", None)
    session.change(inspection=inspection_id)
    session.count_up("inspection_form")


def choose_office(office: str) -> None:
    """Plan an inspection of another office; hazards of the first are put away."""
    session.keep("agency_office", office)
    session.keep(WORK, None)
    session.count_up("inspection_form")


def work_on(one: JointInspection) -> None:
    """Keep what this visitor has typed so far; nothing of it is anybody else's yet."""
    session.keep(WORK, one)


def take_stops(one: JointInspection, refs: Sequence[str], state: DataState) -> None:
    """Put hazards on an inspection behind those that are on it."""
    known = {stop.ref for stop in one.stops}
    fresh = inspection_desk.stops_of([ref for ref in refs if ref not in known], state)
    work_on(replace(one, stops=(*one.stops, *fresh)))


def drop_stops(one: JointInspection) -> None:
    """Take all hazards off an inspection."""
    work_on(replace(one, stops=()))


def keep(one: JointInspection, state: DataState) -> None:
    """Keep an inspection for this visitor, or keep why not; a clash shows both versions."""
    try:
        session.keep(ANSWER, _keep(one, state))
    except StaleEntry:
        theirs = inspection_desk.find(one.id)
        session.keep(ANSWER, Clash(one, theirs) if theirs else None)
    except GeodataError as refused:
        session.keep(ANSWER, refused)


def _keep(one: JointInspection, state: DataState) -> Kept:
    before = inspection_desk.find(one.id) if one.id else None
    offices = {one.office, before.office} if before else {one.office}
    who = check_right(SHARE, sorted(offices))
    lacks = {"stops": not one.stops, "agency": not one.agencies}
    for name, is_lacking in lacks.items():
        if is_lacking:
            raise NothingListed(lacks=name)
    refs = [stop.ref for stop in one.stops]
    if set(agency_desk.of_office(refs, one.office, state)) != set(refs) and not before:
        raise NothingListed(lacks="other_office")
    journal = holdings.agency_journal()
    name = one.id or next_inspection_id(journal, one.office, one.on)
    told = _storable(replace(one, id=name, is_demonstration=_is_invented(one, refs, state)))
    keep_inspection(journal, told, who, datetime.now(UTC))
    session.keep(WORK, None)
    session.change(inspection=name)
    session.count_up("inspection_form")
    return Kept(name)


def take_theirs() -> None:
    """Go on with the version that somebody else kept."""
    session.keep(WORK, None)
    session.keep(ANSWER, None)
    session.count_up("inspection_form")


def keep_mine(clash: Clash, state: DataState) -> None:
    """Keep this visitor's version over the one that they have seen now."""
    keep(replace(clash.mine, seen=clash.theirs.seen), state)


def enter(one: JointInspection, case_id: str, seen: int, refs: Sequence[str]) -> None:
    """Enter an inspection as an activity of a case, as any entry is; keep the answer."""
    details = (("participants", say_participants(one)), ("result", say_results(one, refs)))
    case_actions.enter(Draft(case_id, inspection_desk.ACTIVITY, one.on, seen, details=details))


def _is_invented(one: JointInspection, refs: Sequence[str], state: DataState) -> bool:
    return one.is_demonstration or agency_desk.is_invented(refs, state)


def _storable(one: JointInspection) -> JointInspection:
    return replace(
        one,
        title=storable(one.title.strip()),
        meet=storable(one.meet.strip()),
        summary=storable(one.summary.strip()),
        agencies=tuple(storable(name) for name in one.agencies),
        participants=tuple(
            replace(who, unit=storable(who.unit), name=storable(who.name))
            for who in one.participants
        ),
        stops=tuple(replace(stop, text=storable(stop.text)) for stop in one.stops),
    )
