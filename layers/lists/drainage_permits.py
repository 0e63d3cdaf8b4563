"""Permits to discharge sewage into the urban drains."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="drainage_permits",
    title=Title("污水排入排水管网许可", "Drainage permits"),
    keeper=Title("城镇排水主管部门", "Drainage authority"),
    schema=Schema(
        geometry="none",
        common=LIST_COLUMNS,
        own=(
            Column("permit_no", Title("排水许可证号", "Drainage permit"), aliases=("许可证号",)),
            Column("operator", Title("经营单位", "Operator"), aliases=("排水户",)),
            Column("address", Title("地址", "Address"), aliases=("排水地址",)),
            Column("valid_until", Title("有效期至", "Valid until"), "date", aliases=("有效期",)),
        ),
    ),
)
