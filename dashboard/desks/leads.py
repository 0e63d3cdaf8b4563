"""What the inbox of leads and the page of volunteers ask the stores: whose, where, what is near.

Nothing is written here. What a volunteer is given is made here too, of their own part alone.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import shapely

from dashboard import holdings, reads
from dashboard.doors.access import may, may_everywhere, offices_seen
from dashboard.doors.guests import aliases_of
from dashboard.doors.visitors import visitor
from dashboard.naming import Naming
from dashboard.reads import DataState
from geodata import GeodataError, Language, stage_of
from geodata.evidence_store import EvidenceItem
from geodata.lifecycle import OFFICE_TIME
from geodata.placing import find_place, office_at
from geodata.selection import have_place
from layers.disclosure import Aliases
from layers.lead_kinds import LEAD_KINDS
from layers.lead_places import NEAR_M, NearGroup, distance_m, lead_of_group, leads_near, near_groups
from layers.lead_status import ENDED, PublicLead, public_leads, status_of
from layers.leads import AFTER, MOST_A_DAY, OPEN, Act, Lead, count_of_day

MOST_NEAR = 30
Sort = Literal["lead", "hazard", "case"]


@dataclass(frozen=True)
class PlaceOnForm:
    """The place of a form: as it was given, its system, and where that is, if it is a place."""

    said: str = ""
    system: str = ""
    at: tuple[float, float] | None = None


@dataclass(frozen=True)
class Near:
    """Something near a lead: a lead, a hazard (layer:id) or a case, and how far away in metres.

    `about` is the kind of a lead, the layer of a hazard or the stage of a case; of a case
    the distance is that of its nearest hazard.
    """

    sort: Sort
    id: str
    title: str
    about: str
    distance_m: float
    is_same_kind: bool = False


# ------------------------------------------------------------------- for the office


def inbox() -> tuple[Lead, ...]:
    """Return the leads that this visitor may see, the oldest first."""
    offices = offices_seen(visitor(), "see_leads")
    return tuple(one for one in holdings.leads() if offices is None or one.office in offices)


def shown_leads(shown: str) -> tuple[Lead, ...]:
    """Return the leads of the inbox that stand in a way: those waiting, of one state, or all."""
    if shown == "all":
        return inbox()
    return tuple(
        one for one in inbox() if (one.state in OPEN if shown == "open" else one.state == shown)
    )


def find(lead_id: str) -> Lead | None:
    """Return one lead; None for one that is not there or not for these eyes."""
    return next((one for one in inbox() if lead_id and one.id == lead_id), None)


def age_days(lead: Lead, state: DataState) -> int:
    """Return for how many days a lead has been there; an invented one ages with the data."""
    until = state.as_of if lead.is_demonstration else reads.today()
    return max(0, (until - lead.at.astimezone(OFFICE_TIME).date()).days)


def acts_on(lead: Lead) -> tuple[Act, ...]:
    """Return what this visitor may decide on a lead now."""
    who = visitor()
    if not may(who, "evaluate_leads", lead.office):
        return ()
    hidden = set()
    if lead.from_office and not may_everywhere(who, "evaluate_leads"):
        hidden.add("pass_on")  # who receives a lead must take it (R26)
    if lead.state == "registered" and not is_case_lost(lead):
        hidden.add("reopen")
    return tuple(one for one in AFTER[lead.state] if one not in hidden)


def is_case_lost(lead: Lead) -> bool:
    """Return whether a lead names a case that was never written."""
    return bool(lead.case) and reads.case(lead.case, holdings.whole_revision()) is None


def may_reveal(lead: Lead) -> bool:
    """Return whether this visitor may open the photographs and the contact of a lead."""
    return may(visitor(), "reveal_leads", lead.office)


def offices_to_enter() -> tuple[str, ...]:
    """Return the offices that this visitor may enter leads for, in administrative order."""
    who = visitor()
    return tuple(one for one in holdings.city().jurisdiction_ids if may(who, "enter_leads", one))


def office_of_place(lead: Lead) -> str:
    """Return the office in whose outline a lead lies, blank for none."""
    report = lead.report
    if report.lon is None or report.lat is None:
        return ""
    return office_at(report.lon, report.lat, holdings.city().id)


def status(lead: Lead) -> tuple[str, str]:
    """Return what the reporter of a lead is told of it: status, and class of reason."""
    return status_of(lead, by_id(), stage_of_case)


def near(lead: Lead, state: DataState, language: Language) -> tuple[Near, ...]:
    """Return the leads, hazards and open cases near a lead, the nearest first.

    Hazards on open cases are told as well: which case, is beside them.
    """
    report = lead.report
    if report.lon is None or report.lat is None:
        return ()
    leads = (
        Near("lead", one.id, one.report.text, one.report.kind, metres,
             one.report.kind == report.kind)
        for one, metres in leads_near(inbox(), lead)
    )  # fmt: skip
    hazards = _hazards_near(report.lon, report.lat, report.kind, state)
    found = [*leads, *hazards, *_cases_of(hazards, state, language)]
    return tuple(sorted(found, key=lambda one: (one.distance_m, one.sort))[:MOST_NEAR])


def _hazards_near(lon: float, lat: float, kind: str, state: DataState) -> list[Near]:
    rows = holdings.features_near(lon, lat, NEAR_M, state.revision)
    here, layer = shapely.Point(lon, lat), LEAD_KINDS[kind].layer if kind in LEAD_KINDS else ""
    found = []
    for ref, name, shape in zip(rows["ref"], rows["name"], rows.geometry, strict=True):
        nearest = shapely.shortest_line(shape, here).coords[0]
        metres = distance_m((lon, lat), (nearest[0], nearest[1]))
        own = str(ref).partition(":")[0]
        if metres <= NEAR_M:
            found.append(Near("hazard", str(ref), str(name or ref), own, metres, own == layer))
    return sorted(found, key=lambda one: one.distance_m)[:MOST_NEAR]


def _cases_of(hazards: Iterable[Near], state: DataState, language: Language) -> list[Near]:
    refs = {one.id: one for one in hazards}
    if not refs:
        return []
    found = reads.features_named(tuple(refs), state.as_of, state.revision, state.known_at)
    cases: dict[str, Near] = {}
    for ref, joined in zip(found["ref"], found["case_ids"], strict=True):
        hazard = refs[ref]
        for case_id in filter(None, joined.split(";")):
            known = cases.get(case_id)
            if known is None or hazard.distance_m < known.distance_m:
                told = _open_case(case_id, hazard, state, language)
                cases |= {case_id: told} if told else {}
    return list(cases.values())


def _open_case(case_id: str, hazard: Near, state: DataState, language: Language) -> Near | None:
    case = reads.case(case_id, state.revision)
    if case is None:
        return None
    stage = stage_of(case, reads.rules_of(case), state.as_of, state.known_at)
    if stage is None or stage.group == "closed":
        return None
    title = case.title.says(language)
    return Near("case", case_id, title, stage.id, hazard.distance_m, hazard.is_same_kind)


def counts() -> Mapping[str, int]:
    """Return how many leads of the inbox stand in each way, waiting ones and all among them."""
    leads = inbox()
    found = Counter[str](one.state for one in leads)
    found["open"], found["all"] = sum(one.state in OPEN for one in leads), len(leads)
    return found


def is_invented_only() -> bool:
    """Return whether every lead of the inbox is invented, and there is one."""
    leads = inbox()
    return bool(leads) and all(one.is_demonstration for one in leads)


def photos_of(lead: Lead) -> Mapping[int, EvidenceItem]:
    """Return the photographs of a lead by number: only for whoever may see the lead."""
    return {number: holdings.evidence().item(number) for number in lead.photos}


def places_of(near: Iterable[Near], state: DataState) -> list[tuple[str, str, float, float]]:
    """Return the hazards among what is near for the map: reference, name, degrees."""
    titles = {one.id: one.title for one in near if one.sort == "hazard"}
    if not titles:
        return []
    rows = reads.features_named(tuple(titles), state.as_of, state.revision, state.known_at)
    rows = rows[have_place(rows)]
    points = rows.geometry.representative_point()
    return [
        (ref, titles[ref], float(at.x), float(at.y))
        for ref, at in zip(rows["ref"], points, strict=True)
    ]


def cases_to_merge(lead: Lead, names: Naming, state: DataState) -> Mapping[str, str]:
    """Return the cases of a lead's office with their titles."""
    book = holdings.casebook(state.revision).cases
    own = set(book.loc[book["jurisdiction"] == lead.office, "id"])
    titles = reads.case_titles(names, state.revision)
    return {one: title for one, title in titles.items() if one in own}


def leads_of_case(case_id: str) -> tuple[Lead, ...]:
    """Return the leads that this visitor may see and that became, or were put to, a case."""
    return tuple(one for one in inbox() if one.case == case_id)


# ------------------------------------------------------------------- for volunteers


def place_on_form(said: str, system: str) -> PlaceOnForm:
    """Return the place of a form: where what was said lies, if it is a place."""
    try:
        return PlaceOnForm(said, system, find_place(said, system) if said else None)
    except GeodataError:
        return PlaceOnForm(said, system)


def my_photos(leads: Iterable[PublicLead]) -> Mapping[int, str]:
    """Return the hashes of a visitor's own photographs by number, for showing them again."""
    store = holdings.evidence()
    return {number: store.item(number).sha256 for one in leads for number in one.report.photos}


def my_leads(language: Language) -> tuple[PublicLead, ...]:
    """Return what this visitor reported or joined, as they may see it."""
    who = visitor()
    if not (who.account and may(who, "submit_leads")):
        return ()
    return public_leads(who.account, by_id(), stage_of_case, hiding(language))


def left_today() -> int:
    """Return how many leads this visitor may still bring today."""
    used = count_of_day(holdings.leads(), visitor().account, reads.today())
    return max(0, MOST_A_DAY - used)


def groups_near(lon: float, lat: float) -> tuple[NearGroup, ...]:
    """Return what a volunteer may learn of other people's leads near a place."""
    return near_groups(_joinable(), lon, lat)


def lead_to_join(lon: float, lat: float, kind: str, within_m: int) -> Lead | None:
    """Return the lead that a voice for a group is added to; its id is never shown."""
    return lead_of_group(_joinable(), lon, lat, kind, within_m)


def _joinable() -> list[Lead]:
    """Return the leads of others that may be counted and have not come to an end."""
    account, leads = visitor().account, by_id()
    return [
        one
        for one in leads.values()
        if one.is_counted
        and not one.is_from(account)
        and status_of(one, leads, stage_of_case)[0] not in ENDED
    ]


def by_id() -> Mapping[str, Lead]:
    """Return every lead by its id."""
    return {one.id: one for one in holdings.leads()}


def stage_of_case(case_id: str) -> tuple[str, str]:
    """Return the stage of a case today and its group, blanks for one that is not there.

    Asked with eyes that see all: of it only a plain status is told on.
    """
    case = reads.case(case_id, holdings.whole_revision())
    stage = stage_of(case, reads.rules_of(case), reads.today()) if case else None
    return (stage.id, stage.group) if stage else ("", "")


def hiding(language: Language, cases: Iterable[str] = ()) -> Callable[[str], str]:
    """Return what takes names of parties and people, and numbers of cases, out of a text.

    `cases` are those whose names are taken out besides those of this visitor's own leads.
    """
    account = visitor().account
    wanted = {*cases, *(one.case for one in holdings.leads() if one.is_from(account))} - {""}

    @cache
    def hidden() -> tuple[Aliases, tuple[str, ...]]:  # costly, and seldom asked for
        revision = holdings.whole_revision()
        found = [one for name in sorted(wanted) if (one := reads.case(name, revision)) is not None]
        numbers = [*map(str, holdings.casebook(revision).cases["id"])]
        numbers += [one.record_number for one in found if one.record_number]
        return aliases_of(found, revision), tuple(sorted(numbers, key=len, reverse=True))

    def hide(text: str) -> str:
        aliases, numbers = hidden()
        for number in numbers:
            text = text.replace(number, "…")
        return aliases.hide(text, language)

    return hide
