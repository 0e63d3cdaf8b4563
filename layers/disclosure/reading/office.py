"""Office files (PPTX, DOCX, XLSX) read part by part: what is shown, and all that is not.

Every part is read, known or not. Texts are put together over their runs; what a part says in
attributes is a text as well. A part that is no XML, no picture and no file is unreadable.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from layers.disclosure.classes import words
from layers.disclosure.leak import Where
from layers.disclosure.reading.archive import unpack
from layers.disclosure.reading.cells import read_sheet, shared_texts
from layers.disclosure.reading.markup import Broken, host_of, hosts_in, local, parse
from layers.disclosure.reading.pieces import Budget, Piece, Text, Trouble, Within

TYPES, PACKAGE_RELS = "[Content_Types].xml", "_rels/.rels"
XML_ENDINGS = (".xml", ".rels", ".vml")
HAS_WORD = re.compile(r"[^\x00-\x7f]|[A-Za-z]{2}")
FONTS = (".fntdata", ".odttf")
DESCRIBING = frozenset(
    """descr title alt tooltip prompt error promptTitle errorTitle author string
    userName displayName initials""".split()
)
AUTHORS = frozenset({"creator", "lastModifiedBy", "Company", "Manager"})
NEUTRAL_CORE = frozenset({"revision", "created", "modified", "title", "lastPrinted", "language",
                          "identifier", "version"})  # fmt: skip
EDITS = frozenset({"ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "cellIns",
                   "cellDel", "tblPrChange", "trPrChange", "sectPrChange"})  # fmt: skip
PARTS: tuple[tuple[str, str], ...] = (
    (r"ppt/(comments|modernComments)|comments?\d*\.xml$|/threadedComments/", "comment"),
    (r"commentAuthors|/persons?/|word/people\.xml$|ppt/authors\.xml$", "author"),
    (r"vbaProject|/activeX/|/macrosheets/|xl/dialogsheets", "program"),
    (r"xl/externalLinks/|xl/connections\.xml|xl/queryTables|ppt/externalLinks", "loads"),
    (r"xl/pivotCache|/embeddings/|xl/model/", "embedded"),
    (r"printerSettings|docProps/custom\.xml|docMetadata/|ppt/tags/|xl/revisions", "metadata"),
    (r"docProps/thumbnail", "thumbnail"),
)
"""What a part is a leak by alone, by its name."""

LINKS = frozenset({"hyperlink", "hlink"})


@dataclass
class _Package:
    """The parts of a file by their names, and how they hang together."""

    parts: dict[str, bytes]
    where: Where
    places: dict[str, Where] = field(default_factory=dict)
    sheets: dict[str, tuple[str, str]] = field(default_factory=dict)
    page: tuple[int, int] = (0, 0)

    def place(self, name: str) -> Where:
        return (*self.where, *self.places.get(name, (("part", name),)))

    def relations(self, name: str) -> Iterator[tuple[str, str, str, bool]]:
        """Yield id, kind, target and whether it lies outside, of what a part refers to."""
        folder, _, file = name.rpartition("/")
        rels = f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels"
        for node in _relations(self.parts.get(rels, b"")):
            outside = node.get("TargetMode") == "External"
            target = node.get("Target", "")
            if not outside:
                target = _joined(folder, target)
            yield node.get("Id", ""), node.get("Type", "").rpartition("/")[2], target, outside


def read_office(content: bytes, where: Where, budget: Budget) -> Iterator[Piece]:
    """Yield every piece of an Office file."""
    parts: dict[str, bytes] = {}
    for piece in unpack(content, where, budget):
        if isinstance(piece, Within):
            if piece.name in parts:  # a second part of one name is shown to nobody
                yield Trouble("embedded", piece.where)
            parts[piece.name] = piece.content
        else:
            yield piece
    package = _Package(parts, where)
    _find_places(package)
    for name, data in parts.items():
        yield from _read_part(package, name, data)


def _read_part(package: _Package, name: str, data: bytes) -> Iterator[Piece]:
    place = package.place(name)
    kind = next((kind for pattern, kind in PARTS if re.search(pattern, name)), "")
    yield Text(place, name, has_positions=False)
    if kind:
        yield Trouble(kind, place)
    if not name.endswith(XML_ENDINGS):
        if not name.endswith(FONTS) and kind not in {"program", "metadata"}:
            yield Within(place, name, data)
        return
    try:
        root = parse(data)
    except Broken:
        yield Trouble("unreadable", place)
        return
    if root.getroottree().docinfo.internalDTD is not None:
        yield Trouble("unreadable", place)
    yield from _read_root(package, name, root, place)


def _read_root(package: _Package, name: str, root: Any, place: Where) -> Iterator[Piece]:
    """Yield what the XML of a part says, by what sort of part it is."""
    if name.endswith(".rels"):
        yield from _read_relations(package, name, root)
    elif name.startswith("docProps/"):
        yield from _read_properties(root, place)
    elif name in package.sheets:
        title, state = package.sheets[name]
        yield Text(place, title, has_positions=False)
        shared = shared_texts(package.parts.get("xl/sharedStrings.xml", b""))
        yield from read_sheet(root, (*package.where, ("sheet", title)), shared, state)
        yield from _read_attributes(root, place)
    elif name != TYPES:
        yield from _read_texts(root, place, is_speech="notesSlides/" in name)
        yield from _read_looks(root, place)
        if local(root) == "sld":
            yield from _beside(root, place, package.page)
        yield from _read_attributes(root, place)


# ------------------------------------------------------------------- how it hangs together


def _find_places(package: _Package) -> None:
    """Say of slides, their notes and sheets which they are, as the reader counts them."""
    for number, name in enumerate(_in_order(package, "ppt/presentation.xml", "sldId"), start=1):
        slide = ("slide", str(number))
        package.places[name] = (slide,)
        for _, kind, target, outside in package.relations(name):
            if kind in {"notesSlide", "comments", "comment"} and not outside:
                package.places[target] = (slide, ("notes" if kind == "notesSlide" else kind, ""))
            if kind in {"chart", "image", "package", "oleObject"} and not outside:
                package.places.setdefault(target, (slide, ("part", target)))
    for size in _children(package.parts.get("ppt/presentation.xml", b""), "sldSz"):
        package.page = (int(size.get("cx", "0")), int(size.get("cy", "0")))
    workbook = package.parts.get("xl/workbook.xml", b"")
    targets = {id_: target for id_, _, target, _ in package.relations("xl/workbook.xml")}
    for sheet in _children(workbook, "sheet"):
        id_ = next((value for key, value in sheet.attrib.items() if local(key) == "id"), "")
        target = targets.get(id_, "")
        package.sheets[target] = (sheet.get("name", ""), sheet.get("state", "visible"))
        package.places[target] = (("sheet", sheet.get("name", "")),)


def _in_order(package: _Package, name: str, tag: str) -> list[str]:
    targets = {id_: target for id_, _, target, _ in package.relations(name)}
    ids = [
        value
        for node in _children(package.parts.get(name, b""), tag)
        for key, value in node.attrib.items()
        if "}" in key and local(key) == "id"
    ]
    return [targets[id_] for id_ in ids if id_ in targets]


def _children(data: bytes, tag: str) -> list[Any]:
    try:
        return [node for node in parse(data).iter() if local(node) == tag] if data else []
    except Broken:
        return []


def _relations(data: bytes) -> list[Any]:
    return _children(data, "Relationship")


def _joined(folder: str, target: str) -> str:
    path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
    return posixpath.normpath(path)


def _read_relations(package: _Package, name: str, root: Any) -> Iterator[Piece]:
    """Yield what lies outside of the file: links that a person follows, and what is loaded."""
    owner = name.replace("_rels/", "").removesuffix(".rels")
    place = package.place(owner) if owner else package.where
    for node in root.iter():
        if local(node) != "Relationship" or node.get("TargetMode") != "External":
            continue
        target, kind = node.get("Target", ""), node.get("Type", "").rpartition("/")[2]
        yield Text(place, target)
        told = host_of(target) or target[:60]
        is_link = kind.lower() in LINKS
        if not (is_link and target.startswith("#")):
            yield Trouble("link" if is_link else "loads", place, told, is_masked=True)


# ------------------------------------------------------------------------------- texts


def _read_texts(root: Any, place: Where, *, is_speech: bool) -> Iterator[Piece]:
    """Yield texts put together over runs, a box of them at once, and all other texts."""
    taken: set[Any] = set()
    for box in root.iter():
        if local(box) not in {"txBody", "rich", "sdtContent", "body", "hdr", "ftr", "txbxContent",
                              "footnote", "endnote", "comment", "tbl"}:  # fmt: skip
            continue
        paragraphs = [node for node in box.iter() if local(node) == "p" and node not in taken]
        taken |= set(paragraphs)
        lines = [_paragraph(node) for node in paragraphs]
        text = "\n".join(line for line in lines if line.strip())
        if text:
            yield Text(place, text, _numbered(lines, place))
    rest = [node for node in root.iter() if local(node) == "p" and node not in taken]
    for node in rest:
        if line := _paragraph(node):
            yield Text(place, line)
    yield from _other_texts(root, place)
    if is_speech:
        yield from _speech(root, place)


def _paragraph(node: Any) -> str:
    """Return the text of a paragraph over all its runs; a tab and a break part words."""
    told = {"t": lambda one: one.text or "", "delText": lambda one: one.text or "",
            "tab": lambda _: "\t", "br": lambda _: "\n"}  # fmt: skip
    return "".join(told[local(one)](one) for one in node.iter() if local(one) in told)


def _numbered(lines: list[str], place: Where) -> tuple[tuple[int, tuple[str, str]], ...]:
    if any(step[0] == "slide" for step in place):
        return ()
    marks, start = [], 0
    for number, line in enumerate(lines, start=1):
        if line.strip():
            marks.append((start, ("paragraph", str(number))))
            start += len(line) + 1
    return tuple(marks)


def _other_texts(root: Any, place: Where) -> Iterator[Piece]:
    """Yield texts outside of paragraphs: caches of charts, instructions of fields, comments."""
    for node in root.iter():
        if not local(node):
            yield Trouble("comment", place, str(node.text or "").strip())
            yield Text(place, str(node.text or ""))
        elif local(node) not in {"t", "delText"} and node.text and node.text.strip():
            yield Text(place, node.text)
            if local(node) == "instrText":
                for host in hosts_in(node.text):
                    yield Trouble("loads", place, host, is_masked=True)
        elif local(node) == "t" and not _in_paragraph(node):
            yield Text(place, node.text or "")


def _in_paragraph(node: Any) -> bool:
    return any(local(one) == "p" for one in node.iterancestors())


def _speech(root: Any, place: Where) -> Iterator[Piece]:
    """Yield that a page has notes, where somebody wrote any: the number of the page is none."""
    for node in root.iter():
        if local(node) == "r" and "".join(node.itertext()).strip():
            yield Trouble("notes", place, _paragraph(node.getparent()))
            return


# ----------------------------------------------------------------------------- not shown


def _read_looks(root: Any, place: Where) -> Iterator[Piece]:
    """Yield what a page or document does not show: hidden pages and texts, tracked changes."""
    if local(root) == "sld" and root.get("show") in {"0", "false"}:
        yield Trouble("hidden_slide", place)
    seen = set()
    for node in root.iter():
        name = local(node)
        if name in EDITS and "tracked_change" not in seen:
            seen.add("tracked_change")
            yield Trouble("tracked_change", place, "".join(node.itertext()).strip())
        if name in {"vanish", "webHidden"} and node.get(_of(node, "val")) not in {"0", "false"}:
            run = next((one for one in node.iterancestors() if local(one) == "r"), None)
            if run is not None and "".join(run.itertext()).strip():
                yield Trouble("hidden_text", place, _paragraph(run))
        if name == "cNvPr" and node.get("hidden") in {"1", "true"}:
            yield Trouble("hidden_text", place, node.get("name", ""))
        if name in {"documentProtection", "writeProtection", "docVar"}:
            yield Trouble("metadata", place)


def _of(node: Any, name: str) -> str:
    return next((key for key in node.attrib if local(key) == name), name)


SHAPES = frozenset({"sp", "pic", "graphicFrame", "cxnSp"})


def _beside(root: Any, place: Where, page: tuple[int, int]) -> Iterator[Piece]:
    """Yield the texts of shapes that lie beside their page and so are seen by nobody."""
    for node in root.iter():
        if local(node) != "off" or not all(page):
            continue
        above = [local(one) for one in node.iterancestors()]
        shape = next((one for one in node.iterancestors() if local(one) in SHAPES), None)
        if shape is None or "grpSp" in above or not _is_beside(node, page):
            continue
        if text := "".join(shape.itertext()).strip():
            yield Trouble("hidden_text", place, text)


def _is_beside(node: Any, page: tuple[int, int]) -> bool:
    size = next((one for one in node.itersiblings() if local(one) == "ext"), node)
    sides = (("x", "cx", page[0]), ("y", "cy", page[1]))
    return any(
        int(node.get(start, "0")) >= most
        or int(node.get(start, "0")) + int(size.get(long, "0")) <= 0
        for start, long, most in sides
    )


def _read_attributes(root: Any, place: Where) -> Iterator[Piece]:
    """Yield what is said in attributes: descriptions as texts, all else for names alone."""
    told: list[str] = []
    for node in root.iter():
        for key, value in node.attrib.items() if local(node) else ():
            if local(key) in DESCRIBING and value.strip():
                yield Text((*place, ("alt_text", "")), value)
            elif HAS_WORD.search(value):
                told.append(value)
    if told:
        text = "\n".join(dict.fromkeys(told))
        yield Text(place, text, has_numbers=False, has_positions=False)


# ---------------------------------------------------------------------------- properties


def _read_properties(root: Any, place: Where) -> Iterator[Piece]:
    """Yield what a file says of itself: authors, company, keywords, properties of one's own."""
    programs: list[str] = words()["programs"]["names"]
    is_core = local(root) == "coreProperties"
    for node in root.iter():
        text, name = (node.text or "").strip(), local(node)
        if not text:
            continue
        field_place = (*place, ("property", name))
        yield Text(field_place, text, has_positions=False)
        if text.casefold() in programs:
            continue
        if name in AUTHORS:
            yield Trouble("author", field_place, text)
        elif name == "HyperlinkBase" or (is_core and name not in NEUTRAL_CORE):
            yield Trouble("metadata", field_place, text)
