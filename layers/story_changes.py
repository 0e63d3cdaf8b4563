"""What can be done to a story, each as a new story: move, hide, rewrite, add, take away.

`ids` are those of every scene as it stands now, drafted and own; a story that was never
rearranged keeps no places of its own until then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from layers.stories import NO_EDIT, Edit, Own, Place, StoryPlan

OWN = "own"


def reorder(plan: StoryPlan, ids: Sequence[str]) -> StoryPlan:
    """Return a story whose scenes stand in an order; those not named stand behind."""
    named = dict.fromkeys(ids)
    rest = [one for one in plan.places if one.id not in named]
    return replace(plan, places=(*(_place(plan, one) for one in named), *rest))


def move(plan: StoryPlan, ids: Sequence[str], scene_id: str, by: int) -> StoryPlan:
    """Return a story with one scene moved by so many places, at most to either end."""
    order = list(ids)
    at = order.index(scene_id)
    order.pop(at)
    order.insert(max(0, min(len(order), at + by)), scene_id)
    return reorder(plan, order)


def arrange_within(plan: StoryPlan, ids: Sequence[str], some: Sequence[str]) -> StoryPlan:
    """Return a story in which some scenes change places among themselves, all others stay."""
    wanted = iter(some)
    among = set(some)
    return reorder(plan, [next(wanted) if one in among else one for one in ids])


def hide(plan: StoryPlan, some: Iterable[str], *, hidden: bool) -> StoryPlan:
    """Return a story with scenes left out, or shown again."""
    for one in some:
        plan = _with(plan, replace(_place(plan, one), is_hidden=hidden))
    return plan


def rewrite(plan: StoryPlan, scene_id: str, edit: Edit) -> StoryPlan:
    """Return a story in which a scene says something else; NO_EDIT is as drafted again."""
    return _with(plan, replace(_place(plan, scene_id), edit=edit))


def add_own(
    plan: StoryPlan,
    ids: Sequence[str],
    own: Own,
    *,
    heading: str,
    after: str = "",
    edit: Edit = NO_EDIT,
    case_id: str = "",
) -> StoryPlan:
    """Return a story with a scene of somebody's own behind another, at the end without one."""
    place = Place(next_own_id(plan), case_id, heading, edit=edit, own=own)
    order = list(ids)
    order.insert(order.index(after) + 1 if after in order else len(order), place.id)
    return reorder(replace(plan, places=(*plan.places, place)), order)


def next_own_id(plan: StoryPlan) -> str:
    """Return the id that the next scene of somebody's own bears."""
    numbers = [one.id.partition("/")[2] for one in plan.places if one.id.startswith(f"{OWN}/")]
    return f"{OWN}/{max((int(one) for one in numbers if one.isdecimal()), default=0) + 1}"


def take_away(plan: StoryPlan, scene_id: str) -> StoryPlan:
    """Return a story without a scene that somebody added, or one that nothing drafts any more."""
    return replace(plan, places=tuple(one for one in plan.places if one.id != scene_id))


def tell_cases(plan: StoryPlan, case_ids: Sequence[str]) -> StoryPlan:
    """Return a story of other cases; of those told no more only scenes of one's own stay."""
    told = set(case_ids)
    places = []
    for one in plan.places:
        if not one.case_id or one.case_id in told:
            places.append(one)
        elif one.own is not None:
            places.append(replace(one, case_id=""))
    return replace(plan, cases=tuple(case_ids), places=tuple(places))


def _place(plan: StoryPlan, scene_id: str) -> Place:
    return plan.place(scene_id) or Place(scene_id)


def _with(plan: StoryPlan, place: Place) -> StoryPlan:
    if plan.place(place.id) is None:
        return replace(plan, places=(*plan.places, place))
    return replace(plan, places=tuple(place if o.id == place.id else o for o in plan.places))
