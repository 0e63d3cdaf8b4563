"""What a supervision model is made of: lists, questions, parameters, and a rule that judges.

A rule is a declaration beside its hazard layer. The engine answers its questions, `judge` turns
the answers into hits, and `layers.detect` completes a hit to a finding: the rows it rests on,
the version of the rule, the thresholds and the articles. A finding is no case and no guilt.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import geopandas as gpd
import pandas as pd

from geodata.model import Overlay, Title
from geodata.schema import Column, Schema
from layers.law import Law
from layers.matching import Matched, Side

Severity = Literal["minor", "major", "critical"]
Fact = str | float | bool | date | None
Numbers = Mapping[str, float]

SEVERITIES: dict[Severity, Title] = {
    "critical": Title("重大", "Critical"),
    "major": Title("较大", "Major"),
    "minor": Title("一般", "Minor"),
}
"""How grave a finding looks before anybody went there, the gravest first."""


@dataclass(frozen=True)
class SourceList:
    """A list that some authority keeps and rules compare; it is stored as a layer is.

    `keeper` is who is asked for it; `is_personal` says that it holds persons: none of its rows
    is ever shown, and what is found by it is counted by township.
    """

    id: str
    title: Title
    keeper: Title
    schema: Schema
    is_personal: bool = False
    is_imported: bool = True
    """Whether files bring it; one that is not is made of what is stored."""


@dataclass(frozen=True)
class Parameter:
    """A number that a rule judges by: its bounds (both included), and where it comes from."""

    id: str
    title: Title
    default: float
    minimum: float
    maximum: float
    source: Law
    unit: str = ""
    step: float = 1.0


@dataclass(frozen=True)
class Need:
    """A list or layer that a rule cannot do without, under the name that the rule gives it.

    `fresh_months` is how old it may be on the day of the run, 0 for any age. `is_read` says that
    `judge` gets the rows; of a layer of a million parcels, which is not read, it gets those that
    the answers name. A need that is
    not `is_required` may be missing; the rule then says so beside its findings and runs.
    """

    role: str
    table: str
    fresh_months: int = 0
    is_read: bool = True
    is_required: bool = True
    columns: tuple[str, ...] = ()
    """Columns that must not be blank in every row: without them the rule means nothing."""
    sealed: str = ""
    """The column of digests of persons by which the lists of the rule are joined."""


@dataclass(frozen=True)
class Filter:
    """A question about one table: those rows that say anything in all of some columns."""

    table: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """A question about two lists of the same things: which rows are one (`layers.matching`).

    The sides name the columns that say what a row is called, where it is and whose; places
    count within `within_m` metres. `is_of_records` says that the second list tells of the things
    of the first, many times of one: visits, tests, papers.
    """

    first: str
    second: str
    first_says: Side = field(default_factory=Side)
    second_says: Side = field(default_factory=lambda: Side(may_split=True))
    within_m: float = 600.0
    is_of_records: bool = False


Question = Overlay | Match | Filter


@dataclass(frozen=True)
class Ask:
    """A question under a name; tables are named by role. `within` is the parameter of its reach."""

    id: str
    question: Question
    within: str = ""


@dataclass(frozen=True)
class Outcome:
    """One thing that a rule finds: its name, how grave, and the sentence that explains it.

    `why` has places for facts and parameters in braces (`layers.reasons`); `hazard_kind` is the
    code of the layer that a hazard of this outcome gets. One that `is_flag` never stands alone:
    it is a threshold to check beside what was found.
    """

    id: str
    title: Title
    why: Title
    severity: Severity = "minor"
    hazard_kind: str = "other"
    is_flag: bool = False
    needs: tuple[str, ...] = ()
    """Roles of lists that are not required and without which this cannot be said."""
    decides: str = ""
    """The question whose pair a person decides: whether the first two rows are one."""


@dataclass(frozen=True)
class Hit:
    """What `judge` yields: an outcome, the rows it rests on (role, id), the subject first.

    A hit about persons has no rows: it names its office and township, and nobody.

    `flags` are outcomes that hold as well, and may make it graver. `facts` are measured or
    read, never reckoned from the day of the run: the same facts are the same finding tomorrow.
    Office, name and place come from the subject unless given; `at` is longitude, latitude.
    """

    outcome: str
    rows: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, Fact], ...] = ()
    flags: tuple[str, ...] = ()
    jurisdiction: str = ""
    township: str = ""
    name: str = ""
    at: tuple[float, float] | None = None


@dataclass(frozen=True)
class Asked:
    """What `judge` is given: the day, the parameters, the rows by role, the answers by question.

    Tables have the columns of their schema and geometry in EPSG:4490. Answers to an Overlay are
    the pairs of `geodata.overlay.Met`; to a Filter the rows; to a Match the pairs of
    `layers.matching.Matched`, which stands whole under the same name in `matches`. `days` say of
    which day each list is: it tells nothing of the days after.
    """

    as_of: date
    numbers: Numbers
    tables: Mapping[str, gpd.GeoDataFrame]
    answers: Mapping[str, pd.DataFrame]
    matches: Mapping[str, Matched] = field(default_factory=dict)
    days: Mapping[str, date] = field(default_factory=dict)


Judge = Callable[[Asked], Iterable[Hit]]


@dataclass(frozen=True)
class Rule:
    """A supervision model (法律监督模型) as a declaration beside its layer.

    `version` changes whenever the same rows would be judged otherwise. `facts` name what the
    hits may state, with unit and codes; `point` is the supervision point (监督点): what the
    authority in charge is asked to do, and why that is its duty.
    """

    id: str
    version: str
    layer: str
    title: Title
    point: Title
    needs: tuple[Need, ...]
    questions: tuple[Ask, ...]
    judge: Judge
    outcomes: tuple[Outcome, ...]
    facts: tuple[Column, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    legal_basis: tuple[Law, ...] = ()

    def need(self, role: str) -> Need:
        """Return the need of a role; raise KeyError if there is none."""
        return {one.role: one for one in self.needs}[role]

    def outcome(self, outcome_id: str) -> Outcome:
        """Return one outcome; raise KeyError if there is none."""
        return {one.id: one for one in self.outcomes}[outcome_id]

    def severity(self, hit: Hit) -> Severity:
        """Return the gravest severity of what a hit says and flags."""
        said = {self.outcome(one).severity for one in (hit.outcome, *hit.flags)}
        return next(one for one in SEVERITIES if one in said)

    def defaults(self) -> dict[str, float]:
        """Return the parameters as they are unless somebody changes them."""
        return {one.id: one.default for one in self.parameters}


@dataclass(frozen=True, order=True)
class RowRef:
    """A row of a list or layer that a finding rests on, in the role that the rule gave it."""

    role: str
    table: str
    id: str


@dataclass(frozen=True)
class Finding:
    """One hit with all that is needed to defend it; see `Hit` for the facts.

    `lon` and `lat` (degrees, CGCS2000) are a point of the subject, None for one without a place.
    """

    rule: str
    version: str
    layer: str
    outcome: str
    severity: Severity
    rows: tuple[RowRef, ...]
    facts: tuple[tuple[str, Fact], ...]
    flags: tuple[str, ...]
    jurisdiction: str
    township: str = ""
    name: str = ""
    lon: float | None = None
    lat: float | None = None
    is_demonstration: bool = False
    rows_sha256: str = field(default="", compare=False)
    """What the rows said, all their columns: by it a finding is noticed to be stale."""

    @property
    def id(self) -> str:
        """Return the id that the same place keeps from run to run: rule, outcome, subject."""
        if not self.rows:
            return _digest([self.rule, self.outcome, self.jurisdiction, self.township])[:16]
        subject = self.rows[0]
        return _digest([self.rule, self.outcome, subject.table, subject.id])[:16]

    @property
    def facts_id(self) -> str:
        """Return what changes when the facts do: a decision holds for these facts alone."""
        rows = [[row.role, row.table, row.id] for row in self.rows]
        facts = [[name, _plain(value)] for name, value in self.facts]
        return _digest([self.id, self.version, rows, facts, list(self.flags)])[:16]

    def fact(self, name: str) -> Fact:
        """Return what stands under a fact's name, or nothing."""
        return dict(self.facts).get(name)


def _digest(told: object) -> str:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Fact) -> str | float | bool | None:
    return value.isoformat() if isinstance(value, date) else value
