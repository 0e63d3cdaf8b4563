"""Cleaning and disinfection of water tanks, one row each time."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="tank_cleanings",
    title=Title("水箱清洗消毒记录", "Cleaning of water tanks"),
    keeper=Title("物业服务单位、清洗消毒单位", "Managers of estates, cleaning firms"),
    schema=Schema(
        geometry="none",
        common=LIST_COLUMNS,
        own=(
            Column("tank_id", Title("水箱编号", "Tank number"), aliases=("泵房编号", "设施编号")),
            Column("estate", Title("小区", "Housing estate"), aliases=("小区名称",)),
            Column(
                "cleaned_on",
                Title("清洗消毒日期", "Cleaned on"),
                "date",
                required=True,
                aliases=("清洗日期",),
            ),
            Column("cleaned_by", Title("清洗单位", "Cleaned by")),
        ),
    ),
)
