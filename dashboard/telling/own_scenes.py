"""Scenes that people add to a story: text, a map as it was looked at, a chart, a pair.

They are kept as wishes and answered anew whenever the story is opened.
"""

from dataclasses import replace
from datetime import date

from dashboard import reads
from dashboard.desks import evidence as evidence_desk
from dashboard.naming import Naming
from dashboard.panels.figures.words import say_group, say_title
from dashboard.reads import DataState
from dashboard.telling.case_proof import picture_of
from dashboard.telling.story import (
    ChartScene,
    MapScene,
    PairScene,
    Picture,
    Scene,
    Series,
    TextScene,
)
from geodata import hazards_of
from layers.drawing.symbols import COLOUR_BY, ColourBy
from layers.drawing.webmap import Position
from layers.figures import PERIOD_FIGURES, STOCK_FIGURES, find_figure
from layers.stories import Own, OwnChart, OwnMap, OwnPair, Place
from layers.tally import Figure

OWN_MINUTES = 0.5
PERCENT = 100


def charted_figures() -> tuple[Figure, ...]:
    """Return the figures that a chart can be drawn of."""
    return tuple(one for one in (*PERIOD_FIGURES, *STOCK_FIGURES) if one.shape != "none")


def make_own(place: Place, state: DataState, names: Naming) -> Scene:
    """Return the scene of a place that somebody added, without what was written in its edit."""
    scene = _make(place.own, state, names)
    heading = place.heading or scene.heading
    facts = {"id": place.id, "case_id": place.case_id, "is_own": True, "minutes": OWN_MINUTES}
    return replace(scene, heading=heading, **facts)  # type: ignore[arg-type]


def _make(own: Own | None, state: DataState, names: Naming) -> Scene:
    if isinstance(own, OwnMap):
        return _map(own, names)
    if isinstance(own, OwnChart):
        return _chart(own, state, names)
    if isinstance(own, OwnPair):
        return _pair(own, state, names)
    return TextScene(names.word("story.own.text"))


def _map(own: OwnMap, names: Naming) -> MapScene:
    known = own.colour_by in COLOUR_BY
    colour_by: ColourBy | None = own.colour_by if known else None  # type: ignore[assignment]
    stands = Position(own.zoom, own.lat, own.lon) if own.zoom else None
    layers = [one for one in names.layers if not own.scope.layers or one.id in own.scope.layers]
    offices = [names.office(one) for one in names.city.jurisdiction_ids
               if one in own.scope.jurisdictions]  # fmt: skip
    shown = [names.title(one.title) for one in layers] if own.scope.layers else []
    parts = [*offices, *shown, own.as_of.isoformat() if own.as_of else ""]
    return MapScene(
        names.word("story.own.map"),
        caption=" · ".join(filter(None, parts)),
        layers=tuple(sorted(own.scope.layers)),
        as_of=own.as_of,
        position=stands,
        scope=own.scope,
        colour_by=colour_by,
    )


def _chart(own: OwnChart, state: DataState, names: Naming) -> ChartScene:
    known = {one.id: one for one in charted_figures()}
    if own.figure not in known:
        gone = names.word("story.own.figure_gone", figure=own.figure)
        return ChartScene(names.word("story.own.chart"), note=gone, missing=(gone,))
    figure = find_figure(own.figure)
    title = say_title(figure, names)
    year = (date(state.as_of.year, 1, 1), state.as_of)
    if own.by == "groups":
        tally = reads.figures(year, state)[figure.id].within(own.offices)
        told = [(say_group(figure, one, names), value) for one, value in tally.by_group().items()]
    else:
        series = reads.figure_series(figure, own.by, own.offices, state.as_of, state)
        told = [(_period(period, own.by), value) for period, value in series]
    scale = PERCENT if figure.shape == "rate" else 1
    values = [None if one.number is None else round(one.number * scale, 2) for _, one in told]
    offices = names.list_of(
        names.office(one) for one in names.city.jurisdiction_ids if one in own.offices
    )
    note = names.word(
        "story.own.chart_note",
        figure=title,
        as_of=state.as_of.isoformat(),
        offices=offices or names.title(names.city.title),
    )
    lacks = () if any(one is not None for one in values) else (names.word("story.not_recorded"),)
    return ChartScene(
        title,
        kind="bar" if own.by == "groups" or figure.timing == "period" else "line",
        categories=tuple(name for name, _ in told),
        series=(Series(title, tuple(values)),),
        unit="%" if scale == PERCENT else "",
        note=note,
        missing=lacks,
    )


def _period(ends: tuple[date, date], by: str) -> str:
    return str(ends[1].year) if by == "years" else f"{ends[1]:%Y-%m}"


def _pair(own: OwnPair, state: DataState, names: Naming) -> PairScene:
    heading = names.word("story.own.pair")
    if own.case:
        return _pair_of_maps(own, heading, state, names)
    sides, lacks = [], []
    for number, side in ((own.before, "before"), (own.after, "after")):
        item = evidence_desk.find_item(number)
        sides.append(None if item is None else picture_of(item, names, side))
        if item is None:
            lacks.append(names.word("story.own.item_gone", number=number))
    return PairScene(heading, before=sides[0], after=sides[1], missing=tuple(lacks))


def _pair_of_maps(own: OwnPair, heading: str, state: DataState, names: Naming) -> PairScene:
    case = reads.case(own.case, state.revision)
    if case is None:
        gone = names.word("story.gone.case", case=own.case)
        return PairScene(heading, case_id=own.case, missing=(gone,))
    refs = tuple(str(one) for one in hazards_of(case, state.as_of, state.known_at))
    sides = []
    for on, side in ((own.before_on, "before"), (own.after_on, "after")):
        day = on or state.as_of
        word = f"{names.word(f'story.pair.{side}')} {day.isoformat()}"
        shown = MapScene(word, caption=word, refs=refs, jurisdiction=case.jurisdiction, as_of=day)
        sides.append(Picture(word, on=day, map=shown))
    lacks = () if refs else (names.word("story.map.none"),)
    caption = names.word("story.pair.maps")
    return PairScene(heading, before=sides[0], after=sides[1], caption=caption, missing=lacks)
