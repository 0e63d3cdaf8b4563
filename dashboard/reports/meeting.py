"""A meeting that reviews cases one by one: what was noted, what is to be corrected, the minutes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Literal

import pandas as pd

from dashboard.naming import Naming
from dashboard.panels.figures.words import NOTHING
from dashboard.reports.blocks import Block, Heading, Paper, Para, Table, Turn
from geodata import Case
from geodata.case_file import Review, reviews_of
from layers.imprint import Imprint

State = Literal["answered", "late", "open", "nothing"]
SIGNS: dict[State, str] = {"answered": "✓", "late": "▲", "open": "○", "nothing": "–"}
COLUMNS = (
    *("case", "title", "office", "on", "by", "merits", "problems"),
    *("correction", "due", "who", "state"),
)
NOTE_WIDTHS = (3.4, 12.2)
MISSING_WIDTHS = (3.6, 9.6, 2.4)
LIST_WIDTHS = (3.2, 6.0, 6.4, 2.4, 3.0, 4.6)


@dataclass(frozen=True)
class Noted:
    """One note on one case."""

    case: Case
    review: Review

    def state(self, as_of: date) -> State:
        """Return what became of what it asks for, by a day."""
        if self.review.answered_on and self.review.answered_on <= as_of:
            return "answered"
        if not self.review.is_open(as_of):
            return "nothing"
        return "late" if self.review.due_on and self.review.due_on < as_of else "open"


@dataclass(frozen=True, eq=False)
class Meeting:
    """The cases that a meeting goes through in their order, and the day that it is held on."""

    on: date
    cases: tuple[Case, ...]
    as_of: date
    known_at: datetime | None = None

    @cached_property
    def notes(self) -> tuple[Noted, ...]:
        """Return every note on its cases, in their order."""
        return tuple(
            Noted(case, one)
            for case in self.cases
            for one in reviews_of(case, self.as_of, self.known_at)
        )

    @property
    def own(self) -> tuple[Noted, ...]:
        """Return the notes that are of this meeting: those of its day."""
        return tuple(one for one in self.notes if one.review.on == self.on)

    @cached_property
    def reviewed(self) -> frozenset[str]:
        """Return the ids of the cases that were reviewed at this meeting."""
        return frozenset(one.case.id for one in self.own)

    def open_case(self, asked: str) -> Case | None:
        """Return the case that is asked for, or else the first that is not reviewed yet."""
        by_id = {one.id: one for one in self.cases}
        waiting = [one for one in self.cases if one.id not in self.reviewed]
        return by_id.get(asked) or next(iter(waiting or self.cases), None)

    def beside(self, case: Case, step: int) -> str:
        """Return the id of the case some steps on, blank where there is none."""
        ids = [one.id for one in self.cases]
        place = ids.index(case.id) + step
        return ids[place] if 0 <= place < len(ids) else ""

    def next_waiting(self, case: Case) -> str:
        """Return the id of the next case after one that is not reviewed, round the end."""
        ids = [one.id for one in self.cases]
        place = ids.index(case.id)
        turned = [*ids[place + 1 :], *ids[:place]]
        return next((one for one in turned if one not in self.reviewed), "")


def notes_table(meeting: Meeting, names: Naming, *, own_only: bool = False) -> pd.DataFrame:
    """Return the notes in words, a row each; days are `date`."""
    told = [
        (
            one.case.id,
            names.title(one.case.title),
            names.office(one.case.jurisdiction),
            one.review.on,
            one.review.by,
            one.review.merits,
            one.review.problems,
            one.review.correction,
            one.review.due_on,
            one.review.responsible,
            say_state(one, meeting.as_of, names),
        )
        for one in (meeting.own if own_only else meeting.notes)
    ]
    heads = [names.word(f"documents.review.column.{one}") for one in COLUMNS]
    return pd.DataFrame(told, columns=heads, dtype=object)


def say_state(one: Noted, as_of: date, names: Naming) -> str:
    """Return what became of a note in words, with a sign before it."""
    state = one.state(as_of)
    word = names.word(f"documents.review.state.{state}")
    day = one.review.answered_on.isoformat() if one.review.answered_on else ""
    tail = f" {day} {one.review.answer}" if state == "answered" else ""
    return f"{SIGNS[state]} {word}{tail}".rstrip()


def draft_minutes(meeting: Meeting, names: Naming, imprint: Imprint) -> Paper:
    """Return the minutes of a meeting: its notes case by case, then what is to be corrected."""
    return Paper(
        title=names.word("documents.minutes.title"),
        subtitle=names.word("documents.minutes.subtitle", day=meeting.on.isoformat()),
        blocks=tuple(_minutes(meeting, names)),
        imprint=imprint,
        language=names.language,
        letter_pt=14.0,
        line_pt=24.0,
        indents=False,
    )


def _minutes(meeting: Meeting, names: Naming) -> Iterator[Block]:
    people = dict.fromkeys(one.review.by for one in meeting.own if one.review.by)
    facts = {
        "day": meeting.on.isoformat(),
        "cases": len(meeting.cases),
        "reviewed": len(meeting.reviewed),
        "notes": len(meeting.own),
        "people": names.list_of(people) or NOTHING,
    }
    yield Para(names.word("documents.minutes.facts", **facts))
    yield Heading(names.word("documents.minutes.notes"), 1)
    for case in meeting.cases:
        own = [one for one in meeting.own if one.case.id == case.id]
        if own:
            title = f"{names.title(case.title)}（{case.id}）"
            yield Heading(
                title if names.language == "zh" else f"{names.title(case.title)} ({case.id})", 2
            )
            for one in own:
                yield _note(one, meeting.as_of, names)
    yield from _missing(meeting, names)
    due = sorted(
        (one for one in meeting.notes if one.review.is_open(meeting.as_of)),
        key=lambda one: (one.review.due_on or date.max, one.case.id, one.review.number),
    )
    yield Turn(is_landscape=True)
    yield Heading(names.word("documents.minutes.due"), 1)
    if not due:
        yield Para(names.word("documents.minutes.nothing_due"), "plain")
        return
    yield Para(names.word("documents.minutes.due_told", count=len(due)), "plain")
    head = ("case", "problems", "correction", "due", "who", "state")
    yield Table(
        names.word("documents.minutes.table"),
        tuple(names.word(f"documents.review.column.{one}") for one in head),
        tuple(
            (
                f"{one.case.id}\n{names.title(one.case.title)}",
                one.review.problems,
                one.review.correction,
                one.review.due_on.isoformat() if one.review.due_on else NOTHING,
                one.review.responsible or NOTHING,
                "\n".join(
                    (say_state(one, meeting.as_of, names), f"{one.review.on} {one.review.by}")
                ),
            )
            for one in due
        ),
        LIST_WIDTHS,
        9.5,
    )


def _missing(meeting: Meeting, names: Naming) -> Iterator[Block]:
    missing = [one for one in meeting.cases if one.id not in meeting.reviewed]
    if missing:
        yield Heading(names.word("documents.minutes.missing", count=len(missing)), 1)
        yield Table(
            "",
            tuple(
                names.word(f"documents.review.column.{one}") for one in ("case", "title", "office")
            ),
            tuple(
                (one.id, names.title(one.title), names.office(one.jurisdiction)) for one in missing
            ),
            MISSING_WIDTHS,
            9.5,
        )


def _note(one: Noted, as_of: date, names: Naming) -> Table:
    review = one.review
    told = (
        ("by", review.by),
        ("merits", review.merits),
        ("problems", review.problems),
        ("correction", review.correction),
        ("due", review.due_on.isoformat() if review.due_on else ""),
        ("who", review.responsible),
        ("state", say_state(one, as_of, names)),
    )
    rows = tuple(
        (names.word(f"documents.review.column.{name}"), value or NOTHING) for name, value in told
    )
    return Table("", ("", ""), rows, NOTE_WIDTHS)
