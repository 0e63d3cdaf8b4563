"""A visit that came home is written: decided, status, activities, evidence, then that it is done.

Each write bears an id, and whoever writes looks first whether the store it goes to has it: what-
ever a crash leaves behind, the same return again ends in exactly one of each. What the law or the
facts do not allow is left to a person and named; nothing of that stops the rest.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import pandas as pd

from geodata.errors import BadEvidence, GeodataError, Unknown, Unlawful
from geodata.evidence_store import EvidenceStore
from geodata.journal import Journal
from geodata.lifecycle import OFFICE_TIME, in_effect, offered_moves
from geodata.model import Case, CaseEvent, HazardRef, RevisionNote, Title
from geodata.rule_set import load_rule_set
from geodata.store import CaseStore, FeatureStore
from layers import visit_book
from layers.checklists import read_checklist
from layers.return_pack import (
    CaseActivity,
    Choice,
    Conflict,
    Done,
    EvidenceBrought,
    HazardStatus,
    Returned,
    ReturnedStop,
    VisitResult,
    Write,
    choice_of,
    compare,
    is_written,
    visit_key,
    write_id,
    writes_of,
)
from layers.visit_book import Decided, Marked, State
from layers.visit_evidence import VISIT, evidence_facts
from layers.visit_known import known_now
from layers.visit_pack import FEWEST_OFFICERS
from layers.visit_status import status_change

RELAPSE, VERIFICATION = "relapse_found", "rectification_verified"
ID_LENGTH = 16
LATE: Choice = "office"
"""What holds for a stop that was written: files are kept, its hazard is not spoken of again."""

FROM_PACK = Title(
    "现场检查包 {plan} 第{version}版 {team} {day}",
    "visit pack {plan}, version {version}, {team}, {day}",
)
ACTIVITY = Title("{course}（{pack}；回传 {id}）", "{course} ({pack}; return {id})")
SEEN = Title("现场检查：{result}（{pack}；回传 {id}）", "Seen: {result} ({pack}; return {id})")


class StaleReturn(GeodataError):
    """The office knows something else of a stop than was shown: `ref`."""


@dataclass(frozen=True)
class Shelves:
    """Where a visit is written to; `enter` adds an entry to a case, its rights checked.

    `seen` are the stores as whoever writes sees them: what they may not see is no news to them.
    """

    features: FeatureStore
    cases: CaseStore
    journal: Journal
    evidence: EvidenceStore
    enter: Callable[[str, CaseEvent, int], object]
    seen: tuple[FeatureStore, CaseStore] | None = None


@dataclass(frozen=True)
class Author:
    """Who writes, and when (an instant with its zone)."""

    who: str
    at: datetime


@dataclass(frozen=True)
class Homecoming:
    """A return beside what the office knows now: what is open, begun, written already.

    `begun` are the choices, by stop, of writes that broke off; they are carried on as decided.
    """

    returned: Returned
    known: Mapping[str, Mapping[str, str]]
    done: Done
    conflicts: tuple[Conflict, ...]
    begun: Mapping[str, Choice]

    def is_written(self, stop: ReturnedStop) -> bool:
        """Return whether all of a stop was written before."""
        return is_written(self.returned.issued, stop, self.done)

    def late(self, stop: ReturnedStop) -> tuple[EvidenceBrought, ...]:
        """Return the files of a written stop that did not come, or came damaged, before."""
        if not self.is_written(stop):
            return ()
        alone = replace(self.returned, stops=(stop,))
        writes = writes_of(alone, (), {}, self.done)
        return tuple(one for one in writes if isinstance(one, EvidenceBrought))

    @property
    def to_write(self) -> tuple[ReturnedStop, ...]:
        """Return the stops of which something has not been written yet."""
        return tuple(
            stop for stop in self.returned.stops if not self.is_written(stop) or self.late(stop)
        )

    def writes(self, decisions: Mapping[str, Choice]) -> tuple[Write, ...]:
        """Return what is to be written after decisions; raise UndecidedConflicts.

        Of a stop that was written there are only the files that are late.
        """
        open_ = tuple(stop for stop in self.returned.stops if not self.is_written(stop))
        alone = replace(self.returned, stops=open_)
        writes = writes_of(alone, self.conflicts, decisions, self.done, self.begun)
        return (*writes, *(one for stop in self.returned.stops for one in self.late(stop)))

    def choice(self, ref: str, decisions: Mapping[str, Choice]) -> Choice:
        """Return what the decisions come to for a stop."""
        return self.begun.get(ref) or choice_of(ref, self.conflicts, decisions)


def hold_against(returned: Returned, shelves: Shelves) -> Homecoming:
    """Return a return beside what the stores hold now."""
    done, begun = visit_book.done(shelves.journal), visit_book.begun(shelves.journal)
    # A visit whose writing broke off is no conflict with itself, and one with any other return.
    taken = replace(done, visits={**done.visits, **{k: one.sha256 for k, one in begun.items()}})
    refs = [stop.ref for stop in returned.stops]
    known = known_now(*(shelves.seen or (shelves.features, shelves.cases)), refs)
    mine = {
        stop.ref: begun[key].choice
        for stop in returned.stops
        if (key := visit_key(returned.issued, stop.ref)) in begun
        and begun[key].sha256 == stop.sha256
    }
    return Homecoming(returned, known, done, compare(returned, known, taken), mine)


def write_return(
    returned: Returned,
    decisions: Mapping[str, Choice],
    seen: Mapping[str, Mapping[str, str]],
    shelves: Shelves,
    author: Author,
    *,
    tell: Callable[[int, int], None] = lambda _done, _all: None,
) -> tuple[Marked, ...]:
    """Write what a return brought; return what became of each write.

    `decisions` are by conflict, `seen` is what was shown of each stop when they were made; `tell`
    hears how many writes of how many are done. Raises UndecidedConflicts, StaleReturn (before
    anything is written), StaleEntry where somebody else writes the same visit, and whatever
    makes a store unusable: the same call again carries on.
    """
    home = hold_against(returned, shelves)
    for stop in home.to_write:
        if seen.get(stop.ref) != home.known.get(stop.ref):
            raise StaleReturn(ref=stop.ref)
    writes = home.writes(decisions)
    marks: list[Marked] = []
    for stop in home.to_write:
        pen = _Pen(shelves, author, returned, stop)
        choice = LATE if home.is_written(stop) else pen.decide(home, decisions)
        mine = [one for one in writes if one.ref == stop.ref] if choice != "skip" else []
        for mark in pen.write(mine, choice, home.done):
            marks.append(mark)
            tell(len(marks), max(len(marks), len(writes)))
    return tuple(marks)


@dataclass(frozen=True)
class _Pen:
    """What writes one stop."""

    shelves: Shelves
    author: Author
    returned: Returned
    stop: ReturnedStop

    @property
    def key(self) -> str:
        """Return what the visit is known by."""
        return visit_key(self.returned.issued, self.stop.ref)

    @property
    def pack(self) -> str:
        """Return in words which pack it was."""
        one = self.returned.issued
        told = {"plan": one.plan_id, "version": one.version, "team": one.team}
        return FROM_PACK.zh.format(**told, day=one.day.isoformat())

    @property
    def result(self) -> str:
        """Return the result of the visit in the words of its checklist."""
        question = read_checklist(self.returned.issued.layers[self.stop.ref]).find("result")
        titles = {one.id: one.title.zh for one in question.answers} if question else {}
        return titles.get(self.stop.result, self.stop.result)

    # ------------------------------------------------------------------- the order of it

    def decide(self, home: Homecoming, decisions: Mapping[str, Choice]) -> Choice:
        """Keep what was decided before anything is written, and return it."""
        choice = home.choice(self.stop.ref, decisions)
        if self.stop.ref in home.begun:
            return choice
        own = [one for one in home.conflicts if one.ref == self.stop.ref]
        decided = Decided(
            self.key,
            self.stop.ref,
            self.stop.sha256,
            self.returned.issued.pack_id,
            choice,
            {one.id: decisions[one.id] for one in own},
            {one.id: f"{one.then} > {one.now} : {one.from_field}" for one in own},
        )
        draft = visit_book.decided_draft(decided, self.author.who, self.author.at)
        before = self.shelves.journal.entries(subject=draft.subject)
        is_said = before and (before[-1].kind, before[-1].told) == (draft.kind, draft.told)
        if not is_said:
            self.shelves.journal.append([draft], {draft.subject: len(before)})
        return choice

    def write(self, writes: Sequence[Write], choice: Choice, done: Done) -> Iterator[Marked]:
        """Write all that belongs to the stop, mark each when it is there, the visit itself last."""
        for one in writes:
            if isinstance(one, HazardStatus):
                yield self._mark(self._set_status(one))
            elif isinstance(one, CaseActivity):
                yield self._mark(self._enter_inquest(one))
            elif isinstance(one, EvidenceBrought):
                yield self._mark(self._keep(one))
        if choice == "field" and len(self.stop.officers) >= FEWEST_OFFICERS:
            for follow in self._follow(done):
                yield self._mark(follow)
        for one in writes:
            if isinstance(one, VisitResult):
                draft = visit_book.written_draft(one, self.author.who, self.author.at)
                self.shelves.journal.append([draft])
                yield self._told(one.id, "visit", self.stop.ref)

    def _mark(self, marked: Marked) -> Marked:
        draft = visit_book.mark_draft(marked, self.author.who, self.author.at)
        self.shelves.journal.append([draft])
        return marked

    def _told(
        self, id_: str, what: str, where: str, state: State = "written", reason: str = ""
    ) -> Marked:
        return Marked(id_, self.key, what, where, state, reason)

    # ---------------------------------------------------------------------- the hazard

    def _set_status(self, write: HazardStatus) -> Marked:
        ref, features = HazardRef.parse(write.ref), self.shelves.features
        if ref.layer not in features.layers() or (rows := features.rows(ref.layer, [ref.id])).empty:
            return self._told(write.id, "status", write.ref, "left", "gone")
        if any((VISIT, write.id) in one.note.extra for one in features.revisions(ref.layer)):
            return self._told(write.id, "status", write.ref)
        today = self.author.at.astimezone(OFFICE_TIME).date()
        (row,) = rows.to_dict("records")
        change = status_change(row, write.status, write.occurred_on, today)
        if change.left:
            return self._told(write.id, "status", write.ref, "left", change.left)
        if not change.days:
            return self._told(write.id, "status", write.ref, "same")
        columns = {
            name: pd.Series([day], index=rows.index, dtype=object) for name, day in change.days
        }
        note = RevisionNote(
            self.author.who,
            self._note(SEEN, write.id, result=self.result),
            self.author.at,
            is_demonstration=bool(row.get("is_demonstration")),
            extra=((VISIT, write.id),),
        )
        features.write(ref.layer, rows.assign(**columns), note)
        return self._told(write.id, "status", write.ref)

    # ----------------------------------------------------------------------- the cases

    def _enter_inquest(self, write: CaseActivity) -> Marked:
        event = CaseEvent(
            write.kind,
            write.occurred_on,
            self.author.at,
            self.author.who,
            note=self._note(ACTIVITY, write.id, course=write.note),
            document=self._document(write.case_id, write.kind),
            details=(("participants", "、".join(write.participants)), ("result", self.result)),
        )
        return self._enter(write.id, "activity", write.case_id, event)

    def _follow(self, done: Done) -> Iterator[Marked]:
        """Yield what the result means for the cases beyond the inquest.

        A relapse is entered where the rules let it be. That all of a case is put right is more
        than one visit says: it is left to a person where the case still waits for it.
        """
        for case_id in self.returned.issued.cases[self.stop.ref]:
            id_ = write_id("follow", self.key, self.stop.sha256, case_id)
            if id_ in done.ids:
                continue
            if self.stop.result == "relapsed":
                event = CaseEvent(
                    RELAPSE,
                    self.stop.day(self.returned.issued.day),
                    self.author.at,
                    self.author.who,
                    note=self._note(SEEN, id_, result=self.result),
                )
                yield self._enter(id_, "relapse", case_id, event)
            elif self.stop.result == "rectified" and self._awaits_verification(case_id):
                yield self._told(id_, "verification", case_id, "left", "whole_case")

    def _enter(self, id_: str, what: str, case_id: str, event: CaseEvent) -> Marked:
        """Enter something on a case, once; what the law refuses is left to a person."""
        case = self._case(case_id)
        if case is None:
            return self._told(id_, what, case_id, "left", "case_gone")
        if any(id_[:ID_LENGTH] in one.note for one in case.events):
            return self._told(id_, what, case_id)
        try:
            self.shelves.enter(case_id, event, case.revision)
        except (Unlawful, Unknown) as refused:
            return self._told(id_, what, case_id, "left", type(refused).__name__)
        return self._told(id_, what, case_id)

    def _awaits_verification(self, case_id: str) -> bool:
        case = self._case(case_id)
        if case is None:
            return False
        offered = offered_moves(case, load_rule_set(case.rule_set), date.max)
        happened = {event.kind for _, event in in_effect(case.events)}
        return VERIFICATION not in happened and VERIFICATION in {one.kind for one in offered}

    def _document(self, case_id: str, kind: str) -> str:
        case = self._case(case_id)
        facts = load_rule_set(case.rule_set).facts if case else {}
        return facts[kind].documents[0] if kind in facts and facts[kind].documents else ""

    def _case(self, case_id: str) -> Case | None:
        try:
            return self.shelves.cases.get(case_id)
        except KeyError:
            return None

    # -------------------------------------------------------------------- the evidence

    def _keep(self, write: EvidenceBrought) -> Marked:
        where = write.case or write.ref
        origin = f"{VISIT}:{write.id}"
        if self.shelves.evidence.items(origin=origin):
            return self._told(write.id, "evidence", where)
        facts = evidence_facts(
            write,
            visit=self.key,
            pack=self.pack,
            layer=self.returned.issued.layers[write.ref],
            place=self.stop.answers.get("inquest_place", ""),
            received_by=self.author.who,
            received_at=self.author.at,
        )
        try:
            self.shelves.evidence.put(write.content, facts)
        except BadEvidence as refused:
            reason = str(refused.facts.get("field", ""))
            return self._told(write.id, "evidence", where, "left", f"BadEvidence {reason}")
        return self._told(write.id, "evidence", where)

    def _note(self, words: Title, id_: str, **facts: str) -> str:
        """Return a note that says which pack it comes of, and by which it is found again."""
        return words.zh.format(pack=self.pack, id=id_[:ID_LENGTH], **facts)
