"""Cropped, blurred and turned copies of a photograph: for showing, never in the original's place.

A copy has its own hash and points at its original. EXIF is not carried over, so that a copy that
leaves the house tells no position (domain notes 6.3, P4).
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import BinaryIO

from PIL import Image, ImageFilter, ImageOps

from geodata.errors import BadEvidence
from geodata.evidence_store import Derivation, EvidenceFacts, EvidenceItem, EvidenceStore
from geodata.photographs import DECODED, HEAD_BYTES, MOST_PIXELS, mime_of, open_picture

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the picture as it is shown, turned as EXIF says."""

QUALITY = 90
SCREEN_QUALITY = 82
COARSE = 12
"""A blurred part is made of so many squares across: no sharpening brings a plate back."""


def cropped(picture: bytes, box: Box) -> bytes:
    """Return the part of a picture within a box; raise BadEvidence for a box outside of it."""
    return _changed(picture, lambda shown: shown.crop(_within(shown, box)))


def blurred(picture: bytes, boxes: Sequence[Box]) -> bytes:
    """Return a picture with some parts made unreadable; raise BadEvidence for a box outside."""
    return _changed(picture, lambda shown: _blur(shown, boxes))


def rotated(picture: bytes, degrees: int) -> bytes:
    """Return a picture turned clockwise by a multiple of 90 degrees."""
    if degrees % 90:
        raise BadEvidence(field="degrees", value=degrees, form="90 180 270")
    return _changed(picture, lambda shown: shown.rotate(-degrees, expand=True))


def shrunk(picture: BinaryIO, most_px: int) -> bytes:
    """Return a picture for the screen as JPEG: neither side longer than that, upright, no EXIF.

    A large JPEG is decoded at a fraction of its size. Raises BadEvidence for what is no picture
    that is decoded here.
    """
    mime = mime_of(picture.read(HEAD_BYTES))
    picture.seek(0)
    try:
        if mime not in DECODED:
            raise BadEvidence(field="picture", value=mime, form=" ".join(DECODED))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of size: it is held against our own limit below
            found = open_picture(picture, mime)
        with found:
            found.draft("RGB", (most_px, most_px))
            if found.size[0] * found.size[1] > MOST_PIXELS:
                raise BadEvidence(field="pixels", value=found.size, form=f"<= {MOST_PIXELS}")
            shown = ImageOps.exif_transpose(found).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as broken:
        raise BadEvidence(field="picture", value=str(broken)[:80], form="JPEG PNG") from broken
    shown.thumbnail((most_px, most_px))
    made, whole = BytesIO(), Image.new("RGB", shown.size)
    whole.paste(shown)
    whole.save(made, "JPEG", quality=SCREEN_QUALITY)
    return made.getvalue()


def keep_derivative(
    store: EvidenceStore,
    parent: EvidenceItem,
    made: bytes,
    derivation: Derivation,
    *,
    who: str,
    at: datetime,
    access_class: str = "",
    note: str = "",
) -> str:
    """Keep a copy beside its original and return its hash; the original's custody tells of it.

    It says of capture, place and case what its original says. Its access class is its own:
    blank until somebody has looked at it.
    """
    facts: EvidenceFacts = replace(
        parent.facts,
        original_filename=f"{derivation}-{parent.facts.original_filename}",
        received_by=who,
        received_at=at,
        derived_from=parent.sha256,
        derivation=derivation,
        access_class=access_class,  # type: ignore[arg-type]  # checked by the store
        exif="",
        note=note,
    )
    return store.put(made, facts)


def _changed(picture: bytes, change: Callable[[Image.Image], Image.Image]) -> bytes:
    try:
        with Image.open(
            BytesIO(picture), formats=[one for of in DECODED.values() for one in of]
        ) as found:
            if found.size[0] * found.size[1] > MOST_PIXELS:
                raise BadEvidence(field="pixels", value=found.size, form=f"<= {MOST_PIXELS}")
            is_jpeg = found.format in {"JPEG", "MPO"}
            shown = ImageOps.exif_transpose(found).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as broken:
        raise BadEvidence(field="picture", value=str(broken)[:80], form="JPEG PNG") from broken
    made = BytesIO()
    whole = Image.new("RGB", (changed := change(shown)).size)
    whole.paste(changed)  # of the pixels alone: nothing else of the original goes along
    whole.save(made, "JPEG" if is_jpeg else "PNG", **({"quality": QUALITY} if is_jpeg else {}))
    return made.getvalue()


def _blur(shown: Image.Image, boxes: Sequence[Box]) -> Image.Image:
    for box in boxes:
        left, top, right, bottom = _within(shown, box)
        size = (right - left, bottom - top)
        coarse = (min(COARSE, size[0]), min(COARSE, size[1]))
        part = shown.crop((left, top, right, bottom)).resize(coarse, Image.Resampling.BOX)
        smooth = part.filter(ImageFilter.GaussianBlur(1)).resize(size, Image.Resampling.NEAREST)
        shown.paste(smooth, (left, top))
    return shown


def _within(shown: Image.Image, box: Box) -> Box:
    left, top, right, bottom = box
    if not (0 <= left < right <= shown.width and 0 <= top < bottom <= shown.height):
        form = f"0 0 {shown.width} {shown.height}"
        raise BadEvidence(field="box", value=" ".join(map(str, box)), form=form)
    return left, top, right, bottom
