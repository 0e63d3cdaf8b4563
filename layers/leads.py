"""Leads from the public: as they came in, who joined them, what was decided.

A lead is no case yet. It lies in the journal: one entry as it was reported, one for each further
person who saw the same, one for each decision with who, when and why. Photographs are pieces of
evidence from the minute they are handed in; a lead names them by number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, get_args

import msgspec

from geodata.journal import Draft, Journal, JournalEntry
from geodata.lifecycle import OFFICE_TIME

REPORTED, JOINED, DECIDED = "lead_reported", "lead_joined", "lead_decided"
KINDS = (REPORTED, JOINED, DECIDED)
SUBJECT = "lead"

VOLUNTEER = "volunteer_yixinweigong"
"""The source of a lead that a volunteer submits; codes are those of the rule set."""

PUBLIC_ORIGIN = "public_lead"
"""How a photograph came that somebody of the public handed in."""

State = Literal["received", "evaluating", "registered", "merged", "not_taken"]
STATES: tuple[State, ...] = get_args(State)
OPEN: frozenset[State] = frozenset({"received", "evaluating"})

Act = Literal["evaluate", "register", "merge", "pass_on", "not_take", "tell", "reopen"]
ACTS: tuple[Act, ...] = get_args(Act)
LEADS_TO: Mapping[Act, State] = {
    "evaluate": "evaluating",
    "register": "registered",
    "merge": "merged",
    "pass_on": "received",
    "not_take": "not_taken",
    "reopen": "evaluating",
}
"""Where each decision leaves a lead; to tell something changes nothing."""

REASONS = (
    "not_public",
    "private_dispute",
    "not_as_told",
    "already_handled",
    "too_little",
    "no_jurisdiction",
    "other_reason",
)
"""Why a lead is not taken, in classes that whoever reported it may be told (R27)."""

AFTER: Mapping[State, tuple[Act, ...]] = {
    "received": ("evaluate", "register", "merge", "pass_on", "not_take", "tell"),
    "evaluating": ("register", "merge", "pass_on", "not_take", "tell"),
    "registered": ("tell", "reopen"),
    "merged": ("tell", "reopen"),
    "not_taken": ("tell", "reopen"),
}
"""What may be decided on a lead, by where it stands."""

MOST_A_DAY, MOST_PHOTOS, MOST_PHOTO_MB = 10, 6, 15
LEAST_LETTERS, MOST_LETTERS, MOST_CONTACT = 6, 1000, 100
OLDEST_DAYS = 3660


@dataclass(frozen=True)
class Report:
    """What one person says they saw: degrees in EPSG:4490, None where there is no place.

    `said` and `system` are the place as it was given, `place` is the place in words. `photos` are
    numbers of pieces of evidence.
    """

    kind: str
    text: str
    seen_on: date
    lon: float | None = None
    lat: float | None = None
    said: str = ""
    system: str = ""
    place: str = ""
    photos: tuple[int, ...] = ()
    contact: str = ""

    @property
    def has_place(self) -> bool:
        """Return whether it lies on the map."""
        return self.lon is not None and self.lat is not None


@dataclass(frozen=True)
class Voice:
    """What a further person said of the same thing."""

    account: str
    who: str
    at: datetime
    report: Report


@dataclass(frozen=True)
class Decision:
    """One decision on a lead, before or after it is entered; `why` is the office's own.

    `told` is what whoever reported it is told beyond the plain status. `case`, `lead`, `hazard`
    (layer:id) and `to_office` are where it went.
    """

    act: Act
    why: str = ""
    reason: str = ""
    told: str = ""
    case: str = ""
    lead: str = ""
    hazard: str = ""
    to_office: str = ""
    who: str = ""
    account: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Lead:
    """One lead with everything that is known of it; `seen` counts the entries on it.

    `office` is the one that has it now, `from_office` the one that passed it on. `ticket` is the
    number that a hotline gave it. `is_counted` says whether volunteers may learn that it is there.
    """

    id: str
    source: str
    office: str
    report: Report
    account: str
    who: str
    at: datetime
    ticket: str = ""
    is_counted: bool = False
    is_demonstration: bool = False
    from_office: str = ""
    state: State = "received"
    voices: tuple[Voice, ...] = ()
    decisions: tuple[Decision, ...] = ()
    seen: int = 1

    @property
    def last(self) -> Decision | None:
        """Return the decision that the lead stands by, None before the first."""
        moved = [one for one in self.decisions if one.act != "tell"]
        return moved[-1] if moved else None

    @property
    def photos(self) -> tuple[int, ...]:
        """Return every photograph, those of further people too."""
        return (*self.report.photos, *(n for one in self.voices for n in one.report.photos))

    @property
    def case(self) -> str:
        """Return the case that it became or was put to, or nothing."""
        last = self.last
        return last.case if last and self.state in {"registered", "merged"} else ""

    def is_from(self, account: str) -> bool:
        """Return whether somebody reported or joined this."""
        return bool(account) and account in {self.account, *(one.account for one in self.voices)}


# ----------------------------------------------------------------------- entries


def draft_of_lead(lead: Lead) -> Draft:
    """Return the entry by which a lead comes in."""
    told = {
        "source": lead.source,
        "office": lead.office,
        "account": lead.account,
        "ticket": lead.ticket,
        "is_counted": lead.is_counted,
        "is_demonstration": lead.is_demonstration,
        "report": msgspec.to_builtins(lead.report),
    }
    return Draft(f"{SUBJECT}:{lead.id}", REPORTED, lead.who, lead.at, told)


def draft_of_voice(lead: Lead, voice: Voice) -> Draft:
    """Return the entry by which somebody joins a lead."""
    report = msgspec.to_builtins(voice.report)
    told = {"account": voice.account, "office": lead.office, "report": report}
    return Draft(f"{SUBJECT}:{lead.id}", JOINED, voice.who, voice.at, told)


def draft_of_decision(lead: Lead, decision: Decision) -> Draft:
    """Return the entry of a decision; raise ValueError for one without its instant."""
    subject = f"{SUBJECT}:{lead.id}"
    if decision.at is None:
        raise ValueError(f"{subject}: no instant")
    told = msgspec.to_builtins(replace(decision, who="", at=None))
    told |= {"office": lead.office}
    return Draft(subject, DECIDED, decision.who, decision.at, told)


def decide(journal: Journal, lead: Lead, decision: Decision) -> Lead:
    """Enter a decision by somebody who had seen `lead.seen` entries; raise StaleEntry."""
    draft = draft_of_decision(lead, decision)
    journal.append([draft], {draft.subject: lead.seen})
    return _decided(replace(lead, seen=lead.seen + 1), decision)


def next_lead_id(taken: Sequence[str], on: date) -> str:
    """Return the id that the next lead of a day bears: the day and a number.

    >>> next_lead_id(["2026-03-01-02", "2026-02-28-07"], date(2026, 3, 1))
    '2026-03-01-03'
    """
    stem = f"{on.isoformat()}-"
    numbers = [one.removeprefix(stem) for one in taken if one.startswith(stem)]
    last = max((int(one) for one in numbers if one.isdecimal()), default=0)
    return f"{stem}{last + 1:02d}"


# ------------------------------------------------------------------------ reading


def read_leads(journal: Journal) -> tuple[Lead, ...]:
    """Return every lead as it stands, in the order in which they came in."""
    entries = [one for kind in KINDS for one in journal.entries(kind=kind)]
    by_lead: dict[str, list[JournalEntry]] = {}
    for one in sorted(entries, key=lambda entry: entry.number):
        by_lead.setdefault(one.subject, []).append(one)
    return tuple(lead_of(some) for some in by_lead.values() if some[0].kind == REPORTED)


def lead_of(entries: Sequence[JournalEntry]) -> Lead:
    """Return the lead that its entries tell, the first of them as it was reported."""
    first, *more = entries
    told = first.told
    lead = Lead(
        id=first.subject.removeprefix(f"{SUBJECT}:"),
        source=told["source"],
        office=told["office"],
        report=msgspec.convert(told["report"], Report),
        account=told["account"],
        who=first.who,
        at=first.at,
        ticket=told["ticket"],
        is_counted=told["is_counted"],
        is_demonstration=told["is_demonstration"],
    )
    for one in more:
        if one.kind == JOINED:
            report = msgspec.convert(one.told["report"], Report)
            voice = Voice(one.told["account"], one.who, one.at, report)
            lead = replace(lead, voices=(*lead.voices, voice))
        else:
            facts = {name: value for name, value in one.told.items() if name != "office"}
            decision = replace(msgspec.convert(facts, Decision), who=one.who, at=one.at)
            lead = _decided(lead, decision)
    return replace(lead, seen=len(entries))


def _decided(lead: Lead, decision: Decision) -> Lead:
    state = LEADS_TO.get(decision.act, lead.state)
    lead = replace(lead, state=state, decisions=(*lead.decisions, decision))
    if decision.act == "pass_on":
        return replace(lead, office=decision.to_office, from_office=lead.office)
    return lead


def count_of_day(leads: Sequence[Lead], account: str, on: date) -> int:
    """Return how many leads and voices somebody brought on a day of the offices' clock."""
    times = [one.at for one in leads if one.account == account]
    times += [v.at for one in leads for v in one.voices if v.account == account]
    return sum(at.astimezone(OFFICE_TIME).date() == on for at in times)
