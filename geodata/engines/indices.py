"""The indices of a folder's large layers: made once for each file, kept beside it, mapped in.

They hold nothing that the files do not: they may be deleted at any time, and no backup needs them.
"""

import json
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from filelock import FileLock

from geodata.engines.parquet_rows import read_parts, take_places
from geodata.errors import BrokenStore

if TYPE_CHECKING:
    from geodata.layer_index import Columns, LayerIndex

INDEX = "index"
LOCK = ".lock"
MOST_OPEN = 32


class Indices:
    """The index of every file of a folder that one was asked for; safe for several threads.

    The first who asks makes it while the others wait, in whichever process they are.
    """

    def __init__(self, folder: Path) -> None:
        """Know where files lie; nothing is made or read yet."""
        self._folder = folder
        self._open: dict[str, LayerIndex] = {}
        self._lock = Lock()

    def of(self, file: str) -> "LayerIndex":
        """Return the index of a file; raise BrokenStore if the file cannot be read."""
        with self._lock:
            if file not in self._open:
                while len(self._open) >= MOST_OPEN:
                    self._open.pop(next(iter(self._open)))
                self._open[file] = self._find(file)
            return self._open[file]

    def _find(self, file: str) -> "LayerIndex":
        from geodata.layer_index import LayerIndex  # compiled loops: only where they are asked for

        kept, source = self._folder / INDEX / Path(file).stem, self._folder / file
        columns = _load(kept)
        if columns is None:
            kept.parent.mkdir(exist_ok=True)
            with FileLock(kept.parent / LOCK):
                columns = _load(kept) or self._make(source, kept)
        return LayerIndex(columns, lambda rows: take_places(source, rows))

    def _make(self, source: Path, kept: Path) -> "Columns":
        """Make the index of a file beside its place and move it there whole; drop older ones."""
        from geodata.layer_index import NEEDED, load_columns, make_columns, save_columns

        try:
            columns = make_columns(read_parts(source, NEEDED))
        except (OSError, ValueError) as broken:
            raise BrokenStore(store=str(source), reason="unreadable_layer") from broken
        with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".partial-") as folder:
            made = Path(folder) / "index"
            made.mkdir()
            save_columns(columns, made)
            shutil.rmtree(kept, ignore_errors=True)
            made.rename(kept)
        layer = kept.name.partition(".")[0]
        for older in kept.parent.glob(f"{layer}.*"):
            if older != kept:
                shutil.rmtree(older, ignore_errors=True)
        return load_columns(kept) or columns


def _load(kept: Path) -> "Columns | None":
    """Return the columns in a folder, None if there are none that can be used."""
    from geodata.layer_index import load_columns

    with suppress(OSError, ValueError, KeyError, json.JSONDecodeError):
        return load_columns(kept)
    return None
