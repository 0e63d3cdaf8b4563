"""What a photograph says by itself, held against where and when somebody says it was taken.

EXIF can be edited and is no proof (domain notes 6.2): it is compared, and contradictions are
named as facts. What is not there is `missing`; nothing is taken from the time of a file. GPS in
EXIF is WGS-84 by its standard (Exif 2.32, GPSMapDatum), which equals EPSG:4490 here to well below
a metre; a phone that writes GCJ-02 or BD-09 instead cannot be told, so the doubt is said where
distance and direction are those of the shift at that place (about 210 m eastward in Lanzhou for
GCJ-02, more elsewhere).
"""

import json
import math
import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, BinaryIO, Literal

import numpy as np
from PIL import ExifTags, Image, JpegImagePlugin

from geodata.crs import GEOD, SHIFTS, Move
from geodata.evidence_store import EvidenceItem, Looked
from geodata.lifecycle import OFFICE_TIME

HEAD_BYTES = 4096
UNKNOWN_KIND = "application/octet-stream"
SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"BM", "image/bmp"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftyphevc", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (4, b"ftypmsf1", "image/heif"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/x-matroska"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"SQLite format 3\0", "application/vnd.sqlite3"),
)
"""Where which bytes stand in the first of a file, and what it then is; the first that fits."""

DECODED = {
    "image/jpeg": ("JPEG",),
    "image/png": ("PNG",),
    "image/gif": ("GIF",),
    "image/tiff": ("TIFF",),
    "image/bmp": ("BMP",),
    "image/webp": ("WEBP",),
}
"""What is decoded here, and by which decoders of Pillow; everything else is kept as it is."""

MOST_PIXELS = 60_000_000
"""Pictures of more are kept and not decoded: they would fill the memory."""

MOST_JPEG_PIXELS = 250_000_000
"""Phones make photographs of 200 million: a JPEG is decoded at an eighth of its size, line by
line. Progressive ones are held whole while that is done, and fall under MOST_PIXELS."""

MOST_TEXT = 500
LEFT_OUT = {"MakerNote", "UserComment", "PrintImageMatching", "XMLPacket", "JPEGInterchangeFormat"}
"""Fields of EXIF that hold the maker's own bytes: their length is told."""

EXIF_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d)[ T](\d\d):(\d\d):(\d\d)")
ZONE = re.compile(r"[+-]\d\d:\d\d")


# ------------------------------------------------------------------------- looking


def look_at(stream: BinaryIO) -> Looked:
    """Return what the bytes of a file say of themselves; no bytes make it raise.

    Labels: `sound` (decoded to its end; a JPEG whose middle is lost may be, too), `empty`,
    `not_a_picture`, `not_decoded` (HEIC and others: kept as they are), `truncated` (damaged or
    cut off), `too_many_pixels` (not decoded: it would fill the memory).
    """
    first = stream.read(HEAD_BYTES)
    mime = mime_of(first)
    if not first:
        return Looked(mime, "empty")
    if not mime.startswith("image/"):
        return Looked(mime, "not_a_picture")
    if mime not in DECODED:
        return Looked(mime, "not_decoded", exif_state="not_read")
    stream.seek(0)
    try:
        return _look_into(stream, mime)
    except Exception:  # noqa: BLE001 - whatever a decoder says of hostile bytes, they are kept
        return Looked(mime, "truncated", exif_state="not_read")


def mime_of(first: bytes) -> str:
    """Return the kind of a file by its first bytes, never by its name.

    >>> mime_of(b"%PDF-1.7"), mime_of("检查笔录".encode()), mime_of(b"")
    ('application/pdf', 'text/plain', 'application/octet-stream')
    """
    for at, bytes_, mime in SIGNATURES:
        if first[at : at + len(bytes_)] == bytes_:
            return mime
    return "text/plain" if _is_text(first) else UNKNOWN_KIND


def _is_text(first: bytes) -> bool:
    if not first or b"\0" in first:
        return False
    try:
        first.decode()
    except UnicodeDecodeError as odd:  # a letter may be cut off at the end
        return len(first) == HEAD_BYTES and odd.start > HEAD_BYTES - 4
    return True


def _look_into(stream: BinaryIO, mime: str) -> Looked:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of size and of odd tags: both are labelled here
        try:
            picture = open_picture(stream, mime)
        except Image.DecompressionBombError:
            return Looked(mime, "too_many_pixels", exif_state="not_read")
        with picture:
            width, height = picture.size
            state, told = _exif_of(picture)
            label = _label_of(picture)
    plain = _plain_fields(told)
    lon, lat = _place_of(told.get("GPS", {}))
    maker = " ".join(dict.fromkeys(str(plain.get(one, "")) for one in ("Make", "Model"))).strip()
    return Looked(
        mime=mime,
        label=label,
        width=width,
        height=height,
        exif_state=state,
        exif=json.dumps(plain, ensure_ascii=False, sort_keys=True) if plain else "",
        captured_at=_time_of(told),
        gps_at=_gps_time(told.get("GPS", {})),
        lon=lon,
        lat=lat,
        bearing=_bearing(told.get("GPS", {})),
        device=maker,
    )


def open_picture(stream: BinaryIO, mime: str) -> Image.Image:
    """Return a picture with its head read; a JPEG without Pillow's limit, ours holds for it."""
    if mime == "image/jpeg":
        return JpegImagePlugin.JpegImageFile(stream)
    return Image.open(stream, formats=DECODED[mime])


def _label_of(picture: Image.Image) -> str:
    pixels = picture.size[0] * picture.size[1]
    is_jpeg = picture.format == "JPEG"
    by_lines = is_jpeg and not picture.info.get("progressive")
    if pixels > (MOST_JPEG_PIXELS if by_lines else MOST_PIXELS):
        return "too_many_pixels"
    try:
        if is_jpeg:  # all of the file is read, an eighth of the size is held
            picture.draft("RGB", (max(1, picture.size[0] // 8), max(1, picture.size[1] // 8)))
        picture.load()
    except Exception:  # noqa: BLE001 - as in look_at
        return "truncated"
    return "sound"


def _exif_of(picture: Image.Image) -> tuple[str, dict[str, Any]]:
    """Return `read`, `missing` or `unreadable`, and the fields by name, those of GPS apart."""
    try:
        exif = picture.getexif()
        told: dict[str, Any] = {ExifTags.TAGS.get(tag, str(tag)): one for tag, one in exif.items()}
        for tag, one in exif.get_ifd(ExifTags.IFD.Exif).items():
            told[ExifTags.TAGS.get(tag, str(tag))] = one
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:  # noqa: BLE001 - as in look_at
        return "unreadable", {}
    for pointer in ("ExifOffset", "GPSInfo"):
        told.pop(pointer, None)
    if gps:
        told["GPS"] = {ExifTags.GPSTAGS.get(tag, str(tag)): one for tag, one in gps.items()}
    return ("read" if told else "missing"), told


def _plain_fields(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields as JSON can hold them: texts cut off, bytes by their length."""
    return {str(name): _plain(str(name), value) for name, value in told.items()}


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _plain_fields(value)
    if isinstance(value, bytes) or name in LEFT_OUT:
        return f"{len(value) if isinstance(value, (bytes, str)) else 1} bytes"
    if isinstance(value, (tuple, list)):
        return [_plain(name, one) for one in value[:20]]
    if isinstance(value, (int, str)):
        return _clean(value) if isinstance(value, str) else value
    number = _number(value)
    return number if number is not None else None


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "").strip()[:MOST_TEXT]


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None


def _time_of(told: Mapping[str, Any]) -> datetime | None:
    """Return when the camera says it was, with its zone where it names one."""
    stated = EXIF_TIME.match(str(told.get("DateTimeOriginal", "")))
    if not stated:
        return None
    try:
        local = datetime.fromisoformat("{}-{}-{}T{}:{}:{}".format(*stated.groups()))
    except ValueError:  # 0000:00:00, which some cameras write for unknown
        return None
    zone = str(told.get("OffsetTimeOriginal", "")).strip()
    return datetime.fromisoformat(f"{local.isoformat()}{zone}") if ZONE.fullmatch(zone) else local


def _gps_time(gps: Mapping[str, Any]) -> datetime | None:
    """Return the instant of the position (UTC by the standard)."""
    day = re.match(r"(\d{4})[:-](\d\d)[:-](\d\d)", str(gps.get("GPSDateStamp", "")))
    clock = [_number(one) for one in _triple(gps.get("GPSTimeStamp"))]
    if not day or None in clock:
        return None
    seconds = sum((one or 0.0) * unit for one, unit in zip(clock, (3600, 60, 1), strict=True))
    try:
        midnight = datetime.fromisoformat("{}-{}-{}T00:00:00+00:00".format(*day.groups()))
        return midnight + timedelta(seconds=int(seconds))
    except (ValueError, OverflowError):
        return None


def _place_of(gps: Mapping[str, Any]) -> tuple[float | None, float | None]:
    lon = _degrees(gps, "GPSLongitude", "W", 180)
    lat = _degrees(gps, "GPSLatitude", "S", 90)
    # 0, 0 is what a receiver without a position writes; nobody collects evidence in that sea
    return (None, None) if lon is None or lat is None or lon == lat == 0 else (lon, lat)


def _degrees(gps: Mapping[str, Any], name: str, negative: str, most: int) -> float | None:
    parts = [_number(one) for one in _triple(gps.get(name))]
    side = str(gps.get(f"{name}Ref", "")).strip("\0 ").upper()
    if None in parts or not side:  # without a side of the earth it is no place
        return None
    value = sum((one or 0.0) / unit for one, unit in zip(parts, (1, 60, 3600), strict=True))
    return (-value if side == negative else value) if value <= most else None


def _triple(value: Any) -> tuple[Any, Any, Any]:
    if isinstance(value, (tuple, list)) and len(value) == 3:  # noqa: PLR2004 - degrees, ', "
        return value[0], value[1], value[2]
    return None, None, None


def _bearing(gps: Mapping[str, Any]) -> float | None:
    """Return where the camera looked, degrees from north; magnetic ones are within a few here."""
    value = _number(gps.get("GPSImgDirection"))
    return value % 360 if value is not None else None


# ------------------------------------------------- held against the stop of a site visit


@dataclass(frozen=True)
class Stop:
    """Where and when somebody says to have been: degrees in EPSG:4490, instants with zones.

    `radius_m` is how large the place is; `id` is shown back.
    """

    id: str
    lon: float
    lat: float
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    radius_m: float = 0.0


@dataclass(frozen=True)
class Tolerances:
    """How far a photograph may be off before it contradicts: ours (proposal), no law has them."""

    place_m: float = 150.0
    time_s: float = 3600.0
    clock_s: float = 300.0
    shift_m: float = 60.0


Kind = Literal[
    "place_missing", "place_agrees", "place_differs", "shift_suspected", "stop_shift_suspected",
    "time_missing", "zone_unknown", "time_agrees", "time_differs", "stop_time_missing",
    "clock_differs", "exif_not_read",
]  # fmt: skip
CONTRADICTIONS: frozenset[Kind] = frozenset({"place_differs", "time_differs", "clock_differs"})


@dataclass(frozen=True)
class Comparison:
    """One thing that comes of holding a photograph against a stop, as a fact without words.

    `metres` is geodesic, `bearing_deg` from the stop to the photograph, `seconds` how long
    before (negative) or after the visit it was taken. With `zone_unknown` the seconds are what
    it would be if the camera stood on the office's time; nothing is concluded from that.
    `system` is what the photograph (`shift_suspected`) or the stop may be in instead.
    """

    kind: Kind
    metres: float | None = None
    bearing_deg: float | None = None
    seconds: float | None = None
    system: str = ""

    @property
    def contradicts(self) -> bool:
        """Return whether it speaks against what was said."""
        return self.kind in CONTRADICTIONS


def compare_with_stop(
    looked: Looked, stop: Stop, tolerances: Tolerances = Tolerances()
) -> tuple[Comparison, ...]:
    """Return what EXIF says of place and time beside what a stop says; missing said as missing."""
    if looked.exif_state in {"not_read", "unreadable"}:
        return (Comparison("exif_not_read"),)
    return (
        *_compare_places(looked, stop, tolerances),
        *_compare_times(looked, stop, tolerances),
        *_compare_clocks(looked, tolerances),
    )


def _compare_places(looked: Looked, stop: Stop, allowed: Tolerances) -> Iterable[Comparison]:
    if looked.lon is None or looked.lat is None:
        yield Comparison("place_missing")
        return
    bearing, _, metres = GEOD.inv(stop.lon, stop.lat, looked.lon, looked.lat)
    told = (metres, bearing % 360)
    if metres <= allowed.place_m + stop.radius_m:
        yield Comparison("place_agrees", *told)
        return
    yield Comparison("place_differs", *told)
    there, photographed = (stop.lon, stop.lat), (looked.lon, looked.lat)
    for system, shift in SHIFTS.items():
        if _apart_when_shifted(shift, there, photographed) <= allowed.shift_m + stop.radius_m:
            yield Comparison("shift_suspected", *told, system=system)
        if _apart_when_shifted(shift, photographed, there) <= allowed.shift_m + stop.radius_m:
            yield Comparison("stop_shift_suspected", *told, system=system)


def _apart_when_shifted(shift: Move, true: tuple[float, float], said: tuple[float, float]) -> float:
    """Return how far a true place, moved as a shifted system moves it, is from what is said."""
    lon, lat = shift(np.array([true[0]]), np.array([true[1]]))
    return float(GEOD.inv(float(lon[0]), float(lat[0]), *said)[2])


def _between(one: float, other: float) -> float:
    """Return the angle between two directions.

    >>> _between(350.0, 10.0)
    20.0
    """
    return abs((one - other + 180) % 360 - 180)


def _compare_times(looked: Looked, stop: Stop, allowed: Tolerances) -> Iterable[Comparison]:
    taken = looked.captured_at
    if taken is None:
        yield Comparison("time_missing")
        return
    if stop.arrived_at is None:
        yield Comparison("stop_time_missing")
        return
    away = _away_s(taken if taken.tzinfo else taken.replace(tzinfo=OFFICE_TIME), stop)
    if taken.tzinfo is None:
        yield Comparison("zone_unknown", seconds=away)
    elif abs(away) <= allowed.time_s:
        yield Comparison("time_agrees", seconds=away)
    else:
        yield Comparison("time_differs", seconds=away)


def _away_s(taken: datetime, stop: Stop) -> float:
    """Return how long before (negative) or after the visit it was, 0 within it."""
    arrived = stop.arrived_at or taken
    left = stop.left_at or arrived
    if taken < arrived:
        return (taken - arrived).total_seconds()
    return max(0.0, (taken - left).total_seconds())


def _compare_clocks(looked: Looked, allowed: Tolerances) -> Iterable[Comparison]:
    """Yield where the camera's clock and the instant of its own position differ."""
    if looked.gps_at is None or looked.captured_at is None or looked.captured_at.tzinfo is None:
        return
    apart = (looked.captured_at - looked.gps_at).total_seconds()
    if abs(apart) > allowed.clock_s:
        yield Comparison("clock_differs", seconds=apart)


# ------------------------------------------------------------------ before and after


@dataclass(frozen=True)
class PhotoPair:
    """Two photographs of one hazard at one place, the older first: what a slider shows.

    `apart_m` and `turned_deg` are None where a place or a direction is missing; `unknown` names
    what nothing can be said of.
    """

    hazard: str
    before: EvidenceItem
    after: EvidenceItem
    days: int
    apart_m: float | None
    turned_deg: float | None
    unknown: tuple[str, ...]


NEAR_M = 50.0
TURNED_DEG = 45.0


def pair_before_after(
    items: Iterable[EvidenceItem], *, within_m: float = NEAR_M, within_deg: float = TURNED_DEG
) -> tuple[PhotoPair, ...]:
    """Return pairs that may show the same thing on two days, the likeliest first.

    Only sound pictures of one hazard with a time are paired, derivatives not. Those that are
    further apart, or look another way, are left out; what is not known speaks neither way, and
    is named. A camera without a zone is taken to stand on the office's time, to the day.
    """
    by_hazard: dict[str, dict[str, EvidenceItem]] = defaultdict(dict)
    for one in items:
        is_original = not one.facts.derived_from
        if one.facts.hazard and one.facts.captured_at and is_original and can_be_shown(one):
            by_hazard[one.facts.hazard].setdefault(one.sha256, one)
    pairs = [
        pair
        for hazard, shown in by_hazard.items()
        for pair in _pairs_of(hazard, list(shown.values()))
        if (pair.apart_m is None or pair.apart_m <= within_m)
        and (pair.turned_deg is None or pair.turned_deg <= within_deg)
    ]
    return tuple(sorted(pairs, key=_likelihood))


def can_be_shown(item: EvidenceItem) -> bool:
    """Return whether an item is a picture that can be decoded to its end."""
    return item.mime in DECODED and item.looked.label == "sound"


def _pairs_of(hazard: str, shown: Sequence[EvidenceItem]) -> Iterable[PhotoPair]:
    for one, other in combinations(sorted(shown, key=_taken_at), 2):
        days = (_taken_at(other).date() - _taken_at(one).date()).days
        if days:
            apart, turned = _apart_m(one, other), _turned_deg(one, other)
            missing = {"place": apart is None, "bearing": turned is None}
            unknown = tuple(name for name, is_missing in missing.items() if is_missing)
            yield PhotoPair(hazard, one, other, days, apart, turned, unknown)


def _taken_at(item: EvidenceItem) -> datetime:
    taken = item.facts.captured_at
    assert taken is not None
    return (taken if taken.tzinfo else taken.replace(tzinfo=OFFICE_TIME)).astimezone(OFFICE_TIME)


def _apart_m(one: EvidenceItem, other: EvidenceItem) -> float | None:
    places = (one.facts.lon, one.facts.lat, other.facts.lon, other.facts.lat)
    if None in places:
        return None
    return float(GEOD.inv(*places)[2])


def _turned_deg(one: EvidenceItem, other: EvidenceItem) -> float | None:
    if one.looked.bearing is None or other.looked.bearing is None:
        return None
    return _between(one.looked.bearing, other.looked.bearing)


def _likelihood(pair: PhotoPair) -> tuple[object, ...]:
    """Return the key of the likeliest first: little unknown, near, little turned, long between."""
    return (
        pair.hazard,
        len(pair.unknown),
        pair.apart_m or 0.0,
        pair.turned_deg or 0.0,
        -pair.days,
        pair.before.number,
        pair.after.number,
    )
