"""What people do about look-backs by invitation: invite, withdraw, answer."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dashboard import holdings, reads, session
from dashboard.actions import leads as lead_actions
from dashboard.actions.leads import Photo
from dashboard.desks import invitations as invitation_desk
from dashboard.doors import acts
from dashboard.doors.access import may
from dashboard.doors.visitors import visitor
from dashboard.draft import storable
from geodata import GeodataError
from geodata.errors import BadLead, NotAllowed
from geodata.model import HazardRef
from layers import invitations as book
from layers.invitations import MOST_DAYS, PRECISIONS, SEEN, Answer, Invitation, Precision
from layers.leads import MOST_LETTERS


@dataclass(frozen=True)
class Done:
    """What became of an invitation: invited, withdrawn or answered."""

    what: str


@dataclass(frozen=True)
class Wish:
    """What is asked of a volunteer: to look at a hazard of a case, what at, within some days."""

    case: str
    hazard: str
    account: str
    look_at: str
    days: int
    precision: Precision


def invite(wish: Wish) -> None:
    """Invite a volunteer for this visitor's office, and keep what came of it."""
    who = session.writer()
    _keep_answer(lambda: make_invitation(wish, who))


def withdraw(invitation_id: str) -> None:
    """Withdraw an invitation of this visitor's office, and keep what came of it."""
    who = session.writer()
    _keep_answer(lambda: withdraw_invitation(invitation_id, who))


def answer(invitation_id: str, seen: str, text: str, photos: Sequence[Photo]) -> None:
    """Answer an invitation of this visitor's own, and keep what came of it."""
    _keep_answer(lambda: answer_invitation(invitation_id, seen, text, photos))


def make_invitation(wish: Wish, who: str) -> Done:
    """Keep an invitation to look at a hazard again; raise NotAllowed and BadLead."""
    state = reads.data_state()
    case = reads.case(wish.case, state.revision)
    if case is None or not who.strip() or not invitation_desk.may_invite(case):
        raise NotAllowed(who=who or "—", office=case.jurisdiction if case else "—")
    if not invitation_desk.is_at_look_back(case, state):
        raise BadLead(reason="invitation_stage", value=case.id)
    if wish.account not in invitation_desk.volunteers():
        raise BadLead(reason="invitation_whom", value=wish.account or "—")
    if wish.hazard not in invitation_desk.hazards_to_show(case, state):
        raise BadLead(reason="invitation_hazard", value=wish.hazard or "—")
    text = storable(wish.look_at.strip())
    if not text or len(text) > MOST_LETTERS:
        raise BadLead(reason="invitation_text", value=len(text))
    if not 1 <= wish.days <= MOST_DAYS or wish.precision not in PRECISIONS:
        raise BadLead(reason="invitation_days", value=wish.days)
    lon, lat = invitation_desk.place_of(wish.hazard, wish.precision, state)
    now = datetime.now(UTC)
    book.invite(
        holdings.journal(),
        Invitation(
            id=secrets.token_hex(8),
            case=case.id,
            hazard=wish.hazard,
            office=case.jurisdiction,
            account=wish.account,
            look_at=text,
            until=now + timedelta(days=wish.days),
            layer=HazardRef.parse(wish.hazard).layer,
            lon=lon,
            lat=lat,
            precision=wish.precision,
            by=storable(who),
            at=now,
        ),
    )
    return Done("invited")


def withdraw_invitation(invitation_id: str, who: str) -> Done:
    """Withdraw an invitation that waits; raise NotAllowed, BadLead and StaleEntry."""
    found, now = invitation_desk.find(invitation_id), datetime.now(UTC)
    if found is None or not who.strip() or not may(visitor(), "invite_volunteers", found.office):
        raise NotAllowed(who=who or "—", office="—")
    if found.standing(now) != "waiting":
        raise BadLead(reason="invitation_over", value="—")
    book.withdraw(holdings.journal(), found, storable(who), "", now)
    return Done("withdrawn")


def answer_invitation(invitation_id: str, seen: str, text: str, photos: Sequence[Photo]) -> Done:
    """Keep what a volunteer saw, if the invitation is theirs and still open.

    Raises NotAllowed, BadLead and StaleEntry.
    """
    who, now = visitor(), datetime.now(UTC)
    found = invitation_desk.of_key(invitation_id)
    if found is None or not may(who, "answer_invitations"):
        raise NotAllowed(who=who.name or "—", office="—")
    if found.standing(now) != "waiting":
        raise BadLead(reason="invitation_over", value="—")
    if seen not in SEEN:
        raise BadLead(reason="invitation_seen", value=seen or "—")
    if len(text) > MOST_LETTERS:
        raise BadLead(reason="lead_text", value=len(text))
    lead_actions.check_photos(photos)
    numbers = lead_actions.keep_photos(photos, who.name, found.case)
    told = Answer(seen, storable(text.strip()), numbers)
    draft = book.draft_of_answer(found, told, storable(who.name or "—"), now)
    act = acts.draft_of("invitation_answered", f"answer:{found.id}", {}, who, now)
    holdings.journal().append([draft, act], {draft.subject: found.entries})
    return Done("answered")


def _keep_answer(act: Callable[[], Done]) -> None:
    outcome: Done | GeodataError
    try:
        outcome = act()
    except GeodataError as trouble:
        outcome = trouble
    else:
        session.count_up("invitation_form")
    session.keep("invitation_answer", outcome)
