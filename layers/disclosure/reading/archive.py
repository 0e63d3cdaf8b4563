"""Archives read part by part, within limits: what cannot be unpacked is named."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from layers.disclosure.leak import Where
from layers.disclosure.reading.pieces import (
    MOST_RATIO,
    SMALL_PART,
    Budget,
    Piece,
    Text,
    Trouble,
    Within,
)

ENCRYPTED = 0x1
BLOCK = 1 << 16
NAME_LENGTHS, LOCAL_HEADER, END_RECORD = 26, 30, 22
LONGEST_DESCRIPTOR = 24
"""Bytes: where in the header of a part the lengths of its name and extra field stand, how long
headers are, and what may follow a part that was written without knowing its size."""


def read_archive(content: bytes, where: Where, budget: Budget) -> Iterator[Piece]:
    """Yield the parts of a ZIP, their names and its comment as texts."""
    for piece in unpack(content, where, budget):
        yield piece
        if isinstance(piece, Within):
            yield Text((*where, ("file_name", "")), piece.name, has_positions=False)


def unpack(content: bytes, where: Where, budget: Budget) -> Iterator[Piece]:
    """Yield the parts of a ZIP as files within it, and what could not be unpacked."""
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError):
        yield Trouble("unreadable", where)
        return
    with archive:
        if archive.comment:
            place = (*where, ("comment", ""))
            yield Trouble("comment", place)
            yield Text(place, _decoded(archive.comment))
        yield from _around(content, archive, where)
        for entry in archive.infolist():
            place = (*where, ("part", entry.filename))
            if entry.is_dir():
                continue
            if entry.flag_bits & ENCRYPTED:
                yield Trouble("encrypted", place)
            elif _is_bomb(entry) or not budget.take(entry.file_size):
                yield Trouble("too_large", place)
            else:
                yield _read(archive, entry, place, budget)


def _is_bomb(entry: zipfile.ZipInfo) -> bool:
    packed = max(entry.compress_size, 1)
    return entry.file_size > SMALL_PART and entry.file_size / packed > MOST_RATIO


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Where, budget: Budget) -> Piece:
    """Return a part read to its end; one that is longer than it says is a bomb."""
    pieces, total = [], 0
    try:
        with archive.open(entry) as opened:
            while block := opened.read(BLOCK):
                total += len(block)
                if total > entry.file_size or budget.bytes_left < 0:
                    return Trouble("too_large", place)
                pieces.append(block)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError):
        return Trouble("unreadable", place)
    return Within(place, entry.filename, b"".join(pieces))


def _around(content: bytes, archive: zipfile.ZipFile, where: Where) -> Iterator[Piece]:
    """Yield that something stands before, between or after the parts, where nobody looks."""
    end = content.rfind(b"PK\x05\x06")
    place = 0
    for entry in sorted(archive.infolist(), key=lambda one: one.header_offset):
        if entry.header_offset - place > LONGEST_DESCRIPTOR:
            yield Trouble("embedded", where)
            return
        names = struct.unpack_from("<HH", content, entry.header_offset + NAME_LENGTHS)
        place = entry.header_offset + LOCAL_HEADER + sum(names) + entry.compress_size
    is_between = archive.start_dir - place > LONGEST_DESCRIPTOR
    if is_between or end + END_RECORD + len(archive.comment) != len(content):
        yield Trouble("embedded", where)


def _decoded(told: bytes) -> str:
    return told.decode("utf-8", "replace")
