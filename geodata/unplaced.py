"""Rows without a place: allowed, counted, and named as far as their words go; never at 0,0."""

from collections.abc import Iterator

import pandas as pd

from geodata.city import City
from geodata.gazetteer import Match, Named, read_gazetteer
from geodata.problems import Problem

STATUS = {"village": "village_named", "township": "township_named"}
"""What a certain name makes of the origin of a place; everything else is `unknown`."""

WORDS = ("township", "address", "name")
"""Columns whose words may name a township or village, the plainest first."""


def name_places(table: pd.DataFrame, city: City) -> pd.Series:
    """Return what the gazetteer makes of each row of a table that has no place.

    A row of which nobody knows even the office has no entry: there is nothing to count it by.
    """
    texts = pd.Series("", table.index, dtype="str")
    for column in WORDS:
        if column in table:
            texts = texts.str.cat(table[column].astype("str"), sep=" ")
    matches = read_gazetteer(city.id).find_all(texts, table["jurisdiction"])
    is_known = matches.map(lambda match: match.level != "none") | (table["jurisdiction"] != "")
    return matches[is_known.astype(bool)]


def fill_names(good: pd.DataFrame, matches: pd.Series) -> pd.DataFrame:
    """Return rows with township, office and origin of place filled from certain matches."""
    known = matches[matches.index.isin(good.index)]
    if known.empty:
        return good
    rows, filled = known.index, good.copy()
    filled.loc[rows, "geometry_status"] = [STATUS.get(match.level, "unknown") for match in known]
    told = {
        "township": [match.place.township if match.is_certain else "" for match in known],
        "jurisdiction": [match.place.office if match.is_certain else "" for match in known],
    }
    for column, names in told.items():
        given = filled.loc[rows, column]
        filled.loc[rows, column] = given.where(given != "", names)
    return filled


def say_unknown(matches: pd.Series) -> Iterator[Problem]:
    """Yield for each row what is known of its place, and who else bears the name."""
    for row, match in zip(matches.index.tolist(), matches, strict=True):
        names = "、".join(_told(one) for one in _candidates(match)[:5])
        facts = (("level", match.level), ("names", names))
        yield Problem(row, "geometry", "", "place_unknown", facts)


def _candidates(match: Match) -> list[Named]:
    return [*([match.place] if match.place else []), *match.others]


def _told(place: Named) -> str:
    return place.name if place.name == place.township else f"{place.township}{place.name}"
