"""The sheets of a workbook, cell by cell: what a sheet, a row or a column hides, and its notes."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from layers.disclosure.leak import Where
from layers.disclosure.reading.markup import Broken, hosts_in, local, parse
from layers.disclosure.reading.pieces import Piece, Text, Trouble
from layers.disclosure.reading.tables import column_letters, read_rows

ASKING = re.compile(
    r"\b(?:HYPERLINK|WEBSERVICE|IMAGE|IMPORTDATA|IMPORTXML|DDE)\s*\(", re.IGNORECASE
)
OTHER_BOOK = re.compile(r"\[[^\]]+\.xls[xmb]?\]|\[\d+\]")
PAGE_LINE = re.compile(r'&(?:[A-Za-z]|"[^"]*"|\d{1,3}(?!\d))')
"""Signs for place, font and size in the head and foot of a page, and numbers of pages."""

REF = re.compile(r"([A-Z]{1,3})(\d+)")


def shared_texts(data: bytes) -> list[str]:
    """Return the texts that cells of a workbook point to, put together over their runs."""
    try:
        root = parse(data) if data else ()
    except Broken:
        return []
    return [_runs(one) for one in root if local(one) == "si"]


def read_sheet(root: Any, where: Where, shared: Sequence[str], state: str) -> Iterator[Piece]:
    """Yield the rows of a sheet, and what of it is not shown."""
    if state != "visible":
        yield Trouble("hidden_sheet", where)
    rows = [node for node in root.iter() if local(node) == "row"]
    yield from read_rows(_rows(rows, shared), where)
    yield from _hidden_rows(rows, where)
    for node in root.iter():
        name = local(node)
        if name == "col" and _is_hidden(node, "width"):
            first, last = (column_letters(int(node.get(key)) - 1) for key in ("min", "max"))
            span = first if first == last else f"{first}:{last}"
            yield Trouble("hidden_cells", (*where, ("column", span)))
        if name == "f" and node.text:
            yield from _formula(node, where)
        elif node.text and node.text.strip() and name not in {"v", "t", "f"}:
            is_line = name.endswith(("Header", "Footer"))
            yield Text(where, PAGE_LINE.sub(" ", node.text) if is_line else node.text)


def _rows(
    nodes: Sequence[Any], shared: Sequence[str]
) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    for count, node in enumerate(nodes, start=1):
        cells = [
            (_column(cell, place), _value(cell, shared))
            for place, cell in enumerate(one for one in node if local(one) == "c")
        ]
        yield int(node.get("r", count)), [cell for cell in cells if cell[1]]


def _column(cell: Any, place: int) -> str:
    found = REF.match(cell.get("r", ""))
    return found[1] if found else column_letters(place)


def _value(cell: Any, shared: Sequence[str]) -> str:
    told = next((one.text or "" for one in cell if local(one) == "v"), "")
    if cell.get("t") == "s":
        return shared[int(told)] if told.isdigit() and int(told) < len(shared) else told
    if cell.get("t") == "inlineStr":
        return "".join(_runs(one) for one in cell if local(one) == "is")
    return _number(told) if cell.get("t") in {None, "n"} else told


def _number(told: str) -> str:
    """Return a number without the dust of its binary form, and as digits where it is a whole one.

    >>> _number("103.63863100000001"), _number("1.3912345678E10"), _number("x")
    ('103.638631', '13912345678', 'x')
    """
    try:
        value = float(told)
    except ValueError:
        return told
    if value.is_integer() and abs(value) < 10**18:
        return str(int(told)) if told.lstrip("-").isdigit() else str(int(value))
    return f"{value:.13g}"


def _runs(node: Any) -> str:
    """Return a text over its runs, what is said of its sound left out."""
    return "".join(
        one.text or ""
        for one in node.iter()
        if local(one) == "t" and local(one.getparent()) != "rPh"
    )


def _hidden_rows(rows: Sequence[Any], where: Where) -> Iterator[Piece]:
    hidden = [int(node.get("r", 0)) for node in rows if _is_hidden(node, "ht")]
    for first, last in _spans(hidden):
        span = str(first) if first == last else f"{first}-{last}"
        yield Trouble("hidden_cells", (*where, ("row", span)))


def _spans(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield runs of numbers as first and last.

    >>> list(_spans([2, 3, 4, 7]))
    [(2, 4), (7, 7)]
    """
    first = last = None
    for number in numbers:
        if first is None or last is None:
            first = number
        elif number != last + 1:
            yield first, last
            first = number
        last = number
    if first is not None and last is not None:
        yield first, last


def _is_hidden(node: Any, size: str) -> bool:
    return node.get("hidden") in {"1", "true"} or node.get(size) in {"0", "0.0"}


def _formula(node: Any, where: Where) -> Iterator[Piece]:
    """Yield what a formula asks of elsewhere; its text is a text like any other."""
    cell = node.getparent().get("r", "")
    found = REF.match(cell)
    place = (*where, ("row", found[2]), ("column", found[1])) if found else where
    yield Text(place, node.text)
    if OTHER_BOOK.search(node.text):
        yield Trouble("loads", place, node.text[:60], is_masked=True)
    if ASKING.search(node.text):
        hosts = list(hosts_in(node.text)) or [node.text[:60]]
        kind = "link" if node.text.upper().startswith("HYPERLINK") else "loads"
        yield from (Trouble(kind, place, host, is_masked=True) for host in hosts)
