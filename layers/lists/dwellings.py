"""Buildings that people live in: outlines from a map of buildings, or points."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="dwellings",
    title=Title("居住建筑轮廓", "Residential buildings"),
    keeper=Title("自然资源部门（房屋建筑调查）", "Natural resources (survey of buildings)"),
    schema=Schema(
        geometry="any",
        common=LIST_COLUMNS,
        own=(
            Column("estate", Title("小区", "Housing estate"), aliases=("小区名称",)),
            Column("storeys", Title("层数", "Storeys"), "whole", minimum=0, aliases=("楼层数",)),
        ),
    ),
)
