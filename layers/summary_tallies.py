"""What a yearly summary counts beyond the figures: cases filed by field of the law, and activities.

Both are tallies as the figures are: the rows behind them are their lists.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from geodata.rule_set import RuleSet
from layers.figures import count_figures, find_figure
from layers.tally import Figure, Ground, Tally

BY_FIELD = Figure("cases_by_field", "case", "period", by="fields", part_of="cases_filed")
ACTIVITIES = Figure("activities", "meeting", "period", lists="documents", by="activities")
SUMMARY_FIGURES = (BY_FIELD, ACTIVITIES)


def count_summary(ground: Ground, rules: RuleSet) -> dict[str, Tally]:
    """Return the tallies of SUMMARY_FIGURES by their ids; `rules` name the kinds of activities."""
    filed = count_figures(ground, [find_figure("cases_filed")])["cases_filed"]
    by_field = replace(filed, figure=BY_FIELD, group=ground.facts("field")[filed.case])
    rows = ground.in_period(ground.of(*rules.codes["activities"]))
    kinds = ground.book.entries["kind"].astype(object).to_numpy()[rows]
    activities = ground.tally_rows(ACTIVITIES, rows, np.asarray(kinds, object))
    return {BY_FIELD.id: by_field, ACTIVITIES.id: activities}


def of_fields(tally: Tally, fields: Collection[str]) -> Tally:
    """Return the rows of a tally whose cases are of some fields; a row of no case is of none."""
    of_case = tally.book.cases["field"].to_numpy(object)
    has_case = tally.case >= 0
    keep = np.zeros(len(tally), bool)
    keep[has_case] = np.isin(of_case[tally.case[has_case]].astype(str), list(fields))
    return tally.where(keep)
