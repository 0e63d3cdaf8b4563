"""The leaders' numbers, all counted from one situation, each with the list behind it.

Definitions follow the domain notes (7.2); none of them is an official formula. A rate
keeps its numerator and its denominator as lists; a zero denominator has no rate.
Stock ("now") and period ("between two days") are told apart by `is_stock`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import geopandas as gpd
import pandas as pd

from geodata.clocks import clocks
from geodata.lifecycle import known_on, stage_of
from geodata.model import Case, is_foreign
from geodata.rule_set import RuleSet
from geodata.schema import UNPLACED
from geodata.selection import have_place
from geodata.standing import Standing
from layers.catalog import all_layers
from layers.situation import Situation

OPEN_GROUPS = frozenset({"investigation", "recommendation", "follow_up", "in_court"})
CLOSED_GROUPS = frozenset({"closed", "look_back"})
REPLY = ("agency_reply_normal", "agency_reply_urgent")
"""A reply rate is taken of recommendations answered, or past one of these days."""
PERIOD = ("rectification_end", "rectification_end_urgent")
"""A rectification rate is taken of recommendations verified, or whose period ended unmet."""
LOOK_BACK = ("look_back_due",)


@dataclass(frozen=True)
class Indicator:
    """One number with the ids it counts, and for a rate the ids it is taken of.

    `of` is None for a plain count. `counts` says what the ids are: cases or hazards. `crowd`
    and `crowd_of` are how many more there are in large layers, which are counted without ids.
    """

    id: str
    counted: tuple[str, ...]
    of: tuple[str, ...] | None = None
    counts: str = "cases"
    is_stock: bool = True
    crowd: int = 0
    crowd_of: int = 0

    @property
    def number(self) -> int:
        """Return how many are counted."""
        return len(self.counted) + self.crowd

    @property
    def total(self) -> int | None:
        """Return how many a rate is taken of, None for a plain count."""
        return None if self.of is None else len(self.of) + self.crowd_of

    @property
    def rate(self) -> float | None:
        """Return counted / of, or None for a plain count and for a zero denominator."""
        return self.number / self.total if self.total else None


def count_indicators(situation: Situation, standing: Standing) -> tuple[Indicator, ...]:
    """Return every indicator of a situation, in the order leaders read them.

    Cases of other regions are examples: they are seen, and counted nowhere.
    """
    table = situation.cases
    if table["is_foreign"].any():
        table = table[~table["is_foreign"].to_numpy(bool)]
    hazards = situation.features[is_hazard(situation.features)]
    verified = tuple(hazards.loc[is_verified(hazards), "ref"])
    found = tuple(hazards["ref"])
    served, replied = table["served_on"].notna(), table["replied_on"].notna()
    put_right = served & table["verified_on"].notna()
    ended = table["case"].isin(standing.ended_unmet(*PERIOD))
    group = table["group"]
    return (
        Indicator("hazards_found", found, counts="hazards", crowd=situation.crowd_of("is_hazard")),
        Indicator(
            "hazards_verified",
            verified,
            found,
            counts="hazards",
            crowd=situation.crowd_of("is_hazard", "is_verified"),
            crowd_of=situation.crowd_of("is_hazard"),
        ),
        Indicator("leads", _ids(group == "lead")),
        Indicator("cases_filed", _ids(table["filed_on"].notna()), is_stock=False),
        Indicator("cases_open", _ids(group.isin(OPEN_GROUPS))),
        Indicator("cases_overdue", _ids(table["is_overdue"])),
        Indicator("cases_suspended", _ids(table["is_suspended"])),
        Indicator("recommendations", _ids(served), is_stock=False),
        _rate("reply_rate", replied, replied | _past(table, standing, REPLY)),
        _rate("rectification_rate", put_right, put_right | served & ended),
        Indicator("look_back_due", _ids(_past(table, standing, LOOK_BACK))),
        Indicator("cases_closed", _ids(group.isin(CLOSED_GROUPS))),
    )


def count_plainly(
    situation: Situation,
    cases: Sequence[Case],
    rules_of: Callable[[str], RuleSet],
    known_at: datetime | None = None,
) -> tuple[Indicator, ...]:
    """Return the same indicators, asked of one case after another: slow, and easy to follow.

    `cases` are whole cases, those that the situation shows among them; what is counted by
    column is held against this.
    """
    as_of = situation.as_of
    hazards = situation.features[is_hazard(situation.features)]
    found = tuple(hazards["ref"])
    verified = tuple(hazards.loc[is_verified(hazards), "ref"])
    lists: dict[str, list[str]] = defaultdict(list)
    for case in sorted(cases, key=lambda one: one.id):
        if case.id in situation.cases.index and not is_foreign(case.jurisdiction):
            for name in _said_of(case, rules_of(case.rule_set), as_of, known_at):
                lists[name].append(case.id)

    def counted(name: str, *, is_stock: bool = True) -> Indicator:
        return Indicator(name, tuple(lists[name]), is_stock=is_stock)

    def rate(name: str) -> Indicator:
        return Indicator(name, tuple(lists[name]), tuple(lists[f"{name} of"]), is_stock=False)

    return (
        Indicator("hazards_found", found, counts="hazards"),
        Indicator("hazards_verified", verified, found, counts="hazards"),
        counted("leads"),
        counted("cases_filed", is_stock=False),
        counted("cases_open"),
        counted("cases_overdue"),
        counted("cases_suspended"),
        counted("recommendations", is_stock=False),
        rate("reply_rate"),
        rate("rectification_rate"),
        counted("look_back_due"),
        counted("cases_closed"),
    )


def _said_of(case: Case, rules: RuleSet, as_of: date, known_at: datetime | None) -> Iterator[str]:
    """Yield the indicators that count a case, and the rates that it is a part of."""
    happened = {one.kind for one in known_on(case, as_of, known_at).events}
    stage = stage_of(case, rules, as_of, known_at)
    running = clocks(case, rules, as_of, known_at)
    past = {clock.deadline for clock in running if clock.is_overdue(as_of)}
    ended = {
        clock.deadline
        for clock in running
        if clock.due_on < as_of
        and not clock.is_paused
        and not (clock.done_on and clock.done_on <= clock.due_on)
    }
    binding = {clock.deadline for clock in running if not clock.is_internal_target}
    group = stage.group if stage else ""
    served = "recommendation_served" in happened
    put_right = served and "rectification_verified" in happened
    told = {
        "leads": group == "lead",
        "cases_filed": not happened.isdisjoint({"case_filed", "criminal_incidental_filed"}),
        "cases_open": group in OPEN_GROUPS,
        "cases_overdue": bool(past & binding),
        "cases_suspended": stage is not None and stage.id == "review_suspended",
        "recommendations": served,
        "reply_rate": "agency_replied" in happened,
        "reply_rate of": "agency_replied" in happened or not past.isdisjoint(REPLY),
        "rectification_rate": put_right,
        "rectification_rate of": put_right or (served and not ended.isdisjoint(PERIOD)),
        "look_back_due": not past.isdisjoint(LOOK_BACK),
        "cases_closed": group in CLOSED_GROUPS,
    }
    return (name for name, is_so in told.items() if is_so)


def _rate(name: str, counted: pd.Series, of: pd.Series) -> Indicator:
    return Indicator(name, _ids(counted), _ids(of), is_stock=False)


def _past(table: pd.DataFrame, standing: Standing, deadlines: Sequence[str]) -> pd.Series:
    """Return which cases have one of some clocks past its day, nothing done and not paused."""
    return table["case"].isin(standing.past(*deadlines))


def _ids(where: pd.Series) -> tuple[str, ...]:
    return tuple(where.index.to_numpy()[where.to_numpy(bool)].tolist())


def is_hazard(features: gpd.GeoDataFrame) -> pd.Series:
    """Return where a feature is a place with at least one hazard: a sound station is none.

    A row that nobody could put on the map yet is a place all the same; a count of a layer
    without places is none.
    """
    counted = {one.id for one in all_layers() if not one.has_places}
    is_unplaced = features["geometry_status"].isin(UNPLACED) & ~features["layer"].isin(counted)
    is_place = have_place(features) | is_unplaced
    return is_place & features["hazard_kinds"].fillna("").ne("")


def is_verified(features: pd.DataFrame) -> pd.Series:
    """Return where a hazard was verified on site as rectified and has not come back since."""
    return features["verified_on"].notna() & features["relapsed_on"].isna()


def count_by_office(situation: Situation, offices: Sequence[str]) -> pd.DataFrame:
    """Return hazards, verified, cases, open and overdue per office, in the order given.

    The order is the administrative one of the caller; it is never a ranking.
    """
    hazards = situation.features[is_hazard(situation.features)]
    cases, crowd = situation.cases, situation.crowd
    crowd = crowd[crowd["is_hazard"].astype(bool)]
    verified = hazards.loc[is_verified(hazards), "jurisdiction"].value_counts()
    columns = {
        "hazards": hazards["jurisdiction"].value_counts().add(_by_office(crowd), fill_value=0),
        "verified": verified.add(
            _by_office(crowd[crowd["is_verified"].astype(bool)]), fill_value=0
        ),
        "cases": cases["jurisdiction"].value_counts(),
        "open": cases.loc[cases["group"].isin(OPEN_GROUPS), "jurisdiction"].value_counts(),
        "overdue": cases.loc[cases["is_overdue"].astype(bool), "jurisdiction"].value_counts(),
    }
    return pd.DataFrame(columns, index=list(offices)).fillna(0).astype(int)


def _by_office(crowd: pd.DataFrame) -> pd.Series:
    return crowd.groupby("jurisdiction")["count"].sum().astype(int)


def rows_behind(indicator: Indicator, situation: Situation) -> pd.DataFrame:
    """Return the cases or hazards that an indicator counts, or is taken of, in their own order."""
    wanted = indicator.counted if indicator.of is None else indicator.of
    if indicator.counts == "hazards":
        return situation.features[situation.features["ref"].isin(wanted)]
    return situation.cases[situation.cases.index.isin(wanted)]
