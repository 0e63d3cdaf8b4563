"""How a count per district is shown: one or two would point at people, and is not shown."""

from collections.abc import Iterable, Mapping

import geopandas as gpd

from geodata.selection import have_place

SMALLEST_SHOWN = 3
Unplaced = Mapping[tuple[str, str], int]
"""What has no place on the map: the count of a layer in a district, by (district, layer)."""


def count_unplaced(features: gpd.GeoDataFrame) -> Unplaced:
    """Return the summed counts of features without a place, by district and layer."""
    counted = features[~have_place(features)]
    sums = counted.groupby(["jurisdiction", "layer"], sort=False)["count"].sum()
    return {(office, layer): int(number) for (office, layer), number in sums.items()}


def show_count(count: int) -> str:
    """Return a count as text, "<3" where it is one or two.

    >>> show_count(2), show_count(0), show_count(12)
    ('<3', '0', '12')
    """
    return f"<{SMALLEST_SHOWN}" if 0 < count < SMALLEST_SHOWN else str(count)


def show_total(counts: Iterable[int]) -> str:
    """Return the total of counts without giving away any that is not shown itself.

    >>> show_total([12, 5]), show_total([12, 2]), show_total([2])
    ('17', '≥12', '<3')
    """
    every = list(counts)
    shown = [count for count in every if not 0 < count < SMALLEST_SHOWN]
    if len(shown) == len(every):
        return str(sum(every))
    return f"≥{sum(shown)}" if sum(shown) else f"<{SMALLEST_SHOWN}"
