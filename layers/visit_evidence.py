"""A file that a visit brought, as the evidence store wants it told; what nobody said is left blank.

Purposes are ids of the checklist's questions, which are those of `geodata.evidence_needs`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from io import BytesIO

from geodata.evidence_store import (
    ENOUGH_COLLECTORS,
    AccessClass,
    CoordSource,
    EvidenceFacts,
)
from geodata.model import Title
from geodata.photographs import look_at
from layers.return_pack import EvidenceBrought

VISIT = "visit"
"""What the origin of an item begins with, and what a revision names a visit's write by."""

COORD_SOURCES: Mapping[str, CoordSource] = {"typed": "handwritten"}
"""How the pack's positions are called in the store.

What a device told is not among its sources, and whether its datum is WGS 84 nobody checked: it
is told in words beside the place of collection, never as a coordinate.
"""

ACCESS: Mapping[str, AccessClass] = {
    "photo": "P4",
    "signature": "P0",
    "inquest_record": "P5",
}
COLLECTED = Title("{pack}；取证日期 {day}", "{pack}; collected on {day}")
BY_DEVICE = Title(
    "设备定位 {lon:.6f}, {lat:.6f}{accuracy}，坐标系未核实",
    "told by the device {lon:.6f}, {lat:.6f}{accuracy}, datum unverified",
)
ACCURACY = Title("（精度约 {metres} 米）", " (about {metres} m)")
ONE_OFFICER = Title("检查包中填写的检察人员少于两名", "The pack names fewer than two officers")


def evidence_facts(
    write: EvidenceBrought,
    *,
    visit: str,
    pack: str,
    layer: str,
    place: str,
    received_by: str,
    received_at: datetime,
) -> EvidenceFacts:
    """Return what is told of a file that came home.

    `visit` is the key of the visit, `pack` says in words which one it was, `place` where the
    officers say that they were. The time of a photograph is left to its EXIF, and so is its
    place where it has one.
    """
    facts = EvidenceFacts(
        original_filename=write.name.strip() or write.sha256[:12],
        received_by=received_by,
        received_at=received_at,
        captured_at=write.told_at,
        collectors=write.collectors,
        few_collectors="" if len(write.collectors) >= ENOUGH_COLLECTORS else ONE_OFFICER.zh,
        collection_place=_place_in_words(write, place),
        purpose=write.question if write.purpose == "photo" else write.purpose,
        layer=layer,
        access_class=ACCESS.get(write.purpose, ""),
        case=write.case,
        hazard=write.ref,
        stop=visit,
        origin=f"{VISIT}:{write.id}",
        note=COLLECTED.zh.format(pack=pack, day=write.collected_on.isoformat()),
    )
    source = COORD_SOURCES.get(write.coord_source, "")
    if not (source and write.place) or _has_own_place(write):
        return facts
    return replace(facts, lon=write.place[0], lat=write.place[1], coord_source=source)


def _place_in_words(write: EvidenceBrought, place: str) -> str:
    if not write.place or write.coord_source in COORD_SOURCES:
        return place.strip()
    accuracy = ACCURACY.zh.format(metres=write.accuracy_m) if write.accuracy_m else ""
    told = BY_DEVICE.zh.format(lon=write.place[0], lat=write.place[1], accuracy=accuracy)
    return "；".join(filter(None, (place.strip(), told)))


def _has_own_place(write: EvidenceBrought) -> bool:
    return write.purpose == "photo" and look_at(BytesIO(write.content)).lon is not None
