"""Makes data folders with the demonstration beside very many invented parcels, for `big_map`.

A parcel is a ring of 21 points on a grid over Lanzhou, about a third of its square; its office is
the one whose outline it lies in, and every column of the layer has something in it.
"""

from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata import RevisionNote, open_cases
from geodata.checks import find_offices
from geodata.city import read_outlines
from geodata.engines.folder import create_feature_store
from geodata.sample import SAMPLE_ON, write_sample
from layers.hazards.occupied_farmland import CLASS_CODE, HAZARD_KINDS, LAYER

WEST, SOUTH, EAST, NORTH = 103.3, 35.8, 104.3, 36.5
CORNERS = 21
SPARE = 1.6
"""How many squares the grid has for each parcel: many lie outside the city."""
DEGREE_M = 111_320.0
MU_M2 = 10_000 / 15
OPEN, UNVERIFIED, PERMANENT, DESTROYED = 0.5, 0.8, 0.3, 0.1
"""Shares: not called rectified, not verified, permanent basic farmland, found destroyed."""


def make_folder(folder: Path, parcels: int) -> gpd.GeoDataFrame:
    """Fill a new data folder, cases and small layers of the demonstration first; return parcels."""
    features = create_feature_store(folder / "features")
    write_sample(features, open_cases(f"sqlite:{folder / 'cases.sqlite'}"))
    made = make_parcels(parcels)
    recorded_at = datetime.combine(SAMPLE_ON, datetime.min.time(), UTC)
    note = RevisionNote("benchmarks", "parcels", recorded_at, is_demonstration=True)
    features.write(LAYER.id, made, note)
    return made


def make_parcels(number: int) -> gpd.GeoDataFrame:
    """Return so many invented parcels with every column of their layer, EPSG:4490."""
    chance = np.random.default_rng(5)
    squares = int(SPARE * number)
    columns = round(np.sqrt(squares * (EAST - WEST) / (NORTH - SOUTH)))
    width, height = (EAST - WEST) / columns, (NORTH - SOUTH) / (squares / columns)
    at = np.arange(squares)
    lon = WEST + (at % columns + 0.5) * width
    lat = SOUTH + (at // columns + 0.5) * height
    office = _offices(lon, lat)
    chosen = np.sort(chance.permutation(np.flatnonzero(office != ""))[:number])
    lon, lat, office = lon[chosen], lat[chosen], office[chosen]
    reach = 0.36 * (1 + 0.25 * chance.standard_normal((number, CORNERS - 1)).clip(-1, 1))
    reach = np.concatenate([reach, reach[:, :1]], axis=1)
    angle = np.linspace(0, 2 * np.pi, CORNERS)
    x = lon[:, None] + width * reach * np.cos(angle)
    y = lat[:, None] + height * reach * np.sin(angle)
    rings = shapely.linearrings(
        np.stack([x, y], axis=-1).reshape(-1, 2), indices=np.repeat(np.arange(number), CORNERS)
    )
    shapes = shapely.polygons(rings)
    area_m2 = shapely.area(shapes) * DEGREE_M**2 * np.cos(np.radians(lat))
    return gpd.GeoDataFrame(
        pd.DataFrame(_facts(office, area_m2, chance)), geometry=shapes, crs=4490
    )


def _offices(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return the office of each place, nothing outside the city."""
    places = gpd.GeoSeries(shapely.points(lon, lat), crs=4490)
    return find_offices(places, read_outlines()).fillna("").to_numpy(object)


def _facts(
    office: np.ndarray, area_m2: np.ndarray, chance: np.random.Generator
) -> dict[str, object]:
    number = len(office)
    found = np.datetime64(SAMPLE_ON) - chance.integers(30, 1_500, number)
    is_settled = chance.random(number)
    kinds = np.array(["", *HAZARD_KINDS, "hardened_surface;building"], object)
    facts: dict[str, object] = dict.fromkeys(LAYER.schema.column_ids[:-1])
    facts |= {
        "id": np.char.add("P", np.char.zfill(np.arange(number).astype(str), 7)).astype(object),
        "name": "某村某社图斑",
        "jurisdiction": office,
        "township": np.array(["某镇", "某乡", "某街道"], object)[chance.integers(0, 3, number)],
        "hazard_kinds": kinds[chance.integers(0, len(kinds), number)],
        "found_on": found.astype(object),
        "rectified_on": pd.Series((found + 20).astype(object)).where(is_settled > OPEN, None),
        "verified_on": pd.Series((found + 30).astype(object)).where(is_settled > UNVERIFIED, None),
        "source": "invented",
        "measure_method": "imagery",
        "accuracy_m": 1.0,
        "geometry_status": "imagery_digitised",
        "class_scheme": "gb_t_21010_2017",
        "class_code": np.array([*CLASS_CODE], object)[chance.integers(0, len(CLASS_CODE), number)],
        "is_permanent_basic_farmland": chance.random(number) < PERMANENT,
        "area_m2": area_m2.round(1),
        "area_mu_stated": (area_m2 / MU_M2).round(2),
        "measured_on": found.astype(object),
        "destruction_confirmed": chance.random(number) < DESTROYED,
        "restored_area_m2": np.where(is_settled > OPEN, area_m2.round(1), 0.0),
        "system_original": "EPSG:4490",
        "is_demonstration": True,
    }
    return facts
