"""River segments where the bed or the bank is occupied, dug, piled up or built over."""

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.law import Law
from layers.layer import Layer, Style
from layers.rules import river_disorders

HAZARD_KINDS = {
    "occupy": Title("乱占", "Unlawful occupation"),
    "dig": Title("乱采", "Unlawful extraction"),
    "pile": Title("乱堆", "Unlawful dumping"),
    "build": Title("乱建", "Unlawful building"),
    "discharge": Title("违规排污", "Unlawful discharge"),
    "zone_unmarked": Title("管理范围未划界立桩", "Management zone not delimited or marked"),
    "other": Title("其他", "Other"),
}

BANK = {
    "left": Title("左岸", "Left bank"),
    "right": Title("右岸", "Right bank"),
    "both": Title("两岸", "Both banks"),
}

ZONE_STATUS = {
    "delimited": Title("已划界", "Delimited"),
    "published": Title("已划界并公布", "Delimited and published"),
    "not_delimited": Title("未划界", "Not delimited"),
    "unknown": Title("不明", "Unknown"),
}

CHIEF_LEVEL = {
    "province": Title("省级河长", "Provincial river chief"),
    "city": Title("市级河长", "City river chief"),
    "county": Title("县级河长", "County river chief"),
    "township": Title("乡级河长", "Township river chief"),
    "village": Title("村级河长", "Village river chief"),
}

LAYER = Layer(
    id="river_segments",
    title=Title("河道", "River segments"),
    order=2,
    field="ecological_environment_resources",
    schema=Schema(
        geometry="line",
        hazard_kinds=HAZARD_KINDS,
        own=(
            Column("river", Title("河流", "River"), aliases=("河名",)),
            Column("bank", Title("岸别", "Bank"), "code", codes=BANK),
            Column(
                "chainage_from_m",
                Title("起点桩号", "Chainage from"),
                "number",
                unit="m",
                minimum=0,
                aliases=("起始桩号",),
            ),
            Column(
                "chainage_to_m",
                Title("终点桩号", "Chainage to"),
                "number",
                unit="m",
                minimum=0,
                aliases=("终止桩号",),
            ),
            Column("management_zone", Title("管理范围", "Management zone")),
            Column(
                "zone_status",
                Title("划界情况", "Delimitation"),
                "code",
                codes=ZONE_STATUS,
            ),
            Column("cameras", Title("摄像头", "Cameras"), "whole", minimum=0, maximum=500),
            Column("chief_level", Title("河长级别", "River chief"), "code", codes=CHIEF_LEVEL),
            Column("area_m2", Title("占用面积", "Area"), "number", unit="m²", minimum=0),
            Column("volume_m3", Title("堆方量", "Volume"), "number", unit="m³", minimum=0),
        ),
    ),
    style=Style(colour="#0f3d5e", width=5.0),
    card=(
        "river",
        "bank",
        "chainage_from_m",
        "chainage_to_m",
        "management_zone",
        "zone_status",
        "cameras",
        "chief_level",
        "area_m2",
        "volume_m3",
    ),
    measuring=Title(
        "沿河道中心线量桩号；面积、方量为无人机航测",
        "Chainage along the centre line; area and volume from a drone survey",
    ),
    legal_basis=(
        Law(Title("水法 第37、38、65条", "Water Law, art. 37, 38, 65"), "confirmed"),
        Law(
            Title("防洪法 第21、22、55、56条", "Flood Control Law, art. 21, 22, 55, 56"),
            "confirmed",
        ),
        Law(
            Title(
                "河道管理条例（2018）第20、24—26、35条",
                "River Course Regulations (2018), art. 20, 24-26, 35",
            ),
            "confirmed",
        ),
        Law(
            Title("黄河保护法 第67、118条", "Yellow River Protection Law, art. 67, 118"),
            "confirmed",
        ),
        Law(
            Title("办河湖〔2018〕245号（“四乱”）", "Notice 245 of 2018 on the four disorders"),
            "confirmed",
        ),
        Law(
            Title(
                "生态环境法典 第19、1136、1212、1214条（2026年8月15日起）",
                "Ecological and Environmental Code, art. 19, 1136, 1212, 1214 "
                "(from 15 August 2026)",
            ),
            "confirmed",
        ),
    ),
    rules=(river_disorders.WORKS, river_disorders.LEDGER),
)
