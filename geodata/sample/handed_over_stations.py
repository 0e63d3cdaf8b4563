"""Demonstration lists of charging stations, made to fit the 45 stations with a hazard.

Stations in order stand beside them: filed, on the map, inspected, away from dwellings.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import geopandas as gpd

from geodata.sample.places import Row, Spot, move

Frames = Mapping[str, gpd.GeoDataFrame]

OFFICE = "LZ-XG"
LISTS_ON = date(2025, 3, 14)  # just before the first station was found
SOUND = 25
STREETS = {
    "西固城街道": "示意东路",
    "福利路街道": "示意西路",
    "临洮街街道": "示意南路",
    "陈坪街道": "示意北路",
    "西柳沟街道": "示意中路",
    "新城镇": "示意新路",
}
NUMERALS = "零一二三四五六七八九"
NAMES = (
    "某停车场{n}号充电站",
    "某停车场{n}号充电站({operator})",
    "某停车场{zh}号电动汽车充电站",
    "某停车场{n}号公共充电站（{operator}）",
)
PLACED_SHARE = 0.8
NUMBERED_SHARE = 0.6


@dataclass(frozen=True)
class Station:
    """One station as it is, and what is wrong with it in the lists."""

    number: int
    township: str
    operator: str
    filing_no: str
    at: Spot
    inspected_on: date | None
    wrong: frozenset[str]

    @property
    def address(self) -> str:
        """Return its address: an invented street of its township."""
        return f"西固区{self.township}{STREETS[self.township]}{self.number * 2}号"


def stations(frames: Frames) -> list[Station]:
    """Return the stations of the layer and those in order, the first with what lists will show."""
    layer = frames["charging_stations"]
    found = [_of_layer(number, row) for number, row in enumerate(layer.to_dict("records"), start=1)]
    dice = random.Random("stations in order")
    for number in range(len(found) + 1, len(found) + SOUND + 1):
        beside = dice.choice(found)
        lon, lat = move(beside.at, dice.uniform(180, 260), dice.uniform(-240, 240))[0]
        found.append(
            Station(
                number,
                beside.township,
                f"某运营单位{dice.choice('甲乙丙丁')}",
                f"演示备案〔2024〕{number:03d}号",
                (float(lon), float(lat)),
                LISTS_ON - timedelta(dice.randint(30, 330)),
                frozenset(),
            )
        )
    return found


def _of_layer(number: int, row: Row) -> Station:
    """Return a station with what the model finds: what its hazard says, or else what it may be."""
    kinds = set(row["hazard_kinds"].split(";"))
    wrong = set[str]()
    if not row["filing_no"]:
        wrong.add("unfiled")
    elif "out_of_service" in kinds:
        wrong.add("filed_not_found")
    if row["last_inspection_on"] is None or row["last_inspection_on"] != row["last_inspection_on"]:
        wrong.add("no_inspection_12m")
    if "fire_distance_short" in kinds and "filed_not_found" not in wrong:
        wrong.add("near_dwellings")
    if not wrong:
        wrong.add(("address_mismatch", "near_dwellings")[number % 2])
    inspected = None if "no_inspection_12m" in wrong else row["last_inspection_on"]
    at = (row["geometry"].x, row["geometry"].y)
    return Station(
        number, row["township"], row["operator"], row["filing_no"], at, inspected, frozenset(wrong)
    )


def charging_registry(frames: Frames) -> Iterator[Row]:
    """Yield the stations that are filed, four in five with a place."""
    dice = random.Random("registry")
    for one in stations(frames):
        at, is_placed = _jitter(one.at, 25, dice), dice.random() < PLACED_SHARE
        if not one.filing_no:
            continue
        address = one.address
        if "address_mismatch" in one.wrong:
            address = address.replace(f"{one.number * 2}号", f"{one.number * 2 + 60}号")
        yield _common(one, f"XG-BA-{one.number:03d}") | {
            "name": f"某停车场{one.number}号充电站",
            "at": at if is_placed else None,
            "geometry_status": "file" if is_placed else "unknown",
            "filing_no": one.filing_no,
            "operator": one.operator,
            "address": address,
            "filed_on": date(2024, 1, 8) + timedelta(one.number * 3),
        }


def charging_points(frames: Frames) -> Iterator[Row]:
    """Yield the stations that a navigation application shows, under names of its own."""
    dice = random.Random("points")
    for one in stations(frames):
        at, form = _jitter(one.at, 20, dice), dice.choice(NAMES)
        if "filed_not_found" in one.wrong:
            continue
        yield _common(one, f"XG-POI-{7000 + one.number * 13 % 997:04d}") | {
            "name": form.format(n=one.number, zh=_numeral(one.number), operator=one.operator),
            "at": at,
            "operator": one.operator,
            "address": one.address,
            "seen_on": LISTS_ON - timedelta(dice.randint(0, 9)),
        }


def fire_inspections(frames: Frames) -> Iterator[Row]:
    """Yield visits to the stations: by filing number, or by name and address alone."""
    dice = random.Random("visits")
    for one in stations(frames):
        by_number = dice.random() < NUMBERED_SHARE
        days = [one.inspected_on] if one.inspected_on else []
        if days and dice.random() < 1 - NUMBERED_SHARE:
            days.append(days[0] - timedelta(200))
        if not days and dice.random() < 1 - NUMBERED_SHARE:
            days = [LISTS_ON - timedelta(dice.randint(400, 700))]
        for turn, day in enumerate(days):
            yield {
                "id": f"XF-{one.number:03d}-{turn}",
                "name": f"某停车场{one.number}号充电站",
                "jurisdiction": OFFICE,
                "township": one.township,
                "filing_no": one.filing_no if by_number else "",
                "address": one.address,
                "operator": one.operator,
                "inspected_on": day,
                "result": dice.choice(("未发现问题", "责令改正")),
            }


def dwellings(frames: Frames) -> Iterator[Row]:
    """Yield buildings beside the points that lie too near, and some farther away."""
    dice = random.Random("dwellings")
    points = {row["address"]: row for row in charging_points(frames)}
    for one in (one for one in stations(frames) if one.address in points):
        is_near = "near_dwellings" in one.wrong
        if not is_near and dice.random() < NUMBERED_SHARE:
            continue
        away_m = dice.uniform(1.5, 4.5) if is_near else dice.uniform(24, 60)
        yield _common(one, f"XG-ZZ-{one.number:03d}") | {
            "name": f"某小区 {one.number} 号楼",
            "at": points[one.address]["at"],
            "turn": dice.randrange(0, 90, 15),
            "box": [away_m, -8, away_m + 14, 40],
            "estate": f"某小区 {one.number}",
            "storeys": dice.choice((6, 6, 11, 18)),
        }


def _common(one: Station, row_id: str) -> Row:
    return {"id": row_id, "jurisdiction": OFFICE, "township": one.township}


def _jitter(at: Spot, most_m: float, dice: random.Random) -> Spot:
    lon, lat = move(at, dice.uniform(-most_m, most_m), dice.uniform(-most_m, most_m))[0]
    return float(lon), float(lat)


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else f"{NUMERALS[tens]}十"
    return head + (NUMERALS[ones] if ones or not tens else "")


STATION_LISTS: dict[str, Callable[[Frames], Iterator[Row]]] = {
    "charging_registry": charging_registry,
    "charging_points": charging_points,
    "fire_inspections": fire_inspections,
    "dwellings": dwellings,
}
