"""Features in a folder of GeoParquet: one file per layer and revision, and the current list.

The list (`current.json`) is put in place by one rename, so a write that dies half way
leaves the state before it whole. Older files stay where they are, and `revisions/` says of
each write what it was; a folder of before there was `revisions/` is read by its files' names.
"""

import errno
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from filelock import FileLock
from numpy.typing import NDArray

from geodata.engines.geoparquet import side_in
from geodata.engines.indices import INDEX, Indices
from geodata.engines.memory import find_state, tally_frame, undo
from geodata.engines.parquet_rows import CHECKED, ROW_GROUP, count_rows, take_rows
from geodata.errors import BrokenStore, FeaturesUnavailable, UnknownLayer
from geodata.model import Overlay, RevisionNote, Scope
from geodata.overlay import (
    Met,
    Told,
    box_around,
    centre_of,
    check_overlay,
    meet_sides,
    side_of,
    untold,
)
from geodata.revisions import (
    Aside,
    Revision,
    State,
    Step,
    after_write,
    compare,
    is_same_source,
    name_aside,
    note_from_json,
    note_to_json,
)
from geodata.selection import select
from geodata.tiles import NO_SIGNS, TILED_FROM, Look, Signs, Span, TileAddress

if TYPE_CHECKING:
    from geodata.layer_index import LayerIndex

UNAVAILABLE = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EROFS: "read_only",
    errno.EACCES: "read_only",
    errno.EPERM: "read_only",
}
"""What a disk says that cannot be written to now."""

LIST = "current.json"
HISTORY = "revisions"
ASIDE = "aside"
LOCK = ".lock"
OVERLAYS = "overlays"
"""Where overlays of many processes keep what they have made; not part of what is stored."""

BROKEN = (OSError, ValueError, LookupError, TypeError, RuntimeError)
"""What reading a damaged file ends with: its pages, or what its foot says of its columns."""

EMPTY: dict[str, Any] = {"revision": 0, "layers": {}}
NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
FILE = re.compile(rf"(?P<layer>{NAME.pattern})\.(?P<number>\d{{6,}})\.parquet")

FILES = re.compile(r"[^/\\]+")
"""What the name of a layer's file may be: one in the folder itself."""


class FolderFeatures:
    """A feature store in one folder, safe for several processes on one machine."""

    tiled_from = TILED_FROM
    """A layer of more features is kept in the order of places, and read in parts by its index."""

    def __init__(self, folder: Path) -> None:
        """Open the folder; raise BrokenStore if it is missing or its list cannot be read."""
        self.folder = folder
        self._indices = Indices(folder)
        if not folder.is_dir():
            raise BrokenStore(store=str(folder), reason="missing")
        self._list()

    def layers(self) -> tuple[str, ...]:
        """Return the ids of the layers that have been written."""
        return tuple(sorted(self._list()["layers"]))

    def read(
        self, layer_id: str, scope: Scope = Scope(), as_of: date | None = None
    ) -> gpd.GeoDataFrame:
        """Return the features of a layer within a scope, in EPSG:4490; raise UnknownLayer."""
        entry = self._entry(self._list(), layer_id)
        if as_of is None and scope != Scope() and self._length(entry["file"]) > self.tiled_from:
            found = self._indices.of(entry["file"]).rows(Look(scope), NO_SIGNS)
            return self._take(entry["file"], found)
        if as_of is None:
            return select(self._read_frame(entry["file"]), scope)
        return select(self._read_state(entry).on(as_of), scope)

    def pairs(self, overlay: Overlay, scope: Scope = Scope(), told: Told = untold) -> Met:
        """Return which features of two layers meet now, and how much.

        Of the second layer only ids, places and the columns of `by` are read, and no geometry
        is made of what meets nothing.
        """
        del told  # it does not take long
        check_overlay(overlay)
        first = side_of(overlay.first, self.read(overlay.first, scope))
        second = side_in(self.file_of(overlay.second), overlay.second, overlay.by)
        return meet_sides(first, second, overlay, centre_of(box_around(first.bounds)))

    def file_of(self, layer_id: str) -> Path:
        """Return the GeoParquet file of the features of a layer that hold now."""
        return self.folder / self._entry(self._list(), layer_id)["file"]

    def tally(self, layer_id: str, by: tuple[str, ...]) -> pd.DataFrame:
        """Return the number of features per combination of columns, column `count`."""
        file = self.folder / self._entry(self._list(), layer_id)["file"]
        with self._reading(file):
            return tally_frame(pd.read_parquet(file, columns=list(by), **CHECKED), by)

    def count(self, layer_id: str) -> int:
        """Return how many features of a layer hold now; raise UnknownLayer."""
        return self._length(self._entry(self._list(), layer_id)["file"])

    def rows(self, layer_id: str, ids: Iterable[str]) -> gpd.GeoDataFrame:
        """Return the features of a layer with some ids; unknown ids are passed over."""
        file = self._entry(self._list(), layer_id)["file"]
        if self._length(file) > self.tiled_from:
            return self._take(file, self._indices.of(file).rows_of(ids))
        frame = self._read_frame(file)
        return frame[frame["id"].isin(list(ids))]

    def tile(self, layer_id: str, address: TileAddress, look: Look, signs: Signs) -> bytes:
        """Return a vector tile of a layer; raise UnknownLayer."""
        return self._index(layer_id).tile(address, look, signs)

    def census(self, layer_id: str, look: Look, signs: Signs) -> pd.DataFrame:
        """Return how many features of a look there are of each sort."""
        return self._index(layer_id).census(look, signs)

    def page(
        self, layer_id: str, look: Look, signs: Signs, first: int, most: int
    ) -> gpd.GeoDataFrame:
        """Return some features of a look, from the `first` in the order they are kept in."""
        file = self._entry(self._list(), layer_id)["file"]
        rows = self._indices.of(file).rows(look, signs)
        return self._take(file, rows[first : first + most])

    def span(self, layer_id: str) -> Span:
        """Return the first day of finding, and the last of what is not invented."""
        return self._index(layer_id).span()

    def named(self, layer_id: str, number: int) -> tuple[str, str] | None:
        """Return id and name of the feature with a number in this layer's tiles."""
        return self._index(layer_id).named(number)

    def write(
        self, layer_id: str, frame: gpd.GeoDataFrame, note: RevisionNote, *, replace: bool = False
    ) -> str:
        """Add features, newer ones in the place of older ones; return the revision or nothing."""
        if not NAME.fullmatch(layer_id):
            raise UnknownLayer(layer_id, self.layers())
        with self._locked():
            current = self._list()
            entry = current["layers"].get(layer_id)
            old = self._read_state(entry) if entry else None
            step = after_write(old, frame, note, replace=replace)
            if entry and step.is_still and self._knows(layer_id, note):
                return ""
            return self._commit(current, layer_id, step, note)

    def revisions(self, layer_id: str | None = None) -> tuple[Revision, ...]:
        """Return the writes to a layer, or all, the oldest first."""
        kept = ((number, facts) for number, facts in self._history() if facts["layer"] == layer_id)
        return tuple(
            self._revision_of(number, facts)
            for number, facts in (self._history() if layer_id is None else kept)
        )

    def state(self, layer_id: str, revision: str = "") -> State:
        """Return all rows of a layer, now or after a write; raise UnknownRevision."""
        current = self._list()
        if not revision:
            return self._read_state(self._entry(current, layer_id))
        self._entry(current, layer_id)
        entries = {
            str(number): facts for number, facts in self._history() if facts["layer"] == layer_id
        }
        everything = [str(number) for number in range(current["revision"] + 1)]
        found = find_state(entries, revision, everything)
        return self._read_state(entries[found]) if found else self._nothing(entries)

    def compare(self, layer_id: str, before: str, after: str) -> pd.DataFrame:
        """Return the rows added, changed and removed between two revisions, by id."""
        return compare(self.state(layer_id, before).current, self.state(layer_id, after).current)

    def take_back(self, revision: str, note: RevisionNote) -> str:
        """Bring back the state before a write as a new revision; return that."""
        with self._locked():
            step, layer_id = undo(self, revision)
            return self._commit(self._list(), layer_id, step, note, takes_back=revision)

    def adopt(self, revision: Revision, state: State) -> str:
        """Store a state as it is, as the next revision; return its id."""
        step = Step(state, revision.added, revision.changed, revision.closed)
        with self._locked():
            return self._commit(
                self._list(), revision.layer, step, revision.note, revision.takes_back
            )

    def set_aside(self, layer_id: str, rows: pd.DataFrame, note: RevisionNote) -> str:
        """Keep rows that could not be taken as CSV under `aside/`; return the file's path."""
        file = f"{ASIDE}/{name_aside(layer_id, note)}"
        (self.folder / ASIDE).mkdir(exist_ok=True)
        self._replace(file, rows.to_csv(index=False).encode("utf-8-sig"))
        return str(self.folder / file)

    def kept_aside(self) -> tuple[Aside, ...]:
        """Return the rows that were set aside, in the order of their names."""
        files = sorted((self.folder / ASIDE).glob("*.csv"))
        return tuple(Aside(file.name, file.read_bytes()) for file in files)

    def keep_aside(self, aside: Aside) -> None:
        """Keep rows set aside under the name that they have elsewhere."""
        (self.folder / ASIDE).mkdir(exist_ok=True)
        self._replace(f"{ASIDE}/{Path(aside.name).name}", aside.content)

    def revision(self) -> str:
        """Return the number of the newest write."""
        return str(self._list()["revision"])

    def notes(self) -> dict[str, RevisionNote]:
        """Return the note of the newest write of each layer."""
        entries = self._list()["layers"].items()
        try:
            return {layer_id: note_from_json(entry["note"]) for layer_id, entry in entries}
        except (ValueError, KeyError, TypeError) as broken:
            raise BrokenStore(store=str(self.folder / LIST), reason="unreadable_list") from broken

    def snapshot(self) -> tuple[bytes, tuple[str, ...]]:
        """Return the list as of now, and the names of all files that it and the past need.

        Those files are never written again, so that they can be read while others write.
        """
        with self._locked():
            file = self.folder / LIST
            current = file.read_bytes() if file.exists() else _to_json(EMPTY)
            return current, self._needed()

    def leftovers(self) -> tuple[str, ...]:
        """Return the names of files that writes left which never came to their end."""
        with self._locked():
            known = {LIST, LOCK, *self._needed()}
            derived = self.folder / INDEX
            files = (
                one
                for one in self.folder.rglob("*")
                if one.is_file() and derived not in one.parents
            )
            names = (one.relative_to(self.folder).as_posix() for one in files)
            kept = (name for name in names if not name.startswith(f"{OVERLAYS}/"))
            return tuple(sorted(name for name in kept if name not in known))

    def _needed(self) -> tuple[str, ...]:
        history = self._history()
        told = (f"{HISTORY}/{number:06d}.json" for number, _ in history)
        written = (facts.get(part) for _, facts in history for part in ("file", "closed"))
        aside = (f"{ASIDE}/{one.name}" for one in (self.folder / ASIDE).glob("*.csv"))
        names = {*filter(None, written), *told, *aside}
        return tuple(sorted(name for name in names if (self.folder / name).is_file()))

    def _list(self) -> dict[str, Any]:
        file = self.folder / LIST
        if not file.exists():
            return {**EMPTY}
        try:
            current: dict[str, Any] = json.loads(file.read_text("utf-8"))
            current["revision"] + 0
            for entry in current["layers"].values():
                _check_told(entry)
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as broken:
            raise BrokenStore(store=str(file), reason="unreadable_list") from broken
        return current

    def _entry(self, current: dict[str, Any], layer_id: str) -> dict[str, Any]:
        if layer_id not in current["layers"]:
            raise UnknownLayer(layer_id, sorted(current["layers"]))
        entry: dict[str, Any] = current["layers"][layer_id]
        return entry

    def _read_state(self, entry: dict[str, Any]) -> State:
        """Return current and closed rows; folders of before have no closed ones."""
        current = self._read_frame(entry["file"])
        closed = self._read_frame(entry["closed"]) if entry.get("closed") else current.iloc[:0]
        return State(current, closed)

    def _index(self, layer_id: str) -> "LayerIndex":
        return self._indices.of(self._entry(self._list(), layer_id)["file"])

    def _length(self, name: str) -> int:
        with self._reading(self.folder / name):
            return count_rows(self.folder / name)

    def _take(self, name: str, rows: NDArray[np.int64]) -> gpd.GeoDataFrame:
        with self._reading(self.folder / name):
            return take_rows(self.folder / name, rows)

    @contextmanager
    def _reading(self, file: Path) -> Iterator[None]:
        try:
            yield
        except BROKEN as broken:
            raise BrokenStore(store=str(file), reason="unreadable_layer") from broken

    def _read_frame(self, name: str) -> gpd.GeoDataFrame:
        with self._reading(self.folder / name):
            return gpd.read_parquet(self.folder / name, **CHECKED)

    def _nothing(self, entries: dict[str, dict[str, Any]]) -> State:
        """Return the state of a layer before its first write."""
        first = self._read_frame(next(iter(entries.values()))["file"]).iloc[:0]
        return State(first, first)

    def _commit(
        self,
        current: dict[str, Any],
        layer_id: str,
        step: Step,
        note: RevisionNote,
        takes_back: str = "",
    ) -> str:
        """Write files that nobody knows yet, and last the list that names them."""
        number = current["revision"] + 1
        file = f"{layer_id}.{number:06d}.parquet"
        entry: dict[str, Any] = {"file": file, "note": note_to_json(note)}
        self._write_frame(step.state.current, file)
        if len(step.state.closed):
            entry["closed"] = self._write_closed(
                layer_id, current["layers"].get(layer_id), step, number
            )
        facts = {
            **entry,
            "layer": layer_id,
            "added": step.added,
            "changed": step.changed,
            "closed_rows": step.closed,
            "takes_back": takes_back,
        }
        (self.folder / HISTORY).mkdir(exist_ok=True)
        self._replace(f"{HISTORY}/{number:06d}.json", _to_json(facts))
        layers = {**current["layers"], layer_id: entry}
        self._replace(LIST, _to_json({"revision": number, "layers": layers}))
        return str(number)

    def _write_closed(
        self, layer_id: str, old: dict[str, Any] | None, step: Step, number: int
    ) -> str:
        """Return the file of the closed rows: the one there is, unless rows were closed."""
        if old and old.get("closed") and not step.changed and not step.closed:
            kept: str = old["closed"]
            return kept
        name = f"{layer_id}.{number:06d}.closed.parquet"
        self._write_frame(step.state.closed, name)
        return name

    def _knows(self, layer_id: str, note: RevisionNote) -> bool:
        return any(is_same_source(one.note, note) for one in self.revisions(layer_id))

    def _history(self) -> list[tuple[int, dict[str, Any]]]:
        """Return what is written of each write up to the newest, by number.

        A file of a write that died is not among them: the list never came to name its number,
        or another write has taken it since.
        """
        current = self._list()
        told = {}
        for file in sorted((self.folder / HISTORY).glob("*.json")):
            number = int(file.stem)
            if number <= current["revision"]:
                try:
                    told[number] = json.loads(file.read_text("utf-8"))
                    _check_told(told[number])
                    self._revision_of(number, told[number])
                except (ValueError, KeyError, TypeError, AttributeError, OSError) as broken:
                    raise BrokenStore(store=str(file), reason="unreadable_list") from broken
        untold = set(range(1, current["revision"] + 1)) - told.keys()
        return sorted((told | self._older(current, untold)).items())

    def _older(self, current: dict[str, Any], numbers: set[int]) -> dict[int, dict[str, Any]]:
        """Return what the names of files say of writes from before there was `revisions/`."""
        named = {entry["file"]: entry["note"] for entry in current["layers"].values()}
        found = {}
        for file in sorted(self.folder.glob("*.parquet")):
            name = FILE.fullmatch(file.name)
            if name and int(name["number"]) in numbers:
                written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
                note = named.get(file.name) or note_to_json(RevisionNote("", "", written))
                facts = {"file": file.name, "note": note, "layer": name["layer"]}
                found[int(name["number"])] = facts
        return found

    def _revision_of(self, number: int, facts: dict[str, Any]) -> Revision:
        return Revision(
            str(number),
            facts["layer"],
            note_from_json(facts["note"]),
            facts.get("added", 0),
            facts.get("changed", 0),
            facts.get("closed_rows", 0),
            facts.get("takes_back", ""),
        )

    def _write_frame(self, frame: gpd.GeoDataFrame, name: str) -> None:
        if (
            len(frame) > self.tiled_from
        ):  # neighbours side by side, so that a part is read as a part
            from geodata.layer_index import hilbert_order

            frame = frame.iloc[hilbert_order(frame.geometry.to_numpy())].reset_index(drop=True)
        with self._beside(name) as partial:
            frame.to_parquet(
                partial, compression="zstd", row_group_size=ROW_GROUP, write_page_checksum=True
            )

    def _replace(self, name: str, content: bytes) -> None:
        with self._beside(name) as partial:
            partial.write_bytes(content)

    @contextmanager
    def _beside(self, name: str) -> Iterator[Path]:
        """Give a temporary file; put it in place, flushed to disk, only when all went well."""
        target = self.folder / name
        partial: Path | None = None
        try:
            handle, partial_name = tempfile.mkstemp(dir=target.parent, prefix=".partial-")
            os.close(handle)
            partial = Path(partial_name)
            yield partial
            with partial.open("rb+") as written:
                os.fsync(written.fileno())
            partial.replace(target)
            _settle(target.parent)
        except OSError as refused:
            if refused.errno not in UNAVAILABLE:
                raise
            reason = UNAVAILABLE[refused.errno]
            raise FeaturesUnavailable(store=str(self.folder), reason=reason) from refused
        finally:
            if partial is not None:
                partial.unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with FileLock(self.folder / LOCK):
            yield


def _check_told(entry: dict[str, Any]) -> None:
    """Raise KeyError, TypeError or ValueError unless this is what a write says of itself."""
    entry["note"].keys()
    if not FILES.fullmatch(entry["file"]) or not FILES.fullmatch(entry.get("closed") or "a.0"):
        raise ValueError(entry["file"])


def open_feature_store(place: str) -> FolderFeatures:
    """Return the store in a folder; raise BrokenStore if it is missing or broken."""
    return FolderFeatures(Path(place))


def create_feature_store(folder: Path) -> FolderFeatures:
    """Return the store in a folder, making the folder if there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    return FolderFeatures(folder)


def _settle(folder: Path) -> None:
    """Have the disk keep the names in a folder, where the system can be asked to."""
    if os.name == "posix":
        names = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(names)
        finally:
            os.close(names)


def _to_json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()
