"""What things are called in the visitor's language: offices, layers, stages, codes, words."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property

from dashboard.text import say
from geodata import City, Language, RuleSet, Title
from geodata.crs import SWAPPED
from geodata.errors import UnknownLayer
from geodata.model import is_foreign
from geodata.wording import Words, load_words
from geodata.zones import survey_zones
from layers.catalog import find_table
from layers.drawing.legend import LegendWords
from layers.drawing.symbols import NO_CASE
from layers.layer import Layer


@dataclass(frozen=True)
class Naming:
    """The names of one city, one rule set and the layers on offer, in one language.

    `law` are the rule sets by id that cases may fall under, besides the one that names now.
    """

    city: City
    rules: RuleSet
    layers: tuple[Layer, ...]
    language: Language
    law: Mapping[str, RuleSet] = field(default_factory=dict)

    def under(self, rule_set: str) -> "Naming":
        """Return what things are called under the rule set of a case; here, if it is not known."""
        is_other = rule_set != self.rules.id and rule_set in self.law
        return replace(self, rules=self.law[rule_set]) if is_other else self

    def word(self, key: str, /, **facts: object) -> str:
        """Return a word of the interface."""
        return say(key, self.language, **facts)

    def list_of(self, names: Iterable[str]) -> str:
        """Return several names in one line."""
        return ("、" if self.language == "zh" else ", ").join(names)

    def title(self, title: Title) -> str:
        """Return a thing's own name."""
        return title.says(self.language)

    def layer(self, layer_id: str) -> Layer:
        """Return a layer on offer; raise KeyError."""
        return self._layers[layer_id]

    def table(self, table_id: str) -> str:
        """Return the name of a layer or of a list that rules compare, the id of an unknown one."""
        with suppress(UnknownLayer):
            return self.title(find_table(table_id).title)
        return table_id

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
        """Return the name of a stage, under another rule set if this one has none of that id."""
        has = (one for one in (self.rules, *self.law.values()) if stage_id in one.stages)
        return self.title(next(has, self.rules).stage(stage_id).title)

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
    def intake_words(self) -> Words:
        """Return what the intake says of files, problems and systems."""
        return load_words(self.language, on_screen=True, offices=self._offices)

    def shared_word(self, section: str, key: str, /, **facts: object) -> str:
        """Return a word that the commands use, too: labels, states and acts of evidence."""
        return self.intake_words.say(section, key, **facts)

    def system(self, system: str) -> str:
        """Return the name of a coordinate system with its code: 高德、腾讯（gcj02）."""
        plain = system.removesuffix(SWAPPED)
        turned = self.word("intake.system.north_first") if system != plain else ""
        code, shifted, _ = plain.partition("+towgs84=")
        title = self._system_title(code)
        with_parameters = self.word("intake.system.with_parameters") if shifted else ""
        return f"{title}{with_parameters}{turned}"

    def _system_title(self, code: str) -> str:
        named = {
            "EPSG:4490": "intake.system.cgcs2000",
            "EPSG:4326": "intake.system.wgs84",
            "EPSG:3857": "intake.system.mercator",
            "EPSG:4610": "intake.system.xian80",
            "EPSG:4214": "intake.system.beijing54",
            "gcj02": "intake.system.gcj02",
            "bd09": "intake.system.bd09",
        }
        if code in named:
            return f"{self.word(named[code])} {code}"
        zone = next((one for one in survey_zones() if one.system == code), None)
        if zone is None:
            return code[:60]
        prefix = "intake.system.zone_prefix" if zone.has_prefix else "intake.system.zone_plain"
        facts = {"width": zone.width_deg, "number": zone.number, "meridian": zone.meridian_deg}
        return f"{self.word(prefix, **facts)} {code}"

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
