"""Who answers for which stretch of a river: chiefs, townships, authorities and offices."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.chainage import BANKS
from layers.rule import SourceList

ROLES = {
    "province_chief": Title("省级河长", "Provincial river chief"),
    "city_chief": Title("市级河长", "City river chief"),
    "county_chief": Title("县级河长", "County river chief"),
    "township_chief": Title("乡级河长", "Township river chief"),
    "village_chief": Title("村级河长", "Village river chief"),
    "chief_office": Title("河长制办公室", "River-chief office"),
    "water_authority": Title("水行政主管部门", "Water authority"),
    "township": Title("乡镇政府", "Township government"),
    "procuratorate": Title("检察院", "Procuratorate"),
    "other": Title("其他", "Other"),
}

LIST = SourceList(
    id="river_duties",
    title=Title("河段责任单位", "Bodies responsible for stretches"),
    keeper=Title("河长办（河长名录，以职务、单位列示）", "River-chief office (posts, not persons)"),
    schema=Schema(
        geometry="none",
        common=LIST_COLUMNS,
        own=(
            Column("river", Title("河流", "River"), aliases=("河名", "河流名称")),
            Column("chainage_from_m", Title("起点桩号", "Chainage from"), "number", unit="m"),
            Column("chainage_to_m", Title("终点桩号", "Chainage to"), "number", unit="m"),
            Column("bank", Title("岸别", "Bank"), "code", codes=BANKS),
            Column("role", Title("职责", "Role"), "code", codes=ROLES),
            Column("body", Title("单位", "Body"), aliases=("责任单位",)),
        ),
    ),
)
