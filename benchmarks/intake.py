"""Times bringing in a large file, checks and all, beside a bare read of the same file.

Three files are made, one per way that rows come: stations as CSV in GCJ-02 and in WGS 84 (one
row in a hundred is bad, in several ways) and parcels as GeoPackage and GeoParquet. Every step
runs in a process of its own, so that its peak of memory is its own; what the libraries take
merely by being imported is in all of them, and in the table.

The peers read and do nothing else: `pyarrow.csv`, `pyogrio.read_dataframe`,
`geopandas.read_parquet`.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyogrio
import shapely

from geodata import open_city
from geodata.checks import find_offices
from geodata.city import read_outlines
from geodata.crs import shift_to_gcj02
from geodata.engines.folder import create_feature_store
from geodata.intake import understand, write
from geodata.rings import judge_rings
from layers.catalog import schema_of

ROOT = Path(__file__).parents[1]
ROWS = 1_000_000
ROUNDS = 3
RECORDED_AT = datetime(2026, 7, 15, 9, 30, tzinfo=UTC)
BAD_SHARE = 0.01
PARCEL_DEG = 0.001


@dataclass(frozen=True)
class Made:
    """One file of the benchmark: the layer it is for, its system, and what reads it bare."""

    name: str
    layer: str
    system: str
    peer: str


FILES = (
    Made("stations_gcj02.csv", "charging_stations", "gcj02", "pyarrow.csv"),
    Made("stations_wgs84.csv", "charging_stations", "wgs84", "pyarrow.csv"),
    Made("parcels.gpkg", "occupied_farmland", "EPSG:4490", "pyogrio"),
    Made("parcels.parquet", "occupied_farmland", "EPSG:4490", "geopandas.read_parquet"),
)
STEPS = ("bare", "understand", "write")


@dataclass(frozen=True)
class Line:
    """What one step over one file takes, and the rows that it took and refused.

    `processor_s` are the seconds that all processors spent on it, which other work on the machine
    disturbs less than the clock.
    """

    file: Made
    step: str
    seconds: float
    processor_s: float
    peak_mib: float
    rows: int
    refused: int
    fastest_s: float = 0.0
    slowest_s: float = 0.0


def measure(
    rows: int = ROWS, rounds: int = ROUNDS, files: Sequence[Made] = FILES
) -> tuple[Line, ...]:
    """Return what each step over each file takes, medians of rounds in which all take turns."""
    asked = [(file, step) for file in files for step in STEPS]
    with TemporaryDirectory() as folder:
        make_stations(Path(folder), rows)
        make_parcels(Path(folder), rows)
        runs = [[_in_child(*one, Path(folder)) for one in asked] for _ in range(rounds)]
    return tuple(_median(lines) for lines in zip(*runs, strict=True))


def _median(lines: tuple[Line, ...]) -> Line:
    return replace(
        lines[0],
        seconds=median(one.seconds for one in lines),
        processor_s=median(one.processor_s for one in lines),
        peak_mib=median(one.peak_mib for one in lines),
        fastest_s=min(one.seconds for one in lines),
        slowest_s=max(one.seconds for one in lines),
    )


def table(lines: tuple[Line, ...]) -> str:
    """Return the lines as a Markdown table, each with its ratio to the bare read of its file."""
    bare = {one.file.name: one for one in lines if one.step == "bare"}
    shown = [
        "| file | step | in, refused | time | range | ratio | processor | ratio | peak | ratio |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in lines:
        peer = bare[one.file.name]
        what = f"bare read ({one.file.peer})" if one.step == "bare" else one.step
        what = "understand + write" if what == "write" else what
        shown.append(
            f"| {one.file.name} | {what} | {one.rows:,}, {one.refused:,} | {one.seconds:.2f} s"
            f" | {one.fastest_s:.2f}-{one.slowest_s:.2f} s | {one.seconds / peer.seconds:.1f}"
            f" | {one.processor_s:.1f} s | {one.processor_s / peer.processor_s:.1f}"
            f" | {one.peak_mib:,.0f} MiB | {one.peak_mib / peer.peak_mib:.1f} |"
        )
    return "\n".join(shown)


# -------------------------------------------------------------------------- files


def make_stations(folder: Path, rows: int) -> None:
    """Write charging stations in 12 columns, once in GCJ-02 and once in WGS 84; 1 % are bad."""
    chance = np.random.default_rng(7)
    lon, lat = _inside(rows, chance)
    kinds = np.array(["未备案", "灭火器过期", "未配灭火器;无警示标识", "消防通道堵塞", ""])
    short = {one.id: one.short.zh for one in open_city().jurisdictions} | {"": ""}
    found = find_offices(gpd.GeoSeries(shapely.points(lon, lat), crs=4490), read_outlines())
    offices = found.map(short).to_numpy(object)
    days = np.datetime64("2022-01-01") + chance.integers(0, 1600, (2, rows))
    dashed, dotted = np.datetime_as_string(days[0]), np.datetime_as_string(days[1])
    number = np.arange(rows).astype(str)
    cells: dict[str, np.ndarray] = {
        "编号": np.char.add("CD-", number).astype(object),
        "名称": np.char.add("雁滩路充电站", number).astype(object),
        "区县": np.where(chance.integers(2, size=rows) == 1, offices, ""),
        "地址": np.char.add("城关区南滨河东路", chance.integers(1, 2000, rows).astype(str)).astype(
            object
        ),
        "运营单位": np.char.add("充电运营公司", chance.integers(1, 300, rows).astype(str)).astype(
            object
        ),
        "桩数": chance.integers(1, 60, rows).astype(str).astype(object),
        "总功率": np.char.mod("%.1f", chance.random(rows) * 2000).astype(object),
        "隐患类型": chance.choice(kinds, rows).astype(object),
        "发现日期": dashed.astype(object),
        "最近检查": np.char.replace(dotted, "-", "/").astype(object),
    }
    _spoil(cells, chance)
    for name, (x, y) in (("wgs84", (lon, lat)), ("gcj02", shift_to_gcj02(lon, lat))):
        places = {"经度": np.char.mod("%.6f", x), "纬度": np.char.mod("%.6f", y)}
        places = {axis: texts.astype(object) for axis, texts in places.items()}
        few = chance.choice(rows, max(1, int(rows * BAD_SHARE / 4)), replace=False)
        for part, text in enumerate(("0", "不详", "999.5")):
            places["经度"][few[part::3]] = text
        whole = pa.table(
            {column: pa.array(c, pa.string()) for column, c in (cells | places).items()}
        )
        pa.csv.write_csv(whole, folder / f"stations_{name}.csv")


def _spoil(cells: dict[str, np.ndarray], chance: np.random.Generator) -> None:
    """Make one row in a hundred wrong: dates, codes, numbers, offices and numbers told twice."""
    rows = len(cells["编号"])
    few = chance.choice(rows, max(5, int(rows * BAD_SHARE * 3 / 4)), replace=False)
    wrong = {
        "发现日期": "2025-02-30",
        "隐患类型": "看不清",
        "桩数": "很多",
        "区县": "某某区",
        "编号": "CD-0",
    }
    for part, (column, text) in enumerate(wrong.items()):
        cells[column][few[part :: len(wrong)]] = text


def make_parcels(folder: Path, rows: int) -> None:
    """Write parcels of five to eight corners as GeoPackage and as GeoParquet."""
    chance = np.random.default_rng(8)
    lon, lat = _inside(rows, chance)
    corners = chance.integers(5, 9, rows)
    ring = np.repeat(np.arange(rows), corners)
    place = np.arange(len(ring)) - np.repeat(np.cumsum(corners) - corners, corners)
    angle = 2 * np.pi * place / corners[ring]
    radius = PARCEL_DEG * (0.3 + 0.2 * chance.random(len(ring)))
    x, y = lon[ring] + radius * np.cos(angle), lat[ring] + radius * np.sin(angle)
    shapes = shapely.polygons(shapely.linearrings(x, y, indices=ring))
    mu_per_square_degree = 111_320**2 * np.cos(np.radians(lat)) / (10_000 / 15)
    areas = shapely.area(shapes) * mu_per_square_degree
    found = np.datetime64("2023-01-01") + chance.integers(0, 1200, rows)
    frame = gpd.GeoDataFrame(
        {
            "编号": np.char.add("DK-", np.arange(rows).astype(str)).astype(object),
            "名称": np.char.add("地块", np.arange(rows).astype(str)).astype(object),
            "地类": chance.choice(np.array(["0101", "0102", "0103", "水浇地"]), rows).astype(
                object
            ),
            "永久基本农田": chance.choice(np.array(["是", "否", ""]), rows).astype(object),
            "发现日期": np.datetime_as_string(found).astype(object),
            "亩数": np.round(areas * (0.98 + 0.04 * chance.random(rows)), 2),
        },
        geometry=shapes,
        crs=4490,
    )
    few = chance.choice(rows, max(2, int(rows * BAD_SHARE)), replace=False)
    frame.loc[few[::2], "发现日期"] = "不详"
    frame.loc[few[1::2], "地类"] = "看不清"
    frame.loc[chance.choice(rows, max(1, rows // 1000), replace=False), "亩数"] *= 2
    pyogrio.write_dataframe(frame, folder / "parcels.gpkg")
    frame.to_parquet(folder / "parcels.parquet")


def _inside(rows: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return longitudes and latitudes of which nearly all lie inside the offices' outlines."""
    outline = shapely.union_all(read_outlines().geometry.to_numpy())
    shapely.prepare(outline)
    west, south, east, north = outline.bounds
    x, y = np.empty(0), np.empty(0)
    while len(x) < rows:
        a, b = (
            west + chance.random(rows) * (east - west),
            south + chance.random(rows) * (north - south),
        )
        inside = shapely.contains_xy(outline, a, b) | (chance.random(rows) < BAD_SHARE / 10)
        x, y = np.append(x, a[inside]), np.append(y, b[inside])
    return x[:rows], y[:rows]


# -------------------------------------------------------------------------- steps


def _in_child(file: Made, step: str, folder: Path) -> Line:
    """Return what a step takes in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.intake", step, file.name, str(folder)]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return Line(file, step, **json.loads(said.stdout))


def _take(step: str, file: Made, folder: Path) -> tuple[float, float, int, int]:
    """Return the seconds of a step by the clock and of processors, the rows taken and refused."""
    path = folder / file.name
    bare: dict[str, Callable[[Path], object]] = {
        "pyarrow.csv": pa.csv.read_csv,
        "pyogrio": pyogrio.read_dataframe,
        "geopandas.read_parquet": gpd.read_parquet,
    }
    schema = schema_of(file.layer)
    city = open_city()
    read_outlines()  # read once by a running process, as compiled loops are loaded once
    judge_rings(np.array([shapely.box(103, 36, 103.001, 36.001)], object), measured=True)
    started, worked = time.perf_counter(), time.process_time()

    def taken() -> tuple[float, float]:
        return time.perf_counter() - started, time.process_time() - worked

    if step == "bare":
        read = bare[file.peer](path)
        return (*taken(), len(read), 0)  # type: ignore[arg-type]
    understood = understand(path, layer_id=file.layer, schema=schema, city=city, system=file.system)
    if step == "write":
        store = create_feature_store(folder / f"store_{file.name}")
        write(understood, store, who="办案人", why="测量", recorded_at=RECORDED_AT)
    return *taken(), len(understood.checked.good), len(understood.checked.refused)


def _peak_mib() -> float:
    """Return the most memory this process had in use.

    Linux keeps it in /proc; `ru_maxrss` would begin with what the parent had when it forked,
    which has just made the files.
    """
    told = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    return int(told[1]) / 1024 if told else 0.0


def _main(step: str, name: str, folder: str) -> None:
    file = next(one for one in FILES if one.name == name)
    seconds, processor_s, rows, refused = _take(step, file, Path(folder))
    line = {
        "seconds": seconds,
        "processor_s": processor_s,
        "peak_mib": _peak_mib(),
        "rows": rows,
        "refused": refused,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    _main(*sys.argv[1:])
