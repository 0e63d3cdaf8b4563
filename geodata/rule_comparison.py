"""What differs between two rule sets, entry by entry: what is new, what is gone, what changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from geodata.model import Title
from geodata.rule_set import RuleSet

DAYS = frozenset({"valid_from", "since_certainty"})
"""What is no difference of the law itself: since when an entry holds follows from its file."""


@dataclass(frozen=True)
class Difference:
    """One thing that differs: the part it belongs to, its id, what about it, before and after.

    `attribute` is empty where the whole entry is new (`before` is None) or gone (`after` is).
    """

    part: str
    id: str
    attribute: str
    before: Any
    after: Any


def compare_rule_sets(old: RuleSet, new: RuleSet) -> tuple[Difference, ...]:
    """Return every difference between two rule sets, in the order of the older one."""
    before, after = _tables(old), _tables(new)
    return tuple(
        one
        for part in dict.fromkeys((*before, *after))
        for one in _compare(part, before.get(part, {}), after.get(part, {}))
    )


def _tables(rules: RuleSet) -> dict[str, Mapping[str, Any]]:
    """Return every table of a rule set by its name; code lists stand under their own."""
    own: dict[str, Mapping[str, Any]] = {
        "sources": rules.sources,
        "groups": rules.groups,
        "stages": rules.stages,
        "facts": rules.facts,
        "deadlines": {one.id: one for one in rules.deadlines},
        "details": rules.details,
        "first_stages": rules.first_stages,
    }
    return own | dict(rules.entries)


def _compare(
    part: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Difference]:
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if old is None or new is None or isinstance(old, (Title, tuple)):
            yield Difference(part, name, "", old, new)
            continue
        for attribute in (one.name for one in fields(old) if one.name not in DAYS):
            was, now = getattr(old, attribute), getattr(new, attribute)
            if was != now:
                yield Difference(part, name, attribute, was, now)
