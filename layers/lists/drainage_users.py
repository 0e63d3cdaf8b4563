"""Who discharges into the drains: estates, restaurants, hospitals, works, building sites."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

KIND = {
    "residential": Title("居民小区", "Housing estate"),
    "catering": Title("餐饮", "Catering"),
    "medical": Title("医疗", "Medical"),
    "industry": Title("工业", "Industry"),
    "construction": Title("建筑施工", "Building site"),
    "market": Title("市场、商场", "Market"),
    "other": Title("其他", "Other"),
}

LIST = SourceList(
    id="drainage_users",
    title=Title("排水户名录", "Dischargers into drains"),
    keeper=Title("城镇排水主管部门、街道", "Drainage authority, streets"),
    schema=Schema(
        geometry="point",
        common=LIST_COLUMNS,
        own=(
            Column("kind", Title("类别", "Kind"), "code", codes=KIND),
            Column("estate", Title("小区", "Housing estate"), aliases=("所在小区",)),
            Column("permit_no", Title("排水许可证号", "Drainage permit"), aliases=("许可证号",)),
            Column("operator", Title("经营单位", "Operator"), aliases=("排水户",)),
            Column("address", Title("地址", "Address")),
        ),
    ),
)
