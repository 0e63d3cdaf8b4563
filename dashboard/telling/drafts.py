"""Stories drafted from the record: one case after the other, each in its parts, and a meeting.

A draft says only what the record holds and names what it lacks; people reorder and edit it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

import geopandas as gpd
import pandas as pd

from dashboard.naming import Naming
from dashboard.telling.case_harm import by_layer, counted, tell_harm
from dashboard.telling.case_parts import tell_cooperation, tell_governance, tell_header, tell_lead
from dashboard.telling.case_proof import (
    tell_elements,
    tell_investigation,
    tell_law,
    tell_pair,
    tell_recommendation,
)
from dashboard.telling.story import (
    AgendaRow,
    AgendaScene,
    ClosingScene,
    Fact,
    Scene,
    Story,
    StoryKind,
    TitleScene,
)
from dashboard.telling.told import NOTHING_BEHIND, SLOT_MINUTES, Behind, Told
from geodata import Case, clocks, stage_of
from geodata.lifecycle import hazards_of as linked_hazards
from geodata.lifecycle import known_on
from geodata.model import is_foreign
from layers.situation import Situation

OPENING, AGENDA, OFFICE, CLOSING = "opening", "agenda", "office", "closing"
"""Ids of the scenes of no case; that of an office is followed by a slash and the office."""

OPENING_MINUTES, AGENDA_MINUTES, CLOSING_MINUTES = 5.0, 1.0, 10.0
"""What a meeting takes besides its cases; the agenda is part of the opening."""

TITLE_MINUTES = 0.5

TELLERS = (
    tell_header,
    tell_harm,
    tell_lead,
    tell_investigation,
    tell_law,
    tell_cooperation,
    tell_recommendation,
    tell_pair,
    tell_elements,
    tell_governance,
)
"""The parts of a case in the order of its review."""


def draft_story(
    cases: Sequence[Case],
    situation: Situation,
    names: Naming,
    as_of: date,
    revision: str,
    *,
    known_at: datetime | None = None,
    kind: StoryKind = "cases",
    behind: Mapping[str, Behind] | None = None,
    speakers: Mapping[str, str] | None = None,
    slot_minutes: float = SLOT_MINUTES,
) -> Story:
    """Return a story of cases in the language of the names: in the order given, or a meeting.

    A meeting goes office by office in the administrative order, with an agenda and a page for
    each office. The situation must hold the hazards of the cases, so it is that of no scope.
    With `known_at`, only what had been entered by that instant is told. `behind` is what lies
    behind each case beyond its entries, by its id.
    """
    if kind == "meeting":
        cases = in_order(cases, names)
    told = [
        Told(
            case,
            hazards_of([known_on(case, as_of, known_at)], situation),
            names.under(case.rule_set),
            as_of,
            known_at,
            (behind or {}).get(case.id, NOTHING_BEHIND),
            slot_minutes,
        )
        for case in cases
    ]
    is_invented = any(case.is_demonstration for case in cases) or any(
        bool(one.hazards["is_demonstration"].any()) for one in told
    )
    return Story(
        title=_title(told, names, kind),
        scenes=tuple(_scenes(told, names, as_of, kind, speakers or {})),
        language=names.language,
        as_of=as_of,
        revision=revision,
        is_demonstration=is_invented,
        kind=kind,
        slot_minutes=slot_minutes,
    )


def in_order(cases: Iterable[Case], names: Naming) -> list[Case]:
    """Return cases office by office in the administrative order, by id; other regions last."""
    place = {office: at for at, office in enumerate(names.city.jurisdiction_ids)}
    return sorted(cases, key=lambda one: (place.get(one.jurisdiction, len(place)), one.id))


def hazards_of(cases: Sequence[Case], situation: Situation) -> gpd.GeoDataFrame:
    """Return the features that cases are about, each once."""
    refs = {str(ref) for case in cases for ref in linked_hazards(case)}
    return situation.features[situation.features["ref"].isin(refs)]


def tell_case(told: Told) -> Iterator[Scene]:
    """Yield the scenes of one case, part by part."""
    for teller in TELLERS:
        yield from teller(told)


def _scenes(
    told: Sequence[Told],
    names: Naming,
    as_of: date,
    kind: StoryKind,
    speakers: Mapping[str, str],
) -> Iterator[Scene]:
    is_meeting = kind == "meeting"
    yield TitleScene(
        _title(told, names, kind),
        subheading=_subheading(told, names, as_of),
        id=OPENING,
        minutes=OPENING_MINUTES - AGENDA_MINUTES if is_meeting else TITLE_MINUTES,
    )
    if is_meeting:
        rows = tuple(agenda(told, names, speakers))
        heading = names.word("story.agenda.heading")
        yield AgendaScene(heading, rows=rows, id=AGENDA, minutes=AGENDA_MINUTES)
    office = ""
    for one in told:
        if is_meeting and one.case.jurisdiction != office:
            office = one.case.jurisdiction
            yield _office_scene(office, told, names)
        yield from tell_case(one)
    minutes = CLOSING_MINUTES if is_meeting else TITLE_MINUTES
    yield _closing(told, names, as_of, minutes)


def agenda(told: Sequence[Told], names: Naming, speakers: Mapping[str, str]) -> Iterator[AgendaRow]:
    """Yield the lines of an agenda, each beginning when the one before ends."""
    begins = OPENING_MINUTES
    yield AgendaRow("", names.word("story.agenda.opening"), "", 0.0, OPENING_MINUTES)
    for one in told:
        speaker, slot = speakers.get(one.case.id, ""), one.slot_minutes
        office = names.office(one.case.jurisdiction)
        yield AgendaRow(office, one.title, speaker, begins, slot, one.case.id)
        begins += slot
    yield AgendaRow("", names.word("story.agenda.closing"), "", begins, CLOSING_MINUTES)


def _office_scene(office: str, told: Sequence[Told], names: Naming) -> TitleScene:
    titles = [one.title for one in told if one.case.jurisdiction == office]
    heading = names.word("story.office.heading", office=names.office_title(office))
    return TitleScene(
        heading,
        subheading="\n".join(titles),
        id=f"{OFFICE}/{office}",
        part=OFFICE,
    )


def _title(told: Sequence[Told], names: Naming, kind: StoryKind) -> str:
    if kind == "cases" and len(told) == 1:
        return told[0].title
    key = "story.title.meeting" if kind == "meeting" else "story.title.many"
    return names.word(key, city=names.title(names.city.title), count=len(told))


def _subheading(told: Sequence[Told], names: Naming, as_of: date) -> str:
    seen = {one.case.jurisdiction for one in told}
    offices = [names.office(one) for one in names.city.jurisdiction_ids if one in seen]
    day = names.word("story.title.as_of", as_of=as_of.isoformat())
    return "\n".join(filter(None, (names.word("story.comma").join(offices), day)))


def _closing(told: Sequence[Told], names: Naming, as_of: date, minutes: float) -> ClosingScene:
    stages = [stage_of(one.then, one.names.rules, as_of) for one in told]
    groups = [stage.group for stage in stages if stage]
    counts = [
        f"{name} {groups.count(group)}" for group, name in names.groups.items() if group in groups
    ]
    late = [
        one.title
        for one in told
        if not is_foreign(one.case.jurisdiction)
        and any(clock.is_overdue(as_of) for clock in clocks(one.then, one.names.rules, as_of))
    ]
    comma, nothing = names.word("story.comma"), names.word("story.closing.none")
    hazards = _together(told)
    words = (
        [counted(layer, rows, names) for layer, rows in by_layer(hazards, names)] if told else []
    )
    facts = (
        Fact(names.word("story.closing.cases"), str(len(told))),
        Fact(names.word("story.closing.groups"), comma.join(counts) or nothing),
        Fact(names.word("story.closing.hazards"), comma.join(words) or nothing),
        Fact(names.word("story.closing.overdue"), "\n".join(late) or nothing),
    )
    return ClosingScene(
        names.word("story.closing.heading"), facts=facts, id=CLOSING, minutes=minutes
    )


def _together(told: Sequence[Told]) -> gpd.GeoDataFrame:
    """Return the hazards of all cases, each once."""
    rows = pd.concat([one.hazards for one in told]) if told else pd.DataFrame()
    return gpd.GeoDataFrame(rows.drop_duplicates("ref") if len(rows) else rows)
