"""The centre lines of rivers: which way the water goes, how they are staked, how accurate."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.chainage import FLOWS
from layers.rule import SourceList

LIST = SourceList(
    id="river_lines",
    title=Title("河道中心线", "River centre lines"),
    keeper=Title("水务部门（河道划界成果），或公开水系图", "Water authority, or a public map"),
    schema=Schema(
        geometry="line",
        common=LIST_COLUMNS,
        own=(
            Column("river", Title("河流", "River"), aliases=("河名", "河流名称")),
            Column("flow", Title("水流方向", "Flow"), "code", codes=FLOWS, aliases=("流向",)),
            Column(
                "chainage_from_m",
                Title("上游端桩号", "Chainage at the upstream end"),
                "number",
                unit="m",
            ),
            Column(
                "chainage_to_m",
                Title("下游端桩号", "Chainage at the downstream end"),
                "number",
                unit="m",
            ),
            Column(
                "half_width_m",
                Title("管理范围距中心线宽度", "Half width of the management zone"),
                "number",
                unit="m",
                minimum=1,
                maximum=2000,
            ),
        ),
    ),
)
