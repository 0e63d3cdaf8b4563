"""The months played on the map: who stood how on each of some days, once for all steps.

A run is gathered from the situations that the rest of the page would show on the same days,
so that a step in the browser needs nothing of the server. It holds no words and no colours.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.selection import have_place
from layers.drawing.counts import Unplaced, count_unplaced
from layers.drawing.legend import LegendCounts, count_legend
from layers.indicators import Indicator
from layers.situation import Situation

MOST_DAYS = 48
ABSENT = -1
"""The status of a feature that is not on the map: not found yet, or no longer in the scope."""

FIGURES = (
    "hazards_found",
    "hazards_verified",
    "cases_open",
    "cases_overdue",
    "cases_closed",
)
"""The indicators that are told day by day, in the order of the row of figures."""

Spans = tuple[tuple[int, int], ...]
"""What changed when: (index of the day, new value) in the order of the days, ABSENT before."""


@dataclass(frozen=True)
class Status:
    """What decides how a feature of a layer is painted: its group of stages, and lateness."""

    group: str
    is_overdue: bool


@dataclass(frozen=True, eq=False)
class Run:
    """How everything in a scope stood on each of `days`, in their order.

    `features` (EPSG:4490; ref, name, layer) were on the map on one of the days at least;
    `spans` holds for each of them, by ref, from which day it bore which of `statuses`.
    `figures` has the numbers of FIGURES per day, `legends` and `unplaced` the counts.
    """

    days: tuple[date, ...]
    features: gpd.GeoDataFrame
    statuses: tuple[Status, ...]
    spans: Mapping[str, Spans]
    figures: tuple[tuple[int, ...], ...]
    legends: tuple[LegendCounts, ...]
    unplaced: tuple[Unplaced, ...]

    def standing_on(self, index: int) -> dict[str, Status]:
        """Return the status of every feature that is on the map on a day, by ref."""
        values = {ref: value_at(spans, index) for ref, spans in self.spans.items()}
        return {ref: self.statuses[value] for ref, value in values.items() if value != ABSENT}


def days_of_run(
    first: date, last: date, also: Iterable[date] = (), most: int = MOST_DAYS
) -> tuple[date, ...]:
    """Return the month ends from the first day on, and the last day itself; the newest `most`.

    Days of `also` that lie between are among them, whatever the number.

    >>> [str(one) for one in days_of_run(date(2025, 1, 20), date(2025, 3, 5))]
    ['2025-01-31', '2025-02-28', '2025-03-05']
    """
    ends, day = [last], last.replace(day=1) - timedelta(days=1)
    while len(ends) < most and day >= first:
        ends.append(day)
        day = day.replace(day=1) - timedelta(days=1)
    return tuple(sorted({*ends, *(one for one in also if ends[-1] <= one <= last)}))


def gather_run(seen: Sequence[tuple[Situation, Sequence[Indicator]]]) -> Run:
    """Return the run of situations, each with the indicators counted from it, in their order."""
    whole = [situation.features for situation, _ in seen]
    placed = [features[have_place(features)] for features in whole]
    together = pd.concat([one[["ref", "name", "layer", "geometry"]] for one in placed])
    features = together.drop_duplicates("ref", keep="last").reset_index(drop=True)
    statuses: dict[Status, int] = {}
    refs = pd.Index(features["ref"])
    table = np.full((len(placed), len(refs)), ABSENT)
    for row, one in zip(table, placed, strict=True):
        row[refs.get_indexer(pd.Index(one["ref"]))] = _status_codes(one, statuses)
    return Run(
        days=tuple(situation.as_of for situation, _ in seen),
        features=features,
        statuses=tuple(statuses),
        spans=dict(zip(refs, run_lengths(table), strict=True)),
        figures=tuple(_numbers(indicators) for _, indicators in seen),
        legends=tuple(count_legend(one.features, one.crowd) for one, _ in seen),
        unplaced=tuple(count_unplaced(one.features, one.crowd) for one, _ in seen),
    )


def run_lengths(table: np.ndarray) -> tuple[Spans, ...]:
    """Return for each column when its value changed on the way down, ABSENT before the first row.

    >>> run_lengths(np.array([[-1, 4], [2, 4], [2, -1]]))
    (((1, 2),), ((0, 4), (2, -1)))
    """
    above = np.vstack([np.full((1, table.shape[1]), ABSENT), table[:-1]])
    columns, rows = np.nonzero((table != above).T)
    changes: list[list[tuple[int, int]]] = [[] for _ in range(table.shape[1])]
    values = table[rows, columns].tolist()
    for column, row, value in zip(columns.tolist(), rows.tolist(), values, strict=True):
        changes[column].append((row, value))
    return tuple(map(tuple, changes))


def value_at(spans: Spans, index: int) -> int:
    """Return the value that holds on a day, ABSENT where nothing has begun.

    >>> value_at(((1, 2),), 0), value_at(((1, 2),), 5)
    (-1, 2)
    """
    return next((value for row, value in reversed(spans) if row <= index), ABSENT)


def _status_codes(features: gpd.GeoDataFrame, statuses: dict[Status, int]) -> list[int]:
    columns = zip(features["group"], features["is_overdue"], strict=True)
    told = (Status(str(group), bool(late)) for group, late in columns)
    return [statuses.setdefault(one, len(statuses)) for one in told]


def _numbers(indicators: Sequence[Indicator]) -> tuple[int, ...]:
    numbers = {one.id: one.number for one in indicators}
    return tuple(numbers[name] for name in FIGURES)
