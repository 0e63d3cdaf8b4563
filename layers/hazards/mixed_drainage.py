"""Places where sewage runs into rain pipes, or rain into sewers."""

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.law import Law
from layers.layer import Layer, Style
from layers.rules import back_after_closing, drainage_permitted

HAZARD_KINDS = {
    "cross_connection": Title("雨污管道混接", "Rain and sewage pipes cross-connected"),
    "sewage_into_rain_pipe": Title("污水排入雨水管", "Sewage discharged into a rain pipe"),
    "overflow": Title("检查井溢流", "Manhole overflows"),
    "no_drainage_licence": Title("无排水许可", "No drainage licence"),
    "outfall_polluted": Title("雨水排口出污水", "Sewage at a rain outfall"),
    "other": Title("其他", "Other"),
}

OBJECT = {
    "mixing_point": Title("混接点", "Mixing point"),
    "manhole": Title("检查井", "Manhole"),
    "outfall": Title("排口", "Outfall"),
}

EVIDENCE = {
    "pipe_camera": Title("管道内窥", "Pipe camera"),
    "dye_test": Title("染色示踪", "Dye test"),
    "water_sample": Title("水样检测", "Water sample"),
    "inspection": Title("现场查看", "Inspection"),
}

LAYER = Layer(
    id="mixed_drainage",
    title=Title("雨污混排", "Mixed drainage"),
    order=11,
    field="ecological_environment_resources",
    schema=Schema(
        geometry="point",
        hazard_kinds=HAZARD_KINDS,
        own=(
            Column("object", Title("对象", "Object"), "code", codes=OBJECT),
            Column("estate", Title("小区", "Housing estate")),
            Column("flows_to", Title("流向", "Flows to")),
            Column("evidence", Title("查证方式", "Established by"), "code", codes=EVIDENCE),
            Column("cod_mg_l", Title("化学需氧量", "COD"), "number", unit="mg/L", minimum=0),
            Column(
                "ammonia_mg_l", Title("氨氮", "Ammonia nitrogen"), "number", unit="mg/L", minimum=0
            ),
        ),
    ),
    style=Style(colour="#4f4a1b", shape="drop"),
    card=("object", "estate", "flows_to", "evidence", "cod_mg_l", "ammonia_mg_l"),
    measuring=Title("现场定位检查井", "Manhole positioned on site"),
    legal_basis=(
        Law(
            Title(
                "城镇排水与污水处理条例 第19、20、48、49条",
                "Urban Drainage and Sewage Regulations, art. 19, 20, 48, 49",
            ),
            "confirmed",
        ),
        Law(
            Title("水污染防治法", "Water Pollution Prevention Law"),
            "confirmed",
            valid_to="2026-08-15",
        ),
        Law(
            Title("生态环境法典 第1076条", "Ecological and Environmental Code, art. 1076"),
            "confirmed",
        ),
    ),
    rules=(drainage_permitted.RULE, back_after_closing.rule_of("mixed_drainage", HAZARD_KINDS)),
)
