"""Invitations of volunteers to a look-back: what they are shown, until when, and what they answer.

An answer is what a volunteer saw. It is no finding of the office and moves no stage.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

import msgspec

from geodata.journal import Draft, Journal, JournalEntry

INVITED, WITHDRAWN, ANSWERED = "look_back_invited", "look_back_withdrawn", "look_back_answered"
KINDS = (INVITED, WITHDRAWN, ANSWERED)
SUBJECT = "invitation"

Precision = Literal["exact", "coarse"]
Seen = Literal["relapsed", "not_relapsed", "unclear"]
Standing = Literal["waiting", "answered", "withdrawn", "over"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
SEEN: tuple[Seen, ...] = get_args(Seen)
MOST_DAYS = 60


@dataclass(frozen=True)
class Answer:
    """What a volunteer saw; `photos` are numbers of pieces of evidence."""

    seen: Seen
    text: str = ""
    photos: tuple[int, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True)
class Invitation:
    """One volunteer, asked to look at one hazard of a case until an instant.

    `layer` and the place (degrees, EPSG:4490; as coarse as it was meant to be) are all that is
    passed on of the hazard. `entries` counts what is stored of it.
    """

    id: str
    case: str
    hazard: str
    office: str
    account: str
    look_at: str
    until: datetime
    layer: str
    lon: float | None
    lat: float | None
    precision: Precision
    by: str
    at: datetime
    is_withdrawn: bool = False
    answer: Answer | None = None
    entries: int = 1

    def standing(self, now: datetime) -> Standing:
        """Return how it stands: an answer that came in time stays one."""
        if self.answer is not None:
            return "answered"
        if self.is_withdrawn:
            return "withdrawn"
        return "waiting" if now < self.until else "over"


LEFT_OUT = frozenset({"id", "by", "at", "is_withdrawn", "answer", "entries"})


def invite(journal: Journal, invitation: Invitation) -> None:
    """Keep an invitation; raise StaleEntry where the id is taken."""
    told = msgspec.to_builtins(invitation)
    told = {name: value for name, value in told.items() if name not in LEFT_OUT}
    subject = f"{SUBJECT}:{invitation.id}"
    journal.append([Draft(subject, INVITED, invitation.by, invitation.at, told)], {subject: 0})


def withdraw(journal: Journal, invitation: Invitation, who: str, why: str, at: datetime) -> None:
    """Withdraw an invitation; raise StaleEntry where something was entered meanwhile."""
    subject = f"{SUBJECT}:{invitation.id}"
    draft = Draft(subject, WITHDRAWN, who, at, {"why": why, "office": invitation.office})
    journal.append([draft], {subject: invitation.entries})


def draft_of_answer(invitation: Invitation, answer: Answer, who: str, at: datetime) -> Draft:
    """Return the entry of an answer."""
    told = msgspec.to_builtins(replace(answer, at=None)) | {"account": invitation.account}
    return Draft(
        f"{SUBJECT}:{invitation.id}", ANSWERED, who, at, told | {"office": invitation.office}
    )


def read_invitations(journal: Journal) -> tuple[Invitation, ...]:
    """Return every invitation as it stands, in the order in which they were made."""
    entries = [one for kind in KINDS for one in journal.entries(kind=kind)]
    by_subject: dict[str, list[JournalEntry]] = {}
    for one in sorted(entries, key=lambda entry: entry.number):
        by_subject.setdefault(one.subject, []).append(one)
    return tuple(_invitation_of(some) for some in by_subject.values() if some[0].kind == INVITED)


def _invitation_of(entries: Sequence[JournalEntry]) -> Invitation:
    first, *more = entries
    facts = {"id": first.subject.removeprefix(f"{SUBJECT}:"), "by": first.who}
    plain = msgspec.convert({**first.told, **facts, "at": first.at.isoformat()}, Invitation)
    found = replace(plain, at=first.at, entries=len(entries))
    for one in more:
        if one.kind == WITHDRAWN:
            found = replace(found, is_withdrawn=True)
        elif found.answer is None:
            told = {name: one.told[name] for name in ("seen", "text", "photos")}
            found = replace(found, answer=replace(msgspec.convert(told, Answer), at=one.at))
    return found
