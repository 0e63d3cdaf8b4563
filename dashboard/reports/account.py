"""What papers are drafted from: the figures of a period and of its last day, the cases, the days.

Everything is of one office, or of the whole city, seen from one day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from dashboard.naming import Naming
from geodata import Case, stage_of
from geodata.case_file import Element, Review, elements_of, reviews_of
from geodata.case_file import gaps as gaps_in
from geodata.lifecycle import known_on
from layers.due_list import DueList
from layers.imprint import Imprint
from layers.indicators import CLOSED_GROUPS
from layers.tally import Tally
from layers.yearbook import Period

COURSE = (
    "lead_registered",
    "case_filed",
    "criminal_incidental_filed",
    "announcement",
    "recommendation_served",
    "agency_replied",
    "rectification_verified",
    "suit_filed",
    "first_instance_judgment",
    "support_prosecution",
    "look_back",
    "look_back_passed",
    "relapse_found",
)
"""The entries by which the course of a case is told in one sentence."""


@dataclass(frozen=True, eq=False)
class Account:
    """What is known of an office (blank: of the whole city) in a period, and on its last day.

    `now` and `before` are the figures of the period and of the same days a year before, `more`
    the tallies of `layers.summary_tallies`; all are of the office alone. `cases` are whole, and
    those of the office. `typical` are the ids of the cases that are told as typical.
    """

    office: str
    period: Period
    now: Mapping[str, Tally]
    before: Mapping[str, Tally]
    more: Mapping[str, Tally]
    cases: tuple[Case, ...]
    due: DueList
    hazard_names: Mapping[str, str]
    names: Naming
    imprint: Imprint
    typical: tuple[str, ...] = ()
    known_at: datetime | None = None

    @property
    def as_of(self) -> date:
        """Return the day that everything is seen from."""
        return self.imprint.as_of

    @property
    def author(self) -> str:
        """Return whose paper it is: an office, or the offices of the city."""
        if self.office:
            return self.names.office_title(self.office)
        city = self.names.title(self.names.city.title)
        return self.names.word("documents.city_offices", city=city)

    @cached_property
    def by_id(self) -> Mapping[str, Case]:
        """Return the cases by their ids."""
        return {one.id: one for one in self.cases}

    @property
    def span(self) -> str:
        """Return the days of the period in words: a year, or from one day to another."""
        first, last = self.period
        if (first.month, first.day) == (1, 1) and (last.month, last.day) == (12, 31):
            return self.names.word("documents.year", year=first.year)
        return self.names.word("figures.days_of_period", first=first, last=last)

    def then(self, case: Case) -> Case:
        """Return a case with what had happened by the day, as it was known."""
        return known_on(case, self.as_of, self.known_at)

    def title(self, case: Case) -> str:
        """Return the title of a case, in the brackets that titles have."""
        return self.names.word("documents.quoted", title=self.names.title(case.title))

    def stage(self, case: Case) -> str:
        """Return the stage that a case had reached, or that none is recorded."""
        names = self.names.under(case.rule_set)
        found = stage_of(case, names.rules, self.as_of, self.known_at)
        return names.title(found.title) if found else names.word("story.not_recorded")

    def is_closed(self, case: Case) -> bool:
        """Return whether a case had ended by the day."""
        rules = self.names.under(case.rule_set).rules
        found = stage_of(case, rules, self.as_of, self.known_at)
        return found is not None and found.group in CLOSED_GROUPS

    def course(self, case: Case) -> str:
        """Return what happened in a case in one line: each step with its first day."""
        names = self.names.under(case.rule_set)
        first: dict[str, date] = {}
        for event in self.then(case).events:
            is_end = event.kind in names.rules.stages and names.rules.stages[event.kind].is_terminal
            if event.kind in COURSE or is_end:
                first.setdefault(event.kind, event.occurred_on)
        steps = [
            names.word(
                "documents.step",
                day=day.isoformat(),
                step=names.title(names.rules.event_title(kind)),
            )
            for kind, day in sorted(first.items(), key=lambda one: one[1])
        ]
        return names.word("documents.comma").join(steps)

    def reviews(self) -> Sequence[tuple[Case, Review]]:
        """Return the review notes that ask for a correction which is not entered yet."""
        return [
            (case, one)
            for case in self.cases
            for one in reviews_of(case, self.as_of, self.known_at)
            if one.is_open(self.as_of)
        ]

    def gaps(self) -> Sequence[tuple[Case, Element]]:
        """Return the elements of litigation readiness that lack something, in cases that run."""
        return [
            (case, one)
            for case in self.cases
            if not self.is_closed(case)
            for one in gaps_in(
                elements_of(case, self.names.under(case.rule_set).rules, self.as_of, self.known_at)
            )
        ]

    def details_of(self, kinds: Sequence[str], detail: str) -> tuple[str, ...]:
        """Return what entries of the period say in a detail, each part once, in their order."""
        first, last = self.period
        told: dict[str, None] = {}
        for case in self.cases:
            for event in self.then(case).events:
                if event.kind in kinds and first <= event.occurred_on <= min(last, self.as_of):
                    for part in event.detail(detail).replace("，", "、").split("、"):
                        if part.strip():
                            told[part.strip()] = None
        return tuple(told)
