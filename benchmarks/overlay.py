"""Times the square metres that yards share with parcels, by class of land, beside the peers.

Yards and parcels are star-shaped, 21 points a ring, strewn over Lanzhou. Every way runs in a
process of its own, so that its peak of memory is its own, and each says how many pairs meet
and how many square metres they share, which must agree.

Three races. *In the plane*: the layers are in memory as each way likes them, laid into the plane
and unchecked; a second line of ours starts from rows of GeoParquet in degrees instead, with
checking, projecting and the table of pairs in its time. *From the file*: GeoParquet in degrees
to sums by class. *Pieces*: the tasks of dask alone, cut before, the cluster running.

Other work on the machine lengthens the clock, and processor time much less: both are told.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geodata import Overlay, flat
from geodata.engines.geoparquet import side_in
from geodata.overlay import centre_of, meet_sides, plane_around, to_plane, totals

ROOT = Path(__file__).parents[1]
YARDS, PARCELS = 10_000, 1_000_000
AT_ONCE = 100_000
THREADS = 2
CORNERS = 20  # and the first one again
CITY = (102.9, 35.6, 104.5, 36.8)  # west, south, east, north
SIZE_DEG = {"yards": 0.0024, "parcels": 0.0016}
CLASSES = ("0101", "0102", "0103", "0301", "0401")
QUESTION = Overlay("yards", "parcels", by=("class_code",))
CENTRE = centre_of(CITY)
NOT_THERE = "not installed"


@dataclass(frozen=True)
class Line:
    """What one way took: seconds by the clock and of processors, MiB; what it found."""

    race: str
    way: str
    seconds: float = 0.0
    cpu_s: float = 0.0
    peak_mib: float = 0.0
    pairs: int = 0
    area_m2: float = 0.0
    lacks: str = ""


# -------------------------------------------------------------------------- files


def make_layers(folder: Path, yards: int, parcels: int) -> None:
    """Write both layers as GeoParquet, once in degrees and once in the plane."""
    for name, many, seed in (("yards", yards, 1), ("parcels", parcels, 2)):
        chance = np.random.default_rng(seed)
        writers: dict[str, pq.ParquetWriter] = {}
        for start in range(0, many, AT_ONCE):
            shapes = stars(min(AT_ONCE, many - start), SIZE_DEG[name], chance)
            ids = [f"{name[0].upper()}{n}" for n in range(start, start + len(shapes))]
            codes = chance.choice(np.array(CLASSES), len(shapes))
            for place, laid in (("degrees", shapes), ("plane", to_plane(shapes, CENTRE))):
                crs = 4490 if place == "degrees" else plane_around(CENTRE)
                frame = gpd.GeoDataFrame({"id": ids, "class_code": codes}, geometry=laid, crs=crs)
                _append(writers, folder / f"{name}_{place}.parquet", frame)
        for writer in writers.values():
            writer.close()


def _append(writers: dict[str, pq.ParquetWriter], file: Path, frame: gpd.GeoDataFrame) -> None:
    table = pa.table(frame.to_arrow(index=False, geometry_encoding="WKB"))
    if file.name not in writers:
        one = file.with_suffix(".one")
        frame.head(1).to_parquet(one, index=False)  # its metadata is what makes it GeoParquet
        schema = pq.read_schema(one)
        one.unlink()
        writers[file.name] = pq.ParquetWriter(file, schema, compression="zstd")
    schema = writers[file.name].schema
    columns = [
        pa.chunked_array(table[name].cast(_plain(schema.field(name).type))) for name in schema.names
    ]
    writers[file.name].write_table(pa.Table.from_arrays(columns, schema=schema))


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.storage_type if isinstance(kind, pa.ExtensionType) else kind


def stars(many: int, size_deg: float, chance: np.random.Generator) -> np.ndarray:
    """Return star-shaped polygons strewn over the city, in degrees."""
    west, south, east, north = CITY
    centres = chance.random((many, 1, 2)) * (east - west, north - south) + (west, south)
    turn = (np.arange(CORNERS) + 0.9 * chance.random((many, CORNERS))) / CORNERS * 2 * np.pi
    radius = size_deg * (0.6 + 0.4 * chance.random((many, CORNERS)))
    xy = centres + np.stack([radius * np.cos(turn), 0.8 * radius * np.sin(turn)], -1)
    shapes: np.ndarray = shapely.polygons(np.concatenate([xy, xy[:, :1]], axis=1))
    return shapes


# --------------------------------------------------------------------------- ways

Answer = tuple[float, float, int, float]
"""Seconds by the clock and of processors, pairs, square metres."""


def ours_in_the_plane(folder: Path) -> Answer:
    """Our join and kernel alone, on flat features in the plane: what the peers are asked."""
    flat.warm_up()
    sides = []
    for name in ("yards", "parcels"):
        table = pq.read_table(folder / f"{name}_plane.parquet")
        told, _, _ = flat.flatten(table["geometry"].combine_chunks(), threads=THREADS)
        sides.append((flat.describe(told), table["class_code"].combine_chunks()))
    (first, _), (second, codes) = sides
    classes, kinds = codes.dictionary_encode().dictionary, codes.dictionary_encode().indices
    numbers = kinds.to_numpy()

    def ask() -> tuple[int, float]:
        pairs = flat.meeting_boxes(first.boxes, second.boxes, THREADS)
        areas, is_doubtful = flat.overlap_areas(first, second, pairs, THREADS)
        unsure = np.flatnonzero(is_doubtful)
        one, other = (
            flat.shapes_of(side.flat, rows[unsure])
            for side, rows in zip((first, second), pairs, strict=True)
        )
        areas[unsure] = shapely.area(shapely.intersection(one, other))
        summed = np.bincount(numbers[pairs[1]], areas, len(classes))
        return int((areas > 0).sum()), float(summed.sum())

    return _timed(ask)


def ours_loaded(folder: Path) -> Answer:
    """Ours, on rows of GeoParquet in memory."""
    first, second = _sides(folder)
    flat.warm_up()
    return _timed(lambda: _sum(first, second))


def ours_from_file(folder: Path) -> Answer:
    """Ours, from the file."""
    flat.warm_up()
    return _timed(lambda: _sum(*_sides(folder)))


def _sides(folder: Path) -> tuple[Any, Any]:
    return (
        side_in(folder / "yards_degrees.parquet", "yards"),
        side_in(folder / "parcels_degrees.parquet", "parcels", QUESTION.by),
    )


def _sum(first: Any, second: Any) -> tuple[int, float]:
    told = totals(meet_sides(first, second, QUESTION, CENTRE, THREADS).pairs, QUESTION)
    return int(told["pairs"].sum()), float(told["area_m2"].sum())


def _timed(ask: Callable[[], tuple[int, float]]) -> Answer:
    started, busy = time.perf_counter(), time.process_time()
    pairs, area = ask()
    return time.perf_counter() - started, time.process_time() - busy, pairs, area


def _frames(folder: Path, place: str) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    yards, parcels = (
        gpd.read_parquet(folder / f"{name}_{place}.parquet") for name in ("yards", "parcels")
    )
    return yards[["id", "geometry"]], parcels[["class_code", "geometry"]]


def _overlaid(yards: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame) -> tuple[int, float]:
    shared = gpd.overlay(yards, parcels, how="intersection")
    summed = shared.geometry.area.groupby(shared["class_code"]).agg(["size", "sum"])
    return int(summed["size"].sum()), float(summed["sum"].sum())


def geopandas_loaded(folder: Path) -> Answer:
    """geopandas.overlay."""
    yards, parcels = _frames(folder, "plane")
    return _timed(lambda: _overlaid(yards, parcels))


def geopandas_from_file(folder: Path) -> Answer:
    """geopandas.read_parquet, to_crs and overlay."""
    return _timed(
        lambda: _overlaid(*(one.to_crs(plane_around(CENTRE)) for one in _frames(folder, "degrees")))
    )


def strtree(folder: Path, threads: int) -> Answer:
    """Shapely's STRtree and intersection, in parts by so many threads."""
    yards, parcels = _frames(folder, "plane")
    land, codes = parcels.geometry.to_numpy(), parcels["class_code"].to_numpy()
    asked = yards.geometry.to_numpy()

    def ask() -> tuple[int, float]:
        tree = shapely.STRtree(land)

        def measure(part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            i, j = tree.query(part, predicate="intersects")
            return j, shapely.area(shapely.intersection(part[i], land[j]))

        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(measure, np.array_split(asked, 8 * threads)))
        j, areas = (np.concatenate(one) for one in zip(*found, strict=True))
        summed = gpd.pd.Series(areas).groupby(codes[j]).sum()
        return int((areas > 0).sum()), float(summed.sum())

    return _timed(ask)


SHARED = """
    select class_code, count(*), sum(area) from (
        select p.class_code, ST_Area(ST_Intersection(y.geometry, p.geometry)) as area
        from yards y join parcels p on ST_Intersects(y.geometry, p.geometry)
    ) shared where area > 0 group by class_code
"""


def _duckdb() -> Any:
    import duckdb

    found = find_spec("duckdb_extension_spatial")
    place = Path(next(iter(found.submodule_search_locations or [])))  # type: ignore[union-attr]
    database = duckdb.connect(config={"threads": THREADS, "allow_unsigned_extensions": "true"})
    database.execute(f"load '{next(place.rglob('*.duckdb_extension'))}'")
    return database


def _create(database: Any, name: str, geometry: str, file: Path) -> None:
    question = f"select id, class_code, {geometry} as geometry from read_parquet('{file}')"  # noqa: S608 - names of ours
    database.execute(f"create table {name} as {question}")


def _added(rows: list[tuple[Any, ...]]) -> tuple[int, float]:
    return sum(int(row[1]) for row in rows), sum(float(row[2]) for row in rows)


def duckdb_loaded(folder: Path) -> Answer:
    """DuckDB spatial."""
    database = _duckdb()
    for name in ("yards", "parcels"):
        _create(database, name, "geometry", folder / f"{name}_plane.parquet")
    return _timed(lambda: _added(database.execute(SHARED).fetchall()))


def duckdb_from_file(folder: Path) -> Answer:
    """DuckDB spatial, from the file, with ST_Transform."""
    database = _duckdb()

    def ask() -> tuple[int, float]:
        for name in ("yards", "parcels"):
            moved = (
                f"ST_Transform(geometry, 'EPSG:4490', '{plane_around(CENTRE)}', always_xy := true)"
            )
            file = folder / f"{name}_degrees.parquet"
            _create(database, name, moved, file)
        return _added(database.execute(SHARED).fetchall())

    return _timed(ask)


def sedonadb_loaded(folder: Path) -> Answer:
    """SedonaDB."""
    import sedonadb

    database = sedonadb.connect()
    for name in ("yards", "parcels"):
        database.read_parquet(str(folder / f"{name}_plane.parquet")).to_memtable().to_view(name)
    return _timed(
        lambda: _added(
            [tuple(one.values()) for one in database.sql(SHARED).to_arrow_table().to_pylist()]
        )
    )


PARALLEL = {
    "parallel_setup_cost": 0,
    "parallel_tuple_cost": 0,
    "min_parallel_table_scan_size": 0,
    "max_parallel_workers_per_gather": THREADS - 1,
}


def postgis_loaded(folder: Path) -> Answer:
    """PostGIS, tables with an index, two workers allowed; the peak is the client's alone."""
    import psycopg

    from tests.geodata.postgres import running_server

    with (
        running_server(with_postgis=True) as server,
        psycopg.connect(server.address, autocommit=True) as database,
    ):
        database.execute("create extension postgis")
        for name in ("yards", "parcels"):
            database.execute(f"create table {name} (class_code text, geometry geometry)")
            with database.cursor() as cursor, cursor.copy(f"copy {name} from stdin") as lines:
                file = pq.ParquetFile(folder / f"{name}_plane.parquet")
                for batch in file.iter_batches(AT_ONCE, columns=["class_code", "geometry"]):
                    for row in zip(batch[0].to_pylist(), batch[1].to_pylist(), strict=True):
                        lines.write_row((row[0], row[1].hex()))
            database.execute(f"create index on {name} using gist (geometry)")
            database.execute(f"vacuum analyze {name}")
        for name, value in PARALLEL.items():
            database.execute(f"set {name} = {value}")
        return _timed(lambda: _added(database.execute(SHARED).fetchall()))


def dask(folder: Path, workers: int) -> Answer:
    """Ours by dask: pieces cut before, the cluster running; the peak is the largest worker's."""
    import distributed

    from geodata.engines.dask import Cluster, overlay_files
    from geodata.partitions import cut

    files = [folder / f"{name}_degrees.parquet" for name in ("yards", "parcels")]
    rows_each = max(1000, pq.read_metadata(files[1]).num_rows // 40)
    work = folder / f"work_{workers}"
    flat.warm_up()
    with (
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as own,
        distributed.Client(own) as client,
    ):
        asked = Cluster(own.scheduler_address, rows_each=rows_each)
        cut_first(files, work, rows_each, cut)
        client.run(flat.warm_up)

        def ask() -> tuple[int, float]:
            told = overlay_files(*files, QUESTION, work, asked).totals()
            return int(told["pairs"].sum()), float(told["area_m2"].sum())

        answer = _timed(ask)
        print(max(client.run(_peak_mib).values()))
    return answer


def cut_first(files: list[Path], work: Path, rows_each: int, cut: Callable[..., object]) -> None:
    """Cut both layers where `overlay_files` will look for the pieces."""
    from geodata.engines.dask import _key, identity

    for file, by in zip(files, ((), QUESTION.by), strict=True):
        cut(file, work / "cuts" / _key(identity(file), by, rows_each), by, rows_each)


def dask_from_file(folder: Path) -> Answer:
    """Ours by dask with two workers: cluster, cutting and all; what the largest run needs."""
    from geodata.engines.dask import Cluster, overlay_files

    files = [folder / f"{name}_degrees.parquet" for name in ("yards", "parcels")]

    def ask() -> tuple[int, float]:
        told = overlay_files(*files, QUESTION, folder / "work_whole", Cluster(workers=2)).totals()
        return int(told["pairs"].sum()), float(told["area_m2"].sum())

    return _timed(ask)


@dataclass(frozen=True)
class Way:
    """One way to the answer, the race it runs in, and the package it cannot do without."""

    race: str
    name: str
    run: Callable[[Path], Answer]
    needs: str = ""


PLANE, FROM_FILE, PIECES = "in the plane", "from the file", "pieces"
ELSEWHERE = {"PostGIS, 2 processes"} | {f"ours by dask, {n}" for n in ("1 worker", "2 workers")}
"""Ways whose work is done by other processes: their processor time is not ours to see."""
WAYS = (
    Way(PLANE, "ours, 2 threads", ours_in_the_plane),
    Way(PLANE, "ours from degrees, checked and projected", ours_loaded),
    Way(PLANE, "geopandas.overlay", geopandas_loaded),
    Way(PLANE, "shapely STRtree, 1 thread", lambda folder: strtree(folder, 1)),
    Way(PLANE, "shapely STRtree, 2 threads", lambda folder: strtree(folder, 2)),
    Way(PLANE, "DuckDB spatial, 2 threads", duckdb_loaded, "duckdb_extension_spatial"),
    Way(PLANE, "SedonaDB", sedonadb_loaded, "sedonadb"),
    Way(PLANE, "PostGIS, 2 processes", postgis_loaded, "psycopg"),
    Way(FROM_FILE, "ours", ours_from_file),
    Way(FROM_FILE, "geopandas", geopandas_from_file),
    Way(FROM_FILE, "DuckDB spatial", duckdb_from_file, "duckdb_extension_spatial"),
    Way(FROM_FILE, "ours by dask, 2 workers", dask_from_file, "distributed"),
    Way(PIECES, "ours by dask, 1 worker", lambda folder: dask(folder, 1), "distributed"),
    Way(PIECES, "ours by dask, 2 workers", lambda folder: dask(folder, 2), "distributed"),
)


# -------------------------------------------------------------------------- running


def measure(
    parcels: int = PARCELS, yards: int = YARDS, ways: tuple[Way, ...] = WAYS
) -> Iterator[Line]:
    """Yield what each way takes, one after the other, each in a process of its own."""
    with TemporaryDirectory() as folder:
        make_layers(Path(folder), yards, parcels)
        for way in ways:
            yield _in_child(way, Path(folder))


def _in_child(way: Way, folder: Path) -> Line:
    if way.needs and not _is_there(way.needs):
        return Line(way.race, way.name, lacks=f"{NOT_THERE}: {way.needs}")
    command = [sys.executable, "-m", "benchmarks.overlay", str(WAYS.index(way)), str(folder)]
    said = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if said.returncode:
        told = [one for one in said.stderr.splitlines() if "Error" in one] or ["?"]
        return Line(way.race, way.name, lacks=f"failed: {told[-1][:200]}")
    return Line(way.race, way.name, **json.loads(said.stdout.splitlines()[-1]))


def _is_there(name: str) -> bool:
    return find_spec(name) is not None


def _peak_mib() -> float:
    """Return the most memory this process had in use, as Linux keeps it."""
    told = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    return int(told[1]) / 1024 if told else 0.0


def table(lines: tuple[Line, ...]) -> str:
    """Return the lines as a Markdown table, each with its ratio to ours in the same race."""
    first: dict[str, Line] = {}
    shown = [
        "| race | way | time | against the first | processor time | peak memory | pairs | ha |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in lines:
        if one.lacks:
            shown.append(f"| {one.race} | {one.way} | {one.lacks} | | | | | |")
            continue
        ours = first.setdefault(one.race, one)
        cpu = "—" if one.way in ELSEWHERE else f"{one.cpu_s:.2f} s"
        shown.append(
            f"| {one.race} | {one.way} | {one.seconds:.2f} s | {one.seconds / ours.seconds:.2f}"
            f" | {cpu} | {one.peak_mib:,.0f} MiB | {one.pairs:,} | {one.area_m2 / 1e4:,.4f} |"
        )
    return "\n".join(shown)


@contextmanager
def _quiet() -> Iterator[list[str]]:
    """Yield what is printed inside, instead of printing it."""
    from contextlib import redirect_stdout
    from io import StringIO

    with redirect_stdout(StringIO()) as said:
        lines: list[str] = []
        yield lines
    lines += said.getvalue().split()


def _main(number: str, folder: str) -> None:
    with _quiet() as said:
        seconds, cpu_s, pairs, area = WAYS[int(number)].run(Path(folder))
    of_workers = float(said[-1]) if said else 0.0
    line = {"seconds": seconds, "cpu_s": cpu_s, "pairs": pairs, "area_m2": area}
    print(json.dumps({**line, "peak_mib": of_workers or _peak_mib()}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
