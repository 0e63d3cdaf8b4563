"""What a person does about visits: plan them, keep the plan, hand a pack out, keep a shortlist.

A plan is looked for in the run that shows it, with a progress bar; it is nobody's until it is kept.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TypeVar

from dashboard import holdings, session
from dashboard.actions import cases as case_actions
from dashboard.desks.visit_packing import Outgoing, pack_plan, render_pack
from dashboard.desks.wish_forms import BadCell
from dashboard.doors.access import may
from dashboard.doors.visitors import visitor
from dashboard.draft import storable
from dashboard.naming import Naming
from dashboard.reads import DataState
from geodata import GeodataError
from geodata.errors import NotAllowed
from layers.own_checklists import take_form
from layers.planning import DayTour, Plan, Progress, Wish, hold, move, plan_visits
from layers.travel import StraightLines, TravelSource, matrix_from_bytes, open_source
from layers.visit_book import keep_issued, next_version
from layers.visit_plans import KeptPlan, keep_plan, keep_shortlist, next_plan_id, shortlist_of
from layers.xlsform import Unread

Answer = TypeVar("Answer")
STRAIGHT, SETTINGS, MATRIX = "straight", "settings", "matrix"


@dataclass(frozen=True)
class BadForm:
    """A form with cells that mean nothing: nothing is planned before they are mended."""

    cells: tuple[BadCell, ...]


@dataclass(frozen=True)
class Kept:
    """What was kept: a plan or a shortlist, and of how many stops."""

    what: str
    count: int
    id: str = ""


@dataclass(frozen=True)
class Issued:
    """A pack that was made: of which team and day, its version, its bytes."""

    tour: DayTour
    version: int
    content: bytes


@dataclass(frozen=True)
class TakenForm:
    """A form that was taken for a layer: how many questions, and every cell not understood."""

    layer: str
    questions: int
    unread: tuple[Unread, ...]


def ask_plan(wish: Wish, bad: Iterable[BadCell]) -> None:
    """Have a plan looked for in this visitor's next run, or say which cells mean nothing."""
    cells = tuple(bad)
    if cells:
        session.keep("wish", wish)
        session.keep_found_plan(None, BadForm(cells))
    else:
        session.wish_visits(wish, anew=True)


def find_plan(on_share: Callable[[float], object]) -> None:
    """Look for the plan that was asked for, and keep it, or why there is none, for the screen.

    `on_share` hears the share of the limit that is used up.
    """

    def tell(now: Progress) -> None:
        on_share(min(1.0, now.share))

    wish: Wish = session.kept("wish")
    earlier: Plan | None = session.kept("plan") if session.kept("plan_asked") == "further" else None
    try:
        plan = plan_visits(wish, source_of_ways(), tell, earlier=earlier)
    except GeodataError as trouble:
        session.keep_found_plan(None, trouble)
    else:
        session.keep_found_plan(plan)


def source_of_ways() -> TravelSource:
    """Return where travel times come from, as this visitor chose; raise what the source raises."""
    chosen = session.kept("ways", SETTINGS)
    name, content = session.kept("matrix", ("", b""))
    if chosen == MATRIX and name:
        return matrix_from_bytes(name, content)
    if chosen == STRAIGHT:
        asked = holdings.settings()
        return StraightLines(asked.detour, asked.speed_kmh)
    return open_source(holdings.settings())


def choose_ways(chosen: str) -> None:
    """Keep where travel times are to come from."""
    session.keep("ways", chosen)


def take_matrix(name: str, content: bytes) -> None:
    """Keep this visitor's own table of travel times for their plans."""
    session.keep("matrix", (name, content))


def matrix_name() -> str:
    """Return the name of the table that this visitor brought, or nothing."""
    name, _ = session.kept("matrix", ("", b""))
    return str(name)


def put_stop(ref: str, team: str, on: date, position: int) -> None:
    """Put a stop at a position of a team's day; the rest is planned anew around it."""
    wish, plan = session.kept("wish"), session.kept("plan")
    session.wish_visits(move(wish, plan, ref, team=team, on=on, position=position))


def hold_stops(refs: Iterable[str]) -> None:
    """Hold stops where they are and let go of all others; nothing is planned yet."""
    wish, plan = session.kept("wish"), session.kept("plan")
    free = replace(wish, locks=())
    session.keep("wish", replace(wish, locks=hold(free, plan, refs)))
    session.count_up("plan_board")


def plan_again() -> None:
    """Plan anew around what is held."""
    session.wish_visits(session.kept("wish"))


def keep_this_plan(title: str, offices: Mapping[str, str]) -> None:
    """Keep the plan of this visitor; `offices` are those of the stops, by ref."""
    session.keep("plan_kept", _answer(lambda: _keep_plan(title, offices)))


def _keep_plan(title: str, offices: Mapping[str, str]) -> Kept:
    wish, plan = session.kept("wish"), session.kept("plan")
    before: KeptPlan | None = session.kept("kept_plan")
    who = storable(session.writer().strip())
    _check_right(who, {offices[ref] for ref in plan.visited if ref in offices}, "plan_visits")
    journal, now = holdings.journal(), datetime.now(UTC)
    kept = KeptPlan(
        before.id if before else next_plan_id(journal, plan.tours[0].on),
        storable(title.strip()) or plan.tours[0].on.isoformat(),
        wish,
        plan,
        who,
        now,
        before.seen if before else 0,
    )
    kept = keep_plan(journal, kept)
    session.keep("kept_plan", kept)
    session.keep("plan_opened", kept.id)
    session.change(plan=kept.id)
    return Kept("plan", len(plan.visited), kept.id)


def keep_my_shortlist() -> None:
    """Keep the shortlist of this visitor under their name."""
    session.keep("shortlist_kept", _answer(_keep_shortlist))


def _keep_shortlist() -> Kept:
    who, stops = storable(session.writer().strip()), session.current().shortlist
    _check_right(who, (), "plan_visits")
    keep_shortlist(holdings.journal(), who, stops, datetime.now(UTC))
    return Kept("shortlist", len(stops))


def take_my_shortlist() -> None:
    """Put what this visitor kept last on the shortlist."""
    session.take_stops(shortlist_of(holdings.journal(), session.writer().strip()))


def issue_to(out: Outgoing, state: DataState, names: Naming) -> Callable[[Sequence[str]], None]:
    """Return what makes the pack of a team and day for some officers and keeps that it left."""

    def issue(officers: Sequence[str]) -> None:
        session.keep("pack_issued", _answer(lambda: _issue(out, officers, state, names)))

    return issue


def _issue(out: Outgoing, officers: Sequence[str], state: DataState, names: Naming) -> Issued:
    who = storable(session.writer().strip())
    offices = {office for office in out.seen.features["jurisdiction"] if office}
    _check_right(who, offices, "take_packs")
    journal = holdings.journal()
    version = next_version(journal, out.kept.id, out.tour.team, out.tour.on)
    plan = pack_plan(out, [storable(one) for one in officers], version, state)
    content = render_pack(plan, names)
    keep_issued(journal, plan, who, datetime.now(UTC))
    return Issued(out.tour, version, content)


def take_checklist(layer: str, name: str, content: bytes, seen: int) -> None:
    """Take an office's own form as the checklist of a layer; an empty one takes the last back."""
    session.keep("checklist_taken", _answer(lambda: _take_checklist(layer, name, content, seen)))


def _take_checklist(layer: str, name: str, content: bytes, seen: int) -> TakenForm:
    who = storable(session.writer().strip())
    _check_right(who, (), "change_checklists")
    case_actions.check_act("change_checklists", who)
    now, kept = datetime.now(UTC), storable(name)
    read = take_form(holdings.journal(), layer, content, name=kept, who=who, at=now, seen=seen)
    return TakenForm(layer, len(read.checklist.questions), read.unread)


def _check_right(who: str, offices: Iterable[str], act: str) -> None:
    if not may(visitor(), act):
        raise NotAllowed(who=who or "—", office="—")
    for office in sorted(offices) or [""]:
        if not who or (office and not case_actions.may_do(office, act)):
            raise NotAllowed(who=who or "—", office=office or "—")


def _answer(act: Callable[[], Answer]) -> Answer | GeodataError:
    try:
        return act()
    except GeodataError as trouble:
        return trouble
