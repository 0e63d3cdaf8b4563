"""The parcels of the land survey with their class and whether they are permanent basic farmland."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.land_classes import CLASS_SCHEME, FOREST_CATEGORY
from layers.rule import SourceList

LIST = SourceList(
    id="land_parcels",
    title=Title("土地利用现状图斑", "Land-survey parcels"),
    keeper=Title("自然资源部门（年度国土变更调查）", "Natural resources (yearly land survey)"),
    schema=Schema(
        geometry="polygon",
        common=LIST_COLUMNS,
        own=(
            Column("class_code", Title("地类编码", "Land class"), aliases=("dlbm", "地类")),
            Column(
                "is_permanent_basic_farmland",
                Title("永久基本农田", "Permanent basic farmland"),
                "yes_no",
                aliases=("yjjbnt", "是否永久基本农田"),
            ),
            Column("class_scheme", Title("地类标准", "Class scheme"), "code", codes=CLASS_SCHEME),
            Column(
                "forest_category",
                Title("林种", "Forest category"),
                "code",
                codes=FOREST_CATEGORY,
                aliases=("森林类别",),
            ),
        ),
    ),
)
