"""The record of acts: who did what, when, to which thing; written to the journal, read by filters.

It only grows, and each entry carries the hash of all before it (`geodata.journal`). Writes to
cases, layers, findings and evidence are on record where they are made, with who and when; here
stands what leaves no trace elsewhere: signing in, files taken away, guarded pictures opened, guest
links. No entry holds a password, a token or the contents of a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal, get_args

from dashboard import holdings
from dashboard.doors.access import Visitor, may, may_everywhere
from dashboard.doors.visitors import visitor
from dashboard.draft import storable
from geodata import GeodataError
from geodata.commands_on_record import PREFIX
from geodata.journal import Draft, JournalEntry
from geodata.lifecycle import OFFICE_TIME

Kind = Literal[
    "signed_in",
    "sign_in_failed",
    "sign_in_held",
    "signed_out",
    "file_taken",
    "evidence_seen",
    "evidence_revealed",
    "guest_link_given",
    "guest_link_used",
    "guest_link_revoked",
    "account_changed",
    "command_run",
    "lead_submitted",
    "lead_revealed",
    "leads_imported",
    "invitation_answered",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
ELSEWHERE = (
    *("visits_planned", "pack_issued", "visit_written", "shortlist_kept"),
    *("lead_reported", "lead_joined", "lead_decided"),
    *("look_back_invited", "look_back_withdrawn", "look_back_answered"),
    *("agency_list_made", "agency_reminded", "agency_file_taken", "agency_reply_decided"),
    "joint_inspection_kept",
)
MOST_SHOWN = 500
MOST_LETTERS = 300


@dataclass(frozen=True)
class Filter:
    """Which acts are looked at: of whom, of which kind, about what, between which days."""

    who: str = ""
    kind: str = ""
    subject: str = ""
    first: date | None = None
    last: date | None = None


def note(kind: Kind, subject: str, told: Mapping[str, Any], by: Visitor | None = None) -> None:
    """Put an act on record: who (this visitor, unless said), what, about which thing.

    Raises JournalUnavailable and BrokenStore: what cannot be put on record is not done.
    """
    holdings.journal().append([draft_of(kind, subject, told, by or visitor(), datetime.now(UTC))])


def draft_of(
    kind: Kind, subject: str, told: Mapping[str, Any], who: Visitor, at: datetime
) -> Draft:
    """Return the entry of an act, for whoever enters it together with what was done."""
    facts = {name: _short(value) for name, value in told.items()}
    facts |= {"account": who.account, "office": who.office, "role": who.role, "way": who.way}
    return Draft(_short(subject), f"{PREFIX}{kind}", storable(who.name or "—"), at, facts)


def find(asked: Filter, by: Visitor) -> tuple[JournalEntry, ...]:
    """Return the acts that somebody may see and asks for, the newest first.

    Who may see acts of one office sees what was done by people of that office.
    """
    kind = f"{PREFIX}{asked.kind}" if asked.kind in KINDS else asked.kind
    entries = holdings.journal().entries(kind=kind)
    is_all = may_everywhere(by, "see_acts")
    found = [
        one for one in reversed(entries) if (is_all or _is_of(one, by.office)) and _fits(one, asked)
    ]
    return tuple(found)


def kind_of(entry: JournalEntry) -> str:
    """Return what kind of act an entry is, as it is worded."""
    return entry.kind.removeprefix(PREFIX)


def day_of(entry: JournalEntry) -> str:
    """Return when an act was done, by the clock on the office's wall."""
    return entry.at.astimezone(OFFICE_TIME).strftime("%Y-%m-%d %H:%M:%S")


def verify() -> tuple[str, ...]:
    """Return the numbers of entries that do not follow from those before them; none if sound."""
    return holdings.journal().damage()


def _is_of(entry: JournalEntry, office: str) -> bool:
    return bool(office) and entry.told.get("office") == office


def _fits(entry: JournalEntry, asked: Filter) -> bool:
    words = asked.subject.casefold()
    day = entry.at.astimezone(OFFICE_TIME)
    return (
        (
            not asked.who
            or asked.who.casefold() in f"{entry.who} {entry.told.get('account', '')}".casefold()
        )
        and (not words or words in entry.text.casefold())
        and (asked.first is None or day >= datetime.combine(asked.first, time.min, OFFICE_TIME))
        and (asked.last is None or day <= datetime.combine(asked.last, time.max, OFFICE_TIME))
    )


def _short(value: Any) -> Any:
    return storable(value)[:MOST_LETTERS] if isinstance(value, str) else value


def seen_by(visitor_: Visitor, asked: Filter) -> tuple[JournalEntry, ...]:
    """Return what `find` returns, nothing for somebody who may see no acts."""
    return find(asked, visitor_) if may(visitor_, "see_acts") else ()


def attempt(kind: Kind, subject: str, told: Mapping[str, Any], by: Visitor | None = None) -> bool:
    """Put an act on record if that can be done; return whether it was."""
    try:
        note(kind, subject, told, by)
    except GeodataError:
        return False
    return True
