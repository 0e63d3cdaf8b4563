"""What a file is, by its bytes and not by its name, and who reads it."""

import re
from collections.abc import Mapping

from geodata.photographs import DECODED, mime_of
from layers.disclosure.reading.archive import read_archive
from layers.disclosure.reading.markup import read_xml
from layers.disclosure.reading.office import read_office
from layers.disclosure.reading.page import read_page
from layers.disclosure.reading.pdf import read_pdf
from layers.disclosure.reading.picture import read_picture
from layers.disclosure.reading.pieces import Reader
from layers.disclosure.reading.tables import decode, read_csv, read_json, read_text

OFFICE_PARTS = (b"[Content_Types].xml", b"ppt/", b"word/", b"xl/")
HEAD = 4096
OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis"
MAIL = re.compile(
    r"^(?:MIME-Version|Content-Type|From|Received|Content-Transfer-Encoding):", re.MULTILINE
)
"""A saved mail or page, whose parts are written in codes of their own."""

PAGE = re.compile(
    r"^\s*(?:<!--.*?-->\s*)*(?:<!doctype html|<html|<head|<body|<meta|<div|<svg\b)",
    re.IGNORECASE | re.DOTALL,
)
READERS: Mapping[str, Reader] = {
    "office": read_office,
    "zip": read_archive,
    "pdf": read_pdf,
    "picture": read_picture,
    "html": read_page,
    "xml": read_xml,
    "json": read_json,
    "csv": read_csv,
    "text": read_text,
}
MARKED = frozenset({"office", "pdf", "html", "xml", "json"})
"""Formats in which the marks and the data date of the house can stand, and must."""

TEXT_ENDINGS = {"csv": "csv", "tsv": "csv", "html": "html", "htm": "html"}


def format_of(content: bytes, name: str) -> str:
    r"""Return what a file is: a key of READERS, "gzip", "encrypted", or blank for what none reads.

    The name only tells apart what its bytes cannot: CSV from other text.

    >>> (
    ...     format_of(b"%PDF-1.7", "a.png"),
    ...     format_of("a,b".encode(), "a.csv"),
    ...     format_of(b"\0\1", ""),
    ... )
    ('pdf', 'csv', '')
    """
    mime = mime_of(content[:HEAD])
    if mime == "application/pdf" or b"%PDF-" in content[:1024]:
        return "pdf"
    if mime == "application/zip" and OPEN_DOCUMENT not in content[:HEAD]:
        is_office = OFFICE_PARTS[0] in content and any(one in content for one in OFFICE_PARTS[1:])
        return "office" if is_office else "zip"
    if mime in DECODED and not (mime == "image/bmp" and decode(content[:HEAD]) is not None):
        return "picture"
    if mime == "application/x-ole-storage":  # an Office file under a password, or of before 2007
        return "encrypted"
    if content.startswith(b"\x1f\x8b"):
        return "gzip"
    return _text_format(content, name)


def _text_format(content: bytes, name: str) -> str:
    text = decode(content)
    if text is None or not text.strip():
        return ""
    if MAIL.search(text[:HEAD]):
        return ""
    start, ending = text.lstrip("\ufeff \t\r\n")[:HEAD], name.rpartition(".")[2].casefold()
    if start.startswith("<"):
        is_page = PAGE.match(start) and not start.startswith("<svg")
        return "html" if is_page or ending in {"html", "htm"} else "xml"
    if start[0] in "[{" and ending not in TEXT_ENDINGS:
        return "json"
    return TEXT_ENDINGS.get(ending, "text")
