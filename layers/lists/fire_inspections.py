"""Visits of fire inspectors, one row each; places are told by number, name and address alone."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="fire_inspections",
    title=Title("消防监督检查记录", "Fire inspections"),
    keeper=Title("消防救援机构", "Fire and rescue authority"),
    schema=Schema(
        geometry="none",
        common=LIST_COLUMNS,
        own=(
            Column("filing_no", Title("备案号", "Filing number"), aliases=("备案编号",)),
            Column("address", Title("地址", "Address"), aliases=("单位地址", "场所地址")),
            Column("operator", Title("运营单位", "Operator"), aliases=("管理单位", "责任单位")),
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
