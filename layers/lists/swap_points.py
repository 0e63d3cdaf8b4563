"""Battery-swap cabinets as their operators list them."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="swap_points",
    title=Title("换电柜点位清单", "Battery-swap cabinets"),
    keeper=Title("换电运营单位、街道", "Operators of cabinets, streets"),
    schema=Schema(
        geometry="point",
        common=LIST_COLUMNS,
        own=(
            Column("filing_no", Title("备案号", "Filing number"), aliases=("备案编号",)),
            Column("operator", Title("运营单位", "Operator"), aliases=("运营商",)),
            Column("address", Title("地址", "Address")),
            Column("slots", Title("仓位数", "Slots"), "whole", minimum=0, maximum=500),
        ),
    ),
)
