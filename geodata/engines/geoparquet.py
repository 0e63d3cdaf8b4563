"""Layers as files of GeoParquet: the columns that an overlay asks for, and nothing else."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from geodata.engines.parquet_rows import CHECKED
from geodata.errors import BadSetting, BrokenStore
from geodata.overlay import Side

PLACE, ID = "geometry", "id"


def side_in(file: Path, layer: str, by: Sequence[str] = ()) -> Side:
    """Return a layer in a file as an overlay takes it; raise BadSetting, BrokenStore."""
    try:
        names = pq.read_schema(file).names
        check_columns(names, by)
        table = pq.read_table(file, columns=list(dict.fromkeys((ID, PLACE, *by))), **CHECKED)
    except (OSError, pa.ArrowException) as broken:
        raise BrokenStore(store=str(file), reason="unreadable_layer") from broken
    return side_from(table, layer, by)


def side_from(table: pa.Table, layer: str, by: Sequence[str] = ()) -> Side:
    """Return rows of a file as an overlay takes them: their places stay well-known binary."""
    places = table[PLACE].combine_chunks()
    if isinstance(places, pa.ChunkedArray):  # a column without rows
        places = pa.array([], pa.binary())
    if isinstance(places, pa.ExtensionArray):
        places = places.storage
    columns = table.select(list(by)).to_pandas()
    ids = table[ID].to_pandas().to_numpy(object)
    return Side(layer, ids, places, columns)


def check_columns(names: Sequence[str], by: Sequence[str]) -> None:
    """Raise BadSetting for columns that an overlay needs and a file has not."""
    missing = [name for name in (ID, *by) if name not in names]
    if missing:
        present = ", ".join(name for name in names if name != PLACE)
        raise BadSetting(name="by", value=", ".join(missing), form=present)
