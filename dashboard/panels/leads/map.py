"""The map of leads: those of the inbox, and around the open one the hazards that lie near."""

from collections.abc import Callable, Sequence
from functools import partial

from dashboard.doors.visitors import my_pass
from dashboard.naming import Naming
from dashboard.panels.leads.words import say_kind
from dashboard.panels.map_panel import map_words, put_on_map
from dashboard.reads import DataState
from dashboard.routes.shown import hand_over
from dashboard.session import MapEvent
from geodata import Settings
from layers.drawing.lead_signs import legend_of_leads, sign_of_lead, spots_of_hazards
from layers.drawing.webmap import GoTo, Spot, build_spots
from layers.leads import Lead

HEIGHT_PX = 330
AROUND_DEG = 0.006


def show_lead_map(
    leads: Sequence[Lead],
    opened: Lead | None,
    hazards: Sequence[tuple[str, str, float, float]],
    names: Naming,
    *,
    state: DataState,
    settings: Settings,
    on_event: Callable[[MapEvent], None],
) -> None:
    """Show leads on the map, which tells when one is clicked; `hazards` lie around the open one.

    Each hazard is its reference, name, longitude and latitude.
    """
    city, words = names.city, map_words(names, state, settings)
    placed = [one for one in leads if one.report.has_place]
    spots = [*spots_of_hazards(hazards), *(_spot(one, names) for one in placed)]
    states = {one.state: names.word(f"leads.state.{one.state}") for one in placed}
    group = build_spots(
        spots,
        city,
        legend=legend_of_leads(
            placed, states, len(hazards),
            title=names.word("leads.legend"), hazard=names.word("leads.near.hazard"),
        ),
        words=words,
        language=names.language,
        go_to=_frame(opened),
        selected=[f"lead:{opened.id}"] if opened is not None else [],
        hand_over=partial(hand_over, leave=my_pass()),
    )  # fmt: skip
    put_on_map(
        group,
        city,
        words,
        settings,
        key=f"lead-map-{names.language}",
        height_px=HEIGHT_PX,
        on_event=on_event,
        stands_alone=True,
    )


def _spot(lead: Lead, names: Naming) -> Spot:
    title = f"{say_kind(lead.report.kind, names)} · {lead.id}"
    lon, lat = float(lead.report.lon or 0), float(lead.report.lat or 0)
    return Spot(f"lead:{lead.id}", title, sign_of_lead(lead.state), lon, lat)


def _frame(opened: Lead | None) -> GoTo | None:
    if opened is None or opened.report.lon is None or opened.report.lat is None:
        return None
    lon, lat = opened.report.lon, opened.report.lat
    bounds = (lon - AROUND_DEG, lat - AROUND_DEG, lon + AROUND_DEG, lat + AROUND_DEG)
    return GoTo(f"lead-{opened.id}", bounds, closest=16)
