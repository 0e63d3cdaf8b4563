"""Where rivers cross or follow the boundary between two offices, with the names of both."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="river_boundaries",
    title=Title("河道交界线", "Boundary lines at rivers"),
    keeper=Title("民政部门（行政区域界线）", "Civil affairs (administrative boundaries)"),
    schema=Schema(
        geometry="line",
        common=LIST_COLUMNS,
        own=(
            Column(
                "other_office",
                Title("相邻检察院", "Neighbouring office"),
                aliases=("邻院",),
            ),
            Column("river", Title("河流", "River"), aliases=("河名", "河流名称")),
        ),
    ),
)
