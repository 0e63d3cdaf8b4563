"""What a person does with stories: arrange one on the board, keep it, copy it, withdraw it.

What is arranged is this visitor's own until it is kept; then everybody has it, with who, when
and why. Whoever keeps an older version is refused and sees both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from dashboard import holdings, reads, session
from dashboard.desks import stories as story_desk
from dashboard.desks.stories import Opened
from dashboard.doors.access import may, may_for_case
from dashboard.doors.visitors import visitor
from dashboard.draft import storable
from dashboard.reads import DataState
from dashboard.telling.story import StoryKind
from dashboard.telling.storyline import arranged
from geodata import GeodataError
from geodata.errors import NotAllowed, StaleEntry, WhyMissing
from layers.stories import (
    Edit,
    Own,
    StoryPlan,
    differences,
    find_story,
    keep_story,
    next_story_id,
    withdraw_story,
)
from layers.story_changes import (
    add_own,
    arrange_within,
    hide,
    move,
    reorder,
    rewrite,
    take_away,
    tell_cases,
)

WORK, ANSWER, PICKED = "story_work", "story_answer", "story_scene"
LOST, LISTED = "story_lost", "story_case"


@dataclass(frozen=True)
class Clash:
    """Somebody kept another version meanwhile: what differs, by name or scene."""

    mine: StoryPlan
    theirs: StoryPlan
    different: tuple[str, ...]


@dataclass(frozen=True)
class Done:
    """What became of a story: kept, withdrawn, and under which id."""

    what: str
    id: str
    title: str


def open_work(story_id: str, told: Sequence[str]) -> StoryPlan:
    """Return what this visitor arranges now: the kept story that is asked for, or a new one.

    A new one tells the cases chosen on the overview; it also stands for a story that is not
    there, which is then `lost_story`.
    """
    work: StoryPlan | None = session.kept(WORK)
    if story_id and (work is None or work.id != story_id):
        work = story_desk.find_story(story_id)
        session.keep(LOST, "" if work else story_id)
        if work is None:
            session.change(story="")
    if work is not None and work.id and work.id == story_id:
        session.keep(WORK, work)
        return work
    if work is None or work.id:
        work = StoryPlan("", cases=tuple(told))
    elif work.cases != tuple(told):
        work = tell_cases(work, told)
    session.keep(WORK, work)
    return work


def lost_story() -> str:
    """Return the story that was asked for and is not there, nothing for none."""
    lost: str = session.kept(LOST, "")
    return lost


def is_changed(work: StoryPlan) -> bool:
    """Return whether what is arranged has not been kept yet."""
    kept = story_desk.find_story(work.id)
    return kept is None or not kept.same_as(work)


def open_story(story_id: str) -> None:
    """Open a kept story on the board, or a new one."""
    session.keep(WORK, None)
    _put_away()
    session.change(story=story_id)


def begin(kind: StoryKind, case_ids: Sequence[str]) -> None:
    """Begin a new story, or a meeting, of cases."""
    session.keep(WORK, StoryPlan("", kind=kind, cases=tuple(case_ids)))
    _put_away()
    session.change(story="", told=tuple(case_ids))


def _put_away() -> None:
    """Put away what was answered, picked and listed of another story."""
    session.keep(ANSWER, None)
    for name in (PICKED, LOST, LISTED):
        session.keep(name, "")


def copy(title: str) -> None:
    """Begin a new story as a copy of this one."""
    work: StoryPlan = session.kept(WORK)
    session.keep(WORK, replace(work, id="", title=title, who="", at=None, why="", seen=0,
                               law="", revision="", rule_sets={}, is_withdrawn=False))  # fmt: skip
    session.keep(ANSWER, None)
    session.change(story="", told=work.cases)


def choose_cases(case_ids: Sequence[str]) -> None:
    """Tell other cases."""
    work: StoryPlan = session.kept(WORK)
    session.keep(WORK, tell_cases(work, case_ids))
    if not work.id:
        session.tell(case_ids)


def set_up(*, slot_minutes: float | None = None, kind: StoryKind | None = None) -> None:
    """Set how long each case is told for, or whether it is a meeting."""
    work: StoryPlan = session.kept(WORK)
    slot = work.slot_minutes if slot_minutes is None else slot_minutes
    session.keep(WORK, replace(work, slot_minutes=slot, kind=kind or work.kind))


def name_speakers(speakers: dict[str, str]) -> None:
    """Say who tells which case."""
    work: StoryPlan = session.kept(WORK)
    told = {one: storable(name.strip()) for one, name in speakers.items() if name.strip()}
    session.keep(WORK, replace(work, speakers=told))


def pick_scene(scene_id: str) -> None:
    """Open one scene on the board."""
    session.keep(PICKED, scene_id)


def picked_scene() -> str:
    """Return the scene that is open on the board, nothing for none."""
    picked: str = session.kept(PICKED, "")
    return picked


def look_at_case(case_id: str) -> None:
    """List the scenes of one case alone, or of all."""
    session.keep(LISTED, case_id)
    session.keep(PICKED, "")


def change(opened: Opened, make: Callable[[StoryPlan, tuple[str, ...]], StoryPlan]) -> None:
    """Change what is arranged; `make` is given the story and the ids of its scenes in order."""
    plan = arranged(opened.plan, opened.laid)
    session.keep(WORK, make(plan, tuple(one.scene.id for one in opened.laid)))
    session.count_up("story_board")


def put_in_order(opened: Opened, ids: Sequence[str]) -> None:
    """Put some scenes into an order among themselves."""
    change(opened, lambda plan, all_ids: arrange_within(plan, all_ids, ids))


def move_scene(opened: Opened, scene_id: str, by: int) -> None:
    """Move one scene up or down among those that are listed."""
    case = session.kept(LISTED, "")
    listed = [one.scene.id for one in opened.laid if not case or one.scene.case_id == case]

    def make(plan: StoryPlan, all_ids: tuple[str, ...]) -> StoryPlan:
        wanted = [one.id for one in move(replace(plan, places=()), listed, scene_id, by).places]
        return arrange_within(plan, all_ids, wanted)

    change(opened, make)


def show_scenes(opened: Opened, ids: Sequence[str], *, shown: bool) -> None:
    """Show scenes, or leave them out."""
    change(opened, lambda plan, _: hide(plan, ids, hidden=not shown))


def write_scene(opened: Opened, scene_id: str, edit: Edit) -> None:
    """Write a scene otherwise than it is drafted; an empty edit is as drafted again."""
    safe = replace(
        edit,
        heading=None if edit.heading is None else storable(edit.heading),
        text=None if edit.text is None else storable(edit.text),
        notes=None if edit.notes is None else storable(edit.notes),
        rows=None
        if edit.rows is None
        else tuple(tuple(storable(cell) for cell in row) for row in edit.rows),
    )
    change(opened, lambda plan, _: rewrite(plan, scene_id, safe))


def add_scene(
    opened: Opened, own: Own, heading: str, edit: Edit, *, after: str = "", case_id: str = ""
) -> None:
    """Add a scene of one's own behind another."""
    title = storable(heading)
    change(
        opened,
        lambda plan, ids: add_own(
            plan, ids, own, heading=title, after=after, edit=edit, case_id=case_id
        ),
    )
    added: StoryPlan = session.kept(WORK)
    pick_scene(next(one.id for one in reversed(added.places) if one.own == own))


def remove_scene(opened: Opened, scene_id: str) -> None:
    """Take away a scene of one's own, or one that nothing drafts any more."""
    change(opened, lambda plan, _: take_away(plan, scene_id))
    pick_scene("")


def as_drafted(opened: Opened) -> None:
    """Put all scenes back into the order in which they are drafted."""
    ids = [one.id for one in opened.draft.scenes]
    change(opened, lambda plan, all_ids: reorder(
        plan, [*ids, *(one for one in all_ids if one not in ids)]))  # fmt: skip


# ------------------------------------------------------------------------------ keeping


def keep(opened: Opened, title: str, why: str, state: DataState) -> None:
    """Keep what this visitor arranged, for everybody, and what came of it for the screen."""
    plan = _ready(opened, title, why, state)
    session.keep(ANSWER, _answer(lambda: _keep(plan), plan))


def keep_over(opened: Opened, state: DataState) -> None:
    """Keep one's own version over the one that somebody else kept meanwhile, knowing both."""
    clash: Clash = session.kept(ANSWER)
    mine = _ready(opened, clash.mine.title, clash.mine.why, state)
    plan = replace(mine, seen=clash.theirs.seen)
    session.keep(ANSWER, _answer(lambda: _keep(plan), plan))


def keep_as_copy(opened: Opened, title: str, state: DataState) -> None:
    """Keep one's own version as another story."""
    clash: Clash = session.kept(ANSWER)
    plan = replace(_ready(opened, title, clash.mine.why, state), id="", seen=0)
    session.keep(ANSWER, _answer(lambda: _keep(plan), plan))


def withdraw(why: str) -> None:
    """Take a story off the list; it stays on record with who did it and why."""
    work: StoryPlan = session.kept(WORK)
    session.keep(ANSWER, _answer(lambda: _withdraw(work, storable(why.strip())), work))


def take_up_again(story_id: str) -> None:
    """Put a withdrawn story back on the list."""
    plan = story_desk.find_story(story_id)
    if plan is not None:
        session.keep(ANSWER, _answer(lambda: _keep(replace(plan, why="")), plan))


def _ready(opened: Opened, title: str, why: str, state: DataState) -> StoryPlan:
    plan = arranged(opened.plan, opened.laid)
    cases = (reads.case(one, state.revision) for one in plan.cases)
    return replace(
        plan,
        title=storable(title.strip()),
        why=storable(why.strip()),
        law=reads.rules().id,
        revision=state.revision,
        rule_sets={one.id: one.rule_set for one in cases if one is not None},
    )


def _keep(plan: StoryPlan) -> Done:
    journal, now, who = holdings.journal(), datetime.now(UTC), _writer(plan)
    story_id = plan.id or next_story_id(journal, reads.today())
    kept = keep_story(journal, replace(plan, id=story_id, who=who, at=now))
    session.keep(WORK, kept)
    session.change(story=kept.id)
    return Done("kept", kept.id, kept.title)


def _withdraw(plan: StoryPlan, why: str) -> Done:
    who = _writer(plan)
    if not why:
        raise WhyMissing
    stored = find_story(holdings.journal(), plan.id) or plan
    withdraw_story(
        holdings.journal(),
        replace(stored, who=who, at=datetime.now(UTC), why=why, seen=plan.seen),
    )
    session.keep(WORK, None)
    session.change(story="", told=())
    return Done("withdrawn", plan.id, plan.title)


def _writer(plan: StoryPlan) -> str:
    """Return who writes; raise NotAllowed without a name, or who may not tell one of the cases."""
    who, visitor_, revision = session.writer(), visitor(), holdings.data_revision()
    name, kept = storable(who.strip()), find_story(holdings.journal(), plan.id) if plan.id else None
    if not name or not may(visitor_, "tell") or (kept and not story_desk.is_seen(kept)):
        raise NotAllowed(who=name or "—", office="—")
    for case in filter(None, (reads.case(one, revision) for one in plan.cases)):
        if not may_for_case(visitor_, "tell", case.jurisdiction, case.shared_with):
            raise NotAllowed(who=name, office=case.jurisdiction)
    return name


def _answer(act: Callable[[], Done], mine: StoryPlan) -> Done | Clash | GeodataError:
    try:
        return act()
    except StaleEntry as stale:
        theirs = find_story(holdings.journal(), mine.id)
        return stale if theirs is None else Clash(mine, theirs, differences(mine, theirs))
    except GeodataError as trouble:
        return trouble
