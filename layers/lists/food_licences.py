"""Food-business licences."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="food_licences",
    title=Title("食品经营许可", "Food-business licences"),
    keeper=Title("市场监督管理部门", "Market regulation"),
    schema=Schema(
        geometry="none",
        common=LIST_COLUMNS,
        own=(
            Column(
                "licence_no", Title("许可证号", "Licence number"), aliases=("食品经营许可证号",)
            ),
            Column("operator", Title("运营单位", "Operator"), aliases=("经营者名称",)),
            Column("address", Title("地址", "Address"), aliases=("经营场所",)),
            Column("valid_until", Title("有效期至", "Valid until"), "date", aliases=("有效期",)),
        ),
    ),
)
