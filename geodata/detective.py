"""In which coordinate system numbers are, proposed with evidence and never taken in silence.

The size of the numbers says what they can be; outlines, rivers, stated districts and rows already
stored say what they fit. Two systems that lie 200 m apart are told from each other only by rows
for which that matters, and these are counted for each side.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.candidates import (
    SAME_M,
    Candidate,
    Catalogue,
    even_steps,
    is_same,
    kept_name,
    metres_between,
    name_in,
    overall_fit,
    rank,
)
from geodata.evidence import (
    SAME_PLACE_M,
    WEIGHTS,
    Fit,
    Flags,
    Ground,
    Numbers,
    Positions,
    Sample,
    fit,
    known_rows,
    row_points,
    stated_areas,
)
from geodata.helmert import Helmert
from geodata.magnitudes import NOWHERE, ODD, Shape, shapes_of

Verdict = Literal["declared", "certain", "proposed", "undecided", "impossible"]

MOST_JUDGED = 5000
FEWEST_JUDGED = 200  # of each group, if it has as many
MOST_KNOWN = 2000
MOST_GROUPS = 8
MOST_CANDIDATES = 8
MOST_VERTICES = 24  # of each shape
MOST_NAMED = 50  # rows that fit nothing
EXAMPLES = 3  # rows of a group
GHOST_ROWS, GHOST_SYSTEMS = 40, 5

TELLING_M = 5000.0  # systems this far from each other are told apart by the outlines alone
FEWEST_CERTAIN, CERTAIN_M, REFUTED_M = 5, 10.0, 50.0
WELL_EXPLAINED, HALF = 0.9, 0.5
SMALL_GROUP = 0.05  # of the rows: what such a group leaves open decides nothing


@dataclass(frozen=True)
class Group:
    """Rows of one file that one system explains, and what else they could be.

    `shape` names the size of their numbers. `system` is blank where rows fit several systems
    of the file alike and nothing tells to which they belong. `rows` counts them in the whole
    file, by extrapolation if `is_estimate`; `examples` are row numbers.
    """

    shape: str
    system: str
    verdict: Verdict
    rows: int
    is_estimate: bool
    candidates: tuple[Candidate, ...]
    examples: tuple[int, ...]


@dataclass(frozen=True)
class Ghost:
    """Where a row would lie in one system, degrees of EPSG:4490."""

    row: int
    system: str
    lon: float
    lat: float


@dataclass(frozen=True)
class Finding:
    """What was found about a file; `candidates` are those of all groups, the largest first.

    `rows` counts all rows, `placed` those with two numbers that are not 0,0. `strays` lie
    nowhere around the city in any system, where others do; at most MOST_NAMED are named.
    `distances` are medians in metres between the best candidates. `doubt` is the system
    that fits clearly better than the declared one.
    """

    verdict: Verdict
    declared: str
    rows: int
    placed: int
    judged: int
    groups: tuple[Group, ...]
    strays: tuple[int, ...]
    strays_count: int
    strays_are_estimate: bool
    distances: tuple[tuple[str, str, float], ...] = ()
    ghosts: tuple[Ghost, ...] = ()
    doubt: str = ""

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """Return the candidates of all groups, those of the largest first, each system once."""
        first: dict[str, Candidate] = {}
        for one in self.groups:
            for candidate in one.candidates:
                first.setdefault(candidate.system, candidate)
        return tuple(first.values())

    @property
    def is_mixed(self) -> bool:
        """Return whether the rows of this file are in more than one system."""
        return len({one.system for one in self.groups}) > 1

    def __str__(self) -> str:
        """Return the verdict and the systems in a line, for logs and tracebacks."""
        return f"{self.verdict}: " + ", ".join(
            one.system for one in self.candidates[:GHOST_SYSTEMS]
        )


def rows_of_numbers(x: Iterable[float], y: Iterable[float], **columns: object) -> gpd.GeoDataFrame:
    """Return rows as `investigate` takes them from two columns of numbers, NaN for none."""
    points = shapely.points(np.asarray(x, float), np.asarray(y, float))
    points[np.isnan(shapely.get_x(points)) | np.isnan(shapely.get_y(points))] = None
    index = pd.RangeIndex(1, len(points) + 1)
    return gpd.GeoDataFrame(dict(columns), index=index, geometry=gpd.GeoSeries(points, index))


def investigate(
    rows: gpd.GeoDataFrame,
    ground: Ground,
    *,
    declared: str = "",
    on_rivers: bool = False,
    parameters: Helmert | None = None,
) -> Finding:
    """Return the systems that rows may be in, ranked by evidence.

    `rows` hold places in the plain numbers of the file, indexed by row number, and where the
    file has them the columns id, name, jurisdiction and township. `declared` is the system
    the file names. `on_rivers` says that the rows are river reaches. With `parameters` the
    old datums are judged as well. At most some MOST_JUDGED rows are looked at closely; the
    size of the numbers is looked at in all.
    """
    x, y = row_points(rows.geometry.to_numpy())
    shapes = shapes_of(x, y)
    case = _Case(rows, ground, x, y, known_rows(rows, ground), on_rivers)
    declared = kept_name(declared, parameters)
    systems_of = Catalogue(declared, parameters)
    sizes = pd.Series(shapes[shapes > ODD]).value_counts().index.tolist()
    samples = {
        code: case.sample(np.flatnonzero(shapes == code), len(x)) for code in sizes[:MOST_GROUPS]
    }
    parted = [
        _part(case, sample, Shape.of(code).name, systems_of(code), int((shapes == code).sum()))
        for code, sample in samples.items()
    ]
    odd = np.flatnonzero((shapes == ODD) | np.isin(shapes, sizes[MOST_GROUPS:]))
    strays = [
        *rows.index[odd].tolist()[:MOST_NAMED],
        *(row for one in parted for row in one.strays),
    ]
    groups = sorted((group for one in parted for group in one.groups), key=lambda one: -one.rows)
    found = Finding(
        verdict="declared" if declared else "impossible",
        declared=declared,
        rows=len(rows),
        placed=int((shapes != NOWHERE).sum()),
        judged=sum(map(len, samples.values())),
        groups=tuple(groups),
        strays=tuple(sorted(strays)[:MOST_NAMED]),
        strays_count=len(odd) + sum(one.strays_count for one in parted),
        strays_are_estimate=any(one.is_estimate and one.strays_count for one in parted),
    )
    if not groups:
        return found
    ghosts, distances = _ghosts(case, found, list(samples.values()))
    found = replace(found, ghosts=ghosts, distances=distances, doubt=_doubt(found))
    return replace(found, verdict=_verdict(found))


def split(
    rows: gpd.GeoDataFrame, ground: Ground, finding: Finding, *, on_rivers: bool = False
) -> pd.Series:
    """Return the system of every row by the groups of a finding; blank where none is told.

    Every row is looked at. Rows that fit several systems alike, and rows that fit none of
    several, stay blank: a person has to say.
    """
    x, y = row_points(rows.geometry.to_numpy())
    shapes = shapes_of(x, y)
    case = _Case(rows, ground, x, y, known_rows(rows, ground), on_rivers)
    told = pd.Series("", index=rows.index, dtype="str")
    for code in np.unique(shapes[shapes > ODD]).tolist():
        name = Shape.of(code).name
        systems = [one.system for one in finding.groups if one.shape == name and one.system]
        if systems:
            members = np.flatnonzero(shapes == code)
            whole = case.whole(members)
            fits = {one: case.fit(whole, one) for one in systems}
            owner = _owners(fits, systems, whole, is_near=_are_near(fits))
            if len(systems) == 1:
                owner = np.zeros(len(whole), int)
            names = np.array([*systems, "", ""], object)
            told.iloc[members] = names[owner].tolist()
    return told


# ------------------------------------------------------------------------ samples


@dataclass(frozen=True)
class _Case:
    """The rows of a file with what is known of them."""

    rows: gpd.GeoDataFrame
    ground: Ground
    x: Numbers
    y: Numbers
    known: Positions
    on_rivers: bool

    def sample(self, members: Positions, total: int) -> Sample:
        """Return rows at even steps through a group, and more that are known."""
        most = max(FEWEST_JUDGED, MOST_JUDGED * len(members) // max(total, 1))
        even = members[even_steps(len(members), most)]
        matched = members[self.known[members] >= 0]
        matched = matched[even_steps(len(matched), MOST_KNOWN)]
        position = np.union1d(even, matched)
        return self._drawn(position, np.isin(position, even))

    def whole(self, members: Positions) -> Sample:
        """Return all rows of a group."""
        return self._drawn(members, np.ones(len(members), bool))

    def fit(self, sample: Sample, system: str) -> Fit:
        """Return how well a sample fits if its numbers are those of a system."""
        return fit(sample, system, self.ground, on_rivers=self.on_rivers)

    def _drawn(self, position: Positions, is_even: Flags) -> Sample:
        shapes = self.rows.geometry.to_numpy()[position]
        is_shape = np.flatnonzero(shapely.get_dimensions(shapes) > 0)
        points, owner = shapely.get_coordinates(shapes[is_shape], return_index=True)
        counts = np.bincount(owner, minlength=len(is_shape))
        within = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        taken = within % np.maximum(1, -(-counts[owner] // MOST_VERTICES)) == 0
        return Sample(
            position=position,
            is_even=is_even,
            x=self.x[position],
            y=self.y[position],
            area=stated_areas(self.rows.iloc[position], self.ground),
            known=self.known[position],
            owner=is_shape[owner[taken]],
            vertex_x=points[taken, 0],
            vertex_y=points[taken, 1],
        )


# -------------------------------------------------------------------------- parts


@dataclass(frozen=True)
class _Parted:
    groups: list[Group]
    strays: list[int]
    strays_count: int
    is_estimate: bool


def _part(case: _Case, sample: Sample, shape: str, systems: Sequence[str], total: int) -> _Parted:
    """Return rows with numbers of one size, parted by the systems that explain them."""
    fits = _judge(case, sample, systems)
    ranked = rank(sample, fits)
    chosen = _choose(sample, fits, [one.system for one in ranked])
    owner = _owners(fits, chosen, sample, is_near=_are_near(fits))
    untold, stray = len(chosen), len(chosen) + 1
    is_stray = (owner == stray) & any(one.is_explained.any() for one in fits.values())
    if len(chosen) == 1:  # its numbers fit, wherever it lies
        owner = np.zeros(len(sample), int)
    even = sample.is_even
    is_estimate = int(even.sum()) < total
    flags = [*(owner == at for at in range(untold + 1)), is_stray]
    counts = [_extrapolate(one, even, total) for one in flags]
    groups = []
    for at, system in enumerate([*chosen, ""]):
        if not flags[at].any():
            continue
        part = sample.only(flags[at])
        within = {one: found.only(flags[at]) for one, found in fits.items()}
        listed = ranked if len(chosen) == 1 else rank(part, within)
        verdict: Verdict = "undecided"
        if system:
            verdict = _group_verdict(listed, part, is_whole=bool(flags[at].all()))
        else:
            listed = tuple(one for one in listed if one.system in chosen)
        named = tuple(case.rows.index[part.position[:EXAMPLES]].tolist())
        name = listed[0].system if system else ""
        groups.append(Group(shape, name, verdict, counts[at], is_estimate, listed, named))
    names = case.rows.index[sample.position[is_stray][:MOST_NAMED]].tolist()
    return _Parted(groups, names, counts[-1], is_estimate)


def _judge(case: _Case, sample: Sample, systems: Sequence[str]) -> dict[str, Fit]:
    """Return the fit of each system; of many, the first and those that a first look finds best."""
    if len(systems) > MOST_CANDIDATES:
        few = sample.only(
            np.isin(np.arange(len(sample)), even_steps(len(sample), FEWEST_JUDGED * 2))
        )
        first = {one: case.fit(few, one) for one in systems}
        # A system that suits a few rows and no others suit counts: files are mixed.
        best = _first_few(first, few)
        systems = [one for one in systems if one in best or one == systems[0]]
    fits = {one: case.fit(sample, one) for one in systems}
    possible = {one: found for one, found in fits.items() if np.isfinite(found.lon).any()}
    return possible or fits


def _first_few(fits: Mapping[str, Fit], sample: Sample) -> set[str]:
    names = list(fits)
    means = {one: overall_fit(fits[one], sample, tuple(fits[one].fits)) for one in names}
    explains = {one: int(fits[one].is_explained.sum()) for one in names}
    order = sorted(names, key=lambda one: (-explains[one], -means[one]))
    return set(order[:MOST_CANDIDATES])


# ------------------------------------------------------------------------- owners


def _choose(sample: Sample, fits: Mapping[str, Fit], order: Sequence[str]) -> list[str]:
    """Return the systems that are needed to explain the rows, the best first."""
    by_name = {name_in(one, found): one for one, found in fits.items()}
    names = [by_name[one] for one in order]
    chosen = names[:1]
    settled = _settled(fits, sample)
    enough = max(2, len(sample) // 100)
    while len(chosen) < MOST_GROUPS:
        explained = np.any([_holds(fits[one], settled) for one in chosen], axis=0)
        gains = {}
        for one in names:
            gain = _holds(fits[one], settled) & ~explained
            if min(metres_between(fits[one], fits[had]) for had in chosen) <= TELLING_M:
                gain &= settled  # so near each other, only known places tell
            gains[one] = int(gain.sum())
        best = max(names, key=lambda one: gains[one])
        if gains[best] < enough:
            return chosen
        chosen.append(best)
    return chosen


def _settled(fits: Mapping[str, Fit], sample: Sample) -> Flags:
    """Return which rows lie at their known place in at least one system."""
    near = [found.metres["known"] <= SAME_PLACE_M for found in fits.values()]
    return np.any(near, axis=0) if near else np.zeros(len(sample), bool)


def _holds(found: Fit, settled: Flags) -> Flags:
    """Return which rows a system explains; where a known place settles it, nothing else counts."""
    return np.where(settled, found.metres["known"] <= SAME_PLACE_M, found.in_region)


def _are_near(fits: Mapping[str, Fit]) -> Flags:
    """Return by pair of systems whether the outlines alone cannot tell them apart."""
    return np.array(
        [
            [SAME_M < metres_between(one, other) <= TELLING_M for other in fits.values()]
            for one in fits.values()
        ]
    ).reshape(len(fits), len(fits))


def _owners(
    fits: Mapping[str, Fit], chosen: Sequence[str], sample: Sample, *, is_near: Flags
) -> Positions:
    """Return for each row the number of its system, len(chosen) if untold, one more if a stray."""
    settled = _settled({one: fits[one] for one in chosen}, sample)
    quality = np.array([_holds(fits[one], settled) * _closeness(fits[one]) for one in chosen])
    owner = quality.argmax(axis=0)
    at = [list(fits).index(one) for one in chosen]
    near = is_near[np.ix_(at, at)]
    rivals = (quality > 0) & near[owner].T
    owner[rivals.any(axis=0) & ~settled] = len(chosen)
    owner[~(quality > 0).any(axis=0)] = len(chosen) + 1
    return np.asarray(owner)


def _closeness(found: Fit) -> Numbers:
    near = np.nan_to_num(found.fits["known"]) * WEIGHTS["known"]
    return np.asarray(near + found.fits["place"] + np.nan_to_num(found.fits["stated"]))


def _extrapolate(which: Flags, even: Flags, total: int) -> int:
    """Return how many of all rows are such, by those at even steps, and no fewer than were seen."""
    return max(int(which.sum()), round(int(which[even].sum()) * total / max(1, int(even.sum()))))


# ------------------------------------------------------------------------ verdicts


def _group_verdict(candidates: Sequence[Candidate], sample: Sample, *, is_whole: bool) -> Verdict:
    """Return what may be said of one group of rows."""
    if not candidates:
        return "impossible"
    best, others = candidates[0], candidates[1:]
    if is_whole and _is_certain(best, others, sample):
        return "certain"
    return "proposed" if all(one.is_beaten for one in others) else "undecided"


def _is_certain(best: Candidate, others: Iterable[Candidate], sample: Sample) -> bool:
    """Return whether the stored rows leave one system alone, the old datums among the refuted.

    Numbers alone never do: those of an old datum or a map app are of the same size.
    """
    known = best.evidence
    if known.known_m is None or known.known_rows < max(FEWEST_CERTAIN, len(sample) / 2):
        return False
    refuted = all(
        one.apart_m <= SAME_M or one.evidence.known_m is None or one.evidence.known_m >= REFUTED_M
        for one in others
    )
    return known.known_m <= CERTAIN_M and refuted and best.explained >= WELL_EXPLAINED


def _verdict(found: Finding) -> Verdict:
    if found.declared:
        return "declared"
    verdicts = [one.verdict for one in found.groups]
    if len(verdicts) == 1 and not found.strays_count:
        return verdicts[0]
    large = [one.verdict for one in found.groups if one.rows >= SMALL_GROUP * found.placed]
    return "undecided" if not large or "undecided" in large else "proposed"


def _doubt(found: Finding) -> str:
    """Return the system that the rows of the largest group speak for against the declared one."""
    largest = found.groups[0]
    if not found.declared or not largest.candidates:
        return ""
    best = largest.candidates[0]
    told = [one for one in largest.candidates if is_same(found.declared, one.system)]
    is_clear = any(one.is_beaten and one.apart_m > SAME_M for one in told)
    is_out = not told and best.explained > HALF
    return best.system if is_clear or is_out else ""


def _ghosts(
    case: _Case, found: Finding, samples: Sequence[Sample]
) -> tuple[tuple[Ghost, ...], tuple[tuple[str, str, float], ...]]:
    """Return where a few rows lie in the best systems of the largest group, and how far apart."""
    best = max(samples, key=len)
    listed = [one.system for one in found.groups[0].candidates[:GHOST_SYSTEMS]]
    few = best.only(np.isin(np.arange(len(best)), even_steps(len(best), GHOST_ROWS)))
    fits = {one: case.fit(few, one) for one in listed}
    labels = case.rows.index[few.position].tolist()
    ghosts = tuple(
        Ghost(row, system, round(lon, 7), round(lat, 7))
        for system, one in fits.items()
        for row, lon, lat in zip(labels, one.lon.tolist(), one.lat.tolist(), strict=True)
        if not math.isnan(lon)
    )
    distances = tuple(
        (one, other, metres_between(fits[one], fits[other]))
        for at, one in enumerate(listed)
        for other in listed[at + 1 :]
    )
    return ghosts, distances
