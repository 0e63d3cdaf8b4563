"""The steps of `big_map` that need a process of their own: filling, indexing, asking for tiles.

Each prints what it found as JSON, and its own peak of memory is nobody else's.
"""

import http.client
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from benchmarks.big_data import make_folder
from dashboard.routes.tile_pass import EVERYTHING
from dashboard.routes.tiles import tile_address
from dashboard.view import View
from geodata import open_features
from geodata.sample import SAMPLE_ON
from geodata.tiles import tile_of
from layers.hazards.occupied_farmland import LAYER

ROOT = Path(__file__).parents[1]
ALONE, MANY = 1, 8
ASKED = {ALONE: 300, MANY: 900}
"""How many tiles one client asks for alone, and how many eight of them between them."""
ZOOMS = range(9, 18)
BOX = (103.4, 35.9, 104.2, 36.4)
OK = 200

Tile = tuple[int, int, int]


def in_child(*asked: object, environment: dict[str, str] | None = None) -> dict[str, Any]:
    """Return what a step finds in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.big_steps", *map(str, asked)]
    said = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    return found


def fill(folder: str, parcels: str) -> dict[str, Any]:
    """Fill a data folder; return a place amid the parcels of each office, and their number."""
    made = make_folder(Path(folder), int(parcels))
    places = made.geometry.representative_point()
    middles = {}
    for office, some in places.groupby(made["jurisdiction"]):
        x, y = some.x.to_numpy(), some.y.to_numpy()
        nearest = int(np.argmin(np.hypot(x - np.median(x), y - np.median(y))))
        middles[str(office)] = (float(y[nearest]), float(x[nearest]))
    counts = made["jurisdiction"].value_counts().to_dict()
    return {"middles": middles, "counts": counts}


def index(folder: str) -> dict[str, Any]:
    """Ask a folder for which no index is made; return the seconds, and the peak of memory."""
    store = open_features(f"file:{Path(folder) / 'features'}")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, worked = time.perf_counter(), time.process_time()
    store.span(LAYER.id)
    took, work = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "index_s": took,
        "index_work_s": work,
        "index_peak_mb": peak / 1e3,
        "before_mb": before / 1e3,
    }


def tiles(url: str, revision: str) -> dict[str, Any]:
    """Ask an app for tiles it has not made, then again: tiles a second, and how long one takes."""
    path = tile_address(LAYER.id, View(), revision, EVERYTHING, time.time())
    path = path.replace("{day}", SAMPLE_ON.isoformat())
    chosen = distinct_tiles(sum(ASKED.values()))
    shares = {ALONE: chosen[: ASKED[ALONE]], MANY: chosen[ASKED[ALONE] :]}
    found: dict[str, float] = {}
    for state in ("made", "kept"):
        for clients, some in shares.items():
            rate, took, sizes = _ask(url, path, some, clients)
            found[f"{state}_{clients}"] = rate
            if clients == ALONE:
                found |= {
                    f"{state}_median_ms": 1e3 * median(took),
                    f"{state}_p99_ms": 1e3 * quantiles(took, n=100)[98],
                    "greatest_kb": max(sizes) / 1e3,
                }
    return found


def distinct_tiles(number: int) -> list[Tile]:
    """Return so many different tiles over the city, as many of each zoom as there are."""
    chance = np.random.default_rng(3)
    by_zoom = []
    for zoom in ZOOMS:
        first, last = tile_of(zoom, BOX[0], BOX[3]), tile_of(zoom, BOX[2], BOX[1])
        columns, rows = range(first.x, last.x + 1), range(first.y, last.y + 1)
        all_of_it = [(zoom, x, y) for x in columns for y in rows]
        by_zoom.append([all_of_it[one] for one in chance.permutation(len(all_of_it))])
    chosen: list[Tile] = []
    for turn in range(max(map(len, by_zoom))):
        chosen += [some[turn] for some in by_zoom if turn < len(some)]
        if len(chosen) >= number:
            break
    chosen = chosen[:number]
    return [chosen[one] for one in chance.permutation(len(chosen))]


def _ask(
    url: str, path: str, some: Sequence[Tile], clients: int
) -> tuple[float, list[float], list[int]]:
    """Return tiles a second of so many clients, the seconds and bytes of each tile."""
    shares = [some[one::clients] for one in range(clients)]
    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(partial(_ask_alone, url, path), shares))
    rate = len(some) / (time.perf_counter() - started)
    flat = [one for answer in answers for one in answer]
    return rate, [one for one, _ in flat], [size for _, size in flat]


def _ask_alone(url: str, path: str, some: Sequence[Tile]) -> list[tuple[float, int]]:
    place, told = urlsplit(url), []
    line = http.client.HTTPConnection(place.hostname or "", place.port)
    for z, x, y in some:
        asked = path.replace("{z}", f"{z}").replace("{x}", f"{x}").replace("{y}", f"{y}")
        started = time.perf_counter()
        line.request("GET", f"/{asked}")
        answer = line.getresponse()
        size = len(answer.read())
        if answer.status != OK:
            raise ConnectionError(answer.status, asked)
        told.append((time.perf_counter() - started, size))
    line.close()
    return told


STEPS: dict[str, Callable[..., dict[str, Any]]] = {"fill": fill, "index": index, "tiles": tiles}

if __name__ == "__main__":
    step, *given = sys.argv[1:]
    print(json.dumps(STEPS[step](*given)))
