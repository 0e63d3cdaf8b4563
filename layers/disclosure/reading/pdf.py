"""PDF read to its last object: texts over glyphs set one by one, layers, files, scripts."""

import hashlib
import re
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from layers.disclosure.classes import words
from layers.disclosure.leak import Where
from layers.disclosure.reading.markup import host_of
from layers.disclosure.reading.pieces import Budget, Piece, Text, Trouble, Within

INVISIBLE = 3
"""The mode of writing (Tr) in which a text is there and nobody sees it."""

MOST_PAGES, MOST_OBJECTS = 2000, 200_000
AUTHORS = frozenset({"/Author"})
QUIET_FACTS = frozenset(
    {"/Title", "/Producer", "/Creator", "/CreationDate", "/ModDate", "/Trapped"}
)
ACTIONS = {"/JavaScript": "program", "/Launch": "program", "/SubmitForm": "loads",
           "/ImportData": "loads", "/GoToR": "loads", "/GoToE": "embedded"}  # fmt: skip
DRAWN = ((b"INLINE IMAGE", 0), (b"Do", 20), (b"c", 200))
"""Operators of a page, and beyond how many of each letters may be drawn as pictures or shapes."""

JPEG = b"\xff\xd8\xff"
READABLE = re.compile(r"\S")
EOF = re.compile(rb"%%EOF\s*")


def read_pdf(content: bytes, where: Where, budget: Budget) -> Iterator[Piece]:
    """Yield every piece of a PDF; a page or an object that cannot be read is named."""
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted:
            yield Trouble("encrypted", where)
            return
        pages = list(reader.pages)
    except Exception:  # noqa: BLE001 - whatever a parser says of hostile bytes
        yield Trouble("unreadable", where)
        return
    yield from _read_facts(reader, where)
    yield from _read_objects(reader, where, budget)
    if len(pages) > MOST_PAGES:
        yield Trouble("too_large", where)
    for number, page in enumerate(pages[:MOST_PAGES], start=1):
        place = (*where, ("page", str(number)))
        try:
            yield from list(_read_page(page, place))
        except Exception:  # noqa: BLE001 - the page is named, and the file does not leave
            yield Trouble("unreadable", place)
    if len(EOF.findall(content)) > 1:  # earlier states of the file are still in it
        yield Trouble("tracked_change", where)


def _read_facts(reader: PdfReader, where: Where) -> Iterator[Piece]:
    """Yield what the file says of itself."""
    programs: list[str] = words()["programs"]["names"]
    for name, value in (reader.metadata or {}).items():
        told = str(value)
        place = (*where, ("property", str(name).lstrip("/")))
        yield Text(place, told, has_positions=False)
        if name in AUTHORS and told.strip() and told.casefold() not in programs:
            yield Trouble("author", place, told)
        elif name not in QUIET_FACTS and told.strip():
            yield Trouble("metadata", place, told)


def _read_page(page: Any, place: Where) -> Iterator[Piece]:
    """Yield the text of a page, as it is told and as it stands on paper, and what is not seen."""
    pieces: list[tuple[float, float, str]] = []
    hidden: list[str] = []
    drawn: dict[bytes, int] = {}
    mode = [0]

    def on_operand(operator: bytes, operands: list[Any], _cm: Any, _tm: Any) -> None:
        if operator == b"Tr" and operands:
            mode[0] = int(operands[0])
        drawn[operator] = drawn.get(operator, 0) + 1
        if operator in {b"Tj", b"TJ", b"'", b'"'} and mode[0] == INVISIBLE:
            hidden.append(str(operands)[:80])

    def on_text(text: str, cm: Any, tm: Any, _font: Any, _size: Any) -> None:
        if text.strip():
            x, y = _point(cm, tm)
            pieces.append((y, x, text))

    told = page.extract_text(visitor_operand_before=on_operand, visitor_text=on_text)
    yield Text(place, told)
    if pieces:
        yield Text(place, _as_it_stands(pieces))
    if hidden:
        yield Trouble("hidden_text", place)
    if not told.strip() or any(drawn.get(one, 0) > most for one, most in DRAWN):
        contents = page.get_contents()
        data = contents.get_data() if contents is not None else b""
        yield Trouble("picture_unseen", place, hashlib.sha256(data).hexdigest(), is_masked=True)
    yield from _read_fonts(page, place, told)


def _point(cm: Any, tm: Any) -> tuple[float, float]:
    x, y = float(tm[4]), float(tm[5])
    return (x * cm[0] + y * cm[2] + cm[4], x * cm[1] + y * cm[3] + cm[5])


def _as_it_stands(pieces: list[tuple[float, float, str]]) -> str:
    """Return pieces of text in the order of reading: line by line, from the left."""
    lines: dict[int, list[tuple[float, str]]] = {}
    for y, x, text in pieces:
        lines.setdefault(round(-y / 3), []).append((x, text))
    return "\n".join(
        "".join(text.strip("\n") for _, text in sorted(lines[line])) for line in sorted(lines)
    )


def _read_fonts(page: Any, place: Where, told: str) -> Iterator[Piece]:
    """Yield that a page cannot be read where its letters are numbers of glyphs and no more."""
    for font in _entries(_entries(page).get("/Resources")).get("/Font", {}).values():
        facts = _entries(font)
        is_coded = facts.get("/Subtype") == "/Type0" and "Identity" in str(facts.get("/Encoding"))
        if is_coded and "/ToUnicode" not in facts:
            yield Trouble("unreadable", place)
            return
    if "\ufffd" in told:
        yield Trouble("unreadable", place)


def _entries(told: Any) -> dict[str, Any]:
    """Return the entries of a dictionary that may be referred to, none of what is none."""
    found = told.get_object() if told is not None else {}
    return {key: found[key] for key in found} if isinstance(found, dict) else {}


# ------------------------------------------------------------------------------ objects


def _read_objects(reader: PdfReader, where: Where, budget: Budget) -> Iterator[Piece]:
    """Yield what hangs anywhere in the file: scripts, links, notes, files, other metadata."""
    seen: set[tuple[int, int]] = set()
    # What nothing refers to any more is in the file all the same.
    listed = [(id_, generation) for generation, ids in reader.xref.items() for id_ in ids]
    listed += [(id_, 0) for id_ in reader.xref_objStm]
    waiting: list[Any] = [IndirectObject(*key, reader) for key in listed if key[0]]
    waiting.append(reader.trailer)
    while waiting:
        told = waiting.pop()
        if isinstance(told, IndirectObject):
            key = (told.idnum, told.generation)
            if key in seen:
                continue
            seen.add(key)
            if len(seen) > MOST_OBJECTS:
                yield Trouble("too_large", where)
                return
            try:
                told = told.get_object()
            except (PyPdfError, ValueError, KeyError, RecursionError):
                yield Trouble("unreadable", (*where, ("object", str(key[0]))))
                continue
        if isinstance(told, ArrayObject):
            waiting += list(told)
        elif isinstance(told, DictionaryObject):
            yield from _read_object(told, where, budget)
            waiting += [told.raw_get(key) for key in told if key != "/Parent"]


def _read_object(told: DictionaryObject, where: Where, budget: Budget) -> Iterator[Piece]:
    action = str(told.get("/S", ""))
    if action in ACTIONS:
        yield Trouble(ACTIONS[action], where)
    if action == "/URI":
        address = str(told.get("/URI", ""))
        yield Text(where, address)
        yield Trouble("link", where, host_of(address) or address[:60], is_masked=True)
    if "/XFA" in told:
        yield Trouble("unreadable", where)
    if "/JS" in told:
        yield Trouble("program", where)
    for key in ("/Contents", "/T", "/V", "/Subj", "/Alt", "/ActualText", "/TU", "/RC"):
        value = told.get(key)
        if isinstance(value, str) and READABLE.search(value):
            yield Text(where, value)
            if told.get("/Type") == "/Annot" or told.get("/Subtype") in {"/Text", "/FreeText"}:
                yield Trouble("comment", where, value)
    if told.get("/Type") == "/OCG":
        yield Trouble("hidden_text", (*where, ("layer", str(told.get("/Name", "")))))
    if isinstance(told, StreamObject):
        yield from _read_stream(told, where, budget)


def _read_stream(told: StreamObject, where: Where, budget: Budget) -> Iterator[Piece]:
    kind = str(told.get("/Type", ""))
    if told.get("/Subtype") == "/Image":
        yield from _read_picture(told, where)
    if kind not in {"/EmbeddedFile", "/Metadata"}:
        return
    data = told.get_data()
    if not budget.take(len(data)):
        yield Trouble("too_large", where)
        return
    if kind == "/Metadata":
        yield Trouble("metadata", (*where, ("property", "XMP")))
        yield Text((*where, ("property", "XMP")), data.decode("utf-8", "replace"))
    else:
        yield Trouble("embedded", where)
        yield Within((*where, ("part", "attachment")), "attachment", data)


def _read_picture(told: StreamObject, where: Where) -> Iterator[Piece]:
    """Yield a picture: a JPEG as the file it is, of all others that nobody reads their pixels."""
    place, data = (*where, ("picture", "")), bytes(told._data)  # noqa: SLF001 (as it is in the file)
    if data.startswith(JPEG):
        yield Within(place, "picture.jpg", data)
    else:
        digest = hashlib.sha256(data).hexdigest()
        drawn = partial(_drawn, told)
        yield Trouble("picture_unseen", place, digest, is_masked=True, draw=drawn)


def _drawn(told: StreamObject) -> bytes:
    """Return a picture of a PDF as a file that can be looked at, nothing where it cannot be."""
    file = BytesIO()
    try:
        told.decode_as_image().save(file, "PNG")
    except Exception:  # noqa: BLE001 - of one that cannot be drawn it is said that nobody saw it
        return b""
    return file.getvalue()
