"""Some rows of a GeoParquet file, read without the others."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

ROW_GROUP = 16_384
"""Rows that are packed, and read, together."""

CHECKED: dict[str, Any] = {"page_checksum_verification": True}
"""How every layer is read: a page whose bytes are not those that were written is an error, not
another number. Files of before checksums were written have none, and are read as before."""

BATCH = 65_536
GEOMETRY = "geometry"


def count_rows(file: Path) -> int:
    """Return how many rows a file holds, from its foot alone."""
    return int(pq.read_metadata(file).num_rows)


def take_rows(file: Path, rows: NDArray[np.int64]) -> gpd.GeoDataFrame:
    """Return the rows at some places (ascending) as a frame in EPSG:4490."""
    with pq.ParquetFile(file, memory_map=True, **CHECKED) as opened:
        table = _take(opened, rows, None)
    frame = table.drop_columns([GEOMETRY]).to_pandas()
    places = shapely.from_wkb(table[GEOMETRY].to_numpy())
    columns = list(table.column_names)
    frame.insert(columns.index(GEOMETRY), GEOMETRY, gpd.GeoSeries(places, frame.index, crs=4490))
    return gpd.GeoDataFrame(frame, geometry=GEOMETRY, crs=4490)


def take_places(file: Path, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return the shapes (EPSG:4490) of the rows at some places (ascending)."""
    with pq.ParquetFile(file, memory_map=True, **CHECKED) as opened:
        table = _take(opened, rows, [GEOMETRY])
    return np.asarray(shapely.from_wkb(table[GEOMETRY].to_numpy()), object)


def read_parts(file: Path, columns: tuple[str, ...]) -> Iterator[tuple[pa.Table, pa.Array]]:
    """Yield a file in parts: some of its columns, and its shapes as they are kept, in WKB."""
    with pq.ParquetFile(file, memory_map=True, **CHECKED) as opened:
        there = [name for name in columns if name in opened.schema_arrow.names]
        for batch in opened.iter_batches(BATCH, columns=[*there, GEOMETRY]):
            yield pa.table(batch.select(there)), batch.column(GEOMETRY)


def _take(opened: pq.ParquetFile, rows: NDArray[np.int64], columns: list[str] | None) -> pa.Table:
    """Return rows from the groups that hold some, one group after the other."""
    told = opened.metadata
    sizes = [told.row_group(group).num_rows for group in range(told.num_row_groups)]
    begins = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    of_row = np.searchsorted(begins, rows, side="right") - 1
    parts = [
        opened.read_row_group(group, columns=columns).take(
            pa.array(rows[of_row == group] - begins[group])
        )
        for group in np.unique(of_row).tolist()
    ]
    if parts:
        return pa.concat_tables(parts)
    empty = opened.schema_arrow.empty_table()
    return empty if columns is None else empty.select(columns)
