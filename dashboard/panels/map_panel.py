"""The map on screen; it tells what was clicked or drawn, once, before the next run begins."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from time import monotonic, sleep
from typing import Any

from folium import FeatureGroup
from streamlit_folium import st_folium

from dashboard.doors.visitors import my_pass
from dashboard.naming import Naming
from dashboard.reads import DataState
from dashboard.routes.shown import hand_over
from dashboard.session import (
    MapEvent,
    hear_component,
    is_news,
    keep,
    kept,
    start_position,
    widget,
)
from dashboard.view import View
from geodata import City, Settings, Source
from layers.drawing.legend import LegendPart, build_legend
from layers.drawing.symbols import OVERDUE_COLOUR, ColourBy
from layers.drawing.webmap import (
    GoTo,
    MapWords,
    Position,
    Tiled,
    TimeBar,
    build_features,
    build_map,
)
from layers.situation import Situation

HEIGHT_PX = 452
DECIMALS = 5

DRAWING_S, LONGEST_S, QUIET_S = 0.3, 0.7, 0.1
"""How long what stands beside a map is held back while a browser fetches and draws its tiles: at
least, at most, and how long after the last tile that was asked for."""


def show_map(
    situation: Situation,
    view: View,
    names: Naming,
    state: DataState,
    settings: Settings,
    *,
    on_event: Callable[[MapEvent], None],
    selected: Collection[str] = (),
    go_to: GoTo | None = None,
    tour: Sequence[tuple[float, float]] = (),
    height_px: int = HEIGHT_PX,
    time: TimeBar | None = None,
    tiled: Sequence[Tiled] = (),
) -> None:
    """Show a situation on the map, which tells when a hazard is clicked or an area drawn.

    With a bar for time, it also tells when the months are to be played or a day to be seen.
    """
    city = names.city
    words = map_words(names, state, settings)
    if time is not None and time.seen_on != time.newest_on:
        note = time.words["note"].replace("{day}", time.seen_on.isoformat())
        words = replace(words, legend_note=note)
    group = build_features(
        situation,
        names.layers,
        city,
        colour_by=view.colour_by,
        legend=screen_legend(situation, names, view.colour_by),
        words=words,
        language=names.language,
        selected=selected,
        within=view.scope.within,
        go_to=go_to,
        tour=tour,
        time=time,
        tiled=tiled,
        hand_over=partial(hand_over, leave=my_pass()),
    )
    put_on_map(
        group,
        city,
        words,
        settings,
        key=f"map-{names.language}",
        height_px=height_px,
        on_event=on_event,
    )


def let_tiles_be_drawn(shown: object, served_at: Callable[[], float]) -> None:
    """Hold back what follows on the page for a moment, where a map of tiles now shows other ones.

    Page and map share one thread in the browser: tables that come meanwhile are drawn first. A
    page that opens waits for its map's frame anyway, and its figures come at once. `served_at`
    tells when the last tile was served, on the clock of `time.monotonic`.
    """
    before = kept("tiles_drawn")
    keep("tiles_drawn", shown)
    if before is None or before == shown:
        return
    began = monotonic()
    sleep(DRAWING_S)
    while monotonic() - began < LONGEST_S and monotonic() - served_at() < QUIET_S:
        sleep(QUIET_S / 4)


def put_on_map(
    group: FeatureGroup,
    city: City,
    words: MapWords,
    settings: Settings,
    *,
    key: str,
    height_px: int,
    on_event: Callable[[MapEvent], None],
    stands_alone: bool = False,
) -> None:
    """Show a group on a map of the city, which tells what is clicked, drawn or asked of time.

    One that `stands_alone` has no drawing tools, and the page's address does not follow it.
    """
    position = start_position() or Position(city.zoom, city.centre[1], city.centre[0])

    def tell() -> None:
        hear_component()
        event = read_event(widget(key, {}) or {}, key)
        if event != MapEvent():
            on_event(event)

    st_folium(
        build_map(city, position, words, settings.basemap_url, stands_alone=stands_alone),
        key=key,
        height=height_px,
        use_container_width=True,
        feature_group_to_add=group,
        returned_objects=["last_active_drawing", "last_object_clicked_count"],
        on_change=tell,
    )


def screen_legend(
    situation: Situation, names: Naming, colour_by: ColourBy
) -> tuple[LegendPart, ...]:
    """Return the legend of what is on the map."""
    return build_legend(
        situation.features,
        names.layers,
        names.rules.groups,
        colour_by,
        names.legend,
        language=names.language,
        rim=OVERDUE_COLOUR,
        crowd=situation.crowd,
    )


def map_words(names: Naming, state: DataState, settings: Settings) -> MapWords:
    """Return the words of the map's furniture."""
    note = names.word("map.legend_note", as_of=state.as_of.isoformat(), revision=state.revision)
    if state.is_demonstration:
        mark = "frame.mixed" if state.is_mixed else "frame.demonstration"
        note = f"{names.word(mark)} · {note}"
    sources = [_credit(names.city.outline_source, names), _credit(names.city.river_source, names)]
    if settings.basemap_url:
        sources.insert(0, settings.basemap_source)
    return MapWords(
        legend=names.word("map.legend"),
        legend_note=note,
        north=names.word("map.north"),
        north_title=names.word("map.north_title"),
        attribution=" | ".join(sources),
        draw=json.loads(names.word("map.draw")),
        zoom_in=names.word("map.zoom_in"),
        zoom_out=names.word("map.zoom_out"),
    )


def _credit(source: Source, names: Naming) -> str:
    number = source.map_approval_number
    approval = f" {names.word('map.approval', number=number)}" if number else ""
    return f"{names.title(source.title)}{approval}"


def read_event(answer: dict[str, Any], key: str) -> MapEvent:
    """Return what a map's answer tells, if it has not told it before."""
    drawing = answer.get("last_active_drawing")
    count = answer.get("last_object_clicked_count")
    if not drawing or not is_news(key, (count, json.dumps(drawing, sort_keys=True))):
        return MapEvent()
    told = drawing.get("properties") or {}
    if told.get("ref"):
        return MapEvent(hazard=told["ref"])
    if told.get("replay") in {"begin", "end"}:
        return MapEvent(replay=told["replay"])
    if told.get("day"):
        return MapEvent(day=date.fromisoformat(told["day"]))
    if drawing["geometry"]["type"] != "Polygon":
        return MapEvent()
    corners = drawing["geometry"]["coordinates"][0][:-1]
    return MapEvent(area=tuple((round(x, DECIMALS), round(y, DECIMALS)) for x, y in corners))
