"""A plan of visits on the map: a line and numbered stops for each team and day."""

from collections.abc import Callable, Mapping
from functools import partial

from dashboard.doors.visitors import my_pass
from dashboard.naming import Naming
from dashboard.panels.map_panel import map_words, put_on_map
from dashboard.panels.visits.plan import say_tour
from dashboard.reads import DataState
from dashboard.routes.shown import hand_over
from dashboard.session import MapEvent
from geodata import Settings
from layers.drawing.tour_signs import legend_of_plan, shapes_of_plan
from layers.drawing.webmap import GoTo, build_spots
from layers.planning import Plan, Wish

HEIGHT_PX = 430
MARGIN_DEG = 0.02


def show_plan_map(
    plan: Plan,
    wish: Wish,
    stops: Mapping[str, str],
    names: Naming,
    *,
    state: DataState,
    settings: Settings,
    on_event: Callable[[MapEvent], None],
) -> None:
    """Show a plan on the map, which tells when a stop is clicked."""
    words = map_words(names, state, settings)
    places = {one.ref: one.place for one in wish.errands if one.place}
    left_out = {one.ref: places[one.ref] for one in plan.left_out if one.ref in places}
    say = partial(say_tour, names=names)
    group = build_spots(
        [],
        names.city,
        legend=tuple(
            legend_of_plan(
                plan,
                lambda tour: names.word(
                    "visits.legend_tour", tour=say(tour), count=len(tour.calls)
                ),
                title=names.word("visits.legend"),
                left_out=names.word("visits.not_visited"),
                not_visited=len(left_out),
            )
        ),
        words=words,
        language=names.language,
        go_to=_frame(plan, wish),
        shapes=shapes_of_plan(plan, stops, left_out, say, names.word("visits.sets_out")),
        hand_over=partial(hand_over, leave=my_pass()),
    )
    put_on_map(
        group,
        names.city,
        words,
        settings,
        key=f"plan-map-{names.language}",
        height_px=HEIGHT_PX,
        on_event=on_event,
    )


def _frame(plan: Plan, wish: Wish) -> GoTo | None:
    places = [one.place for one in wish.errands if one.place and one.ref in plan.visited]
    places += [tour.start for tour in plan.tours]
    if not places:
        return None
    lons, lats = zip(*places, strict=True)
    west, south, east, north = min(lons), min(lats), max(lons), max(lats)
    bounds = (west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG)
    return GoTo(f"plan-{hash((tuple(places), plan.visited))}", bounds)
