"""The returns that lie on a visitor's desk, and one of them beside what the office knows now.

Read from the stores at every run: what somebody else changes a minute later is seen at once.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from io import BytesIO

from dashboard import holdings, reads, session
from dashboard.actions import cases as case_actions
from dashboard.desks import visits as visit_desk
from dashboard.desks.visit_packing import checklists_of
from geodata import Case, GeodataError
from geodata.journal import JournalEntry
from geodata.lifecycle import OFFICE_TIME
from layers import visit_book
from layers.checklists import Checklist
from layers.return_pack import (
    OFFICER_ROLES,
    STATUSES,
    Choice,
    Conflict,
    Issued,
    Returned,
    ReturnedStop,
    read_return,
    visit_key,
)
from layers.visit_book import Decided, Marked
from layers.visit_known import CASE, STATUS_DAYS, cases_named
from layers.visit_status import StatusChange, status_change
from layers.visit_writing import Homecoming, Shelves, hold_against

MOST_OUT = 30
MOST_MB = 1000
"""How many megabytes a return may have; the server's own limit (`maxUploadSize`) is as large."""


@dataclass(frozen=True)
class Taken:
    """A file that was dropped: what it holds, or why it was refused; `digest` is its SHA-256."""

    name: str
    size: int
    digest: str
    returned: Returned | None = None
    trouble: GeodataError | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a visit: the entry that says it was written, and a mark for each write."""

    entry: JournalEntry
    marks: tuple[Marked, ...]


@dataclass(frozen=True)
class ReturnDesk:
    """Everything that the screen of returns shows, in this run.

    `titles` are names of hazards by reference, `cases` those that any stop names, `outcomes` by
    visit, `foreseen` what a stop's result would change of its hazard. `decisions` are this
    visitor's on the picked return, `choices` is the number of the widgets that ask for them;
    `begun` says who decided where the writing broke off. `out` are the packs that left, the newest
    first, where no return is looked at, and `visits` the keys of all visits that were written.
    """

    number: int
    most_mb: int
    writer: str
    taken: tuple[Taken, ...] = ()
    picked: Taken | None = None
    home: Homecoming | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    cases: Mapping[str, Case] = field(default_factory=dict)
    checklists: Mapping[str, Checklist] = field(default_factory=dict)
    foreseen: Mapping[str, StatusChange] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    begun: Mapping[str, JournalEntry] = field(default_factory=dict)
    decisions: Mapping[str, Choice] = field(default_factory=dict)
    refusal: GeodataError | None = None
    choices: int = 0
    out: tuple[Issued, ...] = ()
    visits: frozenset[str] = frozenset()

    def came_home(self, issued: Issued) -> int:
        """Return how many stops of a pack have been written."""
        return sum(visit_key(issued, ref) in self.visits for ref in issued.layers)

    @property
    def open_conflicts(self) -> int:
        """Return how many conflicts nobody has decided yet."""
        conflicts = self.home.conflicts if self.home else ()
        return sum(one.id not in self.decisions for one in conflicts)


def shelves() -> Shelves:
    """Return where visits are written to; entries on cases are checked as any other."""
    features, cases = holdings.stores()
    enter, seen = case_actions.record_entry, holdings.seen_stores(holdings.data_revision())
    return Shelves(features, cases, holdings.journal(), holdings.evidence(), enter, seen)


def packs_out() -> tuple[Issued, ...]:
    """Return the packs that left, as far as this visitor may see all of their stops."""
    packs = visit_book.issued_packs(holdings.journal())
    return tuple(_as_seen(one) for one in packs if visit_desk.sees_all_of(one.layers))


def _as_seen(issued: Issued) -> Issued:
    """Return a pack without the cases that are there for others alone, whoever had it made."""
    hidden = visit_desk.hidden_cases(one for cases in issued.cases.values() for one in cases)
    if not hidden:
        return issued
    facts = {f"{CASE}{one}" for one in hidden}
    return replace(
        issued,
        cases={
            ref: tuple(one for one in cases if one not in hidden)
            for ref, cases in issued.cases.items()
        },
        known={
            ref: {name: fact for name, fact in known.items() if name not in facts}
            for ref, known in issued.known.items()
        },
    )


def read_taken(name: str, file: BytesIO) -> Taken:
    """Return what a dropped file holds, or why it is refused; nothing is kept of it."""
    bytes_ = file.getbuffer()
    digest, size = hashlib.sha256(bytes_).hexdigest(), bytes_.nbytes
    issued = packs_out()
    layers = {layer for one in issued for layer in one.layers.values()}
    try:
        returned = read_return(file, issued, checklists_of(layers))
    except GeodataError as refused:
        return Taken(name, size, digest, trouble=refused)
    return Taken(name, size, digest, returned=returned)


def look() -> ReturnDesk:
    """Return the desk as it is: the files on it, and one return beside what is known now."""
    taken: tuple[Taken, ...] = session.kept("returns", ())
    readable = [one for one in taken if one.returned is not None]
    wanted = session.kept("return_picked", "")
    readable.sort(key=lambda one: one.digest != wanted)
    picked = readable[0] if readable else None
    bare = ReturnDesk(
        session.returns_number(),
        MOST_MB,
        session.writer(),
        taken,
        picked,
        refusal=session.kept("return_refusal"),
        choices=session.choices_number(),
    )
    if picked is not None and picked.returned is not None:
        return _spread(bare, picked.returned)
    journal = holdings.journal()
    out = packs_out()[: -MOST_OUT - 1 : -1]
    return replace(bare, out=out, visits=frozenset(visit_book.done(journal).visits))


def _spread(desk: ReturnDesk, returned: Returned) -> ReturnDesk:
    """Return the desk with one return spread out on it."""
    home = hold_against(returned, shelves())
    named = {one for facts in home.known.values() for one in cases_named(facts)}
    named |= {one for cases in returned.issued.cases.values() for one in cases}
    _, store = holdings.stores()
    book = holdings.casebook(holdings.data_revision()).positions
    layers = sorted(set(returned.issued.layers.values()))
    chosen: Mapping[str, Mapping[str, Choice]] = session.kept("return_choices", {})
    assert desk.picked is not None
    return replace(
        desk,
        home=home,
        titles=_titles(returned),
        cases={one: store.get(one) for one in sorted(named) if one in book},
        checklists=checklists_of(layers),
        foreseen={
            one.ref: _foresee(one, home)
            for one in home.to_write
            if _may_speak(one) and not home.is_written(one)
        },
        outcomes=_outcomes(home),
        begun=_begun(home),
        decisions=_decisions(home, chosen.get(desk.picked.digest, {})),
    )


def decision_key(conflict: Conflict) -> str:
    """Return what a decision is kept by: it holds for what the office knew when it was made."""
    return f"{conflict.id}={conflict.now}"


def _decisions(home: Homecoming, chosen: Mapping[str, Choice]) -> dict[str, Choice]:
    keys = {one.id: decision_key(one) for one in home.conflicts}
    return {name: chosen[key] for name, key in keys.items() if key in chosen}


def _titles(returned: Returned) -> dict[str, str]:
    names = reads.hazard_names(holdings.data_revision())
    return {ref: names.get(ref, ref.partition(":")[2]) for ref in returned.issued.layers}


def _may_speak(stop: ReturnedStop) -> bool:
    """Return whether a stop says anything of its hazard: a status, seen by two."""
    return stop.result in STATUSES and len(stop.officers) >= len(OFFICER_ROLES)


def _foresee(stop: ReturnedStop, home: Homecoming) -> StatusChange:
    known = home.known.get(stop.ref)
    if known is None:
        return StatusChange(left="gone")
    row = {name: date.fromisoformat(known[name]) for name in STATUS_DAYS if name in known}
    day = stop.day(home.returned.issued.day)
    return status_change(row, stop.result, day, reads.today())


def _outcomes(home: Homecoming) -> dict[str, Outcome]:
    journal = holdings.journal()
    issued = home.returned.issued
    keys = {stop.ref: visit_key(issued, stop.ref) for stop in home.returned.stops}
    marks = visit_book.marks(journal, list(keys.values()))
    found = {}
    for ref, key in keys.items():
        entries = visit_book.written(journal, key)
        if entries:
            found[ref] = Outcome(entries[-1], tuple(one for one in marks if one.visit == key))
    return found


def _begun(home: Homecoming) -> dict[str, JournalEntry]:
    """Return the entry by which each stop was decided whose writing broke off."""
    entries = holdings.journal().entries(kind=visit_book.VISIT_DECIDED) if home.begun else ()
    by_visit = {Decided(**one.told).visit: one for one in entries}
    issued = home.returned.issued
    return {ref: by_visit[visit_key(issued, ref)] for ref in home.begun}


def on_the_clock(entry: JournalEntry) -> str:
    """Return when an entry was made, by the clock on the office's wall."""
    return entry.at.astimezone(OFFICE_TIME).strftime("%Y-%m-%d %H:%M")
