"""What a picture carries besides its pixels, and a copy of a photograph that carries nothing."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import numpy as np
from PIL import Image, ImageOps, ImageStat

from geodata.derived_pictures import COARSE, Box, blurred
from geodata.errors import BadEvidence
from geodata.photographs import DECODED, mime_of

Trace = Literal["exif", "gps", "xmp", "iptc", "comment", "text", "thumbnail", "trailing", "other"]

PNG_DRAWN = frozenset(
    [
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"IEND",
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"sBIT",
        b"bKGD",
        b"pHYs",
        b"hIST",
        b"sPLT",
        b"cICP",
        b"acTL",
        b"fcTL",
        b"fdAT",
    ]
)
"""Chunks of PNG that draw the picture; the profile of colours (iCCP) may name who made it."""

PNG_TRACES: dict[bytes, Trace] = {
    b"eXIf": "exif",
    b"tEXt": "text",
    b"zTXt": "text",
    b"iTXt": "text",
}
PNG_HEAD, PNG_FRAME = 8, 12
JPEG_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
JPEG_DRAWN = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xCB,
                        0xCC, 0xCD, 0xCE, 0xCF, 0xDB, 0xDC, 0xDD, 0xDE, 0xEE})  # fmt: skip
SOI, EOI, SOS, APP0, COMMENT = 0xD8, 0xD9, 0xDA, 0xE0, 0xFE
GPS_TAG = 0x8825
JFIF_FIXED = 14
"""Bytes of a JFIF segment without a thumbnail."""

QUIET = frozenset({"dpi", "gamma", "background", "version", "duration", "loop", "transparency",
                   "compression", "jfif", "jfif_version", "jfif_unit", "jfif_density",
                   "extension", "timestamp"})  # fmt: skip
"""What Pillow tells of a picture that names nobody."""

MOST_DETAIL = 14.0
"""How far from one colour a square of a blurred part may lie after JPEG, of 255."""


@dataclass(frozen=True)
class Found:
    """One trace in a picture, and the bytes or text of it that can be read for names."""

    kind: Trace
    content: bytes = b""


class UnreadablePicture(ValueError):
    """Bytes that begin as a picture does and cannot be followed to their end."""


def traces_of(content: bytes) -> tuple[Found, ...]:
    """Return everything a picture carries besides pixels; raise UnreadablePicture.

    JPEG and PNG are walked segment by segment, so that what no decoder shows is found as well,
    and what follows the end of the picture; of other formats what Pillow tells counts.
    """
    mime = mime_of(content[:64])
    walk = {"image/jpeg": _walk_jpeg, "image/png": _walk_png}.get(mime)
    if mime not in DECODED:
        raise UnreadablePicture(mime)
    try:
        found = list(walk(content)) if walk else []
        with Image.open(BytesIO(content), formats=DECODED[mime]) as picture:
            if not walk:
                found += _told_by_pillow(picture)
            if any(one.kind == "exif" for one in found) and _has_gps(picture):
                found.append(Found("gps"))
    except (OSError, ValueError, SyntaxError, struct.error, Image.DecompressionBombError) as broken:
        raise UnreadablePicture(str(broken)) from broken
    return tuple(found)


def photo_for_outside(picture: bytes, boxes: Sequence[Box] = ()) -> bytes:
    """Return a copy of a photograph for showing outside: encoded anew, with nothing but pixels.

    `boxes` (left, top, right, bottom in pixels of the picture as it is shown) are made
    unreadable in the pixels themselves. The copy is read again: one that still carries
    something, or whose boxes still show detail, raises BadEvidence.
    """
    made = blurred(picture, boxes)
    left = traces_of(made)
    if left:
        raise BadEvidence(field="picture", value=left[0].kind, form="-")
    for box in boxes:
        if not is_unreadable(made, box):
            raise BadEvidence(field="box", value=" ".join(map(str, box)), form="<blurred>")
    return made


def is_unreadable(picture: bytes, box: Box) -> bool:
    """Return whether a part of a picture is made of squares of one colour each."""
    with Image.open(BytesIO(picture)) as opened:
        part = ImageOps.exif_transpose(opened).convert("L").crop(box)
    across, down = (min(COARSE, side) for side in part.size)
    coarse = part.resize((across, down), Image.Resampling.BOX)
    squares = coarse.resize(part.size, Image.Resampling.NEAREST)
    apart = np.abs(np.asarray(part, float) - np.asarray(squares, float))
    return bool(apart.mean() < MOST_DETAIL) or ImageStat.Stat(part).stddev[0] < 1


# --------------------------------------------------------------------------- walks


def _walk_png(content: bytes) -> Iterator[Found]:
    place = PNG_HEAD
    while place < len(content):
        length, name = struct.unpack_from(">I4s", content, place)
        end = place + PNG_FRAME + length
        if end > len(content):
            raise UnreadablePicture("cut off")
        if name not in PNG_DRAWN:
            yield Found(PNG_TRACES.get(name, "other"), content[place + 8 : end - 4])
        place = end
        if name == b"IEND":
            break
    else:
        raise UnreadablePicture("no end")
    if place < len(content):
        yield Found("trailing", content[place:])


def _walk_jpeg(content: bytes) -> Iterator[Found]:
    place = 2
    while True:
        if content[place : place + 1] != b"\xff":
            raise UnreadablePicture("no marker")
        marker = content[place + 1]
        place += 2
        if marker == 0xFF:  # noqa: PLR2004 - a fill byte
            place -= 1
            continue
        if marker == EOI:
            break
        if marker in JPEG_STANDALONE:
            continue
        (length,) = struct.unpack_from(">H", content, place)
        segment = content[place + 2 : place + length]
        place += length
        if marker == SOS:
            place = _end_of_scan(content, place)
        elif marker not in JPEG_DRAWN:
            yield from _read_segment(marker, segment)
    if place < len(content):
        yield Found("trailing", content[place:])


def _end_of_scan(content: bytes, place: int) -> int:
    """Return where the next marker stands after the pixels of a scan."""
    while True:
        place = content.find(b"\xff", place)
        if place < 0 or place + 1 >= len(content):
            raise UnreadablePicture("no end")
        following = content[place + 1]
        if following and following not in JPEG_STANDALONE and following != 0xFF:  # noqa: PLR2004
            return place
        place += 1


def _read_segment(marker: int, segment: bytes) -> Iterator[Found]:
    starts: tuple[tuple[bytes, Trace], ...] = (
        (b"Exif\0", "exif"),
        (b"http://ns.adobe.com/", "xmp"),
        (b"Photoshop 3.0", "iptc"),
    )
    if marker == COMMENT:
        yield Found("comment", segment)
    elif marker == APP0:
        if segment.startswith(b"JFXX") or len(segment) > JFIF_FIXED:
            yield Found("thumbnail", segment)
    else:
        other: Trace = "other"
        kind = next((kind for start, kind in starts if segment.startswith(start)), other)
        yield Found(kind, segment)
        if kind == "exif" and segment.count(b"\xff\xd8\xff"):
            yield Found("thumbnail")


def _told_by_pillow(picture: Image.Image) -> Iterator[Found]:
    known: dict[str, Trace] = {
        "exif": "exif", "xmp": "xmp", "comment": "comment", "photoshop": "iptc",
    }  # fmt: skip
    if picture.format == "TIFF":
        yield Found("exif")
    for name, value in picture.info.items():
        if name not in QUIET:
            content = value if isinstance(value, bytes) else str(value).encode()
            kind: Trace = known.get(str(name), "other")
            yield Found(kind, content)


def _has_gps(picture: Image.Image) -> bool:
    return bool(picture.getexif().get_ifd(GPS_TAG))
