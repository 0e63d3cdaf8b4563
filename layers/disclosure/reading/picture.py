"""A picture as part of a file: what it carries besides pixels, and that nobody can read those."""

import hashlib
from collections.abc import Iterator, Mapping

from layers.disclosure.leak import Where
from layers.disclosure.pictures import Trace, UnreadablePicture, traces_of
from layers.disclosure.reading.pieces import Budget, Piece, Text, Trouble

KINDS: Mapping[Trace, str] = {
    "exif": "exif",
    "gps": "exif",
    "xmp": "metadata",
    "iptc": "metadata",
    "comment": "metadata",
    "text": "metadata",
    "thumbnail": "thumbnail",
    "trailing": "embedded",
    "other": "metadata",
}
"""What a trace in a picture is as a leak."""


def read_picture(content: bytes, where: Where, _budget: Budget) -> Iterator[Piece]:
    """Yield the traces in a picture, their bytes as texts, and that its pixels are not read."""
    try:
        found = traces_of(content)
    except UnreadablePicture:
        yield Trouble("unreadable", where)
        return
    for one in found:
        yield Trouble(KINDS[one.kind], (*where, ("trace", one.kind)))
        for text in _readings(one.content):
            yield Text((*where, ("trace", one.kind)), text, has_positions=False)
    digest = hashlib.sha256(content).hexdigest()
    yield Trouble("picture_unseen", where, digest, is_masked=True)


def _readings(content: bytes) -> Iterator[str]:
    """Yield what bytes say in the encodings that cameras and programs write, each once."""
    wide = [(start, name) for start in (0, 1) for name in ("utf-16-le", "utf-16-be")]
    ways = [(0, "utf-8"), (0, "gb18030"), *wide]
    told = (_printable(content[start:].decode(name, "ignore")) for start, name in ways)
    yield from dict.fromkeys(filter(None, told))


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text).strip()
