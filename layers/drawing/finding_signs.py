"""How findings are drawn: the shape says how grave, the mark what was decided, never colour alone.

What a finding rests on is drawn as it lies: rows as areas, lines and points, the ground that both
cover as a net, a distance as a dashed line with its length beside it.
"""

from collections.abc import Mapping, Sequence

import shapely

from geodata.model import Language
from layers.dossier import STATES, Standing, State
from layers.drawing.legend import Kind, LegendEntry, LegendPart, Sign
from layers.drawing.symbols import Mark
from layers.drawing.webmap import Shape, Spot
from layers.evidence_rows import Evidence
from layers.rule import SEVERITIES, Rule, Severity

SHAPES: Mapping[Severity, tuple[str, str, float]] = {
    "critical": ("triangle", "#9c1f17", 9.0),
    "major": ("diamond", "#c77700", 8.0),
    "minor": ("circle", "#00528a", 6.5),
}
"""Shape, colour and size of each severity."""

MARKS: Mapping[State, Mark] = {
    "new": "full",
    "confirmed": "check",
    "rejected": "faint",
    "became_case": "ring",
}
NEUTRAL = "#46586a"
SUBJECT, ROW, SHARED, APART = "#111111", "#4a6b1c", "#9c1f17", "#5b2a86"


def sign_of_finding(one: Standing) -> Sign:
    """Return how a finding is drawn."""
    shape, colour, size = SHAPES[one.finding.severity]
    return Sign("point", shape, colour, mark=MARKS[one.state], size=size)


def spots_of(
    findings: Sequence[Standing], rules: Mapping[str, Rule], language: Language
) -> list[Spot]:
    """Return the findings that have a place as signs; the gravest lie on top."""
    order = list(reversed(SEVERITIES))
    placed = [one for one in findings if one.finding.lon is not None]
    placed.sort(key=lambda one: order.index(one.finding.severity))
    return [
        Spot(
            f"finding:{one.finding.id}",
            " · ".join(
                (
                    SEVERITIES[one.finding.severity].says(language),
                    rules[one.finding.rule].outcome(one.finding.outcome).title.says(language),
                    one.finding.name or one.finding.township or one.finding.id,
                )
            ),
            sign_of_finding(one),
            float(one.finding.lon or 0),
            float(one.finding.lat or 0),
        )
        for one in placed
    ]


def legend_of(
    findings: Sequence[Standing],
    states: Mapping[State, str],
    *,
    severity_title: str,
    state_title: str,
    language: Language,
) -> tuple[LegendPart, ...]:
    """Return what the signs mean, with the count of each; what is not there is left out."""
    graves = tuple(
        LegendEntry(
            Sign("point", shape, colour, size=size),
            SEVERITIES[severity].says(language),
            sum(one.finding.severity == severity for one in findings),
        )
        for severity, (shape, colour, size) in SHAPES.items()
        if any(one.finding.severity == severity for one in findings)
    )
    marks = tuple(
        LegendEntry(
            Sign("point", "circle", NEUTRAL, mark=MARKS[state]),
            states[state],
            sum(one.state == state for one in findings),
        )
        for state in STATES
        if any(one.state == state for one in findings)
    )
    parts = (LegendPart(severity_title, graves), LegendPart(state_title, marks))
    return tuple(part for part in parts if part.entries)


def shapes_of(evidence: Evidence, words: Mapping[str, str]) -> list[Shape]:
    """Return the rows of a finding and how they lie, as shapes; `words` say area_m2, distance_m."""
    shapes = []
    for number, row in enumerate(evidence.rows):
        if row.place is not None:
            colour, pattern = (SUBJECT, "none") if number == 0 else (ROW, "hatch")
            title = f"{row.told.get('name') or row.ref.id} · {row.ref.id}"
            sign = _sign(row.place, colour, pattern)
            shapes.append(Shape(f"row:{number}", title, sign, row.place))
    for number, one in enumerate(evidence.measured):
        said = words[one.kind].format(value=f"{one.value:,.1f}")
        if one.kind == "area_m2":
            sign = _sign(one.geometry, SHARED, "cross_hatch")
        else:
            sign = Sign("line", "circle", APART, dash="4 4", width=2.5)
        for part in _drawable(one.geometry):
            shapes.append(Shape(f"measured:{number}", f"{said} · {one.row.id}", sign, part, said))
            said = ""  # beside the first part alone
    return shapes


def _drawable(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    """Return a geometry, or of a mixed collection its areas."""
    if geometry.geom_type != "GeometryCollection":
        return [geometry]
    return [one for one in shapely.get_parts(geometry) if one.geom_type.endswith("Polygon")]


def _sign(geometry: shapely.Geometry, colour: str, pattern: str) -> Sign:
    kinds: Mapping[str, Kind] = {"Point": "point", "LineString": "line", "Polygon": "polygon"}
    kind = kinds.get(geometry.geom_type.removeprefix("Multi"), "polygon")
    return Sign(kind, "square", colour, mark="hollow", pattern=pattern, width=2.0, size=6.0)
