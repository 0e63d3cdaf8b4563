"""Who looks after water tanks, and until when a health certificate holds: persons, counted only."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="water_staff",
    title=Title("供管水人员健康证明", "Health certificates of water staff"),
    keeper=Title(
        "疾病预防控制部门、物业服务单位", "Disease control authority, managers of estates"
    ),
    is_personal=True,
    schema=Schema(
        geometry="none",
        common=LIST_COLUMNS,
        own=(
            Column(
                "person",
                Title("身份证号", "ID number"),
                "identity",
                aliases=("公民身份号码", "身份证号码", "证件号码"),
            ),
            Column("tank_id", Title("水箱编号", "Tank number"), aliases=("泵房编号", "设施编号")),
            Column("estate", Title("小区", "Housing estate"), aliases=("小区名称",)),
            Column(
                "issued_on", Title("健康证明日期", "Certificate of"), "date", aliases=("体检日期",)
            ),
            Column("valid_until", Title("有效期至", "Valid until"), "date", aliases=("有效期",)),
        ),
    ),
)
