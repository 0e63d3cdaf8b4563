"""The case file read from the entries: items, evidence, documents, elements, reviews, outcomes.

Everything here asks for a day (`as_of`) and may ask for what was known at an instant
(`known_at`); nothing is stored twice. What an agency says and what the office verified are
different facts and stay in different columns. An entry is named by its number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import isfinite
from typing import Any

from geodata.lifecycle import OFFICE_TIME, WITHDRAWN, in_effect
from geodata.model import Case, CaseEvent, HazardRef, Title
from geodata.rule_set import RuleSet

__all__ = [
    "Document",
    "Element",
    "Evidence",
    "Item",
    "Line",
    "Outcome",
    "Review",
    "documents_of",
    "elements_of",
    "evidence_of",
    "gaps",
    "history_of",
    "items_of",
    "next_item_number",
    "number_in",
    "numbers_in",
    "people_in",
    "reviews_of",
]

LATE_AFTER_DAYS = 7
"""Days between a thing and its entry from which the entry is shown as late (ours, no law)."""

FEWEST_COLLECTORS = 2
"""R36: evidence is collected by two or more of the office's people."""

NOT_REVIEWED = "not_reviewed"
ELEMENT_MET = "met"

FORMER_OUTCOMES = {
    "area_restored_m2": "area_m2",
    "waste_cleared_t": "waste_t",
    "amount_recovered_yuan": "money_yuan",
    "carbon_credits_tco2e": "carbon_sink_t",
}
"""What `Case.outcome` called the kinds of outcome before outcomes were entries."""

Numbered = tuple[int, CaseEvent]


@dataclass(frozen=True)
class Item:
    """One item of a recommendation, and four separate facts about it.

    `answer` and `result` are codes of the rule set; nothing stands for what was not entered.
    """

    number: str
    text: str = ""
    hazard: HazardRef | None = None
    answer: str = ""
    answer_text: str = ""
    answered_on: date | None = None
    claimed_on: date | None = None
    claimed_text: str = ""
    result: str = ""
    result_text: str = ""
    verified_on: date | None = None
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True)
class Document:
    """One document named in an entry: its name, the day, and the entry that names it."""

    name: str
    on: date
    number: int
    kind: str


@dataclass(frozen=True)
class Evidence:
    """One piece of evidence; `number` is that of the entry that brought it in."""

    number: int
    title: str
    kind: str
    on: date
    collectors: tuple[str, ...] = ()
    place: str = ""
    element: str = ""
    sha256: str = ""
    original_name: str = ""
    verified_on: date | None = None

    @property
    def is_verified(self) -> bool:
        """Return whether an entry says that it was verified."""
        return self.verified_on is not None

    @property
    def lacks_collectors(self) -> bool:
        """Return whether fewer than two people are named as having collected it (R36)."""
        return len(self.collectors) < FEWEST_COLLECTORS


@dataclass(frozen=True)
class Element:
    """One of the four elements of litigation readiness, as last assessed."""

    id: str
    title: Title
    state: str = NOT_REVIEWED
    text: str = ""
    gap: str = ""
    on: date | None = None
    by: str = ""
    evidence: tuple[int, ...] = ()

    @property
    def is_gap(self) -> bool:
        """Return whether something is still missing: assessed, and not met or with a gap named."""
        return self.state != NOT_REVIEWED and (self.state != ELEMENT_MET or bool(self.gap))


@dataclass(frozen=True)
class Review:
    """One review note: what was good, what was not, what is to be corrected, by when, by whom."""

    number: int
    on: date
    by: str
    merits: str
    problems: str
    correction: str = ""
    due_on: date | None = None
    responsible: str = ""
    answered_on: date | None = None
    answer: str = ""

    def is_open(self, as_of: date) -> bool:
        """Return whether a correction was asked for and none is entered by that day."""
        return bool(self.correction) and (self.answered_on is None or self.answered_on > as_of)


@dataclass(frozen=True)
class Outcome:
    """One amount of one kind of outcome: claimed, planned or verified, never summed together."""

    kind: str
    state: str
    amount: float
    land_class: str = ""
    on: date | None = None
    number: int | None = None
    text: str = ""
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True)
class Line:
    """One entry as it was made, in the order of entry, and what became of it.

    `corrects` is the entry whose place it takes, `replaced_by` the entry that took its own;
    `days_late` are the days from the thing to its entry.
    """

    number: int
    event: CaseEvent
    corrects: int | None = None
    replaced_by: int | None = None
    is_taken_back: bool = False
    days_late: int = 0

    @property
    def is_late(self) -> bool:
        """Return whether it was entered noticeably later than it happened."""
        return self.days_late > LATE_AFTER_DAYS

    @property
    def counts(self) -> bool:
        """Return whether it is in effect: not replaced, not taken back, itself no taking back."""
        return self.replaced_by is None and self.event.kind != WITHDRAWN


def items_of(case: Case, as_of: date, known_at: datetime | None = None) -> tuple[Item, ...]:
    """Return the items of the recommendation in their order, each with its separate facts.

    Of several entries on one fact the latest counts. An item that was answered without having
    been entered stands there without words.
    """
    items: dict[str, Item] = {}
    for _, event in _by(case, as_of, known_at):
        name = event.detail("item").strip()
        if name and event.kind in _ITEM_FACTS:
            item = items.get(name, Item(name))
            items[name] = replace(item, **_item_facts(event))
    return tuple(sorted(items.values(), key=lambda one: _natural(one.number)))


def next_item_number(case: Case, as_of: date) -> str:
    """Return the number that the next item of the recommendation would have."""
    numbers = [int(one.number) for one in items_of(case, as_of) if one.number.isdecimal()]
    return str(max(numbers, default=0) + 1)


def documents_of(case: Case, as_of: date, known_at: datetime | None = None) -> tuple[Document, ...]:
    """Return every document that an entry in effect names, in the order of the days."""
    return tuple(
        Document(event.document, event.occurred_on, number, event.kind)
        for number, event in _by(case, as_of, known_at)
        if event.document.strip()
    )


def evidence_of(case: Case, as_of: date, known_at: datetime | None = None) -> tuple[Evidence, ...]:
    """Return every piece of evidence by the number of its entry, verified or not."""
    entries = _by(case, as_of, known_at)
    verified: dict[int, date] = {}
    for _, event in entries:
        if event.kind == "evidence_verified":
            for number in numbers_in(event.detail("evidence")):
                verified.setdefault(number, event.occurred_on)
    found = [
        Evidence(
            number=number,
            title=event.detail("text"),
            kind=event.detail("evidence_kind"),
            on=event.occurred_on,
            collectors=people_in(event.detail("collectors")),
            place=event.detail("place"),
            element=event.detail("element"),
            sha256=event.detail("sha256"),
            original_name=event.detail("original_name"),
            verified_on=verified.get(number),
        )
        for number, event in entries
        if event.kind == "evidence_added"
    ]
    return tuple(sorted(found, key=lambda one: one.number))


def elements_of(
    case: Case, rules: RuleSet, as_of: date, known_at: datetime | None = None
) -> tuple[Element, ...]:
    """Return the elements of litigation readiness, all of them always, in the order of the law.

    Behind each stands the evidence that names the element, and what its assessment refers to.
    There is no sum: an element that is not met is not made up for by another.
    """
    entries = _by(case, as_of, known_at)
    assessed = {e.detail("element"): e for _, e in entries if e.kind == "element_assessed"}
    held = evidence_of(case, as_of, known_at)
    return tuple(
        _element(name, title, assessed.get(name), held)
        for name, title in rules.codes["elements"].items()
    )


def gaps(elements: Sequence[Element]) -> tuple[Element, ...]:
    """Return the elements that were assessed and still lack something."""
    return tuple(one for one in elements if one.is_gap)


def reviews_of(case: Case, as_of: date, known_at: datetime | None = None) -> tuple[Review, ...]:
    """Return the review notes, each with the answer to it, by number."""
    entries = _by(case, as_of, known_at)
    answers = {
        number: event
        for _, event in entries
        if event.kind == "review_answered"
        for number in numbers_in(event.detail("entry"))
    }
    found = [
        _review(number, event, answers.get(number))
        for number, event in entries
        if event.kind == "review_noted"
    ]
    return tuple(sorted(found, key=lambda one: one.number))


def outcomes_of(case: Case, as_of: date, known_at: datetime | None = None) -> tuple[Outcome, ...]:
    """Return the outcomes: per kind, land class and standing, the latest statement counts.

    What a case brought along from before outcomes were entries (`Case.outcome`) stands as
    verified, unless an entry has verified an outcome of that kind.
    """
    latest: dict[tuple[str, str, str], Outcome] = {}
    for number, event in _by(case, as_of, known_at):
        amount = number_in(event.detail("amount"))
        if event.kind == "outcome_stated" and amount is not None:
            outcome = Outcome(
                kind=event.detail("outcome"),
                state=event.detail("outcome_state"),
                amount=amount,
                land_class=event.detail("land_class"),
                on=event.occurred_on,
                number=number,
                text=event.detail("text"),
                evidence=numbers_in(event.detail("evidence")),
            )
            latest[outcome.kind, outcome.land_class, outcome.state] = outcome
    verified = {kind for kind, _, state in latest if state == "verified"}
    former = [
        Outcome(FORMER_OUTCOMES.get(name, name), "verified", amount)
        for name, amount in case.outcome
        if FORMER_OUTCOMES.get(name, name) not in verified
    ]
    return (*former, *latest.values())


def history_of(case: Case, known_at: datetime | None = None) -> tuple[Line, ...]:
    """Return every entry ever made, in the order of entry; nothing that was wrong disappears."""
    lines: dict[int, Line] = {}
    standing: dict[int, int] = {}
    roots: dict[int, int] = {}
    for number, event in enumerate(case.events):
        if known_at is not None and event.recorded_at > known_at:
            continue
        recorded_on = event.recorded_at.astimezone(OFFICE_TIME).date()
        line = Line(number, event, event.corrects, days_late=(recorded_on - event.occurred_on).days)
        if event.corrects is not None:
            root = roots.get(event.corrects, event.corrects)
            roots[number] = root
            before = standing.get(root, root)
            if before in lines:
                taken_back = event.kind == WITHDRAWN
                old = lines[before]
                lines[before] = replace(old, replaced_by=number, is_taken_back=taken_back)
            standing[root] = number
        lines[number] = line
    return tuple(lines.values())


def numbers_in(text: str) -> tuple[int, ...]:
    """Return the entry numbers written in a detail, "3;5" as (3, 5); anything else is left out."""
    parts = text.replace("；", ";").replace(",", ";").split(";")
    return tuple(int(one) for one in map(str.strip, parts) if one.isdecimal())


def number_in(text: str) -> float | None:
    """Return the number written in a detail, or None where there is none."""
    try:
        number = float(text.replace(",", "").replace("，", ""))
    except ValueError:
        return None
    return number if isfinite(number) else None


def people_in(text: str) -> tuple[str, ...]:
    """Return the people named in a detail, whichever comma or space parts them.

    >>> people_in("张某、李某")
    ('张某', '李某')
    """
    for comma in "，、；;/":
        text = text.replace(comma, ",")
    return tuple(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))


_ITEM_FACTS = frozenset({"item_added", "item_replied", "item_rectified", "item_verified"})


def _by(case: Case, as_of: date, known_at: datetime | None) -> tuple[Numbered, ...]:
    """Return the entries in effect of what had happened by a day, with their numbers."""
    return tuple(one for one in in_effect(case.events, known_at) if one[1].occurred_on <= as_of)


def _item_facts(event: CaseEvent) -> dict[str, Any]:
    text, day = event.detail("text"), event.occurred_on
    if event.kind == "item_replied":
        return {"answer": event.detail("answer"), "answer_text": text, "answered_on": day}
    if event.kind == "item_rectified":
        return {"claimed_on": day, "claimed_text": text}
    if event.kind == "item_verified":
        return {
            "result": event.detail("result_code"),
            "result_text": text,
            "verified_on": day,
            "evidence": numbers_in(event.detail("evidence")),
        }
    return {"text": text, "hazard": _hazard(event.detail("hazard"))}


def _hazard(text: str) -> HazardRef | None:
    return HazardRef.parse(text) if text else None


def _natural(number: str) -> tuple[int, str]:
    return (int(number), "") if number.isdecimal() else (10**9, number)


def _element(
    name: str, title: Title, assessed: CaseEvent | None, held: Sequence[Evidence]
) -> Element:
    behind = [one.number for one in held if one.element == name]
    if assessed is None:
        return Element(name, title, evidence=tuple(behind))
    behind += [n for n in numbers_in(assessed.detail("evidence")) if n not in behind]
    return Element(
        name,
        title,
        state=assessed.detail("state"),
        text=assessed.detail("text"),
        gap=assessed.detail("gap"),
        on=assessed.occurred_on,
        by=assessed.recorded_by,
        evidence=tuple(sorted(behind)),
    )


def _review(number: int, event: CaseEvent, answer: CaseEvent | None) -> Review:
    return Review(
        number=number,
        on=event.occurred_on,
        by=event.recorded_by,
        merits=event.detail("merits"),
        problems=event.detail("problems"),
        correction=event.detail("correction"),
        due_on=event.due_on,
        responsible=event.detail("responsible"),
        answered_on=answer.occurred_on if answer else None,
        answer=answer.note if answer else "",
    )
