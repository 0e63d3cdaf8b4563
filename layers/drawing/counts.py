"""How a count per district is shown: one or two would point at people, and is not shown."""

from collections.abc import Iterable, Mapping

import geopandas as gpd
import pandas as pd

from geodata.selection import have_place

SMALLEST_SHOWN = 3
Unplaced = Mapping[tuple[str, str], int]
"""What has no place on the map: the count of a layer in a district, by (district, layer)."""


def count_unplaced(features: gpd.GeoDataFrame, crowd: pd.DataFrame | None = None) -> Unplaced:
    """Return the summed counts of features without a place, by district and layer.

    `crowd` is a census by layer of what is not among the features.
    """
    columns = ["jurisdiction", "layer", "count"]
    counted = features.loc[~have_place(features), columns]
    if crowd is not None and len(crowd):
        more = crowd.loc[~crowd["is_placed"].astype(bool) & crowd["jurisdiction"].ne(""), columns]
        counted = pd.concat([pd.DataFrame(counted), more])
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
