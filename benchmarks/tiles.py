"""Times one vector tile of many parcels, as ours and others make it, and compares what they hold.

`python -m benchmarks tiles [rows] [postgresql://user@host/name]`. Invented parcels of 21 points
over Lanzhou, one in fifty with a code of a case. Tiles are drawn at random among those that hold
something. The other ways tell every feature at every zoom, and are asked where a tile holds no more
than MOST_OF_OTHERS; ours tell cells where features would be too many bytes. The database gets a
schema of its own, which is dropped at the end; without an address its ways are left out.
"""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString
from urllib.parse import quote

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import pandas as pd
import shapely

from geodata import RevisionNote, open_features
from geodata.layer_index import LayerIndex, index_frame, to_world
from geodata.tiles import BUFFER_PX, EXTENT_BITS, Look, Signs, TileAddress

ROWS = 1_000_000
CORNERS = 20
ZOOMS = range(5, 17)
SHOWN = (6, 8, 10, 12, 14, 16)
TILES = 60
TILES_OF_OTHERS = 12
MOST_OF_OTHERS = 30_000
CODED_SHARE = 0.02
EXTENT = 1 << EXTENT_BITS
BUFFER = BUFFER_PX << EXTENT_BITS >> 8
SQUARE_M = 2 * np.pi * 6_378_137.0
WEST, SOUTH, WIDTH, HEIGHT = 103.4, 35.8, 0.9, 0.5
SCHEMA = "benchmark_of_tiles"
LAYER = "parcels"
NOTE = RevisionNote("benchmark", "tiles", datetime(2026, 7, 15, 9, 30, tzinfo=UTC))
STEPS = 1.5
"""How many grid steps the corners of one feature may differ between two ways."""

MakeTile = Callable[[TileAddress], bytes]


@dataclass(frozen=True)
class Line:
    """What one way took at one zoom: milliseconds a tile, and bytes of the largest."""

    way: str
    zoom: int
    tiles: int
    median_ms: float
    p99_ms: float
    most_bytes: int
    holds: str


@dataclass(frozen=True)
class Made:
    """How long it took until a way could answer, and what it keeps for that, in megabytes."""

    way: str
    seconds: float
    megabytes: float
    of_what: str


@dataclass(frozen=True)
class Measured:
    """Everything of one run; `compared` counts the tiles whose features were found the same."""

    rows: int
    lines: tuple[Line, ...]
    made: tuple[Made, ...]
    compared: int
    median_ms: float
    p99_ms: float
    peak_mb: float


def parcels(count: int) -> gpd.GeoDataFrame:
    """Return parcels side by side as the rows of a layer; always the same ones."""
    chance = np.random.default_rng(1)
    side = int(np.ceil(np.sqrt(count)))
    column, row = np.divmod(np.arange(count), side)
    turn = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    reach = 0.3 + 0.15 * chance.random((count, CORNERS))
    lon = WEST + WIDTH / side * (column[:, None] + 0.5 + reach * np.cos(turn))
    lat = SOUTH + HEIGHT / side * (row[:, None] + 0.5 + reach * np.sin(turn))
    facts = pd.DataFrame(
        {
            "id": np.char.add("P", np.arange(count).astype(str)).astype(object),
            "name": "地块",
            "jurisdiction": chance.choice(["LZ-CG", "LZ-XG", "LZ-YZ"], count),
            "township": None,
            "hazard_kinds": "coal_yard",
            "found_on": None,
            "source": "benchmark",
            "geometry_status": "surveyed",
            "is_demonstration": True,
        }
    )
    shapes = shapely.polygons(np.stack([lon, lat], axis=-1))
    return gpd.GeoDataFrame(facts, geometry=shapes, crs=4490)


def coded(frame: gpd.GeoDataFrame) -> Signs:
    """Return codes for one row in fifty."""
    chance = np.random.default_rng(2)
    ids = frame["id"].to_numpy(object)[chance.random(len(frame)) < CODED_SHARE]
    return Signs("benchmark", ids, chance.integers(1, 16, len(ids)).astype(np.uint8))


def measure(rows: int = ROWS, url: str = "", tiles: int = TILES) -> Measured:
    """Time every way over random tiles of each zoom."""
    frame = parcels(rows)
    signs = coded(frame)
    index_frame(frame.head(10)).tile(TileAddress(0, 0, 0), Look(), signs)  # compiled before
    start = time.perf_counter()
    index = index_frame(frame)
    made = [Made("ours, embedded", time.perf_counter() - start, _megabytes(index), "as columns")]
    others = Others(frame, signs)
    ways: dict[str, MakeTile] = {
        "ours, embedded": lambda address: index.tile(address, Look(), signs),
        "shapely and mapbox-vector-tile": others.tile,
    }
    with _database(url, frame, signs, made) as more:
        ways |= more
        chance = np.random.default_rng(3)
        lines: list[Line] = []
        all_ms: list[float] = []
        for zoom in ZOOMS:
            addresses = _addresses(frame, zoom, chance, tiles)
            for way, make in ways.items():
                line, taken = _time(way, zoom, make, addresses, others)
                lines += [line] if line else []
                all_ms += taken if way == "ours, embedded" else []
        compared = _compare(index, ways, frame, chance)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    median_ms, p99_ms = (float(np.percentile(all_ms, share)) for share in (50, 99))
    return Measured(rows, tuple(lines), tuple(made), compared, median_ms, p99_ms, peak)


def table(measured: Measured) -> str:
    """Return the measures as tables in Markdown."""
    ours = {one.zoom: one for one in measured.lines if one.way == "ours, embedded"}
    told = (
        f"{measured.rows:,} parcels; ours, embedded, over all tiles of zooms {ZOOMS.start} to"
        f" {ZOOMS.stop - 1}: median {measured.median_ms:.2f} ms, 99th percentile"
        f" {measured.p99_ms:.1f} ms. {measured.compared} tiles decoded by all ways and found the"
        f" same. Peak of the process, the parcels as objects included: {measured.peak_mb:.0f} MB."
    )
    lines = [
        told,
        "",
        "| zoom | way | tiles | median | 99th percentile | largest | holds | times ours |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in measured.lines:
        if one.zoom in SHOWN:
            ratio = f"{one.median_ms / ours[one.zoom].median_ms:.1f}"
            if one.holds != ours[one.zoom].holds:
                ratio = f"({ratio})"
            lines.append(
                f"| {one.zoom} | {one.way} | {one.tiles} | {one.median_ms:.2f} ms |"
                f" {one.p99_ms:.2f} ms | {one.most_bytes / 1000:.0f} KB | {one.holds} |"
                f" {ratio} |"
            )
    lines += ["", "| way | ready in | keeps |", "|---|---|---|"]
    lines += [
        f"| {one.way} | {one.seconds:.1f} s | {one.megabytes:.0f} MB {one.of_what} |"
        for one in measured.made
    ]
    return "\n".join(lines)


# -------------------------------------------------------------------------- the other ways


class Others:
    """Tiles by a tree of shapely, cut by shapely, encoded by mapbox-vector-tile."""

    def __init__(self, frame: gpd.GeoDataFrame, signs: Signs) -> None:
        """Bring shapes to EPSG:3857 and put them in a tree."""
        self.shapes = frame.geometry.to_crs(3857).to_numpy()
        self.tree = shapely.STRtree(self.shapes)
        codes = dict(zip(signs.ids.tolist(), signs.codes.tolist(), strict=True))
        self.codes = [codes.get(one, 0) for one in frame["id"]]

    def count(self, address: TileAddress) -> int:
        """Return how many features a tile may hold."""
        return len(self.tree.query(shapely.box(*_bounds(address))))

    def tile(self, address: TileAddress) -> bytes:
        """Return a tile; ids are places in the frame."""
        west, south, east, north = _bounds(address)
        margin = (east - west) * BUFFER / EXTENT
        reach = (west - margin, south - margin, east + margin, north + margin)
        found = self.tree.query(shapely.box(*reach))
        cut = shapely.clip_by_rect(self.shapes[found], *reach)
        features = [
            {"geometry": shape, "properties": {"s": self.codes[row]}, "id": row}
            for row, shape in zip(found.tolist(), cut, strict=True)
            if not shape.is_empty
        ]
        options = {"quantize_bounds": (west, south, east, north), "extents": EXTENT}
        told = {"name": "features", "features": features}
        return bytes(mapbox_vector_tile.encode(told, default_options=options))


PLAIN: LiteralString = """
    select st_asmvt(t, 'features', 4096, 'shape', 'number') from (
        select number, coalesce(m.code, 0) as s,
            st_asmvtgeom(shape, st_tileenvelope(%(z)s, %(x)s, %(y)s), 4096, 256, true) as shape
        from feature_drawn_1 left join coded as m using (number)
        where shape && st_tileenvelope(%(z)s, %(x)s, %(y)s, margin => 0.0625)
    ) as t where shape is not null
"""
"""The stock way: the same stored shapes in EPSG:3857 and the same index, codes in a table."""


@contextmanager
def _database(
    url: str, frame: gpd.GeoDataFrame, signs: Signs, made: list[Made]
) -> Iterator[dict[str, MakeTile]]:
    """Yield the ways of a database, none without an address."""
    if not url:
        yield {}
        return
    import psycopg  # not needed without an address

    place = f"{url}{'&' if '?' in url else '?'}options={quote(f'-csearch_path={SCHEMA}')}"
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(f"drop schema if exists {SCHEMA} cascade")
        database.execute(f"create schema {SCHEMA}")
        try:
            store = open_features(place)
            start = time.perf_counter()
            store.write(LAYER, frame, NOTE)
            seconds = time.perf_counter() - start
            database.execute(f"set search_path = {SCHEMA}, public")
            database.execute("set jit = off")
            row = database.execute(
                "select pg_total_relation_size('feature_drawn_1') / 1e6"
            ).fetchone()
            kept = float(row[0]) if row else 0.0
            made.append(Made("PostGIS", seconds, kept, "in tables, beside the rows"))
            database.execute("create table coded (number bigint primary key, code integer)")
            with database.cursor() as cursor, cursor.copy("copy coded from stdin") as lines:
                numbers = {row[1]: row[0] for row in database_rows(place)}
                for one, code in zip(signs.ids.tolist(), signs.codes.tolist(), strict=True):
                    lines.write_row((numbers[one], code))
            database.execute("vacuum analyze coded")
            database.execute("vacuum analyze feature_drawn_1")

            def plain(address: TileAddress) -> bytes:
                asked = {"z": address.z, "x": address.x, "y": address.y}
                told = database.execute(PLAIN, asked, binary=True).fetchone()
                return bytes(told[0]) if told else b""

            yield {
                "ours, PostGIS": lambda address: store.tile(LAYER, address, Look(), signs),
                "ST_AsMVT": plain,
            }
        finally:
            database.execute(f"drop schema {SCHEMA} cascade")


def database_rows(place: str) -> list[tuple[int, str]]:
    """Return number and id of every parcel in the database."""
    import psycopg

    with psycopg.connect(place) as database:
        return database.execute("select number, id from feature_drawn_1").fetchall()


# ------------------------------------------------------------------------------- measuring


def _megabytes(index: LayerIndex) -> float:
    columns = index.columns
    flat = [one for one in vars(columns).values() if isinstance(one, np.ndarray)]
    flat += [*columns.codes.values(), *columns.days.values()]
    return (sum(one.nbytes for one in flat) + columns.texts.nbytes) / 1e6


def _addresses(
    frame: gpd.GeoDataFrame, zoom: int, chance: np.random.Generator, most: int
) -> list[TileAddress]:
    """Return random tiles of a zoom that hold something."""
    some = frame.geometry.to_numpy()[chance.integers(0, len(frame), 200 * most)]
    degrees = shapely.get_coordinates(shapely.centroid(some))
    at = np.unique(to_world(degrees).astype(np.int64) >> (32 - zoom), axis=0)
    return [TileAddress(zoom, int(x), int(y)) for x, y in chance.permutation(at)[:most]]


def _time(
    way: str, zoom: int, make: MakeTile, addresses: list[TileAddress], others: Others
) -> tuple[Line | None, list[float]]:
    if not way.startswith("ours"):
        full = (one for one in addresses if others.count(one) <= MOST_OF_OTHERS)
        addresses = list(full)[:TILES_OF_OTHERS]
        if not addresses:
            return None, []
    make(addresses[0])  # what is kept for a look is found out before
    taken, sizes, holds = [], [], set()
    for address in addresses:
        start = time.perf_counter()
        tile = make(address)
        taken.append((time.perf_counter() - start) * 1000)
        sizes.append(len(tile))
        holds.add("cells" if b"\x0a\x05cells" in tile[:16] else "features")
    median_ms, p99_ms = (float(np.percentile(taken, share)) for share in (50, 99))
    held = " or ".join(sorted(holds))
    return Line(way, zoom, len(taken), median_ms, p99_ms, max(sizes), held), taken


def _bounds(address: TileAddress) -> tuple[float, float, float, float]:
    """Return west, south, east and north of a tile in the metres of EPSG:3857."""
    side = SQUARE_M / (1 << address.z)
    west, north = address.x * side - SQUARE_M / 2, SQUARE_M / 2 - address.y * side
    return west, north - side, west + side, north


# ------------------------------------------------------------------------------- comparing


def _compare(
    index: LayerIndex,
    ways: dict[str, MakeTile],
    frame: gpd.GeoDataFrame,
    chance: np.random.Generator,
) -> int:
    """Return how many tiles were decoded and found the same by all ways; raise if one differs."""
    compared = 0
    for zoom in (14, 15, 16):
        for address in _addresses(frame, zoom, chance, 3):
            told = {
                way: {
                    _name(way, n, index, frame): one for n, one in _decoded(make(address)).items()
                }
                for way, make in ways.items()
            }
            for way, features in told.items():
                _assert_same(way, address, told["ours, embedded"], features)
            compared += 1
    return compared


def _name(way: str, number: int, index: LayerIndex, frame: gpd.GeoDataFrame) -> str:
    """Return the id of the feature that a way gives a number."""
    if way == "ours, embedded":
        told = index.named(number)
        return told[0] if told else ""
    first = 0 if way == "shapely and mapbox-vector-tile" else 1  # rows are numbered from 1
    return str(frame["id"].iloc[number - first])


def _decoded(tile: bytes) -> dict[int, tuple[Any, int]]:
    told = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})
    return {
        one["id"]: (shapely.geometry.shape(one["geometry"]), one["properties"]["s"])
        for one in told["features"]["features"]
    }


def _assert_same(
    way: str, address: TileAddress, ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    """Hold the features within a tile against each other: which, their codes, their corners."""
    square = shapely.box(0, 0, EXTENT, EXTENT)
    for one, other in ((ours, theirs), (theirs, ours)):
        for name, (shape, code) in one.items():
            seen = shapely.intersection(shapely.make_valid(shape), square)
            if seen.is_empty or (name not in other and seen.area < STEPS):
                continue
            if name not in other or other[name][1] != code:
                raise AssertionError(way, address, name)
            corners = shapely.points(shapely.get_coordinates(seen))
            if shapely.distance(corners, other[name][0]).max(initial=0) > STEPS:
                raise AssertionError(way, address, name, shape, other[name][0])
