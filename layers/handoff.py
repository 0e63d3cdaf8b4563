"""A shortlist leaves the house: the stops of a tour as GPX and KML for devices, XLSX for the desk.

Each file says which day and revision its data is from, in which coordinate system its
numbers are, that the legs are estimates, and whether anything in it is invented.
"""

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import gpxpy.gpx
import pandas as pd

from geodata.city import City
from geodata.model import Language, Title
from layers.imprint import COORDINATES, DATUM, DEMONSTRATION, Imprint
from layers.layer import Layer
from layers.routing import Place, Tour
from layers.sheets import Look, clean
from layers.sheets import render_xlsx as render_sheets

NAME = Title("走访清单", "Site visits")
WAY = Title("走访路线", "Route")
DATUM_OF_DEVICES = Title(
    "WGS-84（由CGCS2000直接使用，差异在分米以内）",
    "WGS 84 (taken from CGCS2000, equal within decimetres)",
)
LEGS = Title("路程", "Legs")
ESTIMATE = Title(
    "直线距离，仅为估算，不是道路里程", "Straight lines, an estimate and no road distance"
)
TOTAL = Title("直线总长（米）", "Total in straight lines (m)")
UNPLACED = Title("位置不明，未排入路线", "Place unknown, not on the route")

DEGREE_DIGITS = 6
DECIMAL_DEGREES = "0.000000"
KML = "http://www.opengis.net/kml/2.2"


@dataclass(frozen=True)
class VisitRow:
    """One hazard to be visited, in words; without order, leg and place if it has no place."""

    ref: str
    layer: str
    name: str
    office: str
    township: str
    hazards: str
    cases: str
    is_demonstration: bool
    order: int | None = None
    leg_m: float | None = None
    place: Place | None = None


@dataclass(frozen=True)
class VisitList:
    """A tour made ready to travel: its rows in order, the whole way, and its imprint."""

    rows: tuple[VisitRow, ...]
    way: tuple[Place, ...]
    total_m: float
    imprint: Imprint
    language: Language

    @property
    def placed(self) -> tuple[VisitRow, ...]:
        """Return the rows that are on the route."""
        return tuple(row for row in self.rows if row.place)

    @property
    def marks(self) -> tuple[str, ...]:
        """Return the marks of the list."""
        return self.imprint.marks(self.language)

    def facts(self, datum: Title = DATUM) -> Iterator[tuple[str, str]]:
        """Yield what a reader must know of the list, as pairs of name and value."""
        ours = COORDINATES.says(self.language)
        for name, value in self.imprint.facts(self.language):
            yield name, datum.says(self.language) if name == ours else value
        yield from self.facts_of_way()

    def facts_of_way(self) -> Iterator[tuple[str, str]]:
        """Yield what a reader must know of the way: an estimate, and what is not on it."""
        yield LEGS.says(self.language), ESTIMATE.says(self.language)
        yield TOTAL.says(self.language), f"{self.total_m:.0f}"
        left_out = [row.name or row.ref for row in self.rows if not row.place]
        if left_out:
            yield UNPLACED.says(self.language), "、".join(left_out)


@dataclass(frozen=True)
class _Column:
    """One column of the table, its width in characters."""

    id: str
    title: Title
    width: int


COLUMNS = (
    _Column("order", Title("顺序", "Order"), 7),
    _Column("layer", Title("图层", "Layer"), 16),
    _Column("name", Title("名称", "Name"), 30),
    _Column("office", Title("检察院", "Office"), 14),
    _Column("township", Title("乡镇街道", "Township"), 14),
    _Column("lon", Title("经度（CGCS2000）", "Longitude (CGCS2000)"), 14),
    _Column("lat", Title("纬度（CGCS2000）", "Latitude (CGCS2000)"), 14),
    _Column("hazards", Title("隐患类型", "Hazards"), 34),
    _Column("cases", Title("案件编号", "Cases"), 18),
    _Column(
        "leg_m", Title("距上一站直线（米，估算）", "From previous, straight line (m, estimate)"), 16
    ),
    _Column("nature", Title("数据性质", "Nature of data"), 20),
    _Column("ref", Title("编号", "Number"), 30),
)


def list_visits(
    tour: Tour,
    features: gpd.GeoDataFrame,
    *,
    city: City,
    layers: Sequence[Layer],
    imprint: Imprint,
    language: Language,
) -> VisitList:
    """Return a tour with the facts of its features (those of a Situation), in one language.

    Stops without a place come last, without a number; one invented row marks the whole
    list. Raises KeyError for a stop that is not among the features.
    """
    facts = features.set_index("ref").to_dict("index")
    naming = _Naming(city, {layer.id: layer for layer in layers}, language)
    rows = [
        replace(
            naming.row(visit.stop.ref, facts[visit.stop.ref]),
            order=visit.order,
            leg_m=visit.leg_m,
            place=visit.stop.place,
        )
        for visit in tour.visits
    ]
    rows += [naming.row(stop.ref, facts[stop.ref]) for stop in tour.left_out]
    invented = any(row.is_demonstration for row in rows)
    marked = replace(imprint, is_demonstration=invented)
    return VisitList(tuple(rows), tour.places, tour.total_m, marked, language)


def render_xlsx(visits: VisitList) -> bytes:
    """Return the list as a workbook: one sheet of stops, one sheet of notes."""
    language = visits.language
    titles = {column.id: column.title.says(language) for column in COLUMNS}
    rows = [_cells(row, language) for row in visits.rows]
    stops = pd.DataFrame(rows, columns=list(titles), dtype=object).rename(columns=titles)
    look = Look(
        widths={titles[column.id]: column.width for column in COLUMNS},
        formats={titles[name]: DECIMAL_DEGREES for name in ("lon", "lat")},
        frozen=3,
    )
    return render_sheets(
        {NAME.says(language): stops},
        visits.imprint,
        language,
        notes=visits.facts_of_way(),
        look=look,
    )


def render_gpx(visits: VisitList) -> bytes:
    """Return the list as GPX 1.1 in WGS 84: a waypoint per stop, and the route in order."""
    gpx = gpxpy.gpx.GPX()
    gpx.creator = "public-interest-map"
    gpx.name = _title(visits)
    gpx.description = _told(visits.facts(DATUM_OF_DEVICES))
    gpx.keywords = ", ".join(visits.marks)
    route = gpxpy.gpx.GPXRoute(name=_title(visits), description=ESTIMATE.says(visits.language))
    names = {row.place: _numbered(row) for row in visits.placed}
    for row in visits.placed:
        lon, lat = _rounded(row.place)
        gpx.waypoints.append(
            gpxpy.gpx.GPXWaypoint(
                lat, lon, name=_numbered(row), description=_describe(row, visits), type=row.layer
            )
        )
    for place in visits.way:
        lon, lat = _rounded(place)
        route.points.append(gpxpy.gpx.GPXRoutePoint(lat, lon, name=names.get(place)))
    gpx.routes.append(route)
    text: str = gpx.to_xml(version="1.1")
    return text.encode()


def render_kml(visits: VisitList) -> bytes:
    """Return the list as KML 2.2 in WGS 84: a placemark per stop, and the route as a line."""
    root = ET.Element("kml", xmlns=KML)
    document = ET.SubElement(root, "Document")
    _child(document, "name", _title(visits))
    _child(document, "description", _told(visits.facts(DATUM_OF_DEVICES)))
    folder = ET.SubElement(document, "Folder")
    _child(folder, "name", NAME.says(visits.language))
    for row in visits.placed:
        mark = ET.SubElement(folder, "Placemark")
        _child(mark, "name", _numbered(row))
        # What shows KML takes a description for a page of HTML, whose pictures it would fetch.
        _child(mark, "description", html.escape(_describe(row, visits), quote=False))
        _child(ET.SubElement(mark, "Point"), "coordinates", _coordinates([row.place]))
    if len(visits.way) > 1:
        line = ET.SubElement(document, "Placemark")
        _child(line, "name", WAY.says(visits.language))
        _child(line, "description", ESTIMATE.says(visits.language))
        _child(ET.SubElement(line, "LineString"), "coordinates", _coordinates(visits.way))
    ET.indent(root)
    xml: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return xml


@dataclass(frozen=True)
class _Naming:
    """What offices, layers and hazards are called in the language of a list."""

    city: City
    layers: Mapping[str, Layer]
    language: Language

    def row(self, ref: str, feature: Mapping[Any, Any]) -> VisitRow:
        layer = self.layers[feature["layer"]]
        known = (layer.hazard_kinds.get(kind) for kind in _codes(feature["hazard_kinds"]))
        offices = {one.id: one.short for one in self.city.jurisdictions}
        office = offices.get(feature["jurisdiction"])
        comma = "、" if self.language == "zh" else ", "
        return VisitRow(
            ref=ref,
            layer=layer.title.says(self.language),
            name=clean(feature["name"]),
            office=office.says(self.language) if office else "",
            township=clean(feature["township"]),
            hazards=comma.join(kind.says(self.language) for kind in known if kind),
            cases=comma.join(_codes(feature["case_ids"])),
            is_demonstration=bool(feature["is_demonstration"]),
        )


def _codes(joined: object) -> list[str]:
    return [code for code in str(joined or "").split(";") if code]


def _cells(row: VisitRow, language: Language) -> dict[str, Any]:
    lon, lat = _rounded(row.place) if row.place else (None, None)
    nature = DEMONSTRATION.says(language) if row.is_demonstration else ""
    leg_m = None if row.leg_m is None else round(row.leg_m)
    return {**vars(row), "lon": lon, "lat": lat, "nature": nature, "leg_m": leg_m}


def _title(visits: VisitList) -> str:
    return " · ".join((NAME.says(visits.language), *visits.marks))


def _numbered(row: VisitRow) -> str:
    return f"{row.order:02d} {row.name or row.ref}"


def _describe(row: VisitRow, visits: VisitList) -> str:
    told = ("layer", "office", "township", "hazards", "cases", "leg_m", "ref")
    says = {column.id: column.title.says(visits.language) for column in COLUMNS}
    known = {**vars(row), "leg_m": f"{row.leg_m:.0f}"}
    mark = [DEMONSTRATION.says(visits.language)] if row.is_demonstration else []
    return "\n".join([*mark, _told((says[name], known[name]) for name in told)])


def _told(facts: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in facts if value)


def _rounded(place: Place | None) -> Place:
    assert place, "only rows with a place are asked"
    return round(place[0], DEGREE_DIGITS), round(place[1], DEGREE_DIGITS)


def _coordinates(places: Sequence[Place | None]) -> str:
    return " ".join("{:.6f},{:.6f}".format(*_rounded(place)) for place in places)


def _child(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text
