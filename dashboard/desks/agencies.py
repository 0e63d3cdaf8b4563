"""What the screen of agencies shows: lists and how they stand, hazards to list, replies beside now.

Read from the stores at every run: what somebody else decides a minute later is seen at once.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import geopandas as gpd
import streamlit as st

from dashboard import holdings, reads, session
from dashboard.actions import cases as case_actions
from dashboard.desks import visits as visit_desk
from dashboard.doors.access import screens_of
from dashboard.doors.visitors import visitor
from dashboard.reads import DataState
from dashboard.view import View
from geodata import Case, GeodataError, HazardRef, Scope, offered_moves
from geodata.case_file import Item, items_of
from geodata.lifecycle import OFFICE_TIME
from layers.agency_lists import (
    MOST_ITEMS,
    STATES,
    AgencyBook,
    AgencyList,
    Choice,
    Decision,
    ListItem,
    Reply,
    Standing,
    TakenFile,
    read_book,
)
from layers.agency_rows import list_items
from layers.disclosure.release_book import kept_releases
from layers.reply_reading import ReadReplies, ReadRow, read_replies
from layers.visit_known import cases_named, known_now

REPLY_DAYS = 30
DUTIES = "river_duties"
DRAFT_NUMBER = "＿"
MOST_MB = 50
ABOUT = "agency_list"
"""What a release of a file of a list is told by, the number behind it."""

FIGURES = ("all", "replied", *STATES, "overdue")
"""The figures of lists, each of which opens its items."""


@dataclass(frozen=True)
class ListSeen:
    """A list as it stands on a day; `sent_on` is the day of its first file that left."""

    told: AgencyList
    standings: tuple[Standing, ...]
    sent_on: date | None
    reminded: int

    def of(self, figure: str) -> tuple[Standing, ...]:
        """Return the items behind a figure."""
        return tuple(one for one in self.standings if is_counted(one, figure))

    @property
    def counts(self) -> dict[str, int]:
        """Return every figure."""
        return {one: len(self.of(one)) for one in FIGURES}

    @property
    def unanswered(self) -> tuple[ListItem, ...]:
        """Return the items that an agency can be asked for again."""
        return tuple(one.item for one in self.standings if one.state in {"open", "again"})


Row = tuple[ListSeen, Standing]
"""An item with the list that it is on."""


@dataclass(frozen=True)
class ReplyChoice:
    """What a visitor decides of a reply, with its words as they would be taken."""

    choice: Choice | None = None
    why: str = ""
    reply: Reply | None = None


@dataclass(frozen=True)
class RowSeen:
    """A row of replies beside its item: what was known then, what is known now, what was decided.

    `course` is new, same (the last decision was on this very reply) or older (an earlier one was).
    """

    row: ReadRow
    told: AgencyList
    item: ListItem
    now: Mapping[str, str] | None
    decisions: tuple[Decision, ...]
    course: str

    @property
    def key(self) -> str:
        """Return what a decision is kept by: it holds for what was shown when it was made."""
        now = repr(sorted(self.now.items()) if self.now is not None else None)
        known = hashlib.sha256(now.encode()).hexdigest()[:8]
        return f"{self.row.code}|{self.row.reply.digest}|{known}|{len(self.decisions)}"


@dataclass(frozen=True)
class TakenReplies:
    """A file of replies that was dropped: what it holds, or why it was refused."""

    name: str
    digest: str
    read: ReadReplies | None = None
    trouble: GeodataError | None = None


@dataclass(frozen=True)
class ReplyDesk:
    """The replies that lie on a visitor's desk, one file of them spread out."""

    number: int
    writer: str
    taken: tuple[TakenReplies, ...] = ()
    picked: TakenReplies | None = None
    rows: tuple[RowSeen, ...] = ()
    choices: Mapping[str, ReplyChoice] = field(default_factory=dict)
    cases: Mapping[str, Case] = field(default_factory=dict)
    refusal: GeodataError | None = None
    written: int | None = None
    series: int = 0

    def choice_of(self, row: RowSeen) -> ReplyChoice:
        """Return what this visitor decided of a row, as it stands now."""
        return self.choices.get(row.key, ReplyChoice())

    @property
    def undecided(self) -> tuple[RowSeen, ...]:
        """Return the new rows that nobody has decided on."""
        return tuple(
            one for one in self.rows if one.course == "new" and not self.choice_of(one).choice
        )

    @property
    def to_write(self) -> tuple[RowSeen, ...]:
        """Return the rows that something was decided of."""
        return tuple(
            one for one in self.rows if one.course != "same" and self.choice_of(one).choice
        )


@dataclass(frozen=True)
class CaseWay:
    """A case of a hazard, and whether a reply may be entered there as the reply of an item.

    `entered` are the numbers of entries that tell of this item of the list already.
    """

    case: Case
    items: tuple[Item, ...]
    is_lawful: bool
    may_enter: bool
    entered: tuple[int, ...] = ()


# ------------------------------------------------------------------------------- lists


def book() -> AgencyBook:
    """Return every list of the offices that this visitor sees."""
    journal = holdings.agency_journal()
    return _book(journal.head().chain).of_offices(holdings.eyes_of(holdings.data_revision()))


@st.cache_resource(max_entries=2, show_spinner=False)
def _book(chain: str) -> AgencyBook:
    del chain
    return read_book(holdings.agency_journal())


@st.cache_resource(max_entries=2, show_spinner=False)
def _sent_on(chain: str) -> dict[str, date]:
    del chain
    found: dict[str, date] = {}
    for one in kept_releases(holdings.agency_journal()):
        what, _, number = str(one.about.get("what", "")).partition(":")
        if what == ABOUT:
            found.setdefault(number, one.at.astimezone(OFFICE_TIME).date())
    return found


def lists_seen(state: DataState) -> tuple[ListSeen, ...]:
    """Return the lists as they stand, by office in administrative order, the newest first."""
    told = book()
    sent = _sent_on(holdings.agency_journal().head().chain)
    order = {one: at for at, one in enumerate(holdings.city().jurisdiction_ids)}
    numbers = sorted(told.lists, reverse=True)
    numbers.sort(key=lambda one: order.get(told.lists[one].office, len(order)))
    return tuple(
        ListSeen(
            told.lists[one],
            told.standings(one, state.as_of),
            sent.get(one),
            len(told.reminders.get(one, ())),
        )
        for one in numbers
    )


def is_counted(one: Standing, figure: str) -> bool:
    """Return whether an item is behind a figure."""
    if figure == "overdue":
        return one.is_overdue
    if figure == "replied":
        return one.has_replied
    return figure in {"all", one.state}


def counts_of(lists: Sequence[ListSeen]) -> dict[str, int]:
    """Return every figure over some lists."""
    total: Counter[str] = Counter(dict.fromkeys(FIGURES, 0))
    for one in lists:
        total.update(one.counts)
    return dict(total)


def reminded_last(number: str) -> date | None:
    """Return the day by which an agency was last asked to answer, None where it was not again."""
    asked = book().reminders.get(number, ())
    return asked[-1].reply_by if asked else None


def files_taken(number: str) -> tuple[TakenFile, ...]:
    """Return the files of replies that were taken of a list."""
    return book().files.get(number, ())


def known_of(ref: str) -> Mapping[str, str] | None:
    """Return what the office knows now of a hazard, None for one that is gone."""
    features, cases = holdings.seen_stores(holdings.data_revision())
    return known_now(features, cases, [ref]).get(ref)


def replies_on(ref: str, known_at: datetime | None) -> tuple[tuple[AgencyList, Decision], ...]:
    """Return what agencies said of a hazard and was taken, with the list, the oldest first.

    Nothing where the journal cannot be read: a card tells the rest all the same; nor for who has
    not the screen of agencies.
    """
    if "agencies" not in screens_of(visitor()):
        return ()
    try:
        told = book()
    except GeodataError:
        return ()
    found = [
        (a_list, one)
        for a_list in told.lists.values()
        for item in a_list.items
        if item.ref == ref
        for one in told.decisions.get(item.code, ())
        if one.is_taken and (known_at is None or (one.at is not None and one.at <= known_at))
    ]
    return tuple(found)


# ---------------------------------------------------------------------------- a new list


def offices_for(act: str) -> tuple[str, ...]:
    """Return the offices that this visitor may do an act for, in administrative order."""
    return tuple(one for one in holdings.city().jurisdiction_ids if case_actions.may_do(one, act))


def office_at_hand(offices: Sequence[str], view: View) -> str:
    """Return the office that a list is made for: as chosen, as filtered, else the first."""
    chosen = session.kept("agency_office", "")
    asked = [chosen, *sorted(view.scope.jurisdictions)]
    return next((one for one in asked if one in offices), offices[0] if offices else "")


def known_agencies(office: str, state: DataState) -> tuple[str, ...]:
    """Return the agencies that the record of an office names: its cases, lists and duties."""
    cases = holdings.casebook(state.revision).cases
    own = cases[cases["jurisdiction"] == office]["agency"].astype(str)
    named = dict.fromkeys(one.strip() for one in own if one.strip())
    named |= dict.fromkeys(one.agency for one in book().lists.values() if one.office == office)
    features, _ = holdings.seen_stores(state.revision)
    if DUTIES in features.layers():
        duties = features.read(DUTIES)
        bodies = duties[duties["jurisdiction"] == office]["body"].dropna().astype(str)
        named |= dict.fromkeys(one.strip() for one in bodies if one.strip())
    return tuple(named)


def sources(view: View, state: DataState, office: str, agency: str) -> dict[str, tuple[str, ...]]:
    """Return the lists that hazards can be taken from, those of one office alone; no empty ones."""
    found = {
        "shortlist": view.shortlist,
        "selected": reads.refs_of(view.selected, state) if view.selected else (),
        "agency": _refs_of_agency(office, agency, state),
        **visit_desk.listed_sources(view, state),
        "office": tuple(reads.hazards_of_office(office, state.revision)),
    }
    own = {name: of_office(refs, office, state) for name, refs in found.items()}
    return {name: refs for name, refs in own.items() if refs}


def _refs_of_agency(office: str, agency: str, state: DataState) -> tuple[str, ...]:
    """Return the hazards of an agency's cases that nobody has verified as put right."""
    cases = holdings.casebook(state.revision).cases
    is_own = (cases["jurisdiction"] == office) & (cases["agency"].astype(str) == agency)
    ids = set(cases[is_own]["id"])
    if not agency or not ids:
        return ()
    rows = reads.situation(Scope(), state.as_of, state.revision, state.known_at).features
    mine = rows["case_ids"].map(lambda joined: not ids.isdisjoint(joined.split(";")))
    return tuple(rows[mine & rows["verified_on"].isna()]["ref"])


def of_office(refs: Sequence[str], office: str, state: DataState) -> tuple[str, ...]:
    """Return of some hazards those that are of an office and seen by this visitor."""
    if not refs:
        return ()
    rows = reads.features_named(
        tuple(refs[: 10 * MOST_ITEMS]), state.as_of, state.revision, state.known_at
    )
    own = set(rows[rows["jurisdiction"] == office]["ref"])
    return tuple(one for one in dict.fromkeys(refs) if one in own)


def rows_named(refs: Sequence[str], state: DataState) -> gpd.GeoDataFrame:
    """Return some hazards as rows, in the order in which they are named."""
    rows = reads.features_named(tuple(refs), state.as_of, state.revision, state.known_at)
    place = {ref: at for at, ref in enumerate(refs)}
    return rows.iloc[rows["ref"].map(place).argsort(kind="stable")]


def draft_items(refs: Sequence[str], state: DataState, number: str = "") -> tuple[ListItem, ...]:
    """Return the items that a list of some hazards would have."""
    features, cases = holdings.seen_stores(state.revision)
    return list_items(
        number or DRAFT_NUMBER, rows_named(refs, state), known_now(features, cases, refs)
    )


def at_most(refs: Sequence[str]) -> tuple[str, ...]:
    """Return as many hazards as a list may have."""
    return tuple(refs[:MOST_ITEMS])


def planning_day(state: DataState) -> date:
    """Return the day from which is reckoned: today, of the demonstration its own day."""
    return visit_desk.planning_day(state)


def first_reply_day(state: DataState) -> date:
    """Return the day that a form begins with as the one wished for a reply."""
    return planning_day(state) + timedelta(days=REPLY_DAYS)


def is_invented(refs: Sequence[str], state: DataState) -> bool:
    """Return whether any of some hazards is of the demonstration."""
    return bool(rows_named(refs, state)["is_demonstration"].astype(bool).any())


# -------------------------------------------------------------------------------- replies


def read_taken(name: str, content: bytes) -> TakenReplies:
    """Return what a dropped file of replies holds, or why it is refused; nothing is kept of it."""
    digest = hashlib.sha256(content).hexdigest()
    try:
        read = read_replies(name, content, book().lists)
    except GeodataError as refused:
        return TakenReplies(name, digest, trouble=refused)
    return TakenReplies(name, digest, read)


def look() -> ReplyDesk:
    """Return the desk of replies: the files on it, and one of them beside what is known now."""
    taken: tuple[TakenReplies, ...] = session.kept("replies", ())
    readable = [one for one in taken if one.read is not None]
    wanted = session.kept("reply_picked", "")
    readable.sort(key=lambda one: one.digest != wanted)
    picked = readable[0] if readable else None
    bare = ReplyDesk(
        session.number_of("replies"),
        session.writer(),
        taken,
        picked,
        refusal=session.kept("reply_refusal"),
        written=session.kept("reply_written"),
        series=session.number_of("reply_choices"),
    )
    return bare if picked is None or picked.read is None else _spread(bare, picked.read)


def _spread(desk: ReplyDesk, read: ReadReplies) -> ReplyDesk:
    told = book()
    rows = rows_beside(read, told)
    named = {
        one
        for row in rows
        for facts in (row.item.known, row.now or {})
        for one in cases_named(facts)
    }
    revision = holdings.data_revision()
    found = {one: reads.case(one, revision) for one in sorted(named)}
    return replace(
        desk,
        rows=rows,
        choices=session.kept("reply_decided", {}),
        cases={name: case for name, case in found.items() if case is not None},
    )


def rows_beside(read: ReadReplies, told: AgencyBook) -> tuple[RowSeen, ...]:
    """Return the rows of a file beside what the office knows now, in the order of their items."""
    features, cases = holdings.seen_stores(holdings.data_revision())
    by_code = {one.code: (a_list, one) for a_list in told.lists.values() for one in a_list.items}
    rows = [one for one in read.rows if one.code in by_code]
    now = known_now(features, cases, [by_code[one.code][1].ref for one in rows])
    found = [
        RowSeen(
            one,
            *by_code[one.code],
            now.get(by_code[one.code][1].ref),
            told.decisions.get(one.code, ()),
            _course(one.reply, told.decisions.get(one.code, ())),
        )
        for one in rows
    ]
    return tuple(sorted(found, key=lambda one: (one.told.number, one.item.row)))


def _course(reply: Reply, decisions: Sequence[Decision]) -> str:
    came = [one.came.digest for one in decisions]
    if reply.digest not in came:
        return "new"
    return "same" if came[-1] == reply.digest else "older"


# ---------------------------------------------------------------------- ways into a case


def ways_into_cases(standing: Standing, state: DataState) -> tuple[CaseWay, ...]:
    """Return the cases of an item's hazard, and what may lawfully be entered there now."""
    ref = HazardRef.parse(standing.item.ref)
    hazard = reads.hazard(str(ref), state)
    return tuple(_way(one, standing.item, state) for one in (hazard.cases if hazard else ()))


def _way(case: Case, item: ListItem, state: DataState) -> CaseWay:
    rules = reads.rules_of(case)
    day = min(state.as_of, reads.today())
    kinds = {move.kind for move in offered_moves(case, rules, day)}
    entered = tuple(
        number
        for number, event in enumerate(case.events)
        if event.kind == "item_replied" and item.code in event.detail("text")
    )
    return CaseWay(
        case,
        items_of(case, state.as_of, state.known_at),
        "item_replied" in kinds,
        case_actions.may_do(case.jurisdiction, "enter"),
        entered,
    )
