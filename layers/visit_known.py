"""What the office knows of a stop in plain facts, so that then and now can be held side by side.

The same function makes them when a pack leaves and when its return comes home.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

import pandas as pd

from geodata.lifecycle import stage_of
from geodata.model import Case, HazardRef
from geodata.rule_set import load_rule_set
from geodata.standing import find_links
from geodata.store import CaseStore, FeatureStore
from layers.return_pack import INQUEST

KINDS = "hazard_kinds"
STATUS_DAYS = ("found_on", "rectified_on", "verified_on", "relapsed_on")
CASE = "case:"
"""What the name of a fact on a case begins with; its id follows."""


def known_facts(row: Mapping[str, object], cases: Iterable[Case]) -> tuple[tuple[str, str], ...]:
    """Return what is known of a hazard and its cases as names and values.

    `row` is a feature (a Series is one) as the store has it, not cut at a day. Kinds and days
    bear the names of their columns; `case:ID` is the stage and the number of entries that are
    no site inquest (`investigation 7`): what other teams brought home of the same case is no
    change of it. What is blank is left out.
    """
    told = {KINDS: str(_plain(row.get(KINDS)) or "")}
    told |= {name: _day(row.get(name)) for name in STATUS_DAYS}
    told |= {f"{CASE}{one.id}": _standing(one) for one in sorted(cases, key=lambda one: one.id)}
    return tuple((name, value) for name, value in told.items() if value)


def known_now(
    features: FeatureStore, cases: CaseStore, refs: Iterable[str]
) -> dict[str, dict[str, str]]:
    """Return what the stores hold now of some hazards (`layer:id`), by hazard.

    A hazard that is no longer there is left out. Cases are those that it is linked to now.
    """
    wanted = tuple(dict.fromkeys(refs))
    book, rows = cases.casebook(), _rows_of(features, wanted)
    links = find_links(book)
    ids = book.cases["id"]
    known: dict[str, dict[str, str]] = {}
    for ref in wanted:
        if ref in rows:
            linked = [cases.get(ids.iloc[at]) for at in links.loc[links["ref"] == ref, "case"]]
            known[ref] = dict(known_facts(rows[ref], linked))
    return known


def cases_named(known: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids of the cases that facts name."""
    return tuple(name.removeprefix(CASE) for name in known if name.startswith(CASE))


def day_in(value: object) -> date | None:
    """Return the day that a cell of a row holds, None for a blank one."""
    plain = _plain(value)
    if isinstance(plain, datetime):
        return plain.date()
    return plain if isinstance(plain, date) else None


def _rows_of(features: FeatureStore, refs: Iterable[str]) -> dict[str, Mapping[str, object]]:
    by_layer: dict[str, list[str]] = {}
    for ref in map(HazardRef.parse, refs):
        by_layer.setdefault(ref.layer, []).append(ref.id)
    stored = set(features.layers())
    return {
        f"{layer}:{row['id']}": row
        for layer, ids in by_layer.items()
        if layer in stored
        for row in features.rows(layer, ids).to_dict("records")
    }


def _standing(case: Case) -> str:
    stage = stage_of(case, load_rule_set(case.rule_set), date.max)
    entries = sum(event.kind != INQUEST for event in case.events)
    return f"{stage.id if stage else '-'} {entries}"


def _plain(value: object) -> object:
    return None if value is None or pd.isna(value) else value  # type: ignore[call-overload]


def _day(value: object) -> str:
    day = day_in(value)
    return day.isoformat() if day else ""
