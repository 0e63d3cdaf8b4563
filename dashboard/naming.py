"""What things are called in the visitor's language: offices, layers, stages, codes, words."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from dashboard.text import say
from geodata import City, Language, RuleSet, Title
from geodata.model import is_foreign
from layers.drawing.legend import LegendWords
from layers.drawing.symbols import NO_CASE
from layers.layer import Layer


@dataclass(frozen=True)
class Naming:
    """The names of one city, one rule set and the layers on offer, in one language."""

    city: City
    rules: RuleSet
    layers: tuple[Layer, ...]
    language: Language

    def word(self, key: str, /, **facts: object) -> str:
        """Return a word of the interface."""
        return say(key, self.language, **facts)

    def title(self, title: Title) -> str:
        """Return a thing's own name."""
        return title.says(self.language)

    def layer(self, layer_id: str) -> Layer:
        """Return a layer on offer; raise KeyError."""
        return self._layers[layer_id]

    def office(self, jurisdiction_id: str) -> str:
        """Return the short name of an office, or that a place is outside the city."""
        if is_foreign(jurisdiction_id):
            return jurisdiction_id
        return self._offices.get(jurisdiction_id) or self.word("card.outside")

    def office_title(self, jurisdiction_id: str) -> str:
        """Return the whole name of an office; one of another region bears the name it came with."""
        known = {one.id: one.title for one in self.city.jurisdictions}
        is_known = jurisdiction_id in known
        return self.title(known[jurisdiction_id]) if is_known else self.office(jurisdiction_id)

    def group(self, group: str) -> str:
        """Return the name of a group of stages, or that there is no case yet."""
        titles = self.rules.groups
        return self.title(titles[group]) if group in titles else self.word("filters.no_case")

    def stage(self, stage_id: str) -> str:
        """Return the name of a stage."""
        return self.title(self.rules.stage(stage_id).title)

    def deadline(self, deadline_id: str) -> str:
        """Return the name of a deadline, or nothing for none."""
        return self.title(self.rules.deadline(deadline_id).title) if deadline_id else ""

    def code(self, codes: str, code: str) -> str:
        """Return the name of a code of the rule set (fields, actors, ...), or "—"."""
        known = self.rules.codes[codes]
        return self.title(known[code]) if code in known else "—"

    def hazard_kinds(self, layer_id: str, joined: str | None) -> list[str]:
        """Return the names of the hazard codes, joined by ";", that the layer knows."""
        known = self.layer(layer_id).hazard_kinds
        return [self.title(known[one]) for one in (joined or "").split(";") if one in known]

    def titles(self, titles: Mapping[str, Title]) -> dict[str, str]:
        """Return a code list with its names."""
        return {code: self.title(title) for code, title in titles.items()}

    @property
    def legend(self) -> LegendWords:
        """Return the words of the legend that belong to no layer and to no stage group."""
        return LegendWords(
            layers=self.word("map.legend_layers"),
            status=self.word("map.legend_status"),
            overdue=self.word("map.legend_overdue"),
            no_case=self.group(NO_CASE),
        )

    @property
    def groups(self) -> dict[str, str]:
        """Return every group of stages with its name, hazards without a case first."""
        return {NO_CASE: self.group(NO_CASE)} | self.titles(self.rules.groups)

    @cached_property
    def _layers(self) -> dict[str, Layer]:
        return {layer.id: layer for layer in self.layers}

    @cached_property
    def _offices(self) -> dict[str, str]:
        return {one.id: self.title(one.short) for one in self.city.jurisdictions}
