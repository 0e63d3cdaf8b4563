"""The ledger of the four disorders of rivers (河湖“四乱”台账): what was registered, what closed."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.four_disorders import FOUR_DISORDERS
from layers.rule import SourceList

LIST = SourceList(
    id="river_ledger",
    title=Title("河湖“四乱”台账", "Ledger of the four disorders"),
    keeper=Title("河长办、水务部门", "River-chief office, water authority"),
    schema=Schema(
        geometry="point",
        common=LIST_COLUMNS,
        own=(
            Column("river", Title("河流", "River"), aliases=("河名", "河流名称")),
            Column(
                "disorder",
                Title("四乱类型", "Disorder"),
                "codes",
                codes=FOUR_DISORDERS,
                aliases=("问题类型",),
            ),
            Column("registered_on", Title("登记日期", "Registered on"), "date"),
            Column("due_on", Title("整改期限", "To be settled by"), "date"),
            Column("closed_on", Title("销号日期", "Closed on"), "date"),
            Column(
                "area_m2", Title("台账面积", "Area as registered"), "number", unit="m²", minimum=0
            ),
            Column(
                "volume_m3",
                Title("台账方量", "Volume as registered"),
                "number",
                unit="m³",
                minimum=0,
            ),
        ),
    ),
)
