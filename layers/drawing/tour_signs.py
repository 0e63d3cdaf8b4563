"""How a plan of visits is drawn: a line and numbered stops for each team and day.

Lines differ in colour and in dashes, stops bear the number of the visit; a stop that is left out
is a faint square. Lines are no roads: they only lead from stop to stop.
"""

from collections.abc import Callable, Mapping, Sequence

import shapely

from layers.drawing.legend import LegendEntry, LegendPart, Sign
from layers.drawing.webmap import Shape
from layers.planning import DayTour, Plan
from layers.routing import Place

COLOURS = ("#00528a", "#9c1f17", "#4a6b1c", "#5b2a86", "#c77700", "#0b7285", "#333333", "#a61e6e")
DASHES = ("", "8 4", "2 5", "12 4 2 4")
"""Tours take a colour in turn, and other dashes each time the colours begin again."""

LEFT_OUT = Sign("point", "square", "#46586a", mark="faint", size=7.0)
END = Sign("point", "triangle", "#111111", mark="hollow", size=8.0)


def line_sign(number: int) -> Sign:
    """Return how the line of the tour of a number (from 0) is drawn."""
    dash = DASHES[number % len(DASHES)]
    return Sign("line", "circle", COLOURS[number % len(COLOURS)], dash=dash, width=3.0)


def stop_sign(number: int) -> Sign:
    """Return how the stops of the tour of a number are drawn."""
    return Sign("point", "circle", COLOURS[number % len(COLOURS)], size=8.0)


def shapes_of_plan(
    plan: Plan,
    names: Mapping[str, str],
    left_out: Mapping[str, Place],
    say_tour: Callable[[DayTour], str],
    start: str,
) -> list[Shape]:
    """Return a plan as shapes: lines below, then starts and ends, then stops with their numbers.

    `names` are those of stops, `left_out` the places of those that are not visited, `start` the
    word for where a team sets out.
    """
    lines, ends, stops = [], [], []
    for number, tour in enumerate(plan.tours):
        path = [tour.start, *(call.place for call in tour.calls), *([tour.end] if tour.end else [])]
        way = shapely.LineString(path)
        lines.append(Shape(f"tour:{number}", say_tour(tour), line_sign(number), way))
        ends.append(
            Shape(f"start:{number}", f"{start} · {say_tour(tour)}", END, _point(tour.start))
        )
        for call in tour.calls:
            said = f"{call.position}. {names.get(call.ref, call.ref)} {call.begins:%H:%M}"
            title = f"{said} · {say_tour(tour)}"
            place = _point(call.place)
            stops.append(Shape(call.ref, title, stop_sign(number), place, str(call.position)))
    gone = [
        Shape(ref, names.get(ref, ref), LEFT_OUT, _point(place)) for ref, place in left_out.items()
    ]
    return [*lines, *ends, *gone, *stops]


def legend_of_plan(
    plan: Plan,
    say_count: Callable[[DayTour], str],
    *,
    title: str,
    left_out: str,
    not_visited: int,
) -> Sequence[LegendPart]:
    """Return what the lines mean; `say_count` tells a tour with the number of its stops."""
    entries = [
        LegendEntry(line_sign(number), say_count(tour)) for number, tour in enumerate(plan.tours)
    ]
    if not_visited:
        entries.append(LegendEntry(LEFT_OUT, left_out, not_visited))
    return (LegendPart(title, tuple(entries)),)


def _point(place: Place) -> shapely.Point:
    return shapely.Point(*place)
