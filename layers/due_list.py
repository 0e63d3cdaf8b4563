"""Who must do what by when: every running deadline of a day, and what waits without one.

Everything here is read from how the cases stood on a day (`geodata.standing`), each judged by
its own rule set; cases of other regions are left out. A period that binds nobody here (the
court's, the parties') is a date to know, and a passed internal target is not overdue. Nothing
is ranked: within a list rows stand by the days that are left, then in administrative order.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.crs import GEOD
from geodata.rule_set import RuleSet
from geodata.selection import have_place
from geodata.standing import Standing
from layers.indicators import is_hazard

ACTOR_GROUPS: Mapping[str, frozenset[str]] = {
    "due_agency": frozenset({"agency"}),
    "due_office": frozenset({"office", "chief_procurator", "chief_or_committee"}),
    "due_superior": frozenset({"superior"}),
}
"""Whose move it is, by the list that says so; whoever else is meant stands under `due_others`."""

CLOCK_LISTS = (*ACTOR_GROUPS, "due_others")
DUE_LISTS = (
    *CLOCK_LISTS,
    "replied_unverified",
    "look_backs_passed",
    "relapses",
    "near_old",
    "leads_waiting",
    "suspended",
    "records_missing",
)
"""Every list, in the order in which leaders ask: deadlines by whose move it is, then the rest."""

STATES = ("overdue", "target_passed", "due_soon", "running", "paused", "ended")
"""What may be said of a running clock; `target_passed` is of internal targets (内部目标),
`ended` of periods that bind nobody here."""

UPWARD = (
    "record_recommendation_up",
    "record_indictment_up",
    "record_incidental_indictment_up",
    "report_judgment_up",
    "report_opponent_appeal_up",
)
"""The deadlines of what is recorded with, or reported to, the superior: R46, R58, R62, R75."""

LEAD_BANDS = ("0-30", "31-90", "91-180", ">180")
SOON_DAYS = 7
NEAR_M = 200.0
METRES_A_DEGREE = 111_320.0
"""Of latitude, and of longitude at the equator; only to find candidates, never to measure."""

NOT_DEALT_WITH = frozenset({"not_filed", "lead_referred", "lead_reported_up", "case_transferred"})
"""Stages that close a case here without anything having been put right."""

CASE_FACTS = (
    "case",
    "title_zh",
    "title_en",
    "office",
    "agency",
    "stage",
    "rule_set",
    "is_demonstration",
)
"""The columns that every list begins with; `case` is the id of the case."""

CLOCK_FACTS = (
    "deadline",
    "actor",
    "started_on",
    "due_on",
    "days_left",
    "state",
    "basis",
    "certainty",
    "is_internal_target",
    "holidays_known",
)

RuleSets = Callable[[str], RuleSet]


@dataclass(frozen=True, eq=False)
class DueList:
    """Every list of a day by its id, in the order of DUE_LISTS; days are `date`, ages in days.

    Each begins with the columns of CASE_FACTS and ends with `refs`: the hazards meant, joined
    by ";". The lists of deadlines add CLOCK_FACTS; of the others, `replied_unverified` adds
    replied_on and days_since, `relapses` found_on, `near_old` old_ref, new_ref, old_name,
    new_name, since, found_on and distance_m, `leads_waiting` lead_on, age_days and band,
    `suspended` since and age_days.
    """

    as_of: date
    lists: Mapping[str, pd.DataFrame]

    def counts(self) -> dict[str, int]:
        """Return how many rows each list has."""
        return {name: len(rows) for name, rows in self.lists.items()}

    def late(self) -> dict[str, int]:
        """Return how many periods of the law are past, by the list of whose move it is."""
        return {name: int((self.lists[name]["state"] == "overdue").sum()) for name in CLOCK_LISTS}

    def within(self, cases: Collection[str]) -> "DueList":
        """Return the lists with only these cases."""
        kept = {name: rows[rows["case"].isin(cases)] for name, rows in self.lists.items()}
        return replace(self, lists=kept)

    def clocks(self) -> pd.DataFrame:
        """Return the running deadlines of all, whoever's move it is."""
        return pd.concat([self.lists[name] for name in CLOCK_LISTS], ignore_index=True)


def of_state(rows: pd.DataFrame, state: str) -> pd.DataFrame:
    """Return the rows of a list that are in a state; all of them where none is."""
    is_asked = "state" in rows and rows["state"].eq(state).any()
    return rows[rows["state"] == state] if is_asked else rows


def list_due(
    standing: Standing,
    rules_of: RuleSets,
    features: gpd.GeoDataFrame,
    offices: Sequence[str],
    near_m: float = NEAR_M,
) -> DueList:
    """Return every list of the day that a standing is seen from.

    `features` are those of `layers.situation.collect_features` (EPSG:4490), `offices` the
    administrative order. Hazards found within `near_m` metres of an old place are near it.
    """
    cases = _cases(standing)
    clocks = tabulate_clocks(standing, rules_of, cases)
    running = clocks[clocks["done_on"].isna()]
    looked_back = _look_back_deadlines(rules_of, cases)
    whose = running["actor"].map(_group_of)
    past_look_backs = running["deadline"].isin(looked_back) & (running["days_left"] < 0)
    lists = {
        **{name: running[whose == name] for name in CLOCK_LISTS},
        "replied_unverified": _replied_unverified(cases, standing.as_of),
        "look_backs_passed": running[past_look_backs],
        "relapses": _relapses(standing, cases),
        "near_old": find_near_old(standing, cases, features, near_m),
        "leads_waiting": _leads_waiting(cases, standing.as_of),
        "suspended": _suspended(standing, cases),
        "records_missing": _records_missing(standing, clocks, rules_of),
    }
    places = {office: place for place, office in enumerate(offices)}
    refs = _joined_refs(standing)
    finished = {name: _finish(lists[name], refs, places) for name in DUE_LISTS}
    return DueList(standing.as_of, finished)


def tabulate_clocks(
    standing: Standing, rules_of: RuleSets, cases: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return a row per started clock of the city's cases: CASE_FACTS, CLOCK_FACTS and done_on."""
    known = _cases(standing) if cases is None else cases
    facts = known[["position", *CASE_FACTS]].set_index("position")
    rows = standing.clocks.rename(columns={"case": "position"})
    rows = rows[rows["position"].isin(facts.index)].join(facts, on="position")
    deadlines = _deadline_facts(rules_of, rows["rule_set"].unique())
    rows = rows.join(deadlines, on=["rule_set", "deadline"])
    rows["days_left"] = (rows["due_on"] - pd.Timestamp(standing.as_of)).dt.days
    rows["state"] = _states(rows)
    for name in ("started_on", "due_on", "done_on"):
        rows[name] = _as_days(rows[name])
    return rows[["position", *CASE_FACTS, *CLOCK_FACTS, "done_on"]].reset_index(drop=True)


def find_near_old(
    standing: Standing, cases: pd.DataFrame, features: gpd.GeoDataFrame, near_m: float = NEAR_M
) -> pd.DataFrame:
    """Return hazards found near a place that had been dealt with, a row per pair.

    Old places are the hazards of cases closed or verified by the day; a new one was found
    later, in the same layer and in no such case, within `near_m` metres. `distance_m` is
    geodesic, between the nearest points of both.
    """
    old = _old_places(standing, cases)
    places = features[is_hazard(features) & have_place(features)]
    places = places.assign(found=_stamps(places["found_on"]))
    old_rows = places[places["ref"].isin(set(old["ref"]))].reset_index(drop=True)
    later = places["found"].gt(old["since"].min()) & places["found"].le(
        pd.Timestamp(standing.as_of)
    )
    new_rows = places[later].reset_index(drop=True)
    at_old, at_new, distance_m = _near_pairs(old_rows.geometry, new_rows.geometry, near_m)
    first, second = old_rows.iloc[at_old], new_rows.iloc[at_new]
    pairs = pd.DataFrame(
        {
            "old_ref": first["ref"].to_numpy(),
            "old_name": first["name"].to_numpy(),
            "new_ref": second["ref"].to_numpy(),
            "new_name": second["name"].to_numpy(),
            "found": second["found"].to_numpy(),
            "distance_m": np.round(distance_m, 1),
        }
    )
    pairs = pairs[first["layer"].to_numpy() == second["layer"].to_numpy()]
    pairs = pairs.merge(old, left_on="old_ref", right_on="ref")
    pairs = pairs[pairs["found"] > pairs["since"]]
    linked = pd.MultiIndex.from_frame(standing.links[["case", "ref"]])
    asked = pd.MultiIndex.from_frame(pairs[["position", "new_ref"]])
    pairs = pairs[~asked.isin(linked)]
    pairs = pairs.assign(
        since=_as_days(pairs["since"]),
        found_on=_as_days(pairs["found"]),
        refs=pairs["old_ref"] + ";" + pairs["new_ref"],
    )
    facts = cases[["position", *CASE_FACTS]]
    told = ("old_ref", "new_ref", "old_name", "new_name", "since", "found_on", "distance_m", "refs")
    return (
        pairs[["position", *told]]
        .merge(facts, on="position")[["position", *CASE_FACTS, *told]]
        .sort_values("distance_m", kind="stable")
    )


def _cases(standing: Standing) -> pd.DataFrame:
    """Return the city's own cases that had begun, with their position and rule set."""
    cases = standing.cases[~standing.cases["is_foreign"].astype(bool)]
    cases = cases.rename(columns={"case": "position", "jurisdiction": "office"})
    return cases.assign(case=cases.index.astype(str)).reset_index(drop=True)


def _group_of(actor: str) -> str:
    return next((name for name, actors in ACTOR_GROUPS.items() if actor in actors), "due_others")


def _look_back_deadlines(rules_of: RuleSets, cases: pd.DataFrame) -> set[str]:
    return {
        deadline.id
        for rule_set in cases["rule_set"].unique()
        for deadline in rules_of(rule_set).deadlines
        if deadline.starts == "look_back_planned"
    }


def _deadline_facts(rules_of: RuleSets, rule_sets: Iterable[str]) -> pd.DataFrame:
    """Return what the rule sets say of their deadlines, by rule set and deadline."""
    rows = [
        (rule_set, one.id, one.basis, one.certainty, one.never_overdue)
        for rule_set in rule_sets
        for one in rules_of(rule_set).deadlines
    ]
    names = ["rule_set", "deadline", "basis", "certainty", "never_overdue"]
    table = pd.DataFrame(rows, columns=names).astype({"never_overdue": bool})
    return table.set_index(["rule_set", "deadline"])


def _states(clocks: pd.DataFrame) -> np.ndarray:
    """Return the state of each clock, one of STATES."""
    left = clocks["days_left"]
    conditions = {
        "paused": clocks["is_paused"].astype(bool),
        "ended": (left < 0) & clocks["never_overdue"].astype(bool),
        "target_passed": (left < 0) & clocks["is_internal_target"].astype(bool),
        "overdue": left < 0,
        "due_soon": left <= SOON_DAYS,
    }
    return np.select(list(conditions.values()), list(conditions), "running").astype(object)


def _replied_unverified(cases: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return cases with a reply and no verification: open, or closed as rectified."""
    is_closed = cases["group"].isin({"closed", "look_back"})
    waits = ~is_closed | (cases["stage"] == "terminated_after_rectification")
    rows = cases[cases["replied_on"].notna() & cases["verified_on"].isna() & waits]
    rows = rows.assign(days_since=_ages(rows["replied_on"], as_of))
    told = ["replied_on", "days_since"]
    return _oldest_first(rows[["position", *CASE_FACTS, *told]], "days_since")


def _leads_waiting(cases: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return leads without a decision by their age; the law sets no limit for them."""
    rows = cases[cases["group"] == "lead"]
    ages = _ages(rows["lead_on"], as_of)
    bands = pd.cut(ages, [-np.inf, 30, 90, 180, np.inf], labels=list(LEAD_BANDS))
    rows = rows.assign(age_days=ages, band=bands.astype(object))
    return _oldest_first(rows[["position", *CASE_FACTS, "lead_on", "age_days", "band"]], "age_days")


def _suspended(standing: Standing, cases: pd.DataFrame) -> pd.DataFrame:
    rows = cases[cases["is_suspended"].astype(bool)]
    since = _entries(standing, "review_suspended").groupby("case")["occurred_on"].max()
    days = since.reindex(rows["position"]).set_axis(rows.index)
    rows = rows.assign(since=_as_days(days), age_days=_ages(days, standing.as_of))
    return _oldest_first(rows[["position", *CASE_FACTS, "since", "age_days"]], "age_days")


def _relapses(standing: Standing, cases: pd.DataFrame) -> pd.DataFrame:
    found = _entries(standing, "relapse_found")
    days = pd.DataFrame({"position": found["case"], "found_on": _as_days(found["occurred_on"])})
    rows = days.merge(cases[["position", *CASE_FACTS]], on="position")
    rows = rows[["position", *CASE_FACTS, "found_on"]]
    return rows.sort_values("found_on", ascending=False, kind="stable")


def _records_missing(standing: Standing, clocks: pd.DataFrame, rules_of: RuleSets) -> pd.DataFrame:
    """Return what should have gone up and has not, even where the case was closed meanwhile."""
    rows = clocks[clocks["deadline"].isin(UPWARD)]
    kinds = {
        (rule_set, one.id): one.stops
        for rule_set in rows["rule_set"].unique()
        for one in rules_of(rule_set).deadlines
        if one.id in UPWARD
    }
    done = _entries(standing, *{kind for stops in kinds.values() for kind in stops})
    asked = (done["case"].tolist(), done["kind"].tolist(), done["occurred_on"].dt.date)
    last: dict[tuple[int, str], date] = {}
    for position, kind, day in zip(*asked, strict=True):
        last[position, kind] = max(day, last.get((position, kind), day))
    clocks_asked = (rows[name] for name in ("position", "rule_set", "deadline", "started_on"))
    is_missing = [
        not any(last.get((at, kind), date.min) >= started for kind in kinds[rule_set, deadline])
        for at, rule_set, deadline, started in zip(*clocks_asked, strict=True)
    ]
    return rows[np.array(is_missing, bool)]


def _entries(standing: Standing, *kinds: str) -> pd.DataFrame:
    """Return the entries of some kinds that had happened by the day and count."""
    entries = standing.book.entries.iloc[standing.book.in_effect(standing.known_at)]
    happened = entries["occurred_on"] <= pd.Timestamp(standing.as_of)
    return entries[happened & entries["kind"].isin(kinds)]


def find_old_refs(standing: Standing) -> frozenset[str]:
    """Return the hazards of cases that had been dealt with by the day."""
    return frozenset(_old_places(standing, _cases(standing))["ref"])


def _old_places(standing: Standing, cases: pd.DataFrame) -> pd.DataFrame:
    """Return the hazards of cases closed or verified: position, ref, since (datetime64)."""
    dealt_with = cases["filed_on"].notna() & ~cases["stage"].isin(NOT_DEALT_WITH)
    closed, verified = (_stamps(cases[name]) for name in ("closed_on", "verified_on"))
    since = closed.where(verified.isna() | (closed <= verified), verified)
    rows = cases.loc[dealt_with & since.notna(), ["position"]].assign(since=since)
    return rows.merge(standing.links.rename(columns={"case": "position"}), on="position")


def _near_pairs(
    old: gpd.GeoSeries, new: gpd.GeoSeries, near_m: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the places of pairs that are near each other, and how far apart in metres."""
    nothing = np.empty(0, np.intp)
    if old.empty or new.empty:
        return nothing, nothing, np.empty(0)
    middle = float(np.mean(shapely.bounds(old.to_numpy())[:, [1, 3]]))
    flat = np.array([np.cos(np.radians(middle)), 1.0])
    first, second = (_stretched(one.to_numpy(), flat) for one in (old, new))
    reach = near_m / METRES_A_DEGREE * 1.02  # a little more, for what the flat picture is wrong by
    tree = shapely.STRtree(second)
    at_old, at_new = tree.query(first, predicate="dwithin", distance=reach)
    ends = shapely.get_coordinates(shapely.shortest_line(first[at_old], second[at_new])) / flat
    begin, end = ends[0::2], ends[1::2]
    _, _, metres = GEOD.inv(begin[:, 0], begin[:, 1], end[:, 0], end[:, 1])
    metres = np.asarray(metres)
    is_near = metres <= near_m
    return at_old[is_near], at_new[is_near], metres[is_near]


def _stretched(shapes: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Return shapes in degrees that are equally long both ways."""
    return np.asarray(shapely.transform(shapely.force_2d(shapes), lambda points: points * by))


def _joined_refs(standing: Standing) -> pd.Series:
    """Return the hazards of every case by its position, joined by ";"."""
    joined: dict[int, list[str]] = {}
    links = standing.links
    for position, ref in zip(links["case"].tolist(), links["ref"].tolist(), strict=True):
        joined.setdefault(position, []).append(ref)
    return pd.Series({one: ";".join(refs) for one, refs in joined.items()}, dtype=object)


def _finish(rows: pd.DataFrame, refs: pd.Series, places: Mapping[str, int]) -> pd.DataFrame:
    """Return a list in its order, with the hazards of its cases."""
    if "refs" not in rows:
        joined = refs.reindex(rows["position"]).astype(object).fillna("")
        rows = rows.assign(refs=joined.to_numpy())
    rows = rows.assign(place=rows["office"].map(places).fillna(len(places)))
    if "state" in rows:
        waits = rows["state"].map({"paused": 1, "ended": 2}).fillna(0)
        rows = rows.assign(waits=waits).sort_values(
            ["waits", "days_left", "place", "case"], kind="stable"
        )
    else:
        ages = next((one for one in ("days_since", "age_days") if one in rows), None)
        order = {ages: False, "place": True} if ages else {"place": True}
        rows = rows.sort_values(list(order), ascending=list(order.values()), kind="stable")
    extra = ["position", "place", "waits", "done_on"]
    return rows.drop(columns=extra, errors="ignore").reset_index(drop=True)


def _oldest_first(rows: pd.DataFrame, age: str) -> pd.DataFrame:
    return rows.sort_values(age, ascending=False, kind="stable")


def _ages(days: pd.Series, as_of: date) -> pd.Series:
    """Return how many days ago each day was; a missing day has no age."""
    return (pd.Timestamp(as_of) - _stamps(days)).dt.days.astype("Int64")


def _stamps(days: pd.Series) -> pd.Series:
    """Return days as datetime64[s], NaT where there is none."""
    return pd.to_datetime(days).astype("datetime64[s]")


def _as_days(stamps: pd.Series) -> pd.Series:
    """Return days as `date`, None where there is none."""
    days = _stamps(stamps)
    return days.dt.date.astype(object).where(days.notna(), None)
