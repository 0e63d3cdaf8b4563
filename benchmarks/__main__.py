"""`python -m benchmarks` measures everything here and prints tables of ratios.

`python -m benchmarks overview`, `cases`, `intake`, `overlay`, `matching`, `tiles`, `big_map`,
`tile_layers` or `visits` measures one thing alone; a number after `intake`, `overlay` or `tiles`
is that of the rows, numbers after `big_map` are those of the parcels. `tiles` takes the address
of a database with PostGIS, too; `tile_layers` fetches the other ways from npm.
"""

import os
import sys

from benchmarks import cases, intake, matching, overlay, visits


def main(asked: tuple[str, ...]) -> None:
    """Print a table of each: what, ours, the other way, how many times quicker."""
    if "overview" in asked:
        _show_overview()
    if "cases" in asked:
        print(cases.table(cases.measure()))
    if "intake" in asked:
        rows = next((int(one) for one in asked if one.isdigit()), intake.ROWS)
        print(intake.table(intake.measure(rows)))
    if "overlay" in asked:
        parcels = next((int(one) for one in asked if one.isdigit()), overlay.PARCELS)
        print(overlay.table(tuple(overlay.measure(parcels))))
    if "matching" in asked:
        print(matching.table(matching.measure()))
    if "visits" in asked:
        print(visits.table(visits.measure()))
    if "tiles" in asked:
        from benchmarks import tiles  # needs mapbox-vector-tile

        rows = next((int(one) for one in asked if one.isdigit()), tiles.ROWS)
        url = next((one for one in asked if one.startswith("postgresql:")), "")
        print(tiles.table(tiles.measure(rows, url)))
    if "big_map" in asked:
        from benchmarks import big_map  # needs a browser

        sizes = tuple(int(one) for one in asked if one.isdigit()) or big_map.SIZES
        print(f"{os.cpu_count()} cores, software rendering, {big_map.ROUNDS} rounds\n")
        print(big_map.table(big_map.measure(sizes)))
    if "tile_layers" in asked:
        from benchmarks import tile_layers  # needs a browser and npm

        print(tile_layers.table(tile_layers.measure()))


def _show_overview() -> None:
    from benchmarks.overview import measure  # needs a browser, which cases do not

    ours, stock = measure()
    print(f"{os.cpu_count()} cores, software rendering, demonstration data (403 places)\n")
    print("| what | ours | folium.GeoJson rebuilt | ratio |")
    print("|---|---|---|---|")
    for what, one, other in (
        ("first full picture", ours.opening_s, stock.opening_s),
        ("a filter painted", ours.filter_s, stock.filter_s),
    ):
        print(f"| {what} | {one:.2f} s | {other:.2f} s | {other / one:.1f} |")


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or ("overview", "cases", "intake", "overlay", "matching", "visits"))
