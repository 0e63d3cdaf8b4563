"""What the detective found, as lines for a person and as plain facts for a program."""

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from geodata.candidates import Candidate
from geodata.detective import Finding, Group

MOST_LISTED = 3  # candidates of a group
EXAMPLES = 10  # rows that fit nothing
KILOMETRE_M = 1000


class Say(Protocol):
    """Words: a section and a key lead to a sentence, facts fill its gaps."""

    def __call__(self, section: str, key: str, **facts: object) -> str:
        """Return one sentence."""
        ...


def proposal_lines(finding: Finding, say: Say) -> list[str]:
    """Return the lines that tell what was found, the conclusion before the evidence."""
    counts = {"rows": finding.rows, "placed": finding.placed, "judged": finding.judged}
    numbers = {name: f"{count:,}" for name, count in counts.items()}
    lines = [say("detective", "heading", **numbers), verdict_line(finding, say)]
    if finding.doubt:
        lines.append(doubt_line(finding, say))
    if finding.is_mixed:
        lines.append(mixed_line(finding, say))
    for group in finding.groups:
        lines += _group_lines(group, say)
    if finding.strays_count:
        lines.append(strays_line(finding, say))
    if finding.verdict in {"certain", "proposed"} and not finding.is_mixed:
        lines.append(say("detective", "choose", system=finding.candidates[0].system))
    elif finding.verdict == "undecided":
        lines.append(say("detective", "ask"))
    return lines


def verdict_line(finding: Finding, say: Say) -> str:
    """Return how sure the answer is."""
    return say("detective", finding.verdict)


def doubt_line(finding: Finding, say: Say, name: Callable[[str], str] = str) -> str:
    """Return that a file declares one system and fits another; `name` names systems."""
    facts = {"declared": name(finding.declared), "system": name(finding.doubt)}
    return say("detective", "doubt", **facts)


def mixed_line(finding: Finding, say: Say) -> str:
    """Return how many systems a file mixes."""
    count = len({one.system for one in finding.groups if one.system})
    return say("detective", "mixed", count=count)


def strays_line(finding: Finding, say: Say) -> str:
    """Return how many rows fit no system, and the first of them."""
    key = "strays_about" if finding.strays_are_estimate else "strays"
    examples = ", ".join(map(str, finding.strays[:EXAMPLES]))
    return say("detective", key, count=f"{finding.strays_count:,}", examples=examples)


def evidence_line(one: Candidate, say: Say, *, is_first: bool) -> str:
    """Return what speaks for a candidate; the first one is not held against itself."""
    return say("detective", "comma").join(_evidence(one, say, is_first=is_first))


def as_facts(finding: Finding) -> dict[str, Any]:
    """Return a finding as what JSON can hold: distances without end become null."""
    facts: dict[str, Any] = _plain(dataclasses.asdict(finding))
    return facts | {"is_mixed": finding.is_mixed}


def _plain(fact: Any) -> Any:
    if isinstance(fact, dict):
        return {name: _plain(one) for name, one in fact.items()}
    if isinstance(fact, list | tuple):
        return [_plain(one) for one in fact]
    return None if isinstance(fact, float) and not math.isfinite(fact) else fact


def group_line(group: Group, say: Say) -> str:
    """Return what the numbers of a group look like, and how many rows they are."""
    kind, _, rest = group.shape.partition("_")
    zone, _, turned = rest.partition("_")
    shape = f"zone_{turned}" if turned else "zone"
    name = say("shapes", shape, zone=zone) if kind == "zone" else say("shapes", group.shape)
    examples = ", ".join(map(str, group.examples))
    key = "group_about" if group.is_estimate else "group"
    return say("detective", key, shape=name, rows=f"{group.rows:,}", examples=examples)


def _group_lines(group: Group, say: Say) -> Iterator[str]:
    yield group_line(group, say)
    if not group.system:
        yield say("detective", "untold")
    for number, one in enumerate(group.candidates[:MOST_LISTED], start=1):
        told = evidence_line(one, say, is_first=number == 1)
        yield say("detective", "candidate", number=number, system=one.system, evidence=told)
    first = group.candidates[0] if group.candidates else None
    if first and first.look_alikes:
        yield say("detective", "look_alikes", systems=", ".join(first.look_alikes))


def _evidence(one: Candidate, say: Say, *, is_first: bool) -> Iterator[str]:
    found = one.evidence
    if one.same_as:
        yield say("detective", "same", systems=", ".join(one.same_as))
    yield say("detective", "in_city", share=f"{found.in_city:.1%}")
    if found.in_region > found.in_city:
        yield say("detective", "in_region", share=f"{found.in_region:.1%}")
    if found.in_stated is not None:
        share = f"{found.in_stated:.1%}"
        yield say("detective", "in_stated", share=share, rows=f"{found.stated_rows:,}")
    if found.known_m is not None:
        rows = f"{found.known_rows:,}"
        yield say("detective", "known", metres=_metres(found.known_m), rows=rows)
    if found.looks_legacy and found.offset_m:
        east, north = found.offset_m
        yield say("detective", "legacy", east=f"{-east:+.0f}", north=f"{-north:+.0f}")
    for key, metres in (("rivers", found.river_m), ("edges", found.edge_m)):
        if metres is not None:
            yield say("detective", key, metres=_metres(metres))
    if not is_first and math.isfinite(one.apart_m):
        yield say("detective", "apart", metres=_metres(one.apart_m))
    if not is_first:
        yield _votes(one.votes, say)


def _votes(votes: Iterable[int], say: Say) -> str:
    first, other = votes
    if not first + other:
        return say("detective", "no_votes")
    numbers = {"total": first + other, "first": first, "other": other}
    return say("detective", "votes", **{name: f"{count:,}" for name, count in numbers.items()})


def _metres(metres: float) -> str:
    if metres >= 10 * KILOMETRE_M:
        return f"{metres / KILOMETRE_M:,.0f} km"
    return f"{metres:,.0f} m" if metres >= 1 else f"{metres:.1f} m"
