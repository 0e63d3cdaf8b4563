"""What whoever reported something is told of it: a plain status, a class of reason, chosen words.

Never a number of a case, a party, a person of the office or what somebody else reported.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from geodata.lifecycle import OFFICE_TIME
from layers.leads import Lead, Report

Status = Literal[
    "received", "evaluating", "filed", "closed", "not_filed", "referred", "known", "not_taken"
]
STATUSES: tuple[Status, ...] = get_args(Status)

ENDED: frozenset[Status] = frozenset({"closed", "not_filed", "referred", "not_taken"})
"""After these nobody joins a lead any more: what is seen anew is a new lead."""

REFERRED = frozenset({"lead_referred", "lead_reported_up", "lead_diverted", "case_transferred"})
STAGE_GROUPS: Mapping[str, Status] = {
    "lead": "evaluating",
    "closed": "closed",
    "look_back": "closed",
}
MOST_STEPS = 20
"""How far merged leads are followed: beyond it they go in a circle."""

StageOf = Callable[[str], tuple[str, str]]
"""Returns the stage of a case and its group; blanks for a case that is not there."""


@dataclass(frozen=True)
class PublicLead:
    """One lead as its reporter sees it: their own words, and how it stands.

    `told` are what the office chose to tell, with the day of each.
    """

    key: str
    report: Report
    reported_at: datetime
    status: Status
    reason: str
    told: tuple[tuple[date, str], ...]
    is_joined: bool
    is_demonstration: bool


def status_of_case(stage: str, group: str) -> Status:
    """Return what may be said of a case by its stage: that it goes on, or how it ended.

    >>> status_of_case("not_filed", "closed"), status_of_case("investigation", "investigation")
    ('not_filed', 'filed')
    """
    if stage == "not_filed":
        return "not_filed"
    if stage in REFERRED:
        return "referred"
    return STAGE_GROUPS.get(group, "filed") if stage else "evaluating"


def status_of(lead: Lead, leads: Mapping[str, Lead], stage_of: StageOf) -> tuple[Status, str]:
    """Return how a lead stands for its reporter, and the reason where there is one.

    A lead that became a case, or was put to another, follows where that goes.
    """
    for _ in range(MOST_STEPS):
        last = lead.last
        if lead.state == "not_taken":
            return "not_taken", last.reason if last else ""
        if lead.state == "evaluating":
            return "evaluating", ""
        if last is None or lead.state == "received":
            return "received", ""
        if last.case:
            return status_of_case(*stage_of(last.case)), ""
        if last.lead not in leads:
            return "known", ""
        lead = leads[last.lead]
    return "known", ""


def public_leads(
    account: str, leads: Mapping[str, Lead], stage_of: StageOf, hide: Callable[[str], str] = str
) -> tuple[PublicLead, ...]:
    """Return what somebody reported or joined, the newest first; of joined ones their own part.

    `hide` takes names and numbers out of what an office wrote.
    """
    own = [one for one in leads.values() if one.is_from(account)]
    found = [_public(account, one, leads, stage_of, hide) for one in own]
    return tuple(sorted(found, key=lambda one: one.reported_at, reverse=True))


def _public(
    account: str,
    lead: Lead,
    leads: Mapping[str, Lead],
    stage_of: StageOf,
    hide: Callable[[str], str],
) -> PublicLead:
    is_joined = lead.account != account
    report, at = lead.report, lead.at
    if is_joined:
        voice = next(one for one in lead.voices if one.account == account)
        report, at = voice.report, voice.at
    status, reason = status_of(lead, leads, stage_of)
    told = tuple(
        (one.at.astimezone(OFFICE_TIME).date(), hide(one.told))
        for one in lead.decisions
        if one.told and one.at is not None and one.at >= at
    )
    key = f"{at.timestamp():.6f}"
    return PublicLead(key, report, at, status, reason, told, is_joined, lead.is_demonstration)
