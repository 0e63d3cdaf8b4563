"""What people said of two rows of a matching: kept beside the findings, told to the next run.

A finding that asks whether two rows are one thing states `first_facts` and `second_facts`, the
hashes of what was compared; its first two rows are the pair.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from geodata.findings import Entry, by_subject, pair_subject, rows_of_pair
from layers.matching import Decision
from layers.rule import Ask, Finding, Match, Rule

FACTS = ("first_facts", "second_facts")
PAIR = 2
Said = Mapping[str, tuple[Decision, ...]]
"""What was said of pairs, by the question that asked."""


def asks_pair(finding: Finding) -> bool:
    """Return whether a finding asks if two rows are one thing."""
    has_facts = all(isinstance(finding.fact(name), str) and finding.fact(name) for name in FACTS)
    return has_facts and len(finding.rows) >= PAIR


def pair_of(finding: Finding) -> str:
    """Return the subject of entries on the two rows that a finding asks about."""
    first, second = finding.rows[:PAIR]
    return pair_subject((first.table, first.id), (second.table, second.id))


def word_on(
    finding: Finding, *, is_same: bool, who: str, when: datetime, why: str = "", run: str = ""
) -> Entry:
    """Return a person's word on the two rows that a finding asks about."""
    facts = {
        (row.table, row.id): str(finding.fact(name))
        for row, name in zip(finding.rows[:PAIR], FACTS, strict=True)
    }
    return Entry(
        subject=pair_of(finding),
        facts_id=";".join(facts[row] for row in sorted(facts)),
        kind="same" if is_same else "different",
        recorded_at=when,
        recorded_by=who,
        why=why,
        run=run,
    )


def said_on(rule: Rule, entries: Iterable[Entry]) -> dict[str, tuple[Decision, ...]]:
    """Return what was said last of the pairs that a rule's questions are about, by question."""
    told = by_subject(one for one in entries if one.subject.startswith("pair:"))
    last = {subject: words[-1] for subject, words in told.items()}
    return {ask.id: tuple(_decisions(rule, ask, last)) for ask in rule.questions if _is_match(ask)}


def as_argument(said: Said) -> dict[str, Any]:
    """Return what `layers.detect.detect` takes further; nothing for a rule that asks no pairs."""
    return {"decisions": dict(said)} if said else {}


def _is_match(ask: Ask) -> bool:
    return isinstance(ask.question, Match)


def _decisions(rule: Rule, ask: Ask, last: Mapping[str, Entry]) -> Iterable[Decision]:
    question = ask.question
    if not isinstance(question, Match):
        return
    tables = (rule.need(question.first).table, rule.need(question.second).table)
    for subject, entry in last.items():
        if entry.kind in {"same", "different"}:
            decision = _decision(subject, entry, tables)
            if decision is not None:
                yield decision


def _decision(subject: str, entry: Entry, tables: tuple[str, str]) -> Decision | None:
    """Return a word on two rows as matching takes it, None for rows of other lists."""
    facts = dict(zip(rows_of_pair(subject), entry.facts_id.split(";"), strict=True))
    for first, second in (tuple(facts), tuple(reversed(facts))):
        if (first[0], second[0]) == tables:
            is_same = entry.kind == "same"
            return Decision(first[1], second[1], is_same, facts[first], facts[second])
    return None
