"""Files of every kind that offices receive, read into one kind of table, or refused with a reason.

A reader takes what a file says and adds nothing: cells stay as they are, places stay in the
file's own numbers, and a coordinate system is named only where the file names it.
"""

import codecs
import csv
import glob
import hashlib
import io
import re
import shutil
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pyogrio
import pyproj
import python_calamine
import shapely

from geodata.crs import name_system
from geodata.errors import UnreadableFile

REFUSALS = (
    "not_found",
    "empty",
    "format_unknown",
    "broken",
    "encoding_unknown",
    "archive_without_table",
    "layer_choice",
    "layer_unknown",
    "no_rows",
    "too_large",
    "unpacks_too_large",
    "names_outside",
)
"""Every reason that UnreadableFile gives here."""

FORMATS: dict[str, str] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".xls": "xlsx",
    ".geojson": "geojson",
    ".json": "geojson",
    ".shp": "shapefile",
    ".gpkg": "geopackage",
    ".kml": "kml",
    ".parquet": "geoparquet",
    ".geoparquet": "geoparquet",
    ".zip": "archive",
    ".kmz": "archive",
    ".dxf": "dxf",
}
"""File name endings and the reader that takes them."""

BREAKAGE: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    csv.Error,
    ValueError,  # Unicode, JSON and frame errors among them
    LookupError,
    MemoryError,  # lengths beyond reason
    RuntimeError,  # encrypted archives
    TypeError,  # pyarrow over broken metadata
    UnboundLocalError,  # pyogrio over a .prj that is no text
    NotImplementedError,  # archives packed in an unknown way
    zipfile.BadZipFile,
    zlib.error,
    pa.ArrowException,
    python_calamine.CalamineError,
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.GeometryError,
    pyogrio.errors.CRSError,
    pyproj.exceptions.CRSError,
    shapely.errors.ShapelyError,
)
"""What the libraries raise over broken files."""


MOST_BYTES = 2 << 30
"""How large a file may be that is read whole; the setting PIM_MAX_FILE_MB names another limit."""

MOST_RATIO = 300
MOST_MEMBERS = 20_000
SMALL_BYTES = 64 << 20  # what unpacks to no more than this is no bomb, however well it packs
PACKED = frozenset({".zip", ".kmz", ".xlsx"})


@dataclass(frozen=True)
class RawTable:
    """A file as read. The index of `frame` numbers rows as the user sees them in the file.

    Spreadsheets and text: the line of the sheet, headings included; vector files: the feature,
    from 1. `frame` is a GeoDataFrame where the format holds places; its numbers are those of
    `declared_system`, which is None where the file does not say. `format` is that of the table
    itself where it came in an archive. `misfits` are rows with
    more cells than the table has columns, by row number, as text.
    """

    frame: pd.DataFrame
    declared_system: str | None
    source_name: str
    source_sha256: str
    format: str
    encoding: str = ""
    layer: str = ""
    misfits: Mapping[int, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the headings of the file in its own order, without the place."""
        return tuple(str(name) for name in self.frame.columns if name != "geometry")

    @property
    def has_places(self) -> bool:
        """Return whether the format itself holds places."""
        return isinstance(self.frame, gpd.GeoDataFrame)


class _Read(NamedTuple):
    frame: pd.DataFrame
    system: str | None = None
    encoding: str = ""
    layer: str = ""
    misfits: Mapping[int, str] = {}
    format: str = ""


class _Wish(NamedTuple):
    """What the caller says about a file beyond its path."""

    layer: str | None
    encoding: str | None
    most_bytes: int = MOST_BYTES


def read_table(
    path: str | Path,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    source_name: str | None = None,
    most_bytes: int = MOST_BYTES,
) -> RawTable:
    """Return the table in a file; raise UnreadableFile with a reason of REFUSALS.

    A file larger than `most_bytes`, or one that unpacks to more, is refused before it is read.

    `layer` chooses among several layers or sheets, `encoding` overrides what is found,
    `source_name` is kept in place of the file's own name.
    """
    file, name = Path(path), source_name or Path(path).name
    if not file.is_file():
        raise UnreadableFile(file=name, reason="not_found")
    if file.stat().st_size == 0:
        raise UnreadableFile(file=name, reason="empty")
    kind = FORMATS.get(file.suffix.casefold())
    if kind is None:
        raise UnreadableFile(file=name, reason="format_unknown", known=" ".join(FORMATS))
    _refuse_large(file, name, most_bytes)
    try:
        if file.suffix.casefold() in PACKED:
            refuse_bomb(file, file.stat().st_size, most_bytes)
        read = READERS[kind](file, _Wish(layer, encoding, most_bytes))
    except BREAKAGE as broken:
        detail = re.sub(r"\S*[\\/](features\.\w+)", r"\1", str(broken))[:300]  # not our workshop
        raise UnreadableFile(file=name, reason="broken", detail=detail) from broken
    except UnreadableFile as refused:
        raise UnreadableFile(**{**refused.facts, "file": name}) from refused.__cause__
    if not len(read.frame):
        raise UnreadableFile(file=name, reason="no_rows")
    with file.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    return RawTable(
        frame=read.frame,
        declared_system=read.system,
        source_name=name,
        source_sha256=sha256,
        format=read.format or kind,
        encoding=read.encoding,
        layer=read.layer,
        misfits=read.misfits,
    )


# ----------------------------------------------------------------------- limits


def _refuse_large(file: Path, name: str, most_bytes: int) -> None:
    size = file.stat().st_size
    if size > most_bytes:
        facts = {"size_mb": f"{size / 1e6:,.0f}", "limit_mb": f"{most_bytes / 1e6:,.0f}"}
        raise UnreadableFile(file=name, reason="too_large", **facts)


def refuse_bomb(file: Path | IO[bytes], packed: int, most_bytes: int) -> None:
    """Refuse an archive (workbooks are archives too) that says it unpacks beyond reason.

    `packed` is its own size in bytes. Raises UnreadableFile with the reason unpacks_too_large.
    """
    if not zipfile.is_zipfile(file):
        return
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
    size = sum(member.file_size for member in members)
    is_bomb = size > SMALL_BYTES and size > MOST_RATIO * packed
    if is_bomb or size > most_bytes or len(members) > MOST_MEMBERS:
        raise UnreadableFile(reason="unpacks_too_large", **_unpacked_facts(size, most_bytes))


def _unpacked_facts(size: int, most_bytes: int) -> dict[str, str]:
    return {"size_mb": f"{size / 1e6:,.0f}", "limit_mb": f"{most_bytes / 1e6:,.0f}"}


# ------------------------------------------------------------------------- text

SEPARATORS = ",;\t|"
TITLE_ROWS = 10  # how far down headings are looked for, below titles over the table


def _read_csv(file: Path, wish: _Wish) -> _Read:
    content, encoding = decode(file.read_bytes(), wish.encoding)
    content = content if b"\n" in content else content.replace(b"\r", b"\n")  # old Macintosh
    content = content if content.endswith(b"\n") else content + b"\n"
    top = content[:100_000].decode("utf-8", errors="replace")
    separator = _separator_of(top)
    first_rows = list(_rows_of(top, separator, TITLE_ROWS + 1))
    heading, names = _find_headings(first_rows)
    table, ragged = _parse_csv(content, names, separator, heading)
    # The parser leaves ragged rows out; every other line number is taken in turn.
    numbers = np.arange(table.num_rows + len(ragged)) + heading + 2
    if ragged:
        numbers = np.setdiff1d(numbers, [number for number, _ in ragged], assume_unique=True)
    frame = table.to_pandas().set_axis(numbers, axis="index")
    cut = {number: _cells(text, separator) for number, text in ragged}
    misfits = {
        number: text for number, text in ragged if any(map(str.strip, cut[number][len(names) :]))
    }
    padded = {number: (cells + [""] * len(names))[: len(names)] for number, cells in cut.items()}
    if padded:
        late = pd.DataFrame.from_dict(padded, orient="index", columns=names, dtype="str")
        frame = pd.concat([frame, late]).sort_index()
    return _Read(_without_blank_rows(frame), None, encoding, "", misfits)


def _parse_csv(
    content: bytes, names: list[str], separator: str, heading: int
) -> tuple[pa.Table, list[tuple[int, str]]]:
    with suppress(pa.ArrowInvalid):  # rows that do not fit, which the slow way tells apart
        return _parse_even(content, names, separator, heading), []
    ragged: list[tuple[int, str]] = []

    def leave_out(row: pa.csv.InvalidRow) -> str:
        if row.number > heading + 1:
            ragged.append((row.number, row.text))
        return "skip"

    table = pa.csv.read_csv(
        io.BytesIO(content),
        pa.csv.ReadOptions(
            # one thread, or rows have no numbers
            use_threads=False,
            block_size=1 << 26,
            column_names=names,
            skip_rows_after_names=heading + 1,
        ),
        pa.csv.ParseOptions(
            delimiter=separator,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=leave_out,
        ),
        pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
    )
    return table, ragged


def _parse_even(content: bytes, names: list[str], separator: str, heading: int) -> pa.Table:
    """Return a table whose rows all have as many cells as it has columns, or raise ArrowInvalid."""
    return pa.csv.read_csv(
        pa.BufferReader(content),
        pa.csv.ReadOptions(column_names=names, skip_rows_after_names=heading + 1),
        pa.csv.ParseOptions(delimiter=separator, newlines_in_values=True, ignore_empty_lines=False),
        pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), check_utf8=False),
    ).combine_chunks()


def decode(content: bytes, encoding: str | None = None) -> tuple[bytes, str]:
    """Return the text as UTF-8 without mark, and the encoding it came in.

    Raises UnreadableFile with the reason encoding_unknown.
    """
    marks = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    marked = [name for mark, name in marks if content.startswith(mark)]
    for name in [encoding] if encoding else marked or ["utf-8", "gb18030"]:
        if name == "utf-8" and _is_utf8(content):
            return content, name
        try:
            return content.decode(name).encode(), name
        except (UnicodeDecodeError, LookupError):
            continue
    raise UnreadableFile(reason="encoding_unknown")


def _is_utf8(content: bytes) -> bool:
    """Return whether bytes are UTF-8, without making a text of them."""
    ends = pa.py_buffer(np.array([0, len(content)], np.int64))
    whole = pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(content)])
    try:
        whole.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _separator_of(top: str) -> str:
    """Return the separator that cuts the widest of the first lines into most cells."""
    lines = top.splitlines()[:TITLE_ROWS]
    return max(SEPARATORS, key=lambda one: max(len(_cells(line, one)) for line in lines or [""]))


def _rows_of(text: str, separator: str, most: int) -> Iterator[list[str]]:
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    return (row for row, _ in zip(rows, range(most), strict=False))


def _cells(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


# ----------------------------------------------------------------- spreadsheets


def _read_xlsx(file: Path, wish: _Wish) -> _Read:
    book = python_calamine.CalamineWorkbook.from_path(str(file))
    visible = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.visible == python_calamine.SheetVisibleEnum.Visible
        and sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
    ]
    sheets = {
        name: rows
        for name in visible
        if (rows := book.get_sheet_by_name(name).to_python(skip_empty_area=False))
    }
    if not sheets:
        return _Read(pd.DataFrame())
    name = _choose(list(sheets), wish.layer)
    rows = sheets[name]
    heading, names = _find_headings(rows[: TITLE_ROWS + 1])
    frame = pd.DataFrame(
        rows[heading + 1 :],
        columns=names,
        index=range(heading + 2, len(rows) + 1),
        dtype=object,
    )
    return _Read(_without_blank_rows(frame), None, "", name)


def _find_headings(rows: Sequence[Sequence[object]]) -> tuple[int, list[str]]:
    """Return which row holds the headings, the lower one of two, and the names in it.

    Titles and notes over a table ("填报单位：…　日期：…") fill fewer cells than it has columns:
    the headings are the first row that fills more than half as many as the second widest row,
    and not with notes alone. A heading merged over several columns ("坐标" over "经度" and
    "纬度") gives way to those below.
    """
    filled = [_filled(row) for row in rows]
    widest = sorted(map(len, filled), reverse=True)
    if not any(widest):
        raise UnreadableFile(reason="no_rows")
    half, least = widest[min(1, len(widest) - 1)] / 2, min(2, widest[0])
    wide = [number for number, cells in enumerate(filled) if len(cells) >= max(half + 0.5, least)]
    first = next((one for one in wide if not _are_notes(rows[one])), wide[0])
    upper = list(rows[first])
    if first + 1 < len(rows) and _is_second_row(upper, rows[first + 1]):
        return first + 1, _unique_names(_join_headings(upper, rows[first + 1]))
    return first, _unique_names(upper)


def _are_notes(row: Sequence[object]) -> bool:
    cells = [text for cell in row if (text := str(cell).strip())]
    return len(cells) > 1 and all(re.fullmatch(r"\D[^：:]*[：:].+", text) for text in cells)


def _filled(row: Sequence[object]) -> set[int]:
    return {place for place, cell in enumerate(row) if str(cell).strip()}


def _is_second_row(upper: Sequence[object], lower: Sequence[object]) -> bool:
    """Return whether a row names the columns under merged headings, and nothing else.

    It fills every gap of the row above, with words, and otherwise only the cell before a gap.
    """
    above, below = _filled(upper), _filled(lower)
    gaps = below - above
    begins = {place for place in below & above if place + 1 in gaps}
    if not gaps or below != gaps | begins or not above - below:
        return False
    runs = {place - 1 for place in gaps} <= below
    return runs and all(isinstance(lower[one], str) and not _is_number(lower[one]) for one in below)


def _is_number(cell: object) -> bool:
    return re.fullmatch(r"[\d.,:/°\s-]+", str(cell)) is not None


def _join_headings(upper: Sequence[object], lower: Sequence[object]) -> list[object]:
    """Return the names of columns: those below merged headings, which stand before them if needed.

    Two groups with the same names below are told apart by the names above.
    """
    width = max(len(upper), len(lower))
    above = [*upper, *[""] * (width - len(upper))]
    below = [*lower, *[""] * (width - len(lower))]
    names = [str(low).strip() or high for high, low in zip(above, below, strict=True)]
    group, joined = "", []
    for high, name in zip(above, names, strict=True):
        group = str(high).strip() or group
        joined.append(f"{group} {name}" if names.count(name) > 1 and name != high else name)
    return joined


def _unique_names(headings: Sequence[object]) -> list[str]:
    names: list[str] = []
    for place, heading in enumerate(headings, start=1):
        name = re.sub(r"\s+", " ", str(heading)).strip() or f"#{place}"
        names.append(name if name not in names else f"{name} #{place}")
    return names


def _without_blank_rows(frame: pd.DataFrame) -> pd.DataFrame:
    is_blank = pd.DataFrame(
        {name: cells.isna() | (cells.astype("str") == "") for name, cells in frame.items()}
    )
    return frame[~is_blank.all(axis=1)]


# ----------------------------------------------------------------- vector files

KML_TRIFLES = ("timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude")
KML_DRAWING = ("visibility", "drawOrder", "icon")
KML_MARK = "placemark_id"
# What marks an element of one file is no number of a place: exporters count anew in each file,
# and rows of two files would take each other's place. A column "id" of the data is one.
pyogrio.set_gdal_config_options({"LIBKML_ID_FIELD": KML_MARK})


def _read_vector(file: Path, wish: _Wish, encoding: str | None = None) -> _Read:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GDAL's remarks; what is wrong with a row is found later
        listed = pyogrio.list_layers(file)
        placed = [str(name) for name, kind in listed if kind is not None]
        layer = _choose(placed or [str(name) for name, _ in listed], wish.layer)
        by_columns = file.suffix.casefold() == ".gpkg" and _is_plain(file, layer)
        frame = pyogrio.read_dataframe(file, layer=layer, encoding=encoding, use_arrow=by_columns)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return _Read(frame, _system_of(frame), "", layer)


PLAIN_FIELDS = frozenset({"OFTString", "OFTReal", "OFTInteger", "OFTInteger64"})


def _is_plain(file: Path, layer: str) -> bool:
    """Return whether a layer has but texts and numbers, of which Arrow makes the same columns.

    Read by columns they take half the time; of days, times and flags it would make other kinds.
    """
    info = pyogrio.read_info(file, layer=layer)
    kinds, finer = set(info["ogr_types"]), set(info["ogr_subtypes"])
    return kinds <= PLAIN_FIELDS and finer <= {"OFSTNone"}


def _read_geopackage(file: Path, wish: _Wish) -> _Read:
    _expect(file, b"SQLite format 3")
    return _read_vector(file, wish)


def _read_geojson(file: Path, wish: _Wish) -> _Read:
    content, encoding = decode(file.read_bytes(), wish.encoding)
    if not content.lstrip().startswith(b"{"):
        raise UnreadableFile(reason="broken", detail="no JSON object")
    with _workshop() as folder:
        # one layer, whatever it is called inside
        (folder / "features.geojson").write_bytes(content)
        read = _read_vector(folder / "features.geojson", wish._replace(layer=None))
    return read._replace(encoding=encoding, layer="")


ENTITIES = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def _read_kml(file: Path, wish: _Wish) -> _Read:
    _expect(file, b"<kml", within=4096)
    if ENTITIES.search(file.read_bytes()):  # a map needs none; they name other files, or explode
        raise UnreadableFile(reason="names_outside")
    read = _read_vector(file, wish)
    trifles = [name for name in (KML_MARK, *KML_TRIFLES, *KML_DRAWING) if name in read.frame]
    return read._replace(frame=read.frame.drop(columns=trifles))


def _read_dxf(file: Path, wish: _Wish) -> _Read:
    _expect(file, b"SECTION", within=1 << 16)
    read = _read_vector(file, wish._replace(layer=None))
    kept = [name for name in ("Layer", "Text", "EntityHandle", "geometry") if name in read.frame]
    frame = read.frame[kept].copy()
    for name in {"Layer", "Text"} & set(kept):
        frame[name] = frame[name].map(_dxf_text, na_action="ignore")
    return read._replace(frame=frame, layer="")


def _dxf_text(text: str) -> str:
    """Return a name of a drawing, whose letters GDAL may hand over one byte at a time."""
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeError):
            return text.encode("latin-1").decode(encoding)
    return text


def _read_geoparquet(file: Path, _wish: _Wish) -> _Read:
    if b"geo" not in (pyarrow.parquet.read_schema(file).metadata or {}):
        plain = pd.read_parquet(file)
        return _Read(plain.set_axis(pd.RangeIndex(1, len(plain) + 1), axis="index"))
    frame = gpd.read_parquet(file)
    frame = frame.rename_geometry("geometry") if frame.geometry.name != "geometry" else frame
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return _Read(frame, _system_of(frame))


def _system_of(frame: pd.DataFrame) -> str | None:
    system = frame.crs if isinstance(frame, gpd.GeoDataFrame) else None
    if system is None or not (system.is_geographic or system.is_projected):
        return None
    return name_system(system)


def _expect(file: Path, mark: bytes, within: int = 64) -> None:
    """Refuse a file whose content is not what its name says; GDAL would follow any content."""
    with file.open("rb") as opened:
        if mark not in opened.read(within):
            raise UnreadableFile(reason="broken", detail=f"no {mark.decode()}")


def _choose(names: list[str], wanted: str | None) -> str:
    if wanted is not None and wanted not in names:
        raise UnreadableFile(reason="layer_unknown", layer=wanted, layers=", ".join(names))
    if wanted is None and len(names) != 1:
        reason = "layer_choice" if names else "no_rows"
        raise UnreadableFile(reason=reason, layers=", ".join(names), choices=tuple(names))
    return wanted or names[0]


# ------------------------------------------------------------------- shapefiles

SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
SAMPLE_BYTES = 1 << 22
MOST_BROKEN = 0.05  # share of the bytes beyond ASCII; short fields cut characters in half
ROW_COLUMN, FILE_COLUMN = "row_in_file", "source_file"
CUT_COLUMNS = {name[:10]: name for name in (ROW_COLUMN, FILE_COLUMN)}
"""What a shapefile, whose names have ten letters, makes of those on rows that were set aside."""

WIDER = {"gb2312": "gb18030", "gbk": "gb18030"}  # what is called so often holds more


def _read_shapefile(file: Path, wish: _Wish) -> _Read:
    beside = file.parent.glob(f"{glob.escape(file.stem)}.*")
    parts = {part.suffix.casefold(): part for part in beside}
    with _workshop() as folder:
        for suffix in SHAPEFILE_PARTS:
            if suffix in parts:
                shutil.copyfile(parts[suffix], folder / f"features{suffix}")
        return _read_copied_shapefile(folder, wish)


def _read_copied_shapefile(folder: Path, wish: _Wish) -> _Read:
    """Read `features.shp`, a copy: GDAL may build a lost index beside it, and its name is plain."""
    encoding = _dbf_encoding(folder, wish.encoding)
    # GDAL knows few encodings: let it hand over the bytes as they are.
    (folder / "features.cpg").write_text("ISO-8859-1", "ascii")
    with _restored_index(is_lost=not (folder / "features.shx").exists()):
        read = _read_vector(folder / "features.shp", wish._replace(layer=None), "ISO-8859-1")
    frame = read.frame.rename(columns=lambda name: _recode(name, encoding))
    for name in frame.columns.difference(["geometry"]):
        if pd.api.types.is_string_dtype(frame[name]):
            recoded = {text: _recode(text, encoding) for text in frame[name].dropna().unique()}
            frame[name] = frame[name].map(recoded)
    if set(CUT_COLUMNS) <= set(frame.columns):
        frame = frame.rename(columns=CUT_COLUMNS)
    return read._replace(frame=frame, encoding=encoding, layer="")


@contextmanager
def _restored_index(*, is_lost: bool) -> Iterator[None]:
    """Let GDAL build the index anew where it is lost; it would replace a good one too."""
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": "YES" if is_lost else None})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})


def _dbf_encoding(folder: Path, wanted: str | None) -> str:
    """Return the encoding asked for, or the first that fits: declared, UTF-8, GB18030, Latin-1."""
    table, note = folder / "features.dbf", folder / "features.cpg"
    if wanted:
        return _codec(wanted) or _refuse_encoding(wanted)
    declared = _codec(note.read_text("ascii", "ignore").strip()) if note.exists() else ""
    content = table.read_bytes()[:SAMPLE_BYTES] if table.exists() else b""
    header_length = int.from_bytes(content[8:10], "little")
    cells = content[header_length:]
    candidates = [declared, "utf-8", "gb18030"] if declared else ["utf-8", "gb18030"]
    return next((name for name in candidates if _fits(cells, name)), "iso8859-1")


def _fits(cells: bytes, encoding: str) -> bool:
    wide = len(cells) - len(cells.decode("ascii", "ignore"))
    return cells.decode(encoding, "replace").count("\ufffd") <= MOST_BROKEN * wide


def _codec(name: str) -> str:
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return ""
    return WIDER.get(found, found)


def _refuse_encoding(name: str) -> str:
    raise UnreadableFile(reason="encoding_unknown", encoding=name)


def _recode(text: str, encoding: str) -> str:
    return text.encode("latin-1", "replace").decode(encoding, "replace").rstrip("\ufffd")


# --------------------------------------------------------------------- archives


def _read_archive(file: Path, wish: _Wish) -> _Read:
    with zipfile.ZipFile(file) as archive, _workshop() as folder:
        members = {_true_name(one): one for one in archive.infolist() if not one.is_dir()}
        tables = {name.stem: name for name in members if _is_table(name)}
        if not tables:
            raise UnreadableFile(reason="archive_without_table")
        chosen = tables[_choose(list(tables), wish.layer if len(tables) > 1 else None)]
        # Plain names of our own: those inside may be in any encoding, or point outside.
        for name, member in members.items():
            if name.with_suffix("") == chosen.with_suffix(""):
                with archive.open(member) as packed:
                    target = folder / f"features{name.suffix.casefold()}"
                    with target.open("wb") as unpacked:
                        _copy_bounded(packed, unpacked, wish.most_bytes)
        kind = FORMATS[chosen.suffix.casefold()]
        inner = wish._replace(layer=None) if len(tables) > 1 else wish
        read = READERS[kind](folder / f"features{chosen.suffix.casefold()}", inner)
    return read._replace(layer=read.layer or (chosen.stem if len(tables) > 1 else ""), format=kind)


def _copy_bounded(packed: IO[bytes], unpacked: IO[bytes], most_bytes: int) -> None:
    """Copy what an archive holds, and stop where it holds more than it said."""
    copied = 0
    while block := packed.read(1 << 20):
        copied += len(block)
        if copied > most_bytes:
            facts = _unpacked_facts(copied, most_bytes)
            raise UnreadableFile(reason="unpacks_too_large", **facts)
        unpacked.write(block)


def _true_name(member: zipfile.ZipInfo) -> PurePosixPath:
    """Return a member's name; Chinese Windows packs names in GBK without saying so."""
    name, says_utf8 = member.filename, member.flag_bits & 0x800
    if not says_utf8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("gb18030")
    return PurePosixPath(name)


def _is_table(name: PurePosixPath) -> bool:
    kind = FORMATS.get(name.suffix.casefold(), "archive")
    return kind != "archive" and not any(part.startswith((".", "__")) for part in name.parts)


@contextmanager
def _workshop() -> Iterator[Path]:
    """Give a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        yield Path(name)


READERS: dict[str, Callable[[Path, _Wish], _Read]] = {
    "csv": _read_csv,
    "xlsx": _read_xlsx,
    "geojson": _read_geojson,
    "shapefile": _read_shapefile,
    "geopackage": _read_geopackage,
    "kml": _read_kml,
    "geoparquet": _read_geoparquet,
    "dxf": _read_dxf,
    "archive": _read_archive,
}
