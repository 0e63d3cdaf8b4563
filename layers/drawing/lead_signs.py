"""How leads are drawn: one shape, whose mark says how the lead stands; hazards nearby are small."""

from collections.abc import Iterable, Mapping, Sequence

from layers.drawing.legend import LegendEntry, LegendPart, Sign
from layers.drawing.symbols import Mark
from layers.drawing.webmap import Spot
from layers.leads import STATES, Lead, State

MARKS: Mapping[State, Mark] = {
    "received": "full",
    "evaluating": "half",
    "registered": "check",
    "merged": "ring",
    "not_taken": "faint",
}
LEAD, HAZARD = "#7a3e00", "#46586a"
NEARBY = Sign("point", "circle", HAZARD, mark="hollow", size=5.0)


def sign_of_lead(state: State) -> Sign:
    """Return how a lead is drawn that stands so."""
    return Sign("point", "star", LEAD, mark=MARKS[state], size=9.0)


def spots_of_hazards(hazards: Iterable[tuple[str, str, float, float]]) -> list[Spot]:
    """Return hazards near a lead as small signs: reference, name, longitude, latitude."""
    return [Spot(f"near:{ref}", name, NEARBY, lon, lat) for ref, name, lon, lat in hazards]


def legend_of_leads(
    leads: Sequence[Lead],
    states: Mapping[State, str],
    hazards: int,
    *,
    title: str,
    hazard: str,
) -> tuple[LegendPart, ...]:
    """Return what the signs mean, with the count of each; what is not there is left out."""
    entries = [
        LegendEntry(sign_of_lead(one), states[one], sum(lead.state == one for lead in leads))
        for one in STATES
        if one in states
    ]
    entries += [LegendEntry(NEARBY, hazard, hazards)] if hazards else []
    return (LegendPart(title, tuple(entries)),) if entries else ()
