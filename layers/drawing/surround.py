"""What stands around a printed map: legend, scale, north, where it lies, sources, day and marks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.patches import Rectangle

from geodata.city import City, read_outlines
from geodata.model import Title
from layers.drawing.fonts import width_em, wrap
from layers.drawing.frame import Frame, frame_map
from layers.drawing.legend import LegendPart, Sign
from layers.drawing.paper import (
    INK,
    PALE_INK,
    WHITE,
    Paper,
    Room,
    Sheet,
    halo,
    paint_area_sign,
    paint_areas,
    paint_line_sign,
    paint_signs,
    path_of,
)
from layers.drawing.symbols import OUTLINE_COLOUR
from layers.imprint import Imprint

NORTH = Title("北", "N")
UNPLACED = Title("位置不明，未画出：{count}", "Place unknown, not drawn: {count}")

MARK_INK, MARK_PAPER = "#6b3a00", "#fff6e5"
GROUND, LAND = "#f3f4f5", "#fffdf6"
LINE_HEIGHT = 1.35
TITLE_SIZE, FOOT_SIZE = 1.6, 0.7
LOCATOR_BELOW = 0.4
"""A map narrower than this share of the city gets a small one that says where it lies."""


@dataclass(frozen=True)
class Rooms:
    """How a sheet is divided: title above, map, legend beside it, imprint below."""

    title: Room
    map: Room
    legend: Room
    foot: Room


def divide(paper: Paper, title_lines: int, foot_lines: int) -> Rooms:
    """Return the rooms of a paper whose title and imprint take so many lines."""
    letter = gap = paper.letter_pt
    across, up = paper.width_pt, paper.height_pt
    foot = gap + letter * LINE_HEIGHT * (FOOT_SIZE * foot_lines + 1.2)
    head = gap + letter * LINE_HEIGHT * TITLE_SIZE * title_lines
    legend = min(max(0.2 * across, 12 * letter), 19 * letter)
    tall = up - foot - head
    return Rooms(
        title=Room(gap, up - head, across - 2 * gap, head),
        map=Room(gap, foot, across - legend - 3 * gap, tall),
        legend=Room(across - legend - gap, foot, legend, tall),
        foot=Room(gap, 0, across - 2 * gap, foot),
    )


def fit_title(paper: Paper, title: str) -> list[str]:
    """Return the lines that a title takes over the width of a paper; none for no title."""
    room_em = paper.width_pt / paper.letter_pt - 2
    return wrap(title, room_em / TITLE_SIZE) if title else []


def fit_imprint(sheet: Sheet, imprint: Imprint) -> list[str]:
    """Return the lines that an imprint takes over the width of a sheet."""
    room_em = sheet.paper.width_pt / sheet.paper.letter_pt - 2
    return wrap(imprint.line(sheet.language), room_em / FOOT_SIZE)


def print_title(sheet: Sheet, room: Room, lines: Sequence[str]) -> None:
    """Print the title of a map."""
    axes = sheet.axes(room)
    middle = (0, room.height / 2)
    sheet.write(axes, middle, "\n".join(lines), size=TITLE_SIZE, bold=True)


def print_imprint(sheet: Sheet, room: Room, imprint: Imprint, lines: Sequence[str]) -> None:
    """Print the marks, and below them sources, day and revision."""
    letter = sheet.paper.letter_pt
    axes = sheet.axes(room)
    x, y = 0.4 * letter, room.height - 1.2 * letter
    box = {"boxstyle": "square,pad=0.25", "fc": MARK_PAPER, "ec": MARK_INK, "ls": "--", "lw": 0.8}
    for mark in imprint.marks(sheet.language):
        sheet.write(axes, (x, y), mark, size=0.85, bold=True, color=MARK_INK, bbox=box)
        x += (width_em(mark) + 1.8) * 0.85 * letter
    words = "\n".join(lines)
    sheet.write(axes, (0, y - letter), words, size=FOOT_SIZE, color=PALE_INK, va="top")


def print_watermark(sheet: Sheet, axes: Axes, frame: Frame, mark: str, unit_m: float) -> None:
    """Print a mark lightly across the map, so that no part of it can be cut out without one."""
    size = min(2.2, 0.42 * frame.width_m / (width_em(mark) * unit_m))
    style: dict[str, Any] = {
        "ha": "center",
        "rotation": 24,
        "color": MARK_INK,
        "alpha": 0.10,
        "zorder": 5,
    }
    for x in (-0.27, 0.27):
        for y in (-0.27, 0.27):
            place = (x * frame.width_m, y * frame.height_m)
            sheet.write(axes, place, mark, size=size, clip_on=True, **style)


def draw_north(sheet: Sheet, axes: Axes, frame: Frame, unit_m: float) -> None:
    """Draw the arrow to the north; the frame is centred on the map, so up is north."""
    x, tip = frame.width_m / 2 - 1.8 * unit_m, frame.height_m / 2 - unit_m
    corners = ((0, 0), (-0.7, -2), (0, -1.5), (0.7, -2))
    arrow = shapely.Polygon((x + across * unit_m, tip + up * unit_m) for across, up in corners)
    axes.add_collection(PathCollection([path_of(arrow)], facecolor=INK, zorder=7), autolim=False)
    word = NORTH.says(sheet.language)
    place = (x, tip - 2.8 * unit_m)
    sheet.write(axes, place, word, ha="center", bold=True, zorder=7, path_effects=halo())


def draw_scale(sheet: Sheet, axes: Axes, frame: Frame, unit_m: float) -> None:
    """Draw the scale bar, true at the centre of the map."""
    length_m, drawn_m = frame.scale_bar()
    left, bottom = -frame.width_m / 2 + 1.5 * unit_m, -frame.height_m / 2 + 1.2 * unit_m
    corner = (left - 0.8 * unit_m, bottom - 0.5 * unit_m)
    back = Rectangle(corner, drawn_m + 4.2 * unit_m, 2.4 * unit_m, facecolor="#ffffffd8", zorder=6)
    axes.add_patch(back)
    for half, colour in ((0, INK), (1, WHITE)):
        place = (left + half * drawn_m / 2, bottom)
        bar = Rectangle(place, drawn_m / 2, 0.4 * unit_m, facecolor=colour, zorder=7)
        bar.set(edgecolor=INK, linewidth=0.6)
        axes.add_patch(bar)
    for share, text in zip((0, 0.5, 1), scale_texts(length_m), strict=True):
        place = (left + share * drawn_m, bottom + 1.1 * unit_m)
        side = "left" if share == 1 else "center"
        sheet.write(axes, place, text, size=0.8, ha=side, zorder=7)


def scale_texts(length_m: float) -> tuple[str, str, str]:
    """Return what stands at the beginning, the middle and the end of a scale bar.

    >>> scale_texts(5000)
    ('0', '2.5', '5 km')
    """
    per_unit, unit = (1000, "km") if length_m >= 1000 else (1, "m")  # noqa: PLR2004 - m in a km
    return "0", f"{length_m / per_unit / 2:g}", f"{length_m / per_unit:g} {unit}"


def draw_locator(sheet: Sheet, room: Room, frame: Frame, city: City) -> Room:
    """Draw where a small frame lies in the city, at the foot of a room; return the room above."""
    whole = frame_map(city.bounds, 1.0)
    if frame.width_m > LOCATOR_BELOW * whole.width_m:
        return room
    side = 0.62 * room.width
    axes = sheet.axes(Room(room.left, room.bottom, side, side), framed=True)
    west, south, east, north = whole.box.bounds
    axes.set(xlim=(west, east), ylim=(south, north), facecolor=GROUND)
    outlines = whole.flatten(read_outlines(city.id).geometry)
    paint_areas(axes, outlines, facecolor=LAND, edgecolor=OUTLINE_COLOUR, linewidth=0.5)
    here = whole.flatten(gpd.GeoSeries([frame.box], crs=frame.crs))
    paint_areas(axes, here, facecolor="#11111130", edgecolor="#111111", linewidth=1.4)
    taken = side + sheet.paper.letter_pt
    return replace(room, bottom=room.bottom + taken, height=room.height - taken)


def draw_legend(
    sheet: Sheet, room: Room, legend: Sequence[LegendPart], unplaced_count: int = 0
) -> None:
    """Draw a legend from the top of a room, in smaller letters where it would not fit."""
    axes = sheet.axes(room)
    rows = list(_rows(sheet, room, legend, unplaced_count))
    wanted_pt = sum(row.height_em for row in rows) * sheet.paper.letter_pt
    letter_pt = sheet.paper.letter_pt * min(1.0, room.height / max(wanted_pt, 1.0))
    fitted = replace(sheet, paper=replace(sheet.paper, letter_pt=letter_pt))
    y = room.height
    for row in rows:
        _draw_row(fitted, axes, row, y - row.height_em * letter_pt / 2)
        y -= row.height_em * letter_pt


@dataclass(frozen=True)
class _Row:
    """One row of the legend: a heading, a sign with its words, or words alone."""

    text: str
    height_em: float
    sign: Sign | None = None
    is_heading: bool = False


def _rows(
    sheet: Sheet, room: Room, legend: Sequence[LegendPart], unplaced_count: int
) -> Iterator[_Row]:
    room_em = room.width / sheet.paper.letter_pt
    for part in legend:
        yield _row(part.title, room_em, is_heading=True)
        for entry in part.entries:
            yield _row(entry.caption(), room_em - 3, entry.sign)
    if unplaced_count:
        yield _row(UNPLACED.says(sheet.language).format(count=unplaced_count), room_em)


def _row(text: str, room_em: float, sign: Sign | None = None, *, is_heading: bool = False) -> _Row:
    lines = wrap(text, room_em)
    height_em = LINE_HEIGHT * len(lines) + (0.55 if is_heading else 0.3)
    return _Row("\n".join(lines), height_em, sign, is_heading)


def _draw_row(sheet: Sheet, axes: Axes, row: _Row, y: float) -> None:
    letter = sheet.paper.letter_pt
    if row.sign:
        _draw_sign(sheet, axes, row.sign, (1.2 * letter, y))
    place = (3 * letter if row.sign else 0, y)
    colour = PALE_INK if row.is_heading else INK
    sheet.write(axes, place, row.text, bold=row.is_heading, color=colour)


def _draw_sign(sheet: Sheet, axes: Axes, sign: Sign, place: tuple[float, float]) -> None:
    letter, (x, y) = sheet.paper.letter_pt, place
    if sign.kind == "point":
        paint_signs(axes, np.array([place]), replace(sign, size=0.55 * letter))
    elif sign.kind == "line":
        line = shapely.LineString([(x - letter, y), (x + letter, y)])
        paint_line_sign(axes, gpd.GeoSeries([line]), sign)
    elif sign.kind == "polygon":
        area = shapely.box(x - letter, y - 0.5 * letter, x + letter, y + 0.5 * letter)
        paint_area_sign(axes, gpd.GeoSeries([area]), sign)
    else:
        sheet.write(axes, place, "123", size=0.8, bold=True, ha="center")
