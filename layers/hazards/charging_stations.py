"""Electric-vehicle charging stations: unfiled, unsafe or abandoned."""

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.law import Law
from layers.layer import Layer, Style
from layers.rules import back_after_closing, stations_compared

HAZARD_KINDS = {
    "unfiled": Title("未备案", "Not filed"),
    "extinguisher_missing": Title("未配灭火器", "No extinguisher"),
    "extinguisher_expired": Title("灭火器过期", "Extinguisher expired"),
    "fire_distance_short": Title("防火间距不足", "Fire distance too short"),
    "fire_lane_blocked": Title("消防通道堵塞", "Fire lane blocked"),
    "cable_exposed": Title("线缆裸露", "Cable exposed"),
    "no_emergency_stop": Title("无急停装置", "No emergency stop"),
    "no_warning_sign": Title("无警示标识", "No warning sign"),
    "no_rain_shelter": Title("无防雨设施", "No rain shelter"),
    "earthing_fault": Title("接地不良", "Earthing fault"),
    "no_operator": Title("无运营主体", "No operator"),
    "out_of_service": Title("停用未拆", "Out of service"),
    "other": Title("其他", "Other"),
}

SITE = {
    "indoor": Title("室内", "Indoor"),
    "outdoor": Title("室外", "Outdoor"),
    "underground": Title("地下", "Underground"),
}

USE_CLASS = {
    "self_use": Title("自用", "Own use"),
    "dedicated": Title("专用", "Dedicated"),
    "public": Title("公用", "Public"),
}

LAYER = Layer(
    id="charging_stations",
    title=Title("充电设施", "Charging stations"),
    order=1,
    field="work_safety",
    schema=Schema(
        geometry="point",
        hazard_kinds=HAZARD_KINDS,
        own=(
            Column("operator", Title("运营单位", "Operator"), aliases=("运营商",)),
            Column("piles_dc", Title("直流桩", "DC piles"), "whole", minimum=0, maximum=2000),
            Column("piles_ac", Title("交流桩", "AC piles"), "whole", minimum=0, maximum=2000),
            Column(
                "piles",
                Title("桩数", "Piles"),
                "whole",
                minimum=0,
                maximum=4000,
                aliases=("charge_count", "桩数量", "充电桩数"),
            ),
            Column("power_kw", Title("总功率", "Power"), "number", unit="kW", minimum=0),
            Column("site", Title("场地", "Site"), "code", codes=SITE),
            Column("use_class", Title("类别", "Use class"), "code", codes=USE_CLASS),
            Column("filing_no", Title("备案号", "Filing number")),
            Column("last_inspection_on", Title("最近检查", "Last inspection"), "date"),
        ),
    ),
    style=Style(colour="#1f5fa8", shape="square"),
    card=("operator", "piles", "power_kw", "site", "use_class", "filing_no", "last_inspection_on"),
    measuring=Title(
        "导航应用坐标转换，现场核对门牌", "Converted from map-app coordinates, checked on site"
    ),
    legal_basis=(
        Law(Title("消防法 第16、28、60条", "Fire Protection Law, art. 16, 28, 60"), "confirmed"),
        Law(Title("安全生产法 第74条", "Work Safety Law, art. 74"), "confirmed"),
        Law(
            Title(
                "GB/T 50966-2024（数值来自二手资料）",
                "GB/T 50966-2024 (values from a secondary source)",
            ),
            "secondary",
        ),
    ),
    rules=(stations_compared.RULE, back_after_closing.rule_of("charging_stations", HAZARD_KINDS)),
)
