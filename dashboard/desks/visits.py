"""What the screen of site visits shows: stops, what they are called, lists that give more of them.

What is returned of the stores is shared by all visitors: look, never change.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

import geopandas as gpd

from dashboard import holdings, reads, session
from dashboard.desks import findings as findings_desk
from dashboard.desks.visit_packing import Outgoing, links_to, pack_plan, visit_list
from dashboard.desks.wish_forms import SATURDAY, days_from, fit_to_stops
from dashboard.naming import Naming
from dashboard.reads import DataState
from dashboard.view import MOST_STOPS, View
from geodata import Scope, Title, read_outlines
from geodata.selection import have_place
from layers.catalog import find_layer
from layers.drawing.fonts import find_lettering
from layers.finding_hazards import hazard_of
from layers.handoff import render_gpx, render_kml, render_xlsx
from layers.own_checklists import forms_taken
from layers.planning import Errand, Plan, Team, Wish, errands_for
from layers.planning.wish import WORKING_HOURS
from layers.routing import Place, Stop, find_stops
from layers.situation import Situation
from layers.timetable import render_geojson, render_pdf
from layers.visit_book import next_version
from layers.visit_pack import PackPlan
from layers.visit_plans import KeptPlan, find_plan, kept_plans

DAYS_AT_FIRST = 2
TEAM_AT_FIRST = "1"
DUE_SOURCES = (
    *("due_agency", "due_office", "due_superior", "due_others"),
    *("replied_unverified", "look_backs_passed", "relapses", "near_old"),
)
"""Lists of deadlines and of look-backs whose hazards may be visited."""


def stops_of(seen: Situation, refs: Sequence[str]) -> tuple[Stop, ...]:
    """Return a shortlist as stops in its own order; what is gone is left out."""
    found = {stop.ref: stop for stop in find_stops(seen.features)}
    return tuple(found[ref] for ref in refs if ref in found)


def errands_of(seen: Situation, stops: Sequence[Stop], first_day: date) -> tuple[Errand, ...]:
    """Return stops as errands: minutes by layer, the next deadline of their cases as theirs.

    A deadline that has passed binds no visit any more; such a stop counts double instead.
    """
    due = next_deadlines(seen)
    ahead = {ref: day for ref, day in due.items() if day >= first_day}
    late = due.keys() - ahead.keys()
    return tuple(
        one if one.ref not in late else _urgent(one) for one in errands_for(stops, deadlines=ahead)
    )


def _urgent(errand: Errand) -> Errand:
    return Errand(errand.ref, errand.place, errand.minutes, priority=2)


def next_deadlines(seen: Situation) -> dict[str, date]:
    """Return the next deadline of the cases that each feature is on, by ref."""
    due = {case: day for case, day in seen.cases["next_due_on"].items() if isinstance(day, date)}
    found: dict[str, date] = {}
    for ref, joined in zip(seen.features["ref"], seen.features["case_ids"], strict=True):
        days = [due[one] for one in (joined or "").split(";") if one in due]
        if days:
            found[ref] = min(days)
    return found


def first_wish(seen: Situation, errands: Sequence[Errand], today: date) -> Wish:
    """Return a wish to begin with: one team of two, two working days, from the middle of an office.

    Where the team sets out is an assumption that whoever plans has to mend.
    """
    teams = (Team(TEAM_AT_FIRST, start_near(seen.features)),)
    days = days_from(next_workday(today), DAYS_AT_FIRST, WORKING_HOURS, weekends=False)
    return Wish(teams, days, tuple(errands))


def next_workday(today: date) -> date:
    """Return the first day after a day that is no Saturday or Sunday."""
    on = today + timedelta(days=1)
    while on.weekday() >= SATURDAY:
        on += timedelta(days=1)
    return on


def start_near(features: gpd.GeoDataFrame) -> Place:
    """Return a point within the outline of the office that most features belong to."""
    placed = features[have_place(features)]
    outlines = read_outlines(holdings.city().id)
    offices = placed["jurisdiction"].value_counts().index if len(placed) else []
    for office in offices:
        own = outlines[outlines["office"] == office]
        if len(own):
            point = own.geometry.iloc[0].representative_point()
            return round(point.x, 5), round(point.y, 5)
    return holdings.city().centre


def current_wish(seen: Situation, refs: Sequence[str], today: date) -> Wish:
    """Return the wish that this visitor works on, fitted to the shortlist as it is now."""
    wish: Wish | None = session.kept("wish")
    stops = stops_of(seen, refs)
    first = wish.days[0].on if wish and wish.days else next_workday(today)
    errands = errands_of(seen, stops, first)
    return first_wish(seen, errands, today) if wish is None else fit_to_stops(wish, errands)


def is_outdated(plan: Plan, wish: Wish) -> bool:
    """Return whether a plan was made of other stops than are wished now."""
    told = {*plan.visited, *(one.ref for one in plan.left_out)}
    return told != {one.ref for one in wish.errands}


def stop_names(features: gpd.GeoDataFrame) -> dict[str, str]:
    """Return what stops are called: their name, else their number."""
    pairs = zip(features["ref"], features["name"], features["id"], strict=True)
    return {ref: name if isinstance(name, str) and name else str(one) for ref, name, one in pairs}


def layer_names(features: gpd.GeoDataFrame, names: Naming) -> dict[str, str]:
    """Return the names of the layers of stops, by ref."""
    pairs = zip(features["ref"], features["layer"], strict=True)
    return {ref: names.title(names.layer(layer).title) for ref, layer in pairs}


# ---------------------------------------------------------------------------- lists


def sources(view: View, state: DataState) -> dict[str, tuple[str, ...]]:
    """Return the lists that hazards can be taken from, with their refs; empty ones are left out.

    The area that was drawn and the list that is open, findings nobody has settled, deadlines by
    whose move it is, what was replied and not verified, look-backs, relapses and near places.
    """
    found = {
        "scope": tuple(_refs_in(view.scope, state)),
        "findings_new": tuple(_refs_of_findings("new", state)),
        "findings_confirmed": tuple(_refs_of_findings("confirmed", state)),
    }
    told = {**found, **listed_sources(view, state)}
    return {name: refs for name, refs in told.items() if refs}


def listed_sources(view: View, state: DataState) -> dict[str, tuple[str, ...]]:
    """Return of the lists that hazards can be taken from those that no model has to run for."""
    due = reads.due_list(Scope(), state.as_of, state.revision, state.known_at)
    found = {name: _refs_in_list(due.lists[name]["refs"]) for name in DUE_SOURCES}
    told = {"scope": tuple(_refs_in(view.scope, state)), **found}
    return {name: refs for name, refs in told.items() if refs}


def _refs_in(scope: Scope, state: DataState) -> Sequence[str]:
    """Return the hazards of a scope, at most as many as a shortlist holds and one more."""
    if scope == Scope():
        return ()
    seen = reads.situation(scope, state.as_of, state.revision, state.known_at)
    placed = seen.features[have_place(seen.features)]
    return list(placed["ref"].iloc[: MOST_STOPS + 1])


def _refs_of_findings(standing: str, state: DataState) -> Sequence[str]:
    """Return the hazards of findings that are in their layer already."""
    every = (one for dossier in findings_desk.dossiers().values() for one in dossier.findings)
    found = (one.finding for one in every if one.state == standing)
    refs = (hazard_of(one, find_layer(one.layer)) for one in found)
    wanted = tuple(dict.fromkeys(str(ref) for ref in refs if ref is not None))
    known = reads.features_named(wanted, state.as_of, state.revision, state.known_at)["ref"]
    return list(known)


def _refs_in_list(joined: Iterable[str]) -> tuple[str, ...]:
    refs = (ref for one in joined for ref in str(one or "").split(";") if ref)
    return tuple(dict.fromkeys(refs))


# ----------------------------------------------------------------------- kept plans


def open_plan(plan_id: str) -> None:
    """Take up the kept plan of an id, once; a plan that is not there is told as none."""
    if session.kept("plan_opened", "") == plan_id:
        return
    session.keep("plan_opened", plan_id)
    kept = find_plan(holdings.journal(), plan_id) if plan_id else None
    session.take_plan(kept if kept is not None and is_seen(kept) else None)


def all_plans() -> tuple[KeptPlan, ...]:
    """Return every kept plan that this visitor may see, the newest first."""
    return tuple(one for one in kept_plans(holdings.journal()) if is_seen(one))


def is_seen(kept: KeptPlan) -> bool:
    """Return whether this visitor may see a plan: none of its stops is hidden from them."""
    return sees_all_of(one.ref for one in kept.wish.errands)


def sees_all_of(refs: Iterable[str]) -> bool:
    """Return whether none of these hazards is there for others alone; what is gone is not."""
    revision = holdings.data_revision()
    if holdings.eyes_of(revision) is None:
        return True
    whole = holdings.whole_revision()
    return all(
        holdings.is_there(one, revision) or not holdings.is_there(one, whole) for one in refs
    )


def hidden_cases(ids: Iterable[str]) -> frozenset[str]:
    """Return which cases are there for others alone; what is gone is not."""
    revision = holdings.data_revision()
    if holdings.eyes_of(revision) is None:
        return frozenset()
    whole, seen = (
        holdings.casebook(one).positions for one in (holdings.whole_revision(), revision)
    )
    return frozenset(one for one in ids if one in whole and one not in seen)


# ------------------------------------------------------------------------- going out


def planning_day(state: DataState) -> date:
    """Return the day from which visits are planned: today, of the demonstration its own day."""
    return state.as_of if state.is_demonstration else max(state.as_of, reads.today())


def offices_of(features: gpd.GeoDataFrame) -> dict[str, str]:
    """Return the offices of stops, by ref."""
    return dict(zip(features["ref"], features["jurisdiction"], strict=True))


def outgoing(kept: KeptPlan, at: int, state: DataState) -> Outgoing:
    """Return a team and day of a kept plan with the situation of its stops."""
    tour = kept.plan.tours[at]
    refs = tuple(call.ref for call in tour.calls)
    return Outgoing(kept, tour, reads.shortlist_situation(refs, state))


def officers_of(out: Outgoing) -> tuple[str, ...]:
    """Return the people of the team, as far as the plan names them."""
    return next(team.names for team in out.kept.wish.teams if team.id == out.tour.team)


def versions_of(out: Outgoing) -> int:
    """Return how many packs of this team and day have left the office."""
    return next_version(holdings.journal(), out.kept.id, out.tour.team, out.tour.on) - 1


def files_of(out: Outgoing, names: Naming, state: DataState) -> dict[str, Callable[[], bytes]]:
    """Return what makes each form of a day, by the ending of its file."""
    return {
        "pdf": lambda: render_pdf(_plain_plan(out, state), find_lettering(), names.language),
        "xlsx": lambda: render_xlsx(visit_list(out, names, state)),
        "gpx": lambda: render_gpx(visit_list(out, names, state)),
        "kml": lambda: render_kml(visit_list(out, names, state)),
        "geojson": lambda: render_geojson(_plain_plan(out, state), names.language),
    }


def forms_of(layers: Iterable[str]) -> dict[str, int]:
    """Return how many own forms there have been of each layer."""
    journal = holdings.journal()
    return {one: forms_taken(journal, one) for one in layers}


def _plain_plan(out: Outgoing, state: DataState) -> PackPlan:
    return pack_plan(out, officers_of(out), versions_of(out), state)


def links_of(
    out: Outgoing,
) -> list[tuple[str, list[tuple[Title, str]]]]:
    """Return each stop with the links that open it in map apps, where they are allowed."""
    names = stop_names(out.seen.features)
    return [
        (names.get(call.ref, call.ref), links_to(call.place, names.get(call.ref, call.ref)))
        for call in out.tour.calls
    ]
