"""Yards and other occupied ground as outlined from imagery or a ledger: coal, sand, spoil."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="yards",
    title=Title("堆场占地图斑", "Yards outlined"),
    keeper=Title(
        "影像勾绘，或生态环境部门堆场台账", "Digitised from imagery, or the ledger of yards"
    ),
    schema=Schema(
        geometry="polygon",
        common=LIST_COLUMNS,
        own=(
            Column("owner", Title("用地单位", "Occupier"), aliases=("使用人", "责任主体")),
            Column(
                "area_mu_stated",
                Title("材料所载面积", "Area as stated"),
                "number",
                unit="亩",
                minimum=0,
                aliases=("亩数",),
            ),
            Column("seen_on", Title("影像日期", "Seen on imagery of"), "date"),
            Column("approved_no", Title("用地批准文号", "Land-use approval")),
            Column("punished_on", Title("三年内行政处罚日期", "Punished on"), "date"),
            Column(
                "restored_area_m2",
                Title("已复垦面积", "Restored area"),
                "number",
                unit="m²",
                minimum=0,
            ),
        ),
    ),
)
