"""A draft with what people changed laid over it: order, what is hidden, what they wrote.

Nothing that somebody wrote is lost: a scene that is drafted no more stays where it was and says
what is missing, and a change stays beside a draft that has changed meanwhile.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dashboard.naming import Naming
from dashboard.telling.story import (
    ChartScene,
    ClosingScene,
    Fact,
    FactsScene,
    MapScene,
    PairScene,
    Scene,
    Step,
    Story,
    TableScene,
    TextScene,
    TimelineScene,
    TitleScene,
)
from layers.stories import Edit, Place, StoryPlan

MEETING_SCENES = frozenset({"header", "map", "investigation", "recommendation", "pair", "elements"})
"""The scenes of a case that a meeting shows unless somebody chooses otherwise."""

TEXTS: Mapping[type[Scene], str] = {
    TitleScene: "subheading",
    MapScene: "caption",
    PairScene: "caption",
    TableScene: "note",
    TimelineScene: "basis_note",
    ChartScene: "note",
}
"""The one text that a scene of each kind has beside its heading and notes."""

STEP_CELLS = 4
MOST_NAMED = 5
"""Headings that a warning names; all of them bear their mark on the board."""


@dataclass(frozen=True)
class Laid:
    """One scene where it stands in a story; `is_gone` if nothing drafts it any more."""

    scene: Scene
    is_hidden: bool = False
    is_gone: bool = False


def lay_out(
    plan: StoryPlan, draft: Story, names: Naming, own: Callable[[Place], Scene]
) -> tuple[Laid, ...]:
    """Return every scene of a story in its order, hidden ones too.

    `own` makes the scenes that people added. What is drafted since the story was kept stands
    behind what it is drafted behind.
    """
    drafted = {scene.id: scene for scene in draft.scenes}
    told = {scene.case_id for scene in draft.scenes}
    gone = [
        Place(f"{case}/header", case, case)
        for case in plan.cases
        if case not in told and not any(o.case_id == case and o.own is None for o in plan.places)
    ]
    places = {one.id: one for one in (*plan.places, *gone)}
    laid = []
    for name in _order(list(places), list(drafted)):
        place = places.get(name, Place(name))
        if place.own is not None:
            scene, is_gone = own(place), False
        elif name in drafted:
            scene, is_gone = drafted[name], False
        else:
            scene, is_gone = _gone(place, told, names), True
        hidden = (
            is_hidden_at_first(plan.kind, scene) if place.is_hidden is None else place.is_hidden
        )
        laid.append(Laid(_with_edit(scene, place.edit, names), hidden, is_gone))
    return tuple(laid)


def tell(
    plan: StoryPlan, draft: Story, laid: Iterable[Laid], warnings: Sequence[str] = ()
) -> Story:
    """Return the story as it is told: its own title, and the scenes that are shown."""
    scenes = tuple(one.scene for one in laid if not one.is_hidden)
    title = plan.title or draft.title
    return replace(draft, title=title, scenes=scenes, id=plan.id, warnings=tuple(warnings))


def is_hidden_at_first(kind: str, scene: Scene) -> bool:
    """Return whether a scene is left out unless somebody chooses otherwise.

    In a meeting the maps of two days give way to the one map of the case; photographs stay.
    """
    if kind != "meeting" or not scene.case_id or scene.is_own:
        return False
    if isinstance(scene, PairScene):
        return scene.before is None or scene.before.map is not None
    return scene.id.rpartition("/")[2] not in MEETING_SCENES


def arranged(plan: StoryPlan, laid: Sequence[Laid]) -> StoryPlan:
    """Return a plan with a place for every scene as it stands, its heading remembered."""
    known = {one.id: one for one in plan.places}
    places = tuple(
        replace(
            known.get(one.scene.id, Place(one.scene.id)),
            case_id=one.scene.case_id,
            heading=one.scene.heading,
        )
        for one in laid
    )
    return replace(plan, places=places)


def check_plan(
    plan: StoryPlan, draft: Story, laid: Sequence[Laid], law: Mapping[str, str], names: Naming
) -> tuple[str, ...]:
    """Return in words under what older rules or revision a story was kept, and what is gone.

    `law` is the rule set of each case by id as it is now.
    """
    said = []
    if plan.law and plan.law != names.rules.id:
        facts = {"then": _law(plan.law, names), "now": _law(names.rules.id, names)}
        said.append(names.word("story.warning.law", **facts))
    other = [one for one, kept in plan.rule_sets.items() if law.get(one, kept) != kept]
    if other:
        said.append(names.word("story.warning.rule_set", cases=names.list_of(other)))
    if plan.revision and plan.revision != draft.revision:
        facts = {"then": plan.revision, "now": draft.revision}
        said.append(names.word("story.warning.revision", **facts))
    gone = [one.scene.heading for one in laid if one.is_gone]
    if gone:
        scenes = names.list_of(gone[:MOST_NAMED])
        said.append(names.word("story.warning.gone", count=len(gone), scenes=scenes))
    stale = [one.scene.heading for one in laid if one.scene.is_stale]
    if stale:
        scenes = names.list_of(stale[:MOST_NAMED])
        said.append(names.word("story.warning.stale", count=len(stale), scenes=scenes))
    return tuple(said)


def text_of(scene: Scene) -> str:
    """Return the text of a scene beside its heading, as it may be edited."""
    if isinstance(scene, TextScene):
        return "\n".join(scene.paragraphs)
    return str(getattr(scene, TEXTS[type(scene)])) if type(scene) in TEXTS else ""


def rows_of(scene: Scene) -> tuple[tuple[str, ...], ...] | None:
    """Return the rows of a scene as they may be edited, None for one that has none."""
    if isinstance(scene, (FactsScene, ClosingScene)):
        return tuple((one.name, one.value) for one in scene.facts)
    if isinstance(scene, TableScene):
        return scene.rows
    if isinstance(scene, TimelineScene):
        return tuple((one.on.isoformat(), one.text, one.document, one.note) for one in scene.steps)
    return None


def has_text(scene: Scene) -> bool:
    """Return whether a scene has a text beside its heading."""
    return isinstance(scene, TextScene) or type(scene) in TEXTS


def day_of(text: str) -> date | None:
    """Return the day that a text names as YYYY-MM-DD, None for anything else."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def bad_days(scene: Scene, rows: Iterable[tuple[str, ...]]) -> list[tuple[int, str]]:
    """Return the number of each row, from 1, that should begin with a day and does not."""
    if not isinstance(scene, TimelineScene):
        return []
    return [(at, row[0]) for at, row in enumerate(rows, start=1) if day_of(row[0]) is None]


def digest_of(scene: Scene) -> str:
    """Return by what it is noticed that a scene is drafted otherwise than it was."""
    told = repr((scene.heading, text_of(scene), rows_of(scene)))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def edit_of(scene: Scene, told: Edit) -> Edit:
    """Return an edit of a drafted scene: what is as drafted anyway is none."""
    drafted = {
        "heading": scene.heading,
        "text": text_of(scene),
        "notes": scene.notes,
        "minutes": scene.minutes,
        "rows": rows_of(scene),
    }
    parts: dict[str, Any] = {
        name: None if getattr(told, name) == value else getattr(told, name)
        for name, value in drafted.items()
    }
    edit = Edit(**parts)
    return replace(edit, drafted=digest_of(scene)) if edit.fields else edit


# ------------------------------------------------------------------------------ inside


def _order(kept: list[str], drafted: list[str]) -> list[str]:
    """Return the ids in the order that was kept; what is new stands behind what it follows."""
    order = list(kept)
    held = set(kept)
    for at, name in enumerate(drafted):
        if name not in held:
            before = next((one for one in reversed(drafted[:at]) if one in held), None)
            order.insert(order.index(before) + 1 if before else 0, name)
            held.add(name)
    return order


def _gone(place: Place, told: set[str], names: Naming) -> Scene:
    """Return what stands in the place of a scene that nothing drafts: what it was, what lacks."""
    is_case = bool(place.case_id) and place.case_id not in told
    what = "story.gone.case" if is_case else "story.gone.scene"
    words = names.word(what, case=place.case_id)
    written = [*(place.edit.text or "").split("\n"), *map(" ".join, place.edit.rows or ())]
    return TextScene(
        place.heading or place.id,
        id=place.id,
        case_id=place.case_id,
        paragraphs=(words, *filter(None, written)),
        missing=(words,),
    )


def _with_edit(scene: Scene, edit: Edit, names: Naming) -> Scene:
    if not edit.fields:
        return scene
    parts: dict[str, Any] = {"edited": edit.fields}
    for name in ("heading", "notes", "minutes"):
        if getattr(edit, name) is not None:
            parts[name] = getattr(edit, name)
    if edit.text is not None and isinstance(scene, TextScene):
        is_gone = bool(scene.missing) and not scene.is_own
        parts["paragraphs"] = scene.paragraphs if is_gone else tuple(edit.text.split("\n"))
    elif edit.text is not None and type(scene) in TEXTS:
        parts[TEXTS[type(scene)]] = edit.text
    if edit.rows is not None:
        parts |= _rows_as_parts(scene, edit.rows)
    is_written = {"heading", "text", "rows"} & set(edit.fields)
    if is_written and edit.drafted and not scene.is_own and edit.drafted != digest_of(scene):
        parts |= {"is_stale": True, "missing": (*scene.missing, names.word("story.stale"))}
    return replace(scene, **parts)


def _rows_as_parts(scene: Scene, rows: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
    if isinstance(scene, (FactsScene, ClosingScene)):
        lacking = {one.name: one.value for one in scene.facts if one.is_missing}
        facts = (Fact(name, value, lacking.get(name) == value) for name, value in rows)
        return {"facts": tuple(facts)}
    if isinstance(scene, TableScene):
        faint = {scene.rows[at] for at in scene.faint if at < len(scene.rows)}
        rows = tuple(_as_wide(row, len(scene.columns)) for row in rows)
        return {"rows": rows, "faint": tuple(at for at, row in enumerate(rows) if row in faint)}
    if isinstance(scene, TimelineScene):
        stages = {(step.on.isoformat(), step.text) for step in scene.steps if step.is_stage}
        return {
            "steps": tuple(
                Step(day_of(on) or date.min, text, document, note, (on, text) in stages)
                for on, text, document, note in (_as_wide(row, STEP_CELLS) for row in rows)
            )
        }
    return {}


def _as_wide(row: tuple[str, ...], cells: int) -> tuple[str, ...]:
    """Return a row of so many cells; what stands beyond goes into the last, nothing is lost."""
    row = (*row, *[""] * (cells - len(row)))
    return (*row[: cells - 1], " ".join(filter(None, row[cells - 1 :])))


def _law(rule_set: str, names: Naming) -> str:
    known = {names.rules.id: names.rules, **names.law}
    return names.title(known[rule_set].title) if rule_set in known else rule_set
