"""The rows of a table that a scope looks at; the plain answer every engine must agree with."""

from datetime import date

import geopandas as gpd
import pandas as pd
import shapely

from geodata.model import Case, Ring, Scope

TEXT_COLUMNS = ("id", "name", "township", "source")


def select(frame: gpd.GeoDataFrame, scope: Scope) -> gpd.GeoDataFrame:
    """Return the features of a frame in EPSG:4490 that lie within a scope.

    Stage groups and statutory fields belong to cases and are not asked here.
    """
    keep = pd.Series(data=True, index=frame.index)
    if scope.jurisdictions:
        keep &= frame["jurisdiction"].isin(scope.jurisdictions)
    if scope.hazard_kinds:
        keep &= has_any_code(frame["hazard_kinds"], scope.hazard_kinds)
    if scope.from_on or scope.to_on:
        keep &= between(frame["found_on"], scope.from_on, scope.to_on)
    if scope.text:
        keep &= mentions(frame, scope.text)
    if scope.within:
        keep &= meets(frame, scope.within)
    return frame[keep]


def select_case(case: Case, scope: Scope) -> bool:
    """Return whether a case belongs to the offices, fields and words of a scope."""
    offices = {case.jurisdiction, *case.shared_with}
    fields = {case.field, *case.secondary_fields}
    words = (case.id, case.title.zh, case.title.en, case.agency, case.series)
    return (
        (not scope.jurisdictions or bool(offices & scope.jurisdictions))
        and (not scope.fields or bool(fields & scope.fields))
        and (not scope.text or any(scope.text.casefold() in word.casefold() for word in words))
    )


def has_any_code(joined: pd.Series, wanted: frozenset[str]) -> pd.Series:
    """Return where a column of codes joined by ";" holds at least one of the wanted."""
    lists = joined.fillna("").str.split(";")
    return lists.map(lambda codes: not wanted.isdisjoint(codes)).astype(bool)


def between(days: pd.Series, first: date | None, last: date | None) -> pd.Series:
    """Return where a column of dates lies within both bounds; a missing date never does."""
    stamps = pd.to_datetime(days)
    inside = stamps.notna()
    if first:
        inside &= stamps >= pd.Timestamp(first)
    if last:
        inside &= stamps <= pd.Timestamp(last)
    return inside


def mentions(frame: pd.DataFrame, text: str) -> pd.Series:
    """Return where any of the naming columns holds the text, whatever its case."""
    found = pd.Series(data=False, index=frame.index)
    for column in TEXT_COLUMNS:
        held = frame[column].fillna("").astype(str)
        found |= held.str.contains(text, case=False, regex=False)
    return found


def meets(frame: gpd.GeoDataFrame, ring: Ring) -> pd.Series:
    """Return where a geometry meets the area inside a ring of CGCS2000 degrees."""
    area = shapely.make_valid(shapely.Polygon(ring))
    return frame.geometry.intersects(area)


def have_place(frame: gpd.GeoDataFrame) -> pd.Series:
    """Return where a geometry is somewhere: neither missing nor empty."""
    shapes = frame.geometry.to_numpy()
    return pd.Series(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)), frame.index)
