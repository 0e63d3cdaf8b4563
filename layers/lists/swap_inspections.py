"""Visits to battery-swap cabinets, one row each; places are told by name and address alone."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="swap_inspections",
    title=Title("换电柜消防检查记录", "Inspections of swap cabinets"),
    keeper=Title("消防救援机构、街道", "Fire and rescue authority, streets"),
    schema=Schema(
        geometry="none",
        common=LIST_COLUMNS,
        own=(
            Column("address", Title("地址", "Address"), aliases=("场所地址",)),
            Column("operator", Title("运营单位", "Operator"), aliases=("责任单位",)),
            Column(
                "inspected_on",
                Title("检查日期", "Inspected on"),
                "date",
                required=True,
                aliases=("监督检查日期",),
            ),
            Column("result", Title("检查结果", "Result"), aliases=("检查情况",)),
        ),
    ),
)
