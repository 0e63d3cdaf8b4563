"""Demonstration lists made to fit the demonstration hazards: what authorities had handed over.

A model that compares these lists finds the hazards that the layers hold. Everything is invented;
ID numbers are of no district that there is, sealed with a key that is no secret.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

import geopandas as gpd

from geodata.identity import Key
from geodata.sample.handed_over_stations import STATION_LISTS
from geodata.sample.places import Row, Spot, move

Frames = Mapping[str, gpd.GeoDataFrame]

OPEN_KEY = Key(b"demonstration, no secret at all.")
NO_DISTRICT = "999999"

# ------------------------------------------------------------------------- water supply

WATER_OFFICE = "LZ-QLH"
WATER_ON = date(2025, 6, 27)  # the day of the lists, just after the last hazard was found
SOUND_TANKS = 64  # beside those with a hazard
TANKS_AN_ESTATE = 3
LONGEST_DAYS = 350  # between two cleanings of a tank that is in order
STAFF_SHARE_OF_TWO = 0.3


def _water(frames: Frames) -> list[Row]:
    """Return the tanks with a hazard as the layer has them, and some that are in order."""
    layer = frames["water_supply_points"]
    tanks = layer[layer["jurisdiction"] == WATER_OFFICE].to_dict("records")
    dice = random.Random("tanks in order")
    for number in range(1, SOUND_TANKS + 1):
        beside = tanks[dice.randrange(260)]
        at = move((beside["geometry"].x, beside["geometry"].y), dice.uniform(40, 90), 30)[0]
        serial = 1000 + number
        tanks.append(
            {
                "name": f"某小区 {serial} 号泵房",
                "tank_id": f"T-{serial}",
                "estate": f"某小区 {200 + (number + 2) // TANKS_AN_ESTATE}",
                "township": beside["township"],
                "households": dice.randrange(60, 960, 4),
                "hazard_kinds": "",
                "at": (float(at[0]), float(at[1])),
                "last_cleaning_on": WATER_ON - timedelta(dice.randint(20, 330)),
                "last_test_on": WATER_ON - timedelta(dice.randint(10, 200)),
                "licence_until": WATER_ON + timedelta(dice.randint(60, 900)),
                "failing_indexes": "",
                "failing_values": "",
            }
        )
    return tanks


def _at(tank: Row) -> Spot:
    return tank.get("at") or (tank["geometry"].x, tank["geometry"].y)


def _of_tank(tank: Row, prefix: str, number: int) -> Row:
    return {
        "id": f"{prefix}-{number:04d}",
        "name": tank["name"],
        "jurisdiction": WATER_OFFICE,
        "township": tank["township"],
        "tank_id": tank["tank_id"],
        "estate": tank["estate"],
    }


def water_tanks(frames: Frames) -> Iterator[Row]:
    """Yield the ledger of tanks, with what a patrol noted of three kinds of hazard."""
    dice = random.Random("ledger of tanks")
    for tank in _water(frames):
        kind = tank["hazard_kinds"]
        yield _of_tank(tank, "T", 0) | {
            "id": tank["tank_id"],
            "at": _at(tank),
            "households": int(tank["households"]),
            "is_covered": kind != "tank_unsealed",
            "is_disinfected": kind != "disinfection_idle",
            "pollution_m": 4.5 if kind == "pollution_near" else float(dice.randrange(15, 120)),
            "patrolled_on": WATER_ON - timedelta(dice.randint(3, 40)),
        }


def estates(frames: Frames) -> Iterator[Row]:
    """Yield the estates of the tanks with all their households."""
    found: dict[str, list[Row]] = {}
    for tank in _water(frames):
        found.setdefault(tank["estate"], []).append(tank)
    for number, (name, tanks) in enumerate(found.items(), start=1):
        lon, lat = _at(tanks[0])
        yield {
            "id": f"QLH-XQ-{number:03d}",
            "name": name,
            "jurisdiction": WATER_OFFICE,
            "township": tanks[0]["township"],
            "at": (round(lon + 0.0004, 7), round(lat + 0.0002, 7)),
            "households": sum(int(one["households"]) for one in tanks) + 12,
            "manager": f"某物业公司{'甲乙丙丁戊'[number % 5]}",
        }


def hygiene_licences(frames: Frames) -> Iterator[Row]:
    """Yield a licence for each tank that had one, renewed where it would have run out by now."""
    dice = random.Random("licences")
    for number, tank in enumerate(_water(frames), start=1):
        until, kind = tank["licence_until"], tank["hazard_kinds"]
        if kind == "no_licence":
            continue
        if kind != "licence_expired" and until <= WATER_ON:
            until = WATER_ON + timedelta(dice.randint(60, 900))
        yield _of_tank(tank, "WSXK", number) | {
            "licence_no": f"演示卫水〔2024〕{number:04d}号",
            "valid_until": min(until, WATER_ON - timedelta(9))
            if kind == "licence_expired"
            else until,
        }


def tank_cleanings(frames: Frames) -> Iterator[Row]:
    """Yield the last cleaning of each tank, and a later one where the first was long ago."""
    dice = random.Random("cleanings")
    for number, tank in enumerate(_water(frames), start=1):
        days = [tank["last_cleaning_on"]]
        is_in_order = tank["hazard_kinds"] != "cleaning_overdue"
        if is_in_order and (WATER_ON - days[0]).days > LONGEST_DAYS:
            days.append(WATER_ON - timedelta(dice.randint(20, 300)))
        for turn, day in enumerate(days):
            yield _of_tank(tank, f"QX{turn}", number) | {
                "cleaned_on": day,
                "cleaned_by": "某清洗公司",
            }


def water_tests(frames: Frames) -> Iterator[Row]:
    """Yield the last water test of each tank, failed where the layer says so."""
    dice = random.Random("tests")
    for number, tank in enumerate(_water(frames), start=1):
        tested, kind = tank["last_test_on"], tank["hazard_kinds"]
        if kind == "test_missing":
            continue
        if (WATER_ON - tested).days > LONGEST_DAYS:
            tested = WATER_ON - timedelta(dice.randint(10, 200))
        yield _of_tank(tank, "SZ", number) | {
            "tested_on": tested,
            "has_passed": kind != "test_failed",
            "failing_indexes": tank["failing_indexes"],
            "failing_values": tank["failing_values"],
            "laboratory": "某检测机构",
        }


def water_staff(frames: Frames) -> Iterator[Row]:
    """Yield one or two persons for each tank; where the layer says so, one without certificate."""
    dice = random.Random("staff")
    for number, tank in enumerate(_water(frames), start=1):
        for turn in range(2 if dice.random() < STAFF_SHARE_OF_TWO else 1):
            lacks = tank["hazard_kinds"] == "cert_missing" and turn == 0
            issued = WATER_ON - timedelta(dice.randint(20, 330))
            row = _of_tank(tank, f"RY{turn}", number) | {
                "name": "",
                "person": OPEN_KEY.seal(invented_number(10_000 + number * 2 + turn)),
                "issued_on": None if lacks else issued,
            }
            yield row


# --------------------------------------------------------------------- elder allowances

PAID_UNTIL = date(2025, 2, 28)
ALIVE_A_TOWNSHIP = 12


def invented_number(serial: int) -> str:
    """Return an ID number of a district that there is not, right in its check digit."""
    day = date(1920, 1, 1) + timedelta(serial * 37 % 9000)
    first = f"{NO_DISTRICT}{day:%Y%m%d}{serial % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(one) * weight for one, weight in zip(first, weights, strict=True))
    return first + "10X98765432"[total % 11]


def _paid(frames: Frames) -> Iterator[tuple[int, str, bool]]:
    """Yield serial, township and whether paid after death, for everyone on the roster."""
    serial = 0
    for row in frames["elder_allowance"].to_dict("records"):
        for turn in range(int(row["count"]) + ALIVE_A_TOWNSHIP):
            serial += 1
            yield serial, row["township"], turn < int(row["count"])


def allowance_roster(frames: Frames) -> Iterator[Row]:
    """Yield who is paid in Honggu: those of the layer's counts, and as many alive as any office."""
    for serial, township, _ in _paid(frames):
        yield {
            "id": f"HG-MC-{serial:04d}",
            "name": "",
            "jurisdiction": "LZ-HG",
            "township": township,
            "person": OPEN_KEY.seal(invented_number(serial)),
            "paid_until": PAID_UNTIL,
        }


def death_records(frames: Frames) -> Iterator[Row]:
    """Yield the deaths of those paid on, and of some whose payments were stopped in time."""
    dice = random.Random("deaths")
    for serial, township, was_paid in _paid(frames):
        if was_paid:
            died = date(2024, 1, 10) + timedelta(dice.randint(0, 300))
            yield _death(serial, township, died)
    for serial in range(900, 920):
        yield _death(serial, "", date(2024, 6, 1) + timedelta(serial - 900))


def _death(serial: int, township: str, died: date) -> Row:
    return {
        "id": f"HG-SW-{serial:04d}",
        "name": "",
        "jurisdiction": "LZ-HG",
        "township": township,
        "person": OPEN_KEY.seal(invented_number(serial)),
        "died_on": died,
    }


HANDED_OVER: dict[str, Callable[[Frames], Iterator[Row]]] = {
    **STATION_LISTS,
    "water_tanks": water_tanks,
    "estates": estates,
    "hygiene_licences": hygiene_licences,
    "tank_cleanings": tank_cleanings,
    "water_tests": water_tests,
    "water_staff": water_staff,
    "allowance_roster": allowance_roster,
    "death_records": death_records,
}
"""The lists that are made, by id; `lists*.toml` says their columns and defaults."""
