"""Lists of hazards that go to agencies, and what comes back, item by item; kept in the journal.

A list is about `agency_list:NUMBER`, each item of it about `agency_item:CODE`. What an agency says
is its reply: nothing here puts a hazard right, verifies it or closes a case.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal, get_args

import msgspec

from geodata.journal import Draft, Journal, JournalEntry

LIST_MADE, REMINDED = "agency_list_made", "agency_reminded"
FILE_TAKEN, DECIDED = "agency_file_taken", "agency_reply_decided"
LIST, ITEM = "agency_list", "agency_item"
MOST_ITEMS = 300

ReplyKind = Literal["rectified", "partly", "rectifying", "cannot", "not_ours", "not_so"]
Choice = Literal["take", "change", "refuse", "again"]
State = Literal["open", "taken", "again", "refused"]
REPLY_KINDS: tuple[ReplyKind, ...] = get_args(ReplyKind)
CHOICES: tuple[Choice, ...] = get_args(Choice)
STATES: tuple[State, ...] = get_args(State)
STATE_AFTER: Mapping[str, State] = {
    "take": "taken",
    "change": "taken",
    "refuse": "refused",
    "again": "again",
}
MUST_SAY_WHY: frozenset[str] = frozenset({"change", "refuse", "again"})

CHECK_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without those that are taken for one another: 0 and O, 1, I and L."""

CHECK_LENGTH = 4
CODE = re.compile(
    rf"(?<![A-Z0-9])([A-Z0-9]+(?:-[A-Z0-9]+)*-QD\d{{4}}-\d{{3,5}})-(\d{{2,4}})-([{CHECK_LETTERS}]{{4}})(?![A-Z0-9])"
)
DASHES = re.compile(r"[‐-―−﹣－_]")


@dataclass(frozen=True)
class ListItem:
    """One hazard on a list: its code, what the office knew then, and what the list says of it.

    `known` are facts as `layers.visit_known` has them, `told` the cells of the file in Chinese.
    """

    row: int
    code: str
    ref: str
    known: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AgencyList:
    """One list as it was made for one agency by one office; `reply_by` is the day wished."""

    number: str
    office: str
    agency: str
    made_on: date
    reply_by: date
    items: tuple[ListItem, ...]
    revision: str = ""
    subject: str = ""
    is_demonstration: bool = False
    who: str = ""

    @property
    def by_code(self) -> Mapping[str, ListItem]:
        """Return the items by their codes."""
        return {one.code: one for one in self.items}


@dataclass(frozen=True)
class Reply:
    """What an agency says of one item; `more` are cells under headings that are not ours."""

    kind: ReplyKind
    day: date | None = None
    measures: str = ""
    contact: str = ""
    phone: str = ""
    remark: str = ""
    more: tuple[tuple[str, str], ...] = ()

    @property
    def digest(self) -> str:
        """Return what two replies that say the same have in common."""
        text = msgspec.json.encode(self, order="deterministic")
        return hashlib.sha256(text).hexdigest()[:16]


@dataclass(frozen=True)
class Decision:
    """What a person made of one reply: `came` as the file has it, `reply` as it is taken.

    `row` is the line of the file `file`, `seen` how many decisions there were on the item before.
    """

    code: str
    choice: Choice
    came: Reply
    reply: Reply
    why: str = ""
    file: str = ""
    sha256: str = ""
    row: int = 0
    who: str = ""
    at: datetime | None = None
    seen: int = 0

    @property
    def is_taken(self) -> bool:
        """Return whether the reply counts as one of the agency's from now on."""
        return STATE_AFTER[self.choice] == "taken"


@dataclass(frozen=True)
class Reminder:
    """That an agency was asked again for some items, and by when it shall answer now."""

    number: str
    codes: tuple[str, ...]
    reply_by: date
    who: str
    at: datetime


@dataclass(frozen=True)
class TakenFile:
    """A file of replies that was taken: how many rows it had, and those that were kept aside."""

    number: str
    name: str
    sha256: str
    rows: int
    bad: tuple[Mapping[str, Any], ...]
    who: str
    at: datetime


@dataclass(frozen=True)
class Standing:
    """How an item of a list stands on a day, with every decision on it, the oldest first."""

    item: ListItem
    state: State
    reply_by: date
    is_overdue: bool
    decisions: tuple[Decision, ...] = ()

    @property
    def taken(self) -> Decision | None:
        """Return the decision by which the newest reply was taken, None where none was."""
        return next((one for one in reversed(self.decisions) if one.is_taken), None)

    @property
    def has_replied(self) -> bool:
        """Return whether the agency has said anything of it, whatever was made of that."""
        return bool(self.decisions)


@dataclass(frozen=True)
class AgencyBook:
    """All lists with what came back: decisions by the code of an item, the rest by number."""

    lists: Mapping[str, AgencyList] = field(default_factory=dict)
    decisions: Mapping[str, tuple[Decision, ...]] = field(default_factory=dict)
    reminders: Mapping[str, tuple[Reminder, ...]] = field(default_factory=dict)
    files: Mapping[str, tuple[TakenFile, ...]] = field(default_factory=dict)

    def of_offices(self, offices: Iterable[str] | None) -> "AgencyBook":
        """Return the book of some offices alone, of all for None."""
        if offices is None:
            return self
        wanted = set(offices)
        return replace(
            self, lists={n: one for n, one in self.lists.items() if one.office in wanted}
        )

    def standings(self, number: str, as_of: date) -> tuple[Standing, ...]:
        """Return how each item of a list stands, in the order of the list."""
        told = self.lists[number]
        asked_again = {
            code: one.reply_by for one in self.reminders.get(number, ()) for code in one.codes
        }
        return tuple(
            self._standing(one, asked_again.get(one.code, told.reply_by), as_of)
            for one in told.items
        )

    def _standing(self, item: ListItem, reply_by: date, as_of: date) -> Standing:
        decisions = self.decisions.get(item.code, ())
        state: State = STATE_AFTER[decisions[-1].choice] if decisions else "open"
        is_late = state in {"open", "again"} and as_of > reply_by
        return Standing(item, state, reply_by, is_late, decisions)


# ---------------------------------------------------------------------------------- codes


def code_of(number: str, row: int, ref: str) -> str:
    """Return what an item is recognised by, wherever its row goes; it ends in check letters.

    >>> code_of("LZ-XG-QD2025-001", 7, "charging_stations:XG-CS-001")
    'LZ-XG-QD2025-001-07-9N7A'
    """
    told = int.from_bytes(hashlib.sha256(f"{number}|{row}|{ref}".encode()).digest()[:8], "big")
    letters = ""
    for _ in range(CHECK_LENGTH):
        told, place = divmod(told, len(CHECK_LETTERS))
        letters += CHECK_LETTERS[place]
    return f"{number}-{row:02d}-{letters}"


def codes_in(text: str) -> tuple[tuple[str, str], ...]:
    """Return what looks like codes of items in a text, each with the number of its list.

    Wide letters, small ones, blanks within and other dashes are forgiven.

    >>> codes_in("ｌｚ-xg－QD2025–001-07-9N7A ")
    (('LZ-XG-QD2025-001-07-9N7A', 'LZ-XG-QD2025-001'),)
    """
    plain = DASHES.sub("-", unicodedata.normalize("NFKC", text)).upper()
    found = tuple(CODE.finditer(re.sub(r"\s*-\s*", "-", plain)))
    found = found or tuple(CODE.finditer(re.sub(r"\s+", "", plain)))
    return tuple(dict.fromkeys((one.group(0), one.group(1)) for one in found))


def next_number(journal: Journal, office: str, on: date) -> str:
    """Return the number that the next list of an office bears in a year."""
    stem = f"{LIST}:{office}-QD{on.year}-"
    taken = (one.subject for one in journal.entries(kind=LIST_MADE))
    numbers = [one.removeprefix(stem) for one in taken if one.startswith(stem)]
    last = max((int(one) for one in numbers if one.isdecimal()), default=0)
    return f"{stem.removeprefix(f'{LIST}:')}{last + 1:03d}"


# -------------------------------------------------------------------------------- keeping


def keep_list(journal: Journal, told: AgencyList, at: datetime) -> None:
    """Keep a list that was made; raise StaleEntry where its number is taken."""
    subject = f"{LIST}:{told.number}"
    facts = msgspec.to_builtins(told)
    journal.append([Draft(subject, LIST_MADE, told.who, at, facts)], {subject: 0})


def keep_reminder(journal: Journal, told: Reminder, office: str, seen: int) -> None:
    """Keep that an agency is asked again, by somebody who had seen `seen` entries on the list."""
    subject = f"{LIST}:{told.number}"
    facts = {"office": office, "codes": list(told.codes), "reply_by": told.reply_by.isoformat()}
    journal.append([Draft(subject, REMINDED, told.who, told.at, facts)], {subject: seen})


def keep_decisions(
    journal: Journal,
    lists: Mapping[str, AgencyList],
    decisions: Sequence[Decision],
    files: Sequence[TakenFile],
) -> int:
    """Keep what was decided on the replies of a file, all or nothing; return how many are new.

    What stands already is written no second time: a decision on a reply that the last decision on
    the item was about, and a file without a new decision that was taken before. Raises
    StaleEntry where somebody has decided on an item since `seen`.
    """
    book = read_book(journal)
    fresh = [one for one in decisions if not _stands(one, book.decisions.get(one.code, ()))]
    known = {one.sha256 for some in book.files.values() for one in some}
    numbers = {one.code.rsplit("-", 2)[0] for one in fresh}
    taken = [one for one in files if one.number in numbers or one.sha256 not in known]
    drafts = [_decision_draft(one, lists[one.code.rsplit("-", 2)[0]].office) for one in fresh]
    drafts += [_file_draft(one, lists[one.number].office) for one in taken]
    if drafts:
        journal.append(drafts, {f"{ITEM}:{one.code}": one.seen for one in fresh})
    return len(fresh)


def _stands(decision: Decision, before: Sequence[Decision]) -> bool:
    """Return whether the last decision on an item was the same, of the same reply."""
    if not before:
        return False
    last = before[-1]
    return (last.choice, last.came, last.reply) == (decision.choice, decision.came, decision.reply)


def _decision_draft(one: Decision, office: str) -> Draft:
    facts = {
        "office": office,
        "choice": one.choice,
        "came": msgspec.to_builtins(one.came),
        "reply": msgspec.to_builtins(one.reply),
        "why": one.why,
        "file": one.file,
        "sha256": one.sha256,
        "row": one.row,
    }
    assert one.at is not None
    return Draft(f"{ITEM}:{one.code}", DECIDED, one.who, one.at, facts)


def _file_draft(one: TakenFile, office: str) -> Draft:
    facts = {
        "office": office,
        "name": one.name,
        "sha256": one.sha256,
        "rows": one.rows,
        "bad": [dict(row) for row in one.bad],
    }
    return Draft(f"{LIST}:{one.number}", FILE_TAKEN, one.who, one.at, facts)


# -------------------------------------------------------------------------------- reading


def read_book(journal: Journal) -> AgencyBook:
    """Return every list with what came back of it, in the order in which they were made."""
    lists = {}
    for one in journal.entries(kind=LIST_MADE):
        told = msgspec.convert(one.told, AgencyList)
        lists[told.number] = replace(told, who=one.who)
    decisions: dict[str, list[Decision]] = {}
    for one in journal.entries(kind=DECIDED):
        before = decisions.setdefault(one.subject.removeprefix(f"{ITEM}:"), [])
        before.append(_decision_from(one, len(before)))
    return AgencyBook(
        lists,
        {code: tuple(some) for code, some in decisions.items()},
        _by_number(map(_reminder_from, journal.entries(kind=REMINDED))),
        _by_number(map(_file_from, journal.entries(kind=FILE_TAKEN))),
    )


def entries_on(journal: Journal, number: str) -> int:
    """Return how many entries there are on a list itself: what a late edit is noticed by."""
    return len(journal.entries(subject=f"{LIST}:{number}"))


def _by_number(told: Iterable[Any]) -> dict[str, tuple[Any, ...]]:
    found: dict[str, list[Any]] = {}
    for one in told:
        found.setdefault(one.number, []).append(one)
    return {number: tuple(some) for number, some in found.items()}


def _decision_from(entry: JournalEntry, seen: int) -> Decision:
    told = entry.told
    return Decision(
        entry.subject.removeprefix(f"{ITEM}:"),
        told["choice"],
        msgspec.convert(told["came"], Reply),
        msgspec.convert(told["reply"], Reply),
        told["why"],
        told["file"],
        told["sha256"],
        told["row"],
        entry.who,
        entry.at,
        seen,
    )


def _reminder_from(entry: JournalEntry) -> Reminder:
    told = entry.told
    day = date.fromisoformat(told["reply_by"])
    number = entry.subject.removeprefix(f"{LIST}:")
    return Reminder(number, tuple(told["codes"]), day, entry.who, entry.at)


def _file_from(entry: JournalEntry) -> TakenFile:
    told = entry.told
    number = entry.subject.removeprefix(f"{LIST}:")
    bad = tuple(told["bad"])
    return TakenFile(number, told["name"], told["sha256"], told["rows"], bad, entry.who, entry.at)
