"""A valley to judge by hand: metres east and north of a spot near Yongdeng, rows of any list."""

from datetime import UTC, date, datetime

import geopandas as gpd
import pandas as pd
import pyproj
import shapely

from geodata import RevisionNote, open_features
from geodata.sample import SAMPLE_ON
from layers.catalog import find_rule, find_table
from layers.detect import Run, detect

PLANE = "+proj=laea +lon_0=103.5 +lat_0=36.5 +ellps=GRS80 +units=m +no_defs"
AWAY = pyproj.Transformer.from_crs(PLANE, 4490, always_xy=True)
BACK = pyproj.Transformer.from_crs(4490, PLANE, always_xy=True)
DTYPES = {"whole": "Int64", "number": "float64", "yes_no": "boolean"}
TEXTS = {"text", "code", "codes"}


def ground(shape):
    """Return a shape of metres east and north in degrees."""
    return shapely.transform(shape, to_degrees, interleaved=False)


def to_degrees(east, north):
    """Return degrees, a second time by the millimetre that PROJ is out by on the way away."""
    there = BACK.transform(*AWAY.transform(east, north))
    return AWAY.transform(2 * east - there[0], 2 * north - there[1])


def line(*corners):
    return ground(shapely.LineString(corners))


def spot(east, north):
    return ground(shapely.Point(east, north))


def box(west, south, east, north):
    return ground(shapely.box(west, south, east, north))


def rows_of(table, *rows):
    """Return rows of a list as it is stored; what a row does not say is missing."""
    schema = find_table(table).schema
    columns = {}
    for column in schema.columns:
        cells = [row.get(column.id) for row in rows]
        if column.kind in TEXTS:
            columns[column.id] = pd.Series(["" if one is None else one for one in cells], dtype=str)
        else:
            columns[column.id] = pd.Series(cells, dtype=DTYPES.get(column.kind, object))
    columns["jurisdiction"] = columns["jurisdiction"].replace("", "LZ-YD")
    kept = {
        "system_original": "EPSG:4490",
        "place_original": "",
        "is_demonstration": True,
        "valid_from": SAMPLE_ON,
        "valid_to": pd.Series([None] * len(rows), dtype=object),
    }
    places = [row.get("place") for row in rows]
    return gpd.GeoDataFrame({**columns, **kept}, geometry=gpd.GeoSeries(places, crs=4490))


def run_rule(rule, lists, numbers=None, as_of=SAMPLE_ON, data_on=SAMPLE_ON) -> Run:
    """Return what a rule finds in lists: table to rows, each a mapping of cells."""
    store = open_features("memory:")
    for table, rows in lists.items():
        note = RevisionNote("t", "t", datetime(2026, 1, 5, tzinfo=UTC), data_on=data_on)
        store.write(table, rows_of(table, *rows), note)
    return detect(find_rule(rule), store, as_of, numbers)


def said(run, subject=""):
    """Return outcome and flags of each finding of a subject, or of all."""
    return [
        (one.outcome, set(one.flags))
        for one in run.findings
        if not subject or one.rows[0].id == subject
    ]


def day(text):
    return date.fromisoformat(text)
