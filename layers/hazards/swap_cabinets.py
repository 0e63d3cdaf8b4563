"""Battery-swap cabinets for electric bicycles and the danger of fire around them."""

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.law import Law
from layers.layer import Layer, Style
from layers.rules import cabinets_inspected

HAZARD_KINDS = {
    "extinguisher_missing": Title("未配灭火器", "No extinguisher"),
    "exit_blocked": Title("堵塞安全出口", "Exit blocked"),
    "fire_lane_blocked": Title("占用消防通道", "Fire lane blocked"),
    "too_close_to_dwelling": Title("紧邻住宅", "Too close to dwellings"),
    "cable_exposed": Title("线缆裸露", "Cable exposed"),
    "no_operator": Title("无运营主体", "No operator"),
    "no_monitoring": Title("无温度烟雾监测", "No heat or smoke monitoring"),
    "other": Title("其他", "Other"),
}

LAYER = Layer(
    id="swap_cabinets",
    title=Title("换电柜", "Battery-swap cabinets"),
    order=19,
    field="work_safety",
    schema=Schema(
        geometry="point",
        hazard_kinds=HAZARD_KINDS,
        own=(
            Column("operator", Title("运营单位", "Operator"), aliases=("运营商",)),
            Column("slots", Title("仓位数", "Slots"), "whole", minimum=0, maximum=500),
            Column(
                "to_dwelling_m",
                Title("距住宅", "Distance to dwellings"),
                "number",
                unit="m",
                minimum=0,
            ),
            Column("last_inspection_on", Title("最近检查", "Last inspection"), "date"),
        ),
    ),
    style=Style(colour="#b36b00", shape="diamond"),
    card=("operator", "slots", "to_dwelling_m", "last_inspection_on"),
    measuring=Title("现场定位，钢尺量距", "Positioned on site, distance taped"),
    legal_basis=(
        Law(Title("消防法 第16、28、60条", "Fire Protection Law, art. 16, 28, 60"), "confirmed"),
        Law(Title("安全生产法 第74条", "Work Safety Law, art. 74"), "confirmed"),
        Law(
            Title(
                "共享换电工作指南（试行）消防〔2025〕31号（指导性，非强制）",
                "Guide to shared battery swapping, 31 of 2025 (advisory, not mandatory)",
            ),
            "confirmed",
        ),
    ),
    rules=(cabinets_inspected.RULE,),
)
