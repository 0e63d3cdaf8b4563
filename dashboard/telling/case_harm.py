"""Where the harm of a case is, on the map, and how much of it, measured how and by whom."""

from collections.abc import Iterator, Sequence
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from dashboard.naming import Naming
from dashboard.telling.case_parts import facts_scene, stage_words
from dashboard.telling.story import FactsScene, MapScene
from dashboard.telling.told import Told
from geodata.case_file import elements_of
from geodata.crs import SQUARE_METRES_PER_MU, geodesic_area_m2
from layers.drawing.counts import show_total
from layers.indicators import is_verified
from layers.layer import Layer

HARM = "public_harm_fact"


def tell_harm(told: Told) -> Iterator[MapScene | FactsScene]:
    """Yield where the harm is, on the map, and how much of it, measured how and by whom."""
    rows, names = told.hazards, told.names
    gone = len(set(told.refs)) - len(rows)
    lacks = [names.word("story.map.gone", count=gone)] if gone else []
    lacks += [] if told.refs else [names.word("story.map.none")]
    yield told.scene(
        MapScene,
        "map",
        told.title,
        notes=names.title(told.case.summary),
        caption=_caption(told, lacks),
        refs=told.refs,
        jurisdiction=told.case.jurisdiction,
        missing=tuple(lacks),
    )
    harm = {one.id: one for one in elements_of(told.case, names.rules, told.as_of, told.known_at)}
    held = {
        "story.facts.hazards": _hazards(told),
        "story.harm.fact": harm[HARM].text if HARM in harm else "",
        "story.harm.found": _span_of_days(rows["found_on"]),
        "story.harm.area": _area(rows, names),
        "story.harm.method": told.join(_distinct(rows["measure_method"])),
        "story.harm.source": told.join(_distinct(rows["source"])),
        "story.harm.state": _states(rows, names),
    }
    yield facts_scene(told, "harm", held)


def by_layer(hazards: gpd.GeoDataFrame, names: Naming) -> Iterator[tuple[Layer, gpd.GeoDataFrame]]:
    """Yield each layer of which there are hazards, with them."""
    held = set(hazards["layer"])
    for layer in names.layers:
        if layer.id in held:
            yield layer, hazards[hazards["layer"] == layer.id]


def counted(layer: Layer, rows: gpd.GeoDataFrame, names: Naming) -> str:
    """Return how many hazards there are of a layer, in words."""
    facts = {"layer": names.title(layer.title), "count": _total(layer, rows)}
    return names.word("story.map.hazards" if layer.has_places else "story.map.counted", **facts)


def _caption(told: Told, lacks: Sequence[str]) -> str:
    names = told.names
    counts = [counted(layer, rows, names) for layer, rows in by_layer(told.hazards, names)]
    office = names.office_title(told.case.jurisdiction)
    stage = stage_words(told) or told.nothing
    return " · ".join([office, names.code("fields", told.case.field), stage, *counts, *lacks])


def _hazards(told: Told) -> str:
    """Return for each layer how many hazards there are, and how many of each kind."""
    names = told.names
    lines = []
    for layer, rows in by_layer(told.hazards, names):
        codes = rows["hazard_kinds"].fillna("").str.split(";").explode()
        held = set(codes)
        kinds_told = [
            f"{names.title(title)} {_total(layer, rows.loc[codes.index[codes == code]])}"
            for code, title in layer.hazard_kinds.items()
            if code in held
        ]
        parts = filter(None, (counted(layer, rows, names), told.join(kinds_told)))
        lines.append(names.word("story.colon").join(parts))
    return "\n".join(lines)


def _total(layer: Layer, rows: gpd.GeoDataFrame) -> str:
    """Return how many hazards rows are; a count per district is shown as on the map."""
    if layer.has_places:
        return str(len(rows))
    return show_total(int(one) for one in rows.groupby("jurisdiction")["count"].sum())


def _area(rows: gpd.GeoDataFrame, names: Naming) -> str:
    """Return the area of the outlines in the store, measured by us on the ellipsoid."""
    total = float(np.nansum(geodesic_area_m2(rows.geometry))) if len(rows) else 0.0
    if not total:
        return ""
    mu = f"{total / SQUARE_METRES_PER_MU:,.2f}"
    return names.word("story.harm.measured", area=f"{total:,.0f}", mu=mu)


def _states(rows: gpd.GeoDataFrame, names: Naming) -> str:
    """Return how many hazards are open, said to be put right, verified, or back again."""
    if rows.empty:
        return ""
    back, verified = rows["relapsed_on"].notna(), is_verified(rows)
    said = rows["rectified_on"].notna() & ~verified & ~back
    counts = {
        "open": ~(back | verified | said),
        "said": said,
        "verified": verified,
        "back": back,
    }
    told = (
        names.word(f"story.harm.{name}", count=int(which.sum()))
        for name, which in counts.items()
        if which.any()
    )
    return names.word("story.comma").join(told)


def _span_of_days(days: "pd.Series[date]") -> str:
    known = pd.to_datetime(days).dropna()
    if known.empty:
        return ""
    first, last = known.min().date().isoformat(), known.max().date().isoformat()
    return first if first == last else f"{first} — {last}"


def _distinct(values: "pd.Series[str]") -> list[str]:
    return [one for one in dict.fromkeys(values.fillna("").astype(str)) if one]
