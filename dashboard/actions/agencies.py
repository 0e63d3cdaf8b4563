"""What a person does with agencies: make a list, ask again, take replies, enter one in a case.

Rights are checked again for every office before anything is written; replies of a file are
written in one go or not at all, and refused where what they are about has changed since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from dashboard import holdings, session
from dashboard.actions import cases as case_actions
from dashboard.desks import agencies as agency_desk
from dashboard.desks.agencies import ReplyChoice, ReplyDesk, RowSeen
from dashboard.draft import Draft, storable
from dashboard.reads import DataState
from geodata import Case, GeodataError
from geodata.errors import ItemsChanged, NotAllowed, NothingListed, StaleEntry
from layers.agency_lists import (
    MOST_ITEMS,
    MUST_SAY_WHY,
    AgencyList,
    Choice,
    Decision,
    Reminder,
    Reply,
    TakenFile,
    entries_on,
    keep_decisions,
    keep_list,
    keep_reminder,
    next_number,
)
from layers.reply_form import KIND_WORDS
from layers.reply_reading import MOST_LETTERS, BadRow, ReadReplies

SHARE, TAKE = "share_with_agencies", "take_replies"
MOST_ASIDE = 500
"""So many rows of a file are kept aside in the journal; all of them can be taken at once."""


@dataclass(frozen=True)
class Wanted:
    """A list that somebody wants to make: of which office, for whom, of which hazards."""

    office: str
    agency: str
    refs: tuple[str, ...]
    reply_by: date
    subject: str = ""


@dataclass(frozen=True)
class Made:
    """A list that was made: its number and how many items it has."""

    number: str
    count: int


def open_part(part: str) -> None:
    """Open one part of the screen; what was answered about another is put away."""
    session.keep("agencies_part", part)
    session.keep("agency_answer", None)
    session.keep("answer", None)


def open_list(number: str) -> None:
    """Look at one list, or at all of them; the item that was open is closed."""
    session.change(batch=number)
    session.keep("agency_item", "")


def go_to_list(number: str) -> None:
    """Go to a list from elsewhere."""
    open_part("lists")
    open_list(number)
    session.go_to_screen("agencies")


def open_figure(figure: str) -> None:
    """Open the items behind a figure."""
    session.keep("agency_figure", figure)
    session.keep("agency_item", "")


def open_item(code: str) -> None:
    """Look at one item of a list."""
    session.keep("agency_item", code)
    session.keep("answer", None)


def choose_office(office: str) -> None:
    """Make lists for one office."""
    session.keep("agency_office", office)


# ---------------------------------------------------------------------------- a new list


def make_list(wanted: Wanted, state: DataState) -> None:
    """Make a list for this visitor and keep it under its number, or keep why not."""
    try:
        session.keep("agency_answer", _make_list(wanted, state))
    except GeodataError as refused:
        session.keep("agency_answer", refused)


def _make_list(wanted: Wanted, state: DataState) -> Made:
    office = wanted.office
    who = check_right(SHARE, [office])
    refs = agency_desk.of_office(wanted.refs, office, state)
    made_on = agency_desk.planning_day(state)
    lacks = {
        "hazards": not refs,
        "agency": not wanted.agency.strip(),
        "day": wanted.reply_by <= made_on,
        "too_many": len(refs) > MOST_ITEMS,
    }
    for name, is_lacking in lacks.items():
        if is_lacking:
            raise NothingListed(lacks=name, most=MOST_ITEMS)
    journal = holdings.agency_journal()
    number = next_number(journal, office, made_on)
    told = AgencyList(
        number,
        office,
        storable(wanted.agency.strip()),
        made_on,
        wanted.reply_by,
        agency_desk.draft_items(refs, state, number),
        revision=state.revision.partition("@")[0],
        subject=storable(wanted.subject.strip()),
        is_demonstration=agency_desk.is_invented(refs, state),
        who=who,
    )
    keep_list(journal, told, datetime.now(UTC))
    open_list(number)
    return Made(number, len(told.items))


def remind(number: str, reply_by: date, seen: int, state: DataState) -> None:
    """Ask an agency again for what it has not answered, and keep that, or why not."""
    try:
        told = agency_desk.book().lists[number]
        who = check_right(SHARE, [told.office])
        seen_list = next(one for one in agency_desk.lists_seen(state) if one.told.number == number)
        codes = tuple(one.code for one in seen_list.unanswered)
        if not codes or reply_by <= agency_desk.planning_day(state):
            raise NothingListed(lacks="day" if codes else "unanswered")
        reminder = Reminder(number, codes, reply_by, who, datetime.now(UTC))
        keep_reminder(holdings.agency_journal(), reminder, told.office, seen)
    except GeodataError as refused:
        session.keep("agency_answer", refused)
    else:
        session.keep("agency_answer", reminder)


# -------------------------------------------------------------------------------- replies


def take(files: Sequence[tuple[str, bytes]]) -> None:
    """Read files that were dropped and lay them on this visitor's desk, each content once."""
    lying: tuple[agency_desk.TakenReplies, ...] = session.kept("replies", ())
    for name, content in files:
        taken = agency_desk.read_taken(name, content)
        lying = (*(one for one in lying if one.digest != taken.digest), taken)
        if taken.read is not None:
            pick(taken.digest)
    session.keep("replies", lying)
    session.keep("reply_refusal", None)
    session.count_up("replies")


def pick(digest: str) -> None:
    """Look at one of the files on the desk."""
    session.keep("reply_picked", digest)
    session.keep("reply_refusal", None)
    session.keep("reply_written", None)


def put_away(digest: str) -> None:
    """Take a file off this visitor's desk; what was written stays written."""
    lying: tuple[agency_desk.TakenReplies, ...] = session.kept("replies", ())
    session.keep("replies", tuple(one for one in lying if one.digest != digest))
    session.keep("reply_refusal", None)
    session.keep("reply_written", None)


def decide(row: RowSeen, choice: Choice | None) -> None:
    """Keep what this visitor decides of a reply, as the office stands now."""
    _keep_choice(row, replace(_choice_of(row), choice=choice))


def say_why(row: RowSeen, why: str) -> None:
    """Keep why this visitor decides so."""
    _keep_choice(row, replace(_choice_of(row), why=why))


def reword(row: RowSeen, reply: Reply) -> None:
    """Keep a reply as this visitor would take it."""
    _keep_choice(row, replace(_choice_of(row), reply=reply))


def take_all(rows: Sequence[RowSeen]) -> None:
    """Decide to take all of some replies as they came."""
    for one in rows:
        decide(one, "take")
    session.count_up("reply_choices")


def _choice_of(row: RowSeen) -> ReplyChoice:
    chosen: Mapping[str, ReplyChoice] = session.kept("reply_decided", {})
    return chosen.get(row.key, ReplyChoice())


def _keep_choice(row: RowSeen, choice: ReplyChoice) -> None:
    chosen = dict(session.kept("reply_decided", {}))
    session.keep("reply_decided", {**chosen, row.key: choice})
    session.keep("reply_refusal", None)


def write(desk: ReplyDesk) -> None:
    """Write what was decided of the file that is shown, all or nothing, or keep why not.

    `desk` is what was shown: what somebody else has changed since is not written over.
    """
    session.keep("reply_refusal", None)
    session.keep("reply_written", None)
    try:
        session.keep("reply_written", _write(desk))
    except GeodataError as refused:
        session.keep("reply_refusal", refused)


def _write(desk: ReplyDesk) -> int:
    assert desk.picked is not None
    assert desk.picked.read is not None
    read, told = desk.picked.read, agency_desk.book()
    numbers = [one for one in read.numbers if one in told.lists]
    who = check_right(TAKE, sorted({told.lists[one].office for one in numbers}))
    now = datetime.now(UTC)
    decisions = [
        _decision(one, desk.choice_of(one), read.name, read.sha256) for one in desk.to_write
    ]
    lacking = [one.code for one in decisions if one.choice in MUST_SAY_WHY and not one.why]
    if lacking or desk.undecided:
        raise NothingListed(lacks="why" if lacking else "decision", items=", ".join(lacking))
    _check_unchanged(desk.to_write, {one.key: one for one in agency_desk.rows_beside(read, told)})
    rows = len(read.rows) + len(read.bad) + len(read.silent) + len(read.repeated)
    name = storable(read.name)
    files = [
        TakenFile(number, name, read.sha256, rows, _aside(read, number, numbers), who, now)
        for number in numbers
    ]
    signed = [replace(one, who=who, at=now) for one in decisions]
    try:
        return keep_decisions(holdings.agency_journal(), told.lists, signed, files)
    except StaleEntry as stale:
        code = str(stale.facts["subject"]).partition(":")[2]
        mine = next((one.choice for one in signed if one.code == code), "")
        theirs = agency_desk.book().decisions.get(code, ())
        change = (code, "decision", mine, theirs[-1].choice if theirs else "")
        raise ItemsChanged(count=1, changes=(change,)) from stale


def _aside(
    read: ReadReplies, number: str, numbers: Sequence[str]
) -> tuple[Mapping[str, object], ...]:
    """Return the rows kept aside that belong to a list; those of none belong to the first."""
    return tuple(
        _kept_row(one)
        for one in read.bad[:MOST_ASIDE]
        if one.code.startswith(f"{number}-") or (not one.code and number == numbers[0])
    )


def _kept_row(one: BadRow) -> Mapping[str, object]:
    """Return a row that is kept aside as the journal takes it: no letters that are none."""
    told = one.told
    cells = [[storable(part)[:MOST_LETTERS] for part in pair] for pair in told["cells"]]
    return {**told, "sheet": storable(told["sheet"]), "cells": cells}


def _decision(row: RowSeen, chosen: ReplyChoice, file: str, sha256: str) -> Decision:
    assert chosen.choice is not None
    came = row.row.reply
    reply = (chosen.reply or came) if chosen.choice == "change" else came
    return Decision(
        row.row.code,
        chosen.choice,
        _storable(came),
        _storable(reply),
        storable(chosen.why.strip()),
        storable(file),
        sha256,
        row.row.row,
        seen=len(row.decisions),
    )


def _storable(reply: Reply) -> Reply:
    return replace(
        reply,
        measures=storable(reply.measures),
        contact=storable(reply.contact),
        phone=storable(reply.phone),
        remark=storable(reply.remark),
        more=tuple((storable(name), storable(text)) for name, text in reply.more),
    )


def _check_unchanged(shown: Sequence[RowSeen], now: Mapping[str, RowSeen]) -> None:
    """Raise ItemsChanged, with both versions, where an item is not what was decided on."""
    by_code = {one.row.code: one for one in now.values()}
    changes: list[tuple[str, str, str, str]] = []
    for one in shown:
        if one.key not in now:
            changes += _changes(one, by_code.get(one.row.code))
    if changes:
        raise ItemsChanged(count=len({code for code, *_ in changes}), changes=tuple(changes))


def _changes(shown: RowSeen, now: RowSeen | None) -> list[tuple[str, str, str, str]]:
    code = shown.row.code
    if now is None:
        return [(code, "list", "", "")]
    before, after = dict(shown.now or {}), dict(now.now or {})
    names = [one for one in {**before, **after} if before.get(one) != after.get(one)]
    found = [(code, name, before.get(name, ""), after.get(name, "")) for name in names]
    if len(now.decisions) != len(shown.decisions):
        was = shown.decisions[-1].choice if shown.decisions else ""
        found.append((code, "decision", was, now.decisions[-1].choice if now.decisions else ""))
    return found


# ----------------------------------------------------------------------------- into cases


def enter_reply(decision: Decision, case: Case, item: str, answer: str, on: date) -> None:
    """Enter a reply that was taken as the reply to an item of a recommendation; keep the answer.

    It is entered as any other entry is: what the rule set does not allow is refused. `case` is
    as it was shown.
    """
    draft = Draft(
        case.id,
        "item_replied",
        on,
        case.revision,
        details=(("item", item), ("answer", answer), ("text", words_of(decision))),
    )
    case_actions.enter(draft)


def enter_again(draft: Draft) -> None:
    """Enter a draft once more, over what others have entered meanwhile."""
    case_actions.enter(draft)


def words_of(decision: Decision) -> str:
    """Return what an agency said in one line, with the code of its item."""
    reply = decision.reply
    parts = [KIND_WORDS[reply.kind]]
    parts += [f"日期 {reply.day.isoformat()}"] if reply.day else []
    parts += [one for one in (reply.measures, reply.remark) if one]
    return f"{'；'.join(parts)}（府检联动清单 {decision.code}）"


# --------------------------------------------------------------------------------- rights


def check_right(act: str, offices: Sequence[str]) -> str:
    """Return who this visitor is; raise NotAllowed unless they may do an act for every office."""
    who = storable(session.writer().strip())
    for office in offices or [""]:
        if not (who and office and case_actions.may_do(office, act)):
            raise NotAllowed(who=who or "—", office=office or "—")
    return who


def entries_seen(number: str) -> int:
    """Return how many entries there are on a list itself, to be handed back when it is changed."""
    return entries_on(holdings.agency_journal(), number)
