"""How well two lists of the same things are matched, and how fast, beside Splink and a plain rule.

Charging stations: a registry and a map made of the places of UrbanEV (`matching_data`), one seed to
tune on, others to report. Every way may tune its threshold, and whether rows are taken once, on
the first seed; our weights were chosen there too (`fit`), those of Splink it learns from each
pair of lists itself, without labels. Restaurants: Fodors-Zagats (labelled pairs, train to tune
on, valid to report), names and addresses in English without any places.

Splink is given its best: the texts as they stand, and once more the parts that we read from
them (brand, street, number, estate, sort of place, phase), so that it is not the reading alone
that is compared.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from benchmarks.matching_data import REGION, Lists, make_lists, read_places
from layers.matching import START, WEIGHTS, Matching, Side, match
from layers.matching.evidence import Read, cells, distances_m, find_candidates

SHARED = Path(__file__).parents[2] / "shared" / "data"
STATIONS = SHARED / "ev_stations" / "urbanev_inf.csv"
RESTAURANTS = SHARED / "entity_resolution"
TUNED_ON, REPORTED = 0, (1, 2, 3, 4, 5)
CITIES = 7  # of some 1,450 rows a list
OURS, RULE = "ours", "distance and ratio"
SPLINK, SPLINK_PARTS = "Splink", "Splink, on our parts"
STATION_RULE = Matching(region=REGION)
RESTAURANT = Side(address="addr", operator="", phone="phone", locality="city")
Pairs = set[tuple[str, str]]


@dataclass(frozen=True)
class Line:
    """How one way did on one set.

    Shares of 1, seconds by the clock and of processors; `asked` are pairs left to a person, by
    the number of true pairs.
    """

    data: str
    way: str
    precision: float = 0.0
    recall: float = 0.0
    f1: float = 0.0
    seconds: float = 0.0
    cpu_s: float = 0.0
    asked: float | None = None
    least_f1: float = 0.0
    lacks: str = ""


class _Took:
    """A clock that is started."""

    def __init__(self) -> None:
        self._since = time.perf_counter(), time.process_time()

    def until_now(self) -> tuple[float, float]:
        """Return the seconds by the clock and of processors, of at least a thousandth."""
        now = time.perf_counter(), time.process_time()
        clock, cpu = (max(0.001, a - b) for a, b in zip(now, self._since, strict=True))
        return clock, cpu


@dataclass(frozen=True)
class Bar:
    """From which score a pair counts, and whether each row may be taken once only."""

    least: float
    once: bool

    def take(self, scored: pd.DataFrame) -> Pairs:
        """Return the pairs that count; the rows of `scored` are pairs with a score."""
        kept = scored[scored["score"] >= self.least]
        pairs = list(zip(kept["first_id"], kept["second_id"], strict=True))
        if not self.once:
            return set(pairs)
        order = np.lexsort((kept["second_id"], kept["first_id"], -kept["score"]))
        taken: tuple[set[str], set[str]] = (set(), set())
        found = set()
        for one, other in (pairs[at] for at in order):
            if one not in taken[0] and other not in taken[1]:
                found.add((one, other))
                taken[0].add(one)
                taken[1].add(other)
        return found


def measure(
    places: np.ndarray | None = None,
    restaurants: Path = RESTAURANTS,
    reported: Iterable[int] = REPORTED,
    cities: int = CITIES,
    ways: Mapping[str, Callable[[Lists], pd.DataFrame]] | None = None,
) -> tuple[Line, ...]:
    """Return a line for every way on every set that is there; places are true degrees."""
    if places is None and STATIONS.is_file():
        places = read_places(STATIONS)
    lines: list[Line] = []
    if places is not None:
        lines += _measure_stations(places, tuple(reported), cities, ways or STATION_WAYS)
    if (restaurants / "fodors_zagats_valid.txt").is_file():
        lines += _measure_restaurants(restaurants)
    return tuple(lines)


def table(lines: Iterable[Line]) -> str:
    """Return the lines as a Markdown table.

    Errors are (1 - F1) and the ratio is that of processor time, both beside ours.
    """
    lines = tuple(lines)
    ours = {one.data: one for one in lines if one.way == OURS}
    shown = [
        "| data | way | precision | recall | F1 | least F1 | errors | clock | CPU | ratio | ask |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in lines:
        if one.lacks:
            shown.append(f"| {one.data} | {one.way} | {one.lacks} | | | | | | | | |")
            continue
        peer = ours[one.data]
        errors = f"{(1 - one.f1) / (1 - peer.f1):.1f}" if peer.f1 < 1 else "—"
        asked = "—" if one.asked is None else f"{one.asked:.1%}"
        shown.append(
            f"| {one.data} | {one.way} | {one.precision:.4f} | {one.recall:.4f} | {one.f1:.4f}"
            f" | {one.least_f1:.4f} | {errors} | {one.seconds:.2f} s | {one.cpu_s:.2f} s"
            f" | {one.cpu_s / peer.cpu_s:.1f} | {asked} |"
        )
    return "\n".join(shown)


def judge(found: Pairs, truth: Pairs) -> tuple[float, float, float]:
    """Return precision, recall and F1 of pairs; 0 where nothing was found."""
    both = len(found & truth)
    if not both:
        return 0.0, 0.0, 0.0
    precision, recall = both / len(found), both / len(truth)
    return precision, recall, 2 * precision * recall / (precision + recall)


# ------------------------------------------------------------------------------- stations


def _measure_stations(
    places: np.ndarray,
    reported: tuple[int, ...],
    cities: int,
    ways: Mapping[str, Callable[[Lists], pd.DataFrame]],
) -> list[Line]:
    tuning = make_lists(places, TUNED_ON)
    reports = [make_lists(places, seed) for seed in reported]
    many = make_lists(places, reported[-1] + 1, cities)
    small = f"stations, {len(reports)} seeds"
    large = f"stations, {len(many.registry):,} x {len(many.points):,}"
    lines = [
        replace(_mean([_ours(lists) for lists in reports]), data=small),
        replace(_ours(many), data=large),
    ]
    for way, score in ways.items():
        if "Splink" in way and not find_spec("splink"):
            lines += [Line(data, way, lacks="not installed: splink") for data in (small, large)]
            continue
        bar = _tune(score(tuning), tuning.truth)
        lines.append(replace(_mean([_peer(way, score, bar, one) for one in reports]), data=small))
        lines.append(replace(_peer(way, score, bar, many), data=large))
    return sorted(lines, key=lambda one: one.data != small)


def _ours(lists: Lists) -> Line:
    took = _Took()
    pairs = match(lists.registry, lists.points, STATION_RULE).pairs
    seconds = took.until_now()
    told = judge(_pairs_of(pairs[pairs["verdict"] == "same"]), set(lists.truth))
    asked = float((pairs["verdict"] == "decide").sum()) / len(lists.truth)
    return Line("", OURS, *told, *seconds, asked, told[2])


def _peer(way: str, score: Callable[[Lists], pd.DataFrame], bar: Bar, lists: Lists) -> Line:
    took = _Took()
    found = bar.take(score(lists))
    seconds = took.until_now()
    told = judge(found, set(lists.truth))
    return Line("", way, *told, *seconds, None, told[2])


def _mean(lines: list[Line]) -> Line:
    """Return the means of several lines, and the least F1."""
    names = ("precision", "recall", "f1", "seconds", "cpu_s")
    means = {name: float(np.mean([getattr(one, name) for one in lines])) for name in names}
    asked = [one.asked for one in lines if one.asked is not None]
    least = min(one.f1 for one in lines)
    return replace(
        lines[0], **means, asked=float(np.mean(asked)) if asked else None, least_f1=least
    )


def _pairs_of(pairs: pd.DataFrame) -> Pairs:
    return set(zip(pairs["first_id"], pairs["second_id"], strict=True))


def _tune(scored: pd.DataFrame, truth: Iterable[tuple[str, str]]) -> Bar:
    """Return the bar with the best F1 on labelled pairs."""
    wanted = set(truth)
    steps = np.unique(np.quantile(scored["score"], np.linspace(0.5, 1, 120)))
    bars = [Bar(float(least), once) for least in steps for once in (False, True)]
    return max(bars, key=lambda bar: judge(bar.take(scored), wanted)[2])


def by_rule(lists: Lists) -> pd.DataFrame:
    """Return pairs up to 300 m apart by rapidfuzz' ratio of their names, less 1 per 10 m."""
    first, second = _plain_read(lists.registry), _plain_read(lists.points)
    i, j, _ = find_candidates(first, second, 300.0)
    names = lists.registry["name"].to_numpy(), lists.points["name"].to_numpy()
    ratio = process.cpdist(names[0][i], names[1][j], scorer=fuzz.ratio)
    far = np.nan_to_num(distances_m(first, second, i, j), nan=300.0)
    return pd.DataFrame(
        {"first_id": first.ids[i], "second_id": second.ids[j], "score": ratio - far / 10}
    )


def _plain_read(frame: pd.DataFrame) -> Read:
    """Return the places alone, so that only they bring rows together."""
    shapes = frame.geometry
    nothing = {"core": "", "phone": "", "stem": "", "landmark": "", "streets": (), "number": None}
    empty = {name: cells([value] * len(frame)) for name, value in nothing.items()}
    ids = frame["id"].to_numpy(object)
    return Read(ids, empty, shapes.x.to_numpy(), shapes.y.to_numpy(), ids)


# --------------------------------------------------------------------------------- Splink

CELL_DEG = 0.014


def _by_splink(lists: Lists) -> pd.DataFrame:
    """Return pairs as Splink scores them on the columns as they are."""
    import splink.comparison_library as compare

    return _ask_splink(
        [_with_cells(frame, _plain_columns(frame)) for frame in (lists.registry, lists.points)],
        [
            compare.JaroWinklerAtThresholds("name", [0.95, 0.88, 0.8, 0.7, 0.6]),
            compare.JaroWinklerAtThresholds("address", [0.95, 0.88, 0.8, 0.7]),
            compare.JaroWinklerAtThresholds("operator", [0.95, 0.8, 0.6]),
            compare.DistanceInKMAtThresholds("lat", "lon", KM),
        ],
        [*CELLS, ("name",), ("address",)],
        learn=(("cell0",), ("address",)),
        sure=((("address",),), 0.1),
    )


def _by_splink_on_parts(lists: Lists) -> pd.DataFrame:
    """Return pairs as Splink scores them on the parts that we read from names and addresses.

    Of nine settings (three likenesses of names, three ways to learn) the best on the first seed.
    """
    import splink.comparison_library as compare

    read = match(lists.registry, lists.points, STATION_RULE).read
    frames = [
        _with_cells(frame.set_index("id").loc[list(side.ids)].reset_index(), _parts_of(side))
        for frame, side in zip((lists.registry, lists.points), read, strict=True)
    ]
    return _ask_splink(
        frames,
        [
            compare.JaccardAtThresholds("core", [0.9, 0.7, 0.5]),
            compare.ExactMatch("venue"),
            compare.ExactMatch("street"),
            compare.ExactMatch("number"),
            compare.ExactMatch("whose"),
            compare.ExactMatch("mark"),
            compare.DistanceInKMAtThresholds("lat", "lon", KM),
        ],
        [*CELLS, ("core",), ("street", "number")],
        learn=(("street", "number"), ("core",)),
        sure=((("core", "whose"), ("street", "number", "whose")), 0.8),
    )


KM = [0.03, 0.08, 0.15, 0.3, 0.6]
CELLS = [(f"cell{shift}",) for shift in range(4)]


def _plain_columns(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: frame[name] for name in ("id", "name", "address", "operator")})


def _parts_of(side: Read) -> pd.DataFrame:
    parts = side.parts
    whose = [
        "/".join(sorted(brands)) or company
        for brands, company in zip(parts["brands"], parts["company"], strict=True)
    ]
    return pd.DataFrame(
        {
            "id": side.ids,
            "core": parts["core"],
            "venue": parts["venue"],
            "street": [one[0] if one else "" for one in parts["streets"]],
            "number": ["" if one is None else str(one) for one in parts["number"]],
            "whose": whose,
            "mark": ["".join(one[3:]) for one in parts["marks"]],
        }
    )


def _with_cells(frame: pd.DataFrame, columns: pd.DataFrame) -> pd.DataFrame:
    """Return columns with places and four grids half a cell apart: near rows share one of them."""
    lon, lat = frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy()
    told = columns.assign(lon=lon, lat=lat).replace("", None)
    for shift in range(4):
        east, north = (
            np.floor(degrees / CELL_DEG + half)
            for degrees, half in ((lon, shift % 2 / 2), (lat, shift // 2 / 2))
        )
        told[f"cell{shift}"] = [
            None if np.isnan(a) else f"{a:.0f}/{b:.0f}" for a, b in zip(east, north, strict=True)
        ]
    return told


def _ask_splink(
    frames: list[pd.DataFrame],
    comparisons: list[Any],
    rules: list[tuple[str, ...]],
    *,
    learn: Iterable[tuple[str, ...]],
    sure: tuple[Iterable[tuple[str, ...]], float],
) -> pd.DataFrame:
    """Return pairs with the match weight of Splink, which it learns from the lists unlabelled.

    `learn` are the blocks of its training, `sure` rules that hold of matches nearly alone, with
    the share of matches that they find.
    """
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    database = DuckDBAPI()
    tables = [
        database.register(frame, dataset_display_name=name)
        for frame, name in zip(frames, ("first", "second"), strict=True)
    ]
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="id",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in rules],
    )
    linker = Linker(tables, settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(
        [block_on(*rule) for rule in sure[0]], recall=sure[1]
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for rule in learn:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    scored = linker.inference.predict().as_pandas_dataframe()
    is_first = scored["source_dataset_l"] == "first"
    return pd.DataFrame(
        {
            "first_id": scored["id_l"].where(is_first, scored["id_r"]),
            "second_id": scored["id_r"].where(is_first, scored["id_l"]),
            "score": scored["match_weight"].astype(float),
        }
    )


STATION_WAYS: Mapping[str, Callable[[Lists], pd.DataFrame]] = {
    SPLINK: _by_splink,
    SPLINK_PARTS: _by_splink_on_parts,
    RULE: by_rule,
}


# ---------------------------------------------------------------------------- restaurants


@dataclass(frozen=True, eq=False)
class Labelled:
    """Records of two guides, and labelled pairs of train and valid: (ids, is one)."""

    first: pd.DataFrame
    second: pd.DataFrame
    train: dict[tuple[str, str], bool]
    valid: dict[tuple[str, str], bool]


def read_restaurants(folder: Path) -> Labelled:
    """Return the labelled pairs of Fodors-Zagats; the column `class`, the answer, is not read."""
    sides: tuple[dict[tuple[str, ...], str], dict[tuple[str, ...], str]] = ({}, {})
    labels: dict[str, dict[tuple[str, str], bool]] = {}
    for part in ("train", "valid"):
        labels[part] = {}
        lines = (folder / f"fodors_zagats_{part}.txt").read_text("utf-8").splitlines()
        for line in lines:
            *records, label = line.split("\t")
            ids = [
                side.setdefault(_record(record), f"{letter}{len(side):04}")
                for side, letter, record in zip(sides, "FZ", records, strict=True)
            ]
            labels[part][ids[0], ids[1]] = label.strip() == "1"
    frames = [
        pd.DataFrame(
            [(row_id, *record) for record, row_id in side.items()], columns=["id", *FIELDS]
        )
        for side in sides
    ]
    return Labelled(frames[0], frames[1], labels["train"], labels["valid"])


FIELDS = ("name", "addr", "city", "phone")


def _record(text: str) -> tuple[str, ...]:
    cells = dict(
        cell.split(" VAL ", 1) for cell in f" {text}".split(" COL ")[1:] if " VAL " in cell
    )
    return tuple(cells.get(name, "").strip(" '`\"").strip() for name in FIELDS)


def _measure_restaurants(folder: Path) -> list[Line]:
    told = read_restaurants(folder)
    data = f"restaurants, {len(told.valid)} pairs of valid"
    took = _Took()
    pairs = match(told.first, told.second, Matching(RESTAURANT, RESTAURANT)).pairs
    seconds = took.until_now()
    asked = _pairs_of(pairs[pairs["verdict"] == "decide"]) & told.valid.keys()
    ours = _judge_labelled(_pairs_of(pairs[pairs["verdict"] == "same"]), told.valid)
    lines = [Line(data, OURS, *ours, *seconds, len(asked) / sum(told.valid.values()), ours[2])]
    for way, score in RESTAURANT_WAYS.items():
        if way == SPLINK and not find_spec("splink"):
            lines.append(Line(data, way, lacks="not installed: splink"))
            continue
        took = _Took()
        scored = score(told)
        seconds = took.until_now()
        bars = [
            Bar(float(one), once) for one in np.unique(scored["score"]) for once in (False, True)
        ]
        bar = max(bars, key=lambda one: _judge_labelled(one.take(scored), told.train)[2])
        found = _judge_labelled(bar.take(scored), told.valid)
        lines.append(Line(data, way, *found, *seconds, None, found[2]))
    return lines


def _judge_labelled(
    found: Pairs, labels: Mapping[tuple[str, str], bool]
) -> tuple[float, float, float]:
    return judge(found & labels.keys(), {pair for pair, is_one in labels.items() if is_one})


def _by_ratio(told: Labelled) -> pd.DataFrame:
    """Return the labelled pairs by rapidfuzz' ratio of name, address and city: no places here."""
    pairs = sorted(told.train.keys() | told.valid.keys())
    texts = [
        dict(zip(side["id"], side["name"] + " " + side["addr"] + " " + side["city"], strict=True))
        for side in (told.first, told.second)
    ]
    ratio = process.cpdist(
        [texts[0][one] for one, _ in pairs], [texts[1][one] for _, one in pairs], scorer=fuzz.ratio
    )
    ids = [[pair[side] for pair in pairs] for side in (0, 1)]
    return pd.DataFrame({"first_id": ids[0], "second_id": ids[1], "score": ratio.astype(float)})


def _restaurants_by_splink(told: Labelled) -> pd.DataFrame:
    """Return pairs as Splink scores them, on the same four columns, telephones as digits."""
    import splink.comparison_library as compare

    frames = [
        side.assign(
            phone=side["phone"].str.replace(r"\D", "", regex=True),
            first_word=side["name"].str.split().str[0],
            number=side["addr"].str.extract(r"(\d+)", expand=False),
        ).replace("", None)
        for side in (told.first, told.second)
    ]
    return _ask_splink(
        frames,
        [
            compare.JaroWinklerAtThresholds("name", [0.95, 0.88, 0.8]),
            compare.JaroWinklerAtThresholds("addr", [0.95, 0.88, 0.8]),
            compare.ExactMatch("phone"),
            compare.JaroWinklerAtThresholds("city", [0.9]),
        ],
        [("phone",), ("name",), ("first_word",), ("number",)],
        learn=(("phone",), ("name",)),
        sure=((("phone",), ("name",)), 0.9),
    )


RESTAURANT_WAYS: Mapping[str, Callable[[Labelled], pd.DataFrame]] = {
    SPLINK: _restaurants_by_splink,
    "ratio of name, address, city": _by_ratio,
}


# -------------------------------------------------------------------------------- weights


def fit(places: np.ndarray, pull: float = 3.0) -> dict[str, float]:
    """Return the bits that the pairs of the first seed ask for, pulled towards those in use.

    A logistic regression over all levels: what never occurs keeps its bits.
    """
    lists = make_lists(places, TUNED_ON)
    pairs = match(lists.registry, lists.points, STATION_RULE).pairs
    names = [(part, level) for part in WEIGHTS for level in WEIGHTS[part]]
    columns = [(pairs[part] == level).to_numpy(float) for part, level in names]
    held = np.column_stack([*columns, np.ones(len(pairs))])
    ids = zip(pairs["first_id"], pairs["second_id"], strict=True)
    truth = np.array([pair in lists.truth for pair in ids], float)
    now = np.log(2) * np.array([*(WEIGHTS[part][level].bits for part, level in names), START])
    found = _regress(held, truth, now, pull)
    labels = [*(f"{part} {level}" for part, level in names), "start"]
    return dict(zip(labels, np.round(found / np.log(2), 2).tolist(), strict=True))


def _regress(held: np.ndarray, truth: np.ndarray, centre: np.ndarray, pull: float) -> np.ndarray:
    """Return the weights of greatest likelihood, by Newton's way with shorter and shorter steps."""

    def loss(weights: np.ndarray) -> float:
        odds = held @ weights
        off = pull / 2 * ((weights - centre) ** 2).sum()
        return float(np.logaddexp(0, odds).sum() - truth @ odds + off)

    weights = centre.copy()
    for _ in range(100):
        chance = 1 / (1 + np.exp(-held @ weights))
        slope = held.T @ (chance - truth) + pull * (weights - centre)
        bend = (held.T * (chance * (1 - chance))) @ held + pull * np.eye(len(weights))
        step = np.linalg.solve(bend, slope)
        while loss(weights - step) > loss(weights) and np.abs(step).max() > TINY:
            step /= 2
        if np.abs(step).max() <= TINY:
            break
        weights -= step
    return weights


TINY = 1e-6
