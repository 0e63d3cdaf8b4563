"""Tanks and pump rooms of secondary water supply, with what patrols noted of them."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="water_tanks",
    title=Title("二次供水设施台账", "Secondary water-supply facilities"),
    keeper=Title("水务部门、供水企业", "Water authority and suppliers"),
    schema=Schema(
        geometry="point",
        common=LIST_COLUMNS,
        own=(
            Column("estate", Title("小区", "Housing estate"), aliases=("小区名称",)),
            Column(
                "households",
                Title("供水户数", "Households served"),
                "whole",
                minimum=0,
                maximum=50_000,
            ),
            Column("is_covered", Title("加盖加锁", "Covered and locked"), "yes_no"),
            Column("is_disinfected", Title("消毒设备运行", "Disinfection running"), "yes_no"),
            Column(
                "pollution_m",
                Title("距最近污染源", "To the nearest source of pollution"),
                "number",
                unit="m",
                minimum=0,
            ),
            Column("patrolled_on", Title("巡查日期", "Patrolled on"), "date"),
        ),
    ),
)
