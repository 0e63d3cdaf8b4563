"""Tables and lines of text: CSV, JSON and GeoJSON, calendars, plain text."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Any

from layers.disclosure.classes import words
from layers.disclosure.leak import Step, Where
from layers.disclosure.places import is_too_small
from layers.disclosure.reading.pieces import Budget, Piece, Sign, Text, Trouble

GLUE = " | "
FOLDED = re.compile(r"\r?\n[ \t]")
"""Where a calendar or a card breaks a line that is too long, in the midst of a number."""

HEAD_ROWS = 3
"""A heading of persons or counts is looked for in the first rows of a table."""

DEEPEST_JSON = 60


def decode(content: bytes) -> str | None:
    r"""Return bytes as text in the encodings that offices write, None for no text.

    >>> decode("西固".encode("gb18030")), decode(b"\x00\x01\x02\x03") is None
    ('西固', True)
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"),
                           (b"\xfe\xff", "utf-16"), (b"", "utf-8"), (b"", "gb18030")):  # fmt: skip
        if content.startswith(mark):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                continue
            return None if "\x00" in text else text
    return None


def read_csv(content: bytes, where: Where, _budget: Budget) -> Iterator[Piece]:
    """Yield the rows of comma-separated values, each with its columns."""
    text = decode(content)
    if text is None:
        yield Trouble("unreadable", where)
        return
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        csv.field_size_limit(1 << 24)
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        yield Trouble("unreadable", where)
        return
    yield from read_rows(((n, _lettered(row)) for n, row in enumerate(rows, start=1)), where)


def read_text(content: bytes, where: Where, _budget: Budget) -> Iterator[Piece]:
    """Yield the lines of a plain text."""
    text = decode(content)
    if text is None:
        yield Trouble("unreadable", where)
        return
    yield Text(where, text, lines_of(text))
    if FOLDED.search(text):
        yield Text(where, FOLDED.sub("", text))


def lines_of(text: str) -> tuple[tuple[int, Step], ...]:
    """Return where each line of a text begins."""
    starts, place = [], 0
    for number, line in enumerate(text.split("\n"), start=1):
        starts.append((place, ("line", str(number))))
        place += len(line) + 1
    return tuple(starts)


def read_rows(
    rows: Iterable[tuple[int, Sequence[tuple[str, str]]]], where: Where
) -> Iterator[Piece]:
    """Yield the rows of a table: number, then cells by their column; headings of persons named."""
    counted: set[str] = set()
    for seen, (number, cells) in enumerate(rows):
        place = (*where, ("row", str(number)))
        if seen < HEAD_ROWS:
            yield from _heads(cells, place, counted)
        for column, text in cells:
            if column in counted and _is_small(text):
                yield Trouble("small_count", (*place, ("column", column)), text, is_masked=True)
        marks, start = [], 0
        for column, text in cells:
            marks.append((start, ("column", column)))
            start += len(text) + len(GLUE)
        yield Text(place, GLUE.join(text for _, text in cells), tuple(marks))


def _heads(cells: Sequence[tuple[str, str]], place: Where, counted: set[str]) -> Iterator[Piece]:
    for column, text in cells:
        heading = text.strip().casefold()
        if heading in words()["person_columns"]["headings"]:
            yield Trouble("person_column", (*place, ("column", column)), text, is_masked=True)
        if heading in words()["count_columns"]["headings"]:
            counted.add(column)


def _is_small(text: str) -> bool:
    try:
        return is_too_small(float(text))
    except ValueError:
        return False


def column_letters(number: int) -> str:
    """Return the letters of a column, the first being 0.

    >>> column_letters(0), column_letters(27)
    ('A', 'AB')
    """
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _lettered(row: Sequence[str]) -> list[tuple[str, str]]:
    return [(column_letters(n), cell) for n, cell in enumerate(row)]


# ------------------------------------------------------------------------------ JSON


def read_json(content: bytes, where: Where, _budget: Budget) -> Iterator[Piece]:
    """Yield the texts, keys and numbers of JSON, GeoJSON among it."""
    text = decode(content)
    try:
        told = json.loads(text or "")
    except (ValueError, RecursionError):
        yield Trouble("unreadable", where)
        return
    if isinstance(told, dict) and told.get("type") in {"FeatureCollection", "Feature"}:
        yield Sign("places", where)
    yield from read_told(told, where)


def read_told(told: Any, where: Where, depth: int = 0) -> Iterator[Piece]:
    """Yield what a value of JSON tells, place after place."""
    if depth > DEEPEST_JSON:
        yield Trouble("unreadable", where)
    elif isinstance(told, dict):
        yield from _read_keys(told, where, depth)
    elif isinstance(told, list):
        yield from _read_list(told, where, depth)
    elif told is not None and not isinstance(told, bool):
        yield Text(where, _plain(told))


def _read_keys(told: dict[str, Any], where: Where, depth: int) -> Iterator[Piece]:
    scalars = {key: one for key, one in told.items() if not isinstance(one, (dict, list))}
    line = GLUE.join(f"{key}: {_plain(one)}" for key, one in scalars.items())
    yield Text(where, line)
    for key, one in told.items():
        heading, place = key.strip().casefold(), (*where, ("key", key))
        if heading in words()["person_columns"]["headings"] and one not in (None, ""):
            yield Trouble("person_column", place, key, is_masked=True)
        if heading in words()["count_columns"]["headings"] and _is_small(_plain(one)):
            yield Trouble("small_count", place, _plain(one), is_masked=True)
        if isinstance(one, (dict, list)):
            yield Text(where, key, has_positions=False)
            yield from read_told(one, place, depth + 1)


def _read_list(told: list[Any], where: Where, depth: int) -> Iterator[Piece]:
    if _is_line(told):
        yield Text(where, ", ".join(map(_plain, told)))
        return
    if told and all(isinstance(one, list) and _is_line(one) for one in told):
        yield Text(where, "; ".join(", ".join(map(_plain, one)) for one in told))
        return
    scalars = [_plain(one) for one in told if isinstance(one, (str, int, float))]
    if scalars:
        yield Text(where, GLUE.join(scalars))
    for number, one in enumerate(told, start=1):
        if isinstance(one, (dict, list)):
            yield from read_told(one, (*where, ("item", str(number))), depth + 1)


def _is_line(told: list[Any]) -> bool:
    return bool(told) and all(isinstance(one, (int, float)) for one in told)


def _plain(told: Any) -> str:
    return "" if told is None else told if isinstance(told, str) else repr(told)
