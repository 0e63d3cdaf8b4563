"""The annexes of a paper: behind every figure its definition and the list that it counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from dashboard.naming import Naming
from dashboard.panels.figures.table import list_table
from dashboard.panels.figures.words import say_title, say_value
from dashboard.reports.blocks import Block, Heading, Para, Table, shares
from layers.figures import PERIOD_FIGURES, STOCK_FIGURES
from layers.summary_tallies import SUMMARY_FIGURES
from layers.tally import Figure, Tally, tabulate

MOST_ROWS = 500
"""How many rows of one list are printed; all are in the files of the screen of figures."""

PAGE_CM = 25.6
NUMBER_WEIGHT = 0.5
WEIGHTS: Mapping[str, float] = {
    "tick": 0.9,
    "case": 1.75,
    "entry": 0.7,
    "title": 3.9,
    "hazard": 2.4,
    "name": 2.6,
    "office": 0.9,
    "on": 1.3,
    "recorded_on": 1.3,
    "group": 1.8,
    "agency": 1.5,
    "nature": 0.9,
}
SAME_LIST: Mapping[str, str] = {"hazards_found": "hazards_fixed"}
"""Figures whose list is the denominator of another: it is printed once."""

SUMMARY_IDS = frozenset(one.id for one in SUMMARY_FIGURES)


@dataclass(frozen=True)
class Annex:
    """One annex: its number, what it is the list of, what the figure says and means."""

    number: int
    id: str
    title: str
    value: str
    definition: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths_cm: tuple[float, ...]
    left_over: int = 0


def title_of(figure: Figure, names: Naming) -> str:
    """Return what a figure is called, also one that only a summary has."""
    if figure.id in SUMMARY_IDS:
        return names.word(f"documents.figure.{figure.id}")
    return say_title(figure, names)


def definition_of(figure: Figure, names: Naming) -> str:
    """Return what a figure counts."""
    if figure.id in SUMMARY_IDS:
        return names.word(f"documents.meaning.{figure.id}")
    return names.word(f"figures.definition.{figure.id}")


def make_annexes(
    tallies: Mapping[str, Tally], hazard_names: Mapping[str, str], names: Naming
) -> dict[str, Annex]:
    """Return an annex for each figure that has rows, by its id, in the order of the figures."""
    order = (*PERIOD_FIGURES, *SUMMARY_FIGURES, *STOCK_FIGURES)
    held = [one for one in order if one.id in tallies and len(tallies[one.id])]
    lists = [one for one in held if SAME_LIST.get(one.id) not in tallies]
    made = {
        figure.id: _annex(number, tallies[figure.id], hazard_names, names)
        for number, figure in enumerate(lists, start=1)
    }
    return made | {one.id: made[SAME_LIST[one.id]] for one in held if one.id not in made}


def annex_blocks(annexes: Mapping[str, Annex], names: Naming) -> Iterator[Block]:
    """Yield the annexes as blocks, each once."""
    for one in {one.number: one for one in annexes.values()}.values():
        yield Heading(names.word("documents.annex", number=one.number, title=one.title), 3)
        yield Para(names.word("documents.annex_value", value=one.value), "small")
        yield Para(names.word("documents.annex_meaning", meaning=one.definition), "small")
        yield Table("", one.head, one.rows, one.widths_cm, size_pt=9)
        if one.left_over:
            yield Para(names.word("documents.left_over", count=one.left_over), "small")


def _annex(number: int, tally: Tally, hazard_names: Mapping[str, str], names: Naming) -> Annex:
    facts = tabulate(tally)
    table = list_table(tally.figure, facts, hazard_names, names)
    shown = table.head(MOST_ROWS)
    keys = _keys(tally.figure, facts)
    head = (names.word("documents.row"), *map(str, shown.columns))
    rows = tuple(
        (str(place), *(_printed(cell) for cell in row))
        for place, row in enumerate(shown.itertuples(index=False, name=None), start=1)
    )
    weights = (NUMBER_WEIGHT, *(WEIGHTS.get(one, 1.3) for one in keys))
    return Annex(
        number,
        tally.figure.id,
        title_of(tally.figure, names),
        say_value(tally.figure, tally.value, names),
        definition_of(tally.figure, names),
        head,
        rows,
        shares(PAGE_CM, weights),
        len(table) - len(shown),
    )


def _keys(figure: Figure, facts: pd.DataFrame) -> Sequence[str]:
    """Return the columns of `list_table` by their ids, in its order."""
    hazards = figure.lists == "hazards"
    keys = ["tick", *(("hazard", "name") if hazards else ("case",))]
    keys += ["entry"] if figure.lists == "documents" else []
    keys += [] if hazards else ["title"]
    keys += ["office", *(("on", "recorded_on") if facts["on"].notna().any() else ())]
    keys += ["amount"] if facts["amount"].notna().any() else []
    keys += ["group"] if figure.by else []
    return keys if hazards else [*keys, "agency", "nature"]


def _printed(cell: object) -> str:
    if cell is None or cell is pd.NaT or cell is pd.NA:
        return "—"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return f"{cell:,.2f}".rstrip("0").rstrip(".")
    return str(cell)
