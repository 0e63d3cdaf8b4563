"""Features in a folder of GeoParquet: one file per layer and revision, and the current list.

The list (`current.json`) is put in place by one rename, so a write that dies half way
leaves the state before it whole. Older files stay where they are.
"""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from filelock import FileLock

from geodata.engines.memory import merge_by_id, tally_frame
from geodata.errors import BrokenStore, UnknownLayer
from geodata.model import RevisionNote, Scope
from geodata.selection import select

LIST = "current.json"
NAME = re.compile(r"[a-z][a-z0-9_]*")


class FolderFeatures:
    """A feature store in one folder, safe for several processes on one machine."""

    def __init__(self, folder: Path) -> None:
        """Open the folder; raise BrokenStore if it is missing or its list cannot be read."""
        self.folder = folder
        if not folder.is_dir():
            raise BrokenStore(store=str(folder), reason="missing")
        self._list()

    def layers(self) -> tuple[str, ...]:
        """Return the ids of the layers that have been written."""
        return tuple(sorted(self._list()["layers"]))

    def read(self, layer_id: str, scope: Scope = Scope()) -> gpd.GeoDataFrame:
        """Return the features of a layer within a scope, in EPSG:4490; raise UnknownLayer."""
        return select(self._read_whole(self._list(), layer_id), scope)

    def tally(self, layer_id: str, by: tuple[str, ...]) -> pd.DataFrame:
        """Return the number of features per combination of columns, column `count`."""
        return tally_frame(self.read(layer_id), by)

    def write(
        self, layer_id: str, frame: gpd.GeoDataFrame, note: RevisionNote, *, replace: bool = False
    ) -> str:
        """Add features, newer ones in the place of older ones; return the revision."""
        if not NAME.fullmatch(layer_id):
            raise UnknownLayer(layer_id, self.layers())
        with self._locked():
            current = self._list()
            old = None
            if not replace and layer_id in current["layers"]:
                old = self._read_whole(current, layer_id)
            number = current["revision"] + 1
            file = f"{layer_id}.{number:06d}.parquet"
            self._write_frame(merge_by_id(old, frame), file)
            entry = {"file": file, "note": _note_to_json(note)}
            layers = {**current["layers"], layer_id: entry}
            self._replace(LIST, _to_json({"revision": number, "layers": layers}))
            return str(number)

    def set_aside(self, layer_id: str, rows: pd.DataFrame, note: RevisionNote) -> str:
        """Keep rows that could not be taken as CSV under `aside/`; return the file's path."""
        stem = re.sub(r"[^\w.-]", "_", Path(note.source_name).stem) or "rows"
        stamp = note.recorded_at.strftime("%Y%m%dT%H%M%S")
        file = f"aside/{layer_id}.{stem}.{stamp}.csv"
        (self.folder / "aside").mkdir(exist_ok=True)
        self._replace(file, rows.to_csv(index=False).encode("utf-8-sig"))
        return str(self.folder / file)

    def revision(self) -> str:
        """Return the number of the newest write."""
        return str(self._list()["revision"])

    def notes(self) -> dict[str, RevisionNote]:
        """Return the note of the newest write of each layer."""
        entries = self._list()["layers"].items()
        return {layer_id: _note_from_json(entry["note"]) for layer_id, entry in entries}

    def _list(self) -> dict[str, Any]:
        file = self.folder / LIST
        if not file.exists():
            return {"revision": 0, "layers": {}}
        try:
            current: dict[str, Any] = json.loads(file.read_text("utf-8"))
            current["revision"] + 0, current["layers"].keys()
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as broken:
            raise BrokenStore(store=str(file), reason="unreadable_list") from broken
        return current

    def _read_whole(self, current: dict[str, Any], layer_id: str) -> gpd.GeoDataFrame:
        if layer_id not in current["layers"]:
            raise UnknownLayer(layer_id, sorted(current["layers"]))
        file = self.folder / current["layers"][layer_id]["file"]
        try:
            return gpd.read_parquet(file)
        except (OSError, ValueError) as broken:
            raise BrokenStore(store=str(file), reason="unreadable_layer") from broken

    def _write_frame(self, frame: gpd.GeoDataFrame, name: str) -> None:
        with self._beside(name) as partial:
            frame.to_parquet(partial, compression="zstd")

    def _replace(self, name: str, content: bytes) -> None:
        with self._beside(name) as partial:
            partial.write_bytes(content)

    @contextmanager
    def _beside(self, name: str) -> Iterator[Path]:
        """Give a temporary file; put it in place, flushed to disk, only when all went well."""
        target = self.folder / name
        handle, partial_name = tempfile.mkstemp(dir=target.parent, prefix=".partial-")
        os.close(handle)
        partial = Path(partial_name)
        try:
            yield partial
            with partial.open("rb+") as written:
                os.fsync(written.fileno())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with FileLock(self.folder / ".lock"):
            yield


def open_feature_store(place: str) -> FolderFeatures:
    """Return the store in a folder; raise BrokenStore if it is missing or broken."""
    return FolderFeatures(Path(place))


def create_feature_store(folder: Path) -> FolderFeatures:
    """Return the store in a folder, making the folder if there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    return FolderFeatures(folder)


def _to_json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _note_to_json(note: RevisionNote) -> dict[str, Any]:
    facts = asdict(note)
    facts["recorded_at"] = note.recorded_at.isoformat()
    facts["data_on"] = note.data_on.isoformat() if note.data_on else None
    return facts


def _note_from_json(facts: dict[str, Any]) -> RevisionNote:
    return RevisionNote(
        **{
            **facts,
            "recorded_at": datetime.fromisoformat(facts["recorded_at"]),
            "data_on": date.fromisoformat(facts["data_on"]) if facts["data_on"] else None,
            "mapping": tuple((a, b) for a, b in facts["mapping"]),
            "extra": tuple((a, b) for a, b in facts["extra"]),
        }
    )
