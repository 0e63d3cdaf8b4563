"""The leaders' numbers, all counted from one situation, each with the list behind it.

Definitions follow the domain notes (7.2); none of them is an official formula. A rate
keeps its numerator and its denominator as lists; a zero denominator has no rate.
Stock ("now") and period ("between two days") are told apart by `is_stock`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import pandas as pd

from geodata.clocks import clocks
from geodata.lifecycle import known_on
from geodata.model import Case, CaseEvent
from geodata.rule_set import RuleSet
from geodata.selection import have_place
from layers.situation import Situation

OPEN_GROUPS = frozenset({"investigation", "recommendation", "follow_up", "in_court"})


@dataclass(frozen=True)
class Indicator:
    """One number with the ids it counts, and for a rate the ids it is taken of.

    `of` is None for a plain count. `counts` says what the ids are: cases or hazards.
    """

    id: str
    counted: tuple[str, ...]
    of: tuple[str, ...] | None = None
    counts: str = "cases"
    is_stock: bool = True

    @property
    def rate(self) -> float | None:
        """Return counted / of, or None for a plain count and for a zero denominator."""
        return len(self.counted) / len(self.of) if self.of else None


def count_indicators(
    situation: Situation, cases: Sequence[Case], rules: RuleSet
) -> tuple[Indicator, ...]:
    """Return every indicator of a situation, in the order leaders read them."""
    seen = [known_on(case, situation.as_of) for case in cases if case.id in situation.cases.index]
    table, features = situation.cases, situation.features
    hazards = features[is_hazard(features)]
    verified = tuple(hazards.loc[is_verified(hazards), "ref"])
    found = tuple(hazards["ref"])
    return (
        Indicator("hazards_found", found, counts="hazards"),
        Indicator("hazards_verified", verified, found, counts="hazards"),
        Indicator("leads", _ids(table, table["group"] == "lead")),
        Indicator("cases_filed", _ids(table, table["filed_on"].notna()), is_stock=False),
        Indicator("cases_open", _ids(table, table["group"].isin(OPEN_GROUPS))),
        Indicator("cases_overdue", _ids(table, table["is_overdue"])),
        Indicator("cases_suspended", _ids(table, table["is_suspended"])),
        Indicator("recommendations", _having(seen, "recommendation_served"), is_stock=False),
        _reply_rate(seen, rules, situation.as_of),
        _rectification_rate(seen, rules, situation.as_of),
        Indicator("look_back_due", _look_backs_due(seen, rules, situation.as_of)),
        Indicator("cases_closed", _ids(table, table["group"].isin({"closed", "look_back"}))),
    )


def _reply_rate(cases: Sequence[Case], rules: RuleSet, as_of: date) -> Indicator:
    """Return recommendations answered of those answered or past their day."""
    answered = _having(cases, "agency_replied")
    past = _with_clock_past(cases, rules, as_of, ("agency_reply_normal", "agency_reply_urgent"))
    return Indicator("reply_rate", answered, _in_order(cases, {*answered, *past}), is_stock=False)


def _rectification_rate(cases: Sequence[Case], rules: RuleSet, as_of: date) -> Indicator:
    """Return recommendations verified as rectified of those verified or past their period."""
    recommended = [case for case in cases if _first(case, "recommendation_served")]
    verified = _having(recommended, "rectification_verified")
    past = _with_clock_past(recommended, rules, as_of, ("rectification_end",))
    counted_of = _in_order(recommended, {*verified, *past})
    return Indicator("rectification_rate", verified, counted_of, is_stock=False)


def _with_clock_past(
    cases: Sequence[Case], rules: RuleSet, as_of: date, deadlines: tuple[str, ...]
) -> set[str]:
    return {
        case.id
        for case in cases
        for clock in clocks(case, rules, as_of)
        if clock.deadline in deadlines and clock.is_overdue(as_of)
    }


def _look_backs_due(cases: Sequence[Case], rules: RuleSet, as_of: date) -> tuple[str, ...]:
    due = _with_clock_past(cases, rules, as_of, ("look_back_due",))
    return _in_order(cases, due)


def _having(cases: Sequence[Case], kind: str) -> tuple[str, ...]:
    return tuple(case.id for case in cases if _first(case, kind))


def _first(case: Case, kind: str) -> CaseEvent | None:
    return next((event for event in case.events if event.kind == kind), None)


def _in_order(cases: Sequence[Case], ids: set[str]) -> tuple[str, ...]:
    return tuple(case.id for case in cases if case.id in ids)


def _ids(table: pd.DataFrame, where: pd.Series) -> tuple[str, ...]:
    return tuple(table.index[where.astype(bool)])


def is_hazard(features: gpd.GeoDataFrame) -> pd.Series:
    """Return where a feature is a place with at least one hazard: a sound station is none."""
    return have_place(features) & features["hazard_kinds"].fillna("").ne("")


def is_verified(features: pd.DataFrame) -> pd.Series:
    """Return where a hazard was verified on site as rectified and has not come back since."""
    return features["verified_on"].notna() & features["relapsed_on"].isna()


def count_by_office(situation: Situation, offices: Sequence[str]) -> pd.DataFrame:
    """Return hazards, verified, cases, open and overdue per office, in the order given.

    The order is the administrative one of the caller; it is never a ranking.
    """
    hazards = situation.features[is_hazard(situation.features)]
    cases = situation.cases
    columns = {
        "hazards": hazards["jurisdiction"].value_counts(),
        "verified": hazards.loc[is_verified(hazards), "jurisdiction"].value_counts(),
        "cases": cases["jurisdiction"].value_counts(),
        "open": cases.loc[cases["group"].isin(OPEN_GROUPS), "jurisdiction"].value_counts(),
        "overdue": cases.loc[cases["is_overdue"].astype(bool), "jurisdiction"].value_counts(),
    }
    return pd.DataFrame(columns, index=list(offices)).fillna(0).astype(int)


def rows_behind(indicator: Indicator, situation: Situation) -> pd.DataFrame:
    """Return the cases or hazards that an indicator counts, or is taken of, in their own order."""
    wanted = indicator.counted if indicator.of is None else indicator.of
    if indicator.counts == "hazards":
        return situation.features[situation.features["ref"].isin(wanted)]
    return situation.cases[situation.cases.index.isin(wanted)]
