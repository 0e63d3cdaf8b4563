"""A layer cut into pieces of ground: files of GeoParquet of a bounded number of rows each.

Rows are dealt out along a Hilbert curve by the middle of their box, so that a piece is compact.
The layer is read twice, some rows at a time, and never held whole.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from geodata import flat
from geodata.engines.geoparquet import ID, PLACE, check_columns, side_from
from geodata.flat import Numbers
from geodata.overlay import box_around, widened

AT_ONCE = 65_536
"""Rows read at a time."""

HELD = 400_000
"""Rows that are kept in memory before they are written to their pieces."""

MOST_PIECES = 400
"""Files that are written at once: a process may have some 1,000 open. Beyond, pieces are larger."""

WORLD = (-180.0, -90.0, 180.0, 90.0)
LIST = "pieces.json"


@dataclass(frozen=True)
class Piece:
    """One file of a cut layer, its rows, and its box in degrees; NaN if all rows are nowhere."""

    file: str
    rows: int
    box: tuple[float, float, float, float]


def cut(file: Path, folder: Path, by: tuple[str, ...], rows_each: int) -> tuple[Piece, ...]:
    """Return the pieces of a layer, made in the folder unless they are there already.

    Of the layer, the id, the place and the columns of `by` are kept. Raises BadSetting.
    """
    listed = folder / LIST
    if listed.is_file():
        told = json.loads(listed.read_text("utf-8"))
        return tuple(Piece(one["file"], one["rows"], tuple(one["box"])) for one in told)
    folder.mkdir(parents=True, exist_ok=True)
    source = pq.ParquetFile(file, pre_buffer=False, page_checksum_verification=True)
    check_columns(source.schema_arrow.names, by)
    along = np.concatenate([_along(boxes) for boxes in _boxes(source)] or [np.empty(0, np.int64)])
    each = max(rows_each, -(-len(along) // MOST_PIECES))
    bounds = np.sort(along)[each::each]
    dealt = np.searchsorted(bounds, along, side="right")
    pieces = _deal(source, folder, list(dict.fromkeys((ID, PLACE, *by))), dealt, len(bounds) + 1)
    partial = folder / f".{LIST}.{os.getpid()}"
    partial.write_text(json.dumps([asdict(one) for one in pieces]), "utf-8")
    partial.replace(listed)
    return pieces


def _batches(source: pq.ParquetFile, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Yield rows in their order, one group of the file in memory at a time."""
    for group in range(source.num_row_groups):  # asked for all at once, the file is kept whole
        yield from source.iter_batches(AT_ONCE, row_groups=[group], columns=columns)


def _boxes(source: pq.ParquetFile) -> Iterator[Numbers]:
    for batch in _batches(source, [PLACE]):
        yield boxes_in(pa.table({PLACE: batch.column(0), ID: pa.nulls(len(batch), pa.string())}))


def boxes_in(table: pa.Table) -> Numbers:
    """Return the boxes of rows in degrees, whatever kind they are; NaN for none."""
    side = side_from(table, "")
    boxes, is_plain = flat.boxes_of(side.places, 1)
    return boxes if is_plain.all() else side.bounds


def _along(boxes: Numbers) -> NDArray[np.int64]:
    """Return how far along the curve each box lies; 0 for one that is nowhere."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    somewhere = np.isfinite(middles).all(axis=1)
    along = np.zeros(len(boxes), np.int64)
    points = gpd.GeoSeries(shapely.points(middles[somewhere]))
    if len(points):
        along[somewhere] = points.hilbert_distance(total_bounds=WORLD).to_numpy()
    return along


def _deal(
    source: pq.ParquetFile,
    folder: Path,
    columns: list[str],
    dealt: NDArray[np.int64],
    many: int,
) -> tuple[Piece, ...]:
    """Write each row to its piece."""
    names = [f"piece-{number:05d}.parquet" for number in range(many)]
    whole = source.schema_arrow
    schema = pa.schema([whole.field(name) for name in columns], whole.metadata)
    writers = [pq.ParquetWriter(folder / name, schema, compression="zstd") for name in names]
    rows = np.bincount(dealt, minlength=many)
    boxes: list[list[Numbers]] = [[] for _ in range(many)]
    held: list[pa.Table] = []

    def write(first: int) -> int:
        table = pa.concat_tables(held)
        held.clear()
        which, around = dealt[first : first + len(table)], widened(boxes_in(table))
        order = np.argsort(which, kind="stable")
        ends = np.searchsorted(which[order], np.arange(many + 1))
        for number in np.unique(which):
            asked = order[ends[number] : ends[number + 1]]
            writers[number].write_table(table.take(pa.array(asked)))
            boxes[number].append(np.array([box_around(around[asked])]))
        return first + len(table)

    done = 0
    for batch in _batches(source, columns):
        held.append(pa.Table.from_batches([batch]).select(columns).cast(schema))
        if sum(map(len, held)) >= HELD:
            done = write(done)
    if held:
        write(done)
    for writer in writers:
        writer.close()
    return tuple(
        Piece(name, int(count), box_around(np.concatenate(around or [np.full((1, 4), np.nan)])))
        for name, count, around in zip(names, rows, boxes, strict=True)
    )
