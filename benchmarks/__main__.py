"""`python -m benchmarks` measures everything here and prints tables of ratios.

`python -m benchmarks overview`, `cases` or `intake` measures one thing alone; a number after
`intake` is that of the rows.
"""

import os
import sys

from benchmarks import cases, intake


def main(asked: tuple[str, ...]) -> None:
    """Print a table of each: what, ours, the other way, how many times quicker."""
    if "overview" in asked:
        _show_overview()
    if "cases" in asked:
        print(cases.table(cases.measure()))
    if "intake" in asked:
        rows = next((int(one) for one in asked if one.isdigit()), intake.ROWS)
        print(intake.table(intake.measure(rows)))


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
    main(tuple(sys.argv[1:]) or ("overview", "cases", "intake"))
