"""The cameras along rivers and the stretch that each of them sees."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="river_views",
    title=Title("河道摄像头及可视河段", "River cameras and what they see"),
    keeper=Title("河长办、水务部门、乡镇政府", "River-chief office, water authority, townships"),
    schema=Schema(
        geometry="point",
        common=LIST_COLUMNS,
        own=(
            Column("river", Title("河流", "River"), aliases=("河名", "河流名称")),
            Column("chainage_m", Title("桩号", "Chainage"), "number", unit="m"),
            Column("sees_from_m", Title("可视起点桩号", "Sees from chainage"), "number", unit="m"),
            Column("sees_to_m", Title("可视终点桩号", "Sees to chainage"), "number", unit="m"),
            Column(
                "sees_up_m", Title("向上游可视", "Sees upstream"), "number", unit="m", minimum=0
            ),
            Column(
                "sees_down_m", Title("向下游可视", "Sees downstream"), "number", unit="m", minimum=0
            ),
            Column("is_online", Title("在线", "Online"), "yes_no"),
            Column("checked_on", Title("在线情况核对日期", "Checked on"), "date"),
            Column("keeper", Title("管护单位", "Kept by")),
        ),
    ),
)
