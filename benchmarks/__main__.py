"""`python -m benchmarks` measures everything here and prints one table of ratios."""

import os

from benchmarks.overview import measure


def main() -> None:
    """Print the table: what, ours, the stock way, how many times quicker."""
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
    main()
