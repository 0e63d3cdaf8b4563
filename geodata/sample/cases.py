"""The demonstration cases: the case file made into cases whose every move the law allows."""

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from fnmatch import fnmatchcase
from functools import cache, reduce
from pathlib import Path
from typing import Any

from geodata.lifecycle import advance
from geodata.model import Case, CaseEvent, HazardRef, Title
from geodata.rule_set import RuleSet, load_rule_set
from geodata.sample.features import sample_features

FILE = Path(__file__).with_name("cases.toml")
RULE_SET = "cn-2021"
RECORDED_AT = time(9, tzinfo=UTC)
RECORDED_BY = "承办检察官"


@cache
def sample_cases() -> tuple[Case, ...]:
    """Return the 26 demonstration cases with their histories up to SAMPLE_ON."""
    told = tomllib.loads(FILE.read_text("utf-8"))
    rules = load_rule_set(RULE_SET)
    known = tuple(
        HazardRef(layer_id, feature_id)
        for layer_id, frame in sample_features().items()
        for feature_id in frame["id"]
    )
    return tuple(_case(facts, told["documents"], rules, known) for facts in told["cases"])


def _case(
    facts: dict[str, Any],
    documents: dict[str, str],
    rules: RuleSet,
    known: tuple[HazardRef, ...],
) -> Case:
    begun = Case(
        id=facts["id"],
        title=Title(**facts["title"]),
        summary=Title(**facts["summary"]),
        jurisdiction=facts["id"].rsplit("-", 2)[0],
        kind=facts.get("kind", "admin_pil"),
        field=facts["field"],
        secondary_fields=tuple(facts.get("secondary_fields", ())),
        rule_set=rules.id,
        agency=facts.get("agency", ""),
        lead_source=facts["lead_source"],
        series=facts.get("series", ""),
        shared_with=tuple(facts.get("shared_with", ())),
        hazards=tuple(_hazards(facts.get("hazards", ()), known)),
        outcome=tuple((name, float(value)) for name, value in facts.get("outcome", {}).items()),
        is_demonstration=True,
    )
    activities = [
        [kind, day, {"result": result}] for kind, day, result in facts.get("activities", ())
    ]
    told_in_order = sorted([*facts["events"], *activities], key=lambda told: told[1])
    marks = {
        more["mark"]: str(number)
        for number, (_, _, *rest) in enumerate(told_in_order)
        for more in rest
        if "mark" in more
    }
    events = (_event(documents, marks, *told) for told in told_in_order)
    return reduce(lambda case, event: advance(case, event, rules), events, begun)


def _event(
    documents: dict[str, str],
    marks: dict[str, str],
    kind: str,
    occurred_on: date,
    more: dict[str, Any] | None = None,
) -> CaseEvent:
    facts = {name: value for name, value in (more or {}).items() if name != "mark"}
    recorded_on = facts.pop("recorded_on", occurred_on)
    own = {
        name: facts.pop(name) for name in ("note", "ground", "due_on", "document") if name in facts
    }
    return CaseEvent(
        kind=kind,
        occurred_on=occurred_on,
        recorded_at=datetime.combine(recorded_on, RECORDED_AT),
        recorded_by=RECORDED_BY,
        **{"document": documents.get(kind, ""), **own},
        details=tuple((name, _resolved(str(value), marks)) for name, value in facts.items()),
    )


def _resolved(value: str, marks: dict[str, str]) -> str:
    """Return a detail with `@mark` replaced by the number of the entry that bears the mark."""
    return re.sub(r"@(\w+)", lambda found: marks[found[1]], value)


def _hazards(patterns: list[str], known: tuple[HazardRef, ...]) -> Iterator[HazardRef]:
    """Yield the features that patterns such as `layer:QLH-*` name; raise KeyError if none."""
    for pattern in patterns:
        named = [ref for ref in known if fnmatchcase(str(ref), pattern)]
        if not named:
            raise KeyError(pattern)
        yield from named
