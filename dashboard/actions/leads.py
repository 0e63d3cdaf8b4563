"""What people do with leads: report one, join one, enter a hotline's, and decide on them.

Whatever a form allowed is checked again here. Photographs become evidence the minute they are
handed in; the limit of a day holds by the entry of the act itself, which is written with the lead.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from dashboard import holdings, reads, session
from dashboard.actions import cases as case_actions
from dashboard.desks import leads as lead_desk
from dashboard.desks.leads import Near
from dashboard.doors import acts
from dashboard.doors.access import may
from dashboard.doors.visitors import visitor
from dashboard.draft import NewLead, storable
from dashboard.text import say
from geodata import GeodataError
from geodata.errors import BadLead, NotAllowed, StaleEntry
from geodata.evidence_store import AccessClass, EvidenceFacts
from geodata.journal import Draft
from geodata.lifecycle import OFFICE_TIME
from geodata.photographs import look_at
from geodata.placing import find_place, office_at
from layers.lead_file import TicketFile, read_tickets
from layers.lead_kinds import LEAD_KINDS
from layers.leads import (
    LEAST_LETTERS,
    MOST_A_DAY,
    MOST_CONTACT,
    MOST_LETTERS,
    MOST_PHOTO_MB,
    MOST_PHOTOS,
    OLDEST_DAYS,
    PUBLIC_ORIGIN,
    REASONS,
    SUBJECT,
    VOLUNTEER,
    Decision,
    Lead,
    Report,
    Voice,
    decide,
    draft_of_lead,
    draft_of_voice,
    next_lead_id,
    read_leads,
)

TRIES = 5
"""How often an entry is tried again that came in at the same time as another."""

MEGABYTE, MOST_FILE_MB = 1_000_000, 50
UNREVIEWED: AccessClass = "P0"
"""The class of a photograph of the public: it is guarded until somebody has looked at it."""


@dataclass(frozen=True)
class Photo:
    """A file that was handed in as a photograph."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Filled:
    """What a form of a lead holds, before anything of it is checked."""

    kind: str
    text: str
    seen_on: date
    said: str = ""
    system: str = ""
    place: str = ""
    contact: str = ""
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True)
class Entered:
    """What an office says of a lead that it enters besides what was told."""

    source: str
    office: str
    ticket: str = ""
    is_counted: bool = False


@dataclass(frozen=True)
class Done:
    """What became of something: submitted, joined, entered, imported or decided; on which lead."""

    what: str
    lead: str = ""
    case: str = ""
    count: int = 1


# ------------------------------------------------------------------ for the screens


def submit(filled: Filled) -> None:
    """Submit a lead for this visitor, and keep what came of it."""
    _keep_answer(lambda: submit_lead(filled), "lead_form")


def join(filled: Filled, kind: str, within_m: int) -> None:
    """Join a lead of others nearby in place of a new one, and keep what came of it."""
    _keep_answer(lambda: join_lead(filled, kind, within_m), "lead_form")


def enter(filled: Filled, entered: Entered) -> None:
    """Enter a lead for this visitor's office, and open it."""
    who = session.writer()
    answer = _keep_answer(lambda: enter_lead(filled, entered, who), "lead_form")
    if isinstance(answer, Done):
        session.open_lead(answer.lead)
        session.keep("lead_answer", answer)


def import_tickets(tickets: TicketFile, entered: Entered, system: str) -> None:
    """Keep the rows of a file as leads for this visitor, and what came of it."""
    who = session.writer()
    _keep_answer(lambda: enter_tickets(tickets, entered, system, who), "lead_form")


def make_decision(lead_id: str, seen: int, decision: Decision, new: NewLead | None = None) -> None:
    """Decide on a lead for this visitor, and keep what came of it."""
    who = session.writer()
    _keep_answer(lambda: decide_on(lead_id, seen, decision, who, new), "lead_decision")


def reveal(lead_id: str) -> None:
    """Show photographs and contact of a lead to this visitor from now on, and note it."""
    lead = lead_desk.find(lead_id)
    if lead is not None and lead_desk.may_reveal(lead):
        acts.note("lead_revealed", f"guarded:{lead.id}", {})  # no entry on the lead itself
        session.keep("leads_revealed", session.kept("leads_revealed", frozenset()) | {lead.id})


def open_near(near: Near) -> None:
    """Open what lies near a lead: another lead here, a hazard on the map, a case in its file."""
    if near.sort == "lead":
        session.open_lead(near.id)
    elif near.sort == "case":
        session.open_case_file(near.id)
    else:
        session.show_on_map(near.id)


# --------------------------------------------------------------- what volunteers do


def submit_lead(filled: Filled) -> Done:
    """Keep a volunteer's lead for the office in whose outline it lies.

    Raises NotAllowed and BadLead saying what is wrong with it.
    """
    report = _checked(filled)
    if report.lon is None or report.lat is None:
        raise BadLead(reason="lead_place", value=filled.said or "—")
    office = office_at(report.lon, report.lat, holdings.city().id)
    if not office:
        raise BadLead(reason="lead_outside", value=filled.said)
    who = visitor()
    _check_today(who.account)
    report = replace(report, photos=keep_photos(filled.photos, who.name))

    def write() -> Lead:
        now = datetime.now(UTC)
        ids = [one.id for one in read_leads(holdings.journal())]
        lead = Lead(
            id=next_lead_id(ids, now.astimezone(OFFICE_TIME).date()),
            source=VOLUNTEER,
            office=office,
            report=report,
            account=who.account,
            who=storable(who.name or "—"),
            at=now,
            is_counted=True,
        )
        _append_counted(draft_of_lead(lead), seen=0)
        return lead

    return Done("submitted", _again(write).id)


def join_lead(filled: Filled, kind: str, within_m: int) -> Done:
    """Add a volunteer's voice to the oldest lead of a group near the place that they gave.

    Raises NotAllowed, and BadLead where there is none any more or something is wrong.
    """
    report = _checked(filled)
    if report.lon is None or report.lat is None:
        raise BadLead(reason="lead_place", value=filled.said or "—")
    lon, lat, who = report.lon, report.lat, visitor()
    _check_today(who.account)
    if lead_desk.lead_to_join(lon, lat, kind, within_m) is None:
        raise BadLead(reason="lead_none_near", value="—")
    report = replace(report, photos=keep_photos(filled.photos, who.name))

    def write() -> Lead:
        lead = lead_desk.lead_to_join(lon, lat, kind, within_m)
        if lead is None:
            raise BadLead(reason="lead_none_near", value="—")
        voice = Voice(who.account, storable(who.name or "—"), datetime.now(UTC), report)
        _append_counted(draft_of_voice(lead, voice), seen=lead.seen)
        return lead

    return Done("joined", _again(write).id)


def _append_counted(draft: Draft, seen: int) -> None:
    """Enter something of a volunteer together with the act, by which the day is counted."""
    who, day = visitor(), draft.at.astimezone(OFFICE_TIME).date()
    subject = f"volunteer:{who.account}:{day.isoformat()}"
    journal = holdings.journal()
    used = len(journal.entries(subject=subject))
    _check_count(used)
    act = acts.draft_of("lead_submitted", subject, {}, who, draft.at)
    journal.append([draft, act], {draft.subject: seen, subject: used})


def _check_today(account: str) -> None:
    if not may(visitor(), "submit_leads") or not account:
        raise NotAllowed(who=visitor().name or "—", office="—")
    subject = f"volunteer:{account}:{reads.today().isoformat()}"
    _check_count(len(holdings.journal().entries(subject=subject)))


def _check_count(used: int) -> None:
    if used >= MOST_A_DAY:
        raise BadLead(reason="lead_too_many", value=MOST_A_DAY)


# ---------------------------------------------------------------- what offices enter


def enter_lead(filled: Filled, entered: Entered, who: str) -> Done:
    """Keep a lead of a hotline or a visitor for an office; it need not have a place.

    Raises NotAllowed and BadLead.
    """
    _check_right("enter_leads", entered.office, who)
    if entered.source not in reads.rules().codes["lead_sources"]:
        raise BadLead(reason="lead_source", value=entered.source or "—")
    report = _checked(filled)
    report = replace(report, photos=keep_photos(filled.photos, who))
    return Done("entered", _again(lambda: _write_entered(report, entered, who)).id)


def _write_entered(report: Report, entered: Entered, who: str) -> Lead:
    journal, now = holdings.journal(), datetime.now(UTC)
    leads = read_leads(journal)
    ticket = storable(entered.ticket.strip())[:MOST_CONTACT]
    same = (one for one in leads if ticket and (one.source, one.ticket) == (entered.source, ticket))
    if any(same):
        raise BadLead(reason="lead_ticket_taken", value=ticket)
    lead = Lead(
        id=next_lead_id([one.id for one in leads], now.astimezone(OFFICE_TIME).date()),
        source=entered.source,
        office=entered.office,
        report=report,
        account=visitor().account,
        who=storable(who),
        at=now,
        ticket=ticket,
        is_counted=entered.is_counted and report.has_place,
    )
    draft = draft_of_lead(lead)
    journal.append([draft], {draft.subject: 0})
    return lead


def read_ticket_file(name: str, content: bytes, system: str) -> TicketFile:
    """Return a file of a hotline as it was understood; writes nothing.

    Raises UnreadableFile and ColumnsMissing.
    """
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / f"tickets{PurePosixPath(name).suffix.casefold()}"
        file.write_bytes(content)
        most = MOST_FILE_MB * MEGABYTE
        return read_tickets(file, name, holdings.city(), system=system, most_bytes=most)


def enter_tickets(tickets: TicketFile, entered: Entered, system: str, who: str) -> Done:
    """Keep the rows of a file as leads of an office, all or none; those known by ticket stay out.

    Raises NotAllowed, BadLead, and StaleEntry where somebody else enters leads at this moment.
    """
    _check_right("enter_leads", entered.office, who)
    if entered.source not in reads.rules().codes["lead_sources"]:
        raise BadLead(reason="lead_source", value=entered.source or "—")
    journal, now = holdings.journal(), datetime.now(UTC)
    leads = read_leads(journal)
    known = {one.ticket for one in leads if one.source == entered.source}
    ids = [one.id for one in leads]
    drafts = []
    for one in tickets.tickets:
        if one.ticket and one.ticket in known:
            continue
        filled = Filled(
            one.kind, one.text, min(one.seen_on or reads.today(), reads.today()), one.said,
            system, one.place, one.contact,
        )  # fmt: skip
        ids.append(next_lead_id(ids, now.astimezone(OFFICE_TIME).date()))
        lead = Lead(
            id=ids[-1],
            source=entered.source,
            office=entered.office,
            report=_checked(filled),
            account=visitor().account,
            who=storable(who),
            at=now,
            ticket=storable(one.ticket),
        )
        drafts.append(draft_of_lead(lead))
    if drafts:
        told = {"done": f"{tickets.name}: {len(drafts)}"}
        act = acts.draft_of("leads_imported", f"leads:{entered.office}", told, visitor(), now)
        journal.append([*drafts, act], {one.subject: 0 for one in drafts})
    return Done("imported", count=len(drafts))


# ------------------------------------------------------------------------ decisions


def decide_on(
    lead_id: str, seen: int, decision: Decision, who: str, new: NewLead | None = None
) -> Done:
    """Enter a decision on a lead by somebody who had seen so many entries on it.

    To register it also writes the case, with the photographs put to it. Raises NotAllowed,
    StaleEntry, BadLead, and whatever registering a case raises, before anything is written.
    """
    lead = lead_desk.find(lead_id)
    if lead is None:
        raise BadLead(reason="lead_gone", value=lead_id)
    _check_right("evaluate_leads", lead.office, who)
    if lead.seen != seen:
        raise StaleEntry(subject=f"{SUBJECT}:{lead.id}", seen=seen, stored=lead.seen)
    if decision.act not in lead_desk.acts_on(lead):
        passed = decision.act == "pass_on" and bool(lead.from_office)
        raise BadLead(reason="lead_passed_once" if passed else "lead_out_of_turn", value=lead.id)
    now = datetime.now(UTC)
    entered = replace(
        decision,
        why=storable(decision.why.strip()),
        told=storable(decision.told.strip()),
        who=storable(who),
        account=visitor().account,
        at=now,
    )
    CHECKS.get(decision.act, _check_nothing)(lead, entered)
    if decision.act == "register":
        return _register(lead, entered, new, who)
    decide(holdings.journal(), lead, entered)
    if entered.case:
        _put_photos(lead, entered.case, who)
    return Done("decided", lead.id, entered.case)


def _register(lead: Lead, decision: Decision, new: NewLead | None, who: str) -> Done:
    """Write that a lead becomes a case, then the case; where that fails, that it does not."""
    now = datetime.now(UTC)
    if new is None or new.office != lead.office:
        raise BadLead(reason="lead_no_case", value=lead.id)
    case_actions.check_lead(new, now, who, case_actions.known_hazards())
    journal = holdings.journal()
    lead = decide(journal, lead, replace(decision, case=new.id))
    try:
        case_actions.register_lead(new, now, who)
    except GeodataError:
        why = say("leads.register_failed", session.asked_language())
        decide(journal, lead, replace(decision, act="reopen", case="", told="", why=why))
        raise
    _put_photos(lead, new.id, who)
    return Done("decided", lead.id, new.id)


def _put_photos(lead: Lead, case_id: str, who: str) -> None:
    """Put the photographs of a lead to a case, where this visitor may do so for its office."""
    case = reads.case(case_id, holdings.data_revision())
    if case is None or not case_actions.may_do(case.jurisdiction, "evaluate_leads"):
        return
    store, now = holdings.evidence(), datetime.now(UTC)
    why = say("leads.photo_put", session.asked_language(), lead=lead.id)
    for number in lead.photos:
        item = store.item(number)
        if not item.facts.case:
            store.describe(
                number, who=storable(who), at=now, why=why, seen=item.seen, case=case_id
            )  # fmt: skip


def _check_nothing(lead: Lead, decision: Decision) -> None:
    del lead, decision


def _check_not_taken(lead: Lead, decision: Decision) -> None:
    if decision.reason not in REASONS or not decision.why:
        raise BadLead(reason="lead_reason", value=lead.id)


def _check_told(lead: Lead, decision: Decision) -> None:
    if not decision.told:
        raise BadLead(reason="lead_nothing_told", value=lead.id)


def _check_why(lead: Lead, decision: Decision) -> None:
    if not decision.why:
        raise BadLead(reason="lead_why", value=lead.id)


def _check_passed(lead: Lead, decision: Decision) -> None:
    _check_why(lead, decision)
    known = holdings.city().jurisdiction_ids
    if decision.to_office not in known or decision.to_office == lead.office:
        raise BadLead(reason="lead_to_office", value=decision.to_office or "—")


def _check_merged(lead: Lead, decision: Decision) -> None:
    """Raise BadLead unless a lead goes to one thing that is there and seen, and not round."""
    named = [one for one in (decision.case, decision.lead, decision.hazard) if one]
    if len(named) != 1:
        raise BadLead(reason="lead_target", value="—")
    revision = holdings.data_revision()
    if decision.case:
        is_there = reads.case(decision.case, revision) is not None
    elif decision.hazard:
        is_there = holdings.is_there(decision.hazard, revision)
    else:
        is_there = decision.lead != lead.id and lead_desk.find(decision.lead) is not None
        _check_no_circle(lead, decision.lead)
    if not is_there:
        raise BadLead(reason="lead_target", value=named[0])


def _check_no_circle(lead: Lead, target: str) -> None:
    leads, following = lead_desk.by_id(), target
    for _ in range(len(leads)):
        one = leads.get(following)
        last = one.last if one is not None and one.state == "merged" else None
        if last is None or not last.lead:
            return
        if last.lead == lead.id:
            raise BadLead(reason="lead_circle", value=target)
        following = last.lead


CHECKS: dict[str, Callable[[Lead, Decision], None]] = {
    "not_take": _check_not_taken,
    "tell": _check_told,
    "reopen": _check_why,
    "pass_on": _check_passed,
    "merge": _check_merged,
}


# --------------------------------------------------------------------- what is checked


def _checked(filled: Filled) -> Report:
    """Return a report of what a form holds, without its photographs; raise BadLead."""
    text, today = storable(filled.text.strip()), reads.today()
    if filled.kind not in LEAD_KINDS:
        raise BadLead(reason="lead_kind", value=filled.kind or "—")
    if not LEAST_LETTERS <= len(text) <= MOST_LETTERS:
        raise BadLead(reason="lead_text", value=len(text))
    if not today - timedelta(days=OLDEST_DAYS) <= filled.seen_on <= today:
        raise BadLead(reason="lead_day", value=filled.seen_on)
    if len(filled.contact) > MOST_CONTACT:
        raise BadLead(reason="lead_contact", value=len(filled.contact))
    said = storable(filled.said.strip())[:MOST_CONTACT]
    place = find_place(said, filled.system) if said else None
    if said and place is None:
        raise BadLead(reason="lead_place", value=said)
    check_photos(filled.photos)
    return Report(
        kind=filled.kind,
        text=text,
        seen_on=filled.seen_on,
        lon=place[0] if place else None,
        lat=place[1] if place else None,
        said=said,
        system=filled.system if said else "",
        place=storable(filled.place.strip())[:MOST_CONTACT],
        contact=storable(filled.contact.strip()),
    )


def check_photos(photos: Sequence[Photo]) -> None:
    """Raise BadLead for the first file that is too large, too many, or no whole picture."""
    if len(photos) > MOST_PHOTOS:
        raise BadLead(reason="lead_photos", value=len(photos))
    for one in photos:
        if len(one.content) > MOST_PHOTO_MB * MEGABYTE:
            raise BadLead(reason="lead_photo_large", value=one.name)
        if look_at(BytesIO(one.content)).label != "sound":
            raise BadLead(reason="lead_photo_kind", value=one.name)


def keep_photos(photos: Sequence[Photo], who: str, case: str = "") -> tuple[int, ...]:
    """Keep photographs that were checked as evidence, of no case yet unless one is named.

    Returns their numbers.
    """
    store, now, numbers = holdings.evidence(), datetime.now(UTC), []
    name = storable(who.strip()) or "—"
    why = say("leads.photo_by_public", session.asked_language())
    for one in photos:
        facts = EvidenceFacts(
            original_filename=storable(one.name) or "photo",
            received_by=name,
            received_at=now,
            collectors=(name,),
            few_collectors=why,
            access_class=UNREVIEWED,
            case=case,
            origin=PUBLIC_ORIGIN,
        )
        sha256 = store.put(BytesIO(one.content), facts)
        numbers.append(store.items(sha256=sha256)[-1].number)
    return tuple(numbers)


def _check_right(act: str, office: str, who: str) -> None:
    if not who.strip() or not may(visitor(), act, office):
        raise NotAllowed(who=who or "—", office=office or "—")


def _again(write: Callable[[], Lead]) -> Lead:
    """Return what a write gives, tried again where somebody else was a moment quicker."""
    for _ in range(TRIES - 1):
        try:
            return write()
        except StaleEntry:
            continue
    return write()


def _keep_answer(act: Callable[[], Done], form: str) -> Done | GeodataError:
    answer: Done | GeodataError
    try:
        answer = act()
    except GeodataError as trouble:
        answer = trouble
    else:
        session.count_up(form)
        session.keep("lead_place", None)
    session.keep("lead_answer", answer)
    return answer
