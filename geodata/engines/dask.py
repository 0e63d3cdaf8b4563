"""Huge overlays on many processes or machines: our kernel over pieces of ground, by dask.

`dask:FOLDER` is the folder of `file:FOLDER`; only overlays are asked of others: of a process
for each core of this machine, or with `?scheduler=tcp://host:port` of a cluster whose workers
see the folder under the same path and have this project installed.

Each piece of the second layer is a task of its own, and its answer a file. A task that dies
with its worker is done by another; a run that is broken off goes on where it was, since the
files lie under a key of what was asked and of which files. `overlays/` may be deleted at any
time.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from geodata import flat
from geodata.engines.folder import OVERLAYS, FolderFeatures
from geodata.engines.geoparquet import side_from
from geodata.errors import BadSetting, DriverMissing
from geodata.model import Overlay, Scope
from geodata.overlay import (
    DOUBTS,
    MEASURES,
    MOST_STRETCH,
    Centre,
    Met,
    Side,
    Told,
    box_around,
    centre_of,
    check_overlay,
    meet_sides,
    totals,
    untold,
)
from geodata.partitions import Piece, cut

try:
    import distributed
except ImportError as missing:
    raise DriverMissing(driver="distributed", hint='pip install "distributed>=2025.1"') from missing

ANSWER = 1
"""The version of the answers kept; whoever changes what they say counts on."""

ROWS_EACH = 100_000
"""Rows of the second layer in a piece: some 40 MB of ordinary parcels."""

METRES_IN_DEGREE = 110_000
TRIES = 3
"""How often a task is given out again after an error of its own."""


@dataclass(frozen=True)
class Cluster:
    """Where tasks run: at a scheduler's address, or by so many processes of this machine."""

    scheduler: str = ""
    workers: int = 0
    rows_each: int = ROWS_EACH

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Yield a client of the cluster; one of our own ends with it."""
        if self.scheduler:
            with distributed.Client(self.scheduler, timeout="20s", set_as_default=False) as client:
                yield client
            return
        own = distributed.LocalCluster(
            n_workers=self.workers or flat.cores(),
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            worker_dashboard_address=None,
        )
        with own, distributed.Client(own, set_as_default=False) as client:
            yield client


class DaskFeatures(FolderFeatures):
    """A folder of features whose overlays are asked of many processes."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        """Open the folder; raise BrokenStore if it is missing or broken."""
        super().__init__(folder)
        self.cluster = cluster

    def pairs(self, overlay: Overlay, scope: Scope = Scope(), told: Told = untold) -> Met:
        """Return which features of two layers meet now, and how much; `told` hears how far."""
        check_overlay(overlay)
        second = self.file_of(overlay.second)
        first = self.file_of(overlay.first)
        work = self.folder / OVERLAYS
        if scope != Scope():
            first = self._narrowed(overlay.first, first, scope, work)
        return overlay_files(first, second, overlay, work, self.cluster, told).met()

    def _narrowed(self, layer_id: str, file: Path, scope: Scope, work: Path) -> Path:
        """Return a file of the features within a scope."""
        target = work / "scopes" / f"{_key(identity(file), repr_of(scope))}.parquet"
        if not target.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_suffix(f".{os.getpid()}")
            self.read(layer_id, scope).to_parquet(partial)
            partial.replace(target)
        return target


def repr_of(scope: Scope) -> str:
    """Return a scope as text, the same for the same scope."""
    return repr(
        [sorted(one) if isinstance(one, frozenset) else one for one in vars(scope).values()]
    )


# --------------------------------------------------------------------------- answers


@dataclass(frozen=True)
class Answer:
    """The answer to an overlay, in files: one of pairs and one of doubts for each piece."""

    overlay: Overlay
    folder: Path
    parts: tuple[str, ...]

    def met(self) -> Met:
        """Return all of it, by first and second id."""
        pairs = pd.concat([self._read(part, "pairs") for part in self.parts], ignore_index=True)
        doubts = pd.concat([self._read(part, "doubts") for part in self.parts], ignore_index=True)
        ids = [pa.array(pairs[name].astype(str)) for name in ("first_id", "second_id")]
        order = pa.compute.sort_indices(
            pa.table(ids, ["a", "b"]), [("a", "ascending"), ("b", "ascending")]
        ).to_numpy()
        told = doubts.drop_duplicates(ignore_index=True).astype(object)
        return Met(pairs.take(order).reset_index(drop=True), told)

    def totals(self) -> pd.DataFrame:
        """Return the totals of `geodata.overlay.totals`, one piece in memory at a time."""
        parts = [totals(self._read(part, "pairs"), self.overlay) for part in self.parts]
        measure = MEASURES[self.overlay.relation]
        how = {"pairs": "sum", measure: "min" if measure == "distance_m" else "sum"}
        summed = pd.concat(parts, ignore_index=True)
        if not self.overlay.by:
            return summed.agg(how).to_frame().T.astype({"pairs": "int64"})
        return summed.groupby(list(self.overlay.by), dropna=False).agg(how).reset_index()

    def _read(self, part: str, what: str) -> pd.DataFrame:
        frame: pd.DataFrame = pq.read_table(self.folder / f"{part}.{what}.parquet").to_pandas()
        return frame


def overlay_files(  # noqa: PLR0917 - each is one thing, and all are needed
    first: Path,
    second: Path,
    overlay: Overlay,
    work: Path,
    cluster: Cluster,
    told: Told = untold,
) -> Answer:
    """Return the answer to an overlay of two files of GeoParquet in EPSG:4490.

    What is made on the way lies under `work`, and is used again by the next run. `told` hears
    what is going on, how many pieces are done, and of how many.
    """
    check_overlay(overlay)
    flat.warm_up()  # compiled once here, found on disk by the workers
    told("cutting", 0, 2)
    sides = []
    for number, (file, by) in enumerate(((first, ()), (second, overlay.by)), 1):
        place = work / "cuts" / _key(identity(file), by, cluster.rows_each)
        sides.append((place, cut(file, place, tuple(by), cluster.rows_each)))
        told("cutting", number, 2)
    around = box_around(np.array([piece.box for piece in sides[0][1]]).reshape(-1, 4))
    centre = centre_of(around)
    folder = work / _key(identity(first), identity(second), asdict(overlay), cluster.rows_each)
    folder.mkdir(parents=True, exist_ok=True)
    asked = list(_tasks(overlay, sides[0], sides[1], folder, centre))
    left = [one for one in asked if not is_done(one)]
    _run(left, len(asked), cluster, told)
    return Answer(overlay, folder, tuple(one.part for one in asked))


@dataclass(frozen=True)
class Task:
    """What one worker does at a time: a piece of the second layer and what may meet it."""

    part: str
    overlay: Overlay
    firsts: tuple[str, ...]
    seconds: tuple[str, ...]
    centre: Centre
    folder: str


def _tasks(
    overlay: Overlay,
    first: tuple[Path, Sequence[Piece]],
    second: tuple[Path, Sequence[Piece]],
    folder: Path,
    centre: Centre,
) -> Iterator[Task]:
    """Yield a task for each piece of the second layer, and one for each of the first alone.

    The latter find no pairs, but say which features of the first could not be compared.
    """
    empty = Task("", overlay, (), (), centre, str(folder))
    boxes = np.array([piece.box for piece in first[1]]).reshape(-1, 4)
    files = [str(first[0] / piece.file) for piece in first[1]]
    for number, file in enumerate(files):
        yield replace(empty, part=f"first-{number:05d}", firsts=(file,))
    for number, piece in enumerate(second[1]):
        west, south, east, north = _reached(piece.box, overlay)
        meets = (boxes[:, 0] <= east) & (boxes[:, 2] >= west)
        meets &= (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
        near = tuple(file for file, is_near in zip(files, meets, strict=True) if is_near)
        yield replace(
            empty,
            part=f"second-{number:05d}",
            firsts=near,
            seconds=(str(second[0] / piece.file),),
        )


def _reached(box: tuple[float, ...], overlay: Overlay) -> tuple[float, ...]:
    """Return a box and what lies near it, as far as the overlay asks."""
    if overlay.relation != "near":
        return box
    farthest = np.radians(min(max(abs(box[1]), abs(box[3])) + 1, 85))
    room = overlay.within_m * MOST_STRETCH / METRES_IN_DEGREE / np.cos(farthest)
    return box[0] - room, box[1] - room, box[2] + room, box[3] + room


# ----------------------------------------------------------------------------- tasks


def _run(left: Sequence[Task], total: int, cluster: Cluster, told: Told) -> None:
    """Have tasks done by the cluster; a task whose worker dies is done by another."""
    done = total - len(left)
    told("measuring", done, total)
    if not left:
        return
    with cluster.client() as client:
        futures = client.map(do_task, left, key=[_name(one) for one in left], retries=TRIES)
        for future in distributed.as_completed(futures, loop=client.loop):
            future.result()
            done += 1
            told("measuring", done, total)


def _name(task: Task) -> str:
    return f"{task.part}-{_key(asdict(task), os.getpid(), os.urandom(4).hex())}"


def do_task(task: Task) -> str:
    """Answer one task into its files, whole or not at all; return its name."""
    if not is_done(task):
        first = _side(task.overlay.first, task.firsts, ())
        second = _side(task.overlay.second, task.seconds, task.overlay.by)
        met = meet_sides(first, second, task.overlay, task.centre, threads=1)
        for frame, what in ((met.doubts, "doubts"), (met.pairs, "pairs")):
            _put(Path(task.folder) / f"{task.part}.{what}.parquet", frame)
    return task.part


def is_done(task: Task) -> bool:
    """Return whether the pairs of a task, which are written last, are there."""
    return (Path(task.folder) / f"{task.part}.pairs.parquet").is_file()


def _side(layer: str, files: Sequence[str], by: tuple[str, ...]) -> Side:
    if not files:
        nothing = np.empty(0, object)
        return Side(layer, nothing, nothing, pd.DataFrame(columns=list(by)))
    return side_from(pa.concat_tables([pq.read_table(one) for one in files]), layer, by)


def _put(target: Path, frame: pd.DataFrame) -> None:
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    texts = {name: frame[name].astype(str) for name in DOUBTS if name in frame.columns}
    frame.assign(**texts).to_parquet(partial, index=False)
    partial.replace(target)


def identity(file: Path) -> tuple[str, int, int]:
    """Return what tells a file from any that was or will be in its place."""
    stat = file.stat()
    return str(file.resolve()), stat.st_size, stat.st_mtime_ns


def _key(*facts: object) -> str:
    text = json.dumps([ANSWER, *facts], ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


# ------------------------------------------------------------------------------- URL


def open_feature_store(place: str) -> DaskFeatures:
    """Return the store of `FOLDER`, `FOLDER?workers=2` or `FOLDER?scheduler=tcp://host:port`.

    Raises BadSetting for what else is asked, and BrokenStore as a folder does.
    """
    folder, _, asked = place.partition("?")
    form = "scheduler=tcp://HOST:PORT, workers=N, rows_each=N"
    told: dict[str, Any] = {}
    for name, value in parse_qsl(asked, keep_blank_values=True):
        is_number = name in {"workers", "rows_each"} and value.isdecimal() and int(value) > 0
        if not (is_number or (name == "scheduler" and "://" in value)):
            raise BadSetting(name=f"dask: {name}", value=value, form=form)
        told[name] = int(value) if is_number else value
    return DaskFeatures(Path(folder), Cluster(**told))
