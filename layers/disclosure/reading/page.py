"""A page of HTML read as a browser does, and as it stands: texts, scripts, data, comments."""

import base64
import binascii
import gzip
import html
import json
import re
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import unquote_to_bytes

from layers.disclosure.leak import Where
from layers.disclosure.reading.markup import (
    LOADING,
    addresses,
    host_of,
    hosts_in,
    style_addresses,
)
from layers.disclosure.reading.pieces import Budget, Piece, Sign, Text, Trouble, Within
from layers.disclosure.reading.tables import decode, lines_of, read_rows, read_told
from layers.disclosure.spelling import readings

DATA_URL = re.compile(r"data:([\w/+.-]*)((?:;[\w=+.-]+)*),([^\"'\s)>`\]<]*)", re.IGNORECASE)
LONG_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{40,}={0,2}")
JOINED = re.compile(r"[\"'`]\s*[+,]\s*[\"'`]")
"""Where a script puts a text together, or counts up its letters."""

STYLE_CODE = re.compile(r"\\([0-9A-Fa-f]{4,6})\s?")
FOLLOWED = frozenset({"a", "area", "form"})
DRAWING = frozenset(
    """class style d points viewbox transform x y x1 x2 y1 y2 cx cy r rx ry width
    height integrity nonce""".split()
)
"""Attributes that draw, and say nothing that can be read."""

HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])",
    re.IGNORECASE,
)
BLOCKS = frozenset(
    """address article aside blockquote br button caption dd details div dl dt
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol option p pre
    section select summary table tbody td tfoot th thead title tr ul""".split()
)
VOID = frozenset("""area base br col embed hr img input link meta param source track wbr""".split())
MOST_BASE64 = 60 << 20


def read_page(content: bytes, where: Where, budget: Budget) -> Iterator[Piece]:
    """Yield every piece of a page: what is shown, what scripts hold, what it loads."""
    text = _declared(content)
    if text is None:
        yield Trouble("unreadable", where)
        return
    parser = _Parser(where)
    parser.feed(text)
    parser.close()
    parser.end_text()
    yield from parser.pieces
    for kind, line, told in parser.raw:
        place = (*where, ("line", str(line)))
        if kind == "style":
            yield Text(place, STYLE_CODE.sub(lambda found: chr(int(found[1], 16)), told))
            yield from style_addresses(told, place)
        else:
            yield from _read_script(told, place, is_data="json" in kind)
    yield from read_data(text, where, budget)
    # As it stands, too, so that nothing is lost that the parser takes for markup.
    yield Text(where, text, lines_of(text), has_numbers=False, has_positions=False)


def _declared(content: bytes) -> str | None:
    """Return the text of a page in the encoding it declares, or in one that offices write."""
    named = re.search(rb"charset=[\"']?([\w-]+)", content[:2048], re.IGNORECASE)
    if named:
        try:
            return content.decode(named[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            return None
    return decode(content)


class _Parser(HTMLParser):
    """Gathers pieces while the page is read; a block of text at a time, over its inline tags."""

    def __init__(self, where: Where) -> None:
        super().__init__(convert_charrefs=True)
        self.where = where
        self.pieces: list[Piece] = []
        self.raw: list[tuple[str, int, str]] = []
        self._text: list[str] = []
        self._line = 1
        self._open = ""
        self._hidden = ""
        self._depth = 0
        self._rows: list[list[str]] = []

    @property
    def _here(self) -> Where:
        return (*self.where, ("line", str(self.getpos()[0])))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {key: value or "" for key, value in attrs}
        if tag in BLOCKS:
            self.end_text()
        if tag == "table":
            self._rows = []
        if tag == "tr":
            self._rows.append([])
        if tag in {"td", "th"} and self._rows:
            self._rows[-1].append("")
        if tag in {"script", "style"}:
            self._open = f"{tag} {told.get('type', '')}"
        if self._hidden:
            self._depth += tag not in VOID
        elif _is_hidden(told) and tag not in VOID and tag not in {"script", "style", "template"}:
            self._hidden, self._depth = tag, 1
        self._read_attributes(tag, told)

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self.end_text()
        if tag in {"script", "style"}:
            self._open = ""
        if tag == "table" and self._rows:
            rows = [[(str(n), one) for n, one in enumerate(row, 1)] for row in self._rows]
            self.pieces += [
                one
                for one in read_rows(enumerate(rows, start=1), self._here)
                if isinstance(one, Trouble)
            ]
            self._rows = []
        if self._hidden:
            self._depth -= 1
            if self._depth <= 0:
                self.end_text()
                self._hidden = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.raw.append((self._open.split(" ")[0] if self._open.startswith("style")
                             else self._open, self.getpos()[0], data))  # fmt: skip
            return
        if not self._text:
            self._line = self.getpos()[0]
        self._text.append(data)
        if self._rows and self._rows[-1]:
            self._rows[-1][-1] += data

    def handle_comment(self, data: str) -> None:
        self.pieces += [Trouble("comment", self._here, data.strip()), Text(self._here, data)]

    def handle_decl(self, decl: str) -> None:
        if decl.strip().casefold() != "doctype html":
            self.pieces.append(Text(self._here, decl))

    def unknown_decl(self, data: str) -> None:
        self.handle_comment(data)

    def handle_pi(self, data: str) -> None:
        self.handle_comment(data)

    def end_text(self) -> None:
        """Close a block of text: it is one text, whatever inline tags run through it."""
        text = "".join(self._text)
        self._text = []
        if text.strip():
            place = (*self.where, ("line", str(self._line)))
            self.pieces.append(Text(place, text))
            if self._hidden:
                self.pieces.append(Trouble("hidden_text", place, text.strip()))

    def _read_attributes(self, tag: str, told: dict[str, str]) -> None:
        here = self._here
        if tag == "meta":
            self._read_meta(told)
        if tag in {"svg", "canvas"} or "leaflet-container" in told.get("class", ""):
            self.pieces.append(Sign("map", here))
        for key, value in told.items():
            if key in LOADING or key in {"style", "xlink:href"}:
                name = "href" if key == "xlink:href" else key
                self.pieces += addresses(name, value, here, loads=tag not in FOLLOWED)
            if key.startswith("on"):
                self.pieces += _read_script(value, here, is_data=False)
            if key not in DRAWING and not value.startswith("data:"):
                self.pieces.append(Text((*here, ("alt_text", "")), value))
        if tag == "base":
            self.pieces += addresses("href", told.get("href", ""), here, loads=True)

    def _read_meta(self, told: dict[str, str]) -> None:
        name, content = told.get("name", "").casefold(), told.get("content", "")
        if name in {"author", "creator", "dc.creator"} and content:
            self.pieces.append(Trouble("author", self._here, content))
        if name in {"generator", "keywords", "description"} and content:
            self.pieces.append(Trouble("metadata", self._here, content))
        if told.get("http-equiv", "").casefold() == "refresh":
            hosts = [host_of(content.partition("=")[2].strip(" '\"")), *hosts_in(content)]
            self.pieces += [
                Trouble("loads", self._here, one, is_masked=True)
                for one in dict.fromkeys(filter(None, hosts))
            ]


def _is_hidden(told: dict[str, str]) -> bool:
    """Return whether an element says that it is not shown, even if a script shows it later."""
    return bool(HIDDEN_STYLE.search(told.get("style", "")))


# ----------------------------------------------------------------------------- scripts


def _read_script(told: str, where: Where, *, is_data: bool) -> Iterator[Piece]:
    """Yield what a script or a block of data holds, its escapes undone; and where it would ask."""
    if is_data:
        try:
            yield from read_told(json.loads(told), where)
        except (ValueError, RecursionError):
            yield Trouble("unreadable", where)
        return
    first = int(next((value for key, value in where if key == "line"), "1"))
    marks = tuple((start, ("line", str(first + n))) for n, (start, _) in enumerate(lines_of(told)))
    yield Text(where[:-1], told, marks)
    if JOINED.search(told):
        yield Text(where, JOINED.sub("", told), has_positions=False)
    for host in dict.fromkeys(host for one in readings(told) for host in hosts_in(one)):
        yield Trouble("link", where, host, is_masked=True)


def read_data(text: str, where: Where, budget: Budget) -> Iterator[Piece]:
    """Yield the files that stand in a page as data: addresses, or long texts in base64."""
    taken: list[tuple[int, int]] = []
    for found in DATA_URL.finditer(text):
        taken.append(found.span(3))
        place = (*where, ("line", str(text.count("\n", 0, found.start()) + 1)))
        data = _unpacked(found[3], is_base64="base64" in found[2].lower())
        if data is None or not budget.take(len(data)):
            yield Trouble("unreadable" if data is None else "too_large", place)
        elif data and not found[1].startswith(("font/", "application/font", "application/x-font")):
            yield Within(place, f"data.{found[1].rpartition('/')[2].partition('+')[0]}", data)
    for found in LONG_BASE64.finditer(text):
        if any(start <= found.start() < end for start, end in taken):
            continue
        data = _unpacked(found[0], is_base64=True)
        if data is not None and _is_file(data) and budget.take(len(data)):
            place = (*where, ("line", str(text.count("\n", 0, found.start()) + 1)))
            yield Within(place, "data", data)


def _unpacked(told: str, *, is_base64: bool) -> bytes | None:
    if len(told) > MOST_BASE64:
        return None
    plain = unquote_to_bytes(html.unescape(told))
    if not is_base64:
        return plain
    plain = plain.translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_file(data: bytes) -> bool:
    """Return whether bytes begin as a file or a text does: not every long word is base64."""
    starts = (b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"%PDF", b"\x1f\x8b", b"GIF8", b"RIFF")
    if data.startswith(starts):
        return True
    text = decode(data[:400])
    return text is not None and sum(one.isprintable() or one.isspace() for one in text) == len(text)


def gunzipped(content: bytes, most: int) -> bytes | None:
    """Return what a gzip holds, None if it is broken or longer than `most`."""
    try:
        with gzip.GzipFile(fileobj=BytesIO(content)) as opened:
            data = opened.read(most + 1)
    except (OSError, EOFError, zlib.error):
        return None
    return data if len(data) <= most else None
