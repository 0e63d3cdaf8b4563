"""How hazards and cases stood on a day, within a scope: one answer for map, lists and figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.model import Scope
from geodata.selection import between, has_any_code, select
from geodata.standing import CASE_COLUMNS, Standing
from geodata.tiles import CENSUS_COLUMNS, Look
from layers.drawing.symbols import NO_CASE, URGENCY

__all__ = ["CASE_COLUMNS", "SHARED_COLUMNS", "Situation", "collect_features", "dress", "see"]

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

NO_CROWD = pd.DataFrame({name: pd.Series(dtype=object) for name in ("layer", *CENSUS_COLUMNS)})
"""The crowd where no layer is large."""

LATER_DAYS = ("rectified_on", "verified_on", "relapsed_on")


@dataclass(frozen=True)
class Situation:
    """Features (EPSG:4490, with `count` for layers without places) and cases within a scope.

    `features` adds to the shared columns: ref, count, group, stage, is_overdue, case_ids.
    `cases` has one row per case, indexed by its id, in the columns of CASE_COLUMNS
    (`geodata.standing`).
    `as_of` is the day that everything is seen from.
    `crowd` counts the features of large layers that are on no case, which no list holds: a
    census (`geodata.tiles`) by `layer`; those on a case are among the features.
    """

    features: gpd.GeoDataFrame
    cases: pd.DataFrame
    as_of: date
    crowd: pd.DataFrame = field(default_factory=lambda: NO_CROWD)

    @property
    def crowds(self) -> tuple[str, ...]:
        """Return the large layers of which something is seen beside the features."""
        return tuple(self.crowd["layer"].unique())

    def crowd_of(self, *sorts: str) -> int:
        """Return how many of the crowd are of all of some sorts: is_hazard, is_verified ..."""
        rows = self.crowd
        for sort in sorts:
            rows = rows[rows[sort].astype(bool)]
        return int(rows["count"].sum())


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


def dress(features: gpd.GeoDataFrame, standing: Standing) -> gpd.GeoDataFrame:
    """Return the features known on a day, each with its cases and the most urgent stage of them.

    Adds group, stage, is_overdue and case_ids (joined by ";", the most urgent first).
    """
    known = _known_on(features, standing.as_of)
    return _with_status(known, standing)


def see(dressed: gpd.GeoDataFrame, standing: Standing, scope: Scope) -> Situation:
    """Return the features (as `dress` gives them) and cases of a scope as they stood on a day.

    A feature stays if it fits and, where stage groups or fields are asked for, one of
    its cases fits; a case stays if it fits and, where places are asked for, one of its
    features does. Words may be found on either side of the link. A feature on several
    cases shows the most urgent of them, whichever the scope asks for.
    """
    if scope == Scope():
        return Situation(dressed, standing.cases, standing.as_of)
    links = _Links.between(dressed, standing)
    rows, row_words = _fitting_features(dressed, scope)
    fits, case_words = _fitting_cases(standing, scope)
    seen_rows = rows & (row_words | links.features_of(case_words))
    if scope.stage_groups or scope.fields:
        seen_rows &= links.features_of(fits) | _without_case(dressed, scope)
    seen = fits & (case_words | links.cases_of(row_words))
    if _asks_places(scope):
        seen &= links.cases_of(rows)
    return Situation(
        features=dressed[seen_rows],
        cases=standing.cases[seen[standing.cases["case"].to_numpy()]],
        as_of=standing.as_of,
    )


def look_at_crowd(scope: Scope, layer: str, as_of: date) -> Look | None:
    """Return which features of a layer that are on no case a scope looks at, None for none.

    Only features without a case are asked for: whatever the scope says of cases leaves them out.
    """
    if scope.layers and layer not in scope.layers:
        return None
    if scope.fields or (scope.stage_groups and NO_CASE not in scope.stage_groups):
        return None
    return Look(scope=_of_places(scope), as_of=as_of)


def _of_places(scope: Scope) -> Scope:
    """Return what a scope says of places alone."""
    return replace(scope, layers=frozenset(), stage_groups=frozenset(), fields=frozenset())


@dataclass(frozen=True, eq=False)
class _Links:
    """Which case (position in the book) has which feature (its code); cases that had begun."""

    case: np.ndarray
    feature: np.ndarray
    codes: np.ndarray
    cases: int

    @classmethod
    def between(cls, features: gpd.GeoDataFrame, standing: Standing) -> "_Links":
        """Return the links of a day to features that are there."""
        codes, refs = pd.factorize(features["ref"])
        case = standing.links["case"].to_numpy()
        feature = pd.Index(refs).get_indexer(pd.Index(standing.links["ref"]))
        has_begun = np.zeros(len(standing.book), bool)
        has_begun[standing.cases["case"]] = True
        there = (feature >= 0) & has_begun[case]
        return cls(case[there], feature[there], codes, len(standing.book))

    @cached_property
    def features(self) -> int:
        """Return how many different features there are."""
        return int(self.codes.max(initial=-1)) + 1

    def features_of(self, cases: np.ndarray) -> np.ndarray:
        """Return for every row of the features whether it is linked to one of some cases."""
        found = np.zeros(self.features, bool)
        found[self.feature[cases[self.case]]] = True
        return np.asarray(found[self.codes])

    def cases_of(self, rows: np.ndarray) -> np.ndarray:
        """Return for every case of the book whether it is linked to one of some features."""
        wanted = np.zeros(self.features, bool)
        wanted[self.codes[rows]] = True
        found = np.zeros(self.cases, bool)
        found[self.case[wanted[self.feature]]] = True
        return found


def _with_status(features: gpd.GeoDataFrame, standing: Standing) -> gpd.GeoDataFrame:
    links = _Links.between(features, standing)
    table = standing.cases
    row_of = np.full(len(standing.book), -1)
    row_of[table["case"]] = np.arange(len(table))
    codes, groups = pd.factorize(table["group"])
    ranks = {group: rank for rank, group in enumerate(URGENCY)}
    rank = np.array([ranks.get(group, len(URGENCY)) for group in groups], int)[codes]
    order = np.lexsort((links.case, rank[row_of[links.case]], links.feature))
    feature, row = links.feature[order], row_of[links.case[order]]
    begins = np.flatnonzero(np.diff(feature, prepend=-1))
    first = np.full(links.features, -1)
    first[feature[begins]] = row[begins]
    late = np.zeros(links.features, bool)
    late[feature[table["is_overdue"].to_numpy()[row]]] = True
    names = table.index.to_numpy()[row].tolist()
    bounds = [*begins.tolist(), len(names)]
    joined = np.full(links.features, "", object)
    joined[feature[begins]] = [";".join(names[at:end]) for at, end in pairwise(bounds)]
    on_row = first[links.codes]
    return features.assign(
        group=_told(table["group"], on_row, NO_CASE),
        stage=_told(table["stage"], on_row, ""),
        is_overdue=late[links.codes],
        case_ids=joined[links.codes],
    )


def _told(column: pd.Series, rows: np.ndarray, otherwise: str) -> np.ndarray:
    """Return what stands in some rows of a column; row -1 is none."""
    words = np.full(len(rows), otherwise, object)
    words[rows >= 0] = column.take(rows[rows >= 0]).to_numpy(object)
    return words


def _fitting_features(features: gpd.GeoDataFrame, scope: Scope) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows fit the places of a scope, and which hold its words."""
    placed = select(features, replace(scope, text=""))
    fits = features.index.isin(placed.index)
    if scope.layers:
        fits &= features["layer"].isin(scope.layers).to_numpy(bool)
    if not scope.text:
        return fits, np.ones(len(features), bool)
    return fits, features.index.isin(select(features, Scope(text=scope.text)).index)


def _fitting_cases(standing: Standing, scope: Scope) -> tuple[np.ndarray, np.ndarray]:
    """Return which cases of the book fit a scope but for its words, and which hold its words.

    Only cases that had begun are among either.
    """
    table, book = standing.cases, standing.book
    at = table["case"].to_numpy()
    fits = np.ones(len(table), bool)
    for column, more, wanted in (
        ("jurisdiction", "shared_with", scope.jurisdictions),
        ("field", "secondary_fields", scope.fields),
    ):
        if wanted:
            others = book.cases[more].take(at)
            also = others[others != ""]
            has_one = has_any_code(also, wanted)
            fits &= (
                table[column].isin(wanted).to_numpy(bool)
                | others.index.isin(has_one.index[has_one])
            )  # fmt: skip
    if scope.stage_groups:
        fits &= table["group"].isin(scope.stage_groups).to_numpy(bool)
    if (scope.from_on or scope.to_on) and not _asks_places(scope):
        begun = table["filed_on"].where(table["filed_on"].notna(), table["lead_on"])
        fits &= between(begun, scope.from_on, scope.to_on).to_numpy(bool)
    wanted_text = scope.text.casefold()
    in_book = np.zeros((2, len(book)), bool)
    in_book[0, at] = fits
    in_book[1, at] = [wanted_text in book.words[one] for one in at] if wanted_text else True
    return in_book[0], in_book[1]


def _without_case(features: gpd.GeoDataFrame, scope: Scope) -> np.ndarray:
    """Return which features have no case, if the scope asks for such."""
    if scope.fields or NO_CASE not in scope.stage_groups:
        return np.zeros(len(features), bool)
    return (features["group"] == NO_CASE).to_numpy(bool)


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
