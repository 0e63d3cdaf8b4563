"""Views for guests: a link for a limited time, to named cases, for a named person and purpose.

What a link shows is no part of it: the link names an entry of the journal, which says which cases,
for whom, until when; a further entry revokes it. Only somebody who holds the signed text of a link
gets in, and what they see has aliases, stages and days: no place, no evidence, no notes.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from itsdangerous import BadSignature

from dashboard import holdings, reads
from dashboard.doors import acts
from dashboard.doors.access import Visitor, may, may_everywhere
from dashboard.doors.visitors import visitor
from dashboard.draft import storable
from dashboard.routes.tile_pass import signer
from geodata import Case, Language, hazards_of, stage_of
from geodata.commands_on_record import COMMAND_RUN, PREFIX, RESTORED
from geodata.errors import BadAccount, NotAllowed
from geodata.lifecycle import in_effect
from layers.disclosure import (
    Aliases,
    entities_of_cases,
    entities_of_city,
    entities_of_features,
    entities_of_persons,
    make_aliases,
)

SALT = "guests"
MOST_DAYS, MOST_CASES = 30, 20


@dataclass(frozen=True)
class GuestLink:
    """A link that was given: for whom, what for, to which cases, until when, by whom."""

    id: str
    recipient: str
    purpose: str
    cases: tuple[str, ...]
    until: datetime
    by: str
    office: str
    at: datetime
    uses: int = 0
    is_revoked: bool = False

    def holds(self, now: datetime) -> bool:
        """Return whether it lets anybody in now."""
        return not self.is_revoked and now < self.until


@dataclass(frozen=True)
class ShownCase:
    """What a guest reads of a case: words alone, aliases in them."""

    title: str
    facts: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str], ...]
    is_demonstration: bool


def give(recipient: str, purpose: str, cases: Sequence[str], days: int) -> tuple[GuestLink, str]:
    """Give a link to cases that this visitor may see and whose office is theirs; return its text.

    Raises NotAllowed, and BadAccount for a wish that says too little or asks for too long.
    """
    who, now = visitor(), datetime.now(UTC)
    recipient, purpose = storable(recipient.strip()), storable(purpose.strip())
    chosen = tuple(dict.fromkeys(cases))[:MOST_CASES]
    if not (recipient and purpose and chosen):
        raise BadAccount(field="recipient", value=recipient or "—", reason="guest_empty")
    if not 1 <= days <= MOST_DAYS:
        raise BadAccount(field="days", value=days, reason="guest_long")
    for one in chosen:
        case = reads.case(one, holdings.data_revision())
        if case is None or not may(who, "give_guest_links", case.jurisdiction):
            raise NotAllowed(who=who.name, office=case.jurisdiction if case else "—")
    until = now + timedelta(days=days)
    link = GuestLink(
        secrets.token_hex(8), recipient, purpose, chosen, until, who.name, who.office, now
    )
    told = {"recipient": recipient, "purpose": purpose, "cases": list(chosen)}
    acts.note("guest_link_given", _subject(link.id), told | {"until": until.isoformat()})
    return link, write_token(link)


def titles_to_give(titles: Mapping[str, str], revision: str) -> dict[str, str]:
    """Return the titles of the cases that this visitor may give links to."""
    who, offices = visitor(), holdings.casebook(revision).cases.set_index("id")["jurisdiction"]
    return {
        one: title
        for one, title in titles.items()
        if may(who, "give_guest_links", str(offices[one]))
    }


def revoke(link_id: str) -> None:
    """Revoke a link that this visitor may give; raises NotAllowed for any other."""
    if not any(one.id == link_id for one in given()):
        raise NotAllowed(who=visitor().name or "—", office="—")
    acts.note("guest_link_revoked", _subject(link_id), {})


def given() -> tuple[GuestLink, ...]:
    """Return the links that people of this visitor's office gave, the newest first."""
    who = visitor()
    is_all = may_everywhere(who, "give_guest_links")
    return tuple(
        one
        for one in reversed(_all().values())
        if is_all or may(who, "give_guest_links", one.office or "-")
    )


def write_token(link: GuestLink) -> str:
    """Return the text that lets somebody in by a link."""
    written: str = signer(SALT).dumps([link.id, int(link.until.timestamp())])
    return written


def read_token(token: str, now: datetime) -> GuestLink | None:
    """Return the link that a text lets in by, None for one that holds no more or never did."""
    try:
        link_id, until = signer(SALT).loads(token)
        is_over = now.timestamp() >= float(until)
    except (BadSignature, TypeError, ValueError):
        return None
    link = None if is_over else _all().get(str(link_id))
    return link if link is not None and link.holds(now) else None


def note_use(link: GuestLink) -> None:
    """Put on record that somebody came in by a link."""
    guest = Visitor(f"guest:{link.id}", link.recipient, "guest", link.office, "accounts")
    acts.note("guest_link_used", _subject(link.id), {}, guest)


def _all() -> dict[str, GuestLink]:
    """Return every link by its id, in the order they were given, with what became of it.

    A restore brings back an older record, which cannot say what was revoked since: it ends all.
    """
    links: dict[str, GuestLink] = {}
    journal = holdings.journal()
    restored = journal.entries(subject=f"command:{RESTORED}", kind=COMMAND_RUN)
    ended = max((one.number for one in restored), default=0)
    for one in journal.entries(kind=f"{PREFIX}guest_link_given"):
        told = one.told
        link_id = one.subject.removeprefix("guest:")
        links[link_id] = GuestLink(
            link_id,
            told["recipient"],
            told["purpose"],
            tuple(told["cases"]),
            datetime.fromisoformat(told["until"]),
            one.who,
            told["office"],
            one.at,
            is_revoked=one.number < ended,
        )
    for one in journal.entries(kind=f"{PREFIX}guest_link_used"):
        link = links.get(one.subject.removeprefix("guest:"))
        if link is not None:
            links[link.id] = replace(link, uses=link.uses + 1)
    for one in journal.entries(kind=f"{PREFIX}guest_link_revoked"):
        link = links.get(one.subject.removeprefix("guest:"))
        if link is not None:
            links[link.id] = replace(link, is_revoked=True)
    return links


def _subject(link_id: str) -> str:
    return f"guest:{link_id}"


# ------------------------------------------------------------------------ what is shown


def shown_cases(link: GuestLink, language: Language) -> tuple[ShownCase, ...]:
    """Return what a guest reads: each case of the link as it stands, aliases in place of names."""
    revision = holdings.whole_revision()
    found = (reads.case(one, revision) for one in link.cases)
    cases = [one for one in found if one is not None]
    aliases = _aliases_of(cases, revision)
    return tuple(_shown(one, aliases, language, revision) for one in cases)


def _aliases_of(cases: Sequence[Case], revision: str) -> Aliases:
    city = holdings.city()
    refs = {str(ref) for case in cases for ref in hazards_of(case)}
    rows = holdings.all_features(revision)
    rows = rows[rows["ref"].isin(refs)]
    people = {event.recorded_by for case in cases for event in case.events}
    frames: Mapping[str, object] = dict(iter(rows.groupby("layer")))
    return make_aliases(
        [
            *entities_of_cases(cases, city),
            *entities_of_features(frames, city),  # type: ignore[arg-type]
            *entities_of_city(city),
            *entities_of_persons(people),
        ]
    )


def _shown(case: Case, aliases: Aliases, language: Language, revision: str) -> ShownCase:
    names, state = reads.naming_of(case, language), reads.data_state(revision=revision)
    stage = stage_of(case, names.rules, state.as_of)
    hazards = [names.title(names.layer(ref.layer).title) for ref in hazards_of(case)]
    counted = [f"{one} × {hazards.count(one)}" for one in dict.fromkeys(hazards)]

    def hide(text: str) -> str:
        return aliases.hide(text, language)

    facts = (
        ("kind", names.code("case_kinds", case.kind)),
        ("field", names.code("fields", case.field)),
        ("agency", hide(case.agency) or "—"),
        ("stage", names.title(stage.title) if stage else "—"),
        ("hazards", names.list_of(counted) or "—"),
    )
    steps = tuple(
        (event.occurred_on.isoformat(), names.title(names.rules.stages[event.kind].title))
        for _, event in in_effect(case.events)
        if event.kind in names.rules.stages and event.occurred_on <= state.as_of
    )
    return ShownCase(hide(names.title(case.title)), facts, steps, case.is_demonstration)
