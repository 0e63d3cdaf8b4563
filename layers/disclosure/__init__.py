"""Showing outside and letting files leave: aliases, coarse places, bare photographs, the check."""

from layers.disclosure.aliases import Alias, Aliases, Suspect, make_aliases
from layers.disclosure.check import check_export
from layers.disclosure.classes import (
    AUDIENCES,
    Audience,
    DisclosureClass,
    LeakKind,
    Severity,
    audience_titles,
    disclosure_classes,
    leak_kinds,
)
from layers.disclosure.entities import (
    Entity,
    entities_of_cases,
    entities_of_city,
    entities_of_features,
    entities_of_persons,
    entity,
)
from layers.disclosure.leak import Context, Leak, Release, context_for, release
from layers.disclosure.pictures import photo_for_outside, traces_of
from layers.disclosure.places import Coarse, ShownCounts, coarsen, generalise, suppress

__all__ = [
    "AUDIENCES",
    "Alias",
    "Aliases",
    "Audience",
    "Coarse",
    "Context",
    "DisclosureClass",
    "Entity",
    "Leak",
    "LeakKind",
    "Release",
    "Severity",
    "ShownCounts",
    "Suspect",
    "audience_titles",
    "check_export",
    "coarsen",
    "context_for",
    "disclosure_classes",
    "entities_of_cases",
    "entities_of_city",
    "entities_of_features",
    "entities_of_persons",
    "entity",
    "generalise",
    "leak_kinds",
    "make_aliases",
    "photo_for_outside",
    "release",
    "suppress",
    "traces_of",
]
