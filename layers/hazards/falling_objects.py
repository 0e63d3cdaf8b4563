"""Buildings from which things fall or are thrown: loose walls, windows, balconies."""

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.law import Law
from layers.layer import Layer, Style

HAZARD_KINDS = {
    "facade_loose": Title("外墙脱落", "Facade coming loose"),
    "window_loose": Title("门窗松动", "Windows loose"),
    "hanging_object": Title("外挂物松动", "Fixtures hanging loose"),
    "thrown_object": Title("高空抛物", "Objects thrown"),
    "no_protection": Title("无防护警示", "No guard or warning"),
    "no_camera": Title("无监控设备", "No camera"),
    "other": Title("其他", "Other"),
}

LAYER = Layer(
    id="falling_objects",
    title=Title("高空抛物坠物", "Falling objects"),
    order=21,
    field="work_safety",
    schema=Schema(
        geometry="point",
        hazard_kinds=HAZARD_KINDS,
        own=(
            Column("estate", Title("小区", "Housing estate")),
            Column("storeys", Title("层数", "Storeys"), "whole", minimum=1, maximum=120),
            Column(
                "built_year", Title("建成年份", "Built in"), "whole", minimum=1900, maximum=2100
            ),
            Column(
                "has_property_company", Title("有物业管理", "Has property management"), "yes_no"
            ),
        ),
    ),
    style=Style(colour="#3a2b8c", shape="triangle"),
    card=("estate", "storeys", "built_year", "has_property_company"),
    measuring=Title("现场定位楼栋", "Building positioned on site"),
    legal_basis=(
        Law(Title("民法典 第1254条", "Civil Code, art. 1254"), "confirmed"),
        Law(Title("刑法 第291条之二", "Criminal Law, art. 291-2"), "confirmed"),
        Law(Title("安全生产法 第74条", "Work Safety Law, art. 74"), "confirmed"),
    ),
)
