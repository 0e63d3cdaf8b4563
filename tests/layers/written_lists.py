"""Lists written as tables of a few rows, as a person would, and a store that has them."""

from datetime import UTC, date, datetime

import geopandas as gpd
import pandas as pd
import shapely

from geodata import RevisionNote, open_features
from geodata.identity import Key
from geodata.schema import Schema
from layers.catalog import find_table

DAY = date(2025, 6, 30)
KEY = Key(b"of these tests, and of no others")
DTYPES = {"whole": "Int64", "number": "float64", "yes_no": "boolean"}
ORIGIN = (103.6, 36.1)
M_EAST, M_NORTH = 90_085.0, 110_959.0  # a degree near 36.1° N


def at(east_m: float, north_m: float = 0.0) -> shapely.Point:
    """Return a point so many metres from the origin of these tests, good to a few centimetres."""
    return shapely.Point(ORIGIN[0] + east_m / M_EAST, ORIGIN[1] + north_m / M_NORTH)


def house(east_m: float, north_m: float = 0.0, side_m: float = 12.0) -> shapely.Polygon:
    """Return a square house by its south-west corner."""
    corner, other = at(east_m, north_m), at(east_m + side_m, north_m + side_m)
    return shapely.box(corner.x, corner.y, other.x, other.y)


def written(list_id: str, text: str, places: dict[str, shapely.Geometry] | None = None):
    """Return a list from lines of cells parted by bars, the first line naming the columns."""
    schema: Schema = find_table(list_id).schema
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    heads, rows = lines[0], [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    unknown = set(heads) - {column.id for column in schema.columns}
    assert not unknown, unknown
    columns = {
        column.id: _cells([row.get(column.id, "") for row in rows], column.kind, column.id)
        for column in schema.columns
    }
    geometry = [(places or {}).get(row["id"]) for row in rows]
    kept = {
        "system_original": "EPSG:4490",
        "place_original": "",
        "is_demonstration": False,
        "valid_from": DAY,
        "valid_to": pd.Series([None] * len(rows), dtype=object),
    }
    return gpd.GeoDataFrame({**columns, **kept}, geometry=gpd.GeoSeries(geometry, crs=4490))


def _cells(cells: list[str], kind: str, column: str) -> pd.Series:
    if column == "jurisdiction":
        return pd.Series([cell or "LZ-XG" for cell in cells], dtype="str")
    if kind == "identity":
        return pd.Series([KEY.seal(cell) for cell in cells], dtype="str")
    read = {
        "whole": int,
        "number": float,
        "yes_no": lambda cell: cell == "yes",
        "date": date.fromisoformat,
    }.get(kind)
    if read is None:
        return pd.Series(cells, dtype="str")
    return pd.Series(
        [read(cell) if cell else None for cell in cells], dtype=DTYPES.get(kind, object)
    )


def stored(*, days: dict[str, date] | None = None, **lists: gpd.GeoDataFrame):
    """Return a store that has these lists, as of DAY unless `days` says otherwise."""
    store = open_features("memory:")
    for list_id, frame in lists.items():
        day = (days or {}).get(list_id, DAY)
        store.write(
            list_id, frame, RevisionNote("t", "t", datetime(2026, 1, 5, tzinfo=UTC), data_on=day)
        )
    return store


def told(run) -> set[tuple]:
    """Return what a run found as (outcome, flags, ids of rows): all that a person would compare."""
    assert run.has_run, run.lacks
    return {(one.outcome, *one.flags, *(row.id for row in one.rows)) for one in run.findings}
