"""Kitchens of care homes and canteens for the elderly, as civil affairs has them."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

KIND = {
    "care_home": Title("养老机构", "Care home"),
    "canteen": Title("长者食堂", "Canteen for the elderly"),
}

LIST = SourceList(
    id="care_kitchens",
    title=Title("养老服务机构和长者食堂名录", "Care homes and canteens for the elderly"),
    keeper=Title("民政部门", "Civil affairs"),
    schema=Schema(
        geometry="point",
        common=LIST_COLUMNS,
        own=(
            Column("kind", Title("类别", "Kind"), "code", codes=KIND),
            Column(
                "licence_no", Title("许可证号", "Licence number"), aliases=("食品经营许可证号",)
            ),
            Column("operator", Title("运营单位", "Operator"), aliases=("举办单位",)),
            Column("address", Title("地址", "Address")),
            Column("meals_a_day", Title("日供餐人次", "Meals a day"), "whole", minimum=0),
        ),
    ),
)
