"""The nouns of the house: what is looked at, who is competent, which case stands where.

Everything here is a frozen value without input or output. Dates are dates of the event
itself (`occurred_on`); instants are UTC (`recorded_at`).
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Language = Literal["zh", "en"]
CaseKind = Literal["admin_pil", "civil_pil", "criminal_incidental_civil_pil", "support_prosecution"]
Ring = tuple[tuple[float, float], ...]
Relation = Literal["overlaps", "inside", "near"]


@dataclass(frozen=True)
class Title:
    """A thing's own name in both languages.

    >>> Title("河道", "River segments").says("en")
    'River segments'
    """

    zh: str
    en: str

    def says(self, language: Language) -> str:
        """Return the name in one language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Scope:
    """What is being looked at; an empty set means "all", never "none".

    `within` is a ring of CGCS2000 longitudes and latitudes in degrees; dates bound
    the day a hazard was found or a case was filed, both ends included.
    """

    jurisdictions: frozenset[str] = frozenset()
    layers: frozenset[str] = frozenset()
    hazard_kinds: frozenset[str] = frozenset()
    stage_groups: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    from_on: date | None = None
    to_on: date | None = None
    text: str = ""
    within: Ring = ()


@dataclass(frozen=True)
class Overlay:
    """A question to a store: which features of a first layer meet which of a second, and how.

    `overlaps`: areas of both that share ground, measured as `area_m2`. `inside`: points and
    lines of the first within areas of the second, measured as `length_m` (0 for a point).
    `near`: features of any kind at most `within_m` metres apart, measured as `distance_m`.
    `by` names columns of the second layer that stand beside each pair and that totals are
    broken down by, such as the class of land.
    """

    first: str
    second: str
    relation: Relation = "overlaps"
    within_m: float = 0.0
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Jurisdiction:
    """One procuratorate of first instance and the area it answers for."""

    id: str
    title: Title
    short: Title
    admin_codes: tuple[str, ...]
    townships: tuple[str, ...] = ()
    has_outline: bool = True
    note: Title | None = None


FOREIGN = "外地:"
"""What the office of a case from another region begins with: an example, no case of the city."""


def is_foreign(jurisdiction: str) -> bool:
    """Return whether an office lies outside the city: its cases are never overdue here.

    >>> is_foreign("外地:某县人民检察院"), is_foreign("LZ-CG")
    (True, False)
    """
    return jurisdiction.startswith(FOREIGN)


@dataclass(frozen=True, order=True)
class HazardRef:
    """A hazard named from outside its layer."""

    layer: str
    id: str

    def __str__(self) -> str:
        """Return `layer:id`, the form used in links and tables."""
        return f"{self.layer}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "HazardRef":
        """Return the reference written as `layer:id`; raise ValueError on anything else."""
        layer, colon, name = text.partition(":")
        if not (colon and layer and name):
            raise ValueError(text)
        return cls(layer, name)


@dataclass(frozen=True)
class CaseEvent:
    """One dated entry in the life of a case; entries are only ever added.

    `kind` is a stage id for a move, a fact, an activity or an entry of the case file, all of
    them named in the rule set. `occurred_on` is the day of the thing itself, `recorded_at` the
    instant (UTC) at which it was entered. `corrects` is the number of an earlier entry whose
    place this one takes; the kind `withdrawn` takes it away. `details` hold what the rule set
    asks beyond the rest, as (name, text) pairs; a number is written in plain digits, a day as
    YYYY-MM-DD, several codes are joined by ";".
    """

    kind: str
    occurred_on: date
    recorded_at: datetime
    recorded_by: str
    note: str = ""
    document: str = ""
    ground: str = ""
    due_on: date | None = None
    corrects: int | None = None
    details: tuple[tuple[str, str], ...] = ()

    def detail(self, name: str) -> str:
        """Return what stands under a detail's name, or nothing."""
        return dict(self.details).get(name, "")


@dataclass(frozen=True)
class Case:
    """One public-interest-litigation case with its whole history.

    `events` stand in the order of their entry; the place of an entry is its number.
    `hazards` are those it was opened with: entries may link more (`case_file.hazards_of`).
    `revision` counts the entries stored; it is what a stale edit is noticed by.
    `came_from` is the id of the case, or the name of the office, that handed it over.
    """

    id: str
    title: Title
    jurisdiction: str
    kind: CaseKind
    field: str
    rule_set: str
    agency: str = ""
    secondary_fields: tuple[str, ...] = ()
    lead_source: str = ""
    series: str = ""
    shared_with: tuple[str, ...] = ()
    summary: Title = Title("", "")
    hazards: tuple[HazardRef, ...] = ()
    events: tuple[CaseEvent, ...] = ()
    outcome: tuple[tuple[str, float], ...] = ()
    came_from: str = ""
    record_number: str = ""
    is_demonstration: bool = False

    @property
    def revision(self) -> int:
        """Return how many entries the case holds."""
        return len(self.events)


@dataclass(frozen=True)
class Clock:
    """One deadline that runs, or ran, on a case.

    `due_on` is the last day that still is in time; `done_on` the day it was met;
    `holidays_known` is False where the calendar of that year is not known.
    """

    deadline: str
    started_on: date
    due_on: date
    actor: str
    basis: str
    done_on: date | None = None
    is_paused: bool = False
    can_be_overdue: bool = True
    is_internal_target: bool = False
    holidays_known: bool = True

    def is_overdue(self, as_of: date) -> bool:
        """Return whether the day has passed and nothing has been done."""
        runs = self.done_on is None and not self.is_paused and self.can_be_overdue
        return runs and as_of > self.due_on

    def days_left(self, as_of: date) -> int:
        """Return the days that remain, negative once the clock is overdue."""
        return (self.due_on - as_of).days


@dataclass(frozen=True)
class Source:
    """Where an outline or a line comes from, as it must be printed on the map."""

    title: Title
    licence: str
    map_approval_number: str = ""
    certainty: str = ""


@dataclass(frozen=True)
class RevisionNote:
    """What is written down about one write to a store."""

    who: str
    why: str
    recorded_at: datetime
    source_name: str = ""
    source_sha256: str = ""
    system: str = ""
    mapping: tuple[tuple[str, str], ...] = ()
    is_demonstration: bool = False
    data_on: date | None = None
    extra: tuple[tuple[str, str], ...] = field(default=())
