"""The vocabulary of the map: a layer, its rules, and how it is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.law import Law
from layers.rule import Rule

Shape = Literal[
    "square", "circle", "diamond", "triangle", "pentagon", "hexagon", "star", "cross", "drop"
]
Pattern = Literal["none", "hatch", "cross_hatch", "dots"]


@dataclass(frozen=True)
class Style:
    """How the features of a layer look, on screen and on paper.

    Colour is never the only sign: points differ by shape, polygons by pattern,
    lines by width; the case status adds outline and symbol (see drawing.symbols).
    """

    colour: str
    shape: Shape = "circle"
    pattern: Pattern = "none"
    width: float = 1.5
    size: float = 6.0


@dataclass(frozen=True)
class Layer:
    """One kind of hazard, complete in itself; `order` places it in lists and legends."""

    id: str
    title: Title
    schema: Schema
    style: Style
    order: int
    legal_basis: tuple[Law, ...] = ()
    field: str = ""
    card: tuple[str, ...] = ()
    measuring: Title = Title("", "")
    rules: tuple[Rule, ...] = ()

    @property
    def hazard_kinds(self) -> Mapping[str, Title]:
        """Return the hazard codes of this layer with their names."""
        return self.schema.hazard_kinds

    @property
    def has_places(self) -> bool:
        """Return whether features are places; a layer without places counts per district."""
        return self.schema.geometry != "none"

    def card_columns(self) -> tuple[Column, ...]:
        """Return the columns that the card shows, in order."""
        return tuple(self.schema.column(name) for name in self.card)
