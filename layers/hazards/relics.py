"""Relics and the Great Wall: protected ground that is damaged, built over or neglected.

The outline is the damaged ground or the protected zone that the province has drawn,
never a buffer of our own: no width is confirmed for Gansu.
"""

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.law import Law
from layers.layer import Layer, Style

HAZARD_KINDS = {
    "damaged": Title("本体受损", "Relic damaged"),
    "building_in_zone": Title("保护范围内违建", "Building in the protected zone"),
    "soil_dug": Title("取土挖损", "Soil dug away"),
    "farmed_over": Title("耕种侵占", "Farmed over"),
    "rubbish": Title("周边环境脏乱", "Rubbish around it"),
    "no_marker": Title("无保护标志", "No protection marker"),
    "other": Title("其他", "Other"),
}

KIND = {
    "great_wall": Title("长城", "Great Wall"),
    "ancient_site": Title("古遗址", "Ancient site"),
    "ancient_tomb": Title("古墓葬", "Ancient tomb"),
    "ancient_building": Title("古建筑", "Ancient building"),
    "modern_site": Title("近现代史迹", "Modern historic site"),
}

LEVEL = {
    "national": Title("全国重点", "National"),
    "province": Title("省级", "Provincial"),
    "county": Title("市县级", "City or county"),
    "unlisted": Title("未核定", "Not listed"),
}

LAYER = Layer(
    id="relics",
    title=Title("长城与文物", "Relics and Great Wall"),
    order=17,
    field="cultural_relics",
    schema=Schema(
        geometry="polygon",
        hazard_kinds=HAZARD_KINDS,
        own=(
            Column("kind", Title("类别", "Kind"), "code", codes=KIND),
            Column("level", Title("保护级别", "Level of protection"), "code", codes=LEVEL),
            Column("damaged_m", Title("受损长度", "Damaged length"), "number", unit="m", minimum=0),
            Column("area_m2", Title("测算面积", "Area (geodesic)"), "number", unit="m²", minimum=0),
            Column("has_marker", Title("有保护标志", "Has a marker"), "yes_no"),
        ),
    ),
    style=Style(colour="#7d4a2d", pattern="none", width=2.0),
    card=("kind", "level", "damaged_m", "area_m2", "has_marker"),
    measuring=Title("无人机影像勾绘受损范围", "Damaged ground digitised from drone imagery"),
    legal_basis=(
        Law(
            Title(
                "长城保护条例 第2、10、11、12、18条",
                "Great Wall Protection Regulations, art. 2, 10, 11, 12, 18",
            ),
            "confirmed",
        ),
        Law(
            Title(
                "文物保护法（2025年3月1日起施行）第26、28—30、84、99条",
                "Cultural Relics Law (in force since 1 March 2025), art. 26, 28-30, 84, 99",
            ),
            "confirmed",
        ),
    ),
)
