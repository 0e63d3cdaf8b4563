"""The two layers too large to write by hand: charging stations and water-supply points."""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import count

import shapely

from geodata.sample.places import Row, Spot, spread

STATION_KINDS = {
    "unfiled": 15,
    "extinguisher_missing": 11,
    "extinguisher_expired": 6,
    "fire_distance_short": 4,
    "fire_lane_blocked": 4,
    "cable_exposed": 5,
    "no_emergency_stop": 3,
    "no_warning_sign": 6,
    "no_rain_shelter": 3,
    "out_of_service": 3,
}
WATER_KINDS = {
    "cleaning_overdue": 26,
    "no_licence": 17,
    "test_missing": 15,
    "licence_expired": 13,
    "cert_missing": 13,
    "test_failed": 6,
    "tank_unsealed": 6,
    "disinfection_idle": 3,
    "pollution_near": 1,
}
FAILING = {
    "bacteria_count": "菌落总数 {} CFU/mL（限值 100）",
    "turbidity": "浊度 {} NTU（限值 1）",
}
OPERATORS = (
    "某运营单位甲",
    "某运营单位乙",
    "某运营单位丙",
    "某运营单位丁",
    "某物业单位",
    "某单位自建",
)
INSPECTED_SHARE = 0.6
VERIFIED_STATIONS, CLAIMED_STATIONS = 31, 8  # of 45; the rest is still open
OLDER_WATER_POINTS = 20  # already found in 2024: they belong to two cases


def stations(spec: Row, inside: shapely.Geometry) -> Iterator[Row]:
    """Yield the charging stations of the feature file's clusters, in fixed invented detail."""
    dice = _dice(spec["prefix"])
    total = sum(cluster["count"] for cluster in spec["clusters"])
    states = ["verified"] * VERIFIED_STATIONS + ["claimed"] * CLAIMED_STATIONS
    states += ["open"] * (total - len(states))
    dice.shuffle(states)
    for number, place in _places(spec, inside):
        yield place | _station(number, dice) | _station_dates(states[number - 1], dice)


def water_points(spec: Row, inside: shapely.Geometry) -> Iterator[Row]:
    """Yield the water hazards of the feature file's clusters: one row, one hazard, all settled."""
    dice = _dice(spec["prefix"])
    for number, place in _places(spec, inside):
        yield place | _water_point(number, dice)


CROWDS: dict[str, Callable[[Row, shapely.Geometry], Iterator[Row]]] = {
    "charging_stations": stations,
    "water_supply_points": water_points,
}


def _places(spec: Row, inside: shapely.Geometry) -> Iterator[tuple[int, Row]]:
    numbers, taken = count(1), list[Spot]()
    for cluster in spec["clusters"]:
        dice = _dice(spec["prefix"] + cluster["township"])
        for at in spread(cluster, inside, taken, dice):
            number = next(numbers)
            place = {"jurisdiction": spec["office"], "township": cluster["township"], "at": at}
            yield number, place | {"id": f"{spec['prefix']}-{number:03d}"}


def _station(number: int, dice: random.Random) -> Row:
    kinds = _pick_kinds(STATION_KINDS, dice, at_most=2)
    direct, alternating = dice.choice((2, 4, 6, 8, 10, 12)), dice.choice((0, 0, 2, 4, 8, 16))
    is_filed = "unfiled" not in kinds
    is_inspected = dice.random() < INSPECTED_SHARE
    return {
        "name": f"某停车场 {number} 号充电站",
        "hazard_kinds": ";".join(kinds),
        "operator": dice.choice(OPERATORS),
        "piles_dc": direct,
        "piles_ac": alternating,
        "piles": direct + alternating,
        "power_kw": direct * 60.0 + alternating * 7.0,
        "site": dice.choices(("outdoor", "underground", "indoor"), (7, 2, 1))[0],
        "use_class": dice.choices(("public", "dedicated", "self_use"), (7, 2, 1))[0],
        "filing_no": f"演示备案〔2024〕{number:03d}号" if is_filed else "",
        "last_inspection_on": _day(date(2024, 4, 8), 280, dice) if is_inspected else None,
    }


def _station_dates(state: str, dice: random.Random) -> Row:
    rectified = _day(date(2025, 7, 7), 60, dice)
    return {
        "found_on": _day(date(2025, 3, 18), 80, dice),
        "rectified_on": None if state == "open" else rectified,
        "verified_on": _day(date(2025, 9, 8), 80, dice) if state == "verified" else None,
    }


def _water_point(number: int, dice: random.Random) -> Row:
    (kind,) = _pick_kinds(WATER_KINDS, dice, at_most=1)
    is_older = number <= OLDER_WATER_POINTS
    found = _day(date(2024, 10, 16) if is_older else date(2025, 5, 26), 30, dice)
    rectified = _day(date(2025, 8, 11), 50, dice)
    failing = dice.choice(tuple(FAILING)) if kind == "test_failed" else ""
    value = dice.choice((130, 160, 210)) if failing == "bacteria_count" else dice.choice((1.4, 1.8))
    return {
        "name": f"某小区 {number} 号泵房",
        "hazard_kinds": kind,
        "found_on": found,
        "rectified_on": rectified,
        "verified_on": _day(date(2025, 10, 14), 14, dice),
        "tank_id": f"T-{number:04d}",
        "estate": f"某小区 {(number + 2) // 3}",
        "households": dice.randrange(60, 960, 4),
        "failing_indexes": failing,
        "failing_values": FAILING[failing].format(value) if failing else "",
        **_water_papers(kind, found, dice),
    }


def _water_papers(kind: str, found: date, dice: random.Random) -> Row:
    """Return cleaning, test and licence as they stood when the hazard was found."""
    clean_days = (400, 760) if kind == "cleaning_overdue" else (20, 330)
    licence_days = (-400, -30) if kind == "licence_expired" else (60, 900)
    cleaned, tested, licensed = (
        found - timedelta(dice.randint(*clean_days)),
        found - timedelta(dice.randint(10, 200)),
        found + timedelta(dice.randint(*licence_days)),
    )
    return {
        "last_cleaning_on": cleaned,
        "last_test_on": None if kind == "test_missing" else tested,
        "licence_until": None if kind == "no_licence" else licensed,
    }


def _pick_kinds(weights: dict[str, int], dice: random.Random, *, at_most: int) -> list[str]:
    drawn = dice.choices(tuple(weights), tuple(weights.values()), k=dice.randint(1, at_most))
    return sorted(set(drawn), key=tuple(weights).index)


def _day(first: date, days: int, dice: random.Random) -> date:
    """Return a working day of the week within so many days after the first."""
    day = first + timedelta(dice.randint(0, days))
    return day - timedelta(max(0, day.weekday() - 4))


def _dice(seed: str) -> random.Random:
    return random.Random(seed)
