"""Who has died and when, from household registration, hospitals and crematoria: counted only."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="death_records",
    title=Title("死亡信息", "Deaths"),
    keeper=Title(
        "公安（注销户籍）、卫生健康（死亡证明）、民政（火化）部门",
        "Public security, health and civil affairs",
    ),
    is_personal=True,
    schema=Schema(
        geometry="none",
        common=LIST_COLUMNS,
        own=(
            Column(
                "person",
                Title("身份证号", "ID number"),
                "identity",
                required=True,
                aliases=("公民身份号码", "身份证号码", "证件号码"),
            ),
            Column(
                "died_on",
                Title("死亡日期", "Died on"),
                "date",
                required=True,
                aliases=("去世日期", "注销日期", "火化日期"),
            ),
        ),
    ),
)
