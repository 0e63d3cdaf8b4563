"""What the story board and the stage ask of the stores: stories as they stand now, pictures, maps.

Nothing is written here. What is returned is shared by all visitors: look, never change.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from io import BytesIO

import streamlit as st

from dashboard import holdings, reads, session
from dashboard.decks.pdf import render_pdf
from dashboard.decks.picture import Supply, draw_scene
from dashboard.decks.pptx import render_pptx
from dashboard.desks import evidence as evidence_desk
from dashboard.desks import findings as findings_desk
from dashboard.doors.visitors import visitor
from dashboard.leaving import Manner
from dashboard.panels.findings.words import say_law, sentences, table_title
from dashboard.reads import DataState
from dashboard.telling.drafts import draft_story
from dashboard.telling.outside import Prepared, supply_for
from dashboard.telling.own_scenes import make_own
from dashboard.telling.story import MapScene, Picture, Scene, Story
from dashboard.telling.storyline import Laid, check_plan, lay_out, tell
from dashboard.telling.told import Behind, Found
from dashboard.view import View
from geodata import Case, GeodataError, Language, Scope
from geodata.derived_pictures import shrunk
from geodata.model import is_foreign
from layers import stories
from layers.drawing.paper import Paper
from layers.drawing.symbols import ColourBy
from layers.situation import Situation
from layers.stories import OwnMap, Place, StoryPlan

MOST_FOUND = 3
"""How many findings of one case are told with their reasons; all of them are in the case file."""

PREVIEW = Paper(1180, 520, 100, 10)
"""The paper of a map on the board."""

PICTURE_PX = 1600
"""The longest side of a photograph that goes into a deck."""


@dataclass(frozen=True, eq=False)
class Opened:
    """A story as it stands now: how it was arranged, every scene, and what is told."""

    plan: StoryPlan
    laid: tuple[Laid, ...]
    story: Story
    draft: Story


def all_stories() -> tuple[StoryPlan, ...]:
    """Return every kept story that this visitor may see, the newest first, withdrawn ones too."""
    return tuple(one for one in stories.kept_stories(holdings.journal()) if is_seen(one))


def is_seen(plan: StoryPlan) -> bool:
    """Return whether this visitor may see a story: none of its cases is there for others alone."""
    revision = holdings.data_revision()
    if holdings.eyes_of(revision) is None:
        return True
    known, seen = (
        holdings.casebook(one).positions for one in (holdings.whole_revision(), revision)
    )
    return all(one in seen or one not in known for one in plan.cases)


def find_story(story_id: str) -> StoryPlan | None:
    """Return one kept story, None if there is none of that id, or none to be seen."""
    found = stories.find_story(holdings.journal(), story_id) if story_id else None
    return found if found is not None and is_seen(found) else None


def open_story(plan: StoryPlan, state: DataState, language: Language) -> Opened:
    """Return a story drafted anew from the record, with what people changed laid over it."""
    names = reads.naming(language)
    draft = _draft(
        case_ids=plan.cases,
        kind=plan.kind,
        slot_minutes=plan.slot_minutes,
        speakers=tuple(sorted(plan.speakers.items())),
        language=language,
        as_of=state.as_of,
        revision=state.revision,
        known_at=state.known_at,
        evidence=holdings.evidence().head().chain,
        findings=findings_desk.findings_revision(),
        role=visitor().role,
    )
    laid = lay_out(plan, draft, names, lambda place: own_scene(place, state, language))
    law = {one.id: one.rule_set for one in _cases(plan.cases, state.revision)}
    warnings = check_plan(plan, draft, laid, law, names) if plan.id else ()
    return Opened(plan, laid, tell(plan, draft, laid, warnings), draft)


def own_scene(place: Place, state: DataState, language: Language) -> Scene:
    """Return a scene that somebody added, what it shows asked anew."""
    return make_own(place, state, reads.naming(language))


@st.cache_resource(max_entries=16, show_spinner=False)
def _draft(
    *,
    case_ids: tuple[str, ...],
    kind: stories.Kind,
    slot_minutes: float,
    speakers: tuple[tuple[str, str], ...],
    language: Language,
    as_of: date,
    revision: str,
    known_at: datetime | None,
    evidence: str,
    findings: str,
    role: str,
) -> Story:
    del evidence, findings, role  # a role sees more evidence or less of the same cases
    state = replace(reads.data_state(as_of), known_at=known_at)
    cases = _cases(case_ids, revision)
    return draft_story(
        cases,
        whole_on(as_of, state),
        reads.naming(language),
        as_of,
        revision,
        known_at=known_at,
        kind=kind,
        behind={one.id: behind(one, state, language) for one in cases},
        speakers=dict(speakers),
        slot_minutes=slot_minutes,
    )


def _cases(case_ids: Sequence[str], revision: str) -> list[Case]:
    found = (reads.case(one, revision) for one in case_ids)
    return [one for one in found if one is not None]


def behind(case: Case, state: DataState, language: Language) -> Behind:
    """Return what lies behind a case beyond its entries: findings, items, what they prove."""
    subject = evidence_desk.subject_of(f"case:{case.id}", state)
    items = evidence_desk.items_of(subject)
    proven = evidence_desk.completeness_of(subject, items) if items else {}
    return Behind(
        found=_found(case.id, language),
        items=items,
        proven=proven,
        pairs=evidence_desk.pairs_of(items) if items else (),
    )


def _found(case_id: str, language: Language) -> tuple[Found, ...]:
    names = reads.naming(language)
    told: list[Found] = []
    for dossier in findings_desk.dossiers().values():
        for one in dossier.findings:
            if one.case != case_id or len(told) == MOST_FOUND:
                continue
            opened = findings_desk.open_finding(one.finding.id)
            if opened is None:
                continue
            rule = opened.rule
            tables = dict.fromkeys(row.table for row in one.finding.rows)
            told.append(
                Found(
                    names.title(rule.title),
                    one.finding.version,
                    opened.run.as_of,
                    tuple(table_title(table, names) for table in tables),
                    tuple(sentences(one, rule, opened.run.numbers, names)),
                    tuple(say_law(law, names) for law in rule.legal_basis),
                )
            )
    return tuple(told)


def whole_on(on: date, state: DataState) -> Situation:
    """Return everything as it stood on a day, whose maps a story draws."""
    return reads.situation(Scope(), on, state.revision, state.known_at)


def cases_in(scope: Scope, state: DataState) -> tuple[str, ...]:
    """Return the cases of the city that lie in a scope, office by office, by id."""
    seen = reads.situation(scope, state.as_of, state.revision, state.known_at).cases
    own = seen[~seen["jurisdiction"].map(is_foreign)]
    place = {office: at for at, office in enumerate(holdings.city().jurisdiction_ids)}
    ids = zip(own.index, own["jurisdiction"], strict=True)
    return tuple(
        one for one, _ in sorted(ids, key=lambda pair: (place.get(pair[1], len(place)), pair[0]))
    )


def as_looked_at(view: View) -> OwnMap:
    """Return the map of the overview as this visitor looks at it: scope, colours, day, place."""
    at = view.at
    return OwnMap(
        view.scope,
        view.colour_by,
        view.day,
        *((at.zoom, at.lat, at.lon) if at else (0.0, 0.0, 0.0)),
    )


def drafted_of(opened: Opened, one: Laid, state: DataState, language: Language) -> Scene:
    """Return a scene as the record says it, without what somebody wrote in it."""
    scene_id = one.scene.id
    drafted = next((scene for scene in opened.draft.scenes if scene.id == scene_id), None)
    place = opened.plan.place(scene_id)
    if drafted is None and place is not None and place.own is not None:
        return own_scene(place, state, language)
    return drafted or one.scene


def preview_map(scene: MapScene, state: DataState, language: Language) -> bytes | None:
    """Return the map of a scene as it will be printed, smaller."""
    situation = supply(state).for_map(scene)
    if situation is None:
        return None
    return _preview(scene, state.as_of, state.revision, state.known_at, language)


@st.cache_data(max_entries=64, show_spinner=False)
def _preview(
    scene: MapScene, as_of: date, revision: str, known_at: datetime | None, language: Language
) -> bytes | None:
    state = replace(reads.data_state(as_of), known_at=known_at)
    situation = supply(state).for_map(scene)
    if situation is None:
        return None
    imprint = replace(reads.imprint(state), revision=revision)
    return draw_scene(scene, situation, reads.naming(language), imprint=imprint, paper=PREVIEW)


def preview_for(
    ready: Prepared, manner: Manner, state: DataState, language: Language
) -> Callable[[MapScene], bytes | None]:
    """Return what draws the maps of a story as they are for whoever it is told to, smaller."""
    if manner.audience != "outside":
        return lambda scene: preview_map(scene, state, language)
    seen = supply_for(ready, supply(state))
    imprint = replace(reads.imprint(state), is_internal=False)

    def draw(scene: MapScene) -> bytes | None:
        situation = seen.for_map(scene)
        if situation is None:
            return None
        names = reads.naming(language)
        return session.once(
            "preview_outside",
            (scene, manner, state),
            lambda: draw_scene(scene, situation, names, imprint=imprint, paper=PREVIEW),
        )

    return draw


def render(
    form: str,
    ready: Prepared,
    manner: Manner,
    state: DataState,
    colour_by: ColourBy,
) -> Callable[[Callable[[int], None]], bytes]:
    """Return what makes a file of a form (pptx, pdf) of a story for whoever it is told to.

    It is given what tells how many scenes are done; raises NoChineseFont.
    """
    make = {"pptx": render_pptx, "pdf": render_pdf}[form]
    names = reads.naming(ready.story.language)

    def made(tell: Callable[[int], None]) -> bytes:
        seen = supply_for(ready, supply(state))
        return make(
            ready.story,
            seen,
            names,
            colour_by,
            is_internal=manner.is_internal,
            on_scene=tell,
        )

    return made


def supply(state: DataState) -> Supply:
    """Return where a deck for inside gets its maps of any day or scope, and its photographs."""
    whole = whole_on(state.as_of, state)
    return Supply(
        whole,
        lambda scope, on: reads.situation(scope, on, state.revision, state.known_at),
        read_picture,
    )


def read_picture(picture: Picture) -> bytes | None:
    """Return a photograph for a page, upright and without EXIF, None where it may not be shown.

    A copy made for showing outside stands for its original. One that is shown only on purpose
    goes on no page.
    """
    item = evidence_desk.find_item(picture.item)
    if item is None or not evidence_desk.may_show(item, ()):
        return None
    return _shrunk(picture.copy_sha256 or item.sha256)


@st.cache_resource(max_entries=64, show_spinner=False)
def _shrunk(sha256: str) -> bytes | None:
    try:
        with holdings.evidence().open(sha256) as original:
            return shrunk(BytesIO(original.read()), PICTURE_PX)
    except GeodataError:
        return None
