"""Housing estates with their households."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="estates",
    title=Title("住宅小区名录", "Housing estates"),
    keeper=Title("住房和城乡建设（房管）部门", "Housing authority"),
    schema=Schema(
        geometry="point",
        common=LIST_COLUMNS,
        own=(
            Column("households", Title("户数", "Households"), "whole", minimum=0),
            Column("manager", Title("物业服务单位", "Managed by"), aliases=("物业公司",)),
            Column("address", Title("地址", "Address")),
        ),
    ),
)
