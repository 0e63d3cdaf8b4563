"""`python -m benchmarks` measures what takes minutes and prints tables of ratios.

`python -m benchmarks NAME...` measures what is named: overview, cases, intake, overlay, matching,
visits, tiles, big_map, tile_layers or load. A number after intake, overlay or tiles is that of
the rows, numbers after big_map are those of the parcels. tiles takes the address of a database
with PostGIS, too; tile_layers fetches the other ways from npm.
"""

import os
import sys
from collections.abc import Callable, Sequence

from benchmarks import cases, intake, matching, overlay, visits

USUAL = ("overview", "cases", "intake", "overlay", "matching", "visits")


def main(asked: Sequence[str]) -> None:
    """Print a table of each: what, ours, the other way, how many times quicker."""
    for name in (one for one in asked if one in MEASURES):
        print(MEASURES[name](asked))


def _numbers(asked: Sequence[str]) -> tuple[int, ...]:
    return tuple(int(one) for one in asked if one.isdigit())


def _overview(_: Sequence[str]) -> str:
    from benchmarks.overview import measure  # needs a browser, which cases do not

    ours, stock = measure()
    lines = [
        f"{os.cpu_count()} cores, software rendering, demonstration data (403 places)\n",
        "| what | ours | folium.GeoJson rebuilt | ratio |",
        "|---|---|---|---|",
    ]
    for what, one, other in (
        ("first full picture", ours.opening_s, stock.opening_s),
        ("a filter painted", ours.filter_s, stock.filter_s),
    ):
        lines.append(f"| {what} | {one:.2f} s | {other:.2f} s | {other / one:.1f} |")
    return "\n".join(lines)


def _tiles(asked: Sequence[str]) -> str:
    from benchmarks import tiles  # needs mapbox-vector-tile

    url = next((one for one in asked if one.startswith("postgresql:")), "")
    return tiles.table(tiles.measure((*_numbers(asked), tiles.ROWS)[0], url))


def _big_map(asked: Sequence[str]) -> str:
    from benchmarks import big_map  # needs a browser

    measured = big_map.table(big_map.measure(_numbers(asked) or big_map.SIZES))
    return f"{os.cpu_count()} cores, software rendering, {big_map.ROUNDS} rounds\n\n{measured}"


def _tile_layers(_: Sequence[str]) -> str:
    from benchmarks import tile_layers  # needs a browser and npm

    return tile_layers.table(tile_layers.measure())


def _load(_: Sequence[str]) -> str:
    from benchmarks import load  # needs the client of websockets

    return load.table(load.measure())


MEASURES: dict[str, Callable[[Sequence[str]], str]] = {
    "overview": _overview,
    "cases": lambda _: cases.table(cases.measure()),
    "intake": lambda asked: intake.table(intake.measure((*_numbers(asked), intake.ROWS)[0])),
    "overlay": lambda asked: overlay.table(
        tuple(overlay.measure((*_numbers(asked), overlay.PARCELS)[0]))
    ),
    "matching": lambda _: matching.table(matching.measure()),
    "visits": lambda _: visits.table(visits.measure()),
    "tiles": _tiles,
    "big_map": _big_map,
    "tile_layers": _tile_layers,
    "load": _load,
}

if __name__ == "__main__":
    main(sys.argv[1:] or USUAL)
