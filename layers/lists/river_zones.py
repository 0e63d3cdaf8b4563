"""The management zones of rivers as delimited and published (河道管理范围)."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.chainage import BANKS
from layers.rule import SourceList

LIST = SourceList(
    id="river_zones",
    title=Title("河道管理范围", "River management zones"),
    keeper=Title(
        "水务部门（县级以上政府公布的划界成果）", "Water authority (published by the county)"
    ),
    schema=Schema(
        geometry="polygon",
        common=LIST_COLUMNS,
        own=(
            Column("river", Title("河流", "River"), aliases=("河名", "河流名称")),
            Column("bank", Title("岸别", "Bank"), "code", codes=BANKS),
            Column("published_no", Title("公布文号", "Published under")),
            Column("published_on", Title("公布日期", "Published on"), "date"),
        ),
    ),
)
