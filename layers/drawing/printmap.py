"""The map on paper: the same features, signs and legend as on the screen, as a picture for print.

Everything a printed map owes its reader is in the picture itself, because pictures travel
without the page they stood on. docs/decisions/0006-printed-maps.md says how it is made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes

from geodata.city import City, read_neighbours, read_outlines, read_rivers
from geodata.model import Language, Title
from geodata.selection import have_place
from layers.drawing.counts import show_count
from layers.drawing.fonts import Lettering, find_lettering
from layers.drawing.frame import Extent, Frame, extent_of, frame_map
from layers.drawing.legend import LegendWords, Sign, build_legend, sign_of
from layers.drawing.paper import (
    LETTER_PT,
    Paper,
    Sheet,
    halo,
    lay_sheet,
    paint_area_sign,
    paint_areas,
    paint_line_sign,
    paint_lines,
    paint_signs,
)
from layers.drawing.surround import (
    GROUND,
    LAND,
    divide,
    draw_legend,
    draw_locator,
    draw_north,
    draw_scale,
    fit_imprint,
    fit_title,
    print_imprint,
    print_title,
    print_watermark,
)
from layers.drawing.symbols import OUTLINE_COLOUR, OVERDUE_COLOUR, RIVER_COLOUR, ColourBy
from layers.imprint import Imprint
from layers.layer import Layer

NEIGHBOUR_COLOUR = "#b9c0c8"
NAME_COLOUR = "#3b4754"
DASH_DOT = (0, (8, 3, 2, 3))
DOTTED = (0, (2, 4))
BADGE: dict[str, Any] = {
    "bbox": {"boxstyle": "round,pad=0.25", "fc": "#fffffff0", "ec": OUTLINE_COLOUR, "ls": "--"}
}
CHIP: dict[str, Any] = {
    "bbox": {"boxstyle": "round,pad=0.2", "fc": "#ffffffe8", "ec": OUTLINE_COLOUR, "lw": 0.6}
}
SMALLEST_NAMED = 0.035
"""A district cut off to less than this share of the map's height is not named."""
FULL_PAGE = Paper()


@dataclass(frozen=True)
class Edition:
    """What the maps of one story or report share: city, layers, words, colouring, imprint."""

    city: City
    layers: Sequence[Layer]
    groups: Mapping[str, Title]
    words: LegendWords
    imprint: Imprint
    language: Language
    colour_by: ColourBy = "status"


def draw_map(
    features: gpd.GeoDataFrame,
    edition: Edition,
    *,
    title: str = "",
    extent: Extent | None = None,
    paper: Paper = FULL_PAGE,
    lettering: Lettering | None = None,
) -> bytes:
    """Return a PNG of features of a Situation (EPSG:4490), framed on `extent` or on themselves.

    What lies outside the frame is neither on the map nor in the legend. Raises NoChineseFont.
    """
    sheet = lay_sheet(paper, lettering or find_lettering(), edition.language)
    compose_map(sheet, features, edition, title=title, extent=extent)
    return sheet.png()


def compose_map(
    sheet: Sheet,
    features: gpd.GeoDataFrame,
    edition: Edition,
    *,
    title: str = "",
    extent: Extent | None = None,
) -> None:
    """Put a map and all that it owes its reader on an empty sheet."""
    city, layers, imprint = edition.city, edition.layers, edition.imprint
    title_lines, foot_lines = fit_title(sheet.paper, title), fit_imprint(sheet, imprint)
    rooms = divide(sheet.paper, len(title_lines), len(foot_lines))
    frame = frame_map(extent or extent_of(features, city), rooms.map.aspect)
    seen = find_seen(features, frame, city, layers)
    inside = _Map(sheet, sheet.axes(rooms.map, framed=True), frame, city, layers)
    inside.draw_ground()
    inside.draw_features(seen, edition.colour_by)
    inside.write_names(_count_texts(seen, layers, edition.language))
    inside.draw_furniture(imprint)
    legend = build_legend(
        seen,
        layers,
        edition.groups,
        edition.colour_by,
        edition.words,
        language=edition.language,
        rim=OVERDUE_COLOUR,
    )
    print_title(sheet, rooms.title, title_lines)
    legend_room = draw_locator(sheet, rooms.legend, frame, city)
    draw_legend(sheet, legend_room, legend, _count_unplaced(seen, layers))
    print_imprint(sheet, rooms.foot, imprint, foot_lines)


def find_seen(
    features: gpd.GeoDataFrame, frame: Frame, city: City, layers: Sequence[Layer]
) -> gpd.GeoDataFrame:
    """Return the features that a frame shows, without a place if it shows their district's name."""
    named = {office for office, *_ in _name_places(frame, city)}
    without_place = ~have_place(features) & features["jurisdiction"].isin(named)
    known = features["layer"].isin([layer.id for layer in layers])
    seen = features[(frame.shows(features.geometry) | without_place) & known]
    return seen.set_geometry(seen.geometry.where(have_place(seen)))  # empty is no place either


@dataclass(frozen=True)
class _Map:
    """The map inside its frame, drawn from the ground up."""

    sheet: Sheet
    axes: Axes
    frame: Frame
    city: City
    layers: Sequence[Layer]

    @property
    def letter_m(self) -> float:
        """Return how many metres the size of a letter covers."""
        width_pt = self.axes.get_position().width * self.sheet.paper.width_pt
        return self.frame.width_m / width_pt * self.sheet.paper.letter_pt

    def draw_ground(self) -> None:
        """Draw neighbours, districts with each border once, and rivers."""
        axes, frame, city = self.axes, self.frame, self.city
        west, south, east, north = frame.box.bounds
        axes.set(xlim=(west, east), ylim=(south, north), facecolor=GROUND)
        neighbours = frame.flatten(read_neighbours(city.id).geometry)
        outlines = frame.flatten(read_outlines(city.id).geometry)
        rivers = frame.flatten(read_rivers(city.id).geometry)
        paint_areas(axes, neighbours, edgecolor=NEIGHBOUR_COLOUR, linewidth=0.6, linestyle=DOTTED)
        paint_areas(axes, outlines, facecolor=LAND)
        # The dashes of two neighbours, drawn one over the other, would fill each other's gaps.
        borders = gpd.GeoSeries([shapely.line_merge(outlines.boundary.union_all())])
        paint_lines(axes, borders, color=OUTLINE_COLOUR, linewidth=1.1, linestyle=DASH_DOT)
        paint_lines(axes, rivers, color=RIVER_COLOUR, linewidth=1.6)

    def draw_features(self, seen: gpd.GeoDataFrame, colour_by: ColourBy) -> None:
        """Draw areas below lines below points, what is overdue above what is in time."""
        by_id = {layer.id: layer for layer in self.layers}
        placed = seen[have_place(seen)]
        flat = self.frame.flatten(placed.geometry)
        scale = self.sheet.paper.letter_pt / LETTER_PT
        order = ["over", "is_overdue", "layer", "group"]
        for (over, late, layer, group), rows in placed.assign(over=flat.map(_over)).groupby(order):
            rim = OVERDUE_COLOUR
            sign = sign_of(by_id[layer], group, colour_by, is_overdue=bool(late), rim=rim)
            sized = replace(sign, size=sign.size * scale, width=sign.width * scale)
            _DRAW[over](self.axes, flat.loc[rows.index], sized)

    def write_names(self, counts: Mapping[str, Sequence[str]]) -> None:
        """Write the name of each office, framed where it has no outline, and its counts below."""
        for office, (x, y), is_badge in _name_places(self.frame, self.city):
            name = self.city.jurisdiction(office).short.says(self.sheet.language)
            look = BADGE if is_badge else {"path_effects": halo()}
            style: dict[str, Any] = {"ha": "center", "zorder": 6, "clip_on": True}
            self.sheet.write(self.axes, (x, y), name, bold=True, color=NAME_COLOUR, **style, **look)
            for line, text in enumerate(counts.get(office, ()), start=1):
                place = (x, y - 1.8 * line * self.letter_m)
                self.sheet.write(self.axes, place, text, size=0.85, **style, **CHIP)

    def draw_furniture(self, imprint: Imprint) -> None:
        """Draw scale bar and north arrow, and across all of it the mark of invented data."""
        parts = (self.sheet, self.axes, self.frame)
        draw_scale(*parts, self.letter_m)
        draw_north(*parts, self.letter_m)
        if imprint.is_demonstration:
            mark, *_ = imprint.marks(self.sheet.language)
            print_watermark(*parts, mark, self.letter_m)


def _draw_areas(axes: Axes, shapes: gpd.GeoSeries, sign: Sign) -> None:
    paint_area_sign(axes, shapes, sign)
    _draw_points(axes, shapes.representative_point(), _badge(sign))


def _draw_lines(axes: Axes, shapes: gpd.GeoSeries, sign: Sign) -> None:
    paint_line_sign(axes, shapes, sign)
    _draw_points(axes, shapes.representative_point(), _badge(sign))


def _draw_points(axes: Axes, shapes: gpd.GeoSeries, sign: Sign) -> None:
    paint_signs(axes, shapely.get_coordinates(shapes.centroid.to_numpy()), sign)


_DRAW = (_draw_areas, _draw_lines, _draw_points)


def _over(shape: shapely.Geometry) -> int:
    kinds = ("Polygon", "LineString", "Point")
    return next((n for n, kind in enumerate(kinds) if shape.geom_type.endswith(kind)), 0)


def _badge(sign: Sign) -> Sign:
    """Return the small sign that tells the status of a line or an area at any scale."""
    return replace(sign, kind="point", shape="circle", size=0.75 * sign.size)


def _count_unplaced(seen: gpd.GeoDataFrame, layers: Sequence[Layer]) -> int:
    with_places = [layer.id for layer in layers if layer.has_places]
    return int((~have_place(seen) & seen["layer"].isin(with_places)).sum())


def _count_texts(
    seen: gpd.GeoDataFrame, layers: Sequence[Layer], language: Language
) -> dict[str, list[str]]:
    """Return for each office what is only counted on it, in the order of the layers."""
    texts: dict[str, list[str]] = {}
    for layer in layers:
        if not layer.has_places:
            counted = seen[seen["layer"] == layer.id].groupby("jurisdiction")["count"].sum()
            for office, count in counted.items():
                text = f"{layer.title.says(language)} {show_count(int(count))}"
                texts.setdefault(str(office), []).append(text)
    return texts


def _name_places(frame: Frame, city: City) -> list[tuple[str, tuple[float, float], bool]]:
    """Return office, place in metres and whether it is a badge, for each office on the map."""
    outlines = read_outlines(city.id)
    whole = frame.flatten(outlines.geometry)
    visible = whole.intersection(frame.box)
    middles = {row: _middle(visible[row]) for row in visible.index[visible.area > 0]}
    named = [
        (outlines["office"][row], place, False)
        for row, (place, reach_m) in middles.items()
        if reach_m > SMALLEST_NAMED * frame.height_m or visible[row].area > 0.5 * whole[row].area
    ]
    badges = {office: place for office, place in city.badges if office not in set(outlines.office)}
    places = np.array([*badges.values()]).reshape(-1, 2)
    points = frame.flatten(gpd.GeoSeries(gpd.points_from_xy(*places.T), crs=4490))
    return named + [
        (office, (point.x, point.y), True)
        for office, point in zip(badges, points, strict=True)
        if frame.box.buffer(-SMALLEST_NAMED * frame.height_m).contains(point)
    ]


def _middle(shape: shapely.Geometry) -> tuple[tuple[float, float], float]:
    """Return the point of an area that is farthest from its edge, and how far that is."""
    reach = shapely.maximum_inscribed_circle(shape)
    x, y = shapely.get_coordinates(reach)[0]
    return (float(x), float(y)), float(reach.length)
