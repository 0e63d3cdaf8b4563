"""What the story board and the stage ask of the stores: stories as they stand now, pictures, maps.

Nothing is written here. What is returned is shared by all visitors: look, never change.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from io import BytesIO

import streamlit as st

from dashboard import evidence_desk, findings_desk, holdings, reads
from dashboard.own_scenes import make_own
from dashboard.panels.finding_words import say_law, sentences, table_title
from dashboard.reads import DataState
from dashboard.story import Picture, Scene, Story
from dashboard.storyline import Laid, check_plan, lay_out, tell
from dashboard.telling import draft_story
from dashboard.told import Behind, Found
from geodata import Case, GeodataError, Language, Scope
from geodata.derived_pictures import shrunk
from layers import stories
from layers.situation import Situation
from layers.stories import Place, StoryPlan

MOST_FOUND = 3
"""How many findings of one case are told with their reasons; all of them are in the case file."""

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
    """Return every kept story as it was kept last, the newest first, withdrawn ones too."""
    return stories.kept_stories(holdings.journal())


def find_story(story_id: str) -> StoryPlan | None:
    """Return one kept story, None if there is none of that id."""
    return stories.find_story(holdings.journal(), story_id) if story_id else None


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
) -> Story:
    del evidence, findings
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
    told = []
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
