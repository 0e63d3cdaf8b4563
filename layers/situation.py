"""How hazards and cases stood on a day, within a scope: one answer for map, lists and figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import geopandas as gpd
import pandas as pd

from geodata.clocks import clocks
from geodata.lifecycle import hazards_of, known_on, stage_of
from geodata.model import Case, Clock, Scope
from geodata.rule_set import RuleSet
from geodata.selection import between, select, select_case
from layers.drawing.symbols import NO_CASE, URGENCY

SHARED_COLUMNS = (
    "layer",
    "id",
    "name",
    "jurisdiction",
    "township",
    "hazard_kinds",
    "found_on",
    "rectified_on",
    "verified_on",
    "relapsed_on",
    "source",
    "measure_method",
    "geometry_status",
    "is_demonstration",
    "geometry",
)
"""What every layer's features have in common; the rest of a row is read for its card."""

LATER_DAYS = ("rectified_on", "verified_on", "relapsed_on")

CASE_COLUMNS = (
    "title_zh",
    "title_en",
    "jurisdiction",
    "kind",
    "field",
    "agency",
    "stage",
    "group",
    "lead_on",
    "filed_on",
    "is_overdue",
    "is_suspended",
    "next_deadline",
    "next_due_on",
    "next_actor",
    "hazards",
    "is_demonstration",
)


@dataclass(frozen=True)
class Situation:
    """Features (EPSG:4490, with `count` for layers without places) and cases within a scope.

    `features` adds to the shared columns: ref, count, group, stage, is_overdue, case_ids.
    `cases` has one row per case, indexed by its id, in the columns of CASE_COLUMNS.
    `as_of` is the day that everything is seen from.
    """

    features: gpd.GeoDataFrame
    cases: pd.DataFrame
    as_of: date


def collect_features(frames: Mapping[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Return the features of all layers as one frame of the shared columns, EPSG:4490."""
    parts = [
        frame.assign(layer=layer_id, count=frame.get("count", 1))[[*SHARED_COLUMNS, "count"]]
        for layer_id, frame in frames.items()
        if len(frame)
    ]
    if not parts:
        return gpd.GeoDataFrame(
            {name: pd.Series(dtype=object) for name in (*SHARED_COLUMNS[:-1], "count", "ref")},
            geometry=gpd.GeoSeries([], crs=4490),
        )
    together = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=4490)
    together["ref"] = together["layer"] + ":" + together["id"]
    return together


def tabulate_cases(cases: Sequence[Case], rules: RuleSet, as_of: date) -> pd.DataFrame:
    """Return one row per case that had begun by that day, in the columns of CASE_COLUMNS."""
    rows = {case.id: _case_row(case, rules, as_of) for case in cases}
    begun = {case_id: row for case_id, row in rows.items() if row["stage"]}
    return pd.DataFrame.from_dict(begun, orient="index", columns=list(CASE_COLUMNS))


def see(
    features: gpd.GeoDataFrame, cases: Sequence[Case], rules: RuleSet, scope: Scope, as_of: date
) -> Situation:
    """Return the features and cases of a scope as they stood on a day.

    A feature stays if it fits and, where stage groups or fields are asked for, one of
    its cases fits; a case stays if it fits and, where places are asked for, one of its
    features does. Words may be found on either side of the link. A feature on several
    cases shows the most urgent of them, whichever the scope asks for.
    """
    table = tabulate_cases(cases, rules, as_of)
    begun = [case for case in cases if case.id in table.index]
    links = _links(begun)
    known = _known_on(features, as_of)
    dressed = _with_status(known, table, links)
    rows, row_words = _fitting_features(dressed, scope)
    ids, id_words = _fitting_cases(table, begun, scope)
    seen_rows = rows & (row_words | _linked(links, "case", id_words, "ref"))
    if scope.stage_groups or scope.fields:
        seen_rows &= _linked(links, "case", ids, "ref") | _without_case(dressed, scope)
    seen_ids = ids & (id_words | _linked(links, "ref", row_words, "case"))
    if _asks_places(scope):
        seen_ids &= _linked(links, "ref", rows, "case")
    return Situation(
        features=dressed[dressed["ref"].isin(seen_rows)],
        cases=table[table.index.isin(seen_ids)],
        as_of=as_of,
    )


def _case_row(case: Case, rules: RuleSet, as_of: date) -> dict[str, object]:
    then = known_on(case, as_of)
    stage = stage_of(case, rules, as_of)
    running = [clock for clock in clocks(case, rules, as_of) if clock.done_on is None]
    nearest = min(running, key=lambda clock: clock.due_on, default=None)
    first_days = {event.kind: event.occurred_on for event in reversed(then.events)}
    return {
        "title_zh": case.title.zh,
        "title_en": case.title.en,
        "jurisdiction": case.jurisdiction,
        "kind": case.kind,
        "field": case.field,
        "agency": case.agency,
        "stage": stage.id if stage else "",
        "group": stage.group if stage else "",
        "lead_on": first_days.get("lead_registered"),
        "filed_on": first_days.get("case_filed") or first_days.get("criminal_incidental_filed"),
        "is_overdue": any(
            clock.is_overdue(as_of) and not clock.is_internal_target for clock in running
        ),
        "is_suspended": stage is not None and stage.id == "review_suspended",
        **_next_move(nearest),
        "hazards": len(hazards_of(case)),
        "is_demonstration": case.is_demonstration,
    }


def _next_move(clock: Clock | None) -> dict[str, object]:
    return {
        "next_deadline": clock.deadline if clock else "",
        "next_due_on": clock.due_on if clock else None,
        "next_actor": clock.actor if clock else "",
    }


def _links(cases: Sequence[Case]) -> pd.DataFrame:
    pairs = [(case.id, str(ref)) for case in cases for ref in hazards_of(case)]
    return pd.DataFrame(pairs, columns=["case", "ref"])


def _with_status(
    features: gpd.GeoDataFrame, table: pd.DataFrame, links: pd.DataFrame
) -> gpd.GeoDataFrame:
    facts = links.join(table[["group", "stage", "is_overdue"]], on="case")
    facts["urgency"] = facts["group"].map({group: rank for rank, group in enumerate(URGENCY)})
    facts = facts.sort_values(["ref", "urgency", "case"])
    first = facts.drop_duplicates("ref").set_index("ref")
    by_ref = facts.groupby("ref")
    refs = features["ref"].astype(object)
    late = by_ref["is_overdue"].any()
    return features.assign(
        group=[first["group"].get(ref, NO_CASE) for ref in refs],
        stage=[first["stage"].get(ref, "") for ref in refs],
        is_overdue=refs.isin(late.index[late.astype(bool)]),
        case_ids=refs.map(by_ref["case"].agg(";".join).to_dict()).astype(object).fillna(""),
    )


def _fitting_features(features: gpd.GeoDataFrame, scope: Scope) -> tuple[set[str], set[str]]:
    """Return the refs that fit the places of a scope, and those that hold its words."""
    rest = features
    if scope.layers:
        rest = rest[rest["layer"].isin(scope.layers)]
    words = select(features, Scope(text=scope.text))
    return set(select(rest, replace(scope, text=""))["ref"]), set(words["ref"])


def _fitting_cases(
    table: pd.DataFrame, cases: Sequence[Case], scope: Scope
) -> tuple[set[str], set[str]]:
    """Return the ids of cases that fit a scope but for its words, and those that hold its words."""
    wordless = replace(scope, text="")
    fits = {case.id for case in cases if select_case(case, wordless)}
    words = {case.id for case in cases if select_case(case, Scope(text=scope.text))}
    if scope.stage_groups:
        fits &= set(table.index[table["group"].isin(scope.stage_groups)])
    if (scope.from_on or scope.to_on) and not _asks_places(scope):
        begun = table["filed_on"].where(table["filed_on"].notna(), table["lead_on"])
        fits &= set(table.index[between(begun, scope.from_on, scope.to_on)])
    return fits, words


def _linked(links: pd.DataFrame, side: str, ids: set[str], other: str) -> set[str]:
    """Return what the given ids of one side are linked to on the other."""
    return set(links.loc[links[side].isin(ids), other])


def _without_case(features: gpd.GeoDataFrame, scope: Scope) -> set[str]:
    """Return the refs of features without a case, if the scope asks for such."""
    if scope.fields or NO_CASE not in scope.stage_groups:
        return set()
    return set(features.loc[features["group"] == NO_CASE, "ref"])


def _asks_places(scope: Scope) -> bool:
    return bool(scope.layers or scope.hazard_kinds or scope.within)


def _known_on(features: gpd.GeoDataFrame, as_of: date) -> gpd.GeoDataFrame:
    """Return the features found by a day, without what happened to them after it."""
    known = features[~_after(features["found_on"], as_of)]
    later = {
        name: known[name].astype(object).where(~_after(known[name], as_of), None)
        for name in LATER_DAYS
    }
    return known.assign(**later)


def _after(days: pd.Series, as_of: date) -> pd.Series:
    return pd.to_datetime(days) > pd.Timestamp(as_of)
