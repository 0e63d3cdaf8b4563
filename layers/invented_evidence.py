"""A handful of invented pictures as evidence of the demonstration: drawn by program, marked so.

Each bears 演示 / INVENTED in its pixels, in its name and in its note. They are there to show what
the screen of evidence says: a pair before and after, a place in EXIF that contradicts, items that
lack what the law asks for, one that is shown only on purpose, and one that is no picture.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import geopandas as gpd
from PIL import ExifTags, Image, ImageDraw, ImageFont

from geodata.crs import GEOD
from geodata.evidence_store import AccessClass, EvidenceFacts, EvidenceStore
from geodata.lifecycle import OFFICE_TIME
from geodata.store import FeatureStore

SIZE = (640, 480)
MARK = "演示 · 虚构　INVENTED"
MARK_WITHOUT_FONT = "INVENTED / demonstration"
NOTE = "演示数据，虚构 / invented for the demonstration"
ORIGIN = "demonstration"
COLLECTORS = ("演示员甲", "演示员乙")
CAMERA = ("DEMO", "drawn by program")
RECEIVED_AFTER = timedelta(hours=8)

Sketch = Callable[[ImageDraw.ImageDraw], None]


@dataclass(frozen=True)
class Invented:
    """One piece of evidence to invent; without a sketch it is a letter.

    `off_m`, `towards` move the place in EXIF away from the hazard, metres and degrees; without
    `has_exif` the picture says nothing of itself. `bearing` is where the camera looked.
    """

    name: str
    case: str
    hazard: str
    purpose: str
    access_class: AccessClass
    received_at: datetime
    sketch: Sketch | None = None
    has_exif: bool = True
    bearing: float = 0.0
    off_m: float = 0.0
    towards: float = 0.0
    collectors: tuple[str, ...] = COLLECTORS
    place: str = ""


def write_invented_evidence(
    store: EvidenceStore, features: FeatureStore, font: Path | None = None
) -> int:
    """Keep the invented pieces whose hazard is stored; return how many.

    `font` is a TrueType file with Chinese characters; without it the mark is in English alone.
    """
    font = font if font is not None and font.is_file() else None
    places = _places(features, {one.hazard for one in PIECES})
    kept = 0
    for one in PIECES:
        if one.hazard in places:
            store.put(_bytes_of(one, places[one.hazard], font), _facts(one))
            kept += 1
    return kept


def _facts(one: Invented) -> EvidenceFacts:
    taken = one.received_at - RECEIVED_AFTER
    return EvidenceFacts(
        original_filename=one.name,
        received_by=COLLECTORS[0],
        received_at=one.received_at,
        captured_at=taken if one.has_exif or one.sketch is None else None,
        collectors=one.collectors,
        collection_place=one.place,
        purpose=one.purpose,
        layer=one.hazard.partition(":")[0],
        access_class=one.access_class,
        case=one.case,
        hazard=one.hazard,
        origin=ORIGIN,
        note=NOTE,
    )


def _places(features: FeatureStore, refs: set[str]) -> Mapping[str, tuple[float, float]]:
    """Return where hazards are, degrees in EPSG:4490; those not stored or not placed are absent."""
    places = {}
    stored = set(features.layers())
    for ref in refs:
        layer, _, name = ref.partition(":")
        rows: gpd.GeoDataFrame | None = features.rows(layer, [name]) if layer in stored else None
        if rows is not None and len(rows) and rows.geometry.iloc[0] is not None:
            middle = rows.geometry.iloc[0].representative_point()
            places[ref] = (middle.x, middle.y)
    return places


# --------------------------------------------------------------------------- bytes


def _bytes_of(one: Invented, place: tuple[float, float], font: Path | None) -> bytes:
    if one.sketch is None:
        return f"{MARK}\n{NOTE}\n\n{one.name}\n".encode()
    picture = Image.new("RGB", SIZE, "#cfe0ee")
    draw = ImageDraw.Draw(picture)
    one.sketch(draw)
    draw_mark(draw, f"{one.received_at - RECEIVED_AFTER:%Y-%m-%d}", font)
    made = BytesIO()
    exif = _exif(one, place) if one.has_exif else Image.Exif()
    picture.save(made, "JPEG", quality=80, exif=exif)
    return made.getvalue()


def draw_mark(draw: ImageDraw.ImageDraw, day: str, font: Path | None) -> None:
    """Draw across the picture that it is invented, and its day."""
    large = ImageFont.truetype(font, 34) if font else ImageFont.load_default(30)
    words = MARK if font else MARK_WITHOUT_FONT
    draw.rectangle((0, 0, SIZE[0], 54), fill="#6b3a00")
    draw.text((16, 5), words, font=large, fill="#ffffff")
    draw.text((SIZE[0] - 160, 12), day, font=ImageFont.load_default(26), fill="#ffffff")


def _exif(one: Invented, place: tuple[float, float]) -> Image.Exif:
    """Return EXIF as a phone writes it: time with zone, place in WGS-84, where it looked."""
    lon, lat, _ = GEOD.fwd(*place, one.towards, one.off_m)
    taken = one.received_at - RECEIVED_AFTER
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = CAMERA
    exif.get_ifd(ExifTags.IFD.Exif).update(
        {
            ExifTags.Base.DateTimeOriginal: f"{taken:%Y:%m:%d %H:%M:%S}",
            ExifTags.Base.OffsetTimeOriginal: "+08:00",
        }
    )
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            ExifTags.GPS.GPSLatitudeRef: "N",
            ExifTags.GPS.GPSLatitude: _triple(lat),
            ExifTags.GPS.GPSLongitudeRef: "E",
            ExifTags.GPS.GPSLongitude: _triple(lon),
            ExifTags.GPS.GPSImgDirectionRef: "T",
            ExifTags.GPS.GPSImgDirection: one.bearing,
        }
    )
    return exif


def _triple(degrees: float) -> tuple[float, float, float]:
    rest, whole = math.modf(degrees)
    seconds, minutes = math.modf(rest * 60)
    return whole, minutes, round(seconds * 60, 3)


# ------------------------------------------------------------------------ sketches


def _bank(draw: ImageDraw.ImageDraw) -> None:
    draw.polygon([(0, 190), (170, 120), (330, 185), (640, 130), (640, 260), (0, 260)], "#a99b83")
    draw.rectangle((0, 250, 640, 340), fill="#7fa3b5")
    draw.polygon([(0, 330), (640, 310), (640, 480), (0, 480)], "#b9a06f")


def _heaps(draw: ImageDraw.ImageDraw) -> None:
    _bank(draw)
    for x, y, half in ((150, 300, 95), (310, 320, 120), (500, 305, 100)):
        draw.polygon([(x - half, y + 110), (x, y - 30), (x + half, y + 110)], "#6d5a45")
        draw.polygon([(x - half, y + 110), (x, y - 30), (x - half // 3, y + 110)], "#57483a")


def _green(draw: ImageDraw.ImageDraw) -> None:
    _bank(draw)
    draw.polygon([(0, 345), (640, 325), (640, 480), (0, 480)], "#7f9a58")
    for x in range(40, 640, 70):
        draw.line((x, 420, x, 375), fill="#5b4a33", width=5)
        draw.ellipse((x - 20, 330, x + 20, 385), fill="#4f7a3a")


def _station(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 330, 640, 480), fill="#8d949b")
    draw.rectangle((60, 110, 580, 150), fill="#44607a")
    for x in (90, 545):
        draw.rectangle((x, 150, x + 14, 340), fill="#5f6b7a")
    for x in (170, 290, 410):
        draw.rectangle((x, 215, x + 62, 350), fill="#e8ecef", outline="#2f3c48", width=3)
        draw.rectangle((x + 12, 230, x + 50, 262), fill="#2f3c48")


def _nameplate(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, 640, 480), fill="#9aa3ab")
    draw.rectangle((110, 120, 530, 400), fill="#f3f1e8", outline="#333333", width=5)
    for y in range(165, 380, 38):
        draw.line((150, y, 490, y), fill="#8a8a8a", width=6)


def _extinguisher(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, 640, 480), fill="#d7d3c8")
    draw.rounded_rectangle((240, 130, 400, 450), 40, fill="#b3261e")
    draw.rectangle((290, 90, 350, 135), fill="#333333")
    draw.rectangle((262, 220, 378, 340), fill="#f6e9d8")


def _certificate(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, 640, 480), fill="#e7e2d6")
    draw.rectangle((70, 90, 570, 430), fill="#ffffff", outline="#8a6d3b", width=6)
    draw.rectangle((110, 140, 230, 290), fill="#c9c9c9")
    for y in range(160, 400, 44):
        draw.rectangle((270, y, 520, y + 16), fill="#3b3b3b")


def _on(month: int, day: int, hour: int) -> datetime:
    return datetime(2025, month, day, hour, tzinfo=OFFICE_TIME)


STATION, RIVER, WATER = "LZ-XG-2025-001", "LZ-YD-2025-001", "LZ-QLH-2025-001"
PIECES: tuple[Invented, ...] = (
    Invented("演示-河岸-整改前.jpg", RIVER, "river_segments:YD-HD-01", "photo_before", "P4",
             _on(4, 9, 18), _heaps, bearing=208.0, off_m=6.0, place="演示地点：河段右岸"),
    Invented("演示-河岸-整改后.jpg", RIVER, "river_segments:YD-HD-01", "photo_after", "P4",
             _on(11, 12, 18), _green, bearing=213.0, off_m=11.0, towards=70.0,
             place="演示地点：河段右岸"),
    Invented("演示-场站北面.jpg", STATION, "charging_stations:XG-CS-001", "photo_north", "P4",
             _on(5, 20, 18), _station, bearing=180.0, off_m=2300.0, towards=95.0,
             place="演示地点：场站北侧"),
    Invented("演示-铭牌.jpg", STATION, "charging_stations:XG-CS-001", "photo_nameplate", "P4",
             _on(5, 20, 19), _nameplate, bearing=90.0, off_m=4.0, place="演示地点：场站"),
    Invented("演示-灭火器标签.jpg", STATION, "charging_stations:XG-CS-001", "extinguisher_label",
             "P4", _on(5, 20, 20), _extinguisher, has_exif=False, collectors=COLLECTORS[:1]),
    Invented("演示-备案查询复函.txt", STATION, "charging_stations:XG-CS-001", "filing_reply", "P3",
             _on(6, 5, 18), has_exif=False, place="演示地点：办公室"),
    Invented("演示-健康证明.jpg", WATER, "water_supply_points:QLH-WS-001", "health_certificates",
             "P1", _on(6, 27, 18), _certificate, off_m=9.0, place="演示地点：水泵房"),
)  # fmt: skip
"""What is invented, in the order in which it is handed in."""
