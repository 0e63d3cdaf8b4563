"""What is asked about invitations to a look-back: those of a case, and a volunteer's own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from dashboard import holdings, reads
from dashboard.desks import leads as lead_desk
from dashboard.doors.access import may, may_everywhere
from dashboard.doors.visitors import accounts, visitor
from dashboard.reads import DataState
from geodata import Case, GeodataError, Language, hazards_of, stage_of
from geodata.lifecycle import in_effect
from geodata.selection import have_place
from layers.invitations import Answer, Invitation, Standing
from layers.lead_places import coarse

ROLE = "volunteer"
PLANNED = "look_back_planned"


@dataclass(frozen=True)
class Invited:
    """One invitation as the volunteer sees it: no case, no name, the place as it may be told."""

    key: str
    layer: str
    lon: float | None
    lat: float | None
    precision: str
    look_at: str
    until: datetime
    at: datetime
    standing: Standing
    answer: Answer | None
    is_demonstration: bool


def may_invite(case: Case) -> bool:
    """Return whether this visitor may invite volunteers to look at a case again."""
    return may(visitor(), "invite_volunteers", case.jurisdiction)


def is_at_look_back(case: Case, state: DataState) -> bool:
    """Return whether a case is at its look-back, has one planned, or may come to one."""
    rules = reads.rules_of(case)
    stage = stage_of(case, rules, state.as_of, state.known_at)
    if stage is None:
        return False
    is_planned = any(event.kind == PLANNED for _, event in in_effect(case.events, state.known_at))
    return is_planned or stage.group == "look_back" or "look_back" in stage.allowed_next(case.kind)


def volunteers() -> Mapping[str, str]:
    """Return the volunteers that this visitor may invite by account, with their names.

    On one's own machine there are no accounts: whoever sits there may try it with themselves.
    """
    who = visitor()
    if who.way == "none":
        return {who.account: who.name}
    try:
        known = accounts().all()
    except GeodataError:
        return {}
    everywhere = may_everywhere(who, "invite_volunteers")
    return {
        one.account: one.name
        for one in known
        if one.role == ROLE and not one.is_locked and (everywhere or one.office == who.office)
    }


def of_case(case: Case) -> tuple[Invitation, ...]:
    """Return the invitations of a case whose office may invite, the newest first."""
    if not may(visitor(), "see_leads", case.jurisdiction):
        return ()
    return tuple(one for one in reversed(holdings.invitations()) if one.case == case.id)


def find(invitation_id: str) -> Invitation | None:
    """Return one invitation of whatever office, None if there is none: rights are checked after."""
    return next((one for one in holdings.invitations() if one.id == invitation_id), None)


def place_of(hazard: str, precision: str, state: DataState) -> tuple[float | None, float | None]:
    """Return where a hazard lies, exactly or as coarse as a volunteer is told; None for nowhere."""
    rows = reads.features_named((hazard,), state.as_of, state.revision, state.known_at)
    rows = rows[have_place(rows)]
    if rows.empty:
        return None, None
    point = rows.geometry.iloc[0].representative_point()
    if precision == "coarse":
        return coarse(point.x, point.y)
    return round(point.x, 6), round(point.y, 6)


def hazards_to_show(case: Case, state: DataState) -> tuple[str, ...]:
    """Return the hazards of a case, any of which a volunteer may be asked to look at."""
    return tuple(str(ref) for ref in hazards_of(case, state.as_of, state.known_at))


def mine(language: Language) -> tuple[Invited, ...]:
    """Return the invitations of this visitor, the newest first, without a name in them."""
    who = visitor()
    if not (who.account and may(who, "answer_invitations")):
        return ()
    own = [one for one in reversed(holdings.invitations()) if one.account == who.account]
    hide = lead_desk.hiding(language, [one.case for one in own])
    return tuple(_shown(one, hide) for one in own)


def of_key(key: str) -> Invitation | None:
    """Return an invitation of this visitor's own by what the page calls it."""
    account = visitor().account
    return next((one for one in holdings.invitations() if account == one.account and one.id == key),
                None)  # fmt: skip


def _shown(one: Invitation, hide: Callable[[str], str]) -> Invited:
    """Return an invitation as its volunteer sees it; what is over shows no place any more."""
    standing = one.standing(datetime.now(UTC))
    is_open = standing == "waiting"
    case = reads.case(one.case, holdings.whole_revision())
    return Invited(
        key=one.id,
        layer=one.layer,
        lon=one.lon if is_open else None,
        lat=one.lat if is_open else None,
        precision=one.precision,
        look_at=hide(one.look_at) if is_open else "",
        until=one.until,
        at=one.at,
        standing=standing,
        answer=one.answer,
        is_demonstration=case is not None and case.is_demonstration,
    )
