"""Two lists of the same charging stations, invented, with the truth of which rows are one.

Places are those of the 1,362 stations of UrbanEV (CC0, GCJ-02, turned into true degrees);
everything else is invented: estates, streets and numbers, operators, how a registry writes and
how a map application does. Stations stand several at one mall, under several operators; estates
beside each other bear like names. What was done to a station is kept, so that errors can be told
by kind of noise. One seed gives one pair of lists.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.crs import shift_to_gcj02, undo_shift

REGION = (
    "广东省",
    "深圳市",
    "南山区",
    "福田区",
    "罗湖区",
    "宝安区",
    "龙岗区",
    "龙华区",
    "光明区",
    "坪山区",
    "盐田区",
)
SHARES = {
    "closed": 0.12,  # in the registry, no longer on the map
    "unfiled": 0.12,  # on the map, not in the registry
    "gcj02": 0.06,  # the point taken for true degrees, some 500 m off
    "moved": 0.30,  # 0-300 m; others 0-30 m
    "split": 0.06,
    "renamed": 0.05,  # the estate bears another name now
    "by_street": 0.05,  # called after the street instead
    "shortened": 0.05,
    "no_place": 0.04,
    "platform": 0.03,  # shown under the platform that it is paid through, if it has no brand
    "district": 0.01,  # the map has it in the district beside
}
METRES = 111_320.0
CELL_DEG = 0.012
BRANDS = {
    "特来电": ("特来电", "特来电", "TELD特来电"),
    "星星充电": ("星星充电", "万帮星星充电", "星星充电"),
    "国家电网": ("国家电网", "国网", "国网电动"),
    "南方电网": ("南方电网", "南网", "南网电动"),
    "云快充": ("云快充", "云快充", "云快充"),
    "小桔充电": ("小桔充电", "小桔快充", "小桔"),
    "依威能源": ("依威能源", "依威", "依威能源"),
}
LOCAL = """
    佳远 鼎充 聚电 恒通 永联 车电网 捷充 绿源 科陆 奥特迅 水木华程 巨湾 鸿嘉 中恒
    易佳 充之家 安和 鹏电 盈通 锦程 奔腾 智行 远景 星途 顺捷
""".split()
ESTATES = """
    万科 恒大 翠湖 金地 华润 绿景 中海 星河 卓越 龙光 佳兆业 招商 宏发 益田 海雅
    天虹 茂业 阳光 锦绣 碧海 锦龙 桃源 荔园 梅林 竹园 彩田 莲花 皇岗 景田 香蜜
    侨城 蛇口 深云 松坪 南油 后海 前海 西丽 大冲 新安 西乡 福永 沙井 松岗 公明
    观澜 民治 坂田 布吉 横岗 坪地 葵涌 大鹏 南澳 清湖 油松 龙胜 白石 华侨 银湖
    笋岗 黄贝 翠竹 东门 水贝 田贝 泥岗 红岭 园岭 华富 八卦 上梅 下梅
""".split()
SECOND = """
    御景 盛世 中央 国际 东方 新天 都市 时代 荣耀 尚品 云顶 金色 世纪 和平 凤凰
    泰和 宝能 联合 天安 正中
""".split()
SORTS = """
    广场 广场 购物中心 小区 小区 花园 花园 家园 大厦 大厦 科技园 产业园 酒店 医院
    停车场 停车场 公园 客运站 中学 公寓 雅苑 写字楼
""".split()
STREETS = """
    深南 滨海 红荔 笋岗 泥岗 北环 南海 科苑 学府 创业 兴海 宝安 前进 新湖 松白
    龙岗 布龙 梅龙 民治 人民 和平 建设 解放 东湖 太宁 爱国 翠山 文锦 春风 嘉宾
    福华 福民 金田 益田 彩田 香梅 农林 侨香 沙河 石洲 白石 桂庙 海德 工业 四海
    沿山 留仙 同发 打石 茶光 龙珠 平山 丽山 沁园 大新 关口 桃园 玉泉 朗山 宝石
    塘头 洲石 航城 凤塘 福洲 立新 德丰 中心 蚝乡 北帝 沙井 环镇 公明 长春 振明
    华发
""".split()
ENDINGS = """
    路 路 路 大道 街 东路 西路 南路 北路 一路 二路 三路 巷
""".split()
PARTS = (
    ("(直流区)", "(交流区)"),
    ("A区", "B区"),
    ("(地面)", "(地下)"),
    ("快充站", "慢充站"),
    ("", ""),
)
NUMERALS = "零一二三四五六七八九"


@dataclass(frozen=True)
class Station:
    """One station as it is: where, on which street, at which estate, whose, which of several."""

    lon: float
    lat: float
    district: str
    street: str
    corner: str
    number: int
    estate: str
    brand: str
    company: str
    mark: str = ""


@dataclass(frozen=True, eq=False)
class Lists:
    """A registry and the points of a map application, with the pairs that are one station."""

    registry: gpd.GeoDataFrame
    points: gpd.GeoDataFrame
    truth: frozenset[tuple[str, str]]
    noise: dict[str, frozenset[str]] = field(default_factory=dict)


def read_places(file: Path) -> np.ndarray:
    """Return the true degrees of the stations of UrbanEV, which are given in GCJ-02."""
    rows = pd.read_csv(file)
    return np.column_stack(
        undo_shift("gcj02", rows["longitude"].to_numpy(), rows["latitude"].to_numpy())
    )


def make_lists(places: np.ndarray, seed: int, times: int = 1) -> Lists:
    """Return both lists; with `times` as many cities side by side, each invented anew."""
    made = [
        _make_city(places + np.array([2.0 * city, 0.0]), Random(f"{seed}/{city}"), f"{city}-")
        for city in range(times)
    ]
    return Lists(
        gpd.GeoDataFrame(pd.concat([one.registry for one in made], ignore_index=True), crs=4490),
        gpd.GeoDataFrame(pd.concat([one.points for one in made], ignore_index=True), crs=4490),
        frozenset().union(*(one.truth for one in made)),
        {key: value for one in made for key, value in one.noise.items()},
    )


def _make_city(places: np.ndarray, chance: Random, prefix: str) -> Lists:
    registry, points = [], []
    truth, noise = set(), {}
    for at, true in enumerate(_stations(places, chance)):
        done = {name for name, share in SHARES.items() if chance.random() < share}
        filed, on_map = "unfiled" not in done, "closed" not in done or "unfiled" in done
        row_id = f"R{prefix}{at:05}"
        if filed:
            registry.append(_registry_row(row_id, true, done, chance))
        station = _on_map(true, done, chance)
        names = _map_names(station, done, chance) if on_map else []
        ids = [f"P{prefix}{at:05}{'ab'[part]}" for part in range(len(names))]
        place = _map_place(station, done, chance)
        points += [
            _map_row(one, name, station, place, chance)
            for one, name in zip(ids, names, strict=True)
        ]
        truth |= {(row_id, one) for one in ids if filed}
        noise |= {one: frozenset(done) for one in (row_id, *ids)}
    chance.shuffle(registry)
    chance.shuffle(points)
    return Lists(_frame(registry), _frame(points), frozenset(truth), noise)


def _frame(rows: list[dict]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=4490)


# ------------------------------------------------------------------------------- stations


def _stations(places: np.ndarray, chance: Random) -> Iterator[Station]:
    """Yield the stations as they are: one at each place and, at some, further ones beside it."""
    cells: dict[tuple[int, int], list[str]] = {}
    estates: dict[tuple[int, int], list[str]] = {}
    for lon, lat in places.tolist():
        cell = (int(lon // CELL_DEG), int(lat // CELL_DEG))
        streets = cells.setdefault(
            cell, [chance.choice(STREETS) + chance.choice(ENDINGS) for _ in range(4)]
        )
        words = estates.setdefault(cell, [_word(chance) for _ in range(4)])
        estate = (chance.choice(words) if chance.random() < 0.5 else _word(chance)) + chance.choice(
            SORTS
        )
        street, corner = chance.sample(streets, 2)
        brand, company = _operator(chance)
        one = Station(
            lon,
            lat,
            _district(cell),
            street,
            corner,
            chance.randint(1, 320),
            estate,
            brand,
            company,
        )
        yield from _with_neighbours(one, chance)


def _with_neighbours(one: Station, chance: Random) -> Iterator[Station]:
    """Yield a station, and at every fifth place one of another operator or another phase."""
    luck = chance.random()
    if luck < 0.06:
        yield _beside(one, chance, mark="一期")
        yield _beside(one, chance, mark="二期")
    elif luck < 0.20:
        yield one
        brand, company = _operator(chance)
        while _whose(brand, company) == _whose(one.brand, one.company):
            brand, company = _operator(chance)
        yield _beside(one, chance, brand=brand, company=company)
    else:
        yield one


def _beside(one: Station, chance: Random, **changed: str) -> Station:
    lon, lat = _moved(one.lon, one.lat, 60 * chance.random(), chance)
    return replace(one, lon=lon, lat=lat, **changed)


def _word(chance: Random) -> str:
    return chance.choice(ESTATES) + (chance.choice(SECOND) if chance.random() < 0.45 else "")


def _district(cell: tuple[int, int]) -> str:
    return REGION[2 + (cell[0] // 6 + 3 * (cell[1] // 6)) % (len(REGION) - 2)]


def _operator(chance: Random) -> tuple[str, str]:
    """Return a brand with its company, or no brand and a company of the place."""
    if chance.random() < 0.6:
        brand = chance.choice(list(BRANDS))
        return brand, f"深圳{brand}新能源有限公司"
    word = chance.choice(LOCAL)
    return "", f"深圳市{word}{chance.choice(('新能源科技', '新能源', '充电服务', '能源'))}有限公司"


def _whose(brand: str, company: str) -> str:
    return brand or next(word for word in LOCAL if word in company)


def _short(station: Station, chance: Random) -> str:
    """Return what a map calls the operator."""
    if station.brand:
        return chance.choice(BRANDS[station.brand])
    return _whose("", station.company) + chance.choice(("新能源", "", "充电"))


# ----------------------------------------------------------------------------------- rows


def _registry_row(row_id: str, station: Station, done: set[str], chance: Random) -> dict:
    short = _short(station, chance)
    plainly = station.estate + "充电站" + station.mark
    name = chance.choice(
        (
            station.company + plainly,
            station.company + plainly,
            f"{station.district}{short}{plainly}",
            f"深圳{short}{plainly}",
            f"{station.estate}电动汽车充电站{station.mark}",
            f"{short}{station.estate}公共充电站{station.mark}",
        )
    )
    if chance.random() < 0.06:
        name = f"{short}{station.street}{station.number}号充电站{station.mark}"
    is_lost = "no_place" in done
    return {
        "id": row_id,
        "name": name,
        "address": _registry_address(station, chance),
        "operator": "" if chance.random() < 0.08 else station.company,
        "geometry": None
        if is_lost
        else shapely.Point(*_moved(station.lon, station.lat, 15 * chance.random(), chance)),
    }


def _registry_address(station: Station, chance: Random) -> str:
    if chance.random() < 0.04:
        return ""
    number = f"{_written(station.number, chance)}号" if chance.random() < 0.92 else ""
    number += chance.choice(("", "", "", "", "", "", "附2号", "-1"))[: 3 if number else 0]
    rest = station.estate if chance.random() < 0.5 else ""
    rest += chance.choice(("", "", "", "地下停车场", "院内", "B1层"))
    city = chance.choice(("广东省深圳市", "深圳市", ""))
    return f"{city}{station.district}{station.street}{number}{rest}"


def _on_map(station: Station, done: set[str], chance: Random) -> Station:
    """Return a station as a map takes it: perhaps a platform's, perhaps of another district."""
    changed = {}
    if "platform" in done and not station.brand:
        changed["brand"] = chance.choice(("云快充", "小桔充电"))
    if "district" in done:
        changed["district"] = chance.choice(REGION[2:])
    return replace(station, **changed)


def _map_names(station: Station, done: set[str], chance: Random) -> list[str]:
    """Return the names on the map: one, or two where the station is split into parts."""
    short, estate = _short(station, chance), _called(station, done, chance)
    brackets = chance.choice(("()", "（）"))
    forms = (
        f"{short}充电站{brackets[0]}{estate}店{brackets[1]}{station.mark}",
        f"{short}充电站{brackets[0]}{station.district}{estate}{brackets[1]}{station.mark}",
        f"{short}{estate}充电站{station.mark}",
        f"{estate}{station.mark}充电站{brackets[0]}{short}{brackets[1]}",
        f"{short}{estate}{station.mark}快充站",
        f"{estate}{station.mark}地下停车场充电站",
        f"深圳{estate}{station.mark}充电桩",
        f"{short}深圳{station.district}{estate}{station.mark}超级充电站",
    )
    form = chance.choice(forms)
    if "split" not in done:
        return [form]
    return [form + part for part in chance.choice(PARTS)]


def _called(station: Station, done: set[str], chance: Random) -> str:
    """Return what a map calls the estate."""
    if "renamed" in done:
        return _word(chance) + chance.choice(SORTS)
    if "by_street" in done:
        return station.street
    if "shortened" in done and len(station.estate) > 4:
        at = chance.randrange(1, 4)
        return station.estate[:at] + station.estate[at + 1 :]
    return station.estate


def _map_place(station: Station, done: set[str], chance: Random) -> tuple[float, float]:
    """Return where the map has the station; its parts lie around that."""
    far = 300 if "moved" in done else 30
    lon, lat = _moved(station.lon, station.lat, far * chance.random(), chance)
    if "gcj02" in done:
        lon, lat = (float(one[0]) for one in shift_to_gcj02(np.array([lon]), np.array([lat])))
    return lon, lat


def _map_row(
    row_id: str, name: str, station: Station, place: tuple[float, float], chance: Random
) -> dict:
    return {
        "id": row_id,
        "name": name,
        "address": _map_address(station, chance),
        "operator": "" if chance.random() < 0.3 else _short(station, chance),
        "geometry": shapely.Point(*_moved(*place, 25 * chance.random(), chance)),
    }


def _map_address(station: Station, chance: Random) -> str:
    luck = chance.random()
    if luck < 0.08:
        return ""
    if luck < 0.16:
        side, away = chance.choice("东西南北"), chance.choice(("", "50米", "约100米"))
        return f"{station.street}与{station.corner}交叉口{side}侧{away}"
    number = (
        station.number if luck < 0.92 else station.number + chance.choice((-8, -4, -2, 2, 4, 6, 12))
    )
    street = station.street if luck < 0.96 else station.corner
    rest = chance.choice(
        ("", "", station.estate, "地下停车场", "东侧", f"{station.estate}B1", "旁")
    )
    numbered = f"{_written(max(1, number), chance)}号" if chance.random() < 0.88 else ""
    before = chance.choice(("", station.district, "深圳市" + station.district))
    return f"{before}{street}{numbered}{rest}"


def _written(number: int, chance: Random) -> str:
    """Return a number as somebody writes it: half width, full width, or in Chinese."""
    luck = chance.random()
    if luck < 0.84:
        return str(number)
    if luck < 0.92:
        return "".join(chr(ord(digit) + 0xFEE0) for digit in str(number))
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    told = f"{NUMERALS[hundreds]}百" if hundreds else ""
    told += f"{NUMERALS[tens]}十" if tens else ("零" if told and ones else "")
    return (told + (NUMERALS[ones] if ones else "")).removeprefix(
        "一" if not hundreds and tens == 1 else " "
    )


def _moved(lon: float, lat: float, metres: float, chance: Random) -> tuple[float, float]:
    angle = 2 * np.pi * chance.random()
    east, north = metres * np.cos(angle), metres * np.sin(angle)
    return lon + east / (METRES * np.cos(np.radians(lat))), lat + north / METRES
