"""How long the way from place to place is: straight lines with a detour, a route server, a file.

A source takes spots and answers with all ways between them. Straight lines are an estimate and
say so; a server stands in the intranet and is asked at an address of the settings; a file is
the office's own. docs/planning.md tells how each is set up.
"""

import csv
import json
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from io import BytesIO, StringIO
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import numpy as np
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from geodata.errors import BadSetting, BrokenMatrix, TravelUnavailable, UnreadableFile
from geodata.readers import BREAKAGE, decode, refuse_bomb
from geodata.settings import Settings
from layers.routing import Place, measure_distances

DETOUR = 1.4
SPEED_KMH = 40.0
"""Own assumptions for a mountainous city, to be set by who knows better; never measured here."""
TIMEOUT_S = 20.0
MOST_BYTES = 200_000_000
"""Of an answer: 2,000 places squared, told generously."""
MOST_FILE_BYTES, MOST_UNPACKED_BYTES = 64 << 20, 512 << 20
"""Of a table: as many places."""

MOST_MINUTES = 24 * 60
"""More than a day from place to place is a table in other units: seconds, or metres."""

BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""What workbooks begin with, whatever they are called: XLSX, XLS."""


@dataclass(frozen=True)
class Spot:
    """A place by the name that a matrix file has for it."""

    ref: str
    place: Place


@dataclass(frozen=True, eq=False)
class Ways:
    """All ways between spots: whole seconds by row (from) and column (to), metres or None.

    A way that there is not is NaN in both.
    """

    seconds: np.ndarray
    metres: np.ndarray | None
    is_estimate: bool
    source: str


TravelSource = Callable[[Sequence[Spot]], Ways]


@dataclass(frozen=True)
class StraightLines:
    """Straight lines on the ellipsoid, made longer by `detour` and driven at `speed_kmh`."""

    detour: float = DETOUR
    speed_kmh: float = SPEED_KMH

    def __post_init__(self) -> None:
        """Refuse a detour under 1 and a speed that is none."""
        if not (math.isfinite(self.detour) and self.detour >= 1):
            raise BadSetting(name="detour", value=self.detour, form="1.4")
        if not (math.isfinite(self.speed_kmh) and self.speed_kmh > 0):
            raise BadSetting(name="speed_kmh", value=self.speed_kmh, form="40")

    def __call__(self, spots: Sequence[Spot]) -> Ways:
        """Return the estimated ways, the same there and back."""
        if not spots:
            return Ways(
                np.zeros((0, 0)), np.zeros((0, 0)), is_estimate=True, source="straight_line"
            )
        metres = measure_distances([spot.place for spot in spots]) * self.detour
        seconds = np.ceil(metres / (self.speed_kmh / 3.6))
        return Ways(seconds, metres, is_estimate=True, source="straight_line")


@dataclass(frozen=True)
class OsrmServer:
    """The `table` service of OSRM at an address of the intranet, `http://host:5000`.

    Raises BadSetting for an address that is none or lies outside, TravelUnavailable naming
    what the server did. `names` are hosts of the intranet whose names have a dot.
    """

    address: str
    profile: str = "driving"
    timeout_s: float = TIMEOUT_S
    names: tuple[str, ...] = ()

    def __call__(self, spots: Sequence[Spot]) -> Ways:
        """Return the ways by the roads that the server knows."""
        base = _intranet(self.address, self.names)
        at = ";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in (spot.place for spot in spots))
        address = f"{base}/table/v1/{self.profile}/{at}?annotations=duration,distance"
        told = _ask(Request(address), self.address, self.timeout_s)  # noqa: S310 (http, checked)
        if told.get("code") != "Ok":
            raise TravelUnavailable(
                address=self.address, reason="refused", told=str(told.get("code", ""))
            )
        seconds = _square(told.get("durations"), len(spots), self.address)
        has_metres = told.get("distances") is not None  # servers before 5.18 tell none
        metres = _square(told["distances"], len(spots), self.address) if has_metres else None
        return Ways(np.ceil(seconds), metres, is_estimate=False, source="osrm")


@dataclass(frozen=True)
class ValhallaServer:
    """The `sources_to_targets` service of Valhalla at an address of the intranet.

    Raises as OsrmServer does. Both forms of the answer are read, the long and the short.
    """

    address: str
    costing: str = "auto"
    timeout_s: float = TIMEOUT_S
    names: tuple[str, ...] = ()

    def __call__(self, spots: Sequence[Spot]) -> Ways:
        """Return the ways by the roads that the server knows."""
        base = _intranet(self.address, self.names)
        places = [{"lat": spot.place[1], "lon": spot.place[0]} for spot in spots]
        wish = {"sources": places, "targets": places, "costing": self.costing, "units": "km"}
        request = Request(  # noqa: S310 (http, checked)
            f"{base}/sources_to_targets",
            data=json.dumps(wish).encode(),
            headers={"Content-Type": "application/json"},
        )
        told = _ask(request, self.address, self.timeout_s).get("sources_to_targets")
        if isinstance(told, Mapping):
            times, ways_km = told.get("durations"), told.get("distances")
        else:
            times, ways_km = _column(told, "time"), _column(told, "distance")
        seconds = _square(times, len(spots), self.address)
        metres = _square(ways_km, len(spots), self.address) * 1000
        return Ways(np.ceil(seconds), metres, is_estimate=False, source="valhalla")


@dataclass(frozen=True, eq=False)
class Matrix:
    """The office's own table of minutes, as it was read: a source of travel times.

    `cells[i, j]` is the way from `rows[i]` to `columns[j]`, as it stands in the file; `unnamed`
    are rows and columns that say something and not of where. Of further places than are asked
    for only the names need be right.
    """

    name: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: np.ndarray
    unnamed: tuple["CellProblem", ...] = ()

    def __call__(self, spots: Sequence[Spot]) -> Ways:
        """Return the ways between these spots; raise BrokenMatrix naming all that is wrong."""
        refs = list(dict.fromkeys(spot.ref for spot in spots))
        wrong = self.problems(refs)
        if wrong:
            raise BrokenMatrix(file=self.name, count=len(wrong), problems=wrong)
        row_at = {name: at for at, name in enumerate(self.rows)}
        column_at = {name: at for at, name in enumerate(self.columns)}
        minutes = [
            [0.0 if a == b else float(self.cells[row_at[a], column_at[b]]) for b in refs]
            for a in refs
        ]
        at = [refs.index(spot.ref) for spot in spots]
        square = np.array(minutes, dtype=float).reshape(len(refs), len(refs))
        return Ways(np.ceil(square * 60)[np.ix_(at, at)], None, is_estimate=False, source="matrix")

    def problems(self, refs: Sequence[str] | None = None) -> tuple["CellProblem", ...]:
        """Return everything wrong between these places, or between all that the table names."""
        wanted = {*self.rows, *self.columns} if refs is None else set(refs)
        return (
            *self.unnamed,
            *_unsquare(self.rows, self.columns),
            *_missing_names({*self.rows, *self.columns}, refs or ()),
            *self._wrong_cells(wanted),
        )

    def _wrong_cells(self, wanted: set[str]) -> Iterator["CellProblem"]:
        columns = [(at, name) for at, name in enumerate(self.columns) if name in wanted]
        for row, start in enumerate(self.rows):
            for column, end in columns if start in wanted else ():
                code = "" if start == end else _wrong(self.cells[row, column])
                if code:
                    yield CellProblem(code, start, end, _name(self.cells[row, column]))


def matrix_from_bytes(name: str, content: bytes, most_bytes: int = MOST_FILE_BYTES) -> Matrix:
    """Return the table of minutes in a file (CSV, XLSX) that is called so.

    The first column and the heading are refs. Raises UnreadableFile; what is wrong in its cells
    `Matrix.problems` tells.
    """
    if not content:
        raise UnreadableFile(file=name, reason="empty")
    if len(content) > most_bytes:
        raise UnreadableFile(file=name, reason="too_large")
    try:
        rows = _rows_of_book(content) if _is_book(name, content) else _rows_of_text(content)
    except UnreadableFile as refused:
        raise UnreadableFile(**{**refused.facts, "file": name}) from refused
    except BREAKAGE as unread:
        raise UnreadableFile(file=name, reason="broken", detail=str(unread)) from unread
    return _matrix_of(name, rows)


@dataclass(frozen=True)
class MatrixFile:
    """A table of minutes in a file, read whenever it is asked: it may have been replaced.

    Raises what `matrix_from_bytes` and `Matrix` raise.
    """

    file: Path

    def __call__(self, spots: Sequence[Spot]) -> Ways:
        """Return the ways between these spots."""
        try:
            content = self.file.read_bytes()
        except OSError as unread:
            raise UnreadableFile(
                file=self.file.name, reason="not_found", detail=str(unread)
            ) from unread
        return matrix_from_bytes(self.file.name, content)(spots)


SERVERS: dict[str, Callable[[str], TravelSource]] = {
    "osrm": OsrmServer,
    "valhalla": ValhallaServer,
}


def open_source(settings: Settings) -> TravelSource:
    """Return the source of travel times of an installation.

    `PIM_ROUTES_URL` is `osrm+http://host:5000`, `valhalla+http://host:8002`, `matrix:FILE` or
    empty for straight lines; raises BadSetting for anything else.
    """
    url = settings.routes_url.strip()
    if not url:
        return StraightLines(settings.detour, settings.speed_kmh)
    kind, _, rest = url.partition(":")
    if kind == "matrix" and rest:
        return MatrixFile(Path(rest))
    engine, _, address = url.partition("+")
    if engine not in SERVERS:
        raise BadSetting(name="PIM_ROUTES_URL", value=url, form="osrm+http://10.0.0.5:5000")
    _intranet(address, ())
    return SERVERS[engine](address)


@dataclass(frozen=True)
class CellProblem:
    """What is wrong in a matrix: a code, and the row and column by the names they bear."""

    code: str
    row: str = ""
    column: str = ""
    value: str = ""


def _is_book(name: str, content: bytes) -> bool:
    return name.lower().endswith((".xlsx", ".xls")) or content.startswith(BOOKS)


def _rows_of_book(content: bytes) -> list[list[Any]]:
    """Return the cells of the first sheet that is shown, as it lies in the file."""
    refuse_bomb(BytesIO(content), len(content), MOST_UNPACKED_BYTES)
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    shown = [
        one.name
        for one in book.sheets_metadata
        if one.visible == SheetVisibleEnum.Visible and one.typ == SheetTypeEnum.WorkSheet
    ]
    return book.get_sheet_by_name(shown[0]).to_python(skip_empty_area=False) if shown else []


def _rows_of_text(content: bytes) -> list[list[Any]]:
    text = decode(content)[0].decode()
    top = text.partition("\n")[0]
    return list(csv.reader(StringIO(text), delimiter=max(",;\t", key=top.count)))


def _matrix_of(name: str, rows: Sequence[Sequence[Any]]) -> Matrix:
    """Return rows as a table by the names of places; blank rows, columns and titles are left out.

    Raises UnreadableFile if no heading and row are left.
    """
    width = max(map(len, rows), default=0)
    lines = [(at, [*row, *[""] * (width - len(row))]) for at, row in enumerate(rows, 1)]
    lines = [(at, row) for at, row in lines if any(map(_name, row))]
    filled = [column for column in range(width) if any(_name(row[column]) for _, row in lines)]
    starts = filled[0] if filled else 0
    while lines and not any(map(_name, lines[0][1][starts + 1 :])):
        lines = lines[1:]  # a title
    if len(lines) < 2:  # noqa: PLR2004 (a heading and a row)
        raise UnreadableFile(file=name, reason="empty_matrix")
    (_, heading), *body = lines
    named_rows = [(_name(row[starts]), row) for _, row in body if _name(row[starts])]
    named = [column for column in filled[1:] if _name(heading[column])]
    cells = np.empty((len(named_rows), len(named)), dtype=object)
    for at, (_, row) in enumerate(named_rows):
        cells[at] = [row[column] for column in named]
    unnamed = [
        *(CellProblem("row_unnamed", row=str(at)) for at, row in body if not _name(row[starts])),
        *(
            CellProblem("column_unnamed", column=_letters(column))
            for column in filled[1:]
            if column not in named
        ),
    ]
    columns = tuple(_name(heading[column]) for column in named)
    return Matrix(name, tuple(one for one, _ in named_rows), columns, cells, tuple(unnamed))


def _letters(column: int) -> str:
    """Return what a spreadsheet calls a column, counted from 0.

    >>> _letters(0), _letters(25), _letters(26), _letters(702)
    ('A', 'Z', 'AA', 'AAA')
    """
    before, last = divmod(column, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def _name(cell: object) -> str:
    if isinstance(cell, float):
        return "" if math.isnan(cell) else str(int(cell)) if cell.is_integer() else str(cell)
    return "" if cell is None else str(cell).strip()


def _unsquare(rows: Sequence[str], columns: Sequence[str]) -> Iterator[CellProblem]:
    is_row, is_column = set(rows), set(columns)
    for one in dict.fromkeys(rows):
        if one not in is_column:
            yield CellProblem("column_missing", row=one)
    for one in dict.fromkeys(columns):
        if one not in is_row:
            yield CellProblem("row_missing", column=one)
    yield from (CellProblem("row_twice", row=one) for one in _twice(rows))
    yield from (CellProblem("column_twice", column=one) for one in _twice(columns))


def _twice(names: Sequence[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _missing_names(named: Collection[str], refs: Sequence[str]) -> list[CellProblem]:
    return [CellProblem("place_missing", row=ref, column=ref) for ref in refs if ref not in named]


def _wrong(value: object) -> str:
    if not _name(value):
        return "missing"
    try:
        minutes = float(str(value))
    except ValueError:
        return "no_number"
    if not math.isfinite(minutes):
        return "no_number"
    if minutes < 0:
        return "negative"
    return "too_long" if minutes > MOST_MINUTES else ""


# ------------------------------------------------------------------- servers


class _NoRedirect(HTTPRedirectHandler):
    """A server that sends elsewhere might send the places outside: it is not followed."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Return nothing, so that the answer stands as it is."""


def _intranet(address: str, names: tuple[str, ...]) -> str:
    """Return a server's address without its last stroke; raise BadSetting if it lies outside."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host or parts.username:
        raise BadSetting(name="PIM_ROUTES_URL", value=address, form="osrm+http://10.0.0.5:5000")
    if not (host in names or _is_inside(host)):
        raise BadSetting(name="PIM_ROUTES_URL", value=address, form="osrm+http://10.0.0.5:5000")
    return address.rstrip("/")


def _is_inside(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host  # a bare name is of the own network


def _ask(request: Request, address: str, timeout_s: float) -> Mapping[str, Any]:
    opener = build_opener(ProxyHandler({}), _NoRedirect)
    try:
        with opener.open(request, timeout=timeout_s) as answer:
            content = answer.read(MOST_BYTES + 1)
    except HTTPError as refused:
        with refused:
            told = refused.read(200).decode("utf-8", "replace")
        raise TravelUnavailable(
            address=address, reason="refused", told=f"{refused.code} {told}"
        ) from refused
    except TimeoutError as late:
        raise TravelUnavailable(address=address, reason="too_slow", told=str(timeout_s)) from late
    except (URLError, OSError, HTTPException) as down:
        reason = "too_slow" if "timed out" in str(down) else "unreachable"
        raise TravelUnavailable(address=address, reason=reason, told=str(down)) from down
    try:
        told = json.loads(content)
    except ValueError as odd:
        raise TravelUnavailable(address=address, reason="not_understood", told="") from odd
    if not isinstance(told, Mapping):
        raise TravelUnavailable(address=address, reason="not_understood", told="")
    return told


def _column(rows: Any, name: str) -> Any:
    try:
        return [[cell[name] for cell in row] for row in rows]
    except (TypeError, KeyError):
        return None


def _square(rows: Any, count: int, address: str) -> np.ndarray:
    """Return numbers as they were told, NaN for what is no way; raise if they are no square."""
    try:
        told = np.array(rows, dtype=float)
    except (TypeError, ValueError):
        told = np.zeros(0)
    if told.shape != (count, count) or (told < 0).any():
        raise TravelUnavailable(address=address, reason="not_understood", told=f"{told.shape}")
    return told
