"""XML read without its entities: texts with their elements, comments, what it would load."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree

from layers.disclosure.classes import words
from layers.disclosure.leak import Where
from layers.disclosure.reading.pieces import Budget, Piece, Sign, Text, Trouble, Within

URL = re.compile(r"(?:https?|ftps?|wss?|file):/{2,3}[^\s\"'<>)\\\]}`]+", re.IGNORECASE)
BARE_HOST = re.compile(r"^(?://|\\\\)[^\s/\\]")
LOADING = frozenset({"src", "href", "data", "poster", "action", "background", "srcset"})
MARKUP = re.compile(r"</?[A-Za-z][^<>]*>")
STYLE_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+(?:url\()?\s*['\"]([^'\"]+)")


class Broken(ValueError):
    """Bytes that are no XML, or XML that declares entities of its own."""


def parse(content: bytes) -> Any:
    """Return the root of XML, entities of its own unresolved; raise Broken."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False
    )
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as wrong:
        raise Broken(str(wrong)) from wrong


def local(node: Any) -> str:
    """Return the name of an element or attribute without its namespace; blank for a comment."""
    name = node if isinstance(node, str) else node.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def read_xml(content: bytes, where: Where, _budget: Budget) -> Iterator[Piece]:
    """Yield the texts, attributes, comments and addresses of XML such as KML, GPX and SVG."""
    try:
        root = parse(content)
    except Broken:
        yield Trouble("unreadable", where)
        return
    told = root.getroottree().docinfo
    if told.internalDTD is not None and b"<!ENTITY" in content[:1_000_000]:
        yield Trouble("unreadable", where)
    if local(root) in {"svg", "kml", "gpx"}:
        yield Sign("map" if local(root) == "svg" else "places", where)
    for node in root.iter():
        yield from _read_node(node, where)


def _read_node(node: Any, where: Where) -> Iterator[Piece]:
    line = ("line", str(node.sourceline or ""))
    place = (*where, line)
    if node.tag is etree.Comment or node.tag is etree.PI:
        yield Trouble("comment", place, str(node.text or "").strip())
        yield Text(place, str(node.text or ""))
        return
    if node.tag is etree.Entity:
        yield Trouble("unreadable", place)
        return
    name = local(node).lower()
    for text in (node.text, node.tail):
        if text and text.strip():
            yield Text(place, text)
            if MARKUP.search(text):
                yield Within(place, "description.html", text.encode())
    if node.attrib:
        told = " ".join(f"{local(key)}={value}" for key, value in node.attrib.items())
        yield Text(place, told)
    for key, value in node.attrib.items():
        yield from addresses(local(key), value, place, loads=name not in {"a", "link"})
    yield from _read_element(name, node, place)


def _read_element(name: str, node: Any, place: Where) -> Iterator[Piece]:
    """Yield what an element means by its name: an address, an author, a style, a script."""
    told = " ".join("".join(node.itertext()).split())
    if name in {"text", "desc", "title", "p"} and len(node):
        yield Text(place, "".join(node.itertext()))
    if name == "style":
        yield from style_addresses(told, place)
    if name in {"href", "networklink"}:
        yield from addresses("href", (node.text or "").strip(), place, loads=True)
    if name in {"author", "creator"} and told:
        yield Trouble("author", place, told)
    if name == "script":
        yield Trouble("program", place)


def addresses(key: str, value: str, where: Where, *, loads: bool) -> Iterator[Piece]:
    """Yield what an attribute loads from elsewhere, or links to."""
    if key.lower() == "style":
        yield from style_addresses(value, where)
        return
    if key.lower() not in LOADING:
        return
    for one in value.split(",") if key.lower() == "srcset" else [value]:
        host = host_of(one.strip().split(" ")[0])
        if host:
            yield Trouble("loads" if loads else "link", where, host, is_masked=True)


def style_addresses(style: str, where: Where) -> Iterator[Piece]:
    """Yield what a style sheet loads from elsewhere."""
    for found in STYLE_URL.finditer(style):
        host = host_of((found[1] or found[2] or "").strip())
        if host:
            yield Trouble("loads", where, host, is_masked=True)


def host_of(address: str) -> str:
    """Return the host that an address asks, blank for one within the file or of a vocabulary.

    >>> host_of("https://tiles.example.org/a.png"), host_of("#here"), host_of("//cdn.x/a.js")
    ('tiles.example.org', '', 'cdn.x')
    """
    told = unquote(address.strip())
    if BARE_HOST.match(told):
        told = f"https:{told}".replace("\\", "/")
    if not URL.match(told):
        return ""
    parts = urlsplit(told)
    try:
        host = parts.hostname or ("file" if parts.scheme.lower() == "file" else "")
    except ValueError:
        return told[:60]
    return "" if host in words()["hosts"]["names"] else host


def hosts_in(text: str) -> Iterator[str]:
    """Yield the hosts of the addresses that stand in a text, each once."""
    yield from dict.fromkeys(filter(None, map(host_of, URL.findall(text))))
