"""A visit in one HTML file: map, stops, cards, checklists and inquest records, without a network.

The file opens from disk on a phone or a tablet, asks no other address for anything (its own
Content-Security-Policy forbids it), keeps what is entered in the device and hands back one ZIP,
which `layers.return_pack` reads. docs/decisions/0025-visit-packs.md says why it is made so.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geodata.city import read_outlines, read_rivers
from geodata.errors import GeodataError
from geodata.model import Language, Title
from layers.checklists import METHODS, Checklist
from layers.imprint import Imprint
from layers.routing import Place

FOLDER = Path(__file__).parent
SCRIPTS = ("sha256.js", "zip.js", "keep.js", "map.js", "form.js", "pack.js")
FEWEST_OFFICERS = 2
"""R36: two officers at least."""

LANGUAGES: tuple[Language, ...] = ("zh", "en")
DIGITS = 5
TOLERANCE_DEG = 0.0005
MARGIN_DEG = 0.03

PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body data-view="list">
<noscript>{title}</noscript>
<script type="application/json" id="pack">{data}</script>
<script>{script}</script>
</body>
</html>
"""


class TooFewOfficers(GeodataError):
    """A visit with fewer than two officers (R36): `officers`, `team`."""


class NothingToVisit(GeodataError):
    """A pack without a stop: `team`, `day`."""


class RepeatedStops(GeodataError):
    """A pack that visits one place twice: `refs`."""


class ChecklistMissing(GeodataError):
    """A stop whose checklist is not among those given: `layer`, `ref`."""


@dataclass(frozen=True)
class PackStop:
    """One stop as it travels: `place` in CGCS2000, times as HH:MM, the card as names and values.

    `known` is what the office knew when the pack was made, as plain pairs (`status`, `hazards`,
    `case:ID` ...); the return is held against what it knows then. `links` open map apps and are
    empty unless the installation allows them.
    """

    ref: str
    order: int
    layer: str
    layer_title: Title
    name: str
    place: Place | None = None
    arrive: str = ""
    leave: str = ""
    facts: tuple[tuple[Title, Title], ...] = ()
    cases: tuple[str, ...] = ()
    known: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[Title, str], ...] = ()
    is_demonstration: bool = False


@dataclass(frozen=True)
class PackPlan:
    """What one team does on one day; `version` counts the packs made of the plan for them."""

    plan_id: str
    version: int
    team: str
    day: date
    office: Title
    officers: tuple[str, ...]
    stops: tuple[PackStop, ...]
    imprint: Imprint


@dataclass(frozen=True)
class Shape:
    """An outline or a river: its lines in CGCS2000 degrees, its name, where the name stands."""

    name: Title
    lines: tuple[tuple[Place, ...], ...]
    at: Place | None = None


@dataclass(frozen=True)
class MapVectors:
    """The map of an area; `box` is west, south, east, north in degrees."""

    box: tuple[float, float, float, float]
    outlines: tuple[Shape, ...]
    rivers: tuple[Shape, ...]


# ---------------------------------------------------------------------- the map


def vectors_around(
    places: Iterable[Place | None], *, city_id: str = "lanzhou", names: Mapping[str, Title]
) -> MapVectors:
    """Return outlines and rivers around places (CGCS2000), simplified; `names` are the offices'.

    Without a place the whole city is shown.
    """
    outlines, rivers = read_outlines(city_id), read_rivers(city_id)
    known = [place for place in places if place]
    west, south, east, north = (
        (*np.min(known, axis=0), *np.max(known, axis=0)) if known else outlines.total_bounds
    )
    box = tuple(
        round(float(edge), DIGITS)
        for edge in (west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG)
    )
    seen = shapely.box(*box)
    return MapVectors(
        box,  # type: ignore[arg-type]
        tuple(_shapes(outlines, seen, lambda row: names.get(row["office"], Title("", "")))),
        tuple(_shapes(rivers, seen, lambda _: Title("", ""))),
    )


def _shapes(frame: gpd.GeoDataFrame, seen: shapely.Geometry, name_of: Any) -> Iterable[Shape]:
    # A screen is never of the box's shape: more is drawn, so that a cut edge is no line on it.
    west, south, east, north = seen.bounds
    beyond = seen.buffer(max(east - west, north - south), join_style="mitre")
    for (_, row), whole in zip(frame.iterrows(), frame.geometry, strict=True):
        part = whole.intersection(beyond).simplify(TOLERANCE_DEG)
        if part.is_empty:
            continue
        named = whole.intersection(seen)
        spot = None if named.is_empty or named.area == 0 else named.representative_point()
        at = (round(spot.x, DIGITS), round(spot.y, DIGITS)) if spot else None
        yield Shape(name_of(row), tuple(_lines(part)), at)


def _lines(shape: shapely.Geometry) -> Iterable[tuple[Place, ...]]:
    for piece in shapely.get_parts(shape):
        edges = [piece.exterior, *piece.interiors] if piece.geom_type == "Polygon" else [piece]
        for edge in edges:
            if edge.geom_type in {"LineString", "LinearRing"}:
                yield tuple((round(x, DIGITS), round(y, DIGITS)) for x, y in edge.coords)


# --------------------------------------------------------------------- the page


def pack_id(plan: PackPlan) -> str:
    """Return the SHA-256 of what a pack holds: another plan or another stop is another pack."""
    told = {**asdict(plan), "day": plan.day.isoformat(), "imprint": plan.imprint.facts("zh")}
    return hashlib.sha256(canonical(told)).hexdigest()


def canonical(value: Any) -> bytes:
    """Return JSON with sorted names and no blanks, as the pack itself writes it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def build_pack(
    plan: PackPlan,
    checklists: Mapping[str, Checklist],
    vectors: MapVectors,
    words: Mapping[Language, Mapping[str, str]],
    language: Language,
) -> bytes:
    """Return the pack of one team and day as one HTML file; it opens in `language`.

    `checklists` are by layer, `words` those of the page in both languages. Raises
    TooFewOfficers, NothingToVisit, RepeatedStops and ChecklistMissing.
    """
    _refuse_impossible(plan, checklists)
    data = _data_of(plan, checklists, vectors, words, language)
    # Within a script element only "<" could end it.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    parts = [(FOLDER / name).read_text("utf-8") for name in SCRIPTS]
    script = '"use strict";\n(() => {\n' + "\n".join(parts) + "\n})();"
    style = (FOLDER / "pack.css").read_text("utf-8")
    return PAGE.format(
        lang="zh-CN" if language == "zh" else "en",
        policy=_policy(script, style),
        title=escape(words[language]["title"]),
        style=style,
        data=text,
        script=script,
    ).encode()


def _refuse_impossible(plan: PackPlan, checklists: Mapping[str, Checklist]) -> None:
    officers = [name for name in plan.officers if name.strip()]
    if len(set(officers)) < FEWEST_OFFICERS:
        raise TooFewOfficers(officers=officers, team=plan.team)
    if not plan.stops:
        raise NothingToVisit(team=plan.team, day=plan.day)
    refs = [stop.ref for stop in plan.stops]
    if len(set(refs)) < len(refs):
        raise RepeatedStops(refs=sorted({ref for ref in refs if refs.count(ref) > 1}))
    for stop in plan.stops:
        if stop.layer not in checklists:
            raise ChecklistMissing(layer=stop.layer, ref=stop.ref)


def _policy(script: str, style: str) -> str:
    """Return a policy under which this script and this style run, and nothing is fetched."""
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "img-src blob:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _data_of(
    plan: PackPlan,
    checklists: Mapping[str, Checklist],
    vectors: MapVectors,
    words: Mapping[Language, Mapping[str, str]],
    language: Language,
) -> dict[str, Any]:
    used = sorted({stop.layer for stop in plan.stops})
    return {
        "language": language,
        "identity": {
            "id": pack_id(plan),
            "plan_id": plan.plan_id,
            "version": str(plan.version),
            "team": plan.team,
            "day": plan.day.isoformat(),
            "data_revision": plan.imprint.revision,
        },
        "office": asdict(plan.office),
        "officers": list(plan.officers),
        "marks": {one: list(plan.imprint.marks(one)) for one in LANGUAGES},
        "imprint": {one: plan.imprint.line(one) for one in LANGUAGES},
        "stops": [_stop_of(stop) for stop in _in_order(plan.stops)],
        "checklists": {layer: _checklist_of(checklists[layer]) for layer in used},
        "methods": [asdict(method) for method in METHODS],
        "vectors": asdict(vectors),
        "words": {one: dict(words[one]) for one in LANGUAGES},
    }


def _in_order(stops: Sequence[PackStop]) -> list[PackStop]:
    return sorted(stops, key=lambda stop: stop.order)


def _stop_of(stop: PackStop) -> dict[str, Any]:
    links = [{"title": asdict(title), "address": address} for title, address in stop.links]
    facts = [(asdict(name), asdict(value)) for name, value in stop.facts]
    return {**asdict(stop), "checklist": stop.layer, "links": links, "facts": facts}


def _checklist_of(checklist: Checklist) -> dict[str, Any]:
    return {
        "version": checklist.version,
        "title": asdict(checklist.title),
        "laws": {name: asdict(law) for name, law in checklist.laws.items()},
        "sections": [
            {
                "id": section.id,
                "title": asdict(section.title),
                "questions": [
                    {**asdict(one), "answers": [asdict(choice) for choice in one.answers]}
                    for one in section.questions
                ],
            }
            for section in checklist.sections
        ],
    }
