"""The signs of the map as outlines of radius one: on paper what the browser paints on screen.

The same shapes and marks stand in browser/gis.js; a change is made in both.
"""

import math
from collections.abc import Callable
from functools import cache

import shapely
from shapely import Point, Polygon

from layers.drawing.symbols import Mark

LIGHT_MARKS: tuple[Mark, ...] = ("hollow", "faint")
"""Marks whose body is white."""
EDGED_MARKS: tuple[Mark, ...] = (*LIGHT_MARKS, "half")
EDGE_DASHES: dict[Mark, tuple[float, float]] = {"faint": (2, 2), "hollow": (4, 2)}


def _corners(count: int, turn: float, *reaches: float) -> Polygon:
    """Return a polygon of corners at equal angles, first at `turn`, their reaches alternating."""
    angles = [turn + 2 * math.pi * corner / count for corner in range(count)]
    return Polygon(
        (reaches[n % len(reaches)] * math.cos(angle), reaches[n % len(reaches)] * math.sin(angle))
        for n, angle in enumerate(angles)
    )


def _cross() -> Polygon:
    arm, reach = 0.42, 1.26
    return shapely.box(-arm, -reach, arm, reach).union(shapely.box(-reach, -arm, reach, arm))


def _drop() -> Polygon:
    """Return the outline of a drop, made of the two curves that the browser draws."""
    right = [(0.0, 1.5), (1.0, 0.3), (1.1, -1.0), (0.0, -1.0)]
    curve = [_bezier(right, step / 16) for step in range(17)]
    return Polygon([*curve, *((-x, y) for x, y in reversed(curve[1:-1]))])


def _bezier(controls: list[tuple[float, float]], t: float) -> tuple[float, float]:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    x, y = (sum(w * c[axis] for w, c in zip(weights, controls, strict=True)) for axis in (0, 1))
    return x, y


UP = math.pi / 2
SHAPES: dict[str, Polygon] = {
    "square": _corners(4, math.pi / 4, 1.2),
    "diamond": _corners(4, 0, 1.3),
    "triangle": _corners(3, UP, 1.35),
    "pentagon": _corners(5, UP, 1.15),
    "hexagon": _corners(6, 0, 1.1),
    "star": _corners(10, UP, 1.4, 0.62),
    "cross": _cross(),
    "drop": _drop(),
    "circle": Point(0, 0).buffer(1),
}

MARKS: dict[Mark, Callable[[], shapely.Geometry]] = {
    "half": lambda: shapely.box(0, -2, 2, 2),
    "dot": lambda: Point(0, 0).buffer(0.42),
    "bar": lambda: shapely.box(-0.7, -0.2, 0.7, 0.2),
    "check": lambda: shapely.LineString([(-0.5, 0), (-0.1, -0.45), (0.55, 0.45)]).buffer(0.14),
    "ring": lambda: Point(0, 0).buffer(0.62).difference(Point(0, 0).buffer(0.38)),
}
"""What is left white inside a body; marks that are not here leave nothing."""


def body(shape: str) -> Polygon:
    """Return the outline of a shape; one that is not known is drawn as a circle."""
    return SHAPES.get(shape, SHAPES["circle"])


@cache
def white_part(shape: str, mark: Mark) -> shapely.Geometry:
    """Return the part of a shape that its mark leaves white, which may be empty."""
    return body(shape).intersection(MARKS[mark]()) if mark in MARKS else Polygon()
