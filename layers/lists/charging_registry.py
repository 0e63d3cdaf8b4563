"""The registry of charging stations that have been filed with the energy authority."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="charging_registry",
    title=Title("充电设施备案清单", "Charging stations filed"),
    keeper=Title("发展改革（能源）部门", "Development and reform (energy)"),
    schema=Schema(
        geometry="point",
        common=LIST_COLUMNS,
        own=(
            Column("filing_no", Title("备案号", "Filing number"), aliases=("备案编号",)),
            Column("operator", Title("运营单位", "Operator"), aliases=("运营商", "申报单位")),
            Column("address", Title("地址", "Address"), aliases=("站址", "详细地址")),
            Column("phone", Title("电话", "Telephone"), aliases=("联系电话",)),
            Column("piles", Title("桩数", "Piles"), "whole", minimum=0, aliases=("充电桩数",)),
            Column("filed_on", Title("备案日期", "Filed on"), "date"),
        ),
    ),
)
