"""Which pairs are worth comparing, and what speaks for and against each: columns of levels.

A pair's evidence rests on its own two rows and on nothing else, so further rows in a list never
change what was found about others.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from geodata.crs import GEOD, STORED, undo_shift
from geodata.overlay import centre_of, plane_around
from layers.matching.reading import CHINESE, NameParts, Reader, plain
from layers.matching.weights import START, WEIGHTS

Told = TypeVar("Told")
Rows = NDArray[np.int64]
Cells = NDArray[np.object_]
Parts = Mapping[str, Cells]
"""What texts say: one column of cells a part, all of one length."""

DATUM_M = 100.0
"""How near two places must come, once one of them is taken for GCJ-02, to speak for that."""
FAR_M = 3000.0
"""How far apart rows of one name, telephone or street number are still looked at."""
MOST_PER_KEY = 20_000
"""How many pairs one name or word may bring; a word that brings more is named and left aside."""
SHORTEST_LANDMARK = 2
STRETCH = 1.03  # how much the plane may shorten a distance, some thousand kilometres off its centre
DISTANCES = {"within_30": 30, "within_80": 80, "within_150": 150, "within_300": 300}
DISTANCES |= {"within_600": 600, "within_2000": 2000}
LIKENESS = {"equal": 99.9, "close": 84.9, "like": 59.9, "some": 39.9}
MOST_WITHIN, LEAST_WITHIN = 90.0, 75.0  # a name within a longer one: of three letters, of two
NEAR_NUMBERS = 12
"""How far apart two house numbers may be and still be those of neighbours, or of one slip."""


@dataclass(frozen=True)
class Read:
    """The rows of one list as they are compared: texts in parts, places in degrees.

    Sorted by id; `lon` and `lat` are NaN where a row has no place.
    """

    ids: Cells
    parts: Parts
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    facts: Cells

    @property
    def has_place(self) -> NDArray[np.bool_]:
        """Return which rows have a place."""
        return ~np.isnan(self.lon)


# --------------------------------------------------------------------------------- reading


def read_rows(texts: Mapping[str, list[str]], places: gpd.GeoSeries | None, reader: Reader) -> Read:
    """Return the rows of a list in parts; `texts` by role: id, name, address, operator, ..."""
    ids = np.array(texts["id"], dtype=object)
    order = np.argsort(ids.astype(str), kind="stable")
    texts = {role: [cells[at] for at in order] for role, cells in texts.items()}
    lon, lat = _degrees(places, order)
    told = {role: texts.get(role, [""] * len(ids)) for role in ROLES}
    return Read(ids[order], _parts(told, reader), lon, lat, _fingerprints(told, lon, lat))


ROLES = ("name", "address", "operator", "phone", "locality")


def _degrees(
    places: gpd.GeoSeries | None, order: Rows
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitudes and latitudes; of an area or a line, of a point on it."""
    if places is None:
        empty = np.full(len(order), np.nan)
        return empty, empty.copy()
    shapes = places.to_numpy()[order]
    shapes = np.asarray(np.where(shapely.is_empty(shapes), None, shapes), dtype=object)
    is_other = ~shapely.is_missing(shapes) & (shapely.get_type_id(shapes) != 0)
    shapes[is_other] = shapely.point_on_surface(shapes[is_other])
    lon, lat = shapely.get_x(shapes), shapely.get_y(shapes)
    is_place = np.isfinite(lon) & np.isfinite(lat)
    return np.where(is_place, lon, np.nan), np.where(is_place, lat, np.nan)


def _fingerprints(
    told: Mapping[str, list[str]], lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> Cells:
    """Return a hash of everything that is compared of each row; places to a decimetre."""
    places = zip(np.round(lon, 6).tolist(), np.round(lat, 6).tolist(), strict=True)
    rows = zip(*(told[role] for role in ROLES), places, strict=True)
    return np.array(
        [
            hashlib.blake2b(
                json.dumps([*row[:-1], str(row[-1])], ensure_ascii=False).encode(), digest_size=8
            ).hexdigest()
            for row in rows
        ],
        dtype=object,
    )


def _parts(told: Mapping[str, list[str]], reader: Reader) -> Parts:
    """Return what names, addresses and operators say, one column a part; each text read once."""
    operators = _each(told["operator"], reader.read_operator)
    names = [
        reader.read_name(name, company)
        for name, (_, company) in zip(told["name"], operators, strict=True)
    ]
    addresses = _each(told["address"], reader.read_address)
    at = [
        address if address.streets or name.address is None else name.address
        for name, address in zip(names, addresses, strict=True)
    ]
    columns: dict[str, list[Any]] = {
        "core": [one.core for one in names],
        "stem": [one.stem for one in names],
        "venue": [one.venue for one in names],
        "marks": [one.marks for one in names],
        "mark": ["".join(one.marks) for one in names],
        "brands": [
            frozenset(brands) | frozenset(name.brands)
            for (brands, _), name in zip(operators, names, strict=True)
        ],
        "company": [company for _, company in operators],
        "whole_name": _each(told["name"], plain),
        "is_street": [bool(one.address and one.core in one.address.streets) for one in names],
        "streets": [
            (*one.streets, *_street_named(name, one.streets))
            for name, one in zip(names, at, strict=True)
        ],
        "number": [one.number for one in at],
        "suffix": [one.suffix for one in at],
        "is_beside": [one.is_beside for one in at],
        "landmark": _each([one.rest for one in addresses], reader.read_landmark),
        "whole_address": _each(told["address"], plain),
        "districts": [frozenset(one.districts) for one in addresses],
        "locality": _each(told["locality"], plain),
        "phone": ["".join(filter(str.isdigit, plain(one))) for one in told["phone"]],
    }
    return {name: cells(told) for name, told in columns.items()}


def cells(values: list[Any]) -> Cells:
    """Return values as a column, tuples and sets being single cells of it."""
    column = np.empty(len(values), dtype=object)
    for at, value in enumerate(values):
        column[at] = value
    return column


def _street_named(name: NameParts, streets: tuple[str, ...]) -> tuple[str, ...]:
    """Return the street that a name consists of, if the address has not told it."""
    named = () if name.address is None else name.address.streets
    return tuple(one for one in named if one == name.core and one not in streets)


def _each(texts: list[str], read: Callable[[str], Told]) -> list[Told]:
    known = {text: read(text) for text in dict.fromkeys(texts)}
    return [known[text] for text in texts]


# ------------------------------------------------------------------------------- candidates


def find_candidates(
    first: Read, second: Read, within_m: float
) -> tuple[Rows, Rows, dict[str, int]]:
    """Return the pairs worth comparing, as rows of each side, and the words left aside.

    Near each other; near once one is taken for GCJ-02; of one name, telephone or street
    number up to FAR_M apart; and, where one has no place, with a word of the name in common.
    """
    found = [
        _near(first, second, within_m),
        *(_near(_undone(first, side == 0), _undone(second, side == 1), DATUM_M) for side in (0, 1)),
    ]
    aside: dict[str, int] = {}
    exact = _sharing(_exact_keys(first), _exact_keys(second), aside)
    distance = distances_m(first, second, *exact)
    is_far = distance > FAR_M
    found.append((exact[0][~is_far], exact[1][~is_far]))
    for is_asked, other in (
        ((~first.has_place, np.ones(len(second.ids), bool))),
        ((first.has_place, ~second.has_place)),
    ):
        found.append(_sharing(_word_keys(first, is_asked), _word_keys(second, other), aside))
    i, j = (np.concatenate(side) for side in zip(*found, strict=True))
    code = np.unique(i * len(second.ids) + j)
    return code // len(second.ids), code % len(second.ids), aside


def _undone(read: Read, is_shifted: bool) -> Read:  # noqa: FBT001
    if not is_shifted or not read.has_place.any():
        return read
    lon, lat = read.lon.copy(), read.lat.copy()
    at = read.has_place
    lon[at], lat[at] = undo_shift("gcj02", read.lon[at], read.lat[at])
    return Read(read.ids, read.parts, lon, lat, read.facts)


def _near(first: Read, second: Read, within_m: float) -> tuple[Rows, Rows]:
    """Return the pairs at most so many metres apart on the ellipsoid."""
    rows = [np.flatnonzero(side.has_place) for side in (first, second)]
    if not len(rows[0]) or not len(rows[1]):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    lon = np.concatenate([first.lon[rows[0]], second.lon[rows[1]]])
    lat = np.concatenate([first.lat[rows[0]], second.lat[rows[1]]])
    centre = centre_of((lon.min(), lat.min(), lon.max(), lat.max()))
    flat = gpd.GeoSeries(shapely.points(lon, lat), crs=STORED).to_crs(plane_around(centre))
    one, other = np.split(flat.to_numpy(), [len(rows[0])])
    i, j = shapely.STRtree(other).query(one, predicate="dwithin", distance=within_m * STRETCH)
    i, j = rows[0][i], rows[1][j]
    is_near = distances_m(first, second, i, j) <= within_m
    return i[is_near], j[is_near]


def distances_m(first: Read, second: Read, i: Rows, j: Rows) -> NDArray[np.float64]:
    """Return the geodesic distance of each pair in metres, NaN where one has no place."""
    # in one order whichever side comes first, so that both ways round give the same number
    ends = np.array([first.lon[i], first.lat[i], second.lon[j], second.lat[j]])
    is_turned = (ends[0] > ends[2]) | ((ends[0] == ends[2]) & (ends[1] > ends[3]))
    ends = np.where(is_turned, ends[[2, 3, 0, 1]], ends)
    distance = np.full(len(i), np.nan)
    known = ~np.isnan(ends).any(axis=0)
    distance[known] = GEOD.inv(*ends[:, known])[2]
    return distance


Keys = dict[str, list[int]]


def _exact_keys(read: Read) -> Keys:
    keys: Keys = {}
    columns = (read.parts[name] for name in ("core", "phone", "streets", "number"))
    for row, (core, phone, streets, number) in enumerate(zip(*columns, strict=True)):
        if len(core) >= SHORTEST_LANDMARK:
            keys.setdefault(f"={core}", []).append(row)
        if phone:
            keys.setdefault(f"tel {phone}", []).append(row)
        if number is not None:
            for street in streets:
                keys.setdefault(f"{street} {number}", []).append(row)
    return keys


def _word_keys(read: Read, is_asked: NDArray[np.bool_]) -> Keys:
    """Return rows by the words of their name and landmark: latin words, pairs of letters."""
    keys: Keys = {}
    stems, landmarks = read.parts["stem"], read.parts["landmark"]
    for row in np.flatnonzero(is_asked).tolist():
        for word in _words_of(stems[row]) | _words_of(landmarks[row]):
            keys.setdefault(word, []).append(row)
    return keys


def _words_of(text: str) -> set[str]:
    if CHINESE.search(text):
        return {text[at : at + 2] for at in range(len(text) - 1)}
    return {word for word in text.split() if len(word) > SHORTEST_LANDMARK}


def _sharing(one: Keys, other: Keys, aside: dict[str, int]) -> tuple[Rows, Rows]:
    """Return the pairs that share a key; keys of too many pairs are left aside, by name."""
    i, j = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for key in sorted(one.keys() & other.keys()):
        many = len(one[key]) * len(other[key])
        if many > MOST_PER_KEY:
            aside[key] = max(many, aside.get(key, 0))
            continue
        i.append(np.repeat(one[key], len(other[key])))
        j.append(np.tile(other[key], len(one[key])))
    return np.concatenate(i).astype(np.int64), np.concatenate(j).astype(np.int64)


# -------------------------------------------------------------------------------- comparing


def compare(first: Read, second: Read, i: Rows, j: Rows) -> pd.DataFrame:
    """Return what speaks for and against each pair: a level per part, measures, and the bits."""
    one: Parts = {name: column[i] for name, column in first.parts.items()}
    other: Parts = {name: column[j] for name, column in second.parts.items()}
    one, other = _without_company(one, other), _without_company(other, one)
    distance, likeness = distances_m(first, second, i, j), _name_likeness(one, other)
    shifted_distance, shifted = _datum_distances(first, second, i, j)
    levels = {
        "distance": _distance_levels(distance, shifted_distance),
        "name": _steps(likeness, LIKENESS, "unlike"),
        "landmark": _landmarks(one, other, likeness),
        "operator": _pairwise(_operator, one, other, ("brands", "company", "whole_name")),
        **{
            part: _pairwise(judge, one, other, columns, asked=_both_tell(one, other, column))
            for part, (judge, columns, column) in JUDGES.items()
        },
        "locality": _pairwise(
            _locality,
            one,
            other,
            ("locality", "districts"),
            asked=_both_tell(one, other, "locality") | _both_tell(one, other, "districts"),
        ),
    }
    worth = {part: {level: one.bits for level, one in WEIGHTS[part].items()} for part in levels}
    bits = sum(
        (
            np.fromiter(map(worth[part].__getitem__, told), float, len(i))
            for part, told in levels.items()
        ),
        np.full(len(i), START),
    )
    measures = {
        "bits": np.round(bits, 6),
        "distance_m": distance,
        "datum_distance_m": shifted_distance,
        "shifted": shifted,
        "name_likeness": likeness,
    }
    return pd.DataFrame({**measures, **levels})


def _without_company(one: Parts, other: Parts) -> Parts:
    """Return the rows of one side, their names without the company that the other row tells."""
    at = [
        row
        for row, (name, own, company) in enumerate(
            zip(one["whole_name"], one["company"], other["company"], strict=True)
        )
        if len(company) >= SHORTEST_LANDMARK and not own and company in name
    ]
    told = {name: one[name].copy() for name in ("core", "stem")}
    for column in told.values():
        for row in at:
            column[row] = column[row].replace(other["company"][row], "") or column[row]
    return {**one, **told}


def _datum_distances(
    first: Read, second: Read, i: Rows, j: Rows
) -> tuple[NDArray[np.float64], Cells]:
    """Return how far apart the places are if one of them is in GCJ-02, and which one."""
    ways = [
        distances_m(_undone(first, side == 0), _undone(second, side == 1), i, j) for side in (0, 1)
    ]
    is_first = ways[0] <= ways[1]
    return np.where(is_first, *ways), np.where(is_first, "first", "second").astype(object)


def _distance_levels(plainly: NDArray[np.float64], shifted: NDArray[np.float64]) -> Cells:
    far = np.select(
        [plainly <= limit for limit in DISTANCES.values()], list(DISTANCES), default="beyond"
    ).astype(object)
    is_datum = (plainly > DISTANCES["within_150"]) & (shifted <= DATUM_M)
    return np.where(np.isnan(plainly), "unknown", np.where(is_datum, "other_datum", far)).astype(
        object
    )


def _name_likeness(one: Parts, other: Parts) -> NDArray[np.float64]:
    """Return how alike two names are, 0 to 100, NaN where one says nothing of its own.

    A name that is only its street says nothing beside one that is not. The greatest of: the
    whole core; the core without the sort of place; one within the other; latin words in any
    order.
    """
    cores = [one["core"].tolist(), other["core"].tolist()]
    stems = [one["stem"].tolist(), other["stem"].tolist()]
    alike = np.maximum(
        process.cpdist(*cores, scorer=fuzz.ratio, dtype=np.float64),
        np.minimum(process.cpdist(*stems, scorer=fuzz.ratio, dtype=np.float64), 95.0),
    )
    for row in np.flatnonzero(alike < MOST_WITHIN).tolist():
        if stems[0][row] in stems[1][row] or stems[1][row] in stems[0][row]:
            alike[row] = max(alike[row], _within(stems[0][row], stems[1][row]))
    is_latin = np.fromiter(
        (" " in a or " " in b for a, b in zip(*cores, strict=True)), bool, len(cores[0])
    )
    words = process.cpdist(*cores, scorer=fuzz.token_set_ratio, dtype=np.float64)
    alike = np.where(is_latin, np.maximum(alike, np.minimum(words, 95.0)), alike)
    is_empty = np.array([not a or not b for a, b in zip(*cores, strict=True)], bool)
    is_empty |= one["is_street"] != other["is_street"]
    return np.where(is_empty, np.nan, np.round(alike, 3))


def _within(one: str, other: str) -> float:
    """Return how alike two names are of which one stands in the other."""
    short = min(one, other, key=len)
    if len(short) < SHORTEST_LANDMARK or not CHINESE.search(short):
        return 0.0
    return MOST_WITHIN if len(short) > SHORTEST_LANDMARK else LEAST_WITHIN


def _steps(numbers: NDArray[np.float64], steps: Mapping[str, float], rest: str) -> Cells:
    found = np.select([numbers >= least for least in steps.values()], list(steps), default=rest)
    return np.where(np.isnan(numbers), "unknown", found).astype(object)


Both = tuple[str, str]


def _pairwise(
    judge: Callable[..., str],
    one: Parts,
    other: Parts,
    columns: Iterable[str],
    *,
    asked: NDArray[np.bool_] | None = None,
    rest: str = "unknown",
) -> Cells:
    """Return the verdict of a judge, who is given both cells of each column, pair by pair.

    With `asked`, of those pairs; of others it is `rest`.
    """
    size = len(one["core"])
    at = np.arange(size) if asked is None else np.flatnonzero(asked)
    both = (zip(one[name][at].tolist(), other[name][at].tolist(), strict=True) for name in columns)
    found = np.full(size, rest, dtype=object)
    found[at] = list(map(judge, *both))
    return found


def _both_tell(one: Parts, other: Parts, column: str) -> NDArray[np.bool_]:
    """Return the pairs of which both rows say anything in a column."""
    told: NDArray[np.bool_] = one[column].astype(bool) & other[column].astype(bool)
    return told


def _told_apart(told: Both) -> str:
    return "agree" if told[0] == told[1] else "contradict"


def _landmarks(one: Parts, other: Parts, likeness: NDArray[np.float64]) -> Cells:
    """Return what addresses add about the place's name; nothing where the names agree already."""
    columns = ("stem", "landmark", "whole_address", "is_street")
    is_asked = ~(likeness >= LIKENESS["close"])
    return _pairwise(_landmark, one, other, columns, asked=is_asked, rest="none")


def _landmark(stems: Both, landmarks: Both, addresses: Both, are_streets: tuple[bool, bool]) -> str:
    if len(landmarks[0]) >= SHORTEST_LANDMARK and landmarks[0] == landmarks[1]:
        return "shared"
    for stem, text, is_street in zip(stems, reversed(addresses), are_streets, strict=True):
        is_long = len(stem) >= SHORTEST_LANDMARK
        if is_long and not is_street and stem in text and CHINESE.search(stem):
            return "told"
    return "none"


def _mark(marks: tuple[tuple[str, ...], tuple[str, ...]]) -> str:
    said = [(a, b) for a, b in zip(*marks, strict=True) if a and b]
    if not said:
        return "unknown"
    return "agree" if all(a == b for a, b in said) else "contradict"


def _address(
    streets: tuple[tuple[str, ...], tuple[str, ...]],
    numbers: tuple[int | None, int | None],
    suffixes: Both,
    are_beside: tuple[bool, bool],
) -> str:
    if not any(a.endswith(b) or b.endswith(a) for a in streets[0] for b in streets[1]):
        return "street_differs"
    one, other = numbers
    if one is None or other is None:
        return "street_same"
    if one == other:
        is_same = suffixes[0] == suffixes[1] or not all(suffixes)
        return "number_same" if is_same else "number_like"
    if any(are_beside):
        return "street_same"
    return "number_near" if abs(one - other) <= NEAR_NUMBERS else "number_differs"


def _operator(brands: tuple[frozenset[str], frozenset[str]], companies: Both, names: Both) -> str:
    is_told = [own and own in name for own, name in zip(companies, reversed(names), strict=True)]
    if brands[0] & brands[1] or any(is_told):
        return "agree"
    if all(brands):
        return "contradict"
    if not all(brand or own for brand, own in zip(brands, companies, strict=True)):
        return "unknown"
    return "agree" if all(companies) and _are_alike(*companies) else "differs"


def _are_alike(one: str, other: str) -> bool:
    return one in other or other in one or fuzz.ratio(one, other) >= LIKENESS["close"]


def _locality(told: Both, districts: tuple[frozenset[str], frozenset[str]]) -> str:
    if all(told):
        return "agree" if fuzz.partial_ratio(*told) >= LIKENESS["close"] else "contradict"
    return "agree" if districts[0] & districts[1] else "contradict"


JUDGES: Mapping[str, tuple[Callable[..., str], tuple[str, ...], str]] = {
    "venue": (_told_apart, ("venue",), "venue"),
    "mark": (_mark, ("marks",), "mark"),
    "address": (_address, ("streets", "number", "suffix", "is_beside"), "streets"),
    "phone": (_told_apart, ("phone",), "phone"),
}
"""Who judges a part, by which columns, and the one that both rows must fill."""
