"""A story made fit for whoever it is for: names hidden, notes left out, places coarse and said so.

Decks, the stage and pages are made of the story and the situation that are returned here, and
never of those that they were made from.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dashboard.decks.picture import Supply
from dashboard.leaving import Manner
from dashboard.naming import Naming
from dashboard.telling.story import (
    ChartScene,
    ClosingScene,
    FactsScene,
    MapScene,
    PairScene,
    Picture,
    Scene,
    Series,
    Story,
    TableScene,
)
from dashboard.words.disclosure import say_precision
from layers.disclosure import Aliases, coarsen
from layers.disclosure.aliases import KEYS
from layers.disclosure.places import Way, is_too_small
from layers.drawing.counts import show_count, show_total
from layers.situation import Situation

SPOKEN = frozenset({"notes"})
"""What a speaker is reminded of, which stays inside."""

CODES = KEYS | {
    "id", "part", "kind", "edited", "sha256", "copy_sha256", "layers", "scope", "colour_by",
    "shares", "position",
}  # fmt: skip
"""Fields of scenes by which pictures and data are found: no words."""

OWN_CASES = frozenset({"id", "case_id"})
"""Of these, what tells whose case it is, and so is hidden where nobody shall know."""

PROCESS = ("story.governance.reviews", "story.governance.reported")
"""Facts that are the office's own business: what reviewers said, what superiors were told (P5)."""

COUNT = re.compile(r"\d{1,9}")
BETWEEN = " · "
NO_COPIES: Mapping[str, str] = {}


@dataclass(frozen=True)
class Prepared:
    """A story as it is told to whoever it is for.

    `situation` is what its maps are drawn from and `coarse` makes any other one (of another day,
    say) fit for them; `uncopied` are the pieces of evidence that would be shown and have no copy
    for it; `by_id` are its scenes by the ids of those that they were made of, None for the same.
    """

    story: Story
    situation: Situation
    coarse: Callable[[Situation], Situation] = field(compare=False, repr=False)
    uncopied: tuple[Picture, ...] = ()
    by_id: Mapping[str, Scene] | None = field(default=None, compare=False, repr=False)


def prepare(
    story: Story,
    situation: Situation,
    names: Naming,
    manner: Manner,
    aliases: Aliases | None,
    *,
    copies: Mapping[str, str] = NO_COPIES,
) -> Prepared:
    """Return a story as it is told to whoever it is for, and what its maps are drawn from.

    Inside it stays as it is; within the system notes are left out and persons disguised.
    `copies` are the copies of evidence that may be shown, by the SHA-256 of their originals.
    """
    if manner.is_inside:
        return Prepared(story, situation, lambda one: one)
    told = aliases or Aliases()
    if manner.audience == "outside":
        shown, seen = story_for_outside(story, situation, told, names, manner.way, copies=copies)
        uncopied = tuple(one for one in evidence_in(story) if one.sha256 not in copies)
        left = (one for one in story.scenes if not (told.is_blind and isinstance(one, MapScene)))
        by_id = _by_id(left, shown)
        return Prepared(
            shown, seen, lambda one: coarse_situation(one, manner.way, names), uncopied, by_id
        )
    persons = tuple(one for one in told.entries if one.entity.kind == "person")
    few = replace(told, entries=persons)
    hidden = few.hide_in(story, story.language, keys=CODES, dropped=SPOKEN)
    return Prepared(hidden, situation, lambda one: one, by_id=_by_id(story.scenes, hidden))


def _by_id(scenes: Iterable[Scene], told: Story) -> dict[str, Scene]:
    return {one.id: shown for one, shown in zip(scenes, told.scenes, strict=True)}


def story_for_outside(
    story: Story,
    situation: Situation,
    aliases: Aliases,
    names: Naming,
    way: Way = "grid",
    *,
    copies: Mapping[str, str] = NO_COPIES,
) -> tuple[Story, Situation]:
    """Return a story for showing outside, and the situation that its maps are drawn from.

    Every map says how exact its places are. Blind, there are no maps: an outline tells whose
    case it is. Decks are made of both with `is_internal=False`. Evidence is shown by its copies
    alone; counts of one or two are not told.
    """
    keys = CODES - OWN_CASES if aliases.is_blind else CODES
    bare = replace(story, scenes=tuple(_bare(one, copies, names) for one in story.scenes))
    hidden = aliases.hide_in(bare, story.language, keys=keys, dropped=SPOKEN)
    precision = say_precision(way, story.language)
    if aliases.is_blind:
        scenes = tuple(_without_maps(one) for one in hidden.scenes if not isinstance(one, MapScene))
    else:
        scenes = tuple(_with_precision(one, precision) for one in hidden.scenes)
    return replace(hidden, scenes=scenes, warnings=()), coarse_situation(situation, way, names)


def as_told(ready: Prepared, scene: Scene) -> Scene | None:
    """Return a scene as it stands in a prepared story, None where it is left out of it."""
    return scene if ready.by_id is None else ready.by_id.get(scene.id)


def supply_for(ready: Prepared, supply: Supply) -> Supply:
    """Return where a deck of a prepared story gets its maps of any day or scope, and its pictures.

    Whatever is asked for comes as coarse as the story's own situation.
    """
    see = supply.see
    coarse = None if see is None else lambda scope, on: ready.coarse(see(scope, on))
    return replace(supply, situation=ready.situation, see=coarse)


def evidence_in(story: Story) -> tuple[Picture, ...]:
    """Return the pieces of evidence that a story shows, each once."""
    pairs = (one for one in story.scenes if isinstance(one, PairScene))
    pictures = (side for pair in pairs for side in (pair.before, pair.after) if side)
    return tuple({one.sha256: one for one in pictures if one.sha256}.values())


def coarse_situation(situation: Situation, way: Way, names: Naming) -> Situation:
    """Return a situation whose features stand no more exactly than a way of telling places."""
    return replace(situation, features=coarsen(situation.features, way, names.city))


# ----------------------------------------------------------------------- scene by scene


def _bare(scene: Scene, copies: Mapping[str, str], names: Naming) -> Scene:
    """Return a scene without what nobody outside is told, before its names are hidden."""
    match scene:
        case PairScene():
            before, after = _copied(scene.before, copies), _copied(scene.after, copies)
            return replace(scene, before=before, after=after)
        case TableScene():
            return replace(scene, rows=suppress_cells(scene.columns, scene.rows))
        case ChartScene():
            return _suppressed(scene, names)
        case FactsScene() | ClosingScene():
            process = {names.word(key) for key in PROCESS}
            return replace(
                scene, facts=tuple(one for one in scene.facts if one.name not in process)
            )
        case _:
            return scene


def _copied(picture: Picture | None, copies: Mapping[str, str]) -> Picture | None:
    """Return a picture as its copy, or as missing where there is none; a map as it is.

    Whoever took it, its file name and the hash of the original stay inside.
    """
    if picture is None or not picture.sha256:
        return picture
    copy = copies.get(picture.sha256, "")
    side, item = picture.caption.split(BETWEEN)[0], picture.item if copy else 0
    return replace(picture, caption=side, item=item, sha256=copy, copy_sha256=copy)


def _with_precision(scene: Scene, precision: str) -> Scene:
    """Return a scene whose maps say how exact they are, and stand where that tells no place."""
    if isinstance(scene, MapScene):
        caption = BETWEEN.join(filter(None, (scene.caption, precision)))
        return replace(scene, caption=caption, position=None)
    if isinstance(scene, PairScene):
        return _sides(scene, lambda one: _with_precision(one, precision))
    return scene


def _without_maps(scene: Scene) -> Scene:
    return _sides(scene, lambda _: None) if isinstance(scene, PairScene) else scene


def _sides(scene: PairScene, change: Callable[[MapScene], Any]) -> PairScene:
    """Return a pair whose maps are changed, or left out."""

    def side(picture: Picture | None) -> Picture | None:
        if picture is None or picture.map is None:
            return picture
        changed = change(picture.map)
        return replace(picture, map=changed) if changed else None

    return replace(scene, before=side(scene.before), after=side(scene.after))


# ------------------------------------------------------------------------------- counts


def _suppressed(scene: ChartScene, names: Naming) -> ChartScene:
    """Return a chart of counts without those of one or two, and the words that say so."""
    series = tuple(replace(one, values=_large_enough(one)) for one in scene.series)
    if series == scene.series:
        return scene
    note = BETWEEN.join(filter(None, (scene.note, names.word("leaving.suppressed"))))
    return replace(scene, series=series, note=note)


def _large_enough(series: Series) -> tuple[float | None, ...]:
    told = [one for one in series.values if one is not None]
    if not all(float(one).is_integer() for one in told):
        return series.values
    return tuple(None if one is not None and is_too_small(one) else one for one in series.values)


def suppress_cells(
    columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]
) -> tuple[tuple[str, ...], ...]:
    """Return the rows of a table without counts of one or two, nor a total that tells them.

    A column is one of counts if all that stands in it are whole numbers and it does not just
    number the rows; a last row that adds the others up is its total.

    >>> suppress_cells(("院", "人数"), (("甲", "12"), ("乙", "2"), ("合计", "14")))
    (('甲', '12'), ('乙', '<3'), ('合计', '≥12'))
    >>> suppress_cells(("序号", "事项"), (("1", "甲"), ("2", "乙")))
    (('1', '甲'), ('2', '乙'))
    """
    cells = [list(row) for row in rows]
    for place in range(len(columns)):
        column = [row[place] if place < len(row) else "" for row in rows]
        counts = [int(one) if COUNT.fullmatch(one) else None for one in column]
        if _is_of_counts(column, counts):
            for row, shown in zip(cells, _shown(counts, column), strict=True):
                if place < len(row):
                    row[place] = shown
    return tuple(tuple(row) for row in cells)


def _is_of_counts(column: list[str], counts: list[int | None]) -> bool:
    told = [one for one in column if one.strip(" —-")]
    numbers = [one for one in counts if one is not None]
    is_numbering = numbers == list(range(1, len(numbers) + 1)) and len(numbers) == len(column)
    return bool(numbers) and len(numbers) == len(told) and not is_numbering


def _shown(counts: list[int | None], column: list[str]) -> list[str]:
    *parts, last = counts
    numbers = [one for one in parts if one is not None]
    shown = [
        text if one is None else show_count(one) for one, text in zip(counts, column, strict=True)
    ]
    if len(numbers) > 1 and last == sum(numbers):
        shown[-1] = show_total(numbers)
    return shown
