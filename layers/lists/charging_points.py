"""Charging stations as a navigation application shows them."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="charging_points",
    title=Title("导航应用充电站点", "Charging points of a navigation application"),
    keeper=Title("导航应用检索（本院采集）", "Searched in a navigation application by the office"),
    schema=Schema(
        geometry="point",
        common=LIST_COLUMNS,
        own=(
            Column("operator", Title("运营单位", "Operator"), aliases=("运营商", "品牌")),
            Column("address", Title("地址", "Address"), aliases=("详细地址",)),
            Column("phone", Title("电话", "Telephone"), aliases=("tel", "联系电话")),
            Column("seen_on", Title("检索日期", "Searched on"), "date"),
        ),
    ),
)
