"""Dumps, buildings, diggings and other works by rivers, as outlined from imagery."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.four_disorders import FOUR_DISORDERS
from layers.rule import SourceList

LIST = SourceList(
    id="river_works",
    title=Title("河道影像图斑", "Works by rivers, outlined"),
    keeper=Title("卫星或无人机影像勾绘", "Digitised from satellite or drone imagery"),
    schema=Schema(
        geometry="polygon",
        common=LIST_COLUMNS,
        own=(
            Column("river", Title("河流", "River"), aliases=("河名", "河流名称")),
            Column(
                "disorder",
                Title("疑似类型", "Kind as seen"),
                "codes",
                codes=FOUR_DISORDERS,
                aliases=("四乱类型", "类型"),
            ),
            Column("seen_on", Title("影像日期", "Seen on imagery of"), "date"),
            Column("volume_m3", Title("堆方量", "Volume"), "number", unit="m³", minimum=0),
            Column("approved_no", Title("涉河许可文号", "Permit for works in the river")),
        ),
    ),
)
