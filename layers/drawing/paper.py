"""The sheet that a map is printed on: size, letters, and the paint for areas, lines and signs."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.patheffects import AbstractPathEffect, withStroke
from matplotlib.transforms import IdentityTransform

from geodata.model import Language
from layers.drawing import glyphs
from layers.drawing.fonts import Lettering
from layers.drawing.legend import Sign

POINTS_PER_INCH = 72
POINTS_PER_PX = 0.75
"""Styles speak of screen pixels, 96 to the inch; paper is measured in points."""
INK, PALE_INK, WHITE = "#1f2933", "#52606d", "#ffffff"
LETTER_PT = 9.0
"""The size of letters at which signs are as large as on the screen."""
HATCHES = {"hatch": "////", "cross_hatch": "xxxx", "dots": "...."}
PNG_LEVEL = 1
"""How hard a picture is packed: half the time of the usual 6, and a seventh more room."""

SIGNLESS = frozenset({"Cc", "Cf", "Cs"})
"""Sorts of characters that are no letters: of control, of direction, halves of pairs."""

RIM_GAP_PX = 3.5
RIM_PX = 2.4


@dataclass(frozen=True)
class Paper:
    """How large a picture is, in pixels and in pixels per inch, and the size of its letters."""

    width_px: int = 2400
    height_px: int = 1500
    dpi: int = 200
    letter_pt: float = LETTER_PT

    @property
    def width_pt(self) -> float:
        """Return the width in points."""
        return self.width_px / self.dpi * POINTS_PER_INCH

    @property
    def height_pt(self) -> float:
        """Return the height in points."""
        return self.height_px / self.dpi * POINTS_PER_INCH


@dataclass(frozen=True)
class Room:
    """A rectangle of the sheet, in points from its lower left corner."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def aspect(self) -> float:
        """Return how many times as wide as high it is."""
        return self.width / self.height


@dataclass(frozen=True)
class Sheet:
    """One picture being drawn: its figure, its letters and its language."""

    figure: Figure
    paper: Paper
    lettering: Lettering
    language: Language

    def axes(self, room: Room, *, framed: bool = False) -> Axes:
        """Return empty axes over a room, counted in points; the paper shows through if unframed."""
        across, up = self.paper.width_pt, self.paper.height_pt
        place = (room.left / across, room.bottom / up, room.width / across, room.height / up)
        axes = self.figure.add_axes(place)
        axes.set(xlim=(0, room.width), ylim=(0, room.height), xticks=[], yticks=[])
        if framed:
            axes.spines[:].set(color=PALE_INK, linewidth=0.8)
        else:
            axes.axis("off")
        return axes

    def write(
        self,
        axes: Axes,
        place: tuple[float, float],
        text: str,
        *,
        size: float = 1.0,
        bold: bool = False,
        **style: Any,
    ) -> None:
        """Write a text at data coordinates, `size` times as large as the letters of the paper.

        What is no letter and has no sign in any font (control characters) is left out.
        """
        axes.text(
            *place,
            _letters(text),
            fontproperties=self.lettering.bold if bold else self.lettering.regular,
            fontsize=size * self.paper.letter_pt,
            parse_math=False,
            **{"color": INK, "va": "center", **style},
        )

    def png(self) -> bytes:
        """Return the picture as it stands."""
        picture = BytesIO()
        packed = {"compress_level": PNG_LEVEL}
        self.figure.savefig(picture, format="png", metadata={"Software": None}, pil_kwargs=packed)
        return picture.getvalue()


def _letters(text: str) -> str:
    return "".join(one for one in text if one == "\n" or unicodedata.category(one) not in SIGNLESS)


def lay_sheet(paper: Paper, lettering: Lettering, language: Language) -> Sheet:
    """Return an empty sheet, drawn without a window and without matplotlib's global state."""
    inches = (paper.width_px / paper.dpi, paper.height_px / paper.dpi)
    figure = Figure(figsize=inches, dpi=paper.dpi)
    FigureCanvasAgg(figure)
    return Sheet(figure, paper, lettering, language)


def halo(width_pt: float = 2.4) -> list[AbstractPathEffect]:
    """Return the white edge that keeps letters readable on a map."""
    return [withStroke(linewidth=width_pt, foreground=WHITE)]


def paint_areas(axes: Axes, shapes: gpd.GeoSeries, **style: Any) -> None:
    """Paint polygons at data coordinates, without a fill unless `facecolor` names one."""
    paths = [path_of(shape) for shape in shapes if not shape.is_empty]
    axes.add_collection(PathCollection(paths, **{"facecolor": "none", **style}), autolim=False)


def paint_lines(axes: Axes, shapes: gpd.GeoSeries, **style: Any) -> None:
    """Paint lines at data coordinates."""
    lines = [shapely.get_coordinates(part) for part in shapely.get_parts(shapes.to_numpy())]
    axes.add_collection(LineCollection(lines, capstyle="butt", **style), autolim=False)


def paint_area_sign(axes: Axes, shapes: gpd.GeoSeries, sign: Sign) -> None:
    """Paint polygons as their sign says: rim, thin fill, pattern, dashed edge."""
    width_pt = sign.width * POINTS_PER_PX
    if sign.rim:
        paint_areas(axes, shapes, edgecolor=sign.rim, linewidth=width_pt + RIM_PX)
    paint_areas(axes, shapes, facecolor=sign.fill, alpha=0.18)
    edge = {"edgecolor": sign.fill, "linewidth": width_pt, "linestyle": dash_of(sign)}
    paint_areas(axes, shapes, hatch=HATCHES.get(sign.pattern), hatch_linewidth=0.5, **edge)


def paint_line_sign(axes: Axes, shapes: gpd.GeoSeries, sign: Sign) -> None:
    """Paint lines as their sign says: rim, colour, dashes."""
    width_pt = sign.width * POINTS_PER_PX
    if sign.rim:
        paint_lines(axes, shapes, color=sign.rim, linewidth=width_pt + RIM_PX)
    paint_lines(axes, shapes, color=sign.fill, linewidth=width_pt, linestyle=dash_of(sign))


def paint_signs(axes: Axes, places: np.ndarray, sign: Sign) -> None:
    """Paint one sign at many places, each place finished before the next, as on the screen."""
    coats = list(_coats(sign))
    signs = PathCollection(
        [coat.path for coat in coats],
        sizes=[coat.radius_pt**2 for coat in coats],
        facecolors=[coat.face for coat in coats],
        edgecolors=[coat.edge for coat in coats],
        linewidths=[coat.edge_pt for coat in coats],
        linestyles=[coat.dash for coat in coats],
        offsets=np.repeat(places, len(coats), axis=0),
        offset_transform=axes.transData,
        transform=IdentityTransform(),  # a sign keeps its size at every scale
    )
    axes.add_collection(signs, autolim=False)


def path_of(shape: shapely.Geometry) -> Path:
    """Return an area as a path whose holes stay empty."""
    parts = shapely.get_parts(shapely.orient_polygons(shape))
    polygons = [part for part in parts if part.geom_type == "Polygon"]
    rings = chain.from_iterable((one.exterior, *one.interiors) for one in polygons)
    closed = [Path(shapely.get_coordinates(ring), closed=True) for ring in rings]
    return Path.make_compound_path(*closed)


def dash_of(sign: Sign) -> Any:
    """Return the dashes of a sign's edge as matplotlib takes them."""
    steps = [float(step) for step in sign.dash.split()]
    return (0, steps) if steps else "solid"


@dataclass(frozen=True)
class _Coat:
    """One of the layers of paint that make a sign."""

    path: Path
    radius_pt: float
    face: str
    edge: str = "none"
    edge_pt: float = 0.0
    dash: Any = "solid"


def _coats(sign: Sign) -> Iterator[_Coat]:
    """Return rim, body, mark and edge of a sign, from below."""
    outline = path_of(glyphs.body(sign.shape))
    radius_pt = sign.size * POINTS_PER_PX
    if sign.rim:
        reach_pt = radius_pt + RIM_GAP_PX * POINTS_PER_PX
        yield _Coat(outline, reach_pt, WHITE, sign.rim, RIM_PX * POINTS_PER_PX)
    yield _Coat(outline, radius_pt, WHITE if sign.mark in glyphs.LIGHT_MARKS else sign.fill)
    white = glyphs.white_part(sign.shape, sign.mark)
    if not white.is_empty:
        yield _Coat(path_of(white), radius_pt, WHITE)
    if sign.mark in glyphs.EDGED_MARKS:
        dash = glyphs.EDGE_DASHES.get(sign.mark)
        yield _Coat(outline, radius_pt, "none", sign.fill, 1.35, (0, dash) if dash else "solid")
    else:
        yield _Coat(outline, radius_pt, "none", WHITE, 0.8)
