"""What somebody sees who is no lawyer: kinds of harm in everyday words, and the layer of each.

The layer says among which hazards one looks for the same place. The field of the law is never
taken from it: that is the office's own choice.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from geodata.model import Title


@dataclass(frozen=True)
class LeadKind:
    """One kind in everyday words; no layer where the map has none for it."""

    id: str
    title: Title
    layer: str = ""


def _kind(name: str, zh: str, en: str, layer: str = "") -> LeadKind:
    return LeadKind(name, Title(zh, en), layer)


LEAD_KINDS: Mapping[str, LeadKind] = {
    one.id: one
    for one in (
        _kind(
            "river", "河道、水库里乱倒、乱挖、乱建", "Dumping, digging or building in a river",
            "river_segments",
        ),
        _kind("sewage", "污水乱排、雨污混流", "Sewage, mixed drainage", "mixed_drainage"),
        _kind("waste", "垃圾、废渣乱堆", "Heaps of rubbish or waste", "solid_waste"),
        _kind("air", "冒烟、扬尘、刺鼻气味", "Smoke, dust or a sharp smell", "air_emissions"),
        _kind(
            "farmland", "耕地、草地被占用或破坏", "Farmland or grassland taken or damaged",
            "occupied_farmland",
        ),
        _kind(
            "drinking_water", "小区供水、饮用水不卫生", "Unclean drinking water",
            "water_supply_points",
        ),
        _kind("charging", "充电桩有安全隐患", "Unsafe charging station", "charging_stations"),
        _kind("swap", "换电柜有安全隐患", "Unsafe battery-swap cabinet", "swap_cabinets"),
        _kind("falling", "高空抛物、外墙脱落", "Things falling from buildings", "falling_objects"),
        _kind("food", "食堂、餐饮、食品不安全", "Unsafe food or canteen", "elder_care_food"),
        _kind(
            "barrier_free", "盲道、坡道被占用或缺失", "Tactile paving or ramp blocked or missing",
            "accessibility",
        ),
        _kind("relics", "长城、文物、古迹受损", "Damage to the Great Wall or relics", "relics"),
        _kind(
            "personal_data", "个人信息被公开或买卖", "Personal data exposed or sold",
            "personal_information",
        ),
        _kind("other", "其他损害公共利益的情况", "Other harm to the public interest"),
    )
}  # fmt: skip
"""Every kind by its id, in the order in which they are offered."""
