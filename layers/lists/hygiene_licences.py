"""Hygiene licences of secondary water supply, of a tank or of a whole estate."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="hygiene_licences",
    title=Title("二次供水卫生许可", "Hygiene licences of water supply"),
    keeper=Title(
        "疾病预防控制部门（2025年9月前为卫生健康部门）",
        "Disease control authority (health authority before September 2025)",
    ),
    schema=Schema(
        geometry="none",
        common=LIST_COLUMNS,
        own=(
            Column("licence_no", Title("许可证号", "Licence number"), aliases=("卫生许可证号",)),
            Column("tank_id", Title("水箱编号", "Tank number"), aliases=("泵房编号", "设施编号")),
            Column("estate", Title("小区", "Housing estate"), aliases=("小区名称",)),
            Column("valid_until", Title("有效期至", "Valid until"), "date", aliases=("有效期",)),
        ),
    ),
)
