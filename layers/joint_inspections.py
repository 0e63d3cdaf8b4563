"""Joint inspections with agencies, kept in the journal: the newest entry counts.

What is seen on a joint inspection is no verification of the law (R77): that takes two of the
office's own people and an entry of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal, get_args

import msgspec

from geodata.journal import Draft, Journal, JournalEntry
from geodata.model import Title

KEPT = "joint_inspection_kept"
SUBJECT = "joint_inspection"

SeenResult = Literal["", "still_there", "partly", "not_seen", "no_access"]
RESULTS: tuple[SeenResult, ...] = get_args(SeenResult)
RESULT_TITLES: Mapping[SeenResult, Title] = {
    "": Title("（未记）", "(not noted)"),
    "still_there": Title("隐患仍在", "Still there"),
    "partly": Title("部分整改", "Partly put right"),
    "not_seen": Title("现场未见隐患（未核实）", "Not seen on site (not verified)"),
    "no_access": Title("未能进入", "No access"),
}


@dataclass(frozen=True)
class Participant:
    """Somebody who takes part: their unit and their name."""

    unit: str
    name: str = ""


@dataclass(frozen=True)
class Stop:
    """One hazard of an inspection: what it is called and what was seen of it."""

    ref: str
    name: str = ""
    township: str = ""
    result: SeenResult = ""
    text: str = ""


@dataclass(frozen=True)
class JointInspection:
    """One joint inspection; `seen` counts the entries on it, the last one included.

    `meet` says when and where to meet, in words.
    """

    id: str
    office: str
    on: date
    title: str = ""
    meet: str = ""
    agencies: tuple[str, ...] = ()
    participants: tuple[Participant, ...] = ()
    stops: tuple[Stop, ...] = ()
    summary: str = ""
    is_demonstration: bool = False
    who: str = ""
    at: datetime | None = field(default=None, compare=False)
    seen: int = 0

    @property
    def has_results(self) -> bool:
        """Return whether anything of what was seen is noted."""
        return bool(self.summary.strip()) or any(one.result for one in self.stops)

    def same_as(self, other: "JointInspection") -> bool:
        """Return whether two say the same, whoever kept them."""
        return _told(self) == _told(other)


def keep_inspection(journal: Journal, one: JointInspection, who: str, at: datetime) -> None:
    """Keep an inspection by somebody who had seen `seen` entries on it; raise StaleEntry."""
    subject = f"{SUBJECT}:{one.id}"
    journal.append([Draft(subject, KEPT, who, at, _told(one))], {subject: one.seen})


def kept_inspections(journal: Journal) -> tuple[JointInspection, ...]:
    """Return every inspection as it was kept last, by its day, the newest first."""
    entries: dict[str, list[JournalEntry]] = {}
    for one in journal.entries(kind=KEPT):
        entries.setdefault(one.subject, []).append(one)
    found = [_from(some[-1], len(some)) for some in entries.values()]
    return tuple(sorted(found, key=lambda one: (one.on, one.id), reverse=True))


def next_inspection_id(journal: Journal, office: str, on: date) -> str:
    """Return the id that the next inspection of an office bears in a year."""
    stem = f"{SUBJECT}:{office}-JC{on.year}-"
    taken = {one.subject for one in journal.entries(kind=KEPT)}
    numbers = [one.removeprefix(stem) for one in taken if one.startswith(stem)]
    last = max((int(one) for one in numbers if one.isdecimal()), default=0)
    return f"{stem.removeprefix(f'{SUBJECT}:')}{last + 1:03d}"


def _told(one: JointInspection) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(replace(one, who="", at=None, seen=0))
    return {name: value for name, value in plain.items() if name not in {"who", "at", "seen"}}


def _from(entry: JournalEntry, seen: int) -> JointInspection:
    told = msgspec.convert(entry.told, JointInspection)
    return replace(told, who=entry.who, at=entry.at, seen=seen)
