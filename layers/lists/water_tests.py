"""Water tests of secondary supply, one row each."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

INDEXES = {
    "colour": Title("色度", "Colour"),
    "turbidity": Title("浊度", "Turbidity"),
    "odour": Title("嗅味及肉眼可见物", "Odour and visible matter"),
    "ph": Title("pH", "pH"),
    "total_coliforms": Title("大肠菌群", "Coliforms"),
    "bacteria_count": Title("菌落总数", "Bacteria count"),
    "free_chlorine": Title("余氯", "Free chlorine"),
}

LIST = SourceList(
    id="water_tests",
    title=Title("二次供水水质检测报告", "Water tests"),
    keeper=Title("疾病预防控制部门、检测机构", "Disease control authority, laboratories"),
    schema=Schema(
        geometry="none",
        common=LIST_COLUMNS,
        own=(
            Column("tank_id", Title("水箱编号", "Tank number"), aliases=("泵房编号", "设施编号")),
            Column("estate", Title("小区", "Housing estate"), aliases=("小区名称",)),
            Column(
                "tested_on",
                Title("检测日期", "Tested on"),
                "date",
                required=True,
                aliases=("采样日期",),
            ),
            Column("has_passed", Title("是否合格", "Passed"), "yes_no", aliases=("合格",)),
            Column(
                "failing_indexes", Title("不合格指标", "Failing indexes"), "codes", codes=INDEXES
            ),
            Column("failing_values", Title("检测值与限值", "Values and limits")),
            Column("laboratory", Title("检测机构", "Laboratory")),
        ),
    ),
)
