"""A story as data for the stage: scenes, maps with their legends, pictures, and every word.

The same data is played in the app (`/stage/...`) and in the one offline file: see stage_page.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from dashboard.decks.stage_pictures import PictureBook, ReadPicture
from dashboard.decks.stage_words import stage_words
from dashboard.naming import Naming
from dashboard.telling.story import (
    AgendaScene,
    ChartScene,
    ClosingScene,
    FactsScene,
    MapScene,
    PairScene,
    Picture,
    Scene,
    Story,
    TableScene,
    TextScene,
    TimelineScene,
    TitleScene,
)
from geodata import Scope
from layers.drawing.stagemap import Card, MapBook, Row, StageWords
from layers.drawing.symbols import ColourBy
from layers.imprint import imprint_of
from layers.situation import Situation

Look = Callable[[Scope, date], Situation]
"""What a scope shows on a day; the scope of nothing in particular shows everything."""

TIME_SHARE, OFFICE_SHARE, WHO_SHARE, MINUTES_SHARE = 0.1, 0.14, 0.18, 0.09
AGENDA_SHARES = (
    TIME_SHARE,
    OFFICE_SHARE,
    1 - TIME_SHARE - OFFICE_SHARE - WHO_SHARE - MINUTES_SHARE,
    WHO_SHARE,
    MINUTES_SHARE,
)
INSIDE_DIGITS, OUTSIDE_DIGITS = 5, 2
"""Decimals of a degree that tell where a map stands: outside no more than coarse places have."""

FACT_SHARES = (0.2, 0.8)
STEP_SHARES = (0.14, 0.27, 0.3, 0.29)


def stage_data(
    story: Story,
    look: Look,
    names: Naming,
    *,
    colour_by: ColourBy = "status",
    is_internal: bool = True,
    read_picture: ReadPicture = lambda _: None,
    on_scene: Callable[[int], None] = lambda _: None,
) -> dict[str, Any]:
    """Return a story as the player takes it; the names must be in the language of the story.

    What goes outside is not marked as internal, shows the copies of photographs made for outside
    and no others, and its cards tell only what stands on the map; its story has aliases, and
    `look` coarse places. `on_scene` is told how many scenes are done.
    """
    telling = _Telling(
        story, look, names, colour_by, is_internal=is_internal, read_picture=read_picture
    )
    return telling.data(on_scene)


class _Telling:
    """A story on its way to the stage."""

    def __init__(
        self,
        story: Story,
        look: Look,
        names: Naming,
        colour_by: ColourBy,
        *,
        is_internal: bool,
        read_picture: ReadPicture,
    ) -> None:
        self.story, self.look, self.names = story, cache(look), names
        self.colour_by, self.is_internal = colour_by, is_internal
        self.pictures = PictureBook(read_picture)
        words = StageWords(names.legend, self._title, self._card, self._state)
        self.maps = MapBook(
            names.city,
            names.layers,
            names.rules.groups,
            words,
            names.language,
            digits=INSIDE_DIGITS if is_internal else OUTSIDE_DIGITS,
        )
        self.seen: dict[object, gpd.GeoDataFrame] = {}
        self.drawn: dict[str, None] = {}
        self.cases: dict[str, int] = {}

    def data(self, on_scene: Callable[[int], None]) -> dict[str, Any]:
        """Return scenes, maps, pictures, imprint and words.

        A story without maps brings no base map either: outlines tell whose case it is.
        """
        story, language = self.story, self.names.language
        imprint = imprint_of(
            self.names.city,
            story.as_of,
            story.revision,
            is_demonstration=story.is_demonstration,
            is_internal=self.is_internal,
        )
        scenes = []
        for done, scene in enumerate(story.scenes, start=1):
            scenes.append(self._tell(scene))
            on_scene(done)
        has_maps = not self.maps.is_empty
        return {
            "title": story.title,
            "language": language,
            "marks": list(imprint.marks(language)),
            "imprint": imprint.line(language),
            "warnings": list(story.warnings),
            "scenes": scenes,
            "everything": self._draw(MapScene("", refs=tuple(self.drawn))) if has_maps else None,
            "map": self.maps.data() if has_maps else {"maps": []},
            "pictures": self.pictures.data(),
            "words": stage_words(self.names),
        }

    def _tell(self, scene: Scene) -> dict[str, Any]:
        """Return a scene; of a kind not known here, its heading."""
        kinds: dict[type[Scene], tuple[str, Callable[[Any], dict[str, Any]]]] = {
            TitleScene: ("title", self._open),
            AgendaScene: ("table", self._set_agenda),
            MapScene: ("map", lambda one: {"caption": one.caption, "map": self._draw(one)}),
            FactsScene: ("table", self._state_facts),
            ClosingScene: ("table", self._state_facts),
            TimelineScene: ("table", self._tell_days),
            TextScene: ("table", self._say),
            TableScene: ("table", self._tabulate),
            ChartScene: ("chart", self._plot),
            PairScene: ("pair", self._compare),
        }
        kind, tell = kinds.get(type(scene), ("unknown", lambda _: {}))
        return {
            "kind": kind,
            "heading": scene.heading,
            "notes": scene.notes,
            "seconds": round(scene.minutes * 60),
            "case": self._case_number(scene.case_id),
            "missing": list(scene.missing),
            **tell(scene),
        }

    def _case_number(self, case_id: str) -> int:
        """Return which case of the story a scene belongs to, from 1; 0 for none."""
        return self.cases.setdefault(case_id, len(self.cases) + 1) if case_id else 0

    def _open(self, scene: TitleScene) -> dict[str, Any]:
        return {"lines": scene.subheading.splitlines()}

    def _set_agenda(self, scene: AgendaScene) -> dict[str, Any]:
        word = self.names.word
        columns = (
            word("stage.agenda_time"),
            word("stage.agenda_office"),
            word("stage.agenda_text"),
            word("stage.agenda_speaker"),
            word("stage.agenda_minutes"),
        )
        rows = [
            (_clock(row.begins), row.office, row.text, row.speaker, f"{row.minutes:g}")
            for row in scene.rows
        ]
        strong = [number for number, row in enumerate(scene.rows) if not row.case_id]
        return _table(rows, columns, AGENDA_SHARES, strong=strong)

    def _state_facts(self, scene: FactsScene | ClosingScene) -> dict[str, Any]:
        faint = [number for number, one in enumerate(scene.facts) if one.is_missing]
        rows = [(one.name, one.value) for one in scene.facts]
        return _table(rows, (), FACT_SHARES, faint=faint) | {"look": "facts"}

    def _tell_days(self, scene: TimelineScene) -> dict[str, Any]:
        word = self.names.word
        columns = (
            word("stage.day_column"),
            word("stage.event_column"),
            word("stage.document_column"),
            word("stage.note_column"),
        )
        rows = [(one.on.isoformat(), one.text, one.document, one.note) for one in scene.steps]
        strong = [number for number, one in enumerate(scene.steps) if one.is_stage]
        told = _table(rows, columns, STEP_SHARES, strong=strong, note=scene.basis_note)
        return told | {"look": "timeline"}

    def _say(self, scene: TextScene) -> dict[str, Any]:
        return _table([(one,) for one in scene.paragraphs], (), (1.0,)) | {"look": "text"}

    def _tabulate(self, scene: TableScene) -> dict[str, Any]:
        widest = max((len(row) for row in (scene.columns, *scene.rows)), default=1) or 1
        shares = scene.shares or (1 / widest,) * widest
        return _table(scene.rows, scene.columns, shares, faint=scene.faint, note=scene.note)

    def _plot(self, scene: ChartScene) -> dict[str, Any]:
        return {
            "chart": scene.kind,
            "categories": list(scene.categories),
            "series": [{"name": one.name, "values": list(one.values)} for one in scene.series],
            "unit": scene.unit,
            "note": scene.note,
        }

    def _compare(self, scene: PairScene) -> dict[str, Any]:
        sides = (scene.before, scene.after)
        shown = [self._features(_dated(one)) for one in sides if one and one.map]
        framed = gpd.GeoDataFrame(pd.concat(shown), crs=4490) if shown else None
        halves = [self._half(one, framed) for one in sides]
        return {"caption": scene.caption, "before": halves[0], "after": halves[1]}

    def _half(self, side: Picture | None, framed: gpd.GeoDataFrame | None) -> dict[str, Any]:
        """Return one side of a pair: what it shows, or why it shows nothing."""
        if side is None:
            return {"lost": self.names.word("stage.no_picture"), "caption": "", "day": ""}
        day = side.on or (side.map.as_of if side.map else None)
        told = {"caption": side.caption, "day": day.isoformat() if day else ""}
        if side.map:
            return told | {"map": self._draw(_dated(side), framed)}
        if not self.is_internal and side.sha256 and not side.copy_sha256:
            return told | {"lost": self.names.word("stage.for_outside_no_copy")}
        number = self.pictures.add(side)
        if number is None:
            return told | {"lost": self.names.word("stage.no_picture")}
        return told | {"picture": number}

    def _draw(self, scene: MapScene, framed: gpd.GeoDataFrame | None = None) -> int:
        """Return the number of the map of a scene; two that are compared are framed on both."""
        day = scene.as_of or self.story.as_of
        features = self._features(scene)
        self.drawn |= dict.fromkeys(features["ref"])

        def note(left_out: int) -> str:
            facts = {"day": self.names.word("stage.day", day=day), "revision": self.story.revision}
            told = [self.names.word("stage.map_note", **facts)]
            if left_out:
                told.append(self.names.word("stage.left_out", count=left_out))
            return " · ".join(told)

        return self.maps.add(
            features,
            scene.colour_by or self.colour_by,
            note=note,
            district=scene.jurisdiction,
            position=scene.position,
            framed=framed,
        )

    def _features(self, scene: MapScene) -> gpd.GeoDataFrame:
        """Return what a map shows: a scope, or the hazards that it names."""
        day = scene.as_of or self.story.as_of
        asked = (scene.scope, day, scene.refs, scene.layers)
        if asked not in self.seen:
            found = self.look(scene.scope or Scope(), day).features
            fits = np.ones(len(found), bool)
            if scene.scope is None:
                fits &= found["ref"].isin(scene.refs).to_numpy(bool)
            if scene.layers:
                fits &= found["layer"].isin(scene.layers).to_numpy(bool)
            self.seen[asked] = found[fits]
        return self.seen[asked]

    def _title(self, row: Row) -> str:
        return row.name or row.id

    def _card(self, row: Row) -> Card:
        """Return what a card tells of a hazard on any day; outside, no more than the map does."""
        names, word = self.names, self.names.word
        layer = (word("stage.card.layer"), names.title(names.layer(row.layer).title))
        if not self.is_internal:
            return [layer]
        where = " ".join(filter(None, (names.office(row.jurisdiction), row.township)))
        told = [
            layer,
            (word("stage.card.office"), where),
            (
                word("stage.card.kinds"),
                names.list_of(names.hazard_kinds(row.layer, row.hazard_kinds)),
            ),
            (word("stage.card.found_on"), _day(row.found_on)),
            (word("stage.card.source"), row.source or ""),
        ]
        return [(name, value) for name, value in told if value]

    def _state(self, row: Row) -> Card:
        """Return what a card tells of a hazard as of the day of its map."""
        names, word = self.names, self.names.word
        told = [(word("stage.card.state"), names.group(row.group))]
        if row.is_overdue:
            told.append((word("stage.card.late"), word("stage.card.late_yes")))
        if self.is_internal:
            told += [
                (word("stage.card.rectified_on"), _day(row.rectified_on)),
                (word("stage.card.verified_on"), _day(row.verified_on)),
                (word("stage.card.cases"), names.list_of((row.case_ids or "").split(";"))),
            ]
        return [(name, value) for name, value in told if value]


def _table(
    rows: Sequence[Sequence[str]],
    columns: Sequence[str],
    shares: Sequence[float],
    *,
    faint: Sequence[int] = (),
    strong: Sequence[int] = (),
    note: str = "",
) -> dict[str, Any]:
    return {
        "look": "table",
        "columns": list(columns),
        "rows": [list(row) for row in rows],
        "shares": list(shares),
        "faint": list(faint),
        "strong": list(strong),
        "note": note,
    }


def _dated(side: Picture) -> MapScene:
    """Return the map of one side of a pair, on its day."""
    shown = side.map or MapScene("")
    return replace(shown, as_of=shown.as_of or side.on)


def _day(value: date | None) -> str:
    return value.isoformat()[:10] if value else ""


def _clock(minutes: float) -> str:
    """Return minutes from the start as hours and minutes.

    >>> _clock(68)
    '1:08'
    """
    return f"{int(minutes) // 60}:{int(minutes) % 60:02d}"
