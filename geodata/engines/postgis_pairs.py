"""Overlays asked of PostGIS: the database joins and measures, as `geodata.overlay` does.

The plane, the widened boxes and the measures are the same; areas are those of GEOS for every
pair. Only the pairs travel.
"""

from collections.abc import Callable, Mapping, Sequence
from math import cos, radians
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geodata.engines.connections import Connection, sql
from geodata.errors import BadSetting
from geodata.model import Overlay
from geodata.overlay import (
    BULGE,
    DOUBTS,
    KINDS,
    LEAST_AREA_M2,
    LEAST_LENGTH_M,
    MEASURES,
    MOST_STRETCH,
    Met,
    centre_of,
    plane_around,
)

METRES_IN_DEGREE = 110_000
"""Rather few: a degree of latitude is 110.6 km or more."""

LEAST = {"overlaps": LEAST_AREA_M2, "inside": LEAST_LENGTH_M, "near": 0.0}


POLAR = 85
"""Degrees of latitude beyond which nothing of ours lies."""

BY_ID = sql.SQL(' order by first_id collate "C", second_id collate "C"')
Box = tuple[float, float, float, float]


def _script(name: str) -> sql.SQL:
    """Return a question that lies beside this file."""
    text = (Path(__file__).parent / f"{name}_postgis.sql").read_text("utf-8")
    return sql.SQL(text)


def ask_pairs(
    database: Connection,
    overlay: Overlay,
    scope: tuple[sql.Composable, Sequence[Any]],
    kinds: Mapping[str, str],
    column_of: Callable[[Sequence[Any], str], pd.Series],
) -> Met:
    """Return which features meet; `kinds` are those of the second layer's columns.

    `scope` is what rows of the first layer must fulfil, with its values; `column_of` makes a
    column of a kind from values as JSON has them. Raises BadSetting.
    """
    missing = [name for name in overlay.by if name not in kinds]
    if missing:
        raise BadSetting(name="by", value=", ".join(missing), form=", ".join(kinds))
    where, values = scope
    given = [overlay.first, *values]
    facts = _facts(overlay, where, _box(database, where, given))
    head = _script("pairs").format(**facts)
    ask = _script(f"pairs_{overlay.relation}").format(**facts)
    rows = database.execute(head + ask + BY_ID, given, binary=True).fetchall()
    doubts = database.execute(head + _script("pairs_doubts").format(**facts), given).fetchall()
    columns = {"first_id": "text", "second_id": "text", MEASURES[overlay.relation]: "number"}
    columns |= {name: kinds[name] for name in overlay.by}
    told = {
        name: column_of([row[n] for row in rows], kind)
        for n, (name, kind) in enumerate(columns.items())
    }
    layers = {1: overlay.first, 2: overlay.second}
    named = [(layers[side], *rest) for side, *rest in doubts]
    return Met(pd.DataFrame(told), pd.DataFrame(named, columns=list(DOUBTS), dtype=object))


def _box(database: Connection, where: sql.Composable, given: Sequence[Any]) -> Box:
    """Return west, south, east and north of the first layer; NaN where it is nowhere."""
    question = _script("pairs_box").format(scope=where)
    row = database.execute(question, given).fetchone() or (None,) * 4
    west, south, east, north = (np.nan if one is None else float(one) for one in row)
    return west, south, east, north


def _facts(overlay: Overlay, where: sql.Composable, box: Box) -> dict[str, sql.Composable]:
    """Return what the questions are filled in with."""
    first_kinds, second_kinds = KINDS[overlay.relation]
    farthest = radians(min(max(abs(box[1]), abs(box[3])) + 1, POLAR)) if box[1] == box[1] else 0.0
    reach_m = overlay.within_m * MOST_STRETCH if overlay.relation == "near" else 0.0
    facts = {
        "second": overlay.second,
        "first_kinds": list(first_kinds),
        "second_kinds": list(second_kinds),
        "bulge": BULGE,
        "reach": reach_m / METRES_IN_DEGREE / cos(farthest),
        "plane": plane_around(centre_of(box)),
        "least": LEAST[overlay.relation],
        "within_m": overlay.within_m,
        "stretch": MOST_STRETCH,
    }
    by = [sql.SQL(", facts -> {}").format(sql.Literal(name)) for name in overlay.by]
    told: dict[str, sql.Composable] = {name: sql.Literal(one) for name, one in facts.items()}
    return told | {"by": sql.SQL("").join(by), "scope": where}
