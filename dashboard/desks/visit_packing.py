"""A planned day made ready to travel: the pack of a team, its timetable, its list for devices.

The card of a stop travels in both languages, with what the office knows of it when it leaves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboard import holdings, reads
from dashboard.naming import Naming
from dashboard.panels.card import DATES, ORIGIN, column_text, common_columns
from dashboard.reads import DataState
from dashboard.words.visit_pack import pack_words
from geodata import Title
from layers.checklists import Checklist
from layers.handoff import VisitList, list_visits
from layers.map_links import PROVIDERS, are_links_allowed, link
from layers.own_checklists import checklist_of
from layers.planning import DayTour
from layers.routing import Place, Stop, Tour, Visit
from layers.situation import Situation
from layers.visit_known import cases_named, known_now
from layers.visit_pack import PackPlan, PackStop, build_pack, vectors_around
from layers.visit_plans import KeptPlan


@dataclass(frozen=True)
class Outgoing:
    """One team on one day of a kept plan, with the situation of its stops."""

    kept: KeptPlan
    tour: DayTour
    seen: Situation


def pack_plan(out: Outgoing, officers: Sequence[str], version: int, state: DataState) -> PackPlan:
    """Return what one team takes along on one day, every stop with what is known of it now."""
    names = {language: reads.naming(language) for language in ("zh", "en")}
    rows = out.seen.features.set_index("ref")
    offices = list(rows["jurisdiction"].dropna())
    office = max(set(offices), key=offices.count) if offices else ""
    refs = [call.ref for call in out.tour.calls]
    known = known_now(*holdings.seen_stores(state.revision), refs)
    return PackPlan(
        plan_id=out.kept.id,
        version=version,
        team=out.tour.team,
        day=out.tour.on,
        office=Title(names["zh"].office_title(office), names["en"].office_title(office)),
        officers=tuple(officers),
        stops=tuple(_stop(call.ref, out, names, state, known) for call in out.tour.calls),
        imprint=reads.imprint(state),
    )


def _stop(
    ref: str,
    out: Outgoing,
    names: Mapping[str, Naming],
    state: DataState,
    known: Mapping[str, Mapping[str, str]],
) -> PackStop:
    hazard = reads.hazard(ref, state)
    assert hazard is not None, "a stop of a plan that is shown is in its store"
    call = next(one for one in out.tour.calls if one.ref == ref)
    row = hazard.row.where(hazard.row.notna(), "")
    columns = [*common_columns(DATES), *hazard.layer.card_columns(), *common_columns(ORIGIN)]
    where = [f"{one.office(row['jurisdiction'])} {row['township']}" for one in names.values()]
    facts = [(Title("检察院、乡镇街道", "Office, township"), Title(*where))]
    facts += [
        (one.title, Title(*(column_text(one, row.get(one.id), word) for word in names.values())))
        for one in columns
    ]
    return PackStop(
        ref=ref,
        order=call.position,
        layer=hazard.layer.id,
        layer_title=hazard.layer.title,
        name=str(row["name"] or row["id"]),
        place=call.place,
        arrive=f"{call.arrives:%H:%M}",
        leave=f"{call.leaves:%H:%M}",
        facts=tuple(fact for fact in facts if fact[1].zh not in {"", "—"}),
        cases=cases_named(known[ref]),
        known=tuple(known[ref].items()),
        links=tuple(links_to(call.place, str(row["name"] or row["id"]))),
        is_demonstration=bool(row["is_demonstration"]),
    )


def links_to(place: Place, name: str) -> list[tuple[Title, str]]:
    """Return the links that open a place in map apps; none unless the installation allows them."""
    if not are_links_allowed():
        return []
    return [
        (title, link(app, place, name, purpose="drive", is_allowed=True))
        for app, title in PROVIDERS.items()
    ]


def render_pack(plan: PackPlan, names: Naming) -> bytes:
    """Return a pack as one HTML file that opens in this language; raises what build_pack raises."""
    checklists = checklists_of({stop.layer for stop in plan.stops})
    offices = {one.id: one.short for one in names.city.jurisdictions}
    vectors = vectors_around(
        [stop.place for stop in plan.stops], city_id=names.city.id, names=offices
    )
    return build_pack(plan, checklists, vectors, pack_words(), names.language)


def checklists_of(layers: Iterable[str]) -> dict[str, Checklist]:
    """Return the checklists that hold for layers, the office's own forms first."""
    journal = holdings.journal()
    return {one: checklist_of(journal, one) for one in sorted(set(layers))}


def visit_list(out: Outgoing, names: Naming, state: DataState) -> VisitList:
    """Return a day as the list that goes to devices, in the order of the plan."""
    visits = tuple(
        Visit(call.position, Stop(call.ref, call.place), call.leg_m or 0.0)
        for call in out.tour.calls
    )
    tour = Tour(visits, (), out.tour.start, out.tour.back_m)
    return list_visits(
        tour,
        out.seen.features,
        city=names.city,
        layers=names.layers,
        imprint=reads.imprint(state),
        language=names.language,
    )
