"""Stories as people arranged them, kept in the journal: the newest entry counts.

What is drafted from the record is not kept, only what people did with it: which cases, in which
order, what is left out, what they wrote otherwise, and scenes of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

import msgspec

from geodata.journal import Draft, Journal, JournalEntry
from geodata.model import Scope

ARRANGED, WITHDRAWN = "story_arranged", "story_withdrawn"
SUBJECT = "story"

Kind = Literal["cases", "meeting"]
By = Literal["months", "years", "groups"]


@dataclass(frozen=True)
class Edit:
    """What somebody wrote in place of what was drafted; None is as drafted.

    `text` is the text of a scene (subheading, caption, paragraphs), `rows` those of its facts,
    table or days. `drafted` is the digest of what they replaced, by which it is noticed that
    the record has changed since.
    """

    heading: str | None = None
    text: str | None = None
    notes: str | None = None
    minutes: float | None = None
    rows: tuple[tuple[str, ...], ...] | None = None
    drafted: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """Return what was written otherwise, by name."""
        names = ("heading", "text", "notes", "minutes", "rows")
        return tuple(one for one in names if getattr(self, one) is not None)


NO_EDIT = Edit()


class OwnText(msgspec.Struct, frozen=True, tag="text"):
    """A scene of somebody's own words: its text is in the edit of its place."""


class OwnMap(msgspec.Struct, frozen=True, tag="map"):
    """A map of what lay in a scope, as it was looked at: colours, day, and where it stood."""

    scope: Scope
    colour_by: str = "status"
    as_of: date | None = None
    zoom: float = 0.0
    lat: float = 0.0
    lon: float = 0.0


class OwnChart(msgspec.Struct, frozen=True, tag="chart"):
    """A figure by months, years or its own groups, counted anew whenever it is shown.

    Offices are never drawn beside each other, so there is no chart by offices; `offices` are
    those whose figure it is, all where there are none.
    """

    figure: str
    by: By = "months"
    offices: frozenset[str] = frozenset()


class OwnPair(msgspec.Struct, frozen=True, tag="pair"):
    """Two pieces of evidence by their numbers, or the map of a case on two days."""

    before: int = 0
    after: int = 0
    case: str = ""
    before_on: date | None = None
    after_on: date | None = None


Own = OwnText | OwnMap | OwnChart | OwnPair


@dataclass(frozen=True)
class Place:
    """One scene in the order of a story; `id` is that of the draft, or `own/N`.

    `is_hidden` None is as drafted. `heading` is what it was called when it was kept last: what
    is said of a scene that is gone.
    """

    id: str
    case_id: str = ""
    heading: str = ""
    is_hidden: bool | None = None
    edit: Edit = NO_EDIT
    own: Own | None = None


@dataclass(frozen=True)
class StoryPlan:
    """A story as it was arranged; `seen` counts the entries on it, the last one included.

    `places` may be empty: then all is as drafted. `law` and `revision` are the rule set in
    force and the data revision when it was kept, `rule_sets` those of its cases by id.
    """

    id: str
    title: str = ""
    kind: Kind = "cases"
    cases: tuple[str, ...] = ()
    slot_minutes: float = 8.0
    speakers: Mapping[str, str] = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    law: str = ""
    revision: str = ""
    rule_sets: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    who: str = ""
    at: datetime | None = None
    seen: int = 0
    is_withdrawn: bool = False

    def place(self, scene_id: str) -> Place | None:
        """Return the place of a scene, None if it has none."""
        return next((one for one in self.places if one.id == scene_id), None)

    def same_as(self, other: "StoryPlan") -> bool:
        """Return whether two plans say the same, whoever kept them and when."""
        return _arranged(self) == _arranged(other)


def keep_story(journal: Journal, plan: StoryPlan) -> StoryPlan:
    """Keep a story by somebody who had seen `plan.seen` entries on it; raise StaleEntry."""
    return _append(journal, replace(plan, is_withdrawn=False), ARRANGED)


def withdraw_story(journal: Journal, plan: StoryPlan) -> StoryPlan:
    """Take a story off the list; it stays on record and can be kept again; raise StaleEntry."""
    return _append(journal, replace(plan, is_withdrawn=True), WITHDRAWN)


def kept_stories(journal: Journal) -> tuple[StoryPlan, ...]:
    """Return every story as it was kept last, the newest first, withdrawn ones too."""
    entries: dict[str, list[JournalEntry]] = {}
    for one in _all(journal):
        entries.setdefault(one.subject, []).append(one)
    newest = sorted(entries.values(), key=lambda some: -some[-1].number)
    return tuple(_plan_of(some) for some in newest)


def find_story(journal: Journal, story_id: str) -> StoryPlan | None:
    """Return one story as it was kept last, or None."""
    entries = _entries(journal, story_id)
    return _plan_of(entries) if entries else None


def story_history(journal: Journal, story_id: str) -> tuple[StoryPlan, ...]:
    """Return every version of a story that was kept, the first first."""
    entries = _entries(journal, story_id)
    return tuple(_plan_of(entries[: at + 1]) for at in range(len(entries)))


def next_story_id(journal: Journal, on: date) -> str:
    """Return the id that the next story of a day bears: the day and a number."""
    stem = f"{SUBJECT}:{on.isoformat()}-"
    taken = {one.subject for one in _all(journal)}
    numbers = [one.removeprefix(stem) for one in taken if one.startswith(stem)]
    last = max((int(one) for one in numbers if one.isdecimal()), default=0)
    return f"{on.isoformat()}-{last + 1:02d}"


def differences(mine: StoryPlan, theirs: StoryPlan) -> tuple[str, ...]:
    """Return the names of what differs: title, cases, times, order, and the ids of scenes."""
    found = [
        name
        for name in ("title", "kind", "cases", "slot_minutes", "speakers")
        if getattr(mine, name) != getattr(theirs, name)
    ]
    ids = [[one.id for one in plan.places] for plan in (mine, theirs)]
    common = set(ids[0]) & set(ids[1])
    if [one for one in ids[0] if one in common] != [one for one in ids[1] if one in common]:
        found.append("order")
    by_id = {one.id: one for one in theirs.places}
    own = {one.id: one for one in mine.places}
    every = dict.fromkeys((*ids[0], *ids[1]))
    found += [one for one in every if _said(own.get(one)) != _said(by_id.get(one))]
    return tuple(found)


def _said(place: Place | None) -> object:
    """Return what somebody said of a scene; a place that says nothing is as good as none."""
    if place is None or (place.is_hidden is None and place.edit == NO_EDIT and place.own is None):
        return None
    return (place.is_hidden, replace(place.edit, drafted=""), place.own)


def _append(journal: Journal, plan: StoryPlan, kind: str) -> StoryPlan:
    subject = f"{SUBJECT}:{plan.id}"
    if plan.at is None:
        raise ValueError(f"{subject}: no instant")
    told = msgspec.to_builtins(_bare(plan))
    told["why"], told["is_withdrawn"] = plan.why, plan.is_withdrawn
    journal.append([Draft(subject, kind, plan.who, plan.at, told)], {subject: plan.seen})
    return replace(plan, seen=plan.seen + 1)


def _bare(plan: StoryPlan) -> StoryPlan:
    """Return a plan without who kept it, when and why."""
    return replace(plan, who="", at=None, seen=0, why="", is_withdrawn=False)


def _arranged(plan: StoryPlan) -> StoryPlan:
    """Return a plan without what it was kept under, either."""
    return replace(_bare(plan), law="", revision="", rule_sets={})


def _all(journal: Journal) -> list[JournalEntry]:
    found = [*journal.entries(kind=ARRANGED), *journal.entries(kind=WITHDRAWN)]
    return sorted(found, key=lambda one: one.number)


def _entries(journal: Journal, story_id: str) -> Sequence[JournalEntry]:
    subject = f"{SUBJECT}:{story_id}"
    return [one for one in journal.entries(subject=subject) if one.kind in {ARRANGED, WITHDRAWN}]


def _plan_of(entries: Sequence[JournalEntry]) -> StoryPlan:
    newest = entries[-1]
    plan = msgspec.convert(dict(newest.told), StoryPlan)
    return replace(
        plan,
        id=newest.subject.removeprefix(f"{SUBJECT}:"),
        who=newest.who,
        at=newest.at,
        seen=len(entries),
        is_withdrawn=newest.kind == WITHDRAWN,
    )


__all__ = [
    "By",
    "Edit",
    "Kind",
    "Own",
    "OwnChart",
    "OwnMap",
    "OwnPair",
    "OwnText",
    "Place",
    "StoryPlan",
    "differences",
    "find_story",
    "keep_story",
    "kept_stories",
    "next_story_id",
    "story_history",
    "withdraw_story",
]
