"""A story made fit for outside: names hidden, notes left out, places coarse and said to be so."""

from dataclasses import replace

from dashboard.disclosure_words import say_precision
from dashboard.leaving import Manner
from dashboard.naming import Naming
from dashboard.story import MapScene, Scene, Story
from layers.disclosure import Aliases, coarsen
from layers.disclosure.places import Way
from layers.situation import Situation

SPOKEN = frozenset({"notes"})
"""What a speaker is reminded of, which stays inside."""


def story_for_outside(
    story: Story, situation: Situation, aliases: Aliases, names: Naming, way: Way = "grid"
) -> tuple[Story, Situation]:
    """Return a story for showing outside, and the situation that its maps are drawn from.

    Every map says how exact its places are. Blind, there are no maps: an outline tells whose
    case it is. Decks are made of both with `is_internal=False`.
    """
    hidden = aliases.hide_in(story, story.language, dropped=SPOKEN)
    precision = say_precision(way, story.language)
    scenes = tuple(
        _with_precision(scene, precision)
        for scene in hidden.scenes
        if not (aliases.is_blind and isinstance(scene, MapScene))
    )
    features = coarsen(situation.features, way, names.city)
    return replace(hidden, scenes=scenes), replace(situation, features=features)


def story_for(
    story: Story, situation: Situation, manner: Manner, aliases: Aliases | None, names: Naming
) -> tuple[Story, Situation]:
    """Return a story as it is told to whoever it is for, and what its maps are drawn from.

    Inside it stays as it is; within the system notes are left out and persons disguised.
    """
    if manner.is_inside or aliases is None:
        return story, situation
    if manner.audience == "outside":
        return story_for_outside(story, situation, aliases, names, manner.way)
    persons = tuple(one for one in aliases.entries if one.entity.kind == "person")
    few = replace(aliases, entries=persons)
    return few.hide_in(story, story.language, dropped=SPOKEN), situation


def _with_precision(scene: Scene, precision: str) -> Scene:
    if not isinstance(scene, MapScene):
        return scene
    return replace(scene, caption=" · ".join(filter(None, (scene.caption, precision))))
