"""The city that is shown: offices in administrative order, outlines, rivers and their sources."""

import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geodata.errors import UnknownCity, UnknownJurisdiction
from geodata.model import Jurisdiction, Source, Title

CITIES = Path(__file__).parent / "cities"
OUTLINE_FILE = "PIM_OUTLINE_FILE"
"""Environment variable: a vector file of further outlines, one row per office, column `office`."""


@dataclass(frozen=True)
class City:
    """A city: offices, where the map opens, and the sources printed in its corner.

    `centre` and `badges` are CGCS2000 longitude, latitude; `bounds` is west, south, east, north.
    """

    id: str
    title: Title
    centre: tuple[float, float]
    zoom: float
    bounds: tuple[float, float, float, float]
    jurisdictions: tuple[Jurisdiction, ...]
    badges: tuple[tuple[str, tuple[float, float]], ...]
    outline_source: Source
    river_source: Source

    def jurisdiction(self, jurisdiction_id: str) -> Jurisdiction:
        """Return one office; raise UnknownJurisdiction naming the known ones."""
        for one in self.jurisdictions:
            if one.id == jurisdiction_id:
                return one
        raise UnknownJurisdiction(jurisdiction_id, self.jurisdiction_ids)

    @property
    def jurisdiction_ids(self) -> tuple[str, ...]:
        """Return the ids of the offices in administrative order."""
        return tuple(one.id for one in self.jurisdictions)

    def find_jurisdiction(self, words: str) -> str:
        """Return the id of the office that an id, a name or a district code means.

        Raises UnknownJurisdiction naming the known ones.
        """
        wanted = words.strip()
        for one in self.jurisdictions:
            names = {one.id, *_names(one.title), *_names(one.short), *one.admin_codes}
            stems = {f"{one.short.zh}{suffix}" for suffix in ("区", "县", "院", "区检察院")}
            if wanted in names | stems or wanted.casefold() == one.short.en.casefold():
                return one.id
        raise UnknownJurisdiction(wanted, self.jurisdiction_ids)


@cache
def open_city(city_id: str = "lanzhou") -> City:
    """Return the city with this id; raise UnknownCity naming the known ones."""
    known = sorted(folder.name for folder in CITIES.iterdir() if (folder / "city.toml").is_file())
    if city_id not in known:
        raise UnknownCity(city_id, known)
    facts = _facts(city_id)
    return City(
        id=facts["id"],
        title=Title(**facts["title"]),
        centre=tuple(facts["centre"]),
        zoom=facts["zoom"],
        bounds=tuple(facts["bounds"]),
        jurisdictions=tuple(_jurisdiction(one) for one in facts["jurisdictions"]),
        badges=tuple(
            (one["id"], tuple(one["badge"])) for one in facts["jurisdictions"] if "badge" in one
        ),
        outline_source=_source(facts["sources"]["districts"]),
        river_source=_source(facts["sources"]["rivers"]),
    )


@cache
def read_outlines(city_id: str = "lanzhou") -> gpd.GeoDataFrame:
    """Return the office outlines in EPSG:4490, by office, with columns office, name, source.

    Offices without a published outline are absent, unless the file named by the
    environment variable PIM_OUTLINE_FILE brings one.
    """
    city = open_city(city_id)
    districts = _read(city_id, "districts")
    by_code = {code: one.id for one in city.jurisdictions for code in one.admin_codes}
    outlines = districts.assign(
        office=districts["adcode"].map(by_code), source=city.outline_source.title.zh
    )[["office", "name", "source", "geometry"]]
    supplied = _supplied_outlines(city)
    if supplied is not None:
        kept = outlines[~outlines["office"].isin(supplied["office"])]
        outlines = gpd.GeoDataFrame(pd.concat([kept, supplied]), crs=outlines.crs)
    order = {office: place for place, office in enumerate(city.jurisdiction_ids)}
    return outlines.sort_values("office", key=lambda ids: ids.map(order)).reset_index(drop=True)


@cache
def read_second_outlines(city_id: str = "lanzhou") -> gpd.GeoDataFrame | None:
    """Return the outlines of another source in EPSG:4490, columns office, source; None if absent.

    They are never drawn: where they name another office than `read_outlines`, the jurisdiction
    is in dispute and a person decides.
    """
    if not (CITIES / city_id / "second_districts.geojson").is_file():
        return None
    city = open_city(city_id)
    by_code = {code: one.id for one in city.jurisdictions for code in one.admin_codes}
    districts = _read(city_id, "second_districts")
    source = _source(_facts(city_id)["sources"]["second_districts"]).title.zh
    return districts.assign(office=districts["adcode"].map(by_code), source=source)[
        ["office", "source", "geometry"]
    ]


@cache
def read_neighbours(city_id: str = "lanzhou") -> gpd.GeoDataFrame:
    """Return the counties around the city in EPSG:4490, columns adcode, name, city."""
    return _read(city_id, "neighbours")


@cache
def read_rivers(city_id: str = "lanzhou") -> gpd.GeoDataFrame:
    """Return the river lines in EPSG:4490, column name (inferred from position)."""
    return _read(city_id, "rivers")


def _facts(city_id: str) -> dict:
    return tomllib.loads((CITIES / city_id / "city.toml").read_text("utf-8"))


def _read(city_id: str, name: str) -> gpd.GeoDataFrame:
    file = CITIES / city_id / f"{name}.geojson"
    # WGS-84 and CGCS2000 agree within decimetres, far below the accuracy of these lines.
    return gpd.read_file(file).set_crs(4490, allow_override=True)


def _supplied_outlines(city: City) -> gpd.GeoDataFrame | None:
    name = os.environ.get(OUTLINE_FILE, "")
    if not name:
        return None
    frame = gpd.read_file(name).to_crs(4490)
    frame["office"] = [city.find_jurisdiction(words) for words in frame["office"].astype(str)]
    titles = [city.jurisdiction(office).short.zh for office in frame["office"]]
    return frame.assign(name=titles, source=Path(name).name)[
        ["office", "name", "source", "geometry"]
    ]


def _jurisdiction(facts: dict) -> Jurisdiction:
    return Jurisdiction(
        id=facts["id"],
        title=Title(**facts["title"]),
        short=Title(**facts["short"]),
        admin_codes=tuple(facts["admin_codes"]),
        townships=tuple(facts.get("townships", ())),
        has_outline=facts.get("has_outline", True),
        note=Title(**facts["note"]) if "note" in facts else None,
    )


def _source(facts: dict) -> Source:
    return Source(
        title=Title(**facts["title"]),
        licence=facts["licence"],
        map_approval_number=facts.get("map_approval_number", ""),
        certainty=facts.get("certainty", ""),
    )


def _names(title: Title) -> tuple[str, str]:
    return (title.zh, title.en)
